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
    union,
)
from sqlalchemy import cast as cast_to

from registry.law.models import LawStep
from registry.law.salary import FAILED
from registry.officials.facts import FACTS
from registry.periods import AsOf, recorded_at


def next_steps(held_steps: Subquery, as_of: AsOf, uncounted: Sequence[str], leaves: Sequence[str]) -> CTE:
    """Of the steps held on a day (official_id, rank, step, valid_from): official_id, next_step_on.

    Null on the top step, and while a time that does not count has no known end. `uncounted`: keys of the
    statuses whose time may not count (catalogue uncounted_time); `leaves`: of the leaves that do not.
    """
    # Once each: planned into the joins of the persons, the days of a leave would be counted person by person again.
    paid = select(held_steps).cte("paid").prefix_with("MATERIALIZED")
    law = LawStep.__table__
    held = and_(
        law.c.rank == paid.c.rank,
        law.c.step == paid.c.step,
        law.c.valid_from <= as_of.on,
        or_(law.c.valid_to.is_(None), law.c.valid_to > as_of.on),
    )
    delayed = _delayed(paid, as_of)
    failed, stopped = _failed(paid, delayed, as_of), _stopped(paid, as_of, uncounted, leaves)
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
        .cte("steps")
        .prefix_with("MATERIALIZED")
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
        .prefix_with("MATERIALIZED")
    )


def _failed(paid: CTE, delayed: CTE, as_of: AsOf) -> Subquery:
    """Months for failed years that have no measure of their own."""
    table = FACTS["evaluation"].table
    # Apart, as they are few: else the grades of each person paid would be looked through one by one.
    found = select(table.c.official_id, table.c.year, table.c.valid_from).where(
        recorded_at(table, as_of), table.c.grade == FAILED, table.c.valid_from <= as_of.on
    )
    grade = found.cte("failing").prefix_with("MATERIALIZED")
    end = func.make_date(grade.c.year, 12, 31)
    return (
        select(
            paid.c.official_id,
            func.sum(func.registry_law_number("delay_failed_year", end)).label("months"),
        )
        .join(grade, grade.c.official_id == paid.c.official_id)
        .outerjoin(delayed, delayed.c.official_id == paid.c.official_id)
        .where(
            end >= paid.c.valid_from,
            or_(delayed.c.years.is_(None), grade.c.year != all_(delayed.c.years)),
        )
        .group_by(paid.c.official_id)
        .subquery("failed")
    )


def _stopped(paid: CTE, as_of: AsOf, uncounted: Sequence[str], leaves: Sequence[str]) -> CTE:
    """Months not counted, of the few who had such a time on the step; null while it has no known end."""
    halted = union(
        *(
            select(paid.c.official_id, paid.c.valid_from)
            .join(table, table.c.official_id == paid.c.official_id)
            .where(
                recorded_at(table, as_of),
                table.c[kind].in_(keys),
                table.c.valid_from <= as_of.on,
                or_(table.c.valid_to.is_(None), table.c.valid_to > paid.c.valid_from),
            )
            for kind, keys in (("status", uncounted), ("leave", leaves))
            for table in (FACTS[kind].table,)
        )
    ).subquery("halted")
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
    found = select(halted.c.official_id, months.c.months).select_from(joined)
    return found.cte("stopped").prefix_with("MATERIALIZED")
