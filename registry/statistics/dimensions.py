"""DIMENSIONS: by what persons may be grouped and filtered. To add one: its entry here, a test.

A dimension reads one column of the persons counted (`column`, see people.py) or of their place (see
placing.py) and turns it into a key; a person without one falls into the group `NONE`, never out of the table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, case, cast, func, null

from registry.access.permissions import Sensitivity
from registry.catalogues.lists import Item
from registry.statistics.days import Day, months_away
from registry.statistics.definitions import Definition
from registry.words import Words

NONE = "none"
"""How a filter names the persons without a value: where=rank:none. In tables their key is null."""
NOT_RECORDED = Words("Chưa ghi nhận", "Not recorded")

Column = ColumnElement[Any]
Listed = Mapping[str, Item]
PLACES = frozenset({"ministry_or_province", "unit"})
"""Dimensions whose keys are codes of organizations."""
PLACED = PLACES | {"organization_kind", "organization_level"}
"""Dimensions that read where a person's unit stands (placing.py), not the person."""
YES, NO = "yes", "no"


def _among(column: Column, keys: list[str]) -> ColumnElement[bool]:
    """Whether the column holds one of many keys: one parameter, however many they are."""
    return column == any_(cast(keys, ARRAY(Text)))


def _itself(column: Column, on: Day, listed: Listed) -> Column:
    return column


def _age_band(birth: Column, on: Day, listed: Listed) -> Column:
    """Bands of completed years, as comparisons of the birth date with the day of `age` years before."""

    def younger_than(age: int) -> ColumnElement[bool]:
        return birth > months_away(on, -12 * age)

    return case(
        (birth.is_(None), null()),
        (younger_than(31), "<=30"),
        (younger_than(41), "31-40"),
        (younger_than(51), "41-50"),
        (younger_than(56), "51-55"),
        (younger_than(61), "56-60"),
        else_=">60",
    )


def _property(name: str) -> Callable[[Column, Day, Listed], Column]:
    """The key is a property of the catalogue row, such as the level of a rank."""

    def key(column: Column, on: Day, listed: Listed) -> Column:
        groups: dict[str, list[str]] = {}
        for code, item in listed.items():
            if item.extra.get(name):
                groups.setdefault(item.extra[name], []).append(code)
        if not groups:
            return null()
        return case(*((_among(column, codes), group) for group, codes in sorted(groups.items())))

    return key


def _ethnicity(column: Column, on: Day, listed: Listed) -> Column:
    minorities = [code for code, item in listed.items() if item.extra.get("is_minority") == "yes"]
    return case((column.is_(None), null()), (_among(column, minorities), "minority"), else_="kinh")


def _yes(column: Column, on: Day, listed: Listed) -> Column:
    return case((column, YES), else_=NO)


def _recorded(column: Column, on: Day, listed: Listed) -> Column:
    return case((column.is_not(None), YES), else_=NO)


def _religious(column: Column, on: Day, listed: Listed) -> Column:
    religions = [code for code, item in listed.items() if item.extra.get("is_religion") == "yes"]
    return case((_among(column, religions), YES), else_=NO)


def _past(column: Column, on: Day, listed: Listed) -> Column:
    return case((column.is_(None), null()), (column < on, YES), else_=NO)


def _service_band(since: Column, on: Day, listed: Listed) -> Column:
    """Bands of completed years, as comparisons of the first day with the day of so many years before."""

    def less_than(years: int) -> ColumnElement[bool]:
        return since > months_away(on, -12 * years)

    return case(
        (since.is_(None), null()),
        (less_than(5), "<5"),
        *((less_than(top), f"{top - 5}-{top - 1}") for top in range(10, 31, 5)),
        else_=">=30",
    )


def _year(column: Column, on: Day, listed: Listed) -> Column:
    return func.to_char(column, "YYYY")


def _property_by_name(name: str) -> Callable[[Column, Day, Listed], Column]:
    """As `_property`, where facts hold the name of the row in the catalogue in place of its key."""

    def key(column: Column, on: Day, listed: Listed) -> Column:
        named = {item.name.vi: item for item in listed.values()}
        return _property(name)(column, on, named)

    return key


SERVICE_FIELDS = ("giao_duc", "y_te", "khoa_hoc", "van_hoa_the_thao")


def _service_field(column: Column, on: Day, listed: Listed) -> Column:
    sector = _property("sector")(column, on, listed)
    return case((sector.in_(SERVICE_FIELDS), sector), (sector.is_not(None), "khac"))


@dataclass(frozen=True, kw_only=True)
class Dimension(Definition):
    """`catalogue` is the list that codes `column`; `groups` are the keys where it does not give them.

    `kinds`: only rows of the list whose property `kind` is one of these are keys.
    """

    column: str
    catalogue: str = ""
    groups: tuple[tuple[str, Words], ...] = ()
    key: Callable[[Column, Day, Listed], Column] = _itself
    sensitivity: Sensitivity = "ordinary"
    kinds: tuple[str, ...] = ()

    def lists(self, item: Item) -> bool:
        """Whether a row of the list is one of the keys."""
        return not self.kinds or item.extra.get("kind", "") in self.kinds

    def names(self, listed: Listed) -> dict[str, Words]:
        """Keys and their names, in their order; empty for places, which the organizations name."""
        return dict(self.groups) or {key: item.name for key, item in listed.items() if self.lists(item)}


LANGUAGE_GROUPS = (
    ("degree", Words("Đại học trở lên", "University degree or above")),
    ("certificate", Words("Chứng chỉ", "Certificate")),
)

DIMENSIONS: dict[str, Dimension] = {
    one.id: one
    for one in (
        Dimension(
            id="ministry_or_province",
            label=Words("Bộ, tỉnh", "Ministry or province"),
            definition=Words(
                "Bộ, cơ quan trung ương hoặc tỉnh, thành phố mà đơn vị của chức vụ chính thuộc về, theo "
                "cây đơn vị của ngày xét, hoặc theo cây hôm nay. Đơn vị đã kết thúc tính về đơn vị kế "
                "thừa (nhiều đơn vị kế thừa: đơn vị đứng trước trong cây); không có đơn vị kế thừa thì "
                "tính về cấp trên cuối cùng.",
                "The ministry, central agency, province or centrally run city that the unit of the main "
                "post belongs to, by the tree of the day, or by today's tree. A unit that has ended "
                "counts with its successor (of several successors: the first in the tree); without one, "
                "with its last superior.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột B; Luật Tổ chức chính quyền địa phương 72/2025/QH15",
            column="body",
        ),
        Dimension(
            id="unit",
            label=Words("Đơn vị trực thuộc", "Unit"),
            definition=Words(
                "Đơn vị trực thuộc của cơ quan đã chọn, gồm mọi đơn vị bên dưới; người làm việc tại chính "
                "cơ quan đó tính dưới tên cơ quan.",
                "The units directly under the chosen organization, each with everything below it; persons "
                "of the organization itself count under its own name.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột B",
            column="unit",
        ),
        Dimension(
            id="organization_kind",
            label=Words("Loại đơn vị", "Kind of unit"),
            definition=Words(
                "Loại của đơn vị nơi giữ chức vụ chính, theo cây đơn vị của ngày xét hoặc cây hôm nay.",
                "Kind of the unit of the main post, by the tree of the day or by today's tree.",
            ),
            source="Luật Tổ chức Chính phủ 63/2025/QH15; Luật Tổ chức chính quyền địa phương 72/2025/QH15",
            column="kind",
            catalogue="organization_kinds",
        ),
        Dimension(
            id="organization_level",
            label=Words("Cấp của đơn vị", "Level of unit"),
            definition=Words(
                "Cấp của loại đơn vị nơi giữ chức vụ chính: trung ương, cấp tỉnh, cấp huyện (đến 30/06/2025), "
                "cấp xã, hoặc đơn vị bên trong cơ quan.",
                "Level of the kind of the unit of the main post: central, province, district (to 30 June 2025), "
                "commune, or a unit inside a body.",
            ),
            source="Luật Tổ chức chính quyền địa phương 72/2025/QH15; danh mục loại đơn vị",
            column="kind",
            catalogue="organization_kinds",
            groups=(
                ("central", Words("Trung ương", "Central")),
                ("province", Words("Cấp tỉnh", "Province")),
                ("district", Words("Cấp huyện (đến 30/06/2025)", "District (to 30 June 2025)")),
                ("commune", Words("Cấp xã", "Commune")),
                ("inner", Words("Đơn vị bên trong cơ quan", "Unit inside a body")),
            ),
            key=_property("level"),
        ),
        Dimension(
            id="category",
            label=Words("Phân loại", "Category"),
            definition=Words(
                "Cán bộ, công chức, viên chức hoặc loại khác, theo tình trạng công tác vào ngày xét.",
                "Elected official, civil servant, public employee or other, by the employment status on "
                "the day.",
            ),
            source="Luật Cán bộ, công chức 80/2025/QH15; Luật Viên chức 129/2025/QH15",
            column="category",
            catalogue="employment_categories",
        ),
        Dimension(
            id="status",
            label=Words("Tình trạng công tác", "Employment status"),
            definition=Words(
                "Tình trạng công tác vào ngày xét; chỉ những tình trạng được tính vào số có mặt.",
                "Employment status on the day; only those that count in the headcount.",
            ),
            source="Luật Cán bộ, công chức 80/2025/QH15; Luật Viên chức 129/2025/QH15",
            column="status",
            catalogue="status_codes",
        ),
        Dimension(
            id="sex",
            label=Words("Giới tính", "Sex"),
            definition=Words("Giới tính ghi trong hồ sơ.", "Sex as recorded."),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 3",
            column="sex",
            catalogue="sexes",
            sensitivity="personal",
        ),
        Dimension(
            id="age_band",
            label=Words("Nhóm tuổi", "Age band"),
            definition=Words(
                "Tuổi tròn năm vào ngày xét. Chỉ biết tháng hoặc năm sinh thì tính từ ngày đầu của tháng "
                "hoặc năm đó.",
                "Completed years of age on the day. Where only the month or year of birth is known, its "
                "first day counts.",
            ),
            unit=Words("tuổi", "years"),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 32-38",
            column="birth_date",
            groups=(
                ("<=30", Words("Từ 30 trở xuống", "30 and under")),
                ("31-40", Words("Từ 31 đến 40", "31 to 40")),
                ("41-50", Words("Từ 41 đến 50", "41 to 50")),
                ("51-55", Words("Từ 51 đến 55", "51 to 55")),
                ("56-60", Words("Từ 56 đến 60", "56 to 60")),
                (">60", Words("Trên 60", "Over 60")),
            ),
            key=_age_band,
            sensitivity="personal",
        ),
        Dimension(
            id="pensionable",
            label=Words("Trên tuổi nghỉ hưu", "Above the pension age"),
            definition=Words(
                "Ngày làm việc cuối cùng theo tuổi nghỉ hưu đã qua trước ngày xét, tính theo giới tính và "
                "tháng sinh từ lộ trình tuổi nghỉ hưu. Không xét nghỉ sớm, nghỉ muộn hay kéo dài công tác. "
                "Chỉ biết năm sinh thì tính tháng 01.",
                "The last day of work by age lies before the day, by sex and month of birth from the roadmap of "
                "pension ages. Earlier or later leaving and extended service are not looked at. Where only the "
                "year of birth is known, January counts.",
            ),
            source="Bộ luật Lao động 45/2019/QH14 Điều 169; Nghị định 135/2020/NĐ-CP; Thông tư 11/2012/TT-BNV, BM01 cột 38",
            column="pension_age_on",
            groups=(
                (YES, Words("Trên tuổi nghỉ hưu", "Above the pension age")),
                (NO, Words("Trong độ tuổi", "Within working age")),
            ),
            key=_past,
            sensitivity="personal",
        ),
        Dimension(
            id="rank",
            label=Words("Ngạch, chức danh", "Rank"),
            definition=Words(
                "Ngạch công chức hoặc chức danh nghề nghiệp viên chức đang được xếp lương vào ngày xét.",
                "Civil-service rank or professional title in which the salary step on the day is.",
            ),
            source="Nghị định 204/2004/NĐ-CP; Thông tư 02/2021/TT-BNV",
            column="rank",
            catalogue="ranks",
        ),
        Dimension(
            id="rank_level",
            label=Words("Nhóm ngạch, hạng", "Rank level"),
            definition=Words(
                "Nhóm của ngạch hoặc hạng của chức danh đang xếp lương; ngạch chưa rõ nhóm thì tính là "
                "chưa ghi nhận.",
                "Level of the rank, or grade of the professional title; ranks without a known level count "
                "as not recorded.",
            ),
            source="Luật Cán bộ, công chức 80/2025/QH15, Điều 24; Thông tư 11/2012/TT-BNV, BM01 cột 7-11",
            column="rank",
            catalogue="ranks",
            groups=(
                (
                    "1",
                    Words(
                        "Chuyên viên cao cấp và tương đương; hạng I",
                        "Senior specialist and equivalent; grade I",
                    ),
                ),
                (
                    "2",
                    Words(
                        "Chuyên viên chính và tương đương; hạng II",
                        "Principal specialist and equivalent; grade II",
                    ),
                ),
                ("3", Words("Chuyên viên và tương đương; hạng III", "Specialist and equivalent; grade III")),
                ("4", Words("Cán sự và tương đương; hạng IV", "Technician and equivalent; grade IV")),
                ("5", Words("Nhân viên; hạng V", "Employee; grade V")),
            ),
            key=_property("level"),
        ),
        Dimension(
            id="service_field",
            label=Words("Lĩnh vực sự nghiệp", "Field of public service"),
            definition=Words(
                "Lĩnh vực của ngạch hoặc chức danh nghề nghiệp đang xếp lương vào ngày xét, theo danh mục ngạch; "
                "các lĩnh vực còn lại, kể cả hành chính, tính là khác.",
                "Field of the rank or professional title in which the salary step is, by the catalogue of ranks; "
                "all others, administration too, count as other.",
            ),
            source="Thông tư 07/2019/TT-BNV, BM01-VC cột 2-6; danh mục ranks",
            column="rank",
            catalogue="ranks",
            groups=(
                ("giao_duc", Words("Giáo dục", "Education")),
                ("y_te", Words("Y tế", "Health")),
                ("khoa_hoc", Words("Nghiên cứu khoa học", "Research")),
                ("van_hoa_the_thao", Words("Văn hóa, thể thao", "Culture and sports")),
                ("khac", Words("Khác", "Other")),
            ),
            key=_service_field,
        ),
        Dimension(
            id="position",
            label=Words("Chức vụ", "Position"),
            definition=Words(
                "Chức vụ, chức danh của chức vụ chính vào ngày xét.",
                "Title of the main post held on the day.",
            ),
            source="Mẫu 2C mục 12",
            column="position",
            catalogue="position_titles",
        ),
        Dimension(
            id="position_level",
            label=Words("Cấp của chức vụ", "Level of position"),
            definition=Words(
                "Cấp cơ quan mà bảng phụ cấp chức vụ xếp chức vụ chính vào; chức vụ không có trong bảng "
                "thì tính là chưa ghi nhận.",
                "Level of body under which the table of position allowances lists the main post; titles "
                "not in the table count as not recorded.",
            ),
            source="Nghị định 204/2004/NĐ-CP; Nghị định 07/2026/NĐ-CP",
            column="position",
            catalogue="position_titles",
            groups=(
                ("trung_uong", Words("Trung ương", "Central")),
                ("bo", Words("Bộ, ngành", "Ministry")),
                ("tong_cuc", Words("Tổng cục", "General department")),
                ("cuc_thuoc_bo", Words("Cục thuộc bộ", "Department under a ministry")),
                ("tinh", Words("Tỉnh, thành phố", "Province or city")),
                ("huyen", Words("Huyện (trước 01/07/2025)", "District (before 1 July 2025)")),
                ("xa", Words("Xã, phường, đặc khu", "Commune, ward or special zone")),
                ("don_vi_su_nghiep", Words("Đơn vị sự nghiệp", "Public service unit")),
                ("giao_duc", Words("Cơ sở giáo dục", "Educational institution")),
            ),
            key=_property("org_level"),
        ),
        Dimension(
            id="leader",
            label=Words("Lãnh đạo, quản lý", "Leader or manager"),
            definition=Words(
                "Chức vụ chính vào ngày xét là một chức vụ của danh mục chức vụ lãnh đạo, quản lý.",
                "The main post on the day is one of the catalogue of leading and managing positions.",
            ),
            source="Nghị định 204/2004/NĐ-CP; Nghị định 232/2026/NĐ-CP, Phụ lục I; danh mục chức vụ",
            column="position",
            groups=(
                (YES, Words("Giữ chức vụ lãnh đạo, quản lý", "Holds a leading post")),
                (NO, Words("Không giữ chức vụ", "Holds none")),
            ),
            key=_recorded,
        ),
        Dimension(
            id="job_position_group",
            label=Words("Nhóm vị trí việc làm", "Job-position group"),
            definition=Words(
                "Nhóm của vị trí việc làm ghi ở chức vụ chính, khi tên vị trí đúng là một tên trong danh mục vị "
                "trí việc làm của viên chức; tên khác thì tính là chưa ghi nhận. Chức vụ lãnh đạo: xem chiều Lãnh đạo, quản lý.",
                "Group of the job position named with the main post, where the name is one of the list of job "
                "positions of public employees; any other name counts as not recorded. For leading posts see the "
                "dimension leader.",
            ),
            source="Nghị định 232/2026/NĐ-CP, Phụ lục II, III; danh mục vị trí việc làm",
            column="job_position",
            catalogue="job_positions",
            groups=(
                ("chuyen_mon_nghiep_vu", Words("Chuyên môn, nghiệp vụ", "Professional")),
                ("ho_tro", Words("Hỗ trợ, phục vụ", "Support")),
            ),
            key=_property_by_name("position_group"),
        ),
        Dimension(
            id="years_of_service",
            label=Words("Thâm niên công tác", "Years of service"),
            definition=Words(
                "Số năm tròn từ ngày tuyển dụng (ngày bắt đầu của tình trạng công tác đầu tiên, không kể đã "
                "trúng tuyển chưa nhận việc) đến ngày xét.",
                "Completed years since recruitment (the first day of the first employment status, without the "
                "time between selection and start) on the day.",
            ),
            unit=Words("năm", "years"),
            source="Mẫu 2C mục 11; định nghĩa của hệ thống",
            column="recruited_on",
            groups=(
                ("<5", Words("Dưới 5", "Under 5")),
                ("5-9", Words("Từ 5 đến 9", "5 to 9")),
                ("10-14", Words("Từ 10 đến 14", "10 to 14")),
                ("15-19", Words("Từ 15 đến 19", "15 to 19")),
                ("20-24", Words("Từ 20 đến 24", "20 to 24")),
                ("25-29", Words("Từ 25 đến 29", "25 to 29")),
                (">=30", Words("Từ 30 trở lên", "30 and more")),
            ),
            key=_service_band,
        ),
        Dimension(
            id="recruitment_year",
            label=Words("Năm tuyển dụng", "Year of recruitment"),
            definition=Words(
                "Năm của ngày tuyển dụng (ngày bắt đầu của tình trạng công tác đầu tiên, không kể đã trúng "
                "tuyển chưa nhận việc).",
                "Year of recruitment (of the first day of the first employment status, without the time between "
                "selection and start).",
            ),
            source="Mẫu 2C mục 11",
            column="recruited_on",
            key=_year,
        ),
        Dimension(
            id="education",
            label=Words("Trình độ chuyên môn", "Education"),
            definition=Words(
                "Trình độ chuyên môn cao nhất đã có văn bằng đến ngày xét; mỗi người một mức.",
                "Highest professional qualification awarded by the day; one level a person.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 12-17",
            column="education",
            catalogue="education_levels",
            kinds=("professional",),
        ),
        Dimension(
            id="political_theory",
            label=Words("Lý luận chính trị", "Political theory"),
            definition=Words(
                "Trình độ lý luận chính trị cao nhất đã có đến ngày xét; mỗi người một mức.",
                "Highest level of political theory reached by the day; one level a person.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 18-21",
            column="political_theory",
            catalogue="political_theory",
        ),
        Dimension(
            id="state_management",
            label=Words("Quản lý nhà nước", "State management"),
            definition=Words(
                "Chương trình bồi dưỡng quản lý nhà nước theo ngạch cao nhất đã có đến ngày xét; mỗi người một mức. "
                "Bồi dưỡng theo chức vụ lãnh đạo ở chiều Bồi dưỡng lãnh đạo, quản lý.",
                "Highest state-management course by rank finished by the day; one level a person. Courses for "
                "leading posts are in the dimension Leadership course.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 29-31; Nghị định 171/2025/NĐ-CP",
            column="state_management",
            catalogue="state_management",
            kinds=("", "ngach"),
        ),
        Dimension(
            id="leadership_course",
            label=Words("Bồi dưỡng lãnh đạo, quản lý", "Leadership course"),
            definition=Words(
                "Chương trình bồi dưỡng lãnh đạo, quản lý cao nhất đã có đến ngày xét; mỗi người một mức.",
                "Highest leadership course finished by the day; one level a person.",
            ),
            source="Nghị định 171/2025/NĐ-CP Điều 14, 15",
            column="leadership_course",
            catalogue="state_management",
            kinds=("lanh_dao",),
        ),
        Dimension(
            id="it",
            label=Words("Trình độ tin học", "Computer skills"),
            definition=Words(
                "Trình độ tin học cao nhất đã có đến ngày xét; mỗi người một mức.",
                "Highest level of computer skills reached by the day; one level a person.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 22-23; mẫu 2C mục 15.6",
            column="it",
            catalogue="it_levels",
        ),
        Dimension(
            id="it_group",
            label=Words("Tin học: bằng cấp, chứng chỉ", "Computer skills: degree or certificate"),
            definition=Words(
                "Trình độ tin học cao nhất đã có đến ngày xét: từ trung cấp trở lên, hoặc chỉ có chứng chỉ.",
                "Highest level of computer skills reached by the day: an intermediate degree or above, or a "
                "certificate only.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 22-23",
            column="it",
            catalogue="it_levels",
            groups=(
                ("degree", Words("Trung cấp trở lên", "Intermediate degree or above")),
                ("certificate", Words("Chứng chỉ", "Certificate")),
            ),
            key=_property("counts_as"),
        ),
        Dimension(
            id="english",
            label=Words("Tiếng Anh", "English"),
            definition=Words(
                "Trình độ tiếng Anh cao nhất đã có đến ngày xét: từ đại học trở lên (kể cả học ở nước ngoài "
                "bằng tiếng Anh), hoặc chứng chỉ và trình độ khác. Chứng chỉ đã hết hạn vẫn tính.",
                "Best English reached by the day: a university degree or above (also one taught in English "
                "abroad), or a certificate or any other level. Expired certificates count as well.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 24-25",
            column="english",
            groups=LANGUAGE_GROUPS,
        ),
        Dimension(
            id="other_language",
            label=Words("Ngoại ngữ khác", "Other foreign language"),
            definition=Words(
                "Trình độ ngoại ngữ khác tiếng Anh cao nhất đã có đến ngày xét, tính như tiếng Anh. Không gồm "
                "tiếng dân tộc thiểu số trong nước.",
                "Best foreign language other than English reached by the day, counted as English is. Without "
                "languages of the country's minorities.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 26-27",
            column="other_language",
            groups=LANGUAGE_GROUPS,
        ),
        Dimension(
            id="ethnic_language",
            label=Words("Tiếng dân tộc", "Minority language"),
            definition=Words(
                "Đã ghi nhận biết một tiếng dân tộc thiểu số trong nước đến ngày xét.",
                "A language of one of the country's minorities is recorded by the day.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 28",
            column="ethnic_language",
            groups=(
                (YES, Words("Có", "Yes")),
                (NO, Words("Không", "No")),
            ),
            key=_yes,
        ),
        Dimension(
            id="party",
            label=Words("Đảng viên", "Party membership"),
            definition=Words(
                "Đang là đảng viên vào ngày xét: đã có ngày vào Đảng, chưa ra khỏi Đảng.",
                "Member of the Party on the day: admitted by then and not out of it.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 4",
            column="party",
            groups=(
                (YES, Words("Đảng viên", "Member")),
                (NO, Words("Không là đảng viên", "Not a member")),
            ),
            key=_yes,
            sensitivity="sensitive",
        ),
        Dimension(
            id="ethnicity",
            label=Words("Dân tộc Kinh, dân tộc thiểu số", "Kinh or minority"),
            definition=Words(
                "Dân tộc ghi trong hồ sơ, chia thành Kinh và các dân tộc thiểu số.",
                "Ethnic group as recorded, divided into Kinh and minorities.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 5",
            column="ethnic_group",
            catalogue="ethnic_groups",
            groups=(
                ("kinh", Words("Kinh", "Kinh")),
                ("minority", Words("Dân tộc thiểu số", "Ethnic minority")),
            ),
            key=_ethnicity,
            sensitivity="sensitive",
        ),
        Dimension(
            id="ethnic_group",
            label=Words("Dân tộc", "Ethnic group"),
            definition=Words("Dân tộc ghi trong hồ sơ.", "Ethnic group as recorded."),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 5",
            column="ethnic_group",
            catalogue="ethnic_groups",
            sensitivity="sensitive",
        ),
        Dimension(
            id="religion",
            label=Words("Tôn giáo", "Religion"),
            definition=Words("Tôn giáo ghi trong hồ sơ.", "Religion as recorded."),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 6",
            column="religion",
            catalogue="religions",
            sensitivity="sensitive",
        ),
        Dimension(
            id="religious",
            label=Words("Theo tôn giáo", "Of a religion"),
            definition=Words(
                "Hồ sơ ghi một tôn giáo; không tôn giáo, chưa xác định hoặc chưa ghi thì tính là không.",
                "A religion is recorded; none, not stated or not recorded count as no.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 6",
            column="religion",
            catalogue="religions",
            groups=(
                (YES, Words("Theo tôn giáo", "Of a religion")),
                (NO, Words("Không", "No")),
            ),
            key=_religious,
            sensitivity="sensitive",
        ),
        Dimension(
            id="evaluation_grade",
            label=Words("Mức xếp loại", "Grade"),
            definition=Words("Mức xếp loại chất lượng của năm.", "Grade of the yearly evaluation."),
            source="Nghị định 335/2025/NĐ-CP; Nghị định 233/2026/NĐ-CP",
            column="grade",
            catalogue="evaluation_grades",
            sensitivity="personal",
        ),
        Dimension(
            id="discipline_form",
            label=Words("Hình thức kỷ luật", "Disciplinary form"),
            definition=Words("Hình thức kỷ luật hành chính.", "Form of the administrative measure."),
            source="Nghị định 172/2025/NĐ-CP; Nghị định 234/2026/NĐ-CP",
            column="discipline_form",
            catalogue="discipline_forms",
            sensitivity="personal",
        ),
        Dimension(
            id="reward_form",
            label=Words("Hình thức khen thưởng", "Form of reward"),
            definition=Words("Hình thức khen thưởng hoặc danh hiệu.", "Form of the reward or title."),
            source="Luật Thi đua, khen thưởng 06/2022/QH15",
            column="reward_form",
            catalogue="reward_forms",
        ),
        Dimension(
            id="training_kind",
            label=Words("Loại bồi dưỡng", "Kind of training"),
            definition=Words("Loại của khóa bồi dưỡng.", "Kind of the course."),
            source="Nghị định 171/2025/NĐ-CP",
            column="training",
            catalogue="training_kinds",
        ),
    )
}
