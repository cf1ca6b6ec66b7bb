"""Limitation, handling and effects of disciplinary measures by regime and day: Decrees 172/2025 and 234/2026/NĐ-CP."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.catalogues.lists import Item
from registry.law.rules import Rules, ref
from registry.law.why import Step, vn
from registry.periods import add_months
from registry.words import Words

REPRIMAND, HEAVIER = "khien_trach", "nang_hon"


@dataclass(frozen=True)
class Measure:
    """What a measure of a form and a day does to a category of people; days None where it has no such effect or the
    law's number is not known. `lapses_on`: the first day without effect; `limitation_ends` counts from the breach.
    """

    in_force: bool
    lapses_on: date | None
    step_delay_months: int | None
    promotion_block_until: date | None
    limitation_ends: date | None
    why: tuple[Step, ...]

    def to_json(self, language: str) -> dict[str, Any]:
        """Every field, days as ISO text, and why."""
        days = ("lapses_on", "promotion_block_until", "limitation_ends")
        told = {name: day.isoformat() if (day := getattr(self, name)) else None for name in days}
        return {
            "in_force": self.in_force,
            "step_delay_months": self.step_delay_months,
            **told,
            "why": [one.to_json(language) for one in self.why],
        }


def form_on(forms: Sequence[Item], form: str, category: str, on: date) -> Item | None:
    """The row of a form for a category on a day."""
    return next(
        (one for one in forms if one.key == form and one.applies_to == category and one.holds(on)), None
    )


def lapse(rules: Rules, form: Item, decided: date) -> tuple[date | None, Step]:
    """The first day on which a measure has no effect any more, unless there is a new breach; None: it never lapses."""
    if form.extra.get("lapses") == "no":
        words = Words(f"{form.name.vi} không tự hết hiệu lực.", f"{form.name.en} does not lapse.")
        return None, Step(words, form.source, ref("discipline_forms", form))
    months = rules.number("discipline_lapse", decided)
    on = add_months(decided, months)
    words = Words(
        f"Sau {months} tháng không tái phạm thì hết hiệu lực: từ {vn(on)}.",
        f"Lapses after {months} months without a new breach: on {vn(on)}.",
    )
    return on, rules.step("discipline_lapse", decided, words)


def measure(
    rules: Rules,
    time_rules: Sequence[Item],
    form: Item,
    decided: date,
    on: date,
    breach: date | None = None,
) -> Measure:
    """The effects of a form decided on a day, as of `on`; with the day of the `breach` also its limitation."""
    lapses_on, lapsing = lapse(rules, form, decided)
    steps = [
        Step(
            Words(
                f"{form.name.vi}, quyết định ngày {vn(decided)}.",
                f"{form.name.en}, decided on {vn(decided)}.",
            ),
            form.source,
            ref("discipline_forms", form),
        ),
        lapsing,
    ]
    delay = _number(form, "step_delay_months")
    block = _number(form, "promotion_block_months")
    steps += [_delayed(form, delay), _blocked(form, block, decided)]
    ends = None
    if breach is not None:
        ends, told = _limits(time_rules, form, breach)
        steps.append(told)
    in_force = decided <= on and (lapses_on is None or on < lapses_on)
    words = (
        Words(f"Ngày {vn(on)}: còn hiệu lực.", f"On {vn(on)}: in force.")
        if in_force
        else Words(f"Ngày {vn(on)}: không có hiệu lực.", f"On {vn(on)}: not in force.")
    )
    return Measure(
        in_force,
        lapses_on,
        delay,
        add_months(decided, block) if block else None,
        ends,
        (*steps, Step(words, form.source)),
    )


def _number(form: Item, name: str) -> int | None:
    return int(form.extra[name]) if form.extra.get(name) else None


def _delayed(form: Item, months: int | None) -> Step:
    words = (
        Words(
            "Danh mục chưa có số tháng kéo dài nâng bậc: ghi theo quyết định.",
            "The list has no months of delay for it: they are entered from the decision.",
        )
        if months is None
        else Words(
            f"Kéo dài thời gian nâng bậc {months} tháng.", f"The next increase is {months} months later."
        )
    )
    return Step(words, form.source, ref("discipline_forms", form))


def _blocked(form: Item, months: int | None, decided: date) -> Step:
    if months is None:
        words = Words(
            "Danh mục chưa có số tháng không bổ nhiệm, quy hoạch: ghi theo quyết định.",
            "The list has no months without promotion for it: they are entered from the decision.",
        )
    else:
        until = vn(add_months(decided, months))
        words = Words(
            f"Không quy hoạch, đào tạo, bổ nhiệm trong {months} tháng: đến {until}.",
            f"No planning, training or promotion for {months} months: to {until}.",
        )
    return Step(words, form.source, ref("discipline_forms", form))


def _limits(rows: Sequence[Item], form: Item, breach: date) -> tuple[date | None, Step]:
    """The end of the limitation of a breach, by the regime of its day."""
    kind = REPRIMAND if form.key == REPRIMAND else HEAVIER
    row = next(
        (one for one in rows if one.key == kind and one.applies_to == form.applies_to and one.holds(breach)),
        None,
    )
    if row is None:
        words = Words(
            f"Chưa có thời hiệu cho hành vi ngày {vn(breach)}.",
            f"No limitation is known for a breach on {vn(breach)}.",
        )
        return None, Step(words, "Danh mục discipline_time_rules")
    told = row.extra
    ends = add_months(breach, int(told["limitation_months"]))
    words = Words(
        f"Hành vi ngày {vn(breach)}: thời hiệu {told['limitation_months']} tháng, đến {vn(ends)}; thời hạn xử lý "
        f"{told['handling_days']} ngày từ khi phát hiện, phức tạp thì {told['handling_most_days']} ngày.",
        f"Breach on {vn(breach)}: limitation {told['limitation_months']} months, to {vn(ends)}; handled within "
        f"{told['handling_days']} days of its discovery, {told['handling_most_days']} if complex.",
    )
    return ends, Step(words, row.source, ref("discipline_time_rules", row))
