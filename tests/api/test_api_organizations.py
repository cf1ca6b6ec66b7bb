"""Units, their past and their posts; code lists by date; kinds of facts; the questions to the law."""

import pytest
from conftest import TODAY, Bed
from make import newcomer
from walk import Program, carry_out, program

from registry.officials.facts import FACTS
from registry.organizations.queries import search
from registry.periods import AsOf


@pytest.fixture(scope="module")
def reader(demo: Bed) -> Program:
    return program(demo, "statistician1")


def test_units_are_found_by_words_code_and_parent(demo: Bed, reader: Program) -> None:
    found = reader.get("/organizations?q=noi+vu+so&limit=200").json["items"]
    assert "H26-SNV" in {one["code"] for one in found}
    assert all("Nội vụ" in one["name"] for one in found)
    assert [one["code"] for one in reader.get("/organizations?q=h26-snv").json["items"]] == ["H26-SNV"]
    inside = reader.get("/organizations?parent=H26-SNV&limit=200").json
    assert inside["items"] == reader.get("/organizations/H26-SNV/children?limit=200").json["items"]
    assert {one["parent"] for one in inside["items"]} == {"H26-SNV"}
    assert (
        reader.get("/organizations?parent=H26-SNV&q=cong+chuc").json["count"]["value"]
        < inside["count"]["value"]
    )
    assert reader.get("/organizations?parent=KHONG-CO").status_code == 422


def test_signs_without_a_letter_find_nothing_and_break_nothing(demo: Bed, reader: Program) -> None:
    people = program(demo, "hr.hanoi")
    for signs in ("---", "…", "?!", "\u0301", "'"):
        for who, path in ((reader, "/organizations"), (people, "/officials")):
            found = who.get(path, query_string={"q": signs})
            assert (found.status_code, found.json["items"]) == (200, []), (path, signs)
        with demo.session() as session:
            assert search(session, signs, AsOf(TODAY)) == [], signs


def test_the_whole_list_comes_in_pages_each_unit_once(demo: Bed, reader: Program) -> None:
    codes, cursor = [], None
    while cursor is not None or not codes:
        page = reader.get(
            "/organizations",
            query_string={"parent": "H26", "limit": 60} | ({"cursor": cursor} if cursor else {}),
        ).json
        codes += [one["code"] for one in page["items"]]
        cursor = page["next_cursor"]
    under = demo.scalar("""SELECT count(*) FROM organization_version v
        JOIN organization p ON p.id = v.parent_id
        WHERE p.code = 'H26' AND v.recorded_to IS NULL AND v.valid_from <= '2026-11-25'
        AND (v.valid_to IS NULL OR v.valid_to > '2026-11-25')""")
    assert len(codes) == len(set(codes)) == under
    assert reader.get("/organizations").json["count"] == {"value": 1000, "exact": False}
    assert reader.get("/organizations?count=exact").json["count"]["exact"] is True


def test_a_merged_province_is_told_with_its_time_and_its_heir(reader: Program) -> None:
    found = reader.get("/organizations?q=uy+ban+nhan+dan+tinh+ha+nam&as_of=2024-01-01").json["items"]
    code = next(one["code"] for one in found if one["name"] == "Ủy ban nhân dân tỉnh Hà Nam")
    today = reader.get(f"/organizations/{code}").json
    assert (today["in_force"], today["ended_on"], today["path"]) == (False, "2025-07-01", [])
    then = reader.get(f"/organizations/{code}?as_of=2025-06-30").json
    assert then["in_force"] is True
    assert then["path"][0]["code"] == "VN"
    heirs = reader.get(f"/organizations/{code}/successors").json
    assert [one["on"] for one in heirs["items"]] == ["2025-07-01"]
    back = reader.get(f"/organizations/{heirs['items'][0]['code']}/successors").json
    assert code in {one["code"] for one in back["predecessors"]}
    assert code not in {one["code"] for one in reader.get("/organizations?q=ha+nam").json["items"]}
    assert reader.get(f"/organizations/{code}/history").json["items"][0]["valid_to"] == "2025-07-01"
    assert reader.get("/organizations/KHONG-CO").status_code == 404


def test_posts_are_counted_alike_for_everybody_and_name_nobody(registry: Bed) -> None:
    maker, checker = program(registry, "hr.hanoi"), program(registry, "approver.hanoi")
    path, post = "/organizations/H26-SNV-CCVC/positions", "Chuyên viên về quản lý nhân sự"
    before = maker.get(path).json
    title = next((one["title"] for one in before["items"] if not one["leading"]), post)
    operation = newcomer(full_name="Ngô Không Tên")
    operation["facts"][1]["job_position"] = title
    carry_out(maker, checker, [operation])
    after = maker.get(path)
    was, now = (next(one for one in page["items"] if one["title"] == title) for page in (before, after.json))
    assert (now["filled"], now["quota"]) == (was["filled"] + 1, was["quota"])
    assert now["vacant"] == max(now["quota"] - now["filled"], 0)
    assert after.json["total"]["quota"] == sum(one["quota"] for one in after.json["items"])
    assert "Ngô Không Tên" not in after.text
    for name in ("hr.danang", "admin1", "statistician1", "official2"):
        assert program(registry, name).get(path).json == after.json, name
    earlier = maker.get(f"{path}?as_of=2019-12-31").json
    assert next((one["filled"] for one in earlier["items"] if one["title"] == title), 0) <= was["filled"]
    assert maker.get(f"{path}?as_of=2026-11-24").json["total"]["filled"] == after.json["total"]["filled"]


def test_code_lists_are_those_of_the_day(reader: Program) -> None:
    assert {"ranks", "base_salary", "provinces"} <= {
        one["name"] for one in reader.get("/catalogues").json["items"]
    }
    for day, amount in (
        ("2023-06-30", "1490000"),
        ("2023-07-01", "1800000"),
        ("2024-07-01", "2340000"),
        ("2026-11-25", "2530000"),
    ):
        items = reader.get(f"/catalogues/base_salary?as_of={day}").json["items"]
        assert [one["extra"]["amount_vnd"] for one in items] == [amount]
    communes = reader.get("/catalogues/communes?limit=200").json
    following = reader.get(
        "/catalogues/communes", query_string={"limit": 200, "cursor": communes["next_cursor"]}
    ).json
    assert communes["count"]["value"] == 3321
    assert not {one["key"] for one in communes["items"]} & {one["key"] for one in following["items"]}
    assert reader.get("/catalogues/khong-co").status_code == 404


def test_every_kind_of_fact_is_described_from_its_declaration(reader: Program) -> None:
    assert [one["kind"] for one in reader.get("/fact-kinds").json["items"]] == list(FACTS)
    for kind in FACTS.values():
        schema = reader.get(f"/fact-kinds/{kind.name}").json
        assert schema["title"] == kind.label.vi
        assert schema["x-group"]["number"] in range(1, 11)
        assert schema["x-maintained-by"] == kind.maintained_by
        assert list(schema["properties"])[2:] == [one.name for one in kind.fields]
        assert {
            name: one.get("x-catalogue") for name, one in schema["properties"].items() if "x-catalogue" in one
        } == {one.name: one.catalogue for one in kind.coded()}
    assert reader.get("/fact-kinds/khong-co").status_code == 404


# Questions to the law


def test_retirement_is_answered_for_full_and_partial_birth_dates(reader: Program) -> None:
    for sex, born, on in (
        ("nam", "1966-09-15", "2028-09-30"),
        ("nu", "1975-03-09", "2034-11-30"),
        ("nam", "1964-05", "2025-08-31"),
        ("nu", "1990", "2050-01-31"),
    ):
        reply = reader.get("/law/retirement", query_string={"sex": sex, "birth_date": born}).json
        assert (reply["on"], bool(reply["why"][0]["source"])) == (on, True), born
    spelled = reader.get(
        "/law/retirement",
        query_string={"sex": "nu", "birth_date": '{"date": "1990-01-01", "precision": "year"}'},
    ).json
    assert (spelled["on"], spelled["birth_date"]) == (
        "2050-01-31",
        {"date": "1990-01-01", "precision": "year"},
    )
    for asked in (
        {"sex": "x", "birth_date": "1990"},
        {"sex": "nu"},
        {"sex": "nu", "birth_date": "31/02/1990"},
    ):
        assert reader.get("/law/retirement", query_string=asked).status_code == 400


def test_pay_is_the_sum_of_its_parts_by_the_tables_of_the_day(reader: Program) -> None:
    asked = {
        "rank": "01.002",
        "step": 8,
        "position_allowance": "0.7",
        "overrun_percent": 5,
        "reserve": "0.1",
        "on": "2026-07-01",
    }
    reply = reader.get("/law/pay", query_string=asked).json
    assert reply["coefficient"] == "6.78"
    assert [part["amount"] for part in reply["parts"]] == ["17153400", "1771000", "857670", "253000"]
    assert reply["amount"] == "20035070" == str(sum(int(part["amount"]) for part in reply["parts"]))
    assert (
        reader.get("/law/pay", query_string=asked | {"on": "2026-06-30"}).json["parts"][0]["amount"]
        == "15865200"
    )
    for asked_wrongly, status in (
        ({"rank": "99.999", "step": 1}, 422),
        ({"rank": "01.003", "step": 12}, 422),
        ({"rank": "01.003"}, 400),
        ({"rank": "01.003", "step": 1, "position_allowance": "nan"}, 400),
        ({"rank": "01.003", "step": 1, "on": "1990-01-01"}, 422),
    ):
        assert reader.get("/law/pay", query_string=asked_wrongly).status_code == status, asked_wrongly


def test_terms_pass_over_weekends_and_holidays_and_say_so(reader: Program) -> None:
    def due(start: str, days: int) -> str:
        return str(reader.get("/law/deadline", query_string={"from": start, "days": days}).json["on"])

    assert (due("2026-11-25", 5), due("2026-11-27", 1), due("2026-11-28", 1), due("2026-11-25", 0)) == (
        "2026-12-02",
        "2026-11-30",
        "2026-11-30",
        "2026-11-25",
    )
    assert due("2026-02-13", 1) == "2026-02-23", "Tết"
    assert due("2026-08-21", 1) == "2026-08-22", "a Saturday worked in exchange"
    assert due("2026-08-28", 1) == "2026-09-03", "National Day with the day exchanged"
    unknown = reader.get("/law/deadline?from=2031-04-29&days=1").json
    assert unknown["on"] == "2031-04-30"
    assert any("Chưa có danh mục ngày nghỉ lễ năm 2031" in one["text"] for one in unknown["why"])


def test_moving_to_another_rank_goes_by_coefficient_and_overrun(reader: Program) -> None:
    def asked(**more: object) -> dict[str, object]:
        reply = reader.post(
            "/law/regrade",
            json={"rank": "01.003", "step": 9, "since": "2020-01-01", "to_rank": "01.002", "on": "2026-11-01"}
            | more,
        )
        assert reply.status_code == 200, reply.text
        return {
            name: reply.json[name] for name in ("step", "coefficient", "counts_from", "next_on", "reserve")
        }  # type: ignore[no-any-return]

    assert asked(overrun_percent=5) == {  # 4.98 + 0.25 = 5.23 → 5.42; the gain 0.19 is below the gap 0.33
        "step": 4,
        "coefficient": "5.42",
        "counts_from": "2020-01-01",
        "next_on": "2023-01-01",
        "reserve": "0",
    }
    assert asked(step=1, since="2025-01-01") == {  # 2.34 is below step 1 (4.40): it counts from the decision
        "step": 1,
        "coefficient": "4.40",
        "counts_from": "2026-11-01",
        "next_on": "2029-11-01",
        "reserve": "0",
    }
    assert asked(rank="01.002", step=8, to_rank="01.003")["reserve"] == "1.80"
    assert reader.post("/law/regrade", json={"rank": "01.003"}).status_code == 422
