"""The persons that a figure of the statistics counts, for readers of records: a list with links to them."""

from datetime import date
from typing import Any, cast

from flask import Blueprint, Response

from api.statistics import LIST, READ, read_counted
from registry.access.actor import Actor
from registry.catalogues import lists
from registry.errors import Invalid, NotFound
from registry.law.why import vn
from registry.statistics.dimensions import NONE
from registry.statistics.measures import MEASURES
from registry.statistics.tables import Key, Table
from web.pages import PageCall, mistakes_of, page
from web.words import day as shown_day

rooms = Blueprint("counted_pages", __name__)
ADDRESS = "/thong-ke/nguoi"


def may_see(actor: Actor, measure: str) -> bool:
    """Whether the cells of a table of this measure lead to persons."""
    figure = MEASURES.get(measure)
    counts = figure is not None and figure.additive and figure.of_persons()
    return counts and actor.may(LIST) and bool(actor.ranges(READ))


def href(call: PageCall, measure: str, cell: list[tuple[str, Key]], table: Table) -> str:
    """The address of the persons of a cell of the table shown."""
    narrowed = [f"{dimension}:{NONE if key is None else key}" for dimension, key in cell if dimension]
    unit = table.organization[0] if table.organization is not None else None
    return call.link(
        ADDRESS,
        measure=measure,
        cell=narrowed,
        as_of=table.as_of.isoformat(),
        tree=table.tree,
        organization=unit,
    )


@page(rooms, ADDRESS, LIST)
def show_counted(call: PageCall) -> Response:
    """Exactly the persons that a cell counts, of the reader's scope."""
    measure = MEASURES.get(call.args.get("measure", "")) or MEASURES["headcount"]
    names = ("measure", "organization", "as_of", "since", "tree", "known_at", "cursor")
    asked: dict[str, Any] = {name: call.args[name] for name in names if call.args.get(name)}
    asked |= {name: call.args.getlist(name) for name in ("where", "cell")}
    back = call.link("/thong-ke", cell=None, cursor=None)
    title = call.t("Những người được đếm", "The persons counted")
    try:
        found = read_counted(cast(Any, call), asked)
    except (Invalid, NotFound) as error:
        mistakes = (
            mistakes_of(error, call.language, (), lambda path: path) if isinstance(error, Invalid) else None
        )
        return call.render(
            "statistics/people.html", status=422, title=title, mistakes=mistakes, figure=measure, back=back
        )
    return call.render(
        "statistics/people.html",
        title=title,
        figure=measure,
        rows=[_row(call, one) for one in found.items],
        count=found.count,
        back=back,
        following=call.link(cursor=found.next_cursor) if found.next_cursor else None,
        mistakes=None,
    )


def _row(call: PageCall, one: dict[str, Any]) -> dict[str, Any]:
    said = {
        name: lists.label(call.session, catalogue, one[name], call.language)
        for name, catalogue in (("position", "position_titles"), ("status", "status_codes"))
    }
    return {
        "href": f"/ho-so/{one['id']}",
        "name": one["full_name"],
        "born": shown_day(one["birth_date"]) if one.get("birth_date") else "",
        "post": said["position"] or one["job_position"] or "",
        "unit": one["organization"]["name"],
        "rank": one["rank"] or "",
        "status": said["status"],
        "on": vn(date.fromisoformat(one["on"])),
    }
