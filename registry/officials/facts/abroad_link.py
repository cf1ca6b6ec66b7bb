"""Relatives abroad, and ties to organizations abroad, since when; any number."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="abroad_link",
    label=Words("Quan hệ với nước ngoài", "Links abroad"),
    source="Nghị định 27/2026/NĐ-CP Điều 5, nhóm 2, 3; mẫu 2C mục 29; mẫu 2C/TCTW-98 mục 29",
    group="3",
    maintained_by="official",
    sensitivity="sensitive",
    fields=(
        Field(
            "link",
            Words("Loại quan hệ", "Kind of link"),
            "code",
            required=True,
            catalogue="abroad_link_kinds",
            sensitivity="sensitive",
            item="29",
        ),
        Field(
            "name",
            Words("Họ tên người thân hoặc tên tổ chức", "Name"),
            required=True,
            sensitivity="sensitive",
            length=200,
            item="29",
        ),
        Field(
            "relation",
            Words("Quan hệ gia đình", "Relation"),
            "code",
            catalogue="relations",
            sensitivity="sensitive",
            item="29",
        ),
        Field(
            "country",
            Words("Nước đang ở, nơi đặt trụ sở", "Country"),
            "code",
            required=True,
            catalogue="countries",
            sensitivity="sensitive",
            item="29",
        ),
        Field(
            "nationality",
            Words("Quốc tịch", "Nationality"),
            "code",
            catalogue="countries",
            sensitivity="sensitive",
        ),
        Field(
            "occupation",
            Words("Nghề nghiệp, việc làm", "Occupation"),
            sensitivity="sensitive",
            length=300,
            item="29",
        ),
        Field("address", Words("Địa chỉ", "Address"), sensitivity="sensitive", length=300, item="29"),
    ),
    checks=(
        (
            "relation_of_relative",
            "(link = 'than_nhan') = (relation IS NOT NULL)",
            Words(
                "Thân nhân ở nước ngoài thì ghi quan hệ gia đình; tổ chức thì để trống.",
                "Give the relation of a relative, and none for an organization.",
            ),
        ),
    ),
)
