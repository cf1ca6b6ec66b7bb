"""The workbook that goes back: rows as they were read, wrong cells marked, the sentences in a last column.

It can be mended and uploaded again: the last column is known and left out. Rows keep their numbers, until a
part of them went into a change; then only the rejected ones are left to mend.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.bulk.messages import finding_message
from registry.bulk.models import Import
from registry.bulk.sheet import ERRORS, FONT, GOLD, SHEET, TEAL
from registry.documents.models import File
from registry.errors import Conflict
from registry.words import Words

PARTLY_GONE = ("submitted", "applied", "undone")
MOST_COMMENTS = 2000
"""Beyond so many, spreadsheets become slow; the last column says the same."""

Finding = tuple[str, str, str]


def marked_name(session: Session, import_: Import) -> str:
    """What the marked workbook is called: after the file that was handed in, so that whoever mends several tells them apart."""
    return f"loi-{Path(session.get_one(File, import_.file_id).name).stem}.xlsx"


def marked(session: Session, import_: Import, language: str = "vi") -> bytes:
    """The rows of a checked import as XLSX with what is wrong. Raises Conflict while nothing is checked."""
    if import_.rows is None:
        raise Conflict(
            Words(
                "Tệp chưa kiểm tra xong, hoặc bị từ chối cả tệp nên không có dòng nào.",
                "The file is not checked yet, or was refused as a whole.",
            ),
            "wrong_state",
        )
    found = _findings(session, import_, language)
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        sheet = book.add_worksheet((import_.sheet or SHEET)[:31])
        styles = {
            "": book.add_format({**FONT, "num_format": "@"}),
            "head": book.add_format(
                {**FONT, "bold": True, "font_color": "#FFFFFF", "bg_color": TEAL, "text_wrap": True}
            ),
            "error": book.add_format(
                {**FONT, "num_format": "@", "bg_color": "#F6D5CF", "border": 1, "border_color": "#A3271B"}
            ),
            "warning": book.add_format(
                {**FONT, "num_format": "@", "bg_color": "#FBEBC8", "border": 1, "border_color": GOLD}
            ),
        }
        _write_rows(sheet, styles, import_, _rows(session, import_), found)
        sheet.set_column(0, len(import_.columns) - 1, 18)
        sheet.set_column(len(import_.columns), len(import_.columns), 80)
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _findings(session: Session, import_: Import, language: str) -> dict[int, list[Finding]]:
    """By row, (title, severity, sentence) of everything found."""
    rows = session.execute(
        text("""SELECT row, "column" AS title, severity, code, detail FROM import_finding
                WHERE import_id = :import ORDER BY row, severity, id"""),
        {"import": import_.id},
    )
    found: dict[int, list[Finding]] = {}
    for one in rows:
        found.setdefault(one.row, []).append(
            (one.title, one.severity, finding_message(one.code, one.detail, language))
        )
    return found


def _rows(session: Session, import_: Import) -> Iterator[tuple[int, int, list[str | None]]]:
    """(row in the new sheet, row in the file, cells)."""
    partly = import_.status in PARTLY_GONE
    rows = session.execute(
        text(f"""SELECT row, cells FROM import_row WHERE import_id = :import
                 {"AND outcome = 'rejected'" if partly else ""} ORDER BY row"""),
        {"import": import_.id},
    )
    for place, one in enumerate(rows, start=2):
        yield (place if partly else one.row), one.row, one.cells


def _write_rows(
    sheet: Any,
    styles: dict[str, Any],
    import_: Import,
    rows: Iterator[tuple[int, int, list[str | None]]],
    found: dict[int, list[Finding]],
) -> None:
    comments = 0
    for at, title in enumerate([*import_.columns, ERRORS]):
        sheet.write_string(0, at, title, styles["head"])
    for place, number, cells in rows:
        wrong = {}
        for title, severity, sentence in reversed(found.get(number, [])):
            wrong[title] = (severity, sentence)
        for at, (title, cell) in enumerate(zip(import_.columns, cells, strict=True)):
            severity, sentence = wrong.get(title, ("", ""))
            if cell or severity:
                sheet.write_string(place - 1, at, cell or "", styles[severity])
            if severity and comments < MOST_COMMENTS:
                sheet.write_comment(place - 1, at, sentence, {"author": ERRORS, "x_scale": 1.6})
                comments += 1
        if number in found:
            sheet.write_string(
                place - 1,
                len(cells),
                "\n".join(f"{title}: {words}" for title, _, words in found[number]),
                styles[""],
            )
