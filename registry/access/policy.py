"""The one deciding function: may this actor do this, to this object? Row-level security repeats the answer below."""

from dataclasses import dataclass

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.errors import Forbidden, not_found
from registry.words import Words


@dataclass(frozen=True)
class Target:
    """The facts of an object that rights depend on; None: the question does not concern them."""

    org_ord: int | None = None
    official_id: int | None = None
    maker_id: int | None = None
    maker_official_id: int | None = None


@dataclass(frozen=True)
class Verdict:
    """Allowed, or why not. `hidden`: the object must read as 'not there'."""

    allowed: bool
    reason: Words | None = None
    hidden: bool = False


ALLOWED = Verdict(True)
NO_RIGHT = Words(
    "Vai trò của bạn không có quyền làm việc này. Hãy hỏi quản trị viên của cơ quan.",
    "Your role does not include this. Ask your organization's administrator.",
)
OWN_CHANGE = Words(
    "Bạn là người lập đề nghị này nên không thể phê duyệt. Chuyển cho người khác.",
    "You made this change, so you cannot decide on it. Hand it to somebody else.",
)
OUT_OF_SCOPE = Words("Ngoài phạm vi của bạn.", "Outside your units.")


def decide(actor: Actor, permission: Permission, target: Target | None = None) -> Verdict:
    """Decide without touching the database: `target` carries all that matters.

    The own record is open to its official for reading and for declaring things; a decision on one's own change is refused whatever the role.
    """
    if not actor.may(permission):
        return Verdict(False, NO_RIGHT)
    if target is None:
        return ALLOWED
    if permission is Permission.CHANGES_CHANGE_DECIDE and _same_person(actor, target):
        return Verdict(False, OWN_CHANGE)
    if target.org_ord is not None and actor.covers(permission, target.org_ord):
        return ALLOWED
    if _own(actor, permission, target):
        return ALLOWED
    return Verdict(False, OUT_OF_SCOPE, hidden=True)


def _same_person(actor: Actor, target: Target) -> bool:
    """Whether the actor made the change, with this account or with another one tied to the same official."""
    if target.maker_id == actor.user_id:
        return True
    return actor.official_id is not None and target.maker_official_id == actor.official_id


def _own(actor: Actor, permission: Permission, target: Target) -> bool:
    if permission is Permission.CHANGES_CHANGE_READ and target.maker_id == actor.user_id:
        return True
    own = (
        actor.official_id is not None
        and target.official_id == actor.official_id
        and "official" in actor.roles
    )
    return own and permission in (
        Permission.OFFICIALS_RECORD_READ,
        Permission.OFFICIALS_READERS_READ,
        Permission.REPORTS_FORM_PRINT,
        Permission.CHANGES_CHANGE_DRAFT,
        Permission.CAMPAIGNS_OWN_ANSWER,
    )


def require(actor: Actor, permission: Permission, target: Target | None = None) -> None:
    """Raise Forbidden, or NotFound where even the existence is not to be told."""
    verdict = decide(actor, permission, target)
    if not verdict.allowed:
        raise not_found() if verdict.hidden else Forbidden(verdict.reason or NO_RIGHT, "forbidden")
