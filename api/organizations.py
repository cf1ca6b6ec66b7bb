"""Organizations: list, one unit, the level below, past, heirs, posts. People are counted, never named."""

from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, Clocks, Paged, endpoint, services
from api.shapes import POSTS, UNIT_HEIRS, UNIT_HISTORY, UNIT_LIST, UNIT_SHOWN
from registry.access.permissions import Permission, Whose
from registry.organizations import queries
from registry.organizations.listing import list_units
from registry.organizations.queries import Heir, Node, Staffed, Unit, Version

rooms = Blueprint("organizations", __name__)
READ = Permission.ORGANIZATIONS_UNIT_READ


class ListParameters(Clocks, Paged):
    """Filters; `parent` keeps the units directly under one."""

    q = ma.fields.String(validate=ma.validate.Length(max=200))
    parent = ma.fields.String(validate=ma.validate.Length(max=60))


class LevelParameters(Clocks, Paged):
    """A page of a level."""


@endpoint(
    rooms,
    "/organizations",
    READ,
    Whose.EVERYBODY,
    ("Danh sách đơn vị", "List units"),
    query=ListParameters,
    reply=UNIT_LIST,
)
def list_organizations(call: Call) -> Any:
    return _page(call, call.query.get("parent"), call.query.get("q", ""))


@endpoint(
    rooms,
    "/organizations/<code>/children",
    READ,
    Whose.EVERYBODY,
    ("Đơn vị trực thuộc", "Units directly under one"),
    query=LevelParameters,
    reply=UNIT_LIST,
)
def children(call: Call, code: str) -> Any:
    queries.get_unit(call.session, code, call.as_of())
    return _page(call, code, "")


def _page(call: Call, parent: str | None, q: str) -> dict[str, Any]:
    found = list_units(
        call.session,
        call.as_of(),
        q=q,
        parent=parent,
        cursor=call.query.get("cursor"),
        limit=call.query["limit"],
        exact=call.query.get("count") == "exact",
    )
    return {
        "items": [_node(one) for one in found.nodes],
        "next_cursor": found.next_cursor,
        "count": {"value": found.count, "exact": found.exact},
    }


def _node(one: Node) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "name_en": one.name_en,
        "kind": one.kind,
        "parent": one.parent,
        "has_children": one.has_children,
    }


@endpoint(
    rooms,
    "/organizations/<code>",
    READ,
    Whose.EVERYBODY,
    ("Một đơn vị", "One unit"),
    query=Clocks,
    reply=UNIT_SHOWN,
)
def get_organization(call: Call, code: str) -> Any:
    unit = queries.get_unit(call.session, code, call.as_of())
    return {
        "code": unit.code,
        "path": [{"code": above, "name": name} for above, name in unit.path],
        "ended_on": unit.ended_on,
        **_version(unit.shown, unit.version is not None),
    }


def _version(one: Version, in_force: bool) -> dict[str, Any]:
    return {
        "name": one.name,
        "name_en": one.name_en,
        "kind": one.kind,
        "parent": {"code": one.parent, "name": one.parent_name} if one.parent else None,
        "province": one.province,
        "electronic_id": one.electronic_id,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "recorded_at": one.recorded_from,
        "legal_basis": one.legal_basis,
        "in_force": in_force,
    }


@endpoint(
    rooms,
    "/organizations/<code>/history",
    READ,
    Whose.EVERYBODY,
    ("Đơn vị qua các thời kỳ", "What a unit was, newest first"),
    query=Clocks,
    reply=UNIT_HISTORY,
)
def history(call: Call, code: str) -> Any:
    unit = queries.get_unit(call.session, code, call.as_of())
    return _whole([_version(one, one is unit.version) for one in unit.versions])


@endpoint(
    rooms,
    "/organizations/<code>/successors",
    READ,
    Whose.EVERYBODY,
    ("Đơn vị kế thừa, đơn vị trước", "Heirs and predecessors"),
    query=Clocks,
    reply=UNIT_HEIRS,
)
def successors(call: Call, code: str) -> Any:
    unit = queries.get_unit(call.session, code, call.as_of())
    return _whole([_heir(one) for one in unit.successors]) | {
        "predecessors": [_heir(one) for one in unit.predecessors]
    }


def _heir(one: Heir) -> dict[str, Any]:
    return {"code": one.code, "name": one.name, "on": one.on, "legal_basis": one.legal_basis}


def _whole(items: list[dict[str, Any]]) -> dict[str, Any]:
    """A list that is short by nature, in the form of all lists."""
    return {"items": items, "next_cursor": None, "count": {"value": len(items), "exact": True}}


@endpoint(
    rooms,
    "/organizations/<code>/positions",
    READ,
    Whose.EVERYBODY,
    ("Vị trí, số lượng được giao, có mặt, còn thiếu", "Posts, quota, filled, vacant"),
    query=Clocks,
    reply=POSTS,
)
def positions(call: Call, code: str) -> Any:
    unit = queries.get_unit(call.session, code, call.as_of())
    # Counted by the role that knows no names: a reader's scope decides whom one sees, not how many there are.
    with services().stats() as stats:
        posts, outside = queries.find_positions(stats, unit, call.as_of(), call.today)
    return _whole([_post(one) for one in posts]) | _about(call, unit, posts, outside)


def _post(one: Staffed) -> dict[str, Any]:
    return {
        "title": one.title,
        "position": one.position,
        "category": one.category,
        "leading": one.leading,
        "quota": one.quota,
        "filled": one.filled,
        "vacant": one.vacant,
    }


def _about(call: Call, unit: Unit, posts: list[Staffed], outside: int) -> dict[str, Any]:
    return {
        "organization": {"code": unit.code, "name": unit.shown.name},
        "as_of": call.as_of().on,
        "outside_posts": outside,
        "total": {name: sum(getattr(one, name) for one in posts) for name in ("quota", "filled", "vacant")},
    }
