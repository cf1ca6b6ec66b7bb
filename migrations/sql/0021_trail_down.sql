DROP TABLE audit_progress, audit_seal, audit_anchor_state, audit_anchor, audit_head, audit_node, audit_leaf;
DROP FUNCTION registry_trail_months(date, date);

ALTER TABLE audit_event RENAME TO audit_event_before;
ALTER SEQUENCE audit_event_id_seq RENAME TO audit_event_before_id_seq;
ALTER TABLE audit_event_before DROP CONSTRAINT pk_audit_event;
DO $$
DECLARE
    taken name;
BEGIN
    -- Names of NOT NULL constraints are given by the server, from the name of the table: they must be free.
    FOR taken IN SELECT conname FROM pg_constraint WHERE conrelid = 'audit_event_before'::regclass AND contype = 'n' LOOP
        EXECUTE format('ALTER TABLE audit_event_before RENAME CONSTRAINT %I TO %I', taken, 'before_' || taken);
    END LOOP;
END $$;
DROP INDEX ix_audit_event_at, ix_audit_event_actor, ix_audit_event_nameless, ix_audit_event_action, ix_audit_event_object,
    ix_audit_event_official;

CREATE TABLE audit_event (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    actor_id BIGINT,
    actor_name TEXT NOT NULL,
    actor_role TEXT NOT NULL,
    action TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    official_id BIGINT,
    reason TEXT,
    request_id TEXT,
    detail JSONB DEFAULT '{}' NOT NULL,
    CONSTRAINT pk_audit_event PRIMARY KEY (id)
);
CREATE INDEX ix_audit_event_actor ON audit_event (actor_id, id);
CREATE INDEX ix_audit_event_object ON audit_event (object_type, object_id, id);
CREATE INDEX ix_audit_event_official ON audit_event (official_id, id) WHERE official_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();
GRANT INSERT, SELECT ON audit_event TO registry_web, registry_worker;
GRANT INSERT ON audit_event TO registry_stats;
GRANT SELECT ON audit_event TO registry_audit;
GRANT USAGE ON SEQUENCE audit_event_id_seq TO registry_web, registry_worker;
ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY entered ON audit_event FOR INSERT TO registry_web, registry_worker, registry_stats WITH CHECK (true);
CREATE POLICY seen ON audit_event FOR SELECT TO registry_web, registry_worker USING (
    current_setting('app.trail', true) = 'on'
    OR actor_id = nullif(current_setting('app.user', true), '')::bigint
    OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = audit_event.official_id));
CREATE POLICY audited ON audit_event FOR SELECT TO registry_audit USING (true);

INSERT INTO audit_event OVERRIDING SYSTEM VALUE SELECT * FROM audit_event_before ORDER BY id;
SELECT setval('audit_event_id_seq', max(id)) FROM audit_event_before HAVING max(id) IS NOT NULL;
DROP TABLE audit_event_before;
