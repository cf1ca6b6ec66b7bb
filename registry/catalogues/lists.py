"""Code lists in memory: names by key, rows by date. They change only when catalogues are loaded, so one process keeps them."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Set
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.words import Words

Made = TypeVar("Made")


@dataclass(frozen=True)
class Item:
    """One dated row of a list."""

    key: str
    code: str | None
    name: Words
    valid_from: date | None
    valid_to: date | None
    sort: int
    applies_to: str
    certainty: str
    source: str
    extra: dict[str, str]

    def holds(self, on: date) -> bool:
        """Whether the row is in force on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_to is None or on < self.valid_to
        )


_kept: dict[str, tuple[Item, ...]] = {}
_made: dict[Hashable, tuple[object, Any]] = {}
"""What was made of rows, with these."""
MOST_MADE = 10_000


def forget() -> None:
    """Read the lists anew at the next question (after loading catalogues, and between tests)."""
    _kept.clear()


def items(session: Session, catalogue: str) -> tuple[Item, ...]:
    """Every row of a list in its order; empty for an unknown list."""
    if catalogue not in _kept:
        rows = session.execute(
            text("""SELECT key, code, name_vi, name_en, valid_from, valid_to, sort, applies_to, certainty, source, extra
                    FROM catalogue_item WHERE catalogue = :name ORDER BY sort, id"""),
            {"name": catalogue},
        )
        found = tuple(
            Item(
                r.key,
                r.code,
                Words(r.name_vi, r.name_en or r.name_vi),
                r.valid_from,
                r.valid_to,
                r.sort,
                r.applies_to,
                r.certainty,
                r.source,
                r.extra,
            )
            for r in rows
        )
        if not found:
            return found
        _kept[catalogue] = found
    return _kept[catalogue]


def made_of(rows: object, key: Hashable, make: Callable[[], Made]) -> Made:
    """What `make` makes of the rows of a list, or of what was made of them, remembered under a key while they are these."""
    known = _made.get(key)
    if known is None or known[0] is not rows:
        if len(_made) > MOST_MADE:
            _made.clear()
        known = _made[key] = (rows, make())
    made: Made = known[1]
    return made


def items_on(session: Session, catalogue: str, on: date) -> list[Item]:
    """The rows in force on a day."""
    return [one for one in items(session, catalogue) if one.holds(on)]


def _by_key(session: Session, catalogue: str) -> Mapping[str, tuple[Item, ...]]:
    """The rows of each key in their order."""
    rows = items(session, catalogue)
    return made_of(rows, ("by key", catalogue), lambda: _keyed(rows))


def _keyed(rows: Iterable[Item]) -> Mapping[str, tuple[Item, ...]]:
    keyed: dict[str, tuple[Item, ...]] = {}
    for one in rows:
        keyed[one.key] = (*keyed.get(one.key, ()), one)
    return keyed


def label(session: Session, catalogue: str, key: str | None, language: str = "vi") -> str:
    """The name of a key; the key itself where the list does not know it, '' for none."""
    if key is None:
        return ""
    found = _by_key(session, catalogue).get(key)
    return found[0].name.said_in(language) if found else key


def ended_on(session: Session, catalogue: str, key: str) -> date | None:
    """The day from which a key is in the list no more; None where it still is, or never was."""
    ends = [one.valid_to for one in _by_key(session, catalogue).get(key, ())]
    return max((end for end in ends if end is not None), default=None) if None not in ends else None


def keys(session: Session, catalogue: str) -> Set[str]:
    """All keys the list ever had."""
    return _by_key(session, catalogue).keys()
