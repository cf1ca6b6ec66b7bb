"""Rank and salary step; starts on the day the step is paid from."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="salary",
    label=Words("Ngạch, bậc, lương", "Rank and salary step"),
    source="Nghị định 204/2004/NĐ-CP; Thông tư 08/2013/TT-BNV",
    group="3",
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
    ),
    checks=(
        (
            "coefficient_positive",
            "coefficient > 0 AND reserve_coefficient >= 0",
            Words("Hệ số phải lớn hơn 0.", "A coefficient must be above 0."),
        ),
    ),
)
