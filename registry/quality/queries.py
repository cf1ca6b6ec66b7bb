"""Reading quality: of one record in one statement, of units as the role that counts, of people with their findings."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.cursors import read_cursor, write_cursor
from registry.errors import Flaw, Invalid
from registry.periods import add_months
from registry.quality.rules import POINTS, RULES, SCORING, WORKING_DAYS, Rule, visible
from registry.words import Words

COUNT_STOPS_AT = 1000
MOST_IN_FILE = 20_000
PERIOD_MONTHS = 12
"""What the clock looks back on unless told otherwise."""
HEADINGS = ("nha_nuoc", "nhom")
"""Kinds of units that only gather bodies: the board shows what stands under them."""


COEFFICIENTS = {"is", "should"}
"""What the sentences of rules name as numbers with two decimals."""


@dataclass(frozen=True)
class Found:
    """A finding on a record whose uuid is `official`; `detail` holds what its sentence names."""

    rule: Rule
    official: str
    fact_id: int | None
    detail: dict[str, Any]
    found_on: date

    @property
    def sentence(self) -> Words:
        """What is wrong, with the values in it; coefficients as they are written in either language."""
        told = {name: value for name, value in self.detail.items() if name != "other"}
        written = told | {name: str(told[name]).replace(".", ",") for name in COEFFICIENTS & told.keys()}
        return Words(self.rule.wrong.vi.format(**written), self.rule.wrong.en.format(**told))

    @property
    def mended_at(self) -> str:
        """The page that mends it."""
        return self.rule.mended_at(self.official, self.fact_id, self.detail)

    def to_json(self, language: str) -> dict[str, Any]:
        """The finding as programs read it."""
        rule = self.rule
        return {
            "rule": rule.code,
            "point": rule.point,
            "kind": rule.kind,
            "field": rule.field or None,
            "fact_id": self.fact_id,
            "label": rule.label.said_in(language),
            "message": self.sentence.said_in(language),
            "todo": rule.todo.said_in(language),
            "source": rule.source,
            "weight": rule.weight,
            "found_on": self.found_on.isoformat(),
            "mend": self.mended_at,
        }


# One record


@dataclass(frozen=True)
class RecordQuality:
    """The quality of a record. `points` is empty until it was counted; `pending`: a change waits to be counted."""

    points: dict[str, Decimal]
    total: Decimal | None
    checked_on: date | None
    pending: bool
    findings: list[Found]

    def why(self) -> list[tuple[Words, str]]:
        """(sentence, source): how the score comes about, then each point that is not full and what lowers it."""
        steps = [(SCORING, "Nghị định 27/2026/NĐ-CP")]
        for point, score in self.points.items():
            broken = list(dict.fromkeys(one.rule for one in self.findings if one.rule.point == point))
            if not broken:
                continue
            said = Words(
                "; ".join(f"{one.label.vi} (trọng số {one.weight})" for one in broken),
                "; ".join(f"{one.label.en} (weight {one.weight})" for one in broken),
            )
            steps.append(
                (
                    Words(
                        f"{POINTS[point].vi} {score}: vi phạm {said.vi}.",
                        f"{POINTS[point].en} {score}: broken are {said.en}.",
                    ),
                    "; ".join(dict.fromkeys(one.source for one in broken)),
                )
            )
        return steps

    def to_json(self, language: str) -> dict[str, Any]:
        """The contract's `quality` of a record."""
        return {
            "score": None if self.total is None else str(self.total),
            "points": {point: str(score) for point, score in self.points.items()},
            "findings": [one.to_json(language) for one in self.findings],
            "checked_on": self.checked_on.isoformat() if self.checked_on else None,
            "pending": self.pending,
            "why": [{"text": words.said_in(language), "source": source} for words, source in self.why()],
        }


_COLUMNS = ", ".join(f"s.{point}::text" for point in (*POINTS, "total"))
OF_RECORD = f"""SELECT json_build_array({_COLUMNS}, s.checked_on,
        EXISTS (SELECT 1 FROM quality_due d WHERE d.official_id = :official),
        ARRAY(SELECT json_build_array(q.rule, q.fact_id, q.detail, q.found_on) FROM quality_finding q
            WHERE q.official_id = :official ORDER BY q.rule, q.fact_id))::text
    FROM (SELECT 1) one LEFT JOIN quality_score s ON s.official_id = :official"""
"""What `of_record` reads; to be asked in one statement with a record (`officials.queries.get_record`)."""


def of_record(stored: bytes, official: str, classes: frozenset[Sensitivity]) -> RecordQuality:
    """The quality of a record that the caller has opened; findings on fields closed to the reader are left out.

    `stored` is what OF_RECORD answers. The score is the stored one, of all rules: it does not differ between readers.
    """
    *scores, checked_on, pending, found = json.loads(stored)
    *points, total = [None if score is None else Decimal(score) for score in scores]
    findings = [
        Found(RULES[rule], official, fact or None, detail, date.fromisoformat(day))
        for rule, fact, detail, day in found
        if rule in RULES and RULES[rule].shown_to(classes)
    ]
    order = list(RULES)
    findings.sort(key=lambda one: (-one.rule.weight, order.index(one.rule.code)))
    scored = dict(zip(POINTS, points, strict=True)) if total is not None else {}
    checked = date.fromisoformat(checked_on) if checked_on else None
    return RecordQuality(scored, total, checked, pending, findings)  # type: ignore[arg-type]


# Units


@dataclass(frozen=True)
class Period:
    """Days of approval that the clock looks at: [since, until)."""

    since: date
    until: date


def period(since: date | None, until: date | None, today: date) -> Period:
    """The period asked for; by default the twelve months up to today. Raises Invalid when it is empty."""
    end = until or today + timedelta(days=1)
    start = since or add_months(min(end, today), -PERIOD_MONTHS)
    if start >= end:
        words = Words("Ngày đầu phải trước ngày cuối.", "The first day must come before the last.")
        raise Invalid(words, "bad_query", [Flaw("query/from", "bad_query", words)])
    return Period(start, end)


@dataclass(frozen=True)
class Line:
    """A line of the board. `code` None: units that have ended, and others without a line; `own`: the unit's own
    people; the means of the points are over its records. `median_days` and shares are None without decisions.
    """

    code: str | None
    name: str
    own: bool
    records: int
    points: dict[str, Decimal]
    total: Decimal | None
    findings: int
    records_with_findings: int
    decisions: int
    on_time: int
    median_days: int | None

    @property
    def is_agency(self) -> bool:
        """Whether it is ranked: not the unit's own people, nor those of units that have ended."""
        return self.code is not None and not self.own

    @property
    def late(self) -> int:
        """Decisions approved after the term."""
        return self.decisions - self.on_time

    @property
    def on_time_percent(self) -> Decimal | None:
        """Share of the decisions approved within the term."""
        return round(Decimal(100 * self.on_time) / self.decisions, 1) if self.decisions else None

    def to_json(self) -> dict[str, Any]:
        """The line as programs read it."""
        share = self.on_time_percent
        return {
            "code": self.code,
            "name": self.name,
            "own": self.own,
            "records": self.records,
            "points": {point: str(score) for point, score in self.points.items()},
            "score": None if self.total is None else str(self.total),
            "findings": self.findings,
            "records_with_findings": self.records_with_findings,
            "timeliness": {
                "decisions": self.decisions,
                "on_time": self.on_time,
                "late": self.late,
                "on_time_percent": None if share is None else str(share),
                "median_days": self.median_days,
            },
        }


@dataclass(frozen=True)
class Board:
    """The agencies under a unit, best first, then people without an agency; and all of them together."""

    total: Line
    lines: list[Line]


_MEANS = ", ".join(f"round(avg(s.{point}), 1) AS {point}" for point in (*POINTS, "total"))
_BOARD = f"""
    WITH RECURSIVE tree AS (
        SELECT o.id, o.code, o.ord, o.last, v.name, v.kind, 0 AS depth
        FROM organization o LEFT JOIN LATERAL (SELECT v.name, v.kind FROM organization_version v
            WHERE v.organization_id = o.id AND v.recorded_to IS NULL
            ORDER BY (v.valid_from <= :today) DESC, v.valid_from DESC LIMIT 1) v ON true
        WHERE o.code = :unit
        UNION ALL
        SELECT o.id, o.code, o.ord, o.last, v.name, v.kind, t.depth + 1
        FROM tree t JOIN organization_version v ON v.parent_id = t.id AND v.recorded_to IS NULL
            AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
        JOIN organization o ON o.id = v.organization_id WHERE t.depth = 0 OR t.kind = ANY (:headings)),
    agency AS (
        SELECT id, code, name, false AS own, ord, last FROM tree WHERE depth > 0 AND kind <> ALL (:headings)
        UNION ALL SELECT id, code, name, true, ord, ord FROM tree WHERE depth = 0),
    place AS MATERIALIZED (
        SELECT p.org_ord, a.id FROM (SELECT DISTINCT c.org_ord FROM official_current c
                JOIN tree t ON t.depth = 0 AND c.org_ord BETWEEN t.ord AND t.last) p
            LEFT JOIN agency a ON p.org_ord BETWEEN a.ord AND a.last),
    score AS (
        SELECT p.id, grouping(p.id) AS whole, count(*) AS records, {_MEANS}
        FROM place p JOIN official_current c ON c.org_ord = p.org_ord
        JOIN quality_score s ON s.official_id = c.official_id GROUP BY GROUPING SETS ((p.id), ())),
    finding AS (
        SELECT p.id, grouping(p.id) AS whole, count(*) AS findings, count(DISTINCT q.official_id) AS people
        FROM quality_finding q JOIN official_current c ON c.official_id = q.official_id
        JOIN place p ON p.org_ord = c.org_ord WHERE q.rule = ANY (:rules) GROUP BY GROUPING SETS ((p.id), ())),
    paper AS (
        SELECT DISTINCT p.id, e.change_id, e.decision_id, b.number - coalesce(a.number, 0) AS days
        FROM quality_entry e JOIN official_current c ON c.official_id = e.official_id
        JOIN place p ON p.org_ord = c.org_ord
        JOIN law_workday b ON b.day = e.decided_on LEFT JOIN law_workday a ON a.day = e.issued_on
        WHERE e.decided_on >= :since AND e.decided_on < :until),
    clock AS (
        SELECT id, grouping(id) AS whole, count(*) AS decisions, count(*) FILTER (WHERE days <= {WORKING_DAYS}) AS on_time,
            percentile_disc(0.5) WITHIN GROUP (ORDER BY days) AS median
        FROM paper GROUP BY GROUPING SETS ((id), ()))
    SELECT s.whole, a.code, coalesce(a.name, (SELECT name FROM tree WHERE depth = 0)) AS name,
        coalesce(a.own, false) AS own, s.records, {", ".join(f"s.{point}" for point in (*POINTS, "total"))},
        coalesce(f.findings, 0) AS findings, coalesce(f.people, 0) AS people, coalesce(k.decisions, 0) AS decisions,
        coalesce(k.on_time, 0) AS on_time, k.median
    FROM score s LEFT JOIN agency a ON a.id = s.id AND s.whole = 0
    LEFT JOIN finding f ON f.id IS NOT DISTINCT FROM s.id AND f.whole = s.whole
    LEFT JOIN clock k ON k.id IS NOT DISTINCT FROM s.id AND k.whole = s.whole
"""
ELSEWHERE = Words("Đơn vị đã kết thúc", "Units that have ended")


def board(session: Session, unit: str, asked: Period, today: date, rules: list[str], language: str) -> Board:
    """The agencies directly under a unit, by their mean score; `rules` are those whose findings are counted.

    Runs as the role that counts: no name is read. The topmost unit shows ministries and provinces.
    """
    rows = session.execute(
        text(_BOARD),
        {
            "unit": unit,
            "today": today,
            "headings": list(HEADINGS),
            "rules": rules,
            "since": asked.since,
            "until": asked.until,
        },
    ).all()
    lines = [(row.whole, _line(row, language)) for row in rows]
    total = next(line for whole, line in lines if whole)
    listed = [line for whole, line in lines if not whole]
    listed.sort(key=lambda one: (not one.is_agency, -(one.total or 0), one.findings, one.code or ""))
    return Board(total, listed)


def _line(row: Any, language: str) -> Line:
    gone = row.code is None and not row.whole
    return Line(
        row.code,
        ELSEWHERE.said_in(language) if gone else row.name or "",
        row.own,
        row.records,
        {point: getattr(row, point) for point in POINTS if getattr(row, point) is not None},
        row.total,
        row.findings,
        row.people,
        row.decisions,
        row.on_time,
        row.median,
    )


_BY_RULE = text("""
    SELECT q.rule, count(*) AS findings, count(DISTINCT q.official_id) AS records
    FROM quality_finding q JOIN official_current c ON c.official_id = q.official_id
    JOIN organization o ON o.code = :unit AND c.org_ord BETWEEN o.ord AND o.last
    WHERE q.rule = ANY (:rules) GROUP BY q.rule
""")


def by_rule(session: Session, unit: str, rules: list[str]) -> list[tuple[Rule, int, int]]:
    """(rule, findings, records) within a unit, the heaviest first; counted without names."""
    rows = session.execute(_BY_RULE, {"unit": unit, "rules": rules}).all()
    found = [(RULES[row.rule], row.findings, row.records) for row in rows]
    return sorted(found, key=lambda one: (-one[0].weight * one[2], one[0].code))


# People


@dataclass(frozen=True)
class Person:
    """Whom a finding is about, as lists name people; `official_id` is for the trail."""

    official_id: int
    id: str
    full_name: str
    birth_date: date | None
    unit_code: str | None
    unit_name: str | None


@dataclass(frozen=True)
class FindingPage:
    """One page of findings with their people; `count` stops at 1000 unless it was asked for exactly."""

    items: list[tuple[Person, Found]]
    next_cursor: str | None
    count: int
    exact: bool


_FINDINGS = """
    FROM quality_finding q JOIN official_current c ON c.official_id = q.official_id
    WHERE q.rule = ANY (:rules) AND (CAST(:low AS int) IS NULL OR c.org_ord BETWEEN :low AND :high)
"""


def list_findings(
    session: Session,
    classes: frozenset[Sensitivity],
    today: date,
    *,
    rule: str | None = None,
    organization: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    exact: bool = False,
) -> FindingPage:
    """Findings in the order of the people's names, within the reader's scope (row-level security) and classes.

    Raises Invalid for a rule or a unit that does not exist; a rule hidden from the reader finds nothing.
    """
    parameters = _within(session, organization) | {"rules": _rules(rule, classes), "today": today}
    after = ""
    if cursor:
        after = "AND (c.sort_key, c.official_id, q.rule, q.fact_id) > (:sort_key, :official, :rule, :fact)"
        names = ("sort_key", "official", "rule", "fact")
        parameters |= dict(zip(names, read_cursor(cursor, str, int, str, int), strict=True))
    rows = session.execute(
        text(f"""SELECT c.official_id, c.uid::text AS id, c.full_name, c.birth_date, c.sort_key, q.rule, q.fact_id,
                q.detail, q.found_on, o.code, (SELECT v.name FROM organization_version v
                    WHERE v.organization_id = c.organization_id AND v.recorded_to IS NULL AND v.valid_from <= :today
                    ORDER BY v.valid_from DESC LIMIT 1) AS unit
            {_FINDINGS.replace("WHERE", "LEFT JOIN organization o ON o.id = c.organization_id WHERE")} {after}
            ORDER BY c.sort_key, c.official_id, q.rule, q.fact_id LIMIT :limit"""),
        parameters | {"limit": limit + 1},
    ).all()
    stop = "" if exact else f"LIMIT {COUNT_STOPS_AT + 1}"
    counted = session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 {_FINDINGS} {stop}) n"), parameters
    ).scalar_one()
    born = "personal" in classes
    items = [
        (
            Person(
                row.official_id, row.id, row.full_name, row.birth_date if born else None, row.code, row.unit
            ),
            Found(RULES[row.rule], row.id, row.fact_id or None, row.detail, row.found_on),
        )
        for row in rows[:limit]
    ]
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = write_cursor(last.sort_key, last.official_id, last.rule, last.fact_id)
    return FindingPage(
        items,
        following,
        counted if exact else min(counted, COUNT_STOPS_AT),
        exact or counted <= COUNT_STOPS_AT,
    )


def _rules(rule: str | None, classes: frozenset[Sensitivity]) -> list[str]:
    shown = visible(classes)
    if rule is None:
        return shown
    if rule not in RULES:
        words = Words(
            "Không có quy tắc này, xem /quality/rules.", "There is no such rule, see /quality/rules."
        )
        raise Invalid(words, "bad_query", [Flaw("query/rule", "bad_query", words)])
    return [rule] if rule in shown else []


def _within(session: Session, organization: str | None) -> dict[str, int | None]:
    if organization is None:
        return {"low": None, "high": None}
    unit = session.execute(
        text("SELECT ord, last FROM organization WHERE code = :code"), {"code": organization}
    ).one_or_none()
    if unit is None:
        words = Words("Không có đơn vị với mã này.", "No unit has this code.")
        raise Invalid(words, "unknown_unit", [Flaw("organization", "unknown_unit", words)])
    return {"low": unit.ord, "high": unit.last}


@dataclass(frozen=True)
class LateDecision:
    """A decision that came late: its paper, when it was approved, working days between, records it concerns."""

    number: str
    title: str
    issued_on: date
    decided_on: date
    days: int
    records: int


# In steps that are kept apart: the planner takes the days of the clock for the order wanted, and would hold every one of
# them against every entry.
_LATE = text(f"""
    WITH entry AS MATERIALIZED (
        SELECT e.change_id, e.decision_id, e.issued_on, e.decided_on, count(*) AS records
        FROM quality_entry e JOIN official_current c ON c.official_id = e.official_id
        JOIN organization o ON o.code = :unit AND c.org_ord BETWEEN o.ord AND o.last
        WHERE e.decided_on >= :since AND e.decided_on < :until
        GROUP BY e.change_id, e.decision_id, e.issued_on, e.decided_on),
    counted AS MATERIALIZED (
        SELECT e.*, (SELECT w.number FROM law_workday w WHERE w.day = e.decided_on)
            - coalesce((SELECT w.number FROM law_workday w WHERE w.day = e.issued_on), 0) AS days FROM entry e),
    late AS MATERIALIZED (
        SELECT * FROM counted WHERE days > {WORKING_DAYS} ORDER BY decided_on DESC, days DESC, decision_id LIMIT :limit)
    SELECT d.number, d.title, l.issued_on, l.decided_on, l.days, l.records
    FROM late l JOIN decision d ON d.id = l.decision_id ORDER BY l.decided_on DESC, l.days DESC, l.decision_id
""")


def list_late(session: Session, unit: str, asked: Period, limit: int = 20) -> list[LateDecision]:
    """The newest decisions of a unit that came on the registry after the term, within the reader's scope."""
    rows = session.execute(
        _LATE, {"unit": unit, "since": asked.since, "until": asked.until, "limit": limit}
    ).all()
    return [LateDecision(*row) for row in rows]
