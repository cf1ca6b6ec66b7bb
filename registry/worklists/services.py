"""Drafting the decision for people of a work list: one change in draft, one operation a row, as the law gives it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.access.policy import Target, require
from registry.changes import services as changes
from registry.changes.drafting import unit_codes
from registry.changes.models import Change
from registry.changes.operations import MOST_OPERATIONS
from registry.errors import Conflict, Flaw, Invalid
from registry.law.why import vn
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Kind
from registry.words import Words
from registry.worklists.lists import WorkList
from registry.worklists.queries import Asked, Row, list_whole
from registry.worklists.reasons import Reason, add_day, explain

ALL: Literal["all"] = "all"
NOTHING_BY_LAW = Words(
    "Danh sách này không lập được dự thảo: nội dung quyết định không suy ra từ luật. Ghi từng người bằng biểu mẫu.",
    "No decision can be drafted from this list: its content does not follow from the law. Use the form.",
)
NOBODY = Words(
    "Không còn ai trong danh sách này, hoặc mọi người đã có trong đề nghị khác.",
    "Nobody is left on this list, or everybody is in another change already.",
)


def draft(
    session: Session,
    actor: Actor,
    one: WorkList,
    asked: Asked,
    today: date,
    *,
    people: Sequence[str] | Literal["all"],
    decision: Mapping[str, Any] | None = None,
    way: str | None = None,
) -> Change:
    """A draft for those people of the list (registry ids or personal numbers) or for all, in one change or not at all.

    With "all", whoever is in an open change about the same thing, and whoever the law gives nothing, is left out.
    Raises Invalid for somebody who is not on the list or for too many, Conflict for somebody in an open change.
    """
    require(actor, Permission.CHANGES_CHANGE_DRAFT, Target(org_ord=asked.unit.ord))
    make = _OPERATIONS.get((one.id, way or (one.drafts[0][0] if one.drafts else "")))
    if make is None:
        raise Invalid(NOTHING_BY_LAW, "no_draft", [Flaw("draft", "no_draft", NOTHING_BY_LAW)])
    named = None if people == ALL else list(dict.fromkeys(people))
    if named is not None:
        _few_enough(len(named))
    rows = list_whole(session, one, asked, today, people=named)
    rows = _all_free(rows) if named is None else _as_named(rows, named)
    reasons = [explain(session, one, row, today) for row in rows]
    codes = _codes(session, rows)
    operations = [
        operation
        for row, reason in zip(rows, reasons, strict=True)
        if (operation := make(row, reason, codes)) is not None
    ]
    if named is not None and len(operations) < len(rows):
        _tell_without(rows, reasons, make, codes)
    if not operations:
        raise Conflict(NOBODY, "nobody", [Flaw("people", "nobody", NOBODY)])
    _few_enough(len(operations))
    title = dict(one.drafts)[way or one.drafts[0][0]].vi
    body = {
        "decision": {"title": f"Về việc {title[:1].lower()}{title[1:]}"} | dict(decision or {}),
        "note": _note(one, asked, len(operations)),
        "operations": operations,
    }
    return changes.draft(session, actor, body, today, later=True)


def _few_enough(operations: int) -> None:
    if operations > MOST_OPERATIONS:
        words = Words(
            f"Một đề nghị có tối đa {MOST_OPERATIONS} người; danh sách này có nhiều hơn. Chọn đơn vị nhỏ hơn hoặc khoảng "
            "ngày ngắn hơn rồi lập từng đề nghị. Chưa lập gì.",
            f"One change holds at most {MOST_OPERATIONS} people; there are more here. Choose a smaller unit or period and "
            "draft one change each. Nothing was drafted.",
        )
        raise Invalid(words, "too_many", [Flaw("people", "too_many", words)])


def _all_free(rows: list[Row]) -> list[Row]:
    return [row for row in rows if row.change is None]


def _as_named(rows: list[Row], named: list[str]) -> list[Row]:
    """The rows of the people named; whoever is not on the list, or in an open change, is told by place."""
    known = {key for row in rows for key in (row.id, row.personal_id)}
    missing = Words(
        "Không có trong danh sách này của đơn vị và khoảng ngày đã chọn.",
        "Not on this list of the unit and period chosen.",
    )
    flaws = [
        Flaw(f"people/{place}", "not_on_list", missing) for place, one in enumerate(named) if one not in known
    ]
    if flaws:
        raise Invalid(missing, "not_on_list", flaws)
    held = [
        Flaw(
            f"people/{next(place for place, one in enumerate(named) if one in (row.id, row.personal_id))}",
            "in_change",
            Words(
                f"{row.full_name}: đã có trong đề nghị {row.change}.",
                f"{row.full_name} is in change {row.change} already.",
            ),
        )
        for row in rows
        if row.change is not None
    ]
    if held:
        words = Words(
            f"{len(held)} người đã có trong đề nghị chưa quyết định. Chưa lập gì.",
            f"{len(held)} people are in a change that is not decided yet. Nothing was drafted.",
        )
        raise Conflict(words, "in_change", held)
    return rows


def _tell_without(rows: list[Row], reasons: list[Reason], make: "Make", codes: dict[int, str]) -> None:
    """Refuse for people whom the law gives nothing more, with the reason."""
    flaws = [
        Flaw(
            "people",
            "nothing_due",
            Words(
                f"{row.full_name}: {reason.due.why[-1].words.vi}",
                f"{row.full_name}: {reason.due.why[-1].words.en}",
            ),
        )
        for row, reason in zip(rows, reasons, strict=True)
        if make(row, reason, codes) is None
    ]
    words = Words("Có người chưa tính được nội dung quyết định.", "For some the law gives nothing to decide.")
    raise Invalid(words, "nothing_due", flaws)


def _note(one: WorkList, asked: Asked, people: int) -> str:
    since = f"từ {vn(asked.since)} " if asked.since else ""
    return (
        f"Lập từ danh sách “{one.title.vi}”, {asked.unit.name}, {since}đến trước {vn(asked.until)}: {people} người. "
        f"Căn cứ: {one.source}."
    )


# Operations


Make = Callable[[Row, Reason, dict[int, str]], dict[str, Any] | None]


def _codes(session: Session, rows: Sequence[Row]) -> dict[int, str]:
    """Codes of the units that the facts of the rows name, in one statement."""
    facts = [fact for row in rows for name in ("fact", "status") if (fact := row.basis.get(name))]
    units = {
        fact[column]
        for fact in facts
        for column in ("organization_id", "to_unit")
        if fact.get(column) is not None
    }
    return unit_codes(session, sorted(units)) if units else {}


def as_sent(kind: Kind, fact: Mapping[str, Any], codes: Mapping[int, str]) -> dict[str, Any]:
    """Stored column values as an operation says them; empty ones left out."""
    found: dict[str, Any] = {}
    for one in kind.fields:
        column = one.stored_in[0]
        value = fact.get(column)
        if value is None:
            continue
        if one.type == "unit":
            found[one.name] = codes[value]
        elif one.type == "partial_date":
            found[one.name] = {"date": value, "precision": fact[f"{column}_precision"]}
        else:
            found[one.name] = str(value) if one.type == "decimal" else value
    return found


def _record(row: Row, kind: str, since: date, fields: dict[str, Any]) -> dict[str, Any]:
    return {
        "action": "record",
        "official": row.id,
        "kind": kind,
        "valid_from": since.isoformat(),
        **{name: value for name, value in fields.items() if value is not None},
    }


def _salary(
    row: Row, reason: Reason, codes: dict[int, str], event: str, **fields: Any
) -> dict[str, Any] | None:
    """The pay as it is but for what the increase changes; the share paid and the reserve stay."""
    if not reason.next:
        return None
    kept = as_sent(FACTS["salary"], row.basis["fact"], codes)
    given = {name: str(value) if name == "coefficient" else value for name, value in reason.next.items()}
    return _record(row, "salary", row.due_on, kept | {"event": event} | fields | given)


def _step(row: Row, reason: Reason, codes: dict[int, str]) -> dict[str, Any] | None:
    return _salary(row, reason, codes, "nang_bac", overrun_percent=0)


def _overrun(row: Row, reason: Reason, codes: dict[int, str]) -> dict[str, Any] | None:
    return _salary(row, reason, codes, "vuot_khung")


def _retire(row: Row, reason: Reason, codes: dict[int, str]) -> dict[str, Any]:
    return _status(row, row.basis["fact"], "nghi_huu", reason.next["from"], codes)


def _status(
    row: Row, now: Mapping[str, Any], status: str, since: date, codes: dict[int, str]
) -> dict[str, Any]:
    """The next status; category and recruitment stay what they were."""
    kept = as_sent(FACTS["status"], now, codes)
    for name in ("reason", "notified_on", "grant_vnd"):
        kept.pop(name, None)
    return _record(row, "status", since, kept | {"status": status})


def _reappoint(row: Row, reason: Reason, codes: dict[int, str]) -> dict[str, Any]:
    kept = as_sent(FACTS["appointment"], row.basis["fact"], codes)
    until = reason.next["until"].isoformat()
    return _record(row, "appointment", row.due_on, kept | {"event": "bo_nhiem_lai", "term_ends_on": until})


def _end(row: Row, reason: Reason, codes: dict[int, str]) -> dict[str, Any]:
    return {
        "action": "end",
        "official": row.id,
        "kind": "secondment",
        "fact_id": row.fact_id,
        "valid_to": add_day(row.due_on).isoformat(),
    }


def _renew(row: Row, reason: Reason, codes: dict[int, str]) -> dict[str, Any]:
    kept = as_sent(FACTS["contract"], row.basis["fact"], codes)
    for name in ("contract_no", "signed_on", "end_reason"):
        kept.pop(name, None)
    return _record(row, "contract", reason.next["from"], kept | {"ends_on": reason.next["until"].isoformat()})


def _leave(row: Row, reason: Reason, codes: dict[int, str]) -> dict[str, Any] | None:
    now = row.basis["status"]
    return None if now is None else _status(row, now, "cham_dut_hd", reason.next["from"], codes)


_OPERATIONS: dict[tuple[str, str], Make] = {
    ("salary_steps", "step"): _step,
    ("overrun", "overrun"): _overrun,
    ("retirement_decision", "retire"): _retire,
    ("reappointments", "reappoint"): _reappoint,
    ("secondments", "end"): _end,
    ("contracts", "renew"): _renew,
    ("contracts", "end"): _leave,
}
"""By list and way of drafting."""
