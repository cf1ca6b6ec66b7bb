"""The salary steps of a rank from the lists in memory: one table of the law, asked for by most pages."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.law.salary import StepRow, all_steps_of, on_day

_of_rank: dict[str, tuple[Any, Any, list[StepRow]]] = {}


def steps_of_rank(session: Session, rank: str, on: date) -> list[StepRow]:
    """The steps of a rank on a day, kept while the lists in memory are the same; empty for a rank without a table."""
    return on_day(all_steps_of_rank(session, rank), on)


def all_steps_of_rank(session: Session, rank: str) -> list[StepRow]:
    """The steps of a rank in all their times."""
    ranks, steps = lists.items(session, "ranks"), lists.items(session, "salary_steps")
    kept = _of_rank.get(rank)
    if kept is None or kept[0] is not ranks or kept[1] is not steps:
        kept = _of_rank[rank] = (ranks, steps, all_steps_of(ranks, steps, rank))
    return kept[2]
