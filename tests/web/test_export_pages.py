"""Exporting by browser: from the filtered list to the file, and what stands in the way of a wrong question."""

from browsing import Browser
from conftest import Bed

from registry.bulk.jobs import run_one
from registry.bulk.runs import MOST_OPEN


def test_the_filtered_list_becomes_a_file_with_the_same_people(registry: Bed) -> None:
    browser = Browser(registry, "hr.hanoi")
    browser.open("/ho-so?organization=H26-SNV&category=cong_chuc&group=thoi&group=dang&as_of=2026-06-30")
    people = {link for link in browser.page.links if link.startswith("/ho-so/")}
    browser.open(next(link for link in browser.page.links if link.startswith("/xuat-du-lieu?")))
    assert "Công chức" in browser.page.text
    browser.send("what", format="csv")
    place = browser.path
    assert "Đang chờ" in browser.page.text
    assert run_one(registry.engine("worker"), registry.settings)
    assert "Tải được" in browser.open(place).text
    file = browser.client.get(f"{place}/tep")
    assert 'filename="officials-2026-06-30.csv"' in file.headers["Content-Disposition"]
    assert len(file.data.decode("utf-8-sig").splitlines()) - 1 == len(people) > 0
    assert place in browser.open("/xuat-du-lieu").links


def test_a_wrong_day_is_told_and_a_waiting_export_can_be_cancelled(registry: Bed) -> None:
    browser = Browser(registry, "hr.hanoi")
    browser.open("/xuat-du-lieu?organization=H26-SNV")
    browser.send("what", what="facts:family", as_of="31/02/2026", history="1")
    assert (browser.status, browser.page.wrong) == (422, {"as_of"})
    browser.send("what", as_of="28/02/2026")
    assert "Cả quá trình" in browser.page.text
    browser.send("cancel")
    assert "Đã hủy" in browser.page.text
    for _ in range(MOST_OPEN + 1):
        browser.open("/xuat-du-lieu")
        browser.send("what")
    assert browser.status == 409
    for path in ("/xuat-du-lieu?as_of=hom-qua", "/xuat-du-lieu?as_of=31/02/2026"):
        browser.open(path)
        assert browser.status == 400
    browser.open("/xuat-du-lieu?next_step_before=hom-qua&rank=khong-co&unevaluated_year=x&subtree=co")
    assert browser.status == 200
    browser.send("what")
    assert browser.status == 422
