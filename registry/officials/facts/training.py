"""Courses and further training; from the first day of the course to its end. Any number, also side by side."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="training",
    label=Words("Bồi dưỡng", "Further training"),
    source="Nghị định 171/2025/NĐ-CP; Nghị định 27/2026/NĐ-CP Điều 5, nhóm 5; mẫu 2C mục 27",
    group="5",
    sensitivity="ordinary",
    fields=(
        Field("course", Words("Nội dung bồi dưỡng", "Course"), required=True, length=300, item="27"),
        Field(
            "training",
            Words("Loại bồi dưỡng", "Kind of training"),
            "code",
            required=True,
            catalogue="training_kinds",
        ),
        Field("school", Words("Cơ sở bồi dưỡng", "School"), length=300, item="27"),
        Field("study_mode", Words("Hình thức", "Mode of study"), "code", catalogue="study_modes", item="27"),
        Field("country", Words("Nước", "Country"), "code", catalogue="countries"),
        Field("certificate", Words("Văn bằng, chứng chỉ", "Certificate"), length=200, item="27"),
        Field(
            "certificate_no", Words("Số chứng chỉ", "Certificate number"), sensitivity="personal", length=60
        ),
        Field("grade", Words("Xếp loại", "Grade"), "code", catalogue="graduation_grades"),
        Field(
            "is_verified",
            Words("Đã xác minh", "Verified"),
            "boolean",
            required=True,
            default=False,
        ),
    ),
)
