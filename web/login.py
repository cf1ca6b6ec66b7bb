"""Signing in and out by browser, and choosing the language."""

import hmac
import secrets
from typing import Any

from flask import Blueprint, Response, g, request
from flask_login import current_user

from registry.access import queries, services
from registry.access.permissions import Permission
from registry.errors import Unauthenticated
from web.menu import only_own
from web.pages import LANGUAGE_COOKIE, LANGUAGE_LASTS, LANGUAGES, SESSION_COOKIE, PageCall, page, safe_next

rooms = Blueprint("login_pages", __name__)
FORM_COOKIE = "cbccvc_login"
"""Ties the sign-in form to this browser, so that nobody signs a stranger's browser into another account."""
PUBLIC = Permission.PUBLIC


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
    return _form(call, wanted, expired=call.args.get("het") == "1")


@page(rooms, "/login", PUBLIC, methods=("POST",), own_token=True)
def login(call: PageCall) -> Response:
    """Check the password and start a fresh session; a failure is counted and told."""
    wanted = safe_next(call.form.get("next"))
    username, password = call.form.get("username", "").strip(), call.form.get("password", "")
    if not _form_is_ours(call):
        return _form(
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
        return _form(call, wanted, username, status=422, errors=missing)
    try:
        user = services.check_password(call.session, username, password, request_id=g.request_id)
    except Unauthenticated as error:
        return _form(call, wanted, username, status=401, error=call.say(error.message))
    actor = queries.find_by_username(call.session, user.username, call.today, g.request_id)
    if actor is None:
        return _form(call, wanted, username, status=401, error=call.say(services.WRONG))
    if current_user.is_authenticated:
        services.end_session(call.session, current_user.actor, current_user.key)
    key, _csrf = services.start_session(call.session, user, actor)
    response = call.redirect(wanted)
    response.set_cookie(
        SESSION_COOKIE, key, httponly=True, samesite="Lax", secure=call.settings.production, path="/"
    )
    return response


@page(rooms, "/logout", PUBLIC, methods=("POST",))
def logout(call: PageCall) -> Response:
    """Sign out: the session is dead on the server, the cookie is dropped."""
    if current_user.is_authenticated:
        services.end_session(call.session, current_user.actor, current_user.key)
    response = call.redirect("/login")
    response.delete_cookie(
        SESSION_COOKIE, path="/", httponly=True, samesite="Lax", secure=call.settings.production
    )
    return response


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


def _form(
    call: PageCall,
    wanted: str,
    username: str = "",
    *,
    status: int = 200,
    expired: bool = False,
    error: str | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    token = request.cookies.get(FORM_COOKIE) or secrets.token_urlsafe(24)
    here = call.link("/login", next=None if wanted == "/" else wanted, het=None)
    context: dict[str, Any] = {
        "title": call.t("Đăng nhập", "Sign in"),
        "next": wanted,
        "username": username,
        "error": error,
        "errors": errors or {},
        "expired": expired,
        "csrf": token,
        "here": here,
    }
    response = call.render("access/login.html", status=status, **context)
    response.set_cookie(
        FORM_COOKIE, token, httponly=True, samesite="Strict", secure=call.settings.production, path="/login"
    )
    return response


def _form_is_ours(call: PageCall) -> bool:
    sent, kept = call.form.get("csrf", ""), request.cookies.get(FORM_COOKIE, "")
    return bool(kept) and hmac.compare_digest(sent.encode(), kept.encode())
