"""Work lists from the law: who is due for what and why, as JSON, CSV or XLSX; and the decision drafted for them."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol

import marshmallow as ma
from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from api.changes import show
from api.http import Call, Paged, endpoint, only
from api.shapes import CHANGE, WORKLIST_CATALOGUE, WORKLIST_DRAFT, WORKLIST_ROWS
from registry.access.actor import Actor
from registry.access.permissions import Permission, Whose
from registry.access.policy import Target, require
from registry.audit import log
from registry.changes.queries import etag
from registry.errors import Flaw, Invalid, not_found
from registry.officials.facts.parsing import MEANS_EMPTY, Wrong, parse_day
from registry.words import Words
from registry.worklists import files, queries, services
from registry.worklists.lists import WorkList
from registry.worklists.queries import Asked, Count, Page, Unit
from registry.worklists.reasons import explain, words_of

rooms = Blueprint("worklists", __name__)
READ, DRAFT = Permission.WORKLISTS_LIST_READ, Permission.CHANGES_CHANGE_DRAFT
TOP = "VN"


class Reading(Protocol):
    """What an API call and a page have in common."""

    @property
    def session(self) -> Session: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def today(self) -> date: ...
    @property
    def language(self) -> str: ...


class CatalogueParameters(ma.Schema):
    """The unit whose work is counted, with everything under it; by default the reader's own."""

    organization = ma.fields.String(validate=ma.validate.Length(max=60))


class ListParameters(Paged):
    """Whose work, and due when: [from, to). Without `from` what is overdue is there too; without `to` the list's own."""

    organization = ma.fields.String(validate=ma.validate.Length(max=60))
    since = ma.fields.Date(data_key="from")
    until = ma.fields.Date(data_key="to")


def unit_of(call: Reading, code: str | None, permission: Permission) -> Unit:
    """The unit asked for, or the reader's own. NotFound for one that is not there or out of reach."""
    wanted = code or own_unit(call.actor, permission)
    unit = queries.find_unit(call.session, wanted) if wanted else None
    if unit is None:
        raise not_found()
    require(call.actor, permission, Target(org_ord=unit.ord))
    return unit


def own_unit(actor: Actor, permission: Permission) -> str | None:
    """The code of the first unit in which the reader holds a permission; the whole state for whoever serves it."""
    if any(low == 0 for low, _ in actor.ranges(permission)):
        return TOP
    return next((one.code for one in actor.grants if actor.covers(permission, one.ord)), None)


@endpoint(
    rooms,
    "/worklists",
    READ,
    Whose.UNIT,
    ("Các danh sách việc đến hạn theo luật", "Work lists from the law"),
    query=CatalogueParameters,
    reply=WORKLIST_CATALOGUE,
)
def list_worklists(call: Call) -> Any:
    unit = unit_of(call, call.query.get("organization"), READ)
    items = [
        _told(call, one)
        | {
            "count": _count(found.due),
            "overdue": _count(found.overdue),
            "to": queries.usual_until(one, call.today),
        }
        for one, found in count_lists(call, unit)
    ]
    return {
        "organization": {"code": unit.code, "name": unit.name},
        "items": items,
        "next_cursor": None,
        "count": {"value": len(items), "exact": True},
    }


def count_lists(call: Reading, unit: Unit) -> list[tuple[WorkList, Count]]:
    """Every list the reader may see with its counts; that they were asked for goes on the trail."""
    lists = queries.visible(call.actor.field_classes())
    found = queries.count_all(call.session, lists, unit, call.today)
    log.record(
        call.session,
        call.actor,
        log.Action.WORKLIST_READ,
        "worklist",
        "counts",
        detail={"organization": unit.code},
    )
    return [(one, found[one.id]) for one in lists]


def _count(found: int) -> dict[str, Any]:
    return {"value": min(found, queries.COUNT_STOPS_AT), "exact": found <= queries.COUNT_STOPS_AT}


def _told(call: Call, one: WorkList) -> dict[str, Any]:
    return {
        "id": one.id,
        "title": call.say(one.title),
        "meaning": call.say(one.meaning),
        "due": call.say(one.due),
        "source": one.source,
        "kind": one.kind,
        "sensitivity": one.sensitivity,
        "columns": [{"name": column.name, "label": call.say(column.label)} for column in one.columns],
        "drafts": [{"name": name, "label": call.say(words)} for name, words in one.drafts],
    }


@endpoint(
    rooms,
    "/worklists/<worklist>",
    READ,
    Whose.UNIT,
    ("Người đến hạn trong một danh sách", "People of a work list"),
    query=ListParameters,
    reply=WORKLIST_ROWS,
    also=(files.CSV, files.XLSX),
)
def get_worklist(call: Call, worklist: str) -> Any:
    one = queries.get_list(worklist, call.actor.field_classes())
    asked = asked_of(
        call, one, call.query.get("organization"), call.query.get("since"), call.query.get("until")
    )
    wanted = request.accept_mimetypes.best_match(
        ["application/json", files.CSV, files.XLSX], "application/json"
    )
    if wanted != "application/json":
        return hand_over(call, one, asked, "csv" if wanted == files.CSV else "xlsx")
    page = read_page(
        call,
        one,
        asked,
        cursor=call.query.get("cursor"),
        limit=call.query["limit"],
        exact=call.query.get("count") == "exact",
    )
    return {
        "list": _told(call, one) | {"to": queries.usual_until(one, call.today)},
        "organization": {"code": asked.unit.code, "name": asked.unit.name},
        "from": asked.since,
        "to": asked.until,
        "items": [_row(call, one, row) for row in page.rows],
        "next_cursor": page.next_cursor,
        "count": {"value": page.count, "exact": page.exact},
    }


def asked_of(
    call: Reading,
    one: WorkList,
    organization: str | None,
    since: date | None,
    until: date | None,
    permission: Permission = READ,
) -> Asked:
    """Unit and period of a question; both as the list has them where nothing is said."""
    unit = unit_of(call, organization, permission)
    return Asked(unit, *queries.period(one, since, until, call.today))


def read_page(call: Reading, one: WorkList, asked: Asked, **kept: Any) -> Page:
    """A page of a list; whom it shows goes on the trail before it leaves."""
    page = queries.list_page(call.session, one, asked, call.today, **kept)
    log.record(
        call.session,
        call.actor,
        log.Action.WORKLIST_READ,
        "worklist",
        one.id,
        detail={
            "filter": files.filter_of(asked),
            "officials": list(dict.fromkeys(row.official_id for row in page.rows)),
        },
    )
    return page


def hand_over(call: Reading, one: WorkList, asked: Asked, ending: files.Ending) -> Response:
    """The whole list as a download."""
    found = files.export(call.session, call.actor, one, asked, call.today, ending, call.language)
    kind = f"{files.CSV}; charset=utf-8" if ending == "csv" else files.XLSX
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Vary": "Accept",
        "Cache-Control": "no-store",
    }
    return Response(found.content, headers=headers, content_type=kind)


def _row(call: Call, one: WorkList, row: queries.Row) -> dict[str, Any]:
    reason = explain(call.session, one, row, call.today)
    left = queries.days_left(row, call.today)
    return {
        "official": {
            "id": row.id,
            "personal_id": row.personal_id,
            "staff_code": row.staff_code,
            "full_name": row.full_name,
            "organization": {"code": row.unit_code, "name": row.unit_name},
            "position": row.position,
            "job_position": row.job_position,
            "rank": row.rank,
        },
        "due_on": row.due_on,
        "days_left": left,
        "overdue": left < 0,
        "values": {name: words_of(value, call.language) for name, value in reason.values.items()},
        "change": row.change,
        "why": [step.to_json(call.language) for step in reason.due.why],
    }


@endpoint(
    rooms,
    "/worklists/<worklist>/draft",
    DRAFT,
    Whose.UNIT,
    ("Lập dự thảo quyết định từ danh sách", "Draft the decision for people of a list"),
    method="POST",
    body=WORKLIST_DRAFT,
    reply=CHANGE,
    status=201,
)
def draft_decision(call: Call, worklist: str) -> Any:
    require(call.actor, READ)
    one = queries.get_list(worklist, call.actor.field_classes())
    body = only(call.body, WORKLIST_DRAFT["properties"])
    people, decision, way = _people(body.get("people")), body.get("decision"), body.get("draft")
    if decision is not None and not isinstance(decision, Mapping):
        raise _wrong("decision", "type", "Quyết định là một đối tượng.", "The decision is an object.")
    if way is not None and way not in dict(one.drafts):
        named = ", ".join(name for name, _ in one.drafts) or "-"
        raise _wrong("draft", "choice", f"Chọn một trong: {named}.", f"One of: {named}.")
    code = body.get("organization")
    if code is not None and not (isinstance(code, str) and code.isprintable()):
        raise not_found()
    asked = asked_of(call, one, code, _day(body, "from"), _day(body, "to"), DRAFT)
    change = services.draft(
        call.session, call.actor, one, asked, call.today, people=people, decision=decision, way=way
    )
    call.session.refresh(change)
    headers = {"ETag": etag(change), "Location": f"/api/v1/changes/{change.uid}"}
    return show(call, change), headers


def _people(sent: Any) -> Any:
    if sent == services.ALL:
        return services.ALL
    if isinstance(sent, list) and sent and all(isinstance(one, str) and one.isprintable() for one in sent):
        return sent
    raise _wrong("people", "required", "Chọn người, hoặc “all” cho cả danh sách.", "Name people, or “all”.")


def _day(body: Mapping[str, Any], name: str) -> date | None:
    try:
        return None if body.get(name) in MEANS_EMPTY else parse_day(body[name])
    except Wrong as wrong:
        raise Invalid(wrong.words, wrong.code, [Flaw(name, wrong.code, wrong.words)]) from None


def _wrong(path: str, code: str, vi: str, en: str) -> Invalid:
    words = Words(vi, en)
    return Invalid(words, code, [Flaw(path, code, words)])
