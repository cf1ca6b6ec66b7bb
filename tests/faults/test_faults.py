"""Kills, restarts and a stop on the real service: nothing acknowledged is lost, nothing is done twice, nobody mends by hand.

Short and with a fixed seed; `make faults` goes on for as long as one likes.
"""

import itertools
import random
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import SECRET, settings_in
from harness import (
    PASSWORD,
    Gone,
    Importer,
    Ledger,
    Registry,
    Standby,
    Writer,
    compare,
    content,
    verified,
    working,
)

from api.app import COUNTED
from registry import replica
from registry.cluster import Cluster, provision_roles, wheel_programs
from seed.portraits import keep_drawings
from web.app import create_app


@pytest.fixture(scope="module")
def registry(cluster: Cluster, demo_template: str) -> Iterator[Registry]:
    """The demo on a durable server of its own, served by start.py."""
    home = Path(tempfile.mkdtemp(prefix="registry-faults-"))
    home.chmod(0o711)
    (home / "secret_key").write_bytes(SECRET)
    durable = Cluster(home)
    durable.start()
    try:
        provision_roles(durable.dsn(), SECRET)
        programs = wheel_programs()
        dump = (
            "--format=custom",
            "--compress=0",
            "--no-owner",
            "--exclude-extension=*",
            f"--file={home / 'demo'}",
        )
        subprocess.run([programs / "pg_dump", *dump, cluster.dsn(database=demo_template)], check=True)
        load = ("--jobs=2", "--no-owner", "--role=registry_owner", f"--dbname={durable.dsn()}", home / "demo")
        subprocess.run([programs / "pg_restore", *load], check=True)
        keep_drawings(1, home / "files")
        served = Registry(home)
        served.start()
        yield served
        served.end()
    finally:
        durable.stop()
        shutil.rmtree(home, ignore_errors=True)


KILLS = ("app", "backend", "worker", "postgres", "restart")


def test_what_was_acknowledged_is_there_once_whatever_is_killed(registry: Registry, tmp_path: Path) -> None:
    ledger, stop, chance = Ledger(tmp_path / "ledger"), threading.Event(), random.Random(6)
    writers = [*(Writer(registry, ledger, stop) for _ in range(2)), Importer(registry, ledger, stop, rows=60)]
    threads = working(writers)
    for one in KILLS:
        time.sleep(chance.uniform(0.3, 1.0))
        registry.kill(one, chance)
        time.sleep(0.5)
        registry.wait()
        registry.time_passes()
        ledger.wait_for_more("approved")
    while not ledger.entries("applied") and not ledger.errors:
        time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join()
    found = compare(registry, ledger)
    assert found.clean, (found, ledger.seen)
    assert len(ledger.entries("approved")) >= len(KILLS)

    undisturbed = Importer(registry, ledger, threading.Event(), rows=60)
    undisturbed.run(1)
    first, last = (ledger.entries("applied")[at]["change"] for at in (0, -1))
    assert first != last
    assert content(registry, first) == content(registry, last), (
        "an import through kills brings the same facts"
    )
    assert verified(registry) == ""

    with (
        registry.superuser() as connection
    ):  # the comparison bites: one acknowledged effect taken away, one doubled
        connection.execute("SET session_replication_role = replica")
        gone, twice = ledger.entries("approved")[:2]
        connection.execute(
            "DELETE FROM fact_salary WHERE change_id = (SELECT id FROM change WHERE uid = %s)", [gone["uid"]]
        )
        connection.execute(
            """INSERT INTO change (decision_id, organization_id, org_ord, maker_id) SELECT decision_id, organization_id,
                org_ord, maker_id FROM change WHERE uid = %s""",
            [twice["uid"]],
        )
    bitten = compare(registry, ledger)
    assert (len(bitten.lost), len(bitten.doubled), len(bitten.torn)) == (1, 1, 1), bitten


def test_figures_come_from_a_replica_and_never_from_the_past_nor_without_their_event(
    registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tmp_path.chmod(0o711)
    standby = Standby(registry.cluster, tmp_path)
    standby.start()
    settings = replace(
        settings_in(registry.home), replica_url=standby.dsn, database_url=registry.cluster.dsn()
    )
    app = create_app(settings)
    held = app.extensions["registry"].stats
    engines = [one.kw["bind"] for one in (app.extensions["registry"].web, held.primary, held.replica)]
    asked = app.test_client()
    signed_in = asked.post("/api/v1/tokens", json={"username": "statistician1", "password": PASSWORD}).json
    where = {"primary": 0.0, "replica": 0.0}

    def count() -> tuple[int, int | None, str]:
        """(status, headcount of the nation, where it was counted)."""
        before = {one: COUNTED.labels(one)._value.get() for one in where}
        reply = asked.get(
            "/api/v1/statistics?measures=headcount", headers={"Authorization": f"Bearer {signed_in['token']}"}
        )
        went = next(one for one in where if COUNTED.labels(one)._value.get() > before[one])
        return reply.status_code, reply.json.get("total", {}).get("headcount"), went

    try:
        status, first, place = count()
        assert (status, place) == (200, "replica")
        assert first is not None
        events = "SELECT count(*) FROM audit_event WHERE action = 'statistics.read'"
        logged = registry.value(events)
        assert logged >= 1, "the question is on the primary's trail"

        standby.say("SELECT pg_wal_replay_pause()")
        Writer(registry, Ledger(tmp_path / "ledger"), threading.Event()).run(1)
        assert count() == (200, first + 1, "primary"), "the replica does not know of it yet"
        waited = iter(range(1_000))

        def begins_to_follow(_seconds: float) -> None:
            if next(waited) == 0:
                standby.say("SELECT pg_wal_replay_resume()")
            time.sleep(0.05)

        with monkeypatch.context() as patch:
            patch.setattr(replica, "sleep", begins_to_follow)
            patch.setattr(replica, "monotonic", itertools.count(0.0, replica.PAUSE).__next__)
            assert count() == (200, first + 1, "replica"), "one that is behind is waited for"
        assert next(waited) >= 1
        assert registry.value(events) == logged + 2

        with registry.superuser() as connection:
            connection.execute("REVOKE INSERT ON audit_event FROM registry_web, registry_reader")
            assert count()[:2] == (503, None), "no event, no figure"
            connection.execute("GRANT INSERT ON audit_event TO registry_web, registry_reader")

        standby.kill()
        assert count() == (200, first + 1, "primary")
        assert held._alone_until > time.monotonic(), "not asked again at once"
        held._alone_until = 0.0
        held.replica.configure(bind=held.primary.kw["bind"])
        assert count() == (200, first + 1, "primary"), "a server that follows nobody is no replica"
        assert held._alone_until > time.monotonic(), "nor waited for"
    finally:
        for engine in engines:
            engine.dispose()
        standby.kill()


def test_asked_to_stop_it_says_so_first_and_finishes_what_was_begun(
    registry: Registry, tmp_path: Path
) -> None:
    stop, going = threading.Event(), threading.Event()
    token = registry.token("hr.hanoi")
    failed: list[str] = []
    told: list[int] = []

    def read() -> None:
        """A client behind a balancer: it sends while the service says that it is ready."""
        while not stop.is_set():
            if going.wait(0.1):
                try:
                    told.append(registry.ask("GET", "/officials?limit=5", Authorization=f"Bearer {token}")[0])
                except Gone as gone:
                    failed.append(str(gone))

    readers = [threading.Thread(target=read) for _ in range(3)]
    going.set()
    for one in readers:
        one.start()
    uid = Importer(registry, Ledger(tmp_path / "ledger"), stop, rows=1900).upload(400)
    time.sleep(0.5)
    assert registry.process is not None
    registry.process.terminate()
    left = False
    while registry.process.poll() is None:
        try:
            left = left or registry.ask("GET", "/readyz", prefix="")[0] == 503
        except Gone:
            break
        if left:
            going.clear()
        time.sleep(0.02)
    assert left, "it says that it is leaving while it still answers"
    stop.set()
    assert registry.process.wait(90) == 0
    for one in readers:
        one.join()
    assert (failed, set(told)) == ([], {200})

    again = registry.cluster
    again.start()
    try:
        job = registry.value(
            "SELECT status || ' after ' || attempts FROM job WHERE payload->>'import' = %s", uid
        )
    finally:
        again.stop()
    assert job in ("done after 1", "queued after 0"), "done, or given back as if it had not been tried"
