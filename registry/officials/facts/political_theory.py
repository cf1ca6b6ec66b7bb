"""Political theory certificates; starts on the day of award."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="political_theory",
    label=Words("Lý luận chính trị", "Political theory"),
    source="Mẫu 2C mục 15.3",
    group="5",
    fields=(
        Field(
            "level",
            Words("Trình độ", "Level"),
            "code",
            required=True,
            catalogue="political_theory",
            item="15.3",
        ),
        Field("school", Words("Cơ sở đào tạo", "School"), length=300, item="27"),
    ),
)
