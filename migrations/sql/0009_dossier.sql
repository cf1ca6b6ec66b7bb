-- The rest of the dossier: further kinds of facts, and the fields that the first ones lacked. As in 0001, every kind
-- has its constraints, its code checks by sets, its append-only triggers and its row-level security.

ALTER TABLE fact_allowance
    ADD COLUMN pay_form TEXT,
    ADD COLUMN reserved_until DATE;

CREATE OR REPLACE FUNCTION fact_allowance_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT allowance FROM entered WHERE allowance IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'allowance_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_allowance.allowance'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_allowance_allowance';
    END IF;
    IF EXISTS (SELECT DISTINCT pay_form FROM entered WHERE pay_form IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'allowance_pay_forms') THEN
        RAISE EXCEPTION 'unknown key in fact_allowance.pay_form'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_allowance_pay_form';
    END IF;
    RETURN NULL;
END $$;

ALTER TABLE fact_appointment
    ADD COLUMN first_appointed_on DATE,
    ADD COLUMN first_appointed_on_precision VARCHAR(5),
    ADD COLUMN term_of_office TEXT,
    ADD COLUMN joined_unit_on DATE,
    ADD COLUMN joined_unit_on_precision VARCHAR(5),
    ADD CONSTRAINT ck_fact_appointment_first_appointed_on_precision CHECK ((first_appointed_on IS NULL) = (first_appointed_on_precision IS NULL) AND first_appointed_on_precision IN ('day','month','year')),
    ADD CONSTRAINT ck_fact_appointment_joined_unit_on_precision CHECK ((joined_unit_on IS NULL) = (joined_unit_on_precision IS NULL) AND joined_unit_on_precision IN ('day','month','year')),
    ADD CONSTRAINT ck_fact_appointment_term_of_office_text CHECK (term_of_office IS NFC NORMALIZED AND term_of_office = btrim(term_of_office) AND term_of_office <> '' AND length(term_of_office) <= 30);

ALTER TABLE fact_discipline
    ADD COLUMN legal_basis TEXT,
    ADD COLUMN party_decision_no TEXT,
    ADD COLUMN party_decided_on DATE,
    ADD CONSTRAINT ck_fact_discipline_legal_basis_text CHECK (legal_basis IS NFC NORMALIZED AND legal_basis = btrim(legal_basis) AND legal_basis <> '' AND length(legal_basis) <= 300),
    ADD CONSTRAINT ck_fact_discipline_party_decision_no_text CHECK (party_decision_no IS NFC NORMALIZED AND party_decision_no = btrim(party_decision_no) AND party_decision_no <> '' AND length(party_decision_no) <= 60);

ALTER TABLE fact_evaluation
    ADD COLUMN rated_by TEXT,
    ADD CONSTRAINT ck_fact_evaluation_rated_by_text CHECK (rated_by IS NFC NORMALIZED AND rated_by = btrim(rated_by) AND rated_by <> '' AND length(rated_by) <= 200);

ALTER TABLE fact_family
    ADD COLUMN workplace TEXT,
    ADD COLUMN personal_number TEXT,
    ADD COLUMN is_party_member BOOLEAN DEFAULT 'False' NOT NULL,
    ADD CONSTRAINT ck_fact_family_personal_number_digits CHECK (personal_number ~ '^[0-9]{12}$'),
    ADD CONSTRAINT ck_fact_family_personal_number_text CHECK (personal_number IS NFC NORMALIZED AND personal_number = btrim(personal_number) AND personal_number <> '' AND length(personal_number) <= 12),
    ADD CONSTRAINT ck_fact_family_workplace_text CHECK (workplace IS NFC NORMALIZED AND workplace = btrim(workplace) AND workplace <> '' AND length(workplace) <= 300);

ALTER TABLE fact_identity
    ADD COLUMN birth_province TEXT,
    ADD COLUMN birth_commune TEXT,
    ADD COLUMN native_province TEXT,
    ADD COLUMN native_commune TEXT,
    ADD COLUMN id_card_issuer TEXT,
    ADD COLUMN old_id_no TEXT,
    ADD COLUMN health_insurance_no TEXT,
    ADD COLUMN tax_code TEXT,
    ADD COLUMN local_staff_code TEXT,
    ADD COLUMN marital_status TEXT,
    ADD COLUMN family_class TEXT,
    ADD COLUMN forte TEXT,
    ADD CONSTRAINT ck_fact_identity_birth_commune_in_province CHECK (birth_commune IS NULL OR birth_province IS NOT NULL),
    ADD CONSTRAINT ck_fact_identity_forte_text CHECK (forte IS NFC NORMALIZED AND forte = btrim(forte) AND forte <> '' AND length(forte) <= 300),
    ADD CONSTRAINT ck_fact_identity_health_insurance_no_form CHECK (health_insurance_no ~ '^([0-9]{10}|[A-Z]{2}[0-9]{13})$'),
    ADD CONSTRAINT ck_fact_identity_health_insurance_no_text CHECK (health_insurance_no IS NFC NORMALIZED AND health_insurance_no = btrim(health_insurance_no) AND health_insurance_no <> '' AND length(health_insurance_no) <= 15),
    ADD CONSTRAINT ck_fact_identity_id_card_issuer_text CHECK (id_card_issuer IS NFC NORMALIZED AND id_card_issuer = btrim(id_card_issuer) AND id_card_issuer <> '' AND length(id_card_issuer) <= 200),
    ADD CONSTRAINT ck_fact_identity_local_staff_code_text CHECK (local_staff_code IS NFC NORMALIZED AND local_staff_code = btrim(local_staff_code) AND local_staff_code <> '' AND length(local_staff_code) <= 30),
    ADD CONSTRAINT ck_fact_identity_native_commune_in_province CHECK (native_commune IS NULL OR native_province IS NOT NULL),
    ADD CONSTRAINT ck_fact_identity_old_id_no_digits CHECK (old_id_no ~ '^[0-9]{9}$'),
    ADD CONSTRAINT ck_fact_identity_old_id_no_text CHECK (old_id_no IS NFC NORMALIZED AND old_id_no = btrim(old_id_no) AND old_id_no <> '' AND length(old_id_no) <= 9),
    ADD CONSTRAINT ck_fact_identity_tax_code_form CHECK (tax_code ~ '^([0-9]{10}(-[0-9]{3})?|[0-9]{12})$'),
    ADD CONSTRAINT ck_fact_identity_tax_code_text CHECK (tax_code IS NFC NORMALIZED AND tax_code = btrim(tax_code) AND tax_code <> '' AND length(tax_code) <= 14);

CREATE OR REPLACE FUNCTION fact_identity_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT sex FROM entered WHERE sex IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'sexes') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.sex'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_sex';
    END IF;
    IF EXISTS (SELECT DISTINCT birth_province FROM entered WHERE birth_province IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'provinces') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.birth_province'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_birth_province';
    END IF;
    IF EXISTS (SELECT DISTINCT birth_commune FROM entered WHERE birth_commune IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'communes') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.birth_commune'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_birth_commune';
    END IF;
    IF EXISTS (SELECT DISTINCT native_province FROM entered WHERE native_province IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'provinces') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.native_province'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_native_province';
    END IF;
    IF EXISTS (SELECT DISTINCT native_commune FROM entered WHERE native_commune IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'communes') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.native_commune'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_native_commune';
    END IF;
    IF EXISTS (SELECT DISTINCT ethnic_group FROM entered WHERE ethnic_group IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'ethnic_groups') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.ethnic_group'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_ethnic_group';
    END IF;
    IF EXISTS (SELECT DISTINCT religion FROM entered WHERE religion IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'religions') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.religion'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_religion';
    END IF;
    IF EXISTS (SELECT DISTINCT marital_status FROM entered WHERE marital_status IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'marital_statuses') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.marital_status'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_marital_status';
    END IF;
    IF EXISTS (SELECT DISTINCT family_class FROM entered WHERE family_class IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'family_classes') THEN
        RAISE EXCEPTION 'unknown key in fact_identity.family_class'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_family_class';
    END IF;
    RETURN NULL;
END $$;

ALTER TABLE fact_it_skill
    ADD COLUMN certificate TEXT,
    ADD CONSTRAINT ck_fact_it_skill_certificate_text CHECK (certificate IS NFC NORMALIZED AND certificate = btrim(certificate) AND certificate <> '' AND length(certificate) <= 200);

ALTER TABLE fact_language
    ADD COLUMN expires_on DATE;

ALTER TABLE fact_party
    ADD COLUMN left_reason TEXT,
    ADD COLUMN is_readmission BOOLEAN DEFAULT 'False' NOT NULL,
    ADD CONSTRAINT ck_fact_party_left_reason_text CHECK (left_reason IS NFC NORMALIZED AND left_reason = btrim(left_reason) AND left_reason <> '' AND length(left_reason) <= 500);

ALTER TABLE fact_qualification
    ADD COLUMN major_code TEXT,
    ADD COLUMN country TEXT,
    ADD COLUMN grade TEXT,
    ADD COLUMN is_verified BOOLEAN DEFAULT 'False' NOT NULL,
    ADD CONSTRAINT ck_fact_qualification_major_code_digits CHECK (major_code ~ '^[0-9]{7}$'),
    ADD CONSTRAINT ck_fact_qualification_major_code_text CHECK (major_code IS NFC NORMALIZED AND major_code = btrim(major_code) AND major_code <> '' AND length(major_code) <= 7);

CREATE OR REPLACE FUNCTION fact_qualification_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT level FROM entered WHERE level IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'education_levels') THEN
        RAISE EXCEPTION 'unknown key in fact_qualification.level'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_qualification_level';
    END IF;
    IF EXISTS (SELECT DISTINCT study_mode FROM entered WHERE study_mode IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'study_modes') THEN
        RAISE EXCEPTION 'unknown key in fact_qualification.study_mode'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_qualification_study_mode';
    END IF;
    IF EXISTS (SELECT DISTINCT country FROM entered WHERE country IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'countries') THEN
        RAISE EXCEPTION 'unknown key in fact_qualification.country'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_qualification_country';
    END IF;
    IF EXISTS (SELECT DISTINCT grade FROM entered WHERE grade IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'graduation_grades') THEN
        RAISE EXCEPTION 'unknown key in fact_qualification.grade'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_qualification_grade';
    END IF;
    RETURN NULL;
END $$;

ALTER TABLE fact_salary
    ADD COLUMN career_step TEXT,
    ADD COLUMN career_step_from DATE,
    ADD COLUMN career_step_from_precision VARCHAR(5),
    ADD COLUMN job_pay_vnd INTEGER,
    ADD CONSTRAINT ck_fact_salary_career_step_dated CHECK (career_step_from IS NULL OR career_step IS NOT NULL),
    ADD CONSTRAINT ck_fact_salary_career_step_from_precision CHECK ((career_step_from IS NULL) = (career_step_from_precision IS NULL) AND career_step_from_precision IN ('day','month','year')),
    ADD CONSTRAINT ck_fact_salary_job_pay_vnd_range CHECK (job_pay_vnd >= 0);

CREATE OR REPLACE FUNCTION fact_salary_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT rank FROM entered WHERE rank IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'ranks') THEN
        RAISE EXCEPTION 'unknown key in fact_salary.rank'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_salary_rank';
    END IF;
    IF EXISTS (SELECT DISTINCT event FROM entered WHERE event IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'salary_events') THEN
        RAISE EXCEPTION 'unknown key in fact_salary.event'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_salary_event';
    END IF;
    IF EXISTS (SELECT DISTINCT career_step FROM entered WHERE career_step IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'career_steps') THEN
        RAISE EXCEPTION 'unknown key in fact_salary.career_step'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_salary_career_step';
    END IF;
    RETURN NULL;
END $$;

ALTER TABLE fact_status
    ADD COLUMN recruited_position TEXT,
    ADD COLUMN notified_on DATE,
    ADD COLUMN grant_vnd INTEGER,
    ADD CONSTRAINT ck_fact_status_grant_vnd_range CHECK (grant_vnd >= 0),
    ADD CONSTRAINT ck_fact_status_recruited_position_text CHECK (recruited_position IS NFC NORMALIZED AND recruited_position = btrim(recruited_position) AND recruited_position <> '' AND length(recruited_position) <= 300);

ALTER TABLE fact_work_history
    ADD COLUMN duties TEXT,
    ADD CONSTRAINT ck_fact_work_history_duties_text CHECK (duties IS NFC NORMALIZED AND duties = btrim(duties) AND duties <> '' AND length(duties) <= 500);

CREATE TABLE fact_abroad_link (
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
    link TEXT NOT NULL,
    name TEXT NOT NULL,
    relation TEXT,
    country TEXT NOT NULL,
    nationality TEXT,
    occupation TEXT,
    address TEXT,
    CONSTRAINT pk_fact_abroad_link PRIMARY KEY (id),
    CONSTRAINT ck_fact_abroad_link_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_abroad_link_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_abroad_link_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_abroad_link_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_abroad_link_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_abroad_link_name_text CHECK (name IS NFC NORMALIZED AND name = btrim(name) AND name <> '' AND length(name) <= 200),
    CONSTRAINT ck_fact_abroad_link_occupation_text CHECK (occupation IS NFC NORMALIZED AND occupation = btrim(occupation) AND occupation <> '' AND length(occupation) <= 300),
    CONSTRAINT ck_fact_abroad_link_address_text CHECK (address IS NFC NORMALIZED AND address = btrim(address) AND address <> '' AND length(address) <= 300),
    CONSTRAINT ck_fact_abroad_link_relation_of_relative CHECK ((link = 'than_nhan') = (relation IS NOT NULL)),
    CONSTRAINT fk_fact_abroad_link_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_abroad_link_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_abroad_link_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_abroad_link_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_abroad_link_change ON fact_abroad_link (change_id);

CREATE INDEX ix_fact_abroad_link_closed ON fact_abroad_link (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_abroad_link_official ON fact_abroad_link (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_abroad_link FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_abroad_link FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_abroad_link_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT link FROM entered WHERE link IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'abroad_link_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_abroad_link.link'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_abroad_link_link';
    END IF;
    IF EXISTS (SELECT DISTINCT relation FROM entered WHERE relation IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'relations') THEN
        RAISE EXCEPTION 'unknown key in fact_abroad_link.relation'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_abroad_link_relation';
    END IF;
    IF EXISTS (SELECT DISTINCT country FROM entered WHERE country IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'countries') THEN
        RAISE EXCEPTION 'unknown key in fact_abroad_link.country'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_abroad_link_country';
    END IF;
    IF EXISTS (SELECT DISTINCT nationality FROM entered WHERE nationality IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'countries') THEN
        RAISE EXCEPTION 'unknown key in fact_abroad_link.nationality'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_abroad_link_nationality';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_abroad_link REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_abroad_link_entered();

ALTER TABLE fact_abroad_link ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_abroad_link TO registry_web, registry_worker;
GRANT SELECT ON fact_abroad_link TO registry_audit;
CREATE POLICY seen ON fact_abroad_link FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_abroad_link.official_id));
CREATE POLICY entered ON fact_abroad_link FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_abroad_link.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_abroad_link.official_id AND o.change_id = fact_abroad_link.change_id));
CREATE POLICY closed ON fact_abroad_link FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_abroad_link.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_abroad_link FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_address (
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
    use TEXT NOT NULL,
    printed TEXT NOT NULL,
    province TEXT,
    commune TEXT,
    street TEXT,
    CONSTRAINT pk_fact_address PRIMARY KEY (id),
    CONSTRAINT ck_fact_address_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_address_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_address_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_address_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_address_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_address_printed_text CHECK (printed IS NFC NORMALIZED AND printed = btrim(printed) AND printed <> '' AND length(printed) <= 500),
    CONSTRAINT ck_fact_address_street_text CHECK (street IS NFC NORMALIZED AND street = btrim(street) AND street <> '' AND length(street) <= 300),
    CONSTRAINT ck_fact_address_commune_in_province CHECK (commune IS NULL OR province IS NOT NULL),
    CONSTRAINT ex_fact_address_one_at_a_time EXCLUDE USING gist (official_id WITH =, use WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_address_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_address_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_address_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_address_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_address_change ON fact_address (change_id);

CREATE INDEX ix_fact_address_closed ON fact_address (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_address_official ON fact_address (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_address FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_address FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_address_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT use FROM entered WHERE use IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'address_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_address.use'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_address_use';
    END IF;
    IF EXISTS (SELECT DISTINCT province FROM entered WHERE province IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'provinces') THEN
        RAISE EXCEPTION 'unknown key in fact_address.province'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_address_province';
    END IF;
    IF EXISTS (SELECT DISTINCT commune FROM entered WHERE commune IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'communes') THEN
        RAISE EXCEPTION 'unknown key in fact_address.commune'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_address_commune';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_address REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_address_entered();

ALTER TABLE fact_address ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_address TO registry_web, registry_worker;
GRANT SELECT ON fact_address TO registry_audit;
CREATE POLICY seen ON fact_address FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_address.official_id));
CREATE POLICY entered ON fact_address FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_address.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_address.official_id AND o.change_id = fact_address.change_id));
CREATE POLICY closed ON fact_address FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_address.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_address FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_asset_declaration (
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
    year INTEGER NOT NULL,
    declaration TEXT NOT NULL,
    receiver TEXT NOT NULL,
    file_ref TEXT,
    CONSTRAINT pk_fact_asset_declaration PRIMARY KEY (id),
    CONSTRAINT ck_fact_asset_declaration_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_asset_declaration_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_asset_declaration_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_asset_declaration_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_asset_declaration_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_asset_declaration_year_range CHECK (year >= 2006 AND year <= 2100),
    CONSTRAINT ck_fact_asset_declaration_receiver_text CHECK (receiver IS NFC NORMALIZED AND receiver = btrim(receiver) AND receiver <> '' AND length(receiver) <= 300),
    CONSTRAINT ck_fact_asset_declaration_file_ref_text CHECK (file_ref IS NFC NORMALIZED AND file_ref = btrim(file_ref) AND file_ref <> '' AND length(file_ref) <= 100),
    CONSTRAINT ex_fact_asset_declaration_one_at_a_time EXCLUDE USING gist (official_id WITH =, year WITH =, declaration WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_asset_declaration_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_asset_declaration_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_asset_declaration_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_asset_declaration_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_asset_declaration_change ON fact_asset_declaration (change_id);

CREATE INDEX ix_fact_asset_declaration_closed ON fact_asset_declaration (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_asset_declaration_official ON fact_asset_declaration (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_asset_declaration FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_asset_declaration FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_asset_declaration_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT declaration FROM entered WHERE declaration IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'asset_declaration_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_asset_declaration.declaration'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_asset_declaration_declaration';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_asset_declaration REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_asset_declaration_entered();

ALTER TABLE fact_asset_declaration ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_asset_declaration TO registry_web, registry_worker;
GRANT SELECT ON fact_asset_declaration TO registry_audit;
CREATE POLICY seen ON fact_asset_declaration FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_asset_declaration.official_id));
CREATE POLICY entered ON fact_asset_declaration FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_asset_declaration.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_asset_declaration.official_id AND o.change_id = fact_asset_declaration.change_id));
CREATE POLICY closed ON fact_asset_declaration FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_asset_declaration.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_asset_declaration FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_contract (
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
    contract TEXT NOT NULL,
    contract_no TEXT,
    signed_on DATE,
    ends_on DATE,
    job TEXT,
    end_reason TEXT,
    CONSTRAINT pk_fact_contract PRIMARY KEY (id),
    CONSTRAINT ck_fact_contract_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_contract_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_contract_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_contract_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_contract_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_contract_contract_no_text CHECK (contract_no IS NFC NORMALIZED AND contract_no = btrim(contract_no) AND contract_no <> '' AND length(contract_no) <= 60),
    CONSTRAINT ck_fact_contract_job_text CHECK (job IS NFC NORMALIZED AND job = btrim(job) AND job <> '' AND length(job) <= 300),
    CONSTRAINT ck_fact_contract_end_reason_text CHECK (end_reason IS NFC NORMALIZED AND end_reason = btrim(end_reason) AND end_reason <> '' AND length(end_reason) <= 300),
    CONSTRAINT ck_fact_contract_ends_after_start CHECK (ends_on > valid_from),
    CONSTRAINT ex_fact_contract_one_at_a_time EXCLUDE USING gist (official_id WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_contract_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_contract_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_contract_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_contract_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_contract_change ON fact_contract (change_id);

CREATE INDEX ix_fact_contract_closed ON fact_contract (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_contract_official ON fact_contract (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_contract FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_contract FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_contract_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT contract FROM entered WHERE contract IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'contract_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_contract.contract'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_contract_contract';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_contract REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_contract_entered();

ALTER TABLE fact_contract ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_contract TO registry_web, registry_worker;
GRANT SELECT ON fact_contract TO registry_audit;
CREATE POLICY seen ON fact_contract FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_contract.official_id));
CREATE POLICY entered ON fact_contract FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_contract.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_contract.official_id AND o.change_id = fact_contract.change_id));
CREATE POLICY closed ON fact_contract FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_contract.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_contract FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_economy (
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
    year INTEGER NOT NULL,
    salary_income_vnd NUMERIC(14, 0),
    household_income_vnd NUMERIC(14, 0),
    house TEXT,
    house_m2 NUMERIC(8, 1),
    granted_land_m2 NUMERIC(10, 1),
    bought_land_m2 NUMERIC(10, 1),
    farm_land_m2 NUMERIC(10, 1),
    CONSTRAINT pk_fact_economy PRIMARY KEY (id),
    CONSTRAINT ck_fact_economy_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_economy_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_economy_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_economy_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_economy_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_economy_year_range CHECK (year >= 1990 AND year <= 2100),
    CONSTRAINT ck_fact_economy_salary_income_vnd_range CHECK (salary_income_vnd >= 0),
    CONSTRAINT ck_fact_economy_household_income_vnd_range CHECK (household_income_vnd >= 0),
    CONSTRAINT ck_fact_economy_house_m2_range CHECK (house_m2 >= 0),
    CONSTRAINT ck_fact_economy_granted_land_m2_range CHECK (granted_land_m2 >= 0),
    CONSTRAINT ck_fact_economy_bought_land_m2_range CHECK (bought_land_m2 >= 0),
    CONSTRAINT ck_fact_economy_farm_land_m2_range CHECK (farm_land_m2 >= 0),
    CONSTRAINT ex_fact_economy_one_at_a_time EXCLUDE USING gist (official_id WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_economy_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_economy_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_economy_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_economy_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_economy_change ON fact_economy (change_id);

CREATE INDEX ix_fact_economy_closed ON fact_economy (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_economy_official ON fact_economy (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_economy FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_economy FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_economy_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT house FROM entered WHERE house IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'housing_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_economy.house'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_economy_house';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_economy REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_economy_entered();

ALTER TABLE fact_economy ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_economy TO registry_web, registry_worker;
GRANT SELECT ON fact_economy TO registry_audit;
CREATE POLICY seen ON fact_economy FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_economy.official_id));
CREATE POLICY entered ON fact_economy FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_economy.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_economy.official_id AND o.change_id = fact_economy.change_id));
CREATE POLICY closed ON fact_economy FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_economy.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_economy FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_foreign_trip (
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
    country TEXT NOT NULL,
    purpose TEXT NOT NULL,
    content TEXT,
    funding TEXT,
    delegation TEXT,
    CONSTRAINT pk_fact_foreign_trip PRIMARY KEY (id),
    CONSTRAINT ck_fact_foreign_trip_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_foreign_trip_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_foreign_trip_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_foreign_trip_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_foreign_trip_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_foreign_trip_content_text CHECK (content IS NFC NORMALIZED AND content = btrim(content) AND content <> '' AND length(content) <= 300),
    CONSTRAINT ck_fact_foreign_trip_delegation_text CHECK (delegation IS NFC NORMALIZED AND delegation = btrim(delegation) AND delegation <> '' AND length(delegation) <= 300),
    CONSTRAINT fk_fact_foreign_trip_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_foreign_trip_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_foreign_trip_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_foreign_trip_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_foreign_trip_change ON fact_foreign_trip (change_id);

CREATE INDEX ix_fact_foreign_trip_closed ON fact_foreign_trip (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_foreign_trip_official ON fact_foreign_trip (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_foreign_trip FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_foreign_trip FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_foreign_trip_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT country FROM entered WHERE country IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'countries') THEN
        RAISE EXCEPTION 'unknown key in fact_foreign_trip.country'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_foreign_trip_country';
    END IF;
    IF EXISTS (SELECT DISTINCT purpose FROM entered WHERE purpose IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'trip_purposes') THEN
        RAISE EXCEPTION 'unknown key in fact_foreign_trip.purpose'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_foreign_trip_purpose';
    END IF;
    IF EXISTS (SELECT DISTINCT funding FROM entered WHERE funding IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'trip_fundings') THEN
        RAISE EXCEPTION 'unknown key in fact_foreign_trip.funding'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_foreign_trip_funding';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_foreign_trip REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_foreign_trip_entered();

ALTER TABLE fact_foreign_trip ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_foreign_trip TO registry_web, registry_worker;
GRANT SELECT ON fact_foreign_trip TO registry_audit;
CREATE POLICY seen ON fact_foreign_trip FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_foreign_trip.official_id));
CREATE POLICY entered ON fact_foreign_trip FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_foreign_trip.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_foreign_trip.official_id AND o.change_id = fact_foreign_trip.change_id));
CREATE POLICY closed ON fact_foreign_trip FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_foreign_trip.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_foreign_trip FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_health (
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
    health_class TEXT NOT NULL,
    height_cm INTEGER,
    weight_kg NUMERIC(4, 1),
    blood_group TEXT,
    clinic TEXT,
    note TEXT,
    CONSTRAINT pk_fact_health PRIMARY KEY (id),
    CONSTRAINT ck_fact_health_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_health_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_health_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_health_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_health_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_health_height_cm_range CHECK (height_cm >= 100 AND height_cm <= 220),
    CONSTRAINT ck_fact_health_weight_kg_range CHECK (weight_kg >= 30 AND weight_kg <= 200),
    CONSTRAINT ck_fact_health_clinic_text CHECK (clinic IS NFC NORMALIZED AND clinic = btrim(clinic) AND clinic <> '' AND length(clinic) <= 300),
    CONSTRAINT ck_fact_health_note_text CHECK (note IS NFC NORMALIZED AND note = btrim(note) AND note <> '' AND length(note) <= 500),
    CONSTRAINT fk_fact_health_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_health_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_health_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_health_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_health_change ON fact_health (change_id);

CREATE INDEX ix_fact_health_closed ON fact_health (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_health_official ON fact_health (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_health FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_health FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_health_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT health_class FROM entered WHERE health_class IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'health_classes') THEN
        RAISE EXCEPTION 'unknown key in fact_health.health_class'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_health_health_class';
    END IF;
    IF EXISTS (SELECT DISTINCT blood_group FROM entered WHERE blood_group IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'blood_groups') THEN
        RAISE EXCEPTION 'unknown key in fact_health.blood_group'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_health_blood_group';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_health REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_health_entered();

ALTER TABLE fact_health ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_health TO registry_web, registry_worker;
GRANT SELECT ON fact_health TO registry_audit;
CREATE POLICY seen ON fact_health FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_health.official_id));
CREATE POLICY entered ON fact_health FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_health.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_health.official_id AND o.change_id = fact_health.change_id));
CREATE POLICY closed ON fact_health FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_health.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_health FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_identity_paper (
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
    paper TEXT NOT NULL,
    number TEXT NOT NULL,
    issuer TEXT,
    expires_on DATE,
    CONSTRAINT pk_fact_identity_paper PRIMARY KEY (id),
    CONSTRAINT ck_fact_identity_paper_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_identity_paper_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_identity_paper_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_identity_paper_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_identity_paper_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_identity_paper_number_text CHECK (number IS NFC NORMALIZED AND number = btrim(number) AND number <> '' AND length(number) <= 20),
    CONSTRAINT ck_fact_identity_paper_issuer_text CHECK (issuer IS NFC NORMALIZED AND issuer = btrim(issuer) AND issuer <> '' AND length(issuer) <= 200),
    CONSTRAINT ck_fact_identity_paper_number_form CHECK (CASE paper WHEN 'cmnd' THEN number ~ '^[0-9]{9}$' WHEN 'cccd' THEN number ~ '^[0-9]{12}$' WHEN 'can_cuoc' THEN number ~ '^[0-9]{12}$' ELSE number ~ '^[A-Z0-9]{6,12}$' END),
    CONSTRAINT ck_fact_identity_paper_expires_after_issue CHECK (expires_on > valid_from),
    CONSTRAINT ex_fact_identity_paper_one_at_a_time EXCLUDE USING gist (official_id WITH =, paper WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_identity_paper_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_identity_paper_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_identity_paper_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_identity_paper_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_identity_paper_change ON fact_identity_paper (change_id);

CREATE INDEX ix_fact_identity_paper_closed ON fact_identity_paper (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_identity_paper_official ON fact_identity_paper (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_identity_paper FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_identity_paper FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_identity_paper_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT paper FROM entered WHERE paper IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'identity_papers') THEN
        RAISE EXCEPTION 'unknown key in fact_identity_paper.paper'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_identity_paper_paper';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_identity_paper REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_identity_paper_entered();

ALTER TABLE fact_identity_paper ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_identity_paper TO registry_web, registry_worker;
GRANT SELECT ON fact_identity_paper TO registry_audit;
CREATE POLICY seen ON fact_identity_paper FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_identity_paper.official_id));
CREATE POLICY entered ON fact_identity_paper FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_identity_paper.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_identity_paper.official_id AND o.change_id = fact_identity_paper.change_id));
CREATE POLICY closed ON fact_identity_paper FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_identity_paper.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_identity_paper FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_leave (
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
    leave TEXT NOT NULL,
    back_on DATE,
    reason TEXT,
    place TEXT,
    CONSTRAINT pk_fact_leave PRIMARY KEY (id),
    CONSTRAINT ck_fact_leave_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_leave_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_leave_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_leave_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_leave_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_leave_reason_text CHECK (reason IS NFC NORMALIZED AND reason = btrim(reason) AND reason <> '' AND length(reason) <= 500),
    CONSTRAINT ck_fact_leave_place_text CHECK (place IS NFC NORMALIZED AND place = btrim(place) AND place <> '' AND length(place) <= 300),
    CONSTRAINT ck_fact_leave_back_after_start CHECK (back_on > valid_from),
    CONSTRAINT ex_fact_leave_one_at_a_time EXCLUDE USING gist (official_id WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_leave_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_leave_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_leave_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_leave_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_leave_change ON fact_leave (change_id);

CREATE INDEX ix_fact_leave_closed ON fact_leave (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_leave_official ON fact_leave (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_leave FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_leave FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_leave_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT leave FROM entered WHERE leave IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'leave_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_leave.leave'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_leave_leave';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_leave REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_leave_entered();

ALTER TABLE fact_leave ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_leave TO registry_web, registry_worker;
GRANT SELECT ON fact_leave TO registry_audit;
CREATE POLICY seen ON fact_leave FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_leave.official_id));
CREATE POLICY entered ON fact_leave FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_leave.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_leave.official_id AND o.change_id = fact_leave.change_id));
CREATE POLICY closed ON fact_leave FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_leave.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_leave FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_military (
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
    force TEXT NOT NULL,
    highest_rank TEXT,
    post TEXT,
    unit TEXT,
    discharge TEXT,
    CONSTRAINT pk_fact_military PRIMARY KEY (id),
    CONSTRAINT ck_fact_military_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_military_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_military_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_military_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_military_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_military_post_text CHECK (post IS NFC NORMALIZED AND post = btrim(post) AND post <> '' AND length(post) <= 200),
    CONSTRAINT ck_fact_military_unit_text CHECK (unit IS NFC NORMALIZED AND unit = btrim(unit) AND unit <> '' AND length(unit) <= 300),
    CONSTRAINT ck_fact_military_discharge_text CHECK (discharge IS NFC NORMALIZED AND discharge = btrim(discharge) AND discharge <> '' AND length(discharge) <= 300),
    CONSTRAINT ex_fact_military_one_at_a_time EXCLUDE USING gist (official_id WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_military_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_military_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_military_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_military_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_military_change ON fact_military (change_id);

CREATE INDEX ix_fact_military_closed ON fact_military (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_military_official ON fact_military (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_military FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_military FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_military_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT force FROM entered WHERE force IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'military_forces') THEN
        RAISE EXCEPTION 'unknown key in fact_military.force'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_military_force';
    END IF;
    IF EXISTS (SELECT DISTINCT highest_rank FROM entered WHERE highest_rank IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'military_ranks') THEN
        RAISE EXCEPTION 'unknown key in fact_military.highest_rank'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_military_highest_rank';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_military REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_military_entered();

ALTER TABLE fact_military ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_military TO registry_web, registry_worker;
GRANT SELECT ON fact_military TO registry_audit;
CREATE POLICY seen ON fact_military FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_military.official_id));
CREATE POLICY entered ON fact_military FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_military.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_military.official_id AND o.change_id = fact_military.change_id));
CREATE POLICY closed ON fact_military FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_military.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_military FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_personal_history (
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
    topic TEXT NOT NULL,
    statement TEXT NOT NULL,
    place TEXT,
    declared_to TEXT,
    CONSTRAINT pk_fact_personal_history PRIMARY KEY (id),
    CONSTRAINT ck_fact_personal_history_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_personal_history_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_personal_history_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_personal_history_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_personal_history_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_personal_history_statement_text CHECK (statement IS NFC NORMALIZED AND statement = btrim(statement) AND statement <> '' AND length(statement) <= 4000),
    CONSTRAINT ck_fact_personal_history_place_text CHECK (place IS NFC NORMALIZED AND place = btrim(place) AND place <> '' AND length(place) <= 300),
    CONSTRAINT ck_fact_personal_history_declared_to_text CHECK (declared_to IS NFC NORMALIZED AND declared_to = btrim(declared_to) AND declared_to <> '' AND length(declared_to) <= 300),
    CONSTRAINT fk_fact_personal_history_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_personal_history_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_personal_history_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_personal_history_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_personal_history_change ON fact_personal_history (change_id);

CREATE INDEX ix_fact_personal_history_closed ON fact_personal_history (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_personal_history_official ON fact_personal_history (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_personal_history FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_personal_history FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_personal_history_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT topic FROM entered WHERE topic IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'personal_history_topics') THEN
        RAISE EXCEPTION 'unknown key in fact_personal_history.topic'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_personal_history_topic';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_personal_history REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_personal_history_entered();

ALTER TABLE fact_personal_history ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_personal_history TO registry_web, registry_worker;
GRANT SELECT ON fact_personal_history TO registry_audit;
CREATE POLICY seen ON fact_personal_history FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_personal_history.official_id));
CREATE POLICY entered ON fact_personal_history FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_personal_history.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_personal_history.official_id AND o.change_id = fact_personal_history.change_id));
CREATE POLICY closed ON fact_personal_history FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_personal_history.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_personal_history FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_planning (
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
    term TEXT NOT NULL,
    post TEXT NOT NULL,
    position TEXT,
    level TEXT,
    reviewed_on DATE,
    review TEXT,
    removal_reason TEXT,
    CONSTRAINT pk_fact_planning PRIMARY KEY (id),
    CONSTRAINT ck_fact_planning_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_planning_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_planning_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_planning_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_planning_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_planning_post_text CHECK (post IS NFC NORMALIZED AND post = btrim(post) AND post <> '' AND length(post) <= 200),
    CONSTRAINT ck_fact_planning_removal_reason_text CHECK (removal_reason IS NFC NORMALIZED AND removal_reason = btrim(removal_reason) AND removal_reason <> '' AND length(removal_reason) <= 500),
    CONSTRAINT ck_fact_planning_reviewed_after_start CHECK (reviewed_on >= valid_from),
    CONSTRAINT ex_fact_planning_one_at_a_time EXCLUDE USING gist (official_id WITH =, term WITH =, post WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_planning_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_planning_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_planning_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_planning_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_planning_change ON fact_planning (change_id);

CREATE INDEX ix_fact_planning_closed ON fact_planning (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_planning_official ON fact_planning (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_planning FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_planning FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_planning_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT term FROM entered WHERE term IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'planning_terms') THEN
        RAISE EXCEPTION 'unknown key in fact_planning.term'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_planning_term';
    END IF;
    IF EXISTS (SELECT DISTINCT position FROM entered WHERE position IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'position_titles') THEN
        RAISE EXCEPTION 'unknown key in fact_planning.position'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_planning_position';
    END IF;
    IF EXISTS (SELECT DISTINCT level FROM entered WHERE level IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'planning_levels') THEN
        RAISE EXCEPTION 'unknown key in fact_planning.level'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_planning_level';
    END IF;
    IF EXISTS (SELECT DISTINCT review FROM entered WHERE review IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'planning_reviews') THEN
        RAISE EXCEPTION 'unknown key in fact_planning.review'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_planning_review';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_planning REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_planning_entered();

ALTER TABLE fact_planning ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_planning TO registry_web, registry_worker;
GRANT SELECT ON fact_planning TO registry_audit;
CREATE POLICY seen ON fact_planning FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_planning.official_id));
CREATE POLICY entered ON fact_planning FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_planning.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_planning.official_id AND o.change_id = fact_planning.change_id));
CREATE POLICY closed ON fact_planning FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_planning.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_planning FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_policy_status (
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
    policy TEXT NOT NULL,
    disability_class TEXT,
    certificate_no TEXT,
    CONSTRAINT pk_fact_policy_status PRIMARY KEY (id),
    CONSTRAINT ck_fact_policy_status_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_policy_status_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_policy_status_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_policy_status_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_policy_status_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_policy_status_certificate_no_text CHECK (certificate_no IS NFC NORMALIZED AND certificate_no = btrim(certificate_no) AND certificate_no <> '' AND length(certificate_no) <= 60),
    CONSTRAINT ck_fact_policy_status_class_of_wounded CHECK (disability_class IS NULL OR policy IN ('thuong_binh', 'chinh_sach_nhu_thuong_binh')),
    CONSTRAINT ex_fact_policy_status_one_at_a_time EXCLUDE USING gist (official_id WITH =, policy WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_policy_status_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_policy_status_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_policy_status_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_policy_status_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_policy_status_change ON fact_policy_status (change_id);

CREATE INDEX ix_fact_policy_status_closed ON fact_policy_status (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_policy_status_official ON fact_policy_status (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_policy_status FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_policy_status FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_policy_status_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT policy FROM entered WHERE policy IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'policy_statuses') THEN
        RAISE EXCEPTION 'unknown key in fact_policy_status.policy'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_policy_status_policy';
    END IF;
    IF EXISTS (SELECT DISTINCT disability_class FROM entered WHERE disability_class IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'disability_classes') THEN
        RAISE EXCEPTION 'unknown key in fact_policy_status.disability_class'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_policy_status_disability_class';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_policy_status REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_policy_status_entered();

ALTER TABLE fact_policy_status ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_policy_status TO registry_web, registry_worker;
GRANT SELECT ON fact_policy_status TO registry_audit;
CREATE POLICY seen ON fact_policy_status FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_policy_status.official_id));
CREATE POLICY entered ON fact_policy_status FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_policy_status.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_policy_status.official_id AND o.change_id = fact_policy_status.change_id));
CREATE POLICY closed ON fact_policy_status FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_policy_status.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_policy_status FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_remark (
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
    occasion TEXT NOT NULL,
    statement TEXT NOT NULL,
    author TEXT,
    CONSTRAINT pk_fact_remark PRIMARY KEY (id),
    CONSTRAINT ck_fact_remark_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_remark_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_remark_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_remark_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_remark_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_remark_statement_text CHECK (statement IS NFC NORMALIZED AND statement = btrim(statement) AND statement <> '' AND length(statement) <= 2000),
    CONSTRAINT ck_fact_remark_author_text CHECK (author IS NFC NORMALIZED AND author = btrim(author) AND author <> '' AND length(author) <= 200),
    CONSTRAINT fk_fact_remark_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_remark_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_remark_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_remark_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_remark_change ON fact_remark (change_id);

CREATE INDEX ix_fact_remark_closed ON fact_remark (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_remark_official ON fact_remark (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_remark FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_remark FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_remark_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT occasion FROM entered WHERE occasion IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'remark_occasions') THEN
        RAISE EXCEPTION 'unknown key in fact_remark.occasion'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_remark_occasion';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_remark REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_remark_entered();

ALTER TABLE fact_remark ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_remark TO registry_web, registry_worker;
GRANT SELECT ON fact_remark TO registry_audit;
CREATE POLICY seen ON fact_remark FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_remark.official_id));
CREATE POLICY entered ON fact_remark FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_remark.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_remark.official_id AND o.change_id = fact_remark.change_id));
CREATE POLICY closed ON fact_remark FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_remark.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_remark FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_secondment (
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
    movement TEXT NOT NULL,
    from_name TEXT,
    to_unit BIGINT,
    to_name TEXT,
    post TEXT,
    planned_end_on DATE,
    paid_by TEXT,
    confirmed_on DATE,
    confirmation_no TEXT,
    end_reason TEXT,
    CONSTRAINT pk_fact_secondment PRIMARY KEY (id),
    CONSTRAINT ck_fact_secondment_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_secondment_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_secondment_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_secondment_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_secondment_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_secondment_from_name_text CHECK (from_name IS NFC NORMALIZED AND from_name = btrim(from_name) AND from_name <> '' AND length(from_name) <= 300),
    CONSTRAINT ck_fact_secondment_to_name_text CHECK (to_name IS NFC NORMALIZED AND to_name = btrim(to_name) AND to_name <> '' AND length(to_name) <= 300),
    CONSTRAINT ck_fact_secondment_post_text CHECK (post IS NFC NORMALIZED AND post = btrim(post) AND post <> '' AND length(post) <= 300),
    CONSTRAINT ck_fact_secondment_paid_by_choice CHECK (paid_by IN ('sending','receiving')),
    CONSTRAINT ck_fact_secondment_confirmation_no_text CHECK (confirmation_no IS NFC NORMALIZED AND confirmation_no = btrim(confirmation_no) AND confirmation_no <> '' AND length(confirmation_no) <= 60),
    CONSTRAINT ck_fact_secondment_end_reason_text CHECK (end_reason IS NFC NORMALIZED AND end_reason = btrim(end_reason) AND end_reason <> '' AND length(end_reason) <= 300),
    CONSTRAINT ck_fact_secondment_has_destination CHECK (num_nonnulls(to_unit, to_name) >= 1),
    CONSTRAINT ck_fact_secondment_planned_end_after_start CHECK (planned_end_on > valid_from),
    CONSTRAINT ck_fact_secondment_confirmation_dated CHECK (confirmation_no IS NULL OR confirmed_on IS NOT NULL),
    CONSTRAINT ex_fact_secondment_one_at_a_time EXCLUDE USING gist (official_id WITH =, movement WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_secondment_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_secondment_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_secondment_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_secondment_closed_by FOREIGN KEY(closed_by) REFERENCES change (id),
    CONSTRAINT fk_fact_secondment_to_unit FOREIGN KEY(to_unit) REFERENCES organization (id)
);

CREATE INDEX ix_fact_secondment_change ON fact_secondment (change_id);

CREATE INDEX ix_fact_secondment_closed ON fact_secondment (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_secondment_official ON fact_secondment (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_secondment FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_secondment FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_secondment_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT movement FROM entered WHERE movement IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'movement_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_secondment.movement'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_secondment_movement';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_secondment REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_secondment_entered();

ALTER TABLE fact_secondment ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_secondment TO registry_web, registry_worker;
GRANT SELECT ON fact_secondment TO registry_audit;
CREATE POLICY seen ON fact_secondment FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_secondment.official_id));
CREATE POLICY entered ON fact_secondment FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_secondment.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_secondment.official_id AND o.change_id = fact_secondment.change_id));
CREATE POLICY closed ON fact_secondment FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_secondment.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_secondment FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_training (
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
    course TEXT NOT NULL,
    training TEXT NOT NULL,
    school TEXT,
    study_mode TEXT,
    country TEXT,
    certificate TEXT,
    certificate_no TEXT,
    grade TEXT,
    is_verified BOOLEAN DEFAULT 'False' NOT NULL,
    CONSTRAINT pk_fact_training PRIMARY KEY (id),
    CONSTRAINT ck_fact_training_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_training_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_training_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_training_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_training_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_training_course_text CHECK (course IS NFC NORMALIZED AND course = btrim(course) AND course <> '' AND length(course) <= 300),
    CONSTRAINT ck_fact_training_school_text CHECK (school IS NFC NORMALIZED AND school = btrim(school) AND school <> '' AND length(school) <= 300),
    CONSTRAINT ck_fact_training_certificate_text CHECK (certificate IS NFC NORMALIZED AND certificate = btrim(certificate) AND certificate <> '' AND length(certificate) <= 200),
    CONSTRAINT ck_fact_training_certificate_no_text CHECK (certificate_no IS NFC NORMALIZED AND certificate_no = btrim(certificate_no) AND certificate_no <> '' AND length(certificate_no) <= 60),
    CONSTRAINT fk_fact_training_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_training_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_training_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_training_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_training_change ON fact_training (change_id);

CREATE INDEX ix_fact_training_closed ON fact_training (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_training_official ON fact_training (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_training FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_training FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_training_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT training FROM entered WHERE training IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'training_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_training.training'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_training_training';
    END IF;
    IF EXISTS (SELECT DISTINCT study_mode FROM entered WHERE study_mode IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'study_modes') THEN
        RAISE EXCEPTION 'unknown key in fact_training.study_mode'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_training_study_mode';
    END IF;
    IF EXISTS (SELECT DISTINCT country FROM entered WHERE country IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'countries') THEN
        RAISE EXCEPTION 'unknown key in fact_training.country'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_training_country';
    END IF;
    IF EXISTS (SELECT DISTINCT grade FROM entered WHERE grade IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'graduation_grades') THEN
        RAISE EXCEPTION 'unknown key in fact_training.grade'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_training_grade';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_training REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_training_entered();

ALTER TABLE fact_training ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_training TO registry_web, registry_worker;
GRANT SELECT ON fact_training TO registry_audit;
CREATE POLICY seen ON fact_training FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_training.official_id));
CREATE POLICY entered ON fact_training FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_training.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_training.official_id AND o.change_id = fact_training.change_id));
CREATE POLICY closed ON fact_training FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_training.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_training FOR SELECT TO registry_audit USING (true);

CREATE TABLE fact_union (
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
    body TEXT NOT NULL,
    post TEXT,
    place TEXT,
    CONSTRAINT pk_fact_union PRIMARY KEY (id),
    CONSTRAINT ck_fact_union_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_union_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_union_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_union_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_union_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_union_post_text CHECK (post IS NFC NORMALIZED AND post = btrim(post) AND post <> '' AND length(post) <= 200),
    CONSTRAINT ck_fact_union_place_text CHECK (place IS NFC NORMALIZED AND place = btrim(place) AND place <> '' AND length(place) <= 300),
    CONSTRAINT ex_fact_union_one_at_a_time EXCLUDE USING gist (official_id WITH =, body WITH =, daterange(valid_from, valid_to) WITH &&) WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_union_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_union_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_union_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_union_closed_by FOREIGN KEY(closed_by) REFERENCES change (id)
);

CREATE INDEX ix_fact_union_change ON fact_union (change_id);

CREATE INDEX ix_fact_union_closed ON fact_union (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_fact_union_official ON fact_union (official_id, valid_from);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_union FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_union FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_union_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT body FROM entered WHERE body IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'mass_organizations') THEN
        RAISE EXCEPTION 'unknown key in fact_union.body'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_union_body';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_union REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_union_entered();

ALTER TABLE fact_union ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_union TO registry_web, registry_worker;
GRANT SELECT ON fact_union TO registry_audit;
CREATE POLICY seen ON fact_union FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_union.official_id));
CREATE POLICY entered ON fact_union FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_union.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_union.official_id AND o.change_id = fact_union.change_id));
CREATE POLICY closed ON fact_union FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_union.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_union FOR SELECT TO registry_audit USING (true);
