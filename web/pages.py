"""The glue of all pages: one transaction, the reader behind the cookie, the guard, CSRF, errors in words.

A page is declared with its permission, as an API route is. One owner of the commit: the glue commits before
the reply leaves, and rolls back on any error. What a page needs of Flask it gets through a PageCall.
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

import psycopg
import sqlalchemy as sa
from flask import Blueprint, Response, current_app, g, make_response, redirect, render_template, request
from flask_login import AnonymousUserMixin, LoginManager, UserMixin, current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from api.http import NOBODY, guard, retry_later, services, status_of
from api.knocking import terms
from registry.access import holding
from registry.access import queries as access
from registry.access.actor import Actor
from registry.access.permissions import EVEN_WITHOUT_ROLES, Permission
from registry.access.recent import AGAIN
from registry.access.services import PROGRAM, SESSION_IDLE
from registry.changes.apply import conflict_of
from registry.config import Settings
from registry.db import set_scope
from registry.errors import Flaw, Forbidden, Invalid, RegistryError, TooMany, Unauthenticated, not_found
from registry.officials.facts.parsing import Wrong, parse_day
from registry.periods import AsOf
from registry.words import Words
from web import menu

SESSION_COOKIE = "cbccvc_session"
SECURITY_PAGE = "/tai-khoan/bao-mat"
AGAIN_PAGE = "/tai-khoan/xac-thuc-lai"
LANGUAGE_COOKIE = "cbccvc_lang"
LANGUAGES = ("vi", "en")
LANGUAGE_LASTS = timedelta(days=365)
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


def session_cookie() -> str:
    """The cookie's name; in production one that no other host of the domain and no plain HTTP can set."""
    return f"__Host-{SESSION_COOKIE}" if services().settings.production else SESSION_COOKIE


login_manager = LoginManager()
login_manager.session_protection = (
    None  # sessions live in the database, not in a signed cookie that could be copied
)


class Reader(UserMixin):  # type: ignore[misc]
    """The person behind a live browser session, as Flask-Login sees one, with the session's CSRF token."""

    def __init__(self, actor: Actor, csrf: str, key: str) -> None:
        self.actor = actor
        self.csrf = csrf
        self.key = key

    def get_id(self) -> str:
        """The account's name."""
        return self.actor.username


class Nobody(AnonymousUserMixin):  # type: ignore[misc]
    """Whoever is not signed in."""

    actor = NOBODY
    csrf = ""
    key = ""


login_manager.anonymous_user = Nobody


@login_manager.request_loader  # type: ignore[untyped-decorator]
def _reader_of(_request: Any) -> Reader | None:
    """The reader of the cookie, found in the page's own transaction: a right that ended is gone at once."""
    session, key = g.get("page_session"), request.cookies.get(session_cookie())
    if session is None or not key:
        return None
    found = access.find_by_session(
        session, key, services().today(), SESSION_IDLE, g.request_id, terms(services().settings)
    )
    return Reader(found.actor, found.csrf, key) if found else None


@login_manager.unauthorized_handler  # type: ignore[untyped-decorator]
def to_login() -> Response:
    """Send whoever is not signed in to the sign-in page, and afterwards back to where they wanted to go."""
    wanted = request.full_path.rstrip("?") if request.method in SAFE_METHODS else _came_from()
    asked = {"next": wanted} if wanted != "/" else {}
    if request.cookies.get(session_cookie()):
        asked["het"] = "1"
    target = "/login" + (f"?{urlencode(asked)}" if asked else "")
    if request.headers.get("HX-Request"):
        return Response("", 401, {"HX-Redirect": target})
    return _seen_other(target)


def _to_enrolment() -> Response:
    """An account whose role needs a second factor gets the page where it is turned on, and no other."""
    if request.headers.get("HX-Request"):
        return Response("", 403, {"HX-Redirect": SECURITY_PAGE})
    return _seen_other(SECURITY_PAGE)


def _came_from() -> str:
    """The page a form was sent from, if it is one of ours."""
    sent = urlsplit(request.referrer or "")
    if sent.netloc != request.host:
        return "/"
    return safe_next(sent.path + (f"?{sent.query}" if sent.query else ""))


def safe_next(wanted: str | None) -> str:
    """A path on this site to go on to; anything that could lead elsewhere becomes '/'."""
    if not wanted or not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > 2000:
        return "/"
    if any(
        ord(letter) < 32 or letter in "\\\x7f" for letter in wanted
    ):  # browsers read \ as / and drop line breaks
        return "/"
    parts = urlsplit(wanted)
    return "/" if parts.scheme or parts.netloc else wanted


def _seen_other(target: str) -> Response:
    return make_response(redirect(target, 303))


@dataclass
class PageCall:
    """One request as a page sees it: who, in which transaction, on which day, in which language."""

    session: Session
    actor: Actor
    today: date
    language: str
    csrf: str

    @property
    def settings(self) -> Settings:
        """Settings of the application."""
        return services().settings

    @property
    def args(self) -> MultiDict[str, str]:
        """What stands in the address after '?'."""
        return request.args

    @property
    def form(self) -> MultiDict[str, str]:
        """What a form sent."""
        return request.form

    @property
    def swaps(self) -> bool:
        """Whether only a part of the page is asked for (htmx), and not the page."""
        return request.headers.get("HX-Request") == "true"

    @property
    def site(self) -> str:
        """Where this site is, as the reader's browser calls it, for an address to copy."""
        return request.host_url.rstrip("/")

    def say(self, words: Words) -> str:
        """Words in the reader's language."""
        return words.said_in(self.language)

    def t(self, vi: str, en: str) -> str:
        """One of two sentences, by the reader's language."""
        return en if self.language == "en" else vi

    def day(self, name: str) -> date | None:
        """A day of the address, as people (23/11/2026) or links (2026-11-23) write it; None for nothing."""
        sent = self.args.get(name, "").strip()
        if not sent:
            return None
        try:
            return parse_day(sent)
        except Wrong as wrong:
            raise _wrong(name, wrong.words) from None

    def clocks(self) -> AsOf:
        """Both clocks of the address: as_of (default today) and known_at (default as recorded now)."""
        return AsOf(self.day("as_of") or self.today, self._known_at())

    def _known_at(self) -> datetime | None:
        sent = self.args.get("known_at", "").strip()
        if not sent:
            return None
        for shape in ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S", "%d/%m/%Y"):
            try:
                return datetime.strptime(sent, shape).replace(tzinfo=access.LOCAL)
            except ValueError:
                continue
        try:
            found = datetime.fromisoformat(sent)
        except ValueError:
            words = Words(
                "Thời điểm ghi nhận viết dd/mm/yyyy hh:mm.", "Write the moment as dd/mm/yyyy hh:mm."
            )
            raise _wrong("known_at", words) from None
        return found if found.tzinfo else found.replace(tzinfo=access.LOCAL)

    def savepoint(self) -> AbstractContextManager[Any]:
        """A step that is undone when it fails, for a page that shows its form again instead of an error page.

        `with call.savepoint(): service(…)` inside try/except RegistryError; then `mistakes_of(error, …)`.
        """
        return self.session.begin_nested()

    def render(self, template: str, *, status: int = 200, **context: Any) -> Response:
        """The page in the frame, with everything the frame needs."""
        return make_response(render_template(template, **(self._frame() | context)), status)

    def _frame(self) -> dict[str, Any]:
        return frame(self.actor, self.csrf, menu.count_open(self.session, self.actor))

    def redirect(self, target: str) -> Response:
        """Go on to a page of this site (after a form: so that a reload sends nothing twice)."""
        return _seen_other(safe_next(target))

    def link(self, path: str | None = None, **changes: Any) -> str:
        """This address with some parameters changed; None or '' drops one, a list repeats it."""
        return link_to(path or request.path, request.args, **changes)


def link_to(path: str, args: MultiDict[str, str], **changes: Any) -> str:
    """An address with parameters changed."""
    kept = [(name, value) for name, value in args.items(multi=True) if name not in changes and value != ""]
    for name, value in changes.items():
        values = value if isinstance(value, list | tuple) else [value]
        kept += [(name, str(one)) for one in values if one not in (None, "")]
    return path + (f"?{urlencode(kept)}" if kept else "")


def page(
    blueprint: Blueprint,
    rule: str,
    permission: Permission,
    *,
    methods: tuple[str, ...] = ("GET",),
    own_token: bool = False,
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Declare a page.

    The function gets a PageCall and the parts of the path and returns a Response (`call.render`,
    `call.redirect`) or a string. Whoever is not signed in goes to the sign-in page; forms must carry the
    session's CSRF token, unless the page checks a token of its own.
    """

    def declare(view: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(view)
        def handle(**parts: Any) -> Response:
            with services().web() as session:
                return _answer(session, permission, view, parts, check=not own_token)

        handle.page_permission = permission  # type: ignore[attr-defined]
        blueprint.add_url_rule(rule, view.__name__, handle, methods=list(methods))
        return handle

    return declare


def _answer(
    session: Session, permission: Permission, view: Callable[..., Any], parts: dict[str, Any], *, check: bool
) -> Response:
    g.page_session = session
    reader = current_user._get_current_object()
    if permission is not Permission.PUBLIC and not reader.is_authenticated:
        reply: Response = login_manager.unauthorized()
        return reply
    g.reader = reader
    g.account = reader.actor.user_id
    if reader.actor.enrolling and permission not in {Permission.PUBLIC, *EVEN_WITHOUT_ROLES}:
        return _to_enrolment()
    try:
        set_scope(session, reader.actor.scope())
        guard(reader.actor, permission)
        if PROGRAM in reader.actor.roles and permission not in {Permission.PUBLIC, *EVEN_WITHOUT_ROLES}:
            raise not_found()  # pages are for people; what a program may see is written on its token
        if check and request.method not in SAFE_METHODS and reader.is_authenticated:
            check_csrf(reader.csrf)
        call = PageCall(session, reader.actor, services().today(), page_language(), reader.csrf)
        response = _done(call, view, parts)
        if request.method not in SAFE_METHODS:
            holding.still(session, reader.actor, call.today)
        session.commit()
    except sa.exc.IntegrityError as error:
        session.rollback()
        raise conflict_of(error) from error
    except (sa.exc.DataError, psycopg.DataError) as error:  # a number beyond bigint, a NUL in a text
        session.rollback()
        words = Words("Có giá trị ngoài khoảng lưu được.", "A value lies outside what can be stored.")
        raise Invalid(words, "out_of_range") from error
    return response


def _done(call: PageCall, view: Callable[..., Any], parts: dict[str, Any]) -> Response:
    """What a page answers; before a deed that asks for the second factor once more, the page that asks for it."""
    from web import proving  # it renders pages of this module

    if proving.GIVEN in call.form:
        asked_again = proving.take(call)
        if asked_again is not None:
            return asked_again
    try:
        return make_response(view(call, **parts))
    except Unauthenticated as error:
        if error.code != AGAIN:
            raise
        call.session.rollback()
        return proving.ask(call)


def check_csrf(expected: str) -> None:
    """The form must carry the token of the session it is sent in; compared in constant time."""
    sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
    if not expected or not hmac.compare_digest(sent.encode(), expected.encode()):
        raise Invalid(
            Words(
                "Trang này đã mở từ phiên làm việc khác. Mở lại trang rồi gửi lại; chưa ghi gì.",
                "This page was opened in another session. Open it again and send again; nothing was written.",
            ),
            "csrf",
        )


def page_language() -> str:
    """'vi', or 'en' when the reader chose it."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else "vi"


def frame(actor: Actor, csrf: str, open_items: int = 0) -> dict[str, Any]:
    """What the frame of every page needs; also for error pages, without a question to the database."""
    settings, language = services().settings, page_language()
    return {
        "me": menu.me(actor, language) if actor is not NOBODY else None,
        "nav": menu.navigation(current_app, actor, request.path, language, open_items)
        if actor is not NOBODY
        else [],
        "lang": language,
        "demo": not settings.production,
        "csrf": csrf,
        "request_id": g.get("request_id", ""),
        "today": services().today(),
    }


def _wrong(name: str, words: Words) -> Invalid:
    return Invalid(words, "bad_query", [Flaw(name, "bad_query", words)])


# Errors in words


@dataclass(frozen=True)
class Mistakes:
    """What is wrong with a form: {id of the input: sentence}, and pairs for `c.error_summary`."""

    message: str
    fields: dict[str, str]
    summary: list[tuple[str | None, str]]


NO_MISTAKES = Mistakes("", {}, [])


def mistakes_of(
    error: RegistryError,
    language: str,
    known: Iterable[str] | None = None,
    rename: Callable[[str], str] = lambda path: path.replace("/", "-"),
) -> Mistakes:
    """A refusal by the field; `rename` turns a flaw's path ('decision/number') into the input's id.

    With `known` (ids on the page), flaws of other places are told in the summary without a link.
    """
    places = None if known is None else set(known)
    fields: dict[str, str] = {}
    summary: list[tuple[str | None, str]] = []
    for flaw in error.flaws:
        where, words = rename(flaw.path), flaw.message.said_in(language)
        if places is None or where in places:
            fields[where] = f"{fields[where]} {words}" if where in fields else words
            summary.append((where, words))
        else:
            summary.append((None, words))
    message = error.message.said_in(language)
    return Mistakes(message, fields, summary or [(None, message)])


def labelled(mistakes: Mistakes, labels: Mapping[str, str]) -> Mistakes:
    """The list of errors with the names of the inputs, so that each can be told from the others."""
    return Mistakes(
        mistakes.message,
        mistakes.fields,
        [
            (
                place,
                f"{labels[place]}: {words[:1].lower()}{words[1:]}"
                if place is not None and place in labels
                else words,
            )
            for place, words in mistakes.summary
        ],
    )


def error_page(status: int, detail: str | None = None) -> Response:
    """An error page in the frame; one that cannot even be framed is drawn bare."""
    reader = g.get("reader")
    known = {400, 404, 405, 409, 413, 429, 500, 503}
    template = {403: 404, 412: 409, 428: 409}.get(
        status, status if status in known else 400 if status < 500 else 500
    )
    context = frame(reader.actor, reader.csrf) if reader is not None else frame(NOBODY, "")
    return retry_later(
        make_response(render_template(f"errors/{template}.html", **context, detail=detail), status)
    )


def page_of(error: RegistryError) -> Response:
    """The page for a purposeful error. What the reader may not open looks like what is not there."""
    status, language = status_of(error), page_language()
    g.refused = error.code
    if status == 401:
        reply: Response = to_login()
        return reply
    if status == 404 or (isinstance(error, Forbidden) and request.method in SAFE_METHODS):
        return error_page(404)
    words = [flaw.message.said_in(language) for flaw in error.flaws]
    message = error.message.said_in(language)
    response = error_page(
        status, " ".join([message, *(one for one in dict.fromkeys(words) if one != message)])
    )
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response
