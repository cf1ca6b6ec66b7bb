"""The table of an answer as a workbook, as on the page: the figures, then what they mean. Real numbers, names as text."""

import io
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from registry.explorer.grids import Head, Line
from registry.explorer.printing import heads_of, line_name, meanings, notes, rows_label
from registry.explorer.queries import Answer, title
from registry.words import Words

SHEETS = Words("Bảng", "Table"), Words("Định nghĩa", "Definitions")
FIRST_ROW = 5


def to_xlsx(found: Answer, conditions: Sequence[Words], language: str) -> bytes:
    """Two sheets; subtotals and totals as numbers, decimals as the registry rounded them."""
    out = io.BytesIO()
    settings = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(out, settings) as book:
        book.set_properties({"title": title(found.question).said_in(language)})
        _figures(book, found, conditions, language)
        _meanings(book, found, language)
    return out.getvalue()


def _figures(book: Any, found: Answer, conditions: Sequence[Words], language: str) -> None:
    grid = found.grid
    sheet = book.add_worksheet(SHEETS[0].said_in(language))
    bold, wrapped = book.add_format({"bold": True}), _head(book)
    sheet.write_string(
        0, 0, title(found.question).said_in(language), book.add_format({"bold": True, "font_size": 14})
    )
    for down, words in enumerate(notes(found, conditions), start=1):
        sheet.write_string(down, 0, words.said_in(language))
    at = max(FIRST_ROW, len(notes(found, conditions)) + 2)
    sheet.write_string(at, 0, rows_label(found).said_in(language), wrapped)
    for column, words in enumerate(heads_of(found), start=1):
        sheet.write_string(at, column, words.said_in(language), wrapped)
    lines = ([grid.total] if grid.total else []) + list(grid.lines)
    styles = {key: book.add_format(look) for key, look in _looks(grid.heads, len(grid.rows) > 1).items()}
    for down, line in enumerate(lines, start=at + 1):
        strong = not line.keys or (len(grid.rows) > 1 and line.depth == 0)
        label = (
            book.add_format({"bold": strong, "indent": line.depth})
            if line.depth
            else bold
            if strong
            else None
        )
        sheet.write_string(down, 0, line_name(found, line).said_in(language), label)
        _values(sheet, down, line, [styles[head.digits, strong] for head in grid.heads])
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, max(len(grid.heads), 1), 16)
    sheet.freeze_panes(at + 1, 1)


def _head(book: Any) -> Any:
    return book.add_format(
        {"bold": True, "bg_color": "#E3EFEF", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
    )


def _looks(heads: Sequence[Head], nested: bool) -> dict[tuple[int, bool], dict[str, Any]]:
    """A format for every number of digits, plain and strong."""
    return {
        (digits, strong): {
            "num_format": "#,##0" + ("." + "0" * digits if digits else ""),
            "bold": strong,
        }
        for digits in {head.digits for head in heads}
        for strong in (False, True)
    }


def _values(sheet: Any, down: int, line: Line, styles: Sequence[Any]) -> None:
    for column, (value, style) in enumerate(zip(line.values, styles, strict=True), start=1):
        if value is None:
            sheet.write_blank(down, column, None, style)
        else:
            sheet.write_number(down, column, float(value) if isinstance(value, Decimal) else value, style)


def _meanings(book: Any, found: Answer, language: str) -> None:
    sheet = book.add_worksheet(SHEETS[1].said_in(language))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    heads = (Words("Tên", "Name"), Words("Định nghĩa", "Definition"), Words("Căn cứ", "Source"))
    for column, words in enumerate(heads):
        sheet.write_string(0, column, words.said_in(language), _head(book))
    for down, (label, definition, source) in enumerate(meanings(found, language), start=1):
        for column, value in enumerate((label, definition, source)):
            sheet.write_string(down, column, value, wrapped)
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 2, 70)
