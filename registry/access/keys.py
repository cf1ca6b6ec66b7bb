"""Security keys (WebAuthn): a second factor that works for this site's address alone, so that no other can pass it on.

What a browser sends is read and its signature checked by `fido2`; what is added here is what its answer is worth: a challenge
is bound to account, browser and purpose and taken once, only the account's own keys count, counters never go back, and wrong
answers count with wrong codes. Attestation is not asked for: which make of key somebody has is nobody's business.
"""

import hmac
import json
import logging
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from fido2.cose import CoseKey
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationConveyancePreference,
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialParameters,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialType,
    PublicKeyCredentialUserEntity,
    RegistrationResponse,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from sqlalchemy.orm import Session

from registry.access import factors, limits, once
from registry.access.actor import Actor
from registry.access.models import SecurityKey, User
from registry.audit import log
from registry.errors import Conflict, Flaw, Invalid, Unauthenticated, not_found
from registry.words import Words

logging.getLogger("fido2").setLevel(logging.WARNING)  # it tells credential ids at the level below

SIGN_IN, PROVE, REGISTER = "sign-in", "prove", "register"
"""What a challenge is for; one of them is worth nothing for another."""
ALGORITHMS = (-7, -8, -257)
"""ES256, Ed25519, RS256: what keys and phones have, and nothing broken."""
MOST_KEYS = 10
NAME_LONGEST = 60
ANSWER_LONGEST = 20_000
PREFERRED = UserVerificationRequirement.PREFERRED
"""A PIN or finger on the key where it has one; the password has been given besides."""
WRONG_KEY = Words(
    "Khóa bảo mật chưa được chấp nhận. Thử lại với khóa đã đăng ký cho tài khoản này.",
    "The security key was not accepted. Try again with a key of this account.",
)
NOT_ADDED = Words(
    "Chưa thêm được khóa: trình duyệt trả lời không đúng hoặc quá 5 phút. Làm lại từ đầu.",
    "The key was not added: the browser's answer was wrong or took more than 5 minutes. Start again.",
)


@dataclass(frozen=True)
class Site:
    """Where browsers find the service; keys are bound to it. Never taken from what a request says."""

    origin: str

    def server(self) -> Fido2Server:
        """What checks answers of keys for this site and for no other."""
        found = Fido2Server(
            PublicKeyCredentialRpEntity(name=factors.ISSUER, id=urlsplit(self.origin).hostname or ""),
            attestation=AttestationConveyancePreference.NONE,
            verify_origin=lambda origin: origin == self.origin,
        )
        found.allowed_algorithms = [
            PublicKeyCredentialParameters(type=PublicKeyCredentialType.PUBLIC_KEY, alg=alg)
            for alg in ALGORITHMS
        ]
        return found


@dataclass(frozen=True)
class Asked:
    """To whom a challenge is given: the purpose, the account, and the secret that this browser's cookie holds."""

    site: Site
    secret_key: bytes
    purpose: str
    user_id: int
    browser: str

    @property
    def bound(self) -> tuple[object, ...]:
        return (self.purpose, self.user_id, self.browser)


class _Refused(Exception):
    """The answer of a browser will not do; the message is for the trail, not for whoever sent it."""


# Keys of an account


def list_keys(session: Session, user_id: int) -> list[dict[str, Any]]:
    """{uid, name, added_at, used_at} of each key, the oldest first."""
    rows = session.execute(
        sa.select(SecurityKey.uid, SecurityKey.name, SecurityKey.added_at, SecurityKey.used_at)
        .where(SecurityKey.user_id == user_id)
        .order_by(SecurityKey.id)
    )
    return [dict(row._mapping) for row in rows]


def options(session: Session, asked: Asked) -> str:
    """What a browser needs to ask for a key of the account, as JSON text; '' when the account has none."""
    known = _descriptors(session, asked.user_id)
    if not known:
        return ""
    challenge = once.give(asked.secret_key, *asked.bound)
    made, _ = asked.site.server().authenticate_begin(
        known, user_verification=PREFERRED, challenge=once.read(challenge)
    )
    return json.dumps(dict(made)["publicKey"])


def options_to_add(session: Session, asked: Asked, username: str) -> str:
    """What a browser needs to make a new credential, as JSON text. Raises Conflict for an account with ten keys.

    The key learns the user name, to show it, and a handle that says nothing elsewhere.
    """
    known = _descriptors(session, asked.user_id)
    if len(known) >= MOST_KEYS:
        raise Conflict(
            Words(
                f"Mỗi tài khoản có nhiều nhất {MOST_KEYS} khóa.", f"An account has at most {MOST_KEYS} keys."
            ),
            "too_many_keys",
        )
    handle = hmac.digest(
        factors.derived(asked.secret_key, b"user handle"), str(asked.user_id).encode(), "sha256"
    )
    made, _ = asked.site.server().register_begin(
        PublicKeyCredentialUserEntity(name=username, id=handle, display_name=username),
        known,
        resident_key_requirement=ResidentKeyRequirement.DISCOURAGED,
        user_verification=PREFERRED,
        challenge=once.read(once.give(asked.secret_key, *asked.bound)),
    )
    return json.dumps(dict(made)["publicKey"])


def _descriptors(session: Session, user_id: int) -> list[PublicKeyCredentialDescriptor]:
    known = session.scalars(sa.select(SecurityKey.credential_id).where(SecurityKey.user_id == user_id))
    return [
        PublicKeyCredentialDescriptor(type=PublicKeyCredentialType.PUBLIC_KEY, id=bytes(one)) for one in known
    ]


def name_of(typed: str) -> str:
    """The name of a key as it is kept. Raises Invalid for none, or one that is too long or cannot be shown."""
    name = " ".join(unicodedata.normalize("NFC", typed).split())
    if not name or len(name) > NAME_LONGEST or not name.isprintable():
        words = Words(
            f"Đặt tên cho khóa, nhiều nhất {NAME_LONGEST} ký tự.",
            f"Give the key a name of at most {NAME_LONGEST} characters.",
        )
        raise Invalid(words, "invalid", [Flaw("name", "required", words)])
    return name


def add(session: Session, actor: Actor, asked: Asked, name: str, answer: str) -> None:
    """Keep the key that a browser made for a challenge of REGISTER; the caller has seen who asked for that challenge.

    Raises Invalid when the answer will not do, and Conflict for a key that is some account's already.
    """
    name = name_of(name)
    try:
        with _reading():
            read = RegistrationResponse.from_dict(_mapping(answer))
            client = read.response.client_data
        state = _state(session, asked, client.challenge, client.cross_origin)
        with _reading():
            made = asked.site.server().register_complete(state, read)
            credential = made.credential_data
            if credential is None or credential.public_key.get(3) not in ALGORITHMS:
                raise _Refused("algorithm")
            CoseKey.parse(credential.public_key)
    except _Refused:
        raise Invalid(NOT_ADDED, "key_refused", [Flaw("name", "key_refused", NOT_ADDED)]) from None
    if session.scalar(sa.select(SecurityKey.id).where(SecurityKey.credential_id == credential.credential_id)):
        raise Conflict(Words("Khóa này đã được đăng ký.", "This key is registered already."), "key_known")
    session.add(
        SecurityKey(
            user_id=actor.user_id,
            name=name,
            credential_id=credential.credential_id,
            credential=bytes(credential),
            sign_count=made.counter,
        )
    )
    session.flush()
    log.record(session, actor, log.Action.KEY_ADD, "user", actor.username, detail={"key": name})


def remove(session: Session, actor: Actor, uid: str) -> None:
    """Take a key of the own account away; the caller has seen password and factor. Raises NotFound."""
    name = session.scalar(
        sa.delete(SecurityKey)
        .where(SecurityKey.uid == uid, SecurityKey.user_id == actor.user_id)
        .returning(SecurityKey.name)
    )
    if name is None:
        raise not_found()
    log.record(session, actor, log.Action.KEY_DROP, "user", actor.username, detail={"key": name})


# Using one


def check(session: Session, user: User, asked: Asked, answer: str, *, request_id: str | None = None) -> None:
    """Take the answer of one of the account's keys to a challenge that this browser was given.

    Raises Unauthenticated when it will not do (the caller commits all the same, so that it is counted and the challenge
    stays used), TooMany after five wrong codes or answers within five minutes.
    """
    bucket = limits.bucket(limits.CODE, user.id)
    limits.one_at_a_time(session, user.username)
    limits.take(session, limits.CODE, bucket)
    try:
        _taken(session, user.id, asked, answer)
    except _Refused as refused:
        who = Actor(user.id, user.username, user.display_name, None, (), request_id=request_id)
        detail = {"step": "key", "why": str(refused)}
        log.record(session, who, log.Action.SESSION_REFUSED, "user", user.username, detail=detail)
        raise Unauthenticated(WRONG_KEY, "key_refused", [Flaw("otp", "key_refused", WRONG_KEY)]) from None
    limits.clear(session, bucket)


def _taken(session: Session, user_id: int, asked: Asked, answer: str) -> None:
    with _reading():
        read = AuthenticationResponse.from_dict(_mapping(answer))
        client, credential_id = read.response.client_data, bytes(read.raw_id)
        counter = read.response.authenticator_data.counter
    state = _state(session, asked, client.challenge, client.cross_origin)
    kept = session.scalar(
        sa.select(SecurityKey).where(
            SecurityKey.user_id == user_id, SecurityKey.credential_id == credential_id
        )
    )
    if kept is None:
        raise _Refused("unknown key")
    with _reading():
        asked.site.server().authenticate_complete(state, [AttestedCredentialData(kept.credential)], read)
    moved = session.scalar(
        sa.update(SecurityKey)
        .where(SecurityKey.id == kept.id)
        .where((SecurityKey.sign_count < counter) | ((SecurityKey.sign_count == 0) & (counter == 0)))
        .values(sign_count=counter, used_at=sa.func.now())
        .returning(SecurityKey.id)
    )
    if moved is None:
        raise _Refused("counter")  # somebody else has a copy of this key, or had it


def _state(session: Session, asked: Asked, challenge: bytes, framed: bool) -> dict[str, Any]:
    """What `fido2` compares an answer with, if its challenge was given to this browser, for this, and not used before."""
    if framed:
        raise _Refused("framed")
    given = once.written(challenge)
    if not once.spend(session, asked.secret_key, given, *asked.bound):
        raise _Refused("challenge")
    return {"challenge": given, "user_verification": PREFERRED}


def _mapping(answer: str) -> dict[str, Any]:
    if len(answer) > ANSWER_LONGEST:
        raise _Refused("too long")
    read = json.loads(answer)
    if not isinstance(read, dict):
        raise _Refused("no object")
    return read


@contextmanager
def _reading() -> Iterator[None]:
    """Around what reads or checks an answer: whatever goes wrong there is the sender's doing."""
    try:
        yield
    except _Refused:
        raise
    except Exception as error:
        raise _Refused(str(error)[:80] if isinstance(error, ValueError) else "unreadable") from error
