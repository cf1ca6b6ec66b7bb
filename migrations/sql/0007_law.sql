-- Law tables are dated: a step of a rank has its time, the first row of a step holding for all days before it as well.
ALTER TABLE law_step ADD COLUMN valid_from date NOT NULL DEFAULT '0001-01-01', ADD COLUMN valid_to date;
ALTER TABLE law_step DROP CONSTRAINT pk_law_step;
ALTER TABLE law_step ADD CONSTRAINT pk_law_step PRIMARY KEY (rank, step, valid_from);

-- A single number of the law (catalogue law_rules) as it is on a day; 0 where there is no such rule then.
CREATE FUNCTION registry_law_number(rule text, on_day date) RETURNS int LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT (extra->>'value')::int FROM catalogue_item
        WHERE catalogue = 'law_rules' AND key = rule
            AND (valid_from IS NULL OR valid_from <= on_day) AND (valid_to IS NULL OR valid_to > on_day)
        ORDER BY sort, id LIMIT 1), 0)
$$;

-- Whole months not counted towards the next step since a day, of statuses begun by `today` (catalogue uncounted_time);
-- null while one of them has no known end. The rules are those of registry.law.salary.stopped; believed now, or at `known`.
CREATE FUNCTION registry_stopped_months(official bigint, since date, today date, known timestamptz)
    RETURNS TABLE (months int) LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN bool_or(f.valid_to IS NULL) THEN NULL ELSE coalesce(sum(m.whole), 0)::int + coalesce(
            sum(w.days)::int / nullif(registry_law_number('uncounted_month', today), 0)
            + (registry_law_number('uncounted_round_up', today) > 0
                AND sum(w.days)::int % nullif(registry_law_number('uncounted_month', today), 0)
                    >= registry_law_number('uncounted_round_up', today))::int, 0) END
    FROM fact_status f
    JOIN catalogue_item k ON k.catalogue = 'uncounted_time' AND k.key = f.status
        AND (k.valid_from IS NULL OR k.valid_from <= f.valid_from) AND (k.valid_to IS NULL OR k.valid_to > f.valid_from)
    CROSS JOIN LATERAL (SELECT greatest(f.valid_from, since) AS start) b
    CROSS JOIN LATERAL (SELECT (extract(year FROM f.valid_to) * 12 + extract(month FROM f.valid_to)
        - extract(year FROM b.start) * 12 - extract(month FROM b.start))::int AS months) n
    CROSS JOIN LATERAL (SELECT n.months
        - ((b.start + make_interval(months => n.months))::date > f.valid_to)::int AS whole) m
    CROSS JOIN LATERAL (
        SELECT count(*) AS days
        FROM generate_series(b.start + make_interval(months => m.whole), f.valid_to - 1, interval '1 day') d(day)
        WHERE extract(isodow FROM d.day) < 6 AND NOT EXISTS (
            SELECT 1 FROM catalogue_item h WHERE h.catalogue = 'holidays' AND h.extra->>'kind' = 'off'
                AND h.extra->>'day' = to_char(d.day, 'YYYY-MM-DD'))) w
    WHERE f.official_id = official AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > since)
        AND CASE WHEN known IS NULL THEN f.closed_by IS NULL
            ELSE f.recorded_from <= known AND (f.recorded_to IS NULL OR f.recorded_to > known) END
$$;

-- The present row, as before but for: steps of their time, failed years by the rule of their day, time not counted,
-- and service extended past the age of retirement.
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
        p.rank, p.step, p.coefficient, p.valid_from, p.next_step_on,
        CASE WHEN s.extended_to > r.retire_on THEN s.extended_to ELSE r.retire_on END, q.level, t.level,
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
            CASE WHEN f.status = 'keo_dai_cong_tac' AND f.valid_from <= today AND f.valid_to > today
                THEN f.valid_to - 1 END AS extended_to,
            EXISTS (SELECT 1 FROM catalogue_item k WHERE k.catalogue = 'status_codes' AND k.key = f.status
                    AND k.extra->>'counts_in_headcount' = 'yes')
                AND f.valid_from <= today AND (f.valid_to IS NULL OR f.valid_to > today) AS counts,
            (SELECT min(g.valid_from) FROM fact_status g WHERE g.official_id = o.id AND g.closed_by IS NULL
                AND g.status NOT IN ('da_trung_tuyen', 'huy_tuyen_dung')) AS recruited_on
        FROM fact_status f WHERE f.official_id = o.id AND f.closed_by IS NULL
        ORDER BY (f.valid_from <= today) DESC, abs(f.valid_from - today) LIMIT 1) s ON true
    LEFT JOIN LATERAL (
        SELECT f.rank, f.step, f.coefficient, f.valid_from,
            (f.valid_from + make_interval(months => l.months + d.months + g.months + h.months))::date AS next_step_on
        FROM fact_salary f
        LEFT JOIN law_step l ON l.rank = f.rank AND l.step = f.step
            AND l.valid_from <= today AND (l.valid_to IS NULL OR l.valid_to > today)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(step_delay_months), 0)::int AS months FROM fact_discipline x
            WHERE x.official_id = o.id AND x.closed_by IS NULL AND x.authority = 'administrative'
                AND x.valid_from >= f.valid_from AND x.valid_from <= today) d
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(registry_law_number('delay_failed_year', make_date(x.year, 12, 31))), 0)::int AS months
            FROM fact_evaluation x
            WHERE x.official_id = o.id AND x.closed_by IS NULL AND x.grade = 'khong_hoan_thanh'
                AND make_date(x.year, 12, 31) >= f.valid_from AND x.valid_from <= today
                AND NOT EXISTS (SELECT 1 FROM fact_discipline y WHERE y.official_id = o.id AND y.closed_by IS NULL
                    AND y.authority = 'administrative' AND y.step_delay_months > 0
                    AND y.valid_from >= f.valid_from AND y.valid_from <= today
                    AND extract(year FROM y.valid_from) = x.year)) g
        CROSS JOIN LATERAL registry_stopped_months(o.id, f.valid_from, today, NULL) h
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
