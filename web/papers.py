"""Papers that come along with a form."""

from flask import request

from registry.access.permissions import Permission
from registry.documents.models import File
from registry.documents.services import storage, store_file
from registry.errors import Invalid
from web.pages import NO_MISTAKES, Mistakes, PageCall

PAPERS = (".pdf", ".png", ".jpg", ".jpeg")


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
