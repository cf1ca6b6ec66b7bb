"""The two clocks: `valid` (true in the world, dates, half open) and `recorded` (believed by the registry, UTC)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, Table, and_, or_

Precision = Literal["day", "month", "year"]
PRECISIONS: tuple[Precision, ...] = ("day", "month", "year")


@dataclass(frozen=True)
class PartialDate:
    """A date known to the day, the month or the year; `on` is the first day of what is known."""

    on: date
    precision: Precision = "day"

    def to_json(self) -> str | dict[str, str]:
        """The wire form: a bare ISO string for days, else {date, precision}."""
        if self.precision == "day":
            return self.on.isoformat()
        return {"date": self.on.isoformat(), "precision": self.precision}


@dataclass(frozen=True)
class AsOf:
    """Which truth is asked for: as it was on day `on`, as it was recorded at `known_at` (None: as recorded now)."""

    on: date
    known_at: datetime | None = None


def recorded_at(table: Table, as_of: AsOf) -> ColumnElement[bool]:
    """Rows that the registry believed at `as_of.known_at`."""
    if as_of.known_at is None:
        return table.c.recorded_to.is_(None)
    return and_(
        table.c.recorded_from <= as_of.known_at,
        or_(table.c.recorded_to.is_(None), table.c.recorded_to > as_of.known_at),
    )


def in_force(table: Table, as_of: AsOf) -> ColumnElement[bool]:
    """Rows true on day `as_of.on` and believed at `as_of.known_at`."""
    return and_(
        table.c.valid_from <= as_of.on,
        or_(table.c.valid_to.is_(None), table.c.valid_to > as_of.on),
        recorded_at(table, as_of),
    )


def add_months(day: date, months: int) -> date:
    """The same day `months` later; the last day of the month where that day does not exist (29 February)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, last_day(year, month + 1).day))


def last_day(year: int, month: int) -> date:
    """The last day of a month."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return following - timedelta(days=1)


def completed_years(born: date, on: date) -> int:
    """Whole years between two dates; a birthday on 29 February counts on 1 March of other years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
