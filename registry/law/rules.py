"""The single numbers of the law (months, percents, days), by key and date: catalogue law_rules. None stands in code."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.catalogues.lists import Item
from registry.law.why import Ref, Step
from registry.words import Words

UNITS = {
    "month": Words("tháng", "months"),
    "percent": Words("%", "%"),
    "working_day": Words("ngày làm việc", "working days"),
    "year": Words("tuổi", "years of age"),
    "times": Words("lần", "times"),
    "date": Words("", ""),
    "month_day": Words("(tháng-ngày) hằng năm", "(month-day) each year"),
}


@dataclass(frozen=True)
class Rules:
    """The rows of law_rules; a number or a day as it is on a day."""

    rows: Sequence[Item]

    def row(self, key: str, on: date) -> Item | None:
        """The row in force on a day."""
        return next((one for one in self.rows if one.key == key and one.holds(on)), None)

    def number(self, key: str, on: date) -> int:
        """The number in force on a day; 0 where there is no such rule then."""
        found = self.row(key, on)
        return int(found.extra["value"]) if found else 0

    def day(self, key: str, on: date) -> date | None:
        """The day that a rule fixes; None where there is no such rule then."""
        found = self.row(key, on)
        return date.fromisoformat(found.extra["value"]) if found else None

    def day_in(self, key: str, year: int) -> date | None:
        """The day of a year that a rule fixes by month and day, by the rule at the end of that year."""
        found = self.row(key, date(year, 12, 31))
        return date.fromisoformat(f"{year}-{found.extra['value']}") if found else None

    def step(self, key: str, on: date, words: Words) -> Step:
        """A step of an explanation that rests on this rule."""
        found = self.row(key, on)
        return Step(words, found.source if found else "Danh mục law_rules", ref("law_rules", found))


def ref(catalogue: str, item: Item | None) -> Ref | None:
    """Which row a step rests on."""
    return (
        None
        if item is None
        else Ref(catalogue, item.key, item.valid_from, item.valid_to, item.certainty, item.source)
    )


@dataclass(frozen=True)
class Counting:
    """What counts time on a salary step beside the salary table: the rules, statuses whose time stands still
    (catalogue uncounted_time), leaves (leave_kinds, by what `counts_for_step` says), and public holidays.
    """

    rules: Rules
    uncounted: Sequence[Item] = ()
    days_off: frozenset[date] = field(default_factory=frozenset)
    leaves: Sequence[Item] = ()

    def leaves_of(self, counts: str) -> Sequence[Item]:
        """The kinds of leave whose time counts so: yes, no, or part."""
        return self._by_counting.get(counts, ())

    @cached_property
    def _by_counting(self) -> Mapping[str, Sequence[Item]]:
        kinds: dict[str, list[Item]] = {}
        for one in self.leaves:
            kinds.setdefault(one.extra.get("counts_for_step", ""), []).append(one)
        return kinds


def counting(
    rules: Sequence[Item], uncounted: Sequence[Item], holidays: Iterable[Item], leaves: Sequence[Item]
) -> Counting:
    """Put together from the rows of the four lists."""
    off = frozenset(date.fromisoformat(one.extra["day"]) for one in holidays if one.extra["kind"] == "off")
    return Counting(Rules(rules), uncounted, off, leaves)


_kept: list[tuple[list[tuple[Item, ...]], Counting]] = []


def get_counting(session: Session) -> Counting:
    """The same from the lists in memory, kept while these are the same."""
    found = [
        lists.items(session, name) for name in ("law_rules", "uncounted_time", "holidays", "leave_kinds")
    ]
    if not _kept or any(one is not other for one, other in zip(_kept[0][0], found, strict=True)):
        _kept[:] = [(found, counting(*found))]
    return _kept[0][1]


def get_rules(session: Session) -> Rules:
    """The single numbers of the law."""
    return get_counting(session).rules
