"""The electronic curriculum vitae, gathering half."""

from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.law.why import vn_number
from registry.officials.facts import FACTS
from registry.periods import AsOf
from registry.reports.forms.cv_electronic import AllowanceRow, ElectronicCv, EvaluationRow, HonourRow, PayRow
from registry.reports.forms.gathering import (
    COMPUTERS,
    PROFESSIONAL,
    Reading,
    amount,
    coefficient,
    day,
    economy,
    family_class,
    highest_titles,
    joined_unit_on,
    post_name,
    read,
    span,
    studies,
    told,
)


def gather(
    session: Session, official_id: int, as_of: AsOf, classes: frozenset[Sensitivity], files: Path
) -> ElectronicCv:
    """Everything the electronic curriculum vitae says on `as_of`. Raises NotFound like `get_record`."""
    of = read(session, official_id, as_of, classes, files)
    person, post, member = of.person, of.post or {}, of.member or {}
    served = of.facts.get("military", [])
    groups: dict[int, list[Any]] = {group: [] for group in range(PROFESSIONAL, COMPUTERS + 1)}
    for _, group, row in studies(of):
        groups[group].append(row)
    entitled = [of.say("policy_statuses", one.get("policy")) for one in of.holding("policy_status")]
    return ElectronicCv(
        **told(of),
        **economy(of),
        **_pay_now(of),
        staff_code=person.get("staff_code") or "",
        phone=person.get("phone") or "",
        email=person.get("email") or "",
        health_insurance_number=person.get("health_insurance_no") or "",
        tax_code=person.get("tax_code") or "",
        family_class=family_class(of),
        marital_status=of.say("marital_statuses", person.get("marital_status")),
        joined_unit_on=joined_unit_on(of),
        party_card=member.get("card_no") or "",
        party_post=member.get("party_post") or "",
        academic_title=highest_titles(of),
        main_post=post_name(of.say, post) if post else "",
        other_posts="; ".join(
            post_name(of.say, one) for one in of.holding("appointment") if not one["is_main"]
        ),
        job_position=post.get("job_position") or "",
        military_post=(served[0].get("post") or "") if served else "",
        entitlements="; ".join(filter(None, entitled)),
        studies=tuple(tuple(rows) for rows in groups.values()),
        pay=tuple(_pay_row(of, one) for one in reversed(of.facts["salary"])),
        allowances=tuple(_allowance_row(of, one) for one in reversed(of.facts["allowance"])),
        rewards=tuple(_honour(of, "reward_forms", one) for one in reversed(of.facts["reward"])),
        evaluations=tuple(_evaluation(of, one) for one in _by_year(of)),
        disciplines=tuple(_measure(of, one) for one in reversed(of.facts.get("discipline", []))),
    )


def _pay_now(of: Reading) -> dict[str, Any]:
    pay = of.pay or {}
    step = of.say("career_steps", pay.get("career_step"))
    since = day(pay.get("career_step_from"))
    return {
        "rank_from": day(pay.get("rank_from")),
        "career_step": f"{step} (từ {since})" if step and since else step,
        "job_pay": f"{vn_number(pay['job_pay_vnd'])} đ" if pay.get("job_pay_vnd") else "",
    }


def _pay_row(of: Reading, one: dict[str, Any]) -> PayRow:
    rank = f"{of.say('ranks', one['rank'])} ({one['rank']})"
    return PayRow(span(one), rank, str(one["step"]), coefficient(one), f"{one['pay_percent']}%")


def _allowance_row(of: Reading, one: dict[str, Any]) -> AllowanceRow:
    return AllowanceRow(span(one), of.say("allowance_kinds", one["allowance"]), amount(one))


def _honour(of: Reading, catalogue: str, one: dict[str, Any]) -> HonourRow:
    name = of.say(catalogue, one["form"])
    return HonourRow(day(one["valid_from"]), name, one.get("reason") or "", one["decision"]["number"] or "")


def _measure(of: Reading, one: dict[str, Any]) -> HonourRow:
    said = _honour(of, "discipline_forms", one)
    authority = next(
        words.vi.lower() for key, words in FACTS["discipline"]["authority"].choices if key == one["authority"]
    )
    return said._replace(form=f"{said.form} ({authority})")


def _by_year(of: Reading) -> list[dict[str, Any]]:
    return sorted(of.facts["evaluation"], key=lambda one: int(one["year"]))


def _evaluation(of: Reading, one: dict[str, Any]) -> EvaluationRow:
    grade = of.say("evaluation_grades", one.get("grade"))
    return EvaluationRow(str(one["year"]), grade, one.get("rated_by") or "")
