"""The persons that a figure of the statistics counts, for readers of records: a list with links to them."""

from datetime import date
from typing import Any, cast

from flask import Blueprint, Response

from api.statistics import LIST, own_unit, read_counted
from registry.access.actor import Actor
from registry.catalogues import lists
from registry.errors import Invalid, NotFound
from registry.explorer import queries
from registry.explorer.questions import Question
from registry.law.why import vn
from registry.statistics.drilling import Counted
from registry.statistics.measures import FORECASTS, MEASURES
from registry.words import Words
from web.pages import PageCall, mistakes_of, page
from web.statistics_form import FormOf, href, unit_named
from web.words import day as shown_day

rooms = Blueprint("counted_pages", __name__)
ADDRESS = "/thong-ke/nguoi"
PAGE = 50
NO_UNIT = Words("Không có đơn vị này trong phạm vi của bạn.", "There is no such unit within yours.")


def may_see(actor: Actor, measure: str) -> bool:
    """Whether the cells of a table of this measure lead to persons."""
    figure = MEASURES.get(measure) or FORECASTS.get(measure)
    counts = figure is not None and figure.additive and figure.of_persons()
    return counts and actor.may(LIST) and bool(actor.ranges(LIST))


@page(rooms, ADDRESS, LIST)
def show_counted(call: PageCall) -> Response:
    """Exactly the persons whom a cell counts, within the reader's scope; logged with the question.

    The address is that of the table, with `cell` (dimension:key, repeated) and, of a cell of a series or of the earlier of two
    days, `day`: the last day of its period.
    """
    question = FormOf.sent(call, own_unit(call.actor)).question
    cell = tuple(call.args.getlist("cell"))
    context: dict[str, Any] = {
        "title": call.t("Những người được đếm", "The persons counted"),
        "figure": question.figure,
        "about": _about(call, question, cell),
        "back": href(question),
    }
    try:
        asked = _asked(call, question, cell)
        found = read_counted(cast(Any, call), asked)
    except (Invalid, NotFound) as error:
        told = mistakes_of(error, call.language, ()).summary if isinstance(error, Invalid) else None
        summary = told or [(None, call.say(NO_UNIT))]
        return call.render("statistics/people.html", status=422, found=None, summary=summary, **context)
    return call.render(
        "statistics/people.html",
        found=found,
        rows=[_row(call, one) for one in found.items],
        day=asked["as_of"] or call.today.isoformat(),
        following=_following(call, found),
        first_page=call.link(cursor=None) if asked["cursor"] else None,
        **context,
    )


def _about(call: PageCall, question: Question, cell: tuple[str, ...]) -> list[str]:
    """Filters, cell and, of a forecast, the period in words."""
    both = question.but(where=tuple(dict.fromkeys((*question.where, *cell))))
    said = [call.say(one.words) for one in queries.conditions(call.session, both, call.today)]
    since, day = _period(call, question)
    if since and question.forecast:
        said.append(f"{vn(date.fromisoformat(since))} - {vn(date.fromisoformat(day))}")
    return said


def _asked(call: PageCall, question: Question, cell: tuple[str, ...]) -> dict[str, Any]:
    since, day = _period(call, question)
    ahead = {"until": day} if question.forecast else {}
    return ahead | {
        "measure": question.measure,
        "where": list(question.where),
        "organization": unit_named(call, question.organization),
        "as_of": question.as_of if question.forecast else day or question.as_of,
        "since": since or question.since,
        "known_at": question.known_at,
        "tree": question.tree,
        "cell": list(cell),
        "cursor": call.args.get("cursor"),
        "limit": PAGE,
    }


def _period(call: PageCall, question: Question) -> tuple[str, str]:
    """First and last day of the period of a cell; '' where the cell is of no period of its own."""
    day = call.args.get("day", "")
    if not day or not question.time:
        return "", day
    spans = queries.spans_of(question, call.today)
    return next((one.since.isoformat() for one in spans if one.until.isoformat() == day), ""), day


def _following(call: PageCall, found: Counted) -> str | None:
    return call.link(cursor=found.next_cursor) if found.next_cursor else None


def _row(call: PageCall, one: dict[str, Any]) -> dict[str, Any]:
    said = {
        name: lists.label(call.session, catalogue, one[name], call.language)
        for name, catalogue in (
            ("position", "position_titles"),
            ("status", "status_codes"),
            ("rank", "ranks"),
        )
    }
    step = f", {call.t('bậc', 'step')} {one['step']}" if one["step"] else ""
    return {
        "href": f"/ho-so/{one['id']}",
        "name": one["full_name"],
        "code": one["staff_code"] or one["personal_id"],
        "born": shown_day(one["birth_date"]) if one.get("birth_date") else "",
        "post": said["position"] or one["job_position"] or "",
        "unit": one["organization"]["name"],
        "rank": f"{said['rank']}{step}",
        "status": said["status"],
        "on": vn(date.fromisoformat(one["on"])),
    }
