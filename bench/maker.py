"""Makes one file of a report as a worker does, in a process of its own, and tells what it took.

python -m bench.maker DSN_OF_WORKER DSN_OF_OWNER FORM FORMAT PATH [k=v …]
→ {"rows", "seconds", "mib"}: mib is the peak of memory above what the process had before it began.
"""

import json
import sys
import time
from datetime import datetime
from pathlib import Path

from sqlalchemy import text

from bench.bed import TODAY, engine_of
from registry.access import queries as access
from registry.bulk.models import Run
from registry.bulk.runs import Order, Reach
from registry.db import EVERYTHING, make_sessions, set_scope
from registry.reports import REPORTS


def main(worker: str, owner: str, form: str, format: str, path: str, *parameters: str) -> None:
    """Make it for an auditor, who sees everybody; nothing is kept but the file."""
    with make_sessions(engine_of(owner))() as session:
        actor = access.find_by_username(session, "auditor1", TODAY)
    assert actor is not None
    report = REPORTS[form]
    reach = Reach.of(actor, report.permission)
    with make_sessions(engine_of(worker))() as session:
        set_scope(session, EVERYTHING)
        known: datetime = session.execute(text("SELECT now()")).scalar_one()
        set_scope(session, reach.scope(actor))
        run = Run(
            form=form,
            version=report.version,
            parameters=dict(one.split("=", 1) for one in parameters),
            format=format,
            as_of=TODAY,
            known_at=known,
        )
        before, started = peak(), time.perf_counter()
        rows = report.make(
            Order(session, actor, run, reach, Path(path), Path(path).parent, lambda _done, _total: None)
        )
        seconds = time.perf_counter() - started
        session.rollback()
    print(json.dumps({"rows": rows, "seconds": seconds, "mib": round(peak() - before)}))


def peak() -> float:
    """The most memory the process has had, in MiB (Linux: of this program, not of the one that started it)."""
    told = Path("/proc/self/status").read_text(encoding="ascii")
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main(*sys.argv[1:])
