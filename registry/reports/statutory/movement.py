"""Form 8C: who was there at the start of a period, who came, who left and why, who is there at its end.

Two populations are laid side by side, person by person, for the period and for the same one a year before.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Subquery,
    any_,
    case,
    cast,
    func,
    literal,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from registry.officials.facts import FACTS
from registry.periods import AsOf, add_months, in_force
from registry.reports.statutory.counting import findings
from registry.reports.statutory.criteria import period
from registry.reports.statutory.declared import sheet as declared
from registry.reports.statutory.form import Cell, Column, Filled, Line, Row, Sheet
from registry.reports.statutory.rules import Rules
from registry.reports.statutory.units import Reporting, reporting, tiers
from registry.statistics.measures import ratio
from registry.statistics.people import people_on
from registry.statistics.placing import places

MOVED, GONE = "moved", "gone"
"""Why somebody is no longer there: still in post, but elsewhere; no status at all. Else the status of that day."""


def gather(session: Session, form: str, organization_code: str, as_of: AsOf) -> Filled:
    """The form filled for 1 January of the day's year to the day, and for the same days a year before."""
    sheet = declared(session, form, as_of.on)
    unit = reporting(session, organization_code, as_of)
    before = AsOf(add_months(as_of.on, -12), as_of.known_at)
    now, then = (_figures(session, unit, sheet, end) for end in (as_of, before))
    columns = [sheet.named(one) for one in sheet.columns if one.kind == "count"]
    short = {line.id: line.id.partition(".")[2] for line in sheet.lines}
    named = [({short[key]: value for key, value in one.items()}) for one in (now, then)]
    return Filled(
        form,
        sheet,
        (unit.code, unit.name),
        unit.superior,
        as_of,
        [_row(sheet, line, now, then) for line in sheet.lines],
        len(sheet.lines),
        findings(
            sheet.checks,
            named[0],
            list(zip(columns, named, strict=True)),
        ),
    )


def _row(sheet: Sheet, line: Line, now: Mapping[str, int], then: Mapping[str, int]) -> Row:
    figures = {"now": now.get(line.id), "before": then.get(line.id)}
    cells = tuple(_cell(column, line, sheet.name(line), figures) for column in sheet.columns)
    return Row(cells, "row" if line.level else "head", line.level)


def _cell(column: Column, line: Line, name: str, figures: Mapping[str, int | None]) -> Cell:
    match column.kind:
        case "order":
            return line.number
        case "name":
            return name
        case "count":
            return figures[column.rule]
        case "percent":
            now, then = figures["now"], figures["before"]
            return None if now is None or then is None else ratio(Decimal(now) * 100, then, 1)
        case _:
            return None


def _figures(session: Session, unit: Reporting, sheet: Sheet, end: AsOf) -> dict[str, int]:
    """What every line counts in the period that ends on that day."""
    start = AsOf(period(end.on) - timedelta(days=1), end.known_at)
    first, last = (
        _population(session, unit, sheet, one, name) for one, name in ((start, "first"), (end, "last"))
    )
    elsewhere = people_on(session, end, {"official_id"}).alias("elsewhere")
    status = _status(end)
    groups = _classes(sheet)
    classes = [_class(session, one, end.on, groups) for one in (first, last)]
    stays = first.c.official_id.is_not(None) & last.c.official_id.is_not(None) & (classes[0] == classes[1])
    why = case(
        (last.c.official_id.is_not(None), "class"),
        (elsewhere.c.official_id.is_not(None), MOVED),
        else_=func.coalesce(status.c.status, GONE),
    )
    states = {
        "start": (first.c.official_id.is_not(None), first),
        "in": (last.c.official_id.is_not(None) & ~stays, last),
        "out": (first.c.official_id.is_not(None) & ~stays, first),
        "end": (last.c.official_id.is_not(None), last),
    }
    lines = [line for line in sheet.lines if line.kind == "count"]
    source = (
        first.join(last, last.c.official_id == first.c.official_id, full=True)
        .outerjoin(elsewhere, elsewhere.c.official_id == first.c.official_id)
        .outerjoin(status, status.c.official_id == first.c.official_id)
    )
    reasons = _named_reasons(sheet)
    conditions = [_condition(session, line.rule, end.on, states, why, reasons) for line in lines]
    found = session.execute(
        select(*(func.count().filter(one) for one in conditions)).select_from(source)
    ).one()
    return {line.id: int(found[at]) for at, line in enumerate(lines)}


def _condition(
    session: Session,
    rule: str,
    on: date,
    states: Mapping[str, tuple[ColumnElement[bool], Subquery]],
    why: ColumnElement[str],
    reasons: Sequence[str],
) -> ColumnElement[bool]:
    state, _, rest = rule.partition(":")
    if state == "exit":
        keys = rest.split("|")
        left = states["out"][0]
        return left & (why.not_in(reasons) if keys == ["other"] else why.in_(keys))
    there, people = states[state]
    return there & Rules(session, on, people.c.__getitem__).condition(rest) if rest else there


def _named_reasons(sheet: Sheet) -> list[str]:
    """The reasons that lines of their own count."""
    return sorted(
        key
        for line in sheet.lines
        if line.rule.startswith("exit:") and line.rule != "exit:other"
        for key in line.rule.partition(":")[2].split("|")
    )


def _classes(sheet: Sheet) -> list[str]:
    """The rules that part the persons into the form's categories."""
    return [line.rule.partition(":")[2] for line in sheet.lines if line.rule.startswith("start:")]


def _class(session: Session, people: Subquery, on: date, groups: Sequence[str]) -> ColumnElement[Any]:
    rules = Rules(session, on, people.c.__getitem__)
    return case(*((rules.condition(group), literal(at)) for at, group in enumerate(groups)), else_=null())


def _population(session: Session, unit: Reporting, sheet: Sheet, as_of: AsOf, name: str) -> Subquery:
    """The persons of the form's population in the unit on a day: official_id, category."""
    people = people_on(session, as_of, {"official_id", "category"})
    units = cast(_units(session, unit, sheet, as_of), ARRAY(BigInteger))
    return select(people).where(people.c.organization_id == any_(units)).subquery(name)


def _units(session: Session, unit: Reporting, sheet: Sheet, as_of: AsOf) -> list[int]:
    """Ids of the units under the reporting one, by the tree of the day, that the population is of."""
    place, tier = places(as_of, unit.id), tiers(session, as_of)
    row = place.c[unit.by]
    inside = row.in_([code for code, _ in unit.rows]) if unit.by == "body" else row.is_not(None)
    of_units = Rules(session, as_of.on, tier.c.__getitem__).condition(sheet.heading.population)
    return list(
        session.scalars(
            select(place.c.organization_id)
            .join(tier, tier.c.organization_id == place.c.organization_id)
            .where(inside, of_units)
            .order_by(place.c.organization_id)
        )
    )


def _status(as_of: AsOf) -> Subquery:
    """The status of every official on a day, whether it counts or not."""
    table = FACTS["status"].table
    return (
        select(table.c.official_id, table.c.status)
        .where(in_force(table, as_of))
        .ext(distinct_on(table.c.official_id))
        .order_by(table.c.official_id, table.c.recorded_from.desc(), table.c.valid_from.desc())
        .subquery("status_then")
    )
