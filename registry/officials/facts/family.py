"""Family members, of the person and of the spouse."""

from registry.officials.facts.kind import Field, Kind
from registry.words import Words

KIND = Kind(
    name="family",
    label=Words("Quan hệ gia đình", "Family member"),
    source="Mẫu 2C mục 30",
    group="2",
    maintained_by="official",
    fields=(
        Field(
            "relation",
            Words("Mối quan hệ", "Relation"),
            "code",
            required=True,
            catalogue="relations",
            sensitivity="personal",
            item="30",
        ),
        Field(
            "full_name",
            Words("Họ và tên", "Full name"),
            required=True,
            sensitivity="personal",
            length=120,
            item="30",
        ),
        Field(
            "birth_year",
            Words("Năm sinh", "Birth year"),
            "year",
            low=1850,
            high=2100,
            sensitivity="personal",
            item="30",
        ),
        Field("native_place", Words("Quê quán", "Native place"), sensitivity="personal", item="30"),
        Field(
            "occupation",
            Words("Nghề nghiệp, chức vụ, nơi công tác", "Occupation and workplace"),
            sensitivity="personal",
            item="30",
        ),
        Field(
            "workplace",
            Words("Đơn vị công tác, học tập", "Workplace or school"),
            sensitivity="personal",
            length=300,
            item="30",
        ),
        Field("address", Words("Nơi ở", "Address"), sensitivity="personal", item="30"),
        Field(
            "personal_number",
            Words("Số định danh của người thân", "Personal number of the relative"),
            sensitivity="personal",
            length=12,
        ),
        Field(
            "is_party_member",
            Words("Là đảng viên", "Party member"),
            "boolean",
            required=True,
            default=False,
            sensitivity="sensitive",
            item="30",
        ),
        Field(
            "is_deceased",
            Words("Đã mất", "Deceased"),
            "boolean",
            required=True,
            default=False,
            sensitivity="personal",
        ),
        Field("abroad", Words("Ở nước ngoài", "Lives abroad"), sensitivity="secret", item="29"),
    ),
    checks=(
        (
            "personal_number_digits",
            "personal_number ~ '^[0-9]{12}$'",
            Words("Số định danh gồm 12 chữ số.", "A personal number has 12 digits."),
        ),
    ),
)
