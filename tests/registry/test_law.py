"""The law as dated tables, against the published months and by hand."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from registry.catalogues.lists import Item
from registry.catalogues.services import BASE
from registry.law import salary
from registry.law.retirement import retirement
from registry.periods import PartialDate, add_months, last_day
from registry.words import Words

CATALOGUES = Path(__file__).parents[2] / "seed" / "catalogues"


def items(name: str) -> list[Item]:
    """A catalogue as the law functions take it, straight from its file."""
    with (CATALOGUES / f"{name}.csv").open(encoding="utf-8") as file:
        return [
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
        ]


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
    rows = salary.steps_of(items("ranks"), items("salary_steps"), "01.003")
    due, following = salary.next_step(rows, held(3, "3.00", date(2024, 1, 1)), date(2026, 11, 25), [], [])
    assert due.on == date(2027, 1, 1)
    assert following is not None
    assert (following.step, following.coefficient) == (4, Decimal("3.33"))
    assert "36 tháng" in due.why[1].words.vi


def test_a_measure_and_a_failed_year_of_the_same_year_delay_once() -> None:
    rows = salary.steps_of(items("ranks"), items("salary_steps"), "01.003")
    measures = [{"valid_from": date(2025, 5, 15), "authority": "administrative", "step_delay_months": 3}]
    failed = [{"year": 2025, "grade": salary.FAILED}, {"year": 2024, "grade": salary.FAILED}]
    due, _ = salary.next_step(rows, held(3, "3.00", date(2024, 1, 1)), date(2026, 11, 25), measures, failed)
    assert due.on == date(2027, 10, 1)


def test_overrun_starts_with_five_percent_and_grows_by_one_a_year() -> None:
    rows = salary.steps_of(items("ranks"), items("salary_steps"), "01.003")
    top = held(9, "4.98", date(2020, 1, 1))
    shares = [
        salary.overrun(rows, top, day)[0]
        for day in (date(2022, 12, 31), date(2023, 1, 1), date(2023, 12, 31), date(2024, 1, 1))
    ]
    assert shares == [0, 5, 5, 6]
    assert salary.next_step(rows, top, date(2026, 1, 1), [], [])[0].on is None


def test_pay_uses_the_base_salary_of_the_day() -> None:
    base = items("base_salary")
    post = salary.Held("01.001", 2, Decimal("6.56"), date(2024, 3, 1))
    assert salary.pay(base, post, Decimal("0.80"), date(2026, 11, 25))[0] == 18_620_800
    assert salary.pay(base, post, Decimal("0.80"), date(2026, 6, 30))[0] == 17_222_400
    assert salary.pay(base, post, Decimal(0), date(1990, 1, 1))[1] == []
