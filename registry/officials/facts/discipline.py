"""Disciplinary measures, with their effects as data on the decision; valid while the measure has effect."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="discipline",
    label=Words("Kỷ luật", "Discipline"),
    source="Nghị định 172/2025/NĐ-CP; Nghị định 234/2026/NĐ-CP; mẫu 2C mục 22",
    group="6",
    fields=(
        Field(
            "form",
            Words("Hình thức", "Form"),
            "code",
            required=True,
            catalogue="discipline_forms",
            sensitivity="personal",
            item="22",
        ),
        Field(
            "authority",
            Words("Thẩm quyền", "Authority"),
            "choice",
            required=True,
            default="administrative",
            choices=(
                ("administrative", Words("Chính quyền", "Administrative")),
                ("party", Words("Đảng", "Party")),
                ("union", Words("Đoàn thể", "Mass organization")),
            ),
            sensitivity="personal",
            item="22",
        ),
        Field("reason", Words("Lý do", "Reason"), sensitivity="personal", length=1000),
        Field("legal_basis", Words("Căn cứ pháp lý", "Legal basis"), sensitivity="personal", length=300),
        Field(
            "party_decision_no",
            Words("Quyết định kỷ luật Đảng liên quan", "Linked Party decision"),
            sensitivity="personal",
            length=60,
        ),
        Field(
            "party_decided_on",
            Words("Ngày quyết định kỷ luật Đảng", "Party decision of"),
            "date",
            sensitivity="personal",
        ),
        Field(
            "step_delay_months",
            Words("Kéo dài nâng bậc (tháng)", "Step increase delayed (months)"),
            "integer",
            required=True,
            low=0,
            high=36,
            default=0,
            sensitivity="personal",
        ),
        Field(
            "promotion_block_months",
            Words("Không bổ nhiệm, quy hoạch (tháng)", "No promotion (months)"),
            "integer",
            required=True,
            low=0,
            high=120,
            default=0,
            sensitivity="personal",
        ),
    ),
)
