"""The tables of law as pages: every value with its validity and source; the lifecycle; and why, on a record."""

import pytest
from browsing import Browser
from conftest import Bed

from web.law import GROUPS


@pytest.fixture(scope="module")
def reader(demo: Bed) -> Browser:
    return Browser(demo, "hr.hanoi")


def test_every_table_of_law_opens_with_values_validity_and_source(reader: Browser) -> None:
    reader.open("/luat")
    links = {link for link in reader.page.links if link.startswith("/luat/")}
    assert len(links) == sum(len(names) for _, names in GROUPS)
    for link in sorted(links):
        reader.open(link)
        assert reader.status == 200, link
        assert "Căn cứ" in reader.page.text, link
    reader.open("/luat/law_rules")
    for said in ("Thông báo nghỉ hưu trước", "6 tháng", "từ 01/07/2025", "NĐ 170/2025/NĐ-CP", "01/07/2027"):
        assert said in reader.page.text, said
    assert "đến 30/06/2025" not in reader.page.text
    reader.open("/luat/law_rules?as_of=2025-06-30")
    assert "đến 30/06/2025" in reader.page.text
    reader.open("/luat/ethnic_groups")
    assert reader.status == 404


def test_the_lifecycle_is_read_by_day_and_by_category(reader: Browser) -> None:
    reader.open("/luat/vong-doi?tu=dang_lam_viec&nhom=cong_chuc")
    text = reader.page.text
    assert "Biệt phái không quá thời hạn tối đa" in text
    assert "Nghỉ thai sản" in text
    assert "Removed" not in text
    main = text.split("Quy tắc")[0]
    assert "Bãi nhiệm" not in main.split("Chuyển sang")[1]
    for day, there in (("2025-06-30", True), ("2025-07-01", False)):
        reader.open(f"/luat/vong-doi?tu=da_trung_tuyen&nhom=cong_chuc&as_of={day}")
        table = reader.page.text.split("Chuyển sang")[1].split("Quy tắc")[0]
        assert ("Tập sự" in table) == there, day
