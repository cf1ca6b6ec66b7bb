"""Changes: one decision, many facts, two people."""

from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, Paged, counted, endpoint, need_match, only
from api.shapes import CHANGE, CHANGE_INPUT, CHANGE_LIST, DECISION_INPUT, PAPER_INPUT
from registry.access.permissions import Permission, Whose
from registry.access.policy import Target, require
from registry.audit import log
from registry.changes import queries, services
from registry.changes.models import STATUSES, Change
from registry.documents.models import Decision
from registry.errors import Flaw, Invalid
from registry.texts import Number
from registry.words import Words

rooms = Blueprint("changes", __name__)
READ, DRAFT, DECIDE = (
    Permission.CHANGES_CHANGE_READ,
    Permission.CHANGES_CHANGE_DRAFT,
    Permission.CHANGES_CHANGE_DECIDE,
)


class ListParameters(Paged):
    """Filters of the list; several statuses parted by commas."""

    status = ma.fields.String()
    organization = ma.fields.String(validate=ma.validate.Length(max=60))


class DraftParameters(ma.Schema):
    """submit=true hands the draft in at once."""

    submit = ma.fields.Boolean(load_default=False)


@endpoint(
    rooms,
    "/changes",
    READ,
    Whose.LIST,
    ("Danh sách đề nghị", "List changes"),
    query=ListParameters,
    reply=CHANGE_LIST,
)
def list_changes(call: Call) -> Any:
    statuses = tuple(call.query.get("status", "").split(",")) if call.query.get("status") else ()
    for one in statuses:
        if one not in STATUSES:
            words = Words(f"Chọn trong: {', '.join(STATUSES)}.", f"One of: {', '.join(STATUSES)}.")
            raise Invalid(words, "bad_query", [Flaw("query/status", "bad_query", words)])
    own = call.actor.user_id if not call.actor.ranges(READ) else None
    items, following, total = queries.list_changes(
        call.session,
        queries.ListQuery(
            statuses,
            call.query.get("organization"),
            own,
            cursor=call.query.get("cursor"),
            limit=call.query["limit"],
            exact=call.query.get("count") == "exact",
        ),
    )
    for one in items:
        one.pop("maker_id")
    return {"items": items, "next_cursor": following, "count": counted(total, call.query)}


@endpoint(
    rooms,
    "/changes",
    DRAFT,
    Whose.OFFICIAL,
    ("Lập đề nghị", "Draft a change"),
    method="POST",
    query=DraftParameters,
    body=CHANGE_INPUT,
    reply=CHANGE,
    status=201,
)
def create_change(call: Call) -> Any:
    change = services.draft(call.session, call.actor, call.body, call.today)
    if call.query["submit"]:
        services.submit(call.session, call.actor, change, call.today)
    return _shown(call, change, {"Location": f"/api/v1/changes/{change.uid}"})


@endpoint(rooms, "/changes/<named>", READ, Whose.CHANGE, ("Một đề nghị", "One change"), reply=CHANGE)
def get_change(call: Call, named: str) -> Any:
    change = open_change(call, named)
    log.record(call.session, call.actor, log.Action.CHANGE_READ, "change", str(change.uid))
    return _shown(call, change)


@endpoint(
    rooms,
    "/changes/<named>",
    DRAFT,
    Whose.CHANGE,
    ("Sửa bản nháp", "Replace a draft"),
    method="PUT",
    body=CHANGE_INPUT,
    reply=CHANGE,
    conditional=True,
)
def replace_change(call: Call, named: str) -> Any:
    change = open_change(call, named, lock=True)
    return _shown(call, services.replace(call.session, call.actor, change, call.body, call.today))


@endpoint(
    rooms,
    "/changes/<named>/decision",
    DRAFT,
    Whose.CHANGE,
    ("Điền quyết định cho bản nháp", "Put a draft on its decision"),
    method="PUT",
    body=PAPER_INPUT,
    reply=CHANGE,
    conditional=True,
)
def put_decision(call: Call, named: str) -> Any:
    body = only(call.body, ("decision",))
    change = open_change(call, named, lock=True)
    return _shown(call, services.complete(call.session, call.actor, change, body.get("decision"), call.today))


@endpoint(
    rooms,
    "/changes/<named>/submit",
    DRAFT,
    Whose.CHANGE,
    ("Trình", "Submit"),
    method="POST",
    body=DECISION_INPUT,
    reply=CHANGE,
    conditional=True,
)
def submit(call: Call, named: str) -> Any:
    only(call.body, ())
    change = open_change(call, named, lock=True)
    return _shown(call, services.submit(call.session, call.actor, change, call.today))


@endpoint(
    rooms,
    "/changes/<named>/approve",
    DECIDE,
    Whose.CHANGE,
    ("Phê duyệt", "Approve"),
    method="POST",
    body=DECISION_INPUT,
    reply=CHANGE,
    conditional=True,
)
def approve(call: Call, named: str) -> Any:
    body = only(call.body, ("reason", "digest"))
    change = open_change(call, named, lock=True)
    return _shown(
        call,
        services.approve(
            call.session,
            call.actor,
            change,
            call.today,
            digest=_text(body, "digest") or change.digest,
            words=_text(body, "reason"),
        ),
    )


@endpoint(
    rooms,
    "/changes/<named>/return",
    DECIDE,
    Whose.CHANGE,
    ("Trả lại để sửa", "Return for mending"),
    method="POST",
    body=DECISION_INPUT,
    reply=CHANGE,
    conditional=True,
)
def send_back(call: Call, named: str) -> Any:
    return _refuse(call, named, final=False)


@endpoint(
    rooms,
    "/changes/<named>/reject",
    DECIDE,
    Whose.CHANGE,
    ("Từ chối", "Reject"),
    method="POST",
    body=DECISION_INPUT,
    reply=CHANGE,
    conditional=True,
)
def reject(call: Call, named: str) -> Any:
    return _refuse(call, named, final=True)


def _refuse(call: Call, named: str, *, final: bool) -> Any:
    body = only(call.body, ("reason",))
    change = open_change(call, named, lock=True)
    return _shown(
        call, services.send_back(call.session, call.actor, change, words=_text(body, "reason"), final=final)
    )


@endpoint(
    rooms,
    "/changes/<named>/withdraw",
    DRAFT,
    Whose.CHANGE,
    ("Rút đề nghị", "Withdraw"),
    method="POST",
    body=DECISION_INPUT,
    reply=CHANGE,
    conditional=True,
)
def withdraw(call: Call, named: str) -> Any:
    only(call.body, ())
    change = open_change(call, named, lock=True)
    return _shown(call, services.withdraw(call.session, call.actor, change))


def open_change(call: Call, named: str, *, lock: bool = False) -> Change:
    """The change a path names, if the actor may read it; with `lock`, for writing and only on the version sent."""
    change = queries.get_change(call.session, named, lock=lock)
    require(call.actor, READ, Target(org_ord=change.org_ord, maker_id=change.maker_id))
    if lock:
        need_match(queries.etag(change))
    return change


def _text(body: dict[str, Any], name: str) -> str:
    sent = body.get(name) or ""
    if not isinstance(sent, str) or isinstance(sent, Number) or len(sent) > 4000:
        raise Invalid(
            Words("Phải là chữ, dài nhất 4000 ký tự.", "Must be text of at most 4000 characters."),
            "invalid",
            [Flaw(name, "type", Words("Phải là chữ.", "Must be text."))],
        )
    return sent


def _shown(call: Call, change: Change, headers: dict[str, str] | None = None) -> Any:
    """A change as the contract shows it, with its ETag."""
    call.session.flush()
    call.session.refresh(change)
    return show(call, change), {"ETag": queries.etag(change), **(headers or {})}


def show(call: Call, change: Change) -> dict[str, Any]:
    """{id, number, status, decision, operations, diff, consequences, findings, digest, events …}."""
    session, say = call.session, call.say
    decision = session.get_one(Decision, change.decision_id)
    shown = queries.operations(session, change)
    opened = queries.for_reader(shown, call.actor)
    whole = queries.is_told_what_follows(call.actor)
    following = queries.consequences(session, change, shown, call.today) if whole else []
    found = queries.findings(session, change, call.today) if whole else []
    return {
        "id": str(change.uid),
        "number": change.number,
        "status": change.status,
        "origin": change.origin,
        "note": change.note,
        "reason": change.reason,
        "created_at": change.created_at,
        "submitted_at": change.submitted_at,
        "decided_at": change.decided_at,
        "digest": queries.digest(session, change) if change.status != "approved" else change.digest,
        "decision": {
            "id": str(decision.uid),
            "number": decision.number,
            "issued_on": decision.issued_on,
            "effective_on": decision.effective_on,
            "issuer": decision.issuer,
            "signer": decision.signer,
            "title": decision.title,
            "basis": decision.basis,
        },
        "operations": [
            {
                "seq": one.seq,
                "action": one.action,
                "official": one.official_uid,
                "kind": one.kind,
                "fact_id": one.fact_id,
                "valid_from": one.valid_from.to_json() if one.valid_from else None,
                "valid_to": one.valid_to.to_json() if one.valid_to else None,
                "fields": one.fields,
                "reason": one.reason,
            }
            for one in opened
        ],
        "diff": queries.diff(session, opened, call.language),
        "consequences": [
            {
                "code": one["code"],
                "title": say(one["title"]),
                "detail": say(one["detail"]),
                "figure": say(one["figure"]),
            }
            for one in following
        ],
        "findings": [
            {"path": one.path, "code": one.code, "severity": one.severity, "message": say(one.message)}
            for one in found
        ],
        "events": queries.events(session, change),
    }
