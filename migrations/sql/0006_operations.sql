-- Operations come by the hundred thousand: their change and their paper are looked up once a statement and not once a row.
-- Nothing ever removes a change or a paper, so entering is where they can be missing.
ALTER TABLE change_operation DROP CONSTRAINT fk_change_operation_change_id;
ALTER TABLE change_operation DROP CONSTRAINT fk_change_operation_decision_id;

CREATE FUNCTION change_operation_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT DISTINCT change_id FROM entered EXCEPT SELECT id FROM change WHERE id IN (SELECT change_id FROM entered)) THEN
        RAISE EXCEPTION 'an operation of no change'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_change_operation_change_id';
    END IF;
    IF EXISTS (SELECT DISTINCT decision_id FROM entered EXCEPT SELECT id FROM decision WHERE id IN (SELECT decision_id FROM entered))
    THEN
        RAISE EXCEPTION 'an operation on no paper'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_change_operation_decision_id';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON change_operation REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION change_operation_entered();
