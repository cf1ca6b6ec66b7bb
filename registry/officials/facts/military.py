"""Service in the armed forces, from enlistment to discharge; one service at a time."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="military",
    label=Words("Phục vụ trong lực lượng vũ trang", "Military service"),
    source="Luật Nghĩa vụ quân sự 78/2015/QH13; Nghị định 27/2026/NĐ-CP Điều 5, nhóm 8; mẫu 2C mục 18",
    group="8",
    exclusive=(),
    fields=(
        Field(
            "force",
            Words("Lực lượng", "Force"),
            "code",
            required=True,
            catalogue="military_forces",
            sensitivity="personal",
        ),
        Field(
            "highest_rank",
            Words("Quân hàm cao nhất", "Highest rank"),
            "code",
            catalogue="military_ranks",
            sensitivity="personal",
            item="18",
        ),
        Field("post", Words("Chức vụ cao nhất", "Highest post"), sensitivity="personal", length=200),
        Field("unit", Words("Đơn vị", "Unit"), sensitivity="personal", length=300),
        Field(
            "discharge", Words("Hình thức, lý do xuất ngũ", "Discharge"), sensitivity="personal", length=300
        ),
    ),
)
