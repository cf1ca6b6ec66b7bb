"""Pay, next step and retirement of a record as figures with notes, and why each is what it is."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from registry.catalogues import lists
from registry.law import salary as law
from registry.law.why import Step, vn, vn_number
from registry.officials.facts import FACTS
from web.pages import PageCall
from web.record import POSITION_ALLOWANCE, Seen, bare, step_of
from web.words import day as shown_day


def figures(call: PageCall, seen: Seen) -> list[dict[str, str]]:
    """Pay, next step and retirement, each with a note."""
    return [_pay_figure(call, seen), _step_figure(call, seen), _retirement_figure(call, seen)]


def _pay_figure(call: PageCall, seen: Seen) -> dict[str, str]:
    derived = seen.derived
    label = (
        call.t("Lương hiện hưởng", "Present pay")
        if seen.is_today
        else call.t("Lương tại ngày xem", "Pay on that day")
    )
    if not derived.pay_vnd:
        ended = seen.basis.get("ended_on")
        note = (
            call.t("chưa có ngạch, bậc", "no rank and step")
            if not ended
            else call.t(f"thôi hưởng từ {shown_day(ended)}", f"none since {shown_day(ended)}")
        )
        return {"label": label, "value": "–", "note": note}
    parts = " + ".join(vn_number(one.coefficient.quantize(Decimal("0.01"))) for one in derived.pay_parts)
    base = law.base_salary(lists.items(call.session, "base_salary"), seen.on)
    assert base is not None
    amount = vn_number(int(base.extra["amount_vnd"]))
    note = f"({parts}) × {amount} đ" if len(derived.pay_parts) > 1 else f"{parts} × {amount} đ"
    beside = [one for one in seen.holding("allowance") if one["allowance"] != POSITION_ALLOWANCE]
    if beside:
        names = ", ".join(_allowance(call, one) for one in beside[:2]) + (", …" if len(beside) > 2 else "")
        note += call.t(f", chưa gồm {names}", f", without {names}")
    return {"label": label, "value": f"{vn_number(derived.pay_vnd)} đ", "note": note}


def _allowance(call: PageCall, fact: dict[str, Any]) -> str:
    name = lists.label(call.session, "allowance_kinds", fact["allowance"], call.language)
    name = name[:1].lower() + name[1:]
    if fact.get("percent") is not None:
        return f"{name} {vn_number(bare(Decimal(fact['percent'])))} %"
    if fact.get("amount_vnd") is not None:
        return f"{name} {vn_number(fact['amount_vnd'])} đ"
    return f"{name} {vn_number(Decimal(fact['coefficient']))}"


def _step_figure(call: PageCall, seen: Seen) -> dict[str, str]:
    derived = seen.derived
    label = call.t("Nâng bậc lương lần sau", "Next step increase")
    if derived.next_step is None:
        return {"label": label, "value": "–", "note": ""}
    if derived.next_step.on is None and derived.next_step_to is not None:
        halted = call.t("tính lại khi trở lại làm việc", "computed again on the return to work")
        return {"label": label, "value": call.t("Đang dừng", "Stands still"), "note": halted}
    if derived.next_step.on is None:
        return _overrun_figure(call, seen, label)
    note = ""
    to, held = derived.next_step_to, seen.salary
    if to is not None and held is not None:
        note = call.t(
            f"bậc {step_of(call.session, held['rank'], to.step)}, hệ số {vn_number(to.coefficient)}",
            f"step {step_of(call.session, held['rank'], to.step)}, coefficient {vn_number(to.coefficient)}",
        )
        base = law.base_salary(lists.items(call.session, "base_salary"), seen.on)
        if base is not None:
            more = int((to.coefficient - Decimal(held["coefficient"])) * int(base.extra["amount_vnd"]))
            note += call.t(f" · thêm {vn_number(more)} đ mỗi tháng", f" · {vn_number(more)} đ more a month")
    if derived.next_step.on < seen.on:
        note = call.t("đã đến hạn · ", "overdue · ") + note
    return {"label": label, "value": vn(derived.next_step.on), "note": note}


def _overrun_figure(call: PageCall, seen: Seen, label: str) -> dict[str, str]:
    derived = seen.derived
    top = call.t("đã ở bậc cuối của ngạch", "on the top step of the rank")
    if derived.overrun is None or derived.overrun.on is None:
        return {"label": label, "value": call.t("Không còn", "None"), "note": top}
    percent = derived.overrun_percent
    nxt = 5 if percent == 0 else percent + 1
    return {
        "label": call.t("Vượt khung lần sau", "Next overrun"),
        "value": vn(derived.overrun.on),
        "note": f"{top} · " + call.t(f"{percent} % lên {nxt} %", f"{percent} % to {nxt} %"),
    }


def _retirement_figure(call: PageCall, seen: Seen) -> dict[str, str]:
    label = call.t("Nghỉ hưu", "Retirement")
    retirement = seen.derived.retirement
    if retirement is None:
        return {"label": label, "value": "–", "note": ""}
    note = age_then(call, seen, retirement.on)
    if seen.basis.get("ended_on"):
        note += call.t(" · theo tuổi; đã thôi làm việc", " · by age; has left")
    else:
        notice, decision = vn(retirement.notice_on), vn(retirement.decision_on)
        note += call.t(
            f" · thông báo trước {notice}, quyết định trước {decision}",
            f" · announce before {notice}, decide before {decision}",
        )
    return {"label": label, "value": vn(retirement.on), "note": note}


def age_then(call: PageCall, seen: Seen, on: date) -> str:
    born = date.fromisoformat(seen.basis["birth_date"])
    years, months = divmod((on.year - born.year) * 12 + on.month - born.month, 12)
    said = call.t(f"{years} tuổi", f"aged {years}")
    return said + (call.t(f" {months} tháng", f" and {months} months") if months else "")


def whys(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """Questions with their numbered steps, for `c.why` and the printed page: {key, question, steps}."""
    derived = seen.derived
    asked: list[tuple[str, str, Sequence[Step]]] = []
    if derived.retirement is not None:
        on = vn(derived.retirement.on)
        asked.append(
            (
                "retirement",
                call.t(f"Vì sao nghỉ hưu ngày {on}?", f"Why does retirement fall on {on}?"),
                derived.retirement.why,
            )
        )
    if derived.next_step is not None:
        on = vn(derived.next_step.on) if derived.next_step.on else ""
        asked.append(
            (
                "next_step",
                call.t(f"Vì sao nâng bậc lương ngày {on}?", f"Why is the increase due on {on}?")
                if on
                else call.t("Vì sao chưa có hạn nâng bậc lương?", "Why is no increase due?")
                if derived.next_step_to is not None
                else call.t("Vì sao không còn nâng bậc lương?", "Why is there no further increase?"),
                derived.next_step.why,
            )
        )
    if derived.overrun is not None and derived.overrun.on is not None:
        asked.append(
            (
                "overrun",
                call.t(
                    f"Vì sao vượt khung {derived.overrun_percent} %?",
                    f"Why an overrun of {derived.overrun_percent} %?",
                ),
                derived.overrun.why,
            )
        )
    if derived.reappointment is not None and derived.reappointment.on is not None:
        on = vn(derived.reappointment.on)
        asked.append(
            (
                "reappointment",
                call.t(f"Vì sao hạn giữ chức vụ là {on}?", f"Why is the post held until {on}?"),
                derived.reappointment.why,
            )
        )
    if derived.pay_vnd:
        amount = vn_number(derived.pay_vnd)
        asked.append(
            ("pay", call.t(f"Vì sao lương là {amount} đ?", f"Why is the pay {amount} đ?"), derived.pay_why)
        )
    return [{"key": key, "question": question, "steps": _steps(call, why)} for key, question, why in asked]


def _doubt(call: PageCall, step: Step) -> str:
    """That the row of law a step used was not checked against its text."""
    if step.rule is None or step.rule.certainty != "recalled":
        return ""
    return call.t(" (chưa đối chiếu văn bản)", " (not checked against its text)")


def _steps(call: PageCall, why: Sequence[Step]) -> list[dict[str, Any]]:
    last = len(why) - 1
    return [
        {
            "text": call.say(one.words),
            "source": _named(call, one.source) + _doubt(call, one),
            "result": number == last,
        }
        for number, one in enumerate(why)
    ]


PARTS = {kind.label.vi: kind.label for kind in FACTS.values()}
"""What a computation takes out of the record names the part that it stands in; law names itself."""


def _named(call: PageCall, source: str) -> str:
    return call.say(PARTS[source]) if source in PARTS else source
