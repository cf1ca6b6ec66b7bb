ALTER POLICY with_parent ON import_row USING (EXISTS (SELECT 1 FROM import_file p WHERE p.id = import_row.import_id));
ALTER POLICY with_parent ON import_finding
    USING (EXISTS (SELECT 1 FROM import_file p WHERE p.id = import_finding.import_id));
DROP TABLE import_new, import_planned;
ALTER TABLE import_row DROP COLUMN differs;
ALTER TABLE import_file DROP COLUMN checked_by, DROP COLUMN checked_on;
