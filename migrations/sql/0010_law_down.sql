DROP FUNCTION registry_stopped_months;
DROP FUNCTION registry_law_number;
DELETE FROM law_step WHERE valid_to IS NOT NULL OR valid_from <> '0001-01-01';
ALTER TABLE law_step DROP CONSTRAINT pk_law_step;
ALTER TABLE law_step ADD CONSTRAINT pk_law_step PRIMARY KEY (rank, step);
ALTER TABLE law_step DROP COLUMN valid_from, DROP COLUMN valid_to;
