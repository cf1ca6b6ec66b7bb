-- A portrait is written anew before it is kept, without what cameras add to it; a paper is kept as it came.
ALTER TABLE file ADD COLUMN purpose TEXT DEFAULT 'paper' NOT NULL
    CONSTRAINT ck_file_purpose CHECK (purpose IN ('paper', 'portrait'));

CREATE TABLE fact_portrait (
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
    photo UUID NOT NULL,
    CONSTRAINT pk_fact_portrait PRIMARY KEY (id),
    CONSTRAINT ck_fact_portrait_valid CHECK (valid_to > valid_from),
    CONSTRAINT ck_fact_portrait_recorded CHECK (recorded_to > recorded_from),
    CONSTRAINT ck_fact_portrait_closed CHECK ((recorded_to IS NULL) = (closed_by IS NULL)),
    CONSTRAINT ck_fact_portrait_valid_from_precision CHECK (valid_from_precision IN ('day','month','year')),
    CONSTRAINT ck_fact_portrait_valid_to_precision CHECK (valid_to_precision IN ('day','month','year')),
    CONSTRAINT ex_fact_portrait_one_at_a_time EXCLUDE USING gist (official_id WITH =, daterange(valid_from, valid_to) WITH &&)
        WHERE (recorded_to IS NULL),
    CONSTRAINT fk_fact_portrait_official_id FOREIGN KEY(official_id) REFERENCES official (id),
    CONSTRAINT fk_fact_portrait_decision_id FOREIGN KEY(decision_id) REFERENCES decision (id),
    CONSTRAINT fk_fact_portrait_change_id FOREIGN KEY(change_id) REFERENCES change (id),
    CONSTRAINT fk_fact_portrait_closed_by FOREIGN KEY(closed_by) REFERENCES change (id),
    CONSTRAINT fk_fact_portrait_photo FOREIGN KEY(photo) REFERENCES file (uid)
);

CREATE INDEX ix_fact_portrait_change ON fact_portrait (change_id);
CREATE INDEX ix_fact_portrait_closed ON fact_portrait (closed_by) WHERE closed_by IS NOT NULL;
CREATE INDEX ix_fact_portrait_official ON fact_portrait (official_id, valid_from);
CREATE INDEX ix_fact_portrait_photo ON fact_portrait (photo);

CREATE TRIGGER close_only BEFORE UPDATE ON fact_portrait FOR EACH ROW EXECUTE FUNCTION registry_close_only();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON fact_portrait FOR EACH STATEMENT EXECUTE FUNCTION registry_refuse();

CREATE FUNCTION fact_portrait_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM entered WHERE recorded_to IS NOT NULL) THEN
        RAISE EXCEPTION 'a fact enters open on the recorded clock' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM entered e JOIN file f ON f.uid = e.photo WHERE f.purpose <> 'portrait') THEN
        RAISE EXCEPTION 'a portrait is a file that was uploaded as one'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ck_fact_portrait_purpose';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER entered AFTER INSERT ON fact_portrait REFERENCING NEW TABLE AS entered
    FOR EACH STATEMENT EXECUTE FUNCTION fact_portrait_entered();
CREATE TRIGGER applies_entered AFTER INSERT ON fact_portrait REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION registry_applies();
CREATE TRIGGER applies_closed AFTER UPDATE ON fact_portrait REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION registry_applies();

ALTER TABLE fact_portrait ENABLE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE (recorded_to, closed_by) ON fact_portrait TO registry_web, registry_worker;
GRANT SELECT ON fact_portrait TO registry_audit;
CREATE POLICY seen ON fact_portrait FOR SELECT TO registry_web, registry_worker
    USING (official_id = nullif(current_setting('app.opened', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_portrait.official_id));
CREATE POLICY entered ON fact_portrait FOR INSERT TO registry_web, registry_worker
    WITH CHECK (change_id = nullif(current_setting('app.applying', true), '')::bigint
        OR EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_portrait.official_id)
        OR EXISTS (SELECT 1 FROM official o WHERE o.id = fact_portrait.official_id AND o.change_id = fact_portrait.change_id));
CREATE POLICY closed ON fact_portrait FOR UPDATE TO registry_web, registry_worker
    USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = fact_portrait.official_id)) WITH CHECK (true);
CREATE POLICY audited ON fact_portrait FOR SELECT TO registry_audit USING (true);

-- Whoever sees the record sees its portrait, wherever it was uploaded.
CREATE POLICY on_record ON file FOR SELECT TO registry_web, registry_worker
    USING (purpose = 'portrait' AND EXISTS (SELECT 1 FROM fact_portrait f WHERE f.photo = file.uid));

-- Time not counted towards the next step is told by statuses (catalogue uncounted_time) and by leaves that the list of leaves
-- says do not count; a leave within such a status counts once. The rules are those of registry.law.salary.stopped.
CREATE OR REPLACE FUNCTION registry_stopped_months(official bigint, since date, today date, known timestamptz)
    RETURNS TABLE (months int) LANGUAGE sql STABLE AS $$
    WITH status AS (
        SELECT daterange(greatest(f.valid_from, since), f.valid_to) AS span FROM fact_status f
        JOIN catalogue_item k ON k.catalogue = 'uncounted_time' AND k.key = f.status
            AND (k.valid_from IS NULL OR k.valid_from <= f.valid_from) AND (k.valid_to IS NULL OR k.valid_to > f.valid_from)
        WHERE f.official_id = official AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > since)
            AND CASE WHEN known IS NULL THEN f.closed_by IS NULL
                ELSE f.recorded_from <= known AND (f.recorded_to IS NULL OR f.recorded_to > known) END),
    leave AS (
        SELECT daterange(greatest(f.valid_from, since), f.valid_to) AS span FROM fact_leave f
        JOIN catalogue_item k ON k.catalogue = 'leave_kinds' AND k.key = f.leave AND k.extra->>'counts_for_step' = 'no'
            AND (k.valid_from IS NULL OR k.valid_from <= f.valid_from) AND (k.valid_to IS NULL OR k.valid_to > f.valid_from)
        WHERE f.official_id = official AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > since)
            AND CASE WHEN known IS NULL THEN f.closed_by IS NULL
                ELSE f.recorded_from <= known AND (f.recorded_to IS NULL OR f.recorded_to > known) END),
    f AS (
        SELECT lower(span) AS start, upper(span) AS until FROM status
        UNION ALL SELECT lower(part), upper(part) FROM leave l CROSS JOIN LATERAL unnest(
            datemultirange(l.span) - coalesce((SELECT range_agg(s.span) FROM status s), '{}'::datemultirange)) AS part)
    SELECT CASE WHEN bool_or(f.until IS NULL) THEN NULL ELSE coalesce(sum(m.whole), 0)::int + coalesce(
            sum(w.days)::int / nullif(registry_law_number('uncounted_month', today), 0)
            + (registry_law_number('uncounted_round_up', today) > 0
                AND sum(w.days)::int % nullif(registry_law_number('uncounted_month', today), 0)
                    >= registry_law_number('uncounted_round_up', today))::int, 0) END
    FROM f
    CROSS JOIN LATERAL (SELECT (extract(year FROM f.until) * 12 + extract(month FROM f.until)
        - extract(year FROM f.start) * 12 - extract(month FROM f.start))::int AS months) n
    CROSS JOIN LATERAL (SELECT n.months
        - ((f.start + make_interval(months => n.months))::date > f.until)::int AS whole) m
    CROSS JOIN LATERAL (
        SELECT count(*) AS days
        FROM generate_series(f.start + make_interval(months => m.whole), f.until - 1, interval '1 day') d(day)
        WHERE extract(isodow FROM d.day) < 6 AND NOT EXISTS (
            SELECT 1 FROM catalogue_item h WHERE h.catalogue = 'holidays' AND h.extra->>'kind' = 'off'
                AND h.extra->>'day' = to_char(d.day, 'YYYY-MM-DD'))) w
$$;

-- The present row, as before but for leaves.
CREATE OR REPLACE FUNCTION registry_present_rows(officials bigint[], today date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = 'auto' AS $$
BEGIN
    PERFORM set_config('plan_cache_mode',
        CASE WHEN cardinality(officials) > 200 THEN 'force_custom_plan' ELSE 'force_generic_plan' END, true);
    DELETE FROM official_current WHERE official_id = ANY (officials);
    INSERT INTO official_current (
        official_id, uid, personal_id, staff_code, full_name, birth_date, birth_date_precision, sex, ethnic_group,
        religion, organization_id, org_ord, position, job_position, term_ends_on, category, status, in_headcount,
        recruited_on, rank, step, coefficient, step_from, next_step_on, retirement_on, education, political_theory,
        party, last_evaluation_year, turns_on)
    WITH person AS MATERIALIZED (
        SELECT o.id, o.uid, o.personal_id, o.staff_code, o.change_id FROM official o WHERE o.id = ANY (officials)),
    named AS (
        SELECT DISTINCT ON (f.official_id) f.* FROM person o JOIN fact_identity f ON f.official_id = o.id AND f.closed_by IS NULL
        ORDER BY f.official_id, (f.valid_from <= today) DESC, f.valid_from DESC),
    placed AS (
        SELECT DISTINCT ON (f.official_id) f.official_id, f.organization_id, f.position, f.job_position, f.term_ends_on,
            f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > today) AS holds
        FROM person o JOIN fact_appointment f ON f.official_id = o.id AND f.closed_by IS NULL AND f.is_main
        ORDER BY f.official_id, (f.valid_from <= today) DESC, abs(f.valid_from - today)),
    employed AS (
        SELECT DISTINCT ON (f.official_id) f.official_id, f.status, f.category,
            f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > today) AS holds,
            CASE WHEN f.status = 'keo_dai_cong_tac' AND f.valid_from <= today AND f.valid_to > today
                THEN f.valid_to - 1 END AS extended_to
        FROM person o JOIN fact_status f ON f.official_id = o.id AND f.closed_by IS NULL
        ORDER BY f.official_id, (f.valid_from <= today) DESC, abs(f.valid_from - today)),
    recruited AS (
        SELECT f.official_id, min(f.valid_from) AS recruited_on FROM person o JOIN fact_status f ON f.official_id = o.id
            AND f.closed_by IS NULL AND f.status NOT IN ('da_trung_tuyen', 'huy_tuyen_dung') GROUP BY f.official_id),
    paid AS (
        SELECT DISTINCT ON (f.official_id) f.official_id, f.rank, f.step, f.coefficient, f.valid_from
        FROM person o JOIN fact_salary f ON f.official_id = o.id AND f.closed_by IS NULL AND f.valid_from <= today
            AND (f.valid_to IS NULL OR f.valid_to > today)),
    delayed AS (
        SELECT x.official_id, sum(x.step_delay_months)::int AS months, array_agg(extract(year FROM x.valid_from)) FILTER (WHERE x.step_delay_months > 0) AS years
        FROM paid p JOIN fact_discipline x ON x.official_id = p.official_id AND x.closed_by IS NULL
            AND x.authority = 'administrative' AND x.valid_from >= p.valid_from AND x.valid_from <= today
        GROUP BY x.official_id),
    failed AS (
        SELECT x.official_id, sum(registry_law_number('delay_failed_year', make_date(x.year, 12, 31)))::int AS months
        FROM paid p JOIN fact_evaluation x ON x.official_id = p.official_id
            AND x.closed_by IS NULL AND x.grade = 'khong_hoan_thanh' AND make_date(x.year, 12, 31) >= p.valid_from
            AND x.valid_from <= today
        LEFT JOIN delayed d ON d.official_id = x.official_id
        WHERE x.year <> ALL (coalesce(d.years, '{}')) GROUP BY x.official_id),
    halted AS (
        SELECT DISTINCT p.official_id, p.valid_from FROM paid p JOIN fact_status f ON f.official_id = p.official_id AND f.closed_by IS NULL
            AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > p.valid_from)
        JOIN catalogue_item k ON k.catalogue = 'uncounted_time' AND k.key = f.status
        UNION SELECT p.official_id, p.valid_from FROM paid p JOIN fact_leave f ON f.official_id = p.official_id AND f.closed_by IS NULL
            AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > p.valid_from)
        JOIN catalogue_item k ON k.catalogue = 'leave_kinds' AND k.key = f.leave AND k.extra->>'counts_for_step' = 'no'),
    stopped AS (
        SELECT p.official_id, h.months FROM halted p
        CROSS JOIN LATERAL registry_stopped_months(p.official_id, p.valid_from, today, NULL) h),
    schooled AS (
        SELECT DISTINCT ON (f.official_id) f.official_id, f.level FROM person o JOIN fact_qualification f ON f.official_id = o.id AND f.closed_by IS NULL AND f.valid_from <= today
        JOIN catalogue_item k ON k.catalogue = 'education_levels' AND k.key = f.level AND k.extra->>'kind' = 'professional'
        ORDER BY f.official_id, (k.extra->>'level_rank')::int DESC, f.level DESC),
    taught AS (
        SELECT DISTINCT ON (f.official_id) f.official_id, f.level FROM person o JOIN fact_political_theory f ON f.official_id = o.id AND f.closed_by IS NULL AND f.valid_from <= today
        JOIN catalogue_item k ON k.catalogue = 'political_theory' AND k.key = f.level
        ORDER BY f.official_id, k.sort DESC, f.level DESC),
    member AS (
        SELECT DISTINCT f.official_id FROM person o JOIN fact_party f ON f.official_id = o.id AND f.closed_by IS NULL
            AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > today)),
    graded AS (
        SELECT f.official_id, max(f.year) AS year FROM person o JOIN fact_evaluation f ON f.official_id = o.id AND f.closed_by IS NULL AND f.valid_from <= today GROUP BY f.official_id),
    turning AS (
        SELECT official_id, min(CASE WHEN valid_from > today THEN valid_from ELSE valid_to END) AS turns_on FROM (
            SELECT f.official_id, f.valid_from, f.valid_to FROM person o JOIN fact_identity f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, f.valid_to FROM person o JOIN fact_status f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, f.valid_to FROM person o JOIN fact_appointment f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, f.valid_to FROM person o JOIN fact_salary f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, f.valid_to FROM person o JOIN fact_party f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, f.valid_to FROM person o JOIN fact_leave f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, NULL FROM person o JOIN fact_qualification f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, NULL FROM person o JOIN fact_political_theory f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, NULL FROM person o JOIN fact_discipline f ON f.official_id = o.id AND f.closed_by IS NULL
            UNION ALL SELECT f.official_id, f.valid_from, NULL FROM person o JOIN fact_evaluation f ON f.official_id = o.id AND f.closed_by IS NULL) t
        WHERE valid_from > today OR valid_to > today GROUP BY official_id)
    SELECT o.id, o.uid, o.personal_id, o.staff_code, i.full_name, i.birth_date, i.birth_date_precision, i.sex, i.ethnic_group, i.religion,
        a.organization_id, coalesce(u.ord, c.org_ord), a.position, a.job_position, a.term_ends_on, s.category, s.status,
        coalesce(s.holds AND a.holds AND EXISTS (SELECT 1 FROM catalogue_item k WHERE k.catalogue = 'status_codes' AND k.key = s.status AND k.extra->>'counts_in_headcount' = 'yes'), false),
        w.recruited_on, p.rank, p.step, p.coefficient, p.valid_from,
        (p.valid_from + make_interval(months => l.months + coalesce(d.months, 0) + coalesce(g.months, 0)
            + CASE WHEN h.official_id IS NULL THEN 0 ELSE h.months END))::date,
        CASE WHEN s.extended_to > r.retire_on THEN s.extended_to ELSE r.retire_on END, q.level, t.level, m.official_id IS NOT NULL, e.year, n.turns_on
    FROM person o JOIN change c ON c.id = o.change_id JOIN named i ON i.official_id = o.id
    LEFT JOIN placed a ON a.official_id = o.id LEFT JOIN organization u ON u.id = a.organization_id
    LEFT JOIN employed s ON s.official_id = o.id LEFT JOIN recruited w ON w.official_id = o.id LEFT JOIN paid p ON p.official_id = o.id
    LEFT JOIN law_step l ON l.rank = p.rank AND l.step = p.step AND l.valid_from <= today AND (l.valid_to IS NULL OR l.valid_to > today)
    LEFT JOIN delayed d ON d.official_id = o.id LEFT JOIN failed g ON g.official_id = o.id LEFT JOIN stopped h ON h.official_id = o.id
    LEFT JOIN law_retirement r ON r.sex = i.sex AND r.birth_month = date_trunc('month', i.birth_date)::date
    LEFT JOIN schooled q ON q.official_id = o.id LEFT JOIN taught t ON t.official_id = o.id LEFT JOIN member m ON m.official_id = o.id
    LEFT JOIN graded e ON e.official_id = o.id LEFT JOIN turning n ON n.official_id = o.id;
END $$;

GRANT SELECT (official_id, valid_from, valid_to, recorded_from, recorded_to, closed_by, leave) ON fact_leave TO registry_stats;
CREATE POLICY counted ON fact_leave FOR SELECT TO registry_stats USING (true);
