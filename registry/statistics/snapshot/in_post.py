"""Who is in post from when to when, who comes and leaves, and what happens to those in post."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from registry.statistics.snapshot.days import KEPT_OF_A_DAY, Few
from registry.statistics.snapshot.live import State
from registry.statistics.snapshot.loading import Numbers, Rows
from registry.statistics.snapshot.sources import SOURCE_OF, Happening
from registry.statistics.snapshot.store import Base
from registry.statistics.snapshot.stretches import IN_POST, NOTHING, Stretches, stays_of

AT_ONCE = 250_000
"""Officials looked at together, which bounds the memory it takes."""


def whoever_is_in_post(
    state: State, counting: frozenset[str]
) -> Iterator[tuple[Stretches, Mapping[str, Rows], int]]:
    """Stretches with a status that counts and a unit, of some officials at a time and in the order of their days, with all rows
    of these officials and how many they are; they are numbered from 0.
    """
    counted = np.array([False, *(one in counting for one in state.dictionaries["status"].values)])
    touched = np.array(sorted(state.places.values()), np.int64)
    size = len(state.base.officials)
    for low in range(0, size, AT_ONCE):
        high = min(low + AT_ONCE, size)
        stays, rows = _between(state.base, low, high)
        if len(touched):
            untouched = np.ones(high - low, bool)
            untouched[touched[(touched >= low) & (touched < high)] - low] = False
            stays = stays.only(np.flatnonzero(untouched[stays.who]))
        yield _counted(stays, rows, counted), rows, high - low
    if len(touched):
        rows = {name: _only(one, touched) for name, one in state.rows.items()}
        yield _counted(stays_of(rows, len(touched)), rows, counted), rows, len(touched)


def _between(base: Base, low: int, high: int) -> tuple[Stretches, Mapping[str, Rows]]:
    """What the files say of the officials from `low` to below `high`, numbered from 0."""
    rows = _Part(base, low, high)
    stays = base.stays.only(_slice(base.stays.who, low, high))
    at = {name: one - rows.place(name).start for name, one in stays.at.items()}
    return Stretches(stays.who - low, stays.start, stays.until, at), rows


class _Part(dict[str, Rows]):
    """The rows of some officials by source, taken out of the files when first asked for."""

    def __init__(self, base: Base, low: int, high: int) -> None:
        super().__init__()
        self._base, self._low, self._high = base, low, high

    def place(self, name: str) -> slice:
        """Where they stand in the files."""
        return _slice(self._base.rows[name].who, self._low, self._high)

    def __missing__(self, name: str) -> Rows:
        one, here = self._base.rows[name], self.place(name)
        codes = {column: codes[here] for column, codes in one.codes.items()}
        found = self[name] = Rows(one.who[here] - self._low, one.start[here], one.until[here], codes)
        return found


def _slice(who: Numbers, low: int, high: int) -> slice:
    """Where officials stand in a sorted column; asked in its own type, or all of it would be turned into another."""
    return slice(*map(int, np.searchsorted(who, np.array([low, high], who.dtype))))


def _only(rows: Rows, officials: Numbers) -> Rows:
    """The rows of some officials, which are of nobody else, numbered from 0 in order."""
    return replace(rows, who=np.searchsorted(officials, rows.who).astype(np.int32))


def _counted(stays: Stretches, rows: Mapping[str, Rows], counted: Numbers) -> Stretches:
    kept = counted[codes_of(stays, rows, "status")] & (codes_of(stays, rows, "organization_id") > 0)
    return stays.only(np.flatnonzero(kept))


def codes_of(stretches: Stretches, rows: Mapping[str, Rows], column: str) -> Numbers:
    """The code of a column of each stretch; 0 where its source says nothing."""
    source = SOURCE_OF[column].name
    at, codes = stretches.at[source], rows[source].codes[column]
    if source in IN_POST:
        return codes[at]
    return np.where(at == NOTHING, 0, codes[at]) if len(codes) else np.zeros(len(at), np.uint8)


# Events


@dataclass(frozen=True)
class _Some:
    """Events of some officials, and the rows of these: who, the day on which the person is looked at, codes of columns of the
    event's own.
    """

    who: Numbers
    day: Numbers
    rows: Mapping[str, Rows]
    own: Mapping[str, Numbers] = field(default_factory=dict)


class Events:
    """Events of persons in post, each with the person as on a day of its own. Tells columns as a Day does."""

    def __init__(self, some: Iterable[_Some]) -> None:
        self._few = Few(KEPT_OF_A_DAY)
        self._some = list(some)
        self.days: Numbers = np.concatenate([np.zeros(0, np.int64), *(one.day for one in self._some)])

    @property
    def size(self) -> int:
        """How many events there are."""
        return len(self.days)

    def column(self, name: str) -> Numbers:
        """The code of a column of each event, or of its person on its day; 0 for none."""
        made: Numbers = self.remembered(
            name, lambda: np.concatenate([np.zeros(0, np.uint8), *(_column(one, name) for one in self._some)])
        )
        return made

    def remembered(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was worked out for the events, made when first asked for."""
        return self._few.remembered(key, make)


def turns(state: State, counting: frozenset[str], first: int, last: int, *, leaving: bool) -> Events:
    """Each time that somebody comes into the headcount, or leaves it, in a period: persons as on the day, of leaving as on the
    day before.
    """
    return Events(
        _turning(stays, rows, first, last, leaving) for stays, rows, _ in whoever_is_in_post(state, counting)
    )


def _turning(stays: Stretches, rows: Mapping[str, Rows], first: int, last: int, leaving: bool) -> _Some:
    """A stretch that follows upon another is neither coming nor leaving."""
    follows = np.zeros(len(stays.who) + 1, bool)
    follows[1:-1] = (stays.who[1:] == stays.who[:-1]) & (stays.start[1:] == stays.until[:-1])
    turning = stays.until if leaving else stays.start
    apart = ~(follows[1:] if leaving else follows[:-1])
    kept = np.flatnonzero(apart & (turning >= first) & (turning <= last))
    return _Some(stays.who[kept], turning[kept].astype(np.int64) - leaving, rows)


def happened(
    state: State, counting: frozenset[str], one: Happening, first: int, last: int, year_end: int, latest: int
) -> Events:
    """What happened from `first` to `last` to persons in post on the day. `latest` is the last day looked at at all, on which an
    event of a year that is not over counts, and `year_end` the last of its year.
    """

    def among(stays: Stretches, rows: Mapping[str, Rows]) -> _Some:
        events = rows[one.source.name]
        days = events.start.astype(np.int64)
        kept = days >= 0
        if one.yearly:
            kept, days = days <= year_end, np.minimum(days, latest)
        kept &= (days >= first) & (days <= last)
        places = np.flatnonzero(kept)
        looked = days[places] - one.on_eve
        there = _holding(stays, events.who[places], looked) != NOTHING
        places = places[there]
        own = {name: codes[places] for name, codes in events.codes.items()}
        return _Some(events.who[places], looked[there], rows, own)

    return Events(among(stays, rows) for stays, rows, _ in whoever_is_in_post(state, counting))


def _column(some: _Some, name: str) -> Numbers:
    """The code of the row that holds."""
    if name in some.own:
        return some.own[name]
    rows = some.rows[SOURCE_OF[name].name]
    codes, places = rows.codes[name], _holding(rows, some.who, some.day)
    found = np.zeros(len(some.who), codes.dtype)
    holds = places != NOTHING
    found[holds] = codes[places[holds]]
    return found


def _holding(rows: Rows | Stretches, who: Numbers, day: Numbers) -> Numbers:
    """The place of the row that holds, of the few rows that each official has; of several the last."""
    start = np.searchsorted(rows.who, who)
    end = np.searchsorted(rows.who, who, side="right")
    found = np.full(len(who), NOTHING, np.int64)
    for step in range(int((end - start).max(initial=0))):
        at = np.minimum(start + step, np.maximum(end - 1, 0))
        holds = (start + step < end) & (rows.start[at] <= day) & (rows.until[at] > day)
        found[holds] = at[holds]
    return found
