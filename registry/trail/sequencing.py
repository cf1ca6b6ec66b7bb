"""The sequencer: gives every committed event its place in the log, seals what it tells of, and signs a head over it all.

Single by an advisory lock. Events are written in the transactions of their deeds, which commit in any order: an event is
looked for by the lack of a place, above the mark up to which nothing can come any more (docs/trail.md, "Places").
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.types.json import Jsonb
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from registry.access.actor import SYSTEM
from registry.audit import log
from registry.audit.encoding import leaf_sql
from registry.audit.notes import NoteError, Signer
from registry.audit.proofs import tiles_of
from registry.audit.tree import HEIGHT, Tree, fold
from registry.db import transaction
from registry.trail import files, sealing
from registry.trail.kinds import CAUSES, FORM, KINDS, USER, Kind

LOCK = 7200120
AT_ONCE = 20_000
CHANGES_AT_ONCE = 500
OBJECTS_AT_ONCE = 5_000
DEMO = "demo"
A = log.Action
OF_PERSONS_TOKENS = (A.TOKEN_CREATE, A.TOKEN_END)
"""With each sign-in of a program as a person: nothing of an account that has no token of a program."""
BEHIND = "behind_its_files"
FOREIGN = "checkpoint_of_another_key"

logger = logging.getLogger("registry.trail")


@dataclass(frozen=True)
class Mark:
    """The newest event seen, and the transactions that were writing events at that moment: when they are over, no event up
    to the newest can appear any more."""

    newest: int
    writers: frozenset[str]


class Sequencer:
    """Keeps the mark between its turns; everything else is in the database and can be taken up by another."""

    def __init__(self, worker: Engine, audit: Engine, signer: Signer, folder: Path) -> None:
        self.worker, self.audit, self.signer, self.folder = worker, audit, signer, folder
        self._mark: Mark | None = None
        self._from = 0

    def turn(self) -> int:
        """Place what waits, sign a head when the log grew, and bring the files up to date. Returns how many were placed."""
        with transaction(self.worker) as session:
            if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
                return 0
            problem = self._problem(session)
            session.execute(
                text("UPDATE audit_progress SET problem = :problem WHERE problem IS DISTINCT FROM :problem"),
                {"problem": problem},
            )
            if problem:
                logger.error("trail.halted", extra={"error": problem})
                return 0
            placed = self._place(session)
            if placed:
                self._sign(session)
            files.publish_key(self.folder, self.signer.verifier)
        with transaction(self.worker) as session:
            files.publish(session, self.folder, self.signer.verifier)
        return placed

    def _problem(self, session: Session) -> str | None:
        """Why nothing may be signed: the files know a head that the database does not (it was set back)."""
        try:
            known = files.read_checkpoint(self.folder, self.signer.verifier)
        except NoteError:
            return FOREIGN
        if known is None:
            return None
        root = session.scalar(text("SELECT root FROM audit_head WHERE size = :size"), {"size": known.size})
        return None if root is not None and bytes(root) == known.root else BEHIND

    def _place(self, session: Session) -> int:
        over = self._mark is not None and not (self._mark.writers & _writers(session))
        settled, form = session.execute(text("SELECT settled, form FROM audit_progress")).one()
        events = self._enter(session, max(settled, self._from))
        placed = len(events)
        if placed or form < FORM:
            # What a seal tells of was committed before its event was seen: it is read after that, in another transaction.
            with transaction(self.audit) as reader:
                made = self._seal(session, reader, events, form)
            # Only these: what others have written meanwhile has not been asked for its seals.
            placed += len(self._enter(session, made[0] - 1, made)) if made else 0
        if len(events) == AT_ONCE:  # more waits: the next turn goes on from here
            self._from = max(events)
            return placed
        self._from = 0
        if over and self._mark is not None:
            session.execute(
                text("UPDATE audit_progress SET settled = :newest"), {"newest": self._mark.newest}
            )
        if over or self._mark is None:
            newest = session.scalar(text("SELECT coalesce(max(id), 0) FROM audit_event"))
            self._mark = Mark(newest, _writers(session))
        return placed

    def _enter(self, session: Session, above: int, only: list[int] | None = None) -> list[int]:
        """Places for the events above an id that have none (of `only` these), in the order of their ids; their ids."""
        rows = session.execute(
            text(f"""INSERT INTO audit_leaf (place, event_id, event_at, hash)
                SELECT (SELECT coalesce(max(place) + 1, 0) FROM audit_leaf) + row_number() OVER (ORDER BY e.id) - 1, e.id, e.at,
                    {leaf_sql()}
                FROM (SELECT * FROM audit_event e WHERE e.id > :above
                        AND (CAST(:only AS bigint[]) IS NULL OR e.id = ANY (:only))
                        AND NOT EXISTS (SELECT FROM audit_leaf l WHERE l.event_id = e.id) ORDER BY e.id LIMIT :most) e
                RETURNING event_id"""),
            {"above": above, "most": max(AT_ONCE, len(only or ())), "only": only},
        ).scalars()
        return list(rows)

    # Seals

    def _seal(self, session: Session, reader: Session, events: list[int], form: int) -> list[int]:
        """Events that tell the content of what these events were about, and of all that seals of the form reached so far do
        not cover; the ids of what was made."""
        causes = session.execute(
            text(
                "SELECT action, object_type, object_id, official_id FROM audit_event"
                " WHERE id = ANY (:ids) AND action = ANY (:causes)"
            ),
            {"ids": events, "causes": [one.value for one in (A.CHANGE_APPROVE, *CAUSES)]},
        ).all()
        seeded = any(one.action == A.SEED_LOAD and one.object_id == DEMO for one in causes)
        changes = _approved(reader, {one.object_id for one in causes if one.action == A.CHANGE_APPROVE})
        if form == 0 or seeded:
            changes |= _unsealed_changes(reader, seeded=form > 0)
        made = self._seal_changes(session, reader, changes)
        for kind in KINDS:
            objects = _altered(reader, kind, causes)
            if kind.since > form or seeded:
                objects |= _unsealed(reader, kind, seeded=seeded)
            made += _seal_living(session, reader, kind, objects)
        if form < FORM:
            made += _tell(
                session, [(A.TRAIL_BASELINE, "trail", "baseline", {"sealed": len(made), "form": FORM})]
            )
            session.execute(
                text("UPDATE audit_progress SET baseline = coalesce(baseline, :id), form = :form"),
                {"id": made[-1], "form": FORM},
            )
        return made

    def _seal_changes(self, session: Session, reader: Session, found: dict[int, str]) -> list[int]:
        made: list[int] = []
        ids = sorted(found)
        for start in range(0, len(ids), CHANGES_AT_ONCE):
            chunk = ids[start : start + CHANGES_AT_ONCE]
            content = sealing.changes(reader, chunk, form=FORM, kinds=sealing.kinds_of(reader, chunk))
            made += _write_seals(session, "change", {one: found[one] for one in chunk}, content)
        return made

    # Heads

    def _sign(self, session: Session) -> None:
        size = session.scalar(text("SELECT max(place) + 1 FROM audit_leaf")) or 0
        _keep_nodes(session, size)
        root = Tree(tiles_of(session), size).root()
        at = session.scalar(text("SELECT date_trunc('second', clock_timestamp())"))
        assert at is not None
        session.execute(
            text("INSERT INTO audit_head (size, root, at, note) VALUES (:size, :root, :at, :note)"),
            {"size": size, "root": root, "at": at, "note": self.signer.sign(size, root, at)},
        )


def _writers(session: Session) -> frozenset[str]:
    """The transactions that hold the lock which everybody takes before writing an event, our own apart."""
    rows = session.execute(
        text("""SELECT virtualtransaction FROM pg_locks WHERE locktype = 'relation' AND relation = 'audit_event'::regclass
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND mode = 'RowExclusiveLock' AND granted AND pid <> pg_backend_pid()""")
    ).scalars()
    return frozenset(rows)


def _keep_nodes(session: Session, size: int) -> None:
    """Keep the complete subtrees of 256, 65,536 … leaves that are new."""
    level = HEIGHT
    while count := size >> level:
        kept = session.scalar(
            text("SELECT coalesce(max(place) + 1, 0) FROM audit_node WHERE level = :level"), {"level": level}
        )
        tiles = tiles_of(session)
        rows = [
            {"level": level, "place": place, "hash": fold(tiles(level // HEIGHT - 1, place))}
            for place in range(kept or 0, count)
        ]
        if rows:
            session.execute(
                text("INSERT INTO audit_node (level, place, hash) VALUES (:level, :place, :hash)"), rows
            )
        level += HEIGHT


def _approved(reader: Session, uids: set[str]) -> dict[int, str]:
    """Id → uid of approved changes, by uid, that have no seal."""
    if not uids:
        return {}
    rows = reader.execute(
        text("""SELECT c.id, c.uid::text FROM change c WHERE c.uid = ANY (CAST(:uids AS uuid[])) AND c.status = 'approved'
            AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.object_type = 'change' AND s.object_id = c.id)"""),
        {"uids": sorted(uids)},
    )
    return dict(rows.all())


def _unsealed_changes(reader: Session, *, seeded: bool) -> dict[int, str]:
    """Id → uid of every approved change without a seal; `seeded`: of the demo's only."""
    rows = reader.execute(
        text("""SELECT c.id, c.uid::text FROM change c WHERE c.status = 'approved' AND (c.origin = 'seed' OR NOT :seeded)
            AND NOT EXISTS (SELECT FROM audit_seal s WHERE s.object_type = 'change' AND s.object_id = c.id)"""),
        {"seeded": seeded},
    )
    return dict(rows.all())


def _unsealed(reader: Session, kind: Kind, *, seeded: bool) -> dict[int, str]:
    """Id → name of every object of a kind without a seal; `seeded`: of the demo's accounts as well, which loading sets back."""
    rows = reader.execute(
        text(f"""SELECT {kind.id}, {kind.called} FROM {kind.source} WHERE {kind.holds} AND ({kind.anew} AND :seeded
            OR NOT EXISTS (SELECT FROM audit_seal s WHERE s.object_type = :type AND s.object_id = {kind.id}))"""),
        {"seeded": seeded, "type": kind.name},
    )
    return dict(rows.all())


def _altered(reader: Session, kind: Kind, causes: Sequence[Any]) -> dict[int, str]:
    """Id → name of the objects of a kind that events altered."""
    names = {name for one in causes for name in kind.altered_by(one)}
    if kind is USER:  # see OF_PERSONS_TOKENS
        signed_in = {one.object_id for one in causes if one.action in OF_PERSONS_TOKENS}
        names -= signed_in - {one.object_id for one in causes if one.action not in OF_PERSONS_TOKENS}
        names |= _programs(reader, signed_in)
    if not names:
        return {}
    rows = reader.execute(
        text(f"SELECT {kind.id}, {kind.called} FROM {kind.source} WHERE {kind.holds} AND {kind.named}"),
        {"names": sorted(names)},
    )
    return dict(rows.all())


def _programs(reader: Session, names: set[str]) -> set[str]:
    """Those of these accounts that have a token of a program."""
    if not names:
        return set()
    rows = reader.execute(
        text("""SELECT u.username FROM app_user u WHERE u.username = ANY (:names)
            AND EXISTS (SELECT FROM api_token t WHERE t.user_id = u.id AND t.scopes <> '{}')"""),
        {"names": sorted(names)},
    )
    return set(rows.scalars())


def _seal_living(session: Session, reader: Session, kind: Kind, objects: dict[int, str]) -> list[int]:
    """Seals of these objects as they are, so many at a time; the ids of the events."""
    made: list[int] = []
    ids = sorted(objects)
    for start in range(0, len(ids), OBJECTS_AT_ONCE):
        some = {one: objects[one] for one in ids[start : start + OBJECTS_AT_ONCE]}
        made += _write_seals(session, kind.name, some, sealing.living(reader, kind, sorted(some), form=FORM))
    return made


def _write_seals(
    session: Session, object_type: str, named: dict[int, str], content: dict[int, sealing.Found]
) -> list[int]:
    """A seal in the trail for each object, named as the trail names it, and its line in the index; the ids of the events."""
    if not named:
        return []
    ids = sorted(named)
    told = [
        (A.TRAIL_SEAL, object_type, named[one], {"form": FORM, "rows": sealing.said(content[one])})
        for one in ids
    ]
    events = _tell(session, told)
    session.execute(
        text("""INSERT INTO audit_seal (object_type, object_id, event_id)
            SELECT :type, * FROM unnest(CAST(:objects AS bigint[]), CAST(:events AS bigint[]))"""),
        {"type": object_type, "objects": ids, "events": events},
    )
    return events


def _tell(session: Session, told: Sequence[tuple[log.Action, str, str, dict[str, Any]]]) -> list[int]:
    """Events of the registry itself, in their order; their ids."""
    rows = session.execute(
        text("""INSERT INTO audit_event (actor_name, actor_role, action, object_type, object_id, detail)
            SELECT :name, :role, t.action, t.object_type, t.object_id, t.detail
            FROM jsonb_to_recordset(CAST(:told AS jsonb)) AS t (place int, action text, object_type text, object_id text,
                detail jsonb) ORDER BY t.place RETURNING id"""),
        {
            "name": SYSTEM.display_name,
            "role": SYSTEM.role,
            "told": Jsonb(
                [
                    {
                        "place": place,
                        "action": a.value,
                        "object_type": kind,
                        "object_id": name,
                        "detail": detail,
                    }
                    for place, (a, kind, name, detail) in enumerate(told)
                ]
            ),
        },
    ).scalars()
    return sorted(rows)
