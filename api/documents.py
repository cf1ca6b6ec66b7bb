"""Files: taken in by content, given out as attachments, each opening on the trail."""

from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from flask import Blueprint, Response
from sqlalchemy.orm import Session

from api.http import Call, endpoint
from api.shapes import FILE, FILE_INPUT
from registry.access.actor import Actor
from registry.access.permissions import Permission, Whose
from registry.access.policy import require
from registry.audit import log
from registry.config import Settings
from registry.documents import queries, services
from registry.documents.models import File
from registry.errors import Flaw, Invalid, Unavailable
from registry.words import Words

rooms = Blueprint("documents", __name__)
PURPOSES = ("paper", "portrait")


class Handing(Protocol):
    """What handing over needs of a request, of the API or of a page."""

    @property
    def session(self) -> Session: ...
    @property
    def actor(self) -> Actor: ...
    @property
    def settings(self) -> Settings: ...


@endpoint(
    rooms,
    "/files",
    Permission.DOCUMENTS_FILE_WRITE,
    Whose.OWN,
    ("Tải tệp lên", "Upload a file"),
    method="POST",
    body=FILE_INPUT,
    reply=FILE,
    status=201,
)
def create_file(call: Call) -> Any:
    sent, root = call.body["file"], services.storage(call.settings)
    name, content = sent.filename or "", sent.read()
    purpose = call.body.get("purpose") or PURPOSES[0]
    if purpose not in PURPOSES:
        words = Words(f"Ghi một trong: {', '.join(PURPOSES)}.", f"One of: {', '.join(PURPOSES)}.")
        raise Invalid(words, "choice", [Flaw("purpose", "choice", words)])
    if purpose == "portrait":
        file = services.store_portrait(call.session, call.actor, root, name=name, content=content)
    else:
        file = services.store_file(
            call.session,
            call.actor,
            root,
            name=name,
            content=content,
            permission=Permission.DOCUMENTS_FILE_WRITE,
        )
    return show(file), {"Location": f"/api/v1/files/{file.uid}"}


def show(file: File) -> dict[str, Any]:
    """{id, sha256, size, name, media_type}."""
    return {
        "id": str(file.uid),
        "sha256": file.sha256,
        "size": file.size,
        "name": file.name,
        "media_type": file.media_type,
    }


@endpoint(
    rooms,
    "/files/<named>",
    Permission.DOCUMENTS_FILE_READ,
    Whose.FILE,
    ("Tải tệp về", "Download a file"),
    media=services.KINDS_OF_FILES[0],
    also=services.KINDS_OF_FILES[1:],
)
def get_file(call: Call, named: str) -> Response:
    file = queries.get_file(call.session, named)
    require(call.actor, Permission.DOCUMENTS_FILE_READ, queries.target_of(call.session, file))
    return hand_over(call, file, detail={"sha256": file.sha256})


def hand_over(
    call: Handing, file: File, *, official_id: int | None = None, detail: dict[str, Any]
) -> Response:
    """A kept file as an attachment, its opening on the trail; pages hand over files by it as well."""
    try:
        content = services.read_file(services.storage(call.settings), file)
    except OSError:
        words = Words("Tạm thời không đọc được tệp này.", "This file cannot be read now.")
        raise Unavailable(words, "file_unavailable") from None
    log.record(
        call.session,
        call.actor,
        log.Action.FILE_READ,
        "file",
        str(file.uid),
        official_id=official_id,
        detail=detail,
    )
    return attachment(content, file.name, file.media_type)


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """A file to be saved, never shown inside a page of ours."""
    plain = "".join(
        letter if letter.isascii() and letter.isprintable() and letter not in '"\\;%' else "_"
        for letter in name
    )
    whole = quote(Path(name).name, safe="")
    headers = {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}"}
    return Response(content, headers=headers, mimetype=media_type)
