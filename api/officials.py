"""Officials: lists, records on two clocks, history, readers, printed forms."""

import json
from datetime import date
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response
from sqlalchemy.orm import Session

from api.documents import hand_over
from api.http import Call, Clocks, Paged, counted, endpoint
from api.shapes import HISTORY, OFFICIAL_LIST, READERS, RECORD
from registry.access.permissions import Permission, Whose
from registry.access.policy import Target, require
from registry.audit import log
from registry.documents.queries import find_portrait
from registry.documents.services import storage
from registry.errors import not_found
from registry.officials import queries
from registry.officials.derived import derive
from registry.officials.facts import FACTS
from registry.periods import AsOf
from registry.quality.queries import OF_RECORD, of_record
from registry.reports import printing

rooms = Blueprint("officials", __name__)
READ = Permission.OFFICIALS_RECORD_READ
_encode = json.JSONEncoder(ensure_ascii=False).encode


class ListParameters(Clocks, Paged):
    """Filters of the list; codes may be several, parted by commas."""

    q = ma.fields.String(validate=ma.validate.Length(max=200))
    organization = ma.fields.String(validate=ma.validate.Length(max=60))
    subtree = ma.fields.Boolean(load_default=True)
    category = ma.fields.String()
    rank = ma.fields.String()
    position = ma.fields.String()
    status = ma.fields.String()
    sex = ma.fields.String()
    next_step_before = ma.fields.Date()
    retirement_before = ma.fields.Date()
    sort = ma.fields.String(
        load_default="name",
        validate=ma.validate.OneOf([sign + one for one in queries.SORTS for sign in ("", "-")]),
    )


def list_query(asked: dict[str, Any], today: date) -> queries.ListQuery:
    """The list that a request asks for."""
    codes = {name: tuple(asked[name].split(",")) for name in queries.CODED_FILTERS if asked.get(name)}
    return queries.ListQuery(
        AsOf(asked.get("as_of") or today, asked.get("known_at")),
        today,
        asked.get("q", ""),
        asked.get("organization"),
        asked["subtree"],
        codes,
        asked.get("next_step_before"),
        asked.get("retirement_before"),
        asked["sort"],
        asked.get("cursor"),
        asked["limit"],
        asked.get("count") == "exact",
    )


@endpoint(
    rooms,
    "/officials",
    READ,
    Whose.LIST,
    ("Danh sách hồ sơ", "List officials"),
    query=ListParameters,
    reply=OFFICIAL_LIST,
)
def list_officials(call: Call) -> Any:
    page = read_list(call.session, call.actor, list_query(call.query, call.today), call.query)
    items = [{name: value for name, value in one.items() if name != "official_id"} for one in page.items]
    return {
        "items": items,
        "next_cursor": page.next_cursor,
        "count": {"value": page.count, "exact": page.exact},
    }


def read_list(session: Session, actor: Any, query: queries.ListQuery, asked: dict[str, Any]) -> queries.Page:
    """A page of the list, logged with its filter and whom it showed."""
    page = queries.list_officials(session, query, actor.field_classes(own=not actor.ranges(READ)))
    shown = {name: str(value) for name, value in asked.items() if value not in (None, "")}
    log.record(
        session,
        actor,
        log.Action.OFFICIAL_LIST,
        "list",
        "officials",
        detail={"filter": shown, "officials": [one["official_id"] for one in page.items]},
    )
    return page


@endpoint(
    rooms,
    "/officials/<named>",
    READ,
    Whose.OFFICIAL,
    ("Một hồ sơ", "One record"),
    query=Clocks,
    reply=RECORD,
    of_one=True,
)
def get_official(call: Call, named: str) -> Any:
    actor, as_of = call.actor, call.as_of()
    classes = actor.field_classes()
    if actor.sees_more_of_own or not classes:  # then it matters who it is before anything is read
        classes = actor.field_classes(own=open_record(call, named).id == actor.official_id)
    reading = log.values_beside(actor, log.Action.OFFICIAL_READ, detail={"as_of": as_of.on.isoformat()})
    key, record = queries.read_record(call.session, named, as_of, classes, reading, OF_RECORD)
    require(actor, READ, Target(org_ord=key.org_ord, official_id=key.id))
    derived = derive(call.session, record.basis, as_of.on, classes).to_json(call.language)
    quality = of_record(record.beside, str(key.uid), classes).to_json(call.language)
    more = _encode({"derived": derived, "quality": quality})
    body = b"%b,%b" % (record.json_text[:-1], more[1:].encode())
    return body, {"ETag": f'"{key.version}"'}


def open_record(call: Call, named: str, permission: Permission = READ) -> queries.Key:
    """The official a path names, if this actor may do this with the record; otherwise NotFound."""
    key = queries.get_key(call.session, named)
    require(call.actor, permission, Target(org_ord=key.org_ord, official_id=key.id))
    return key


@endpoint(
    rooms,
    "/officials/<named>/portrait",
    READ,
    Whose.OFFICIAL,
    ("Ảnh chân dung tại một ngày", "The portrait as of a day"),
    query=Clocks,
    media="image/jpeg",
)
def get_portrait(call: Call, named: str) -> Any:
    key = open_record(call, named)
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    file = find_portrait(call.session, key.id, call.as_of())
    if file is None or FACTS["portrait"]["photo"].sensitivity not in classes:
        raise not_found()
    return hand_over(call, file, official_id=key.id, detail={"as_of": call.as_of().on.isoformat()})


@endpoint(
    rooms,
    "/officials/<named>/history",
    READ,
    Whose.OFFICIAL,
    ("Ai đổi gì, khi nào, theo quyết định nào", "Who changed what, when, on which decision"),
    query=Paged,
    reply=HISTORY,
)
def history(call: Call, named: str) -> Any:
    key = open_record(call, named)
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    found = queries.history(
        call.session, key.id, classes, limit=call.query["limit"], cursor=call.query.get("cursor")
    )
    log.record(
        call.session, call.actor, log.Action.OFFICIAL_HISTORY, "official", str(key.uid), official_id=key.id
    )
    return found | {"count": counted(queries.count_history(call.session, key.id, classes), call.query)}


@endpoint(
    rooms,
    "/officials/<named>/readers",
    Permission.OFFICIALS_READERS_READ,
    Whose.OFFICIAL,
    ("Ai đã xem hồ sơ", "Who looked at the record"),
    query=Paged,
    reply=READERS,
)
def readers(call: Call, named: str) -> Any:
    key = open_record(call, named, Permission.OFFICIALS_READERS_READ)
    found = queries.readers(call.session, key.id, limit=call.query["limit"], cursor=call.query.get("cursor"))
    log.record(call.session, call.actor, log.Action.TRAIL_READ, "official", str(key.uid))
    exact = call.query.get("count") == "exact"
    return found | {"count": counted(queries.count_reads(call.session, key.id, exact=exact), call.query)}


@endpoint(
    rooms,
    "/officials/<named>/forms/<form>.pdf",
    Permission.REPORTS_FORM_PRINT,
    Whose.OFFICIAL,
    ("Mẫu in của một người", "A printed form"),
    query=Clocks,
    media="application/pdf",
)
def print_form(call: Call, named: str, form: str) -> Any:
    key = open_record(call, named, Permission.REPORTS_FORM_PRINT)
    if form not in printing.PERSONAL_FORMS:
        raise not_found()
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    content = printing.print_personal(
        call.session, form, key.id, call.as_of(), classes, storage(call.settings)
    )
    log.record(
        call.session,
        call.actor,
        log.Action.OFFICIAL_PRINT,
        "official",
        str(key.uid),
        official_id=key.id,
        detail={"form": form, "as_of": call.as_of().on.isoformat()},
    )
    headers = {"Content-Disposition": f'inline; filename="{form}-{key.uid}.pdf"'}
    return Response(content, headers=headers, mimetype="application/pdf")
