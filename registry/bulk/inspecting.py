"""Looks at one workbook in a process of its own, within limits of memory and time; run by path, never imported.

Only the standard library is loaded. The workbook comes on standard input; standard output is JSON: null when it is safe
to open, else the code of the refusal.
"""

import io
import json
import os
import resource
import sys
import zipfile
import zlib
from collections.abc import Iterator

MEMORY_BYTES = 512 * 2**20
CPU_SECONDS = 10
LARGEST_UNZIPPED = 400 * 2**20
MOST_PARTS = 2000
DENSEST = 300
"""How much a part may grow when unzipped, past ten megabytes; repeated rows reach about 100."""
ZIP = b"PK\x03\x04"
DOCUMENT_TYPES = tuple(
    word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
)


class RefusedError(Exception):
    """The file cannot be taken; its text is the code."""


def inspect(content: bytes) -> None:
    """A whole, plain workbook: parts unzip to what they say, no macros, no passwords, no document types."""
    if not content.startswith(ZIP):
        raise RefusedError("not_a_workbook")
    end = content.rfind(b"PK\x05\x06", -(2**16) - 22)
    if end >= 0 and int.from_bytes(content[end + 10 : end + 12], "little") > MOST_PARTS:
        raise RefusedError("bomb")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        raise RefusedError("broken") from None
    names = {one.filename for one in parts}
    if len(parts) > MOST_PARTS or sum(one.file_size for one in parts) > LARGEST_UNZIPPED:
        raise RefusedError("bomb")
    if any(one.startswith("/") or "\\" in one or ".." in one.split("/") for one in names):
        raise RefusedError("broken")
    if any(one.flag_bits & 1 for one in parts):
        raise RefusedError("encrypted")
    if "xl/workbook.bin" in names:
        raise RefusedError("binary_excel")
    if "xl/workbook.xml" not in names or "[Content_Types].xml" not in names:
        raise RefusedError("not_a_workbook")
    _unzip_all(content, parts)
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise RefusedError("macros")


def _unzip_all(content: bytes, parts: list[zipfile.ZipInfo]) -> None:
    """Unzip every part once, keeping nothing, to see its true size; the directory's figures may lie."""
    total = 0
    for one in parts:
        size, before = 0, b""
        markup = one.filename.endswith((".xml", ".rels", ".vml"))
        for piece in _pieces(content, one):
            size += len(piece)
            if markup:
                joined = before + piece
                if any(word in joined for word in DOCUMENT_TYPES):
                    raise RefusedError("broken")
                before = joined[-20:]
            dense = size > 10 * 2**20 and size > DENSEST * max(one.compress_size, 1)
            if dense or total + size > LARGEST_UNZIPPED:
                raise RefusedError("bomb")
        if size != one.file_size:
            raise RefusedError("broken")
        total += size


def _pieces(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    header = content[part.header_offset : part.header_offset + 30]
    if len(header) < 30 or not header.startswith(ZIP):
        raise RefusedError("broken")
    start = (
        part.header_offset
        + 30
        + int.from_bytes(header[26:28], "little")
        + int.from_bytes(header[28:30], "little")
    )
    packed = memoryview(content)[start : start + part.compress_size]
    if len(packed) != part.compress_size:
        raise RefusedError("broken")
    if part.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
    elif part.compress_type == zipfile.ZIP_DEFLATED:
        yield from _inflated(packed)
    else:
        raise RefusedError("broken")


def _inflated(packed: memoryview) -> Iterator[bytes]:
    unzip = zlib.decompressobj(-15)
    try:
        piece = unzip.decompress(packed, 2**20)
        while piece:
            yield piece
            piece = unzip.decompress(unzip.unconsumed_tail, 2**20)
    except zlib.error:
        raise RefusedError("broken") from None
    if not unzip.eof:
        raise RefusedError("broken")


def main() -> None:
    """Set the limits, look, tell."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    for limit, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_NOFILE, 32)):
        resource.setrlimit(limit, (most, most))
    if sys.platform == "linux":  # elsewhere the address space cannot be limited
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    os.nice(5)
    code = None
    try:
        inspect(sys.stdin.buffer.read())
    except RefusedError as refused:
        code = str(refused)
    except MemoryError:
        code = "too_big"
    json.dump(code, sys.stdout)


if __name__ == "__main__":
    main()
