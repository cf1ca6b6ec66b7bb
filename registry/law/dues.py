"""Days by which something recorded must be looked at again: movements, planning, contracts, grades, Party probation."""

from datetime import date

from registry.law.rules import Rules
from registry.law.terms import earliest_return, longest
from registry.law.why import Dated, Step, vn
from registry.periods import add_months
from registry.words import Words

SECONDED, ROTATED = "biet_phai", "luan_chuyen"
"""Keys of movement_kinds."""


def movement_end(rules: Rules, movement: str, since: date, planned: date | None) -> Dated:
    """The last day of a secondment (as planned, at most the longest time) or the day a rotation may end (as planned,
    else after the least time); none for other movements.
    """
    recorded = (
        (
            Step(
                Words(
                    f"Quyết định ghi thời hạn đến {vn(planned)}.",
                    f"The decision plans it until {vn(planned)}.",
                ),
                "Quyết định biệt phái, luân chuyển",
            ),
        )
        if planned
        else ()
    )
    if movement == SECONDED:
        law = longest(rules, "secondment_most", since)
        days = [day for day in (planned, law.on) if day is not None]
        return Dated(min(days, default=None), (*recorded, *law.why))
    if movement == ROTATED:
        law = earliest_return(rules, "rotation_least", since)
        return Dated(planned or law.on, (*recorded, *law.why))
    return Dated(None, ())


def planning_review(rules: Rules, approved: date, reviewed: date | None) -> Dated:
    """The day by which planning is reviewed again: counted from the last review, else from the approval."""
    since = reviewed or approved
    began = (
        Words(f"Rà soát gần nhất ngày {vn(since)}.", f"Last reviewed on {vn(since)}.")
        if reviewed
        else Words(
            f"Phê duyệt ngày {vn(since)}, chưa rà soát.", f"Approved on {vn(since)}, not reviewed yet."
        )
    )
    return _after(rules, "planning_review_every", since, Step(began, "Quy hoạch"))


def party_probation(rules: Rules, joined: date) -> Dated:
    """The day on which the probation of a Party member is over."""
    began = Words(f"Vào Đảng ngày {vn(joined)}.", f"Joined the Party on {vn(joined)}.")
    return _after(rules, "party_probation", joined, Step(began, "Đảng viên"))


def _after(rules: Rules, key: str, since: date, began: Step) -> Dated:
    months = rules.number(key, since)
    if not months:
        none = Words("Chưa có quy định về khoảng thời gian.", "No rule fixes the time.")
        return Dated(None, (began, rules.step(key, since, none)))
    on = add_months(since, months)
    words = Words(f"Sau {months} tháng: {vn(on)}.", f"After {months} months: {vn(on)}.")
    return Dated(on, (began, rules.step(key, since, words)))


def evaluation_due(rules: Rules, year: int, recruited: date | None) -> Dated:
    """The last day for somebody's grade of a year; none for whoever worked too short a time in it."""
    end = date(year, 12, 31)
    months, due = rules.number("evaluation_least", end), rules.day_in("evaluation_by", year)
    latest = add_months(date(year + 1, 1, 1), -months)
    if due is None or recruited is None or recruited > latest:
        words = Words(
            f"Làm việc chưa đủ {months} tháng trong năm {year}: không xếp loại.",
            f"Worked less than {months} months in {year}: not graded.",
        )
        return Dated(None, (rules.step("evaluation_least", end, words),))
    worked = Words(
        f"Làm việc từ {vn(recruited)}, đủ {months} tháng trong năm {year}.",
        f"At work since {vn(recruited)}: {months} months or more in {year}.",
    )
    last = Words(
        f"Chưa ghi kết quả xếp loại năm {year}; hạn {vn(due)}.",
        f"No grade of {year} is recorded; due {vn(due)}.",
    )
    return Dated(due, (rules.step("evaluation_least", end, worked), rules.step("evaluation_by", end, last)))


def contract_end(since: date, ends: date | None, valid_to: date | None) -> Dated:
    """The last day of a contract: of its term, else the day before it ceased to hold."""
    last = ends or (valid_to and date.fromordinal(valid_to.toordinal() - 1))
    began = Step(Words(f"Hợp đồng có hiệu lực từ {vn(since)}.", f"In effect since {vn(since)}."), "Hợp đồng")
    if last is None:
        return Dated(None, (began, Step(Words("Không xác định thời hạn.", "Open-ended."), "Hợp đồng")))
    words = Words(
        f"Hết hạn {vn(last)}, chưa ghi hợp đồng tiếp theo.", f"Ends on {vn(last)}; none is recorded after it."
    )
    return Dated(last, (began, Step(words, "Hợp đồng")))


def renewed_until(ends: date, since: date, most_months: int | None) -> date:
    """The last day of a contract renewed for as long as it lasted, at most the longest time of its kind."""
    following = date.fromordinal(ends.toordinal() + 1)
    months = (following.year - since.year) * 12 + following.month - since.month
    whole = add_months(since, months) == following
    until = (
        date.fromordinal(add_months(following, months).toordinal() - 1)
        if whole
        else date.fromordinal(ends.toordinal() + (ends - since).days + 1)
    )
    if most_months is None:
        return until
    return min(until, date.fromordinal(add_months(following, most_months).toordinal() - 1))
