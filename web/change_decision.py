"""The decision of a draft that was made before it was signed: number, days, issuer, for however many people."""

from flask import Blueprint, Response

from registry.access.permissions import Permission
from registry.changes import services
from registry.changes.models import Change
from registry.documents.models import Decision, File
from registry.errors import Invalid
from registry.law.why import vn
from web import change_form
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page
from web.recording import own_draft

rooms = Blueprint("change_decision_pages", __name__)
DRAFT = Permission.CHANGES_CHANGE_DRAFT


@page(rooms, "/de-nghi/<number>/quyet-dinh", DRAFT)
def ask_decision(call: PageCall, number: str) -> Response:
    """The fields of the decision, as far as it is known."""
    change = own_draft(call, number)
    return _show(call, change, _known(call, change), NO_MISTAKES)


@page(rooms, "/de-nghi/<number>/quyet-dinh", DRAFT, methods=("POST",))
def put_decision(call: PageCall, number: str) -> Response:
    """Keep the decision; then on to the check."""
    change = own_draft(call, number, lock=True)
    typed = {name: call.form.get(f"decision-{name}", "").strip() for name in change_form.DECISION}
    if call.form.get("version") != str(change.version):
        words = call.t(
            "Bản nháp này vừa được lưu ở một cửa sổ khác. Những gì bạn nhập vẫn ở đây; xem lại rồi lưu.",
            "This draft was saved in another window meanwhile. What you typed is still here; look and save again.",
        )
        return _show(call, change, typed, Mistakes(words, {}, [(None, words)]), status=409)
    try:
        with call.savepoint():
            services.complete(call.session, call.actor, change, typed, call.today)
    except Invalid as error:
        return _show(call, change, typed, mistakes_of(error, call.language), status=422)
    return call.redirect(f"/de-nghi/{change.number}/kiem-tra")


def _known(call: PageCall, change: Change) -> dict[str, str]:
    """What is recorded; the days stay open while there is no number, for nobody has signed yet."""
    paper = call.session.get_one(Decision, change.decision_id)
    file = call.session.get(File, paper.file_id) if paper.file_id else None
    signed = paper.number != ""
    return {
        "number": paper.number,
        "issued_on": vn(paper.issued_on) if signed else "",
        "effective_on": vn(paper.effective_on) if signed and paper.effective_on else "",
        "issuer": paper.issuer,
        "signer": paper.signer,
        "title": paper.title,
        "file_id": str(file.uid) if file else "",
    }


def _show(
    call: PageCall, change: Change, typed: dict[str, str], mistakes: Mistakes, *, status: int = 200
) -> Response:
    return call.render(
        "changes/decision.html",
        status=status,
        title=call.t("Điền quyết định", "Fill in the decision"),
        change=change,
        d=typed,
        mistakes=mistakes,
        errors=mistakes.fields,
    )
