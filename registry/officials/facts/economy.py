"""The economic situation of the household as stated for a year; a new statement follows the last one."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="economy",
    label=Words("Hoàn cảnh kinh tế", "Economic situation"),
    source="Mẫu sơ yếu lý lịch kèm Thông tư 06/2023/TT-BNV; mẫu 2C/TCTW-98 mục 31",
    group="9",
    maintained_by="official",
    exclusive=(),
    fields=(
        Field(
            "year",
            Words("Năm khai", "Year"),
            "year",
            required=True,
            low=1990,
            high=2100,
            sensitivity="personal",
        ),
        Field(
            "salary_income_vnd",
            Words("Lương trong năm (đồng)", "Salary in the year (VND)"),
            "decimal",
            digits=(14, 0),
            low=0,
            sensitivity="personal",
        ),
        Field(
            "household_income_vnd",
            Words("Thu nhập của hộ trong năm (đồng)", "Household income in the year (VND)"),
            "decimal",
            digits=(14, 0),
            low=0,
            sensitivity="personal",
        ),
        Field("house", Words("Nhà ở", "Housing"), "code", catalogue="housing_kinds", sensitivity="personal"),
        Field(
            "house_m2",
            Words("Diện tích nhà ở (m²)", "Floor space (m²)"),
            "decimal",
            digits=(8, 1),
            low=0,
            sensitivity="personal",
        ),
        Field(
            "granted_land_m2",
            Words("Đất được cấp (m²)", "Land granted (m²)"),
            "decimal",
            digits=(10, 1),
            low=0,
            sensitivity="personal",
        ),
        Field(
            "bought_land_m2",
            Words("Đất tự mua (m²)", "Land bought (m²)"),
            "decimal",
            digits=(10, 1),
            low=0,
            sensitivity="personal",
        ),
        Field(
            "farm_land_m2",
            Words("Đất sản xuất, kinh doanh (m²)", "Land for production (m²)"),
            "decimal",
            digits=(10, 1),
            low=0,
            sensitivity="personal",
        ),
    ),
)
