"""Units and statistics by browser: the tree of a day, a unit's past and heirs, tables that agree with the
registry.
"""

import re

from browsing import Browser
from conftest import Bed
from sqlalchemy import text


def test_the_tree_is_that_of_the_day_and_an_ended_unit_names_its_heir(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    page = reader.open("/to-chuc/G?goc=VN")
    assert "Bộ Nông nghiệp và Môi trường" in page.text
    assert "Bộ Lao động - Thương binh và Xã hội" not in page.text
    page = reader.open("/to-chuc/G?goc=VN&as_of=01/01/2020")
    assert "Bộ Lao động - Thương binh và Xã hội" in page.text
    assert "Bộ Nông nghiệp và Phát triển nông thôn" in page.text
    assert "Units as of" not in page.text
    assert "Đang xem tổ chức tại ngày 01/01/2020" in page.text
    page = reader.open("/to-chuc/G07")
    assert "Đơn vị kết thúc ngày 28/02/2025, nay là Bộ Nội vụ" in page.text
    page = reader.open("/to-chuc/G07?as_of=2020-01-01")
    assert "Đang hoạt động" in page.text


def test_a_branch_opens_as_a_part_for_scripts_and_as_a_page_without(demo: Bed) -> None:
    reader = Browser(demo, "hr.hanoi")
    part = reader.client.get("/to-chuc/H26-SYT/cay", headers={"HX-Request": "true"})
    assert part.status_code == 200
    assert "<html" not in part.text
    assert part.text.strip().startswith("<li")
    whole = reader.open("/to-chuc/H26-SYT/cay")
    assert "<html" in whole.html
    more = next(link for link in reader.open("/to-chuc/H26").links if "sau=" in link)
    rest = reader.client.get(more, headers={"HX-Request": "true"}).text
    assert "Sở Nội vụ" not in rest
    assert "Ủy ban nhân dân phường" in rest


def test_people_of_a_unit_are_counted_for_readers_of_that_unit_only(demo: Bed) -> None:
    with demo.session() as session:
        people = session.execute(
            text("""SELECT count(*) FROM official_current c JOIN organization o ON o.code = 'H26-SNV'
            AND c.org_ord BETWEEN o.ord AND o.last WHERE c.in_headcount""")
        ).scalar_one()
        quota = session.execute(
            text("""SELECT sum(p.quota) FROM position p JOIN organization u ON u.id = p.organization_id
            JOIN organization o ON o.code = 'H26-SNV' AND u.ord BETWEEN o.ord AND o.last
            JOIN catalogue_item k ON k.catalogue = 'employment_categories' AND k.key = p.category
                AND k.extra->>'counts_in_headcount' = 'yes' WHERE p.valid_to IS NULL""")
        ).scalar_one()
    own = Browser(demo, "hr.hanoi").open("/to-chuc/H26-SNV").text
    assert f"Biên chế được giao {quota} " in own
    assert f"Xem {people} người" in own
    for account in ("hr.danang", "statistician1", "admin1"):
        other = Browser(demo, account).open("/to-chuc/H26-SNV").text
        assert f"Biên chế được giao {quota} " in other
        assert "ngoài phạm vi của bạn" in other
        assert f"Xem {people} người" not in other


def test_a_table_agrees_with_the_registry_in_its_cells_totals_and_file(demo: Bed) -> None:
    with demo.session() as session:
        rows = session.execute(
            text("SELECT sex, count(*) AS n FROM official_current WHERE in_headcount GROUP BY sex")
        ).all()
    by_sex = {row.sex: row.n for row in rows}
    reader = Browser(demo, "statistician1")
    page = reader.open("/thong-ke?row=sex&column=")
    assert f"Cả nước {sum(by_sex.values())} Nam {by_sex['nam']} Nữ {by_sex['nu']}" in page.text
    assert "Định nghĩa và căn cứ" in page.text
    assert "Thông tư 11/2012/TT-BNV" in page.text
    lines = reader.client.get("/thong-ke/bang.csv?row=sex&column=").text.split("\r\n")
    assert lines[:3] == ["sex,sex_name,headcount", f"nam,Nam,{by_sex['nam']}", f"nu,Nữ,{by_sex['nu']}"]
    assert demo.scalar("SELECT count(*) FROM audit_event WHERE action = 'statistics.read'") >= 2


def test_filters_drop_by_their_chips_and_wrong_questions_are_told_by_the_field(demo: Bed) -> None:
    reader = Browser(demo, "statistician1")
    page = reader.open("/thong-ke?row=age_band&column=sex&where=category:cong_chuc")
    assert "Phân loại: Công chức" in page.text
    assert any(
        re.fullmatch(r"/thong-ke\?measure=headcount&row=age_band&column=sex", link) for link in page.links
    )
    page = reader.open("/thong-ke?row=sex&as_of=31/02/2026")
    assert reader.status == 422
    assert page.error("as_of")
    assert page.form("measure").value("row") == "sex"
    assert reader.open("/thong-ke?row=unit").error("organization")


def test_an_officer_counts_within_the_own_units_only(demo: Bed) -> None:
    officer = Browser(demo, "hr.badinh")
    page = officer.open("/thong-ke?row=sex&column=")
    inside = demo.scalar("""SELECT count(*) FROM official_current c
                            JOIN organization o ON o.code = 'H26-00004'
                            AND c.org_ord BETWEEN o.ord AND o.last WHERE c.in_headcount""")
    assert f"Ủy ban nhân dân phường Ba Đình {inside} " in page.text
    page = officer.open("/thong-ke?row=sex&organization=H17")
    assert officer.status == 422
    assert "phạm vi của bạn" in page.error("organization")


def test_a_cell_leads_to_the_persons_it_counts_for_whoever_may_read_records(demo: Bed) -> None:
    officer, counter = Browser(demo, "hr.hanoi"), Browser(demo, "statistician1")
    address = "/thong-ke?row=sex&column=category"
    assert not [link for link in counter.open(address).links if "/thong-ke/nguoi" in link]
    counter.open("/thong-ke/nguoi?measure=headcount")
    assert counter.status == 404
    links = [link for link in officer.open(address).links if "/thong-ke/nguoi" in link]
    assert len(links) >= 2
    page = officer.open(links[0])
    named = re.findall(r'class="name" href="/ho-so/', page.html)
    assert named
    assert f"{len(named)} người trong phạm vi của bạn hôm nay" in page.text or len(named) == 50
    officer.open("/thong-ke/nguoi?cell=sex:x")
    assert officer.status == 422
