"""Reports: the catalogue of forms, runs of them as jobs, their files, and the same once more."""

from typing import Any

import marshmallow as ma
from flask import Blueprint, Response

from api.exports import hand_over, page_of_runs
from api.http import Call, Paged, endpoint, only
from api.shapes import FORM_LIST, REPORT_INPUT, REPORT_LIST
from api.shapes import REPORT as SHOWN
from registry.access.permissions import Permission, Whose
from registry.bulk import runs
from registry.bulk.models import Run
from registry.bulk.writers import KINDS_OF_FILES
from registry.reports import Report, running
from registry.reports.running import REPORT

rooms = Blueprint("reports", __name__)
MAKE = Permission.REPORTS_RUN_MAKE


@endpoint(
    rooms,
    "/reports",
    MAKE,
    Whose.EVERYBODY,
    ("Danh mục báo cáo", "The catalogue of reports"),
    reply=FORM_LIST,
)
def list_forms(call: Call) -> Any:
    found = [_form(call, one) for one in running.may_run(call.actor)]
    return {"items": found, "next_cursor": None, "count": {"value": len(found), "exact": True}}


def _form(call: Call, one: Report) -> dict[str, Any]:
    return {
        "form": one.name,
        "code": one.code,
        "title": call.say(one.title),
        "about": call.say(one.about),
        "family": one.family,
        "source": one.source or None,
        "version": one.version,
        "formats": list(one.formats),
        "parameters": [
            {
                "name": each.name,
                "title": call.say(each.title),
                "kind": each.kind,
                "required": each.required,
                "hint": call.say(each.hint) if each.hint else None,
            }
            for each in one.parameters
        ],
        "permission": one.permission.value,
        "about_person": one.about_person,
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
    }


@endpoint(
    rooms,
    "/reports",
    MAKE,
    Whose.UNIT,
    ("Lập báo cáo", "Make a report"),
    method="POST",
    body=REPORT_INPUT,
    reply=SHOWN,
    status=202,
)
def create_report(call: Call) -> Any:
    asked = only(call.body, ("form", "parameters", "format", "reason"))
    run = running.ask(
        call.session,
        call.actor,
        form=asked.get("form"),
        parameters=asked.get("parameters"),
        format=asked.get("format"),
        reason=asked.get("reason"),
        today=call.today,
    )
    return _accepted(call, run)


def _accepted(call: Call, run: Run) -> Any:
    shown = runs.show(call.session, REPORT, run, call.language)
    return shown, {"Location": f"/api/v1/reports/{run.uid}"}


class RunParameters(Paged):
    """Runs of one form only, when it is named."""

    form = ma.fields.String(validate=ma.validate.Length(max=60))


@endpoint(
    rooms,
    "/reports/runs",
    MAKE,
    Whose.LIST,
    ("Các lần lập báo cáo", "Runs"),
    query=RunParameters,
    reply=REPORT_LIST,
)
def list_reports(call: Call) -> Any:
    return page_of_runs(call, REPORT, call.query.get("form"))


@endpoint(rooms, "/reports/<named>", MAKE, Whose.RUN, ("Một lần lập báo cáo", "One run"), reply=SHOWN)
def get_report(call: Call, named: str) -> Any:
    return runs.show(call.session, REPORT, runs.get(call.session, REPORT, named), call.language)


@endpoint(
    rooms,
    "/reports/<named>/file",
    MAKE,
    Whose.RUN,
    ("Tải báo cáo", "Fetch the file"),
    media=KINDS_OF_FILES[0],
    also=KINDS_OF_FILES[1:],
)
def get_report_file(call: Call, named: str) -> Response:
    return hand_over(call, REPORT, runs.get(call.session, REPORT, named))


@endpoint(
    rooms,
    "/reports/<named>/cancel",
    MAKE,
    Whose.RUN,
    ("Hủy một lần lập chưa xong", "Cancel a run that is not done"),
    method="POST",
    status=204,
)
def cancel_report(call: Call, named: str) -> Any:
    runs.cancel(call.session, call.actor, REPORT, runs.get(call.session, REPORT, named))
    return {}


@endpoint(
    rooms,
    "/reports/<named>/repeat",
    MAKE,
    Whose.RUN,
    ("Lập lại: cùng tham số, cùng thời điểm ghi nhận", "Run again: same parameters, same moment"),
    method="POST",
    reply=SHOWN,
    status=202,
)
def repeat_report(call: Call, named: str) -> Any:
    first = runs.get(call.session, REPORT, named)
    return _accepted(call, running.repeat(call.session, call.actor, first))
