"""Yearly grades: by points, and how many may be excellent (Decrees 335/2025 and 233/2026/NĐ-CP)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from registry.catalogues.lists import Item
from registry.law.rules import ref
from registry.law.why import Step, vn_number
from registry.words import Words

EXCELLENT = "hoan_thanh_xuat_sac"


def grade_of(grades: Sequence[Item], category: str, score: Decimal, on: date) -> tuple[Item | None, Step]:
    """The grade that a score gives a category by the rules of a day; none where these know no points."""
    for one in grades:
        low, below = one.extra.get("score_from"), one.extra.get("score_below")
        if one.applies_to != category or not one.holds(on) or not low:
            continue
        if Decimal(low) <= score and (not below or score < Decimal(below)):
            words = Words(
                f"{vn_number(score)} điểm, từ {low} điểm: {one.name.vi}.",
                f"{score} points, from {low}: {one.name.en}.",
            )
            return one, Step(words, one.source, ref("evaluation_grades", one))
    words = Words("Quy định ngày này không xếp loại theo điểm.", "The rules of this day know no points.")
    return None, Step(words, "Danh mục evaluation_grades")


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
