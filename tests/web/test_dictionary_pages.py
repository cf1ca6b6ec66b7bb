"""The page of the dictionary of fields: found without a script, its lists opened by whoever reads it, its file."""

import csv
import io

import pytest
from browsing import Browser
from conftest import Bed

from registry.officials.facts import FACTS


@pytest.mark.parametrize("username", ["hr.hanoi", "statistician1", "admin1", "official1"])
def test_everybody_signed_in_finds_fields_and_opens_their_lists(demo: Bed, username: str) -> None:
    browser = Browser(demo, username)
    page = browser.open("/truong-du-lieu")
    for kind in FACTS.values():
        assert kind.label.vi in page.text
    assert "/truong-du-lieu.csv" in page.links
    found = browser.send("nhom", q="quan ham", nhom="8")
    assert "Quân hàm cao nhất" in found.text
    assert "Số sổ BHXH" not in found.text
    [ranks] = [link for link in found.links if link.endswith("/danh-muc/military_ranks")]
    assert "Đại tá" in browser.open(ranks).text
    nothing = browser.open("/truong-du-lieu?q=khongcotruongnao")
    assert "Không có trường nào khớp" in nothing.text
    assert browser.client.get("/truong-du-lieu?nhom=11").status_code == 404


def test_shares_of_secret_fields_stand_on_the_page_of_an_auditor_only(demo: Bed) -> None:
    closed = Browser(demo, "hr.hanoi").open("/truong-du-lieu?q=personal_history")
    assert "Chỉ kiểm tra viên xem" in closed.text
    assert " %" not in closed.text
    shown = Browser(demo, "auditor1").open("/truong-du-lieu?q=personal_history")
    assert "Chỉ kiểm tra viên xem" not in shown.text
    assert " %" in shown.text


def test_the_file_holds_the_fields_that_the_page_shows(demo: Bed) -> None:
    browser = Browser(demo, "hr.hanoi")
    [link] = [one for one in browser.open("/truong-du-lieu?nhom=10").links if ".csv" in one]
    reply = browser.client.get(link)
    rows = list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig"))))
    assert {row["kind"] for row in rows} == {"health"}
    assert [row["field"] for row in rows] == [one.name for one in FACTS["health"].fields]
