"""Taking in a table file: what it is, whether it is safe to open, its rows, read in a confined process."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer
from typing import IO, Any

from registry.bulk.messages import PROBLEMS, problem_words
from registry.errors import Flaw, Invalid

LARGEST_FILE = 25 * 2**20
MOST_ROWS = 100_000
MOST_COLUMNS = 200

INSPECTING_SECONDS, READING_SECONDS = 20, 900
"""How long looking at a file and reading it may take by the clock; reading waits for the rows to be stored."""

ENDINGS = (".xlsx", ".csv")
NOT_TAKEN = frozenset({"media_type", "old_excel", "macros", "binary_excel", "encrypted", "not_a_workbook"})
"""Codes that say the kind of file is not taken at all (415); the others say that this file is wrong (422)."""

_BESIDE = Path(__file__).parent
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
    """A whole, plain workbook, as `inspecting.py` finds in a process of its own."""
    command = [sys.executable, "-I", str(_BESIDE / "inspecting.py")]
    try:
        child = subprocess.run(
            command, input=content, capture_output=True, check=False, timeout=INSPECTING_SECONDS
        )
        code = json.loads(child.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise FileRefused("too_big") from None
    if code is not None:
        raise FileRefused(code)


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
        str(_BESIDE / "reader.py"),
        str(path),
        form,
        str(MOST_ROWS),
        str(MOST_COLUMNS),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as child:
        assert child.stdout is not None
        clock = Timer(READING_SECONDS, child.kill)
        clock.daemon = True
        clock.start()
        try:
            about = _first(child.stdout)
            yield Table(about["sheet"], about["header"], about["others"], _rows(child.stdout))
        finally:
            clock.cancel()
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
        yield from ((number, cells) for number, cells in answer)
    raise FileRefused("too_big")
