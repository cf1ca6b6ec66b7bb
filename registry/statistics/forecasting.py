"""What the law lets foresee of the persons in post: who retires when, whose salary step rises when. Nobody comes or leaves
otherwise; one row a person and event, with the person as on the day from which one looks ahead.
"""

from collections.abc import Iterable

from sqlalchemy import CTE, Date, FromClause, Subquery, and_, cast, func, or_, select

from registry.law.models import LawStep
from registry.periods import AsOf
from registry.statistics.events import Period

RETIRING = frozenset({"retirement_on"})
STEPPING = frozenset({"official_id", "rank", "step", "next_step_on", "retirement_on"})


def retirements(people: Subquery, period: Period) -> Subquery:
    """Persons whose last day of work lies in the period: `turned_on`."""
    last = people.c.retirement_on
    return (
        select(people, last.label("turned_on"))
        .where(last.between(period.first, period.last))
        .subquery("retirements")
    )


def steps(people: Subquery, as_of: AsOf, period: Period) -> Subquery:
    """Regular salary steps due in the period, one after the other to the top step or the last day of work: `turned_on`.

    A step overdue is taken as given on its day; further ones take the time of the table in force on the day from which
    one looks ahead.
    """
    held = select(people).cte("held").prefix_with("MATERIALIZED")
    walk = _walk(held, as_of, period)
    names: Iterable[str] = people.c.keys()
    return (
        select(*(held.c[name] for name in names), walk.c.due.label("turned_on"))
        .join(walk, walk.c.official_id == held.c.official_id)
        .where(walk.c.due.between(period.first, period.last))
        .subquery("steps_ahead")
    )


def _walk(held: FromClause, as_of: AsOf, period: Period) -> CTE:
    law = LawStep.__table__
    last = func.least(held.c.retirement_on, period.last)
    walk = (
        select(
            held.c.official_id,
            held.c.rank,
            (held.c.step + 1).label("step"),
            held.c.next_step_on.label("due"),
            cast(last, Date).label("last"),
        )
        .where(held.c.next_step_on <= last)
        .cte("rises", recursive=True)
    )
    due = cast(walk.c.due + func.make_interval(0, law.c.months), Date)
    following = and_(
        law.c.rank == walk.c.rank,
        law.c.step == walk.c.step,
        law.c.valid_from <= as_of.on,
        or_(law.c.valid_to.is_(None), law.c.valid_to > as_of.on),
    )
    return walk.union_all(
        select(walk.c.official_id, walk.c.rank, walk.c.step + 1, due, walk.c.last)
        .join(law, following)
        .where(law.c.months.is_not(None), due <= walk.c.last)
    )
