"""Forms about one person: gather under the reader's rights, draw, hand over bytes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.audit import log
from registry.bulk.runs import Order
from registry.officials.queries import get_key
from registry.periods import AsOf
from registry.reports.forms import cv_2c, cv_electronic, cv_tctw
from registry.reports.forms.cv_2c_gather import gather as gather_2c
from registry.reports.forms.cv_electronic_gather import gather as gather_electronic
from registry.reports.forms.cv_tctw_gather import gather as gather_tctw


@dataclass(frozen=True)
class PersonalForm:
    """How a form's data are gathered, and drawn from these data and nothing else."""

    gather: Callable[[Session, int, AsOf, frozenset[Sensitivity], Path], Any]
    draw: Callable[[Any], bytes]


PERSONAL_FORMS: dict[str, PersonalForm] = {
    "2c": PersonalForm(gather_2c, cv_2c.draw),
    "2c_tctw_98": PersonalForm(gather_tctw, cv_tctw.draw),
    "so_yeu_ly_lich": PersonalForm(gather_electronic, cv_electronic.draw),
}
"""Forms about one person by name."""


def print_personal(
    session: Session, form: str, official_id: int, as_of: AsOf, classes: frozenset[Sensitivity], files: Path
) -> bytes:
    """The PDF of a personal form, with the portrait kept under `files`; the caller has checked rights and writes the
    trail.
    """
    how = PERSONAL_FORMS[form]
    return how.draw(how.gather(session, official_id, as_of, classes, files))


def make(order: Order) -> int:
    """The form of the person that a run names, with the print on that person's trail. Raises NotFound out of reach."""
    form, key = order.run.form, get_key(order.session, order.run.parameters["personal_id"])
    order.path.write_bytes(
        print_personal(order.session, form, key.id, order.clocks, order.reach.classes, order.files)
    )
    log.record(
        order.session,
        order.actor,
        log.Action.OFFICIAL_PRINT,
        "official",
        str(key.uid),
        official_id=key.id,
        reason=order.run.reason,
        detail={"form": form, "as_of": order.run.as_of.isoformat(), "run": str(order.run.uid)},
    )
    return 1
