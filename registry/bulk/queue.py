"""The queue of jobs in the database: enqueued with the work's transaction, taken by one worker at a time.

A worker holds its job by a lease that it renews while it lives; one that is lost lets the next worker have the job within
half a minute. So a job is done at least once, and each job sees to it that its effects are those of once.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from registry.bulk.models import Job
from registry.errors import not_found

LEASE = timedelta(seconds=30)
BEAT = timedelta(seconds=7)
"""How often a living worker renews its lease."""
TRIES = 3
"""So often a job may fail."""
LOSSES = 10
"""So often a worker, or its database, may be lost over a job, which need not be the cause: machines restart."""
PAUSE = timedelta(seconds=5)


@dataclass(frozen=True)
class Taken:
    """A job in hand; `attempt` counts from 1."""

    id: int
    kind: str
    payload: dict[str, Any]
    attempt: int


def enqueue(
    session: Session,
    kind: str,
    payload: dict[str, Any],
    *,
    created_by: int | None = None,
    uid: UUID | None = None,
) -> Job:
    """A job that exists if and only if the caller's transaction commits; `uid` names it, where it has a name."""
    job = Job(kind=kind, payload=payload, created_by=created_by, **({"uid": uid} if uid else {}))
    session.add(job)
    session.flush()
    session.refresh(job)
    return job


def get_job(session: Session, uid: str) -> Job:
    """A job by its uuid; NotFound for an unknown one."""
    try:
        job = session.scalar(sa.select(Job).where(Job.uid == UUID(uid)))
    except ValueError:
        job = None
    if job is None:
        raise not_found()
    return job


_TAKE = text("""
    UPDATE job SET status = 'running', attempts = attempts + 1, leased_until = clock_timestamp() + :lease
    WHERE id = (SELECT id FROM job WHERE status IN ('queued', 'running') AND kind = ANY (:kinds)
            AND (leased_until IS NULL OR leased_until < clock_timestamp())
        ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1)
    RETURNING id, kind, payload, attempts
""").columns(payload=JSONB)


def take(session: Session, kinds: list[str], lease: timedelta = LEASE) -> Taken | None:
    """The oldest job that waits, or whose worker was lost, if any. The caller commits before working."""
    row = session.execute(_TAKE, {"lease": lease, "kinds": kinds}).one_or_none()
    return Taken(row.id, row.kind, row.payload, row.attempts) if row else None


def finish(session: Session, job: Taken) -> None:
    """The work is done; a job that was cancelled meanwhile stays so, and so does one that another worker has by now."""
    session.execute(
        text("""UPDATE job SET status = 'done', finished_at = clock_timestamp(), leased_until = NULL, error
        = NULL
                            WHERE id = :id AND status = 'running' AND attempts = :attempt"""),
        {"id": job.id, "attempt": job.attempt},
    )


def hold(session: Session, job: Taken, lease: timedelta = LEASE) -> None:
    """The worker lives and is at it."""
    session.execute(
        text("""UPDATE job SET leased_until = clock_timestamp() + :lease
                WHERE id = :id AND status = 'running' AND attempts = :attempt"""),
        {"id": job.id, "attempt": job.attempt, "lease": lease},
    )


def give_back(session: Session, job: Taken) -> None:
    """The worker was asked to stop in the middle: the next one begins at once, and the try does not count."""
    session.execute(
        text("""UPDATE job SET status = 'queued', attempts = attempts - 1, leased_until = NULL
                WHERE id = :id AND status = 'running' AND attempts = :attempt"""),
        {"id": job.id, "attempt": job.attempt},
    )


def report(session: Session, job: Taken, done: int, total: int) -> bool:
    """How far the work is; False: nobody wants it any more, or another worker has it."""
    found = session.execute(
        text("""UPDATE job SET done = :done, total = :total
                WHERE id = :id AND status = 'running' AND attempts = :attempt"""),
        {"id": job.id, "attempt": job.attempt, "done": done, "total": total},
    )
    return bool(found.rowcount)  # type: ignore[attr-defined]


def cancel(session: Session, uid: UUID) -> bool:
    """Take a job that is not done out of the queue, by its uuid; False when it was done already."""
    found = session.execute(
        text("""UPDATE job SET status = 'cancelled', finished_at = clock_timestamp(), leased_until = NULL
                WHERE uid = :uid AND status IN ('queued', 'running')"""),
        {"uid": uid},
    )
    return bool(found.rowcount)  # type: ignore[attr-defined]


def fail(session: Session, job: Taken, error: str, most: int = TRIES) -> bool:
    """The attempt failed: back into the queue for a while, or given up after the last of `most` tries. True: given up.

    `error` is the kind of error, never its text, which may quote personal data.
    """
    gone = job.attempt >= most
    session.execute(
        text("""UPDATE job SET status = :status, error = :error, leased_until = CASE WHEN :gone THEN NULL
                    ELSE clock_timestamp() + :pause END, finished_at = CASE WHEN :gone THEN
                    clock_timestamp() END
                WHERE id = :id AND status = 'running' AND attempts = :attempt"""),
        {
            "id": job.id,
            "attempt": job.attempt,
            "status": "failed" if gone else "queued",
            "error": error,
            "gone": gone,
            "pause": PAUSE * job.attempt,
        },
    )
    return gone


def find_last(session: Session, kind: str, name: str, value: str) -> Job | None:
    """The newest job of a kind whose payload has this value under this name."""
    return session.scalar(
        sa.select(Job)
        .where(Job.kind == kind, Job.payload[name].astext == value)
        .order_by(Job.id.desc())
        .limit(1)
    )
