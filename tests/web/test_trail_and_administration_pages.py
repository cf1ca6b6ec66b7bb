"""The trail as auditors read it, and accounts with rights that begin and end."""

from browsing import Browser
from conftest import Bed
from make import as_superuser, sequencer
from sqlalchemy import text

from registry.trail import keys


def someone(bed: Bed) -> tuple[str, str, str]:
    """(uid, personal number, name) of an official of Hà Nội."""
    with bed.session() as session:
        return tuple(
            session.execute(
                text(  # type: ignore[return-value]
                    """SELECT c.uid::text, c.personal_id, c.full_name FROM official_current c JOIN
                    organization o ON o.code = 'H26'
               AND c.org_ord BETWEEN o.ord AND o.last ORDER BY c.official_id LIMIT 1"""
                )
            ).one()
        )


def test_a_read_shows_up_on_the_trail_with_who_what_and_as_what(registry: Bed) -> None:
    uid, number, name = someone(registry)
    reader = Browser(registry, "hr.hanoi")
    for _ in range(3):
        reader.client.get(f"/de-nghi/moi?what=amend&official={uid}")
    auditor = Browser(registry, "auditor1")
    page = auditor.open(f"/nhat-ky?object={number}")
    assert name in page.text
    assert "Xem hồ sơ" in page.text
    assert "Trần Thu Hà" in page.text
    assert "để sửa thông tin chung" in page.text
    assert f"Ai đã xem hồ sơ {name} 30 ngày qua, 3 lần, 1 người" in page.text
    assert "Trần Thu Hà, cán bộ hồ sơ 3" in page.text
    assert "Trần Thu Hà" not in auditor.open("/nhat-ky?action=trail.read").text.split("Lý do, căn cứ")[1]
    assert registry.scalar("SELECT count(*) FROM audit_event WHERE action = 'trail.read'") >= 3


def test_the_trail_tells_filters_and_strangers_in_words(registry: Bed) -> None:
    reader = Browser(registry, "hr.hanoi")
    stranger = Browser(registry, "hr.hanoi")
    stranger.client.delete_cookie("cbccvc_session")
    stranger.open("/login")
    stranger.send("password", username="khong.co.ai", password="Sai-Hoan-Toan-2026")
    reader.open("/ho-so?q=Nguy%E1%BB%85n&organization=H26&retirement_before=31%2F12%2F2030&sort=-name")
    reader.open("/chat-luong/H26")
    assert registry.api("hr.hanoi").get("/officials?organization=H26").status_code == 200
    Browser(registry, "statistician1").open(
        "/thong-ke?measure=headcount&row=age_band&column=sex&where=party:yes&as_of=31/12/2024"
    )
    Browser(registry, "statistician1").open(
        "/thong-ke?measure=retirements&row=rank_level&column=year&where=category:cong_chuc"
    )
    page = Browser(registry, "auditor1").open("/nhat-ky")
    assert "số người có mặt, nhóm tuổi, giới tính, đảng viên: Đảng viên, 31/12/2024" in page.text
    assert "dự báo nghỉ hưu, nhóm ngạch, hạng, năm, phân loại: Công chức" in page.text
    assert "Chưa rõ là ai" in page.text
    assert "Gồm đơn vị trực thuộc: có" in page.text
    assert "Gồm đơn vị trực thuộc: có" in page.text
    assert [word for word in ("None", "True", "False") if word in page.text] == []
    assert "Tìm: Nguyễn, Đơn vị: H26, Nghỉ hưu trước: 31/12/2030" in page.text
    assert "Bảng chất lượng" in page.text
    assert "organization" not in page.text
    assert "sort" not in page.text


def test_the_trail_is_read_page_by_page_without_gaps(registry: Bed) -> None:
    with registry.session() as session:
        session.execute(
            text("""INSERT INTO audit_event (actor_name, actor_role, action, object_type, object_id)
            SELECT 'Máy thử', 'client', 'official.list', 'list', 'n' || i FROM generate_series(1, 120) i""")
        )
    auditor = Browser(registry, "auditor1")
    seen, path = [], "/nhat-ky?actor=M%C3%A1y+th%E1%BB%AD"
    for _ in range(5):
        page = auditor.open(path)
        seen.append(page.text.count("Máy thử Hệ thống kết nối"))
        following = [link for link in page.links if "cursor=" in link]
        if not following:
            break
        path = following[0]
    assert seen == [50, 50, 20]


def test_an_entry_shows_its_place_and_its_proof_can_be_taken_away(registry: Bed) -> None:
    auditor = Browser(registry, "auditor1")
    assert "đang vào sổ" in auditor.open("/nhat-ky").text
    entry = registry.scalar("SELECT max(id) FROM audit_event")
    assert auditor.open(f"/nhat-ky/{entry}/chung-minh").text.count("chưa vào sổ niêm phong")
    keeper = sequencer(registry)
    keeper.turn()
    page = auditor.open("/nhat-ky?action=session.start")
    proof = next(link for link in page.links if link.endswith("/chung-minh"))
    shown = auditor.open(proof).text
    head = registry.scalar("SELECT encode(root, 'hex') FROM audit_head")
    assert "Khớp" in shown
    assert "13:session.start" in shown
    assert head in shown
    told = auditor.client.get(f"{proof}.json").json
    assert told["head"]["root"] == head
    as_superuser(registry, "UPDATE audit_event SET actor_name = 'Ai đó' WHERE id = :id", id=told["event"])
    assert "Không khớp" in auditor.open(proof).text
    heads = auditor.open("/nhat-ky/niem-phong").text
    assert f"Mục đã niêm phong {told['head']['size']:,}".replace(",", ".") in heads
    assert "Chưa gửi ra nơi nào" in heads
    keys.folder(registry.settings).joinpath("checkpoint").write_text("của ai đó\n")
    assert keeper.turn() == 0
    assert "niêm phong trên đĩa do khóa khác ký" in auditor.open("/nhat-ky/niem-phong").text
    assert Browser(registry, "hr.hanoi").client.get(proof).status_code == 404


def test_the_trail_is_searched_by_the_unit_of_who_acted(registry: Bed) -> None:
    for name in ("hr.hanoi", "hr.danang"):
        Browser(registry, name)
    page = Browser(registry, "auditor1").open("/nhat-ky?organization=H26&action=session.start")
    assert "hr.hanoi" in page.text
    assert "hr.danang" not in page.text


def test_wrong_days_are_told_by_the_field(demo: Bed) -> None:
    page = Browser(demo, "auditor1").open("/nhat-ky?from=31/02/2026&actor=hr.hanoi")
    assert page.error("from")
    assert page.form("action").value("actor") == "hr.hanoi"


def test_an_account_is_created_given_a_right_and_loses_it_at_once(registry: Bed) -> None:
    admin = Browser(registry, "admin1")
    admin.open("/quan-tri/tai-khoan/moi")
    page = admin.send("password", username="can.bo moi", password="short", display_name="")
    assert admin.status == 422
    assert all(page.error(name) for name in ("username", "password", "display_name"))
    assert page.form("password").value("username") == "can.bo moi"
    assert "short" not in page.html, "a password is never shown again"
    admin.send("password", username="can.bo-moi", password="Mot-mat-khau-dai-2026", display_name="Đỗ Thị Mới")
    assert "Đã tạo tài khoản" in admin.page.text

    page = admin.send(
        "valid_from", role="hr_officer", organization="Không có đơn vị này", valid_to="31/12/2026"
    )
    assert admin.status == 422
    assert page.error("organization")
    assert page.form("valid_from").value("valid_to") == "31/12/2026"
    admin.send("valid_from", organization="H26-SNV")
    assert "Quyền có hiệu lực khi một quản trị viên khác xác nhận" in admin.page.text
    assert not [one for one in admin.page.forms if "/xac-nhan/" in one.action], "not by who gave it"
    assert "31/12/2026" in admin.page.text, "the last day is shown as it was typed"
    assert registry.scalar("SELECT valid_to::text FROM access_grant ORDER BY id DESC LIMIT 1") == "2027-01-01"

    officer = registry.app.test_client()
    sign_in(officer, "can.bo-moi", "Mot-mat-khau-dai-2026")
    assert officer.get("/de-nghi/moi").status_code == 404
    other = Browser(registry, "admin2")
    assert "cấp quyền cho Đỗ Thị Mới" in other.open("/quan-tri").text
    other.open("/quan-tri/tai-khoan/can.bo-moi")
    grant = next(one for one in other.page.forms if "/xac-nhan/quyen/" in one.action)
    refused = admin.client.post(grant.action, data={"csrf": admin.page.form("valid_from").value("csrf")})
    assert refused.status_code == 409
    other.client.post(grant.action, data={"csrf": grant.value("csrf")})
    assert "chờ xác nhận" not in other.open("/quan-tri/tai-khoan/can.bo-moi").text
    admin.open("/quan-tri/tai-khoan/can.bo-moi")
    assert officer.get("/de-nghi/moi").status_code == 200
    link = next(one for one in admin.page.links if "/thu-hoi/" in one)
    admin.open(link)
    assert "Dừng ngay khi thu hồi" in admin.page.text
    admin.client.post(link, data={"csrf": admin.page.form("csrf").value("csrf")})
    assert officer.get("/de-nghi/moi").status_code == 404, "the right is gone with the next request"
    assert registry.scalar("SELECT count(*) FROM audit_event WHERE action = 'grant.end'") == 1


def sign_in(client: object, username: str, password: str) -> None:
    """Through the sign-in form."""
    from browsing import Page

    page = Page(client.get("/login").text)  # type: ignore[attr-defined]
    data = dict(page.form("password").filled) | {"username": username, "password": password}
    assert client.post("/login", data=data).status_code == 303  # type: ignore[attr-defined]


def test_the_page_of_an_account_names_whoever_looks_at_it(demo: Bed) -> None:
    administrator = Browser(demo, "admin1")
    name = demo.actor("admin1").display_name
    assert name in administrator.open("/quan-tri").text
    assert name in administrator.open("/quan-tri/tai-khoan/hr.hanoi").text


def test_a_closed_account_stops_and_nobody_closes_or_promotes_themselves(registry: Bed) -> None:
    admin, officer = Browser(registry, "admin1"), Browser(registry, "hr.danang")
    admin.open("/quan-tri/tai-khoan/hr.danang")
    csrf = admin.page.form("valid_from").value("csrf")
    admin.client.post("/quan-tri/tai-khoan/hr.danang/trang-thai", data={"csrf": csrf, "active": "0"})
    assert officer.client.get("/de-nghi").status_code == 303
    admin.open("/quan-tri/tai-khoan/admin1")
    assert "Không tự cấp quyền cho mình" in admin.page.text
    assert "Khóa tài khoản" not in admin.page.text
    refused = admin.client.post("/quan-tri/tai-khoan/admin1/trang-thai", data={"csrf": csrf, "active": "0"})
    assert refused.status_code == 409
    refused = admin.client.post(
        "/quan-tri/tai-khoan/admin1/cap-quyen",
        data={"csrf": csrf, "role": "auditor", "organization": "VN", "valid_from": "25/11/2026"},
    )
    assert refused.status_code == 422
    assert registry.scalar("SELECT is_active FROM app_user WHERE username = 'admin1'")


def test_code_lists_are_those_of_the_day(demo: Bed) -> None:
    admin = Browser(demo, "admin1")
    page = admin.open("/quan-tri/danh-muc/employment_categories?as_of=01/01/2020")
    assert "Công chức cấp xã" in page.text
    page = admin.open("/quan-tri/danh-muc/employment_categories?as_of=25/11/2026")
    assert "Công chức cấp xã" not in page.text
    assert (
        "Công chức cấp xã"
        in admin.open("/quan-tri/danh-muc/employment_categories?as_of=25/11/2026&tat-ca=1").text
    )
    admin.open("/quan-tri/danh-muc/no_such_list")
    assert admin.status == 404
