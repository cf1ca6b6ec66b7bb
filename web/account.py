"""The own account: second factor, password, and where one is signed in. For everybody signed in, whatever the role."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Response
from flask_login import current_user

from api.http import status_of
from api.knocking import door
from registry.access import factors, queries, services
from registry.access.passwords import SHORTEST
from registry.access.permissions import Permission
from registry.errors import Conflict, Invalid, RegistryError, TooMany, Unauthenticated, not_found
from web.login import signed_out
from web.pages import NO_MISTAKES, SECURITY_PAGE, Mistakes, PageCall, mistakes_of, page

rooms = Blueprint("account_pages", __name__)
SECURE = Permission.ACCESS_OWN_SECURE
APP_PAGE = f"{SECURITY_PAGE}/ung-dung"


@page(rooms, SECURITY_PAGE, SECURE)
def show(call: PageCall) -> Response:
    """Second factor, password and sessions at a glance."""
    return _show(call, NO_MISTAKES)


def _show(call: PageCall, mistakes: Mistakes, *, status: int = 200) -> Response:
    sessions = queries.list_sessions(
        call.session, call.actor.user_id, services.SESSION_IDLE, services.hashed(current_user.key)
    )
    factor = factors.state(call.session, call.actor.user_id)
    return call.render(
        "access/security.html",
        status=status,
        title=call.t("Tài khoản và bảo mật", "Account and security"),
        username=call.actor.username,
        factor=factor | {"since": _when(factor["confirmed_at"])},
        enrolling=call.actor.enrolling,
        sessions=[
            one | {"when": _when(one["started_at"]), "seen": _when(one["seen_at"])} for one in sessions
        ],
        mistakes=mistakes,
        errors=mistakes.fields,
        done=call.args.get("xong"),
        shortest=SHORTEST,
    )


def _when(moment: Any) -> str | None:
    return moment.astimezone(queries.LOCAL).strftime("%d/%m/%Y %H:%M") if moment else None


# The authenticator app


@page(rooms, f"{APP_PAGE}/moi", SECURE, methods=("POST",))
def begin(call: PageCall) -> Response:
    """Make a secret, to be confirmed on the next page."""
    try:
        with call.savepoint():
            factors.begin(call.session, call.actor, call.settings.secret_key)
    except Conflict as error:
        return _show(call, mistakes_of(error, call.language), status=409)
    return call.redirect(APP_PAGE)


@page(rooms, APP_PAGE, SECURE)
def show_app(call: PageCall) -> Response:
    """The secret that waits for its first code, as a picture and to be typed."""
    return _show_app(call, NO_MISTAKES)


def _show_app(call: PageCall, mistakes: Mistakes, *, status: int = 200) -> Response:
    secret = factors.waiting_secret(call.session, call.actor.user_id, call.settings.secret_key)
    if secret is None:
        return call.redirect(SECURITY_PAGE)
    return call.render(
        "access/app.html",
        status=status,
        title=call.t("Bật xác thực hai lớp", "Turn the second factor on"),
        picture=segno.make(factors.address(secret, call.actor.username), error="m").svg_data_uri(
            scale=5, border=2, dark="#000", light="#fff"
        ),
        key=factors.typed(secret),
        mistakes=mistakes,
        errors=mistakes.fields,
    )


@page(rooms, APP_PAGE, SECURE, methods=("POST",))
def confirm(call: PageCall) -> Response:
    """Password and first code turn it on; the recovery codes are shown this once."""

    def turn_on() -> Response:
        codes = services.add_factor(
            call.session,
            call.actor,
            password=call.form.get("password", ""),
            code=call.form.get("otp", ""),
            secret_key=call.settings.secret_key,
            door=door(call.settings),
            key=current_user.key,
        )
        return _codes(call, codes, first=True)

    return _or_told(call, turn_on, ("password", "otp"), _show_app)


def _codes(call: PageCall, codes: list[str], *, first: bool) -> Response:
    return call.render(
        "access/codes.html",
        title=call.t("Mã dự phòng", "Recovery codes"),
        codes=codes,
        first=first,
        enrolling=call.actor.enrolling,
    )


@page(rooms, f"{APP_PAGE}/sua", SECURE, methods=("POST",))
def change_factor(call: PageCall) -> Response:
    """By the button: ten new recovery codes, shown this once, or the second factor turned off."""
    given: dict[str, Any] = {
        "password": call.form.get("password", ""),
        "code": call.form.get("otp", ""),
        "secret_key": call.settings.secret_key,
        "door": door(call.settings),
    }

    def change() -> Response:
        if call.form.get("what") == "codes":
            codes = services.renew_recovery_codes(call.session, call.actor, **given)
            return _codes(call, codes, first=False)
        services.remove_factor(call.session, call.actor, **given)
        return call.redirect(f"{SECURITY_PAGE}?xong=tat")

    return _or_told(call, change, ("password", "otp"), _show)


# Password and sessions


@page(rooms, f"{SECURITY_PAGE}/mat-khau", SECURE, methods=("POST",))
def change_password(call: PageCall) -> Response:
    """A new password; all other sessions end."""
    form = call.form

    def change() -> Response:
        services.change_password(
            call.session,
            call.actor,
            old=form.get("old", ""),
            new=form.get("new", ""),
            door=door(call.settings),
            key=current_user.key,
        )
        return call.redirect(f"{SECURITY_PAGE}?xong=mat-khau")

    if form.get("new") != form.get("again"):
        words = call.t("Hai mật khẩu mới không giống nhau.", "The two new passwords differ.")
        return _show(call, Mistakes(words, {"again": words}, [("again", words)]), status=422)
    return _or_told(call, change, ("old", "new"), _show)


@page(rooms, f"{SECURITY_PAGE}/phien/<uid>", SECURE, methods=("POST",))
def end_one(call: PageCall, uid: str) -> Response:
    """End one session or token of one's own."""
    try:
        services.end_own(call.session, call.actor, str(UUID(uid)))
    except ValueError:
        raise not_found() from None
    return call.redirect(f"{SECURITY_PAGE}?xong=phien")


@page(rooms, f"{SECURITY_PAGE}/dang-xuat", SECURE, methods=("POST",))
def end_everywhere(call: PageCall) -> Response:
    """Sign out everywhere, here too."""
    services.end_everywhere(call.session, call.actor)
    return signed_out(call)


Shown = Callable[..., Response]


def _or_told(call: PageCall, act: Callable[[], Response], fields: tuple[str, ...], shown: Shown) -> Response:
    """What `act` answers, or the page again with what was wrong; a wrong password or code stays counted."""
    try:
        return act()
    except (Unauthenticated, TooMany, Invalid, Conflict) as error:
        answer = shown(call, _mistakes(call, error, fields), status=status_of(error))
        if isinstance(error, TooMany):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer


def _mistakes(call: PageCall, error: RegistryError, fields: tuple[str, ...]) -> Mistakes:
    """A wrong password is told at its input, without the words about the user name."""
    if isinstance(error, Unauthenticated) and error.code == "wrong_credentials":
        words = call.t("Mật khẩu hiện tại chưa đúng.", "The present password is wrong.")
        return Mistakes(words, {fields[0]: words}, [(fields[0], words)])
    return mistakes_of(error, call.language, fields)
