"""Signing in programs and people of the API: bearer tokens and who they are."""

from typing import Any
from uuid import UUID

from flask import Blueprint, request

from api.http import Call, endpoint, only
from api.knocking import agent, door, terms
from api.shapes import ME, PASSWORD_INPUT, SECOND_FACTOR_INPUT, SESSION_LIST, TOKEN, TOKEN_INPUT
from registry.access import factors, queries, securing, services
from registry.access.actor import Actor
from registry.access.permissions import Permission, Whose
from registry.access.policy import NO_RIGHT_WITHOUT
from registry.errors import Flaw, Forbidden, Invalid, Unauthenticated, not_found
from registry.words import Words

rooms = Blueprint("session", __name__)
OTP_NEEDED = Words(
    "Tài khoản này cần mã xác thực: gửi kèm otp, 6 chữ số của ứng dụng hoặc một mã dự phòng.",
    "This account needs a code: send otp, the app's 6 digits or a recovery code.",
)
BROWSER_NEEDED = Words(
    "Tài khoản này đăng nhập bằng khóa bảo mật, chỉ dùng được trên trình duyệt. Chương trình cần một tài khoản "
    "hệ thống kết nối, hoặc bật thêm ứng dụng xác thực rồi gửi kèm otp.",
    "This account signs in with a security key, which works in a browser only. A program needs an account of its "
    "own; or turn on an authenticator app besides and send otp.",
)


@endpoint(
    rooms,
    "/tokens",
    Permission.PUBLIC,
    Whose.EVERYBODY,
    ("Đăng nhập, nhận mã truy cập", "Sign in for a token"),
    method="POST",
    body=TOKEN_INPUT,
    reply=TOKEN,
    status=201,
    keeps=(Unauthenticated,),
)
def create_token(call: Call) -> Any:
    body = only(call.body, ("username", "password", "otp"))
    flaws = [
        Flaw(name, "required", Words("Nhập thông tin này.", "This is required."))
        for name in ("username", "password")
        if not isinstance(body.get(name), str) or not body[name]
    ]
    if flaws:
        raise Invalid(
            Words("Thiếu tên đăng nhập hoặc mật khẩu.", "User name or password is missing."), "invalid", flaws
        )
    if not isinstance(body.get("otp", ""), str):
        raise Invalid(OTP_NEEDED, "invalid", [Flaw("otp", "type", OTP_NEEDED)])
    knock = door(call.settings)
    user = services.check_password(call.session, body["username"], body["password"], knock)
    held, by = factors.kinds(call.session, user.id), services.PASSWORD
    if factors.KEY in held and (
        call.settings.key_required or (held == {factors.KEY} and not body.get("otp"))
    ):
        raise Unauthenticated(BROWSER_NEEDED, "browser_required")
    if held:
        if not body.get("otp"):
            raise Unauthenticated(OTP_NEEDED, "otp_required", [Flaw("otp", "required", OTP_NEEDED)])
        by += "+" + factors.check(
            call.session, user, body["otp"], call.settings.secret_key, request_id=knock.request_id
        )
    actor = queries.find_by_username(
        call.session, user.username, call.today, knock.request_id, terms(call.settings)
    )
    if actor is None:
        raise Unauthenticated(services.WRONG, "wrong_credentials")
    if actor.enrolling:
        raise Forbidden(NO_RIGHT_WITHOUT, "second_factor_needed")
    services.welcome(call.session, user, knock)
    token, expires = services.create_token(call.session, user, actor, agent=agent(), by=by)
    return {"token": token, "expires_at": expires, "user": user_json(actor)}


@endpoint(
    rooms,
    "/tokens/current",
    Permission.ACCESS_OWN_READ,
    Whose.OWN,
    ("Thu hồi mã truy cập đang dùng", "Revoke this token"),
    method="DELETE",
    status=204,
)
def end_token(call: Call) -> Any:
    services.end_token(call.session, call.actor, _token())
    return {}


@endpoint(
    rooms,
    "/me",
    Permission.ACCESS_OWN_READ,
    Whose.OWN,
    ("Tôi là ai, được làm gì", "Who I am and what I may do"),
    reply=ME,
)
def me(call: Call) -> Any:
    user = user_json(call.actor)
    return {
        "user": user,
        "roles": user["roles"],
        "organization": user["organization"],
        "permissions": sorted(one.value for one in call.actor.permissions),
    }


@endpoint(
    rooms,
    "/me/sessions",
    Permission.ACCESS_OWN_SECURE,
    Whose.OWN,
    ("Phiên làm việc và mã của tôi", "My sessions and tokens"),
    reply=SESSION_LIST,
)
def list_sessions(call: Call) -> Any:
    items = queries.list_sessions(
        call.session, call.actor.user_id, services.SESSION_IDLE, services.hashed(_token())
    )
    return {"items": items, "next_cursor": None, "count": {"value": len(items), "exact": True}}


@endpoint(
    rooms,
    "/me/sessions",
    Permission.ACCESS_OWN_SECURE,
    Whose.OWN,
    ("Đăng xuất mọi nơi, kể cả mã này", "Sign out everywhere, this token too"),
    method="DELETE",
    status=204,
)
def end_sessions(call: Call) -> Any:
    services.end_everywhere(call.session, call.actor)
    return {}


@endpoint(
    rooms,
    "/me/sessions/<named>",
    Permission.ACCESS_OWN_SECURE,
    Whose.OWN,
    ("Kết thúc một phiên hoặc mã của tôi", "End one of my sessions or tokens"),
    method="DELETE",
    status=204,
)
def end_one_session(call: Call, named: str) -> Any:
    services.end_own(call.session, call.actor, _uid(named))
    return {}


@endpoint(
    rooms,
    "/me/second-factor",
    Permission.ACCESS_OWN_SECURE,
    Whose.OWN,
    ("Xác thực lại trước việc cần đến", "Give the second factor again, before what asks for it"),
    method="POST",
    body=SECOND_FACTOR_INPUT,
    status=204,
    keeps=(Unauthenticated,),
)
def give_second_factor(call: Call) -> Any:
    body = only(call.body, SECOND_FACTOR_INPUT["properties"])
    if not isinstance(body.get("otp"), str) or not body["otp"]:
        raise Invalid(OTP_NEEDED, "invalid", [Flaw("otp", "required", OTP_NEEDED)])
    desk = securing.Desk(
        door(call.settings), call.settings.secret_key, _token(), None, call.settings.key_required
    )
    securing.give_again(call.session, call.actor, desk, securing.Given(body["otp"]), _token())
    return {}


@endpoint(
    rooms,
    "/me/password",
    Permission.ACCESS_OWN_SECURE,
    Whose.OWN,
    ("Đổi mật khẩu; mọi phiên khác kết thúc", "Change my password; all other sessions end"),
    method="PUT",
    body=PASSWORD_INPUT,
    status=204,
    keeps=(Unauthenticated,),
)
def change_password(call: Call) -> Any:
    body = only(call.body, PASSWORD_INPUT["properties"])
    flaws = [
        Flaw(name, "required", Words("Nhập thông tin này.", "This is required."))
        for name in ("old", "new")
        if not isinstance(body.get(name), str) or not body[name]
    ]
    if flaws:
        raise Invalid(Words("Chưa đổi mật khẩu.", "The password was not changed."), "invalid", flaws)
    services.change_password(
        call.session,
        call.actor,
        old=body["old"],
        new=body["new"],
        door=door(call.settings),
        key=_token(),
    )
    return {}


def _token() -> str:
    """The token of this request; the guard has seen it."""
    return request.headers["Authorization"].partition(" ")[2].strip()


def _uid(named: str) -> str:
    try:
        return str(UUID(named))
    except ValueError:
        raise not_found() from None


def user_json(actor: Actor) -> dict[str, Any]:
    """{username, display_name, roles, organization}."""
    unit = actor.organization
    return {
        "username": actor.username,
        "display_name": actor.display_name,
        "roles": actor.roles,
        "organization": {"code": unit.code, "name": unit.name} if unit else None,
    }
