"""Forms with a row a criterion and a column a group of persons: the Party side's 8B, 9A-9C, 10, 11, 12B, 12C, 13.

Persons are grouped by the columns they belong to and counted by every row at once: one statement a form.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    TIMESTAMP,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    extract,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from registry.officials.facts import FACTS
from registry.periods import AsOf, in_force, recorded_at
from registry.reports.statutory.counting import Counted, Given, Join, counted, findings
from registry.reports.statutory.declared import sheet as declared
from registry.reports.statutory.form import Cell, Column, Filled, Finding, Line, Memo, Row, Sheet, terms
from registry.reports.statutory.units import reporting, tiers
from registry.statistics.measures import ratio

HOME = "VN"
Sums = dict[str, tuple[int, int]]
"""By column: the number of persons; of a row of means the sum of years and of how many."""


@dataclass(frozen=True)
class Source:
    """What a form counts: persons, or something joined to them, each once or every time it happens."""

    join: Callable[[Session, AsOf, Sheet], Join] | None = None
    distinct: bool = False


def gather(session: Session, form: str, source: Source, organization_code: str, as_of: AsOf) -> Filled:
    """The form filled. Raises Invalid for a day without the form."""
    sheet = declared(session, form, as_of.on)
    unit = reporting(session, organization_code, as_of)
    join = source.join(session, as_of, sheet) if source.join else None
    people = counted(session, unit, as_of, sheet, _of_means(sheet), join)
    grouped = _grouped(session, people, sheet, as_of.on, distinct=source.distinct)
    figures = {line.id: _figures(sheet, line, grouped) for line in sheet.lines}
    return Filled(
        form,
        sheet,
        (unit.code, unit.name),
        unit.superior,
        as_of,
        [_row(sheet, line, figures[line.id]) for line in sheet.lines],
        len(sheet.lines),
        _findings(sheet, figures),
        tuple(Memo(one.head, _memo(one, grouped)) for one in sheet.memos),
    )


def _of_means(sheet: Sheet) -> tuple[str, ...]:
    return ("birth_date",) if any(line.kind == "mean" for line in sheet.lines) else ()


# The statement


@dataclass(frozen=True)
class Group:
    """Persons that belong to the same columns: which, how many in all, and what each row counts of them."""

    columns: frozenset[str]
    people: int
    lines: Mapping[str, tuple[int, int]]


def _grouped(session: Session, people: Counted, sheet: Sheet, on: date, *, distinct: bool) -> list[Group]:
    flagged = [one for one in (*sheet.columns, *sheet.memos) if one.kind in ("count", "memo")]
    lines = [one for one in sheet.lines if one.kind in ("count", "mean")]
    flags = [
        func.coalesce(people.rules.condition(one.rule), literal(False)).label(f"c{at}")
        for at, one in enumerate(flagged)
    ]
    inner = (
        select(
            people.people.c.official_id,
            *flags,
            *(
                _years(people, on).label(f"l{at}")
                if line.kind == "mean"
                else people.rules.condition(line.rule).label(f"l{at}")
                for at, line in enumerate(lines)
            ),
        )
        .select_from(people.source)
        .where(*people.where)
        .subquery("flagged")
    )
    person = inner.c.official_id.distinct() if distinct else inner.c.official_id
    parts: list[ColumnElement[Any]] = []
    for at, line in enumerate(lines):
        value = inner.c[f"l{at}"]
        if line.kind == "mean":
            parts += [func.coalesce(func.sum(value), 0), func.count(value)]
        else:
            parts += [func.count(person).filter(value), literal(0)]
    keys = [inner.c[f"c{at}"] for at in range(len(flagged))]
    found = session.execute(select(*keys, func.count(person), *parts).group_by(*keys))
    return [_group(row, flagged, lines) for row in found]


def _group(row: Sequence[Any], flagged: Sequence[Column], lines: Sequence[Line]) -> Group:
    rest = list(row[len(flagged) + 1 :])
    return Group(
        frozenset(one.number for at, one in enumerate(flagged) if row[at]),
        row[len(flagged)],
        {line.id: (int(rest[2 * at]), int(rest[2 * at + 1])) for at, line in enumerate(lines)},
    )


def _years(people: Counted, on: date) -> ColumnElement[int]:
    """Completed years of age on the day."""
    age = func.age(cast(on, TIMESTAMP), cast(people.rules.column("birth_date"), TIMESTAMP))
    return cast(extract("year", age), Integer)


# The cells


def _figures(sheet: Sheet, line: Line, groups: Sequence[Group]) -> Sums:
    """What the row holds in every column that counts; sums of columns from their parts."""
    sums: Sums = {}
    if line.kind in ("count", "mean"):
        for column in sheet.columns:
            if column.kind == "count":
                sums[column.number] = _total(
                    group.lines[line.id] for group in groups if column.number in group.columns
                )
        for column in sorted(sheet.columns, key=lambda one: _depth(sheet, one)):
            if column.kind == "sum":
                sums[column.number] = _total(sums[number] for _, number in terms(column.rule))
    return sums


def _depth(sheet: Sheet, column: Column) -> int:
    """How many sums stand between a column and what is counted: a sum of sums comes after its parts."""
    if column.kind != "sum":
        return 0
    named = {one.number: one for one in sheet.columns}
    return 1 + max(_depth(sheet, named[number]) for _, number in terms(column.rule))


def _total(parts: Any) -> tuple[int, int]:
    first, second = 0, 0
    for one, other in parts:
        first, second = first + one, second + other
    return first, second


def _row(sheet: Sheet, line: Line, sums: Sums) -> Row:
    cells = tuple(_cell(column, line, sheet.name(line), sums) for column in sheet.columns)
    return Row(cells, "row" if line.level else "head", line.level)


def _cell(column: Column, line: Line, name: str, sums: Sums) -> Cell:
    match column.kind:
        case "order":
            return line.number
        case "name":
            return name
        case "count" | "sum" if column.number in sums:
            first, second = sums[column.number]
            return ratio(first, second, 1) if line.kind == "mean" else first
        case _:
            return None


def _memo(memo: Column, groups: Sequence[Group]) -> int:
    return sum(group.people for group in groups if memo.number in group.columns)


def _findings(sheet: Sheet, figures: Mapping[str, Sums]) -> tuple[Finding, ...]:
    """Checks hold between rows, in every column; the whole is the first column, or all of them added up."""
    counting = [one for one in sheet.columns if one.kind in ("count", "sum")]
    short = {line.id: line.id.partition(".")[2] for line in sheet.lines}
    parts = [
        (sheet.named(column), {short[key]: one[column.number][0] for key, one in figures.items() if one})
        for column in counting
    ]
    if not counting:
        return ()
    added_up = {name: sum(int(one[name]) for _, one in parts) for name in parts[0][1]}
    return findings(sheet.checks, parts[0][1] if counting[0].kind == "sum" else added_up, parts)


# What is joined to the persons


def period(on: date) -> date:
    """The first day of the period of a form of movements: 1 January of its year."""
    return on.replace(month=1, day=1)


def events(session: Session, as_of: AsOf, sheet: Sheet) -> Join:
    """What began in the period: degrees, political theory, courses, trainings, appointments; `abroad` of degrees."""
    parts = (part for one in sheet.definitions for whole in one.rule.split("/") for part in whole.split("&"))
    kinds = {part.split(":")[1] for part in parts if part.startswith("event:")}
    happened = union_all(*(_happened(kind, as_of) for kind in sorted(kinds))).subquery("happened")

    def join(people: Subquery) -> tuple[FromClause, Given]:
        source = people.join(happened, happened.c.official_id == people.c.official_id)
        return source, {"event": happened.c.event, "abroad": happened.c.abroad}

    return join


NAMED_BY = {"appointment": "event", "training": "training"}


def _happened(kind: str, as_of: AsOf) -> Select[Any]:
    table = FACTS[kind].table
    named = table.c[NAMED_BY.get(kind, "level")]
    abroad = table.c.country.is_not(None) & (table.c.country != HOME) if kind == "qualification" else None
    return select(
        table.c.official_id,
        (literal(f"{kind}:") + named).label("event"),
        (case((abroad, "yes"), else_="no") if abroad is not None else null()).label("abroad"),
    ).where(recorded_at(table, as_of), table.c.valid_from.between(period(as_of.on), as_of.on))


ROTATION = "luan_chuyen"
OTHER = "other"


def moves(session: Session, as_of: AsOf, sheet: Sheet) -> Join:
    """Rotations begun in the period, each with the tiers it led from and to: `tinh>xa`, or `other`.

    From: the tier of the main post of the day before; to: that of the receiving unit.
    """
    known = [one.rule.partition(":")[2] for one in sheet.columns if one.rule.startswith("move:")]
    table, post = FACTS["secondment"].table, FACTS["appointment"].table
    tier = tiers(session, as_of, "moved")
    start, end = tier.alias("moved_from"), tier.alias("moved_to")
    day_before = table.c.valid_from - timedelta(days=1)
    led = start.c.tier + literal(">") + end.c.tier
    rotations = (
        select(table.c.official_id, case((led.in_(known), led), else_=OTHER).label("move"))
        .outerjoin(
            post,
            and_(
                post.c.official_id == table.c.official_id,
                post.c.is_main,
                recorded_at(post, as_of),
                post.c.valid_from <= day_before,
                or_(post.c.valid_to.is_(None), post.c.valid_to > day_before),
            ),
        )
        .outerjoin(start, start.c.organization_id == post.c.organization_id)
        .outerjoin(end, end.c.organization_id == table.c.to_unit)
        .where(
            recorded_at(table, as_of),
            table.c.movement == ROTATION,
            table.c.valid_from.between(period(as_of.on), as_of.on),
        )
        .ext(distinct_on(table.c.official_id, table.c.valid_from))
        .order_by(
            table.c.official_id, table.c.valid_from, table.c.recorded_from.desc(), post.c.recorded_from.desc()
        )
        .subquery("rotations")
    )

    def join(people: Subquery) -> tuple[FromClause, Given]:
        source = people.join(rotations, rotations.c.official_id == people.c.official_id)
        return source, {"move": rotations.c.move}

    return join


def plans(session: Session, as_of: AsOf, sheet: Sheet) -> Join:
    """Plans in force on the day: `position` is then the post somebody is planned for."""
    table = FACTS["planning"].table
    planned = select(table.c.official_id, table.c.position).where(in_force(table, as_of)).subquery("planned")

    def join(people: Subquery) -> tuple[FromClause, Given]:
        source = people.join(planned, planned.c.official_id == people.c.official_id)
        return source, {"position": planned.c.position}

    return join
