"""Trips abroad, from the day of leaving to the day after coming back; any number, one for each country."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="foreign_trip",
    label=Words("Đi nước ngoài", "Trip abroad"),
    source="Luật Xuất cảnh, nhập cảnh của công dân Việt Nam 49/2019/QH14; Nghị định 27/2026/NĐ-CP Điều 5, nhóm 3",
    group="3",
    fields=(
        Field(
            "country",
            Words("Nước đến", "Country"),
            "code",
            required=True,
            catalogue="countries",
            sensitivity="personal",
        ),
        Field(
            "purpose",
            Words("Mục đích", "Purpose"),
            "code",
            required=True,
            catalogue="trip_purposes",
            sensitivity="personal",
        ),
        Field("content", Words("Nội dung chuyến đi", "What for"), sensitivity="personal", length=300),
        Field(
            "funding",
            Words("Nguồn kinh phí", "Paid by"),
            "code",
            catalogue="trip_fundings",
            sensitivity="personal",
        ),
        Field("delegation", Words("Đoàn", "Delegation"), sensitivity="personal", length=300),
    ),
)
