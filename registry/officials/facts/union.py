"""Membership of the Youth Union, the trade union and other mass organizations; one of each at a time."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="union",
    label=Words("Tổ chức chính trị - xã hội", "Mass organization"),
    source="Nghị định 27/2026/NĐ-CP Điều 5, nhóm 7; mẫu 2C mục 17",
    group="7",
    exclusive=("body",),
    fields=(
        Field(
            "body",
            Words("Tổ chức", "Organization"),
            "code",
            required=True,
            catalogue="mass_organizations",
            sensitivity="personal",
            item="17",
        ),
        Field(
            "post", Words("Chức vụ trong tổ chức", "Post"), sensitivity="personal", length=200, item="12, 17"
        ),
        Field("place", Words("Nơi tham gia", "Joined at"), sensitivity="personal", length=300),
    ),
)
