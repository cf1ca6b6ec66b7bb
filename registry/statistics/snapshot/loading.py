"""Timelines out of PostgreSQL: the rows of every source as arrays of small numbers.

Values become numbers by a dictionary a column (0: none), days count from 1900-01-01 in 16 bits. The whole registry comes by
binary COPY, whose rows of whole numbers all have one length and so are an array as they stand; a few officials come as
plain rows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from registry.db import driver
from registry.statistics.snapshot.sources import SOURCES, Source

Numbers = npt.NDArray[Any]
Value = str | int | bool | date | Decimal
ZERO = date(1900, 1, 1).toordinal()
OPEN = 65_535
"""The end of a period that has none; no day beyond it can be asked for."""
COPY_HEAD = 19
BLOCK = 65_536
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


def whole(session: Session, source: Source) -> tuple[Rows, dict[str, Dictionary]]:
    """Every row of a source, and the dictionary of each of its columns, whose values stand in order.

    Days come as their numbers and are given their codes here: they are many, and to join them to all facts takes long.
    """
    dated = [name for name, kind in source.columns.items() if isinstance(kind, sa.Date)]
    dictionaries = _distinct(session, source, [name for name in source.columns if name not in dated])
    rows = source.rows(session, None).subquery("rows")
    picked: list[Any] = [
        sa.cast(rows.c.official_id, sa.BigInteger),
        _days(rows.c.start, 0),
        _days(rows.c.until, OPEN),
    ]
    joined: Any = rows
    for name, kind in source.columns.items():
        if name in dated:
            picked.append(sa.func.coalesce(rows.c[name] - sa.literal_column("date '1900-01-01'"), NO_DAY))
            continue
        known = (
            sa.func.unnest(sa.cast(postgresql.array(dictionaries[name].values), sa.ARRAY(kind)))
            .table_valued("value", with_ordinality="code", name=f"of_{name}")
            .render_derived()
        )
        joined = joined.outerjoin(known, known.c.value == rows.c[name])
        picked.append(sa.cast(sa.func.coalesce(known.c.code, 0), sa.Integer))
    statement = sa.select(*picked).select_from(joined)
    kinds = {
        name: "i4" if name in dated else narrowest(len(dictionaries[name].values)) for name in source.columns
    }
    found = _copied(session, statement, kinds)
    codes = dict(found.codes)
    for name in dated:
        codes[name], dictionaries[name] = _coded_days(codes[name])
    return replace(found, codes=codes), {name: dictionaries[name] for name in source.columns}


def _coded_days(days: Numbers) -> tuple[Numbers, Dictionary]:
    """Codes for numbers of days, and the days in order."""
    lowest = int(days[days != NO_DAY].min(initial=0))
    places = np.where(days == NO_DAY, 0, days - (lowest - 1))
    occurs = np.bincount(places) > 0 if len(places) else np.zeros(1, bool)
    occurs[0] = False
    numbers = np.flatnonzero(occurs)
    known = Dictionary.of(date.fromordinal(ZERO + lowest - 1 + int(one)) for one in numbers)
    return np.cumsum(occurs).astype(narrowest(len(numbers)))[places] * (places > 0), known


def _distinct(session: Session, source: Source, names: Sequence[str]) -> dict[str, Dictionary]:
    """The values of some columns, from one pass over the rows."""
    if not names:
        return {}
    rows = source.rows(session, None).subquery("rows")
    columns = [rows.c[name] for name in names]
    grouped = sa.func.grouping_sets(*(sa.tuple_(one) for one in columns))
    found: dict[str, list[Value]] = {name: [] for name in names}
    for told, *values in session.execute(sa.select(sa.func.grouping(*columns), *columns).group_by(grouped)):
        for at, (name, value) in enumerate(zip(names, values, strict=True)):
            if value is not None and not told >> (len(names) - 1 - at) & 1:
                found[name].append(value)
    return {name: Dictionary.of(sorted(values)) for name, values in found.items()}


def _days(column: Any, missing: int) -> Any:
    """A day as its number; PostgreSQL's infinities are cut off like any day outside."""
    bounded = sa.func.least(
        sa.func.greatest(column, sa.literal_column("date '1900-01-01'")),
        sa.literal_column(f"date '{date.fromordinal(ZERO + OPEN - 1)}'"),
    )
    number = bounded - sa.literal_column("date '1900-01-01'")
    return sa.case((column.is_(None), missing), else_=number) if missing else number


def _copied(session: Session, statement: sa.Select[Any], kinds: Mapping[str, str]) -> Rows:
    """The rows of a statement of one bigint and further integers, none of them null; a block of rows at a time."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    text = str(statement.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    wide = {"official": (">i8", "i8"), "start": (">i4", "u2"), "until": (">i4", "u2")}
    wide |= {name: (">i4", kind) for name, kind in kinds.items()}
    fields = [pair for name, (kind, _) in wide.items() for pair in ((f"{name} length", ">i4"), (name, kind))]
    layout = np.dtype([("fields", ">i2"), *fields])
    blocks: dict[str, list[Numbers]] = {name: [] for name in wide}
    with psycopg.RawCursor(driver(session)).copy(f"COPY ({text}) TO STDOUT (FORMAT binary)".encode()) as copy:
        rest, head = b"", COPY_HEAD
        messages = iter(copy)
        while block := list(islice(messages, BLOCK)):
            content = rest + b"".join(block)
            count = (len(content) - head) // layout.itemsize
            found = np.frombuffer(content, layout, count, head)
            for name, (_, kind) in wide.items():
                blocks[name].append(found[name].astype(kind))
            rest, head = content[head + count * layout.itemsize :], 0
    joined = {name: np.concatenate(blocks.pop(name)) for name in wide}
    return Rows(joined.pop("official"), joined.pop("start"), joined.pop("until"), joined)


def narrowest(size: int) -> str:
    """The smallest type of unsigned numbers that holds codes up to `size`."""
    return "u1" if size < 1 << 8 else "u2" if size < 1 << 16 else "u4"
