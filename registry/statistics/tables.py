"""What the statistics answer: a table with exact figures, and its rearrangement for pages and charts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple

from registry.statistics.definitions import Definition
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.measures import Measure, Number, Parts, add, measure_of, ratio
from registry.words import Words

TOTAL = Words("Tổng số", "Total")

Key = str | None
Value = Number | None


@dataclass(frozen=True)
class Column:
    """A column of the table: first the dimensions, then the measures."""

    definition: Definition
    is_measure: bool


class Row(NamedTuple):
    """One group: a key and a name for each dimension, a value for each measure, the sums these came from."""

    keys: tuple[Key, ...]
    names: tuple[Words, ...]
    values: tuple[Value, ...]
    parts: Parts


@dataclass(frozen=True)
class Snapshot:
    """The state counted, named by its newest approved change and the day; when, by the database's clock."""

    id: str
    taken_at: datetime


@dataclass(frozen=True)
class Table:
    """The groups in the order of their lists, the total over all of them, and what was asked and read.

    `known_at` is the moment whose knowledge was counted: the one asked for, else that of the snapshot.
    `names` holds, by dimension, the keys in order with their names. `organization` is (code, name) where one
    was chosen.
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
        return tuple(measure_of(column.definition.id) for column in self.columns if column.is_measure)

    def subtotals(self) -> list[tuple[tuple[str, ...], tuple[Row, ...]]]:
        """Figures of coarser groups: by every smaller choice of the dimensions, in their order, at least one."""
        dimensions = self.dimensions()
        parts = tuple(dict.fromkeys(part for one in self.measures() for part in one.parts))
        found = []
        for size in range(len(dimensions) - 1, 0, -1):
            for places in combinations(range(len(dimensions)), size):
                together: dict[tuple[Key, ...], list[Row]] = {}
                for row in self.rows:
                    together.setdefault(tuple(row.keys[at] for at in places), []).append(row)
                order = [{key: at for at, key in enumerate(self.names[dimensions[at]])} for at in places]
                keys = sorted(together, key=lambda key: [at[one] for at, one in zip(order, key, strict=True)])
                rows = tuple(self._sum(places, key, together[key], parts) for key in keys)
                found.append((tuple(dimensions[at] for at in places), rows))
        return found

    def _sum(
        self, places: Sequence[int], keys: tuple[Key, ...], rows: Sequence[Row], names: Sequence[str]
    ) -> Row:
        parts = add((row.parts for row in rows), names)
        values = tuple(measure.figure(parts) for measure in self.measures())
        return Row(keys, tuple(rows[0].names[at] for at in places), values, parts)

    def as_json(self, language: str, *, subtotals: bool = False) -> dict[str, Any]:
        """The wire form. A row holds `<dimension>` (key), `<dimension>_name`, measures; decimals are text."""
        return self._json(language) | ({"subtotals": self._subtotals_json(language)} if subtotals else {})

    def _subtotals_json(self, language: str) -> list[dict[str, Any]]:
        return [
            {"by": list(by), "rows": self._rows_json(rows, language, by)} for by, rows in self.subtotals()
        ]

    def _json(self, language: str) -> dict[str, Any]:
        return {
            "as_of": self.as_of.isoformat(),
            "known_at": self.known_at.isoformat(),
            "tree": self.tree,
            "organization": self._organization_json(language),
            "snapshot": {"id": self.snapshot.id, "taken_at": self.snapshot.taken_at.isoformat()},
            "columns": [
                {
                    "kind": "measure" if column.is_measure else "dimension",
                    **column.definition.as_json(language),
                }
                for column in self.columns
            ],
            "rows": self._rows_json(self.rows, language, self.dimensions()),
            "total": self.values_json(self.total),
        }

    def _organization_json(self, language: str) -> dict[str, str] | None:
        if self.organization is None:
            return None
        code, name = self.organization
        return {"code": code, "name": name.said_in(language)}

    def _rows_json(
        self, rows: Iterable[Row], language: str, dimensions: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Thousands of rows may be asked for: what is one for all is looked up once."""
        pairs = [(at, one, f"{one}_name") for at, one in enumerate(dimensions)]
        measures = [measure.id for measure in self.measures()]
        found = []
        for row in rows:
            said: dict[str, Any] = {}
            for at, dimension, named in pairs:
                said[dimension], said[named] = row.keys[at], row.names[at].said_in(language)
            for measure, value in zip(measures, row.values, strict=True):
                said[measure] = str(value) if isinstance(value, Decimal) else value
            found.append(said)
        return found

    def values_json(self, row: Row) -> dict[str, Any]:
        """The figures of a row by measure; decimals are text."""
        (said,) = self._rows_json([row], "", ())
        return said


@dataclass(frozen=True)
class Line:
    """A line of a cross table, ready to draw.

    `values` stand in the order of the columns, `total` over all of them. `shares` are the pieces of a stacked
    bar in percent of the line (None unless the measure adds up), `length` the bar in percent of the longest
    line.
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
    """A table turned for reading: other dimensions are summed over, every total comes from its own sums.

    Columns are the keys that occur; of dimensions with fixed groups, such as age bands, all of them.
    """
    figure = measure_of(measure)
    keys, columns = _keys(table, down), _keys(table, across) if across else ()
    cells, ends, below = _sums(table, figure, down, across)
    nobody = add((), figure.parts)
    longest = max((figure.figure(parts) or 0 for parts in ends.values()), default=0)
    lines = tuple(
        _line(
            figure,
            (key, table.names[down][key]),
            [cells.get((key, column), nobody) for column in columns],
            ends.get(key, nobody),
            longest,
        )
        for key in keys
    )
    total = _line(
        figure,
        (None, TOTAL),
        [below.get(column, nobody) for column in columns],
        add(ends.values(), figure.parts),
        0,
    )
    named = tuple((column, table.names[across][column]) for column in columns) if across else ()
    return Cross(figure, named, lines, total)


def _keys(table: Table, dimension: str) -> tuple[Key, ...]:
    at = table.dimensions().index(dimension)
    shown: set[Key] = {row.keys[at] for row in table.rows}
    if shown:
        shown |= {key for key, _ in DIMENSIONS[dimension].groups}
    return tuple(key for key in table.names[dimension] if key in shown)


Sums = dict[Any, dict[str, Number]]


def _sums(table: Table, measure: Measure, down: str, across: str | None) -> tuple[Sums, Sums, Sums]:
    """The parts of every cell, of every line, of every column."""
    at = table.dimensions().index(down)
    beside = table.dimensions().index(across) if across else None
    cells: Sums = {}
    ends: Sums = {}
    below: Sums = {}
    for row in table.rows:
        column = row.keys[beside] if beside is not None else None
        for sums, place in ((cells, (row.keys[at], column)), (ends, row.keys[at]), (below, column)):
            held = sums.setdefault(place, add((), measure.parts))
            for part in measure.parts:
                held[part] += row.parts[part]
    return cells, ends, below


def _line(
    measure: Measure, named: tuple[Key, Words], cells: Sequence[Parts], end: Parts, longest: Number
) -> Line:
    values = tuple(measure.figure(parts) for parts in cells)
    total = measure.figure(end)
    shares = tuple(_percent(value, total) for value in values) if measure.additive else None
    return Line(*named, values, total, shares, _percent(total, longest))


def _percent(value: Value, of: Value) -> Decimal:
    return ratio((value or 0) * 100, of or 0, 2) or Decimal(0)
