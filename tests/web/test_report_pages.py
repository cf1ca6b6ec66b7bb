"""Reports by browser: from the catalogue to the file and the same file once more; what a wrong question is told."""

from browsing import Browser
from conftest import Bed

from registry.bulk.jobs import run_one
from registry.reports import REPORTS
from registry.reports.running import handlers


def work(bed: Bed) -> None:
    """Everything that waits."""
    while run_one(bed.engine("worker"), bed.settings, handlers(bed.engine("stats"))):
        pass


def test_from_the_catalogue_to_the_file_and_the_same_file_again(registry: Bed) -> None:
    browser = Browser(registry, "hr.hanoi")
    assert "/bao-cao" in browser.open("/to-chuc").links
    browser.open("/bao-cao?q=danh+s%C3%A1ch")
    assert "/bao-cao/mau/2c" not in browser.page.links
    browser.open(next(one for one in browser.page.links if one == "/bao-cao/mau/danh_sach"))
    browser.send(
        "organization",
        organization="Sở Nội vụ (H26-SNV)",
        as_of="30/06/2026",
        format="csv",
        reason="Đoàn kiểm tra",
    )
    first = browser.path
    assert "Đang chờ" in browser.page.text
    work(registry)
    page = browser.open(first)
    assert "Đoàn kiểm tra" in page.text
    assert "30/06/2026" in page.text
    file = browser.client.get(f"{first}/tep")
    assert 'filename="danh_sach-2026-06-30.csv"' in file.headers["Content-Disposition"]
    browser.open(first)
    browser.send("again")
    work(registry)
    assert "Giống hệt" in browser.open(browser.path).text
    assert browser.client.get(f"{browser.path}/tep").data == file.data
    runs = browser.open("/bao-cao")
    assert first in runs.links
    assert "giống lần trước" in runs.text


def test_what_is_wrong_is_told_at_its_field_and_a_run_can_be_cancelled(registry: Bed) -> None:
    browser = Browser(registry, "hr.hanoi")
    browser.open("/bao-cao/mau/2c_bulk")
    before = registry.counts()
    browser.send("organization", organization="", as_of="31/02/2026", known_at="hôm qua")
    assert (browser.status, browser.page.wrong) == (422, {"organization", "as_of", "known_at"})
    browser.send("organization", organization="H17-SNV", as_of="01/01/2026", known_at="")
    assert (browser.status, browser.page.wrong) == (422, {"organization"})
    assert {name: count for name, count in registry.counts().items() if name != "audit_event"} == {
        name: count for name, count in before.items() if name != "audit_event"
    }
    browser.send("organization", organization="H26-SNV")
    browser.send("cancel")
    assert "Đã hủy" in browser.page.text


def test_an_auditor_takes_the_filter_of_the_trail_along(demo: Bed) -> None:
    browser = Browser(demo, "auditor1")
    browser.open("/nhat-ky?actor=hr.hanoi&action=official.read&from=01/11/2026&to=25/11/2026")
    browser.open(next(one for one in browser.page.links if one.startswith("/bao-cao/mau/so_nhat_ky?")))
    form = next(one for one in browser.page.forms if one.action == "/bao-cao/mau/so_nhat_ky")
    assert [form.value(name) for name in ("actor", "action", "from", "to")] == [
        "hr.hanoi",
        "official.read",
        "01/11/2026",
        "26/11/2026",
    ]


def test_each_form_shows_its_source_and_what_it_asks_for(demo: Bed) -> None:
    browser = Browser(demo, "auditor1")
    for name, one in REPORTS.items():
        page = browser.open(f"/bao-cao/mau/{name}")
        assert one.about.vi in page.text
        assert one.source in page.text
        form = next(each for each in page.forms if each.action == f"/bao-cao/mau/{name}")
        assert {each.name for each in one.parameters} <= {key for key, _ in form.filled}
