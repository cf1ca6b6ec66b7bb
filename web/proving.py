"""Giving the second factor, where a page asks for it: fields on the page of the own account, and once more before some deeds.

Such a deed is refused by its service (registry.access.recent). The reader then gets one page that asks for code or key and carries
what the form had sent; given, the deed is done as it was asked for, and nothing was lost.
"""

from dataclasses import replace
from typing import Any

from flask import Response, request
from flask_login import current_user

from api.http import status_of
from api.knocking import door, site
from registry.access import keys, securing
from registry.errors import Conflict, RegistryError, TooMany, Unauthenticated
from registry.words import Words
from web.pages import AGAIN_PAGE, SAFE_METHODS, PageCall

GIVEN = "given_again"
"""The field by which a form says that it brings a second factor along."""
OWN_FIELDS = frozenset({"csrf", "otp", "answer", "by", "next", GIVEN})
NOT_ASKED = Words(
    "Trình duyệt chưa hỏi khóa bảo mật: việc này cần JavaScript. Không bật được thì nhập mã.",
    "The browser did not ask for the key: that needs JavaScript. Without it enter a code.",
)


def desk_of(call: PageCall) -> securing.Desk:
    """Where this session gives its second factor again; challenges are bound to it."""
    settings = call.settings
    return securing.Desk(
        door(settings), settings.secret_key, current_user.key, site(settings), settings.key_required
    )


def proof(call: PageCall) -> dict[str, Any]:
    """What the fields need in which one proves who one is: key_options, only_key, origin."""
    desk, user = desk_of(call), call.actor.user_id
    return {
        "key_options": desk.options(call.session, keys.PROVE, user),
        "only_key": securing.takes_only_keys(call.session, user, desk),
        "origin": call.settings.public_url,
    }


def given_of(call: PageCall, code: str = "otp") -> securing.Given:
    """A second factor as the form brings it."""
    return securing.Given(call.form.get(code, ""), call.form.get("answer", ""))


def take(call: PageCall) -> Response | None:
    """Take the second factor that a form brings along, so that its deed is done; the page again when it is wrong."""
    given = given_of(call)
    if not given.code and not given.answer:
        return ask(call, Unauthenticated(NOT_ASKED, "second_factor_needed"))
    try:
        securing.give_again(call.session, call.actor, desk_of(call), given, current_user.key)
    except (Unauthenticated, TooMany, Conflict) as error:
        return ask(call, error)
    current_user.actor = call.actor = replace(call.actor, proof_due=False)
    return None


def ask(call: PageCall, wrong: RegistryError | None = None) -> Response:
    """The page that asks, with what the form had sent (after a form), or the way back (after a link)."""
    carried = request.method not in SAFE_METHODS and request.path != AGAIN_PAGE
    back = call.form.get("next", "") if request.path == AGAIN_PAGE else request.full_path.rstrip("?")
    response = call.render(
        "access/again.html",
        status=status_of(wrong) if wrong else 401,
        title=call.t("Xác thực lại", "Confirm that it is you"),
        action=request.full_path.rstrip("?") if carried else AGAIN_PAGE,
        kept=[one for one in call.form.items(multi=True) if one[0] not in OWN_FIELDS] if carried else [],
        back="" if carried else back,
        given=GIVEN,
        error=call.say(wrong.message) if wrong else None,
        **proof(call),
    )
    if isinstance(wrong, TooMany):
        response.headers["Retry-After"] = str(wrong.retry_after)
    return response
