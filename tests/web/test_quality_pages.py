"""The pages of data quality: who is shown people, sorting, from a finding to the form that mends it."""

import csv
import io

import pytest
from browsing import Browser
from conftest import Planted

from registry.quality.rules import RULES
from seed.defects import BREAKS


@pytest.fixture(scope="module")
def hanoi(planted: Planted) -> Browser:
    return Browser(planted.bed, "hr.hanoi")


def mine(planted: Planted) -> dict[str, str]:
    """Name of the defect → uuid of an official of Hà Nội on whom it is planted."""
    found = {}
    for official, name in planted.on.items():
        uid = planted.bed.scalar(
            """SELECT c.uid::text FROM official_current c JOIN organization o ON o.code = 'H26'
                AND c.org_ord BETWEEN o.ord AND o.last WHERE c.official_id = :id""",
            id=official,
        )
        if uid:
            found[name] = uid
    return found


def test_an_officer_goes_from_a_finding_to_the_form_with_person_kind_and_fact_filled_in(
    planted: Planted, hanoi: Browser
) -> None:
    page = hanoi.open("/chat-luong")
    assert hanoi.status == 200
    assert "Xếp hạng cơ quan, đơn vị" in page.text
    links = [one for one in page.links if one.startswith("/de-nghi/moi?official=")]
    assert links
    for name, uid in mine(planted).items():
        rule = RULES[BREAKS[name]]
        if rule.mend == "look":
            continue
        link = next(one for one in links if uid in one)
        form = hanoi.open(link.partition("#")[0])
        assert hanoi.status == 200, link
        anchor = link.partition("#")[2]
        if anchor:
            assert f'id="{anchor}"' in form.html or f'name="{anchor}"' in form.html, (link, anchor)


def test_a_record_shows_what_needs_mending_and_why_its_score_is_what_it_is(
    planted: Planted, hanoi: Browser
) -> None:
    uid = mine(planted)["pay_on_statement"]
    page = hanoi.open(f"/ho-so/{uid}")
    assert "Chất lượng dữ liệu" in page.text
    assert "bản tự khai" in page.text
    assert "Vì sao điểm như vậy?" in page.text
    assert any("action=correct" in one for one in page.links)
    approver = Browser(planted.bed, "approver.hanoi").open(f"/ho-so/{uid}")
    assert "bản tự khai" in approver.text
    assert not any("/de-nghi/moi" in one for one in approver.links), "who does not record is offered no form"


def test_the_table_is_sorted_by_the_column_asked_for(hanoi: Browser) -> None:
    page = hanoi.open("/chat-luong?sort=-records")
    rows = page.html.split('id="xep-hang"')[1].split("</table>")[0].split('<th scope="row">')[1:]
    records = [int(one.split('<td class="num ruled">')[1].split("<")[0].replace(".", "")) for one in rows]
    assert len(records) > 2
    assert records == sorted(records, reverse=True)
    assert 'aria-sort="descending"' in page.html


def test_a_statistician_sees_the_nation_without_people_and_the_file_is_not_there(planted: Planted) -> None:
    browser = Browser(planted.bed, "statistician1")
    page = browser.open("/chat-luong")
    names = planted.bed.scalar("SELECT array_agg(full_name) FROM official_current")
    assert browser.status == 200
    assert not [one for one in names if one in page.html]
    assert "Người và lỗi" not in page.text
    assert "Quyết định vào hệ thống muộn" not in page.text
    browser.open("/chat-luong/H26")
    assert browser.status == 200
    browser.open("/chat-luong/H26/loi.csv")
    assert browser.status == 404


def test_units_out_of_reach_and_wrong_days_are_answered_in_words(hanoi: Browser) -> None:
    for path in ("/chat-luong/H17", "/chat-luong/KHONG-CO", "/chat-luong/H17/loi.csv"):
        hanoi.open(path)
        assert hanoi.status == 404, path
    page = hanoi.open("/chat-luong?from=01/07/2026&to=01/06/2026")
    assert hanoi.status == 422
    assert "Ngày đầu phải trước ngày cuối." in page.text


def test_the_findings_come_as_a_file_that_holds_every_one(planted: Planted, hanoi: Browser) -> None:
    hanoi.open("/chat-luong/H26/loi.csv")
    rows = list(csv.DictReader(io.StringIO(hanoi.response.data.decode("utf-8-sig"))))
    wanted = set(mine(planted).values())
    assert wanted <= {row["official"] for row in rows}
    assert all(row["message"] and row["mend"] for row in rows)
    hanoi.open("/chat-luong/H26/loi.csv?rule=phone_form")
    only = list(csv.DictReader(io.StringIO(hanoi.response.data.decode("utf-8-sig"))))
    assert {row["rule"] for row in only} <= {"phone_form"}
