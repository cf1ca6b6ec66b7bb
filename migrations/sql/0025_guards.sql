-- What runs as the owner asks for the caller's scope by itself: row-level security does not apply to it.

-- The present rows made anew, for those who may: registry_refresh_current asks first, registry_roll_forward is of all.
ALTER FUNCTION registry_refresh_current(bigint[], date) RENAME TO registry_present_rows;
REVOKE ALL ON FUNCTION registry_present_rows(bigint[], date) FROM PUBLIC, registry_web, registry_worker;

-- Whoever is not the owner refreshes persons of the own scope, and those who have no present row yet.
CREATE FUNCTION registry_refresh_current(officials bigint[], today date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    low int := nullif(current_setting('app.lo', true), '')::int;
    high int := nullif(current_setting('app.hi', true), '')::int;
    many int4multirange := nullif(current_setting('app.many', true), '')::int4multirange;
    own bigint := nullif(current_setting('app.self', true), '')::bigint;
BEGIN
    IF session_user <> current_user AND EXISTS (
        SELECT 1 FROM official_current c WHERE c.official_id = ANY (officials)
            AND (c.org_ord >= low AND c.org_ord < high AND (many IS NULL OR c.org_ord <@ many)
                OR c.official_id = own) IS NOT TRUE) THEN
        RAISE EXCEPTION 'an official outside the scope' USING ERRCODE = 'insufficient_privilege';
    END IF;
    PERFORM registry_present_rows(officials, today);
END $$;
REVOKE ALL ON FUNCTION registry_refresh_current(bigint[], date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry_refresh_current(bigint[], date) TO registry_web, registry_worker;

CREATE OR REPLACE FUNCTION registry_roll_forward(today date) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    due bigint[];
BEGIN
    SELECT array_agg(official_id) INTO due FROM official_current WHERE turns_on <= today;
    IF due IS NOT NULL THEN
        PERFORM registry_present_rows(due, today);
    END IF;
    RETURN coalesce(cardinality(due), 0);
END $$;

-- An identity comes back for a change that the caller sees, and only while that is not decided.
CREATE OR REPLACE FUNCTION registry_revive(by_change bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE official o SET change_id = p.change_id, version = o.version + 1, staff_code = p.fields->>'staff_code'
    FROM change_operation p JOIN change h ON h.id = p.change_id
    WHERE p.change_id = by_change AND p.action = 'register' AND p.official_id = o.id AND h.status <> 'approved'
        AND NOT EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = o.id)
        AND (session_user = current_user
            OR h.maker_id = nullif(current_setting('app.user', true), '')::bigint
            OR h.org_ord >= nullif(current_setting('app.lo', true), '')::int
                AND h.org_ord < nullif(current_setting('app.hi', true), '')::int
                AND CASE WHEN coalesce(current_setting('app.many', true), '') = '' THEN true
                    ELSE h.org_ord <@ current_setting('app.many')::int4multirange END)
$$;

-- Numbers are drawn by whoever may enter the rows they are for.
REVOKE USAGE ON SEQUENCE catalogue_item_id_seq, organization_id_seq, organization_version_id_seq, position_id_seq
    FROM registry_web, registry_worker;
REVOKE USAGE ON SEQUENCE access_grant_id_seq, api_token_id_seq, app_user_id_seq FROM registry_worker;

-- Names within the scope, and the own one.
CREATE OR REPLACE FUNCTION registry_find_names(words text[], most int) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    low int := nullif(current_setting('app.lo', true), '')::int;
    high int := nullif(current_setting('app.hi', true), '')::int;
    many int4multirange := nullif(current_setting('app.many', true), '')::int4multirange;
    own bigint := nullif(current_setting('app.self', true), '')::bigint;
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
    IF own IS NOT NULL THEN
        RETURN QUERY EXECUTE format('SELECT official_id FROM official_current WHERE official_id = $1
            AND (org_ord >= $2 AND org_ord < $3 AND ($4 IS NULL OR org_ord <@ $4)) IS NOT TRUE%s', conditions)
            USING own, low, high, many;
    END IF;
END $$;
