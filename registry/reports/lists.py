"""Reports that are lists: rows as they come from the database, whatever their number."""

from registry.bulk.exporting import write_answer
from registry.bulk.questions import OFFICIALS, TRAIL, Question, answer, estimate
from registry.bulk.runs import Order


def make_roster(order: Order) -> int:
    """Who is in post in a unit and under it, by unit and name."""
    run = order.run
    question = Question(OFFICIALS, run.parameters, run.as_of, run.known_at)
    found = answer(order.session, question, order.reach.classes, roster=True)
    title = "Danh sách cán bộ, công chức, viên chức"
    return write_answer(order, found, estimate(order.session, question), title)


def make_trail(order: Order) -> int:
    """The entries of the trail that the parameters leave."""
    run = order.run
    question = Question(TRAIL, run.parameters, run.as_of, run.known_at)
    return write_answer(order, answer(order.session, question, order.reach.classes), 0, "Sổ nhật ký")
