"""Reading imports: one with its counts, the list, findings and their groups, rows by outcome."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.bulk.messages import MESSAGES, finding_words, note_words, problem_words
from registry.bulk.models import Import
from registry.cursors import read_cursor, write_cursor
from registry.errors import Flaw, Invalid
from registry.named import get_by_uid
from registry.words import Words

OUTCOMES = ("new", "changed", "unchanged", "rejected")
COUNTED = ("rows", *OUTCOMES, "warnings")


def get_import(session: Session, uid: str, *, lock: bool = False) -> Import:
    """An import by its uuid; NotFound when absent or out of scope."""
    return get_by_uid(session, Import, uid, lock=lock)


_SHOWN = """
    SELECT i.id AS key, i.uid::text AS id, 'NH-' || to_char(i.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh',
        'YYYY') || '-'
            || lpad(i.id::text, 5, '0') AS number,
        i.status, i.kind, i.dry_run, i.created_at, i.checked_at, i.sheet, i.columns, i.notes, i.problem,
        i.rows, i.new, i.changed, i.unchanged, i.rejected, i.warnings,
        c.uid::text AS change_id, u.uid::text AS undo_change_id, f.name AS file_name, f.sha256, f.size,
        o.code AS organization_code, a.display_name AS created_by,
        (SELECT v.name FROM organization_version v WHERE v.organization_id = o.id AND v.recorded_to IS NULL
            ORDER BY v.valid_from DESC LIMIT 1) AS organization_name,
        (SELECT coalesce(sum(cardinality(r.differs)), 0) FROM import_row r WHERE r.import_id = i.id) AS fields
    FROM import_file i JOIN file f ON f.id = i.file_id JOIN organization o ON o.id = i.organization_id
    JOIN app_user a ON a.id = i.created_by
    LEFT JOIN change c ON c.id = i.change_id LEFT JOIN change u ON u.id = i.undo_change_id"""


def show(session: Session, import_: Import, language: str = "vi") -> dict[str, Any]:
    """An import as programs see it: the
    contract's {id, status, counts, change_id} and what pages add to that.

    `counts` is null until checked and for a refused file; `fields` counts the cells that differ from the
    records.
    """
    row = session.execute(text(f"{_SHOWN} WHERE i.id = :import"), {"import": import_.id}).one()
    return _shown(row, language)


def _shown(row: Any, language: str) -> dict[str, Any]:
    problem = row.problem and {
        "code": row.problem["code"],
        "message": problem_words(row.problem["code"], row.problem["detail"]).said_in(language),
    }
    return {
        "id": row.id,
        "number": row.number,
        "status": row.status,
        "kind": row.kind,
        "dry_run": row.dry_run,
        "created_at": row.created_at,
        "checked_at": row.checked_at,
        "created_by": row.created_by,
        "organization": {"code": row.organization_code, "name": row.organization_name},
        "file": {"name": row.file_name, "sha256": row.sha256, "size": row.size},
        "counts": None if row.rows is None else {name: getattr(row, name) for name in COUNTED},
        "fields": row.fields,
        "sheet": row.sheet,
        "columns": row.columns,
        "problem": problem,
        "notes": [{**one, "message": note_words(one, language)} for one in row.notes],
        "change_id": row.change_id,
        "undo_change_id": row.undo_change_id,
    }


def list_imports(
    session: Session, *, cursor: str | None = None, limit: int = 50, language: str = "vi"
) -> tuple[list[dict[str, Any]], str | None]:
    """Imports in scope, newest first, and the cursor of the next page."""
    before = read_cursor(cursor, int)[0] if cursor else None
    rows = session.execute(
        text(
            f"{_SHOWN} WHERE CAST(:before AS bigint) IS NULL OR i.id < :before"
            " ORDER BY i.id DESC LIMIT :limit"
        ),
        {"before": before, "limit": limit + 1},
    ).all()
    following = write_cursor(rows[limit - 1].key) if len(rows) > limit else None
    return [_shown(row, language) for row in rows[:limit]], following


def count_imports(session: Session, *, exact: bool = False) -> int:
    """How many imports are in scope; stops just past 1000 unless `exact`."""
    stop = "" if exact else "LIMIT 1001"
    counted: int = session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM import_file {stop}) n")
    ).scalar_one()
    return counted


def list_findings(
    session: Session,
    import_: Import,
    *,
    severity: str | None = None,
    code: str | None = None,
    row: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
    language: str = "vi",
) -> tuple[list[dict[str, Any]], str | None, int]:
    """Findings in the order of the sheet:
    ([{sheet, row, column, value, code, severity, message, what, fix}], next cursor, all).

    `code` takes one code, or several of one label as `count_findings` groups them, separated by commas.
    """
    where, parameters = "import_id = :import", {"import": import_.id, "limit": limit + 1}
    for name, value, condition in (
        ("severity", severity, "severity = :severity"),
        ("code", code, "code = ANY (string_to_array(:code, ','))"),
        ("row", row, "row = :row"),
    ):
        if value is not None:
            where += f" AND {condition}"
            parameters[name] = value  # type: ignore[assignment]
    total = session.execute(
        text(f"SELECT count(*) FROM import_finding WHERE {where}"), parameters
    ).scalar_one()
    if cursor:
        parameters["after_row"], parameters["after"] = read_cursor(cursor, int, int)
        where += " AND (row, id) > (:after_row, :after)"
    rows = session.execute(
        text(f"""SELECT id, row, "column" AS title, value, code, severity, detail FROM import_finding WHERE
            {where}
                 ORDER BY row, id LIMIT :limit"""),
        parameters,
    ).all()
    following = write_cursor(rows[limit - 1].row, rows[limit - 1].id) if len(rows) > limit else None
    return [_finding(import_, one, language) for one in rows[:limit]], following, total


def _finding(import_: Import, one: Any, language: str) -> dict[str, Any]:
    what, fix = finding_words(one.code, one.detail, language)
    return {
        "sheet": import_.sheet,
        "row": one.row,
        "column": one.title,
        "value": one.value,
        "code": one.code,
        "severity": one.severity,
        "message": f"{what}. {fix}.",
        "what": what,
        "fix": fix,
    }


def count_findings(session: Session, import_: Import, language: str = "vi") -> list[dict[str, Any]]:
    """Findings by what they are about, most frequent first: [{label, codes, severity, findings, rows}]."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    counted = session.execute(
        text("""SELECT code, severity, count(*) AS findings, count(DISTINCT row) AS rows FROM import_finding
                WHERE import_id = :import GROUP BY code, severity ORDER BY code"""),
        {"import": import_.id},
    )
    for row in counted:
        label = MESSAGES[row.code].label.said_in(language)
        group = found.setdefault(
            (label, row.severity),
            {"label": label, "codes": [], "severity": row.severity, "findings": 0, "rows": 0},
        )
        group["codes"].append(row.code)
        group["findings"] += row.findings
        group["rows"] += row.rows
    return sorted(found.values(), key=lambda one: (one["severity"], -one["findings"], one["label"]))


def list_rows(
    session: Session, import_: Import, outcome: str, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], str | None]:
    """Rows of an outcome, or (`warned`) accepted rows with a warning.

    Each is {row, outcome, cells: {title: text}, differs}.
    """
    if outcome not in (*OUTCOMES, "warned"):
        words = Words(
            f"Chọn một trong: {', '.join(OUTCOMES)}, warned.", f"One of: {', '.join(OUTCOMES)}, warned."
        )
        raise Invalid(words, "choice", [Flaw("outcome", "choice", words)])
    chosen = (
        "outcome = :outcome"
        if outcome != "warned"
        else """outcome <> 'rejected' AND EXISTS (SELECT 1 FROM import_finding f
        WHERE f.import_id = r.import_id AND f.row = r.row AND f.severity = 'warning')"""
    )
    rows = session.execute(
        text(f"""SELECT row, outcome, cells, differs FROM import_row r WHERE import_id = :import AND
        {chosen} AND row > :after
                 ORDER BY row LIMIT :limit"""),
        {
            "import": import_.id,
            "outcome": outcome,
            "after": read_cursor(cursor, int)[0] if cursor else 0,
            "limit": limit + 1,
        },
    ).all()
    following = write_cursor(rows[limit - 1].row) if len(rows) > limit else None
    return [
        {
            "row": one.row,
            "outcome": one.outcome,
            "differs": one.differs or [],
            "cells": {title: cell for title, cell in zip(import_.columns, one.cells, strict=True) if title},
        }
        for one in rows[:limit]
    ], following
