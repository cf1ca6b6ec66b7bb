"""Writing the trail: one call per effect or read, in the transaction that does it. No event, no data."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Protocol

import psycopg
import sqlalchemy as sa
from psycopg.types.json import Jsonb
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from registry.audit.models import AuditEvent
from registry.db import ask
from registry.errors import Unavailable
from registry.words import Words


class Who(Protocol):
    """Whoever acts, as far as the trail cares; `registry.access.actor.Actor` is one."""

    @property
    def user_id(self) -> int: ...
    @property
    def display_name(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def request_id(self) -> str | None: ...


class Action(StrEnum):
    """What can happen, as `thing.verb`; for a person's record `official.verb`."""

    OFFICIAL_READ = "official.read"
    OFFICIAL_LIST = "official.list"
    OFFICIAL_PRINT = "official.print"
    OFFICIAL_HISTORY = "official.history"
    OFFICIAL_APPLY = "official.apply"
    CHANGE_DRAFT = "change.draft"
    CHANGE_EDIT = "change.edit"
    CHANGE_READ = "change.read"
    CHANGE_SUBMIT = "change.submit"
    CHANGE_APPROVE = "change.approve"
    CHANGE_RETURN = "change.return"
    CHANGE_REJECT = "change.reject"
    CHANGE_WITHDRAW = "change.withdraw"
    PROPOSAL_MAKE = "proposal.make"
    PROPOSAL_READ = "proposal.read"
    PROPOSAL_DRAFT = "proposal.draft"
    PROPOSAL_DECLINE = "proposal.decline"
    PROPOSAL_WITHDRAW = "proposal.withdraw"
    CAMPAIGN_START = "campaign.start"
    CAMPAIGN_READ = "campaign.read"
    CAMPAIGN_ANSWER = "campaign.answer"
    CAMPAIGN_CLOSE = "campaign.close"
    EXPORT_ASK = "export.ask"
    EXPORT_MAKE = "export.make"
    EXPORT_FETCH = "export.fetch"
    EXPORT_CANCEL = "export.cancel"
    REPORT_ASK = "report.ask"
    REPORT_MAKE = "report.make"
    REPORT_FETCH = "report.fetch"
    REPORT_CANCEL = "report.cancel"
    IMPORT_UPLOAD = "import.upload"
    IMPORT_CHECK = "import.check"
    IMPORT_READ = "import.read"
    IMPORT_SUBMIT = "import.submit"
    IMPORT_UNDO = "import.undo"
    FILE_UPLOAD = "file.upload"
    FILE_READ = "file.read"
    SESSION_START = "session.start"
    SESSION_REFUSED = "session.refused"
    SESSION_END = "session.end"
    TOKEN_CREATE = "token.create"  # noqa: S105  an action's name, not a secret
    TOKEN_CONFIRM = "token.confirm"  # noqa: S105
    TOKEN_END = "token.end"  # noqa: S105
    PASSWORD_CHANGE = "password.change"  # noqa: S105
    FACTOR_ADD = "factor.add"
    FACTOR_CODES = "factor.codes"
    FACTOR_DROP = "factor.drop"
    FACTOR_AGAIN = "factor.again"
    KEY_ADD = "key.add"
    KEY_DROP = "key.drop"
    TIE_ADD = "tie.add"
    TIE_DROP = "tie.drop"
    RECOVERY_ASK = "recovery.ask"
    RECOVERY_CONFIRM = "recovery.confirm"
    RECOVERY_CANCEL = "recovery.cancel"
    RECOVERY_USE = "recovery.use"
    USER_CREATE = "user.create"
    USER_CHANGE = "user.change"
    ACCESS_EXPLAIN = "access.explain"
    GRANT_CREATE = "grant.create"
    GRANT_CONFIRM = "grant.confirm"
    GRANT_END = "grant.end"
    STATISTICS_READ = "statistics.read"
    VIEW_SAVE = "view.save"
    VIEW_DELETE = "view.delete"
    QUALITY_READ = "quality.read"
    QUALITY_LIST = "quality.list"
    WORKLIST_READ = "worklist.read"
    WORKLIST_EXPORT = "worklist.export"
    TRAIL_READ = "trail.read"
    TRAIL_EXPORT = "trail.export"
    TRAIL_SEAL = "trail.seal"
    TRAIL_BASELINE = "trail.baseline"
    SEED_LOAD = "seed.load"


def entering(first: int = 1) -> str:
    """The INSERT of one event whose values are those of `entry`, numbered from $`first` on."""
    places = ", ".join(f"${first + place}" for place in range(10))
    return f"""INSERT INTO audit_event (actor_id, actor_name, actor_role, action, object_type, object_id, official_id,
        reason, request_id, detail) VALUES ({places})"""


_ONE = entering()

UNAVAILABLE = Words(
    "Tạm thời không mở được, vì không ghi được nhật ký. Thử lại sau ít phút.",
    "Not available now, because the trail cannot be written. Try again in a few minutes.",
)


def record(
    session: Session,
    actor: Who,
    action: Action,
    object_type: str,
    object_id: str | int,
    *,
    official_id: int | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one event to the trail.

    Raises Unavailable when the trail cannot be written: what was to be read or done must then not happen.
    """
    values = entry(
        actor, action, object_type, object_id, official_id=official_id, reason=reason, detail=detail
    )
    with written():
        ask(session, _ONE, values)


def entry(
    actor: Who,
    action: Action,
    object_type: str,
    object_id: str | int,
    *,
    official_id: int | None = None,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> list[Any]:
    """The values of one event in the order of `entering`."""
    return [
        actor.user_id or None,
        actor.display_name,
        actor.role,
        action.value,
        object_type,
        str(object_id),
        official_id,
        reason,
        actor.request_id,
        Jsonb(detail or {}),
    ]


def beside(object_type: str, object_id: str, source: str, official_id: str = "NULL::bigint") -> str:
    """An INSERT into the trail for each row of `source`, to stand in the WITH clause of the deed it tells of.

    `object_id` and `official_id` are SQL over that row; the other values are those of `values_beside`. Sent within `written`.
    """
    return f"""INSERT INTO audit_event (actor_id, actor_name, actor_role, action, object_type, object_id, official_id, reason,
            request_id, detail)
        SELECT CAST(:event_actor AS bigint), :event_name, :event_role, :event_action, '{object_type}', {object_id},
            {official_id}, :event_reason, :event_request, CAST(:event_detail AS jsonb) FROM {source}"""


def values_beside(
    actor: Who, action: Action, *, reason: str | None = None, detail: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Parameters of an event that is written `beside` a deed."""
    return {
        "event_actor": actor.user_id or None,
        "event_name": actor.display_name,
        "event_role": actor.role,
        "event_action": action.value,
        "event_reason": reason,
        "event_request": actor.request_id,
        "event_detail": Jsonb(detail or {}),
    }


@contextmanager
def written() -> Iterator[None]:
    """Around a statement that writes the trail, maybe beside a deed. Raises Unavailable when it was the trail that failed, or
    when the database could not do it now (a lock that is held, a full disk, a connection that is gone)."""
    try:
        yield
    except (psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(cause, psycopg.OperationalError):
            raise Unavailable(UNAVAILABLE, "trail_unavailable") from error
        diag = getattr(cause, "diag", None)
        if diag is not None and "audit_event" in f"{diag.table_name} {diag.message_primary} {diag.context}":
            raise Unavailable(UNAVAILABLE, "trail_unavailable") from error
        raise


def record_many(
    session: Session,
    actor: Who,
    action: Action,
    object_type: str,
    objects: list[tuple[str | int, int | None]],
    *,
    reason: str | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Add one event for each (object id, official id), in one statement."""
    if not objects:
        return
    common = {
        "actor_id": actor.user_id or None,
        "actor_name": actor.display_name,
        "actor_role": actor.role,
        "action": action.value,
        "object_type": object_type,
        "reason": reason,
        "request_id": actor.request_id,
        "detail": detail or {},
    }
    try:
        session.execute(
            sa.insert(AuditEvent.__table__).inline(),  # type: ignore[arg-type]
            [{**common, "object_id": str(one), "official_id": official} for one, official in objects],
        )
    except SQLAlchemyError as error:
        raise Unavailable(UNAVAILABLE, "trail_unavailable") from error
