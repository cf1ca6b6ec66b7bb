"""Accounts, rights and tokens of programs, for administrators; no personal data is shown here."""

import hashlib
import json
from datetime import timedelta
from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, Paged, endpoint, need_match, only, plain
from api.shapes import (
    ACCOUNT,
    ACCOUNT_INPUT,
    ACCOUNT_LIST,
    ACTIVE_INPUT,
    GRANT_INPUT,
    PROGRAM_TOKEN,
    PROGRAM_TOKEN_INPUT,
    PROGRAM_TOKENS,
    RECOVERY_HALF,
    RECOVERY_INPUT,
)
from registry.access import queries, recovery, services
from registry.access.permissions import Permission, Whose
from registry.errors import Flaw, Invalid, not_found
from registry.officials.facts.parsing import MEANS_EMPTY, Wrong, clean_text, parse_day
from registry.words import Words

rooms = Blueprint("access", __name__)
MANAGE = Permission.ACCESS_USER_MANAGE
TOKEN_DAYS = 90


class ListParameters(Paged):
    """Filter by a part of the user name or the name."""

    q = ma.fields.String(load_default="", validate=ma.validate.Length(max=200))


@endpoint(
    rooms,
    "/users",
    MANAGE,
    Whose.ACCOUNT,
    ("Danh sách tài khoản", "List accounts"),
    query=ListParameters,
    reply=ACCOUNT_LIST,
)
def list_users(call: Call) -> Any:
    limit, q = call.query["limit"], call.query["q"]
    rows = queries.list_users(
        call.session, call.today, q=q, after=call.query.get("cursor", ""), limit=limit + 1
    )
    following = rows[limit - 1]["username"] if len(rows) > limit else None
    return {
        "items": [show(one) for one in rows[:limit]],
        "next_cursor": following,
        "count": {"value": queries.count_users(call.session, q), "exact": True},
    }


@endpoint(rooms, "/users/<username>", MANAGE, Whose.ACCOUNT, ("Một tài khoản", "One account"), reply=ACCOUNT)
def get_user(call: Call, username: str) -> Any:
    return _shown(call, username)


@endpoint(
    rooms,
    "/users",
    MANAGE,
    Whose.ACCOUNT,
    ("Tạo tài khoản", "Create an account"),
    method="POST",
    body=ACCOUNT_INPUT,
    reply=ACCOUNT,
    status=201,
)
def create_user(call: Call) -> Any:
    body = only(call.body, ACCOUNT_INPUT["properties"])
    user = services.create_user(
        call.session,
        call.actor,
        username=_text(body, "username"),
        password=_text(body, "password"),
        display_name=_text(body, "display_name"),
    )
    return _shown(call, user.username, {"Location": f"/api/v1/users/{user.username}"})


@endpoint(
    rooms,
    "/users/<username>",
    MANAGE,
    Whose.ACCOUNT,
    ("Khóa hoặc mở tài khoản", "Close or reopen an account"),
    method="PATCH",
    body=ACTIVE_INPUT,
    reply=ACCOUNT,
    conditional=True,
)
def change_user(call: Call, username: str) -> Any:
    body = only(call.body, ("active",))
    need_match(etag(_one(call, username)))
    if not isinstance(body.get("active"), bool):
        raise _flawed("active", "boolean", Words("Phải là true hoặc false.", "Must be true or false."))
    services.set_active(call.session, call.actor, username, body["active"])
    return _shown(call, username)


@endpoint(
    rooms,
    "/users/<username>/grants",
    MANAGE,
    Whose.ACCOUNT,
    ("Cấp quyền; chờ quản trị viên khác xác nhận", "Grant a role; another administrator confirms it"),
    method="POST",
    body=GRANT_INPUT,
    reply=ACCOUNT,
    status=201,
)
def create_grant(call: Call, username: str) -> Any:
    body = only(call.body, GRANT_INPUT["properties"])
    days = {}
    for name in ("valid_from", "valid_to"):
        try:
            days[name] = None if body.get(name) in MEANS_EMPTY else parse_day(body[name])
        except Wrong as wrong:
            raise _flawed(name, wrong.code, wrong.words) from None
    unit = None if body.get("organization") in MEANS_EMPTY else _text(body, "organization")
    services.grant_role(
        call.session,
        call.actor,
        username=username,
        role=_text(body, "role"),
        organization=unit,
        valid_from=days["valid_from"] or call.today,
        valid_to=days["valid_to"],
    )
    return _shown(call, username)


@endpoint(
    rooms,
    "/users/<username>/grants/<int:grant>/confirm",
    MANAGE,
    Whose.ACCOUNT,
    ("Xác nhận quyền người khác cấp", "Confirm a right that another gave"),
    method="POST",
    reply=ACCOUNT,
)
def confirm_grant(call: Call, username: str, grant: int) -> Any:
    if all(one["id"] != grant for one in _one(call, username)["grants"]):
        raise not_found()
    services.confirm_grant(call.session, call.actor, grant, call.today)
    return _shown(call, username)


@endpoint(
    rooms,
    "/users/<username>/grants/<int:grant>",
    MANAGE,
    Whose.ACCOUNT,
    ("Thu hồi quyền", "End a grant"),
    method="DELETE",
    status=204,
    conditional=True,
)
def end_grant(call: Call, username: str, grant: int) -> Any:
    user = _one(call, username)
    if all(one["id"] != grant for one in user["grants"]):
        raise not_found()
    need_match(etag(user))
    services.revoke_grant(call.session, call.actor, grant, call.today)
    return {}, {"ETag": etag(_one(call, username))}


@endpoint(
    rooms,
    "/users/<username>/tokens",
    MANAGE,
    Whose.ACCOUNT,
    ("Mã truy cập của hệ thống kết nối", "Tokens of a program"),
    reply=PROGRAM_TOKENS,
)
def list_tokens(call: Call, username: str) -> Any:
    return _tokens(call, username)


def _tokens(call: Call, username: str) -> Any:
    _one(call, username)
    items = queries.list_tokens(call.session, username)
    return {"items": items, "next_cursor": None, "count": {"value": len(items), "exact": True}}


@endpoint(
    rooms,
    "/users/<username>/tokens",
    MANAGE,
    Whose.ACCOUNT,
    (
        "Tạo mã cho hệ thống kết nối; chỉ hiện một lần, chờ quản trị viên khác xác nhận",
        "A token for a program; shown once, good when another administrator has confirmed it",
    ),
    method="POST",
    body=PROGRAM_TOKEN_INPUT,
    reply=PROGRAM_TOKEN,
    status=201,
    shown_once=True,
)
def create_program_token(call: Call, username: str) -> Any:
    body = only(call.body, PROGRAM_TOKEN_INPUT["properties"])
    name, scopes, days = _text(body, "name", 100), body.get("scopes"), body.get("days", TOKEN_DAYS)
    if not isinstance(scopes, list) or not all(isinstance(one, str) for one in scopes):
        raise _flawed("scopes", "type", Words("Phải là danh sách chữ.", "Must be a list of texts."))
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 366:
        raise _flawed("days", "number_range", Words("Từ 1 đến 366 ngày.", "From 1 to 366 days."))
    token, secret = services.create_program_token(
        call.session,
        call.actor,
        username=username,
        name=name,
        scopes=scopes,
        lasts=timedelta(days=days),
        today=call.today,
    )
    return {"id": token.id, "token": secret, "expires_at": token.expires_at, "scopes": token.scopes}


@endpoint(
    rooms,
    "/users/<username>/tokens/<int:token>/confirm",
    MANAGE,
    Whose.ACCOUNT,
    ("Xác nhận mã người khác tạo", "Confirm a program's token that another asked for"),
    method="POST",
    reply=PROGRAM_TOKENS,
)
def confirm_program_token(call: Call, username: str, token: int) -> Any:
    services.confirm_program_token(call.session, call.actor, username, token)
    return _tokens(call, username)


@endpoint(
    rooms,
    "/users/<username>/tokens/<int:token>",
    MANAGE,
    Whose.ACCOUNT,
    ("Thu hồi mã của hệ thống kết nối", "Revoke a program's token"),
    method="DELETE",
    status=204,
)
def end_program_token(call: Call, username: str, token: int) -> Any:
    services.end_program_token(call.session, call.actor, username, token)
    return {}


@endpoint(
    rooms,
    "/users/<username>/recovery",
    MANAGE,
    Whose.ACCOUNT,
    (
        "Đề nghị khôi phục truy cập; nửa mã thứ nhất chỉ hiện một lần",
        "Ask for a recovery; the first half of the code is shown once",
    ),
    method="POST",
    body=RECOVERY_INPUT,
    reply=RECOVERY_HALF,
    status=201,
    shown_once=True,
)
def ask_recovery(call: Call, username: str) -> Any:
    body = only(call.body, RECOVERY_INPUT["properties"])
    reason = _text(body, "reason", recovery.REASON_LONGEST)
    half = recovery.ask(call.session, call.actor, username, reason, call.settings.secret_key)
    return {"username": username, "half": half}


@endpoint(
    rooms,
    "/users/<username>/recovery/confirm",
    MANAGE,
    Whose.ACCOUNT,
    (
        "Xác nhận khôi phục người khác đề nghị; nửa mã thứ hai chỉ hiện một lần",
        "Confirm another's recovery; the second half of the code is shown once",
    ),
    method="POST",
    reply=RECOVERY_HALF,
    status=201,
    shown_once=True,
)
def confirm_recovery(call: Call, username: str) -> Any:
    half = recovery.confirm(call.session, call.actor, username, call.settings.secret_key)
    return {"username": username, "half": half}


@endpoint(
    rooms,
    "/users/<username>/recovery",
    MANAGE,
    Whose.ACCOUNT,
    ("Hủy đề nghị khôi phục", "Cancel a recovery"),
    method="DELETE",
    status=204,
)
def cancel_recovery(call: Call, username: str) -> Any:
    recovery.cancel(call.session, call.actor, username)
    return {}


def _one(call: Call, username: str) -> dict[str, Any]:
    found = queries.list_users(call.session, call.today, username=username)
    if not found:
        raise not_found()
    return found[0]


def _shown(call: Call, username: str, headers: dict[str, str] | None = None) -> Any:
    call.session.flush()
    user = _one(call, username)
    return show(user), {"ETag": etag(user), **(headers or {})}


def show(user: dict[str, Any]) -> dict[str, Any]:
    """{username, display_name, active, demo, second_factor, locked_until, grants}."""
    grants = [
        {
            **{
                name: one[name]
                for name in ("id", "role", "valid_from", "valid_to", "in_force", "waits", "granted_by")
            },
            "organization": {"code": one["organization"], "name": one["name"]}
            if one["organization"]
            else None,
        }
        for one in user["grants"]
    ]
    return {
        "username": user["username"],
        "display_name": user["display_name"],
        "active": user["is_active"],
        "demo": user["is_demo"],
        "second_factor": user["factor"] is not None,
        "locked_until": user["locked_until"],
        "grants": grants,
    }


def etag(user: dict[str, Any]) -> str:
    """The version of an account: of its name, whether it is open, and its grants."""
    said = {name: value for name, value in show(user).items() if name != "locked_until"}
    return (
        '"' + hashlib.sha256(json.dumps(said, sort_keys=True, default=plain).encode()).hexdigest()[:16] + '"'
    )


def _text(body: dict[str, Any], name: str, length: int = 200) -> str:
    """A text of the body; a password is taken as it is, everything else in NFC and trimmed."""
    sent = body.get(name)
    if name == "password" and isinstance(sent, str) and len(sent) <= length:
        return sent
    try:
        return clean_text(sent if sent is not None else "", length)
    except Wrong as wrong:
        raise _flawed(name, wrong.code, wrong.words) from None


def _flawed(path: str, code: str, words: Words) -> Invalid:
    return Invalid(words, "invalid", [Flaw(path, code, words)])
