"""Statistics: what can be counted and by what, and tables, as JSON, CSV or XLSX. Nobody is named."""

from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request

from api.http import Call, endpoint, services
from api.shapes import CROSS_TABLE, DIMENSION_LIST, MEASURE_LIST
from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.access.policy import Target, require
from registry.audit import log
from registry.catalogues import lists
from registry.organizations.listing import find_ordinal
from registry.statistics import asking, files
from registry.statistics.dimensions import DIMENSIONS, Dimension
from registry.statistics.measures import MEASURES
from registry.statistics.queries import crosstab
from registry.statistics.tables import Table

rooms = Blueprint("statistics", __name__)
READ = Permission.STATISTICS_TABLE_READ
CSV = "text/csv"
MOST_KEYS = 60


class TableParameters(ma.Schema):
    """The question; read by the statistics themselves, which name every flaw."""

    measures = ma.fields.String(
        metadata={"description": "headcount,mean_coefficient…; xem /statistics/measures"}
    )
    by = ma.fields.String(metadata={"description": "ministry_or_province,sex…; xem /statistics/dimensions"})
    where = ma.fields.List(
        ma.fields.String(), metadata={"description": "rank:01.003; nhiều giá trị cách nhau dấu phẩy"}
    )
    organization = ma.fields.String(validate=ma.validate.Length(max=60))
    as_of = ma.fields.String()
    known_at = ma.fields.String()
    tree = ma.fields.String(metadata={"description": "as_was | today"})


@endpoint(rooms, "/statistics/measures", READ, ("Các số đo", "Measures"), reply=MEASURE_LIST)
def list_measures(call: Call) -> Any:
    return _whole([one.as_json(call.language) for one in MEASURES.values()])


@endpoint(rooms, "/statistics/dimensions", READ, ("Các chiều phân tổ", "Dimensions"), reply=DIMENSION_LIST)
def list_dimensions(call: Call) -> Any:
    return _whole([_dimension(call, one) for one in DIMENSIONS.values()])


def _dimension(call: Call, one: Dimension) -> dict[str, Any]:
    """A definition with its keys, unless they are many: those are in the catalogue."""
    listed = (
        {item.key: item for item in lists.items_on(call.session, one.catalogue, call.today)}
        if one.catalogue
        else {}
    )
    names = one.names(listed)
    keys = (
        [{"key": key, "name": call.say(words)} for key, words in names.items()]
        if 0 < len(names) <= MOST_KEYS
        else None
    )
    return one.as_json(call.language) | {"catalogue": one.catalogue or None, "keys": keys}


def _whole(items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"items": items, "next_cursor": None, "count": {"value": len(items), "exact": True}}


@endpoint(
    rooms,
    "/statistics",
    READ,
    ("Bảng số liệu", "A table"),
    query=TableParameters,
    reply=CROSS_TABLE,
    also=(CSV, files.XLSX),
)
def get_table(call: Call) -> Any:
    asked = dict(call.query)
    asked["organization"] = unit_within(call, asked.get("organization"))
    query = asking.parse(today=call.today, **asked)
    with services().stats() as stats:
        table = crosstab(stats, query)
    shown = {name: value for name, value in asked.items() if value}
    log.record(
        call.session,
        call.actor,
        log.Action.STATISTICS_READ,
        "statistics",
        table.snapshot.id,
        detail={"asked": shown, "rows": len(table.rows)},
    )
    return _as_asked(call, table)


def unit_within(call: Call, code: str | None) -> str | None:
    """The unit to count in: whoever works for a part of the state counts there, by default in the own unit.

    Raises NotFound for a unit out of reach; an unknown code is left to the statistics to refuse.
    """
    if code:
        unit = find_ordinal(call.session, code)
        if unit is not None:
            require(call.actor, READ, Target(org_ord=unit))
        return code
    return own_unit(call.actor)


def own_unit(actor: Actor) -> str | None:
    """The code of the first unit that the actor counts in; None for the whole nation."""
    if any(low == 0 for low, _ in actor.ranges(READ)):
        return None
    return next((one.code for one in actor.grants if actor.covers(READ, one.ord)), None)


def _as_asked(call: Call, table: Table) -> Any:
    """JSON, or the file that Accept prefers."""
    wanted = request.accept_mimetypes.best_match(["application/json", CSV, files.XLSX], "application/json")
    if wanted == "application/json":
        return table.as_json(call.language)
    ending, content = (
        ("csv", files.to_csv(table, call.language))
        if wanted == CSV
        else ("xlsx", files.to_xlsx(table, call.language))
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{table.snapshot.id}.{ending}"',
        "Vary": "Accept",
    }
    return Response(
        content, headers=headers, content_type=f"{CSV}; charset=utf-8" if wanted == CSV else files.XLSX
    )
