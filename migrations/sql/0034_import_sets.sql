-- Given name first, then surname, then middle names, as before; words with anything but single plain spaces between them are
-- left to the expression. Values are those that are stored: nothing is computed anew.
CREATE OR REPLACE FUNCTION registry_sort_key(name text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    turned text := lower(normalize(name, NFC));
    surname text := split_part(turned, ' ', 1);
    given text := split_part(turned, ' ', -1);
BEGIN
    IF turned ~ '[^\S ]|  |^ | $' THEN
        turned := regexp_replace(turned, '^(\S+)\s+(?:(.*)\s+)?(\S+)$', '\3 \1 \2');
    ELSIF length(surname) < length(turned) THEN
        turned := given || ' ' || surname || ' '
            || substr(turned, length(surname) + 2, greatest(length(turned) - length(surname) - length(given) - 2, 0));
    END IF;
    RETURN translate(turned,
        'aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệfghiìỉĩíịjklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvwxyỳỷỹýỵzŏŭĭĕčñƀ' || E'\u0306',
        '00000011111122222234567777778888889ABCCCCCCDEFGHIIIIIIJJJJJJKKKKKKLMNOPQQQQQQRRRRRRSTUVVVVVVWIQC74H3')
        || E'\x01' ||
        translate(turned,
        'àảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵŏŭĭĕčñƀaăâbcdđeêfghijklmnoôơpqrstuưvwxyz''-.' || E'\u0306',
        '2345623456234562345623456234562345623456234562345623456234561111111');
END $$;

-- An operation enters an open change of whoever makes it. These are few, and looked up once a statement.
DROP POLICY with_parent ON change_operation;
CREATE POLICY entered ON change_operation FOR INSERT TO registry_web, registry_worker
    WITH CHECK (change_id IN (SELECT p.id FROM change p
        WHERE p.maker_id = nullif(current_setting('app.user', true), '')::bigint AND p.status IN ('draft', 'returned')));
CREATE POLICY seen ON change_operation FOR SELECT TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM change p WHERE p.id = change_operation.change_id));
CREATE POLICY altered ON change_operation FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM change p WHERE p.id = change_operation.change_id));
CREATE POLICY removed ON change_operation FOR DELETE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM change p WHERE p.id = change_operation.change_id));

-- Papers by number: the set difference read the index of all papers there are.
CREATE OR REPLACE FUNCTION change_operation_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT change_id AS id FROM entered) e
            WHERE NOT EXISTS (SELECT FROM change c WHERE c.id = e.id)) THEN
        RAISE EXCEPTION 'an operation of no change'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_change_operation_change_id';
    END IF;
    IF EXISTS (SELECT FROM (SELECT DISTINCT decision_id AS id FROM entered) e
            WHERE NOT EXISTS (SELECT FROM decision d WHERE d.id = e.id)) THEN
        RAISE EXCEPTION 'an operation on no paper'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'fk_change_operation_decision_id';
    END IF;
    RETURN NULL;
END $$;
