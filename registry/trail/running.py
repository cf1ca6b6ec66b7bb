"""The log's part of the worker: two threads beside the queue, so that neither waits for the other."""

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from time import monotonic

from sqlalchemy import Engine, text

from registry.config import Settings
from registry.db import transaction
from registry.trail import anchoring, keys
from registry.trail.sequencing import AT_ONCE, Sequencer

logger = logging.getLogger("registry.trail")
TURN_SECONDS = 3.0
MONTHS_SECONDS = 3600.0
AHEAD = timedelta(days=93)


def make_months(engine: Engine, settings: Settings) -> int:
    """Partitions of the trail for this month and the next three; how many were made."""
    with transaction(engine) as session:
        made: int = session.execute(
            text("SELECT registry_trail_months(CURRENT_DATE, CAST(CURRENT_DATE + :ahead AS date))"),
            {"ahead": AHEAD},
        ).scalar_one()
    return made


def start(engine: Engine, audit: Engine, settings: Settings, stop: Event) -> list[Thread]:
    """Begin to keep the log until `stop` is set; the threads, to be joined. `audit` connects as the role that audits.

    Raises ConfigError without a usable key.
    """
    signer, folder = keys.signer(settings), keys.folder(settings)
    sequencer = Sequencer(engine, audit, signer, folder)
    months = _hourly(lambda: make_months(engine, settings))

    def sequence() -> None:
        months()
        while sequencer.turn() >= AT_ONCE and not stop.is_set():
            pass  # more than a turn takes waits: at the first start after years, or after a long stop

    def anchor() -> None:
        for place in anchoring.places(settings):
            anchoring.anchor(engine, place)

    kept = (("log", sequence), ("anchors", anchor))
    threads = [Thread(target=_keep, args=(*one, stop)) for one in kept]
    for thread in threads:
        thread.start()
    return threads


def _hourly(work: Callable[[], object]) -> Callable[[], None]:
    due = [monotonic()]

    def maybe() -> None:
        if monotonic() >= due[0]:
            due[0] = monotonic() + MONTHS_SECONDS
            work()

    return maybe


def _keep(name: str, work: Callable[[], object], stop: Event) -> None:
    """Do it again and again; an error is logged by its kind, since its text may quote personal data, and tried anew."""
    while not stop.is_set():
        try:
            work()
        except Exception as error:
            logger.error("worker.failed", extra={"part": name, "error": type(error).__name__})
        stop.wait(TURN_SECONDS)
