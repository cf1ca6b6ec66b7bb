"""What holds for every operation: who may, what is refused and how it is said, methods, odd input."""

import json
import re
import unicodedata
from collections.abc import Iterator
from itertools import product

import pytest
from conftest import Bed
from make import newcomer
from walk import PROBLEM, Contract, Places, Program, body, carry_out, hand_in, program, reads


@pytest.fixture(scope="module")
def contract(demo: Bed) -> Contract:
    return Contract(demo)


@pytest.fixture(scope="module")
def places(demo: Bed) -> Iterator[Places]:
    return Places.made_in(demo)


@pytest.fixture(scope="module")
def maker(demo: Bed) -> Program:
    return program(demo, "hr.hanoi")


def test_a_made_up_token_is_refused_by_its_name(demo: Bed) -> None:
    nobody = program(demo)
    nobody.token = "cbccvc_made-up"
    assert nobody.get("/me").json["type"].endswith("/bad_token")


def test_unknown_query_parameters_are_refused_by_every_operation(
    demo: Bed, contract: Contract, places: Places
) -> None:
    clients = {
        name: program(demo, name)
        for name in ("hr.hanoi", "approver.hanoi", "auditor1", "admin1", "official1")
    }
    held = {name: set(client.get("/me").json["permissions"]) for name, client in clients.items()}
    for template, operations in contract.document["paths"].items():
        for method, one in operations.items():
            wanted = one["x-permission"]
            client = next(
                clients[name] for name in clients if wanted in held[name] or wanted == "public:page:read"
            )
            path = places.fill(template)
            reply = client._call(method.upper(), f"{path}{'&' if '?' in path else '?'}khong_co=1")
            assert reply.status_code == 400, (method, path, reply.text)
            assert [error["code"] for error in reply.json["errors"]] == ["unknown_parameter"]
            assert reply.json["errors"][0]["path"] == "query/khong_co"


def test_unknown_properties_of_a_body_are_refused(demo: Bed, maker: Program, places: Places) -> None:
    checker, admin = program(demo, "approver.hanoi"), program(demo, "admin1")
    tag = {"If-Match": '"1"'}
    for client, method, path in (
        (maker, "POST", "/changes"),
        (maker, "POST", f"/changes/{places.change}/submit"),
        (maker, "PUT", f"/changes/{places.change}"),
        (maker, "POST", f"/changes/{places.change}/withdraw"),
        (checker, "POST", f"/changes/{places.change}/approve"),
        (checker, "POST", f"/changes/{places.change}/return"),
        (checker, "POST", f"/changes/{places.change}/reject"),
        (maker, "POST", f"/imports/{places.imported}/submit"),
        (maker, "POST", f"/imports/{places.imported}/undo"),
        (maker, "POST", "/exports"),
        (maker, "POST", "/reports"),
        (maker, "POST", "/law/regrade"),
        (admin, "POST", "/users"),
        (admin, "PATCH", "/users/hr.hanoi"),
        (admin, "POST", "/users/hr.hanoi/grants"),
        (admin, "POST", "/users/hr.hanoi/tokens"),
        (admin, "POST", "/users/hr.hanoi/recovery"),
        (maker, "POST", "/tokens"),
        (maker, "PUT", "/me/password"),
    ):
        reply = client._call(method, path, json={"khong_co": 1}, headers=tag)
        assert reply.status_code == 400, (path, reply.text)
        assert "unknown_field" in [error["code"] for error in reply.json["errors"]], path


def test_other_methods_are_405_with_the_right_ones_named(
    contract: Contract, maker: Program, places: Places
) -> None:
    for template, operations in contract.document["paths"].items():
        allowed = {method.upper() for method in operations}
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
            reply = maker._call(method, places.fill(template))
            assert reply.status_code == 405, (method, template)
            assert allowed <= {one.strip() for one in reply.headers["Allow"].split(",")}
            assert reply.content_type == PROBLEM


def test_bodies_that_are_no_json_objects_are_told_so(maker: Program) -> None:
    for sent, status in (
        ('{"decision": ', 400),
        ("[1, 2]", 422),
        ('"chuỗi"', 422),
        ("NaN", 400),
        ("[" * 100_000, 400),
        ('{"note": "\\ud800"}', 400),
        ('{"note": "a", "note": "b"}', 400),
        ('{"operations": [{"action": "end", "action": "register"}]}', 400),
    ):
        reply = maker.post("/changes", data=sent.encode(), content_type="application/json")
        assert reply.status_code == status, (sent[:20], reply.text)
    assert (
        maker.post("/changes", data="a=1", content_type="application/x-www-form-urlencoded").status_code
        == 415
    )
    assert maker.post("/files", json={}).status_code == 415


def test_whatever_is_searched_for_finds_something_or_nothing_and_is_never_an_error(
    demo: Bed, places: Places, contract: Contract
) -> None:
    """Words that fold to nothing, signs that mean something to LIKE and to full-text search, many words, very long ones."""
    odd = (
        "%20",
        "%CC%81",
        "%CC%81%20%CC%A3",
        "%25",
        "_",
        "%5C",
        "%5C%25",
        "%26",
        "%7C",
        "!",
        ":*",
        "(",
        "'",
        '"',
        "%2B-%2B",
    )
    odd += ("a" * 200, "%20".join("abcdefgh" * 12), "%C4%90%E1%BA%B7ng", "%F0%9F%98%80", "0", "001190")
    asking = [program(demo, one) for one in ("auditor1", "hr.hanoi", "admin1")]
    reached = set()
    asked = {
        template
        for template, operations in contract.document["paths"].items()
        if any(one["name"] == "q" for one in operations.get("get", {}).get("parameters", ()))
    }
    assert {"/api/v1/organizations", "/api/v1/officials", "/api/v1/fields"} <= asked
    for template, word in product(sorted(asked), odd):
        path = places.fill(template)
        statuses = {who.get(f"{path}{'&' if '?' in path else '?'}q={word}").status_code for who in asking}
        assert statuses <= {200, 400, 403, 422}, (path, word)
        if 200 in statuses:
            reached.add(template)
    assert reached == asked


def test_no_day_is_too_early_or_too_late_for_an_answer_that_is_not_an_error_of_ours(
    demo: Bed, places: Places, contract: Contract
) -> None:
    """Years that the clock of a program cannot add to, or take from, in every parameter that is a day."""
    auditor, asked = program(demo, "auditor1"), 0
    for template, operations in contract.document["paths"].items():
        days = [
            one["name"]
            for one in operations.get("get", {}).get("parameters", ())
            if one["in"] == "query" and one["schema"].get("format") == "date"
        ]
        for name, day in product(days, ("0001-01-01", "9999-12-31")):
            path = re.sub(rf"(?<=[?&]){name}=[^&]*&?", "", places.fill(template))
            asked += 1
            told = auditor.get(f"{path}{'&' if '?' in path else '?'}{name}={day}")
            assert told.status_code in (200, 400, 403, 404, 422), (path, name, day, told.text)
    assert asked > 60


def test_a_number_is_no_text(maker: Program, places: Places) -> None:
    for number in ("1", "1.5", "-4.5e246"):
        sent = f'{{"decision": {{"number": {number}, "issued_on": "2026-11-25"}}, "operations": [], "note": {number}}}'
        reply = maker.post("/changes", data=sent.encode(), content_type="application/json")
        told = {one["path"]: one["code"] for one in reply.json["errors"]}
        assert (told["decision/number"], told["note"]) == ("type", "type"), (number, told)


def test_odd_values_are_refused_and_never_an_error_of_ours(demo: Bed, maker: Program, places: Places) -> None:
    admin, auditor = program(demo, "admin1"), program(demo, "auditor1")
    strange = [
        "%00",
        "a%00b",
        "9" * 40,
        "%F0%9F%98%80",
        "%25",
        "_",
        "'",
        "--",
        "..%2F..",
        "x" * 300,
        "%EF%BF%BF",
    ]
    for word in strange:
        for path in (
            "/officials/",
            "/changes/",
            "/imports/",
            "/files/",
            "/exports/",
            "/reports/",
            "/jobs/",
            "/organizations/",
            "/catalogues/",
            "/fact-kinds/",
        ):
            assert maker.get(path + word).status_code in (404, 422, 308), path + word
        for path in (
            "/officials?q=",
            "/officials?organization=",
            "/officials?cursor=",
            "/officials?as_of=",
            "/organizations?q=",
            "/organizations?cursor=",
            "/organizations?parent=",
            "/catalogues/ranks?cursor=",
            "/changes?cursor=",
            "/changes?organization=",
            "/law/pay?step=1&rank=",
            "/law/retirement?sex=nu&birth_date=",
            "/statistics?where=",
            "/statistics?organization=",
            "/statistics?known_at=",
            f"/imports/{places.imported}/errors?code=",
            f"/imports/{places.imported}/errors?cursor=",
        ):
            assert maker.get(path + word).status_code in (200, 400, 404, 422), path + word
        assert admin.get(f"/users?q={word}").status_code in (200, 400, 422)
        assert auditor.get(f"/audit/entries?actor={word}&object={word}&action={word}").status_code in (
            200,
            400,
            422,
        )
    for sent in (
        {"username": "a\x00", "password": "x"},
        {"username": ["a"], "password": {}},
        {"username": "hr.hanoi"},
    ):
        assert program(demo).post("/tokens", json=sent).status_code in (401, 422)
    huge = {"action": "correct", "official": places.official, "kind": "salary", "fact_id": 10**30, "step": 2}
    assert maker.post("/changes", json=body([huge])).status_code == 422


def test_problems_say_what_is_wrong_in_the_language_asked_for(maker: Program) -> None:
    vietnamese = maker.get("/officials/khong-co").json
    english = maker.get(
        "/officials/khong-co", headers={"Accept-Language": "en-GB, vi;q=0.5", "X-Request-Id": "toi-hoi-1"}
    ).json
    assert set(vietnamese) == {"type", "title", "status", "detail", "errors", "request_id"}
    assert (vietnamese["detail"], english["detail"]) == (
        "Không có nội dung này, hoặc bạn không được xem.",
        "This is not here, or not yours to see.",
    )
    assert english["request_id"] == "toi-hoi-1"


def test_addresses_that_do_not_exist_are_problems_too(demo: Bed) -> None:
    reply = demo.api("hr.hanoi").get("/khong-co-dia-chi-nay")
    assert (reply.status_code, reply.content_type) == (404, PROBLEM)


def test_pages_hold_to_their_limits(maker: Program) -> None:
    assert maker.get("/officials?limit=201").status_code == 400
    assert maker.get("/officials?limit=0").status_code == 400
    assert maker.get("/officials?cursor=khong-phai").status_code == 400
    assert maker.get("/officials?q=a&q=b").status_code == 400
    assert len(maker.get("/organizations?limit=200").json["items"]) == 200


def test_text_sent_decomposed_is_kept_and_found_composed(registry: Bed) -> None:
    maker, checker = program(registry, "hr.hanoi"), program(registry, "approver.hanoi")
    loose = unicodedata.normalize("NFD", "Đặng Thị Ngọc Ánh")
    assert loose != "Đặng Thị Ngọc Ánh"
    operation = newcomer(full_name=f"  {loose} ")
    sent = hand_in(maker, [operation], title=unicodedata.normalize("NFD", "Quyết định tuyển dụng"))
    assert json.dumps(sent.json, ensure_ascii=False) == unicodedata.normalize(
        "NFC", json.dumps(sent.json, ensure_ascii=False)
    )
    assert sent.json["decision"]["title"] == "Quyết định tuyển dụng"
    carry_out(maker, checker, [newcomer(full_name=loose)])
    found = maker.get("/officials", query_string={"q": loose}).json["items"]
    assert [one["full_name"] for one in found] == ["Đặng Thị Ngọc Ánh"]
    assert registry.scalar("SELECT count(*) FROM fact_identity WHERE full_name = 'Đặng Thị Ngọc Ánh'") == 1


def test_every_list_tells_how_many_there_are_and_how_to_go_on(
    demo: Bed, contract: Contract, places: Places
) -> None:
    for template in reads(contract):
        content = contract.document["paths"][template]["get"]["responses"]["200"]["content"]
        schema = content.get("application/json", {}).get("schema", {})
        if "items" in schema.get("properties", {}):
            assert {"items", "next_cursor", "count"} <= set(schema["required"]), template
    auditor = program(demo, "auditor1")
    auditor.get(f"/officials/{places.official}")
    for path in (
        f"/officials/{places.official}/history",
        f"/officials/{places.official}/readers",
        "/changes",
        "/imports",
    ):
        page = auditor.get(f"{path}?count=exact&limit=200").json
        assert page["count"] == {"value": len(page["items"]), "exact": True}, path
        first = auditor.get(f"{path}?limit=1").json
        assert first["count"] == page["count"], path
        assert (first["next_cursor"] is None) == (len(page["items"]) <= 1)
