"""The pages of work due: lists with counts, one list with its reasons, files, and the draft that a button makes."""

from datetime import date

import pytest
from browsing import Browser
from conftest import Bed
from make import UNIT, decided, newcomer

from registry.worklists.lists import WORKLISTS


def test_the_index_leads_to_every_list_and_each_says_what_it_is(demo: Bed) -> None:
    browser = Browser(demo, "hr.hanoi")
    page = browser.open("/viec-den-han")
    for one in WORKLISTS.values():
        assert f'href="/viec-den-han/{one.id}"' in page.html
    for one in WORKLISTS.values():
        page = browser.open(f"/viec-den-han/{one.id}?from=2000-01-01&to=2030-01-01")
        assert browser.status == 200
        assert one.title.vi in page.text
        assert one.source in page.text
    assert "vì sao?" in browser.open("/viec-den-han/salary_steps?to=2030-01-01").html


def test_unit_and_days_filter_and_wrong_ones_are_told(demo: Bed) -> None:
    browser = Browser(demo, "approver.hanoi")
    page = browser.open("/viec-den-han/salary_steps?organization=NOWHERE&to=2030-01-01")
    assert browser.status == 422
    assert "Không có đơn vị này" in page.error("organization")
    page = browser.open("/viec-den-han/salary_steps?from=31/12/2029&to=01/01/2029")
    assert browser.status == 422
    assert page.error("to")
    page = browser.open("/viec-den-han/salary_steps?to=2030-01-01&organization=H26")
    assert "lập dự thảo" not in page.text, "an approver drafts nothing"
    assert browser.open("/viec-den-han/salary_steps?organization=H48").text
    assert browser.status == 422, "another province reads as none"
    browser.open("/viec-den-han/salary_steps/danh-sach.csv?organization=H48")
    assert browser.status == 404


@pytest.fixture
def due(registry: Bed) -> tuple[Bed, list[str]]:
    """Three people of one division who have been due for a step since January 2026; their names."""
    names = ["Phạm Đến Hạn", "Trần Đến Hạn", "Vũ Đến Hạn"]
    decided(registry, [newcomer(since=date(2023, 1, 10), full_name=name) for name in names])
    return registry, names


def test_people_chosen_by_hand_become_one_draft_that_waits_for_its_number(due: tuple[Bed, list[str]]) -> None:
    bed, names = due
    browser = Browser(bed, "hr.hanoi")
    page = browser.open(f"/viec-den-han/salary_steps?organization={UNIT}")
    assert all(name in page.text for name in names)
    form = page.form("step")
    sent = {name: form.value(name) for name in ("csrf", "organization", "from", "to")}
    none = browser.client.post("/viec-den-han/salary_steps/du-thao", data=sent | {"step": "some:step"})
    assert none.status_code == 422
    assert "Chọn ít nhất một người" in none.text
    chosen = bed.scalar(
        "SELECT array_agg(uid::text) FROM official_current WHERE full_name = ANY (:names)", names=names[:2]
    )
    made = browser.client.post(
        "/viec-den-han/salary_steps/du-thao", data=sent | {"step": "some:step", "official": chosen}
    )
    assert made.status_code == 303
    page = browser.open(made.headers["Location"])
    assert all(name in page.text for name in names[:2])
    assert names[2] not in page.text
    assert page.form("decision-number").value("decision-number") == ""
    assert page.form("decision-number").value("decision-issued_on") == "", "nobody has signed yet"
    assert "Chưa có số" in browser.open("/de-nghi?tinh-trang=nhap&cua-toi=1").text
    page = browser.open(f"/viec-den-han/salary_steps?organization={UNIT}")
    assert "Đã có trong đề nghị" in page.text
    again = browser.client.post(
        "/viec-den-han/salary_steps/du-thao", data=sent | {"step": "some:step", "official": chosen}
    )
    assert again.status_code == 409
    rest = browser.client.post("/viec-den-han/salary_steps/du-thao", data=sent | {"step": "all:step"})
    assert rest.status_code == 303
    assert names[2] in browser.open(rest.headers["Location"]).text
    assert bed.scalar("SELECT count(*) FROM change WHERE status = 'draft'") == 2


def test_a_draft_of_several_ends_gets_its_decision_on_a_page_of_its_own(registry: Bed) -> None:
    away = {
        "kind": "secondment", "valid_from": "2025-02-01", "movement": "biet_phai", "to_name": "Viện",
        "planned_end_on": "2026-11-30",
    }  # fmt: skip
    people = [newcomer(full_name=name) for name in ("Người Một", "Người Hai")]
    decided(registry, [one | {"facts": [*one["facts"], away]} for one in people])
    browser = Browser(registry, "hr.hanoi")
    form = browser.open(f"/viec-den-han/secondments?organization={UNIT}").form("step")
    sent = {name: form.value(name) for name in ("csrf", "organization", "from", "to")}
    made = browser.client.post("/viec-den-han/secondments/du-thao", data=sent | {"step": "all:end"})
    page = browser.open(made.headers["Location"])
    here = page.form("decision-number")
    assert here.action.endswith("/quyet-dinh")
    typed = {name: here.value(name) for name in ("csrf", "version")}
    refused = browser.client.post(here.action, data=typed | {"decision-number": "5/QĐ"})
    assert refused.status_code == 422
    assert 'value="5/QĐ"' in refused.text
    kept = browser.client.post(
        here.action, data=typed | {"decision-number": "5/QĐ", "decision-issued_on": "25/11/2026"}
    )
    assert kept.status_code == 303
    assert kept.headers["Location"].endswith("/kiem-tra")
    number = here.action.split("/")[2]
    form = browser.open(kept.headers["Location"]).form("version")
    handed = browser.client.post(
        f"/de-nghi/{number}/trinh", data={name: form.value(name) for name in ("csrf", "version")}
    )
    assert handed.headers["Location"].endswith("xong=trinh")
    assert registry.scalar("SELECT status FROM change WHERE number = :number", number=number) == "submitted"
