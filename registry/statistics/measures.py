"""MEASURES: every figure by name. To add one: its entry here, a part if none fits, a test.

A figure is made of parts: exact sums over persons, which may be added up. What holds for rows holds for
totals, and the mean of any group comes from its own sum and count, never from other means. Rounding happens
once, at the end.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, func

from registry.statistics.definitions import Definition
from registry.words import Words

Number = int | Decimal
Parts = Mapping[str, Number]

WOMAN = "nu"


@dataclass(frozen=True)
class Part:
    """A sum over the persons of a group. `columns`: what it needs to know of a person; 0 for nobody."""

    columns: frozenset[str]
    sum: Callable[[FromClause, date], ColumnElement[Any]]


def _years(people: FromClause, on: date) -> ColumnElement[int]:
    """Completed years of age; PostgreSQL, as we do, counts 1 March where a year has no 29 February."""
    age = func.age(sa.cast(on, sa.TIMESTAMP), sa.cast(people.c.birth_date, sa.TIMESTAMP))
    return func.coalesce(func.sum(sa.cast(sa.extract("year", age), sa.Integer)), 0)


PARTS: dict[str, Part] = {
    "people": Part(frozenset(), lambda people, on: func.count()),
    "paid": Part(frozenset({"coefficient"}), lambda people, on: func.count(people.c.coefficient)),
    "coefficient": Part(
        frozenset({"coefficient"}), lambda people, on: func.coalesce(func.sum(people.c.coefficient), 0)
    ),
    "dated": Part(frozenset({"birth_date"}), lambda people, on: func.count(people.c.birth_date)),
    "years": Part(frozenset({"birth_date"}), _years),
    "women": Part(frozenset({"sex"}), lambda people, on: func.count().filter(people.c.sex == WOMAN)),
    "members": Part(frozenset({"party"}), lambda people, on: func.count().filter(people.c.party)),
}


def add(parts: Iterable[Parts], names: Iterable[str]) -> dict[str, Number]:
    """The parts of the union of disjoint groups."""
    total: dict[str, Number] = dict.fromkeys(names, 0)
    for one in parts:
        for name in total:
            total[name] += one[name]
    return total


def ratio(total: Number, count: Number, digits: int) -> Decimal | None:
    """total / count to so many digits, rounded once, halves up; None for a count of 0. None is negative."""
    if not count:
        return None
    shifted = Fraction(total) / Fraction(count) * 10**digits
    return Decimal((2 * shifted.numerator + shifted.denominator) // (2 * shifted.denominator)).scaleb(-digits)


@dataclass(frozen=True, kw_only=True)
class Measure(Definition):
    """A figure of a group. `additive`: figures of groups add up to that of the whole, as shares require."""

    parts: tuple[str, ...]
    figure: Callable[[Parts], Number | None]
    digits: int = 0
    additive: bool = False


COUNTED = Words(
    "Mỗi người tính một lần, tại đơn vị của chức vụ chính đang giữ vào ngày xét; chỉ tính người có tình "
    "trạng công tác được tính vào số có mặt (danh mục status_codes). Người biệt phái tính ở nơi cử đi.",
    "Each person once, in the unit of the main post held on the day; only persons whose employment status "
    "counts (catalogue status_codes). A seconded person counts where sent from.",
)
ROUNDED = Words(
    "Tính từ tổng và số người chính xác, chỉ làm tròn một lần ở cuối, nửa làm tròn lên.",
    "Computed from the exact sum and count, rounded once at the end, halves up.",
)


def _words(first: Words, *more: Words) -> Words:
    said = (first, *more)
    return Words(" ".join(one.vi for one in said), " ".join(one.en for one in said))


MEASURES: dict[str, Measure] = {
    one.id: one
    for one in (
        Measure(
            id="headcount",
            label=Words("Số người có mặt", "Headcount"),
            definition=_words(Words("Số người đang có mặt.", "Number of persons in post."), COUNTED),
            unit=Words("người", "persons"),
            source="Nghị định 170/2025/NĐ-CP, Điều 26, 65-67; Thông tư 11/2012/TT-BNV, BM01 cột 2",
            parts=("people",),
            figure=lambda parts: parts["people"],
            additive=True,
        ),
        Measure(
            id="mean_coefficient",
            label=Words("Hệ số lương bình quân", "Mean salary coefficient"),
            definition=_words(
                Words(
                    "Tổng hệ số lương chia cho số người có mặt đang được xếp lương vào ngày xét. Không "
                    "gồm phụ cấp, vượt khung và chênh lệch bảo lưu.",
                    "Sum of salary coefficients divided by the number of persons in post with a salary "
                    "step on the day. Without allowances, overrun and reserved difference.",
                ),
                ROUNDED,
            ),
            unit=Words("hệ số", "coefficient"),
            source="Nghị định 204/2004/NĐ-CP; Thông tư 11/2012/TT-BNV, BM03 cột 6",
            parts=("coefficient", "paid"),
            figure=lambda parts: ratio(parts["coefficient"], parts["paid"], 2),
            digits=2,
        ),
        Measure(
            id="total_coefficient",
            label=Words("Tổng hệ số lương", "Total of salary coefficients"),
            definition=Words(
                "Tổng hệ số lương của những người có mặt, vào ngày xét. Không gồm phụ cấp, vượt khung và "
                "chênh lệch bảo lưu.",
                "Sum of the salary coefficients of the persons in post on the day. Without allowances, "
                "overrun and reserved difference.",
            ),
            unit=Words("hệ số", "coefficient"),
            source="Nghị định 204/2004/NĐ-CP; Thông tư 11/2012/TT-BNV, BM03 cột 6",
            parts=("coefficient",),
            figure=lambda parts: ratio(parts["coefficient"], 1, 2),
            digits=2,
            additive=True,
        ),
        Measure(
            id="mean_age",
            label=Words("Tuổi bình quân", "Mean age"),
            definition=_words(
                Words(
                    "Bình quân số tuổi tròn năm vào ngày xét. Chỉ biết tháng hoặc năm sinh thì tính từ "
                    "ngày đầu của tháng hoặc năm đó.",
                    "Mean of completed years of age on the day. Where only the month or year of birth is "
                    "known, its first day counts.",
                ),
                ROUNDED,
            ),
            unit=Words("tuổi", "years"),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 32-38",
            parts=("years", "dated"),
            figure=lambda parts: ratio(parts["years"], parts["dated"], 1),
            digits=1,
        ),
        Measure(
            id="women_share",
            label=Words("Tỷ lệ nữ", "Share of women"),
            definition=_words(
                Words("Số nữ trên 100 người có mặt.", "Women per 100 persons in post."), ROUNDED
            ),
            unit=Words("%", "%"),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 3",
            parts=("women", "people"),
            figure=lambda parts: ratio(parts["women"] * 100, parts["people"], 1),
            digits=1,
        ),
        Measure(
            id="party_share",
            label=Words("Tỷ lệ đảng viên", "Share of Party members"),
            definition=_words(
                Words(
                    "Số người đang là đảng viên (đã có ngày vào Đảng, chưa ra khỏi Đảng) trên 100 người "
                    "có mặt.",
                    "Party members (admitted by the day and not out of the Party) per 100 persons in post.",
                ),
                ROUNDED,
            ),
            unit=Words("%", "%"),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 4",
            parts=("members", "people"),
            figure=lambda parts: ratio(parts["members"] * 100, parts["people"], 1),
            digits=1,
        ),
    )
}
