"""Retirement day by sex and birth month: Labour Code art. 169, Decree 135/2020/NĐ-CP arts 3, 4, 7."""

from collections.abc import Sequence
from datetime import date

from registry.catalogues.lists import Item
from registry.law.why import Dated, Step, vn
from registry.periods import PartialDate, add_months, last_day
from registry.words import Words

BEFORE_ROADMAP_YEARS = {"nam": 60, "nu": 55}
SEX_WORDS = {"nam": Words("nam", "men"), "nu": Words("nữ", "women")}


def retirement(rows: Sequence[Item], sex: str, born: PartialDate) -> Dated:
    """The last day of work by age alone, with the rows of the roadmap (catalogue retirement_age_by_year) used.

    The day of birth is irrelevant, only its month counts; with only a birth year, January (art. 3.3).
    Lower and higher ages of special posts are decisions, not computed here.
    """
    month = born.on.replace(day=1) if born.precision != "year" else born.on.replace(month=1, day=1)
    steps = [_about_birth(sex, born)]
    roadmap = sorted(
        (
            int(one.extra["retirement_year"]),
            int(one.extra["age_years"]) * 12 + int(one.extra["age_months"]),
            one.source,
        )
        for one in rows
        if one.extra["sex"] == sex
    )
    old = add_months(month, BEFORE_ROADMAP_YEARS[sex] * 12)
    first_year = roadmap[0][0]
    if old.year < first_year:
        return _done(
            old, steps, f"{BEFORE_ROADMAP_YEARS[sex]}", "Bộ luật Lao động; Nghị định 135/2020/NĐ-CP, Điều 7"
        )
    for number, (year, age, _source) in enumerate(roadmap):
        reached = add_months(month, age)
        last = number == len(roadmap) - 1
        if reached.year <= year or last:
            steps.append(_reached(sex, year, age, reached))
            return _done(reached, steps, _age(age).vi, "Nghị định 135/2020/NĐ-CP, Điều 3")
        following_age = roadmap[number + 1][1]
        if add_months(month, age).year == year + 1 and add_months(month, following_age).year >= year + 1:
            steps.append(_passed_on(sex, year, age, reached))
    raise AssertionError("a roadmap ends with an age that stays")


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


def _passed_on(sex: str, year: int, age: int, reached: date) -> Step:
    return Step(
        Words(
            f"Năm {year}, {SEX_WORDS[sex].vi} nghỉ hưu khi đủ {_age(age).vi}: rơi vào {reached:%m/%Y}, "
            f"sau năm {year}, nên xét tiếp năm sau.",
            f"In {year}, {SEX_WORDS[sex].en} retire at {_age(age).en}: that is {reached:%m/%Y}, after {year}; next year.",
        ),
        "Nghị định 135/2020/NĐ-CP, Điều 4",
    )


def _reached(sex: str, year: int, age: int, reached: date) -> Step:
    when = (
        Words(f"Năm {year}", f"In {year}")
        if reached.year <= year
        else Words(f"Từ năm {year}", f"Since {year}")
    )
    return Step(
        Words(
            f"{when.vi}, {SEX_WORDS[sex].vi} nghỉ hưu khi đủ {_age(age).vi}: tháng {reached:%m/%Y}.",
            f"{when.en}, {SEX_WORDS[sex].en} retire at {_age(age).en}: {reached:%m/%Y}.",
        ),
        "Nghị định 135/2020/NĐ-CP, Điều 4",
    )


def _done(month: date, steps: list[Step], _age_words: str, source: str) -> Dated:
    end = last_day(month.year, month.month)
    pension = add_months(month.replace(day=1), 1)
    result = Step(
        Words(
            f"Nghỉ hưu ngày cuối tháng: {vn(end)}. Hưởng lương hưu từ {vn(pension)}.",
            f"Retires on the last day of the month: {vn(end)}. Pension from {vn(pension)}.",
        ),
        source,
    )
    return Dated(end, (*steps, result))
