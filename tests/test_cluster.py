"""The embedded PostgreSQL for real: made, shared, killed, repaired; and what its login roles may do."""

import os
import shutil
import signal
import socket
import stat
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from registry.__main__ import main
from registry.cluster import Cluster, ensure, provision_roles, role_dsn, role_password
from registry.config import load_settings
from registry.roles import LOGIN_ROLES, READER

SECRET = "s" * 32


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with Vietnamese letters, which an unprivileged user can reach: root's server runs as one."""
    top = Path(tempfile.mkdtemp(prefix="registry-cluster-"))
    top.chmod(0o711)
    yield top / "Sổ bộ công chức"
    shutil.rmtree(top)


@pytest.fixture(scope="module")
def cluster(home: Path) -> Iterator[Cluster]:
    cluster = Cluster(home, durable=False)
    cluster.start()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="module")
def provisioned(cluster: Cluster) -> Cluster:
    provision_roles(cluster.dsn(), SECRET.encode())
    return cluster


def server_pid(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def test_several_processes_may_provision_at_once(provisioned: Cluster) -> None:
    with ThreadPoolExecutor(4) as pool:
        futures = [pool.submit(provision_roles, provisioned.dsn(), SECRET.encode()) for _ in range(12)]
    assert [future.exception() for future in futures] == [None] * 12


def test_server_is_reached_over_loopback_with_a_password_only(cluster: Cluster) -> None:
    names = ("listen_addresses", "unix_socket_directories", "data_checksums", "server_encoding", "fsync")
    with psycopg.connect(cluster.dsn(database="postgres")) as connection:
        methods = connection.execute("SELECT DISTINCT auth_method FROM pg_hba_file_rules").fetchall()
        shown = [connection.execute("SELECT current_setting(%s)", [name]).fetchone() for name in names]
        lower = connection.execute("SELECT lower('ĐẶNG')").fetchone()
        assert connection.info.server_version // 10_000 == 18
    assert methods == [("scram-sha-256",)]
    assert shown == [("127.0.0.1",), ("",), ("on",), ("UTF8",), ("off",)]
    assert lower == ("đặng",)
    for secret in ("postgres.password", "postgres.log"):
        assert stat.S_IMODE((cluster.home / secret).stat().st_mode) == 0o600
    assert not (cluster.home / "postgres.initial").exists()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(cluster.dsn(database="postgres", password="guessed"))


def test_killed_server_starts_again_with_all_that_was_committed(home: Path) -> None:
    durable = Cluster(home.with_name("durable"))
    after = Cluster(durable.home)  # as another process would: nobody has reaped the killed one
    durable.start()
    try:
        before = durable.dsn(database="postgres")
        with psycopg.connect(before, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
            os.kill(server_pid(durable), signal.SIGKILL)
            while Cluster(durable.home).running():  # a signal is delivered a moment after it is sent
                time.sleep(0.01)

        after.start()
        assert durable.dead()

        assert after.dsn(database="postgres") == before
        with psycopg.connect(before) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchall() == [(42,)]
    finally:
        after.stop()


def test_a_command_leaves_the_service_running_and_the_last_one_out_stops_it(
    cluster: Cluster,
) -> None:
    served_by = server_pid(cluster)
    with ensure(cluster.home) as beside:
        assert server_pid(beside) == served_by
    assert cluster.running()

    cluster.stop()
    with ensure(cluster.home) as first:
        with ensure(cluster.home):
            assert first.running()
        assert first.running()
    assert not first.running()
    cluster.start()


def test_a_port_taken_meanwhile_is_replaced(cluster: Cluster) -> None:
    cluster.stop()
    taken = cluster.port()
    with socket.create_server(("127.0.0.1", taken)):
        cluster.start()

    assert cluster.port() != taken
    with psycopg.connect(cluster.dsn(database="postgres")) as connection:
        assert connection.info.port == cluster.port()


def test_a_pid_file_of_another_process_is_not_taken_for_the_server(cluster: Cluster) -> None:
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{cluster.data}\n0\n{cluster.port()}\n\n\n\nready\n"
    )

    assert not cluster.running()
    cluster.stop()  # and nobody is shot for it
    (cluster.data / "postmaster.pid").unlink()
    cluster.start()


def test_login_roles_have_no_power_over_the_server_or_over_row_level_security(provisioned: Cluster) -> None:
    provision_roles(provisioned.dsn(), SECRET.encode())  # safe to repeat
    with psycopg.connect(provisioned.dsn()) as connection:
        roles = connection.execute(
            "SELECT rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb"
            " OR rolreplication FROM pg_roles WHERE rolname LIKE 'registry%' ORDER BY 1"
        ).fetchall()
        owner = connection.execute(
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = 'registry'"
        ).fetchone()
        extensions = connection.execute("SELECT extname FROM pg_extension ORDER BY 1").fetchall()
        becomes = connection.execute(
            "SELECT member::regrole::text, inherit_option, admin_option FROM pg_auth_members WHERE roleid = %s::regrole",
            [READER],
        ).fetchall()
    assert roles == sorted([(READER, False, False), *((name, True, False) for name in LOGIN_ROLES.values())])
    assert becomes == [("registry_web", False, False)]
    assert owner == ("registry_owner",)
    assert extensions == [("btree_gist",), ("pg_trgm",), ("plpgsql",)]


@pytest.mark.parametrize("role", LOGIN_ROLES)
def test_each_role_logs_in_as_itself_and_only_the_owner_makes_tables(provisioned: Cluster, role: str) -> None:
    settings = load_settings({"REGISTRY_HOME": str(provisioned.home), "SECRET_KEY": SECRET})
    other = load_settings({"REGISTRY_HOME": str(provisioned.home), "SECRET_KEY": "o" * 32})

    with psycopg.connect(role_dsn(settings, role)) as connection:
        assert connection.execute("SELECT current_user::text").fetchone() == (LOGIN_ROLES[role],)
        if role == "migrate":
            connection.execute("CREATE TABLE made (id int)")
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TABLE made (id int)")
        connection.rollback()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(role_dsn(other, role))


def test_with_a_database_url_only_user_and_password_differ_by_role(tmp_path: Path) -> None:
    url = "postgresql://owner:p%40ss@a.example:5433,b.example:5434/reg?target_session_attrs=read-write"
    settings = load_settings({"REGISTRY_HOME": str(tmp_path), "SECRET_KEY": SECRET, "DATABASE_URL": url})

    assert role_dsn(settings, "migrate") == url
    user, _, place = role_dsn(settings, "stats").partition("@")
    assert place == "a.example:5433,b.example:5434/reg?target_session_attrs=read-write"
    assert user.startswith("postgresql://registry_stats:")
    assert user.count(":") == 2
    assert len(user.rpartition(":")[2]) == 64


def test_an_upgrade_without_a_role_says_how_it_is_made_and_changes_nothing(
    provisioned: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    owner = provisioned.dsn(LOGIN_ROLES["migrate"], password=role_password(SECRET.encode(), "registry_owner"))
    for name, value in {
        "DATABASE_URL": owner,
        "SECRET_KEY": SECRET,
        "REGISTRY_HOME": str(provisioned.home),
    }.items():
        monkeypatch.setenv(name, value)
    with psycopg.connect(provisioned.dsn(), autocommit=True) as superuser:
        superuser.execute(f"ALTER ROLE {READER} RENAME TO somebody")
        try:
            with pytest.raises(SystemExit):
                main(["db", "upgrade"])
            tables = superuser.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchone()
        finally:
            superuser.execute(f"ALTER ROLE somebody RENAME TO {READER}")
    assert "registry db provision" in capsys.readouterr().err
    assert tables == (0,)
