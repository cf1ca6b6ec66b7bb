"""Reading proposals: one, lists, and what became of each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.cursors import read_cursor, write_cursor
from registry.named import get_by_uid
from registry.proposals.models import Proposal

CAME_TO_NOTHING = ("withdrawn", "rejected")
"""Ends of a change after which its proposal waits for an answer again."""


def get_proposal(session: Session, named: str, *, lock: bool = False) -> Proposal:
    """A proposal by its uuid; NotFound when absent or out of scope."""
    return get_by_uid(session, Proposal, named, lock=lock)


def etag(proposal: Proposal) -> str:
    """The version for If-Match."""
    return f'"{proposal.version}"'


@dataclass(frozen=True)
class Fate:
    """The change an officer made of a proposal."""

    uid: str
    number: str
    status: str
    reason: str
    decided_at: datetime | None


def fates(session: Session, proposals: list[int]) -> dict[int, Fate]:
    """What became of proposals that were drafted, by their id."""
    rows = session.execute(text("SELECT * FROM registry_fate_of_proposals(:wanted)"), {"wanted": proposals})
    return {
        row.proposal_id: Fate(str(row.uid), row.number, row.status, row.reason, row.decided_at)
        for row in rows
    }


def is_open(session: Session, proposal: Proposal) -> bool:
    """Whether it waits for an answer: just received, or its change came to nothing."""
    if proposal.status != "drafted":
        return proposal.status == "received"
    fate = fates(session, [proposal.id]).get(proposal.id)
    return fate is not None and fate.status in CAME_TO_NOTHING


def count_waiting(session: Session, official_id: int | None = None) -> int:
    """Proposals received and not answered, in scope or of one official."""
    counted: int = session.execute(
        text("""SELECT count(*) FROM (SELECT 1 FROM proposal WHERE status = 'received'
            AND (CAST(:own AS bigint) IS NULL OR official_id = :own) LIMIT 1000) n"""),
        {"own": official_id},
    ).scalar_one()
    return counted


@dataclass(frozen=True)
class ListQuery:
    """Filters; `official_id` keeps those of one person."""

    statuses: tuple[str, ...] = ()
    official_id: int | None = None
    cursor: str | None = None
    limit: int = 50
    exact: bool = False


_LIST = """
    SELECT p.id AS key, p.uid::text AS id, p.status, p.kind, p.operation, p.reason, p.answer, p.made_at, p.answered_at,
        p.version, c.uid::text AS official, c.full_name, c.personal_id, o.code AS unit, v.name AS unit_name,
        a.display_name AS answered_by, f.uid::text AS file, f.name AS file_name, f.size AS file_size,
        f.sha256 AS file_sha256, f.media_type AS file_type
    FROM proposal p JOIN organization o ON o.id = p.organization_id
    LEFT JOIN official_current c ON c.official_id = p.official_id
    LEFT JOIN LATERAL (SELECT name FROM organization_version WHERE organization_id = o.id AND recorded_to IS NULL
        ORDER BY valid_from DESC LIMIT 1) v ON true
    LEFT JOIN app_user a ON a.id = p.answered_by LEFT JOIN file f ON f.id = p.file_id
"""


def list_proposals(session: Session, query: ListQuery) -> tuple[list[dict[str, Any]], str | None, int]:
    """Proposals in scope, newest first: (items, next cursor, count up to 1001 or `exact`)."""
    where: list[str] = ["true"]
    parameters: dict[str, Any] = {"limit": query.limit + 1}
    if query.statuses:
        where.append("p.status = ANY (:statuses)")
        parameters["statuses"] = list(query.statuses)
    if query.official_id is not None:
        where.append("p.official_id = :official")
        parameters["official"] = query.official_id
    total = session.execute(
        text(f"""SELECT count(*) FROM (SELECT 1 FROM proposal p WHERE {" AND ".join(where)}
            {"" if query.exact else "LIMIT 1001"}) n"""),
        parameters,
    ).scalar_one()
    if query.cursor:
        where.append("p.id < :before")
        parameters["before"] = read_cursor(query.cursor, int)[0]
    rows = session.execute(
        text(f"{_LIST} WHERE {' AND '.join(where)} ORDER BY p.id DESC LIMIT :limit"), parameters
    ).all()
    shown = _shown(session, rows[: query.limit])
    return shown, write_cursor(rows[query.limit - 1].key) if len(rows) > query.limit else None, total


def show(session: Session, proposal: Proposal) -> dict[str, Any]:
    """One proposal as lists show it."""
    rows = session.execute(text(f"{_LIST} WHERE p.id = :id"), {"id": proposal.id}).all()
    return _shown(session, rows)[0]


def _shown(session: Session, rows: Any) -> list[dict[str, Any]]:
    """{id, status, official, organization, kind, operation, reason, file, change, answer …}."""
    ends = fates(session, [row.key for row in rows if row.status == "drafted"])
    return [
        {
            "id": row.id,
            "status": row.status,
            "official": {"id": row.official, "full_name": row.full_name, "personal_id": row.personal_id},
            "organization": {"code": row.unit, "name": row.unit_name},
            "kind": row.kind,
            "operation": row.operation,
            "reason": row.reason,
            "file": {
                "id": row.file,
                "sha256": row.file_sha256,
                "size": row.file_size,
                "name": row.file_name,
                "media_type": row.file_type,
            }
            if row.file
            else None,
            "change": {
                "id": end.uid,
                "number": end.number,
                "status": end.status,
                "reason": end.reason,
                "decided_at": end.decided_at,
            }
            if (end := ends.get(row.key))
            else None,
            "answer": row.answer,
            "answered_by": row.answered_by,
            "made_at": row.made_at,
            "answered_at": row.answered_at,
            "version": row.version,
        }
        for row in rows
    ]
