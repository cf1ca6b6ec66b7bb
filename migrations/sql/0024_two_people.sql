-- Two people and not two accounts, whatever becomes of the accounts; the course of a change; nothing enters or is closed but
-- by a change that is approved in the same transaction; and the rights that a transaction was begun with still held at its end.

-- Whose an account ever was. An account that is tied to somebody else later stays one that this official has used.
CREATE TABLE account_tie (
    user_id BIGINT NOT NULL,
    official_id BIGINT NOT NULL,
    CONSTRAINT pk_account_tie PRIMARY KEY (user_id, official_id),
    CONSTRAINT fk_account_tie_user_id FOREIGN KEY (user_id) REFERENCES app_user (id)
);
CREATE INDEX ix_account_tie_official_id ON account_tie (official_id);
INSERT INTO account_tie (user_id, official_id) SELECT id, official_id FROM app_user WHERE official_id IS NOT NULL;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account_tie
    FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION registry_tie_account() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO account_tie (user_id, official_id) VALUES (NEW.id, NEW.official_id) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER tied AFTER INSERT OR UPDATE OF official_id ON app_user FOR EACH ROW
    WHEN (NEW.official_id IS NOT NULL) EXECUTE FUNCTION registry_tie_account();

GRANT SELECT ON account_tie TO registry_web, registry_worker, registry_audit;
ALTER TABLE account_tie ENABLE ROW LEVEL SECURITY;
CREATE POLICY audited ON account_tie FOR SELECT TO registry_audit USING (true);

CREATE FUNCTION registry_same_person(one bigint, other bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT one = other OR EXISTS (SELECT FROM account_tie a JOIN account_tie b ON b.official_id = a.official_id
        WHERE a.user_id = one AND b.user_id = other)
$$;

-- What an account has to do with a change that it is to decide on: 'hand' when its person made, edited or handed in the
-- content (the file of an import, the proposal of an official), 'record' when the change is about that person.
CREATE FUNCTION registry_stake(in_change bigint, account bigint) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE
        WHEN EXISTS (SELECT FROM (
                SELECT maker_id AS hand FROM change WHERE id = in_change
                UNION SELECT actor_id FROM change_event WHERE change_id = in_change AND step IN ('draft', 'edit', 'submit')
                UNION SELECT created_by FROM import_file WHERE change_id = in_change
                UNION SELECT made_by FROM proposal WHERE change_id = in_change) h
            WHERE registry_same_person(h.hand, account)) THEN 'hand'
        WHEN EXISTS (SELECT FROM account_tie t JOIN change_operation o ON o.official_id = t.official_id
            WHERE t.user_id = account AND o.change_id = in_change) THEN 'record'
    END
$$;
CREATE INDEX ix_import_file_change_id ON import_file (change_id);
CREATE INDEX ix_proposal_change_id ON proposal (change_id);

-- Who decides is asked at every decision, and not only when another name is put down: whoever returned a change may have
-- got a hand in it, or another account, since.
DROP TRIGGER change_two_people ON change;
CREATE OR REPLACE FUNCTION registry_two_people() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    serves boolean := current_user IN ('registry_web', 'registry_worker');
    acting bigint := nullif(current_setting('app.user', true), '')::bigint;
    course text := OLD.status || '>' || NEW.status;
BEGIN
    IF NEW.maker_id <> OLD.maker_id THEN
        RAISE EXCEPTION 'a change keeps its maker'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_course';
    END IF;
    IF OLD.status NOT IN ('draft', 'returned') AND (NEW.decision_id, NEW.note) IS DISTINCT FROM (OLD.decision_id, OLD.note)
        OR OLD.status IN ('approved', 'rejected', 'withdrawn') AND (NEW.status, NEW.checker_id, NEW.digest, NEW.reason)
            IS DISTINCT FROM (OLD.status, OLD.checker_id, OLD.digest, OLD.reason)
        OR NEW.status <> OLD.status AND course NOT IN ('draft>submitted', 'draft>withdrawn', 'submitted>approved',
            'submitted>returned', 'submitted>rejected', 'submitted>withdrawn', 'returned>draft', 'returned>submitted',
            'returned>withdrawn') THEN
        RAISE EXCEPTION 'a change does not go from % to % like this', OLD.status, NEW.status
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_course';
    END IF;
    IF NEW.status IN ('submitted', 'withdrawn') AND NEW.status <> OLD.status
        AND serves AND acting IS DISTINCT FROM NEW.maker_id THEN
        RAISE EXCEPTION 'only its maker hands in or withdraws a change'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_by_whom';
    END IF;
    IF NEW.checker_id IS NULL OR NEW.checker_id IS NOT DISTINCT FROM OLD.checker_id
        AND (NEW.status = OLD.status OR NEW.status NOT IN ('approved', 'returned', 'rejected')) THEN
        RETURN NEW;
    END IF;
    IF serves AND acting IS DISTINCT FROM NEW.checker_id THEN
        RAISE EXCEPTION 'nobody decides in the name of somebody else'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_by_whom';
    END IF;
    IF registry_stake(NEW.id, NEW.checker_id) IS NOT NULL THEN
        RAISE EXCEPTION 'the one who decides made it, or is the one it is about (ck_change_two_people)'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_two_people';
    END IF;
    IF NEW.origin = 'self' AND EXISTS (SELECT 1 FROM change_operation o WHERE o.change_id = NEW.id
            AND o.official_id IS DISTINCT FROM (SELECT m.official_id FROM app_user m WHERE m.id = NEW.maker_id)) THEN
        RAISE EXCEPTION 'a declaration about somebody else'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_own_record';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER change_two_people BEFORE UPDATE ON change FOR EACH ROW EXECUTE FUNCTION registry_two_people();

-- The service begins changes as drafts, each in the name of who acts.
CREATE POLICY begun ON change AS RESTRICTIVE FOR INSERT TO registry_web, registry_worker WITH CHECK (
    status = 'draft' AND checker_id IS NULL AND maker_id = nullif(current_setting('app.user', true), '')::bigint);

-- What was handed in is not rewritten; to be mended it goes back to its maker.
CREATE FUNCTION change_operation_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM change WHERE id IN (SELECT change_id FROM touched) AND status NOT IN ('draft', 'returned')) THEN
        RAISE EXCEPTION 'operations of a change that was handed in'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_operation_open';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER open_entered AFTER INSERT ON change_operation REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION change_operation_open();
CREATE TRIGGER open_altered AFTER UPDATE ON change_operation REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION change_operation_open();
CREATE TRIGGER open_removed AFTER DELETE ON change_operation REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION change_operation_open();

-- The same of recoveries and proposals.
CREATE OR REPLACE FUNCTION registry_two_officers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.confirmed_by IS NOT NULL AND (NEW.confirmed_by, NEW.confirmed_at, NEW.confirmed_hash)
            IS DISTINCT FROM (OLD.confirmed_by, OLD.confirmed_at, OLD.confirmed_hash) THEN
        RAISE EXCEPTION 'a confirmation is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_account_recovery_rewritten';
    END IF;
    IF NEW.ended_at IS NOT NULL THEN
        RETURN NEW; -- it opens nothing any more
    END IF;
    IF registry_same_person(NEW.asked_by, NEW.user_id) OR registry_same_person(NEW.confirmed_by, NEW.user_id)
            OR registry_same_person(NEW.confirmed_by, NEW.asked_by) THEN
        RAISE EXCEPTION 'two accounts of one official'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_account_recovery_two_officers';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION registry_answered_by_another() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF registry_same_person(NEW.answered_by, NEW.made_by)
        OR EXISTS (SELECT FROM account_tie t WHERE t.user_id = NEW.answered_by AND t.official_id = NEW.official_id) THEN
        RAISE EXCEPTION 'the one who answers is the one it is about'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_proposal_two_people';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER proposal_two_people BEFORE INSERT OR UPDATE ON proposal FOR EACH ROW
    WHEN (NEW.answered_by IS NOT NULL) EXECUTE FUNCTION registry_answered_by_another();

-- A fact enters and is closed by a change that waits for its decision, and the transaction ends with that change approved.
-- Noted once a statement, whatever its size, and asked when it commits.
CREATE TABLE change_applied (
    change_id BIGINT NOT NULL,
    CONSTRAINT pk_change_applied PRIMARY KEY (change_id),
    CONSTRAINT fk_change_applied_change_id FOREIGN KEY (change_id) REFERENCES change (id)
);
GRANT SELECT ON change_applied TO registry_web, registry_worker, registry_audit;
ALTER TABLE change_applied ENABLE ROW LEVEL SECURITY;
CREATE POLICY audited ON change_applied FOR SELECT TO registry_audit USING (true);

CREATE FUNCTION registry_applies() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    by_changes bigint[];
BEGIN
    IF session_user NOT IN ('registry_web', 'registry_worker') THEN
        RETURN NULL; -- loading a registry, by its owner
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT change_id) INTO by_changes FROM touched;
    ELSE
        SELECT array_agg(DISTINCT closed_by) INTO by_changes FROM touched;
    END IF;
    IF EXISTS (SELECT FROM unnest(by_changes) AS b(id) LEFT JOIN change c ON c.id = b.id
            WHERE c.status IS DISTINCT FROM 'submitted') THEN
        RAISE EXCEPTION 'only a change that was handed in brings or closes facts'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO change_applied (change_id) SELECT unnest(by_changes) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION registry_applied_is_approved() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM change c WHERE c.id = NEW.change_id AND c.status = 'approved') THEN
        RAISE EXCEPTION 'facts of a change that nobody approved'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_applied_approved';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER approved AFTER INSERT ON change_applied DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION registry_applied_is_approved();

DO $$
DECLARE
    one text;
BEGIN
    FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND starts_with(relname, 'fact_') ORDER BY 1 LOOP
        EXECUTE format('CREATE TRIGGER applies_entered AFTER INSERT ON %I REFERENCING NEW TABLE AS touched
            FOR EACH STATEMENT EXECUTE FUNCTION registry_applies()', one);
        EXECUTE format('CREATE TRIGGER applies_closed AFTER UPDATE ON %I REFERENCING NEW TABLE AS touched
            FOR EACH STATEMENT EXECUTE FUNCTION registry_applies()', one);
    END LOOP;
END $$;

-- The rights of an account as they are at the end of a transaction: [[role, unit, first, last], …], null for a closed account.
-- They, and the tree of units, stay so until it has committed: who withdraws them comes before it or after it. Each statement
-- in here sees what was committed when it begins.
CREATE FUNCTION registry_rights_held(account bigint, on_day date) RETURNS json
    LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(hashtext('organization tree'));
    PERFORM FROM app_user WHERE id = account AND is_active FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    PERFORM FROM access_grant WHERE user_id = account FOR SHARE;
    RETURN (SELECT coalesce(json_agg(json_build_array(g.role, g.organization_id, coalesce(o.ord, -1), coalesce(o.last, -2))),
            '[]'::json)
        FROM access_grant g LEFT JOIN organization o ON o.id = g.organization_id
        WHERE g.user_id = account AND g.valid_from <= on_day AND (g.valid_to IS NULL OR g.valid_to > on_day)
            AND (g.granted_by IS NULL OR g.confirmed_at IS NOT NULL));
END $$;

CREATE FUNCTION registry_tree_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('organization tree'));
    RETURN NULL;
END $$;
CREATE TRIGGER tree_moves BEFORE UPDATE OF ord, last ON organization
    FOR EACH STATEMENT EXECUTE FUNCTION registry_tree_moves();

REVOKE ALL ON FUNCTION registry_tie_account(), registry_same_person(bigint, bigint), registry_stake(bigint, bigint),
    registry_answered_by_another(), registry_applies(), registry_applied_is_approved(), registry_rights_held(bigint, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry_tie_account(), registry_same_person(bigint, bigint), registry_stake(bigint, bigint),
    registry_answered_by_another(), registry_applies(), registry_applied_is_approved(), registry_rights_held(bigint, date) TO registry_web, registry_worker;
