-- Seals over everything the registry keeps: which form of them the log has reached, and what the role that audits must see.

ALTER TABLE audit_progress ADD COLUMN form SMALLINT DEFAULT '0' NOT NULL;
UPDATE audit_progress SET form = 1 WHERE baseline IS NOT NULL;

GRANT SELECT ON import_row, import_finding TO registry_audit;
CREATE POLICY audited ON import_row FOR SELECT TO registry_audit USING (true);
CREATE POLICY audited ON import_finding FOR SELECT TO registry_audit USING (true);
GRANT SELECT (id, uid, user_id, name, scopes, created_at, expires_at, ended_at, asked_by, confirmed_by, confirmed_at)
    ON api_token TO registry_audit;

-- Whether an account may make changes of this origin for this unit on a day: an officer in a unit above it, an official of oneself.
CREATE FUNCTION registry_may_make(account bigint, unit int, origin text, on_day date) RETURNS boolean
    LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM app_user WHERE id = account AND is_active) AND EXISTS (
        SELECT FROM access_grant g LEFT JOIN organization o ON o.id = g.organization_id
        WHERE g.user_id = account AND g.valid_from <= on_day AND (g.valid_to IS NULL OR g.valid_to > on_day)
            AND (g.granted_by IS NULL OR g.confirmed_at IS NOT NULL)
            AND CASE origin WHEN 'self' THEN g.role = 'official'
                ELSE g.role = 'hr_officer' AND unit BETWEEN o.ord AND o.last END)
$$;
REVOKE ALL ON FUNCTION registry_may_make(bigint, int, text, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry_may_make(bigint, int, text, date) TO registry_web, registry_worker;

-- A draft outlives no right: what is handed in is handed in by somebody who may make it on that day.
CREATE FUNCTION registry_handed_in_by_right() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user IN ('registry_web', 'registry_worker') AND NOT registry_may_make(NEW.maker_id, NEW.org_ord, NEW.origin,
            coalesce(to_date(nullif(current_setting('app.today', true), ''), 'YYYYMMDD'),
                (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date)) THEN
        RAISE EXCEPTION 'handed in by somebody who may not make it any more'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_right';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER handed_in_by_right BEFORE UPDATE ON change FOR EACH ROW
    WHEN (NEW.status = 'submitted' AND OLD.status <> 'submitted') EXECUTE FUNCTION registry_handed_in_by_right();

-- A kept reply is given again to the rights it was given to.
ALTER TABLE idempotent_reply ADD COLUMN rights JSONB DEFAULT 'null' NOT NULL;

-- When the second factor was last given in a session, and when an account was last used.
ALTER TABLE web_session ADD COLUMN proved_at TIMESTAMP WITH TIME ZONE;
ALTER TABLE api_token ADD COLUMN proved_at TIMESTAMP WITH TIME ZONE;
GRANT UPDATE (proved_at) ON api_token TO registry_web;
ALTER TABLE app_user ADD COLUMN used_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL;
