"""Signing in by the word of another authority, and tying the own account to it. Rights come from here alone."""

from urllib.parse import urlencode

from flask import Blueprint, Response, make_response, redirect, request
from flask_login import current_user

from api.http import status_of
from api.knocking import door
from registry.access import issuer, once, securing, services, ties
from registry.config import Authority
from registry.errors import Conflict, RegistryError, TooMany, Unauthenticated, Unavailable, not_found
from registry.words import Words
from web.account import SECURE, or_told, show_security
from web.login import PUBLIC, go_on, sign_in_form
from web.pages import SECURITY_PAGE, PageCall, mistakes_of, page, safe_next
from web.proving import desk_of, given_of

rooms = Blueprint("elsewhere_pages", __name__)
START, BACK = "/login/oidc", "/login/oidc/ve"
TIE_PAGE = f"{SECURITY_PAGE}/dinh-danh"
TRIP_COOKIE = "cbccvc_trip"
"""What this browser takes along to the other authority, sealed."""
NOT_TIED = Words(
    "Tài khoản định danh này chưa gắn với tài khoản nào ở đây. Đăng nhập bằng mật khẩu rồi gắn ở trang Tài khoản và bảo mật.",
    "That identity is not tied to an account here. Sign in with the password and tie it on the page of your account.",
)


@page(rooms, START, PUBLIC)
def set_out(call: PageCall) -> Response:
    """Send the browser to the other authority; `gan` holds the permit of somebody who ties the own account."""
    authority = _authority(call)
    trip = issuer.set_out(safe_next(call.args.get("next")), call.args.get("gan", "")[:400])
    try:
        target = issuer.issuer_of(authority).address(trip, _way_back(call))
    except Unavailable as error:
        return sign_in_form(call, trip.wanted, status=status_of(error), error=call.say(error.message))
    response = make_response(redirect(target, 303))
    response.set_cookie(
        TRIP_COOKIE,
        issuer.sealed(call.settings.secret_key, trip),
        max_age=issuer.TRIP_LASTS,
        httponly=True,
        samesite="Lax",  # the browser comes back from another site
        secure=call.settings.production,
        path=START,
    )
    return response


@page(rooms, BACK, PUBLIC)
def come_back(call: PageCall) -> Response:
    """Back from the other authority: sign in to the account that is tied to whom it means, or tie the own one."""
    authority = _authority(call)
    try:
        response = _arrive(call, authority)
    except (Unauthenticated, TooMany, Unavailable) as error:
        why = "; ".join(getattr(error, "__notes__", ()))
        if isinstance(error, Unauthenticated):
            services.refuse_stranger(call.session, door(call.settings), why)
        response = _not_arrived(call, error)
        if isinstance(error, TooMany):
            response.headers["Retry-After"] = str(error.retry_after)
    response.delete_cookie(
        TRIP_COOKIE, path=START, httponly=True, samesite="Lax", secure=call.settings.production
    )
    return response


def _not_arrived(call: PageCall, error: RegistryError) -> Response:
    """What was wrong, on the page from which one set out: that of the own account, or that of signing in."""
    if current_user.is_authenticated:
        return show_security(call, mistakes_of(error, call.language), status=status_of(error))
    return sign_in_form(call, "/", status=status_of(error), error=call.say(error.message))


def _arrive(call: PageCall, authority: Authority) -> Response:
    services.refuse_full(call.session, door(call.settings))
    cookie, state = request.cookies.get(TRIP_COOKIE, ""), call.args.get("state", "")
    trip = issuer.come_back(call.session, call.settings.secret_key, cookie, state)
    if call.args.get("iss", authority.issuer) != authority.issuer:
        raise issuer.refused("another issuer")
    code = call.args.get("code", "")
    if "error" in call.args or not 0 < len(code) <= 2000:
        raise issuer.refused("no code")
    told = issuer.issuer_of(authority).redeem(code, trip, _way_back(call))
    if trip.permit:
        return _tie(call, authority, trip, told.subject)
    user = ties.find(call.session, authority.issuer, told.subject)
    if user is None or not services.may_enter(user, door(call.settings)):
        error = Unauthenticated(NOT_TIED, "not_tied")
        error.add_note("not tied")
        raise error
    services.refuse_unused(call.session, user, door(call.settings))
    return go_on(call, user, trip.wanted, services.AUTHORITY, whole=told.many_factors)


def _tie(call: PageCall, authority: Authority, trip: issuer.Trip, subject: str) -> Response:
    """Tie the account of whoever is signed in here, if it is the one, in the browser, that asked for it lately."""
    if not current_user.is_authenticated:
        raise issuer.refused("not signed in")
    bound = (securing.TIE, call.actor.user_id, current_user.key)
    if not once.spend(call.session, call.settings.secret_key, trip.permit, *bound):
        raise issuer.refused("permit")
    try:
        ties.add(call.session, call.actor, authority.issuer, subject)
    except Conflict as error:
        return show_security(call, mistakes_of(error, call.language), status=409)
    return call.redirect(f"{SECURITY_PAGE}?xong=gan")


@page(rooms, TIE_PAGE, SECURE, methods=("POST",))
def permit(call: PageCall) -> Response:
    """Password and factor, then a page from which one goes to the other authority."""
    authority = _authority(call)

    def ask() -> Response:
        given = securing.permit_tie(
            call.session, call.actor, desk_of(call), call.form.get("password", ""), given_of(call)
        )
        return call.render(
            "access/tie.html",
            title=call.t("Gắn tài khoản định danh", "Tie an identity"),
            name=authority.name,
            href=f"{START}?{urlencode({'gan': given})}",
        )

    return or_told(call, ask, ("password", "otp"), show_security, prefix="tie-")


@page(rooms, f"{TIE_PAGE}/go", SECURE, methods=("POST",))
def untie(call: PageCall) -> Response:
    """Untie the own account: nobody needs to prove more to open less."""
    ties.drop(call.session, call.actor, _authority(call).issuer)
    return call.redirect(f"{SECURITY_PAGE}?xong=go")


def _authority(call: PageCall) -> Authority:
    if call.settings.authority is None:
        raise not_found()
    return call.settings.authority


def _way_back(call: PageCall) -> str:
    """Where the other authority sends browsers back to: from the settings, whatever the request calls the host."""
    return f"{call.settings.public_url}{BACK}"
