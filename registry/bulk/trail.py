"""The trail as a file, for auditors: who did or read what, when, as what, oldest first, until the moment asked for."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from registry.audit.log import Action
from registry.audit.queries import TrailQuery, conditions
from registry.bulk.columns import MOMENT, Answer, Column
from registry.errors import NotFound
from registry.officials.facts.parsing import Wrong, clean_text, parse_day
from registry.officials.queries import _believed, get_key

COLUMNS = [
    Column("id", "Số thứ tự trong nhật ký", "integer", "e.id"),
    Column("at", "Lúc (UTC)", "moment", MOMENT.format("e.at")),
    Column("actor", "Người làm", sql="e.actor_name"),
    Column("username", "Tài khoản", sql="a.username"),
    Column("role", "Vai trò", sql="e.actor_role"),
    Column("action", "Việc", sql="e.action"),
    Column("object_type", "Loại đối tượng", sql="e.object_type"),
    Column("object_id", "Đối tượng", sql="e.object_id"),
    Column("personal_id", "Số định danh của người được xem", sql="o.personal_id"),
    Column(
        "person_name",
        "Người được xem",
        sql=f"""(SELECT f.full_name FROM fact_identity f WHERE f.official_id = e.official_id
            AND {_believed("f", True)} ORDER BY f.valid_from DESC LIMIT 1)""",
    ),
    Column("reason", "Lý do", sql="e.reason"),
    Column("request_id", "Mã yêu cầu", sql="e.request_id"),
    Column("detail", "Chi tiết", sql="e.detail::text"),
]


def _words(_session: Session, sent: Any) -> str:
    return clean_text(sent, 200)


def _person(session: Session, sent: Any) -> str:
    """The uuid of a person, so that what was asked names nobody."""
    try:
        return str(get_key(session, sent).uid)
    except (NotFound, TypeError):
        raise Wrong("unknown_person", "Không có người với số này.", "Nobody has this number.") from None


def _actions(_session: Session, sent: Any) -> list[str]:
    asked = sent.split(",") if isinstance(sent, str) else sent
    known = {one.value for one in Action}
    if not isinstance(asked, list) or not all(isinstance(one, str) and one.strip() in known for one in asked):
        raise Wrong("choice", "Có việc không có trong nhật ký.", "Not all of these are actions of the trail.")
    return sorted({one.strip() for one in asked})


def _day(_session: Session, sent: Any) -> str:
    return parse_day(sent).isoformat()


READERS: dict[str, Callable[[Session, Any], Any]] = {
    "actor": _words,
    "person": _person,
    "organization": _words,
    "object": _words,
    "action": _actions,
    "from": _day,
    "to": _day,
}
"""Filters: `organization` are the people now in a unit and under it; days are Vietnamese days, `to` not included."""


def answer(session: Session, asked: Mapping[str, Any], known_at: datetime) -> Answer:
    """The entries that a filter (read by READERS) leaves, of those there were at a moment."""
    where, parameters = conditions(
        session,
        TrailQuery(
            actor=asked.get("actor", ""),
            object=asked.get("object", ""),
            official_id=get_key(session, asked["person"]).id if asked.get("person") else None,
            actions=tuple(asked.get("action", ())),
            since=date.fromisoformat(asked["from"]) if asked.get("from") else None,
        ),
    )
    if "actors" in parameters:
        where.append("(e.actor_id = ANY (:actors) OR e.actor_id IS NULL AND e.actor_name = ANY (:names))")
    where.append("e.at <= :known")
    parameters["known"] = known_at
    if asked.get("to"):
        where.append("e.at < (CAST(:to AS date) AT TIME ZONE 'Asia/Ho_Chi_Minh')")
        parameters["to"] = asked["to"]
    if asked.get("organization"):
        where.append(
            """e.official_id IN (SELECT c.official_id FROM official_current c JOIN organization u
            ON u.code = :unit AND c.org_ord BETWEEN u.ord AND u.last)"""
        )
        parameters["unit"] = asked["organization"]
    told = " AND ".join(where)
    wanted = ", ".join(f"{one.sql} AS {one.key}" for one in COLUMNS)
    return Answer(
        COLUMNS,
        f"""SELECT {wanted} FROM audit_event e LEFT JOIN app_user a ON a.id = e.actor_id
            LEFT JOIN official o ON o.id = e.official_id WHERE {told} ORDER BY e.id""",
        parameters,
    )
