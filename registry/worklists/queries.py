"""Reading the work lists: counts of all of them, a page of one by key, the whole of one for a file or a draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.cursors import read_cursor, write_cursor
from registry.errors import Flaw, Invalid, not_found
from registry.periods import add_months
from registry.words import Words
from registry.worklists.lists import WORKLISTS, WorkList

COUNT_STOPS_AT = 1000
MOST_IN_FILE = 200_000
"""Rows that one file holds; more is refused, so that nobody takes a part for the whole."""


@dataclass(frozen=True)
class Unit:
    """A unit with everything under it: the ordinals of its subtree, both included."""

    code: str
    name: str
    ord: int
    last: int


@dataclass(frozen=True)
class Asked:
    """What is asked of a list: whom of which unit, due from (None: overdue ones too) until before a day."""

    unit: Unit
    since: date | None
    until: date


@dataclass(frozen=True)
class Row:
    """Somebody due for something. `fact_id` is the fact it follows from (of missing grades the year); `change` the
    number of an open change about it; `basis` what reason and draft are computed from.
    """

    official_id: int
    id: str
    personal_id: str
    staff_code: str | None
    full_name: str
    unit_code: str | None
    unit_name: str | None
    position: str | None
    job_position: str | None
    rank: str | None
    step: int | None
    category: str | None
    due_on: date
    fact_id: int
    change: str | None
    basis: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """A page of a list; `count` stops at COUNT_STOPS_AT unless it was asked for exactly."""

    rows: list[Row]
    next_cursor: str | None
    count: int
    exact: bool


@dataclass(frozen=True)
class Count:
    """People of a list in its usual period, and how many of them are overdue; each up to COUNT_STOPS_AT + 1."""

    due: int
    overdue: int


def get_list(named: str, classes: frozenset[Sensitivity]) -> WorkList:
    """A list by its id; NotFound for one that is not there or tells more than the reader may know."""
    found = WORKLISTS.get(named)
    if found is None or found.sensitivity not in classes:
        raise not_found()
    return found


def visible(classes: frozenset[Sensitivity]) -> list[WorkList]:
    """The lists a reader may see."""
    return [one for one in WORKLISTS.values() if one.sensitivity in classes]


def find_unit(session: Session, code: str) -> Unit | None:
    """A unit with the name of today, or its last one; None for an unknown code."""
    row = session.execute(
        text("""SELECT u.code, u.ord, u.last, (SELECT v.name FROM organization_version v
                    WHERE v.organization_id = u.id AND v.recorded_to IS NULL ORDER BY v.valid_from DESC LIMIT 1) AS name
                FROM organization u WHERE u.code = :code"""),
        {"code": code},
    ).one_or_none()
    return None if row is None else Unit(row.code, row.name or row.code, row.ord, row.last)


def usual_until(one: WorkList, today: date) -> date:
    """The first day that a list does not look at when no period is asked for."""
    return add_months(today, one.ahead)


def end_of_month(today: date) -> date:
    """The first day of the next month."""
    return add_months(today.replace(day=1), 1)


def end_of_quarter(today: date) -> date:
    """The first day of the next quarter."""
    return add_months(date(today.year, (today.month - 1) // 3 * 3 + 1, 1), 3)


def end_of_year(today: date) -> date:
    """The first day of the next year."""
    return date(today.year + 1, 1, 1)


EMPTY_PERIOD = Words("“Từ ngày” phải trước “đến trước ngày”.", "The first day must come before the last.")


def period(one: WorkList, since: date | None, until: date | None, today: date) -> tuple[date | None, date]:
    """The period asked for, [since, until); without an end that of the list. Raises Invalid for one without days."""
    end = until or usual_until(one, today)
    if until is None and since is not None and since >= end:
        end = add_months(since, 12)
    if since is not None and since >= end:
        raise Invalid(EMPTY_PERIOD, "bad_query", [Flaw("query/to", "order", EMPTY_PERIOD)])
    return since, end


def count_all(session: Session, lists: Sequence[WorkList], unit: Unit, today: date) -> dict[str, Count]:
    """Counts of lists by id, each in its usual period; one statement."""
    if not lists:
        return {}
    parameters: dict[str, Any] = {"today": today, "low": unit.ord, "high": unit.last}
    parts = []
    for number, one in enumerate(lists):
        parameters[f"until{number}"] = usual_until(one, today)
        rows = one.rows.replace(":until", f":until{number}")
        # The earliest first, so that what is overdue is among the rows counted.
        parts.append(f"""SELECT {number} AS list, count(*) AS due, count(*) FILTER (WHERE n.due_on < :today) AS overdue
            FROM (SELECT d.due_on FROM ({rows}) d WHERE d.due_on < :until{number} AND {_WITHIN}
                ORDER BY d.due_on LIMIT {COUNT_STOPS_AT + 1}) n""")
    found = session.execute(text(" UNION ALL ".join(parts)), parameters)
    return {lists[row.list].id: Count(row.due, row.overdue) for row in found}


_WITHIN = "d.org_ord BETWEEN :low AND :high"
_DUE = f"d.due_on < :until AND {_WITHIN}"


def _narrowed(
    one: WorkList, asked: Asked, today: date, people: Sequence[str] | None
) -> tuple[str, dict[str, Any]]:
    where = [_DUE]
    parameters: dict[str, Any] = {
        "today": today,
        "until": asked.until,
        "low": asked.unit.ord,
        "high": asked.unit.last,
    }
    if asked.since is not None:
        where.append("d.due_on >= :since")
        parameters["since"] = asked.since
    if people is not None:
        where.append("""d.official_id IN (SELECT x.official_id FROM official_current x
            WHERE x.uid = ANY (CAST(:uids AS uuid[])) OR x.personal_id = ANY (:people))""")
        parameters |= {"people": list(people), "uids": [one for one in people if _is_uid(one)]}
    return (
        f"SELECT d.official_id, d.due_on, d.fact_id FROM ({one.rows}) d WHERE {' AND '.join(where)}",
        parameters,
    )


def _is_uid(named: str) -> bool:
    try:
        return str(UUID(named)) == named
    except ValueError:
        return False


def _statement(one: WorkList, picked: str) -> str:
    return f"""WITH picked AS MATERIALIZED ({picked})
        SELECT c.official_id, c.uid::text AS id, c.personal_id, c.staff_code, c.full_name, u.code AS unit_code,
            v.name AS unit_name, c.position, c.job_position, c.rank, c.step, c.category, p.due_on, p.fact_id,
            (SELECT h.number FROM change_operation o JOIN change h ON h.id = o.change_id
                WHERE o.official_id = c.official_id AND o.kind = '{one.kind}'
                    AND h.status IN ('draft', 'submitted', 'returned') ORDER BY h.id LIMIT 1) AS change,
            {one.basis} AS basis
        FROM picked p JOIN official_current c ON c.official_id = p.official_id
        LEFT JOIN organization u ON u.id = c.organization_id
        LEFT JOIN organization_version v ON v.organization_id = c.organization_id AND v.recorded_to IS NULL
            AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
        ORDER BY p.due_on, p.official_id, p.fact_id"""


def list_page(
    session: Session,
    one: WorkList,
    asked: Asked,
    today: date,
    *,
    cursor: str | None = None,
    limit: int = 50,
    exact: bool = False,
) -> Page:
    """A page, the earliest day first; two statements. Raises Invalid for a cursor that is none."""
    picked, parameters = _narrowed(one, asked, today, None)
    stop = "" if exact else f"LIMIT {COUNT_STOPS_AT + 1}"
    counted = session.execute(text(f"SELECT count(*) FROM ({picked} {stop}) n"), parameters).scalar_one()
    if cursor:
        day, official, fact = read_cursor(cursor, str, int, int)
        parameters |= {"after": day, "after_official": official, "after_fact": fact}
        picked += """ AND (d.due_on, d.official_id, d.fact_id)
            > (CAST(:after AS date), CAST(:after_official AS bigint), CAST(:after_fact AS bigint))"""
    picked += " ORDER BY d.due_on, d.official_id, d.fact_id LIMIT :limit"
    found = _rows(session, one, picked, parameters | {"limit": limit + 1})
    rows = found[:limit]
    following = None
    if len(found) > limit:
        last = rows[-1]
        following = write_cursor(last.due_on.isoformat(), last.official_id, last.fact_id)
    return Page(
        rows,
        following,
        counted if exact else min(counted, COUNT_STOPS_AT),
        exact or counted <= COUNT_STOPS_AT,
    )


def list_whole(
    session: Session,
    one: WorkList,
    asked: Asked,
    today: date,
    *,
    people: Sequence[str] | None = None,
    most: int = MOST_IN_FILE,
) -> list[Row]:
    """Every row, or those of some people (registry id or personal number), in one statement; one row more than `most`
    tells that there are more.
    """
    picked, parameters = _narrowed(one, asked, today, people)
    picked += " ORDER BY d.due_on, d.official_id, d.fact_id LIMIT :limit"
    return _rows(session, one, picked, parameters | {"limit": most + 1})


def _rows(session: Session, one: WorkList, picked: str, parameters: dict[str, Any]) -> list[Row]:
    return [Row(**row._mapping) for row in session.execute(text(_statement(one, picked)), parameters)]


def days_left(row: Row, today: date) -> int:
    """Days until the day of a row; below 0 it is overdue."""
    return (row.due_on - today) // timedelta(days=1)
