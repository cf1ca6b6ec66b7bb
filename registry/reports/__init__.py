"""The catalogue of reports: every form and list that can be asked for is a line in REPORTS."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from registry.access.permissions import Permission, Sensitivity
from registry.bulk.runs import Order
from registry.reports import lists, many, printing
from registry.reports.statutory import FORMS, PARTY, Form, making
from registry.words import Words

Kind = Literal["person", "organization", "date", "instant", "year", "text"]
PDF, XLSX, CSV, JSON = "pdf", "xlsx", "csv", "json"


@dataclass(frozen=True)
class Parameter:
    """What a user gives to get a report: a person by number, a unit by code, a day, a moment, a year, a text."""

    name: str
    title: Words
    kind: Kind
    required: bool = False
    hint: Words | None = None


@dataclass(frozen=True)
class Report:
    """A form or list. `make` fills the file of an Order, in Vietnamese as the law asks, and returns the number of rows.

    `code` is what officials call the form; `version` changes when its content does, so that a run can be made again
    only by what made it first. `permission` is needed over the people it tells of, and so are the `classes` of fields
    that it shows to everybody. A form that has been replaced is valid until a day (not included) and is printed for
    days before it.
    """

    name: str
    code: str
    title: Words
    about: Words
    family: str
    source: str
    version: str
    formats: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    permission: Permission
    make: Callable[[Order], int]
    about_person: bool = False
    classes: frozenset[Sensitivity] = frozenset()
    valid_from: date | None = None
    valid_to: date | None = None

    def parameter(self, name: str) -> Parameter | None:
        """A parameter by its name."""
        return next((one for one in self.parameters if one.name == name), None)


FAMILIES: dict[str, Words] = {
    "personal": Words("Hồ sơ cá nhân", "Personal files"),
    "lists": Words("Danh sách", "Lists"),
    "statutory": Words("Biểu thống kê của Bộ Nội vụ", "Statistics of the Ministry of Home Affairs"),
    "party": Words(
        "Biểu mẫu của Ban Tổ chức Trung ương", "Forms of the Party's Central Organization Commission"
    ),
    "audit": Words("Kiểm tra", "Audit"),
}
"""Groups of the catalogue, in order."""

PERSON = Parameter(
    "personal_id", Words("Số định danh cá nhân", "Personal identity number"), "person", required=True
)
UNIT = Parameter(
    "organization",
    Words("Đơn vị", "Unit"),
    "organization",
    required=True,
    hint=Words("Mã đơn vị; gồm các đơn vị trực thuộc", "Code of the unit; those below it are included"),
)
ANY_UNIT = Parameter(
    "organization",
    Words("Đơn vị", "Unit"),
    "organization",
    hint=Words(
        "Mã đơn vị, gồm các đơn vị trực thuộc; để trống: cả phạm vi của bạn",
        "Code of a unit, those below included; empty: all your units",
    ),
)
AS_OF = Parameter("as_of", Words("Tính đến ngày", "As of"), "date")
KNOWN_AT = Parameter(
    "known_at",
    Words("Ghi nhận đến", "As recorded at"),
    "instant",
    hint=Words("dd/mm/yyyy hh:mm; để trống: đến bây giờ", "dd/mm/yyyy hh:mm; empty: until now"),
)

_ALL = (
    Report(
        "2c",
        "2C-BNV/2008",
        Words("Sơ yếu lý lịch cán bộ, công chức", "Curriculum vitae of an official"),
        Words(
            "Lý lịch của một người theo 32 mục, đúng vào ngày chọn. In A4, có mã QR của hồ sơ.",
            "One person's life in 32 items, as of the day. A4, with a QR code of the dossier.",
        ),
        "personal",
        "Quyết định 02/2008/QĐ-BNV",
        "2008.1",
        (PDF,),
        (PERSON, AS_OF, KNOWN_AT),
        Permission.REPORTS_FORM_PRINT,
        printing.make,
        about_person=True,
    ),
    Report(
        "2c_bulk",
        "2C-BNV/2008, cả đơn vị",
        Words("Sơ yếu lý lịch của mọi người trong đơn vị", "Curricula vitae of everybody in a unit"),
        Words(
            "Mẫu 2C của từng người đang ở vị trí trong đơn vị, theo đơn vị rồi theo tên, trong một tệp có mục lục.",
            "Form 2C of everybody in post in the unit, by unit and name, in one file with an outline.",
        ),
        "personal",
        "Quyết định 02/2008/QĐ-BNV",
        "2008.1",
        (PDF,),
        (UNIT, AS_OF, KNOWN_AT),
        Permission.REPORTS_FORM_PRINT,
        many.make,
        about_person=True,
    ),
    Report(
        "2c_tctw_98",
        "2C/TCTW-98",
        Words("Sơ yếu lý lịch dùng cho tổ chức đảng", "Curriculum vitae for Party bodies"),
        Words(
            "Lý lịch của một người theo mẫu của Ban Tổ chức Trung ương.",
            "One person's life on the form of the Party's Central Organization Commission.",
        ),
        "personal",
        "Mẫu 2C/TCTW-98, Ban Tổ chức Trung ương",
        "1998.1",
        (PDF,),
        (PERSON, AS_OF, KNOWN_AT),
        Permission.REPORTS_FORM_PRINT,
        printing.make,
        about_person=True,
    ),
    Report(
        "so_yeu_ly_lich",
        "Sơ yếu lý lịch điện tử",
        Words("Sơ yếu lý lịch điện tử", "Electronic curriculum vitae"),
        Words(
            "Mọi mục của hồ sơ điện tử, dài hơn mẫu 2C: đào tạo theo nhóm, lương, phụ cấp, đánh giá, khen thưởng.",
            "Every part of the electronic file, longer than 2C: studies by group, pay, allowances, grades, rewards.",
        ),
        "personal",
        "Thông tư 06/2023/TT-BNV; Nghị định 27/2026/NĐ-CP",
        "2026.1",
        (PDF,),
        (PERSON, AS_OF, KNOWN_AT),
        Permission.REPORTS_FORM_PRINT,
        printing.make,
        about_person=True,
    ),
    Report(
        "danh_sach",
        "Danh sách",
        Words("Danh sách cán bộ, công chức, viên chức", "List of officials"),
        Words(
            "Mỗi người một dòng: đơn vị, chức vụ, ngạch, bậc, hệ số, ngày nâng bậc và nghỉ hưu. Theo đơn vị rồi theo"
            " tên; tên đứng cạnh mã.",
            "A row a person: unit, post, rank, step, coefficient, days of next step and retirement. By unit and name;"
            " names beside codes.",
        ),
        "lists",
        "",
        "1",
        (XLSX, CSV),
        (ANY_UNIT, AS_OF, KNOWN_AT),
        Permission.BULK_EXPORT_MAKE,
        lists.make_roster,
        about_person=True,
    ),
    Report(
        "so_nhat_ky",
        "Sổ nhật ký",
        Words("Sổ nhật ký", "Book of the trail"),
        Words(
            "Ai đã xem, sửa, in, xuất gì, lúc nào; lọc theo người làm, người được xem, đơn vị, việc và ngày.",
            "Who read, changed, printed or exported what and when; by actor, person, unit, action and day.",
        ),
        "audit",
        "",
        "1",
        (CSV, XLSX, JSON),
        (
            Parameter(
                "actor",
                Words("Người làm", "Actor"),
                "text",
                hint=Words("Tên đăng nhập hoặc một phần tên", "User name or part of a name"),
            ),
            Parameter("person", Words("Người được xem", "Person"), "person"),
            Parameter(
                "organization",
                Words("Đơn vị của người được xem", "Unit of the person"),
                "organization",
            ),
            Parameter(
                "action",
                Words("Việc", "Action"),
                "text",
                hint=Words("Thí dụ official.read, export.make", "Such as official.read, export.make"),
            ),
            Parameter(
                "object",
                Words("Đối tượng", "Object"),
                "text",
                hint=Words("Số của đề nghị hoặc mã", "Number of a request, or an id"),
            ),
            Parameter("from", Words("Từ ngày", "From"), "date"),
            Parameter("to", Words("Trước ngày", "Before"), "date"),
            KNOWN_AT,
        ),
        Permission.AUDIT_TRAIL_READ,
        lists.make_trail,
        about_person=True,
    ),
)


def _statutory(form: Form) -> Report:
    """A statutory form as a report. What only counts needs the right to statistics, what lists people that to print."""
    counts = Words(
        "Số liệu của đơn vị và các đơn vị trực thuộc, kèm định nghĩa từng cột và kết quả kiểm tra các tổng.",
        "Figures of the unit and those below it, with what every column means and whether the sums agree.",
    )
    lists_people = Words(
        "Danh sách từng người của đơn vị và các đơn vị trực thuộc, kèm định nghĩa từng cột.",
        "Everybody of the unit and those below it by name, with what every column means.",
    )
    return Report(
        form.id,
        form.code,
        form.title,
        lists_people if form.names_people else counts,
        "party" if form.version == PARTY else "statutory",
        form.source,
        form.version,
        (PDF, XLSX),
        (UNIT, AS_OF, KNOWN_AT),
        Permission.REPORTS_FORM_PRINT if form.names_people else Permission.STATISTICS_TABLE_READ,
        making.make,
        about_person=form.names_people,
        classes=frozenset({"ordinary", "personal"}) if form.names_people else frozenset(),
        valid_from=form.valid_from,
        valid_to=form.valid_to,
    )


REPORTS: dict[str, Report] = {one.name: one for one in (*_ALL, *map(_statutory, FORMS.values()))}
"""Every report by its name."""
