"""The portrait of a person, valid from the day it was taken; one at a time, so that a form of a past day has the one of then."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="portrait",
    label=Words("Ảnh chân dung", "Portrait"),
    source="Quyết định 02/2008/QĐ-BNV, mẫu 2C: ảnh màu 4 x 6 cm; Nghị định 27/2026/NĐ-CP, nhóm thông tin cơ bản",
    group="1",
    maintained_by="official",
    exclusive=(),
    fields=(
        Field("photo", Words("Ảnh 4 x 6", "Photo 4 x 6"), "file", required=True, sensitivity="personal"),
    ),
)
