"""The own account: second factors, password, and where one is signed in. For everybody signed in, whatever the role."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, Response
from flask_login import current_user

from api.http import status_of
from api.knocking import door
from registry.access import factors, keys, queries, securing, services, ties
from registry.access.passwords import SHORTEST
from registry.access.permissions import Permission
from registry.errors import Conflict, Invalid, RegistryError, TooMany, Unauthenticated, not_found
from web.login import signed_out
from web.pages import (
    AGAIN_PAGE,
    NO_MISTAKES,
    SECURITY_PAGE,
    Mistakes,
    PageCall,
    mistakes_of,
    page,
    safe_next,
)
from web.proving import desk_of, given_of, proof

rooms = Blueprint("account_pages", __name__)
SECURE = Permission.ACCESS_OWN_SECURE
APP_PAGE, KEY_PAGE = f"{SECURITY_PAGE}/ung-dung", f"{SECURITY_PAGE}/khoa"


@page(rooms, SECURITY_PAGE, SECURE)
def show(call: PageCall) -> Response:
    """Second factor, password and sessions at a glance."""
    return show_security(call, NO_MISTAKES)


def show_security(call: PageCall, mistakes: Mistakes, *, status: int = 200) -> Response:
    sessions = queries.list_sessions(
        call.session, call.actor.user_id, services.SESSION_IDLE, services.hashed(current_user.key)
    )
    factor = factors.state(call.session, call.actor.user_id)
    return call.render(
        "access/security.html",
        status=status,
        title=call.t("Tài khoản và bảo mật", "Account and security"),
        username=call.actor.username,
        before=[
            _sign_in(call, one)
            for one in queries.earlier_sign_ins(
                call.session, call.actor.user_id, services.hashed(current_user.key)
            )
        ],
        warning=from_new_places(call),
        factor=factor | {"since": _when(factor["confirmed_at"])},
        keys=[
            one | {"added": _when(one["added_at"]), "used": _when(one["used_at"])}
            for one in keys.list_keys(call.session, call.actor.user_id)
        ],
        **proof(call),
        key_name=call.form.get("name", ""),
        authority=call.settings.authority.name if call.settings.authority else None,
        tied=_when(_tied_since(call)),
        enrolling=call.actor.enrolling,
        key_required=call.settings.key_required,
        sessions=[
            one | {"when": _when(one["started_at"]), "seen": _when(one["seen_at"])} for one in sessions
        ],
        mistakes=mistakes,
        errors=mistakes.fields,
        done=call.args.get("xong"),
        shortest=SHORTEST,
    )


def _tied_since(call: PageCall) -> datetime | None:
    authority = call.settings.authority
    return ties.since(call.session, call.actor.user_id, authority.issuer) if authority else None


def _when(moment: Any) -> str | None:
    return moment.astimezone(queries.LOCAL).strftime("%d/%m/%Y %H:%M") if moment else None


def from_new_places(call: PageCall) -> str | None:
    """A warning for the first pages after signing in: sign-ins of the last days elsewhere, from places that were new."""
    found = queries.earlier_sign_ins(
        call.session, call.actor.user_id, services.hashed(current_user.key), new_places=True
    )
    if not found:
        return None
    told = "; ".join(_sign_in(call, one) for one in found)
    return call.t(
        f"Tài khoản của bạn đã đăng nhập từ nơi mới: {told}. Không phải bạn thì kết thúc phiên đó và đổi mật khẩu.",
        f"Your account was signed in from a new place: {told}. If that was not you, end that session and change the password.",
    )


def _sign_in(call: PageCall, one: dict[str, Any]) -> str:
    return f"{_when(one['started_at'])}, {one['agent'] or call.t('không rõ thiết bị', 'unknown device')}"


# The authenticator app


@page(rooms, f"{APP_PAGE}/moi", SECURE, methods=("POST",))
def begin(call: PageCall) -> Response:
    """Make a secret, to be confirmed on the next page."""
    try:
        with call.savepoint():
            factors.begin(call.session, call.actor, call.settings.secret_key)
    except Conflict as error:
        return show_security(call, mistakes_of(error, call.language), status=409)
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
        **proof(call),
        mistakes=mistakes,
        errors=mistakes.fields,
    )


@page(rooms, APP_PAGE, SECURE, methods=("POST",))
def confirm(call: PageCall) -> Response:
    """Password and first code turn it on; the recovery codes are shown this once."""

    def turn_on() -> Response:
        codes = securing.add_app(
            call.session,
            call.actor,
            desk_of(call),
            call.form.get("password", ""),
            given_of(call, "spare"),
            call.form.get("otp", ""),
        )
        return _codes(call, codes, "app")

    return or_told(call, turn_on, ("password", "otp"), _show_app)


def _codes(call: PageCall, codes: list[str], after: str) -> Response:
    """Recovery codes, shown once, after an 'app' or a 'key' was added or the old 'codes' were replaced."""
    return call.render(
        "access/codes.html",
        title=call.t("Mã dự phòng", "Recovery codes"),
        codes=codes,
        after=after,
        enrolling=call.actor.enrolling,
    )


@page(rooms, f"{APP_PAGE}/sua", SECURE, methods=("POST",))
def change_factor(call: PageCall) -> Response:
    """By the button: ten new recovery codes, shown this once, or the second factor turned off."""
    password, given = call.form.get("password", ""), given_of(call)

    def change() -> Response:
        if call.form.get("what") == "codes":
            codes = securing.renew_recovery_codes(call.session, call.actor, desk_of(call), password, given)
            return _codes(call, codes, "codes")
        securing.remove_app(call.session, call.actor, desk_of(call), password, given)
        return call.redirect(f"{SECURITY_PAGE}?xong=tat")

    return or_told(call, change, ("password", "otp"), show_security)


# Security keys


@page(rooms, f"{KEY_PAGE}/moi", SECURE, methods=("POST",))
def ask_for_key(call: PageCall) -> Response:
    """Password and the present factor, then a page on which the browser makes the new key."""

    def ask() -> Response:
        name, options = securing.ask_for_key(
            call.session,
            call.actor,
            desk_of(call),
            call.form.get("password", ""),
            given_of(call),
            call.form.get("name", ""),
        )
        return call.render(
            "access/key.html",
            title=call.t("Thêm khóa bảo mật", "Add a security key"),
            name=name,
            options=options,
            origin=call.settings.public_url,
        )

    return or_told(call, ask, ("password", "otp", "name"), show_security, prefix="new-")


@page(rooms, KEY_PAGE, SECURE, methods=("POST",))
def add_key(call: PageCall) -> Response:
    """Keep what the browser made; with the first factor come recovery codes, shown this once."""

    def add() -> Response:
        codes = securing.add_key(
            call.session, call.actor, desk_of(call), call.form.get("name", ""), call.form.get("answer", "")
        )
        return _codes(call, codes, "key") if codes else call.redirect(f"{SECURITY_PAGE}?xong=khoa")

    return or_told(call, add, (), show_security)


@page(rooms, f"{KEY_PAGE}/<uid>", SECURE, methods=("POST",))
def remove_key(call: PageCall, uid: str) -> Response:
    """Take one of the own keys away, against password and factor."""
    named = _uid(uid)

    def remove() -> Response:
        securing.remove_key(
            call.session, call.actor, desk_of(call), call.form.get("password", ""), given_of(call), named
        )
        return call.redirect(f"{SECURITY_PAGE}?xong=xoa-khoa")

    return or_told(call, remove, ("password", "otp"), show_security, prefix=f"{named}-")


def _uid(written: str) -> str:
    try:
        return str(UUID(written))
    except ValueError:
        raise not_found() from None


# Once more


@page(rooms, AGAIN_PAGE, SECURE, methods=("POST",))
def give_again(call: PageCall) -> Response:
    """The second factor once more before a page is opened; then there. Of a form its own address takes it."""
    return call.redirect(safe_next(call.form.get("next")))


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
        return show_security(call, Mistakes(words, {"again": words}, [("again", words)]), status=422)
    return or_told(call, change, ("old", "new"), show_security)


@page(rooms, f"{SECURITY_PAGE}/phien/<uid>", SECURE, methods=("POST",))
def end_one(call: PageCall, uid: str) -> Response:
    """End one session or token of one's own."""
    services.end_own(call.session, call.actor, _uid(uid))
    return call.redirect(f"{SECURITY_PAGE}?xong=phien")


@page(rooms, f"{SECURITY_PAGE}/dang-xuat", SECURE, methods=("POST",))
def end_everywhere(call: PageCall) -> Response:
    """Sign out everywhere, here too."""
    services.end_everywhere(call.session, call.actor)
    return signed_out(call)


Shown = Callable[..., Response]


def or_told(
    call: PageCall, act: Callable[[], Response], fields: tuple[str, ...], shown: Shown, *, prefix: str = ""
) -> Response:
    """What `act` answers, or the page again with what was wrong; a wrong password or code stays counted.

    `fields`: where what is wrong can be told, the password's first; on the page their ids begin with `prefix`.
    """
    try:
        return act()
    except (Unauthenticated, TooMany, Invalid, Conflict) as error:
        answer = shown(call, _mistakes(call, error, fields, prefix), status=status_of(error))
        if isinstance(error, TooMany):
            answer.headers["Retry-After"] = str(error.retry_after)
        return answer


def _mistakes(call: PageCall, error: RegistryError, fields: tuple[str, ...], prefix: str) -> Mistakes:
    """A wrong password is told at its input, without the words about the user name."""
    if isinstance(error, Unauthenticated) and error.code == "wrong_credentials":
        words, where = (
            call.t("Mật khẩu hiện tại chưa đúng.", "The present password is wrong."),
            prefix + fields[0],
        )
        return Mistakes(words, {where: words}, [(where, words)])
    known = [prefix + one for one in fields]
    return mistakes_of(error, call.language, known, rename=lambda path: prefix + path.replace("/", "-"))
