"""COPY for loads: many rows into one table in one statement."""

from collections.abc import Iterable, Sequence
from typing import Any

from psycopg import Cursor, sql
from sqlalchemy.orm import Session


def cursor_of(session: Session) -> Cursor[Any]:
    """A psycopg cursor inside the session's transaction."""
    driver = session.connection().connection.driver_connection
    assert driver is not None
    return driver.cursor()  # type: ignore[no-any-return]


def copy_rows(session: Session, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Bring `rows` (values in the order of `columns`) into a table; all constraints and triggers apply."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with cursor_of(session) as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
