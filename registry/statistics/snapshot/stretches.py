"""Stretches of time in which nothing changes of what is counted by: rows of several sources of an official cut together."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from registry.statistics.snapshot.loading import OPEN, Numbers, Rows

DAY_BITS = 16
IN_POST = ("status", "appointment")
"""The sources of which an official must have a row to be in post."""
NOTHING = -1
"""In place of a row: the source says nothing of the stretch."""


@dataclass(frozen=True)
class Stretches:
    """Of officials in order: from, until, and the place of the row of each source that holds."""

    who: Numbers
    start: Numbers
    until: Numbers
    at: Mapping[str, Numbers]

    def only(self, places: Numbers | slice) -> "Stretches":
        """Some of them."""
        return Stretches(
            self.who[places],
            self.start[places],
            self.until[places],
            {name: one[places] for name, one in self.at.items()},
        )


def stays_of(rows: Mapping[str, Rows], officials: int) -> Stretches:
    """When officials had both a status and a main post."""
    status, post = (_timeline(name, rows[name]) for name in IN_POST)
    return cut(status, post, officials)


def _timeline(name: str, rows: Rows) -> Stretches:
    return Stretches(rows.who, rows.start, rows.until, {name: np.arange(len(rows.who), dtype=np.int32)})


def filled(name: str, rows: Rows, officials: int) -> Stretches:
    """The rows of a source with stretches between them of which it says nothing: all time of every official."""
    who, start, until = rows.who, rows.start, rows.until
    size = len(who)
    first, last = np.ones(size, bool), np.ones(size, bool)
    first[1:] = who[1:] != who[:-1]
    last[:-1] = first[1:]
    since = np.where(first, 0, np.concatenate(([0], until[:-1]))) if size else np.zeros(0, np.uint16)
    before, after = since < start, last & (until < OPEN)
    counts = np.bincount(who, 1 + before + after, officials).astype(np.int64)
    lone = np.flatnonzero(counts == 0)
    counts[lone] = 1
    ends = np.cumsum(counts)
    here = np.cumsum(1 + before + after)
    # The lone ones stand between the others: each row moves by as many as come before its official.
    place = here - 1 - after + np.searchsorted(lone, who)
    total = int(ends[-1]) if officials else 0
    found = Stretches(
        np.repeat(np.arange(officials, dtype=np.int32), counts),
        np.zeros(total, np.uint16),
        np.full(total, OPEN, np.uint16),
        {name: np.full(total, NOTHING, np.int32)},
    )
    found.start[place], found.until[place] = start, until
    found.at[name][place] = np.arange(size)
    found.start[place[before] - 1], found.until[place[before] - 1] = since[before], start[before]
    found.start[place[after] + 1] = until[after]
    return found


def cut(left: Stretches, right: Stretches, officials: int) -> Stretches:
    """Where stretches of both hold."""
    counts = np.bincount(right.who, minlength=officials)
    first = np.cumsum(counts) - counts
    times = counts[left.who]
    one = np.repeat(np.arange(len(left.who)), times)
    other = np.arange(len(one)) + np.repeat(first[left.who] - (np.cumsum(times) - times), times)
    start = np.maximum(left.start[one], right.start[other])
    until = np.minimum(left.until[one], right.until[other])
    kept = np.flatnonzero(start < until)
    one, other = one[kept], other[kept]
    at = {name: rows[one] for name, rows in left.at.items()}
    at |= {name: rows[other] for name, rows in right.at.items()}
    return Stretches(left.who[one], start[kept], until[kept], at)
