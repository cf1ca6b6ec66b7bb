DROP TRIGGER tree_moves ON organization;
DROP FUNCTION registry_tree_moves(), registry_rights_held(bigint, date);
DO $$
DECLARE
    one text;
BEGIN
    FOR one IN SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'applies_entered' LOOP
        EXECUTE format('DROP TRIGGER applies_entered ON %s', one);
        EXECUTE format('DROP TRIGGER applies_closed ON %s', one);
    END LOOP;
END $$;
DROP TABLE change_applied;
DROP FUNCTION registry_applied_is_approved(), registry_applies();
DROP TRIGGER proposal_two_people ON proposal;
DROP FUNCTION registry_answered_by_another();
DROP TRIGGER open_entered ON change_operation;
DROP TRIGGER open_altered ON change_operation;
DROP TRIGGER open_removed ON change_operation;
DROP FUNCTION change_operation_open();
DROP POLICY begun ON change;
DROP TRIGGER change_two_people ON change;
CREATE OR REPLACE FUNCTION registry_two_people() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM app_user k WHERE k.id = NEW.checker_id AND k.official_id IS NOT NULL AND (
            EXISTS (SELECT 1 FROM app_user m WHERE m.id = NEW.maker_id AND m.official_id = k.official_id)
            OR EXISTS (SELECT 1 FROM change_operation o
                WHERE o.change_id = NEW.id AND o.official_id = k.official_id))) THEN
        RAISE EXCEPTION 'the one who decides is the one it is about'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_two_people';
    END IF;
    IF NEW.origin = 'self' AND EXISTS (SELECT 1 FROM change_operation o WHERE o.change_id = NEW.id
            AND o.official_id IS DISTINCT FROM (SELECT m.official_id FROM app_user m WHERE m.id = NEW.maker_id)) THEN
        RAISE EXCEPTION 'a declaration about somebody else'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_change_own_record';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER change_two_people BEFORE UPDATE OF checker_id ON change FOR EACH ROW
    WHEN (NEW.checker_id IS NOT NULL AND NEW.checker_id IS DISTINCT FROM OLD.checker_id)
    EXECUTE FUNCTION registry_two_people();

CREATE OR REPLACE FUNCTION registry_two_officers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.confirmed_by IS NOT NULL AND (NEW.confirmed_by, NEW.confirmed_at, NEW.confirmed_hash)
            IS DISTINCT FROM (OLD.confirmed_by, OLD.confirmed_at, OLD.confirmed_hash) THEN
        RAISE EXCEPTION 'a confirmation is not rewritten'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_account_recovery_rewritten';
    END IF;
    IF EXISTS (SELECT 1 FROM app_user a JOIN app_user b ON b.official_id = a.official_id AND b.id <> a.id
            WHERE a.id IN (NEW.user_id, NEW.asked_by, NEW.confirmed_by)
                AND b.id IN (NEW.user_id, NEW.asked_by, NEW.confirmed_by)) THEN
        RAISE EXCEPTION 'two accounts of one official'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_account_recovery_two_officers';
    END IF;
    RETURN NEW;
END $$;

DROP INDEX ix_import_file_change_id;
DROP INDEX ix_proposal_change_id;
DROP FUNCTION registry_stake(bigint, bigint), registry_same_person(bigint, bigint);
DROP TRIGGER tied ON app_user;
DROP FUNCTION registry_tie_account();
DROP TABLE account_tie;
