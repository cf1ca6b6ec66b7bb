"""Why can I (not) see this: the question put by hand or from a page that was not there, and the answer rule by rule."""

import re
from typing import Any

from flask import Blueprint, Response, current_app
from werkzeug.exceptions import HTTPException

from api.knocking import terms
from registry.access.actor import ROLE_LABELS
from registry.access.permissions import NATIONAL, OWN_ONLY, Permission
from registry.errors import Flaw, Invalid, NotFound, RegistryError
from registry.explaining import queries, saying
from registry.explaining.actions import ACTIONS, ANYWHERE, EVERY, KINDS
from registry.words import Words
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page

rooms = Blueprint("explaining_pages", __name__)
PAGE = "/quyen/vi-sao"
LONGEST = 200
OF_ADDRESS = {"ho-so": "official", "de-nghi": "change", "to-chuc": "unit", "chat-luong": "unit"}
"""Which kind of object the second part of an address names, by the first."""
IN_BRACKETS = re.compile(r"\(([^()]+)\)\s*$")


@page(rooms, PAGE, Permission.ACCESS_OWN_SECURE)
def show(call: PageCall) -> Response:
    """The form, and the answer when something was asked."""
    asked = _asked(call)
    others = call.actor.may(Permission.AUDIT_TRAIL_READ) or call.actor.may(Permission.ACCESS_USER_MANAGE)
    answer, mistakes = None, NO_MISTAKES
    if asked["viec"] and (asked["doi-tuong"] or not asked["viec"].partition("|")[0] or "viec" in call.args):
        answer, mistakes = _answered(call, asked)
    return call.render(
        "access/why.html",
        status=422 if mistakes.summary else 200,
        title=call.t("Vì sao (không) xem được?", "Why can I (not) see this?"),
        asked=asked,
        others=others,
        actions=_choices(call),
        answer=_shown(call, answer) if answer else None,
        mistakes=mistakes,
        errors=mistakes.fields,
    )


def _asked(call: PageCall) -> dict[str, str]:
    """What the form or an address says: {viec: 'kind|permission', doi-tuong, tai-khoan}."""
    sent = {name: call.args.get(name, "").strip()[:LONGEST] for name in ("viec", "doi-tuong", "tai-khoan")}
    if "dia-chi" in call.args and not sent["viec"]:
        sent |= _of_address(call.args["dia-chi"])
    return sent


def _of_address(path: str) -> dict[str, str]:
    """What a page of this site is about, by its address alone, whether there is such an object or not."""
    try:
        rule, _ = current_app.url_map.bind("").match(path[:2000], "GET", return_rule=True)
    except HTTPException:
        return {}
    permission = getattr(current_app.view_functions[rule.endpoint], "page_permission", None)
    parts = path.strip("/").split("/")
    kind = OF_ADDRESS.get(parts[0]) if len(parts) > 1 and rule.arguments else None
    if kind and permission is not None:
        action = permission if permission in ACTIONS[kind] else next(iter(ACTIONS[kind]))
        return {"viec": f"{kind}|{action.value}", "doi-tuong": parts[1][:LONGEST]}
    return {"viec": f"|{permission.value}"} if permission is not None and permission in ANYWHERE else {}


def _answered(call: PageCall, asked: dict[str, str]) -> tuple[queries.Answer | None, Mistakes]:
    try:
        question = _question(asked)
        found = queries.explain(call.session, call.actor, question, call.today, terms(call.settings))
    except NotFound:
        words = Words("Không có tài khoản này.", "There is no such account.")
        error: RegistryError = Invalid(words, "invalid", [Flaw("tai-khoan", "not_found", words)])
    except Invalid as invalid:
        error = invalid
    else:
        return found, NO_MISTAKES
    return None, mistakes_of(error, call.language, ("viec", "doi-tuong", "tai-khoan"))


def _question(asked: dict[str, str]) -> queries.Question:
    kind, _, action = asked["viec"].partition("|")
    known = ACTIONS.get(kind, {}) if kind else EVERY
    if action not in {one.value for one in known}:
        raise _wrong("viec", Words("Chọn một việc trong danh sách.", "Choose one of the list."))
    named = asked["doi-tuong"]
    if kind and not named:
        raise _wrong("doi-tuong", Words("Nhập đối tượng.", "Name the object."))
    code = IN_BRACKETS.search(named) if kind == "unit" else None
    return queries.Question(
        Permission(action),
        kind or None,
        code[1].strip() if code else named,
        asked["tai-khoan"] or None,
    )


def _wrong(name: str, words: Words) -> Invalid:
    return Invalid(words, "invalid", [Flaw(name, "invalid", words)])


def _choices(call: PageCall) -> list[dict[str, Any]]:
    """Everything that can be asked, by the kind of object."""
    groups = [
        {
            "label": call.say(words),
            "options": [(f"{kind}|{one.value}", call.say(title)) for one, title in ACTIONS[kind].items()],
        }
        for kind, words in KINDS.items()
    ]
    anywhere = [(f"|{one.value}", call.say(title)) for one, title in ANYWHERE.items()]
    return [*groups, {"label": call.t("Không có đối tượng", "Without an object"), "options": anywhere}]


def _shown(call: PageCall, answer: queries.Answer) -> dict[str, Any]:
    verdict = answer.verdict
    return {
        "username": None if answer.about_self else answer.username,
        "what": call.say(saying.title_of(answer)),
        "allowed": verdict.allowed if verdict else None,
        "text": call.say(saying.verdict_of(answer)),
        "reasons": [{"ok": one.holds, "text": call.say(one.words)} for one in saying.reasons(answer)],
        "grants": [
            {
                "role": call.say(ROLE_LABELS[one.role]),
                "unit": call.t("Cả nước", "The whole nation")
                if one.role in NATIONAL
                else call.t("Hồ sơ của mình", "The own record")
                if one.role in OWN_ONLY
                else one.name or call.t("Không gắn với đơn vị", "No unit"),
                "code": "" if one.role in NATIONAL | OWN_ONLY else one.code or "",
                "period": call.say(saying.period_of(one)),
                "state": call.say(saying.state_of(one, call.today)),
                "in_force": one.in_force,
                "gives": one.gives,
                "covers": one.covers,
            }
            for one in answer.held
        ],
        "fields": [
            {"name": call.say(saying.CLASS_WORDS[one]), "count": number, "seen": one in answer.classes}
            for one, number in queries.count_fields().items()
        ]
        if answer.classes is not None
        else [],
    }
