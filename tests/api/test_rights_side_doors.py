"""The ways round a right: lists and counts, what is hidden asked for by filter or order, rights of two grants united, properties
slipped into a body, rights given to oneself, rights taken away and still used.
"""

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from cast import (
    ACCOUNT_OF,
    CHILD,
    OTHER,
    OWN,
    PLACES,
    SELF,
    SIBLING,
    Cast,
    enter,
    recorded,
)
from conftest import Api, Bed
from make import confirmed
from sqlalchemy.exc import DBAPIError, IntegrityError
from test_rights_matrix import ALLOWED, Cell, Contract, asks_of, operations, send, wanted

from registry.access.permissions import FIELD_CLASSES, ROLE_PERMISSIONS, Permission
from registry.officials.facts import FACTS
from registry.quality.rules import RULES
from registry.statistics.asking import PERSONAL
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.measures import MEASURES
from registry.worklists.lists import WORKLISTS
from web.app import create_app

P = Permission
UNIT_SEEN = "o.code = 'H26-SNV'"


# Lists and counts


def pages(client: Api, path: str, limit: int = 4) -> tuple[list[dict[str, Any]], int]:
    """Every row of a list, page by page, and the exact count it tells."""
    found: list[dict[str, Any]] = []
    join, cursor = "&" if "?" in path else "?", ""
    while True:
        page = client.get(f"{path}{join}limit={limit}&count=exact{cursor}").json
        found += page["items"]
        if page["next_cursor"] is None:
            return found, page["count"]["value"]
        cursor = f"&cursor={page['next_cursor']}"


def ids(bed: Bed, statement: str) -> set[str]:
    """The first column of a query as the owner."""
    with bed.session() as session:
        return set(session.execute(sa.text(statement)).scalars())


def within(table: str, also: str = "false", only: str = "true") -> str:
    """The uuids of a table that lie in the callers' unit or are the caller's own."""
    return f"""SELECT x.uid::text FROM {table} x JOIN organization o ON {UNIT_SEEN}
        WHERE (x.org_ord BETWEEN o.ord AND o.last OR {also}) AND {only}"""


def mine(column: str, role: str) -> str:
    """What the account of a role made."""
    return f"x.{column} = (SELECT id FROM app_user WHERE username = '{ACCOUNT_OF[role]}')"


FILTERS = {
    "": "true",
    "&q=pham": "x.fold LIKE '%pham%'",
    "&status=dang_lam_viec": "x.status = 'dang_lam_viec'",
    "&category=cong_chuc&rank=01.003": "x.category = 'cong_chuc' AND x.rank = '01.003'",
    "&organization=H26": "true",
    "&organization=H17": "false",
    "&next_step_before=2027-01-01": "x.next_step_on <= '2027-01-01' AND x.in_headcount",
}


@pytest.mark.parametrize("role", ["hr_officer", "client", "official"])
def test_lists_of_people_hold_whom_the_scope_holds_on_every_page_order_and_day(cast: Cast, role: str) -> None:
    client = cast.clients[role]
    whose = (
        f"x.uid = '{cast.things['official'][SELF]}'"
        if role == "official"
        else f"EXISTS (SELECT FROM organization o WHERE {UNIT_SEEN} AND x.org_ord BETWEEN o.ord AND o.last)"
    )
    for told, condition in FILTERS.items() if role != "official" else [("", "true")]:
        truth = ids(cast.bed, f"SELECT x.uid::text FROM official_current x WHERE {whose} AND {condition}")
        rows, count = pages(client, f"/officials?sort=-name{told}")
        assert ({one["id"] for one in rows}, len(rows), count) == (truth, len(truth), len(truth)), told
    everybody = ids(cast.bed, f"SELECT x.uid::text FROM official_current x WHERE {whose}")
    hidden = {"birth_date", "retirement"} if role == "client" else set()
    for sort in {"name", "next_step", "-birth_date", "retirement"}:
        if sort.removeprefix("-") not in hidden:
            assert {one["id"] for one in pages(client, f"/officials?sort={sort}")[0]} == everybody, sort
    for day in ("2026-01-01", "2024-06-30"):
        shown = {one["id"] for one in pages(client, f"/officials?as_of={day}")[0]}
        assert shown <= everybody, f"who left the unit is not in its list of {day}"
        assert shown or role == "official"


def test_lists_of_work_hold_what_the_scope_holds(cast: Cast) -> None:
    seen = {
        "/changes": lambda role: within("change", mine("maker_id", role), "x.origin <> 'seed'"),
        "/imports": lambda role: within("import_file", mine("created_by", role)),
        "/proposals": lambda role: within("proposal"),
        "/campaigns": lambda role: within(
            "campaign",
            """EXISTS (SELECT FROM campaign_task t WHERE t.campaign_id = x.id AND t.org_ord BETWEEN o.ord AND o.last)""",
        ),
        "/exports": lambda role: (
            f"SELECT uid::text FROM report_run x WHERE kind = 'export' AND {mine('created_by', role)}"
        ),
        "/reports/runs": lambda role: (
            f"SELECT uid::text FROM report_run x WHERE kind = 'report' AND {mine('created_by', role)}"
        ),
    }
    for (path, truth), role in product(seen.items(), ("hr_officer", "hr_approver", "client")):
        if cast.clients[role].get(path).status_code == 403:
            continue
        rows, count = pages(cast.clients[role], path, limit=2)
        wanted = ids(cast.bed, truth(role))
        assert ({one["id"] for one in rows}, len(rows), count) == (wanted, len(wanted), len(wanted)), (
            path,
            role,
        )
    rows, count = pages(cast.clients["official"], "/changes")
    assert {one["id"] for one in rows} == {cast.made[kind]["official"] for kind in ("draft", "submitted")}
    assert count == 2


def test_counts_findings_and_work_lists_are_those_an_auditor_has_of_the_unit(cast: Cast) -> None:
    """Whoever sees a part is told the same of it as whoever sees all, and of nothing else."""
    part, whole = cast.clients["hr_officer"], cast.clients["auditor"]
    unit = "organization=H26-SNV"
    for path in (*(f"/worklists/{name}" for name in WORKLISTS), "/quality/findings", "/statistics/people"):
        mine_, all_of_it = (
            {
                json.dumps(
                    [one.get("official") or one["id"], one.get("due_on"), one.get("rule")], sort_keys=True
                )
                for one in client.get(f"{path}?{asked}&limit=200").json["items"]
            }
            for client, asked in ((part, ""), (whole, unit))
        )
        assert mine_ == all_of_it, path
    assert part.get("/statistics/people").json["count"]["value"] == len(
        ids(cast.bed, within("official_current", only="x.in_headcount"))
    )
    for path in ("/quality", "/statistics?by=sex", "/worklists"):
        asked = "&" if "?" in path else "?"
        of_part, of_whole = part.get(path).json, whole.get(f"{path}{asked}{unit}").json
        for name in ("total", "rows", "items"):
            if name in of_part:
                assert _figures(of_part[name]) == _figures(of_whole[name]), (path, name)


def _figures(told: Any) -> Any:
    """Counts of a reply; of a list of work lists, those that both may read."""
    if isinstance(told, list) and told and "drafts" in told[0]:
        return {one["id"]: one["count"] for one in told}
    return told


# Hidden fields


def closed(role: str) -> Iterator[tuple[str, str]]:
    """(kind, field) of everything a role sees nothing of."""
    for kind in FACTS.values():
        for one in kind.fields:
            if one.sensitivity not in FIELD_CLASSES.get(role, frozenset()):
                yield kind.name, one.name


@pytest.mark.parametrize("role", ["client", "hr_officer"])
def test_what_is_hidden_is_no_filter_order_group_nor_column(cast: Cast, role: str) -> None:
    client = cast.clients[role]
    open_fields = {
        one.name for kind in FACTS.values() for one in kind.fields if one.sensitivity in FIELD_CLASSES[role]
    }
    names = {name for _, name in closed(role)} - open_fields - {"name"}  # an order by the person's own name
    assert names
    for name in sorted(names):
        for asked in (
            f"{name}=1",
            f"{name}__gte=1",
            f"filter[{name}]=1",
            f"sort={name}",
        ):
            assert client.get(f"/officials?{asked}").status_code in (400, 403), asked
        for filter_ in ({name: "1"}, {f"{name}__gte": "1"}):
            sent = {"what": "officials", "filter": filter_, "format": "csv"}
            assert client.post("/exports", json=sent).status_code in (400, 422), filter_
    for kind in FACTS.values():
        if all((kind.name, one.name) in set(closed(role)) for one in kind.fields):
            sent = {"what": f"facts:{kind.name}", "format": "csv"}
            assert client.post("/exports", json=sent).status_code == 422, kind.name
    for rule in RULES.values():
        if not rule.shown_to(frozenset(FIELD_CLASSES[role])):
            assert client.get(f"/quality/findings?rule={rule.code}").json.get("items", []) == [], rule.code


def test_a_program_without_personal_fields_gains_no_bit_of_them(cast: Cast) -> None:
    client, classes = cast.clients["client"], FIELD_CLASSES["client"]
    one = cast.things["official"][OWN]
    listed = client.get("/officials").json["items"]
    assert one in {official["id"] for official in listed}
    assert not {"birth_date", "sex", "retirement_on"} & set(listed[0])
    for asked in ("sex=nu", "sex=nam", "sort=birth_date", "sort=-retirement", "retirement_before=2060-01-01"):
        assert client.get(f"/officials?{asked}").status_code == 403, asked
    for filter_ in ({"sex": "nu"}, {"retirement_before": "2060-01-01"}, {"unevaluated_year": 2025}):
        sent = {"what": "officials", "filter": filter_, "format": "csv"}
        assert client.post("/exports", json=sent).status_code == 400, filter_
    for dimension in DIMENSIONS.values():
        if dimension.sensitivity not in classes:
            for asked in (f"by={dimension.id}", f"where={dimension.id}:none"):
                # 422: it divides nothing that is counted by default
                assert client.get(f"/statistics?{asked}").status_code in (403, 422), asked
            assert client.get(f"/statistics/people?cell={dimension.id}:none").status_code in (403, 422)
    for measure in MEASURES.values():
        if measure.columns() & PERSONAL:
            assert client.get(f"/statistics?measures={measure.id}").status_code == 403, measure.id
    assert client.get("/statistics?by=sex").status_code == 403
    assert client.get("/statistics?by=rank").status_code == 200


# Two grants in one account

TWO = {
    "approver here, officer beside": (("hr_approver", OWN), ("hr_officer", SIBLING)),
    "officer here, approver beside": (("hr_officer", OWN), ("hr_approver", SIBLING)),
    "auditor, and officer here": (("auditor", OWN), ("hr_officer", OWN)),
}


@pytest.mark.parametrize("who", TWO)
def test_rights_of_two_grants_are_not_united(cast: Cast, who: str) -> None:
    """Reading here and writing there is no writing here: action × unit, from the roles alone."""
    grants = TWO[who]
    client = enter(cast, f"two.{list(TWO).index(who)}", grants)
    for place, (permission, act) in product((OWN, CHILD, SIBLING, OTHER), ACTS.items()):
        covered = {
            role
            for role, unit in grants
            if role == "auditor" or place == unit or (unit == OWN and place == CHILD)
        }
        wanted = any(permission in ROLE_PERMISSIONS[role] for role in covered)
        with cast.undone():
            status = act(cast, client, place).status_code
        assert (status < 300) == wanted, (permission, place, status)
        assert wanted or status in (403, 404, 422)


ACTS = {
    P.OFFICIALS_RECORD_READ: lambda cast, client, place: client.get(
        f"/officials/{cast.things['official'][place]}"
    ),
    P.REPORTS_FORM_PRINT: lambda cast, client, place: client.post(
        "/reports",
        json={"form": "2c", "parameters": {"personal_id": cast.things["number"][place]}, "format": "pdf"},
    ),
    P.CHANGES_CHANGE_DRAFT: lambda cast, client, place: client.post(
        "/changes", json=recorded(cast.things["official"][place])
    ),
    P.CHANGES_CHANGE_DECIDE: lambda cast, client, place: client.post(
        f"/changes/{cast.things['submitted'][place]}/reject",
        json={"reason": "Trùng"},
        headers={"If-Match": cast.tags[cast.things["submitted"][place]]},
    ),
    P.CAMPAIGNS_CAMPAIGN_RUN: lambda cast, client, place: client.post(
        f"/campaigns/{cast.things['campaign'][place]}/close", json={}
    ),
    P.BULK_EXPORT_MAKE: lambda cast, client, place: client.post(
        "/exports", json={"what": "officials", "filter": {"organization": PLACES[place]}, "format": "csv"}
    ),
    P.WORKLISTS_LIST_READ: lambda cast, client, place: client.get(f"/worklists?organization={PLACES[place]}"),
}


# Properties slipped in

PROTECTED = (
    "id",
    "uid",
    "status",
    "version",
    "created_by",
    "maker_id",
    "checker_id",
    "approved_by",
    "confirmed_by",
    "granted_by",
    "role",
    "roles",
    "is_admin",
    "is_demo",
    "is_active",
    "password_hash",
    "official_id",
    "organization_id",
    "org_ord",
    "recorded_from",
    "origin",
    "__proto__",
)
CALLER_OF = ("hr_officer", "hr_approver", "official", "administrator", "auditor", "statistician")


def writes(contract: Contract, cast: Cast) -> Iterator[tuple[Cell, dict[str, Any] | None]]:
    """Each operation that takes JSON, or should take nothing, as somebody may do it; and its body."""
    for operation, declared in operations(contract).items():
        method = operation.split(" ")[0]
        content = declared.get("requestBody", {}).get("content", {"application/json": {}})
        if method in ("GET", "DELETE") or "application/json" not in content:
            continue
        ask = asks_of(operation)[0]
        for role, relation in product(CALLER_OF, (OWN, SELF) if ask.of else (OWN,)):
            name = cast.named(ask.of, role, relation) if ask.of else ""
            if name is not None and wanted(declared, ask, role, relation) == ALLOWED:
                body = ask.body(cast, role, name) if ask.body else None
                yield Cell(operation, ask, role, relation, name, ALLOWED), body
                break


def twisted(body: dict[str, Any], names: set[str]) -> Iterator[dict[str, Any]]:
    """The body with what has no place in it, at its top and in every object inside; and with values of wrong kinds."""
    yield body | dict.fromkeys(names - set(body), "1")
    for name in PROTECTED:
        if name not in body:
            yield body | {name: 1}
    for name, value in body.items():
        if isinstance(value, dict):
            yield body | {name: value | {"status": "approved", "is_admin": True}}
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield body | {name: [value[0] | {"status_": "approved", "checker_id": 1}, *value[1:]]}
        for wrong in ({"a": [1]}, [[]], 10**30):
            if type(wrong) is not type(value):
                yield body | {name: wrong}


def test_nothing_can_be_slipped_into_a_body_and_wrong_kinds_change_nothing(cast: Cast) -> None:
    contract = Contract(cast.bed)
    before, wrong, asked = cast.bed.counts(), [], 0
    names = {name for _, body in writes(contract, cast) if body for name in body}
    for cell, body in writes(contract, cast):
        for sent in twisted(body or {}, names):
            reply = send(cast, cell, json=sent)
            asked += 1
            if not 400 <= reply.status_code < 500:
                wrong.append(f"{cell}: {reply.status_code} for {str(sent)[:300]}")
    assert not wrong, "\n".join(wrong)
    assert asked > 700
    after = cast.bed.counts()
    assert {name for name in before if before[name] != after[name]} <= {"audit_event", "sign_in_tries"}


# Rights given to oneself


def test_one_administrator_alone_opens_nothing(registry: Bed) -> None:
    """Neither a role for an account, nor one more for an own account, nor a program's token, nor a longer right."""
    admin = registry.api("admin1")
    new = {"username": "ke.gian", "password": "mat-khau-rat-dai", "display_name": "Kẻ gian"}
    assert admin.post("/users", json=new).status_code == 201
    signed_in = registry.api().post("/tokens", json={name: new[name] for name in ("username", "password")})
    thief = Api(registry.app.test_client(), signed_in.json["token"])
    for role in ("administrator", "auditor", "hr_officer", "client"):
        reply = admin.post("/users/ke.gian/grants", json={"role": role, "organization": "VN"})
        assert reply.status_code == (201 if role == "administrator" else 422), (
            "an administrator is nothing else"
        )
    assert thief.get("/me").status_code == 403
    grant = admin.get("/users/ke.gian").json["grants"][0]
    path = f"/users/ke.gian/grants/{grant['id']}/confirm"
    assert (grant["waits"], grant["in_force"], grant["granted_by"]) == (True, False, "Phan Gia Huy")
    assert admin.post(path).json["type"].endswith("/same_person")
    assert thief.post(path).status_code == 403
    tie = "UPDATE app_user SET official_id = (SELECT min(id) FROM official) WHERE username = ANY (:names) RETURNING 1"
    registry.scalar(tie, names=["admin1", "admin2"])
    assert registry.api("admin2").post(path).json["type"].endswith("/same_person"), (
        "two accounts of one person"
    )
    registry.scalar("UPDATE app_user SET official_id = NULL WHERE username = 'admin2' RETURNING 1")
    confirmed(registry, "ke.gian")
    assert thief.get("/me").json["roles"] == ["administrator"]
    assert registry.api("admin2").post(path).json["type"].endswith("/grant_waits_no_more")

    admin.post("/users", json=new | {"username": "phan.mem"})
    admin.post("/users/phan.mem/grants", json={"role": "client", "organization": "VN"})
    confirmed(registry, "phan.mem")
    sent = {"name": "lương", "scopes": ["officials:record:read", "fields:sensitive"]}
    made = admin.post("/users/phan.mem/tokens", json=sent).json
    software = Api(registry.app.test_client(), made["token"])
    assert admin.post(f"/users/phan.mem/tokens/{made['id']}/confirm").status_code == 409
    assert software.get("/officials").status_code == 401
    confirmed(registry, "phan.mem")
    assert software.get("/officials").status_code == 200


def test_the_service_cannot_write_a_right_that_one_alone_gave(registry: Bed) -> None:
    """Not by any statement of the role it has in the database."""
    who = registry.actor("admin1").user_id
    target = "SELECT id FROM app_user WHERE username = 'statistician1'"
    grant = registry.scalar(f"SELECT max(id) FROM access_grant WHERE user_id = ({target})")
    new = f"INSERT INTO access_grant (user_id, role, valid_from, granted_by, confirmed_by, confirmed_at) SELECT ({target}), 'auditor', '2026-01-01'"
    registry.scalar(
        "UPDATE access_grant SET valid_to = '2026-12-31' WHERE id = :grant RETURNING 1", grant=grant
    )
    before = registry.counts()
    for statement in (
        f"{new}, NULL, NULL, NULL",
        f"{new}, {who}, NULL, now()",
        f"{new}, {who}, {who + 1}, now()",
        f"{new}, {who + 1}, NULL, NULL",
        f"UPDATE access_grant SET role = 'auditor' WHERE id = {grant}",
        f"UPDATE access_grant SET user_id = {who} WHERE id = {grant}",
        f"UPDATE access_grant SET granted_by = NULL WHERE id = {grant}",
        f"UPDATE access_grant SET valid_to = '2030-01-01' WHERE id = {grant}",
        f"UPDATE access_grant SET valid_to = NULL WHERE id = {grant}",
        f"UPDATE access_grant SET confirmed_at = now() WHERE id = {grant}",
        "UPDATE api_token SET scopes = '{}'",
        "DELETE FROM access_grant",
        f"INSERT INTO api_token (token_hash, user_id, name, scopes, expires_at) SELECT 'x', {who}, 'x', '{{a}}', now()",
    ):
        with pytest.raises(DBAPIError), registry.acting("admin1") as (session, _):
            session.execute(sa.text(statement))
    assert registry.counts() == before
    with pytest.raises(IntegrityError, match="ex_access_grant_apart"):
        registry.scalar(
            "INSERT INTO access_grant (user_id, role, valid_from) SELECT id, 'hr_officer', '2026-01-01'"
            " FROM app_user WHERE username = 'admin1' RETURNING 1"
        )


def test_what_is_taken_away_is_gone_with_the_next_request_on_every_instance(registry: Bed) -> None:
    there = create_app(registry.settings, {name: registry.engine(name) for name in ("web", "stats")})
    here, admin = registry.api("hr.danang"), registry.api("admin1")
    elsewhere = Api(there.test_client(), here.token)
    assert [one.get("/officials").status_code for one in (here, elsewhere)] == [200, 200]
    shown = admin.get("/users/hr.danang")
    grant = shown.json["grants"][0]["id"]
    headers = {"If-Match": shown.headers["ETag"]}
    assert admin.delete(f"/users/hr.danang/grants/{grant}", headers=headers).status_code == 204
    assert [one.get("/officials").status_code for one in (elsewhere, here)] == [403, 403]
    again = admin.post("/users/hr.danang/grants", json={"role": "hr_officer", "organization": "H48"})
    assert again.status_code == 201, again.text
    assert elsewhere.get("/officials").status_code == 403, "it waits"
    confirmed(registry, "hr.danang")
    assert elsewhere.get("/officials").status_code == 200
    tag = {"If-Match": admin.get("/users/hr.danang").headers["ETag"]}
    assert admin._call("PATCH", "/users/hr.danang", json={"active": False}, headers=tag).status_code == 200
    assert [one.get("/officials").status_code for one in (elsewhere, here)] == [401, 401]
