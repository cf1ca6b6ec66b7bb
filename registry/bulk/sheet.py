"""The sheet of an import, declared once: what each column holds, and the template that people fill in."""

import csv
import io
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import xlsxwriter
from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field

Type = Literal["code", "name", "date", "number", "text"]


@dataclass(frozen=True)
class Column:
    """A column by its title. `name` is its key in staging; `kind` and `field` say which fact it fills.

    `field` is empty for what lies outside a
    fact's fields: numbers of the person, starts of facts, the decision.
    A `code` takes codes only, a `name` takes the Vietnamese name or the key.
    """

    title: str
    name: str
    type: Type
    kind: str = ""
    field: str = ""
    mandatory: bool = False
    hint: str = ""
    example: str = ""

    @property
    def declared(self) -> Field | None:
        """The field's own declaration, where the column is one."""
        return FACTS[self.kind][self.field] if self.field else None

    @property
    def catalogue(self) -> str | None:
        """The code list that the column draws from."""
        return self.declared.catalogue if self.declared else None


OFFICIALS: tuple[Column, ...] = (
    Column(
        "Họ và tên",
        "full_name",
        "text",
        "identity",
        "full_name",
        True,
        "Họ tên khai sinh, có dấu, mỗi người một dòng.",
        "Nguyễn Thị Minh Hà",
    ),
    Column(
        "Ngày sinh",
        "birth_date",
        "date",
        "identity",
        "birth_date",
        True,
        "dd/mm/yyyy. Chỉ biết tháng hoặc năm thì ghi mm/yyyy hoặc yyyy, ô định dạng Văn bản.",
        "05/09/1987",
    ),
    Column("Giới tính", "sex", "name", "identity", "sex", True, "Nam hoặc Nữ.", "Nữ"),
    Column(
        "Số định danh cá nhân",
        "personal_id",
        "text",
        "identity",
        "",
        True,
        "Đúng 12 chữ số, kể cả số 0 ở đầu. Cột này để định dạng Văn bản.",
        "001187004417",
    ),
    Column(
        "Số hiệu",
        "staff_code",
        "text",
        "identity",
        "",
        False,
        "Số hiệu cán bộ, công chức, viên chức; để trống nếu chưa cấp.",
        "H26.004417",
    ),
    Column(
        "Mã cơ quan",
        "organization",
        "code",
        "appointment",
        "organization",
        True,
        "Mã của đơn vị đang làm việc, xem ở trang Tổ chức.",
        "H26",
    ),
    Column(
        "Phân loại",
        "category",
        "name",
        "status",
        "category",
        True,
        "Cán bộ, Công chức, Viên chức hoặc Hợp đồng.",
        "Công chức",
    ),
    Column(
        "Dân tộc", "ethnic_group", "name", "identity", "ethnic_group", False, "Tên theo danh mục.", "Kinh"
    ),
    Column(
        "Tôn giáo",
        "religion",
        "name",
        "identity",
        "religion",
        False,
        "Tên theo danh mục.",
        "Không theo tôn giáo nào",
    ),
    Column(
        "Quê quán",
        "native_place",
        "text",
        "identity",
        "native_place",
        False,
        "Xã, tỉnh.",
        "Xã Yên Xá, tỉnh Ninh Bình",
    ),
    Column(
        "Ngày tuyển dụng",
        "recruited_on",
        "date",
        "status",
        "",
        True,
        "Ngày được tuyển dụng lần đầu.",
        "01/11/2011",
    ),
    Column(
        "Chức vụ",
        "position",
        "name",
        "appointment",
        "position",
        False,
        "Tên theo danh mục; để trống nếu không giữ chức vụ.",
        "",
    ),
    Column(
        "Vị trí việc làm",
        "job_position",
        "text",
        "appointment",
        "job_position",
        False,
        "Tên vị trí theo đề án vị trí việc làm.",
        "Chuyên viên về tổ chức bộ máy",
    ),
    Column(
        "Mã ngạch",
        "rank",
        "code",
        "salary",
        "rank",
        False,
        "Mã số ngạch hoặc chức danh nghề nghiệp. Cột này để định dạng Văn bản.",
        "01.003",
    ),
    Column("Bậc", "step", "number", "salary", "step", False, "Số thứ tự bậc lương.", "4"),
    Column(
        "Hệ số",
        "coefficient",
        "number",
        "salary",
        "coefficient",
        False,
        "Hệ số của bậc theo bảng lương.",
        "3,33",
    ),
    Column(
        "Ngày hưởng",
        "paid_from",
        "date",
        "salary",
        "",
        False,
        "Ngày bắt đầu hưởng bậc này. Mã ngạch, bậc, hệ số, ngày hưởng ghi đủ cả bốn hoặc để trống cả bốn.",
        "01/11/2024",
    ),
    Column(
        "Trình độ",
        "education",
        "name",
        "qualification",
        "level",
        False,
        "Trình độ chuyên môn cao nhất, tên theo danh mục.",
        "Đại học",
    ),
    Column(
        "Lý luận chính trị",
        "political_theory",
        "name",
        "political_theory",
        "level",
        False,
        "Tên theo danh mục.",
        "Trung cấp",
    ),
    Column(
        "Ngày vào Đảng",
        "joined_on",
        "date",
        "party",
        "joined_on",
        False,
        "Để trống nếu không phải đảng viên.",
        "19/05/2014",
    ),
    Column(
        "Số quyết định",
        "decision_number",
        "text",
        "",
        "",
        True,
        "Quyết định làm căn cứ cho nội dung của dòng.",
        "215/QĐ-SNV",
    ),
    Column(
        "Ngày quyết định",
        "issued_on",
        "date",
        "",
        "",
        True,
        "Ngày ký, đủ ngày, tháng, năm; không ở tương lai.",
        "15/10/2026",
    ),
)

SHEET, NOTES, LISTS, ERRORS = "Danh sách", "Hướng dẫn", "Danh mục", "Lỗi"
ORIGIN = "Xuất xứ"
"""In a workbook that was exported: what was asked."""
OWN_SHEETS = frozenset({NOTES, LISTS, ORIGIN})
CONTRACT, CONTRACT_KEY = "Hợp đồng", "hd_111"
"""The category word for every contract; recorded as the labour contract of Decree 111/2022/NĐ-CP."""


def folded(words: str) -> str:
    """What two writings of one name have in common: NFC, letter case and spaces do not count."""
    return " ".join(unicodedata.normalize("NFC", words).casefold().split())


def choices(session: Session, column: Column, today: date) -> list[str]:
    """What the template offers for a column: names in force, codes for a code column, each once."""
    if column.declared is not None and column.declared.choices:
        return [words.vi for _, words in column.declared.choices]
    if column.catalogue is None:
        return []
    found = lists.items_on(session, column.catalogue, today)
    if column.name == "category":
        main = ("can_bo", "cong_chuc", "vien_chuc")
        return [one.name.vi for one in found if one.key in main] + [CONTRACT]
    if column.name == "education":
        found = [one for one in found if one.extra.get("kind") == "professional"]
    return list(dict.fromkeys(one.key if column.type == "code" else one.name.vi for one in found))


def template_csv(columns: Sequence[Column] = OFFICIALS) -> bytes:
    """The header alone, UTF-8 with the mark that makes spreadsheets read it as such."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow([one.title for one in columns])
    return ("\ufeff" + out.getvalue()).encode()


def template(
    session: Session,
    today: date,
    columns: Sequence[Column] = OFFICIALS,
    title: str = "cán bộ, công chức, viên chức",
) -> bytes:
    """An XLSX to fill in: the sheet, how to write each column, and the code lists as of `today`."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": f"Tệp mẫu nhập {title}", "language": "vi-VN"})
        offered = {one.name: choices(session, one, today) for one in columns}
        data = book.add_worksheet(SHEET)
        _notes_sheet(book, columns, today)
        places = _lists_sheet(book, columns, offered)
        _data_sheet(book, data, columns, places)
        data.activate()
    return out.getvalue()


INK, TEAL, TEAL_PALE, GOLD, LINE = "#15242A", "#0B4A56", "#E3EFEF", "#E9B44C", "#CBC7BC"
FONT = {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "vcenter"}
WIDTHS = {
    "full_name": 26,
    "birth_date": 13,
    "sex": 10,
    "personal_id": 22,
    "staff_code": 15,
    "organization": 16,
    "category": 13,
    "ethnic_group": 12,
    "religion": 18,
    "native_place": 30,
    "position": 32,
    "job_position": 32,
    "rank": 12,
    "step": 7,
    "coefficient": 9,
    "education": 16,
    "political_theory": 17,
    "decision_number": 20,
}
LAST_ROW = 100_000


def _data_sheet(book: Any, sheet: Any, columns: Sequence[Column], places: dict[str, str]) -> None:
    must = book.add_format(
        {
            **FONT,
            "bold": True,
            "font_color": "#FFFFFF",
            "bg_color": TEAL,
            "bottom": 2,
            "bottom_color": GOLD,
            "text_wrap": True,
        }
    )
    may = book.add_format(
        {**FONT, "bold": True, "bg_color": TEAL_PALE, "bottom": 1, "bottom_color": TEAL, "text_wrap": True}
    )
    cells = {
        "date": book.add_format({**FONT, "num_format": "dd/mm/yyyy", "align": "left"}),
        "text": book.add_format({**FONT, "num_format": "@"}),
        "step": book.add_format({**FONT, "num_format": "0"}),
        "coefficient": book.add_format({**FONT, "num_format": "0.00"}),
    }
    sheet.set_row(0, 34)
    for place, one in enumerate(columns):
        style = cells.get(one.name) or cells.get(one.type) or cells["text"]
        sheet.set_column(place, place, WIDTHS.get(one.name, 16), style)
        sheet.write_string(0, place, one.title, must if one.mandatory else may)
        need = "Bắt buộc." if one.mandatory else "Có thể để trống."
        sheet.write_comment(0, place, f"{need} {one.hint}", {"author": "Mẫu", "x_scale": 1.6})
        _validate(sheet, place, one, places)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, 0, len(columns) - 1)
    sheet.repeat_rows(0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)


def _validate(sheet: Any, place: int, one: Column, places: dict[str, str]) -> None:
    """A drop-down that warns but lets keys through; a length check for the number that loses its zeros."""
    if one.name in places:
        sheet.data_validation(
            1,
            place,
            LAST_ROW,
            place,
            {
                "validate": "list",
                "source": places[one.name],
                "error_type": "warning",
                "error_title": one.title[:32],
                "error_message": f"Chọn trong trang {LISTS}, hoặc ghi khóa của danh mục.",
            },
        )
    elif one.name == "personal_id":
        sheet.data_validation(
            1,
            place,
            LAST_ROW,
            place,
            {
                "validate": "length",
                "criteria": "==",
                "value": 12,
                "error_type": "warning",
                "error_title": one.title[:32],
                "error_message": "Số định danh cá nhân gồm đúng 12 chữ số, kể cả số 0 ở đầu.",
            },
        )


def _lists_sheet(book: Any, columns: Sequence[Column], offered: dict[str, list[str]]) -> dict[str, str]:
    """One list below each other's neighbour; returns the range of each, by the column's name."""
    sheet = book.add_worksheet(LISTS)
    head = book.add_format({**FONT, "bold": True, "bg_color": TEAL_PALE, "bottom": 1, "bottom_color": TEAL})
    cell = book.add_format({**FONT, "num_format": "@"})
    places: dict[str, str] = {}
    for one in columns:
        names = offered[one.name]
        if not names:
            continue
        at = len(places)
        sheet.write_string(0, at, one.title, head)
        for row, name in enumerate(names, start=1):
            sheet.write_string(row, at, name, cell)
        sheet.set_column(at, at, min(60, max(14, *(len(name) + 2 for name in names))))
        letters = xlsxwriter.utility.xl_col_to_name(at)
        places[one.name] = f"='{LISTS}'!${letters}$2:${letters}${len(names) + 1}"
    sheet.freeze_panes(1, 0)
    return places


OF_FACTS = (
    "Mỗi mục một dòng trong trang “Danh sách”; một người có thể có nhiều dòng.",
    "Dòng có mã mục là sửa chính mục đó; dòng không có mã mà trùng mục đang ghi thì không đổi gì.",
)
GENERAL = (
    "Mỗi người một dòng trong trang “Danh sách”; dòng 1 là tiêu đề, thứ tự cột tùy ý,"
    " cột lạ được nêu tên và bỏ qua.",
    "Cột nền đậm là bắt buộc. Ô để trống nghĩa là không nói gì về mục đó, không xóa điều đã ghi.",
    "Cột tên bắt đầu bằng “Mã” ghi mã; các cột danh mục khác ghi tên tiếng Việt"
    " (trang “Danh mục”) hoặc khóa.",
    "Ngày viết ngày/tháng/năm. Chỉ biết tháng hoặc năm: gõ dấu ' trước, thí dụ '09/1987 hoặc '1987.",
    "Không gộp ô. Công thức được tính theo giá trị đang hiện. Dòng trống được bỏ qua.",
    "Người đã có trong sổ được so với điều đang ghi: chỉ phần khác mới thành thay đổi.",
    "Tải lên chưa ghi gì vào hồ sơ: hệ thống kiểm tra, bạn lập đề nghị, người khác phê duyệt.",
)


def _notes_sheet(book: Any, columns: Sequence[Column], today: date) -> None:
    sheet = book.add_worksheet(NOTES)
    title = book.add_format({**FONT, "bold": True, "font_size": 14, "font_color": TEAL})
    plain = book.add_format({**FONT, "text_wrap": True, "valign": "top"})
    head = book.add_format({**FONT, "bold": True, "font_color": "#FFFFFF", "bg_color": TEAL})
    cell = book.add_format({**FONT, "text_wrap": True, "valign": "top", "bottom": 1, "bottom_color": LINE})
    bold = book.add_format({**FONT, "bold": True, "valign": "top", "bottom": 1, "bottom_color": LINE})
    sheet.hide_gridlines(2)
    for at, width in enumerate((26, 13, 16, 66, 32)):
        sheet.set_column(at, at, width)
    sheet.write_string(0, 0, "Cách điền tệp nhập", title)
    sheet.write_string(1, 0, f"Danh mục tại ngày {today.strftime('%d/%m/%Y')}.", book.add_format(FONT))
    lines = GENERAL if columns == OFFICIALS else (OF_FACTS[0], *GENERAL[1:5], OF_FACTS[1], GENERAL[6])
    for row, line in enumerate(lines, start=3):
        sheet.merge_range(row, 0, row, 4, f"{row - 2}. {line}", plain)
        sheet.set_row(row, 18)
    start = 4 + len(lines)
    for at, words in enumerate(("Cột", "Bắt buộc", "Ghi bằng", "Cách ghi", "Thí dụ")):
        sheet.write_string(start, at, words, head)
    said = {"code": "mã", "name": "tên hoặc khóa", "date": "ngày", "number": "số", "text": "chữ"}
    for row, one in enumerate(columns, start=start + 1):
        sheet.write_string(row, 0, one.title, bold)
        for at, words in enumerate(
            ("có" if one.mandatory else "", said[one.type], one.hint, one.example), start=1
        ):
            sheet.write_string(row, at, words, cell)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
