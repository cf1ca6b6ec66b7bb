"""Health, as found on the day of an examination; any number, the newest one tells."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="health",
    label=Words("Sức khỏe", "Health"),
    source="Nghị định 27/2026/NĐ-CP Điều 5, nhóm 10; Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15; mẫu 2C mục 23",
    group="10",
    maintained_by="official",
    sensitivity="sensitive",
    fields=(
        Field(
            "health_class",
            Words("Loại sức khỏe", "Health class"),
            "code",
            required=True,
            catalogue="health_classes",
            sensitivity="sensitive",
            item="23",
        ),
        Field(
            "height_cm",
            Words("Chiều cao (cm)", "Height (cm)"),
            "integer",
            low=100,
            high=220,
            sensitivity="sensitive",
            item="23",
        ),
        Field(
            "weight_kg",
            Words("Cân nặng (kg)", "Weight (kg)"),
            "decimal",
            digits=(4, 1),
            low=30,
            high=200,
            sensitivity="sensitive",
            item="23",
        ),
        Field(
            "blood_group",
            Words("Nhóm máu", "Blood group"),
            "code",
            catalogue="blood_groups",
            sensitivity="sensitive",
            item="23",
        ),
        Field("clinic", Words("Nơi khám", "Examined at"), sensitivity="sensitive", length=300),
        Field("note", Words("Ghi chú sức khỏe", "Note"), sensitivity="sensitive", length=500),
    ),
)
