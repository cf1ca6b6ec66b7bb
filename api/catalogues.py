"""Code lists by date, the kinds of facts as JSON Schema, and the dictionary of their fields."""

from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request

from api.http import Call, Paged, endpoint
from api.shapes import CATALOGUE, CATALOGUE_LIST, FIELD_LIST, KIND, KIND_LIST, kind_schema
from registry.access.permissions import Permission, Whose
from registry.catalogues import lists, queries
from registry.dictionary import queries as dictionary
from registry.errors import Flaw, Invalid, not_found
from registry.officials.facts import FACTS, GROUPS
from registry.words import Words

rooms = Blueprint("catalogues", __name__)
READ = Permission.CATALOGUES_LIST_READ


class CatalogueParameters(Paged):
    """A page of a list as of a day."""

    as_of = ma.fields.Date(
        metadata={"description": "Đúng vào ngày này; mặc định hôm nay. / True on this day."}
    )


@endpoint(rooms, "/catalogues", READ, Whose.EVERYBODY, ("Các danh mục", "Code lists"), reply=CATALOGUE_LIST)
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
    Whose.EVERYBODY,
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


@endpoint(
    rooms,
    "/fact-kinds",
    READ,
    Whose.EVERYBODY,
    ("Các loại thông tin hồ sơ", "Kinds of facts"),
    reply=KIND_LIST,
)
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
    Whose.EVERYBODY,
    ("JSON Schema của một loại thông tin", "JSON Schema of a kind of fact"),
    reply=KIND,
)
def get_kind(call: Call, kind: str) -> Any:
    if kind not in FACTS:
        raise not_found()
    return kind_schema(FACTS[kind])


class FieldParameters(ma.Schema):
    """Which fields of the dictionary."""

    group = ma.fields.String(
        validate=ma.validate.OneOf(list(GROUPS)),
        metadata={"description": "Nhóm 1 đến 10 của Nghị định 27/2026/NĐ-CP. / Group of the decree."},
    )
    kind = ma.fields.String(validate=ma.validate.OneOf(list(FACTS)))
    q = ma.fields.String(
        validate=ma.validate.Length(max=200),
        metadata={"description": "Mọi từ phải có, không cần dấu. / All words, marks or not."},
    )


CSV = "text/csv"


@endpoint(
    rooms,
    "/fields",
    READ,
    Whose.EVERYBODY,
    ("Từ điển trường dữ liệu", "The dictionary of fields"),
    query=FieldParameters,
    reply=FIELD_LIST,
    also=(CSV,),
)
def list_fields(call: Call) -> Any:
    found = dictionary.find_entries(call.session, call.actor.field_classes(), **call.query)
    if request.accept_mimetypes.best_match(["application/json", CSV], "application/json") == CSV:
        headers = {"Content-Disposition": 'attachment; filename="fields.csv"', "Vary": "Accept"}
        content = dictionary.to_csv(found, call.language)
        return Response(content, headers=headers, content_type=f"{CSV}; charset=utf-8")
    items = [_field(one) for one in found]
    return {"items": items, "next_cursor": None, "count": {"value": len(items), "exact": True}}


def _field(one: dictionary.Entry) -> dict[str, Any]:
    group = GROUPS[one.group]
    return {
        "kind": one.kind.name,
        "kind_title": one.kind.label.vi,
        "kind_title_en": one.kind.label.en,
        "field": one.field.name,
        "title": one.field.label.vi,
        "title_en": one.field.label.en,
        "group": {"number": int(one.group), "title": group.vi, "title_en": group.en},
        "type": one.field.type,
        "required": one.field.required,
        "form_item": one.field.item,
        "catalogue": one.field.catalogue,
        "sensitivity": one.field.sensitivity,
        "maintained_by": one.keeper,
        "source": one.source,
        "share": _share(one.share),
        "kind_share": _share(one.kind_share),
    }


def _share(share: dictionary.Share | None) -> dict[str, Any] | None:
    if share is None:
        return None
    return {
        "officials": share.officials,
        "people": share.people,
        "percent": share.percent,
        "counted_on": share.counted_on,
    }
