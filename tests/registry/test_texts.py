"""Texts: one form of each, nothing hidden in them, the same back out of every file; cells that run nothing."""

import io
import unicodedata

import openpyxl
import pypdf
import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed
from hypothesis import example, given, settings
from hypothesis import strategies as st
from make import newcomer, official
from test_import import checked, found, row, workbook

from registry.cells import harmless, harmless_sql, plain, to_csv
from registry.officials.facts.parsing import Wrong, clean_text
from registry.officials.queries import ListQuery, list_officials
from registry.periods import AsOf
from registry.texts import file_name

HIDDEN = {
    "Nguyễn\u200bVăn": "7 (U+200B",
    "Nguyễn\u200dVăn": "7 (U+200D",
    "\ufeffNguyễn": "1 (U+FEFF",
    "Nguyễn \u202enăV": "8 (U+202E",
    "Nguyễn\u2066Văn": "7 (U+2066",
    "Văn\u00ad": "4 (U+00AD",
    "Văn\x00": "4 (U+0000",
    "Văn\x1b[31m": "4 (U+001B",
    "Văn\ud800": "4 (U+D800",
    "Văn\ue000": "4 (U+E000",
    "Văn\u3164": "4 (U+3164",
    "Văn\u2028x": "4 (U+2028",
    "V\ufe0fn": "2 (U+FE0F",
    "Văn\ufffd": "4 (U+FFFD",  # noqa: F601
    "Nguyễn Văn \u0430n": "12 (U+0430",
    "a" + "\u0301" * 300: "2 (U+0301",
    unicodedata.normalize("NFD", "Nguyễn") + "\u200b": "7 (U+200B",
}
TAKEN = [
    "O'Brien",
    "<3",
    "onload=",
    "H’Bŏ Êñuôl",
    "Rah Lan Pơ̆k",
    "nhân viên 😀",
    "𠮷野家",
    "Ksor (A) & Co; 5% + 1",
    "100 m²",
    "dòng\nhai",
]


def test_what_nobody_sees_is_refused_with_its_place_and_everything_else_is_kept() -> None:
    for text, told in HIDDEN.items():
        with pytest.raises(Wrong) as wrong:
            clean_text(text, 1000)
        assert wrong.value.code == "characters", ascii(text)
        assert told in wrong.value.words.vi, (ascii(text), wrong.value.words)
        assert told in wrong.value.words.en
    for text in TAKEN:
        for form in ("NFC", "NFD"):
            assert clean_text(unicodedata.normalize(form, text), 100) == unicodedata.normalize("NFC", text)  # type: ignore[arg-type]


def test_the_name_of_a_file_leads_nowhere_and_hides_nothing() -> None:
    for sent, kept in {
        "../../etc/x.pdf": "x.pdf",
        "C:\\Windows\\a.pdf": "a.pdf",
        "/etc/passwd": "passwd",
        "a\x00b.pdf": "a_b.pdf",
        "a∕b／c.pdf": "a_b_c.pdf",
        "giay\u202efdp.csv": "giay_fdp.csv",
        "..": "tep",
        "": "tep",
        ".bashrc": "bashrc",
        "a\r\nX: y.pdf": "a__X_ y.pdf",
        "Quyết định “số 1”.pdf": "Quyết định “số 1”.pdf",
        unicodedata.normalize("NFD", "Quyết định.pdf"): "Quyết định.pdf",
    }.items():
        assert file_name(sent) == kept, ascii(sent)
    long = file_name("ả" * 300 + ".pdf")
    assert (len(long), long.endswith("ả.pdf")) == (200, True)


SIGNS = st.text("=+-@'; \t\r\n\"a,＝＋－＠1", max_size=8)


@settings(max_examples=100, deadline=None, derandomize=True)
@example(text=" =1")
@example(text="a;=cmd|' /C calc'!A0")
@example(text="-5")
@given(text=SIGNS)
def test_a_cell_begins_no_formula_and_gives_its_text_back(text: str) -> None:
    cell = harmless(text)
    assert plain(cell) == text
    assert not cell.lstrip(" ").startswith(tuple("=+-@\t\r\n＝＋－＠"))
    for piece in cell.replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";")[1:]:
        assert not piece.lstrip(" ").startswith(tuple("=+-@＝＋－＠")), "nor for whoever splits at ; or lines"
    assert to_csv(["x"], [[text, -5, None]]).endswith(b",-5,\r\n"), "numbers stay numbers"


def test_postgresql_makes_cells_harmless_as_python_does(demo: Bed) -> None:
    signs = "=+-@'; ＝a\n"  # a text as it is kept: tabs and returns are not, nor line breaks before the first letter
    texts = [one + two + three for one in signs for two in signs for three in signs if one != "\n"] + TAKEN
    with demo.session("web") as session:
        statement = f"SELECT x, {harmless_sql('x')} FROM unnest(CAST(:texts AS text[])) AS x"
        made = session.execute(sa.text(statement.replace("\\:", ":")), {"texts": texts}).all()
    assert len(made) == len(texts)
    assert [one for one in made if harmless(one[0]) != one[1]] == []


def test_one_name_is_one_person_however_it_is_encoded(registry: Bed) -> None:
    name = "Trần Thị Hoà"
    composed, loose = (unicodedata.normalize(form, name) for form in ("NFC", "NFD"))  # type: ignore[arg-type]
    _, uid = official(registry, newcomer(full_name=loose))
    official(registry, newcomer(full_name="Đỗ Ðình Ð"), number="2/QĐ")
    with registry.acting("hr.hanoi") as (session, actor):
        classes = actor.field_classes()
        for q in (composed, loose, "tran thi hoa"):
            page = list_officials(session, ListQuery(AsOf(TODAY), TODAY, q=q, limit=50), classes)
            assert uid in {item["id"] for item in page.items}, q
        page = list_officials(session, ListQuery(AsOf(TODAY), TODAY, q="do dinh d", limit=50), classes)
        assert len(page.items) == 1, "the Icelandic letter that looks like Đ is found as Đ"
    key = checked(
        registry,
        workbook(
            [row(1, full_name=loose), row(2, full_name="Trần\u202e Thị Hoà"), row(3, full_name="Văn \u3164")]
        ),
    )
    told = {(line, code) for line, _, _, code in found(registry, key)}
    assert told == {(3, "characters"), (4, "characters")}
    pdf = registry.api("hr.hanoi").get(f"/officials/{uid}/forms/2c.pdf").data
    text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)
    assert composed.upper() in unicodedata.normalize("NFC", text).upper()
    book = openpyxl.load_workbook(io.BytesIO(workbook([row(1, full_name=composed)])))
    assert book.worksheets[0]["A2"].value == composed
