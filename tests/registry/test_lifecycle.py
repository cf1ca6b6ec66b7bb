"""The lifecycle: the table against its description, status by status; and what it refuses when a change is handed in."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import make
import pytest
from conftest import TODAY, Bed
from make import decided, newcomer, submitted
from sqlalchemy import text
from sqlalchemy.orm import Session
from test_law import items

from registry.access.actor import Actor
from registry.changes import queries, services
from registry.changes.models import Change
from registry.errors import Invalid
from registry.law.lifecycle import FIRST, GUARDS, Asked, Machine
from registry.law.rules import Rules

MACHINE = Machine(
    items("status_transitions"),
    items("transition_guards"),
    items("status_codes"),
    items("employment_categories"),
    Rules(items("law_rules")),
    items("category_transitions"),
    items("recruitment_modes"),
)
STATUSES = [one.key for one in items("status_codes")]
GROUP = {one.key: one.extra["status_group"] for one in items("status_codes")}
ENDED = {key for key in STATUSES if GROUP[key] == "ended"}
LEAVES = {"nghi_thai_san", "nghi_om_dai", "nghi_khong_luong", "di_hoc", "phu_quan_phu_the"}
MOVED = {"biet_phai_di", "luan_chuyen", "dieu_dong_cho"}
REVIEW = {"dang_xu_ly_ky_luat", "tam_dinh_chi", "bi_khoi_to"}
AGE = {"keo_dai_cong_tac", "nghi_truoc_tuoi_cho_huu"}
SERVING = {"tap_su", "dang_lam_viec", *LEAVES, *MOVED, *REVIEW, *AGE}
OWN_WISH = {"thoi_viec", "nghi_huu_truoc_tuoi"}
ONLY = {
    "cham_dut_hd": {"vien_chuc", "hd_111"},
    "bai_nhiem": {"can_bo"},
    "buoc_thoi_viec": {"cong_chuc", "vien_chuc"},
}


def wanted(before: str, after: str) -> bool:
    """Whether the description of the lifecycle lets a serving person's status change so, guards and categories apart."""
    if after == "tap_su":
        return False  # ended for everybody by the day asked
    if after in ("tu_tran", "mat_tich"):
        return before != "tu_tran" and (before not in ENDED or (after, before) == ("tu_tran", before))
    if before == "da_trung_tuyen":
        return after in ("dang_lam_viec", "huy_tuyen_dung")
    if before in ENDED:
        return before != "tu_tran" and after in ("dang_lam_viec", "da_trung_tuyen")
    if after == "huy_tuyen_dung":
        return before == "tap_su"
    if after == "da_trung_tuyen":
        return False
    if after in REVIEW:
        return before in SERVING
    if before in REVIEW:
        return after in {"dang_lam_viec", "nghi_huu", *OWN_WISH, *ONLY} or (
            (after == "cho_thoi_viec" and before == "dang_xu_ly_ky_luat")
            or (after in MOVED and before in ("dang_xu_ly_ky_luat", "bi_khoi_to"))
        )
    if before == "dang_lam_viec":
        return after in {*LEAVES, *MOVED, *AGE, *ENDED}
    if before == "tap_su":
        return after in {
            "dang_lam_viec", "nghi_thai_san", "nghi_om_dai", "thoi_viec", "cho_thoi_viec", "cham_dut_hd",
        }  # fmt: skip
    if before == "keo_dai_cong_tac":
        return after in {"nghi_huu", "thoi_viec", "nghi_om_dai"}
    if before == "nghi_truoc_tuoi_cho_huu":
        return after in {"nghi_huu", "nghi_huu_truoc_tuoi", "thoi_viec"}
    leaving = {
        "thoi_viec", "cho_thoi_viec", "cham_dut_hd", "tinh_gian", "nghi_sap_xep", "nghi_huu", "nghi_huu_truoc_tuoi",
    }  # fmt: skip
    if after == "dang_lam_viec" or after in leaving:
        return True
    sick = {"nghi_thai_san", "nghi_om_dai"}
    beside = {"di_hoc", "biet_phai_di", "luan_chuyen"}
    if before in sick:
        back = {*beside, "keo_dai_cong_tac"} if before == "nghi_om_dai" else beside
        return after in sick | back | {"nghi_khong_luong"}
    return before in beside and after in sick


def category_for(after: str) -> str:
    return sorted(ONLY.get(after, {"cong_chuc"}))[0]


def test_every_pair_of_statuses_is_allowed_or_not_as_the_law_describes_it() -> None:
    seen = set()
    for before in STATUSES:
        for after in STATUSES:
            if before == after:
                continue
            broken = MACHINE.broken(Asked(before, after, category_for(after), TODAY, received=True))
            table = {one.rule.key for one in broken} & {"no_transition", "only_family", "only_in_force"}
            assert (not table) == wanted(before, after), (before, after, table)
            seen.add(bool(table))
    assert seen == {True, False}


def test_the_table_names_statuses_guards_and_families_that_exist() -> None:
    families = {one.extra["family"] for one in MACHINE.categories}
    guards = {one.key for one in MACHINE.guards}
    for one in MACHINE.transitions:
        assert {one.extra["from_status"], one.extra["to_status"]} <= {FIRST, *STATUSES}, one.key
        assert set(filter(None, one.extra["families"].split("|"))) <= families, one.key
        assert "decision" in one.extra["guards"].split("|"), one.key
        assert set(one.extra["guards"].split("|")) <= guards & set(GUARDS), one.key
    of_tables = {
        "no_transition",
        "only_family",
        "only_in_force",
        "category_unlisted",
        "category_in_force",
        "category_mode",
    }
    assert guards - set(GUARDS) == of_tables
    categories, modes = ({row.key for row in rows} for rows in (MACHINE.categories, MACHINE.modes))
    for one in MACHINE.moves:
        named = {*one.extra["from_categories"].split("|"), *one.extra["to_categories"].split("|")}
        assert named <= categories, one.key
        assert set(filter(None, one.extra["modes"].split("|"))) <= modes, one.key


def test_ends_of_one_category_are_refused_to_the_others() -> None:
    for after, mine in ONLY.items():
        for category in ("can_bo", "cong_chuc", "vien_chuc", "hd_111"):
            broken = MACHINE.broken(Asked("dang_lam_viec", after, category, TODAY))
            assert ({one.rule.key for one in broken} == {"only_family"}) == (category not in mine), (
                after,
                category,
            )


@pytest.mark.parametrize(
    ("category", "last"),
    [("cong_chuc", date(2025, 6, 30)), ("can_bo", date(2025, 6, 30)), ("vien_chuc", date(2026, 6, 30))],
)
def test_probation_ends_with_its_law_for_each_category(category: str, last: date) -> None:
    for before in (FIRST, "da_trung_tuyen"):
        assert MACHINE.broken(Asked(before, "tap_su", category, last)) == []
        after = MACHINE.broken(Asked(before, "tap_su", category, last + timedelta(days=1)))
        assert [one.rule.key for one in after] == ["only_in_force"]
        assert f"{last + timedelta(days=1):%d/%m/%Y}" in after[0].words.vi


def broken(before: str, after: str, on: date = TODAY, category: str = "cong_chuc", **told: Any) -> set[str]:
    return {one.rule.key for one in MACHINE.broken(Asked(before, after, category, on, **told))}


def test_guards_hold_on_the_day_they_turn() -> None:
    start = date(2026, 3, 1)
    assert broken("dang_lam_viec", "biet_phai_di", start, until=date(2029, 3, 1)) == set()
    assert broken("dang_lam_viec", "biet_phai_di", start, until=date(2029, 3, 2)) == {"secondment_most"}
    assert broken("dang_lam_viec", "luan_chuyen", start, until=date(2029, 3, 1)) == set()
    assert broken("dang_lam_viec", "luan_chuyen", start, until=date(2029, 2, 28)) == {"rotation_least"}
    assert broken("luan_chuyen", "dang_lam_viec", date(2029, 2, 28), began=start) == {"rotation_least"}
    assert broken("dieu_dong_cho", "dang_lam_viec") == {"receiving_unit"}
    assert broken("thoi_viec", "dang_lam_viec") == {"new_recruitment"}
    assert broken("thoi_viec", "dang_lam_viec", recruitment_mode="thi_tuyen") == set()
    dismissed = {"began": start, "recruitment_mode": "thi_tuyen"}
    assert broken("buoc_thoi_viec", "dang_lam_viec", date(2027, 2, 28), **dismissed) == {
        "rejoin_after_dismissal"
    }
    assert broken("buoc_thoi_viec", "dang_lam_viec", date(2027, 3, 1), **dismissed) == set()
    aged = {"retires_on": date(2026, 10, 31)}
    for under in REVIEW:
        assert broken(under, "thoi_viec", date(2026, 11, 1), **aged) == {"not_under_review"}
        assert broken(under, "nghi_huu", date(2026, 10, 30), **aged) == {"not_under_review"}
        assert broken(under, "nghi_huu", date(2026, 11, 1), **aged) == set()
    early = MACHINE.broken(Asked("dang_lam_viec", "nghi_huu", "cong_chuc", date(2026, 10, 1), **aged))
    assert [(one.rule.key, one.severity) for one in early] == [("retirement_age", "warning")]
    kept = {"until": date(2031, 11, 1), **aged}
    assert broken("dang_lam_viec", "keo_dai_cong_tac", date(2026, 11, 1), **kept) == {"extension_most"}
    assert broken("dang_lam_viec", "nghi_om_dai", basis="self_declared") == {"decision"}
    assert broken("dang_lam_viec", "nghi_om_dai", basis="take_over") == set()


def test_another_category_needs_the_mode_its_row_names_and_the_day_it_begins() -> None:
    def of(
        was: str, category: str, mode: str | None = None, on: date = TODAY, before: str = "dang_lam_viec"
    ) -> Any:
        told = MACHINE.broken(
            Asked(
                before, "dang_lam_viec", category, on, recruitment_mode=mode, was=was, began=date(2020, 1, 1)
            )
        )
        return [(one.rule.key, one.severity) for one in told]

    assert of("vien_chuc", "cong_chuc") == [("category_mode", "error")]
    assert of("vien_chuc", "cong_chuc", "bau_cu") == [("category_mode", "error")]
    assert of("vien_chuc", "cong_chuc", "tiep_nhan") == []
    assert of("cong_chuc", "can_bo", "tiep_nhan") == [("category_mode", "error")]
    assert of("cong_chuc", "can_bo", "bau_cu") == []
    assert of("cong_chuc_cap_xa", "cong_chuc", on=date(2025, 6, 30)) == [("category_in_force", "error")]
    assert of("cong_chuc_cap_xa", "cong_chuc", on=date(2025, 7, 1)) == []
    assert of("hd_111", "cong_chuc", "thi_tuyen") == [("category_unlisted", "warning")]
    assert of("vien_chuc", "cong_chuc", "thi_tuyen", before="thoi_viec") == [], (
        "recruited anew, by the table of statuses"
    )


def test_the_demo_registry_lives_by_the_table(demo: Bed) -> None:
    """Every status of every career follows from the one before, by the rows of its day."""
    with demo.session() as session:
        found = session.execute(
            text("""SELECT f.status, f.category, f.valid_from, f.valid_to, f.recruitment_mode, c.retirement_on, d.basis,
                    lag(f.status) OVER w AS before, lag(f.valid_from) OVER w AS began, lag(f.category) OVER w AS was
                FROM fact_status f JOIN official_current c ON c.official_id = f.official_id
                JOIN decision d ON d.id = f.decision_id
                WHERE f.recorded_to IS NULL WINDOW w AS (PARTITION BY f.official_id ORDER BY f.valid_from)""")
        ).all()
    wrong = [
        (row.before, row.status, row.category, row.valid_from, one.words.vi)
        for row in found
        for one in MACHINE.broken(
            Asked(row.before or FIRST, row.status, row.category, row.valid_from, row.valid_to, row.began, row.basis,
                  row.recruitment_mode, row.retirement_on, received=True, was=row.was or "")
        )
        if one.severity == "error"
    ]  # fmt: skip
    assert len(found) > 400
    assert wrong == []


# What is refused when a change is handed in


@pytest.fixture(scope="module")
def person(demo: Bed) -> str:
    """Somebody at work since 2020, in this module's registry."""
    _, uid = make.official(demo)
    return uid


def status(uid: str, key: str, since: str, **told: Any) -> dict[str, Any]:
    return {
        "action": "record", "official": uid, "kind": "status", "status": key, "category": "cong_chuc",
        "valid_from": since, **told,
    }  # fmt: skip


def refused(bed: Bed, operations: list[dict[str, Any]], decision: dict[str, Any] | None = None) -> list[str]:
    """The rules a draft breaks on being handed in, which changes nothing; [] when it would be taken."""
    before = bed.counts()
    with bed.acting("hr.hanoi") as (session, actor):
        body = {"decision": make.paper("9/QĐ") | (decision or {}), "operations": operations}
        change = services.draft(session, actor, body, TODAY)
        told = [one.code for one in queries.findings(session, change, TODAY) if one.severity == "error"]
        codes = _codes(session, actor, change)
        session.rollback()
    assert codes == told
    assert bed.counts() == before
    return codes


def _codes(session: Session, actor: Actor, change: Change) -> list[str]:
    try:
        services.submit(session, actor, change, TODAY)
    except Invalid as error:
        return [flaw.code for flaw in error.flaws]
    return []


def test_a_change_of_status_outside_the_table_is_refused_by_the_name_of_the_rule(
    demo: Bed, person: str
) -> None:
    assert refused(demo, [status(person, "nghi_thai_san", "2026-12-01", valid_to="2027-06-01")]) == []
    assert refused(demo, [status(person, "da_trung_tuyen", "2026-12-01")]) == ["no_transition"]
    assert refused(demo, [status(person, "bai_nhiem", "2026-12-01")]) == ["only_family"]
    elected = status(person, "dang_lam_viec", "2026-12-01", category="can_bo")
    assert refused(demo, [elected]) == ["category_mode"]
    assert refused(demo, [elected | {"recruitment_mode": "bau_cu"}]) == []
    assert refused(demo, [status(person, "biet_phai_di", "2026-12-01", valid_to="2030-01-01")]) == [
        "secondment_most"
    ]
    assert refused(demo, [status(person, "nghi_om_dai", "2026-12-01")], {"basis": "self_declared"}) == [
        "decision"
    ]
    # several in one change are seen in their order, whatever order they stand in
    both = [status(person, "nghi_huu", "2027-01-01"), status(person, "dang_xu_ly_ky_luat", "2026-12-01")]
    assert refused(demo, both) == ["not_under_review"]
    assert refused(
        demo, [status(person, "dieu_dong_cho", "2026-12-01"), status(person, "dang_lam_viec", "2027-01-01")]
    ) == ["receiving_unit"]
    post = {"action": "record", "official": person, "kind": "appointment", "organization": "H26-SNV-VP"}
    moved = [
        status(person, "dieu_dong_cho", "2026-12-01"),
        status(person, "dang_lam_viec", "2027-01-01"),
        post | {"valid_from": "2027-01-01", "job_position": "Chuyên viên"},
    ]
    assert refused(demo, moved) == []


def test_a_person_under_review_is_not_appointed(demo: Bed) -> None:
    _, uid = make.official(demo)
    decided(demo, [status(uid, "dang_xu_ly_ky_luat", "2026-11-01")], number="3/QĐ")
    post = {"action": "record", "official": uid, "kind": "appointment", "organization": "H26-SNV-VP"}
    post |= {"valid_from": "2026-12-01", "job_position": "Trưởng phòng"}
    assert refused(demo, [post | {"event": "bo_nhiem"}]) == ["not_under_review"]
    assert refused(demo, [post | {"event": "giao_nhiem_vu"}]) == []
    assert refused(demo, [post | {"event": "bo_nhiem"}, status(uid, "dang_lam_viec", "2026-11-30")]) == []
    assert refused(demo, [status(uid, "thoi_viec", "2026-12-01")]) == ["not_under_review"]


def test_who_has_left_comes_back_by_a_recruitment_and_a_late_decision_is_seen_against_what_follows(
    demo: Bed,
) -> None:
    _, uid = make.official(demo)
    decided(demo, [status(uid, "thoi_viec", "2026-06-01")], number="4/QĐ")
    assert refused(demo, [status(uid, "nghi_om_dai", "2026-07-01")]) == ["no_transition"]
    assert refused(demo, [status(uid, "dang_lam_viec", "2026-07-01")]) == ["new_recruitment"]
    again = status(uid, "dang_lam_viec", "2026-07-01", recruitment_mode="thi_tuyen")
    assert refused(demo, [again]) == []
    # found out later: under review when the resignation began
    assert refused(demo, [status(uid, "dang_xu_ly_ky_luat", "2026-05-01")]) == ["not_under_review"]
    assert refused(demo, [status(uid, "nghi_khong_luong", "2026-03-01", valid_to="2026-05-01")]) == []


def test_what_was_sound_when_handed_in_is_looked_at_again_if_something_moved(registry: Bed) -> None:
    _, uid = make.official(registry)
    waiting = submitted(registry, [status(uid, "nghi_om_dai", "2026-12-01")], number="5/QĐ")
    decided(registry, [status(uid, "thoi_viec", "2026-11-30")], number="6/QĐ")
    before = registry.counts()
    with pytest.raises(Invalid) as error:
        approve_as_it_is_now(registry, waiting)
    assert [flaw.code for flaw in error.value.flaws] == ["no_transition"]
    assert registry.counts() == before
    assert registry.scalar("SELECT status FROM change WHERE uid = :uid", uid=waiting) == "submitted"


def approve_as_it_is_now(bed: Bed, uid: UUID) -> None:
    """Approve what the change has come to be since it was handed in."""
    with bed.acting("approver.hanoi") as (session, actor):
        change = queries.get_change(session, str(uid), lock=True)
        services.approve(session, actor, change, TODAY, digest=queries.digest(session, change))


def test_people_taken_over_come_with_any_status(registry: Bed) -> None:
    operation = newcomer(since=date(2024, 7, 1))
    operation["facts"][0] |= {"status": "tap_su", "valid_to": "2025-07-01"}
    working = {"kind": "status", "status": "dang_lam_viec", "category": "cong_chuc"}
    operation["facts"].append(working | {"valid_from": "2025-07-01"})
    late = newcomer(since=date(2025, 8, 1))
    late["facts"][0]["status"] = "tap_su"
    assert refused(registry, [late]) == ["only_in_force"]
    away = newcomer(since=date(2025, 8, 1))
    away["facts"][0]["status"] = "di_hoc"
    assert decided(registry, [operation, away], number="7/QĐ")
