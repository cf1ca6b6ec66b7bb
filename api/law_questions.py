"""More questions to the law: terms of posts, increases before their time, overrun, discipline, grades, placement,
personal numbers, the lifecycle. Every answer says why, with the rows of law it used.
"""

from datetime import date
from typing import Any

import marshmallow as ma
from flask import Blueprint

from api.http import Call, Day, endpoint
from api.law import ASK, Partial, step_on, steps_on, unknown_code
from api.shapes import (
    CAREER_STEP,
    DISCIPLINE,
    EARLY_INCREASE,
    EVALUATION_QUOTA,
    INCREASE,
    LIFECYCLE,
    OVERRUN,
    PERSONAL_NUMBER,
    POSITION_ALLOWANCE,
    TERM,
)
from registry.access.permissions import Whose
from registry.catalogues import lists
from registry.catalogues.lists import Item
from registry.law import salary
from registry.law.discipline import form_on, measure
from registry.law.early import early_increase, early_quota
from registry.law.evaluation import excellent_quota
from registry.law.lifecycle import Asked, get_machine
from registry.law.personal_number import differences, explain
from registry.law.placement import placement, position_allowance
from registry.law.regrading import regrade
from registry.law.retirement import retirement
from registry.law.rules import get_counting, get_rules
from registry.law.salary import Held, Past, StepRow
from registry.law.terms import earliest_return, longest, reappointment
from registry.law.why import Step
from registry.periods import PartialDate
from registry.words import Words

rooms = Blueprint("law_questions", __name__)
SEX = ma.validate.OneOf(["nam", "nu"])
REGIMES = ma.validate.OneOf(["can_bo", "cong_chuc", "vien_chuc"])
RANK = ma.validate.Length(1, 30)
MONTHS = ma.validate.Range(0, 120)


def _why(call: Call, *steps: Step) -> list[dict[str, Any]]:
    return [one.to_json(call.language) for one in steps]


# Terms of posts


class ReappointmentParameters(ma.Schema):
    """Since when the post is held, the term on the decision if it gives one, and of whom."""

    since = Day(required=True)
    term_ends_on = Day()
    sex = ma.fields.String(validate=SEX)
    birth_date = Partial(metadata={"type": "string", "description": Partial.__doc__})


@endpoint(
    rooms,
    "/law/reappointment",
    ASK,
    Whose.EVERYBODY,
    ("Hạn bổ nhiệm lại của một chức vụ", "When re-appointment to a post is due"),
    query=ReappointmentParameters,
    reply=TERM,
)
def ask_reappointment(call: Call) -> Any:
    asked = call.query
    born: PartialDate | None = asked.get("birth_date")
    leaves = None
    if born is not None and asked.get("sex"):
        leaves = retirement(lists.items(call.session, "retirement_age_by_year"), asked["sex"], born).on
    answer = reappointment(get_rules(call.session), asked["since"], asked.get("term_ends_on"), leaves)
    return {"since": asked["since"], **answer.to_json(call.language)}


class SinceParameters(ma.Schema):
    """Since when."""

    since = Day(required=True)


@endpoint(
    rooms,
    "/law/secondment",
    ASK,
    Whose.EVERYBODY,
    ("Ngày cuối của một lần biệt phái", "The last day of a secondment"),
    query=SinceParameters,
    reply=TERM,
)
def ask_secondment(call: Call) -> Any:
    answer = longest(get_rules(call.session), "secondment_most", call.query["since"])
    return {"since": call.query["since"], **answer.to_json(call.language)}


@endpoint(
    rooms,
    "/law/rotation",
    ASK,
    Whose.EVERYBODY,
    ("Ngày sớm nhất kết thúc một lần luân chuyển", "The first day on which a rotation may end"),
    query=SinceParameters,
    reply=TERM,
)
def ask_rotation(call: Call) -> Any:
    answer = earliest_return(get_rules(call.session), "rotation_least", call.query["since"])
    return {"since": call.query["since"], **answer.to_json(call.language)}


# Increases


class IncreaseParameters(ma.Schema):
    """What step is held since when; months of delay by measures; a time not counted from (included) to (excluded)."""

    rank = ma.fields.String(required=True, validate=RANK)
    step = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 12))
    since = Day(required=True)
    on = Day()
    delay_months = ma.fields.Integer(load_default=0, validate=MONTHS)
    failed_year = ma.fields.Integer(validate=ma.validate.Range(1990, 2100))
    away = ma.fields.String(validate=ma.validate.Length(1, 40))
    away_from = Day()
    away_to = Day()


def _past(asked: dict[str, Any], since: date) -> Past:
    """What the question says puts an increase off."""
    measures = [
        {"valid_from": since, "authority": "administrative", "step_delay_months": asked["delay_months"]}
    ]
    failed = [{"year": asked["failed_year"], "grade": salary.FAILED}] if asked.get("failed_year") else []
    if not (asked.get("away") and asked.get("away_from")):
        return Past(measures, failed)
    away = asked["away"]
    span = {
        "status": away,
        "leave": away,
        "valid_from": asked["away_from"],
        "valid_to": asked.get("away_to"),
    }
    return Past(measures, failed, [span], [span])


def _held(call: Call, asked: dict[str, Any], on: date) -> tuple[list[StepRow], StepRow, Held]:
    rows = steps_on(call.session, asked["rank"], on, "query/rank")
    here = step_on(rows, asked["rank"], asked["step"], "query/step")
    return rows, here, Held(asked["rank"], here.step, here.coefficient, asked["since"])


@endpoint(
    rooms,
    "/law/increase",
    ASK,
    Whose.EVERYBODY,
    ("Hạn nâng bậc lương thường xuyên", "When the regular step increase is due"),
    query=IncreaseParameters,
    reply=INCREASE,
)
def ask_increase(call: Call) -> Any:
    asked, on = call.query, call.query.get("on") or call.today
    rows, _, held = _held(call, asked, on)
    due, to = salary.next_step(rows, held, on, _past(asked, held.since), get_counting(call.session))
    return {
        "rank": held.rank,
        "step": to.step if to else None,
        "coefficient": to.coefficient if to else None,
        **due.to_json(call.language),
    }


class EarlyParameters(IncreaseParameters):
    """The same, with the merit, or retirement announced; `staff` asks how many of a unit may be raised so."""

    merit_on = Day()
    last_merit_on = Day()
    retiring = ma.fields.Boolean(load_default=False)
    staff = ma.fields.Integer(validate=ma.validate.Range(0, 1_000_000))


@endpoint(
    rooms,
    "/law/early-increase",
    ASK,
    Whose.EVERYBODY,
    ("Nâng bậc lương trước thời hạn", "A step increase before its time"),
    query=EarlyParameters,
    reply=EARLY_INCREASE,
)
def ask_early_increase(call: Call) -> Any:
    asked, on = call.query, call.query.get("on") or call.today
    rules = get_rules(call.session)
    rows, here, held = _held(call, asked, on)
    due, _ = salary.next_step(rows, held, on, _past(asked, held.since), get_counting(call.session))
    answer = early_increase(
        rules,
        here,
        due,
        on,
        merit_on=asked.get("merit_on"),
        last_merit_on=asked.get("last_merit_on"),
        retiring=asked["retiring"],
    )
    told = answer.to_json(call.language) | {"regular": due.on, "most_people": None}
    if asked.get("staff") is not None:
        count, step = early_quota(rules, asked["staff"], on)
        told |= {"most_people": count, "why": told["why"] + _why(call, step)}
    return told


class OverrunParameters(ma.Schema):
    """Since when the top step is held, or since when a share is recorded."""

    rank = ma.fields.String(required=True, validate=RANK)
    since = Day(required=True)
    on = Day()
    recorded_percent = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, 100))
    delay_months = ma.fields.Integer(load_default=0, validate=MONTHS)


@endpoint(
    rooms,
    "/law/overrun",
    ASK,
    Whose.EVERYBODY,
    ("Phụ cấp thâm niên vượt khung", "The overrun seniority allowance"),
    query=OverrunParameters,
    reply=OVERRUN,
)
def ask_overrun(call: Call) -> Any:
    asked, on = call.query, call.query.get("on") or call.today
    rows = steps_on(call.session, asked["rank"], on, "query/rank")
    top = rows[-1]
    held = Held(
        asked["rank"], top.step, top.coefficient, asked["since"], overrun_percent=asked["recorded_percent"]
    )
    percent, following = salary.overrun(rows, held, on, _past(asked, held.since), get_counting(call.session))
    return {
        "rank": held.rank,
        "step": top.step,
        "percent": percent,
        "next_on": following.on,
        "why": _why(call, *following.why),
    }


# Discipline, grades


class DisciplineParameters(ma.Schema):
    """Which measure of whom, decided when; as of a day; with the day of the breach also its limitation."""

    form = ma.fields.String(required=True, validate=ma.validate.Length(1, 40))
    category = ma.fields.String(required=True, validate=REGIMES)
    decided_on = Day(required=True)
    breach_on = Day()
    on = Day()


@endpoint(
    rooms,
    "/law/discipline",
    ASK,
    Whose.EVERYBODY,
    ("Hệ quả, thời hiệu của một hình thức kỷ luật", "Effects and limitation of a disciplinary measure"),
    query=DisciplineParameters,
    reply=DISCIPLINE,
)
def ask_discipline(call: Call) -> Any:
    asked = call.query
    forms = lists.items(call.session, "discipline_forms")
    form = form_on(forms, asked["form"], asked["category"], asked["decided_on"])
    if form is None:
        raise unknown_code(
            "query/form",
            Words(
                "Không có hình thức này cho nhóm người đó tại ngày quyết định, xem /catalogues/discipline_forms.",
                "There is no such form for that category on that day, see /catalogues/discipline_forms.",
            ),
        )
    answer = measure(
        get_rules(call.session),
        lists.items(call.session, "discipline_time_rules"),
        form,
        asked["decided_on"],
        asked.get("on") or call.today,
        asked.get("breach_on"),
    )
    return {"form": form.key, "category": asked["category"], **answer.to_json(call.language)}


class QuotaParameters(ma.Schema):
    """How many of a group of like duties in a unit are rated good."""

    category = ma.fields.String(required=True, validate=REGIMES)
    good = ma.fields.Integer(required=True, validate=ma.validate.Range(0, 1_000_000))
    unit_excellent = ma.fields.Boolean(load_default=False)
    on = Day()


@endpoint(
    rooms,
    "/law/evaluation-quota",
    ASK,
    Whose.EVERYBODY,
    ("Số người được xếp xuất sắc", "How many people may be rated excellent"),
    query=QuotaParameters,
    reply=EVALUATION_QUOTA,
)
def ask_quota(call: Call) -> Any:
    asked, on = call.query, call.query.get("on") or call.today
    grades = lists.items(call.session, "evaluation_grades")
    most, step = excellent_quota(
        grades, asked["category"], asked["good"], on, unit_excellent=asked["unit_excellent"]
    )
    return {"category": asked["category"], "most": most, "why": _why(call, step)}


# Placement, posts


class PlacementParameters(ma.Schema):
    """A rank; with the step held since when also the step in the new salary group."""

    rank = ma.fields.String(required=True, validate=RANK)
    step = ma.fields.Integer(validate=ma.validate.Range(1, 12))
    since = Day()
    overrun_percent = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, 100))
    on = Day()


@endpoint(
    rooms,
    "/law/career-step",
    ASK,
    Whose.EVERYBODY,
    ("Bậc nghề nghiệp, xếp ngạch theo vị trí việc làm", "Career step, rank by job position"),
    query=PlacementParameters,
    reply=CAREER_STEP,
)
def ask_career_step(call: Call) -> Any:
    asked, on = call.query, call.query.get("on") or call.today
    ranks = lists.items(call.session, "ranks")
    old = steps_on(call.session, asked["rank"], on, "query/rank")
    found = placement(
        get_rules(call.session), ranks, lists.items(call.session, "career_steps"), asked["rank"], on
    )
    told: dict[str, Any] = {
        "rank": asked["rank"],
        "career_step": int(found.career_step.key) if found.career_step else None,
        "salary_table": found.group[0] if found.group else None,
        "salary_group": found.group[1] if found.group else None,
        "regraded": found.regraded,
        "deadline": found.deadline,
        "step": None,
        "coefficient": None,
        "reserve": None,
        "why": _why(call, *found.why),
    }
    if found.group and asked.get("step") and asked.get("since"):
        here = step_on(old, asked["rank"], asked["step"], "query/step")
        held = Held(
            asked["rank"],
            here.step,
            here.coefficient,
            asked["since"],
            overrun_percent=asked["overrun_percent"],
        )
        table = salary.steps_of_group(lists.items(call.session, "salary_steps"), found.group, on)
        new = regrade(old, table, held, on)
        assert new is not None
        told |= {
            "step": new.step.step,
            "coefficient": new.step.coefficient,
            "reserve": new.reserve,
            "why": told["why"] + _why(call, *new.why),
        }
    return told


class PositionParameters(ma.Schema):
    """Keys of position_titles, separated by commas."""

    position = ma.fields.String(required=True, validate=ma.validate.Length(1, 1000))
    on = Day()


@endpoint(
    rooms,
    "/law/position-allowance",
    ASK,
    Whose.EVERYBODY,
    (
        "Hệ số phụ cấp chức vụ, của nhiều chức vụ là mức cao nhất",
        "The position allowance, of several posts the highest",
    ),
    query=PositionParameters,
    reply=POSITION_ALLOWANCE,
)
def ask_position_allowance(call: Call) -> Any:
    on = call.query.get("on") or call.today
    named = [one.strip() for one in call.query["position"].split(",") if one.strip()]
    titles = lists.items(call.session, "position_titles")
    known = {one.key for one in titles}
    for one in named:
        if one not in known:
            raise unknown_code(
                "query/position",
                Words(
                    f"Không có chức vụ “{one}”, xem /catalogues/position_titles.",
                    f"There is no position “{one}”, see /catalogues/position_titles.",
                ),
            )
    amount, step = position_allowance(titles, named, on)
    return {"coefficient": amount, "on": on, "why": _why(call, step)}


# Personal numbers


class NumberParameters(ma.Schema):
    """The number, and what is known of its holder."""

    number = ma.fields.String(required=True, validate=ma.validate.Length(1, 20))
    sex = ma.fields.String(validate=SEX)
    birth_date = Partial(metadata={"type": "string", "description": Partial.__doc__})


@endpoint(
    rooms,
    "/law/personal-number",
    ASK,
    Whose.EVERYBODY,
    ("Số định danh có khớp giới tính, năm sinh, mã tỉnh", "Whether a personal number agrees with its holder"),
    query=NumberParameters,
    reply=PERSONAL_NUMBER,
)
def ask_personal_number(call: Call) -> Any:
    asked = call.query
    born: PartialDate | None = asked.get("birth_date")
    provinces = lists.items(call.session, "cccd_provinces")
    found = differences(asked["number"], asked.get("sex"), born.on if born else None, provinces)
    return {
        "agrees": not found,
        "findings": [
            {
                "code": one.code,
                "severity": "error" if one.code == "form" else "warning",
                "message": call.say(one.words),
                "reason": call.say(one.reason),
            }
            for one in found
        ],
        "why": _why(call, *explain(asked["number"], found, provinces)),
    }


# The lifecycle


class LifecycleParameters(ma.Schema):
    """The table on a day, narrowed to a status before or after; with both and a category also the answer."""

    before = ma.fields.String(data_key="from", validate=ma.validate.Length(1, 40))
    after = ma.fields.String(data_key="to", validate=ma.validate.Length(1, 40))
    category = ma.fields.String(validate=ma.validate.Length(1, 40))
    as_of = ma.fields.Date()


@endpoint(
    rooms,
    "/law/lifecycle",
    ASK,
    Whose.EVERYBODY,
    (
        "Vòng đời: các bước chuyển tình trạng và điều kiện",
        "The lifecycle: changes of status with their guards",
    ),
    query=LifecycleParameters,
    reply=LIFECYCLE,
)
def ask_lifecycle(call: Call) -> Any:
    asked, on = call.query, call.query.get("as_of") or call.today
    machine = get_machine(call.session)
    before, after, category = asked.get("before"), asked.get("after"), asked.get("category")
    family = machine.family(category) if category else None
    rows = [
        one
        for one in machine.transitions
        if one.holds(on)
        and before in (None, one.extra["from_status"])
        and after in (None, one.extra["to_status"])
        and (family is None or not one.extra["families"] or family in one.extra["families"].split("|"))
    ]
    answer = None
    if before and after and category:
        question = Asked(before, after, category, on)
        broken = machine.broken(question)
        answer = {
            "allowed": not any(one.severity == "error" for one in broken),
            "rules": [one.rule.key for one in broken],
            "why": _why(call, *machine.steps(question)),
        }
    return {
        "as_of": on,
        "transitions": [_transition(one) for one in rows],
        "guards": [
            {
                "key": one.key,
                "name": call.say(one.name),
                "severity": one.extra["severity"],
                "certainty": one.certainty,
                "source": one.source,
            }
            for one in machine.guards
        ],
        "answer": answer,
    }


def _transition(one: Item) -> dict[str, Any]:
    return {
        "from": one.extra["from_status"] or None,
        "to": one.extra["to_status"],
        "families": one.extra["families"].split("|") if one.extra["families"] else [],
        "guards": one.extra["guards"].split("|"),
        "valid_from": one.valid_from,
        "valid_to": one.valid_to,
        "certainty": one.certainty,
        "source": one.source,
    }
