"""Yearly evaluation; one valid grade for a year, earlier versions stay on the recorded clock."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="evaluation",
    label=Words("Đánh giá, xếp loại", "Evaluation"),
    source="Nghị định 335/2025/NĐ-CP; Nghị định 233/2026/NĐ-CP",
    group="6",
    exclusive=("year",),
    fields=(
        Field("year", Words("Năm", "Year"), "year", required=True, low=1990, high=2100),
        Field(
            "grade",
            Words("Xếp loại", "Grade"),
            "code",
            required=True,
            catalogue="evaluation_grades",
            sensitivity="personal",
        ),
        Field(
            "score", Words("Điểm", "Score"), "decimal", digits=(5, 2), low=0, high=100, sensitivity="personal"
        ),
        Field(
            "rated_by",
            Words("Thẩm quyền đánh giá", "Rated by"),
            sensitivity="personal",
            length=200,
        ),
    ),
)
