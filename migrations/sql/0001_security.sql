-- Who may touch what, behind the policy of the service. Roles: web and worker serve people within a scope,
-- stats counts without names, audit reads everything. None owns a table, none bypasses a policy.

GRANT USAGE ON SCHEMA public TO registry_web, registry_worker, registry_stats, registry_audit;

-- Readiness compares the revision with the code's.
GRANT SELECT ON alembic_version TO registry_web, registry_worker;

GRANT SELECT ON catalogue, catalogue_item, organization, organization_version, organization_successor, position,
    law_step, law_retirement TO registry_web, registry_worker, registry_stats, registry_audit;

GRANT SELECT, INSERT, UPDATE ON app_user, access_grant, web_session, api_token TO registry_web;
GRANT SELECT ON access_grant TO registry_worker, registry_audit;
GRANT SELECT (id, username, display_name, official_id, is_active, is_demo, created_at) ON app_user
    TO registry_worker, registry_audit;
GRANT SELECT, INSERT, DELETE ON idempotent_reply TO registry_web;
GRANT SELECT, INSERT, UPDATE ON job, import_file TO registry_web, registry_worker;
-- Who made a change, for which unit and under which number, is never rewritten; nor is a paper.
GRANT SELECT, INSERT, UPDATE (decision_id, note, status, checker_id, submitted_at, decided_at, reason, digest, version)
    ON change TO registry_web, registry_worker;
GRANT SELECT, INSERT, DELETE ON change_operation TO registry_web, registry_worker;
GRANT SELECT, INSERT ON change_event, file, official TO registry_web, registry_worker;
GRANT SELECT, INSERT ON decision TO registry_web, registry_worker;
GRANT UPDATE (version) ON official TO registry_web, registry_worker;
GRANT SELECT, INSERT, DELETE ON import_row, import_finding TO registry_web, registry_worker;
GRANT UPDATE (outcome) ON import_row TO registry_web, registry_worker;
GRANT SELECT ON official_current TO registry_web, registry_worker, registry_audit;
GRANT INSERT, SELECT ON audit_event TO registry_web, registry_worker;
GRANT INSERT ON audit_event TO registry_stats;
GRANT SELECT ON audit_event, official, change, change_operation, change_event, decision, file, import_file
    TO registry_audit;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO registry_web, registry_worker;

GRANT SELECT (official_id, organization_id, org_ord, birth_date, sex, ethnic_group, religion, position, category,
    status, in_headcount, recruited_on, rank, step, coefficient, step_from, next_step_on, retirement_on, education,
    political_theory, party, term_ends_on, last_evaluation_year) ON official_current TO registry_stats;

REVOKE ALL ON FUNCTION registry_refresh_current(bigint[], date), registry_roll_forward(date), registry_taken(text[]),
    registry_find_names(text[], int), registry_dormant(text[]), registry_revive(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION registry_refresh_current(bigint[], date), registry_roll_forward(date),
    registry_taken(text[]), registry_find_names(text[], int), registry_dormant(text[]), registry_revive(bigint)
    TO registry_web, registry_worker;

-- A fact is seen with its person. app.opened holds a person whom the same transaction has already seen through the
-- policy of official_current (registry.officials.queries.get_key sets it in that very statement): a short cut that
-- saves asking again for each of the sixty facts of a record.
ALTER TABLE fact_identity ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_identity TO registry_web, registry_worker;
GRANT SELECT ON fact_identity TO registry_audit;
CREATE POLICY seen ON fact_identity FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_identity.official_id));
CREATE POLICY entered ON fact_identity FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_identity.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_identity.official_id AND o.change_id = fact_identity.change_id));
CREATE POLICY closed ON fact_identity FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_identity.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_identity FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_status ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_status TO registry_web, registry_worker;
GRANT SELECT ON fact_status TO registry_audit;
CREATE POLICY seen ON fact_status FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_status.official_id));
CREATE POLICY entered ON fact_status FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_status.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_status.official_id AND o.change_id = fact_status.change_id));
CREATE POLICY closed ON fact_status FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_status.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_status FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_appointment ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_appointment TO registry_web, registry_worker;
GRANT SELECT ON fact_appointment TO registry_audit;
CREATE POLICY seen ON fact_appointment FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_appointment.official_id));
CREATE POLICY entered ON fact_appointment FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_appointment.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_appointment.official_id AND o.change_id = fact_appointment.change_id));
CREATE POLICY closed ON fact_appointment FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_appointment.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_appointment FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_salary ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_salary TO registry_web, registry_worker;
GRANT SELECT ON fact_salary TO registry_audit;
CREATE POLICY seen ON fact_salary FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_salary.official_id));
CREATE POLICY entered ON fact_salary FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_salary.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_salary.official_id AND o.change_id = fact_salary.change_id));
CREATE POLICY closed ON fact_salary FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_salary.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_salary FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_allowance ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_allowance TO registry_web, registry_worker;
GRANT SELECT ON fact_allowance TO registry_audit;
CREATE POLICY seen ON fact_allowance FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_allowance.official_id));
CREATE POLICY entered ON fact_allowance FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_allowance.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_allowance.official_id AND o.change_id = fact_allowance.change_id));
CREATE POLICY closed ON fact_allowance FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_allowance.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_allowance FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_qualification ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_qualification TO registry_web, registry_worker;
GRANT SELECT ON fact_qualification TO registry_audit;
CREATE POLICY seen ON fact_qualification FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_qualification.official_id));
CREATE POLICY entered ON fact_qualification FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_qualification.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_qualification.official_id AND o.change_id = fact_qualification.change_id));
CREATE POLICY closed ON fact_qualification FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_qualification.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_qualification FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_political_theory ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_political_theory TO registry_web, registry_worker;
GRANT SELECT ON fact_political_theory TO registry_audit;
CREATE POLICY seen ON fact_political_theory FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_political_theory.official_id));
CREATE POLICY entered ON fact_political_theory FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_political_theory.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_political_theory.official_id AND o.change_id = fact_political_theory.change_id));
CREATE POLICY closed ON fact_political_theory FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_political_theory.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_political_theory FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_state_management ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_state_management TO registry_web, registry_worker;
GRANT SELECT ON fact_state_management TO registry_audit;
CREATE POLICY seen ON fact_state_management FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_state_management.official_id));
CREATE POLICY entered ON fact_state_management FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_state_management.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_state_management.official_id AND o.change_id = fact_state_management.change_id));
CREATE POLICY closed ON fact_state_management FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_state_management.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_state_management FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_language ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_language TO registry_web, registry_worker;
GRANT SELECT ON fact_language TO registry_audit;
CREATE POLICY seen ON fact_language FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_language.official_id));
CREATE POLICY entered ON fact_language FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_language.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_language.official_id AND o.change_id = fact_language.change_id));
CREATE POLICY closed ON fact_language FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_language.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_language FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_it_skill ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_it_skill TO registry_web, registry_worker;
GRANT SELECT ON fact_it_skill TO registry_audit;
CREATE POLICY seen ON fact_it_skill FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_it_skill.official_id));
CREATE POLICY entered ON fact_it_skill FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_it_skill.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_it_skill.official_id AND o.change_id = fact_it_skill.change_id));
CREATE POLICY closed ON fact_it_skill FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_it_skill.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_it_skill FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_party ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_party TO registry_web, registry_worker;
GRANT SELECT ON fact_party TO registry_audit;
CREATE POLICY seen ON fact_party FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_party.official_id));
CREATE POLICY entered ON fact_party FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_party.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_party.official_id AND o.change_id = fact_party.change_id));
CREATE POLICY closed ON fact_party FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_party.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_party FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_reward ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_reward TO registry_web, registry_worker;
GRANT SELECT ON fact_reward TO registry_audit;
CREATE POLICY seen ON fact_reward FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_reward.official_id));
CREATE POLICY entered ON fact_reward FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_reward.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_reward.official_id AND o.change_id = fact_reward.change_id));
CREATE POLICY closed ON fact_reward FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_reward.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_reward FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_discipline ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_discipline TO registry_web, registry_worker;
GRANT SELECT ON fact_discipline TO registry_audit;
CREATE POLICY seen ON fact_discipline FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_discipline.official_id));
CREATE POLICY entered ON fact_discipline FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_discipline.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_discipline.official_id AND o.change_id = fact_discipline.change_id));
CREATE POLICY closed ON fact_discipline FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_discipline.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_discipline FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_evaluation ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_evaluation TO registry_web, registry_worker;
GRANT SELECT ON fact_evaluation TO registry_audit;
CREATE POLICY seen ON fact_evaluation FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_evaluation.official_id));
CREATE POLICY entered ON fact_evaluation FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_evaluation.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_evaluation.official_id AND o.change_id = fact_evaluation.change_id));
CREATE POLICY closed ON fact_evaluation FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_evaluation.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_evaluation FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_family ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_family TO registry_web, registry_worker;
GRANT SELECT ON fact_family TO registry_audit;
CREATE POLICY seen ON fact_family FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_family.official_id));
CREATE POLICY entered ON fact_family FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_family.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_family.official_id AND o.change_id = fact_family.change_id));
CREATE POLICY closed ON fact_family FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_family.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_family FOR SELECT TO registry_audit USING (true);

ALTER TABLE fact_work_history ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_work_history TO registry_web, registry_worker;
GRANT SELECT ON fact_work_history TO registry_audit;
CREATE POLICY seen ON fact_work_history FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_work_history.official_id));
CREATE POLICY entered ON fact_work_history FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_work_history.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_work_history.official_id AND o.change_id = fact_work_history.change_id));
CREATE POLICY closed ON fact_work_history FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_work_history.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_work_history FOR SELECT TO registry_audit USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, birth_date, sex, ethnic_group, religion) ON fact_identity TO registry_stats;
CREATE POLICY counted ON fact_identity FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, status, category, recruitment_mode) ON fact_status TO registry_stats;
CREATE POLICY counted ON fact_status FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, organization_id, position, is_main, event, term_ends_on) ON fact_appointment TO registry_stats;
CREATE POLICY counted ON fact_appointment FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, rank, step, coefficient, pay_percent, overrun_percent, reserve_coefficient, event) ON fact_salary TO registry_stats;
CREATE POLICY counted ON fact_salary FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, allowance, coefficient, percent, amount_vnd) ON fact_allowance TO registry_stats;
CREATE POLICY counted ON fact_allowance FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, level, study_mode) ON fact_qualification TO registry_stats;
CREATE POLICY counted ON fact_qualification FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, level) ON fact_political_theory TO registry_stats;
CREATE POLICY counted ON fact_political_theory FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to) ON fact_party TO registry_stats;
CREATE POLICY counted ON fact_party FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, year, grade, score) ON fact_evaluation TO registry_stats;
CREATE POLICY counted ON fact_evaluation FOR SELECT TO registry_stats USING (true);
GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, level) ON fact_state_management TO registry_stats;
CREATE POLICY counted ON fact_state_management FOR SELECT TO registry_stats USING (true);

ALTER TABLE official_current ENABLE ROW LEVEL SECURITY;
CREATE POLICY in_scope ON official_current FOR SELECT TO registry_web, registry_worker USING (
    (org_ord >= nullif(current_setting('app.lo', true), '')::int
        AND org_ord < nullif(current_setting('app.hi', true), '')::int
        AND CASE WHEN coalesce(current_setting('app.many', true), '') = '' THEN true
                 ELSE org_ord <@ current_setting('app.many')::int4multirange END)
    OR official_id = nullif(current_setting('app.self', true), '')::bigint);
CREATE POLICY counted ON official_current FOR SELECT TO registry_stats USING (true);
CREATE POLICY audited ON official_current FOR SELECT TO registry_audit USING (true);

ALTER TABLE official ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON official FOR SELECT TO registry_web, registry_worker USING (
    EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = official.id)
    OR EXISTS (SELECT 1 FROM change h WHERE h.id = official.change_id AND h.status <> 'approved'));
CREATE POLICY entered ON official FOR INSERT TO registry_web, registry_worker
    WITH CHECK (EXISTS (SELECT 1 FROM change c WHERE c.id = official.change_id));
CREATE POLICY versioned ON official FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = official.id)) WITH CHECK (true);
CREATE POLICY audited ON official FOR SELECT TO registry_audit USING (true);

ALTER TABLE change ENABLE ROW LEVEL SECURITY;
CREATE POLICY in_scope ON change TO registry_web, registry_worker USING (
    (org_ord >= nullif(current_setting('app.lo', true), '')::int
        AND org_ord < nullif(current_setting('app.hi', true), '')::int
        AND CASE WHEN coalesce(current_setting('app.many', true), '') = '' THEN true
                 ELSE org_ord <@ current_setting('app.many')::int4multirange END)
    OR maker_id = nullif(current_setting('app.user', true), '')::bigint);
CREATE POLICY audited ON change FOR SELECT TO registry_audit USING (true);

ALTER TABLE import_file ENABLE ROW LEVEL SECURITY;
CREATE POLICY in_scope ON import_file TO registry_web, registry_worker USING (
    (org_ord >= nullif(current_setting('app.lo', true), '')::int
        AND org_ord < nullif(current_setting('app.hi', true), '')::int
        AND CASE WHEN coalesce(current_setting('app.many', true), '') = '' THEN true
                 ELSE org_ord <@ current_setting('app.many')::int4multirange END)
    OR created_by = nullif(current_setting('app.user', true), '')::bigint);
CREATE POLICY audited ON import_file FOR SELECT TO registry_audit USING (true);

ALTER TABLE file ENABLE ROW LEVEL SECURITY;
CREATE POLICY in_scope ON file TO registry_web, registry_worker USING (
    uploaded_by = nullif(current_setting('app.user', true), '')::bigint
    OR EXISTS (SELECT 1 FROM organization o CROSS JOIN LATERAL (SELECT o.ord AS org_ord) AS place
        WHERE o.id = file.organization_id AND org_ord >= nullif(current_setting('app.lo', true), '')::int
        AND org_ord < nullif(current_setting('app.hi', true), '')::int
        AND CASE WHEN coalesce(current_setting('app.many', true), '') = '' THEN true
                 ELSE org_ord <@ current_setting('app.many')::int4multirange END));
CREATE POLICY audited ON file FOR SELECT TO registry_audit USING (true);

-- A kept reply holds whatever was answered: it is for the one who got it.
ALTER TABLE idempotent_reply ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON idempotent_reply TO registry_web
    USING (user_id = nullif(current_setting('app.user', true), '')::bigint);

ALTER TABLE change_operation ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_parent ON change_operation TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM change p WHERE p.id = change_operation.change_id));
CREATE POLICY audited ON change_operation FOR SELECT TO registry_audit USING (true);

ALTER TABLE change_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_parent ON change_event TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM change p WHERE p.id = change_event.change_id));
CREATE POLICY audited ON change_event FOR SELECT TO registry_audit USING (true);

ALTER TABLE import_row ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_parent ON import_row TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM import_file p WHERE p.id = import_row.import_id));

ALTER TABLE import_finding ENABLE ROW LEVEL SECURITY;
CREATE POLICY with_parent ON import_finding TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM import_file p WHERE p.id = import_finding.import_id));

ALTER TABLE audit_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY entered ON audit_event FOR INSERT TO registry_web, registry_worker, registry_stats WITH CHECK (true);
CREATE POLICY seen ON audit_event FOR SELECT TO registry_web, registry_worker USING (
    current_setting('app.trail', true) = 'on'
    OR actor_id = nullif(current_setting('app.user', true), '')::bigint
    OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = audit_event.official_id));
CREATE POLICY audited ON audit_event FOR SELECT TO registry_audit USING (true);
