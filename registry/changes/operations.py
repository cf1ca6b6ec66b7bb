"""From the operations people send to the rows that an approval applies: whole, checked, with every flaw named.

Corrections, ends and amendments are resolved here to full rows, so that applying is one thing only: close the
targets, put the new rows in. What was resolved against is guarded by the digest and by the targets being open.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.catalogues import lists
from registry.changes.declaring import declares
from registry.db import send
from registry.documents.queries import usable_portraits
from registry.errors import Flaw
from registry.law.why import vn
from registry.officials.facts import FACTS, FILE_FIELDS, UNIT_FIELDS
from registry.officials.facts.kind import Kind
from registry.officials.facts.parsing import (
    MEANS_EMPTY,
    REQUIRED,
    Known,
    Wrong,
    clean_text,
    file_uid,
    parse_fields,
    parse_partial,
    unit_code,
)
from registry.officials.queries import visible_fields
from registry.periods import PartialDate
from registry.words import Words

ACTIONS = ("register", "record", "correct", "end", "amend", "withdraw")
ENVELOPE = {"action", "official", "kind", "fact_id", "valid_from", "valid_to"}
"""What an operation says beside the fields of the fact; anything else that is no field is refused by name."""
MOST_OPERATIONS = 2000


@dataclass
class Operation:
    """One resolved operation, ready to be a row of change_operation. `said` are the columns that were sent."""

    action: str
    official_id: int
    kind: str
    fact_id: int | None = None
    valid_from: PartialDate | None = None
    valid_to: PartialDate | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    said: Collection[str] = ()
    reason: str = ""
    keeps_decision: int | None = None
    path: str = ""


@dataclass
class Reading:
    """The state of reading one request: what is known, what came out, what is wrong."""

    session: Session
    actor: Actor
    known: Known
    officials: dict[str, tuple[int, int]]
    facts: dict[tuple[str, int], dict[str, Any]]
    taken: frozenset[str]
    dormant: dict[str, int]
    today: date
    targeted: set[int] = field(default_factory=set)
    out: list[Operation] = field(default_factory=list)
    flaws: list[Flaw] = field(default_factory=list)

    def wrong(self, path: str, code: str, vi: str, en: str) -> None:
        """Note a flaw and go on, so that all are told at once."""
        self.flaws.append(Flaw(path, code, Words(vi, en)))


def read_operations(
    session: Session, actor: Actor, raw: Any, today: date
) -> tuple[list[Operation], list[Flaw]]:
    """Resolve a list of operations; at most a handful of statements however many there are."""
    if not isinstance(raw, Sequence) or isinstance(raw, str) or not raw:
        return [], [
            Flaw(
                "operations",
                "required",
                Words("Cần ít nhất một thay đổi.", "At least one operation is needed."),
            )
        ]
    if len(raw) > MOST_OPERATIONS:
        words = Words(
            f"Tối đa {MOST_OPERATIONS} thay đổi một lần; nhiều hơn thì nhập từ tệp.",
            f"At most {MOST_OPERATIONS} operations at once; import a file for more.",
        )
        return [], [Flaw("operations", "too_many", words)]
    if not all(isinstance(one, Mapping) for one in raw):
        return [], [
            Flaw(
                "operations", "type", Words("Mỗi thay đổi là một đối tượng.", "Each operation is an object.")
            )
        ]
    reading = _prepare(session, actor, raw, today)
    for number, one in enumerate(raw):
        path = f"operations/{number}"
        action = one.get("action")
        handler = HANDLERS.get(action) if isinstance(action, str) else None
        if handler is None:
            reading.wrong(
                f"{path}/action",
                "choice",
                f"Chọn một trong: {', '.join(ACTIONS)}.",
                f"One of: {', '.join(ACTIONS)}.",
            )
        else:
            handler(reading, one, path)
    _check_whole(reading)
    return reading.out, reading.flaws


# Lists as JSON, whose length no plan asks for: as arrays they would have the statement planned anew each time.
_NAMED = " UNION ".join(
    f"""SELECT o.* FROM jsonb_array_elements_text(CAST(:{sent} AS jsonb)) AS n(named) CROSS JOIN LATERAL (
        SELECT c.official_id, c.org_ord, c.uid::text AS uid, c.personal_id FROM official_current c
        WHERE c.{column} = CAST(n.named AS {cast}) LIMIT 1) o"""
    for sent, column, cast in (("uids", "uid", "uuid"), ("numbers", "personal_id", "text"))
)


def _prepare(session: Session, actor: Actor, raw: Sequence[Mapping[str, Any]], today: date) -> Reading:
    """Fetch everything the operations name, in one statement a thing."""
    named = sorted({one["official"] for one in raw if _plain(one.get("official"))})
    uids = [uid for one in named if (uid := _uid(one))]
    rows = send(session, _NAMED, uids=Jsonb(uids), numbers=Jsonb(named)).rows if named else []
    officials = {name: (row.official_id, row.org_ord) for row in rows for name in (row.uid, row.personal_id)}
    inner = [
        fact
        for one in raw
        if isinstance(one.get("facts"), list)
        for fact in one["facts"]
        if isinstance(fact, Mapping)
    ]
    codes = sorted(
        {
            code
            for one in [*raw, *inner]
            for name in UNIT_FIELDS
            if (code := unit_code(one.get(name))) and _plain(code)
        }
    )
    units = (
        session.execute(
            text("SELECT code, id FROM organization WHERE code = ANY (:codes)"), {"codes": codes}
        ).all()
        if codes
        else []
    )
    numbers = [
        " ".join(sent.split()).upper()
        for one in raw
        if one.get("action") == "register" and isinstance(one.get("personal"), Mapping)
        for name in ("personal_id", "staff_code")
        if _plain(sent := one["personal"].get(name))
    ]
    taken = (
        frozenset(session.execute(text("SELECT registry_taken(:numbers)"), {"numbers": numbers}).scalars())
        if numbers
        else frozenset()
    )
    dormant = (
        {
            row.number: row.official_id
            for row in session.execute(text("SELECT * FROM registry_dormant(:numbers)"), {"numbers": numbers})
        }
        if numbers
        else {}
    )
    pictures = {uid for one in [*raw, *inner] for name in FILE_FIELDS if (uid := file_uid(one.get(name)))}
    known = Known(
        lambda name: lists.keys(session, name),
        {row.code: row.id for row in units},
        usable_portraits(session, pictures),
    )
    return Reading(session, actor, known, officials, _targets(session, raw, officials), taken, dormant, today)


def _plain(sent: Any) -> bool:
    """Whether something is a text that can be looked up: a NUL or half a surrogate pair names nothing."""
    return isinstance(sent, str) and sent.isprintable()


def _uid(named: str) -> str | None:
    """A registry id as it is written here, so that the index finds it; None for anything else."""
    try:
        return named if str(UUID(named)) == named else None
    except ValueError:
        return None


def _targets(
    session: Session, raw: Sequence[Mapping[str, Any]], officials: Mapping[str, tuple[int, int]]
) -> dict[tuple[str, int], dict[str, Any]]:
    """The believed facts that corrections, ends and withdrawals name, by (kind, id); identities for amendments."""
    wanted: dict[str, set[int]] = {}
    for one in raw:
        kind, fact = one.get("kind"), one.get("fact_id")
        if isinstance(kind, str) and kind in FACTS and isinstance(fact, int) and not isinstance(fact, bool):
            wanted.setdefault(kind, set()).add(fact)
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for name, ids in wanted.items():
        rows = session.execute(
            text(f"""SELECT to_jsonb(f) AS fact FROM fact_{name} f
                                        WHERE f.id = ANY (:ids) AND f.recorded_to IS NULL"""),
            {"ids": sorted(ids)},
        )
        found |= {(name, row.fact["id"]): row.fact for row in rows}
    people = [
        officials[one["official"]][0]
        for one in raw
        if one.get("action") == "amend" and _plain(one.get("official")) and one["official"] in officials
    ]
    if people:
        rows = session.execute(
            text("""SELECT DISTINCT ON (official_id) to_jsonb(f) AS fact FROM fact_identity f
            WHERE official_id = ANY (:people) AND recorded_to IS NULL ORDER BY official_id, valid_from DESC"""),
            {"people": people},
        )
        found |= {("amend", row.fact["official_id"]): row.fact for row in rows}
    return found


# One handler an action


def _register(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    personal = one.get("personal")
    facts = one.get("facts") or []
    if not isinstance(personal, Mapping) or not isinstance(facts, Sequence) or isinstance(facts, str):
        reading.wrong(f"{path}/personal", "required", REQUIRED.vi, REQUIRED.en)
        return
    _strays(reading, one, path, {"action", "personal", "facts"})
    number = _personal_id(reading, personal, f"{path}/personal/personal_id")
    staff_code = _staff_code(reading, personal, f"{path}/personal/staff_code")
    rest = {name: value for name, value in personal.items() if name not in ("personal_id", "staff_code")}
    values, flaws = parse_fields(FACTS["identity"], rest, reading.known, f"{path}/personal")
    reading.flaws += flaws
    _codes_in_time(reading, FACTS["identity"], values, None, f"{path}/personal")
    _places_agree(reading, FACTS["identity"], values, f"{path}/personal")
    born = PartialDate(date.fromisoformat(values["birth_date"])) if values.get("birth_date") else None
    official = reading.dormant.get(number) if number else None
    if official is None:
        official = reading.session.execute(
            text("SELECT nextval(pg_get_serial_sequence('official', 'id'))")
        ).scalar_one()
    reading.out.append(
        Operation(
            "register",
            official,
            "identity",
            valid_from=born,
            fields={**values, "personal_id": number, "staff_code": staff_code},
            said=values,
            path=path,
        )
    )
    kinds = {fact.get("kind") for fact in facts if isinstance(fact, Mapping)}
    for needed in ("status", "appointment"):
        if needed not in kinds:
            label = FACTS[needed].label
            reading.wrong(
                f"{path}/facts",
                f"missing_{needed}",
                f"Người mới cần có {label.vi.lower()}.",
                f"A new person needs: {label.en.lower()}.",
            )
    for number_, fact in enumerate(facts):
        _new_fact(reading, fact if isinstance(fact, Mapping) else {}, f"{path}/facts/{number_}", official)


def _personal_id(reading: Reading, personal: Mapping[str, Any], path: str) -> str | None:
    number = personal.get("personal_id")
    if not (isinstance(number, str) and len(number) == 12 and number.isascii() and number.isdigit()):
        reading.wrong(
            path,
            "personal_id",
            "Số định danh cá nhân gồm đúng 12 chữ số.",
            "A personal number has exactly 12 digits.",
        )
        return None
    if number in reading.taken:
        reading.wrong(
            path,
            "personal_id_taken",
            "Số định danh này đã có hồ sơ trong hệ thống.",
            "A record with this personal number exists already.",
        )
    return number


def _staff_code(reading: Reading, personal: Mapping[str, Any], path: str) -> str | None:
    sent = personal.get("staff_code")
    if sent in MEANS_EMPTY:
        return None
    try:
        code = clean_text(sent, 30).upper()
    except Wrong as wrong:
        reading.flaws.append(Flaw(path, wrong.code, wrong.words))
        return None
    if code in reading.taken:
        reading.wrong(path, "staff_code_taken", "Số hiệu này đã có người mang.", "This staff code is taken.")
    return code


def _record(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    official = _official(reading, one, path)
    if official is not None:
        _new_fact(
            reading,
            {name: value for name, value in one.items() if name not in ("action", "official")},
            path,
            official,
        )


def _new_fact(reading: Reading, fact: Mapping[str, Any], path: str, official: int) -> None:
    kind = _kind(reading, fact, path)
    if kind is None:
        return
    fields = {name: value for name, value in fact.items() if name not in ("kind", "valid_from", "valid_to")}
    values, flaws = parse_fields(kind, fields, reading.known, path)
    reading.flaws += flaws
    start = _clock(reading, fact, path, "valid_from", required=True)
    end = _clock(reading, fact, path, "valid_to")
    _ordered(reading, path, start, end)
    _codes_in_time(reading, kind, values, start, path)
    _places_agree(reading, kind, values, path)
    _unit_in_scope(reading, values, path)
    reading.out.append(Operation("record", official, kind.name, None, start, end, values, values, path=path))


def _correct(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    target = _target(reading, one, path)
    if target is None:
        return
    official, kind, fact = target
    sent = {name: value for name, value in one.items() if name not in ENVELOPE}
    values, flaws = parse_fields(kind, sent, reading.known, path, partial=True)
    reading.flaws += flaws
    start = _clock(reading, one, path, "valid_from") if "valid_from" in one else _was(fact, "valid_from")
    end = _clock(reading, one, path, "valid_to") if "valid_to" in one else _was(fact, "valid_to")
    if start is None:
        reading.wrong(f"{path}/valid_from", "required", REQUIRED.vi, REQUIRED.en)
    _ordered(reading, path, start, end)
    _codes_in_time(reading, kind, values, start, path)
    _places_agree(reading, kind, values, path)
    _unit_in_scope(reading, values, path)
    whole = {name: fact[name] for name in kind.columns()} | values
    reading.out.append(
        Operation("correct", official, kind.name, fact["id"], start, end, whole, values, path=path)
    )


def _end(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    target = _target(reading, one, path)
    if target is None:
        return
    official, kind, fact = target
    _strays(reading, one, path, {"action", "official", "kind", "fact_id", "valid_to"})
    start, end = _was(fact, "valid_from"), _clock(reading, one, path, "valid_to", required=True)
    _ordered(reading, path, start, end)
    whole = {name: fact[name] for name in kind.columns()}
    reading.out.append(
        Operation(
            "end",
            official,
            kind.name,
            fact["id"],
            start,
            end,
            whole,
            keeps_decision=fact["decision_id"],
            path=path,
        )
    )


def _amend(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    official = _official(reading, one, path)
    personal = one.get("personal")
    if official is None:
        return
    _strays(reading, one, path, {"action", "official", "personal"})
    if not isinstance(personal, Mapping) or not personal:
        reading.wrong(f"{path}/personal", "required", REQUIRED.vi, REQUIRED.en)
        return
    for fixed in ("personal_id", "staff_code"):
        if fixed in personal:
            reading.wrong(
                f"{path}/personal/{fixed}",
                "fixed",
                "Số định danh và số hiệu không sửa ở đây; đó là việc gộp hồ sơ.",
                "Numbers are not amended here; that is a merge of records.",
            )
    fact = reading.facts[("amend", official)]
    _once(reading, fact["id"], f"{path}/official")
    sent = {name: value for name, value in personal.items() if name not in ("personal_id", "staff_code")}
    values, flaws = parse_fields(FACTS["identity"], sent, reading.known, f"{path}/personal", partial=True)
    reading.flaws += flaws
    _codes_in_time(reading, FACTS["identity"], values, None, f"{path}/personal")
    _places_agree(reading, FACTS["identity"], values, f"{path}/personal")
    whole = {name: fact[name] for name in FACTS["identity"].columns()} | values
    start = _was(fact, "valid_from")
    if start is not None and whole["birth_date"] and start.on.isoformat() < whole["birth_date"]:
        start = PartialDate(date.fromisoformat(whole["birth_date"]))
    reading.out.append(
        Operation(
            "amend", official, "identity", fact["id"], start, _was(fact, "valid_to"), whole, values, path=path
        )
    )


def _withdraw(reading: Reading, one: Mapping[str, Any], path: str) -> None:
    target = _target(reading, one, path)
    if target is None:
        return
    official, kind, fact = target
    _strays(reading, one, path, {"action", "official", "kind", "fact_id", "reason"})
    try:
        reason = clean_text(one.get("reason") or "", 1000)
    except Wrong:
        reading.wrong(f"{path}/reason", "required", "Nêu lý do rút.", "Give the reason for withdrawing.")
        return
    if kind.name == "identity":
        reading.wrong(
            f"{path}/kind",
            "identity",
            "Thông tin chung chỉ đính chính, không rút.",
            "Identity is corrected, not withdrawn.",
        )
    reading.out.append(Operation("withdraw", official, kind.name, fact["id"], reason=reason, path=path))


HANDLERS = {
    "register": _register,
    "record": _record,
    "correct": _correct,
    "end": _end,
    "amend": _amend,
    "withdraw": _withdraw,
}


# Parts shared by the handlers


def _official(reading: Reading, one: Mapping[str, Any], path: str) -> int | None:
    found = reading.officials.get(one.get("official") or "") if isinstance(one.get("official"), str) else None
    own = found is not None and found[0] == reading.actor.official_id and declares(reading.actor)
    if found is None or not (own or reading.actor.covers(Permission.CHANGES_CHANGE_DRAFT, found[1])):
        reading.wrong(
            f"{path}/official",
            "not_found",
            "Không có hồ sơ này trong phạm vi của bạn.",
            "There is no such record within your units.",
        )
        return None
    return found[0]


def _kind(reading: Reading, one: Mapping[str, Any], path: str) -> Kind | None:
    kind = FACTS.get(one["kind"]) if isinstance(one.get("kind"), str) else None
    if kind is None:
        reading.wrong(
            f"{path}/kind", "choice", f"Chọn một trong: {', '.join(FACTS)}.", f"One of: {', '.join(FACTS)}."
        )
    return kind


def _target(reading: Reading, one: Mapping[str, Any], path: str) -> tuple[int, Kind, dict[str, Any]] | None:
    official, kind = _official(reading, one, path), _kind(reading, one, path)
    if official is None or kind is None:
        return None
    named = one.get("fact_id")
    fact = reading.facts.get((kind.name, named)) if isinstance(named, int) else None
    closed = not visible_fields(kind, reading.actor.field_classes())
    if fact is None or fact["official_id"] != official or closed:
        reading.wrong(
            f"{path}/fact_id",
            "not_found",
            "Không có mục này trong hồ sơ, hoặc đã được thay.",
            "The record has no such fact, or it was replaced.",
        )
        return None
    _once(reading, fact["id"], f"{path}/fact_id")
    return official, kind, fact


def _once(reading: Reading, fact: int, path: str) -> None:
    """A change closes a fact once: two operations on one fact would make it impossible to approve."""
    if fact in reading.targeted:
        reading.wrong(
            path,
            "twice",
            "Mục này đã có một thay đổi khác trong cùng đề nghị.",
            "Another operation of this change is on the same fact already.",
        )
    reading.targeted.add(fact)


def _clock(
    reading: Reading, one: Mapping[str, Any], path: str, name: str, *, required: bool = False
) -> PartialDate | None:
    if one.get(name) in MEANS_EMPTY:
        if required:
            reading.wrong(f"{path}/{name}", "required", REQUIRED.vi, REQUIRED.en)
        return None
    try:
        return parse_partial(one[name])
    except Wrong as wrong:
        reading.flaws.append(Flaw(f"{path}/{name}", wrong.code, wrong.words))
        return None


def _was(fact: Mapping[str, Any], name: str) -> PartialDate | None:
    if fact[name] is None:
        return None
    return PartialDate(date.fromisoformat(fact[name]), fact[f"{name}_precision"])


def _ordered(reading: Reading, path: str, start: PartialDate | None, end: PartialDate | None) -> None:
    if start is not None and end is not None and end.on <= start.on:
        reading.wrong(
            f"{path}/valid_to",
            "order",
            "Ngày kết thúc phải sau ngày bắt đầu.",
            "The end must come after the start.",
        )


def _check_whole(reading: Reading) -> None:
    """What must agree within a fact, by the table's own checks, so that the maker hears of it and not the checker."""
    wrong = {flaw.path.split("/")[1] for flaw in reading.flaws}
    for kind in FACTS.values():
        mine = [
            one
            for one in reading.out
            if one.kind == kind.name and one.action != "withdraw" and one.path.split("/")[1] not in wrong
        ]
        if not kind.checks or not mine:
            continue
        rows = [
            {
                "operation_no": place,
                "valid_from": one.valid_from and one.valid_from.on.isoformat(),
                **one.fields,
            }
            for place, one in enumerate(mine)
        ]
        for place, name in send(reading.session, _broken(kind), rows=Jsonb(rows)):
            words = next(words for check, _, words in kind.checks if check == name)
            field = _field_of(kind, name)
            inner = "personal/" if kind.name == "identity" else ""
            reading.flaws.append(Flaw(f"{mine[place].path}/{inner}{field}", name, words))


@cache
def _broken(kind: Kind) -> str:
    """Statement: (number of a row, name of a check) for every check that a row breaks."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    columns = ", ".join(f"{name} {kind.table.c[name].type.compile(dialect)}" for name in kind.columns())
    checks = ", ".join(f"('{name}', {sql})" for name, sql, _ in kind.checks)
    return f"""SELECT r.operation_no, k.name FROM jsonb_to_recordset(CAST(:rows AS jsonb))
                AS r(operation_no int, valid_from date, {columns})
            CROSS JOIN LATERAL (VALUES {checks}) AS k(name, holds) WHERE k.holds IS FALSE ORDER BY 1, 2"""


def _field_of(kind: Kind, check: str) -> str:
    """The field that a broken check is told at: the last one it speaks of, which is the one that may be changed."""
    sql = next(sql for name, sql, _ in kind.checks if name == check)
    return [one.name for one in kind.fields if re.search(rf"\b{one.name}\b", sql)][-1]


def _codes_in_time(
    reading: Reading, kind: Kind, values: Mapping[str, Any], start: PartialDate | None, path: str
) -> None:
    """A code must not have ended before the fact begins; one of today's lists, and `start` None: not by today.

    A list that began later than the fact is no error: older papers are described with the words there are.
    """
    for one in kind.coded():
        key = values.get(one.name)
        on = reading.today if one.today_code or start is None else start.on
        ended = lists.ended_on(reading.session, one.catalogue or "", key) if key else None
        if ended is not None and ended <= on:
            reading.wrong(
                f"{path}/{one.name}",
                "code_ended",
                f"“{lists.label(reading.session, one.catalogue or '', key)}” không còn trong danh mục"
                f" {one.label.vi.lower()} từ {vn(ended)}. Chọn mục còn hiệu lực, hoặc xem lại ngày.",
                f"“{key}” left the list {one.catalogue} on {ended}. Choose one in force, or check the date.",
            )


def _places_agree(reading: Reading, kind: Kind, values: Mapping[str, Any], path: str) -> None:
    """A commune lies in the province given beside it."""
    for one in kind.coded():
        commune = values.get(one.name) if one.catalogue == "communes" else None
        if commune is None:
            continue
        province = values.get(one.name.replace("commune", "province"))
        lies_in = next(
            (row.extra["province"] for row in lists.items(reading.session, "communes") if row.key == commune),
            None,
        )
        if province is not None and province != lies_in:
            reading.wrong(
                f"{path}/{one.name}",
                "commune_elsewhere",
                f"{lists.label(reading.session, 'communes', commune)} thuộc tỉnh khác:"
                f" {lists.label(reading.session, 'provinces', lies_in)}.",
                f"{commune} lies in another province: {lies_in}.",
            )


def _unit_in_scope(reading: Reading, values: Mapping[str, Any], path: str) -> None:
    unit = values.get("organization_id")
    if unit is None or declares(
        reading.actor
    ):  # what is declared names no unit; a proposal is drafted by others
        return
    row = reading.session.execute(text("SELECT ord FROM organization WHERE id = :unit"), {"unit": unit}).one()
    if not reading.actor.covers(Permission.CHANGES_CHANGE_DRAFT, row.ord):
        reading.wrong(
            f"{path}/organization",
            "out_of_scope",
            "Đơn vị này ngoài phạm vi của bạn. Chuyển đi nơi khác cần đơn vị nhận lập đề nghị.",
            "This unit is outside your scope. The receiving unit makes the change for a move.",
        )


def _strays(reading: Reading, one: Mapping[str, Any], path: str, names: set[str]) -> None:
    for stray in sorted(set(one) - names):
        reading.wrong(
            f"{path}/{stray}",
            "unknown_field",
            f"Không dùng “{stray}” ở đây.",
            f"“{stray}” has no place here.",
        )
