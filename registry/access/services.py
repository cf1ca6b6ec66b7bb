"""Signing in and out, tokens, users and grants."""

import hashlib
import secrets
import unicodedata
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.orm import Session

from registry.access import queries
from registry.access.actor import Actor
from registry.access.models import ROLES, Grant, Token, User, WebSession
from registry.access.permissions import NATIONAL, ROLE_PERMISSIONS, SCOPE_FIELD_CLASSES, Permission
from registry.access.policy import require
from registry.audit import log
from registry.errors import Conflict, Flaw, Invalid, Unauthenticated, not_found
from registry.words import Words

# OWASP ASVS 5.0 appendix C: argon2id with at least 46 MiB at one pass.
HASHER = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
_NOBODY = HASHER.hash("nobody signs in with this")

UNITLESS = NATIONAL | {"administrator"}
"""Roles that may be granted without a unit: their rights do not depend on one."""
PROGRAM = "client"
ALLOWED_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
SESSION_LASTS = timedelta(hours=10)
SESSION_IDLE = timedelta(minutes=60)
TOKEN_LASTS = timedelta(hours=12)
SHORTEST_PASSWORD = 12

WRONG = Words("Tên đăng nhập hoặc mật khẩu chưa đúng.", "The user name or the password is wrong.")


def hashed(secret: str) -> bytes:
    """What is stored of a session key or token: enough to recognise it, useless to whoever reads the table."""
    return hashlib.sha256(secret.encode()).digest()


def check_password(session: Session, username: str, password: str, *, request_id: str | None = None) -> User:
    """The user, if name and password agree. Counts failures and locks the account for a while.

    Raises Unauthenticated; the caller must commit all the same, so that failures are counted. Unknown names
    cost the same time as wrong passwords.
    """
    user = session.scalar(sa.select(User).where(User.username == username).with_for_update())
    now = datetime.now(UTC)
    if user is not None and user.locked_until is not None and user.locked_until > now:
        raise Unauthenticated(_locked(user.locked_until), "locked")
    good = _verified(user.password_hash if user else _NOBODY, password)
    if user is None or not user.is_active or not good:
        raise _refused(session, user, now, request_id)
    user.failed_logins, user.locked_until = 0, None
    if HASHER.check_needs_rehash(user.password_hash):
        user.password_hash = HASHER.hash(password)
    return user


def _verified(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _refused(session: Session, user: User | None, now: datetime, request_id: str | None) -> Unauthenticated:
    if user is None:
        return Unauthenticated(WRONG, "wrong_credentials")
    user.failed_logins += 1
    left = ALLOWED_FAILURES - user.failed_logins
    actor = Actor(user.id, user.username, user.display_name, None, (), request_id=request_id)
    log.record(session, actor, log.Action.SESSION_REFUSED, "user", user.username)
    if left <= 0:
        user.failed_logins, user.locked_until = 0, now + LOCKED_FOR
        return Unauthenticated(_locked(user.locked_until), "locked")
    return Unauthenticated(
        Words(f"{WRONG.vi} Còn {left} lần thử.", f"{WRONG.en} {left} attempts left."), "wrong_credentials"
    )


def _locked(until: datetime) -> Words:
    shown = until.astimezone(queries.LOCAL).strftime("%H:%M")
    return Words(f"Tài khoản tạm khóa đến {shown}.", f"The account is locked until {shown}.")


def start_session(session: Session, user: User, actor: Actor) -> tuple[str, str]:
    """A fresh browser session (never a reused key, so nothing can be fixated). Returns (key, csrf token)."""
    key, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        WebSession(
            key_hash=hashed(key), user_id=user.id, csrf=csrf, expires_at=datetime.now(UTC) + SESSION_LASTS
        )
    )
    session.flush()
    log.record(session, actor, log.Action.SESSION_START, "user", user.username)
    return key, csrf


def end_session(session: Session, actor: Actor, key: str) -> None:
    """Sign out: the session is dead on the server, whatever cookie is sent later."""
    session.execute(
        sa.update(WebSession).where(WebSession.key_hash == hashed(key)).values(ended_at=sa.func.now())
    )
    log.record(session, actor, log.Action.SESSION_END, "user", actor.username)


def create_token(
    session: Session,
    user: User,
    actor: Actor,
    *,
    name: str = "api",
    scopes: list[str] | None = None,
    lasts: timedelta = TOKEN_LASTS,
) -> tuple[str, datetime]:
    """A bearer token, shown once. Returns (token, expires at)."""
    known = {one.value for one in Permission} | {"fields:personal", "fields:sensitive"}
    unknown = sorted(set(scopes or []) - known)
    if unknown:
        raise Invalid(
            Words(f"Phạm vi không có: {', '.join(unknown)}.", f"Unknown scopes: {', '.join(unknown)}."),
            "unknown_scope",
            [Flaw("scopes", "unknown_scope", Words("Phạm vi không có.", "Unknown scope."))],
        )
    secret = "cbccvc_" + secrets.token_urlsafe(32)
    expires = datetime.now(UTC) + lasts
    session.add(
        Token(token_hash=hashed(secret), user_id=user.id, name=name, scopes=scopes or [], expires_at=expires)
    )
    session.flush()
    log.record(session, actor, log.Action.TOKEN_CREATE, "user", user.username, detail={"name": name})
    return secret, expires


def end_token(session: Session, actor: Actor, secret: str) -> None:
    """Revoke a token at once."""
    session.execute(sa.update(Token).where(Token.token_hash == hashed(secret)).values(ended_at=sa.func.now()))
    log.record(session, actor, log.Action.TOKEN_END, "user", actor.username)


def create_user(
    session: Session,
    actor: Actor,
    *,
    username: str,
    password: str,
    display_name: str,
    official_id: int | None = None,
) -> User:
    """A new account without any right; rights are grants."""
    require(actor, Permission.ACCESS_USER_MANAGE)
    username, display_name = (unicodedata.normalize("NFC", one).strip() for one in (username, display_name))
    flaws = []
    if not username.replace(".", "").replace("-", "").isalnum() or len(username) > 60:
        flaws.append(
            Flaw(
                "username",
                "username",
                Words(
                    "Tên đăng nhập gồm chữ, số, dấu chấm, gạch nối.",
                    "A user name has letters, digits, dots and hyphens.",
                ),
            )
        )
    if len(password) < SHORTEST_PASSWORD:
        flaws.append(
            Flaw(
                "password",
                "too_short",
                Words(
                    f"Mật khẩu từ {SHORTEST_PASSWORD} ký tự trở lên.",
                    f"A password has at least {SHORTEST_PASSWORD} characters.",
                ),
            )
        )
    if not display_name or len(display_name) > 200 or not display_name.isprintable():
        flaws.append(Flaw("display_name", "required", Words("Nhập họ tên.", "Give a name.")))
    if flaws:
        raise Invalid(Words("Chưa tạo được tài khoản.", "The account was not created."), "invalid", flaws)
    if session.scalar(sa.select(User.id).where(User.username == username)):
        raise Conflict(
            Words("Tên đăng nhập đã có người dùng.", "The user name is taken."),
            "username_taken",
            [Flaw("username", "taken", Words("Tên đăng nhập đã có người dùng.", "Taken."))],
        )
    user = User(
        username=username,
        password_hash=HASHER.hash(password),
        display_name=display_name,
        official_id=official_id,
    )
    session.add(user)
    session.flush()
    log.record(session, actor, log.Action.USER_CREATE, "user", username)
    return user


def grant_role(
    session: Session,
    actor: Actor,
    *,
    username: str,
    role: str,
    organization: str | None,
    valid_from: date,
    valid_to: date | None,
) -> Grant:
    """Give a role over a unit and everything under it."""
    require(actor, Permission.ACCESS_USER_MANAGE)
    user = session.scalar(sa.select(User).where(User.username == username))
    unit_id = session.scalar(
        sa.text("SELECT id FROM organization WHERE code = :code"), {"code": organization}
    )
    if user is None:
        raise not_found()
    flaws = []
    if role not in ROLES:
        flaws.append(Flaw("role", "unknown", Words("Vai trò không có.", "Unknown role.")))
    if organization is None and role not in UNITLESS:
        flaws.append(
            Flaw("organization", "required", Words("Vai trò này cần một đơn vị.", "This role needs a unit."))
        )
    if organization is not None and unit_id is None:
        flaws.append(
            Flaw("organization", "unknown", Words("Không có đơn vị với mã này.", "No unit has this code."))
        )
    if valid_to is not None and valid_to <= valid_from:
        flaws.append(
            Flaw("valid_to", "order", Words("Ngày hết hạn phải sau ngày bắt đầu.", "The end must be later."))
        )
    if user.id == actor.user_id:
        flaws.append(
            Flaw("username", "own", Words("Không tự cấp quyền cho mình.", "Nobody grants rights to oneself."))
        )
    if flaws:
        raise Invalid(Words("Chưa cấp được quyền.", "The right was not granted."), "invalid", flaws)
    grant = Grant(
        user_id=user.id,
        role=role,
        organization_id=unit_id,
        valid_from=valid_from,
        valid_to=valid_to,
        granted_by=actor.user_id or None,
    )
    session.add(grant)
    session.flush()
    log.record(
        session,
        actor,
        log.Action.GRANT_CREATE,
        "user",
        username,
        detail={"grant": grant.id, "role": role, "organization": organization},
    )
    return grant


def revoke_grant(session: Session, actor: Actor, grant_id: int, today: date) -> None:
    """End a grant today; rights are read on each request, so it is gone at once. One that had not begun never holds.

    Raises Conflict for a grant that has ended: its end is not moved.
    """
    require(actor, Permission.ACCESS_USER_MANAGE)
    grant = session.get(Grant, grant_id, with_for_update=True)
    if grant is None:
        raise not_found()
    if grant.valid_to is not None and grant.valid_to <= max(today, grant.valid_from):
        raise Conflict(Words("Quyền này đã hết hiệu lực.", "This right has ended already."), "grant_ended")
    user = session.get_one(User, grant.user_id)
    grant.valid_to = max(today, grant.valid_from)
    session.flush()
    log.record(session, actor, log.Action.GRANT_END, "user", user.username, detail={"grant": grant.id})


def create_program_token(
    session: Session,
    actor: Actor,
    *,
    username: str,
    name: str,
    scopes: list[str],
    lasts: timedelta,
    today: date,
) -> tuple[Token, str]:
    """A token for a program's account, with the scopes written on it; the secret is returned once.

    Only accounts whose every right is that of a program get one: nobody makes a token that acts as a person. Scopes
    are permissions of the role and classes of fields; none at all would mean all rights, so at least one is needed.
    """
    require(actor, Permission.ACCESS_USER_MANAGE)
    user = session.scalar(sa.select(User).where(User.username == username))
    program = queries.find_by_username(session, username, today)
    if user is None or program is None:
        raise not_found()
    if set(program.roles) != {PROGRAM}:
        raise Conflict(
            Words(
                "Chỉ tạo mã cho tài khoản của hệ thống kết nối (vai trò client).",
                "Tokens are made for accounts of programs (role client) only.",
            ),
            "not_a_program",
        )
    allowed = {one.value for one in ROLE_PERMISSIONS[PROGRAM]} | set(SCOPE_FIELD_CLASSES)
    flaws = [
        Flaw("scopes", "unknown_scope", Words(f"Không có phạm vi “{one}”.", f"There is no scope “{one}”."))
        for one in sorted(set(scopes) - allowed)
    ]
    if not scopes:
        flaws.append(
            Flaw("scopes", "required", Words("Ghi ít nhất một phạm vi.", "Give at least one scope."))
        )
    if flaws:
        raise Invalid(Words("Chưa tạo được mã.", "The token was not made."), "invalid", flaws)
    secret, _ = create_token(session, user, actor, name=name, scopes=sorted(set(scopes)), lasts=lasts)
    token = session.scalars(sa.select(Token).where(Token.token_hash == hashed(secret))).one()
    return token, secret


def end_program_token(session: Session, actor: Actor, username: str, token_id: int) -> None:
    """Revoke a program's token at once. Raises NotFound for one that is not this account's, Conflict for an ended one."""
    require(actor, Permission.ACCESS_USER_MANAGE)
    token = session.scalar(
        sa.select(Token)
        .join(User, User.id == Token.user_id)
        .where(Token.id == token_id, User.username == username, Token.scopes != [])
        .with_for_update(of=Token)
    )
    if token is None:
        raise not_found()
    if token.ended_at is not None:
        raise Conflict(Words("Mã này đã thu hồi.", "This token was revoked already."), "token_ended")
    token.ended_at = datetime.now(UTC)
    session.flush()
    log.record(session, actor, log.Action.TOKEN_END, "user", username, detail={"token": token_id})


def set_active(session: Session, actor: Actor, username: str, active: bool) -> None:
    """Close or reopen an account; its sessions and tokens stop with it."""
    require(actor, Permission.ACCESS_USER_MANAGE)
    user = session.scalar(sa.select(User).where(User.username == username))
    if user is None:
        raise not_found()
    if user.id == actor.user_id:
        raise Conflict(
            Words("Không tự khóa tài khoản của mình.", "Nobody closes the own account."), "own_account"
        )
    user.is_active = active
    session.flush()
    log.record(session, actor, log.Action.USER_CHANGE, "user", username, detail={"active": active})
