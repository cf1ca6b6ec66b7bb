"""Secrets are known to their owners only: after a life full of them the database holds none; the watch would tell."""

import io
import logging

from browsing import Browser
from canary import LIKE_A_SECRET, WATCH, Canary
from conftest import PASSWORD, Bed
from factor import enrolled, knock
from make import confirmed, newcomer, submitted
from sqlalchemy import text

from registry.access import recovery
from registry.db import make_engine

NEW = "mot-mat-khau-that-dai-2027"


def everything(bed: Bed) -> dict[str, str]:
    """Every row of every table as text, asked as superuser."""
    engine = make_engine(bed.cluster.dsn(database=bed.database))
    listed = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relispartition"
    with engine.connect() as connection:
        tables = connection.execute(text(listed)).scalars().all()
        held = {
            name: "\n".join(connection.execute(text(f'SELECT t::text FROM "{name}" t')).scalars())
            for name in tables
        }
    engine.dispose()
    return held


def test_no_secret_of_a_busy_day_stands_in_the_database(registry: Bed) -> None:
    Browser(registry, "hr.hanoi").open("/cong-viec")
    knock(registry, "hr.hanoi", "sai-mat-khau-roi")
    phone = enrolled(registry, "approver.hanoi")
    admin, officer = registry.api("admin1"), registry.api("hr.hanoi")
    once = {"Idempotency-Key": "mot-lan"}
    account = {"username": "phan.mem", "password": NEW, "display_name": "Phần mềm"}
    assert admin.post("/users", json=account, headers=once).status_code == 201
    admin.post("/users/phan.mem/grants", json={"role": "client", "organization": "H26"})
    confirmed(registry, "phan.mem")
    asked = {"name": "Kết nối", "scopes": ["officials:record:read"], "days": 30}
    made = admin.post("/users/phan.mem/tokens", json=asked, headers=once | {"Idempotency-Key": "hai"})
    changed = officer.put("/me/password", json={"old": PASSWORD, "new": NEW})
    with registry.acting("admin1") as (session, actor):
        half = recovery.ask(session, actor, "official1", "Quên mật khẩu", registry.settings.secret_key)
    secrets = {NEW, PASSWORD, half, *phone.codes, phone.secret.hex(), str(admin.token), str(officer.token)}
    assert (made.status_code, changed.status_code) == (201, 204), (made.text, changed.text)
    secrets.add(made.json["token"])
    assert secrets - {phone.secret.hex()} - WATCH.secrets == set(), "the watch knows what to look for"
    for table, rows in everything(registry).items():
        assert not [one for one in secrets if one in rows], table
        assert not WATCH.secrets & set(LIKE_A_SECRET.findall(rows)), table


def test_jobs_and_errors_name_nobody(registry: Bed) -> None:
    operation = newcomer(full_name="Vũ Thị Không Ai Biết")
    submitted(registry, [operation])
    number = operation["personal"]["personal_id"]
    stranger = registry.api("hr.danang")
    sheet = io.BytesIO(f"Họ và tên;Số định danh cá nhân\nVũ Thị Không Ai Biết;{number}".encode())
    registry.api("hr.hanoi").post(
        "/imports", data={"file": (sheet, "Vũ Thị.csv"), "kind": "officials", "organization": "H26-SNV"}
    )
    told = [stranger.get(f"/officials/{number}").text, stranger.get(f"/officials?q={number}").text]
    rows = everything(registry)
    told += [rows["job"], stranger.get("/officials?q=Không Ai Biết").text]
    assert not [one for one in told if number in one or "Không Ai Biết" in one]


def test_the_watch_would_tell_of_a_leak_in_logs_errors_and_jobs(demo: Bed) -> None:
    person = demo.scalar(
        "SELECT full_name FROM official_current EXCEPT SELECT display_name FROM app_user LIMIT 1"
    )
    number = demo.scalar("SELECT min(personal_id) FROM official_current")
    token = demo.api("hr.hanoi").token
    for leak in (PASSWORD, person, number, f"Bearer {token}"):
        logging.getLogger("registry.requests").info("request %s", leak)
        assert len(WATCH.finds()) == 1, leak
    sharp = Canary(secrets=WATCH.secrets, names=WATCH.names)
    for where, words, people, tells in (
        ("404", f"Không có {person}", False, True),
        ("422", f"{person} đã có", True, False),
        ("422", f"token={token}", True, True),
        ("job", '{"import": "01a2174e-58d2-7215-8b96-034912345678"}', False, False),
    ):
        sharp.note(where, words, people=people)
        assert bool(sharp.finds()) is tells, (where, words)
