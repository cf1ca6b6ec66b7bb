"""What the statistics answer: a table with exact figures."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from itertools import combinations, repeat
from typing import Any, NamedTuple

from registry.statistics.definitions import Definition
from registry.statistics.groups import Groups, Key, Number
from registry.statistics.measures import Measure, Parts, measure_of
from registry.words import Words

TOTAL = Words("Tổng số", "Total")

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
    groups: Groups
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

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The groups one by one."""
        return self._rows(self.groups, self.dimensions(), self.values)

    @cached_property
    def values(self) -> tuple[list[Value], ...]:
        """The figures of every group, by measure."""
        return self._values(self.groups)

    def dimensions(self) -> tuple[str, ...]:
        """Ids of the dimensions, in order."""
        return tuple(column.definition.id for column in self.columns if not column.is_measure)

    def measures(self) -> tuple[Measure, ...]:
        """The measures, in order."""
        return tuple(measure_of(column.definition.id) for column in self.columns if column.is_measure)

    def subtotals(self) -> list[tuple[tuple[str, ...], tuple[Row, ...]]]:
        """Figures of coarser groups: by every smaller choice of the dimensions, in their order, at least one."""
        return [(by, self._rows(groups, by, self._values(groups))) for by, groups in self._coarser()]

    def _coarser(self) -> Iterator[tuple[tuple[str, ...], Groups]]:
        dimensions = self.dimensions()
        for size in range(len(dimensions) - 1, 0, -1):
            for places in combinations(range(len(dimensions)), size):
                by = tuple(dimensions[at] for at in places)
                orders = [{key: at for at, key in enumerate(self.names[one])} for one in by]
                yield by, self.groups.together(places).sorted(orders)

    def _values(self, groups: Groups) -> tuple[list[Value], ...]:
        return tuple(measure.figure.each(groups.parts) for measure in self.measures())

    def _called(self, groups: Groups, by: Sequence[str]) -> list[list[Words]]:
        """The name of each group's key of each dimension."""
        return [axis.called(self.names[one]) for axis, one in zip(groups.axes, by, strict=True)]

    def _rows(self, groups: Groups, by: Sequence[str], values: Sequence[Sequence[Value]]) -> tuple[Row, ...]:
        size = groups.size
        keys = lines([axis.each() for axis in groups.axes], size)
        names = lines(self._called(groups, by), size)
        parts = lines([one.each() for one in groups.parts.values()], size)
        each = zip(keys, names, lines(values, size), parts, strict=True)
        return tuple(
            Row(key, name, value, dict(zip(groups.parts, of, strict=True))) for key, name, value, of in each
        )

    def as_json(self, language: str, *, subtotals: bool = False) -> dict[str, Any]:
        """The wire form. A row holds `<dimension>` (key), `<dimension>_name`, measures; decimals are text."""
        return self._json(language) | ({"subtotals": self._subtotals_json(language)} if subtotals else {})

    def _subtotals_json(self, language: str) -> list[dict[str, Any]]:
        return [
            {"by": list(by), "rows": self._rows_json(groups, by, self._values(groups), language)}
            for by, groups in self._coarser()
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
            "rows": self._rows_json(self.groups, self.dimensions(), self.values, language),
            "total": self.values_json(self.total),
        }

    def _organization_json(self, language: str) -> dict[str, str] | None:
        if self.organization is None:
            return None
        code, name = self.organization
        return {"code": code, "name": name.said_in(language)}

    def columns_in(self, language: str) -> dict[str, Sequence[Any]]:
        """Every column by its title: key and name of each dimension, then the measures."""
        return self._columns(self.groups, self.dimensions(), self.values, language)

    def _columns(
        self, groups: Groups, by: Sequence[str], values: Sequence[Sequence[Value]], language: str
    ) -> dict[str, Sequence[Any]]:
        found: dict[str, Sequence[Any]] = {}
        for axis, one, called in zip(groups.axes, by, self._called(groups, by), strict=True):
            found[one], found[f"{one}_name"] = axis.each(), [name.said_in(language) for name in called]
        return found | {one.id: figures for one, figures in zip(self.measures(), values, strict=True)}

    def _rows_json(
        self, groups: Groups, by: Sequence[str], values: Sequence[Sequence[Value]], language: str
    ) -> list[dict[str, Any]]:
        told = [[_json(one) for one in figures] for figures in values]
        columns = self._columns(groups, by, told, language)
        return [dict(zip(columns, line, strict=True)) for line in lines([*columns.values()], groups.size)]

    def values_json(self, row: Row) -> dict[str, Any]:
        """The figures of a row by measure; decimals are text."""
        return {measure.id: _json(one) for measure, one in zip(self.measures(), row.values, strict=True)}


def lines(columns: Sequence[Sequence[Any]], size: int) -> Iterable[tuple[Any, ...]]:
    """Columns line by line; where there is no column, lines of nothing."""
    return zip(*columns, strict=True) if columns else repeat((), size)


def _json(value: Value) -> Any:
    return str(value) if isinstance(value, Decimal) else value
