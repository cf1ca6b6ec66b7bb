"""Addresses, as printed on papers and as coded in today's two tiers.

One of each use at a time: a move is a new fact and cuts the earlier one. Papers from before 1 July 2025 print three
tiers; the codes are always those of today's province and commune, so that people can be counted by where they live."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="address",
    label=Words("Nơi ở", "Address"),
    source="Nghị định 27/2026/NĐ-CP Điều 5, nhóm 1; Luật Cư trú 68/2020/QH14; mẫu 2C mục 8, 9",
    group="1",
    maintained_by="official",
    exclusive=("use",),
    fields=(
        Field(
            "use",
            Words("Loại nơi ở", "Kind of address"),
            "code",
            required=True,
            catalogue="address_kinds",
            sensitivity="personal",
        ),
        Field(
            "printed",
            Words("Địa chỉ ghi trên giấy tờ", "Address as printed"),
            required=True,
            sensitivity="personal",
            item="8, 9",
        ),
        Field(
            "province",
            Words("Tỉnh, thành phố hiện nay", "Province today"),
            "code",
            catalogue="provinces",
            sensitivity="personal",
            today_code=True,
        ),
        Field(
            "commune",
            Words("Xã, phường, đặc khu hiện nay", "Commune today"),
            "code",
            catalogue="communes",
            sensitivity="personal",
            today_code=True,
        ),
        Field(
            "street",
            Words("Số nhà, đường, thôn", "House, street or hamlet"),
            sensitivity="personal",
            length=300,
        ),
    ),
    checks=(
        (
            "commune_in_province",
            "commune IS NULL OR province IS NOT NULL",
            Words("Đã ghi xã, phường thì ghi cả tỉnh.", "Give the province with the commune."),
        ),
    ),
)
