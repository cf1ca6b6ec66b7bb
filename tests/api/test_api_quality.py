"""Data quality through the API: the board, findings within a reader's reach and classes, the rules, the record's own part."""

from typing import Any

import pytest
from conftest import Bed, Planted
from make import confirmed
from walk import Program, program

from registry.quality.rules import POINTS, RULES, visible
from seed.defects import BREAKS


@pytest.fixture(scope="module")
def hanoi(planted: Planted) -> Program:
    return program(planted.bed, "hr.hanoi")


def findings(client: Program, **asked: Any) -> list[dict[str, Any]]:
    """Every finding, page by page."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = client.get(
            "/quality/findings",
            query_string=asked | {"limit": 3} | ({"cursor": cursor} if cursor else {}),
        ).json
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def within(bed: Bed, code: str) -> set[int]:
    """Officials of a unit and all under it."""
    return set(
        bed.scalar(
            """SELECT array_agg(c.official_id) FROM official_current c
            JOIN organization o ON o.code = :code AND c.org_ord BETWEEN o.ord AND o.last""",
            code=code,
        )
    )


def test_the_board_ranks_agencies_and_adds_up_to_the_whole(planted: Planted) -> None:
    board = program(planted.bed, "statistician1").get("/quality").json
    assert board["organization"] == "VN"
    assert board["total"]["records"] == planted.bed.scalar("SELECT count(*) FROM official_current")
    for name in ("records", "findings", "records_with_findings"):
        assert sum(one[name] for one in board["items"]) == board["total"][name]
    assert board["total"]["findings"] == len(planted.on)
    scores = [float(one["score"]) for one in board["items"] if one["place"]]
    assert len(scores) > 3
    assert scores == sorted(scores, reverse=True)
    assert set(board["total"]["points"]) == set(POINTS)
    mean = planted.bed.scalar("SELECT round(avg(total), 1) FROM quality_score")
    assert board["total"]["score"] == str(mean)
    clock = board["total"]["timeliness"]
    assert clock["decisions"] == clock["on_time"] + clock["late"] > 0
    assert {"H26", "H17", "G09"} <= {one["code"] for one in board["items"]}


def test_the_clock_looks_at_the_days_asked_for(planted: Planted) -> None:
    reader = program(planted.bed, "auditor1")
    whole, first, second = (
        reader.get(f"/quality?from={since}&to={until}").json["total"]["timeliness"]["decisions"]
        for since, until in (
            ("2026-01-01", "2026-07-01"),
            ("2026-01-01", "2026-04-01"),
            ("2026-04-01", "2026-07-01"),
        )
    )
    assert whole == first + second > first > 0
    refused = reader.get("/quality?from=2026-07-01&to=2026-07-01")
    assert refused.status_code == 400
    assert refused.json["errors"][0]["path"] == "query/from"


def test_findings_are_those_of_the_readers_units_with_the_page_that_mends_them(
    planted: Planted, hanoi: Program
) -> None:
    mine = within(planted.bed, "H26")
    wanted = sorted(BREAKS[name] for official, name in planted.on.items() if official in mine)
    found = findings(hanoi)
    assert sorted(one["rule"] for one in found) == wanted
    assert len(wanted) > 5
    names = [one["official"]["full_name"] for one in found]
    assert len({one["official"]["id"] for one in found}) == len(names), "one defect a person"
    everything = findings(program(planted.bed, "auditor1"))
    assert len(everything) == len(planted.on)
    for one in everything:
        rule = RULES[one["rule"]]
        assert one["message"].strip()
        assert "{" not in one["message"]
        assert one["source"] == rule.source
        if rule.mend != "look":
            assert one["mend"].startswith("/de-nghi/moi?official=" + one["official"]["id"]), one
    part = hanoi.get("/quality/findings?organization=H26-SYT&count=exact").json
    assert part["count"] == {"value": len(part["items"]), "exact": True}
    only = findings(hanoi, rule="evaluation_missing")
    assert {one["rule"] for one in only} <= {"evaluation_missing"}


def test_what_is_out_of_reach_reads_as_not_there(planted: Planted, hanoi: Program) -> None:
    for path in ("/quality", "/quality/findings"):
        for code in ("H17", "VN", "KHONG-CO"):
            assert hanoi.get(f"{path}?organization={code}").status_code == 404, (path, code)
    assert hanoi.get("/quality/findings?rule=khong-co").status_code == 400


@pytest.mark.parametrize(
    ("account", "board", "people"),
    [
        ("hr.hanoi", 200, 200),
        ("approver.hanoi", 200, 200),
        ("auditor1", 200, 200),
        ("statistician1", 200, 403),
        ("admin1", 403, 403),
        ("official1", 403, 403),
    ],
)
def test_who_sees_the_board_and_who_sees_people(
    planted: Planted, account: str, board: int, people: int
) -> None:
    client = program(planted.bed, account)
    assert client.get("/quality").status_code == client.get("/quality/rules").status_code == board
    assert client.get("/quality/findings").status_code == people


def test_a_program_without_personal_fields_is_neither_told_nor_counted_findings_on_them(
    registry: Bed,
) -> None:
    with registry.session() as session:
        from sqlalchemy import text

        session.execute(
            text("""INSERT INTO quality_finding (official_id, rule, fact_id, found_on)
                SELECT c.official_id, r, 0, '2026-11-25' FROM official_current c
                JOIN organization o ON o.code = 'H26' AND c.org_ord BETWEEN o.ord AND o.last
                CROSS JOIN unnest(ARRAY['phone_form', 'missing.salary', 'missing.identity.religion']) r""")
        )
    people = len(within(registry, "H26"))
    admin = program(registry, "admin1")
    admin.post(
        "/users",
        json={"username": "phan.mem", "password": "mat-khau-rat-dai", "display_name": "Phần mềm"},
    )
    admin.post("/users/phan.mem/grants", json={"role": "client", "organization": "H26"})
    confirmed(registry, "phan.mem")
    wanted = {
        (): ["missing.salary"],
        ("fields:personal",): ["missing.salary", "phone_form"],
        ("fields:personal", "fields:sensitive"): [
            "missing.identity.religion",
            "missing.salary",
            "phone_form",
        ],
    }
    scopes = ["quality:board:read", "quality:finding:read", "officials:record:read"]
    for more, rules in wanted.items():
        made = admin.post("/users/phan.mem/tokens", json={"name": "ql", "scopes": [*scopes, *more]})
        confirmed(registry, "phan.mem")
        software = program(registry)
        software.token = made.json["token"]
        page = software.get("/quality/findings?limit=200&count=exact").json
        assert sorted({one["rule"] for one in page["items"]}) == rules
        assert page["count"]["value"] == len(rules) * people
        assert software.get("/quality").json["total"]["findings"] == len(rules) * people
        record = software.get(f"/officials/{page['items'][0]['official']['id']}").json
        assert sorted(one["rule"] for one in record["quality"]["findings"]) == rules
        assert record["quality"]["score"] == "100.0", "the score is the stored one, whoever reads"


def test_a_record_carries_its_score_and_findings_after_what_is_derived(
    planted: Planted, hanoi: Program
) -> None:
    mine = within(planted.bed, "H26")
    official, name = next(
        (one, name) for one, name in planted.on.items() if one in mine and name == "pay_on_statement"
    )
    uid = planted.bed.scalar("SELECT uid::text FROM official WHERE id = :id", id=official)
    record = hanoi.get(f"/officials/{uid}").json
    assert list(record)[-2:] == ["derived", "quality"]
    quality = record["quality"]
    assert [one["rule"] for one in quality["findings"]] == [BREAKS[name]]
    assert quality["score"] != "100.0"
    assert quality["pending"] is False
    assert quality["checked_on"] == "2026-11-25"
    fact = quality["findings"][0]["fact_id"]
    held = next(one for one in record["facts"]["salary"] if one["id"] == fact)
    assert held["decision"]["basis"] == "self_declared"
    assert f"action=correct&fact={fact}" in quality["findings"][0]["mend"]
    english = hanoi.get(f"/officials/{uid}", headers={"Accept-Language": "en"}).json["quality"]
    assert "take-over" in english["findings"][0]["message"]


def test_reading_the_board_and_the_people_goes_on_the_trail(planted: Planted) -> None:
    client = program(planted.bed, "approver.danang")
    client.get("/quality")
    page = client.get("/quality/findings?limit=2").json
    shown = planted.bed.scalar(
        """SELECT detail->'officials' FROM audit_event WHERE action = 'quality.list'
            AND actor_name = (SELECT display_name FROM app_user WHERE username = 'approver.danang')
            ORDER BY id DESC LIMIT 1"""
    )
    uids = planted.bed.scalar(
        "SELECT array_agg(uid::text ORDER BY id) FROM official WHERE id = ANY (:shown)", shown=shown
    )
    assert set(uids) == {one["official"]["id"] for one in page["items"]}
    assert planted.bed.scalar("SELECT count(*) FROM audit_event WHERE action = 'quality.read'") > 0


def test_the_rules_say_what_where_from_and_how_much(planted: Planted, hanoi: Program) -> None:
    told = hanoi.get("/quality/rules").json
    assert [one["code"] for one in told["items"]] == list(RULES)
    assert {one["point"] for one in told["items"]} == set(POINTS) == {one["code"] for one in told["points"]}
    assert all(one["source"] and one["todo"] and one["weight"] > 0 for one in told["items"])
    assert told["clock"]["working_days"] == 3
    assert len(visible(frozenset({"ordinary"}))) < len(RULES)
