"""The electronic curriculum vitae (sơ yếu lý lịch điện tử), after the form annexed to Thông tư 06/2023/TT-BNV.

Nghị định 27/2026/NĐ-CP makes it from the database, under the code of the electronic dossier. The annex itself was not
at hand: docs/forms.md tells which items and numbers are certain (the head and items 6 to 15) and which are ours. Unlike
form 2C it has tables for rewards, evaluations, discipline and allowances, and six for studies.
"""

from dataclasses import dataclass
from io import BytesIO
from operator import attrgetter as of
from typing import NamedTuple

from registry.reports.forms.cv_2c import CAREER, FAMILY, HISTORY, Form2C, Training
from registry.reports.items import (
    CELL,
    CELL_HEAD,
    DAY,
    LABEL,
    NAME,
    Slot,
    beside_photo,
    birth,
    close,
    closing,
    code_art,
    columns,
    heading,
    item,
    prompts,
    question,
    signature_art,
    title_art,
)
from registry.reports.layout import Document, Flow, Table, wrap

NAME_OF_FORM = "Sơ yếu lý lịch cán bộ, công chức, viên chức"
SUBJECT = "Sơ yếu lý lịch điện tử"


class PayRow(NamedTuple):
    """A row of the pay table, as text."""

    period: str
    rank: str
    step: str
    coefficient: str
    percent: str


class AllowanceRow(NamedTuple):
    """A row of the table of allowances, as text."""

    period: str
    allowance: str
    amount: str


class HonourRow(NamedTuple):
    """A reward or a measure of discipline: when, what, for what, on which decision."""

    when: str
    form: str
    reason: str
    decision: str


class EvaluationRow(NamedTuple):
    """The grade of a year and who gave it."""

    year: str
    grade: str
    rated_by: str


@dataclass(frozen=True, kw_only=True)
class ElectronicCv(Form2C):
    """Everything that the electronic curriculum vitae prints, as text ready to print (see `Form2C`)."""

    staff_code: str = ""
    phone: str = ""
    email: str = ""
    health_insurance_number: str = ""
    tax_code: str = ""
    family_class: str = ""
    marital_status: str = ""
    joined_unit_on: str = ""
    party_card: str = ""
    academic_title: str = ""
    main_post: str = ""
    other_posts: str = ""
    party_post: str = ""
    job_position: str = ""
    rank_from: str = ""
    career_step: str = ""
    job_pay: str = ""
    military_post: str = ""
    entitlements: str = ""
    income: str = ""
    housing: str = ""
    land: str = ""
    farm_land: str = ""
    studies: tuple[tuple[Training, ...], ...] = ((), (), (), (), (), ())
    pay: tuple[PayRow, ...] = ()
    allowances: tuple[AllowanceRow, ...] = ()
    rewards: tuple[HonourRow, ...] = ()
    evaluations: tuple[EvaluationRow, ...] = ()
    disciplines: tuple[HonourRow, ...] = ()


BESIDE_PHOTO: tuple[tuple[Slot, ...], ...] = (
    (Slot("1) Họ và tên khai sinh:", lambda data: data.full_name.upper(), style=NAME),),
    (Slot("2) Tên gọi khác:", of("other_names")),),
    (
        Slot("3) Sinh ngày", birth(0), 0.265),
        Slot("tháng", birth(1), 0.165),
        Slot("năm", birth(2), 0.185),
        Slot("Giới tính:", of("gender"), 0.385),
    ),
    (Slot("4) Nơi sinh:", of("birth_place")),),
    (Slot("5) Quê quán:", of("home_town")),),
)

ITEMS: tuple[tuple[Slot, ...], ...] = (
    (Slot("6) Dân tộc:", of("ethnicity"), 0.5), Slot("7) Tôn giáo:", of("religion"), 0.5)),
    (
        Slot("8) Số CCCD:", of("identity_number"), 0.38),
        Slot("Ngày cấp:", of("identity_issued_on"), 0.3, DAY),
        Slot("Điện thoại:", of("phone"), 0.32),
    ),
    (
        Slot("9) Số BHXH:", of("social_insurance_number"), 0.5),
        Slot("Số thẻ BHYT:", of("health_insurance_number"), 0.5),
    ),
    (Slot("Thư điện tử:", of("email"), 0.5), Slot("Mã số thuế:", of("tax_code"), 0.5)),
    (Slot("10) Nơi thường trú:", of("permanent_residence")),),
    (Slot("Nơi ở hiện nay:", of("current_residence")),),
    (
        Slot("11) Thành phần gia đình xuất thân:", of("family_class"), 0.5),
        Slot("Tình trạng hôn nhân:", of("marital_status"), 0.5),
    ),
    (Slot("12) Nghề nghiệp trước khi được tuyển dụng:", of("previous_occupation")),),
    (
        Slot("13) Ngày tuyển dụng lần đầu:", of("recruited_on"), 0.48, DAY),
        Slot("Cơ quan tuyển dụng:", of("recruiting_unit"), 0.52),
    ),
    (Slot("14) Ngày vào cơ quan hiện đang công tác:", of("joined_unit_on"), blank=DAY),),
    (
        Slot("15) Ngày vào Đảng Cộng sản Việt Nam:", of("party_joined_on"), 0.6, DAY),
        Slot("Ngày chính thức:", of("party_official_on"), 0.4, DAY),
    ),
    (Slot("Số thẻ đảng viên:", of("party_card"), 0.45), Slot("Chức vụ Đảng:", of("party_post"), 0.55)),
    (Slot("16) Tổ chức chính trị - xã hội:", of("mass_organization")),),
    (
        Slot("17) Ngày nhập ngũ:", of("enlisted_on"), 0.5, DAY),
        Slot("Ngày xuất ngũ:", of("discharged_on"), 0.5, DAY),
    ),
    (
        Slot("Quân hàm cao nhất:", of("military_rank"), 0.5),
        Slot("Chức vụ cao nhất:", of("military_post"), 0.5),
    ),
    (
        Slot("18) Đối tượng chính sách:", of("entitlements"), 0.64),
        Slot("Hạng thương binh:", of("wounded_soldier"), 0.36),
    ),
    (Slot("19) Trình độ giáo dục phổ thông:", of("general_education")),),
    (Slot("20) Trình độ chuyên môn cao nhất:", of("highest_qualification")),),
    (
        Slot("21) Học hàm, học vị:", of("academic_title"), 0.5),
        Slot("Danh hiệu nhà nước phong tặng:", of("highest_title"), 0.5),
    ),
    (
        Slot("22) Lý luận chính trị:", of("political_theory"), 0.45),
        Slot("Quản lý nhà nước:", of("state_management"), 0.55),
    ),
    (
        Slot("23) Ngoại ngữ, tiếng dân tộc:", of("foreign_languages"), 0.58),
        Slot("Tin học:", of("it_skill"), 0.42),
    ),
    (Slot("24) Chức vụ, chức danh hiện tại:", of("main_post")),),
    (Slot("Chức vụ kiêm nhiệm:", of("other_posts")),),
    (Slot("25) Vị trí việc làm:", of("job_position")),),
    (Slot("Công việc chính được giao:", of("main_duty")),),
    (Slot("Sở trường công tác:", of("strengths")),),
    (Slot("26) Ngạch, chức danh nghề nghiệp:", of("rank"), 0.68), Slot("Mã số:", of("rank_code"), 0.32)),
    (
        Slot("Ngày bổ nhiệm ngạch:", of("rank_from"), 0.52, DAY),
        Slot("Bậc nghề nghiệp:", of("career_step"), 0.48),
    ),
    (
        Slot("Bậc lương:", of("salary_step"), 0.28),
        Slot("Hệ số:", of("coefficient"), 0.32),
        Slot("Ngày hưởng:", of("paid_from"), 0.4, DAY),
    ),
    (Slot("Lương theo vị trí việc làm:", of("job_pay")),),
    (
        Slot("27) Phụ cấp chức vụ:", of("position_allowance"), 0.42),
        Slot("Phụ cấp khác:", of("other_allowances"), 0.58),
    ),
    (
        Slot("28) Tình trạng sức khỏe:", of("health"), 0.36),
        Slot("Chiều cao:", of("height_cm"), 0.215, unit="cm"),
        Slot("Cân nặng:", of("weight_kg"), 0.235, unit="kg"),
        Slot("Nhóm máu:", of("blood_group"), 0.19),
    ),
)

ECONOMY: tuple[tuple[Slot, ...], ...] = (
    (Slot("- Thu nhập trong năm:", of("income")),),
    (Slot("- Nhà ở:", of("housing")),),
    (Slot("- Đất ở:", of("land")),),
    (Slot("- Đất sản xuất, kinh doanh:", of("farm_land")),),
)


def _table(name: str, *named: tuple[str, float, bool]) -> Table:
    return Table(f"syll-{name}", columns(*named), CELL_HEAD, CELL)


STUDIES = _table(
    "29",
    ("Cơ sở đào tạo, bồi dưỡng", 118, False),
    ("Chuyên ngành, nội dung", 117, False),
    ("Thời gian", 92, True),
    ("Hình thức", 58, True),
    ("Văn bằng, chứng chỉ, trình độ", 86, False),
)
STUDY_TITLES = (
    "29.1. Chuyên môn",
    "29.2. Lý luận chính trị",
    "29.3. Quản lý nhà nước; quốc phòng và an ninh",
    "29.4. Bồi dưỡng nghiệp vụ",
    "29.5. Ngoại ngữ, tiếng dân tộc",
    "29.6. Tin học",
)
PAY = _table(
    "32",
    ("Thời gian", 96, True),
    ("Ngạch, chức danh nghề nghiệp (mã số)", 215, False),
    ("Bậc", 32, True),
    ("Hệ số", 78, True),
    ("Phần trăm hưởng", 50, True),
)
ALLOWANCES = _table(
    "33", ("Thời gian", 110, True), ("Loại phụ cấp", 241, False), ("Hệ số, phần trăm, số tiền", 120, True)
)
REWARDS = _table(
    "34",
    ("Ngày", 62, True),
    ("Hình thức khen thưởng", 165, False),
    ("Thành tích", 154, False),
    ("Số quyết định", 90, False),
)
EVALUATIONS = _table(
    "35", ("Năm", 50, True), ("Kết quả đánh giá, xếp loại", 221, False), ("Thẩm quyền đánh giá", 200, False)
)
DISCIPLINES = _table(
    "36",
    ("Ngày", 62, True),
    ("Hình thức kỷ luật", 165, False),
    ("Lý do", 154, False),
    ("Số quyết định", 90, False),
)

CODE = code_art(
    "syll-code",
    "Sơ yếu lý lịch điện tử",
    ("(Theo Thông tư số 06/2023/TT-BNV;", "Nghị định số 27/2026/NĐ-CP)"),
)
TITLE = title_art("syll-title", NAME_OF_FORM.upper())
PROMPTS = prompts("syll-31", [words for words, _ in HISTORY])
SIGNATURES = signature_art(
    "syll-signatures",
    (
        ("bold", "Người khai"),
        ("plain", "Tôi xin cam đoan những lời khai"),
        ("plain", "trên đây là đúng sự thật"),
        ("italic", "(Ký tên, ghi rõ họ tên)"),
    ),
    (
        ("bold", "Thủ trưởng cơ quan, đơn vị"),
        ("bold", "quản lý, sử dụng"),
        ("italic", "(Ký tên, đóng dấu)"),
    ),
)


def draw(data: ElectronicCv) -> bytes:
    """The curriculum vitae of one person as a PDF file; the same data give the same bytes."""
    out = BytesIO()
    title = " - ".join(filter(None, (SUBJECT, data.full_name)))
    document = Document(out, title=title, subject=SUBJECT, author=data.managing_unit)
    flow = Flow(document)
    heading(
        flow,
        (
            ("Cơ quan quản lý:", data.managing_unit),
            ("Cơ quan, đơn vị sử dụng:", data.employing_unit),
            ("Số hiệu:", data.staff_code),
            ("Mã số định danh:", data.personal_id),
        ),
        CODE,
        TITLE,
    )
    beside_photo(flow, data, BESIDE_PHOTO)
    for row in ITEMS:
        item(flow, data, row)
    _studies(flow, data)
    _life(flow, data)
    _pay_and_honours(flow, data)
    _family(flow, data)
    closing(flow, "39) Nhận xét của cơ quan, đơn vị quản lý, sử dụng", data.remarks, SIGNATURES)
    close(flow, "syll", 1, data)
    document.save()
    return out.getvalue()


def _studies(flow: Flow, data: ElectronicCv) -> None:
    flow.y -= 6
    heads = ["29) Quá trình đào tạo, bồi dưỡng", STUDY_TITLES[0]]
    for title, rows in zip(STUDY_TITLES, data.studies, strict=True):
        STUDIES.draw(flow, heads if title == STUDY_TITLES[0] else [title], LABEL, rows, blank_rows=1)
        flow.y -= 8


def _life(flow: Flow, data: ElectronicCv) -> None:
    CAREER.draw(flow, ["30) Quá trình công tác"], LABEL, data.career)
    flow.y -= 8
    title = "31) Đặc điểm lịch sử bản thân"
    for prompt, (_, value) in zip(PROMPTS, HISTORY, strict=True):
        question(flow, title, prompt, value(data))
        title = ""
    flow.y -= 4


def _pay_and_honours(flow: Flow, data: ElectronicCv) -> None:
    for table, title, rows in (
        (PAY, "32) Diễn biến quá trình lương", data.pay),
        (ALLOWANCES, "33) Diễn biến phụ cấp", data.allowances),
        (REWARDS, "34) Khen thưởng", data.rewards),
        (EVALUATIONS, "35) Đánh giá, xếp loại chất lượng hằng năm", data.evaluations),
        (DISCIPLINES, "36) Kỷ luật", data.disciplines),
    ):
        table.draw(flow, [title], LABEL, rows, blank_rows=2)
        flow.y -= 8


def _family(flow: Flow, data: ElectronicCv) -> None:
    own = ["37) Quan hệ gia đình", "a) Bản thân: bố, mẹ, vợ (chồng), con, anh chị em ruột"]
    FAMILY.draw(flow, own, LABEL, data.own_family)
    flow.y -= 8
    FAMILY.draw(
        flow, wrap("b) Bên vợ (chồng): bố, mẹ, anh chị em ruột", LABEL, flow.width), LABEL, data.spouse_family
    )
    flow.y -= 8
    flow.need(5 * LABEL.leading)
    flow.lines(["38) Hoàn cảnh kinh tế gia đình"], LABEL)
    for row in ECONOMY:
        item(flow, data, row)
    flow.y -= 4
