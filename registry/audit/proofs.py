"""Heads of the log and proofs against them, from the database."""

import base64
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.audit.encoding import encode, texts
from registry.audit.tree import HEIGHT, WIDTH, Tiles, Tree
from registry.cursors import read_cursor, write_cursor
from registry.errors import Conflict, not_found
from registry.words import Words

NOT_YET = Words(
    "Mục này chưa vào sổ niêm phong. Thử lại sau vài giây.",
    "This entry has no place under a signed head yet. Try again in a few seconds.",
)
NO_HEAD = Words("Không có cây cỡ này trong sổ.", "The log has no tree of this size.")


@dataclass(frozen=True)
class Proof:
    """That an event is in the log: its bytes, its place and leaf hash, the newest head, and the hashes upwards."""

    event_id: int
    entry: bytes
    place: int
    leaf: bytes
    size: int
    root: bytes
    note: str
    path: list[bytes]


def tiles_of(session: Session) -> Tiles:
    """The tiles of the log as the database holds them."""

    def tile(level: int, number: int) -> list[bytes]:
        span = {"low": number * WIDTH, "high": (number + 1) * WIDTH, "level": level * HEIGHT}
        statement = (
            "SELECT hash FROM audit_node WHERE level = :level AND place >= :low AND place < :high ORDER BY place"
            if level
            else "SELECT hash FROM audit_leaf WHERE place >= :low AND place < :high ORDER BY place"
        )
        return [bytes(one) for one in session.execute(text(statement), span).scalars()]

    return tile


def prove(session: Session, event_id: int) -> Proof:
    """The proof of an event against the newest head. NotFound for an unknown event, Conflict before its head is signed."""
    row = session.execute(
        text(f"""SELECT l.place, l.hash, {texts()} FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
            WHERE e.id = :id"""),
        {"id": event_id},
    ).one_or_none()
    if row is None:
        raise not_found()
    head = session.execute(
        text("SELECT size, root, note FROM audit_head ORDER BY size DESC LIMIT 1")
    ).one_or_none()
    if head is None or row.place is None or row.place >= head.size:
        raise Conflict(NOT_YET, "not_in_log_yet")
    path = Tree(tiles_of(session), head.size).inclusion(row.place)
    return Proof(
        event_id,
        encode(row[2:]),
        row.place,
        bytes(row.hash),
        head.size,
        bytes(head.root),
        head.note,
        path,
    )


def as_json(proof: Proof) -> dict[str, Any]:
    """A proof as the API and the command line give it: bytes in base64, hashes in hex."""
    return {
        "event": proof.event_id,
        "entry": base64.b64encode(proof.entry).decode(),
        "place": proof.place,
        "leaf_hash": proof.leaf.hex(),
        "head": {"size": proof.size, "root": proof.root.hex(), "note": proof.note},
        "proof": [one.hex() for one in proof.path],
    }


def prove_consistency(session: Session, first: int, second: int) -> list[bytes]:
    """The proof that the tree of the first size is the beginning of that of the second; Conflict when there is none."""
    leaves = session.execute(text("SELECT coalesce(max(place) + 1, 0) FROM audit_leaf")).scalar_one()
    if not 0 < first <= second <= leaves:
        raise Conflict(NO_HEAD, "no_such_tree")
    return Tree(tiles_of(session), second).consistency(first)


def newest_head(session: Session) -> dict[str, Any] | None:
    """The newest signed head: {size, root, at, note}; None before the first."""
    row = session.execute(
        text("SELECT size, root, at, note FROM audit_head ORDER BY size DESC LIMIT 1")
    ).one_or_none()
    return {**row._mapping, "root": bytes(row.root)} if row else None


def list_heads(session: Session, *, limit: int = 50, cursor: str | None = None) -> dict[str, Any]:
    """Heads newest first: {items: [{size, root, at, note, anchors: [{place, at}]}], next_cursor}."""
    before = read_cursor(cursor, int)[0] if cursor else None
    rows = session.execute(
        text("""SELECT h.size, h.root, h.at, h.note, coalesce((SELECT json_agg(json_build_object('place', a.outside, 'at', a.at)
                    ORDER BY a.outside) FROM audit_anchor a WHERE a.size = h.size), '[]') AS anchors
                FROM audit_head h WHERE CAST(:before AS bigint) IS NULL OR h.size < :before
                ORDER BY h.size DESC LIMIT :limit"""),
        {"before": before, "limit": limit + 1},
    ).all()
    items = [{**row._mapping, "root": bytes(row.root)} for row in rows[:limit]]
    return {"items": items, "next_cursor": write_cursor(rows[limit - 1].size) if len(rows) > limit else None}


def count_heads(session: Session) -> int:
    """How many heads were signed."""
    counted: int = session.execute(text("SELECT count(*) FROM audit_head")).scalar_one()
    return counted


def state(session: Session) -> dict[str, Any]:
    """How the log is: {size, head_at, waiting, oldest_waiting_at, problem, anchors: [{place, size, at, tried_at, failures,
    problem}]}; `waiting` counts events without a place, up to 1000."""
    row = session.execute(
        text("""SELECT (SELECT max(size) FROM audit_head) AS size, (SELECT max(at) FROM audit_head) AS head_at,
                w.waiting, w.oldest_waiting_at, p.problem
            FROM audit_progress p CROSS JOIN (SELECT count(*) AS waiting, min(at) AS oldest_waiting_at FROM (
                SELECT e.at FROM audit_event e WHERE e.id > (SELECT settled FROM audit_progress)
                    AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.id) LIMIT 1000) n) w""")
    ).one()
    anchors = session.execute(
        text("""SELECT s.outside AS place, a.size, a.at, s.tried_at, s.failures, s.problem
            FROM audit_anchor_state s LEFT JOIN LATERAL (SELECT size, at FROM audit_anchor a WHERE a.outside = s.outside
                ORDER BY size DESC LIMIT 1) a ON true ORDER BY s.outside""")
    )
    return {**row._mapping, "anchors": [dict(one._mapping) for one in anchors]}
