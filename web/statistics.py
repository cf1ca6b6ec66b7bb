"""The explorer of statistics: ready questions, a question put together, its table and picture, files, saved views, and for
whoever may read records the persons that a figure counts.
"""

from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Response

from api.http import services
from api.statistics import own_unit, unit_within
from registry.access.permissions import Permission
from registry.audit import log
from registry.errors import Invalid, NotFound, RegistryError, not_found
from registry.explorer import queries
from registry.explorer import services as views
from registry.explorer.choices import TIMES, dimension_choices, label, measure_choices
from registry.explorer.grids import Head, Line, shown
from registry.explorer.pictures import picture
from registry.explorer.printing import line_name, source, to_pdf
from registry.explorer.queries import Answer
from registry.explorer.questions import Question, names_units, read
from registry.explorer.ready import READY
from registry.explorer.sheets import to_xlsx
from registry.statistics import files
from registry.statistics.dimensions import NONE, PLACES
from registry.statistics.measures import MEASURES
from registry.statistics.people import OF_TODAY
from registry.words import Words
from web import counted
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page
from web.statistics_form import FormOf, chips, filter_choices, grouped, href, unit_named
from web.statistics_pictures import drawn

rooms = Blueprint("statistics_pages", __name__)
READ = Permission.STATISTICS_TABLE_READ
FIELDS = (
    "measure",
    "also",
    "row",
    "row2",
    "column",
    "where",
    "organization",
    "as_of",
    "since",
    "compare",
    "known_at",
    "tree",
)
PLACES_OF_FLAWS = {"measures": "measure", "by": "row", "from": "since", "to": "as_of", "step": "column"}
NOTHING = Words("", "")
MOST_LINES = 400
MOST_LINKED = 900
"""Cells of a table that may each be a link to persons; of a larger one only the totals of lines are."""
BESIDE = 4
"""A table of at most so many columns of figures leaves room for its picture beside it."""
TALL = 16


# The question and its answer


@page(rooms, "/thong-ke", READ)
def show_table(call: PageCall) -> Response:
    """Without a question the ready ones and the form; with one its table."""
    if not call.args:
        return _start(call)
    form = FormOf.sent(call, own_unit(call.actor))
    try:
        found = _count(call, form.question)
    except (Invalid, NotFound) as error:
        return _render(call, form, None, _mistakes(call, error), status=422)
    return _render(call, form, found, NO_MISTAKES)


@page(rooms, "/thong-ke/bang.<ending>", READ)
def download_table(call: PageCall, ending: str) -> Response:
    """The same table as a file: CSV for programs, XLSX and PDF as on the page."""
    if ending not in ("csv", "xlsx", "pdf"):
        raise not_found()
    found = _count(call, FormOf.sent(call, own_unit(call.actor)).question)
    said = [one.words for one in queries.conditions(call.session, found.question, call.today)]
    if ending == "csv":
        content, kind = files.to_csv(found.table, call.language), "text/csv; charset=utf-8"
    elif ending == "xlsx":
        content, kind = to_xlsx(found, said, call.language), files.XLSX
    else:
        content, kind = to_pdf(found, said, call.language), "application/pdf"
    response = Response(content, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.table.snapshot.id}.{ending}"'
    return response


def _count(call: PageCall, question: Question) -> Answer:
    """Ask the statistics as the role that counts; the question goes on the trail."""
    within = unit_within(cast(Any, call), unit_named(call, question.organization))
    with services().stats() as counting:
        found = queries.answer(counting, question, call.today, within)
    asked = {name: value for name, value in _asked(question).items() if value} | (
        {"within": within} if within else {}
    )
    log.record(
        call.session,
        call.actor,
        log.Action.STATISTICS_READ,
        "statistics",
        found.table.snapshot.id,
        detail={"asked": asked, "rows": found.table.groups.size},
    )
    return found


def _asked(question: Question) -> dict[str, Any]:
    """The question as the trail keeps it."""
    return {name: list(one) if isinstance(one := getattr(question, name), tuple) else one for name in FIELDS}


def _mistakes(call: PageCall, error: RegistryError) -> Mistakes:
    if isinstance(error, NotFound):
        words = call.t("Không có đơn vị này trong phạm vi của bạn.", "There is no such unit within yours.")
        return Mistakes(words, {"organization": words}, [("organization", words)])

    def place(path: str) -> str:
        field = path.split(".")[0]
        return PLACES_OF_FLAWS.get(field, field)

    return mistakes_of(error, call.language, FIELDS, place)


# Pages


def _start(call: PageCall) -> Response:
    """The form with what is asked most, ready questions and saved views."""
    own = own_unit(call.actor)
    form = FormOf(read({}, own))
    return call.render(
        "statistics/start.html",
        title=call.t("Thống kê", "Statistics"),
        ready=[
            {
                "href": href(one.on(call.today, own)),
                "text": call.say(one.words),
                "note": call.say(one.meaning),
            }
            for one in READY.values()
        ],
        views=_views(call),
        mistakes=NO_MISTAKES,
        errors={},
        **_form(call, form),
    )


def _views(call: PageCall) -> list[dict[str, Any]]:
    return [
        {
            "href": f"/thong-ke/bang-da-luu/{one.uid}",
            "name": one.name,
            "uid": str(one.uid),
            "saved_at": one.created_at,
        }
        for one in queries.list_views(call.session, call.actor)
    ]


def _form(call: PageCall, form: FormOf) -> dict[str, Any]:
    """What the form of the question needs."""
    question = form.question
    time = {
        "label": call.t("Thời gian", "Time"),
        "options": [(name, call.say(words)) for name, (words, _) in TIMES.items()],
    }
    dimensions = grouped(call, dimension_choices())
    return {
        "q": question,
        "form": form,
        "measures": grouped(call, measure_choices()),
        "besides": grouped(call, measure_choices(), only=MEASURES),
        "dimensions": dimensions,
        "dimensions_and_time": [time, *dimensions],
        "filters": filter_choices(call, question.figure),
        "values": form.values(call),
        "chips": chips(call, question),
        "asked_on": form.shown_day("as_of"),
        "own": own_unit(call.actor),
        "saved": queries.count_views(call.session, call.actor),
        "trees": [("", call.say(queries.OF_DAY_TREE)), ("today", call.say(queries.OF_TODAY_TREE))],
    }


def _render(
    call: PageCall,
    form: FormOf,
    found: Answer | None,
    mistakes: Mistakes,
    *,
    status: int = 200,
    name: str = "",
) -> Response:
    question = form.question
    context = _form(call, form) | {
        "title": call.say(queries.title(question)),
        "mistakes": mistakes,
        "errors": mistakes.fields,
        "found": found,
        "name": name,
        "save_href": href(question, "/thong-ke/luu"),
    }
    if found is not None:
        context |= _answered(call, found)
    return call.render("statistics/table.html", status=status, **context)


def _answered(call: PageCall, found: Answer) -> dict[str, Any]:
    question, grid = found.question, found.grid
    lines = grid.lines[:MOST_LINES]
    links = _Links(call, found)
    table = found.table
    return {
        "as_of": table.as_of,
        "circumstances": " · ".join(call.say(one) for one in queries.circumstances(found)),
        "source": call.say(source(found)),
        "heads": [_head(call, found, head) for head in grid.heads],
        "first_head": " / ".join(call.say(label(one)) for one in grid.rows),
        "total": links.line(grid.total, _total_label(call, found)) if grid.total else None,
        "lines": [links.line(one, call.say(line_name(found, one))) for one in lines],
        "left_out": len(grid.lines) - len(lines),
        "nested": len(grid.rows) > 1,
        "tall": len(lines) > TALL,
        "beside": len(grid.heads) <= BESIDE,
        "figure": grid.measure,
        "unit": call.say(grid.measure.unit),
        "drawing": drawn(call, picture(found), question, call.say(grid.measure.unit)),
        "definitions": table.definitions,
        "why": [{"text": call.say(one.words), "source": one.source} for one in found.why],
        "trees_differ": bool(question.compare) and not question.tree and names_units(question),
        "recast": href(question.but(tree="today")),
        "files": [
            (kind.upper(), href(question, f"/thong-ke/bang.{kind}")) for kind in ("csv", "xlsx", "pdf")
        ],
        "link": call.site + href(question),
        "pinned": None if _present_only(found) else call.site + href(_pinned(found)),
        "people": links.open,
        "say": call.say,
    }


def _pinned(found: Answer) -> Question:
    """The question that gives the same figures later, too: of this day, as known now."""
    table = found.table
    return found.question.but(as_of=table.as_of.isoformat(), known_at=table.known_at.isoformat())


def _present_only(found: Answer) -> bool:
    return any(one.columns() & OF_TODAY for one in found.table.measures() if one.id in MEASURES)


def _head(call: PageCall, found: Answer, head: Head) -> dict[str, Any]:
    """A column's head; under it the unit of a measure, or how much of its period is asked for."""
    grid = found.grid
    named = head.role == "beside" or (head.role == "cell" and grid.column is None and head.key is None)
    return {
        "label": call.say(head.label),
        "note": call.say(head.measure.unit)
        if named
        else call.say(queries.part_of(found, head.key) or NOTHING),
        "ruled": head.role in ("total", "change") and len(grid.heads) > 1,
    }


def _total_label(call: PageCall, found: Answer) -> str:
    organization = found.table.organization
    return call.say(organization[1]) if organization else call.t("Cả nước", "Whole state")


class _Links:
    """Where the cells and names of a table lead: a unit to its own units, a figure to the persons it counts."""

    def __init__(self, call: PageCall, found: Answer) -> None:
        self.call = call
        self.found = found
        grid = found.grid
        self.open = counted.may_see(call.actor, found.question.measure)
        self.every = len(grid.lines) * len(grid.heads) <= MOST_LINKED
        self.base = href(found.question, counted.ADDRESS)

    def line(self, line: Line, name: str) -> dict[str, Any]:
        """A line as the page writes it."""
        heads = self.found.grid.heads
        return {
            "name": name,
            "depth": line.depth,
            "href": self._deeper(line),
            "cells": [
                {"text": shown(value, head), "href": self._people(line, head, value)}
                for head, value in zip(heads, line.values, strict=True)
            ],
        }

    def _deeper(self, line: Line) -> str | None:
        question, rows = self.found.question, self.found.grid.rows
        key = line.keys[-1] if line.keys else None
        if key is None or rows[line.depth] not in PLACES or key == question.organization or line.depth:
            return None
        return href(question.but(row="unit", organization=key))

    def _people(self, line: Line, head: Head, value: Any) -> str | None:
        if (
            not self.open
            or not value
            or head.role not in ("cell", "total")
            or (not self.every and head.role == "cell")
        ):
            return None
        grid, cell = self.found.grid, []
        day = ""
        for name, key in (*zip(grid.rows, line.keys, strict=False), (grid.column, head.key)):
            if name in TIMES and key:
                day = key
            elif name and not (head.role == "total" and name == grid.column):
                cell.append(("cell", f"{name}:{NONE if key is None else key}"))
        if self.found.question.compare and head.key == "before":
            day = self.found.question.compare
        extra = urlencode([*cell, *([("day", day)] if day else [])])
        return f"{self.base}&{extra}" if extra else self.base


# Saved views


@page(rooms, "/thong-ke/luu", READ, methods=("POST",))
def save_view(call: PageCall) -> Response:
    """Keep the question of the address under a name."""
    form, name = FormOf.sent(call, own_unit(call.actor)), call.form.get("name", "")
    try:
        with call.savepoint():
            views.save_view(call.session, call.actor, name, form.question)
    except Invalid as error:
        told = mistakes_of(error, call.language, ("name",))
        try:
            found = _count(call, form.question)
        except (Invalid, NotFound):
            found = None
        return _render(call, form, found, told, status=422, name=name)
    return call.redirect("/thong-ke/bang-da-luu")


@page(rooms, "/thong-ke/bang-da-luu", READ)
def show_views(call: PageCall) -> Response:
    """The reader's own views."""
    return call.render(
        "statistics/views.html", title=call.t("Bảng đã lưu", "Saved tables"), views=_views(call)
    )


@page(rooms, "/thong-ke/bang-da-luu/<uid>", READ)
def open_view(call: PageCall, uid: str) -> Response:
    """To the question of a view, counted anew."""
    return call.redirect(f"/thong-ke?{queries.get_view(call.session, uid).question}")


@page(rooms, "/thong-ke/bang-da-luu/<uid>/xoa", READ, methods=("POST",))
def delete_view(call: PageCall, uid: str) -> Response:
    """Forget a view."""
    views.delete_view(call.session, call.actor, uid)
    return call.redirect("/thong-ke/bang-da-luu")


# What everything means


@page(rooms, "/thong-ke/dinh-nghia", READ)
def show_definitions(call: PageCall) -> Response:
    """Every measure and dimension with definition, unit, legal source, version."""
    return call.render(
        "statistics/definitions.html",
        title=call.t("Định nghĩa của chỉ tiêu và chiều", "Definitions of measures and dimensions"),
        measures=measure_choices(),
        dimensions=dimension_choices(),
        say=call.say,
    )
