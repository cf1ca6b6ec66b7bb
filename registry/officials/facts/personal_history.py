"""Statements of personal history that internal political protection asks for; any number.

The widest restriction: besides the person and the auditor nobody reads them."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="personal_history",
    label=Words("Lịch sử bản thân", "Personal history"),
    source="Quy định của Đảng về bảo vệ chính trị nội bộ; Nghị định 27/2026/NĐ-CP Điều 5, nhóm 3; mẫu 2C mục 29",
    group="3",
    maintained_by="official",
    sensitivity="secret",
    fields=(
        Field(
            "topic",
            Words("Nội dung khai", "Topic"),
            "code",
            required=True,
            catalogue="personal_history_topics",
            sensitivity="secret",
            item="29",
        ),
        Field(
            "statement",
            Words("Khai cụ thể", "Statement"),
            required=True,
            sensitivity="secret",
            length=4000,
            item="29",
        ),
        Field("place", Words("Nơi xảy ra", "Place"), sensitivity="secret", length=300, item="29"),
        Field(
            "declared_to",
            Words("Đã khai báo với", "Declared to"),
            sensitivity="secret",
            length=300,
            item="29",
        ),
    ),
)
