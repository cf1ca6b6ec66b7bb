"""The whole application: the API's, and pages over the same services."""

from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from api.app import check_declared
from api.app import create_app as create_api
from registry.config import Settings
from registry.errors import RegistryError
from registry.words import Words
from web import (
    administration,
    assets,
    audit,
    changes,
    imports,
    login,
    officials,
    organizations,
    own,
    recording,
    statistics,
    words,
    work,
)
from web.pages import error_page, login_manager, page_language, page_of

ROOMS = [
    login.rooms,
    work.rooms,
    officials.rooms,
    own.rooms,
    changes.rooms,
    recording.rooms,
    organizations.rooms,
    statistics.rooms,
    imports.rooms,
    audit.rooms,
    administration.rooms,
]
POLICY = (
    "default-src 'self'; style-src 'self'; script-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
AWAY = Words("Cơ sở dữ liệu tạm thời không trả lời. Thử lại sau ít phút.", "The database does not answer for now. Try again.")


def create_app(settings: Settings, engines: dict[str, sa.Engine] | None = None) -> Flask:
    """API and pages in one application. `engines` (web, stats) are made from the settings unless given."""
    app = create_api(settings, engines)
    app.template_folder = str(assets.STATIC.parent / "templates")
    assets.serve(app, settings.home)
    words.prepare(app)
    login_manager.init_app(app, add_context_processor=False)
    for room in ROOMS:
        app.register_blueprint(room)
    _errors(app)
    _headers(app, settings)
    check_declared(app)
    return app


def _errors(app: Flask) -> None:
    """Pages answer errors with a page; the API keeps its own way."""
    of_api: dict[Any, Any] = dict(app.error_handler_spec[None][None])

    def for_pages(kind: type[Exception], reply: Any) -> None:
        before = of_api[kind]

        def handle(error: Exception) -> Any:
            if request.path.startswith("/api/"):
                return before(error)
            return reply(error, before)

        app.register_error_handler(kind, handle)

    for_pages(RegistryError, lambda error, _before: page_of(error))
    for_pages(HTTPException, lambda error, _before: _http(error))
    for_pages(sa.exc.OperationalError, lambda error, before: (before(error), error_page(503, AWAY.said_in(page_language())))[1])
    for_pages(Exception, lambda error, before: (before(error), error_page(500))[1])


def _http(error: HTTPException) -> Response:
    response = error_page(error.code or 500)
    if error.code == 405 and getattr(error, "valid_methods", None):
        response.headers["Allow"] = ", ".join(error.valid_methods)  # type: ignore[attr-defined]
    return response


def _headers(app: Flask, settings: Settings) -> None:
    @app.after_request
    def protect(response: Response) -> Response:
        if not request.path.startswith("/api/"):
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
        if settings.production:
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response

    @app.teardown_request
    def forget(_error: BaseException | None) -> None:
        g.pop("page_session", None)
