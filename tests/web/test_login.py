"""Signing in by browser: what is counted, what is refused, what dies with a session, where one is led."""

import pytest
from browsing import Browser, Page
from conftest import PASSWORD, Bed
from flask.testing import FlaskClient
from sqlalchemy import text

from registry.access import passwords
from web.pages import safe_next

SESSION = "cbccvc_session"


def sign_in(client: FlaskClient, username: str, password: str = PASSWORD, **more: str) -> object:
    """Open the form as a browser does and send it."""
    form = Page(client.get("/login").text).form("password")
    return client.post("/login", data=dict(form.filled) | {"username": username, "password": password} | more)


def test_signing_in_leads_back_to_the_page_that_was_wanted(demo: Bed) -> None:
    client = demo.app.test_client()
    turned_away = client.get("/ho-so?q=an")
    assert (turned_away.status_code, turned_away.headers["Location"]) == (
        303,
        "/login?next=%2Fho-so%3Fq%3Dan",
    )
    form = Page(client.get(turned_away.headers["Location"]).text).form("password")
    reply = client.post("/login", data=dict(form.filled) | {"username": "hr.hanoi", "password": PASSWORD})
    assert (reply.status_code, reply.headers["Location"]) == (303, "/ho-so?q=an")
    assert client.get("/ho-so?q=an").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/a\r\nX: y",
        "javascript:x",
    ],
)
def test_an_address_elsewhere_is_never_gone_on_to(demo: Bed, wanted: str) -> None:
    assert safe_next(wanted) == "/"
    assert sign_in(demo.app.test_client(), "hr.hanoi", next=wanted).headers["Location"] == "/"
    assert (
        demo.app.test_client()
        .get("/ngon-ngu", query_string={"lang": "en", "next": wanted})
        .headers["Location"]
        == "/"
    )


def test_the_cookie_is_closed_to_scripts_and_other_sites_and_secure_in_production(demo: Bed) -> None:
    reply = sign_in(demo.app.test_client(), "hr.hanoi")
    cookie = next(one for one in reply.headers.getlist("Set-Cookie") if one.startswith(SESSION))
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Secure" not in cookie, "the demonstration runs without TLS"
    assert "Max-Age" not in cookie, "it ends with the browser"
    assert "Expires" not in cookie


def test_a_session_key_chosen_by_somebody_else_is_never_taken_over(registry: Bed) -> None:
    client = registry.app.test_client()
    client.set_cookie(SESSION, "chosen-by-somebody-else")
    form = dict(Page(client.get("/login").text).form("password").filled)
    client.post("/login", data=form | {"username": "hr.hanoi", "password": PASSWORD})
    key = client.get_cookie(SESSION).value
    assert key != "chosen-by-somebody-else"
    client.post("/login", data=form | {"username": "approver.hanoi", "password": PASSWORD})
    assert client.get_cookie(SESSION).value != key
    old = registry.app.test_client()
    old.set_cookie(SESSION, key)
    assert old.get("/cong-viec").status_code == 303, "the first session ended when the second began"


def test_signing_out_kills_the_session_on_the_server(registry: Bed) -> None:
    browser = Browser(registry, "hr.hanoi")
    key = browser.client.get_cookie(SESSION).value
    out = next(one for one in browser.page.forms if one.action == "/logout")
    left = browser.client.post("/logout", data=dict(out.filled)).headers
    assert (left["Location"], left["Clear-Site-Data"]) == ("/login", '"cache", "storage"')
    thief = registry.app.test_client()
    thief.set_cookie(SESSION, key)
    reply = thief.get("/ho-so")
    assert (reply.status_code, reply.headers["Location"]) == (303, "/login?next=%2Fho-so&het=1")
    assert "Phiên làm việc đã hết" in thief.get(reply.headers["Location"]).text
    assert registry.scalar("SELECT count(*) FROM web_session WHERE ended_at IS NULL") == 0


def test_wrong_passwords_are_counted_told_and_lock_the_account(registry: Bed) -> None:
    client = registry.app.test_client()
    told = [Page(sign_in(client, "hr.hanoi", "wrong").text).text for _ in range(5)]
    assert "Còn 4 lần thử" in told[0]
    assert "Còn 1 lần thử" in told[3]
    assert "tạm khóa đến" in told[4]
    right = sign_in(client, "hr.hanoi")
    assert right.status_code == 429
    assert 0 < int(right.headers["Retry-After"]) <= 900
    assert "Quá nhiều lần thử. Thử lại sau 15 phút." in right.text
    assert client.get_cookie(SESSION) is None
    assert registry.scalar("SELECT count(*) FROM audit_event WHERE action = 'session.refused'") == 5


def test_an_unknown_name_costs_the_same_hash_as_a_wrong_password(
    demo: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes the time of an answer is one hash, whoever is named: else the time would tell who has an account."""
    real, hashed = passwords.matches, []
    monkeypatch.setattr(
        passwords, "matches", lambda kept, sent: hashed.append(kept.rpartition("$")[0]) or real(kept, sent)
    )
    for name in ("hr.danang", "nobody", "a" * 100):
        sign_in(demo.app.test_client(), name, "wrong")
    for name in ("hr.danang", "nobody"):
        demo.api().post("/tokens", json={"username": name, "password": "wrong"})
    parameters = {one.split("$")[3] for one in hashed}
    assert (len(hashed), len(parameters)) == (5, 1), hashed


def test_an_unknown_name_reads_like_a_wrong_password(demo: Bed) -> None:
    unknown = Page(sign_in(demo.app.test_client(), "nobody", "wrong").text)
    assert "Tên đăng nhập hoặc mật khẩu chưa đúng." in unknown.text
    assert unknown.form("password").value("username") == "nobody", "what was typed is still there"
    assert "wrong" not in unknown.html, "except the password"


def test_the_sign_in_form_of_another_browser_is_refused(demo: Bed) -> None:
    form = Page(demo.app.test_client().get("/login").text).form("password")
    other = demo.app.test_client()
    reply = other.post("/login", data=dict(form.filled) | {"username": "hr.hanoi", "password": PASSWORD})
    assert reply.status_code == 400
    assert other.get_cookie(SESSION) is None


def test_a_form_without_the_token_of_its_session_writes_nothing(registry: Bed) -> None:
    one, another = Browser(registry, "hr.hanoi"), Browser(registry, "hr.danang")
    theirs = next(form for form in another.page.forms if form.action == "/logout").value("csrf")
    for sent in ({}, {"csrf": ""}, {"csrf": theirs}):
        assert one.client.post("/logout", data=sent).status_code in (400, 422)
        assert one.client.get("/cong-viec").status_code == 200, "still signed in"
    mine = next(form for form in one.page.forms if form.action == "/logout").value("csrf")
    assert one.client.post("/logout", headers={"X-CSRF-Token": mine}).status_code == 303


def test_a_revoked_right_and_a_closed_account_are_gone_at_the_next_page(registry: Bed) -> None:
    browser = Browser(registry, "hr.hanoi")
    assert browser.client.get("/ho-so").status_code == 200
    with registry.session() as session:
        session.execute(
            text("""UPDATE access_grant SET valid_to = '2026-11-25' WHERE user_id =
                                (SELECT id FROM app_user WHERE username = 'hr.hanoi')""")
        )
    assert browser.client.get("/ho-so").status_code == 404
    with registry.session() as session:
        session.execute(text("UPDATE app_user SET is_active = false WHERE username = 'hr.hanoi'"))
    assert browser.client.get("/cong-viec").status_code == 303


def test_static_files_are_kept_long_under_the_name_of_their_content(demo: Bed) -> None:
    client = demo.app.test_client()
    page = client.get("/login").text
    address = page.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert address.startswith("/static/app.css?v=")
    reply = client.get(address, headers={"Accept-Encoding": "gzip"})
    assert "max-age=31536000" in reply.headers["Cache-Control"]
    assert reply.headers["Content-Encoding"] == "gzip"
    assert len(reply.data) <= 12 * 1024
    reply.close()
    assert client.get("/static/../app.py").status_code == 404


def test_the_language_is_kept_and_vietnamese_comes_first(demo: Bed) -> None:
    client = demo.app.test_client()
    assert '<html lang="vi">' in client.get("/login", headers={"Accept-Language": "en"}).text
    client.get("/ngon-ngu?lang=en&next=/login")
    page = client.get("/login").text
    assert '<html lang="en">' in page
    assert "Sign in" in page


def test_an_error_of_the_api_stays_json_and_that_of_a_page_is_a_page(demo: Bed) -> None:
    client = demo.app.test_client()
    assert client.get("/api/v1/officials/x").mimetype == "application/problem+json"
    assert client.get("/api/v1/khong-co").mimetype == "application/problem+json"
    page = client.get("/khong-co")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "Không có trang này, hoặc bạn không được xem" in page.text
