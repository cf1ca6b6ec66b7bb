"""Servers that are measured, each with as many gunicorn workers as the service starts, of four threads: python -m bench.servers KIND ….

ours: the whole application with rights, read log and row-level security. open: the same without them. floor: a bare WSGI function that sends the
same record with its quality as PostgreSQL builds them, by a prepared statement on the owner's connection; what the law derives is left out.
"""

import sys
import threading
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from bench.bed import SECRET, TODAY
from registry import db
from registry.access import policy
from registry.audit import log
from registry.config import Settings
from registry.db import make_engine
from registry.officials import queries as officials
from registry.officials.queries import _record_statement
from registry.quality.queries import OF_RECORD
from web.serving import lasting

CLASSES = frozenset({"ordinary", "personal", "sensitive"})
WORKERS = 2
"""What the service starts when nobody says how many (REGISTRY_WORKERS)."""


def ours(web: str, stats: str, home: str) -> Any:
    """The service's own application on given connection strings."""
    from web.app import create_app

    settings = Settings(
        env="test",
        home=Path(home),
        database_url=None,
        replica_url=None,
        secret_key=SECRET,
        today=TODAY,
        port=0,
        officials=0,
        seed=1,
        workers=1,
        log_level="error",
    )
    return create_app(settings, {"web": make_engine(web), "stats": make_engine(stats)})


def floor(owner: str) -> Callable[..., Iterable[bytes]]:
    """A bare WSGI application: the id in the path, one prepared statement, its text as the body."""
    statement, kept = _record_statement(CLASSES, False, beside=OF_RECORD), threading.local()

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if not hasattr(kept, "cursor"):
            kept.cursor = psycopg.RawCursor(psycopg.connect(owner, autocommit=True, prepare_threshold=0))
        official = int(environ["PATH_INFO"].rsplit("/", 1)[-1])
        record, _, quality = kept.cursor.execute(statement, [official, TODAY]).fetchone()
        body = f'{record[:-1]}, "quality" : {quality}}}'.encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    return application


def unprotected(web: str, stats: str, home: str) -> Any:
    """The service's application with its protection taken out of this process; the connections are the owner's.

    No scope is sent (no policy holds for the owner), nothing is written into the trail, every decision is yes.
    """
    app = ours(web, stats, home)

    def nothing(*_said: Any, **_named: Any) -> None:
        return None

    def bare(*which: Any, **further: Any) -> str:
        """The statement of a record by name, without opening and without the event."""
        statement = told(*which, **further)
        if not further.get("by"):
            return statement
        event = statement.index("logged AS (")
        record = statement.index("SELECT left(json_build_object(", event)
        opened = statement[:event].rstrip().removesuffix(",").replace(" AND registry_open(c.official_id)", "")
        return f"{opened} {statement[record:]}"

    told, required = officials._record_statement, policy.require
    db._send_scope = nothing
    log.record, log.entry = nothing, nothing  # type: ignore[assignment]
    officials._record_statement = cache(bare)
    for module in list(sys.modules.values()):
        if getattr(module, "require", None) is required:
            module.require = nothing  # type: ignore[attr-defined]
    return app


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, configured in code."""

    def __init__(self, make: Callable[[], Any], port: int) -> None:
        self.make, self.port = make, port
        super().__init__()

    def load_config(self) -> None:
        for name, value in {
            "bind": f"127.0.0.1:{self.port}",
            "workers": WORKERS,
            "threads": 4,
            "worker_class": "gthread",
            "loglevel": "error",
            "keepalive": 30,
        }.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        application = self.make()
        lasting()
        return application


if __name__ == "__main__":
    kind, port, *rest = sys.argv[1:]
    sys.argv = sys.argv[:1]
    kinds: dict[str, Callable[..., Any]] = {"ours": ours, "open": unprotected, "floor": floor}
    Server(lambda: kinds[kind](*rest), int(port)).run()
