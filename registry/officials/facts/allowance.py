"""Allowances, in one of three shapes: coefficient, percent or money; one of a kind at a time."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="allowance",
    label=Words("Phụ cấp", "Allowance"),
    source="Nghị định 204/2004/NĐ-CP; Nghị định 07/2026/NĐ-CP",
    group="6",
    exclusive=("allowance",),
    sensitivity="ordinary",
    fields=(
        Field(
            "allowance",
            Words("Loại phụ cấp", "Kind of allowance"),
            "code",
            required=True,
            catalogue="allowance_kinds",
            item="14",
        ),
        Field("coefficient", Words("Hệ số", "Coefficient"), "decimal", digits=(4, 2), item="14"),
        Field("percent", Words("Phần trăm", "Percent"), "decimal", digits=(5, 2), low=0, high=200, item="14"),
        Field("amount_vnd", Words("Số tiền (đồng)", "Amount (VND)"), "integer", low=0, item="14"),
        Field(
            "pay_form", Words("Hình thức hưởng", "Form of payment"), "code", catalogue="allowance_pay_forms"
        ),
        Field("reserved_until", Words("Bảo lưu đến", "Reserved until"), "date"),
    ),
    checks=(
        (
            "one_shape",
            "num_nonnulls(coefficient, percent, amount_vnd) = 1",
            Words(
                "Phụ cấp ghi một trong ba: hệ số, phần trăm hoặc số tiền.",
                "An allowance is a coefficient, a percentage or an amount: give one.",
            ),
        ),
    ),
)
