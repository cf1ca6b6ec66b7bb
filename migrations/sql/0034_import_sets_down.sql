CREATE OR REPLACE FUNCTION registry_sort_key(name text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT translate(turned,
        'aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵzŏŭĭĕčñƀ' || E'\u0306',
        '00000011111122222234567777778888889ABCCCCCCDEFGHIIIIIIJJJJJJKKKKKKLMNOPQQQQQQRRRRRRSTUVVVVVVWIQC74H3')
        || E'\x01' ||
        translate(turned,
        'àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵŏŭĭĕčñƀaăâbcdđeêfghijklmnoôơpqrstuưvwxyz''-.' || E'\u0306',
        '2345623456234562345623456234562345623456234562345623456234561111111')
    FROM (SELECT regexp_replace(lower(normalize(name, NFC)), '^(\S+)\s+(?:(.*)\s+)?(\S+)$', '\3 \1 \2') AS turned) AS name_turned
$$;

DROP POLICY entered ON change_operation;
DROP POLICY seen ON change_operation;
DROP POLICY altered ON change_operation;
DROP POLICY removed ON change_operation;
CREATE POLICY with_parent ON change_operation TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM change p WHERE p.id = change_operation.change_id));

CREATE OR REPLACE FUNCTION change_operation_entered() RETURNS trigger LANGUAGE plpgsql AS $$
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
