"""Counting persons by several codes together, some persons at a time: what is worked on stays in the processor's cache."""

from collections.abc import Sequence
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
        size = self.size
        step = max(AT_ONCE, size)
        found = np.bincount(self.numbers(0, step), minlength=size)
        for low in range(step, self.persons, step):
            found += np.bincount(self.numbers(low, low + step), minlength=size)
        return found

    def numbers(self, low: int = 0, high: int | None = None) -> Numbers:
        """The cells of the persons from `low` to below `high`, of those that count."""
        here = slice(low, min(self.persons, self.persons if high is None else high))
        numbers = self.codes[0][here] if self.codes else np.zeros(here.stop - low, np.uint8)
        total = prod(self.sizes[:1])
        for codes, size in zip(self.codes[1:], self.sizes[1:], strict=True):
            total *= size
            kind = _smallest(total)  # which is the quickest
            numbers = numbers.astype(kind)
            numbers *= kind.type(size)
            numbers += codes[here].astype(kind, copy=False)
        return numbers if self.kept is None else numbers[self.kept[here]]

    def of_those_kept(self, codes: Numbers) -> Numbers:
        """The codes of those that count."""
        return codes if self.kept is None else codes[self.kept]

    def totals(self, codes: Numbers, amounts: Numbers) -> Numbers:
        """The sum of what codes stand for, by cell."""
        return totals_of(self.numbers(), self.of_those_kept(codes), amounts, self.size)

    def occurring(self) -> tuple["Cells", Numbers]:
        """The cells that occur alone, in order, and what their numbers were."""
        found, places = np.unique(replace(self, kept=None).numbers(), return_inverse=True)
        return Cells(self.persons, [places], [len(found)], self.kept), found


def totals_of(groups: Numbers, codes: Numbers, amounts: Numbers, size: int) -> Numbers:
    """Exact sums by group of what codes stand for: floating point holds them below 2^53, else high and low halves do."""

    def added(of: Numbers) -> Numbers:
        found: Numbers = np.bincount(groups, of.astype(np.float64)[codes], size).astype(np.int64)
        return found

    if int(np.abs(amounts).max(initial=0)) * max(len(groups), 1) < FLOATING:
        return added(amounts)
    high, low = np.divmod(amounts, 1 << 24)
    return (added(high) << 24) + added(low)


def _smallest(size: int) -> "np.dtype[np.integer]":
    """The type of numbers below `size`."""
    return np.dtype(narrowest(size - 1) if size <= 1 << 32 else np.int64)
