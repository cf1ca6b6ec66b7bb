"""Employment status and category over time; the first one starts on the day of recruitment."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="status",
    label=Words("Tình trạng công tác", "Employment status"),
    source="Luật Cán bộ, công chức 80/2025/QH15; Luật Viên chức 129/2025/QH15",
    group="4",
    exclusive=(),
    sensitivity="ordinary",
    fields=(
        Field("status", Words("Tình trạng", "Status"), "code", required=True, catalogue="status_codes"),
        Field(
            "category",
            Words("Phân loại", "Category"),
            "code",
            required=True,
            catalogue="employment_categories",
        ),
        Field("recruited_by", Words("Cơ quan tuyển dụng", "Recruited by"), length=300, item="11"),
        Field(
            "recruitment_mode",
            Words("Hình thức tuyển dụng", "Mode of recruitment"),
            "code",
            catalogue="recruitment_modes",
        ),
        Field("recruited_position", Words("Vị trí tuyển dụng", "Position recruited for"), length=300),
        Field("reason", Words("Lý do", "Reason"), sensitivity="personal"),
        Field("notified_on", Words("Ngày thông báo nghỉ", "Leaving announced on"), "date"),
        Field(
            "grant_vnd",
            Words("Trợ cấp khi thôi việc (đồng)", "Grant on leaving (VND)"),
            "integer",
            low=0,
            sensitivity="personal",
        ),
    ),
)
