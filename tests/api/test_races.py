"""Many at once: one winner, everybody else told so, one effect and one event; and nothing written on a right that is gone."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import SECRET, Api, Bed
from make import newcomer, official, paper, submitted

from registry.cluster import role_password
from registry.db import make_engine
from registry.organizations.loading import number_tree
from registry.roles import LOGIN_ROLES

ENDED = (409, 412)


@pytest.fixture(scope="module")
def bed(demo: Bed) -> Bed:
    """The module's own registry, with a connection for each of many requests at once."""
    user = LOGIN_ROLES["web"]
    dsn = demo.cluster.dsn(user, demo.database, role_password(SECRET, user))
    demo.engines["web"] = make_engine(dsn, pool_size=32)
    return demo


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """The replies of calls that begin together, each in a thread and on a connection of its own."""
    ready, replies = threading.Barrier(len(calls)), [None] * len(calls)

    def run(place: int, call: Callable[[], Any]) -> None:
        ready.wait()
        replies[place] = call()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(calls)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return replies


def client(bed: Bed, api: Api) -> Api:
    """Another client with the same token: a client keeps its own state, and is not for several threads."""
    return Api(bed.app.test_client(), api.token)


def step(bed: Bed, api: Api, uid: str, name: str) -> Callable[[], Any]:
    """A step of a change on its first version, to be called later."""
    own = client(bed, api)
    seen = api.get(f"/changes/{uid}").headers["ETag"]
    body = {"reason": "Sai"} if name in ("return", "reject") else {}
    return lambda: own.post(f"/changes/{uid}/{name}", json=body, headers={"If-Match": seen})


def decisions(bed: Bed, uid: str) -> list[str]:
    """What the trail says became of a change."""
    with bed.session() as session:
        found = session.execute(
            sa.text("""SELECT action FROM audit_event WHERE object_id = :uid
                AND action IN ('change.approve', 'change.return', 'change.reject', 'change.withdraw')"""),
            {"uid": uid},
        )
        return list(found.scalars())


def persons(bed: Bed, uid: str) -> int:
    """How many persons a change brought."""
    statement = "SELECT count(*) FROM fact_identity f JOIN change c ON c.id = f.change_id WHERE c.uid = :uid"
    return int(bed.scalar(statement, uid=uid))


RACES = {
    "fifty approve": {"approve": 50},
    "half approve and half reject": {"approve": 25, "reject": 25},
    "approve against return against withdraw": {"approve": 4, "return": 4, "withdraw": 4},
}


@pytest.mark.parametrize("race", RACES)
def test_of_many_decisions_at_once_one_is_taken(bed: Bed, race: str) -> None:
    uid = str(submitted(bed, [newcomer()]))
    maker, checker = bed.api("hr.hanoi"), bed.api("approver.hanoi")
    steps = [name for name, times in RACES[race].items() for _ in range(times)]
    replies = at_once([step(bed, maker if one == "withdraw" else checker, uid, one) for one in steps])
    found = Counter(one.status_code for one in replies)
    assert found[200] == 1, found
    assert set(found) <= {200, *ENDED}, found
    winner = next(name for name, one in zip(steps, replies, strict=True) if one.status_code == 200)
    assert decisions(bed, uid) == [f"change.{winner}"]
    assert persons(bed, uid) == (winner == "approve")


def test_two_changes_of_one_official_at_once_do_not_both_pass_on_what_was_shown(bed: Bed) -> None:
    key, uid = official(bed)
    operation = {"action": "record", "official": uid, "kind": "reward", "valid_from": "2026-02-03"}
    changes = [str(submitted(bed, [operation | {"form": form}])) for form in ("cstd_cs", "gk")]
    checker = bed.api("approver.hanoi")
    replies = at_once([step(bed, checker, one, "approve") for one in changes])
    assert sorted(one.status_code for one in replies) == [200, 412]
    assert bed.scalar("SELECT count(*) FROM fact_reward WHERE official_id = :key", key=key) == 1


def test_sixty_four_writers_of_one_version_lose_nothing_of_the_one_that_won(bed: Bed) -> None:
    maker = bed.api("hr.hanoi")
    draft = maker.post("/changes", json={"decision": paper("0/QĐ"), "operations": [newcomer()]})
    uid, seen, person = draft.json["id"], draft.headers["ETag"], newcomer()

    def write(number: int) -> Callable[[], Any]:
        own, body = client(bed, maker), {"decision": paper(f"{number}/QĐ"), "operations": [person]}
        return lambda: own.put(f"/changes/{uid}", json=body, headers={"If-Match": seen})

    replies = at_once([write(number) for number in range(1, 65)])
    assert Counter(one.status_code for one in replies) == {200: 1, 412: 63}
    winner = next(one for one in replies if one.status_code == 200)
    assert maker.get(f"/changes/{uid}").json["decision"]["number"] == winner.json["decision"]["number"]
    steps = "SELECT count(*) FROM change_event e JOIN change c ON c.id = e.change_id WHERE c.uid = :uid AND step = 'edit'"
    assert bed.scalar(steps, uid=uid) == 1
    blind = maker.put(f"/changes/{uid}", json={"decision": paper("99/QĐ"), "operations": [person]})
    assert blind.status_code == 428


def test_twenty_times_the_same_request_is_done_once_and_answered_twenty_times(bed: Bed) -> None:
    maker, sent = bed.api("hr.hanoi"), {"decision": paper("20/QĐ"), "operations": [newcomer()]}
    before = bed.scalar("SELECT count(*) FROM change")

    def ask(api: Api) -> Callable[[], Any]:
        own = client(bed, api)
        return lambda: own.post("/changes", json=sent, headers={"Idempotency-Key": "hai-mươi"})

    replies = at_once([ask(maker) for _ in range(20)])
    assert {one.status_code for one in replies} == {201}
    assert len({one.text for one in replies}) == 1
    assert sum("Idempotent-Replay" in one.headers for one in replies) == 19
    assert bed.scalar("SELECT count(*) FROM change") == before + 1

    other = ask(bed.api("hr.badinh"))()
    assert (other.status_code, "Idempotent-Replay" in other.headers) != (201, True), (
        "a key belongs to its user"
    )
    assert replies[0].json["id"] not in other.text


def test_a_request_is_remembered_for_a_day_and_only_if_it_was_done(bed: Bed) -> None:
    maker, sent = bed.api("hr.hanoi"), {"decision": paper("24/QĐ"), "operations": [newcomer()]}

    def ask() -> Any:
        return maker.post("/changes", json=sent, headers={"Idempotency-Key": "một ngày"})

    with bed.session() as session:  # the trail cannot be written
        session.execute(sa.text("REVOKE INSERT ON audit_event FROM registry_web, registry_reader"))
    failed = ask()
    with bed.session() as session:
        session.execute(sa.text("GRANT INSERT ON audit_event TO registry_web"))
    assert (failed.status_code, failed.headers["Retry-After"]) == (503, "5")
    first = ask()
    assert (first.status_code, first.headers.get("Idempotent-Replay")) == (201, None)
    older = "UPDATE idempotent_reply SET created_at = now() - CAST(:age AS interval) WHERE key = 'một ngày' RETURNING 1"
    bed.scalar(older, age="23:59:00")
    assert ask().json["id"] == first.json["id"]
    bed.scalar(older, age="24:01:00")
    assert ask().json["id"] != first.json["id"]


def waiting(bed: Bed, most: float = 10) -> None:
    """Until some backend of this database waits for a lock."""
    held = "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE NOT l.granted AND a.datname = current_database()"
    with bed.engine("migrate").connect() as connection:
        for _ in range(int(most / 0.05)):
            if connection.execute(sa.text(held)).scalar_one():
                return
            connection.execute(sa.text("SELECT pg_sleep(0.05)"))
    raise AssertionError("nobody waited")


@contextmanager
def held_up(
    bed: Bed, lock: str, call: Callable[[], Any], replies: list[Any], **values: Any
) -> Iterator[None]:
    """A request that has passed its guard waits for a lock while the block runs; its reply is in `replies` afterwards."""
    with bed.engine("migrate").connect() as holder, holder.begin() as transaction:
        holder.execute(sa.text(lock), values)
        asking = threading.Thread(target=lambda: replies.append(call()))
        asking.start()
        waiting(bed)
        yield
        transaction.rollback()
    asking.join()


CHANGE = "SELECT FROM change WHERE uid = CAST(:uid AS uuid) FOR UPDATE"


def end_grant(bed: Bed, username: str) -> None:
    admin = bed.api("admin1")
    grant = bed.scalar(
        "SELECT g.id FROM access_grant g JOIN app_user u ON u.id = g.user_id WHERE username = :name",
        name=username,
    )
    seen = admin.get(f"/users/{username}").headers.get("ETag", "")
    ended = admin.delete(f"/users/{username}/grants/{grant}", headers={"If-Match": seen})
    assert ended.status_code in (200, 204), ended.text


def close_account(bed: Bed, username: str) -> None:
    bed.scalar("UPDATE app_user SET is_active = false WHERE username = :name RETURNING 1", name=username)


@pytest.mark.parametrize("withdrawn", [end_grant, close_account], ids=lambda one: one.__name__)
def test_a_right_withdrawn_after_the_guard_is_gone_before_the_commit(
    bed: Bed, withdrawn: Callable[[Bed, str], None]
) -> None:
    name = f"tam.{withdrawn.__name__}"
    bed.scalar(
        """WITH made AS (INSERT INTO app_user (username, password_hash, display_name)
                SELECT :name, password_hash, :name FROM app_user WHERE username = 'hr.hanoi' RETURNING id)
            INSERT INTO access_grant (user_id, role, organization_id, valid_from)
            SELECT made.id, 'hr_approver', o.id, '2026-01-01' FROM made, organization o WHERE o.code = 'H26' RETURNING 1""",
        name=name,
    )
    uid, replies = str(submitted(bed, [newcomer()])), []
    call = step(bed, bed.api(name), uid, "approve")
    with held_up(bed, CHANGE, call, replies, uid=uid):
        withdrawn(bed, name)
    assert (replies[0].status_code, replies[0].json["type"]) == (403, "/api/v1/problems/right_withdrawn")
    assert (decisions(bed, uid), persons(bed, uid)) == ([], 0)
    assert bed.scalar("SELECT status FROM change WHERE uid = :uid", uid=uid) == "submitted"
    assert step(bed, bed.api("approver.hanoi"), uid, "approve")().status_code == 200


def of_ba_dinh(bed: Bed) -> str:
    """Somebody who works in Ba Đình."""
    _, uid = official(bed, newcomer(unit="H26-00004"), maker="hr.badinh", checker="approver.badinh")
    return uid


def reward(uid: str) -> dict[str, Any]:
    return {
        "action": "record",
        "official": uid,
        "kind": "reward",
        "valid_from": "2026-02-03",
        "form": "cstd_cs",
    }


def test_nothing_is_written_about_a_person_who_has_moved_away(bed: Bed) -> None:
    """Ba Đình decides on its own people; Hà Nội, above it, moves one of them to another unit at that moment."""
    uid = of_ba_dinh(bed)
    edits = [str(submitted(bed, [reward(uid)], maker="hr.badinh")) for _ in range(3)]
    draft = bed.api("hr.badinh").post(
        "/changes", json={"decision": paper("7/QĐ"), "operations": [reward(uid)]}
    )
    moving = {
        "action": "record",
        "official": uid,
        "kind": "appointment",
        "valid_from": "2026-11-01",
        "organization": "H26-SNV",
        "job_position": "Chuyên viên",
    }
    away, checker = str(submitted(bed, [moving])), bed.api("approver.badinh")
    calls = [step(bed, checker, one, "approve") for one in edits[:2]]
    calls += [step(bed, bed.api("approver.hanoi"), away, "approve")]
    replies = at_once(calls)
    found = [one.status_code for one in replies]
    assert found.count(200) == 1, found
    assert set(found) <= {200, 404, *ENDED}, found
    if found[2] != 200:  # an edit was first: then the person moves on what is shown now
        away = str(submitted(bed, [moving]))
        assert step(bed, bed.api("approver.hanoi"), away, "approve")().status_code == 200
    count = bed.scalar(
        "SELECT count(*) FROM fact_reward f JOIN official o ON o.id = f.official_id WHERE o.uid = :uid",
        uid=uid,
    )
    late = step(bed, checker, edits[2], "approve")()
    assert late.status_code in (403, 404, 412, 409, 422), late.text
    officer = bed.api("hr.badinh")
    again = officer.put(
        f"/changes/{draft.json['id']}",
        json={"decision": paper("8/QĐ"), "operations": [reward(uid)]},
        headers={"If-Match": draft.headers["ETag"]},
    )
    assert again.status_code in (404, 422), again.text
    handed = officer.post(
        f"/changes/{draft.json['id']}/submit", json={}, headers={"If-Match": draft.headers["ETag"]}
    )
    assert handed.status_code in (404, 409, 422), handed.text
    after = "SELECT count(*) FROM fact_reward f JOIN official o ON o.id = f.official_id WHERE o.uid = :uid"
    assert bed.scalar(after, uid=uid) == count


def test_a_unit_that_moves_while_its_officer_writes_takes_its_right_with_it(bed: Bed) -> None:
    """Ba Đình comes under Đà Nẵng: who was allowed by the old tree writes nothing on it."""
    uid, replies = str(submitted(bed, [newcomer(unit="H26-00004")], maker="hr.badinh")), []
    call = step(bed, bed.api("approver.badinh"), uid, "approve")
    parent = """UPDATE organization_version SET parent_id = (SELECT id FROM organization WHERE code = :code)
        WHERE organization_id = (SELECT id FROM organization WHERE code = 'H26-00004') AND recorded_to IS NULL"""
    with held_up(bed, CHANGE, call, replies, uid=uid), bed.session() as session:
        session.execute(sa.text(parent), {"code": "H17"})
        session.execute(sa.text("SET LOCAL lock_timeout = '10s'"))
        session.execute(sa.text("UPDATE organization SET ord = ord + 5 WHERE code = 'H26-00004'"))
    assert (replies[0].status_code, replies[0].json["type"]) == (409, "/api/v1/problems/units_moved")
    assert (decisions(bed, uid), persons(bed, uid)) == ([], 0)
    with bed.session() as session:
        number_tree(session)
    assert step(bed, bed.api("approver.badinh"), uid, "approve")().status_code == 200, "by the new tree"
    assert bed.api("approver.hanoi").get(f"/changes/{uid}").status_code == 404
