"""One record: on two clocks, its history, readers, papers and prints."""

from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response
from sqlalchemy import select, text

from api.documents import hand_over
from api.officials import open_record
from registry.access.actor import ROLE_LABELS
from registry.access.permissions import Permission
from registry.access.policy import Target, decide
from registry.audit import log
from registry.changes import queries as changes
from registry.documents import portraits
from registry.documents.models import File
from registry.documents.services import read_portraits, storage
from registry.errors import NotFound, not_found
from registry.law.why import vn
from registry.officials import browsing, queries
from registry.officials.facts import FACTS
from registry.periods import AsOf, PartialDate
from registry.words import Words
from web import quality, record, record_career, record_figures, record_sections
from web.change_form import ACTIONS, PERIOD, PERIOD_LABELS
from web.pages import PageCall, page
from web.words import day as shown_day

rooms = Blueprint("official_pages", __name__)
READ = Permission.OFFICIALS_RECORD_READ
_NAME = text("SELECT full_name FROM official_current WHERE official_id = :official")


# One record


def change_link(
    key: queries.Key, *, what: str | None = None, action: str | None = None, fact: int | None = None
) -> str:
    """The form that records a change for this person: a new fact (`what`), or an `action` upon one."""
    asked = {"official": str(key.uid), "what": what, "action": action, "fact": fact}
    return "/de-nghi/moi?" + urlencode({name: value for name, value in asked.items() if value is not None})


@page(rooms, "/ho-so/<named>", READ)
def show_official(call: PageCall, named: str) -> Response:
    """One record on one day, as recorded at one moment."""
    key, clocks = open_record(call, named), call.clocks()  # type: ignore[arg-type]
    path = f"/ho-so/{key.uid}"
    try:
        seen = record.see_key(call, key, clocks)
    except NotFound:
        if clocks.known_at is None:
            raise
        return _not_known_then(call, path, clocks)
    actions = None
    if seen.may_draft and seen.is_today:
        amend = change_link(seen.key, what="amend")
        actions = lambda name: [(f"{amend}#p0-{name}", call.t("Sửa", "Amend"))]  # noqa: E731
    full = call.args.get("full", "")
    return call.render(
        "officials/record.html",
        title=seen.personal["full_name"],
        seen=seen,
        lines=record.identity_lines(call, seen),
        tag=record.status_tag(call, seen),
        initials=record.initials(seen.personal["full_name"]),
        photo=_photo(call, seen),
        path=path,
        bar=record.version_bar(call, seen, path),
        sections=record_sections.sections(call, seen),
        career=record_career.career(call, seen),
        career_title=record_career.career_title(call, seen),
        figures=record_figures.figures(call, seen),
        whys=record_figures.whys(call, seen),
        timeline=record_career.timeline(call, seen),
        quality=quality.of_record(call, seen),
        salary=record_career.salary_rows(call, seen),
        general=record_sections.general(call, seen, actions),
        full=full,
        first_rows=record_sections.ROWS_AT_FIRST,
        as_of=seen.on,
        change=lambda **asked: change_link(seen.key, **asked),
        may_readers=seen.own or call.actor.covers(Permission.OFFICIALS_READERS_READ, seen.key.org_ord),
        clocks=_clocks_query(call),
        forms=forms_of(call, path),
        span=_service_span(call, seen),
        missing=record_sections.missing(call, seen),
        full_link=lambda name: call.link(path, full=name) + f"#{name}",
    )


def _not_known_then(call: PageCall, path: str, clocks: AsOf) -> Response:
    """Somebody the reader may see, at a moment when nothing of them was recorded yet: the clocks, to be set again."""
    return call.render(
        "officials/not_known.html",
        status=404,
        title=call.t("Chưa có trong hệ thống", "Not in the registry yet"),
        path=path,
        bar={
            "as_of": vn(clocks.on),
            "known_at": call.args["known_at"].strip(),
            "is_today": clocks.on == call.today,
            "today_href": path,
            "action": path,
        },
    )


def _photo(call: PageCall, seen: record.Seen) -> str | None:
    """The portrait of the day, small, inside the page itself: whoever reads the page has read it, and nobody else."""
    uid = next((one["photo"] for one in seen.holding("portrait")), None)
    content = read_portraits(call.session, storage(call.settings), [uid] if uid else []).get(uid or "")
    if content is None:
        return None
    return portraits.as_data(portraits.small(content))


LARGEST_ID = 2**63 - 1


@page(rooms, "/ho-so/<named>/anh/<int:fact>", READ)
def open_portrait(call: PageCall, named: str, fact: int) -> Response:
    """A portrait of the record, as large as it is kept."""
    key = open_record(call, named)  # type: ignore[arg-type]
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    if fact > LARGEST_ID:
        raise not_found()
    file = call.session.scalar(
        select(File).where(
            File.uid.in_(
                text("SELECT f.photo FROM fact_portrait f WHERE f.id = :fact AND f.official_id = :official")
            )
        ),
        {"fact": fact, "official": key.id},
    )
    if file is None or FACTS["portrait"]["photo"].sensitivity not in classes:
        raise not_found()
    return hand_over(call, file, official_id=key.id, detail={"fact": fact})


def _service_span(call: PageCall, seen: record.Seen) -> str:
    """'10/1991 đến nay'."""
    if seen.recruited_on is None:
        return ""
    ended = seen.basis.get("ended_on")
    begun = f"{seen.recruited_on:%m/%Y}"
    until = (
        f"{date.fromisoformat(ended):%m/%Y}"
        if ended
        else call.t("nay", "now")
        if seen.is_today
        else vn(seen.on)
    )
    return call.t(f"{begun} đến {until}", f"{begun} to {until}")


def _clocks_query(call: PageCall) -> str:
    """The clocks of this view, for links to its prints; as a query with its '?', or nothing."""
    kept = {name: call.args[name] for name in ("as_of", "known_at") if call.args.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


@page(rooms, "/ho-so/<named>/giai-thich", READ)
def explain(call: PageCall, named: str) -> Response:
    """Every computed result with its steps, to be printed."""
    seen = record.see(call, named, page="giai-thich")
    return call.render(
        "officials/why.html",
        title=call.t("Giải thích cách tính", "How it was computed"),
        seen=seen,
        whys=record_figures.whys(call, seen),
        lines=record.identity_lines(call, seen),
        back=f"/ho-so/{seen.key.uid}{_clocks_query(call)}",
        as_of=seen.on,
    )


@page(rooms, "/ho-so/<named>/2c.pdf", Permission.REPORTS_FORM_PRINT)
def print_2c(call: PageCall, named: str) -> Response:
    """The curriculum vitae on form 2C-BNV/2008."""
    return _print(call, named, "2c")


@page(rooms, "/ho-so/<named>/mau/<form>.pdf", Permission.REPORTS_FORM_PRINT)
def print_form(call: PageCall, named: str, form: str) -> Response:
    """Any form about one person, as of a day."""
    return _print(call, named, form)


def _print(call: PageCall, named: str, form: str) -> Response:
    from registry.reports import printing  # the drawing library is large and few requests print

    key = open_record(call, named, Permission.REPORTS_FORM_PRINT)  # type: ignore[arg-type]
    if form not in printing.PERSONAL_FORMS:
        raise not_found()
    as_of = call.clocks()
    content = printing.print_personal(
        call.session,
        form,
        key.id,
        as_of,
        call.actor.field_classes(own=key.id == call.actor.official_id),
        storage(call.settings),
    )
    log.record(
        call.session,
        call.actor,
        log.Action.OFFICIAL_PRINT,
        "official",
        str(key.uid),
        official_id=key.id,
        detail={"form": form, "as_of": as_of.on.isoformat()},
    )
    return Response(
        content,
        mimetype="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{form}-{key.uid}.pdf"'},
    )


def forms_of(call: PageCall, path: str) -> list[tuple[str, str]]:
    """(href, name) of every form that the record can be printed on, with the clocks of this view."""
    clocks = _clocks_query(call)
    return [(f"{path}/mau/{name}.pdf{clocks}", call.say(title)) for name, title in FORMS.items()]


FORMS = {
    "2c": Words("Mẫu 2C-BNV/2008", "Form 2C-BNV/2008"),
    "2c_tctw_98": Words("Mẫu 2C/TCTW-98 (tổ chức đảng)", "Form 2C/TCTW-98 (Party)"),
    "so_yeu_ly_lich": Words("Sơ yếu lý lịch điện tử", "Electronic curriculum vitae"),
}
"""Short names of the personal forms; a test holds them against PERSONAL_FORMS."""


# History, papers, readers


@page(rooms, "/ho-so/<named>/lich-su", READ)
def show_history(call: PageCall, named: str) -> Response:
    """Who changed what, when, on which decision: old beside new for each change."""
    key = open_record(call, named)  # type: ignore[arg-type]
    context = history(call, key)
    return call.render(
        "officials/history.html",
        title=call.t("Lịch sử hồ sơ", "History of the record"),
        path=f"/ho-so/{key.uid}",
        **context,
    )


def history(call: PageCall, key: queries.Key) -> dict[str, Any]:
    """The name, a page of changes as groups for `c.diff_table`, the cursor; the read goes into the trail."""
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    found = queries.history(call.session, key.id, classes, limit=20, cursor=call.args.get("cursor"))
    facts = browsing.altered(
        call.session, key.id, [one["fact_id"] for item in found["items"] for one in item["facts"]], classes
    )
    replaced = [one["fact"]["supersedes"] for one in facts.values() if one["fact"].get("supersedes")]
    facts |= browsing.altered(call.session, key.id, [one for one in replaced if one not in facts], classes)
    units = browsing.unit_names(
        call.session,
        {one["fact"]["organization_id"] for one in facts.values() if one["fact"].get("organization_id")},
    )
    log.record(
        call.session, call.actor, log.Action.OFFICIAL_HISTORY, "official", str(key.uid), official_id=key.id
    )
    name = call.session.execute(_NAME, {"official": key.id}).scalar_one()
    return {
        "name": name,
        "changes": [_change(call, item, facts, units) for item in found["items"]],
        "following": call.link(cursor=found["next_cursor"]) if found["next_cursor"] else None,
    }


ORIGINS = {
    "form": Words("Ghi theo quyết định", "Recorded on a decision"),
    "import": Words("Nhập từ tệp", "Imported from a file"),
    "undo": Words("Hoàn tác một lần nhập", "Undoing an import"),
    "self": Words("Người có hồ sơ đề nghị", "Asked by the person"),
    "seed": Words("Chuyển từ hệ thống trước", "Taken over from an earlier system"),
}
MANY_FACTS = 12


def _change(
    call: PageCall, item: dict[str, Any], facts: dict[int, dict[str, Any]], units: dict[int, str]
) -> dict[str, Any]:
    """A change for the page: its head and its differences.

    For a first recording of very much: how much of what instead of the differences.
    """
    recorded = [
        facts[one["fact_id"]]
        for one in item["facts"]
        if one["what"] == "recorded" and one["fact_id"] in facts
    ]
    closed = {
        one["fact_id"]: facts[one["fact_id"]]
        for one in item["facts"]
        if one["what"] == "closed" and one["fact_id"] in facts
    }
    groups, summary = [], []
    if len(recorded) > MANY_FACTS and not closed:
        for kind in FACTS.values():
            many = sum(1 for one in recorded if one["kind"] == kind.name)
            if many:
                summary.append((call.say(kind.label), many))
    else:
        for one in recorded:
            old = closed.pop(one["fact"].get("supersedes"), None) or facts.get(one["fact"].get("supersedes"))
            groups.append(_difference(call, one, old["fact"] if old else None, one["fact"], units))
        groups += [_difference(call, one, one["fact"], None, units) for one in closed.values()]
    decision, at = item["decision"], item["decided_at"]
    if item["change"] is None and (recorded or closed):
        # The change itself belongs to others: what it rests on and when it was recorded is told by the facts.
        first = recorded[0] if recorded else next(iter(facts.values()))
        decision, at = first["decision"], datetime.fromisoformat(first["fact"]["recorded_from"])
    return {
        "number": item["number"],
        "id": item["change"],
        "at": at,
        "origin": call.say(ORIGINS[item["origin"]]) if item["origin"] in ORIGINS else "",
        "maker": item["maker"],
        "checker": item["checker"],
        "decision": decision["number"],
        "issued_on": decision["issued_on"],
        "decision_title": decision["title"],
        "groups": [one for one in groups if one["rows"]],
        "summary": summary,
        "many": len(recorded),
    }


def _difference(
    call: PageCall,
    one: dict[str, Any],
    old: dict[str, Any] | None,
    new: dict[str, Any] | None,
    units: dict[int, str],
) -> dict[str, Any]:
    kind = FACTS[one["kind"]]
    rows = []
    for field in kind.fields:
        if field.stored_in[0] not in one["fact"]:
            continue  # closed to this reader
        before = changes.say(call.session, field, old, units, call.language) if old else ""
        after = changes.say(call.session, field, new, units, call.language) if new else ""
        if before != after:
            rows.append({"field": call.say(field.label), "old": before or None, "new": after or None})
    for name, label in (("valid_from", call.t("Từ ngày", "From")), ("valid_to", call.t("Đến ngày", "Until"))):
        before, after = _stored_day(old, name), _stored_day(new, name)
        if before != after:
            rows.append({"field": label, "old": before or None, "new": after or None})
    note = " · ".join(
        filter(
            None,
            (
                call.t("bỏ", "taken back") if new is None else "",
                one["decision"]["number"],
                shown_day(one["decision"]["issued_on"]),
            ),
        )
    )
    return {"name": call.say(kind.label), "note": note, "rows": rows}


def _stored_day(fact: dict[str, Any] | None, name: str) -> str:
    if not fact or not fact.get(name):
        return ""
    return shown_day(PartialDate(date.fromisoformat(fact[name]), fact[f"{name}_precision"]))


BASES = {
    "decision": Words("Quyết định", "Decision"),
    "self_declared": Words("Tự khai", "Declared by the person"),
    "take_over": Words("Chuyển từ hệ thống trước", "Taken over from an earlier system"),
}


@page(rooms, "/ho-so/<named>/quyet-dinh/<decision>", READ)
def show_paper(call: PageCall, named: str, decision: str) -> Response:
    """A decision as far as this person is concerned: what it says and which facts rest on it."""
    key = open_record(call, named)  # type: ignore[arg-type]
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    paper = browsing.get_paper(call.session, key.id, decision, classes)
    facts = browsing.altered(call.session, key.id, list(paper.facts), classes)
    units = browsing.unit_names(
        call.session,
        {one["fact"]["organization_id"] for one in facts.values() if one["fact"].get("organization_id")},
    )
    log.record(
        call.session,
        call.actor,
        log.Action.OFFICIAL_READ,
        "official",
        str(key.uid),
        official_id=key.id,
        detail={"decision": paper.number},
    )
    name = call.session.execute(_NAME, {"official": key.id}).scalar_one()
    may_draft = decide(call.actor, Permission.CHANGES_CHANGE_DRAFT, Target(org_ord=key.org_ord)).allowed
    shown = sorted(
        facts.values(), key=lambda one: (list(FACTS).index(one["kind"]), one["fact"]["valid_from"])
    )
    return call.render(
        "officials/paper.html",
        title=f"{call.say(BASES[paper.basis])} {paper.number}",
        paper=paper,
        name=name,
        path=f"/ho-so/{key.uid}",
        facts=[
            _difference(call, one, None, one["fact"], units)
            | {"actions": _mending(call, key, one) if may_draft else []}
            for one in shown
        ],
        basis=call.say(BASES[paper.basis]),
        may_file=call.actor.may(Permission.DOCUMENTS_FILE_READ),
    )


def _mending(call: PageCall, key: queries.Key, one: dict[str, Any]) -> list[tuple[str, str]]:
    """(href, words) of the forms that mend a fact: correct it, end what still holds, withdraw it."""
    if one["kind"] == "identity":
        return [(change_link(key, what="amend"), call.t("Sửa", "Amend"))]
    _, until = PERIOD_LABELS.get(one["kind"], PERIOD)
    holds = until is not None and one["fact"]["valid_to"] is None
    return [
        (change_link(key, what=one["kind"], action=action, fact=one["fact"]["id"]), call.say(words))
        for action, words in ACTIONS.items()
        if action != "end" or holds
    ]


@page(rooms, "/ho-so/<named>/quyet-dinh/<decision>/tep", Permission.DOCUMENTS_FILE_READ)
def open_paper_file(call: PageCall, named: str, decision: str) -> Response:
    """The file of a decision on which this record rests."""
    key = open_record(call, named)  # type: ignore[arg-type]
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    paper = browsing.get_paper(call.session, key.id, decision, classes)
    file = call.session.scalar(select(File).where(File.uid == paper.file)) if paper.file else None
    if file is None:
        raise not_found()
    return hand_over(call, file, official_id=key.id, detail={"decision": paper.number})


@page(rooms, "/ho-so/<named>/ai-da-xem", Permission.OFFICIALS_READERS_READ)
def show_readers(call: PageCall, named: str) -> Response:
    """Who looked at the record, and why."""
    key = open_record(call, named, Permission.OFFICIALS_READERS_READ)  # type: ignore[arg-type]
    return call.render(
        "officials/readers.html",
        title=call.t("Ai đã xem hồ sơ", "Who looked at the record"),
        path=f"/ho-so/{key.uid}",
        **readers(call, key),
    )


READING = {
    "official.read": Words("Xem hồ sơ", "Looked at the record"),
    "official.print": Words("In hồ sơ", "Printed the record"),
    "official.history": Words("Xem lịch sử", "Looked at the history"),
    "access.explain": Words("Hỏi quyền đối với hồ sơ", "Asked about rights to the record"),
}


def readers(call: PageCall, key: queries.Key, limit: int = 50) -> dict[str, Any]:
    """The name, a page of looks in words, the cursor; this look goes into the trail too."""
    own = key.id == call.actor.official_id  # of all who act as officials, only the own record is open to one
    found = queries.readers(call.session, key.id, limit=limit, cursor=call.args.get("cursor"))
    log.record(call.session, call.actor, log.Action.TRAIL_READ, "official", str(key.uid))
    looks = [
        {
            "at": one["at"],
            "reader": call.t("Chính bạn", "You") if own and one["role"] == "official" else one["reader"],
            "role": call.say(ROLE_LABELS[one["role"]]) if one["role"] in ROLE_LABELS else "",
            "action": call.say(READING[one["action"]]),
            "reason": one["reason"] or "",
        }
        for one in found["items"]
    ]
    name = call.session.execute(_NAME, {"official": key.id}).scalar_one()
    return {
        "name": name,
        "looks": looks,
        "following": call.link(cursor=found["next_cursor"]) if found["next_cursor"] else None,
    }
