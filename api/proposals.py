"""Proposals: what officials ask to be mended in their record where an organization decides, and the answers."""

from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, Paged, counted, endpoint, need_match, only
from api.shapes import DECISION_INPUT, PROPOSAL, PROPOSAL_DRAFT, PROPOSAL_INPUT, PROPOSAL_LIST
from registry.access.permissions import Permission, Whose
from registry.audit import log
from registry.errors import Flaw, Invalid
from registry.proposals import queries, services
from registry.proposals.models import STATUSES, Proposal
from registry.words import Words

rooms = Blueprint("proposals", __name__)
READ, DRAFT = Permission.CHANGES_CHANGE_READ, Permission.CHANGES_CHANGE_DRAFT


class ListParameters(Paged):
    """Filters of the list."""

    status = ma.fields.String(validate=ma.validate.OneOf(STATUSES))


@endpoint(
    rooms,
    "/proposals",
    READ,
    Whose.LIST,
    ("Danh sách đề nghị sửa hồ sơ", "List proposals"),
    query=ListParameters,
    reply=PROPOSAL_LIST,
)
def list_proposals(call: Call) -> Any:
    asked = call.query
    items, following, total = queries.list_proposals(
        call.session,
        queries.ListQuery(
            (asked["status"],) if asked.get("status") else (),
            None if call.actor.ranges(READ) else call.actor.official_id,
            asked.get("cursor"),
            asked["limit"],
            asked.get("count") == "exact",
        ),
    )
    log.record(
        call.session, call.actor, log.Action.PROPOSAL_READ, "proposal", "list", detail={"rows": len(items)}
    )
    return {
        "items": [_seen(call, one) for one in items],
        "next_cursor": following,
        "count": counted(total, asked),
    }


@endpoint(
    rooms,
    "/proposals",
    DRAFT,
    Whose.OFFICIAL,
    ("Đề nghị sửa hồ sơ của mình", "Propose a correction of the own record"),
    method="POST",
    body=PROPOSAL_INPUT,
    reply=PROPOSAL,
    status=201,
)
def create_proposal(call: Call) -> Any:
    proposal = services.make(call.session, call.actor, call.body, call.today)
    return _shown(call, proposal, {"Location": f"/api/v1/proposals/{proposal.uid}"})


@endpoint(
    rooms,
    "/proposals/<named>",
    READ,
    Whose.PROPOSAL,
    ("Một đề nghị sửa hồ sơ", "One proposal"),
    reply=PROPOSAL,
)
def get_proposal(call: Call, named: str) -> Any:
    proposal = queries.get_proposal(call.session, named)
    log.record(
        call.session,
        call.actor,
        log.Action.PROPOSAL_READ,
        "proposal",
        str(proposal.uid),
        official_id=proposal.official_id,
    )
    return _shown(call, proposal)


@endpoint(
    rooms,
    "/proposals/<named>/draft",
    DRAFT,
    Whose.PROPOSAL,
    ("Lập đề nghị từ đó", "Draft the change"),
    method="POST",
    body=PROPOSAL_DRAFT,
    reply=PROPOSAL,
    status=201,
    conditional=True,
)
def draft_proposal(call: Call, named: str) -> Any:
    body = only(call.body, ("decision",))
    decision = body.get("decision")
    if not isinstance(decision, dict):
        words = Words("Nhập quyết định.", "A decision is needed.")
        raise Invalid(words, "invalid", [Flaw("decision", "required", words)])
    proposal = _held(call, named)
    services.draft(call.session, call.actor, proposal, decision, call.today)
    return _shown(call, proposal)


@endpoint(
    rooms,
    "/proposals/<named>/decline",
    DRAFT,
    Whose.PROPOSAL,
    ("Không nhận", "Decline"),
    method="POST",
    body=DECISION_INPUT,
    reply=PROPOSAL,
    conditional=True,
)
def decline_proposal(call: Call, named: str) -> Any:
    body = only(call.body, ("reason",))
    reason = body.get("reason")
    proposal = _held(call, named)
    return _shown(
        call,
        services.decline(call.session, call.actor, proposal, reason if isinstance(reason, str) else ""),
    )


@endpoint(
    rooms,
    "/proposals/<named>/withdraw",
    DRAFT,
    Whose.PROPOSAL,
    ("Rút đề nghị sửa hồ sơ", "Withdraw a proposal"),
    method="POST",
    body=DECISION_INPUT,
    reply=PROPOSAL,
    conditional=True,
)
def withdraw_proposal(call: Call, named: str) -> Any:
    only(call.body, ())
    return _shown(call, services.withdraw(call.session, call.actor, _held(call, named)))


def _held(call: Call, named: str) -> Proposal:
    proposal = queries.get_proposal(call.session, named, lock=True)
    need_match(queries.etag(proposal))
    return proposal


def _shown(call: Call, proposal: Proposal, headers: dict[str, str] | None = None) -> Any:
    return _seen(call, queries.show(call.session, proposal)), {
        "ETag": queries.etag(proposal),
        **(headers or {}),
    }


def _seen(call: Call, one: dict[str, Any]) -> dict[str, Any]:
    """The proposal without what was proposed, for a program that may not read fields of persons."""
    if {"personal", "sensitive"} <= call.actor.field_classes(own=True):
        return one
    return {**one, "operation": {}, "reason": "", "answer": ""}
