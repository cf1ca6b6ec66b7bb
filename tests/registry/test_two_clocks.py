"""The two clocks against a plain replay: random histories of changes, every answer kept.

The replay knows nothing of SQL, ranges or ids: a fact is a run of cells between a few days, a belief is a
list of facts, a change turns one list into the next, and what was believed once is written down for good.
"""

import os
from dataclasses import dataclass
from datetime import date, datetime
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed
from hypothesis import example, given, settings
from hypothesis import strategies as st
from make import UNIT, coefficient, newcomer, paper
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import FIELD_CLASSES
from registry.changes import services
from registry.changes.apply import apply, hold, mark
from registry.errors import Conflict
from registry.officials.queries import Key, get_key, get_record
from registry.periods import AsOf

DAYS = [
    *(date(2018, 1, 1), date(2018, 1, 2), date(2018, 1, 3)),
    *(date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1)),
    *(date(2026, 11, 25), date(2026, 11, 26)),
]
"""Facts start and end on these; the last cell is open. Neighbours, in the past and around today."""
END = len(DAYS)
KINDS = ("salary", "allowance", "appointment", "reward")
ALLOWANCES = ("chuc_vu", "khu_vuc")
SEEN = FIELD_CLASSES["auditor"]


@dataclass(frozen=True, eq=False)
class Fact:
    """A fact of the replay: cells [start, end), what it says, by which paper. Equal only to itself."""

    kind: str
    start: int
    end: int
    says: tuple[Any, ...]
    paper: str

    def plain(self) -> tuple[Any, ...]:
        """Everything, to compare with what the registry tells."""
        return (
            self.kind,
            DAYS[self.start],
            None if self.end == END else DAYS[self.end],
            self.says,
            self.paper,
        )

    def rival(self, other: "Fact") -> bool:
        """Whether the two must not hold at the same time."""
        if self.kind != other.kind or self.kind == "reward":
            return False
        if self.kind == "allowance":
            return self.says[0] == other.says[0]
        return self.kind == "salary" or bool(self.says[1] and other.says[1])


@dataclass(frozen=True)
class Step:
    """One operation of a random history, before it is known what it can aim at. `end` None: left open."""

    action: str
    kind: str
    start: int
    end: int | None
    value: int
    turn: bool
    aim: int


def histories(kinds: tuple[str, ...]) -> st.SearchStrategy[list[list[Step]]]:
    """A few changes of a few steps each, on some kinds of facts."""
    step = st.builds(
        Step,
        st.sampled_from(["record", "record", "record", "correct", "end", "withdraw"]),
        st.sampled_from(kinds),
        st.integers(0, END - 1),
        st.none() | st.integers(1, END - 1),
        st.integers(0, 3),
        st.booleans(),
        st.integers(0, 9),
    )
    return st.lists(st.lists(step, min_size=1, max_size=5), min_size=3, max_size=7)


HISTORIES = st.sampled_from([KINDS, ("salary",), ("allowance",), ("appointment",)]).flatmap(histories)
"""One kind alone makes a crowd in which facts push each other; all kinds together must not."""


def said(kind: str, step: Step) -> tuple[Any, ...]:
    """What a new fact says."""
    match kind:
        case "salary":
            return (step.value + 1,)
        case "allowance":
            return (ALLOWANCES[step.turn], f"0.{step.value + 1}0")
        case "appointment":
            return (f"Việc {step.value}", not step.turn)
        case _:
            return (f"Thành tích {step.value}",)


def fields(kind: str, says: tuple[Any, ...]) -> dict[str, Any]:
    """The same as a program sends it."""
    match kind:
        case "salary":
            return {"rank": "01.003", "step": says[0], "coefficient": coefficient(says[0])}
        case "allowance":
            return {"allowance": says[0], "coefficient": says[1]}
        case "appointment":
            return {"organization": UNIT, "job_position": says[0], "is_main": says[1]}
        case _:
            return {"form": "cstd_cs", "reason": says[0]}


# The replay


def merged(believed: list[Fact], gone: list[Fact], came: list[Fact], cut: set[int]) -> list[Fact] | None:
    """The belief after a change, or None when it contradicts itself.

    `cut` are the places in `came` whose end was left open: they reach to the next known start of a rival.
    """
    rest = [one for one in believed if one not in gone]
    whole = []
    for place, one in enumerate(came):
        starts = [other.start for other in [*rest, *came] if one.rival(other) and other.start > one.start]
        whole.append(
            Fact(one.kind, one.start, min([END, *starts]), one.says, one.paper) if place in cut else one
        )
    for place, one in enumerate(whole):
        if any(one.rival(other) and meets(one, other) for other in whole[:place]):
            return None
    after = list(whole)
    for one in rest:
        rivals = [other for other in whole if one.rival(other) and meets(one, other)]
        after += pieces(one, rivals) if rivals else [one]
    return after


def meets(one: Fact, other: Fact) -> bool:
    """Whether two facts share a cell."""
    return one.start < other.end and other.start < one.end


def pieces(one: Fact, rivals: list[Fact]) -> list[Fact]:
    """What is left of a fact, run by run."""
    left = [cell for cell in range(one.start, one.end) if not any(r.start <= cell < r.end for r in rivals)]
    runs: list[list[int]] = []
    for cell in left:
        if runs and runs[-1][-1] == cell - 1:
            runs[-1].append(cell)
        else:
            runs.append([cell])
    return [Fact(one.kind, run[0], run[-1] + 1, one.says, one.paper) for run in runs]


# From abstract steps to one change


@dataclass
class Plan:
    """A change put together: what is sent, and the same for the replay."""

    number: str
    sent: list[dict[str, Any]]
    gone: list[Fact]
    came: list[Fact]
    cut: set[int]

    def bring(self, kind: str, start: int, end: int | None, says: tuple[Any, ...], paper: str) -> None:
        """A fact that comes; an end left open is cut later."""
        if end is None:
            self.cut.add(len(self.came))
        self.came.append(Fact(kind, start, END if end is None else end, says, paper))


def planned(
    steps: list[Step], believed: list[Fact], ids: dict[Fact, int], official: str, number: str
) -> Plan:
    """The steps that can be sent as one change: each aims at another believed fact and is in order."""
    plan = Plan(number, [], [], [], set())
    for step in steps:
        if step.action == "record":
            _record(plan, step, official)
            continue
        open_to = [one for one in believed if one.kind == step.kind and one not in plan.gone]
        if open_to:
            target = open_to[step.aim % len(open_to)]
            _on_target(plan, step, target, {"official": official, "kind": step.kind, "fact_id": ids[target]})
    return plan


def _dates(start: int | None, end: int | None) -> dict[str, Any]:
    sent = {} if start is None else {"valid_from": DAYS[start].isoformat()}
    return sent | ({} if end is None else {"valid_to": DAYS[end].isoformat()})


def _record(plan: Plan, step: Step, official: str) -> None:
    if step.end is not None and step.end <= step.start:
        return
    says = said(step.kind, step)
    named = {"action": "record", "official": official, "kind": step.kind}
    plan.sent.append(named | _dates(step.start, step.end) | fields(step.kind, says))
    plan.bring(step.kind, step.start, step.end, says, plan.number)


def _on_target(plan: Plan, step: Step, target: Fact, named: dict[str, Any]) -> None:
    if step.action == "withdraw":
        plan.sent.append({"action": "withdraw", "reason": "Ghi nhầm người", **named})
    elif step.action == "end":
        if step.end is None or step.end <= target.start:
            return
        plan.sent.append({"action": "end", **named} | _dates(None, step.end))
        plan.bring(step.kind, target.start, step.end, target.says, target.paper)
    else:
        start = step.start if step.turn else target.start
        kept = None if target.end == END else target.end
        end = step.end if step.turn and step.end is not None else kept
        if end is not None and end <= start:
            return
        says = target.says if step.value == 3 else said(step.kind, step)
        sent = _dates(start if step.turn else None, step.end if step.turn else None)
        plan.sent.append(
            {"action": "correct", **named} | sent | ({} if step.value == 3 else fields(step.kind, says))
        )
        plan.bring(step.kind, start, end, says, plan.number)
    plan.gone.append(target)


# What the registry holds and answers

COLUMNS = {
    "salary": "f.step",
    "allowance": "f.allowance, f.coefficient::text",
    "appointment": "f.job_position, f.is_main",
    "reward": "f.reason",
}


@dataclass(frozen=True)
class Row:
    """A stored fact."""

    id: int
    kind: str
    valid_from: date
    valid_to: date | None
    recorded_from: datetime
    recorded_to: datetime | None
    change_id: int
    closed_by: int | None
    supersedes: int | None
    paper: str
    says: tuple[Any, ...]

    def plain(self) -> tuple[Any, ...]:
        """As the replay says it."""
        return (self.kind, self.valid_from, self.valid_to, self.says, self.paper)

    def believed(self, at: datetime) -> bool:
        """Whether the registry believed it then."""
        return self.recorded_from <= at and (self.recorded_to is None or self.recorded_to > at)


def stored(session: Session, official: int) -> dict[int, Row]:
    """All rows of one official, closed ones too, by id."""
    found = {}
    for kind, says in COLUMNS.items():
        rows = session.execute(
            sa.text(f"""SELECT f.id, f.valid_from, f.valid_to, f.recorded_from, f.recorded_to, f.change_id,
                        f.closed_by, f.supersedes, d.number, {says} FROM fact_{kind} f
                        JOIN decision d ON d.id = f.decision_id WHERE f.official_id = :official"""),
            {"official": official},
        )
        for row in rows:
            found[row[0]] = Row(row[0], kind, *row[1:9], tuple(row[9:]))
    return found


def check_rows(before: dict[int, Row], after: dict[int, Row]) -> None:
    """Nothing is gone or altered, rows were closed at most once, and rivals never overlap on both clocks."""
    for number, was in before.items():
        now = after[number]
        if was.recorded_to is not None:
            assert now == was
        else:
            assert now.recorded_to is None or now.closed_by is not None
            assert (now.plain(), now.recorded_from, now.change_id) == (
                was.plain(),
                was.recorded_from,
                was.change_id,
            )
    rows = list(after.values())
    for place, one in enumerate(rows):
        if one.supersedes is not None:
            assert after[one.supersedes].closed_by == one.change_id
        for other in rows[:place]:
            assert not (_rivals(one, other) and _share(one, other)), (one, other)


def _rivals(one: Row, other: Row) -> bool:
    return Fact(one.kind, 0, 1, one.says, "").rival(Fact(other.kind, 0, 1, other.says, ""))


def _share(one: Row, other: Row) -> bool:
    def over(a: Any, b: Any, c: Any, d: Any) -> bool:
        return (d is None or a < d) and (b is None or c < b)

    return over(one.valid_from, one.valid_to, other.valid_from, other.valid_to) and over(
        one.recorded_from, one.recorded_to, other.recorded_from, other.recorded_to
    )


def answered(session: Session, official: int, on: date, known_at: datetime | None) -> list[tuple[Any, ...]]:
    """What the registry says to a reader: (kind, what) in force on a day, as recorded at a moment."""
    facts = get_record(session, official, AsOf(on, known_at), SEEN).parsed()["facts"]
    told = {
        "salary": lambda one: (one["step"],),
        "allowance": lambda one: (one["allowance"], one["coefficient"]),
        "appointment": lambda one: (one["job_position"], one["is_main"]),
        "reward": lambda one: (one["reason"],),
    }
    return sorted((kind, tell(one)) for kind, tell in told.items() for one in facts[kind] if one["in_force"])


def expected(believed: list[Fact], cell: int) -> list[tuple[Any, ...]]:
    """The same by the replay."""
    return sorted((one.kind, one.says) for one in believed if one.start <= cell < one.end)


# The property


def applied(session: Session, actor: Actor, operations: list[dict[str, Any]], number: str) -> datetime:
    """The change drafted and applied, as an approval does; its moment."""
    with session.begin_nested():
        body = {"decision": paper(number), "operations": operations}
        change = services.draft(session, actor, body, TODAY)
        session.execute(sa.text("UPDATE change SET status = 'submitted' WHERE id = :id"), {"id": change.id})
        plan = hold(session, change.id)
        _, at = mark(session, change)
        apply(session, change.id, plan, at, TODAY)
        return at


def _opens(*starts: int) -> list[Step]:
    """Open salary steps from some days on."""
    return [Step("record", "salary", start, None, place, False, 0) for place, start in enumerate(starts)]


# One new step stops at a step known before, which the other new step cuts short in the same change.
@example(history=[_opens(3), _opens(1, 5)], asked=[1, 3, 5])
@settings(max_examples=15, deadline=None, derandomize=True)
@given(history=HISTORIES, asked=st.lists(st.integers(0, END - 1), min_size=3, max_size=3, unique=True))
def test_every_answer_agrees_with_a_plain_replay_and_can_be_given_again(
    demo: Bed, history: list[list[Step]], asked: list[int]
) -> None:
    with demo.acting("hr.hanoi") as (session, actor):
        operation = newcomer(since=DAYS[0])
        at = applied(session, actor, [operation], "0/QĐ")
        key = get_key(session, operation["personal"]["personal_id"])
        beliefs = _live(session, actor, key, at, history)
        for at, was in beliefs:
            for cell in asked:
                assert answered(session, key.id, DAYS[cell], at) == expected(was, cell)
        assert answered(session, key.id, DAYS[asked[0]], None) == expected(beliefs[-1][1], asked[0])
        session.rollback()


Beliefs = list[tuple[datetime, list[Fact]]]


def _live(session: Session, actor: Actor, key: Key, at: datetime, history: list[list[Step]]) -> Beliefs:
    """Apply a history, comparing after each change all that is and was believed; the beliefs by moment."""
    first = [("appointment", ("Chuyên viên", True)), ("salary", (1,))]
    believed = [Fact(kind, 0, END, says, "0/QĐ") for kind, says in first]
    rows = stored(session, key.id)
    beliefs = [(at, believed)]
    for number, steps in enumerate(history, 1):
        ids = _ids(believed, rows)
        plan = planned(steps, believed, ids, str(key.uid), f"{number}/QĐ")
        if not plan.sent:
            continue
        after = merged(believed, plan.gone, plan.came, plan.cut)
        if after is None:
            with pytest.raises(Conflict):
                applied(session, actor, plan.sent, plan.number)
            assert stored(session, key.id) == rows
            continue
        at = applied(session, actor, plan.sent, plan.number)
        now = stored(session, key.id)
        check_rows(rows, now)
        assert all(now[ids[one]].recorded_to is None for one in believed if one in after), (
            "touched without need"
        )
        believed, rows = after, now
        beliefs.append((at, believed))
        for then, was in beliefs:
            held = sorted((row.plain() for row in rows.values() if row.believed(then)), key=repr)
            assert held == sorted((one.plain() for one in was), key=repr)
    return beliefs


def _ids(believed: list[Fact], rows: dict[int, Row]) -> dict[Fact, int]:
    """The stored row of each believed fact."""
    free = [row for row in rows.values() if row.recorded_to is None]
    found = {}
    for one in believed:
        row = next(row for row in free if row.plain() == one.plain())
        free.remove(row)
        found[one] = row.id
    return found


# Many at once


@dataclass
class Life:
    """One of many people whose histories are lived in step."""

    key: Key
    believed: list[Fact]
    beliefs: Beliefs
    rows: dict[int, Row]


def test_histories_of_many_people_in_common_changes_agree_with_the_replay(demo: Bed) -> None:
    """HISTORIES says how many (150); a change holds an operation or more of each, and is applied by sets.

    A person whose steps contradict themselves sits that change out: what is refused is tried one by one above.
    """
    many = int(os.environ.get("HISTORIES", "150"))
    chance = Random(7)
    for start in range(0, many, CROWD):
        with demo.acting("hr.hanoi") as (session, actor):
            lives = _born(session, actor, min(CROWD, many - start))
            for number in range(1, 7):
                _turn(session, actor, lives, chance, f"{number}/QĐ")
            for life in lives:
                _agree(session, life, chance)
            session.rollback()


CROWD = 250
"""People of one change: with four operations each they stay below what one change may hold."""


def _born(session: Session, actor: Actor, count: int) -> list[Life]:
    sent = [newcomer(since=DAYS[0]) for _ in range(count)]
    at = applied(session, actor, sent, "0/QĐ")
    first = (("appointment", ("Chuyên viên", True)), ("salary", (1,)))
    lives = []
    for one in sent:
        believed = [Fact(kind, 0, END, says, "0/QĐ") for kind, says in first]
        key = get_key(session, one["personal"]["personal_id"])
        lives.append(Life(key, believed, [(at, believed)], {}))
    _look(session, lives)
    return lives


def _turn(session: Session, actor: Actor, lives: list[Life], chance: Random, number: str) -> None:
    """One change for everybody, and what each believes after it."""
    sent: list[dict[str, Any]] = []
    after: list[tuple[Life, list[Fact], dict[Fact, int]]] = []
    for life in lives:
        ids = _ids(life.believed, life.rows)
        steps = [_drawn(chance) for _ in range(chance.randint(1, 4))]
        plan = planned(steps, life.believed, ids, str(life.key.uid), number)
        then = merged(life.believed, plan.gone, plan.came, plan.cut) if plan.sent else None
        if then is not None:
            sent += plan.sent
            after.append((life, then, ids))
    at = applied(session, actor, sent, number)
    before = {life.key.id: life.rows for life in lives}
    _look(session, lives)
    for life, then, ids in after:
        untouched = [one for one in life.believed if one in then]
        assert all(life.rows[ids[one]].recorded_to is None for one in untouched), "touched without need"
        life.believed = then
        life.beliefs.append((at, then))
    for life in lives:
        check_rows(before[life.key.id], life.rows)


def _drawn(chance: Random) -> Step:
    return Step(
        chance.choice(["record", "record", "record", "correct", "end", "withdraw"]),
        chance.choice(KINDS),
        chance.randrange(END),
        chance.choice([None, *range(1, END)]),
        chance.randrange(4),
        chance.random() < 0.5,
        chance.randrange(10),
    )


def _look(session: Session, lives: list[Life]) -> None:
    """Read the stored rows of all, one statement a kind."""
    of = {life.key.id: life for life in lives}
    for life in lives:
        life.rows = {}
    for kind, says in COLUMNS.items():
        rows = session.execute(
            sa.text(f"""SELECT f.official_id, f.id, f.valid_from, f.valid_to, f.recorded_from, f.recorded_to, f.change_id,
                        f.closed_by, f.supersedes, d.number, {says} FROM fact_{kind} f
                        JOIN decision d ON d.id = f.decision_id WHERE f.official_id = ANY (:officials)"""),
            {"officials": list(of)},
        )
        for row in rows:
            of[row[0]].rows[row[1]] = Row(row[1], kind, *row[2:10], tuple(row[10:]))


def _agree(session: Session, life: Life, chance: Random) -> None:
    """Each belief is held at its moment, and the record answers by it."""
    for at, was in life.beliefs:
        held = sorted((row.plain() for row in life.rows.values() if row.believed(at)), key=repr)
        assert held == sorted((one.plain() for one in was), key=repr)
    at, was = chance.choice(life.beliefs)
    cell = chance.randrange(END)
    assert answered(session, life.key.id, DAYS[cell], at) == expected(was, cell)
