-- The trail by months, and what makes it evident when somebody changed it: places in a log, tree, signed heads, anchors.

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
DROP INDEX ix_audit_event_actor, ix_audit_event_object, ix_audit_event_official;

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
    CONSTRAINT pk_audit_event PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);

-- Lists run newest first; an index a question, each in that order. The months let a question about a time leave the rest alone.
CREATE INDEX ix_audit_event_at ON audit_event (at);
CREATE INDEX ix_audit_event_actor ON audit_event (actor_id, at);
CREATE INDEX ix_audit_event_nameless ON audit_event (actor_name, at) WHERE actor_id IS NULL;
CREATE INDEX ix_audit_event_action ON audit_event (action, at);
CREATE INDEX ix_audit_event_object ON audit_event (object_id, at);
CREATE INDEX ix_audit_event_official ON audit_event (official_id, at) WHERE official_id IS NOT NULL;

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

-- What comes in a month that has no partition of its own lands here; the worker makes months ahead of time.
CREATE TABLE audit_event_rest PARTITION OF audit_event DEFAULT;
ALTER TABLE audit_event_rest ENABLE ROW LEVEL SECURITY;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event_rest
    FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

-- The months (UTC) from that of `since` to that of `until` get their partitions; returns how many were made. Runs as the
-- owner; a month that the rest already holds events of stays there. Nobody of the service has a right on a partition:
-- they go through the table, its policies and its trigger.
CREATE FUNCTION registry_trail_months(since date, until date) RETURNS int
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    month timestamp;
    first timestamptz;
    beyond timestamptz;
    part text;
    made int := 0;
BEGIN
    FOR month IN SELECT generate_series(date_trunc('month', since::timestamp), until::timestamp, interval '1 month') LOOP
        part := to_char(month, '"audit_event_y"YYYY"m"MM');
        first := month AT TIME ZONE 'UTC';
        beyond := (month + interval '1 month') AT TIME ZONE 'UTC';
        CONTINUE WHEN to_regclass(part) IS NOT NULL
            OR EXISTS (SELECT FROM audit_event_rest WHERE at >= first AND at < beyond);
        EXECUTE format('CREATE TABLE %I (LIKE audit_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part);
        EXECUTE format('ALTER TABLE audit_event ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, first, beyond);
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse()', part);
        made := made + 1;
    END LOOP;
    RETURN made;
END $$;
REVOKE ALL ON FUNCTION registry_trail_months(date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry_trail_months(date, date) TO registry_worker;

SELECT registry_trail_months(least((SELECT min(at) FROM audit_event_before), now())::date, (now() + interval '3 months')::date);
INSERT INTO audit_event OVERRIDING SYSTEM VALUE SELECT * FROM audit_event_before ORDER BY id;
SELECT setval('audit_event_id_seq', max(id)) FROM audit_event_before HAVING max(id) IS NOT NULL;
DROP TABLE audit_event_before;

-- The log: each committed event at its place, with its leaf hash. The tree above it, at levels 8, 16, 24 …
CREATE TABLE audit_leaf (
    place BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    event_at TIMESTAMP WITH TIME ZONE NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_leaf PRIMARY KEY (place),
    CONSTRAINT uq_audit_leaf_event_id UNIQUE (event_id),
    CONSTRAINT ck_audit_leaf_place CHECK (place >= 0),
    CONSTRAINT ck_audit_leaf_hash CHECK (octet_length(hash) = 32)
);
CREATE TABLE audit_node (
    level SMALLINT NOT NULL,
    place BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_node PRIMARY KEY (level, place),
    CONSTRAINT ck_audit_node_hash CHECK (octet_length(hash) = 32)
);
CREATE TABLE audit_head (
    size BIGINT NOT NULL,
    root BYTEA NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT pk_audit_head PRIMARY KEY (size),
    CONSTRAINT ck_audit_head_root CHECK (octet_length(root) = 32)
);
-- Where heads were left outside, with the receipt if the place gives one; and how it went at the last try.
CREATE TABLE audit_anchor (
    outside TEXT NOT NULL,
    size BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    receipt BYTEA,
    CONSTRAINT pk_audit_anchor PRIMARY KEY (outside, size),
    CONSTRAINT fk_audit_anchor_size FOREIGN KEY (size) REFERENCES audit_head (size)
);
CREATE TABLE audit_anchor_state (
    outside TEXT NOT NULL,
    tried_at TIMESTAMP WITH TIME ZONE NOT NULL,
    failures INTEGER DEFAULT '0' NOT NULL,
    problem TEXT,
    CONSTRAINT pk_audit_anchor_state PRIMARY KEY (outside)
);
-- Which event tells of the content of a change or of an account, as it stood: an index over the seals in the trail.
CREATE TABLE audit_seal (
    object_type TEXT NOT NULL,
    object_id BIGINT NOT NULL,
    event_id BIGINT NOT NULL,
    CONSTRAINT pk_audit_seal PRIMARY KEY (object_type, object_id, event_id)
);
-- How far the sequencer is: every event up to `settled` has its place or was never committed; why it stands still, if so.
CREATE TABLE audit_progress (
    one BOOLEAN DEFAULT true NOT NULL,
    settled BIGINT DEFAULT '0' NOT NULL,
    baseline BIGINT,
    problem TEXT,
    CONSTRAINT pk_audit_progress PRIMARY KEY (one),
    CONSTRAINT ck_audit_progress_one CHECK (one)
);
INSERT INTO audit_progress DEFAULT VALUES;

DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['audit_leaf', 'audit_node', 'audit_head', 'audit_anchor', 'audit_seal'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse()', part);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO registry_worker', part);
    END LOOP;
    -- Hashes, sizes and times of the log tell of nobody; leaves and seals say when something was done: with the trail only.
    FOREACH part IN ARRAY ARRAY['audit_leaf', 'audit_seal'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('CREATE POLICY entered ON %I FOR INSERT TO registry_worker WITH CHECK (true)', part);
        EXECUTE format('CREATE POLICY seen ON %I FOR SELECT TO registry_web, registry_worker
            USING (current_setting(''app.trail'', true) = ''on'')', part);
        EXECUTE format('CREATE POLICY audited ON %I FOR SELECT TO registry_audit USING (true)', part);
    END LOOP;
END $$;
GRANT SELECT ON audit_leaf, audit_node, audit_head, audit_anchor, audit_anchor_state, audit_seal, audit_progress
    TO registry_web, registry_audit;
GRANT SELECT, INSERT, UPDATE ON audit_anchor_state TO registry_worker;
GRANT SELECT, UPDATE ON audit_progress TO registry_worker;
