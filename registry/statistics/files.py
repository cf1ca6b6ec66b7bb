"""A table of statistics as a file: CSV for programs, XLSX for people, with what every figure means."""

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from registry import cells
from registry.law.why import vn
from registry.statistics.asking import TREES
from registry.statistics.tables import TOTAL, Row, Table, Value, lines
from registry.words import Words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FIGURES, MEANINGS = Words("Số liệu", "Figures"), Words("Định nghĩa", "Definitions")

TREE_WORDS: dict[str, Words] = {
    "as_was": Words("của ngày xét", "of the day"),
    "today": Words("của hôm nay", "of today"),
}
assert set(TREE_WORDS) == set(TREES)


def to_csv(table: Table, language: str) -> bytes:
    """UTF-8, a line a row of the table: key and name of each dimension, then the measures; no totals."""
    columns = table.columns_in(language)
    return cells.to_csv([*columns], lines([*columns.values()], table.groups.size), mark=b"")


Totals = Sequence[tuple[Words, Row]]


def to_xlsx(table: Table, language: str, totals: Totals | None = None) -> bytes:
    """A sheet of figures with the total below (or the totals given), and one on what the columns mean and what was
    counted.
    """
    below = [(TOTAL, table.total)] if totals is None else totals
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"title": FIGURES.said_in(language)})
        head = book.add_format(
            {"bold": True, "bg_color": "#E3EFEF", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        _figures(book, table, language, head, below)
        _meanings(book, table, language, head)
    return out.getvalue()


def _figures(book: Any, table: Table, language: str, head: Any, totals: Totals) -> None:
    sheet = book.add_worksheet(FIGURES.said_in(language))
    bold = book.add_format({"bold": True, "top": 1})
    shown = [
        book.add_format({"num_format": "#,##0" + ("." + "0" * one.digits if one.digits else "")})
        for one in table.measures()
    ]
    for at, column in enumerate(table.columns):
        unit = column.definition.unit.said_in(language)
        label = column.definition.label.said_in(language)
        sheet.write_string(0, at, f"{label} ({unit})" if unit and column.is_measure else label, head)
    for line, row in enumerate(table.rows, start=1):
        for at, name in enumerate(row.names):
            sheet.write_string(line, at, name.said_in(language))
        _values(sheet, line, row, shown)
    for end, (words, total) in enumerate(totals, start=len(table.rows) + 1):
        if table.dimensions():
            sheet.write_string(end, 0, words.said_in(language), bold)
        for at, value in enumerate(total.values, start=len(table.dimensions())):
            _write(sheet, end, at, value, bold)
    sheet.set_column(0, max(len(table.dimensions()) - 1, 0), 34)
    sheet.set_column(len(table.dimensions()), len(table.columns), 18)
    sheet.freeze_panes(1, len(table.dimensions()))


def _values(sheet: Any, line: int, row: Row, shown: list[Any]) -> None:
    for at, (value, style) in enumerate(zip(row.values, shown, strict=True), start=len(row.names)):
        _write(sheet, line, at, value, style)


def _write(sheet: Any, line: int, at: int, value: Value, style: Any) -> None:
    if value is None:
        sheet.write_blank(line, at, None, style)
    else:
        sheet.write_number(line, at, float(value) if isinstance(value, Decimal) else value, style)


def _meanings(book: Any, table: Table, language: str, head: Any) -> None:
    sheet = book.add_worksheet(MEANINGS.said_in(language))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    about = [
        (Words("Tính đến ngày", "As of"), vn(table.as_of)),
        (Words("Theo dữ liệu ghi nhận lúc", "As recorded at"), table.known_at.isoformat()),
        (Words("Bản chụp", "Snapshot"), table.snapshot.id),
        (Words("Cây tổ chức", "Tree"), TREE_WORDS[table.tree].said_in(language)),
    ]
    if table.organization is not None:
        about.append((Words("Đơn vị", "Organization"), table.organization[1].said_in(language)))
    for line, (words, value) in enumerate(about):
        sheet.write_string(line, 0, words.said_in(language), head)
        sheet.write_string(line, 1, value, wrapped)
    for line, one in enumerate(table.definitions, start=len(about) + 1):
        for at, words in enumerate((one.label, one.definition, one.told_source)):
            sheet.write_string(line, at, words.said_in(language), wrapped)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 2, 70)
