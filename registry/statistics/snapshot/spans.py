"""Series out of the snapshot: how many there are at the end of each of many periods, from one pass over the stretches.

Each stretch enters a table of differences at the first day that it holds on and leaves it at the first that it does not; running
sums are the figures. A question whose keys change with every day, such as age, is counted day by day as tables are.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from math import prod

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.periods import AsOf
from registry.statistics.asking import CrossTab
from registry.statistics.dimensions import DIMENSIONS, NONE, PLACED
from registry.statistics.groups import Axis, Exact, Groups, stacked
from registry.statistics.measures import PARTS
from registry.statistics.people import counting
from registry.statistics.snapshot.cells import totals_of
from registry.statistics.snapshot.counting import (
    Coded,
    Lists,
    Ready,
    asked,
    axes_of,
    names_the_day,
    remembered,
    the_day,
)
from registry.statistics.snapshot.in_post import codes_of, whoever_is_in_post
from registry.statistics.snapshot.loading import Numbers, Rows, day_number
from registry.statistics.snapshot.sources import SOURCE_OF
from registry.statistics.snapshot.stretches import IN_POST, Stretches, cut, filled

MOST_SUMS = 1 << 24
"""Beyond so many sums of groups, values and days a series is counted day by day."""


def over_time(
    ready: Ready,
    session: Session,
    query: CrossTab,
    lists: Lists,
    parts: Sequence[str],
    under: int | None,
    days: Sequence[tuple[date, date, date]],
) -> Groups:
    """The groups of many periods, the last day of each as it is written before their dimensions.

    `days`: in order, first and last of a period, and one on which the tree of units is the same as on the last.
    """
    series = _Series(ready, session, query, lists, tuple(parts), under)
    found: list[Groups] = []
    placed = under is not None or not PLACED.isdisjoint(query.used())
    for tree, block in groupby(days, lambda one: one[2] if placed else days[0][2]):
        some = [one[:2] for one in block]
        together = series.counted_at_once([last for _, last in some], tree)
        found += [series.counted_in(*one) for one in some] if together is None else [together]
    return stacked(found)


@dataclass
class _Series:
    ready: Ready
    session: Session
    query: CrossTab
    lists: Lists
    parts: tuple[str, ...]
    under: int | None

    def counted_in(self, first: date, last: date) -> Groups:
        """The groups of one period, as of a table."""
        query = replace(self.query, as_of=AsOf(last), since=first)
        found = self.ready.groups(
            self.session,
            query,
            self.lists,
            self.parts,
            self.under,
            series=self.query,
            empty=False,
        )
        period = Axis(np.zeros(found.size, np.int64), [last.isoformat()])
        return replace(found, axes=(period, *found.axes))

    def counted_at_once(self, days: Sequence[date], tree: date) -> Groups | None:
        """The groups of all days that have one tree of units; None where that is not for stretches to tell."""
        if not self._constant():
            return None
        by = [self._axis(one, tree) for one in self.query.by]
        amounts = {part: self._amount(part, days) for part in self.parts if PARTS[part].columns}
        groups = prod(len(one.keys) for one in by)
        if groups * (len(days) + 1) * max([1, *(one.width for one in amounts.values())]) > MOST_SUMS:
            return None
        filters = [
            (self._axis(dimension, tree), wanted) for dimension, wanted in self.query.filters().items()
        ]
        if self.under is not None:
            table, values = self.ready.places("unit", self._tree_day(tree), self.under)
            filters.append((_Axis("organization_id", table, [None, *values]), list(values)))
        sums = _Sums(len(days), groups, amounts)
        for stretches, rows in self._stretches(days, by, filters, amounts):
            sums.add(stretches, rows, by)
        counts, totals = sums.finished(self.parts)
        found = np.flatnonzero(counts)
        axes = axes_of(found, [[one.isoformat() for one in days], *(one.keys for one in by)])
        return Groups(axes, {part: one.only(found) for part, one in totals.items()}, len(found))

    def _tree_day(self, tree: date) -> date:
        return self.query.today if self.query.tree == "today" else tree

    def _constant(self) -> bool:
        """Whether those in post are counted, keys and amounts come of single columns that are held, and no key changes with the
        day.
        """
        if any(PARTS[part].of != "people" for part in self.parts):
            return False
        for one in self.query.used():
            column = DIMENSIONS[one].column
            if one not in PLACED and (column not in SOURCE_OF or self._of_the_day(one)):
                return False
        columns = [PARTS[part].columns for part in self.parts]
        return all(len(one) <= 1 and one <= set(SOURCE_OF) for one in columns)

    def _of_the_day(self, dimension: str) -> bool:
        one = DIMENSIONS[dimension]
        column = sa.column(one.column, SOURCE_OF[one.column].columns[one.column])
        return names_the_day(one.key(column, the_day(), self.lists[dimension]))

    def _coded(self, column: str) -> Coded:
        values = self.ready.state.dictionaries[column].values
        return Coded(np.zeros(0, np.uint8), values, SOURCE_OF[column].columns[column])

    def _axis(self, dimension: str, tree: date) -> "_Axis":
        """A dimension: of the codes of which column, what keys they have."""
        column, listed, on = DIMENSIONS[dimension].column, self.lists[dimension], self.query.as_of.on
        if dimension not in PLACED:
            table, keys = self.ready.keys(
                self.session, dimension, self._coded(column), on, listed, (on, None)
            )
            return _Axis(column, table, keys)
        day = self._tree_day(tree)
        places, values = self.ready.places(column, day, self.under)
        coded = Coded(places, values, sa.Text())
        key = (on, (self.ready.state.units, self.under, day))
        table, keys = self.ready.keys(self.session, dimension, coded, on, listed, key)
        return _Axis("organization_id", table[places], keys)

    def _amount(self, part: str, days: Sequence[date]) -> "_Amount":
        """What the values of a column add to a part, on all days or day by day."""
        (column,) = PARTS[part].columns
        coded = {column: self._coded(column)}
        one = sa.table("people", sa.column(column, coded[column].kind))
        size = len(coded[column].values)
        if not names_the_day(PARTS[part].sum(one, the_day())):
            on = self.query.as_of.on
            weights = remembered(
                self.ready.tables,
                ("part", part, on, size),
                lambda: self.ready.weights(self.session, part, coded, on),
            )
            return _Amount(column, weights.whole, weights.scale)
        many = remembered(
            self.ready.tables, ("part", part, tuple(days), size), lambda: self._by_day(part, coded, days)
        )
        return _Amount(column, many.whole.reshape(len(days), -1).T, many.scale)

    def _by_day(self, part: str, coded: Mapping[str, Coded], days: Sequence[date]) -> Exact:
        told = [
            asked(self.session, coded, lambda people, on=day: PARTS[part].sum(people, on), sums=True)
            for day in days
        ]
        return Exact.of(values[at] for numbers, values in told for at in numbers.tolist())

    def _stretches(
        self,
        days: Sequence[date],
        by: Sequence["_Axis"],
        filters: Sequence[tuple["_Axis", list[str]]],
        amounts: Mapping[str, "_Amount"],
    ) -> Iterator[tuple[Stretches, Mapping[str, Rows]]]:
        """The stretches of whoever is counted on one of the days at least, as numbers of days; some officials at a time."""
        columns = [*(one.column for one in by), *(one.column for one, _ in filters)]
        columns += [one.column for one in amounts.values()]
        further = sorted({SOURCE_OF[one].name for one in columns} - set(IN_POST))
        numbers = np.searchsorted([day_number(one) for one in days], np.arange(1 << 16)).astype(np.uint16)
        counted = counting(self.session)
        for in_post, rows, officials in whoever_is_in_post(self.ready.state, counted):
            stays = _on_some_day(in_post, numbers)
            for name in further:
                stays = cut(stays, _on_some_day(filled(name, rows[name], officials), numbers), officials)
            kept = np.ones(len(stays.who), bool)
            for axis, wanted in filters:
                passes = np.array([(NONE if one is None else one) in wanted for one in axis.keys])
                kept &= passes[axis.numbers(stays, rows)]
            yield stays.only(np.flatnonzero(kept)), rows


@dataclass(frozen=True)
class _Axis:
    """Of the codes of a column the number of the key, and the keys."""

    column: str
    table: Numbers
    keys: Sequence[str | None]

    def numbers(self, stretches: Stretches, rows: Mapping[str, Rows]) -> Numbers:
        """The number of the key of each stretch."""
        return self.table[codes_of(stretches, rows, self.column)]


@dataclass(frozen=True)
class _Amount:
    """What a value adds, moved by so many decimals; of each day, if `weights` has a line a value."""

    column: str
    weights: Numbers
    scale: int

    @property
    def width(self) -> int:
        """Sums to keep of a group and day."""
        return len(self.weights) if self.weights.ndim > 1 else 1


@dataclass
class _Sums:
    """Differences from one day to the next, by group."""

    days: int
    groups: int
    amounts: Mapping[str, _Amount]

    def __post_init__(self) -> None:
        self._counts = np.zeros(self.groups * (self.days + 1), np.int64)
        self._totals = {
            part: np.zeros(one.width * self.groups * (self.days + 1), np.int64)
            for part, one in self.amounts.items()
        }

    def add(self, stretches: Stretches, rows: Mapping[str, Rows], by: Sequence[_Axis]) -> None:
        """Let stretches come and go; their start and until are numbers of days."""
        group = np.zeros(len(stretches.who), np.int64)
        for axis in by:
            group = group * len(axis.keys) + axis.numbers(stretches, rows)
        line = self.days + 1
        comes, goes = group * line + stretches.start, group * line + stretches.until
        size = self.groups * line
        self._counts += np.bincount(comes, minlength=size) - np.bincount(goes, minlength=size)
        for part, one in self.amounts.items():
            codes = codes_of(stretches, rows, one.column)
            if one.width > 1:
                move = codes.astype(np.int64) * size
                size_of_all = size * one.width
                self._totals[part] += np.bincount(comes + move, minlength=size_of_all)
                self._totals[part] -= np.bincount(goes + move, minlength=size_of_all)
            else:
                self._totals[part] += totals_of(comes, codes, one.weights, size)
                self._totals[part] -= totals_of(goes, codes, one.weights, size)

    def finished(self, parts: Sequence[str]) -> tuple[Numbers, dict[str, Exact]]:
        """How many there are of each group on each day, and every part; day by day, and there group by group."""
        shape = (self.groups, self.days + 1)
        counts = np.cumsum(self._counts.reshape(shape), axis=1)[:, :-1].T.ravel()
        found = dict.fromkeys(parts, Exact(counts))
        for part, one in self.amounts.items():
            if one.width > 1:
                each = np.cumsum(self._totals[part].reshape(one.width, *shape), axis=2)[:, :, :-1]
                total = np.einsum("vgd,vd->gd", each, one.weights)
            else:
                total = np.cumsum(self._totals[part].reshape(shape), axis=1)[:, :-1]
            found[part] = Exact(total.T.ravel(), one.scale)
        return counts, found


def _on_some_day(stretches: Stretches, numbers: Numbers) -> Stretches:
    """With the numbers of days for start and until; without stretches that hold on none of the days."""
    start, until = numbers[stretches.start], numbers[stretches.until]
    kept = np.flatnonzero(start < until)
    at = {name: one[kept] for name, one in stretches.at.items()}
    return Stretches(stretches.who[kept], start[kept], until[kept], at)
