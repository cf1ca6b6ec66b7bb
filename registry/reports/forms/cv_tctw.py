"""Sơ yếu lý lịch of the Party's organization commission, form 2C/TCTW-98, which Party bodies still ask for.

It says what form 2C-BNV/2008 says and more. No official copy of the form was at hand: docs/forms.md tells which of
its items are certain. What the registry does not hold prints as dotted lines to write on.
"""

from dataclasses import dataclass
from io import BytesIO
from operator import attrgetter as of

from registry.reports.forms.cv_2c import CAREER, FAMILY, TRAINING, TRAINING_NOTE, Form2C
from registry.reports.items import (
    DAY,
    HINT,
    LABEL,
    NAME,
    PLACE,
    Slot,
    beside_photo,
    birth,
    close,
    code_art,
    heading,
    item,
    prompts,
    question,
    signature_art,
    title_art,
)
from registry.reports.layout import Document, Flow, wrap

FORM_CODE = "Mẫu 2C/TCTW-98"
NAME_OF_FORM = "Sơ yếu lý lịch"


@dataclass(frozen=True, kw_only=True)
class FormTctw(Form2C):
    """Everything that form 2C/TCTW-98 prints about one person, as text ready to print (see `Form2C`)."""

    body: str = ""
    middle_unit: str = ""
    base_unit: str = ""
    staff_code: str = ""
    committee: str = ""
    state_posts: str = ""
    phone: str = ""
    family_class: str = ""
    joined_unit_on: str = ""
    academic_title: str = ""
    longest_work: str = ""
    military_post: str = ""
    martyr_family: str = ""
    income: str = ""
    housing: str = ""
    land: str = ""
    farm_land: str = ""


BESIDE_PHOTO: tuple[tuple[Slot, ...], ...] = (
    (Slot("1) Họ và tên khai sinh:", lambda data: data.full_name.upper(), style=NAME),),
    (Slot("Nam, nữ:", of("gender"), 0.36), Slot("2) Các tên gọi khác:", of("other_names"), 0.64)),
    (Slot("3) Cấp ủy hiện tại:", of("committee"), 0.58), Slot("Cấp ủy kiêm:", lambda _: "", 0.42)),
    (
        Slot(
            "Chức vụ:",
            of("state_posts"),
            hint="(Đảng, đoàn thể, chính quyền, kể cả chức vụ kiêm nhiệm)",
        ),
    ),
    (Slot("Phụ cấp chức vụ:", of("position_allowance")),),
    (
        Slot("4) Sinh ngày", birth(0), 0.42),
        Slot("tháng", birth(1), 0.26),
        Slot("năm", birth(2), 0.32),
    ),
)

ITEMS: tuple[tuple[Slot, ...], ...] = (
    (Slot("5) Nơi sinh:", of("birth_place"), blank=PLACE),),
    (Slot("6) Quê quán:", of("home_town"), blank=PLACE),),
    (
        Slot(
            "7) Nơi ở hiện nay:",
            of("current_residence"),
            0.66,
            hint="(Xã, huyện, tỉnh hoặc số nhà, đường phố, thành phố)",
        ),
        Slot("Điện thoại:", of("phone"), 0.34),
    ),
    (Slot("8) Dân tộc:", of("ethnicity"), 0.5), Slot("9) Tôn giáo:", of("religion"), 0.5)),
    (Slot("10) Thành phần gia đình xuất thân:", of("family_class")),),
    (Slot("11) Nghề nghiệp bản thân trước khi được tuyển dụng:", of("previous_occupation")),),
    (
        Slot("12) Ngày được tuyển dụng:", of("recruited_on"), 0.47, DAY),
        Slot("Vào cơ quan nào, ở đâu:", of("recruiting_unit"), 0.53),
    ),
    (
        Slot("13) Ngày vào cơ quan hiện đang công tác:", of("joined_unit_on"), 0.6, DAY),
        Slot("Ngày tham gia cách mạng:", lambda _: "", 0.4, DAY),
    ),
    (
        Slot("14) Ngày vào Đảng Cộng sản Việt Nam:", of("party_joined_on"), 0.6, DAY),
        Slot("Ngày chính thức:", of("party_official_on"), 0.4, DAY),
    ),
    (
        Slot(
            "15) Ngày tham gia các tổ chức chính trị, xã hội:",
            of("mass_organization"),
            hint="(Ngày vào Đoàn, Công đoàn, Hội…)",
        ),
    ),
    (
        Slot("16) Ngày nhập ngũ:", of("enlisted_on"), 0.5, DAY),
        Slot("Ngày xuất ngũ:", of("discharged_on"), 0.5, DAY),
    ),
    (
        Slot("Quân hàm cao nhất:", of("military_rank"), 0.5),
        Slot("Chức vụ cao nhất:", of("military_post"), 0.5),
    ),
    (Slot("17) Trình độ học vấn: Giáo dục phổ thông:", of("general_education")),),
    (
        Slot(
            "Học hàm, học vị cao nhất:",
            of("academic_title"),
            hint="(GS, PGS, TS, thạc sĩ, cử nhân, kỹ sư… năm nào, chuyên ngành gì)",
        ),
    ),
    (
        Slot(
            "Lý luận chính trị:", of("political_theory"), 0.45, hint="(Cử nhân, cao cấp, trung cấp, sơ cấp)"
        ),
        Slot("Ngoại ngữ:", of("foreign_languages"), 0.55, hint="(Anh, Nga, Pháp… A/B/C/D)"),
    ),
    (Slot("18) Công tác chính đang làm:", of("main_duty")),),
    (
        Slot("19) Ngạch công chức:", of("rank"), 0.66),
        Slot("Mã số:", of("rank_code"), 0.34),
    ),
    (
        Slot("Bậc lương:", of("salary_step"), 0.28),
        Slot("Hệ số:", of("coefficient"), 0.32),
        Slot("Từ:", of("paid_from"), 0.4, DAY),
    ),
    (Slot("20) Danh hiệu được phong:", of("highest_title"), hint="(Danh hiệu gì, năm nào)"),),
    (
        Slot("21) Sở trường công tác:", of("strengths"), 0.45),
        Slot("Công việc đã làm lâu nhất:", of("longest_work"), 0.55),
    ),
    (Slot("22) Khen thưởng:", of("reward"), hint="(Huân chương, huy chương, hình thức cao nhất, năm nào)"),),
    (
        Slot(
            "23) Kỷ luật:",
            of("discipline"),
            hint="(Đảng, chính quyền, đoàn thể; cấp quyết định, năm nào, lý do, hình thức)",
        ),
    ),
    (
        Slot("24) Tình trạng sức khỏe:", of("health"), 0.4),
        Slot("Cao:", of("height_cm"), 0.19, unit="cm"),
        Slot("Cân nặng:", of("weight_kg"), 0.22, unit="kg"),
        Slot("Nhóm máu:", of("blood_group"), 0.19),
    ),
    (
        Slot("25) Số CMND/định danh cá nhân:", of("identity_number"), 0.58),
        Slot("Thương binh loại:", of("wounded_soldier"), 0.42),
    ),
    (Slot("Gia đình liệt sĩ:", of("martyr_family")),),
)

ECONOMY: tuple[tuple[Slot, ...], ...] = (
    (Slot("- Thu nhập trong năm:", of("income")),),
    (Slot("- Nhà ở:", of("housing")),),
    (Slot("- Đất ở:", of("land")),),
    (Slot("- Đất sản xuất, kinh doanh:", of("farm_land")),),
)

CODE = code_art("tctw-code", FORM_CODE)
TITLE = title_art("tctw-title", NAME_OF_FORM.upper())
PROMPTS = prompts(
    "tctw",
    (
        "- Khai rõ: bị bắt, bị tù (từ ngày tháng năm nào đến ngày tháng năm nào, ở đâu), đã khai báo cho ai, những "
        "vấn đề gì? Bản thân có làm việc trong chế độ cũ (cơ quan, đơn vị nào, địa điểm, chức danh, chức vụ)?",
        "- Tham gia hoặc có quan hệ với các tổ chức chính trị, kinh tế, xã hội nào ở nước ngoài (làm gì, tổ chức nào, "
        "đặt trụ sở ở đâu)?",
        "- Có thân nhân (bố, mẹ, vợ, chồng, con, anh chị em ruột) ở nước ngoài (làm gì, địa chỉ)?",
    ),
)
SIGNATURES = signature_art(
    "tctw-signatures",
    (
        ("bold", "Người khai"),
        ("plain", "Tôi xin cam đoan những lời khai"),
        ("plain", "trên đây là đúng sự thật"),
        ("italic", "(Ký tên, ghi rõ họ tên)"),
    ),
    (
        ("bold", "Xác nhận của cơ quan quản lý"),
        ("plain", "(hoặc của Công an xã, phường, thị trấn"),
        ("plain", "nơi cư trú)"),
        ("italic", "(Ký tên, đóng dấu)"),
    ),
)


def draw(data: FormTctw) -> bytes:
    """The form of one person as a PDF file; the same data give the same bytes."""
    out = BytesIO()
    title = " - ".join(filter(None, (NAME_OF_FORM, data.full_name)))
    document = Document(out, title=title, subject=FORM_CODE, author=data.body)
    flow = Flow(document)
    heading(
        flow,
        (
            ("Bộ, tỉnh:", data.body),
            ("Đơn vị trực thuộc:", data.middle_unit),
            ("Đơn vị cơ sở:", data.base_unit),
            ("Số hiệu cán bộ, công chức:", data.staff_code),
        ),
        CODE,
        TITLE,
    )
    beside_photo(flow, data, BESIDE_PHOTO)
    for row in ITEMS:
        item(flow, data, row)
    _tables(flow, data)
    _closing(flow, data)
    close(flow, "tctw", 1, data)
    document.save()
    return out.getvalue()


def _tables(flow: Flow, data: FormTctw) -> None:
    flow.y -= 6
    title = "26) Đào tạo, bồi dưỡng về chuyên môn, nghiệp vụ, lý luận chính trị, ngoại ngữ"
    TRAINING.draw(flow, wrap(title, LABEL, flow.width), LABEL, data.training)
    flow.y -= 3
    flow.lines(wrap(TRAINING_NOTE, HINT, flow.width), HINT)
    flow.y -= 8
    CAREER.draw(flow, ["27) Tóm tắt quá trình công tác"], LABEL, data.career)
    flow.y -= 8
    question(flow, "28) Đặc điểm lịch sử bản thân", PROMPTS[0], data.history)
    question(flow, "29) Quan hệ với người nước ngoài", PROMPTS[1], data.foreign_organizations)
    question(flow, "", PROMPTS[2], data.relatives_abroad)
    flow.y -= 4
    own = ["30) Quan hệ gia đình", "a) Bố, mẹ, vợ (chồng), các con, anh chị em ruột"]
    FAMILY.draw(flow, own, LABEL, data.own_family)
    flow.y -= 8
    FAMILY.draw(flow, ["b) Bố, mẹ, anh chị em ruột bên vợ (hoặc chồng)"], LABEL, data.spouse_family)
    flow.y -= 8


def _closing(flow: Flow, data: FormTctw) -> None:
    """Item 31 and the signatures, which never stand alone on a page."""
    flow.need(5 * LABEL.leading + SIGNATURES.height)
    flow.lines(["31) Hoàn cảnh kinh tế gia đình"], LABEL)
    for row in ECONOMY:
        item(flow, data, row)
    flow.y -= 4
    flow.place(SIGNATURES)
