"""The trail: every effect and every read of a person leaves exactly its event, or neither happens."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import make
import pytest
import sqlalchemy as sa
from browsing import Browser
from conftest import Api, Bed
from make import UNIT, decided, newcomer, paper, submitted
from sqlalchemy.orm import Session

from registry.__main__ import JsonLines
from registry.audit import log
from registry.changes import queries
from registry.errors import Unavailable
from registry.officials.queries import readers

Event = tuple[Any, ...]
REWARD = {"kind": "reward", "valid_from": "2026-02-03", "form": "cstd_cs"}


@dataclass
class Trail:
    """The trail of a registry, read as its owner from a point on."""

    bed: Bed
    last: int = 0

    def new(self) -> list[Event]:
        """(account, role, action, kind of object, official) of every event since the last call."""
        with self.bed.session() as session:
            rows = session.execute(
                sa.text("""SELECT e.id, u.username, e.actor_role, e.action, e.object_type, e.official_id
                    FROM audit_event e LEFT JOIN app_user u ON u.id = e.actor_id
                    WHERE e.id > :last ORDER BY e.id"""),
                {"last": self.last},
            ).all()
        self.last = rows[-1].id if rows else self.last
        return [tuple(row[1:]) for row in rows]


@dataclass
class Cast:
    """Two who work on a record, one who audits, and whom it is about."""

    bed: Bed
    trail: Trail
    hr: Api
    checker: Api
    auditor: Api
    official: int
    uid: str

    def draft(self) -> Any:
        """A draft about the official, read back for its version."""
        operation = {"action": "record", "official": self.uid, **REWARD}
        return self.hr.post("/changes", json={"decision": paper("9/QĐ"), "operations": [operation]})

    def submitted(self) -> Any:
        """The same, handed in."""
        made = self.draft()
        return self.step(self.hr, made, "submit")

    def step(self, who: Api, change: Any, what: str, **sent: Any) -> Any:
        """A step of a change on the version just seen."""
        reply = who.post(
            f"/changes/{change.json['id']}/{what}", json=sent, headers={"If-Match": change.headers["ETag"]}
        )
        assert reply.status_code == 200, reply.text
        return reply


@pytest.fixture
def cast(registry: Bed) -> Cast:
    """Signed in, with an official and the trail read so far."""
    official, uid = make.official(registry, newcomer())
    people = [registry.api(name) for name in ("hr.hanoi", "approver.hanoi", "auditor1")]
    trail = Trail(registry)
    trail.new()
    return Cast(registry, trail, *people, official, uid)


HR, CHECKER, AUDITOR = ("hr.hanoi", "hr_officer"), ("approver.hanoi", "hr_approver"), ("auditor1", "auditor")


def test_every_read_of_a_person_leaves_one_event_with_reader_role_and_person(cast: Cast) -> None:
    about = ("official", cast.official)
    reads: list[tuple[Api, str, list[Event]]] = [
        (cast.hr, "/officials?q=pham", [(*HR, "official.list", "list", None)]),
        (cast.hr, f"/officials/{cast.uid}", [(*HR, "official.read", *about)]),
        (cast.auditor, f"/officials/{cast.uid}?as_of=2021-01-01", [(*AUDITOR, "official.read", *about)]),
        (cast.checker, f"/officials/{cast.uid}/history", [(*CHECKER, "official.history", *about)]),
        (cast.hr, f"/officials/{cast.uid}/forms/2c.pdf", [(*HR, "official.print", *about)]),
        (cast.auditor, f"/officials/{cast.uid}/readers", [(*AUDITOR, "trail.read", "official", None)]),
        (cast.auditor, "/audit/entries", [(*AUDITOR, "trail.read", "trail", None)]),
        (cast.hr, "/statistics?measures=headcount&by=sex", [(*HR, "statistics.read", "statistics", None)]),
        (cast.hr, "/quality", [(*HR, "quality.read", "quality", None)]),
        (cast.hr, "/quality/findings", [(*HR, "quality.list", "list", None)]),
        (cast.hr, "/worklists", [(*HR, "worklist.read", "worklist", None)]),
        (cast.auditor, "/worklists/overrun", [(*AUDITOR, "worklist.read", "worklist", None)]),
        (cast.hr, "/me", []),
        (cast.hr, "/catalogues/ranks", []),
        (cast.hr, f"/organizations/{UNIT}", []),
    ]
    for who, path, wanted in reads:
        reply = who.get(path)
        assert reply.status_code == 200, (path, reply.text)
        assert cast.trail.new() == wanted, path


def test_a_refused_read_shows_nothing_and_leaves_nothing(cast: Cast) -> None:
    stranger = cast.bed.api("hr.danang")
    cast.trail.new()
    for path in ("", "/history", "/forms/2c.pdf"):
        assert stranger.get(f"/officials/{cast.uid}{path}").status_code == 404
    assert cast.trail.new() == []


def test_what_was_refused_stands_in_the_log_of_requests_with_who_and_why(
    cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    stranger, number = cast.bed.api("hr.danang"), cast.bed.actor("hr.danang").user_id
    browser = Browser(cast.bed, "hr.danang")
    caplog.clear()
    assert stranger.get(f"/officials/{cast.uid}").status_code == 404
    assert stranger.get("/users").status_code == 403
    assert stranger.get("/officials?limit=x").status_code == 400
    assert stranger.post("/changes", json={}).status_code == 422
    assert browser.client.get(f"/ho-so/{cast.uid}").status_code == 404
    assert cast.bed.api().get("/officials").status_code == 401
    lines = [json.loads(JsonLines().format(one)) for one in caplog.records if one.name == "registry.requests"]
    assert [(one["status"], one.get("account"), one["refused"]) for one in lines] == [
        (404, number, "not_found"),
        (403, number, "forbidden"),
        (400, number, "bad_query"),
        (422, number, "invalid"),
        (404, number, "not_found"),
        (401, None, "not_signed_in"),
    ]
    assert all(one["route"] and one["request_id"] for one in lines)


def test_every_step_of_a_change_leaves_its_event_and_the_record_its_own(cast: Cast) -> None:
    def change(who: tuple[str, str], step: str) -> Event:
        return (*who, f"change.{step}", "change", None)

    applied = (*CHECKER, "official.apply", "official", cast.official)
    made = cast.draft()
    assert cast.trail.new() == [change(HR, "draft")]
    read = cast.hr.get(f"/changes/{made.json['id']}")
    assert cast.trail.new() == [change(HR, "read")]
    body = {"decision": paper("10/QĐ"), "operations": [{"action": "record", "official": cast.uid, **REWARD}]}
    edited = cast.hr.put(f"/changes/{made.json['id']}", json=body, headers={"If-Match": read.headers["ETag"]})
    assert cast.trail.new() == [change(HR, "edit")]
    handed = cast.step(cast.hr, edited, "submit")
    assert cast.trail.new() == [change(HR, "submit")]
    cast.step(cast.checker, handed, "approve", reason="Đủ căn cứ")
    assert cast.trail.new() == [change(CHECKER, "approve"), applied]
    for what, step, wanted in (
        ("return", "return", [change(CHECKER, "return")]),
        ("reject", "reject", [change(CHECKER, "reject")]),
    ):
        handed = cast.submitted()
        cast.trail.new()
        cast.step(cast.checker, handed, what, reason="Thiếu số")
        assert cast.trail.new() == wanted, step
    handed = cast.submitted()
    cast.trail.new()
    cast.step(cast.hr, handed, "withdraw")
    assert cast.trail.new() == [change(HR, "withdraw")]


def test_a_change_about_several_people_leaves_an_event_in_each_record(registry: Bed) -> None:
    people = [make.official(registry, newcomer()) for _ in range(3)]
    trail = Trail(registry)
    trail.new()
    decided(
        registry, [{"action": "record", "official": uid, **REWARD} for _, uid in people for _ in range(2)]
    )
    events = [event for event in trail.new() if event[2] == "official.apply"]
    assert [event[4] for event in events] == sorted(official for official, _ in people)
    detail = "SELECT detail FROM audit_event WHERE action = 'official.apply' ORDER BY id DESC LIMIT 1"
    assert registry.scalar(detail)["kinds"] == ["reward"]


def test_accounts_tokens_and_files_leave_their_events(registry: Bed) -> None:
    admin, hr = registry.api("admin1"), registry.api("hr.hanoi")
    trail = Trail(registry)
    trail.new()
    who = ("admin1", "administrator")

    def steps() -> list[tuple[Callable[[], Any], list[Event]]]:
        account = {"username": "thu.nghiem", "password": "mot-mat-khau-dai", "display_name": "Thử Nghiệm"}
        grant = {"role": "hr_officer", "organization": UNIT, "valid_from": "2026-11-25"}
        wrong = {"username": "hr.hanoi", "password": "sai"}
        file = {"file": (io.BytesIO(b"%PDF-1.7 thu"), "quyet-dinh.pdf")}
        return [
            (lambda: admin.post("/users", json=account), [(*who, "user.create", "user", None)]),
            (
                lambda: admin.post("/users/thu.nghiem/grants", json=grant),
                [(*who, "grant.create", "user", None)],
            ),
            (
                lambda: registry.api().post("/tokens", json=wrong),
                [("hr.hanoi", "none", "session.refused", "user", None)],
            ),
            (lambda: registry.api("hr.badinh"), [("hr.badinh", "hr_officer", "token.create", "user", None)]),
            (lambda: hr.post("/files", data=file), [(*HR, "file.upload", "file", None)]),
            (lambda: hr.delete("/tokens/current"), [(*HR, "token.end", "user", None)]),
        ]

    for act, wanted in steps():
        act()
        assert trail.new() == wanted
    for secret in ("mot-mat-khau-dai", "sai", make_token(hr)):
        found = "SELECT count(*) FROM audit_event e WHERE strpos(e::text, :secret) > 0"
        assert registry.scalar(found, secret=secret) == 0


def make_token(client: Api) -> str:
    """The secret a client signed in with."""
    assert client.token
    return client.token


# One transaction


def test_the_event_is_of_the_same_transaction_as_what_it_tells(cast: Cast) -> None:
    cast.step(cast.checker, cast.submitted(), "approve")
    transactions = """
        SELECT array_agg(DISTINCT x) FROM (
            (SELECT xmin::text AS x FROM fact_reward ORDER BY id DESC LIMIT 1)
            UNION ALL (SELECT xmin::text FROM change_event ORDER BY id DESC LIMIT 1)
            UNION ALL (SELECT xmin::text FROM audit_event ORDER BY id DESC LIMIT 2)
            UNION ALL SELECT xmin::text FROM official_current WHERE official_id = :official) all_of_it"""
    assert len(cast.bed.scalar(transactions, official=cast.official)) == 1


def test_what_is_rolled_back_leaves_no_event(cast: Cast) -> None:
    before = cast.bed.counts()
    operation = {"action": "record", "official": cast.uid, "kind": "salary", "valid_from": "2026-01-01"}
    wrong = {"rank": "01.003", "step": 2, "coefficient": "9.99"}
    sent = {"decision": paper("9/QĐ"), "operations": [operation | wrong]}
    refused = cast.hr.post("/changes?submit=true", json=sent)
    assert refused.status_code == 422, "the draft is written and logged before the check that refuses it"
    with cast.bed.acting("hr.hanoi") as (session, actor):
        log.record(session, actor, log.Action.OFFICIAL_READ, "official", "x", official_id=cast.official)
        session.rollback()
    assert cast.bed.counts() == before
    assert cast.trail.new() == []


# No event, no data


def test_when_the_trail_cannot_be_written_nothing_is_shown_and_nothing_done(cast: Cast) -> None:
    handed = cast.submitted()
    before = cast.bed.counts()
    with cast.bed.session() as session:
        session.execute(sa.text("REVOKE INSERT ON audit_event FROM registry_web, registry_reader"))
    change = f"/changes/{handed.json['id']}"
    match = {"If-Match": handed.headers["ETag"]}
    calls: list[tuple[Api, str, str, dict[str, Any]]] = [
        (cast.hr, "GET", "/officials", {}),
        (cast.hr, "GET", f"/officials/{cast.uid}", {}),
        (cast.hr, "GET", f"/officials/{cast.uid}/history", {}),
        (cast.hr, "GET", f"/officials/{cast.uid}/forms/2c.pdf", {}),
        (cast.auditor, "GET", "/audit/entries", {}),
        (cast.auditor, "GET", f"/officials/{cast.uid}/readers", {}),
        (cast.hr, "GET", change, {}),
        (cast.hr, "GET", "/statistics?measures=headcount&by=sex", {}),
        (cast.checker, "POST", f"{change}/approve", {"json": {}, "headers": match}),
        (cast.hr, "POST", f"{change}/withdraw", {"json": {}, "headers": match}),
        (cast.hr, "POST", "/changes", {"json": {"decision": paper("9/QĐ"), "operations": [newcomer()]}}),
        (
            cast.bed.api(),
            "POST",
            "/tokens",
            {"json": {"username": "hr.danang", "password": "Demo-Registry-2026"}},
        ),
    ]
    for who, method, path, kept in calls:
        reply = who._call(method, path, **kept)
        assert reply.status_code == 503, (path, reply.text)
        assert reply.json["type"] == "/api/v1/problems/trail_unavailable", path
        assert "Phạm Thị Thử" not in reply.text
        assert "token" not in reply.json
    assert cast.bed.counts() == before
    assert cast.bed.app.test_client().get("/readyz").status_code == 503


def test_a_service_that_cannot_log_raises_unavailable(registry: Bed) -> None:
    uid = submitted(registry, [newcomer()])
    with registry.session() as session:
        session.execute(sa.text("ALTER TABLE audit_event ADD CHECK (action <> 'change.approve') NOT VALID"))
    with pytest.raises(Unavailable):
        make.approved(registry, uid)
    with registry.acting("hr.hanoi") as (session, _):
        assert queries.get_change(session, str(uid)).status == "submitted"
    with pytest.raises(Unavailable), registry.acting("hr.hanoi") as (session, actor):
        _log_many(session, actor)


def _log_many(session: Session, actor: Any) -> None:
    log.record_many(session, actor, log.Action.CHANGE_APPROVE, "change", [("a", None), ("b", None)])


# Who looked


def test_readers_of_a_record_are_told_newest_first_and_by_pages(cast: Cast) -> None:
    for who in (cast.hr, cast.checker, cast.hr, cast.auditor):
        assert who.get(f"/officials/{cast.uid}").status_code == 200
    cast.hr.get(f"/officials/{cast.uid}/forms/2c.pdf")
    cast.hr.get("/officials")
    told = cast.auditor.get(f"/officials/{cast.uid}/readers?limit=200").json["items"]
    assert [(one["reader"], one["role"], one["action"]) for one in told] == [
        ("Trần Thu Hà", "hr_officer", "official.print"),
        ("Hoàng Bảo Sơn", "auditor", "official.read"),
        ("Trần Thu Hà", "hr_officer", "official.read"),
        ("Nguyễn Đức Thắng", "hr_approver", "official.read"),
        ("Trần Thu Hà", "hr_officer", "official.read"),
    ]
    paged: list[Any] = []
    cursor = None
    while True:
        with cast.bed.acting("auditor1") as (session, _):
            page = readers(session, cast.official, limit=2, cursor=cursor)
        paged += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert [one["action"] for one in paged] == [one["action"] for one in told]
    own = cast.bed.scalar(
        "UPDATE app_user SET official_id = :id WHERE username = 'official1' RETURNING 1", id=cast.official
    )
    assert own == 1
    mine = cast.bed.api("official1")
    assert len(mine.get(f"/officials/{cast.uid}/readers").json["items"]) == 5
    other = cast.bed.scalar(
        "SELECT uid::text FROM official WHERE id <> :id ORDER BY id LIMIT 1", id=cast.official
    )
    assert mine.get(f"/officials/{other}/readers").status_code == 404
