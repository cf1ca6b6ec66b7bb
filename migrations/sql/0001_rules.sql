-- The trail and the facts are append-only, for the owner of the tables as well.
CREATE FUNCTION registry_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% on % is refused: rows are never changed or removed', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
    FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

-- A fact is only ever closed: recorded_to and closed_by go from null to a value, once; nothing else moves.
CREATE FUNCTION registry_close_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before record := OLD;
BEGIN
    IF OLD.recorded_to IS NOT NULL OR NEW.recorded_to IS NULL THEN
        RAISE EXCEPTION 'a recorded fact can only be closed, once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    before.recorded_to := NEW.recorded_to;
    before.closed_by := NEW.closed_by;
    IF before IS DISTINCT FROM NEW THEN
        RAISE EXCEPTION 'a recorded fact never changes its content' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER close_only BEFORE UPDATE ON fact_identity FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_identity FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_status FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_status FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_appointment FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_appointment FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_salary FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_salary FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_allowance FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_allowance FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_qualification FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_qualification FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_political_theory FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_political_theory FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_state_management FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_state_management FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_language FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_language FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_it_skill FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_it_skill FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_party FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_party FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_reward FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_reward FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_discipline FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_discipline FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_evaluation FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_evaluation FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_family FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_family FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE TRIGGER close_only BEFORE UPDATE ON fact_work_history FOR EACH ROW EXECUTE FUNCTION registry_close_only();

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_work_history FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

-- Coded fields hold keys of their catalogue, and a fact enters believed; checked once a statement, whatever its size.

CREATE FUNCTION fact_identity_entered() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER entered AFTER INSERT ON fact_identity REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_identity_entered();

CREATE FUNCTION fact_status_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT status FROM entered WHERE status IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'status_codes') THEN
        RAISE EXCEPTION 'unknown key in fact_status.status'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_status_status';
    END IF;
    IF EXISTS (SELECT DISTINCT category FROM entered WHERE category IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'employment_categories') THEN
        RAISE EXCEPTION 'unknown key in fact_status.category'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_status_category';
    END IF;
    IF EXISTS (SELECT DISTINCT recruitment_mode FROM entered WHERE recruitment_mode IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'recruitment_modes') THEN
        RAISE EXCEPTION 'unknown key in fact_status.recruitment_mode'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_status_recruitment_mode';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_status REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_status_entered();

CREATE FUNCTION fact_appointment_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT position FROM entered WHERE position IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'position_titles') THEN
        RAISE EXCEPTION 'unknown key in fact_appointment.position'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_appointment_position';
    END IF;
    IF EXISTS (SELECT DISTINCT event FROM entered WHERE event IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'appointment_kinds') THEN
        RAISE EXCEPTION 'unknown key in fact_appointment.event'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_appointment_event';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_appointment REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_appointment_entered();

CREATE FUNCTION fact_salary_entered() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER entered AFTER INSERT ON fact_salary REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_salary_entered();

CREATE FUNCTION fact_allowance_entered() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER entered AFTER INSERT ON fact_allowance REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_allowance_entered();

CREATE FUNCTION fact_qualification_entered() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE TRIGGER entered AFTER INSERT ON fact_qualification REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_qualification_entered();

CREATE FUNCTION fact_political_theory_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT level FROM entered WHERE level IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'political_theory') THEN
        RAISE EXCEPTION 'unknown key in fact_political_theory.level'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_political_theory_level';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_political_theory REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_political_theory_entered();

CREATE FUNCTION fact_state_management_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT level FROM entered WHERE level IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'state_management') THEN
        RAISE EXCEPTION 'unknown key in fact_state_management.level'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_state_management_level';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_state_management REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_state_management_entered();

CREATE FUNCTION fact_language_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT language FROM entered WHERE language IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'languages') THEN
        RAISE EXCEPTION 'unknown key in fact_language.language'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_language_language';
    END IF;
    IF EXISTS (SELECT DISTINCT level FROM entered WHERE level IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'language_levels') THEN
        RAISE EXCEPTION 'unknown key in fact_language.level'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_language_level';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_language REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_language_entered();

CREATE FUNCTION fact_it_skill_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT level FROM entered WHERE level IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'it_levels') THEN
        RAISE EXCEPTION 'unknown key in fact_it_skill.level'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_it_skill_level';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_it_skill REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_it_skill_entered();

CREATE FUNCTION fact_party_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_party REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_party_entered();

CREATE FUNCTION fact_reward_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT form FROM entered WHERE form IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'reward_forms') THEN
        RAISE EXCEPTION 'unknown key in fact_reward.form'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_reward_form';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_reward REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_reward_entered();

CREATE FUNCTION fact_discipline_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT form FROM entered WHERE form IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'discipline_forms') THEN
        RAISE EXCEPTION 'unknown key in fact_discipline.form'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_discipline_form';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_discipline REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_discipline_entered();

CREATE FUNCTION fact_evaluation_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT grade FROM entered WHERE grade IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'evaluation_grades') THEN
        RAISE EXCEPTION 'unknown key in fact_evaluation.grade'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_evaluation_grade';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_evaluation REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_evaluation_entered();

CREATE FUNCTION fact_family_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT DISTINCT relation FROM entered WHERE relation IS NOT NULL
               EXCEPT SELECT key FROM catalogue_item WHERE catalogue = 'relations') THEN
        RAISE EXCEPTION 'unknown key in fact_family.relation'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'code_fact_family_relation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_family REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_family_entered();

CREATE FUNCTION fact_work_history_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER entered AFTER INSERT ON fact_work_history REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_work_history_entered();

-- The present row of some officials, made anew from their facts as of `today`. Runs as the owner, because a person
-- just registered has no present row yet by which row-level security could show the facts. Believed facts are asked
-- for by closed_by, which a constraint ties to recorded_to: that keeps the planner off the exclusion constraints' GiST
-- indexes, whose probe costs several times that of the plain index (20,000 persons: 7.7 s of work, then 4.2).
CREATE FUNCTION registry_refresh_current(officials bigint[], today date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM official_current WHERE official_id = ANY (officials);
    INSERT INTO official_current (
        official_id, uid, personal_id, staff_code, full_name, birth_date, birth_date_precision, sex, ethnic_group,
        religion, organization_id, org_ord, position, job_position, term_ends_on, category, status, in_headcount,
        recruited_on, rank, step, coefficient, step_from, next_step_on, retirement_on, education, political_theory,
        party, last_evaluation_year, turns_on)
    SELECT o.id, o.uid, o.personal_id, o.staff_code, i.full_name, i.birth_date, i.birth_date_precision, i.sex,
        i.ethnic_group, i.religion, a.organization_id, coalesce(u.ord, c.org_ord), a.position, a.job_position,
        a.term_ends_on, s.category, s.status, coalesce(s.counts AND a.holds, false), s.recruited_on,
        p.rank, p.step, p.coefficient, p.valid_from, p.next_step_on, r.retire_on, q.level, t.level,
        coalesce(m.holds, false), e.year, n.turns_on
    FROM official o
    JOIN change c ON c.id = o.change_id
    JOIN LATERAL (
        SELECT * FROM fact_identity f WHERE f.official_id = o.id AND f.closed_by IS NULL
        ORDER BY (f.valid_from <= today) DESC, f.valid_from DESC LIMIT 1) i ON true
    LEFT JOIN LATERAL (
        SELECT f.*, f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > today) AS holds
        FROM fact_appointment f WHERE f.official_id = o.id AND f.closed_by IS NULL AND f.is_main
        ORDER BY (f.valid_from <= today) DESC, abs(f.valid_from - today) LIMIT 1) a ON true
    LEFT JOIN organization u ON u.id = a.organization_id
    LEFT JOIN LATERAL (
        SELECT f.status, f.category,
            EXISTS (SELECT 1 FROM catalogue_item k WHERE k.catalogue = 'status_codes' AND k.key = f.status
                    AND k.extra->>'counts_in_headcount' = 'yes')
                AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > today) AS counts,
            (SELECT min(g.valid_from) FROM fact_status g WHERE g.official_id = o.id AND g.closed_by IS NULL
                AND g.status NOT IN ('da_trung_tuyen', 'huy_tuyen_dung')) AS recruited_on
        FROM fact_status f WHERE f.official_id = o.id AND f.closed_by IS NULL
        ORDER BY (f.valid_from <= today) DESC, abs(f.valid_from - today) LIMIT 1) s ON true
    LEFT JOIN LATERAL (
        SELECT f.rank, f.step, f.coefficient, f.valid_from,
            (f.valid_from + make_interval(months => l.months + d.months + 6 * g.failed::int))::date AS next_step_on
        FROM fact_salary f
        LEFT JOIN law_step l ON l.rank = f.rank AND l.step = f.step
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(step_delay_months), 0)::int AS months FROM fact_discipline x
            WHERE x.official_id = o.id AND x.closed_by IS NULL AND x.authority = 'administrative'
                AND x.valid_from >= f.valid_from AND x.valid_from <= today) d
        CROSS JOIN LATERAL (
            SELECT count(*) AS failed FROM fact_evaluation x
            WHERE x.official_id = o.id AND x.closed_by IS NULL AND x.grade = 'khong_hoan_thanh'
                AND make_date(x.year, 12, 31) >= f.valid_from AND x.valid_from <= today
                AND NOT EXISTS (SELECT 1 FROM fact_discipline y WHERE y.official_id = o.id AND y.closed_by IS NULL
                    AND y.authority = 'administrative' AND y.step_delay_months > 0
                    AND y.valid_from >= f.valid_from AND y.valid_from <= today
                    AND extract(year FROM y.valid_from) = x.year)) g
        WHERE f.official_id = o.id AND f.closed_by IS NULL AND f.valid_from <= today
            AND (f.valid_to IS NULL OR f.valid_to > today)
        LIMIT 1) p ON true
    LEFT JOIN law_retirement r ON r.sex = i.sex AND r.birth_month = date_trunc('month', i.birth_date)::date
    LEFT JOIN LATERAL (
        SELECT f.level FROM fact_qualification f
        JOIN catalogue_item k ON k.catalogue = 'education_levels' AND k.key = f.level
            AND k.extra->>'kind' = 'professional'
        WHERE f.official_id = o.id AND f.closed_by IS NULL AND f.valid_from <= today
        ORDER BY (k.extra->>'level_rank')::int DESC, f.level DESC LIMIT 1) q ON true
    LEFT JOIN LATERAL (
        SELECT f.level FROM fact_political_theory f
        JOIN catalogue_item k ON k.catalogue = 'political_theory' AND k.key = f.level
        WHERE f.official_id = o.id AND f.closed_by IS NULL AND f.valid_from <= today
        ORDER BY k.sort DESC, f.level DESC LIMIT 1) t ON true
    LEFT JOIN LATERAL (
        SELECT true AS holds FROM fact_party f WHERE f.official_id = o.id AND f.closed_by IS NULL
            AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > today) LIMIT 1) m ON true
    LEFT JOIN LATERAL (
        SELECT max(f.year) AS year FROM fact_evaluation f WHERE f.official_id = o.id AND f.closed_by IS NULL
            AND f.valid_from <= today) e ON true
    LEFT JOIN LATERAL (
        SELECT min(day) AS turns_on FROM (
            SELECT CASE WHEN b.valid_from > today THEN b.valid_from WHEN b.valid_to > today THEN b.valid_to END AS day
            FROM (
                SELECT valid_from, valid_to FROM fact_identity WHERE official_id = o.id AND closed_by IS NULL
                UNION ALL SELECT valid_from, valid_to FROM fact_status WHERE official_id = o.id AND closed_by IS NULL
                UNION ALL SELECT valid_from, valid_to FROM fact_appointment WHERE official_id = o.id AND closed_by IS NULL
                UNION ALL SELECT valid_from, valid_to FROM fact_salary WHERE official_id = o.id AND closed_by IS NULL
                UNION ALL SELECT valid_from, valid_to FROM fact_party WHERE official_id = o.id AND closed_by IS NULL
                -- Of these only the first day matters: what was learnt stays, a delay or a grade counts from its day on.
                UNION ALL SELECT valid_from, NULL FROM fact_qualification WHERE official_id = o.id AND closed_by IS NULL AND valid_from > today
                UNION ALL SELECT valid_from, NULL FROM fact_political_theory WHERE official_id = o.id AND closed_by IS NULL AND valid_from > today
                UNION ALL SELECT valid_from, NULL FROM fact_discipline WHERE official_id = o.id AND closed_by IS NULL AND valid_from > today
                UNION ALL SELECT valid_from, NULL FROM fact_evaluation WHERE official_id = o.id AND closed_by IS NULL AND valid_from > today
            ) b) days) n ON true
    WHERE o.id = ANY (officials);
END $$;

-- Decisions take effect by themselves: officials whose day has come get their present row anew. Returns how many.
CREATE FUNCTION registry_roll_forward(today date) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    due bigint[];
BEGIN
    SELECT array_agg(official_id) INTO due FROM official_current WHERE turns_on <= today;
    IF due IS NOT NULL THEN
        PERFORM registry_refresh_current(due, today);
    END IF;
    RETURN coalesce(cardinality(due), 0);
END $$;

-- Which of these personal numbers and staff codes are taken, in or out of the caller's scope; says nothing of whom.
CREATE FUNCTION registry_taken(numbers text[]) RETURNS SETOF text
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT personal_id FROM official_current WHERE personal_id = ANY (numbers)
    UNION SELECT staff_code FROM official_current WHERE staff_code = ANY (numbers)
$$;

-- Ids of officials within the caller's scope whose folded name holds every word; at most `most`. Runs as the owner,
-- because LIKE is not leakproof and would lose its index under row-level security; the scope is repeated here.
CREATE FUNCTION registry_find_names(words text[], most int) RETURNS SETOF bigint
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    low int := nullif(current_setting('app.lo', true), '')::int;
    high int := nullif(current_setting('app.hi', true), '')::int;
    many int4multirange := nullif(current_setting('app.many', true), '')::int4multirange;
    conditions text := '';
    word text;
BEGIN
    FOREACH word IN ARRAY words LOOP
        conditions := conditions || format(' AND fold LIKE %L', '%' || regexp_replace(word, '([%_\\])', '\\\1', 'g') || '%');
    END LOOP;
    RETURN QUERY EXECUTE format(
        'SELECT official_id FROM official_current WHERE org_ord >= $1 AND org_ord < $2
            AND ($3 IS NULL OR org_ord <@ $3)%s LIMIT $4', conditions)
        USING low, high, many, most;
END $$;

-- A person whose facts were all withdrawn (an undone import) keeps number and identity, but has no present row.
-- Registering the number again revives that identity: which ids, and the mark that this change brought them back.
CREATE FUNCTION registry_dormant(numbers text[]) RETURNS TABLE (number text, official_id bigint)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.personal_id, o.id FROM official o WHERE o.personal_id = ANY (numbers)
        AND NOT EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = o.id)
$$;

CREATE FUNCTION registry_revive(by_change bigint) RETURNS void
    LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE official o SET change_id = p.change_id, version = o.version + 1, staff_code = p.fields->>'staff_code'
    FROM change_operation p
    WHERE p.change_id = by_change AND p.action = 'register' AND p.official_id = o.id
        AND NOT EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = o.id)
$$;
