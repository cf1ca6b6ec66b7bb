"""Step increases before their time: Circular 08/2013/TT-BNV art. 3, Circular 03/2021/TT-BNV."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from registry.law.rules import Rules
from registry.law.salary import StepRow
from registry.law.why import Dated, Step, vn
from registry.periods import add_months
from registry.words import Words


@dataclass(frozen=True)
class Early:
    """Whether an increase may come before its time, from which day on, and why."""

    allowed: bool
    earliest: date | None
    why: tuple[Step, ...]

    def to_json(self, language: str) -> dict[str, Any]:
        """{allowed, earliest, why}."""
        return {
            "allowed": self.allowed,
            "earliest": self.earliest.isoformat() if self.earliest else None,
            "why": [one.to_json(language) for one in self.why],
        }


def early_increase(
    rules: Rules,
    here: StepRow,
    regular: Dated,
    on: date,
    *,
    merit_on: date | None = None,
    last_merit_on: date | None = None,
    retiring: bool = False,
) -> Early:
    """How early the regular increase due `regular.on` may come, decided on a day.

    By merit (its day `merit_on`; `last_merit_on` is the merit that brought an earlier increase before its time in this
    rank) or on announced retirement (`retiring`).
    """
    steps = list(regular.why)
    if regular.on is None or here.months is None:
        words = Words(
            "Không còn bậc để nâng trước thời hạn.", "There is no step to raise to before its time."
        )
        return Early(False, None, (*steps, Step(words, here.source)))
    key = "early_retiring" if retiring else "early_most"
    earliest = max(add_months(regular.on, -rules.number(key, on)), on)
    refused = None if retiring else _refused(rules, here, on, merit_on, last_merit_on)
    if refused is not None:
        return Early(False, None, (*steps, refused))
    if merit_on is not None and not retiring:
        words = Words(f"Thành tích ngày {vn(merit_on)} được xét.", f"The merit of {vn(merit_on)} counts.")
        steps.append(rules.step(_window(here), on, words))
    months = rules.number(key, on)
    words = Words(
        f"Sớm nhất {months} tháng trước hạn {vn(regular.on)}: {vn(earliest)}.",
        f"At the earliest {months} months before {vn(regular.on)}: {vn(earliest)}.",
    )
    return Early(earliest < regular.on, earliest, (*steps, rules.step(key, on, words)))


def _window(here: StepRow) -> str:
    """The rule on how old a merit may be: it differs with the months on a step."""
    return f"early_merit_{here.months}"


def _refused(
    rules: Rules, here: StepRow, on: date, merit_on: date | None, last_merit_on: date | None
) -> Step | None:
    if merit_on is None:
        words = Words("Chưa có thành tích để xét.", "There is no merit to go by.")
        return rules.step("early_most", on, words)
    months = rules.number(_window(here), on)
    if merit_on > on or add_months(merit_on, months) < on:
        words = Words(
            f"Thành tích ngày {vn(merit_on)} không trong {months} tháng trước {vn(on)}.",
            f"The merit of {vn(merit_on)} is not within {months} months before {vn(on)}.",
        )
        return rules.step(_window(here), on, words)
    if last_merit_on is not None and merit_on <= last_merit_on:
        words = Words(
            "Thành tích này đã dùng cho lần nâng bậc trước thời hạn liền trước trong ngạch.",
            "This merit has already brought the last increase before its time in the rank.",
        )
        return rules.step("early_most", on, words)
    return None


def early_quota(rules: Rules, staff: int, on: date) -> tuple[int, Step]:
    """How many of a unit's `staff` may be raised before their time in a year, rounded down."""
    share = rules.number("early_share", on)
    count = staff * share // 100
    words = Words(
        f"Không quá {share} % của {staff} người trong năm: {count} người.",
        f"At most {share} % of {staff} people in a year: {count}.",
    )
    return count, rules.step("early_share", on, words)
