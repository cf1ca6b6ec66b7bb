"""The second factor once more, on pages: one page, nothing that was entered is lost, and on with what was asked for."""

import pytest
from browsing import Browser
from conftest import Bed
from factor import enrolled, stand_still
from make import newcomer, submitted
from walk import work

from registry.access import factors, recent


def signed_in(bed: Bed, username: str, code: str) -> Browser:
    """A browser of an account that has an app."""
    browser = Browser.__new__(Browser)
    browser.client, browser.status, browser.path = bed.app.test_client(), 0, ""
    browser.open("/login")
    browser.send("password", username=username, password="Demo-Registry-2026")
    browser.send("otp", otp=code)
    return browser


def later(bed: Bed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The factor given at the sign-in is old, and the app shows another code."""
    bed.scalar(
        "UPDATE web_session SET proved_at = proved_at - CAST(:t AS interval) RETURNING 1", t=recent.LASTS
    )
    stand_still(monkeypatch, factors.now() + factors.STEP)


def test_an_approval_is_asked_for_once_more_and_done_with_the_words_that_were_given(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_still(monkeypatch)
    uid = submitted(registry, [newcomer()])
    phone = enrolled(registry, "approver.hanoi")
    approver = signed_in(registry, "approver.hanoi", phone.code())
    number = registry.scalar("SELECT number FROM change WHERE uid = :uid", uid=uid)
    approver.open(f"/de-nghi/{number}")
    later(registry, monkeypatch)
    seen = {"seen": "1"} if "seen" in approver.page.form("digest").choices else {}
    approver.send("digest", opinion="approve", reason="Đã đối chiếu với bản gốc", **seen)
    assert approver.status == 401
    assert "Xác thực lại" in approver.page.text
    assert approver.page.form("otp").value("reason") == "Đã đối chiếu với bản gốc"
    assert registry.scalar("SELECT status FROM change WHERE uid = :uid", uid=uid) == "submitted"

    approver.send("otp", otp="000000")
    assert approver.status == 401
    assert "Mã chưa đúng" in approver.page.text or "Mã không đúng" in approver.page.text
    assert approver.page.form("otp").value("reason") == "Đã đối chiếu với bản gốc", "still there"
    approver.send("otp", otp=phone.code())
    assert (approver.status, approver.path) == (200, f"/de-nghi/{number}?xong=approve")
    assert registry.scalar("SELECT status || ': ' || reason FROM change WHERE uid = :uid", uid=uid) == (
        "approved: Đã đối chiếu với bản gốc"
    )


def test_a_file_of_the_trail_is_fetched_after_the_page_that_asks(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_still(monkeypatch)
    phone = enrolled(registry, "auditor1")
    auditor = signed_in(registry, "auditor1", phone.code())
    with registry.acting("auditor1") as (session, actor):
        from registry.bulk import exporting

        run = exporting.ask(
            session, actor, what="trail", asked={}, form="csv", today=registry.settings.today_or_now()
        ).uid
    work(registry)
    later(registry, monkeypatch)
    auditor.open(f"/xuat-du-lieu/{run}/tep")
    assert auditor.status == 401, auditor.path
    auditor.send("otp", otp=phone.code())
    assert auditor.status == 200
    assert auditor.response.headers["Content-Disposition"].startswith("attachment")
