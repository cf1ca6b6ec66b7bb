"""Faults on the real thing: start.py with its PostgreSQL, durable, its service and its worker; writers that keep a ledger of
all that was acknowledged on their own disk; kills; and the comparison of ledger and registry afterwards.

Everything is on loopback, in a directory of its own, and stops by itself.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg

from registry.cluster import Cluster

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Demo-Registry-2026"
TODAY = "2026-11-25"
PATIENCE = 90.0
"""Seconds after which a registry that has not come back is given up."""


class Gone(Exception):
    """No answer: whether it was done is not known."""


def free_port() -> int:
    """A port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def children(pid: int) -> list[int]:
    """Living children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            state, parent = stat.rpartition(")")[2].split()[:2]
            if int(parent) == pid and state != "Z":
                found.append(int(entry.name))
    return sorted(found)


def command(pid: int) -> str:
    """The words of a process."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


@dataclass
class Registry:
    """A registry started by start.py over a home directory."""

    home: Path
    officials: int = 200
    environ: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it says READY."""
        told = {
            "REGISTRY_HOME": str(self.home), "PORT": str(self.port), "OFFICIALS": str(self.officials),
            "REGISTRY_TODAY": TODAY, "PATH": os.environ["PATH"], "PYTHONUTF8": "1", "HOME": str(self.home),
        }  # fmt: skip
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, ROOT / "start.py"], env=told | self.environ, stdout=log, stderr=log
            )
        self.wait(300)

    def wait(self, patience: float = PATIENCE) -> float:
        """Until /readyz says 200; the seconds it took."""
        began = time.monotonic()
        while time.monotonic() < began + patience:
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(f"start.py ended with {self.process.returncode}, see {self.log}")
            if self.ready():
                return time.monotonic() - began
            time.sleep(0.1)
        raise AssertionError(f"not ready within {patience} s, see {self.log}")

    def ready(self) -> bool:
        """What /readyz says."""
        try:
            return self.ask("GET", "/readyz", prefix="")[0] == 200
        except Gone:
            return False

    @property
    def log(self) -> Path:
        """What it said."""
        return self.home.with_name(f"{self.home.name}.log")

    def stop(self) -> int:
        """Ask it to stop; its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(120)

    def end(self) -> None:
        """Whatever became of it, nothing of it is left running."""
        if self.process is not None and self.process.poll() is None:
            self.stop()
        self.cluster.stop()

    @property
    def cluster(self) -> Cluster:
        """Its PostgreSQL."""
        return Cluster(self.home)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        prefix: str = "/api/v1",
        timeout: float = 60,
        **headers: str,
    ) -> tuple[int, Any, dict[str, str]]:
        """(status, body, headers) of one request on a connection of its own. Raises Gone without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        try:
            connection.request(method, prefix + quote(path, safe="/?=&%"), body, sent)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Gone(str(error)) from error
        finally:
            connection.close()
        kind = answer.headers.get("Content-Type", "")
        return answer.status, json.loads(content) if "json" in kind else content, dict(answer.headers)

    def token(self, username: str) -> str:
        """Signed in, however often that must be tried."""
        for _ in range(int(PATIENCE / 0.2)):
            try:
                status, body, _ = self.ask("POST", "/tokens", {"username": username, "password": PASSWORD})
            except Gone:
                status, body = 0, {}
            if status == 201:
                return str(body["token"])
            time.sleep(0.2)
        raise AssertionError(f"{username} cannot sign in")

    @contextmanager
    def superuser(self) -> Iterator[psycopg.Connection[Any]]:
        """A connection that sees everything."""
        with psycopg.connect(self.cluster.dsn(), autocommit=True) as connection:
            yield connection

    def value(self, statement: str, *values: Any) -> Any:
        """One value."""
        with self.superuser() as connection:
            row = connection.execute(statement, values).fetchone()
        return row[0] if row else None

    # What can be killed

    def postmaster(self) -> int:
        """The server of the database."""
        return int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])

    def part(self, noun: str) -> int:
        """The process of `registry serve` or `registry worker`."""
        assert self.process is not None
        for _ in range(100):
            for pid in children(self.process.pid):
                if f"registry {noun}" in command(pid):
                    return pid
            time.sleep(0.1)
        raise AssertionError(f"registry {noun} does not run")

    def kill(self, what: str, chance: random.Random) -> None:
        """kill -9 of a part: 'app' one process that answers, 'serve' the one above them, 'worker', 'postgres' the server,
        'backend' one of its connections; 'restart' stops the server in its own way."""
        try:
            if what == "app":
                os.kill(chance.choice(children(self.part("serve"))), signal.SIGKILL)
            elif what in ("serve", "worker"):
                os.kill(self.part(what), signal.SIGKILL)
            elif what == "backend":
                serving = [pid for pid in children(self.postmaster()) if "registry_web" in command(pid)]
                if serving:
                    os.kill(chance.choice(serving), signal.SIGKILL)
            else:
                os.kill(self.postmaster(), signal.SIGKILL if what == "postgres" else signal.SIGINT)
        except (ProcessLookupError, FileNotFoundError, IndexError):
            pass  # it was down already

    def time_passes(self) -> None:
        """The leases of lost workers run out now, for who cannot wait half a minute."""
        with self.superuser() as connection:
            connection.execute("UPDATE job SET leased_until = now() WHERE status = 'running'")


class Standby:
    """A hot standby of a registry's PostgreSQL, in a directory of its own; the superuser's connection is that of the primary."""

    def __init__(self, primary: Cluster, home: Path) -> None:
        self.cluster, self.data, self.port = Cluster(home), home / "postgres", free_port()
        self.primary, self.log = primary, home / "standby.log"

    def start(self) -> None:
        """Copy the primary and follow it, once it takes connections."""
        runner = self.cluster._runner()
        copy = (
            "-d",
            self.primary.dsn(),
            "-D",
            self.data,
            "--checkpoint=fast",
            "--write-recovery-conf",
            "--no-sync",
        )
        subprocess.run([str(runner.programs / "pg_basebackup"), *map(str, copy)], check=True)
        self.data.chmod(0o700)
        if runner.owner:
            for one in (self.data, *self.data.rglob("*")):
                os.chown(one, *runner.owner, follow_symlinks=False)
        options = {"port": str(self.port), "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                runner.command("postgres", "-D", self.data, *(f"-c{name}={value}" for name, value in options.items())),
                **self.cluster._surroundings(runner), stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        for _ in range(int(PATIENCE / 0.1)):
            try:
                self.say("SELECT")
            except psycopg.OperationalError:
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"the standby does not start, see {self.log}")

    def say(self, statement: str) -> None:
        """As its superuser."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement)

    @property
    def dsn(self) -> str:
        """Its address, with the superuser of the primary."""
        return self.primary.dsn().replace(f":{self.primary.port()}/", f":{self.port}/")

    def kill(self) -> None:
        """At once, without a word to anybody."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(PATIENCE)


class Ledger:
    """What was acknowledged, on the writers' own disk before anything else is done; `seen` counts all answers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self.lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.errors: list[str] = []

    def acknowledge(self, what: str, **entry: Any) -> None:
        """Kept before the writer goes on."""
        with self.lock, self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"what": what, **entry}) + "\n")
            file.flush()
            os.fsync(file.fileno())

    def entries(self, what: str) -> list[dict[str, Any]]:
        """All that was acknowledged of a kind."""
        with self.lock:
            found = [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]
        return [one for one in found if one["what"] == what]

    def wait_for_more(self, what: str) -> None:
        """Until one more of a kind was acknowledged: so that there is work between two faults, however slow the machine."""
        before, until = len(self.entries(what)), time.monotonic() + PATIENCE
        while len(self.entries(what)) == before and time.monotonic() < until:
            time.sleep(0.05)

    def note(self, status: int | str, where: str, body: Any = None) -> None:
        """An answer, or that there was none; what is an error of ours is kept in words."""
        with self.lock:
            self.seen[str(status)] += 1
            if isinstance(status, int) and status >= 500 and status != 503:
                self.errors.append(f"{where}: {status} {body}")


_numbers = iter(range(1, 1_000_000))
_files = iter(range(1, 1_000_000))


@dataclass
class Writer:
    """Somebody who writes on and on: a change handed in, then approved by another, each until it is acknowledged.

    With `keys` a request that may have been done is repeated under its Idempotency-Key, without is a client that
    simply sends again.
    """

    registry: Registry
    ledger: Ledger
    stop: threading.Event
    keys: bool = True
    tokens: dict[str, str] = field(default_factory=dict)
    held: threading.Event | None = None

    def again(
        self, who: str, method: str, path: str, body: Any = None, *, key: str = "", **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        """One request, repeated while there is no answer or a 503; the first other answer."""
        if who not in self.tokens:
            self.tokens[who] = self.registry.token(who)
        headers["Authorization"] = f"Bearer {self.tokens[who]}"
        if key and self.keys:
            headers["Idempotency_Key"] = key
        for _ in range(int(PATIENCE / 0.1)):
            if self.held is not None:
                self.held.wait(PATIENCE)
            try:
                status, answer, told = self.registry.ask(method, path, body, **headers)
            except Gone:
                self.ledger.note("gone", path)
                time.sleep(0.1)
                continue
            self.ledger.note(status, f"{method} {path}", answer)
            if status == 503:
                assert told.get("Retry-After"), f"{path}: 503 says nothing of when to ask again"
                time.sleep(0.1)
                continue
            return status, answer, told
        raise AssertionError(f"{method} {path}: no answer for {PATIENCE} s")

    def run(self, most: int = 1_000_000) -> None:
        """Write until told to stop, or `most` changes."""
        for _ in range(most):
            if self.stop.is_set():
                return
            self.one(next(_numbers))

    def one(self, number: int) -> None:
        """One person registered by two."""
        personal, paper = f"001190{number:06d}", f"F{number}/QĐ"
        body = {
            "decision": {
                "number": paper,
                "issued_on": TODAY,
                "issuer": "Sở Nội vụ",
                "title": "Theo quyết định",
            },
            "operations": [newcomer(personal)],
        }
        status, made, _ = self.again("hr.hanoi", "POST", "/changes?submit=true", body, key=f"s-{number}")
        if status != 201:
            self.ledger.note("refused", paper)
            return
        self.ledger.acknowledge("submitted", paper=paper, uid=made["id"])
        _, shown, told = self.again("approver.hanoi", "GET", f"/changes/{made['id']}")
        status, done, _ = self.again(
            "approver.hanoi", "POST", f"/changes/{made['id']}/approve", {}, key=f"a-{number}", If_Match=told.get("ETag", "")
        )  # fmt: skip
        if status == 200:
            self.ledger.acknowledge("approved", paper=paper, uid=made["id"], person=personal)
        else:
            self.ledger.note("not approved", paper, (shown.get("status"), done))


def newcomer(personal: str) -> dict[str, Any]:
    """The registration of somebody."""
    since = "2020-01-01"
    return {
        "action": "register",
        "personal": {"personal_id": personal, "full_name": "Phạm Thị Bền", "birth_date": "1990-05-20", "sex": "nu"},
        "facts": [
            {"kind": "status", "valid_from": since, "status": "dang_lam_viec", "category": "cong_chuc"},
            {"kind": "appointment", "valid_from": since, "organization": "H26-SNV-CCVC", "job_position": "Chuyên viên"},
            {"kind": "salary", "valid_from": since, "rank": "01.003", "step": 1, "coefficient": "2.34"},
        ],
    }  # fmt: skip


@dataclass
class Importer(Writer):
    """Imports of many rows, each checked by the worker, handed in, approved."""

    rows: int = 100

    def run(self, most: int = 1_000_000) -> None:
        """Bring files until told to stop, or `most` of them."""
        for _ in range(most):
            if self.stop.is_set():
                return
            self.one(next(_files))

    @property
    def patience(self) -> float:
        """Seconds until a file must be checked: the work of ten rows a second comes on top of what a start may take."""
        return PATIENCE + self.rows / 10

    def upload(self, number: int) -> str:
        """One file, to be checked by the worker; its id."""
        content = sheet(number, self.rows)
        border = "grenze"
        parts = {"kind": "officials", "organization": "H26"}
        form = "".join(
            f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parts.items()
        )
        form += f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="f{number}.csv"\r\n\r\n'
        body = form.encode() + content + f"\r\n--{border}--\r\n".encode()
        kind = {"Content_Type": f"multipart/form-data; boundary={border}"}
        status, made, _ = self.again("hr.hanoi", "POST", "/imports", body, key=f"u-{number}", **kind)
        assert status == 202, made
        self.ledger.acknowledge("uploaded", uid=made["id"], number=number, rows=self.rows)
        return str(made["id"])

    def one(self, number: int) -> None:
        """One file from the upload to its persons."""
        uid = self.upload(number)
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            _, shown, told = self.again("hr.hanoi", "GET", f"/imports/{uid}")
            if shown["status"] not in ("queued", "checking"):
                break
            time.sleep(0.1)
        assert shown["status"] == "checked", shown
        status, handed, _ = self.again(
            "hr.hanoi", "POST", f"/imports/{uid}/submit", {}, key=f"h-{number}", If_Match=told["ETag"]
        )
        assert status == 201, handed
        self.ledger.acknowledge("handed in", uid=uid, change=handed["change_id"], rows=self.rows)
        _, _, told = self.again("approver.hanoi", "GET", f"/changes/{handed['change_id']}")
        status, done, _ = self.again(
            "approver.hanoi", "POST", f"/changes/{handed['change_id']}/approve", {}, key=f"b-{number}", If_Match=told["ETag"]
        )  # fmt: skip
        assert status == 200, done
        self.ledger.acknowledge("applied", uid=uid, change=handed["change_id"], rows=self.rows, number=number)


TITLES = (
    "Họ và tên;Ngày sinh;Giới tính;Số định danh cá nhân;Số hiệu;Mã cơ quan;Phân loại;Dân tộc;Tôn giáo;Quê quán;"
    "Ngày tuyển dụng;Chức vụ;Vị trí việc làm;Mã ngạch;Bậc;Hệ số;Ngày hưởng;Trình độ;Lý luận chính trị;Ngày vào Đảng;"
    "Số quyết định;Ngày quyết định"
)


GIVEN = ("Hà", "Mai", "Lan", "Hương", "Thảo", "Ngọc", "Yến")


def sheet(number: int, rows: int) -> bytes:
    """A file of persons whose numbers come of its own; equal rows otherwise, so that two files bring equal facts."""
    lines = [
        f"Nguyễn Thị {GIVEN[row % len(GIVEN)]};05/09/1987;Nữ;001187{(number * rows + row) % 1_000_000:06d};;H26-SNV;Công chức;Kinh;;;"
        "01/11/2011;;Chuyên viên;01.003;4;3,33;01/11/2024;Đại học;Trung cấp;;215/QĐ-SNV;15/10/2026"
        for row in range(rows)
    ]
    return "\n".join((TITLES, *lines)).encode()


def working(writers: Iterable[Writer], most: int = 1_000_000) -> list[threading.Thread]:
    """The writers, each in a thread."""
    threads = [threading.Thread(target=_kept, args=(one, most)) for one in writers]
    for one in threads:
        one.start()
    return threads


def _kept(writer: Writer, most: int) -> None:
    try:
        writer.run(most)
    except Exception as error:  # told by the comparison, not lost in a thread
        with writer.ledger.lock:
            writer.ledger.errors.append(f"{type(error).__name__}: {error}"[:600])


# The comparison


@dataclass
class Outcome:
    """What the comparison found; all of it is 0 or empty where nothing is wrong."""

    acknowledged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    torn: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.torn or self.errors)


_KINDS = """SELECT relname FROM pg_class WHERE relkind = 'r' AND starts_with(relname, 'fact_')
    AND relnamespace = 'public'::regnamespace ORDER BY 1"""
_CHANGE = """SELECT c.status, (SELECT count(*) FROM audit_event e WHERE e.object_id = c.uid::text AND action = 'change.approve'),
        (SELECT count(*) FROM audit_event e WHERE e.detail->>'change' = c.number AND action = 'official.apply'),
        (SELECT count(*) FROM fact_identity f WHERE f.change_id = c.id),
        (SELECT count(*) FROM fact_salary f WHERE f.change_id = c.id)
    FROM change c WHERE c.uid = %s::uuid"""


def compare(registry: Registry, ledger: Ledger) -> Outcome:
    """The ledger against the registry, and the registry with itself."""
    found = Outcome(errors=list(ledger.errors))
    with registry.superuser() as connection:

        def rows(statement: str, *values: Any) -> list[Any]:
            return connection.execute(statement, values).fetchall()

        def expect(entry: dict[str, Any], uid: str, persons: int) -> None:
            told = rows(_CHANGE, uid)
            if not told or told[0][0] != "approved" or told[0][3] < persons or told[0][4] < persons:
                found.lost.append(f"{entry} is {told}")
            elif told[0] != ("approved", 1, persons, persons, persons):
                found.doubled.append(f"{entry} is {told[0]}")

        for one in ledger.entries("submitted"):
            found.acknowledged += 1
            told = rows(
                "SELECT c.uid::text FROM change c JOIN decision d ON d.id = c.decision_id WHERE d.number = %s",
                one["paper"],
            )
            if [one["uid"]] != [uid for (uid,) in told]:
                (found.doubled if (one["uid"],) in told else found.lost).append(f"{one} is {told}")
        for one in ledger.entries("approved"):
            found.acknowledged += 1
            expect(one, one["uid"], 1)
            if rows("SELECT count(*) FROM official WHERE personal_id = %s", one["person"]) != [(1,)]:
                found.lost.append(str(one))
        for one in ledger.entries("uploaded"):
            found.acknowledged += 1
            told = rows(
                """SELECT i.status, i.rows, i.new + i.changed + i.unchanged + i.rejected, i.rejected,
                    (SELECT count(*) FROM import_row r WHERE r.import_id = i.id),
                    (SELECT count(*) FROM audit_event e WHERE e.object_id = i.uid::text AND e.action = 'import.check'),
                    (SELECT string_agg(j.status, ',') FROM job j WHERE j.payload->>'import' = i.uid::text)
                FROM import_file i WHERE i.uid = %s::uuid""",
                one["uid"],
            )
            if not told:
                found.lost.append(str(one))
            elif told[0][0] in ("checked", "submitted", "applied") and told[0][1:] != (
                one["rows"], one["rows"], 0, one["rows"], 1, "done"
            ):  # fmt: skip
                found.torn.append(f"{one} is {told[0]}")
        for one in ledger.entries("applied"):
            found.acknowledged += 1
            expect(one, one["change"], one["rows"])
            if rows("SELECT status FROM import_file WHERE uid = %s::uuid", one["uid"]) != [("applied",)]:
                found.torn.append(str(one))
        found.torn += _torn(rows)
    return found


_RULES = {
    "papers with two changes": """SELECT d.number FROM change c JOIN decision d ON d.id = c.decision_id
        WHERE d.number LIKE 'F%%' GROUP BY 1 HAVING count(*) > 1""",
    "approvals without their event": """SELECT c.number FROM change c WHERE c.status = 'approved' AND c.origin <> 'seed'
        AND (SELECT count(*) FROM audit_event e WHERE e.object_id = c.uid::text AND e.action = 'change.approve') <> 1""",
    "events of approvals that are none": """SELECT e.object_id FROM audit_event e WHERE e.action = 'change.approve'
        AND NOT EXISTS (SELECT FROM change c WHERE c.uid::text = e.object_id AND c.status = 'approved')""",
    "officials without a present row": """SELECT o.id FROM official o LEFT JOIN official_current c ON c.official_id = o.id
        WHERE c.official_id IS NULL""",
}


def _torn(rows: Any) -> list[str]:
    """What must hold of any registry, whatever anybody was told."""
    torn = []
    for (table,) in rows(_KINDS):
        if told := rows(
            f"SELECT count(*) FROM {table} f JOIN change c ON c.id = f.change_id WHERE c.status <> 'approved'"
        )[0][0]:
            torn.append(f"{table}: {told} facts of changes that nobody approved")
    for words, statement in _RULES.items():
        if told := rows(statement):
            torn.append(f"{words}: {told[:5]}")
    return torn


def content(registry: Registry, change: str) -> dict[str, tuple[int, str]]:
    """What a change brought, by kind of fact: how many rows, and their digest without ids and recorded times."""
    told = {}
    with registry.superuser() as connection:
        for (table,) in connection.execute(_KINDS).fetchall():
            row = connection.execute(
                f"""SELECT count(*), md5(coalesce(string_agg(line, '|' ORDER BY line), '')) FROM (SELECT (to_jsonb(f)
                    - '{{id,official_id,recorded_from,recorded_to,decision_id,change_id,closed_by,supersedes}}'::text[])::text
                    AS line FROM {table} f JOIN change c ON c.id = f.change_id WHERE c.uid = %s::uuid) l""",
                [change],
            ).fetchone()
            assert row is not None
            if row[0]:
                told[table] = (row[0], row[1])
    return told


def verified(registry: Registry) -> str:
    """What `registry audit verify` says of the trail; '' when all is as it was."""
    done = subprocess.run(
        [sys.executable, "-m", "registry", "audit", "verify", "--json"], cwd=ROOT, capture_output=True, text=True,
        env={"REGISTRY_HOME": str(registry.home), "PATH": os.environ["PATH"], "PYTHONUTF8": "1"} | registry.environ, check=False,
    )  # fmt: skip
    if done.returncode == 0:
        return ""
    found = json.loads(done.stdout).get("findings", []) if done.stdout.startswith("{") else []
    return f"{len(found)} {json.dumps(found[:3])} {done.stderr[-300:]}"
