"""How often something may be tried, counted in PostgreSQL: a sliding window a bucket, one row each.

A bucket is what is limited (an account at a source, an account anywhere, a source, the codes of an account); it is stored
as a digest. Who cannot be counted is not let in: `Unavailable`.
"""

import hashlib
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from registry.errors import TooMany, Unavailable
from registry.words import Words


@dataclass(frozen=True)
class Limit:
    """At most `most` within any `period`."""

    name: str
    most: int
    period: timedelta


PAIR = Limit("pair", 5, timedelta(minutes=15))
"""Wrong passwords for one account from one source."""
ACCOUNT = Limit("account", 10, timedelta(minutes=5))
"""Wrong passwords for one account from all places it has not signed in from lately."""
SOURCE = Limit("source", 50, timedelta(minutes=5))
"""Wrong passwords from one source, whatever the account."""
CODE = Limit("code", 5, timedelta(minutes=5))
"""Wrong codes of the second factor of one account; whoever gets here knew the password."""
KEPT = timedelta(days=1)
UNCOUNTED = Words(
    "Tạm thời không đăng nhập được, vì không đếm được số lần thử. Thử lại sau ít phút.",
    "Nobody can sign in for now, because tries cannot be counted. Try again in a few minutes.",
)
_LIVE = "one > clock_timestamp() - CAST(:period AS interval)"


def bucket(limit: Limit, *parts: object) -> bytes:
    """The digest under which the tries of (limit, parts) are kept."""
    return hashlib.sha256("\0".join([limit.name, *map(str, parts)]).encode(errors="replace")).digest()


@contextmanager
def counting() -> Iterator[None]:
    """Around every statement that counts: a database that does not count lets nobody in."""
    try:
        yield
    except DBAPIError as error:
        raise Unavailable(UNCOUNTED, "not_counted") from error


def one_at_a_time(session: Session, username: str) -> None:
    """Let what is tried at one account wait for each other until this transaction ends: first of all locks, so that none cross."""
    with counting():
        session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"),
            {"name": bucket(ACCOUNT, username).hex()},
        )


def take(session: Session, limit: Limit, key: bytes) -> int:
    """Count one try and return how many there are now; within `one_at_a_time`.

    Raises TooMany, with nothing counted, when there were `limit.most` within the period: waiting always ends.
    """
    with counting():
        found = session.scalar(
            text(f"""INSERT INTO sign_in_tries AS t (bucket, at, last_at)
                VALUES (:key, ARRAY[clock_timestamp()], clock_timestamp())
                ON CONFLICT (bucket) DO UPDATE SET last_at = clock_timestamp(),
                    at = ARRAY(SELECT one FROM unnest(t.at) one WHERE {_LIVE} ORDER BY one) || clock_timestamp()
                WHERE (SELECT count(*) FROM unnest(t.at) one WHERE {_LIVE}) < :most
                RETURNING cardinality(at)"""),
            _values(limit, key),
        )
    if found is None:
        refuse(session, limit, key)
        return take(session, limit, key)  # the window moved on between both statements
    return int(found)


def refuse(session: Session, limit: Limit, key: bytes) -> None:
    """Raise TooMany when the bucket is full, saying until when."""
    with counting():
        until = session.scalar(
            text(f"""SELECT (array_agg(one ORDER BY one DESC))[:most] + CAST(:period AS interval)
                FROM sign_in_tries t, unnest(t.at) one WHERE t.bucket = :key AND {_LIVE}"""),
            _values(limit, key),
        )
        now = session.scalar(sa.func.clock_timestamp())
    if until is not None and now is not None:
        raise too_many(until, now)


def too_many(until: datetime, now: datetime) -> TooMany:
    """The refusal, with the seconds to wait. It says nothing of whether there is such an account."""
    seconds = max(1, math.ceil((until - now).total_seconds()))
    minutes = math.ceil(seconds / 60)
    return TooMany(
        Words(
            f"Quá nhiều lần thử. Thử lại sau {minutes} phút.",
            f"Too many tries. Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}.",
        ),
        "locked",
        retry_after=seconds,
    )


def give_back(session: Session, key: bytes) -> None:
    """Undo the `take` of this transaction: the try was a good one."""
    with counting():
        session.execute(
            text("UPDATE sign_in_tries SET at = trim_array(at, 1) WHERE bucket = :key"), {"key": key}
        )
        session.execute(
            text("DELETE FROM sign_in_tries WHERE bucket = :key AND cardinality(at) = 0"), {"key": key}
        )


def add(session: Session, limit: Limit, key: bytes) -> None:
    """Count something that was not held up by others doing the same; keeps the last `limit.most`."""
    with counting():
        session.execute(
            text(f"""INSERT INTO sign_in_tries AS t (bucket, at, last_at)
                VALUES (:key, ARRAY[clock_timestamp()], clock_timestamp())
                ON CONFLICT (bucket) DO UPDATE SET last_at = clock_timestamp(), at = clock_timestamp() || ARRAY(
                    SELECT one FROM unnest(t.at) one WHERE {_LIVE} ORDER BY one DESC LIMIT :most - 1)"""),
            _values(limit, key),
        )


def clear(session: Session, key: bytes) -> None:
    """Forget the tries of a bucket."""
    with counting():
        session.execute(text("DELETE FROM sign_in_tries WHERE bucket = :key"), {"key": key})


def forget_old(session: Session) -> None:
    """Drop a few rows nobody has touched for a day; called with each failure, so the table cannot grow for ever."""
    with counting():
        session.execute(
            text("""DELETE FROM sign_in_tries WHERE bucket IN (SELECT bucket FROM sign_in_tries
                WHERE last_at < clock_timestamp() - CAST(:kept AS interval) ORDER BY last_at LIMIT 20
                FOR UPDATE SKIP LOCKED)"""),
            {"kept": KEPT},
        )


def _values(limit: Limit, key: bytes) -> dict[str, object]:
    return {"key": key, "period": limit.period, "most": limit.most}
