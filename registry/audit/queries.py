"""Reading the trail, newest first and by key: every entry, or who looked at one record. Row-level security
decides what is seen.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.cursors import read_cursor, write_cursor

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
COUNT_STOPS_AT = 1000
RECORD_READS = ("official.read", "official.print", "official.history")


@dataclass(frozen=True)
class TrailQuery:
    """Filters of the trail; days are Vietnamese days, both included. `actor` is a user name or part of a
    name.

    `object` is the id an entry names (a user name, the uuid or number of a change, of an import); a person is
    asked for by `official_id`.
    """

    actor: str = ""
    object: str = ""
    official_id: int | None = None
    actions: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    cursor: str | None = None
    limit: int = 50
    exact: bool = False


@dataclass(frozen=True)
class Trail:
    """A page of the trail; `count` stops at 1000 unless it was asked for exactly."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    count: int
    exact: bool


def list_events(session: Session, query: TrailQuery) -> Trail:
    """Entries newest first: {id, at, actor, username, role, action, object_type, object_id, reason, detail,
    request_id,
    official, change}. `official` is {id, name} of the person read or changed, `change` the number of a
        change.
    """
    where, parameters = _conditions(query)
    count, exact = _count(session, where, parameters, query.exact)
    if query.cursor:
        where.append("e.id < :before")
        parameters["before"] = read_cursor(query.cursor, int)[0]
    rows = session.execute(
        text(f"""SELECT e.id, e.at, e.actor_name AS actor, u.username, e.actor_role AS role, e.action,
                    e.object_type, e.object_id,
                    e.reason, e.detail, e.request_id, c.uid::text AS official_uid, c.full_name AS
                        official_name,
                    h.number AS change_number
                FROM audit_event e LEFT JOIN app_user u ON u.id = e.actor_id
                LEFT JOIN official_current c ON c.official_id = e.official_id
                LEFT JOIN change h ON e.object_type = 'change' AND h.uid::text = e.object_id
                WHERE {" AND ".join(where)} ORDER BY e.id DESC LIMIT :limit"""),
        parameters | {"limit": query.limit + 1},
    ).all()
    items = [_item(dict(row._mapping)) for row in rows[: query.limit]]
    return Trail(items, write_cursor(items[-1]["id"]) if len(rows) > query.limit else None, count, exact)


def _item(row: dict[str, Any]) -> dict[str, Any]:
    uid, name = row.pop("official_uid"), row.pop("official_name")
    return row | {"official": {"id": uid, "name": name} if uid else None, "change": row.pop("change_number")}


def _conditions(query: TrailQuery) -> tuple[list[str], dict[str, Any]]:
    where: list[str] = ["true"]
    parameters: dict[str, Any] = {}
    if query.actor.strip():
        where.append("""(e.actor_id IN (SELECT a.id FROM app_user a WHERE a.username = :actor
            OR registry_fold(a.display_name) LIKE '%' || registry_fold(:actor) || '%')
            OR registry_fold(e.actor_name) = registry_fold(:actor))""")
        parameters["actor"] = query.actor.strip()
    if query.object.strip():
        where.append("e.object_id IN (:object, (SELECT h.uid::text FROM change h WHERE h.number = :object))")
        parameters["object"] = query.object.strip()
    if query.official_id is not None:
        where.append("e.official_id = :official")
        parameters["official"] = query.official_id
    if query.actions:
        where.append("e.action = ANY (:actions)")
        parameters["actions"] = list(query.actions)
    if query.since is not None:
        where.append("e.at >= :since")
        parameters["since"] = _midnight(query.since)
    if query.until is not None:
        where.append("e.at < :until")
        parameters["until"] = _midnight(query.until + timedelta(days=1))
    return where, parameters


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), LOCAL)


def _count(session: Session, where: list[str], parameters: dict[str, Any], exact: bool) -> tuple[int, bool]:
    stop = "" if exact else f"LIMIT {COUNT_STOPS_AT + 1}"
    counted = session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM audit_event e WHERE {' AND '.join(where)} {stop}) n"),
        parameters,
    ).scalar_one()
    return (counted, True) if exact or counted <= COUNT_STOPS_AT else (COUNT_STOPS_AT, False)


def count_readers(session: Session, official_id: int, since: date) -> list[dict[str, Any]]:
    """Who looked at one record since a day, most often first: {reader, role, own, times, last_at}."""
    rows = session.execute(
        text("""SELECT e.actor_name AS reader, e.actor_role AS role, coalesce(u.official_id = :official,
                    false) AS own,
                    count(*) AS times, max(e.at) AS last_at
                FROM audit_event e LEFT JOIN app_user u ON u.id = e.actor_id
                WHERE e.official_id = :official AND e.action = ANY (:reads) AND e.at >= :since
                GROUP BY 1, 2, 3 ORDER BY times DESC, last_at DESC LIMIT 50"""),
        {"official": official_id, "reads": list(RECORD_READS), "since": _midnight(since)},
    )
    return [dict(row._mapping) for row in rows]


def last_at(session: Session, object_type: str, object_id: str, actions: tuple[str, ...]) -> datetime | None:
    """When one of these things last happened to an object, as far as the reader's own entries tell."""
    at: datetime | None = session.execute(
        text("""SELECT at FROM audit_event WHERE object_type = :type AND object_id = :object AND action = ANY
                    (:actions)
                ORDER BY id DESC LIMIT 1"""),
        {"type": object_type, "object": object_id, "actions": list(actions)},
    ).scalar()
    return at
