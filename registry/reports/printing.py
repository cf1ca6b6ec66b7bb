"""Printing a report by name: gather under the reader's rights, draw, hand over bytes."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission, Sensitivity
from registry.access.policy import Target, require
from registry.audit import log
from registry.errors import Flaw, Invalid, not_found
from registry.officials.queries import get_key
from registry.periods import AsOf
from registry.reports import REPORTS
from registry.reports.forms.cv_2c_gather import gather as gather_2c
from registry.reports.forms.cv_electronic_gather import gather as gather_electronic
from registry.reports.forms.cv_tctw_gather import gather as gather_tctw
from registry.words import Words

PERSONAL_FORMS: dict[str, Callable[[Session, int, AsOf, frozenset[Sensitivity]], Any]] = {
    "2c": gather_2c,
    "2c_tctw_98": gather_tctw,
    "so_yeu_ly_lich": gather_electronic,
}
"""Forms about one person: name → how their data are gathered."""


def print_personal(
    session: Session, form: str, official_id: int, as_of: AsOf, classes: frozenset[Sensitivity]
) -> bytes:
    """The PDF of a personal form; the caller has checked rights and writes the trail."""
    data = PERSONAL_FORMS[form](session, official_id, as_of, classes)
    return REPORTS[form].draw(data)


def run(session: Session, actor: Actor, form: str, parameters: dict[str, str], today: date) -> bytes:
    """A report from the command line, with parameters as text; the actor's rights hold and the trail is written."""
    report = REPORTS.get(form)
    if report is None:
        words = Words(
            f"Không có mẫu {form}. Có: {', '.join(REPORTS)}.",
            f"No form {form}. There are: {', '.join(REPORTS)}.",
        )
        raise Invalid(words, "unknown_form")
    known = {one.name for one in report.parameters}
    flaws = [
        Flaw(name, "unknown_parameter", Words("Tham số không có.", "Unknown parameter."))
        for name in sorted(set(parameters) - known)
    ]
    flaws += [
        Flaw(one.name, "required", Words("Thiếu tham số.", "Parameter missing."))
        for one in report.parameters
        if one.required and not parameters.get(one.name)
    ]
    if flaws:
        raise Invalid(Words("Tham số chưa đúng.", "The parameters are not right."), "bad_parameters", flaws)
    as_of = AsOf(
        date.fromisoformat(parameters["as_of"]) if parameters.get("as_of") else today,
        datetime.fromisoformat(parameters["known_at"]) if parameters.get("known_at") else None,
    )
    key = get_key(session, parameters["personal_id"])
    require(actor, Permission.REPORTS_FORM_PRINT, Target(org_ord=key.org_ord, official_id=key.id))
    if form not in PERSONAL_FORMS:
        raise not_found()
    content = print_personal(
        session, form, key.id, as_of, actor.field_classes(own=key.id == actor.official_id)
    )
    log.record(
        session,
        actor,
        log.Action.OFFICIAL_PRINT,
        "official",
        str(key.uid),
        official_id=key.id,
        detail={"form": form, "as_of": as_of.on.isoformat()},
    )
    return content
