"""The check of it all, from content: events → leaves → tree → signed heads → tiles → receipts, and rows → their seals.

Reads as the role that audits, in one snapshot, with statements of its own over built-in functions. What it finds is located:
which event, place, head, or row. docs/trail.md says the same to whoever writes another.
"""

import hashlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.x509 import load_pem_x509_certificates
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from registry.audit import log
from registry.audit.encoding import encode, leaf_hash, texts
from registry.audit.notes import Head, NoteError, Verifier, open_note
from registry.audit.tree import HEIGHT, WIDTH, Frontier, fold
from registry.db import EVERYTHING, transaction
from registry.officials.facts import FACTS
from registry.trail import files, kept, sealing
from registry.trail.kinds import FORM, KINDS, Kind
from registry.trail.sequencing import DEMO

LATE = timedelta(hours=1)
"""How long an event may wait for its transaction to commit; one that comes later was put in by another way."""
SHOWN = 20
"""Findings of one kind that are told one by one; of the others only how many."""
CHUNK = 500
LEAVES = 20_000
A = log.Action
STATUS_AFTER = {
    A.CHANGE_DRAFT: "draft",
    A.CHANGE_EDIT: "draft",
    A.CHANGE_SUBMIT: "submitted",
    A.CHANGE_APPROVE: "approved",
    A.CHANGE_RETURN: "returned",
    A.CHANGE_REJECT: "rejected",
    A.CHANGE_WITHDRAW: "withdrawn",
}


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be. `where` names event, place, head (size), file, change, account, or rows."""

    code: str
    message: str
    where: dict[str, Any]


@dataclass
class Report:
    """What was looked at and found; `findings` tells SHOWN of a kind, `counts` how many of each there are. `objects` are those that
    live, by kind (`registry.trail.kinds`), accounts apart; `kept_files` those whose bytes were read, None when none were asked for."""

    events: int = 0
    waiting: int = 0
    heads: int = 0
    outside_heads: int = 0
    changes: int = 0
    accounts: int = 0
    objects: dict[str, int] = field(default_factory=dict)
    kept_files: int | None = None
    newest_head: int = 0
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def ok(self) -> bool:
        """Nothing was found."""
        return not self.counts

    def find(self, code: str, message: str, **where: Any) -> None:
        """Add a finding."""
        self.counts[code] += 1
        if self.counts[code] <= SHOWN:
            self.findings.append(Finding(code, message, where))

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        told = {name: value for name, value in vars(self).items() if name not in ("findings", "counts")}
        return {
            "ok": self.ok,
            **told,
            "counts": dict(self.counts),
            "findings": [asdict(one) for one in self.findings],
        }


@dataclass(frozen=True)
class Outside:
    """What a check compares the database with: our own files, and copies that somebody else kept (files or folders of heads);
    `authority` holds the root certificates (PEM) of the time-stamp authority; `kept` is the folder of kept files, None: their bytes are
    not read, and `told` hears how many of how many were."""

    folder: Path | None
    copies: tuple[Path, ...] = ()
    authority: Path | None = None
    kept: Path | None = None
    told: Callable[[int, int], None] = lambda done, of: None


def verify(audit: Engine, verifier: Verifier, outside: Outside) -> Report:
    """Check everything; `audit` connects as the role that audits."""
    report = Report()
    engine = audit.execution_options(isolation_level="REPEATABLE READ")
    with transaction(engine, EVERYTHING) as session:
        session.execute(text("SET TRANSACTION READ ONLY"))
        session.execute(text("SET LOCAL TIME ZONE 'UTC'"))
        heads = _heads(session, verifier, outside, report)
        _check_log(session, heads, outside.folder, _published(outside.folder, verifier), report)
        _check_waiting(session, heads, report)
        _check_receipts(session, outside, report)
        _check_changes(session, report)
        for kind in KINDS:
            _check_living(session, kind, report)
        kept.check_imports(session, report)
        digests = kept.digests(session) if outside.kept else {}
    if outside.kept is not None:
        kept.check_files(outside.kept, digests, outside.told, report)
    return report


# Heads


@dataclass(frozen=True)
class Known:
    """A head and who told of it."""

    head: Head
    source: str
    outside: bool


def _heads(session: Session, verifier: Verifier, outside: Outside, report: Report) -> list[Known]:
    """Every head that is told anywhere, by size; those that are not signed by the log are findings."""
    known: dict[tuple[int, bytes], Known] = {}
    seen: set[str] = set()

    def take(note: str, source: str, is_outside: bool, told: tuple[int, bytes] | None = None) -> None:
        report.outside_heads += is_outside
        if note in seen and told is None:
            return
        try:
            head = open_note(note, verifier)
        except NoteError as error:
            report.find("head_not_signed", f"a head that the log did not sign: {error}", source=source)
            return
        seen.add(note)
        if told not in (None, (head.size, head.root)):
            report.find(
                "head_row_altered", "a row says other than its signed head", source=source, head=head.size
            )
        known.setdefault((head.size, head.root), Known(head, source, is_outside))

    rows = session.execute(text("SELECT size, root, note FROM audit_head ORDER BY size")).all()
    for row in rows:
        take(row.note, f"database, head {row.size}", False, (row.size, bytes(row.root)))
    report.heads = len(rows)
    places = [(one, True) for one in outside.copies]
    if outside.folder is not None:
        places += [(outside.folder / files.HEADS, False), (outside.folder / files.CHECKPOINT, False)]
    for place, is_outside in places:
        if not place.exists() and is_outside:
            report.find("copy_missing", "the copy to compare with is not there", source=str(place))
        for source, note in files.read_heads(place) if place.exists() else ():
            take(note, source, is_outside)
    ordered = sorted(known.values(), key=lambda one: one.head.size)
    for before, after in itertools.pairwise(ordered):
        if before.head.size == after.head.size:
            report.find(
                "two_heads",
                "two signed heads of one size: the log showed two histories",
                head=after.head.size,
                sources=[before.source, after.source],
            )
    report.newest_head = ordered[-1].head.size if ordered else 0
    return ordered


# The log


class _Walk:
    """The leaves in their order: the tree grows with them, heads and tiles are held against it as they are reached."""

    def __init__(self, heads: Sequence[Known], folder: Path | None, published: int, report: Report) -> None:
        self.report, self.folder, self.published = report, folder, published
        self.tree = Frontier()
        self.heads = list(heads)
        self.good: Head | None = None
        self.bad: Known | None = None
        self.tiles: list[list[bytes]] = [[]]
        self.tile_at = [0]
        self.differs_at: int | None = None

    def add(self, leaf: bytes) -> None:
        """The next leaf."""
        self.tree.append(leaf)
        self._tile(0, leaf)
        while self.heads and self.heads[0].head.size == self.tree.size:
            self._hold(self.heads.pop(0))

    def on_disk(self, place: int) -> bytes:
        """The leaf that the published tiles know at a place; nothing (32 zeros) when they do not."""
        number = place // WIDTH
        width = min(WIDTH, self.published - number * WIDTH)
        kept = files.read_tile(self.folder, 0, number, width) if self.folder and width > 0 else None
        return kept[place % WIDTH] if kept and place % WIDTH < len(kept) else bytes(32)

    def _hold(self, known: Known) -> None:
        if self.tree.root() == known.head.root and self.bad is None:
            self.good = known.head
            return
        if self.bad is None:
            self.bad = known

    def _tile(self, level: int, hash_: bytes) -> None:
        while len(self.tiles) <= level:
            self.tiles.append([])
            self.tile_at.append(0)
        self.tiles[level].append(hash_)
        if len(self.tiles[level]) == WIDTH:
            whole = self.tiles[level]
            self._compare(level, self.tile_at[level], whole)
            self.tiles[level], self.tile_at[level] = [], self.tile_at[level] + 1
            self._tile(level + 1, fold(whole))

    def _compare(self, level: int, number: int, hashes: list[bytes]) -> None:
        """Hold a tile on disk against the log, as far as it was published."""
        width = min(WIDTH, (self.published >> (HEIGHT * level)) - number * WIDTH)
        if self.folder is None or width <= 0 or width > len(hashes):
            return
        kept = files.read_tile(self.folder, level, number, width)
        if kept is None:
            self.report.find("tile_missing", "a tile that was published is not there", tile=[level, number])
        elif kept != hashes[:width]:
            at = next(
                (i for i, one in enumerate(hashes[:width]) if i >= len(kept) or kept[i] != one), len(kept)
            )
            place = number * WIDTH + at
            if level == 0 and self.differs_at is None:
                self.differs_at = place
            self.report.find(
                "tile_differs", "a published tile says other than the log", tile=[level, number], first=place
            )

    def finish(self) -> None:
        """At the end: the tiles that are not full, and the first head that does not fit, located by what tiles say."""
        for level, hashes in enumerate(self.tiles):
            if hashes:
                self._compare(level, self.tile_at[level], hashes)
        if self.bad is None:
            return
        good = self.good.size if self.good else 0
        where: dict[str, Any] = {"head": self.bad.head.size, "source": self.bad.source, "good_up_to": good}
        if self.differs_at is not None and good <= self.differs_at < self.bad.head.size:
            where["place"] = self.differs_at
        self.report.find(
            "head_mismatch", "the log is not the one whose head was signed: leaves differ in between", **where
        )


def _published(folder: Path | None, verifier: Verifier) -> int:
    """How many leaves the tiles on disk are about."""
    try:
        head = files.read_checkpoint(folder, verifier) if folder else None
    except NoteError:  # told already, with the heads
        return 0
    return head.size if head else 0


def _check_log(
    session: Session, heads: list[Known], folder: Path | None, published: int, report: Report
) -> None:
    walk = _Walk(heads, folder, published, report)
    times = [(one.head.size, one.head.at) for one in heads]
    not_before: datetime | None = None
    for row in _leaves(session):
        place, event, kept = row[0], row[1], bytes(row[2])
        if place < walk.tree.size:
            report.find("event_doubled", "two events of one number", event=event, place=place)
            continue
        while walk.tree.size < place:
            report.find("leaf_missing", "a place of the log is empty", place=walk.tree.size)
            walk.add(walk.on_disk(walk.tree.size))
        while times and times[0][0] <= place:
            not_before = times.pop(0)[1]
        if row.moment is None:
            report.find("event_missing", "an event that has a place is not there", event=event, place=place)
        elif leaf_hash(encode(row[3:-1])) != kept:
            report.find(
                "event_altered", "an event is not what it was when it got its place", event=event, place=place
            )
        elif not_before is not None and row.moment < not_before - LATE:
            report.find(
                "event_backdated",
                "an event entered the log long after the time that it tells",
                event=event,
                place=place,
                tells=row.moment.isoformat(),
                head_before=not_before.isoformat(),
            )
        walk.add(kept)
    walk.finish()
    report.events = walk.tree.size
    if walk.heads:
        lost = walk.heads[-1]
        report.find(
            "log_truncated",
            "a signed head covers more events than the log holds",
            head=lost.head.size,
            source=lost.source,
            holds=walk.tree.size,
            first_missing_place=walk.tree.size,
        )


def _leaves(session: Session) -> Iterator[Any]:
    """(place, event id, leaf hash, the fields as texts, the moment) of every leaf with its event, in the order of places.

    By so many places at a time: their events lie close together by id, and are found by that.
    """
    beyond = session.scalar(text("SELECT coalesce(max(place) + 1, 0) FROM audit_leaf")) or 0
    for low in range(0, beyond, LEAVES):
        yield from session.execute(
            text(f"""WITH l AS MATERIALIZED (SELECT * FROM audit_leaf WHERE place >= :low AND place < :high)
                SELECT l.place, l.event_id, l.hash, {texts()}, e.at AS moment FROM l
                LEFT JOIN audit_event e ON e.id = l.event_id AND e.id BETWEEN (SELECT min(event_id) FROM l)
                    AND (SELECT max(event_id) FROM l)
                ORDER BY l.place, e.at"""),
            {"low": low, "high": low + LEAVES},
        )


def _check_waiting(session: Session, heads: list[Known], report: Report) -> None:
    """Events without a place: those of the last moments may wait, none of before."""
    settled = session.scalar(text("SELECT settled FROM audit_progress")) or 0
    newest = max((one.head.at for one in heads), default=None)
    rows = session.execute(
        text("""SELECT e.id, e.at FROM audit_event e
            WHERE NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.id) ORDER BY e.id"""),
        execution_options={"yield_per": 5000},
    )
    for row in rows:
        report.waiting += 1
        if row.id <= settled or (newest is not None and row.at < newest - LATE):
            report.find(
                "event_without_place",
                "an event that the log never took in, though it had passed it",
                event=row.id,
                tells=row.at.isoformat(),
            )


# Receipts


def _check_receipts(session: Session, outside: Outside, report: Report) -> None:
    """Each receipt must be over the note of its head, and (with the authority's certificates) signed by the authority."""
    check = _authority(outside.authority)
    rows = session.execute(
        text("""SELECT a.size, a.receipt, h.note FROM audit_anchor a LEFT JOIN audit_head h ON h.size = a.size
            WHERE a.receipt IS NOT NULL ORDER BY a.size""")
    ).all()
    for row in rows:
        if row.note is not None and not check(bytes(row.receipt), row.note.encode()):
            report.find("receipt_wrong", "a time stamp is not over the head it stands for", head=row.size)


def _authority(certificates: Path | None) -> Callable[[bytes, bytes], bool]:
    verifier = None
    if certificates is not None:
        builder = VerifierBuilder()
        for one in load_pem_x509_certificates(certificates.read_bytes()):
            builder = builder.add_root_certificate(one)
        verifier = builder.build()

    def holds(receipt: bytes, note: bytes) -> bool:
        try:
            told = decode_timestamp_response(receipt)
            if told.tst_info.message_imprint.message != hashlib.sha256(note).digest():
                return False
            return verifier is None or bool(verifier.verify_message(told, note))
        except (ValueError, VerificationError):
            return False

    return holds


# Rows of the registry and their seals


@dataclass(frozen=True)
class Seal:
    """A seal in the log."""

    event: int
    place: int | None
    rows: dict[str, Any]
    form: int


def _seals(session: Session, object_type: str, names: Sequence[str]) -> dict[str, list[Seal]]:
    """The seals of objects by name, oldest first."""
    rows = session.execute(
        text("""SELECT e.object_id, e.id, l.place, e.detail FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
            WHERE e.action = :seal AND e.object_type = :type AND e.object_id = ANY (:names) ORDER BY e.id"""),
        {"seal": A.TRAIL_SEAL.value, "type": object_type, "names": list(names)},
    )
    found: dict[str, list[Seal]] = {}
    for name, event, place, detail in rows:
        found.setdefault(name, []).append(Seal(event, place, detail.get("rows", {}), detail.get("form", 0)))
    return found


def _causes(session: Session, names: Sequence[str], action: log.Action) -> dict[str, list[int | None]]:
    """The places in the log of the events of an action about objects, by their names; None for one that has none yet."""
    rows = session.execute(
        text("""SELECT e.object_id, l.place FROM audit_event e LEFT JOIN audit_leaf l ON l.event_id = e.id
            WHERE e.object_id = ANY (:names) AND e.action = :action ORDER BY e.id"""),
        {"names": list(names), "action": action.value},
    )
    found: dict[str, list[int | None]] = {}
    for name, place in rows:
        found.setdefault(name, []).append(place)
    return found


def _check_changes(session: Session, report: Report) -> None:
    """Every approved change is as it was sealed, its seal has its cause, and no fact rests on anything else."""
    baseline = _baseline(session, report)
    if baseline is None:
        return
    for chunk in _chunks(
        session, "SELECT id, uid::text AS name, number, origin FROM change WHERE status = 'approved'"
    ):
        report.changes += len(chunk)
        names = [row.name for row in chunk]
        seals = _seals(session, "change", names)
        causes = _causes(session, names, A.CHANGE_APPROVE)
        content = _contents(session, chunk, seals)
        for row in chunk:
            _check_change(
                session,
                row,
                seals.get(row.name, []),
                causes.get(row.name, []),
                content[row.id],
                baseline,
                report,
            )
    _check_gone(session, report)
    _check_states(session, report)
    for kind in FACTS:
        _check_facts(session, kind, report)


def _baseline(session: Session, report: Report) -> int | None:
    """The event up to which seals tell what was there before the log; None before the log began."""
    rows = session.execute(
        text(
            "SELECT id, coalesce((detail->>'form')::int, 1) AS form FROM audit_event WHERE action = :baseline ORDER BY id"
        ),
        {"baseline": A.TRAIL_BASELINE.value},
    ).all()
    for before, after in itertools.pairwise(rows):
        if after.form <= before.form:  # one of a later form tells of what earlier seals did not cover
            report.find("second_baseline", "the log began a second time", event=after.id)
    return rows[0].id if rows else None


def _contents(
    session: Session, chunk: Sequence[Any], seals: dict[str, list[Seal]]
) -> dict[int, sealing.Found]:
    """The rows of changes as they are, each seen as the form of its seal sees them."""
    by_form: dict[int, list[int]] = {}
    for row in chunk:
        told = seals.get(row.name)
        by_form.setdefault(told[0].form if told else FORM, []).append(row.id)
    found: dict[int, sealing.Found] = {}
    for form, ids in by_form.items():
        found |= sealing.changes(session, ids, form=form)
    return found


def _check_change(
    session: Session,
    row: Any,
    seals: list[Seal],
    causes: list[int | None],
    found: sealing.Found,
    baseline: int,
    report: Report,
) -> None:
    where = {"change": row.number}
    if not seals:
        if None in causes:
            return  # approved a moment ago; the log has not come to it
        report.find("change_without_event", "an approved change that no event tells of", **where)
        return
    if len(seals) > 1:
        report.find("sealed_twice", "a second seal was put on a change", **where, event=seals[1].event)
    seal = seals[0]
    if seal.event > baseline and not causes and row.origin != "seed":
        report.find("change_without_event", "a sealed change that nobody approved", **where, event=seal.event)
    for one in sealing.compare(seal.rows, found):
        report.find(
            "rows_differ",
            "rows of an approved change are not as they were sealed",
            **where,
            part=one.part,
            seal_event=seal.event,
            seal_place=seal.place,
            sealed=one.sealed,
            found=one.found,
            rows=[one.first, one.last],
            suspects=_suspects(session, one),
        )


def _suspects(session: Session, one: sealing.Difference) -> list[int]:
    """Of the rows of a block those that another transaction wrote last than most: a hint, lost when a dump is restored."""
    table = f"fact_{one.part.removesuffix(' closed')}"
    if one.first is None or one.part.removesuffix(" closed") not in FACTS or one.part.endswith(" closed"):
        return [] if one.first is None else [one.first] if one.first == one.last else []
    rows = session.execute(
        text(f"""WITH block AS (SELECT id, xmin::text AS writer, recorded_to IS NULL AS open FROM {table}
                WHERE id BETWEEN :first AND :last AND change_id = (SELECT change_id FROM {table} WHERE id = :first))
            SELECT id FROM block WHERE open AND (writer <> (SELECT writer FROM block GROUP BY writer ORDER BY count(*) DESC LIMIT 1)
                OR (SELECT count(*) FROM block) = 1) ORDER BY id LIMIT :most"""),
        {"first": one.first, "last": one.last, "most": SHOWN},
    ).scalars()
    return list(rows)


def _check_gone(session: Session, report: Report) -> None:
    """Changes that were sealed and are not there, or not approved any more."""
    rows = session.execute(
        text("""SELECT e.id, e.object_id FROM audit_event e WHERE e.action = :seal AND e.object_type = 'change'
            AND NOT EXISTS (SELECT FROM change c WHERE c.uid::text = e.object_id AND c.status = 'approved')"""),
        {"seal": A.TRAIL_SEAL.value},
    )
    for event, name in rows:
        report.find(
            "change_gone", "an approved change is gone, or not approved any more", change=name, event=event
        )


def _check_states(session: Session, report: Report) -> None:
    """The state of a change is the one its last event left it in."""
    expected = ", ".join(f"('{action.value}', '{status}')" for action, status in STATUS_AFTER.items())
    rows = session.execute(
        text(f"""WITH after (action, status) AS (VALUES {expected}),
                last AS (SELECT DISTINCT ON (e.object_id) e.object_id, e.id, a.status FROM audit_event e
                    JOIN after a ON a.action = e.action WHERE e.object_type = 'change' ORDER BY e.object_id, e.id DESC)
            SELECT c.number, c.status, l.status AS told, l.id FROM last l JOIN change c ON c.uid::text = l.object_id
            WHERE c.status <> l.status""")
    )
    for row in rows:
        report.find(
            "state_without_event",
            "a change is in a state that no event brought it to",
            change=row.number,
            state=row.status,
            told=row.told,
            event=row.id,
        )


def _check_facts(session: Session, kind: str, report: Report) -> None:
    """No fact entered, none was closed, but by an approved change."""
    rows = session.execute(
        text(f"""SELECT f.id, f.change_id, f.closed_by FROM fact_{kind} f LEFT JOIN change c ON c.id = f.change_id
                LEFT JOIN change x ON x.id = f.closed_by
            WHERE c.status IS DISTINCT FROM 'approved'
                OR (f.closed_by IS NOT NULL AND x.status IS DISTINCT FROM 'approved') ORDER BY f.id""")
    )
    for row in rows:
        report.find(
            "fact_without_event",
            "a fact that no approved change entered or closed",
            table=f"fact_{kind}",
            row=row.id,
            change_id=row.change_id,
            closed_by=row.closed_by,
        )


def _check_living(session: Session, kind: Kind, report: Report) -> None:
    """Every object of a kind is as its last seal says, and each later seal has a cause."""
    if (session.scalar(text("SELECT form FROM audit_progress")) or 0) < kind.since:
        return  # the log has not come to them
    loads = _causes(session, [DEMO], A.SEED_LOAD).get(DEMO, [])
    looked = 0
    for chunk in _chunks(
        session,
        f"SELECT id, name FROM (SELECT {kind.id}, {kind.called} FROM {kind.source} WHERE {kind.holds}) o (id, name) WHERE true",
    ):
        looked += len(chunk)
        names = [row.name for row in chunk]
        seals = _seals(session, kind.name, names)
        causes = _causes_of(session, kind, names)
        content = _found(session, kind, chunk, seals)
        for row in chunk:
            told = [*causes.get(row.name, []), *loads]
            _check_object(kind, row.name, seals.get(row.name, []), told, content[row.id], report)
    if kind.label == "account":
        report.accounts = looked
    else:
        report.objects[kind.label] = looked
    rows = session.execute(
        text(f"""SELECT e.id, e.object_id FROM audit_event e WHERE e.action = :seal AND e.object_type = :type
            AND NOT EXISTS (SELECT FROM {kind.source} WHERE {kind.called} = e.object_id)"""),
        {"seal": A.TRAIL_SEAL.value, "type": kind.name},
    )
    for event, name in rows:
        report.find(
            f"{kind.label}_gone", "it is gone, or goes by another name", **{kind.label: name}, event=event
        )


def _causes_of(session: Session, kind: Kind, names: Sequence[str]) -> dict[str, list[int | None]]:
    """The places in the log of the events that altered objects of a kind, by their names; None for one that has none yet."""
    rows = session.execute(
        text(f"""SELECT e.action, e.object_type, e.object_id, e.official_id, l.place FROM audit_event e
            LEFT JOIN audit_leaf l ON l.event_id = e.id WHERE e.action = ANY (:actions) AND {kind.events} ORDER BY e.id"""),
        {"actions": [one.value for one in kind.causes], "type": kind.of_type, "names": list(names)},
    )
    found: dict[str, list[int | None]] = {}
    for row in rows:
        for name in kind.altered_by(row):
            found.setdefault(name, []).append(row.place)
    return found


def _found(
    session: Session, kind: Kind, chunk: Sequence[Any], seals: dict[str, list[Seal]]
) -> dict[int, sealing.Found]:
    """The rows of objects as they are, each seen as the form of its last seal sees them."""
    by_form: dict[int, list[int]] = {}
    for row in chunk:
        told = seals.get(row.name)
        by_form.setdefault(told[-1].form if told else FORM, []).append(row.id)
    found: dict[int, sealing.Found] = {}
    for form, ids in by_form.items():
        found |= sealing.living(session, kind, ids, form=form)
    return found


def _check_object(
    kind: Kind, name: str, seals: list[Seal], causes: list[int | None], found: sealing.Found, report: Report
) -> None:
    where = {kind.label: name}
    if None in causes:
        return  # altered a moment ago; the log has not come to it
    if not seals:
        report.find(f"{kind.label}_without_event", "it is there, and no event tells of it", **where)
        return
    for before, after in itertools.pairwise(seals):
        between = range(before.place or 0, after.place or 0)
        if not any(place in between for place in causes):
            report.find("sealed_twice", "a second seal that nothing caused", **where, event=after.event)
    for one in sealing.compare(seals[-1].rows, found):
        report.find(
            "rows_differ",
            "rows are not as they were sealed",
            **where,
            part=one.part,
            seal_event=seals[-1].event,
            seal_place=seals[-1].place,
            sealed=one.sealed,
            found=one.found,
            rows=[one.first, one.last],
        )


def _chunks(session: Session, statement: str) -> Iterator[list[Any]]:
    """The rows of a statement by id, so many at a time."""
    last = 0
    joined = "AND" if "WHERE" in statement else "WHERE"
    while True:
        rows = session.execute(
            text(f"{statement} {joined} id > :last ORDER BY id LIMIT :most"), {"last": last, "most": CHUNK}
        ).all()
        if not rows:
            return
        yield list(rows)
        last = rows[-1].id
