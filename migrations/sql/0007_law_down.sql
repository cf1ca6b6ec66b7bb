DELETE FROM law_step WHERE valid_to IS NOT NULL OR valid_from <> '0001-01-01';
ALTER TABLE law_step DROP CONSTRAINT pk_law_step;
ALTER TABLE law_step ADD CONSTRAINT pk_law_step PRIMARY KEY (rank, step);
ALTER TABLE law_step DROP COLUMN valid_from, DROP COLUMN valid_to;

CREATE OR REPLACE FUNCTION registry_refresh_current(officials bigint[], today date) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan AS $$
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

DROP FUNCTION registry_stopped_months;
DROP FUNCTION registry_law_number;
