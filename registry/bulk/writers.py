"""Rows into a file, one after another: CSV and JSON for programs, XLSX for people. The same rows give the same bytes.

Cells that a spreadsheet would take for formulas are made harmless. CSV: a text that begins with one of
= + - @ tab, carriage return or ' gets a ' in front; to undo it take one leading ' away (`plain`). XLSX: texts are
written as texts, whatever they begin with. JSON holds what is recorded.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, Protocol

import xlsxwriter

from registry.bulk.columns import NO, YES, Column
from registry.bulk.sheet import FONT, GOLD, ORIGIN, SHEET, TEAL

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "'")
MOST_ROWS = {"xlsx": 1_048_575}
"""What a sheet holds below its title."""
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}


class Writer(Protocol):
    """Takes blocks of rows, each row in the order of the columns."""

    def write(self, rows: Sequence[Sequence[Any]]) -> None: ...


def quoted(cell: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def plain(cell: str) -> str:
    """The text before it was `quoted`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(DANGEROUS) else cell


@contextmanager
def open_writer(form: str, path: Path, columns: Sequence[Column], about: Mapping[str, Any]) -> Any:
    """A writer into a new file, which is whole when the block ends.

    `about` says what was asked, JSON-ready: {what, title, filter, as_of, known_at}.
    """
    make = {"csv": _csv, "json": _json, "xlsx": _xlsx}[form]
    with make(path, columns, about) as writer:
        yield writer


# CSV


class _Csv:
    def __init__(self, out: IO[str], columns: Sequence[Column]) -> None:
        self.lines = csv.writer(out, lineterminator="\r\n")
        self.texts = [one.type == "text" for one in columns]
        self.lines.writerow([one.title for one in columns])

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        self.lines.writerows(
            [_said(cell, is_text) for cell, is_text in zip(row, self.texts, strict=True)] for row in rows
        )


def _said(cell: Any, is_text: bool) -> Any:
    if is_text and cell is not None:
        return quoted(cell)
    return {True: YES, False: NO}[cell] if isinstance(cell, bool) else cell


@contextmanager
def _csv(path: Path, columns: Sequence[Column], _about: Mapping[str, Any]) -> Any:
    """UTF-8 with the mark that makes spreadsheets read it as such; ISO dates, decimals with a point."""
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        yield _Csv(out, columns)


# JSON


class _Json:
    def __init__(self, out: IO[str], columns: Sequence[Column]) -> None:
        self.out, self.columns, self.first = out, columns, True

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            told = {one.key: _value(one, cell) for one, cell in zip(self.columns, row, strict=True)}
            self.out.write(("\n" if self.first else ",\n") + json.dumps(told, ensure_ascii=False))
            self.first = False


def _value(one: Column, cell: Any) -> Any:
    """A partial date as {date, precision}, as everywhere in the API; the rest as it came."""
    if one.type != "date" or cell is None or len(cell) == 10:
        return cell
    month = cell if len(cell) == 7 else f"{cell}-01"
    return {"date": f"{month}-01", "precision": "month" if len(cell) == 7 else "year"}


@contextmanager
def _json(path: Path, columns: Sequence[Column], about: Mapping[str, Any]) -> Any:
    """One object: what was asked, the columns, the rows."""
    titles = [{"key": one.key, "title": one.title, "type": one.type} for one in columns]
    head = json.dumps({**about, "columns": titles}, ensure_ascii=False)
    with path.open("w", encoding="utf-8") as out:
        out.write(f'{head[:-1]}, "rows": [')
        yield _Json(out, columns)
        out.write("\n]}\n")


# XLSX

FIRST_DAY = date(1901, 1, 1)
"""Days before it are written as text: spreadsheets count days from 1900, and miscount its first months."""


class _Xlsx:
    def __init__(self, book: Any, columns: Sequence[Column]) -> None:
        self.columns, self.row = columns, 0
        self.sheet = book.add_worksheet(SHEET)
        self.text = book.add_format({**FONT, "num_format": "@"})
        self.styles = [book.add_format({**FONT, "num_format": _shown(one)}) for one in columns]
        head = book.add_format(
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
        for place, (one, style) in enumerate(zip(columns, self.styles, strict=True)):
            self.sheet.set_column(place, place, _width(one), style)
        self.sheet.set_row(0, 34)
        self.sheet.freeze_panes(1, min(2, len(columns)))
        self.sheet.repeat_rows(0)
        self.sheet.set_landscape()
        self.sheet.set_paper(9)
        self.sheet.fit_to_pages(1, 0)
        for place, one in enumerate(columns):
            self.sheet.write_string(0, place, one.title, head)

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        for row in rows:
            self.row += 1
            for place, cell in enumerate(row):
                if cell is not None:
                    self._cell(place, cell)

    def _cell(self, place: int, cell: Any) -> None:
        kind, style = self.columns[place].type, self.styles[place]
        if kind == "date":
            self._day(place, cell)
        elif kind == "decimal":
            self.sheet.write_number(self.row, place, float(cell), style)
        elif kind == "integer":
            self.sheet.write_number(self.row, place, cell, style)
        elif kind == "boolean":
            self.sheet.write_string(self.row, place, YES if cell else NO, style)
        else:
            self.sheet.write_string(self.row, place, cell, style)

    def _day(self, place: int, cell: str) -> None:
        """A real date; what is known to the month or year only, as people write it: 06/1975, 1975."""
        on = date.fromisoformat(cell) if len(cell) == 10 else None
        if on is not None and on >= FIRST_DAY:
            self.sheet.write_datetime(self.row, place, on, self.styles[place])
        else:
            self.sheet.write_string(self.row, place, "/".join(reversed(cell.split("-"))), self.text)


def _shown(one: Column) -> str:
    return {
        "date": "dd/mm/yyyy",
        "integer": "0",
        "decimal": "0" + ("." + "0" * one.scale if one.scale else ""),
    }.get(one.type, "@")


def _width(one: Column) -> int:
    if one.type in ("date", "integer", "decimal", "boolean"):
        return 13
    return 26 if one.title == one.title.removesuffix("(mã)") else 16


@contextmanager
def _xlsx(path: Path, columns: Sequence[Column], about: Mapping[str, Any]) -> Any:
    """One sheet of rows, and one that says where they come from; a row is forgotten when the next begins."""
    told = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "tmpdir": str(path.parent),
    }
    with xlsxwriter.Workbook(str(path), told) as book:
        created = datetime.fromisoformat(about["known_at"]).astimezone(UTC).replace(tzinfo=None)
        book.set_properties({"title": about["title"], "language": "vi-VN", "created": created})
        writer = _Xlsx(book, columns)
        yield writer
        _origin(book, about, writer.row)


def _origin(book: Any, about: Mapping[str, Any], rows: int) -> None:
    sheet = book.add_worksheet(ORIGIN)
    bold = book.add_format({**FONT, "bold": True})
    wrapped = book.add_format({**FONT, "num_format": "@", "text_wrap": True})
    sheet.set_column(0, 0, 26, bold)
    sheet.set_column(1, 1, 80, wrapped)
    for row, (title, value) in enumerate(_told(about, rows)):
        sheet.write_string(row, 0, title, bold)
        sheet.write_string(row, 1, value, wrapped)


def _told(about: Mapping[str, Any], rows: int) -> Iterable[tuple[str, str]]:
    yield "Nội dung", f"{about['title']} ({about['what']})"
    yield "Tính đến ngày", date.fromisoformat(about["as_of"]).strftime("%d/%m/%Y")
    yield "Theo dữ liệu ghi nhận lúc", about["known_at"]
    yield "Bộ lọc", json.dumps(about["filter"], ensure_ascii=False) if about["filter"] else "không"
    yield "Số dòng", str(rows)
