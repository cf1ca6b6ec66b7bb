"""The real server over a test's registry: gunicorn in a process of its own, spoken to through sockets."""

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conftest import SECRET, Bed

from registry.cluster import role_password
from registry.roles import LOGIN_ROLES

ROOT = Path(__file__).parents[2]
SHORT = "import sys, web.receiving as r; r.FIRST_SECONDS = 3; from registry.__main__ import main; sys.exit(main(['serve']))"
"""The command, with less patience, so that a test need not wait."""


@dataclass
class Served:
    """A running server: its port, its process, the file its log goes to."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    def connect(self) -> socket.socket:
        """A connection to it."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def exchange(self, sent: bytes, wait: float = 10) -> tuple[list[int], bytes, bool]:
        """Bytes sent on a fresh connection: (status of each answer, all that came, whether the server closed)."""
        with self.connect() as connection:
            connection.settimeout(wait)
            came, closed = b"", True
            try:
                connection.sendall(sent)
                while piece := connection.recv(65536):
                    came += piece
            except TimeoutError:
                closed = False
            except OSError:  # closed while we were still sending
                pass
        return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", came)], came, closed

    def answers(self) -> float:
        """Seconds until somebody who asks whether it lives is told so."""
        began = time.monotonic()
        statuses, _, _ = self.exchange(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert statuses == [200], statuses
        return time.monotonic() - began

    def memory(self) -> int:
        """MiB that its processes hold, shared pages once."""
        total = 0
        for name in Path("/proc").iterdir():
            try:
                if name.name.isdigit() and os.getpgid(int(name.name)) == self.process.pid:
                    rollup = (name / "smaps_rollup").read_text()
                    total += next(
                        int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")
                    )
            except (OSError, StopIteration):
                continue
        return total // 1024


def _free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Command:
    """How the server is started: words, environment, port."""

    words: list[str]
    environment: dict[str, str]
    port: int


def command(bed: Bed, **more: str) -> Command:
    """The server over a registry, with one worker."""
    user, port = LOGIN_ROLES["migrate"], _free()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    given = {
        "REGISTRY_HOME": str(bed.settings.home),
        "PORT": str(port),
        "REGISTRY_WORKERS": "1",
        "SECRET_KEY": SECRET.decode(),
        "DATABASE_URL": bed.cluster.dsn(user, bed.database, role_password(SECRET, user)),
    }
    return Command([sys.executable, "-c", SHORT], kept | given | more, port)


@contextmanager
def serving(bed: Bed) -> Iterator[Served]:
    """The running server; ended with the block."""
    started, log = command(bed), bed.settings.home / "served.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            started.words,
            cwd=ROOT,
            env=started.environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(started.port, process, log)
    try:
        for _ in range(300):
            try:
                served.answers()
                break
            except OSError:
                assert process.poll() is None, log.read_text()
                time.sleep(0.1)
        yield served
    finally:
        process.terminate()
        process.wait(30)
