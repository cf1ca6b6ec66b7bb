"""Sơ yếu lý lịch cán bộ, công chức, form 2C-BNV/2008 (Quyết định 02/2008/QĐ-BNV).

`draw` and `draw_many` are pure: the same data give the same bytes. Since 01/07/2026 the sơ yếu lý lịch is
made from the database and carries the code of the electronic dossier (Nghị định 27/2026/NĐ-CP): the foot of
every page bears that code, as a QR too, with the day the data are of and the time they were known.

What never changes is in BESIDE_PHOTO, ITEMS, the tables and the Art functions; what a person brings is in
Form2C.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from operator import attrgetter as of
from typing import BinaryIO, NamedTuple

from registry.reports.fonts import BOLD, ITALIC, REGULAR
from registry.reports.layout import (
    A4,
    LEFT,
    MM,
    PAD,
    RIGHT,
    Art,
    Column,
    Document,
    Flow,
    Pen,
    Style,
    Table,
    tidy,
    wrap,
)

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

TITLE = Style(BOLD, 15, 20)
NAME = Style(BOLD, 13, 17)
LABEL = Style(BOLD, 12, 17)
VALUE = Style(REGULAR, 12, 17)
HEAD = Style(REGULAR, 11, 15)
HEAD_BOLD = Style(BOLD, 11, 15)
HINT = Style(ITALIC, 9, 10.5)
NOTE = Style(ITALIC, 10, 17)
PROMPT = Style(REGULAR, 12, 15.5)
CELL = Style(REGULAR, 11, 13.5)
CELL_HEAD = Style(BOLD, 10.5, 13)
PAY = Style(REGULAR, 9, 11)
FOOT = Style(REGULAR, 9, 11)
PAGE_NUMBER = Style(REGULAR, 13, 16)

WIDTH = A4[0] - LEFT - RIGHT
PHOTO_WIDTH, PHOTO_HEIGHT = 40 * MM, 60 * MM
GAP = 8.0  # between the photo and the items, between two slots of one line
AFTER_ITEM = 2.5
HINT_INDENT = 16.0
INDENT = 14.0  # of free text below its question
BLANK_LINES = 3
QR_SIZE = 15 * MM


class Slot(NamedTuple):
    """A label and the place for its value.

    `share` is its part of the line. An empty value shows as dots between the words of `blank`. In small
    italics `note` follows the label and `hint` stands below.
    """

    label: str
    value: Callable[[Form2C], str]
    share: float = 1
    blank: tuple[str, ...] = ("",)
    unit: str = ""
    note: str = ""
    hint: str = ""
    style: Style = VALUE


PLACE = ("Xã", "Huyện", "Tỉnh")
DAY = ("", "/", "/")


def _birth(part: int) -> Callable[[Form2C], str]:
    """Day (0), month (1) or year (2) of a birth date that may lack the first parts."""
    return lambda data: ("//" + data.birth_date).split("/")[-3:][part]


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
        Slot("3) Sinh ngày", _birth(0), 0.265),
        Slot("tháng", _birth(1), 0.165),
        Slot("năm", _birth(2), 0.185),
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
        Slot("23) Tình trạng sức khỏe:", of("health"), 0.38),
        Slot("Chiều cao:", of("height_cm"), 0.22, unit="cm"),
        Slot("Cân nặng:", of("weight_kg"), 0.2, unit="kg"),
        Slot("Nhóm máu:", of("blood_group"), 0.2),
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


def _columns(*columns: tuple[str, float, bool]) -> tuple[Column, ...]:
    """Columns whose widths are parts of the width of the page."""
    total = sum(width for _, width, _ in columns)
    return tuple(Column(title, WIDTH * width / total, centred) for title, width, centred in columns)


TRAINING = Table(
    "2c-27",
    _columns(
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
    _columns(
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
    _columns(
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

PAY_ROWS = (("Tháng/năm", of("month")), ("Mã ngạch/bậc", of("rank_step")), ("Hệ số lương", of("coefficient")))
PAY_HEAD = 78.0
PAY_STEPS = 9


@cache
def _form_code() -> Art:
    """The name of the form, for the upper right corner."""
    pen, width = Pen(), 128.0
    pen.centred(width / 2, -HEAD_BOLD.rise, HEAD_BOLD, FORM_CODE)
    y = -HEAD_BOLD.leading
    for line in ("(Ban hành kèm theo", "Quyết định số 02/2008/QĐ-BNV", "của Bộ trưởng Bộ Nội vụ)"):
        pen.centred(width / 2, y - HINT.rise, HINT, line)
        y -= HINT.leading
    return pen.as_art("2c-code", width, -y)


@cache
def _title() -> Art:
    pen = Pen()
    pen.centred(WIDTH / 2, -TITLE.rise, TITLE, NAME_OF_FORM.upper())
    return pen.as_art("2c-title", WIDTH, TITLE.leading)


@cache
def _photo() -> Art:
    pen = Pen()
    pen.frame(0, -PHOTO_HEIGHT, PHOTO_WIDTH, PHOTO_HEIGHT)
    pen.centred(PHOTO_WIDTH / 2, -PHOTO_HEIGHT / 2 + 3, HEAD, "Ảnh màu")
    pen.centred(PHOTO_WIDTH / 2, -PHOTO_HEIGHT / 2 - 12, HEAD, "(4 x 6 cm)")
    return pen.as_art("2c-photo", PHOTO_WIDTH, PHOTO_HEIGHT)


@cache
def _prompt(number: int) -> Art:
    pen = Pen()
    y = 0.0
    for line in wrap(HISTORY[number][0], PROMPT, WIDTH):
        pen.text(0, y - PROMPT.rise, PROMPT, line)
        y -= PROMPT.leading
    return pen.as_art(f"2c-29-{number}", WIDTH, -y)


@cache
def _signatures() -> Art:
    """Place and date, and the two signatures with room to sign."""
    pen = Pen()
    left, right = WIDTH * 0.24, WIDTH * 0.73
    date = Style(ITALIC, 12, 17)
    spaces = (("", 96), (", Ngày ", 26), (" tháng ", 26), (" năm ", 36))  # words and the dots after each
    x, y = WIDTH - sum(date.width(word) + dots for word, dots in spaces), -date.rise - 4
    for word, dots in spaces:
        if word:
            pen.text(x, y, date, word)
        x += date.width(word)
        pen.dots(x, x + dots, y)
        x += dots
    y -= 26
    pen.centred(left, y, LABEL, "Người khai")
    pen.centred(right, y, LABEL, "Thủ trưởng cơ quan, đơn vị")
    y -= 15
    pen.centred(left, y, HEAD, "Tôi xin cam đoan những lời khai")
    pen.centred(right, y, LABEL, "quản lý và sử dụng CBCC")
    y -= 15
    pen.centred(left, y, HEAD, "trên đây là đúng sự thật")
    pen.centred(right, y, Style(ITALIC, 11, 15), "(Ký tên, đóng dấu)")
    y -= 15
    pen.centred(left, y, Style(ITALIC, 11, 15), "(Ký tên, ghi rõ họ tên)")
    return pen.as_art("2c-signatures", WIDTH, -y + 85)


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
    _heading(flow, data)
    _beside_photo(flow, data)
    for row in ITEMS:
        _item(flow, data, row)
    _tables_of_work(flow, data)
    _history(flow, data)
    _family(flow, data)
    _pay(flow, data.salary)
    _closing(flow, data)
    foot = _foot(number, data, len(flow.pages))
    flow.close(lambda pen, page, _: _margins(pen, page, foot))


def _heading(flow: Flow, data: Form2C) -> None:
    code = _form_code()
    flow.pen.place(code, flow.right - code.width, flow.y)
    beside, edge = flow.right - code.width - 2 * GAP, flow.y - code.height
    for label, value in (
        ("Cơ quan, đơn vị có thẩm quyền quản lý CBCC:", data.managing_unit),
        ("Cơ quan, đơn vị sử dụng CBCC:", data.employing_unit),
    ):
        start = flow.left + HEAD.width(label) + 3
        lines = wrap(tidy(value), HEAD_BOLD, beside - flow.left, beside - start)
        flow.pen.text(flow.left, flow.y - HEAD.rise, HEAD, label)
        if lines == [""]:
            flow.pen.dots(start, beside, flow.y - HEAD.rise)
        for nth, line in enumerate(lines):
            if line:
                flow.pen.text(flow.left if nth else start, flow.y - HEAD.rise, HEAD_BOLD, line)
            flow.y -= HEAD.leading
    flow.y = min(flow.y, edge) - 10
    flow.place(_title())
    flow.y -= 10


def _beside_photo(flow: Flow, data: Form2C) -> None:
    """Items 1-5, spread over the height of the photo."""
    page, photo_bottom = flow.pen, flow.y - PHOTO_HEIGHT
    page.place(_photo(), flow.left, flow.y)
    left = flow.left + PHOTO_WIDTH + 2 * GAP
    lines = [_Line(data, row, left, flow.right) for row in BESIDE_PHOTO]
    spare = max(0.0, PHOTO_HEIGHT - sum(line.height for line in lines)) / len(lines)
    for line, row in zip(lines, BESIDE_PHOTO, strict=True):
        if flow.pen is page and line.height < flow.room:
            line.draw(page, flow.y - spare / 2)
            flow.y -= line.height + spare
        else:
            _item(flow, data, row)
    if flow.pen is page:
        flow.y = min(flow.y, photo_bottom) - 6


def _item(flow: Flow, data: Form2C, row: Sequence[Slot]) -> None:
    line = _Line(data, row, flow.left, flow.right)
    if line.height > flow.top - flow.bottom:  # no page holds it: run over pages, one slot after the other
        for slot in row:
            flow.lines([slot.label], LABEL)
            _written(flow, _free_text(flow, slot.value(data)), blank=1)
        return
    flow.need(line.height)
    line.draw(flow.pen, flow.y)
    flow.y -= line.height + AFTER_ITEM


class _Line:
    """One line of slots, broken to its widths: it grows as tall as its tallest slot."""

    def __init__(self, data: Form2C, row: Sequence[Slot], left: float, right: float) -> None:
        self.height = 0.0
        self._slots: list[tuple[Slot, float, float, float, list[str]]] = []
        room = right - left - GAP * (len(row) - 1)
        for slot in row:
            width = room * slot.share
            start = LABEL.width(slot.label) + (NOTE.width(slot.note) + 3 if slot.note else 0) + 4
            lines = _value(slot, data, width, width - start)
            self._slots.append((slot, left, left + start, left + width, lines))
            height = len(lines) * slot.style.leading + len(_hint(slot.hint, width)) * HINT.leading
            self.height = max(self.height, height)
            left += width + GAP

    def draw(self, pen: Pen, top: float) -> None:
        """Draw hanging from `top`; all labels stand on one base line."""
        first = max(slot.style.rise for slot, *_ in self._slots)
        for slot, left, start, end, lines in self._slots:
            y = top - first
            pen.text(left, y, LABEL, slot.label)
            if slot.note:
                pen.text(left + LABEL.width(slot.label) + 3, y, NOTE, slot.note)
            if lines == [""]:
                _blank(pen, slot, start, end, y)
            x = start
            for line in lines:
                if line:
                    pen.text(x, y, slot.style, line)
                x = left
                y -= slot.style.leading
            y += first
            for line in _hint(slot.hint, end - left):
                pen.text(left + HINT_INDENT, y - HINT.rise, HINT, line)
                y -= HINT.leading


def _value(slot: Slot, data: Form2C, width: float, first: float) -> list[str]:
    """The value broken into lines; [''] when there is none."""
    text = tidy(slot.value(data))
    if text and slot.unit:
        text = f"{text} {slot.unit}"
    lines = wrap(text, slot.style, width, first)
    if slot.style is NAME and len(lines) > 1:  # a name stays whole on a line of its own
        return ["", *wrap(text, slot.style, width)]
    return lines


@cache
def _hint(text: str, width: float) -> list[str]:
    return wrap(text, HINT, width - HINT_INDENT) if text else []


def _blank(pen: Pen, slot: Slot, start: float, end: float, y: float) -> None:
    """Dots to write on, with the words of the form between them."""
    if slot.unit:
        end -= VALUE.width(slot.unit) + 2
        pen.text(end + 2, y, VALUE, slot.unit)
    step = (end - start) / len(slot.blank)
    for word in slot.blank:
        if word:
            pen.text(start, y, VALUE, word)
        pen.dots(start + VALUE.width(word) + 2, start + step - 2, y)
        start += step


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
    title = LABEL.leading
    for number, (_, value) in enumerate(HISTORY):
        prompt, lines = _prompt(number), _free_text(flow, value(data))
        flow.need(title + prompt.height + (min(len(lines), 3) or BLANK_LINES) * VALUE.leading)
        if title:
            flow.lines(["29) Đặc điểm lịch sử bản thân"], LABEL)
            title = 0.0
        flow.place(prompt)
        _written(flow, lines, BLANK_LINES)
        flow.y -= 4
    flow.y -= 4


def _free_text(flow: Flow, text: str) -> list[str]:
    text = tidy(text)
    return wrap(text, VALUE, flow.width - INDENT) if text else []


def _written(flow: Flow, lines: Sequence[str], blank: int) -> None:
    """Lines of text, or dotted lines to write on."""
    flow.lines(lines, VALUE, indent=INDENT)
    for _ in range(0 if lines else blank):
        flow.pen.dots(flow.left, flow.right, flow.y - VALUE.rise)
        flow.y -= VALUE.leading


def _family(flow: Flow, data: Form2C) -> None:
    own = ["30) Quan hệ gia đình", "a) Về bản thân: Cha, Mẹ, Vợ (hoặc chồng), các con, anh chị em ruột"]
    FAMILY.draw(flow, own, LABEL, data.own_family)
    flow.y -= 8
    FAMILY.draw(flow, ["b) Về bên vợ (hoặc chồng): Cha, Mẹ, anh chị em ruột"], LABEL, data.spouse_family)
    flow.y -= 8


def _pay(flow: Flow, steps: Sequence[SalaryStep]) -> None:
    """Item 31: a block of three rows for every nine steps of pay."""
    blocks = [steps[at : at + PAY_STEPS] for at in range(0, len(steps), PAY_STEPS)] or [()]
    column = (flow.width - PAY_HEAD) / PAY_STEPS
    for nth, block in enumerate(blocks):
        rows = [[_pay_lines(tidy(value(step)), column - 2.5) for step in block] for _, value in PAY_ROWS]
        heights = [max([17.0, *(len(lines) * PAY.leading + 2 * PAD for lines in row)]) for row in rows]
        title = 0 if nth else LABEL.leading + PAD
        flow.need(title + sum(heights))
        if not nth:
            flow.lines(["31) Diễn biến quá trình lương của cán bộ, công chức"], LABEL)
            flow.y -= PAD
        _pay_block(flow, rows, heights, column)
        flow.y -= 5
    flow.y -= 4


def _pay_lines(text: str, width: float) -> list[str]:
    """A long rank code leaves its step to the next line."""
    return [text] if PAY.width(text) <= width else wrap(text.replace("/", " /"), PAY, width)


def _pay_block(flow: Flow, rows: list[list[list[str]]], heights: list[float], column: float) -> None:
    top = flow.y
    for (label, _), row, height in zip(PAY_ROWS, rows, heights, strict=True):
        flow.pen.frame(flow.left, flow.y - height, flow.width, height)
        flow.pen.text(flow.left + PAD, flow.y - height / 2 - 3.5, CELL_HEAD, label)
        x = flow.left + PAY_HEAD + column / 2
        for lines in row:
            y = flow.y - (height - len(lines) * PAY.leading) / 2
            for line in lines:
                flow.pen.centred(x, y - PAY.rise, PAY, line)
                y -= PAY.leading
            x += column
        flow.y -= height
    for nth in range(PAY_STEPS):
        x = flow.left + PAY_HEAD + nth * column
        flow.pen.line(x, top, x, flow.y)


def _closing(flow: Flow, data: Form2C) -> None:
    title = ["32) Nhận xét, đánh giá của cơ quan, đơn vị quản lý và sử dụng cán bộ, công chức"]
    remarks, signatures = _free_text(flow, data.remarks), _signatures()
    together = LABEL.leading + (len(remarks) or 6) * VALUE.leading + 4 + signatures.height
    flow.need(min(together, flow.top - flow.bottom))  # nobody signs a page without a word above
    flow.lines(title, LABEL)
    _written(flow, remarks, blank=6)
    flow.y -= 4
    flow.place(signatures)


def _foot(number: int, data: Form2C, pages: int) -> Art:
    """What stands at the foot of each page of one person."""
    pen = Pen()
    pen.qr(-4 * QR_SIZE / 29, 0, QR_SIZE, data.personal_id)
    x, y = QR_SIZE, -QR_SIZE / 2
    pen.text(x, y + 2, FOOT, tidy(f"Mã hồ sơ: {data.personal_id}. Bản in gồm {pages} trang."))
    pen.text(x, y - 9, FOOT, tidy(f"Dữ liệu tại ngày {data.as_of}, ghi nhận đến {data.known_at}."))
    return pen.as_art(f"2c-foot-{number}", WIDTH, QR_SIZE)


def _margins(pen: Pen, page: int, foot: Art) -> None:
    """Page number as Nghị định 30/2020 has it (not on the first page), and the foot."""
    if page > 1:
        pen.centred(A4[0] / 2, A4[1] - 38, PAGE_NUMBER, str(page))
    pen.place(foot, LEFT, 62)
