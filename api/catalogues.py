"""Code lists by date, and the kinds of facts as JSON Schema."""

from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, Paged, endpoint
from api.shapes import CATALOGUE, CATALOGUE_LIST, KIND, KIND_LIST, kind_schema
from registry.access.permissions import Permission
from registry.catalogues import lists, queries
from registry.errors import Flaw, Invalid, not_found
from registry.officials.facts import FACTS
from registry.words import Words

rooms = Blueprint("catalogues", __name__)
READ = Permission.CATALOGUES_LIST_READ


class CatalogueParameters(Paged):
    """A page of a list as of a day."""

    as_of = ma.fields.Date(
        metadata={"description": "Đúng vào ngày này; mặc định hôm nay. / True on this day."}
    )


@endpoint(rooms, "/catalogues", READ, ("Các danh mục", "Code lists"), reply=CATALOGUE_LIST)
def list_catalogues(call: Call) -> Any:
    items = [
        {
            "name": one.name,
            "title": call.say(one.title),
            "source": one.source,
            "note": one.note,
            "rows": one.rows,
            "keys": one.keys,
        }
        for one in queries.find_catalogues(call.session)
    ]
    return {"items": items, "next_cursor": None, "count": {"value": len(items), "exact": True}}


@endpoint(
    rooms,
    "/catalogues/<name>",
    READ,
    ("Một danh mục tại một ngày", "One code list as of a day"),
    query=CatalogueParameters,
    reply=CATALOGUE,
)
def get_catalogue(call: Call, name: str) -> Any:
    catalogue = queries.get_catalogue(call.session, name)
    on = call.query.get("as_of") or call.today
    rows = lists.items_on(call.session, name, on)
    first = _place(call.query.get("cursor"))
    last = first + call.query["limit"]
    return {
        "name": name,
        "title": call.say(Words(catalogue.title_vi, catalogue.title_en)),
        "source": catalogue.source,
        "note": catalogue.note,
        "as_of": on,
        "items": [_item(one) for one in rows[first:last]],
        "next_cursor": str(last) if last < len(rows) else None,
        "count": {"value": len(rows), "exact": True},
    }


def _place(cursor: str | None) -> int:
    """Lists change only when catalogues are loaded, so a place in one is a key."""
    if not cursor:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 8):
        words = Words("Con trỏ trang không dùng được.", "The cursor is not usable.")
        raise Invalid(words, "bad_cursor", [Flaw("query/cursor", "bad_cursor", words)])
    return int(cursor)


def _item(one: lists.Item) -> dict[str, Any]:
    return {
        "key": one.key,
        "code": one.code,
        "name": one.name.vi,
        "name_en": one.name.en,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "applies_to": one.applies_to,
        "certainty": one.certainty,
        "source": one.source,
        "extra": one.extra,
    }


@endpoint(rooms, "/fact-kinds", READ, ("Các loại thông tin hồ sơ", "Kinds of facts"), reply=KIND_LIST)
def list_kinds(call: Call) -> Any:
    items = [
        {
            "kind": one.name,
            "title": one.label.vi,
            "x-title-en": one.label.en,
            "x-sensitivity": one.sensitivity,
            "x-source": one.source,
            "schema": f"/api/v1/fact-kinds/{one.name}",
        }
        for one in FACTS.values()
    ]
    return {"items": items, "next_cursor": None, "count": {"value": len(items), "exact": True}}


@endpoint(
    rooms,
    "/fact-kinds/<kind>",
    READ,
    ("JSON Schema của một loại thông tin", "JSON Schema of a kind of fact"),
    reply=KIND,
)
def get_kind(call: Call, kind: str) -> Any:
    if kind not in FACTS:
        raise not_found()
    return kind_schema(FACTS[kind])
