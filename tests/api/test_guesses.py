"""Nobody finds out a closed field by trying guesses: the same deeds about two people, of whom the guess is right about one and wrong
about the other, get the same answers everywhere."""

import difflib
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import make
import openpyxl
import pytest
from browsing import Browser
from conftest import Api, Bed
from make import confirmed, filled, newcomer, paper
from walk import upload, work

from registry.access.permissions import FIELD_CLASSES
from registry.bulk.columns import FACT, FROM, PAPER, PERSON, SIGNED, code_title, field_title
from registry.changes.queries import DIGEST
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind
from registry.officials.queries import hidden_fields, visible_fields

SINCE = date(2026, 8, 1)
BOTH = "H26-00004"
"""A ward over which two officers have a hand: hr.badinh, who says, and hr.hanoi, who guesses."""
CLOSED = [(kind, one) for kind in FACTS.values() for one in hidden_fields(kind, FIELD_CLASSES["hr_officer"])]
PLAIN = re.compile(
    "|".join(
        (
            r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            r"[0-9a-f]{64}",
            r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|\+00:00)",
            r"(?:\d\d/\d\d/\d{4} )?\d\d:\d\d\b",
            r"(?:ĐN|%C4%90N|NH)-\d{4}-\d{5,6}",
            r"\d{12}|\d{6}…\d{3}",
            r"<code>[0-9a-f-]{14,16}</code>",
            r'value="[0-9a-f]{8}(?: [0-9a-f]{8})*"',
            r'"request_id": ?"[^"]*"',
            r'name="csrf_token" value="[^"]*"',
            r'"(?:fact_)?id" ?: ?\d+|fact=\d+|value="\d{1,6}"',
            r"""(?<=["'>])\d{4,6}(?=["'<])""",
        )
    )
)
"""What differs between any two: ids, moments, numbers, digests."""


@dataclass
class Twin:
    """One of two people who are alike but for what is closed to the officer."""

    uid: str
    number: str
    facts: dict[str, int]


def twin(bed: Bed, turn: int) -> Twin:
    """A person whose closed fields another officer filled, the open ones of the same facts corrected since by the one who guesses."""
    operation = newcomer(BOTH, since=SINCE)
    by = {"maker": "hr.badinh", "checker": "approver.hanoi"}
    official, uid = make.official(bed, operation, **by)
    said, personal = [], {}
    for name in dict.fromkeys(kind.name for kind, _ in CLOSED):
        fact = closed_said(bed, FACTS[name], turn)
        if name == "identity":
            personal = {one.name: fact[one.name] for one in hidden(FACTS[name])}
        else:
            said.append({"action": "record", "official": uid, **fact})
    make.decided(bed, [*said, {"action": "amend", "official": uid, "personal": personal}], **by)
    facts = {
        name: bed.scalar(
            f"SELECT max(id) FROM fact_{name} WHERE official_id = :one AND closed_by IS NULL", one=official
        )
        for name in dict.fromkeys(kind.name for kind, _ in CLOSED)
    }
    corrected = [
        {"action": "correct", "official": uid, "kind": name, "fact_id": fact, **mended(FACTS[name])}
        for name, fact in facts.items()
        if mended(FACTS[name]) and name != "identity"
    ]
    amended = {"action": "amend", "official": uid, "personal": {"phone": "0900000000"}}
    make.decided(bed, [*corrected, amended], number="3/QĐ")
    facts = {
        name: bed.scalar(
            f"SELECT max(id) FROM fact_{name} WHERE official_id = :one AND closed_by IS NULL", one=official
        )
        for name in facts
    }
    return Twin(uid, operation["personal"]["personal_id"], facts)


def hidden(kind: Kind) -> list[Field]:
    """The fields of a kind that are closed to an officer."""
    return hidden_fields(kind, FIELD_CLASSES["hr_officer"])


def mended(kind: Kind) -> dict[str, str]:
    """An open text of the kind, told anew."""
    texts = [one.name for one in visible_fields(kind, FIELD_CLASSES["hr_officer"]) if one.type == "text"]
    return {texts[-1]: "012345678901" if texts[-1] == "personal_number" else "Nói lại"} if texts else {}


def closed_said(bed: Bed, kind: Kind, turn: int) -> dict[str, Any]:
    """A fact of a kind, its closed fields as this turn says them, the open ones always alike."""
    return filled(bed, kind.name, SINCE) | {
        one.name: filled(bed, kind.name, SINCE, turn=turn)[one.name] for one in hidden(kind)
    }


def masked(reply: Any) -> tuple[int, dict[str, str], str]:
    """Status, headers and body without what differs anyway; of a workbook its cells."""
    if "spreadsheetml" in (reply.content_type or ""):
        book = openpyxl.load_workbook(io.BytesIO(reply.data))
        text = str([[(c.value, c.comment and c.comment.text) for c in row] for row in book.worksheets[0]])
    else:
        text = reply.get_data(as_text=True)
    headers = {name: PLAIN.sub("·", value) for name, value in reply.headers if name not in LOOSE}
    return reply.status_code, headers, PLAIN.sub("·", text)


def difference(*two: tuple[int, dict[str, str], str]) -> list[str]:
    """The parts in which two answers differ."""
    words = [re.split(r"(?<=[>,;])", f"{status} {headers} {text}") for status, headers, text in two]
    return [line for line in difflib.ndiff(*words) if line[0] in "+-"] if words[0] != words[1] else []


LOOSE = ("Date", "X-Request-Id", "Content-Length", "Set-Cookie", "Server-Timing", "Content-Security-Policy")


@dataclass
class Guesser:
    """The officer who guesses, with a colleague who approves, a program, and a browser."""

    bed: Bed
    api: Api
    checker: Api
    program: Api
    browser: Browser

    def change(self, reply: Any, *, decided: bool = False) -> Iterator[Any]:
        """All that anybody is told of a change that was drafted, to its end."""
        yield reply
        path = f"/changes/{reply.json['id']}"
        again = {"decision": paper("8/QĐ")}
        yield self.api.put(f"{path}/decision", json=again, headers={"If-Match": reply.headers["ETag"]})
        etag = self.api.get(path).headers["ETag"]
        submitted = self.api.post(f"{path}/submit", json={}, headers={"If-Match": etag})
        yield submitted
        yield from self.looks(reply)
        if decided:
            etag = submitted.headers["ETag"]
            yield self.checker.post(f"{path}/approve", json={}, headers={"If-Match": etag})
            yield from self.looks(reply)
        else:
            yield self.api.post(f"{path}/withdraw", json={}, headers={"If-Match": submitted.headers["ETag"]})

    def looks(self, reply: Any) -> Iterator[Any]:
        path = f"/changes/{reply.json['id']}"
        yield from (one.get(path) for one in (self.api, self.checker, self.program))
        yield self.api.get("/changes?limit=1")
        page = f"/de-nghi/{reply.json['number']}"
        yield from (self.browser.client.get(f"{page}{more}") for more in ("", "?day-du=1", "/sua"))

    def imported(self, kind: Kind, row: dict[str, str], *, dry_run: bool = False) -> Iterator[Any]:
        """All that is told of a sheet with one row, and of the change that comes of it."""
        content = "\n".join(";".join(cells) for cells in (row.keys(), row.values())).encode()
        parts = {"kind": kind.name, "organization": BOTH, "dry_run": str(dry_run).lower()}
        reply = upload(self.api, content, **parts)  # type: ignore[arg-type]
        work(self.bed)
        path = f"/imports/{reply.json['id']}"
        found = self.api.get(path)
        yield from (found, self.api.get(f"{path}/errors"), self.api.get(f"{path}/rows?outcome=changed"))
        yield from (self.api.get(f"{path}/errors.xlsx"), self.browser.client.get(f"/nhap-du-lieu{path[8:]}"))
        if not dry_run:
            sent = self.api.post(f"{path}/submit", json={})
            yield sent
            if sent.status_code == 201:
                change = self.api.get(f"/changes/{sent.json['change_id']}")
                yield from self.looks(change)
                yield self.api.post(
                    f"/changes/{change.json['id']}/withdraw",
                    json={},
                    headers={"If-Match": change.headers["ETag"]},
                )

    def about(self, one: Twin) -> Iterator[tuple[str, Any]]:
        """Every way of saying what is closed, and every answer to it."""
        for kind in dict.fromkeys(kind for kind, _ in CLOSED):
            guess = closed_said(self.bed, kind, 0)
            for field in hidden(kind):
                for number, reply in enumerate(self._said(kind, field, guess, one)):
                    yield f"{kind.name}.{field.name} by a form, {number}", reply
            for how, row in self._rows(kind, guess, one):
                for number, reply in enumerate(self.imported(kind, row, dry_run=how == "dry run")):
                    yield f"{kind.name} by a sheet, {how}, {number}", reply
        yield from ((f"record {n}", reply) for n, reply in enumerate(self._record(one)))
        personal = {
            field.name: closed_said(self.bed, FACTS["identity"], 0)[field.name]
            for field in hidden(FACTS["identity"])
        }
        last = self.drafted({"action": "amend", "official": one.uid, "personal": personal})
        for number, reply in enumerate(self.change(last, decided=True)):
            yield f"approved, {number}", reply
        yield from ((f"record afterwards {n}", reply) for n, reply in enumerate(self._record(one)))

    def drafted(self, operation: dict[str, Any]) -> Any:
        return self.api.post("/changes", json={"decision": paper("7/QĐ"), "operations": [operation]})

    def _said(self, kind: Kind, field: Field, guess: dict[str, Any], one: Twin) -> Iterator[Any]:
        if kind.name == "identity":
            for value in (guess[field.name], None):
                amend = {"action": "amend", "official": one.uid, "personal": {field.name: value}}
                yield from self.change(self.drafted(amend))
            return
        yield from self.change(self.drafted({"action": "record", "official": one.uid, **guess}))
        target = {
            "action": "correct",
            "official": one.uid,
            "kind": kind.name,
            "fact_id": one.facts[kind.name],
        }
        for value in (guess[field.name], None):
            reply = self.drafted(target | {field.name: value})
            yield from self.change(reply) if reply.status_code == 201 else [reply]

    def _rows(self, kind: Kind, guess: dict[str, Any], one: Twin) -> Iterator[tuple[str, dict[str, str]]]:
        row = {PERSON: one.number, PAPER: "9/QĐ", SIGNED: "20/11/2026"}
        for field in kind.fields if kind.name != "identity" else hidden(kind):
            if guess[field.name] is not None and field.type != "boolean":
                title = code_title(field) if field.type == "code" else field_title(field)
                row[title] = str(guess[field.name])
        if kind.name == "identity":
            silent = {PERSON: one.number, PAPER: "9/QĐ", SIGNED: "20/11/2026", "Điện thoại": "0933333333"}
            yield "saying nothing of it", silent
            yield "saying nothing of it from a day on", silent | {FROM: "01/09/2026"}
            yield "amended", row
            yield "from a day on", row | {FROM: "01/09/2026"}
        else:
            yield "as it is", row | {FROM: SINCE.isoformat()}
            yield "by its number", row | {FROM: SINCE.isoformat(), FACT: str(one.facts[kind.name])}
        yield "dry run", row | {FROM: SINCE.isoformat()}

    def _record(self, one: Twin) -> Iterator[Any]:
        for who in (self.api, self.program):
            yield from (who.get(f"/officials/{one.uid}{more}") for more in ("", "/history"))
        yield from (self.browser.client.get(f"/ho-so/{one.uid}{more}") for more in ("", "/lich-su"))
        yield self.browser.client.get(f"/de-nghi/moi?what=amend&official={one.uid}")


@pytest.fixture
def guesser(registry: Bed) -> Guesser:
    admin = registry.api("admin1")
    new = {"username": "phan.mem", "display_name": "Phần mềm", "password": "Mot-Mat-Khau-That-Dai-2026"}
    assert admin.post("/users", json=new).status_code == 201
    admin.post("/users/phan.mem/grants", json={"role": "client", "organization": "VN"})
    confirmed(registry, "phan.mem")
    scopes = ["officials:record:read", "changes:change:read"]
    made = admin.post("/users/phan.mem/tokens", json={"name": "lương", "scopes": scopes}).json
    confirmed(registry, "phan.mem")
    return Guesser(
        registry,
        registry.api("hr.hanoi"),
        registry.api("approver.hanoi"),
        Api(registry.app.test_client(), made["token"]),
        Browser(registry, "hr.hanoi"),
    )


def test_a_right_guess_of_a_closed_field_gets_the_answers_of_a_wrong_one(guesser: Guesser) -> None:
    right, wrong = (twin(guesser.bed, turn) for turn in (0, 1))
    told = zip(guesser.about(right), guesser.about(wrong), strict=True)
    seen = 0
    for (how, one), (same, other) in told:
        assert how == same
        assert one.status_code < 500
        assert difference(masked(one), masked(other)) == [], how
        seen += 1
    assert seen > 100
    assert len(CLOSED) >= 6


def test_a_digest_of_what_is_closed_cannot_be_made_by_trying(guesser: Guesser) -> None:
    bed, one = guesser.bed, twin(guesser.bed, 0)
    amend = {"action": "amend", "official": one.uid, "personal": {"phone": "0911111111"}}
    change = guesser.drafted(amend)
    bare = re.sub(r"\(SELECT c\.salt [^)]*\), ", "", DIGEST)
    assert bare != DIGEST
    statement = f"SELECT {{}} FROM change x WHERE uid = '{change.json['id']}'"
    digests = [
        bed.scalar(statement.format(said.replace(":decision", "x.decision_id").replace(":id", "x.id")))
        for said in (DIGEST, bare)
    ]
    assert change.json["digest"] == digests[0] != digests[1]
    salt = str(bed.scalar(statement.format("salt")))
    for reply in guesser.looks(change):
        assert salt not in reply.get_data(as_text=True)
        assert hashlib.sha256(salt.encode()).hexdigest() not in reply.get_data(as_text=True)


def test_a_program_reads_of_a_change_what_it_reads_of_a_record(guesser: Guesser) -> None:
    operation = newcomer(BOTH, social_insurance_no="0123456789")
    _, uid = make.official(guesser.bed, operation)
    made = guesser.bed.scalar("SELECT max(id) FROM change")
    amend = {
        "action": "amend",
        "official": uid,
        "personal": {"phone": "0987654321", "birth_date": "1991-01-01"},
    }
    change = guesser.drafted(amend)
    for named in (
        guesser.bed.scalar("SELECT uid::text FROM change WHERE id = :id", id=made),
        change.json["id"],
    ):
        reply = guesser.program.get(f"/changes/{named}")
        assert reply.status_code == 200
        personal = {one.name for one in FACTS["identity"].fields if one.sensitivity != "ordinary"}
        assert personal & set(reply.json["operations"][0]["fields"]) == set()
        assert (reply.json["consequences"], reply.json["findings"]) == ([], [])
        for secret in ("0123456789", "0987654321", "1990-05-20", "1991-01-01", "20/05/1990", "01/01/1991"):
            assert secret not in reply.text
    assert {"phone", "birth_date"} <= set(change.json["operations"][0]["fields"])


def test_no_rule_of_a_table_tells_of_a_closed_field_through_an_open_one() -> None:
    told = [
        (kind.name, name)
        for kind, one in CLOSED
        for name, condition, _ in kind.checks
        if re.search(rf"\b{one.name}\b", condition)
    ]
    assert told == []
    assert [
        kind.name
        for kind, _ in CLOSED
        if kind.exclusive is not None and not visible_fields(kind, FIELD_CLASSES["hr_officer"])
    ] == []
