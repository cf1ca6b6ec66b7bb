"""What follows from the facts by law, each with its why: retirement, next step, pay, overrun, seniority, age."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.catalogues import lists
from registry.law import salary as law
from registry.law.retirement import retirement
from registry.law.steps import steps_of_rank
from registry.law.why import Dated, Part, Step
from registry.periods import PartialDate, completed_years


@dataclass(frozen=True)
class Derived:
    """All computed results of a record as of a day; None where the facts do not allow one or the reader may not see it."""

    retirement: Dated | None
    next_step: Dated | None
    next_step_to: law.StepRow | None
    pay_vnd: int | None
    pay_parts: list[Part]
    pay_why: tuple[Step, ...]
    overrun_percent: int
    overrun: Dated | None
    seniority_years: int | None
    age: int | None

    def to_json(self, language: str) -> dict[str, Any]:
        """The contract's `derived`."""
        pay = (
            None
            if self.pay_vnd is None
            else {
                "amount": str(self.pay_vnd),
                "parts": [
                    {
                        "name": one.name.said_in(language),
                        "coefficient": str(one.coefficient),
                        "amount": str(one.amount_vnd),
                    }
                    for one in self.pay_parts
                ],
                "why": [one.to_json(language) for one in self.pay_why],
            }
        )
        overrun = (
            None
            if self.overrun is None
            else {
                "percent": self.overrun_percent,
                "next_on": self.overrun.on.isoformat() if self.overrun.on else None,
                "why": [one.to_json(language) for one in self.overrun.why],
            }
        )
        next_step = None
        if self.next_step is not None:
            next_step = self.next_step.to_json(language) | (
                {"step": self.next_step_to.step, "coefficient": str(self.next_step_to.coefficient)}
                if self.next_step_to
                else {"step": None, "coefficient": None}
            )
        return {
            "retirement": self.retirement.to_json(language) if self.retirement else None,
            "next_salary_step": next_step,
            "pay": pay,
            "overrun": overrun,
            "seniority": self.seniority_years,
            "age": self.age,
        }


def derive(session: Session, basis: dict[str, Any], on: date, classes: frozenset[Sensitivity]) -> Derived:
    """Compute everything from the few values `queries.get_record` hands over as `basis`."""
    personal = "personal" in classes
    retires = age = None
    if personal and basis.get("birth_date") and basis.get("sex") in ("nam", "nu"):
        born = PartialDate(date.fromisoformat(basis["birth_date"]), basis["birth_precision"])
        retires = _retirement(session, basis["sex"], born)
        age = completed_years(born.on, on) if born.on <= on else None
    held = _held(basis)
    working = basis.get("ended_on") is None
    next_step = next_to = overrun = pay = None
    parts: list[Part] = []
    why: tuple[Step, ...] = ()
    percent = 0
    if held is not None and working:
        rows_of_rank = steps_of_rank(session, held.rank)
        next_step, next_to = law.next_step(rows_of_rank, held, on, basis["discipline"], basis["failed"])
        percent, overrun = law.overrun(rows_of_rank, held, on)
        allowance = Decimal(basis["position_allowance"] or 0)
        pay, parts, why = law.pay(lists.items(session, "base_salary"), held, allowance, on)
    recruited = date.fromisoformat(basis["recruited_on"]) if basis.get("recruited_on") else None
    ended = date.fromisoformat(basis["ended_on"]) if basis.get("ended_on") else on
    seniority = completed_years(recruited, min(on, ended)) if recruited and recruited <= on else None
    return Derived(retires, next_step, next_to, pay, parts, why, percent, overrun, seniority, age)


_retirements: dict[tuple[int, str, PartialDate], Dated] = {}


def _retirement(session: Session, sex: str, born: PartialDate) -> Dated | None:
    """Kept by sex and birth date while the roadmap in memory is the same; there are some ten thousand of them."""
    rows = lists.items(session, "retirement_age_by_year")
    if not rows:
        return None
    key = (id(rows), sex, born)
    if key not in _retirements:
        if len(_retirements) > 50_000:
            _retirements.clear()
        _retirements[key] = retirement(rows, sex, born)
    return _retirements[key]


def _held(basis: dict[str, Any]) -> law.Held | None:
    row = basis.get("salary")
    if row is None:
        return None
    return law.Held(
        row["rank"],
        row["step"],
        Decimal(row["coefficient"]),
        date.fromisoformat(row["since"]),
        row["pay_percent"],
        row["overrun_percent"],
        Decimal(row["reserve"]),
    )
