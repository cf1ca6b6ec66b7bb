#!/usr/bin/env python3
"""Starts the registry from a fresh clone: `python3 start.py`, or runs its tests: `python3 start.py test`.

Needs Python 3.11 and nothing else. It runs twice: first under the system's Python, which makes `.venv` and
installs the locked packages into it; then, in the same process, under the Python of `.venv`, which starts the
database and the services and stops them again. Older Pythons must be able to parse this file (no `match`), so
that they can say which version is needed.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this file meets any Python, and must say so in words
    have = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"Cần Python 3.11 trở lên, đây là {have}. / Python 3.11 or newer is needed, this is {have}.")
if sys.platform == "win32":
    sys.exit("Cần Linux, macOS hoặc WSL. / Linux, macOS or WSL is needed.")

import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from registry.cluster import Cluster, ClusterError, end_with_parent, provision_roles  # noqa: E402
from registry.config import ConfigError, load_settings, make_home  # noqa: E402

if TYPE_CHECKING:
    from registry.config import Settings

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
RUNTIME = ROOT / "requirements" / "requirements.txt"
DEVELOPMENT = ROOT / "requirements" / "dev.txt"

SECOND_HALF = "--inside"  # how the first half calls the second: --inside DESCRIPTOR-OF-THE-LOCK
READY_SECONDS = 120.0
STOP_SECONDS = 60.0
MOST_MENDS, MENDS_WITHIN = 5, 60.0
"""So often within so many seconds may something that ended by itself be started again."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
# Settings of other tools that would lead pip or Python away from .venv, and ours, which tests must not see.
MISLEADING = {"PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"}
OURS = {"DATABASE_URL", "REPLICA_URL", "SECRET_KEY", "SECRET_KEY_FILE", "PORT", "OFFICIALS", "SEED"}

stop = threading.Event()


class Refused(Exception):
    """The start cannot go on; the message tells the person why and what to do."""


class Stopped(Exception):
    """Somebody asked us to stop."""


def main(arguments: Sequence[str]) -> int:
    """Run the asked command; 0 when it ended as wished, 1 when it could not, 2 for a wrong command line."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace", line_buffering=True)  # type: ignore[union-attr]
    try:
        if not arguments:
            listen_for_signals()
            prepare()
        if arguments[0] == "test":
            listen_for_signals()
            test(arguments[1:])
        if arguments[0] != SECOND_HALF:
            print("python3 start.py          chạy hệ thống / run the registry")
            print("python3 start.py test …   chạy kiểm thử / run the tests, with pytest's options")
            return 2
        listen_for_signals()
        serve(int(arguments[1]))
    except (Stopped, KeyboardInterrupt):
        pass
    except (Refused, ConfigError, ClusterError, OSError) as problem:
        if not stop.is_set():
            print(f"Không khởi động được / cannot start: {problem}", file=sys.stderr)
            return 1
    say("Đã dừng.", "Stopped.")
    return 0


def say(vietnamese: str, english: str) -> None:
    print(f"{vietnamese} / {english}", flush=True)


# First half: the system's Python


def prepare() -> NoReturn:
    """Check the settings, install, and become the second half, which keeps our lock on the home directory."""
    settings = load_settings()
    handle = lock_home(settings.home)
    refuse_taken_port(settings.port)
    install(RUNTIME)
    if stop.is_set():
        raise Stopped
    signal.pthread_sigmask(
        signal.SIG_BLOCK, SIGNALS
    )  # one that comes now waits until the second half listens
    os.set_inheritable(handle, True)
    os.execve(PYTHON, [str(PYTHON), str(ROOT / "start.py"), SECOND_HALF, str(handle)], environment())


def lock_home(home: Path) -> int:
    """Hold the home directory for this process; the lock goes with the process, even after kill -9."""
    make_home(home)
    handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(handle, 20).decode() or "?"
        raise Refused(
            f"hệ thống đang chạy với dữ liệu ở {home} (tiến trình {holder}); dừng nó trước, hoặc đặt "
            f"REGISTRY_HOME và PORT khác / the registry already runs on {home} (process {holder}); stop it "
            "first, or set another REGISTRY_HOME and PORT"
        ) from None
    os.ftruncate(handle, 0)
    os.write(handle, str(os.getpid()).encode())
    return handle


def refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Refused(
                f"cổng {port} không dùng được; đặt PORT khác / port {port} is taken or not allowed; "
                "set another PORT"
            ) from None


def install(lock: Path) -> None:
    """Make `.venv` and install a lock file into it; nothing, without network, when that was done before."""
    with alone():
        version = version_of_venv()
        done = installed(version)
        digest = hashlib.sha256(lock.read_bytes()).hexdigest()
        if done.get(lock.name) == digest:
            return
        if not done:
            make_venv()
            version = version_of_venv()
        say(
            "Đang cài thư viện, lần đầu mất khoảng nửa phút …",
            "installing packages, about half a minute once",
        )
        STAMP.unlink(missing_ok=True)
        install_packages(lock)
        done = {"python": version, lock.name: digest}
        if lock == DEVELOPMENT:  # which contains the other
            done[RUNTIME.name] = hashlib.sha256(RUNTIME.read_bytes()).hexdigest()
        STAMP.write_text(json.dumps(done))


@contextmanager
def alone() -> Iterator[None]:
    """One installation at a time in this checkout; the lock is on this file, so that none is left over."""
    with open(__file__, "rb") as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    say("Đang chờ một lần cài đặt khác …", "waiting for another installation")
                waiting = True
            if stop.wait(1):
                raise Stopped
        yield


def version_of_venv() -> str:
    """'3.11' of the Python in `.venv`; '' when there is none that runs."""
    command = [str(PYTHON), "-I", "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return ""


def installed(version: str) -> dict[str, str]:
    """What the stamp says was installed completely, for this version of Python; nothing else is trusted."""
    try:
        done: dict[str, str] = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return done if version and done.get("python") == version else {}


def make_venv() -> None:
    """A virtual environment without pip: `ensurepip` is often missing, and the checkout brings its own.

    The checkout and the `registry` command are put into it by relative paths, so it may be moved.
    """
    run([sys.executable, "-I", "-m", "venv", "--without-pip", "--clear", str(VENV)], "python -m venv")
    packages = next((VENV / "lib").glob("python3*")) / "site-packages"
    (packages / "registry.pth").write_text(f"{os.path.relpath(ROOT, packages)}\n")
    command = VENV / "bin" / "registry"
    command.write_text('#!/bin/sh\nexec "$(dirname "$0")/python" -m registry "$@"\n')
    command.chmod(0o755)


def install_packages(lock: Path) -> None:
    """By uv where there is one, else by the pip of the checkout. Only wheels, only with the lock's hashes."""
    cache = VENV / "cache"  # not the user's: nothing is written outside the checkout; kept only for a retry
    options = ["install", "--quiet", "--require-hashes", "--only-binary", ":all:", "-r", str(lock)]
    uv = shutil.which("uv")
    pip = next((ROOT / "requirements").glob("pip-*.whl")) / "pip"
    by_pip = [str(PYTHON), "-I", str(pip), *options, "--no-input", "--disable-pip-version-check"]
    try:
        if uv is None:
            raise Refused
        run([uv, "pip", *options, "--python", str(PYTHON)], "uv", UV_CACHE_DIR=str(cache))
    except Refused:  # a uv that knows no mirror or no certificate may fail where pip does not
        run(by_pip, "pip", PIP_CACHE_DIR=str(cache))
    shutil.rmtree(cache, ignore_errors=True)


def run(command: Sequence[str], name: str, **extra: str) -> None:
    """Run a step of the installation quietly; end it when asked to stop, show its last words if it fails."""
    VENV.mkdir(exist_ok=True)
    with open(VENV / "install.log", "w+", encoding="utf-8", errors="replace") as log:
        process = spawn(command, environment() | extra, log.fileno())
        wait(process)
        if process.returncode == 0:
            return
        log.seek(0)
        last = "\n".join(log.read().splitlines()[-6:])
    raise Refused(
        f"{name} không chạy xong; kiểm tra mạng rồi chạy lại lệnh này / {name} did not finish; check the "
        f"network and run this command again:\n{last}"
    )


def test(options: Sequence[str]) -> NoReturn:
    """Become pytest, free of the settings that this shell has for the running registry; the whole suite by three processes:
    of two cores there is often one that waits."""
    install(DEVELOPMENT)
    options = options or ("--numprocesses=3", "--dist=loadgroup")
    clean = {k: v for k, v in environment().items() if k not in OURS and not k.startswith("REGISTRY_")}
    clean.pop("PYTHONDONTWRITEBYTECODE", None)  # each of the many processes would compile everything again
    os.chdir(ROOT)
    os.execve(PYTHON, [str(PYTHON), "-m", "pytest", *options], clean)


# Second half: the Python of .venv


def serve(handle: int) -> None:
    """Start the database, bring it up to date, serve until asked to stop; then stop all that was started."""
    os.set_inheritable(handle, False)
    settings = load_settings()
    cluster = None if settings.database_url else Cluster(settings.home)
    services = Kept(cluster)
    try:
        if cluster:
            say("Đang khởi động cơ sở dữ liệu …", "starting the database")
            cluster.start()
            provision_roles(cluster.dsn(), settings.secret_key)
        fill(settings, cluster)
        services.start()
        wait_until_ready(settings.port, services.mend)
        say("Sẵn sàng; dừng bằng Ctrl-C.", "Ready; stop with Ctrl-C.")
        print(f"READY http://127.0.0.1:{settings.port}", flush=True)
        while not stop.wait(0.5):
            services.mend()
    finally:
        services.end()
        if cluster:
            cluster.stop()


def fill(settings: "Settings", cluster: Cluster | None) -> None:
    """Migrations, catalogues; demo people when there is nobody, never in production or a foreign server."""
    say("Đang cập nhật cấu trúc dữ liệu …", "migrating")
    step("db", "upgrade")
    say("Đang nạp danh mục …", "loading the catalogues")
    step("seed", "catalogues")
    if cluster and not settings.production and not holds_officials(cluster.dsn()):
        say(f"Đang tạo {settings.officials} hồ sơ minh họa …", "making the demo registry")
        step("seed", "demo", "--officials", str(settings.officials), "--seed", str(settings.seed))


def holds_officials(dsn: str) -> bool:
    """Asked as superuser: for the other roles row-level security hides everybody."""
    import psycopg

    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT EXISTS (SELECT FROM official)").fetchone()
    return bool(row and row[0])


def registry(*words: str) -> list[str]:
    return [str(PYTHON), "-m", "registry", *words]


def step(*words: str) -> None:
    process = spawn(registry(*words), environment())
    wait(process)
    if process.returncode:
        raise Refused(f"bước này không chạy xong / this step failed: registry {' '.join(words)}")


def wait_until_ready(port: int, check_services: Callable[[], None]) -> None:
    """Ask /readyz until it says 200, never through a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(int(READY_SECONDS / 0.25)):
        check_services()
        try:
            with opener.open(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:  # not listening yet, or 503 while it is not ready
            pass
        if stop.wait(0.25):
            raise Stopped
    raise Refused("dịch vụ không trả lời / the service does not answer")


class Kept:
    """The database, the service and its worker: what ends by itself is started again.

    What keeps ending stops everything: half a registry would only look alive.
    """

    def __init__(self, cluster: Cluster | None) -> None:
        self.cluster = cluster
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.mended: list[float] = []

    def start(self) -> None:
        for noun in ("serve", "worker"):
            if noun not in self.running:
                self.running[noun] = spawn(registry(noun), environment())

    def end(self) -> None:
        end(list(self.running.values()))
        self.running.clear()

    def mend(self) -> None:
        """Start again what ended. Raises Refused when that was needed too often."""
        if stop.is_set():
            return
        if self.cluster and self.cluster.dead():
            self._raise_database(self.cluster)
        for noun, service in list(self.running.items()):
            if service.poll() is not None:
                self._count("dịch vụ", f"a service, registry {noun}")
                del self.running[noun]
        self.start()

    def _raise_database(self, cluster: Cluster) -> None:
        """A full disk may keep the database down until somebody makes room; then it comes back by itself, so this never
        gives up, and the service answers 503 meanwhile."""
        say(
            "Khởi động lại cơ sở dữ liệu …",
            f"the database ended by itself, starting again; see {cluster.log}",
        )
        port = cluster.port()
        try:
            cluster.start()
        except ClusterError as problem:
            say("Chưa khởi động lại được, sẽ thử lại.", f"not yet, trying again: {problem}")
            return
        if cluster.port() != port:  # the services talk to the old one
            self.end()

    def _count(self, vietnamese: str, english: str) -> None:
        now = time.monotonic()
        self.mended = [*(one for one in self.mended if now - one < MENDS_WITHIN), now]
        if len(self.mended) > MOST_MENDS:
            raise Refused(
                f"{vietnamese} dừng đột ngột nhiều lần / ended by itself again and again: {english}"
            )
        say(f"Khởi động lại {vietnamese} …", f"ended by itself, starting again: {english}")


# Processes


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in MISLEADING}
    if os.path.expanduser("~") == "~":  # a user without a name and HOME, as in containers: pip insists on one
        kept["HOME"] = str(VENV)
    return kept


def listen_for_signals() -> None:
    """From here on a request to stop is noted, and acted on between two steps."""
    for number in SIGNALS:
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # nohup stays nohup
            signal.signal(number, lambda *_: stop.set())
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)


def spawn(command: Sequence[str], env: dict[str, str], output: int | None = None) -> subprocess.Popen[bytes]:
    """A child in a group of its own, so that Ctrl-C reaches us alone and we choose the order of stopping.

    It ends with us, even when we are killed.
    """
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=end_with_parent(signal.SIGTERM),
    )


def wait(process: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            process.wait(timeout=0.5)
            break
        except subprocess.TimeoutExpired:
            if stop.is_set():
                end([process])
    if stop.is_set():
        raise Stopped


def end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    """Ask all to stop, then wait; what does not listen is killed with its children."""
    for process in processes:
        if process.poll() is None:
            process.terminate()
    for process in processes:
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
