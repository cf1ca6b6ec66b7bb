"""Groups of a table, column by column: which key each has of every dimension, and its exact sums.

A table may have thousands of groups; what is the same work for each is done for all at once.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt

from registry.words import Words

Numbers = npt.NDArray[Any]
Number = int | Decimal
Key = str | None
NAMELESS = Words("", "")
"""Of keys that no group has."""
EXACT = 1 << 62
"""Whole numbers below it are kept in 64 bits, larger ones as Python's own."""


@dataclass(frozen=True)
class Exact:
    """Exact sums, one a group: whole numbers, moved by so many decimals."""

    whole: Numbers
    scale: int = 0

    @classmethod
    def of(cls, values: Iterable[Number]) -> "Exact":
        exact = [Decimal(one) for one in values]
        scale = max([0, *(-int(one.as_tuple().exponent) for one in exact)])
        whole = [int(one.scaleb(scale)) for one in exact]
        small = all(abs(one) < EXACT for one in whole)
        return cls(np.array(whole, np.int64 if small else object), scale)

    def only(self, places: Numbers) -> "Exact":
        """Some of them."""
        return Exact(self.whole[places], self.scale)

    def at_scale(self, scale: int) -> Numbers:
        """The same sums moved by more decimals, which must fit."""
        moved: Numbers = self.whole * 10 ** (scale - self.scale)
        return moved

    def total(self) -> Number:
        """The sum of all of them."""
        return _number(sum(self.whole.tolist()), self.scale)

    def each(self) -> list[Number]:
        """The sums as numbers."""
        whole: list[Any] = self.whole.tolist()
        return decimals(whole, self.scale) if self.scale else whole


def _number(whole: int, scale: int) -> Number:
    return Decimal(whole).scaleb(-scale) if scale else whole


MOST_MOVED = 1 << 14


class _Moved(dict[int, Decimal]):
    """Whole numbers moved by so many decimals, remembered: a table says many a figure more than once."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self._scale = scale

    def __missing__(self, whole: int) -> Decimal:
        if len(self) > MOST_MOVED:
            self.clear()
        made = self[whole] = Decimal(whole).scaleb(-self._scale)
        return made


_moved: dict[int, _Moved] = {}


def decimals(whole: Iterable[int], scale: int) -> list[Any]:
    """Whole numbers moved by so many decimals."""
    moved = _moved.get(scale) or _moved.setdefault(scale, _Moved(scale))
    return list(map(moved.__getitem__, whole))


@dataclass(frozen=True)
class Axis:
    """A dimension: of each group the number of its key, and the keys."""

    numbers: Numbers
    keys: Sequence[Key]

    def each(self) -> list[Key]:
        """The key of each group."""
        return [self.keys[at] for at in self.numbers.tolist()]

    def called(self, names: Mapping[Key, Words]) -> list[Words]:
        """The name of each group's key."""
        known = [names.get(key, NAMELESS) for key in self.keys]
        return [known[at] for at in self.numbers.tolist()]

    def met(self) -> set[Key]:
        """The keys that occur."""
        occurs = np.zeros(len(self.keys), bool)
        occurs[self.numbers] = True
        return {self.keys[at] for at in np.flatnonzero(occurs).tolist()}

    def ranks(self, order: Mapping[Key, int]) -> Numbers:
        """The place of each group's key in an order; of a key that does not occur none is asked for."""
        return np.array([order.get(key, -1) for key in self.keys], np.int64)[self.numbers]


@dataclass(frozen=True)
class Groups:
    """As many groups as `size`; of one table each has other keys."""

    axes: tuple[Axis, ...]
    parts: Mapping[str, Exact]
    size: int

    @classmethod
    def of(cls, keys: Sequence[Sequence[Key]], parts: Mapping[str, Iterable[Number]], size: int) -> "Groups":
        """Groups told one by one: of each dimension and of each part a list."""
        return cls(
            tuple(_axis(one) for one in keys), {name: Exact.of(one) for name, one in parts.items()}, size
        )

    def only(self, places: Numbers) -> "Groups":
        """Some groups, in an order."""
        axes = tuple(Axis(one.numbers[places], one.keys) for one in self.axes)
        return Groups(axes, {name: one.only(places) for name, one in self.parts.items()}, len(places))

    def sorted(self, orders: Sequence[Mapping[Key, int]]) -> "Groups":
        """The groups in the order of their keys, the first dimension before the second."""
        return self.only(np.argsort(self._places(orders), kind="stable")) if self.axes else self

    def together(self, places: Sequence[int]) -> "Groups":
        """The groups by some of the dimensions alone, in the order of their keys' numbers: sums over all others."""
        axes = [self.axes[at] for at in places]
        if not self.size:
            return Groups(tuple(axes), self.parts, 0)
        numbers, sizes = _combined(axes, self.size), [len(one.keys) for one in axes]
        met, inverse = np.unique(numbers, return_inverse=True)
        found = np.unravel_index(met, sizes) if sizes else ()
        parts = {
            name: Exact(added(inverse, one.whole, len(met)), one.scale) for name, one in self.parts.items()
        }
        kept = tuple(Axis(at, one.keys) for at, one in zip(found, axes, strict=True))
        return Groups(kept, parts, len(met))

    def _places(self, orders: Sequence[Mapping[Key, int]]) -> Numbers:
        place = np.zeros(self.size, np.int64)
        for axis, order in zip(self.axes, orders, strict=True):
            place = place * (len(order) + 1) + axis.ranks(order)
        return place


def stacked(pieces: Sequence[Groups]) -> Groups:
    """Groups one after the other, all by the same dimensions; of a part that a piece does not have it has 0."""
    names = dict.fromkeys(name for one in pieces for name in one.parts)
    axes = tuple(_joined(each) for each in zip(*(one.axes for one in pieces), strict=True))
    parts = {name: _after(pieces, name) for name in names}
    return Groups(axes, parts, sum(one.size for one in pieces))


def added(groups: Numbers, values: Numbers, size: int) -> Numbers:
    """Sums of whole numbers by group."""
    found = np.zeros(size, values.dtype)
    np.add.at(found, groups, values)
    return found


def _axis(keys: Sequence[Key]) -> Axis:
    numbers = {key: at for at, key in enumerate(dict.fromkeys(keys))}
    return Axis(np.array([numbers[key] for key in keys], np.int64), list(numbers))


def _combined(axes: Sequence[Axis], size: int) -> Numbers:
    """One number for the keys of several dimensions."""
    assert prod(len(one.keys) for one in axes) < EXACT
    numbers: Numbers = np.zeros(size, np.int64)
    for one in axes:
        numbers = numbers * len(one.keys) + one.numbers
    return numbers


def _joined(axes: Sequence[Axis]) -> Axis:
    keys = {key: at for at, key in enumerate(dict.fromkeys(key for one in axes for key in one.keys))}
    numbers = [np.array([keys[key] for key in one.keys], np.int64)[one.numbers] for one in axes]
    return Axis(np.concatenate(numbers), list(keys))


def _after(pieces: Sequence[Groups], name: str) -> Exact:
    found = [one.parts.get(name) or Exact(np.zeros(one.size, np.int64)) for one in pieces]
    scale = max(one.scale for one in found)
    return Exact(np.concatenate([one.at_scale(scale) for one in found]), scale)
