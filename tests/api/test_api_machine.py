"""A machine plays the service against a small model: accounts, rights that come and go, changes, people who move, days that pass.

The model knows nothing of SQL, scopes or digests: who holds which role over which unit, what each person's record says as a
list of runs, what each change would do. After every step the service must have answered as the model says, and at the
end every account must see the persons that the model shows it and no others, every record must say what the model
says, and so must every record as it was believed after each approval. MACHINE_RUNS and MACHINE_STEPS make it longer.
"""

import os
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from conftest import TODAY, Bed
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)
from make import clock, coefficient, newcomer, paper
from sqlalchemy import text

RUNS, STEPS = int(os.environ.get("MACHINE_RUNS", "8")), int(os.environ.get("MACHINE_STEPS", "30"))
UNITS = ("H26-SNV", "H26-SNV-CCVC", "H17-SNV")
"""A department, a division within it, and a department of another city."""
INSIDE = {unit: tuple(one for one in UNITS if one.startswith(unit)) for unit in UNITS}
MAKES, DECIDES = "hr_officer", "hr_approver"
ACCOUNTS = ("may.an", "may.binh", "may.chi", "may.dung")
TIED = ("may.chi", "may.dung")
"""Two accounts of one official."""
STARTS = [date(2021, 3, 1), date(2023, 6, 1), date(2026, 11, 1), date(2026, 12, 15)]
SINCE = date(2020, 1, 1)
DRAFT, HANDED_IN, APPROVED, TAKEN_BACK = "draft", "submitted", "approved", "withdrawn"


@dataclass
class Run:
    """Something true from a day to another, `until` excluded; None: open."""

    start: date
    until: date | None
    says: str


@dataclass
class Person:
    """A person of the model: by kind, the runs believed now."""

    uid: str
    runs: dict[str, list[Run]]

    def unit(self, on: date) -> str:
        """Where the person works on a day."""
        begun = [one for one in self.runs["appointment"] if one.start <= on]
        return max(begun, key=lambda one: one.start).says

    def take(self, kind: str, start: date, says: str) -> None:
        """What is said from a day on holds to the next known start and pushes aside what held."""
        later = [one.start for one in self.runs[kind] if one.start > start]
        kept = [one for one in self.runs[kind] if one.start != start]
        for one in kept:
            if one.start < start and (one.until is None or one.until > start):
                one.until = start
        self.runs[kind] = sorted(
            [*kept, Run(start, min(later, default=None), says)], key=lambda one: one.start
        )

    def plain(self) -> dict[str, list[tuple[str, str | None, str]]]:
        """Everything, to compare with a record."""
        return {
            kind: [(str(one.start), str(one.until) if one.until else None, one.says) for one in runs]
            for kind, runs in self.runs.items()
        }


@dataclass
class Proposed:
    """A change of the model."""

    uid: str
    maker: str
    unit: str
    person: str | None
    kind: str
    start: date
    says: str
    status: str = DRAFT
    new: Person | None = None


@dataclass
class Model:
    """Who may what, what is true, what was believed when."""

    grants: set[tuple[str, str, str]] = field(default_factory=set)
    people: dict[str, Person] = field(default_factory=dict)
    today: date = TODAY
    believed: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    def covers(self, who: str, role: str, unit: str) -> bool:
        """Whether an account holds a role over a unit."""
        return any(unit in INSIDE[over] for one, held, over in self.grants if (one, held) == (who, role))

    def holds(self, who: str, role: str) -> bool:
        """Whether an account holds a role anywhere."""
        return any((one, held) == (who, role) for one, held, _ in self.grants)

    def sees(self, who: str, person: Person) -> bool:
        """Whether an account may read a person."""
        return any(self.covers(who, role, person.unit(self.today)) for role in (MAKES, DECIDES))


class Machine(RuleBasedStateMachine):
    """Rules are what people do; each compares the answer with the model's."""

    bed: Bed
    tokens: dict[str, Any]
    number = 0

    changes: Bundle[Proposed] = Bundle("changes")

    def __init__(self) -> None:
        super().__init__()
        Machine.number += 1
        self.word = "Zwq" + "".join(chr(ord("a") + int(digit)) for digit in f"{Machine.number:05d}")
        self.model = Model()
        self.made = 0
        self.set_day(TODAY)
        with self.bed.session() as session:
            session.execute(
                text(
                    "DELETE FROM access_grant WHERE user_id IN (SELECT id FROM app_user WHERE username LIKE 'may.%')"
                )
            )

    def set_day(self, on: date) -> None:
        """The registry counts with this day from now on."""
        registry = self.bed.app.extensions["registry"]
        self.bed.app.extensions["registry"] = replace(registry, settings=replace(registry.settings, today=on))
        self.model.today = on
        with self.bed.session("web") as session:
            session.execute(text("SELECT registry_roll_forward(:on)"), {"on": on})

    # Rights and days

    @rule(who=st.sampled_from(ACCOUNTS), role=st.sampled_from([MAKES, DECIDES]), unit=st.sampled_from(UNITS))
    def grant(self, who: str, role: str, unit: str) -> None:
        if (who, role, unit) in self.model.grants:
            return
        with self.bed.session() as session:
            session.execute(
                text("""INSERT INTO access_grant (user_id, role, organization_id, valid_from)
                    SELECT u.id, :role, o.id, '2020-01-01' FROM app_user u, organization o
                    WHERE u.username = :who AND o.code = :unit"""),
                {"who": who, "role": role, "unit": unit},
            )
        self.model.grants.add((who, role, unit))

    @precondition(lambda self: self.model.grants)
    @rule(place=st.integers(0, 99))
    def withdraw_right(self, place: int) -> None:
        gone = sorted(self.model.grants)[place % len(self.model.grants)]
        with self.bed.session() as session:
            session.execute(
                text("""DELETE FROM access_grant g USING app_user u, organization o WHERE g.user_id = u.id
                    AND g.organization_id = o.id AND u.username = :who AND g.role = :role AND o.code = :unit"""),
                dict(zip(("who", "role", "unit"), gone, strict=True)),
            )
        self.model.grants.remove(gone)

    @rule(days=st.integers(1, 40))
    def days_pass(self, days: int) -> None:
        self.set_day(self.model.today + timedelta(days=days))

    # Changes

    @initialize(target=changes)
    def two_units_at_work(self) -> Any:
        """Everybody makes in one unit and decides in another, so that rights that unite show at once."""
        for who, makes, decides in (
            ("may.an", UNITS[0], UNITS[2]), ("may.binh", UNITS[2], UNITS[0]), ("may.chi", UNITS[2], UNITS[0]), ("may.dung", UNITS[1], UNITS[2]),
        ):  # fmt: skip
            self.grant(who, MAKES, makes)
            self.grant(who, DECIDES, decides)
        made = [
            self.register("may.an", UNITS[1]),
            self.register("may.an", UNITS[0]),
            self.register("may.binh", UNITS[2]),
        ]
        for one, checker in zip(made, ("may.binh", "may.chi", "may.an"), strict=True):
            self.hand_in(one, one.maker)
            self.approve(one, checker)
        return multiple(*made)

    @rule(target=changes, who=st.sampled_from(ACCOUNTS), unit=st.sampled_from(UNITS))
    def register(self, who: str, unit: str) -> Any:
        self.made += 1
        operation = newcomer(unit=unit, since=SINCE, full_name=f"{self.word} Thị Thử")
        new = Person(
            operation["personal"]["personal_id"],
            {"appointment": [Run(SINCE, None, unit)], "salary": [Run(SINCE, None, "1")], "reward": []},
        )
        allowed = self.model.covers(who, MAKES, unit)
        return self._draft(
            who, operation, allowed, Proposed("", who, "", None, "register", SINCE, unit, new=new)
        )

    @precondition(lambda self: self.model.people)
    @rule(
        target=changes, who=st.sampled_from(ACCOUNTS), place=st.integers(0, 99), kind=st.sampled_from(["salary", "reward", "appointment"]),
        start=st.sampled_from(STARTS), step=st.integers(2, 5), unit=st.sampled_from(UNITS),
    )  # fmt: skip
    def propose(self, who: str, place: int, kind: str, start: date, step: int, unit: str) -> Any:
        person = self.model.people[sorted(self.model.people)[place % len(self.model.people)]]
        operation = {"action": "record", "official": person.uid, "kind": kind, "valid_from": str(start)}
        if kind == "salary":
            operation |= {"rank": "01.003", "step": step, "coefficient": coefficient(step)}
            says = str(step)
        elif kind == "reward":
            operation |= {"form": "cstd_cs", "reason": (says := f"Thành tích {step}")}
        else:
            operation |= {"organization": unit, "job_position": "Chuyên viên"}
            says = unit
        allowed = self.model.covers(who, MAKES, person.unit(self.model.today)) and (
            kind != "appointment" or self.model.covers(who, MAKES, unit)
        )
        return self._draft(who, operation, allowed, Proposed("", who, "", person.uid, kind, start, says))

    def _draft(self, who: str, operation: dict[str, Any], allowed: bool, drawn: Proposed) -> Any:
        reply = self.tokens[who].post(
            "/changes", json={"decision": paper(f"{self.made}/QĐ"), "operations": [operation]}
        )
        if allowed:
            assert reply.status_code == 201, reply.text
            drawn.uid = reply.json["id"]
            return drawn
        assert reply.status_code in (403, 422), reply.text
        return multiple()

    @rule(change=changes, who=st.sampled_from(ACCOUNTS))
    def hand_in(self, change: Proposed, who: str) -> None:
        reply = self._step(change, who, "submit")
        may = change.maker == who and self.model.holds(who, MAKES)
        self._came(reply, change, may and change.status == DRAFT, HANDED_IN)

    @rule(change=changes, who=st.sampled_from(ACCOUNTS))
    def take_back(self, change: Proposed, who: str) -> None:
        reply = self._step(change, who, "withdraw")
        may = change.maker == who and self.model.holds(who, MAKES)
        self._came(reply, change, may and change.status in (DRAFT, HANDED_IN), TAKEN_BACK)

    @rule(change=changes, who=st.sampled_from(ACCOUNTS))
    def approve(self, change: Proposed, who: str) -> None:
        reply = self._step(change, who, "approve")
        person = self.model.people.get(change.person or "")
        units = {person.unit(self.model.today)} if person else set()
        units |= {change.says} if change.kind in ("register", "appointment") else set()
        may = (
            change.maker != who
            and not {change.maker, who} <= set(TIED)
            and all(self.model.covers(who, DECIDES, unit) for unit in units)
        )
        if self._came(reply, change, may and change.status == HANDED_IN, APPROVED):
            self._apply(change)

    def _step(self, change: Proposed, who: str, step: str) -> Any:
        """A step on the change as it reads now, with what was shown."""
        shown = self.tokens[who].get(f"/changes/{change.uid}")
        sent = {"digest": shown.json["digest"]} if shown.status_code == 200 and step == "approve" else {}
        etag = shown.headers.get("ETag", '"0"')
        return self.tokens[who].post(f"/changes/{change.uid}/{step}", json=sent, headers={"If-Match": etag})

    def _came(self, reply: Any, change: Proposed, expected: bool, status: str) -> bool:
        """Whether the step was taken, as the model says it must be."""
        if not expected:
            assert reply.status_code in (403, 404, 409), (reply.status_code, reply.text)
            return False
        assert reply.status_code == 200, reply.text
        assert reply.json["status"] == status
        change.status = status
        return True

    def _apply(self, change: Proposed) -> None:
        if change.new:
            self.model.people[change.new.uid] = change.new
        else:
            person = self.model.people[change.person or ""]
            if change.kind == "reward":
                person.runs["reward"].append(Run(change.start, None, change.says))
            else:
                person.take(change.kind, change.start, change.says)
        with self.bed.session() as session:
            moment = clock(session)
        self.model.believed.append((moment, {uid: one.plain() for uid, one in self.model.people.items()}))

    # What must hold

    def teardown(self) -> None:
        for who in ACCOUNTS:
            seen = self.tokens[who].get(f"/officials?q={self.word}&limit=200")
            if not any(one == who for one, _, _ in self.model.grants):
                assert seen.status_code == 403
                continue
            shown = {one["personal_id"] for one in seen.json["items"]}
            assert shown == {uid for uid, one in self.model.people.items() if self.model.sees(who, one)}, who
            assert seen.json["count"]["value"] == len(shown)
        for moment, people in [
            *self.model.believed[-6:],
            (None, {uid: one.plain() for uid, one in self.model.people.items()}),
        ]:
            for uid, plain in people.items():
                self._agrees(uid, plain, moment)

    def _agrees(self, uid: str, plain: dict[str, Any], known_at: datetime | None) -> None:
        asked = {"known_at": known_at.isoformat()} if known_at else {}
        facts = self.tokens["auditor1"].get(f"/officials/{uid}", query_string=asked).json["facts"]
        told = {
            kind: sorted(
                (one["valid_from"], one["valid_to"], str(says(kind, one))) for one in facts.get(kind, [])
            )
            for kind in plain
        }
        assert told == {
            kind: sorted(runs, key=str) if kind == "reward" else runs for kind, runs in plain.items()
        }, (uid, known_at)


def says(kind: str, fact: dict[str, Any]) -> Any:
    """What a fact of a record says, in the words of the model."""
    match kind:
        case "salary":
            return fact["step"]
        case "appointment":
            return fact["organization"]["code"]
        case _:
            return fact["reason"]


@pytest.fixture
def machine(registry: Bed) -> type[Machine]:
    """The machine on a registry of its own, with four accounts of which two belong to one official."""
    with registry.session() as session:
        session.execute(
            text("""INSERT INTO app_user (username, display_name, password_hash, official_id)
                SELECT name, name, (SELECT password_hash FROM app_user WHERE username = 'hr.hanoi'),
                    CASE WHEN name = ANY (:tied) THEN (SELECT min(official_id) FROM official_current) END
                FROM unnest(CAST(:names AS text[])) AS name"""),
            {"names": list(ACCOUNTS), "tied": list(TIED)},
        )
    Machine.bed, Machine.tokens = registry, {who: registry.api(who) for who in (*ACCOUNTS, "auditor1")}
    return Machine


def test_whatever_people_do_the_service_answers_as_the_model(machine: type[Machine]) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=RUNS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            derandomize=RUNS < 100,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        ),
    )
