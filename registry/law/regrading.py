"""Moving into a rank of another salary group by coefficient and overrun: Circular 02/2007/TT-BNV, part II."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from registry.law.salary import Held, StepRow
from registry.law.why import Step, vn, vn_number
from registry.periods import add_months
from registry.words import Words

CIRCULAR = "Thông tư 02/2007/TT-BNV, mục II"


@dataclass(frozen=True)
class Regraded:
    """The step in the new rank, since when its time counts, what is reserved, when the next step is due."""

    step: StepRow
    counts_from: date
    reserve: Decimal
    next_on: date | None
    why: tuple[Step, ...]


def regrade(old: Sequence[StepRow], new: Sequence[StepRow], held: Held, on: date) -> Regraded | None:
    """Where somebody on a step of `old` stands in `new`, by a decision of day `on`; None without such steps.

    What is compared is the coefficient with the overrun. Below the first step: the first. Above the last: the
    last, the difference reserved. Else the equal or next higher step; the time on it starts anew only when
    the gain is at least the gap between the two adjoining steps of the old group.
    """
    here = next((one for one in old if one.step == held.step), None)
    if here is None or not new:
        return None
    total = held.coefficient + (held.coefficient * held.overrun_percent / 100).quantize(
        Decimal("0.01"), ROUND_HALF_UP
    )
    given = Step(
        Words(
            f"Đang hưởng bậc {held.step}, hệ số {vn_number(held.coefficient)}, "
            f"vượt khung {held.overrun_percent} %: cộng {vn_number(total)}.",
            f"Step {held.step}, coefficient {held.coefficient}, "
            f"overrun {held.overrun_percent} %: together {total}.",
        ),
        "Ngạch, bậc, lương",
    )
    step = next((one for one in new if one.coefficient >= total), new[-1])
    reserve = max(total - step.coefficient, Decimal(0))
    anew, reason = _counts_anew(old, new, held, step, total)
    since = on if anew else held.since
    due = add_months(since, step.months) if step.months else None
    placed = Step(_placed(step, reserve), f"{CIRCULAR}; {step.source}", step.rule)
    counted = Step(
        Words(
            f"{reason.vi} Thời gian giữ bậc tính từ {vn(since)}.",
            f"{reason.en} Time on the step counts from {vn(since)}.",
        ),
        CIRCULAR,
    )
    return Regraded(step, since, reserve, due, (given, placed, counted))


def _placed(step: StepRow, reserve: Decimal) -> Words:
    if reserve:
        return Words(
            f"Cao hơn bậc cuối: xếp bậc {step.step}, hệ số {vn_number(step.coefficient)}, "
            f"bảo lưu chênh lệch {vn_number(reserve)}.",
            f"Above the last step: step {step.step}, coefficient {step.coefficient}, "
            f"difference {reserve} reserved.",
        )
    return Words(
        f"Bậc có hệ số bằng hoặc cao hơn gần nhất: bậc {step.step}, hệ số {vn_number(step.coefficient)}.",
        "The step with the equal or next higher coefficient: "
        f"step {step.step}, coefficient {step.coefficient}.",
    )


def _counts_anew(
    old: Sequence[StepRow], new: Sequence[StepRow], held: Held, step: StepRow, total: Decimal
) -> tuple[bool, Words]:
    """Whether the time on the step starts with the decision, and why."""
    if total <= new[0].coefficient:
        return True, Words("Thấp hơn hoặc bằng bậc 1 của ngạch mới.", "At or below step 1 of the new rank.")
    gap = _gap(old, held.step)
    gain = step.coefficient - total
    if gain > 0 and gap is not None and gain >= gap:
        return True, Words(
            f"Tăng {vn_number(gain)}, không nhỏ hơn chênh lệch {vn_number(gap)} "
            "giữa hai bậc liền kề ở ngạch cũ.",
            f"The gain {gain} is not below the gap {gap} between two adjoining steps of the old rank.",
        )
    return False, Words(
        f"Tăng {vn_number(max(gain, Decimal(0)))}, nhỏ hơn chênh lệch giữa hai bậc liền kề ở ngạch cũ.",
        f"The gain {max(gain, Decimal(0))} is below the gap between two adjoining steps of the old rank.",
    )


def _gap(rows: Sequence[StepRow], step: int) -> Decimal | None:
    """Coefficient between a step and the next one; of the last step, between it and the one before."""
    found = {one.step: one.coefficient for one in rows}
    if step + 1 in found:
        return found[step + 1] - found[step]
    return found[step] - found[step - 1] if step - 1 in found else None
