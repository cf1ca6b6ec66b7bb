"""The worker: does queued jobs one after another and, each minute, what the calendar asks for."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Event, Thread
from time import monotonic

import sqlalchemy as sa
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from registry.access import queries as access
from registry.access.actor import SYSTEM
from registry.bulk import exporting, importing, queue, runs
from registry.bulk.models import Import
from registry.bulk.queue import Taken
from registry.bulk.runs import Way
from registry.config import Settings
from registry.db import EVERYTHING, is_away, make_sessions, set_scope, transaction
from registry.documents.services import storage
from registry.errors import Forbidden, NotFound

logger = logging.getLogger("registry.worker")
POLL_SECONDS = 1.0
TICK_SECONDS = 60.0


@dataclass(frozen=True)
class Handler:
    """How a kind of job is done, and what to do when it is given up. `run` opens its own transactions.

    `run` may be called again after a lost worker: its effects must be the same as of one call.
    """

    run: Callable[[Engine, Settings, Taken], None]
    gave_up: Callable[[Engine, Settings, Taken], None] | None = None


# Checking an import


def _check_import(engine: Engine, settings: Settings, job: Taken) -> None:
    """Check under the rights that the uploader has now; an import already checked is left as it is."""
    with transaction(engine) as session:
        started = session.execute(
            text(
                "UPDATE import_file SET status = 'checking'"
                " WHERE uid = :uid AND status IN ('queued', 'checking')"
            ),
            {"uid": job.payload["import"]},
        )
        if started.rowcount == 0:  # type: ignore[attr-defined]
            return
    today = settings.today_or_now()
    with transaction(engine) as session:
        actor = access.find_by_username(session, job.payload["username"], today)
        if actor is not None:
            set_scope(session, actor.scope())
        import_ = _locked(session, job)
        if import_ is not None and import_.status != "checking":
            return  # another worker took this one for lost, and was done first
        if actor is None or import_ is None:
            _refuse(session, job, "no_right")
            return
        try:
            importing.check(session, actor, storage(settings), import_, today)
        except (Forbidden, NotFound):
            _refuse(session, job, "no_right")


def _locked(session: Session, job: Taken) -> Import | None:
    return session.scalar(sa.select(Import).where(Import.uid == job.payload["import"]).with_for_update())


def _refuse(session: Session, job: Taken, code: str) -> None:
    set_scope(session, EVERYTHING)
    import_ = _locked(session, job)
    if import_ is not None and import_.status in ("queued", "checking"):
        importing.refuse(session, SYSTEM, import_, code, {})


def _check_given_up(engine: Engine, settings: Settings, job: Taken) -> None:
    with transaction(engine) as session:
        _refuse(session, job, "not_checked")


def handler_of(way: Way, counting: Engine | None = None) -> Handler:
    """How runs of a kind are made; `counting` is the engine of the role that counts, for those that need it."""
    return Handler(partial(runs.work, way, counting), partial(runs.give_up, way))


HANDLERS: dict[str, Handler] = {
    importing.JOB: Handler(_check_import, _check_given_up),
    exporting.EXPORT.job: handler_of(exporting.EXPORT),
}
"""What this room can do; rooms above it hand their own handlers to the worker."""


# What the calendar asks for


def roll_forward(engine: Engine, settings: Settings) -> None:
    """Present rows of officials for whom a fact begins or ends today."""
    with transaction(engine) as session:
        session.execute(text("SELECT registry_roll_forward(:today)"), {"today": settings.today_or_now()})


def forget_staging(engine: Engine, settings: Settings) -> None:
    """Typed rows of imports that need them no more."""
    with transaction(engine) as session:
        for table in ("import_new", "import_planned"):
            session.execute(
                text(f"""DELETE FROM {table} s USING import_file i WHERE i.id = s.import_id
                AND i.status IN ('applied', 'undone', 'refused')""")
            )


def forget_files(engine: Engine, settings: Settings) -> None:
    """Files of exports and reports that were kept long enough."""
    with transaction(engine) as session:
        runs.forget(session, storage(settings))


Tick = Callable[[Engine, Settings], None]
TICKS: tuple[Tick, ...] = (roll_forward, forget_staging, forget_files)


# The worker


def run_worker(
    engine: Engine,
    settings: Settings,
    stop: Event,
    *,
    handlers: Mapping[str, Handler] = HANDLERS,
    ticks: Sequence[Tick] = TICKS,
) -> None:
    """Work until `stop` is set; the job in hand is finished first, or given back when `Enough` is raised into it. Errors
    never end the worker."""
    next_tick = monotonic()
    _guarded("clock", _hear, engine)
    try:
        while not stop.is_set():
            if monotonic() >= next_tick:
                next_tick = monotonic() + TICK_SECONDS
                for tick in ticks:
                    _guarded(tick.__name__, tick, engine, settings)
            if not _guarded("job", run_one, engine, settings, handlers):
                stop.wait(POLL_SECONDS)
    except Enough:
        logger.info("worker.stopped", extra={"part": "in the middle"})


def _hear(engine: Engine) -> None:
    """What time it is at the database, before anything is done for a day."""
    with transaction(engine) as session:
        session.execute(text("SELECT"))


def _guarded(name: str, function: Callable[..., bool | None], *arguments: object) -> bool:
    """Call it; an error is logged by its kind alone, since its text may quote personal data."""
    try:
        return bool(function(*arguments))
    except Exception as error:
        logger.error("worker.failed", extra={"part": name, "error": type(error).__name__})
        return False


def run_one(engine: Engine, settings: Settings, handlers: Mapping[str, Handler] = HANDLERS) -> bool:
    """Take one job and do it; False when nothing waits."""
    with make_sessions(engine)() as session, session.begin():
        job = queue.take(session, sorted(handlers))
    if job is None:
        return False
    handler = handlers[job.kind]
    try:
        if job.attempt > queue.LOSSES:
            raise LostWorkerError
        with _held(engine, job):
            handler.run(engine, settings, job)
    except Enough:
        with make_sessions(engine)() as session, session.begin():
            queue.give_back(session, job)
        raise
    except Exception as error:
        logger.error(
            "job.failed",
            extra={"job": job.id, "kind": job.kind, "error": type(error).__name__, "attempt": job.attempt},
        )
        with make_sessions(engine)() as session, session.begin():
            most = queue.LOSSES if is_away(error) else queue.TRIES
            gone = queue.fail(session, job, type(error).__name__, most)
        if gone and handler.gave_up is not None:
            handler.gave_up(engine, settings, job)
    else:
        with make_sessions(engine)() as session, session.begin():
            queue.finish(session, job)
    return True


@contextmanager
def _held(engine: Engine, job: Taken) -> Iterator[None]:
    """Renew the lease of a job beside its work, however long one statement of it takes."""
    done = Event()

    def beat() -> None:
        while not done.wait(queue.BEAT.total_seconds()):
            _guarded("lease", _renew, engine, job)

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _renew(engine: Engine, job: Taken) -> None:
    with make_sessions(engine)() as session, session.begin():
        queue.hold(session, job)


class Enough(KeyboardInterrupt):
    """The worker was asked to stop and its job takes too long. The driver cancels the statement that runs, as it does for
    its parent; what the job has not committed is undone."""


class LostWorkerError(Exception):
    """Every try ended with its worker lost; the job itself is the likely cause."""
