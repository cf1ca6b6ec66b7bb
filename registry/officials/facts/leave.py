"""Leave and suspension, for the time away; one at a time."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="leave",
    label=Words("Nghỉ, tạm đình chỉ", "Leave and suspension"),
    source="Bộ luật Lao động 45/2019/QH14; Luật Bảo hiểm xã hội 41/2024/QH15; Nghị định 170/2025/NĐ-CP",
    group="4",
    exclusive=(),
    fields=(
        Field(
            "leave",
            Words("Loại nghỉ", "Kind of leave"),
            "code",
            required=True,
            catalogue="leave_kinds",
            sensitivity="personal",
        ),
        Field("back_on", Words("Ngày dự kiến trở lại", "Expected back on"), "date", sensitivity="personal"),
        Field("reason", Words("Lý do", "Reason"), sensitivity="personal", length=500),
        Field("place", Words("Nơi nghỉ, nơi học", "Where"), sensitivity="personal", length=300),
    ),
    checks=(
        (
            "back_after_start",
            "back_on > valid_from",
            Words("Ngày trở lại phải sau ngày bắt đầu nghỉ.", "The day of return comes after the start."),
        ),
    ),
)
