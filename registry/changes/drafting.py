"""What somebody who drafts a change needs to see of the people it names: who they are, what they hold, what
is due to them.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.errors import not_found
from registry.law import salary as law
from registry.law.rules import get_counting
from registry.law.steps import steps_of_rank
from registry.law.why import Step
from registry.officials.facts import FACTS

MOST_PEOPLE = 500


@dataclass(frozen=True)
class Person:
    """A person of a draft; `salary` is the step held on the day of the change, None where none is
    recorded; `career` the fields of the other regime beside it, as the service takes them.
    """

    official_id: int
    uid: str
    org_ord: int
    personal_id: str
    staff_code: str | None
    full_name: str
    unit: str
    position: str | None
    job_position: str | None
    salary: law.Held | None
    rank_from: dict[str, str] | None
    career: dict[str, Any] = field(default_factory=dict)

    @property
    def short_id(self) -> str:
        """The personal number with its middle left out, enough to tell two people apart on one page."""
        return f"{self.personal_id[:6]}…{self.personal_id[-3:]}"


@dataclass(frozen=True)
class StepUp:
    """The next regular step of a person: to which, due when and why, and what it adds to the pay of a month.

    `to` is None on the top step or where the salary table has no such step; then only `why` says something.
    """

    to: law.StepRow | None
    due: date | None
    why: tuple[Step, ...]
    delays: tuple[Step, ...]


def find_people(session: Session, named: Sequence[str], on: date) -> dict[str, Person]:
    """People in the reader's scope by registry id, personal number or staff code, whichever they were named
    by.

    Names outside the scope are left out, as are those beyond MOST_PEOPLE. `salary` is the step held on `on`.
    """
    wanted = list(dict.fromkeys(one.strip() for one in named if one.strip()))[:MOST_PEOPLE]
    if not wanted:
        return {}
    # Three index lookups instead of one join that no index could serve.
    uids = [one.lower() for one in wanted if _is_uid(one)]
    rows = session.execute(
        text("""WITH named AS (
                    SELECT official_id, uid::text AS name FROM official_current WHERE uid = ANY (CAST(:uids
                        AS uuid[]))
                    UNION SELECT official_id, personal_id FROM official_current WHERE personal_id = ANY
                        (:names)
                    UNION SELECT official_id, staff_code FROM official_current WHERE staff_code = ANY
                        (:codes))
                SELECT n.name, c.official_id, c.uid::text AS uid, c.org_ord, c.personal_id, c.staff_code,
                    c.full_name,
                    c.position, c.job_position, v.name AS unit, f.rank, f.step, f.coefficient, f.valid_from,
                        f.pay_percent,
                    f.overrun_percent, f.reserve_coefficient, f.rank_from, f.rank_from_precision,
                    f.career_step, f.career_step_from, f.career_step_from_precision, f.job_pay_vnd
                FROM named n JOIN official_current c ON c.official_id = n.official_id
                LEFT JOIN organization_version v ON v.organization_id = c.organization_id AND v.recorded_to
                    IS NULL
                    AND v.valid_from <= :on AND (v.valid_to IS NULL OR v.valid_to > :on)
                LEFT JOIN LATERAL (SELECT * FROM fact_salary f WHERE f.official_id = c.official_id AND
                    f.recorded_to IS NULL
                    AND f.valid_from <= :on AND (f.valid_to IS NULL OR f.valid_to > :on) LIMIT 1) f ON
                        true"""),
        {"uids": uids, "names": wanted, "codes": [one.upper() for one in wanted], "on": on},
    )
    people = {row.name.lower(): _person(row) for row in rows}
    return {one: people[one.lower()] for one in wanted if one.lower() in people}


def _is_uid(name: str) -> bool:
    try:
        UUID(name)
    except ValueError:
        return False
    return True


def _person(row: Any) -> Person:
    held = None
    if row.rank is not None:
        held = law.Held(
            row.rank,
            row.step,
            row.coefficient,
            row.valid_from,
            row.pay_percent,
            row.overrun_percent,
            row.reserve_coefficient,
        )
    career = {
        "career_step": row.career_step,
        "career_step_from": row.career_step_from
        and {"date": row.career_step_from.isoformat(), "precision": row.career_step_from_precision},
        "job_pay_vnd": row.job_pay_vnd,
    }
    rank_from = (
        {"date": row.rank_from.isoformat(), "precision": row.rank_from_precision} if row.rank_from else None
    )
    return Person(
        row.official_id,
        row.uid,
        row.org_ord,
        row.personal_id,
        row.staff_code,
        row.full_name,
        row.unit or "",
        row.position,
        row.job_position,
        held,
        rank_from,
        {name: value for name, value in career.items() if value is not None},
    )


def find_due(
    session: Session, until: date, ranges: tuple[tuple[int, int], ...], limit: int = MOST_PEOPLE
) -> list[str]:
    """Registry ids of people in post within these units whose regular step is due by a day, first due first.

    Those whose next step is recorded already, or waits in a change, are left out.
    """
    within = "{" + ",".join(f"[{low},{high})" for low, high in ranges) + "}"
    return list(
        session.execute(
            text("""SELECT c.uid::text FROM official_current c WHERE c.next_step_on <= :until AND
                        c.in_headcount
                    AND c.org_ord <@ CAST(:within AS int4multirange)
                    AND NOT EXISTS (SELECT 1 FROM fact_salary f WHERE f.official_id = c.official_id AND
                        f.recorded_to IS NULL
                        AND f.valid_from > c.step_from)
                    AND NOT EXISTS (SELECT 1 FROM change_operation o JOIN change h ON h.id = o.change_id
                        WHERE o.official_id = c.official_id AND o.kind = 'salary' AND h.status IN ('draft',
                            'submitted', 'returned'))
                ORDER BY c.next_step_on, c.sort_key, c.official_id LIMIT :limit"""),
            {"until": until, "within": within, "limit": limit},
        ).scalars()
    )


def next_steps(session: Session, people: Sequence[Person], on: date) -> dict[str, StepUp]:
    """The next regular step of each person as of a day, by registry id; four statements whatever the number of
    people.
    """
    ids = [one.official_id for one in people if one.salary is not None]
    measures = _grouped(session, "fact_discipline", "valid_from, authority, step_delay_months", ids, on)
    failed = _grouped(session, "fact_evaluation", "year, grade", ids, on)
    statuses = _grouped(session, "fact_status", "status, valid_from, valid_to", ids, on)
    leaves = _grouped(session, "fact_leave", "leave, valid_from, valid_to", ids, on)
    counting = get_counting(session)
    found = {}
    for one in people:
        if one.salary is None:
            continue
        rows = steps_of_rank(session, one.salary.rank, on)
        mine = law.Past(*(kept.get(one.official_id, []) for kept in (measures, failed, statuses, leaves)))
        dated, to = law.next_step(rows, one.salary, on, mine, counting)
        delays = law.delays(one.salary.since, on, mine, counting)[1]
        halts = law.stopped(one.salary.since, on, mine, counting)[1]
        found[one.uid] = StepUp(to, dated.on, dated.why, (*delays, *halts))
    return found


def _grouped(
    session: Session, table: str, columns: str, ids: list[int], on: date
) -> dict[int, list[dict[str, Any]]]:
    rows = session.execute(
        text(f"""SELECT official_id, {columns} FROM {table} WHERE official_id = ANY (:ids) AND recorded_to IS
                    NULL
                 AND valid_from <= :on ORDER BY official_id, valid_from"""),
        {"ids": ids, "on": on},
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        one = dict(row._mapping)
        found.setdefault(one.pop("official_id"), []).append(one)
    return found


def cost_a_month(session: Session, before: Decimal, after: Decimal, on: date) -> int | None:
    """What a change of coefficient adds to the pay of a month in VND, by the base salary of its day; None
    where none is known.
    """
    base = law.base_salary(lists.items(session, "base_salary"), on)
    if base is None:
        return None
    return int(((after - before) * int(base.extra["amount_vnd"])).quantize(Decimal(1), ROUND_HALF_UP))


def get_fact(session: Session, kind: str, official_id: int, fact_id: int) -> dict[str, Any]:
    """The column values of a believed fact of a person, as JSON gives them; NotFound when it is not there or
    was replaced.
    """
    if kind not in FACTS:
        raise not_found()
    fact = session.execute(
        text(f"""SELECT to_jsonb(f) FROM fact_{kind} f WHERE f.id = :fact AND f.official_id = :official
                 AND f.recorded_to IS NULL"""),
        {"fact": fact_id, "official": official_id},
    ).scalar_one_or_none()
    if fact is None:
        raise not_found()
    return dict(fact)


def facts_in_force(
    session: Session, kind: str, officials: Sequence[int], on: date
) -> dict[int, dict[str, Any]]:
    """The believed fact of a kind that holds one at a time, of each person on a day (of appointments the main
    one).
    """
    only = f" AND f.{FACTS[kind].exclusive_when}" if FACTS[kind].exclusive_when else ""
    rows = session.execute(
        text(f"""SELECT to_jsonb(f) AS fact FROM fact_{kind} f WHERE f.official_id = ANY (:officials) AND
                    f.recorded_to IS NULL
                 AND f.valid_from <= :on AND (f.valid_to IS NULL OR f.valid_to > :on){only}"""),
        {"officials": list(officials), "on": on},
    )
    return {row.fact["official_id"]: row.fact for row in rows}


def unit_codes(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """Codes of units by their ids."""
    rows = session.execute(
        text("SELECT id, code FROM organization WHERE id = ANY (:ids)"), {"ids": list(ids)}
    )
    return {row.id: row.code for row in rows}
