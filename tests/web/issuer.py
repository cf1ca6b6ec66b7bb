"""Another authority on this machine, for tests: discovery, keys, a token endpoint with PKCE, and a sign-in nobody has to type."""

import hashlib
import json
import secrets
import threading
import time
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from registry.config import Authority

CLIENT, CLIENT_SECRET = "can-bo", "bi mat: cua/chuong trinh"
_KEYS = [rsa.generate_private_key(65537, 2048) for _ in range(2)]


class LocalIssuer:
    """Issues what it is told to. `lie` changes claims; `sign` makes the token of claims; `document` what it says of itself."""

    def __init__(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.asked: list[str] = []
        self.subject = "sub-of-nobody"
        self.start_over()
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def start_over(self) -> None:
        """Tell the truth again."""
        self.keys: dict[str, RSAPrivateKey] = {"one": _KEYS[0]}
        self.codes: dict[str, dict[str, str]] = {}
        self.lie: dict[str, Any] = {}
        self.sign: Callable[[dict[str, Any]], str] = self.signed
        self.document: dict[str, Any] = {}
        self.away = False
        self.leads_to: str | None = None

    @property
    def authority(self) -> Authority:
        """What the registry is told of it."""
        return Authority(self.url, CLIENT, CLIENT_SECRET, "Định danh thử")

    def signed(self, claims: dict[str, Any], kid: str = "one", algorithm: str = "RS256") -> str:
        """The token of the claims under one of its keys."""
        return jwt.encode(claims, self.keys[kid], algorithm, headers={"kid": kid})

    def consent(self, location: str, subject: str | None = None) -> str:
        """Somebody signs in there: the address their browser is sent back to."""
        asked = dict(parse_qsl(urlsplit(location).query))
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked | {"sub": subject or self.subject}
        back = {"code": code, "state": asked["state"], "iss": self.url}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        } | self.document

    def jwks(self) -> dict[str, Any]:
        made = jwt.algorithms.RSAAlgorithm.to_jwk
        return {
            "keys": [
                {**made(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}
                for kid, key in self.keys.items()
            ]
        }

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """An ID token for a code, once, for whoever holds its verifier and the client's secret."""
        right = b64encode(f"{CLIENT}:{'bi%20mat%3A%20cua%2Fchuong%20trinh'}".encode()).decode()
        given = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = urlsafe_b64encode(digest).decode().rstrip("=")
        if authorization != f"Basic {right}":
            return 401, {"error": "invalid_client"}
        if not given or given["code_challenge"] != challenge or given["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT, "sub": given["sub"], "iat": now, "exp": now + 300, "nonce": given["nonce"],
        } | self.lie  # fmt: skip
        return 200, {"id_token": self.sign({name: one for name, one in claims.items() if one is not None})}


def _handler(issuer: LocalIssuer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            issuer.asked.append(path)
            if issuer.away:
                self._say(503, {})
            elif issuer.leads_to:
                self._go(issuer.leads_to)
            elif path == "/.well-known/openid-configuration":
                self._say(200, issuer.discovery())
            elif path == "/jwks":
                self._say(200, issuer.jwks())
            elif path == "/authorize":
                self._page(f'<a id="yes" href="{issuer.consent(self.path)}">yes</a>'.replace("&", "&amp;"))
            else:
                self._say(404, {})

        def do_POST(self) -> None:
            issuer.asked.append(self.path)
            sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            if issuer.away:
                return self._say(503, {})
            form = {name: values[0] for name, values in sent.items()}
            return self._say(*issuer.token(form, self.headers.get("Authorization", "")))

        def _say(self, status: int, said: dict[str, Any]) -> None:
            self._send(status, json.dumps(said).encode(), {"Content-Type": "application/json"})

        def _page(self, text: str) -> None:
            self._send(200, text.encode(), {"Content-Type": "text/html"})

        def _go(self, target: str) -> None:
            self._send(302, b"", {"Location": target})

        def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in (headers | {"Content-Length": str(len(body))}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    return Handler
