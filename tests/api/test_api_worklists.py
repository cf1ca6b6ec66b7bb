"""Work lists through the API: within the reader's units, on the trail, as files, and as one draft of a decision."""

import csv
import hashlib
import io
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import Bed, counted
from make import UNIT, coefficient, decided, newcomer, paper
from python_calamine import CalamineWorkbook
from walk import Program, decide, program

from registry.changes.operations import MOST_OPERATIONS
from registry.worklists import services
from registry.worklists.lists import WORKLISTS

FAR = "2030-01-01"


def rows_of(client: Program, name: str, **asked: str) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    query = "&".join(f"{key}={value}" for key, value in {"to": FAR, "limit": "200", **asked}.items())
    found, cursor = [], ""
    while cursor is not None:
        reply = client.get(f"/worklists/{name}?{query}" + (f"&cursor={cursor}" if cursor else ""))
        assert reply.status_code == 200, reply.text
        found += reply.json["items"]
        cursor = reply.json["next_cursor"]
    return found


def test_the_catalogue_counts_what_each_list_shows_in_its_usual_period(demo: Bed) -> None:
    client = program(demo, "hr.hanoi")
    reply = client.get("/worklists").json
    assert reply["organization"]["code"] == "H26"
    assert [one["id"] for one in reply["items"]] == list(WORKLISTS)
    assert sum(one["count"]["value"] for one in reply["items"]) > 0
    for one in reply["items"]:
        shown = client.get(f"/worklists/{one['id']}").json
        assert shown["count"] == one["count"]
        assert shown["to"] == one["to"]
        assert sum(row["overdue"] for row in shown["items"]) == one["overdue"]["value"]
        assert [row["due_on"] for row in shown["items"]] == sorted(row["due_on"] for row in shown["items"])


def test_a_list_is_of_the_units_of_the_reader_and_of_nobody_elses(demo: Bed) -> None:
    nation = {
        name: {row["official"]["id"] for row in rows_of(program(demo, "auditor1"), name)}
        for name in WORKLISTS
    }
    hanoi, danang = program(demo, "hr.hanoi"), program(demo, "approver.danang")
    for name in WORKLISTS:
        ours, theirs = (
            {row["official"]["id"] for row in rows_of(client, name)} for client in (hanoi, danang)
        )
        assert ours <= nation[name]
        assert not ours & theirs
    assert rows_of(hanoi, "salary_steps")
    below = {row["official"]["id"] for row in rows_of(hanoi, "salary_steps", organization="H26-SNV")}
    assert below < {row["official"]["id"] for row in rows_of(hanoi, "salary_steps")}
    for path in ("/worklists?organization=H48", "/worklists/salary_steps?organization=H48"):
        assert hanoi.get(path).status_code == 404
        assert hanoi.get(path.replace("H48", "NOWHERE")).status_code == 404


@pytest.mark.parametrize("account", ["statistician1", "admin1", "official1"])
def test_roles_without_work_lists_are_refused_and_change_nothing(demo: Bed, account: str) -> None:
    client, before = program(demo, account), demo.counts()
    for path in ("/worklists", "/worklists/salary_steps"):
        assert client.get(path).status_code == 403
    reply = client.post("/worklists/salary_steps/draft", json={"people": "all", "to": FAR})
    assert reply.status_code == 403
    assert demo.counts() == before


@pytest.mark.parametrize("account", ["approver.hanoi", "auditor1", "hr.danang"])
def test_who_does_not_draft_in_the_unit_reads_at_most(demo: Bed, account: str) -> None:
    client, before = program(demo, account), demo.counts()
    reply = client.post(
        "/worklists/salary_steps/draft", json={"people": "all", "to": FAR, "organization": "H26"}
    )
    assert reply.status_code == (404 if account == "hr.danang" else 403)
    assert demo.counts() == before


def test_a_page_takes_four_statements_and_leaves_whom_it_showed(demo: Bed) -> None:
    client = program(demo, "hr.hanoi")
    assert rows_of(client, "salary_steps")  # the lists of the law are in memory now
    with counted(demo) as sent:
        shown = rows_of(client, "salary_steps")
    asked = [one for one in sent if "official_current" in one or "organization u" in one]
    assert len(asked) <= 3, asked
    detail = demo.scalar(
        "SELECT detail FROM audit_event WHERE action = 'worklist.read' ORDER BY id DESC LIMIT 1"
    )
    ids = demo.scalar(
        "SELECT array_agg(uid::text) FROM official_current WHERE official_id = ANY (:ids)",
        ids=detail["officials"],
    )
    assert set(ids) == {row["official"]["id"] for row in shown}
    assert detail["filter"] == {"organization": "H26", "from": None, "to": FAR}


def test_what_is_asked_wrongly_is_told(demo: Bed) -> None:
    client, before = program(demo, "hr.hanoi"), demo.counts()
    for path in ("to=gone", "cursor=x", "from=2026-12-01&to=2026-12-01", "who=me"):
        assert client.get(f"/worklists/salary_steps?{path}").status_code in (400, 422), path
    assert client.get("/worklists/promotions").status_code == 404
    for body, place in (
        ({}, "people"),
        ({"people": []}, "people"),
        ({"people": "some"}, "people"),
        ({"people": [1]}, "people"),
        ({"people": "all", "draft": "raise"}, "draft"),
        ({"people": "all", "decision": "1/QĐ"}, "decision"),
        ({"people": "all", "to": "soon"}, "to"),
        ({"people": ["001190000000"]}, "people/0"),
        ({"people": "all", "note": "x"}, "note"),
    ):
        reply = client.post("/worklists/salary_steps/draft", json=body)
        assert reply.status_code in (400, 422), (body, reply.text)
        assert reply.json["errors"][0]["path"] == place, body
    reply = client.post("/worklists/evaluations/draft", json={"people": "all"})
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "no_draft")
    unsaid = {"idempotent_reply", "audit_event"}
    after = demo.counts()
    assert {name for name in before if before[name] != after[name]} <= unsaid


# Files


def test_both_files_hold_every_row_and_the_trail_their_digest(demo: Bed) -> None:
    client = program(demo, "auditor1")
    wanted = rows_of(client, "salary_steps")
    path = f"/worklists/salary_steps?to={FAR}"
    told = client.get(path, headers={"Accept": "text/csv"})
    lines = list(csv.DictReader(io.StringIO(told.data.decode("utf-8-sig"))))
    assert [line["Số định danh"] for line in lines] == [row["official"]["personal_id"] for row in wanted]
    assert [line["Đến hạn"] for line in lines] == [row["due_on"] for row in wanted]
    assert all(line["Vì sao"] and line["Căn cứ"] for line in lines)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    book = client.get(path, headers={"Accept": kind})
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(book.data)).get_sheet_by_index(0).to_python()
    assert [line[1] for line in sheet[4:]] == [row["official"]["personal_id"] for row in wanted]
    assert sheet[4][sheet[3].index("Đến hạn")] == date.fromisoformat(wanted[0]["due_on"])
    events = demo.scalar(
        "SELECT json_agg(detail ORDER BY id) FROM audit_event WHERE action = 'worklist.export'"
    )
    assert [one["sha256"] for one in events] == [hashlib.sha256(one.data).hexdigest() for one in (told, book)]
    assert all(one["rows"] == len(wanted) and one["filter"]["to"] == FAR for one in events)


@pytest.fixture
def due(registry: Bed) -> tuple[Bed, list[str]]:
    """Three people of one division whose second step has been due since January 2026; their personal numbers."""
    people = [
        newcomer(since=date(2023, 1, 10), full_name=name) for name in ("=HYPERLINK(A1)", "@Lan", "Vũ Ba")
    ]
    decided(registry, people)
    return registry, [one["personal"]["personal_id"] for one in people]


def test_a_name_that_looks_like_a_formula_stays_a_name(due: tuple[Bed, list[str]]) -> None:
    bed, _ = due
    path = f"/worklists/salary_steps?organization={UNIT}"
    client = program(bed, "hr.hanoi")
    told = client.get(path, headers={"Accept": "text/csv"}).data.decode("utf-8-sig")
    names = [line["Họ và tên"] for line in csv.DictReader(io.StringIO(told))]
    assert {"'=HYPERLINK(A1)", "'@Lan", "Vũ Ba"} <= set(names)


# Drafts


def test_a_list_drafted_numbered_submitted_and_approved_changes_its_people_and_nobody_else(
    due: tuple[Bed, list[str]],
) -> None:
    bed, numbers = due
    maker, checker = program(bed, "hr.hanoi"), program(bed, "approver.hanoi")
    before = pay_of_all(bed)
    drafted = maker.post("/worklists/salary_steps/draft", json={"organization": UNIT, "people": numbers[:2]})
    assert drafted.status_code == 201, drafted.text
    change = drafted.json
    assert (change["status"], change["decision"]["number"]) == ("draft", "")
    assert len(change["operations"]) == 2
    assert {one["fields"]["step"] for one in change["operations"]} == {2}
    assert {one["valid_from"] for one in change["operations"]} == {"2026-01-10"}
    assert change["id"] in {one["id"] for one in maker.get("/changes?status=draft").json["items"]}
    assert pay_of_all(bed) == before

    path, tag = f"/changes/{change['id']}", {"If-Match": drafted.headers["ETag"]}
    early = maker.post(f"{path}/submit", json={}, headers=tag)
    assert (early.status_code, early.json["errors"][0]["path"]) == (422, "decision/number")
    wrong = maker.put(f"{path}/decision", json={"decision": {"number": "7/QĐ"}}, headers=tag)
    assert (wrong.status_code, wrong.json["errors"][0]["path"]) == (422, "decision/issued_on")
    numbered = maker.put(f"{path}/decision", json={"decision": paper("7/QĐ-SNV")}, headers=tag)
    assert numbered.json["decision"]["number"] == "7/QĐ-SNV"
    again = maker.post("/worklists/salary_steps/draft", json={"organization": UNIT, "people": numbers})
    assert (again.status_code, again.json["errors"][0]["code"]) == (409, "in_change")
    rest = maker.post("/worklists/salary_steps/draft", json={"organization": UNIT, "people": "all"})
    assert [one["official"] for one in rest.json["operations"]] == [uid_of(bed, numbers[2])]

    handed = maker.post(f"{path}/submit", json={}, headers={"If-Match": numbered.headers["ETag"]})
    approved = decide(checker, handed)
    assert approved.json["status"] == "approved"
    after = pay_of_all(bed)
    moved = {number for number in after if after[number] != before[number]}
    assert moved == set(numbers[:2])
    assert {after[number] for number in moved} == {("01.003", 2, coefficient(2))}
    left = maker.get(f"/worklists/salary_steps?organization={UNIT}").json["items"]
    assert {row["official"]["personal_id"] for row in left} & set(numbers) == {numbers[2]}


def pay_of_all(bed: Bed) -> dict[str, tuple[str, int, str]]:
    found = bed.scalar(
        "SELECT json_object_agg(personal_id, ARRAY[rank, step::text, coefficient::text]) FROM official_current"
    )
    return {number: (rank, step and int(step), value) for number, (rank, step, value) in found.items()}


def uid_of(bed: Bed, number: str) -> str:
    return str(bed.scalar("SELECT uid FROM official_current WHERE personal_id = :number", number=number))


def test_every_draft_is_what_the_service_takes_and_the_rules_allow(registry: Bed) -> None:
    """Each list with drafts, each of its ways: the change holds no error but the missing number, and can be handed in."""
    someone = {
        "secondments": fact(
            "secondment", "2025-02-01", movement="biet_phai", to_name="Viện", planned_end_on="2026-11-30"
        ),
        "contracts": fact(
            "contract", "2023-12-01", contract="lam_viec_xac_dinh", contract_no="9/HĐ", ends_on="2026-11-30"
        ),
        "reappointments": fact(
            "appointment",
            "2021-12-01",
            organization=UNIT,
            position="bo_head_of_division_ministry",
            job_position="Trưởng phòng",
            event="bo_nhiem",
        ),
    }
    people = []
    for name, extra in someone.items():
        one = newcomer(since=date(2021, 12, 1), full_name="Người Đến Hạn")
        facts = [each for each in one["facts"] if each["kind"] != extra["kind"]]
        if name == "contracts":
            facts[0] = facts[0] | {"category": "vien_chuc"}
        people.append(one | {"facts": [*facts, extra]})
    top = newcomer(since=date(2021, 12, 1), full_name="Người Bậc Cuối")
    top["facts"][2] |= {"step": 9, "coefficient": coefficient(9)}
    old = newcomer(
        since=date(2020, 1, 1),
        full_name="Người Sắp Nghỉ",
        birth_date="1969-07-09",
        personal_id="001169123456",
    )
    decided(registry, [*people, top, old])
    maker = program(registry, "hr.hanoi")
    for name, one in WORKLISTS.items():
        for way, _ in one.drafts:
            reply = maker.post(
                f"/worklists/{name}/draft",
                json={
                    "people": "all",
                    "draft": way,
                    "organization": UNIT,
                    "to": "2027-06-30",
                    "decision": paper("8/QĐ"),
                },
            )
            assert reply.status_code == 201, (name, way, reply.text)
            assert [one for one in reply.json["findings"] if one["severity"] == "error"] == [], (name, way)
            path = f"/changes/{reply.json['id']}"
            handed = maker.post(f"{path}/submit", json={}, headers={"If-Match": reply.headers["ETag"]})
            assert handed.status_code == 200, (name, way, handed.text)
            gone = maker.post(f"{path}/withdraw", json={}, headers={"If-Match": handed.headers["ETag"]})
            assert gone.status_code == 200


def fact(kind: str, since: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, "valid_from": since} | fields


def test_more_people_than_a_change_holds_are_refused_whole(
    due: tuple[Bed, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bed, numbers = due
    maker, before = program(bed, "hr.hanoi"), bed.counts()
    monkeypatch.setattr(services, "MOST_OPERATIONS", 2)
    for people in (numbers, "all"):
        reply = maker.post("/worklists/salary_steps/draft", json={"organization": UNIT, "people": people})
        assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "too_many")
    assert MOST_OPERATIONS == 2000
    after = bed.counts()
    assert {name for name in before if before[name] != after[name]} <= {"idempotent_reply"}


def test_a_change_without_a_number_is_stopped_by_the_database_too(due: tuple[Bed, list[str]]) -> None:
    bed, numbers = due
    made = program(bed, "hr.hanoi").post(
        "/worklists/salary_steps/draft", json={"organization": UNIT, "people": numbers}
    )
    maker = bed.actor("hr.hanoi").scope()
    with pytest.raises(sa.exc.DBAPIError, match="no number yet"), bed.session("worker", maker) as session:
        session.execute(
            sa.text("UPDATE change SET status = 'submitted' WHERE uid = :uid"), {"uid": made.json["id"]}
        )
    assert bed.scalar("SELECT status FROM change WHERE uid = :uid", uid=made.json["id"]) == "draft"
