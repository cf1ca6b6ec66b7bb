"""The driver's connection, spoken to by whole messages: a statement goes out, its rows come back.

For what is asked on every request. A cursor of the driver costs three times the processor time of such a message, and
SQLAlchemy's own execution as much again. Values are turned into the database's and rows into Python's by the driver.
"""

from collections import namedtuple
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

PREPARED = 200
"""Statements that a connection keeps prepared at most; the one that was longest not asked goes."""


_GOOD = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY)


class Answer:
    """The rows of a statement, all of them, and how many it wrote or answered."""

    __slots__ = ("rowcount", "rows")

    def __init__(self, rows: list[Any], rowcount: int) -> None:
        self.rows = rows
        self.rowcount = rowcount

    def __iter__(self) -> Iterator[Any]:
        return iter(self.rows)

    def first(self) -> Any:
        """The first row, or None."""
        return self.rows[0] if self.rows else None


class Driver:
    """One connection, and what is prepared on it. Errors come as psycopg's own."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self.connection = connection
        self._pgconn = connection.pgconn
        self._turning = Transformer(connection)
        self._named: dict[tuple[str, tuple[int, ...]], bytes] = {}
        self._once: set[tuple[str, tuple[int, ...]]] = set()
        self._names = 0
        self._made: dict[bytes | None, Any] = {}

    @property
    def idle(self) -> bool:
        """Whether no transaction is under way here."""
        return bool(self._pgconn.transaction_status == TransactionStatus.IDLE)

    def say(self, statements: str) -> PGresult:
        """Statements without parameters in one message, with the BEGIN that the driver would send before them in one of its
        own. What the last one answers.
        """
        if self._begins():
            statements = f"BEGIN;{statements}"
        return self._good(self._pgconn.exec_(statements.encode()))

    def commit(self) -> None:
        """What was done in this transaction stays; nothing, where none is under way.

        Raises InFailedSqlTransaction after an error in it: PostgreSQL takes back what it was asked to keep, and says so softly.
        """
        if not self.idle and self._good(self._pgconn.exec_(b"COMMIT")).command_status == b"ROLLBACK":
            raise psycopg.errors.InFailedSqlTransaction("an error before it ended the transaction")

    def rollback(self) -> None:
        """What was done in this transaction is taken back; nothing, where none is under way."""
        if not self.idle:
            self._good(self._pgconn.exec_(b"ROLLBACK"))

    def ask(
        self,
        statement: str,
        values: Sequence[Any],
        *,
        named: bool = False,
        alone: bool = False,
        as_sent: bool = False,
    ) -> Answer:
        """A statement with $1, $2 … and its values; rows are tuples, with the columns' names if `named`.

        It is prepared at its second use. `alone`: where no transaction has begun, none is begun for it. `as_sent`: a value is
        the bytes of its text in UTF-8, or None.
        """
        if not alone and self._begins():
            self._good(self._pgconn.exec_(b"BEGIN"))
        turning = self._turning
        told = turning.dump_sequence(values, [PyFormat.AUTO] * len(values))
        name = self._prepared(statement, turning.types or ())
        if name is None:
            result = self._pgconn.exec_params(statement.encode(), told, turning.types, turning.formats)
        else:
            result = self._pgconn.exec_prepared(name, told, turning.formats)  # type: ignore[arg-type]
        self._good(result)
        if as_sent:
            columns = range(result.nfields)
            rows = [
                tuple(result.get_value(row, column) for column in columns) for row in range(result.ntuples)
            ]
            return Answer(rows, result.command_tuples or 0)
        turning.set_pgresult(result)
        if named and result.nfields:
            make = self._made.get(name) or _row_of(_columns(result))
            if name is not None:
                self._made[name] = make
        else:
            make = tuple
        return Answer(turning.load_rows(0, result.ntuples, make), result.command_tuples or 0)

    def _begins(self) -> bool:
        """Whether a transaction is to begin with what is said next."""
        connection = self.connection
        if not self.idle or connection.autocommit:
            return False
        if connection.isolation_level or connection.read_only or connection.deferrable:
            connection.execute("SELECT")  # the driver knows how such a transaction begins
            return False
        return True

    def _prepared(self, statement: str, types: tuple[int, ...]) -> bytes | None:
        """The name under which a statement is prepared for values of these types, or None at its first use."""
        key = statement, types
        name = self._named.pop(key, None)
        if name is None:
            if key not in self._once:
                if len(self._once) > 10 * PREPARED:
                    self._once.clear()
                self._once.add(key)
                return None
            while len(self._named) >= PREPARED:
                oldest = self._named.pop(next(iter(self._named)))
                self._made.pop(oldest, None)
                self._good(self._pgconn.exec_(b"DEALLOCATE " + oldest))
            self._names += 1
            name = b"asked_%d" % self._names
            self._good(self._pgconn.prepare(name, statement.encode(), types))
        self._named[key] = name  # the latest asked stands last
        return name

    def _good(self, result: PGresult) -> PGresult:
        if result.status in _GOOD:
            return result
        if self._pgconn.status != ConnStatus.OK:
            raise psycopg.OperationalError("the connection was lost")
        raise psycopg.errors.error_from_result(result)


def _columns(result: PGresult) -> tuple[str, ...]:
    return tuple((result.fname(place) or b"").decode() for place in range(result.nfields))


@cache
def _row_of(columns: tuple[str, ...]) -> Any:
    return namedtuple("Row", columns)._make  # type: ignore[attr-defined]
