-- Runs of reports cannot be told as exports; their files go with the next sweep of the store.
DELETE FROM report_run WHERE kind = 'report';
DELETE FROM job WHERE kind = 'report.make';

ALTER TABLE report_run DROP CONSTRAINT ck_report_run_kind, DROP CONSTRAINT ck_report_run_version,
    DROP CONSTRAINT fk_report_run_repeats, DROP CONSTRAINT ck_report_run_format;
ALTER TABLE report_run DROP COLUMN kind, DROP COLUMN version, DROP COLUMN reason, DROP COLUMN repeats;
ALTER TABLE report_run ADD CONSTRAINT ck_export_file_format CHECK (format IN ('csv','xlsx','json'));

ALTER SEQUENCE report_run_id_seq RENAME TO export_file_id_seq;
ALTER INDEX ix_report_run_kept RENAME TO ix_export_file_kept;
ALTER INDEX ix_report_run_created_by RENAME TO ix_export_file_created_by;
ALTER TABLE report_run RENAME CONSTRAINT ck_report_run_sha256 TO ck_export_file_sha256;
ALTER TABLE report_run RENAME CONSTRAINT ck_report_run_answered TO ck_export_file_answered;
ALTER TABLE report_run RENAME CONSTRAINT ck_report_run_status TO ck_export_file_status;
ALTER TABLE report_run RENAME CONSTRAINT fk_report_run_created_by TO fk_export_file_created_by;
ALTER TABLE report_run RENAME CONSTRAINT uq_report_run_uid TO uq_export_file_uid;
ALTER TABLE report_run RENAME CONSTRAINT pk_report_run TO pk_export_file;
ALTER TABLE report_run RENAME CONSTRAINT report_run_id_not_null TO export_file_id_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_uid_not_null TO export_file_uid_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_form_not_null TO export_file_what_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_parameters_not_null TO export_file_filter_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_format_not_null TO export_file_format_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_as_of_not_null TO export_file_as_of_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_known_at_not_null TO export_file_known_at_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_status_not_null TO export_file_status_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_created_by_not_null TO export_file_created_by_not_null;
ALTER TABLE report_run RENAME CONSTRAINT report_run_created_at_not_null TO export_file_created_at_not_null;
ALTER TABLE report_run RENAME COLUMN parameters TO filter;
ALTER TABLE report_run RENAME COLUMN form TO what;
ALTER TABLE report_run RENAME TO export_file;
