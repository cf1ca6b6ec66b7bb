"""Appointment: the unit and post a person holds; the main one is one at a time, further ones are concurrent."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="appointment",
    label=Words("Công tác, chức vụ", "Appointment"),
    source="Luật Cán bộ, công chức 80/2025/QH15; Nghị định 170/2025/NĐ-CP; Nghị định 361/2025/NĐ-CP",
    group="6",
    exclusive=(),
    exclusive_when="is_main",
    sensitivity="ordinary",
    fields=(
        Field("organization", Words("Đơn vị", "Unit"), "unit", required=True, item="12"),
        Field("position", Words("Chức vụ", "Position"), "code", catalogue="position_titles", item="12"),
        Field("job_position", Words("Vị trí việc làm", "Job position"), length=300, item="13"),
        Field("is_main", Words("Chức vụ chính", "Main post"), "boolean", required=True, default=True),
        Field("event", Words("Hình thức", "Event"), "code", catalogue="appointment_kinds"),
        Field("duties", Words("Công việc chính được giao", "Main duties"), length=500, item="13"),
        Field("term_ends_on", Words("Hết thời hạn giữ chức vụ", "Term of office ends"), "date"),
        Field(
            "first_appointed_on",
            Words("Ngày bổ nhiệm lần đầu", "First appointed to this post on"),
            "partial_date",
        ),
        Field("term_of_office", Words("Nhiệm kỳ (cán bộ)", "Term of office (elected)"), length=30),
        Field(
            "joined_unit_on",
            Words("Ngày vào cơ quan hiện nay", "Joined the present agency on"),
            "partial_date",
        ),
    ),
)
