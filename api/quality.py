"""Data quality: the board of agencies, findings with their people, and the rules. Scores of a record stand in the record."""

from dataclasses import asdict
from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, Paged, endpoint, services
from api.shapes import QUALITY_BOARD, QUALITY_FINDINGS, QUALITY_RULES
from registry.access.actor import Actor
from registry.access.permissions import Permission, Whose
from registry.access.policy import Target, require
from registry.audit import log
from registry.errors import not_found
from registry.organizations.listing import find_ordinal
from registry.quality import queries
from registry.quality.rules import (
    CLOCK,
    CLOCK_SOURCE,
    MEANINGS,
    POINTS,
    RULES,
    SCORING,
    WORKING_DAYS,
    visible,
)

rooms = Blueprint("quality", __name__)
BOARD = Permission.QUALITY_BOARD_READ
FINDINGS = Permission.QUALITY_FINDING_READ
TOP = "VN"


class BoardParameters(ma.Schema):
    """The unit whose agencies are ranked, and the days of approval that the clock looks at: [from, to)."""

    organization = ma.fields.String(validate=ma.validate.Length(max=60))
    since = ma.fields.Date(data_key="from")
    until = ma.fields.Date(data_key="to")


class FindingParameters(Paged):
    """Findings of a rule, within a unit."""

    rule = ma.fields.String(validate=ma.validate.Length(max=80))
    organization = ma.fields.String(validate=ma.validate.Length(max=60))


@endpoint(
    rooms,
    "/quality",
    BOARD,
    Whose.UNIT,
    ("Bảng xếp hạng chất lượng dữ liệu", "The board of data quality"),
    query=BoardParameters,
    reply=QUALITY_BOARD,
)
def get_board(call: Call) -> Any:
    unit = unit_within(call, call.query.get("organization"), BOARD)
    asked = queries.period(call.query.get("since"), call.query.get("until"), call.today)
    found = read_board(call, unit, asked)
    return {
        "organization": unit,
        "from": asked.since,
        "to": asked.until,
        "total": found.total.to_json(),
        "items": [
            {"place": place if one.is_agency else None} | one.to_json()
            for place, one in enumerate(found.lines, 1)
        ],
        "next_cursor": None,
        "count": {"value": len(found.lines), "exact": True},
    }


def read_board(call: Any, unit: str, asked: queries.Period) -> queries.Board:
    """The board as the role that counts sees it; the question goes on the trail."""
    with services().stats() as counting:
        found = queries.board(counting, unit, asked, call.today, counted_rules(call.actor), call.language)
    log.record(
        call.session,
        call.actor,
        log.Action.QUALITY_READ,
        "quality",
        unit,
        detail={"from": asked.since.isoformat(), "to": asked.until.isoformat(), "lines": len(found.lines)},
    )
    return found


def counted_rules(actor: Actor) -> list[str]:
    """The rules whose findings are counted for a reader: of those who see people, only what they may know of them."""
    return visible(actor.field_classes()) if actor.may(FINDINGS) else list(RULES)


def unit_within(call: Any, code: str | None, permission: Permission) -> str:
    """The unit to look at, by default the reader's own. NotFound for one that is not there or out of reach."""
    if code:
        ordinal = find_ordinal(call.session, code)
        if ordinal is None:
            raise not_found()
        require(call.actor, permission, Target(org_ord=ordinal))
        return code
    if any(low == 0 for low, _ in call.actor.ranges(permission)):
        return TOP
    grants = call.actor.grants
    own: str | None = next((one.code for one in grants if call.actor.covers(permission, one.ord)), None)
    if own is None:
        raise not_found()
    return own


@endpoint(
    rooms,
    "/quality/findings",
    FINDINGS,
    Whose.UNIT,
    ("Lỗi dữ liệu theo quy tắc, kèm người", "Findings with their people"),
    query=FindingParameters,
    reply=QUALITY_FINDINGS,
)
def list_findings(call: Call) -> Any:
    unit = call.query.get("organization")
    if unit:
        unit = unit_within(call, unit, FINDINGS)
    page = read_findings(
        call,
        rule=call.query.get("rule"),
        organization=unit,
        cursor=call.query.get("cursor"),
        limit=call.query["limit"],
        exact=call.query.get("count") == "exact",
    )
    items = []
    for person, found in page.items:
        told = asdict(person)
        told.pop("official_id")
        organization = {"code": told.pop("unit_code"), "name": told.pop("unit_name")}
        items.append({"official": told | {"organization": organization}} | found.to_json(call.language))
    return {
        "items": items,
        "next_cursor": page.next_cursor,
        "count": {"value": page.count, "exact": page.exact},
    }


def read_findings(call: Any, **asked: Any) -> queries.FindingPage:
    """A page of findings; whom it shows goes on the trail before it leaves."""
    page = queries.list_findings(call.session, call.actor.field_classes(), call.today, **asked)
    log.record(
        call.session,
        call.actor,
        log.Action.QUALITY_LIST,
        "list",
        "quality",
        detail={
            "filter": {name: asked[name] for name in ("rule", "organization") if asked.get(name)},
            "officials": list(dict.fromkeys(person.official_id for person, _ in page.items)),
        },
    )
    return page


@endpoint(
    rooms,
    "/quality/rules",
    BOARD,
    Whose.EVERYBODY,
    ("Các quy tắc chất lượng", "Rules of quality"),
    reply=QUALITY_RULES,
)
def list_rules(call: Call) -> Any:
    items = [
        {
            "code": one.code,
            "point": one.point,
            "kind": one.kind,
            "field": one.field or None,
            "label": call.say(one.label),
            "message": call.say(one.wrong),
            "todo": call.say(one.todo),
            "source": one.source,
            "weight": one.weight,
            "sensitivity": sorted(one.sensitivity),
        }
        for one in RULES.values()
    ]
    return {
        "items": items,
        "next_cursor": None,
        "count": {"value": len(items), "exact": True},
        "points": [
            {"code": code, "name": call.say(name), "meaning": call.say(MEANINGS[code])}
            for code, name in POINTS.items()
        ],
        "scoring": call.say(SCORING),
        "clock": {"working_days": WORKING_DAYS, "text": call.say(CLOCK), "source": CLOCK_SOURCE},
    }
