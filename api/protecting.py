"""The outermost layer of every reply: a request id, and the headers that protect it.

It stands before Flask: looking up and adding ten headers there costs as much as a statement does.
"""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from flask import Flask, Response

NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"
SAVED_ONLY = f"{NOTHING_RUNS}; sandbox"
"""For what is to be saved: a browser that shows it all the same runs nothing in it and gives it no origin."""
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
PROTECTING = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
"""On every reply that does not say otherwise."""
REQUEST_ID = "registry.request_id"
"""Under which name the environment of a request holds its id."""
_SAVED = "attachment"

Headers = list[tuple[str, str]]
Application = Callable[..., Iterable[bytes]]


def saved(response: Response) -> bool:
    """Whether a reply is a file to be saved, not something to be shown."""
    return response.headers.get("Content-Disposition", "").startswith(_SAVED)


def protect(app: Flask) -> None:
    """Give every request of the application an id and every reply its headers."""
    production = app.extensions["registry"].settings.production
    app.wsgi_app = Protected(app.wsgi_app, production=production)  # type: ignore[method-assign]


class Protected:
    """A WSGI application with the headers of `PROTECTING` on what it answers."""

    def __init__(self, application: Application, *, production: bool) -> None:
        told = PROTECTING | ({"Strict-Transport-Security": STRICT_TRANSPORT} if production else {})
        self.application = application
        self.protecting = [((name, value), name.lower()) for name, value in told.items()]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        sent = environ.get("HTTP_X_REQUEST_ID", "")
        fit = sent.isascii() and sent.replace("-", "").isalnum() and len(sent) <= 64
        named = sent if fit else uuid4().hex[:16]
        environ[REQUEST_ID] = named
        of_api = environ["PATH_INFO"].startswith("/api/")

        def begin(status: str, headers: Headers, *error: Any) -> Any:
            said = {name.lower(): value for name, value in headers}
            more = [pair for pair, lower in self.protecting if lower not in said]
            more.append(("X-Request-Id", named))
            if "content-security-policy" not in said:
                if said.get("content-disposition", "").startswith(_SAVED):
                    more.append(("Content-Security-Policy", SAVED_ONLY))
                elif of_api:
                    more.append(("Content-Security-Policy", NOTHING_RUNS))
            if of_api:
                more.append(("Vary", "Authorization, Accept-Language"))
            return start_response(status, [*headers, *more], *error)

        return self.application(environ, begin)
