"""Taking in a table file: what it is, whether it is safe to open, its rows, read in a confined process."""

import io
import json
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from registry.bulk.messages import PROBLEMS, problem_words
from registry.errors import Flaw, Invalid

LARGEST_FILE = 25 * 2**20
LARGEST_UNZIPPED = 400 * 2**20
MOST_PARTS = 2000
DENSEST = 300
"""How much a part may grow when unzipped, past ten megabytes; repeated rows reach about 100."""
MOST_ROWS = 100_000
MOST_COLUMNS = 200

ENDINGS = (".xlsx", ".csv")
NOT_TAKEN = frozenset({"media_type", "old_excel", "macros", "binary_excel", "encrypted", "not_a_workbook"})
"""Codes that say the kind of file is not taken at all (415); the others say that this file is wrong (422)."""

ZIP, COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class FileRefused(Invalid):
    """A file that cannot be taken; `detail` fills the sentence of its code."""

    def __init__(self, code: str, **detail: Any) -> None:
        words = problem_words(code, detail)
        super().__init__(words, code, [Flaw("file", code, words)])
        self.detail = detail


# Before anything is opened


def inspect(name: str, content: bytes) -> str:
    """'xlsx' or 'csv', if the file is one and safe to open. Raises FileRefused; NOT_TAKEN tells two sorts."""
    ending = Path(name.replace("\\", "/")).suffix.lower()
    _refuse_other_kinds(ending, content)
    if len(content) > LARGEST_FILE:
        raise FileRefused("too_large", most_mb=LARGEST_FILE // 2**20)
    if not content:
        raise FileRefused("empty_file")
    if ending == ".csv":
        _inspect_csv(content)
        return "csv"
    _inspect_package(content)
    return "xlsx"


def _refuse_other_kinds(ending: str, content: bytes) -> None:
    if content.startswith(COMPOUND):
        encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise FileRefused("encrypted" if encrypted else "old_excel")
    if ending == ".xls":
        raise FileRefused("old_excel")
    if ending in (".xlsm", ".xltm"):
        raise FileRefused("macros")
    if ending == ".xlsb":
        raise FileRefused("binary_excel")
    if ending not in ENDINGS:
        raise FileRefused("media_type")


def _inspect_csv(content: bytes) -> None:
    if content.startswith(ZIP):
        raise FileRefused("not_a_workbook")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused("encoding") from None
    if b"\x00" in content:
        raise FileRefused("encoding")


def _inspect_package(content: bytes) -> None:
    """A whole, plain workbook: parts unzip to what they say, no macros, no passwords, no document types."""
    if not content.startswith(ZIP):
        raise FileRefused("not_a_workbook")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise FileRefused("broken") from None
    names = {one.filename for one in parts}
    if any(one.flag_bits & 1 for one in parts):
        raise FileRefused("encrypted")
    if "xl/workbook.bin" in names:
        raise FileRefused("binary_excel")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise FileRefused("not_a_workbook")
    if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNZIPPED:
        raise FileRefused("bomb")
    _unzip_all(content, parts)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise FileRefused("macros")


def _unzip_all(content: bytes, parts: list[zipfile.ZipInfo]) -> None:
    """Unzip every part once, keeping nothing, to see its true size; the directory's figures may lie."""
    total = 0
    for one in parts:
        size, start = 0, b""
        for piece in _pieces(content, one):
            size += len(piece)
            start = start or piece
            dense = size > 10 * 2**20 and size > DENSEST * max(one.compress_size, 1)
            if dense or total + size > LARGEST_UNZIPPED:
                raise FileRefused("bomb")
        if size != one.file_size:
            raise FileRefused("broken")
        if one.filename.endswith((".xml", ".rels")) and b"<!DOCTYPE" in start[:4096]:
            raise FileRefused("broken")
        total += size


def _pieces(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    header = content[part.header_offset : part.header_offset + 30]
    if len(header) < 30 or not header.startswith(ZIP):
        raise FileRefused("broken")
    start = (
        part.header_offset
        + 30
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    packed = memoryview(content)[start : start + part.compress_size]
    if len(packed) != part.compress_size:
        raise FileRefused("broken")
    if part.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(packed)
    else:
        raise FileRefused("broken")


def _inflated(packed: memoryview) -> Iterator[bytes]:
    unzip = zlib.decompressobj(-15)
    try:
        piece = unzip.decompress(packed, 2**20)
        while piece:
            yield piece
            piece = unzip.decompress(unzip.unconsumed_tail, 2**20)
    except zlib.error:
        raise FileRefused("broken") from None
    if not unzip.eof:
        raise FileRefused("broken")


# The rows


@dataclass(frozen=True)
class Table:
    """A file being read: its sheet (None for CSV), header, other sheets with data, and the rows one by one.

    A row is (number in the sheet, cells); rows without any value are left out.
    """

    sheet: str | None
    header: list[str]
    others: list[str]
    rows: Iterator[tuple[int, list[str]]]


@contextmanager
def open_table(path: Path, form: str) -> Iterator[Table]:
    """Read a kept file. Raises FileRefused, also from `rows` when the reader gives up half-way."""
    command = [
        sys.executable,
        "-I",
        str(Path(__file__).with_name("reader.py")),
        str(path),
        form,
        str(MOST_ROWS),
        str(MOST_COLUMNS),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        try:
            about = _first(child.stdout)
            yield Table(about["sheet"], about["header"], about["others"], _rows(child.stdout))
        finally:
            child.kill()


def _first(lines: IO[bytes]) -> dict[str, Any]:
    line = lines.readline()
    if not line.endswith(b"\n"):
        raise FileRefused("too_big")
    about: dict[str, Any] = json.loads(line)
    _refused(about)
    return about


def _refused(answer: Any) -> None:
    if isinstance(answer, dict) and answer.get("problem"):
        code, detail = answer["problem"]
        raise FileRefused(code if code in PROBLEMS else "broken", **detail)


def _rows(lines: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """The rows until the reader says it is done; if it stops before, it ran into its limits."""
    for line in lines:
        answer = json.loads(line)
        if answer is True:
            return
        _refused(answer)
        yield answer[0], answer[1]
    raise FileRefused("too_big")
