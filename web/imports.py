"""Imports: upload, what the check found, submit as one change, undo. Nothing here writes a record."""

from typing import Any

from flask import Blueprint, Response, request

from api.documents import attachment
from registry.access.permissions import Permission
from registry.access.policy import Target, require
from registry.audit import log
from registry.bulk import importing, marking, queries, sheet
from registry.bulk.columns import FROM, NAME, PAPER, PERSON, TO
from registry.bulk.kinds import KINDS, PEOPLE, said
from registry.bulk.models import Import
from registry.changes import queries as changes
from registry.documents.services import storage
from registry.errors import Conflict, Flaw, Invalid, NotFound, RegistryError
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.statistics.files import XLSX
from registry.words import Words
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page

rooms = Blueprint("import_pages", __name__)
READ, WRITE = Permission.BULK_IMPORT_READ, Permission.BULK_IMPORT_WRITE
PAGE = 50
OUTCOMES = {"moi": "new", "thay-doi": "changed", "khong-doi": "unchanged"}
TABS: tuple[tuple[str, Words, str], ...] = (
    ("loi", Words("Lỗi", "Errors"), "rejected"),
    ("moi", Words("Mới", "New"), "new"),
    ("thay-doi", Words("Thay đổi", "Changed"), "changed"),
    ("khong-doi", Words("Không đổi", "Unchanged"), "unchanged"),
    ("canh-bao", Words("Cảnh báo", "Warnings"), "warnings"),
)
STATUS_TAGS: dict[str, tuple[str, Words]] = {
    "queued": ("grey", Words("Chờ kiểm tra", "Waiting")),
    "checking": ("blue", Words("Đang kiểm tra", "Checking")),
    "checked": ("amber", Words("Đã kiểm tra", "Checked")),
    "refused": ("son", Words("Không nhận", "Refused")),
    "submitted": ("amber", Words("Chờ phê duyệt", "Awaiting approval")),
    "applied": ("green", Words("Đã áp dụng", "Applied")),
    "undone": ("grey", Words("Đã hoàn tác", "Undone")),
}
NAMED = ("Họ và tên", "Số định danh cá nhân", "Mã cơ quan", "Phân loại", "Mã ngạch", "Bậc", "Số quyết định")
"""The columns of a row that tell who it is about; the file has the rest."""


@page(rooms, "/nhap-du-lieu", READ)
def list_imports(call: PageCall) -> Response:
    """The upload form, and the imports of the reader's units."""
    return _list(call, NO_MISTAKES)


def _list(call: PageCall, mistakes: Mistakes, *, status: int = 200) -> Response:
    items, following = queries.list_imports(
        call.session, cursor=call.args.get("cursor"), limit=PAGE, language=call.language
    )
    unit = call.actor.organization
    return call.render(
        "imports/list.html",
        status=status,
        title=call.t("Nhập dữ liệu", "Import"),
        imports=items,
        mistakes=mistakes,
        errors=mistakes.fields,
        may_write=call.actor.may(WRITE),
        tags=_tags(call),
        organization=call.form.get("organization", unit.code if unit else ""),
        dry_run=call.form.get("dry_run") == "1",
        kinds=[(kind, call.say(said(kind))) for kind in KINDS],
        kind=_kind(call),
        said={kind: call.say(said(kind)) for kind in KINDS},
        next=call.link(cursor=following) if following else None,
        first=call.link(cursor=None) if call.args.get("cursor") else None,
    )


def _kind(call: PageCall) -> str:
    """The kind of sheet asked about; people when it is none."""
    asked = call.form.get("kind") or call.args.get("kind") or PEOPLE
    return asked if asked in KINDS else PEOPLE


def _tags(call: PageCall) -> dict[str, tuple[str, str]]:
    return {status: (kind, call.say(words)) for status, (kind, words) in STATUS_TAGS.items()}


@page(rooms, "/nhap-du-lieu", WRITE, methods=("POST",))
def upload(call: PageCall) -> Response:
    """Take in a file; its check is queued, and its page shows how far it is."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        words = call.t("Chọn tệp cần nhập.", "Choose the file to import.")
        return _list(call, Mistakes(words, {"file": words}, [("file", words)]), status=422)
    try:
        with call.savepoint():
            import_ = importing.upload(
                call.session,
                call.actor,
                storage(call.settings),
                name=sent.filename,
                content=sent.read(),
                kind=call.form.get("kind", PEOPLE),
                organization=_unit_code(call),
                dry_run=call.form.get("dry_run") == "1",
            )
    except Invalid as error:
        told = (
            error
            if error.flaws
            else Invalid(error.message, error.code, [Flaw("file", error.code, error.message)])
        )
        return _list(call, mistakes_of(told, call.language, ("file", "organization", "kind")), status=422)
    return call.redirect(f"/nhap-du-lieu/{import_.uid}")


def _unit_code(call: PageCall) -> str:
    """The unit typed, by code or by a name that one unit of the reader's alone bears."""
    typed = call.form.get("organization", "").strip()
    found = organizations.search(
        call.session, typed, AsOf(call.today), ranges=call.actor.ranges(WRITE), limit=2
    )
    exact = [one for one in found if one.code == typed.upper()]
    return exact[0].code if exact else found[0].code if len(found) == 1 else typed


@page(rooms, "/nhap-du-lieu/mau.xlsx", READ)
def template_xlsx(call: PageCall) -> Response:
    """The sheet to fill in."""
    kind = _kind(call)
    title = said(kind).vi.lower()
    return attachment(sheet.template(call.session, call.today, KINDS[kind], title), f"mau-{kind}.xlsx", XLSX)


@page(rooms, "/nhap-du-lieu/mau.csv", READ)
def template_csv(call: PageCall) -> Response:
    """The header alone."""
    kind = _kind(call)
    return attachment(sheet.template_csv(KINDS[kind]), f"mau-{kind}.csv", "text/csv")


def _open(call: PageCall, uid: str, *, lock: bool = False) -> Import:
    import_ = queries.get_import(call.session, uid, lock=lock)
    if import_.created_by != call.actor.user_id:
        require(call.actor, READ, Target(org_ord=import_.org_ord))
    return import_


@page(rooms, "/nhap-du-lieu/<uid>", READ)
def show_import(call: PageCall, uid: str) -> Response:
    """How far the check is; then its numbers, what is wrong where, and what would change."""
    import_ = _open(call, uid)
    shown = queries.show(call.session, import_, call.language)
    if import_.status in ("queued", "checking"):
        return _progress(call, shown)
    if call.swaps:
        response = Response("", 200)
        response.headers["HX-Redirect"] = f"/nhap-du-lieu/{uid}"
        return response
    return _show(call, import_, shown, NO_MISTAKES)


def _progress(call: PageCall, shown: dict[str, Any]) -> Response:
    template = "imports/job.html" if call.swaps else "imports/progress.html"
    return call.render(template, title=call.t("Đang kiểm tra tệp", "Checking the file"), shown=shown)


def _show(
    call: PageCall, import_: Import, shown: dict[str, Any], mistakes: Mistakes, *, status: int = 200
) -> Response:
    counts = shown["counts"]
    tab = call.args.get("xem") or _first_tab(counts)
    if counts is not None:
        log.record(
            call.session, call.actor, log.Action.IMPORT_READ, "import", shown["id"], detail={"shown": tab}
        )
    listing = _listing(call, import_, tab) if counts is not None else {}
    right = (counts["new"] + counts["changed"]) if counts else 0
    same = next((one for one in shown["notes"] if one["code"] == "same_file"), None)
    mine = call.actor.covers(WRITE, import_.org_ord)
    return call.render(
        "imports/show.html",
        status=status,
        title=call.t("Kết quả kiểm tra tệp", "What the check found"),
        shown=shown,
        counts=counts,
        tab=tab,
        tabs=_tabs(call, counts, tab),
        tags=_tags(call),
        mistakes=mistakes,
        right=right,
        same=same,
        columns=_named(import_),
        heads=None if import_.kind == PEOPLE else _named(import_),
        said=call.say(said(import_.kind)),
        may_submit=mine and import_.status == "checked" and not import_.dry_run and right > 0,
        may_write=mine,
        may_undo=mine and import_.status == "applied" and import_.undo_change_id is None,
        change=_number(call, shown["change_id"]),
        undo_change=_number(call, shown["undo_change_id"]),
        **listing,
    )


def _named(import_: Import) -> tuple[str, ...]:
    """The columns of a row that tell whom and what it is about; of a fact its period and its first two fields."""
    if import_.kind == PEOPLE:
        return NAMED
    fields = [one.title for one in KINDS[import_.kind] if one.field][:2]
    return (
        (NAME, PERSON, FROM, TO, *fields, PAPER)
        if len(fields) == 2
        else (NAME, PERSON, FROM, TO, *fields, "", PAPER)
    )


def _first_tab(counts: dict[str, int] | None) -> str:
    """What asks for work first: errors, then new, changed, warned rows."""
    order = (
        ("loi", "rejected"),
        ("moi", "new"),
        ("thay-doi", "changed"),
        ("canh-bao", "warnings"),
        ("khong-doi", "unchanged"),
    )
    return next((tab for tab, name in order if counts and counts[name]), "loi")


def _tabs(call: PageCall, counts: dict[str, int] | None, tab: str) -> list[dict[str, Any]]:
    return [
        {
            "href": call.link(f"{request.path}", xem=key, cursor=None, nhom=None),
            "text": call.say(words),
            "count": counts[name] if counts else None,
            "current": key == tab,
        }
        for key, words, name in TABS
    ]


def _listing(call: PageCall, import_: Import, tab: str) -> dict[str, Any]:
    """One page of the tab: findings with their groups, or rows."""
    cursor, following = call.args.get("cursor"), None
    if tab in OUTCOMES:
        rows, following = queries.list_rows(call.session, import_, OUTCOMES[tab], cursor=cursor, limit=PAGE)
        found: dict[str, Any] = {"rows": rows, "findings": None, "groups": [], "total": None}
    else:
        severity = "warning" if tab == "canh-bao" else "error"
        chosen = call.args.get("nhom")
        findings, following, total = queries.list_findings(
            call.session,
            import_,
            severity=severity,
            code=chosen,
            cursor=cursor,
            limit=PAGE,
            language=call.language,
        )
        groups = [
            {
                "text": f"{one['label']} {one['findings']}",
                "current": ",".join(one["codes"]) == chosen,
                "href": call.link(
                    nhom=None if ",".join(one["codes"]) == chosen else ",".join(one["codes"]),
                    cursor=None,
                    xem=tab,
                ),
            }
            for one in queries.count_findings(call.session, import_, call.language)
            if one["severity"] == severity
        ]
        found = {"rows": None, "findings": findings, "groups": groups, "total": total}
    return found | {
        "next": call.link(cursor=following) if following else None,
        "first": call.link(cursor=None) if cursor else None,
    }


def _number(call: PageCall, uid: str | None) -> str | None:
    """The number of a change, if the reader may see it."""
    if uid is None:
        return None
    try:
        return changes.get_change(call.session, uid).number
    except NotFound:
        return None


@page(rooms, "/nhap-du-lieu/<uid>/loi.xlsx", READ)
def marked_workbook(call: PageCall, uid: str) -> Response:
    """The same workbook with each wrong cell marked."""
    import_ = _open(call, uid)
    content = marking.marked(call.session, import_, call.language)
    log.record(
        call.session,
        call.actor,
        log.Action.IMPORT_READ,
        "import",
        str(import_.uid),
        detail={"shown": "loi.xlsx"},
    )
    return attachment(content, marking.marked_name(call.session, import_), XLSX)


@page(rooms, "/nhap-du-lieu/<uid>/lap-de-nghi", WRITE, methods=("POST",))
def submit(call: PageCall, uid: str) -> Response:
    """One submitted change with everything the right rows bring."""
    import_ = _open(call, uid, lock=True)
    try:
        with call.savepoint():
            change = importing.submit(
                call.session, call.actor, import_, call.today, partial=call.form.get("partial") == "1"
            )
    except (Conflict, Invalid) as error:
        return _refused(call, uid, error)
    return call.redirect(f"/de-nghi/{change.number}?xong=trinh")


def _refused(call: PageCall, uid: str, error: RegistryError) -> Response:
    import_ = _open(call, uid)
    call.session.refresh(import_)
    words = call.say(error.message)
    return _show(
        call,
        import_,
        queries.show(call.session, import_, call.language),
        Mistakes(words, {}, [(None, words)]),
        status=409,
    )


@page(rooms, "/nhap-du-lieu/<uid>/hoan-tac", WRITE)
def ask_undo(call: PageCall, uid: str) -> Response:
    """The question before an applied import is taken back."""
    import_ = _open(call, uid)
    return call.render(
        "imports/undo.html",
        title=call.t("Hoàn tác lần nhập này", "Undo this import"),
        shown=queries.show(call.session, import_, call.language),
    )


@page(rooms, "/nhap-du-lieu/<uid>/hoan-tac", WRITE, methods=("POST",))
def undo(call: PageCall, uid: str) -> Response:
    """A submitted change that restores the state before."""
    import_ = _open(call, uid, lock=True)
    try:
        with call.savepoint():
            change = importing.undo(call.session, call.actor, import_, call.today)
            call.session.refresh(change)
    except (Conflict, Invalid) as error:
        return _refused(call, uid, error)
    return call.redirect(f"/de-nghi/{change.number}?xong=trinh")
