"""The life of an import: upload, check, submit as one change, undo by another. No record is written here."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.access.policy import Target, require
from registry.audit import log
from registry.bulk import queue
from registry.bulk.checking import Bounds, check_rows
from registry.bulk.fact_checking import KEEP_FACTS, check_facts
from registry.bulk.fact_sheet import others_of
from registry.bulk.fact_staging import stage_facts
from registry.bulk.kinds import KINDS, PEOPLE, said
from registry.bulk.models import Import
from registry.bulk.operations import enter_papers, put_operations
from registry.bulk.queries import COUNTED
from registry.bulk.reading import FileRefused, Table, inspect, open_table
from registry.bulk.sheet import OWN_SHEETS
from registry.bulk.staging import INCOMING, Staged, letters, read_header, stage
from registry.changes import moving
from registry.changes import services as changes
from registry.changes.models import Change
from registry.changes.moving import WRONG_STATE
from registry.documents.models import File
from registry.documents.services import place_of, store_file
from registry.errors import Conflict, Flaw, Invalid
from registry.officials.facts import FACTS
from registry.words import Words

JOB = "import.check"


# Upload


def upload(
    session: Session,
    actor: Actor,
    root: Path,
    *,
    name: str,
    content: bytes,
    kind: str,
    organization: str,
    dry_run: bool = False,
) -> Import:
    """Take in a file for a unit and queue its check. The same bytes for the same unit earlier on become a
    note.

    Raises FileRefused for a file that cannot be opened, Invalid for an unknown kind or a unit out of reach.
    """
    require(actor, Permission.BULK_IMPORT_WRITE)
    if kind not in KINDS:
        words = Words(f"Chọn một trong: {', '.join(KINDS)}.", f"One of: {', '.join(KINDS)}.")
        raise Invalid(words, "choice", [Flaw("kind", "choice", words)])
    unit = _unit(session, actor, organization)
    inspect(name, content)
    file = store_file(
        session,
        actor,
        root,
        name=name,
        content=content,
        permission=Permission.BULK_IMPORT_WRITE,
        kinds=(".xlsx", ".csv"),
    )
    import_ = Import(
        kind=kind,
        dry_run=dry_run,
        organization_id=unit.id,
        org_ord=unit.ord,
        file_id=file.id,
        created_by=actor.user_id,
        notes=_same_file(session, file, unit.id, kind),
    )
    session.add(import_)
    session.flush()
    session.refresh(import_)
    queue.enqueue(
        session, JOB, {"import": str(import_.uid), "username": actor.username}, created_by=actor.user_id
    )
    log.record(
        session,
        actor,
        log.Action.IMPORT_UPLOAD,
        "import",
        str(import_.uid),
        detail={"sha256": file.sha256, "organization": organization, "dry_run": dry_run},
    )
    return import_


def _unit(session: Session, actor: Actor, code: str) -> Any:
    row = session.execute(
        text("SELECT id, ord, last FROM organization WHERE code = :code"), {"code": code}
    ).one_or_none()
    if row is None or not actor.covers(Permission.BULK_IMPORT_WRITE, row.ord):
        words = Words(
            "Không có đơn vị với mã này trong phạm vi của bạn.", "No unit within your scope has this code."
        )
        raise Invalid(words, "unknown_unit", [Flaw("organization", "unknown_unit", words)])
    return row


def _same_file(session: Session, file: File, unit: int, kind: str) -> list[dict[str, Any]]:
    """A note that points to the last import of the same bytes, unless that was refused."""
    row = session.execute(
        text("""SELECT i.uid::text AS uid, i.status, (i.created_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS
            day
                FROM import_file i JOIN file f ON f.id = i.file_id
                WHERE f.sha256 = :sha256 AND i.organization_id = :unit AND i.kind = :kind AND i.status <>
                'refused'
                    AND NOT i.dry_run ORDER BY i.id DESC LIMIT 1"""),
        {"sha256": file.sha256, "unit": unit, "kind": kind},
    ).one_or_none()
    if row is None:
        return []
    return [
        {"code": "same_file", "detail": {"import": row.uid, "on": row.day.isoformat(), "status": row.status}}
    ]


# Check


def check(session: Session, actor: Actor, root: Path, import_: Import, today: date) -> Import:
    """Read the file and find everything wrong with it; the import becomes checked, or refused with its
    problem.

    Checking again starts afresh, so a check that was cut short can simply be repeated.
    """
    require(actor, Permission.BULK_IMPORT_WRITE, Target(org_ord=import_.org_ord))
    if import_.status not in ("queued", "checking", "checked"):
        raise Conflict(WRONG_STATE, "wrong_state")
    _forget_rows(session, import_)
    file = session.get_one(File, import_.file_id)
    form = "csv" if file.name.lower().endswith(".csv") else "xlsx"
    try:
        with open_table(_place(root, file), form) as table:
            _read(session, actor, import_, table, today, csv=form == "csv")
    except FileRefused as refused:
        return refuse(session, actor, import_, refused.code, refused.detail)
    if import_.rows == 0:
        return refuse(session, actor, import_, "no_rows", {})
    _judge(session, actor, import_, today)
    log.record(session, actor, log.Action.IMPORT_CHECK, "import", str(import_.uid), detail=counts(import_))
    return import_


def _place(root: Path, file: File) -> Path:
    """Where documents keep the bytes: the reading process opens the file itself."""
    return place_of(root, file.sha256)


def _stage(
    session: Session,
    actor: Actor,
    import_: Import,
    header: list[str],
    rows: Iterable[tuple[int, list[str]]],
    today: date,
    *,
    csv: bool,
    strict_width: bool,
) -> Staged:
    """The rows into staging, by the kind of the sheet."""
    columns = KINDS[import_.kind]
    if import_.kind == PEOPLE:
        return stage(session, columns, header, rows, today, strict_width=strict_width)

    reach = actor.ranges(Permission.BULK_IMPORT_WRITE)
    units: dict[str, tuple[int, bool]] = {}
    if FACTS[import_.kind].units():  # read beforehand: nothing can be asked while rows are copied
        units = {
            row.code: (row.id, any(low <= row.ord < high for low, high in reach))
            for row in session.execute(text("SELECT code, id, ord FROM organization"))
        }
    return stage_facts(
        session,
        import_.kind,
        (*columns, *others_of(FACTS[import_.kind])),
        header,
        rows,
        today,
        lambda code: units.get(code) or units.get(code.upper()),
        is_csv=csv,
        strict_width=strict_width,
    )


def _read(session: Session, actor: Actor, import_: Import, table: Table, today: date, *, csv: bool) -> None:
    """Header, notes and rows into the import and its staging."""
    columns = KINDS[import_.kind]
    header = read_header(columns, table.header, import_.kind)
    if header.problem is not None:
        code, detail = header.problem
        raise FileRefused(code, **detail)
    staged = _stage(session, actor, import_, header.columns, table.rows, today, csv=csv, strict_width=csv)
    notes = [one for one in import_.notes if one["code"] == "same_file"] + header.notes
    notes += [
        {"code": "untitled_column", "detail": {"letters": letters(place)}}
        for place in sorted(staged.untitled)
    ]
    notes += [
        {"code": "other_sheet", "detail": {"sheet": name}} for name in table.others if name not in OWN_SHEETS
    ]
    import_.sheet, import_.columns, import_.notes, import_.rows = (
        table.sheet,
        header.columns,
        notes,
        staged.rows,
    )


def refuse(session: Session, actor: Actor, import_: Import, code: str, detail: dict[str, Any]) -> Import:
    """The file as a whole cannot be imported: a problem and no counts."""
    _forget_rows(session, import_)
    import_.status, import_.problem = "refused", {"code": code, "detail": detail}
    for name in COUNTED:
        setattr(import_, name, None)
    session.flush()
    log.record(session, actor, log.Action.IMPORT_CHECK, "import", str(import_.uid), detail={"problem": code})
    return import_


def counts(import_: Import) -> dict[str, int | None]:
    """The numbers of a checked import; rows = new + changed + unchanged + rejected."""
    return {name: getattr(import_, name) for name in COUNTED}


def _forget_rows(session: Session, import_: Import) -> None:
    for table in ("import_finding", "import_row", "import_new", "import_planned"):
        session.execute(text(f"DELETE FROM {table} WHERE import_id = :import"), {"import": import_.id})


def _judge(session: Session, actor: Actor, import_: Import, today: date) -> None:
    """Check what is staged, then keep rows with their outcome, findings and what a submission needs."""
    unit = session.execute(
        text("SELECT ord, last FROM organization WHERE id = :unit"), {"unit": import_.organization_id}
    ).one()
    rows = import_.rows or 0
    bounds = Bounds(actor.ranges(Permission.BULK_IMPORT_WRITE), unit.ord, unit.last, today)
    if import_.kind == PEOPLE:
        check_rows(session, import_.columns, rows, bounds)
    else:
        check_facts(session, actor, import_.kind, import_.columns, rows, bounds)
    for statement in _KEEP if import_.kind == PEOPLE else KEEP_FACTS:
        session.execute(text(statement), {"import": import_.id})
    found = session.execute(text(_COUNT), {"import": import_.id}).one()
    import_.rows, import_.new, import_.changed, import_.unchanged, import_.rejected, import_.warnings = found
    import_.status, import_.problem = "checked", None
    import_.checked_at = sa.func.clock_timestamp()
    import_.checked_on, import_.checked_by = today, actor.user_id
    session.flush()


_ACCEPTED = "NOT EXISTS (SELECT 1 FROM import_found f WHERE f.row = i.row AND f.severity = 'error')"
_TYPED = [name for name in INCOMING if name != "organization"]
_KEEP = (
    f"""INSERT INTO import_row (import_id, row, cells, outcome, differs)
        SELECT :import, i.row, i.cells, CASE WHEN NOT {_ACCEPTED} THEN 'rejected' WHEN k.row IS NULL THEN
            'new'
            WHEN p.row IS NULL THEN 'unchanged' ELSE 'changed' END, p.differs
        FROM import_incoming i LEFT JOIN import_known k ON k.row = i.row
        LEFT JOIN (SELECT q.row, array_agg(d.title ORDER BY q.place, d.place) AS differs
            FROM import_plan q, unnest(q.differs) WITH ORDINALITY AS d(title, place)
            GROUP BY q.row) p ON p.row = i.row""",
    """INSERT INTO import_finding (import_id, row, "column", value, code, severity, detail)
        SELECT :import, row, title, value, code, severity, detail FROM import_found ORDER BY row, severity""",
    f"""INSERT INTO import_new (import_id, row, organization_id, {", ".join(_TYPED)})
        SELECT :import, i.row, u.id, {", ".join(f"i.{name}" for name in _TYPED)}
        FROM import_incoming i JOIN import_unit u ON u.code = i.organization
        WHERE NOT EXISTS (SELECT 1 FROM import_known k WHERE k.row = i.row) AND {_ACCEPTED}""",
    """INSERT INTO import_planned (import_id, row, place, version, action, official_id, kind, fact_id,
    valid_from,
            valid_from_precision, valid_to, valid_to_precision, fields, decision_number, issued_on)
        SELECT :import, p.row, p.place, k.version, p.action, p.official_id, p.kind, p.fact_id, p.valid_from,
            p.valid_from_precision, p.valid_to, p.valid_to_precision, p.fields, i.decision_number, i.issued_on
        FROM import_plan p JOIN import_known k ON k.row = p.row JOIN import_incoming i ON i.row = p.row""",
)
_COUNT = """
    SELECT count(*), count(*) FILTER (WHERE outcome = 'new'), count(*) FILTER (WHERE outcome = 'changed'),
        count(*) FILTER (WHERE outcome = 'unchanged'), count(*) FILTER (WHERE outcome = 'rejected'),
        (SELECT count(DISTINCT f.row) FROM import_finding f JOIN import_row r ON r.import_id = f.import_id
        AND r.row = f.row
            WHERE f.import_id = :import AND f.severity = 'warning' AND r.outcome <> 'rejected')
    FROM import_row WHERE import_id = :import"""


def check_again(session: Session, actor: Actor, import_: Import, today: date) -> Import:
    """Check the kept rows against the registry of now, without the file."""
    rows: Iterable[tuple[int, list[str]]] = [
        (row.row, row.cells)
        for row in session.execute(
            text("SELECT row, cells FROM import_row WHERE import_id = :import ORDER BY row"),
            {"import": import_.id},
        )
    ]
    is_csv = import_.sheet is None
    _stage(session, actor, import_, import_.columns, rows, today, csv=is_csv, strict_width=False)
    _forget_rows(session, import_)
    _judge(session, actor, import_, today)
    return import_


# Submit and undo


def submit(session: Session, actor: Actor, import_: Import, today: date, *, partial: bool = False) -> Change:
    """One submitted change with everything that the accepted rows bring.

    Raises Conflict while rows are rejected (unless `partial`), when there is nothing to bring, and for a
    dry run.
    Rows are checked anew first if the registry, the day or the actor is another than at the check.
    """
    require(actor, Permission.BULK_IMPORT_WRITE, Target(org_ord=import_.org_ord))
    session.refresh(import_, with_for_update=True)
    if import_.status != "checked":
        raise Conflict(WRONG_STATE, "wrong_state")
    if import_.dry_run:
        raise Conflict(
            Words(
                "Đây là lần kiểm tra thử. Tải tệp lên lần nữa, không chọn kiểm tra thử.",
                "This was a dry run. Upload the file again without it.",
            ),
            "dry_run",
        )
    rejected = import_.rejected
    if _is_stale(session, actor, import_, today):
        check_again(session, actor, import_, today)
    _refuse_unready(import_, rejected or 0, partial)
    papers = enter_papers(session, import_.id)
    change = _new_change(session, actor, import_, papers[0])
    put_operations(session, import_.id, change.id, papers)
    import_.change_id, import_.status = change.id, "submitted"
    session.flush()
    log.record(
        session,
        actor,
        log.Action.IMPORT_SUBMIT,
        "import",
        str(import_.uid),
        detail={**counts(import_), "change": change.number},
    )
    return changes.submit(session, actor, change, today)


def _is_stale(session: Session, actor: Actor, import_: Import, today: date) -> bool:
    """Whether the check no longer holds: another day or actor, staging lost, records or numbers moved."""
    if import_.checked_on != today or import_.checked_by != actor.user_id:
        return True
    return bool(
        session.execute(
            text("""SELECT (SELECT count(*) FROM import_new WHERE import_id = :import)
                    + (SELECT count(DISTINCT row) FROM import_planned WHERE import_id = :import) <> :new + :changed
                OR EXISTS (SELECT registry_taken((SELECT array_agg(n) FROM (
                    SELECT personal_id AS n FROM import_new WHERE import_id = :import
                    UNION ALL SELECT staff_code FROM import_new WHERE import_id = :import AND staff_code IS
                        NOT NULL) x)))
                OR EXISTS (SELECT 1 FROM import_planned p LEFT JOIN official o ON o.id = p.official_id
                    WHERE p.import_id = :import AND o.version IS DISTINCT FROM p.version)"""),
            {"import": import_.id, "new": import_.new, "changed": import_.changed},
        ).scalar_one()
    )


def _refuse_unready(import_: Import, rejected_before: int, partial: bool) -> None:
    new, changed, rejected = import_.new or 0, import_.changed or 0, import_.rejected or 0
    if rejected > rejected_before:
        raise Conflict(
            Words(
                f"Sổ đã thay đổi từ lúc kiểm tra: nay có {rejected} dòng lỗi. Kiểm tra lại tệp.",
                f"The registry changed since the check: {rejected} rows are wrong now. Check the file again.",
            ),
            "check_again",
        )
    if rejected and not partial:
        raise Conflict(
            Words(
                f"Còn {rejected} dòng có lỗi. Sửa tệp rồi tải lên lại,"
                f" hoặc lập đề nghị chỉ với {new + changed} dòng đúng.",
                f"{rejected} rows are wrong. Mend and upload again,"
                f" or submit the {new + changed} right ones only.",
            ),
            "rows_rejected",
        )
    if new + changed == 0:
        raise Conflict(
            Words("Không có dòng nào mới hoặc thay đổi để lập đề nghị.", "No row is new or changed."),
            "nothing_to_submit",
        )


def _new_change(session: Session, actor: Actor, import_: Import, paper: int) -> Change:
    """A draft for the import's unit."""
    file = session.get_one(File, import_.file_id)
    counted = f"{import_.new} người mới, {import_.changed} người có thay đổi"
    if import_.kind != PEOPLE:
        label = said(import_.kind).vi.lower()
        counted = f"{label}, {import_.new} mục mới, {import_.changed} mục sửa"
    note = f"Nhập từ tệp {file.name}: {counted}."
    change = moving.begin(
        session,
        actor,
        organization_id=import_.organization_id,
        org_ord=import_.org_ord,
        note=note,
        origin="import",
        paper_id=paper,
    )
    moving.put_step(session, actor, change, "draft")
    return change


def undo(session: Session, actor: Actor, import_: Import, today: date) -> Change:
    """A submitted change that restores the state before an applied import.

    Raises Conflict when there is one already.
    """
    require(actor, Permission.BULK_IMPORT_WRITE, Target(org_ord=import_.org_ord))
    session.refresh(import_, with_for_update=True)
    if import_.status != "applied" or import_.undo_change_id is not None:
        raise Conflict(WRONG_STATE, "wrong_state")
    file = session.get_one(File, import_.file_id)
    title = f"Hoàn tác lần nhập tệp {file.name}"
    reverse = changes.undo(session, actor, session.get_one(Change, import_.change_id), today, title=title)
    import_.undo_change_id = reverse.id
    session.flush()
    log.record(
        session, actor, log.Action.IMPORT_UNDO, "import", str(import_.uid), detail={"change": reverse.number}
    )
    return reverse
