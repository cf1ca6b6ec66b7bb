"""The steps of a rank from the lists in memory, worked out once while these stay the same."""

from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.law.salary import StepRow, steps_of

_known: dict[tuple[int, int, str], list[StepRow]] = {}


def steps_of_rank(session: Session, rank: str) -> list[StepRow]:
    """All steps of a rank, lowest first; none for an unknown one."""
    ranks, steps = lists.items(session, "ranks"), lists.items(session, "salary_steps")
    key = (id(ranks), id(steps), rank)
    if key not in _known:
        _known[key] = steps_of(ranks, steps, rank)
    return _known[key]
