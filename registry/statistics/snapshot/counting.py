"""Counting in the columns of a day: the groups of a question and their exact sums.

What a dimension or a part of a measure means is said once, in SQL (dimensions.py, measures.py). Here PostgreSQL is asked for
it over the distinct values of a column, a few hundred, in place of the persons, and the answers become tables to look up.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from math import prod
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from sqlalchemy import FromClause
from sqlalchemy.orm import Session

from registry.catalogues.lists import Item
from registry.statistics.asking import CrossTab
from registry.statistics.dimensions import DIMENSIONS, NONE, PLACED
from registry.statistics.measures import PARTS, Number
from registry.statistics.people import counting
from registry.statistics.snapshot import units
from registry.statistics.snapshot.days import Day, Days
from registry.statistics.snapshot.live import Live, State
from registry.statistics.snapshot.loading import Dictionary, Numbers, day_number, is_numbered, narrowest
from registry.statistics.snapshot.sources import DERIVED, SOURCE_OF, Derived
from registry.statistics.snapshot.store import Base
from registry.statistics.snapshot.units import Units

Lists = Mapping[str, Mapping[str, Item]]
Cell = tuple[tuple[str | None, ...], dict[str, Number]]
"""The keys of a group and its parts."""
MOST_CELLS = 1 << 22
"""Beyond so many possible groups only those that occur are numbered."""
EXACT = 1 << 53
"""Whole numbers below it are exact as floating point, in which NumPy adds weights."""
PEOPLE = "people"
"""The population that is held."""
PLACE_COLUMNS = ("body", "unit", "kind")


CARRIED = "statistics_counter"
"""Under this name a session that counts carries the Columns of its process (Session.info)."""


@dataclass(frozen=True)
class Counted:
    """The groups that occur, and the state counted: its newest approved change, and when by the database's clock.

    `units` knows the names of the organizations, where the snapshot counted.
    """

    cells: list[Cell]
    change_id: int
    taken_at: datetime
    units: Units | None = None


@dataclass(frozen=True)
class Coded:
    """A code a person, and what the codes stand for."""

    codes: Numbers
    values: Sequence[Any]
    kind: Any


@dataclass
class Columns:
    """Counts for one process. Tables looked up are remembered for the files they were made for."""

    live: Live
    days: Days = field(default_factory=Days)
    _units: tuple[int, Units] | None = None
    _tables: dict[Any, Any] = field(default_factory=dict)
    _base: Base | None = None

    def count(
        self, session: Session, query: CrossTab, lists: Lists, parts: Sequence[str], under: int | None
    ) -> Counted | None:
        """The answer to a question about what is recorded now; None where PostgreSQL has to give it."""
        if query.as_of.known_at is not None or not is_numbered(query.as_of.on) or not _held(query, parts):
            return None
        opened = self.live.state(session)
        if opened is None:
            return None
        state, moment = opened
        if state.base is not self._base:  # other files, other codes
            self._tables.clear()
            self._base, self._units = state.base, None
        day = self.days.day(state, day_number(query.as_of.on), frozenset(counting(session)))
        cells = list(_Question(self, session, query, lists, state, day, under).cells(parts))
        held = self.units(session, state)
        return Counted(cells, moment.change_id, moment.taken_at, held)

    def units(self, session: Session, state: State) -> Units:
        """The organizations as they are for a state; read again when one of them changed."""
        if self._units is None or self._units[0] != state.units:
            self._units = (state.units, units.read(session))
        return self._units[1]

    def remembered(self, key: Any, make: Any) -> Any:
        """A table that was made before, or is now."""
        if key not in self._tables:
            if len(self._tables) > 2_000:
                self._tables.clear()
            self._tables[key] = make()
        return self._tables[key]


def _held(query: CrossTab, parts: Sequence[str]) -> bool:
    """Whether the snapshot holds everything that the question reads: persons in post, and these columns of them."""
    if any(PARTS[part].of != PEOPLE for part in parts):
        return False
    used = [DIMENSIONS[one] for one in query.used()]
    columns = {one.column for one in used if one.id not in PLACED}
    columns |= {column for part in parts for column in PARTS[part].columns}
    placed = {one.column for one in used if one.id in PLACED}
    return columns <= {*SOURCE_OF, *DERIVED} and placed <= set(PLACE_COLUMNS)


@dataclass
class _Question:
    columns: Columns
    session: Session
    query: CrossTab
    lists: Lists
    state: State
    day: Day
    under: int | None

    def cells(self, parts: Sequence[str]) -> Iterator[Cell]:
        """Each group that occurs with its parts; without dimensions one group, be it empty."""
        groups, keys = self._groups()
        kept = self._kept()
        if kept is not None:
            groups = groups[kept]
        size = max(prod(len(one) for one in keys), 1)
        groups, numbers = (groups, None) if size <= MOST_CELLS else _renumbered(groups)
        counts = np.bincount(groups, minlength=1 if numbers is None else len(numbers))
        sums = {part: self._sum(part, groups, kept, counts) for part in parts}
        for cell in np.flatnonzero(counts) if keys else [0]:
            number = int(cell) if numbers is None else int(numbers[cell])
            yield _keys(number, keys), {part: one(cell) for part, one in sums.items()}

    def _groups(self) -> tuple[Numbers, list[Sequence[str | None]]]:
        """The number of each person's group, and the keys of each dimension."""
        found = [self._dimension(one) for one in self.query.by]
        keys = [names for _, _, names in found]
        wide = np.int32 if prod(map(len, keys)) < 1 << 31 else np.int64
        groups: Numbers | None = None
        for at, (codes, table, _) in enumerate(found):
            numbers = (table.astype(wide) * prod(map(len, keys[at + 1 :])))[codes]
            groups = numbers if groups is None else np.add(groups, numbers, out=groups)
        return (np.zeros(self.day.size, wide) if groups is None else groups), keys

    def _kept(self) -> Numbers | None:
        """Whether each person passes the filters; None where all do."""
        passes = []
        if self.under is not None:
            unit = self._placed("unit")
            passes.append(unit.codes > 0)
        for dimension, wanted in self.query.filters().items():
            codes, table, names = self._dimension(dimension)
            passes.append(np.array([(NONE if one is None else one) in wanted for one in names])[table][codes])
        return np.logical_and.reduce(passes) if passes else None

    def _dimension(self, dimension: str) -> tuple[Numbers, Numbers, Sequence[str | None]]:
        """A code a person, the number of the key of each code, and the keys."""
        one = DIMENSIONS[dimension]
        coded = self._placed(one.column) if dimension in PLACED else self._of_person(one.column)
        on = self.query.as_of.on

        def make() -> tuple[Numbers, Sequence[str | None]]:
            listed = self.lists[dimension]
            found = self._asked({one.column: coded}, lambda people: one.key(people.c[one.column], on, listed))
            names = list(dict.fromkeys(found))
            numbers = {name: at for at, name in enumerate(names)}
            return np.array([numbers[name] for name in found], narrowest(len(names))), names

        tree = (self.state.units, self.under, self.query.tree, self.query.today)
        key = ("key", dimension, on, len(coded.values), tree if dimension in PLACED else None)
        table, names = self.columns.remembered(key, make)
        return coded.codes, table, names

    def _of_person(self, column: str) -> Coded:
        if column in DERIVED:
            made: Coded = self.day.derived(column, lambda: self._derived(DERIVED[column]))
            return made
        return Coded(
            self.day.column(column), self.state.dictionaries[column].values, SOURCE_OF[column].columns[column]
        )

    def _derived(self, column: Derived) -> Coded:
        """What follows from other columns, said for each combination of them that occurs."""
        codes, combined = _combined({name: self._of_person(name) for name in column.inputs})
        known = Dictionary()
        table = np.array(
            [known.code(one) for one in self._asked(combined, lambda people: column.said(people.c))]
        )
        return Coded(table[codes], known.values, column.type)

    def _placed(self, column: str) -> Coded:
        """Where each person's unit stands, by the tree asked for."""
        held = self.state.dictionaries["organization_id"].values
        on = self.query.today if self.query.tree == "today" else self.query.as_of.on
        key = ("place", column, on, self.under, self.state.units, len(held))
        table, values = self.columns.remembered(key, lambda: self._places(column, on, held))
        return Coded(table[self.day.column("organization_id")], values, sa.Text())

    def _places(self, column: str, on: date, held: Sequence[Any]) -> tuple[Numbers, Sequence[str]]:
        """For every unit that facts name, by its code, the code of its place; and what these codes stand for."""
        units = self.columns.units(self.session, self.state)
        standing = units.standing(on, self.under)
        at = np.array([units.at.get(one, -1) for one in held], np.int64)
        known = Dictionary()
        if column == "kind":
            found = [
                units.kinds[standing.version[one]] if one >= 0 and standing.placed[one] else None
                for one in at
            ]
        else:
            place = getattr(standing, column)
            found = [units.codes[place[one]] if one >= 0 and place[one] >= 0 else None for one in at]
        codes = np.array([0, *(known.code(one) for one in found)])
        return codes.astype(narrowest(len(known.values))), cast(Sequence[str], known.values)

    def _sum(
        self, part: str, groups: Numbers, kept: Numbers | None, counts: Numbers
    ) -> Callable[[Any], Number]:
        """The sum of a part by group, as a function of the group."""
        if not PARTS[part].columns:
            return lambda cell: int(counts[cell])
        columns = {name: self._of_person(name) for name in sorted(PARTS[part].columns)}
        codes, combined = _combined(columns)

        def make() -> tuple[Numbers, int]:
            return _whole_numbers(
                self._asked(combined, lambda people: PARTS[part].sum(people, self.query.as_of.on), sums=True)
            )

        stamp = (
            None if len(columns) > 1 or set(columns) & set(DERIVED) else len(combined[min(columns)].values)
        )
        weights, scale = (
            self.columns.remembered(("part", part, self.query.as_of.on, stamp), make) if stamp else make()
        )
        weights = weights[codes]
        totals = _totals(groups, weights if kept is None else weights[kept], len(counts))
        if scale:
            return lambda cell: Decimal(int(totals[cell])).scaleb(-scale)
        return lambda cell: int(totals[cell])

    def _asked(self, columns: Mapping[str, Coded], expression: Any, sums: bool = False) -> list[Any]:
        """What PostgreSQL says of each value (and of none, first): a key, or with `sums` an aggregate."""
        people = _values(columns)
        wanted = expression(people)
        statement = sa.select(people.c.place, wanted).select_from(people).order_by(people.c.place)
        if sums:
            statement = statement.group_by(people.c.place)
        return [row[1] for row in self.session.execute(statement)]


def _values(columns: Mapping[str, Coded]) -> FromClause:
    """The distinct values as if they were persons."""
    arrays = [sa.cast([None, *one.values], sa.ARRAY(one.kind)) for one in columns.values()]
    named = [sa.column(name, one.kind) for name, one in columns.items()]
    return (
        sa.func.unnest(*arrays).table_valued(*named, with_ordinality="place", name="people").render_derived()
    )


def _combined(columns: Mapping[str, Coded]) -> tuple[Numbers, Mapping[str, Coded]]:
    """One code a person for the values of several columns together, and these values side by side."""
    if len(columns) == 1:
        (one,) = columns.values()
        return one.codes, columns
    numbers: Numbers = np.zeros(len(next(iter(columns.values())).codes), np.int64)
    for one in columns.values():
        numbers = numbers * (len(one.values) + 1) + one.codes
    distinct, codes = np.unique(numbers, return_inverse=True)
    beside: dict[str, Coded] = {}
    for name, one in reversed(list(columns.items())):
        distinct, places = np.divmod(distinct, len(one.values) + 1)
        values = [None, *one.values]
        beside[name] = Coded(codes, [values[int(at)] for at in places], one.kind)
    return codes + 1, dict(reversed(list(beside.items())))


def _whole_numbers(values: Sequence[Number]) -> tuple[Numbers, int]:
    """Sums as whole numbers and by how many decimals they were moved."""
    exact = [Decimal(one) for one in values]
    scale = max((-int(one.as_tuple().exponent) for one in exact), default=0)
    scale = max(scale, 0)
    return np.array([int(one.scaleb(scale)) for one in exact], np.int64), scale


def _totals(groups: Numbers, weights: Numbers, size: int) -> Numbers:
    """Exact sums by group: floating point holds them while they stay below 2^53, else high and low halves do."""
    largest = int(np.abs(weights).max(initial=0))
    if largest * max(len(groups), 1) < EXACT:
        return np.bincount(groups, weights, size).astype(np.int64)
    high, low = np.divmod(weights, 1 << 24)
    return (np.bincount(groups, high, size).astype(np.int64) << 24) + np.bincount(groups, low, size).astype(
        np.int64
    )


def _renumbered(groups: Numbers) -> tuple[Numbers, Numbers]:
    numbers, inverse = np.unique(groups, return_inverse=True)
    return inverse, numbers


def _keys(number: int, keys: Sequence[Sequence[str | None]]) -> tuple[str | None, ...]:
    found: list[str | None] = []
    for names in reversed(keys):
        number, at = divmod(number, len(names))
        found.append(names[at])
    return tuple(reversed(found))
