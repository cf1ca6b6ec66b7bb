"""Identity: name, birth, sex, origin, papers and addresses of a person."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="identity",
    label=Words("Thông tin chung", "Identity"),
    source="Nghị định 27/2026/NĐ-CP, nhóm thông tin chung; Quyết định 02/2008/QĐ-BNV, mẫu 2C mục 1-9, 25-26",
    group="1",
    exclusive=(),
    fields=(
        Field("full_name", Words("Họ và tên", "Full name"), required=True, length=120, item="1"),
        Field(
            "other_names", Words("Tên gọi khác", "Other names"), sensitivity="personal", length=200, item="2"
        ),
        Field(
            "birth_date",
            Words("Ngày sinh", "Birth date"),
            "partial_date",
            required=True,
            sensitivity="personal",
            item="3",
        ),
        Field(
            "sex",
            Words("Giới tính", "Sex"),
            "code",
            required=True,
            catalogue="sexes",
            sensitivity="personal",
            item="3",
        ),
        Field("birth_place", Words("Nơi sinh", "Place of birth"), sensitivity="personal", item="4"),
        Field("native_place", Words("Quê quán", "Native place"), sensitivity="personal", item="5"),
        Field(
            "ethnic_group",
            Words("Dân tộc", "Ethnic group"),
            "code",
            catalogue="ethnic_groups",
            sensitivity="sensitive",
            item="6",
        ),
        Field(
            "religion",
            Words("Tôn giáo", "Religion"),
            "code",
            catalogue="religions",
            sensitivity="sensitive",
            item="7",
        ),
        Field(
            "permanent_address",
            Words("Nơi đăng ký thường trú", "Permanent address"),
            sensitivity="personal",
            item="8",
        ),
        Field(
            "current_address", Words("Nơi ở hiện nay", "Current address"), sensitivity="personal", item="9"
        ),
        Field("phone", Words("Điện thoại", "Phone"), sensitivity="personal", length=30),
        Field("email", Words("Thư điện tử", "E-mail"), sensitivity="personal", length=200),
        Field(
            "id_card_issued_on",
            Words("Ngày cấp CCCD", "Identity card issued on"),
            "date",
            sensitivity="personal",
            item="25",
        ),
        Field(
            "social_insurance_no",
            Words("Số sổ BHXH", "Social insurance number"),
            sensitivity="personal",
            length=15,
            item="26",
        ),
        Field(
            "prior_occupation",
            Words("Nghề nghiệp trước khi tuyển dụng", "Occupation before recruitment"),
            sensitivity="personal",
            length=200,
            item="10",
        ),
        Field(
            "political_history",
            Words("Đặc điểm lịch sử bản thân", "Personal history statement"),
            sensitivity="secret",
            length=4000,
            item="29",
        ),
    ),
    checks=(
        (
            "birth_before_valid",
            "valid_from >= birth_date",
            Words(
                "Thông tin chung không thể có trước ngày sinh.",
                "Identity cannot start before the birth date.",
            ),
        ),
        (
            "social_insurance_no_digits",
            "social_insurance_no ~ '^[0-9]{10}([0-9]{2})?$'",
            Words("Số sổ BHXH gồm 10 hoặc 12 chữ số.", "A social insurance number has 10 or 12 digits."),
        ),
    ),
)
