-- A decision may be drafted before it is signed: its number comes later, before the change is submitted.
ALTER TABLE decision DROP CONSTRAINT ck_decision_number_text;
ALTER TABLE decision ADD CONSTRAINT ck_decision_number_text CHECK (number IS NFC NORMALIZED);

-- Then the operations of the draft go over to the paper that has one. Nothing else of an operation is rewritten.
GRANT UPDATE (decision_id) ON change_operation TO registry_web, registry_worker;

-- No change leaves its maker without a number, whoever writes.
CREATE FUNCTION change_is_numbered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM decision WHERE id = NEW.decision_id AND number = '') THEN
        RAISE EXCEPTION 'the decision has no number yet' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER numbered BEFORE UPDATE OF status ON change FOR EACH ROW
    WHEN (NEW.status = 'submitted') EXECUTE FUNCTION change_is_numbered();
