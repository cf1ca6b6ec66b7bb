"""Cells of files that no spreadsheet takes for formulas, and that give their text back.

CSV: a text that begins with one of = + - @ (also full-width), tab, return, line feed or ' (spaces before it do not
count) gets a ' in front of that sign, and so does such a sign behind a ; a tab or a line break inside the text, where a
spreadsheet of another country begins its next cell. `plain` takes exactly those away. XLSX: texts are written as texts.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

SIGNS = "=+-@＝＋－＠'"
BREAKS = "\t\r\n"
BOM = b"\xef\xbb\xbf"
"""The mark that makes spreadsheets read a CSV as UTF-8."""
_SPOT = rf"(^ *(?=[{re.escape(SIGNS)}{BREAKS}])|[;{BREAKS}] *(?=[{re.escape(SIGNS)}]))"
_BARE = re.compile(_SPOT)
_MARKED = re.compile(_SPOT.replace("(?=", "'(?=", 2))
_FIRST = ",".join(str(ord(one)) for one in SIGNS + BREAKS + " ")


def harmless(text: str) -> str:
    """The text with a ' before each sign that would begin a formula."""
    return _BARE.sub(r"\1'", text)


def plain(cell: str) -> str:
    """The text before it was made harmless."""
    return _MARKED.sub(lambda one: one[1][:-1], cell)


def harmless_sql(column: str) -> str:
    """SQL that does to a column what `harmless` does to a text; for texts as they are kept: without tabs, outer breaks.

    First three cheap questions, the pattern only where one says that there may be something to do.
    """
    spot = _escaped(_SPOT.replace("'", "''"))
    return (
        f"CASE WHEN ascii({column}) = ANY ('{{{_FIRST}}}'::int[]) OR strpos({column}, ';') > 0"
        rf" OR strpos({column}, E'\n') > 0 THEN regexp_replace({column}, E'{spot}', E'\\1''', 'g')"
        f" ELSE {column} END"
    )


def _escaped(pattern: str) -> str:
    return pattern.replace("\\", "\\\\").replace("\t", "\\t").replace("\r", "\\r").replace("\n", "\\n")


def to_csv(head: Sequence[str], rows: Iterable[Sequence[Any]], mark: bytes = BOM) -> bytes:
    """UTF-8 with its mark, lines as RFC 4180 ends them, every text harmless; None is nothing."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return mark + out.getvalue().encode()
