"""Exports: ask for a file, see how far it is, fetch it; and the jobs behind exports and imports."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import Blueprint, Response

from api.http import Call, Paged, counted, endpoint, only
from api.shapes import EXPORT, EXPORT_INPUT, EXPORT_LIST, JOB
from registry.access.permissions import Permission, Whose
from registry.bulk import exporting, queue, runs
from registry.bulk.exporting import EXPORT as WAY
from registry.bulk.models import Job, Run
from registry.bulk.runs import Way
from registry.bulk.writers import KINDS_OF_FILES, MEDIA_TYPES
from registry.cursors import read_cursor, write_cursor
from registry.documents.services import storage
from registry.errors import Conflict, not_found
from registry.reports.running import REPORT
from registry.words import Words

rooms = Blueprint("exports", __name__)
MAKE = Permission.BULK_EXPORT_MAKE
PIECE = 256 * 1024


@endpoint(
    rooms,
    "/exports",
    MAKE,
    Whose.UNIT,
    ("Yêu cầu xuất dữ liệu ra tệp", "Ask for an export"),
    method="POST",
    body=EXPORT_INPUT,
    reply=EXPORT,
    status=202,
)
def create_export(call: Call) -> Any:
    asked = only(call.body, ("what", "filter", "format"))
    export = exporting.ask(
        call.session,
        call.actor,
        what=asked.get("what"),
        asked=asked.get("filter"),
        form=asked.get("format"),
        today=call.today,
    )
    return exporting.show(call.session, export, call.language), {"Location": f"/api/v1/exports/{export.uid}"}


@endpoint(
    rooms, "/exports", MAKE, Whose.LIST, ("Các lần xuất", "List exports"), query=Paged, reply=EXPORT_LIST
)
def list_exports(call: Call) -> Any:
    found = page_of_runs(call, WAY)
    return found | {"items": [exporting.as_export(one) for one in found["items"]]}


def page_of_runs(call: Call, way: Way, form: str | None = None) -> dict[str, Any]:
    """A page of the runs of a kind, maybe of one form; reports use it as well."""
    cursor = call.query.get("cursor")
    items, following = runs.list_runs(
        call.session,
        way,
        before=read_cursor(cursor, int)[0] if cursor else None,
        limit=call.query["limit"],
        language=call.language,
        form=form,
    )
    total = runs.count_runs(call.session, way, exact=call.query.get("count") == "exact", form=form)
    return {
        "items": items,
        "next_cursor": write_cursor(following) if following else None,
        "count": counted(total, call.query),
    }


@endpoint(rooms, "/exports/<named>", MAKE, Whose.RUN, ("Một lần xuất", "One export"), reply=EXPORT)
def get_export(call: Call, named: str) -> Any:
    return exporting.show(call.session, runs.get(call.session, WAY, named), call.language)


@endpoint(
    rooms,
    "/exports/<named>/file",
    MAKE,
    Whose.RUN,
    ("Tải tệp đã xuất", "Fetch the file"),
    media=KINDS_OF_FILES[0],
    also=KINDS_OF_FILES[1:],
)
def get_export_file(call: Call, named: str) -> Response:
    return hand_over(call, WAY, runs.get(call.session, WAY, named))


def hand_over(call: Any, way: Way, run: Run) -> Response:
    """The file as an attachment, straight from the disk, its fetching on the trail; pages use it as well."""
    path = runs.fetch(call.session, call.actor, storage(call.settings), way, run)
    name = f"{run.form.replace(':', '-')}-{run.as_of.isoformat()}.{run.format}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(run.size),
        "X-Content-Type-Options": "nosniff",
    }
    return Response(_pieces(path), headers=headers, mimetype=MEDIA_TYPES[run.format])


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


# Jobs


@endpoint(
    rooms,
    "/jobs/<named>",
    Permission.ACCESS_OWN_READ,
    Whose.RUN,
    ("Công việc nền của tôi", "A job of one's own"),
    reply=JOB,
)
def get_job(call: Call, named: str) -> Any:
    job = _job(call, named)
    return {
        "id": str(job.uid),
        "kind": job.kind,
        "status": job.status,
        "attempts": job.attempts,
        "done": job.done,
        "total": job.total,
        "error": job.error,
        "created_at": job.created_at,
        "finished_at": job.finished_at,
        "import_id": job.payload.get("import"),
        "export_id": job.payload.get("export"),
        "report_id": job.payload.get("report"),
    }


def _job(call: Call, named: str) -> Job:
    job = queue.get_job(call.session, named)
    if job.created_by != call.actor.user_id and not call.actor.may(Permission.AUDIT_TRAIL_READ):
        raise not_found()
    return job


@endpoint(
    rooms,
    "/jobs/<named>",
    Permission.ACCESS_OWN_READ,
    Whose.RUN,
    ("Hủy một việc chưa xong", "Cancel an export or report that is not done"),
    method="DELETE",
    status=204,
)
def cancel_job(call: Call, named: str) -> Any:
    job = _job(call, named)
    way = next((one for one in (WAY, REPORT) if one.job == job.kind), None)
    if way is None:
        words = Words(
            "Chỉ hủy được việc xuất dữ liệu và lập báo cáo.", "Only exports and reports can be cancelled."
        )
        raise Conflict(words, "wrong_state")
    runs.cancel(call.session, call.actor, way, runs.get(call.session, way, str(job.uid)))
    return {}
