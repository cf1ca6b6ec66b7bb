"""Undoing an approved change: the record as it was, the recorded past as it was told, later work safe."""

import threading
from datetime import date, datetime
from typing import Any
from uuid import UUID

import make
import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed
from make import UNIT, approved, clock, coefficient, decided, filled, newcomer, submitted

from registry.access.permissions import FIELD_CLASSES
from registry.changes import queries, services
from registry.errors import Conflict, RegistryError, Stale
from registry.officials.facts import FACTS
from registry.officials.queries import get_record
from registry.periods import AsOf

SEEN = FIELD_CLASSES["auditor"]


def told(bed: Bed, official: int, known_at: datetime | None = None) -> dict[str, Any]:
    """The record on a late day, so that facts to come show too; without the marks of the single rows."""
    with bed.session() as session:
        record = get_record(session, official, AsOf(date(2099, 1, 1), known_at), SEEN).parsed()
    for one in [record["personal"], *(one for rows in record["facts"].values() for one in rows)]:
        for mark in ("id", "fact_id", "recorded_at"):
            one.pop(mark, None)
    rows = {name: sorted(facts, key=repr) for name, facts in record["facts"].items()}
    return {"personal": record["personal"], "facts": rows}


def now(bed: Bed) -> datetime:
    """The database's clock."""
    with bed.session() as session:
        return clock(session)


def undone(
    bed: Bed, change: UUID, *, maker: str = "hr.hanoi", checker: str | None = "approver.hanoi"
) -> UUID:
    """An undo handed in, and approved unless `checker` is None."""
    with bed.acting(maker) as (session, actor):
        found = queries.get_change(session, str(change), lock=True)
        uid = services.undo(session, actor, found, TODAY, title="Hoàn tác vì nhầm tệp").uid
    if checker:
        approved(bed, uid, checker=checker)
    return uid


def fact_of(bed: Bed, official: int, kind: str) -> int:
    """The believed fact of a kind that began last."""
    believed = f"SELECT id FROM fact_{kind} WHERE official_id = :id AND recorded_to IS NULL"
    return int(bed.scalar(f"{believed} ORDER BY valid_from DESC LIMIT 1", id=official))


def salary(uid: str, since: str, step: int, until: str | None = None) -> dict[str, Any]:
    """A new step."""
    return {"action": "record", "official": uid, "kind": "salary", "valid_from": since, "valid_to": until,
            "rank": "01.003", "step": step, "coefficient": coefficient(step)}  # fmt: skip


@pytest.fixture
def person(common: Bed) -> tuple[Bed, int, str]:
    """Somebody with a fact of every kind."""
    official, uid = make.official(common, newcomer())
    decided(common, [
        {"action": "record", "official": uid} | filled(common, kind, date(2021, 3, 1))
        for kind in FACTS if kind not in ("identity", "status")])  # fmt: skip
    return common, official, uid


def everything(bed: Bed, official: int, uid: str) -> list[dict[str, Any]]:
    """Operations on every kind: in turn corrected, withdrawn for something else, ended by something else."""
    operations: list[dict[str, Any]] = [
        {"action": "amend", "official": uid, "personal": {"full_name": "Phạm Thị Khác", "sex": "nam"}},
        salary(uid, "2025-01-01", 3, "2026-01-01"),
    ]
    for turn, kind in enumerate(kind for kind in FACTS if kind not in ("identity", "salary")):
        named = {"official": uid, "kind": kind, "fact_id": fact_of(bed, official, kind)}
        new = filled(bed, kind, date(2024, 2, 1), turn=1)
        if (
            FACTS[kind].sensitivity == "secret"
        ):  # the maker can add to what he does not see, and aim at none of it
            operations.append({"action": "record", "official": uid} | new)
            continue
        if turn % 3 == 0:
            operations.append({"action": "correct", **named} | new)
        elif turn % 3 == 1:
            operations.append({"action": "withdraw", **named, "reason": "Ghi nhầm người"})
        else:
            operations.append({"action": "end", **named, "valid_to": "2024-02-01"})
        if turn % 3:
            operations.append({"action": "record", "official": uid} | new)
    return operations


def test_undo_brings_every_kind_back_as_of_today_and_keeps_the_recorded_past(
    person: tuple[Bed, int, str],
) -> None:
    bed, official, uid = person
    before, moment_before = told(bed, official), now(bed)
    change = decided(bed, everything(bed, official, uid))
    during, moment_during = told(bed, official), now(bed)
    assert during["personal"] != before["personal"]
    assert [kind for kind, rows in during["facts"].items() if rows == before["facts"][kind]] == []
    undone(bed, change)
    assert told(bed, official) == before
    assert told(bed, official, moment_during) == during
    assert told(bed, official, moment_before) == before
    name = "SELECT full_name FROM official_current WHERE official_id = :id"
    assert bed.scalar(name, id=official) == "Phạm Thị Thử"


def test_an_undo_shows_what_comes_back_beside_what_goes(person: tuple[Bed, int, str]) -> None:
    bed, official, uid = person
    step = coefficient(told(bed, official)["facts"]["salary"][0]["step"]).replace(".", ",")
    change = decided(bed, [salary(uid, "2025-01-01", 3)])
    undo = undone(bed, change, checker=None)
    with bed.acting("approver.hanoi") as (session, _):
        found = queries.get_change(session, str(undo))
        shown = queries.operations(session, found)
        lines = [
            (fact["action"], line["old"], line["new"])
            for person_changed in queries.diff(session, shown)
            for fact in person_changed["facts"]
            for line in fact["fields"]
            if line["name"] == "coefficient"
        ]
        follows = [one["code"] for one in queries.consequences(session, found, shown, TODAY)]
    assert ("restore", None, step) in lines
    assert ("withdraw", coefficient(3).replace(".", ","), None) in lines
    assert follows == ["undo"]


def test_an_undo_can_be_undone(person: tuple[Bed, int, str]) -> None:
    bed, official, uid = person
    change = decided(bed, [salary(uid, "2025-01-01", 3)])
    after = told(bed, official)
    undone(bed, undone(bed, change))
    assert told(bed, official) == after


def _later_on_the_same(bed: Bed, official: int, uid: str) -> list[dict[str, Any]]:
    fact = fact_of(bed, official, "reward")
    return [{"action": "correct", "official": uid, "kind": "reward", "fact_id": fact, "year": 2025}]


def _later_in_its_place(bed: Bed, official: int, uid: str) -> list[dict[str, Any]]:
    return [salary(uid, "2023-01-01", 5, "2024-01-01")]


@pytest.mark.parametrize("later", [_later_on_the_same, _later_in_its_place])
def test_what_came_later_is_never_taken_away(person: tuple[Bed, int, str], later: Any) -> None:
    bed, official, uid = person
    first = fact_of(bed, official, "salary")
    withdrawn = {"official": uid, "kind": "salary", "fact_id": first, "reason": "Nhầm"}
    reward = {"official": uid, "kind": "reward", "valid_from": "2026-02-03", "form": "cstd_cs"}
    operations = [
        {"action": "withdraw", **withdrawn},
        salary(uid, "2025-01-01", 3),
        {"action": "record", **reward},
    ]
    change = decided(bed, operations)
    decided(bed, later(bed, official, uid))
    held, counts = told(bed, official), bed.counts()
    with pytest.raises(Conflict) as error:
        undone(bed, change)
    assert error.value.code == "overtaken"
    assert (told(bed, official), bed.counts()) == (held, counts)


def test_a_restored_period_never_pushes_later_facts_aside(person: tuple[Bed, int, str]) -> None:
    bed, official, uid = person
    decided(bed, [salary(uid, "2022-01-01", 2, "2024-01-01")])
    believed = "SELECT id FROM fact_salary WHERE official_id = :id AND step = 2 AND recorded_to IS NULL"
    middle = bed.scalar(believed, id=official)
    change = decided(
        bed,
        [{"action": "end", "official": uid, "kind": "salary", "fact_id": middle, "valid_to": "2022-06-01"}],
    )
    decided(bed, [salary(uid, "2023-01-01", 4, "2023-07-01")])
    held = told(bed, official)
    with pytest.raises(Conflict) as error:
        undone(bed, change)
    assert error.value.code == "overtaken"
    assert told(bed, official) == held


def test_registering_again_after_an_undo_revives_the_same_identity(common: Bed) -> None:
    bed, operation = common, newcomer(staff_code="HN-77")
    change = decided(bed, [operation])
    who = "SELECT ARRAY[id::text, uid::text] FROM official WHERE personal_id = :number"
    number = operation["personal"]["personal_id"]
    first = bed.scalar(who, number=number)
    with pytest.raises(RegistryError):
        submitted(bed, [newcomer(personal_id=number)])
    undone(bed, change)
    assert bed.scalar("SELECT count(*) FROM official_current WHERE personal_id = :number", number=number) == 0
    with pytest.raises(Conflict):
        undone(bed, change)
    decided(bed, [newcomer(personal_id=number, full_name="Phạm Thị Thử Lại", staff_code="HN-78")])
    assert bed.scalar(who, number=number) == first
    name = "SELECT full_name || ' ' || staff_code FROM official_current WHERE personal_id = :number"
    assert bed.scalar(name, number=number) == "Phạm Thị Thử Lại HN-78"
    assert (
        bed.scalar(
            "SELECT count(*) FROM fact_status WHERE official_id = :id AND recorded_to IS NULL",
            id=int(first[0]),
        )
        == 1
    )


def test_of_two_provinces_that_revive_one_identity_the_second_is_told_so(common: Bed) -> None:
    operation = newcomer()
    undone(common, decided(common, [operation]))
    number = operation["personal"]["personal_id"]
    here = submitted(common, [newcomer(personal_id=number)])
    there = submitted(common, [newcomer(unit="H17-SNV", personal_id=number)], maker="hr.danang")
    approved(common, here)
    before = common.counts()
    with pytest.raises(Conflict) as error:
        approved(common, there, checker="approver.danang")
    assert error.value.code == "personal_id_taken"
    assert common.counts() == before


def test_a_registration_on_which_something_was_built_stays(common: Bed) -> None:
    operation = newcomer()
    change = decided(common, [operation])
    number = operation["personal"]["personal_id"]
    uid = common.scalar("SELECT uid::text FROM official WHERE personal_id = :number", number=number)
    decided(
        common,
        [
            {
                "action": "record",
                "official": uid,
                "kind": "reward",
                "valid_from": "2026-02-03",
                "form": "cstd_cs",
            }
        ],
    )
    with pytest.raises(Conflict) as error:
        undone(common, change)
    assert error.value.code == "overtaken"
    assert (
        common.scalar("SELECT count(*) FROM official_current WHERE personal_id = :number", number=number) == 1
    )


def test_no_half_of_a_change_is_undone_when_one_of_its_people_left_the_unit(common: Bed) -> None:
    stays, stays_uid = make.official(
        common, newcomer(unit="H26-00004-VP"), maker="hr.badinh", checker="approver.badinh"
    )
    goes, goes_uid = make.official(
        common, newcomer(unit="H26-00004-VP"), maker="hr.badinh", checker="approver.badinh"
    )
    both = [salary(uid, "2025-01-01", 2) for uid in (stays_uid, goes_uid)]
    change = decided(common, both, maker="hr.badinh", checker="approver.badinh")
    move = {
        "kind": "appointment",
        "valid_from": "2026-06-01",
        "organization": UNIT,
        "job_position": "Chuyên viên",
    }
    decided(common, [{"action": "record", "official": goes_uid, **move}])
    held = told(common, stays), told(common, goes)
    with pytest.raises(Conflict) as error:
        undone(common, change, maker="hr.badinh", checker="approver.badinh")
    assert error.value.code == "out_of_reach"
    assert (told(common, stays), told(common, goes)) == held


def test_an_undo_is_decided_by_somebody_else_and_only_on_what_was_shown(person: tuple[Bed, int, str]) -> None:
    bed, official, uid = person
    change = decided(bed, [salary(uid, "2025-01-01", 3)])
    undo = undone(bed, change, checker=None)
    with pytest.raises(RegistryError):
        approved(bed, undo, checker="hr.hanoi")
    decided(
        bed,
        [
            {
                "action": "record",
                "official": uid,
                "kind": "reward",
                "valid_from": "2026-02-03",
                "form": "cstd_cs",
            }
        ],
    )
    with pytest.raises(Stale):
        approved(bed, undo)
    assert [one["step"] for one in told(bed, official)["facts"]["salary"] if one["valid_to"] is None] == [3]


def test_of_two_approvals_at_once_the_second_sees_what_the_first_did(person: tuple[Bed, int, str]) -> None:
    """Both add facts without a target, so that only the comparison with what was shown can tell."""
    bed, official, uid = person
    first, second = (
        submitted(bed, [salary(uid, "2025-01-01", 2)]),
        submitted(bed, [salary(uid, "2025-02-01", 3)]),
    )
    outcome: list[object] = []

    def approve_second() -> None:
        try:
            approved(bed, second)
            outcome.append("approved")
        except Stale as error:
            outcome.append(error)

    with bed.acting("approver.hanoi") as (session, actor):
        change = queries.get_change(session, str(first), lock=True)
        services.approve(session, actor, change, TODAY, digest=change.digest)
        racing = threading.Thread(target=approve_second)
        racing.start()
        _wait_for_lock(bed)
    racing.join(10)
    assert isinstance(outcome[0], Stale), outcome
    assert [one["step"] for one in told(bed, official)["facts"]["salary"] if one["valid_to"] is None] == [2]


_WAITING = """SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE NOT l.granted AND pid <> pg_backend_pid() AND a.datname = current_database()"""


def _wait_for_lock(bed: Bed) -> None:
    """Until some backend of this database waits for a lock; the race is then where it matters."""
    with bed.engine("migrate").connect() as connection:
        for _ in range(100):
            waiting = connection.execute(sa.text(_WAITING)).scalar_one()
            if waiting:
                return
            connection.execute(sa.text("SELECT pg_sleep(0.05)"))
    raise AssertionError("nobody waited")
