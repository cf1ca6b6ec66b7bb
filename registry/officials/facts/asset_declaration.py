"""That a declaration of assets and income was handed in, and where it lies; never what it says.

Starts on the day it was handed in. One of a kind for a year; a first and a supplementary one may fall in the same year."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="asset_declaration",
    label=Words("Kê khai tài sản, thu nhập", "Asset declaration"),
    source="Luật Phòng, chống tham nhũng 36/2018/QH14; Nghị định 130/2020/NĐ-CP",
    group="9",
    exclusive=("year", "declaration"),
    fields=(
        Field(
            "year",
            Words("Năm kê khai", "Year"),
            "year",
            required=True,
            low=2006,
            high=2100,
            sensitivity="personal",
        ),
        Field(
            "declaration",
            Words("Loại kê khai", "Kind of declaration"),
            "code",
            required=True,
            catalogue="asset_declaration_kinds",
            sensitivity="personal",
        ),
        Field(
            "receiver",
            Words("Cơ quan tiếp nhận", "Handed to"),
            required=True,
            sensitivity="personal",
            length=300,
        ),
        Field("file_ref", Words("Số hồ sơ lưu", "Reference of the file"), sensitivity="personal", length=100),
    ),
)
