"""Signing in by program: the code that comes second, what is counted where, what ends with what, and who is never let in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from conftest import PASSWORD, SECRET, Api, Bed
from factor import enrolled, kind, knock, live, stand_still, told_lightly
from sqlalchemy import text
from walk import program

from registry.access import factors, limits, passwords

NEW = "bánh chưng xanh ngày Tết"
WRONG, LOCKED = (401, "wrong_credentials"), (429, "locked")


def at_once(count: int, act: Callable[[int], Any]) -> list[Any]:
    """What `act` gives to so many threads that start together."""
    barrier = Barrier(count)

    def run(number: int) -> Any:
        barrier.wait()
        return act(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    told_lightly(monkeypatch)


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_rfc_6238_appendix_b(at: int, code: str) -> None:
    assert factors.code_at(b"12345678901234567890", at // 30) == code


def test_a_code_is_good_in_its_step_and_the_two_beside_it_and_no_longer() -> None:
    secret, at = b"12345678901234567890", 1_700_000_000.0
    codes = {away: factors.code_at(secret, int(at) // 30 + away) for away in range(-3, 4)}
    assert len(set(codes.values())) == 7
    taken = {away: factors.step_of(secret, code, at) for away, code in codes.items()}
    assert taken == {away: int(at) // 30 + away if abs(away) <= 1 else None for away in codes}


def test_a_secret_is_sealed_for_its_account_and_its_key() -> None:
    kept = factors.sealed(SECRET, 7, b"s" * 20)
    assert factors.opened(SECRET, 7, kept) == b"s" * 20
    assert b"ssss" not in kept
    for key, user in ((SECRET, 8), (b"another key of the service itself", 7)):
        with pytest.raises(factors.Unauthenticated):
            factors.opened(key, user, kept)


def test_a_token_needs_the_code_of_an_account_that_has_a_second_factor(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_still(monkeypatch)
    phone = enrolled(registry, "approver.hanoi")
    assert kind(knock(registry, "approver.hanoi")) == (401, "otp_required")
    assert registry.scalar("SELECT count(*) FROM sign_in_tries") == 0, "the right password is no failure"
    assert kind(knock(registry, "approver.hanoi", "sai", otp=phone.code())) == WRONG
    for otp in (phone.code(-2), phone.code(2), "000000"):
        assert kind(knock(registry, "approver.hanoi", otp=otp)) == (401, "otp_wrong"), otp
    assert live(registry) == (0, 0)
    assert knock(registry, "approver.hanoi", otp=phone.code()).status_code == 201
    for used in (phone.code(), phone.code(-1)):
        assert kind(knock(registry, "approver.hanoi", otp=used)) == (401, "otp_wrong"), "each is taken once"
    later = phone.code(1)
    assert knock(registry, "approver.hanoi", otp=f"{later[:3]} {later[3:]}").status_code == 201
    assert knock(registry, "approver.hanoi", otp=phone.codes[0].lower()).status_code == 201
    assert kind(knock(registry, "approver.hanoi", otp=phone.codes[0])) == (401, "otp_wrong")
    assert live(registry) == (0, 3)
    assert (
        registry.scalar(
            "SELECT count(*) FROM audit_event WHERE action = 'session.refused' AND detail = '{\"step\": \"code\"}'"
        )
        == 6
    )
    assert knock(registry, "hr.hanoi").status_code == 201, "the demonstration signs in by password alone"


def test_of_many_who_come_at_once_with_one_code_one_is_let_in(
    registry: Bed, monkeypatch: pytest.MonkeyPatch, light: None
) -> None:
    stand_still(monkeypatch)
    phone = enrolled(registry, "auditor1")
    assert registry.app is not None, "made once, before many come"
    code, recovery = phone.code(), phone.codes[3]
    for otp in (code, recovery):
        replies = at_once(4, lambda _, otp=otp: knock(registry, "auditor1", otp=otp))
        assert sorted(map(kind, replies)) == [(201, ""), *[(401, "otp_wrong")] * 3]
    assert live(registry) == (0, 2)


def test_five_wrong_codes_close_the_second_step_for_a_while(
    registry: Bed, monkeypatch: pytest.MonkeyPatch, light: None
) -> None:
    stand_still(monkeypatch)
    phone = enrolled(registry, "auditor1")
    for place in range(5):
        assert kind(knock(registry, "auditor1", otp="000000", at=f"203.0.113.{place}")) == (401, "otp_wrong")
    assert kind(knock(registry, "auditor1", otp=phone.code())) == LOCKED, "guessing is counted by account"
    assert live(registry) == (0, 0)
    pass_time(registry, timedelta(minutes=5))
    assert knock(registry, "auditor1", otp=phone.code()).status_code == 201


def pass_time(bed: Bed, time: timedelta) -> None:
    """Let every counted try be older."""
    statement = (
        "UPDATE sign_in_tries SET at = ARRAY(SELECT one - CAST(:time AS interval) FROM unnest(at) one)"
    )
    with bed.session() as session:
        session.execute(text(statement), {"time": time})


def test_strangers_shut_themselves_out_and_not_the_owner(registry: Bed, light: None) -> None:
    home, stranger = "203.0.113.7", "198.51.100.{}"
    assert knock(registry, "hr.hanoi", at=home).status_code == 201
    for name in ("hr.hanoi", "khong.ai"):  # an account and a name that nobody has are told the same
        for place in (1, 2):
            told = [knock(registry, name, "sai", at=stranger.format(place)) for _ in range(6)]
            assert [kind(one) for one in told] == [*[WRONG] * 4, (401, "locked"), LOCKED], (name, place)
            assert 0 < int(told[-1].headers["Retry-After"]) <= 900
        assert kind(knock(registry, name, PASSWORD, at=stranger.format(3))) == LOCKED, "ten from anywhere"
    assert knock(registry, "hr.hanoi", at=home).status_code == 201, (
        "where the owner is known, nobody disturbs"
    )
    assert live(registry) == (0, 2)
    pass_time(registry, timedelta(minutes=5))
    assert kind(knock(registry, "hr.hanoi", at=stranger.format(1))) == LOCKED
    assert knock(registry, "hr.hanoi", at=stranger.format(3)).status_code == 201
    pass_time(registry, timedelta(minutes=10))
    assert knock(registry, "hr.hanoi", at=stranger.format(1)).status_code == 201, "waiting always ends"


def test_one_source_may_not_try_a_password_on_everybody(
    registry: Bed, monkeypatch: pytest.MonkeyPatch, light: None
) -> None:
    monkeypatch.setattr(limits, "SOURCE", limits.Limit("source", 3, timedelta(minutes=5)))
    for name in ("hr.hanoi", "khong.ai", "hr.danang"):
        assert kind(knock(registry, name, "sai", headers={"X-Forwarded-For": f"10.0.0.{len(name)}"})) == WRONG
    assert kind(knock(registry, "hr.moha")) == LOCKED, "what a client says of its address is not believed"
    assert knock(registry, "hr.moha", at="203.0.113.8").status_code == 201
    registry.settings = replace(registry.settings, trusted_proxies=1)
    registry._app = None
    proxied = {"X-Forwarded-For": "203.0.113.8, 203.0.113.7"}
    assert kind(knock(registry, "hr.moha", at="127.0.0.1", headers=proxied)) == LOCKED
    proxied = {"X-Forwarded-For": "203.0.113.7, 2001:db8:1:2::5"}
    assert knock(registry, "hr.moha", at="127.0.0.1", headers=proxied).status_code == 201


def test_of_many_guesses_at_once_five_reach_the_password(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert registry.app, "one application for all threads"
    looked: list[str] = []
    monkeypatch.setattr(passwords, "matches", lambda _hash, password: looked.append(password) or False)
    replies = at_once(8, lambda number: knock(registry, "hr.hanoi", f"sai {number}"))
    assert sorted(map(kind, replies)) == [(401, "locked"), *[WRONG] * 4, *[LOCKED] * 3]
    assert len(looked) == 5


def test_nobody_signs_in_while_tries_cannot_be_counted(registry: Bed) -> None:
    with registry.session() as session:
        session.execute(text("REVOKE INSERT, UPDATE ON sign_in_tries FROM registry_web"))
    before = registry.counts()
    client = registry.app.test_client()
    for password in (PASSWORD, "sai"):
        assert kind(knock(registry, "hr.hanoi", password)) == (503, "not_counted")
    form = client.get("/login").text.partition('name="csrf" value="')[2].partition('"')[0]
    sent = {"csrf": form, "username": "hr.hanoi", "password": PASSWORD}
    assert client.post("/login", data=sent).status_code == 503
    assert client.get_cookie("cbccvc_session") is None
    assert registry.counts() == before


def test_a_role_that_needs_a_second_factor_does_nothing_without_one(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_still(monkeypatch)
    earlier = program(registry, "approver.hanoi")
    registry.settings = replace(registry.settings, second_factor="required")
    registry._app = None
    holder = Api(registry.app.test_client(), earlier.token)
    for name in ("approver.hanoi", "auditor1", "admin1"):
        assert kind(knock(registry, name)) == (403, "second_factor_needed")
    for path in ("/officials", "/changes", "/me", "/organizations"):
        assert kind(holder.get(path)) == (403, "second_factor_needed"), path
    assert holder.get("/me/sessions").status_code == 200
    assert knock(registry, "hr.hanoi").status_code == 201, "others are offered one"
    phone = enrolled(registry, "approver.hanoi")
    allowed = knock(registry, "approver.hanoi", otp=phone.code()).json
    assert allowed["user"]["roles"] == ["hr_approver"]
    stored = registry.scalar("SELECT string_agg(t::text, ' ') FROM api_token t")
    assert allowed["token"] not in stored, "only its digest is kept"
    assert Api(registry.app.test_client(), allowed["token"]).get("/officials?limit=1").status_code == 200


def test_own_sessions_are_listed_and_ended_one_by_one_and_all(registry: Bed) -> None:
    mine, other, stranger = (program(registry, name) for name in ("hr.hanoi", "hr.hanoi", "hr.danang"))
    listed = mine.get("/me/sessions").json
    assert listed["count"]["value"] == 2
    assert sorted(one["current"] for one in listed["items"]) == [False, True]
    assert {(one["kind"], one["agent"], one["seen_at"]) for one in listed["items"]} == {
        ("token", "Werkzeug", None)
    }
    theirs = stranger.get("/me/sessions").json["items"][0]["id"]
    for named in (theirs, "khong-phai-so", "0190a8a0-0000-7000-8000-000000000000"):
        assert mine.delete(f"/me/sessions/{named}").status_code == 404
    assert stranger.get("/me").status_code == 200
    another = next(one["id"] for one in listed["items"] if not one["current"])
    assert mine.delete(f"/me/sessions/{another}").status_code == 204
    assert mine.delete(f"/me/sessions/{another}").status_code == 404, "it has ended"
    assert (mine.get("/me").status_code, other.get("/me").status_code) == (200, 401)
    assert mine.delete("/me/sessions").status_code == 204
    assert mine.get("/me").status_code == 401
    assert stranger.get("/me").status_code == 200
    assert registry.scalar("SELECT detail FROM audit_event WHERE action = 'session.end'") == {"everywhere": 1}


def test_a_new_password_ends_what_the_old_one_opened(registry: Bed) -> None:
    mine, other = program(registry, "hr.hanoi"), program(registry, "hr.hanoi")
    kept = "SELECT password_hash FROM app_user WHERE username = 'hr.hanoi'"
    before = registry.scalar(kept)
    for old, new, told in (
        ("sai", NEW, (401, "wrong_credentials")),
        (PASSWORD, "short", (422, "invalid")),
        (PASSWORD, "Qwerty123456", (422, "invalid")),
        (PASSWORD, "abcabcabcabcabc", (422, "invalid")),
        (PASSWORD, "toi la HR.Hanoi day", (422, "invalid")),
        (PASSWORD, PASSWORD, (422, "invalid")),
    ):
        assert (
            kind(
                mine.client.put(
                    "/api/v1/me/password",
                    json={"old": old, "new": new},
                    headers={"Authorization": f"Bearer {mine.token}"},
                )
            )
            == told
        ), new
    assert registry.scalar(kept) == before
    assert other.get("/me").status_code == 200
    assert registry.scalar("SELECT cardinality(at) FROM sign_in_tries LIMIT 1") == 1, (
        "the wrong one is counted"
    )
    assert mine.put("/me/password", json={"old": PASSWORD, "new": NEW}).status_code == 204
    assert (mine.get("/me").status_code, other.get("/me").status_code) == (200, 401)
    assert kind(knock(registry, "hr.hanoi")) == WRONG
    assert knock(registry, "hr.hanoi", NEW).status_code == 201


def test_demonstration_accounts_are_shut_out_of_production(registry: Bed) -> None:
    held = program(registry, "hr.hanoi")
    with registry.session() as session:
        session.execute(text("UPDATE app_user SET is_demo = false WHERE username = 'hr.danang'"))
    registry.settings = replace(registry.settings, env="production")
    registry._app = None
    unknown = knock(registry, "khong.ai").json
    shut = knock(registry, "hr.hanoi").json
    assert {**shut, "request_id": ""} == {**unknown, "request_id": ""}, "as if there were no such account"
    assert Api(registry.app.test_client(), held.token).get("/me").status_code == 401
    holder = Api(registry.app.test_client(), knock(registry, "hr.danang").json["token"])
    assert holder.get("/me").status_code == 200
    with registry.session() as session:
        session.execute(text("UPDATE api_token SET expires_at = now() - interval '1 second'"))
    assert kind(holder.get("/me")) == (401, "bad_token"), "and a token ends by the clock"
