"""Entitlements under policies for people with merit; one of a kind at a time, several kinds side by side."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="policy_status",
    label=Words("Đối tượng chính sách", "Policy status"),
    source="Pháp lệnh Ưu đãi người có công với cách mạng 02/2020/UBTVQH14; mẫu 2C mục 24",
    group="1",
    maintained_by="official",
    exclusive=("policy",),
    fields=(
        Field(
            "policy",
            Words("Đối tượng", "Entitlement"),
            "code",
            required=True,
            catalogue="policy_statuses",
            sensitivity="personal",
            item="24",
        ),
        Field(
            "disability_class",
            Words("Hạng thương binh", "Disability class"),
            "code",
            catalogue="disability_classes",
            sensitivity="sensitive",
            item="24",
        ),
        Field(
            "certificate_no",
            Words("Số giấy chứng nhận", "Certificate number"),
            sensitivity="personal",
            length=60,
        ),
    ),
    checks=(
        (
            "class_of_wounded",
            "disability_class IS NULL OR policy IN ('thuong_binh', 'chinh_sach_nhu_thuong_binh')",
            Words(
                "Hạng chỉ ghi cho thương binh và người hưởng chính sách như thương binh.",
                "Only war invalids and those treated as such have a class.",
            ),
        ),
    ),
)
