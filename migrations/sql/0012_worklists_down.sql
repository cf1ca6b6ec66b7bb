DROP TRIGGER numbered ON change;
DROP FUNCTION change_is_numbered();
REVOKE UPDATE (decision_id) ON change_operation FROM registry_web, registry_worker;
ALTER TABLE decision DROP CONSTRAINT ck_decision_number_text;
UPDATE decision SET number = 'Chưa có số' WHERE number = '';
ALTER TABLE decision ADD CONSTRAINT ck_decision_number_text CHECK (number IS NFC NORMALIZED AND number <> '');
