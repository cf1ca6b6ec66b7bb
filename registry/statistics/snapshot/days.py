"""The columns of one day: a code an official, from the rows that hold on it."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any

import numpy as np

from registry.statistics.snapshot.live import State
from registry.statistics.snapshot.loading import Numbers, Rows
from registry.statistics.snapshot.sources import SOURCE_OF
from registry.statistics.snapshot.store import Base

KEPT_DAYS = 4
"""Days of which a process remembers the columns it has made."""
KEPT_OF_FILES = 8
"""Columns of everybody in the files that are remembered of a day, for the next state of the registry."""
KEPT_OF_A_DAY = 16
"""Arrays of every person that are remembered of a day: at 2.5 million persons each takes some five megabytes."""


class Few:
    """What was made last, for several threads: two that want one thing at once both make it."""

    def __init__(self, most: int) -> None:
        self._most, self._made = most, OrderedDict[Hashable, Any]()

    def remembered(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made before, or is now; the oldest is forgotten."""
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = make()
            while len(self._made) > self._most:
                with suppress(KeyError):
                    self._made.popitem(last=False)
        return found


class Day:
    """The persons counted on a day, and codes of their columns, each made when first asked for."""

    def __init__(self, days: "Days", state: State, day: int, counting: frozenset[str]) -> None:
        self._days, self._state, self._day = days, state, day
        self._few = Few(KEPT_OF_A_DAY)
        status, unit = (days.column(state, day, name) for name in ("status", "organization_id"))
        counted = np.zeros(len(status), bool)
        for code, value in enumerate(state.dictionaries["status"].values, start=1):
            if value in counting:
                counted |= status == code  # a few comparisons are quicker than looking up
        self._persons = np.flatnonzero(counted & (unit > 0))

    @property
    def size(self) -> int:
        """How many persons are counted."""
        return len(self._persons)

    def column(self, name: str) -> Numbers:
        """The code of a column of every person counted; 0 for none."""
        made: Numbers = self.remembered(
            name, lambda: self._days.column(self._state, self._day, name).take(self._persons)
        )
        return made

    def remembered(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was worked out for the persons of the day, made when first asked for."""
        return self._few.remembered(key, make)


class Days:
    """The days asked for; what the files say of them is made once, what changed since is laid over a copy."""

    def __init__(self) -> None:
        self._of: tuple[State | None, Few] = (None, Few(KEPT_DAYS))
        self._held: tuple[Base | None, Few] = (None, Few(KEPT_DAYS))

    def day(self, state: State, day: int, counting: frozenset[str]) -> Day:
        """A day of a state; `counting` are the statuses that count in the headcount."""
        of, days = self._of
        if of is not state:
            _, days = self._of = (state, Few(KEPT_DAYS))
        found: Day = days.remembered(day, lambda: Day(self, state, day, counting))
        return found

    def column(self, state: State, day: int, name: str) -> Numbers:
        """Of every official the code of a column on a day; 0 for none."""
        column = self._of_base(state.base, day, name)
        if not state.places:
            return column
        rows = state.rows[SOURCE_OF[name].name]
        codes = rows.codes[name]
        laid = np.zeros(state.size, np.promote_types(column.dtype, codes.dtype))
        laid[: len(column)] = column
        laid[list(state.places.values())] = 0
        held = _held(rows, day)
        laid[rows.who[held]] = codes[held]
        return laid

    def _of_base(self, base: Base, day: int, name: str) -> Numbers:
        of, held = self._held
        if of is not base:
            _, held = self._held = (base, Few(KEPT_DAYS))
        found: _Held = held.remembered(day, lambda: _Held(base, day))
        return found.column(name)


class _Held:
    """What the files say of one day."""

    def __init__(self, base: Base, day: int) -> None:
        self._base, self._day = base, day
        self._columns = Few(KEPT_OF_FILES)

    def column(self, name: str) -> Numbers:
        """Of every official of the files the code of a column."""
        history = self._base.histories[SOURCE_OF[name].name]
        made: Numbers = self._columns.remembered(
            name, lambda: history.column(name, self._day, len(self._base.officials))
        )
        return made


def _held(rows: Rows, day: int) -> Numbers:
    """Places of the rows that hold on a day."""
    return np.flatnonzero((rows.start <= day) & (rows.until > day)).astype(np.int32)
