"""Two people behind every change: nobody is both of them, by whatever account, way or order of events."""

import io
import re
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import PASSWORD, Api, Bed
from make import newcomer, submitted
from sqlalchemy.exc import DBAPIError

from registry.bulk import jobs
from registry.bulk.sheet import OFFICIALS
from registry.changes import queries, services
from registry.errors import Forbidden

CHECKER, BOTH = ("hr_approver",), ("hr_officer", "hr_approver")
_accounts = count(1)


def account(bed: Bed, roles: tuple[str, ...], unit: str = "H26") -> str:
    """A fresh account with the password of the demo and roles over a unit; its name."""
    name = f"nguoi.{next(_accounts)}"
    with bed.session() as session:
        session.execute(
            sa.text("""WITH made AS (INSERT INTO app_user (username, password_hash, display_name)
                    SELECT :name, password_hash, :name FROM app_user WHERE username = 'hr.hanoi' RETURNING id)
                INSERT INTO access_grant (user_id, role, organization_id, valid_from)
                SELECT made.id, role, o.id, '2026-01-01' FROM made, unnest(CAST(:roles AS text[])) AS role, organization o
                WHERE o.code = :unit"""),
            {"name": name, "roles": list(roles), "unit": unit},
        )
    return name


_persons = count()


def person(bed: Bed) -> int:
    """Somebody of the registry who has no account yet."""
    statement = "SELECT official_id FROM official_current ORDER BY official_id OFFSET :n LIMIT 1"
    return int(bed.scalar(statement, n=next(_persons)))


def tie(bed: Bed, username: str, official: int | None) -> None:
    """The account belongs to an official from now on."""
    bed.scalar(
        "UPDATE app_user SET official_id = :one WHERE username = :name RETURNING 1",
        one=official,
        name=username,
    )


Case = tuple[str, str]
"""A change that was handed in (its uid), and the account that must not decide on it."""


def same_account(bed: Bed) -> Case:
    both = account(bed, BOTH)
    return handed_in(bed, both), both


def tied_before(bed: Bed) -> Case:
    maker, checker, one = account(bed, BOTH), account(bed, CHECKER), person(bed)
    tie(bed, maker, one)
    tie(bed, checker, one)
    return handed_in(bed, maker), checker


def tied_after_it_was_handed_in(bed: Bed) -> Case:
    maker, checker, one = account(bed, BOTH), account(bed, CHECKER), person(bed)
    uid = handed_in(bed, maker)
    tie(bed, checker, one)
    tie(bed, maker, one)
    return uid, checker


def tied_to_others_since(bed: Bed) -> Case:
    uid, checker = tied_after_it_was_handed_in(bed)
    maker = bed.scalar(
        "SELECT username FROM app_user u JOIN change c ON c.maker_id = u.id WHERE uid = :u", u=uid
    )
    tie(bed, maker, person(bed))
    tie(bed, checker, None)
    return uid, checker


def tied_after_returning_it(bed: Bed) -> Case:
    maker, checker, one = account(bed, BOTH), account(bed, CHECKER), person(bed)
    uid = handed_in(bed, maker)
    with bed.acting(checker) as (session, actor):
        services.send_back(
            session, actor, queries.get_change(session, uid, lock=True), words="Sửa", final=False
        )
    with bed.acting(maker) as (session, actor):
        services.submit(
            session, actor, queries.get_change(session, uid, lock=True), bed.settings.today_or_now()
        )
    for name in (maker, checker):
        tie(bed, name, one)
    return uid, checker


def uploaded_by_the_one_handed_in_by_the_other(bed: Bed) -> Case:
    uploader, maker = account(bed, BOTH), account(bed, BOTH)
    return imported(bed, uploader, maker), uploader


def edited_by_the_one(bed: Bed) -> Case:
    """As if a later way of editing let somebody other than its maker into a draft."""
    maker, editor = account(bed, BOTH), account(bed, BOTH)
    uid = handed_in(bed, maker)
    bed.scalar(
        """INSERT INTO change_event (change_id, actor_id, step) SELECT c.id, u.id, 'edit' FROM change c, app_user u
            WHERE c.uid = :uid AND u.username = :name RETURNING 1""",
        uid=uid,
        name=editor,
    )
    return uid, editor


def about_a_former_own_record(bed: Bed) -> Case:
    maker, checker, one = account(bed, BOTH), account(bed, CHECKER), person(bed)
    tie(bed, checker, one)
    tie(bed, checker, None)
    named = bed.scalar("SELECT uid::text FROM official WHERE id = :one", one=one)
    unit = bed.scalar(
        "SELECT o.code FROM official_current c JOIN organization o ON o.id = c.organization_id WHERE official_id = :one",
        one=one,
    )
    bed.scalar(
        """UPDATE access_grant SET organization_id = (SELECT id FROM organization WHERE code = :unit)
            WHERE user_id IN (SELECT id FROM app_user WHERE username IN (:a, :b)) RETURNING 1""",
        unit=unit,
        a=maker,
        b=checker,
    )
    return handed_in(
        bed, maker, {"action": "amend", "official": named, "personal": {"phone": "0911"}}
    ), checker


def own_undo(bed: Bed) -> Case:
    """An import that two people carried out, undone by the one of them who may also decide."""
    uploader, both = account(bed, BOTH), account(bed, BOTH)
    assert decide(bed.api(both), imported(bed, uploader, uploader)).status_code == 200
    last = bed.scalar("SELECT uid::text FROM import_file ORDER BY id DESC LIMIT 1")
    sent = step_of_import(bed.api(both), last, "undo")
    assert sent.status_code == 201, sent.text
    return sent.json["change_id"], both


CASES: list[Callable[[Bed], Case]] = [
    same_account,
    tied_before,
    tied_after_it_was_handed_in,
    tied_to_others_since,
    tied_after_returning_it,
    uploaded_by_the_one_handed_in_by_the_other,
    edited_by_the_one,
    about_a_former_own_record,
    own_undo,
]


def handed_in(bed: Bed, maker: str, operation: dict[str, Any] | None = None) -> str:
    return str(submitted(bed, [operation or newcomer()], maker=maker))


FILE = {
    "Họ và tên": "Phạm Thị Tệp", "Ngày sinh": "20/05/1990", "Giới tính": "Nữ", "Mã cơ quan": "H26", "Phân loại": "Công chức",
    "Ngày tuyển dụng": "01/11/2020", "Vị trí việc làm": "Chuyên viên", "Mã ngạch": "01.003", "Bậc": "1", "Hệ số": "2,34",
    "Ngày hưởng": "01/11/2025", "Trình độ": "Đại học", "Số quyết định": "9/QĐ", "Ngày quyết định": "15/10/2026",
}  # fmt: skip


def imported(bed: Bed, uploader: str, maker: str) -> str:
    """A file of one person, uploaded by one and handed in by another; the change."""
    row = {one.title: "" for one in OFFICIALS} | FILE
    row["Số định danh cá nhân"] = newcomer()["personal"]["personal_id"]
    content = "\n".join(";".join(cells) for cells in (row, row.values())).encode()
    sent = bed.api(uploader).post(
        "/imports",
        data={"file": (io.BytesIO(content), "t.csv"), "kind": "officials", "organization": "H26"},
    )
    assert sent.status_code == 202, sent.text
    assert jobs.run_one(bed.engine("worker"), bed.settings)
    made = step_of_import(bed.api(maker), sent.json["id"], "submit")
    assert made.status_code == 201, (made.text, bed.api(maker).get(f"/imports/{sent.json['id']}/errors").text)
    return str(made.json["change_id"])


def step_of_import(api: Api, uid: str, step: str) -> Any:
    """The next step of an import as it is now."""
    seen = api.get(f"/imports/{uid}")
    return api.post(f"/imports/{uid}/{step}", json={}, headers={"If-Match": seen.headers["ETag"]})


def decide(api: Api, uid: str, step: str = "approve") -> Any:
    """A decision on a change as it is now."""
    body = {} if step == "approve" else {"reason": "Sai"}
    seen = api.get(f"/changes/{uid}")
    return api.post(
        f"/changes/{uid}/{step}", json=body, headers={"If-Match": seen.headers.get("ETag", '"1"')}
    )


def by_api(bed: Bed, uid: str, username: str) -> None:
    api = bed.api(username)
    for step in ("approve", "return", "reject"):
        reply = decide(api, uid, step)
        assert reply.status_code == 403, (step, reply.status_code, reply.text)


def by_page(bed: Bed, uid: str, username: str) -> None:
    client = bed.app.test_client()
    csrf = re.search('name="csrf" value="([^"]+)"', client.get("/login").text)
    assert csrf is not None
    client.post("/login", data={"username": username, "password": PASSWORD, "csrf": csrf[1]})
    number, version, digest = bed.scalar(
        "SELECT jsonb_build_array(number, version, digest) FROM change WHERE uid = :uid", uid=uid
    )
    page = client.get(f"/de-nghi/{number}").text
    assert number in page
    assert 'name="opinion"' not in page
    csrf = re.search('name="csrf" value="([^"]+)"', page)
    assert csrf is not None
    sent = {"csrf": csrf[1], "opinion": "approve", "version": version, "digest": digest, "seen": "1"}
    assert client.post(f"/de-nghi/{number}", data=sent).status_code in (403, 404)


def by_service(bed: Bed, uid: str, username: str) -> None:
    """As a command or a job of the worker would."""
    for role in ("web", "worker"):
        with pytest.raises(Forbidden):
            _approve(bed, uid, username, role)


def _approve(bed: Bed, uid: str, username: str, role: str) -> None:
    with bed.acting(username, role) as (session, actor):
        change = queries.get_change(session, uid, lock=True)
        services.approve(session, actor, change, bed.settings.today_or_now(), digest=change.digest)


def by_statement(bed: Bed, uid: str, username: str) -> None:
    """Past the service, as the database roles of the service."""
    decided = """UPDATE change SET status = :status, decided_at = now(),
        checker_id = (SELECT id FROM app_user WHERE username = :name) WHERE uid = CAST(:uid AS uuid)"""
    for role in ("web", "worker", "migrate"):
        for status in ("approved", "returned", "rejected"):
            with pytest.raises(DBAPIError) as refused, bed.acting(username, role) as (session, _):
                session.execute(sa.text(decided), {"status": status, "name": username, "uid": uid})
            assert refused.value.orig.diag.constraint_name == "ck_change_two_people", (role, status)


@pytest.mark.parametrize("case", CASES, ids=lambda one: one.__name__)
def test_nobody_is_both_of_the_two_people(demo: Bed, case: Callable[[Bed], Case]) -> None:
    uid, username = case(demo)
    before = told(demo, uid)
    for way in (by_api, by_page, by_service, by_statement):
        way(demo, uid, username)
        assert told(demo, uid) == before, way.__name__
    somebody_else = account(demo, CHECKER, demo.scalar(_UNIT, uid=uid))
    assert decide(demo.api(somebody_else), uid).status_code == 200


_UNIT = "SELECT o.code FROM change c JOIN organization o ON o.id = c.organization_id WHERE uid = :uid"


def told(bed: Bed, uid: str) -> Any:
    """The change, its steps, and what it brought: all that a refusal leaves as it was."""
    return bed.scalar(
        """SELECT jsonb_build_array(to_jsonb(c), (SELECT count(*) FROM change_event WHERE change_id = c.id),
                (SELECT count(*) FROM fact_identity WHERE change_id = c.id),
                (SELECT count(*) FROM audit_event e WHERE e.object_id = c.uid::text AND action NOT LIKE '%.read'))
            FROM change c WHERE c.uid = CAST(:uid AS uuid)""",
        uid=uid,
    )


def refusal(bed: Bed, username: str, *statements: str, role: str = "web", **values: Any) -> str:
    """Why the database refuses statements of somebody's transaction, at the latest when it commits; '' if it does not."""
    try:
        with bed.acting(username, role) as (session, _):
            for statement in statements:
                session.execute(sa.text(statement), values)
    except DBAPIError as error:
        diag = error.orig.diag  # type: ignore[union-attr]
        return diag.constraint_name or str(diag.sqlstate)
    return ""


OWN = "(SELECT id FROM app_user WHERE username = :name)"
FACT = """INSERT INTO fact_reward (official_id, valid_from, decision_id, change_id, form)
    SELECT :official, '2026-01-01', decision_id, id, 'cstd_cs' FROM change WHERE uid = CAST(:uid AS uuid)"""


def test_past_the_service_a_change_still_takes_its_course_and_brings_nothing_before_it_is_approved(
    demo: Bed,
) -> None:
    maker, checker = account(demo, ("hr_officer",)), account(demo, CHECKER)
    uid = handed_in(demo, maker)
    values: dict[str, Any] = {"uid": uid, "name": maker, "other": checker}
    values["official"] = demo.scalar("""SELECT min(c.official_id) FROM official_current c, organization o
        WHERE o.code = 'H26' AND c.org_ord BETWEEN o.ord AND o.last""")
    before = demo.counts() | {
        "facts": demo.scalar("SELECT count(*) FROM fact_reward WHERE recorded_to IS NULL")
    }
    approve = "UPDATE change SET status = 'approved', decided_at = now(), checker_id = {} WHERE uid = CAST(:uid AS uuid)"
    ours = "WHERE change_id = (SELECT id FROM change WHERE uid = CAST(:uid AS uuid))"
    closing = """UPDATE fact_identity SET recorded_to = clock_timestamp(), closed_by = (SELECT id FROM change
        WHERE uid = CAST(:uid AS uuid)) WHERE official_id = :official AND recorded_to IS NULL"""
    for who, statement, reason in (
        (maker, approve.format("(SELECT id FROM app_user WHERE username = :other)"), "ck_change_by_whom"),
        (
            checker,
            "UPDATE change SET status = 'withdrawn' WHERE uid = CAST(:uid AS uuid)",
            "ck_change_by_whom",
        ),
        (maker, "UPDATE change SET status = 'draft' WHERE uid = CAST(:uid AS uuid)", "ck_change_course"),
        (maker, "UPDATE change SET note = 'khác' WHERE uid = CAST(:uid AS uuid)", "ck_change_course"),
        (maker, f"DELETE FROM change_operation {ours}", "ck_change_operation_open"),
        (
            maker,
            f"""INSERT INTO change_operation (change_id, seq, action, official_id, kind, decision_id)
                SELECT change_id, 99, action, official_id, kind, decision_id FROM change_operation {ours} LIMIT 1""",
            "42501",
        ),
        (
            maker,
            f"""INSERT INTO change (status, decision_id, organization_id, org_ord, maker_id, checker_id, decided_at)
                SELECT 'approved', decision_id, organization_id, org_ord, {OWN}, NULL, now() FROM change
                WHERE uid = CAST(:uid AS uuid)""",
            "42501",
        ),
        (
            maker,
            """INSERT INTO change (decision_id, organization_id, org_ord, maker_id) SELECT decision_id, organization_id,
                org_ord, (SELECT id FROM app_user WHERE username = :other) FROM change WHERE uid = CAST(:uid AS uuid)""",
            "42501",
        ),
        (maker, FACT, "ck_change_applied_approved"),
        (maker, closing, "ck_change_applied_approved"),
    ):
        for role in ("web", "worker"):
            assert refusal(demo, who, statement, role=role, **values) == reason, (role, statement)
    assert before == demo.counts() | {
        "facts": demo.scalar("SELECT count(*) FROM fact_reward WHERE recorded_to IS NULL")
    }

    assert decide(demo.api(checker), uid).status_code == 200
    for statement, reason in (
        (approve.format("(SELECT id FROM app_user WHERE username = :other)").replace(":other", ":name"), ""),
        (FACT, "42501"),
        ("UPDATE change SET status = 'returned' WHERE uid = CAST(:uid AS uuid)", "ck_change_course"),
    ):
        second = account(demo, CHECKER)
        found = refusal(demo, second, statement, **(values | {"name": second}))
        assert found == (reason or "ck_change_course"), statement


def test_nobody_puts_an_operation_into_a_change_of_somebody_else(demo: Bed) -> None:
    maker, other, checker = (
        account(demo, ("hr_officer",)),
        account(demo, ("hr_officer",)),
        account(demo, CHECKER),
    )
    uid = handed_in(demo, maker)
    assert decide(demo.api(checker), uid, "return").status_code == 200
    put = """INSERT INTO change_operation (change_id, seq, action, official_id, kind, decision_id)
        SELECT o.change_id, :seq, o.action, o.official_id, o.kind, o.decision_id FROM change_operation o
        JOIN change c ON c.id = o.change_id WHERE c.uid = CAST(:uid AS uuid) LIMIT 1"""
    kept = demo.scalar("SELECT count(*) FROM change_operation")
    for seq, role in enumerate(("web", "worker"), 90):
        for who in (other, checker):
            assert refusal(demo, who, put, role=role, uid=uid, seq=seq) == "42501", (who, role)
        assert demo.scalar("SELECT count(*) FROM change_operation") == kept
        assert refusal(demo, maker, put, role=role, uid=uid, seq=seq) == "", role
        kept += 1


def test_what_an_official_proposed_is_answered_by_another_person(demo: Bed) -> None:
    officer, own = account(demo, ("hr_officer",)), account(demo, ("official",))
    one = demo.scalar("""SELECT min(c.official_id) FROM official_current c, organization o
        WHERE o.code = 'H26-SNV' AND c.org_ord BETWEEN o.ord AND o.last""")
    tie(demo, own, one)
    uid = demo.scalar("SELECT uid::text FROM official WHERE id = :one", one=one)
    sent = demo.api(own).post(
        "/proposals",
        json={
            "operation": {"action": "amend", "official": uid, "personal": {"full_name": "Phạm Thị Thứ"}},
            "reason": "Giấy khai sinh ghi khác",
        },
    )
    assert sent.status_code == 201, sent.text
    tie(demo, officer, one)
    tie(demo, officer, None)
    answer = """UPDATE proposal SET status = 'declined', answered_at = now(), answer = 'Không',
        answered_by = (SELECT id FROM app_user WHERE username = :name) WHERE uid = CAST(:uid AS uuid)"""
    assert refusal(demo, officer, answer, name=officer, uid=sent.json["id"]) == "ck_proposal_two_people", (
        "an account that was the official's own"
    )
    reply = demo.api(officer).post(
        f"/proposals/{sent.json['id']}/decline",
        json={"reason": "Không"},
        headers={"If-Match": sent.headers["ETag"]},
    )
    assert reply.status_code in (403, 409), reply.text
    assert demo.scalar("SELECT status FROM proposal WHERE uid = :uid", uid=sent.json["id"]) == "received"


def test_a_recovery_is_not_used_once_its_two_officers_turn_out_to_be_one(demo: Bed) -> None:
    ids = {name: demo.actor(name).user_id for name in ("admin1", "admin2", "statistician1")}
    demo.scalar(
        """INSERT INTO account_recovery (user_id, reason, asked_by, asked_hash, confirmed_by, confirmed_at, confirmed_hash,
            expires_at) VALUES (:statistician1, 'x', :admin1, 'a', :admin2, now(), 'b', now() + interval '1 hour')
            RETURNING 1""",
        **ids,
    )
    one = person(demo)
    for name in ("admin1", "admin2"):
        tie(demo, name, one)
    use = "UPDATE account_recovery SET used_at = now() WHERE user_id = :user"
    assert refusal(demo, "hr.hanoi", use, user=ids["statistician1"]) == "ck_account_recovery_two_officers"
    drop = "UPDATE account_recovery SET ended_at = now() WHERE user_id = :user"
    assert refusal(demo, "hr.hanoi", drop, user=ids["statistician1"]) == "", "it can still be dropped"
