"""The own account by browser: the second factor from its first code to its last, the password, where one is signed in."""

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from browsing import Browser, Page
from conftest import PASSWORD, Bed
from factor import Phone, enrolled, live, stand_still
from sqlalchemy import text
from test_login import SESSION, sign_in

from registry.access import factors
from registry.db import make_engine

SECURITY = "/tai-khoan/bao-mat"
PENDING = "cbccvc_pending"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def enter(client: Any, code: str, **more: str) -> Any:
    """Send the form of the second step as this browser has it."""
    form = Page(client.get("/login/ma").text).form("otp")
    return client.post("/login/ma", data=dict(form.filled) | {"otp": code} | more)


def secret_of(page: Page) -> bytes:
    """The secret as somebody types it from the page."""
    from base64 import b32decode

    typed = re.search(r"\b((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})\b", page.text)
    assert typed
    return b32decode(typed[1].replace(" ", ""))


def test_a_second_factor_from_its_first_code_to_its_last(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_still(monkeypatch)
    browser, earlier = Browser(registry, "approver.hanoi"), Browser(registry, "approver.hanoi")
    browser.open(SECURITY)
    csrf = browser.page.form("old").value("csrf")
    page = browser._take(browser.client.post(f"{SECURITY}/ung-dung/moi", data={"csrf": csrf}))
    assert 'src="data:image/svg+xml' in page.html
    phone = Phone(secret_of(page), [])
    stored = registry.scalar("SELECT secret FROM second_factor")
    assert phone.secret not in bytes(stored)

    page = browser.send("otp", otp="000000", password=PASSWORD)
    assert (browser.status, bool(page.error("otp"))) == (422, True)
    page = browser.send("otp", otp=phone.code(), password="sai")
    assert (browser.status, page.error("password")) == (401, "Lỗi: Mật khẩu hiện tại chưa đúng.")
    assert registry.scalar("SELECT count(*) FROM second_factor WHERE confirmed_at IS NOT NULL") == 0
    page = browser.send("otp", otp=phone.code(), password=PASSWORD)
    codes = re.findall(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}\b", page.text)
    assert len(set(codes)) == 10
    stored = registry.scalar("SELECT string_agg(c::text, ' ') FROM recovery_code c")
    assert not any(code in stored or factors.plain_code(code) in stored for code in codes)
    assert earlier.client.get("/cong-viec").status_code == 303, "what the password alone had opened is closed"
    assert browser.client.get("/cong-viec").status_code == 200

    client = registry.app.test_client()
    reply = sign_in(client, "approver.hanoi", next="/ho-so")
    assert reply.headers["Location"] == "/login/ma?next=%2Fho-so"
    assert client.get_cookie(SESSION) is None
    assert client.get("/ho-so").headers["Location"].startswith("/login"), "the password alone opens nothing"
    assert enter(client, phone.code()).status_code == 401, "the code that turned it on was used with that"
    assert live(registry)[0] == 1
    assert enter(client, phone.code(1), username="admin1").status_code == 303
    assert client.get("/ho-so").status_code == 200, (
        "as whom the password was given for, whatever the form says"
    )
    assert client.get("/quan-tri").status_code == 404
    assert client.get_cookie(PENDING, path="/login") is None
    assert registry.scalar("SELECT count(*) FROM sign_in_pending") == 0

    lost = registry.app.test_client()
    sign_in(lost, "approver.hanoi")
    assert enter(lost, codes[0]).status_code == 303
    lost = registry.app.test_client()
    sign_in(lost, "approver.hanoi")
    assert enter(lost, codes[0]).status_code == 401
    browser.open(SECURITY)
    assert "Còn 9 mã dự phòng" in browser.page.text
    page = browser.send("what", ("what", "codes"), password=PASSWORD, otp=codes[1])
    fresh = re.findall(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}\b", page.text)
    assert not set(fresh) & set(codes)
    browser.open(SECURITY)
    page = browser.send("what", ("what", "off"), password=PASSWORD, otp=codes[2])
    assert (browser.status, bool(page.error("otp"))) == (401, True), "the old codes are gone"
    assert "Đã tắt" in browser.send("what", ("what", "off"), password=PASSWORD, otp=fresh[2]).text
    assert sign_in(registry.app.test_client(), "approver.hanoi").headers["Location"] == "/"
    told = "SELECT array_agg(action ORDER BY id) FROM audit_event WHERE action LIKE 'factor.%'"
    assert registry.scalar(told) == ["factor.add", "factor.codes", "factor.drop"]


def test_the_second_step_is_for_the_browser_that_did_the_first_and_for_minutes(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_still(monkeypatch)
    phone = enrolled(registry, "auditor1")
    first, other = registry.app.test_client(), registry.app.test_client()
    sign_in(first, "auditor1")
    form = dict(Page(first.get("/login/ma").text).form("otp").filled) | {"otp": phone.code()}
    assert other.post("/login/ma", data=form).status_code == 400
    assert other.get("/login/ma").headers["Location"] == "/login"
    other.set_cookie(PENDING, first.get_cookie(PENDING, path="/login").value, path="/login")
    assert other.post("/login/ma", data=form).status_code == 400, "without the form's own cookie"
    with registry.session() as session:
        session.execute(text("UPDATE sign_in_pending SET expires_at = now()"))
    assert first.post("/login/ma", data=form).status_code == 400
    sign_in(first, "auditor1")
    with registry.session() as session:
        session.execute(text("UPDATE app_user SET is_active = false WHERE username = 'auditor1'"))
    assert first.post("/login/ma", data=form).status_code == 400
    assert live(registry) == (0, 0)


def test_a_role_that_needs_a_second_factor_gets_only_the_page_to_turn_it_on(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_still(monkeypatch)
    registry.settings = replace(registry.settings, second_factor="required")
    officer, admin = Browser(registry, "hr.hanoi"), Browser(registry, "admin1")
    assert officer.client.get("/ho-so").status_code == 200
    assert admin.path == SECURITY
    assert "cần xác thực hai lớp" in admin.page.text
    for path in ("/", "/cong-viec", "/quan-tri", "/to-chuc", "/luat", "/quan-tri/tai-khoan/moi"):
        reply = admin.client.get(path)
        assert (reply.status_code, reply.headers["Location"]) == (303, SECURITY), path
    before = registry.counts()
    csrf = admin.page.form("old").value("csrf")
    reply = admin.client.post("/quan-tri/tai-khoan/hr.hanoi/trang-thai", data={"csrf": csrf, "active": "0"})
    assert (reply.headers["Location"], registry.counts()) == (SECURITY, before)
    page = admin._take(admin.client.post(f"{SECURITY}/ung-dung/moi", data={"csrf": csrf}))
    phone = Phone(secret_of(page), [])
    admin.send("otp", otp=phone.code(), password=PASSWORD)
    assert admin.client.get("/quan-tri").status_code == 200, "and then everything, at once"


def test_an_account_is_recovered_by_two_administrators_in_the_browser(registry: Bed) -> None:
    enrolled(registry, "hr.hanoi")
    first, second = Browser(registry, "admin1"), Browser(registry, "admin2")
    account = "/quan-tri/tai-khoan/hr.hanoi"
    assert "Xác thực hai lớp" in first.open(account).text
    assert first.send("reason", ("what", "ask"), reason=" ").error("reason")
    page = first.send("reason", ("what", "ask"), reason="Mất điện thoại, đã gặp")
    halves = re.findall(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", page.text)
    first.open(account)
    assert [one[1] for one in first.page.form("what").buttons] == ["cancel"]
    assert "đề nghị khôi phục truy cập cho Trần Thu Hà" in second.open("/quan-tri").text
    second.open(account)
    halves += re.findall(r"\b[A-Z2-7]{4}-[A-Z2-7]{4}\b", second.send("what", ("what", "confirm")).text)
    assert len(halves) == 2

    client = registry.app.test_client()
    form = dict(Page(client.get("/login/khoi-phuc").text).form("first").filled) | {
        "username": "hr.hanoi", "first": halves[0], "second": halves[1],
    }  # fmt: skip
    differ = client.post("/login/khoi-phuc", data=form | {"password": "a" * 12, "again": "b"})
    assert (differ.status_code, bool(Page(differ.text).error("again"))) == (422, True)
    common = client.post("/login/khoi-phuc", data=form | dict.fromkeys(("password", "again"), "password1234"))
    assert (common.status_code, bool(Page(common.text).error("password"))) == (422, True)
    new = dict.fromkeys(("password", "again"), "ba cây chụm lại")
    assert client.post("/login/khoi-phuc", data=form | new).headers["Location"] == "/login?xong=1"
    assert sign_in(client, "hr.hanoi", "ba cây chụm lại").headers["Location"] == "/"


def test_what_ends_is_dead_on_every_instance_with_the_next_request(registry: Bed) -> None:
    from web.app import create_app

    engines = {
        role: make_engine(registry.engine(role).url.render_as_string(hide_password=False))
        for role in ("web", "stats")
    }
    second = create_app(registry.settings, engines)

    def there(browser: Browser) -> int:
        """What the second instance answers to the same cookie."""
        client = second.test_client()
        client.set_cookie(SESSION, browser.client.get_cookie(SESSION).value)
        return client.get("/ho-so").status_code

    try:
        browsers = [Browser(registry, "hr.hanoi") for _ in range(3)]
        assert [there(one) for one in browsers] == [200] * 3
        page = browsers[0].open(SECURITY)
        assert page.html.count(">phiên này<") == 1
        ended = next(one.action for one in page.forms if "/phien/" in one.action)
        browsers[0].client.post(ended, data={"csrf": page.form("old").value("csrf")})
        assert sorted(map(there, browsers)) == [200, 200, 303]
        browsers[0].open(SECURITY)
        page = browsers[0].send("old", old=PASSWORD, new="đi một ngày đàng", again="khác hẳn")
        assert (browsers[0].status, bool(page.error("again"))) == (422, True)
        page = browsers[0].send("old", old="sai", new="đi một ngày đàng", again="đi một ngày đàng")
        assert (browsers[0].status, bool(page.error("old"))) == (401, True)
        assert sorted(map(there, browsers)) == [200, 200, 303], "nothing changed"
        page = browsers[0].send("old", old=PASSWORD, new="đi một ngày đàng", again="đi một ngày đàng")
        assert "Đã đổi mật khẩu" in page.text
        assert [there(one) for one in browsers] == [200, 303, 303]
        csrf = page.form("old").value("csrf")
        out = browsers[0].client.post(f"{SECURITY}/dang-xuat", data={"csrf": csrf})
        assert out.headers["Location"] == "/login"
        assert live(registry) == (0, 0)

        right, account = Browser(registry, "hr.danang"), Browser(registry, "hr.moha")
        assert (there(right), there(account)) == (200, 200)
        with registry.session() as session:
            session.execute(
                text("""UPDATE access_grant SET valid_to = '2026-11-25' WHERE user_id =
                    (SELECT id FROM app_user WHERE username = 'hr.danang')""")
            )
        admin = Browser(registry, "admin1")
        admin.open("/quan-tri/tai-khoan/hr.moha")
        admin.send("active", ("active", "0"))
        assert (there(right), there(account)) == (404, 303)
        admin.send("active", ("active", "1"))
        assert there(account) == 303, "an account opened again begins without sessions"
    finally:
        for engine in engines.values():
            engine.dispose()


def test_a_session_ends_by_idleness_and_at_the_latest_after_ten_hours(registry: Bed) -> None:
    idle, old = Browser(registry, "hr.hanoi").client, Browser(registry, "hr.danang").client
    lasts = registry.scalar("SELECT min(expires_at - created_at) FROM web_session")
    assert timedelta(hours=9, minutes=59) < lasts <= timedelta(hours=10, seconds=5)

    def move(what: str, whose: str) -> None:
        with registry.session() as session:
            session.execute(
                text(f"""UPDATE web_session SET {what} WHERE user_id =
                    (SELECT id FROM app_user WHERE username = :whose)"""),
                {"whose": whose},
            )

    move("seen_at = now() - interval '29 minutes'", "hr.hanoi")
    assert (idle.get(SECURITY).status_code, old.get(SECURITY).status_code) == (200, 200)
    move("seen_at = now() - interval '31 minutes'", "hr.hanoi")
    move("expires_at = now() - interval '1 second'", "hr.danang")
    for client in (idle, old):
        assert (client.get("/cong-viec").status_code, client.get(SECURITY).status_code) == (303, 303)


def test_production_knows_no_demonstration_account_and_binds_its_cookie(registry: Bed) -> None:
    held = Browser(registry, "hr.hanoi").client.get_cookie(SESSION).value
    with registry.session() as session:
        session.execute(text("UPDATE app_user SET is_demo = false WHERE username = 'hr.danang'"))
    registry.settings = replace(registry.settings, env="production")
    registry._app = None
    client = registry.app.test_client()
    client.set_cookie(f"__Host-{SESSION}", held)
    assert client.get("/cong-viec").status_code == 303
    refused = sign_in(registry.app.test_client(), "hr.hanoi")
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng" in refused.text
    reply = sign_in(registry.app.test_client(), "hr.danang")
    cookie = next(one for one in reply.headers.getlist("Set-Cookie") if "session" in one).split("; ")
    assert cookie[0].startswith(f"__Host-{SESSION}=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie)


def test_the_list_names_the_browser_coarsely_and_no_address_and_new_places_are_told(registry: Bed) -> None:
    def signed_in(agent: str, address: str) -> Any:
        client = registry.app.test_client()
        form = dict(Page(client.get("/login").text).form("password").filled)
        client.post(
            "/login",
            data=form | {"username": "hr.hanoi", "password": PASSWORD},
            headers={"User-Agent": agent},
            environ_overrides={"REMOTE_ADDR": address},
        )
        return client

    owner = signed_in(FIREFOX, "203.0.113.77")
    signed_in(FIREFOX, "203.0.113.77")
    page = Page(owner.get(SECURITY).text)
    assert "Firefox, Linux" in page.text
    assert "203.0.113.77" not in page.html
    rows = registry.scalar("SELECT string_agg(s::text, ' ') FROM sign_in_source s")
    assert "203.0.113.77" not in rows
    assert "nơi mới" not in page.text + owner.get("/cong-viec").text
    stranger = signed_in("curl/8.14", "198.51.100.9")
    assert "đã đăng nhập từ nơi mới" in owner.get("/cong-viec").text
    page = Page(owner.get(SECURITY).text)
    assert page.text.count("từ nơi mới") == 2, "at the top, and at the session"
    assert "curl. Không phải bạn" in page.text
    assert "đã đăng nhập từ nơi mới" not in stranger.get("/cong-viec").text
    assert "lần đăng nhập trước" in Page(stranger.get(SECURITY).text).text
    signed_in("curl/8.14", "198.51.100.9")
    assert registry.scalar("SELECT count(*) FROM web_session WHERE new_place") == 1, "then it is known"
