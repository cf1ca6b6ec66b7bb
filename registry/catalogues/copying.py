"""COPY for loads: many rows into one table in one statement."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor, sql
from sqlalchemy import text
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


@contextmanager
def checked_at_the_end(session: Session, table: str) -> Iterator[None]:
    """Let what is copied into an empty table be held against its references and exclusions once for all rows, which takes a
    third of the time that it takes row by row. A table that holds rows keeps its constraints, and so its readers.

    Raises sqlalchemy's IntegrityError when the block ends, if a row breaks one. Needs the owner's role.
    """
    if session.execute(text(f'SELECT EXISTS (SELECT FROM "{table}")')).scalar_one():
        yield
        return
    taken = session.execute(
        text("""SELECT quote_ident(conname) AS name, pg_get_constraintdef(oid) AS says FROM pg_constraint
                WHERE conrelid = CAST(quote_ident(:table) AS regclass) AND contype IN ('f', 'x') ORDER BY conname"""),
        {"table": table},
    ).all()
    for one in taken:
        session.execute(text(f'ALTER TABLE "{table}" DROP CONSTRAINT {one.name}'))
    yield
    for one in taken:
        session.connection().exec_driver_sql(f'ALTER TABLE "{table}" ADD CONSTRAINT {one.name} {one.says}')
