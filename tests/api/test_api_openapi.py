"""The API's own description: it is valid OpenAPI, complete, and true of what the API really answers."""

from collections.abc import Iterator

import pytest
from conftest import Bed
from make import confirmed, newcomer
from openapi_spec_validator import OpenAPIV31SpecValidator
from walk import Contract, Places, body, decide, hand_in, program, reads, register

from registry.access.permissions import Permission, Whose


@pytest.fixture(scope="module")
def contract(demo: Bed) -> Contract:
    return Contract(demo)


@pytest.fixture(scope="module")
def places(demo: Bed) -> Iterator[Places]:
    return Places.made_in(demo)


def test_document_is_valid_openapi_and_names_a_permission_for_every_operation(contract: Contract) -> None:
    OpenAPIV31SpecValidator(contract.document).validate()
    names = []
    for path, operations in contract.document["paths"].items():
        for method, one in operations.items():
            assert one["x-permission"] in set(Permission), (method, path)
            assert one["x-scope"] in set(Whose), (method, path)
            assert one["summary"].count(" / ") == 1, path
            assert ("If-Match" in str(one["parameters"])) <= (method in ("post", "put", "patch", "delete"))
            names.append(one["operationId"])
    assert len(names) == len(set(names)), sorted(name for name in set(names) if names.count(name) > 1)


def test_every_route_of_the_api_is_described(demo: Bed, contract: Contract) -> None:
    described = {
        (path, method.upper())
        for path, operations in contract.document["paths"].items()
        for method in operations
    }
    for rule in demo.app.url_map.iter_rules():
        if rule.rule.startswith("/api/v1/") and rule.endpoint.split(".")[0] != "openapi":
            template = "".join(
                f"{{{part}}}" if is_dynamic else part for is_dynamic, part in rule._trace
            ).replace("|", "")
            assert {(template, method) for method in rule.methods - {"HEAD", "OPTIONS"}} <= described


def test_every_read_answers_as_described(demo: Bed, contract: Contract, places: Places) -> None:
    clients = {name: program(demo, name) for name in ("auditor1", "admin1", "hr.hanoi", "official1")}
    for template in reads(contract):
        wanted = contract.document["paths"][template]["get"]["x-permission"]
        path = places.fill(template)
        answered = [
            client.get(path).status_code
            for client in clients.values()
            if wanted in client.get("/me").json["permissions"]
        ]
        assert 200 in answered, (path, answered)


def test_reads_on_both_clocks_pages_and_filters_answer_as_described(demo: Bed, places: Places) -> None:
    auditor, maker = program(demo, "auditor1"), program(demo, "hr.hanoi")
    for path in (
        "/officials?as_of=2026-06-30",
        "/officials?known_at=2026-10-01T00:00:00Z&sort=birth_date&count=exact&limit=3",
        f"/officials/{places.official}?as_of=2020-01-01",
        "/organizations?q=so+noi+vu&as_of=2024-01-01",
        "/catalogues/communes?limit=3",
        "/statistics?by=ministry_or_province,sex&measures=headcount,mean_coefficient,women_share",
        "/audit/entries?limit=2&actor=hr.hanoi",
        "/statistics?organization=H26&by=unit,age_band&where=sex:nu&where=party:yes&tree=today",
        "/changes?status=draft,submitted",
    ):
        assert auditor.get(path).status_code == 200, path
    assert maker.get(f"/imports/{places.imported}/errors?severity=error&limit=1").json["items"]
    assert maker.get(f"/imports/{places.imported}/rows?outcome=rejected").json["items"]
    assert maker.get("/officials?as_of=1950-01-01").json["items"] == []


def test_the_story_of_a_change_answers_as_described(registry: Bed) -> None:
    maker, checker = program(registry, "hr.hanoi"), program(registry, "approver.hanoi")
    record = register(maker, checker)
    draft = maker.post(
        "/changes",
        json=body([{"action": "amend", "official": record["id"], "personal": {"full_name": "Lê Ánh"}}]),
    )
    etag = {"If-Match": draft.headers["ETag"]}
    replaced = maker.put(f"/changes/{draft.json['id']}", json=body([newcomer()]), headers=etag)
    sent = maker.post(
        f"/changes/{draft.json['id']}/submit", json={}, headers={"If-Match": replaced.headers["ETag"]}
    )
    assert decide(checker, sent, "return", reason="Thiếu số hiệu").json["status"] == "returned"
    assert (
        decide(checker, hand_in(maker, [newcomer()]), "reject", reason="Trùng").json["status"] == "rejected"
    )
    waiting = hand_in(maker, [newcomer()])
    taken = maker.post(
        f"/changes/{waiting.json['id']}/withdraw", json={}, headers={"If-Match": waiting.headers["ETag"]}
    )
    assert taken.json["status"] == "withdrawn"


def test_a_program_with_narrow_scopes_gets_records_that_still_fit_the_description(registry: Bed) -> None:
    admin = program(registry, "admin1")
    admin.post(
        "/users",
        json={"username": "luong.hanoi", "password": "mat-khau-rat-dai", "display_name": "Phần mềm lương"},
    )
    admin.post("/users/luong.hanoi/grants", json={"role": "client", "organization": "H26"})
    confirmed(registry, "luong.hanoi")
    token = admin.post(
        "/users/luong.hanoi/tokens", json={"name": "lương", "scopes": ["officials:record:read"]}
    ).json["token"]
    confirmed(registry, "luong.hanoi")
    software = program(registry)
    software.token = token
    some = software.get("/officials?limit=1").json["items"][0]["id"]
    record = software.get(f"/officials/{some}").json
    assert "salary" in record["facts"]
    assert "birth_date" not in record["personal"]
    assert "family" not in record["facts"]
    assert software.get("/changes").status_code == 403
