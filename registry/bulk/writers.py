"""Rows into a file, one after another: CSV and JSON for programs, XLSX for people. The same rows give the same bytes.
CSV comes ready from PostgreSQL (COPY), line by line; JSON and XLSX are written from rows.

Cells that a spreadsheet would take for formulas are made harmless, as `registry.cells` says. XLSX: texts are written
as texts, whatever they begin with. JSON holds what is recorded.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any, Protocol

from registry.bulk.book import Book, Head, open_book
from registry.bulk.columns import NO, YES, Column
from registry.bulk.sheet import ORIGIN, SHEET
from registry.cells import BOM, harmless_sql

MOST_ROWS = {"xlsx": 1_048_575}
"""What a sheet holds below its title."""
MEDIA_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "pdf": "application/pdf",
}
KINDS_OF_FILES = tuple(MEDIA_TYPES.values())


class Writer(Protocol):
    """Takes blocks of rows, each row in the order of the columns."""

    def write(self, rows: Sequence[Sequence[Any]]) -> None: ...


@contextmanager
def open_writer(form: str, path: Path, columns: Sequence[Column], about: Mapping[str, Any]) -> Any:
    """A writer into a new file, which is whole when the block ends.

    `form` is json or xlsx; `about` says what was asked, JSON-ready: {what, title, filter, as_of, known_at}.
    """
    make = {"json": _json, "xlsx": _xlsx}[form]
    with make(path, columns, about) as writer:
        yield writer


# CSV


def safe_sql(one: Column) -> str:
    """SQL of a column of the CSV: texts made harmless, the words of yes and no."""
    if one.type == "boolean":
        return f"CASE {one.key} WHEN true THEN '{YES}' WHEN false THEN '{NO}' END"
    if one.type != "text":
        return one.key
    return harmless_sql(one.key)


def write_csv(
    path: Path, columns: Sequence[Column], lines: Iterable[bytes], written: Callable[[int], None]
) -> int:
    """The lines under their titles, UTF-8, ended as RFC 4180 says; `written` hears now and then how many there are."""
    titles = io.StringIO()
    csv.writer(titles, lineterminator="\r\n").writerow([one.title for one in columns])
    count = 0
    with path.open("wb") as out:
        out.write(BOM + titles.getvalue().encode())
        for block in batches(lines):
            out.write(b"".join([line[:-1] + b"\r\n" for line in block]))
            count += len(block)
            written(count)
    return count


def batches(lines: Iterable[bytes], size: int = 2000) -> Iterator[list[bytes]]:
    """So many at a time."""
    held = []
    for line in lines:
        held.append(line)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


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


def heads(columns: Sequence[Column]) -> list[Head]:
    """The columns as a sheet shows them."""
    return [Head(one.title, one.type, _width(one), one.scale) for one in columns]


def _width(one: Column) -> int:
    if one.type in ("date", "integer", "decimal", "boolean"):
        return 13
    return 26 if one.title == one.title.removesuffix("(mã)") else 16


@contextmanager
def _xlsx(path: Path, columns: Sequence[Column], about: Mapping[str, Any]) -> Any:
    """One sheet of rows, and one that says where they come from; a row is forgotten when it is packed."""
    created = datetime.fromisoformat(about["known_at"]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with open_book(path, title=about["title"], created=created) as book:
        with book.sheet(SHEET, heads(columns), frozen=min(2, len(columns))) as sheet:
            yield sheet
            rows = sheet.rows
        _origin(book, about, rows)


def _origin(book: Book, about: Mapping[str, Any], rows: int) -> None:
    first, *rest = _told(about, rows)
    with book.sheet(ORIGIN, [Head(first[0], width=26), Head(first[1], width=80)]) as sheet:
        sheet.write(rest)


def _told(about: Mapping[str, Any], rows: int) -> Iterable[tuple[str, str]]:
    yield "Nội dung", f"{about['title']} ({about['what']})"
    yield "Tính đến ngày", date.fromisoformat(about["as_of"]).strftime("%d/%m/%Y")
    yield "Theo dữ liệu ghi nhận lúc", about["known_at"]
    yield "Bộ lọc", json.dumps(about["filter"], ensure_ascii=False) if about["filter"] else "không"
    yield "Số dòng", str(rows)
