"""Runs of reports: asked for by form and parameters, made again from what was asked. Their life: `registry.bulk.runs`."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.access.policy import Target, require
from registry.audit import log
from registry.bulk import runs, trail
from registry.bulk.jobs import Handler, handler_of
from registry.bulk.models import Run
from registry.bulk.questions import read_moment, unit_ords
from registry.bulk.runs import Failed, Order, Reach, Way
from registry.errors import Conflict, Flaw, Forbidden, Invalid, NotFound
from registry.officials.facts.parsing import MEANS_EMPTY, REQUIRED, Wrong, clean_text, parse_day
from registry.officials.queries import get_key
from registry.reports import REPORTS, Parameter, Report
from registry.words import Words

LONGEST_REASON = 500
CLOCKS = ("as_of", "known_at")

REPORT = Way(
    kind="report",
    prefix="BC",
    title=lambda form: REPORTS[form].title if form in REPORTS else Words(form, form),
    permission=lambda form: _known(form).permission,
    write=lambda order: _write(order),
    asked=log.Action.REPORT_ASK,
    made=log.Action.REPORT_MAKE,
    fetched=log.Action.REPORT_FETCH,
    cancelled=log.Action.REPORT_CANCEL,
)


def handlers(counting: Engine) -> dict[str, Handler]:
    """What the worker does for this room; `counting` is the engine of the role that counts."""
    return {REPORT.job: handler_of(REPORT, counting)}


def _known(form: str) -> Report:
    """The form of a run; Conflict when the catalogue has it no more."""
    if form not in REPORTS:
        raise Conflict(Words("Mẫu này không còn.", "This form is no longer there."), "form_changed")
    return REPORTS[form]


def _write(order: Order) -> int:
    """Raises Failed when the rights of today reach less than the form tells of: a part would pass for the whole."""
    report, code = _known(order.run.form), order.run.parameters.get("organization")
    unit = unit_ords(order.session, code) if code else None
    if not order.reach.covers(Reach((unit,) if unit else (), report.classes)):
        raise Failed("no_right")
    return report.make(order)


def may_run(actor: Actor) -> list[Report]:
    """What the actor may ask for, in the order of the catalogue."""
    classes = actor.field_classes()
    return [
        one
        for one in REPORTS.values()
        if actor.may(one.permission) and actor.ranges(one.permission) and one.classes <= classes
    ]


# Asking


def ask(
    session: Session,
    actor: Actor,
    *,
    form: Any,
    parameters: Any,
    format: Any,
    today: date,
    reason: Any = None,
) -> Run:
    """Take a question in and queue its answer. `known_at` is fixed now unless it was asked for.

    Raises Invalid with every flaw, by 'form', 'format', 'reason' and 'parameters/NAME'.
    """
    require(actor, Permission.REPORTS_RUN_MAKE)
    report = next((one for one in may_run(actor) if one.name == form), None)
    if report is None:
        words = Words("Không có mẫu này trong danh mục của bạn.", "Your catalogue has no such form.")
        raise Invalid(words, "unknown_form", [Flaw("form", "unknown_form", words)])
    flaws: list[Flaw] = []
    if format not in report.formats:
        words = Words(
            f"Chọn một trong: {', '.join(report.formats)}.", f"One of: {', '.join(report.formats)}."
        )
        flaws.append(Flaw("format", "choice", words))
    told = _reason(reason, flaws)
    values = _values(session, actor, report, {} if parameters is None else parameters, flaws)
    now: datetime = session.execute(text("SELECT now()")).scalar_one()
    as_of, known_at = values.pop("as_of", today), values.pop("known_at", now)
    flaws += _clock_flaws(report, as_of, known_at, now)
    if flaws:
        raise Invalid(Words("Chưa lập được báo cáo.", "The report cannot be made so."), "invalid", flaws)
    return runs.ask(
        session,
        actor,
        REPORT,
        Run(
            form=report.name,
            version=report.version,
            parameters=values,
            format=format,
            reason=told or None,
            as_of=as_of,
            known_at=known_at,
        ),
    )


def _reason(sent: Any, flaws: list[Flaw]) -> str:
    if sent in MEANS_EMPTY:
        return ""
    try:
        return clean_text(sent, LONGEST_REASON)
    except Wrong as wrong:
        flaws.append(Flaw("reason", wrong.code, wrong.words))
        return ""


def _values(session: Session, actor: Actor, report: Report, sent: Any, flaws: list[Flaw]) -> dict[str, Any]:
    """The parameters as they are kept: JSON-ready, people by uuid; the clocks as date and moment."""
    if not isinstance(sent, Mapping):
        words = Words("Tham số là một đối tượng.", "The parameters are an object.")
        raise Invalid(words, "type", [Flaw("parameters", "type", words)])
    for name in sorted(set(sent) - {one.name for one in report.parameters}):
        words = Words(f"Mẫu này không có tham số “{name}”.", f"This form has no parameter “{name}”.")
        flaws.append(Flaw(f"parameters/{name}", "unknown_field", words))
    values: dict[str, Any] = {}
    for one in report.parameters:
        if sent.get(one.name) in MEANS_EMPTY:
            if one.required:
                flaws.append(Flaw(f"parameters/{one.name}", "required", REQUIRED))
            continue
        try:
            values[one.name] = _read(session, actor, report, one, sent[one.name])
        except Wrong as wrong:
            flaws.append(Flaw(f"parameters/{one.name}", wrong.code, wrong.words))
    return values


def _read(session: Session, actor: Actor, report: Report, one: Parameter, sent: Any) -> Any:
    """One parameter by its kind. Raises Wrong."""
    if one.kind == "person":
        return _person(session, actor, report, sent)
    if one.kind == "organization":
        return _unit(session, actor, report, clean_text(sent, 60))
    if report.name == "so_nhat_ky" and one.name in trail.READERS:
        return trail.READERS[one.name](session, sent)
    value = READERS[one.kind](session, sent)
    return value.isoformat() if isinstance(value, date) and one.name not in CLOCKS else value


def _unit(session: Session, actor: Actor, report: Report, code: str) -> str:
    """The code of a unit that lies wholly within the actor's scope."""
    unit = unit_ords(session, code)
    if unit is None or not Reach.of(actor, report.permission).covers(Reach((unit,), frozenset())):
        raise Wrong(
            "unknown_unit",
            "Không có đơn vị với mã này nằm trọn trong phạm vi của bạn.",
            "No unit with this code lies wholly within your scope.",
        )
    return code


def _person(session: Session, actor: Actor, report: Report, sent: Any) -> str:
    """The uuid of a person, so that what was asked names nobody."""
    try:
        key = get_key(session, str(sent).strip())
        require(actor, report.permission, Target(org_ord=key.org_ord, official_id=key.id))
    except (NotFound, Forbidden):
        raise Wrong(
            "unknown_person",
            "Không có người với số này trong phạm vi của bạn.",
            "Nobody within your scope has this number.",
        ) from None
    return str(key.uid)


def _year(_session: Session, sent: Any) -> int:
    told = str(sent)
    if isinstance(sent, bool) or not told.isascii() or not told.isdigit() or len(told) != 4:
        raise Wrong("number", "Năm gồm 4 chữ số.", "A year has 4 digits.")
    return int(told)


READERS: dict[str, Callable[[Session, Any], Any]] = {
    "date": lambda _session, sent: parse_day(sent),
    "instant": read_moment,
    "year": _year,
    "text": lambda _session, sent: clean_text(sent, 200),
}


def _clock_flaws(report: Report, as_of: date, known_at: datetime, now: datetime) -> list[Flaw]:
    flaws = []
    if known_at > now:
        words = Words("Thời điểm ghi nhận chưa tới.", "This moment has not come yet.")
        flaws.append(Flaw("parameters/known_at", "future", words))
    if report.valid_from is not None and as_of < report.valid_from:
        day = f"{report.valid_from:%d/%m/%Y}"
        words = Words(f"Mẫu này dùng từ ngày {day}.", f"This form is for days from {day} on.")
        flaws.append(Flaw("parameters/as_of", "before_form", words))
    if report.valid_to is not None and as_of >= report.valid_to:
        day = f"{report.valid_to:%d/%m/%Y}"
        words = Words(f"Mẫu này chỉ dùng cho trước ngày {day}.", f"This form is for days before {day} only.")
        flaws.append(Flaw("parameters/as_of", "after_form", words))
    return flaws


# Again


def repeat(session: Session, actor: Actor, first: Run) -> Run:
    """The same question once more: same form and version, parameters and clocks, and no more rights than the first had.

    Raises Conflict for a run that has no bytes to compare with, and when the form has become another since.
    """
    report = _known(first.form)
    if first.sha256 is None:
        words = Words("Lần lập này chưa có kết quả để so.", "This run has no result to compare with.")
        raise Conflict(words, "wrong_state")
    if report.version != first.version:
        words = Words(
            f"Lần trước lập theo phiên bản {first.version}, nay mẫu là {report.version}. Lập báo cáo mới.",
            f"The first run used version {first.version}, the form is now {report.version}. Make a new one.",
        )
        raise Conflict(words, "form_changed")
    return runs.ask(
        session,
        actor,
        REPORT,
        Run(
            form=first.form,
            version=first.version,
            parameters=first.parameters,
            format=first.format,
            reason=first.reason,
            as_of=first.as_of,
            known_at=first.known_at,
            repeats=first.id,
            reach=first.reach,
        ),
    )
