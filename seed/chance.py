"""Chance that comes out the same every time: generators and identifiers derived from a seed, never from the
clock."""

from bisect import bisect
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from hashlib import blake2b
from itertools import accumulate
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")
DAY = timedelta(days=1)


def number_of(*parts: object) -> int:
    """A 64-bit number that depends on the parts alone."""
    text = "\x1f".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big")


def generator(*parts: object) -> Random:
    """A generator of its own for one thing, so that others may change without changing this one."""
    return Random(number_of(*parts))


def uid_of(*parts: object) -> str:
    """A UUID (version 8, RFC 9562: custom) that depends on the parts alone."""
    text = "\x1f".join(map(str, parts)).encode()
    digits = blake2b(text, digest_size=16).hexdigest()
    variant = "89ab"[int(digits[16], 16) % 4]
    return f"{digits[:8]}-{digits[8:12]}-8{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


class Weighted(Generic[T]):
    """Things drawn by weight; called with a generator or with a fraction in [0, 1)."""

    def __init__(self, pairs: Iterable[tuple[T, float]]) -> None:
        kept = [(thing, weight) for thing, weight in pairs if weight > 0]
        self.things: Sequence[T] = [thing for thing, _ in kept]
        self.sums = list(accumulate(weight for _, weight in kept))
        if not self.things:
            raise ValueError("nothing to draw from")

    def __call__(self, chance: Random) -> T:
        place = bisect(self.sums, chance.random() * self.sums[-1])
        return self.things[min(place, len(self.things) - 1)]


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """`total` split by weight into whole numbers that add up to it (largest remainders, earlier ones
    first)."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    counts = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda place: (counts[place] - exact[place], place))
    for place in order[: total - sum(counts)]:
        counts[place] += 1
    return counts


def day_between(chance: Random, first: date, last: date) -> date:
    """A day from `first` to `last`, both included; `first` when they are the wrong way round."""
    return first + DAY * chance.randrange(max((last - first).days, 0) + 1)


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend: offices sign papers on working days."""
    return day + DAY * max(0, 7 - day.weekday()) if day.weekday() > 4 else day


def first_of_month(day: date) -> date:
    """The first day of the month."""
    return day.replace(day=1)
