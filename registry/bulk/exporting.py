"""The life of an export: asked for, made by a job under the asker's own rights, fetched, forgotten after a week."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.access.policy import require
from registry.audit import log
from registry.bulk import queue
from registry.bulk.models import EXPORT_FORMATS, Export
from registry.bulk.questions import Question, answer, count_rows, read_question, rows, said
from registry.bulk.writers import MOST_ROWS, open_writer
from registry.db import Scope
from registry.errors import Conflict, Flaw, Invalid, not_found
from registry.named import get_by_uid
from registry.words import Words

JOB = "export.make"
KEPT = timedelta(days=7)
MOST_OPEN = 5
"""So many exports of one account may wait or be made at once."""

Report = Callable[[int, int], bool]
"""Tells how many rows of how many are written; False: nobody wants them any more."""

PROBLEMS: dict[str, Words] = {
    "no_right": Words(
        "Tài khoản không còn quyền xuất dữ liệu này.", "The account may no longer export these data."
    ),
    "too_many_rows": Words(
        "Nhiều dòng hơn một trang XLSX chứa được. Chọn CSV, hoặc lọc bớt.",
        "More rows than an XLSX sheet holds. Choose CSV, or narrow the filter.",
    ),
    "not_made": Words(
        "Hệ thống không tạo được tệp này. Thử lại; nếu vẫn vậy, báo quản trị viên.",
        "The file could not be made. Try again; if it stays so, tell the administrator.",
    ),
}
"""Why an export failed."""


class Unwanted(Exception):
    """It was cancelled while it was being made."""


class Failed(Exception):
    """It cannot be made; `code` is a key of PROBLEMS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def store(root: Path) -> Path:
    """Where exported files lie, apart from the papers, which are kept for good."""
    return root / "exports"


def reaching(actor: Actor) -> Scope:
    """What an export may read: people of the units in which the actor may export."""
    return Scope(
        ranges=actor.ranges(Permission.BULK_EXPORT_MAKE),
        user_id=actor.user_id,
        trail=actor.may(Permission.AUDIT_TRAIL_READ),
    )


# Asking


def ask(session: Session, actor: Actor, *, what: Any, asked: Any, form: Any, today: date) -> Export:
    """Take a question in and queue its answer: {what, filter, format} as sent.

    Raises Invalid for what cannot be asked so, Conflict while too many of one's own are not done.
    """
    require(actor, Permission.BULK_EXPORT_MAKE)
    if form not in EXPORT_FORMATS:
        words = Words(
            f"Chọn một trong: {', '.join(EXPORT_FORMATS)}.", f"One of: {', '.join(EXPORT_FORMATS)}."
        )
        raise Invalid(words, "choice", [Flaw("format", "choice", words)])
    now: datetime = session.execute(text("SELECT now()")).scalar_one()
    question = read_question(session, actor, what, asked, now, today)
    _refuse_too_many(session, actor)
    export = Export(
        what=question.what,
        filter=dict(question.filter),
        format=form,
        as_of=question.as_of,
        known_at=question.known_at,
        created_by=actor.user_id,
    )
    session.add(export)
    session.flush()
    session.refresh(export)
    queue.enqueue(
        session,
        JOB,
        {"export": str(export.uid), "username": actor.username, "scopes": sorted(actor.token_scopes)},
        created_by=actor.user_id,
        uid=export.uid,
    )
    log.record(session, actor, log.Action.EXPORT_ASK, "export", str(export.uid), detail=_asked(export))
    return export


def _refuse_too_many(session: Session, actor: Actor) -> None:
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(Export)
        .where(Export.created_by == actor.user_id, Export.status.in_(("queued", "running")))
    )
    if (waiting or 0) >= MOST_OPEN:
        words = Words(
            f"Bạn đang có {waiting} lần xuất chưa xong. Đợi xong hoặc hủy bớt.",
            f"{waiting} of your exports are not done yet. Wait, or cancel some.",
        )
        raise Conflict(words, "too_many")


def _asked(export: Export) -> dict[str, Any]:
    return {
        "what": export.what,
        "filter": export.filter,
        "format": export.format,
        "as_of": export.as_of.isoformat(),
        "known_at": export.known_at.isoformat(),
    }


def cancel(session: Session, actor: Actor, export: Export) -> None:
    """Stop an export of one's own that is not done. Raises Conflict when it is."""
    if export.created_by != actor.user_id:
        raise not_found()
    if export.status not in ("queued", "running") or not queue.cancel(session, export.uid):
        raise Conflict(
            Words("Lần xuất này đã xong hoặc đã hủy.", "This export is done or cancelled already."),
            "wrong_state",
        )
    export.status, export.finished_at = "cancelled", sa.func.clock_timestamp()
    session.flush()
    log.record(session, actor, log.Action.EXPORT_CANCEL, "export", str(export.uid))


# Making


def narrowed(actor: Actor | None, scopes: list[str]) -> Actor:
    """The asker with the rights of today and no more than the token had. Raises Failed when none are left."""
    if actor is not None:
        actor = replace(actor, token_scopes=frozenset(scopes))
        if actor.may(Permission.BULK_EXPORT_MAKE) and actor.ranges(Permission.BULK_EXPORT_MAKE):
            return actor
    raise Failed("no_right")


def make(session: Session, actor: Actor, root: Path, export: Export, report: Report) -> Export:
    """Answer the question into a file, in the session's scope (`reaching`), and put it where it can be fetched.

    Raises Failed, or Unwanted when `report` says so; nothing is left behind then.
    """
    question = Question(export.what, export.filter, export.as_of, export.known_at)
    classes = actor.field_classes()
    found = answer(session, question, classes)
    total = count_rows(session, found)
    if total > MOST_ROWS.get(export.format, total):
        raise Failed("too_many_rows")
    place = store(root)
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix="half-") as half:
        path = Path(half) / "file"
        written = 0
        about = {**_asked(export), "title": said(export.what).vi}
        about.pop("format")
        with open_writer(export.format, path, found.columns, about) as writer:
            _wanted(report, 0, total)
            for block in rows(session, found, question.as_of):
                writer.write(block)
                written += len(block)
                _wanted(report, written, total)
        digest = _digest(path)
        answered = {"sha256": digest, "size": path.stat().st_size, "rows": written}
        _lock_store(session)
        _move(path, place / digest[:2] / digest)
    _finish(session, actor, export, answered)
    return export


def _wanted(report: Report, done: int, total: int) -> None:
    if not report(done, total):
        raise Unwanted


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256")
        os.fsync(file.fileno())
    return digest.hexdigest()


def _lock_store(session: Session) -> None:
    """One at a time puts files into the store or takes them out, until its transaction ends."""
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('export_file'))"))


def _move(path: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    path.replace(place)


def _finish(session: Session, actor: Actor, export: Export, answered: dict[str, Any]) -> None:
    """The file is there ({sha256, size, rows}): say so, and who got what, in one transaction."""
    reach = {
        "ranges": [list(one) for one in actor.ranges(Permission.BULK_EXPORT_MAKE)],
        "classes": sorted(actor.field_classes()),
    }
    changed = session.execute(
        sa.update(Export)
        .where(Export.id == export.id, Export.status == "running")
        .values(
            status="done",
            reach=reach,
            **answered,
            finished_at=sa.func.clock_timestamp(),
            expires_at=sa.func.clock_timestamp() + KEPT,
        )
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Unwanted
    detail = {**_asked(export), **answered}
    log.record(session, actor, log.Action.EXPORT_MAKE, "export", str(export.uid), detail=detail)
    session.expire(export)


def fail(session: Session, uid: str, code: str) -> None:
    """The export will not be made, and why."""
    session.execute(
        text("""UPDATE export_file SET status = 'failed', problem = :code, finished_at = clock_timestamp()
                WHERE uid = CAST(:uid AS uuid) AND status IN ('queued', 'running')"""),
        {"uid": uid, "code": code},
    )


# Fetching and forgetting


def get_export(session: Session, uid: str, *, lock: bool = False) -> Export:
    """An export by its uuid; NotFound when absent, or somebody else's (auditors see all)."""
    return get_by_uid(session, Export, uid, lock=lock)


def fetch(session: Session, actor: Actor, root: Path, export: Export) -> Path:
    """The file of an export that is done, its fetching on the trail.

    Raises Conflict when there is none (yet, or any more), and when the actor's rights became less since.
    """
    path = store(root) / (export.sha256 or "")[:2] / (export.sha256 or "")
    if export.status != "done" or not path.is_file():
        raise Conflict(
            Words(
                "Không có tệp: chưa tạo xong, không tạo được, hoặc đã xóa sau bảy ngày. Xuất lại nếu cần.",
                "There is no file: not made yet, failed, or deleted after seven days. Export again if needed.",
            ),
            "no_file",
        )
    if not _still_reaches(actor, export.reach or {}):
        words = Words(
            "Quyền của bạn nay hẹp hơn lúc xuất tệp này. Xuất lại để lấy phần bạn được xem.",
            "Your rights are narrower than when this was made. Export again for what you may see.",
        )
        raise Conflict(words, "less_reach")
    detail = {"sha256": export.sha256, "what": export.what, "rows": export.rows}
    log.record(session, actor, log.Action.EXPORT_FETCH, "export", str(export.uid), detail=detail)
    return path


def _still_reaches(actor: Actor, reach: dict[str, Any]) -> bool:
    """Whether the actor may still see everything that the file may hold; auditors read all."""
    if actor.may(Permission.AUDIT_TRAIL_READ):
        return True
    ranges = actor.ranges(Permission.BULK_EXPORT_MAKE)
    covered = all(
        any(low <= first and last <= high for low, high in ranges) for first, last in reach["ranges"]
    )
    return covered and set(reach["classes"]) <= actor.field_classes()


def forget(session: Session, root: Path) -> int:
    """Take away the files that were kept long enough; what was asked stays. Returns how many exports that were."""
    if not session.scalar(
        sa.text("SELECT EXISTS (SELECT FROM export_file WHERE status = 'done' AND expires_at < now())")
    ):
        return 0
    _lock_store(session)
    gone = list(
        session.execute(
            text("""UPDATE export_file SET status = 'expired' WHERE status = 'done' AND expires_at < now()
                    RETURNING sha256""")
        ).scalars()
    )
    kept = set(
        session.execute(
            text("SELECT sha256 FROM export_file WHERE status = 'done' AND sha256 = ANY (:gone)"),
            {"gone": gone},
        ).scalars()
    )
    for digest in set(gone) - kept:
        (store(root) / digest[:2] / digest).unlink(missing_ok=True)
    return len(gone)


# Showing


_SHOWN = """
    SELECT e.id AS key, e.uid::text AS id, 'XD-' || to_char(e.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY')
            || '-' || lpad(e.id::text, 5, '0') AS number, e.what, e.filter, e.format, e.as_of, e.known_at, e.status,
        e.problem, e.rows, e.size, e.sha256, e.created_at, e.finished_at, e.expires_at, a.display_name AS created_by,
        j.done, j.total
    FROM export_file e JOIN app_user a ON a.id = e.created_by JOIN job j ON j.uid = e.uid"""


def show(session: Session, export: Export, language: str = "vi") -> dict[str, Any]:
    """An export as programs see it; `progress` are rows written, of how many."""
    row = session.execute(text(f"{_SHOWN} WHERE e.id = :export"), {"export": export.id}).one()
    return _shown(row, language)


def _shown(row: Any, language: str) -> dict[str, Any]:
    told = dict(row._mapping)
    told.pop("key")
    problem = told.pop("problem")
    progress = {"done": told.pop("done"), "total": told.pop("total")}
    return told | {
        "title": said(row.what).said_in(language),
        "progress": progress,
        "problem": problem and {"code": problem, "message": PROBLEMS[problem].said_in(language)},
    }


def list_exports(
    session: Session, *, before: int | None = None, limit: int = 50, language: str = "vi"
) -> tuple[list[dict[str, Any]], int | None]:
    """The reader's exports, newest first, and the key after which the next page begins."""
    found = session.execute(
        text(
            f"{_SHOWN} WHERE CAST(:before AS bigint) IS NULL OR e.id < :before ORDER BY e.id DESC LIMIT :limit"
        ),
        {"before": before, "limit": limit + 1},
    ).all()
    following = found[limit - 1].key if len(found) > limit else None
    return [_shown(row, language) for row in found[:limit]], following


def count_exports(session: Session, *, exact: bool = False) -> int:
    """How many exports the reader sees; stops just past 1000 unless `exact`."""
    stop = "" if exact else "LIMIT 1001"
    counted: int = session.execute(
        text(f"SELECT count(*) FROM (SELECT 1 FROM export_file {stop}) n")
    ).scalar_one()
    return counted
