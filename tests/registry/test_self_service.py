"""What officials may do for their own record, and what they may not, whichever way they try."""

import io
from datetime import date
from typing import Any

import pytest
from conftest import Api, Bed
from make import UNIT, as_superuser, newcomer, official
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from registry.changes import declaring
from registry.officials.facts import FACTS

DIPLOMA = {
    "kind": "qualification",
    "valid_from": "2019-06-30",
    "level": "thac_si",
    "major": "Luật",
    "school": "Đại học Luật Hà Nội",
}


def ours(bed: Bed, username: str = "official1") -> tuple[int, str]:
    """The record of an official's account: (id, uid); a newcomer of Hà Nội, so that nothing else is there."""
    found = official(bed)
    bed.scalar(
        "UPDATE app_user SET official_id = :id WHERE username = :name RETURNING 1", id=found[0], name=username
    )
    return found


def upload(api: Api, name: str = "bang.pdf") -> str:
    """Evidence; its id."""
    reply = api.post("/files", data={"file": (io.BytesIO(f"%PDF-1.7 {name}".encode()), name)})
    assert reply.status_code == 201, reply.text
    return str(reply.json["id"])


def declare(api: Api, *operations: dict[str, Any], **decision: Any) -> Any:
    """The reply to a declaration handed in at once."""
    body = {"decision": decision, "note": "Theo bằng gốc", "operations": list(operations)}
    return api.post("/changes?submit=true", json=body)


def decide(api: Api, change: Any, step: str = "approve", **sent: Any) -> Any:
    """The reply to a decision on a change as a reply showed it."""
    named = f"/changes/{change.json['id']}"
    etag = api.get(named).headers.get("ETag", change.headers["ETag"])
    return api.post(f"{named}/{step}", json=sent, headers={"If-Match": etag})


def without_traces(counts: dict[str, int]) -> dict[str, int]:
    """Rows of tables, but for looks and sessions."""
    return {name: rows for name, rows in counts.items() if name not in ("audit_event", "api_token")}


def test_a_declared_diploma_goes_with_its_evidence_from_the_official_over_the_approver_into_the_record(
    registry: Bed,
) -> None:
    _, uid = ours(registry)
    me, approver = registry.api("official1"), registry.api("approver.hanoi")
    evidence = upload(me)
    sent = declare(me, {"action": "record", "official": uid, **DIPLOMA}, file_id=evidence)
    assert sent.status_code == 201, sent.text
    assert (sent.json["origin"], sent.json["status"]) == ("self", "submitted")
    assert sent.json["decision"]["basis"] == "self_declared"
    assert sent.json["decision"]["number"] == "Tự khai 25/11/2026"
    assert [one["number"] for one in me.get("/changes").json["items"]] == [sent.json["number"]]
    unit = registry.scalar(
        "SELECT code FROM organization o JOIN change c ON c.organization_id = o.id WHERE c.uid = :u",
        u=sent.json["id"],
    )
    assert unit == UNIT, "the approvers of the unit that holds the record decide"
    assert approver.get(f"/files/{evidence}").status_code == 200
    assert registry.api("approver.danang").get(f"/changes/{sent.json['id']}").status_code == 404
    reply = decide(approver, sent)
    assert reply.status_code == 200, reply.text
    record = me.get(f"/officials/{uid}").json
    assert [one["school"] for one in record["facts"]["qualification"]] == [DIPLOMA["school"]]
    assert record["facts"]["qualification"][0]["decision"]["basis"] == "self_declared"
    told = "SELECT array_agg(action ORDER BY id) FROM audit_event WHERE object_id = :uid AND action <> 'change.read'"
    assert registry.scalar(told, uid=sent.json["id"]) == ["change.draft", "change.submit", "change.approve"]


def test_a_returned_declaration_is_mended_or_withdrawn_by_its_maker(registry: Bed) -> None:
    _, uid = ours(registry)
    me, approver = registry.api("official1"), registry.api("approver.hanoi")
    phone = {"action": "amend", "official": uid, "personal": {"phone": "0901 234 567"}}
    sent = declare(me, phone)
    assert sent.status_code == 201, "a phone number needs no paper"
    back = decide(approver, sent, "return", reason="Thiếu mã vùng")
    assert back.json["status"] == "returned"
    worse = {**phone, "personal": {"full_name": "Tên Khác"}}
    reply = me.put(
        f"/changes/{sent.json['id']}",
        json={"decision": {}, "operations": [worse]},
        headers={"If-Match": back.headers["ETag"]},
    )
    assert reply.status_code == 422, "a returned one holds nothing that a new one could not"
    reply = me.put(
        f"/changes/{sent.json['id']}",
        json={"decision": {}, "operations": [phone]},
        headers={"If-Match": back.headers["ETag"]},
    )
    assert (reply.status_code, reply.json["origin"]) == (200, "self")
    taken = me.post(
        f"/changes/{sent.json['id']}/withdraw", json={}, headers={"If-Match": reply.headers["ETag"]}
    )
    assert taken.json["status"] == "withdrawn"


FORBIDDEN: dict[str, dict[str, Any]] = {
    "pay": {"action": "record", "kind": "salary", "valid_from": "2026-01-01", "rank": "01.003", "step": 9, "coefficient": "4.98"},
    "a post": {"action": "record", "kind": "appointment", "valid_from": "2026-01-01", "organization": UNIT},
    "a status": {"action": "record", "kind": "status", "valid_from": "2026-01-01", "status": "dang_lam_viec", "category": "cong_chuc"},
    "a reward": {"action": "record", "kind": "reward", "valid_from": "2026-01-01", "form": "bang_khen", "year": 2026},
    "a grade": {"action": "record", "kind": "evaluation", "valid_from": "2026-01-01", "year": 2025, "grade": "x"},
    "the Party": {"action": "record", "kind": "party", "valid_from": "2026-01-01", "joined_on": "2026-01-01"},
    "the name": {"action": "amend", "personal": {"full_name": "Tên Khác"}},
    "the birth date": {"action": "amend", "personal": {"birth_date": "1999-01-01"}},
    "a secret field": {"action": "amend", "personal": {"political_history": "Khai lại"}},
    "a phone with a name beside it": {"action": "amend", "personal": {"phone": "0912", "full_name": "Tên Khác"}},
    "an end": {"action": "end", "kind": "status", "valid_to": "2026-01-01"},
    "a withdrawal": {"action": "withdraw", "kind": "discipline", "reason": "Không có"},
}  # fmt: skip


def test_what_an_organization_decides_on_is_not_declared_nor_is_anybody_else(registry: Bed) -> None:
    _, uid = ours(registry)
    _, other = official(registry)
    me = registry.api("official1")
    evidence = upload(me)
    foreign = upload(registry.api("hr.hanoi"), "cua-nguoi-khac.pdf")
    somebody_elses = upload(registry.api("official2"), "official2.pdf")
    before = without_traces(registry.counts())
    for name, one in FORBIDDEN.items():
        fact = (
            registry.scalar(f"SELECT min(id) FROM fact_{one['kind']}")
            if one["action"] in ("end", "withdraw")
            else None
        )
        sent = one | {"official": uid} | ({"fact_id": fact} if fact else {})
        reply = declare(me, sent, file_id=evidence)
        assert reply.status_code in (400, 422), (name, reply.text)
        assert any(flaw["code"] == "not_declared" for flaw in reply.json["errors"]), (name, reply.json)
    record = {"action": "record", **DIPLOMA}
    refused = {
        "for somebody else": declare(me, record | {"official": other}, file_id=evidence),
        "for oneself and somebody else": declare(me, record | {"official": uid}, record | {"official": other}, file_id=evidence),
        "a new person": declare(me, newcomer(), file_id=evidence),
        "on a decision": declare(me, record | {"official": uid}, file_id=evidence, basis="decision", number="1/QĐ", issued_on="2026-01-01"),
        "without evidence": declare(me, record | {"official": uid}),
        "on an officer's file": declare(me, record | {"official": uid}, file_id=foreign),
        "on another official's file": declare(me, record | {"official": uid}, file_id=somebody_elses),
    }  # fmt: skip
    for name, reply in refused.items():
        assert reply.status_code == 422, (name, reply.text)
    for file in (foreign, somebody_elses):
        assert me.get(f"/files/{file}").status_code == 404
    assert me.get(f"/officials/{other}").status_code == 404
    proposal = {
        "operation": {"action": "amend", "official": other, "personal": {"full_name": "X"}},
        "reason": "x",
    }
    assert me.post("/proposals", json=proposal).status_code == 422
    secret = {
        "operation": {"action": "amend", "official": uid, "personal": {"political_history": "x"}},
        "reason": "x",
    }
    assert me.post("/proposals", json=secret).json["errors"][0]["code"] == "secret"
    assert registry.api("hr.hanoi").post("/proposals", json=proposal).status_code == 403
    assert without_traces(registry.counts()) == before


def test_an_officer_with_a_record_declares_as_everybody_does_and_gains_nothing_over_it(registry: Bed) -> None:
    """The record lies in Đà Nẵng, the officer's right in Ba Đình: neither right reaches over the other."""
    own, uid = ours(registry, "official2")
    with registry.session() as session:
        session.execute(
            text("""UPDATE app_user SET official_id = :own WHERE username = 'hr.badinh'"""), {"own": own}
        )
        session.execute(
            text("""INSERT INTO access_grant (user_id, role, organization_id, valid_from)
                SELECT u.id, 'official', o.id, :day FROM app_user u, organization o
                WHERE u.username = 'hr.badinh' AND o.code = 'H26'"""),
            {"day": date(2026, 1, 1)},
        )
    officer = registry.api("hr.badinh")
    pay = FORBIDDEN["pay"] | {"official": uid}
    for basis in ("decision", "self_declared"):
        reply = declare(officer, pay, basis=basis, number="1/QĐ", issued_on="2026-01-01")
        assert reply.status_code == 422, reply.text
    phone = {"action": "amend", "official": uid, "personal": {"phone": "0905 000 111"}}
    sent = declare(officer, phone, basis="self_declared")
    assert (sent.status_code, sent.json["origin"]) == (201, "self"), sent.text
    for username in ("official2", "hr.badinh"):
        registry.scalar(
            """INSERT INTO access_grant (user_id, role, organization_id, valid_from)
                SELECT u.id, 'hr_approver', o.id, :day FROM app_user u, organization o
                WHERE u.username = :name AND o.code = 'H26' RETURNING id""",
            name=username,
            day=date(2026, 1, 1),
        )
        reply = decide(registry.api(username), sent)
        assert reply.status_code == 403, (username, reply.text)
    assert decide(registry.api("approver.hanoi"), sent).status_code == 200


def test_nobody_decides_on_the_own_record_not_even_past_the_service(registry: Bed) -> None:
    own, uid = ours(registry)
    change = registry.api("hr.hanoi").post(
        "/changes?submit=true",
        json={
            "decision": {"number": "9/QĐ", "issued_on": "2026-11-01"},
            "operations": [{"action": "amend", "official": uid, "personal": {"phone": "0900"}}],
        },
    )
    registry.scalar(
        "UPDATE app_user SET official_id = :own WHERE username = 'approver.hanoi' RETURNING 1", own=own
    )
    approver = registry.api("approver.hanoi")
    for step in ("approve", "reject", "return"):
        reply = decide(approver, change, step, reason="Được")
        assert reply.status_code == 403, (step, reply.text)
    around = "UPDATE change SET checker_id = (SELECT id FROM app_user WHERE username = 'approver.hanoi') WHERE uid = :uid RETURNING 1"
    with pytest.raises(IntegrityError, match="it is about"):
        registry.scalar(around, uid=change.json["id"])
    assert registry.scalar("SELECT status FROM change WHERE uid = :uid", uid=change.json["id"]) == "submitted"


def test_a_declaration_that_got_somebody_elses_fact_past_the_service_cannot_be_decided(registry: Bed) -> None:
    _, uid = ours(registry)
    other, _ = official(registry)
    phone = {"action": "amend", "official": uid, "personal": {"phone": "0901"}}
    sent = declare(registry.api("official1"), phone)
    moved = "UPDATE change_operation SET official_id = :other WHERE change_id = (SELECT id FROM change WHERE uid = :uid)"
    with pytest.raises(IntegrityError, match="handed in"):
        registry.scalar(f"{moved} RETURNING 1", other=other, uid=sent.json["id"])
    as_superuser(registry, moved, other=other, uid=sent.json["id"])
    assert decide(registry.api("approver.hanoi"), sent).status_code in (409, 412)
    around = "UPDATE change SET checker_id = (SELECT id FROM app_user WHERE username = 'approver.hanoi') WHERE uid = :uid RETURNING 1"
    with pytest.raises(IntegrityError, match="somebody else"):
        registry.scalar(around, uid=sent.json["id"])


def propose(api: Api, uid: str, name: str = "Phạm Thị Thứ", file: str | None = None) -> Any:
    """The reply to a proposal of another spelling of the own name."""
    asked = {"action": "amend", "official": uid, "personal": {"full_name": name}}
    return api.post(
        "/proposals", json={"operation": asked, "reason": "Giấy khai sinh ghi khác", "file_id": file}
    )


def answer(api: Api, proposal: Any, step: str, **sent: Any) -> Any:
    """The reply to an answer to a proposal as it stands."""
    named = f"/proposals/{proposal.json['id']}"
    etag = api.get(named).headers.get("ETag", proposal.headers["ETag"])
    return api.post(f"{named}/{step}", json=sent, headers={"If-Match": etag})


def test_a_proposal_becomes_an_officers_change_and_the_official_follows_it_into_the_record(
    registry: Bed,
) -> None:
    _, uid = ours(registry)
    me, officer, approver = (registry.api(one) for one in ("official1", "hr.hanoi", "approver.hanoi"))
    evidence = upload(me, "khai-sinh.pdf")
    sent = propose(me, uid, file=evidence)
    assert (sent.status_code, sent.json["status"]) == (201, "received"), sent.text
    assert officer.get(f"/files/{evidence}").status_code == 200
    assert registry.api("hr.danang").get(f"/proposals/{sent.json['id']}").status_code == 404
    assert registry.api("official2").get(f"/proposals/{sent.json['id']}").status_code == 404
    assert answer(me, sent, "draft", decision={"number": "1", "issued_on": "2026-11-20"}).status_code in (
        403,
        404,
    )
    assert answer(registry.api("approver.hanoi"), sent, "decline", reason="x").status_code == 403
    drafted = answer(officer, sent, "draft", decision={"number": "12/QĐ", "issued_on": "2026-11-20"})
    assert drafted.status_code == 201, drafted.text
    assert drafted.json["change"]["status"] == "draft"
    assert answer(officer, sent, "decline", reason="Muộn rồi").status_code == 409, "answered once"
    named = f"/changes/{drafted.json['change']['id']}"
    assert me.get(named).status_code == 404, "an officer's change is not the official's to read"
    change = officer.get(named)
    assert change.json["diff"][0]["facts"][0]["fields"][0]["new"] == "Phạm Thị Thứ"
    handed = officer.post(f"{named}/submit", json={}, headers={"If-Match": change.headers["ETag"]})
    assert decide(approver, handed).status_code == 200
    seen = me.get(f"/proposals/{sent.json['id']}").json
    assert (seen["change"]["status"], seen["answered_by"]) == ("approved", "Trần Thu Hà")
    assert me.get(f"/officials/{uid}").json["personal"]["full_name"] == "Phạm Thị Thứ"


def test_a_proposal_is_declined_with_words_and_waits_again_when_its_change_comes_to_nothing(
    registry: Bed,
) -> None:
    _, uid = ours(registry)
    me, officer = registry.api("official1"), registry.api("hr.hanoi")
    sent = propose(me, uid)
    assert answer(officer, sent, "decline", reason=" ").status_code == 422
    assert answer(officer, sent, "decline", reason="Giấy khai sinh ghi đúng").json["status"] == "declined"
    assert me.get(f"/proposals/{sent.json['id']}").json["answer"] == "Giấy khai sinh ghi đúng"
    second = propose(me, uid, "Phạm Thị Thử Hai")
    drafted = answer(officer, second, "draft", decision={"number": "1", "issued_on": "2026-11-20"})
    named = f"/changes/{drafted.json['change']['id']}"
    officer.post(f"{named}/withdraw", json={}, headers={"If-Match": officer.get(named).headers["ETag"]})
    again = answer(officer, second, "draft", decision={"number": "2", "issued_on": "2026-11-20"})
    assert (again.status_code, again.json["change"]["status"]) == (201, "draft")
    third = propose(me, uid, "Phạm Thị Thử Ba")
    assert answer(registry.api("official2"), third, "withdraw").status_code == 404
    assert answer(me, third, "withdraw").json["status"] == "withdrawn"


def test_the_database_lets_an_official_neither_propose_for_others_nor_answer(registry: Bed) -> None:
    _, uid = ours(registry)
    other, _ = official(registry)
    propose(registry.api("official1"), uid)
    with registry.acting("official1") as (session, actor), pytest.raises(ProgrammingError, match="row-level"):
        session.execute(
            text("""INSERT INTO proposal (official_id, organization_id, org_ord, made_by, kind, operation, reason)
                SELECT :other, organization_id, org_ord, :me, kind, operation, reason FROM proposal"""),
            {"other": other, "me": actor.user_id},
        )
    with registry.acting("official2") as (session, _):
        assert session.execute(text("SELECT count(*) FROM proposal")).scalar_one() == 0
        assert session.execute(text("UPDATE proposal SET answer = 'x'")).rowcount == 0  # type: ignore[attr-defined]


def test_nothing_that_is_secret_or_rests_on_a_decision_is_ever_declarable() -> None:
    decided = {"status", "appointment", "salary", "allowance", "party", "reward", "discipline", "evaluation"}
    assert not decided & set(declaring.DECLARED)
    for kind in FACTS:
        fields = declaring.declared_fields(kind)
        assert all(FACTS[kind][name].sensitivity != "secret" for name in fields)
        assert bool(fields) == (kind in declaring.DECLARED)
    assert not {"full_name", "birth_date", "sex"} & declaring.declared_fields("identity")
