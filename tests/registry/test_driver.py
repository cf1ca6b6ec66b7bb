"""Statements sent to the driver as whole messages: the same values and rows as by its cursors, prepared, and in the transaction."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
import sqlalchemy as sa
from conftest import Bed
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session, make_transient_to_detached

from registry import driver
from registry.db import Scope, ask, make_sessions, pass_on, send, set_scope
from registry.documents.models import Decision

VALUES: tuple[tuple[str, Any], ...] = (
    ("int", 7),
    ("bigint", 2**40),
    ("text", "Ksor H'Nhung \\ $1 %s :x"),
    ("date", date(2024, 2, 29)),
    ("timestamptz", datetime(2026, 7, 1, 1, 2, 3, tzinfo=UTC)),
    ("numeric", Decimal("3.6600")),
    ("boolean", True),
    ("uuid", UUID("01a218d8-fb79-7eb8-a866-04dd06be577c")),
    ("bytea", b"\x00\xff"),
    ("text[]", ["a", None, 'b"{}']),
    ("bigint[]", [1, 2**40]),
    ("jsonb", Jsonb({"a": [1, None, "ế"]})),
    ("text", None),
)


@pytest.fixture
def working(demo: Bed) -> Iterator[Session]:
    """A session of the web role that commits nothing."""
    with make_sessions(demo.engine("web"))() as session:
        session.info["scope"] = Scope(user_id=1)
        yield session
        session.rollback()


def names_of(session: Session) -> list[str]:
    return [one for (one,) in ask(session, "SELECT statement FROM pg_prepared_statements ORDER BY name")]


def test_values_and_rows_are_those_of_the_drivers_own_cursor(working: Session) -> None:
    for kind, value in VALUES:
        statement = f"SELECT $1::{kind} AS one, $2::int AS two"
        working.connection()
        cursor = psycopg.RawCursor(working.info["driver"].connection)
        for _ in range(3):  # as it comes, prepared, and prepared already
            assert (
                ask(working, statement, [value, 5]).rows == cursor.execute(statement, [value, 5]).fetchall()
            )
        row = send(working, f"SELECT CAST(:one AS {kind}) AS one, 5 AS two", one=value).first()
        assert (row.two, row._fields) == (5, ("one", "two"))
    assert ask(working, "SELECT 1 WHERE false").first() is None
    assert send(working, "CREATE TEMP TABLE kept AS SELECT generate_series(1, 3) AS n").rowcount == 3
    assert send(working, "DELETE FROM kept WHERE n > :least", least=1).rowcount == 2


def test_what_is_handed_on_comes_as_the_bytes_that_were_sent(working: Session) -> None:
    statement = (
        "SELECT 'Ksor H''Nhung ế' AS name, $1::int AS number, NULL AS nothing UNION ALL SELECT '', 2, NULL"
    )
    for _ in range(3):
        found = ask(working, statement, [1], as_sent=True)
        assert found.rows == [("Ksor H'Nhung ế".encode(), b"1", None), (b"", b"2", None)]
        named = pass_on(working, "SELECT :name AS name WHERE CAST(:seen AS boolean)", name="ạ", seen=True)
        assert named.first() == ("ạ".encode(),)
    with pytest.raises(sa.exc.DataError):
        pass_on(working, "SELECT 1 / CAST(:none AS int)", none=0)


def test_what_is_asked_twice_is_prepared_and_a_rollback_forgets_nothing(
    working: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "PREPARED", 3)
    asked = [f"SELECT {number}, $1::int" for number in range(5)]
    for statement in asked:
        ask(working, statement, [1])
    assert not set(asked) & set(names_of(working))
    for statement in asked:
        ask(working, statement, [1])
        working.rollback()
        assert ask(working, statement, [2]).first()[1] == 2
    assert set(asked) & set(names_of(working)) == set(asked[-2:]), "the list of them stands there as well"
    for statement in asked:
        assert ask(working, statement, [3]).first()[1] == 3, "who had to go is prepared again"


def test_a_question_alone_begins_no_transaction_and_every_other_does(demo: Bed) -> None:
    with make_sessions(demo.engine("web"))() as session:  # without a scope nothing is said at its beginning
        ask(session, "SELECT 1", alone=True)
        told = session.info["driver"]
        assert told.idle
        ask(session, "SELECT 1")
        assert not told.idle
        ask(session, "SELECT 1", alone=True)
        assert not told.idle, "within a transaction it is a part of it"
        session.rollback()
        assert told.idle


def test_errors_are_those_of_the_way_it_was_asked_and_take_the_transaction_back(working: Session) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        ask(working, "SELECT 1 / $1::int", [0])
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        ask(working, "SELECT 1")
    working.rollback()
    with pytest.raises(sa.exc.DataError):
        send(working, "SELECT 1 / CAST(:none AS int)", none=0)
    working.rollback()
    assert ask(working, "SELECT $1::int", [1]).first() == (1,)


def test_a_connection_that_was_lost_is_told_and_the_next_session_has_a_new_one(demo: Bed) -> None:
    sessions = make_sessions(demo.engine("web"))
    session = sessions()
    ask(session, "SELECT 1")
    lost = session.info["driver"]
    with psycopg.connect(demo.cluster.dsn(database="postgres"), autocommit=True) as superuser:
        superuser.execute("SELECT pg_terminate_backend(%s, 5000)", [lost.connection.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        ask(session, "SELECT 1")
    session.close()
    with sessions() as session:
        assert ask(session, "SELECT $1::int", [2]).first() == (2,)
        assert session.info["driver"] is not lost


# One transaction, whoever speaks in it first


PAPER = "INSERT INTO decision (number, issued_on, effective_on) VALUES ($1, '2026-01-05', '2026-01-05')"


def by_driver(session: Session) -> None:
    ask(session, PAPER, ["driver"])


def by_sqlalchemy(session: Session) -> None:
    session.add(Decision(number="alchemy", issued_on=date(2026, 1, 5), effective_on=date(2026, 1, 5)))


def held(session: Session) -> None:
    """An object that is stored already becomes the session's, which begins a transaction and asks nothing."""
    paper = Decision(id=1)
    make_transient_to_detached(paper)
    session.add(paper)


def asked(session: Session) -> None:
    assert session.execute(sa.text("SELECT 1")).scalar_one() == 1


ORDERS: list[tuple[Callable[[Session], None], ...]] = [
    (by_driver,),
    (by_sqlalchemy,),
    (by_driver, by_sqlalchemy),
    (by_sqlalchemy, by_driver),
    (by_driver, held),
    (held, by_driver),
    (by_driver, asked, by_sqlalchemy, by_driver),
    (asked, by_driver),
]


def papers(bed: Bed) -> int:
    return int(bed.scalar("SELECT count(*) FROM decision WHERE number IN ('driver', 'alchemy')"))


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(one.__name__ for one in order))
def test_one_transaction_holds_what_the_driver_and_sqlalchemy_did(
    registry: Bed, order: tuple[Callable[[Session], None], ...]
) -> None:
    written = len([one for one in order if one not in (asked, held)])
    sessions = make_sessions(registry.engine("web"))

    def told(session: Session) -> None:
        for one in order:
            one(session)

    with sessions() as session:
        told(session)
        session.rollback()
        told(session)
        assert papers(registry) == 0
        session.commit()
        assert papers(registry) == written
        told(session)  # and closed without a word
    assert papers(registry) == written
    with sessions() as session, session.begin():
        told(session)
    assert papers(registry) == 2 * written
    with sessions() as session:
        told(session)
        if not session.in_transaction():
            with session.begin():
                pass
            assert papers(registry) == 3 * written, "the block ends what the driver began before it"
    before = papers(registry)
    with sessions() as session:
        told(session)
        with session.begin_nested():
            told(session)
        session.rollback()
    assert papers(registry) == before
    pool = registry.engine("web").pool
    assert pool.checkedout() == 0, "every connection was given back"  # type: ignore[attr-defined]


def test_a_rule_that_is_looked_at_when_the_transaction_ends_is_told_as_any_other(demo: Bed) -> None:
    with make_sessions(demo.engine("migrate"))() as session:
        ask(session, "CREATE TEMP TABLE one (n int PRIMARY KEY)")
        ask(session, "CREATE TEMP TABLE two (n int REFERENCES one DEFERRABLE INITIALLY DEFERRED)")
        ask(session, "INSERT INTO two VALUES (1)")
        assert not session.in_transaction(), "the driver's alone"
        with pytest.raises(sa.exc.IntegrityError):
            session.commit()
        session.rollback()
        assert ask(session, "SELECT to_regclass('two')").first() == (None,)


def test_what_an_error_ended_is_not_committed_in_silence(registry: Bed) -> None:
    with make_sessions(registry.engine("web"))() as session:
        ask(session, PAPER, ["driver"])
        with pytest.raises(psycopg.errors.DivisionByZero):
            ask(session, "SELECT 1 / $1::int", [0])
        with pytest.raises(sa.exc.InternalError, match="ended the transaction"):
            session.commit()
        session.rollback()
    assert papers(registry) == 0


def test_the_scope_is_told_once_however_the_transaction_began(demo: Bed) -> None:
    for first in (by_driver, asked):
        with make_sessions(demo.engine("web"))() as session:
            set_scope(session, Scope(user_id=7))
            first(session)
            asked(session)
            assert ask(session, "SELECT current_setting('app.user')").first() == ("7",)
            set_scope(session, Scope(user_id=8))
            assert session.execute(sa.text("SELECT current_setting('app.user')")).scalar_one() == "8"
            session.rollback()
            assert ask(session, "SELECT current_setting('app.user')").first() == ("8",)
            session.rollback()
