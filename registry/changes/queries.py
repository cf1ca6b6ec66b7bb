"""Reading changes: lists, one change with its diff, findings and consequences, and the digest an approval binds to."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from registry.access.actor import Actor
from registry.access.permissions import Permission, Sensitivity
from registry.catalogues import lists
from registry.changes import disciplined, lifecycle
from registry.changes.models import Change
from registry.cursors import read_cursor, write_cursor
from registry.db import send
from registry.errors import not_found
from registry.law import salary as salary_law
from registry.law.personal_number import differences
from registry.law.retirement import retirement
from registry.law.rules import get_rules
from registry.law.steps import steps_of_rank
from registry.law.why import vn, vn_number
from registry.officials.facts import FACTS, UNIT_COLUMNS
from registry.officials.facts.kind import Field, Kind
from registry.officials.queries import visible_fields
from registry.periods import PartialDate, completed_years
from registry.words import Words

SHOWN_OPERATIONS = 500
EMPTIED = Words("(để trống)", "(emptied)")


_ONE = {
    (column, lock): f"SELECT * FROM change WHERE {column} = :named{held}"
    for column in ("uid", "number")
    for lock, held in ((False, ""), (True, " FOR UPDATE"))
}


def get_change(session: Session, named: str, *, lock: bool = False) -> Change:
    """A change by its uuid or its number; NotFound when absent or out of scope."""
    value: UUID | str = named
    try:
        column, value = "uid", UUID(named)
    except ValueError:
        column = "number"
    session.flush()
    row = send(session, _ONE[column, lock], named=value).first()
    if row is None:
        raise not_found()
    return as_change(session, row)


def as_change(session: Session, row: Any) -> Change:
    """The session's object of a whole row of `change` that a statement returned, with what stands in that row."""
    values = row._asdict()
    change = session.identity_map.get(identity_key(Change, row.id))
    if change is None:
        change = Change()
        change.__dict__.update(values)
        make_transient_to_detached(change)
        session.add(change)
        return change
    held = change.__dict__
    for name, value in values.items():
        if name not in held or held[name] != value:  # most of a row is as it was
            set_committed_value(change, name, value)
    return change


WAITING = ("draft", "submitted", "returned")
"""States of a change that nobody has decided on."""

DIGEST = """(SELECT encode(sha256(convert_to(
    (SELECT concat_ws('|', (SELECT c.salt FROM change c WHERE c.id = :id), d.number, d.issued_on, d.effective_on, d.issuer, d.signer,
            d.title, d.file_id)
        FROM decision d WHERE d.id = :decision) || E'\\n' ||
    (SELECT string_agg(concat_ws('|', o.seq, o.action, o.official_id, o.kind, o.fact_id, o.decision_id, o.valid_from,
            o.valid_from_precision, o.valid_to, o.valid_to_precision, o.fields::text, o.said::text, o.reason,
            p.version),
            E'\\n' ORDER BY o.seq)
        FROM change_operation o LEFT JOIN official p ON p.id = o.official_id WHERE o.change_id = :id),
    'UTF8')), 'hex'))"""
"""SHA-256 (hex) over decision, operations, and the versions of the records they touch: all that the diff shows, and fields that
it does not show everybody, which could be found by trying but for the salt. SQL with the parameters :id of the change and
:decision of its paper."""


def digest(session: Session, change: Change) -> str:
    """The digest of a change as it and its records are now."""
    row = send(session, f"SELECT {DIGEST} AS digest", decision=change.decision_id, id=change.id).first()
    assert row is not None
    return str(row.digest)


def etag(change: Change) -> str:
    """The version of a change for If-Match."""
    return f'"{change.version}"'


@dataclass(frozen=True)
class ListQuery:
    """Filters of a list of changes; `mine` keeps the actor's own."""

    statuses: tuple[str, ...] = ()
    organization: str | None = None
    maker_id: int | None = None
    not_maker_id: int | None = None
    cursor: str | None = None
    limit: int = 50
    upcoming_after: date | None = None
    exact: bool = False


def list_changes(session: Session, query: ListQuery) -> tuple[list[dict[str, Any]], str | None, int]:
    """Changes in scope, newest first: (items, next cursor, count up to 1001 or `exact`)."""
    where: list[str] = ["true"]
    parameters: dict[str, Any] = {"limit": query.limit + 1}
    if query.statuses:
        where.append("c.status = ANY (:statuses)")
        parameters["statuses"] = list(query.statuses)
    if query.organization:
        where.append(
            "EXISTS (SELECT 1 FROM organization u WHERE u.code = :code AND c.org_ord BETWEEN u.ord AND u.last)"
        )
        parameters["code"] = query.organization
    if query.maker_id is not None:
        where.append("c.maker_id = :maker")
        parameters["maker"] = query.maker_id
    if query.not_maker_id is not None:
        where.append("c.maker_id <> :not_maker")
        parameters["not_maker"] = query.not_maker_id
    if query.upcoming_after is not None:
        where.append("c.status = 'approved' AND d.effective_on > :upcoming")
        parameters["upcoming"] = query.upcoming_after
    where.append("c.origin <> 'seed'")
    total = session.execute(
        text(f"""SELECT count(*) FROM (SELECT 1 FROM change c JOIN decision d ON d.id = c.decision_id
                 WHERE {" AND ".join(where)} {"" if query.exact else "LIMIT 1001"}) n"""),
        parameters,
    ).scalar_one()
    if query.cursor:
        where.append("c.id < :before")
        parameters["before"] = read_cursor(query.cursor, int)[0]
    rows = session.execute(
        text(f"""SELECT c.id AS row_id, c.uid::text AS id, c.number, c.status, c.origin, c.version, c.created_at,
                    c.submitted_at, c.decided_at, c.note, c.reason, d.number AS decision_number, d.title AS decision_title,
                    d.issued_on, d.effective_on, m.display_name AS maker, k.display_name AS checker, c.maker_id,
                    o.code AS organization_code,
                    (SELECT count(DISTINCT p.official_id) FROM change_operation p WHERE p.change_id = c.id) AS people,
                    (SELECT count(*) FROM change_operation p WHERE p.change_id = c.id) AS operations
                FROM change c JOIN decision d ON d.id = c.decision_id JOIN app_user m ON m.id = c.maker_id
                LEFT JOIN app_user k ON k.id = c.checker_id JOIN organization o ON o.id = c.organization_id
                WHERE {" AND ".join(where)} ORDER BY c.id DESC LIMIT :limit"""),
        parameters,
    ).all()
    shown = [dict(row._mapping) for row in rows[: query.limit]]
    following = write_cursor(shown[-1]["row_id"]) if len(rows) > query.limit else None
    for one in shown:
        one.pop("row_id")
    return shown, following, total


# What a change says


@dataclass(frozen=True)
class Due:
    """Rank and step a person holds now, and the day of the next one."""

    rank: str | None = None
    step: int | None = None
    next_step_on: date | None = None


@dataclass(frozen=True)
class Shown:
    """An operation with the person and what is recorded now beside it; of a person who is not on the registry, the name that the
    change itself registers or withdraws.

    `said` are the columns it gives itself, `untold` those of them that its reader may not compare with what is recorded.
    `old` is the fact it stands against, `later` the day another starts before an open end of a new one is reached.
    """

    seq: int
    action: str
    official_id: int
    official_uid: str | None
    full_name: str
    personal_id: str
    kind: str
    fact_id: int | None
    valid_from: PartialDate | None
    valid_to: PartialDate | None
    fields: dict[str, Any]
    old: dict[str, Any] | None
    reason: str
    decision_number: str = ""
    later: date | None = None
    due: Due = Due()
    said: frozenset[str] = frozenset()
    untold: frozenset[str] = frozenset()
    born: date | None = None


def operations(session: Session, change: Change, limit: int = SHOWN_OPERATIONS) -> list[Shown]:
    """The first operations of a change, each with the fact it replaces: its target, or what holds on its first day."""
    rows = send(
        session,
        """SELECT o.*, c.rank AS held_rank, c.step AS held_step, c.next_step_on, c.uid::text AS uid,
                    coalesce(c.full_name, r.fields->>'full_name') AS full_name,
                    coalesce(c.personal_id, r.fields->>'personal_id') AS personal_id, d.number AS decision_number,
                    coalesce(c.birth_date, (r.fields->>'birth_date')::date) AS born
                FROM change_operation o JOIN decision d ON d.id = o.decision_id
                LEFT JOIN official_current c ON c.official_id = o.official_id
                LEFT JOIN LATERAL (SELECT n.fields FROM change_operation n
                    WHERE n.change_id = o.change_id AND n.official_id = o.official_id
                        AND (n.action = 'register' OR n.action = 'withdraw' AND n.kind = 'identity')
                    ORDER BY n.action, n.seq DESC LIMIT 1) r ON c.official_id IS NULL
                WHERE o.change_id = :change ORDER BY o.seq LIMIT :limit""",
        change=change.id,
        limit=limit,
    ).rows
    old, later = _against(session, change, {row.kind for row in rows if row.action != "register"})
    return [
        Shown(
            row.seq,
            row.action,
            row.official_id,
            row.uid,
            row.full_name or "",
            row.personal_id or "",
            row.kind,
            row.fact_id,
            _when(row.valid_from, row.valid_from_precision),
            _when(row.valid_to, row.valid_to_precision),
            row.fields,
            old.get(row.seq),
            row.reason,
            row.decision_number,
            later.get(row.seq),
            Due(row.held_rank, row.held_step, row.next_step_on),
            frozenset(row.said or ()),
            born=row.born,
        )
        for row in rows
    ]


def _when(on: date | None, precision: str) -> PartialDate | None:
    return PartialDate(on, precision) if on else None  # type: ignore[arg-type]


def _against(
    session: Session, change: Change, kinds: set[str]
) -> tuple[dict[int, dict[str, Any]], dict[int, date]]:
    """By sequence number, the fact an operation stands against, as of the moment before an approval; and, of what is
    still to be decided, the next known start after that of a new fact with an open end.
    """
    old: dict[int, dict[str, Any]] = {}
    later: dict[int, date] = {}
    for name in sorted(kinds):
        for row in send(session, _against_kind(FACTS[name]), change=change.id):
            if row.fact is not None:
                old[row.seq] = row.fact
            if row.starts is not None and change.status != "approved":
                later[row.seq] = row.starts
    return old, later


@cache
def _against_kind(kind: Kind) -> str:
    same = ""
    for key in kind.exclusive or ():
        cast = kind.table.c[key].type.compile(sa.dialects.postgresql.dialect())  # type: ignore[no-untyped-call]
        same += f" AND f.{key} = (o.fields->>'{key}')::{cast}"
    if kind.exclusive_when:
        same += f" AND f.{kind.exclusive_when} AND (o.fields->>'{kind.exclusive_when}')::boolean"
    one_at_a_time = "true" if kind.exclusive is not None else "false"
    return f"""
        SELECT o.seq, a.fact, l.starts FROM change_operation o
        LEFT JOIN LATERAL (SELECT to_jsonb(f) AS fact FROM fact_{kind.name} f
            WHERE f.official_id = o.official_id AND (f.id = o.fact_id OR ({one_at_a_time} AND o.fact_id IS NULL
                AND f.valid_from <= o.valid_from AND (f.valid_to IS NULL OR f.valid_to > o.valid_from){same}))
                AND (f.recorded_to IS NULL OR f.closed_by = :change OR f.id = o.fact_id) AND f.change_id <> :change
            ORDER BY (f.id = o.fact_id) DESC, f.valid_from DESC LIMIT 1) a ON true
        LEFT JOIN LATERAL (SELECT min(f.valid_from) AS starts FROM fact_{kind.name} f
            WHERE {one_at_a_time} AND o.action = 'record' AND o.valid_to IS NULL AND f.official_id = o.official_id
                AND f.closed_by IS NULL AND f.valid_from > o.valid_from{same}) l ON true
        WHERE o.change_id = :change AND o.kind = '{kind.name}' AND o.action NOT IN ('register', 'restore')"""


def for_reader(shown: list[Shown], actor: Actor) -> list[Shown]:
    """The operations as this reader may see them.

    An operation may carry a whole fact: what it leaves as it was, and what it stands against, is as closed to the reader as
    on the record. What it says itself is open to those who make changes or decide on them, whether it differs from what is
    recorded or not: who is not told which could otherwise try guesses.
    """
    classes, works = actor.field_classes(), _works(actor)
    return [
        _open_part(one, classes, works) for one in shown if works or visible_fields(FACTS[one.kind], classes)
    ]


def is_told_what_follows(actor: Actor) -> bool:
    """Whether findings and consequences, which speak of births and retirements, are for this reader."""
    return _works(actor) or "personal" in actor.field_classes()


def _works(actor: Actor) -> bool:
    return actor.may(Permission.CHANGES_CHANGE_DRAFT) or actor.may(Permission.CHANGES_CHANGE_DECIDE)


def _open_part(one: Shown, classes: frozenset[Sensitivity], works: bool) -> Shown:
    closed = [field for field in FACTS[one.kind].fields if field.sensitivity not in classes]
    if not closed:
        return one
    gone = {column for field in closed for column in field.stored_in}
    kept = gone & one.said if works else frozenset()
    if one.kind == "identity" and "birth_date" in gone - kept:
        gone |= {"valid_from"}  # it begins with the birth
        one = replace(one, valid_from=None)
    return replace(
        one,
        fields={name: value for name, value in one.fields.items() if name not in gone or name in kept},
        old={name: value for name, value in one.old.items() if name not in gone} if one.old else one.old,
        untold=frozenset(kept),
    )


def diff(session: Session, shown: list[Shown], language: str = "vi") -> list[dict[str, Any]]:
    """Old and new side by side, changed fields only, grouped by person in the order of the change."""
    people: dict[int, dict[str, Any]] = {}
    units = _unit_names(session, shown)
    for one in shown:
        person = people.setdefault(
            one.official_id,
            {
                "official": {
                    "id": one.official_uid,
                    "full_name": one.full_name,
                    "personal_id": one.personal_id,
                },
                "is_new": False,
                "facts": [],
            },
        )
        person["is_new"] = person["is_new"] or one.action == "register"
        lines = _lines(session, one, units, language)
        person["facts"].append(
            {
                "seq": one.seq,
                "action": one.action,
                "kind": one.kind,
                "label": FACTS[one.kind].label.said_in(language),
                "decision": one.decision_number,
                "reason": one.reason,
                "fields": lines,
            }
        )
    return list(people.values())


def _lines(session: Session, one: Shown, units: dict[int, str], language: str) -> list[dict[str, Any]]:
    withdrawn = one.action == "withdraw"
    taken = (
        one.fields if withdrawn else None
    )  # of a person withdrawn meanwhile nothing is recorded to stand against
    lines = []
    for field in FACTS[one.kind].fields:
        against = one.old or taken
        old = say(session, field, against, units, language) if against else ""
        new = "" if withdrawn else say(session, field, one.fields, units, language)
        if not new and field.name in one.untold and one.action in ("correct", "amend"):
            new = EMPTIED.said_in(language)
        if old != new and (old or new):
            lines.append(
                {
                    "name": field.name,
                    "label": field.label.said_in(language),
                    "old": old or None,
                    "new": new or None,
                }
            )
    if one.action == "register":
        lines.insert(
            1,
            {
                "name": "personal_id",
                "label": Words("Số định danh cá nhân", "Personal number").said_in(language),
                "old": None,
                "new": one.fields.get("personal_id"),
            },
        )
        if one.fields.get("staff_code"):
            lines.insert(
                2,
                {
                    "name": "staff_code",
                    "label": Words("Số hiệu", "Staff code").said_in(language),
                    "old": None,
                    "new": one.fields["staff_code"],
                },
            )
        return lines
    for name, words, shown in (
        ("valid_from", Words("Từ ngày", "From"), one.valid_from),
        ("valid_to", Words("Đến ngày", "Until"), one.valid_to),
    ):
        before = _old_date(one.old, name) if one.old or not withdrawn else _shown_date(shown)
        after = "" if withdrawn else _shown_date(shown)
        if before != after and (before or after):
            lines.append(
                {"name": name, "label": words.said_in(language), "old": before or None, "new": after or None}
            )
    return lines


def _shown_date(day: PartialDate | None) -> str:
    if day is None:
        return ""
    return {"day": day.on.strftime("%d/%m/%Y"), "month": day.on.strftime("%m/%Y"), "year": str(day.on.year)}[
        day.precision
    ]


def _old_date(fact: dict[str, Any] | None, name: str) -> str:
    if not fact or not fact.get(name):
        return ""
    return _shown_date(PartialDate(date.fromisoformat(fact[name]), fact[f"{name}_precision"]))


def say(session: Session, field: Field, values: dict[str, Any], units: dict[int, str], language: str) -> str:
    """A stored value as people read it: names for codes, Vietnamese dates and numbers; '' for nothing."""
    column = field.stored_in[0]
    value = values.get(column)
    if value is None:
        return ""
    match field.type:
        case "code":
            name = lists.label(session, field.catalogue or "", value, language)
            return f"{name} ({value})" if field.catalogue == "ranks" else name
        case "partial_date":
            return _shown_date(PartialDate(date.fromisoformat(value), values[f"{column}_precision"]))
        case "date":
            return vn(date.fromisoformat(value))
        case "decimal":
            return vn_number(round(Decimal(str(value)), field.digits[1]))
        case "boolean":
            return Words("Có" if value else "Không", "Yes" if value else "No").said_in(language)
        case "choice":
            return next((words.said_in(language) for key, words in field.choices if key == value), str(value))
        case "unit":
            return units.get(int(value), "")
        case "file":
            return Words("có ảnh", "a picture").said_in(language) + f" ({str(value)[-4:]})"
        case _:
            return str(value)


def _unit_names(session: Session, shown: list[Shown]) -> dict[int, str]:
    ids = {
        int(values[column])
        for one in shown
        for values in (one.fields, one.old or {})
        for column in UNIT_COLUMNS
        if values.get(column) is not None
    }
    if not ids:
        return {}
    rows = session.execute(
        text("""SELECT DISTINCT ON (organization_id) organization_id, name FROM organization_version
                WHERE organization_id = ANY (:ids) AND recorded_to IS NULL ORDER BY organization_id, valid_from DESC"""),
        {"ids": sorted(ids)},
    )
    return {row.organization_id: row.name for row in rows}


# What is odd about it, and what follows from it


@dataclass(frozen=True)
class Finding:
    """Something to mend (error) or to look at before deciding (warning)."""

    path: str
    code: str
    severity: str
    message: Words


def findings(session: Session, change: Change, today: date, *, numbered: bool | None = None) -> list[Finding]:
    """Errors and warnings in the content, by the law tables and by what is recorded. `numbered`: whether its decision has
    its number, if that is known already."""
    found: list[Finding] = []
    shown = operations(session, change)
    for one in shown:
        if one.action == "withdraw":
            continue
        path = f"operations/{one.seq}"
        if one.kind == "salary":
            found += _salary_findings(session, one, path)
        if one.action == "register":
            found += _identity_findings(session, one, path)
        if one.kind not in OF_OTHERS and one.action != "register":
            found += _unborn_findings(one, path)
        if one.kind == "status" and one.valid_from:
            found += _age_findings(session, shown, one, path)
        if one.later:
            found.append(
                Finding(
                    f"{path}/valid_from",
                    "future_fact",
                    "warning",
                    Words(
                        f"{one.full_name}: đã ghi nhận {FACTS[one.kind].label.vi.lower()} bắt đầu {vn(one.later)}, "
                        "nên mục mới chỉ có giá trị đến ngày đó.",
                        f"{one.full_name}: a later {FACTS[one.kind].label.en.lower()} starts on {one.later}, "
                        "so the new one holds until then.",
                    ),
                )
            )
    kinds = {one.kind for one in shown}
    found += [Finding(*one) for one in lifecycle.findings(session, change, kinds)]
    found += [Finding(*one) for one in disciplined.findings(session, change, kinds)]
    if change.status in ("draft", "returned"):
        found += _paper_findings(is_numbered(session, change) if numbered is None else numbered)
    if change.status == "submitted":
        found += _maker_findings(session, change, today)
    return found + _quota_findings(quota(session, change, shown, today))


def is_numbered(session: Session, change: Change) -> bool:
    """Whether the decision of a change has its number already."""
    paper = send(session, "SELECT number FROM decision WHERE id = :id", id=change.decision_id).first()
    return paper is not None and bool(paper.number)


def _paper_findings(numbered: bool) -> list[Finding]:
    """A draft made before its decision was signed lacks the number."""
    if numbered:
        return []
    words = Words(
        "Nhập số và ngày ký quyết định trước khi trình.", "Give number and day of the decision first."
    )
    return [Finding("decision/number", "required", "error", words)]


def _maker_findings(session: Session, change: Change, today: date) -> list[Finding]:
    """Who handed it in had the right then; whoever decides is told when it is gone since."""
    held = session.execute(
        text("SELECT registry_may_make(:maker, :ord, :origin, :today)"),
        {"maker": change.maker_id, "ord": change.org_ord, "origin": change.origin, "today": today},
    )
    if held.scalar_one():
        return []
    words = Words(
        "Người lập nay không còn quyền lập đề nghị ở đơn vị này. Đối chiếu kỹ với quyết định trước khi duyệt.",
        "Whoever made this has no right to make changes in this unit any more. Compare with the decision before approving.",
    )
    return [Finding("", "maker_without_right", "warning", words)]


def _salary_findings(session: Session, one: Shown, path: str) -> list[Finding]:
    rank, step, due = one.fields["rank"], one.fields["step"], one.due
    on = one.valid_from.on if one.valid_from else date.min
    steps = {row.step: row.coefficient for row in steps_of_rank(session, rank, on)}
    known = steps.get(step)
    held = Decimal(str(one.fields["coefficient"]))
    if known is None and steps:
        return [
            Finding(
                f"{path}/step",
                "no_such_step",
                "error",
                Words(
                    f"{one.full_name}: ngạch {rank} không có bậc {step}.",
                    f"{one.full_name}: rank {rank} has no step {step}.",
                ),
            )
        ]
    if known is not None and known != held:
        return [
            Finding(
                f"{path}/coefficient",
                "coefficient_mismatch",
                "error",
                Words(
                    f"{one.full_name}: ngạch {rank} bậc {step} có hệ số {vn_number(known)}, không phải {vn_number(held)}.",
                    f"{one.full_name}: rank {rank} step {step} has coefficient {known}, not {held}.",
                ),
            )
        ]
    early = (
        one.action == "record"
        and (due.rank, due.step) == (rank, step - 1)
        and one.fields.get("event") in (None, "nang_bac")
    )
    if early and one.valid_from and due.next_step_on and one.valid_from.on < due.next_step_on:
        return [
            Finding(
                f"{path}/valid_from",
                "step_too_early",
                "warning",
                Words(
                    f"{one.full_name}: chưa đến hạn nâng bậc, đến hạn {vn(due.next_step_on)}. Bỏ người này hoặc sửa ngày hưởng.",
                    f"{one.full_name}: the increase is due on {due.next_step_on}, not earlier.",
                ),
            )
        ]
    return []


def _identity_findings(session: Session, one: Shown, path: str) -> list[Finding]:
    """Where the number disagrees with its holder: to look at, with the reason it may stand."""
    number, born, sex = one.fields.get("personal_id"), one.fields.get("birth_date"), one.fields.get("sex")
    if not number or not born or not sex:
        return []
    provinces = lists.items(session, "cccd_provinces")
    return [
        Finding(
            f"{path}/personal/personal_id",
            "personal_id_mismatch" if other.code != "province" else "personal_id_province",
            "warning",
            Words(
                f"{one.full_name}: {other.words.vi} {other.reason.vi}",
                f"{one.full_name}: {other.words.en} {other.reason.en}",
            ),
        )
        for other in differences(number, sex, date.fromisoformat(born), provinces)
    ]


OF_OTHERS = frozenset({"family", "abroad_link", "identity"})
"""Kinds that speak of relatives, who are there before the official is born; identity begins with the birth that it tells."""


def _unborn_findings(one: Shown, path: str) -> list[Finding]:
    """A slip of the century: nothing but relatives is there before the person is."""
    if one.born is None or one.valid_from is None or one.action == "restore":
        return []
    known = {"year": 1, "month": 2}.get(one.valid_from.precision, 3)
    if one.valid_from.on.timetuple()[:known] >= one.born.timetuple()[:known]:
        return []
    return [
        Finding(
            f"{path}/valid_from",
            "before_birth",
            "error",
            Words(
                f"{one.full_name}: ngày bắt đầu trước ngày sinh. Sửa ngày.",
                f"{one.full_name}: it starts before the birth. Mend the day.",
            ),
        )
    ]


def _age_findings(session: Session, shown: list[Shown], one: Shown, path: str) -> list[Finding]:
    born = next(
        (
            other.fields["birth_date"]
            for other in shown
            if other.action == "register" and other.official_id == one.official_id
        ),
        None,
    )
    if born is None or one.valid_from is None:
        return []
    youngest = get_rules(session).number("recruitment_least_age", one.valid_from.on)
    if completed_years(date.fromisoformat(born), one.valid_from.on) >= youngest:
        return []
    return [
        Finding(
            f"{path}/valid_from",
            "too_young",
            "error",
            Words(
                f"{one.full_name}: chưa đủ {youngest} tuổi vào ngày tuyển dụng.",
                f"{one.full_name}: under {youngest} when recruited.",
            ),
        )
    ]


def _quota_findings(units: list[Any]) -> list[Finding]:
    """Units whose headcount would pass their quota, counted as if the change were in force."""
    return [
        Finding(
            "operations",
            "quota_exceeded",
            "warning",
            Words(
                f"{row.name}: biên chế {row.quota}, sau thay đổi có {row.after} người.",
                f"{row.name}: quota {row.quota}, {row.after} people after the change.",
            ),
        )
        for row in units
        if _passes(row)
    ]


def _passes(unit: Any) -> bool:
    """Whether people who come would make a unit larger than its quota."""
    return unit.quota is not None and unit.after > unit.quota and unit.arriving > 0


def quota(session: Session, change: Change, shown: list[Shown], today: date) -> list[Any]:
    """For each unit that people move into or out of: quota, headcount now and after (name, quota, now, arriving, after)."""
    if len(shown) < SHOWN_OPERATIONS and all(one.kind != "appointment" for one in shown):
        return []
    return list(
        session.execute(
            text("""
            WITH moves AS (
                SELECT o.official_id, (o.fields->>'organization_id')::bigint AS unit, c.organization_id AS was
                FROM change_operation o LEFT JOIN official_current c ON c.official_id = o.official_id AND c.in_headcount
                WHERE o.change_id = :change AND o.kind = 'appointment' AND o.action IN ('record', 'correct')
                    AND (o.fields->>'is_main')::boolean AND (o.valid_to IS NULL OR o.valid_to > :today)),
            touched AS (SELECT unit AS id FROM moves UNION SELECT was FROM moves WHERE was IS NOT NULL)
            SELECT u.code, v.name, q.quota, n.now,
                (SELECT count(*) FROM moves m WHERE m.unit = u.id AND m.was IS DISTINCT FROM u.id) AS arriving,
                n.now + (SELECT count(*) FROM moves m WHERE m.unit = u.id AND m.was IS DISTINCT FROM u.id)
                      - (SELECT count(*) FROM moves m WHERE m.was = u.id AND m.unit <> u.id) AS after
            FROM touched t JOIN organization u ON u.id = t.id
            LEFT JOIN organization_version v ON v.organization_id = u.id AND v.recorded_to IS NULL AND v.valid_to IS NULL
            LEFT JOIN LATERAL (SELECT sum(p.quota)::int AS quota FROM position p WHERE p.organization_id = u.id
                AND p.valid_to IS NULL) q ON true
            CROSS JOIN LATERAL (SELECT count(*)::int AS now FROM official_current c WHERE c.organization_id = u.id
                AND c.in_headcount) n
            ORDER BY u.ord"""),
            {"change": change.id, "today": today},
        )
    )


def consequences(session: Session, change: Change, shown: list[Shown], today: date) -> list[dict[str, Any]]:
    """What follows from approval: pay a month, retirement, quota. Each {code, title, detail, figure} in both languages, and
    `warns` where a unit would pass its quota.

    Quotas are told of a change that waits: beside what has come to pass since, its own numbers say nothing.
    An undo takes pieces of facts back and brings whole ones: no sum over them is what changes, so it says what it does.
    """
    if change.origin == "undo":
        return [BACK]
    out = [_pay_consequence(session, shown), _retirement_consequence(session, shown)]
    units = quota(session, change, shown, today) if change.status in WAITING else []
    out += [
        {
            "code": "quota",
            "warns": _passes(row),
            "title": Words(f"Biên chế {row.name}", f"Quota of {row.name}"),
            "detail": Words(
                f"Được giao {'chưa ghi' if row.quota is None else row.quota}; hiện có {row.now}, sau thay đổi {row.after}.",
                f"Assigned {'not recorded' if row.quota is None else row.quota}; {row.now} now, {row.after} after.",
            ),
            "figure": Words(
                f"{row.after}/{'–' if row.quota is None else row.quota}",
                f"{row.after}/{'–' if row.quota is None else row.quota}",
            ),
        }
        for row in units
    ]
    return [one for one in out if one is not None]


BACK = {
    "code": "undo",
    "title": Words("Trở lại như trước", "Back as before"),
    "detail": Words(
        "Lương, ngày nghỉ hưu và biên chế trở lại như trước đề nghị được hoàn tác.",
        "Pay, days of retirement and quotas are again what they were before the request that is undone.",
    ),
    "figure": Words("", ""),
}


def _pay_consequence(session: Session, shown: list[Shown]) -> dict[str, Any] | None:
    base_rows = lists.items(session, "base_salary")
    lines: list[tuple[str, int]] = []
    for one in shown:
        if one.kind == "salary" or (one.kind == "allowance" and one.fields.get("allowance") == "chuc_vu"):
            on = one.valid_from.on if one.valid_from else date.min
            base = salary_law.base_salary(base_rows, on)
            if base is None:
                continue
            before = (
                Decimal(str((one.old or {}).get("coefficient") or 0))
                if one.action != "register"
                else Decimal(0)
            )
            after = (
                Decimal(0) if one.action == "withdraw" else Decimal(str(one.fields.get("coefficient") or 0))
            )
            difference = int((after - before) * int(base.extra["amount_vnd"]))
            if difference:
                lines.append((one.full_name, difference))
    if not lines:
        return None
    total = sum(amount for _, amount in lines)
    said = "; ".join(f"{name} {_signed(amount)} đ" for name, amount in lines[:5])
    return {
        "code": "pay",
        "title": Words("Lương mỗi tháng", "Pay a month"),
        "detail": Words(
            said + ("; …" if len(lines) > 5 else "") + ". Theo lương cơ sở của ngày hưởng.",
            said + ". By the base salary of the day.",
        ),
        "figure": Words(f"{_signed(total)} đ", f"{_signed(total)} VND"),
    }


def _signed(amount: int) -> str:
    return ("+" if amount > 0 else "") + vn_number(amount)


def _retirement_consequence(session: Session, shown: list[Shown]) -> dict[str, Any] | None:
    rows = lists.items(session, "retirement_age_by_year")
    said: list[str] = []
    for one in shown:
        if one.kind != "identity" or one.action == "withdraw" or not rows:
            continue
        new = _retires(rows, one.fields)
        old = _retires(rows, one.old) if one.old else None
        if new != old:
            said.append(f"{one.full_name}: {vn(new)}" + (f" (trước: {vn(old)})" if old else ""))
    if not said:
        return (
            {
                "code": "retirement",
                "title": Words("Nghỉ hưu", "Retirement"),
                "detail": Words("Không đổi ngày nghỉ hưu của ai.", "Nobody's retirement day changes."),
                "figure": Words("không đổi", "unchanged"),
            }
            if shown and all(o.action != "register" for o in shown)
            else None
        )
    return {
        "code": "retirement",
        "title": Words("Nghỉ hưu", "Retirement"),
        "detail": Words("; ".join(said[:5]), "; ".join(said[:5])),
        "figure": Words(f"{len(said)} người", f"{len(said)} people"),
    }


def _retires(rows: Any, identity: dict[str, Any] | None) -> Any:
    if not identity or not identity.get("birth_date") or identity.get("sex") not in ("nam", "nu"):
        return None
    born = PartialDate(
        date.fromisoformat(identity["birth_date"]), identity.get("birth_date_precision") or "day"
    )
    return retirement(rows, identity["sex"], born).on


def events(session: Session, change: Change) -> list[dict[str, Any]]:
    """The steps of a change, newest first."""
    rows = session.execute(
        text("""SELECT e.at, e.step, e.words, u.display_name AS actor FROM change_event e JOIN app_user u ON u.id = e.actor_id
                WHERE e.change_id = :change ORDER BY e.id DESC"""),
        {"change": change.id},
    )
    return [dict(row._mapping) for row in rows]


def count_by_status(session: Session, maker_id: int | None = None) -> dict[str, int]:
    """How many changes in scope stand in each status (of one maker, if given)."""
    rows = session.execute(
        text("""SELECT status, count(*) AS n FROM change WHERE origin <> 'seed'
                AND (CAST(:maker AS bigint) IS NULL OR maker_id = :maker) GROUP BY status"""),
        {"maker": maker_id},
    )
    return {row.status: row.n for row in rows}
