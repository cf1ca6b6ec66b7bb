"""Sơ yếu lý lịch cán bộ, công chức, form 2C-BNV/2008 (Quyết định 02/2008/QĐ-BNV).

`draw` and `draw_many` are pure: the same data give the same bytes. Since 01/07/2026 the sơ yếu lý lịch is
made from the database and carries the code of the electronic dossier (Nghị định 27/2026/NĐ-CP): the foot of
every page bears that code, as a QR too, with the day the data are of and the time they were known.

What never changes is in BESIDE_PHOTO, ITEMS, the tables and the Art functions; what a person brings is in
Form2C.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from operator import attrgetter as of
from typing import BinaryIO, NamedTuple

from registry.reports.items import (
    CELL,
    CELL_HEAD,
    DAY,
    HINT,
    LABEL,
    NAME,
    PLACE,
    Slot,
    beside_photo,
    birth,
    close,
    closing,
    code_art,
    columns,
    heading,
    item,
    pay_table,
    prompts,
    question,
    signature_art,
    title_art,
)
from registry.reports.layout import Document, Flow, Table, wrap

# ── data ─────────────────────────────────────────────────────────────────────────────────────────────────


class Training(NamedTuple):
    """A row of item 27; `period` is 'mm/yyyy - mm/yyyy'."""

    school: str
    field: str
    period: str
    mode: str
    award: str


class Career(NamedTuple):
    """A row of item 28; `period` is 'mm/yyyy - mm/yyyy' or 'mm/yyyy - nay'."""

    period: str
    description: str


class Relative(NamedTuple):
    """A row of item 30."""

    relation: str
    full_name: str
    birth_year: str
    description: str


class SalaryStep(NamedTuple):
    """A column of item 31: 'mm/yyyy', '01.003/3', '3,00'."""

    month: str
    rank_step: str
    coefficient: str


@dataclass(frozen=True, kw_only=True)
class Form2C:
    """Everything that form 2C prints about one person, as text ready to print.

    Days are 'dd/mm/yyyy', or 'mm/yyyy' or 'yyyy' when no more is known; decimals have a comma. An empty
    string prints as a dotted line, an empty tuple as a table with dotted rows.
    """

    # The print itself: dossier code (số định danh cá nhân), the day the data are of ('dd/mm/yyyy'), the
    # moment they were known ('dd/mm/yyyy hh:mm').
    personal_id: str
    as_of: str
    known_at: str
    # A picture of 4 to 6 as JPEG in three colours; None leaves the frame of the form.
    photo: bytes | None
    # Head: who manages the official, who employs them.
    managing_unit: str = ""
    employing_unit: str = ""
    # Items 1-5, beside the photo. Places are whole ('Xã A, Huyện B, Tỉnh C', or of two levels since 07/2025).
    full_name: str = ""
    other_names: str = ""
    birth_date: str = ""
    gender: str = ""
    birth_place: str = ""
    home_town: str = ""
    # Items 6-9: people and religion, residence.
    ethnicity: str = ""
    religion: str = ""
    permanent_residence: str = ""
    current_residence: str = ""
    # Items 10-13: recruitment and present work.
    previous_occupation: str = ""
    recruited_on: str = ""
    recruiting_unit: str = ""
    position: str = ""
    main_duty: str = ""
    # Item 14: rank and pay.
    rank: str = ""
    rank_code: str = ""
    salary_step: str = ""
    coefficient: str = ""
    paid_from: str = ""
    position_allowance: str = ""
    other_allowances: str = ""
    # Items 15.1-15.6: education, highest of each kind.
    general_education: str = ""
    highest_qualification: str = ""
    political_theory: str = ""
    state_management: str = ""
    foreign_languages: str = ""
    it_skill: str = ""
    # Items 16-18: Party, mass organizations, armed forces.
    party_joined_on: str = ""
    party_official_on: str = ""
    mass_organization: str = ""
    enlisted_on: str = ""
    discharged_on: str = ""
    military_rank: str = ""
    # Items 19-22: titles, strengths, highest reward, discipline.
    highest_title: str = ""
    strengths: str = ""
    reward: str = ""
    discipline: str = ""
    # Items 23-24: health, numbers without unit; preferential treatment.
    health: str = ""
    height_cm: str = ""
    weight_kg: str = ""
    blood_group: str = ""
    wounded_soldier: str = ""
    policy_family: str = ""
    # Items 25-26: papers.
    identity_number: str = ""
    identity_issued_on: str = ""
    social_insurance_number: str = ""
    # Tables 27, 28, 30a, 30b, 31, oldest first.
    training: tuple[Training, ...] = ()
    career: tuple[Career, ...] = ()
    own_family: tuple[Relative, ...] = ()
    spouse_family: tuple[Relative, ...] = ()
    salary: tuple[SalaryStep, ...] = ()
    # Item 29, one text for each of its three questions; line feeds are kept.
    history: str = ""
    foreign_organizations: str = ""
    relatives_abroad: str = ""
    # Item 32, mostly left to be written by hand.
    remarks: str = ""


# ── what never changes ───────────────────────────────────────────────────────────────────────────────────

FORM_CODE = "Mẫu 2C-BNV/2008"
NAME_OF_FORM = "Sơ yếu lý lịch cán bộ, công chức"

BESIDE_PHOTO: tuple[tuple[Slot, ...], ...] = (
    (
        Slot(
            "1) Họ và tên khai sinh",
            lambda data: data.full_name.upper(),
            note="(viết chữ in hoa):",
            style=NAME,
        ),
    ),
    (Slot("2) Tên gọi khác:", of("other_names")),),
    (
        Slot("3) Sinh ngày", birth(0), 0.265),
        Slot("tháng", birth(1), 0.165),
        Slot("năm", birth(2), 0.185),
        Slot("Giới tính", of("gender"), 0.385, note="(nam, nữ):"),
    ),
    (Slot("4) Nơi sinh:", of("birth_place"), blank=PLACE),),
    (Slot("5) Quê quán:", of("home_town"), blank=PLACE),),
)

ITEMS: tuple[tuple[Slot, ...], ...] = (
    (Slot("6) Dân tộc:", of("ethnicity"), 0.5), Slot("7) Tôn giáo:", of("religion"), 0.5)),
    (
        Slot(
            "8) Nơi đăng ký hộ khẩu thường trú:",
            of("permanent_residence"),
            hint="(Số nhà, đường phố, thành phố, xóm, thôn, xã, huyện, tỉnh)",
        ),
    ),
    (
        Slot(
            "9) Nơi ở hiện nay:",
            of("current_residence"),
            hint="(Số nhà, đường phố, thành phố, xóm, thôn, xã, huyện, tỉnh)",
        ),
    ),
    (Slot("10) Nghề nghiệp khi được tuyển dụng:", of("previous_occupation")),),
    (
        Slot("11) Ngày tuyển dụng:", of("recruited_on"), 0.44, DAY),
        Slot("Cơ quan tuyển dụng:", of("recruiting_unit"), 0.56),
    ),
    (
        Slot(
            "12) Chức vụ (chức danh) hiện tại:",
            of("position"),
            hint="(Về chính quyền hoặc Đảng, đoàn thể, kể cả chức vụ kiêm nhiệm)",
        ),
    ),
    (Slot("13) Công việc chính được giao:", of("main_duty")),),
    (Slot("14) Ngạch công chức (viên chức):", of("rank"), 0.66), Slot("Mã ngạch:", of("rank_code"), 0.34)),
    (
        Slot("Bậc lương:", of("salary_step"), 0.28),
        Slot("Hệ số:", of("coefficient"), 0.28),
        Slot("Ngày hưởng:", of("paid_from"), 0.44, DAY),
    ),
    (
        Slot("Phụ cấp chức vụ:", of("position_allowance"), 0.42),
        Slot("Phụ cấp khác:", of("other_allowances"), 0.58),
    ),
    (
        Slot(
            "15.1- Trình độ giáo dục phổ thông:",
            of("general_education"),
            hint="(Đã tốt nghiệp lớp mấy/thuộc hệ nào)",
        ),
    ),
    (
        Slot(
            "15.2- Trình độ chuyên môn cao nhất:",
            of("highest_qualification"),
            hint="(TSKH, TS, Ths, cử nhân, kỹ sư, cao đẳng, trung cấp, sơ cấp; chuyên ngành)",
        ),
    ),
    (
        Slot(
            "15.3- Lý luận chính trị:",
            of("political_theory"),
            0.43,
            hint="(Cao cấp, trung cấp, sơ cấp và tương đương)",
        ),
        Slot(
            "15.4- Quản lý nhà nước:",
            of("state_management"),
            0.57,
            hint="(Chuyên viên cao cấp, chuyên viên chính, chuyên viên, cán sự…)",
        ),
    ),
    (
        Slot(
            "15.5- Ngoại ngữ:", of("foreign_languages"), 0.43, hint="(Tên ngoại ngữ + Trình độ A, B, C, D…)"
        ),
        Slot("15.6- Tin học:", of("it_skill"), 0.57, hint="(Trình độ A, B, C…)"),
    ),
    (
        Slot("16) Ngày vào Đảng Cộng sản Việt Nam:", of("party_joined_on"), 0.62, DAY),
        Slot("Ngày chính thức:", of("party_official_on"), 0.38, DAY),
    ),
    (
        Slot(
            "17) Ngày tham gia tổ chức chính trị - xã hội:",
            of("mass_organization"),
            hint="(Ngày tham gia tổ chức: Đoàn, Hội… và làm việc gì trong tổ chức đó)",
        ),
    ),
    (
        Slot("18) Ngày nhập ngũ:", of("enlisted_on"), 0.5, DAY),
        Slot("Ngày xuất ngũ:", of("discharged_on"), 0.5, DAY),
    ),
    (Slot("Quân hàm cao nhất:", of("military_rank")),),
    (
        Slot(
            "19) Danh hiệu được phong tặng cao nhất:",
            of("highest_title"),
            hint="(Anh hùng lao động, anh hùng lực lượng vũ trang; nhà giáo, thày thuốc, nghệ sĩ nhân dân "
            "và ưu tú…)",
        ),
    ),
    (Slot("20) Sở trường công tác:", of("strengths")),),
    (
        Slot("21) Khen thưởng:", of("reward"), 0.44, hint="(Hình thức cao nhất, năm nào)"),
        Slot(
            "22) Kỷ luật:",
            of("discipline"),
            0.56,
            hint="(Về đảng, chính quyền, đoàn thể, hình thức cao nhất, năm nào)",
        ),
    ),
    (
        Slot("23) Tình trạng sức khỏe:", of("health"), 0.36),
        Slot("Chiều cao:", of("height_cm"), 0.215, unit="cm"),
        Slot("Cân nặng:", of("weight_kg"), 0.235, unit="kg"),
        Slot("Nhóm máu:", of("blood_group"), 0.19),
    ),
    (
        Slot("24) Là thương binh hạng:", of("wounded_soldier"), 0.39, ("", "/")),
        Slot(
            "Là con gia đình chính sách:",
            of("policy_family"),
            0.61,
            hint="(Con thương binh, con liệt sĩ, người nhiễm chất độc da cam Dioxin)",
        ),
    ),
    (
        Slot("25) Số CCCD/định danh cá nhân:", of("identity_number"), 0.62),
        Slot("Ngày cấp:", of("identity_issued_on"), 0.38, DAY),
    ),
    (Slot("26) Số sổ BHXH:", of("social_insurance_number")),),
)


TRAINING = Table(
    "2c-27",
    columns(
        ("Tên trường", 116, False),
        ("Chuyên ngành đào tạo, bồi dưỡng", 119, False),
        ("Từ tháng, năm - đến tháng, năm", 91, True),
        ("Hình thức đào tạo", 59, True),
        ("Văn bằng, chứng chỉ, trình độ gì", 86, False),
    ),
    CELL_HEAD,
    CELL,
)

CAREER = Table(
    "2c-28",
    columns(
        ("Từ tháng, năm đến tháng, năm", 100, True),
        (
            "Chức danh, chức vụ, đơn vị công tác (đảng, chính quyền, đoàn thể, tổ chức xã hội), kể cả thời "
            "gian được đào tạo, bồi dưỡng về chuyên môn, nghiệp vụ…",
            371,
            False,
        ),
    ),
    CELL_HEAD,
    CELL,
)

FAMILY = Table(
    "2c-30",
    columns(
        ("Mối quan hệ", 67, False),
        ("Họ và tên", 108, False),
        ("Năm sinh", 40, True),
        (
            "Quê quán, nghề nghiệp, chức danh, chức vụ, đơn vị công tác, học tập, nơi ở (trong, ngoài nước); "
            "thành viên các tổ chức chính trị - xã hội…",
            256,
            False,
        ),
    ),
    CELL_HEAD,
    CELL,
)

TRAINING_NOTE = (
    "Ghi chú: Hình thức đào tạo: Chính quy, tại chức, chuyên tu, bồi dưỡng…/ Văn bằng: TSKH, "
    "TS, Ths, Cử nhân, Kỹ sư…"
)

HISTORY: tuple[tuple[str, Callable[[Form2C], str]], ...] = (
    (
        "- Khai rõ: bị bắt, bị tù (từ ngày tháng năm nào đến ngày tháng năm nào, ở đâu), đã khai báo cho ai, "
        "những vấn đề gì? Bản thân có làm việc trong chế độ cũ (cơ quan, đơn vị nào, địa điểm, chức danh, "
        "chức vụ, thời gian làm việc…):",
        of("history"),
    ),
    (
        "- Tham gia hoặc có quan hệ với các tổ chức chính trị, kinh tế, xã hội nào ở nước ngoài (làm gì, tổ "
        "chức nào, đặt trụ sở ở đâu…?):",
        of("foreign_organizations"),
    ),
    (
        "- Có thân nhân (Cha, Mẹ, Vợ, Chồng, con, anh chị em ruột) ở nước ngoài (làm gì, địa chỉ…)?",
        of("relatives_abroad"),
    ),
)

CODE = code_art(
    "2c-code",
    FORM_CODE,
    ("(Ban hành kèm theo", "Quyết định số 02/2008/QĐ-BNV", "của Bộ trưởng Bộ Nội vụ)"),
)
TITLE = title_art("2c-title", NAME_OF_FORM.upper())
PROMPTS = prompts("2c-29", [words for words, _ in HISTORY])
SIGNATURES = signature_art(
    "2c-signatures",
    (
        ("bold", "Người khai"),
        ("plain", "Tôi xin cam đoan những lời khai"),
        ("plain", "trên đây là đúng sự thật"),
        ("italic", "(Ký tên, ghi rõ họ tên)"),
    ),
    (
        ("bold", "Thủ trưởng cơ quan, đơn vị"),
        ("bold", "quản lý và sử dụng CBCC"),
        ("italic", "(Ký tên, đóng dấu)"),
    ),
)


# ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────


def draw(data: Form2C) -> bytes:
    """The form of one person as a PDF file."""
    out = BytesIO()
    title = " - ".join(filter(None, (NAME_OF_FORM, data.full_name)))
    document = Document(out, title=title, subject=FORM_CODE, author=data.managing_unit)
    _person(document, 1, data)
    document.save()
    return out.getvalue()


def draw_many(forms: Iterable[Form2C], out: BinaryIO) -> int:
    """The forms of many people, one after the other in one PDF file; pages count anew for each.

    Takes the people one at a time and returns their number. Their compressed pages, about 2 kB each, stay in
    memory until the end. Raises ValueError when there is nobody, for a PDF has at least one page.
    """
    document = Document(out, title=NAME_OF_FORM, subject=FORM_CODE, author="")
    number = 0
    for number, data in enumerate(forms, 1):
        document.mark(f"2c-{number}", f"{data.full_name} ({data.personal_id})")
        _person(document, number, data)
    if not number:
        raise ValueError("no form 2C to draw")
    document.save()
    return number


def _person(document: Document, number: int, data: Form2C) -> None:
    flow = Flow(document)
    heading(
        flow,
        (
            ("Cơ quan, đơn vị có thẩm quyền quản lý CBCC:", data.managing_unit),
            ("Cơ quan, đơn vị sử dụng CBCC:", data.employing_unit),
        ),
        CODE,
        TITLE,
    )
    beside_photo(flow, data, BESIDE_PHOTO)
    for row in ITEMS:
        item(flow, data, row)
    _tables_of_work(flow, data)
    _history(flow, data)
    _family(flow, data)
    pay_table(flow, "31) Diễn biến quá trình lương của cán bộ, công chức", data.salary)
    closing(
        flow,
        "32) Nhận xét, đánh giá của cơ quan, đơn vị quản lý và sử dụng cán bộ, công chức",
        data.remarks,
        SIGNATURES,
    )
    close(flow, "2c", number, data)


def _tables_of_work(flow: Flow, data: Form2C) -> None:
    flow.y -= 6
    title = "27) Đào tạo, bồi dưỡng về chuyên môn, nghiệp vụ, lý luận chính trị, ngoại ngữ, tin học"
    TRAINING.draw(flow, wrap(title, LABEL, flow.width), LABEL, data.training)
    flow.y -= 3
    flow.lines(wrap(TRAINING_NOTE, HINT, flow.width), HINT)
    flow.y -= 8
    CAREER.draw(flow, ["28) Tóm tắt quá trình công tác"], LABEL, data.career)
    flow.y -= 8


def _history(flow: Flow, data: Form2C) -> None:
    title = "29) Đặc điểm lịch sử bản thân"
    for prompt, (_, value) in zip(PROMPTS, HISTORY, strict=True):
        question(flow, title, prompt, value(data))
        title = ""
    flow.y -= 4


def _family(flow: Flow, data: Form2C) -> None:
    own = ["30) Quan hệ gia đình", "a) Về bản thân: Cha, Mẹ, Vợ (hoặc chồng), các con, anh chị em ruột"]
    FAMILY.draw(flow, own, LABEL, data.own_family)
    flow.y -= 8
    FAMILY.draw(flow, ["b) Về bên vợ (hoặc chồng): Cha, Mẹ, anh chị em ruột"], LABEL, data.spouse_family)
    flow.y -= 8
