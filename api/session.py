"""Signing in programs and people of the API: bearer tokens and who they are."""

from typing import Any

from flask import Blueprint, g, request

from api.http import Call, endpoint, only
from api.shapes import ME, TOKEN, TOKEN_INPUT
from registry.access import queries, services
from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.errors import Flaw, Invalid, Unauthenticated
from registry.words import Words

rooms = Blueprint("session", __name__)


@endpoint(
    rooms,
    "/tokens",
    Permission.PUBLIC,
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
    user = services.check_password(call.session, body["username"], body["password"], request_id=g.request_id)
    actor = queries.find_by_username(call.session, user.username, call.today, g.request_id)
    if actor is None:
        raise Unauthenticated(services.WRONG, "wrong_credentials")
    token, expires = services.create_token(call.session, user, actor)
    return {"token": token, "expires_at": expires, "user": user_json(actor)}


@endpoint(
    rooms,
    "/tokens/current",
    Permission.ACCESS_OWN_READ,
    ("Thu hồi mã truy cập đang dùng", "Revoke this token"),
    method="DELETE",
    status=204,
)
def end_token(call: Call) -> Any:
    services.end_token(call.session, call.actor, request.headers["Authorization"].partition(" ")[2].strip())
    return {}


@endpoint(
    rooms,
    "/me",
    Permission.ACCESS_OWN_READ,
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


def user_json(actor: Actor) -> dict[str, Any]:
    """{username, display_name, roles, organization}."""
    unit = actor.organization
    return {
        "username": actor.username,
        "display_name": actor.display_name,
        "roles": actor.roles,
        "organization": {"code": unit.code, "name": unit.name} if unit else None,
    }
