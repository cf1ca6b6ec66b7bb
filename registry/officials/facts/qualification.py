"""Diplomas and degrees, general education included; starts on the day of award."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="qualification",
    label=Words("Trình độ, văn bằng", "Qualification"),
    source="Nghị định 27/2026/NĐ-CP; mẫu 2C mục 15.1, 15.2, 27",
    group="5",
    maintained_by="official",
    fields=(
        Field(
            "level",
            Words("Trình độ", "Level"),
            "code",
            required=True,
            catalogue="education_levels",
            item="15.1, 15.2",
        ),
        Field("major", Words("Chuyên ngành", "Major"), length=300, item="27"),
        Field("major_code", Words("Mã ngành đào tạo", "Code of the major"), length=7),
        Field("school", Words("Cơ sở đào tạo", "School"), length=300, item="27"),
        Field(
            "study_mode",
            Words("Hình thức đào tạo", "Mode of study"),
            "code",
            catalogue="study_modes",
            item="27",
        ),
        Field("study_from", Words("Học từ", "Studied from"), "partial_date", item="27"),
        Field("study_to", Words("Học đến", "Studied to"), "partial_date", item="27"),
        Field("diploma_no", Words("Số hiệu văn bằng", "Diploma number"), sensitivity="personal", length=60),
        Field("country", Words("Nước đào tạo", "Country"), "code", catalogue="countries"),
        Field("grade", Words("Xếp loại tốt nghiệp", "Grade"), "code", catalogue="graduation_grades"),
        Field(
            "is_verified",
            Words("Đã xác minh văn bằng", "Diploma verified"),
            "boolean",
            required=True,
            default=False,
        ),
    ),
    checks=(
        (
            "major_code_digits",
            "major_code ~ '^[0-9]{7}$'",
            Words(
                "Mã ngành gồm 7 chữ số theo Quyết định 01/2017/QĐ-TTg.",
                "The code of a major has 7 digits, by Decision 01/2017/QĐ-TTg.",
            ),
        ),
        (
            "study_order",
            "study_to >= study_from",
            Words("Ngày học xong không thể trước ngày bắt đầu.", "Study cannot end before it starts."),
        ),
    ),
)
