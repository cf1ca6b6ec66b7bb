"""Computer skills; starts on the day of award."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="it_skill",
    label=Words("Tin học", "Computer skills"),
    source="Mẫu 2C mục 15.6",
    group="5",
    maintained_by="official",
    fields=(
        Field("level", Words("Trình độ", "Level"), "code", required=True, catalogue="it_levels", item="15.6"),
        Field("school", Words("Nơi cấp", "Issued by"), length=300, item="27"),
        Field("certificate", Words("Chứng chỉ", "Certificate"), length=200),
    ),
)
