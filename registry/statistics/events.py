"""What happened in a period, one row an event, with the person as they were: entries, exits, grades, measures, rewards,
courses.

Every row has the columns asked for of the person on `day`, and `turned_on`, the day of the event. An event of somebody
who was not in post on that `day` has no row.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    FromClause,
    Select,
    Subquery,
    Table,
    and_,
    exists,
    false,
    func,
    or_,
    select,
    tuple_,
    union,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session

from registry.officials.facts import FACTS
from registry.periods import AsOf, recorded_at
from registry.statistics.days import Days, same
from registry.statistics.people import counting, people_on


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
    return _turning(session, period, columns, "entries", looked=0, beside=-1)


def exits(session: Session, period: Period, columns: Iterable[str]) -> Subquery:
    """Each day on which a person is no longer in post and was the day before, with the person as on that day before."""
    return _turning(session, period, columns, "exits", looked=-1, beside=0)


def _turning(
    session: Session, period: Period, columns: Iterable[str], name: str, *, looked: int, beside: int
) -> Subquery:
    """Days of the period on which somebody is in post on the one day, `looked` days from it, and not on the other, `beside`."""
    turns = _turns(session, period, name)
    doubtful = None if period.known_at is None else _boundaries(period, name).cte(f"{name}_doubtful_days")
    known = turns if doubtful is None else union(turns, select(doubtful))
    days = _moved(known.subquery("turns"), looked).cte(f"{name}_days")
    at = Days(days, period.known_at)
    persons = people_on(session, at, {*columns, "official_id"})
    found = select(persons, (persons.c.day - looked).label("turned_on"))
    if doubtful is not None:
        others = _moved(doubtful, beside).cte(f"{name}_other_days")
        then = people_on(session, Days(others, period.known_at), {"official_id"})
        turned_on = persons.c.day - looked
        in_post = select(then.c.official_id, then.c.day - beside)
        # A list of pairs, as PostgreSQL takes the few rows it expects of a join to be fewer still.
        found = found.where(tuple_(persons.c.official_id, turned_on).not_in(in_post))
    return found.subquery(name)


def _moved(turns: FromClause, days: int) -> Select[Any]:
    return select(turns.c.official_id, (turns.c.day + days).label("day"))


def _turns(session: Session, period: Period, name: str) -> Select[Any]:
    """The days of the period on which a person comes into post, or for exits leaves it: official_id, day. Right where the
    facts believed are free of overlap.
    """
    stays = _stays(session, period).cte(f"{name}_stays")
    other = stays.alias(f"other_{name}_stays")
    turn, joint = (stays.c.since, other.c.until) if name == "entries" else (stays.c.until, other.c.since)
    follows = and_(other.c.official_id == stays.c.official_id, joint == turn)
    # Every stay begins or ends in the period. Of the bare range PostgreSQL would expect half a percent of them, and go through
    # the whole tree of units for each; inside coalesce it expects half.
    within = func.coalesce(turn.between(period.first, period.last), false())
    return select(stays.c.official_id, turn.label("day")).where(within, ~exists().where(follows))


def _stays(session: Session, period: Period) -> Select[Any]:
    """From when to when each official holds one status that counts and one main post: official_id, since, until (null: open)."""
    status, held = _exclusive("status", period)
    post, had = _exclusive("appointment", period)
    since = func.greatest(status.c.valid_from, post.c.valid_from)
    until = func.least(status.c.valid_to, post.c.valid_to)  # of which PostgreSQL leaves null out
    return select(status.c.official_id, since.label("since"), until.label("until")).where(
        status.c.official_id == post.c.official_id,
        held,
        had,
        status.c.status.in_(counting(session)),
        or_(until.is_(None), since < until),
        or_(since.between(period.first, period.last), until.between(period.first, period.last)),
    )


def _boundaries(period: Period, name: str) -> CompoundSelect[Any]:
    """All days of the period on which a status or a main post begins or ends, of officials of whom facts that overlap were
    believed at once (people._held): official_id, day.
    """
    doubtful = union(_overlapping("status", period), _overlapping("appointment", period)).cte(
        f"{name}_doubtful"
    )
    return union(
        *(
            select(facts.c.official_id, column.label("day")).where(
                believed,
                column.between(period.first, period.last),
                facts.c.official_id.in_(select(doubtful.c.official_id)),
            )
            for facts, believed in (_exclusive(kind, period) for kind in ("status", "appointment"))
            for column in (facts.c.valid_from, facts.c.valid_to)
        )
    )


def _exclusive(kind: str, period: Period, name: str | None = None) -> tuple[Table, ColumnElement[bool]]:
    """The facts of a kind, and which of them are believed and of those that an official has one of at a time."""
    facts = cast(Table, FACTS[kind].table.alias(name)) if name else FACTS[kind].table
    believed = recorded_at(facts, period.believed())
    return facts, and_(believed, facts.c.is_main) if "is_main" in facts.c else believed


def _overlapping(kind: str, period: Period) -> Select[Any]:
    """Officials with two facts of a kind on one day: one of them at least is believed no more."""
    one, believed = _exclusive(kind, period, "one")
    other, as_well = _exclusive(kind, period, "other")
    told = ("valid_from", "valid_to", "recorded_from", "recorded_to")
    days, other_days = (func.daterange(of.c.valid_from, of.c.valid_to) for of in (one, other))
    return select(one.c.official_id).where(
        one.c.official_id == other.c.official_id,
        believed,
        as_well,
        one.c.recorded_to.is_not(None),
        or_(*(one.c[name].is_distinct_from(other.c[name]) for name in told)),
        days.op("&&")(other_days),
    )


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
