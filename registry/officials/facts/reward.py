"""Rewards and titles; starts on the day of the decision."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="reward",
    label=Words("Khen thưởng", "Reward"),
    source="Luật Thi đua, khen thưởng; mẫu 2C mục 19, 21",
    group="6",
    sensitivity="ordinary",
    fields=(
        Field(
            "form", Words("Hình thức", "Form"), "code", required=True, catalogue="reward_forms", item="19, 21"
        ),
        Field("year", Words("Năm", "Year"), "year", low=1945, high=2100, item="21"),
        Field("reason", Words("Thành tích", "Achievement"), length=500),
    ),
)
