"""Yearly grades: how many may be excellent (Decrees 335/2025 and 233/2026/NĐ-CP)."""

from collections.abc import Sequence
from datetime import date

from registry.catalogues.lists import Item
from registry.law.rules import ref
from registry.law.why import Step
from registry.words import Words

EXCELLENT = "hoan_thanh_xuat_sac"


def excellent_quota(
    grades: Sequence[Item], category: str, good: int, on: date, *, unit_excellent: bool
) -> tuple[int | None, Step]:
    """How many of a group of like duties in a unit may be excellent, beside `good` people rated good, rounded down;
    None where the rules of the day set no limit.
    """
    row = next(
        (one for one in grades if (one.key, one.applies_to) == (EXCELLENT, category) and one.holds(on)), None
    )
    share = (
        row.extra.get("quota_percent_excellent_unit" if unit_excellent else "quota_percent") if row else None
    )
    if row is None or not share:
        words = Words("Quy định ngày này không giới hạn số xuất sắc.", "The rules of this day set no limit.")
        return None, Step(words, row.source if row else "Danh mục evaluation_grades")
    most = good * int(share) // 100
    words = Words(
        f"Xuất sắc không quá {share} % của {good} người hoàn thành tốt: {most} người.",
        f"Excellent at most {share} % of the {good} people rated good: {most}.",
    )
    return most, Step(words, row.source, ref("evaluation_grades", row))
