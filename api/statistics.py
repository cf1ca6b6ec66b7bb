"""Statistics: what can be counted and by what; tables, series and forecasts, as JSON, CSV or XLSX, in which nobody is named;
and for whoever may read records, the persons that a figure counts.
"""

from collections.abc import Callable
from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request

from api.http import Call, endpoint, services
from api.shapes import COUNTED_PEOPLE, CROSS_TABLE, DIMENSION_LIST, FORECAST, MEASURE_LIST, SERIES
from registry.access.actor import Actor
from registry.access.permissions import Permission, Whose
from registry.access.policy import Target, require
from registry.audit import log
from registry.catalogues import lists
from registry.organizations.listing import find_ordinal
from registry.statistics import asking, drilling, files, series
from registry.statistics.dimensions import DIMENSIONS, Dimension
from registry.statistics.measures import MEASURES
from registry.statistics.queries import crosstab
from registry.statistics.tables import Table

rooms = Blueprint("statistics", __name__)
READ = Permission.STATISTICS_TABLE_READ
LIST = Permission.OFFICIALS_RECORD_READ
CSV = "text/csv"
MOST_KEYS = 60


SINCE = "Ngày đầu kỳ của các số đếm theo kỳ; mặc định 01/01. / First day of the period of counts of events."


class Question(ma.Schema):
    """What all questions say; read by the statistics themselves, which name every flaw."""

    where = ma.fields.List(
        ma.fields.String(), metadata={"description": "rank:01.003; nhiều giá trị cách nhau dấu phẩy"}
    )
    organization = ma.fields.String(validate=ma.validate.Length(max=60))
    known_at = ma.fields.String()
    tree = ma.fields.String(metadata={"description": "as_was | today"})


class Grouped(Question):
    """Questions whose answer is a table."""

    by = ma.fields.String(metadata={"description": "ministry_or_province,sex…; xem /statistics/dimensions"})


class TableParameters(Grouped):
    """A table as of a day."""

    measures = ma.fields.String(
        metadata={"description": "headcount,mean_coefficient…; xem /statistics/measures"}
    )
    as_of = ma.fields.String()
    since = ma.fields.String(metadata={"description": SINCE})
    subtotals = ma.fields.Boolean(
        load_default=False,
        metadata={"description": "Thêm tổng của từng chiều. / Sums by fewer dimensions as well."},
    )


class SeriesParameters(Grouped):
    """A measure over time."""

    measure = ma.fields.String(metadata={"description": "headcount…; xem /statistics/measures"})
    start = ma.fields.String(data_key="from")
    end = ma.fields.String(data_key="to")
    step = ma.fields.String(metadata={"description": "year | quarter | month"})


class ForecastParameters(Grouped):
    """What lies ahead of a day, by year."""

    as_of = ma.fields.String()
    start = ma.fields.String(data_key="from")
    end = ma.fields.String(data_key="to")


class PeopleParameters(Question):
    """A figure: the question of its table, and the cell it stands in."""

    measure = ma.fields.String(
        metadata={"description": "headcount…, retirements, salary_steps; xem /statistics/measures"}
    )
    as_of = ma.fields.String()
    since = ma.fields.String(metadata={"description": SINCE})
    until = ma.fields.String(
        metadata={
            "description": "Ngày cuối kỳ của dự báo (measure=retirements, salary_steps); since là ngày đầu. "
            "/ Last day of the period of a forecast; since is the first."
        }
    )
    cell = ma.fields.List(
        ma.fields.String(),
        metadata={"description": "Ô của bảng / the cell: ministry_or_province:H26,sex:nu,rank:none"},
    )
    cursor = ma.fields.String(validate=ma.validate.Length(max=400))
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))


@endpoint(rooms, "/statistics/measures", READ, Whose.EVERYBODY, ("Các số đo", "Measures"), reply=MEASURE_LIST)
def list_measures(call: Call) -> Any:
    return _whole([one.as_json(call.language) for one in MEASURES.values()])


@endpoint(
    rooms,
    "/statistics/dimensions",
    READ,
    Whose.EVERYBODY,
    ("Các chiều phân tổ", "Dimensions"),
    reply=DIMENSION_LIST,
)
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
    Whose.UNIT,
    ("Bảng số liệu", "A table"),
    query=TableParameters,
    reply=CROSS_TABLE,
    also=(CSV, files.XLSX),
)
def get_table(call: Call) -> Any:
    asked = dict(call.query)
    subtotals = asked.pop("subtotals")
    asked["organization"] = unit_within(call, asked.get("organization"))
    query = asking.parse(today=call.today, **asked)
    _check(call, query)
    with services().stats() as stats:
        table = crosstab(stats, query)
    _note(call, table, asked)
    return _as_asked(call, table, lambda: table.as_json(call.language, subtotals=subtotals))


def _check(call: Call, query: asking.CrossTab) -> None:
    """Whoever knows persons by name counts them by nothing that is closed to them, or a count of one would tell it."""
    if call.actor.reads_persons:
        asking.check_reader(query, call.actor.field_classes())


def _note(call: Call, table: Table, asked: dict[str, Any]) -> None:
    """Put a question on the trail."""
    shown = {name: value for name, value in asked.items() if value}
    log.record(
        call.session,
        call.actor,
        log.Action.STATISTICS_READ,
        "statistics",
        table.snapshot.id,
        detail={"asked": shown, "rows": table.groups.size},
    )


@endpoint(
    rooms,
    "/statistics/series",
    READ,
    Whose.UNIT,
    ("Chuỗi thời gian của một chỉ tiêu", "A measure over time"),
    query=SeriesParameters,
    reply=SERIES,
    also=(CSV, files.XLSX),
)
def get_series(call: Call) -> Any:
    asked = dict(call.query)
    asked["organization"] = unit_within(call, asked.get("organization"))
    return _over_time(call, series.parse_series(today=call.today, **asked), asked)


@endpoint(
    rooms,
    "/statistics/forecast/retirements",
    READ,
    Whose.UNIT,
    ("Dự báo nghỉ hưu theo luật", "Retirements ahead, by law"),
    query=ForecastParameters,
    reply=FORECAST,
    also=(CSV, files.XLSX),
)
def get_retirements(call: Call) -> Any:
    return _forecast(call, "retirements")


@endpoint(
    rooms,
    "/statistics/forecast/salary-steps",
    READ,
    Whose.UNIT,
    ("Dự báo nâng bậc lương theo luật", "Salary steps ahead, by law"),
    query=ForecastParameters,
    reply=FORECAST,
    also=(CSV, files.XLSX),
)
def get_salary_steps(call: Call) -> Any:
    return _forecast(call, "salary_steps")


def _forecast(call: Call, forecast: str) -> Any:
    asked = dict(call.query)
    asked["organization"] = unit_within(call, asked.get("organization"))
    return _over_time(
        call,
        series.parse_forecast(forecast, today=call.today, **asked),
        asked | {"forecast": forecast},
    )


def _over_time(call: Call, question: series.Series, asked: dict[str, Any]) -> Any:
    _check(call, question.query)
    with services().stats() as stats:
        found = series.series(stats, question)
    names = {"start": "from", "end": "to"}
    _note(call, found.table, {names.get(name, name): value for name, value in asked.items()})
    return _as_asked(call, found.table, lambda: found.as_json(call.language), found.total_lines())


@endpoint(
    rooms,
    "/statistics/people",
    LIST,
    Whose.UNIT,
    ("Những người mà một số liệu đếm", "The persons that a figure counts"),
    query=PeopleParameters,
    reply=COUNTED_PEOPLE,
)
def list_counted(call: Call) -> Any:
    """Only persons within the reader's scope today; whoever may not read records is refused, whoever may not count too."""
    found = read_counted(call, dict(call.query))
    return {
        "items": [
            {name: value for name, value in one.items() if name != "official_id"} for one in found.items
        ],
        "next_cursor": found.next_cursor,
        "count": {"value": found.count, "exact": True},
    }


def read_counted(call: Any, asked: dict[str, Any]) -> drilling.Counted:
    """A page of the persons of a cell, logged with the question and whom it showed."""
    require(call.actor, READ)
    asked["organization"] = unit_within(call, asked.get("organization"))
    question = drilling.parse(today=call.today, **asked)
    drilling.check_reader(question, call.actor.field_classes())
    found = drilling.counted(call.session, question, call.actor.field_classes())
    shown = {name: value for name, value in asked.items() if value and name not in ("cursor", "limit")}
    log.record(
        call.session,
        call.actor,
        log.Action.OFFICIAL_LIST,
        "list",
        "statistics",
        detail={"filter": shown, "officials": [one["official_id"] for one in found.items]},
    )
    return found


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


def _as_asked(
    call: Call, table: Table, as_json: Callable[[], dict[str, Any]], totals: files.Totals | None = None
) -> Any:
    """JSON, or the file that Accept prefers."""
    wanted = request.accept_mimetypes.best_match(["application/json", CSV, files.XLSX], "application/json")
    if wanted == "application/json":
        return as_json()
    ending, content = (
        ("csv", files.to_csv(table, call.language))
        if wanted == CSV
        else ("xlsx", files.to_xlsx(table, call.language, totals))
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{table.snapshot.id}.{ending}"',
        "Vary": "Accept",
    }
    return Response(
        content, headers=headers, content_type=f"{CSV}; charset=utf-8" if wanted == CSV else files.XLSX
    )
