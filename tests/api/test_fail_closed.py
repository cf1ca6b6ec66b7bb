"""What the registry rests on is away, or tells another time: nobody gains a right, and no day begins early."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from conftest import PASSWORD, Api, Bed
from make import decided, newcomer, official, paper, submitted

from registry import clock
from registry.config import Settings
from registry.db import Scope, make_engine, make_sessions
from registry.officials.queries import get_key

READERS = (None, "hr.badinh", "approver.danang", "statistician1", "official1")
READS = (
    "/me", "/officials?limit=3", "/officials/{person}", "/officials/{person}/history", "/changes/{change}", "/imports",
    "/audit/entries?limit=3", "/users", "/statistics?measures=headcount&by=sex", "/officials/{person}/forms/2c.pdf",
)  # fmt: skip


@pytest.fixture(scope="module")
def people(demo: Bed) -> dict[str | None, Api]:
    """Everybody, signed in while all was well."""
    return {name: demo.api(name) for name in READERS}


@pytest.fixture(scope="module")
def paths(demo: Bed) -> list[str]:
    """Reads of somebody of Hà Nội and of a change there."""
    _, person = official(demo)
    change = submitted(demo, [newcomer()])
    return [one.format(person=person, change=change) for one in READS]


def answers(people: dict[str | None, Api], paths: list[str]) -> dict[tuple[str | None, str], int]:
    """The status of every read by everybody, and of one write and one sign-in."""
    found = {(name, path): api.get(path).status_code for name, api in people.items() for path in paths}
    draft = {"decision": paper("5/QĐ"), "operations": [newcomer(unit="H26-00004")]}
    for name, api in people.items():
        found[name, "draft"] = api.post(
            "/changes", json=draft, headers={"Idempotency-Key": str(time.time_ns())}
        ).status_code
        # Another name each time: an account of one's own would be shut after five.
        wrong = {"username": f"x{time.time_ns()}", "password": "Wrong-Password-1"}
        found[name, "wrong password"] = api.post("/tokens", json=wrong).status_code
    return found


@pytest.fixture(scope="module")
def usual(people: dict[str | None, Api], paths: list[str]) -> dict[tuple[str | None, str], int]:
    """The answers while all is well."""
    found = answers(people, paths)
    assert {200, 401, 403, 404} <= set(found.values())
    return found


@contextmanager
def without(bed: Bed, *rights: str) -> Iterator[None]:
    """The web role without rights on tables, as if they were not there."""
    with bed.session() as session:
        for one in rights:
            session.execute(sa.text(f"REVOKE {one} FROM registry_web"))
    try:
        yield
    finally:
        with bed.session() as session:
            for one in rights:
                session.execute(sa.text(f"GRANT {one} TO registry_web"))


@contextmanager
def down(bed: Bed) -> Iterator[None]:
    """No database at all behind the application."""
    services = bed.app.extensions["registry"]
    nowhere = make_engine("postgresql://nobody:x@127.0.0.1:1/registry")
    kept = {one: one.kw["bind"] for one in (services.web, services.stats)}
    for one in kept:
        one.configure(bind=nowhere)
    try:
        yield
    finally:
        for one, engine in kept.items():
            one.configure(bind=engine)


AWAY: dict[str, Callable[[Bed], Any]] = {
    "the database": down,
    "the trail": lambda bed: without(bed, "INSERT ON audit_event"),
    "the counts of tries": lambda bed: without(bed, "SELECT, INSERT, UPDATE (at, last_at) ON sign_in_tries"),
    "grants": lambda bed: without(bed, "SELECT ON access_grant"),
    "second factors": lambda bed: without(bed, "SELECT ON second_factor"),
    "present rows, by which units are told": lambda bed: without(bed, "SELECT ON official_current"),
    "kept replies": lambda bed: without(bed, "SELECT ON idempotent_reply"),
    "rights at the end": lambda bed: without(bed, "EXECUTE ON FUNCTION registry_rights_held(bigint, date)"),
}


@pytest.mark.parametrize("away", AWAY)
def test_nobody_gains_a_right_while_something_is_away(
    demo: Bed,
    people: dict[str | None, Api],
    paths: list[str],
    usual: dict[tuple[str | None, str], int],
    away: str,
) -> None:
    with AWAY[away](demo):
        during = answers(people, paths)
    for who, status in during.items():
        assert status >= 500 or status == usual[who], (who, usual[who], status)
        if away in ("the trail", "the counts of tries"):
            assert status in (503, usual[who]), (
                who,
                status,
                "what may fail in service says so and when to ask again",
            )
    assert during != usual, "it was away"
    if away == "the database":
        assert {status for (name, _), status in during.items() if name} == {503}
        assert answers(people, paths) == usual, "and all is as it was, with nothing done by hand"


def test_the_limit_of_tries_holds_after_it_could_not_count(demo: Bed) -> None:
    stranger = demo.api()
    with AWAY["the counts of tries"](demo):
        for _ in range(3):
            right = stranger.post("/tokens", json={"username": "hr.moha", "password": PASSWORD})
            assert right.status_code == 503, "not even with the right password"


def test_no_dead_connection_is_left_in_the_pool_after_a_restart(
    demo: Bed, people: dict[str | None, Api]
) -> None:
    """All kept connections are ended by the server at once, as when it restarts; the next request of each finds new ones."""
    ready = threading.Barrier(8)

    def ask() -> None:
        ready.wait()
        statuses.append(Api(demo.app.test_client(), people["hr.badinh"].token).get("/officials").status_code)

    for _ in range(2):  # first so that the pool holds several
        statuses: list[int] = []
        asking = [threading.Thread(target=ask) for _ in range(8)]
        for one in asking:
            one.start()
        for one in asking:
            one.join()
        assert statuses == [200] * 8
        ended = "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE usename = 'registry_web' AND datname = %s"
        with psycopg.connect(demo.cluster.dsn(database=demo.database), autocommit=True) as connection:
            row = connection.execute(ended, [demo.database]).fetchone()
        assert row is not None
        assert row[0] >= 2


# Clocks


@contextmanager
def machine_clock(monkeypatch: pytest.MonkeyPatch, off: timedelta) -> Iterator[None]:
    """The clock of this machine goes wrong, in a process that has heard no database yet."""

    class Wrong(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return datetime.now(tz) + off

    real = time.time
    with monkeypatch.context() as patch:
        patch.setattr(clock, "_heard", None)
        patch.setattr(clock, "datetime", Wrong)
        patch.setattr(time, "time", lambda: real() + off.total_seconds())
        yield


@pytest.mark.parametrize("off", [timedelta(days=1), timedelta(days=-1), timedelta(days=-400)], ids=str)
def test_a_wrong_clock_of_the_machine_dates_nothing(
    demo: Bed, monkeypatch: pytest.MonkeyPatch, off: timedelta
) -> None:
    settings = Settings(**{**vars(demo.settings), "today": None})
    right = demo.scalar("SELECT (clock_timestamp() AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")
    with machine_clock(monkeypatch, off):
        assert settings.today_or_now() == right + off or abs(off) < timedelta(days=1), "the clock is wrong"
        with make_sessions(demo.engine("web"))() as session:
            session.info["scope"] = Scope()
            session.execute(sa.text("SELECT"))
        assert settings.today_or_now() == right
        api = demo.api("hr.hanoi")
        assert api.get("/me").status_code == 200, "a session is as long as it should be"
        left = demo.scalar("SELECT max(expires_at) - now() FROM api_token")
        assert timedelta(hours=1) < left <= timedelta(hours=24)
    last = demo.scalar("SELECT max(at) - now() FROM audit_event")
    assert timedelta(seconds=-60) < last <= timedelta(0)


def test_the_database_is_heard_again_when_what_was_heard_is_a_moment_old(
    demo: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    def year(*, heard_seconds_ago: float) -> int:
        """Of now, after a transaction, when 1970 was heard so long ago."""
        with monkeypatch.context() as patch:
            patch.setattr(clock, "_heard", (0.0, time.monotonic() - heard_seconds_ago))
            with make_sessions(demo.engine("web"))() as session:
                session.info["scope"] = Scope(user_id=1)
                assert session.execute(sa.text("SELECT current_setting('app.user')")).scalar_one() == "1"
            return clock.now().year

    assert year(heard_seconds_ago=0) == 1970
    assert year(heard_seconds_ago=clock.MOMENT_SECONDS) == demo.scalar("SELECT extract(year FROM now())::int")


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-12-31T16:59:59+00:00", date(2026, 12, 31)),  # 23:59:59 in Hà Nội
        ("2026-12-31T17:00:00+00:00", date(2027, 1, 1)),
        ("2028-02-28T17:00:00+00:00", date(2028, 2, 29)),
        ("2028-02-29T17:00:00+00:00", date(2028, 3, 1)),
    ],
)
def test_the_day_turns_at_midnight_in_viet_nam(
    demo: Bed, monkeypatch: pytest.MonkeyPatch, moment: str, day: date
) -> None:
    settings = Settings(**{**vars(demo.settings), "today": None})
    monkeypatch.setattr(clock, "_heard", (datetime.fromisoformat(moment).timestamp(), time.monotonic()))
    assert settings.today_or_now() == day


def test_a_decision_of_tomorrow_is_not_in_force_one_second_before_midnight(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, uid = official(registry)
    change = {
        "action": "record", "official": uid, "kind": "salary", "valid_from": "2026-12-01", "rank": "01.003", "step": 2,
        "coefficient": "2.67",
    }  # fmt: skip
    decided(registry, [change])
    registry.settings = Settings(**{**vars(registry.settings), "today": None})

    def step() -> int:
        with registry.session("web") as session:
            assert get_key(session, uid).id == key
        return int(registry.scalar("SELECT step FROM official_current WHERE official_id = :key", key=key))

    def at(moment: str) -> int:
        with registry.session("worker") as session:
            session.execute(sa.text("SELECT"))
            monkeypatch.setattr(
                clock, "_heard", (datetime.fromisoformat(moment).timestamp(), time.monotonic())
            )
            session.execute(
                sa.text("SELECT registry_roll_forward(:today)"), {"today": registry.settings.today_or_now()}
            )
        return step()

    assert at("2026-11-30T16:59:59+00:00") == 1
    assert at("2026-11-30T17:00:00+00:00") == 2


FULL = """
    CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"""


@pytest.mark.parametrize("table", ["audit_event", "change_event", "change_operation"])
def test_when_the_disk_is_full_nothing_is_half_written_and_all_goes_on_once_there_is_room(
    registry: Bed, table: str
) -> None:
    """As PostgreSQL tells of it, at the first, the middle and the last thing that a draft writes; a real disk: `make faults`."""
    officer, draft = registry.api("hr.hanoi"), {"decision": paper("6/QĐ"), "operations": [newcomer()]}
    _, person = official(registry)
    with registry.session() as session:
        session.execute(sa.text(FULL))
        session.execute(
            sa.text(
                f"CREATE TRIGGER no_room BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION no_room()"
            )
        )
    before = registry.counts()
    replies = [officer.post("/changes", json=draft)]
    if table == "audit_event":
        replies.append(officer.get(f"/officials/{person}"))
        assert registry.app.test_client().get("/readyz").status_code == 503
    for reply in replies:
        assert reply.status_code == 503, reply.text
        assert reply.json["type"].rpartition("/")[2] in ("trail_unavailable", "database_away")
        assert int(reply.headers["Retry-After"]) > 0
    assert registry.counts() == before
    with registry.session() as session:
        session.execute(sa.text(f"DROP TRIGGER no_room ON {table}"))
    assert officer.post("/changes", json=draft).status_code == 201
    assert officer.get(f"/officials/{person}").status_code == 200
    assert registry.app.test_client().get("/readyz").status_code == 200
