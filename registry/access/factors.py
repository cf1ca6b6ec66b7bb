"""The second factor: codes of an authenticator app (TOTP, RFC 6238: SHA-1, 6 digits, 30 seconds) and recovery codes.

Security keys, the other kind, are in registry.access.keys; which kinds an account has is asked here.

The arithmetic is that of `cryptography`, which the registry needs anyway. What this module adds is what a code is worth:
each is taken once, one step early or late at most, and few may be tried.
"""

import hmac
import secrets
from base64 import b32encode
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from sqlalchemy.orm import Session

from registry import clock
from registry.access import limits
from registry.access.actor import Actor
from registry.access.models import RecoveryCode, SecondFactor, SecurityKey, User
from registry.audit import log
from registry.errors import Conflict, Flaw, Invalid, Unauthenticated
from registry.words import Words

STEP, DIGITS = 30, 6
SECRET_BYTES, NONCE_BYTES = 20, 12
EARLY_OR_LATE = 1
RECOVERY_CODES = 10
ISSUER = "CBCCVC"
WRONG_CODE = Words(
    "Mã chưa đúng hoặc đã dùng rồi. Đợi mã mới trong ứng dụng rồi nhập lại.",
    "The code is wrong or was used already. Wait for a new one in the app and enter it.",
)
UNREADABLE = Words(
    "Không đọc được ứng dụng xác thực của tài khoản này. Nhờ hai quản trị viên khôi phục truy cập.",
    "The authenticator of this account cannot be read. Ask two administrators to recover the access.",
)


# Keys


def derived(secret_key: bytes, purpose: bytes) -> bytes:
    """A key for one purpose, out of the key of the service."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"registry " + purpose).derive(secret_key)


def sealed(secret_key: bytes, user_id: int, secret: bytes) -> bytes:
    """A secret as it is stored: AES-256-GCM, bound to its account so that it is worth nothing on another one."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(derived(secret_key, b"second factor")).encrypt(nonce, secret, str(user_id).encode())


def opened(secret_key: bytes, user_id: int, stored: bytes) -> bytes:
    """The secret again. Raises Unauthenticated when the key of the service is another one than it was sealed with."""
    try:
        return AESGCM(derived(secret_key, b"second factor")).decrypt(
            stored[:NONCE_BYTES], stored[NONCE_BYTES:], str(user_id).encode()
        )
    except InvalidTag:
        raise Unauthenticated(UNREADABLE, "factor_unreadable") from None


def code_hash(secret_key: bytes, user_id: int, code: str) -> bytes:
    """What is stored of a code that works once: useless without the key of the service. 0, 1, 8 count as the O, I, B they are taken for."""
    read = plain_code(code).translate(str.maketrans("018", "OIB"))
    return hmac.digest(derived(secret_key, b"one-time code"), f"{user_id}:{read}".encode(), "sha256")


def plain_code(typed: str) -> str:
    """A code as typed, without blanks and hyphens, in capitals."""
    return "".join(letter for letter in typed.upper() if letter.isalnum())


def new_code(groups: int = 3) -> str:
    """A random code to be read and typed: 20 bits a group, 'K7QD-2M4X-PR3A'."""
    letters = b32encode(secrets.token_bytes(5 * groups)).decode()
    return "-".join(letters[4 * place : 4 * place + 4] for place in range(groups))


# Codes of the app


def now() -> float:
    """Seconds since 1970, by which codes are told."""
    return clock.now().timestamp()


def _totp(secret: bytes) -> TOTP:
    # SHA-1 is what the apps know; HMAC does not rest on what is broken of it.
    return TOTP(secret, DIGITS, SHA1(), STEP, enforce_key_length=False)  # noqa: S303


def code_at(secret: bytes, step: int) -> str:
    """The code of a time step."""
    return _totp(secret).generate(step * STEP).decode()


def address(secret: bytes, username: str) -> str:
    """The otpauth address an app reads from a QR code."""
    return _totp(secret).get_provisioning_uri(username, ISSUER)


def typed(secret: bytes) -> str:
    """The secret as somebody types it into an app: groups of four letters and digits."""
    letters = b32encode(secret).decode()
    return " ".join(letters[place : place + 4] for place in range(0, len(letters), 4))


def step_of(secret: bytes, code: str, at: float) -> int | None:
    """The time step whose code this is, among that of the moment and its neighbours."""
    present, found = int(at // STEP), None
    for step in range(present - EARLY_OR_LATE, present + EARLY_OR_LATE + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), plain_code(code).encode()):
            found = step
    return found


# Having one


APP, KEY = "app", "key"
_KINDS = sa.select(
    sa.exists().where(SecondFactor.user_id == sa.bindparam("user"), SecondFactor.confirmed_at.is_not(None)),
    sa.exists().where(SecurityKey.user_id == sa.bindparam("user")),
)


def kinds(session: Session, user_id: int) -> frozenset[str]:
    """The second factors the account has: 'app', 'key', both or none."""
    app, key = session.execute(_KINDS, {"user": user_id}).one()
    return frozenset([APP] * app + [KEY] * key)


def state(session: Session, user_id: int) -> dict[str, Any]:
    """{confirmed_at, waiting (a secret was made and not confirmed yet), codes (recovery codes left)}."""
    found = session.get(SecondFactor, user_id)
    left = session.scalar(
        sa.select(sa.func.count()).where(RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    )
    return {
        "confirmed_at": found.confirmed_at if found else None,
        "waiting": found is not None and found.confirmed_at is None,
        "codes": left or 0,
    }


def begin(session: Session, actor: Actor, secret_key: bytes) -> None:
    """Make a secret that counts for nothing until a code of it was entered. Raises Conflict when there is a factor."""
    present = session.get(SecondFactor, actor.user_id, with_for_update=True)
    if present is not None and present.confirmed_at is not None:
        raise Conflict(
            Words(
                "Tài khoản đã có ứng dụng xác thực. Tắt cái cũ trước.",
                "The account has an authenticator. Turn it off first.",
            ),
            "factor_exists",
        )
    kept = sealed(secret_key, actor.user_id, secrets.token_bytes(SECRET_BYTES))
    if present is None:
        session.add(SecondFactor(user_id=actor.user_id, secret=kept))
    else:
        present.secret, present.made_at = kept, clock.now()
    session.flush()


def waiting_secret(session: Session, user_id: int, secret_key: bytes) -> bytes | None:
    """The secret that waits for its first code."""
    found = session.get(SecondFactor, user_id)
    if found is None or found.confirmed_at is not None:
        return None
    return opened(secret_key, user_id, found.secret)


def confirm(session: Session, actor: Actor, code: str, secret_key: bytes) -> list[str]:
    """Turn the waiting secret into the account's factor by a first code. Returns the recovery codes, shown once.

    The caller has seen the password. Raises Invalid for a wrong code, Conflict when nothing waits.
    """
    found = session.get(SecondFactor, actor.user_id, with_for_update=True)
    if found is None or found.confirmed_at is not None:
        raise Conflict(
            Words("Không có ứng dụng nào chờ xác nhận.", "No authenticator waits for its first code."),
            "nothing_waits",
        )
    step = step_of(opened(secret_key, actor.user_id, found.secret), code, now())
    if step is None:
        words = Words(
            "Mã chưa đúng. Kiểm tra giờ của điện thoại rồi nhập mã mới.",
            "The code is wrong. Check the phone's clock and enter a new code.",
        )
        raise Invalid(words, "otp_wrong", [Flaw("otp", "otp_wrong", words)])
    found.confirmed_at, found.last_step = clock.now(), step
    session.flush()
    log.record(session, actor, log.Action.FACTOR_ADD, "user", actor.username)
    return fresh_codes(session, actor.user_id, secret_key)


def fresh_codes(session: Session, user_id: int, secret_key: bytes) -> list[str]:
    """New recovery codes in place of all old ones."""
    session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    codes = [new_code() for _ in range(RECOVERY_CODES)]
    session.add_all(
        RecoveryCode(user_id=user_id, code_hash=code_hash(secret_key, user_id, one)) for one in codes
    )
    session.flush()
    return codes


def renew_codes(session: Session, actor: Actor, secret_key: bytes) -> list[str]:
    """New recovery codes for the own account; the caller has seen password and code."""
    codes = fresh_codes(session, actor.user_id, secret_key)
    log.record(session, actor, log.Action.FACTOR_CODES, "user", actor.username)
    return codes


def drop_app(session: Session, user_id: int) -> None:
    """Take the authenticator app away; recovery codes stay as long as they stand in for something."""
    session.execute(sa.delete(SecondFactor).where(SecondFactor.user_id == user_id))
    drop_idle_codes(session, user_id)
    session.expire_all()


def drop_idle_codes(session: Session, user_id: int) -> None:
    """Without a second factor there is nothing that a recovery code could stand in for."""
    if not kinds(session, user_id):
        session.execute(sa.delete(RecoveryCode).where(RecoveryCode.user_id == user_id))


def drop(session: Session, user_id: int) -> None:
    """Take every second factor away, and the recovery codes."""
    for model in (RecoveryCode, SecondFactor, SecurityKey):
        session.execute(sa.delete(model).where(model.user_id == user_id))
    session.expire_all()


def check(
    session: Session, user: User, code: str, secret_key: bytes, *, request_id: str | None = None
) -> str:
    """Take a code of the app or a recovery code, once; which of both it was: 'app' or 'recovery'.

    Raises Unauthenticated for a wrong or used one (the caller commits all the same, so that it is counted), TooMany
    after five within five minutes. Of two that come at once with the same code one is taken: the count of tries makes
    them wait for each other, and the step is moved by a condition.
    """
    key = limits.bucket(limits.CODE, user.id)
    limits.one_at_a_time(session, user.username)
    limits.take(session, limits.CODE, key)
    if _taken(session, user.id, code, secret_key):
        limits.clear(session, key)
        return APP if len(plain_code(code)) == DIGITS else "recovery"
    who = Actor(user.id, user.username, user.display_name, None, (), request_id=request_id)
    log.record(session, who, log.Action.SESSION_REFUSED, "user", user.username, detail={"step": "code"})
    raise Unauthenticated(WRONG_CODE, "otp_wrong", [Flaw("otp", "otp_wrong", WRONG_CODE)])


def _taken(session: Session, user_id: int, code: str, secret_key: bytes) -> bool:
    if len(code) > 40:
        return False
    if len(plain_code(code)) != DIGITS:
        used = session.scalar(
            sa.update(RecoveryCode)
            .where(
                RecoveryCode.user_id == user_id,
                RecoveryCode.code_hash == code_hash(secret_key, user_id, code),
                RecoveryCode.used_at.is_(None),
            )
            .values(used_at=sa.func.now())
            .returning(RecoveryCode.user_id)
        )
        return used is not None
    stored = session.scalar(
        sa.select(SecondFactor.secret).where(
            SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_not(None)
        )
    )
    step = step_of(opened(secret_key, user_id, stored), code, now()) if stored else None
    if step is None:
        return False
    moved = session.scalar(
        sa.update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        .values(last_step=step)
        .returning(SecondFactor.user_id)
    )
    return moved is not None
