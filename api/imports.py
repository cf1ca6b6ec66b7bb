"""Imports: template, upload, what the check found, submit as one change, undo."""

from typing import Any

import marshmallow as ma
from flask import Blueprint, Response, request

from api.documents import attachment
from api.http import Call, Paged, counted, endpoint, need_match, only
from api.shapes import (
    EMPTY_INPUT,
    FINDINGS,
    IMPORT,
    IMPORT_CHANGE,
    IMPORT_INPUT,
    IMPORT_LIST,
    IMPORT_ROWS,
    IMPORT_SUBMIT_INPUT,
)
from registry.access.permissions import Permission, Whose
from registry.access.policy import Target, require
from registry.audit import log
from registry.bulk import importing, marking, queries, queue, sheet
from registry.bulk.kinds import KINDS, said
from registry.bulk.models import Import
from registry.changes.models import Change
from registry.documents.services import storage
from registry.errors import Flaw, Invalid
from registry.statistics.files import XLSX
from registry.words import Words

rooms = Blueprint("imports", __name__)
READ, WRITE = Permission.BULK_IMPORT_READ, Permission.BULK_IMPORT_WRITE
YES = {"true": True, "1": True, "on": True, "false": False, "0": False, "": False}


class TemplateParameters(ma.Schema):
    """Of which kind."""

    kind = ma.fields.String(load_default="officials", validate=ma.validate.OneOf(list(KINDS)))


class FindingParameters(Paged):
    """Filters of findings."""

    severity = ma.fields.String(validate=ma.validate.OneOf(["error", "warning"]))
    code = ma.fields.String(validate=ma.validate.Length(max=200))
    row = ma.fields.Integer(validate=ma.validate.Range(1, 10_000_000))


class RowParameters(Paged):
    """Which rows."""

    outcome = ma.fields.String(required=True, validate=ma.validate.OneOf([*queries.OUTCOMES, "warned"]))


@endpoint(
    rooms,
    "/imports/template.xlsx",
    READ,
    Whose.EVERYBODY,
    ("Tệp mẫu XLSX", "Template as XLSX"),
    query=TemplateParameters,
    media=XLSX,
)
def template_xlsx(call: Call) -> Response:
    kind = call.query["kind"]
    return attachment(
        sheet.template(call.session, call.today, KINDS[kind], said(kind).vi.lower()), f"mau-{kind}.xlsx", XLSX
    )


@endpoint(
    rooms,
    "/imports/template.csv",
    READ,
    Whose.EVERYBODY,
    ("Tệp mẫu CSV", "Template as CSV"),
    query=TemplateParameters,
    media="text/csv",
)
def template_csv(call: Call) -> Response:
    kind = call.query["kind"]
    return attachment(sheet.template_csv(KINDS[kind]), f"mau-{kind}.csv", "text/csv")


@endpoint(
    rooms, "/imports", READ, Whose.LIST, ("Các lần nhập", "List imports"), query=Paged, reply=IMPORT_LIST
)
def list_imports(call: Call) -> Any:
    items, following = queries.list_imports(
        call.session, cursor=call.query.get("cursor"), limit=call.query["limit"], language=call.language
    )
    total = queries.count_imports(call.session, exact=call.query.get("count") == "exact")
    return {"items": items, "next_cursor": following, "count": counted(total, call.query)}


@endpoint(
    rooms,
    "/imports",
    WRITE,
    Whose.UNIT,
    ("Tải tệp lên để kiểm tra", "Upload a file to be checked"),
    method="POST",
    body=IMPORT_INPUT,
    reply=IMPORT,
    status=202,
)
def create_import(call: Call) -> Any:
    sent = call.body["file"]
    dry_run = YES.get(call.body.get("dry_run", "").strip().lower())
    if dry_run is None:
        words = Words("Phải là true hoặc false.", "Must be true or false.")
        raise Invalid(words, "invalid", [Flaw("dry_run", "boolean", words)])
    import_ = importing.upload(
        call.session,
        call.actor,
        storage(call.settings),
        name=sent.filename or "",
        content=sent.read(),
        kind=call.body.get("kind") or "officials",
        organization=call.body["organization"].strip(),
        dry_run=dry_run,
    )
    return _show(call, import_), {"Location": f"/api/v1/imports/{import_.uid}"}


@endpoint(rooms, "/imports/<named>", READ, Whose.IMPORT, ("Một lần nhập", "One import"), reply=IMPORT)
def get_import(call: Call, named: str) -> Any:
    import_ = open_import(call, named)
    shown, version = _show(call, import_), etag(import_)
    call.session.refresh(import_)
    while (
        etag(import_) != version
    ):  # a worker was done with it between the two: what is shown is of the version told
        shown, version = _show(call, import_), etag(import_)
        call.session.refresh(import_)
    return shown, {"ETag": version}


@endpoint(
    rooms,
    "/imports/<named>/errors",
    READ,
    Whose.IMPORT,
    ("Lỗi và cảnh báo từng ô", "Errors and warnings by cell"),
    query=FindingParameters,
    reply=FINDINGS,
)
def list_errors(call: Call, named: str) -> Any:
    import_ = open_import(call, named, reads=True)
    asked = call.query
    items, following, total = queries.list_findings(
        call.session,
        import_,
        severity=asked.get("severity"),
        code=asked.get("code"),
        row=asked.get("row"),
        cursor=asked.get("cursor"),
        limit=asked["limit"],
        language=call.language,
    )
    return {
        "items": [
            {name: one[name] for name in FINDINGS["properties"]["items"]["items"]["properties"]}
            for one in items
        ],
        "next_cursor": following,
        "count": {"value": total, "exact": True},
    }


@endpoint(
    rooms,
    "/imports/<named>/errors.xlsx",
    READ,
    Whose.IMPORT,
    ("Tệp có đánh dấu ô sai", "The workbook with wrong cells marked"),
    media=XLSX,
)
def errors_xlsx(call: Call, named: str) -> Response:
    import_ = open_import(call, named, reads=True)
    return attachment(
        marking.marked(call.session, import_, call.language), marking.marked_name(call.session, import_), XLSX
    )


@endpoint(
    rooms,
    "/imports/<named>/rows",
    READ,
    Whose.IMPORT,
    ("Các dòng theo kết quả kiểm tra", "Rows by what the check found"),
    query=RowParameters,
    reply=IMPORT_ROWS,
)
def list_rows(call: Call, named: str) -> Any:
    import_ = open_import(call, named, reads=True)
    items, following = queries.list_rows(
        call.session,
        import_,
        call.query["outcome"],
        cursor=call.query.get("cursor"),
        limit=call.query["limit"],
    )
    total = {"warned": import_.warnings}.get(
        call.query["outcome"], getattr(import_, call.query["outcome"], None)
    )
    return {"items": items, "next_cursor": following, "count": {"value": total or 0, "exact": True}}


@endpoint(
    rooms,
    "/imports/<named>/submit",
    WRITE,
    Whose.IMPORT,
    ("Lập đề nghị từ tệp", "Submit as one change"),
    method="POST",
    body=IMPORT_SUBMIT_INPUT,
    reply=IMPORT_CHANGE,
    status=201,
)
def submit(call: Call, named: str) -> Any:
    partial = only(call.body, ("partial",)).get("partial", False)
    if not isinstance(partial, bool):
        words = Words("Phải là true hoặc false.", "Must be true or false.")
        raise Invalid(words, "invalid", [Flaw("partial", "boolean", words)])
    import_ = open_import(call, named, lock=True)
    return _change(call, importing.submit(call.session, call.actor, import_, call.today, partial=partial))


@endpoint(
    rooms,
    "/imports/<named>/undo",
    WRITE,
    Whose.IMPORT,
    ("Hoàn tác lần nhập đã áp dụng", "Undo an applied import"),
    method="POST",
    body=EMPTY_INPUT,
    reply=IMPORT_CHANGE,
    status=201,
)
def undo(call: Call, named: str) -> Any:
    only(call.body, ())
    return _change(
        call, importing.undo(call.session, call.actor, open_import(call, named, lock=True), call.today)
    )


def open_import(call: Call, named: str, *, lock: bool = False, reads: bool = False) -> Import:
    """The import a path names, if the actor may read it.

    `lock`: for writing, on the version sent if one was sent; `reads`: people's data are about to be shown,
    which goes on the trail.
    """
    import_ = queries.get_import(call.session, named, lock=lock)
    if import_.created_by != call.actor.user_id:
        require(call.actor, READ, Target(org_ord=import_.org_ord))
    if lock and request.headers.get("If-Match") is not None:
        need_match(etag(import_))
    if reads:
        log.record(call.session, call.actor, log.Action.IMPORT_READ, "import", str(import_.uid))
    return import_


def etag(import_: Import) -> str:
    """The version of an import: its status says how far it is, and it never goes back to the same."""
    return f'"{import_.status}-{import_.change_id or 0}-{import_.undo_change_id or 0}"'


def _show(call: Call, import_: Import) -> dict[str, Any]:
    job = queue.find_last(call.session, importing.JOB, "import", str(import_.uid))
    return queries.show(call.session, import_, call.language) | {"job_id": str(job.uid) if job else None}


def _change(call: Call, change: Change) -> Any:
    call.session.flush()
    call.session.refresh(change)
    return (
        {"change_id": str(change.uid), "number": change.number, "status": change.status},
        {"Location": f"/api/v1/changes/{change.uid}"},
    )
