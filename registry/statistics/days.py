"""Which days are looked at: one, or the days of a table, so that one statement answers for many.

A source of people or places takes either an `AsOf`, one day for everybody, or `Days`: a table with a column `day` and, where
each day is asked of one person only, `official_id`. What comes out of `Days` has the column `day` as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, func, literal_column, select
from sqlalchemy import cast as cast_to
from sqlalchemy.types import Date

from registry.periods import AsOf, add_months


@dataclass(frozen=True)
class Days:
    """The days of a table, as recorded now or at `known_at`.

    `as_one`: official and day are compared as one number. Of two comparisons the planner may take so few rows to be alike
    that it looks through all of one side for each of the other.
    """

    table: FromClause
    known_at: datetime | None = None
    as_one: bool = False

    @property
    def of_persons(self) -> bool:
        """Whether each day is asked of one person."""
        return "official_id" in self.table.c


MOST_DAYS = 10_000_000
"""More days than the calendar has."""

Looked = AsOf | Days
Day = date | ColumnElement[Any]


def clock(at: Looked) -> AsOf:
    """Both clocks for a condition; of `Days` the day is the column of their table."""
    return at if isinstance(at, AsOf) else AsOf(cast(date, at.table.c.day), at.known_at)


def looked_at(
    at: Looked, table: Table, columns: Iterable[ColumnElement[Any]], condition: ColumnElement[bool]
) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    """Rows of a table of facts that fulfil a condition, and by what one of them is told from another: the official,
    of `Days` the day too.
    """
    keys: list[ColumnElement[Any]] = [table.c.official_id]
    if isinstance(at, AsOf):
        return select(*keys, *columns).where(condition), keys
    if at.of_persons:
        condition = and_(at.table.c.official_id == table.c.official_id, condition)
    keys.append(at.table.c.day)
    return select(*keys, *columns).select_from(at.table.join(table, condition)), keys


def same(left: FromClause, right: FromClause, at: Looked | None = None) -> ColumnElement[bool]:
    """Rows of the same official and, where both tell it, of the same day."""
    person = left.c.official_id == right.c.official_id
    if "day" not in left.c or "day" not in right.c:
        return person
    if isinstance(at, Days) and at.as_one:
        return _moment(left) == _moment(right)
    return and_(person, left.c.day == right.c.day)


def _moment(rows: FromClause) -> ColumnElement[int]:
    return rows.c.official_id * MOST_DAYS + (rows.c.day - literal_column("date '2000-01-01'"))


def crossed(at: Looked) -> tuple[list[ColumnElement[Any]], FromClause | None]:
    """The column of the day and the table it is from, for sources that are not of persons; nothing for one day."""
    return ([], None) if isinstance(at, AsOf) else ([at.table.c.day], at.table)


def months_away(day: Day, months: int) -> Day:
    """The same day so many months later, or before; the last of the month where that day does not exist."""
    if isinstance(day, date):
        return add_months(day, months)
    return cast_to(day + func.make_interval(0, months), Date)


def eve(day: date) -> date:
    """The day before."""
    return date.fromordinal(day.toordinal() - 1)
