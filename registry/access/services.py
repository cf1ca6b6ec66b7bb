"""Signing in and out, tokens, users and grants."""

import hashlib
import hmac
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from registry import clock
from registry.access import limits, passwords, queries
from registry.access.actor import Actor
from registry.access.holding import GIVEN_UP
from registry.access.models import ROLES, Grant, KnownSource, PendingSignIn, Token, User, WebSession
from registry.access.permissions import NATIONAL, ROLE_PERMISSIONS, SCOPE_FIELD_CLASSES, Permission
from registry.access.policy import require
from registry.access.recent import require_recent
from registry.audit import log
from registry.errors import Conflict, Flaw, Invalid, Unauthenticated, not_found
from registry.texts import find_odd
from registry.words import Words

UNITLESS = NATIONAL | {"administrator"}
"""Roles that may be granted without a unit: their rights do not depend on one."""
PROGRAM = "client"
SESSION_LASTS = timedelta(hours=10)
SESSION_IDLE = timedelta(minutes=30)
TOKEN_LASTS = timedelta(hours=12)
CODE_LASTS = timedelta(minutes=5)
"""How long a browser may take between the first step and the second factor."""
SOURCE_KNOWN = timedelta(days=30)

WRONG = Words("Tên đăng nhập hoặc mật khẩu chưa đúng.", "The user name or the password is wrong.")


def hashed(secret: str) -> bytes:
    """What is stored of a session key or token: enough to recognise it, useless to whoever reads the table."""
    return hashlib.sha256(secret.encode(errors="replace")).digest()


# Passwords and tries


@dataclass(frozen=True)
class Door:
    """Where somebody knocks: `source` is the address as far as it is known, '' when it is not; `demo`: whether the
    published demonstration accounts are let in, which they are not in production."""

    source: str = ""
    demo: bool = True
    request_id: str | None = None


UNUSED_LASTS = timedelta(days=45)
"""An account that nobody signed in to for so long lets nobody in until an administrator opens it again."""
UNUSED = Words(
    "Tài khoản không dùng quá 45 ngày nên đã tạm khóa. Nhờ quản trị viên của cơ quan mở lại rồi đăng nhập.",
    "Nobody has used this account for 45 days, so it is locked. Ask your administrator to open it again, then sign in.",
)


def check_password(session: Session, username: str, password: str, door: Door) -> User:
    """The user, if name and password agree.

    Wrong tries are counted by account and source, by account and by source (registry.access.limits), for names nobody
    has in the same way and at the same cost. Raises TooMany, with nothing counted, before the password is looked at;
    Unauthenticated, after which the caller must commit all the same, so that the failure is counted.
    """
    with counted_try(session, username, door) as tried:
        user = session.scalar(sa.select(User).where(User.username == username))
        good = passwords.matches(user.password_hash if user else passwords.NOBODY, password)
        if user is None or not good or not may_enter(user, door):
            raise tried.refused(user, WRONG)
    refuse_unused(session, user, door)
    if passwords.HASHER.check_needs_rehash(user.password_hash):
        user.password_hash = passwords.stored(password)
    return user


def refuse_unused(session: Session, user: User, door: Door) -> None:
    """Raise Unauthenticated for an account that was not used for long; told to nobody who has not shown that it is theirs."""
    if user.is_demo or user.used_at > clock.now() - UNUSED_LASTS:
        return
    who = Actor(user.id, user.username, user.display_name, None, (), request_id=door.request_id)
    detail = {"step": "unused", "since": user.used_at.date().isoformat()}
    log.record(session, who, log.Action.SESSION_REFUSED, "user", user.username, detail=detail)
    raise Unauthenticated(UNUSED, "account_unused")


@dataclass
class Try:
    """One try at an account through a door: counted beforehand, taken back when it was good."""

    session: Session
    username: str
    door: Door
    keys: list[bytes]
    so_far: int

    def refused(self, user: User | None, words: Words) -> Unauthenticated:
        """The error for a failure, which is on the trail; of an unknown name the trail does not keep what was typed."""
        source = self.door.source
        if source:
            limits.add(self.session, limits.SOURCE, limits.bucket(limits.SOURCE, source))
        limits.forget_old(self.session)
        name = user.username if user else ""
        who = Actor(
            user.id if user else 0,
            name,
            user.display_name if user else "",
            None,
            (),
            request_id=self.door.request_id,
        )
        log.record(self.session, who, log.Action.SESSION_REFUSED, "user", name)
        left = limits.PAIR.most - self.so_far
        if left > 0:
            return Unauthenticated(
                Words(f"{words.vi} Còn {left} lần thử.", f"{words.en} {left} attempts left."),
                "wrong_credentials",
            )
        until = clock.now() + limits.PAIR.period
        if user is not None:
            user.locked_until = until
            self.session.flush()
        return Unauthenticated(_locked(until), "locked")


def refuse_full(session: Session, door: Door) -> None:
    """Raise TooMany when too much has failed from this source."""
    if door.source:
        limits.refuse(session, limits.SOURCE, limits.bucket(limits.SOURCE, door.source))


def refuse_stranger(session: Session, door: Door, why: str) -> None:
    """Count and tell the trail of a sign-in by another authority that was refused; of whom is not known."""
    if door.source:
        limits.add(session, limits.SOURCE, limits.bucket(limits.SOURCE, door.source))
    limits.forget_old(session)
    nobody = Actor(0, "", "", None, (), request_id=door.request_id)
    detail = {"step": AUTHORITY, "why": why}
    log.record(session, nobody, log.Action.SESSION_REFUSED, "user", "", detail=detail)


@contextmanager
def counted_try(session: Session, username: str, door: Door) -> Iterator[Try]:
    """Around one try at an account; it stays counted when the block raises. Tries at one account wait for each other."""
    refuse_full(session, door)
    limits.one_at_a_time(session, username)
    pair = limits.bucket(limits.PAIR, username, door.source)
    keys, so_far = [pair], limits.take(session, limits.PAIR, pair)
    if not _known_source(session, username, door.source):
        anywhere = limits.bucket(limits.ACCOUNT, username)
        limits.take(session, limits.ACCOUNT, anywhere)
        keys.append(anywhere)
    yield Try(session, username, door, keys, so_far)
    for key in keys:
        limits.give_back(session, key)


def _known_source(session: Session, username: str, source: str) -> bool:
    """Whether the account signed in from there lately: then tries from elsewhere do not shut it out."""
    found = session.scalar(
        sa.select(
            sa.exists()
            .where(KnownSource.user_id == User.id, User.username == username)
            .where(KnownSource.source == hashed(source), KnownSource.last_at > sa.func.now() - SOURCE_KNOWN)
        )
    )
    return bool(found)


def welcome(session: Session, user: User, door: Door) -> bool:
    """Somebody has signed in whole: earlier failures from here are forgotten, and the place is known.

    Whether it is a new place for an account that is known to have others.
    """
    elsewhere = sa.select(sa.exists().where(KnownSource.user_id == user.id))
    new = bool(door.source and session.scalar(elsewhere)) and not _known_source(
        session, user.username, door.source
    )
    limits.clear(session, limits.bucket(limits.PAIR, user.username, door.source))
    user.locked_until, user.used_at = None, clock.now()
    session.execute(
        insert(KnownSource)
        .values(user_id=user.id, source=hashed(door.source), last_at=sa.func.now())
        .on_conflict_do_update(
            index_elements=[KnownSource.user_id, KnownSource.source], set_={"last_at": sa.func.now()}
        )
    )
    session.execute(
        sa.delete(KnownSource).where(
            KnownSource.user_id == user.id, KnownSource.last_at < sa.func.now() - SOURCE_KNOWN
        )
    )
    return new


def _locked(until: datetime) -> Words:
    shown = until.astimezone(queries.LOCAL).strftime("%H:%M")
    return Words(
        f"Quá nhiều lần nhập sai: tạm khóa đến {shown}.", f"Too many wrong tries: locked until {shown}."
    )


# Between the first step and the second factor

PASSWORD, AUTHORITY = "password", "authority"
"""By what a sign-in began: the own password, or the word of another authority."""


@dataclass(frozen=True)
class Pending:
    """A sign-in whose first step was right: whose account, and by what it began."""

    user: User
    began_by: str


def start_pending(session: Session, user: User, began_by: str = PASSWORD) -> str:
    """Remember that this browser's first step was right; the key goes into its cookie. No session, no right comes of it."""
    key = secrets.token_urlsafe(32)
    session.execute(sa.delete(PendingSignIn).where(PendingSignIn.expires_at < sa.func.now()))
    session.add(
        PendingSignIn(
            key_hash=hashed(key),
            user_id=user.id,
            began_by=began_by,
            expires_at=clock.now() + CODE_LASTS,
        )
    )
    session.flush()
    return key


def find_pending(session: Session, key: str, door: Door) -> Pending | None:
    """The account whose second factor this browser may still give."""
    found = session.execute(
        sa.select(User, PendingSignIn.began_by)
        .join(PendingSignIn, PendingSignIn.user_id == User.id)
        .where(PendingSignIn.key_hash == hashed(key), PendingSignIn.expires_at > sa.func.now())
    ).one_or_none()
    if found is None or not may_enter(found[0], door):
        return None
    return Pending(*found)


def may_enter(user: User, door: Door) -> bool:
    """Whether the account is open, and is none of the published ones where those are shut out."""
    return user.is_active and (door.demo or not user.is_demo)


def end_pending(session: Session, user_id: int) -> None:
    """No browser waits for a code of this account any more."""
    session.execute(sa.delete(PendingSignIn).where(PendingSignIn.user_id == user_id))


# Sessions


def start_session(
    session: Session,
    user: User,
    actor: Actor,
    agent: str = "",
    *,
    by: str = PASSWORD,
    new_place: bool = False,
) -> tuple[str, str]:
    """A fresh browser session (never a reused key, so nothing can be fixated). Returns (key, csrf token).

    `by`: how one signed in, for the trail, such as 'password' or 'password+key'.
    """
    key, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.add(
        WebSession(
            key_hash=hashed(key),
            user_id=user.id,
            csrf=csrf,
            agent=agent,
            expires_at=clock.now() + SESSION_LASTS,
            new_place=new_place,
            proved_at=clock.now() if WITH_FACTOR in by else None,
        )
    )
    session.flush()
    _end_oldest(session, actor, WebSession, MOST_SESSIONS)
    log.record(session, actor, log.Action.SESSION_START, "user", user.username, detail={"by": by})
    return key, csrf


MOST_SESSIONS, MOST_TOKENS = 10, 50
"""Browsers and personal tokens of one account at a time: one more ends the oldest."""
WITH_FACTOR = "+"
"""In what a sign-in was by, when a second factor was given: 'password+app'."""


def _end_oldest(session: Session, actor: Actor, model: type[WebSession | Token], most: int) -> None:
    """End what is too many of an account's sessions or personal tokens, the oldest first."""
    mine = [model.user_id == actor.user_id, model.ended_at.is_(None), model.expires_at > sa.func.now()]
    if model is Token:
        mine.append(Token.scopes == [])
    kept = sa.select(model.uid).where(*mine).order_by(model.created_at.desc(), model.uid.desc()).limit(most)
    ended = session.scalars(
        sa.update(model)
        .where(*mine, model.uid.not_in(kept))
        .values(ended_at=sa.func.now())
        .returning(model.uid)
        .execution_options(synchronize_session=False)
    ).all()
    if ended:
        action = log.Action.TOKEN_END if model is Token else log.Action.SESSION_END
        detail = {"oldest_of_too_many": len(ended)}
        log.record(session, actor, action, "user", actor.username, detail=detail)


def mark_proved(session: Session, actor: Actor, key: str) -> None:
    """This browser's session, or the token, has just given its second factor again."""
    for model, digest in ((WebSession, WebSession.key_hash), (Token, Token.token_hash)):
        session.execute(sa.update(model).where(digest == hashed(key)).values(proved_at=sa.func.now()))
    log.record(session, actor, log.Action.FACTOR_AGAIN, "user", actor.username)


def end_session(session: Session, actor: Actor, key: str) -> None:
    """Sign out: the session is dead on the server, whatever cookie is sent later."""
    session.execute(
        sa.update(WebSession).where(WebSession.key_hash == hashed(key)).values(ended_at=sa.func.now())
    )
    log.record(session, actor, log.Action.SESSION_END, "user", actor.username)


def end_own(session: Session, actor: Actor, uid: str) -> None:
    """End one own session or personal token. Raises NotFound for one that is not there, not one's own, or ended."""
    require(actor, Permission.ACCESS_OWN_SECURE)
    for model, action in ((WebSession, log.Action.SESSION_END), (Token, log.Action.TOKEN_END)):
        mine = [model.uid == uid, model.user_id == actor.user_id, model.ended_at.is_(None)]
        if model is Token:
            mine.append(Token.scopes == [])
        ended = session.scalar(
            sa.update(model).where(*mine).values(ended_at=sa.func.now()).returning(model.uid)
        )
        if ended is not None:
            log.record(session, actor, action, "user", actor.username, detail={"session": str(uid)})
            return
    raise not_found()


def end_everywhere(session: Session, actor: Actor) -> int:
    """Sign out everywhere: every browser session and personal token of one's own, this one too. How many ended."""
    require(actor, Permission.ACCESS_OWN_SECURE)
    ended = end_all(session, actor.user_id)
    log.record(session, actor, log.Action.SESSION_END, "user", actor.username, detail={"everywhere": ended})
    return ended


def end_all(session: Session, user_id: int, *, but: str | None = None) -> int:
    """End the browser sessions and personal tokens of an account, but for the session or token with the key `but`.

    Tokens of programs (with scopes) stay: administrators make and revoke them.
    """
    kept = hashed(but) if but else b""
    ended = 0
    for model, digest in ((WebSession, WebSession.key_hash), (Token, Token.token_hash)):
        which = [model.user_id == user_id, model.ended_at.is_(None), digest != kept]
        if model is Token:
            which.append(Token.scopes == [])
        rows = session.scalars(
            sa.update(model).where(*which).values(ended_at=sa.func.now()).returning(model.user_id)
        )
        ended += len(rows.all())
    end_pending(session, user_id)
    return ended


# The own password


def prove(session: Session, actor: Actor, password: str, door: Door) -> User:
    """Whoever is signed in gives the own password again, counted as when signing in."""
    require(actor, Permission.ACCESS_OWN_SECURE)
    return check_password(session, actor.username, password, door)


def change_password(
    session: Session, actor: Actor, *, old: str, new: str, door: Door, key: str | None
) -> None:
    """A new password for the own account; every session and personal token ends but the one with this key.

    Raises Unauthenticated (counted: the caller commits) for a wrong old one, Invalid for a new one that will not do.
    """
    user = prove(session, actor, old, door)
    flaws = passwords.flaws_of(new, user.username, "new")
    if not flaws and hmac.compare_digest(old.encode(errors="replace"), new.encode(errors="replace")):
        flaws = [
            Flaw("new", "same", Words("Mật khẩu mới phải khác mật khẩu cũ.", "Choose a different password."))
        ]
    if flaws:
        raise Invalid(Words("Chưa đổi mật khẩu.", "The password was not changed."), "invalid", flaws)
    user.password_hash = passwords.stored(new)
    session.flush()
    ended = end_all(session, user.id, but=key)
    log.record(session, actor, log.Action.PASSWORD_CHANGE, "user", user.username, detail={"ended": ended})


# Tokens


def create_token(
    session: Session,
    user: User,
    actor: Actor,
    *,
    name: str = "api",
    scopes: list[str] | None = None,
    lasts: timedelta = TOKEN_LASTS,
    agent: str = "",
    by: str | None = None,
    asked_by: int | None = None,
) -> tuple[str, datetime]:
    """A bearer token, shown once. Returns (token, expires at). `by`: how somebody signed in for it. With `asked_by` it waits
    for another administrator.
    """
    known = {one.value for one in Permission} | {"fields:personal", "fields:sensitive"}
    unknown = sorted(set(scopes or []) - known)
    if unknown:
        raise Invalid(
            Words(f"Phạm vi không có: {', '.join(unknown)}.", f"Unknown scopes: {', '.join(unknown)}."),
            "unknown_scope",
            [Flaw("scopes", "unknown_scope", Words("Phạm vi không có.", "Unknown scope."))],
        )
    secret = "cbccvc_" + secrets.token_urlsafe(32)
    expires = clock.now() + lasts
    session.add(
        Token(
            token_hash=hashed(secret),
            user_id=user.id,
            name=name,
            agent=agent,
            scopes=scopes or [],
            expires_at=expires,
            asked_by=asked_by,
            proved_at=clock.now() if by and WITH_FACTOR in by else None,
        )
    )
    session.flush()
    if not scopes:
        _end_oldest(session, actor, Token, MOST_TOKENS)
    detail = {"name": name} | ({"by": by} if by else {})
    log.record(session, actor, log.Action.TOKEN_CREATE, "user", user.username, detail=detail)
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
    flaws += passwords.flaws_of(password, username)
    if (
        not display_name
        or len(display_name) > 200
        or not display_name.isprintable()
        or find_odd(display_name)
    ):
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
        password_hash=passwords.stored(password),
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
    """Give a role over a unit and everything under it. It holds when another administrator has confirmed it (confirm_grant);
    what the operator of the machine gives holds at once.

    Raises NotFound, Invalid with every flaw: administrators and programs get no role besides.
    """
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
    _flush_right(session)
    log.record(
        session,
        actor,
        log.Action.GRANT_CREATE,
        "user",
        username,
        detail={"grant": grant.id, "role": role, "organization": organization},
    )
    return grant


APART = Words(
    "Tài khoản quản trị viên hoặc hệ thống kết nối không mang thêm vai trò khác. Dùng một tài khoản riêng.",
    "Accounts of administrators and of programs hold no other role. Use another account.",
)


SECOND = Words(
    "Cần hai quản trị viên khác nhau: người đưa ra không tự xác nhận, chủ tài khoản cũng không.",
    "Two administrators are needed: neither who gave it nor whose account it is confirms it.",
)


def _flush_right(session: Session) -> None:
    """Write a right or a token; the constraints say in their own way what was checked, and what only they know: that two
    accounts belong to one official, that an account would be administrator and something else."""
    try:
        session.flush()
    except sa.exc.IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", "") or ""
        if name == "ex_access_grant_apart":
            raise Invalid(APART, "invalid", [Flaw("role", "apart", APART)]) from error
        if name.endswith(("_two_officers", "_for_another")):
            raise Conflict(SECOND, "same_person") from error
        raise


def confirm_grant(session: Session, actor: Actor, grant_id: int, today: date) -> Grant:
    """Confirm a right that another administrator gave; from now on it holds in its days.

    Raises NotFound, Conflict for whoever gave it or is given it, and for one that waits no more.
    """
    require(actor, Permission.ACCESS_USER_MANAGE)
    grant = session.get(Grant, grant_id, with_for_update=True)
    if grant is None:
        raise not_found()
    ended = grant.valid_to is not None and grant.valid_to <= max(today, grant.valid_from)
    if grant.granted_by is None or grant.confirmed_at is not None or ended:
        raise Conflict(
            Words("Quyền này không chờ xác nhận nữa.", "This right waits no more."), "grant_waits_no_more"
        )
    if actor.user_id in (grant.granted_by, grant.user_id):
        raise Conflict(SECOND, "same_person")
    require_recent(actor)
    user = session.get_one(User, grant.user_id)
    grant.confirmed_by, grant.confirmed_at = actor.user_id, clock.now()
    _flush_right(session)
    log.record(
        session,
        actor,
        log.Action.GRANT_CONFIRM,
        "user",
        user.username,
        detail={"grant": grant.id, "role": grant.role},
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
    session.info[GIVEN_UP] = user.id == actor.user_id
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
    """A token for a program's account, with the scopes written on it; the secret is returned once, and opens nothing until
    another administrator has confirmed it.

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
    secret, _ = create_token(
        session, user, actor, name=name, scopes=sorted(set(scopes)), lasts=lasts, asked_by=actor.user_id
    )
    token = session.scalars(sa.select(Token).where(Token.token_hash == hashed(secret))).one()
    return token, secret


def confirm_program_token(session: Session, actor: Actor, username: str, token_id: int) -> None:
    """Confirm a program's token that another administrator asked for. Raises NotFound, Conflict as for a right."""
    require(actor, Permission.ACCESS_USER_MANAGE)
    token = _program_token(session, username, token_id)
    if token.asked_by is None or token.confirmed_at is not None or token.ended_at is not None:
        raise Conflict(
            Words("Mã này không chờ xác nhận nữa.", "This token waits no more."), "token_waits_no_more"
        )
    if token.asked_by == actor.user_id:
        raise Conflict(SECOND, "same_person")
    require_recent(actor)
    token.confirmed_by, token.confirmed_at = actor.user_id, clock.now()
    _flush_right(session)
    log.record(session, actor, log.Action.TOKEN_CONFIRM, "user", username, detail={"token": token_id})


def _program_token(session: Session, username: str, token_id: int) -> Token:
    token: Token | None = session.scalar(
        sa.select(Token)
        .join(User, User.id == Token.user_id)
        .where(Token.id == token_id, User.username == username, Token.scopes != [])
        .with_for_update(of=Token)
    )
    if token is None:
        raise not_found()
    return token


def end_program_token(session: Session, actor: Actor, username: str, token_id: int) -> None:
    """Revoke a program's token at once. Raises NotFound for one that is not this account's, Conflict for an ended one."""
    require(actor, Permission.ACCESS_USER_MANAGE)
    token = _program_token(session, username, token_id)
    if token.ended_at is not None:
        raise Conflict(Words("Mã này đã thu hồi.", "This token was revoked already."), "token_ended")
    token.ended_at = clock.now()
    session.flush()
    log.record(session, actor, log.Action.TOKEN_END, "user", username, detail={"token": token_id})


def set_active(session: Session, actor: Actor, username: str, active: bool) -> None:
    """Close or reopen an account. Its sessions and personal tokens end with it and do not come back; tokens of a program rest."""
    require(actor, Permission.ACCESS_USER_MANAGE)
    user = session.scalar(sa.select(User).where(User.username == username))
    if user is None:
        raise not_found()
    if user.id == actor.user_id:
        raise Conflict(
            Words("Không tự khóa tài khoản của mình.", "Nobody closes the own account."), "own_account"
        )
    user.is_active = active
    if active:
        user.used_at = clock.now()
    session.flush()
    if not active:
        end_all(session, user.id)
    log.record(session, actor, log.Action.USER_CHANGE, "user", username, detail={"active": active})
