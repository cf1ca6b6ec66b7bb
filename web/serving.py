"""Serving UI and API with gunicorn, on the loopback address: a proxy with TLS stands in front for others."""

import gc
import logging
import mmap
import os
import shutil
import time
from pathlib import Path
from typing import Any

from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from gunicorn.arbiter import Arbiter  # type: ignore[import-untyped]
from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from registry.config import Settings
from web.receiving import Largest, worker_for

THREADS = 4
GRACE_SECONDS = 20
LONGEST_REQUEST_SECONDS = 120
LONGEST_ADDRESS = 8190
MOST_HEADERS = 60
METRICS_BYTES = 2 * 1024 * 1024


class JsonLogger(Logger):  # type: ignore[misc]
    """gunicorn's own few lines go through the root logger, as JSON like all others."""

    def setup(self, cfg: Any) -> None:
        """Attach nothing: the lines travel up."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True
        self.error_log.setLevel(logging.WARNING)
        self.error_log.addFilter(_without_the_request)


def _without_the_request(record: logging.LogRecord) -> bool:
    """gunicorn quotes the line of a request that it cannot read; whoever is looked for may stand in it."""
    if str(record.msg).startswith("Invalid request"):
        record.msg, record.args = "Invalid request", ()
    return True


class Draining(Arbiter):  # type: ignore[misc]
    """Asked to stop, it first lets /readyz say so, and goes on serving until whoever sends requests had time to look."""

    def handle_term(self) -> None:
        """SIGTERM."""
        self.app.leaving[0] = 1
        time.sleep(self.app.settings.drain_seconds)
        super().handle_term()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn configured in code; the application is made before forking, a bad one stops the start."""

    def __init__(self, settings: Settings, metrics: Path) -> None:
        self.settings = settings
        self.metrics = metrics
        self.leaving = mmap.mmap(-1, 1)  # one byte that all workers see
        super().__init__()

    def run(self) -> None:
        """Until stopped by a signal."""
        Draining(self).run()

    def load_config(self) -> None:
        """Everything that differs from gunicorn's defaults."""
        from api.app import LARGEST_BODY
        from api.http import LARGEST_TYPED

        chosen = {
            "bind": f"127.0.0.1:{self.settings.port}",
            "workers": self.settings.workers,
            "worker_class": worker_for(Largest(LARGEST_BODY, LARGEST_TYPED)),
            "threads": THREADS,
            "preload_app": True,
            "timeout": LONGEST_REQUEST_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": 5,
            "accesslog": None,
            "logger_class": JsonLogger,
            "limit_request_line": LONGEST_ADDRESS,
            "limit_request_fields": MOST_HEADERS,
            "control_socket_disable": True,
            "worker_tmp_dir": str(self.metrics.parent),
            "post_fork": _post_fork,
            "child_exit": _child_exit,
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """The application; its database connections are opened by each worker for itself."""
        from web.app import create_app

        app = create_app(self.settings)
        app.extensions["leaving"] = self.leaving
        lasting()
        return app


def lasting() -> None:
    """What is in memory now stays: the collector of garbage need not look at it again and again, a sixth of a second each time."""
    gc.collect()
    gc.freeze()


def _post_fork(server: Any, _worker: Any) -> None:
    """A worker must not talk over a connection that the parent opened."""
    _room_for_metrics(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]), os.getpid())
    server.app.wsgi().extensions["registry"].let_go()


def _room_for_metrics(folder: Path, pid: int) -> None:
    """The files in which this process counts, with all the room they will need: they are mapped into memory, and a process
    that first writes to a part of them when the disk is full is killed (SIGBUS)."""
    for kind in ("counter", "histogram"):
        place = folder / f"{kind}_{pid}.db"
        try:
            place.write_bytes(bytes(METRICS_BYTES))
        except OSError:
            logging.getLogger("registry").error("no room for metrics")
            place.unlink(missing_ok=True)


def _child_exit(_server: Any, worker: Any) -> None:
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]


def run(settings: Settings) -> None:
    """Serve until stopped by a signal. Metrics of all workers meet under the home directory."""
    if settings.production and not settings.trusted_proxies:
        logging.getLogger("registry").warning(
            "REGISTRY_TRUSTED_PROXIES is 0: behind a proxy on this machine, tries to sign in are not told apart by address"
        )
    metrics = settings.home / "run" / "metrics"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)  # read when prometheus_client is first imported
    Server(settings, metrics).run()
