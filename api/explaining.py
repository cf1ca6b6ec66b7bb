"""Why can I (not) do this? The verdict that the deed itself would get, and every rule behind it."""

from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, endpoint
from api.knocking import terms
from api.shapes import REASONS
from registry.access.actor import ROLE_LABELS
from registry.access.permissions import Permission, Whose
from registry.explaining import queries, saying
from registry.explaining.actions import ACTIONS, EVERY, KINDS

rooms = Blueprint("explaining", __name__)


class WhyParameters(ma.Schema):
    """One object at most; without one the question is whether it may be done anywhere at all."""

    action = ma.fields.String(
        validate=ma.validate.OneOf([one.value for one in EVERY]),
        metadata={
            "description": "Quyền được hỏi; mặc định xem đối tượng. / The permission; by default to read the object."
        },
    )
    official = ma.fields.String(validate=ma.validate.Length(1, 60))
    unit = ma.fields.String(validate=ma.validate.Length(1, 60))
    change = ma.fields.String(validate=ma.validate.Length(1, 80))
    file = ma.fields.String(validate=ma.validate.Length(1, 60))
    username = ma.fields.String(
        validate=ma.validate.Length(1, 100),
        metadata={
            "description": "Tài khoản khác; chỉ kiểm tra viên và quản trị viên. / Another account: auditors and administrators."
        },
    )

    @ma.validates_schema
    def one_object(self, data: dict[str, Any], **kept: Any) -> None:
        """At most one object, and an action that objects of its kind know."""
        named = [kind for kind in KINDS if kind in data]
        if len(named) > 1:
            raise ma.ValidationError("name one object only", named[1])
        if not named and "action" not in data:
            raise ma.ValidationError("name an object or an action", "action")
        known = [one.value for one in ACTIONS[named[0]]] if named else []
        if named and data.get("action", known[0]) not in known:
            raise ma.ValidationError(f"of this object one of: {', '.join(known)}", "action")


def question_of(asked: dict[str, Any]) -> queries.Question:
    """The question that parameters put; an object without an action is asked whether it may be read."""
    kind = next((one for one in KINDS if one in asked), None)
    action = asked.get("action") or next(iter(ACTIONS[kind or "official"])).value
    return queries.Question(
        Permission(action), kind, asked[kind].strip() if kind else "", asked.get("username")
    )


@endpoint(
    rooms,
    "/access/why",
    Permission.ACCESS_OWN_SECURE,
    Whose.OWN,
    ("Vì sao tôi (không) làm được việc này", "Why can I (not) do this"),
    query=WhyParameters,
    reply=REASONS,
)
def why(call: Call) -> Any:
    answer = queries.explain(
        call.session, call.actor, question_of(call.query), call.today, terms(call.settings)
    )
    verdict, say = answer.verdict, call.say
    return {
        "username": answer.username,
        "on": call.today,
        "action": {"permission": answer.question.action.value, "title": say(saying.title_of(answer))},
        "object": {
            "kind": answer.question.kind,
            "visible": answer.seen,
            "unit": {"code": answer.unit.code, "name": answer.unit.name} if answer.unit else None,
        }
        if answer.question.kind
        else None,
        "allowed": verdict.allowed if verdict else None,
        "reply": answer.reply,
        "text": say(saying.verdict_of(answer)),
        "reasons": [
            {"rule": one.rule, "holds": one.holds, "text": say(one.words)} for one in saying.reasons(answer)
        ],
        "grants": [
            {
                "role": one.role,
                "title": say(ROLE_LABELS[one.role]),
                "organization": {"code": one.code, "name": one.name} if one.code else None,
                "valid_from": one.valid_from,
                "valid_to": one.valid_to,
                "in_force": one.in_force,
                "gives": one.gives,
                "covers": one.covers,
            }
            for one in answer.held
        ],
        "token_scopes": sorted(answer.token_scopes),
        "fields": [
            {
                "class": one,
                "title": say(saying.CLASS_WORDS[one]),
                "fields": number,
                "seen": one in answer.classes,
            }
            for one, number in queries.count_fields().items()
        ]
        if answer.classes is not None
        else None,
    }
