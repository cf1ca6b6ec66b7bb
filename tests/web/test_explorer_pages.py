"""The explorer of statistics by browser, without scripts: asking, reading, refusing, keeping a question, its files, who sees whom."""

import io
import re
import subprocess
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import openpyxl
import pytest
from browsing import Browser, Page
from conftest import TODAY, Bed
from pypdf import PdfReader

from registry.explorer.ready import READY
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.measures import FORECASTS, MEASURES

BY_CATEGORY = "SELECT count(*) FROM official_current WHERE in_headcount AND category = :category"


def rows_of(page: Page) -> dict[str, list[str]]:
    """The lines of the table of figures: cells by name."""
    table = re.search(r'<table class="list cross.*?</table>', page.html, re.DOTALL)
    assert table, page.text[:800]
    found = {}
    for line in re.findall(r"<tr[^>]*>(.*?)</tr>", table[0], re.DOTALL):
        cells = [
            " ".join(unescape(re.sub(r"<[^>]+>", " ", cell)).split())
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", line, re.DOTALL)
        ]
        found[cells[0]] = cells[1:]
    return found


def cell_links(page: Page) -> list[str]:
    """Where the cells of figures lead."""
    return [link for link in page.links if link.startswith("/thong-ke/nguoi")]


def test_the_start_offers_ready_questions_and_each_is_answered_in_one_click(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    start = reader.open("/thong-ke")
    assert len(READY) == 10
    for one in READY.values():
        assert one.words.vi in start.text
        link = "/thong-ke?" + urlencode(one.on(TODAY).pairs())
        assert link in start.links
        page = reader.open(link)
        assert reader.status == 200, page.text[:600]
        assert rows_of(page)
        assert "Nguồn: ảnh số liệu S" in page.text
        assert one.question.figure is not None
        assert one.question.figure.source in page.text
        assert "<script>" not in page.html


def test_an_officer_of_a_province_gets_the_same_questions_by_the_own_units(demo: Bed) -> None:
    officer = Browser(demo, "hr.hanoi")
    link = "/thong-ke?" + urlencode(READY["dan-toc"].on(TODAY, "H26").pairs())
    assert link in officer.open("/thong-ke").links
    lines = rows_of(officer.open(link))
    inside = demo.scalar("""SELECT count(*) FROM official_current c JOIN organization o ON o.code = 'H26'
                            AND c.org_ord BETWEEN o.ord AND o.last WHERE c.in_headcount""")
    assert lines["Ủy ban nhân dân thành phố Hà Nội"][-2] == str(inside)
    assert "Sở Y tế" in lines


def test_a_question_is_put_together_by_the_form_and_its_table_has_subtotals_and_further_measures(
    demo: Bed,
) -> None:
    reader = Browser(demo, "statistician1")
    reader.open("/thong-ke")
    reader.send("measure", row="category", row2="sex", column="")
    reader.send("measure", also="women_share")
    page = reader.send("measure", where="category:cong_chuc")
    assert reader.status == 200
    lines = rows_of(page)
    number = str(demo.scalar(BY_CATEGORY, category="cong_chuc"))
    women = demo.scalar(BY_CATEGORY + " AND sex = 'nu'", category="cong_chuc")
    assert lines["Cả nước"][0] == lines["Công chức"][0] == number
    assert lines["Nữ"] == [str(women), "100,0"]
    assert lines["Công chức"][1] == f"{100 * women / int(number):.1f}".replace(".", ",")
    assert "Viên chức" not in lines
    dropped = next(link for link in page.links if "also" not in link and "where" in link)
    assert "Kèm: Tỷ lệ nữ" not in reader.open(dropped).text


def test_values_of_any_dimension_are_ticked_in_a_second_step(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    reader.open("/thong-ke?row=sex&column=")
    page = reader.send("measure", where="rank")
    assert "Chọn giá trị rồi bấm Xem: Ngạch, chức danh" in page.text
    assert "rank:01.003" in page.form("measure").choices["where"]
    page = reader.send("measure", where="rank:01.003")
    number = demo.scalar("SELECT count(*) FROM official_current WHERE in_headcount AND rank = '01.003'")
    assert rows_of(page)["Cả nước"] == [str(number)]
    assert "Ngạch, chức danh: Chuyên viên" in page.text


def test_two_days_stand_side_by_side_with_the_change(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    page = reader.open("/thong-ke?row=sex&column=&compare=2020-01-01")
    then = rows_of(reader.open("/thong-ke?row=sex&column=&as_of=2020-01-01"))
    now = rows_of(reader.open("/thong-ke?row=sex&column="))
    old, new = int(then["Cả nước"][0]), int(now["Cả nước"][0])
    change = new - old
    cells = rows_of(page)["Cả nước"]
    assert cells[:3] == [str(old), str(new), f"{change:+}".replace("-", "\N{MINUS SIGN}") if change else "0"]
    assert page.html.count('class="f3"') >= 3, "bars of both days and the legend"


def test_time_as_rows_draws_lines_that_the_table_tells_too(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    page = reader.open("/thong-ke?row=year&column=sex&since=2020-01-01")
    lines = rows_of(page)
    assert list(lines)[1:] == [*map(str, range(2020, 2026)), "2026 (đến 25/11)"], "no total over days"
    last = lines["2026 (đến 25/11)"]
    told = re.search(r'role="img" aria-label="([^"]*)"', page.html)
    assert told
    assert f"Nữ: {lines['2020'][1]} (2020) đến {last[1]} (2026)" in told[1]
    assert page.html.count('<line class="line') == 2 * 6
    assert '<a href="#bang">Xem số liệu dạng bảng</a>' in page.html


def test_a_forecast_adds_up_over_its_years_and_shows_the_law_it_rests_on(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    page = reader.open("/thong-ke?measure=retirements&row=rank_level")
    lines = rows_of(page)
    assert lines["Nhóm ngạch, hạng"][0] == "2026 từ 26/11"
    whole = [int(cell) for cell in lines["Cả nước"]]
    assert sum(whole[:-1]) == whole[-1] > 0
    assert (
        sum(int(cells[-1]) for name, cells in lines.items() if name not in ("Nhóm ngạch, hạng", "Cả nước"))
        == whole[-1]
    )
    assert "Vì sao có dự báo này?" in page.text
    assert "Nghị định 135/2020/NĐ-CP" in page.text


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ("measure=posts&row=sex", "row", "không chia được theo “Giới tính”. Chia được theo: Bộ, tỉnh"),
        ("measure=headcount&row=sex&also=posts", "also", "không chia được theo “Giới tính”"),
        ("measure=retirements&row=sex&column=party", "column", "Dự báo chia cột theo năm"),
        ("measure=quality_score&row=sex&as_of=2020-01-01", "as_of", "chỉ có cho hôm nay"),
        ("measure=turnover&row=year&also=headcount", "also", "xem một chỉ tiêu"),
        ("row=sex&since=31/02/2026", "since", "không phải là ngày"),
        ("row=unit", "organization", "ghi mã hoặc tên cơ quan"),
        ("row=sex&column=category&compare=2020-01-01", "compare", "bỏ cột “Phân loại”"),
        ("row=ethnic_group&row2=rank&column=position&where=rank:none&where=sex:x", "where", "Không có “x”"),
        ("row=year&column=sex&since=1900-01-01", "column", "Quá 121 kỳ"),
    ],
)
def test_what_cannot_be_asked_is_told_at_its_field_and_everything_chosen_stays(
    demo: Bed, asked: str, field: str, words: str
) -> None:
    reader = Browser(demo, "statistician1")
    page = reader.open(f"/thong-ke?{asked}")
    assert reader.status == 422
    assert words in page.text
    if field != "where":
        assert words in page.error(field), page.by_id
    form = page.form("measure")
    sent = {name: value for name, _, value in (one.partition("=") for one in asked.split("&"))}
    for name in ("measure", "row", "row2"):
        if name in sent:
            assert form.value(name) == sent[name]
    assert "Giữ và gửi bảng này" not in page.text, "there is nothing to keep"


def test_nobody_is_an_answer_with_the_way_on(demo: Bed) -> None:
    page = Browser(demo, "statistician1").open("/thong-ke?row=sex&column=&as_of=1950-01-01&where=sex:nu")
    assert "Không có ai thỏa điều kiện này" in page.text
    assert "Bỏ bớt bộ lọc" in page.text
    assert page.form("measure").value("as_of") == "01/01/1950"


def test_the_same_link_gives_the_same_paper_and_the_workbook_holds_real_numbers(
    demo: Bed, tmp_path: Path
) -> None:
    reader = Browser(demo, "statistician1")
    page = reader.open("/thong-ke?row=category&row2=sex&column=rank_level&where=sex:nu")
    lines = rows_of(page)
    pinned = re.search(r'id="pinned" name="pinned" type="text" value="([^"]*)"', page.html)
    assert pinned
    address = unescape(pinned[1]).removeprefix("http://localhost")
    assert rows_of(reader.open(address)) == lines, "pinned figures are the same figures"
    paper = address.replace("/thong-ke?", "/thong-ke/bang.pdf?")
    first, second = reader.client.get(paper), reader.client.get(paper)
    assert first.data == second.data
    file = tmp_path / "table.pdf"
    file.write_bytes(first.data)
    told = subprocess.run(
        ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
    ).stdout
    snapshot = re.search(r"ảnh số liệu (S\d+-\d+)", page.text)
    assert snapshot
    assert f"ảnh số liệu {snapshot[1]}" in " ".join(told.split())
    assert "Giới tính: Nữ" in told
    assert "Thông tư 11/2012/TT-BNV" in told
    whole = next(
        line
        for line in told.splitlines()
        if line.strip().startswith("Tổng số") and line.split()[-1].isdigit()
    )
    assert whole.split()[2:] == lines["Cả nước"]
    size = subprocess.run(["pdfinfo", file], capture_output=True, text=True, check=True).stdout
    assert "841.89 x 595.276" in size, "A4 lying"
    book = openpyxl.load_workbook(
        io.BytesIO(reader.client.get(address.replace("/thong-ke?", "/thong-ke/bang.xlsx?")).data)
    )
    sheet = list(book["Bảng"].iter_rows(values_only=True))
    at = next(number for number, row in enumerate(sheet) if row[0] == "Phân loại / Giới tính")
    assert list(sheet[at + 1][1:]) == [int(cell) for cell in lines["Cả nước"]]
    assert any("Thông tư 11/2012" in str(row[2]) for row in book["Định nghĩa"].iter_rows(values_only=True))


def test_a_paper_and_a_workbook_are_in_the_language_of_the_reader_with_the_same_figures(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    question = "measure=headcount&row=category&column=sex&as_of=2026-06-30"
    said = {}
    for language in ("vi", "en"):
        reader.client.set_cookie("cbccvc_lang", language)
        paper = PdfReader(io.BytesIO(reader.client.get(f"/thong-ke/bang.pdf?{question}").data))
        assert paper.trailer["/Root"]["/Lang"] == language
        book = openpyxl.load_workbook(io.BytesIO(reader.client.get(f"/thong-ke/bang.xlsx?{question}").data))
        text = " ".join(one.extract_text() for one in paper.pages)
        said[language] = (paper.metadata.title, text, book.sheetnames, [*book.worksheets[0].values])
    assert said["vi"][0] == "Số người có mặt theo phân loại và giới tính"
    assert said["en"][0] == "Headcount by category and sex"
    assert "Civil servant" in said["en"][1]
    assert "Công chức" not in said["en"][1]
    assert said["en"][2] == ["Table", "Definitions"]
    changes = reader.client.get("/thong-ke/bang.pdf?measure=retirements&row=year")
    own = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(changes.data)).pages)
    assert "Defined by this system" in own
    assert "Định nghĩa" not in own
    figures = [
        [cell for row in said[language][3] for cell in row if isinstance(cell, int)] for language in said
    ]
    assert figures[0] == figures[1] != []


def test_the_picture_of_a_table_is_in_its_pdf_as_long_as_the_figures_say(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    lines = rows_of(reader.open("/thong-ke?row=sex&column="))
    men, women = (int(lines[name][-1].replace(".", "")) for name in ("Nam", "Nữ"))
    paper = PdfReader(io.BytesIO(reader.client.get("/thong-ke/bang.pdf?row=sex&column=").data))
    drawn = paper.pages[0].get_contents().get_data().decode("ascii", "replace")
    bars = [float(one) for one in re.findall(r"rg [\d.]+ [\d.]+ ([\d.]+) [\d.]+ re f", drawn)]
    assert len(bars) == 2
    assert bars[0] / bars[1] == pytest.approx(men / women, rel=0.001)


def test_a_figure_of_a_forecast_leads_readers_of_records_to_its_persons(demo: Bed) -> None:
    reader = Browser(demo, "hr.hanoi")
    page = reader.open("/thong-ke?measure=retirements&row=sex")
    links = re.findall(r'<a class="plain" href="(/thong-ke/nguoi[^"]+day=2028[^"]+)">(\d+)</a>', page.html)
    assert links
    address, figure = links[0]
    assert f"{figure} người trong phạm vi của bạn hôm nay" in reader.open(unescape(address)).text
    blind = Browser(demo, "statistician1").open("/thong-ke?measure=retirements&row=sex")
    assert "/thong-ke/nguoi" not in blind.html


def test_a_view_is_kept_opened_and_forgotten_by_its_owner_and_nobody_else_sees_it(registry: Bed) -> None:
    reader = Browser(registry, "statistician1")
    reader.open("/thong-ke?row=sex&column=party&where=category:cong_chuc")
    page = reader.send("name", name="  ")
    assert reader.status == 422
    assert page.error("name") == "Lỗi: Đặt tên cho bảng."
    assert rows_of(page), "the table stays"
    assert registry.scalar("SELECT count(*) FROM statistics_view") == 0
    page = reader.send("name", name="Nữ công chức  là đảng viên")
    assert "Nữ công chức là đảng viên" in page.text
    reader.open("/thong-ke?row=sex&column=")
    page = reader.send("name", name="Nữ công chức là đảng viên")
    assert "Bạn đã có bảng tên" in page.error("name")
    assert registry.scalar("SELECT count(*) FROM statistics_view") == 1
    link = next(link for link in reader.open("/thong-ke").links if "/bang-da-luu/" in link)
    page = reader.open(link)
    assert page.form("measure").value("column") == "party"
    assert "Phân loại: Công chức" in page.text
    for account in ("auditor1", "hr.hanoi"):
        other = Browser(registry, account)
        assert "Nữ công chức" not in other.open("/thong-ke/bang-da-luu").text
        other.open(link)
        assert other.status == 404
        token = other.open("/thong-ke?row=sex").form("name").value("csrf")
        assert other.client.post(f"{link}/xoa", data={"csrf": token}).status_code == 404
    assert registry.scalar("SELECT count(*) FROM statistics_view") == 1
    reader.open("/thong-ke/bang-da-luu")
    form = next(one for one in reader.page.forms if one.action.endswith("/xoa"))
    assert reader.client.post(form.action, data={"csrf": form.value("csrf")}).status_code == 303
    assert registry.scalar("SELECT count(*) FROM statistics_view") == 0
    actions = registry.scalar(
        "SELECT array_agg(action ORDER BY id) FROM audit_event WHERE action LIKE 'view.%'"
    )
    assert actions == ["view.save", "view.delete"]


def test_figures_lead_readers_of_records_to_exactly_those_counted_and_statisticians_to_nobody(
    demo: Bed,
) -> None:
    question = "/thong-ke?row=sex&column=category"
    assert cell_links(Browser(demo, "statistician1").open(question)) == []
    officer = Browser(demo, "hr.hanoi")
    page = officer.open(question)
    number = rows_of(page)["Nữ"][0]
    link = next(link for link in cell_links(page) if "cell=sex%3Anu&cell=category%3A" in link)
    people = officer.open(link)
    assert officer.status == 200
    assert f"{number} người" in people.text
    records = [one for one in people.links if one.startswith("/ho-so/")]
    assert len(records) == min(int(number), 50)
    assert any(one.startswith("/thong-ke?") and "row=sex" in one for one in people.links), "the way back"
    officer.open(records[0])
    assert officer.status == 200
    seen = demo.scalar(
        "SELECT detail->'officials' FROM audit_event WHERE object_id = 'statistics' ORDER BY id DESC LIMIT 1"
    )
    assert len(seen) == len(records)
    statistician = Browser(demo, "statistician1")
    statistician.open(link)
    assert statistician.status == 404
    elsewhere = Browser(demo, "hr.danang")
    elsewhere.open(f"{link}&organization=H26")
    assert elsewhere.status == 422


def test_a_cell_of_a_series_leads_to_those_of_its_period(demo: Bed) -> None:
    officer = Browser(demo, "hr.hanoi")
    page = officer.open("/thong-ke?measure=entries&row=year&since=2015-01-01")
    year, cells = next(
        (name, cells) for name, cells in rows_of(page).items() if name.isdigit() and cells[0] not in "0"
    )
    link = next(link for link in cell_links(page) if f"day={year}-12-31" in link)
    assert f"{cells[0]} lượt" in officer.open(link).text


def test_every_measure_and_dimension_is_explained_and_offered(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    page = reader.open("/thong-ke/dinh-nghia")
    for one in (*MEASURES.values(), *FORECASTS.values(), *DIMENSIONS.values()):
        assert one.definition.vi in page.text
        assert one.source in page.text
    form = reader.open("/thong-ke").form("measure")
    assert set(form.choices["measure"]) == {*MEASURES, *FORECASTS}
    assert set(form.choices["row"]) >= set(DIMENSIONS)
    assert reader.page.html.count("<optgroup") > 20
