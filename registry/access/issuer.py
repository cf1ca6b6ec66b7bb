"""Another authority that says who somebody is (OpenID Connect, authorization code with PKCE), and what its word is worth.

The word counts when all of this holds: this browser set out for it (a sealed cookie holds state, nonce and the PKCE verifier,
for ten minutes, once), the issuer signed it with a key of its own under one of three algorithms, for us and nobody else, lately,
over that nonce. Addresses come from the issuer's own discovery document; answers that lead elsewhere are not followed. Nothing
of it is a right: it names an account that its owner tied (registry.access.ties), and what is asked for beyond is asked for.
"""

import hmac
import json
import secrets
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

import jwt
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from registry.access import factors, once
from registry.config import Authority
from registry.errors import Unauthenticated, Unavailable
from registry.words import Words

ALGORITHMS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
"""What an ID token may be signed with, and the kind of key each takes. Never 'none', never a shared secret."""
SMALLEST_RSA = 2048
TRIP_LASTS = 600
KNOWN_FOR, KEYS_AGAIN, DOWN_FOR = 3600, 30, 15
"""Seconds: how long what the issuer says of itself is kept; how soon its keys are asked for again when one is not known;
how long it is left alone after it did not answer."""
SECONDS, AT_ONCE = 5, 4
"""How long one answer is waited for, and how many are waited for at a time: an issuer that hangs holds up nobody else."""
LONGEST_ANSWER = 256 * 1024
CLOCKS_DIFFER, OLDEST = 60, 600
SUBJECT_LONGEST = 255
NONCE_BYTES = 12
REFUSED = Words(
    "Chưa đăng nhập được bằng hệ thống định danh. Làm lại từ đầu, hoặc dùng mật khẩu.",
    "The sign-in by the other authority was not accepted. Start again, or use the password.",
)
DOWN = Words(
    "Hệ thống định danh tạm thời không trả lời. Đăng nhập bằng mật khẩu, hoặc thử lại sau ít phút.",
    "The other authority does not answer for now. Sign in with the password, or try again in a few minutes.",
)


def refused(why: str) -> Unauthenticated:
    """The refusal; `why` is for the trail and for tests, and is not shown."""
    error = Unauthenticated(REFUSED, "authority_refused")
    error.add_note(why)
    return error


# The trip


@dataclass(frozen=True)
class Trip:
    """What a browser takes along to the issuer and must still have when it comes back.

    `permit`: that of somebody signed in who wants the own account tied; '' to sign in. `wanted`: where to go on to.
    """

    state: str
    nonce: str
    verifier: str
    wanted: str
    permit: str
    ends: int


def set_out(wanted: str, permit: str = "") -> Trip:
    """A fresh trip."""
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    return Trip(state, nonce, verifier, wanted, permit, int(factors.now()) + TRIP_LASTS)


def sealed(secret_key: bytes, trip: Trip) -> str:
    """A trip as its cookie holds it: nobody but the service reads or makes one."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    text = json.dumps(asdict(trip)).encode()
    return once.written(nonce + AESGCM(factors.derived(secret_key, b"trip")).encrypt(nonce, text, None))


def come_back(session: Session, secret_key: bytes, cookie: str, state: str) -> Trip:
    """The trip that this browser is on, which ends with this. Raises Unauthenticated for any other."""
    raw = once.read(cookie, longest=6000)
    try:
        text = AESGCM(factors.derived(secret_key, b"trip")).decrypt(
            raw[:NONCE_BYTES], raw[NONCE_BYTES:], None
        )
    except (InvalidTag, ValueError):
        raise refused("no trip of this browser") from None
    trip = Trip(**json.loads(text))
    if trip.ends <= factors.now():
        raise refused("too late")
    if not hmac.compare_digest(trip.state.encode(), state.encode(errors="replace")):
        raise refused("state")
    if not once.first_use(session, trip.state.encode(), datetime.fromtimestamp(trip.ends, UTC)):
        raise refused("state used")
    return trip


# The issuer


@dataclass(frozen=True)
class Told:
    """What the issuer said: whom it means, and whether it saw more than one factor (RFC 8176)."""

    subject: str
    many_factors: bool


@dataclass(frozen=True)
class _Places:
    """Where to go, by the issuer's own document."""

    authorize: str
    token: str
    keys: str
    secret_in_form: bool


class Issuer:
    """One authority, with what it lately said of itself. Shared by the threads of a process."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self._turn = threading.Lock()
        self._room = threading.BoundedSemaphore(AT_ONCE)
        self._opener = build_opener(_Straight)
        self._places: _Places | None = None
        self._keys: list[dict[str, Any]] = []
        self._known_at = self._keys_at = self._down_at = float("-inf")

    def address(self, trip: Trip, redirect_uri: str) -> str:
        """Where to send the browser. Raises Unavailable when the issuer does not answer."""
        challenge = once.written(sha256(trip.verifier.encode()).digest())
        asked = {
            "response_type": "code",
            "client_id": self.authority.client_id,
            "redirect_uri": redirect_uri,
            "scope": "openid",
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        place = self._where().authorize
        return f"{place}{'&' if '?' in place else '?'}{urlencode(asked)}"

    def redeem(self, code: str, trip: Trip, redirect_uri: str) -> Told:
        """What the issuer says for the code. Raises Unauthenticated when it will not do, Unavailable when it is silent."""
        places = self._where()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": trip.verifier,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        name, secret = self.authority.client_id, self.authority.client_secret
        if places.secret_in_form:
            form |= {"client_id": name, "client_secret": secret}
        else:
            pair = f"{quote(name, safe='')}:{quote(secret, safe='')}".encode()
            headers["Authorization"] = f"Basic {b64encode(pair).decode()}"
        answer = self._ask(places.token, urlencode(form).encode(), headers)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise refused("no ID token")
        return self._read(token, trip.nonce)

    def _read(self, token: str, nonce: str) -> Told:
        """The ID token, if it is the issuer's, for us, for this trip, of now."""
        try:
            header = jwt.get_unverified_header(token)
            key = self._key(header.get("kid"), str(header.get("alg")))
            claims = jwt.decode(
                token,
                key,
                algorithms=list(ALGORITHMS),
                audience=self.authority.client_id,
                issuer=self.authority.issuer,
                leeway=CLOCKS_DIFFER,
                options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise refused(type(error).__name__) from None
        audience, party = claims["aud"], claims.get("azp")
        if (isinstance(audience, list) and len(audience) > 1 and party is None) or (
            party not in (None, self.authority.client_id)
        ):
            raise refused("for somebody else")
        if time.time() - float(claims["iat"]) > OLDEST:
            raise refused("old")
        if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
            raise refused("nonce")
        subject, seen = claims["sub"], claims.get("amr")
        if (
            not isinstance(subject, str)
            or not 0 < len(subject) <= SUBJECT_LONGEST
            or not subject.isprintable()
        ):
            raise refused("subject")
        return Told(subject, isinstance(seen, list) and "mfa" in seen)

    # What the issuer says of itself

    def _where(self) -> _Places:
        with _held(self._turn):
            if self._places is None or time.monotonic() - self._known_at > KNOWN_FOR:
                base = self.authority.issuer.rstrip("/")
                self._places = self._checked(self._ask(f"{base}/.well-known/openid-configuration"))
                self._known_at = time.monotonic()
            return self._places

    def _checked(self, said: dict[str, Any]) -> _Places:
        """The document, if it is that of this issuer and names places that may be gone to."""
        if said.get("issuer") != self.authority.issuer:
            raise Unavailable(DOWN, "authority_wrong")
        found = [said.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if not all(isinstance(one, str) and self._may_go(one) for one in found):
            raise Unavailable(DOWN, "authority_wrong")
        ways = said.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        in_form = "client_secret_basic" not in ways and "client_secret_post" in ways
        return _Places(str(found[0]), str(found[1]), str(found[2]), in_form)

    def _may_go(self, place: str) -> bool:
        """https anywhere the issuer says; without it only where the issuer itself is (a test on this machine)."""
        to, own = urlsplit(place), urlsplit(self.authority.issuer)
        if "@" in to.netloc or not to.hostname:
            return False
        return to.scheme == "https" or (to.scheme, to.netloc) == (own.scheme, own.netloc)

    def _key(self, kid: object, algorithm: str) -> jwt.PyJWK:
        """The issuer's key of this name; its keys are asked for again when there is none, as it may have changed them."""
        if algorithm not in ALGORITHMS:
            raise refused("algorithm")
        places = self._where()
        with _held(self._turn):
            found = self._suitable(kid, algorithm)
            if not found and time.monotonic() - self._keys_at > (KEYS_AGAIN if self._keys else 0):
                said = self._ask(places.keys).get("keys")
                self._keys = [one for one in said if isinstance(one, dict)] if isinstance(said, list) else []
                self._keys_at = time.monotonic()
                found = self._suitable(kid, algorithm)
        if len(found) != 1:
            raise refused("no such key")
        key = jwt.PyJWK.from_dict(found[0], algorithm=algorithm)
        if isinstance(key.key, RSAPublicKey) and key.key.key_size < SMALLEST_RSA:
            raise refused("short key")
        return key

    def _suitable(self, kid: object, algorithm: str) -> list[dict[str, Any]]:
        return [
            one
            for one in self._keys
            if one.get("kty") == ALGORITHMS[algorithm]
            and one.get("use", "sig") == "sig"
            and one.get("alg", algorithm) == algorithm
            and (kid is None or one.get("kid") == kid)
        ]

    def _ask(
        self, address: str, data: bytes | None = None, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """A JSON object from the issuer. Raises Unavailable when it is silent, Unauthenticated when it says no to a code."""
        if time.monotonic() - self._down_at < DOWN_FOR:
            raise Unavailable(DOWN, "authority_down")
        with _held(self._room):
            request = Request(address, data, {"Accept": "application/json", **(headers or {})})  # noqa: S310
            try:
                with self._opener.open(request, timeout=SECONDS) as reply:
                    read = reply.read(LONGEST_ANSWER + 1)
                said = json.loads(read) if len(read) <= LONGEST_ANSWER else None
            except HTTPError as error:
                error.close()
                if data is not None and error.code in (400, 401, 403):
                    raise refused(f"code refused ({error.code})") from None
                said = None
            except (OSError, HTTPException, ValueError):
                said = None
        if not isinstance(said, dict):
            self._down_at = time.monotonic()
            raise Unavailable(DOWN, "authority_down")
        return said


@contextmanager
def _held(what: "threading.Lock | threading.Semaphore") -> Iterator[None]:
    """Around what few may do at a time; who cannot soon is told so, and no thread waits long for an issuer."""
    if not what.acquire(timeout=1):
        raise Unavailable(DOWN, "authority_busy")
    try:
        yield
    finally:
        what.release()


class _Straight(HTTPRedirectHandler):
    """Goes nowhere else than where it was sent."""

    def redirect_request(self, *_: Any) -> None:
        return None


@lru_cache(maxsize=4)
def issuer_of(authority: Authority) -> Issuer:
    """The issuer behind the settings, one a process."""
    return Issuer(authority)
