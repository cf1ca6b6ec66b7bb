"""Why somebody stands on a work list, and what the law gives next, by the functions that explain a single record."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.law import salary as law
from registry.law.dues import (
    contract_end,
    evaluation_due,
    movement_end,
    party_probation,
    planning_review,
    renewed_until,
)
from registry.law.retirement import extended, leaving, retirement
from registry.law.rules import get_counting, get_rules
from registry.law.steps import steps_of_rank
from registry.law.terms import reappointment
from registry.law.why import Dated, Step, vn, vn_number
from registry.periods import PartialDate, add_months
from registry.words import Words
from registry.worklists.lists import WorkList
from registry.worklists.queries import Row


@dataclass(frozen=True)
class Reason:
    """The day by law with its why, the words of the list's columns, and `next`: what a decision would give."""

    due: Dated
    values: Mapping[str, Words | str]
    next: dict[str, Any] = field(default_factory=dict)


def explain(session: Session, one: WorkList, row: Row, today: date) -> Reason:
    """The reason of a row; no statement of its own once the lists are in memory."""
    return _REASONS[one.id](session, row, today)


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _from(fact: dict[str, Any]) -> date:
    return date.fromisoformat(fact["valid_from"])


def _held(fact: dict[str, Any]) -> law.Held:
    return law.Held(
        fact["rank"],
        fact["step"],
        _hundredths(fact["coefficient"]),
        _from(fact),
        fact["pay_percent"],
        fact["overrun_percent"],
        _hundredths(fact["reserve_coefficient"]),
    )


def _hundredths(number: float) -> Decimal:
    """A coefficient as JSON gives it."""
    return Decimal(str(number)).quantize(Decimal("0.01"))


def _past(basis: dict[str, Any]) -> law.Past:
    return law.Past(basis["disciplines"], basis["evaluations"], basis["statuses"], basis["leaves"])


def _at(step: int, coefficient: Decimal, overrun: int = 0) -> Words:
    more = (f", vượt khung {overrun} %", f", overrun {overrun} %") if overrun else ("", "")
    return Words(
        f"bậc {step}, hệ số {vn_number(coefficient)}{more[0]}",
        f"step {step}, coefficient {coefficient}{more[1]}",
    )


def _salary_step(session: Session, row: Row, today: date) -> Reason:
    held = _held(row.basis["fact"])
    due, _ = law.next_step(
        steps_of_rank(session, held.rank, today), held, today, _past(row.basis), get_counting(session)
    )
    # The step is that of the tables in force on the day it is paid from.
    to = next(
        (one for one in steps_of_rank(session, held.rank, row.due_on) if one.step == held.step + 1), None
    )
    values = {"now": _at(held.step, held.coefficient)}
    if to is None:
        return Reason(due, values)
    values["next"] = _at(to.step, to.coefficient)
    return Reason(due, values, {"step": to.step, "coefficient": to.coefficient})


def _overrun(session: Session, row: Row, today: date) -> Reason:
    """Asked for the day before the rise is due, the law names it as the next one."""
    held, counting = _held(row.basis["fact"]), get_counting(session)
    eve = date.fromordinal(min(row.due_on, today).toordinal() - 1) if row.due_on <= today else today
    percent, due = law.overrun(
        steps_of_rank(session, held.rank, today), held, eve, _past(row.basis), counting
    )
    rule = "overrun_further" if percent else "overrun_first"
    following = percent + counting.rules.number(rule, row.due_on)
    return Reason(
        due,
        {
            "now": _at(held.step, held.coefficient, held.overrun_percent),
            "next": Words(f"vượt khung {following} %", f"overrun {following} %"),
        },
        {"step": held.step, "coefficient": held.coefficient, "overrun_percent": following},
    )


def _retires(session: Session, row: Row) -> Any:
    born = PartialDate(date.fromisoformat(row.basis["born"]), row.basis["precision"])
    by_age = retirement(lists.items(session, "retirement_age_by_year"), row.basis["sex"], born)
    rules, retires = get_rules(session), date.fromisoformat(row.basis["retires"])
    assert by_age.on is not None
    moved = extended(by_age.on, retires, rules) if retires != by_age.on else None
    return leaving(by_age, rules, moved)


def _retirement_values(row: Row) -> dict[str, Words | str]:
    born = date.fromisoformat(row.basis["born"])
    shown = {"day": vn(born), "month": f"{born:%m/%Y}", "year": f"{born:%Y}"}[row.basis["precision"]]
    return {"born": shown, "retires": vn(date.fromisoformat(row.basis["retires"]))}


def _notice(session: Session, row: Row, today: date) -> Reason:
    leaves = _retires(session, row)
    return Reason(Dated(leaves.notice_on, leaves.why), _retirement_values(row))


def _decision(session: Session, row: Row, today: date) -> Reason:
    leaves = _retires(session, row)
    return Reason(
        Dated(leaves.decision_on, leaves.why), _retirement_values(row), {"from": leaves.pension_from}
    )


def _reappointment(session: Session, row: Row, today: date) -> Reason:
    fact, rules, retires = row.basis["fact"], get_rules(session), _day(row.basis["retires"])
    due = reappointment(rules, _from(fact), _day(fact["term_ends_on"]), retires)
    until = add_months(row.due_on, rules.number("appointment_term", row.due_on))
    until = min(until, retires) if retires else until
    return Reason(
        due,
        {
            "post": _name(session, "position_titles", fact["position"]),
            "since": vn(_from(fact)),
            "next": vn(until),
        },
        {"until": until},
    )


def _name(session: Session, catalogue: str, key: str | None) -> Words:
    return Words(lists.label(session, catalogue, key, "vi"), lists.label(session, catalogue, key, "en"))


def _movement(session: Session, row: Row, today: date) -> Reason:
    fact = row.basis["fact"]
    due = movement_end(get_rules(session), fact["movement"], _from(fact), _day(fact["planned_end_on"]))
    return Reason(
        due,
        {
            "movement": _name(session, "movement_kinds", fact["movement"]),
            "to": fact["to_name"] or fact["post"] or "",
            "since": vn(_from(fact)),
        },
    )


def _planning(session: Session, row: Row, today: date) -> Reason:
    fact = row.basis["fact"]
    reviewed = _day(fact["reviewed_on"])
    return Reason(
        planning_review(get_rules(session), _from(fact), reviewed),
        {
            "post": fact["post"],
            "term": _name(session, "planning_terms", fact["term"]),
            "reviewed": vn(reviewed) if reviewed else Words("chưa", "never"),
        },
    )


def _evaluation(session: Session, row: Row, today: date) -> Reason:
    year = int(row.basis["year"])
    return Reason(evaluation_due(get_rules(session), year, _day(row.basis["recruited"])), {"year": str(year)})


def _contract(session: Session, row: Row, today: date) -> Reason:
    fact = row.basis["fact"]
    since = _from(fact)
    kind = next((one for one in lists.items(session, "contract_kinds") if one.key == fact["contract"]), None)
    most = int(kind.extra.get("most_months") or 0) or None if kind else None
    until = renewed_until(row.due_on, since, most)
    return Reason(
        contract_end(since, _day(fact["ends_on"]), _day(fact["valid_to"])),
        {
            "contract": _name(session, "contract_kinds", fact["contract"]),
            "number": fact["contract_no"] or "",
            "since": vn(since),
            "next": vn(until),
        },
        {"from": add_day(row.due_on), "until": until},
    )


def add_day(day: date) -> date:
    """The day after."""
    return date.fromordinal(day.toordinal() + 1)


def _party(session: Session, row: Row, today: date) -> Reason:
    fact = row.basis["fact"]
    joined = date.fromisoformat(fact["joined_on"])
    return Reason(
        party_probation(get_rules(session), joined), {"since": vn(joined), "cell": fact["cell"] or ""}
    )


_REASONS: dict[str, Callable[[Session, Row, date], Reason]] = {
    "salary_steps": _salary_step,
    "overrun": _overrun,
    "retirement_notice": _notice,
    "retirement_decision": _decision,
    "reappointments": _reappointment,
    "secondments": _movement,
    "planning_reviews": _planning,
    "evaluations": _evaluation,
    "contracts": _contract,
    "party_probation": _party,
}


def words_of(value: Words | str, language: str) -> str:
    """A column's value in one language."""
    return value.said_in(language) if isinstance(value, Words) else value


def steps_text(why: tuple[Step, ...], language: str) -> str:
    """The reason as one text, for a cell."""
    return " ".join(one.words.said_in(language) for one in why)
