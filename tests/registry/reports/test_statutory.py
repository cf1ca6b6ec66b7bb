"""Statutory forms: against SQL written by hand, as printed, as workbooks, refused after their end, the same once more."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import Bed
from pypdf import PdfReader
from python_calamine import CalamineWorkbook
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from registry.catalogues.lists import items
from registry.errors import Invalid
from registry.periods import AsOf
from registry.reports.statutory import FORMS, to_pdf, to_xlsx
from registry.reports.statutory.declared import sheet
from registry.reports.statutory.form import Filled
from registry.statistics.dimensions import DIMENSIONS, NONE

HANOI, BA_DINH, STATE = "H26", "H26-00004", "VN"
DAY = AsOf(date(2025, 12, 31))
LAST_OF_COMMUNES = AsOf(date(2025, 6, 30))


def gather(session: Session, form: str, organization: str = HANOI, as_of: AsOf = DAY) -> Filled:
    return FORMS[form].gather(session, organization, as_of)


@pytest.fixture(scope="module")
def bm01(demo: Bed) -> Filled:
    """BM01 of Hà Nội: gathered once, plain data."""
    with demo.session() as session:
        return gather(session, "bm01")


def day_of(form: str) -> AsOf:
    return LAST_OF_COMMUNES if FORMS[form].valid_to else DAY


# BM01 against SQL that shares nothing with the product

BM01 = """
WITH RECURSIVE
unit AS (SELECT organization_id, parent_id FROM organization_version
    WHERE recorded_to IS NULL AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)),
below AS (
    SELECT u.organization_id, o2.code AS row FROM unit u JOIN organization o ON o.id = u.parent_id
        JOIN organization o2 ON o2.id = u.organization_id WHERE o.code = 'H26'
    UNION ALL
    SELECT u.organization_id, b.row FROM unit u JOIN below b ON b.organization_id = u.parent_id),
person AS (
    SELECT b.row, s.official_id AS id FROM fact_status s
    JOIN fact_appointment a ON a.official_id = s.official_id AND a.is_main AND a.recorded_to IS NULL
        AND a.valid_from <= :day AND (a.valid_to IS NULL OR a.valid_to > :day)
    JOIN below b ON b.organization_id = a.organization_id
    WHERE s.recorded_to IS NULL AND s.valid_from <= :day AND (s.valid_to IS NULL OR s.valid_to > :day)
        AND s.category IN ('cong_chuc', 'chuc_danh_tu_phap')
        AND s.status IN ('tap_su', 'dang_lam_viec', 'biet_phai_di', 'luan_chuyen', 'dieu_dong_cho', 'di_hoc',
            'nghi_thai_san', 'nghi_om_dai', 'nghi_khong_luong', 'phu_quan_phu_the', 'tam_dinh_chi',
            'dang_xu_ly_ky_luat', 'bi_khoi_to', 'nghi_truoc_tuoi_cho_huu', 'keo_dai_cong_tac')),
born AS (
    SELECT DISTINCT ON (official_id) official_id AS id, sex, ethnic_group, religion, birth_date,
        extract(year FROM age(CAST(:day AS date), birth_date)) AS age FROM fact_identity
    WHERE recorded_to IS NULL AND valid_from <= :day ORDER BY official_id, valid_from DESC),
paid AS (
    SELECT f.official_id AS id, (SELECT max(c.extra->>'level') FROM catalogue_item c
        WHERE c.catalogue = 'ranks' AND c.key = f.rank) AS level
    FROM fact_salary f WHERE f.recorded_to IS NULL AND f.valid_from <= :day AND (f.valid_to IS NULL OR f.valid_to > :day)),
taught AS (
    SELECT official_id AS id, max(array_position(ARRAY['chua_qua_dao_tao', 'so_cap', 'trung_cap', 'cao_dang', 'dai_hoc',
        'thac_si', 'tien_si', 'tien_si_khoa_hoc'], level)) AS height FROM fact_qualification
    WHERE recorded_to IS NULL AND valid_from <= :day GROUP BY 1),
politics AS (
    SELECT official_id AS id, max(CASE level WHEN 'so_cap' THEN 1 WHEN 'trung_cap' THEN 2 WHEN 'td_trung_cap' THEN 2
        WHEN 'cao_cap' THEN 3 WHEN 'td_cao_cap' THEN 3 WHEN 'cu_nhan' THEN 4 ELSE 0 END) AS height
    FROM fact_political_theory WHERE recorded_to IS NULL AND valid_from <= :day GROUP BY 1),
managed AS (
    SELECT official_id AS id, max(CASE level WHEN 'chuyen_vien' THEN 2 WHEN 'chuyen_vien_chinh' THEN 3
        WHEN 'chuyen_vien_cao_cap' THEN 4 ELSE 0 END) AS height
    FROM fact_state_management WHERE recorded_to IS NULL AND valid_from <= :day GROUP BY 1),
computing AS (
    SELECT official_id AS id, bool_or(level IN ('tc', 'cd', 'dh', 'tdh')) AS degree
    FROM fact_it_skill WHERE recorded_to IS NULL AND valid_from <= :day GROUP BY 1),
spoken AS (
    SELECT official_id AS id,
        bool_or(language = 'tieng_anh') AS english,
        bool_or(language = 'tieng_anh' AND level IN ('dh', 'tdh', 'hoc_nuoc_ngoai')) AS english_degree,
        bool_or(language <> 'tieng_anh' AND m.minority = 'no') AS other,
        bool_or(language <> 'tieng_anh' AND m.minority = 'no' AND level IN ('dh', 'tdh', 'hoc_nuoc_ngoai')) AS other_degree,
        bool_or(m.minority = 'yes') AS minority
    FROM fact_language f JOIN LATERAL (SELECT min(c.extra->>'minority') AS minority FROM catalogue_item c
        WHERE c.catalogue = 'languages' AND c.key = f.language) m ON true
    WHERE recorded_to IS NULL AND valid_from <= :day GROUP BY 1),
member AS (SELECT official_id AS id FROM fact_party
    WHERE recorded_to IS NULL AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)),
-- men of 61 years 3 months and women of 56 years 8 months retire in 2025, at the end of the month (Decree 135/2020)
aged AS (SELECT id, date_trunc('month', birth_date) + CASE sex WHEN 'nam' THEN interval '61 years 3 months'
    ELSE interval '56 years 8 months' END + interval '1 month' - interval '1 day' < :day AS over FROM born)
SELECT p.row,
    count(*), count(*) FILTER (WHERE b.sex = 'nu'), count(*) FILTER (WHERE p.id IN (SELECT id FROM member)),
    count(*) FILTER (WHERE b.ethnic_group NOT IN ('01', '00', '55')), count(*) FILTER (WHERE b.religion NOT IN ('00', '99')),
    count(*) FILTER (WHERE s.level = '1'), count(*) FILTER (WHERE s.level = '2'), count(*) FILTER (WHERE s.level = '3'),
    count(*) FILTER (WHERE s.level = '4'), count(*) FILTER (WHERE s.level = '5'),
    count(*) FILTER (WHERE t.height >= 7), count(*) FILTER (WHERE t.height = 6), count(*) FILTER (WHERE t.height = 5),
    count(*) FILTER (WHERE t.height = 4), count(*) FILTER (WHERE t.height = 3),
    count(*) FILTER (WHERE coalesce(t.height, 0) <= 2),
    count(*) FILTER (WHERE l.height = 4), count(*) FILTER (WHERE l.height = 3), count(*) FILTER (WHERE l.height = 2),
    count(*) FILTER (WHERE l.height = 1),
    count(*) FILTER (WHERE c.degree), count(*) FILTER (WHERE NOT c.degree),
    count(*) FILTER (WHERE k.english_degree), count(*) FILTER (WHERE k.english AND k.english_degree IS NOT TRUE),
    count(*) FILTER (WHERE k.other_degree), count(*) FILTER (WHERE k.other AND k.other_degree IS NOT TRUE),
    count(*) FILTER (WHERE k.minority),
    count(*) FILTER (WHERE m.height = 4), count(*) FILTER (WHERE m.height = 3), count(*) FILTER (WHERE m.height = 2),
    count(*) FILTER (WHERE b.age <= 30), count(*) FILTER (WHERE b.age BETWEEN 31 AND 40),
    count(*) FILTER (WHERE b.age BETWEEN 41 AND 50), count(*) FILTER (WHERE b.age > 50 AND NOT g.over),
    count(*) FILTER (WHERE b.sex = 'nu' AND b.age BETWEEN 51 AND 55 AND NOT g.over),
    count(*) FILTER (WHERE b.sex = 'nam' AND b.age BETWEEN 56 AND 60 AND NOT g.over),
    count(*) FILTER (WHERE g.over),
    count(*) FILTER (WHERE b.sex = 'nam' AND b.age BETWEEN 51 AND 55)
FROM person p LEFT JOIN born b USING (id) LEFT JOIN paid s USING (id) LEFT JOIN taught t USING (id)
    LEFT JOIN politics l USING (id) LEFT JOIN managed m USING (id) LEFT JOIN computing c USING (id)
    LEFT JOIN spoken k USING (id) LEFT JOIN aged g USING (id)
GROUP BY p.row
"""
QUOTA = """
WITH RECURSIVE
unit AS (SELECT organization_id, parent_id FROM organization_version
    WHERE recorded_to IS NULL AND valid_from <= :day AND (valid_to IS NULL OR valid_to > :day)),
below AS (SELECT u.organization_id, u.organization_id AS row FROM unit u JOIN organization o ON o.id = u.parent_id
        WHERE o.code = 'H26'
    UNION ALL SELECT u.organization_id, b.row FROM unit u JOIN below b ON b.organization_id = u.parent_id)
SELECT o.code, sum(p.quota) FROM position p JOIN below b USING (organization_id) JOIN organization o ON o.id = b.row
WHERE p.category = 'cong_chuc' AND p.valid_from <= :day AND (p.valid_to IS NULL OR p.valid_to > :day) GROUP BY 1
"""


def test_bm01_of_ha_noi_equals_sql_written_by_hand_in_every_column(demo: Bed, bm01: Filled) -> None:
    with demo.session() as session:
        by_hand = {row[0]: list(row[1:]) for row in session.execute(sa.text(BM01), {"day": DAY.on})}
        quota = {row.code: row.sum for row in session.execute(sa.text(QUOTA), {"day": DAY.on})}
        codes = {
            row.name: row.code
            for row in session.execute(
                sa.text(
                    "SELECT v.name, o.code FROM organization_version v JOIN organization o ON o.id = v.organization_id"
                    " JOIN organization up ON up.id = v.parent_id WHERE up.code = 'H26' AND v.recorded_to IS NULL"
                    " AND v.valid_from <= :day AND (v.valid_to IS NULL OR v.valid_to > :day)"
                ),
                {"day": DAY.on},
            )
        }
    *rows, total = bm01.rows
    assert [one.number for one in bm01.sheet.columns] == ["A", "B", *map(str, range(1, 39))]
    assert len(rows) == len(codes) == bm01.row_count > 100
    for number, row in enumerate(rows, 1):
        order, name, assigned, *figures = row.cells
        assert order == number
        assert figures == by_hand.get(codes[name], [0] * 38)[:37], name
        assert assigned == quota.get(codes[name], 0), name
    sums = [sum(column) for column in zip(*by_hand.values(), strict=True)]
    assert list(total.cells[3:]) == sums[:37]
    assert sums[0] > 20
    assert total.cells[2] == sum(quota.values())


def test_men_of_51_to_55_are_counted_in_column_35_and_the_ages_add_up(demo: Bed) -> None:
    with demo.session() as session:
        filled = gather(session, "bm01", STATE)
    cells = dict(zip((one.number for one in filled.sheet.columns), list(filled.rows)[-1].cells, strict=True))
    men = next(one.value for one in filled.memos if one.words.vi.startswith("Nam từ 51 đến 55"))
    others = next(one.value for one in filled.memos if one.words.vi.startswith("Từ 61 tuổi"))
    assert men > 0
    assert cells["35"] >= cells["36"] + cells["37"] + men + others
    assert cells["2"] == cells["32"] + cells["33"] + cells["34"] + cells["35"] + cells["38"]
    assert cells["2"] > 100


# Checks


@pytest.fixture
def planted(registry: Bed) -> Bed:
    """A registry in which a judge without a known level of rank works in Hà Nội, and an office there is of the Party."""
    with registry.session() as session:
        session.execute(sa.text("ALTER TABLE fact_salary DISABLE TRIGGER USER"))
        session.execute(
            sa.text("""UPDATE fact_salary SET rank = 'tham_phan_toa_an_nhan_dan_bac_1_3' WHERE id = (
                SELECT s.id FROM fact_salary s JOIN official_current c USING (official_id)
                JOIN organization o ON o.id = c.organization_id JOIN organization top ON top.code = 'H26'
                    AND o.ord BETWEEN top.ord AND top.last
                WHERE c.category = 'cong_chuc' AND c.in_headcount AND s.recorded_to IS NULL AND s.valid_from <= '2025-12-31'
                    AND (s.valid_to IS NULL OR s.valid_to > '2025-12-31') ORDER BY s.id LIMIT 1)""")
        )
        session.execute(sa.text("ALTER TABLE fact_salary ENABLE TRIGGER USER"))
        session.execute(
            sa.text("""UPDATE organization_version SET kind = 'co_quan_dang' WHERE organization_id IN (
                SELECT o.id FROM organization o JOIN organization_version v ON v.organization_id = o.id
                JOIN organization up ON up.id = v.parent_id WHERE up.code = 'H26')""")
        )
    return registry


def test_a_mismatch_is_told_with_its_size_and_place_on_paper_and_in_the_workbook(planted: Bed) -> None:
    with planted.session() as session:
        filled = gather(session, "bm01")
        finding = next(one for one in filled.findings if one.check.id == "bm01.rank")
        pdf, xlsx = to_pdf(filled), to_xlsx(filled)
    assert (finding.agrees, finding.difference) == (False, Decimal(1))
    [where] = finding.wrong
    assert sum(not one.agrees for one in filled.findings) == 1
    printed = text_of(pdf)
    assert (
        f"LỆCH: Cột 2 = cột 7 đến 11 + chuyên gia cao cấp: {finding.left} so với {finding.right}, lệch +1"
        in printed
    )
    assert "1 chỗ LỆCH" in printed
    rows = sheet_of(xlsx, "Kiểm tra")
    [row] = [one for one in rows if one[5] == "LỆCH"]
    assert row[1:7] == [float(finding.left), "=", float(finding.right), 1.0, "LỆCH", where]


def test_8c_holds_its_identity_and_equals_a_count_by_hand(planted: Bed) -> None:
    """Everything under Hà Nội is of the Party here, so its people are those of the form."""
    there = """SELECT s.official_id, CASE WHEN s.category = 'vien_chuc' THEN 'vc' ELSE 'other' END AS kind
        FROM fact_status s JOIN fact_appointment a ON a.official_id = s.official_id AND a.is_main AND a.recorded_to IS NULL
            AND a.valid_from <= DATE '{day}' AND (a.valid_to IS NULL OR a.valid_to > DATE '{day}')
        JOIN organization o ON o.id = a.organization_id JOIN organization top ON top.code = 'H26'
            AND o.ord BETWEEN top.ord AND top.last
        WHERE s.recorded_to IS NULL AND s.valid_from <= DATE '{day}' AND (s.valid_to IS NULL OR s.valid_to > DATE '{day}')
            AND s.status IN (SELECT key FROM catalogue_item WHERE catalogue = 'status_codes'
                AND extra->>'counts_in_headcount' = 'yes')"""
    start, end = (there.format(day=day) for day in ("2025-12-31", "2026-11-24"))
    with planted.session() as session:
        filled = gather(session, "8c", as_of=AsOf(date(2026, 11, 24)))
        by_hand = session.execute(
            sa.text(f"""WITH a AS ({start}), d AS ({end}) SELECT
                (SELECT count(*) FROM a), (SELECT count(*) FROM d WHERE official_id NOT IN (SELECT official_id FROM a)),
                (SELECT count(*) FROM a WHERE official_id NOT IN (SELECT official_id FROM d)), (SELECT count(*) FROM d),
                (SELECT count(*) FROM a WHERE kind = 'vc')""")
        ).one()
    figures = {
        line.id.removeprefix("8c."): row.cells[2]
        for line, row in zip(filled.sheet.lines, filled.rows, strict=True)
    }
    assert [figures[one] for one in ("a", "b", "c", "d", "a_vc")] == list(by_hand)
    assert figures["d"] == figures["a"] + figures["b"] - figures["c"]
    assert figures["a"] > 20
    assert figures["c"] > 0
    assert (
        figures["c5"] is None
    )  # who moved off the budget is not held, so the cell is blank and not a nought
    assert all(one.agrees for one in filled.findings)


IN_POST = """SELECT s.official_id, a.position FROM fact_status s JOIN fact_appointment a ON a.official_id = s.official_id
    AND a.is_main AND a.recorded_to IS NULL AND a.valid_from <= :day AND (a.valid_to IS NULL OR a.valid_to > :day)
    JOIN organization o ON o.id = a.organization_id
    WHERE s.recorded_to IS NULL AND s.valid_from <= :day AND (s.valid_to IS NULL OR s.valid_to > :day)
        AND s.status IN (SELECT key FROM catalogue_item WHERE catalogue = 'status_codes'
            AND extra->>'counts_in_headcount' = 'yes')"""


@pytest.mark.parametrize(
    ("form", "line", "by_hand"),
    [
        ("10", "ths", "FROM fact_qualification f WHERE f.level = 'thac_si'"),
        ("10", "b3", "FROM fact_state_management f WHERE f.level NOT IN ('chua_boi_duong', 'cdnn', 'qpan')"),
        ("11", "tong", "FROM fact_secondment f WHERE f.movement = 'luan_chuyen'"),
        ("12c", "tong", "FROM fact_planning f WHERE f.position IS NULL"),
    ],
)
def test_what_happened_in_the_period_is_counted_once_in_a_column_or_below(
    demo: Bed, form: str, line: str, by_hand: str
) -> None:
    period = "f.valid_from BETWEEN date_trunc('year', CAST(:day AS date)) AND :day"
    if form == "12c":
        period = "f.valid_from <= :day AND (f.valid_to IS NULL OR f.valid_to > :day)"
    with demo.session() as session:
        session.execute(
            sa.text("ALTER TABLE fact_secondment DISABLE TRIGGER USER")
        )  # the demo has transfers only
        session.execute(
            sa.text("UPDATE fact_secondment SET movement = 'luan_chuyen' WHERE movement = 'dieu_dong'")
        )
        newest = sa.text("SELECT max(valid_from) FROM fact_secondment WHERE movement = 'luan_chuyen'")
        day = session.execute(newest).scalar_one() if form == "11" else DAY.on
        filled = gather(session, form, STATE, AsOf(day))
        expected = session.execute(
            sa.text(f"""SELECT count({"DISTINCT f.official_id" if form == "12c" else "*"}) {by_hand} AND f.recorded_to IS NULL AND {period}
                AND f.official_id IN (SELECT official_id FROM ({IN_POST}) p)"""),
            {"day": day},
        ).scalar_one()
        session.rollback()
    rows = {one.id: row for one, row in zip(filled.sheet.lines, filled.rows, strict=True)}
    outside = filled.memos[0].value
    assert expected > 0
    if form == "12c":
        assert outside == expected
        return
    total = next(at for at, one in enumerate(filled.sheet.columns) if one.kind == "sum")
    inside = rows[f"{form}.{line}"].cells[total]
    if form == "11":
        assert inside + outside == expected
    else:  # what is below the table is of every row
        assert 0 < inside <= expected <= inside + outside


# Days a form is for, units, what is declared


@pytest.mark.parametrize("form", [one.id for one in FORMS.values() if one.valid_to])
def test_a_historical_form_prints_for_its_days_and_says_so_for_later_ones(demo: Bed, form: str) -> None:
    with demo.session() as session:
        assert sheet(session, form, LAST_OF_COMMUNES.on).columns
        with pytest.raises(Invalid) as refused:
            gather(session, form, as_of=AsOf(date(2025, 7, 1)))
    assert refused.value.code == "form_not_in_use"
    assert "30/06/2025" in refused.value.message.vi
    assert "01/07/2025" in refused.value.message.vi


def test_a_unit_that_does_not_exist_is_refused(demo: Bed) -> None:
    with demo.session() as session, pytest.raises(Invalid, match="KHONG-CO"):
        gather(session, "bm01", "KHONG-CO")


def test_the_catalogue_and_the_code_say_the_same_of_every_form(demo: Bed) -> None:
    with demo.session() as session:
        listed = {one.key: one for one in items(session, "report_forms")}
        assert set(listed) == set(FORMS)
        for form in FORMS.values():
            row = listed[form.id]
            assert (form.code, form.title, form.source) == (row.code, row.name, row.source)
            assert (form.version, form.valid_from, form.valid_to) == (
                row.extra["version"],
                row.valid_from,
                row.valid_to,
            )
            declared = sheet(session, form.id, day_of(form.id).on)
            assert all(all(one.head) and one.source for one in declared.definitions)
            assert all(all(one.definition) for one in declared.definitions if one.rule), form.id
            assert all(
                one.note
                for one in declared.columns
                if one.kind == "blank" and one.rule_certainty != "product"
            )


def test_every_key_that_a_rule_names_is_in_its_list(demo: Bed) -> None:
    """A slip of the pen would count nobody."""
    lists = {"post": "position_titles", "rank": "ranks", "academic": "education_levels"}
    lists |= {one.id: one.catalogue for one in DIMENSIONS.values() if one.catalogue and not one.groups}
    seen = 0
    with demo.session() as session:
        for form in FORMS.values():
            declared = sheet(session, form.id, day_of(form.id).on)
            counting = (one.rule for one in declared.definitions if ":" in one.rule)
            for part in re.split("[&/]", "&".join([*counting, declared.heading.population])):
                family, _, keys = (
                    part.lstrip("!")
                    .removeprefix("start:")
                    .removeprefix("in:")
                    .removeprefix("end:")
                    .partition(":")
                )
                known = {one.key for one in items(session, lists[family])} if family in lists else None
                if family in DIMENSIONS and DIMENSIONS[family].groups:
                    known = {key for key, _ in DIMENSIONS[family].groups}
                if known is not None:
                    seen += 1
                    assert set(keys.lstrip("!").split("|")) - {NONE} <= known, f"{form.id}: {part}"
    assert seen > 250


# On paper and as workbooks


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def sheet_of(xlsx: bytes, name: str) -> list[list[Any]]:
    return (
        CalamineWorkbook.from_filelike(BytesIO(xlsx)).get_sheet_by_name(name).to_python(skip_empty_area=False)
    )


def test_bm01_prints_with_its_heads_and_numbers_on_every_page(bm01: Filled) -> None:
    reader = PdfReader(BytesIO(to_pdf(bm01)))
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    width, height = reader.pages[0].mediabox[2:]
    assert (round(float(width)), round(float(height))) == (842, 595)
    first, second = pages[:2]
    assert "BÁO CÁO SỐ LƯỢNG, CHẤT LƯỢNG CÔNG CHỨC TỪ CẤP HUYỆN TRỞ LÊN NĂM 2025" in first
    assert "Tính đến ngày 31 tháng 12 năm 2025" in first
    assert "Đơn vị báo cáo: Ủy ban nhân dân thành phố Hà Nội" in first
    for page in (first, second):
        for head in (
            "Trình độ đào tạo".lower(),
            "Chứng chỉ tiếng dân tộc",
            "Trên tuổi nghỉ hưu",
            "Tổng số biên chế được giao",
        ):
            assert head in page
        assert re.search(r"\b36 37 38\b", page)
    whole = " ".join(pages)
    for words in (
        "Tổng số 7",
        "NGƯỜI LẬP BẢNG",
        "THỦ TRƯỞNG ĐƠN VỊ",
        "Kiểm tra số liệu (9 phép): tất cả khớp",
        "Định nghĩa — BM01/BNV",
    ):
        assert words.removesuffix(" 7") in whole
    assert f"Trang 1 /{len(pages)}" in first.replace("Trang 1/", "Trang 1 /")
    assert "nhớ lại" in pages[-1]


def test_a_workbook_has_the_same_heads_and_real_numbers(bm01: Filled) -> None:
    filled, workbook = bm01, to_xlsx(bm01)
    rows = sheet_of(workbook, "BM01-BNV")
    start = next(at for at, row in enumerate(rows) if row[0] == "A") + 1
    assert rows[start - 1] == ["A", "B", *map(str, range(1, 39))]
    for row, read in zip(filled.rows, rows[start:], strict=False):
        assert read[1] == row.cells[1]
        assert read[2:] == [float(cell) for cell in row.cells[2:]]
    assert [one[0] for one in rows[start - 5 : start - 1]] == ["Số thứ tự", "", "", ""]
    assert CalamineWorkbook.from_filelike(BytesIO(workbook)).sheet_names == [
        "BM01-BNV",
        "Kiểm tra",
        "Định nghĩa",
    ]
    meanings = {row[7]: row for row in sheet_of(workbook, "Định nghĩa") if row[7]}
    assert {one.id for one in filled.sheet.definitions} <= set(meanings)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_drawn_and_says_what_its_columns_mean(demo: Bed, form: str) -> None:
    """Those that only count are gathered by the role that counts and may read no name."""
    with demo.session("migrate" if FORMS[form].names_people else "stats") as session:
        unit = BA_DINH if form.startswith("bm0") else HANOI
        filled = gather(session, form, unit, day_of(form))
        filled = replace(filled, rows=list(filled.rows))
    printed, workbook = text_of(to_pdf(filled)), to_xlsx(filled)
    heading = filled.sheet.heading
    for words in (filled.title, heading.code, f"Định nghĩa — {heading.code}", heading.made_by[0]):
        assert words in printed
    for _, words in filled.sheet.notes:
        assert words.vi in printed
    assert CalamineWorkbook.from_filelike(BytesIO(workbook)).sheet_names[-1] == "Định nghĩa"
    assert [one.check.id for one in filled.findings if not one.agrees] == []
    assert filled.row_count == sum(row.kind in ("row", "head") for row in filled.rows)


# People


def test_bm03_lists_exactly_the_people_that_bm01_counts(demo: Bed, bm01: Filled) -> None:
    counted = list(bm01.rows)[-1].cells[3]
    with demo.session() as session:
        filled = gather(session, "bm03")
        rows = list(filled.rows)
        names = set(session.scalars(sa.text("SELECT full_name FROM fact_identity WHERE recorded_to IS NULL")))
    people = [row for row in rows if row.kind == "row"]
    assert len(people) == counted == filled.row_count
    assert [row.cells[0] for row in people] == list(range(1, len(people) + 1))
    assert {row.cells[1] for row in people} <= names
    assert rows[-1].cells[1] == f"Tổng số: {counted} người"
    assert rows[-1].cells[7] == sum(row.cells[7] or 0 for row in people)
    assert [one.agrees for one in filled.findings] == [True]


def test_pay_of_bm02_vc_equals_a_sum_by_hand(demo: Bed) -> None:
    with demo.session() as session:
        rows = [row.cells for row in gather(session, "bm02_vc").rows if row.kind == "row"]
        by_hand = session.execute(
            sa.text("""SELECT i.full_name, round(s.coefficient * s.pay_percent / 100 * 2340000)
                    + round(coalesce(p.coefficient, 0) * 2340000) AS pay
                FROM fact_salary s JOIN fact_identity i ON i.official_id = s.official_id AND i.recorded_to IS NULL
                LEFT JOIN fact_allowance p ON p.official_id = s.official_id AND p.allowance = 'chuc_vu'
                    AND p.recorded_to IS NULL AND p.valid_from <= :day AND (p.valid_to IS NULL OR p.valid_to > :day)
                WHERE s.recorded_to IS NULL AND s.valid_from <= :day AND (s.valid_to IS NULL OR s.valid_to > :day)"""),
            {"day": DAY.on},
        )
        pay: dict[str, set[int]] = {}
        for name, amount in by_hand:
            pay.setdefault(name, set()).add(int(amount))
    assert len(rows) > 20
    assert all(row[6] in pay[row[1]] for row in rows)
    assert all(row[9] == row[6] + row[8] for row in rows)


def test_whoever_may_not_see_people_gets_no_list_of_them(demo: Bed) -> None:
    """The role that counts may read no name; another province's officer lists nobody of Hà Nội."""
    with demo.session("stats") as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            list(gather(session, "bm03").rows)
        session.rollback()
    with demo.acting("hr.danang") as (session, _):
        assert [row.kind for row in gather(session, "bm03").rows] == ["total"]


# The same once more


def test_the_same_moment_of_knowledge_gives_the_same_bytes_after_a_correction(registry: Bed) -> None:
    known: datetime = registry.scalar("SELECT now()")
    as_of = AsOf(DAY.on, known)

    def files() -> Iterator[bytes]:
        with registry.session() as session:
            for form in ("bm01", "bm03"):
                filled = gather(session, form, as_of=as_of)
                filled = replace(filled, rows=list(filled.rows))
                yield to_pdf(filled)
                yield to_xlsx(filled)

    before = list(files())
    with registry.session() as session:
        session.execute(
            sa.text("""UPDATE fact_status SET recorded_to = now(), closed_by = change_id WHERE recorded_to IS NULL
                AND official_id = (SELECT official_id FROM official_current c JOIN organization o ON o.id = c.organization_id
                    JOIN organization top ON top.code = 'H26' AND o.ord BETWEEN top.ord AND top.last
                    WHERE c.category = 'cong_chuc' AND c.in_headcount ORDER BY official_id LIMIT 1)""")
        )
    assert list(files()) == before
    with registry.session() as session:
        assert (
            to_pdf(gather(session, "bm01", as_of=AsOf(DAY.on, registry.scalar("SELECT now()")))) != before[0]
        )
