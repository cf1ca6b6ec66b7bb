"""The database: metadata, engines by role, and sessions that carry an actor's scope into every transaction."""

import re
import select
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import Engine, MetaData, PoolProxiedConnection, create_engine, event
from sqlalchemy.orm import DeclarativeBase, Session, SessionTransaction, sessionmaker

from registry import clock
from registry.driver import Answer, Driver
from registry.roles import READER

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Base(DeclarativeBase):
    """All tables of the registry."""

    metadata = metadata


@dataclass(frozen=True)
class Scope:
    """What row-level security lets a transaction see. The default sees nothing.

    `ranges` are half-open intervals of organization ordinals; `official_id` is the actor's own record;
    `trail` opens the whole audit trail (auditors). `today` is the day that rights are asked for; the database's own, if not told.
    `one`: of facts, those of the one person who is opened, as the role that sees no others.
    """

    ranges: tuple[tuple[int, int], ...] = ()
    official_id: int | None = None
    user_id: int | None = None
    trail: bool = False
    today: date | None = None
    one: bool = False

    def settings(self) -> dict[str, str]:
        """The values of the transaction-local settings that the policies read."""
        low = min((lo for lo, _ in self.ranges), default=None)
        high = max((hi for _, hi in self.ranges), default=None)
        many = "{" + ",".join(f"[{lo},{hi})" for lo, hi in self.ranges) + "}" if len(self.ranges) > 1 else ""
        return {
            "lo": "" if low is None else str(low),
            "hi": "" if high is None else str(high),
            "many": many,
            "self": "" if self.official_id is None else str(self.official_id),
            "user": "" if self.user_id is None else str(self.user_id),
            "trail": "on" if self.trail else "",
            "today": f"{self.today:%Y%m%d}" if self.today else "",
        }


EVERYTHING = Scope(ranges=((0, 2_000_000_000),), trail=True)

_DRIVER, _TOLD = "driver", "told"
"""Of a session's transaction: its connection, and whether a scope was told in it."""
_MOMENT = "SELECT extract(epoch from clock_timestamp())::float8"
"""What time it is there (registry.clock)."""
CLOSED_AGAIN = {"opened": "", "applying": ""}
"""Whom another scope had opened (officials.queries), and what it was applying (changes.apply)."""
_SETTING = re.compile(r"on|\d*|\{[][(){},\d]*\}")


def _set_local(settings: Mapping[str, str]) -> str:
    """Statements, and not set_config: the roles of the service may not execute that function (registry.cluster), so that no
    expression put into a query of theirs changes what they see. The values are numbers, ranges of numbers and 'on'.
    """
    if not all(_SETTING.fullmatch(value) for value in settings.values()):
        raise ValueError("a setting of the scope is a number, ranges of numbers, or 'on'")
    return "".join(f"SET LOCAL app.\"{name}\"='{value}';" for name, value in settings.items())


@lru_cache(4096)
def _telling(scope: Scope, first: bool) -> str:
    """Statements that tell a scope; what no statement of the transaction has set before the `first` is empty."""
    told = scope.settings() | CLOSED_AGAIN
    if first:
        told = {name: value for name, value in told.items() if value}
    role = f"SET LOCAL ROLE {READER if scope.one else 'NONE'};" if scope.one or not first else ""
    return _set_local(told) + role


def make_engine(dsn: str, *, pool_size: int = 5) -> Engine:
    """An engine on a libpq-style URL (postgresql://…)."""
    url = sa.make_url(dsn).set(drivername="postgresql+psycopg")
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_use_lifo=True,
        connect_args={"prepare_threshold": None},  # by Driver, which does not forget at each rollback
    )
    event.listen(engine, "checkout", _refuse_dead)
    return engine


def _refuse_dead(connection: psycopg.Connection[Any], _record: object, _proxy: object) -> None:
    """After a restart of the server every kept connection is dead: one that has something to say while nobody asked is
    saying good-bye. The pool then opens new ones. A look at the socket costs microseconds, a question a round trip.
    """
    try:
        heard = select.poll()
        heard.register(connection.fileno(), select.POLLIN)
        dead = bool(heard.poll(0))
    except psycopg.Error:  # closed already on our side
        dead = True
    if dead:
        raise sa.exc.InvalidatePoolError


def is_away(error: BaseException) -> bool:
    """Whether an error says that the database cannot do it now: restarting, out of connections, full, or read only after a
    failover. Nothing was done, and the same may be asked again."""
    if isinstance(error, sa.exc.TimeoutError):
        return True
    cause = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return isinstance(
        cause, psycopg.OperationalError | psycopg.InterfaceError | psycopg.errors.ReadOnlySqlTransaction
    )


def make_sessions(engine: Engine, **info: Any) -> sessionmaker[Session]:
    """Sessions whose transactions carry `session.info['scope']` to row-level security; no scope sees no rows.

    `info` is what each session carries besides.
    """
    return sessionmaker(engine, class_=DriverFirst, expire_on_commit=False, info=info)


class DriverFirst(Session):
    """A session whose transaction is the driver's alone as long as only `ask`, `send` and `tell` speak in it.

    SQLAlchemy's own round of beginning, committing and closing costs as much as a question does. It joins the transaction, on
    the same connection, when something of its own is first asked for.
    """

    _held: PoolProxiedConnection | None = None
    _joined: sa.Connection | None = None

    def hold(self) -> None:
        """Take the connection on which the driver begins."""
        self._held = super().get_bind().engine.raw_connection()
        _meet(self, self._held)

    def let_go(self) -> None:
        """Give the connection back; what was not committed on it is taken back."""
        held, joined, self._held, self._joined = self._held, self._joined, None, None
        spoken = _forget(self)
        if held is None:
            return
        try:
            if spoken is not None:
                spoken.rollback()
        except psycopg.Error:  # lost: the pool has no use for it
            held.invalidate()
        (joined or held).close()

    def get_bind(self, *told: Any, **more: Any) -> Engine | sa.Connection:
        """The engine, or the connection that the driver holds."""
        bound = super().get_bind(*told, **more)
        if self._held is None:
            return bound
        if self._joined is None:
            self._joined = sa.Connection(bound.engine, self._held)
        return self._joined

    def begin(self, nested: bool = False) -> SessionTransaction:
        """As Session's, around what the driver has begun as well."""
        begun = super().begin(nested)
        if self._held is not None:
            self.connection()
        return begun

    def commit(self) -> None:
        """As Session's. Raises SQLAlchemy's errors."""
        if self._held is not None and self.in_transaction():
            self.flush()
        if self._held is None or self._joined is not None:
            super().commit()
            return
        try:
            self.info[_DRIVER].commit()
        except psycopg.Error as error:
            raise _said_by_sqlalchemy(error, "COMMIT") from error
        if self.in_transaction():  # SQLAlchemy keeps objects in it, and has asked nothing
            super().commit()
        self.let_go()

    def rollback(self) -> None:
        """As Session's."""
        super().rollback()
        self.let_go()

    def close(self) -> None:
        """As Session's."""
        if self.in_transaction() or self.identity_map:
            super().close()
        self.let_go()


def _forget(session: Session) -> Driver | None:
    """Nobody speaks for the session any more; who did."""
    session.info.pop(_TOLD, None)
    spoken: Driver | None = session.info.pop(_DRIVER, None)
    return spoken


def _meet(session: Session, pooled: PoolProxiedConnection) -> None:
    """The session speaks on this connection from now on, and says on whose behalf."""
    if _DRIVER not in pooled.info:  # what is prepared on it lasts as long as the connection
        pooled.info[_DRIVER] = Driver(pooled.driver_connection)  # type: ignore[arg-type]
    session.info[_DRIVER] = pooled.info[_DRIVER]
    scope = session.info.get("scope")
    if scope is not None:
        _send_scope(session, scope)


@event.listens_for(Session, "after_begin")
def _begun(session: Session, _transaction: object, connection: sa.Connection) -> None:
    if _DRIVER not in session.info:
        _meet(session, connection.connection)


@event.listens_for(Session, "after_transaction_end")
def _ended(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        if isinstance(session, DriverFirst):
            session.let_go()
        else:
            _forget(session)


def _send_scope(session: Session, scope: Scope) -> None:
    due = clock.is_due()
    first = not session.info.get(_TOLD)
    session.info[_TOLD] = True
    said = _driver(session).say(_telling(scope, first) + (_MOMENT if due else ""))
    heard = said.get_value(0, 0) if due else None
    if heard is not None:  # a SELECT without FROM has one row
        clock.hear(float(heard))


def tell(session: Session, **settings: int | None) -> None:
    """Give row-level security a number under app.NAME until the transaction ends; None takes it back."""
    told = {name: "" if value is None else str(int(value)) for name, value in settings.items()}
    session.info[_TOLD] = True
    _driver(session).say(_set_local(told))


def ask(
    session: Session,
    statement: str,
    values: Sequence[Any] = (),
    *,
    alone: bool = False,
    as_sent: bool = False,
) -> Answer:
    """A statement with $1, $2 … and its values, for what is asked on every request; errors come as psycopg's own.

    `alone`: a question that needs no transaction begins none. `as_sent`: of rows that are handed on, the bytes as they come.
    """
    return _driver(session).ask(statement, values, alone=alone, as_sent=as_sent)


def send(session: Session, statement: str, **values: Any) -> Answer:
    """A statement with :names, its rows as named tuples; errors come as SQLAlchemy's.

    For the writes that somebody waits for: it saves what SQLAlchemy's own execution costs, as `ask` does for reads.
    """
    return _answer(session, statement, values, named=True)


def pass_on(session: Session, statement: str, **values: Any) -> Answer:
    """As `send`, but of rows that are handed on, the bytes as they come."""
    return _answer(session, statement, values, as_sent=True)


def _answer(session: Session, statement: str, values: Mapping[str, Any], **rows: bool) -> Answer:
    numbered, names = _numbered(statement)
    try:
        return _driver(session).ask(numbered, [values[name] for name in names], **rows)
    except psycopg.Error as error:
        raise _said_by_sqlalchemy(error, statement) from error


def _said_by_sqlalchemy(error: psycopg.Error, statement: str) -> BaseException:
    return sa.exc.DBAPIError.instance(statement, None, error, psycopg.Error)


_NAME = re.compile(r"(?<![:\w]):([a-z]\w*)")


@cache
def _numbered(statement: str) -> tuple[str, tuple[str, ...]]:
    """A statement's :names as $1 …, and the names in that order."""
    names: dict[str, int] = {}
    return _NAME.sub(lambda one: f"${names.setdefault(one[1], len(names) + 1)}", statement), tuple(names)


def set_scope(session: Session, scope: Scope) -> None:
    """Give the session a scope, now and in its later transactions."""
    session.info["scope"] = scope
    if _DRIVER in session.info:
        _send_scope(session, scope)


@contextmanager
def transaction(engine: Engine, scope: Scope = EVERYTHING) -> Iterator[Session]:
    """One transaction for a command or a job: commits on success, rolls back on any error."""
    with make_sessions(engine)() as session:
        session.info["scope"] = scope
        with session.begin():
            yield session


def stream(
    session: Session, statement: str, values: Mapping[str, Any], size: int = 2000
) -> Iterator[list[tuple[Any, ...]]]:
    """What a query with :names answers, so many rows at a time, through a cursor of the server."""
    named, told = _bound(statement, values)
    try:
        with driver(session).cursor(name="streamed") as cursor:
            cursor.execute(named, told)
            while rows := cursor.fetchmany(size):
                yield rows
    except psycopg.Error as error:
        raise _said_by_sqlalchemy(error, statement) from error


def copy_out(session: Session, statement: str, values: Mapping[str, Any]) -> Iterator[bytes]:
    """What a query with :names answers, as lines of CSV straight from PostgreSQL, one a row; NULL is nothing.

    COPY takes no parameters, so the driver writes them into the statement as literals, each quoted by its type.
    """
    named, told = _bound(statement, values)
    try:
        with psycopg.Cursor(driver(session)).copy(f"COPY ({named}) TO STDOUT (FORMAT csv)", told) as lines:
            for line in lines:
                yield bytes(line)
    except psycopg.Error as error:
        raise _said_by_sqlalchemy(error, statement) from error


def _bound(statement: str, values: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """A statement with :names as the driver's own cursors take it, and the values it names."""
    named = _NAME.sub(r"%(\1)s", statement.replace("%", "%%")).replace("\\:", ":")
    return named, {name: values[name] for name in set(_NAME.findall(statement))}


def driver(session: Session) -> psycopg.Connection[Any]:
    """The driver's connection of the session's transaction, for what only it can do (COPY, cursors of the server)."""
    return _driver(session).connection


def _driver(session: Session) -> Driver:
    """Remembered as long as the session's transaction lasts: the session asks its engine, its pool and its own state for the
    connection each time."""
    if _DRIVER not in session.info:
        if isinstance(session, DriverFirst) and not session.in_transaction():
            session.hold()
        else:
            session.connection()
    return session.info[_DRIVER]  # type: ignore[no-any-return]
