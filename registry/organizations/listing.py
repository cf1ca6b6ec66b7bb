"""The flat list of units in the order of the tree, by key: filtered by words, by parent, or not at all."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.errors import Flaw, Invalid
from registry.organizations.queries import (
    _NODE,
    LIKE_SPECIAL,
    MOST_WORDS,
    Node,
    _believed,
    _clocks,
    _holds,
    _node,
    parse_cursor,
)
from registry.periods import AsOf
from registry.words import Words

COUNT_STOPS_AT = 1000


@dataclass(frozen=True)
class Listing:
    """A page of units; `count` stops at 1000 unless it was asked for exactly."""

    nodes: list[Node]
    next_cursor: str | None
    count: int
    exact: bool


def list_units(
    session: Session,
    as_of: AsOf,
    *,
    q: str = "",
    parent: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
    exact: bool = False,
) -> Listing:
    """Units that stood on a day; at most four statements. `parent` keeps the units directly under one.

    `q` matches the code, or every word of the name with or without diacritics. Raises Invalid for a parent or
    a cursor that is none.
    """
    where, parameters = [_holds("v"), _believed("v")], _clocks(as_of)
    if parent is not None:
        where.append("v.parent_id = :parent")
        parameters["parent"] = _parent(session, parent)
    if q.strip():
        _match(session, q.strip(), where, parameters)
    source = "organization_version v JOIN organization u ON u.id = v.organization_id"
    stop = "" if exact else f"LIMIT {COUNT_STOPS_AT + 1}"
    counted = session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM {source} WHERE {' AND '.join(where)} {stop}) n"),
        parameters,
    ).scalar_one()
    where.append("u.ord > :after")
    rows = session.execute(
        text(f"SELECT {_NODE} FROM {source} WHERE {' AND '.join(where)} ORDER BY u.ord, u.id LIMIT :limit"),
        parameters | {"after": parse_cursor(cursor) or 0, "limit": limit + 1},
    ).all()
    nodes = [_node(row) for row in rows[:limit]]
    following = str(nodes[-1].ord) if len(rows) > limit else None
    return Listing(
        nodes,
        following,
        counted if exact else min(counted, COUNT_STOPS_AT),
        exact or counted <= COUNT_STOPS_AT,
    )


def find_ordinal(session: Session, code: str) -> int | None:
    """The ordinal of a unit, by which scopes decide; None for an unknown code."""
    found: int | None = session.execute(
        text("SELECT ord FROM organization WHERE code = :code"), {"code": code}
    ).scalar_one_or_none()
    return found


def _parent(session: Session, code: str) -> int:
    found = session.execute(
        text("SELECT id FROM organization WHERE code = :code"), {"code": code}
    ).scalar_one_or_none()
    if found is None:
        words = Words("Không có đơn vị với mã này.", "No unit has this code.")
        raise Invalid(words, "unknown_unit", [Flaw("query/parent", "unknown_unit", words)])
    return int(found)


def _match(session: Session, q: str, where: list[str], parameters: dict[str, Any]) -> None:
    folded = session.execute(text("SELECT registry_fold(:q)"), {"q": q}).scalar_one()
    words = folded.split()[:MOST_WORDS]
    named = " AND ".join(f"v.fold LIKE :word{number}" for number in range(len(words))) or "false"
    where.append(f"(u.code = :code OR v.electronic_id = :code OR ({named}))")
    parameters |= {
        f"word{number}": f"%{word.translate(LIKE_SPECIAL)}%" for number, word in enumerate(words)
    } | {"code": q.upper()}
