"""Workbooks made to hurt: each is refused with its reason within seconds, the process that takes them in stays small."""

import io
import os
import resource
import socket
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.bulk import inspecting, reading
from registry.bulk.reader import MEMORY_BYTES as READER_MEMORY

SECONDS, MEBIBYTES = 5, 100
TYPES = b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
BOOK = f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{LINKS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
)
SHEET = "xl/worksheets/sheet1.xml"


def package(**parts: bytes) -> bytes:
    """A workbook whose parts may be replaced or added to: `sheet`, `book`, or names with __ for /."""
    held = {
        "[Content_Types].xml": TYPES,
        "_rels/.rels": RELS.replace("/worksheet", "/officeDocument")
        .replace("worksheets/sheet1", "xl/workbook")
        .encode(),
        "xl/workbook.xml": BOOK.encode(),
        "xl/_rels/workbook.xml.rels": RELS.encode(),
    }
    named = {"sheet": SHEET, "book": "xl/workbook.xml"}
    held |= {named.get(name, name.replace("__", "/")): content for name, content in parts.items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made:
        for name, content in held.items():
            made.writestr(name, content)
    return out.getvalue()


def sheet(rows: str, before: str = "", after: str = "") -> bytes:
    """The XML of a sheet."""
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'.encode()


def cell(place: str, words: str = "x") -> str:
    """A cell with its text in it."""
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


def directory(entries: int, data: bytes, size: int, told: int) -> bytes:
    """A package whose entries all are the same bytes: `size` unzipped, said to be `told`."""
    name = b"[Content_Types].xml"
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(b""), len(data), told, len(name), 0)
    local = b"PK\x03\x04" + common + name + data
    heads = []
    for number in range(entries):
        named = {0: name, 1: b"xl/workbook.xml"}.get(number, b"x%d" % number)
        common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(b""), len(data), told, len(named), 0)
        heads.append(b"PK\x01\x02\x14\x00" + common + struct.pack("<HHHII", 0, 0, 0, 0, 0) + named)
    listed = b"".join(heads)
    count = min(entries, 0xFFFF)
    return (
        local
        + listed
        + b"PK\x05\x06"
        + struct.pack("<HHHHIIH", 0, 0, count, count, len(listed), len(local), 0)
    )


def zeros(size: int) -> bytes:
    """So many zero bytes, packed without a head."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(b"\0" * size) + packer.flush()


LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {two} "{f"&{one};" * 10}">' for one, two in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)
LATE = f'<?xml version="1.0"?><!--{"x" * 2_000_000}-->{LAUGHS}'


def refused_at_the_door(listener: int) -> dict[str, tuple[bytes, str]]:
    """Content and code of each."""
    fetched = f'<!DOCTYPE x [<!ENTITY a SYSTEM "http://127.0.0.1:{listener}/a"><!ENTITY b SYSTEM "file:///etc/passwd">]>'
    return {
        "a thousand parts that are one": (directory(1000, zeros(5_000_000), 5_000_000, 5_000_000), "bomb"),
        "sizes that lie": (directory(1000, zeros(5_000_000), 5_000_000, 10), "broken"),
        "a part that grows without end": (directory(2, zeros(20_000_000), 20_000_000, 20_000_000), "bomb"),
        "sixty thousand parts": (directory(60_000, zeros(10), 10, 10), "bomb"),
        "a billion laughs": (package(book=(LAUGHS + BOOK).encode()), "broken"),
        "laughs behind a long remark": (
            package(sheet=(LATE + "<worksheet>&i;</worksheet>").encode()),
            "broken",
        ),
        "laughs in another encoding": (
            package(book=f'<?xml version="1.0" encoding="UTF-16"?>{LAUGHS}{BOOK}'.encode("utf-16")),
            "broken",
        ),
        "entities from outside": (package(book=(fetched + BOOK.replace("A", "&a;&b;")).encode()), "broken"),
        "a way out of the package": (package(**{"..__..__tmp__x": b"x", "sheet": sheet("")}), "broken"),
        "nothing but noise": (b"PK\x03\x04" + os.urandom(100_000), "broken"),
    }


REFUSED_IN_READING: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "16,384 columns": (lambda: sheet(f'<row r="1">{cell("A1")}{cell("XFD1")}</row>'), {"too_many_columns"}),
    "two corners of the largest sheet": (
        lambda: sheet(f'<row r="1">{cell("A1")}</row><row r="1048576">{cell("XFD1048576")}</row>'),
        {"too_many_columns", "too_big"},
    ),
    "one column to the last row": (
        lambda: sheet(f'<row r="1">{cell("A1")}{cell("GR1")}</row><row r="1048576">{cell("GR1048576")}</row>'),
        {"too_many_rows", "too_big"},
    ),
    "a million merged cells": (
        lambda: sheet(
            f'<row r="1">{cell("A1")}</row><row r="2">{cell("A2")}</row>',
            after="<mergeCells>" + '<mergeCell ref="A2:A3"/>' * 1_000_000 + "</mergeCells>",
        ),
        {"merged"},
    ),
    "a text of fifty megabytes": (
        lambda: sheet(f'<row r="1">{cell("A1")}</row><row r="2">{cell("A2", "x" * 50_000_000)}</row>'),
        {"too_big"},
    ),
    "no sheet at all": (lambda: b"not xml", {"empty", "broken", "no_sheet"}),
}  # fmt: skip


@contextmanager
def bounded() -> Iterator[None]:
    """Fail when the block costs much of a processor or makes this process grow."""
    Path("/proc/self/clear_refs").write_text("5")  # the high-water mark begins anew
    before, spent = _high_water(), _cost()
    yield
    assert _cost() - spent < SECONDS
    assert _high_water() - before < MEBIBYTES


def _cost() -> float:
    """Seconds of a processor that this process and those it started took."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def _high_water() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) // 1024


def test_what_would_hurt_is_refused_before_anything_is_opened() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.05)
        for name, (content, code) in refused_at_the_door(listener.getsockname()[1]).items():
            with bounded(), pytest.raises(reading.FileRefused) as refused:
                reading.inspect("tep.xlsx", content)
            assert refused.value.code == code, name
        with pytest.raises(TimeoutError):
            listener.accept()
    reading.inspect("tep.xlsx", package(sheet=sheet(cell("A1"))))


LIMITS = {
    "Max address space": (inspecting.MEMORY_BYTES, None),
    "Max cpu time": (inspecting.CPU_SECONDS, 120),
    "Max file size": (0, 0),
    "Max core file size": (0, 0),
    "Max open files": (32, 32),
}
"""By the name of a limit: that of the process that looks, and the most of the one that reads."""


@pytest.mark.skipif(sys.platform != "linux", reason="limits of another process are read from /proc")
def test_whoever_opens_a_workbook_does_so_under_limits_of_memory_time_and_files(tmp_path: Path) -> None:
    """A process that got around them would hurt the machine; one that never had them would pass the tests above."""
    os.mkfifo(tmp_path / "never")
    reader = [str(tmp_path / "never"), "xlsx", "10", "10"]
    for place, (script, rest) in enumerate((("inspecting.py", []), ("reader.py", reader))):
        command = [sys.executable, "-I", str(Path(reading.__file__).with_name(script)), *rest]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:
            try:
                for name, most in LIMITS.items():
                    assert 0 <= limit(child.pid, name) <= (most[place] or READER_MEMORY), (script, name)
            finally:
                child.kill()


def limit(pid: int, name: str) -> float:
    """What a process may use, once it has told the system so; infinity when it never does."""
    until, found = time.monotonic() + 10, float("inf")
    while found > 2**40 and time.monotonic() < until:
        told = Path(f"/proc/{pid}/limits").read_text().split(name)[1].split()[0]
        found = float("inf") if told == "unlimited" else float(told)
        time.sleep(0.02)
    return found


def read(path: Path) -> list[tuple[int, list[str]]]:
    """All rows of a kept workbook."""
    with reading.open_table(path, "xlsx") as table:
        return list(table.rows)


def test_what_would_hurt_in_reading_ends_its_own_process_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "kept"
    for name, (make, codes) in REFUSED_IN_READING.items():
        kept.write_bytes(package(sheet=make()))
        with bounded(), pytest.raises(reading.FileRefused) as refused:
            read(kept)
        assert refused.value.code in codes, name
    wide = sheet(
        f'<row r="1">{cell("A1")}</row><row r="2">{cell("A2")}</row>',
        before='<dimension ref="A1:XFD1048576"/>',
    )
    kept.write_bytes(package(sheet=wide))
    assert read(kept) == [(2, ["x"])], "a sheet that says it is larger than it is, is read as it is"
    monkeypatch.setattr(reading, "READING_SECONDS", 0.5)
    os.mkfifo(tmp_path / "never")
    with pytest.raises(reading.FileRefused):
        read(tmp_path / "never")
