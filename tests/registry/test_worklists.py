"""Work lists hold exactly those whom the law, asked one by one, calls due; each row says why."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed, _bed
from make import coefficient, decided, newcomer
from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.cluster import Cluster
from registry.law import salary as law
from registry.law.dues import contract_end, evaluation_due, movement_end, party_probation, planning_review
from registry.law.retirement import leaving, retirement
from registry.law.rules import get_counting, get_rules
from registry.law.steps import steps_of_rank
from registry.law.terms import reappointment
from registry.periods import PartialDate
from registry.worklists import queries
from registry.worklists.lists import WORKLISTS
from registry.worklists.reasons import explain

FAR = date(2031, 1, 1)
"""So far that every list has people of the demo; what is due later is out of every list."""
Due = set[tuple[int, date]]
KINDS = (
    "salary", "status", "appointment", "secondment", "planning", "evaluation", "contract", "party", "discipline", "leave",
)  # fmt: skip


@pytest.fixture(scope="module")
def stocked(cluster: Cluster, demo_template: str) -> Iterator[Bed]:
    """The demo and what it has too little of: people sent elsewhere, on Party probation, and delayed on the top step."""
    with _bed(cluster, demo_template) as bed:
        operations = [one | {"facts": [*one["facts"], *more]} for more in MORE for one in [newcomer()]]
        operations.append(on_top_step())
        decided(bed, operations)
        yield bed


def fact(kind: str, since: str, until: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "valid_from": since} | ({"valid_to": until} if until else {}) | fields


MORE = (
    [
        fact(
            "secondment",
            "2025-02-01",
            movement="biet_phai",
            to_name="Ban Quản lý dự án",
            planned_end_on="2027-01-31",
        )
    ],
    [fact("secondment", "2024-03-15", movement="biet_phai", to_name="Viện", planned_end_on="2029-03-14")],
    [fact("secondment", "2023-09-01", movement="luan_chuyen", to_name="Xã vùng cao")],
    [fact("secondment", "2022-05-01", movement="dieu_dong", to_name="Sở khác")],
    [fact("party", "2026-01-31", joined_on="2026-01-31", cell="Chi bộ 2")],
    [fact("party", "2020-05-19", joined_on="2020-05-19", official_on="2021-05-19")],
)


def on_top_step() -> dict[str, Any]:
    """Somebody on the top step since 2020 whose overrun is put off by a measure, a failed year and unpaid leave."""
    one = newcomer()
    status = {"category": "cong_chuc", "recruitment_mode": "thi_tuyen"}
    return one | {
        "facts": [
            fact("status", "2015-01-01", "2021-03-01", status="dang_lam_viec", **status),
            fact("status", "2021-03-01", "2021-06-20", status="nghi_khong_luong", **status),
            fact("status", "2021-06-20", status="dang_lam_viec", **status),
            one["facts"][1],
            fact("salary", "2020-01-01", rank="01.003", step=9, coefficient=coefficient(9)),
            fact(
                "discipline",
                "2020-06-01",
                form="khien_trach",
                authority="administrative",
                step_delay_months=3,
            ),
            fact("evaluation", "2021-12-20", year=2021, grade="khong_hoan_thanh"),
        ]
    }


@pytest.fixture(scope="module")
def whole(stocked: Bed) -> Iterator[Session]:
    """Everything, read as the owner."""
    with stocked.session() as session:
        yield session


@pytest.fixture(scope="module")
def people(whole: Session) -> list[dict[str, Any]]:
    """Everybody in post with all believed facts of the kinds that the lists look at."""
    facts = ", ".join(
        f"""'{kind}', (SELECT coalesce(json_agg(f ORDER BY f.valid_from), '[]') FROM fact_{kind} f
            WHERE f.official_id = c.official_id AND f.recorded_to IS NULL)"""
        for kind in KINDS
    )
    rows = whole.execute(
        sa.text(f"""SELECT c.official_id AS id, c.sex, c.birth_date, c.birth_date_precision, c.recruited_on,
            json_build_object({facts}) AS facts FROM official_current c WHERE c.in_headcount""")
    )
    return [dict(row._mapping) for row in rows]


def day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def now(person: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """The facts of a kind that hold today."""
    return [
        one
        for one in person["facts"][kind]
        if day(one["valid_from"]) <= TODAY and (one["valid_to"] is None or day(one["valid_to"]) > TODAY)
    ]


def later(person: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one for one in person["facts"][kind] if day(one["valid_from"]) > TODAY]


def retires(session: Session, person: dict[str, Any]) -> date:
    by_age = retirement(
        lists.items(session, "retirement_age_by_year"),
        person["sex"],
        PartialDate(person["birth_date"], person["birth_date_precision"]),
    )
    assert by_age.on is not None
    return by_age.on


def leaves(session: Session, person: dict[str, Any]) -> bool:
    """Whether the end of service is decided already."""
    ended = {one.key for one in lists.items(session, "status_codes") if one.extra["status_group"] == "ended"}
    return any(one["status"] in ended for one in later(person, "status"))


def pay(session: Session, person: dict[str, Any]) -> tuple[law.Held, law.Past] | None:
    held = now(person, "salary")
    if not held or later(person, "salary"):
        return None
    one = held[0]
    seen = {
        kind: [fact for fact in person["facts"][kind] if day(fact["valid_from"]) <= TODAY]
        for kind in ("discipline", "evaluation", "status", "leave")
    }
    return law.Held(
        one["rank"],
        one["step"],
        Decimal(str(one["coefficient"])),
        date.fromisoformat(one["valid_from"]),
        overrun_percent=one["overrun_percent"],
    ), law.Past(seen["discipline"], seen["evaluation"], seen["status"], seen["leave"])


def by_the_law(session: Session, name: str, person: dict[str, Any]) -> list[date | None]:
    """The days on which somebody is due for a list, asked of the functions that explain a record."""
    rules, counting = get_rules(session), get_counting(session)
    match name:
        case "salary_steps":
            held = pay(session, person)
            if held is None:
                return []
            rows = steps_of_rank(session, held[0].rank, TODAY)
            return [law.next_step(rows, held[0], TODAY, held[1], counting)[0].on]
        case "overrun":
            held = pay(session, person)
            if held is None:
                return []
            # The last day on which the law gives no more than is recorded names the first rise that is not.
            rows = steps_of_rank(session, held[0].rank, TODAY)
            eve = TODAY
            while law.overrun(rows, held[0], eve, held[1], counting)[0] != held[0].overrun_percent:
                eve -= timedelta(days=1)
            return [law.overrun(rows, held[0], eve, held[1], counting)[1].on]
        case "retirement_notice":
            if leaves(session, person) or any(one["notified_on"] for one in now(person, "status")):
                return []
            return [_leaving(session, person).notice_on]
        case "retirement_decision":
            return [] if leaves(session, person) else [_leaving(session, person).decision_on]
        case "reappointments":
            return _terms(session, person)
        case "secondments":
            return [
                movement_end(rules, one["movement"], day(one["valid_from"]), day(one["planned_end_on"])).on  # type: ignore[arg-type]
                for one in now(person, "secondment")
                if one["valid_to"] is None
            ]
        case "planning_reviews":
            return [
                planning_review(rules, day(one["valid_from"]), day(one["reviewed_on"])).on  # type: ignore[arg-type]
                for one in now(person, "planning")
            ]
        case "evaluations":
            graded = {one["year"] for one in person["facts"]["evaluation"]}
            return [
                evaluation_due(rules, year, person["recruited_on"]).on
                for year in (TODAY.year - 1, TODAY.year)
                if year not in graded
            ]
        case "contracts":
            if later(person, "contract") or leaves(session, person):
                return []
            return [
                contract_end(day(one["valid_from"]), day(one["ends_on"]), day(one["valid_to"])).on  # type: ignore[arg-type]
                for one in now(person, "contract")
            ]
        case "party_probation":
            return [
                party_probation(rules, day(one["joined_on"])).on  # type: ignore[arg-type]
                for one in now(person, "party")
                if one["official_on"] is None
            ]
    raise AssertionError(f"no truth is written down for {name}")


def _leaving(session: Session, person: dict[str, Any]) -> Any:
    by_age = retirement(
        lists.items(session, "retirement_age_by_year"),
        person["sex"],
        PartialDate(person["birth_date"], person["birth_date_precision"]),
    )
    return leaving(by_age, get_rules(session))


def _terms(session: Session, person: dict[str, Any]) -> list[date | None]:
    has_term = {
        one.key for one in lists.items(session, "appointment_kinds") if one.extra.get("has_term") == "yes"
    }
    found: list[date | None] = []
    for one in now(person, "appointment"):
        timed = one["term_ends_on"] or one["event"] in has_term
        if one["position"] is None or one["valid_to"] is not None or not timed or leaves(session, person):
            continue
        since, recorded = date.fromisoformat(one["valid_from"]), day(one["term_ends_on"])
        ends = reappointment(get_rules(session), since, recorded, None).on
        if ends is not None and ends <= retires(session, person):
            found.append(reappointment(get_rules(session), since, recorded, retires(session, person)).on)
    return found


@pytest.mark.parametrize("name", WORKLISTS)
def test_a_list_holds_those_whom_the_law_calls_due_and_nobody_else(
    whole: Session, people: list[dict[str, Any]], name: str
) -> None:
    truth: Due = {
        (person["id"], on)
        for person in people
        for on in by_the_law(whole, name, person)
        if on is not None and on < FAR
    }
    one, unit = WORKLISTS[name], queries.find_unit(whole, "VN")
    assert unit is not None
    rows = queries.list_whole(whole, one, queries.Asked(unit, None, FAR), TODAY)
    assert {(row.official_id, row.due_on) for row in rows} == truth
    assert truth, "nobody is due: the test would prove nothing"
    for row in rows:
        reason = explain(whole, one, row, TODAY)
        assert reason.due.on == row.due_on
        assert reason.due.why
        assert set(reason.values) <= {column.name for column in one.columns}


@pytest.mark.parametrize("name", ["salary_steps", "evaluations"])
def test_pages_put_together_are_the_whole_list_and_a_period_cuts_it(whole: Session, name: str) -> None:
    one, unit = WORKLISTS[name], queries.find_unit(whole, "VN")
    assert unit is not None
    asked = queries.Asked(unit, None, FAR)
    everybody = queries.list_whole(whole, one, asked, TODAY)
    seen: list[queries.Row] = []
    cursor: str | None = None
    while True:
        page = queries.list_page(whole, one, asked, TODAY, cursor=cursor, limit=17)
        assert (page.count, page.exact) == (len(everybody), True)
        seen += page.rows
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == everybody
    turn = everybody[len(everybody) // 2].due_on
    before = queries.list_whole(whole, one, queries.Asked(unit, None, turn), TODAY)
    after = queries.list_whole(whole, one, queries.Asked(unit, turn, FAR), TODAY)
    assert before + after == everybody
    assert all(row.due_on < turn for row in before)
    assert all(row.due_on >= turn for row in after)


@pytest.mark.parametrize("name", ["retirement_notice", "retirement_decision"])
def test_months_of_different_lengths_leave_nobody_out(whole: Session, name: str) -> None:
    """Six months before 30 June is 30 December, and six months after 31 December is 30 June again."""
    one, unit = WORKLISTS[name], queries.find_unit(whole, "VN")
    assert unit is not None
    everybody = queries.list_whole(whole, one, queries.Asked(unit, None, FAR), TODAY)
    turns = sorted({row.due_on + timedelta(days=1) for row in everybody})
    turns = [turn for turn in turns if turn.day != 1][:8]
    assert turns, "nobody is due a day before the last of a month"
    for turn in turns:
        due = queries.list_whole(whole, one, queries.Asked(unit, None, turn), TODAY)
        assert due == [row for row in everybody if row.due_on < turn]
