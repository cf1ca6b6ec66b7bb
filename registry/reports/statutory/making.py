"""A statutory form into the file of a run: counted by the role that counts, or listed within the reader's reach."""

from registry.bulk.runs import Order
from registry.db import EVERYTHING, transaction
from registry.reports.statutory import FORMS
from registry.reports.statutory.form import Filled
from registry.reports.statutory.pdf import to_pdf
from registry.reports.statutory.xlsx import to_xlsx

DRAWN = {"pdf": to_pdf, "xlsx": to_xlsx}


def make(order: Order) -> int:
    """The form of the run for its unit and clocks; returns its rows.

    Forms that only count are read as the role that sees no names: the right to statistics of the unit is what they need.
    """
    form, code = FORMS[order.run.form], order.run.parameters["organization"]
    if form.names_people:
        return _drawn(order, form.gather(order.session, code, order.clocks))
    assert order.counting is not None, "the worker hands its counting engine to the runs of reports"
    with transaction(order.counting, EVERYTHING) as session:
        return _drawn(order, form.gather(session, code, order.clocks))


def _drawn(order: Order, filled: Filled) -> int:
    order.progress(0, filled.row_count)
    order.path.write_bytes(DRAWN[order.run.format](filled))
    return filled.row_count
