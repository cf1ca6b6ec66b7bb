"""Membership of the Communist Party of Viet Nam; starts on the day of admission.

Whoever left has a membership that ended, with the reason; whoever came back has a second one.
"""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="party",
    label=Words("Đảng viên", "Party membership"),
    source="Mẫu 2C mục 16",
    group="7",
    exclusive=(),
    sensitivity="sensitive",
    fields=(
        Field(
            "joined_on",
            Words("Ngày vào Đảng", "Joined on"),
            "partial_date",
            required=True,
            sensitivity="sensitive",
            item="16",
        ),
        Field(
            "official_on",
            Words("Ngày chính thức", "Full member on"),
            "partial_date",
            sensitivity="sensitive",
            item="16",
        ),
        Field("cell", Words("Nơi kết nạp", "Admitted at"), sensitivity="sensitive", length=300),
        Field("card_no", Words("Số thẻ Đảng", "Card number"), sensitivity="sensitive", length=20),
        Field(
            "party_post", Words("Chức vụ Đảng", "Party post"), sensitivity="sensitive", length=200, item="12"
        ),
        Field("left_reason", Words("Lý do ra khỏi Đảng", "Reason of leaving"), sensitivity="sensitive"),
        Field(
            "is_readmission",
            Words("Kết nạp lại", "Readmitted"),
            "boolean",
            required=True,
            default=False,
            sensitivity="sensitive",
        ),
    ),
    checks=(
        (
            "official_after_joined",
            "official_on >= joined_on",
            Words(
                "Ngày chính thức không thể trước ngày vào Đảng.",
                "Full membership cannot come before admission.",
            ),
        ),
    ),
)
