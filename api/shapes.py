"""JSON Schemas of what the API takes and gives; those of facts come from the declarations."""

from typing import Any

from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
DATE: Schema = {"type": "string", "format": "date"}
TIME: Schema = {"type": "string", "format": "date-time"}
PARTIAL: Schema = {
    "oneOf": [DATE, {"type": "object", "required": ["date", "precision"], "additionalProperties": False,
                     "properties": {"date": DATE, "precision": {"enum": ["day", "month", "year"]}}}],
    "description": "A day as a bare date; a month or year as {date, precision}.",
}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "description": "A decimal number as a string."}
WHY: Schema = {"type": "array", "items": {"type": "object", "properties": {"text": STRING, "source": STRING}}}


def maybe(schema: Schema) -> Schema:
    """The schema or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def obj(properties: dict[str, Schema], required: list[str] | None = None, *, extra: bool = False) -> Schema:
    """An object; all properties required unless said otherwise."""
    return {"type": "object", "properties": properties, "required": list(properties) if required is None else required,
            "additionalProperties": extra}


def many(schema: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": schema}


COUNT = obj({"value": {"type": "integer", "minimum": 0}, "exact": {"type": "boolean"}})
CURSOR = maybe(STRING)
UNIT = obj({"code": maybe(STRING), "name": maybe(STRING)})


def field_schema(field: Field, *, sent: bool = False) -> Schema:
    """The schema of one field, with its labels, catalogue, sensitivity and source. `sent`: as input."""
    shapes: dict[str, Schema] = {
        "text": {"type": "string", "maxLength": field.length}, "code": STRING, "date": DATE, "partial_date": PARTIAL,
        "integer": {"type": "integer"}, "year": {"type": "integer"}, "decimal": DECIMAL, "boolean": {"type": "boolean"},
        "choice": {"enum": [key for key, _ in field.choices]}, "unit": STRING if sent else UNIT,
    }
    shape = dict(shapes[field.type])
    if field.type in ("integer", "year"):
        shape |= {name: value for name, value in (("minimum", field.low), ("maximum", field.high)) if value is not None}
    if not field.required or (sent and field.default is not None):
        shape = {"anyOf": [shape, {"type": "null"}]}
    shape |= {"title": field.label.vi, "x-title-en": field.label.en, "x-sensitivity": field.sensitivity}
    if field.catalogue:
        shape["x-catalogue"] = field.catalogue
    if field.item:
        shape["x-form-2c-item"] = field.item
    if field.source:
        shape["x-source"] = field.source
    return shape


def kind_schema(kind: Kind) -> Schema:
    """What a fact of this kind takes: its validity and its fields."""
    properties = {"valid_from": PARTIAL, "valid_to": maybe(PARTIAL)}
    properties |= {field.name: field_schema(field, sent=True) for field in kind.fields}
    required = ["valid_from"] + [one.name for one in kind.fields if one.required and one.default is None]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": kind.label.vi, "x-title-en": kind.label.en,
        "x-kind": kind.name, "x-source": kind.source, "x-sensitivity": kind.sensitivity,
        "x-exclusive": None if kind.exclusive is None else list(kind.exclusive),
    } | obj(properties, required)


DECISION_REF = obj({"id": STRING, "number": STRING, "issued_on": DATE, "effective_on": maybe(DATE), "issuer": STRING,
                    "signer": STRING, "basis": STRING})


def _fact(kind: Kind) -> Schema:
    """A fact as shown: only `id`, the clocks and the decision are sure, the rest depends on who asks."""
    properties: dict[str, Schema] = {"id": {"type": "integer"}, "valid_from": PARTIAL, "valid_to": maybe(PARTIAL), "recorded_at": TIME,
                                     "in_force": {"type": "boolean"}, "decision": DECISION_REF}
    required = list(properties)
    return obj(properties | {one.name: field_schema(one) for one in kind.fields}, required)


_DATED = obj({"on": maybe(DATE), "why": WHY})
RECORD = obj({
    "id": STRING, "version": {"type": "integer"},
    "personal": obj({"personal_id": STRING, "staff_code": maybe(STRING), "fact_id": {"type": "integer"},
                     **{one.name: field_schema(one) for one in FACTS["identity"].fields}},
                    ["personal_id", "staff_code", "full_name"]),
    "facts": obj({kind.name: many(_fact(kind)) for kind in FACTS.values() if kind.name != "identity"}, []),
    "derived": obj({
        "retirement": maybe(_DATED),
        "next_salary_step": maybe(obj({"on": maybe(DATE), "why": WHY, "step": maybe({"type": "integer"}), "coefficient": maybe(DECIMAL)})),
        "pay": maybe(obj({"amount": STRING, "parts": many(obj({"name": STRING, "coefficient": DECIMAL, "amount": STRING})), "why": WHY})),
        "overrun": maybe(obj({"percent": {"type": "integer"}, "next_on": maybe(DATE), "why": WHY})),
        "seniority": maybe({"type": "integer"}), "age": maybe({"type": "integer"}),
    }),
})

OFFICIAL_LIST = obj({
    "items": many(obj({
        "id": STRING, "personal_id": STRING, "staff_code": maybe(STRING), "full_name": STRING, "birth_date": PARTIAL, "sex": STRING,
        "organization": UNIT, "position": maybe(STRING), "job_position": maybe(STRING), "rank": maybe(STRING),
        "step": maybe({"type": "integer"}), "coefficient": maybe(DECIMAL), "status": maybe(STRING), "category": maybe(STRING),
        "next_step_on": maybe(DATE), "retirement_on": maybe(DATE), "term_ends_on": maybe(DATE),
    })),
    "next_cursor": CURSOR, "count": COUNT,
})
HISTORY = obj({
    "items": many(obj({
        "number": maybe(STRING), "change": maybe(STRING), "origin": maybe(STRING), "decided_at": maybe(TIME), "maker": maybe(STRING),
        "checker": maybe(STRING), "decision": obj({"number": maybe(STRING), "issued_on": maybe(DATE), "title": maybe(STRING)}),
        "facts": many(obj({"kind": STRING, "fact_id": {"type": "integer"}, "what": {"enum": ["recorded", "closed"]}})),
    })),
    "next_cursor": CURSOR,
})
READERS = obj({"items": many(obj({"at": TIME, "reader": STRING, "role": STRING, "action": STRING, "reason": maybe(STRING)})),
               "next_cursor": CURSOR})

_DECISION = obj({"number": STRING, "issued_on": DATE, "effective_on": maybe(DATE), "issuer": STRING, "signer": STRING, "title": STRING,
                 "basis": {"enum": ["decision", "self_declared", "take_over"]}, "file_id": maybe(STRING)}, ["number", "issued_on"])
_OPERATION = obj({
    "action": {"enum": ["register", "record", "correct", "end", "amend", "withdraw"]}, "official": STRING, "kind": {"enum": list(FACTS)},
    "fact_id": {"type": "integer"}, "valid_from": PARTIAL, "valid_to": maybe(PARTIAL), "reason": STRING, "personal": {"type": "object"},
    "facts": many({"type": "object"}),
}, ["action"], extra=True)
CHANGE_INPUT = obj({"decision": _DECISION, "note": maybe(STRING), "operations": many(_OPERATION)}, ["decision", "operations"])
DECISION_INPUT = obj({"reason": STRING, "digest": STRING}, [])
_LINE = obj({"name": STRING, "label": STRING, "old": maybe(STRING), "new": maybe(STRING)})
CHANGE = obj({
    "id": STRING, "number": STRING, "status": STRING, "origin": STRING, "note": STRING, "reason": STRING, "created_at": TIME,
    "submitted_at": maybe(TIME), "decided_at": maybe(TIME), "digest": maybe(STRING),
    "decision": obj({"id": STRING, "number": STRING, "issued_on": DATE, "effective_on": maybe(DATE), "issuer": STRING, "signer": STRING,
                     "title": STRING, "basis": STRING}),
    "operations": many(obj({"seq": {"type": "integer"}, "action": STRING, "official": maybe(STRING), "kind": STRING,
                            "fact_id": maybe({"type": "integer"}), "valid_from": maybe(PARTIAL), "valid_to": maybe(PARTIAL),
                            "fields": {"type": "object"}, "reason": STRING})),
    "diff": many(obj({
        "official": obj({"id": maybe(STRING), "full_name": STRING, "personal_id": STRING}), "is_new": {"type": "boolean"},
        "facts": many(obj({"seq": {"type": "integer"}, "action": STRING, "kind": STRING, "label": STRING, "decision": STRING,
                           "reason": STRING, "fields": many(_LINE)}))})),
    "consequences": many(obj({"code": STRING, "title": STRING, "detail": STRING, "figure": STRING})),
    "findings": many(obj({"path": STRING, "code": STRING, "severity": {"enum": ["error", "warning"]}, "message": STRING})),
    "events": many(obj({"at": TIME, "step": STRING, "words": STRING, "actor": STRING})),
})
CHANGE_LIST = obj({
    "items": many(obj({
        "id": STRING, "number": STRING, "status": STRING, "origin": STRING, "version": {"type": "integer"}, "created_at": TIME,
        "submitted_at": maybe(TIME), "decided_at": maybe(TIME), "note": STRING, "reason": STRING, "decision_number": STRING,
        "decision_title": STRING, "issued_on": DATE, "effective_on": maybe(DATE), "maker": STRING, "checker": maybe(STRING),
        "organization_code": STRING, "people": {"type": "integer"}, "operations": {"type": "integer"}})),
    "next_cursor": CURSOR, "count": COUNT,
})

USER = obj({"username": STRING, "display_name": STRING, "roles": many(STRING), "organization": maybe(UNIT)})
TOKEN_INPUT = obj({"username": STRING, "password": STRING, "otp": STRING}, ["username", "password"])
TOKEN = obj({"token": STRING, "expires_at": TIME, "user": USER})
ME = obj({"user": USER, "roles": many(STRING), "organization": maybe(UNIT), "permissions": many(STRING)})
