"""One decision, many facts, two people: the life of a change through the API, and what it must refuse."""

import threading
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa
from conftest import Bed
from make import clock, coefficient, filled, newcomer
from walk import Program, body, carry_out, decide, hand_in, program, register


@pytest.fixture
def maker(common: Bed) -> Program:
    return program(common, "hr.hanoi")


@pytest.fixture
def checker(common: Bed) -> Program:
    return program(common, "approver.hanoi")


def on(bed: Bed, today: date, username: str) -> Program:
    """The same registry on another day, for somebody signed in anew."""
    later = replace(bed, settings=replace(bed.settings, today=today), engines=bed.engines, _app=None)
    return program(later, username)


def salary(official: str, step: int, valid_from: str, **more: object) -> dict[str, object]:
    return {
        "action": "record",
        "official": official,
        "kind": "salary",
        "valid_from": valid_from,
        "rank": "01.003",
        "step": step,
        "coefficient": coefficient(step),
        **more,
    }


def held(record: dict[str, object], kind: str, *names: str) -> list[tuple[object, ...]]:
    """Facts of a kind, newest first, as tuples."""
    return [tuple(one[name] for name in names) for one in record["facts"][kind]]  # type: ignore[index]


def events(bed: Bed, change: str) -> list[tuple[str, str]]:
    """What the trail says of a change, oldest first: (action, account)."""
    with bed.session() as session:
        rows = session.execute(
            sa.text("""SELECT action, username FROM audit_event e JOIN app_user u ON u.id = e.actor_id
            WHERE object_type = 'change' AND object_id = :change AND action <> 'change.read'
            ORDER BY e.id"""),
            {"change": change},
        )
        return [tuple(row) for row in rows]


def test_a_registered_person_is_on_the_registry_only_once_approved(
    common: Bed, maker: Program, checker: Program
) -> None:
    operation = newcomer(full_name="Đặng Thị Ánh", staff_code="hn-77", ethnic_group="01")
    number = operation["personal"]["personal_id"]
    sent = hand_in(maker, [operation], effective_on="2020-01-01")
    assert sent.headers["Location"] == f"/api/v1/changes/{sent.json['id']}"
    assert (sent.json["status"], sent.json["findings"]) == ("submitted", [])
    assert sent.json["diff"][0]["is_new"] is True
    assert {"name": "full_name", "label": "Họ và tên", "old": None, "new": "Đặng Thị Ánh"} in sent.json[
        "diff"
    ][0]["facts"][0]["fields"]
    assert maker.get(f"/officials/{number}").status_code == 404
    approved = decide(checker, sent, reason="Đủ hồ sơ")
    assert (approved.status_code, approved.json["status"], approved.json["reason"]) == (
        200,
        "approved",
        "Đủ hồ sơ",
    )
    record = maker.get(f"/officials/{number}")
    assert record.headers["ETag"] == f'"{record.json["version"]}"'
    assert (record.json["personal"]["full_name"], record.json["personal"]["staff_code"]) == (
        "Đặng Thị Ánh",
        "HN-77",
    )
    assert held(
        record.json, "salary", "rank", "step", "coefficient", "valid_from", "valid_to", "in_force"
    ) == [("01.003", 1, "2.34", "2020-01-01", None, True)]
    assert record.json["facts"]["salary"][0]["decision"]["number"] == "12/QĐ-SNV"
    assert record.json["derived"]["pay"]["amount"] == "5920200"
    assert record.json["derived"]["next_salary_step"]["on"] == "2023-01-01"
    assert record.json["derived"]["retirement"]["on"] == "2050-05-31"
    assert (record.json["derived"]["seniority"], record.json["derived"]["age"]) == (6, 36)
    assert events(common, sent.json["id"]) == [
        ("change.draft", "hr.hanoi"),
        ("change.submit", "hr.hanoi"),
        ("change.approve", "approver.hanoi"),
    ]
    told = maker.get(f"/officials/{number}/history").json["items"][0]
    assert (told["decision"]["number"], told["number"]) == ("12/QĐ-SNV", sent.json["number"])
    assert {fact["kind"] for fact in told["facts"]} == {"identity", "status", "appointment", "salary"}
    assert program(common, "hr.danang").get(f"/officials/{number}").status_code == 404


def test_nobody_approves_their_own_change_whatever_their_roles(common: Bed, maker: Program) -> None:
    with common.session() as session:
        session.execute(
            sa.text("""INSERT INTO access_grant (user_id, role, organization_id, valid_from)
            SELECT u.id, 'hr_approver', o.id, '2026-01-01' FROM app_user u, organization o
            WHERE u.username = 'hr.hanoi' AND o.code = 'H26'""")
        )
    sent = hand_in(maker, [newcomer()])
    before = common.counts()
    refused = decide(maker, sent)
    assert (refused.status_code, refused.json["type"]) == (403, "/api/v1/problems/forbidden")
    assert common.counts() == before
    assert maker.get(f"/changes/{sent.json['id']}").json["status"] == "submitted"
    with pytest.raises(sa.exc.IntegrityError, match="ck_change_two_people"), common.session() as session:
        session.execute(
            sa.text("UPDATE change SET checker_id = maker_id WHERE uid = CAST(:change AS uuid)"),
            {"change": sent.json["id"]},
        )


def test_deciding_needs_the_right_role_and_unit(common: Bed, maker: Program) -> None:
    sent = hand_in(maker, [newcomer()])
    wanted = {
        "approver.danang": 404,
        "approver.badinh": 404,
        "hr.hanoi": 403,
        "auditor1": 403,
        "admin1": 403,
        "official1": 403,
    }
    clients = {name: program(common, name) for name in wanted}
    before = common.counts()
    assert {name: decide(client, sent).status_code for name, client in clients.items()} == wanted
    assert common.counts() == before


def test_a_version_is_needed_and_must_be_the_present_one(
    common: Bed, maker: Program, checker: Program
) -> None:
    sent = hand_in(maker, [newcomer()])
    path = f"/changes/{sent.json['id']}/approve"
    before = common.counts()
    assert checker.post(path, json={}).status_code == 428
    assert checker.post(path, json={}, headers={"If-Match": '"0"'}).status_code == 412
    assert (
        checker.post(path, json={"digest": "0" * 64}, headers={"If-Match": sent.headers["ETag"]}).status_code
        == 412
    )
    assert common.counts() == before
    back = decide(checker, sent, "return", reason="Sửa số hiệu")
    mended = maker.put(
        f"/changes/{sent.json['id']}", json=body([newcomer()]), headers={"If-Match": back.headers["ETag"]}
    )
    assert mended.json["status"] == "draft"
    assert decide(checker, sent).status_code == 412, "approved what is no longer there"


def test_returning_and_rejecting_need_words(common: Bed, maker: Program, checker: Program) -> None:
    sent = hand_in(maker, [newcomer()])
    for step in ("return", "reject"):
        refused = decide(checker, sent, step, reason="  ")
        assert (refused.status_code, refused.json["errors"][0]["path"]) == (422, "reason")
    rejected = decide(checker, sent, "reject", reason="Không đúng thẩm quyền")
    assert rejected.json["events"][0]["words"] == "Không đúng thẩm quyền"
    assert decide(checker, rejected).status_code == 409


def test_a_repeated_request_makes_one_change_and_answers_the_same(common: Bed, maker: Program) -> None:
    sent, key = body([newcomer()]), {"Idempotency-Key": "lần-1"}
    changes = "SELECT count(*) FROM change WHERE origin = 'form'"
    before = common.scalar(changes)
    first = maker.post("/changes?submit=true", json=sent, headers=key)
    again = maker.post("/changes?submit=true", json=sent, headers=key)
    assert (again.status_code, again.json, again.headers["ETag"]) == (201, first.json, first.headers["ETag"])
    assert again.headers["Idempotent-Replay"] == "true"
    other = maker.post("/changes?submit=true", json=body([newcomer()]), headers=key)
    assert (other.status_code, other.json["type"]) == (409, "/api/v1/problems/key_reused")
    assert common.scalar(changes) == before + 1
    assert program(common, "hr.danang").post("/changes", json={}, headers=key).status_code == 422, (
        "another's key is no matter"
    )


def test_a_refused_request_is_not_remembered(common: Bed, maker: Program) -> None:
    key = {"Idempotency-Key": "thử-lại"}
    assert maker.post("/changes", json=body([{"action": "amend"}]), headers=key).status_code == 422
    assert maker.post("/changes", json=body([newcomer()]), headers=key).status_code == 201


def test_every_flaw_is_named_by_its_path_and_nothing_is_written(common: Bed, maker: Program) -> None:
    operation = newcomer(personal_id="00119", birth_date="31/02/1990", sex="x")
    operation["facts"][2] |= {"coefficient": "abc", "step": 99}
    operation["facts"][1]["organization"] = "H17-SNV"
    before = common.counts()
    reply = maker.post(
        "/changes?submit=true",
        json=body([operation], issued_on=date(2026, 11, 26)) | {"decision": {"number": ""}},
    )
    assert reply.status_code == 422
    assert {error["path"] for error in reply.json["errors"]} >= {
        "decision/number",
        "decision/issued_on",
        "operations/0/personal/personal_id",
        "operations/0/personal/birth_date",
        "operations/0/personal/sex",
        "operations/0/facts/2/coefficient",
        "operations/0/facts/2/step",
        "operations/0/facts/1/organization",
    }
    assert common.counts() == before


def test_a_step_that_the_table_does_not_have_cannot_be_submitted(
    common: Bed, maker: Program, checker: Program
) -> None:
    record = register(maker, checker)
    before = common.counts()
    reply = maker.post(
        "/changes?submit=true", json=body([salary(record["id"], 2, "2026-11-01", coefficient="2.68")])
    )
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "coefficient_mismatch")
    assert common.counts() == before


def test_nothing_but_relatives_is_there_before_the_person_is(
    common: Bed, maker: Program, checker: Program
) -> None:
    record = register(maker, checker)
    born = date.fromisoformat(record["personal"]["birth_date"])
    about = {"action": "record", "official": record["id"]}
    before = common.counts()
    for kind in ("training", "address", "paper_file"):
        told = about | filled(common, kind, born.replace(year=born.year - 100))
        reply = maker.post("/changes?submit=true", json=body([told]))
        assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "before_birth"), kind
        assert reply.json["errors"][0]["path"] == "operations/0/valid_from"
    assert common.counts() == before
    carry_out(maker, checker, [about | filled(common, "family", born.replace(year=born.year - 30))])
    year = {"date": f"{born.year}-01-01", "precision": "year"}
    carry_out(maker, checker, [about | filled(common, "address", born) | {"valid_from": year}])


def test_a_correction_keeps_what_was_believed_before(common: Bed, maker: Program, checker: Program) -> None:
    record = register(maker, checker)
    fact = record["facts"]["salary"][0]["id"]
    with common.session() as session:
        before = clock(session).isoformat()
    carry_out(
        maker,
        checker,
        [
            {
                "action": "correct",
                "official": record["id"],
                "kind": "salary",
                "fact_id": fact,
                "step": 2,
                "coefficient": "2.67",
            }
        ],
        number="13/QĐ",
    )
    carry_out(
        maker,
        checker,
        [
            {
                "action": "amend",
                "official": record["id"],
                "personal": {"birth_date": {"date": "1988-01-01", "precision": "year"}},
            }
        ],
    )
    path = f"/officials/{record['id']}"
    now, then = maker.get(path).json, maker.get(path, query_string={"known_at": before}).json
    assert held(now, "salary", "step", "coefficient") == [(2, "2.67")]
    assert held(then, "salary", "step", "coefficient") == [(1, "2.34")]
    assert now["personal"]["birth_date"] == {"date": "1988-01-01", "precision": "year"}
    assert then["personal"]["birth_date"] == "1990-05-20"
    assert now["facts"]["salary"][0]["decision"]["number"] == "13/QĐ"
    assert maker.get(path, query_string={"known_at": "2026-01-01T00:00:00Z"}).status_code == 404, (
        "nothing was known then"
    )
    listed = maker.get(
        "/officials", query_string={"q": record["personal"]["personal_id"], "known_at": before}
    ).json["items"]
    assert [(one["step"], one["birth_date"]) for one in listed] == [(1, "1990-05-20")]


def test_a_later_decision_ends_the_earlier_one_and_both_stay_readable(
    common: Bed, maker: Program, checker: Program
) -> None:
    record = register(maker, checker)
    carry_out(maker, checker, [salary(record["id"], 2, "2023-01-01")])
    carry_out(maker, checker, [salary(record["id"], 3, "2026-01-01")])
    path = f"/officials/{record['id']}"
    assert held(maker.get(path).json, "salary", "step", "valid_from", "valid_to") == [
        (3, "2026-01-01", None),
        (2, "2023-01-01", "2026-01-01"),
        (1, "2020-01-01", "2023-01-01"),
    ]
    assert [
        one[0] for one in held(maker.get(path, query_string={"as_of": "2024-06-01"}).json, "salary", "step")
    ] == [2, 1]


def test_a_decision_with_a_later_day_takes_effect_by_itself(
    common: Bed, maker: Program, checker: Program
) -> None:
    record = register(maker, checker)
    carry_out(maker, checker, [salary(record["id"], 2, "2026-12-01")])
    asked = {"q": record["personal"]["personal_id"]}
    assert maker.get("/officials", query_string=asked).json["items"][0]["step"] == 1
    assert maker.get("/officials", query_string=asked | {"as_of": "2026-12-01"}).json["items"][0]["step"] == 2
    assert held(maker.get(f"/officials/{record['id']}").json, "salary", "step") == [(1,)]
    later = on(common, date(2026, 12, 1), "hr.hanoi")
    assert later.get("/officials", query_string=asked).json["items"][0]["step"] == 2
    assert held(later.get(f"/officials/{record['id']}").json, "salary", "step") == [(2,), (1,)]


def test_leave_for_a_time_gives_the_status_back_afterwards(
    common: Bed, maker: Program, checker: Program
) -> None:
    record = register(maker, checker)
    carry_out(
        maker,
        checker,
        [
            {
                "action": "record",
                "official": record["id"],
                "kind": "status",
                "valid_from": "2026-11-10",
                "valid_to": "2027-05-10",
                "status": "nghi_thai_san",
                "category": "cong_chuc",
            }
        ],
    )
    asked = {"q": record["personal"]["personal_id"]}
    assert maker.get("/officials", query_string=asked).json["items"][0]["status"] == "nghi_thai_san"
    back = on(common, date(2027, 5, 10), "hr.hanoi")
    assert back.get("/officials", query_string=asked).json["items"][0]["status"] == "dang_lam_viec"
    assert held(
        back.get(f"/officials/{record['id']}").json, "status", "status", "valid_from", "valid_to"
    ) == [
        ("dang_lam_viec", "2027-05-10", None),
        ("nghi_thai_san", "2026-11-10", "2027-05-10"),
        ("dang_lam_viec", "2020-01-01", "2026-11-10"),
    ]


def test_withdrawn_facts_are_gone_but_their_time_is_remembered(
    common: Bed, maker: Program, checker: Program
) -> None:
    record = register(maker, checker)
    reward = {
        "action": "record",
        "official": record["id"],
        "kind": "reward",
        "valid_from": "2024-12-01",
        "form": "giay_khen",
        "year": 2024,
        "reason": "Hoàn thành xuất sắc",
    }
    keys = {item["key"] for item in maker.get("/catalogues/reward_forms?limit=200").json["items"]}
    reward["form"] = reward["form"] if reward["form"] in keys else sorted(keys)[0]
    carry_out(maker, checker, [reward])
    fact = maker.get(f"/officials/{record['id']}").json["facts"]["reward"][0]
    assert fact["reason"] == "Hoàn thành xuất sắc"
    carry_out(
        maker,
        checker,
        [
            {
                "action": "withdraw",
                "official": record["id"],
                "kind": "reward",
                "fact_id": fact["id"],
                "reason": "Ghi nhầm người",
            }
        ],
    )
    assert maker.get(f"/officials/{record['id']}").json["facts"]["reward"] == []
    told = maker.get(f"/officials/{record['id']}/history").json["items"]
    assert told[0]["facts"] == [{"kind": "reward", "fact_id": fact["id"], "what": "closed"}]


def test_all_operations_of_a_change_or_none(common: Bed, maker: Program, checker: Program) -> None:
    one, two = newcomer(), newcomer()
    waiting = hand_in(maker, [one, two])
    register(maker, checker, personal_id=two["personal"]["personal_id"])
    before = common.counts()
    refused = decide(checker, waiting)
    assert (refused.status_code, refused.json["type"]) == (409, "/api/v1/problems/personal_id_taken")
    assert common.counts() == before
    assert maker.get(f"/officials/{one['personal']['personal_id']}").status_code == 404


def test_a_change_made_on_old_data_cannot_be_approved(common: Bed, maker: Program, checker: Program) -> None:
    record = register(maker, checker)
    fact = record["facts"]["salary"][0]["id"]
    correction = {
        "action": "correct",
        "official": record["id"],
        "kind": "salary",
        "fact_id": fact,
        "valid_from": "2020-02-01",
    }
    first, second = hand_in(maker, [correction]), hand_in(maker, [correction | {"valid_from": "2020-03-01"}])
    assert decide(checker, first).status_code == 200
    assert decide(checker, second).status_code == 412
    assert held(maker.get(f"/officials/{record['id']}").json, "salary", "valid_from") == [("2020-02-01",)]


def test_two_approvals_at_once_have_one_winner(common: Bed, maker: Program) -> None:
    sent = hand_in(maker, [newcomer()])
    ready, answers = threading.Barrier(2), []
    clients = [program(common, "approver.hanoi") for _ in range(2)]

    def approve(client: Program) -> None:
        ready.wait()
        answers.append(decide(client, sent).status_code)

    threads = [threading.Thread(target=approve, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 412]
    assert events(common, sent.json["id"]).count(("change.approve", "approver.hanoi")) == 1


def test_consequences_tell_pay_and_quota_before_the_decision(
    common: Bed, maker: Program, checker: Program
) -> None:
    record = register(maker, checker)
    sent = hand_in(maker, [salary(record["id"], 2, "2026-11-01")])
    pay = next(one for one in sent.json["consequences"] if one["code"] == "pay")
    assert pay["figure"] == "+834.900 đ", "0.33 × 2,530,000"
    moved = hand_in(
        maker,
        [
            {
                "action": "record",
                "official": record["id"],
                "kind": "appointment",
                "valid_from": "2026-11-20",
                "organization": "H26-SNV",
                "job_position": "Chuyên viên",
            }
        ],
    )
    assert "quota" in {one["code"] for one in moved.json["consequences"]}
    assert decide(checker, moved).status_code == 200
    settled = maker.get(f"/changes/{moved.json['id']}").json
    assert {one["code"] for one in settled["consequences"]} <= {"pay", "retirement"}, (
        "quotas are of what waits"
    )
