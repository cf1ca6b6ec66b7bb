"""The demo registry: officials who could exist, each fact on a paper, on both clocks, the same for the same
seed."""

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from itertools import islice
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues.copying import copy_rows, cursor_of
from registry.catalogues.lists import items
from registry.config import LEAST_OFFICIALS
from registry.errors import Conflict, Invalid
from registry.organizations.staffing import Post
from registry.words import Words
from seed.assigning import Seat, assign
from seed.chance import generator, uid_of
from seed.corrections import Correction, correct
from seed.defects import Planting
from seed.dossier import FIELDS, KINDS, career_steps, complete
from seed.learning import learn
from seed.life import Fact, Life
from seed.merits import judge
from seed.papers import Batches
from seed.people import FAMILY, IDENTITY
from seed.places import TWO_TIERS_SINCE, Place
from seed.portraits import load_drawings
from seed.world import World

CHUNK = 2000
MANY = 5000
"""From so many officials on, constraints of the fact tables are taken off around the copying and put back."""
MAKER, CHECKER = "he-thong.lap", "he-thong.duyet"

WRITTEN: dict[str, tuple[str, ...]] = {
    "identity": IDENTITY,
    "status": ("status", "category", "recruited_by", "recruitment_mode", "reason"),
    "appointment": (
        "organization_id",
        "position",
        "job_position",
        "is_main",
        "event",
        "duties",
        "term_ends_on",
    ),
    "salary": (
        "rank",
        "step",
        "coefficient",
        "pay_percent",
        "overrun_percent",
        "reserve_coefficient",
        "rank_from",
        "rank_from_precision",
        "event",
    ),
    "allowance": ("allowance", "coefficient", "percent", "amount_vnd"),
    "qualification": (
        "level",
        "major",
        "school",
        "study_mode",
        "study_from",
        "study_from_precision",
        "study_to",
        "study_to_precision",
        "diploma_no",
    ),
    "political_theory": ("level", "school"),
    "state_management": ("level", "school"),
    "language": ("language", "level", "certificate"),
    "it_skill": ("level", "school"),
    "party": (
        "joined_on",
        "joined_on_precision",
        "official_on",
        "official_on_precision",
        "cell",
        "card_no",
        "party_post",
    ),
    "reward": ("form", "year", "reason"),
    "discipline": ("form", "authority", "reason", "step_delay_months", "promotion_block_months"),
    "evaluation": ("year", "grade", "score"),
    "family": FAMILY,
    "work_history": ("unit", "post", "place"),
}
"""The fields of the kinds that a career is told by."""
COLUMNS: dict[str, tuple[str, ...]] = {
    kind: (*fields, *FIELDS.get(kind, ())) for kind, fields in WRITTEN.items()
} | KINDS
"""The fields of each kind in the order in which the generation gives them."""
DECISION = ("id", "uid", "number", "issued_on", "effective_on", "issuer", "signer", "title", "basis")
CHANGE = (
    "id",
    "uid",
    "number",
    "status",
    "origin",
    "decision_id",
    "organization_id",
    "org_ord",
    "maker_id",
    "checker_id",
    "created_at",
    "submitted_at",
    "decided_at",
    "note",
)
OFFICIAL = ("id", "uid", "personal_id", "staff_code", "change_id", "recorded_from")
COMMON = (
    "id",
    "official_id",
    "valid_from",
    "valid_from_precision",
    "valid_to",
    "valid_to_precision",
    "recorded_from",
    "decision_id",
    "change_id",
    "supersedes",
)


def load_demo(
    session: Session,
    *,
    officials: int,
    seed: int,
    today: date,
    defects: tuple[str, ...] = (),
    every: int = 0,
) -> dict[str, Any]:
    """Make so many demo officials with everything about them; returns counts by kind.

    The same arguments give the same rows, byte for byte. Needs the catalogues and units, and a registry
    without officials: facts are never removed, so another demo needs another database. When the same demo is
    there already, nothing is done. `defects` are planted on known officials: `defect.NAME` → official id; once each, or again `every` so many.
    """
    note = f"Dữ liệu minh họa: {officials} hồ sơ, seed {seed}"
    if _there_already(session, note):
        return _counted(session)
    if today <= TWO_TIERS_SINCE:
        raise Invalid(
            Words("Dữ liệu minh họa cần ngày sau 01/07/2025.", "The demo needs a day after 1 July 2025."),
            "demo_today",
        )
    if officials < LEAST_OFFICIALS:
        raise Invalid(
            Words(
                f"Dữ liệu minh họa cần ít nhất {LEAST_OFFICIALS} hồ sơ, để đơn vị của mỗi tài khoản minh họa đều có người.",
                f"The demo needs at least {LEAST_OFFICIALS} officials, so that the unit of every demo account has people.",
            ),
            "demo_too_small",
        )
    ids = {table: _first_free(session, table) for table in ("official", "decision", "change")}
    world = World(session, seed, today, ids["decision"])
    seats = list(assign(world.places, officials, seed))
    tops = [world.places.by_code[code] for code in sorted({place.top for place, _ in seats})]
    users = _system_users(session)
    batches = Batches(seed, today, tops, world.papers, users, ids["change"], note)
    load_drawings(session, seed, users[0])
    maker = Maker(session, world, batches, ids["official"], Planting(defects, every))
    with _light(session, officials):
        _write_while_making(session, maker, seats)
    copy_rows(session, "change_event", ("change_id", "at", "actor_id", "step"), batches.events)
    _set_counters(session, maker.next_fact)
    _refresh(session, ids["official"], ids["official"] + len(seats), today)
    return _counted(session) | maker.planting.planted()


def _write_while_making(session: Session, maker: "Maker", seats: Iterable[Seat]) -> None:
    """Copy each chunk while the next one is made: the server's work and ours run side by side.

    Only one thread uses the session at a time: this one waits for the copying before it touches it again.
    """
    with ThreadPoolExecutor(1) as writer:
        writing: Future[None] | None = None
        for chunk in _chunks(seats, CHUNK):
            load = maker.make(chunk)
            if writing is not None:
                writing.result()
            writing = writer.submit(load.write, session)
        if writing is not None:
            writing.result()


def _there_already(session: Session, note: str) -> bool:
    """Whether this demo is loaded; raises Conflict when others are on the registry."""
    if not session.scalar(text("SELECT EXISTS (SELECT FROM official)")):
        return False
    if session.scalar(
        text("SELECT EXISTS (SELECT FROM change WHERE origin = 'seed' AND note = :note)"), {"note": note}
    ):
        return True
    raise Conflict(
        Words(
            "Hệ thống đã có hồ sơ; dữ liệu minh họa khác cần cơ sở dữ liệu mới.",
            "There are officials already; another demo needs another database.",
        ),
        "not_empty",
    )


def _first_free(session: Session, table: str) -> int:
    return int(session.scalar(text(f"SELECT coalesce(max(id), 0) + 1 FROM {table}")) or 1)


def _system_users(session: Session) -> tuple[int, int]:
    """The two accounts that the demo's changes name as maker and checker; nobody can sign in with them."""
    session.execute(
        text("""
        INSERT INTO app_user (username, password_hash, display_name, is_active, is_demo, created_at)
        SELECT name, '!', shown, false, true, '2022-12-31T17:00:00Z'
        FROM (VALUES (1, :maker, 'Hệ thống (lập)'), (2, :checker, 'Hệ thống (duyệt)'))
            AS u (place, name, shown)
        WHERE NOT EXISTS (SELECT FROM app_user WHERE username = name) ORDER BY place
    """),
        {"maker": MAKER, "checker": CHECKER},
    )
    found: dict[str, int] = dict(
        session.execute(
            text("SELECT username, id FROM app_user WHERE username IN (:a, :b)"), {"a": MAKER, "b": CHECKER}
        ).all()
    )
    return found[MAKER], found[CHECKER]


def _chunks(seats: Iterable[Seat], size: int) -> Iterator[list[Seat]]:
    waiting = iter(seats)
    while chunk := list(islice(waiting, size)):
        yield chunk


@dataclass
class Load:
    """The rows of one chunk, in the order in which they are written."""

    decisions: list[tuple[Any, ...]] = field(default_factory=list)
    changes: list[tuple[Any, ...]] = field(default_factory=list)
    officials: list[tuple[Any, ...]] = field(default_factory=list)
    facts: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {kind: [] for kind in COLUMNS})
    closing: dict[str, list[tuple[int, int, Any]]] = field(
        default_factory=lambda: {kind: [] for kind in COLUMNS}
    )
    corrected: dict[str, list[tuple[Any, ...]]] = field(
        default_factory=lambda: {kind: [] for kind in COLUMNS}
    )

    def write(self, session: Session) -> None:
        """Copy everything; mistaken facts are closed before those that replace them come in."""
        copy_rows(session, "decision", DECISION, self.decisions)
        copy_rows(session, "change", CHANGE, self.changes)
        copy_rows(session, "official", OFFICIAL, self.officials)
        for kind, columns in COLUMNS.items():
            copy_rows(session, f"fact_{kind}", (*COMMON, *columns), self.facts[kind])
            if self.closing[kind]:
                _close(session, kind, self.closing[kind])
                copy_rows(session, f"fact_{kind}", (*COMMON, *columns), self.corrected[kind])


def _close(session: Session, kind: str, rows: list[tuple[int, int, Any]]) -> None:
    with cursor_of(session) as cursor:
        cursor.execute(
            f"""UPDATE fact_{kind} f SET recorded_to = c.at, closed_by = c.change
                FROM unnest(%s::bigint[], %s::bigint[], %s::timestamptz[]) AS c (id, change, at)
                WHERE f.id = c.id""",
            [list(column) for column in zip(*rows, strict=True)],
        )


class Maker:
    """Makes people and turns them into rows, chunk by chunk."""

    def __init__(
        self, session: Session, world: World, batches: Batches, first_official: int, planting: Planting
    ) -> None:
        self.world, self.batches, self.planting = world, batches, planting
        self.next_official = first_official
        self.next_fact = int(session.scalar(text("SELECT nextval('fact_id_seq')")) or 1)
        self.numbers: dict[str, int] = {}
        self.careers = career_steps(
            {one.key: one.extra.get("salary_group", "") for one in items(session, "ranks")}
        )
        self.load = Load()

    def make(self, seats: Sequence[Seat]) -> Load:
        """The rows of so many people, with the papers and changes that are new with them."""
        self.load = Load()
        corrections = [one for place, post in seats for one in self._person(place, post)]
        for one, official, mistaken, place in corrections:
            self._correct(one, official, mistaken, place)
        self.load.decisions, self.world.papers.fresh = self.world.papers.fresh, []
        self.load.changes, self.batches.fresh = self.batches.fresh, []
        return self.load

    def _person(self, place: Place, post: Post) -> list[tuple[Correction, int, int, int]]:
        number = self.numbers[place.top] = self.numbers.get(place.top, 0) + 1
        chance = generator(self.world.seed, "official", self.next_official)
        life = Life(self.world, chance, place, post, f"{place.top}.{number:06d}")
        self._live(life)
        corrections = self._keep(life)
        self.next_official += 1
        return corrections

    def _live(self, life: Life) -> None:
        world = self.world
        self.planting.before(self.next_official)
        life.plan()
        self.planting.planned(life)
        registered = max(self.batches.first_days[life.place.top], life.recruited)
        life.stated_on = min(registered, world.yesterday)
        life.stays = life.settle()
        agency = life.agency_on(life.stated_on)
        life.statement = world.papers.own_statement(agency, life.stated_on, life.staff_code, life.person.name)
        life.serve()
        learn(life)
        judge(life)
        person, chance = life.person, life.chance
        life.add(
            "identity",
            person.born,
            None,
            life.statement,
            life.stated_on,
            world.people.identity(chance, person, world.today),
            person.born_precision,
        )
        known = set()
        for fields in world.people.family(chance, person, world.today, life.children):
            if fields[:3] not in known:  # nobody has two brothers of one name and year
                self._relative(life, fields)
                known.add(fields[:3])
        self.planting.after(life)
        complete(life, self.careers)

    def _relative(self, life: Life, fields: tuple[Any, ...]) -> None:
        """A family member; a child born later is on the statement of the end of that year."""
        start = date(max(fields[2], life.person.born.year), 1, 1)
        statement, stated = life.statement, life.stated_on
        if start.year > stated.year:
            stated = min(date(start.year, 12, 15), self.world.yesterday, life.horizon)
            statement = self.world.papers.own_statement(
                life.agency_on(stated), stated, life.staff_code, life.person.name
            )
        life.add("family", start, None, statement, stated, fields, "year")

    def _keep(self, life: Life) -> list[tuple[Correction, int, int, int]]:
        """Turn a life into rows; facts come on the registry with the batch of the month of their paper."""
        top = life.place.top
        registered = self.batches.place(top, life.stated_on)
        change, at = self.batches.change(top, registered)
        uid = uid_of(self.world.seed, "official", self.next_official)
        self.load.officials.append(
            (self.next_official, uid, life.person.personal_id, life.staff_code, change, at)
        )
        wrong = {id(one.fact): one for one in correct(life)}
        found = []
        for fact in life.facts:
            place = max(self.batches.place(top, fact.issued), registered)
            change, at = self.batches.change(top, place)
            one = wrong.get(id(fact))
            if one is not None and self._later(top, place) is not None:
                found.append((one, self.next_official, self.next_fact, place))
                fact = one.mistaken
            self.load.facts[fact.kind].append(self._row(fact, self.next_official, change, at, None))
        return found

    def _later(self, top: str, place: int) -> int | None:
        """A batch some months later in which a mistake was put right; None when there is none yet."""
        later = place + 2 + place % 5
        return later if later <= self.batches.last(top) else None

    def _row(
        self, fact: Fact, official: int, change: int, at: Any, supersedes: int | None
    ) -> tuple[Any, ...]:
        self.next_fact += 1
        return (
            self.next_fact - 1,
            official,
            fact.start,
            fact.start_precision,
            fact.end,
            fact.end_precision,
            at,
            fact.decision,
            change,
            supersedes,
            *fact.fields,
        )

    def _correct(self, one: Correction, official: int, mistaken: int, place: int) -> None:
        """A mistaken fact is closed, another takes its place, on a paper of its own."""
        later = self._later(one.life.place.top, place)
        assert later is not None
        change, at = self.batches.change(one.life.place.top, later)
        agency, day = one.life.place.agency or one.life.place, at.date()
        one.fact.decision = self.world.papers.decision(agency, "dinh_chinh", day, day)
        self.load.closing[one.fact.kind].append((mistaken, change, at))
        self.load.corrected[one.fact.kind].append(self._row(one.fact, official, change, at, mistaken))


def _set_counters(session: Session, next_fact: int) -> None:
    """Leave the sequences behind the rows that brought their own numbers."""
    for table in ("official", "decision", "change"):
        session.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)"),
            {"table": table, "last": _first_free(session, table) - 1},
        )
    session.execute(text("SELECT setval('fact_id_seq', :last)"), {"last": max(next_fact - 1, 1)})
    session.execute(
        text("SELECT setval('change_number_seq', (SELECT max(substr(number, 9)::int) FROM change))")
    )


class _light:
    """Around the copying of very many rows: exclusion and foreign keys of the fact tables come off and go
    back on.

    They are checked for all rows at once when they return, which costs a fraction of checking row by row.
    """

    def __init__(self, session: Session, officials: int) -> None:
        self.session, self.wanted = session, officials >= MANY
        self.taken: list[tuple[str, str, str]] = []

    def __enter__(self) -> None:
        if not self.wanted:
            return
        rows = self.session.execute(
            text("""
            SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid = ANY (ARRAY(SELECT ('fact_' || k)::regclass
                    FROM unnest(CAST(:kinds AS text[])) AS k))
                AND contype IN ('x', 'f') ORDER BY contype, conrelid, conname
        """),
            {"kinds": sorted(COLUMNS)},
        )
        self.taken = [(row[0], row[1], row[2]) for row in rows]
        for table, name, _ in self.taken:
            self.session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            for table, name, definition in self.taken:
                self.session.execute(text(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"))


def _refresh(session: Session, first: int, end: int, today: date) -> None:
    for start in range(first, end, 5000):
        session.execute(
            text(
                "SELECT registry_refresh_current(ARRAY(SELECT generate_series(CAST(:a AS bigint), :b)),"
                " :today)"
            ),
            {"a": start, "b": min(start + 5000, end) - 1, "today": today},
        )


def _counted(session: Session) -> dict[str, Any]:
    counts: dict[str, Any] = {}
    for table in ("official", "decision", "change", *(f"fact_{kind}" for kind in COLUMNS)):
        counts[table.removeprefix("fact_")] = session.scalar(text(f"SELECT count(*) FROM {table}"))
    return counts
