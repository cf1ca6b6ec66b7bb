"""Self-service: the official says what is wrong or missing in the own record, with evidence; officers answer.

What an official may declare goes to the unit's approvers as a change; the rest goes to its officers as a proposal.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from api.documents import hand_over
from registry.access.permissions import Permission, Sensitivity
from registry.access.queries import LOCAL
from registry.audit import log
from registry.campaigns import queries as campaigns
from registry.campaigns import services as reviews
from registry.campaigns.models import Campaign
from registry.catalogues import lists
from registry.changes import declaring, drafting
from registry.changes import services as change_services
from registry.changes.models import Change
from registry.changes.operations import read_operations
from registry.documents.models import File
from registry.errors import Flaw, Invalid, RegistryError, not_found
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind
from registry.officials.facts.parsing import Wrong, parse_partial
from registry.officials.queries import visible_fields
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.proposals import queries, services
from registry.proposals.models import Proposal
from registry.words import Words
from web import change_form, record, record_sections
from web.own import own_key
from web.own_tasks import ENDS, state_of
from web.pages import NO_MISTAKES, Mistakes, PageCall, labelled, mistakes_of, page
from web.papers import take_paper, take_portraits
from web.words import day as shown_day

rooms = Blueprint("proposal_pages", __name__)
P = Permission
READ, DRAFT = P.CHANGES_CHANGE_READ, P.CHANGES_CHANGE_DRAFT
PAGE = 50
DECISION = ("number", "issued_on", "effective_on", "issuer", "signer", "title")
# The official's pages


@page(rooms, "/cua-toi/bao-sai", DRAFT)
def choose(call: PageCall) -> Response:
    """Every fact of the own record, each to be corrected; every kind, to add what is missing."""
    key = own_key(call)
    campaign = _campaign(call)
    seen = record.see_key(call, key, AsOf(call.today), page="bao-sai")
    asked = f"?ra-soat={campaign.uid}" if campaign else ""
    wanted = set(campaign.kinds) if campaign else set()
    parts = [
        {
            "title": call.say(one.title),
            "anchor": one.anchor,
            "kinds": [
                _kind_part(call, seen, FACTS[kind], asked)
                for kind in one.kinds
                if kind in seen.facts and visible_fields(FACTS[kind], _classes(call))
            ],
        }
        for one in record_sections.all_sections()
        if not wanted or wanted & set(one.kinds)
    ]
    return call.render(
        "own/report.html",
        title=call.t("Báo sai, báo thiếu", "Report an error"),
        identity=f"/cua-toi/bao-sai/identity{asked}" if not wanted or "identity" in wanted else None,
        parts=[one for one in parts if one["kinds"]],
        campaign=campaign,
    )


def _classes(call: PageCall) -> frozenset[Sensitivity]:
    """What is reported here: everything of oneself but the secret, which goes another way."""
    return call.actor.field_classes(own=True) - {"secret"}


def _kind_part(call: PageCall, seen: record.Seen, kind: Kind, asked: str) -> dict[str, Any]:
    table = record_sections.fact_table(call, seen, kind, 2)
    return {
        "label": call.say(kind.label),
        "declared": kind.name in declaring.DECLARED,
        "add": f"/cua-toi/bao-sai/{kind.name}{asked}",
        "rows": [
            {
                "text": ", ".join(_told(table["columns"], row["cells"])) or call.say(kind.label),
                "when": row["when"],
                "href": f"/cua-toi/bao-sai/{kind.name}/{row['id']}{asked}",
            }
            for row in table["rows"]
        ],
    }


def _told(columns: list[dict[str, Any]], cells: list[str]) -> Iterator[str]:
    """The cells as words of a line; a bare number says of what it is."""
    for column, cell in zip(columns, cells, strict=True):
        if cell:
            yield f"{column['label'][:1].lower()}{column['label'][1:]} {cell}" if column["num"] else cell


def _campaign(call: PageCall) -> Campaign | None:
    """The review that sent the official here, while it runs."""
    named = call.args.get("ra-soat") or call.form.get("ra-soat")
    if not named:
        return None
    found = campaigns.get_campaign(call.session, named)
    return found if found.closed_at is None else None


@dataclass
class Report:
    """What is reported: a kind, the fact to correct (None: a missing one, or the identity), what is recorded of it."""

    kind: Kind
    fact_id: int | None
    official: str
    recorded: dict[str, str]

    @property
    def action(self) -> str:
        """The operation it becomes."""
        return "amend" if self.kind.name == "identity" else "correct" if self.fact_id else "record"


@page(rooms, "/cua-toi/bao-sai/<kind>", DRAFT)
def report_missing(call: PageCall, kind: str) -> Response:
    """The form for something that is missing, or for the identity."""
    return _form(call, _report(call, kind, None), {}, NO_MISTAKES)


@page(rooms, "/cua-toi/bao-sai/<kind>/<int:fact>", DRAFT)
def report_wrong(call: PageCall, kind: str, fact: int) -> Response:
    """The form for something that is recorded wrongly."""
    return _form(call, _report(call, kind, fact), {}, NO_MISTAKES)


@page(rooms, "/cua-toi/bao-sai/<kind>", DRAFT, methods=("POST",))
def send_missing(call: PageCall, kind: str) -> Response:
    """Send what is missing."""
    return _send(call, _report(call, kind, None))


@page(rooms, "/cua-toi/bao-sai/<kind>/<int:fact>", DRAFT, methods=("POST",))
def send_wrong(call: PageCall, kind: str, fact: int) -> Response:
    """Send what is wrong."""
    return _send(call, _report(call, kind, fact))


def _report(call: PageCall, name: str, fact_id: int | None) -> Report:
    key = own_key(call)
    kind = FACTS.get(name)
    if (
        kind is None
        or (name == "identity" and fact_id is not None)
        or not visible_fields(kind, _classes(call))
    ):
        raise not_found()
    fact: dict[str, Any] = {}
    if fact_id is not None:
        fact = drafting.get_fact(call.session, name, key.id, fact_id)
    elif name == "identity":
        fact = drafting.facts_in_force(call.session, name, [key.id], call.today).get(key.id, {})
    log.record(
        call.session,
        call.actor,
        log.Action.OFFICIAL_READ,
        "official",
        str(key.uid),
        official_id=key.id,
        detail={"as_of": call.today.isoformat(), "page": "bao-sai", "kind": name},
    )
    units = [fact[column] for column in kind.unit_columns() if fact.get(column) is not None]
    codes = drafting.unit_codes(call.session, units) if units else {}
    recorded = change_form.fact_values(kind, fact, codes) if fact else {}
    return Report(kind, fact_id, str(key.uid), recorded)


def _form(
    call: PageCall,
    report: Report,
    values: dict[str, str],
    mistakes: Mistakes,
    *,
    reason: str = "",
    file: File | None = None,
) -> Response:
    kind = report.kind
    draw = change_form.Drawing(
        call.session, _classes(call), call.language, call.today, call.today, mistakes.fields
    )
    defaults = {
        one.name: ("1" if one.default else "0") if one.type == "boolean" else str(one.default)
        for one in kind.fields
        if one.default is not None
    }
    shown = (report.recorded or defaults) | values
    declared = kind.name in declaring.DECLARED
    open_fields = declaring.declared_fields(kind.name)
    inputs = change_form.inputs(draw, kind, shown, "f-", period=report.action != "amend")
    mine = [
        one for one in inputs if one["id"][2:] in open_fields or one["id"][2:] in ("valid_from", "valid_to")
    ]
    rest = [one for one in inputs if one not in mine]
    return call.render(
        "own/report_form.html",
        status=422 if mistakes.summary else 200,
        title=_title(call, report),
        report=report,
        declared=declared,
        inputs=mine if declared else inputs,
        official_inputs=rest if declared and kind.name == "identity" else [],
        mistakes=labelled(mistakes, {one["id"]: one["label"] for one in inputs}),
        errors=mistakes.fields,
        reason=reason,
        file=file,
        campaign=_campaign(call),
    )


def _title(call: PageCall, report: Report) -> str:
    label = call.say(report.kind.label)
    if report.action == "record":
        return call.t(f"Bổ sung: {label.lower()}", f"Add: {label.lower()}")
    return call.t(f"Báo sai: {label.lower()}", f"Correct: {label.lower()}")


def _send(call: PageCall, report: Report) -> Response:
    values = {name.removeprefix("f-"): sent for name, sent in call.form.items() if name.startswith("f-")}
    for one in report.kind.fields:
        if one.type == "boolean" and one.name not in declaring.NOT_ONES_OWN:
            values[one.name] = "1" if call.form.get(f"f-{one.name}") else "0"
    reason = call.form.get("reason", "").strip()
    file, mistakes = _take_file(call)
    pictures = [f"f-{one.name}" for one in report.kind.fields if one.type == "file"]
    taken, wrong = take_portraits(call, pictures)
    values |= {name.removeprefix("f-"): uid for name, uid in taken.items()}
    mistakes = change_form.merged(mistakes, wrong)
    try:
        operation = _operation(call, report, values)
        if mistakes.summary or not reason:
            raise Invalid(change_services.NOT_READY, "invalid", _flaws(call, operation, reason, file))
        with call.savepoint():
            done = _keep(call, report, operation, reason, file)
        return call.redirect(done)
    except RegistryError as error:
        mistakes = change_form.merged(mistakes, mistakes_of(error, call.language, _places(report), _input_of))
    return _form(call, report, values, mistakes, reason=reason, file=file)


def _places(report: Report) -> set[str]:
    names = {one.name for one in report.kind.fields} | {"valid_from", "valid_to"}
    return {f"f-{name}" for name in names} | {"file", "reason"}


def _input_of(path: str) -> str:
    """The input that a flaw is about. Rewards and measures have a `reason` of their own."""
    last = path.rsplit("/", 1)[-1]
    if last == "file_id":
        return "file"
    return "reason" if path in ("reason", "note") else f"f-{last}"


def _take_file(call: PageCall) -> tuple[File | None, Mistakes]:
    """The evidence: what came along now, or what was kept when the form was sent back."""
    file, mistakes = take_paper(call)
    kept = call.form.get("kept", "")
    if file is None and not mistakes.summary and kept:
        return declaring.own_file(call.session, call.actor, kept), NO_MISTAKES
    return file, mistakes


def _operation(call: PageCall, report: Report, values: dict[str, str]) -> dict[str, Any]:
    """The operation: of what is recorded already only what differs, so that it asks for no more than it must."""
    kind = report.kind
    changed = {
        one.name: values[one.name]
        for one in kind.fields
        if one.name in values and values[one.name].strip() != report.recorded.get(one.name, "")
    }
    for one in kind.fields:
        if one.type == "unit" and changed.get(one.name):
            changed[one.name] = _unit_code(call, changed[one.name])
    told = change_form.typed(call.session, kind, changed, keep_empty=report.action != "record")
    clocks = {
        name: values[name].strip() or None
        for name in ("valid_from", "valid_to")
        if name in values and values[name].strip() != report.recorded.get(name, "")
    }
    if not told and not clocks:
        words = Words(
            "Chưa đổi gì so với hồ sơ. Sửa chỗ sai rồi gửi.",
            "Nothing differs from the record. Mend it first.",
        )
        raise Invalid(words, "nothing_changed", [Flaw("nothing", "nothing_changed", words)])
    base: dict[str, Any] = {"action": report.action, "official": report.official}
    if report.action == "amend":
        return base | {"personal": told}
    if report.fact_id is not None:
        base["fact_id"] = report.fact_id
    return base | {"kind": kind.name} | clocks | told


def _unit_code(call: PageCall, typed: str) -> str:
    """The code of a unit given by code or by a name that one unit alone bears; else as typed, to be told as wrong."""
    found = organizations.search(call.session, typed, AsOf(call.today), limit=2)
    exact = next((one.code for one in found if one.code == typed.strip().upper()), None)
    return exact or (found[0].code if len(found) == 1 else typed)


def _flaws(call: PageCall, operation: dict[str, Any], reason: str, file: File | None) -> list[Flaw]:
    """All that is wrong with a report whose reason or file is, so that it is mended in one go."""
    words = Words("Nêu vì sao và căn cứ vào đâu.", "Say why, and on what it rests.")
    found = [] if reason else [Flaw("reason", "required", words)]
    if not declaring.operation_flaws(operation, "operations/0"):
        decision = {"basis": declaring.BASIS, "file_id": str(file.uid) if file else None}
        found += declaring.flaws(call.session, call.actor, {"decision": decision, "operations": [operation]})
    return found + read_operations(call.session, declaring.alone(call.actor), [operation], call.today)[1]


def _keep(call: PageCall, report: Report, operation: dict[str, Any], reason: str, file: File | None) -> str:
    """Declared or proposed, and told to the review that asked; the page to go on to."""
    campaign = _campaign(call)
    if not declaring.operation_flaws(operation, "operations/0"):
        change = _declare(call, report, operation, reason, file)
        if campaign is not None:
            reviews.answer(call.session, call.actor, campaign, "corrected", change=str(change.uid))
        return "/cua-toi/de-nghi?xong=khai"
    body = {"operation": operation, "reason": reason, "file_id": str(file.uid) if file else None}
    proposal = services.make(call.session, call.actor, body, call.today)
    if campaign is not None:
        reviews.answer(call.session, call.actor, campaign, "corrected", proposal=str(proposal.uid))
    return "/cua-toi/de-nghi?xong=gui"


def _declare(
    call: PageCall, report: Report, operation: dict[str, Any], reason: str, file: File | None
) -> Change:
    decision = {
        "basis": declaring.BASIS,
        "title": call_title(report),
        "file_id": str(file.uid) if file else None,
    }
    body = {"decision": decision, "note": reason, "operations": [operation]}
    change = change_services.draft(call.session, call.actor, body, call.today)
    return change_services.submit(call.session, call.actor, change, call.today)


def call_title(report: Report) -> str:
    """The subject of a declaration, in Vietnamese as everything on a paper is."""
    verb = "bổ sung" if report.action == "record" else "đính chính"
    return f"Tự khai {verb} {report.kind.label.vi.lower()}"


@page(rooms, "/cua-toi/bao-sai/thu/<named>", READ)
def show_own_proposal(call: PageCall, named: str) -> Response:
    """What was sent and what became of it."""
    own_key(call)
    proposal = _own_proposal(call, named)
    log.record(
        call.session,
        call.actor,
        log.Action.PROPOSAL_READ,
        "proposal",
        str(proposal.uid),
        official_id=proposal.official_id,
    )
    one = queries.show(call.session, proposal)
    return call.render(
        "own/proposal.html",
        title=call.say(FACTS[proposal.kind].label),
        one=one,
        tag=state_of(call, one),
        rows=_lines(call, proposal, {}),
        events=_events(call, one),
    )


@page(rooms, "/cua-toi/bao-sai/thu/<named>/rut", DRAFT, methods=("POST",))
def withdraw_proposal(call: PageCall, named: str) -> Response:
    """Take it back while it waits."""
    services.withdraw(call.session, call.actor, _own_proposal(call, named, lock=True))
    return call.redirect(f"/cua-toi/bao-sai/thu/{named}")


def _own_proposal(call: PageCall, named: str, *, lock: bool = False) -> Proposal:
    proposal = queries.get_proposal(call.session, named, lock=lock)
    if proposal.official_id != call.actor.official_id:
        raise not_found()
    return proposal


def _events(call: PageCall, one: dict[str, Any]) -> list[dict[str, Any]]:
    """Received, answered, decided: newest first."""
    steps = [(one["made_at"], call.t("Đã gửi, đơn vị đã nhận", "Sent and received"), "")]
    if one["answered_at"]:
        told = (
            call.t("Không nhận", "Declined") + f": {one['answer']}"
            if one["status"] == "declined"
            else call.t("Cán bộ hồ sơ lập đề nghị", "An officer drafted the change")
            + (f" {one['change']['number']}" if one["change"] else "")
        )
        steps.append((one["answered_at"], told, one["answered_by"] or ""))
    change = one["change"]
    if change and change["decided_at"]:
        told = call.say(ENDS[change["status"]][1]) + (f": {change['reason']}" if change["reason"] else "")
        steps.append((change["decided_at"], told, ""))
    return [
        {
            "date": f"{at.astimezone(LOCAL):%d/%m/%Y %H:%M}",
            "title": title,
            "note": note,
            "kind": "now" if place == 0 else "past",
        }
        for place, (at, title, note) in enumerate(reversed(steps))
    ]


def _lines(call: PageCall, proposal: Proposal, recorded: dict[str, str]) -> list[dict[str, Any]]:
    """What is proposed, beside what is recorded."""
    kind, operation = FACTS[proposal.kind], proposal.operation
    sent = operation.get("personal") if proposal.operation["action"] == "amend" else operation
    sent = sent if isinstance(sent, dict) else {}
    rows = []
    for name, words in zip(
        ("valid_from", "valid_to"), change_form.PERIOD_LABELS.get(kind.name, change_form.PERIOD), strict=True
    ):
        if name in operation and words is not None:
            rows.append(
                {
                    "field": call.say(words),
                    "old": recorded.get(name) or None,
                    "new": _day(operation[name]) or None,
                }
            )
    for one in kind.fields:
        if one.name in sent:
            rows.append(
                {
                    "field": call.say(one.label),
                    "old": _said(call, one, recorded.get(one.name)) or None,
                    "new": _said(call, one, sent[one.name]) or None,
                }
            )
    return rows


def _said(call: PageCall, one: Field, sent: Any) -> str:
    """A value as it was sent, in words."""
    if sent is None or sent == "":
        return ""
    match one.type:
        case "code":
            return lists.label(call.session, one.catalogue or "", str(sent), call.language)
        case "choice":
            return next((call.say(words) for key, words in one.choices if key == sent), str(sent))
        case "boolean":
            return call.t("Có", "Yes") if sent in (True, "1", "true", "on") else call.t("Không", "No")
        case "date" | "partial_date":
            return _day(sent)
        case _:
            return str(sent.get("code") if isinstance(sent, dict) else sent)


def _day(sent: Any) -> str:
    try:
        return shown_day(parse_partial(sent)) if sent else ""
    except Wrong:
        return str(sent)


# The officers' pages


@page(rooms, "/bao-sai", READ)
def list_proposals(call: PageCall) -> Response:
    """What officials of the reader's units proposed, the waiting first."""
    if not call.actor.ranges(READ):
        return call.redirect("/cua-toi/de-nghi")
    waiting = call.args.get("tinh-trang", "cho") == "cho"
    items, following, total = queries.list_proposals(
        call.session,
        queries.ListQuery(
            ("received",) if waiting else ("drafted", "declined", "withdrawn"),
            cursor=call.args.get("cursor"),
            limit=PAGE,
        ),
    )
    log.record(
        call.session, call.actor, log.Action.PROPOSAL_READ, "proposal", "list", detail={"rows": len(items)}
    )
    return call.render(
        "proposals/list.html",
        title=call.t("Người có hồ sơ báo sai", "Errors reported by officials"),
        items=[
            one | {"tag": state_of(call, one), "label": call.say(FACTS[one["kind"]].label)} for one in items
        ],
        waiting=waiting,
        total=min(total, 1000),
        exact=total <= 1000,
        next=call.link(cursor=following) if following else None,
        first=call.link(cursor=None) if call.args.get("cursor") else None,
    )


@page(rooms, "/bao-sai/<named>", READ)
def show_proposal(call: PageCall, named: str) -> Response:
    """What is recorded, what is proposed, why and on what evidence; the answer of whoever may give one."""
    return _show(call, queries.get_proposal(call.session, named), NO_MISTAKES)


def _show(call: PageCall, proposal: Proposal, mistakes: Mistakes) -> Response:
    if not call.actor.ranges(READ):
        raise not_found()
    one = queries.show(call.session, proposal)
    log.record(
        call.session,
        call.actor,
        log.Action.PROPOSAL_READ,
        "proposal",
        str(proposal.uid),
        official_id=proposal.official_id,
    )
    may = (
        call.actor.covers(DRAFT, proposal.org_ord)
        and call.actor.official_id != proposal.official_id
        and queries.is_open(call.session, proposal)
    )
    return call.render(
        "proposals/show.html",
        status=422 if mistakes.summary else 200,
        title=call.t("Báo sai: ", "Reported: ") + call.say(FACTS[proposal.kind].label).lower(),
        one=one,
        tag=state_of(call, one),
        rows=_lines(call, proposal, _recorded(call, proposal, one["official"]["id"])),
        events=_events(call, one),
        may_answer=may,
        declared=not declaring.operation_flaws(proposal.operation, ""),
        form=call.form,
        mistakes=mistakes,
        errors=mistakes.fields,
    )


def _recorded(call: PageCall, proposal: Proposal, uid: str | None) -> dict[str, str]:
    """What the record holds of the fact now, as people would type it; nothing when it was replaced since."""
    kind = FACTS[proposal.kind]
    if uid is None:  # the person is out of the reader's units by now
        return {}
    log.record(
        call.session,
        call.actor,
        log.Action.OFFICIAL_READ,
        "official",
        uid,
        official_id=proposal.official_id,
        detail={"as_of": call.today.isoformat(), "for": "proposal", "kind": proposal.kind},
    )
    named = proposal.operation.get("fact_id")
    fact: dict[str, Any] = {}
    if proposal.operation["action"] == "amend":
        found = drafting.facts_in_force(call.session, kind.name, [proposal.official_id], call.today)
        fact = found.get(proposal.official_id, {})
    elif isinstance(named, int):
        try:
            fact = drafting.get_fact(call.session, kind.name, proposal.official_id, named)
        except RegistryError:
            return {}
    if not fact:
        return {}
    unit = fact.get("organization_id")
    return change_form.fact_values(
        kind, fact, drafting.unit_codes(call.session, [unit]) if unit is not None else {}
    )


@page(rooms, "/bao-sai/<named>/lap", DRAFT, methods=("POST",))
def draft_change(call: PageCall, named: str) -> Response:
    """Make a change of it on a decision; on to the draft."""
    proposal = queries.get_proposal(call.session, named, lock=True)
    decision = {name: sent for name in DECISION if (sent := call.form.get(f"decision-{name}", "").strip())}
    try:
        with call.savepoint():
            change = services.draft(call.session, call.actor, proposal, decision, call.today)
    except Invalid as error:
        known = {f"decision-{name}" for name in DECISION}
        return _show(call, proposal, mistakes_of(error, call.language, known))
    return call.redirect(f"/de-nghi/{change.number}/kiem-tra")


@page(rooms, "/bao-sai/<named>/tra-loi", DRAFT, methods=("POST",))
def decline(call: PageCall, named: str) -> Response:
    """Not taken, with words for the official."""
    proposal = queries.get_proposal(call.session, named, lock=True)
    try:
        with call.savepoint():
            services.decline(call.session, call.actor, proposal, call.form.get("reason", ""))
    except Invalid as error:
        return _show(call, proposal, mistakes_of(error, call.language, {"reason"}))
    return call.redirect(f"/bao-sai/{proposal.uid}")


@page(rooms, "/bao-sai/<named>/tep", READ)
def open_evidence(call: PageCall, named: str) -> Response:
    """The evidence, for whoever may see the proposal."""
    proposal = queries.get_proposal(call.session, named)
    file = call.session.get(File, proposal.file_id) if proposal.file_id else None
    if file is None:
        raise not_found()
    return hand_over(call, file, official_id=proposal.official_id, detail={"proposal": str(proposal.uid)})
