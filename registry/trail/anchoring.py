"""Leaving heads outside, where whoever rules the database cannot reach them: a directory, a time-stamp authority.

A place that fails never stops work: how it went is kept, shown and measured, and it is tried again after a while.
"""

import logging
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.request import Request, urlopen

from rfc3161_client import HashAlgorithm, PKIStatus, TimestampRequestBuilder, decode_timestamp_response
from sqlalchemy import Engine, text

from registry import clock
from registry.config import Settings
from registry.db import transaction
from registry.trail import files, keys

logger = logging.getLogger("registry.trail")
DIRECTORY, TIME_STAMP = "directory", "time_stamp"
STAMP_EVERY = timedelta(hours=1)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=10)
SECONDS = 10
AT_ONCE = 500
QUERY = {"Content-Type": "application/timestamp-query"}


class AnchorError(Exception):
    """The place gave no receipt, or one that does not fit what was sent."""


@dataclass(frozen=True)
class Leaving:
    """A head to leave somewhere."""

    size: int
    root: bytes
    note: str


class Place(Protocol):
    """Somewhere outside. `every`: the least time between two heads; none for every head there is."""

    @property
    def name(self) -> str: ...
    @property
    def every(self) -> timedelta | None: ...
    def leave(self, head: Leaving) -> bytes | None:
        """Leave a head; the receipt, if the place gives one. Any error: it is not there."""


@dataclass(frozen=True)
class Directory:
    """A directory of somebody else: each head a new file, never overwritten."""

    path: Path
    name: str = DIRECTORY
    every: timedelta | None = None

    def leave(self, head: Leaving) -> None:
        """Raises AnchorError when another head of this size lies there already."""
        target = self.path / f"{head.size:012d}-{head.root.hex()[:16]}.note"
        fresh = target.with_name(f".{target.name}.{os.getpid()}")
        with fresh.open("wb") as file:
            file.write(head.note.encode())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(fresh, target)  # unlike a rename, a link never replaces what lies there
        except FileExistsError:
            if target.read_bytes() != head.note.encode():
                raise AnchorError("another head of this size lies there") from None
        finally:
            fresh.unlink()


@dataclass(frozen=True)
class TimeStamp:
    """A time-stamp authority (RFC 3161): its token over the SHA-256 of the note is the receipt, kept as a file as well."""

    url: str
    receipts: Path
    name: str = TIME_STAMP
    every: timedelta | None = STAMP_EVERY

    def leave(self, head: Leaving) -> bytes:
        """Raises AnchorError when the answer grants nothing or is about something else."""
        builder = TimestampRequestBuilder().data(head.note.encode()).hash_algorithm(HashAlgorithm.SHA256)
        asked = builder.nonce(nonce=True).cert_request(cert_request=True).build()
        request = Request(self.url, asked.as_bytes(), QUERY, method="POST")  # noqa: S310  settings take http(s) only
        with urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            receipt = bytes(answer.read(200_000))
        told = decode_timestamp_response(receipt)
        granted = told.status in (PKIStatus.GRANTED, PKIStatus.GRANTED_WITH_MODS)
        if (
            not granted
            or told.tst_info.message_imprint.message != asked.message_imprint.message
            or told.tst_info.nonce != asked.nonce
        ):
            raise AnchorError("the time-stamp authority gave no token for this head")
        files.write_whole(self.receipts / f"{head.size:012d}.tsr", receipt)
        return receipt


RECEIPTS = "receipts"


def places(settings: Settings) -> list[Place]:
    """The places that the settings name."""
    found: list[Place] = []
    if settings.audit_anchor_dir is not None:
        found.append(Directory(settings.audit_anchor_dir))
    if settings.audit_tsa_url is not None:
        found.append(TimeStamp(settings.audit_tsa_url, keys.folder(settings) / RECEIPTS))
    return found


def anchor(engine: Engine, place: Place, now: datetime | None = None) -> int:
    """Leave what is due at a place; returns how many heads. An error is kept as the state of the place and not raised."""
    heads = _due(engine, place, now or clock.now())
    done = 0
    for head in heads:
        try:
            receipt = place.leave(head)
        except Exception as error:
            logger.warning("trail.anchor_failed", extra={"part": place.name, "error": type(error).__name__})
            _went(engine, place, type(error).__name__)
            return done
        with transaction(engine) as session:
            session.execute(
                text("""INSERT INTO audit_anchor (outside, size, receipt) VALUES (:place, :size, :receipt)
                    ON CONFLICT DO NOTHING"""),
                {"place": place.name, "size": head.size, "receipt": receipt},
            )
        done += 1
    if done:
        _went(engine, place, None)
    return done


def _due(engine: Engine, place: Place, now: datetime) -> list[Leaving]:
    """The heads to leave now: all that are not there yet, or only the newest where the place wants time in between."""
    with transaction(engine) as session:
        state = session.execute(
            text("SELECT tried_at, failures FROM audit_anchor_state WHERE outside = :place"),
            {"place": place.name},
        ).one_or_none()
        last = session.execute(
            text("SELECT size, at FROM audit_anchor WHERE outside = :place ORDER BY size DESC LIMIT 1"),
            {"place": place.name},
        ).one_or_none()
        if state is not None and state.failures and now < state.tried_at + _pause(state.failures):
            return []
        if last is not None and place.every is not None and now < last.at + place.every:
            return []
        order, most = ("DESC", 1) if place.every is not None else ("", AT_ONCE)
        rows = session.execute(
            text(
                f"SELECT size, root, note FROM audit_head WHERE size > :last ORDER BY size {order} LIMIT :most"
            ),
            {"last": last.size if last else 0, "most": most},
        )
        return [Leaving(row.size, bytes(row.root), row.note) for row in rows]


def _pause(failures: int) -> timedelta:
    return min(FIRST_PAUSE * (1 << min(failures - 1, 10)), LONGEST_PAUSE)


def _went(engine: Engine, place: Place, problem: str | None) -> None:
    with transaction(engine) as session:
        session.execute(
            text("""INSERT INTO audit_anchor_state (outside, tried_at, failures, problem)
                VALUES (:place, clock_timestamp(), :failed, :problem)
                ON CONFLICT (outside) DO UPDATE SET tried_at = excluded.tried_at, problem = excluded.problem,
                    failures = CASE WHEN excluded.problem IS NULL THEN 0 ELSE audit_anchor_state.failures + 1 END"""),
            {"place": place.name, "failed": int(problem is not None), "problem": problem},
        )
