"""What the statistics answer: a table with exact figures, and its rearrangement for pages and charts."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from registry.statistics.definitions import Definition
from registry.statistics.dimensions import DIMENSIONS, NOT_RECORDED
from registry.statistics.measures import MEASURES, Measure, Number, Parts, add, ratio
from registry.words import Words

Key = str | None
Value = Number | None


@dataclass(frozen=True)
class Column:
    """A column of the table: first the dimensions, then the measures."""

    definition: Definition
    is_measure: bool


@dataclass(frozen=True)
class Row:
    """One group: a key and its name for every dimension, a value for every measure, and the sums they came from."""

    keys: tuple[Key, ...]
    names: tuple[Words, ...]
    values: tuple[Value, ...]
    parts: Parts


@dataclass(frozen=True)
class Snapshot:
    """The state of the registry that was counted: named by its newest approved change and the day; the database's clock."""

    id: str
    taken_at: datetime


@dataclass(frozen=True)
class Table:
    """The groups in the order of their lists, the total over all of them, and what was asked and read.

    `known_at` is the moment whose knowledge was counted: the one asked for, else that of the snapshot. `names` holds,
    by dimension, the keys in order with their names. `organization` is (code, name) where one was chosen.
    """

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    total: Row
    as_of: date
    known_at: datetime
    tree: str
    snapshot: Snapshot
    organization: tuple[str, Words] | None
    names: Mapping[str, Mapping[Key, Words]]

    @property
    def definitions(self) -> tuple[Definition, ...]:
        """What every column means, in words, with its legal source."""
        return tuple(column.definition for column in self.columns)

    def dimensions(self) -> tuple[str, ...]:
        """Ids of the dimensions, in order."""
        return tuple(column.definition.id for column in self.columns if not column.is_measure)

    def measures(self) -> tuple[Measure, ...]:
        """The measures, in order."""
        return tuple(MEASURES[column.definition.id] for column in self.columns if column.is_measure)

    def as_json(self, language: str) -> dict[str, Any]:
        """The wire form: a row names each dimension by key and, beside it, `<dimension>_name`; decimals are strings."""
        return {
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat(),
            "tree": self.tree,
            "organization": None if self.organization is None
            else {"code": self.organization[0], "name": self.organization[1].said_in(language)},
            "snapshot": {"id": self.snapshot.id, "taken_at": self.snapshot.taken_at.isoformat()},
            "columns": [
                {"kind": "measure" if column.is_measure else "dimension", **column.definition.as_json(language)}
                for column in self.columns
            ],
            "rows": [self._row_json(row, language) for row in self.rows],
            "total": self._values_json(self.total),
        }

    def _row_json(self, row: Row, language: str) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for dimension, key, name in zip(self.dimensions(), row.keys, row.names, strict=True):
            named |= {dimension: key, f"{dimension}_name": name.said_in(language)}
        return named | self._values_json(row)

    def _values_json(self, row: Row) -> dict[str, Any]:
        return {
            measure.id: str(value) if isinstance(value, Decimal) else value
            for measure, value in zip(self.measures(), row.values, strict=True)
        }


@dataclass(frozen=True)
class Line:
    """A line of a cross table, ready to draw.

    `values` stand in the order of the columns, `total` over all of them. `shares` are the pieces of a stacked bar in
    percent of the line (None unless the measure adds up), `length` the bar in percent of the longest line.
    """

    key: Key
    name: Words
    values: tuple[Value, ...]
    total: Value
    shares: tuple[Decimal, ...] | None
    length: Decimal


@dataclass(frozen=True)
class Cross:
    """One measure, one dimension down and one across (or none): lines, and the line of all."""

    measure: Measure
    columns: tuple[tuple[Key, Words], ...]
    lines: tuple[Line, ...]
    total: Line


def cross(table: Table, measure: str, down: str, across: str | None = None) -> Cross:
    """A table turned for reading: other dimensions are summed over, every total is computed from its own sums.

    Columns are the keys that occur; of dimensions with fixed groups, such as age bands, all of them.
    """
    figure = MEASURES[measure]
    at = table.dimensions().index(down)
    beside = table.dimensions().index(across) if across else None
    columns = _keys(table, across) if across else ()
    cells = _sums(figure, ((row.keys[at], row.keys[beside] if beside is not None else None, row.parts) for row in table.rows))
    ends = {key: _sum(figure, (parts for (one, _), parts in cells.items() if one == key)) for key in _keys(table, down)}
    longest = max((figure.figure(parts) or 0 for parts in ends.values()), default=0)
    lines = tuple(
        _line(figure, key, table.names[down][key], [cells.get((key, column)) for column in columns], parts, longest)
        for key, parts in ends.items()
    )
    below = [_sum(figure, (parts for (_, one), parts in cells.items() if one == column)) for column in columns]
    total = _line(figure, None, Words("Tổng số", "Total"), below, _sum(figure, ends.values()), 0)
    return Cross(figure, tuple((key, table.names[across][key]) for key in columns) if across else (), lines, total)


def _keys(table: Table, dimension: str) -> tuple[Key, ...]:
    at = table.dimensions().index(dimension)
    found = {row.keys[at] for row in table.rows}
    fixed = {key for key, _ in DIMENSIONS[dimension].groups} if found else set()
    return tuple(key for key in table.names[dimension] if key in found | fixed)


def _sum(measure: Measure, parts: Iterable[Parts]) -> Parts:
    return add(parts, measure.parts)


def _sums(measure: Measure, rows: Iterable[tuple[Key, Key, Parts]]) -> dict[tuple[Key, Key], Parts]:
    cells: dict[tuple[Key, Key], list[Parts]] = {}
    for down, across, parts in rows:
        cells.setdefault((down, across), []).append(parts)
    return {place: _sum(measure, parts) for place, parts in cells.items()}


def _line(
    measure: Measure, key: Key, name: Words, cells: list[Parts | None], end: Parts, longest: Number
) -> Line:
    values = tuple(measure.figure(parts if parts is not None else add((), measure.parts)) for parts in cells)
    total = measure.figure(end)
    shares = tuple(_percent(value, total) for value in values) if measure.additive else None
    return Line(key, name, values, total, shares, _percent(total, longest))


def _percent(value: Value, of: Value) -> Decimal:
    return ratio((value or 0) * 100, of or 0, 2) or Decimal(0)


def names_of(names: Mapping[str, Words]) -> dict[Key, Words]:
    """Keys in order with their names; persons without a value come last."""
    return {**names, None: NOT_RECORDED}
