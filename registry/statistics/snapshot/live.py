"""The snapshot kept up to date: what changed since its files were made is read with every question, before it is answered.

A trigger puts down who was changed by which transaction. What the state has seen is a PostgreSQL snapshot, so a
transaction that committed late is not missed. An answer is therefore never older than its question.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy.orm import Session

from registry.db import ask, transaction
from registry.statistics.snapshot import store
from registry.statistics.snapshot.loading import Dictionary, Rows, few, narrowest
from registry.statistics.snapshot.sources import SOURCES
from registry.statistics.snapshot.store import MOMENT, Base, Moment

REFERENCE = 0
"""Stands in the log for the organizations: where units belong is to be asked anew."""
SINCE = f"""
    SELECT m.epoch, m.visible, m.change_id, m.taken_at,
        pg_snapshot_xmax(m.visible::pg_snapshot) >= pg_snapshot_xmax($1::pg_snapshot) AS later,
        ARRAY(SELECT DISTINCT t.official_id FROM statistics_touched t
            WHERE t.by >= pg_snapshot_xmin($1::pg_snapshot)::text::bigint
                AND NOT pg_visible_in_snapshot(t.by::text::xid8, $1::pg_snapshot)) AS touched,
        (SELECT forgotten_to FROM statistics_epoch) AS forgotten_to
    FROM ({MOMENT.text}) m"""


class Since(NamedTuple):
    """What changed since a known state, and the moment it was read, of one MVCC snapshot; `later` unless the database was
    set back to before it.
    """

    moment: Moment
    later: bool
    touched: Sequence[int]
    forgotten_to: datetime

    def follows(self, base: Moment) -> bool:
        """Whether the log tells everything that changed since a base."""
        return self.moment.epoch == base.epoch and self.later and self.forgotten_to <= base.taken_at


def since(session: Session, known: Moment, *, alone: bool = False) -> Since:
    """What changed since a known state. `alone`: no transaction is begun for it, as every question asks it."""
    *moment, later, touched, forgotten_to = ask(session, SINCE, [known.visible], alone=alone).rows[0]
    return Since(Moment(*moment), later, touched, forgotten_to)


Kept = dict[str, dict[int, list[tuple[int, ...]]]]
"""Rows of changed officials, by source and id: (start, until, codes …)."""


@dataclass(frozen=True)
class State:
    """A base and the officials changed since. `places` and `kept` are memories of what was worked out for it."""

    base: Base
    moment: Moment
    dictionaries: Mapping[str, Dictionary]
    changed: Kept = field(default_factory=dict)
    units: int = 0
    """Rises when organizations changed."""

    @cached_property
    def touched(self) -> tuple[int, ...]:
        """Ids of the changed officials, those new to the base last."""
        ids = sorted({one for rows in self.changed.values() for one in rows})
        return tuple(sorted(ids, key=lambda one: (self._at(one) is None, one)))

    @cached_property
    def places(self) -> dict[int, int]:
        """The place of each changed official among all."""
        following = iter(range(len(self.base.officials), len(self.base.officials) + len(self.touched)))
        found = {one: self._at(one) for one in self.touched}
        return {one: next(following) if at is None else at for one, at in found.items()}

    @cached_property
    def size(self) -> int:
        """How many officials there are."""
        return max((len(self.base.officials), *(at + 1 for at in self.places.values())))

    def _at(self, official: int) -> int | None:
        at = int(np.searchsorted(self.base.officials, official))
        return at if at < len(self.base.officials) and self.base.officials[at] == official else None

    @cached_property
    def rows(self) -> Mapping[str, Rows]:
        """The rows of the changed officials, by source."""
        return {source.name: self._rows(source.name, tuple(source.columns)) for source in SOURCES}

    def _rows(self, source: str, columns: Sequence[str]) -> Rows:
        held = self.changed.get(source, {})
        lines = [(self.places[one], *row) for one, rows in held.items() for row in rows]
        lines.sort()
        table = np.array(lines, np.int64).reshape(len(lines), 3 + len(columns))
        who, start, until = (table[:, at] for at in range(3))
        codes = {
            name: table[:, 3 + at].astype(narrowest(len(self.dictionaries[name].values)))
            for at, name in enumerate(columns)
        }
        return Rows(who, start.astype(np.uint16), until.astype(np.uint16), codes)


class Live:
    """The snapshot of a process: one state, replaced whole."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._lock = Lock()
        self._named: tuple[int, int] | None = None
        self._state: State | None = None

    def state(self, session: Session) -> tuple[State, Moment] | None:
        """The registry as committed now; None where there are no files for this database, then PostgreSQL counts."""
        with self._lock:
            state = self._opened()
            if state is None:
                return None
            changed = since(session, state.moment, alone=True)
            if not changed.follows(state.base.moment):
                return None
            if not changed.touched:
                return state, changed.moment
            self._state = state = self._caught_up(session, state)
            return state, state.moment

    def _opened(self) -> State | None:
        named = store.named(self._home)
        if named is not None and named != self._named:
            number = store.current(self._home)
            base = store.read(self._home, number) if number else None
            if base is not None:
                self._named, self._state = named, State(base, base.moment, base.dictionaries)
        return self._state

    def _caught_up(self, session: Session, state: State) -> State:
        """The state with what was changed since, read in one transaction of its own."""
        engine = session.get_bind().engine
        with transaction(engine.execution_options(isolation_level="REPEATABLE READ")) as beside:
            found = since(beside, state.moment)
            officials = [one for one in found.touched if one != REFERENCE]
            dictionaries = {name: one.copy() for name, one in state.dictionaries.items()}
            changed = _changed(state.changed, officials, few(beside, officials, dictionaries))
        units = state.units + (REFERENCE in found.touched)
        return State(state.base, found.moment, dictionaries, changed, units)


def _changed(before: Kept, officials: Iterable[int], found: Mapping[str, list[Any]]) -> Kept:
    """What was changed before, with the rows of these officials put in the place of their earlier ones."""
    after = {}
    for source in SOURCES:
        held = {**before.get(source.name, {}), **{one: [] for one in officials}}
        for official, *row in found[source.name]:
            held[official].append(tuple(row))
        after[source.name] = held
    return after
