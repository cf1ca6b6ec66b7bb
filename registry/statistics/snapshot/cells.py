"""Counting persons by several codes together, some persons at a time: what is worked on stays in the processor's cache."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from registry.statistics.snapshot.loading import Numbers, narrowest

AT_ONCE = 1 << 17
"""Persons counted together, or as many as there are cells: adding the cells up then costs no more than counting them."""
FLOATING = 1 << 53
"""Whole numbers below it are exact as floating point, in which NumPy adds weights."""


@dataclass(frozen=True)
class Cells:
    """Codes of `persons` read as one number, in which the first weighs most: each combination of them is a cell.

    `sizes` says how many each code may be; `kept`, where it is given, which persons count.
    """

    persons: int
    codes: Sequence[Numbers]
    sizes: Sequence[int]
    kept: Numbers | None = None

    @property
    def size(self) -> int:
        """How many cells there are."""
        return prod(self.sizes)

    def divided(self, codes: Numbers, size: int) -> "Cells":
        """Each cell divided by one code more."""
        return replace(self, codes=[*self.codes, codes], sizes=[*self.sizes, size])

    def counts(self) -> Numbers:
        """How many persons each cell has."""
        return _added(np.bincount(self.numbers(here), minlength=self.size) for here in self._some())

    def totals(self, codes: Numbers, amounts: Numbers) -> Numbers:
        """The sum of what codes stand for, by cell."""
        return _added(
            totals_of(self.numbers(here), self._kept(codes, here), amounts, self.size)
            for here in self._some()
        )

    def _some(self) -> Iterator[slice]:
        """All persons, some at a time."""
        step = max(AT_ONCE, self.size)
        for low in range(0, max(self.persons, 1), step):
            yield slice(low, min(low + step, self.persons))

    def numbers(self, here: slice) -> Numbers:
        """The cells of some persons, of those that count."""
        numbers = self.codes[0][here] if self.codes else np.zeros(here.stop - here.start, np.uint8)
        total = prod(self.sizes[:1])
        for codes, size in zip(self.codes[1:], self.sizes[1:], strict=True):
            total *= size
            kind = _smallest(total)  # which is the quickest
            numbers = numbers.astype(kind, copy=False) * kind.type(size)
            numbers += codes[here].astype(kind, copy=False)
        return numbers if self.kept is None else numbers[self.kept[here]]

    def _kept(self, codes: Numbers, here: slice) -> Numbers:
        return codes[here] if self.kept is None else codes[here][self.kept[here]]

    def occurring(self) -> tuple["Cells", Numbers]:
        """The cells that occur alone, in order, and what their numbers were."""
        found, places = np.unique(
            replace(self, kept=None).numbers(slice(0, self.persons)), return_inverse=True
        )
        return Cells(self.persons, [places], [len(found)], self.kept), found


def _added(each: Iterator[Numbers]) -> Numbers:
    found = next(each)
    for one in each:
        found += one
    return found


def looked_up(table: Numbers, codes: Numbers) -> Numbers:
    """What a table says of each code, some codes at a time."""
    found = np.empty(len(codes), table.dtype)
    for low in range(0, len(codes), AT_ONCE):
        here = slice(low, low + AT_ONCE)
        table.take(
            codes[here], out=found[here], mode="clip"
        )  # no code is beyond the table; so it is not copied
    return found


def totals_of(groups: Numbers, codes: Numbers, amounts: Numbers, size: int) -> Numbers:
    """Exact sums by group of what codes stand for: floating point holds them below 2^53, else high and low halves do."""

    def added(of: Numbers) -> Numbers:
        found: Numbers = np.bincount(groups, of.astype(np.float64).take(codes), size).astype(np.int64)
        return found

    if int(np.abs(amounts).max(initial=0)) * max(len(groups), 1) < FLOATING:
        return added(amounts)
    high, low = np.divmod(amounts, 1 << 24)
    return (added(high) << 24) + added(low)


def _smallest(size: int) -> "np.dtype[np.integer]":
    """The type of numbers below `size`."""
    return np.dtype(narrowest(size - 1) if size <= 1 << 32 else np.int64)
