"""What follows from the facts by law, each with its why: retirement, next step, pay, overrun, re-appointment,
seniority, age.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.catalogues import lists
from registry.law import salary as law
from registry.law.placement import position_allowance
from registry.law.retirement import Leaving, extended, leaving, retirement
from registry.law.rules import get_counting, get_rules
from registry.law.steps import steps_of_rank
from registry.law.terms import reappointment
from registry.law.why import Dated, Part, Step, vn_number
from registry.periods import PartialDate, completed_years
from registry.words import Words

EXTENDED = "keo_dai_cong_tac"
"""The status of service past the age of retirement."""


@dataclass(frozen=True)
class Derived:
    """All computed results of a record as of a day; None where the facts do not allow one or the reader may not see it."""

    retirement: Leaving | None
    next_step: Dated | None
    next_step_to: law.StepRow | None
    pay_vnd: int | None
    pay_parts: tuple[Part, ...]
    pay_why: tuple[Step, ...]
    overrun_percent: int
    overrun: Dated | None
    reappointment: Dated | None
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
            "reappointment": self.reappointment.to_json(language) if self.reappointment else None,
            "seniority": self.seniority_years,
            "age": self.age,
        }


def derive(session: Session, basis: dict[str, Any], on: date, classes: frozenset[Sensitivity]) -> Derived:
    """Compute everything from the few values `queries.get_record` hands over as `basis`."""
    personal = "personal" in classes
    leaves, age = None, None
    if basis.get("birth_date") and basis.get("sex") in ("nam", "nu"):
        born = PartialDate(date.fromisoformat(basis["birth_date"]), basis["birth_precision"])
        leaves = _leaving(session, basis, born, on)
        age = completed_years(born.on, on) if personal and born.on <= on else None
    held = _held(basis)
    working = basis.get("ended_on") is None
    next_step = next_to = overrun = pay = term = None
    parts: tuple[Part, ...] = ()
    why: tuple[Step, ...] = ()
    percent = 0
    if held is not None and working:
        rows_of_rank = steps_of_rank(session, held.rank, on)
        past = law.Past(basis["discipline"], basis["failed"], basis["statuses"], basis["leaves"])
        counting = get_counting(session)
        next_step, next_to = law.next_step(rows_of_rank, held, on, past, counting)
        percent, overrun = law.overrun(rows_of_rank, held, on, past, counting)
        allowance = Decimal(basis["position_allowance"] or 0)
        pay, parts, why = _pay(session, held, allowance, on)
        why = (*_allowance_by_list(session, basis, allowance, on), *why)
    if working:
        term = _term(session, basis, leaves if personal else None)
    recruited = date.fromisoformat(basis["recruited_on"]) if basis.get("recruited_on") else None
    ended = date.fromisoformat(basis["ended_on"]) if basis.get("ended_on") else on
    seniority = completed_years(recruited, min(on, ended)) if recruited and recruited <= on else None
    shown = leaves if personal else None
    return Derived(shown, next_step, next_to, pay, parts, why, percent, overrun, term, seniority, age)


_retirements: dict[tuple[int, str, PartialDate], Leaving] = {}
_road: list[Any] = []


def _leaving(session: Session, basis: dict[str, Any], born: PartialDate, on: date) -> Leaving | None:
    """By age, kept by sex and birth date while the lists in memory are the same (there are some ten thousand of them);
    or as extended by a status that holds on the day.
    """
    rows, rules = lists.items(session, "retirement_age_by_year"), get_rules(session)
    if not rows:
        return None
    if not _road or _road[0] is not rows or _road[1] is not rules:
        _retirements.clear()
        _road[:] = [rows, rules]
    now = next((one for one in basis["statuses"] if _holds(one, on.isoformat())), None)
    if now is not None and now["status"] == EXTENDED:
        by_age = retirement(rows, basis["sex"], born)
        until = date.fromisoformat(now["valid_to"]) - timedelta(days=1) if now["valid_to"] else None
        assert by_age.on is not None
        return leaving(by_age, rules, extended(by_age.on, until, rules))
    key = (id(rows), basis["sex"], born)
    if key not in _retirements:
        if len(_retirements) > 50_000:
            _retirements.clear()
        _retirements[key] = leaving(retirement(rows, basis["sex"], born), rules)
    return _retirements[key]


def _holds(status: dict[str, Any], on: str) -> bool:
    """ISO days are in the order of their text."""
    return status["valid_from"] <= on and (status["valid_to"] is None or status["valid_to"] > on)


def _term(session: Session, basis: dict[str, Any], leaves: Leaving | None) -> Dated | None:
    """When the leading post must be filled anew: of the posts held the main one first, with a term by decision or law."""
    has_term = _with_term(session)
    post = next((one for one in basis["posts"] if one["term_ends_on"] or one["event"] in has_term), None)
    if post is None:
        return None
    recorded = date.fromisoformat(post["term_ends_on"]) if post["term_ends_on"] else None
    since = date.fromisoformat(post["valid_from"])
    return reappointment(get_rules(session), since, recorded, leaves.on if leaves else None)


def _with_term(session: Session) -> set[str]:
    kinds = lists.items(session, "appointment_kinds")
    return lists.made_of(
        kinds, "with a term", lambda: {one.key for one in kinds if one.extra.get("has_term") == "yes"}
    )


def _pay(
    session: Session, held: law.Held, allowance: Decimal, on: date
) -> tuple[int, tuple[Part, ...], tuple[Step, ...]]:
    """As `law.pay`, kept by all that it goes by: a few hundred coefficients and allowances are everybody's."""
    rows = lists.items(session, "base_salary")
    # 2.10 and 2.1 are the same number, but not the same words.
    written = str(held.coefficient), held.pay_percent, held.overrun_percent, str(held.reserve), str(allowance)
    return lists.made_of(rows, ("pay", on, *written), lambda: law.pay(rows, held, allowance, on))


def _allowance_by_list(
    session: Session, basis: dict[str, Any], recorded: Decimal, on: date
) -> tuple[Step, ...]:
    """What the list of titles gives the posts held, where it gives something; a difference from the record is said."""
    if not basis["posts"]:
        return ()
    held = tuple(one["position"] for one in basis["posts"])
    titles = lists.items(session, "position_titles")
    listed, step = lists.made_of(
        titles, ("allowance", on, held), lambda: position_allowance(titles, held, on)
    )
    if listed is None or listed == recorded:
        return () if listed is None else (step,)
    words = Words(
        f"{step.words.vi} Hồ sơ ghi {vn_number(recorded)}, lương tính theo hồ sơ.",
        f"{step.words.en} The record says {recorded}, and pay goes by the record.",
    )
    return (Step(words, step.source, step.rule),)


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
