"""Keeping the columnar snapshot: built when it is wanted, its log kept for a day."""

from pathlib import Path
from time import perf_counter
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine

from registry.db import transaction
from registry.statistics.snapshot import store
from registry.statistics.snapshot.live import since

MOST_TOUCHED = 5_000
"""So many changed officials since, and the files are made anew: every process has them in memory beside."""
FORGOTTEN_AFTER, REBUILT_AFTER = "24 hours", "12 hours"


def refresh(counting: Engine, home: Path) -> dict[str, Any]:
    """Build the snapshot of this machine anew, as the role that counts. Returns officials, rows, bytes and seconds."""
    started = perf_counter()
    base = store.build(counting, home)
    size = sum(one.stat().st_size for one in store.folder(home).rglob("*.npy"))
    return {
        "officials": len(base.officials),
        "rows": sum(len(one.who) for one in base.rows.values()),
        "bytes": size,
        "seconds": round(perf_counter() - started, 1),
    }


def turn(engine: Engine, counting: Engine, home: Path) -> None:
    """Each minute: forget the log of yesterday, and build the snapshot where there is none that is worth keeping."""
    with transaction(engine) as session:
        session.execute(
            sa.text(f"""WITH gone AS (DELETE FROM statistics_touched WHERE at < now() - interval '{FORGOTTEN_AFTER}'
                RETURNING 1) UPDATE statistics_epoch SET forgotten_to = now() - interval '{REBUILT_AFTER}'
                WHERE EXISTS (SELECT FROM gone)""")
        )
    if not _good(engine, home):
        refresh(counting, home)


def _good(engine: Engine, home: Path) -> bool:
    """Whether the files answer, and few enough officials changed since."""
    number = store.current(home)
    base = store.read(home, number) if number else None
    if base is None:
        return False
    with transaction(engine) as session:
        changed = since(session, base.moment)
    return changed.follows(base.moment) and len(changed.touched) <= MOST_TOUCHED
