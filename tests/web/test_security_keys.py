"""Security keys by browser: added, used, removed, required; and every way in which an answer is not that of the account's key."""

import json
import re
import shutil
import threading
import time
from base64 import urlsafe_b64encode
from dataclasses import replace
from typing import Any

import pytest
from browsing import Browser, Page
from conftest import PASSWORD, Bed
from factor import enrolled, kind, knock, live, stand_still, told_lightly
from flask.testing import FlaskClient
from issuer import LocalIssuer
from softkey import ORIGIN, SoftKey, asked
from sqlalchemy import text
from test_login import SESSION, sign_in
from werkzeug.serving import make_server

from registry.access import factors

SECURITY = "/tai-khoan/bao-mat"
KEYS, NEW, CODE = f"{SECURITY}/khoa", f"{SECURITY}/khoa/moi", "/login/ma"


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    told_lightly(monkeypatch)


@pytest.fixture
def site(registry: Bed) -> Bed:
    """A registry that knows where browsers find it."""
    registry.settings = replace(registry.settings, public_url=ORIGIN)
    return registry


def keyed(browser: Browser, key: SoftKey, **given: str) -> tuple[SoftKey, Page]:
    """Add a key to the account of whoever is signed in; the key, and the page that follows."""
    browser.open(SECURITY)
    page = browser.send("name", name="Khóa", password=PASSWORD, **given)
    return key, browser.send("answer", answer=key.create(asked(page.html, KEYS)))


def first_step(bed: Bed, username: str) -> FlaskClient:
    """A browser in which the password was right."""
    client = bed.app.test_client()
    assert sign_in(client, username).headers["Location"] == CODE
    return client


def answer(client: FlaskClient, sent: str, **more: str) -> Any:
    """Send what a key answered by the form of the second step."""
    form = Page(client.get(CODE).text).form("answer")
    return client.post(CODE, data=dict(form.filled) | {"answer": sent} | more)


def forget_tries(bed: Bed) -> None:
    with bed.session() as session:
        session.execute(text("DELETE FROM sign_in_tries"))


def test_a_security_key_from_its_first_touch_to_its_last(site: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch)
    browser, earlier = Browser(site, "approver.hanoi"), Browser(site, "approver.hanoi")
    browser.open(SECURITY)
    page = browser.send("name", name="Khóa xanh", password="sai")
    assert (browser.status, bool(page.error("new-password"))) == (401, True)
    page = browser.send("name", name=" ", password=PASSWORD)
    assert (browser.status, bool(page.error("new-name"))) == (422, True)
    page = browser.send("name", name="Khóa xanh", password=PASSWORD)
    blue, told = SoftKey(), asked(page.html, KEYS)
    assert (told["attestation"], told["rp"]["id"]) == ("none", "localhost")
    for lie in (
        {"origin": "https://can-bo.example"}, {"rp": "example.vn"}, {"type": "webauthn.get"}, {"present": 0},
        {"challenge": urlsafe_b64encode(bytes(56)).decode()}, {"framed": True},
    ):  # fmt: skip
        browser.open(SECURITY)
        page = browser.send("name", name="Khóa xanh", password=PASSWORD)
        browser.send("answer", answer=blue.create(asked(page.html, KEYS), **lie))
        assert browser.status == 422, lie
    assert site.scalar("SELECT count(*) FROM security_key") == 0
    browser, page = browser, browser.open(SECURITY)
    browser.send("name", name="Khóa xanh", password=PASSWORD)
    sent = dict(browser.page.form("answer").filled) | {"answer": blue.create(told)}
    assert (
        earlier.client.post(
            KEYS, data=sent | {"csrf": earlier.open(SECURITY).form("old").value("csrf")}
        ).status_code
        == 422
    )
    page = browser._take(browser.client.post(KEYS, data=sent))
    codes = re.findall(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}\b", page.text)
    assert len(set(codes)) == 10, "with the first factor come recovery codes"
    browser.client.post(KEYS, data=sent)
    assert site.scalar("SELECT count(*) FROM security_key") == 1, "an answer is taken once"
    assert earlier.client.get("/cong-viec").status_code == 303, "what the password alone had opened is closed"

    forget_tries(site)
    client = first_step(site, "approver.hanoi")
    assert client.get("/ho-so").headers["Location"].startswith("/login"), "the password alone opens nothing"
    assert answer(client, "", by="key").status_code == 422, "without scripts it says what to do"
    assert site.scalar("SELECT count(*) FROM sign_in_tries") == 0
    assert answer(client, blue.get(asked(client.get(CODE).text, CODE))).status_code == 303
    assert client.get("/ho-so").status_code == 200
    lost = first_step(site, "approver.hanoi")
    form = Page(lost.get(CODE).text).form("otp")
    assert lost.post(CODE, data=dict(form.filled) | {"otp": codes[0]}).status_code == 303
    ways = "SELECT array_agg(detail->>'by' ORDER BY id) FROM audit_event WHERE action = 'session.start'"
    assert site.scalar(ways) == ["password", "password", "password+key", "password+recovery"]

    assert kind(knock(site, "approver.hanoi")) == (401, "browser_required")
    assert knock(site, "approver.hanoi", otp=codes[1]).status_code == 201

    browser.open(SECURITY)
    red, before = SoftKey(), live(site)
    for sent in (
        {},
        {"otp": "000000"},
        {"answer": blue.get(asked(browser.page.html, NEW), origin="http://localhost")},
    ):
        browser.open(SECURITY)
        browser.send("name", name="Khóa đỏ", password=PASSWORD, **sent)
        assert browser.status == 401, "a second one wants the first"
    page = browser.open(SECURITY)
    lifted = {"rp": {"id": "localhost"}, "challenge": asked(page.html, NEW)["challenge"]}
    sent = {"csrf": page.form("old").value("csrf"), "name": "Khóa đỏ", "answer": red.create(lifted)}
    assert browser.client.post(KEYS, data=sent).status_code == 422, "what the page gives anybody makes no key"
    browser.open(SECURITY)
    page = browser.send(
        "name", name="Khóa đỏ", password=PASSWORD, answer=blue.get(asked(browser.page.html, NEW))
    )
    page = browser.send("answer", answer=red.create(asked(page.html, KEYS)))
    assert (live(site), "Khóa đỏ" in page.text) == ((1, 0), True), f"other sessions end: {before}"
    theirs, stranger = Browser(site, "hr.danang"), site.scalar("SELECT min(uid::text) FROM security_key")
    theirs.open(SECURITY)
    csrf = theirs.page.form("old").value("csrf")
    for uid, status in ((stranger, 404), ("khong", 404)):
        reply = theirs.client.post(f"{KEYS}/{uid}", data={"csrf": csrf, "password": PASSWORD})
        assert reply.status_code == status
    for name in ("Khóa xanh", "Khóa đỏ"):
        uid = site.scalar("SELECT uid::text FROM security_key WHERE name = :name", name=name)
        data = {"csrf": page.form("old").value("csrf"), "password": PASSWORD}
        assert browser.client.post(f"{KEYS}/{uid}", data=data).status_code == 401, "not by the password alone"
        forget_tries(site)
        mine = asked(browser.open(SECURITY).html, f"{KEYS}/{uid}")
        reply = browser.client.post(f"{KEYS}/{uid}", data=data | {"answer": red.get(mine)})
        assert reply.headers["Location"] == f"{SECURITY}?xong=xoa-khoa", name
    assert site.scalar("SELECT count(*) FROM recovery_code") == 0, "they stood in for something that is gone"
    assert sign_in(site.app.test_client(), "approver.hanoi").headers["Location"] == "/"
    told = "SELECT array_agg(action || ' ' || (detail->>'key') ORDER BY id) FROM audit_event WHERE action LIKE 'key.%'"
    assert site.scalar(told) == [
        "key.add Khóa xanh", "key.add Khóa đỏ", "key.drop Khóa xanh", "key.drop Khóa đỏ",
    ]  # fmt: skip


def test_an_answer_that_is_not_of_the_accounts_key_here_and_now_opens_nothing(
    site: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, _ = keyed(Browser(site, "auditor1"), SoftKey(5))
    other, _ = keyed(Browser(site, "auditor2"), SoftKey(5))
    client, another = first_step(site, "auditor1"), first_step(site, "auditor2")
    second = first_step(site, "auditor1")
    held = live(site)

    def told(of: FlaskClient = client) -> dict[str, Any]:
        return asked(of.get(CODE).text, CODE)

    used = told()
    tampered = json.loads(mine.get(told()))
    tampered["response"]["signature"] = tampered["response"]["signature"][:-6] + "AAAAAA"
    attacks = {
        "of another address": lambda: mine.get(told(), origin="https://localhost:8000"),
        "of another port": lambda: mine.get(told(), origin="http://localhost:8001"),
        "for another site": lambda: mine.get(told(), rp="example.vn"),
        "in a frame": lambda: mine.get(told(), framed=True),
        "untouched": lambda: mine.get(told(), present=0),
        "a registration": lambda: mine.get(told(), type="webauthn.create"),
        "a challenge of one's own": lambda: mine.get(told(), challenge="AAAA"),
        "tampered": lambda: json.dumps(tampered),
        "by another key": lambda: other.get(told()),
        "under the name of another key": lambda: other.get(told(), id=mine.id),
        "in the name of this key by another": lambda: mine.get(told(), sign=other),
        "the challenge of another account": lambda: mine.get(told(another)),
        "the challenge of another browser": lambda: mine.get(told(second)),
        "a bad signature first": lambda: mine.get(used, sign=other),
        "and a good one for the same challenge": lambda: mine.get(used),
        "the counter stands": lambda: mine.get(told(), count=0),
        "nothing": lambda: "x" * 30_000,
        "no text": lambda: "[]",
    }
    for what, sent in attacks.items():
        forget_tries(site)
        assert answer(client, sent()).status_code == 401, what
        assert site.scalar("SELECT count(*) FROM sign_in_tries") == 1, what
    assert live(site) == held
    assert client.get_cookie(SESSION) is None

    forget_tries(site)
    slow = mine.get(told())
    with monkeypatch.context() as later:
        stand_still(later, time.time() + 301)
        assert answer(client, slow).status_code == 401, "after five minutes"
    good = mine.get(told())
    assert answer(client, good).status_code == 303
    second = first_step(site, "auditor1")
    assert answer(second, good).status_code == 401, "what was used elsewhere"
    copied = mine.get(told(second), count=mine.count - 1)
    assert answer(second, copied).status_code == 401, "a copy of the key is behind"
    assert "counter" in site.scalar("SELECT string_agg(detail->>'why', ' ') FROM audit_event")
    forget_tries(site)
    for _ in range(5):
        answer(second, mine.get(told(second), sign=other))
    late = answer(second, mine.get(told(second)))
    assert (late.status_code, 0 < int(late.headers["Retry-After"]) <= 300) == (429, True)
    forget_tries(site)
    with site.session() as session:
        session.execute(text("UPDATE sign_in_pending SET expires_at = now()"))
    assert second.get(CODE).headers["Location"] == "/login"


def test_where_keys_are_required_nothing_else_will_do(site: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_still(monkeypatch)
    site.settings = replace(site.settings, second_factor="key")
    phone = enrolled(site, "admin1")
    admin = first_step(site, "admin1")
    form = Page(admin.get(CODE).text).form("otp")
    reply = admin.post(CODE, data=dict(form.filled) | {"otp": phone.code()})
    assert reply.headers["Location"] == SECURITY
    assert admin.get("/quan-tri").headers["Location"] == SECURITY, "an app is not enough"
    browser = Browser.of(admin)
    browser.open(SECURITY)
    assert "cần xác thực hai lớp bằng khóa bảo mật" in browser.page.text
    key, _ = keyed(browser, SoftKey(), otp=phone.code(1))
    assert admin.get("/quan-tri").status_code == 200, "and then everything, at once"

    again, held = first_step(site, "admin1"), live(site)
    assert "otp" not in [name for form in Page(again.get(CODE).text).forms for name, _ in form.filled]
    codes = [factors.code_at(phone.secret, int(factors.now() // factors.STEP) + 1), phone.codes[0]]
    form = Page(again.get(CODE).text).form("answer")
    for otp in codes:
        sent = dict(form.filled) | {"otp": otp, "by": ""}
        assert again.post(CODE, data=sent).status_code == 401, "neither of the app nor for recovery"
    assert kind(knock(site, "admin1", otp=phone.code())) == (401, "browser_required")
    assert live(site) == held
    assert answer(again, key.get(asked(again.get(CODE).text, CODE))).status_code == 303
    uid = site.scalar("SELECT uid::text FROM security_key")
    browser.open(SECURITY)
    data = {"csrf": browser.page.form("old").value("csrf"), "password": PASSWORD}
    data["answer"] = key.get(asked(browser.page.html, f"{KEYS}/{uid}"))
    assert browser.client.post(f"{KEYS}/{uid}", data=data).status_code == 303
    assert browser.client.get("/quan-tri").headers["Location"] == SECURITY, (
        "without its last key it begins anew"
    )


CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine to play the browser")
def test_a_real_browser_adds_a_key_and_signs_in_with_it_and_comes_back_from_elsewhere(registry: Bed) -> None:
    from playwright.sync_api import sync_playwright

    elsewhere = LocalIssuer()
    server = make_server("127.0.0.1", 0, lambda *given: registry.app(*given), threaded=True)
    url = f"http://localhost:{server.port}"
    registry.settings = replace(registry.settings, public_url=url, authority=elsewhere.authority)
    assert registry.app
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
            page = chromium.new_page()
            page.set_default_timeout(10_000)
            authenticator = page.context.new_cdp_session(page)
            authenticator.send("WebAuthn.enable")
            made = authenticator.send(
                "WebAuthn.addVirtualAuthenticator",
                {
                    "options": {
                        "protocol": "ctap2", "transport": "usb", "hasUserVerification": True,
                        "isUserVerified": True, "automaticPresenceSimulation": True,
                    }
                },
            )  # fmt: skip

            def sign_in_there() -> None:
                page.goto(f"{url}/login")
                page.fill("#username", "auditor1")
                page.fill("#password", PASSWORD)
                page.click("button.btn--main")

            sign_in_there()
            page.goto(url + SECURITY)
            page.click("text=Thêm khóa")
            page.fill("#new-name", "Khóa của Chromium")
            page.fill("#new-password", PASSWORD)
            page.click("form[action$='/khoa/moi'] button")
            page.click("form[action$='/khoa'] button")
            page.wait_for_selector("ul.codes")
            page.context.clear_cookies()
            sign_in_there()
            page.click("#key button")
            page.wait_for_url(f"{url}/cong-viec")
            page.goto(url + SECURITY)
            page.click("summary:has-text('Gắn')")
            page.fill("#tie-password", PASSWORD)
            page.click("form[action$='/dinh-danh'] button")
            page.click("a[href^='/login/oidc']")
            page.click("#yes")
            page.wait_for_url(f"{url}{SECURITY}?xong=gan")
            page.context.clear_cookies()
            page.goto(f"{url}/login?next=/nhat-ky")
            page.click("a[href^='/login/oidc']")
            page.click("#yes")  # on a page of another site, from which strict cookies do not come
            page.click("#key button")
            page.wait_for_url(f"{url}/nhat-ky")
            uid = registry.scalar("SELECT uid::text FROM security_key")
            page.goto(url + SECURITY)
            page.click("text=Khóa của Chromium")
            page.fill(f"#{uid}-password".replace("#", "[id='") + "']", PASSWORD)
            page.click(f"form[action$='{uid}'] button")
            page.wait_for_url(f"{url}{SECURITY}?xong=xoa-khoa")
            assert authenticator.send("WebAuthn.getCredentials", made)["credentials"], "it was that key"
            chromium.close()
    finally:
        server.shutdown()
        elsewhere.close()
    ways = "SELECT array_agg(detail->>'by' ORDER BY id) FROM audit_event WHERE action = 'session.start'"
    assert registry.scalar(ways) == ["password", "password+key", "authority+key"]
    told = "SELECT array_agg(action ORDER BY id) FROM audit_event WHERE action LIKE 'key.%'"
    assert registry.scalar(told) == ["key.add", "key.drop"]
