"""The statements by which a change begins and moves on: state, step and event in the trail, each time in one.

A change of one fact is written in a handful of round trips; what they cost, not PostgreSQL's work, is what a
person waits for.
"""

from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.audit import log
from registry.changes.models import Change
from registry.changes.queries import as_change
from registry.db import send
from registry.documents.models import Decision
from registry.errors import Conflict
from registry.words import Words

WRONG_STATE = Words(
    "Đề nghị không còn ở trạng thái làm được việc này. Tải lại để xem.",
    "The change is no longer in a state for this. Reload it.",
)

_PAPER = """paper AS (
    INSERT INTO decision (number, issued_on, effective_on, issuer, signer, title, basis, file_id)
    VALUES (:number, CAST(:issued_on AS date), CAST(:effective_on AS date), :issuer, :signer, :title, :basis,
        CAST(:file_id AS bigint)) RETURNING id)"""
_BEGIN = """INSERT INTO change (decision_id, organization_id, org_ord, maker_id, note, origin)
    SELECT paper.id, :organization_id, :org_ord, :maker_id, :note, :origin FROM paper RETURNING *"""
_STEP = """step AS (INSERT INTO change_event (change_id, actor_id, step, words)
    SELECT id, :event_actor, :step, :words FROM moved)"""
_TRAIL = f"trail AS ({log.beside('change', 'uid::text', 'moved')} RETURNING id)"
_OPERATIONS = """operations AS (
    INSERT INTO change_operation (change_id, seq, action, official_id, kind, fact_id, decision_id, valid_from,
        valid_from_precision, valid_to, valid_to_precision, fields, said, reason)
    SELECT :change, o.seq, o.action, o.official_id, o.kind, o.fact_id, o.decision_id, o.valid_from,
        o.valid_from_precision, o.valid_to, o.valid_to_precision, o.fields, o.said, o.reason
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS o(seq int, action text, official_id bigint, kind text, fact_id bigint,
        decision_id bigint, valid_from date, valid_from_precision text, valid_to date, valid_to_precision text,
        fields jsonb, said text[], reason text))"""


def begin(
    session: Session,
    actor: Actor,
    *,
    organization_id: int,
    org_ord: int,
    note: str,
    origin: str,
    paper: Decision | None = None,
    paper_id: int | None = None,
) -> Change:
    """A new draft of a unit on a paper that is entered with it (`paper`) or was before (`paper_id`).

    Its operations follow in `put_operations`, for row-level security shows them to who sees the change.
    """
    values: dict[str, Any] = {
        "organization_id": organization_id,
        "org_ord": org_ord,
        "maker_id": actor.user_id,
        "note": note,
        "origin": origin,
    }
    if paper is None:
        known = "paper AS (SELECT CAST(:paper_id AS bigint) AS id)"
        return _change(session, f"WITH {known} {_BEGIN}", values | {"paper_id": paper_id})
    columns = ("number", "issued_on", "effective_on", "issuer", "signer", "title", "basis", "file_id")
    entered = {name: getattr(paper, name) for name in columns}
    entered |= {name: entered[name] or "" for name in ("issuer", "signer", "title")}
    return _change(session, f"WITH {_PAPER} {_BEGIN}", values | entered)


def put_operations(
    session: Session, actor: Actor, change: Change, rows: list[dict[str, Any]], action: log.Action, step: str
) -> None:
    """The operations of a draft, with the step and the event that tell of it."""
    values = log.values_beside(actor, action, detail={"number": change.number})
    one = "moved AS (SELECT id, uid FROM change WHERE id = :change)"
    with log.written():
        send(
            session,
            f"WITH {one}, {_OPERATIONS}, {_STEP}, {_TRAIL} SELECT",
            **values,
            change=change.id,
            rows=Jsonb(rows),
            step=step,
            words="",
        )


def put_step(session: Session, actor: Actor, change: Change, step: str, words: str = "") -> None:
    """A step of a change for its page, where the trail is told by something else."""
    send(
        session,
        "INSERT INTO change_event (change_id, actor_id, step, words) VALUES (:change, :actor, :step, :words)",
        change=change.id,
        actor=actor.user_id,
        step=step,
        words=words,
    )


def move(
    session: Session,
    actor: Actor,
    change: Change,
    status: str,
    action: log.Action,
    *,
    step: str,
    words: str = "",
    detail: dict[str, Any] | None = None,
    sets: str = "",
    beside: str = "",
    **values: Any,
) -> Change:
    """Bring a change into a state, with its step and its event. `sets` are further columns (SQL, with a comma in
    front), `beside` further WITH clauses (likewise) with access to the row `moved`; `values` their parameters.

    Raises Conflict when somebody else moved it first.
    """
    parameters = log.values_beside(actor, action, reason=words or None, detail=detail) | values
    parameters |= {"id": change.id, "version": change.version, "status": status, "step": step, "words": words}
    statement = f"""WITH moved AS (UPDATE change SET status = :status, version = version + 1{sets}
            WHERE id = :id AND version = :version RETURNING *), {_STEP}, {_TRAIL}{beside} SELECT * FROM moved"""
    with log.written():
        return _change(session, statement, parameters)


def _change(session: Session, statement: str, values: dict[str, Any]) -> Change:
    """The change that a statement returns, as the session's object; Conflict when it returns none."""
    row = send(session, statement, **values).first()
    if row is None:
        raise Conflict(WRONG_STATE, "wrong_state")
    return as_change(session, row)
