"""Law tables for set-based statements: steps of every rank, retirement day by sex and birth month.

Both are derived from the catalogues with the same rules that explain a single case, whenever catalogues are
loaded.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues.copying import copy_rows
from registry.catalogues.lists import items
from registry.law.retirement import BEFORE_ROADMAP_YEARS, retirement
from registry.law.salary import steps_of
from registry.periods import PartialDate

BIRTH_YEARS = range(1920, 2021)
"""Nobody on the registry was born before; nobody born after is of working age for long enough to plan."""


def fill(session: Session) -> dict[str, int]:
    """Make law_step and law_retirement anew from the catalogues as they are in this transaction."""
    steps, days = list(_steps(session)), list(_retirements(session))
    session.execute(text("DELETE FROM law_step"))
    copy_rows(session, "law_step", ("rank", "step", "coefficient", "months", "overrun_months"), steps)
    session.execute(text("DELETE FROM law_retirement"))
    copy_rows(session, "law_retirement", ("sex", "birth_month", "retire_on"), days)
    return {"law_step": len(steps), "law_retirement": len(days)}


def _steps(session: Session) -> Iterator[tuple[str, int, Decimal, int | None, int | None]]:
    ranks, steps = items(session, "ranks"), items(session, "salary_steps")
    for rank in sorted({one.key for one in ranks}):
        for row in steps_of(ranks, steps, rank):
            yield rank, row.step, row.coefficient, row.months, row.overrun_months


def _retirements(session: Session) -> Iterator[tuple[str, date, date]]:
    roadmap = items(session, "retirement_age_by_year")
    if not roadmap:
        return
    for sex in sorted(BEFORE_ROADMAP_YEARS):
        for year in BIRTH_YEARS:
            for month in range(1, 13):
                born = PartialDate(date(year, month, 1), "month")
                answer = retirement(roadmap, sex, born).on
                assert answer is not None
                yield sex, born.on, answer
