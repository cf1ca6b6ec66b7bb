"""Form 2C-BNV/2008 and its sisters as a reader, a printer and an archive see it: text, fonts, bytes, nothing overlapping."""

import hashlib
import io
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from pathlib import Path

import pytest
import segno
from pypdf import PdfReader

from registry.reports.forms import cv_2c, cv_electronic, cv_tctw
from registry.reports.forms.cv_2c import Career, Form2C, Relative, SalaryStep, Training, draw, draw_many
from registry.reports.layout import A4, BOTTOM, LEFT, RIGHT, TOP, Art, Pen, Style
from registry.reports.printing import PERSONAL_FORMS

ROOT = Path(__file__).parents[2]

BLANK = Form2C(personal_id="001085000001", as_of="23/11/2026", known_at="23/11/2026 10:15", photo=None)

NEWCOMER = replace(
    BLANK,
    personal_id="079201008812",
    full_name="Đặng Hữu Phước",
    birth_date="1999",
    gender="Nam",
    training=(
        Training(
            "Trường Đại học Công nghệ Thông tin",
            "Khoa học máy tính",
            "09/2017 - 08/2021",
            "Chính quy",
            "Kỹ sư",
        ),
    ),
    career=(Career("08/2025 - nay", "Chuyên viên Cục Chuyển đổi số"),),
    salary=(SalaryStep("08/2025", "01.003/1", "2,34"),),
)

VETERAN = replace(
    BLANK,
    personal_id="022069004417",
    managing_unit="Ủy ban nhân dân tỉnh Quảng Ninh",
    employing_unit="Sở Nội vụ tỉnh Quảng Ninh",
    full_name="Nguyễn Thị Thúy Ngữ Ẩn",
    birth_date="05/03/1969",
    gender="Nữ",
    birth_place="Xã Quảng La, Huyện Hoành Bồ, Tỉnh Quảng Ninh",
    home_town="Xã Cao Minh, Huyện Vĩnh Bảo, Thành phố Hải Phòng",
    recruited_on="01/10/1991",
    position="Phó Giám đốc Sở Nội vụ; Ủy viên Ban Chấp hành Đảng bộ Sở, Chủ tịch Công đoàn cơ sở Sở Nội vụ",
    reward="Huân chương Lao động hạng Ba, năm 2019",
    training=tuple(
        Training(
            "Học viện Hành chính Quốc gia",
            f"Bồi dưỡng chuyên đề số {n} về quản lý nhà nước",
            f"03/{1990 + 2 * n} - 06/{1990 + 2 * n}",
            "Bồi dưỡng",
            f"Chứng chỉ số {n}",
        )
        for n in range(1, 16)
    ),
    career=tuple(
        Career(
            f"10/{1989 + 2 * n} - 09/{1991 + 2 * n}",
            f"Nhiệm vụ thứ {n}: chuyên viên, rồi Phó Trưởng phòng Công chức, viên chức, Sở Nội vụ tỉnh "
            "Quảng Ninh; Đảng ủy viên Đảng bộ Sở, nhiệm kỳ mới",
        )
        for n in range(1, 19)
    ),
    own_family=tuple(
        Relative(
            "Em ruột",
            f"Nguyễn Văn Thứ {n}",
            str(1970 + n),
            "Quê quán: xã Cao Minh, thành phố "
            "Hải Phòng; kỹ sư cơ khí, cư trú tại phường Hồng Hà, tỉnh Quảng Ninh",
        )
        for n in range(1, 8)
    ),
    spouse_family=(Relative("Bố chồng", "Trần Văn Bách", "1935", "Cán bộ hưu trí, đã mất năm 2015"),),
    salary=tuple(SalaryStep(f"04/{1990 + 2 * n}", f"V.07.03.29/{n}", f"{n},{n:02}") for n in range(1, 20)),
)

MONSTER = replace(
    replace(
        VETERAN,
        **{
            field.name: f"{field.name} " + "Ủy ban nhân dân huyện Hoành Bồ, " * 9
            for field in fields(Form2C)
            if field.type is str and field.name not in {"personal_id", "as_of", "known_at", "birth_date"}
        },
    ),
    main_duty="Tham mưu cho Giám đốc. " * 400,
    mass_organization="K" * 300,
    training=(Training("A" * 90, "Nghiêng" * 30, "09/1987 - 06/1990", "C" * 40, "rất dài " * 30),),
    career=(Career("09/1987 - 06/1990", "Một dòng rất dài " * 500), Career("07/1990 - nay", "Dòng kế tiếp")),
    own_family=(Relative("Ông nội của vợ kế", "Nguyễn Phúc " * 10, "khoảng 1900", "Ẵ" * 200),),
    salary=(SalaryStep("04/1990", "V.07.03.29.15.66/12", "10,00 + 5% VK"),) * 20,
)


SISTERS = {"2c_tctw_98": cv_tctw, "so_yeu_ly_lich": cv_electronic}
CLASSES = {"2c_tctw_98": cv_tctw.FormTctw, "so_yeu_ly_lich": cv_electronic.ElectronicCv}
TABLES = {
    "studies": tuple((one,) * 3 for one in VETERAN.training[:6]),
    "pay": (cv_electronic.PayRow("10/1991 - 09/1994", "Chuyên viên (01.003)", "1", "2,34", "100%"),) * 30,
    "allowances": (cv_electronic.AllowanceRow("03/2000 - nay", "Phụ cấp chức vụ lãnh đạo", "0,90"),),
    "rewards": (cv_electronic.HonourRow("02/09/2019", "Huân chương Lao động", "Thành tích", "12/QĐ-CTN"),)
    * 9,
    "evaluations": (cv_electronic.EvaluationRow("2025", "Hoàn thành tốt nhiệm vụ", "Giám đốc Sở"),) * 25,
    "disciplines": (cv_electronic.HonourRow("05/05/2001", "Khiển trách (chính quyền)", "Chậm", "3/QĐ"),),
}


def sister(form: str, data: Form2C) -> Form2C:
    """The data of another form: what form 2C says, and in its further fields their own names, or tables."""
    kept = {field.name: getattr(data, field.name) for field in fields(Form2C)}
    further = [field for field in fields(CLASSES[form]) if field.name not in kept]
    if data is not BLANK:
        kept |= {one.name: f"giá trị {one.name} ở đây" for one in further if one.type is str}
        kept |= {one.name: TABLES[one.name] for one in further if one.type is not str}
    return CLASSES[form](**kept)


def texts(pdf: bytes) -> list[str]:
    """The text of each page with runs of white space made one space."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages]


def labels() -> Iterator[str]:
    """Every label of items 1-26 with its note, as printed."""
    for row in cv_2c.BESIDE_PHOTO + cv_2c.ITEMS:
        for slot in row:
            yield f"{slot.label} {slot.note}".strip()


def test_every_label_and_every_value_of_the_form_is_printed() -> None:
    values = {
        field.name: f"giá trị {number} ở đây"
        for number, field in enumerate(fields(Form2C))
        if field.type is str
    }
    values |= {
        "personal_id": "022069004417",
        "birth_date": "05/03/1969",
        "as_of": "23/11/2026",
        "known_at": "22/11/2026 10:15",
        "full_name": "NGUYỄN THỊ ẨN",
    }
    text = " ".join(texts(draw(replace(VETERAN, **values))))
    assert [label for label in labels() if label not in text] == []
    values.pop("birth_date")
    assert [value for value in values.values() if value not in text] == []
    assert "3) Sinh ngày 05 tháng 03 năm 1969" in text
    assert "25) Số CCCD/định danh cá nhân:" in text
    for title in (
        "Mẫu 2C-BNV/2008",
        "SƠ YẾU LÝ LỊCH CÁN BỘ, CÔNG CHỨC",
        "Ảnh màu (4 x 6 cm)",
        "27) Đào tạo, bồi dưỡng",
        "28) Tóm tắt quá trình công tác",
        "29) Đặc điểm lịch sử bản thân",
        "30) Quan hệ gia đình",
        "a) Về bản thân",
        "b) Về bên vợ (hoặc chồng)",
        "31) Diễn biến quá trình lương",
        "32) Nhận xét, đánh giá",
        "Người khai",
        "Tôi xin cam đoan",
        "(Ký tên, đóng dấu)",
        "Dữ liệu tại ngày 23/11/2026, ghi nhận đến 22/11/2026 10:15.",
    ):
        assert title in text


def test_labels_stand_right_before_their_values() -> None:
    text = " ".join(texts(draw(VETERAN)))
    assert "1) Họ và tên khai sinh (viết chữ in hoa): NGUYỄN THỊ THÚY NGỮ ẨN 2) Tên gọi khác:" in text
    assert "11) Ngày tuyển dụng: 01/10/1991 Cơ quan tuyển dụng:" in text
    assert "Cơ quan, đơn vị sử dụng CBCC: Sở Nội vụ tỉnh Quảng Ninh" in text


def test_all_rows_of_a_long_career_are_printed_in_order_under_repeated_heads() -> None:
    pages = texts(draw(VETERAN))
    assert len(pages) in (4, 5, 6)
    text = " ".join(pages)
    for pattern, count in ((r"Nhiệm vụ thứ (\d+):", 18), (r"Chứng chỉ số (\d+)", 15), (r"Văn Thứ (\d+)", 7)):
        assert [int(number) for number in re.findall(pattern, text)] == list(range(1, count + 1))
    for heading, row in (
        ("Chức danh, chức vụ, đơn vị công tác (đảng", "Nhiệm vụ thứ"),
        ("Tên trường", "Chứng chỉ số"),
    ):
        with_rows = [page for page in pages if row in page]
        assert all(heading in page for page in with_rows)
    assert sum("Nhiệm vụ thứ" in page for page in pages) >= 2
    assert text.count("Tháng/năm") == 3, "19 steps need three blocks of nine"
    for step in VETERAN.salary:
        assert step.month in text
        assert step.coefficient in text


def test_an_empty_form_has_all_labels_and_lines_to_write_on(drawn: "Drawn") -> None:
    text = " ".join(texts(draw(BLANK)))
    assert [label for label in labels() if label not in text] == []
    assert "None" not in text
    slots = sum(len(row) for row in cv_2c.BESIDE_PHOTO + cv_2c.ITEMS)
    tables = 3 * (5 + 2 + 4 + 4)
    assert len(drawn.dots) >= slots + tables + 9 + 6, "each slot, each cell, item 29, item 32"


def test_only_embedded_liberation_serif_is_used() -> None:
    reader = PdfReader(io.BytesIO(draw(replace(VETERAN, other_names="Čeněk Ωμέγα"))))
    found = {}
    for page in reader.pages:
        resources = [page["/Resources"]]
        resources += [form.get_object()["/Resources"] for form in page["/Resources"]["/XObject"].values()]
        for resource in resources:
            for font in resource["/Font"].values():
                found[font["/BaseFont"]] = font["/FontDescriptor"].get("/FontFile2")
    assert {name.split("+")[1] for name in found} == {
        "LiberationSerif",
        "LiberationSerif-Bold",
        "LiberationSerif-Italic",
    }
    assert all(found.values())


def test_letters_come_out_composed_and_foreign_ones_survive() -> None:
    data = replace(
        BLANK,
        full_name=unicodedata.normalize("NFD", "Lưu Thế Ẵm"),
        other_names="Čeněk Ωμέγα (ŠKODA)",
        position="Tổ\u00a0trưởng \t tổ  7",
        history="Dòng một\nDòng hai",
    )
    pdf = draw(data)
    [page, *_] = texts(pdf)
    assert "LƯU THẾ ẴM" in page
    assert "Čeněk Ωμέγα (ŠKODA)" in page
    assert "Tổ trưởng tổ 7" in page
    lines = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).splitlines()
    assert [line.strip() for line in lines if line.strip().startswith("Dòng")] == ["Dòng một", "Dòng hai"]


def test_the_same_data_give_the_same_bytes_in_any_process_and_thread() -> None:
    with ThreadPoolExecutor(4) as pool:
        copies = set(pool.map(draw, [VETERAN] * 8))
    assert len(copies) == 1
    code = (
        "import hashlib, test_form_2c as t; t.draw(t.NEWCOMER);"
        "print(hashlib.sha256(t.draw(t.VETERAN)).hexdigest())"
    )
    path = os.pathsep.join((str(ROOT), str(Path(__file__).parent)))
    other = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": path},
    )
    assert other.stdout.strip() == hashlib.sha256(copies.pop()).hexdigest()


def test_two_people_in_one_file_have_their_own_page_numbers_feet_and_marks() -> None:
    out = io.BytesIO()
    assert draw_many(iter([VETERAN, NEWCOMER]), out) == 2
    reader = PdfReader(io.BytesIO(out.getvalue()))
    pages = texts(out.getvalue())
    first, second = len(texts(draw(VETERAN))), len(texts(draw(NEWCOMER)))
    assert len(pages) == first + second
    numbers = ["".join(re.findall(r"(\d+) Mã hồ sơ:", page)) for page in pages]
    assert numbers == ["", *map(str, range(2, first + 1)), "", *map(str, range(2, second + 1))]
    assert all("Mã hồ sơ: 022069004417" in page for page in pages[:first])
    assert all(f"Mã hồ sơ: 079201008812. Bản in gồm {second} trang." in page for page in pages[first:])
    assert [mark.title for mark in reader.outline] == [
        "Nguyễn Thị Thúy Ngữ Ẩn (022069004417)",
        "Đặng Hữu Phước (079201008812)",
    ]
    assert [reader.get_destination_page_number(mark) for mark in reader.outline] == [0, first]


def test_a_file_for_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="no form 2C"):
        draw_many([], io.BytesIO())


def test_the_foot_carries_the_dossier_code_as_a_qr_code() -> None:
    page = PdfReader(io.BytesIO(draw(VETERAN))).pages[1]
    foot = page["/Resources"]["/XObject"]["/FormXob.2c-foot-1"].get_data().decode("ascii")
    size = 21
    modules = [[0] * size for _ in range(size)]
    for x, y, length in re.findall(r"(\d+) -(\d+) (\d+) 1 re", foot):
        for across in range(int(x), int(x) + int(length)):
            modules[int(y) - 5][across - 4] = 1
    assert modules == [list(row) for row in segno.make("022069004417", error="m", micro=False, mask=3).matrix]


class Drawn:
    """Where ink went: (page or drawing, x0, y0, x1, y1, what) of every text run and placed drawing."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.boxes: list[tuple[Pen, float, float, float, float, str]] = []
        self.dots: list[tuple[float, float, float]] = []
        text, place, dots = Pen.text, Pen.place, Pen.dots

        def note_text(pen: Pen, x: float, y: float, style: Style, words: str) -> None:
            size = style.size
            self.boxes.append((pen, x, y - 0.22 * size, x + style.width(words), y + 0.9 * size, words))
            text(pen, x, y, style, words)

        def note_place(pen: Pen, art: Art, x: float, y: float) -> None:
            self.boxes.append((pen, x, y - art.height, x + art.width, y, art.name))
            place(pen, art, x, y)

        def note_dots(pen: Pen, x0: float, x1: float, y: float) -> None:
            self.dots.append((x0, x1, y))
            dots(pen, x0, x1, y)

        monkeypatch.setattr(Pen, "text", note_text)
        monkeypatch.setattr(Pen, "place", note_place)
        monkeypatch.setattr(Pen, "dots", note_dots)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    return Drawn(monkeypatch)


@pytest.mark.parametrize("form", PERSONAL_FORMS)
@pytest.mark.parametrize(
    "data",
    [
        pytest.param(BLANK, id="blank"),
        pytest.param(NEWCOMER, id="newcomer"),
        pytest.param(VETERAN, id="veteran"),
        pytest.param(MONSTER, id="monster"),
    ],
)
def test_no_text_overlaps_another_or_leaves_the_margins(data: Form2C, form: str, drawn: Drawn) -> None:
    PERSONAL_FORMS[form].draw(data if form == "2c" else sister(form, data))
    pages: dict[Pen, list[tuple[float, float, float, float, str]]] = {}
    for pen, *box in drawn.boxes:
        pages.setdefault(pen, []).append(tuple(box))
    slack = 0.05
    for boxes in pages.values():
        for number, (x0, y0, x1, y1, what) in enumerate(boxes):
            clash = [
                other
                for a0, b0, a1, b1, other in boxes[number + 1 :]
                if x0 < a1 - slack and a0 < x1 - slack and y0 < b1 - slack and b0 < y1 - slack
            ]
            assert not clash, f"{what!r} overlaps {clash!r}"
    margins = {pen for pen, *_, what in drawn.boxes if "-foot-" in what}
    for pen, x0, y0, x1, y1, what in drawn.boxes:
        if pen in margins and "-foot-" not in what and not what.isdigit():
            assert x0 >= LEFT - slack, what
            assert x1 <= A4[0] - RIGHT + slack, what
            assert y0 >= BOTTOM - slack, what
            assert y1 <= A4[1] - TOP + 2, what


def test_cells_keep_their_text_between_their_rules(drawn: Drawn) -> None:
    draw(MONSTER)
    rights = {"A" * 5: cv_2c.TRAINING.edges[1], "Ẵ" * 5: cv_2c.FAMILY.edges[-1]}
    for start, right in rights.items():
        ends = [x1 for _, _, _, x1, _, what in drawn.boxes if what.startswith(start)]
        assert len(ends) > 1, "a word wider than its column is cut"
        assert max(ends) < LEFT + right


@pytest.mark.parametrize("form", SISTERS)
def test_a_sister_form_prints_its_labels_its_values_and_lines_to_write_on(form: str, drawn: Drawn) -> None:
    data = sister(form, VETERAN)
    pages, blank = texts(draw_of(form, data)), " ".join(texts(draw_of(form, sister(form, BLANK))))
    text = " ".join(pages)
    for row in SISTERS[form].BESIDE_PHOTO + SISTERS[form].ITEMS + SISTERS[form].ECONOMY:
        for slot in row:
            assert slot.label in text, slot.label
            assert slot.label in blank, slot.label
    further = {one.name for one in fields(data) if one.type is str} - {one.name for one in fields(Form2C)}
    assert [name for name in sorted(further) if f"giá trị {name} ở đây" not in text] == []
    assert [int(one) for one in re.findall(r"Nhiệm vụ thứ (\d+):", text)] == list(range(1, 19))
    with_rows = [page for page in pages if "Nhiệm vụ thứ" in page]
    assert len(with_rows) > 1
    assert all("Chức danh, chức vụ, đơn vị công tác (đảng" in page for page in with_rows)
    assert "None" not in text + blank
    assert len(drawn.dots) > 60, "empty items have lines to write on"


@pytest.mark.parametrize("form", SISTERS)
def test_a_sister_form_has_the_same_bytes_each_time_and_its_fonts_within(form: str) -> None:
    data = sister(form, VETERAN)
    assert draw_of(form, data) == draw_of(form, data)
    reader = PdfReader(io.BytesIO(draw_of(form, data)))
    fonts = [font for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    assert fonts
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts)
    assert {tuple(map(float, page.mediabox[2:])) for page in reader.pages} == {
        tuple(round(side, 4) for side in A4)
    }


def draw_of(form: str, data: Form2C) -> bytes:
    """The file that the catalogue of forms draws."""
    return PERSONAL_FORMS[form].draw(data)
