"""Papers that come along with a form."""

from collections.abc import Iterable

from flask import request

from registry.access.permissions import Permission
from registry.documents.models import File
from registry.documents.services import storage, store_file, store_portrait
from registry.errors import Invalid
from web.pages import NO_MISTAKES, Mistakes, PageCall

PAPERS = (".pdf", ".png", ".jpg", ".jpeg")


def take_portraits(call: PageCall, fields: Iterable[str]) -> tuple[dict[str, str], Mistakes]:
    """The pictures that came along, by the input they belong to (its uuid as value), each kept at once."""
    found: dict[str, str] = {}
    errors: dict[str, str] = {}
    for name in fields:
        sent = request.files.get(f"picture-{name}")
        if sent is None or not sent.filename:
            continue
        try:
            with call.savepoint():
                file = store_portrait(
                    call.session, call.actor, storage(call.settings), name=sent.filename, content=sent.read()
                )
                call.session.refresh(file)
        except Invalid as error:
            errors[name] = call.say(error.message)
        else:
            found[name] = str(file.uid)
    summary = list(errors.items())
    return found, Mistakes(summary[0][1], errors, list(summary)) if summary else NO_MISTAKES


def take_paper(call: PageCall) -> tuple[File | None, Mistakes]:
    """The file of a form, if one came, kept at once so that a form sent back for mending does not lose it."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        return None, NO_MISTAKES
    try:
        with call.savepoint():
            file = store_file(
                call.session,
                call.actor,
                storage(call.settings),
                name=sent.filename,
                content=sent.read(),
                permission=Permission.DOCUMENTS_FILE_WRITE,
                kinds=PAPERS,
            )
            call.session.refresh(file)
    except Invalid as error:
        words = call.say(error.message)
        return None, Mistakes(words, {"file": words}, [("file", words)])
    return file, NO_MISTAKES
