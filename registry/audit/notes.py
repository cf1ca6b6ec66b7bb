"""Signed heads: C2SP checkpoints as signed notes, with Ed25519. docs/trail.md, "Signed heads"."""

import base64
import binascii
import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
PRIVATE = "PRIVATE+KEY+"


class NoteError(Exception):
    """A key or a note that cannot be used; the message says why, without any secret."""


@dataclass(frozen=True)
class Verifier:
    """Who may have signed: a name and a public key, written `name+id+key`."""

    name: str
    key: bytes

    @property
    def id(self) -> bytes:
        """The key id of the signed-note format: four bytes."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.key).digest()[:4]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(ED25519 + self.key).decode()}"

    @classmethod
    def read(cls, written: str) -> "Verifier":
        """A verifier as it is written; NoteError when it is none."""
        name, key = _parts(written.strip())
        found = cls(name, key)
        if found.id.hex() != written.strip().split("+")[1]:
            raise NoteError("the id of the public key does not fit name and key")
        return found


@dataclass(frozen=True)
class Signer:
    """A name with its private key."""

    name: str
    key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """What others need to check the signatures."""
        return Verifier(self.name, self.key.public_key().public_bytes_raw())

    @classmethod
    def read(cls, written: str) -> "Signer":
        """A signer from `PRIVATE+KEY+name+id+key`; NoteError when it is none."""
        text = written.strip()
        if not text.startswith(PRIVATE):
            raise NoteError("the audit key begins with PRIVATE+KEY+")
        name, seed = _parts(text.removeprefix(PRIVATE))
        found = cls(name, Ed25519PrivateKey.from_private_bytes(seed))
        if found.verifier.id.hex() != text.removeprefix(PRIVATE).split("+")[1]:
            raise NoteError("the id of the audit key does not fit name and key")
        return found

    def sign(self, size: int, root: bytes, at: datetime) -> str:
        """The checkpoint of a tree, signed: origin, size, root, time, blank line, signature."""
        moment = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        body = f"{self.name}\n{size}\n{base64.b64encode(root).decode()}\ntime {moment}\n"
        signed = base64.b64encode(self.verifier.id + self.key.sign(body.encode())).decode()
        return f"{body}\n— {self.name} {signed}\n"


def _parts(written: str) -> tuple[str, bytes]:
    """(name, 32 bytes) of a key as it is written."""
    try:
        name, _, key = written.split("+", 2)
        raw = base64.b64decode(key, validate=True)
    except (ValueError, binascii.Error):
        raise NoteError("a key is written name+id+base64") from None
    if not name or any(one.isspace() for one in name) or len(raw) != 33 or raw[:1] != ED25519:
        raise NoteError("a key has a name without spaces and 32 bytes of Ed25519")
    return name, raw[1:]


def make_key(name: str) -> str:
    """A new private key, as it is written."""
    seed = secrets.token_bytes(32)
    verifier = Signer(name, Ed25519PrivateKey.from_private_bytes(seed)).verifier
    return f"{PRIVATE}{name}+{verifier.id.hex()}+{base64.b64encode(ED25519 + seed).decode()}"


@dataclass(frozen=True)
class Head:
    """A head whose signature was checked."""

    origin: str
    size: int
    root: bytes
    at: datetime
    note: str


def open_note(note: str, verifier: Verifier) -> Head:
    """The head that a signed note holds. Raises NoteError for anything not signed by the verifier, or no checkpoint."""
    body, separator, signatures = note.rpartition("\n\n")
    body += "\n"
    if not separator:
        raise NoteError("no signature: a blank line parts a checkpoint from its signatures")
    if not any(_signed(body, line, verifier) for line in signatures.splitlines()):
        raise NoteError(f"not signed by {verifier.name} {verifier.id.hex()}")
    lines = body.splitlines()
    try:
        origin, size, root = lines[:3]
        told = next(one for one in lines[3:] if one.startswith("time "))
        at = datetime.strptime(told, "time %Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        raw = base64.b64decode(root, validate=True)
        if origin != verifier.name or len(raw) != 32 or str(int(size)) != size:
            raise ValueError
    except (ValueError, StopIteration, binascii.Error):
        raise NoteError("signed, but no checkpoint of this log") from None
    return Head(origin, int(size), raw, at, note)


def _signed(body: str, line: str, verifier: Verifier) -> bool:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        return False
    if dash != "—" or name != verifier.name or raw[:4] != verifier.id:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(verifier.key).verify(raw[4:], body.encode())
    except InvalidSignature:
        return False
    return True


def split_notes(text: str) -> list[str]:
    """The signed notes of a text that holds several, one after the other with or without blank lines between."""
    notes: list[list[str]] = []
    signed = True
    for line in text.splitlines():
        if signed and line and not line.startswith("— "):
            notes.append([])
            signed = False
        if notes and (line or not signed):
            notes[-1].append(line)
            signed = line.startswith("— ")
    return ["\n".join(lines) + "\n" for lines in notes]
