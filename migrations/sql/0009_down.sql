DROP TABLE fact_abroad_link, fact_address, fact_asset_declaration, fact_contract, fact_economy, fact_foreign_trip, fact_health, fact_identity_paper, fact_leave, fact_military, fact_personal_history, fact_planning, fact_policy_status, fact_remark, fact_secondment, fact_training, fact_union;

DROP FUNCTION fact_abroad_link_entered(), fact_address_entered(), fact_asset_declaration_entered(), fact_contract_entered(), fact_economy_entered(), fact_foreign_trip_entered(), fact_health_entered(), fact_identity_paper_entered(), fact_leave_entered(), fact_military_entered(), fact_personal_history_entered(), fact_planning_entered(), fact_policy_status_entered(), fact_remark_entered(), fact_secondment_entered(), fact_training_entered(), fact_union_entered();

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
    RETURN NULL;
END $$;

ALTER TABLE fact_allowance
    DROP COLUMN pay_form,
    DROP COLUMN reserved_until;

ALTER TABLE fact_appointment
    DROP COLUMN first_appointed_on,
    DROP COLUMN first_appointed_on_precision,
    DROP COLUMN term_of_office,
    DROP COLUMN joined_unit_on,
    DROP COLUMN joined_unit_on_precision;

ALTER TABLE fact_discipline
    DROP COLUMN legal_basis,
    DROP COLUMN party_decision_no,
    DROP COLUMN party_decided_on;

ALTER TABLE fact_evaluation
    DROP COLUMN rated_by;

ALTER TABLE fact_family
    DROP COLUMN workplace,
    DROP COLUMN personal_number,
    DROP COLUMN is_party_member;

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
    RETURN NULL;
END $$;

ALTER TABLE fact_identity
    DROP COLUMN birth_province,
    DROP COLUMN birth_commune,
    DROP COLUMN native_province,
    DROP COLUMN native_commune,
    DROP COLUMN id_card_issuer,
    DROP COLUMN old_id_no,
    DROP COLUMN health_insurance_no,
    DROP COLUMN tax_code,
    DROP COLUMN local_staff_code,
    DROP COLUMN marital_status,
    DROP COLUMN family_class,
    DROP COLUMN forte;

ALTER TABLE fact_it_skill
    DROP COLUMN certificate;

ALTER TABLE fact_language
    DROP COLUMN expires_on;

ALTER TABLE fact_party
    DROP COLUMN left_reason,
    DROP COLUMN is_readmission;

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
    RETURN NULL;
END $$;

ALTER TABLE fact_qualification
    DROP COLUMN major_code,
    DROP COLUMN country,
    DROP COLUMN grade,
    DROP COLUMN is_verified;

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
    RETURN NULL;
END $$;

ALTER TABLE fact_salary
    DROP COLUMN career_step,
    DROP COLUMN career_step_from,
    DROP COLUMN career_step_from_precision,
    DROP COLUMN job_pay_vnd;

ALTER TABLE fact_status
    DROP COLUMN recruited_position,
    DROP COLUMN notified_on,
    DROP COLUMN grant_vnd;

ALTER TABLE fact_work_history
    DROP COLUMN duties;
