"""Retirement day by sex and birth month: Labour Code art. 169, Decree 135/2020/NĐ-CP arts 3, 4, 7."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from registry.catalogues.lists import Item
from registry.law.rules import Rules, ref
from registry.law.why import Dated, Step, vn
from registry.periods import PartialDate, add_months, last_day
from registry.words import Words

SEXES = ("nam", "nu")
SEX_WORDS = {"nam": Words("nam", "men"), "nu": Words("nữ", "women")}


@dataclass(frozen=True)
class Row:
    """A part of the roadmap for one sex: the age in months at which people retire who reach it in the years from
    `year` to `last`, or would have before; a row without an end stays.
    """

    year: int
    last: int
    months: int
    item: Item


def roadmap(rows: Sequence[Item], sex: str) -> list[Row]:
    """The rows of a sex in the order of their years; the first stands for all years before, the last for all after."""
    return sorted(
        (
            Row(
                int(one.extra["retirement_year"]),
                one.valid_to.year - 1 if one.valid_to else date.max.year,
                int(one.extra["age_years"]) * 12 + int(one.extra["age_months"]),
                one,
            )
            for one in rows
            if one.extra["sex"] == sex
        ),
        key=lambda row: row.year,
    )


def retirement(rows: Sequence[Item], sex: str, born: PartialDate) -> Dated:
    """The last day of work by age alone, with the rows of the roadmap (catalogue retirement_age_by_year) used.

    The day of birth is irrelevant, only its month counts; with only a birth year, January (art. 3.3).
    Lower and higher ages rest on a recorded ground: see `ask`.
    """
    month = born.on.replace(day=1) if born.precision != "year" else born.on.replace(month=1, day=1)
    steps = [_about_birth(sex, born)]
    years = roadmap(rows, sex)
    for number, row in enumerate(years):
        reached = add_months(month, row.months)
        if reached.year <= row.last or number == len(years) - 1:
            steps.append(_reached(sex, row, reached, first=number == 0))
            return _done(reached, steps)
        if reached.year == row.last + 1 and number:
            steps.append(_passed_on(sex, row, reached))
    raise AssertionError("a roadmap ends with an age that stays")


@dataclass(frozen=True)
class Leaving:
    """When somebody leaves, by age or on a ground, and what must be done when. `notice_on`: announce by; `decision_on`:
    decide by; `pension_from`: first day of the pension.
    """

    on: date
    by_age: date
    notice_on: date
    decision_on: date
    pension_from: date
    why: tuple[Step, ...]

    def to_json(self, language: str) -> dict[str, Any]:
        """{on, by_age, notice_on, decision_on, pension_from, why}."""
        days = {
            name: getattr(self, name).isoformat()
            for name in ("on", "by_age", "notice_on", "decision_on", "pension_from")
        }
        return days | {"why": [one.to_json(language) for one in self.why]}


def leaving(by_age: Dated, rules: Rules, moved: tuple[date, Sequence[Step]] | None = None) -> Leaving:
    """The day of leaving (by age, or `moved` to another day for the reasons given) with the days that follow from it."""
    assert by_age.on is not None
    on, reasons = moved or (by_age.on, ())
    notice, decision = (
        add_months(on, -rules.number(key, on)) for key in ("retirement_notice", "retirement_decision")
    )
    told = (
        rules.step(
            "retirement_notice",
            on,
            Words(f"Thông báo nghỉ hưu chậm nhất {vn(notice)}.", f"Announced by {vn(notice)} at the latest."),
        ),
        rules.step(
            "retirement_decision",
            on,
            Words(
                f"Quyết định nghỉ hưu chậm nhất {vn(decision)}.", f"Decided by {vn(decision)} at the latest."
            ),
        ),
    )
    result = _last_day(on)
    why = (*by_age.why[:-1], *told, result) if moved is None else (*by_age.why, *reasons, *told, result)
    return Leaving(on, by_age.on, notice, decision, on + timedelta(days=1), why)


def on_ground(by_age: date, ground: Item, months: int) -> tuple[date, tuple[Step, ...]]:
    """The last day of work when a ground (catalogue retirement_grounds) moves it by so many months, at most its own."""
    most = int(ground.extra["most_months"])
    given = min(months, most)
    sign = -1 if ground.extra["kind"] == "lower" else 1
    moved = add_months(by_age.replace(day=1), sign * given)
    on = last_day(moved.year, moved.month)
    words = (
        Words(
            f"{ground.name.vi}: nghỉ hưu sớm hơn {given} tháng (tối đa {most} tháng).",
            f"{ground.name.en}: {given} months earlier (at most {most}).",
        )
        if sign < 0
        else Words(
            f"{ground.name.vi}: nghỉ hưu muộn hơn {given} tháng (tối đa {most} tháng).",
            f"{ground.name.en}: {given} months later (at most {most}).",
        )
    )
    return on, (Step(words, ground.source, ref("retirement_grounds", ground)),)


def extended(by_age: date, until: date | None, rules: Rules) -> tuple[date, tuple[Step, ...]]:
    """The last day of work of somebody whose service is extended past the age; by age while its end is not recorded."""
    if until is None or until <= by_age:
        words = Words(
            "Đang kéo dài công tác nhưng chưa ghi ngày kết thúc.",
            "Service is extended; its end is not recorded.",
        )
        return by_age, (Step(words, "Tình trạng công tác"),)
    words = Words(
        f"Kéo dài công tác đến {vn(until)}, tối đa {rules.number('extension_most', by_age)} tháng quá tuổi.",
        f"Service is extended to {vn(until)}, at most {rules.number('extension_most', by_age)} months past the age.",
    )
    return until, (rules.step("extension_most", by_age, words),)


def _age(months: int) -> Words:
    years, rest = divmod(months, 12)
    return Words(
        f"{years} tuổi" + (f" {rest} tháng" if rest else ""),
        f"{years} years" + (f" {rest} months" if rest else ""),
    )


def _about_birth(sex: str, born: PartialDate) -> Step:
    shown = {"day": vn(born.on), "month": born.on.strftime("%m/%Y"), "year": str(born.on.year)}[
        born.precision
    ]
    if born.precision == "year":
        return Step(
            Words(
                f"{SEX_WORDS[sex].vi.capitalize()}, sinh năm {shown}. Chỉ biết năm nên tính từ tháng 01/{shown}.",
                f"Sex: {SEX_WORDS[sex].en}; born in {shown}. Only the year is known, so January counts.",
            ),
            "Nghị định 135/2020/NĐ-CP, Điều 3",
        )
    counted = born.on.strftime("%m/%Y")
    return Step(
        Words(
            f"{SEX_WORDS[sex].vi.capitalize()}, sinh {shown}. Chỉ tháng sinh được dùng để tính: {counted}.",
            f"Sex: {SEX_WORDS[sex].en}; born {shown}. Only the month of birth counts: {counted}.",
        ),
        "Thông tin chung",
    )


def _passed_on(sex: str, row: Row, reached: date) -> Step:
    return Step(
        Words(
            f"Năm {row.last}, {SEX_WORDS[sex].vi} nghỉ hưu khi đủ {_age(row.months).vi}: rơi vào {reached:%m/%Y}, "
            f"sau năm {row.last}, nên xét tiếp năm sau.",
            f"In {row.last}, {SEX_WORDS[sex].en} retire at {_age(row.months).en}: "
            f"that is {reached:%m/%Y}, after {row.last}; next year.",
        ),
        row.item.source,
        ref("retirement_age_by_year", row.item),
    )


def _reached(sex: str, row: Row, reached: date, *, first: bool) -> Step:
    when = (
        Words(f"Trước năm {row.last + 1}", f"Before {row.last + 1}")
        if first
        else Words(f"Năm {row.year}", f"In {row.year}")
        if row.year == row.last
        else Words(f"Từ năm {row.year}", f"Since {row.year}")
    )
    return Step(
        Words(
            f"{when.vi}, {SEX_WORDS[sex].vi} nghỉ hưu khi đủ {_age(row.months).vi}: tháng {reached:%m/%Y}.",
            f"{when.en}, {SEX_WORDS[sex].en} retire at {_age(row.months).en}: {reached:%m/%Y}.",
        ),
        row.item.source,
        ref("retirement_age_by_year", row.item),
    )


def _done(month: date, steps: list[Step]) -> Dated:
    end = last_day(month.year, month.month)
    return Dated(end, (*steps, _last_day(end)))


def _last_day(end: date) -> Step:
    pension = end + timedelta(days=1)
    return Step(
        Words(
            f"Nghỉ hưu ngày cuối tháng: {vn(end)}. Hưởng lương hưu từ {vn(pension)}.",
            f"Retires on the last day of the month: {vn(end)}. Pension from {vn(pension)}.",
        )
        if end == last_day(end.year, end.month)
        else Words(f"Nghỉ hưu ngày {vn(end)}.", f"Retires on {vn(end)}."),
        "Nghị định 135/2020/NĐ-CP, Điều 3",
    )
