"""MEASURES: every figure by name. To add one: its entry here, a part if none fits, a test.

A figure is made of parts: exact sums over persons, which may be added up. What holds for rows holds for
totals, and the mean of any group comes from its own sum and count, never from other means. Rounding happens
once, at the end.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy import ColumnElement, FromClause, func

from registry.catalogues.models import CatalogueItem
from registry.statistics.days import Day, months_away
from registry.statistics.definitions import OWN, Definition
from registry.statistics.dimensions import PLACED, Dimension
from registry.statistics.groups import EXACT, Exact, Number, Numbers, decimals
from registry.statistics.populations import POPULATIONS, Population
from registry.words import Words

Parts = Mapping[str, Number]

WOMAN = "nu"


Holds = Callable[[FromClause, Day], ColumnElement[bool]]


@dataclass(frozen=True)
class Part:
    """A sum over the rows of a population (populations.py) in a group; 0 for none.

    `columns`: what it needs to know of a row. `whole`: it is a number of things, no amount. `counts`: which rows a
    number counts; None for all, and for amounts.
    """

    columns: frozenset[str]
    sum: Callable[[FromClause, Day], ColumnElement[Any]]
    of: str = "people"
    whole: bool = True
    counts: Holds | None = None


def _number(*columns: str, of: str = "people", where: Holds | None = None) -> Part:
    """How many rows, of those that fulfil a condition."""

    def count(rows: FromClause, on: Day) -> ColumnElement[Any]:
        return func.count() if where is None else func.count().filter(where(rows, on))

    return Part(frozenset(columns), count, of, True, where)


def _amount(*columns: str, of: str = "people", whole: bool = False, sum: Any) -> Part:
    """The sum of an expression, of the rows that have one."""
    return Part(frozenset(columns), lambda rows, on: func.coalesce(func.sum(sum(rows, on)), 0), of, whole)


def _years(people: FromClause, on: Day) -> ColumnElement[int]:
    """Completed years of age; PostgreSQL, as we do, counts 1 March where a year has no 29 February."""
    age = func.age(sa.cast(on, sa.TIMESTAMP), sa.cast(people.c.birth_date, sa.TIMESTAMP))
    return sa.cast(sa.extract("year", age), sa.Integer)


def _base_salary(on: Day) -> ColumnElement[Any]:
    """The base salary in force on a day, VND; null where none is known."""
    row = CatalogueItem.__table__
    return (
        sa.select(sa.cast(row.c.extra["amount_vnd"].astext, sa.BigInteger))
        .where(
            row.c.catalogue == "base_salary",
            sa.or_(row.c.valid_from.is_(None), row.c.valid_from <= on),
            sa.or_(row.c.valid_to.is_(None), row.c.valid_to > on),
        )
        .order_by(row.c.sort, row.c.id)
        .limit(1)
        .scalar_subquery()
    )


def _pay(people: FromClause, on: Day) -> ColumnElement[Any]:
    """The monthly pay of a person as on the record (registry.law.salary.pay): parts rounded each to whole VND."""
    base = _base_salary(on)
    shares = (
        people.c.coefficient * people.c.pay_percent / 100,
        sa.case((people.c.coefficient.is_not(None), func.coalesce(people.c.position_allowance, 0)), else_=0),
        people.c.coefficient * people.c.overrun_percent / 100,
        people.c.reserve_coefficient,
    )
    parts = [func.coalesce(func.round(share * base), 0) for share in shares]
    return parts[0] + parts[1] + parts[2] + parts[3]


def _within_a_year(name: str) -> Holds:
    """Whether a day of the person falls in the twelve months after the day."""
    return lambda people, on: sa.and_(people.c[name] > on, people.c[name] <= months_away(on, 12))


PARTS: dict[str, Part] = {
    "people": _number(),
    "paid": _number("coefficient", where=lambda people, on: people.c.coefficient.is_not(None)),
    "coefficient": _amount("coefficient", sum=lambda people, on: people.c.coefficient),
    "dated": _number("birth_date", where=lambda people, on: people.c.birth_date.is_not(None)),
    "years": _amount("birth_date", whole=True, sum=_years),
    "women": _number("sex", where=lambda people, on: people.c.sex == WOMAN),
    "members": _number("party", where=lambda people, on: people.c.party),
    "base_pay": _amount("coefficient", sum=lambda people, on: people.c.coefficient * _base_salary(on)),
    "full_pay": _amount(
        "coefficient",
        "pay_percent",
        "overrun_percent",
        "reserve_coefficient",
        "position_allowance",
        sum=_pay,
    ),
    "retiring": _number("retirement_on", where=_within_a_year("retirement_on")),
    "stepping": _number("next_step_on", where=_within_a_year("next_step_on")),
    "scored": _number("quality", where=lambda people, on: people.c.quality.is_not(None)),
    "quality": _amount("quality", sum=lambda people, on: people.c.quality),
    "before": _number(of="before"),
    "entered": _number(of="entries"),
    "left": _number(of="exits"),
    "graded": _number(of="evaluations"),
    "disciplined": _number(of="disciplines"),
    "rewarded": _number(of="rewards"),
    "trained": _number(of="trainings"),
    "will_retire": _number("retirement_on", of="retirements"),
    "will_step": _number(of="steps"),
    "quota": _amount(of="posts", whole=True, sum=lambda posts, on: posts.c.quota),
    "filled": _amount(of="posts", whole=True, sum=lambda posts, on: posts.c.filled),
    "vacant": _amount(
        of="posts", whole=True, sum=lambda posts, on: func.greatest(posts.c.quota - posts.c.filled, 0)
    ),
}


def add(parts: Iterable[Parts], names: Iterable[str]) -> dict[str, Number]:
    """The parts of the union of disjoint groups."""
    each = list(parts)
    return {name: sum(map(itemgetter(name), each)) for name in names}


def ratio(total: Number, count: Number, digits: int) -> Decimal | None:
    """total / count to so many digits, rounded once, halves up; None for a count of 0. None is negative."""
    if not count:
        return None
    # In whole numbers: a table has thousands of figures, and Fraction takes ten times as long.
    (above, below), (many, parts) = total.as_integer_ratio(), count.as_integer_ratio()
    above, below = above * parts * 10**digits, below * many
    return Decimal((2 * above + below) // (2 * below)).scaleb(-digits)


@dataclass(frozen=True)
class Figure:
    """How a figure is made of parts: `times` the sum `above`, divided by those `below` together, rounded once to so many
    digits, halves up. A number of things that is divided by nothing stays as it is.
    """

    above: str
    below: tuple[str, ...] = ()
    times: int = 1
    digits: int = 0

    def __call__(self, parts: Parts) -> Number | None:
        """The figure of one group; None where there is nothing to divide by."""
        if self._is_number():
            return parts[self.above]
        below = sum(parts[one] for one in self.below) if self.below else 1
        return ratio(parts[self.above] * self.times, below, self.digits)

    def each(self, parts: Mapping[str, Exact]) -> list[Number | None]:
        """The figures of many groups."""
        above = parts[self.above]
        if self._is_number():
            return [*above.each()]
        summed = [parts[one] for one in self.below]
        if len(summed) == 1:
            below = summed[0]
        elif summed:
            scale = max(one.scale for one in summed)
            below = Exact(np.sum([one.at_scale(scale) for one in summed], axis=0), scale)
        else:
            below = Exact(np.ones(len(above.whole), np.int64))
        return _ratios(above, below, self.times, self.digits)

    def _is_number(self) -> bool:
        return not self.below and PARTS[self.above].whole


def _ratios(above: Exact, below: Exact, times: int, digits: int) -> list[Number | None]:
    """What `ratio` says of each group."""
    moved = digits + below.scale - above.scale
    up, down = times * 10 ** max(moved, 0), 10 ** max(-moved, 0)
    one, other = above.whole, below.whole
    if 2 * up * _largest(one) + down * _largest(other) >= EXACT:
        one, other = one.astype(object), other.astype(object)
    one, other = one * up, other * down
    rounded = (2 * one + other) // (2 * np.where(other == 0, 1, other))
    found: list[Number | None] = decimals(rounded.tolist(), digits)
    for at in np.flatnonzero(other == 0).tolist():
        found[at] = None
    return found


def _largest(whole: Numbers) -> int:
    return int(np.abs(whole).max(initial=0))


@dataclass(frozen=True, kw_only=True)
class Measure(Definition):
    """A figure of a group. `additive`: figures of groups add up to that of the whole, as shares require."""

    figure: Figure
    additive: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """What it is made of."""
        return (self.figure.above, *self.figure.below)

    @property
    def digits(self) -> int:
        """Digits after the comma."""
        return self.figure.digits

    def populations(self) -> list[Population]:
        """What the parts are sums over."""
        return [POPULATIONS[of] for of in dict.fromkeys(PARTS[part].of for part in self.parts)]

    def columns(self) -> frozenset[str]:
        """Everything the parts need to know."""
        return frozenset().union(*(PARTS[part].columns for part in self.parts))

    def divides_by(self, dimension: Dimension) -> bool:
        """Whether all that is counted can be told apart by a dimension."""
        return dimension.id in PLACED or all(dimension.column in one.columns for one in self.populations())

    def of_persons(self) -> bool:
        """Whether one may ask which persons a figure counts."""
        return PARTS[self.parts[0]].of != "posts"


COUNTED = Words(
    "Mỗi người tính một lần, tại đơn vị của chức vụ chính đang giữ vào ngày xét; chỉ tính người có tình "
    "trạng công tác được tính vào số có mặt (danh mục tình trạng công tác). Người biệt phái tính ở nơi cử đi.",
    "Each person once, in the unit of the main post held on the day; only persons whose employment status "
    "counts (catalogue of employment statuses). A seconded person counts where sent from.",
)
ROUNDED = Words(
    "Tính từ tổng và số người chính xác, chỉ làm tròn một lần ở cuối, nửa làm tròn lên.",
    "Computed from the exact sum and count, rounded once at the end, halves up.",
)


PERIOD = Words(
    "Kỳ từ ngày đầu kỳ (không chọn: 01/01 của năm xét) đến ngày xét, tính cả hai ngày.",
    "The period runs from its first day (none chosen: 1 January of the year) to the day, both included.",
)
OF_UNITS = Words(
    "Là số của đơn vị, chỉ chia được theo đơn vị, chức vụ và phân loại của vị trí; số được giao theo bản ghi hiện tại.",
    "A figure of units: it divides by unit, position and category of the post only; quotas as recorded now.",
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
            figure=Figure("people"),
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
            figure=Figure("coefficient", below=("paid",), digits=2),
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
            figure=Figure("coefficient", digits=2),
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
            figure=Figure("years", below=("dated",), digits=1),
        ),
        Measure(
            id="women_share",
            label=Words("Tỷ lệ nữ", "Share of women"),
            definition=_words(
                Words("Số nữ trên 100 người có mặt.", "Women per 100 persons in post."), ROUNDED
            ),
            unit=Words("%", "%"),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 3",
            figure=Figure("women", below=("people",), times=100, digits=1),
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
            figure=Figure("members", below=("people",), times=100, digits=1),
        ),
        Measure(
            id="payroll",
            label=Words("Quỹ lương theo hệ số", "Payroll by coefficient"),
            definition=Words(
                "Tổng hệ số lương của những người có mặt nhân mức lương cơ sở của ngày xét, một tháng. Chưa gồm "
                "phụ cấp, vượt khung, chênh lệch bảo lưu; chưa trừ phần chưa hưởng đủ của người tập sự; chưa gồm các "
                "khoản đóng theo lương.",
                "Sum of the salary coefficients of the persons in post times the base salary of the day, a month. "
                "Without allowances, overrun and reserved difference; probation's lower share is not taken off; "
                "without contributions on pay.",
            ),
            unit=Words("đồng/tháng", "VND a month"),
            source="Nghị định 204/2004/NĐ-CP; nghị định về mức lương cơ sở của ngày xét (danh mục mức lương cơ sở)",
            figure=Figure("base_pay"),
            additive=True,
        ),
        Measure(
            id="payroll_full",
            label=Words("Quỹ lương và phụ cấp chức vụ", "Payroll with position allowances"),
            definition=Words(
                "Tổng tiền lương tháng như trên từng hồ sơ: (hệ số theo phần trăm hưởng + phụ cấp chức vụ + vượt "
                "khung đã ghi + chênh lệch bảo lưu) nhân mức lương cơ sở của ngày xét, mỗi khoản làm tròn đến đồng. Chưa "
                "gồm phụ cấp khác và các khoản đóng theo lương; chỉ tính người đang được xếp lương.",
                "Sum of the monthly pay of each record: (coefficient by the percentage paid + position allowance + "
                "recorded overrun + reserved difference) times the base salary of the day, each rounded to whole VND. "
                "Without other allowances and contributions on pay; only persons with a salary step.",
            ),
            unit=Words("đồng/tháng", "VND a month"),
            source="Nghị định 204/2004/NĐ-CP; Nghị định 07/2026/NĐ-CP; nghị định về mức lương cơ sở của ngày xét",
            figure=Figure("full_pay"),
            additive=True,
        ),
        Measure(
            id="retirements_due",
            label=Words("Nghỉ hưu trong 12 tháng tới", "Retirements in the next 12 months"),
            definition=Words(
                "Số người có mặt mà ngày làm việc cuối cùng theo tuổi, hoặc ngày hết kéo dài công tác, nằm trong 12 "
                "tháng sau ngày xét. Người đã quá ngày đó mà còn có mặt không tính ở đây.",
                "Persons in post whose last day of work by age, or the end of an extension, falls in the 12 months "
                "after the day. Who is in post beyond that day already does not count here.",
            ),
            unit=Words("người", "persons"),
            source="Bộ luật Lao động 45/2019/QH14 Điều 169; Nghị định 135/2020/NĐ-CP; Nghị định 170/2025/NĐ-CP",
            figure=Figure("retiring"),
            additive=True,
        ),
        Measure(
            id="step_increases_due",
            label=Words("Nâng bậc lương trong 12 tháng tới", "Salary steps in the next 12 months"),
            definition=Words(
                "Số người có mặt đến hạn nâng bậc lương thường xuyên trong 12 tháng sau ngày xét, theo bậc đang giữ "
                "vào ngày xét, thời gian không tính và thời gian kéo dài đã ghi. Người đã quá hạn mà chưa nâng không "
                "tính ở đây.",
                "Persons in post whose regular salary step is due in the 12 months after the day, by the step held "
                "on the day, with time not counted and delays as recorded. Steps already overdue do not count here.",
            ),
            unit=Words("người", "persons"),
            source="Nghị định 204/2004/NĐ-CP; Thông tư 08/2013/TT-BNV Điều 2",
            figure=Figure("stepping"),
            additive=True,
        ),
        Measure(
            id="entries",
            label=Words("Lượt vào", "Entries"),
            definition=_words(
                Words(
                    "Số lần một người bắt đầu được tính vào số có mặt trong kỳ: ngày đó có mặt, hôm trước không. Phân tổ theo "
                    "tình trạng của chính ngày đó. Chuyển giữa hai đơn vị không phải là vào hay ra.",
                    "How often in the period a person comes into the headcount: in post that day and not the day before. "
                    "Grouped as on that very day. A move between two units is neither entry nor exit.",
                ),
                PERIOD,
            ),
            unit=Words("lượt", "times"),
            source="Luật Cán bộ, công chức 80/2025/QH15; Luật Viên chức 129/2025/QH15",
            figure=Figure("entered"),
            additive=True,
        ),
        Measure(
            id="exits",
            label=Words("Lượt ra", "Exits"),
            definition=_words(
                Words(
                    "Số lần một người thôi được tính vào số có mặt trong kỳ: hôm trước có mặt, ngày đó không. Phân tổ theo tình "
                    "trạng của hôm trước. Có mặt cuối kỳ = có mặt trước kỳ + lượt vào - lượt ra, đúng cho toàn bộ, không cho "
                    "từng đơn vị vì người chuyển đơn vị.",
                    "How often in the period a person leaves the headcount: in post the day before and not that day. Grouped as "
                    "on the day before. In post at the end = in post before + entries - exits: true of the whole, not of each "
                    "unit, since people move between units.",
                ),
                PERIOD,
            ),
            unit=Words("lượt", "times"),
            source="Luật Cán bộ, công chức 80/2025/QH15; Luật Viên chức 129/2025/QH15",
            figure=Figure("left"),
            additive=True,
        ),
        Measure(
            id="turnover",
            label=Words("Tỷ lệ ra khỏi đội ngũ", "Turnover"),
            definition=_words(
                Words(
                    "Lượt ra trong kỳ trên 100 người có mặt bình quân: trung bình của số có mặt hôm trước kỳ và số có mặt ngày xét.",
                    "Exits of the period per 100 persons in post on average: the mean of those the day before the period and "
                    "those on the day.",
                ),
                PERIOD,
                ROUNDED,
            ),
            unit=Words("%", "%"),
            source=OWN.vi,
            figure=Figure(
                "left",
                below=(
                    "before",
                    "people",
                ),
                times=200,
                digits=1,
            ),
        ),
        Measure(
            id="evaluations",
            label=Words("Kết quả xếp loại", "Grades given"),
            definition=_words(
                Words(
                    "Số kết quả xếp loại đã ghi của các năm trong kỳ, mỗi người một kết quả một năm; phân tổ theo tình trạng ngày "
                    "31/12 của năm, hoặc ngày xét nếu sớm hơn; chỉ tính người có mặt ngày đó. Chia theo mức: chiều "
                    "Mức xếp loại.",
                    "Grades recorded of the years of the period, one a person and year; grouped as on 31 December of the year, "
                    "or on the day where that is earlier; only persons in post then. By grade: dimension Grade.",
                ),
                PERIOD,
            ),
            unit=Words("người", "persons"),
            source="Nghị định 335/2025/NĐ-CP; Nghị định 233/2026/NĐ-CP",
            figure=Figure("graded"),
            additive=True,
        ),
        Measure(
            id="disciplines",
            label=Words("Lượt kỷ luật", "Disciplinary measures"),
            definition=_words(
                Words(
                    "Số hình thức kỷ luật hành chính bắt đầu có hiệu lực trong kỳ; phân tổ theo tình trạng hôm trước ngày có hiệu "
                    "lực; chỉ tính người có mặt hôm đó. Kỷ luật Đảng, đoàn thể không tính.",
                    "Administrative measures that take effect in the period; grouped as on the day before; only persons in post "
                    "then. Measures of the Party and of mass organizations do not count.",
                ),
                PERIOD,
            ),
            unit=Words("lượt", "times"),
            source="Nghị định 172/2025/NĐ-CP; Nghị định 234/2026/NĐ-CP",
            figure=Figure("disciplined"),
            additive=True,
        ),
        Measure(
            id="rewards",
            label=Words("Lượt khen thưởng", "Rewards"),
            definition=_words(
                Words(
                    "Số hình thức khen thưởng, danh hiệu có quyết định trong kỳ; phân tổ theo tình trạng ngày quyết định; chỉ tính "
                    "người có mặt ngày đó.",
                    "Rewards and titles decided in the period; grouped as on the day of the decision; only persons in post then.",
                ),
                PERIOD,
            ),
            unit=Words("lượt", "times"),
            source="Luật Thi đua, khen thưởng 06/2022/QH15",
            figure=Figure("rewarded"),
            additive=True,
        ),
        Measure(
            id="trainings",
            label=Words("Lượt bồi dưỡng", "Training periods"),
            definition=_words(
                Words(
                    "Số khóa bồi dưỡng bắt đầu trong kỳ, mỗi người mỗi khóa một lượt; phân tổ theo tình trạng ngày bắt đầu; chỉ "
                    "tính người có mặt ngày đó.",
                    "Courses begun in the period, one for each person and course; grouped as on the first day; only persons in "
                    "post then.",
                ),
                PERIOD,
            ),
            unit=Words("lượt", "times"),
            source="Nghị định 171/2025/NĐ-CP",
            figure=Figure("trained"),
            additive=True,
        ),
        Measure(
            id="quality_score",
            label=Words("Điểm chất lượng dữ liệu", "Data quality score"),
            definition=_words(
                Words(
                    "Bình quân điểm chất lượng của hồ sơ những người có mặt đã được chấm, từ 0 đến 100. Chỉ có cho hôm nay.",
                    "Mean quality score of the records of the persons in post that have one, 0 to 100. Of today only.",
                ),
                ROUNDED,
            ),
            unit=Words("điểm", "points"),
            source=f"{OWN.vi}; Nghị định 27/2026/NĐ-CP",
            figure=Figure("quality", below=("scored",), digits=1),
        ),
        Measure(
            id="posts",
            label=Words("Biên chế, số lượng được giao", "Posts in the quota"),
            definition=_words(
                Words(
                    "Tổng số lượng được giao của các vị trí có hiệu lực vào ngày xét.",
                    "Sum of the quotas in force on the day.",
                ),
                OF_UNITS,
            ),
            unit=Words("vị trí", "posts"),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 1",
            figure=Figure("quota"),
            additive=True,
        ),
        Measure(
            id="posts_filled",
            label=Words("Vị trí đã có người", "Posts filled"),
            definition=_words(
                Words(
                    "Số người có mặt giữ một vị trí trong số được giao của đơn vị mình: vị trí lãnh đạo theo chức vụ, vị trí khác "
                    "theo tên vị trí việc làm. Người không khớp vị trí nào không tính ở đây.",
                    "Persons in post who fill a post of their unit's quota: a leading post by its position, any other by its name "
                    "as job position. Who fits none does not count here.",
                ),
                OF_UNITS,
            ),
            unit=Words("người", "persons"),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 1-2",
            figure=Figure("filled"),
            additive=True,
        ),
        Measure(
            id="posts_vacant",
            label=Words("Vị trí còn trống", "Posts vacant"),
            definition=_words(
                Words(
                    "Số được giao chưa có người, tính riêng từng vị trí của từng đơn vị: vị trí thừa người không bù cho vị trí thiếu.",
                    "Places of the quota without a person, post by post of each unit: one filled beyond its quota does not make "
                    "up for another.",
                ),
                OF_UNITS,
            ),
            unit=Words("vị trí", "posts"),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 1-2",
            figure=Figure("vacant"),
            additive=True,
        ),
    )
}


FORECASTS: dict[str, Measure] = {
    one.id: one
    for one in (
        Measure(
            id="retirements",
            label=Words("Dự báo nghỉ hưu", "Retirements ahead"),
            definition=Words(
                "Số người có mặt vào ngày xét mà ngày làm việc cuối cùng theo tuổi, hoặc ngày hết kéo dài công tác, nằm "
                "trong kỳ. Không tính người vào sau, người ra trước, nghỉ sớm và kéo dài chưa ghi.",
                "Persons in post on the day whose last day of work by age, or the end of an extension, lies in the period. "
                "Without those who come later, leave before, or whose earlier leaving or extension is not recorded.",
            ),
            unit=Words("người", "persons"),
            source="Bộ luật Lao động 45/2019/QH14 Điều 169; Nghị định 135/2020/NĐ-CP; Nghị định 170/2025/NĐ-CP",
            figure=Figure("will_retire"),
            additive=True,
        ),
        Measure(
            id="salary_steps",
            label=Words("Dự báo nâng bậc lương", "Salary steps ahead"),
            definition=Words(
                "Số lượt nâng bậc lương thường xuyên đến hạn trong kỳ của người có mặt vào ngày xét: lần đầu theo bậc đang "
                "giữ, các lần sau theo thời gian giữ bậc của bảng lương có hiệu lực vào ngày xét, đến bậc cuối hoặc đến ngày "
                "làm việc cuối cùng. Không tính thay đổi ngạch, nâng bậc trước hạn, kỷ luật về sau.",
                "Regular salary steps due in the period of persons in post on the day: the first by the step held, further ones "
                "by the times of the salary table in force on the day, up to the top step or the last day of work. Without "
                "changes of rank, early increases and later measures.",
            ),
            unit=Words("lượt", "times"),
            source="Nghị định 204/2004/NĐ-CP; Thông tư 08/2013/TT-BNV Điều 2",
            figure=Figure("will_step"),
            additive=True,
        ),
    )
}


def measure_of(measure: str) -> Measure:
    """A measure of a table or of a forecast by its id."""
    return MEASURES.get(measure) or FORECASTS[measure]
