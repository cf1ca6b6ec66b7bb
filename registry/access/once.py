"""What is given out to be used once: challenges for security keys, permits between two pages, the state of a trip elsewhere.

Nothing is stored when one is given out: it carries its end and a keyed digest over what it is bound to (a purpose, an account,
a browser). When it is used its digest is kept until that end, so that it is never used again.
"""

import hmac
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from registry.access import factors
from registry.access.models import SpentOnce

LASTS = timedelta(minutes=5)
_BODY = struct.Struct(">16sQ")
"""Random bytes, and the second since 1970 at which it ends."""


def give(secret_key: bytes, *bound: object) -> str:
    """A fresh one, bound to `bound`, good for five minutes; base64url without '='."""
    ends = int(factors.now() + LASTS.total_seconds())
    body = _BODY.pack(secrets.token_bytes(16), ends)
    return written(body + _digest(secret_key, body, bound))


def spend(session: Session, secret_key: bytes, given: str, *bound: object) -> bool:
    """Whether this was given out for `bound`, has not ended and was not used before. From now on it was."""
    raw = read(given)
    body, digest = raw[: _BODY.size], raw[_BODY.size :]
    if len(body) != _BODY.size or not hmac.compare_digest(digest, _digest(secret_key, body, bound)):
        return False
    ends = _BODY.unpack(body)[1]
    return bool(ends > factors.now()) and first_use(session, raw, datetime.fromtimestamp(ends, UTC))


def first_use(session: Session, used: bytes, until: datetime) -> bool:
    """Keep that this was used, until it would have ended anyway; of two who come at once one is the first."""
    session.execute(sa.delete(SpentOnce).where(SpentOnce.expires_at < sa.func.now() - LASTS))
    kept = session.scalar(
        insert(SpentOnce)
        .values(digest=sha256(used).digest(), expires_at=until)
        .on_conflict_do_nothing()
        .returning(SpentOnce.digest)
    )
    return kept is not None


def _digest(secret_key: bytes, body: bytes, bound: tuple[object, ...]) -> bytes:
    # Parts are told apart by their lengths, so that no two lists of them read alike.
    parts = b"".join(struct.pack(">I", len(one)) + one for one in (str(part).encode() for part in bound))
    return hmac.digest(factors.derived(secret_key, b"used once"), body + parts, "sha256")


def written(raw: bytes) -> str:
    """Bytes as base64url without '='."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def read(text: str, longest: int = 400) -> bytes:
    """The bytes of base64url without '='; b'' for anything else, or for more than `longest` letters."""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4)) if len(text) <= longest else b""
    except ValueError:
        return b""
