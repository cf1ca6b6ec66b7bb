"""The one deciding function: may this actor do this, to this object? Row-level security repeats the answer below."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from registry.access.actor import Actor
from registry.access.permissions import EVEN_WITHOUT_ROLES, Permission
from registry.errors import Forbidden, not_found
from registry.words import Words

Asked = Literal["second_factor", "role", "token", "two_people", "unit", "own", "other_record"]
"""What is asked, in this order: has the second factor that the role needs, a role held has the permission, the token has it,
somebody else made the change, the object's unit lies in a grant, the object is one's own, it is not about one's own record."""


class Rule(NamedTuple):
    """One thing that was asked and how it came out."""

    asked: Asked
    holds: bool


@dataclass(frozen=True)
class Target:
    """The facts of an object that rights depend on; None: the question does not concern them.

    `hand`: whoever acts made, edited or handed in what the change brings, under whatever account; `own_record`: it alters their record.
    """

    org_ord: int | None = None
    official_id: int | None = None
    maker_id: int | None = None
    hand: bool = False
    own_record: bool = False


@dataclass(frozen=True)
class Verdict:
    """Allowed, or why not. `hidden`: the object must read as 'not there'.

    `rules`: everything that was asked on the way, the last one decided. `code` is stable for programs.
    """

    allowed: bool
    reason: Words | None = None
    hidden: bool = False
    code: str = "forbidden"
    rules: tuple[Rule, ...] = ()


NO_RIGHT = Words(
    "Vai trò của bạn không có quyền làm việc này. Hãy hỏi quản trị viên của cơ quan.",
    "Your role does not include this. Ask your organization's administrator.",
)
NO_RIGHT_WITHOUT = Words(
    "Vai trò của bạn cần xác thực hai lớp. Mở trang Tài khoản và bảo mật trên trình duyệt để bật.",
    "Your role needs a second factor. Turn it on in the browser, on the page of your account.",
)
OWN_CHANGE = Words(
    "Bạn là người lập đề nghị này nên không thể phê duyệt. Chuyển cho người khác.",
    "You made this change, so you cannot decide on it. Hand it to somebody else.",
)
OWN_RECORD = Words(
    "Đề nghị này có nội dung về hồ sơ của chính bạn nên bạn không thể quyết định. Chuyển cho người khác.",
    "This request touches your own record, so you cannot decide on it. Hand it to somebody else.",
)
OUT_OF_SCOPE = Words("Ngoài phạm vi của bạn.", "Outside your units.")


def decide(actor: Actor, permission: Permission, target: Target | None = None) -> Verdict:
    """Decide without touching the database: `target` carries all that matters.

    The own record is open to its official for reading and for declaring things; a decision on one's own change is refused whatever the role.
    """
    rules: list[Rule] = []

    def holds(asked: Asked, answer: bool) -> bool:
        rules.append(Rule(asked, answer))
        return answer

    def refused(reason: Words, code: str = "forbidden", hidden: bool = False) -> Verdict:
        return Verdict(False, reason, hidden, code, tuple(rules))

    if not holds("second_factor", not actor.enrolling or permission in EVEN_WITHOUT_ROLES):
        return refused(NO_RIGHT_WITHOUT, "second_factor_needed")
    if not holds("role", permission in actor.held):
        return refused(NO_RIGHT)
    if actor.token_scopes and not holds("token", actor.may(permission)):
        return refused(NO_RIGHT)
    if target is None:
        return Verdict(True, rules=tuple(rules))
    deciding = permission is Permission.CHANGES_CHANGE_DECIDE
    if deciding and not holds("two_people", not _same_person(actor, target)):
        return refused(OWN_CHANGE)
    covered = target.org_ord is not None and actor.covers(permission, target.org_ord)
    if not holds("unit", covered) and not holds("own", _own(actor, permission, target)):
        return refused(OUT_OF_SCOPE, hidden=True)
    if deciding and not holds("other_record", not target.own_record):
        return refused(OWN_RECORD, "own_record")
    return Verdict(True, rules=tuple(rules))


def _same_person(actor: Actor, target: Target) -> bool:
    """Whether the actor had a hand in the change, with this account or with another one of the same official."""
    return target.hand or target.maker_id == actor.user_id


MADE_BY_ONESELF = (Permission.CHANGES_CHANGE_READ, Permission.DOCUMENTS_FILE_READ)
OF_THE_OWN_RECORD = (
    Permission.OFFICIALS_RECORD_READ,
    Permission.OFFICIALS_READERS_READ,
    Permission.REPORTS_FORM_PRINT,
    Permission.CHANGES_CHANGE_DRAFT,
    Permission.CAMPAIGNS_OWN_ANSWER,
)


def _own(actor: Actor, permission: Permission, target: Target) -> bool:
    if permission in MADE_BY_ONESELF and target.maker_id == actor.user_id:
        return True
    own = (
        actor.official_id is not None
        and target.official_id == actor.official_id
        and "official" in actor.roles
    )
    return own and permission in OF_THE_OWN_RECORD


def require(actor: Actor, permission: Permission, target: Target | None = None) -> None:
    """Raise Forbidden, or NotFound where even the existence is not to be told."""
    verdict = decide(actor, permission, target)
    if not verdict.allowed:
        raise not_found() if verdict.hidden else Forbidden(verdict.reason or NO_RIGHT, verdict.code)
