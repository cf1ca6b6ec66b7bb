"""What is asked of the statistics, and reading it from the words of a query string."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, get_args

from registry.errors import Flaw, Invalid
from registry.periods import AsOf
from registry.statistics.dimensions import DIMENSIONS, NONE
from registry.statistics.measures import MEASURES
from registry.words import Words

TreeOf = Literal["as_was", "today"]
TREES: tuple[TreeOf, ...] = get_args(TreeOf)
MOST_DIMENSIONS = 4
MOST_FILTERS = 200
WRONG = Words("Câu hỏi thống kê có chỗ cần sửa.", "The statistics question has parts to correct.")


@dataclass(frozen=True)
class CrossTab:
    """A table: `measures` of the persons in post on a day, grouped `by` dimensions, narrowed by `where`.

    `where` holds (dimension, key) pairs: keys of one dimension widen, different dimensions narrow; the key `none`
    means not recorded. `organization_code` keeps that unit and everything below it. `tree`: units by the tree of
    the day, or recast to today's. `today` decides which day the present state answers for.
    """

    measures: tuple[str, ...]
    by: tuple[str, ...]
    where: tuple[tuple[str, str], ...]
    organization_code: str | None
    as_of: AsOf
    today: date
    tree: TreeOf = "as_was"

    @property
    def of_the_present(self) -> bool:
        """Whether the question is about today as recorded now."""
        return self.as_of == AsOf(self.today)

    def filters(self) -> dict[str, list[str]]:
        """The keys to keep of every dimension filtered by."""
        kept: dict[str, list[str]] = {}
        for dimension, key in self.where:
            kept.setdefault(dimension, []).append(key)
        return kept


def parse(
    *,
    today: date,
    measures: str | None = None,
    by: str | None = None,
    as_of: str | None = None,
    known_at: str | None = None,
    where: str | Sequence[str] | None = None,
    organization: str | None = None,
    tree: str | None = None,
) -> CrossTab:
    """A table from the parts of a query string; what is left out is: headcount, of all, today, as recorded now.

    Lists are parted by commas, `where` may be given several times. Raises Invalid with a flaw for every wrong part.
    """
    flaws: list[Flaw] = []
    measured = _choose("measures", measures, MEASURES, flaws) or ("headcount",)
    grouped = _choose("by", by, DIMENSIONS, flaws)
    if len(grouped) > MOST_DIMENSIONS:
        flaws.append(_flaw("by", "too_many", f"Chọn tối đa {MOST_DIMENSIONS} chiều.",
                           f"Choose at most {MOST_DIMENSIONS} dimensions."))
    kept = _where(where, flaws)
    code = _text(organization)
    if code is None and ("unit" in grouped or any(dimension == "unit" for dimension, _ in kept)):
        flaws.append(_flaw("organization", "required", "Chiều “unit” cần chọn cơ quan (organization=mã).",
                           "The dimension 'unit' needs an organization (organization=code)."))
    on = _date(as_of, today, flaws)
    known = _moment(known_at, flaws)
    shape = _tree(tree, flaws)
    if flaws:
        raise Invalid(WRONG, "invalid_statistics", flaws)
    return CrossTab(measured, grouped, kept, code, AsOf(on, known), today, shape)


def _flaw(path: str, code: str, vi: str, en: str) -> Flaw:
    return Flaw(path, code, Words(vi, en))


def _unknown(path: str, value: str, allowed: Sequence[str]) -> Flaw:
    listed = ", ".join(allowed)
    return _flaw(path, "unknown", f"Không có “{value}”. Chọn trong: {listed}.", f"There is no '{value}'. Allowed: {listed}.")


def _text(value: str | None) -> str | None:
    return value.strip() or None if value else None


def _words(value: str | None) -> list[str]:
    return [word for part in (value or "").split(",") if (word := part.strip())]


def _choose(path: str, value: str | None, known: dict[str, object], flaws: list[Flaw]) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(_words(value)))
    flaws += [_unknown(path, word, list(known)) for word in chosen if word not in known]
    return chosen


def _where(value: str | Sequence[str] | None, flaws: list[Flaw]) -> tuple[tuple[str, str], ...]:
    given = [value] if isinstance(value, str) else list(value or ())
    pairs: dict[tuple[str, str], None] = {}
    for word in (word for part in given for word in _words(part)):
        dimension, colon, key = word.partition(":")
        groups = [group for group, _ in DIMENSIONS[dimension].groups] if dimension in DIMENSIONS else []
        if not colon or not key:
            flaws.append(_flaw("where", "form", f"“{word}”: viết chiều:mã, ví dụ rank:01.003.",
                               f"'{word}': write dimension:key, for instance rank:01.003."))
        elif dimension not in DIMENSIONS:
            flaws.append(_unknown("where", dimension, list(DIMENSIONS)))
        elif groups and key not in (*groups, NONE):
            flaws.append(_unknown(f"where.{dimension}", key, [*groups, NONE]))
        else:
            pairs[dimension, key] = None
    if len(pairs) > MOST_FILTERS:
        flaws.append(_flaw("where", "too_many", f"Lọc theo tối đa {MOST_FILTERS} giá trị.",
                           f"Filter by at most {MOST_FILTERS} values."))
    return tuple(pairs)


def _date(value: str | None, today: date, flaws: list[Flaw]) -> date:
    text = _text(value)
    if text is None:
        return today
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):  # fromisoformat takes other spellings too
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        flaws.append(_flaw("as_of", "date", f"“{text}” không phải là ngày. Viết năm-tháng-ngày, ví dụ 2026-06-30.",
                           f"'{text}' is not a date. Write year-month-day, for instance 2026-06-30."))
        return today


def _moment(value: str | None, flaws: list[Flaw]) -> datetime | None:
    """A moment with its offset. A '+' that the query string turned into a blank is read as what it was."""
    text = _text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r" (?=\d\d:?\d\d$)", "+", text) if "T" in text else text)
        if moment.tzinfo is None:
            raise ValueError
    except ValueError:
        flaws.append(_flaw("known_at", "timestamp",
                           f"“{text}” không phải là thời điểm. Viết cả múi giờ, ví dụ 2026-06-30T09:00:00+07:00.",
                           f"'{text}' is not a moment. Write the offset too, for instance 2026-06-30T09:00:00+07:00."))
        return None
    return moment


def _tree(value: str | None, flaws: list[Flaw]) -> TreeOf:
    text = _text(value) or "as_was"
    for one in TREES:
        if one == text:
            return one
    flaws.append(_unknown("tree", text, TREES))
    return "as_was"
