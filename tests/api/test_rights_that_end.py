"""What outlives a right or a moment, and must not: drafts, kept replies, an open session, an account that nobody uses."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import Api, Bed
from factor import enrolled, kind, knock, live, stand_still, told_lightly
from make import approved, newcomer, paper, submitted
from sqlalchemy.exc import DBAPIError

from registry.access import factors, recent, services
from registry.changes import queries


def moved(bed: Bed, username: str, role: str, unit: str) -> None:
    """The rights of an account become another one's, as two administrators would see to."""
    bed.scalar(
        """UPDATE access_grant g SET role = :role, organization_id = o.id FROM app_user u, organization o
            WHERE u.id = g.user_id AND u.username = :name AND o.code = :unit RETURNING 1""",
        role=role,
        name=username,
        unit=unit,
    )


def draft(api: Api) -> str:
    """A draft that registers somebody."""
    made = api.post("/changes", json={"decision": paper("7/QĐ"), "operations": [newcomer()]})
    assert made.status_code == 201, made.text
    return str(made.json["id"])


@pytest.mark.parametrize(("role", "unit"), [("hr_officer", "H48"), ("official", "H26")])
def test_a_draft_outlives_no_right(registry: Bed, role: str, unit: str) -> None:
    maker = registry.api("hr.hanoi")
    uid = draft(maker)
    moved(registry, "hr.hanoi", role, unit)
    before, tag = registry.counts(), maker.get(f"/changes/{uid}").headers["ETag"]
    for method, path, sent in (
        ("POST", f"/changes/{uid}/submit", {}),
        ("PUT", f"/changes/{uid}", {"decision": paper("8/QĐ"), "operations": [newcomer()]}),
    ):
        reply = maker._call(method, path, json=sent, headers={"If-Match": tag})
        assert kind(reply) == (403, "right_ended"), reply.text
    with (
        pytest.raises(DBAPIError, match="may not make it any more"),
        registry.acting("hr.hanoi") as (session, _),
    ):
        session.execute(sa.text("UPDATE change SET status = 'submitted' WHERE uid = :uid"), {"uid": uid})
    after = registry.counts()
    assert {one for one in after if after[one] != before[one]} <= {"audit_event"}
    assert registry.scalar("SELECT status FROM change WHERE uid = :uid", uid=uid) == "draft"


def test_what_was_handed_in_by_right_may_be_approved_and_the_approver_is_told(registry: Bed) -> None:
    uid = submitted(registry, [newcomer()])
    with registry.session() as session:
        change, today = queries.get_change(session, str(uid)), registry.settings.today_or_now()
        told = {one.code for one in queries.findings(session, change, today)}
        assert "maker_without_right" not in told
    registry.scalar("UPDATE app_user SET is_active = false WHERE username = 'hr.hanoi' RETURNING 1")
    shown = registry.api("approver.hanoi").get(f"/changes/{uid}").json
    assert [(one["code"], one["severity"]) for one in shown["findings"]] == [
        ("maker_without_right", "warning")
    ]
    approved(registry, uid)
    assert registry.scalar("SELECT status FROM change WHERE uid = :uid", uid=uid) == "approved"


def test_a_kept_reply_is_given_again_only_to_the_rights_it_was_given_to(registry: Bed) -> None:
    maker = registry.api("hr.hanoi")
    sent = {"decision": paper("9/QĐ"), "operations": [newcomer()]}

    def again() -> Any:
        return maker.post("/changes", json=sent, headers={"Idempotency-Key": "một"})

    first, second = again(), again()
    assert (first.status_code, second.status_code, second.json) == (201, 201, first.json)
    moved(registry, "hr.hanoi", "hr_officer", "H48")
    changes = registry.scalar("SELECT count(*) FROM change")
    assert kind(again()) == (409, "rights_changed")
    assert registry.scalar("SELECT count(*) FROM change") == changes
    moved(registry, "hr.hanoi", "hr_officer", "H26")
    assert again().json == first.json


# The second factor once more


def pass_time(bed: Bed, time: timedelta) -> None:
    """A second factor that was given counts as given so much earlier."""
    for table in ("web_session", "api_token"):
        bed.scalar(
            f"UPDATE {table} SET proved_at = proved_at - CAST(:time AS interval) RETURNING 1", time=time
        )


def test_what_cannot_be_taken_back_asks_for_the_second_factor_again(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_still(monkeypatch)
    told_lightly(monkeypatch)
    uid = submitted(registry, [newcomer()])
    phones = {one: enrolled(registry, one) for one in ("approver.hanoi", "admin2")}
    admin = registry.api("admin1")
    right = {"role": "hr_officer", "organization": "H26", "valid_from": "2026-11-25"}
    assert admin.post("/users/hr.danang/grants", json=right).status_code == 201
    grant = registry.scalar("SELECT max(id) FROM access_grant")
    half = admin.post("/users/hr.moha/recovery", json={"reason": "Mất điện thoại"})
    assert half.status_code in (200, 201), half.text

    def signed_in(username: str) -> Api:
        reply = knock(registry, username, otp=phones[username].code())
        assert reply.status_code == 201, reply.text
        return Api(registry.app.test_client(), reply.json["token"])

    checker, other = signed_in("approver.hanoi"), signed_in("admin2")
    tag = checker.get(f"/changes/{uid}").headers["ETag"]

    def deeds() -> dict[str, Any]:
        return {
            "approve": checker.post(f"/changes/{uid}/approve", json={}, headers={"If-Match": tag}),
            "grant": other.post(f"/users/hr.danang/grants/{grant}/confirm"),
            "recovery": other.post("/users/hr.moha/recovery/confirm"),
        }

    pass_time(registry, recent.LASTS)
    before = registry.counts()
    assert {name: kind(one) for name, one in deeds().items()} == dict.fromkeys(
        ("approve", "grant", "recovery"), (401, recent.AGAIN)
    )
    assert registry.counts() == before
    assert checker.get(f"/changes/{uid}").status_code == 200, "reading goes on"

    assert kind(checker.post("/me/second-factor", json={"otp": "000000"})) == (401, "otp_wrong")
    assert kind(admin.post("/me/second-factor", json={"otp": "000000"})) == (409, "no_second_factor")
    stand_still(monkeypatch, factors.now() + factors.STEP)
    for username, api in (("approver.hanoi", checker), ("admin2", other)):
        assert api.post("/me/second-factor", json={"otp": phones[username].code()}).status_code == 204
    assert [one.status_code for one in deeds().values()] == [200, 200, 201]
    assert registry.scalar("SELECT count(*) FROM audit_event WHERE action = 'factor.again'") == 2


def test_the_trail_as_a_file_asks_for_the_second_factor_again(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walk import work

    stand_still(monkeypatch)
    phone = enrolled(registry, "auditor1")
    auditor = Api(registry.app.test_client(), knock(registry, "auditor1", otp=phone.code()).json["token"])
    asked = auditor.post("/exports", json={"what": "trail", "filter": {}, "format": "csv"}).json["id"]
    work(registry)
    pass_time(registry, recent.LASTS)
    assert kind(auditor.get(f"/exports/{asked}/file")) == (401, recent.AGAIN)
    stand_still(monkeypatch, factors.now() + factors.STEP)
    assert auditor.post("/me/second-factor", json={"otp": phone.code()}).status_code == 204
    assert auditor.get(f"/exports/{asked}/file").status_code == 200


# Accounts that nobody uses, and sessions that are too many


def test_an_account_that_nobody_used_is_shut_until_an_administrator_opens_it(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_lightly(monkeypatch)
    unused = """UPDATE app_user SET is_demo = false, used_at = now() - CAST(:time AS interval)
        WHERE username = 'hr.danang' RETURNING 1"""
    registry.scalar(unused, time=services.UNUSED_LASTS - timedelta(hours=1))
    assert knock(registry, "hr.danang").status_code == 201
    registry.scalar(unused, time=services.UNUSED_LASTS)
    refused = knock(registry, "hr.danang")
    assert kind(refused) == (401, "account_unused")
    assert "45 ngày" in refused.json["detail"]
    assert kind(knock(registry, "hr.danang", "sai")) == (401, "wrong_credentials"), "told to nobody else"
    assert (
        registry.scalar(
            "SELECT count(*) FROM audit_event WHERE action = 'session.refused' AND detail->>'step' = 'unused'"
        )
        == 1
    )
    admin = registry.api("admin1")
    tag = admin.get("/users/hr.danang").headers["ETag"]
    assert (
        admin._call("PATCH", "/users/hr.danang", json={"active": True}, headers={"If-Match": tag}).status_code
        == 200
    )
    assert knock(registry, "hr.danang").status_code == 201


def test_one_sign_in_too_many_ends_the_oldest(registry: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    told_lightly(monkeypatch)
    monkeypatch.setattr(services, "MOST_TOKENS", 3)
    monkeypatch.setattr(services, "MOST_SESSIONS", 2)
    mine = [registry.api("hr.hanoi") for _ in range(4)]
    other = registry.api("hr.danang")
    assert [one.get("/me").status_code for one in (*mine, other)] == [401, 200, 200, 200, 200]
    with registry.acting("hr.hanoi") as (session, actor):
        user = session.get_one(services.User, actor.user_id)
        for _ in range(3):
            services.start_session(session, user, actor)
    assert live(registry) == (2, 4)
    assert registry.scalar("SELECT count(*) FROM audit_event WHERE detail ? 'oldest_of_too_many'") == 2
