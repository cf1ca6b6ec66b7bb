"""Passwords: how they are stored, and which are refused when somebody chooses one."""

import threading
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from registry.access.leaked import is_leaked
from registry.errors import Flaw, Unavailable
from registry.words import Words

# OWASP ASVS 5.0 appendix C: argon2id with at least 46 MiB at one pass.
HASHER = PasswordHasher(time_cost=1, memory_cost=47104, parallelism=1)
NOBODY = HASHER.hash("nobody signs in with this")
AT_ONCE = threading.BoundedSemaphore(2)
"""Hashes a process works on at once, each with 46 MiB: many people signing in wait instead of using up the memory."""
SHORTEST, LONGEST = 12, 200
LOOKED_AT = 72
"""Letters of a password that are judged: the work grows with the square, and so many are enough."""
FEWEST_GUESSES = 10**8
"""A password that somebody who knows the common ones, names, dates and keyboards finds with fewer tries is refused."""
OURS = Path(__file__).with_name("words_people_choose.txt").read_text(encoding="utf-8").split()
"""What people here would think of first, without signs over the letters: provinces, offices, the service's own words. zxcvbn knows
30,000 of the commonest passwords, English words, names, dates and keyboards."""


def matches(password_hash: str, password: str) -> bool:
    """Whether the password is the one behind the hash; takes the same time for every hash."""
    try:
        with AT_ONCE:
            return HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def stored(password: str) -> str:
    """What is kept of a password."""
    with AT_ONCE:
        return HASHER.hash(password)


def flaws_of(password: str, username: str, path: str = "password") -> list[Flaw]:
    """What is wrong with a password that somebody chooses; empty when it will do. No demands on kinds of letters (NIST SP 800-63B).

    Raises Unavailable when there is a list of leaked ones that cannot be read.
    """
    plain = password.casefold()
    if len(password) < SHORTEST:
        return [
            Flaw(
                path,
                "too_short",
                Words(
                    f"Mật khẩu từ {SHORTEST} ký tự trở lên.",
                    f"A password has at least {SHORTEST} characters.",
                ),
            )
        ]
    if len(password) > LONGEST:
        return [
            Flaw(
                path,
                "too_long",
                Words(f"Mật khẩu không quá {LONGEST} ký tự.", f"At most {LONGEST} characters."),
            )
        ]
    if guesses(password, username) < FEWEST_GUESSES:
        return [
            Flaw(
                path,
                "common_password",
                Words(
                    "Mật khẩu này quá nhiều người dùng hoặc quá dễ đoán. Chọn mật khẩu khác.",
                    "This password is among the commonest or easy to guess. Choose another.",
                ),
            )
        ]
    if _has_leaked(password):
        return [
            Flaw(
                path,
                "leaked_password",
                Words(
                    "Mật khẩu này đã bị lộ ở nơi khác. Chọn mật khẩu khác.",
                    "This password has leaked somewhere. Choose another.",
                ),
            )
        ]
    name = username.casefold()
    if len(name) >= 3 and name in plain:
        return [
            Flaw(
                path,
                "has_username",
                Words("Mật khẩu không chứa tên đăng nhập.", "A password does not contain the user name."),
            )
        ]
    return []


def _has_leaked(password: str) -> bool:
    try:
        return is_leaked(password)
    except OSError as error:
        raise Unavailable(
            Words(
                "Tạm thời không đặt được mật khẩu, vì không đọc được danh sách mật khẩu đã lộ. Báo cho bộ phận hỗ trợ.",
                "No password can be set now: the list of leaked ones cannot be read. Tell those who run the service.",
            ),
            "leaked_passwords_unavailable",
        ) from error


def guesses(password: str, username: str) -> float:
    """How many tries somebody needs who knows what people choose: words, names, dates, repetitions, neighbours on a keyboard."""
    found = zxcvbn(password[:LOOKED_AT], user_inputs=[username, *OURS], max_length=LOOKED_AT)
    return float(found["guesses"])
