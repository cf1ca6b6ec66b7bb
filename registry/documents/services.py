"""Papers: read a decision from input, keep it once; take in files by content."""

import hashlib
import logging
import os
import tempfile
from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import OWN_ONLY, Permission
from registry.access.policy import require
from registry.audit import log
from registry.config import Settings
from registry.documents import portraits, queries
from registry.documents.models import Decision, File
from registry.errors import Flaw, Invalid
from registry.officials.facts.parsing import MEANS_EMPTY, MOST_STRAYS, Wrong, clean_text, parse_day
from registry.texts import file_name
from registry.words import Words

logger = logging.getLogger("registry.documents")
LENGTHS = {"number": 80, "issuer": 300, "signer": 200, "title": 1000}
BASES = ("decision", "self_declared", "take_over")
LARGEST_FILE = 25 * 1024 * 1024
MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
}
KINDS_OF_FILES = tuple(dict.fromkeys(MEDIA_TYPES.values()))


def parse_decision(
    session: Session, raw: Any, today: date, path: str = "decision", *, later: bool = False
) -> tuple[Decision | None, list[Flaw]]:
    """A decision from input, not yet in the session, and its flaws. One dated in the future is refused.

    `later`: number and day of signing may be missing, for a draft made before the paper is signed; the number is then
    empty and the day today's.
    """
    if later and raw is None:
        raw = {}
    if not isinstance(raw, Mapping):
        return None, [Flaw(path, "required", Words("Nhập quyết định.", "A decision is needed."))]
    values: dict[str, Any] = {}
    flaws: list[Flaw] = []
    known = {*LENGTHS, "issued_on", "effective_on", "file_id", "basis"}
    for stray in sorted(set(raw) - known)[:MOST_STRAYS]:
        flaws.append(
            Flaw(
                f"{path}/{stray}",
                "unknown_field",
                Words(f"Quyết định không có trường “{stray}”.", f"A decision has no field “{stray}”."),
            )
        )
    for name, length in LENGTHS.items():
        try:
            values[name] = "" if raw.get(name) in MEANS_EMPTY else clean_text(raw[name], length)
        except Wrong as wrong:
            flaws.append(Flaw(f"{path}/{name}", wrong.code, wrong.words))
    for name in ("issued_on", "effective_on"):
        try:
            values[name] = None if raw.get(name) in MEANS_EMPTY else parse_day(raw[name])
        except Wrong as wrong:
            flaws.append(Flaw(f"{path}/{name}", wrong.code, wrong.words))
    if raw.get("number") in MEANS_EMPTY and not later:
        flaws.append(
            Flaw(f"{path}/number", "required", Words("Nhập số quyết định.", "Give the decision's number."))
        )
    issued = values.get("issued_on")
    if raw.get("issued_on") in MEANS_EMPTY and not later:
        flaws.append(
            Flaw(f"{path}/issued_on", "required", Words("Nhập ngày ký.", "Give the day of signing."))
        )
    elif issued is not None and issued > today:
        flaws.append(
            Flaw(
                f"{path}/issued_on",
                "future",
                Words("Ngày ký không thể ở tương lai.", "The day of signing lies in the future."),
            )
        )
    values["basis"] = raw.get("basis") or "decision"
    if values["basis"] not in BASES:
        flaws.append(
            Flaw(
                f"{path}/basis",
                "choice",
                Words(f"Chọn một trong: {', '.join(BASES)}.", f"One of: {', '.join(BASES)}."),
            )
        )
    if raw.get("file_id") not in MEANS_EMPTY:
        values["file_id"] = _file_id(session, raw["file_id"])
        if values["file_id"] is None:
            flaws.append(Flaw(f"{path}/file_id", "not_found", Words("Không có tệp này.", "No such file.")))
    if flaws:
        return None, flaws
    values["issued_on"] = issued = issued or today
    values["effective_on"] = values["effective_on"] or issued
    return Decision(**values), []


def _file_id(session: Session, uid: Any) -> int | None:
    try:
        return session.scalar(sa.select(File.id).where(File.uid == UUID(str(uid))))
    except ValueError:
        return None


def storage(settings: Settings) -> Path:
    """Where kept files lie."""
    return settings.home / "files"


def place_of(root: Path, digest: str) -> Path:
    """Where under a folder of kept files the bytes with this SHA-256 (hex) lie."""
    return root / digest[:2] / digest


def store_file(
    session: Session,
    actor: Actor,
    root: Path,
    *,
    name: str,
    content: bytes,
    permission: Permission,
    kinds: tuple[str, ...] = (".pdf", ".png", ".jpg", ".jpeg", ".xlsx", ".csv"),
    largest: int = LARGEST_FILE,
    purpose: str = "paper",
) -> File:
    """Keep a file by its content under `root`; the same bytes are stored once. The bytes reach the disk before the row.

    Raises Invalid for an empty, too large or unwanted file.
    """
    require(actor, permission)
    name = file_name(name)
    ending = Path(name).suffix.lower()
    if ending not in kinds:
        raise Invalid(
            Words(f"Chỉ nhận tệp {', '.join(kinds)}.", f"Only {', '.join(kinds)} files are taken."),
            "media_type",
            [Flaw("file", "media_type", Words("Loại tệp không nhận.", "File type not taken."))],
        )
    if not content:
        raise Invalid(
            Words("Tệp rỗng.", "The file is empty."),
            "empty_file",
            [Flaw("file", "empty_file", Words("Tệp rỗng.", "The file is empty."))],
        )
    if len(content) > largest:
        words = Words(
            f"Tệp lớn quá {largest // 1048576} MB.", f"The file is larger than {largest // 1048576} MB."
        )
        raise Invalid(words, "too_large", [Flaw("file", "too_large", words)])
    digest = keep(root, content)
    file = File(
        sha256=digest,
        size=len(content),
        name=name,
        media_type=MEDIA_TYPES[ending],
        purpose=purpose,
        uploaded_by=actor.user_id,
        organization_id=_unit_of(session, actor),
    )
    session.add(file)
    session.flush()
    log.record(session, actor, log.Action.FILE_UPLOAD, "file", str(file.uid), detail={"sha256": digest})
    return file


def store_portrait(session: Session, actor: Actor, root: Path, *, name: str, content: bytes) -> File:
    """Keep a picture as a portrait: its pixels alone, as the forms print them. Raises Invalid like `store_file`."""
    require(actor, Permission.DOCUMENTS_FILE_WRITE)
    if Path(file_name(name)).suffix.lower() not in portraits.KINDS:
        words = Words("Ảnh chân dung cần tệp JPEG hoặc PNG.", "A portrait is a JPEG or PNG file.")
        raise Invalid(words, "media_type", [Flaw("file", "media_type", words)])
    return store_file(
        session,
        actor,
        root,
        name=f"{Path(file_name(name)).stem}.jpg",
        content=portraits.portrait(content),
        permission=Permission.DOCUMENTS_FILE_WRITE,
        kinds=(".jpg",),
        purpose="portrait",
    )


def _unit_of(session: Session, actor: Actor) -> int | None:
    """The unit whose readers may open an upload: of somebody with the own record only, the unit that holds it."""
    if actor.official_id is not None and set(actor.roles) <= OWN_ONLY:
        statement = sa.text("SELECT organization_id FROM official_current WHERE official_id = :own")
        found: int | None = session.scalar(statement, {"own": actor.official_id})
        return found
    return actor.organization.organization_id if actor.organization else None


def keep(root: Path, content: bytes) -> str:
    """Write once, by rename, so that a half-written file is never found under its digest, which is returned."""
    digest = hashlib.sha256(content).hexdigest()
    place = place_of(root, digest)
    if place.exists():
        return digest
    place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as half:
        half.write(content)
        half.flush()
        os.fsync(half.fileno())
    Path(half.name).replace(place)
    return digest


def read_portraits(session: Session, root: Path, named: Collection[str]) -> dict[str, bytes]:
    """The bytes of portraits by uuid, of those in sight whose bytes are there: a form or page shows the empty frame
    rather than nothing at all.
    """
    found = {}
    for file in queries.find_files(session, named):
        try:
            found[str(file.uid)] = read_file(root, file)
        except OSError:
            logger.error("portrait.unreadable", extra={"file": str(file.uid)})
    return found


def read_file(root: Path, file: File) -> bytes:
    """The bytes of a kept file."""
    return place_of(root, file.sha256).read_bytes()
