"""The form that records a change: what somebody typed, as operations and back. Nothing typed is lost on the
way.

Inputs are named by their place: `decision-number`, `p0-step` (a field of the first person),
`personal-full_name` and `status-category` (a new person).
A service's flaw at `operations/0/step` thus finds its input.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.catalogues import lists
from registry.changes import drafting, queries
from registry.changes.models import Change
from registry.documents.models import Decision, File
from registry.law.why import vn, vn_number
from registry.officials.facts import FACTS, UNIT_COLUMNS
from registry.officials.facts.kind import Field, Kind
from registry.officials.facts.parsing import Wrong, parse_partial
from registry.officials.queries import visible_fields
from registry.periods import PartialDate
from registry.words import Words
from web.pages import Mistakes

STEP, REGISTER, AMEND = "step", "register", "amend"
TARGETED = ("correct", "end", "withdraw")
DECISION = ("number", "issued_on", "effective_on", "issuer", "signer", "title", "file_id")
REGULAR_STEP = "nang_bac"
POSITION_ALLOWANCE = "chuc_vu"
SELECT_AT_MOST = 130
LONG_TEXT = 600
NEW_PERSON = ("status", "appointment", "salary", "qualification", "political_theory", "party")
"""The facts that the form for a new person asks for; the first two must be there, the others when anything is
filled in.
"""

WHATS: dict[str, Words] = {
    STEP: Words("Nâng bậc lương thường xuyên", "Regular step increase"),
    "appointment": Words("Bổ nhiệm, điều động, bố trí công tác", "Appointment or transfer"),
    REGISTER: Words("Tiếp nhận người mới", "Register a new person"),
    AMEND: Words("Sửa thông tin chung", "Amend identity"),
    **{kind.name: kind.label for kind in FACTS.values() if kind.name not in ("identity", "appointment")},
    "salary": Words(
        "Xếp ngạch, bậc, lương (không phải nâng bậc thường xuyên)",
        "Rank and step, other than a regular increase",
    ),
}
ACTIONS: dict[str, Words] = {
    "correct": Words("Đính chính", "Correct"),
    "end": Words("Kết thúc", "End"),
    "withdraw": Words("Rút mục ghi sai", "Withdraw"),
}
LEVELS = {
    "trung_uong": "Trung ương",
    "bo": "Bộ, cơ quan ngang bộ",
    "tong_cuc": "Tổng cục",
    "cuc_thuoc_bo": "Cục thuộc bộ",
    "tinh": "Cấp tỉnh",
    "huyen": "Cấp huyện (trước 01/07/2025)",
    "xa": "Cấp xã",
    "don_vi_su_nghiep": "Đơn vị sự nghiệp",
    "giao_duc": "Giáo dục",
    "y_te": "Y tế",
}


@dataclass
class Item:
    """A person in the form and what was typed for them, by the name of the field."""

    uid: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Form:
    """Everything typed. `what` is a key of WHATS; `action` and `fact_id` name the fact to correct, end or
    withdraw.
    """

    what: str = STEP
    decision: dict[str, str] = field(default_factory=dict)
    note: str = ""
    items: list[Item] = field(default_factory=list)
    action: str = "record"
    fact_id: int | None = None
    version: str = ""

    @property
    def kind(self) -> Kind | None:
        """The kind of fact that each person gets, where it is one."""
        return FACTS.get("identity" if self.what == AMEND else "salary" if self.what == STEP else self.what)

    @property
    def day(self) -> date | None:
        """The day the change counts from, as far as it can be read: effective, else signed."""
        return day_of(self.decision.get("effective_on", "")) or day_of(self.decision.get("issued_on", ""))

    @property
    def dated(self) -> bool:
        """Whether the decision says when it was signed, and no day of it is one that nobody can read."""
        signed, effective = self.decision.get("issued_on", ""), self.decision.get("effective_on", "")
        return day_of(signed) is not None and (not effective or day_of(effective) is not None)


def day_of(typed: str) -> date | None:
    """The day in what was typed, None when there is none to read."""
    try:
        return parse_partial(typed).on if typed.strip() else None
    except Wrong:
        return None


def read(sent: Any) -> Form:
    """The form as sent."""
    what = sent.get("what", STEP)
    what = what if what in WHATS else STEP
    form = Form(
        what,
        {name: sent.get(f"decision-{name}", "").strip() for name in DECISION},
        sent.get("note", ""),
        version=sent.get("version", ""),
    )
    if sent.get("action") in TARGETED:
        form.action = sent["action"]
    form.fact_id = (
        int(sent["fact"]) if sent.get("fact", "").isascii() and sent.get("fact", "").isdigit() else None
    )
    if what == REGISTER:
        names = [name for name in sent if "-" in name and not name.startswith("decision-")]
        form.items = [Item("", {name: sent[name] for name in names})]
        _read_checkboxes(form.items[0].values, sent, [(f"{kind}-", FACTS[kind]) for kind in NEW_PERSON])
        _admitted(form.items[0].values, "party-")
        return form
    for place, uid in enumerate(sent.getlist("person")):
        prefix = f"p{place}-"
        values = {name.removeprefix(prefix): value for name, value in sent.items() if name.startswith(prefix)}
        if form.kind is not None and f"{prefix}shown" in sent:
            _read_checkboxes(values, sent, [("", form.kind)], prefix)
        if what == "party":
            _admitted(values, "")
        form.items.append(Item(uid, values))
    return form


def _admitted(values: dict[str, str], prefix: str) -> None:
    """Membership holds from the day of admission: one input for both."""
    if values.get(f"{prefix}valid_from"):
        values[f"{prefix}joined_on"] = values[f"{prefix}valid_from"]


def _read_checkboxes(
    values: dict[str, str], sent: Any, kinds: list[tuple[str, Kind]], prefix: str = ""
) -> None:
    """An empty checkbox sends nothing, which must not read as the default."""
    for start, kind in kinds:
        for one in kind.fields:
            if one.type == "boolean":
                values[start + one.name] = "1" if sent.get(prefix + start + one.name) else "0"


def first_values(form: Form, kind: Kind | None = None) -> dict[str, str]:
    """What a person's fields hold before anybody types: the day of the decision, and the declared
    defaults.
    """
    kind = kind or form.kind
    if kind is None:
        return {}
    start = form.decision.get("effective_on") or form.decision.get("issued_on") or ""
    values = {"valid_from": start}
    for one in kind.fields:
        if one.default is not None:
            values[one.name] = ("1" if one.default else "0") if one.type == "boolean" else str(one.default)
    if kind.name == "reward" and form.day is not None:
        values["year"] = str(form.day.year)
    return values


# Into operations


@dataclass
class Body:
    """What the service takes, and by the path of a flaw or of a finding the id of the input it is about."""

    body: dict[str, Any]
    flaws: list[tuple[str, str]] = field(default_factory=list)
    findings: list[tuple[str, str]] = field(default_factory=list)

    def input_of(self, path: str) -> str:
        """The input that a service's flaw is about."""
        return _place(path, self.flaws)

    def input_of_finding(self, path: str) -> str:
        """The input that a finding in a saved draft is about."""
        return _place(path, self.findings)


def _place(path: str, starts: list[tuple[str, str]]) -> str:
    if path == "operations":
        return "find"
    for start, prefix in starts:
        if path.startswith(start + "/"):
            rest = path.removeprefix(start + "/").removeprefix("personal/" if prefix else "")
            return prefix if prefix.endswith("coefficient") else prefix + rest.replace("/", "-")
    return path.replace("/", "-")


def to_body(
    session: Session, form: Form, people: Mapping[str, drafting.Person], steps: Mapping[str, drafting.StepUp]
) -> Body:
    """The request of a form. People whose next step cannot be computed are left out: the page says why."""
    decision = {name: value for name, value in form.decision.items() if value}
    made = Body({"decision": decision, "note": form.note or None, "operations": []})
    if form.what == REGISTER:
        _register(session, made, form.items[0].values if form.items else {})
        return made
    for place, item in enumerate(form.items):
        for operation, prefix in _operations(
            session, form, item, f"p{place}-", people.get(item.uid), steps.get(item.uid)
        ):
            number = len(made.body["operations"])
            made.body["operations"].append(operation)
            made.flaws.append((f"operations/{number}", prefix))
            made.findings.append((f"operations/{number}", prefix))
    return made


def _operations(
    session: Session,
    form: Form,
    item: Item,
    prefix: str,
    person: drafting.Person | None,
    step: drafting.StepUp | None,
) -> Iterable[tuple[dict[str, Any], str]]:
    values = item.values
    if form.what == STEP:
        if person is not None and person.salary is not None and step is not None and step.to is not None:
            yield _step_up(item, person, person.salary, step.to), prefix
        return
    kind = form.kind
    if kind is None:
        return
    clocks = {name: values[name] for name in ("valid_from", "valid_to") if values.get(name)}
    if form.what == AMEND:
        yield (
            {
                "action": "amend",
                "official": item.uid,
                "personal": typed(session, kind, values, keep_empty=True),
            },
            prefix,
        )
    elif form.action == "withdraw":
        yield (
            {
                "action": "withdraw",
                "official": item.uid,
                "kind": kind.name,
                "fact_id": form.fact_id,
                "reason": values.get("reason", ""),
            },
            prefix,
        )
    elif form.action == "end":
        yield (
            {
                "action": "end",
                "official": item.uid,
                "kind": kind.name,
                "fact_id": form.fact_id,
                "valid_to": values.get("valid_to", ""),
            },
            prefix,
        )
    elif form.action == "correct":
        period = {name: values.get(name, "") or None for name in ("valid_from", "valid_to")}
        yield (
            {
                "action": "correct",
                "official": item.uid,
                "kind": kind.name,
                "fact_id": form.fact_id,
                **period,
                **typed(session, kind, values, keep_empty=True),
            },
            prefix,
        )
    else:
        yield (
            {
                "action": "record",
                "official": item.uid,
                "kind": kind.name,
                **clocks,
                **typed(session, kind, values),
            },
            prefix,
        )
        if kind.name == "appointment" and values.get("allowance_coefficient"):
            yield (
                {
                    "action": "record",
                    "official": item.uid,
                    "kind": "allowance",
                    **clocks,
                    "allowance": POSITION_ALLOWANCE,
                    "coefficient": values["allowance_coefficient"],
                },
                f"{prefix}allowance_coefficient",
            )


def _step_up(item: Item, person: drafting.Person, held: Any, to: Any) -> dict[str, Any]:
    """The next step of the same rank; share paid, reserve, day of the rank and career step stay what they were."""
    return {
        "action": "record",
        "official": item.uid,
        "kind": "salary",
        "valid_from": item.values.get("valid_from", ""),
        "rank": held.rank,
        "step": to.step,
        "coefficient": str(to.coefficient),
        "pay_percent": held.pay_percent,
        "reserve_coefficient": str(held.reserve),
        "rank_from": person.rank_from,
        "event": REGULAR_STEP,
        **person.career,
    }


def _register(session: Session, made: Body, values: dict[str, str]) -> None:
    personal = typed(session, FACTS["identity"], _under(values, "personal-"))
    personal |= {name: values.get(f"personal-{name}", "").strip() for name in ("personal_id", "staff_code")}
    facts: list[dict[str, Any]] = []
    made.findings.append(("operations/0", "personal-"))
    for kind in NEW_PERSON:
        mine = _under(values, f"{kind}-")
        if kind not in NEW_PERSON[:2] and not _filled(FACTS[kind], mine):
            continue
        made.flaws.append((f"operations/0/facts/{len(facts)}", f"{kind}-"))
        clocks = {name: mine[name] for name in ("valid_from", "valid_to") if mine.get(name)}
        facts.append({"kind": kind, **clocks, **typed(session, FACTS[kind], mine)})
        made.findings.append((f"operations/{len(facts)}", f"{kind}-"))
    made.flaws.append(("operations/0", ""))
    made.body["operations"].append({"action": "register", "personal": personal, "facts": facts})


def _under(values: Mapping[str, str], prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}


def _filled(kind: Kind, values: Mapping[str, str]) -> bool:
    """Whether anything was filled in that is not there by itself."""
    return any(values.get(one.name) for one in kind.fields if one.default is None) or bool(
        values.get("valid_from")
    )


def typed(
    session: Session, kind: Kind, values: Mapping[str, str], *, keep_empty: bool = False
) -> dict[str, Any]:
    """Values of the fields as the service takes them; names of codes become keys. `keep_empty`: an emptied
    field is cleared.
    """
    found: dict[str, Any] = {}
    for one in kind.fields:
        value = values.get(one.name, "").strip()
        if not value and not (keep_empty and one.name in values):
            continue
        found[one.name] = (
            key_of(session, one, value, _province_beside(one, values))
            if one.type == "code" and value
            else value
        )
    return found


def _province_beside(one: Field, values: Mapping[str, str]) -> str | None:
    """The province chosen beside a commune; None for every other code."""
    return values.get(one.name.replace("commune", "province"), "") if one.catalogue == "communes" else None


def key_of(session: Session, one: Field, value: str, province: str | None = None) -> str:
    """The key of a code given by key or by name; what is neither stays, to be told as an error.

    Communes of different provinces share names: `province` says which one is meant.
    """
    rows = [
        row
        for row in lists.items(session, one.catalogue or "")
        if not province or row.extra.get("province") == province
    ]
    if any(row.key == value for row in rows):
        return value
    named = [row.key for row in rows if value.casefold() in (row.name.vi.casefold(), row.name.en.casefold())]
    return named[0] if len(set(named)) == 1 else value


# Out of what is recorded


def of_change(session: Session, change: Change) -> Form | None:
    """The form a draft was made with; None where it holds what one form cannot show (made by a program or an
    import).
    """
    shown = queries.operations(session, change)
    form = _shape(shown)
    if form is None or change.origin != "form" or len(shown) > drafting.MOST_PEOPLE:
        return None
    decision = session.get_one(Decision, change.decision_id)
    signed = decision.number != ""
    form.decision = {
        "number": decision.number,
        "issued_on": vn(decision.issued_on) if signed else "",
        "issuer": decision.issuer,
        "signer": decision.signer,
        "effective_on": vn(decision.effective_on) if signed and decision.effective_on else "",
        "title": decision.title,
        "file_id": _file_uid(session, decision),
    }
    form.note, form.version = change.note, str(change.version)
    codes = drafting.unit_codes(
        session,
        [int(one.fields[column]) for one in shown for column in UNIT_COLUMNS if one.fields.get(column)],
    )
    _put_values(form, shown, codes)
    return form


def _file_uid(session: Session, decision: Decision) -> str:
    file = session.get(File, decision.file_id) if decision.file_id else None
    return str(file.uid) if file else ""


def _shape(shown: list[queries.Shown]) -> Form | None:
    """Which form fits the operations."""
    actions, kinds = {one.action for one in shown}, {one.kind for one in shown}
    if "register" in actions:
        known = kinds <= {"identity", *NEW_PERSON} and len(kinds) == len(shown)
        return Form(REGISTER) if known and len({one.official_id for one in shown}) == 1 else None
    if actions == {"record"}:
        if kinds == {"salary"} and all(one.fields.get("event") == REGULAR_STEP for one in shown):
            return Form(STEP)
        if "appointment" in kinds and kinds <= {"appointment", "allowance"}:
            held = {one.official_id for one in shown if one.kind == "appointment"}
            others = [one for one in shown if one.kind == "allowance"]
            plain = all(
                one.fields["allowance"] == POSITION_ALLOWANCE and one.official_id in held for one in others
            )
            return Form("appointment") if plain else None
        return Form(kinds.pop()) if len(kinds) == 1 else None
    if len(shown) == 1 and actions <= {"amend", *TARGETED}:
        one = shown[0]
        if one.action == "amend":
            return Form(AMEND)
        return Form(one.kind, action=one.action, fact_id=one.fact_id)
    return None


def _put_values(form: Form, shown: list[queries.Shown], codes: Mapping[int, str]) -> None:
    if form.what == REGISTER:
        values: dict[str, str] = {}
        for one in shown:
            prefix = "personal-" if one.action == "register" else f"{one.kind}-"
            values |= {prefix + name: value for name, value in _texts(one, codes).items()}
            if one.action == "register":
                values |= {
                    f"personal-{name}": one.fields.get(name) or "" for name in ("personal_id", "staff_code")
                }
        form.items = [Item("", values)]
        return
    for one in shown:
        if one.kind == "allowance" and form.what == "appointment":
            item = next(item for item in form.items if item.uid == one.official_uid)
            item.values["allowance_coefficient"] = vn_number(Decimal(one.fields["coefficient"]))
        else:
            form.items.append(
                Item(
                    one.official_uid or "",
                    _texts(one, codes) | {"reason": one.reason or ""}
                    if one.action == "withdraw"
                    else _texts(one, codes),
                )
            )


def _texts(one: queries.Shown, codes: Mapping[int, str]) -> dict[str, str]:
    values = texts_of(FACTS[one.kind], one.fields, codes)
    return values | {"valid_from": _date_text(one.valid_from), "valid_to": _date_text(one.valid_to)}


def texts_of(kind: Kind, stored: Mapping[str, Any], codes: Mapping[int, str]) -> dict[str, str]:
    """Stored column values as people would type them."""
    return {one.name: _text(one, stored, codes) for one in kind.fields}


def _text(one: Field, stored: Mapping[str, Any], codes: Mapping[int, str]) -> str:
    column = one.stored_in[0]
    value = stored.get(column)
    if value is None:
        return ""
    match one.type:
        case "unit":
            return codes.get(int(value), "")
        case "date":
            return vn(date.fromisoformat(value))
        case "partial_date":
            return _date_text(PartialDate(date.fromisoformat(value), stored[f"{column}_precision"]))
        case "decimal":
            return str(value).replace(".", ",")
        case "boolean":
            return "1" if value else "0"
        case _:
            return str(value)


def fact_values(kind: Kind, fact: Mapping[str, Any], codes: Mapping[int, str]) -> dict[str, str]:
    """A recorded fact as people would type it, with its period."""
    values = texts_of(kind, fact, codes)
    for name in ("valid_from", "valid_to"):
        if fact.get(name):
            values[name] = _date_text(PartialDate(date.fromisoformat(fact[name]), fact[f"{name}_precision"]))
    return values


def _date_text(day: PartialDate | None) -> str:
    if day is None:
        return ""
    return {"day": vn(day.on), "month": day.on.strftime("%m/%Y"), "year": str(day.on.year)}[day.precision]


# Inputs to draw


@dataclass(frozen=True)
class Drawing:
    """What drawing the inputs of one person or section needs: where from, in which language, what is
    wrong.
    """

    session: Session
    classes: frozenset[Sensitivity]
    language: str
    on: date
    today: date
    errors: Mapping[str, str]
    units: Mapping[str, str] = field(default_factory=dict)
    unit_hits: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)

    def say(self, words: Words) -> str:
        """In the reader's language."""
        return words.said_in(self.language)


PERIOD_LABELS: dict[str, tuple[Words, Words | None]] = {
    "salary": (Words("Hưởng từ ngày", "Paid from"), None),
    "status": (Words("Từ ngày", "From"), Words("Đến ngày", "Until")),
    "party": (Words("Ngày vào Đảng", "Joined on"), None),
    "qualification": (Words("Ngày cấp bằng", "Awarded on"), None),
    "political_theory": (Words("Ngày cấp", "Awarded on"), None),
    "state_management": (Words("Ngày cấp", "Awarded on"), None),
    "language": (Words("Ngày cấp", "Awarded on"), None),
    "it_skill": (Words("Ngày cấp", "Awarded on"), None),
    "reward": (Words("Ngày quyết định", "Decided on"), None),
    "evaluation": (Words("Ngày quyết định", "Decided on"), None),
    "discipline": (Words("Có hiệu lực từ", "In effect from"), Words("Hết hiệu lực", "In effect until")),
    "training": (Words("Từ ngày", "From"), Words("Đến ngày", "Until")),
    "union": (Words("Ngày tham gia", "Joined on"), Words("Ngày thôi tham gia", "Left on")),
    "military": (Words("Ngày nhập ngũ", "Enlisted on"), Words("Ngày xuất ngũ", "Discharged on")),
    "planning": (Words("Ngày phê duyệt", "Approved on"), Words("Ngày đưa ra khỏi quy hoạch", "Taken out on")),
    "secondment": (Words("Từ ngày", "From"), Words("Kết thúc ngày", "Ended on")),
    "contract": (Words("Có hiệu lực từ", "In effect from"), Words("Chấm dứt ngày", "Ended on")),
    "identity_paper": (Words("Ngày cấp", "Issued on"), Words("Thôi giá trị từ", "Not valid from")),
    "portrait": (Words("Ngày chụp", "Taken on"), None),
    "policy_status": (Words("Được công nhận từ", "Recognized on"), Words("Đến ngày", "Until")),
    "health": (Words("Ngày khám", "Examined on"), None),
    "foreign_trip": (Words("Ngày đi", "Left on"), Words("Ngày sau khi về", "Day after the return")),
    "asset_declaration": (Words("Ngày nộp", "Handed in on"), None),
    "leave": (Words("Nghỉ từ ngày", "Away from"), Words("Trở lại làm việc ngày", "Back on")),
    "abroad_link": (Words("Từ khi nào", "Since"), Words("Đến khi nào", "Until")),
    "personal_history": (Words("Từ khi nào", "Since"), Words("Đến khi nào", "Until")),
    "economy": (Words("Ngày khai", "Stated on"), None),
    "remark": (Words("Ngày nhận xét", "Made on"), None),
    "paper_file": (
        Words("Ngày vào hồ sơ", "Filed on"),
        Words("Chuyển giao, hủy ngày", "Handed over or destroyed on"),
    ),
}
PERIOD = (Words("Từ ngày", "From"), Words("Đến ngày", "Until"))


PICTURE_HINT = Words(
    "JPEG hoặc PNG, tối đa 8 MB. Ảnh được cắt theo khung 4 x 6; nơi chụp, máy chụp ghi trong tệp bị bỏ.",
    "JPEG or PNG, at most 8 MB. It is cut to 4 x 6; place and camera told in the file are left out.",
)
PICTURE_KEPT = Words(
    "Đã nhận một ảnh. Chọn tệp khác để thay.", "A picture was taken in. Choose another file to replace it."
)
COMMUNE_HINT = Words(
    "Chọn tỉnh trước, rồi ghi tên hoặc mã xã", "Province first, then name or code of the commune"
)


def inputs(
    draw: Drawing, kind: Kind, values: Mapping[str, str], prefix: str, *, period: bool = True
) -> list[dict[str, Any]]:
    """The inputs of a kind, the period first: {control, id, label, value, error, hint, options, cls,
    required}.
    """
    found = []
    if period:
        start, end = PERIOD_LABELS.get(kind.name, PERIOD)
        found.append(_input(draw, prefix, "valid_from", draw.say(start), values, "date", required=True))
        if end is not None:
            found.append(_input(draw, prefix, "valid_to", draw.say(end), values, "date"))
    hidden = (
        {"joined_on"} if kind.name == "party" and period else set()
    )  # asked for as the start of the period
    shown = (one for one in visible_fields(kind, draw.classes) if one.name not in hidden)
    return found + [_field_input(draw, one, values, prefix) for one in shown]


def _input(
    draw: Drawing,
    prefix: str,
    name: str,
    label: str,
    values: Mapping[str, str],
    control: str,
    *,
    required: bool = False,
    hint: str | None = None,
    options: list[Any] | None = None,
    cls: str = "",
) -> dict[str, Any]:
    place = prefix + name
    return {
        "control": control,
        "id": place,
        "label": label,
        "value": values.get(name, ""),
        "error": draw.errors.get(place),
        "hint": hint,
        "options": options or [],
        "cls": cls,
        "required": required,
    }


def _field_input(draw: Drawing, one: Field, values: Mapping[str, str], prefix: str) -> dict[str, Any]:
    label = draw.say(one.label)
    required = one.required and one.default is None
    value = values.get(one.name, "")
    match one.type:
        case "code":
            options = code_options(draw, one, value, _province_beside(one, values))
            control = "select" if _count(options) <= SELECT_AT_MOST else "code"
            return _input(
                draw,
                prefix,
                one.name,
                label,
                values,
                "code" if one.catalogue == "communes" else control,
                required=required,
                options=options,
                hint=draw.say(COMMUNE_HINT) if one.catalogue == "communes" else None,
            )
        case "choice":
            options = [(key, draw.say(words)) for key, words in one.choices]
            return _input(draw, prefix, one.name, label, values, "select", required=required, options=options)
        case "unit":
            hits = draw.unit_hits.get(prefix + one.name, [])
            control = "select" if hits else "unit"
            hint = (
                None
                if hits
                else draw.units.get(value)
                or draw.say(Words("Mã hoặc tên đơn vị", "Code or name of the unit"))
            )
            return _input(
                draw,
                prefix,
                one.name,
                label,
                values,
                control,
                required=required,
                options=hits,
                hint=hint,
                cls="w-two",
            )
        case "boolean":
            return _input(draw, prefix, one.name, label, values, "checkbox")
        case "date" | "partial_date":
            return _input(draw, prefix, one.name, label, values, "date", required=required)
        case "integer" | "year" | "decimal":
            return _input(draw, prefix, one.name, label, values, "number", required=required)
        case "file":
            hint = draw.say(PICTURE_KEPT if value else PICTURE_HINT)
            return _input(
                draw, prefix, one.name, label, values, "picture", required=required, hint=hint, cls="w-two"
            )
        case _:
            control = "textarea" if one.length > LONG_TEXT else "text"
            return _input(
                draw,
                prefix,
                one.name,
                label,
                values,
                control,
                required=required,
                cls="w-full" if one.length > LONG_TEXT else "w-two" if one.length > 200 else "",
            )


def code_options(draw: Drawing, one: Field, chosen: str, province: str | None = None) -> list[Any]:
    """The rows of a code list in force on the day, and what is chosen already; positions in groups
    by level, communes of the province chosen only: all of them would be thousands.
    """
    rows, seen, groups = [], set(), {}  # type: ignore[var-annotated]
    on = draw.today if one.today_code else draw.on
    for row in lists.items(draw.session, one.catalogue or ""):
        if row.key in seen or not (row.holds(on) or row.key == chosen):
            continue
        if province is not None and row.extra.get("province") != province and row.key != chosen:
            continue
        seen.add(row.key)
        pair = (row.key, draw.say(row.name))
        rows.append(pair)
        groups.setdefault(
            LEVELS.get(row.extra.get("org_level", ""), row.extra.get("org_level", "")), []
        ).append(pair)
    if one.catalogue == "position_titles":
        return [{"label": label, "options": pairs} for label, pairs in groups.items()]
    return rows


def _count(options: list[Any]) -> int:
    return sum(len(one["options"]) if isinstance(one, dict) else 1 for one in options)


def merged(*found: Mistakes) -> Mistakes:
    """Several refusals as one."""
    fields: dict[str, str] = {}
    summary: list[tuple[str | None, str]] = []
    for one in found:
        fields |= {place: words for place, words in one.fields.items() if place not in fields}
        summary += [pair for pair in one.summary if pair not in summary]
    return Mistakes(next((one.message for one in found if one.message), ""), fields, summary)


def without(told: Mistakes, places: Iterable[str]) -> Mistakes:
    """A refusal less what is said of these inputs elsewhere, better."""
    covered = set(places)
    return Mistakes(
        told.message,
        {place: words for place, words in told.fields.items() if place not in covered},
        [pair for pair in told.summary if pair[0] not in covered],
    )
