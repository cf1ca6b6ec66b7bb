"""Self-service in a browser without scripts: report, follow, review; and the officer's side of both."""

import io

from browsing import Browser
from conftest import Bed
from make import newcomer, official

from registry.changes.declaring import operation_flaws


def pdf(name: str = "giay-to.pdf") -> dict[str, object]:
    """A file as a form sends it."""
    return {"file": (io.BytesIO(b"%PDF-1.7"), name)}


def tied(bed: Bed) -> str:
    """official1 becomes a newcomer of Hà Nội; the registry id."""
    own, uid = official(bed, newcomer(phone="0900"))
    bed.scalar("UPDATE app_user SET official_id = :own WHERE username = 'official1' RETURNING 1", own=own)
    return uid


def test_a_missing_diploma_is_declared_mended_by_the_field_and_lands_at_the_approver(registry: Bed) -> None:
    tied(registry)
    me = Browser(registry, "official1")
    me.open("/cua-toi/bao-sai")
    assert "/cua-toi/bao-sai/qualification" in me.page.links
    me.open("/cua-toi/bao-sai/qualification")
    typed = {"f__valid_from": "30/06/2019", "f__level": "thac_si", "f__school": "Đại học Luật"}
    me.send("reason", files=pdf(), **typed)
    assert me.status == 422
    assert me.page.error("reason"), me.page.text
    form = me.page.form("reason")
    assert (form.value("f-school"), bool(form.value("kept"))) == ("Đại học Luật", True), (
        "nothing typed is lost"
    )
    me.send("reason", reason="Bằng gốc cấp năm 2019")
    assert (me.status, me.path) == (200, "/cua-toi/de-nghi?xong=khai"), me.page.text
    assert "Tự khai bổ sung trình độ, văn bằng" in me.page.text
    number = registry.scalar("SELECT number FROM change WHERE origin = 'self' AND status = 'submitted'")
    approver = Browser(registry, "approver.hanoi")
    approver.open(f"/de-nghi/{number}")
    assert "Bằng gốc cấp năm 2019" in approver.page.text
    approver.open(f"/de-nghi/{number}/tep")
    assert approver.status == 200
    approver.open(f"/de-nghi/{number}")
    approver.send("opinion", opinion="approve", seen="1")
    assert registry.scalar("SELECT status FROM change WHERE number = :n", n=number) == "approved"


def test_without_a_paper_or_without_a_change_the_form_says_so(registry: Bed) -> None:
    tied(registry)
    me = Browser(registry, "official1")
    me.open("/cua-toi/bao-sai/identity")
    before = registry.counts()
    me.send("reason", reason="Xem lại")
    assert "Chưa đổi gì so với hồ sơ" in me.page.text
    me.send("reason", reason="Chuyển nhà", f__current_address="Số 5 phố Mới")
    assert "Kèm bản chụp giấy tờ" in me.page.error("file")
    after = registry.counts()
    assert {name for name in before if before[name] != after[name]} <= {"audit_event"}
    me.send("reason", reason="Đổi số", f__current_address="", f__phone="0911 222 333")
    assert me.path == "/cua-toi/de-nghi?xong=khai", me.page.text


def test_an_empty_declaration_names_all_it_lacks_at_once_and_nobody_vouches_for_the_own_diploma(
    registry: Bed,
) -> None:
    tied(registry)
    me = Browser(registry, "official1")
    me.open("/cua-toi/bao-sai/qualification")
    assert "f-is_verified" not in me.page.html
    me.send("reason", f__school="Đại học Luật")
    assert me.status == 422
    assert me.page.wrong == {"f-valid_from", "f-level", "file", "reason"}
    assert registry.scalar("SELECT count(*) FROM change WHERE origin = 'self'") == 0
    claim = {"action": "record", "kind": "qualification", "level": "thac_si", "is_verified": True}
    assert [flaw.path for flaw in operation_flaws(claim, "operations/0")] == ["operations/0/is_verified"]


def test_own_requests_stand_in_the_order_in_which_they_were_sent(registry: Bed) -> None:
    tied(registry)
    me = Browser(registry, "official1")
    for field, value in (
        ("full_name", "Phạm Thị Thư"),
        ("phone", "0911 222 333"),
        ("full_name", "Phạm Thị Thơ"),
    ):
        me.open("/cua-toi/bao-sai/identity")
        me.send("reason", reason="Đổi", files=pdf(), **{f"f__{field}": value})
    shown = [word for word in me.page.words if word.startswith(("Báo sai: ", "Tự khai", "Sửa thông tin"))]
    assert [word.split(":")[0] for word in shown[:3]][::2] == ["Báo sai", "Báo sai"], shown


def test_the_reason_of_an_award_is_not_the_reason_for_reporting_it(registry: Bed) -> None:
    tied(registry)
    me = Browser(registry, "official1")
    me.open("/cua-toi/bao-sai/reward")
    me.send("reason", reason="Sổ còn thiếu", f__valid_from="31/02/2025", f__reason="Sáng kiến số hóa")
    assert "Hình thức: nhập thông tin này." in me.page.text, "the list of errors names the fields"
    form = me.page.form("reason")
    assert (form.value("f-reason"), form.value("reason")) == ("Sáng kiến số hóa", "Sổ còn thiếu")
    me.send("reason", f__valid_from="20/11/2025", f__form="gk", f__year="2025")
    assert me.path == "/cua-toi/de-nghi?xong=gui", me.page.text
    kept = "SELECT operation->>'reason' || '; ' || reason FROM proposal WHERE status = 'received' ORDER BY id DESC LIMIT 1"
    assert registry.scalar(kept) == "Sáng kiến số hóa; Sổ còn thiếu"


def test_a_wrong_name_goes_to_the_officer_who_answers_or_drafts_the_change_from_it(registry: Bed) -> None:
    uid = tied(registry)
    me, officer = Browser(registry, "official1"), Browser(registry, "hr.hanoi")
    for name in ("Phạm Thị Thứ", "Phạm Thị Thu"):
        me.open("/cua-toi/bao-sai/identity")
        me.send("reason", reason="Giấy khai sinh", f__full_name=name, files=pdf())
        assert me.path == "/cua-toi/de-nghi?xong=gui", me.page.text
    officer.open("/cong-viec")
    assert "Báo sai chờ trả lời" in officer.page.text
    officer.open("/bao-sai")
    first, second = [link for link in officer.page.links if link.startswith("/bao-sai/")][:2]
    officer.open(first)
    officer.send("reason")
    assert officer.page.error("reason")
    officer.send("reason", reason="Giấy khai sinh ghi đúng như hồ sơ")
    me.open(f"/cua-toi{first.replace('/bao-sai', '/bao-sai/thu')}")
    assert "Giấy khai sinh ghi đúng như hồ sơ" in me.page.text
    officer.open(second)
    officer.open(f"{second}/tep")
    assert officer.status == 200
    officer.open(second)
    officer.send("decision-number", decision__number="5/QĐ")
    assert officer.page.error("decision-issued_on")
    officer.send("decision-number", decision__number="5/QĐ", decision__issued_on="20/11/2026")
    assert "/kiem-tra" in officer.path, officer.page.text
    assert "Phạm Thị Thứ" in officer.page.text
    me.open(f"/cua-toi{second.replace('/bao-sai', '/bao-sai/thu')}")
    assert "Cán bộ hồ sơ đang lập đề nghị" in me.page.text
    for other in (Browser(registry, "official2"), Browser(registry, "hr.danang")):
        for path in (second, f"{second}/tep", f"/cua-toi{second.replace('/bao-sai', '/bao-sai/thu')}"):
            other.open(path)
            assert other.status == 404, path
    assert uid


def test_a_review_is_started_answered_confirmed_on_behalf_and_closed(registry: Bed) -> None:
    tied(registry)
    officer, me = Browser(registry, "hr.hanoi"), Browser(registry, "official1")
    officer.open("/ra-soat/moi")
    officer.send("due_on", name="Rà soát cuối năm", due_on="hôm nào đó")
    assert officer.page.error("due_on")
    assert officer.page.form("due_on").value("name") == "Rà soát cuối năm"
    officer.send("due_on", due_on="31/12/2026", message="Xem kỹ văn bằng")
    assert officer.status == 200, officer.page.text
    assert "Đã mở" in officer.page.text
    campaign = officer.path.split("?")[0]
    officer.open("/cong-viec")
    assert "Rà soát cuối năm" in officer.page.text
    me.open("/cua-toi")
    assert "Rà soát cuối năm: xem hồ sơ và trả lời trước ngày 31/12/2026" in me.page.text
    me.open(f"/cua-toi{campaign}")
    me.send("read")
    assert me.status == 422, "the statement must be ticked"
    me.open(f"/cua-toi{campaign}")
    me.send("read", read="1")
    assert "Đã ghi xác nhận của bạn" in me.page.text
    me.open("/cua-toi")
    assert "Rà soát cuối năm" not in me.page.text
    officer.open(campaign)
    chosen = officer.page.form("reason").choices["id"][:2]
    officer.send("reason", id=chosen[0])
    assert officer.page.error("reason")
    officer.open(campaign)
    officer.send("reason", id=chosen[0], reason="Đang đi học")
    assert "Đã xác nhận thay 1 người" in officer.page.text
    officer.open(f"{campaign}/tien-do.csv")
    assert "Tỷ lệ hoàn thành" in officer.response.get_data(as_text=True)
    officer.open(f"{campaign}/dong")
    officer.send("close")
    me.open(f"/cua-toi{campaign}")
    assert "đã đóng" in me.page.text
    assert registry.scalar("SELECT count(*) FROM campaign_task WHERE state = 'confirmed'") == 2


def test_a_correction_sent_from_a_review_answers_it(registry: Bed) -> None:
    tied(registry)
    officer, me = Browser(registry, "hr.hanoi"), Browser(registry, "official1")
    officer.open("/ra-soat/moi")
    officer.send("due_on", name="Rà soát", due_on="31/12/2026")
    campaign = officer.path.split("?")[0].rsplit("/", 1)[1]
    me.open(f"/cua-toi/bao-sai?ra-soat={campaign}")
    me.open(next(link for link in me.page.links if link.startswith("/cua-toi/bao-sai/identity")))
    me.send("reason", reason="Đổi số", f__phone="0911 222 333")
    assert me.path == "/cua-toi/de-nghi?xong=khai", me.page.text
    state = "SELECT t.state FROM campaign_task t WHERE t.change_id IS NOT NULL"
    assert registry.scalar(state) == "corrected"


def test_the_officers_form_stays_closed_to_officials(registry: Bed) -> None:
    uid = tied(registry)
    me = Browser(registry, "official1")
    for path in (f"/de-nghi/moi?official={uid}&what=salary", f"/de-nghi/moi?official={uid}&what=amend"):
        me.open(path)
        assert me.status == 404, path
