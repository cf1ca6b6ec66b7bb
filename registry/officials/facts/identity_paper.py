"""Papers of identity: cards, the former identity card, passports; valid while the paper is.

One of each kind at a time, so that the numbers a person had before stay on the record."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="identity_paper",
    label=Words("Giấy tờ tùy thân", "Identity papers"),
    source="Luật Căn cước 26/2023/QH15; Luật Xuất cảnh, nhập cảnh của công dân Việt Nam 49/2019/QH14",
    group="1",
    maintained_by="official",
    exclusive=("paper",),
    fields=(
        Field(
            "paper",
            Words("Loại giấy tờ", "Kind of paper"),
            "code",
            required=True,
            catalogue="identity_papers",
            sensitivity="personal",
        ),
        Field("number", Words("Số", "Number"), required=True, sensitivity="personal", length=20),
        Field("issuer", Words("Nơi cấp", "Issued by"), sensitivity="personal", length=200),
        Field("expires_on", Words("Có giá trị đến", "Expires on"), "date", sensitivity="personal"),
    ),
    checks=(
        (
            "number_form",
            "CASE paper WHEN 'cmnd' THEN number ~ '^[0-9]{9}$' WHEN 'cccd' THEN number ~ '^[0-9]{12}$'"
            " WHEN 'can_cuoc' THEN number ~ '^[0-9]{12}$' ELSE number ~ '^[A-Z0-9]{6,12}$' END",
            Words(
                "CMND gồm 9 chữ số, CCCD và thẻ căn cước 12 chữ số, hộ chiếu 6 đến 12 chữ cái in và chữ số.",
                "A former identity card has 9 digits, a citizen card 12, a passport 6 to 12 capitals and digits.",
            ),
        ),
        (
            "expires_after_issue",
            "expires_on > valid_from",
            Words("Ngày hết giá trị phải sau ngày cấp.", "A paper expires after it is issued."),
        ),
    ),
)
