"""Statistics: one table of one measure, by one or two dimensions on a day, with its picture, its files and
what it means.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast

from flask import Blueprint, Response

from api.http import services
from api.statistics import own_unit, unit_within
from registry.access.permissions import Permission
from registry.audit import log
from registry.catalogues import lists
from registry.errors import Invalid, NotFound, RegistryError
from registry.officials.facts.parsing import Wrong, parse_day
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.statistics import asking, files
from registry.statistics.dimensions import DIMENSIONS, NONE, NOT_RECORDED
from registry.statistics.measures import MEASURES
from registry.statistics.queries import crosstab
from registry.statistics.tables import Cross, Key, Line, Table, Value, cross
from registry.words import Words
from web import counted
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page

rooms = Blueprint("statistics_pages", __name__)
READ = Permission.STATISTICS_TABLE_READ
FILTERED_BY = (
    "category",
    "sex",
    "age_band",
    "rank_level",
    "position_level",
    "education",
    "political_theory",
    "party",
    "ethnicity",
)
"""Dimensions offered as filters in the form; others come by address, from a link in a table."""
ORDERED = frozenset({"rank_level", "age_band", "education", "political_theory", "position_level"})
MOST_PIECES = 5
OTHERS = Words("Khác", "Other")


@page(rooms, "/thong-ke", READ)
def show_table(call: PageCall) -> Response:
    """The question and its table."""
    measure, row, column = _asked(call)
    try:
        table = _count(call, measure, row, column)
    except (Invalid, NotFound) as error:
        return _render(call, measure, row, column, None, _mistakes(call, error), status=422)
    return _render(call, measure, row, column, table, NO_MISTAKES)


@page(rooms, "/thong-ke/bang.<ending>", READ)
def download_table(call: PageCall, ending: str) -> Response:
    """The same table as a file."""
    table = _count(call, *_asked(call))
    if ending == "csv":
        content, kind = files.to_csv(table, call.language), "text/csv; charset=utf-8"
    else:
        content, kind, ending = files.to_xlsx(table, call.language), files.XLSX, "xlsx"
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{table.snapshot.id}.{ending}"'
    return response


def _asked(call: PageCall) -> tuple[str, str, str]:
    args = call.args
    row = args.get("row") or (
        "unit" if args.get("organization") or own_unit(call.actor) else "ministry_or_province"
    )
    column = args.get("column", "category" if not args.get("row") else "")
    return args.get("measure") or "headcount", row, "" if column == row else column


def _count(call: PageCall, measure: str, row: str, column: str) -> Table:
    """Ask the statistics as the role that counts; the question goes on the trail."""
    asked: dict[str, Any] = {
        "measures": measure,
        "by": ",".join(one for one in (row, column) if one),
        "where": _where(call),
        "organization": unit_within(cast(Any, call), _organization(call)),
        "as_of": _iso(call, "as_of"),
        "tree": call.args.get("tree"),
    }
    query = asking.parse(today=call.today, **asked)
    with services().stats() as counting:
        table = crosstab(counting, query)
    log.record(
        call.session,
        call.actor,
        log.Action.STATISTICS_READ,
        "statistics",
        table.snapshot.id,
        detail={"asked": {name: value for name, value in asked.items() if value}, "rows": len(table.rows)},
    )
    return table


def _where(call: PageCall) -> list[str]:
    return [one for one in dict.fromkeys(call.args.getlist("where")) if one]


def _organization(call: PageCall) -> str | None:
    """The unit to count in, by code or by a name that one unit alone bears."""
    typed = call.args.get("organization", "").strip()
    if not typed:
        return None
    found = organizations.search(call.session, typed, AsOf(call.today), limit=2)
    exact = [one for one in found if typed.upper() == one.code]
    return exact[0].code if exact else found[0].code if len(found) == 1 else typed


def _iso(call: PageCall, name: str) -> str | None:
    """What was typed as an ISO date; what is none stays as typed, for the statistics to refuse."""
    typed = call.args.get(name, "").strip()
    try:
        return parse_day(typed).isoformat() if typed else None
    except Wrong:
        return typed


def _mistakes(call: PageCall, error: RegistryError) -> Mistakes:
    if isinstance(error, NotFound):
        words = call.t("Không có đơn vị này trong phạm vi của bạn.", "There is no such unit within yours.")
        return Mistakes(words, {"organization": words}, [("organization", words)])
    places = {"by": "row", "measures": "measure"}
    return mistakes_of(
        error,
        call.language,
        ("measure", "row", "column", "as_of", "organization", "where"),
        lambda path: places.get(path, path.split(".")[0]),
    )


def _render(
    call: PageCall,
    measure: str,
    row: str,
    column: str,
    table: Table | None,
    mistakes: Mistakes,
    *,
    status: int = 200,
) -> Response:
    turned = cross(table, measure, row, column or None) if table is not None and table.rows else None
    figure, down, across = MEASURES.get(measure), DIMENSIONS.get(row), DIMENSIONS.get(column)
    title = call.say(figure.label) if figure else call.t("Thống kê", "Statistics")
    if figure and down:
        named = [call.say(one.label).lower() for one in (down, across) if one is not None]
        title = call.t(f"{title} theo {' và '.join(named)}", f"{title} by {' and '.join(named)}")
    return call.render(
        "statistics/table.html",
        status=status,
        title=title,
        table=table,
        cross=turned,
        mistakes=mistakes,
        errors=mistakes.fields,
        measure=measure,
        row=row,
        column=column,
        figure=figure,
        down=down,
        across=across,
        organization=call.args.get("organization", ""),
        measures=[(one.id, call.say(one.label)) for one in MEASURES.values()],
        dimensions=[(one.id, call.say(one.label)) for one in DIMENSIONS.values()],
        filters=_filter_options(call),
        chips=_chips(call),
        where=_where(call),
        show=lambda value: _shown(value, figure.digits if figure else 0),
        say=call.say,
        total_label=_total_label(call, table),
        link=lambda line: _deeper(call, row, line),
        people=_people(call, measure, row, column, table),
        picture=_picture(call, turned, row, column),
        own=own_unit(call.actor),
        tree=call.args.get("tree", "as_was"),
        as_of=table.as_of if table is not None else None,
        asked_on=_as_of_text(call, table),
        csv_href=_file(call, "csv"),
        xlsx_href=_file(call, "xlsx"),
        trees=[
            ("as_was", call.t("Cây đơn vị của ngày đó", "Units of that day")),
            ("today", call.t("Quy về cây hôm nay", "Recast to today")),
        ],
    )


def _as_of_text(call: PageCall, table: Table | None) -> str:
    return table.as_of.strftime("%d/%m/%Y") if table is not None else call.args.get("as_of", "")


def _file(call: PageCall, ending: str) -> str:
    return call.link(f"/thong-ke/bang.{ending}")


def _total_label(call: PageCall, table: Table | None) -> str:
    if table is None or table.organization is None:
        return call.t("Cả nước", "Whole state")
    return call.say(table.organization[1])


def _shown(value: Value, digits: int) -> str:
    if value is None:
        return "-"
    text = f"{value:,.{digits}f}" if isinstance(value, Decimal) or digits else f"{value:,}"
    return text.translate(str.maketrans(",.", ".,"))


def _filter_options(call: PageCall) -> list[dict[str, Any]]:
    groups = []
    for name in FILTERED_BY:
        dimension = DIMENSIONS[name]
        listed = (
            {one.key: one for one in lists.items_on(call.session, dimension.catalogue, call.today)}
            if dimension.catalogue
            else {}
        )
        options = [
            (f"{name}:{key}", f"{call.say(dimension.label)}: {call.say(words).lower()}")
            for key, words in dimension.names(listed).items()
        ]
        groups.append({"label": call.say(dimension.label), "options": options})
    return groups


def _chips(call: PageCall) -> list[dict[str, str]]:
    """One chip a filter, each a link that drops it."""
    chips = []
    for one in _where(call):
        name, _, key = one.partition(":")
        rest = [other for other in _where(call) if other != one]
        chips.append(
            {
                "text": f"{call.say(DIMENSIONS[name].label)}: {_key_name(call, name, key)}"
                if name in DIMENSIONS
                else one,
                "href": call.link(where=rest),
            }
        )
    if call.args.get("organization"):
        chips.append(
            {
                "text": call.t("Trong đơn vị: ", "Within: ") + call.args["organization"],
                "href": call.link(organization=None),
            }
        )
    return chips


def _key_name(call: PageCall, name: str, key: str) -> str:
    if key == NONE:
        return call.say(NOT_RECORDED)
    dimension = DIMENSIONS[name]
    groups = dict(dimension.groups)
    if key in groups:
        return call.say(groups[key])
    return lists.label(call.session, dimension.catalogue, key, call.language) if dimension.catalogue else key


def _deeper(call: PageCall, row: str, line: Line) -> str | None:
    """A unit's line leads to the same table of its own units."""
    if (
        row not in ("ministry_or_province", "unit")
        or line.key is None
        or line.key == call.args.get("organization")
    ):
        return None
    return call.link(row="unit", organization=line.key)


def _people(
    call: PageCall, measure: str, row: str, column: str, table: Table | None
) -> Callable[[Key, Key], str] | None:
    """What leads from the cell of two keys to the persons it counts; none for whoever may not read records."""
    if table is None or not counted.may_see(call.actor, measure):
        return None
    return lambda down, across: counted.href(call, measure, [(row, down), (column, across)], table)


# The picture beside the table


def _picture(call: PageCall, turned: Cross | None, row: str, column: str) -> dict[str, Any] | None:
    """How the table is drawn: a pyramid of ages, stacked shares, or plain bars; None where a bar would not
    tell the truth.
    """
    if turned is None:
        return None
    if row == "age_band" and column == "sex" and turned.measure.id == "headcount":
        return _pyramid(call, turned)
    if column and turned.measure.additive and len(turned.columns) > 1:
        return _stacks(call, turned, column)
    rows = [
        {
            "label": call.say(one.name),
            "value": float(one.total),
            "text": _shown(one.total, turned.measure.digits),
        }
        for one in turned.lines
        if one.total is not None and one.total >= 0
    ]
    return {"kind": "bars", "rows": rows} if rows and any(one["value"] for one in rows) else None


def _pyramid(call: PageCall, turned: Cross) -> dict[str, Any] | None:
    places = {key: at for at, (key, _) in enumerate(turned.columns)}
    if not {"nam", "nu"} <= set(places):
        return None
    rows = [
        {
            "label": call.say(one.name),
            "left": one.values[places["nam"]] or 0,
            "right": one.values[places["nu"]] or 0,
        }
        for one in reversed(turned.lines)
    ]
    totals = turned.total.values
    return {
        "kind": "pyramid",
        "rows": rows,
        "left": f"{call.t('Nam', 'Men')} {_shown(totals[places['nam']], 0)}",
        "right": f"{call.t('Nữ', 'Women')} {_shown(totals[places['nu']], 0)}",
    }


def _stacks(call: PageCall, turned: Cross, column: str) -> dict[str, Any] | None:
    """Shares of the columns in each line; beyond five pieces the smallest become one."""
    kept = list(range(len(turned.columns)))
    ordered = column in ORDERED
    most = MOST_PIECES if ordered else MOST_PIECES - 1
    if len(kept) > most:
        by_size = sorted(kept, key=lambda at: -float(turned.total.values[at] or 0))
        kept = sorted(by_size[: MOST_PIECES - 1])
    labels = [call.say(turned.columns[at][1]) for at in kept]
    folded = len(kept) < len(turned.columns)
    lines = [(_line(turned.total, kept, folded), call.t("Tất cả", "All"), turned.total.total)]
    lines += [(_line(one, kept, folded), call.say(one.name), one.total) for one in turned.lines if one.total]
    return {
        "kind": "stacks",
        "set": "f" if ordered else "u",
        "labels": [*labels, call.say(OTHERS)] if folded else labels,
        "rows": [
            {"label": name, "values": values, "total": _shown(total, turned.measure.digits)}
            for values, name, total in lines
        ],
    }


def _line(line: Line, kept: Sequence[int], folded: bool) -> list[float]:
    values = [float(line.values[at] or 0) for at in kept]
    rest = sum(float(value or 0) for at, value in enumerate(line.values) if at not in kept)
    return [*values, rest] if folded else values
