"""The columns of one day: a code an official, from the rows that hold on it."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from registry.statistics.snapshot.live import State
from registry.statistics.snapshot.loading import Numbers, Rows
from registry.statistics.snapshot.sources import SOURCE_OF
from registry.statistics.snapshot.store import Base

KEPT_DAYS = 4
"""Days of which a process remembers the columns it has made."""


class Day:
    """The persons counted on a day, and codes of their columns, each made when first asked for."""

    def __init__(self, days: "Days", state: State, day: int, counting: frozenset[str]) -> None:
        self._days, self._state, self._day = days, state, day
        self._kept: dict[str, Numbers] = {}
        self._derived: dict[str, Any] = {}
        status = state.dictionaries["status"]
        counts = np.array([False, *(one in counting for one in status.values)])
        counted = counts[days.column(state, day, "status")]
        self._persons = np.flatnonzero(counted & (days.column(state, day, "organization_id") > 0))

    @property
    def size(self) -> int:
        """How many persons are counted."""
        return len(self._persons)

    def column(self, name: str) -> Numbers:
        """The code of a column of every person counted; 0 for none."""
        if name not in self._kept:
            self._kept[name] = self._days.column(self._state, self._day, name)[self._persons]
        return self._kept[name]

    def derived(self, name: str, make: Callable[[], Any]) -> Any:
        """What was worked out for the persons of the day, made when first asked for."""
        if name not in self._derived:
            self._derived[name] = make()
        return self._derived[name]


class Days:
    """The days asked for; what the files say of them is made once, what changed since is laid over a copy."""

    def __init__(self) -> None:
        self._base: Base | None = None
        self._kept: OrderedDict[int, _Held] = OrderedDict()
        self._state: State | None = None
        self._days: OrderedDict[int, Day] = OrderedDict()

    def day(self, state: State, day: int, counting: frozenset[str]) -> Day:
        """A day of a state; `counting` are the statuses that count in the headcount."""
        if state is not self._state:
            self._state = state
            self._days.clear()
        if day not in self._days:
            self._days[day] = Day(self, state, day, counting)
        self._days.move_to_end(day)
        while len(self._days) > KEPT_DAYS:
            self._days.popitem(last=False)
        return self._days[day]

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
        if base is not self._base:
            self._base = base
            self._kept.clear()
        held = self._kept.setdefault(day, _Held(base, day))
        self._kept.move_to_end(day)
        while len(self._kept) > KEPT_DAYS:
            self._kept.popitem(last=False)
        return held.column(name)


class _Held:
    """What the files say of one day."""

    def __init__(self, base: Base, day: int) -> None:
        self._base, self._day = base, day
        self._rows: dict[str, tuple[Numbers, Numbers]] = {}
        self._columns: dict[str, Numbers] = {}

    def column(self, name: str) -> Numbers:
        """Of every official of the files the code of a column."""
        if name not in self._columns:
            source = SOURCE_OF[name].name
            rows = self._base.rows[source]
            if source not in self._rows:
                held = _held(rows, self._day)
                self._rows[source] = (held, rows.who[held])
            held, who = self._rows[source]
            codes = rows.codes[name]
            self._columns[name] = np.zeros(len(self._base.officials), codes.dtype)
            self._columns[name][who] = codes[held]
        return self._columns[name]


def _held(rows: Rows, day: int) -> Numbers:
    """Places of the rows that hold on a day."""
    return np.flatnonzero((rows.start <= day) & (rows.until > day))
