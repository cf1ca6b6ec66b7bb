"""Ranks and steps over a career: Decree 204/2004/NĐ-CP, Circulars 08/2013 and 02/2007/TT-BNV, step by
step."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.periods import add_months
from seed.roles import Level

TABLES_SINCE = date(2004, 10, 1)
"""The salary tables hold from here; steps before are not on the registry, people start on the step they
had."""
FAILED_YEAR_MONTHS = 6
RISE_FROM_STEP = 5
"""Promotion in rank is looked at from this step on, where it brings more than a regular increase."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a rank: coefficient in hundredths, months to the next one, months to the overrun on the top
    one."""

    coefficient: int
    months: int | None
    overrun_months: int | None


@dataclass(slots=True)
class Paid:
    """What is paid from a day: `coefficient` in hundredths, `percent` of it during probation."""

    start: date
    rank: str
    step: int
    coefficient: int
    percent: int
    overrun: int
    rank_from: date
    event: str


@dataclass(frozen=True, slots=True)
class Setback:
    """A measure (months of delay) or, with no months, a failed year without a measure; `known_on` its
    decision."""

    year: int
    known_on: date
    months: int

    def delays(self, since: date, due: date) -> int:
        """Months by which it puts off an increase counted from `since` and otherwise due on `due`."""
        if self.months:
            return self.months if since <= self.known_on < due else 0
        return FAILED_YEAR_MONTHS if date(self.year, 12, 31) >= since and self.known_on < due else 0


def read_steps(session: Session) -> dict[str, list[Step]]:
    """Rank → its steps in order, by the newest table."""
    found: dict[str, list[Step]] = {}
    rows = session.execute(
        text("""SELECT rank, coefficient, months, overrun_months FROM law_step l
                WHERE valid_from = (SELECT max(n.valid_from) FROM law_step n WHERE n.rank = l.rank AND n.step = l.step)
                ORDER BY rank, step""")
    )
    for rank, coefficient, months, overrun in rows:
        found.setdefault(rank, []).append(Step(int(coefficient * 100), months, overrun))
    return found


def code_on(level: Level, on: date) -> str | None:
    """The rank code that a level gives on a day; None before its first."""
    found = None
    for since, code in level:
        if since is None or since <= on:
            found = code
    return found


def due_after(since: date, months: int, setbacks: Iterable[Setback]) -> date:
    """The day an increase is due, put off by every measure and failed year that falls before it."""
    due = add_months(since, months)
    while True:
        late = add_months(since, months + sum(one.delays(since, due) for one in setbacks))
        if late == due:
            return due
        due = late


@dataclass
class Career:
    """One person's way through the tables; `progress` yields what is paid, from recruitment to the
    horizon."""

    steps: dict[str, list[Step]]
    ladder: tuple[Level, ...]
    chance: Random
    highest: int
    setbacks: list[Setback]

    def progress(
        self, recruited: date, confirmed: date | None, first_step: int, until: date
    ) -> Iterator[Paid]:
        """Each change of what is paid that takes effect by `until`. `confirmed` is None without probation."""
        level, step, event = 0, first_step, "tuyen_dung"
        rank = code_on(self.ladder[0], recruited) or self.ladder[0][0][1]
        rank_from, since = confirmed or recruited, recruited
        if confirmed is not None and confirmed > recruited:
            if recruited >= TABLES_SINCE:
                yield self._paid(recruited, rank, step, 85, 0, recruited, "tuyen_dung")
            since, event = confirmed, "het_tap_su"
            rank = self._new_code(rank, step, level, since)
        overrun, early = 0, False
        while since <= until:
            if since >= TABLES_SINCE:
                yield self._paid(since, rank, step, 100, overrun, rank_from, event)
            following, early = self._due(rank, step, overrun, since, early)
            if since < TABLES_SINCE <= following:
                since, event = TABLES_SINCE, "dieu_chinh"
                continue
            since, event = following, "nang_bac_truoc_han" if early else "nang_bac"
            if step == len(self.steps[rank]):
                overrun, event = (5 if overrun == 0 else overrun + 1), "vuot_khung"
                if overrun == 5 and self.steps[rank][-1].overrun_months is None:
                    return
                rank = self._new_code(rank, step, level, since)
                continue
            step += 1
            new_rank, new_step, level = self._rise(rank, step, level, since)
            if new_rank != rank:
                event = "nang_ngach" if new_step != step else "chuyen_ngach"
                rank, step, rank_from = new_rank, new_step, since

    def _paid(
        self, start: date, rank: str, step: int, percent: int, overrun: int, rank_from: date, event: str
    ) -> Paid:
        return Paid(
            start, rank, step, self.steps[rank][step - 1].coefficient, percent, overrun, rank_from, event
        )

    def _due(self, rank: str, step: int, overrun: int, since: date, was_early: bool) -> tuple[date, bool]:
        """The next change and whether it comes before its time."""
        row = self.steps[rank][step - 1]
        if row.months is None:
            months = 12 if overrun else (row.overrun_months or 1200)
            return due_after(since, months, self.setbacks), False
        due = due_after(since, row.months, self.setbacks)
        if not was_early and self.chance.random() < 0.05 and due == add_months(since, row.months):
            return add_months(since, row.months - self.chance.choice((6, 9, 12))), True
        return due, False

    def _rise(self, rank: str, step: int, level: int, on: date) -> tuple[str, int, int]:
        """Rank and step after the increase to `step`: a new code of the level, or the next level of the
        ladder.

        Both come with an increase on the same day, so the time towards the next one counts from that day.
        """
        if level < self.highest and level + 1 < len(self.ladder) and step >= RISE_FROM_STEP:
            higher = code_on(self.ladder[level + 1], on)
            if higher is not None and self.chance.random() < 0.7:
                held = self.steps[rank][step - 1].coefficient
                for number, row in enumerate(self.steps[higher], start=1):
                    if row.coefficient >= held:
                        return higher, number, level + 1
        return self._new_code(rank, step, level, on), step, level

    def _new_code(self, rank: str, step: int, level: int, on: date) -> str:
        """The code that the level gives by then, when it is paid alike."""
        same = code_on(self.ladder[level], on) or rank
        alike = (
            len(self.steps[same]) >= step
            and self.steps[same][step - 1].coefficient == self.steps[rank][step - 1].coefficient
        )
        return same if alike else rank
