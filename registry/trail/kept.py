"""What the check holds against the trail beside seals: the state of imports, which follows from events and changes, and the bytes of
kept files, which their rows tell by a digest.
"""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.audit import log
from registry.documents.services import place_of

if TYPE_CHECKING:
    from registry.trail.verifying import Report

_LINK = """LEFT JOIN LATERAL (SELECT h.number, h.status IN ('submitted', 'approved') AND NOT EXISTS (
            SELECT FROM audit_event r WHERE r.object_id = h.uid::text AND r.action = :returned) AS holds
        FROM audit_event e JOIN change h ON h.number = e.detail->>'change'
        WHERE e.object_type = 'import' AND e.object_id = i.uid::text AND e.action = :{0} ORDER BY e.id DESC LIMIT 1) {0} ON true"""
"""The change that the trail names last for an import; once it was returned or came to nothing, the import is free of it."""
_IMPORTS = f"""SELECT i.uid::text, i.status, c.number AS change, u.number AS undoing, submitted.number AS told,
        undone.number AS told_undoing
    FROM import_file i LEFT JOIN change c ON c.id = i.change_id LEFT JOIN change u ON u.id = i.undo_change_id
    {_LINK.format("submitted")} {_LINK.format("undone")}
    WHERE NOT CASE WHEN c.id IS NULL
        THEN u.id IS NULL AND NOT coalesce(submitted.holds, false) AND i.status IN ('queued', 'checking', 'checked', 'refused')
            AND (i.status = 'refused') = (coalesce(i.problem, 'null') <> 'null') AND (i.status <> 'checked' OR i.checked_at IS NOT NULL)
        ELSE c.number IS NOT DISTINCT FROM submitted.number
            AND i.status = CASE WHEN u.status = 'approved' THEN 'undone' WHEN c.status = 'approved' THEN 'applied' ELSE 'submitted' END
            AND CASE WHEN u.id IS NULL THEN NOT coalesce(undone.holds, false) ELSE u.number IS NOT DISTINCT FROM undone.number END
        END ORDER BY i.id"""


def check_imports(session: Session, report: "Report") -> None:
    """The state of an import, and the changes it names, are those that its events and these changes tell of."""
    actions = {
        "submitted": log.Action.IMPORT_SUBMIT,
        "undone": log.Action.IMPORT_UNDO,
        "returned": log.Action.CHANGE_RETURN,
    }
    for row in session.execute(text(_IMPORTS), {name: one.value for name, one in actions.items()}):
        report.find(
            "import_state_without_event",
            "an import is in a state, or names a change, that nothing tells of",
            **{"import": row.uid},
            state=row.status,
            changes=[row.change, row.undoing],
            told=[row.told, row.told_undoing],
        )


# The bytes of kept files


def digests(session: Session) -> dict[str, list[str]]:
    """Whose bytes must be there: the files under each digest."""
    rows = session.execute(
        text(
            "SELECT sha256, array_agg(uid::text ORDER BY id) AS uids FROM file GROUP BY sha256 ORDER BY sha256"
        )
    )
    return {row.sha256: row.uids for row in rows}


def check_files(
    root: Path, kept: Mapping[str, list[str]], told: Callable[[int, int], None], report: "Report"
) -> None:
    """Every kept file is there and has the digest that its row, which is sealed, tells."""
    for done, (sha256, uids) in enumerate(kept.items(), start=1):
        try:
            with place_of(root, sha256).open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except OSError as error:
            report.find(
                "file_missing",
                "the bytes of a kept file cannot be read",
                files=uids,
                sha256=sha256,
                error=type(error).__name__,
            )
        else:
            if found != sha256:
                report.find(
                    "file_altered",
                    "the bytes of a kept file are others",
                    files=uids,
                    sha256=sha256,
                    found=found,
                )
        told(done, len(kept))
    report.kept_files = len(kept)
