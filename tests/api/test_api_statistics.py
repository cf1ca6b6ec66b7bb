"""Tables through the API: within whose bounds, in which form, on the trail; the trail; accounts, tokens."""

import csv
import io
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from conftest import PASSWORD, Bed
from make import confirmed, newcomer
from walk import Program, carry_out, hand_in, program

from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.measures import MEASURES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def counter(demo: Bed) -> Program:
    return program(demo, "statistician1")


def test_measures_and_dimensions_explain_themselves_with_their_source(counter: Program) -> None:
    measures, dimensions = (
        counter.get(f"/statistics/{name}").json["items"] for name in ("measures", "dimensions")
    )
    assert [one["id"] for one in measures] == list(MEASURES)
    assert [one["id"] for one in dimensions] == list(DIMENSIONS)
    assert all(one["definition"] and one["source"] and one["label"] for one in (*measures, *dimensions))
    assert {one["key"] for one in next(one for one in dimensions if one["id"] == "sex")["keys"]} == {
        "nam",
        "nu",
    }
    english = counter.get("/statistics/measures", headers={"Accept-Language": "en"}).json["items"]
    assert english[0]["label"] == MEASURES["headcount"].label.en


def test_the_nations_table_counts_everybody_in_post_once(demo: Bed, counter: Program) -> None:
    table = counter.get("/statistics?by=ministry_or_province,sex&measures=headcount,mean_coefficient").json
    present = demo.scalar("SELECT count(*) FROM official_current WHERE in_headcount")
    assert sum(row["headcount"] for row in table["rows"]) == table["total"]["headcount"] == present
    assert [column["id"] for column in table["columns"]] == [
        "ministry_or_province",
        "sex",
        "headcount",
        "mean_coefficient",
    ]
    hanoi = sum(row["headcount"] for row in table["rows"] if row["ministry_or_province"] == "H26")
    own = program(demo, "hr.hanoi").get("/statistics").json
    assert (own["organization"]["code"], own["total"]["headcount"]) == ("H26", hanoi)
    assert "full_name" not in counter.get("/statistics?by=unit&organization=H26").text


def test_whoever_works_for_a_part_of_the_state_counts_there_only(demo: Bed) -> None:
    hanoi = program(demo, "hr.hanoi")
    assert hanoi.get("/statistics?organization=H26-SNV&by=category").status_code == 200
    for code in ("H17", "VN", "G09"):
        assert hanoi.get(f"/statistics?organization={code}").status_code == 404
    assert hanoi.get("/statistics?organization=KHONG-CO").status_code == 422
    assert program(demo, "auditor1").get("/statistics?organization=H17").status_code == 200
    badinh = program(demo, "hr.badinh").get("/statistics?by=ministry_or_province").json
    assert badinh["organization"]["code"] == "H26-00004"


def test_a_table_comes_as_csv_and_as_a_workbook_with_the_same_figures(counter: Program) -> None:
    path = "/statistics?by=sex,age_band&measures=headcount,mean_coefficient"
    table = counter.get(path).json
    sheet = counter.get(path, headers={"Accept": "text/csv"})
    lines = list(csv.DictReader(io.StringIO(sheet.data.decode())))
    assert [
        {name: str(row[name] if row[name] is not None else "") for name in row} for row in table["rows"]
    ] == lines
    assert sheet.content_type == "text/csv; charset=utf-8"
    book = openpyxl.load_workbook(io.BytesIO(counter.get(path, headers={"Accept": XLSX}).data))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows[1:-1]] == [row["headcount"] for row in table["rows"]]
    assert rows[-1][2] == table["total"]["headcount"]
    assert table["columns"][2]["definition"] in {
        cell for row in book.worksheets[1].iter_rows(values_only=True) for cell in row
    }


def test_questions_with_slips_are_refused_with_every_flaw(counter: Program) -> None:
    reply = counter.get("/statistics?measures=headcont&by=sexx&where=rank&as_of=2026-13-01&tree=then")
    assert reply.status_code == 422
    assert {error["path"] for error in reply.json["errors"]} == {"measures", "by", "where", "as_of", "tree"}
    assert counter.get("/statistics?where=sex:x").status_code == 422


def test_a_table_is_on_the_trail_with_what_was_asked(registry: Bed) -> None:
    program(registry, "hr.hanoi").get("/statistics?by=religion&where=sex:nu")
    detail = registry.scalar("SELECT detail FROM audit_event WHERE action = 'statistics.read'")
    assert detail["asked"] == {"by": "religion", "where": ["sex:nu"], "organization": "H26"}
    with registry.session() as session:
        session.execute(sa.text("REVOKE INSERT ON audit_event FROM registry_web"))
    assert program_without_trail(registry) == 503


def program_without_trail(bed: Bed) -> int:
    """The status of a table read while the trail cannot be written, by a session that was open before."""
    token = "cbccvc_made-before"
    with bed.session() as session:
        session.execute(
            sa.text("""INSERT INTO api_token (token_hash, user_id, name, expires_at)
            SELECT sha256(convert_to(:token, 'UTF8')), id, 'x', now() + interval '1 hour' FROM app_user
            WHERE username = 'auditor1'"""),
            {"token": token},
        )
    client = program(bed)
    client.token = token
    return client.get("/statistics").status_code  # type: ignore[no-any-return]


# The trail


def entries(auditor: Program, **asked: Any) -> list[dict[str, Any]]:
    named = {"since": "from", "until": "to"}
    return auditor.get("/audit/entries", query_string={named.get(k, k): v for k, v in asked.items()}).json[
        "items"
    ]  # type: ignore[no-any-return]


def test_the_trail_is_searched_by_who_what_which_and_when(registry: Bed) -> None:
    maker, checker, auditor = (program(registry, name) for name in ("hr.hanoi", "approver.hanoi", "auditor1"))
    operation = newcomer()
    change = carry_out(maker, checker, [operation]).json
    number = operation["personal"]["personal_id"]
    maker.get(f"/officials/{number}")
    assert [one["action"] for one in entries(auditor, object=change["id"])] == [
        "change.approve",
        "change.submit",
        "change.draft",
    ]
    assert entries(auditor, object=change["number"])[0]["username"] == "approver.hanoi"
    of_person = entries(auditor, object=number)
    assert [one["action"] for one in of_person] == ["official.read", "official.apply"]
    assert {one["official"]["name"] for one in of_person} == {"Phạm Thị Thử"}
    assert {one["username"] for one in entries(auditor, actor="hr.hanoi")} == {"hr.hanoi"}
    assert {
        one["action"] for one in entries(auditor, action="change.draft,change.submit", actor="tran thu ha")
    } == {"change.draft", "change.submit"}
    today = entries(auditor, actor="hr.hanoi")[0]["at"][:10]
    assert entries(auditor, since="2000-01-01", until="2000-01-02") == []
    assert auditor.get(f"/audit/entries?from={today}&to={today}").status_code == 400, (
        "[from, to) holds no day"
    )
    assert entries(auditor, action="trail.read")[0]["action"] == "trail.read", "reading it is on it"


def test_the_trail_comes_in_whole_pages_newest_first(registry: Bed) -> None:
    maker, auditor = program(registry, "hr.hanoi"), program(registry, "auditor1")
    for _ in range(3):
        hand_in(maker, [newcomer()])
    ids, cursor = [], None
    while cursor is not None or not ids:
        page = auditor.get(
            "/audit/entries",
            query_string={"limit": 4, "actor": "hr.hanoi"} | ({"cursor": cursor} if cursor else {}),
        ).json
        ids += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert ids == sorted(set(ids), reverse=True)
    assert len(ids) == page["count"]["value"]


# Accounts, rights, tokens


@pytest.fixture
def admin(registry: Bed) -> Program:
    return program(registry, "admin1")


NEW = {"username": "hr.moi", "password": "mot-mat-khau-dai", "display_name": "Trần Văn Mới"}


def test_an_account_has_no_right_until_one_is_granted_and_loses_it_at_once(
    registry: Bed, admin: Program
) -> None:
    made = admin.post("/users", json=NEW)
    assert (made.status_code, made.json["grants"], made.headers["Location"]) == (
        201,
        [],
        "/api/v1/users/hr.moi",
    )
    newly = program(registry)
    newly.token = newly.post("/tokens", json={"username": "hr.moi", "password": NEW["password"]}).json[
        "token"
    ]
    assert newly.get("/officials").status_code == 403
    granted = admin.post("/users/hr.moi/grants", json={"role": "hr_officer", "organization": "H26-SNV"})
    grant = granted.json["grants"][0]
    assert (grant["role"], grant["organization"]["code"], grant["in_force"], grant["waits"]) == (
        "hr_officer",
        "H26-SNV",
        False,
        True,
    )
    assert newly.get("/officials").status_code == 403
    confirmed(registry, "hr.moi")
    assert newly.get("/officials").status_code == 200
    path = f"/users/hr.moi/grants/{grant['id']}"
    assert admin.delete(path).status_code == 428
    assert admin.delete(path, headers={"If-Match": made.headers["ETag"]}).status_code == 412
    present = {"If-Match": admin.get("/users/hr.moi").headers["ETag"]}
    assert admin.delete(path, headers=present).status_code == 204
    assert newly.get("/officials").status_code == 403
    ended = admin.get("/users/hr.moi")
    assert (ended.json["grants"][0]["valid_from"], ended.json["grants"][0]["valid_to"]) == (
        "2026-11-25",
        "2026-11-25",
    )
    assert admin.delete(path, headers={"If-Match": ended.headers["ETag"]}).status_code == 409, (
        "an end is not moved"
    )
    actions = [
        one["action"]
        for one in entries(
            program(registry, "auditor1"),
            object="hr.moi",
            action="user.create,grant.create,grant.confirm,grant.end",
        )
    ]
    assert actions == ["grant.end", "grant.confirm", "grant.create", "user.create"]


def test_a_closed_account_is_shut_out_at_once(registry: Bed, admin: Program) -> None:
    reader = program(registry, "hr.danang")
    shown = admin.get("/users/hr.danang")
    assert admin.patch("/users/hr.danang", json={"active": False}).status_code == 428
    closed = admin.patch(
        "/users/hr.danang", json={"active": False}, headers={"If-Match": shown.headers["ETag"]}
    )
    assert closed.json["active"] is False
    assert reader.get("/me").status_code == 401
    assert (
        program(registry).post("/tokens", json={"username": "hr.danang", "password": PASSWORD}).status_code
        == 401
    )
    opened = admin.patch(
        "/users/hr.danang", json={"active": True}, headers={"If-Match": closed.headers["ETag"]}
    )
    assert opened.status_code == 200
    assert reader.get("/me").status_code == 401, "what had ended does not come back to life"
    own = admin.get("/users/admin1")
    assert (
        admin.patch(
            "/users/admin1", json={"active": False}, headers={"If-Match": own.headers["ETag"]}
        ).status_code
        == 409
    )


def test_wrong_accounts_and_grants_are_refused_and_nothing_is_made(registry: Bed, admin: Program) -> None:
    before = registry.counts()
    for changed, status in (
        ({"password": "ngan"}, 422),
        ({"username": "a b"}, 422),
        ({"display_name": " "}, 422),
        ({"display_name": 5}, 422),
        ({"username": "hr.hanoi"}, 409),
    ):
        assert admin.post("/users", json=NEW | changed).status_code == status, changed
    for sent in (
        {"role": "boss", "organization": "H26"},
        {"role": "hr_officer"},
        {"role": "hr_officer", "organization": "KHONG-CO"},
        {"role": "auditor", "valid_from": "2026-01-02", "valid_to": "2026-01-02"},
        {"role": ["auditor"]},
    ):
        assert admin.post("/users/hr.danang/grants", json=sent).status_code == 422, sent
    assert admin.post("/users/khong.co/grants", json={"role": "auditor"}).status_code == 404
    assert admin.post("/users/admin1/grants", json={"role": "auditor"}).status_code == 422, (
        "nobody grants to oneself"
    )
    assert registry.counts() == before


def test_accounts_are_listed_in_pages_and_found_by_name(admin: Program) -> None:
    everybody, cursor = [], None
    while cursor is not None or not everybody:
        page = admin.get("/users", query_string={"limit": 5} | ({"cursor": cursor} if cursor else {})).json
        everybody += [one["username"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert everybody == sorted(set(everybody))
    assert len(everybody) == page["count"]["value"]
    assert [one["username"] for one in admin.get("/users?q=tran+thu").json["items"]] == ["hr.hanoi"]
    assert "password" not in admin.get("/users").text


def test_a_programs_token_carries_its_scopes_is_shown_once_and_can_be_revoked(
    registry: Bed, admin: Program
) -> None:
    admin.post("/users", json=NEW | {"username": "phan.mem"})
    path, sent = (
        "/users/phan.mem/tokens",
        {"name": "lương", "scopes": ["officials:record:read", "fields:personal"], "days": 30},
    )
    assert admin.post(path, json=sent).json["type"] == "/api/v1/problems/not_a_program"
    admin.post("/users/phan.mem/grants", json={"role": "client", "organization": "H26-SNV"})
    assert admin.post(path, json=sent).json["type"] == "/api/v1/problems/not_a_program"
    confirmed(registry, "phan.mem")
    assert admin.post(path, json=sent | {"scopes": []}).status_code == 422
    assert admin.post(path, json=sent | {"scopes": ["changes:change:draft"]}).status_code == 422
    made = admin.post(path, json=sent, headers={"Idempotency-Key": "mã"})
    again = admin.post(path, json=sent, headers={"Idempotency-Key": "mã"})
    assert (made.status_code, again.status_code, again.json["type"]) == (
        201,
        409,
        "/api/v1/problems/shown_once",
    )
    assert made.json["token"] not in str(registry.scalar("SELECT array_agg(body) FROM idempotent_reply"))
    software = program(registry)
    software.token = made.json["token"]
    assert software.get("/me").status_code == 401, "it waits for the second administrator"
    confirmed(registry, "phan.mem")
    listed = software.get("/officials?limit=200").json["items"]
    assert listed
    assert {one["organization"]["code"][:7] for one in listed} == {"H26-SNV"}
    record = software.get(f"/officials/{listed[0]['id']}").json
    assert "birth_date" in record["personal"]
    assert "religion" not in record["personal"], "sensitive fields have their own scope"
    assert software.get("/statistics").status_code == 403, "not among the scopes"
    shown = admin.get(path).json["items"]
    assert [(one["name"], one["scopes"], one["live"]) for one in shown] == [
        ("lương", sorted(sent["scopes"]), True)
    ]
    assert admin.delete(f"{path}/{shown[0]['id']}").status_code == 204
    assert software.get("/me").status_code == 401
    assert admin.delete(f"{path}/{shown[0]['id']}").status_code == 409
    assert admin.post("/users/hr.hanoi/tokens", json=sent).status_code == 409, (
        "no token that acts as a person"
    )


def test_signing_in_is_counted_locked_and_never_tells_which_part_was_wrong(registry: Bed) -> None:
    nobody = program(registry)
    unknown = nobody.post("/tokens", json={"username": "khong.co", "password": "x"}).json
    answers = [nobody.post("/tokens", json={"username": "hr.moha", "password": "sai"}) for _ in range(5)]
    assert [one.status_code for one in answers] == [401] * 5
    assert answers[0].json["detail"] == unknown["detail"]
    assert answers[-1].json["type"] == "/api/v1/problems/locked"
    right = nobody.post("/tokens", json={"username": "hr.moha", "password": PASSWORD})
    assert (right.status_code, right.json["type"]) == (429, "/api/v1/problems/locked")
    assert 0 < int(right.headers["Retry-After"]) <= 900
    assert registry.scalar("SELECT count(*) FROM audit_event WHERE action = 'session.refused'") == 6


def test_signing_out_ends_the_token(registry: Bed) -> None:
    reader = program(registry, "hr.hanoi")
    assert reader.delete("/tokens/current").status_code == 204
    assert reader.get("/me").status_code == 401
