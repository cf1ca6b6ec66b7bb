-- Exports and reports are runs of one kind of thing: asked for, made by a job, fetched, kept as a question that can be
-- asked again. Policies and grants of the table stay with it.

ALTER TABLE export_file RENAME TO report_run;
ALTER TABLE report_run RENAME COLUMN what TO form;
ALTER TABLE report_run RENAME COLUMN filter TO parameters;
ALTER TABLE report_run RENAME CONSTRAINT pk_export_file TO pk_report_run;
ALTER TABLE report_run RENAME CONSTRAINT uq_export_file_uid TO uq_report_run_uid;
ALTER TABLE report_run RENAME CONSTRAINT fk_export_file_created_by TO fk_report_run_created_by;
ALTER TABLE report_run RENAME CONSTRAINT ck_export_file_status TO ck_report_run_status;
ALTER TABLE report_run RENAME CONSTRAINT ck_export_file_answered TO ck_report_run_answered;
ALTER TABLE report_run RENAME CONSTRAINT ck_export_file_sha256 TO ck_report_run_sha256;
ALTER TABLE report_run RENAME CONSTRAINT export_file_id_not_null TO report_run_id_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_uid_not_null TO report_run_uid_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_what_not_null TO report_run_form_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_filter_not_null TO report_run_parameters_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_format_not_null TO report_run_format_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_as_of_not_null TO report_run_as_of_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_known_at_not_null TO report_run_known_at_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_status_not_null TO report_run_status_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_created_by_not_null TO report_run_created_by_not_null;
ALTER TABLE report_run RENAME CONSTRAINT export_file_created_at_not_null TO report_run_created_at_not_null;
ALTER INDEX ix_export_file_created_by RENAME TO ix_report_run_created_by;
ALTER INDEX ix_export_file_kept RENAME TO ix_report_run_kept;
ALTER SEQUENCE export_file_id_seq RENAME TO report_run_id_seq;

ALTER TABLE report_run ADD COLUMN kind TEXT DEFAULT 'export' NOT NULL;
ALTER TABLE report_run ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE report_run ADD COLUMN version TEXT;
ALTER TABLE report_run ADD COLUMN reason TEXT;
ALTER TABLE report_run ADD COLUMN repeats BIGINT;
ALTER TABLE report_run DROP CONSTRAINT ck_export_file_format;
ALTER TABLE report_run
    ADD CONSTRAINT ck_report_run_format CHECK (format IN ('csv','xlsx','json','pdf')),
    ADD CONSTRAINT ck_report_run_kind CHECK (kind IN ('export','report')),
    ADD CONSTRAINT ck_report_run_version CHECK ((kind = 'report') = (version IS NOT NULL)),
    ADD CONSTRAINT fk_report_run_repeats FOREIGN KEY (repeats) REFERENCES report_run (id);
