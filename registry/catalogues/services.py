"""Loading the code lists from their files. The files are the source: what they name is brought to their
state."""

import csv
import json
import unicodedata
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.catalogues.copying import copy_rows
from registry.errors import Flaw, Invalid
from registry.words import Words

INDEX = "index.csv"
BASE = (
    "key",
    "code",
    "name_vi",
    "name_en",
    "valid_from",
    "valid_to",
    "sort",
    "applies_to",
    "certainty",
    "source",
)
COLUMNS = ("catalogue", *BASE, "extra", "place")


def load(session: Session, directory: Path) -> dict[str, int]:
    """Bring catalogues and items to what the files of `directory` say; loading the same again changes
    nothing.

    A row is known by (catalogue, key, applies_to, valid_from); known rows keep their id. Rows that the files
    do not name stay, because facts of the past may use them. Returns the number of lists and rows in the
    files.
    """
    listed = _index(directory / INDEX)
    rows = [row for name in sorted(listed) for row in _items(name, directory / f"{name}.csv")]
    _merge_catalogues(session, listed)
    _merge_items(session, rows)
    lists.forget()
    return {"catalogues": len(listed), "items": len(rows)}


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a UTF-8 file with a header, text in NFC without outer blanks."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        found = [{key: _clean(value) for key, value in row.items()} for row in reader]
    for number, row in enumerate(found, start=2):
        if None in row:
            raise _wrong(path, number, Words("nhiều ô hơn tiêu đề", "more cells than the header"))
    return found


def _clean(value: str | None) -> str:
    return unicodedata.normalize("NFC", value or "").strip() if isinstance(value, str) else ""


def _index(path: Path) -> dict[str, dict[str, str]]:
    listed = {row["name"]: row for row in read_csv(path)}
    for name in listed:
        if not (path.parent / f"{name}.csv").exists():
            raise _wrong(path, 0, Words(f"thiếu tệp {name}.csv", f"the file {name}.csv is missing"))
    return listed


def _items(catalogue: str, path: Path) -> Iterator[tuple[Any, ...]]:
    """The rows of a list as (catalogue, the common columns, the list's own columns as JSON, place in the
    file)."""
    for place, row in enumerate(read_csv(path), start=1):
        try:
            yield (
                catalogue,
                row["key"],
                row["code"] or None,
                row["name_vi"],
                row["name_en"],
                _day(row["valid_from"]),
                _day(row["valid_to"]),
                int(row["sort"] or 0),
                row["applies_to"],
                row["certainty"],
                row["source"],
                json.dumps({key: row[key] for key in row if key not in BASE}, ensure_ascii=False),
                place,
            )
        except (KeyError, ValueError) as problem:
            raise _wrong(path, place + 1, Words(f"sai: {problem}", f"wrong: {problem}")) from problem


def _day(value: str) -> date | None:
    return date.fromisoformat(value) if value else None


def _wrong(path: Path, line: int, what: Words) -> Invalid:
    where = f"{path.name}:{line}"
    return Invalid(
        Words(f"Tệp danh mục {where}: {what.vi}.", f"Catalogue file {where}: {what.en}."),
        "catalogue_file",
        [Flaw(where, "catalogue_file", what)],
    )


def _merge_catalogues(session: Session, listed: dict[str, dict[str, str]]) -> None:
    if not listed:
        return
    session.execute(
        text("""
            INSERT INTO catalogue (name, title_vi, title_en, source, note)
            VALUES (:name, :title_vi, :title_en, :source, :note)
            ON CONFLICT (name) DO UPDATE
            SET title_vi = excluded.title_vi, title_en = excluded.title_en,
                source = excluded.source, note = excluded.note
            WHERE catalogue IS DISTINCT FROM excluded
        """),
        [listed[name] for name in sorted(listed)],
    )


def _merge_items(session: Session, rows: list[tuple[Any, ...]]) -> None:
    session.execute(
        text("""
        CREATE TEMP TABLE staged_item (catalogue text, key text, code text, name_vi text, name_en text,
            valid_from date, valid_to date, sort int, applies_to text, certainty text, source text,
            extra jsonb, place int) ON COMMIT DROP
    """)
    )
    copy_rows(session, "staged_item", COLUMNS, rows)
    # Not ON CONFLICT: that would use up ids for rows that are already there.
    session.execute(
        text("""
        UPDATE catalogue_item i SET code = s.code, name_vi = s.name_vi, name_en = s.name_en,
            valid_to = s.valid_to, sort = s.sort, certainty = s.certainty, source = s.source, extra = s.extra
        FROM staged_item s
        WHERE i.catalogue = s.catalogue AND i.key = s.key AND i.applies_to = s.applies_to
            AND i.valid_from IS NOT DISTINCT FROM s.valid_from
            AND (i.code, i.name_vi, i.name_en, i.valid_to, i.sort, i.certainty, i.source, i.extra)
                IS DISTINCT FROM
                (s.code, s.name_vi, s.name_en, s.valid_to, s.sort, s.certainty, s.source, s.extra)
    """)
    )
    session.execute(
        text("""
        INSERT INTO catalogue_item (catalogue, key, code, name_vi, name_en, valid_from, valid_to, sort,
            applies_to, certainty, source, extra)
        SELECT s.catalogue, s.key, s.code, s.name_vi, s.name_en, s.valid_from, s.valid_to, s.sort,
            s.applies_to, s.certainty, s.source, s.extra
        FROM staged_item s
        WHERE NOT EXISTS (SELECT FROM catalogue_item i WHERE i.catalogue = s.catalogue AND i.key = s.key
            AND i.applies_to = s.applies_to AND i.valid_from IS NOT DISTINCT FROM s.valid_from)
        ORDER BY s.catalogue, s.place
    """)
    )
    session.execute(text("DROP TABLE staged_item"))
