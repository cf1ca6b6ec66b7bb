"""What the snapshot holds: columns of persons, by the source whose rows say from when to when they are true.

A source of what is true gives at most one row an official and day, one of events a row an event. Columns bear the names
that people.py and events.py give them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Select, Table, and_, func, select
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from registry.law.models import LawRetirement
from registry.officials.facts import FACTS
from registry.statistics.people import (
    ALLOWANCE,
    CANDIDATES,
    LEVELS,
    SALARY,
    languages_of,
    leaves_on,
    levels_of,
)

Only = Sequence[int]
"""Ids of the officials to read, a range of them or a few."""
FIRST: sa.ColumnElement[Any] = sa.literal_column("date '1900-01-01'")
"""Where the days of the snapshot begin; whatever began earlier begins there."""


@dataclass(frozen=True)
class Source:
    """`rows` gives official_id, start, until (null: open) and the columns, as believed now; `columns` their types."""

    name: str
    columns: Mapping[str, TypeEngine[Any]]
    rows: Callable[[Session, Only], Select[Any]] = field(repr=False)


def _believed(table: Table, only: Only, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    official = table.c.official_id
    if isinstance(only, range):
        among = and_(official >= only.start, official < only.stop)
    else:
        among = official == sa.any_(sa.cast(list(only), sa.ARRAY(sa.BigInteger)))
    return and_(table.c.recorded_to.is_(None), among, *conditions)


def _held(kind: str, columns: Mapping[str, ColumnElement[Any]], *conditions: ColumnElement[bool]) -> Source:
    """The fact of an exclusive kind that holds, of those that fulfil the conditions."""
    table = FACTS[kind].table

    def rows(_session: Session, only: Only) -> Select[Any]:
        told = (one.label(name) for name, one in columns.items())
        period = (table.c.valid_from.label("start"), table.c.valid_to.label("until"))
        return select(table.c.official_id, *period, *told).where(_believed(table, only, *conditions))

    return Source(kind, {name: one.type for name, one in columns.items()}, rows)


def _fields(kind: str, *names: str) -> dict[str, ColumnElement[Any]]:
    return {name: FACTS[kind].table.c[name] for name in names}


def _identity() -> Source:
    """The identity that began last, whether or not it has ended; before the first began, the first.

    With it the last day of work by age, which follows from sex and month of birth.
    """
    table, law = FACTS["identity"].table, LawRetirement.__table__
    window: dict[str, Any] = {"partition_by": table.c.official_id, "order_by": table.c.valid_from}
    names = ("birth_date", "ethnic_group", "religion", "sex")

    def rows(_session: Session, only: Only) -> Select[Any]:
        first = func.row_number().over(**window) == 1
        month = sa.cast(func.date_trunc("month", table.c.birth_date), sa.Date)
        return (
            select(
                table.c.official_id,
                sa.case((first, FIRST), else_=table.c.valid_from).label("start"),
                func.lead(table.c.valid_from).over(**window).label("until"),
                *(table.c[name] for name in names),
                law.c.retire_on.label("pension_age_on"),
            )
            .outerjoin(law, and_(law.c.sex == table.c.sex, law.c.birth_month == month))
            .where(_believed(table, only))
        )

    types = {name: table.c[name].type for name in names}
    return Source("identity", {**types, "pension_age_on": sa.Date()}, rows)


def _steps(source: Any, *columns: Any) -> Select[Any]:
    """Rows of (official_id, start, …) as periods: each reaches to the next start."""
    until = func.lead(source.c.start).over(partition_by=source.c.official_id, order_by=source.c.start)
    return select(source.c.official_id, source.c.start, until.label("until"), *columns)


def _so_far(aggregate: Callable[[Any], Any], source: Any, name: str) -> Any:
    """An aggregate over everything of the official up to the row."""
    return aggregate(source.c[name]).over(partition_by=source.c.official_id, order_by=source.c.start)


def _highest(kind: str) -> Source:
    """The highest levels awarded by the day, of all columns that the facts of a kind tell."""
    table = FACTS[kind].table
    kept = {name: rows for name, (of, rows) in LEVELS.items() if of == kind}

    def rows(session: Session, only: Only) -> Select[Any]:
        catalogue = FACTS[kind]["level"].catalogue or ""
        steps = {name: levels_of(session, catalogue, some) for name, some in kept.items()}
        heights = {
            name: sa.case({level: at for at, level in enumerate(of)}, value=table.c.level)
            for name, of in steps.items()
        }
        reached = _starts(table, only, *(func.max(one).label(name) for name, one in heights.items()))
        best = [
            sa.case(dict(enumerate(of)), value=_so_far(func.max, reached, name)).label(name)
            for name, of in steps.items()
        ]
        return _steps(reached, *best)

    return Source(kind, dict.fromkeys(kept, sa.Text()), rows)


def _starts(table: Table, only: Only, *columns: Any) -> Any:
    """Aggregates over the facts that begin on one day."""
    return (
        select(table.c.official_id, table.c.valid_from.label("start"), *columns)
        .where(_believed(table, only))
        .group_by(table.c.official_id, table.c.valid_from)
        .subquery("starts")
    )


def _languages() -> Source:
    """The languages learned by the day."""
    table = FACTS["language"].table

    def rows(session: Session, only: Only) -> Select[Any]:
        asked = languages_of(session, table)
        flags = {name: func.bool_or(asked[name]) for name in ("english", "other", "minority")}
        flags |= {
            f"{name}_degree": func.bool_or(asked["degree"] & asked[name]) for name in ("english", "other")
        }
        starts = _starts(table, only, *(one.label(name) for name, one in flags.items()))
        ever = {name: _so_far(func.bool_or, starts, name) for name in flags}
        best = {
            name: sa.case((ever[f"{name}_degree"], "degree"), (ever[name], "certificate"))
            for name in ("english", "other")
        }
        return _steps(
            starts,
            best["english"].label("english"),
            best["other"].label("other_language"),
            ever["minority"].label("ethnic_language"),
        )

    types: dict[str, TypeEngine[Any]] = {
        "english": sa.Text(),
        "other_language": sa.Text(),
        "ethnic_language": sa.Boolean(),
    }
    return Source("language", types, rows)


def _recruited() -> Source:
    """The first day of service."""
    table = FACTS["status"].table

    def rows(_session: Session, only: Only) -> Select[Any]:
        return (
            select(
                table.c.official_id,
                FIRST.label("start"),
                sa.cast(sa.null(), sa.Date).label("until"),
                func.min(table.c.valid_from).label("recruited_on"),
            )
            .where(_believed(table, only, table.c.status.not_in(CANDIDATES)))
            .group_by(table.c.official_id)
        )

    return Source("recruited", {"recruited_on": sa.Date()}, rows)


def _happening(
    kind: str, column: str, field: str, *conditions: ColumnElement[bool], on: Any = None
) -> Source:
    """Facts of a kind as events: of one day each, that on which they begin unless said otherwise."""
    table = FACTS[kind].table
    day: ColumnElement[Any] = table.c.valid_from if on is None else on

    def rows(_session: Session, only: Only) -> Select[Any]:
        told = (day.label("start"), sa.cast(day + 1, sa.Date).label("until"), table.c[field].label(column))
        return select(table.c.official_id, *told).where(_believed(table, only, *conditions))

    return Source(kind, {column: table.c[field].type}, rows)


EVALUATIONS, DISCIPLINES = FACTS["evaluation"].table, FACTS["discipline"].table
HAPPENING: tuple[Source, ...] = (
    _happening("evaluation", "grade", "grade", on=func.make_date(EVALUATIONS.c.year, 12, 31)),
    _happening("discipline", "discipline_form", "form", DISCIPLINES.c.authority == "administrative"),
    _happening("reward", "reward_form", "form"),
    _happening("training", "training", "training"),
)


@dataclass(frozen=True)
class Happening:
    """A population of events: its source; whether persons are looked at on the day before; whether an event is of a whole year,
    whose last day may be still to come.
    """

    source: Source
    on_eve: bool = False
    yearly: bool = False


EVENTS: dict[str, Happening] = {
    "evaluations": Happening(HAPPENING[0], yearly=True),
    "disciplines": Happening(HAPPENING[1], on_eve=True),
    "rewards": Happening(HAPPENING[2]),
    "trainings": Happening(HAPPENING[3]),
}

ALLOWANCES = FACTS["allowance"].table
SOURCES: tuple[Source, ...] = (
    _held("status", _fields("status", "status", "category", "valid_to")),
    _held(
        "appointment",
        _fields("appointment", "organization_id", "position", "job_position"),
        FACTS["appointment"].table.c.is_main,
    ),
    _identity(),
    _held("salary", _fields("salary", *sorted(SALARY))),
    _held("allowance", {"position_allowance": ALLOWANCES.c.coefficient}, ALLOWANCES.c.allowance == ALLOWANCE),
    *(_highest(kind) for kind in dict.fromkeys(kind for kind, _ in LEVELS.values())),
    _languages(),
    _held("party", {"party": sa.true()}),
    _recruited(),
    *HAPPENING,
)
SOURCE_OF: dict[str, Source] = {name: source for source in SOURCES for name in source.columns}
"""The source of each column."""


@dataclass(frozen=True)
class Derived:
    """A column that follows from others of the same person and day: `said` in SQL over these."""

    inputs: tuple[str, ...]
    type: TypeEngine[Any]
    said: Callable[[Mapping[str, Any]], Any] = field(repr=False)


DERIVED: dict[str, Derived] = {
    "retirement_on": Derived(("status", "valid_to", "pension_age_on"), sa.Date(), leaves_on),
}
