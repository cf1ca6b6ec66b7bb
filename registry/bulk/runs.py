"""The life of a run, an export or a report: asked for, made by a job under the asker's own rights, fetched, forgotten.

One way for both. What differs is in a Way: who may ask, how the file is written, what the trail calls it. The file goes
after a week; what was asked stays, and asking it again with the same `known_at` gives the same bytes.
"""

import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from registry.access import queries as access
from registry.access.actor import Actor
from registry.access.permissions import Permission, Sensitivity
from registry.access.policy import require
from registry.access.recent import require_recent
from registry.audit import log
from registry.bulk import queue
from registry.bulk.models import Run
from registry.bulk.queue import Taken
from registry.config import Settings
from registry.db import Scope, set_scope, transaction
from registry.documents.services import place_of, storage
from registry.errors import Conflict, Forbidden, NotFound, not_found
from registry.named import get_by_uid
from registry.periods import AsOf
from registry.words import Words

KEPT = timedelta(days=7)
MOST_OPEN = 5
"""So many runs of one account may wait or be made at once."""
HALF, ABANDONED = "half-", 24 * 3600
"""What is being written lies in folders of this name; one that nobody touched for so many seconds is of a lost worker."""

PROBLEMS: dict[str, Words] = {
    "no_right": Words(
        "Tài khoản không còn quyền với dữ liệu này.", "The account has no right to these data any more."
    ),
    "too_many_rows": Words(
        "Nhiều dòng hơn một trang XLSX chứa được. Chọn CSV, hoặc lọc bớt.",
        "More rows than an XLSX sheet holds. Choose CSV, or narrow the filter.",
    ),
    "nobody": Words(
        "Không có ai trong đơn vị này vào ngày đã chọn.", "There is nobody in this unit on the day."
    ),
    "not_made": Words(
        "Hệ thống không tạo được tệp này. Thử lại; nếu vẫn vậy, báo quản trị viên.",
        "The file could not be made. Try again; if it stays so, tell the administrator.",
    ),
}
"""Why a run failed."""


class Unwanted(Exception):
    """It was cancelled while it was being made."""


class Failed(Exception):
    """It cannot be made; `code` is a key of PROBLEMS."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Reach:
    """Rights that a file is made with: people of units by their ordinals, half open, and classes of fields."""

    ranges: tuple[tuple[int, int], ...]
    classes: frozenset[Sensitivity]

    @staticmethod
    def of(actor: Actor, permission: Permission) -> "Reach":
        """What the actor may reach with a permission today."""
        return Reach(actor.ranges(permission), actor.field_classes())

    @staticmethod
    def read(kept: dict[str, Any]) -> "Reach":
        """As it was kept with a run."""
        return Reach(tuple((low, high) for low, high in kept["ranges"]), frozenset(kept["classes"]))

    def kept(self) -> dict[str, Any]:
        """For the row of a run."""
        return {"ranges": [list(one) for one in self.ranges], "classes": sorted(self.classes)}

    def within(self, other: "Reach") -> "Reach":
        """What both reach."""
        both = (
            (max(low, first), min(high, last)) for low, high in self.ranges for first, last in other.ranges
        )
        return Reach(tuple(sorted(one for one in both if one[0] < one[1])), self.classes & other.classes)

    def covers(self, other: "Reach") -> bool:
        """Whether nothing of the other lies outside."""
        return other.classes <= self.classes and all(
            any(low <= first and last <= high for low, high in self.ranges) for first, last in other.ranges
        )

    def scope(self, actor: Actor) -> Scope:
        """What row-level security may show while the file is made."""
        return Scope(ranges=self.ranges, user_id=actor.user_id, trail=actor.may(Permission.AUDIT_TRAIL_READ))


@dataclass(frozen=True)
class Order:
    """A run in the making: its session has the scope of `reach`. `progress` hears (rows written, of how many) and
    raises Unwanted when nobody wants them any more. `files` is where uploaded files lie, `counting` is the engine of the role that counts.
    """

    session: Session
    actor: Actor
    run: Run
    reach: Reach
    path: Path
    files: Path
    progress: Callable[[int, int], None]
    counting: Engine | None = None

    @property
    def clocks(self) -> AsOf:
        """Both clocks of the question."""
        return AsOf(self.run.as_of, self.run.known_at)


@dataclass(frozen=True)
class Way:
    """How runs of a kind are asked for and made; `write` fills the file of an Order and returns the number of rows."""

    kind: str
    prefix: str
    title: Callable[[str], Words]
    permission: Callable[[str], Permission]
    write: Callable[[Order], int]
    asked: log.Action
    made: log.Action
    fetched: log.Action
    cancelled: log.Action

    @property
    def job(self) -> str:
        """The kind of the jobs."""
        return f"{self.kind}.make"


def store(root: Path) -> Path:
    """Where the files lie, apart from the papers, which are kept for good."""
    return root / "exports"


# Asking


def ask(session: Session, actor: Actor, way: Way, run: Run) -> Run:
    """Queue a run whose question was read. Raises Conflict while too many of one's own are not done."""
    require(actor, way.permission(run.form))
    _refuse_too_many(session, actor)
    run.kind, run.created_by = way.kind, actor.user_id
    session.add(run)
    session.flush()
    session.refresh(run)
    queue.enqueue(
        session,
        way.job,
        {way.kind: str(run.uid), "username": actor.username, "scopes": sorted(actor.token_scopes)},
        created_by=actor.user_id,
        uid=run.uid,
    )
    log.record(session, actor, way.asked, way.kind, str(run.uid), reason=run.reason or None, detail=told(run))
    return run


def _refuse_too_many(session: Session, actor: Actor) -> None:
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(Run)
        .where(Run.created_by == actor.user_id, Run.status.in_(("queued", "running")))
    )
    if (waiting or 0) >= MOST_OPEN:
        words = Words(
            f"Bạn đang có {waiting} tệp chưa tạo xong. Đợi xong hoặc hủy bớt.",
            f"{waiting} of your files are not made yet. Wait, or cancel some.",
        )
        raise Conflict(words, "too_many")


def told(run: Run) -> dict[str, Any]:
    """What was asked, for the trail and the file itself."""
    return {
        "what": run.form,
        "filter": run.parameters,
        "format": run.format,
        "as_of": run.as_of.isoformat(),
        "known_at": run.known_at.isoformat(),
        **({"version": run.version} if run.version else {}),
    }


def cancel(session: Session, actor: Actor, way: Way, run: Run) -> None:
    """Stop a run of one's own that is not done. Raises Conflict when it is."""
    if run.created_by != actor.user_id:
        raise not_found()
    if run.status not in ("queued", "running") or not queue.cancel(session, run.uid):
        raise Conflict(
            Words("Tệp này đã tạo xong hoặc đã hủy.", "This is done or cancelled already."), "wrong_state"
        )
    run.status, run.finished_at = "cancelled", sa.func.clock_timestamp()
    session.flush()
    log.record(session, actor, way.cancelled, way.kind, str(run.uid))


# Making


def work(way: Way, counting: Engine | None, engine: Engine, settings: Settings, job: Taken) -> None:
    """Make the file under the rights that the asker has now; one that is done or cancelled is left as it is."""
    uid = job.payload[way.kind]
    with transaction(engine) as session:
        started = session.execute(
            text("""UPDATE report_run SET status = 'running'
                    WHERE uid = CAST(:uid AS uuid) AND status IN ('queued', 'running')"""),
            {"uid": uid},
        )
        if started.rowcount == 0:  # type: ignore[attr-defined]
            return
    try:
        _answer(way, counting, engine, settings, job)
    except Unwanted:
        return
    except (Failed, Forbidden, NotFound) as failed:
        with transaction(engine) as session:
            fail(session, uid, failed.code if isinstance(failed, Failed) else "no_right")


def _answer(way: Way, counting: Engine | None, engine: Engine, settings: Settings, job: Taken) -> None:
    def progress(done: int, total: int) -> None:
        with transaction(engine) as beside:
            if not queue.report(beside, job, done, total):
                raise Unwanted

    with transaction(engine) as session:
        found = access.find_by_username(session, job.payload["username"], settings.today_or_now())
        run = get(session, way, job.payload[way.kind])
        actor = narrowed(found, job.payload["scopes"], way.permission(run.form))
        reach = Reach.of(actor, way.permission(run.form))
        reach = reach.within(Reach.read(run.reach)) if run.reach else reach
        set_scope(session, reach.scope(actor))
        make(way, session, actor, storage(settings), run, reach, progress, counting)


def narrowed(actor: Actor | None, scopes: Iterable[str], permission: Permission) -> Actor:
    """The asker with the rights of today and no more than the token had. Raises Failed when none are left."""
    if actor is not None:
        actor = replace(actor, token_scopes=frozenset(scopes))
        if actor.may(permission) and actor.ranges(permission):
            return actor
    raise Failed("no_right")


def make(
    way: Way,
    session: Session,
    actor: Actor,
    root: Path,
    run: Run,
    reach: Reach,
    progress: Callable[[int, int], None],
    counting: Engine | None = None,
) -> None:
    """Answer the question into a file and put it where it can be fetched; nothing is left behind on any error.

    The trail gets its entry in the transaction that says the run is done: a worker that is lost before leaves neither,
    and the next one finds the file by its content, if it lies there already.
    """
    place = store(root)
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, prefix=HALF) as half:
        path = Path(half) / "file"
        progress(0, 0)
        written = way.write(Order(session, actor, run, reach, path, root, progress, counting))
        progress(written, written)
        digest = _digest(path)
        answered = {"sha256": digest, "size": path.stat().st_size, "rows": written}
        _lock_store(session)
        _move(path, place_of(place, digest))
    _finish(way, session, actor, run, reach, answered)


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


def _finish(
    way: Way, session: Session, actor: Actor, run: Run, reach: Reach, answered: dict[str, Any]
) -> None:
    """The file is there ({sha256, size, rows}): say so, and who got what, in one transaction."""
    changed = session.execute(
        sa.update(Run)
        .where(Run.id == run.id, Run.status == "running")
        .values(
            status="done",
            reach=reach.kept(),
            **answered,
            finished_at=sa.func.clock_timestamp(),
            expires_at=sa.func.clock_timestamp() + KEPT,
        )
        .execution_options(synchronize_session=False)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise Unwanted
    detail = {**told(run), **answered}
    log.record(session, actor, way.made, way.kind, str(run.uid), reason=run.reason or None, detail=detail)
    session.expire(run)


def fail(session: Session, uid: str, code: str) -> None:
    """The run will not be made, and why."""
    session.execute(
        text("""UPDATE report_run SET status = 'failed', problem = :code, finished_at = clock_timestamp()
                WHERE uid = CAST(:uid AS uuid) AND status IN ('queued', 'running')"""),
        {"uid": uid, "code": code},
    )


def give_up(way: Way, engine: Engine, _settings: Settings, job: Taken) -> None:
    """Every try failed."""
    with transaction(engine) as session:
        fail(session, job.payload[way.kind], "not_made")


# Fetching and forgetting


def get(session: Session, way: Way, uid: str) -> Run:
    """A run by its uuid; NotFound when absent, or somebody else's (auditors see all)."""
    run = get_by_uid(session, Run, uid)
    if run.kind != way.kind:
        raise not_found()
    return run


OF_THE_TRAIL = frozenset({"trail", "so_nhat_ky"})
"""Files that tell who did what: fetched by nobody who only found a session open."""


def fetch(session: Session, actor: Actor, root: Path, way: Way, run: Run) -> Path:
    """The file of a run that is done, its fetching on the trail.

    Raises Conflict when there is none (yet, or any more), and when the actor's rights became less since.
    """
    path = place_of(store(root), run.sha256 or "")
    if run.status != "done" or not path.is_file():
        raise Conflict(
            Words(
                "Không có tệp: chưa tạo xong, không tạo được, hoặc đã xóa sau bảy ngày. Lập lại nếu cần.",
                "There is no file: not made yet, failed, or deleted after seven days. Make it again if needed.",
            ),
            "no_file",
        )
    if not still_reaches(actor, way, run):
        words = Words(
            "Quyền của bạn nay hẹp hơn lúc tạo tệp này. Lập lại để lấy phần bạn được xem.",
            "Your rights are narrower than when this was made. Make it again for what you may see.",
        )
        raise Conflict(words, "less_reach")
    if run.form in OF_THE_TRAIL:
        require_recent(actor)
    detail = {"sha256": run.sha256, "what": run.form, "rows": run.rows}
    log.record(session, actor, way.fetched, way.kind, str(run.uid), detail=detail)
    return path


def still_reaches(actor: Actor, way: Way, run: Run) -> bool:
    """Whether the actor may still see everything that the file may hold; auditors read all."""
    if actor.may(Permission.AUDIT_TRAIL_READ):
        return True
    return Reach.of(actor, way.permission(run.form)).covers(Reach.read(run.reach or {}))


def forget(session: Session, root: Path) -> int:
    """Take away the files that were kept long enough; what was asked stays. Returns how many runs that were."""
    _sweep(store(root))
    if not session.scalar(
        sa.text("SELECT EXISTS (SELECT FROM report_run WHERE status = 'done' AND expires_at < now())")
    ):
        return 0
    _lock_store(session)
    gone = list(
        session.execute(
            text("""UPDATE report_run SET status = 'expired' WHERE status = 'done' AND expires_at < now()
                    RETURNING sha256""")
        ).scalars()
    )
    kept = set(
        session.execute(
            text("SELECT sha256 FROM report_run WHERE status = 'done' AND sha256 = ANY (:gone)"),
            {"gone": gone},
        ).scalars()
    )
    for digest in set(gone) - kept:
        place_of(store(root), digest).unlink(missing_ok=True)
    return len(gone)


def _sweep(place: Path) -> None:
    """Take away what lost workers left half written."""
    for half in place.glob(f"{HALF}*"):
        touched = max((one.stat().st_mtime for one in (half, *half.iterdir())), default=0)
        if time.time() - touched > ABANDONED:
            shutil.rmtree(half, ignore_errors=True)


# Showing


_SHOWN = """
    SELECT r.id AS key, r.uid::text AS id, :prefix || to_char(r.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYYY')
            || '-' || lpad(r.id::text, 5, '0') AS number, r.form, r.version, r.parameters, r.format, r.as_of,
        r.known_at, r.reason, r.status, r.problem, r.rows, r.size, r.sha256, r.created_at, r.finished_at, r.expires_at,
        a.display_name AS created_by, j.done, j.total, f.uid::text AS repeats, r.sha256 = f.sha256 AS same
    FROM report_run r JOIN app_user a ON a.id = r.created_by JOIN job j ON j.uid = r.uid
    LEFT JOIN report_run f ON f.id = r.repeats
    WHERE r.kind = :kind"""


def show(session: Session, way: Way, run: Run, language: str = "vi") -> dict[str, Any]:
    """A run as programs see it; `progress` are rows written, of how many (0: not known yet).

    `same`: whether a repetition has the bytes of the first run; null while it is not done.
    """
    row = session.execute(text(f"{_SHOWN} AND r.id = :run"), {**_of(way), "run": run.id}).one()
    return _shown(way, row, language)


def _of(way: Way) -> dict[str, str]:
    return {"kind": way.kind, "prefix": f"{way.prefix}-"}


def _shown(way: Way, row: Any, language: str) -> dict[str, Any]:
    shown = dict(row._mapping)
    shown.pop("key")
    problem = shown.pop("problem")
    progress = {"done": shown.pop("done"), "total": shown.pop("total")}
    return shown | {
        "title": way.title(row.form).said_in(language),
        "progress": progress,
        "problem": problem and {"code": problem, "message": PROBLEMS[problem].said_in(language)},
    }


def list_runs(
    session: Session,
    way: Way,
    *,
    before: int | None = None,
    limit: int = 50,
    language: str = "vi",
    form: str | None = None,
) -> tuple[list[dict[str, Any]], int | None]:
    """The runs the reader sees, newest first, maybe of one form; and the key after which the next page begins."""
    found = session.execute(
        text(f"""{_SHOWN} AND (CAST(:before AS bigint) IS NULL OR r.id < :before)
            AND (CAST(:form AS text) IS NULL OR r.form = :form) ORDER BY r.id DESC LIMIT :limit"""),
        {**_of(way), "before": before, "form": form, "limit": limit + 1},
    ).all()
    following = found[limit - 1].key if len(found) > limit else None
    return [_shown(way, row, language) for row in found[:limit]], following


def count_runs(session: Session, way: Way, *, exact: bool = False, form: str | None = None) -> int:
    """How many runs the reader sees; stops just past 1000 unless `exact`."""
    stop = "" if exact else "LIMIT 1001"
    counted: int = session.execute(
        text(f"""SELECT count(*) FROM (SELECT 1 FROM report_run WHERE kind = :kind
            AND (CAST(:form AS text) IS NULL OR form = :form) {stop}) n"""),
        {"kind": way.kind, "form": form},
    ).scalar_one()
    return counted
