"""The life of a change: draft, submit, approve, return, reject, withdraw; and undo, which is a change as well."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import OWN_ONLY, Permission
from registry.access.policy import Target, require
from registry.access.recent import require_recent
from registry.audit import log
from registry.changes import apply as applying
from registry.changes import declaring, moving, queries
from registry.changes.models import Change
from registry.changes.moving import WRONG_STATE
from registry.changes.operations import Operation, read_operations
from registry.db import send
from registry.documents.models import Decision
from registry.documents.services import parse_decision
from registry.errors import Conflict, Flaw, Forbidden, Invalid, Stale
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Kind
from registry.officials.facts.parsing import MEANS_EMPTY, Wrong, clean_text
from registry.words import Words

NOT_READY = Words(
    "Có chỗ cần sửa trước khi lưu. Chưa ghi gì cả.", "Some things need mending. Nothing was written."
)
STALE = Words(
    "Người khác vừa sửa đề nghị này. Xem phần khác nhau rồi gửi lại.",
    "Somebody else has just altered this. Look at the difference, then send again.",
)


def draft(
    session: Session, actor: Actor, body: Any, today: date, *, origin: str = "form", later: bool = False
) -> Change:
    """A new draft from {decision, note, operations}. Raises Invalid with every flaw; nothing is written then.

    `later`: the decision's number and day come before submitting (`complete`).
    """
    require(actor, Permission.CHANGES_CHANGE_DRAFT)
    actor = declaring.as_self(session, actor, body)
    decision, operations, note = _read(session, actor, body, today, later=later)
    change = _begin(session, actor, decision, note, declaring.origin(actor, origin))
    moving.put_operations(
        session, actor, change, _rows(operations, change.decision_id), log.Action.CHANGE_DRAFT, "draft"
    )
    return change


def replace(session: Session, actor: Actor, change: Change, body: Any, today: date) -> Change:
    """Put other content into a draft or a returned change; only its maker may."""
    _must(change, "draft", "returned")
    _own_and_within(actor, change)
    if change.origin == declaring.ORIGIN:
        actor = declaring.alone(actor)
    decision, operations, note = _read(session, actor, body, today)
    session.add(decision)
    session.flush()
    session.execute(text("DELETE FROM change_operation WHERE change_id = :change"), {"change": change.id})
    moving.put_operations(
        session, actor, change, _rows(operations, decision.id), log.Action.CHANGE_EDIT, "edit"
    )
    change.decision_id, change.note, change.status = decision.id, note, "draft"
    change.version += 1
    session.flush()
    return change


def complete(session: Session, actor: Actor, change: Change, paper: Any, today: date) -> Change:
    """Put a draft on another decision, its operations as they are; only its maker may. Raises Invalid by the field."""
    _must(change, "draft", "returned")
    _own_and_within(actor, change)
    if change.origin != "form":
        raise Conflict(WRONG_STATE, "wrong_state")
    decision, flaws = parse_decision(session, paper, today)
    if flaws or decision is None:
        raise Invalid(NOT_READY, "invalid", flaws)
    session.add(decision)
    session.flush()
    session.execute(
        text("""UPDATE change_operation SET decision_id = :new
                WHERE change_id = :change AND decision_id = :old"""),
        {"change": change.id, "old": change.decision_id, "new": decision.id},
    )
    change.decision_id, change.status = decision.id, "draft"
    change.version += 1
    session.flush()
    moving.put_step(session, actor, change, "edit")
    log.record(
        session, actor, log.Action.CHANGE_EDIT, "change", str(change.uid), detail={"number": change.number}
    )
    return change


def _read(
    session: Session, actor: Actor, body: Any, today: date, *, later: bool = False
) -> tuple[Decision, list[Operation], str]:
    if not isinstance(body, Mapping):
        raise Invalid(
            NOT_READY,
            "invalid",
            [Flaw("", "type", Words("Cần một đối tượng JSON.", "A JSON object is needed."))],
        )
    flaws = [
        Flaw(stray, "unknown_field", Words(f"Không có “{stray}”.", f"There is no “{stray}”."))
        for stray in sorted(set(body) - {"decision", "note", "operations"})
    ]
    body = declaring.completed(actor, body, today)
    decision, found = parse_decision(session, body.get("decision"), today, later=later)
    flaws += found + declaring.flaws(session, actor, body)
    operations, found = read_operations(session, actor, body.get("operations"), today)
    flaws += found
    note = ""
    if body.get("note") not in MEANS_EMPTY:
        try:
            note = clean_text(body["note"], 4000)
        except Wrong as wrong:
            flaws.append(Flaw("note", wrong.code, wrong.words))
    if flaws or decision is None:
        raise Invalid(NOT_READY, "invalid", flaws)
    return decision, operations, note


def _begin(session: Session, actor: Actor, decision: Decision, note: str, origin: str) -> Change:
    unit = next((grant for grant in actor.grants if grant.role == "hr_officer"), actor.organization)
    if unit is None or unit.organization_id is None:
        raise Forbidden(Words("Tài khoản chưa gắn với đơn vị nào.", "The account has no unit."), "no_unit")
    place = declaring.place(session, actor) if declaring.declares(actor) else (unit.organization_id, unit.ord)
    return moving.begin(
        session,
        actor,
        organization_id=place[0],
        org_ord=place[1],
        note=note,
        origin=origin,
        paper=decision,
    )


def _rows(operations: list[Operation], decision_id: int) -> list[dict[str, Any]]:
    return [
        {
            "seq": number,
            "action": one.action,
            "official_id": one.official_id,
            "kind": one.kind,
            "fact_id": one.fact_id,
            "decision_id": one.keeps_decision or decision_id,
            "valid_from": one.valid_from.on.isoformat() if one.valid_from else None,
            "valid_from_precision": one.valid_from.precision if one.valid_from else "day",
            "valid_to": one.valid_to.on.isoformat() if one.valid_to else None,
            "valid_to_precision": one.valid_to.precision if one.valid_to else "day",
            "fields": one.fields,
            "said": sorted(one.said),
            "reason": one.reason,
        }
        for number, one in enumerate(operations)
    ]


def _must(change: Change, *statuses: str) -> None:
    if change.status not in statuses:
        raise Conflict(WRONG_STATE, "wrong_state")


def _own(actor: Actor, change: Change) -> None:
    require(actor, Permission.CHANGES_CHANGE_DRAFT)
    if change.maker_id != actor.user_id:
        raise Forbidden(
            Words("Chỉ người lập sửa, trình hoặc rút đề nghị.", "Only its maker may do this."), "not_maker"
        )


def _own_and_within(actor: Actor, change: Change) -> None:
    """Only its maker works on a draft, and only while the right it was begun with lasts: a draft outlives no right."""
    _own(actor, change)
    declared = change.origin == declaring.ORIGIN
    held = (
        not OWN_ONLY.isdisjoint(actor.roles)
        if declared
        else actor.covers(Permission.CHANGES_CHANGE_DRAFT, change.org_ord)
    )
    if not held:
        raise Forbidden(
            Words(
                "Quyền lập đề nghị của bạn ở đơn vị này đã hết, nên bản nháp không sửa và không trình được nữa.",
                "Your right to make changes in this unit has ended: the draft can be neither altered nor handed in.",
            ),
            "right_ended",
        )


def _must_be_sound(session: Session, change: Change, today: date) -> None:
    """Refuse a change made by hand while there are errors in its content; imports were checked as they were read."""
    if change.origin not in ("form", declaring.ORIGIN):
        return
    state = send(session, _STATE, change=change.id, decision=change.decision_id).first()
    assert state is not None
    if state.gone:
        raise applying.out_of_reach(state.gone)
    found = queries.findings(session, change, today, numbered=state.numbered)
    errors = [one for one in found if one.severity == "error"]
    if errors:
        raise Invalid(
            Words(f"Có {len(errors)} chỗ cần sửa.", f"{len(errors)} things need mending first."),
            "not_ready",
            [Flaw(one.path, one.code, one.message) for one in errors],
        )


_STATE = """SELECT (SELECT count(DISTINCT o.official_id) FROM change_operation o WHERE o.change_id = :change
        AND NOT EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = o.official_id)
        AND NOT EXISTS (SELECT 1 FROM change_operation n
            WHERE n.change_id = :change AND n.official_id = o.official_id AND n.action = 'register')) AS gone,
    EXISTS (SELECT 1 FROM decision d WHERE d.id = :decision AND d.number <> '') AS numbered"""
"""How many persons of a change the actor cannot see, but for those whom it registers; whether its decision has its number."""


def submit(session: Session, actor: Actor, change: Change, today: date) -> Change:
    """Hand a draft in. Errors found in its content stop it (Invalid); warnings go along to the approver."""
    _own_and_within(actor, change)
    _must(change, "draft", "returned")
    _must_be_sound(session, change, today)
    return moving.move(
        session,
        actor,
        change,
        "submitted",
        log.Action.CHANGE_SUBMIT,
        step="submit",
        sets=f", submitted_at = clock_timestamp(), digest = {queries.DIGEST}",
        decision=change.decision_id,
    )


def approve(
    session: Session, actor: Actor, change: Change, today: date, *, digest: str | None, words: str = ""
) -> Change:
    """Approve exactly what was shown (`digest`) and apply it: everything in this transaction, or nothing.

    Raises Stale when content or the records it touches changed since, Conflict when a rule of the database breaks.
    """
    _decide(session, actor, change)
    require_recent(actor)
    # Held while they are compared with what was shown: another approval waits, or is seen.
    plan = applying.hold(session, change.id)
    if plan.gone:
        raise applying.out_of_reach(plan.gone)
    now, at = applying.mark(session, change)
    if digest is not None and digest != now:
        raise Stale(STALE, "stale_digest")
    if change.digest != now:
        # Something moved since it was handed in, when its content was found sound.
        _must_be_sound(session, change, today)
    # Applied before it is called approved: only while it is not may the new persons' facts be put in.
    applying.apply(session, change.id, plan, at, today)
    return moving.move(
        session,
        actor,
        change,
        "approved",
        log.Action.CHANGE_APPROVE,
        step="approve",
        words=words,
        detail={"digest": now},
        sets=", checker_id = :event_actor, digest = :digest, decided_at = clock_timestamp(), reason = :words",
        beside=_EFFECTS + (_IMPORT if change.origin in ("import", "undo") else ""),
        digest=now,
        applied=log.Action.OFFICIAL_APPLY.value,
    )


# One event for every official whose record changed, after that of the approval: the count of it is asked for.
_EFFECTS = """, effects AS (
    INSERT INTO audit_event (actor_id, actor_name, actor_role, action, object_type, object_id, official_id, request_id,
        detail)
    SELECT :event_actor, :event_name, :event_role, :applied, 'official', o.official_id::text, o.official_id,
        :event_request, jsonb_build_object('change', m.number, 'kinds', jsonb_agg(DISTINCT o.kind))
    FROM change_operation o, moved m WHERE o.change_id = m.id AND (SELECT count(*) FROM trail) = 1
    GROUP BY o.official_id, m.number ORDER BY o.official_id)"""
_IMPORT = """, imported AS (
    UPDATE import_file f SET status = CASE WHEN f.undo_change_id = m.id THEN 'undone' ELSE 'applied' END
    FROM moved m WHERE f.change_id = m.id OR f.undo_change_id = m.id)"""


def target_of(session: Session, actor: Actor, change: Change) -> Target:
    """What the right to decide on a change depends on."""
    stake = declaring.stake(session, actor, change)
    return Target(
        org_ord=change.org_ord, maker_id=change.maker_id, hand=stake == "hand", own_record=stake == "record"
    )


def _decide(session: Session, actor: Actor, change: Change) -> None:
    require(actor, Permission.CHANGES_CHANGE_DECIDE, target_of(session, actor, change))
    _must(change, "submitted")


def send_back(session: Session, actor: Actor, change: Change, *, words: str, final: bool) -> Change:
    """Return for mending, or (`final`) reject for good; both need words."""
    _decide(session, actor, change)
    if not words.strip():
        raise Invalid(
            Words("Phải nêu lý do.", "A reason is needed."),
            "reason_required",
            [Flaw("reason", "required", Words("Phải nêu lý do.", "A reason is needed."))],
        )
    moving.move(
        session,
        actor,
        change,
        "rejected" if final else "returned",
        log.Action.CHANGE_REJECT if final else log.Action.CHANGE_RETURN,
        step="reject" if final else "return",
        words=words.strip(),
        sets=", checker_id = :event_actor, decided_at = clock_timestamp(), reason = :words",
    )
    _import_is_free(session, change)
    return change


def withdraw(session: Session, actor: Actor, change: Change) -> Change:
    """Take back what is not decided yet; only its maker may."""
    _own(actor, change)
    _must(change, *queries.WAITING)
    moving.move(session, actor, change, "withdrawn", log.Action.CHANGE_WITHDRAW, step="withdraw")
    _import_is_free(session, change)
    return change


def _import_is_free(session: Session, change: Change) -> None:
    """An import whose change came to nothing can be submitted again; one whose undo did stays applied."""
    session.execute(
        text("""UPDATE import_file SET change_id = NULL, status = 'checked'
        WHERE change_id = :change AND status = 'submitted'"""),
        {"change": change.id},
    )
    session.execute(
        text("UPDATE import_file SET undo_change_id = NULL WHERE undo_change_id = :change"),
        {"change": change.id},
    )


def undo(session: Session, actor: Actor, change: Change, today: date, *, title: str) -> Change:
    """A submitted change that restores the state before an approved one.

    Raises Conflict when a later change already touched what it brought: undo that one first.
    """
    require(actor, Permission.CHANGES_CHANGE_DRAFT, Target(org_ord=change.org_ord))
    _must(change, "approved")
    _not_overtaken(session, change)
    before = session.get_one(Decision, change.decision_id)
    decision = Decision(
        number=f"Hoàn tác {change.number}"[:80],
        issued_on=today,
        effective_on=today,
        issuer=before.issuer,
        title=title,
        basis="take_over",
    )
    reverse = _begin(session, actor, decision, title, "undo")
    seq = 0
    for kind in FACTS.values():
        seq = _reverse_kind(
            session, kind.name, kind.columns(), change.id, reverse.id, reverse.decision_id, seq
        )
    if seq == 0:
        raise Conflict(Words("Không còn gì để hoàn tác.", "There is nothing to undo."), "nothing_to_undo")
    moving.put_step(session, actor, reverse, "draft")
    log.record(
        session, actor, log.Action.IMPORT_UNDO, "change", str(reverse.uid), detail={"undoes": change.number}
    )
    return submit(session, actor, reverse, today)


def _not_overtaken(session: Session, change: Change) -> None:
    """Raise Conflict when undoing would take away what came later, or leave out people the actor cannot see."""
    gone = session.execute(
        text("""SELECT count(DISTINCT official_id) FROM change_operation o WHERE o.change_id = :change
                AND NOT EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = o.official_id)"""),
        {"change": change.id},
    ).scalar_one()
    if gone:
        raise Conflict(
            Words(
                f"{gone} hồ sơ của lần này nay ngoài phạm vi của bạn hoặc đã rút, nên không hoàn tác được.",
                f"{gone} records of this change are outside your units or withdrawn by now: it cannot be undone.",
            ),
            "out_of_reach",
        )
    counts = (session.execute(text(_overtaking(kind)), {"change": change.id}) for kind in FACTS.values())
    overtaken = sum(count.scalar_one() for count in counts)
    if overtaken:
        raise Conflict(
            Words(
                f"{overtaken} mục ghi sau lần này đã sửa hoặc dựa trên nó, nên không hoàn tác được nữa. "
                "Hãy hoàn tác hoặc đính chính từ lần sau cùng.",
                f"{overtaken} later facts alter this change or build on it: it cannot be undone. Start with the last.",
            ),
            "overtaken",
        )


def _overtaking(kind: Kind) -> str:
    """Counts facts of a kind that stand in the way of an undo of :change.

    Its own rows that were closed since; rows of others about people it registered; and believed rows of others
    in a period that would be restored.
    """
    table = f"fact_{kind.name}"
    counted = f"""SELECT (SELECT count(*) FROM {table} WHERE change_id = :change AND recorded_to IS NOT NULL)
        + (SELECT count(*) FROM {table} f JOIN change_operation o ON o.official_id = f.official_id
            WHERE o.change_id = :change AND o.action = 'register'
                AND f.recorded_to IS NULL AND f.change_id <> :change)"""
    if kind.exclusive is None:
        return counted
    same = "".join(f" AND g.{key} = f.{key}" for key in kind.exclusive)
    main = f" AND f.{kind.exclusive_when} AND g.{kind.exclusive_when}" if kind.exclusive_when else ""
    return f"""{counted} + (SELECT count(*) FROM {table} f JOIN {table} g ON g.official_id = f.official_id
            AND g.recorded_to IS NULL AND g.change_id <> :change{same}{main}
            AND daterange(f.valid_from, f.valid_to) && daterange(g.valid_from, g.valid_to)
        WHERE f.closed_by = :change)"""


def _reverse_kind(
    session: Session,
    kind: str,
    columns: list[str],
    change_id: int,
    reverse_id: int,
    decision_id: int,
    seq: int,
) -> int:
    """Operations that take back what came and bring back what went; returns the last sequence number."""
    fields = ", ".join(f"'{name}', f.{name}" for name in columns)
    result = session.execute(
        text(f"""INSERT INTO change_operation (change_id, seq, action, official_id, kind, fact_id, decision_id,
                    valid_from, valid_from_precision, valid_to, valid_to_precision, fields, reason)
                SELECT :reverse, :seq + row_number() OVER (ORDER BY t.turn, f.id), t.action, f.official_id, '{kind}', f.id,
                    CASE WHEN t.turn = 1 THEN :decision ELSE f.decision_id END, f.valid_from, f.valid_from_precision,
                    f.valid_to, f.valid_to_precision, jsonb_build_object({fields}), ''
                FROM fact_{kind} f JOIN (VALUES (1, 'withdraw'), (2, 'restore')) AS t(turn, action)
                    ON (t.turn = 1 AND f.change_id = :change AND f.recorded_to IS NULL)
                    OR (t.turn = 2 AND f.closed_by = :change)
                WHERE f.change_id = :change OR f.closed_by = :change"""),
        {"reverse": reverse_id, "seq": seq, "change": change_id, "decision": decision_id},
    )
    return seq + result.rowcount  # type: ignore[attr-defined,no-any-return]
