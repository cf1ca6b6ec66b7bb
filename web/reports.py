"""Reports: the catalogue, a form to fill in, how far a run is, its file, and the same once more."""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import text

from api.exports import hand_over
from registry.access.permissions import Permission
from registry.access.queries import LOCAL
from registry.bulk import runs
from registry.cursors import read_cursor, write_cursor
from registry.errors import Conflict, Invalid, not_found
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.reports import FAMILIES, REPORTS, Parameter, Report, running
from registry.reports.running import REPORT
from registry.words import Words
from web.exports import STATUS_TAGS, stop
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page
from web.words import day as shown_day

rooms = Blueprint("report_pages", __name__)
MAKE = Permission.REPORTS_RUN_MAKE
PAGE = 20
MOMENT = "%d/%m/%Y %H:%M"


@page(rooms, "/bao-cao", MAKE)
def show_catalogue(call: PageCall) -> Response:
    """Every report the reader may have, and the runs the reader sees."""
    return call.render(
        "reports/catalogue.html",
        title=call.t("Báo cáo", "Reports"),
        groups=_groups(call),
        q=call.args.get("q", ""),
        can_export=call.actor.may(Permission.BULK_EXPORT_MAKE),
        **_runs(call),
    )


def _groups(call: PageCall, current: str = "") -> list[dict[str, Any]]:
    """The catalogue by family, as `c.report_list` shows it, narrowed by ?q=."""
    sought = call.args.get("q", "").strip().casefold()
    found = [
        one
        for one in running.may_run(call.actor)
        if sought in f"{one.code} {one.title.vi} {one.title.en} {one.source}".casefold()
    ]
    return [
        {
            "name": call.say(words),
            "items": [
                {
                    "href": f"/bao-cao/mau/{one.name}",
                    "code": one.code,
                    "text": call.say(one.title)
                    if one.title.vi != one.code
                    else one.source or call.say(one.about),
                    "current": one.name == current,
                }
                for one in found
                if one.family == family
            ],
        }
        for family, words in FAMILIES.items()
        if any(one.family == family for one in found)
    ]


def _runs(call: PageCall, form: str | None = None) -> dict[str, Any]:
    """The newest runs, of one form or all, for the table of runs."""
    cursor = call.args.get("cursor")
    found, following = runs.list_runs(
        call.session,
        REPORT,
        before=read_cursor(cursor, int)[0] if cursor else None,
        limit=PAGE,
        language=call.language,
        form=form,
    )
    return {
        "runs": found,
        "tags": _tags(call),
        "next": call.link(cursor=write_cursor(following)) if following else None,
        "first": call.link(cursor=None) if cursor else None,
    }


def _tags(call: PageCall) -> dict[str, tuple[str, str]]:
    return {status: (kind, call.say(words)) for status, (kind, words) in STATUS_TAGS.items()}


# Filling in


@page(rooms, "/bao-cao/mau/<form>", MAKE)
def show_form(call: PageCall, form: str) -> Response:
    """What the form is, its parameters, and the runs of it."""
    report = _report(call, form)
    filled = {one.name: call.args.get(one.name, "") for one in report.parameters}
    if any(one.name == "as_of" for one in report.parameters):
        filled["as_of"] = filled["as_of"] or shown_day(call.today)
    return _fill(call, report, filled, NO_MISTAKES)


def _report(call: PageCall, form: str) -> Report:
    """A report the reader may have; NotFound for others."""
    for one in running.may_run(call.actor):
        if one.name == form:
            return one
    raise not_found()


def _fill(
    call: PageCall, report: Report, filled: dict[str, str], mistakes: Mistakes, *, status: int = 200
) -> Response:
    return call.render(
        "reports/form.html",
        status=status,
        title=call.say(report.title),
        report=report,
        about=call.say(report.about),
        groups=_groups(call, report.name),
        q="",
        inputs=[_input(call, one, filled.get(one.name, "")) for one in report.parameters],
        formats=[(one, one.upper()) for one in report.formats],
        format=call.form.get("format") or report.formats[0],
        reason=call.form.get("reason", ""),
        mistakes=mistakes,
        errors=mistakes.fields,
        **_runs(call, report.name),
    )


def _input(call: PageCall, one: Parameter, value: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "label": call.say(one.title),
        "kind": one.kind,
        "required": one.required,
        "hint": call.say(one.hint) if one.hint else None,
        "value": value,
    }


@page(rooms, "/bao-cao/mau/<form>", MAKE, methods=("POST",))
def create_report(call: PageCall, form: str) -> Response:
    """Ask for it; its page shows how far it is."""
    report = _report(call, form)
    filled = {one.name: call.form.get(one.name, "").strip() for one in report.parameters}
    try:
        with call.savepoint():
            run = running.ask(
                call.session,
                call.actor,
                form=form,
                parameters={one.name: _sent(one, filled[one.name]) for one in report.parameters},
                format=call.form.get("format"),
                reason=call.form.get("reason", "").strip(),
                today=call.today,
            )
    except (Invalid, Conflict) as error:
        known = ("format", "reason", *filled)
        mistakes = mistakes_of(error, call.language, known, lambda path: path.removeprefix("parameters/"))
        return _fill(call, report, filled, mistakes, status=422 if isinstance(error, Invalid) else 409)
    return call.redirect(f"/bao-cao/lan-lap/{run.uid}")


def _sent(one: Parameter, value: str) -> str:
    """As programs would send it: the code out of 'Tên (MÃ)', a moment as people write it in ISO."""
    if one.kind == "organization" and value.endswith(")"):
        return value.rpartition("(")[2].rstrip(")")
    if one.kind == "instant" and value:
        try:
            return datetime.strptime(value, MOMENT).replace(tzinfo=LOCAL).isoformat()
        except ValueError:
            return value
    return value


# A run


@page(rooms, "/bao-cao/lan-lap/<uid>", MAKE)
def show_run(call: PageCall, uid: str) -> Response:
    """How far it is; then the file, what was asked, and whether a repetition has the same bytes."""
    run = runs.get(call.session, REPORT, uid)
    shown = runs.show(call.session, REPORT, run, call.language)
    open_ = run.status in ("queued", "running")
    if call.swaps and open_:
        return call.render("reports/job.html", shown=shown)
    if call.swaps:
        response = Response("", 200)
        response.headers["HX-Redirect"] = f"/bao-cao/lan-lap/{uid}"
        return response
    report = REPORTS.get(run.form)
    return call.render(
        "reports/run.html",
        title=shown["title"],
        shown=shown,
        open=open_,
        tags=_tags(call),
        report=report,
        told=_told(call, report, run.parameters),
        mine=run.created_by == call.actor.user_id,
        again=report is not None and report in running.may_run(call.actor) and run.sha256 is not None,
    )


def _told(call: PageCall, report: Report | None, parameters: dict[str, Any]) -> list[tuple[str, str]]:
    """The parameters in words."""
    told = []
    for name, value in parameters.items():
        one = report.parameter(name) if report else None
        label = call.say(one.title) if one else name
        told.append((label, _said(call, one, value)))
    return told


def _said(call: PageCall, one: Parameter | None, value: Any) -> str:
    if one is not None and one.kind == "person":
        name = call.session.scalar(
            text("SELECT full_name FROM official_current WHERE uid = CAST(:uid AS uuid)"), {"uid": value}
        )
        return name or call.say(OUT_OF_SIGHT)
    if one is not None and one.kind == "organization":
        unit = organizations.get_unit(call.session, value, AsOf(call.today))
        return f"{unit.shown.name} ({value})"
    if one is not None and one.kind == "date":
        return shown_day(date.fromisoformat(value))
    return ", ".join(value) if isinstance(value, list) else str(value)


OUT_OF_SIGHT = Words("người ngoài phạm vi của bạn", "somebody outside your scope")


@page(rooms, "/bao-cao/lan-lap/<uid>/huy", MAKE, methods=("POST",))
def cancel_run(call: PageCall, uid: str) -> Response:
    """Stop it, unless it is done by now; its page tells."""
    stop(call, REPORT, uid)
    return call.redirect(f"/bao-cao/lan-lap/{uid}")


@page(rooms, "/bao-cao/lan-lap/<uid>/lap-lai", MAKE, methods=("POST",))
def repeat_run(call: PageCall, uid: str) -> Response:
    """The same once more; its page tells whether the bytes are the same."""
    run = running.repeat(call.session, call.actor, runs.get(call.session, REPORT, uid))
    return call.redirect(f"/bao-cao/lan-lap/{run.uid}")


@page(rooms, "/bao-cao/lan-lap/<uid>/tep", MAKE)
def fetch_run(call: PageCall, uid: str) -> Response:
    """The file."""
    return hand_over(call, REPORT, runs.get(call.session, REPORT, uid))
