"""Steps, increases and pay from the salary tables: Decree 204/2004/NĐ-CP, Circular 08/2013/TT-BNV, base salary decrees."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from registry.catalogues.lists import Item
from registry.law.rules import Counting, ref
from registry.law.why import Dated, Part, Ref, Step, vn, vn_number
from registry.periods import add_months
from registry.words import Words

FAILED = "khong_hoan_thanh"
CIRCULAR = "Thông tư 08/2013/TT-BNV, Điều 2"
OVERRUN_CIRCULAR = "Thông tư 04/2005/TT-BNV"
ALWAYS = date.min
"""The first row of a step holds for days before it as well: nothing is known of earlier tables."""


@dataclass(frozen=True)
class StepRow:
    """A step of a rank's salary group in its time. `months` to the next step; None on the top one."""

    step: int
    coefficient: Decimal
    months: int | None
    overrun_months: int | None
    source: str
    valid_from: date = ALWAYS
    valid_to: date | None = None
    rule: Ref | None = None


@dataclass(frozen=True)
class Held:
    """The salary fact in force: what is held since when."""

    rank: str
    step: int
    coefficient: Decimal
    since: date
    pay_percent: int = 100
    overrun_percent: int = 0
    reserve: Decimal = Decimal(0)


@dataclass(frozen=True)
class Past:
    """What puts an increase off: disciplines {valid_from, authority, step_delay_months}, evaluations {year, grade},
    statuses {status, valid_from, valid_to}, leaves {leave, valid_from, valid_to}; days as dates or ISO text.
    """

    disciplines: Sequence[Mapping[str, Any]] = ()
    evaluations: Sequence[Mapping[str, Any]] = ()
    statuses: Sequence[Mapping[str, Any]] = ()
    leaves: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Span:
    """A time not counted, from (included) to (excluded; None: no known end), by a row of a list."""

    start: date
    end: date | None
    catalogue: str
    row: Item


def all_steps_of(ranks: Sequence[Item], steps: Sequence[Item], rank: str) -> list[StepRow]:
    """All steps of a rank by its table and group, with their time (the same group name means different money in
    tables 2 and 3).
    """
    row = next((one for one in ranks if one.key == rank), None)
    if row is None:
        return []
    return _all_of_group(steps, (row.extra.get("salary_table", ""), row.extra.get("salary_group", "")))


def _all_of_group(steps: Sequence[Item], place: tuple[str, str]) -> list[StepRow]:
    """All steps of a (table, group), with their time."""
    found = sorted(
        (one for one in steps if (one.extra["table"], one.extra["salary_group"]) == place),
        key=lambda one: (int(one.extra["step"]), one.valid_from or ALWAYS),
    )
    first: dict[str, Item] = {}
    for one in found:
        first.setdefault(one.extra["step"], one)
    return [_step_row(one, first=first[one.extra["step"]] is one) for one in found]


def steps_of(ranks: Sequence[Item], steps: Sequence[Item], rank: str, on: date) -> list[StepRow]:
    """The steps of a rank by the tables in force on a day."""
    return on_day(all_steps_of(ranks, steps, rank), on)


def steps_of_group(steps: Sequence[Item], place: tuple[str, str], on: date) -> list[StepRow]:
    """The steps of a (table, group) in force on a day."""
    return on_day(_all_of_group(steps, place), on)


def on_day(rows: Iterable[StepRow], on: date) -> list[StepRow]:
    """Those of some steps that hold on a day."""
    return [one for one in rows if one.valid_from <= on and (one.valid_to is None or on < one.valid_to)]


def _step_row(item: Item, *, first: bool) -> StepRow:
    months = int(item.extra.get("regular_increase_months") or 0) or None
    top = item.extra.get("is_top_step") == "yes"
    overrun = months if top and item.extra.get("seniority_overrun_allowed") == "yes" else None
    return StepRow(
        int(item.extra["step"]),
        Decimal(item.extra["coefficient"]),
        None if top else months,
        overrun,
        item.source,
        ALWAYS if first or item.valid_from is None else item.valid_from,
        item.valid_to,
        ref("salary_steps", item),
    )


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def delays(since: date, until: date, past: Past, counting: Counting) -> tuple[int, list[Step]]:
    """Months by which an increase is put off, for measures and failed years from `since` to `until`, both included.

    A failed year that has its own measure with a delay counts once, by the measure.
    """
    total, years = 0, set()
    steps: list[Step] = []
    for one in past.disciplines:
        day = _day(one["valid_from"])
        if one["authority"] == "administrative" and since <= day <= until and one["step_delay_months"]:
            total += one["step_delay_months"]
            years.add(day.year)
            steps.append(
                Step(
                    Words(
                        f"Kỷ luật ngày {vn(day)}: lùi {one['step_delay_months']} tháng.",
                        f"Discipline on {vn(day)}: {one['step_delay_months']} months later.",
                    ),
                    "Quyết định kỷ luật",
                )
            )
    for one in past.evaluations:
        last = date(one["year"], 12, 31)
        if one["grade"] == FAILED and last >= since and one["year"] not in years:
            months = counting.rules.number("delay_failed_year", last)
            total += months
            words = Words(
                f"Năm {one['year']} không hoàn thành nhiệm vụ: lùi {months} tháng.",
                f"{one['year']} rated as failed: {months} months later.",
            )
            steps.append(counting.rules.step("delay_failed_year", last, words))
    return total, steps


def stopped(since: date, on: date, past: Past, counting: Counting) -> tuple[int | None, list[Step]]:
    """Whole months not counted towards the next step, of statuses and leaves begun by `on`; None while one has no known
    end. What a leave and a status say of the same days counts once.

    Of each span within the time on the step the whole months are taken, then the working days left over; these
    make months by the rules uncounted_month and uncounted_round_up.
    """
    months, days = 0, 0
    steps = _partly_counted(since, on, past, counting)
    for one in _spans(since, on, past, counting):
        start, end, row = one.start, one.end, one.row
        if end is None:
            words = Words(
                f"{row.name.vi} từ {vn(start)}, chưa biết ngày trở lại: thời gian nâng bậc đang dừng.",
                f"{row.name.en} since {vn(start)} without a known end: time on the step stands still.",
            )
            return None, [*steps, Step(words, row.source, ref(one.catalogue, row))]
        whole = whole_months(start, end)
        rest = working_days(add_months(start, whole), end, counting.days_off)
        months, days = months + whole, days + rest
        words = Words(
            f"Không tính {whole} tháng {rest} ngày làm việc: {row.name.vi.lower()} "
            f"từ {vn(start)} đến {vn(end - timedelta(days=1))}.",
            f"{whole} months and {rest} working days are not counted: {row.name.en.lower()} "
            f"from {vn(start)} to {vn(end - timedelta(days=1))}.",
        )
        steps.append(Step(words, row.source, ref(one.catalogue, row)))
    if days:
        more = _months_of(days, on, counting)
        months += more
        words = Words(
            f"{days} ngày làm việc lẻ tính là {more} tháng: cộng {months} tháng.",
            f"{days} odd working days count as {more} months: together {months} months.",
        )
        steps.append(counting.rules.step("uncounted_round_up", on, words))
    return months, steps


def _spans(since: date, on: date, past: Past, counting: Counting) -> list[Span]:
    """The times not counted since a day, of statuses first, then what leaves say of other days."""
    found = [
        span
        for one in past.statuses
        if (span := _span(one, "status", "uncounted_time", counting.uncounted, since, on)) is not None
    ]
    covered = list(found)
    for one in past.leaves:
        span = _span(one, "leave", "leave_kinds", counting.leaves_of("no"), since, on)
        if span is not None:
            found += _less(span, covered)
    return found


def _span(
    one: Mapping[str, Any], field: str, catalogue: str, rows: Iterable[Item], since: date, on: date
) -> Span | None:
    """What a fact begun by `on` says of the days from `since`, if its row of the list is among these and holds."""
    begun, end = _day(one["valid_from"]), _day(one["valid_to"]) if one["valid_to"] else None
    if begun > on or (end is not None and end <= since):
        return None
    row = next((row for row in rows if row.key == one[field] and row.holds(begun)), None)
    return None if row is None else Span(max(begun, since), end, catalogue, row)


def _less(span: Span, covered: Sequence[Span]) -> list[Span]:
    """The parts of a span outside others, which do not overlap each other."""
    parts, start = [], span.start
    for one in sorted(covered, key=lambda one: one.start):
        if one.end is not None and one.end <= start:
            continue
        if span.end is not None and one.start >= span.end:
            break
        if one.start > start:
            parts.append(Span(start, one.start, span.catalogue, span.row))
        if one.end is None:
            return parts
        start = one.end
    if span.end is None or start < span.end:
        parts.append(Span(start, span.end, span.catalogue, span.row))
    return parts


def _partly_counted(since: date, on: date, past: Past, counting: Counting) -> list[Step]:
    """Leaves of which only what goes beyond social insurance is not counted: how much that is, the registry cannot say."""
    steps = []
    for one in past.leaves:
        span = _span(one, "leave", "leave_kinds", counting.leaves_of("part"), since, on)
        if span is not None:
            name = span.row.name
            words = Words(
                f"{name.vi} từ {vn(span.start)}: chỉ phần vượt thời gian hưởng bảo hiểm xã hội không tính. Sổ không có"
                " thời gian ấy, nên chưa trừ.",
                f"{name.en} since {vn(span.start)}: only what goes beyond social insurance is not counted. The registry"
                " does not hold that time, so none is taken off.",
            )
            steps.append(Step(words, span.row.source, ref("leave_kinds", span.row)))
    return steps


def whole_months(start: date, end: date) -> int:
    """Whole months between two days."""
    months = (end.year - start.year) * 12 + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def working_days(start: date, end: date, days_off: frozenset[date]) -> int:
    """Mondays to Fridays from `start` up to, not including, `end`, without public holidays."""
    days = (start + timedelta(days=number) for number in range((end - start).days))
    return sum(1 for day in days if day.weekday() < 5 and day not in days_off)


def _months_of(days: int, on: date, counting: Counting) -> int:
    month = counting.rules.number("uncounted_month", on)
    round_up = counting.rules.number("uncounted_round_up", on)
    if not month:
        return 0
    return days // month + (1 if round_up and days % month >= round_up else 0)


def _holding(held: Held) -> Words:
    """What the fact in force says. A step held with an overrun was reached long before the overrun's newest percent."""
    step = (
        f"bậc {held.step}, hệ số {vn_number(held.coefficient)}",
        f"tep {held.step}, coefficient {held.coefficient}",
    )
    day, percent = vn(held.since), held.overrun_percent
    if percent:
        return Words(
            f"Ở {step[0]}, vượt khung {percent} % từ {day}.",
            f"On s{step[1]}, overrun {percent} % since {day}.",
        )
    return Words(f"Giữ {step[0]} từ {day}.", f"S{step[1]} since {day}.")


def next_step(
    rows: Sequence[StepRow], held: Held, on: date, past: Past, counting: Counting
) -> tuple[Dated, StepRow | None]:
    """When the next regular increase is due and to which step; no day on the top step, nor while time stands still."""
    here = next((one for one in rows if one.step == held.step), None)
    since = Step(_holding(held), "Ngạch, bậc, lương")
    if here is None:
        missing = Words(
            "Bảng lương không có bậc này của ngạch.", "The salary table has no such step for the rank."
        )
        return Dated(None, (since, Step(missing, "Nghị định 204/2004/NĐ-CP"))), None
    if here.months is None:
        top = Words(
            "Đã ở bậc cuối của ngạch; hưởng phụ cấp thâm niên vượt khung.",
            "On the top step of the rank; a seniority overrun allowance follows.",
        )
        return Dated(None, (since, Step(top, here.source, here.rule))), None
    late, reasons = delays(held.since, on, past, counting)
    off, halts = stopped(held.since, on, past, counting)
    following = next((one for one in rows if one.step == held.step + 1), None)
    counted = Step(
        Words(
            f"Thời gian giữ bậc: {here.months} tháng, đến {vn(add_months(held.since, here.months))}.",
            f"Time on the step: {here.months} months, to {vn(add_months(held.since, here.months))}.",
        ),
        f"{CIRCULAR}; {here.source}",
        here.rule,
    )
    told = (since, counted, *reasons, *halts)
    if off is None:
        words = Words(
            "Hạn nâng bậc tính lại khi trở lại làm việc.",
            "The due day is computed again on the return to work.",
        )
        return Dated(None, (*told, Step(words, CIRCULAR))), following
    due = add_months(held.since, here.months + late + off)
    words = Words(f"Đến hạn nâng bậc: {vn(due)}.", f"Due: {vn(due)}.")
    if following is not None:
        words = Words(
            f"Đến hạn nâng lên bậc {following.step}, hệ số {vn_number(following.coefficient)}: {vn(due)}.",
            f"Step {following.step}, coefficient {following.coefficient}, is due on {vn(due)}.",
        )
    return Dated(due, (*told, Step(words, CIRCULAR))), following


def overrun(
    rows: Sequence[StepRow], held: Held, on: date, past: Past, counting: Counting
) -> tuple[int, Dated]:
    """Seniority overrun in percent on a day, and when it grows: the first share after the period, then more each time.

    A fact that already records a percentage counts on from its own day. Delays and time not counted put off the rise
    during whose term they fall.
    """
    here = next((one for one in rows if one.step == held.step), None)
    if here is None or here.overrun_months is None:
        words = Words(
            "Chưa ở bậc cuối, hoặc ngạch không có vượt khung.", "Not on a top step that has an overrun."
        )
        return 0, Dated(None, (Step(words, OVERRUN_CIRCULAR),))
    rules = counting.rules
    every = rules.number("overrun_every", on)
    start, percent = held.since, held.overrun_percent
    months = every if percent else here.overrun_months
    steps = [_overrun_begins(here, held, every)]
    while True:
        due, reasons = _rise(start, months, on, past, counting)
        steps += reasons
        if due is None or due > on:
            break
        key = "overrun_further" if percent else "overrun_first"
        percent += rules.number(key, due)
        start, months = due, rules.number("overrun_every", due) or every
        words = Words(f"Ngày {vn(due)}: {percent} %.", f"{vn(due)}: {percent} %.")
        steps.append(rules.step(key, due, words))
        if not months:
            due = None
            break
    words = (
        Words(f"Hiện {percent} %, lần tới {vn(due)}.", f"{percent} % now, next on {vn(due)}.")
        if due
        else Words(f"Hiện {percent} %, chưa tính được lần tới.", f"{percent} % now, the next day is open.")
    )
    return percent, Dated(due, (*steps, Step(words, OVERRUN_CIRCULAR)))


def _overrun_begins(here: StepRow, held: Held, every: int) -> Step:
    if held.overrun_percent:
        words = Words(
            f"Ghi nhận vượt khung {held.overrun_percent} % từ {vn(held.since)}; sau mỗi {every} tháng tăng thêm.",
            f"Recorded overrun of {held.overrun_percent} % since {vn(held.since)}; more after each {every} months.",
        )
    else:
        words = Words(
            f"Bậc cuối từ {vn(held.since)}; sau {here.overrun_months} tháng được hưởng vượt khung, "
            f"rồi sau mỗi {every} tháng tăng thêm.",
            f"Top step since {vn(held.since)}; an overrun after {here.overrun_months} months, "
            f"then more after each {every} months.",
        )
    return Step(words, f"{OVERRUN_CIRCULAR}; {here.source}", here.rule)


def _rise(
    start: date, months: int, on: date, past: Past, counting: Counting
) -> tuple[date | None, list[Step]]:
    """When a rise counted from a day is due: put off by what falls before it becomes due, and begun by `on`."""
    due = add_months(start, months)
    while True:
        last = due - timedelta(days=1)
        within = Past(
            past.disciplines,
            [one for one in past.evaluations if start <= date(one["year"], 12, 31) <= last],
            [one for one in past.statuses if _day(one["valid_from"]) <= last],
            [one for one in past.leaves if _day(one["valid_from"]) <= last],
        )
        late, reasons = delays(start, min(last, on), within, counting)
        off, halts = stopped(start, min(last, on), within, counting)
        if off is None:
            return None, [*reasons, *halts]
        moved = add_months(start, months + late + off)
        if moved == due:
            return due, [*reasons, *halts]
        due = moved


def base_salary(rows: Sequence[Item], on: date) -> Item | None:
    """The base salary in force on a day."""
    return next((one for one in rows if one.holds(on)), None)


def pay(
    base_rows: Sequence[Item], held: Held, position_allowance: Decimal, on: date
) -> tuple[int, tuple[Part, ...], tuple[Step, ...]]:
    """Monthly pay in VND on a day: (coefficient + position allowance + overrun + reserve) × base salary.

    Parts are rounded each to whole VND; other allowances stand apart. Probation pays a share of the coefficient.
    """
    base = base_salary(base_rows, on)
    if base is None:
        words = Words("Không có mức lương cơ sở cho ngày này.", "No base salary is known for this day.")
        return 0, (), (Step(words, "Lương cơ sở"),)
    amount = int(base.extra["amount_vnd"])
    share = held.coefficient * held.pay_percent / 100
    named = [
        (Words("Hệ số lương", "Coefficient"), share),
        (Words("Phụ cấp chức vụ", "Position allowance"), position_allowance),
        (Words("Vượt khung", "Overrun"), held.coefficient * held.overrun_percent / 100),
        (Words("Chênh lệch bảo lưu", "Reserve"), held.reserve),
    ]
    parts = tuple(
        Part(name, value, int((value * amount).quantize(Decimal(1), ROUND_HALF_UP)))
        for name, value in named
        if value
    )
    total = sum(part.amount_vnd for part in parts)
    sums = " + ".join(vn_number(part.coefficient.normalize()) for part in parts)
    words = Words(
        f"({sums}) × {vn_number(amount)} đ = {vn_number(total)} đ.",
        f"({sums}) × {amount:,} VND = {total:,} VND.",
    )
    return (
        total,
        parts,
        (
            Step(
                Words(
                    f"Lương cơ sở tại ngày {vn(on)}: {vn_number(amount)} đ.",
                    f"Base salary on {vn(on)}: {amount:,} VND.",
                ),
                base.extra.get("decree") or base.source,
                ref("base_salary", base),
            ),
            Step(words, "Nghị định 204/2004/NĐ-CP"),
        ),
    )
