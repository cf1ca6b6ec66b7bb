"""A campaign from its start to its close: one task for each official in post, answered by the official or on behalf."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.access.policy import Target, require
from registry.audit import log
from registry.campaigns import queries
from registry.campaigns.models import Campaign
from registry.changes import queries as changes
from registry.changes.declaring import ORIGIN
from registry.errors import Conflict, Flaw, Invalid, not_found
from registry.officials.facts import FACTS
from registry.officials.facts.parsing import MEANS_EMPTY, Wrong, clean_text, parse_day
from registry.proposals import queries as proposals
from registry.words import Words

P = Permission
LONGEST_RUN = timedelta(days=366)
MOST_AT_ONCE = 1000
NOT_READY = Words(
    "Có chỗ cần sửa trước khi mở đợt rà soát. Chưa ghi gì cả.",
    "Some things need mending. Nothing was written.",
)
CLOSED = Words("Đợt rà soát đã đóng.", "The review is closed.")


_ANYBODY = text("""
    SELECT EXISTS (SELECT 1 FROM official_current WHERE in_headcount AND org_ord BETWEEN :first AND :last)
""")
_TASKS = text("""
    INSERT INTO campaign_task (campaign_id, official_id, organization_id, org_ord)
    SELECT :campaign, official_id, organization_id, org_ord FROM official_current
    WHERE in_headcount AND org_ord BETWEEN :first AND :last
""")


def start(session: Session, actor: Actor, body: Any, today: date) -> Campaign:
    """A campaign from {name, organization, due_on, message, kinds}, with a task for everybody in post in its units.

    Raises Invalid with every flaw, Conflict when nobody is in post there; nothing is written then.
    """
    require(actor, P.CAMPAIGNS_CAMPAIGN_RUN)
    values = _read(session, actor, body if isinstance(body, Mapping) else {}, today)
    span = {"first": values["org_ord"], "last": values.pop("last")}
    if not session.execute(_ANYBODY, span).scalar_one():
        words = Words("Đơn vị này không có ai đang làm việc.", "Nobody is in post in this unit.")
        raise Conflict(words, "nobody", [Flaw("organization", "nobody", words)])
    campaign = Campaign(**values, started_by=actor.user_id)
    session.add(campaign)
    session.flush()
    tasks = session.execute(_TASKS, {"campaign": campaign.id, **span}).rowcount  # type: ignore[attr-defined]
    session.refresh(campaign)
    log.record(
        session, actor, log.Action.CAMPAIGN_START, "campaign", str(campaign.uid), detail={"tasks": tasks}
    )
    return campaign


def _read(session: Session, actor: Actor, sent: Mapping[str, Any], today: date) -> dict[str, Any]:
    flaws = [
        Flaw(stray, "unknown_field", Words(f"Không có “{stray}”.", f"There is no “{stray}”."))
        for stray in sorted(set(sent) - {"name", "organization", "due_on", "message", "kinds"})
    ]
    values: dict[str, Any] = {"message": ""}
    for name, length in (("name", 200), ("message", 4000)):
        try:
            if name == "name" or sent.get(name) not in MEANS_EMPTY:
                values[name] = clean_text(sent.get(name) or "", length)
        except Wrong as wrong:
            flaws.append(Flaw(name, wrong.code, wrong.words))
    try:
        values["due_on"] = parse_day(sent.get("due_on") or "")
        if not today <= values["due_on"] <= today + LONGEST_RUN:
            words = Words(
                "Hạn từ hôm nay đến một năm nữa.", "The day must lie between today and a year from now."
            )
            flaws.append(Flaw("due_on", "out_of_range", words))
    except Wrong as wrong:
        flaws.append(Flaw("due_on", wrong.code, wrong.words))
    kinds = sent.get("kinds") or []
    if (
        isinstance(kinds, str)
        or not isinstance(kinds, Sequence)
        or any(not isinstance(one, str) or one not in FACTS for one in kinds)
    ):
        words = Words(f"Chọn trong: {', '.join(FACTS)}.", f"Some of: {', '.join(FACTS)}.")
        flaws.append(Flaw("kinds", "choice", words))
    else:
        values["kinds"] = list(dict.fromkeys(kinds))
    unit = _unit(session, actor, sent.get("organization"))
    if unit is None:
        words = Words("Không có đơn vị này trong phạm vi của bạn.", "There is no such unit in your scope.")
        flaws.append(Flaw("organization", "not_found", words))
    if flaws or unit is None:
        raise Invalid(NOT_READY, "invalid", flaws)
    return values | {"organization_id": unit.id, "org_ord": unit.ord, "last": unit.last}


def _unit(session: Session, actor: Actor, code: Any) -> Any:
    """The unit of a code, when the actor runs campaigns over all of it."""
    if not isinstance(code, str) or not code.isprintable():
        return None
    row = session.execute(
        text("SELECT id, ord, last FROM organization WHERE code = :code"), {"code": code}
    ).one_or_none()
    if row is None:
        return None
    whole = any(low <= row.ord and row.last < high for low, high in actor.ranges(P.CAMPAIGNS_CAMPAIGN_RUN))
    return row if whole else None


def close(session: Session, actor: Actor, campaign: Campaign) -> Campaign:
    """No more answers; what is open stays counted as open."""
    require(actor, P.CAMPAIGNS_CAMPAIGN_RUN, Target(org_ord=campaign.org_ord))
    _must_be_open(campaign)
    campaign.closed_by, campaign.closed_at = actor.user_id, sa.func.clock_timestamp()
    session.flush()
    session.refresh(campaign)
    log.record(session, actor, log.Action.CAMPAIGN_CLOSE, "campaign", str(campaign.uid))
    return campaign


def _must_be_open(campaign: Campaign) -> None:
    if campaign.closed_at is not None:
        raise Conflict(CLOSED, "closed")


_ANSWER = text("""
    UPDATE campaign_task SET state = :state, on_behalf = false, words = '', done_by = :user, done_at = clock_timestamp(),
        change_id = :change, proposal_id = :proposal
    WHERE campaign_id = :campaign AND official_id = :own
""")


def answer(
    session: Session,
    actor: Actor,
    campaign: Campaign,
    outcome: Any,
    *,
    change: str | None = None,
    proposal: str | None = None,
) -> None:
    """The official's own answer: the file is right and complete, or a correction was sent (name which).

    A later answer replaces an earlier one while the campaign is open. Raises NotFound for who has no task in it.
    """
    require(actor, P.CAMPAIGNS_OWN_ANSWER, Target(official_id=actor.official_id))
    _must_be_open(campaign)
    if outcome not in ("confirmed", "corrected"):
        words = Words("Chọn confirmed hoặc corrected.", "One of: confirmed, corrected.")
        raise Invalid(words, "invalid", [Flaw("outcome", "choice", words)])
    named = _own_correction(session, actor, change, proposal)
    if (outcome == "corrected") != any(named):
        words = Words(
            "Báo sai thì nêu đề nghị đã gửi; xác nhận đúng thì không nêu.",
            "With a correction name what was sent; with a confirmation name nothing.",
        )
        raise Invalid(words, "invalid", [Flaw("outcome", "correction_required", words)])
    done = session.execute(
        _ANSWER,
        {
            "state": outcome,
            "user": actor.user_id,
            "campaign": campaign.id,
            "own": actor.official_id,
            "change": named[0],
            "proposal": named[1],
        },
    )
    if not done.rowcount:  # type: ignore[attr-defined]
        raise not_found()
    log.record(
        session,
        actor,
        log.Action.CAMPAIGN_ANSWER,
        "campaign",
        str(campaign.uid),
        official_id=actor.official_id,
        detail={"outcome": outcome},
    )


def _own_correction(
    session: Session, actor: Actor, change: str | None, proposal: str | None
) -> tuple[int | None, int | None]:
    """Ids of the correction named: (change, proposal); both must be the actor's own."""
    if change:
        made = changes.get_change(session, change)
        if made.maker_id != actor.user_id or made.origin != ORIGIN:
            raise not_found()
        return made.id, None
    if proposal:
        sent = proposals.get_proposal(session, proposal)
        if sent.made_by != actor.user_id:
            raise not_found()
        return None, sent.id
    return None, None


_ON_BEHALF = text("""
    WITH done AS (
        UPDATE campaign_task t SET state = 'confirmed', on_behalf = true, words = :words, done_by = :user,
            done_at = clock_timestamp()
        FROM official_current c
        WHERE t.campaign_id = :campaign AND t.state = 'open' AND c.official_id = t.official_id
            AND c.uid = ANY (CAST(:people AS uuid[])) AND t.org_ord <@ CAST(:within AS int4multirange)
        RETURNING t.official_id)
    SELECT official_id FROM done ORDER BY official_id
""")


def confirm_on_behalf(session: Session, actor: Actor, campaign: Campaign, people: Any, words: Any) -> int:
    """Confirm open files of these people (registry ids) with a reason; how many were confirmed.

    All or nothing: Conflict when one of them is not open in the actor's units.
    """
    require(actor, P.CAMPAIGNS_CAMPAIGN_RUN)
    _must_be_open(campaign)
    named = queries.uids(people)
    flaws = []
    if not named or len(named) > MOST_AT_ONCE:
        told = Words(f"Chọn từ 1 đến {MOST_AT_ONCE} người.", f"Choose between 1 and {MOST_AT_ONCE} people.")
        flaws.append(Flaw("officials", "required", told))
    try:
        reason = clean_text(words if isinstance(words, str) else "", 1000)
    except Wrong as wrong:
        flaws.append(Flaw("reason", wrong.code, Words("Phải nêu lý do.", "A reason is needed.")))
    if flaws:
        raise Invalid(NOT_CONFIRMED, "invalid", flaws)
    within = ",".join(f"[{low},{high})" for low, high in actor.ranges(P.CAMPAIGNS_CAMPAIGN_RUN))
    done = list(
        session.execute(
            _ON_BEHALF,
            {
                "campaign": campaign.id,
                "people": named,
                "words": reason,
                "user": actor.user_id,
                "within": f"{{{within}}}",
            },
        ).scalars()
    )
    if len(done) != len(named):
        raise Conflict(
            Words(
                "Có người đã được trả lời hoặc ngoài phạm vi của bạn. Chưa xác nhận ai; tải lại danh sách.",
                "Somebody was answered for already or is outside your units. Nobody was confirmed; reload the list.",
            ),
            "not_open",
        )
    log.record_many(
        session,
        actor,
        log.Action.CAMPAIGN_ANSWER,
        "campaign",
        [(str(campaign.uid), official) for official in done],
        reason=reason,
        detail={"outcome": "confirmed", "on_behalf": True},
    )
    return len(done)


NOT_CONFIRMED = Words("Chưa xác nhận ai.", "Nobody was confirmed.")
