"""Work and labour contracts, for the time they are made for; one at a time."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="contract",
    label=Words("Hợp đồng", "Contract"),
    source="Luật Viên chức 129/2025/QH15; Nghị định 111/2022/NĐ-CP; Nghị định 235/2026/NĐ-CP",
    group="4",
    exclusive=(),
    sensitivity="ordinary",
    fields=(
        Field(
            "contract",
            Words("Loại hợp đồng", "Kind of contract"),
            "code",
            required=True,
            catalogue="contract_kinds",
        ),
        Field("contract_no", Words("Số hợp đồng", "Contract number"), length=60),
        Field("signed_on", Words("Ngày ký", "Signed on"), "date"),
        Field("ends_on", Words("Thời hạn đến", "Term until"), "date"),
        Field("job", Words("Công việc theo hợp đồng", "Work agreed"), length=300),
        Field("end_reason", Words("Lý do chấm dứt", "Reason of the end"), sensitivity="personal", length=300),
    ),
    checks=(
        (
            "ends_after_start",
            "ends_on > valid_from",
            Words("Thời hạn hợp đồng phải sau ngày bắt đầu.", "The term ends after it starts."),
        ),
    ),
)
