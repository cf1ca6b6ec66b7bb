"""What a seal says: digests over the rows of an object as they stand. docs/trail.md, "Seals: rows of the registry".

Of an approved change: the change itself, its papers, operations and steps, whom it registered, every fact it brought, every fact it
closed. Of what lives (`registry.trail.kinds`): its rows as they are. Read by the role that audits, which sees all; built-in
functions only.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.officials.facts import FACTS
from registry.trail.kinds import ANY, FORM, KINDS, OF_CHANGES, REGISTERED, Kind, hashed

LATER: tuple[tuple[int, str, str], ...] = ()
"""(form from which on it is sealed, table, column): what seals of an earlier form say nothing of."""
BLOCK = 64
"""Rows a digest: a difference is found within so many."""

Rows = dict[str, list[list[Any]]]
"""Part → blocks of [number of rows, SHA-256 in hex], in the order of the rows."""


@dataclass(frozen=True)
class Block:
    """A block of rows as it is now: how many, their digest, and the keys of the first and the last."""

    rows: int
    digest: str
    first: int
    last: int


Found = dict[str, list[Block]]


def said(found: Found) -> Rows:
    """What a seal tells of the blocks."""
    return {part: [[one.rows, one.digest] for one in blocks] for part, blocks in sorted(found.items())}


def changes(
    session: Session, ids: Sequence[int], *, form: int = FORM, kinds: Collection[str] | None = None
) -> dict[int, Found]:
    """The blocks of these changes by part, by change id. `kinds` narrows the facts looked at to those named."""
    return _blocks(session, _of_changes(form, tuple(sorted(FACTS if kinds is None else kinds))), ids)


def living(session: Session, kind: Kind, ids: Sequence[int], *, form: int = FORM) -> dict[int, Found]:
    """The blocks of these objects of a kind by part, by id."""
    return _blocks(session, _of_kind(kind.name, form), ids)


def kinds_of(session: Session, ids: Sequence[int]) -> set[str]:
    """The kinds of facts that the operations of these changes are about, which are all that they wrote; of changes without
    operations (a demo's) any kind."""
    rows = session.execute(
        text("""SELECT o.kind FROM unnest(CAST(:ids AS bigint[])) c (id) LEFT JOIN change_operation o ON o.change_id = c.id
            GROUP BY o.kind"""),
        {"ids": list(ids)},
    ).scalars()
    found = set(rows)
    return set(FACTS) if None in found else found


def _blocks(session: Session, statement: str, ids: Sequence[int]) -> dict[int, Found]:
    session.execute(text("SET LOCAL TIME ZONE 'UTC'"))  # moments are texts in what is hashed
    found: dict[int, Found] = {one: {} for one in ids}
    for row in session.execute(text(statement), {"ids": list(ids)}):
        found[row.object_id].setdefault(row.part, []).append(Block(row.rows, row.digest, row.first, row.last))
    return found


def _grouped(rows: Iterable[str]) -> str:
    return f"""WITH numbered AS (
            SELECT object_id, part, key, hash, (row_number() OVER (PARTITION BY object_id, part ORDER BY key) - 1) / {BLOCK} AS block
            FROM ({" UNION ALL ".join(rows)}) r)
        SELECT object_id, part, count(*) AS rows, encode(sha256(string_agg(hash, ''::bytea ORDER BY key)), 'hex') AS digest,
            min(key) AS first, max(key) AS last
        FROM numbered GROUP BY object_id, part, block ORDER BY object_id, part, block"""


@cache
def _of_changes(form: int, kinds: tuple[str, ...]) -> str:
    rows = [part.select(form) for part in (*OF_CHANGES, REGISTERED) if part.since <= form]
    for name in kinds:
        later = [column for since, table, column in LATER if table == f"fact_{name}" and since > form]
        dropped = ", ".join(f"'{one}'" for one in ("recorded_to", "closed_by", *later))
        rows.append(
            f"""SELECT f.change_id, '{name}', f.id, {hashed(f"jsonb_strip_nulls(to_jsonb(f) - ARRAY[{dropped}])")}
                FROM fact_{name} f WHERE f.change_id = {ANY}"""
        )
        rows.append(
            f"""SELECT f.closed_by, '{name} closed', f.id, {hashed("jsonb_build_array(f.id, f.recorded_to)")}
                FROM fact_{name} f WHERE f.closed_by = {ANY}"""
        )
    return _grouped(rows)


@cache
def _of_kind(name: str, form: int) -> str:
    (kind,) = (one for one in KINDS if one.name == name)
    return _grouped(part.select(form) for part in kind.parts if part.since <= form)


@dataclass(frozen=True)
class Difference:
    """A part that is not as it was sealed: the rows of the block where it begins, by their keys (none: rows are gone)."""

    part: str
    sealed: int
    found: int
    first: int | None
    last: int | None


def compare(told: Mapping[str, Any], found: Found) -> list[Difference]:
    """Where the rows of an object differ from its seal: the first block of each part."""
    differences = []
    for part in sorted({*told, *found}):
        sealed, now = told.get(part, []), found.get(part, [])
        for place in range(max(len(sealed), len(now))):
            before = sealed[place] if place < len(sealed) else [0, ""]
            block = now[place] if place < len(now) else None
            if block is None or [block.rows, block.digest] != list(before):
                differences.append(
                    Difference(
                        part,
                        sum(one[0] for one in sealed),
                        sum(one.rows for one in now),
                        block.first if block else None,
                        block.last if block else None,
                    )
                )
                break
    return differences
