"""The law as dated tables, against the published months and by hand."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import TODAY
from hypothesis import given
from hypothesis import strategies as st

from registry.catalogues.lists import Item
from registry.catalogues.services import BASE
from registry.law import salary
from registry.law.retirement import retirement
from registry.law.rules import counting
from registry.periods import PartialDate, add_months, last_day
from registry.words import Words

CATALOGUES = Path(__file__).parents[2] / "seed" / "catalogues"


def items(name: str) -> list[Item]:
    """A catalogue as the law functions take it, straight from its file."""
    return list(_items(name))


@cache
def _items(name: str) -> tuple[Item, ...]:
    with (CATALOGUES / f"{name}.csv").open(encoding="utf-8") as file:
        return tuple(
            Item(
                row["key"],
                row["code"] or None,
                Words(row["name_vi"], row["name_en"]),
                date.fromisoformat(row["valid_from"]) if row["valid_from"] else None,
                date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                0,
                row["applies_to"],
                row["certainty"],
                row["source"],
                {key: value for key, value in row.items() if key not in BASE},
            )
            for row in csv.DictReader(file)
        )


def test_every_published_retirement_month_agrees() -> None:
    roadmap = items("retirement_age_by_year")
    with (CATALOGUES / "retirement_age.csv").open(encoding="utf-8") as file:
        published = list(csv.DictReader(file))
    assert len(published) == 179
    for row in published:
        born = PartialDate(date.fromisoformat(row["birth_from"]))
        found = retirement(roadmap, row["sex"], born).on
        if row["retirement_date"]:
            assert found == date.fromisoformat(row["retirement_date"]), row
        else:  # the last row of each sex: born then or later, the final age
            moved = add_months(born.on, int(row["age_total_months"]))
            assert found == last_day(moved.year, moved.month), row


@pytest.mark.parametrize(
    ("sex", "born", "precision", "leaves"),
    [
        ("nu", date(1970, 5, 12), "day", date(2027, 9, 30)),
        ("nu", date(1970, 5, 31), "day", date(2027, 9, 30)),
        ("nam", date(1960, 12, 31), "day", date(2020, 12, 31)),
        ("nam", date(1961, 1, 1), "day", date(2021, 4, 30)),
        ("nam", date(1966, 1, 1), "year", date(2027, 10, 31)),
        ("nam", date(1968, 2, 29), "day", date(2030, 2, 28)),
        ("nu", date(1980, 3, 1), "month", date(2040, 3, 31)),
        ("nam", date(1950, 6, 15), "day", date(2010, 6, 30)),
    ],
)
def test_retirement_depends_on_the_month_of_birth_only(
    sex: str, born: date, precision: str, leaves: date
) -> None:
    found = retirement(items("retirement_age_by_year"), sex, PartialDate(born, precision))  # type: ignore[arg-type]
    assert found.on == leaves
    assert found.why[-1].words.vi.startswith("Nghỉ hưu ngày cuối tháng")


def held(step: int, coefficient: str, since: date) -> salary.Held:
    return salary.Held("01.003", step, Decimal(coefficient), since)


def test_a_regular_increase_is_due_after_the_period_and_says_why() -> None:
    due, following = salary.next_step(
        EXPERT, held(3, "3.00", date(2024, 1, 1)), TODAY, salary.Past(), COUNTING
    )
    assert due.on == date(2027, 1, 1)
    assert following is not None
    assert (following.step, following.coefficient) == (4, Decimal("3.33"))
    assert "36 tháng" in due.why[1].words.vi
    assert due.why[1].rule is not None
    assert (due.why[1].rule.catalogue, due.why[1].rule.key) == ("salary_steps", "BANG2.A1.3")


COUNTING = counting(items("law_rules"), items("uncounted_time"), items("holidays"), items("leave_kinds"))
EXPERT = salary.steps_of(items("ranks"), items("salary_steps"), "01.003", TODAY)


def due(since: date, on: date = TODAY, **past: Any) -> date | None:
    """The day the increase from step 3 of rank 01.003 is due."""
    return salary.next_step(EXPERT, held(3, "3.00", since), on, salary.Past(**past), COUNTING)[0].on


def away(status: str, start: date, end: date | None) -> dict[str, Any]:
    return {"status": status, "valid_from": start, "valid_to": end}


def test_a_measure_and_a_failed_year_of_the_same_year_delay_once() -> None:
    measures = [{"valid_from": date(2025, 5, 15), "authority": "administrative", "step_delay_months": 3}]
    failed = [{"year": 2025, "grade": salary.FAILED}, {"year": 2024, "grade": salary.FAILED}]
    assert due(date(2024, 1, 1), disciplines=measures, evaluations=failed) == date(2027, 10, 1)


@pytest.mark.parametrize(
    ("spans", "wanted"),
    [
        ([], date(2027, 1, 1)),
        ([away("nghi_khong_luong", date(2025, 1, 1), date(2025, 7, 1))], date(2027, 7, 1)),
        ([away("nghi_thai_san", date(2025, 1, 1), date(2025, 7, 1))], date(2027, 1, 1)),
        # before the step: only what lies within the time on it
        ([away("tap_su", date(2023, 7, 1), date(2024, 3, 1))], date(2027, 3, 1)),
        # ten working days count for nothing, eleven for a month; a public holiday is none
        ([away("tam_dinh_chi", date(2025, 3, 3), date(2025, 3, 15))], date(2027, 1, 1)),
        ([away("tam_dinh_chi", date(2025, 3, 3), date(2025, 3, 18))], date(2027, 2, 1)),
        ([away("tam_dinh_chi", date(2026, 8, 24), date(2026, 9, 10))], date(2027, 1, 1)),
        # odd days of several spans are put together
        (
            [
                away("tam_dinh_chi", date(2025, 3, 3), date(2025, 3, 10)),
                away("bi_khoi_to", date(2025, 5, 5), date(2025, 5, 13)),
            ],
            date(2027, 2, 1),
        ),
        # it is not known how long it lasts
        ([away("nghi_khong_luong", date(2026, 1, 1), None)], None),
        # it has not begun
        ([away("nghi_khong_luong", date(2026, 12, 1), None)], date(2027, 1, 1)),
    ],
)
def test_time_not_counted_puts_the_increase_off(spans: list[dict[str, Any]], wanted: date | None) -> None:
    assert due(date(2024, 1, 1), statuses=spans) == wanted


def gone(leave: str, start: date, end: date | None) -> dict[str, Any]:
    return {"leave": leave, "valid_from": start, "valid_to": end}


UNPAID = away("nghi_khong_luong", date(2025, 1, 1), date(2025, 7, 1))


@pytest.mark.parametrize(
    ("statuses", "leaves", "wanted"),
    [
        ([], [gone("khong_luong", date(2025, 1, 1), date(2025, 7, 1))], date(2027, 7, 1)),
        ([], [gone("phu_quan_phu_the", date(2025, 1, 1), date(2026, 1, 1))], date(2028, 1, 1)),
        ([], [gone("di_hoc", date(2025, 1, 1), date(2026, 1, 1))], date(2027, 1, 1)),
        ([], [gone("thai_san", date(2025, 1, 1), date(2025, 7, 1))], date(2027, 1, 1)),
        ([], [gone("khong_luong", date(2026, 3, 1), None)], None),
        ([], [gone("khong_luong", date(2026, 12, 1), None)], date(2027, 1, 1)),
        # a leave and a status of the same days count once, and what the leave says of other days as well
        ([UNPAID], [gone("khong_luong", date(2025, 1, 1), date(2025, 7, 1))], date(2027, 7, 1)),
        ([UNPAID], [gone("khong_luong", date(2024, 12, 1), date(2025, 8, 1))], date(2027, 9, 1)),
        ([UNPAID], [gone("tam_giam", date(2025, 3, 1), None)], None),
        (
            [away("tam_dinh_chi", date(2025, 3, 1), None)],
            [gone("khong_luong", date(2025, 4, 1), date(2025, 6, 1))],
            None,
        ),
    ],
)
def test_leaves_that_do_not_count_put_the_increase_off(
    statuses: list[dict[str, Any]], leaves: list[dict[str, Any]], wanted: date | None
) -> None:
    assert due(date(2024, 1, 1), statuses=statuses, leaves=leaves) == wanted


def test_each_leave_is_told_with_its_row_and_what_the_registry_cannot_say_of_it() -> None:
    leaves = [
        gone("om_dau", date(2024, 5, 1), date(2024, 9, 1)),
        gone("khong_luong", date(2025, 1, 1), date(2025, 7, 1)),
    ]
    why = salary.next_step(
        EXPERT, held(3, "3.00", date(2024, 1, 1)), TODAY, salary.Past(leaves=leaves), COUNTING
    )[0].why
    told = {
        one.rule.key: one.words.vi
        for one in why
        if one.rule is not None and one.rule.catalogue == "leave_kinds"
    }
    assert set(told) == {"om_dau", "khong_luong"}
    assert "chưa trừ" in told["om_dau"]
    assert "6 tháng" in told["khong_luong"]


def test_a_new_row_changes_results_only_from_its_day() -> None:
    rows = items("salary_steps")
    old = next(one for one in rows if one.key == "BANG2.A1.4")
    turn = date(2027, 1, 1)
    rows[rows.index(old)] = replace(old, valid_to=turn)
    rows.append(replace(old, valid_from=turn, extra=old.extra | {"coefficient": "3.50"}))
    for on, coefficient in ((date(2026, 12, 31), "3.33"), (turn, "3.50"), (date(1999, 1, 1), "3.33")):
        table = salary.steps_of(items("ranks"), rows, "01.003", on)
        assert [str(one.coefficient) for one in table if one.step == 4] == [coefficient]
    rules = items("law_rules")
    old = next(one for one in rules if one.key == "delay_failed_year")
    rules[rules.index(old)] = replace(old, valid_to=turn)
    rules.append(replace(old, valid_from=turn, extra=old.extra | {"value": "9"}))
    later = counting(rules, [], [], [])
    for year, months in ((2026, 6), (2027, 9)):
        past = salary.Past(evaluations=[{"year": year, "grade": salary.FAILED}])
        assert salary.delays(date(2025, 1, 1), date(2029, 1, 1), past, later)[0] == months
    roadmap = items("retirement_age_by_year")
    last = next(one for one in roadmap if one.extra["retirement_year"] == "2028" and one.key == "nam")
    roadmap[roadmap.index(last)] = replace(last, valid_to=date(2031, 1, 1))
    longer = {"retirement_year": "2031", "age_years": "63", "age_months": "0"}
    roadmap.append(replace(last, valid_from=date(2031, 1, 1), extra=last.extra | longer))
    before, after = PartialDate(date(1968, 11, 1)), PartialDate(date(1969, 1, 1))
    assert retirement(roadmap, "nam", before).on == date(2030, 11, 30)
    assert retirement(roadmap, "nam", after).on == date(2032, 1, 31)


def test_overrun_starts_with_five_percent_and_grows_by_one_a_year() -> None:
    top = held(9, "4.98", date(2020, 1, 1))
    shares = [
        salary.overrun(EXPERT, top, day, salary.Past(), COUNTING)[0]
        for day in (date(2022, 12, 31), date(2023, 1, 1), date(2023, 12, 31), date(2024, 1, 1))
    ]
    assert shares == [0, 5, 5, 6]
    assert salary.next_step(EXPERT, top, date(2026, 1, 1), salary.Past(), COUNTING)[0].on is None
    recorded = replace(top, overrun_percent=7)
    percent, following = salary.overrun(EXPERT, recorded, date(2022, 1, 1), salary.Past(), COUNTING)
    assert (percent, following.on) == (9, date(2023, 1, 1))
    why = salary.next_step(EXPERT, recorded, date(2022, 1, 1), salary.Past(), COUNTING)[0].why
    assert why[0].words.vi == "Ở bậc 9, hệ số 4,98, vượt khung 7 % từ 01/01/2020.", (
        "the step was reached long before"
    )


def test_a_measure_puts_off_the_overrun_during_whose_term_it_falls() -> None:
    top = held(9, "4.98", date(2020, 1, 1))

    def next_on(day: date, on: date) -> tuple[int, date | None]:
        measure = {"valid_from": day, "authority": "administrative", "step_delay_months": 6}
        percent, following = salary.overrun(EXPERT, top, on, salary.Past(disciplines=[measure]), COUNTING)
        return percent, following.on

    assert next_on(date(2021, 5, 1), date(2023, 6, 30)) == (0, date(2023, 7, 1))
    assert next_on(date(2023, 5, 1), date(2023, 6, 30)) == (5, date(2024, 7, 1))
    assert next_on(date(2023, 5, 1), date(2025, 1, 1)) == (6, date(2025, 7, 1))


@given(
    since=st.dates(date(2005, 1, 1), date(2026, 1, 1)),
    starts=st.lists(st.integers(0, 1000), max_size=4),
    length=st.integers(1, 400),
    more=st.integers(0, 200),
)
def test_more_time_not_counted_never_brings_an_increase_forward(
    since: date, starts: list[int], length: int, more: int
) -> None:
    """Spans of any place: the due day moves with them, and by no more than they last, rounded up to a month."""
    spans, day = [], since
    for gap in starts:
        begin = day + timedelta(days=gap)
        day = begin + timedelta(days=length)
        spans.append(away("tam_dinh_chi", begin, day))
    on = day + timedelta(days=1)
    plain, put_off = due(since, on), due(since, on, statuses=spans)
    longer = [*spans[:-1], spans[-1] | {"valid_to": day + timedelta(days=more)}] if spans else []
    assert plain is not None
    assert put_off is not None
    moved = due(since, on, statuses=longer)
    assert moved is not None
    assert plain <= put_off <= moved
    assert (put_off - plain).days <= length * len(spans) + 31 + 3 * len(spans)
    told = salary.next_step(EXPERT, held(3, "3.00", since), on, salary.Past(statuses=spans), COUNTING)[0]
    assert sum("Không tính" in one.words.vi for one in told.why) == len(spans)


@given(st.dates(date(1950, 1, 1), date(2008, 12, 31)), st.sampled_from(["nam", "nu"]))
def test_nobody_born_later_retires_earlier_and_all_leave_on_a_last_day(born: date, sex: str) -> None:
    roadmap = items("retirement_age_by_year")
    mine = retirement(roadmap, sex, PartialDate(born)).on
    month = retirement(roadmap, sex, PartialDate(born.replace(day=1), "month")).on
    following = retirement(roadmap, sex, PartialDate(add_months(born, 1))).on
    assert mine is not None
    assert following is not None
    assert mine == month == last_day(mine.year, mine.month)
    assert following > mine
    assert retirement(roadmap, sex, PartialDate(date(born.year, 1, 1), "year")).on == (
        retirement(roadmap, sex, PartialDate(date(born.year, 1, 31))).on
    )


def test_pay_uses_the_base_salary_of_the_day() -> None:
    base = items("base_salary")
    post = salary.Held("01.001", 2, Decimal("6.56"), date(2024, 3, 1))
    assert salary.pay(base, post, Decimal("0.80"), date(2026, 11, 25))[0] == 18_620_800
    assert salary.pay(base, post, Decimal("0.80"), date(2026, 6, 30))[0] == 17_222_400
    assert salary.pay(base, post, Decimal(0), date(1990, 1, 1))[1] == ()
