"""Reads one table file in a process of its own, within limits of memory and time; run by path, never
imported.

Only the standard library and calamine are loaded, so that it starts fast and needs no path to the registry.
Arguments: path, format ('xlsx' or 'csv'), most rows, most columns. Standard output is JSON lines: one object
about the file {sheet, header, notes, problem}, then lists of `[row number, [cell, …]]`, some hundred rows a line, of the rows
that hold anything, then `true`. A file that cannot be taken ends after the object, with `problem` as [code, detail].
"""

import csv
import datetime
import io
import json
import os
import re
import resource
import sys
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any
from xml.etree import ElementTree

MEMORY_BYTES = 2 * 2**30
CPU_SECONDS = 120
LONGEST_CELL = 32_767
"""Characters that a spreadsheet itself lets into a cell."""
ROWS_A_LINE, LETTERS_A_LINE = 500, 1_000_000
"""What leaves the process in one line at most, but for a row that is longer alone."""
INVISIBLE = str.maketrans(
    {"\u00a0": " ", "\u202f": " ", "\u200b": "", "\ufeff": "", "\u00ad": "", "\x00": "\ufffd"}
)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
Rows = Iterable[tuple[int, list[str]]]


class RefusedError(Exception):
    """The file as a whole cannot be taken."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def tidy(words: str) -> str:
    """NFC, odd spaces as plain ones, nothing invisible, no outer spaces."""
    if words.isascii():
        return words.strip() if "\x00" not in words else words.replace("\x00", "\ufffd").strip()
    return unicodedata.normalize("NFC", words).translate(INVISIBLE).strip()


def shown(value: Any) -> str:
    """A cell as people see it: dates dd/mm/yyyy, numbers without the noise of binary fractions."""
    if type(value) is str:
        return tidy(value)
    if type(value) is float:
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime.datetime) and value.time() != datetime.time(0):
        return value.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(value, datetime.date):
        return value.strftime("%d/%m/%Y")
    return tidy(str(value))


class Tidied(dict[str, str]):
    """Texts by what was written: names of units, ranks and the like come in every row and are tidied once."""

    def __missing__(self, written: str) -> str:
        if len(self) > 100_000:
            self.clear()
        self[written] = found = tidy(written)
        return found


# XLSX


def read_xlsx(path: str, most_rows: int, most_columns: int) -> tuple[dict[str, Any], Rows]:
    """The first visible sheet, with what calamine leaves out: errors and formulas never reckoned."""
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_path(path)
        sheets = book.sheets_metadata
    except python_calamine.PasswordError:
        raise RefusedError("encrypted") from None
    except Exception:
        raise RefusedError("broken") from None
    visible = python_calamine.SheetVisibleEnum.Visible
    grids = [one.name for one in sheets if one.typ == python_calamine.SheetTypeEnum.WorkSheet]
    name = next((one.name for one in sheets if one.visible == visible and one.name in grids), None)
    if name is None:
        raise RefusedError("no_sheet")
    parts = _parts(path)
    errors = _unreadable_cells(path, parts.get(name, ""))
    try:
        sheet = book.get_sheet_by_name(name)
    except Exception:
        raise RefusedError("broken") from None
    if sheet.end is None:
        raise RefusedError("empty")
    height, width = sheet.end[0] + 1, sheet.end[1] + 1
    if width > most_columns:
        raise RefusedError("too_many_columns", most=most_columns, found=width)
    _refuse_merged(sheet.merged_cell_ranges or [], height, width)
    rows = _numbered(
        sheet.start[0] if sheet.start else 0, sheet.iter_rows(), sheet.start[1] if sheet.start else 0
    )
    others = [one for one in grids if one != name and _holds_data(path, parts.get(one, ""))]
    return {"sheet": name, "others": others}, _put_back(rows, errors) if errors else rows


def _numbered(first: int, rows: Iterable[list[Any]], left: int) -> Iterator[tuple[int, list[str]]]:
    """Rows with the numbers the spreadsheet shows; calamine begins at the first used row and column."""
    pad, tidied = [""] * left, Tidied()
    for number, row in enumerate(rows, start=first + 1):
        yield number, pad + [tidied[value] if type(value) is str else shown(value) for value in row]


def _put_back(rows: Rows, errors: dict[int, dict[int, str]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in rows:
        for column, words in errors.get(number, {}).items():
            row.extend([""] * (column + 1 - len(row)))
            row[column] = words
        yield number, row


def _refuse_merged(merged: list[tuple[tuple[int, int], tuple[int, int]]], height: int, width: int) -> None:
    """Merged cells that reach into the rows of data have no one row to belong to."""
    for (top, left), (bottom, right) in sorted(merged):
        if bottom >= 1 and top < height and left < width:
            raise RefusedError("merged", range=f"{letters(left)}{top + 1}:{letters(right)}{bottom + 1}")


def letters(column: int) -> str:
    """A column's letters by its number from 0."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def _parts(path: str) -> dict[str, str]:
    """The part of the package that holds each sheet."""
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
            book = ElementTree.fromstring(package.read("xl/workbook.xml"))  # noqa: S314  no DTD gets this far
            links = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ElementTree.ParseError, zipfile.BadZipFile):
        return {}
    targets = {one.get("Id"): one.get("Target", "") for one in links}
    found = {}
    for one in book.iter(f"{MAIN}sheet"):
        target = targets.get(one.get(LINK), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in names:
            found[one.get("name", "")] = part
    return found


def _holds_data(path: str, part: str) -> bool:
    """Whether any cell of a sheet has a value, by its first megabyte."""
    if not part:
        return False
    with zipfile.ZipFile(path) as package, package.open(part) as file:
        start = file.read(2**20)
    return b"<v>" in start or b"<is>" in start or b"<v " in start


ODD_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})(\d{1,7})"([^>]*)>((?:<f\b[^>]*/>|<f\b[^>]*>[^<]*</f>)?)'
    rb"(?:<v>([^<]*)</v>|<v ?/>)?(?:</c>)"
)

FORMULA = re.compile(rb"<[^>]*>")


def _unreadable_cells(path: str, part: str) -> dict[int, dict[int, str]]:
    """Cells that show an error (#N/A) or a formula never reckoned, as row → column → words.

    calamine reads both as empty, and an empty cell must not stand for something that could not be read.
    """
    if not part:
        return {}
    with zipfile.ZipFile(path) as package, package.open(part) as file:
        sheet = file.read()
    if b"<f" not in sheet and b't="e"' not in sheet:
        return {}
    found: dict[int, dict[int, str]] = {}
    for match in ODD_CELL.finditer(sheet):
        column, row, attributes, formula, value = match.groups()
        error = b't="e"' in attributes
        if error or (formula and not value and b't="str"' not in attributes):
            words = (value or b"#VALUE!") if error else b"=" + FORMULA.sub(b"", formula)[:100]
            found.setdefault(int(row), {})[_number(column)] = words.decode("utf-8", "replace")
    return found


def _number(column: bytes) -> int:
    found = 0
    for letter in column:
        found = found * 26 + letter - 64
    return found - 1


# CSV


def read_csv(path: str, most_rows: int, most_columns: int) -> tuple[dict[str, Any], Rows]:
    """UTF-8 with or without the mark; comma, semicolon or tab, whichever splits the header into more."""
    with open(path, "rb") as file:
        content = file.read()
    try:
        words = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RefusedError("encoding") from None
    csv.field_size_limit(LONGEST_CELL)
    first = words.split("\n", 1)[0]
    split = {mark: _fields(first, mark) for mark in (",", ";", "\t")}
    return {"sheet": None, "others": []}, _records(words, max(split, key=lambda mark: split[mark]))


def _fields(line: str, mark: str) -> int:
    try:
        return len(next(csv.reader([line], delimiter=mark), []))
    except csv.Error:
        return 0


def _records(words: str, mark: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(words, newline=""), delimiter=mark, strict=True)
    tidied = Tidied()
    try:
        for number, record in enumerate(reader, start=1):
            yield number, [tidied[cell] for cell in record]
    except csv.Error:
        raise RefusedError("broken_csv", line=reader.line_num) from None


# What leaves the process


def write(about: dict[str, Any], rows: Rows, most_rows: int, most_columns: int) -> None:
    """The object about the file, then the rows that hold anything; more rows than allowed refuse the file."""
    found = iter(rows)
    at, header = next(found, (1, []))
    if at != 1:
        header = []
    if len(header) > most_columns:
        raise RefusedError("too_many_columns", most=most_columns, found=len(header))
    if any(len(title) > LONGEST_CELL for title in header):
        raise RefusedError("too_big")
    tell({**about, "header": header, "problem": None})
    count = letters_kept = 0
    kept: list[tuple[int, list[str]]] = []
    for number, row in found:
        if not any(row):
            continue
        lengths = list(map(len, row))
        if max(lengths) > LONGEST_CELL:
            raise RefusedError("too_big")
        count += 1
        if count > most_rows:
            raise RefusedError("too_many_rows", most=most_rows)
        kept.append((number, row))
        letters_kept += sum(lengths)
        if len(kept) == ROWS_A_LINE or letters_kept > LETTERS_A_LINE:
            tell(kept)
            kept, letters_kept = [], 0
    tell(kept)
    tell(True)


ENCODE = json.JSONEncoder(check_circular=False, ensure_ascii=False).encode


def tell(said: Any) -> None:
    """One line of JSON."""
    sys.stdout.buffer.write(ENCODE(said).encode("utf-8", "surrogatepass") + b"\n")


def main() -> None:
    """Set the limits, read, tell; a refusal is an answer as well and ends with 0."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 32)):
        resource.setrlimit(limit, (most, most))
    os.nice(5)
    if sys.platform == "linux":  # elsewhere the address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    path, form, most_rows, most_columns = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    try:
        about, rows = (read_xlsx if form == "xlsx" else read_csv)(path, most_rows, most_columns)
        write(about, rows, most_rows, most_columns)
    except RefusedError as refused:
        tell({"problem": [refused.code, refused.detail]})
    except MemoryError:
        tell({"problem": ["too_big", {}]})


if __name__ == "__main__":
    main()
