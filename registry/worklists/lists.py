"""WORKLISTS: every list, declared once: what it means, the law it rests on, its set of people, its columns.

`rows` selects (official_id, org_ord, due_on, fact_id) for :today and :until; whoever asks narrows it by unit and period.
`basis` is what the reason and the draft of a row are computed from, as JSON over `c` (official_current), `p` (the row)
and :today.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from registry.access.permissions import Sensitivity
from registry.words import Words


@dataclass(frozen=True)
class Column:
    """A value of a list beside person, unit, post and day."""

    name: str
    label: Words


@dataclass(frozen=True)
class WorkList:
    """A list. `kind` is the fact a change would be about (a row tells which open change has one already); `due` says
    what the day of a row is; `drafts` are the ways to draft a decision, the usual one first; `by_hand` is the kind of
    change that people fill in themselves where the law does not say its content. `ahead`: months it looks ahead when no
    period is asked for.
    """

    id: str
    title: Words
    meaning: Words
    due: Words
    source: str
    kind: str
    ahead: int
    sensitivity: Sensitivity
    rows: str
    basis: str
    columns: tuple[Column, ...]
    drafts: tuple[tuple[str, Words], ...] = ()
    by_hand: str = ""


_HOLDS = "f.closed_by IS NULL AND f.valid_from <= :today AND (f.valid_to IS NULL OR f.valid_to > :today)"
_BY_FACT = "FROM official_current c JOIN fact_{0} f ON f.official_id = c.official_id"
_NO_LATER_PAY = """NOT EXISTS (SELECT 1 FROM fact_salary n WHERE n.official_id = c.official_id AND n.closed_by IS NULL
        AND n.valid_from > :today)"""
_FARTHEST = """(SELECT :until + make_interval(months => 1 + max((k.extra->>'value')::int)) FROM catalogue_item k
        WHERE k.catalogue = 'law_rules' AND k.key = '{0}')"""
"""Nothing from which a rule counts months back is due before :until when it lies behind this day; asked once a list. A month
more than the rule says: months are of different lengths."""
_STAYS = """NOT EXISTS (SELECT 1 FROM fact_status n JOIN catalogue_item k ON k.catalogue = 'status_codes'
        AND k.key = n.status AND k.extra->>'status_group' = 'ended'
        WHERE n.official_id = c.official_id AND n.closed_by IS NULL AND n.valid_from > :today)"""
_FACT = "(SELECT to_jsonb(f) FROM fact_{0} f WHERE f.id = p.fact_id)"


def _past(table: str, names: str) -> str:
    pairs = ", ".join(f"'{name}', f.{name}" for name in names.split())
    return f"""(SELECT coalesce(jsonb_agg(jsonb_build_object({pairs}) ORDER BY f.valid_from), '[]') FROM {table} f
        WHERE f.official_id = c.official_id AND f.closed_by IS NULL AND f.valid_from <= :today)"""


_SALARY_BASIS = f"""jsonb_build_object('fact', {_FACT.format("salary")},
    'disciplines', {_past("fact_discipline", "valid_from authority step_delay_months")},
    'evaluations', {_past("fact_evaluation", "year grade")},
    'statuses', {_past("fact_status", "status valid_from valid_to")},
    'leaves', {_past("fact_leave", "leave valid_from valid_to")})"""


def _rise(last: str) -> str:
    """When a rise of the overrun counted from f.valid_from is due, put off by what falls up to a day; as in
    registry.law.salary, which repeats until the day stays the same.
    """
    measures = f"""FROM fact_discipline x WHERE x.official_id = f.official_id AND x.closed_by IS NULL
        AND x.authority = 'administrative' AND x.step_delay_months > 0
        AND x.valid_from BETWEEN f.valid_from AND least({last}, :today)"""
    return f"""(f.valid_from + make_interval(months => r.months
        + (SELECT coalesce(sum(x.step_delay_months), 0)::int {measures})
        + (SELECT coalesce(sum(registry_law_number('delay_failed_year', make_date(e.year, 12, 31))), 0)::int
            FROM fact_evaluation e WHERE e.official_id = f.official_id AND e.closed_by IS NULL
            AND e.grade = 'khong_hoan_thanh' AND e.valid_from <= :today
            AND make_date(e.year, 12, 31) BETWEEN f.valid_from AND {last}
            AND e.year NOT IN (SELECT extract(year FROM x.valid_from) {measures}))
        + (SELECT h.months FROM registry_stopped_months(f.official_id, f.valid_from, least({last}, :today), NULL) h)
        ))::date"""


# OFFSET 0: a day is computed once a row and not again wherever it is spoken of.
_OVERRUN = f"""SELECT c.official_id, c.org_ord, d.due_on, f.id AS fact_id {_BY_FACT.format("salary")}
    JOIN law_step l ON l.rank = f.rank AND l.step = f.step AND l.valid_from <= :today
        AND (l.valid_to IS NULL OR l.valid_to > :today) AND l.overrun_months IS NOT NULL
    CROSS JOIN LATERAL (SELECT CASE WHEN f.overrun_percent > 0 THEN registry_law_number('overrun_every', :today)
        ELSE l.overrun_months END AS months) r
    CROSS JOIN LATERAL (SELECT (f.valid_from + make_interval(months => r.months))::date AS due_on) undelayed
    CROSS JOIN LATERAL (SELECT {_rise("(undelayed.due_on - 1)")} AS due_on OFFSET 0) once
    CROSS JOIN LATERAL (SELECT {_rise("(once.due_on - 1)")} AS due_on OFFSET 0) d
    WHERE c.in_headcount AND c.next_step_on IS NULL AND {_HOLDS} AND r.months > 0 AND {_NO_LATER_PAY} AND undelayed.due_on < :until"""

_TERM = """(SELECT coalesce(f.term_ends_on, CASE WHEN EXISTS (SELECT 1 FROM catalogue_item k
        WHERE k.catalogue = 'appointment_kinds' AND k.key = f.event AND k.extra->>'has_term' = 'yes')
    THEN (f.valid_from + make_interval(months => nullif(registry_law_number('appointment_term', f.valid_from), 0)))::date
    END) AS due_on)"""

_MOVEMENT = """(SELECT CASE f.movement
    WHEN 'biet_phai' THEN least(f.planned_end_on,
        (f.valid_from + make_interval(months => nullif(registry_law_number('secondment_most', f.valid_from), 0)))::date - 1)
    WHEN 'luan_chuyen' THEN coalesce(f.planned_end_on,
        (f.valid_from + make_interval(months => nullif(registry_law_number('rotation_least', f.valid_from), 0)))::date)
    END AS due_on)"""

DUE = Words("Đến hạn", "Due")
_LISTS: Iterable[WorkList] = (
    WorkList(
        "salary_steps",
        Words("Nâng bậc lương thường xuyên", "Regular salary steps"),
        Words(
            "Người đã giữ bậc đủ thời gian theo bảng lương, sau khi trừ thời gian không tính và cộng thời gian kéo dài. "
            "Không gồm người đã có quyết định xếp lương bắt đầu sau hôm nay.",
            "People who have been on their step for the time of the salary table, less time not counted, plus delays. "
            "Without those whose next pay is decided already.",
        ),
        DUE,
        "Nghị định 204/2004/NĐ-CP; Thông tư 08/2013/TT-BNV Điều 2",
        "salary",
        1,
        "ordinary",
        f"""SELECT c.official_id, c.org_ord, c.next_step_on AS due_on, f.id AS fact_id {_BY_FACT.format("salary")}
            WHERE c.in_headcount AND c.next_step_on IS NOT NULL AND {_HOLDS} AND {_NO_LATER_PAY}""",
        _SALARY_BASIS,
        (
            Column("now", Words("Hiện hưởng", "Now")),
            Column("next", Words("Bậc mới", "Next step")),
        ),
        (("step", Words("Nâng bậc lương", "Raise by a step")),),
    ),
    WorkList(
        "overrun",
        Words("Phụ cấp thâm niên vượt khung", "Overrun seniority allowance"),
        Words(
            "Người ở bậc cuối đến hạn hưởng lần đầu hoặc tăng thêm phụ cấp thâm niên vượt khung, tính từ mức đã ghi.",
            "People on the top step whose first or next overrun allowance is due, counted from what is recorded.",
        ),
        DUE,
        "Thông tư 04/2005/TT-BNV; Thông tư 03/2021/TT-BNV",
        "salary",
        1,
        "ordinary",
        _OVERRUN,
        _SALARY_BASIS,
        (
            Column("now", Words("Hiện hưởng", "Now")),
            Column("next", Words("Mức mới", "Next")),
        ),
        (("overrun", Words("Hưởng, tăng vượt khung", "Give the overrun")),),
    ),
    WorkList(
        "retirement_notice",
        Words("Thông báo nghỉ hưu", "Retirement notices"),
        Words(
            "Người phải được thông báo nghỉ hưu. Không gồm người đã ghi ngày thông báo ở tình trạng công tác hoặc đã có "
            "quyết định nghỉ.",
            "People to be told of their retirement. Without those whose notice is recorded with their status, or whose "
            "leaving is decided.",
        ),
        Words("Thông báo chậm nhất", "Announce by"),
        "NĐ 170/2025/NĐ-CP, sửa đổi bởi NĐ 300/2026/NĐ-CP; Bộ luật Lao động 45/2019/QH14 Điều 169",
        "status",
        1,
        "personal",
        f"""SELECT c.official_id, c.org_ord, (c.retirement_on - make_interval(months =>
                registry_law_number('retirement_notice', c.retirement_on)))::date AS due_on, f.id AS fact_id
            {_BY_FACT.format("status")}
            WHERE c.in_headcount AND c.retirement_on < {_FARTHEST.format("retirement_notice")} AND {_HOLDS} AND f.notified_on IS NULL AND {_STAYS}""",
        """jsonb_build_object('sex', c.sex, 'born', c.birth_date, 'precision', c.birth_date_precision,
            'retires', c.retirement_on)""",
        (
            Column("born", Words("Ngày sinh", "Born")),
            Column("retires", Words("Nghỉ hưu ngày", "Retires on")),
        ),
    ),
    WorkList(
        "retirement_decision",
        Words("Quyết định nghỉ hưu", "Retirement decisions"),
        Words(
            "Người sắp nghỉ hưu mà chưa có quyết định nghỉ nào được ghi.",
            "People about to retire whose leaving is not decided yet.",
        ),
        Words("Quyết định chậm nhất", "Decide by"),
        "NĐ 170/2025/NĐ-CP; Bộ luật Lao động 45/2019/QH14 Điều 169; NĐ 135/2020/NĐ-CP",
        "status",
        1,
        "personal",
        f"""SELECT c.official_id, c.org_ord, (c.retirement_on - make_interval(months =>
                registry_law_number('retirement_decision', c.retirement_on)))::date AS due_on, f.id AS fact_id
            {_BY_FACT.format("status")}
            WHERE c.in_headcount AND c.retirement_on < {_FARTHEST.format("retirement_decision")} AND {_HOLDS} AND {_STAYS}""",
        f"""jsonb_build_object('sex', c.sex, 'born', c.birth_date, 'precision', c.birth_date_precision,
            'retires', c.retirement_on, 'fact', {_FACT.format("status")})""",
        (
            Column("born", Words("Ngày sinh", "Born")),
            Column("retires", Words("Nghỉ hưu ngày", "Retires on")),
        ),
        (("retire", Words("Cho nghỉ hưu", "Retire")),),
    ),
    WorkList(
        "reappointments",
        Words("Bổ nhiệm lại", "Re-appointments"),
        Words(
            "Người giữ chức vụ có thời hạn sắp hết, theo quyết định hoặc theo luật. Không gồm người nghỉ hưu trước khi hết "
            "thời hạn: người đó giữ chức vụ đến khi nghỉ.",
            "Holders of posts whose term ends, by decision or by law. Without those who retire before: they hold the post "
            "until then.",
        ),
        Words("Hết thời hạn", "Term ends"),
        "NĐ 170/2025/NĐ-CP; NĐ 115/2020/NĐ-CP",
        "appointment",
        3,
        "ordinary",
        f"""SELECT c.official_id, c.org_ord, t.due_on, f.id AS fact_id {_BY_FACT.format("appointment")}
            CROSS JOIN LATERAL {_TERM} t
            WHERE c.in_headcount AND {_HOLDS} AND f.valid_to IS NULL AND f.position IS NOT NULL
                AND t.due_on IS NOT NULL AND (c.retirement_on IS NULL OR c.retirement_on >= t.due_on) AND {_STAYS}""",
        f"""jsonb_build_object('fact', {_FACT.format("appointment")}, 'retires', c.retirement_on)""",
        (
            Column("post", Words("Chức vụ hết thời hạn", "Post")),
            Column("since", Words("Giữ từ ngày", "Held since")),
            Column("next", Words("Thời hạn mới đến", "Next term to")),
        ),
        (("reappoint", Words("Bổ nhiệm lại", "Re-appoint")),),
    ),
    WorkList(
        "secondments",
        Words("Hết hạn biệt phái, luân chuyển", "Ends of secondment and rotation"),
        Words(
            "Người đang biệt phái sắp hết hạn ghi trong quyết định hoặc thời hạn tối đa; người luân chuyển đến hạn trong "
            "quyết định hoặc đủ thời gian tối thiểu.",
            "Secondments that reach the end planned or the longest time; rotations that reach the end planned or the "
            "least time.",
        ),
        DUE,
        "NĐ 170/2025/NĐ-CP; Luật Cán bộ, công chức 80/2025/QH15",
        "secondment",
        3,
        "ordinary",
        f"""SELECT c.official_id, c.org_ord, t.due_on, f.id AS fact_id {_BY_FACT.format("secondment")}
            CROSS JOIN LATERAL {_MOVEMENT} t
            WHERE c.in_headcount AND {_HOLDS} AND f.valid_to IS NULL AND t.due_on IS NOT NULL""",
        f"jsonb_build_object('fact', {_FACT.format('secondment')})",
        (
            Column("movement", Words("Hình thức", "Movement")),
            Column("to", Words("Nơi đến", "To")),
            Column("since", Words("Từ ngày", "Since")),
        ),
        (("end", Words("Kết thúc", "End")),),
    ),
    WorkList(
        "planning_reviews",
        Words("Rà soát quy hoạch", "Planning reviews"),
        Words(
            "Người trong quy hoạch mà lần rà soát gần nhất, hoặc ngày phê duyệt, đã đủ khoảng giữa hai lần rà soát.",
            "People planned for a post whose last review, or approval, lies as far back as reviews are apart.",
        ),
        Words("Rà soát trước", "Review by"),
        "Quy định của Đảng về công tác quy hoạch cán bộ",
        "planning",
        3,
        "sensitive",
        f"""SELECT c.official_id, c.org_ord, (coalesce(f.reviewed_on, f.valid_from) + make_interval(months => nullif(
                registry_law_number('planning_review_every', coalesce(f.reviewed_on, f.valid_from)), 0)))::date AS due_on,
                f.id AS fact_id
            {_BY_FACT.format("planning")} WHERE c.in_headcount AND {_HOLDS}""",
        f"jsonb_build_object('fact', {_FACT.format('planning')})",
        (
            Column("post", Words("Chức danh quy hoạch", "Planned post")),
            Column("term", Words("Nhiệm kỳ", "Term")),
            Column("reviewed", Words("Rà soát gần nhất", "Last reviewed")),
        ),
        by_hand="planning",
    ),
    WorkList(
        "evaluations",
        Words("Chưa có kết quả đánh giá", "Missing evaluations"),
        Words(
            "Người làm việc đủ thời gian trong năm trước hoặc năm nay mà chưa có kết quả xếp loại của năm đó.",
            "People who worked long enough in the last or the running year and have no grade for it.",
        ),
        Words("Hạn xếp loại", "Grade by"),
        "NĐ 335/2025/NĐ-CP; NĐ 233/2026/NĐ-CP Điều 9, 14, 15",
        "evaluation",
        3,
        "personal",
        # OFFSET 0: a day is computed once a year and not once a person.
        """SELECT c.official_id, c.org_ord, y.due_on, y.year::bigint AS fact_id FROM official_current c
            CROSS JOIN (SELECT n.year, to_date(n.year || '-' || (SELECT k.extra->>'value' FROM catalogue_item k
                    WHERE k.catalogue = 'law_rules' AND k.key = 'evaluation_by'
                        AND (k.valid_from IS NULL OR k.valid_from <= make_date(n.year, 12, 31))
                        AND (k.valid_to IS NULL OR k.valid_to > make_date(n.year, 12, 31)) ORDER BY k.sort LIMIT 1),
                    'YYYY-MM-DD') AS due_on,
                (make_date(n.year + 1, 1, 1) - make_interval(months =>
                    registry_law_number('evaluation_least', make_date(n.year, 12, 31))))::date AS by_then
                FROM generate_series(extract(year FROM CAST(:today AS date))::int - 1,
                    extract(year FROM CAST(:today AS date))::int) n(year) OFFSET 0) y
            WHERE c.in_headcount AND c.recruited_on <= y.by_then AND y.due_on IS NOT NULL
                AND c.last_evaluation_year IS DISTINCT FROM y.year
                AND (coalesce(c.last_evaluation_year, 0) < y.year OR NOT EXISTS (SELECT 1 FROM fact_evaluation f
                    WHERE f.official_id = c.official_id AND f.closed_by IS NULL AND f.year = y.year))""",
        "jsonb_build_object('year', p.fact_id, 'recruited', c.recruited_on)",
        (Column("year", Words("Năm", "Year")),),
        by_hand="evaluation",
    ),
    WorkList(
        "contracts",
        Words("Hợp đồng sắp hết hạn", "Contracts ending"),
        Words(
            "Người có hợp đồng xác định thời hạn sắp hết mà chưa ghi hợp đồng tiếp theo.",
            "People whose fixed-term contract ends and no following one is recorded.",
        ),
        Words("Hết hạn", "Ends"),
        "Luật Viên chức 129/2025/QH15; Bộ luật Lao động 45/2019/QH14; NĐ 235/2026/NĐ-CP",
        "contract",
        3,
        "ordinary",
        f"""SELECT c.official_id, c.org_ord, coalesce(f.ends_on, f.valid_to - 1) AS due_on, f.id AS fact_id
            {_BY_FACT.format("contract")}
            WHERE c.in_headcount AND {_HOLDS} AND coalesce(f.ends_on, f.valid_to - 1) IS NOT NULL AND {_STAYS}
                AND NOT EXISTS (SELECT 1 FROM fact_contract n WHERE n.official_id = c.official_id
                    AND n.closed_by IS NULL AND n.valid_from > :today)""",
        f"jsonb_build_object('fact', {_FACT.format('contract')}, 'status', (SELECT to_jsonb(f) FROM fact_status f"
        f" WHERE f.official_id = c.official_id AND {_HOLDS} LIMIT 1))",
        (
            Column("contract", Words("Loại hợp đồng", "Kind of contract")),
            Column("number", Words("Số", "Number")),
            Column("since", Words("Từ ngày", "Since")),
            Column("next", Words("Nếu ký tiếp, đến", "If renewed, to")),
        ),
        (
            ("renew", Words("Ký tiếp hợp đồng", "Renew")),
            ("end", Words("Chấm dứt hợp đồng", "End the employment")),
        ),
    ),
    WorkList(
        "party_probation",
        Words("Hết dự bị Đảng", "Ends of Party probation"),
        Words(
            "Đảng viên dự bị đủ thời gian mà chưa ghi ngày chính thức.",
            "Party members on probation whose time is over and whose day of full membership is not recorded.",
        ),
        Words("Đủ thời gian", "Time is over"),
        "Điều lệ Đảng Điều 5",
        "party",
        3,
        "sensitive",
        f"""SELECT c.official_id, c.org_ord, (f.joined_on + make_interval(months => nullif(
                registry_law_number('party_probation', f.joined_on), 0)))::date AS due_on, f.id AS fact_id
            {_BY_FACT.format("party")} WHERE c.in_headcount AND {_HOLDS} AND f.official_on IS NULL""",
        f"jsonb_build_object('fact', {_FACT.format('party')})",
        (
            Column("since", Words("Ngày vào Đảng", "Joined on")),
            Column("cell", Words("Nơi kết nạp", "Admitted at")),
        ),
    ),
)
WORKLISTS: dict[str, WorkList] = {one.id: one for one in _LISTS}
"""In the order in which a reader sees them."""
