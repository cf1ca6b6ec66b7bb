"""Importing by browser: a file with mistakes, the right rows as one change, taken back again."""

import csv
import io
import re
from urllib.parse import unquote

from browsing import Browser
from conftest import Bed
from openpyxl import load_workbook

from registry.bulk.jobs import run_one

HEAD = [
    "Họ và tên",
    "Ngày sinh",
    "Giới tính",
    "Số định danh cá nhân",
    "Mã cơ quan",
    "Phân loại",
    "Ngày tuyển dụng",
    "Mã ngạch",
    "Bậc",
    "Hệ số",
    "Ngày hưởng",
    "Số quyết định",
    "Ngày quyết định",
]


def row(number: int, **changed: str) -> list[str]:
    """A row about somebody who does not exist, right but for what is changed."""
    cells = [
        "Đào Văn Thử",
        "05/09/1990",
        "Nam",
        f"0010901{number:05d}",
        "H26-SNV-CCVC",
        "Công chức",
        "01/11/2020",
        "01.003",
        "2",
        "2,67",
        "01/11/2024",
        "216/QĐ-SNV",
        "15/10/2026",
    ]
    return [changed.get(title, cell) for title, cell in zip(HEAD, cells, strict=True)]


def table(rows: list[list[str]]) -> tuple[io.BytesIO, str]:
    """A CSV file as spreadsheets save it."""
    out = io.StringIO()
    csv.writer(out).writerows([HEAD, *rows])
    return io.BytesIO(out.getvalue().encode("utf-8-sig")), "can-bo-2026-11.csv"


def uploaded(bed: Bed, browser: Browser, rows: list[list[str]]) -> str:
    """A file handed in and checked; the address of its page, which is open."""
    browser.open("/nhap-du-lieu")
    browser.send("dry_run", files={"file": table(rows)})
    assert "Đang kiểm tra tệp" in browser.page.text
    while run_one(bed.engine("worker"), bed.settings):
        pass
    browser.open(browser.path)
    return browser.path


def test_a_wrong_unit_and_a_missing_file_are_told_by_the_field(registry: Bed) -> None:
    officer = Browser(registry, "hr.hanoi")
    officer.open("/nhap-du-lieu")
    assert officer.send("dry_run").error("file") == "Lỗi: Chọn tệp cần nhập."
    page = officer.send("dry_run", files={"file": table([row(1)])}, organization="H17")
    assert officer.status == 422
    assert "phạm vi của bạn" in page.error("organization")
    assert page.form("dry_run").value("organization") == "H17"
    page = officer.send("dry_run", files={"file": (io.BytesIO(b"no table"), "thu.docx")}, organization="H26")
    assert page.error("file")
    assert registry.scalar("SELECT count(*) FROM import_file") == 0


def test_the_numbers_add_up_and_every_wrong_cell_is_named(registry: Bed) -> None:
    officer = Browser(registry, "hr.hanoi")
    place = uploaded(
        registry, officer, [row(1), row(2), row(3, Bậc="19"), row(4, **{"Ngày sinh": "31/02/1990"})]
    )
    text = officer.page.text
    for words in (
        "Số dòng trong tệp 4",
        "Người mới 2",
        "Có thay đổi 0",
        "Không đổi 0",
        "Có lỗi 2",
        "chưa ghi gì vào hồ sơ",
    ):
        assert words in text, words
    assert re.search(r"CSV 4 Bậc 19 ", text), text
    assert "31/02/1990" in text
    assert "Lập đề nghị với 2 dòng đúng" in text

    officer.open(f"{place}?xem=moi")
    assert "Đào Văn Thử" in officer.page.text
    officer.client.get(f"{place}/loi.xlsx")
    book = load_workbook(io.BytesIO(officer.client.get(f"{place}/loi.xlsx").data))
    assert "19" in {str(cell.value) for line in book.worksheets[0].iter_rows() for cell in line}
    assert registry.scalar("SELECT count(*) FROM audit_event WHERE action = 'import.read'") >= 4


def test_the_right_rows_become_one_change_that_can_be_undone_by_another(registry: Bed) -> None:
    officer, approver = Browser(registry, "hr.hanoi"), Browser(registry, "approver.hanoi")
    place = uploaded(registry, officer, [row(1), row(2), row(3, Bậc="19")])
    officer.send("partial")
    assert "Đã trình" in officer.page.text
    number = officer.path.split("/")[2].split("?")[0]
    approve(approver, number)
    assert registry.scalar("SELECT count(*) FROM official_current WHERE full_name = 'Đào Văn Thử'") == 2

    officer.open(place)
    assert "ghi vào hồ sơ" in officer.page.text
    officer.open(f"{place}/hoan-tac")
    officer.send("undo")
    assert "Đã trình" in officer.page.text
    assert registry.scalar("SELECT count(*) FROM official_current WHERE full_name = 'Đào Văn Thử'") == 2, (
        "not before approval"
    )
    back = officer.path.split("/")[2].split("?")[0]
    approve(approver, back)
    assert registry.scalar("SELECT count(*) FROM official_current WHERE full_name = 'Đào Văn Thử'") == 0
    officer.open(place)
    assert "Đã hoàn tác" in officer.page.text
    assert {f"/de-nghi/{unquote(one)}" for one in (number, back)} <= set(officer.page.links)
    for reader in (officer, approver):
        reader.open(f"/de-nghi/{back}")
        assert "Đào Văn Thử" in reader.page.text, "whom it took away is still told"
        assert "Chuyên viên" in reader.page.text


def test_a_file_that_was_only_checked_before_is_not_said_to_be_imported(registry: Bed) -> None:
    officer, rows = Browser(registry, "hr.hanoi"), [row(1), row(3, Bậc="19")]
    uploaded(registry, officer, rows)
    uploaded(registry, officer, rows)
    assert "Tệp này đã tải lên ngày" in officer.page.text
    officer.send("partial")
    uploaded(registry, officer, rows)
    assert "Tệp này đã nhập ngày" in officer.page.text


def approve(approver: Browser, number: str) -> None:
    """Approve a change as shown, warnings seen."""
    approver.open(f"/de-nghi/{number}")
    seen = {"seen": "1"} if "seen" in approver.page.form("digest").choices else {}
    approver.send("digest", opinion="approve", **seen)
    assert "Đã phê duyệt" in approver.page.text


def test_an_import_of_another_unit_is_not_there(registry: Bed) -> None:
    officer, stranger = Browser(registry, "hr.hanoi"), Browser(registry, "hr.danang")
    place = uploaded(registry, officer, [row(1)])
    for path in (place, f"{place}/loi.xlsx", f"{place}/hoan-tac"):
        stranger.open(path)
        assert stranger.status == 404, path
