"""Pages of records: who opens what, the past as it was, what is closed, what is logged, how much is asked."""

import re
from datetime import date
from typing import Any

from browsing import Browser, Page
from conftest import TODAY, Bed, counted
from make import decided, filled, newcomer, official, paper, submitted
from sqlalchemy import text

from registry.reports.printing import PERSONAL_FORMS
from web.record_sections import ROWS_AT_FIRST
from web.work import due_on

SECRET_WORDS = "Chỉ người được xem mục mật mới thấy"


def anybody(bed: Bed, code: str = "H26") -> str:
    """The uid of a working demo official of a unit who has no account."""
    return str(
        bed.scalar(
            """
            SELECT c.uid FROM official_current c
            JOIN organization o ON o.code = :code AND c.org_ord BETWEEN o.ord AND o.last
            WHERE c.status = 'dang_lam_viec' AND c.rank IS NOT NULL
                AND c.official_id NOT IN (SELECT official_id FROM app_user WHERE official_id IS NOT NULL)
            ORDER BY c.recruited_on LIMIT 1
            """,
            code=code,
        )
    )


# Who opens what


def test_a_printed_record_has_every_row_and_the_day_it_stands_for(demo: Bed) -> None:
    many = demo.scalar(
        """SELECT c.uid FROM official_current c JOIN fact_evaluation f ON f.official_id = c.official_id
            WHERE f.recorded_to IS NULL AND f.valid_from <= :today GROUP BY c.uid ORDER BY count(*) DESC LIMIT 1""",
        today=TODAY,
    )
    page = Browser(demo, "auditor1").open(f"/ho-so/{many}")
    rows = re.findall(r"<tr( class=\"beyond\")?>", page.html.split('id="danh-gia"')[1].split("</section>")[0])
    held = demo.scalar(
        """SELECT count(*) FROM fact_evaluation f JOIN official_current c ON c.official_id = f.official_id
            WHERE c.uid = :uid AND f.recorded_to IS NULL AND f.valid_from <= :today""",
        uid=many,
        today=TODAY,
    )
    assert held > ROWS_AT_FIRST
    assert rows.count(' class="beyond"') == held - ROWS_AT_FIRST, "on paper only, until asked for"
    assert f"Tại ngày {TODAY:%d/%m/%Y}" in page.text
    full = Browser(demo, "auditor1").open(f"/ho-so/{many}?full=danh-gia")
    assert "beyond" not in full.html.split('id="danh-gia"')[1].split("</section>")[0]


def test_every_form_hangs_in_the_menu_of_the_record_with_the_day_of_the_view(demo: Bed) -> None:
    some = anybody(demo)
    page = Browser(demo, "hr.hanoi").open(f"/ho-so/{some}?as_of=2024-06-01")
    printed = [link for link in page.links if link.startswith(f"/ho-so/{some}/mau/")]
    assert printed == [f"/ho-so/{some}/mau/{form}.pdf?as_of=2024-06-01" for form in PERSONAL_FORMS]


def test_pages_of_records_open_for_the_roles_of_the_table_and_no_others(demo: Bed) -> None:
    here, there = anybody(demo), anybody(demo, "H17")
    own = str(
        demo.scalar("""SELECT c.uid FROM official_current c JOIN app_user u ON u.official_id = c.official_id
                             WHERE u.username = 'official1'""")
    )
    table = {
        # path                  officer, approver of Hanoi, Da Nang, auditor, statistician, admin, official1
        "/cong-viec":                       (200, 200, 200, 200, 200, 200, "/cua-toi"),
        "/ho-so":                           (200, 200, 200, 200, 404, 404, "/cua-toi"),
        f"/ho-so/{here}":                   (200, 200, 404, 200, 404, 404, 404),
        f"/ho-so/{there}":                  (404, 404, 200, 200, 404, 404, 404),
        f"/ho-so/{own}":                    (200, 200, 404, 200, 404, 404, 200),
        f"/ho-so/{here}/lich-su":           (200, 200, 404, 200, 404, 404, 404),
        f"/ho-so/{here}/giai-thich":        (200, 200, 404, 200, 404, 404, 404),
        f"/ho-so/{here}/2c.pdf":            (200, 200, 404, 200, 404, 404, 404),
        f"/ho-so/{here}/mau/2c_tctw_98.pdf": (200, 200, 404, 200, 404, 404, 404),
        f"/ho-so/{here}/mau/khac.pdf":      (404, 404, 404, 404, 404, 404, 404),
        f"/ho-so/{here}/ai-da-xem":         (404, 404, 404, 200, 404, 404, 404),
        f"/ho-so/{own}/ai-da-xem":          (404, 404, 404, 200, 404, 404, 200),
        "/cua-toi":                         (404, 404, 404, 404, 404, 404, 200),
        "/cua-toi/qua-trinh":               (404, 404, 404, 404, 404, 404, 200),
        "/cua-toi/ai-da-xem":               (404, 404, 404, 404, 404, 404, 200),
        "/cua-toi/de-nghi":                 (404, 404, 404, 404, 404, 404, 200),
        "/don-vi":                          (200, 200, 200, 200, 200, 200, 200),
        "/ho-so/khong-phai-ma":             (404, 404, 404, 404, 404, 404, 404),
    }  # fmt: skip
    accounts = ("hr.hanoi", "approver.hanoi", "hr.danang", "auditor1", "statistician1", "admin1", "official1")
    for number, account in enumerate(accounts):
        client = Browser(demo, account).client
        for path, wanted in table.items():
            reply = client.get(path)
            found = reply.headers["Location"] if reply.status_code == 303 else reply.status_code
            assert found == wanted[number], (account, path)


def test_what_is_not_there_and_what_is_not_yours_look_the_same(demo: Bed) -> None:
    client = Browser(demo, "hr.danang").client
    bare = [
        re.sub(r"<code>\w+</code>|(next|dia-chi)=[^\"]+", "", client.get(f"/ho-so/{named}").text)
        for named in (anybody(demo), "00000000-0000-0000-0000-000000000000")
    ]
    assert bare[0] == bare[1]


def test_a_page_that_is_not_there_leads_to_the_reasons_and_they_tell_no_more(demo: Bed) -> None:
    told, browser = [], Browser(demo, "hr.danang")
    for named in (anybody(demo), "00000000-0000-0000-0000-000000000000"):
        browser.open(f"/ho-so/{named}/lich-su")
        assert browser.status == 404
        browser.open(next(one for one in browser.page.links if one.startswith("/quyen/vi-sao")))
        assert browser.status == 200
        assert "hai trường hợp trả lời như nhau" in browser.page.text
        told.append(re.sub(rf"<code>\w+</code>|{named}", "", browser.page.html))
    assert told[0] == told[1]


def test_the_reasons_are_told_to_each_in_the_own_words(demo: Bed) -> None:
    named = anybody(demo)
    asked = f"/quyen/vi-sao?viec=official|officials:record:read&doi-tuong={named}"
    officer, auditor, admin = (Browser(demo, one) for one in ("hr.hanoi", "auditor1", "admin1"))
    assert "thuộc phạm vi: Cán bộ hồ sơ" in officer.open(asked).text
    assert "tai-khoan" not in [name for name, _ in officer.page.form("doi-tuong").filled]
    page = auditor.open(f"{asked}&tai-khoan=hr.danang")
    assert "ngoài phạm vi: Cán bộ hồ sơ, Ủy ban nhân dân thành phố Đà Nẵng" in page.text
    assert "Không trả lời được" in admin.open(f"{asked}&tai-khoan=hr.hanoi").text
    assert admin.open("/quyen/vi-sao?viec=official|officials:record:read").error("doi-tuong")
    assert admin.status == 422


def test_the_menu_names_only_what_opens(demo: Bed) -> None:
    for account in ("hr.hanoi", "statistician1", "auditor1", "admin1", "official1"):
        browser = Browser(demo, account)
        browser.open("/")
        menu = re.findall(r'<li><a href="([^"]+)"', browser.page.html.partition("</header>")[0])
        assert menu, account
        assert {path: browser.client.get(path).status_code for path in menu} == dict.fromkeys(menu, 200), (
            account
        )


# The past


def test_the_record_shows_any_past_day_as_it_was_and_every_moment_as_it_was_recorded(registry: Bed) -> None:
    _, uid = official(registry, newcomer(since=date(2020, 1, 1), full_name="Phạm Thị Thử"))
    step = {"kind": "salary", "rank": "01.003"}
    decided(
        registry,
        [
            {
                "action": "record",
                "official": uid,
                "valid_from": "2023-01-01",
                "step": 2,
                "coefficient": "2.67",
            }
            | step
        ],
    )
    before = registry.scalar("SELECT clock_timestamp()")
    decided(
        registry,
        [{"action": "amend", "official": uid, "personal": {"full_name": "Phạm Thị Mới"}}],
        number="2/QĐ",
    )
    browser = Browser(registry, "hr.hanoi")

    now = browser.open(f"/ho-so/{uid}").text
    assert "2,67 × 2.530.000 đ" in now
    assert "Phạm Thị Mới" in now
    assert "Đang xem hồ sơ tại ngày" not in now
    assert "Mốc trước: 01/01/2023" in now

    past = browser.open(f"/ho-so/{uid}?as_of=31/12/2022").text
    assert "Đang xem hồ sơ tại ngày 31/12/2022" in past
    assert "2,34 × 1.490.000 đ" in past, "the coefficient and the base salary of that day"
    assert "2,67" in past, "as the step that is due, not as one that is held"
    assert "bậc 2/9, hệ số 2,67" in past
    assert "Mốc trước: 01/01/2020 Mốc sau: 01/01/2023" in past

    known = browser.open(f"/ho-so/{uid}?known_at={before:%Y-%m-%dT%H:%M:%S.%f}Z").text
    assert "Phạm Thị Thử" in known
    assert "Phạm Thị Mới" not in known
    assert "Đang xem hồ sơ như đã ghi nhận đến" in known

    unborn = browser.open(f"/ho-so/{uid}?as_of=01/01/2019").text
    assert "Ngày 01/01/2019 người này chưa được tuyển dụng Mốc đầu: 01/01/2020" in unborn


def test_a_moment_before_the_registry_knew_somebody_says_so_and_leads_on(registry: Bed) -> None:
    browser = Browser(registry, "hr.hanoi")
    browser.open("/ho-so")
    path = next(link for link in browser.page.links if link.startswith("/ho-so/"))
    reply = browser.client.get(f"{path}?as_of=31/12/2015&known_at=01/01/2020")
    page = Page(reply.get_data(as_text=True))
    assert reply.status_code == 404
    assert "Đến 01/01/2020 hệ thống chưa ghi nhận người này" in page.text
    assert page.form("known_at").value("as_of") == "31/12/2015"
    assert path in page.links
    foreign = Browser(registry, "hr.danang").client.get(f"{path}?known_at=01/01/2020")
    assert "chưa ghi nhận người này" not in foreign.get_data(as_text=True)


def test_the_steps_to_come_begin_where_the_line_of_the_day_stands(registry: Bed) -> None:
    with registry.session() as session:
        uid = session.execute(
            text("""SELECT c.uid::text FROM official_current c JOIN organization o ON o.code = 'H26'
                    AND c.org_ord BETWEEN o.ord AND o.last WHERE c.in_headcount
                    AND c.next_step_on > '2027-01-01' ORDER BY c.official_id LIMIT 1""")
        ).scalar_one()
    html = Browser(registry, "hr.hanoi").open(f"/ho-so/{uid}").html
    (day,) = re.findall(r'class="on" x1="([^"]+)"', html)
    to_come = re.findall(r'class="next" x1="([^"]+)" x2="([^"]+)" y1="([^"]+)" y2="([^"]+)"', html)
    assert to_come[0][0] == day
    ends, starts = [one[1::2] for one in to_come[:-1]], [one[0::2] for one in to_come[1:]]
    assert ends == starts, "the line is broken"


def test_a_reader_of_english_is_told_in_english_where_a_computed_day_comes_from(demo: Bed) -> None:
    browser = Browser(demo, "hr.hanoi")
    browser.open("/ho-so?group=lam_viec")
    path = next(link for link in browser.page.links if link.startswith("/ho-so/"))
    assert "Thông tin chung" in browser.open(f"{path}/giai-thich").text
    english = browser.open(f"/ngon-ngu?lang=en&next={path}/giai-thich").text
    assert "Identity" in english
    assert [words for words in ("Thông tin chung", "Ngạch, bậc, lương") if words in english] == []


def test_a_mistyped_day_is_mended_where_it_stands(demo: Bed) -> None:
    some = anybody(demo)
    browser = Browser(demo, "hr.hanoi")
    browser.open(f"/ho-so/{some}?as_of=29/02/2025&known_at=hôm qua")
    assert browser.status == 400
    assert "Không có ngày 29/02/2025." in browser.page.text
    form = browser.page.form("known_at")
    assert (form.action, form.value("as_of"), form.value("known_at")) == (
        f"/ho-so/{some}",
        "29/02/2025",
        "hôm qua",
    )
    browser.send("known_at", as_of="28/02/2025", known_at="")
    assert browser.status == 200
    assert "28/02/2025" in browser.page.text


def test_history_shows_old_beside_new_with_both_people_and_the_decision(registry: Bed) -> None:
    _, uid = official(registry)
    decided(
        registry,
        [{"action": "amend", "official": uid, "personal": {"phone": "0912345678"}}],
        number="7/QĐ-SNV",
    )
    history = Browser(registry, "hr.hanoi").open(f"/ho-so/{uid}/lich-su").text
    assert (
        "Trước Sau Thông tin chung · 7/QĐ-SNV · 25/11/2026 Điện thoại Trước (chưa có) Sau 0912345678"
        in history
    )
    assert (
        f"Lập {registry.actor('hr.hanoi').display_name} Duyệt {registry.actor('approver.hanoi').display_name}"
        in history
    )


def test_a_paper_tells_what_rests_on_it_and_only_to_those_who_may_see_the_person(registry: Bed) -> None:
    _, uid = official(registry)
    browser = Browser(registry, "hr.hanoi")
    link = next(one for one in browser.open(f"/ho-so/{uid}").links if "/quyet-dinh/" in one)
    paper_page = browser.open(link)
    assert paper("1/QĐ")["title"] in paper_page.text
    assert "Hệ số 2,34" in paper_page.text
    assert Browser(registry, "hr.danang").client.get(link).status_code == 404
    assert (
        browser.client.get(f"/ho-so/{anybody(registry)}/quyet-dinh/{link.rpartition('/')[2]}").status_code
        == 404
    )


# What is closed


def test_from_the_paper_of_a_fact_its_maker_corrects_ends_or_withdraws_it(registry: Bed) -> None:
    _, uid = official(registry)
    decided(registry, [{"action": "record", "official": uid} | filled(registry, "reward", date(2021, 3, 1))])
    maker, checker = Browser(registry, "hr.hanoi"), Browser(registry, "approver.hanoi")
    papers = [one for one in maker.open(f"/ho-so/{uid}").links if "/quyet-dinh/" in one]
    offered = {}
    for paper_page in dict.fromkeys(papers):
        for link in maker.open(paper_page).links:
            if "action=" in link:
                what, action = re.findall(r"(?:what|action)=(\w+)", link)
                offered[what, action] = link
        assert [one for one in checker.open(paper_page).links if "action=" in one] == []
    assert ("appointment", "end") in offered
    assert ("reward", "end") not in offered  # given on a day, it never ends
    for link in offered.values():
        maker.open(link)
        assert maker.status == 200, link
        assert maker.page.form("action").value("fact") in link
    told = maker.open(offered["appointment", "withdraw"]).text
    assert ("Phòng Công chức, viên chức" in told, "H26-SNV" in told) == (True, False), told


def test_fields_of_a_class_that_a_reader_lacks_are_nowhere_in_the_page(registry: Bed) -> None:
    operation = newcomer(political_history=SECRET_WORDS)
    operation["facts"].append(
        {
            "kind": "family",
            "valid_from": "2020-01-01",
            "relation": "chong",
            "full_name": "Trần Văn Kiểm",
            "abroad": SECRET_WORDS,
        }
    )
    _, uid = official(registry, operation)
    for account, opened in (("hr.hanoi", False), ("approver.hanoi", False), ("auditor1", True)):
        browser = Browser(registry, account)
        for path in ("", "/lich-su", f"/quyet-dinh/{_paper_of(browser, uid)}"):
            browser.open(f"/ho-so/{uid}{path}")
            assert browser.status == 200
            assert (SECRET_WORDS in browser.page.html) == opened or (path == "/lich-su" and opened), (
                account,
                path,
            )
        page = browser.open(f"/ho-so/{uid}").text
        assert ("Đặc điểm lịch sử bản thân Bạn không có quyền xem mục này" in page) != opened
        assert ("Ở nước ngoài: bạn không có quyền xem mục này" in page) != opened


def _paper_of(browser: Browser, uid: str) -> str:
    return next(one for one in browser.open(f"/ho-so/{uid}").links if "/quyet-dinh/" in one).rpartition("/")[
        2
    ]


def test_who_looked_is_logged_with_every_page_and_shown_to_the_person(registry: Bed) -> None:
    person = registry.scalar("SELECT official_id FROM app_user WHERE username = 'official1'")
    uid = registry.scalar("SELECT uid FROM official_current WHERE official_id = :id", id=person)
    officer = Browser(registry, "hr.hanoi")
    for path in ("", "/lich-su", "/giai-thich", "/2c.pdf"):
        before = registry.scalar("SELECT count(*) FROM audit_event WHERE official_id = :id", id=person)
        assert officer.client.get(f"/ho-so/{uid}{path}").status_code == 200
        assert (
            registry.scalar("SELECT count(*) FROM audit_event WHERE official_id = :id", id=person)
            == before + 1
        ), path
    officer.open("/ho-so?q=nguyen")
    listed = registry.scalar(
        "SELECT detail->'officials' FROM audit_event WHERE action = 'official.list' ORDER BY id DESC LIMIT 1"
    )
    shown = [one for one in officer.page.links if re.fullmatch(r"/ho-so/[0-9a-f-]{36}", one)]
    assert len(listed) == len(shown) > 0
    own = Browser(registry, "official1").open("/cua-toi").text
    assert f"{registry.actor('hr.hanoi').display_name}, Cán bộ hồ sơ In hồ sơ" in own


def test_no_page_of_a_record_when_the_trail_cannot_be_written(registry: Bed) -> None:
    uid = anybody(registry)
    browser = Browser(registry, "hr.hanoi")
    with registry.session() as session:
        session.execute(text("REVOKE INSERT ON audit_event FROM registry_web, registry_reader"))
    reply = browser.client.get(f"/ho-so/{uid}")
    assert reply.status_code == 503
    assert "không ghi được nhật ký" in reply.text
    assert (
        registry.scalar("SELECT full_name FROM official_current WHERE uid = :uid", uid=uid) not in reply.text
    )


# The list


def test_the_list_finds_names_without_diacritics_and_units_by_name(demo: Bed) -> None:
    browser = Browser(demo, "hr.hanoi")
    name, number = next(
        iter(
            _rows(
                demo,
                "SELECT full_name, personal_id FROM official_current c JOIN organization o"
                " ON o.code = 'H26' AND c.org_ord BETWEEN o.ord AND o.last ORDER BY official_id LIMIT 1",
            )
        )
    )
    plain = demo.scalar("SELECT registry_fold(:name)", name=name)
    for q in (plain, " ".join(reversed(plain.split())), number):
        assert name in browser.open(f"/ho-so?q={q}").text, q
    listed = browser.open("/ho-so?organization=so+noi+vu").text
    assert "Sở Nội vụ và trực thuộc" in listed
    nobody = browser.open("/ho-so?q=khong+co+ai+ten+nay").text
    assert (
        "Không có ai khớp “khong co ai ten nay” trong Ủy ban nhân dân thành phố Hà Nội và đơn vị trực thuộc."
        in nobody
    )
    assert "Không có đơn vị này" in browser.open("/ho-so?organization=H17").text, (
        "another province's code is no unit here"
    )


def test_pages_of_the_list_lead_on_and_back_over_the_same_people(demo: Bed) -> None:
    browser = Browser(demo, "auditor1")
    pages, page = [], browser.open("/ho-so")
    for _ in range(3):
        pages.append([one for one in page.links if re.fullmatch(r"/ho-so/[0-9a-f-]{36}", one)])
        page = browser.open(next(one for one in page.links if "after=" in one))
    assert len({one for people in pages for one in people}) == 150
    for people in reversed(pages):
        page = browser.open(next(one for one in page.links if "before=" in one))
        assert [one for one in page.links if re.fullmatch(r"/ho-so/[0-9a-f-]{36}", one)] == people
    assert not [one for one in page.links if "before=" in one]


def test_counts_beside_the_filters_are_what_the_filters_show(demo: Bed) -> None:
    browser = Browser(demo, "hr.hanoi")
    page = browser.open("/ho-so?category=cong_chuc")
    counts = dict(
        re.findall(r'name="rank" value="([^"]+)"[^>]*><span>[^<]*</span> <b>([\d.]+)</b>', page.html)
    )
    assert counts
    for rank, people in counts.items():
        shown = browser.open(f"/ho-so?category=cong_chuc&rank={rank}").text
        assert f"{people} người" in shown, rank


def test_people_chosen_in_the_list_arrive_in_the_form(demo: Bed) -> None:
    browser = Browser(demo, "hr.hanoi")
    page = browser.open("/ho-so")
    chosen = page.form("official").choices["official"][:3]
    form = browser.open("/de-nghi/moi?" + "&".join(f"official={one}" for one in chosen))
    assert browser.status == 200
    names = demo.scalar(
        "SELECT array_agg(full_name) FROM official_current WHERE uid = ANY (CAST(:uids AS uuid[]))",
        uids=chosen,
    )
    assert all(name in form.html for name in names)
    assert "Ghi thay đổi cho" not in Browser(demo, "approver.hanoi").open("/ho-so").text


def test_a_list_or_a_record_costs_few_statements(demo: Bed) -> None:
    browser = Browser(demo, "hr.hanoi")
    uid = anybody(demo)
    for path in (
        "/ho-so",
        "/ho-so?category=cong_chuc&sort=-birth_date",
        f"/ho-so/{uid}",
        f"/ho-so/{uid}?as_of=2015-06-30",
    ):
        browser.open(path)  # lists of codes come into memory once
        with counted(demo) as sent:
            browser.open(path)
        assert browser.status == 200
        assert len(sent) <= 6, (path, sent)


def _rows(bed: Bed, statement: str) -> list[Any]:
    with bed.session() as session:
        return list(session.execute(text(statement)))


# Work


def test_the_first_page_of_a_reader_tells_what_every_place_of_the_menu_is_for(demo: Bed) -> None:
    for username in ("auditor1", "statistician1", "admin1"):
        browser = Browser(demo, username)
        browser.open("/cong-viec")
        for item in browser.page.links:
            if item in ("/chat-luong", "/ho-so", "/thong-ke", "/quan-tri"):
                assert browser.page.links.count(item) > 2, (username, item)


def test_work_shows_each_what_waits_for_them_with_its_deadline(registry: Bed) -> None:
    _, uid = official(registry)
    phone = [{"action": "amend", "official": uid, "personal": {"phone": "0912345678"}}]
    submitted(registry, phone, number="9/QĐ-SNV")
    approver = Browser(registry, "approver.hanoi").open("/cong-viec").text
    assert "9/QĐ-SNV 30/11/2026 Còn 5 ngày Chờ phê duyệt" in approver
    assert "Việc của tôi 1" in approver
    officer = Browser(registry, "hr.hanoi").open("/cong-viec").text
    assert "Không có việc nào chờ bạn" in officer
    assert "Chờ phê duyệt 1" in officer
    assert "9/QĐ-SNV" not in Browser(registry, "approver.danang").open("/cong-viec").text


def test_what_falls_due_is_counted_as_the_linked_list_counts_it(demo: Bed) -> None:
    browser = Browser(demo, "hr.hanoi")
    page = browser.open("/cong-viec")
    due = re.findall(r'<li><b>([\d.]+)</b><div><a href="(/viec-den-han/[^"]+)">', page.html)
    assert due
    for people, link in due:
        shown = browser.open(link.replace("&amp;", "&")).text
        assert f"{people} dòng" in shown, link


def test_deadlines_leave_out_weekends_and_the_listed_holidays(demo: Bed) -> None:
    with demo.session() as session:
        assert due_on(session, date(2026, 11, 20)) == date(2026, 11, 25), "Friday, then Monday to Wednesday"
        assert due_on(session, date(2026, 2, 13)) == date(2026, 2, 25), "a week of Tet lies between"
        assert due_on(session, date(2026, 8, 28)) == date(2026, 9, 7), "31 August is off in exchange"
