"""A document of the paper file and where it lies: the electronic file stands beside it and does not replace what must be
kept on paper. What it is called is text: no list of components was at hand whose codes are certain.

Starts on the day it came into the file, ends on the day it was handed over or destroyed. Any number.
"""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="paper_file",
    label=Words("Hồ sơ giấy", "Paper file"),
    source="Quyết định 06/2007/QĐ-BNV; Thông tư 11/2012/TT-BNV; Thông tư 07/2019/TT-BNV",
    group="1",
    fields=(
        Field(
            "document",
            Words("Thành phần hồ sơ", "Document"),
            required=True,
            sensitivity="personal",
            length=300,
        ),
        Field("pages", Words("Số trang", "Pages"), "integer", low=1, high=10000),
        Field("place", Words("Nơi lưu giữ", "Kept at"), required=True, sensitivity="personal", length=300),
        Field("retention", Words("Thời hạn bảo quản", "Kept for"), length=100),
    ),
)
