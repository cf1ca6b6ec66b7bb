"""Who is counted, one row a person: today from the rows of the present state, on other days from the facts.

Both give the same columns, and on the same day the same rows: persons whose employment status counts and who
hold a main post. Columns that no part, group or filter needs are not read.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, Table, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from registry.catalogues.lists import items
from registry.officials.facts import FACTS
from registry.officials.models import OfficialCurrent
from registry.periods import AsOf, in_force, recorded_at

IDENTITY = frozenset({"sex", "birth_date", "ethnic_group", "religion"})
SALARY = frozenset({"rank", "step", "coefficient"})
ALWAYS = frozenset({"organization_id"})


def people_today(columns: Iterable[str]) -> Subquery:
    """The persons in post now; right once the day's future-dated facts are rolled forward (`turns_on`)."""
    current = OfficialCurrent.__table__
    return (
        select(*(current.c[name] for name in _sorted(columns)))
        .where(current.c.in_headcount)
        .subquery("people")
    )


def people_on(session: Session, as_of: AsOf, columns: Iterable[str]) -> Subquery:
    """The persons in post on a day, as recorded now or at `known_at`."""
    wanted = _sorted(columns)
    status = _held("status", as_of, ("status", "category"))
    post = _held("appointment", as_of, ("organization_id", "position"), FACTS["appointment"].table.c.is_main)
    given: dict[str, ColumnElement[Any]] = {**status.c, **post.c}
    source = status.join(post, post.c.official_id == status.c.official_id)
    for names, subquery in _further(session, as_of, frozenset(wanted)):
        source = source.outerjoin(subquery, subquery.c.official_id == status.c.official_id)
        given |= {name: subquery.c[name] for name in names}
    if "party" in wanted:
        party = _held("party", as_of, ())
        source = source.outerjoin(party, party.c.official_id == status.c.official_id)
        given["party"] = party.c.official_id.is_not(None)
    return (
        select(*(given[name].label(name) for name in wanted))
        .select_from(source)
        .where(status.c.status.in_(_counting(session)))
        .subquery("people")
    )


def _further(session: Session, as_of: AsOf, wanted: frozenset[str]) -> Iterable[tuple[list[str], Subquery]]:
    """The optional sources with the wanted columns each gives."""
    if names := sorted(IDENTITY & wanted):
        yield names, _identity(as_of, names)
    if names := sorted(SALARY & wanted):
        yield names, _held("salary", as_of, names)
    if "education" in wanted:
        levels = _levels(session, "education_levels", kind="professional")
        yield ["education"], _highest("qualification", as_of, "education", levels)
    if "political_theory" in wanted:
        levels = _levels(session, "political_theory")
        yield ["political_theory"], _highest("political_theory", as_of, "political_theory", levels)


# Keys come as constants from the lists: joined to the rows of the list, their number would be misjudged by
# hundreds of times, and every further source be searched person by person.


def _counting(session: Session) -> list[str]:
    """Keys of the statuses that count in the headcount."""
    rows = items(session, "status_codes")
    return sorted({one.key for one in rows if one.extra.get("counts_in_headcount") == "yes"})


def _levels(session: Session, catalogue: str, **extra: str) -> list[str]:
    """Keys of the levels of a list that have these properties, the lowest first."""
    rows = [one for one in items(session, catalogue) if extra.items() <= one.extra.items()]
    ordered = sorted(rows, key=lambda one: (one.sort, one.key))
    return list(dict.fromkeys(one.key for one in ordered)) or [
        ""
    ]  # CASE needs a branch, a list not loaded has none


def _sorted(columns: Iterable[str]) -> list[str]:
    return sorted(ALWAYS | set(columns))


def _held(kind: str, as_of: AsOf, names: Iterable[str], *conditions: ColumnElement[bool]) -> Subquery:
    """The one fact of an exclusive kind that holds for each official.

    What is believed now is free of overlap by constraint. At an earlier moment it need not be: a fact counts
    as recorded from the start of its transaction, and two transactions may have run at once; then the later
    one holds.
    """
    table = FACTS[kind].table
    query = _of(table, names).where(in_force(table, as_of), *conditions)
    if as_of.known_at is not None:
        query = query.ext(distinct_on(table.c.official_id)).order_by(
            table.c.official_id, table.c.recorded_from.desc(), table.c.valid_from.desc()
        )
    return query.subquery(kind)


def _identity(as_of: AsOf, names: Iterable[str]) -> Subquery:
    """The newest identity of each official that has begun: without one in force one is still a person."""
    table = FACTS["identity"].table
    return (
        _of(table, names)
        .where(recorded_at(table, as_of))
        .ext(distinct_on(table.c.official_id))
        .order_by(
            table.c.official_id,
            (table.c.valid_from <= as_of.on).desc(),
            table.c.valid_from.desc(),
            table.c.recorded_from.desc(),
        )
        .subquery("identity")
    )


def _highest(kind: str, as_of: AsOf, name: str, levels: list[str]) -> Subquery:
    """The highest of `levels` awarded by the day to each official who has any."""
    table = FACTS[kind].table
    height = func.max(case({level: at for at, level in enumerate(levels)}, value=table.c.level))
    return (
        select(table.c.official_id, case(dict(enumerate(levels)), value=height).label(name))
        .where(recorded_at(table, as_of), table.c.valid_from <= as_of.on)
        .group_by(table.c.official_id)
        .subquery(name)
    )


def _of(table: Table, names: Iterable[str]) -> Select[*tuple[Any, ...]]:
    return select(table.c.official_id, *(table.c[name] for name in names))
