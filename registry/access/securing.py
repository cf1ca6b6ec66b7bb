"""What protects the own account: proving again who one is, then changing app, keys, recovery codes and ties."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.access import factors, keys, once
from registry.access.actor import Actor
from registry.access.models import User
from registry.access.services import Door, end_all, mark_proved, prove
from registry.audit import log
from registry.errors import Conflict, Unauthenticated, Unavailable
from registry.words import Words

TIE = "tie"
"""Purpose of a permit to go to another authority and come back tied to it."""
ONLY_KEY = Words(
    "Ở đây chỉ nhận khóa bảo mật, không nhận mã. Cắm hoặc chạm khóa của bạn.",
    "A security key is asked for here, no code. Use your key.",
)
NO_FACTOR = Words(
    "Tài khoản chưa có xác thực hai lớp. Bật trên trang Tài khoản và bảo mật.",
    "The account has no second factor. Turn it on, on the page of your account.",
)
NO_SITE = Words(
    "Chưa dùng được khóa bảo mật: máy chủ chưa đặt địa chỉ công khai (REGISTRY_PUBLIC_URL).",
    "Security keys are off: the server has no public address (REGISTRY_PUBLIC_URL).",
)


@dataclass(frozen=True)
class Given:
    """A second factor as it was given: a code, or what a security key answered (JSON text)."""

    code: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Desk:
    """Where somebody gives a second factor: through which door, in which browser (the secret of its cookie), at which site.

    `key_required`: an account that has a security key gives it and no code.
    """

    door: Door
    secret_key: bytes
    browser: str
    site: keys.Site | None
    key_required: bool = False

    def asked(self, purpose: str, user_id: int) -> keys.Asked:
        """A challenge for a key. Raises Unavailable where there is no site to bind it to."""
        if self.site is None:
            raise Unavailable(NO_SITE, "no_public_url")
        return keys.Asked(self.site, self.secret_key, purpose, user_id, self.browser)

    def options(self, session: Session, purpose: str, user_id: int) -> str:
        """What the browser needs to ask for a key of the account; '' when there is none or no site."""
        return keys.options(session, self.asked(purpose, user_id)) if self.site else ""


def take(session: Session, user: User, desk: Desk, purpose: str, given: Given) -> str:
    """Take a second factor of the account, whichever was given; which it was: 'key', 'app' or 'recovery'.

    Raises Unauthenticated (the caller commits, so that it is counted) and TooMany.
    """
    if given.answer:
        asked = desk.asked(purpose, user.id)
        keys.check(session, user, asked, given.answer, request_id=desk.door.request_id)
        return factors.KEY
    if takes_only_keys(session, user.id, desk):
        raise Unauthenticated(ONLY_KEY, "key_required")
    return factors.check(session, user, given.code, desk.secret_key, request_id=desk.door.request_id)


def takes_only_keys(session: Session, user_id: int, desk: Desk) -> bool:
    """Whether codes are worth nothing for this account."""
    return desk.key_required and factors.KEY in factors.kinds(session, user_id)


def give_again(session: Session, actor: Actor, desk: Desk, given: Given, key: str) -> None:
    """Give the second factor once more in a session or with a token (`key`), before what asks for it (registry.access.recent).

    Raises Unauthenticated (the caller commits, so that it is counted), TooMany, Conflict for an account that has none.
    """
    user = session.get_one(User, actor.user_id)
    if not factors.kinds(session, user.id):
        raise Conflict(NO_FACTOR, "no_second_factor")
    take(session, user, desk, keys.PROVE, given)
    mark_proved(session, actor, key)


def prove_whole(session: Session, actor: Actor, desk: Desk, password: str, given: Given) -> User:
    """Password, and a second factor if the account has one: what a session left open is not enough for."""
    user = prove(session, actor, password, desk.door)
    if factors.kinds(session, user.id):
        take(session, user, desk, keys.PROVE, given)
    return user


def add_app(
    session: Session, actor: Actor, desk: Desk, password: str, given: Given, first_code: str
) -> list[str]:
    """Turn the app on by its first code. Returns the recovery codes, shown once. Other sessions and personal tokens end."""
    user = prove_whole(session, actor, desk, password, given)
    codes = factors.confirm(session, actor, first_code, desk.secret_key)
    end_all(session, user.id, but=desk.browser)
    return codes


def renew_recovery_codes(
    session: Session, actor: Actor, desk: Desk, password: str, given: Given
) -> list[str]:
    """Ten new recovery codes in place of the old ones."""
    prove_whole(session, actor, desk, password, given)
    return factors.renew_codes(session, actor, desk.secret_key)


def remove_app(session: Session, actor: Actor, desk: Desk, password: str, given: Given) -> None:
    """Turn the app off. A role that needs a second factor and has no other then does nothing until there is one."""
    user = prove_whole(session, actor, desk, password, given)
    factors.drop_app(session, user.id)
    log.record(session, actor, log.Action.FACTOR_DROP, "user", user.username)


def ask_for_key(
    session: Session, actor: Actor, desk: Desk, password: str, given: Given, name: str
) -> tuple[str, str]:
    """(name as it is kept, what the browser needs to make a credential): good for this browser, once, for five minutes."""
    name = keys.name_of(name)
    user = prove_whole(session, actor, desk, password, given)
    return name, keys.options_to_add(session, desk.asked(keys.REGISTER, user.id), user.username)


def add_key(session: Session, actor: Actor, desk: Desk, name: str, answer: str) -> list[str]:
    """Keep the key made for `ask_for_key`. Returns recovery codes where there were none; others' sessions end."""
    keys.add(session, actor, desk.asked(keys.REGISTER, actor.user_id), name, answer)
    end_all(session, actor.user_id, but=desk.browser)
    if factors.state(session, actor.user_id)["codes"]:
        return []
    return factors.fresh_codes(session, actor.user_id, desk.secret_key)


def remove_key(session: Session, actor: Actor, desk: Desk, password: str, given: Given, uid: str) -> None:
    """Take a key away; with the last factor the recovery codes go too. Raises NotFound for a key of nobody or somebody else."""
    user = prove_whole(session, actor, desk, password, given)
    keys.remove(session, actor, uid)
    factors.drop_idle_codes(session, user.id)


def permit_tie(session: Session, actor: Actor, desk: Desk, password: str, given: Given) -> str:
    """A permit to be tied to another authority, for this browser, once, for five minutes."""
    user = prove_whole(session, actor, desk, password, given)
    return once.give(desk.secret_key, TIE, user.id, desk.browser)
