"""Exports: choose what and in which form, see how far it is, fetch the file. The filter comes from the list."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response

from api.exports import hand_over
from registry.access.permissions import Permission
from registry.bulk import exporting, runs
from registry.bulk.exporting import EXPORT
from registry.bulk.questions import CODED, OFFICIALS, READERS, may_ask, said
from registry.catalogues import lists
from registry.cursors import read_cursor, write_cursor
from registry.errors import Conflict, Invalid
from registry.officials.facts import FACTS, GROUPS
from registry.officials.facts.parsing import Wrong, parse_day
from registry.words import Words
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page
from web.words import day as shown_day

rooms = Blueprint("export_pages", __name__)
MAKE = Permission.BULK_EXPORT_MAKE
PAGE = 30
FORMS = (
    ("xlsx", Words("XLSX, cho bảng tính", "XLSX, for spreadsheets")),
    ("csv", Words("CSV (UTF-8), cho phần mềm khác", "CSV (UTF-8), for other software")),
    ("json", Words("JSON, cho chương trình", "JSON, for programs")),
)
STATUS_TAGS: dict[str, tuple[str, Words]] = {
    "queued": ("grey", Words("Chờ đến lượt", "Waiting")),
    "running": ("blue", Words("Đang tạo tệp", "Being made")),
    "done": ("green", Words("Tải được", "Ready")),
    "failed": ("son", Words("Không tạo được", "Failed")),
    "cancelled": ("grey", Words("Đã hủy", "Cancelled")),
    "expired": ("grey", Words("Tệp đã xóa", "File deleted")),
}
LABELS: dict[str, Words] = {
    "q": Words("Tìm", "Search"),
    "organization": Words("Đơn vị", "Unit"),
    "subtree": Words("Gồm đơn vị trực thuộc", "With the units below"),
    **{name: field.label for name, field in CODED.items()},
    "next_step_before": Words("Nâng bậc trước", "Step due by"),
    "retirement_before": Words("Nghỉ hưu trước", "Retiring by"),
    "term_ends_before": Words("Hết thời hạn chức vụ trước", "Term ends by"),
    "unevaluated_year": Words("Chưa đánh giá năm", "Not graded for"),
    "history": Words("Cả quá trình", "The whole history"),
}


@page(rooms, "/xuat-du-lieu", MAKE)
def new_export(call: PageCall) -> Response:
    """The form, with the filter of the list that the address brings, and the reader's exports."""
    return _form(
        call, {name: call.args.getlist(name) for name in READERS if call.args.get(name)}, NO_MISTAKES
    )


def _form(
    call: PageCall, filter_: dict[str, list[str]], mistakes: Mistakes, *, status: int = 200
) -> Response:
    cursor = call.args.get("cursor")
    found, following = exporting.list_exports(
        call.session,
        before=read_cursor(cursor, int)[0] if cursor else None,
        limit=PAGE,
        language=call.language,
    )
    kept = {name: values for name, values in filter_.items() if name not in ("history", "as_of")}
    return call.render(
        "exports/new.html",
        status=status,
        title=call.t("Xuất dữ liệu", "Export"),
        exports=found,
        tags=tags(call),
        whats=_whats(call),
        what=call.form.get("what", OFFICIALS),
        forms=[(form, call.say(words)) for form, words in FORMS],
        form=call.form.get("format", "xlsx"),
        history=call.form.get("history") == "1",
        on=call.form.get("as_of") or shown_day(call.day("as_of") or call.today),
        kept=kept,
        told=told(call, {name: ",".join(values) for name, values in kept.items()}),
        mistakes=mistakes,
        errors=mistakes.fields,
        next=call.link(cursor=write_cursor(following)) if following else None,
        first=call.link(cursor=None) if cursor else None,
    )


def tags(call: PageCall) -> dict[str, tuple[str, str]]:
    """How a status is shown."""
    return {status: (kind, call.say(words)) for status, (kind, words) in STATUS_TAGS.items()}


def _whats(call: PageCall) -> list[Any]:
    """What the reader may ask for: the list, then the kinds of facts by their groups."""
    open_ = may_ask(call.actor)
    groups: dict[str, list[tuple[str, str]]] = {}
    for kind in FACTS.values():
        if f"facts:{kind.name}" in open_:
            groups.setdefault(kind.group, []).append((f"facts:{kind.name}", call.say(kind.label)))
    return [
        (OFFICIALS, call.say(said(OFFICIALS))),
        *(
            {"label": call.say(words), "options": groups[group]}
            for group, words in GROUPS.items()
            if group in groups
        ),
    ]


def told(call: PageCall, filter_: dict[str, Any]) -> list[tuple[str, str]]:
    """A filter in words: (label, value)."""
    parts = []
    for name, value in filter_.items():
        if name in CODED:
            keys = value.split(",") if isinstance(value, str) else value
            catalogue = CODED[name].catalogue or ""
            value = ", ".join(lists.label(call.session, catalogue, key, call.language) for key in keys)
        elif name.endswith("_before"):
            value = _day_in_words(str(value))
        elif name in ("subtree", "history"):
            value = call.t("có", "yes") if value in (True, "true", "1") else call.t("không", "no")
        parts.append((call.say(LABELS[name]), str(value)))
    return parts


def _day_in_words(value: str) -> str:
    """As people write it; what is no day stays as it is, the question will be refused."""
    try:
        return shown_day(parse_day(value))
    except Wrong:
        return value


@page(rooms, "/xuat-du-lieu", MAKE, methods=("POST",))
def create_export(call: PageCall) -> Response:
    """Ask for it; its page shows how far it is."""
    kept = {name: call.form.getlist(name) for name in READERS if call.form.get(name)}
    asked: dict[str, Any] = {
        name: values if name in CODED else values[0] for name, values in kept.items() if name != "history"
    }
    what = call.form.get("what", "")
    if what != OFFICIALS and call.form.get("history") == "1":
        asked["history"] = True
    try:
        with call.savepoint():
            export = exporting.ask(
                call.session,
                call.actor,
                what=what,
                asked=asked,
                form=call.form.get("format"),
                today=call.today,
            )
    except (Invalid, Conflict) as error:
        known = ("what", "format", "as_of")
        mistakes = mistakes_of(error, call.language, known, lambda path: path.removeprefix("filter/"))
        return _form(call, kept, mistakes, status=422 if isinstance(error, Invalid) else 409)
    return call.redirect(f"/xuat-du-lieu/{export.uid}")


@page(rooms, "/xuat-du-lieu/<uid>", MAKE)
def show_export(call: PageCall, uid: str) -> Response:
    """How far it is; then the file and what was asked."""
    export = runs.get(call.session, EXPORT, uid)
    shown = exporting.show(call.session, export, call.language)
    open_ = export.status in ("queued", "running")
    if call.swaps and open_:
        return call.render("exports/job.html", shown=shown)
    if call.swaps:
        response = Response("", 200)
        response.headers["HX-Redirect"] = f"/xuat-du-lieu/{uid}"
        return response
    return call.render(
        "exports/show.html",
        title=shown["title"],
        shown=shown,
        open=open_,
        tags=tags(call),
        told=told(call, shown["filter"]),
        mine=export.created_by == call.actor.user_id,
    )


@page(rooms, "/xuat-du-lieu/<uid>/huy", MAKE, methods=("POST",))
def cancel_export(call: PageCall, uid: str) -> Response:
    """Stop it, unless it is done by now; its page tells."""
    stop(call, EXPORT, uid)
    return call.redirect(f"/xuat-du-lieu/{uid}")


def stop(call: PageCall, way: runs.Way, uid: str) -> None:
    """Cancel a run of one's own; one that is done stays so. Reports use it as well."""
    run = runs.get(call.session, way, uid)
    with suppress(Conflict), call.savepoint():
        runs.cancel(call.session, call.actor, way, run)


@page(rooms, "/xuat-du-lieu/<uid>/tep", MAKE)
def fetch_export(call: PageCall, uid: str) -> Response:
    """The file."""
    return hand_over(call, EXPORT, runs.get(call.session, EXPORT, uid))
