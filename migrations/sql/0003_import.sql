-- What an import found in its rows, typed, between check and approval. Unlogged: it can be made again from import_row.

ALTER TABLE import_file ADD COLUMN checked_on DATE;
ALTER TABLE import_file ADD COLUMN checked_by BIGINT CONSTRAINT fk_import_file_checked_by REFERENCES app_user (id);
ALTER TABLE import_row ADD COLUMN differs TEXT[];

CREATE UNLOGGED TABLE import_new (
    import_id BIGINT NOT NULL,
    row INTEGER NOT NULL,
    full_name TEXT NOT NULL,
    birth_date DATE NOT NULL,
    birth_date_precision VARCHAR(5) NOT NULL,
    sex TEXT NOT NULL,
    personal_id TEXT NOT NULL,
    staff_code TEXT,
    organization_id BIGINT NOT NULL,
    category TEXT NOT NULL,
    ethnic_group TEXT,
    religion TEXT,
    native_place TEXT,
    recruited_on DATE NOT NULL,
    recruited_on_precision VARCHAR(5) NOT NULL,
    position TEXT,
    job_position TEXT,
    rank TEXT,
    step INTEGER,
    coefficient NUMERIC(4, 2),
    paid_from DATE,
    paid_from_precision VARCHAR(5),
    education TEXT,
    political_theory TEXT,
    joined_on DATE,
    joined_on_precision VARCHAR(5),
    decision_number TEXT NOT NULL,
    issued_on DATE NOT NULL,
    CONSTRAINT pk_import_new PRIMARY KEY (import_id, row)
);

CREATE UNLOGGED TABLE import_planned (
    import_id BIGINT NOT NULL,
    row INTEGER NOT NULL,
    place INTEGER NOT NULL,
    version INTEGER NOT NULL,
    action TEXT NOT NULL,
    official_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    fact_id BIGINT,
    valid_from DATE NOT NULL,
    valid_from_precision VARCHAR(5) NOT NULL,
    valid_to DATE,
    valid_to_precision VARCHAR(5) NOT NULL,
    fields JSONB NOT NULL,
    decision_number TEXT NOT NULL,
    issued_on DATE NOT NULL,
    CONSTRAINT pk_import_planned PRIMARY KEY (import_id, row, place)
);

GRANT SELECT, INSERT, DELETE ON import_new, import_planned TO registry_web, registry_worker;

-- One question for all rows of a statement, not one a row: an import has a hundred thousand, and there are few imports.
ALTER TABLE import_new ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_parent ON import_new TO registry_web, registry_worker
    USING (import_id IN (SELECT p.id FROM import_file p));
ALTER TABLE import_planned ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_parent ON import_planned TO registry_web, registry_worker
    USING (import_id IN (SELECT p.id FROM import_file p));
ALTER POLICY with_parent ON import_row USING (import_id IN (SELECT p.id FROM import_file p));
ALTER POLICY with_parent ON import_finding USING (import_id IN (SELECT p.id FROM import_file p));
