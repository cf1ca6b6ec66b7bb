"""Form 2C out of a record: what is printed, as of which day, and what a reader's classes keep blank."""

import dataclasses
import io
import re
from datetime import date
from typing import Any

import make
import pytest
from conftest import TODAY, Bed
from make import decided, filled, newcomer
from pypdf import PdfReader

from registry.access.permissions import FIELD_CLASSES
from registry.catalogues import lists
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field
from registry.officials.queries import get_key
from registry.periods import AsOf
from registry.reports import REPORTS
from registry.reports.printing import PERSONAL_FORMS
from seed.load import password_hash

MINISTRY = "G10"
"""A ministry that bore another name while the person worked there."""
NOT_IN_WORDS = {
    "identity.birth_date": "day, month and year stand apart",
    "identity.permanent_address": "the address that holds goes before it",
    "identity.current_address": "the address that holds goes before it",
    "identity.id_card_issued_on": "the card of identity goes before it",
    "appointment.is_main": "the main post stands first",
    "appointment.job_position": "for posts without a position or duties",
    "allowance.allowance": "the position allowance has a line of its own",
    "abroad_link.link": "relatives and organizations have lines of their own",
    "policy_status.policy": "a war invalid is told by the class",
}
"""Fields with a number of the form that are not printed as such."""


@pytest.fixture(scope="module")
def printed(demo: Bed) -> tuple[Bed, str]:
    """The module's own registry, and somebody with a fact of every kind and two posts one after the other."""
    _account(demo, "he.thong", "client", "H26")
    _account(demo, "hr.hanoi", "hr_officer", MINISTRY)
    operation = newcomer(since=date(2022, 1, 1))
    operation["facts"][0]["recruited_by"] = "Sở Nội vụ thành phố Hà Nội"
    chosen = {
        "kind": "status",
        "valid_from": "2021-11-02",
        "valid_to": "2022-01-01",
        "status": "da_trung_tuyen",
    }
    operation["facts"].append(chosen | {"category": "cong_chuc"})
    _, uid = make.official(demo, operation)
    personal = filled(demo, "identity", date(1990, 5, 20))
    personal = {name: value for name, value in personal.items() if name not in ("kind", "valid_from")}
    earlier = {
        "kind": "appointment",
        "valid_from": "2015-03-01",
        "valid_to": "2022-01-01",
        "organization": MINISTRY,
    }
    others = [filled(demo, kind, date(2023, 4, 1)) for kind in FACTS if kind not in ("identity", "status")]
    title = """SELECT key FROM catalogue_item WHERE catalogue = 'reward_forms'
        AND extra->>'kind' = 'danh_hieu_vinh_du_nha_nuoc' ORDER BY sort LIMIT 1"""
    hero = {"kind": "reward", "valid_from": "2024-02-03", "form": demo.scalar(title), "year": 2024}
    side = """SELECT key FROM catalogue_item WHERE catalogue = 'relations' AND extra->>'side' = 'spouse'
        ORDER BY sort LIMIT 1"""
    in_law = filled(demo, "family", date(2023, 4, 1)) | {
        "relation": demo.scalar(side),
        "is_party_member": True,
    }
    school = filled(demo, "qualification", date(2008, 6, 1)) | {"level": "gdpt_12_12"}
    area = filled(demo, "allowance", date(2023, 4, 1)) | {"allowance": "khu_vuc"}
    abroad = {
        "kind": "abroad_link",
        "valid_from": "2019-01-01",
        "link": "to_chuc",
        "name": "Quỹ Thử",
        "country": "JP",
    }
    title = filled(demo, "qualification", date(2016, 6, 1)) | {"level": "pho_giao_su"}
    beside = {"kind": "appointment", "valid_from": "2024-01-01", "organization": "H26", "is_main": False}
    merit = {"kind": "policy_status", "valid_from": "2019-01-01", "policy": "con_liet_si"}
    facts = [
        abroad,
        merit,
        earlier | {"job_position": "Chuyên viên chính sách đê điều"},
        hero,
        in_law,
        school,
        title,
        beside | {"job_position": "Tổ trưởng tổ giúp việc"},
        area,
        *others,
    ]
    operations: list[dict[str, Any]] = [{"action": "amend", "official": uid, "personal": personal}]
    decided(demo, operations + [{"action": "record", "official": uid} | fact for fact in facts])
    return demo, uid


def _account(bed: Bed, name: str, role: str, unit: str) -> None:
    """An account with the demo password, or the one there is, with one more role."""
    statement = """
        WITH made AS (INSERT INTO app_user (username, password_hash, display_name)
            VALUES (:name, :hash, :name)
            ON CONFLICT (username) DO UPDATE SET display_name = app_user.display_name RETURNING id)
        INSERT INTO access_grant (user_id, role, organization_id, valid_from)
        SELECT made.id, :role, o.id, :since FROM made, organization o WHERE o.code = :unit RETURNING id"""
    bed.scalar(statement, name=name, hash=password_hash(name), role=role, unit=unit, since=TODAY)


def sheet(bed: Bed, uid: str, username: str = "auditor1", as_of: str = "") -> str:
    """The text of the printed form, white space taken out: lines break anywhere."""
    reply = bed.api(username).get(f"/officials/{uid}/forms/2c.pdf" + (f"?as_of={as_of}" if as_of else ""))
    assert reply.status_code == 200, reply.text
    return text_of(reply.data)


def text_of(content: bytes) -> str:
    """The words of a PDF, squeezed."""
    return squeezed("".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages))


def squeezed(text: str) -> str:
    """A text without white space."""
    return re.sub(r"\s+", "", text)


def shown(bed: Bed, one: Field, value: Any) -> set[str]:
    """The ways in which the form may show a value; one of them must be there."""
    if one.type in ("date", "partial_date"):
        year, month, day = str(value).split("-")
        return {f"{day}/{month}/{year}", f"{month}/{year}"}
    if one.type == "code":
        with bed.session() as session:
            return {lists.label(session, one.catalogue or "", value), str(value)}
    if one.type == "boolean":
        return {"Đảng viên"}
    if one.type == "choice":
        return {f"({words.vi.lower()})" for key, words in one.choices if key == value}
    if one.type == "decimal":
        return {f"{float(value):.{one.digits[1]}f}".replace(".", ",")}
    if one.type == "unit":
        return {"Phòng Công chức, viên chức", "Công chức"}
    return {str(value)}


def test_every_field_with_a_number_of_the_form_is_printed(printed: tuple[Bed, str]) -> None:
    bed, uid = printed
    text = sheet(bed, uid).lower()
    missing = []
    for kind in (one for one in FACTS.values() if one.name != "status"):
        told = filled(bed, kind.name, date(1990, 5, 20) if kind.name == "identity" else date(2023, 4, 1))
        for one in kind.fields:
            name = f"{kind.name}.{one.name}"
            if one.item and name not in NOT_IN_WORDS and told[one.name] is not None:
                ways = {squeezed(way).lower() for way in shown(bed, one, told[one.name])}
                missing += [] if any(way in text for way in ways) else [(name, ways)]
    assert missing == []


@pytest.mark.parametrize("form", PERSONAL_FORMS)
def test_no_part_of_a_form_stays_empty_for_somebody_with_everything(
    printed: tuple[Bed, str], form: str
) -> None:
    bed, uid = printed
    with bed.session() as session:
        official = get_key(session, uid).id
        told = PERSONAL_FORMS[form].gather(
            session, official, AsOf(TODAY), FIELD_CLASSES["auditor"], bed.settings.home / "files"
        )
    empty = {one.name for one in dataclasses.fields(told) if not getattr(told, one.name)}
    assert empty <= {"staff_code"}, "a code that the agency has not given yet"
    assert squeezed(told.full_name.upper()) in text_of(PERSONAL_FORMS[form].draw(told))


def test_every_form_of_a_person_is_in_the_catalogue_and_printed_as_of_any_day(
    printed: tuple[Bed, str],
) -> None:
    bed, uid = printed
    assert set(PERSONAL_FORMS) <= set(REPORTS)
    client = bed.api("auditor1")
    for form in PERSONAL_FORMS:
        then = text_of(client.get(f"/officials/{uid}/forms/{form}.pdf?as_of=2020-06-01").data)
        assert "01/06/2020" in then
        assert squeezed("Bộ Nông nghiệp và Phát triển nông thôn") in then
        assert "04/2023" not in then
    assert client.get(f"/officials/{uid}/forms/khac.pdf").status_code == 404


def test_the_working_life_is_told_by_date_with_the_names_of_those_days(printed: tuple[Bed, str]) -> None:
    bed, uid = printed
    text = sheet(bed, uid)
    told = ["03/2015-12/2021", "01/2022-03/2023", "04/2023-nay"]
    places = [text.find(span) for span in told]
    assert -1 not in places, (told, places)
    assert places == sorted(places)
    assert squeezed("Chuyên viên chính sách đê điều, Bộ Nông nghiệp và Phát triển nông thôn") in text
    assert squeezed("Bộ Nông nghiệp và Môi trường") not in text
    assert squeezed("Sở Nội vụ thành phố Hà Nội") in text
    assert "01/01/2022" in text, "recruited on the first day of work, not on the day of being chosen"
    assert "02/11/2021" not in text


def test_on_an_earlier_day_the_form_shows_that_days_post_unit_and_pay(printed: tuple[Bed, str]) -> None:
    bed, uid = printed
    then, now = sheet(bed, uid, as_of="2020-06-01"), sheet(bed, uid)
    ministry, department = (
        squeezed("Bộ Nông nghiệp và Phát triển nông thôn"),
        squeezed("Công chức, viên chức"),
    )
    assert "01/06/2020" in then
    assert ministry in then
    assert "03/2015-nay" in then
    for later in (department, "04/2023", squeezed("Huân chương"), "01.003"):
        assert later not in then, later
    assert department in now
    middle = sheet(bed, uid, as_of="2022-06-01")
    assert "01.003" in middle
    assert "04/2023" not in middle


def test_an_address_of_the_day_goes_before_the_one_under_general_information(
    printed: tuple[Bed, str],
) -> None:
    bed, uid = printed
    before, now = sheet(bed, uid, as_of="2022-12-31"), sheet(bed, uid)
    text, fact = squeezed("Nơi đăng ký thường trú 0"), squeezed("Địa chỉ ghi trên giấy tờ 0")
    assert (text in before, fact in before) == (True, False)
    assert (text in now, fact in now) == (False, True)


def test_what_was_recorded_later_is_not_on_a_form_as_known_before(printed: tuple[Bed, str]) -> None:
    bed, uid = printed
    first = """SELECT min(f.recorded_from) FROM fact_identity f JOIN official o ON o.id = f.official_id
        WHERE o.uid = :uid"""
    known = bed.scalar(first, uid=uid).isoformat().replace("+", "%2B")
    reply = bed.api("auditor1").get(f"/officials/{uid}/forms/2c.pdf?known_at={known}")
    text = text_of(reply.data)
    assert squeezed("Phạm Thị Thử").upper() in text
    assert squeezed("đê điều") not in text


@pytest.mark.parametrize(
    ("username", "classes"),
    [
        ("he.thong", {"ordinary"}),
        ("hr.hanoi", {"ordinary", "personal", "sensitive"}),
        ("auditor1", {"ordinary", "personal", "sensitive", "secret"}),
    ],
)
def test_closed_fields_are_blank_on_paper_too(
    printed: tuple[Bed, str], username: str, classes: set[str]
) -> None:
    bed, uid = printed
    text = sheet(bed, uid, username).lower()
    telling = {
        "identity.native_place": "Quê quán 0",
        "address.printed": "Địa chỉ ghi trên giấy tờ 0",
        "identity.social_insurance_no": "0000000001",
        "identity.political_history": "Đặc điểm lịch sử bản thân 0",
        "party.party_post": "Chức vụ Đảng 0",
        "family.native_place": "Quê quán: Quê quán 0",
        "family.abroad": "Ở nước ngoài 0",
        "discipline.form": "(chính quyền), 2023",
        "appointment.duties": "Công việc chính được giao 0",
        "qualification.major": "Chuyên ngành 0",
    }
    for name, words in telling.items():
        kind, field = name.split(".")
        open_to_reader = FACTS[kind][field].sensitivity in classes
        assert (squeezed(words).lower() in text) == open_to_reader, name
