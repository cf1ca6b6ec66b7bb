"""A whole work list as a file: CSV for programs, XLSX for people, with the reason of every row."""

import hashlib
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal

import xlsxwriter
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.audit import log
from registry.catalogues import lists
from registry.cells import to_csv
from registry.errors import Flaw, Invalid
from registry.law.why import vn
from registry.words import Words
from registry.worklists.lists import WorkList
from registry.worklists.queries import MOST_IN_FILE, Asked, Row, days_left, list_whole
from registry.worklists.reasons import explain, steps_text, words_of

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Ending = Literal["csv", "xlsx"]
Cell = str | int | date


@dataclass(frozen=True)
class Export:
    """A file, its name and its digest (SHA-256, hex), which the trail keeps."""

    name: str
    content: bytes
    rows: int
    sha256: str


def export(
    session: Session, actor: Actor, one: WorkList, asked: Asked, today: date, ending: Ending, language: str
) -> Export:
    """The whole list of a unit and period as a file; filter, rows and digest go on the trail before it leaves.

    Raises Invalid when there are more rows than one file holds.
    """
    rows = list_whole(session, one, asked, today)
    if len(rows) > MOST_IN_FILE:
        words = Words(
            f"Danh sách có hơn {MOST_IN_FILE} dòng. Chọn đơn vị nhỏ hơn hoặc khoảng ngày ngắn hơn.",
            f"The list has more than {MOST_IN_FILE} rows. Choose a smaller unit or a shorter period.",
        )
        raise Invalid(words, "too_many", [Flaw("query/organization", "too_many", words)])
    table = _cells(session, one, rows, today, language)
    heads = _heads(one, language)
    content = to_csv(heads, table) if ending == "csv" else _xlsx(one, asked, today, heads, table, language)
    found = Export(
        f"{one.id}-{asked.unit.code}-{today.isoformat()}.{ending}",
        content,
        len(rows),
        hashlib.sha256(content).hexdigest(),
    )
    log.record(
        session,
        actor,
        log.Action.WORKLIST_EXPORT,
        "worklist",
        one.id,
        detail={"filter": filter_of(asked), "format": ending, "rows": found.rows, "sha256": found.sha256},
    )
    return found


def filter_of(asked: Asked) -> dict[str, Any]:
    """What was asked, for the trail."""
    return {
        "organization": asked.unit.code,
        "from": asked.since.isoformat() if asked.since else None,
        "to": asked.until.isoformat(),
    }


_PERSON = (
    Words("Họ và tên", "Name"),
    Words("Số định danh", "Personal number"),
    Words("Số hiệu", "Staff code"),
    Words("Mã đơn vị", "Unit code"),
    Words("Đơn vị", "Unit"),
    Words("Chức vụ, vị trí", "Post"),
    Words("Ngạch", "Rank"),
)
_REST = (
    Words("Còn (ngày)", "Days left"),
    Words("Trong đề nghị", "In change"),
    Words("Vì sao", "Why"),
    Words("Căn cứ", "Source"),
)


def _heads(one: WorkList, language: str) -> list[str]:
    labels = (*_PERSON, *(column.label for column in one.columns), one.due, *_REST)
    return [words.said_in(language) for words in labels]


def _cells(
    session: Session, one: WorkList, rows: Iterable[Row], today: date, language: str
) -> Iterator[list[Cell]]:
    for row in rows:
        reason = explain(session, one, row, today)
        yield [
            row.full_name,
            row.personal_id,
            row.staff_code or "",
            row.unit_code or "",
            row.unit_name or "",
            post_of(session, row, language),
            row.rank or "",
            *(words_of(reason.values.get(column.name, ""), language) for column in one.columns),
            row.due_on,
            days_left(row, today),
            row.change or "",
            steps_text(reason.due.why, language),
            one.source,
        ]


def post_of(session: Session, row: Row, language: str) -> str:
    """The position, else the job."""
    return lists.label(session, "position_titles", row.position, language) or row.job_position or ""


def _xlsx(
    one: WorkList, asked: Asked, today: date, heads: Sequence[str], table: Iterable[list[Cell]], language: str
) -> bytes:
    """What the list is on top, the rows below; texts are written as texts, never as formulas or links."""
    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        title = one.title.said_in(language)
        book.set_properties({"title": title, "language": "vi-VN", "created": _midnight(today)})
        sheet = book.add_worksheet(title[:31])
        bold = book.add_format({"bold": True})
        head = book.add_format(
            {"bold": True, "bg_color": "#E3EFEF", "bottom": 1, "text_wrap": True, "valign": "vcenter"}
        )
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        for at, width in enumerate([26, 15, 14, 14, 34, 30, 13, *[22] * len(one.columns), 12, 9, 16, 70, 40]):
            sheet.set_column(at, at, width)
        sheet.write_string(0, 0, title, bold)
        since = Words("từ ", "from ").said_in(language) + vn(asked.since) + " " if asked.since else ""
        before = Words("đến trước", "until before").said_in(language)
        sheet.write_string(1, 0, f"{asked.unit.name} ({asked.unit.code}), {since}{before} {vn(asked.until)}")
        for at, label in enumerate(heads):
            sheet.write_string(3, at, label, head)
        for line, row in enumerate(table, start=4):
            for at, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(line, at, _midnight(value), day)
                elif isinstance(value, int):
                    sheet.write_number(line, at, value)
                else:
                    sheet.write_string(line, at, value)
        sheet.freeze_panes(4, 1)
    return out.getvalue()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min)
