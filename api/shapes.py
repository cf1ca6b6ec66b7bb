"""JSON Schemas of what the API takes and gives; those of facts come from the declarations."""

from typing import Any

from registry.bulk.exporting import EXPORT_FORMATS
from registry.bulk.kinds import KINDS
from registry.bulk.models import RUN_FORMATS, RUN_STATUSES
from registry.bulk.questions import CODED
from registry.officials.facts import FACTS, GROUPS
from registry.officials.facts.kind import Field, Kind
from registry.quality.rules import POINTS

Schema = dict[str, Any]

STRING: Schema = {"type": "string"}
DATE: Schema = {"type": "string", "format": "date"}
TIME: Schema = {"type": "string", "format": "date-time"}
PARTIAL: Schema = {
    "oneOf": [
        DATE,
        {
            "type": "object",
            "required": ["date", "precision"],
            "additionalProperties": False,
            "properties": {"date": DATE, "precision": {"enum": ["day", "month", "year"]}},
        },
    ],
    "description": "A day as a bare date; a month or year as {date, precision}.",
}
DECIMAL: Schema = {
    "type": "string",
    "pattern": r"^-?\d+(\.\d+)?$",
    "description": "A decimal number as a string.",
}
_RULE: Schema = {
    "type": "object",
    "description": "The row of a law table that the step used.",
    "properties": dict.fromkeys(("catalogue", "key", "certainty", "source"), STRING)
    | {key: {"type": ["string", "null"], "format": "date"} for key in ("valid_from", "valid_to")},
}
WHY: Schema = {
    "type": "array",
    "items": {"type": "object", "properties": {"text": STRING, "source": STRING, "rule": _RULE}},
}


def maybe(schema: Schema) -> Schema:
    """The schema or null."""
    return {"anyOf": [schema, {"type": "null"}]}


def obj(properties: dict[str, Schema], required: list[str] | None = None, *, extra: bool = False) -> Schema:
    """An object; all properties required unless said otherwise."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties) if required is None else required,
        "additionalProperties": extra,
    }


def many(schema: Schema) -> Schema:
    """An array."""
    return {"type": "array", "items": schema}


COUNT = obj({"value": {"type": "integer", "minimum": 0}, "exact": {"type": "boolean"}})
CURSOR = maybe(STRING)
UNIT = obj({"code": maybe(STRING), "name": maybe(STRING)})


def field_schema(field: Field, *, sent: bool = False) -> Schema:
    """The schema of one field, with its labels, catalogue, sensitivity and source. `sent`: as input."""
    shapes: dict[str, Schema] = {
        "text": {"type": "string", "maxLength": field.length},
        "code": STRING,
        "date": DATE,
        "partial_date": PARTIAL,
        "integer": {"type": "integer"},
        "year": {"type": "integer"},
        "decimal": DECIMAL,
        "boolean": {"type": "boolean"},
        "choice": {"enum": [key for key, _ in field.choices]},
        "unit": STRING if sent else UNIT,
        "file": STRING | {"format": "uuid"},
    }
    shape = dict(shapes[field.type])
    if field.type in ("integer", "year"):
        shape |= {
            name: value
            for name, value in (("minimum", field.low), ("maximum", field.high))
            if value is not None
        }
    if not field.required or (sent and field.default is not None):
        shape = {"anyOf": [shape, {"type": "null"}]}
    shape |= {"title": field.label.vi, "x-title-en": field.label.en, "x-sensitivity": field.sensitivity}
    if field.catalogue:
        shape["x-catalogue"] = field.catalogue
    if field.item:
        shape["x-form-2c-item"] = field.item
    if field.source:
        shape["x-source"] = field.source
    if field.group:
        shape["x-group"] = int(field.group)
    if field.maintained_by:
        shape["x-maintained-by"] = field.maintained_by
    if field.today_code:
        shape["x-code-of"] = "today"
    return shape


def kind_schema(kind: Kind) -> Schema:
    """What a fact of this kind takes: its validity and its fields."""
    properties = {"valid_from": PARTIAL, "valid_to": maybe(PARTIAL)}
    properties |= {field.name: field_schema(field, sent=True) for field in kind.fields}
    required = ["valid_from"] + [one.name for one in kind.fields if one.required and one.default is None]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.label.vi,
        "x-title-en": kind.label.en,
        "x-kind": kind.name,
        "x-source": kind.source,
        "x-sensitivity": kind.sensitivity,
        "x-exclusive": None if kind.exclusive is None else list(kind.exclusive),
        "x-group": {
            "number": int(kind.group),
            "title": GROUPS[kind.group].vi,
            "title-en": GROUPS[kind.group].en,
        },
        "x-maintained-by": kind.maintained_by,
    } | obj(properties, required)


DECISION_REF = obj(
    {
        "id": STRING,
        "number": STRING,
        "issued_on": DATE,
        "effective_on": maybe(DATE),
        "issuer": STRING,
        "signer": STRING,
        "basis": STRING,
    }
)


def _fact(kind: Kind) -> Schema:
    """A fact as shown: only `id`, the clocks and the decision are sure, the rest depends on who asks."""
    properties: dict[str, Schema] = {
        "id": {"type": "integer"},
        "valid_from": PARTIAL,
        "valid_to": maybe(PARTIAL),
        "recorded_at": TIME,
        "in_force": {"type": "boolean"},
        "decision": DECISION_REF,
    }
    required = list(properties)
    return obj(properties | {one.name: field_schema(one) for one in kind.fields}, required)


_DATED = obj({"on": maybe(DATE), "why": WHY})
_POINTS = obj(dict.fromkeys(POINTS, DECIMAL), [])
_FINDING = {
    "rule": STRING,
    "point": {"enum": list(POINTS)},
    "kind": STRING,
    "field": maybe(STRING),
    "fact_id": maybe({"type": "integer"}),
    "label": STRING,
    "message": STRING,
    "todo": STRING,
    "source": STRING,
    "weight": {"type": "integer"},
    "found_on": DATE,
    "mend": STRING | {"description": "The page that mends it."},
}
_QUALITY = obj(
    {
        "score": maybe(DECIMAL),
        "points": _POINTS,
        "findings": many(obj(_FINDING)),
        "checked_on": maybe(DATE),
        "pending": {"type": "boolean", "description": "A change waits to be counted."},
        "why": WHY,
    }
)

_LEAVING = obj(
    dict.fromkeys(("on", "by_age", "notice_on", "decision_on", "pension_from"), DATE) | {"why": WHY}
)
RECORD = obj(
    {
        "id": STRING,
        "version": {"type": "integer"},
        "personal": obj(
            {
                "personal_id": STRING,
                "staff_code": maybe(STRING),
                "fact_id": {"type": "integer"},
                **{one.name: field_schema(one) for one in FACTS["identity"].fields},
            },
            ["personal_id", "staff_code", "full_name"],
        ),
        "facts": obj(
            {kind.name: many(_fact(kind)) for kind in FACTS.values() if kind.name != "identity"}, []
        ),
        "derived": obj(
            {
                "retirement": maybe(_LEAVING),
                "reappointment": maybe(_DATED),
                "next_salary_step": maybe(
                    obj(
                        {
                            "on": maybe(DATE),
                            "why": WHY,
                            "step": maybe({"type": "integer"}),
                            "coefficient": maybe(DECIMAL),
                        }
                    )
                ),
                "pay": maybe(
                    obj(
                        {
                            "amount": STRING,
                            "parts": many(obj({"name": STRING, "coefficient": DECIMAL, "amount": STRING})),
                            "why": WHY,
                        }
                    )
                ),
                "overrun": maybe(obj({"percent": {"type": "integer"}, "next_on": maybe(DATE), "why": WHY})),
                "seniority": maybe({"type": "integer"}),
                "age": maybe({"type": "integer"}),
            }
        ),
        "quality": _QUALITY,
    }
)

_PERSON = {
    "id": STRING,
    "personal_id": STRING,
    "staff_code": maybe(STRING),
    "full_name": STRING,
    "birth_date": PARTIAL,
    "sex": STRING,
    "organization": UNIT,
    "position": maybe(STRING),
    "job_position": maybe(STRING),
    "rank": maybe(STRING),
    "step": maybe({"type": "integer"}),
    "coefficient": maybe(DECIMAL),
}
"""Who somebody is and where, as lists of people tell it."""
_LISTED = _PERSON | {
    "status": maybe(STRING),
    "category": maybe(STRING),
    "next_step_on": maybe(DATE),
    "retirement_on": maybe(DATE),
    "term_ends_on": maybe(DATE),
}
OFFICIAL_LIST = obj(
    {
        "items": many(
            obj(_LISTED, [name for name in _LISTED if name not in ("birth_date", "sex", "retirement_on")])
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
HISTORY = obj(
    {
        "items": many(
            obj(
                {
                    "number": maybe(STRING),
                    "change": maybe(STRING),
                    "origin": maybe(STRING),
                    "decided_at": maybe(TIME),
                    "maker": maybe(STRING),
                    "checker": maybe(STRING),
                    "decision": obj(
                        {"number": maybe(STRING), "issued_on": maybe(DATE), "title": maybe(STRING)}
                    ),
                    "facts": many(
                        obj(
                            {
                                "kind": STRING,
                                "fact_id": {"type": "integer"},
                                "what": {"enum": ["recorded", "closed"]},
                            }
                        )
                    ),
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
READERS = obj(
    {
        "items": many(
            obj({"at": TIME, "reader": STRING, "role": STRING, "action": STRING, "reason": maybe(STRING)})
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)

_LINE = {
    "code": maybe(STRING),
    "name": STRING,
    "own": {"type": "boolean", "description": "The people of the unit itself, without those below."},
    "records": {"type": "integer"},
    "points": _POINTS,
    "score": maybe(DECIMAL),
    "findings": {"type": "integer"},
    "records_with_findings": {"type": "integer"},
    "timeliness": obj(
        {
            "decisions": {"type": "integer"},
            "on_time": {"type": "integer"},
            "late": {"type": "integer"},
            "on_time_percent": maybe(DECIMAL),
            "median_days": maybe({"type": "integer"}),
        }
    ),
}
QUALITY_BOARD = obj(
    {
        "organization": STRING,
        "from": DATE,
        "to": DATE,
        "total": obj(_LINE),
        "items": many(obj({"place": maybe({"type": "integer"}), **_LINE})),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
QUALITY_FINDINGS = obj(
    {
        "items": many(
            obj(
                {
                    "official": obj(
                        {"id": STRING, "full_name": STRING, "birth_date": maybe(DATE), "organization": UNIT}
                    ),
                    **_FINDING,
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
QUALITY_RULES = obj(
    {
        "items": many(
            obj(
                {
                    name: one
                    for name, one in _FINDING.items()
                    if name not in ("fact_id", "found_on", "mend", "rule")
                }
                | {"code": STRING, "sensitivity": many(STRING)}
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
        "points": many(obj({"code": STRING, "name": STRING, "meaning": STRING})),
        "scoring": STRING,
        "clock": obj({"working_days": {"type": "integer"}, "text": STRING, "source": STRING}),
    }
)

_DECISION = obj(
    {
        "number": STRING,
        "issued_on": DATE,
        "effective_on": maybe(DATE),
        "issuer": STRING,
        "signer": STRING,
        "title": STRING,
        "basis": {"enum": ["decision", "self_declared", "take_over"]},
        "file_id": maybe(STRING),
    },
    ["number", "issued_on"],
)
_OPERATION = obj(
    {
        "action": {"enum": ["register", "record", "correct", "end", "amend", "withdraw"]},
        "official": STRING,
        "kind": {"enum": list(FACTS)},
        "fact_id": {"type": "integer"},
        "valid_from": PARTIAL,
        "valid_to": maybe(PARTIAL),
        "reason": STRING,
        "personal": {"type": "object"},
        "facts": many({"type": "object"}),
    },
    ["action"],
    extra=True,
)
CHANGE_INPUT = obj(
    {"decision": _DECISION, "note": maybe(STRING), "operations": many(_OPERATION)}, ["decision", "operations"]
)
PAPER_INPUT = obj({"decision": _DECISION})
DECISION_INPUT = obj({"reason": STRING, "digest": STRING}, [])
_LINE = obj({"name": STRING, "label": STRING, "old": maybe(STRING), "new": maybe(STRING)})
CHANGE = obj(
    {
        "id": STRING,
        "number": STRING,
        "status": STRING,
        "origin": STRING,
        "note": STRING,
        "reason": STRING,
        "created_at": TIME,
        "submitted_at": maybe(TIME),
        "decided_at": maybe(TIME),
        "digest": maybe(STRING),
        "decision": obj(
            {
                "id": STRING,
                "number": STRING,
                "issued_on": DATE,
                "effective_on": maybe(DATE),
                "issuer": STRING,
                "signer": STRING,
                "title": STRING,
                "basis": STRING,
            }
        ),
        "operations": many(
            obj(
                {
                    "seq": {"type": "integer"},
                    "action": STRING,
                    "official": maybe(STRING),
                    "kind": STRING,
                    "fact_id": maybe({"type": "integer"}),
                    "valid_from": maybe(PARTIAL),
                    "valid_to": maybe(PARTIAL),
                    "fields": {"type": "object"},
                    "reason": STRING,
                }
            )
        ),
        "diff": many(
            obj(
                {
                    "official": obj({"id": maybe(STRING), "full_name": STRING, "personal_id": STRING}),
                    "is_new": {"type": "boolean"},
                    "facts": many(
                        obj(
                            {
                                "seq": {"type": "integer"},
                                "action": STRING,
                                "kind": STRING,
                                "label": STRING,
                                "decision": STRING,
                                "reason": STRING,
                                "fields": many(_LINE),
                            }
                        )
                    ),
                }
            )
        ),
        "consequences": many(obj({"code": STRING, "title": STRING, "detail": STRING, "figure": STRING})),
        "findings": many(
            obj(
                {
                    "path": STRING,
                    "code": STRING,
                    "severity": {"enum": ["error", "warning"]},
                    "message": STRING,
                }
            )
        ),
        "events": many(obj({"at": TIME, "step": STRING, "words": STRING, "actor": STRING})),
    }
)
CHANGE_LIST = obj(
    {
        "items": many(
            obj(
                {
                    "id": STRING,
                    "number": STRING,
                    "status": STRING,
                    "origin": STRING,
                    "version": {"type": "integer"},
                    "created_at": TIME,
                    "submitted_at": maybe(TIME),
                    "decided_at": maybe(TIME),
                    "note": STRING,
                    "reason": STRING,
                    "decision_number": STRING,
                    "decision_title": STRING,
                    "issued_on": DATE,
                    "effective_on": maybe(DATE),
                    "maker": STRING,
                    "checker": maybe(STRING),
                    "organization_code": STRING,
                    "people": {"type": "integer"},
                    "operations": {"type": "integer"},
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)

USER = obj({"username": STRING, "display_name": STRING, "roles": many(STRING), "organization": maybe(UNIT)})
TOKEN_INPUT = obj({"username": STRING, "password": STRING, "otp": STRING}, ["username", "password"])
SESSION_LIST = obj(
    {
        "items": many(
            obj(
                {
                    "id": STRING,
                    "kind": {"enum": ["browser", "token"]},
                    "agent": STRING,
                    "started_at": TIME,
                    "seen_at": maybe(TIME),
                    "expires_at": TIME,
                    "new_place": {"type": "boolean"},
                    "current": {"type": "boolean"},
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
PASSWORD_INPUT = obj({"old": STRING, "new": {"type": "string", "minLength": 12}})
SECOND_FACTOR_INPUT = obj({"otp": {"type": "string", "minLength": 1, "maxLength": 40}})
RECOVERY_INPUT = obj({"reason": {"type": "string", "minLength": 1, "maxLength": 500}})
RECOVERY_HALF = obj({"username": STRING, "half": STRING})
TOKEN = obj({"token": STRING, "expires_at": TIME, "user": USER})
ME = obj({"user": USER, "roles": many(STRING), "organization": maybe(UNIT), "permissions": many(STRING)})

# Organizations

UNIT_NODE = obj(
    {
        "code": STRING,
        "name": STRING,
        "name_en": STRING,
        "kind": STRING,
        "parent": maybe(STRING),
        "has_children": {"type": "boolean"},
    }
)
UNIT_LIST = obj({"items": many(UNIT_NODE), "next_cursor": CURSOR, "count": COUNT})
_UNIT_VERSION = obj(
    {
        "name": STRING,
        "name_en": STRING,
        "kind": STRING,
        "parent": maybe(UNIT),
        "province": maybe(STRING),
        "electronic_id": maybe(STRING),
        "valid_from": DATE,
        "valid_to": maybe(DATE),
        "recorded_at": TIME,
        "legal_basis": STRING,
        "in_force": {"type": "boolean"},
    }
)
UNIT_SHOWN = obj({"code": STRING, "path": many(UNIT), "ended_on": maybe(DATE)} | _UNIT_VERSION["properties"])
UNIT_HISTORY = obj({"items": many(_UNIT_VERSION), "next_cursor": CURSOR, "count": COUNT})
_HEIR = obj({"code": STRING, "name": STRING, "on": DATE, "legal_basis": STRING})
UNIT_HEIRS = obj({"items": many(_HEIR), "predecessors": many(_HEIR), "next_cursor": CURSOR, "count": COUNT})
_WHOLE: Schema = {"type": "integer", "minimum": 0}
POSTS = obj(
    {
        "organization": UNIT,
        "as_of": DATE,
        "items": many(
            obj(
                {
                    "title": STRING,
                    "position": maybe(STRING),
                    "category": STRING,
                    "leading": {"type": "boolean"},
                    "quota": _WHOLE,
                    "filled": _WHOLE,
                    "vacant": _WHOLE,
                }
            )
        ),
        "total": obj({"quota": _WHOLE, "filled": _WHOLE, "vacant": _WHOLE}),
        "outside_posts": _WHOLE,
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)

# Catalogues and kinds of facts

CATALOGUE_LIST = obj(
    {
        "items": many(
            obj(
                {
                    "name": STRING,
                    "title": STRING,
                    "source": STRING,
                    "note": STRING,
                    "rows": _WHOLE,
                    "keys": _WHOLE,
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
CATALOGUE = obj(
    {
        "name": STRING,
        "title": STRING,
        "source": STRING,
        "note": STRING,
        "as_of": DATE,
        "items": many(
            obj(
                {
                    "key": STRING,
                    "code": maybe(STRING),
                    "name": STRING,
                    "name_en": STRING,
                    "valid_from": maybe(DATE),
                    "valid_to": maybe(DATE),
                    "applies_to": STRING,
                    "certainty": {"enum": ["verified", "recalled", "product", "computed"]},
                    "source": STRING,
                    "extra": {"type": "object", "additionalProperties": STRING},
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
KIND_LIST = obj(
    {
        "items": many(
            obj(
                {
                    "kind": STRING,
                    "title": STRING,
                    "x-title-en": STRING,
                    "x-sensitivity": STRING,
                    "x-source": STRING,
                    "schema": STRING,
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
KIND = obj(
    {
        "$schema": STRING,
        "title": STRING,
        "x-title-en": STRING,
        "x-kind": STRING,
        "x-source": STRING,
        "x-sensitivity": STRING,
        "x-exclusive": maybe(many(STRING)),
        "x-group": obj({"number": {"type": "integer"}, "title": STRING, "title-en": STRING}),
        "x-maintained-by": {"enum": ["official", "hr"]},
        "type": {"const": "object"},
        "properties": {"type": "object"},
        "required": many(STRING),
        "additionalProperties": {"const": False},
    }
)

_SHARE = obj({"officials": _WHOLE, "people": _WHOLE, "percent": DECIMAL, "counted_on": DATE})
FIELD_LIST = obj(
    {
        "items": many(
            obj(
                {
                    "kind": {"enum": list(FACTS)},
                    "kind_title": STRING,
                    "kind_title_en": STRING,
                    "field": STRING,
                    "title": STRING,
                    "title_en": STRING,
                    "group": obj({"number": {"type": "integer"}, "title": STRING, "title_en": STRING}),
                    "type": STRING,
                    "required": {"type": "boolean"},
                    "form_item": STRING,
                    "catalogue": maybe(STRING),
                    "sensitivity": {"enum": ["ordinary", "personal", "sensitive", "secret"]},
                    "maintained_by": {"enum": ["official", "hr"]},
                    "source": STRING,
                    "share": maybe(_SHARE),
                    "kind_share": maybe(_SHARE),
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)

# Questions to the law

RETIREMENT = obj(
    {"sex": STRING, "birth_date": PARTIAL}
    | dict.fromkeys(("on", "by_age", "notice_on", "decision_on", "pension_from"), DATE)
    | {"why": WHY}
)
TERM = obj({"since": DATE, "on": maybe(DATE), "why": WHY})
INCREASE = obj(
    {
        "rank": STRING,
        "step": maybe({"type": "integer"}),
        "coefficient": maybe(DECIMAL),
        "on": maybe(DATE),
        "why": WHY,
    }
)
EARLY_INCREASE = obj(
    {
        "allowed": {"type": "boolean"},
        "earliest": maybe(DATE),
        "regular": maybe(DATE),
        "most_people": maybe({"type": "integer"}),
        "why": WHY,
    }
)
OVERRUN = obj(
    {
        "rank": STRING,
        "step": {"type": "integer"},
        "percent": {"type": "integer"},
        "next_on": maybe(DATE),
        "why": WHY,
    }
)
DISCIPLINE = obj(
    {
        "form": STRING,
        "category": STRING,
        "in_force": {"type": "boolean"},
        "step_delay_months": maybe({"type": "integer"}),
        "lapses_on": maybe(DATE),
        "promotion_block_until": maybe(DATE),
        "limitation_ends": maybe(DATE),
        "why": WHY,
    }
)
EVALUATION_QUOTA = obj({"category": STRING, "most": maybe({"type": "integer"}), "why": WHY})
CAREER_STEP = obj(
    {
        "rank": STRING,
        "career_step": maybe({"type": "integer"}),
        "salary_table": maybe(STRING),
        "salary_group": maybe(STRING),
        "regraded": {"type": "boolean"},
        "deadline": maybe(DATE),
        "step": maybe({"type": "integer"}),
        "coefficient": maybe(DECIMAL),
        "reserve": maybe(DECIMAL),
        "why": WHY,
    }
)
POSITION_ALLOWANCE = obj({"coefficient": maybe(DECIMAL), "on": DATE, "why": WHY})
PERSONAL_NUMBER = obj(
    {
        "agrees": {"type": "boolean"},
        "findings": many(
            obj(
                {
                    "code": {"enum": ["form", "sex", "century", "year", "province"]},
                    "severity": {"enum": ["error", "warning"]},
                    "message": STRING,
                    "reason": STRING,
                }
            )
        ),
        "why": WHY,
    }
)
LIFECYCLE = obj(
    {
        "as_of": DATE,
        "transitions": many(
            obj(
                {
                    "from": maybe(STRING),
                    "to": STRING,
                    "families": many(STRING),
                    "guards": many(STRING),
                    "valid_from": maybe(DATE),
                    "valid_to": maybe(DATE),
                    "certainty": STRING,
                    "source": STRING,
                }
            )
        ),
        "guards": many(
            obj(
                {
                    "key": STRING,
                    "name": STRING,
                    "severity": {"enum": ["error", "warning"]},
                    "certainty": STRING,
                    "source": STRING,
                }
            )
        ),
        "answer": maybe(obj({"allowed": {"type": "boolean"}, "rules": many(STRING), "why": WHY})),
    }
)
PAY = obj(
    {
        "rank": STRING,
        "step": {"type": "integer"},
        "coefficient": DECIMAL,
        "on": DATE,
        "amount": maybe(STRING),
        "parts": many(obj({"name": STRING, "coefficient": DECIMAL, "amount": STRING})),
        "why": WHY,
    }
)
DEADLINE = obj({"from": DATE, "days": {"type": "integer"}, "on": DATE, "why": WHY})
REGRADE_INPUT = obj(
    {
        "rank": STRING,
        "step": {"type": "integer", "minimum": 1, "maximum": 12},
        "since": DATE,
        "overrun_percent": {"type": "integer", "minimum": 0, "maximum": 100},
        "to_rank": STRING,
        "on": DATE,
    },
    ["rank", "step", "since", "to_rank"],
)
REGRADE = obj(
    {
        "rank": STRING,
        "step": {"type": "integer"},
        "coefficient": DECIMAL,
        "reserve": DECIMAL,
        "counts_from": DATE,
        "next_on": maybe(DATE),
        "why": WHY,
    }
)

# Files and imports

FORM = "multipart/form-data"
BINARY: Schema = {"type": "string", "format": "binary"}
FILE_INPUT = {"x-media": FORM} | obj(
    {"file": BINARY, "purpose": {"enum": ["paper", "portrait"], "default": "paper"}}, ["file"]
)
FILE = obj({"id": STRING, "sha256": STRING, "size": _WHOLE, "name": STRING, "media_type": STRING})
IMPORT_INPUT = {"x-media": FORM} | obj(
    {
        "file": BINARY,
        "kind": {"enum": list(KINDS)},
        "organization": STRING,
        "dry_run": {"enum": ["true", "false", ""]},
    },
    ["file", "organization"],
)
IMPORT = obj(
    {
        "id": STRING,
        "number": STRING,
        "status": {"enum": ["queued", "checking", "checked", "refused", "submitted", "applied", "undone"]},
        "kind": STRING,
        "dry_run": {"type": "boolean"},
        "created_at": TIME,
        "checked_at": maybe(TIME),
        "created_by": STRING,
        "organization": UNIT,
        "file": obj({"name": STRING, "sha256": STRING, "size": _WHOLE}),
        "counts": maybe(
            obj(dict.fromkeys(("rows", "new", "changed", "unchanged", "rejected", "warnings"), _WHOLE))
        ),
        "fields": _WHOLE,
        "sheet": maybe(STRING),
        "columns": many(STRING),
        "problem": maybe(obj({"code": STRING, "message": STRING})),
        "notes": many(obj({"code": STRING, "detail": {"type": "object"}, "message": STRING})),
        "change_id": maybe(STRING),
        "undo_change_id": maybe(STRING),
        "job_id": maybe(STRING),
    },
    [
        "id",
        "number",
        "status",
        "kind",
        "dry_run",
        "created_at",
        "checked_at",
        "created_by",
        "organization",
        "file",
        "counts",
        "fields",
        "sheet",
        "columns",
        "problem",
        "notes",
        "change_id",
        "undo_change_id",
    ],
)
IMPORT_LIST = obj({"items": many(IMPORT), "next_cursor": CURSOR, "count": COUNT})
FINDINGS = obj(
    {
        "items": many(
            obj(
                {
                    "sheet": maybe(STRING),
                    "row": _WHOLE,
                    "column": STRING,
                    "value": maybe(STRING),
                    "code": STRING,
                    "severity": {"enum": ["error", "warning"]},
                    "message": STRING,
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
IMPORT_ROWS = obj(
    {
        "items": many(
            obj(
                {
                    "row": _WHOLE,
                    "outcome": STRING,
                    "differs": many(STRING),
                    "cells": {"type": "object", "additionalProperties": maybe(STRING)},
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
IMPORT_SUBMIT_INPUT = obj({"partial": {"type": "boolean"}}, [])
IMPORT_CHANGE = obj({"change_id": STRING, "number": STRING, "status": STRING})
EMPTY_INPUT = obj({}, [])
JOB = obj(
    {
        "id": STRING,
        "kind": STRING,
        "status": {"enum": ["queued", "running", "done", "failed", "cancelled"]},
        "attempts": _WHOLE,
        "done": _WHOLE,
        "total": maybe(_WHOLE),
        "error": maybe(STRING),
        "created_at": TIME,
        "finished_at": maybe(TIME),
        "import_id": maybe(STRING),
        "export_id": maybe(STRING),
        "report_id": maybe(STRING),
    }
)

# Exports

_EXPORT_FILTER = obj(
    {
        "q": STRING,
        "organization": STRING,
        "subtree": {"type": "boolean"},
        **{name: {"type": ["string", "array"], "items": STRING} for name in CODED},
        "next_step_before": DATE,
        "retirement_before": DATE,
        "term_ends_before": DATE,
        "unevaluated_year": _WHOLE,
        "history": {
            "type": "boolean",
            "description": "Mọi mục đang được tin, không chỉ mục có hiệu lực vào as_of. / All that is believed.",
        },
        "as_of": DATE,
        "known_at": TIME,
        "actor": STRING,
        "person": STRING,
        "object": STRING,
        "action": {"type": ["string", "array"], "items": STRING},
        "from": DATE,
        "to": DATE,
    },
    [],
)
EXPORT_INPUT = obj(
    {
        "what": {"enum": ["officials", "trail", *(f"facts:{name}" for name in FACTS)]},
        "filter": _EXPORT_FILTER,
        "format": {"enum": list(EXPORT_FORMATS)},
    },
    ["what", "format"],
)
_RUN = {
    "id": STRING,
    "number": STRING,
    "title": STRING,
    "format": {"enum": list(RUN_FORMATS)},
    "as_of": DATE,
    "known_at": TIME,
    "status": {"enum": list(RUN_STATUSES)},
    "progress": obj({"done": _WHOLE, "total": maybe(_WHOLE)}),
    "problem": maybe(obj({"code": STRING, "message": STRING})),
    "rows": maybe(_WHOLE),
    "size": maybe(_WHOLE),
    "sha256": maybe(STRING),
    "created_by": STRING,
    "created_at": TIME,
    "finished_at": maybe(TIME),
    "expires_at": maybe(TIME),
}
EXPORT = obj({"what": STRING, "filter": {"type": "object"}, **_RUN, "format": {"enum": list(EXPORT_FORMATS)}})
EXPORT_LIST = obj({"items": many(EXPORT), "next_cursor": CURSOR, "count": COUNT})

# Reports

REPORT_INPUT = obj(
    {
        "form": STRING,
        "parameters": {"type": "object"},
        "format": {"enum": list(RUN_FORMATS)},
        "reason": STRING,
    },
    ["form", "format"],
)
REPORT = obj(
    {
        "form": STRING,
        "version": STRING,
        "parameters": {"type": "object"},
        "reason": maybe(STRING),
        "repeats": maybe(STRING),
        "same": maybe({"type": "boolean"}),
        **_RUN,
    }
)
REPORT_LIST = obj({"items": many(REPORT), "next_cursor": CURSOR, "count": COUNT})
REPORT_FORM = obj(
    {
        "form": STRING,
        "code": STRING,
        "title": STRING,
        "about": STRING,
        "family": STRING,
        "source": maybe(STRING),
        "version": STRING,
        "formats": many({"enum": list(RUN_FORMATS)}),
        "parameters": many(
            obj(
                {
                    "name": STRING,
                    "title": STRING,
                    "kind": {"enum": ["person", "organization", "date", "instant", "year", "text"]},
                    "required": {"type": "boolean"},
                    "hint": maybe(STRING),
                }
            )
        ),
        "permission": STRING,
        "about_person": {"type": "boolean"},
        "valid_from": maybe(DATE),
        "valid_to": maybe(DATE),
    }
)
FORM_LIST = obj({"items": many(REPORT_FORM), "next_cursor": CURSOR, "count": COUNT})

# Statistics

_DEFINITION = {
    "id": STRING,
    "label": STRING,
    "definition": STRING,
    "unit": STRING,
    "source": STRING,
    "version": {"type": "integer"},
}
MEASURE_LIST = obj({"items": many(obj(_DEFINITION)), "next_cursor": CURSOR, "count": COUNT})
DIMENSION_LIST = obj(
    {
        "items": many(
            obj(
                _DEFINITION
                | {"catalogue": maybe(STRING), "keys": maybe(many(obj({"key": STRING, "name": STRING})))}
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
_FIGURE: Schema = {"type": ["integer", "string", "null"]}
_ROW: Schema = {"type": "object", "additionalProperties": _FIGURE}
_ASKED: dict[str, Schema] = {
    "as_of": DATE,
    "known_at": TIME,
    "tree": STRING,
    "organization": maybe(UNIT),
    "snapshot": obj({"id": STRING, "taken_at": TIME}),
    "columns": many(obj({"kind": {"enum": ["dimension", "measure"]}} | _DEFINITION)),
    "rows": many(_ROW),
}
CROSS_TABLE = obj(
    _ASKED | {"total": _ROW, "subtotals": many(obj({"by": many(STRING), "rows": many(_ROW)}))},
    [*_ASKED, "total"],
)
_OVER_TIME = _ASKED | {
    "step": {"enum": ["year", "quarter", "month"]},
    "periods": many(obj({"key": DATE, "name": STRING, "since": DATE, "until": DATE})),
    "totals": many(_ROW),
}
SERIES = obj(_OVER_TIME)
FORECAST = obj(_OVER_TIME | {"why": WHY})
COUNTED_PEOPLE = obj(
    {
        "items": many(
            obj(
                _PERSON
                | {
                    "status": STRING,
                    "category": STRING,
                    "on": DATE,
                },
                ["id", "personal_id", "full_name", "organization", "on"],
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)

# The trail, accounts, tokens of programs

TRAIL = obj(
    {
        "items": many(
            obj(
                {
                    "id": {"type": "integer"},
                    "at": TIME,
                    "actor": STRING,
                    "username": maybe(STRING),
                    "role": STRING,
                    "action": STRING,
                    "object_type": STRING,
                    "object_id": STRING,
                    "reason": maybe(STRING),
                    "detail": {"type": "object"},
                    "request_id": maybe(STRING),
                    "official": maybe(obj({"id": STRING, "name": STRING})),
                    "change": maybe(STRING),
                    "place": maybe({"type": "integer"}),
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
_HASH = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
HEADS = obj(
    {
        "items": many(
            obj(
                {
                    "size": {"type": "integer"},
                    "root": _HASH,
                    "at": TIME,
                    "note": STRING,
                    "anchors": many(obj({"place": STRING, "at": TIME})),
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
PROOF = obj(
    {
        "event": {"type": "integer"},
        "entry": {"type": "string", "contentEncoding": "base64"},
        "place": {"type": "integer"},
        "leaf_hash": _HASH,
        "head": obj({"size": {"type": "integer"}, "root": _HASH, "note": STRING}),
        "proof": many(_HASH),
    }
)
_GRANT = obj(
    {
        "id": {"type": "integer"},
        "role": STRING,
        "organization": maybe(UNIT),
        "valid_from": DATE,
        "valid_to": maybe(DATE),
        "in_force": {"type": "boolean"},
        "waits": {"type": "boolean"},
        "granted_by": maybe(STRING),
    }
)
ACCOUNT = obj(
    {
        "username": STRING,
        "display_name": STRING,
        "active": {"type": "boolean"},
        "demo": {"type": "boolean"},
        "second_factor": {"type": "boolean"},
        "locked_until": maybe(TIME),
        "grants": many(_GRANT),
    }
)
ACCOUNT_LIST = obj({"items": many(ACCOUNT), "next_cursor": CURSOR, "count": COUNT})
ACCOUNT_INPUT = obj(
    {"username": STRING, "password": {"type": "string", "minLength": 12}, "display_name": STRING}
)
ACTIVE_INPUT = obj({"active": {"type": "boolean"}})
GRANT_INPUT = obj(
    {"role": STRING, "organization": maybe(STRING), "valid_from": maybe(DATE), "valid_to": maybe(DATE)},
    ["role"],
)
PROGRAM_TOKENS = obj(
    {
        "items": many(
            obj(
                {
                    "id": {"type": "integer"},
                    "name": STRING,
                    "scopes": many(STRING),
                    "created_at": TIME,
                    "expires_at": TIME,
                    "ended_at": maybe(TIME),
                    "live": {"type": "boolean"},
                    "waits": {"type": "boolean"},
                    "asked_by": maybe(STRING),
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
PROGRAM_TOKEN_INPUT = obj(
    {
        "name": {"type": "string", "minLength": 1, "maxLength": 100},
        "scopes": many(STRING),
        "days": {"type": "integer", "minimum": 1, "maximum": 366},
    },
    ["name", "scopes"],
)
PROGRAM_TOKEN = obj({"id": {"type": "integer"}, "token": STRING, "expires_at": TIME, "scopes": many(STRING)})
REASONS = obj(
    {
        "username": STRING,
        "on": DATE,
        "action": obj({"permission": STRING, "title": STRING}),
        "object": maybe(
            obj(
                {
                    "kind": {"enum": ["official", "unit", "change", "file"]},
                    "visible": {
                        "type": "boolean",
                        "description": "For whoever asks; false also where there is no such object.",
                    },
                    "unit": maybe(UNIT),
                }
            )
        ),
        "allowed": maybe(
            {"type": "boolean", "description": "null: it depends on an object that whoever asks may not see."}
        ),
        "reply": maybe(
            {
                "enum": [200, 401, 403, 404],
                "description": "The status with which the deed itself is answered.",
            }
        ),
        "text": STRING,
        "reasons": many(
            obj(
                {
                    "rule": {
                        "enum": [
                            "account",
                            "second_factor",
                            "role",
                            "token",
                            "two_people",
                            "unit",
                            "own",
                            "other_record",
                            "visible",
                        ]
                    },
                    "holds": {"type": "boolean"},
                    "text": STRING,
                }
            )
        ),
        "grants": many(
            obj(
                {
                    "role": STRING,
                    "title": STRING,
                    "organization": maybe(UNIT),
                    "valid_from": DATE,
                    "valid_to": maybe(DATE),
                    "in_force": {"type": "boolean"},
                    "gives": {"type": "boolean"},
                    "covers": maybe({"type": "boolean"}),
                }
            )
        ),
        "token_scopes": many(STRING),
        "fields": maybe(
            many(
                obj(
                    {
                        "class": {"enum": ["ordinary", "personal", "sensitive", "secret"]},
                        "title": STRING,
                        "fields": {"type": "integer"},
                        "seen": {"type": "boolean"},
                    }
                )
            )
        ),
    }
)

# Proposals and review campaigns

PROPOSAL_INPUT = obj(
    {"operation": _OPERATION, "reason": STRING, "file_id": maybe(STRING)}, ["operation", "reason"]
)
PROPOSAL_DRAFT = obj({"decision": _DECISION})
PROPOSAL = obj(
    {
        "id": STRING,
        "status": {"enum": ["received", "drafted", "declined", "withdrawn"]},
        "official": obj({"id": maybe(STRING), "full_name": maybe(STRING), "personal_id": maybe(STRING)}),
        "organization": UNIT,
        "kind": {"enum": list(FACTS)},
        "operation": {"type": "object"},
        "reason": STRING,
        "file": maybe(FILE),
        "change": maybe(
            obj(
                {
                    "id": STRING,
                    "number": STRING,
                    "status": STRING,
                    "reason": STRING,
                    "decided_at": maybe(TIME),
                }
            )
        ),
        "answer": STRING,
        "answered_by": maybe(STRING),
        "made_at": TIME,
        "answered_at": maybe(TIME),
        "version": _WHOLE,
    }
)
PROPOSAL_LIST = obj({"items": many(PROPOSAL), "next_cursor": CURSOR, "count": COUNT})
CAMPAIGN_INPUT = obj(
    {
        "name": STRING,
        "organization": STRING,
        "due_on": DATE,
        "message": STRING,
        "kinds": many({"enum": list(FACTS)}),
    },
    ["name", "organization", "due_on"],
)
_COUNTS = {
    "total": _WHOLE,
    "confirmed": _WHOLE,
    "corrected": _WHOLE,
    "done": _WHOLE,
    "open": _WHOLE,
    "overdue": _WHOLE,
    "percent": _WHOLE,
}
CAMPAIGN = obj(
    {
        "id": STRING,
        "name": STRING,
        "message": STRING,
        "kinds": many(STRING),
        "organization": UNIT,
        "due_on": DATE,
        "started_by": STRING,
        "started_at": TIME,
        "closed_at": maybe(TIME),
        "mine": maybe(obj({"state": STRING, "on_behalf": {"type": "boolean"}, "done_at": maybe(TIME)})),
        "progress": obj(_COUNTS),
    }
)
CAMPAIGN_LIST = obj({"items": many(CAMPAIGN), "next_cursor": CURSOR, "count": COUNT})
CAMPAIGN_PROGRESS = obj(
    {
        "campaign": STRING,
        "total": obj(_COUNTS),
        "units": many(obj({"code": STRING, "name": STRING, "has_more": {"type": "boolean"}} | _COUNTS)),
    }
)
CAMPAIGN_TASKS = obj(
    {
        "items": many(
            obj(
                {
                    "official": obj({"id": maybe(STRING), "full_name": maybe(STRING)}),
                    "organization": UNIT,
                    "state": {"enum": ["open", "confirmed", "corrected"]},
                    "on_behalf": {"type": "boolean"},
                    "words": STRING,
                    "done_by": maybe(STRING),
                    "done_at": maybe(TIME),
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
CAMPAIGN_ANSWER = obj(
    {
        "outcome": {"enum": ["confirmed", "corrected"]},
        "change": maybe(STRING),
        "proposal": maybe(STRING),
    },
    ["outcome"],
)
CAMPAIGN_BEHALF = obj({"officials": many(STRING), "reason": STRING})
CAMPAIGN_DONE = obj({"done": _WHOLE})

_WORKLIST_COLUMN = obj({"name": STRING, "label": STRING})
_WORKLIST = {
    "id": STRING,
    "title": STRING,
    "meaning": STRING,
    "due": STRING,
    "source": STRING,
    "kind": STRING,
    "sensitivity": STRING,
    "columns": many(_WORKLIST_COLUMN),
    "drafts": many(_WORKLIST_COLUMN),
    "to": DATE,
}
WORKLIST_CATALOGUE = obj(
    {
        "organization": UNIT,
        "items": many(obj({**_WORKLIST, "count": COUNT, "overdue": COUNT})),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
WORKLIST_ROWS = obj(
    {
        "list": obj(_WORKLIST),
        "organization": UNIT,
        "from": maybe(DATE),
        "to": DATE,
        "items": many(
            obj(
                {
                    "official": obj(
                        {
                            "id": STRING,
                            "personal_id": STRING,
                            "staff_code": maybe(STRING),
                            "full_name": STRING,
                            "organization": UNIT,
                            "position": maybe(STRING),
                            "job_position": maybe(STRING),
                            "rank": maybe(STRING),
                        }
                    ),
                    "due_on": DATE,
                    "days_left": {"type": "integer"},
                    "overdue": {"type": "boolean"},
                    "values": {"type": "object", "additionalProperties": STRING},
                    "change": maybe(STRING),
                    "why": WHY,
                }
            )
        ),
        "next_cursor": CURSOR,
        "count": COUNT,
    }
)
WORKLIST_DRAFT = obj(
    {
        "organization": STRING,
        "people": {
            "oneOf": [{"const": "all"}, {"type": "array", "items": STRING, "minItems": 1}],
            "description": "Registry ids or personal numbers of the list, or all of it.",
        },
        "draft": {**STRING, "description": "One of the list's drafts; the first unless said."},
        "from": maybe(DATE),
        "to": maybe(DATE),
        "decision": maybe(obj(dict(_DECISION["properties"]), [])),
    },
    ["people"],
)
