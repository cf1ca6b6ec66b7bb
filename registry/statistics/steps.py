"""When each official's next regular salary step is due as of a day: the rules of registry.law.salary.next_step, set-based.

The same sums as in registry_refresh_current, over the facts of any day.
"""

from collections.abc import Sequence

from sqlalchemy import (
    CTE,
    Date,
    Integer,
    Subquery,
    all_,
    and_,
    case,
    column,
    func,
    lateral,
    or_,
    select,
    text,
    true,
)
from sqlalchemy import cast as cast_to

from registry.law.models import LawStep
from registry.law.salary import FAILED
from registry.officials.facts import FACTS
from registry.periods import AsOf, recorded_at


def next_steps(held_steps: Subquery, as_of: AsOf, uncounted: Sequence[str]) -> Subquery:
    """Of the steps held on a day (official_id, rank, step, valid_from): official_id, next_step_on.

    Null on the top step, and while a time that does not count has no known end. `uncounted`: keys of the
    statuses whose time may not count (catalogue uncounted_time).
    """
    paid = select(held_steps).cte("paid")
    law = LawStep.__table__
    held = and_(
        law.c.rank == paid.c.rank,
        law.c.step == paid.c.step,
        law.c.valid_from <= as_of.on,
        or_(law.c.valid_to.is_(None), law.c.valid_to > as_of.on),
    )
    delayed = _delayed(paid, as_of)
    failed, stopped = _failed(paid, delayed, as_of), _stopped(paid, as_of, uncounted)
    months = (
        law.c.months
        + func.coalesce(delayed.c.months, 0)
        + func.coalesce(failed.c.months, 0)
        + case((stopped.c.official_id.is_(None), 0), else_=stopped.c.months)
    )
    due = cast_to(paid.c.valid_from + func.make_interval(0, cast_to(months, Integer)), Date)
    return (
        select(paid.c.official_id, due.label("next_step_on"))
        .join(law, held)
        .outerjoin(delayed, delayed.c.official_id == paid.c.official_id)
        .outerjoin(failed, failed.c.official_id == paid.c.official_id)
        .outerjoin(stopped, stopped.c.official_id == paid.c.official_id)
        .subquery("steps")
    )


def _delayed(paid: CTE, as_of: AsOf) -> CTE:
    """Months by which measures put the step off, and the years of measures that do."""
    measure = FACTS["discipline"].table
    year = cast_to(func.extract("year", measure.c.valid_from), Integer)
    return (
        select(
            paid.c.official_id,
            func.sum(measure.c.step_delay_months).label("months"),
            func.array_agg(year).filter(measure.c.step_delay_months > 0).label("years"),
        )
        .join(measure, measure.c.official_id == paid.c.official_id)
        .where(
            recorded_at(measure, as_of),
            measure.c.authority == "administrative",
            measure.c.valid_from >= paid.c.valid_from,
            measure.c.valid_from <= as_of.on,
        )
        .group_by(paid.c.official_id)
        .cte("delayed")
    )


def _failed(paid: CTE, delayed: CTE, as_of: AsOf) -> Subquery:
    """Months for failed years that have no measure of their own."""
    grade = FACTS["evaluation"].table
    end = func.make_date(grade.c.year, 12, 31)
    return (
        select(
            paid.c.official_id,
            func.sum(func.registry_law_number("delay_failed_year", end)).label("months"),
        )
        .join(grade, grade.c.official_id == paid.c.official_id)
        .outerjoin(delayed, delayed.c.official_id == paid.c.official_id)
        .where(
            recorded_at(grade, as_of),
            grade.c.grade == FAILED,
            end >= paid.c.valid_from,
            grade.c.valid_from <= as_of.on,
            or_(delayed.c.years.is_(None), grade.c.year != all_(delayed.c.years)),
        )
        .group_by(paid.c.official_id)
        .subquery("failed")
    )


def _stopped(paid: CTE, as_of: AsOf, uncounted: Sequence[str]) -> Subquery:
    """Months not counted, of the few who had such a time on the step; null while it has no known end."""
    status = FACTS["status"].table
    halted = (
        select(paid.c.official_id, paid.c.valid_from)
        .distinct()
        .join(status, status.c.official_id == paid.c.official_id)
        .where(
            recorded_at(status, as_of),
            status.c.status.in_(uncounted),
            status.c.valid_from <= as_of.on,
            or_(status.c.valid_to.is_(None), status.c.valid_to > paid.c.valid_from),
        )
        .subquery("halted")
    )
    known = as_of.known_at if as_of.known_at is not None else text("'infinity'::timestamptz")
    months = lateral(
        select(
            func.registry_stopped_months(
                halted.c.official_id, halted.c.valid_from, cast_to(as_of.on, Date), known
            )
            .table_valued(column("months", Integer))
            .alias("counted_off")
            .c.months
        )
    )
    joined = halted.join(months, true())
    return select(halted.c.official_id, months.c.months).select_from(joined).subquery("stopped")
