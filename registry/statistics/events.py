"""What happened in a period, one row an event, with the person as they were: entries, exits, grades, measures, rewards,
courses.

Every row has the columns asked for of the person on `day`, and `turned_on`, the day of the event. An event of somebody
who was not in post on that `day` has no row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Date,
    FromClause,
    Select,
    Subquery,
    and_,
    exists,
    func,
    select,
    union,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from registry.officials.facts import FACTS
from registry.periods import AsOf, recorded_at
from registry.statistics.days import Days, same
from registry.statistics.people import people_on


@dataclass(frozen=True)
class Period:
    """From `first` to `last`, both included, as recorded now or at `known_at`."""

    first: date
    last: date
    known_at: datetime | None = None

    def believed(self) -> AsOf:
        """The recorded clock, for conditions on it."""
        return AsOf(self.last, self.known_at)


def entries(session: Session, period: Period, columns: Iterable[str]) -> Subquery:
    """Each day on which a person is in post and was not the day before, with the person as on that day."""
    now, before = _both(session, period, columns, "entry")
    day_before = and_(before.c.official_id == now.c.official_id, before.c.day == now.c.day - 1)
    return select(now, now.c.day.label("turned_on")).where(~exists().where(day_before)).subquery("entries")


def exits(session: Session, period: Period, columns: Iterable[str]) -> Subquery:
    """Each day on which a person is no longer in post and was the day before, with the person as on that day before."""
    now, before = _both(session, period, columns, "exit")
    day_after = and_(now.c.official_id == before.c.official_id, now.c.day == before.c.day + 1)
    return (
        select(before, (before.c.day + 1).label("turned_on"))
        .where(~exists().where(day_after))
        .subquery("exits")
    )


def _both(
    session: Session, period: Period, columns: Iterable[str], name: str
) -> tuple[FromClause, FromClause]:
    """The persons in post on the days on which something turns for them, and on the days before these."""
    turns = _turns(period, f"{name}_turns")
    eves = select(turns.c.official_id, (turns.c.day - 1).label("day")).cte(f"{name}_eves")
    wanted = {*columns, "official_id"}
    now = people_on(session, Days(turns, period.known_at), wanted)
    before = people_on(session, Days(eves, period.known_at), wanted)
    return now.alias("now_in_post"), before.alias("before_in_post")


def _turns(period: Period, name: str) -> CTE:
    """The days of the period on which a status or a main post begins or ends: official_id, day."""
    status, post = FACTS["status"].table, FACTS["appointment"].table
    found: list[Select[Any]] = []
    for table, kept in ((status, ()), (post, (post.c.is_main,))):
        for column in (table.c.valid_from, table.c.valid_to):
            found.append(
                select(table.c.official_id, column.label("day")).where(
                    recorded_at(table, period.believed()),
                    column.between(period.first, period.last),
                    *kept,
                )
            )
    return union(*found).cte(name)


def evaluations(session: Session, period: Period, columns: Iterable[str]) -> Subquery:
    """Grades of the years of the period, of persons in post on 31 December of the year, or on the last day of the
    period where that is earlier: `grade`.
    """
    table = FACTS["evaluation"].table
    end = func.make_date(table.c.year, 12, 31)
    day = cast_to(func.least(end, period.last), Date)
    found = select(table.c.official_id, day.label("day"), day.label("turned_on"), table.c.grade).where(
        recorded_at(table, period.believed()), table.c.year.between(period.first.year, period.last.year)
    )
    return _with_persons(session, period, columns, found, "grade")


def disciplines(session: Session, period: Period, columns: Iterable[str]) -> Subquery:
    """Measures of the administration taken in the period, of persons in post the day before: `discipline_form`."""
    table = FACTS["discipline"].table
    administrative = table.c.authority == "administrative"
    eve = table.c.valid_from - 1
    return _of_kind(session, period, columns, "discipline", eve, "form", "discipline_form", administrative)


def rewards(session: Session, period: Period, columns: Iterable[str]) -> Subquery:
    """Rewards decided in the period, of persons in post that day: `reward_form`."""
    day = FACTS["reward"].table.c.valid_from
    return _of_kind(session, period, columns, "reward", day, "form", "reward_form")


def trainings(session: Session, period: Period, columns: Iterable[str]) -> Subquery:
    """Courses begun in the period, of persons in post that day: `training`."""
    day = FACTS["training"].table.c.valid_from
    return _of_kind(session, period, columns, "training", day, "training", "training")


def _of_kind(
    session: Session,
    period: Period,
    columns: Iterable[str],
    kind: str,
    day: ColumnElement[Any],
    field: str,
    name: str,
    *kept: ColumnElement[bool],
) -> Subquery:
    table = FACTS[kind].table
    turned_on = table.c.valid_from
    found = select(
        table.c.official_id, day.label("day"), turned_on.label("turned_on"), table.c[field].label(name)
    ).where(recorded_at(table, period.believed()), turned_on.between(period.first, period.last), *kept)
    return _with_persons(session, period, columns, found, name)


def _with_persons(
    session: Session, period: Period, columns: Iterable[str], found: Select[Any], name: str
) -> Subquery:
    events = found.cte(f"{name}_events")
    days = select(events.c.official_id, events.c.day).distinct().cte(f"{name}_days")
    at = Days(days, period.known_at, as_one=True)
    persons = people_on(session, at, {*columns, "official_id"} - {name})
    return (
        select(persons, events.c.turned_on, events.c[name])
        .select_from(persons.join(events, same(events, persons, at)))
        .subquery(name)
    )
