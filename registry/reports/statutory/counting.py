"""What the gatherers share: the persons of a form with their places, quotas, and the checks of sums."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Subquery, func, select
from sqlalchemy.orm import Session

from registry.organizations.models import Position
from registry.periods import AsOf
from registry.reports.statutory import rules
from registry.reports.statutory.form import Cell, Check, Finding, Sheet, terms
from registry.reports.statutory.rules import Rules
from registry.reports.statutory.units import Reporting, tiers
from registry.statistics.people import people_on
from registry.statistics.placing import places

OF_UNITS = frozenset({"tier", "block"})
"""Columns that are a unit's."""
OF_EVENTS = frozenset({"event", "abroad", "move"})
"""Columns that rows joined to the persons give."""
SHOWN_WRONG = 5

Given = Mapping[str, ColumnElement[Any]]
Join = Callable[[Subquery], tuple[FromClause, Given]]


@dataclass(frozen=True)
class Counted:
    """The persons of a form with their places: where to select from, who is meant, the row each is counted in."""

    source: FromClause
    people: Subquery
    where: tuple[ColumnElement[bool], ...]
    row: ColumnElement[str]
    rules: Rules
    place: Subquery
    tier: Subquery | None


def counted(
    session: Session,
    unit: Reporting,
    as_of: AsOf,
    sheet: Sheet,
    also: Iterable[str] = (),
    join: Join | None = None,
) -> Counted:
    """The form's population in the unit. `also` are further columns of a person to read.

    `join` joins further rows to the persons and gives their columns by name, which go before those of persons.
    """
    people = people_on(session, as_of, _read(sheet, also))
    place = places(as_of, unit.id)
    source, given = join(people) if join else (people, dict[str, ColumnElement[Any]]())
    source = source.join(place, place.c.organization_id == people.c.organization_id)
    columns = {**people.c, **given}
    tier = tiers(session, as_of) if _asks_for_units(sheet) else None
    if tier is not None:
        source = source.join(tier, tier.c.organization_id == people.c.organization_id)
        columns |= {name: tier.c[name] for name in OF_UNITS}
    counting = Rules(session, as_of.on, columns.__getitem__)
    row = place.c[unit.by]
    inside = row.in_([code for code, _ in unit.rows]) if unit.by == "body" else row.is_not(None)
    population = counting.condition(sheet.heading.population)
    return Counted(source, people, (inside, population), row, counting, place, tier)


def _asks_for_units(sheet: Sheet) -> bool:
    """Whether a rule reads the tier or the block of a unit: finding them walks the whole tree once more."""
    asked = (sheet.heading.population, *(one.rule for one in sheet.definitions))
    return any(f"{name}:" in rule for name in OF_UNITS for rule in asked)


def _read(sheet: Sheet, also: Iterable[str]) -> set[str]:
    """The columns of a person that the rules of a form read."""
    counting = [one.rule for one in (*sheet.columns, *sheet.memos) if one.kind in ("count", "memo")]
    counting += [one.rule for one in sheet.lines if one.kind == "count"]
    names = {name for rule in (*counting, sheet.heading.population) for name in rules.columns(rule)}
    return ({"official_id", *names, *also}) - OF_EVENTS


def quotas(people: Counted, sheet: Sheet, as_of: AsOf, categories: str) -> Subquery:
    """`row`, `quota`: what is assigned on the day to each row of the report, of posts of these categories."""
    post, place = Position.__table__, people.place
    statement = (
        select(people.row.label("row"), func.sum(post.c.quota).label("quota"))
        .select_from(post)
        .join(place, place.c.organization_id == post.c.organization_id)
        .where(
            people.row.is_not(None),
            post.c.category.in_(categories.split("|")),
            post.c.valid_from <= as_of.on,
            post.c.valid_to.is_(None) | (post.c.valid_to > as_of.on),
        )
        .group_by(people.row)
    )
    of_units = [part for part in sheet.heading.population.split("&") if part.partition(":")[0] in OF_UNITS]
    if of_units and people.tier is not None:
        statement = statement.join(
            people.tier, people.tier.c.organization_id == post.c.organization_id
        ).where(*map(people.rules.condition, of_units))
    return statement.subquery("quotas")


Named = tuple[str, Mapping[str, Cell]]
"""A row (or column) by its name, with the figures of its columns (or rows) by number."""


def findings(
    checks: Sequence[Check], whole: Mapping[str, Cell], parts: Sequence[Named]
) -> tuple[Finding, ...]:
    """Each check on the whole; with the names of the parts in which it fails, the first few of them."""
    found = []
    for check in checks:
        left, right = _sides(check, whole)
        wrong = [name for name, figures in parts if not _agrees(check, *_sides(check, figures))]
        more = (f"… (+{len(wrong) - SHOWN_WRONG})",) if len(wrong) > SHOWN_WRONG else ()
        agrees = _agrees(check, left, right) and not wrong
        found.append(Finding(check, left, right, agrees, (*wrong[:SHOWN_WRONG], *more)))
    return tuple(found)


def _sides(check: Check, figures: Mapping[str, Cell]) -> tuple[Decimal, Decimal]:
    return _value(check.left, figures), _value(check.right, figures)


def _value(expression: str, figures: Mapping[str, Cell]) -> Decimal:
    return sum((sign * Decimal(figures[name] or 0) for sign, name in terms(expression)), Decimal(0))


def _agrees(check: Check, left: Decimal, right: Decimal) -> bool:
    match check.relation:
        case "=":
            return left == right
        case ">=":
            return left >= right
        case _:
            return left <= right
