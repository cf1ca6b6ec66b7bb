"""What the managing unit says of the person: on the form, before an appointment, at the end of a term; any number."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="remark",
    label=Words("Nhận xét, đánh giá của cơ quan", "Remarks of the unit"),
    source="Quyết định 02/2008/QĐ-BNV, mẫu 2C mục 32; Nghị định 170/2025/NĐ-CP",
    group="6",
    fields=(
        Field(
            "occasion",
            Words("Dịp nhận xét", "Occasion"),
            "code",
            required=True,
            catalogue="remark_occasions",
            sensitivity="personal",
        ),
        Field(
            "statement",
            Words("Nội dung", "Statement"),
            required=True,
            sensitivity="personal",
            length=2000,
            item="32",
        ),
        Field("author", Words("Người nhận xét", "Made by"), sensitivity="personal", length=200),
    ),
)
