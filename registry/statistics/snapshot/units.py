"""The organizations of the snapshot: where each unit stands on a day, and what it is called, without asking again.

The same rules as placing.py, over arrays: the version that speaks for a unit, the unit it counts under, and from the tops
down its ministry or province and its place under a chosen organization.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.organizations.models import Organization, OrganizationSuccessor, OrganizationVersion
from registry.statistics.placing import HEADINGS
from registry.statistics.snapshot.days import Few
from registry.statistics.snapshot.loading import OPEN, ZERO, Numbers, day_number
from registry.words import Words

NOBODY = -1
KEPT_TREES = 16


@dataclass(frozen=True)
class Standing:
    """Of every unit, in the order of the tree: the place of its version, and of the units it belongs to.

    `body` is its ministry or province, `unit` its place under the organization chosen; -1 for none. Units of a ring have
    no `placed`.
    """

    version: Numbers
    body: Numbers
    unit: Numbers
    placed: Numbers


@dataclass
class Units:
    """Every unit with its versions, as believed when they were read."""

    ids: Numbers
    codes: Sequence[str]
    first: Numbers
    starts: Numbers
    ends: Numbers
    owners: Numbers
    parents: Numbers
    kinds: Sequence[str]
    names: Sequence[Words]
    links: Sequence[tuple[int, int, int]]
    """(predecessor, successor, day), as places; of each predecessor in the order of the successors."""
    _kept: Few = field(default_factory=lambda: Few(KEPT_TREES))
    _said: Few = field(default_factory=lambda: Few(KEPT_TREES))
    _names: Few = field(default_factory=lambda: Few(KEPT_TREES))

    def __post_init__(self) -> None:
        self.at = {int(one): place for place, one in enumerate(self.ids)}
        self.coded = {code: place for place, code in enumerate(self.codes)}
        self._heading = np.array([one in HEADINGS for one in self.kinds], bool)

    def standing(self, on: date, under: int | None) -> Standing:
        """Where every unit stands on a day; remembered for a few days."""
        key = (day_number(on), under)
        found: Standing = self._kept.remembered(key, lambda: self._stood(*key))
        return found

    def _stood(self, day: int, under: int | None) -> Standing:
        version = self._speaking(day)
        stands = self.ends[version] > day
        up = np.where(stands, self.parents[version], self._heirs(day, version))
        is_body = stands & ~self._heading[version]
        chosen = self.at.get(under, NOBODY) if under is not None else NOBODY
        size = len(self.ids)
        body, unit = np.full(size, NOBODY), np.full(size, NOBODY)
        placed = np.zeros(size, bool)
        level = np.flatnonzero(up == NOBODY)
        above: Numbers = np.full(len(level), NOBODY)
        order = np.argsort(up, kind="stable")
        bounds = np.searchsorted(up[order], np.arange(size + 1))
        while len(level):
            inherited = np.where(above == NOBODY, NOBODY, body[above])
            body[level] = np.where((inherited == NOBODY) & is_body[level], level, inherited)
            below = np.where(above == NOBODY, NOBODY, unit[above])
            own = (level == chosen) | ((above == chosen) & (above != NOBODY) & stands[level])
            unit[level] = np.where(own, level, below)
            placed[level] = True
            counts = bounds[level + 1] - bounds[level]
            above = np.repeat(level, counts)
            starts = np.repeat(bounds[level] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
            level = order[starts + np.arange(len(above))]
        return Standing(version, body, unit, placed)

    def _speaking(self, day: int) -> Numbers:
        found: Numbers = self._said.remembered(day, lambda: self._versions(day))
        return found

    def _versions(self, day: int) -> Numbers:
        """The place of the version that speaks for each unit: the last begun, else the first to come."""
        begun = np.bincount(self.owners[self.starts <= day], minlength=len(self.ids))
        return self.first + np.maximum(begun - 1, 0)

    def _heirs(self, day: int, version: Numbers) -> Numbers:
        """The unit that each counts under once it has ended: its first successor by the day, else its parent."""
        heirs = self.parents[version].copy()
        for predecessor, successor, on in reversed(self.links):
            if on <= day:
                heirs[predecessor] = successor
        return heirs

    def turns(self, first: date, last: date) -> list[date]:
        """The days on which a unit begins, ends, moves or hands over: between them the tree is the same."""
        days = {*self.starts.tolist(), *self.ends.tolist(), *(on for _, _, on in self.links)}
        low, high = day_number(first), day_number(last)
        return [date.fromordinal(ZERO + one) for one in sorted(days) if low <= one <= high]

    def called(self, on: date, codes: Collection[str]) -> Mapping[str, Words]:
        """The names of some units on a day, in the order of the tree; those of the same are remembered."""
        day, some = day_number(on), frozenset(codes)
        found: Mapping[str, Words] = self._names.remembered((day, some), lambda: self._called(day, some))
        return found

    def _called(self, day: int, codes: Collection[str]) -> Mapping[str, Words]:
        version = self._speaking(day)
        places = sorted(self.coded[code] for code in codes if code in self.coded)
        return {self.codes[at]: self.names[version[at]] for at in places}


def read(session: Session) -> Units:
    """Every unit that has a version, in the order of the tree."""
    version = OrganizationVersion
    rows = session.execute(
        sa.select(
            Organization.id,
            Organization.code,
            version.parent_id,
            version.kind,
            version.name,
            version.name_en,
            version.valid_from,
            version.valid_to,
        )
        .join(version, version.organization_id == Organization.id)
        .where(version.recorded_to.is_(None))
        .order_by(Organization.ord, Organization.id, version.valid_from)
    ).all()
    places: dict[int, int] = {}
    for row in rows:
        places.setdefault(row.id, len(places))
    owners = np.array([places[row.id] for row in rows], np.int64)
    first = np.flatnonzero(np.diff(owners, prepend=-1))
    return Units(
        ids=np.array(list(places), np.int64),
        codes=[rows[int(at)].code for at in first],
        first=first,
        starts=np.array([day_number(row.valid_from) for row in rows], np.int64),
        ends=np.array([OPEN if row.valid_to is None else day_number(row.valid_to) for row in rows], np.int64),
        owners=owners,
        parents=np.array([places.get(row.parent_id, NOBODY) for row in rows], np.int64),
        kinds=[row.kind for row in rows],
        names=[Words(row.name, row.name_en or row.name) for row in rows],
        links=_links(session, places),
    )


def _links(session: Session, places: Mapping[int, int]) -> list[tuple[int, int, int]]:
    link = OrganizationSuccessor
    rows = session.execute(sa.select(link.predecessor_id, link.successor_id, link.on))
    return sorted(
        (places[row.predecessor_id], places[row.successor_id], day_number(row.on))
        for row in rows
        if row.predecessor_id in places and row.successor_id in places
    )
