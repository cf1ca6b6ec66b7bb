"""Steps, increases and pay from the salary tables: Decree 204/2004/NĐ-CP, Circular 08/2013/TT-BNV, base salary decrees."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from registry.catalogues.lists import Item
from registry.law.why import Dated, Part, Step, vn, vn_number
from registry.periods import add_months
from registry.words import Words

FAILED = "khong_hoan_thanh"
FAILED_YEAR_DELAY_MONTHS = 6
CIRCULAR = "Thông tư 08/2013/TT-BNV, Điều 2"


@dataclass(frozen=True)
class StepRow:
    """A step of a rank's salary group. `months` to the next step; None on the top one."""

    step: int
    coefficient: Decimal
    months: int | None
    overrun_months: int | None
    source: str


@dataclass(frozen=True)
class Held:
    """The salary fact in force: what is held since when."""

    rank: str
    step: int
    coefficient: Decimal
    since: date
    pay_percent: int = 100
    overrun_percent: int = 0
    reserve: Decimal = Decimal(0)


def steps_of(ranks: Sequence[Item], steps: Sequence[Item], rank: str) -> list[StepRow]:
    """All steps of a rank by its table and group (the same group name means different money in tables 2 and 3)."""
    row = next((one for one in ranks if one.key == rank), None)
    if row is None:
        return []
    place = (row.extra.get("salary_table"), row.extra.get("salary_group"))
    found = [one for one in steps if (one.extra["table"], one.extra["salary_group"]) == place]
    return sorted((_step_row(one) for one in found), key=lambda one: one.step)


def _step_row(item: Item) -> StepRow:
    months = int(item.extra.get("regular_increase_months") or 0) or None
    top = item.extra.get("is_top_step") == "yes"
    overrun = months if top and item.extra.get("seniority_overrun_allowed") == "yes" else None
    return StepRow(
        int(item.extra["step"]),
        Decimal(item.extra["coefficient"]),
        None if top else months,
        overrun,
        item.source,
    )


def delays(
    since: date, on: date, disciplines: Iterable[dict[str, Any]], evaluations: Iterable[dict[str, Any]]
) -> tuple[int, list[Step]]:
    """Months by which an increase is put off, for measures and failed years since the step was given.

    A failed year that has its own measure with a delay counts once, by the measure.
    """
    total, steps, years = 0, [], set()
    for one in disciplines:
        day = (
            date.fromisoformat(one["valid_from"]) if isinstance(one["valid_from"], str) else one["valid_from"]
        )
        if one["authority"] == "administrative" and since <= day <= on and one["step_delay_months"]:
            total += one["step_delay_months"]
            years.add(day.year)
            steps.append(
                Step(
                    Words(
                        f"Kỷ luật ngày {vn(day)}: lùi {one['step_delay_months']} tháng.",
                        f"Discipline on {vn(day)}: {one['step_delay_months']} months later.",
                    ),
                    "Quyết định kỷ luật",
                )
            )
    for one in evaluations:
        if one["grade"] == FAILED and date(one["year"], 12, 31) >= since and one["year"] not in years:
            total += FAILED_YEAR_DELAY_MONTHS
            steps.append(
                Step(
                    Words(
                        f"Năm {one['year']} không hoàn thành nhiệm vụ: lùi {FAILED_YEAR_DELAY_MONTHS} tháng.",
                        f"{one['year']} rated as failed: {FAILED_YEAR_DELAY_MONTHS} months later.",
                    ),
                    CIRCULAR,
                )
            )
    return total, steps


def next_step(
    rows: Sequence[StepRow],
    held: Held,
    on: date,
    disciplines: Iterable[dict[str, Any]],
    evaluations: Iterable[dict[str, Any]],
) -> tuple[Dated, StepRow | None]:
    """When the next regular increase is due and to which step; no day on the top step."""
    here = next((one for one in rows if one.step == held.step), None)
    since = Step(
        Words(
            f"Giữ bậc {held.step}, hệ số {vn_number(held.coefficient)} từ {vn(held.since)}.",
            f"Step {held.step}, coefficient {held.coefficient} since {vn(held.since)}.",
        ),
        "Ngạch, bậc, lương",
    )
    if here is None:
        missing = Words(
            "Bảng lương không có bậc này của ngạch.", "The salary table has no such step for the rank."
        )
        return Dated(None, (since, Step(missing, "Nghị định 204/2004/NĐ-CP"))), None
    if here.months is None:
        top = Words(
            "Đã ở bậc cuối của ngạch; hưởng phụ cấp thâm niên vượt khung.",
            "On the top step of the rank; a seniority overrun allowance follows.",
        )
        return Dated(None, (since, Step(top, here.source))), None
    late, reasons = delays(held.since, on, disciplines, evaluations)
    due = add_months(held.since, here.months + late)
    following = next((one for one in rows if one.step == held.step + 1), None)
    counted = Step(
        Words(
            f"Thời gian giữ bậc: {here.months} tháng, đến {vn(add_months(held.since, here.months))}.",
            f"Time on the step: {here.months} months, to {vn(add_months(held.since, here.months))}.",
        ),
        f"{CIRCULAR}; {here.source}",
    )
    words = Words(f"Đến hạn nâng bậc: {vn(due)}.", f"Due: {vn(due)}.")
    if following is not None:
        words = Words(
            f"Đến hạn nâng lên bậc {following.step}, hệ số {vn_number(following.coefficient)}: {vn(due)}.",
            f"Step {following.step}, coefficient {following.coefficient}, is due on {vn(due)}.",
        )
    return Dated(due, (since, counted, *reasons, Step(words, CIRCULAR))), following


def overrun(rows: Sequence[StepRow], held: Held, on: date) -> tuple[int, Dated]:
    """Seniority overrun in percent on a day, and when it grows: 5 after the period, then 1 a year.

    A fact that already records a percentage counts on from its own day, one more each year.
    """
    here = next((one for one in rows if one.step == held.step), None)
    if here is None or here.overrun_months is None:
        words = Words(
            "Chưa ở bậc cuối, hoặc ngạch không có vượt khung.", "Not on a top step that has an overrun."
        )
        return 0, Dated(None, (Step(words, "Thông tư 04/2005/TT-BNV"),))
    if held.overrun_percent:
        return _recorded_overrun(held, on)
    first = add_months(held.since, here.overrun_months)
    percent, following = 0, first
    while following <= on:
        percent = 5 if percent == 0 else percent + 1
        following = add_months(first, 12 * (percent - 4))
    words = Words(
        f"Bậc cuối từ {vn(held.since)}; sau {here.overrun_months} tháng được 5 %, mỗi năm sau thêm 1 %: "
        f"hiện {percent} %, lần tới {vn(following)}.",
        f"Top step since {vn(held.since)}; 5 % after {here.overrun_months} months, then 1 % a year: "
        f"{percent} % now, next on {vn(following)}.",
    )
    return percent, Dated(following, (Step(words, "Thông tư 04/2005/TT-BNV"),))


def _recorded_overrun(held: Held, on: date) -> tuple[int, Dated]:
    percent, years = held.overrun_percent, 1
    while add_months(held.since, 12 * years) <= on:
        percent, years = percent + 1, years + 1
    following = add_months(held.since, 12 * years)
    words = Words(
        f"Ghi nhận vượt khung {held.overrun_percent} % từ {vn(held.since)}, mỗi năm thêm 1 %: "
        f"hiện {percent} %, lần tới {vn(following)}.",
        f"Recorded overrun of {held.overrun_percent} % since {vn(held.since)}, 1 % more a year: "
        f"{percent} % now, next on {vn(following)}.",
    )
    return percent, Dated(following, (Step(words, "Thông tư 04/2005/TT-BNV"),))


def base_salary(rows: Sequence[Item], on: date) -> Item | None:
    """The base salary in force on a day."""
    return next((one for one in rows if one.holds(on)), None)


def pay(
    base_rows: Sequence[Item], held: Held, position_allowance: Decimal, on: date
) -> tuple[int, list[Part], tuple[Step, ...]]:
    """Monthly pay in VND on a day: (coefficient + position allowance + overrun + reserve) × base salary.

    Parts are rounded each to whole VND; other allowances stand apart. Probation pays a share of the coefficient.
    """
    base = base_salary(base_rows, on)
    if base is None:
        words = Words("Không có mức lương cơ sở cho ngày này.", "No base salary is known for this day.")
        return 0, [], (Step(words, "Lương cơ sở"),)
    amount = int(base.extra["amount_vnd"])
    share = held.coefficient * held.pay_percent / 100
    named = [
        (Words("Hệ số lương", "Coefficient"), share),
        (Words("Phụ cấp chức vụ", "Position allowance"), position_allowance),
        (Words("Vượt khung", "Overrun"), held.coefficient * held.overrun_percent / 100),
        (Words("Chênh lệch bảo lưu", "Reserve"), held.reserve),
    ]
    parts = [
        Part(name, value, int((value * amount).quantize(Decimal(1), ROUND_HALF_UP)))
        for name, value in named
        if value
    ]
    total = sum(part.amount_vnd for part in parts)
    sums = " + ".join(vn_number(part.coefficient.normalize()) for part in parts)
    words = Words(
        f"({sums}) × {vn_number(amount)} đ = {vn_number(total)} đ.",
        f"({sums}) × {amount:,} VND = {total:,} VND.",
    )
    return (
        total,
        parts,
        (
            Step(
                Words(
                    f"Lương cơ sở tại ngày {vn(on)}: {vn_number(amount)} đ.",
                    f"Base salary on {vn(on)}: {amount:,} VND.",
                ),
                base.extra.get("decree") or base.source,
            ),
            Step(words, "Nghị định 204/2004/NĐ-CP"),
        ),
    )
