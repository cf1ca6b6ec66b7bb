"""Terms of posts: re-appointment, secondment, rotation (Decree 170/2025/NĐ-CP; Decree 115/2020/NĐ-CP)."""

from datetime import date, timedelta

from registry.law.rules import Rules
from registry.law.why import Dated, Step, vn
from registry.periods import add_months
from registry.words import Words


def reappointment(rules: Rules, since: date, recorded: date | None, retires: date | None) -> Dated:
    """The day by which a leading post must be filled by re-appointment or left: the end of the recorded term, else of
    the term that the law gives; nobody's term goes beyond retirement, who has less left gets a term that ends there.
    """
    months = rules.number("appointment_term", since)
    if not months and recorded is None:
        words = Words("Chưa có quy định về thời hạn giữ chức vụ.", "No rule fixes the term of the post.")
        return Dated(None, (Step(words, "Danh mục law_rules"),))
    began = Words(f"Giữ chức vụ từ {vn(since)}.", f"In the post since {vn(since)}.")
    steps = [Step(began, "Công tác, chức vụ")]
    if recorded is not None:
        ends = recorded
        words = Words(
            f"Quyết định ghi thời hạn giữ chức vụ đến {vn(ends)}.",
            f"The decision gives a term to {vn(ends)}.",
        )
        steps.append(Step(words, "Quyết định bổ nhiệm"))
    else:
        ends = add_months(since, months)
        words = Words(
            f"Mỗi lần bổ nhiệm {months} tháng: đến {vn(ends)}.",
            f"Each term is {months} months: to {vn(ends)}.",
        )
        steps.append(rules.step("appointment_term", since, words))
    if retires is not None and retires < ends:
        words = Words(
            f"Nghỉ hưu ngày {vn(retires)}, trước khi hết thời hạn: giữ chức vụ đến khi nghỉ hưu.",
            f"Retires on {vn(retires)}, before the term ends: holds the post until then.",
        )
        return Dated(retires, (*steps, rules.step("appointment_term", since, words)))
    if retires is not None and months and retires < add_months(ends, months):
        following = Words(
            f"Còn dưới {months} tháng công tác lúc đó: lần bổ nhiệm lại có thời hạn đến khi nghỉ hưu, {vn(retires)}.",
            f"Less than {months} months are left then: the next term ends with retirement, {vn(retires)}.",
        )
        steps.append(rules.step("appointment_term", since, following))
    words = Words(f"Đến hạn bổ nhiệm lại: {vn(ends)}.", f"Re-appointment is due on {vn(ends)}.")
    return Dated(ends, (*steps, Step(words, steps[1].source)))


def longest(rules: Rules, key: str, since: date) -> Dated:
    """The last day of something that may last so many months at most (secondment_most)."""
    months = rules.number(key, since)
    if not months:
        return Dated(None, (rules.step(key, since, Words("Không có giới hạn.", "There is no limit.")),))
    last = add_months(since, months) - timedelta(days=1)
    words = Words(
        f"Từ {vn(since)}, tối đa {months} tháng: đến hết {vn(last)}.",
        f"From {vn(since)}, at most {months} months: to {vn(last)}.",
    )
    return Dated(last, (rules.step(key, since, words),))


def earliest_return(rules: Rules, key: str, since: date) -> Dated:
    """The first day on which something that must last so many months at least may end (rotation_least)."""
    months = rules.number(key, since)
    on = add_months(since, months)
    words = Words(
        f"Từ {vn(since)}, tối thiểu {months} tháng: đến {vn(on)}.",
        f"From {vn(since)}, at least {months} months: to {vn(on)}.",
    )
    return Dated(on, (rules.step(key, since, words),))
