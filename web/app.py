"""The whole application: the API's, and pages over the same services."""

import gzip
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Blueprint, Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from api.app import AWAY, check_declared
from api.app import create_app as create_api
from api.http import LARGEST_TYPED, MOST_PARTS
from api.protecting import saved
from registry.access.permissions import Permission
from registry.config import Settings
from registry.db import is_away
from registry.errors import RegistryError
from web import (
    account,
    administration,
    assets,
    audit,
    campaigns,
    change_decision,
    changes,
    counted,
    dictionary,
    elsewhere,
    explaining,
    exports,
    imports,
    law,
    login,
    officials,
    organizations,
    own,
    people,
    proposing,
    quality,
    recording,
    reports,
    statistics,
    words,
    work,
    worklists,
)
from web.pages import PageCall, error_page, login_manager, page, page_language, page_of

ROOMS = [
    login.rooms,
    work.rooms,
    people.rooms,
    officials.rooms,
    own.rooms,
    changes.rooms,
    recording.rooms,
    change_decision.rooms,
    proposing.rooms,
    campaigns.rooms,
    organizations.rooms,
    quality.rooms,
    dictionary.rooms,
    statistics.rooms,
    counted.rooms,
    reports.rooms,
    worklists.rooms,
    imports.rooms,
    exports.rooms,
    audit.rooms,
    administration.rooms,
    account.rooms,
    elsewhere.rooms,
    explaining.rooms,
    law.rooms,
]
POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
WORTH_PACKING = 1024


def create_app(settings: Settings, engines: dict[str, sa.Engine] | None = None) -> Flask:
    """API and pages in one application. `engines` (web, stats) are made from the settings unless given."""
    app = create_api(settings, engines)
    app.config |= {"MAX_FORM_PARTS": MOST_PARTS, "MAX_FORM_MEMORY_SIZE": LARGEST_TYPED}
    app.template_folder = str(assets.STATIC.parent / "templates")
    assets.serve(app, settings.home, production=settings.production)
    words.prepare(app)
    login_manager.init_app(app, add_context_processor=False)
    for room in ROOMS:
        app.register_blueprint(room)
    if not settings.production:
        _gallery(app)
    _errors(app)
    _headers(app)
    check_declared(app)
    return app


def _errors(app: Flask) -> None:
    """Pages answer errors with a page; the API keeps its own way."""
    of_api: dict[Any, Any] = dict(app.error_handler_spec[None][None])

    def for_pages(kind: type[Exception], reply: Callable[[Any], Response], *, logged: bool = False) -> None:
        before = of_api.get(kind, of_api[Exception])

        def handle(error: Exception) -> Any:
            if request.path.startswith("/api/"):
                return before(error)
            if logged:
                before(error)
            return reply(error)

        app.register_error_handler(kind, handle)

    for_pages(RegistryError, page_of)
    for_pages(HTTPException, _http)
    for_pages(Exception, _ours, logged=True)


def _ours(error: Exception) -> Response:
    return error_page(503, AWAY.said_in(page_language())) if is_away(error) else error_page(500)


def _http(error: HTTPException) -> Response:
    response = error_page(error.code or 500)
    if error.code == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return response


def _headers(app: Flask) -> None:
    @app.after_request
    def protect(response: Response) -> Response:
        if not request.path.startswith("/api/"):
            # A browser shows a PDF by a page of its own, which the policy of our pages would forbid.
            html = response.mimetype == "text/html"
            if not saved(response):
                policy = POLICY if html else "frame-ancestors 'none'"
                response.headers.setdefault("Content-Security-Policy", policy)
            if html:
                _compress(response)
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        g.pop("page_session", None)


def _compress(response: Response) -> None:
    """Pages travel compressed.

    Guessing a secret from the length of a page needs requests that another site sends with our cookie;
    SameSite keeps the cookie out of those.
    """
    response.vary.add("Accept-Encoding")
    body = response.get_data()
    if (
        len(body) < WORTH_PACKING
        or "Content-Encoding" in response.headers
        or not request.accept_encodings["gzip"]
    ):
        return
    response.set_data(gzip.compress(body, 5, mtime=0))
    response.headers["Content-Encoding"] = "gzip"


def _gallery(app: Flask) -> None:
    """Every part with sample data, for people who build pages."""
    rooms = Blueprint("gallery_pages", __name__)

    @page(rooms, "/thanh-phan", Permission.PUBLIC)
    def gallery(call: PageCall) -> Response:
        return call.render("gallery.html")

    app.register_blueprint(rooms)
