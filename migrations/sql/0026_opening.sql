-- app.opened spares the facts' policies a question for each fact of a record. It was told by a statement of its own after the
-- person was seen; here the statement that sees the person calls for it. Whoever else calls it opens nobody out of scope: the
-- condition is that of the policy in_scope of official_current, under which a caller sees the person anyway.
CREATE FUNCTION registry_open(official bigint) RETURNS boolean
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM official_current c WHERE c.official_id = official AND (
        (c.org_ord >= nullif(current_setting('app.lo', true), '')::int
            AND c.org_ord < nullif(current_setting('app.hi', true), '')::int
            AND CASE WHEN coalesce(current_setting('app.many', true), '') = '' THEN true
                     ELSE c.org_ord <@ current_setting('app.many')::int4multirange END)
        OR c.official_id = nullif(current_setting('app.self', true), '')::bigint);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM set_config('app.opened', official::text, true);
    RETURN true;
END $$;
REVOKE ALL ON FUNCTION registry_open(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry_open(bigint) TO registry_web, registry_worker;
