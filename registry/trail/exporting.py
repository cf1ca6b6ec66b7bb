"""The trail for a stranger: everything that a check by the text of docs/trail.md needs, in one ZIP."""

import json
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from registry.audit.encoding import texts
from registry.audit.notes import Verifier
from registry.db import transaction


def export(audit: Engine, verifier: Verifier, target: Path) -> dict[str, int]:
    """Write key.txt, heads.txt, events.jsonl and leaves.txt into `target`, as far as the newest head; how much of each.

    `audit` connects as the role that audits. Raises FileExistsError: nothing is overwritten.
    """
    engine = audit.execution_options(isolation_level="REPEATABLE READ")
    with (
        target.open("xb") as file,
        ZipFile(file, "w", ZIP_DEFLATED) as bundle,
        transaction(engine) as session,
    ):
        notes = session.execute(text("SELECT note FROM audit_head ORDER BY size")).scalars().all()
        bundle.writestr("key.txt", f"{verifier}\n")
        bundle.writestr("heads.txt", "\n".join(notes))
        leaves = _write_events(session, bundle)
        bundle.writestr("leaves.txt", "".join(f"{one}\n" for one in leaves))
    return {"events": len(leaves), "heads": len(notes)}


def _write_events(session: Session, bundle: ZipFile) -> list[str]:
    """The fields of each event, a line each place; their leaf hashes in hex."""
    rows = session.execute(
        text(f"""SELECT l.hash, {texts()} FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id
            WHERE l.place < (SELECT max(size) FROM audit_head) ORDER BY l.place"""),
        execution_options={"yield_per": 5000},
    )
    leaves = []
    with bundle.open("events.jsonl", "w") as lines:
        for row in rows:
            leaves.append(bytes(row[0]).hex())
            lines.write(json.dumps(list(row[1:]), ensure_ascii=False).encode() + b"\n")
    return leaves
