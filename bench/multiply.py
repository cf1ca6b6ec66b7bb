"""A large bed out of a loaded one: every official laid so many times side by side, with all facts and the present row.

Ids are shifted, personal numbers and staff codes made distinct; decisions and changes are shared. Constraints and
indexes are those of the registry and are kept up while the rows go in. What the copies say is the same, so searches find as
many namesakes more; names, careers and units are as spread as in the loaded bed.
"""

from collections.abc import Iterator

import psycopg

from registry.models import metadata
from registry.officials.facts import FACTS

MOST = 10
"""Codes of provinces, the first three digits of a personal number, are below 100: a copy adds its number of hundreds."""


def multiply(connection: psycopg.Connection[tuple[object, ...]], times: int) -> None:
    """Lay every official `times` times side by side. `connection` is a superuser's, outside a transaction."""
    assert 1 <= times <= MOST, f"at most {MOST} copies have personal numbers of their own"
    connection.execute("SET session_replication_role = replica")
    apart = _largest(connection, "official") + 1
    for statement in _statements(connection, apart):
        for copy in range(1, times):
            connection.execute(statement.replace(":copy", str(copy)))
    connection.execute("SET session_replication_role = origin")
    for name in ("official", *(f"fact_{kind}" for kind in FACTS)):
        last = _largest(connection, name)
        connection.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {last} + 1)")


def _statements(connection: psycopg.Connection[tuple[object, ...]], apart: int) -> Iterator[str]:
    """One INSERT a table; `:copy` stands for the number of the copy."""
    number = "lpad((left(personal_id, 3)::int + :copy * 100)::text, 3, '0') || right(personal_id, 9)"
    changed = {
        "uid": "md5(uid::text || :copy)::uuid",
        "personal_id": number,
        "staff_code": "staff_code || '-' || :copy",
    }
    for table, key in (("official", "id"), ("official_current", "official_id")):
        yield _insert(table, key, apart, changed | {key: f"{key} + :copy * {apart}"})
    for kind in FACTS:
        rows = _largest(connection, f"fact_{kind}") + 1
        shifted = {"id": f"id + :copy * {rows}", "supersedes": f"supersedes + :copy * {rows}"}
        yield _insert(
            f"fact_{kind}", "official_id", apart, shifted | {"official_id": f"official_id + :copy * {apart}"}
        )


def _insert(table: str, key: str, apart: int, changed: dict[str, str]) -> str:
    columns = [one.name for one in metadata.tables[table].columns if one.computed is None]
    told = ", ".join(f'"{one}"' for one in columns)
    picked = ", ".join(changed.get(one, f'"{one}"') for one in columns)
    return f"INSERT INTO {table} ({told}) OVERRIDING SYSTEM VALUE SELECT {picked} FROM {table} WHERE {key} < {apart}"


def _largest(connection: psycopg.Connection[tuple[object, ...]], table: str) -> int:
    row = connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
    assert row is not None
    return int(str(row[0]))
