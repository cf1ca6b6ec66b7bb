"""The life of a proposal: made by the official, declined with words or turned into a change by an officer, withdrawn.

The officer is the maker of the change, somebody else approves it, and neither may be the official.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import OWN_ONLY, Permission
from registry.access.policy import Target, require
from registry.audit import log
from registry.changes import declaring
from registry.changes import services as changes
from registry.changes.models import Change
from registry.changes.operations import read_operations
from registry.documents.models import File
from registry.errors import Conflict, Flaw, Forbidden, Invalid
from registry.officials.facts import FACTS
from registry.officials.facts.parsing import MEANS_EMPTY, Wrong, clean_text
from registry.proposals import queries
from registry.proposals.models import Proposal
from registry.words import Words

LONGEST = 4000
MOST_WAITING = 50
"""Proposals of one official that may wait at a time."""
OWN = Words(
    "Đề nghị này về hồ sơ của chính bạn. Chuyển cho cán bộ hồ sơ khác trả lời.",
    "This proposal is about your own record. Another officer answers it.",
)
ANSWERED = Words("Đề nghị đã được trả lời hoặc đã rút.", "The proposal was answered or withdrawn already.")


def make(session: Session, actor: Actor, body: Any, today: date) -> Proposal:
    """A proposal from {operation, reason, file_id}. Raises Invalid with every flaw; nothing is written then."""
    own = _official(actor)
    if not isinstance(body, Mapping):
        body = {}
    flaws = [
        Flaw(stray, "unknown_field", Words(f"Không có “{stray}”.", f"There is no “{stray}”."))
        for stray in sorted(set(body) - {"operation", "reason", "file_id"})
    ]
    operation = body.get("operation")
    flaws += _operation_flaws(session, actor, operation, today)
    reason, file = "", None
    try:
        reason = clean_text(body.get("reason") or "", LONGEST)
    except Wrong as wrong:
        flaws.append(Flaw("reason", wrong.code, wrong.words))
    if body.get("file_id") not in MEANS_EMPTY:
        file = declaring.own_file(session, actor, body["file_id"])
        if file is None:
            words = Words("Không có tệp này trong các tệp bạn đã tải lên.", "You uploaded no such file.")
            flaws.append(Flaw("file_id", "not_found", words))
    if flaws or not isinstance(operation, Mapping):
        raise Invalid(changes.NOT_READY, "invalid", flaws)
    if queries.count_waiting(session, own) >= MOST_WAITING:
        raise Conflict(
            Words(
                f"Đã có {MOST_WAITING} đề nghị của bạn chờ trả lời. Chờ trả lời hoặc rút bớt.",
                f"{MOST_WAITING} of your proposals wait already. Wait, or withdraw some.",
            ),
            "too_many_waiting",
        )
    return _keep(session, actor, own, dict(operation), reason, file)


def _official(actor: Actor) -> int:
    require(actor, Permission.CHANGES_CHANGE_DRAFT)
    if actor.official_id is None or OWN_ONLY.isdisjoint(actor.roles):
        raise Forbidden(
            Words("Chỉ người có hồ sơ gửi đề nghị này.", "Only an official sends these."), "no_own_record"
        )
    return actor.official_id


def _operation_flaws(session: Session, actor: Actor, operation: Any, today: date) -> list[Flaw]:
    """An operation that a change could hold, on the own record, of nothing secret."""
    if not isinstance(operation, Mapping):
        return [Flaw("operation", "required", Words("Nêu nội dung đề nghị.", "Say what is proposed."))]
    if operation.get("action") not in declaring.ACTIONS:
        return [
            Flaw(
                "operation/action",
                "choice",
                Words(
                    f"Chọn một trong: {', '.join(declaring.ACTIONS)}.",
                    f"One of: {', '.join(declaring.ACTIONS)}.",
                ),
            )
        ]
    kind = declaring.kind_of(operation)
    secret = (
        {one.name for one in FACTS[kind].fields if one.sensitivity == "secret"} if kind in FACTS else set()
    )
    if told := sorted(secret & declaring.fields_of(operation)):
        words = Words(
            "Mục này gửi trực tiếp cho người được giao quản lý, không gửi qua đây.",
            "This is handed in directly to the person in charge, not here.",
        )
        return [Flaw(f"operation/{name}", "secret", words) for name in told]
    _, found = read_operations(session, declaring.alone(actor), [operation], today)
    return [Flaw(one.path.replace("operations/0", "operation", 1), one.code, one.message) for one in found]


def _keep(
    session: Session, actor: Actor, own: int, operation: dict[str, Any], reason: str, file: File | None
) -> Proposal:
    organization, org_ord = declaring.place(session, actor)
    proposal = Proposal(
        official_id=own,
        organization_id=organization,
        org_ord=org_ord,
        made_by=actor.user_id,
        kind=declaring.kind_of(operation),
        operation=operation,
        reason=reason,
        file_id=file.id if file else None,
    )
    session.add(proposal)
    session.flush()
    session.refresh(proposal)
    _log(session, actor, log.Action.PROPOSAL_MAKE, proposal)
    return proposal


def _log(
    session: Session, actor: Actor, action: log.Action, proposal: Proposal, reason: str | None = None
) -> None:
    log.record(
        session,
        actor,
        action,
        "proposal",
        str(proposal.uid),
        official_id=proposal.official_id,
        reason=reason,
        detail={"kind": proposal.kind},
    )


def _answer(session: Session, actor: Actor, proposal: Proposal) -> None:
    """Only an officer of the units, who is not the official, and only once."""
    require(actor, Permission.CHANGES_CHANGE_DRAFT, Target(org_ord=proposal.org_ord))
    if proposal.made_by == actor.user_id or proposal.official_id == actor.official_id:
        raise Forbidden(OWN, "own_record")
    if not queries.is_open(session, proposal):
        raise Conflict(ANSWERED, "wrong_state")


def decline(session: Session, actor: Actor, proposal: Proposal, words: str) -> Proposal:
    """Not taken, with the reason."""
    _answer(session, actor, proposal)
    try:
        words = clean_text(words, LONGEST)
    except Wrong as wrong:
        needed = Words("Phải nêu lý do.", "A reason is needed.")
        raise Invalid(needed, "reason_required", [Flaw("reason", wrong.code, wrong.words)]) from None
    proposal.answer = words
    _settle(session, actor, proposal, "declined")
    _log(session, actor, log.Action.PROPOSAL_DECLINE, proposal, words)
    return proposal


def draft(
    session: Session, actor: Actor, proposal: Proposal, decision: Mapping[str, Any], today: date
) -> Change:
    """The officer's draft with the proposed operation on the decision given; the official's file unless another comes.

    Raises Invalid when decision or operation cannot be taken as they stand.
    """
    _answer(session, actor, proposal)
    paper = dict(decision)
    if paper.get("file_id") in MEANS_EMPTY and proposal.file_id is not None:
        paper["file_id"] = str(session.get_one(File, proposal.file_id).uid)
    body = {"decision": paper, "note": proposal.reason, "operations": [proposal.operation]}
    change = changes.draft(session, actor, body, today)
    proposal.change_id = change.id
    _settle(session, actor, proposal, "drafted")
    _log(session, actor, log.Action.PROPOSAL_DRAFT, proposal)
    return change


def _settle(session: Session, actor: Actor, proposal: Proposal, status: str) -> None:
    proposal.status, proposal.answered_by = status, actor.user_id
    proposal.answered_at = sa.func.clock_timestamp()
    proposal.version += 1
    session.flush()
    session.refresh(proposal)


def withdraw(session: Session, actor: Actor, proposal: Proposal) -> Proposal:
    """Taken back by whoever made it, while it waits."""
    require(actor, Permission.CHANGES_CHANGE_DRAFT)
    if proposal.made_by != actor.user_id:
        raise Forbidden(Words("Chỉ người gửi rút đề nghị.", "Only its maker withdraws it."), "not_maker")
    if proposal.status != "received":
        raise Conflict(ANSWERED, "wrong_state")
    proposal.status = "withdrawn"
    proposal.version += 1
    session.flush()
    _log(session, actor, log.Action.PROPOSAL_WITHDRAW, proposal)
    return proposal
