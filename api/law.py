"""The law tables as questions; every answer says why, with its source."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import marshmallow as ma
from flask import Blueprint
from sqlalchemy.orm import Session

from api.http import Call, Day, endpoint, only
from api.shapes import DEADLINE, PAY, REGRADE, REGRADE_INPUT, RETIREMENT
from registry.access.permissions import Permission, Whose
from registry.catalogues import lists
from registry.catalogues.lists import Item
from registry.errors import Flaw, Invalid
from registry.law import salary
from registry.law.deadline import deadline
from registry.law.regrading import regrade
from registry.law.retirement import leaving, on_ground, retirement
from registry.law.rules import get_rules
from registry.law.salary import Held, StepRow
from registry.law.why import Step
from registry.officials.facts.parsing import Wrong, parse_day, parse_partial
from registry.periods import PartialDate
from registry.words import Words

rooms = Blueprint("law", __name__)
ASK = Permission.LAW_QUESTION_ASK


class Partial(ma.fields.Field[PartialDate]):
    """A date known to the day, month or year: 1975-03-09, 1975-03, 1975, or {"date": …, "precision": …}."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kept: Any) -> PartialDate:
        try:
            return parse_partial(json.loads(value) if value.lstrip().startswith("{") else value)
        except Wrong as wrong:
            raise ma.ValidationError([wrong.words]) from None
        except ValueError as error:
            raise ma.ValidationError(str(error)) from None


class RetirementParameters(ma.Schema):
    """Of whom; `ground` (a key of the list retirement_grounds) moves it by so many `months`, else by its most."""

    sex = ma.fields.String(required=True, validate=ma.validate.OneOf(["nam", "nu"]))
    birth_date = Partial(required=True, metadata={"type": "string", "description": Partial.__doc__})
    ground = ma.fields.String(validate=ma.validate.Length(1, 40))
    months = ma.fields.Integer(validate=ma.validate.Range(1, 120))


def _is_coefficient(value: Decimal) -> None:
    """0 to 10 with two places, as law writes one. Not a Range: that would describe its bounds as text."""
    if not 0 <= value <= 10 or value != round(value, 2):
        raise ma.ValidationError("from 0 to 10, at most two decimal places")


class PayParameters(ma.Schema):
    """What is held on which day."""

    rank = ma.fields.String(required=True, validate=ma.validate.Length(max=30))
    step = ma.fields.Integer(required=True, validate=ma.validate.Range(1, 12))
    on = Day()
    position_allowance = ma.fields.Decimal(validate=_is_coefficient)
    overrun_percent = ma.fields.Integer(load_default=0, validate=ma.validate.Range(0, 100))
    reserve = ma.fields.Decimal(validate=_is_coefficient)
    pay_percent = ma.fields.Integer(load_default=100, validate=ma.validate.Range(1, 100))


class DeadlineParameters(ma.Schema):
    """Received when, so many working days."""

    since = Day(required=True, data_key="from")
    days = ma.fields.Integer(required=True, validate=ma.validate.Range(0, 1000))


@endpoint(
    rooms,
    "/law/retirement",
    ASK,
    Whose.EVERYBODY,
    ("Ngày nghỉ hưu theo giới tính và ngày sinh", "Retirement by sex and birth date"),
    query=RetirementParameters,
    reply=RETIREMENT,
)
def ask_retirement(call: Call) -> Any:
    born: PartialDate = call.query["birth_date"]
    by_age = retirement(lists.items(call.session, "retirement_age_by_year"), call.query["sex"], born)
    moved = None
    if call.query.get("ground"):
        assert by_age.on is not None
        row = _ground(call, call.query["ground"], by_age.on)
        moved = on_ground(by_age.on, row, call.query.get("months") or int(row.extra["most_months"]))
    answer = leaving(by_age, get_rules(call.session), moved)
    return {"sex": call.query["sex"], "birth_date": born.to_json(), **answer.to_json(call.language)}


def _ground(call: Call, key: str, on: date) -> Item:
    row = next(
        (one for one in lists.items_on(call.session, "retirement_grounds", on) if one.key == key), None
    )
    if row is None:
        raise unknown_code(
            "query/ground",
            Words(
                f"Không có căn cứ “{key}” tại ngày này, xem /catalogues/retirement_grounds.",
                f"There is no ground “{key}” on this day, see /catalogues/retirement_grounds.",
            ),
        )
    return row


@endpoint(
    rooms,
    "/law/pay",
    ASK,
    Whose.EVERYBODY,
    ("Lương tháng của ngạch, bậc tại một ngày", "Monthly pay of a rank and step on a day"),
    query=PayParameters,
    reply=PAY,
)
def ask_pay(call: Call) -> Any:
    on = call.query.get("on") or call.today
    rank, step = call.query["rank"], call.query["step"]
    row = step_on(steps_on(call.session, rank, on, "query/rank"), rank, step, "query/step")
    held = Held(
        rank,
        step,
        row.coefficient,
        on,
        call.query["pay_percent"],
        call.query["overrun_percent"],
        call.query.get("reserve", Decimal(0)),
    )
    amount, parts, why = salary.pay(
        lists.items(call.session, "base_salary"), held, call.query.get("position_allowance", Decimal(0)), on
    )
    return {
        "rank": rank,
        "step": step,
        "coefficient": row.coefficient,
        "on": on,
        "amount": str(amount) if parts else None,
        "parts": [
            {"name": call.say(one.name), "coefficient": one.coefficient, "amount": str(one.amount_vnd)}
            for one in parts
        ],
        "why": [one.to_json(call.language) for one in (_of_table(row), *why)],
    }


def steps_on(session: Session, rank: str, on: date, path: str) -> list[StepRow]:
    """The steps of a rank by the tables in force on a day."""
    ranks = lists.items(session, "ranks")
    if all(one.key != rank for one in ranks):
        raise unknown_code(
            path,
            Words(
                f"Không có ngạch “{rank}”, xem /catalogues/ranks.",
                f"There is no rank “{rank}”, see /catalogues/ranks.",
            ),
        )
    found = salary.steps_of(ranks, lists.items_on(session, "salary_steps", on), rank, on)
    if not found:
        raise unknown_code(
            path,
            Words(
                f"Ngạch {rank} không có bảng lương tại ngày này.",
                f"Rank {rank} has no salary table on this day.",
            ),
        )
    return found


def step_on(rows: list[StepRow], rank: str, step: int, path: str) -> StepRow:
    for one in rows:
        if one.step == step:
            return one
    raise unknown_code(
        path,
        Words(
            f"Ngạch {rank} có bậc 1 đến {rows[-1].step}.", f"Rank {rank} has the steps 1 to {rows[-1].step}."
        ),
    )


def unknown_code(path: str, words: Words) -> Invalid:
    return Invalid(words, "unknown_code", [Flaw(path, "unknown_code", words)])


def _of_table(row: StepRow) -> Step:
    return Step(
        Words(
            f"Bậc {row.step}: hệ số {row.coefficient}.".replace(".", ",", 1),
            f"Step {row.step}: coefficient {row.coefficient}.",
        ),
        row.source,
    )


@endpoint(
    rooms,
    "/law/deadline",
    ASK,
    Whose.EVERYBODY,
    ("Hạn theo ngày làm việc", "A term in working days"),
    query=DeadlineParameters,
    reply=DEADLINE,
)
def ask_deadline(call: Call) -> Any:
    answer = deadline(call.query["since"], call.query["days"], lists.items(call.session, "holidays"))
    return {"from": call.query["since"], "days": call.query["days"], **answer.to_json(call.language)}


@endpoint(
    rooms,
    "/law/regrade",
    ASK,
    Whose.EVERYBODY,
    ("Xếp lương khi chuyển sang ngạch khác", "Where one stands in another rank"),
    method="POST",
    body=REGRADE_INPUT,
    reply=REGRADE,
)
def ask_regrade(call: Call) -> Any:
    asked = _asked(call)
    old = steps_on(call.session, asked["rank"], asked["since"], "rank")
    here = step_on(old, asked["rank"], asked["step"], "step")
    new = steps_on(call.session, asked["to_rank"], asked["on"], "to_rank")
    held = Held(
        asked["rank"], here.step, here.coefficient, asked["since"], overrun_percent=asked["overrun_percent"]
    )
    found = regrade(old, new, held, asked["on"])
    assert found is not None
    return {
        "rank": asked["to_rank"],
        "step": found.step.step,
        "coefficient": found.step.coefficient,
        "reserve": found.reserve,
        "counts_from": found.counts_from,
        "next_on": found.next_on,
        "why": [one.to_json(call.language) for one in found.why],
    }


def _asked(call: Call) -> dict[str, Any]:
    """The question as values, with every flaw named."""
    body = only(call.body, REGRADE_INPUT["properties"])
    flaws: list[Flaw] = []
    asked: dict[str, Any] = {}
    for name in ("rank", "to_rank"):
        asked[name] = body.get(name)
        if not isinstance(asked[name], str) or not asked[name]:
            flaws.append(Flaw(name, "required", Words("Ghi mã ngạch.", "Give a rank.")))
    for name, low, high, default in (("step", 1, 12, None), ("overrun_percent", 0, 100, 0)):
        asked[name] = body.get(name, default)
        if (
            not isinstance(asked[name], int)
            or isinstance(asked[name], bool)
            or not low <= asked[name] <= high
        ):
            flaws.append(
                Flaw(
                    name,
                    "number",
                    Words(f"Số nguyên từ {low} đến {high}.", f"A whole number from {low} to {high}."),
                )
            )
    for name, fallback in (("since", None), ("on", call.today)):
        try:
            asked[name] = (
                parse_day(body[name]) if body.get(name) is not None or fallback is None else fallback
            )
        except Wrong as wrong:
            flaws.append(Flaw(name, wrong.code, wrong.words))
        except KeyError:
            flaws.append(Flaw(name, "required", Words("Nhập thông tin này.", "This is required.")))
    if not flaws and asked["on"] < asked["since"]:
        flaws.append(
            Flaw(
                "on", "order", Words("Ngày xếp phải sau ngày giữ bậc.", "The day must come after the step's.")
            )
        )
    if flaws:
        raise Invalid(Words("Câu hỏi có chỗ cần sửa.", "The question needs mending."), "invalid", flaws)
    return asked
