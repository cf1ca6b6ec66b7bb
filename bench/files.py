"""Lists and forms as files, each made in a process of its own as a worker makes it, against its floor.

The name of a result tells the most memory above idle that making it took; the goal is 200 MiB.
"""

import json
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.bed import TODAY, Bed
from bench.timing import Result, in_turns
from registry.bulk.columns import Answer
from registry.bulk.questions import OFFICIALS, Question, answer, rows
from registry.bulk.runs import Reach
from registry.db import copy_out
from registry.reports import REPORTS

AUDITOR, PROVINCE = "auditor1", "H26"
ROSTER = "danh_sach"


class Maker:
    """Makes files of a report and remembers the most memory that took."""

    def __init__(self, bed: Bed, form: str, format: str, *parameters: str) -> None:
        self.told = [bed.dsn("worker"), bed.dsn("migrate"), form, format]
        self.parameters = parameters
        self.mib = 0

    def make(self, path: Path) -> dict[str, Any]:
        """One file: {rows, seconds, mib}."""
        done = subprocess.run(
            [sys.executable, "-m", "bench.maker", *self.told, str(path), *self.parameters],
            check=True,
            stdout=subprocess.PIPE,
        )
        told: dict[str, Any] = json.loads(done.stdout)
        self.mib = max(self.mib, told["mib"])
        return told

    def rows_a_second(self) -> float:
        """Of one file that is thrown away."""
        with tempfile.TemporaryDirectory() as home:
            told = self.make(Path(home) / "file")
        return float(told["rows"] / told["seconds"])

    def named(self, found: Result) -> Result:
        """The result with the memory in its name."""
        return replace(found, name=f"{found.name}, {self.mib} MiB above idle")


def _roster(bed: Bed) -> Answer:
    """The statement of the list of everybody, as an auditor asks for it."""
    actor = bed.actor(AUDITOR)
    with bed.session("worker", actor.scope()) as session:
        known = session.execute(text("SELECT now()")).scalar_one()
        classes = Reach.of(actor, REPORTS[ROSTER].permission).classes
        return answer(session, Question(OFFICIALS, {}, TODAY, known), classes, roster=True)


def list_csv(bed: Bed) -> Result:
    """Rows a second of the list as CSV; the floor is a bare COPY of the same query, policies and all, into a file."""
    found, ours = _roster(bed), Maker(bed, ROSTER, "csv")

    def floor() -> float:
        with bed.session("worker", bed.actor(AUDITOR).scope()) as session, tempfile.TemporaryFile() as out:
            started, count = time.perf_counter(), 0
            for line in copy_out(session, found.statement, found.parameters):
                out.write(line)
                count += 1
            return count / (time.perf_counter() - started)

    return ours.named(
        in_turns(
            "list as CSV", "rows/s", 0.6, "bare COPY of the same query", ours.rows_a_second, floor, rounds=3
        )
    )


def list_xlsx(bed: Bed) -> Result:
    """Rows a second of a sheet from rows at hand, by our writer and by xlsxwriter; memory is that of the whole report."""
    from registry.bulk.writers import open_writer

    found, whole = _roster(bed), Maker(bed, ROSTER, "xlsx")
    whole.rows_a_second()
    with bed.session("worker", bed.actor(AUDITOR).scope()) as session:
        told = [tuple(row) for block in rows(session, found) for row in block][:20_000]
    about = {
        "what": "x",
        "title": "x",
        "filter": {},
        "as_of": TODAY.isoformat(),
        "known_at": "2026-11-25T00:00:00+00:00",
    }

    def ours() -> float:
        with tempfile.TemporaryDirectory() as home:
            started = time.perf_counter()
            with open_writer("xlsx", Path(home) / "file", found.columns, about) as writer:
                for start in range(0, len(told), 2000):
                    writer.write(told[start : start + 2000])
            return len(told) / (time.perf_counter() - started)

    kinds: list[str] = [one.type for one in found.columns]
    return whole.named(
        in_turns(
            "sheet of a list",
            "rows/s",
            3.0,
            "xlsxwriter in constant memory",
            ours,
            lambda: by_xlsxwriter(kinds, told),
            rounds=3,
        )
    )


def by_xlsxwriter(kinds: list[str], told: list[tuple[Any, ...]]) -> float:
    """Rows a second that xlsxwriter writes."""
    import xlsxwriter

    with tempfile.TemporaryDirectory() as home:
        started = time.perf_counter()
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(f"{home}/file.xlsx", options) as book:
            sheet = book.add_worksheet()
            days = book.add_format({"num_format": "dd/mm/yyyy"})
            for number, row in enumerate(told):
                for place, cell in enumerate(row):
                    if cell is None:
                        continue
                    if kinds[place] == "date" and len(cell) == 10:
                        sheet.write_datetime(number, place, date.fromisoformat(cell), days)
                    elif kinds[place] in ("decimal", "integer"):
                        sheet.write_number(number, place, float(cell))
                    else:
                        sheet.write_string(number, place, cell)
        return len(told) / (time.perf_counter() - started)


def forms_2c(bed: Bed) -> Result:
    """Pages a second of form 2C of everybody in a province, gathered and drawn into one file; the floor draws the same
    lines on a bare canvas over one form XObject."""
    from pypdf import PdfReader

    from bench.measures import bare_canvas

    ours = Maker(bed, "2c_bulk", "pdf", f"organization={PROVINCE}")
    with tempfile.TemporaryDirectory() as home:
        people = ours.make(Path(home) / "file")["rows"]
        pages = [
            [line for line in page.extract_text().split("\n") if line.strip()]
            for page in PdfReader(Path(home) / "file").pages[:400]
        ]
        count = len(PdfReader(Path(home) / "file").pages)

    def floor() -> float:
        started = time.perf_counter()
        bare_canvas(pages)
        return len(pages) / (time.perf_counter() - started)

    return ours.named(
        in_turns(
            f"form 2C of {people:,} people",
            "pages/s",
            0.5,
            "bare canvas, one form XObject, the same lines; nothing gathered",
            lambda: ours.rows_a_second() * count / people,
            floor,
            rounds=3,
        )
    )


MEASURES: dict[str, Any] = {"list_csv": list_csv, "list_xlsx": list_xlsx, "forms_2c": forms_2c}
