"""Changes: the list, one with its diff and consequences, submitting, withdrawing, deciding."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Blueprint, Response
from markupsafe import Markup
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.documents import hand_over
from registry.access.permissions import Permission
from registry.access.policy import Target, decide, require
from registry.audit import log
from registry.audit import queries as trail
from registry.changes import queries, services
from registry.changes.models import Change
from registry.documents import portraits
from registry.documents.models import Decision, File
from registry.documents.queries import get_file
from registry.documents.services import read_portraits, storage
from registry.errors import Invalid, Stale, not_found
from registry.officials.facts import FACTS
from registry.officials.facts.parsing import file_uid
from registry.words import Words
from web.pages import PageCall, page
from web.recording import own_draft

rooms = Blueprint("change_pages", __name__)
READ, DRAFT, DECIDE = (
    Permission.CHANGES_CHANGE_READ,
    Permission.CHANGES_CHANGE_DRAFT,
    Permission.CHANGES_CHANGE_DECIDE,
)
PAGE = 50

# The list

TABS: tuple[tuple[str, Words, tuple[str, ...]], ...] = (
    ("cho-duyet", Words("Chờ phê duyệt", "Awaiting approval"), ("submitted",)),
    ("tra-lai", Words("Bị trả lại", "Returned"), ("returned",)),
    ("nhap", Words("Nháp", "Drafts"), ("draft",)),
    ("sap-hieu-luc", Words("Sắp có hiệu lực", "Not yet in force"), ("approved",)),
    ("da-duyet", Words("Đã duyệt", "Approved"), ("approved",)),
    ("khac", Words("Từ chối, đã rút", "Rejected or withdrawn"), ("rejected", "withdrawn")),
)


@page(rooms, "/de-nghi", READ)
def list_changes(call: PageCall) -> Response:
    """Changes in the reader's units by status; an official sees the own requests."""
    counts = queries.count_by_status(call.session, None if call.actor.ranges(READ) else call.actor.user_id)
    chosen = call.args.get("tinh-trang") or _first_tab(call, counts)
    known = next((one for one in TABS if one[0] == chosen), TABS[0])
    mine = call.args.get("cua-toi") == "1" or not call.actor.ranges(READ)
    items, following, total = queries.list_changes(
        call.session,
        queries.ListQuery(
            known[2],
            maker_id=call.actor.user_id if mine else None,
            cursor=call.args.get("cursor"),
            limit=PAGE,
            upcoming_after=call.today if known[0] == "sap-hieu-luc" else None,
        ),
    )
    for one in items:
        one["shown_status"] = _shown_status(one["status"], one["effective_on"], call.today)
        one["own"] = one["maker_id"] == call.actor.user_id
    tabs = [
        {
            "href": call.link(**{"tinh-trang": key, "cursor": None}),
            "text": call.say(words),
            "current": key == known[0],
            "count": None if key == "sap-hieu-luc" else sum(counts.get(status, 0) for status in statuses),
        }
        for key, words, statuses in TABS
    ]
    return call.render(
        "changes/list.html",
        title=call.t("Đề nghị", "Requests"),
        tabs=tabs,
        tab=known[0],
        changes=items,
        mine=mine,
        may_draft=bool(call.actor.ranges(DRAFT)),
        may_decide=call.actor.may(DECIDE),
        total=min(total, 1000),
        exact=total <= 1000,
        next=call.link(cursor=following) if following else None,
        first=call.link(cursor=None) if call.args.get("cursor") else None,
    )


def _first_tab(call: PageCall, counts: dict[str, int]) -> str:
    """Whoever decides starts with what waits for a decision, whoever drafts with what came back, if anything
    did.
    """
    if call.actor.may(DECIDE) or not counts.get("returned"):
        return "cho-duyet"
    return "tra-lai"


def _shown_status(status: str, effective_on: date | None, today: date) -> str:
    return "pending" if status == "approved" and effective_on is not None and effective_on > today else status


# One change


def _open(call: PageCall, number: str, *, lock: bool = False) -> Change:
    change = queries.get_change(call.session, number, lock=lock)
    require(call.actor, READ, Target(org_ord=change.org_ord, maker_id=change.maker_id))
    return change


@page(rooms, "/de-nghi/<number>", READ)
def show_change(call: PageCall, number: str) -> Response:
    """Decision, what changes, what follows, who did what; and the opinion of whoever may give one."""
    change = _open(call, number)
    log.record(call.session, call.actor, log.Action.CHANGE_READ, "change", str(change.uid))
    return _show(call, change)


@page(rooms, "/de-nghi/<number>/kiem-tra", DRAFT)
def check_change(call: PageCall, number: str) -> Response:
    """The maker's own look at what the approver will see, before submitting."""
    change = own_draft(call, number)
    log.record(call.session, call.actor, log.Action.CHANGE_READ, "change", str(change.uid))
    return _show(call, change, checking=True)


@page(rooms, "/de-nghi/<number>/trinh", DRAFT, methods=("POST",))
def submit_change(call: PageCall, number: str) -> Response:
    """Hand the draft in; what stands in the way is told by the field, in the form."""
    change = own_draft(call, number, lock=True)
    if call.form.get("version") != str(change.version):
        return _show(call, change, checking=True, stale=True, status=409)
    try:
        with call.savepoint():
            services.submit(call.session, call.actor, change, call.today)
    except Invalid:
        return call.redirect(f"/de-nghi/{change.number}/sua?loi=1")
    return call.redirect(f"/de-nghi/{change.number}?xong=trinh")


@page(rooms, "/de-nghi/<number>/rut", DRAFT)
def ask_withdraw(call: PageCall, number: str) -> Response:
    """The question before a change is taken back."""
    change = _mine(call, number)
    return call.render(
        "changes/withdraw.html", title=call.t("Rút đề nghị", "Withdraw the request"), change=change
    )


@page(rooms, "/de-nghi/<number>/rut", DRAFT, methods=("POST",))
def withdraw_change(call: PageCall, number: str) -> Response:
    """Take back what is not decided yet."""
    change = _mine(call, number, lock=True)
    services.withdraw(call.session, call.actor, change)
    return call.redirect(f"/de-nghi/{change.number}?xong=rut")


def _mine(call: PageCall, number: str, *, lock: bool = False) -> Change:
    change = queries.get_change(call.session, number, lock=lock)
    if change.maker_id != call.actor.user_id or change.status not in queries.WAITING:
        raise not_found()
    return change


@page(rooms, "/de-nghi/<number>/tep", READ)
def open_file(call: PageCall, number: str) -> Response:
    """The decision's file."""
    change = _open(call, number)
    decision = call.session.get_one(Decision, change.decision_id)
    file = call.session.get(File, decision.file_id) if decision.file_id else None
    if file is None:
        raise not_found()
    return hand_over(call, file, detail={"change": change.number})


@page(rooms, "/de-nghi/<number>/anh/<uid>", READ)
def open_picture(call: PageCall, number: str, uid: str) -> Response:
    """A picture that the change brings, for whoever reads the change."""
    change = _open(call, number)
    if file_uid(uid) != uid:
        raise not_found()
    named = call.session.execute(
        text("""SELECT o.official_id FROM change_operation o WHERE o.change_id = :change AND o.kind = 'portrait'
            AND o.fields->>'photo' = :uid LIMIT 1"""),
        {"change": change.id, "uid": uid},
    ).one_or_none()
    if named is None:
        raise not_found()
    file = get_file(call.session, uid)
    return hand_over(call, file, official_id=named.official_id, detail={"change": change.number})


def _pictures(call: PageCall, shown: list[queries.Shown]) -> list[dict[str, str]]:
    """{name of the person, src, uid} of the first portraits that a change brings, small, inside the page itself."""
    brought = [(one.fields["photo"], one.full_name) for one in shown if one.fields.get("photo")][
        :MOST_PICTURES
    ]
    found = read_portraits(call.session, storage(call.settings), {uid for uid, _ in brought})
    return [
        {"uid": uid, "name": name, "src": portraits.as_data(portraits.small(found[uid]))}
        for uid, name in brought
        if uid in found
    ]


MOST_PICTURES = 24


OPINIONS = ("approve", "return", "reject")


@page(rooms, "/de-nghi/<number>", DECIDE, methods=("POST",))
def decide_change(call: PageCall, number: str) -> Response:
    """The opinion of the approver on exactly what was shown."""
    change = _open(call, number, lock=True)
    require(call.actor, DECIDE, services.target_of(call.session, call.actor, change))
    opinion, reason = call.form.get("opinion", ""), call.form.get("reason", "").strip()
    errors = _opinion_errors(call, change, opinion, reason)
    if errors:
        return _show(call, change, errors=errors, status=422)
    if change.status == "submitted" and call.form.get("version") != str(change.version):
        return _show(call, change, stale=True, status=409)
    try:
        with call.savepoint():
            if opinion == "approve":
                services.approve(
                    call.session,
                    call.actor,
                    change,
                    call.today,
                    digest=call.form.get("digest", ""),
                    words=reason,
                )
            else:
                services.send_back(call.session, call.actor, change, words=reason, final=opinion == "reject")
    except Stale:
        call.session.refresh(change)
        return _show(call, change, stale=True, status=409)
    return call.redirect(f"/de-nghi/{change.number}?xong={opinion}")


def _opinion_errors(call: PageCall, change: Change, opinion: str, reason: str) -> dict[str, str]:
    if change.status != "submitted":
        return {}
    errors = {}
    if opinion not in OPINIONS:
        errors["opinion"] = call.t("Chọn một ý kiến", "Choose an opinion")
    if opinion in ("return", "reject") and not reason:
        errors["reason"] = call.t("Phải nêu lý do", "A reason is needed")
    if opinion == "approve" and not call.form.get("seen"):
        warned = [
            one for one in queries.findings(call.session, change, call.today) if one.severity == "warning"
        ]
        if warned:
            errors["seen"] = call.t(
                "Đánh dấu đã xem cảnh báo trước khi phê duyệt",
                "Tick that you saw the warnings before approving",
            )
    return errors


def _show(
    call: PageCall,
    change: Change,
    *,
    checking: bool = False,
    errors: dict[str, str] | None = None,
    stale: bool = False,
    status: int = 200,
) -> Response:
    session = call.session
    decision = session.get_one(Decision, change.decision_id)
    shown = queries.for_reader(queries.operations(session, change), call.actor)
    total = _count_operations(session, change)
    groups, lines = _groups(call, change, shown)
    findings = queries.findings(session, change, call.today)
    verdict = decide(call.actor, DECIDE, services.target_of(session, call.actor, change))
    waits = change.status in queries.WAITING
    digest = queries.digest(session, change) if waits else change.digest or ""
    own = change.maker_id == call.actor.user_id
    effects = (
        [
            {
                "title": call.say(one["title"]),
                "note": call.say(one["detail"]),
                "figure": call.say(one["figure"]),
            }
            for one in queries.consequences(session, change, shown, call.today)
            if not one.get("warns")  # stands among the warnings
        ]
        if change.status != "withdrawn"
        else []
    )
    file = session.get(File, decision.file_id) if decision.file_id else None
    return call.render(
        "changes/check.html" if checking else "changes/show.html",
        status=status,
        title=_title_of(call, change, decision, shown),
        change=change,
        pictures=_pictures(call, shown),
        decision=decision,
        file=file,
        groups=groups,
        lines=lines,
        people=total[0],
        facts=total[1],
        left_out=total[1] - len(shown),
        fields=len(lines),
        warnings=[call.say(one.message) for one in findings if one.severity == "warning"],
        mistakes=[call.say(one.message) for one in findings if one.severity == "error"],
        effects=effects,
        waits=waits,
        events=_events(call, change),
        own=own,
        verdict=verdict,
        may_decide=verdict.allowed and change.status == "submitted",
        own_words=call.say(verdict.reason)
        if verdict.reason and not verdict.hidden and call.actor.may(DECIDE)
        else None,
        digest=digest,
        short_digest="-".join(digest[at : at + 4] for at in (0, 4, 8)) if digest else "",
        errors=errors or {},
        stale=stale,
        others=_show_others(call, groups, lines) if stale else 0,
        done=call.args.get("xong"),
        checking=checking,
        shown_status=_shown_status(change.status, decision.effective_on, call.today),
        everything=call.args.get("day-du") == "1",
        form=call.form,
        next_one=_next_to_decide(call, change) if call.args.get("xong") else None,
        may_draft=own and call.actor.may(DRAFT),
        changed_at=trail.last_at(session, "change", str(change.uid), ("change.edit", "change.submit"))
        if stale
        else None,
    )


def _title_of(call: PageCall, change: Change, decision: Decision, shown: list[queries.Shown]) -> str:
    """What the change is about: the decision's subject, else the kinds of facts."""
    if decision.title:
        return decision.title[:1].upper() + decision.title[1:]
    return kinds_in_words(call, [one.kind for one in shown]) or change.number


NAMED = 2


def kinds_in_words(call: PageCall, kinds: Iterable[str]) -> str:
    """Kinds of facts as the subject of a change that has none: the first by name, parted by semicolons since their
    names have commas in them; how many the others are.
    """
    labels = list(dict.fromkeys(call.say(FACTS[kind].label) for kind in kinds))
    more = len(labels) - NAMED
    others = call.t(f" và {more} mục khác", f" and {more} more") if more > 0 else ""
    return "; ".join(labels[:NAMED]) + others


def _count_operations(session: Session, change: Change) -> tuple[int, int]:
    row = session.execute(
        text(
            "SELECT count(DISTINCT official_id) AS people, count(*) AS facts FROM change_operation"
            " WHERE change_id = :id"
        ),
        {"id": change.id},
    ).one()
    return row.people, row.facts


ACTION_NOTES = {
    "register": Words("người mới", "new person"),
    "withdraw": Words("rút mục", "withdrawn"),
    "end": Words("kết thúc", "ended"),
    "correct": Words("đính chính", "corrected"),
    "restore": Words("khôi phục", "restored"),
    "amend": Words("sửa", "amended"),
}


def _groups(
    call: PageCall, change: Change, shown: list[queries.Shown]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The diff as its table draws it, and a mark of each line, to tell afterwards which lines are others."""
    everything = call.args.get("day-du") == "1"
    people = queries.diff(call.session, shown, call.language)
    whole = (
        {
            fact["seq"]: fact
            for person in queries.diff(call.session, [replace(one, old=None) for one in shown], call.language)
            for fact in person["facts"]
        }
        if everything
        else {}
    )
    groups, marks = [], []
    for person in people:
        rows = []
        for fact in person["facts"]:
            changed = {line["name"] for line in fact["fields"]}
            lines = [
                *fact["fields"],
                *(
                    {**line, "old": line["new"]}
                    for line in whole.get(fact["seq"], {"fields": []})["fields"]
                    if line["name"] not in changed
                ),
            ]
            for line in lines:
                mark = _mark(person["official"]["personal_id"], fact["kind"], line)
                if line["name"] in changed:
                    marks.append(mark)
                rows.append(_row(call, person, fact, line, mark))
        count = sum(len(fact["fields"]) for fact in person["facts"])
        counted = call.t(f"{count} thay đổi", f"{count} changes" if count != 1 else "1 change")
        note = " · ".join(filter(None, (person["official"]["personal_id"], counted)))
        if person["is_new"]:
            note += f" · {call.say(ACTION_NOTES['register'])}"
        groups.append(
            {
                "name": person["official"]["full_name"],
                "note": note,
                "rows": rows,
                "id": person["official"]["id"],
            }
        )
    return groups, marks


def _row(
    call: PageCall, person: dict[str, Any], fact: dict[str, Any], line: dict[str, Any], mark: str
) -> dict[str, Any]:
    further = fact["seq"] != person["facts"][0]["seq"]
    label = (
        f"{fact['label']}: {line['label'].lower()}"
        if further and line["label"] != fact["label"]
        else line["label"]
    )
    note = (
        call.say(ACTION_NOTES[fact["action"]])
        if fact["action"] in ("withdraw", "end", "correct", "restore")
        else None
    )
    if fact["action"] == "withdraw" and fact["reason"]:
        note = f"{note}: {fact['reason']}"
    field = Markup("{}<small>{}</small>").format(label, note) if note else label
    return {"field": field, "old": line["old"], "new": line["new"], "mark": mark}


def _mark(person: str, kind: str, line: dict[str, Any]) -> str:
    told = "|".join(str(part) for part in (person, kind, line["name"], line["old"], line["new"]))
    return hashlib.sha256(told.encode()).hexdigest()[:8]


def _show_others(call: PageCall, groups: list[dict[str, Any]], lines: list[str]) -> int:
    """Mark the lines that were not on the page the reader decided on; how many there are, with those that
    went.
    """
    before = set(call.form.get("lines", "").split())
    for group in groups:
        for row in group["rows"]:
            if row["mark"] not in before:
                row["field"] = Markup('{} <span class="tag tag--amber">{}</span>').format(
                    row["field"], call.t("vừa đổi", "just changed")
                )
    return len(set(lines) ^ before)


STEPS = {
    "draft": Words("Lập nháp", "Drafted"),
    "edit": Words("Sửa nội dung", "Edited"),
    "submit": Words("Trình phê duyệt", "Submitted"),
    "approve": Words("Phê duyệt", "Approved"),
    "return": Words("Trả lại", "Returned"),
    "reject": Words("Từ chối", "Rejected"),
    "withdraw": Words("Rút", "Withdrawn"),
}


def _events(call: PageCall, change: Change) -> list[dict[str, Any]]:
    found = []
    for place, one in enumerate(queries.events(call.session, change)):
        title = call.say(STEPS.get(one["step"], Words(one["step"], one["step"])))
        found.append(
            {
                "at": one["at"],
                "title": f"{title}: {one['words']}" if one["words"] else title,
                "note": one["actor"],
                "kind": "now" if place == 0 else "past",
            }
        )
    return found


def _next_to_decide(call: PageCall, change: Change) -> str | None:
    """The oldest change of the list's first page that waits for this reader."""
    if not call.actor.may(DECIDE):
        return None
    items, _, _ = queries.list_changes(
        call.session, queries.ListQuery(("submitted",), not_maker_id=call.actor.user_id, limit=200)
    )
    others = [one["number"] for one in items if one["number"] != change.number]
    return others[-1] if others else None
