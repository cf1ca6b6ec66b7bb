"""What is asked of the statistics, and reading it from the words of a query string."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, TypeVar, get_args

from registry.access.permissions import Sensitivity
from registry.errors import Flaw, Forbidden, Invalid
from registry.periods import AsOf
from registry.statistics.dimensions import DIMENSIONS, NONE, Dimension
from registry.statistics.measures import MEASURES, Measure, measure_of
from registry.statistics.people import OF_TODAY
from registry.words import Words

Word = TypeVar("Word", bound=str)
TreeOf = Literal["as_was", "today"]
TREES: tuple[TreeOf, ...] = get_args(TreeOf)
MOST_DIMENSIONS = 4
MOST_FILTERS = 200
WRONG = Words("Câu hỏi thống kê có chỗ cần sửa.", "The statistics question has parts to correct.")


@dataclass(frozen=True)
class CrossTab:
    """A table: `measures` of the persons in post on a day, grouped `by` dimensions, narrowed by `where`.

    `where` holds (dimension, key) pairs: keys of one dimension widen, different dimensions narrow; the key
    `none` means not recorded. `organization_code` keeps that unit and everything below it. `tree`: units by
    the tree of the day, or recast to today's. `today` decides which day the present state answers for. `since`: first
    day of the period of measures that count events, 1 January of the year where none is given.
    """

    measures: tuple[str, ...]
    by: tuple[str, ...]
    where: tuple[tuple[str, str], ...]
    organization_code: str | None
    as_of: AsOf
    today: date
    tree: TreeOf = "as_was"
    since: date | None = None

    @property
    def starts_on(self) -> date:
        """The first day of the period, which ends on the day asked for."""
        return self.since or self.as_of.on.replace(month=1, day=1)

    @property
    def of_the_present(self) -> bool:
        """Whether the question is about today as recorded now."""
        return self.as_of == AsOf(self.today)

    def used(self) -> list[str]:
        """The dimensions grouped or filtered by."""
        return list(dict.fromkeys((*self.by, *self.filters())))

    def filters(self) -> dict[str, list[str]]:
        """The keys to keep of every dimension filtered by."""
        kept: dict[str, list[str]] = {}
        for dimension, key in self.where:
            kept.setdefault(dimension, []).append(key)
        return kept


PERSONAL = frozenset(
    {"sex", "birth_date", "pension_age_on", "retirement_on", "party", "ethnic_group", "religion"}
)
"""Columns that tell something personal of whoever a measure counts."""


def check_reader(query: CrossTab, classes: frozenset[Sensitivity]) -> None:
    """Raise Forbidden for a question that would tell of persons what a reader who knows them by name may not see of them."""
    told = {DIMENSIONS[one].sensitivity for one in query.used()}
    if any(measure_of(one).columns() & PERSONAL for one in query.measures):
        told.add("personal")
    if told - classes:
        raise Forbidden(
            Words(
                "Câu hỏi này cho biết thông tin cá nhân bạn không được xem.",
                "This would tell personal data that you may not see.",
            ),
            "forbidden",
        )


class Flaws:
    """Gathers what is wrong with a question, to refuse it once for everything."""

    def __init__(self) -> None:
        self.found: list[Flaw] = []

    def add(self, path: str, code: str, vi: str, en: str) -> None:
        """Something is wrong at `path`."""
        self.found.append(Flaw(path, code, Words(vi, en)))

    def unknown(self, path: str, value: str, allowed: Iterable[str]) -> None:
        """`value` is none of the allowed ones."""
        listed = ", ".join(allowed)
        self.add(
            path,
            "unknown",
            f"Không có “{value}”. Chọn trong: {listed}.",
            f"There is no '{value}'. Allowed: {listed}.",
        )

    def refuse(self) -> None:
        """Raise Invalid if anything was found."""
        if self.found:
            raise Invalid(WRONG, "invalid_statistics", self.found)


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
    since: str | None = None,
) -> CrossTab:
    """A table from the parts of a query string; left out means headcount, of all, today, as recorded now.

    Lists are parted by commas; `where` may be given several times. Raises Invalid with a flaw a wrong part.
    """
    flaws = Flaws()
    measured = _choose("measures", measures, MEASURES, flaws) or ("headcount",)
    grouped = _choose("by", by, DIMENSIONS, flaws)
    if len(grouped) > MOST_DIMENSIONS:
        flaws.add(
            "by",
            "too_many",
            f"Chọn tối đa {MOST_DIMENSIONS} chiều.",
            f"At most {MOST_DIMENSIONS} dimensions.",
        )
    kept = _where(where, flaws)
    code = _text(organization)
    if code is None and ("unit" in grouped or any(dimension == "unit" for dimension, _ in kept)):
        flaws.add(
            "organization",
            "required",
            "Chiều “unit” cần chọn cơ quan (organization=mã).",
            "The dimension 'unit' needs an organization (organization=code).",
        )
    on = read_date("as_of", as_of, flaws) or today
    known = _moment(known_at, flaws)
    shape = _tree(tree, flaws)
    start = read_date("since", since, flaws)
    query = CrossTab(measured, grouped, kept, code, AsOf(on, known), today, shape, start)
    _check_period(query, flaws)
    _check_fit(query, flaws)
    flaws.refuse()
    return query


def _check_period(query: CrossTab, flaws: Flaws) -> None:
    if query.starts_on > query.as_of.on:
        flaws.add(
            "since",
            "after_as_of",
            "Kỳ phải bắt đầu trước hoặc đúng ngày xét (as_of).",
            "The period must start on the day asked for (as_of) or before.",
        )


def _check_fit(query: CrossTab, flaws: Flaws) -> None:
    """A figure divides only by what its rows can tell; some are of the present only."""
    for name in (one for one in query.measures if one in MEASURES):
        measure = MEASURES[name]
        for path, used in (("by", query.by), ("where", tuple(query.filters()))):
            for one in used:
                if one in DIMENSIONS and not measure.divides_by(DIMENSIONS[one]):
                    flaws.add(path, "does_not_divide", *_does_not_divide(measure, DIMENSIONS[one]))
        if measure.columns() & OF_TODAY and not query.of_the_present:
            flaws.add(
                "measures",
                "present_only",
                f"“{measure.label.vi}” chỉ có cho hôm nay: bỏ as_of, known_at.",
                f"'{measure.label.en}' is of today only: leave out as_of and known_at.",
            )


def _does_not_divide(measure: Measure, dimension: Dimension) -> tuple[str, str]:
    counted = measure.populations()[0].label
    fitting = ", ".join(one for one, other in DIMENSIONS.items() if measure.divides_by(other))
    return (
        f"“{measure.label.vi}” đếm {counted.vi}, không chia được theo “{dimension.label.vi}” ({dimension.id}). "
        f"Chia được theo: {fitting}.",
        f"'{measure.label.en}' counts {counted.en} and does not divide by '{dimension.label.en}' ({dimension.id}). "
        f"It divides by: {fitting}.",
    )


def _text(value: str | None) -> str | None:
    return value.strip() or None if value else None


def words_of(value: str | None) -> list[str]:
    """The words of a list parted by commas."""
    return [word for part in (value or "").split(",") if (word := part.strip())]


def _choose(path: str, value: str | None, known: Collection[str], flaws: Flaws) -> tuple[str, ...]:
    chosen = tuple(dict.fromkeys(words_of(value)))
    for word in chosen:
        if word not in known:
            flaws.unknown(path, word, known)
    return chosen


def _where(value: str | Sequence[str] | None, flaws: Flaws) -> tuple[tuple[str, str], ...]:
    given = [value] if isinstance(value, str) else list(value or ())
    pairs: dict[tuple[str, str], None] = {}
    for word in (word for part in given for word in words_of(part)):
        dimension, _, key = word.partition(":")
        if not key:
            flaws.add(
                "where",
                "form",
                f"“{word}”: viết chiều:mã, ví dụ rank:01.003.",
                f"'{word}': write dimension:key, for instance rank:01.003.",
            )
        elif dimension not in DIMENSIONS:
            flaws.unknown("where", dimension, DIMENSIONS)
        else:
            groups = [group for group, _ in DIMENSIONS[dimension].groups]
            if groups and key not in (*groups, NONE):
                flaws.unknown(f"where.{dimension}", key, (*groups, NONE))
            pairs[dimension, key] = None
    if len(pairs) > MOST_FILTERS:
        flaws.add(
            "where", "too_many", f"Lọc theo tối đa {MOST_FILTERS} giá trị.", f"At most {MOST_FILTERS} values."
        )
    return tuple(pairs)


def read_date(path: str, value: str | None, flaws: Flaws) -> date | None:
    """A day; None where none is given, or with a flaw for what is none."""
    text = _text(value)
    if text is None:
        return None
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):  # fromisoformat takes other spellings too
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        flaws.add(
            path,
            "date",
            f"“{text}” không phải là ngày. Viết năm-tháng-ngày, ví dụ 2026-06-30.",
            f"'{text}' is not a date. Write year-month-day, for instance 2026-06-30.",
        )
        return None


def _moment(value: str | None, flaws: Flaws) -> datetime | None:
    """A moment with its offset. A '+' that the query string turned into a blank is read as what it was."""
    text = _text(value)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(re.sub(r"(T.*) (?=\d\d:?\d\d$)", r"\1+", text))
        if moment.tzinfo is None:
            raise ValueError
    except ValueError:
        example = "2026-06-30T09:00:00+07:00"
        flaws.add(
            "known_at",
            "timestamp",
            f"“{text}” không phải là thời điểm. Viết cả múi giờ, ví dụ {example}.",
            f"'{text}' is not a moment. Write the offset too, for instance {example}.",
        )
        return None
    return moment


def _tree(value: str | None, flaws: Flaws) -> TreeOf:
    return read_one("tree", value, TREES, "as_was", flaws)


def read_one(path: str, value: str | None, allowed: Sequence[Word], usual: Word, flaws: Flaws) -> Word:
    """One of the allowed words; the usual one where none is given, or with a flaw for another."""
    text = _text(value)
    found = next((one for one in allowed if one == text), None)
    if text is not None and found is None:
        flaws.unknown(path, text, allowed)
    return found or usual
