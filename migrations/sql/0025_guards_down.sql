GRANT USAGE ON SEQUENCE access_grant_id_seq, api_token_id_seq, app_user_id_seq TO registry_worker;
GRANT USAGE ON SEQUENCE catalogue_item_id_seq, organization_id_seq, organization_version_id_seq, position_id_seq
    TO registry_web, registry_worker;
CREATE OR REPLACE FUNCTION registry_revive(by_change bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE official o SET change_id = p.change_id, version = o.version + 1, staff_code = p.fields->>'staff_code'
    FROM change_operation p
    WHERE p.change_id = by_change AND p.action = 'register' AND p.official_id = o.id
        AND NOT EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = o.id)
$$;
DROP FUNCTION registry_refresh_current(bigint[], date);
ALTER FUNCTION registry_present_rows(bigint[], date) RENAME TO registry_refresh_current;
GRANT EXECUTE ON FUNCTION registry_refresh_current(bigint[], date) TO registry_web, registry_worker;
CREATE OR REPLACE FUNCTION registry_roll_forward(today date) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    due bigint[];
BEGIN
    SELECT array_agg(official_id) INTO due FROM official_current WHERE turns_on <= today;
    IF due IS NOT NULL THEN
        PERFORM registry_refresh_current(due, today);
    END IF;
    RETURN coalesce(cardinality(due), 0);
END $$;
CREATE OR REPLACE FUNCTION registry_find_names(words text[], most int) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    low int := nullif(current_setting('app.lo', true), '')::int;
    high int := nullif(current_setting('app.hi', true), '')::int;
    many int4multirange := nullif(current_setting('app.many', true), '')::int4multirange;
    conditions text := '';
    word text;
BEGIN
    FOREACH word IN ARRAY words LOOP
        conditions := conditions || format(' AND fold LIKE %L', '%' || regexp_replace(word, '([%_\\])', '\\\1', 'g') || '%');
    END LOOP;
    RETURN QUERY EXECUTE format(
        'SELECT official_id FROM official_current WHERE org_ord >= $1 AND org_ord < $2
            AND ($3 IS NULL OR org_ord <@ $3)%s LIMIT $4', conditions)
        USING low, high, many, most;
END $$;
