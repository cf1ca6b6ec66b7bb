"""Lists, search and records: by any part, in Vietnamese order, in whole pages and few statements."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from conftest import Bed
from make import clock, newcomer
from walk import Program, carry_out, program


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that the driver sends while the block runs, whoever sends it."""
    sent: list[str] = []
    before = psycopg.Cursor.execute

    def noted(cursor: Any, query: Any, *rest: Any, **kept: Any) -> Any:
        sent.append(" ".join(str(query).split()))
        return before(cursor, query, *rest, **kept)

    psycopg.Cursor.execute = noted  # type: ignore[method-assign]
    try:
        yield sent
    finally:
        psycopg.Cursor.execute = before  # type: ignore[method-assign]


@pytest.fixture(scope="module")
def reader(demo: Bed) -> Program:
    return program(demo, "hr.hanoi")


def every_item(client: Program, limit: int, **asked: str) -> list[dict[str, Any]]:
    """All pages of a list, one after another."""
    items, cursor = [], None
    for _ in range(400):
        page = client.get(
            "/officials", query_string={"limit": limit, **asked} | ({"cursor": cursor} if cursor else {})
        ).json
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
    raise AssertionError("pages never end")


def names(client: Program, q: str) -> list[str]:
    return [one["full_name"] for one in client.get("/officials", query_string={"q": q}).json["items"]]


@pytest.fixture(scope="module")
def people(demo: Bed, reader: Program) -> dict[str, str]:
    """Seven people with names made for these tests, in this module's registry; personal number by name."""
    called = [
        "Trần Ngạc Văn Đa",
        "Trần Ngạc Văn Dũng",
        "Trần Ngạc Văn Da",
        "Trần Ngạc Thị Ân",
        "Trần Ngạc Thị Ăn",
        "Trần Ngạc Thị Anh",
        "Đỗ Ngạc Thị An",
    ]
    operations = [newcomer(full_name=name, staff_code=f"NG-{place}") for place, name in enumerate(called)]
    carry_out(reader, program(demo, "approver.hanoi"), operations)
    return {one["personal"]["full_name"]: one["personal"]["personal_id"] for one in operations}


def test_people_are_found_by_any_part_of_the_name_in_any_order(
    reader: Program, people: dict[str, str]
) -> None:
    for q in (
        "Trần Ngạc Văn Đa",
        "tran ngac van da",
        "da ngac",
        "ĐA VĂN NGẠC",
        "ngac  đa",
        "Nga Van Tran Da",
    ):
        assert "Trần Ngạc Văn Đa" in names(reader, q), q
    assert names(reader, "dung ngac") == ["Trần Ngạc Văn Dũng"]
    assert len(names(reader, "ngạc")) == len(people)
    assert names(reader, "ngac xyz") == names(reader, "%") == names(reader, "_") == []


def test_people_are_found_by_personal_number_and_staff_code(reader: Program, people: dict[str, str]) -> None:
    number = people["Trần Ngạc Văn Đa"]
    assert names(reader, number) == ["Trần Ngạc Văn Đa"]
    assert "Trần Ngạc Văn Đa" in names(reader, number[:8])
    assert names(reader, "ng-0") == names(reader, "NG-0") == ["Trần Ngạc Văn Đa"]
    assert reader.get(f"/officials/{number}").json["personal"]["staff_code"] == "NG-0"


def test_names_stand_in_vietnamese_order_by_given_name_first(reader: Program, people: dict[str, str]) -> None:
    assert names(reader, "ngac") == [
        "Đỗ Ngạc Thị An",
        "Trần Ngạc Thị Anh",
        "Trần Ngạc Thị Ăn",
        "Trần Ngạc Thị Ân",
        "Trần Ngạc Văn Da",
        "Trần Ngạc Văn Dũng",
        "Trần Ngạc Văn Đa",
    ]
    back = reader.get("/officials", query_string={"q": "ngac", "sort": "-name"}).json["items"]
    assert [one["full_name"] for one in back] == names(reader, "ngac")[::-1]


@pytest.mark.parametrize("sort", ["name", "-name", "birth_date", "next_step", "retirement"])
def test_pages_by_key_are_whole_and_without_repeats(
    reader: Program, people: dict[str, str], sort: str
) -> None:
    paged = [one["id"] for one in every_item(reader, 7, sort=sort)]
    assert len(paged) == len(set(paged)) == reader.get("/officials?count=exact").json["count"]["value"]
    assert paged == [one["id"] for one in every_item(reader, 200, sort=sort)]


def test_a_page_stays_where_it_is_when_somebody_comes_in_before_it(registry: Bed) -> None:
    maker, checker = program(registry, "hr.hanoi"), program(registry, "approver.hanoi")
    first = maker.get("/officials?limit=5").json
    carry_out(maker, checker, [newcomer(full_name="Trần Thị Ái")])
    second = maker.get("/officials", query_string={"limit": 5, "cursor": first["next_cursor"]}).json
    assert not {one["id"] for one in first["items"]} & {one["id"] for one in second["items"]}


@pytest.mark.parametrize("sort", ["-name", "birth_date", "next_step", "retirement"])
def test_a_cursor_of_another_order_is_no_cursor(reader: Program, sort: str) -> None:
    cursor = reader.get("/officials?limit=2").json["next_cursor"]
    reply = reader.get("/officials", query_string={"limit": 2, "sort": sort, "cursor": cursor})
    assert (reply.status_code, reply.json["errors"][0]["code"]) == (400, "bad_cursor")


def test_counting_stops_at_a_thousand_unless_asked_exactly(registry: Bed) -> None:
    with registry.session() as session:
        session.execute(
            sa.text("""
            INSERT INTO official (personal_id, change_id)
            SELECT '0999' || lpad(n::text, 8, '0'), (SELECT min(id) FROM change)
            FROM generate_series(1, 1200) n""")
        )
        session.execute(
            sa.text("""
            INSERT INTO official_current (official_id, uid, personal_id, full_name, birth_date,
                birth_date_precision, sex, org_ord, in_headcount, party)
            SELECT o.id, o.uid, o.personal_id, 'Người Đếm', '1990-01-01', 'day', 'nam',
                (SELECT ord FROM organization WHERE code = 'H26'), false, false
            FROM official o WHERE o.personal_id LIKE '0999%'""")
        )
    reader = program(registry, "hr.hanoi")
    assert reader.get("/officials").json["count"] == {"value": 1000, "exact": False}
    exact = reader.get("/officials?count=exact").json["count"]
    assert exact["exact"] is True
    assert exact["value"] == registry.scalar("""SELECT count(*) FROM official_current c
        JOIN organization o ON o.code = 'H26' AND c.org_ord BETWEEN o.ord AND o.last""")
    assert reader.get("/officials?q=nguoi+dem").json["count"] == {"value": 1000, "exact": False}


def test_lists_and_records_take_few_statements(demo: Bed, reader: Program) -> None:
    some = reader.get("/officials?limit=1").json["items"][0]["id"]
    reader.get(f"/officials/{some}")
    for path, most in (
        ("/officials", 5),
        ("/officials?q=nguyen+van&limit=200", 7),
        ("/officials?organization=H26-SNV&status=dang_lam_viec", 6),
        ("/officials?as_of=2026-01-01&limit=200", 5),
        (f"/officials/{some}", 6),
        (f"/officials/{some}?as_of=2025-01-01", 6),
    ):
        with statements() as sent:
            assert reader.get(path).status_code == 200
        counted = [one for one in sent if "SET LOCAL" not in one]
        assert len(counted) <= most, (path, counted)


def test_the_list_made_from_facts_equals_the_present_rows(demo: Bed, reader: Program) -> None:
    with demo.session() as session:
        now = clock(session).isoformat()
    present = every_item(reader, 200)
    told = every_item(reader, 200, known_at=now)
    unlike = ("next_step_on", "retirement_on")  # of another day they are not known without their own facts
    assert [{name: one[name] for name in one if name not in unlike} for one in told] == [
        {name: one[name] for name in one if name not in unlike} for one in present
    ]


def test_filters_keep_what_they_say(demo: Bed, reader: Program) -> None:
    everybody = every_item(reader, 200)
    for name, values in {"rank": 2, "status": 1, "category": 2, "position": 2}.items():
        keys = sorted({one[name] for one in everybody if one[name]})[:values]
        kept = every_item(reader, 200, **{name: ",".join(keys)})
        assert kept == [one for one in everybody if one[name] in keys], name
    inside = every_item(reader, 200, organization="H26-SNV")
    assert {one["organization"]["code"][:7] for one in inside} <= {"H26-SNV"}
    alone = every_item(reader, 200, organization="H26-SNV", subtree="false")
    assert {one["organization"]["code"] for one in alone} <= {"H26-SNV"}
    assert reader.get("/officials?organization=KHONG-CO").status_code == 422
    due = every_item(reader, 200, retirement_before="2035-01-01", sort="retirement")
    assert [one["retirement_on"] for one in due] == sorted(one["retirement_on"] for one in due)
    assert all(one["retirement_on"] <= "2035-01-01" for one in due)


def test_a_scope_shows_its_own_people_and_nobody_else(demo: Bed) -> None:
    inside = {one["id"] for one in every_item(program(demo, "hr.badinh"), 200)}
    hanoi = {one["id"] for one in every_item(program(demo, "hr.hanoi"), 200)}
    danang = {one["id"] for one in every_item(program(demo, "hr.danang"), 200)}
    assert inside <= hanoi
    assert not hanoi & danang
    assert len(every_item(program(demo, "auditor1"), 200)) == demo.scalar(
        "SELECT count(*) FROM official_current"
    )
    own = every_item(program(demo, "official1"), 200)
    assert len(own) == 1
    name, stranger = (
        demo.scalar(f"SELECT full_name FROM official_current WHERE official_id {which}")
        for which in (
            "= (SELECT official_id FROM app_user WHERE username = 'official1')",
            "= (SELECT official_id FROM app_user WHERE username = 'official2')",
        )
    )
    found = program(demo, "official1").get("/officials", query_string={"q": name}).json
    assert [one["full_name"] for one in found["items"]] == [name]
    assert program(demo, "official1").get("/officials", query_string={"q": stranger}).json["items"] == []


def test_reading_is_on_the_trail_with_who_was_shown(registry: Bed) -> None:
    reader = program(registry, "hr.hanoi")
    some = reader.get("/officials?limit=3&q=nguyen").json["items"][0]["id"]
    reader.get(f"/officials/{some}")
    told = program(registry, "auditor1").get(f"/officials/{some}/readers").json["items"][0]
    assert (told["action"], told["role"]) == ("official.read", "hr_officer")
    listed = registry.scalar(
        "SELECT detail FROM audit_event WHERE action = 'official.list' ORDER BY id DESC LIMIT 1"
    )
    assert listed["filter"]["q"] == "nguyen"
    assert (
        registry.scalar("SELECT id FROM official WHERE uid = CAST(:uid AS uuid)", uid=some)
        in listed["officials"]
    )


def test_what_cannot_be_put_on_the_trail_is_not_shown(registry: Bed) -> None:
    reader = program(registry, "hr.hanoi")
    some = reader.get("/officials?limit=1").json["items"][0]["id"]
    with registry.session() as session:
        session.execute(sa.text("REVOKE INSERT ON audit_event FROM registry_web, registry_reader"))
    for path in (f"/officials/{some}", "/officials", f"/officials/{some}/forms/2c.pdf"):
        reply = reader.get(path)
        assert reply.status_code == 503, path
        assert some not in reply.text
