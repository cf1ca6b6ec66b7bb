"""Rank and salary step; starts on the day the step is paid from.

Until 1 July 2027 the two regimes of public employees run side by side: rank and step, and beside them the career
step 1 to 5 of Decree 232/2026/NĐ-CP.
"""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="salary",
    label=Words("Ngạch, bậc, lương", "Rank and salary step"),
    source="Nghị định 204/2004/NĐ-CP; Thông tư 08/2013/TT-BNV",
    group="6",
    exclusive=(),
    sensitivity="ordinary",
    fields=(
        Field("rank", Words("Mã ngạch", "Rank code"), "code", required=True, catalogue="ranks", item="14"),
        Field("step", Words("Bậc", "Step"), "integer", required=True, low=1, high=12, item="14"),
        Field(
            "coefficient", Words("Hệ số", "Coefficient"), "decimal", required=True, digits=(4, 2), item="14"
        ),
        Field(
            "pay_percent",
            Words("Phần trăm hưởng", "Percentage paid"),
            "integer",
            required=True,
            low=1,
            high=100,
            default=100,
        ),
        Field(
            "overrun_percent",
            Words("Vượt khung (%)", "Seniority overrun (%)"),
            "integer",
            required=True,
            low=0,
            high=100,
            default=0,
            item="14",
        ),
        Field(
            "reserve_coefficient",
            Words("Hệ số chênh lệch bảo lưu", "Reserved coefficient"),
            "decimal",
            required=True,
            digits=(4, 2),
            default="0",
        ),
        Field("rank_from", Words("Ngày bổ nhiệm ngạch", "In this rank since"), "partial_date"),
        Field("event", Words("Lý do xếp", "Event"), "code", catalogue="salary_events"),
        Field(
            "career_step",
            Words("Bậc nghề nghiệp", "Career step"),
            "code",
            catalogue="career_steps",
            source="Nghị định 232/2026/NĐ-CP Điều 7, 10",
        ),
        Field("career_step_from", Words("Hưởng bậc nghề nghiệp từ", "Career step since"), "partial_date"),
        Field(
            "job_pay_vnd",
            Words("Lương theo vị trí việc làm (đồng)", "Pay by job position (VND)"),
            "integer",
            low=0,
        ),
    ),
    checks=(
        (
            "career_step_dated",
            "career_step_from IS NULL OR career_step IS NOT NULL",
            Words("Có ngày hưởng bậc nghề nghiệp thì ghi bậc.", "Give the career step with its date."),
        ),
        (
            "coefficient_positive",
            "coefficient > 0 AND reserve_coefficient >= 0",
            Words("Hệ số phải lớn hơn 0.", "A coefficient must be above 0."),
        ),
    ),
)
