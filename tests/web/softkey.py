"""A security key made of software, for tests: it signs as a real one does and lies where it is told to."""

import hashlib
import html
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2 import cbor
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode

ORIGIN = "http://localhost:8000"
PRESENT, ATTESTED = 0x01, 0x40


def asked(page: str, action: str) -> dict[str, Any]:
    """What the form that goes to `action` tells the browser to ask a key for."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*data-options="([^"]*)"', page)
    assert found, f"no form to {action} asks for a key"
    return dict(json.loads(html.unescape(found[1])))


@dataclass
class SoftKey:
    """A key with one credential. `count` is its counter."""

    count: int = 0
    private: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    id: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def create(self, options: dict[str, Any], **lies: Any) -> str:
        """What a browser sends back for a new credential."""
        public = cbor.encode(ES256.from_cryptography_key(self.private.public_key()))
        data = self._data(options["rp"]["id"], ATTESTED, lies)
        data += bytes(16) + len(self.id).to_bytes(2, "big") + self.id + public
        attested = cbor.encode({"fmt": "none", "attStmt": {}, "authData": data})
        told = {"attestationObject": websafe_encode(attested)}
        return self._answer(told, self._client("webauthn.create", options, lies))

    def get(self, options: dict[str, Any], **lies: Any) -> str:
        """What a browser sends back for a signature; `sign` signs with another key, `id` names another credential."""
        self.count += 1
        data = self._data(options["rpId"], 0, lies)
        client = self._client("webauthn.get", options, lies)
        signer = lies.get("sign", self).private
        signature = signer.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        told = {"authenticatorData": websafe_encode(data), "signature": websafe_encode(signature)}
        return self._answer(told, client, lies.get("id", self.id))

    def _data(self, rp: str, flags: int, lies: dict[str, Any]) -> bytes:
        rp, count = lies.get("rp", rp), lies.get("count", self.count)
        present = lies.get("present", PRESENT)
        return hashlib.sha256(rp.encode()).digest() + bytes([present | flags]) + count.to_bytes(4, "big")

    def _client(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        said = {
            "type": lies.get("type", kind),
            "challenge": lies.get("challenge", options["challenge"]),
            "origin": lies.get("origin", ORIGIN),
            "crossOrigin": lies.get("framed", False),
        }
        return json.dumps(said).encode()

    def _answer(self, told: dict[str, str], client: bytes, id_: bytes | None = None) -> str:
        id_ = websafe_encode(id_ or self.id)
        response = {"clientDataJSON": websafe_encode(client), **told}
        return json.dumps({"id": id_, "rawId": id_, "type": "public-key", "response": response})


__all__ = ["ORIGIN", "SoftKey", "asked", "websafe_decode", "websafe_encode"]
