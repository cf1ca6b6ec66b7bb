"""A filled form as a workbook: the same merged heads, real numbers, the checks and the definitions on their sheets.

Rows are written as they come and leave memory at once. The same filled form gives the same bytes.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import groupby
from typing import Any

import xlsxwriter

from registry.reports.statutory.form import CERTAINTY, Cell, Column, Filled, Row, RowKind
from registry.reports.statutory.pdf import SIDE, band, foot
from registry.words import Words

CHECKS, MEANINGS = Words("Kiểm tra", "Checks"), Words("Định nghĩa", "Definitions")
A4 = 9
CHARACTERS = {"order": 5.5, "name": 38.0, "count": 6.5, "sum": 8.0, "quota": 9.0, "percent": 9.0, "decimal": 9.0,
              "money": 14.0, "number": 8.0, "text": 16.0, "blank": 7.0}  # fmt: skip
"""Widths of columns by kind, in characters, where the form does not give one."""
POINTS_A_CHARACTER = 4.6
LEAF_HEIGHT, UPRIGHT_HEIGHT = 46, 132
NUMBER = {"decimal": "0.00", "percent": "0.0"}


def to_xlsx(filled: Filled) -> bytes:
    """The bytes of the workbook: the form, its checks, what its columns mean."""
    out = BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        heading = filled.sheet.heading
        book.set_properties(
            {
                "title": f"{heading.code} {heading.title.vi}",
                "author": filled.organization[1].vi,
                "created": datetime.combine(filled.as_of.on, time()),
                "language": "vi-VN",
            }
        )
        styles = _Styles(book)
        _Form(book, filled, styles).write()
        _checks(book, filled, styles)
        _meanings(book, filled, styles)
    return out.getvalue()


class _Styles:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book, self._made = book, dict[tuple[tuple[str, Any], ...], Any]()

    def __call__(self, **wanted: Any) -> Any:
        key = tuple(sorted(wanted.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format(
                {"font_name": "Times New Roman", "font_size": 10, "valign": "vcenter", **wanted}
            )
        return self._made[key]


class _Form:
    """The sheet of the form, written from the top down."""

    def __init__(self, book: Any, filled: Filled, styles: _Styles) -> None:
        self.filled, self.styles = filled, styles
        self.columns = filled.sheet.columns
        self.sheet = book.add_worksheet(filled.sheet.heading.code.replace("/", "-"))
        self.line = 0
        self.widths = [_characters(one) for one in self.columns]
        self._style = cache(self._style_of)

    def write(self) -> None:
        """Band, heads, rows, notes, signatures."""
        self._page()
        self._band()
        first = self.line
        self._heads()
        self.sheet.repeat_rows(first, self.line - 1)
        self.sheet.freeze_panes(self.line, 1 + max(at for at, one in enumerate(self.columns[:2])))
        for row in self.filled.rows:
            self._row(row)
        self._below()
        self._signatures()

    def _page(self) -> None:
        sheet = self.sheet
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.4, top=0.45, bottom=0.6)
        sheet.set_footer(f"&L&8{foot(self.filled).replace('&', '&&')}&R&8Trang &P/&N")
        for at, width in enumerate(self.widths):
            sheet.set_column(at, at, width)

    def _merge(self, first: int, left: int, last: int, right: int) -> None:
        """Cells already written become one. (merge_range writes them itself, out of the order of rows.)"""
        if (first, left) != (last, right):
            self.sheet.merge.append([first, left, last, right])

    # The band over the table

    def _blocks(self) -> tuple[tuple[int, int], ...]:
        """First and last column of what stands left, in the middle and right."""
        whole, run = sum(self.widths), 0.0
        left, right = 0, len(self.widths) - 1
        for at, width in enumerate(self.widths):
            if run + width / 2 < whole * SIDE:
                left = at
            if run + width / 2 < whole * (1 - SIDE):
                right = at + 1
            run += width
        right = min(max(right, left + 2), len(self.widths) - 1)
        return (0, left), (left + 1, right - 1), (right, len(self.widths) - 1)

    def _band(self) -> None:
        parts = band(self.filled)
        for at in range(max(map(len, parts))):
            self.sheet.set_row(self.line, 34 if at == 0 else 28 if at == 1 else 16)
            for (first, last), lines in zip(self._blocks(), parts, strict=True):
                if at < len(lines) and lines[at][1]:
                    face, text = lines[at][0].face.name, lines[at][1]
                    style = self.styles(
                        align="center", text_wrap=True, bold="Bold" in face, italic="Italic" in face,
                        font_size=13 if lines[at][0].size > 12 else 10,
                    )  # fmt: skip
                    self._across(first, last, text, style)
            self.line += 1
        self.line += 1

    def _across(self, first: int, last: int, text: str, style: Any) -> None:
        """One text over some cells of the present row."""
        self.sheet.write_string(self.line, first, text, style)
        for at in range(first + 1, last + 1):
            self.sheet.write_blank(self.line, at, None, style)
        self._merge(self.line, first, self.line, last)

    # The heads

    def _heads(self) -> None:
        depth = max(len(one.groups) for one in self.columns)
        top = self.line
        for level in range(depth + 1):
            rotate = self.filled.sheet.heading.rotate
            if level == depth:
                self.sheet.set_row(self.line, UPRIGHT_HEIGHT if rotate else LEAF_HEIGHT)
            elif any(len(one.groups) > level for one in self.columns):
                self.sheet.set_row(self.line, 30)
            for at, column in enumerate(self.columns):
                self._head(at, column, level)
            self.line += 1
        for at, column in enumerate(self.columns):
            self._merge(top + len(column.groups), at, top + depth, at)
        for level in range(depth):
            for path, run in groupby(enumerate(self.columns), key=lambda one: one[1].groups[: level + 1]):
                places = [at for at, _ in run]
                if len(path) > level:
                    self._merge(top + level, places[0], top + level, places[-1])
        if self.filled.sheet.heading.numbered:
            self._numbers()

    def _head(self, at: int, column: Column, level: int) -> None:
        path = column.groups
        upright = self.filled.sheet.heading.rotate and column.kind != "name" and level >= len(path)
        style = self.styles(
            bold=True, border=1, align="center", text_wrap=True, **({"rotation": 90} if upright else {})
        )
        before = self.columns[at - 1].groups[: level + 1] if at else ()
        text = ""
        if level < len(path) and before != path[: level + 1]:
            text = path[level]
        elif level == len(path):
            mark = self.filled.sheet.mark(column)
            text = f"{column.head.vi} ({mark})" if mark else column.head.vi
        self._text(at, text, style)

    def _numbers(self) -> None:
        style = self.styles(italic=True, border=1, align="center", font_size=9)
        for at, column in enumerate(self.columns):
            self._text(at, column.number if column.number != "STT" else "", style)
        self.line += 1

    def _text(self, at: int, text: str, style: Any) -> None:
        if text:
            self.sheet.write_string(self.line, at, text, style)
        else:
            self.sheet.write_blank(self.line, at, None, style)

    # Rows

    def _row(self, row: Row) -> None:
        strong = {"bold": True} if row.kind != "row" else {}
        if row.kind == "group":
            text = next(str(cell) for cell in row.cells if cell)
            self._across(0, len(self.columns) - 1, text, self.styles(border=1, **strong))
            self.line += 1
            return
        for at, (column, cell) in enumerate(zip(self.columns, row.cells, strict=True)):
            style = self._style(column.kind, type(cell).__name__, row.kind, row.level)
            if cell is None:
                self.sheet.write_blank(self.line, at, None, style)
            elif isinstance(cell, str):
                self.sheet.write_string(self.line, at, cell, style)
            else:
                self.sheet.write_number(self.line, at, float(cell), style)
        self.line += 1

    def _style_of(self, kind: str, held: str, row: RowKind, level: int) -> Any:
        """The format of a cell, by the kind of its column, the type of what it holds and its row."""
        wanted: dict[str, Any] = {"border": 1}
        if row != "row":
            wanted["bold"] = True
        if kind == "order":
            wanted["align"] = "center"
        elif held in ("str", "NoneType"):
            wanted["text_wrap"] = True
        if kind == "name" and level:
            wanted["indent"] = level
        if held in ("int", "Decimal"):
            ratio = held == "Decimal" and kind != "decimal"  # a mean age among counts
            wanted["num_format"] = "0.0" if ratio else NUMBER.get(kind, "#,##0")
        return self.styles(**wanted)

    # Below the table

    def _below(self) -> None:
        self.line += 1
        plain = self.styles(italic=True, font_size=9)
        for number, words in self.filled.sheet.notes:
            self.sheet.write_string(self.line, 0, f"({number}) {words.vi}", plain)
            self.line += 1
        failed = sum(not one.agrees for one in self.filled.findings)
        if self.filled.findings:
            verdict = f"{failed} chỗ LỆCH" if failed else "tất cả khớp"
            text = f"Kiểm tra số liệu ({len(self.filled.findings)} phép): {verdict}. Xem trang “{CHECKS.vi}”."
            self.sheet.write_string(self.line, 0, text, self.styles(bold=bool(failed), font_size=9))
            self.line += 1
        self.line += 1

    def _signatures(self) -> None:
        left, _, right = self._blocks()
        heading = self.filled.sheet.heading
        italic, bold = (
            self.styles(italic=True, align="center", text_wrap=True),
            self.styles(bold=True, align="center"),
        )
        self._across(*right, "…………, ngày …… tháng …… năm ………", italic)
        self.line += 1
        for made, head, style in zip(heading.made_by, heading.head_of, (bold, italic), strict=True):
            self._across(*left, made, style)
            self._across(*right, head, style)
            self.line += 1


def _characters(column: Column) -> float:
    return column.width / POINTS_A_CHARACTER if column.width else CHARACTERS[column.kind]


# The other sheets


def _checks(book: Any, filled: Filled, styles: _Styles) -> None:
    """Every check with both sides as numbers; then the figures that the form has no column for; then footnotes."""
    if not (filled.findings or filled.memos or filled.sheet.notes):
        return
    rows: list[Sequence[Cell]] = [
        (
            one.check.words.vi,
            one.left,
            one.check.relation,
            one.right,
            one.difference,
            "Khớp" if one.agrees else "LỆCH",
            ", ".join(one.wrong),
        )
        for one in filled.findings
    ]
    titles = ("Phép kiểm tra", "Vế trái", "Quan hệ", "Vế phải", "Chênh lệch", "Kết quả", "Lệch ở")
    sheet = book.add_worksheet(CHECKS.vi)
    line = _listed(sheet, 0, titles, (44, 12, 9, 12, 12, 10, 60), rows, styles)
    if filled.memos:
        line = _listed(
            sheet,
            line + 1,
            ("Ngoài các cột của biểu", "Số người"),
            (),
            [(one.words.vi, one.value) for one in filled.memos],
            styles,
        )
    if filled.sheet.notes:
        notes = [(words.vi, number) for number, words in filled.sheet.notes]
        _listed(sheet, line + 1, ("Vì sao để trống", "Chú thích"), (), notes, styles)


def _meanings(book: Any, filled: Filled, styles: _Styles) -> None:
    heading = filled.sheet.heading
    about: list[Sequence[Cell]] = [
        ("Mẫu", f"{heading.code}: {heading.title.vi}"),
        ("Form", heading.title.en),
        ("Nguồn", f"{heading.source} ({CERTAINTY[heading.certainty].vi}). Phiên bản: {heading.version}"),
        ("Đối tượng", heading.population_words.vi),
        ("Population", heading.population_words.en),
        ("Điều cần biết", heading.state.vi),
        ("State", heading.state.en),
        ("Số liệu", foot(filled)),
    ]
    sheet = book.add_worksheet(MEANINGS.vi)
    line = _listed(sheet, 0, (MEANINGS.vi, ""), (22, 34, 70, 70, 40, 22, 22), about, styles)
    rows: list[Sequence[Cell]] = [
        (
            one.number if heading.numbered else "",
            " › ".join((*getattr(one, "groups", ()), one.head.vi)),
            one.definition.vi,
            one.definition.en,
            one.source,
            CERTAINTY[one.certainty].vi,
            CERTAINTY[one.rule_certainty].vi,
            one.id,
        )
        for one in filled.sheet.definitions
        if one.definition.vi
    ]
    titles = (
        "Cột",
        "Đầu cột, dòng",
        "Định nghĩa",
        "Definition",
        "Nguồn",
        "Đầu cột: chắc chắn",
        "Cách tính: chắc chắn",
        "Mã",
    )
    _listed(sheet, line + 1, titles, (), rows, styles)


def _listed(
    sheet: Any,
    line: int,
    titles: Sequence[str],
    widths: Sequence[float],
    rows: Iterable[Sequence[Cell]],
    styles: _Styles,
) -> int:
    """A plain table from `line` on; the line after it."""
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width)
    for at, title in enumerate(titles):
        sheet.write_string(line, at, title, styles(bold=True, bg_color="#E3EFEF", bottom=1, text_wrap=True))
    for row in rows:
        line += 1
        for at, cell in enumerate(row):
            if cell is None or isinstance(cell, str):
                sheet.write_string(line, at, cell or "", styles(text_wrap=True, valign="top"))
            else:
                number = float(cell) if isinstance(cell, Decimal) and cell != int(cell) else int(cell)
                sheet.write_number(line, at, number, styles(num_format="#,##0", valign="top"))
    return line + 1
