"""The law as questions over HTTP: each answer agrees with the articles, and says which rows it used."""

from datetime import date
from typing import Any

import make
import pytest
from conftest import Bed
from make import UNIT, newcomer
from walk import Program, program


@pytest.fixture(scope="module")
def reader(demo: Bed) -> Program:
    return program(demo, "hr.hanoi")


def ask(reader: Program, question: str, **asked: Any) -> Any:
    reply = reader.get(f"/law/{question}", query_string=asked)
    assert reply.status_code == 200, reply.text
    assert all(step["text"] and step["source"] for step in reply.json["why"])
    return reply.json


def rows(answer: Any) -> set[str]:
    """Which rows of law the answer names."""
    return {f"{one['rule']['catalogue']}.{one['rule']['key']}" for one in answer["why"] if "rule" in one}


def test_retirement_moves_by_a_ground_and_names_the_days_before_it(reader: Program) -> None:
    born = {"sex": "nam", "birth_date": "1968-05-20"}
    answer = ask(reader, "retirement", **born)
    assert (answer["on"], answer["by_age"], answer["pension_from"]) == (
        "2030-05-31",
        "2030-05-31",
        "2030-06-01",
    )
    assert (answer["notice_on"], answer["decision_on"]) == ("2029-11-30", "2030-02-28")
    assert rows(answer) >= {"retirement_age_by_year.nam", "law_rules.retirement_notice"}
    earlier = ask(reader, "retirement", **born, ground="nang_nhoc")
    assert (earlier["on"], earlier["by_age"]) == ("2025-05-31", "2030-05-31")
    assert ask(reader, "retirement", **born, ground="than_ham_lo", months=80)["on"] == "2023-09-30"
    assert ask(reader, "retirement", **born, ground="nang_nhoc", months=80)["on"] == "2025-05-31"
    later = ask(reader, "retirement", **born, ground="chuyen_mon_cao", months=24)
    assert (later["on"], later["notice_on"]) == ("2032-05-31", "2031-11-30")
    assert reader.get("/law/retirement", query_string=born | {"ground": "x"}).status_code == 422


def test_a_post_is_filled_anew_after_five_years_or_held_until_retirement(reader: Program) -> None:
    assert ask(reader, "reappointment", since="2022-02-28")["on"] == "2027-02-28"
    assert ask(reader, "reappointment", since="2024-02-29")["on"] == "2029-02-28"
    assert ask(reader, "reappointment", since="2022-03-01", term_ends_on="2025-03-01")["on"] == "2025-03-01"
    old = {"sex": "nam", "birth_date": "1966-03-10"}
    assert ask(reader, "reappointment", since="2026-03-01", **old)["on"] == "2027-12-31"
    told = ask(reader, "reappointment", since="2022-03-01", **old)
    assert told["on"] == "2027-03-01"
    assert any("31/12/2027" in step["text"] for step in told["why"]), "the next term ends with retirement"


def test_secondment_and_rotation_have_their_months(reader: Program) -> None:
    assert ask(reader, "secondment", since="2024-03-01")["on"] == "2027-02-28"
    assert ask(reader, "rotation", since="2024-03-01")["on"] == "2027-03-01"


def test_an_increase_waits_for_what_puts_it_off(reader: Program) -> None:
    held = {"rank": "01.003", "step": 3, "since": "2024-01-01"}
    assert ask(reader, "increase", **held)["on"] == "2027-01-01"
    assert ask(reader, "increase", **held, delay_months=6)["on"] == "2027-07-01"
    assert ask(reader, "increase", **held, failed_year=2025)["on"] == "2027-07-01"
    away = {"away": "nghi_khong_luong", "away_from": "2025-01-01", "away_to": "2026-01-01"}
    answer = ask(reader, "increase", **held, **away)
    assert answer["on"] == "2028-01-01"
    assert rows(answer) == {"salary_steps.BANG2.A1.3", "uncounted_time.nghi_khong_luong"}
    assert ask(reader, "increase", rank="01.003", step=9, since="2024-01-01")["on"] is None


def test_an_early_increase_needs_a_merit_of_its_years_not_used_before(reader: Program) -> None:
    held = {"rank": "01.003", "step": 3, "since": "2024-01-01", "on": "2026-01-15"}
    answer = ask(reader, "early-increase", **held, merit_on="2025-12-31", staff=47)
    assert (answer["allowed"], answer["earliest"], answer["regular"]) == (True, "2026-01-15", "2027-01-01")
    assert answer["most_people"] == 4
    assert ask(reader, "early-increase", **held | {"on": "2025-06-01"}, merit_on="2024-12-31")[
        "earliest"
    ] == ("2026-01-01")
    assert ask(reader, "early-increase", **held)["allowed"] is False
    assert ask(reader, "early-increase", **held, merit_on="2019-12-31")["allowed"] is False
    again = ask(reader, "early-increase", **held, merit_on="2024-12-31", last_merit_on="2024-12-31")
    assert again["allowed"] is False
    assert ask(reader, "early-increase", **held, retiring="true")["allowed"] is True


def test_the_overrun_grows_from_the_top_step(reader: Program) -> None:
    answer = ask(reader, "overrun", rank="01.003", since="2020-01-01", on="2025-06-01")
    assert (answer["step"], answer["percent"], answer["next_on"]) == (9, 7, "2026-01-01")
    assert {"law_rules.overrun_first", "law_rules.overrun_further"} <= rows(answer)
    late = ask(reader, "overrun", rank="01.003", since="2020-01-01", on="2023-05-01", delay_months=6)
    assert (late["percent"], late["next_on"]) == (0, "2023-07-01")
    kept = ask(reader, "overrun", rank="01.003", since="2024-01-01", recorded_percent=9, on="2026-01-01")
    assert (kept["percent"], kept["next_on"]) == (11, "2027-01-01")


def test_a_measure_has_the_effects_of_its_regime_and_day(reader: Program) -> None:
    before = {"form": "canh_cao", "category": "vien_chuc", "decided_on": "2026-01-15"}
    answer = ask(reader, "discipline", **before, breach_on="2025-10-01", on="2026-12-01")
    assert (answer["step_delay_months"], answer["promotion_block_until"]) == (6, "2027-01-15")
    assert (answer["lapses_on"], answer["in_force"], answer["limitation_ends"]) == (
        "2027-01-15",
        True,
        "2030-10-01",
    )
    assert ask(reader, "discipline", **before, on="2027-01-15")["in_force"] is False
    after = before | {"decided_on": "2026-09-01"}
    answer = ask(reader, "discipline", **after, breach_on="2026-08-01")
    assert (answer["step_delay_months"], answer["limitation_ends"]) == (None, "2036-08-01")
    dismissed = ask(reader, "discipline", **after | {"form": "buoc_thoi_viec"}, on="2040-01-01")
    assert (dismissed["lapses_on"], dismissed["in_force"]) == (None, True)
    gone = {"form": "giang_chuc", "category": "cong_chuc", "decided_on": "2025-07-01"}
    assert reader.get("/law/discipline", query_string=gone).status_code == 422


def test_the_excellent_are_a_share_of_those_rated_good(reader: Program) -> None:
    assert ask(reader, "evaluation-quota", category="cong_chuc", good=14)["most"] == 2
    assert ask(reader, "evaluation-quota", category="vien_chuc", good=16, unit_excellent="true")["most"] == 4
    assert ask(reader, "evaluation-quota", category="cong_chuc", good=14, on="2025-12-31")["most"] is None


def test_classes_lead_to_career_steps_and_civil_servants_to_positions(reader: Program) -> None:
    asked = {"rank": "V.07.02.05", "step": 2, "since": "2025-01-01"}
    answer = ask(reader, "career-step", **asked)
    group = answer["salary_group"]
    assert (answer["deadline"], bool(answer["career_step"]), bool(group)) == ("2027-07-01", True, True)
    moved = "V.01.02.01"  # in group A2.2
    regraded = ask(reader, "career-step", rank=moved, step=1, since="2025-01-01")
    assert (regraded["career_step"], regraded["salary_group"], regraded["regraded"]) == (4, "A2.1", True)
    assert (regraded["step"], regraded["coefficient"]) == (1, "4.40")
    assert ask(reader, "career-step", rank=moved, on="2026-06-30")["career_step"] is None
    official = ask(reader, "career-step", rank="01.003")
    assert (official["career_step"], official["deadline"]) == (None, "2027-07-01")


def test_the_highest_of_several_posts_is_paid_by_the_list_of_the_day(reader: Program) -> None:
    posts = "xa_chair_commune_peoples_committee_elsewhere,xa_vice_chair_commune_peoples_committee_hanoi_hcmc"
    assert ask(reader, "position-allowance", position=posts)["coefficient"] == "0.60"
    both = "bo_chief_inspector_ministry,bo_vice_minister"
    assert ask(reader, "position-allowance", position=both)["coefficient"] == "1.30"
    old = ask(reader, "position-allowance", position=posts, on="2025-12-31")
    assert old["coefficient"] is None
    assert reader.get("/law/position-allowance?position=x").status_code == 422


def test_a_number_that_disagrees_is_warned_of_with_a_reason(reader: Program) -> None:
    assert (
        ask(reader, "personal-number", number="001190123456", sex="nu", birth_date="1990")["agrees"] is True
    )
    assert (
        ask(reader, "personal-number", number="079203123456", sex="nam", birth_date="2003")["agrees"] is True
    )
    answer = ask(reader, "personal-number", number="999190123456", sex="nam", birth_date="1991-02-01")
    found = {one["code"]: one["severity"] for one in answer["findings"]}
    assert found == {"sex": "warning", "year": "warning", "province": "warning"}
    assert all(one["reason"] for one in answer["findings"])
    assert [one["code"] for one in ask(reader, "personal-number", number="12")["findings"]] == ["form"]


def test_the_lifecycle_is_told_as_a_table_and_as_an_answer(reader: Program) -> None:
    table = reader.get("/law/lifecycle", query_string={"from": "dang_lam_viec", "category": "cong_chuc"}).json
    leads_to = {one["to"] for one in table["transitions"]}
    assert {"nghi_huu", "biet_phai_di", "thoi_viec"} <= leads_to
    assert not leads_to & {"bai_nhiem", "cham_dut_hd", "tap_su"}
    asked = {"from": "nghi_huu", "to": "nghi_thai_san", "category": "cong_chuc"}
    answer = reader.get("/law/lifecycle", query_string=asked).json["answer"]
    assert (answer["allowed"], answer["rules"]) == (False, ["no_transition"])
    assert "Nghỉ hưu" in answer["why"][0]["text"]


def test_days_of_uncertain_rest_are_counted_and_said(reader: Program) -> None:
    answer = reader.get("/law/deadline?from=2026-11-20&days=3").json
    assert answer["on"] == "2026-11-25"
    assert any("24/11/2026" in step["text"] for step in answer["why"])
    assert reader.get("/law/deadline?from=2025-01-24&days=1").json["on"] == "2025-02-03"
    assert reader.get("/law/deadline?from=2025-04-25&days=1").json["on"] == "2025-04-26", "worked in exchange"


def test_a_record_says_what_follows_from_its_facts_and_why(demo: Bed, reader: Program) -> None:
    operation = newcomer(since=date(2020, 1, 1))
    operation["facts"][0]["valid_to"] = "2026-05-01"
    operation["facts"][1] |= {"valid_to": "2022-12-01"}
    operation["facts"] += [
        {"kind": "status", "valid_from": "2026-05-01", "status": "nghi_khong_luong", "category": "cong_chuc"},
        {"kind": "appointment", "valid_from": "2022-12-01", "organization": UNIT, "event": "bo_nhiem",
         "position": "tinh_head_of_division_of_department_hanoi_hcmc"},
        {"kind": "discipline", "valid_from": "2025-10-01", "form": "khien_trach", "step_delay_months": 3},
    ]  # fmt: skip
    _, uid = make.official(demo, operation)

    def derived(on: str) -> Any:
        record = reader.get(f"/officials/{uid}?as_of={on}").json
        return record["derived"], record["facts"]["discipline"][0]["in_force"]

    now, measured = derived("2026-09-30")
    assert now["next_salary_step"]["on"] is None, "on unpaid leave without a known end"
    assert now["next_salary_step"]["step"] == 2
    assert now["reappointment"]["on"] == "2027-12-01"
    assert rows(now["reappointment"]) == {"law_rules.appointment_term"}
    assert (now["retirement"]["on"], now["retirement"]["notice_on"]) == ("2050-05-31", "2049-11-30")
    assert measured is True
    assert derived("2026-10-01")[1] is False, "a measure lapses twelve months after its decision"
    before, _ = derived("2026-04-30")
    assert before["next_salary_step"]["on"] == "2023-04-01", "the measure counts, the leave has not begun"


@pytest.mark.parametrize(
    ("question", "asked", "named", "said"),
    [
        ("increase", {"rank": "01.003", "step": 3, "since": "2025-02-29"}, "since", "một ngày có trong lịch"),
        ("increase", {"rank": "01.003", "step": 3, "since": "1800-01-01"}, "since", "từ năm 1900 đến 2199"),
        ("overrun", {"rank": "01.003", "since": "2020-01-01", "on": "2999-12-31"}, "on", "từ năm 1900"),
        ("deadline", {"from": "infinity", "days": 3}, "from", "một ngày có trong lịch"),
        ("deadline", {"from": "2026-11-26", "days": -1}, "days", "một số từ"),
        ("secondment", {}, "since", "bắt buộc"),
        ("retirement", {"sex": "x", "birth_date": "1970-01-01"}, "sex", "một trong: nam, nu"),
        ("retirement", {"sex": "nam", "birth_date": "1970-13"}, "birth_date", ""),
    ],
)
def test_a_wrong_date_or_word_is_told_with_what_is_wanted_in_either_language(
    reader: Program, question: str, asked: dict[str, Any], named: str, said: str
) -> None:
    replies = [
        reader.get(f"/law/{question}", query_string=asked, headers={"Accept-Language": language})
        for language in ("vi", "en")
    ]
    assert [one.status_code for one in replies] == [400, 400]
    (vietnamese,), (english,) = (one.json["errors"] for one in replies)
    assert vietnamese["path"] == english["path"] == f"query/{named}"
    assert said in vietnamese["message"]
    assert "không đúng kiểu" not in vietnamese["message"]
    assert english["message"].isascii()
