"""Opening an account anew when password or second factor is lost: two administrators, each with half of a code.

One asks and is shown the first half; another confirms and is shown the second. Whoever the account belongs to needs both, within
fifteen minutes of the confirmation, and chooses a new password; second factors, ties to other authorities and sessions are
gone. No officer alone, and no two halves after that time, open anything. That the three are different people is a constraint of the database as well.
"""

import hmac
import unicodedata
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import clock
from registry.access import factors, passwords, ties
from registry.access.actor import Actor
from registry.access.models import AccountRecovery, User
from registry.access.permissions import Permission
from registry.access.policy import require
from registry.access.recent import require_recent
from registry.access.services import Door, counted_try, end_all
from registry.audit import log
from registry.errors import Conflict, Flaw, Invalid, not_found
from registry.texts import find_odd
from registry.words import Words

WAITS, LASTS = timedelta(days=1), timedelta(minutes=15)
"""How long a request waits for its confirmation, and how long the code is good after that."""
REASON_LONGEST = 500
WRONG = Words(
    "Tên đăng nhập hoặc mã khôi phục chưa đúng, hoặc mã đã hết hạn.",
    "The user name or the recovery code is wrong, or the code has expired.",
)
SAME_PERSON = Words(
    "Cần ba người khác nhau: người đề nghị, người xác nhận và chủ tài khoản.",
    "Three different people are needed: who asks, who confirms, and whose account it is.",
)


def ask(session: Session, actor: Actor, username: str, reason: str, secret_key: bytes) -> str:
    """Ask for the recovery of somebody's account. Returns the first half of the code, shown once.

    Raises NotFound, Invalid without a reason, Conflict for the own account or while another request is open.
    """
    require(actor, Permission.ACCESS_USER_MANAGE)
    subject = _subject(session, username)
    if subject.id == actor.user_id:
        raise Conflict(SAME_PERSON, "same_person")
    reason = unicodedata.normalize("NFC", reason).strip()
    if not reason or len(reason) > REASON_LONGEST or find_odd(reason.replace("\r", "")):
        words = Words(
            "Ghi lý do: ai đề nghị, đã xác minh người đó thế nào.",
            "Give a reason: who asked, how that person was identified.",
        )
        raise Invalid(words, "invalid", [Flaw("reason", "required", words)])
    _end_expired(session, subject.id)
    if _open(session, subject.id) is not None:
        raise Conflict(
            Words("Tài khoản này đang có một đề nghị khôi phục.", "A recovery of this account is open."),
            "recovery_open",
        )
    require_recent(actor)
    half = factors.new_code(2)
    session.add(
        AccountRecovery(
            user_id=subject.id,
            reason=reason,
            asked_by=actor.user_id,
            asked_hash=factors.code_hash(secret_key, subject.id, half),
            expires_at=clock.now() + WAITS,
        )
    )
    _flush(session)
    log.record(session, actor, log.Action.RECOVERY_ASK, "user", username, reason=reason)
    return half


def confirm(session: Session, actor: Actor, username: str, secret_key: bytes) -> str:
    """Confirm what another administrator asked for. Returns the second half of the code, shown once.

    Raises NotFound when nothing waits, Conflict when the one who confirms asked for it or is whom it is about.
    """
    require(actor, Permission.ACCESS_USER_MANAGE)
    subject = _subject(session, username)
    found = _open(session, subject.id)
    if found is None or found.expires_at <= clock.now() or found.confirmed_by is not None:
        raise not_found()
    if actor.user_id in (found.asked_by, found.user_id):
        raise Conflict(SAME_PERSON, "same_person")
    require_recent(actor)
    half = factors.new_code(2)
    found.confirmed_by, found.confirmed_at = actor.user_id, clock.now()
    found.confirmed_hash = factors.code_hash(secret_key, subject.id, half)
    found.expires_at = clock.now() + LASTS
    _flush(session)
    log.record(session, actor, log.Action.RECOVERY_CONFIRM, "user", username)
    return half


def cancel(session: Session, actor: Actor, username: str) -> None:
    """Drop an open request; any administrator may, but not about the own account. Raises NotFound when there is none."""
    require(actor, Permission.ACCESS_USER_MANAGE)
    subject = _subject(session, username)
    found = _open(session, subject.id)
    if found is None or subject.id == actor.user_id:
        raise not_found()
    require_recent(actor)
    found.ended_at = clock.now()
    session.flush()
    log.record(session, actor, log.Action.RECOVERY_CANCEL, "user", username)


def use(
    session: Session, username: str, halves: tuple[str, str], password: str, secret_key: bytes, door: Door
) -> None:
    """A new password for whoever has both halves; second factors, ties, sessions and personal tokens are gone.

    Counted like a password (registry.access.services.check_password). Raises Unauthenticated, after which the caller commits;
    Invalid for a password that will not do, with which the code is not used up.
    """
    with counted_try(session, username, door) as tried:
        user = session.scalar(sa.select(User).where(User.username == username))
        found = _open(session, user.id if user else 0)
        if (
            user is None
            or found is None
            or (user.is_demo and not door.demo)
            or not _fits(found, halves, secret_key)
        ):
            raise tried.refused(user, WRONG)
    flaws = passwords.flaws_of(password, username)
    if flaws:
        raise Invalid(Words("Chưa đặt lại mật khẩu.", "The password was not set."), "invalid", flaws)
    user.password_hash, user.locked_until = passwords.stored(password), None
    user.used_at = clock.now()
    found.used_at = clock.now()
    session.flush()
    factors.drop(session, user.id)
    ties.drop_all(session, user.id)
    ended = end_all(session, user.id)
    who = Actor(user.id, user.username, user.display_name, None, (), request_id=door.request_id)
    log.record(session, who, log.Action.RECOVERY_USE, "user", username, detail={"ended": ended})


def _fits(found: AccountRecovery, halves: tuple[str, str], secret_key: bytes) -> bool:
    if found.confirmed_hash is None or found.expires_at <= clock.now():
        return False
    kept = (found.asked_hash, found.confirmed_hash)
    given = [factors.code_hash(secret_key, found.user_id, one[:40]) for one in halves]
    return hmac.compare_digest(b"".join(kept), b"".join(given))


def find_open(session: Session, username: str | None = None) -> list[dict[str, Any]]:
    """Open requests, of one account or of all: {username, display_name, reason, asked_by, asked_at, confirmed_by, expires_at}.

    asked_by and confirmed_by are user ids; asker and confirmer the names.
    """
    rows = session.execute(
        sa.text("""
            SELECT u.username, u.display_name, r.user_id, r.reason, r.asked_by, a.display_name AS asker, r.asked_at,
                r.confirmed_by, k.display_name AS confirmer, r.expires_at
            FROM account_recovery r JOIN app_user u ON u.id = r.user_id JOIN app_user a ON a.id = r.asked_by
            LEFT JOIN app_user k ON k.id = r.confirmed_by
            WHERE r.used_at IS NULL AND r.ended_at IS NULL AND r.expires_at > now()
                AND (CAST(:username AS text) IS NULL OR u.username = :username)
            ORDER BY r.asked_at LIMIT 50"""),
        {"username": username},
    )
    return [dict(row._mapping) for row in rows]


def _subject(session: Session, username: str) -> User:
    found = session.scalar(sa.select(User).where(User.username == username))
    if found is None:
        raise not_found()
    return found


def _open(session: Session, user_id: int) -> AccountRecovery | None:
    return session.scalar(
        sa.select(AccountRecovery)
        .where(
            AccountRecovery.user_id == user_id,
            AccountRecovery.used_at.is_(None),
            AccountRecovery.ended_at.is_(None),
        )
        .with_for_update()
    )


def _end_expired(session: Session, user_id: int) -> None:
    session.execute(
        sa.update(AccountRecovery)
        .where(
            AccountRecovery.user_id == user_id,
            AccountRecovery.used_at.is_(None),
            AccountRecovery.ended_at.is_(None),
            AccountRecovery.expires_at <= sa.func.now(),
        )
        .values(ended_at=sa.func.now())
    )


def _flush(session: Session) -> None:
    """Write; the constraints say in their own way what was checked above, and what only they know."""
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", "")
        if name == "uq_account_recovery_open":
            raise Conflict(
                Words("Tài khoản này đang có một đề nghị khôi phục.", "A recovery of this account is open."),
                "recovery_open",
            ) from error
        raise Conflict(SAME_PERSON, "same_person") from error
