"""DIMENSIONS: by what persons may be grouped and filtered. To add one: its entry here, a test.

A dimension reads one column of the persons counted (`column`, see people.py) or of their place (see
placing.py) and turns it into a key; a person without one falls into the group `NONE`, never out of the table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Text, any_, case, cast, null

from registry.access.permissions import Sensitivity
from registry.catalogues.lists import Item
from registry.periods import add_months
from registry.statistics.definitions import Definition
from registry.words import Words

NONE = "none"
"""How a filter names the persons without a value: where=rank:none. In tables their key is null."""
NOT_RECORDED = Words("Chưa ghi nhận", "Not recorded")

Column = ColumnElement[Any]
Listed = Mapping[str, Item]
PLACES = frozenset({"ministry_or_province", "unit"})


def _among(column: Column, keys: list[str]) -> ColumnElement[bool]:
    """Whether the column holds one of many keys: one parameter, however many they are."""
    return column == any_(cast(keys, ARRAY(Text)))


def _itself(column: Column, on: date, listed: Listed) -> Column:
    return column


def _age_band(birth: Column, on: date, listed: Listed) -> Column:
    """Bands of completed years, as comparisons of the birth date with the day of `age` years before."""

    def younger_than(age: int) -> ColumnElement[bool]:
        return birth > add_months(on, -12 * age)

    return case(
        (birth.is_(None), null()),
        (younger_than(31), "<=30"),
        (younger_than(41), "31-40"),
        (younger_than(51), "41-50"),
        (younger_than(56), "51-55"),
        (younger_than(61), "56-60"),
        else_=">60",
    )


def _property(name: str) -> Callable[[Column, date, Listed], Column]:
    """The key is a property of the catalogue row, such as the level of a rank."""

    def key(column: Column, on: date, listed: Listed) -> Column:
        groups: dict[str, list[str]] = {}
        for code, item in listed.items():
            if item.extra.get(name):
                groups.setdefault(item.extra[name], []).append(code)
        if not groups:
            return null()
        return case(*((_among(column, codes), group) for group, codes in sorted(groups.items())))

    return key


def _ethnicity(column: Column, on: date, listed: Listed) -> Column:
    minorities = [code for code, item in listed.items() if item.extra.get("is_minority") == "yes"]
    return case((column.is_(None), null()), (_among(column, minorities), "minority"), else_="kinh")


def _membership(column: Column, on: date, listed: Listed) -> Column:
    return case((column, "yes"), else_="no")


@dataclass(frozen=True, kw_only=True)
class Dimension(Definition):
    """`catalogue` is the list that codes `column`; `groups` are the keys where it does not give them."""

    column: str
    catalogue: str = ""
    groups: tuple[tuple[str, Words], ...] = ()
    key: Callable[[Column, date, Listed], Column] = _itself
    sensitivity: Sensitivity = "ordinary"

    def names(self, listed: Listed) -> dict[str, Words]:
        """Keys and their names, in their order; empty for places, which the organizations name."""
        return dict(self.groups) or {key: item.name for key, item in listed.items()}


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
            id="education",
            label=Words("Trình độ chuyên môn", "Education"),
            definition=Words(
                "Trình độ chuyên môn cao nhất đã có văn bằng đến ngày xét; mỗi người một mức.",
                "Highest professional qualification awarded by the day; one level a person.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 12-17",
            column="education",
            catalogue="education_levels",
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
            id="party",
            label=Words("Đảng viên", "Party membership"),
            definition=Words(
                "Đang là đảng viên vào ngày xét: đã có ngày vào Đảng, chưa ra khỏi Đảng.",
                "Member of the Party on the day: admitted by then and not out of it.",
            ),
            source="Thông tư 11/2012/TT-BNV, BM01 cột 4",
            column="party",
            groups=(
                ("yes", Words("Đảng viên", "Member")),
                ("no", Words("Không là đảng viên", "Not a member")),
            ),
            key=_membership,
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
    )
}
