"""Counting in the columns of a day: the groups of a question and their exact sums.

What a dimension or a part of a measure means is said once, in SQL (dimensions.py, measures.py). Here PostgreSQL is asked for
it over the distinct values of a column, a few hundred, in place of the persons, and the answers become tables to look up.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import Any, cast

import numpy as np
import sqlalchemy as sa
from sqlalchemy import FromClause
from sqlalchemy.orm import Session
from sqlalchemy.sql import visitors

from registry.catalogues.lists import Item
from registry.statistics.asking import CrossTab
from registry.statistics.days import eve
from registry.statistics.dimensions import DIMENSIONS, NONE, PLACED
from registry.statistics.groups import Axis, Exact, Groups, Numbers, stacked
from registry.statistics.measures import PARTS
from registry.statistics.people import counting
from registry.statistics.snapshot import units
from registry.statistics.snapshot.cells import Cells, looked_up
from registry.statistics.snapshot.days import Day, Days
from registry.statistics.snapshot.in_post import Events, happened, turns
from registry.statistics.snapshot.live import Live, State
from registry.statistics.snapshot.loading import (
    ZERO,
    Dictionary,
    day_number,
    is_numbered,
    narrowest,
    unpacked,
)
from registry.statistics.snapshot.memory import keep_freed
from registry.statistics.snapshot.sources import DERIVED, EVENTS, SOURCE_OF, Derived
from registry.statistics.snapshot.store import Base, Moment
from registry.statistics.snapshot.units import Units

Lists = Mapping[str, Mapping[str, Item]]
MOST_CELLS = 1 << 22
"""Beyond so many possible groups only those that occur are numbered."""
MOST_A_PERSON = 2
"""Numbers of groups by values are counted in a table while it has no more cells than this for each person."""
THE_DAY = "day_asked"
BEFORE, ENTRIES, EXITS = "before", "entries", "exits"
HELD = frozenset({"people", BEFORE, ENTRIES, EXITS, *EVENTS})
"""The populations that are held."""
PLACE_COLUMNS = ("body", "unit", "kind")


CARRIED = "statistics_counter"
"""Under this name a session that counts carries the Columns of its process (Session.info)."""


@dataclass(frozen=True)
class Counted:
    """The groups that occur, and the state counted: its newest approved change, and when by the database's clock.

    `units` knows the names of the organizations, where the snapshot counted.
    """

    groups: Groups
    change_id: int
    taken_at: datetime
    units: Units | None = None


@dataclass(frozen=True)
class Coded:
    """A code a person, and what the codes stand for."""

    codes: Numbers
    values: Sequence[Any]
    kind: Any


@dataclass(frozen=True)
class Ready:
    """The snapshot at the state of a moment, which holds what a question asks."""

    days: Days
    tables: dict[Any, Any]
    state: State
    moment: Moment
    units: Units

    def knows(self, codes: Collection[str]) -> bool:
        """Whether all of these units are known."""
        return all(one in self.units.coded for one in codes)

    def units_of(self, codes: Collection[str]) -> dict[str, int]:
        """The ids of units by code."""
        return {one: int(self.units.ids[self.units.coded[one]]) for one in codes}

    def count(
        self, session: Session, query: CrossTab, lists: Lists, parts: Sequence[str], under: int | None
    ) -> Counted:
        """The answer to a question about what is recorded now."""
        return self.counted(self.groups(session, query, lists, parts, under))

    def counted(self, groups: Groups) -> Counted:
        """Groups with the state that they were counted in."""
        return Counted(groups, self.moment.change_id, self.moment.taken_at, self.units)

    def groups(
        self, session: Session, query: CrossTab, lists: Lists, parts: Sequence[str], under: int | None,
        *, series: CrossTab | None = None, empty: bool = True,
    ) -> Groups:  # fmt: skip
        """The groups of a day, or of a period that ends with it; `series` is the question of a series that it is part of. Where
        there is one group only, `empty` says whether it may be of nobody."""
        of: dict[str, list[str]] = {}
        for part in parts:
            of.setdefault(PARTS[part].of, []).append(part)
        asking = _Asking(self, session, query, lists, (series or query).as_of.on, under)
        each = [asking.question(one).counted(some, empty) for one, some in of.items()]
        return each[0] if len(each) == 1 else stacked(each).together(range(len(query.by)))

    def places(self, column: str, on: date, under: int | None) -> tuple[Numbers, Sequence[str]]:
        """For every unit that facts name, by its code, the code of its place; and what these codes stand for."""
        held = self.state.dictionaries["organization_id"].values
        key = ("place", column, on, under, self.state.units, len(held))
        found: tuple[Numbers, Sequence[str]] = remembered(
            self.tables, key, lambda: self._places(column, on, under, held)
        )
        return found

    def _places(
        self, column: str, on: date, under: int | None, held: Sequence[Any]
    ) -> tuple[Numbers, Sequence[str]]:
        units = self.units
        standing = units.standing(on, under)
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

    def keys(
        self,
        session: Session,
        dimension: str,
        coded: Coded,
        on: date,
        listed: Mapping[str, Item],
        beside: Any,
    ) -> tuple[Numbers, Sequence[str | None]]:
        """The number of the key of each code, and the keys. `beside`: what else they depend on, the day of the list and the place."""
        one = DIMENSIONS[dimension]

        def make() -> tuple[Numbers, Sequence[str | None]]:
            return asked(
                session, {one.column: coded}, lambda people: one.key(people.c[one.column], on, listed)
            )

        table: tuple[Numbers, Sequence[str | None]] = remembered(
            self.tables, ("key", dimension, on, len(coded.values), beside), make
        )
        return table

    def weights(self, session: Session, part: str, columns: Mapping[str, Coded], on: date) -> Exact:
        """What each value adds to a part."""
        numbers, found = asked(session, columns, lambda people: PARTS[part].sum(people, on), sums=True)
        return Exact.of(found).only(numbers)


@dataclass
class Columns:
    """Counts for one process. Tables looked up are remembered for the files they were made for: others have other codes."""

    live: Live
    days: Days = field(default_factory=Days)
    _known: tuple[Base | None, dict[Any, Any]] = field(default_factory=lambda: (None, {}))

    def __post_init__(self) -> None:
        keep_freed()

    def ready(self, session: Session, query: CrossTab, parts: Sequence[str]) -> Ready | None:
        """The registry as committed now, for a question about what is recorded now; None where PostgreSQL has to answer."""
        if query.as_of.known_at is not None or not is_numbered(query.as_of.on) or not _held(query, parts):
            return None
        opened = self.live.state(session)
        if opened is None:
            return None
        state, moment = opened
        base, tables = self._known
        if base is not state.base:
            _, tables = self._known = (state.base, {})
        held = remembered(tables, ("units", state.units), lambda: units.read(session))
        return Ready(self.days, tables, state, moment, held)


MOST_TABLES = 2_000


def remembered(tables: dict[Any, Any], key: Any, make: Callable[[], Any]) -> Any:
    """A table that was made before, or is now."""
    found = tables.get(key)
    if found is None:
        if len(tables) > MOST_TABLES:
            tables.clear()
        found = tables[key] = make()
    return found


def _held(query: CrossTab, parts: Sequence[str]) -> bool:
    """Whether the snapshot holds everything that the question reads: persons in post, and these columns of them."""
    populations = {PARTS[part].of for part in parts}
    if not populations <= HELD or (populations != {"people"} and not is_numbered(eve(query.starts_on))):
        return False
    used = [DIMENSIONS[one] for one in query.used()]
    columns = {one.column for one in used if one.id not in PLACED}
    columns |= {column for part in parts for column in PARTS[part].columns}
    placed = {one.column for one in used if one.id in PLACED}
    return columns <= {*SOURCE_OF, *DERIVED} and placed <= set(PLACE_COLUMNS)


@dataclass(frozen=True)
class _Asking:
    ready: Ready
    session: Session
    query: CrossTab
    lists: Lists
    latest: date
    """The last day looked at at all, of which the lists are."""
    under: int | None

    def question(self, population: str) -> "_Question":
        """The question to the rows of a population."""
        query, state = self.query, self.ready.state
        counts = counting(self.session)
        period = (day_number(query.starts_on), day_number(query.as_of.on))
        rows: Day | Events
        on = None
        if population in EVENTS:
            latest = (day_number(self.latest.replace(month=12, day=31)), day_number(self.latest))
            rows = happened(state, counts, EVENTS[population], *period, *latest)
        elif population in (ENTRIES, EXITS):
            rows = turns(state, counts, *period, leaving=population == EXITS)
        else:
            on = eve(query.starts_on) if population == BEFORE else query.as_of.on
            rows = self.ready.days.day(state, day_number(on), counts)
        return _Question(self.ready, self.session, query, self.lists, self.latest, rows, on, self.under)


@dataclass
class _Question:
    """`on`: the day on which all rows are looked at; None: each on its own."""

    ready: Ready
    session: Session
    query: CrossTab
    lists: Lists
    listed_on: date
    day: Day | Events
    on: date | None
    under: int | None

    @property
    def state(self) -> State:
        return self.ready.state

    def counted(self, parts: Sequence[str], empty: bool) -> Groups:
        """Each group that occurs with its parts; without dimensions one group, be it `empty`."""
        by = [self._keyed(one) for one in self.query.by]
        keys = [names for _, names in by]
        cells = Cells(self.day.size, [codes for codes, _ in by], [len(one) for one in keys], self._kept())
        cells, numbers = (cells, None) if cells.size <= MOST_CELLS else cells.occurring()
        found, sums = self._sums(parts, cells, empty and not keys)
        return Groups(axes_of(found if numbers is None else numbers[found], keys), sums, len(found))

    def _kept(self) -> Numbers | None:
        """Whether each person passes the filters; None where all do."""
        passes = []
        if self.under is not None:
            unit = self._placed("unit")
            passes.append(unit.codes > 0)
        for dimension, wanted in self.query.filters().items():
            numbers, names = self._keyed(dimension)
            passing = np.array([(NONE if one is None else one) in wanted for one in names])
            passes.append(looked_up(passing, numbers))
        return np.logical_and.reduce(passes) if passes else None

    def _keyed(self, dimension: str) -> tuple[Numbers, Sequence[str | None]]:
        """The number of the key of each person, and the keys."""
        one = DIMENSIONS[dimension]
        beside = (self.listed_on, self._place_key() if dimension in PLACED else None)

        def make() -> tuple[Numbers, Sequence[str | None]]:
            coded = self._placed(one.column) if dimension in PLACED else self._of_person(one.column)
            if self.on is None and dimension not in PLACED and self._turns_with_the_day(dimension):
                return self._keyed_by_day(dimension, coded)
            on = self.on or self.query.as_of.on
            table, names = self.ready.keys(self.session, dimension, coded, on, self.lists[dimension], beside)
            return looked_up(table, coded.codes), names

        found: tuple[Numbers, Sequence[str | None]] = self.day.remembered(("keyed", dimension, beside), make)
        return found

    def _turns_with_the_day(self, dimension: str) -> bool:
        name = DIMENSIONS[dimension].column
        kind = DERIVED[name].type if name in DERIVED else SOURCE_OF[name].columns[name]
        column: sa.ColumnElement[Any] = sa.column(name, kind)
        return names_the_day(DIMENSIONS[dimension].key(column, the_day(), self.lists[dimension]))

    def _keyed_by_day(self, dimension: str, coded: Coded) -> tuple[Numbers, Sequence[str | None]]:
        """The key of each row on its own day."""
        assert isinstance(self.day, Events)
        one, listed = DIMENSIONS[dimension], self.lists[dimension]
        days = [date.fromordinal(ZERO + int(day)) for day in range(int(self.day.days.max(initial=0)) + 1)]
        codes, both = _combined({one.column: coded, "day": Coded(self.day.days + 1, days, sa.Date())})
        numbers, names = asked(
            self.session, both, lambda people: one.key(people.c[one.column], people.c.day, listed)
        )
        return looked_up(numbers, codes), names

    def _place_key(self) -> tuple[Any, ...]:
        """What the place of a unit depends on, besides the day."""
        return (self.state.units, self.under, self.query.tree, self.query.today, self.query.as_of.on)

    def _of_person(self, column: str) -> Coded:
        if column in DERIVED:
            made: Coded = self.day.remembered(("derived", column), lambda: self._derived(DERIVED[column]))
            return made
        return Coded(
            self.day.column(column), self.state.dictionaries[column].values, SOURCE_OF[column].columns[column]
        )

    def _derived(self, column: Derived) -> Coded:
        """What follows from other columns, said for each combination of them that occurs."""
        codes, combined = self._together(column.inputs)
        known = Dictionary()
        numbers, found = asked(self.session, combined, lambda people: column.said(people.c))
        table = np.array([known.code(one) for one in found])[numbers]
        return Coded(looked_up(table, codes), known.values, column.type)

    def _together(self, columns: Iterable[str]) -> tuple[Numbers, Mapping[str, Coded]]:
        """One code a person for several columns together."""
        names = tuple(columns)
        made: tuple[Numbers, Mapping[str, Coded]] = self.day.remembered(
            ("together", names), lambda: _combined({name: self._of_person(name) for name in names})
        )
        return made

    def _placed(self, column: str) -> Coded:
        """Where each person's unit stands, by the tree asked for."""
        on = self.query.today if self.query.tree == "today" else self.query.as_of.on
        table, values = self.ready.places(column, on, self.under)
        return Coded(looked_up(table, self.day.column("organization_id")), values, sa.Text())

    def _sums(self, parts: Sequence[str], cells: Cells, empty: bool) -> tuple[Numbers, dict[str, Exact]]:
        """The cells that occur, or the only one, be it `empty`; and of these each part.

        Parts of one column come out of one count of its values by cell, where these are few beside the persons.
        """
        read: dict[tuple[str, ...], list[str]] = {}
        for part in parts:
            read.setdefault(tuple(sorted(PARTS[part].columns)), []).append(part)
        each = {columns: self._together(columns) for columns in read if columns}
        tables = {columns: _table(cells, *one) for columns, one in each.items() if _few(cells, one[1])}
        first = next(iter(tables.values()), None)
        counts = cells.counts() if first is None else first.sum(axis=1)
        found = np.zeros(1, np.int64) if empty else np.flatnonzero(counts)
        sums = dict.fromkeys(read.get((), ()), Exact(counts[found]))
        for columns, (codes, combined) in each.items():
            rows = tables[columns][found] if columns in tables else None
            for part in read[columns]:
                one = self._weights(part, columns, combined)
                total = cells.totals(codes, one.whole)[found] if rows is None else rows @ one.whole
                sums[part] = Exact(total, one.scale)
        return found, sums

    def _weights(self, part: str, columns: tuple[str, ...], combined: Mapping[str, Coded]) -> Exact:
        """What each value adds to a part."""
        on = self.on or self.query.as_of.on

        def make() -> Exact:
            return self.ready.weights(self.session, part, combined, on)

        if len(columns) == 1 and columns[0] not in DERIVED:
            key = ("part", part, on, len(combined[columns[0]].values))
            found: Exact = remembered(self.ready.tables, key, make)
        else:
            found = self.day.remembered(("part", part), make)
        return found


def the_day() -> Any:
    """Stands for the day asked for, to see whether an expression depends on it."""
    return sa.column(THE_DAY, sa.Date)


def names_the_day(expression: Any) -> bool:
    """Whether `the_day` is part of the expression."""
    return any(getattr(one, "name", None) == THE_DAY for one in visitors.iterate(expression))


def asked(
    session: Session, columns: Mapping[str, Coded], expression: Any, sums: bool = False
) -> tuple[Numbers, list[Any]]:
    """What PostgreSQL says of each value (and of none, first): a key, or with `sums` an aggregate. For each value the number of
    what is said, and what that is; a row for each value would take longer than the rest.
    """
    people = _values(columns)
    said = sa.select(people.c.place, expression(people).label("said")).select_from(people)
    each = (said.group_by(people.c.place) if sums else said).subquery("each")
    places = sa.func.array_send(sa.func.array_agg(sa.cast(each.c.place, sa.Integer)))
    rows = session.execute(sa.select(each.c.said, places).group_by(each.c.said)).all()
    numbers = np.zeros(1 + max(len(one.values) for one in columns.values()), narrowest(len(rows)))
    for number, (_, sent) in enumerate(rows):
        numbers[unpacked(sent, ">i4") - 1] = number
    return numbers, [row[0] for row in rows]


def _values(columns: Mapping[str, Coded]) -> FromClause:
    """The distinct values as if they were persons."""
    arrays = [_array(one) for one in columns.values()]
    named = [sa.column(name, one.kind) for name, one in columns.items()]
    return (
        sa.func.unnest(*arrays).table_valued(*named, with_ordinality="place", name="people").render_derived()
    )


def _array(coded: Coded) -> sa.ColumnElement[Any]:
    """None and the values as an array; days, which are thousands, as its text."""
    kind = sa.ARRAY(coded.kind)
    if isinstance(coded.kind, sa.Date):
        return sa.cast(sa.literal(_days(tuple(coded.values)), sa.Text()), kind)
    return sa.cast([None, *coded.values], kind)


@lru_cache(8)
def _days(days: tuple[date | None, ...]) -> str:
    """None and days as PostgreSQL writes an array; the days of a column are the same for every question."""
    return f"{{{','.join('NULL' if one is None else one.isoformat() for one in (None, *days))}}}"


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


def _few(cells: Cells, combined: Mapping[str, Coded]) -> bool:
    """Whether the values of one column by cell are few beside the persons."""
    return len(combined) == 1 and cells.size * _values_of(combined) <= MOST_A_PERSON * cells.persons


def _values_of(combined: Mapping[str, Coded]) -> int:
    return max(len(one.values) for one in combined.values()) + 1


def _table(cells: Cells, codes: Numbers, combined: Mapping[str, Coded]) -> Numbers:
    """How many persons of each cell have each value."""
    values = _values_of(combined)
    return cells.divided(codes, values).counts().reshape(cells.size, values)


def axes_of(numbers: Numbers, keys: Sequence[Sequence[str | None]]) -> tuple[Axis, ...]:
    """What the numbers of groups say: which key each has of every dimension."""
    places = np.unravel_index(numbers, [len(one) for one in keys]) if keys else ()
    return tuple(Axis(at, names) for at, names in zip(places, keys, strict=True))
