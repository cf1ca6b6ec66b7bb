-- Documents of the paper file: what, how many pages, where it lies, for how long.
CREATE TABLE fact_paper_file (
    id BIGINT DEFAULT nextval('fact_id_seq') NOT NULL,
    official_id BIGINT NOT NULL,
    valid_from DATE NOT NULL,
    valid_from_precision VARCHAR(5) DEFAULT 'day' NOT NULL,
    valid_to DATE,
    valid_to_precision VARCHAR(5) DEFAULT 'day' NOT NULL,
    recorded_from TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    recorded_to TIMESTAMP WITH TIME ZONE,
    decision_id BIGINT NOT NULL,
    change_id BIGINT NOT NULL,
    closed_by BIGINT,
    supersedes BIGINT,
    document TEXT NOT NULL,
    pages INTEGER,
    place TEXT NOT NULL,
    retention TEXT,
    CONSTRAINT pk_fact_paper_file PRIMARY KEY (id),
    CONSTRAINT ck_fact_paper_file_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_paper_file_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_paper_file_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_paper_file_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_paper_file_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_paper_file_document_text CHECK (document IS NFC NORMALIZED AND document = btrim(document) AND document <> '' AND length(document) <= 300),
    CONSTRAINT ck_fact_paper_file_pages_range CHECK (pages >= 1 AND pages <= 10000),
    CONSTRAINT ck_fact_paper_file_place_text CHECK (place IS NFC NORMALIZED AND place = btrim(place) AND place <> '' AND length(place) <= 300),
    CONSTRAINT ck_fact_paper_file_retention_text CHECK (retention IS NFC NORMALIZED AND retention = btrim(retention) AND retention <> '' AND length(retention) <= 100),
    CONSTRAINT fk_fact_paper_file_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_paper_file_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_paper_file_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_paper_file_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_paper_file_change ON fact_paper_file (change_id);
CREATE INDEX ix_fact_paper_file_closed ON fact_paper_file (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX ix_fact_paper_file_official ON fact_paper_file (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_paper_file FOR EACH ROW EXECUTE FUNCTION registry_close_only();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_paper_file FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_paper_file_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entered AFTER INSERT ON fact_paper_file REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_paper_file_entered();
CREATE TRIGGER applies_entered AFTER INSERT ON fact_paper_file REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION registry_applies();
CREATE TRIGGER applies_closed AFTER UPDATE ON fact_paper_file REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION registry_applies();

ALTER TABLE fact_paper_file ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_paper_file TO registry_web, registry_worker;
GRANT SELECT ON fact_paper_file TO registry_audit;
CREATE POLICY seen ON fact_paper_file FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_paper_file.official_id));
CREATE POLICY entered ON fact_paper_file FOR INSERT TO registry_web, registry_worker
    WITH CHECK (change_id = nullif(current_setting('app.applying', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_paper_file.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_paper_file.official_id AND o.change_id = fact_paper_file.change_id));
CREATE POLICY closed ON fact_paper_file FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_paper_file.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_paper_file FOR SELECT TO registry_audit USING (true);
