"""Law tables for set-based statements: steps of every rank, retirement day by sex and birth month.

Both are derived from the catalogues with the same rules that explain a single case, whenever catalogues are
loaded.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues.copying import copy_rows
from registry.catalogues.lists import items
from registry.law.deadline import deadline
from registry.law.retirement import SEXES, retirement
from registry.law.salary import all_steps_of
from registry.periods import PartialDate

BIRTH_YEARS = range(1920, 2021)
"""Nobody on the registry was born before; nobody born after is of working age for long enough to plan."""


def fill(session: Session) -> dict[str, int]:
    """Make law_step, law_retirement and law_workday anew from the catalogues as they are in this transaction."""
    steps, days = list(_steps(session)), list(_retirements(session))
    session.execute(text("DELETE FROM law_step"))
    copy_rows(
        session,
        "law_step",
        ("rank", "step", "valid_from", "valid_to", "coefficient", "months", "overrun_months"),
        steps,
    )
    session.execute(text("DELETE FROM law_retirement"))
    copy_rows(session, "law_retirement", ("sex", "birth_month", "retire_on"), days)
    workdays = list(_workdays(session))
    session.execute(text("DELETE FROM law_workday"))
    copy_rows(session, "law_workday", ("day", "number"), workdays)
    return {"law_step": len(steps), "law_retirement": len(days), "law_workday": len(workdays)}


WORKDAY_YEARS = range(2015, 2041)
"""Terms in working days are asked for within these years."""


def _workdays(session: Session) -> Iterator[tuple[date, int]]:
    """Every day with the number of working days until then, by the same rule that explains a single term."""
    marked = items(session, "holidays")
    day, number = date(WORKDAY_YEARS.start, 1, 1), 0
    for year in WORKDAY_YEARS:
        near = [one for one in marked if one.extra["day"][:4] in (str(year), str(year + 1))]
        while day.year == year:
            following = deadline(day, 1, near).on
            assert following is not None
            while day < following:
                yield day, number
                day += timedelta(days=1)
            number += 1


def _steps(
    session: Session,
) -> Iterator[tuple[str, int, date, date | None, Decimal, int | None, int | None]]:
    ranks, steps = items(session, "ranks"), items(session, "salary_steps")
    for rank in sorted({one.key for one in ranks}):
        for row in all_steps_of(ranks, steps, rank):
            yield (
                rank,
                row.step,
                row.valid_from,
                row.valid_to,
                row.coefficient,
                row.months,
                row.overrun_months,
            )


def _retirements(session: Session) -> Iterator[tuple[str, date, date]]:
    roadmap = items(session, "retirement_age_by_year")
    if not roadmap:
        return
    for sex in SEXES:
        for year in BIRTH_YEARS:
            for month in range(1, 13):
                born = PartialDate(date(year, month, 1), "month")
                answer = retirement(roadmap, sex, born).on
                assert answer is not None
                yield sex, born.on, answer
