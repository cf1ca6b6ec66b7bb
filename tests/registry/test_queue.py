"""Who has a job: one worker at a time, while it lives; what a worker that lost it says later counts for nothing."""

import threading
import time
from datetime import timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from conftest import Bed

from registry.bulk import jobs, queue
from registry.bulk.jobs import Enough, Handler
from registry.bulk.queue import Taken

KIND = "test.job"


def queued(bed: Bed) -> int:
    """A job that waits; its id."""
    with bed.session("worker") as session:
        return queue.enqueue(session, KIND, {}).id


def state(bed: Bed, job: int) -> tuple[str, int, bool]:
    """(status, tries, whether somebody holds it)."""
    with bed.session() as session:
        row = session.execute(
            sa.text("SELECT status, attempts, leased_until > clock_timestamp() FROM job WHERE id = :id"),
            {"id": job},
        ).one()
    return row[0], row[1], bool(row[2])


def handler(run: Any) -> dict[str, Handler]:
    return {KIND: Handler(lambda _engine, _settings, job: run(job))}


def test_a_job_that_takes_longer_than_its_lease_is_still_done_by_one_worker(
    demo: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = timedelta(seconds=0.6)
    for function in (queue.take, queue.hold):
        monkeypatch.setattr(function, "__defaults__", (short,))
    monkeypatch.setattr(queue, "BEAT", short / 4)
    done: list[int] = []

    def slow(job: Taken) -> None:
        done.append(job.attempt)
        time.sleep(4 * short.total_seconds())

    job = queued(demo)
    first = threading.Thread(target=jobs.run_one, args=(demo.engine("worker"), demo.settings, handler(slow)))
    first.start()
    until = time.monotonic() + 3.5 * short.total_seconds()
    while time.monotonic() < until:
        jobs.run_one(demo.engine("worker"), demo.settings, handler(slow))
        time.sleep(0.1)
    first.join()
    assert (done, state(demo, job)) == ([1], ("done", 1, False))


def test_a_worker_that_was_taken_for_lost_says_nothing_about_the_job_any_more(demo: Bed) -> None:
    job = queued(demo)
    with demo.session("worker") as session:
        lost = queue.take(session, [KIND], timedelta(0))
    with demo.session("worker") as session:
        present = queue.take(session, [KIND])
    assert lost is not None
    assert present is not None
    assert (lost.id, present.id, present.attempt) == (job, job, 2)
    with demo.session("worker") as session:
        queue.finish(session, lost)
        queue.fail(session, lost, "Late")
        queue.give_back(session, lost)
        assert not queue.report(session, lost, 1, 2), "nobody wants it from this one"
    assert state(demo, job) == ("running", 2, True)
    with demo.session("worker") as session:
        queue.finish(session, present)
    assert state(demo, job) == ("done", 2, False)


def test_a_worker_asked_to_stop_gives_its_job_back_as_if_it_had_not_been_tried(demo: Bed) -> None:
    job = queued(demo)

    def cut_short(_job: Taken) -> None:
        raise Enough

    stop = threading.Event()
    jobs.run_worker(demo.engine("worker"), demo.settings, stop, handlers=handler(cut_short), ticks=())
    assert state(demo, job) == ("queued", 0, False)
    assert jobs.run_one(demo.engine("worker"), demo.settings, handler(lambda _job: None))
    assert state(demo, job) == ("done", 1, False)


def test_a_job_outlives_more_restarts_than_it_may_have_failures(
    demo: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAUSE", timedelta(0))

    def database_gone(_job: Taken) -> None:
        raise psycopg.OperationalError

    def wrong(_job: Taken) -> None:
        raise ValueError

    for run, most in ((database_gone, queue.LOSSES), (wrong, queue.TRIES)):
        job = queued(demo)
        for attempt in range(1, most):
            assert jobs.run_one(demo.engine("worker"), demo.settings, handler(run))
            assert state(demo, job)[:2] == ("queued", attempt)
        assert jobs.run_one(demo.engine("worker"), demo.settings, handler(run))
        assert state(demo, job)[:2] == ("failed", most)
    job = queued(demo)
    for _ in range(queue.LOSSES - 1):
        with demo.session("worker") as session:
            assert queue.take(session, [KIND], timedelta(0)), "a worker that dies over it"
    assert jobs.run_one(demo.engine("worker"), demo.settings, handler(lambda _job: None))
    assert state(demo, job)[:2] == ("done", queue.LOSSES)
