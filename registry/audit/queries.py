"""Reading the trail, newest first and by key: every entry, or who looked at one record. Row-level security
decides what is seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.cursors import read_moment, write_cursor

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
COUNT_STOPS_AT = 1000
RECORD_READS = ("official.read", "official.print", "official.history", "access.explain")


@dataclass(frozen=True)
class TrailQuery:
    """Filters of the trail; days are Vietnamese days, both included. `actor` is a user name or part of a
    name.

    `object` is the id an entry names (a user name, the uuid or number of a change, of an import); a person is
    asked for by `official_id`. `unit`: entries of those with a role in the unit of this code, or under it.
    """

    actor: str = ""
    unit: str = ""
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
    """Entries newest first: {id, at, actor, username, role, action, object_type, object_id, reason, detail, request_id,
    official, change, place}. `official` is {id, name} of the person read or changed, `change` the number of a change, `place`
    that of the entry in the log, None for the first seconds.
    """
    where, parameters = conditions(session, query)
    keys = _keys(where, parameters)
    counted = None
    if query.cursor:
        parameters["before_at"], parameters["before"] = read_moment(query.cursor)
        later = _keys([*where, "e.at <= :before_at AND (e.at, e.id) < (:before_at, :before)"], parameters)
        counted, keys = _count(session, keys, parameters, query.exact), later
    elif query.exact:
        counted = _count(session, keys, parameters, exact=True)
    most = COUNT_STOPS_AT if counted is None else query.limit
    rows = session.execute(
        text(f"""WITH k AS MATERIALIZED (SELECT * FROM ({keys("e.id, e.at", "ORDER BY e.at DESC, e.id DESC LIMIT :most")}) f
                    ORDER BY at DESC, id DESC LIMIT :most),
                e AS MATERIALIZED (SELECT e.*, CASE WHEN e.object_type = 'change' AND pg_input_is_valid(e.object_id, 'uuid')
                        THEN CAST(e.object_id AS uuid) END AS change_uid
                    FROM (SELECT id, at FROM k ORDER BY at DESC, id DESC LIMIT :limit) n
                    JOIN audit_event e ON e.id = n.id AND e.at = n.at)
                SELECT e.id, e.at, e.actor_name AS actor, u.username, e.actor_role AS role, e.action, e.object_type,
                    e.object_id, e.reason, e.detail, e.request_id, c.uid::text AS official_uid, c.full_name AS official_name,
                    h.number AS change_number, l.place, (SELECT count(*) FROM k) AS found
                FROM e
                LEFT JOIN app_user u ON u.id = e.actor_id
                LEFT JOIN official_current c ON c.official_id = e.official_id
                LEFT JOIN change h ON h.uid = e.change_uid
                LEFT JOIN audit_leaf l ON l.event_id = e.id
                ORDER BY e.at DESC, e.id DESC"""),
        parameters | {"limit": query.limit + 1, "most": most + 1},
    ).all()
    items = [_item(dict(row._mapping)) for row in rows[: query.limit]]
    if counted is None:
        counted = _until_it_stops(rows[0].found if rows else 0)
    last = items[-1] if len(rows) > query.limit else None
    following = write_cursor(last["at"].isoformat(), last["id"]) if last else None
    return Trail(items, following, *counted)


def _item(row: dict[str, Any]) -> dict[str, Any]:
    uid, name, _ = row.pop("official_uid"), row.pop("official_name"), row.pop("found")
    return row | {"official": {"id": uid, "name": name} if uid else None, "change": row.pop("change_number")}


FEW_ACTORS = 50


def _keys(where: list[str], parameters: dict[str, Any]) -> Callable[[str, str], str]:
    """SQL that selects something of the keys of entries under conditions; `rest` orders and limits them. The indexes by person,
    object, actor and action hold all that can be asked, so that no row is fetched but those of the page.

    Of a few actors each is asked for by itself, so that the index gives the newest of each and no more; of many, entries are
    looked through by time, or those of one person or object by these: each entry is then held against the actors, for looking
    up every actor behind every moment of it takes a hundred times as long.
    """
    kept = " AND ".join(where)
    actors: list[int] | None = parameters.get("actors")
    if actors is None:
        return lambda what, rest: f"SELECT {what} FROM audit_event e WHERE {kept} {rest}"

    whose = "e.actor_id + 0" if parameters.keys() & {"objects", "official"} else "e.actor_id"

    def select(what: str, rest: str) -> str:
        of_actors = f"SELECT {what} FROM audit_event e WHERE {whose} = ANY (:actors) AND {kept} {rest}"
        if len(actors) <= FEW_ACTORS:
            of_actors = f"""SELECT n.* FROM unnest(CAST(:actors AS bigint[])) a (id) CROSS JOIN LATERAL (
                SELECT {what} FROM audit_event e WHERE e.actor_id = a.id AND {kept} {rest}) n"""
        if not parameters["names"]:
            return f"({of_actors})"
        nameless = f"""SELECT {what} FROM audit_event e
            WHERE e.actor_id IS NULL AND e.actor_name = ANY (:names) AND {kept} {rest}"""
        return f"({of_actors}) UNION ALL ({nameless})"

    return select


def conditions(session: Session, query: TrailQuery) -> tuple[list[str], dict[str, Any]]:
    """The filters as SQL over `audit_event e`, but for actors: these are parameters alone (see _keys)."""
    where: list[str] = ["true"]
    parameters: dict[str, Any] = {}
    if query.actor.strip() or query.unit.strip():
        parameters["actors"] = _actors(session, query.actor.strip(), query.unit.strip())
        parameters["names"] = [] if query.unit.strip() else _nameless(session, query.actor.strip())
    if query.object.strip():
        where.append("e.object_id = ANY (:objects)")
        parameters["objects"] = _objects(session, query.object.strip())
    if query.official_id is not None:
        where.append("e.official_id = :official")
        parameters["official"] = query.official_id
    if query.actions:
        one = len(query.actions) == 1
        where.append("e.action = :action" if one else "e.action = ANY (:action)")
        parameters["action"] = query.actions[0] if one else list(query.actions)
    if query.since is not None:
        where.append("e.at >= :since")
        parameters["since"] = _midnight(query.since)
    if query.until is not None:
        where.append("e.at < :until")
        parameters["until"] = _midnight(query.until + timedelta(days=1))
    return where, parameters


def _actors(session: Session, actor: str, unit: str) -> list[int]:
    """Accounts by user name or part of a name, of those with a role in a unit or under it (code)."""
    rows = session.execute(
        text("""SELECT a.id FROM app_user a
            WHERE (:actor = '' OR a.username = :actor
                    OR registry_fold(a.display_name) LIKE (SELECT '%' || registry_fold(:actor) || '%'))
                AND (:unit = '' OR EXISTS (SELECT 1 FROM access_grant g JOIN organization o ON o.id = g.organization_id
                    JOIN organization u ON u.code = :unit AND o.ord BETWEEN u.ord AND u.last WHERE g.user_id = a.id))"""),
        {"actor": actor, "unit": unit},
    ).scalars()
    return list(rows)


def _nameless(session: Session, actor: str) -> list[str]:
    """Names of those who act without an account (the registry itself, its operator) that read the same."""
    rows = session.execute(
        text("""WITH RECURSIVE n (name) AS (
                (SELECT actor_name FROM audit_event WHERE actor_id IS NULL ORDER BY actor_name LIMIT 1)
                UNION ALL SELECT (SELECT actor_name FROM audit_event WHERE actor_id IS NULL AND actor_name > n.name
                    ORDER BY actor_name LIMIT 1) FROM n WHERE n.name IS NOT NULL)
            SELECT name FROM n WHERE registry_fold(name) = registry_fold(:actor)"""),
        {"actor": actor},
    ).scalars()
    return list(rows)


def _objects(session: Session, named: str) -> list[str]:
    """What the trail may call an object: as it was named, and a change of this number by its id."""
    change = session.execute(
        text("SELECT uid::text FROM change WHERE number = :named"), {"named": named}
    ).scalar()
    return [named, change] if change else [named]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0), LOCAL)


def _count(
    session: Session, keys: Callable[[str, str], str], parameters: dict[str, Any], exact: bool
) -> tuple[int, bool]:
    stop = "" if exact else f"LIMIT {COUNT_STOPS_AT + 1}"
    counted = session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM ({keys('1', stop)}) m {stop}) n"), parameters
    ).scalar_one()
    return (counted, True) if exact else _until_it_stops(counted)


def _until_it_stops(counted: int) -> tuple[int, bool]:
    return (counted, True) if counted <= COUNT_STOPS_AT else (COUNT_STOPS_AT, False)


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
                ORDER BY at DESC, id DESC LIMIT 1"""),
        {"type": object_type, "object": object_id, "actions": list(actions)},
    ).scalar()
    return at
