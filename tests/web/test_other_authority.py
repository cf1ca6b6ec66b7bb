"""Signing in by the word of another authority: a local issuer tells the truth, then everything else."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
import pytest
from browsing import Browser, Page
from conftest import PASSWORD, Bed
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from factor import enrolled, live, stand_still, told_lightly
from flask.testing import FlaskClient
from issuer import _KEYS, CLIENT, LocalIssuer
from softkey import ORIGIN, SoftKey
from sqlalchemy import text
from test_login import SESSION
from test_security_keys import SECURITY, keyed

from registry.access import issuer, limits

START, BACK = "/login/oidc", "/login/oidc/ve"
OFFICER = "sub-1f3a"


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    told_lightly(monkeypatch)


@pytest.fixture
def local() -> Iterator[LocalIssuer]:
    issuer = LocalIssuer()
    yield issuer
    issuer.close()


@pytest.fixture
def site(registry: Bed, local: LocalIssuer) -> Bed:
    """A registry that people may sign in to by the local issuer; `hr.hanoi` is tied to it."""
    registry.settings = replace(registry.settings, public_url=ORIGIN, authority=local.authority)
    tie(registry, local, "hr.hanoi", OFFICER)
    return registry


def tie(bed: Bed, local: LocalIssuer, username: str, subject: str) -> None:
    with bed.session() as session:
        session.execute(
            text("""INSERT INTO identity_tie (user_id, issuer, subject)
                SELECT id, :issuer, :subject FROM app_user WHERE username = :username"""),
            {"issuer": local.url, "subject": subject, "username": username},
        )


def set_out(client: FlaskClient, path: str = START) -> str:
    """Where the registry sends a browser that wants to sign in elsewhere."""
    reply = client.get(path)
    assert reply.status_code == 303, reply.text
    return str(reply.headers["Location"])


def there(address: str) -> str:
    """Path and query of an address of ours."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == ORIGIN
    return f"{parts.path}?{parts.query}"


def signed_in(client: FlaskClient) -> bool:
    return client.get_cookie(SESSION) is not None and client.get("/cong-viec").status_code == 200


def test_the_owner_ties_the_account_and_signs_in_by_the_other_authority(
    registry: Bed, local: LocalIssuer
) -> None:
    assert "/login/oidc" not in registry.app.test_client().get("/login").text
    assert registry.app.test_client().get(START).status_code == 404, "not there unless it is set up"
    registry.settings = replace(registry.settings, public_url=ORIGIN, authority=local.authority)
    registry._app = None
    browser = Browser(registry, "hr.hanoi")
    assert 'href="/login/oidc?next=/ho-so"' in registry.app.test_client().get("/login?next=/ho-so").text

    browser.open(SECURITY)
    form = dict(next(one for one in browser.page.forms if one.action.endswith("/dinh-danh")).filled)
    reply = browser.client.post(f"{SECURITY}/dinh-danh", data=form | {"password": "sai"})
    assert (reply.status_code, local.asked) == (401, []), "not by an open session alone"
    page = Page(browser.client.post(f"{SECURITY}/dinh-danh", data=form | {"password": PASSWORD}).text)
    permit = next(link for link in page.links if link.startswith(START))

    stranger = Browser(registry, "hr.danang").client
    back = local.consent(set_out(stranger, permit), OFFICER)
    assert stranger.get(there(back)).status_code == 401, "the permit of somebody else"
    victim = browser.client
    set_out(victim, permit)
    lured = local.consent(set_out(registry.app.test_client(), permit), "sub-of-an-attacker")
    assert victim.get(there(lured)).status_code == 401, "what another browser began"
    nobody = registry.app.test_client()
    assert nobody.get(there(local.consent(set_out(nobody, permit), OFFICER))).status_code == 401
    assert registry.scalar("SELECT count(*) FROM identity_tie") == 0
    address = set_out(victim, permit)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["redirect_uri"] == ORIGIN + BACK, "whatever the host is called"
    assert (asked["code_challenge_method"], asked["scope"]) == ("S256", "openid")
    assert victim.get(there(local.consent(address, OFFICER))).headers["Location"] == f"{SECURITY}?xong=gan"
    again = victim.get(there(local.consent(set_out(victim, permit), "sub-2")))
    assert again.status_code == 401, "a permit is used once"
    assert "Đã gắn" in browser.open(SECURITY).text
    assert registry.scalar("SELECT issuer || ' ' || subject FROM identity_tie") == f"{local.url} {OFFICER}"

    client = registry.app.test_client()
    client.set_cookie(SESSION, "chosen-by-somebody-else")
    address = set_out(client, START + "?next=/ho-so%3Fq%3Dan")
    reply = client.get(there(local.consent(address, OFFICER)))
    assert (reply.status_code, reply.headers["Location"]) == (303, "/ho-so?q=an")
    assert client.get_cookie(SESSION).value != "chosen-by-somebody-else"
    assert client.get("/ho-so?q=an").status_code == 200
    key = client.get_cookie(SESSION).value
    client.get(there(local.consent(set_out(client), OFFICER)))
    old = registry.app.test_client()
    old.set_cookie(SESSION, key)
    assert (client.get_cookie(SESSION).value != key, old.get("/cong-viec").status_code) == (True, 303)
    assert set_out(client, START + "?next=//evil.example").startswith(local.url)
    assert (
        client.get(there(local.consent(set_out(client, START + "?next=//evil.example"), OFFICER))).headers[
            "Location"
        ]
        == "/"
    )
    told = "SELECT detail->>'by' FROM audit_event WHERE action = 'session.start' ORDER BY id DESC LIMIT 1"
    assert registry.scalar(told) == "authority"

    csrf = browser.open(SECURITY).form("old").value("csrf")
    assert browser.client.post(f"{SECURITY}/dinh-danh/go", data={"csrf": csrf}).status_code == 303
    assert client.get(there(local.consent(set_out(client), OFFICER))).status_code == 401
    told = "SELECT array_agg(action ORDER BY id) FROM audit_event WHERE action LIKE 'tie.%'"
    assert registry.scalar(told) == ["tie.add", "tie.drop"]


def test_a_word_that_is_not_the_issuers_for_us_here_and_now_opens_nothing(
    site: Bed, local: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = int(time.time())
    public = _KEYS[0].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def unsigned(claims: dict[str, Any]) -> str:
        parts = ({"alg": "none", "kid": "one"}, claims)
        return (
            ".".join(urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."
        )

    def shared(claims: dict[str, Any]) -> str:
        """Signed with the public key as if it were a secret both knew."""
        import hashlib
        import hmac

        parts = ({"alg": "HS256", "kid": "one"}, claims)
        text = ".".join(urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts)
        signature = hmac.digest(public, text.encode(), hashlib.sha256)
        return f"{text}.{urlsafe_b64encode(signature).decode().rstrip('=')}"

    local.keys["theirs"] = _KEYS[1]
    stranger = lambda claims: jwt.encode(claims, _KEYS[1], "RS256", headers={"kid": "one"})  # noqa: E731
    lies: dict[str, tuple[dict[str, Any], Any]] = {
        "for another client": ({"aud": "another"}, None),
        "for several and nobody in charge": ({"aud": [CLIENT, "another"]}, None),
        "in charge of another": ({"aud": [CLIENT, "another"], "azp": "another"}, None),
        "of another issuer": ({"iss": "https://issuer.example"}, None),
        "over": ({"exp": now - 120}, None),
        "not yet": ({"iat": now + 600, "nbf": now + 600}, None),
        "old": ({"iat": now - 3600, "exp": now + 300}, None),
        "without an end": ({"exp": None}, None),
        "without a nonce": ({"nonce": None}, None),
        "with the nonce of another trip": ({"nonce": "x" * 43}, None),
        "about nobody": ({"sub": None}, None),
        "about nobody tied": ({"sub": "sub-unknown"}, None),
        "about a name that looks like it": ({"sub": OFFICER.upper(), "email": "hr.hanoi@example"}, None),
        "not signed": ({}, unsigned),
        "signed with the public key": ({}, shared),
        "signed by somebody else": ({}, stranger),
        "signed otherwise than agreed": ({}, lambda claims: local.signed(claims, algorithm="RS384")),
        "no token": ({}, lambda claims: "x.y.z"),
    }
    before = live(site)
    for what, (claims, sign) in lies.items():
        local.lie, local.sign = claims, sign or local.signed
        client = site.app.test_client()
        reply = client.get(there(local.consent(set_out(client), OFFICER)))
        assert (reply.status_code, signed_in(client)) == (401, False), what
    local.start_over()

    client, other = site.app.test_client(), site.app.test_client()
    address = set_out(client)
    back = there(local.consent(address, OFFICER))
    assert other.get(back).status_code == 401, "a browser that did not set out"
    set_out(other)
    assert other.get(back).status_code == 401, "or set out on a trip of its own"
    for bent in (lambda own: own.replace("state=", "state=x"), lambda own: own.partition("&state")[0]):
        alone = site.app.test_client()
        assert alone.get(bent(there(local.consent(set_out(alone), OFFICER)))).status_code == 401
    slow = site.app.test_client()
    late = there(local.consent(set_out(slow), OFFICER))
    with monkeypatch.context() as later:
        stand_still(later, time.time() + 601)
        assert slow.get(late).status_code == 401, "after ten minutes"
    mixed = site.app.test_client()
    mixed_up = (
        there(local.consent(set_out(mixed), OFFICER)).partition("&iss=")[0] + "&iss=https://evil.example"
    )
    asked = len(local.asked)
    assert mixed.get(mixed_up).status_code == 401
    assert len(local.asked) == asked, "the code is not shown to anybody"
    cookie = client.get_cookie("cbccvc_trip", path=START).value
    assert client.get(back).status_code == 303
    replayed = site.app.test_client()
    replayed.set_cookie("cbccvc_trip", cookie, path=START)
    assert replayed.get(back).status_code == 401, "not a second time, with the same cookie"
    code = dict(parse_qsl(urlsplit(back).query))["code"]
    fresh = dict(parse_qsl(urlsplit(set_out(replayed)).query))
    assert replayed.get(f"{BACK}?code={code}&state={fresh['state']}").status_code == 401, (
        "nor the code on another trip"
    )
    poisoned = site.app.test_client().get(START, environ_overrides={"HTTP_HOST": "evil.example"})
    assert "evil.example" not in poisoned.headers["Location"]
    with site.session() as session:
        session.execute(text("UPDATE app_user SET is_active = false WHERE username = 'hr.hanoi'"))
    closed = site.app.test_client()
    reply = closed.get(there(local.consent(set_out(closed), OFFICER)))
    assert (reply.status_code, "chưa gắn với tài khoản nào" in reply.text) == (401, True), (
        "as if it were not tied"
    )
    assert live(site) == (before[0] + 1, before[1])
    why = site.scalar(
        "SELECT array_agg(DISTINCT detail->>'why') FROM audit_event WHERE action = 'session.refused'"
    )
    monkeypatch.setattr(limits, "SOURCE", limits.Limit("source", 2, timedelta(minutes=5)))
    told = [
        site.app.test_client().get(BACK, environ_overrides={"REMOTE_ADDR": f"203.0.113.{place}"}).status_code
        for place in (7, 7, 7, 8)
    ]
    assert told == [401, 401, 429, 401], "refusals count for where they come from"
    assert {"nonce", "algorithm", "state", "state used", "no trip of this browser", "not tied", "old"} <= set(
        why
    )


def test_the_second_factor_is_ours_unless_they_saw_one(site: Bed, local: LocalIssuer) -> None:
    tie(site, local, "auditor1", "sub-auditor")
    phone = enrolled(site, "auditor1")
    client = site.app.test_client()
    page = client.get(there(local.consent(set_out(client, START + "?next=/nhat-ky"), "sub-auditor"))).text
    assert 'content="0;url=/login/ma?next=%2Fnhat-ky"' in page
    assert not signed_in(client)
    form = Page(client.get("/login/ma?next=/nhat-ky").text).form("otp")
    assert client.post("/login/ma", data=dict(form.filled) | {"otp": "000000"}).status_code == 401
    reply = client.post("/login/ma", data=dict(form.filled) | {"otp": phone.code()})
    assert (reply.headers["Location"], signed_in(client)) == ("/nhat-ky", True)
    told = "SELECT detail->>'by' FROM audit_event WHERE action = 'session.start' ORDER BY id DESC LIMIT 1"
    assert site.scalar(told) == "authority+app"
    local.lie = {"amr": ["pwd", "mfa"]}
    client = site.app.test_client()
    assert client.get(there(local.consent(set_out(client), "sub-auditor"))).headers["Location"] == "/"
    site.settings = replace(site.settings, second_factor="key")
    site._app = None
    officer = site.app.test_client()
    officer.set_cookie(SESSION, client.get_cookie(SESSION).value)
    keyed(Browser.of(officer), SoftKey(), otp=phone.code(1))
    client = site.app.test_client()
    client.get(there(local.consent(set_out(client), "sub-auditor")))
    assert not signed_in(client), "a key that we require nobody else has seen"
    tie(site, local, "admin1", "sub-admin")
    admin = site.app.test_client()
    reply = admin.get(there(local.consent(set_out(admin), "sub-admin")))
    assert reply.headers["Location"] == SECURITY
    assert admin.get("/quan-tri").headers["Location"] == SECURITY, "no right comes of it"


def test_an_issuer_that_is_silent_or_leads_elsewhere_opens_nothing_and_passwords_go_on(
    site: Bed, local: LocalIssuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def tried(client: FlaskClient) -> tuple[int, bool]:
        return client.get(START).status_code, "mật khẩu" in client.get(START).text

    other = LocalIssuer()
    try:
        for trouble in (
            {"away": True}, {"leads_to": f"{other.url}/.well-known/openid-configuration"},
            {"document": {"issuer": other.url}}, {"document": {"token_endpoint": "http://127.0.0.1:1/token"}},
            {"document": {"jwks_uri": "file:///etc/passwd"}}, {"document": {"authorization_endpoint": None}},
        ):  # fmt: skip
            issuer.issuer_of.cache_clear()
            local.start_over()
            vars(local).update(trouble)
            assert tried(site.app.test_client()) == (503, True), trouble
        assert other.asked == []
    finally:
        other.close()
    issuer.issuer_of.cache_clear()
    local.start_over()
    client = site.app.test_client()
    back = there(local.consent(set_out(client), OFFICER))
    local.away = True
    before = live(site)
    assert (client.get(back).status_code, signed_in(client), live(site)) == (503, False, before)
    local.away, asked = False, len(local.asked)
    again = site.app.test_client()
    assert again.get(there(local.consent(set_out(again), OFFICER))).status_code == 503, (
        "it is left alone for a while"
    )
    assert len(local.asked) == asked
    assert signed_in(Browser(site, "hr.hanoi").client)
    monkeypatch.setattr(issuer, "DOWN_FOR", 0)
    for kid, known in (("two", False), ("two", True)):
        local.keys, local.sign = (
            {"one": _KEYS[0], "two": _KEYS[1]},
            lambda claims: local.signed(claims, "two"),
        )
        monkeypatch.setattr(issuer, "KEYS_AGAIN", 0 if known else 30)
        if not known:
            local.keys = {"one": _KEYS[0]}
            local.sign = local.signed
            client = site.app.test_client()
            client.get(there(local.consent(set_out(client), OFFICER)))
            assert signed_in(client)
            local.keys, local.sign = {"two": _KEYS[1]}, lambda claims: local.signed(claims, "two")
        client = site.app.test_client()
        client.get(there(local.consent(set_out(client), OFFICER)))
        assert signed_in(client) is known, (
            f"{kid}: keys change, and are not asked for at every stranger's word"
        )
