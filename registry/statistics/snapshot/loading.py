"""Timelines out of PostgreSQL: the rows of every source as arrays of small numbers.

Values become numbers by a dictionary a column (0: none), days count from 1900-01-01 in 16 bits. The whole registry comes some
officials at a time, each column as an array that PostgreSQL packs; a few officials come as plain rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.officials.facts import FACTS
from registry.statistics.snapshot.sources import SOURCES, Source

Numbers = npt.NDArray[Any]
Value = str | int | bool | date | Decimal
ZERO = date(1900, 1, 1).toordinal()
OPEN = 65_535
"""The end of a period that has none; no day beyond it can be asked for."""
ARRAY_HEAD = 20
"""Bytes before the first number of an array of one dimension: dimensions, nulls, type, size, first index."""
AT_ONCE = 100_000
"""Ids of officials read by one statement: few enough to be sorted in memory."""
NO_DAY = -(1 << 30)
"""Stands for no day among numbers of days."""


def day_number(on: date) -> int:
    """The number of a day, cut off at both ends."""
    return min(max(on.toordinal() - ZERO, 0), OPEN - 1)


def is_numbered(on: date) -> bool:
    """Whether the day lies within what is held (1900 to June 2079): nothing of it is cut off."""
    return 0 <= on.toordinal() - ZERO < OPEN - 1


@dataclass
class Dictionary:
    """The values of a column; the code of a value is its place, from 1."""

    values: list[Value] = field(default_factory=list)
    codes: dict[Value, int] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Iterable[Value]) -> "Dictionary":
        one = cls()
        for value in values:
            one.code(value)
        return one

    def code(self, value: Value | None) -> int:
        """The code of a value, a new one if need be; 0 for none."""
        if value is None:
            return 0
        found = self.codes.get(value)
        if found is None:
            self.values.append(value)
            found = self.codes[value] = len(self.values)
        return found

    def copy(self) -> "Dictionary":
        """One that may grow apart."""
        return Dictionary(list(self.values), dict(self.codes))


@dataclass(frozen=True)
class Rows:
    """The rows of a source in no order: whose (id, or place among the officials), from, until, a code a column."""

    who: Numbers
    start: Numbers
    until: Numbers
    codes: Mapping[str, Numbers]


def few(session: Session, only: Sequence[int], dictionaries: dict[str, Dictionary]) -> dict[str, list[Any]]:
    """The rows of some officials by source: (official, start, until, codes …). New values enter the dictionaries."""
    found = {}
    for source in SOURCES:
        known = [dictionaries[name] for name in source.columns]
        found[source.name] = [
            (
                row[0],
                day_number(row[1]),
                OPEN if row[2] is None else day_number(row[2]),
                *(one.code(value) for one, value in zip(known, row[3:], strict=True)),
            )
            for row in session.execute(source.rows(session, only))
        ]
    return found


def everybody(session: Session) -> list[range]:
    """Ids of all officials, some at a time."""
    official = FACTS["status"].table.c.official_id
    first, last = session.execute(sa.select(sa.func.min(official), sa.func.max(official))).one()
    return [] if first is None else [range(low, low + AT_ONCE) for low in range(first, last + 1, AT_ONCE)]


def whole(session: Session, source: Source, officials: Iterable[range]) -> tuple[Rows, dict[str, Dictionary]]:
    """Every row of a source, and the dictionary of each of its columns, whose values stand in order.

    Days come as their numbers and are given their codes here: they are many, and to join them to all facts takes long.
    """
    some = list(officials)
    dated = [name for name, kind in source.columns.items() if isinstance(kind, sa.Date)]
    dictionaries = _distinct(session, source, [name for name in source.columns if name not in dated], some)
    kinds = {"official": "i8", "start": "u2", "until": "u2"} | {
        name: "i4" if name in dated else narrowest(len(dictionaries[name].values)) for name in source.columns
    }
    blocks = [
        _packed(session, _numbered(source.rows(session, one), source, dictionaries), kinds) for one in some
    ]
    codes = {
        name: np.concatenate([np.zeros(0, kind), *(one[name] for one in blocks)])
        for name, kind in kinds.items()
    }
    who, start, until = (codes.pop(name) for name in ("official", "start", "until"))
    for name in dated:
        codes[name], dictionaries[name] = _coded_days(codes[name])
    return Rows(who, start, until, codes), {name: dictionaries[name] for name in source.columns}


def _numbered(
    found: sa.Select[Any], source: Source, dictionaries: Mapping[str, Dictionary]
) -> sa.Select[Any]:
    """The rows of a source as whole numbers: official, start, until, codes; days as numbers of days."""
    rows = found.subquery("rows")
    picked: list[Any] = [rows.c.official_id, _days(rows.c.start, 0), _days(rows.c.until, OPEN)]
    joined: Any = rows
    for name, kind in source.columns.items():
        if name not in dictionaries:
            picked.append(sa.func.coalesce(rows.c[name] - sa.literal_column("date '1900-01-01'"), NO_DAY))
            continue
        known = (
            sa.func.unnest(sa.cast(dictionaries[name].values, sa.ARRAY(kind)))
            .table_valued("value", with_ordinality="code", name=f"of_{name}")
            .render_derived()
        )
        joined = joined.outerjoin(known, known.c.value == rows.c[name])
        picked.append(sa.func.coalesce(known.c.code, 0))
    return sa.select(*picked).select_from(joined)


def _packed(session: Session, numbers: sa.Select[Any], kinds: Mapping[str, str]) -> dict[str, Numbers]:
    """Columns of whole numbers, none of them null, each as one array that PostgreSQL makes and sends in one piece.

    A message a row would cost more than all the rest.
    """
    rows = numbers.subquery("numbers")
    wide = {name: ">i8" if kind == "i8" else ">i4" for name, kind in kinds.items()}
    sent = [
        sa.func.array_send(sa.func.array_agg(sa.cast(one, sa.BigInteger if kind == ">i8" else sa.Integer)))
        for one, kind in zip(rows.c, wide.values(), strict=True)
    ]
    arrays = session.execute(sa.select(*sent)).one()
    return {
        name: unpacked(one, wide[name]).astype(kinds[name]) for name, one in zip(kinds, arrays, strict=True)
    }


def unpacked(sent: bytes | None, kind: str) -> Numbers:
    """An array of numbers as PostgreSQL sends it: a head, then of each its length and itself. No rows, no array."""
    if sent is None:
        return np.zeros(0, kind)
    found: Numbers = np.frombuffer(sent, [("length", ">i4"), ("value", kind)], offset=ARRAY_HEAD)["value"]
    return found


def _coded_days(days: Numbers) -> tuple[Numbers, Dictionary]:
    """Codes for numbers of days, and the days in order."""
    lowest = int(days[days != NO_DAY].min(initial=0))
    places = np.where(days == NO_DAY, 0, days - (lowest - 1))
    occurs = np.bincount(places) > 0 if len(places) else np.zeros(1, bool)
    occurs[0] = False
    numbers = np.flatnonzero(occurs)
    known = Dictionary.of(date.fromordinal(ZERO + lowest - 1 + int(one)) for one in numbers)
    return np.cumsum(occurs).astype(narrowest(len(numbers)))[places] * (places > 0), known


def _distinct(
    session: Session, source: Source, names: Sequence[str], officials: Iterable[range]
) -> dict[str, Dictionary]:
    """The values of some columns, from one pass over the rows."""
    found: dict[str, set[Value]] = {name: set() for name in names}
    for some in officials if names else ():
        rows = source.rows(session, some).subquery("rows")
        columns = [rows.c[name] for name in names]
        grouped = sa.func.grouping_sets(*(sa.tuple_(one) for one in columns))
        statement = sa.select(sa.func.grouping(*columns), *columns).group_by(grouped)
        for told, *values in session.execute(statement):
            for at, (name, value) in enumerate(zip(names, values, strict=True)):
                if value is not None and not told >> (len(names) - 1 - at) & 1:
                    found[name].add(value)
    return {name: Dictionary.of(sorted(values)) for name, values in found.items()}


def _days(column: Any, missing: int) -> Any:
    """A day as its number; PostgreSQL's infinities are cut off like any day outside."""
    bounded = sa.func.least(
        sa.func.greatest(column, sa.literal_column("date '1900-01-01'")),
        sa.literal_column(f"date '{date.fromordinal(ZERO + OPEN - 1)}'"),
    )
    number = bounded - sa.literal_column("date '1900-01-01'")
    return sa.case((column.is_(None), missing), else_=number) if missing else number


def narrowest(size: int) -> str:
    """The smallest type of unsigned numbers that holds codes up to `size`."""
    return "u1" if size < 1 << 8 else "u2" if size < 1 << 16 else "u4"
