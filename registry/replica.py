"""Counting on a replica (REPLICA_URL): reads of the role that counts, and nothing else.

A replica runs behind. Before a question is put to it, the primary is asked how far it has written, and the replica whether it
has come as far: so no answer is older than its question, wherever it was counted. One that is behind for longer than it is
waited for, away, or no replica, leaves the question to the primary. The event that tells of a question is written on the
primary by whoever asks, and the answer leaves when that is committed: no log, no data, as without a replica.
"""

import logging
from collections.abc import Callable
from time import monotonic, sleep

from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from registry.db import is_away

WAIT_SECONDS = 1.0
"""How long a question waits for a replica that is behind."""
PAUSE = 0.01
LEFT_ALONE_SECONDS = 15.0
"""How long a replica that did not answer, or is none, is left alone."""
log = logging.getLogger("registry.replica")

_WRITTEN = text("SELECT pg_current_wal_lsn()::text")
_REPLAYED = text(
    "SELECT pg_is_in_recovery(), coalesce(pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn), false)"
)


class Replicated:
    """Sessions of the role that counts: on the replica when it has come as far as the primary, else on the primary; `told` hears which."""

    def __init__(
        self, primary: sessionmaker[Session], replica: sessionmaker[Session], told: Callable[[str], None]
    ) -> None:
        self.primary, self.replica, self._told = primary, replica, told
        self._alone_until = 0.0

    def __call__(self) -> Session:
        """A session; the caller closes it."""
        where = "primary" if monotonic() < self._alone_until else self._where()
        self._told(where)
        return self.replica() if where == "replica" else self.primary()

    def _where(self) -> str:
        with _engine(self.primary).connect() as connection:
            written = connection.scalar(_WRITTEN)
        until = monotonic() + WAIT_SECONDS
        try:
            while not self._replayed(written):
                if monotonic() > until:
                    return "primary"
                sleep(PAUSE)
        except (SQLAlchemyError, NoReplicaError) as error:
            if isinstance(error, SQLAlchemyError) and not is_away(error):
                raise
            self._alone_until = monotonic() + LEFT_ALONE_SECONDS
            log.error("replica.left_alone", extra={"error": type(error).__name__})
            return "primary"
        return "replica"

    def _replayed(self, written: str | None) -> bool:
        with _engine(self.replica).connect() as connection:
            recovering, replayed = connection.execute(_REPLAYED, {"written": written}).one()
        if not recovering:
            raise NoReplicaError
        return bool(replayed)


class NoReplicaError(Exception):
    """REPLICA_URL leads to a server that follows nobody: what it holds may be anything."""


def _engine(sessions: sessionmaker[Session]) -> Engine:
    engine: Engine = sessions.kw["bind"]
    return engine
