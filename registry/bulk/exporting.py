"""Exports: lists of people, facts and the trail as files. Their life is that of every run (`registry.bulk.runs`)."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission
from registry.access.policy import require
from registry.audit import log
from registry.bulk import runs
from registry.bulk.columns import Answer
from registry.bulk.models import Run
from registry.bulk.questions import Question, answer, estimate, lines, read_question, rows, said
from registry.bulk.runs import Failed, Order, Way
from registry.bulk.writers import MOST_ROWS, open_writer, write_csv
from registry.errors import Flaw, Invalid
from registry.words import Words

EXPORT_FORMATS = ("csv", "xlsx", "json")


def ask(session: Session, actor: Actor, *, what: Any, asked: Any, form: Any, today: date) -> Run:
    """Take a question in and queue its answer: {what, filter, format} as sent.

    Raises Invalid for what cannot be asked so, Conflict while too many of one's own are not done.
    """
    require(actor, Permission.BULK_EXPORT_MAKE)
    if form not in EXPORT_FORMATS:
        words = Words(
            f"Chọn một trong: {', '.join(EXPORT_FORMATS)}.", f"One of: {', '.join(EXPORT_FORMATS)}."
        )
        raise Invalid(words, "choice", [Flaw("format", "choice", words)])
    now: datetime = session.execute(text("SELECT now()")).scalar_one()
    question = read_question(session, actor, what, asked, now, today)
    return runs.ask(
        session,
        actor,
        EXPORT,
        Run(
            form=question.what,
            parameters=dict(question.filter),
            format=form,
            as_of=question.as_of,
            known_at=question.known_at,
        ),
    )


def _write(order: Order) -> int:
    run = order.run
    question = Question(run.form, run.parameters, run.as_of, run.known_at)
    found = answer(order.session, question, order.reach.classes)
    return write_answer(order, found, estimate(order.session, question), said(run.form).vi)


def write_answer(order: Order, found: Answer, total: int, title: str) -> int:
    """The rows of an answer into the file of an order, as many as come; `total` is how many are thought to.

    Raises Failed when they are too many for the format.
    """
    order.progress(0, total)

    def written(count: int) -> None:
        if count > MOST_ROWS.get(order.run.format, count):
            raise Failed("too_many_rows")
        order.progress(count, max(count, total))

    if order.run.format == "csv":
        return write_csv(order.path, found.columns, lines(order.session, found), written)
    about = {**runs.told(order.run), "title": title}
    about.pop("format")
    count = 0
    with open_writer(order.run.format, order.path, found.columns, about) as writer:
        for block in rows(order.session, found):
            writer.write(block)
            count += len(block)
            written(count)
    return count


EXPORT = Way(
    kind="export",
    prefix="XD",
    title=said,
    permission=lambda _form: Permission.BULK_EXPORT_MAKE,
    write=_write,
    asked=log.Action.EXPORT_ASK,
    made=log.Action.EXPORT_MAKE,
    fetched=log.Action.EXPORT_FETCH,
    cancelled=log.Action.EXPORT_CANCEL,
)


def show(session: Session, run: Run, language: str = "vi") -> dict[str, Any]:
    """An export as programs see it; `progress` are rows written, of how many."""
    return as_export(runs.show(session, EXPORT, run, language))


def as_export(shown: dict[str, Any]) -> dict[str, Any]:
    """A run by the names of exports: `what` and `filter`; they have neither version nor reason, and repeat nothing."""
    told = {name: value for name, value in shown.items() if name not in _OF_REPORTS}
    return {"what": told.pop("form"), "filter": told.pop("parameters"), **told}


_OF_REPORTS = {"version", "reason", "repeats", "same"}


def list_exports(
    session: Session, *, before: int | None = None, limit: int = 50, language: str = "vi"
) -> tuple[list[dict[str, Any]], int | None]:
    """The reader's exports, newest first, and the key after which the next page begins."""
    found, following = runs.list_runs(session, EXPORT, before=before, limit=limit, language=language)
    return [as_export(one) for one in found], following
