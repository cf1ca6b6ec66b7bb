"""Languages, those of ethnic minorities included; starts on the day of award."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="language",
    label=Words("Ngoại ngữ, tiếng dân tộc", "Language"),
    source="Mẫu 2C mục 15.5",
    group="5",
    maintained_by="official",
    fields=(
        Field(
            "language",
            Words("Ngôn ngữ", "Language"),
            "code",
            required=True,
            catalogue="languages",
            item="15.5",
        ),
        Field("level", Words("Trình độ", "Level"), "code", catalogue="language_levels", item="15.5"),
        Field("certificate", Words("Chứng chỉ", "Certificate"), length=200, item="27"),
        Field("expires_on", Words("Chứng chỉ có giá trị đến", "Certificate expires on"), "date"),
    ),
)
