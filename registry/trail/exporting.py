"""The trail for a stranger: everything that a check by the text of docs/trail.md needs, in one ZIP."""

import json
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.audit.encoding import texts
from registry.audit.notes import Verifier


def export(session: Session, verifier: Verifier, target: Path) -> dict[str, int]:
    """Write key.txt, heads.txt, events.jsonl and leaves.txt into `target`, as far as the newest head; how much of each.

    Raises FileExistsError: nothing is overwritten.
    """
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    notes = session.execute(text("SELECT note FROM audit_head ORDER BY size")).scalars().all()
    size = session.scalar(text("SELECT coalesce(max(size), 0) FROM audit_head"))
    events = session.execute(
        text(f"""SELECT l.hash, {texts()} FROM audit_leaf l LEFT JOIN audit_event e ON e.id = l.event_id
            WHERE l.place < :size ORDER BY l.place"""),
        {"size": size},
        execution_options={"yield_per": 5000},
    )
    leaves = []
    with target.open("xb") as file, ZipFile(file, "w", ZIP_DEFLATED) as bundle:
        bundle.writestr("key.txt", f"{verifier}\n")
        bundle.writestr("heads.txt", "\n".join(notes))
        with bundle.open("events.jsonl", "w") as lines:
            for row in events:
                leaves.append(bytes(row[0]).hex())
                lines.write(json.dumps(list(row[1:]), ensure_ascii=False).encode() + b"\n")
        bundle.writestr("leaves.txt", "".join(f"{one}\n" for one in leaves))
    return {"events": len(leaves), "heads": len(notes)}
