"""Signing in by browser in one step or two, out again, recovering an account, and choosing the language."""

import hmac
import secrets
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from flask_login import current_user

from api.http import status_of
from api.knocking import agent, door, site, terms
from registry.access import factors, keys, queries, recovery, securing, services
from registry.access.models import User
from registry.access.passwords import SHORTEST
from registry.access.permissions import Permission
from registry.errors import Invalid, RegistryError, TooMany, Unauthenticated
from registry.words import Words
from web.menu import only_own
from web.pages import (
    LANGUAGE_COOKIE,
    LANGUAGE_LASTS,
    LANGUAGES,
    NO_MISTAKES,
    SECURITY_PAGE,
    Mistakes,
    PageCall,
    mistakes_of,
    page,
    safe_next,
    session_cookie,
)

rooms = Blueprint("login_pages", __name__)
FORM_COOKIE = "cbccvc_login"
"""Ties the sign-in form to this browser, so that nobody signs a stranger's browser into another account."""
PENDING_COOKIE = "cbccvc_pending"
"""Key of a sign-in between its first step and the second factor; worth nothing but for giving that."""
CODE_PAGE, RECOVERY_PAGE = "/login/ma", "/login/khoi-phuc"
PUBLIC = Permission.PUBLIC
KEY_WAS_NOT_ASKED = Words(
    "Trình duyệt chưa hỏi khóa bảo mật: việc này cần JavaScript. Không bật được thì nhập mã của ứng dụng hoặc mã dự phòng.",
    "The browser did not ask for the key: that needs JavaScript. Without it enter the app's code or a recovery code.",
)


@page(rooms, "/", Permission.ACCESS_OWN_READ)
def start(call: PageCall) -> Response:
    """The first page of whoever is signed in."""
    return call.redirect("/cua-toi" if only_own(call.actor) else "/cong-viec")


@page(rooms, "/login", PUBLIC)
def show_login(call: PageCall) -> Response:
    """The sign-in page; somebody who is signed in goes on."""
    wanted = safe_next(call.args.get("next"))
    if current_user.is_authenticated:
        return call.redirect(wanted)
    return sign_in_form(call, wanted, expired=call.args.get("het") == "1")


@page(rooms, "/login", PUBLIC, methods=("POST",), own_token=True)
def login(call: PageCall) -> Response:
    """Check the password and start a fresh session; a failure is counted and told."""
    wanted = safe_next(call.form.get("next"))
    username, password = call.form.get("username", "").strip(), call.form.get("password", "")
    if not _form_is_ours(call):
        return sign_in_form(
            call,
            wanted,
            username,
            status=400,
            error=call.t(
                "Trang đăng nhập đã mở quá lâu. Nhập lại và gửi.",
                "The sign-in page was open too long. Enter it again and send.",
            ),
        )
    missing = {
        name: words
        for name, value, words in (
            ("username", username, call.t("Nhập tên đăng nhập.", "Enter the user name.")),
            ("password", password, call.t("Nhập mật khẩu.", "Enter the password.")),
        )
        if not value
    }
    if missing:
        return sign_in_form(call, wanted, username, status=422, errors=missing)
    knock = door(call.settings)
    try:
        user = services.check_password(call.session, username, password, knock)
    except (Unauthenticated, TooMany) as error:
        return _told(
            sign_in_form(call, wanted, username, status=status_of(error), error=call.say(error.message)),
            error,
        )
    return go_on(call, user, wanted, services.PASSWORD)


def go_on(call: PageCall, user: User, wanted: str, began_by: str, *, whole: bool = False) -> Response:
    """The first step was right: to the second factor if the account has one, else in.

    `whole`: another authority has seen a second factor already; a security key that we require it has not.
    """
    held = factors.kinds(call.session, user.id)
    if not held or (whole and not call.settings.key_required):
        return _enter(call, user, door(call.settings), wanted, began_by)
    target = _with_next(CODE_PAGE, wanted)
    if began_by == services.AUTHORITY:
        # Coming from another site, a redirect would not carry the strict cookies; a page of ours that goes on does.
        response = call.render("access/onward.html", title=call.t("Đăng nhập", "Sign in"), target=target)
    else:
        response = call.redirect(target)
    _keep(call, response, PENDING_COOKIE, services.start_pending(call.session, user, began_by))
    return response


@page(rooms, CODE_PAGE, PUBLIC)
def show_code(call: PageCall) -> Response:
    """The second step of signing in; whoever has not done the first goes there."""
    wanted = safe_next(call.args.get("next"))
    pending = _pending(call)
    if pending is None:
        return call.redirect(_with_next("/login", wanted))
    return _code_form(call, wanted, pending.user)


@page(rooms, CODE_PAGE, PUBLIC, methods=("POST",), own_token=True)
def enter_code(call: PageCall) -> Response:
    """Check the code or key of the account whose first step this browser did; only then is there a session."""
    wanted = safe_next(call.form.get("next"))
    pending = _pending(call)
    if pending is None or not _form_is_ours(call):
        return sign_in_form(
            call,
            wanted,
            status=400,
            error=call.t(
                "Đã quá thời gian nhập mã. Đăng nhập lại từ đầu.",
                "The time for the code is over. Sign in from the start.",
            ),
        )
    given = securing.Given(call.form.get("otp", ""), call.form.get("answer", ""))
    if call.form.get("by") == "key" and not given.answer:
        return _code_form(call, wanted, pending.user, status=422, error=call.say(KEY_WAS_NOT_ASKED))
    try:
        by = securing.take(call.session, pending.user, _desk(call), keys.SIGN_IN, given)
    except (Unauthenticated, TooMany) as error:
        words = call.say(error.message)
        return _told(_code_form(call, wanted, pending.user, status=status_of(error), error=words), error)
    services.end_pending(call.session, pending.user.id)
    response = _enter(call, pending.user, door(call.settings), wanted, f"{pending.began_by}+{by}")
    _drop(call, response, PENDING_COOKIE)
    return response


def _with_next(path: str, wanted: str) -> str:
    return path if wanted == "/" else f"{path}?{urlencode({'next': wanted})}"


def _pending(call: PageCall) -> services.Pending | None:
    key = request.cookies.get(PENDING_COOKIE)
    return services.find_pending(call.session, key, door(call.settings)) if key else None


def _desk(call: PageCall) -> securing.Desk:
    """Where this browser gives its second factor; challenges are bound to its pending sign-in."""
    settings = call.settings
    return securing.Desk(
        door(settings),
        settings.secret_key,
        request.cookies.get(PENDING_COOKIE, ""),
        site(settings),
        settings.key_required,
    )


def _enter(call: PageCall, user: User, knock: services.Door, wanted: str, by: str) -> Response:
    """Everything asked for was right: a fresh session."""
    actor = queries.find_by_username(
        call.session, user.username, call.today, knock.request_id, terms(call.settings)
    )
    if actor is None:
        return sign_in_form(call, wanted, status=401, error=call.say(services.WRONG))
    if current_user.is_authenticated:
        services.end_session(call.session, current_user.actor, current_user.key)
    new_place = services.welcome(call.session, user, knock)
    key, _csrf = services.start_session(call.session, user, actor, agent(), by=by, new_place=new_place)
    response = call.redirect(SECURITY_PAGE if actor.enrolling else wanted)
    response.set_cookie(
        session_cookie(), key, httponly=True, samesite="Lax", secure=call.settings.production, path="/"
    )
    return response


@page(rooms, "/logout", PUBLIC, methods=("POST",))
def logout(call: PageCall) -> Response:
    """Sign out: the session is dead on the server, the cookie is dropped."""
    if current_user.is_authenticated:
        services.end_session(call.session, current_user.actor, current_user.key)
    return signed_out(call)


def signed_out(call: PageCall) -> Response:
    """To the sign-in page, without the cookie and with nothing of the session left in the browser."""
    response = call.redirect("/login")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    response.delete_cookie(
        session_cookie(), path="/", httponly=True, samesite="Lax", secure=call.settings.production
    )
    return response


# Recovery: both halves of the code that two administrators gave


@page(rooms, RECOVERY_PAGE, PUBLIC)
def show_recovery(call: PageCall) -> Response:
    """The form for both halves of the code and a new password."""
    return _recovery_form(call, NO_MISTAKES)


@page(rooms, RECOVERY_PAGE, PUBLIC, methods=("POST",), own_token=True)
def recover(call: PageCall) -> Response:
    """Set a new password by both halves of the code; second factor and sessions are gone."""
    form = call.form
    fields = ("username", "first", "second", "password", "again")
    missing = {
        name: call.t("Nhập thông tin này.", "This is required.") for name in fields if not form.get(name)
    }
    if not missing and form["password"] != form["again"]:
        missing["again"] = call.t("Hai mật khẩu không giống nhau.", "The two passwords differ.")
    if missing:
        return _recovery_form(call, Mistakes("", missing, list(missing.items())), status=422)
    if not _form_is_ours(call):
        words = call.t("Trang đã mở quá lâu. Nhập lại và gửi.", "The page was open too long. Send it again.")
        return _recovery_form(call, Mistakes(words, {}, [(None, words)]), status=400)
    try:
        recovery.use(
            call.session,
            form["username"].strip(),
            (form["first"], form["second"]),
            form["password"],
            call.settings.secret_key,
            door(call.settings),
        )
    except (Unauthenticated, TooMany, Invalid) as error:
        mistakes = mistakes_of(error, call.language, fields)
        return _told(_recovery_form(call, mistakes, status=status_of(error)), error)
    return call.redirect("/login?xong=1")


def _recovery_form(call: PageCall, mistakes: Mistakes, *, status: int = 200) -> Response:
    return _bound(
        call,
        "access/recovery.html",
        status=status,
        title=call.t("Khôi phục truy cập", "Recover the access"),
        username=call.form.get("username", ""),
        mistakes=mistakes,
        errors=mistakes.fields,
        shortest=SHORTEST,
        here=RECOVERY_PAGE,
    )


@page(rooms, "/ngon-ngu", PUBLIC)
def choose_language(call: PageCall) -> Response:
    """Keep the language in a cookie and go back to where the reader was."""
    chosen = call.args.get("lang", "vi")
    response = call.redirect(safe_next(call.args.get("next")))
    if chosen in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            chosen,
            max_age=LANGUAGE_LASTS,
            httponly=True,
            samesite="Lax",
            secure=call.settings.production,
            path="/",
        )
    return response


def sign_in_form(
    call: PageCall,
    wanted: str,
    username: str = "",
    *,
    status: int = 200,
    expired: bool = False,
    error: str | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    """The sign-in page, with what was wrong."""
    authority = call.settings.authority
    return _bound(
        call,
        "access/login.html",
        authority=authority.name if authority else None,
        status=status,
        title=call.t("Đăng nhập", "Sign in"),
        next=wanted,
        username=username,
        error=error,
        errors=errors or {},
        expired=expired,
        recovered=call.args.get("xong") == "1",
        here=_with_next("/login", wanted),
    )


def _code_form(
    call: PageCall, wanted: str, user: User, *, status: int = 200, error: str | None = None
) -> Response:
    desk = _desk(call)
    return _bound(
        call,
        "access/code.html",
        status=status,
        title=call.t("Xác thực hai lớp", "Second factor"),
        next=wanted,
        error=error,
        key_options=desk.options(call.session, keys.SIGN_IN, user.id),
        origin=call.settings.public_url,
        only_key=securing.takes_only_keys(call.session, user.id, desk),
        here=_with_next(CODE_PAGE, wanted),
    )


def _bound(call: PageCall, template: str, *, status: int, **context: Any) -> Response:
    """A form for somebody not signed in, tied to this browser by a cookie of its own."""
    token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    response = call.render(template, status=status, csrf=token, **context)
    _keep(call, response, FORM_COOKIE, token)
    return response


def _keep(call: PageCall, response: Response, name: str, value: str) -> None:
    """A cookie that only the pages of signing in see, and never a script or another site."""
    response.set_cookie(
        name, value, httponly=True, samesite="Strict", secure=call.settings.production, path="/login"
    )


def _drop(call: PageCall, response: Response, name: str) -> None:
    response.delete_cookie(
        name, httponly=True, samesite="Strict", secure=call.settings.production, path="/login"
    )


def _told(response: Response, error: RegistryError) -> Response:
    """The page, saying when to try again where that is known."""
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _form_is_ours(call: PageCall) -> bool:
    sent, kept = call.form.get("csrf", ""), request.cookies.get(FORM_COOKIE, "")
    return bool(kept) and hmac.compare_digest(sent.encode(), kept.encode())
