"""Recording a change: one form for every kind, a step at a time, and the draft that comes of it."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask import Blueprint, Response, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.officials import read_list
from registry.access.permissions import Permission
from registry.access.policy import Target, require
from registry.audit import log
from registry.audit import queries as trail
from registry.catalogues import lists
from registry.changes import drafting, queries, services
from registry.changes.models import Change
from registry.documents.models import File
from registry.errors import Flaw, Invalid, NotFound, RegistryError, not_found
from registry.law.steps import steps_of_rank
from registry.officials import browsing
from registry.officials.facts import FACTS, UNIT_FIELDS
from registry.officials.facts.kind import Kind
from registry.officials.queries import ListQuery, get_key, visible_fields
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.words import Words
from web import change_form
from web.change_form import AMEND, REGISTER, STEP, TARGETED, Drawing, Form, Item
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page
from web.papers import take_paper, take_portraits

rooms = Blueprint("recording_pages", __name__)
DRAFT = Permission.CHANGES_CHANGE_DRAFT
FOUND_AT_MOST = 8
GO_ON = ("identity", "status", "appointment", "salary")
"""Kinds of which a new fact mostly says what the last one said: the form starts from what is recorded."""


@page(rooms, "/de-nghi/moi", DRAFT)
def new_change(call: PageCall) -> Response:
    """An empty form, or one started from a record (?official=&kind=&fact=&action=) or for several people
    (?official=&official=).
    """
    _for_units(call)
    asked = call.args
    what = asked.get("what") or asked.get("kind") or STEP
    action = asked.get("action", "")
    if action in (AMEND, REGISTER):
        what = action
    if what == "identity":
        what = AMEND
    form = Form(what if what in change_form.WHATS else STEP, dict.fromkeys(change_form.DECISION, ""))
    named = [*asked.getlist("official"), *asked.getlist("id")]
    people = drafting.find_people(call.session, named, call.today)
    if named and not people:
        raise not_found()
    form.items = _items_at_first(call, form, _unlike(people.values()))
    if form.what == REGISTER:
        form.items = [Item("", _first_of_new_person(form))]
    if action in TARGETED:
        _start_from_fact(call, form, action, people)
    return _form(call, form, None, NO_MISTAKES)


def _for_units(call: PageCall) -> None:
    """This form is for people of units; officials have one of their own for their record."""
    if not call.actor.ranges(DRAFT):
        raise not_found()


def _items_at_first(call: PageCall, form: Form, people: list[drafting.Person]) -> list[Item]:
    """People with what their inputs hold before anybody types: what is recorded now of things held one at a
    time, so
    that only what changes is typed; the declared defaults of everything else.
    """
    first = change_form.first_values(form)
    if form.kind is None or form.what in (STEP, REGISTER) or form.kind.name not in GO_ON:
        return [Item(one.uid, dict(first)) for one in people]
    reach = [one for one in people if call.actor.covers(DRAFT, one.org_ord)]
    facts = drafting.facts_in_force(
        call.session, form.kind.name, [one.official_id for one in reach], form.day or call.today
    )
    if facts:
        log.record_many(
            call.session,
            call.actor,
            log.Action.OFFICIAL_READ,
            "official",
            [(one.uid, one.official_id) for one in reach],
            detail={
                "as_of": call.today.isoformat(),
                "for": AMEND if form.what == AMEND else "record",
                "kind": form.kind.name,
            },
        )
    codes = _unit_codes(call, form.kind, facts.values())
    items = []
    for one in people:
        values = (
            change_form.texts_of(form.kind, facts[one.official_id], codes) if one.official_id in facts else {}
        )
        items.append(
            Item(
                one.uid,
                first | values | {"event": "", "term_ends_on": "", "reason": ""}
                if form.what != AMEND
                else values,
            )
        )
    return items


def _unit_codes(call: PageCall, kind: Kind, facts: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """Codes of the units that facts of a kind name."""
    units = [fact[column] for fact in facts for column in kind.unit_columns() if fact.get(column) is not None]
    return drafting.unit_codes(call.session, units) if units else {}


def _unlike(people: Any) -> list[drafting.Person]:
    return list({one.uid: one for one in people}.values())


def _first_of_new_person(form: Form) -> dict[str, str]:
    values: dict[str, str] = {}
    for name in change_form.NEW_PERSON:
        started = change_form.first_values(form, FACTS[name])
        if name not in change_form.NEW_PERSON[:3]:
            started.pop("valid_from")
        values |= {f"{name}-{field}": value for field, value in started.items()}
    return values | {"status-status": "dang_lam_viec", "appointment-event": "tuyen_dung"}


def _start_from_fact(call: PageCall, form: Form, action: str, people: dict[str, drafting.Person]) -> None:
    """Fill the form with the recorded fact to correct, end or withdraw."""
    named = call.args.get("fact", "")
    if (
        len(people) != 1
        or form.kind is None
        or form.what in (STEP, AMEND, REGISTER)
        or not (named.isascii() and named.isdigit())
    ):
        raise not_found()
    person = next(iter(people.values()))
    key = get_key(call.session, person.uid)
    require(call.actor, DRAFT, Target(org_ord=key.org_ord))
    form.action, form.fact_id = action, int(named)
    fact = drafting.get_fact(call.session, form.kind.name, key.id, form.fact_id)
    codes = _unit_codes(call, form.kind, [fact])
    values = change_form.fact_values(form.kind, fact, codes)
    form.items = [Item(person.uid, values if action == "correct" else {})]
    log.record(
        call.session,
        call.actor,
        log.Action.OFFICIAL_READ,
        "official",
        person.uid,
        official_id=key.id,
        detail={"as_of": call.today.isoformat(), "for": action, "kind": form.kind.name},
    )


@page(rooms, "/de-nghi/moi", DRAFT, methods=("POST",))
def record_change(call: PageCall) -> Response:
    """A step in the form: more people, fewer, another kind; keeping a draft; going on to the check."""
    return _take(call, None)


@page(rooms, "/de-nghi/<number>/sua", DRAFT)
def edit_change(call: PageCall, number: str) -> Response:
    """A draft or a returned change in the form again; with ?loi=1 the check's errors by the field."""
    change = own_draft(call, number)
    form = change_form.of_change(call.session, change)
    if form is None and not queries.is_numbered(call.session, change):
        # What one form cannot show (several ends, very many people) still gets its decision.
        return call.redirect(f"/de-nghi/{change.number}/quyet-dinh")
    if form is None:
        return call.render(
            "changes/not_in_form.html", title=call.t("Sửa đề nghị", "Edit the request"), change=change
        )
    mistakes = _found_in_draft(call, form, change) if call.args.get("loi") == "1" else NO_MISTAKES
    return _form(call, form, change, mistakes)


@page(rooms, "/de-nghi/<number>/sua", DRAFT, methods=("POST",))
def change_draft(call: PageCall, number: str) -> Response:
    """The same steps on a draft that is kept already."""
    return _take(call, own_draft(call, number, lock=True))


def own_draft(call: PageCall, number: str, *, lock: bool = False) -> Change:
    change = queries.get_change(call.session, number, lock=lock)
    if change.maker_id != call.actor.user_id or change.status not in ("draft", "returned"):
        raise not_found()
    return change


def _take(call: PageCall, change: Change | None) -> Response:
    _for_units(call)
    form = change_form.read(call.form)
    step, _, about = call.form.get("step", "refresh").partition(":")
    problems = _take_file(call, form)
    if step in ("draft", "check") and not problems.summary:
        return _keep(call, form, change, going_on=step == "check")
    problems = change_form.merged(problems, _step_in_form(call, form, step, about))
    return _form(
        call,
        form,
        change,
        problems,
        status=422 if problems.summary else 200,
        edit_decision=step == "decision",
    )


def _take_file(call: PageCall, form: Form) -> Mistakes:
    """Put a file that came along into the decision, and pictures to the people they are of."""
    file, mistakes = take_paper(call)
    if file is not None:
        form.decision["file_id"] = str(file.uid)
    pictures = [one.name for one in form.kind.fields if one.type == "file"] if form.kind else []
    places = {f"p{place}-{name}": (item, name) for place, item in enumerate(form.items) for name in pictures}
    taken, wrong = take_portraits(call, places)
    for place, uid in taken.items():
        item, name = places[place]
        item.values[name] = uid
    return change_form.merged(mistakes, wrong)


def _step_in_form(call: PageCall, form: Form, step: str, about: str) -> Mistakes:
    """One of the buttons that only change the form; what is wrong with it, if anything."""
    if step == "what":
        form.action, form.fact_id = "record", None
        known = drafting.find_people(call.session, [one.uid for one in form.items], form.day or call.today)
        form.items = _items_at_first(call, form, _unlike(known.values()))
        if form.what == REGISTER:
            form.items = [Item("", _first_of_new_person(form))]
    elif step == "drop" and about.isdigit() and int(about) < len(form.items):
        del form.items[int(about)]
    elif step == "drop-file":
        form.decision["file_id"] = ""
    elif step == "add":
        return _add(call, form, [about], "find")
    elif step == "paste":
        return _add(
            call, form, call.form.get("paste", "").replace(",", " ").replace(";", " ").split(), "paste"
        )
    elif step == "due":
        due = drafting.find_due(call.session, _due_until(call, form), call.actor.ranges(DRAFT))
        return _add(call, form, [uid for uid in due if uid not in {one.uid for one in form.items}], "find")
    elif step == "copy" and form.items:
        for one in form.items[1:]:
            one.values = dict(form.items[0].values)
    return NO_MISTAKES


def _due_until(call: PageCall, form: Form) -> date:
    return form.day or call.today


def _add(call: PageCall, form: Form, named: list[str], place: str) -> Mistakes:
    """Put people into the form by registry id, personal number or staff code; the names that lead to nobody
    are told.
    """
    people = drafting.find_people(call.session, named, form.day or call.today)
    held = {one.uid for one in form.items}
    steps = (
        drafting.next_steps(call.session, list(people.values()), _due_until(call, form))
        if form.what == STEP
        else {}
    )
    new = [
        one
        for one in _unlike(people.values())
        if one.uid not in held and call.actor.covers(DRAFT, one.org_ord)
    ]
    for item in _items_at_first(call, form, new):
        due = steps[item.uid].due if item.uid in steps else None
        if due is not None and due <= _due_until(call, form):
            item.values["valid_from"] = due.strftime("%d/%m/%Y")
        form.items.append(item)
    missing = [one for one in dict.fromkeys(named) if one not in people]
    if not missing:
        return NO_MISTAKES
    words = call.t(
        f"Không có trong phạm vi của bạn: {', '.join(missing[:10])}{', …' if len(missing) > 10 else ''}",
        f"Not within your units: {', '.join(missing[:10])}{', …' if len(missing) > 10 else ''}",
    )
    return Mistakes(words, {place: words}, [(place, words)])


def _keep(call: PageCall, form: Form, change: Change | None, *, going_on: bool) -> Response:
    """Save the draft; then on to the check, or back to the form with what has to be mended."""
    context = _look_up(call, form)
    if change is not None and form.version != str(change.version):
        return _form(call, form, change, _stale_draft(call), status=409)
    made = change_form.to_body(call.session, form, context.people, context.steps)
    ours = change_form.merged(
        _nobody(call, form), _unit_mistakes(call, form, context), _without_step(call, form, context)
    )
    told = NO_MISTAKES
    try:
        with call.savepoint():
            kept = _save(call, change, made.body)
            if ours.summary:
                raise _UnfitError
    except _UnfitError:
        pass
    except RegistryError as error:
        covered = {*ours.fields, "find"} if form.items else ours.fields
        told = change_form.without(_mistakes(call, form, context, error, made.input_of), covered)
    mistakes = change_form.merged(told, ours)
    if mistakes.summary:
        return _form(call, form, change, mistakes, status=422)
    if not going_on:
        return call.redirect(f"/de-nghi/{kept.number}/sua")
    if _found_in_draft(call, form, kept).summary:
        return call.redirect(f"/de-nghi/{kept.number}/sua?loi=1")
    return call.redirect(f"/de-nghi/{kept.number}/kiem-tra")


class _UnfitError(Exception):
    """The form itself knows of something to mend, so what the service took is undone."""


def _save(call: PageCall, change: Change | None, body: dict[str, Any]) -> Change:
    if change is None:
        return services.draft(call.session, call.actor, body, call.today)
    return services.replace(call.session, call.actor, change, body, call.today)


def _stale_draft(call: PageCall) -> Mistakes:
    words = call.t(
        "Bản nháp này vừa được lưu ở một cửa sổ khác. Những gì bạn nhập vẫn ở đây; "
        "mở bản đã lưu để so rồi nhập lại.",
        "This draft was saved in another window meanwhile. What you typed is still here; "
        "open the saved one to compare.",
    )
    return Mistakes(words, {}, [(None, words)])


def _found_in_draft(call: PageCall, form: Form, change: Change) -> Mistakes:
    """What must be mended before a saved draft can be submitted: the registry's findings, and steps that are
    not due yet.
    """
    context = _look_up(call, form)
    made = change_form.to_body(call.session, form, context.people, context.steps)
    errors = [
        Flaw(one.path, one.code, one.message)
        for one in queries.findings(call.session, change, call.today)
        if one.severity == "error"
    ]
    found = (
        _mistakes(
            call, form, context, Invalid(services.NOT_READY, "not_ready", errors), made.input_of_finding
        )
        if errors
        else NO_MISTAKES
    )
    return change_form.merged(found, _not_due(call, form, context))


# What the form's page shows of people and units


class Context:
    """The people named in a form, their next steps, the units typed, looked up once a request."""

    def __init__(self) -> None:
        self.people: dict[str, drafting.Person] = {}
        self.steps: dict[str, drafting.StepUp] = {}
        self.units: dict[str, str] = {}
        self.unit_hits: dict[str, list[tuple[str, str]]] = {}


def _unit_mistakes(call: PageCall, form: Form, context: Context) -> Mistakes:
    """Units typed by a name that several bear, or none."""
    several = call.t(
        "Nhiều đơn vị khớp. Chọn một; để trống rồi gửi nếu muốn ghi tên khác.",
        "Several units match. Choose one, or leave it empty to type another name.",
    )
    none = call.t(
        "Không có đơn vị nào với mã hoặc tên này trong phạm vi của bạn.",
        "No unit of yours has this code or name.",
    )
    fields = {place: several if hits else none for place, hits in context.unit_hits.items()}
    return Mistakes(
        "",
        fields,
        [
            (place, f"{_label_of(call, form, context, place)}: {words[:1].lower()}{words[1:]}")
            for place, words in fields.items()
        ],
    )


def _look_up(call: PageCall, form: Form) -> Context:
    found = Context()
    on = form.day or call.today
    found.people = drafting.find_people(call.session, [one.uid for one in form.items], on)
    if form.what == STEP:
        found.steps = drafting.next_steps(call.session, list(found.people.values()), on)
    _look_up_units(call, form, found)
    return found


def _look_up_units(call: PageCall, form: Form, found: Context) -> None:
    """Turn names of units into codes where only one unit of the reader bears them, and name the
    units chosen.
    """
    as_of = AsOf(form.day or call.today)
    named = UNIT_FIELDS if form.kind is None else {one.name for one in form.kind.units()}
    for place, item, field in (
        (place, item, field) for place, item in enumerate(form.items) for field in named
    ):
        name = f"appointment-{field}" if form.what == REGISTER else field
        value = item.values.get(name, "").strip()
        if not value:
            continue
        # Posts are given in one's own units; people may be sent to any.
        reach = call.actor.ranges(DRAFT) if field == "organization" else None
        hits = organizations.search(call.session, value, as_of, ranges=reach, limit=20)
        exact = [one for one in hits if one.code == value.upper()] or [
            one for one in hits if one.name.casefold() == value.casefold()
        ]
        only = exact[0] if len(exact) == 1 else hits[0] if len(hits) == 1 else None
        where = name if form.what == REGISTER else f"p{place}-{name}"
        if only is None:
            found.unit_hits[where] = [(one.code, _place_of(call, one, as_of)) for one in hits]
        else:
            item.values[name] = only.code
            found.units[only.code] = f"{only.name}, {_place_of(call, only, as_of, own=False)}"


def _place_of(call: PageCall, node: organizations.Node, as_of: AsOf, *, own: bool = True) -> str:
    """A unit told apart from its namesakes by what stands above it."""
    above = [name for _, name in organizations.find_path(call.session, node.code, as_of)][2:]
    return ", ".join(([node.name] if own else []) + list(reversed(above[-2:])))


def _label_of(call: PageCall, form: Form, context: Context, place: str) -> str:
    """What an input is called, with the person it is about, for the list of errors."""
    prefix, _, name = place.partition("-")
    if prefix == "decision":
        return call.say(DECISION_LABELS.get(name, Words("Quyết định", "Decision")))
    if form.what == REGISTER:
        kind = FACTS.get("identity" if prefix == "personal" else prefix)
        label = call.say(NUMBER_LABELS[name]) if name in NUMBER_LABELS else _field_label(call, kind, name)
        part = call.say(kind.label) if kind is not None and label and prefix != "personal" else ""
        return ", ".join(filter(None, (part, label)))
    if not (prefix.startswith("p") and prefix[1:].isdigit() and int(prefix[1:]) < len(form.items)):
        return ""
    person = context.people.get(form.items[int(prefix[1:])].uid)
    label = (
        call.say(ALLOWANCE_LABEL) if name == "allowance_coefficient" else _field_label(call, form.kind, name)
    )
    return ", ".join(part for part in (person.full_name if person else "", label) if part)


def _field_label(call: PageCall, kind: Any, name: str) -> str:
    if kind is None:
        return ""
    start, end = change_form.PERIOD_LABELS.get(kind.name, change_form.PERIOD)
    if name == "valid_from":
        return call.say(start)
    if name == "valid_to":
        return call.say(end or change_form.PERIOD[1])
    return next((call.say(one.label) for one in kind.fields if one.name == name), "")


DECISION_LABELS = {
    "number": Words("Số quyết định", "Decision number"),
    "issued_on": Words("Ký ngày", "Signed on"),
    "effective_on": Words("Hiệu lực", "In force from"),
    "issuer": Words("Cơ quan", "Issued by"),
    "signer": Words("Người ký", "Signed by"),
    "title": Words("Trích yếu", "Subject"),
}
NUMBER_LABELS = {
    "personal_id": Words("Số định danh cá nhân", "Personal number"),
    "staff_code": Words("Số hiệu", "Staff code"),
}
ALLOWANCE_LABEL = Words("Phụ cấp chức vụ (hệ số)", "Position allowance (coefficient)")


def _mistakes(call: PageCall, form: Form, context: Context, error: RegistryError, place_of: Any) -> Mistakes:
    """A refusal by the field, each once, with the label and the person in the list of errors."""
    flaws = list({(place_of(one.path), one.message): one for one in error.flaws}.values())
    told = mistakes_of(type(error)(error.message, error.code, flaws), call.language, rename=place_of)
    summary: list[tuple[str | None, str]] = []
    for place, words in told.summary:
        label = _label_of(call, form, context, place) if place else ""
        linked = place if place is not None and (label or place in ("find", "note")) else None
        summary.append((linked, f"{label}: {words[:1].lower()}{words[1:]}" if label else words))
    return Mistakes(told.message, told.fields, summary)


def _nobody(call: PageCall, form: Form) -> Mistakes:
    """A form without people, in the words of the form."""
    if form.items or form.what == REGISTER:
        return NO_MISTAKES
    words = call.t(
        "Chưa có ai. Tìm và thêm ít nhất một người.", "Nobody yet. Find and add at least one person."
    )
    return Mistakes("", {"find": words}, [("find", words)])


def _without_step(call: PageCall, form: Form, context: Context) -> Mistakes:
    """People for whom there is no next step to record."""
    if form.what != STEP:
        return NO_MISTAKES
    fields: dict[str, str] = {}
    summary: list[tuple[str | None, str]] = []
    for place, item in enumerate(form.items):
        person, step = context.people.get(item.uid), context.steps.get(item.uid)
        if person is None or (step is not None and step.to is not None):
            continue
        why = (
            call.say(step.why[-1].words)
            if step is not None
            else call.t("Chưa ghi ngạch, bậc.", "No rank and step is recorded.")
        )
        fields[f"p{place}-valid_from"] = f"{why} {call.t('Bỏ người này.', 'Leave this person out.')}"
        summary.append((f"p{place}-valid_from", f"{person.full_name}: {why}"))
    return Mistakes("", fields, summary)


def _not_due(call: PageCall, form: Form, context: Context) -> Mistakes:
    """People whose next step would be paid before it is due."""
    fields: dict[str, str] = {}
    summary: list[tuple[str | None, str]] = []
    for place, item in enumerate(form.items if form.what == STEP else []):
        person, step = context.people.get(item.uid), context.steps.get(item.uid)
        start = change_form.day_of(item.values.get("valid_from", ""))
        if person is None or step is None or step.due is None or start is None or start >= step.due:
            continue
        why = " ".join(call.say(one.words) for one in step.delays)
        due = call.t(
            f"Đến hạn {step.due:%d/%m/%Y}. Bỏ người này hoặc sửa ngày hưởng.",
            f"Due on {step.due:%d/%m/%Y}. Leave this person out or mend the day.",
        )
        fields[f"p{place}-valid_from"] = f"{why} {due}".strip()
        summary.append(
            (
                f"p{place}-valid_from",
                call.t(
                    f"{person.full_name}: chưa đến hạn nâng bậc vào ngày {start:%d/%m/%Y}",
                    f"{person.full_name}: the step is not due on {start:%d/%m/%Y}",
                ),
            )
        )
    return Mistakes("", fields, summary)


def _form(
    call: PageCall,
    form: Form,
    change: Change | None,
    mistakes: Mistakes,
    *,
    status: int = 200,
    edit_decision: bool = False,
) -> Response:
    """The form with everything typed, the people found, and what is wrong."""
    context = _look_up(call, form)
    if call.form.get("step", "").startswith(("refresh", "find", "what")):
        mistakes = change_form.merged(mistakes, _unit_mistakes(call, form, context))
    decision_wrong = sum(1 for place, _ in mistakes.summary if place and place.startswith("decision-"))
    complete = bool(form.decision.get("number")) and form.dated
    found = _search(call, form)
    due = (
        drafting.find_due(call.session, _due_until(call, form), call.actor.ranges(DRAFT))
        if form.what == STEP
        else []
    )
    shown = [context.people[one.uid] for one in form.items if one.uid in context.people]
    if shown:
        log.record(
            call.session,
            call.actor,
            log.Action.OFFICIAL_LIST,
            "list",
            "change_form",
            detail={"officials": [one.official_id for one in shown]},
        )
    draw = Drawing(
        call.session,
        call.actor.field_classes(),
        call.language,
        form.day or call.today,
        call.today,
        mistakes.fields,
        context.units,
        context.unit_hits,
    )
    saved = (
        trail.last_at(call.session, "change", str(change.uid), ("change.draft", "change.edit"))
        if change
        else None
    )
    return call.render(
        "changes/form.html",
        status=status,
        title=_form_title(call, form),
        form=form,
        change=change,
        mistakes=mistakes,
        errors=mistakes.fields,
        whats=_what_options(call),
        action=request.path,
        saved_at=saved,
        decision_open=edit_decision or not complete or decision_wrong > 0,
        decision_wrong=decision_wrong,
        content_wrong=len(mistakes.summary) - decision_wrong,
        complete=complete,
        file=_file_of(call.session, form),
        step_rows=_step_rows(call, form, context, mistakes) if form.what == STEP else None,
        found=found,
        due_count=len([uid for uid in due if uid not in {one.uid for one in form.items}]),
        sections=_sections(draw, form),
        people=_people_inputs(call, draw, form, context),
        allowance_label=call.say(ALLOWANCE_LABEL),
        find=call.form.get("find", ""),
        paste=call.form.get("paste", ""),
        returned=_returned_words(call, change),
        target=_target(call, form, context),
    )


def _form_title(call: PageCall, form: Form) -> str:
    if form.action in TARGETED and form.kind is not None:
        return f"{call.say(change_form.ACTIONS[form.action])}: {call.say(form.kind.label).lower()}"
    if form.what == REGISTER:
        return call.t("Tiếp nhận người mới", "Register a new person")
    return call.t("Ghi thay đổi theo quyết định", "Record a change under a decision")


def _what_options(call: PageCall) -> list[dict[str, Any]]:
    often = (STEP, "appointment", "allowance", REGISTER, AMEND)
    classes = call.actor.field_classes()
    rest = [
        key
        for key in change_form.WHATS
        if key not in often and (key not in FACTS or visible_fields(FACTS[key], classes))
    ]
    return [
        {
            "label": call.t("Hay dùng", "Often used"),
            "options": [(key, call.say(change_form.WHATS[key])) for key in often],
        },
        {
            "label": call.t("Mục khác của hồ sơ", "Other parts of a record"),
            "options": [(key, call.say(change_form.WHATS[key])) for key in rest],
        },
    ]


def _file_of(session: Session, form: Form) -> File | None:
    uid = form.decision.get("file_id")
    return session.scalar(select(File).where(File.uid == uid)) if uid else None


def _returned_words(call: PageCall, change: Change | None) -> str | None:
    return change.reason if change is not None and change.status == "returned" else None


def _search(call: PageCall, form: Form) -> list[dict[str, Any]] | None:
    """People whose name or number was typed into the search box; None when nothing was."""
    typed = call.form.get("find", "").strip()
    if not typed or form.what == REGISTER or form.action in TARGETED:
        return None
    asked = ListQuery(AsOf(call.today), call.today, q=typed, limit=FOUND_AT_MOST)
    held = {one.uid for one in form.items}
    return [
        one | {"held": one["id"] in held}
        for one in read_list(call.session, call.actor, asked, {"q": typed}).items
    ]


def _step_rows(call: PageCall, form: Form, context: Context, mistakes: Mistakes) -> list[dict[str, Any]]:
    """Now, next, day and cost of each person, for the table of a regular increase."""
    rows = []
    for place, item in enumerate(form.items):
        person, step = context.people.get(item.uid), context.steps.get(item.uid)
        if person is None:
            continue
        start = change_form.day_of(item.values.get("valid_from", "")) or form.day or call.today
        to = step.to if step is not None else None
        cost = None
        if person.salary is not None and to is not None:
            cost = drafting.cost_a_month(call.session, person.salary.coefficient, to.coefficient, start)
        rows.append(
            {
                "place": place,
                "item": item,
                "person": person,
                "to": to,
                "cost": cost,
                "steps": _count_steps(call, person),
                "rank": lists.label(call.session, "ranks", person.salary.rank, call.language)
                if person.salary
                else "",
                "error": mistakes.fields.get(f"p{place}-valid_from"),
            }
        )
    return rows


def _count_steps(call: PageCall, person: drafting.Person) -> int:
    if person.salary is None:
        return 0
    return len(steps_of_rank(call.session, person.salary.rank, call.today))


def _sections(draw: Drawing, form: Form) -> list[dict[str, Any]]:
    """The parts of the form for a new person."""
    if form.what != REGISTER:
        return []
    values = form.items[0].values if form.items else {}
    mine = {
        name: values.get(f"personal-{name}", "")
        for name in (*NUMBER_LABELS, *(one.name for one in FACTS["identity"].fields))
    }
    numbers: list[dict[str, Any]] = [
        {
            "control": "text",
            "id": f"personal-{name}",
            "label": draw.say(words),
            "value": mine[name],
            "hint": None,
            "options": [],
            "error": draw.errors.get(f"personal-{name}"),
            "cls": "",
            "required": name == "personal_id",
        }
        for name, words in NUMBER_LABELS.items()
    ]
    numbers[0]["hint"] = draw.say(Words("12 chữ số", "12 digits"))
    personal = change_form.inputs(draw, FACTS["identity"], mine, "personal-", period=False)
    parts = [
        {
            "title": draw.say(FACTS["identity"].label),
            "note": None,
            "inputs": [personal[0], *numbers, *personal[1:]],
        }
    ]
    for name in change_form.NEW_PERSON:
        inner = {
            key.removeprefix(f"{name}-"): value for key, value in values.items() if key.startswith(f"{name}-")
        }
        needed = name in change_form.NEW_PERSON[:2]
        parts.append(
            {
                "title": draw.say(FACTS[name].label),
                "note": None
                if needed
                else draw.say(Words("Bỏ trống nếu chưa có", "Leave empty if there is none")),
                "inputs": change_form.inputs(draw, FACTS[name], inner, f"{name}-"),
            }
        )
    return parts


def _people_inputs(call: PageCall, draw: Drawing, form: Form, context: Context) -> list[dict[str, Any]]:
    """The inputs of each person for every other kind of change."""
    if form.what in (STEP, REGISTER) or form.kind is None:
        return []
    shown = []
    for place, item in enumerate(form.items):
        person = context.people.get(item.uid)
        if person is None:
            continue
        prefix = f"p{place}-"
        shown.append(
            {
                "place": place,
                "person": person,
                "item": item,
                "inputs": _inputs_of(call, draw, form, item, prefix),
            }
        )
    return shown


def _target(call: PageCall, form: Form, context: Context) -> list[dict[str, Any]]:
    """The recorded fact that a form ends or withdraws, in words, so that nobody has to guess which
    one it is.
    """
    person = context.people.get(form.items[0].uid) if form.items else None
    if form.action not in ("end", "withdraw") or form.kind is None or form.fact_id is None or person is None:
        return []
    try:
        fact = drafting.get_fact(call.session, form.kind.name, person.official_id, form.fact_id)
    except NotFound:
        return []
    named = {fact[column] for column in form.kind.unit_columns() if fact.get(column) is not None}
    units = browsing.unit_names(call.session, named)
    start, end = change_form.PERIOD_LABELS.get(form.kind.name, change_form.PERIOD)
    typed = change_form.fact_values(form.kind, fact, units)
    period = [
        (call.say(start), typed.get("valid_from", "")),
        (call.say(end or change_form.PERIOD[1]), typed.get("valid_to", "")),
    ]
    shown = [
        (
            call.say(one.label),
            queries.say(call.session, one, fact, units, call.language),
        )
        for one in visible_fields(form.kind, call.actor.field_classes())
    ]
    return [{"label": label, "value": value} for label, value in [*period, *shown] if value]


def _inputs_of(call: PageCall, draw: Drawing, form: Form, item: Item, prefix: str) -> list[dict[str, Any]]:
    assert form.kind is not None
    if form.action == "withdraw":
        return [
            {
                "control": "textarea",
                "id": f"{prefix}reason",
                "label": call.t("Lý do rút", "Reason"),
                "cls": "w-full",
                "value": item.values.get("reason", ""),
                "error": draw.errors.get(f"{prefix}reason"),
                "hint": None,
                "options": [],
                "required": True,
            }
        ]
    if form.action == "end":
        return [
            {
                "control": "date",
                "id": f"{prefix}valid_to",
                "label": call.t("Ngày kết thúc", "Ends on"),
                "cls": "",
                "value": item.values.get("valid_to", ""),
                "error": draw.errors.get(f"{prefix}valid_to"),
                "options": [],
                "hint": call.t(
                    "Ngày đầu tiên không còn hiệu lực", "The first day on which it no longer holds"
                ),
                "required": True,
            }
        ]
    found = change_form.inputs(draw, form.kind, item.values, prefix, period=form.what != AMEND)
    if form.what == "appointment" and form.action == "record":
        found.append(
            {
                "control": "number",
                "id": f"{prefix}allowance_coefficient",
                "label": call.say(ALLOWANCE_LABEL),
                "cls": "",
                "value": item.values.get("allowance_coefficient", ""),
                "required": False,
                "options": [],
                "error": draw.errors.get(f"{prefix}allowance_coefficient"),
                "hint": _usual_allowance(call, item),
            }
        )
    return found


def _usual_allowance(call: PageCall, item: Item) -> str | None:
    row = next(
        (
            one
            for one in lists.items(call.session, "position_titles")
            if one.key == item.values.get("position")
        ),
        None,
    )
    usual = row.extra.get("allowance_coefficient") if row is not None else None
    return call.t(f"Theo bảng: {usual.replace('.', ',')}", f"By the table: {usual}") if usual else None
