"""Planned for a leading post in a term; ends on the day of being taken out of the plan.

A person may be planned for several posts and in several terms, but only once for the same post of the same term.
Lists marked secret by the State are not kept here."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="planning",
    label=Words("Quy hoạch", "Planning"),
    source="Quy định của Đảng về công tác quy hoạch cán bộ; Nghị định 27/2026/NĐ-CP Điều 5, nhóm 4",
    group="4",
    exclusive=("term", "post"),
    sensitivity="sensitive",
    fields=(
        Field(
            "term",
            Words("Nhiệm kỳ", "Term"),
            "code",
            required=True,
            catalogue="planning_terms",
            sensitivity="sensitive",
            today_code=True,
        ),
        Field(
            "post",
            Words("Chức danh quy hoạch", "Planned post"),
            required=True,
            sensitivity="sensitive",
            length=200,
        ),
        Field(
            "position",
            Words("Mã chức vụ", "Position"),
            "code",
            catalogue="position_titles",
            sensitivity="sensitive",
        ),
        Field(
            "level",
            Words("Cấp quản lý", "Level"),
            "code",
            catalogue="planning_levels",
            sensitivity="sensitive",
        ),
        Field(
            "reviewed_on", Words("Ngày rà soát gần nhất", "Last reviewed on"), "date", sensitivity="sensitive"
        ),
        Field(
            "review",
            Words("Kết quả rà soát", "Result of the review"),
            "code",
            catalogue="planning_reviews",
            sensitivity="sensitive",
        ),
        Field(
            "removal_reason",
            Words("Lý do đưa ra khỏi quy hoạch", "Reason of removal"),
            sensitivity="sensitive",
        ),
    ),
    checks=(
        (
            "reviewed_after_start",
            "reviewed_on >= valid_from",
            Words("Rà soát không thể trước ngày phê duyệt.", "A review cannot come before the approval."),
        ),
    ),
)
