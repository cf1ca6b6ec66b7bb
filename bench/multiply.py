"""A large bed out of a loaded one: every official laid so many times side by side, in minutes.

The copies are persons of their own: ids are shifted, personal numbers, staff codes and names are new; who they are otherwise,
where they work and what happened to them is as in the loaded bed, so that statistics stay as spread. Decisions and changes
are shared.

Each table is emptied and filled in one transaction, without the triggers, keys and indexes, which come back afterwards and are
checked for all rows at once. A server with `wal_level=minimal` (LOADING) then writes the rows once and no log of them.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg

from registry.models import metadata
from registry.officials.facts import FACTS

LOADING = {
    "shared_buffers": "1GB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "16GB",
    "max_parallel_maintenance_workers": "1",
}
"""Settings of a server that loads, besides that it gives up crash safety while it does."""
AT_ONCE = 2
"""Tables laid, and indexes made, at one time."""
OF_PERSONS = (
    "official",
    "official_current",
    "quality_score",
    "quality_finding",
    *(f"fact_{one}" for one in FACTS),
)
COUNTED = frozenset(
    f"fact_{one}"
    for one in (
        "status", "appointment", "identity", "salary", "allowance", "qualification", "political_theory",
        "state_management", "language", "it_skill", "party",
    )
) | {"official", "official_current"}  # fmt: skip
"""What statistics of persons read: who is in post on a day and as what, who came and who left."""

Rows = list[tuple[Any, ...]]
Connection = psycopg.Connection[tuple[Any, ...]]


@dataclass(frozen=True)
class Shift:
    """By how much the ids of officials and of facts differ from one copy to the next."""

    officials: int
    facts: int


def multiply(connect: Callable[[], Connection], times: int, *, counted_only: bool = False) -> None:
    """Lay every official `times` times side by side. `connect` opens a superuser's connection that commits by itself.

    With `counted_only` just the tables that statistics read are laid, and come back with the indexes by official alone: to
    check exclusions of many millions of rows takes hours, and no statement of statistics looks for one row by anything
    else. The other tables keep the persons of the loaded bed.
    """
    tables = [one for one in OF_PERSONS if not counted_only or one in COUNTED]
    with connect() as connection:
        shift = Shift(_number(connection, "SELECT max(id) + 1 FROM official"),
                      _number(connection, "SELECT last_value + 1 FROM fact_id_seq"))  # fmt: skip
        _name_copies(connection, times)
        indexes = _take_away(connection, tables)
        sizes = {one: _number(connection, f"SELECT pg_relation_size('{one}')") for one in tables}
    largest_first = sorted(tables, key=lambda one: -sizes[one])
    _each(connect, largest_first, lambda connection, one: _lay(connection, one, shift, times))
    back = [one for one in indexes if not counted_only or one.by_official]
    for kinds in (("p", "u", "i"), ("x", "f")):
        _each(connect, [one for one in back if one.kind in kinds], lambda c, one: c.execute(one.statement))
    with connect() as connection:
        connection.execute("DROP TABLE laid")
        connection.execute(f"SELECT setval('fact_id_seq', {shift.facts * times})")
        connection.execute(
            f"SELECT setval(pg_get_serial_sequence('official', 'id'), {shift.officials * times})"
        )


def _each(
    connect: Callable[[], Connection], work: Sequence[Any], do: Callable[[Connection, Any], Any]
) -> None:
    """Do each piece of the work on a connection of its own, some at one time."""

    def one(piece: Any) -> None:
        with connect() as connection:
            do(connection, piece)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(one, work))


# Who the copies are


def _name_copies(connection: Connection, times: int) -> None:
    """The table `laid`: of each copy (0: the person as loaded) whose copy it is, its numbers and its name."""
    connection.execute(
        """CREATE UNLOGGED TABLE laid (copy int, source bigint, was text, personal_id text, staff_code text, full_name text)"""
    )
    people = connection.execute(
        """SELECT o.id, o.personal_id, o.staff_code, c.full_name, c.sex, c.ethnic_group
        FROM official o JOIN official_current c ON c.official_id = o.id ORDER BY o.id"""
    ).fetchall()
    with connection.cursor().copy("COPY laid FROM STDIN") as into:
        for row in _copies(people, times):
            into.write_row(row)
    connection.execute("CREATE INDEX ON laid (copy); ANALYZE laid")  # each copy is asked for alone


def _copies(people: Rows, times: int) -> Iterator[tuple[Any, ...]]:
    """The numbers keep what they say of province, sex and year of birth; a name has the surname of the loaded person and
    the given names of another of the same sex and ethnic group.
    """
    chance = random.Random(times)
    taken = {one[1] for one in people}
    given: dict[tuple[Any, Any], list[str]] = {}
    for _, _, _, name, *alike in people:
        given.setdefault(tuple(alike), []).append(name.partition(" ")[2])
    for copy in range(times):
        for official, personal_id, staff_code, name, *alike in people:
            if not copy:
                yield copy, official, personal_id, personal_id, staff_code, name
                continue
            number = _free(personal_id[:6], taken, chance)
            second = chance.choice(given[tuple(alike)])
            called = f"{name.partition(' ')[0]} {second}".strip()
            yield copy, official, personal_id, number, f"{staff_code}-{copy}", called


def _free(beginning: str, taken: set[str], chance: random.Random) -> str:
    while (number := f"{beginning}{chance.randrange(1_000_000):06d}") in taken:
        pass
    taken.add(number)
    return number


# Keys and indexes


@dataclass(frozen=True)
class Put:
    """What is taken away and put back: `kind` as PostgreSQL's contype, 'i' for an index that is no constraint."""

    kind: str
    statement: str

    @property
    def by_official(self) -> bool:
        """Whether it serves those who look for the rows of an official."""
        return self.kind in ("p", "i") and (
            "(official_id" in self.statement or "TABLE official " in self.statement
        )


def _take_away(connection: Connection, tables: Sequence[str]) -> list[Put]:
    """Keys, exclusions and indexes of the tables, and foreign keys that point to them, as what puts them back."""
    constraints = connection.execute(
        """SELECT c.contype::text, c.conrelid::regclass::text, c.conname, pg_get_constraintdef(c.oid)
        FROM pg_constraint c WHERE c.contype IN ('p', 'u', 'x', 'f') AND c.conparentid = 0
            AND (c.conrelid = ANY (%(tables)s::text[]::regclass[]) OR c.confrelid = ANY (%(tables)s::text[]::regclass[]))
        ORDER BY c.contype = 'f' DESC""",
        {"tables": list(tables)},
    ).fetchall()
    indexes = connection.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i
        WHERE i.indrelid = ANY (%s::text[]::regclass[])
            AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))""",
        [list(tables)],
    ).fetchall()
    for _, table, name, _ in constraints:
        connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    back = [
        Put(kind, f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}')
        for kind, table, name, definition in constraints
    ]
    return [*back, *(Put("i", definition) for _, definition in indexes)]


# Rows


def _lay(connection: Connection, table: str, shift: Shift, times: int) -> None:
    """Empty a table and fill it with all copies, one after the other, each in the order of the loaded rows."""
    connection.execute("SET session_replication_role = replica")
    connection.execute("SET synchronous_commit = off")
    columns = [one.name for one in metadata.tables[table].columns if one.computed is None]
    told = ", ".join(f'"{one}"' for one in columns)
    picked = ", ".join(_picked(table, one, shift) for one in columns)
    key = "id" if table == "official" else "official_id"
    with connection.transaction():
        connection.execute(f"CREATE TEMP TABLE loaded ON COMMIT DROP AS SELECT * FROM {table}")
        connection.execute(f"ANALYZE loaded; TRUNCATE {table}")
        for copy in range(times):
            connection.execute(
                f"""INSERT INTO {table} ({told}) OVERRIDING SYSTEM VALUE
                SELECT {picked} FROM loaded t JOIN laid l ON l.source = t.{key} AND l.copy = {copy}"""
            )


def _picked(table: str, column: str, shift: Shift) -> str:
    """A column of a copy."""
    of_official, of_fact = f"l.copy * {shift.officials}", f"l.copy * {shift.facts}"
    if column == "official_id" or (table == "official" and column == "id"):
        return f't."{column}" + {of_official}'
    if table.startswith("fact_") and column in ("id", "supersedes"):
        return f't."{column}" + {of_fact}'
    if table == "quality_finding" and column == "fact_id":  # 0: of the whole record
        return f't."{column}" + CASE WHEN t."{column}" = 0 THEN 0 ELSE {of_fact} END'
    if column == "uid":
        return "CASE l.copy WHEN 0 THEN t.uid ELSE md5(t.uid::text || l.copy)::uuid END"
    if column in ("personal_id", "staff_code", "full_name") and table in (
        "official",
        "official_current",
        "fact_identity",
    ):
        return f'l."{column}"'
    if (table, column) in (
        ("fact_identity_paper", "number"),
        ("fact_identity", "tax_code"),
    ):  # often the same number
        return f'CASE t."{column}" WHEN l.was THEN l.personal_id ELSE t."{column}" END'
    return f't."{column}"'


def _number(connection: Connection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return int(row[0])
