"""State management training; starts on the day of award."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="state_management",
    label=Words("Quản lý nhà nước", "State management"),
    source="Nghị định 171/2025/NĐ-CP; mẫu 2C mục 15.4",
    group="5",
    fields=(
        Field(
            "level",
            Words("Chương trình", "Course"),
            "code",
            required=True,
            catalogue="state_management",
            item="15.4",
        ),
        Field("school", Words("Cơ sở đào tạo", "School"), length=300, item="27"),
    ),
)
