"""Recording, checking and deciding on changes in a browser without scripts, as makers and approvers do it."""

from datetime import date
from typing import Any
from urllib.parse import unquote

from browsing import Browser
from conftest import Bed
from make import UNIT, approved, as_superuser, filled, newcomer
from make import submitted as handed_in
from sqlalchemy import text

from registry.changes import services

DECISION = {
    "decision__number": "1287/QĐ-SNV",
    "decision__issued_on": "20/11/2026",
    "decision__effective_on": "01/12/2026",
    "decision__issuer": "Sở Nội vụ thành phố Hà Nội",
    "decision__title": "Về việc nâng bậc lương",
}


def people(bed: Bed, where: str, code: str = "H26", most: int = 3) -> list[Any]:
    """Demo officials of a unit in post today."""
    with bed.session() as session:
        return list(
            session.execute(
                text(f"""SELECT c.official_id, c.uid::text AS uid, c.full_name, c.personal_id, c.staff_code,
                            c.rank, c.step, c.next_step_on
                     FROM official_current c JOIN organization o ON o.code = :code AND c.org_ord BETWEEN
                         o.ord AND o.last
                     WHERE c.in_headcount AND {where} ORDER BY c.official_id LIMIT :most"""),
                {"code": code, "most": most},
            )
        )


def number_of(browser: Browser) -> str:
    """The number of the change whose page is open."""
    return unquote(browser.path).split("/")[2].split("?")[0]


def salary(bed: Bed, official: int) -> Any:
    """The newest believed step of somebody."""
    with bed.session() as session:
        return session.execute(
            text("""SELECT rank, step, coefficient, valid_from, event FROM fact_salary WHERE official_id =
                        :official
                    AND recorded_to IS NULL ORDER BY valid_from DESC LIMIT 1"""),
            {"official": official},
        ).one()


def steppers(bed: Bed) -> list[Any]:
    """People of Hà Nội whose next regular step is known, two of them."""
    return people(bed, "c.next_step_on IS NOT NULL AND c.step BETWEEN 1 AND 6 AND c.rank = '01.003'", most=2)


def draft_of(bed: Bed, browser: Browser, official: Any, day: str) -> None:
    """A filled-in form of a regular step for one person, open in the browser."""
    browser.open(f"/de-nghi/moi?what=step&official={official.uid}")
    browser.send("what", ("step", "refresh"), **DECISION, p0__valid_from=day)


def submitted(bed: Bed, browser: Browser, official: Any) -> str:
    """A regular step of one person, from the form to the approver; the change's number."""
    day = max(official.next_step_on.isoformat(), "2026-12-01")
    draft_of(bed, browser, official, f"{day[8:]}/{day[5:7]}/{day[:4]}")
    browser.send("what", ("step", "check"))
    assert unquote(browser.path).endswith("/kiem-tra"), browser.page.text
    browser.send("version")
    return number_of(browser)


def test_the_whole_story_from_a_wrong_field_to_the_changed_record(registry: Bed) -> None:
    official, other = steppers(registry)
    before = salary(registry, official.official_id)
    maker = Browser(registry, "hr.hanoi")
    maker.open(f"/de-nghi/moi?what=step&official={official.uid}")

    # a wrong field: words by the field, everything typed is still there, nothing is written
    counts = registry.counts()
    page = maker.send(
        "what",
        ("step", "check"),
        **{**DECISION, "decision__issued_on": "31/11/2026"},
        note="Theo biên bản họp",
    )
    assert maker.status == 422
    assert page.error("decision-issued_on") == "Lỗi: Không có ngày 31/11/2026."
    assert "decision-issued_on" in page.wrong
    form = page.form("change-form")
    assert form.value("decision-number") == "1287/QĐ-SNV"
    assert form.value("decision-issued_on") == "31/11/2026"
    assert form.value("note") == "Theo biên bản họp"
    assert [value for name, value in form.filled if name == "person"] == [official.uid]
    after = registry.counts()
    assert {name for name in counts if counts[name] != after[name]} == {"audit_event"}

    # too early for a regular step: the draft is kept, the check says why by the person's day
    maker.send("what", ("step", "check"), decision__issued_on="20/11/2026", p0__valid_from="01/01/2026")
    assert maker.path.endswith("/sua?loi=1")
    assert "Đến hạn" in maker.page.error("p0-valid_from")
    assert f"{official.full_name}: chưa đến hạn nâng bậc" in maker.page.text

    # another person joins by staff code and leaves again; then the right day, the check page, and off it goes
    maker.send("what", ("step", "paste"), paste=other.staff_code or other.personal_id)
    assert other.full_name in maker.page.text
    maker.send("what", ("step", "drop:1"))
    due = official.next_step_on.strftime("%d/%m/%Y")
    maker.send("what", ("step", "check"), p0__valid_from=due)
    number = number_of(maker)
    assert maker.path == f"/de-nghi/{number}/kiem-tra"
    assert "Trình phê duyệt 1 người" in maker.page.text
    maker.send("version")
    assert "Đã trình" in maker.page.text

    # nobody decides on the own change
    assert "không thể phê duyệt" in maker.page.text
    assert not any(one.action == f"/de-nghi/{number}" for one in maker.page.forms)

    # the approver must choose, then approves exactly what stands there
    approver = Browser(registry, "approver.hanoi")
    approver.open(f"/de-nghi/{number}")
    assert "opinion" not in [name for name, _ in approver.page.form("digest").filled], (
        "something is chosen beforehand"
    )
    approver.send("digest")
    assert approver.status == 422
    assert "Chọn một ý kiến" in approver.page.text
    assert salary(registry, official.official_id) == before
    seen = {"seen": "1"} if "seen" in approver.page.form("digest").choices else {}
    approver.send("digest", opinion="approve", **seen)
    assert f"Đã phê duyệt {number}" in approver.page.text
    now = salary(registry, official.official_id)
    assert (now.rank, now.step, now.event) == (before.rank, before.step + 1, "nang_bac")
    assert now.valid_from == official.next_step_on
    assert now.coefficient > before.coefficient


def test_a_decision_with_a_day_that_no_calendar_has_is_not_done(common: Bed) -> None:
    maker = Browser(common, "hr.hanoi")
    maker.open("/de-nghi/moi?what=reward")
    page = maker.send("what", ("step", "find"), **DECISION | {"decision__issued_on": "31/02/2026"}, find="an")
    assert page.form("what").value("decision-issued_on") == "31/02/2026"
    assert [word for word in ("Xong", "Sửa quyết định") if word in page.text] == []
    page = maker.send("what", ("step", "find"), decision__issued_on="20/11/2026")
    assert "Xong" in page.text


def test_a_form_without_people_asks_for_one_and_a_form_with_a_wrong_one_does_not(registry: Bed) -> None:
    maker = Browser(registry, "hr.hanoi")
    maker.open("/de-nghi/moi?what=step")
    page = maker.send("what", ("step", "check"), **DECISION)
    assert page.wrong == {"find"}
    assert "Tìm và thêm ít nhất một người." in page.text
    (top,) = people(registry, "c.rank = '01.003' AND c.step = 9", most=1)
    maker.open(f"/de-nghi/moi?what=step&official={top.uid}")
    page = maker.send("what", ("step", "check"), **DECISION)
    assert page.wrong == {"p0-valid_from"}


def test_what_a_change_without_a_subject_is_about_is_told_shortly(registry: Bed) -> None:
    official, _ = steppers(registry)
    operations = [
        {"action": "record", "official": official.uid} | filled(registry, kind, date(2021, 3, 1))
        for kind in ("party", "reward", "evaluation", "health")
    ]
    decision = {"number": "9/QĐ", "issued_on": "2026-11-20"}
    with registry.acting("hr.hanoi") as (session, actor):
        body = {"decision": decision, "operations": operations}
        number = services.draft(session, actor, body, registry.settings.today_or_now()).number
    maker = Browser(registry, "hr.hanoi")
    assert "Đảng viên; Khen thưởng và 2 mục khác" in maker.open(f"/de-nghi/{number}").text
    assert " và 2 mục khác" in maker.open("/cong-viec").text


def test_an_approval_of_something_stale_is_refused_and_changes_nothing(common: Bed) -> None:
    official = steppers(common)[0]
    maker, approver = Browser(common, "hr.hanoi"), Browser(common, "approver.hanoi")
    number = submitted(common, maker, official)
    approver.open(f"/de-nghi/{number}")

    # meanwhile the record moves on: another change of the same person is approved
    with common.session() as session:
        session.execute(
            text("UPDATE official SET version = version + 1 WHERE id = :id"), {"id": official.official_id}
        )
    before, counts = salary(common, official.official_id), common.counts()
    seen = {"seen": "1"} if "seen" in approver.page.form("digest").choices else {}
    approver.send("digest", opinion="approve", reason="Đồng ý", **seen)

    assert approver.status == 409
    assert "Chưa ghi gì" in approver.page.text
    assert approver.page.form("digest").value("reason") == "Đồng ý", "what was typed is gone"
    assert salary(common, official.official_id) == before
    assert common.scalar("SELECT status FROM change WHERE number = :number", number=number) == "submitted"
    after = common.counts()
    assert all(counts[name] == after[name] for name in counts if name.startswith("fact_"))
    # the page now shows what is there, so a second look can be approved
    approver.send("digest", opinion="approve", **seen)
    assert f"Đã phê duyệt {number}" in approver.page.text


def test_a_unit_that_would_pass_its_quota_is_a_warning_and_not_a_ticked_line(registry: Bed) -> None:
    uid = handed_in(registry, [newcomer()])
    number = registry.scalar("SELECT number FROM change WHERE uid = :uid", uid=uid)
    approver = Browser(registry, "approver.hanoi")

    def told(quota: int) -> str:
        as_superuser(registry, f"UPDATE position SET quota = {quota} WHERE organization_id = "
            f"(SELECT id FROM organization WHERE code = '{UNIT}')")  # fmt: skip
        return approver.open(f"/de-nghi/{number}").text

    within, beyond = told(1000), told(0)
    assert "Biên chế " in within
    assert "Cần xem" not in within
    assert "biên chế 0, sau thay đổi có" in beyond
    assert "Biên chế " not in beyond
    approved(registry, uid)
    for quota in (0, 1000):
        assert "iên chế" not in told(quota).partition("Hệ quả")[2], (
            "beside what has come to pass it says nothing"
        )


def test_the_lines_that_changed_since_are_marked(common: Bed) -> None:
    official = steppers(common)[0]
    maker, approver = Browser(common, "hr.hanoi"), Browser(common, "approver.hanoi")
    number = submitted(common, maker, official)
    approver.open(f"/de-nghi/{number}")
    as_superuser(
        common,
        """UPDATE change_operation SET valid_from = valid_from + 31 WHERE change_id =
            (SELECT id FROM change WHERE number = :number)""",
        number=number,
    )
    seen = {"seen": "1"} if "seen" in approver.page.form("digest").choices else {}
    approver.send("digest", opinion="approve", **seen)
    assert approver.status == 409
    assert approver.page.text.count("vừa đổi”") == 1
    assert "Từ ngày vừa đổi" in approver.page.text
    assert "Bậc vừa đổi" not in approver.page.text


def test_returning_needs_words_and_brings_the_change_back_to_its_maker(common: Bed) -> None:
    official = steppers(common)[0]
    maker, approver = Browser(common, "hr.hanoi"), Browser(common, "approver.hanoi")
    number = submitted(common, maker, official)
    approver.open(f"/de-nghi/{number}")
    approver.send("digest", opinion="return")
    assert approver.page.error("reason") == "Lỗi: Phải nêu lý do"
    assert ("opinion", "return") in approver.page.form("digest").filled
    approver.send("digest", reason="Thiếu biên bản lấy phiếu")
    assert "Đã trả lại" in approver.page.text

    maker.open("/de-nghi?tinh-trang=tra-lai")
    assert f"/de-nghi/{number}" in maker.page.links
    maker.open(f"/de-nghi/{number}/sua")
    assert "Thiếu biên bản lấy phiếu" in maker.page.text
    assert maker.page.form("change-form").value("decision-number") == "1287/QĐ-SNV"
    maker.send("what", ("step", "check"), note="Đã bổ sung biên bản")
    maker.send("version")
    assert common.scalar("SELECT status FROM change WHERE number = :number", number=number) == "submitted"


def test_a_maker_withdraws_before_a_decision_and_nothing_changes(common: Bed) -> None:
    official = steppers(common)[0]
    before = salary(common, official.official_id)
    maker = Browser(common, "hr.hanoi")
    number = submitted(common, maker, official)
    maker.open(f"/de-nghi/{number}/rut")
    assert "không mở lại được" in maker.page.text
    maker.send("withdraw")
    assert "Đã rút đề nghị" in maker.page.text
    assert common.scalar("SELECT status FROM change WHERE number = :number", number=number) == "withdrawn"
    assert salary(common, official.official_id) == before


def test_a_new_person_enters_by_the_form_with_every_missing_field_named(common: Bed) -> None:
    maker = Browser(common, "hr.hanoi")
    maker.open("/de-nghi/moi?action=register")
    page = maker.send("what", ("step", "check"), **DECISION, personal__full_name="Phạm Thị Thử")
    assert maker.status == 422
    for name in (
        "personal-personal_id",
        "personal-birth_date",
        "personal-sex",
        "status-category",
        "status-valid_from",
        "appointment-organization",
        "appointment-valid_from",
    ):
        assert page.error(name), name
    assert not page.error("personal-full_name")
    assert "salary-rank" not in page.wrong, "a section left empty is no mistake"
    for told in ("Tình trạng công tác, Từ ngày:", "Công tác, chức vụ, Từ ngày:", "Ngày sinh:"):
        assert told in page.text, "which of the days that are called the same"
    assert page.form("change-form").value("personal-full_name") == "Phạm Thị Thử"

    page = maker.send("what", ("step", "check"), salary__coefficient="hai")
    assert page.error("salary-coefficient") == "Lỗi: Phải là số, thí dụ 2,34."
    assert "JSON" not in page.text

    maker.send(
        "what",
        ("step", "check"),
        personal__personal_id="001190770001",
        personal__birth_date="20/05/1990",
        personal__sex="nu",
        status__valid_from="01/12/2026",
        status__category="cong_chuc",
        appointment__valid_from="01/12/2026",
        appointment__organization="H26-SNV-CCVC",
        salary__valid_from="01/12/2026",
        salary__rank="01.003",
        salary__step="1",
        salary__coefficient="2,34",
    )
    assert unquote(maker.path).endswith("/kiem-tra"), maker.page.text
    maker.send("version")
    approver = Browser(common, "approver.hanoi")
    approver.open(f"/de-nghi/{number_of(maker)}")
    assert "người mới" in approver.page.text
    seen = {"seen": "1"} if "seen" in approver.page.form("digest").choices else {}
    approver.send("digest", opinion="approve", **seen)
    assert (
        common.scalar("SELECT full_name FROM official_current WHERE personal_id = '001190770001'")
        == "Phạm Thị Thử"
    )
    assert (
        common.scalar("""SELECT s.coefficient::text FROM fact_salary s
                              JOIN official o ON o.id = s.official_id
                              WHERE o.personal_id = '001190770001'""")
        == "2.34"
    )


def test_a_unit_may_be_named_and_an_ambiguous_name_is_asked_back(registry: Bed) -> None:
    official = people(registry, "c.category = 'cong_chuc'", "H26", 1)[0]
    maker = Browser(registry, "hr.hanoi")
    maker.open(f"/de-nghi/moi?what=appointment&official={official.uid}")
    maker.send(
        "what",
        ("step", "draft"),
        **DECISION,
        p0__organization="Sở Nội vụ",
        p0__valid_from="01/12/2026",
        p0__allowance_coefficient="0,60",
    )
    assert maker.path.endswith("/sua"), maker.page.text
    form = maker.page.form("change-form")
    assert form.value("p0-organization") == "H26-SNV"
    assert form.value("p0-allowance_coefficient") == "0,60"
    kinds = registry.scalar("""SELECT string_agg(kind, ' ' ORDER BY seq) FROM change_operation
                               WHERE change_id =
                               (SELECT max(id) FROM change WHERE origin = 'form')""")
    assert kinds == "appointment allowance"

    page = maker.send("what", ("step", "draft"), p0__organization="Phòng Kinh tế")
    assert maker.status == 422
    assert "đơn vị khớp" in page.error("p0-organization")
    assert len(page.form("change-form").choices["p0-organization"]) > 2
    assert registry.scalar("SELECT count(*) FROM change WHERE origin = 'form'") == 1


def test_a_wrong_fact_is_corrected_ended_and_withdrawn_from_its_record(common: Bed) -> None:
    with common.session() as session:
        row = session.execute(
            text(
                """SELECT f.id, c.uid::text AS uid, f.reason FROM fact_reward f JOIN official_current c USING
                (official_id)
               JOIN organization o ON o.code = 'H26' AND c.org_ord BETWEEN o.ord AND o.last
               WHERE f.recorded_to IS NULL ORDER BY f.id LIMIT 1"""
            )
        ).one()
    maker = Browser(common, "hr.hanoi")
    maker.open(f"/de-nghi/moi?official={row.uid}&what=reward&fact={row.id}&action=correct")
    form = maker.page.form("change-form")
    assert form.value("p0-reason") == (row.reason or "")
    maker.send("action", ("step", "check"), **DECISION, p0__reason="Hoàn thành xuất sắc nhiệm vụ năm 2025")
    assert unquote(maker.path).endswith("/kiem-tra"), maker.page.text
    assert "đính chính" in maker.page.text
    assert "Hoàn thành xuất sắc nhiệm vụ năm 2025" in maker.page.text

    maker.open(f"/de-nghi/moi?official={row.uid}&what=reward&fact={row.id}&action=withdraw")
    assert "Hình thức" in maker.page.text, "what is withdrawn is not shown"
    page = maker.send("action", ("step", "check"), **DECISION)
    assert page.error("p0-reason")
    maker.send("action", ("step", "check"), p0__reason="Ghi nhầm người")
    assert "rút mục: Ghi nhầm người" in maker.page.text

    maker.open(f"/de-nghi/moi?official={row.uid}&what=reward&fact={row.id + 10_000_000}&action=correct")
    assert maker.status == 404


def test_people_and_changes_of_other_units_are_not_there(common: Bed) -> None:
    official = steppers(common)[0]
    maker, stranger = Browser(common, "hr.hanoi"), Browser(common, "hr.danang")
    number = submitted(common, maker, official)
    for path in (
        f"/de-nghi/{number}",
        f"/de-nghi/{number}/sua",
        f"/de-nghi/{number}/kiem-tra",
        f"/de-nghi/{number}/tep",
        f"/de-nghi/moi?official={official.uid}",
    ):
        stranger.open(path)
        assert stranger.status == 404, path
        assert official.full_name not in stranger.page.html
    stranger.open("/de-nghi/moi")
    page = stranger.send("what", ("step", "paste"), paste=official.personal_id)
    assert "Không có trong phạm vi của bạn" in page.error("paste")
    assert official.full_name not in page.html


def test_every_look_at_people_in_a_form_is_on_the_trail(registry: Bed) -> None:
    official = steppers(registry)[0]
    maker = Browser(registry, "hr.hanoi")
    maker.open(f"/de-nghi/moi?what=step&official={official.uid}")
    assert (
        registry.scalar(
            """SELECT count(*) FROM audit_event WHERE action = 'official.list' AND object_id = 'change_form'
                              AND detail->'officials' @> to_jsonb(CAST(:id AS bigint))""",
            id=official.official_id,
        )
        == 1
    )
    maker.open(f"/de-nghi/moi?what=amend&official={official.uid}")
    assert (
        registry.scalar(
            "SELECT count(*) FROM audit_event WHERE action = 'official.read' AND official_id = :id",
            id=official.official_id,
        )
        == 1
    )


def test_a_file_chosen_before_a_mistake_is_still_there_after_it(common: Bed) -> None:
    from io import BytesIO

    official = steppers(common)[0]
    maker, approver = Browser(common, "hr.hanoi"), Browser(common, "approver.hanoi")
    maker.open(f"/de-nghi/moi?what=step&official={official.uid}")
    day = official.next_step_on.strftime("%d/%m/%Y")
    maker.send(
        "what",
        ("step", "check"),
        {"file": (BytesIO(b"%PDF-1.7 a decision"), "1287-QD-SNV.pdf")},
        **{**DECISION, "decision__number": ""},
        p0__valid_from=day,
    )
    assert maker.status == 422
    assert "1287-QD-SNV.pdf" in maker.page.text
    maker.send("what", ("step", "check"), decision__number="1287/QĐ-SNV")
    maker.send("version")
    approver.open(f"/de-nghi/{number_of(maker)}/tep")
    assert approver.response.data == b"%PDF-1.7 a decision"
    assert approver.response.headers["Content-Disposition"].startswith("attachment")
