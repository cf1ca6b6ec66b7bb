"""Terms in working days: the day of receipt is not counted, days of rest are passed over."""

from collections.abc import Sequence
from datetime import date, timedelta

from registry.catalogues.lists import Item
from registry.law.rules import ref
from registry.law.why import Dated, Step, vn
from registry.words import Words

CIVIL_CODE = "Bộ luật Dân sự 91/2015/QH13, Điều 147"
UNCERTAIN = Words(" (chưa đối chiếu văn bản)", " (not checked against its text)")
LABOUR_CODE = "Bộ luật Lao động 45/2019/QH14, Điều 111, 112"


def deadline(start: date, days: int, holidays: Sequence[Item] = ()) -> Dated:
    """The last day of a term of so many working days received on `start`; 0 is the day itself.

    `holidays` are rows whose `day` (ISO date) is by `kind` `off`, a weekend day `worked` in exchange, or `unsure`:
    not known to be off, so counted, and said so.
    Years without such rows count Monday to Friday, and the answer says so.
    """
    marked = {date.fromisoformat(one.extra["day"]): one for one in holidays}
    on, counted, weekend = start, 0, 0
    passed: list[Item] = []
    worked: list[Item] = []
    unsure: list[Item] = []
    while counted < days:
        on += timedelta(days=1)
        mark = marked.get(on)
        kind = mark.extra["kind"] if mark else ""
        if mark and kind == "off" and on.weekday() < 5:
            passed.append(mark)
        elif on.weekday() < 5 or kind == "worked":
            counted += 1
            worked += [mark] if mark and kind == "worked" else []
            unsure += [mark] if mark and kind == "unsure" else []
        else:
            weekend += 1
    steps = [
        Step(
            Words(
                f"Nhận ngày {vn(start)}; ngày nhận không tính.",
                f"Received on {vn(start)}; that day does not count.",
            ),
            CIVIL_CODE,
        ),
        Step(
            Words(
                f"Bỏ qua {weekend} ngày thứ Bảy, Chủ nhật.",
                f"{weekend} Saturdays and Sundays are passed over.",
            ),
            LABOUR_CODE,
        ),
        *(_named("Nghỉ", "Off", one) for one in passed),
        *(_named("Làm bù", "Worked in exchange", one) for one in worked),
        *(_named("Vẫn tính là ngày làm việc", "Still counted", one) for one in unsure),
        *_unknown_years(start, on, marked),
        Step(Words(f"Ngày làm việc thứ {days}: {vn(on)}.", f"Working day {days}: {vn(on)}."), CIVIL_CODE),
    ]
    return Dated(on, tuple(steps))


def _named(vi: str, en: str, one: Item) -> Step:
    day = vn(date.fromisoformat(one.extra["day"]))
    doubt = UNCERTAIN if one.certainty == "recalled" else Words("", "")
    words = Words(f"{vi} ngày {day}: {one.name.vi}{doubt.vi}.", f"{en} on {day}: {one.name.en}{doubt.en}.")
    return Step(words, one.source, ref("holidays", one))


def _unknown_years(start: date, end: date, marked: dict[date, Item]) -> list[Step]:
    """A sentence on the years for which the registry has no list of public holidays."""
    known = {day.year for day in marked}
    missing = [str(year) for year in range(start.year, end.year + 1) if year not in known]
    if not missing:
        return []
    years = ", ".join(missing)
    return [
        Step(
            Words(
                f"Chưa có danh mục ngày nghỉ lễ năm {years}: chỉ bỏ qua thứ Bảy, Chủ nhật, "
                "nên hạn có thể muộn hơn nếu gặp ngày lễ.",
                f"There is no list of public holidays for {years}: only weekends are passed over; "
                "a holiday would make it later.",
            ),
            "Danh mục holidays",
        )
    ]
