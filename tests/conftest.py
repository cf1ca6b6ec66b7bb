"""The test bed: one throw-away PostgreSQL, a template with catalogues and a small demo registry, a clone a test.

Code under test commits as it does in service, under the same database roles; a clone is thrown away afterwards.
Tests that only read share one clone a module (`demo`), and so do tests that write and look only at what they made (`common`); the
others take their own (`registry`).
Processes of one run share the server and the templates: who asks first makes them, the others wait.
"""

import gc
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from canary import WATCH, watching
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.orm import Session
from werkzeug.routing.rules import Rule
from xdist.scheduler import LoadScopeScheduling

from registry import migrate
from registry.access import passwords
from registry.access import queries as access
from registry.access.actor import Actor
from registry.catalogues import lists
from registry.cluster import SUPERUSER, Cluster, _in_use, _locked, provision_roles, role_password
from registry.config import Settings
from registry.db import EVERYTHING, Scope, make_engine, make_sessions
from registry.driver import Driver
from registry.roles import LOGIN_ROLES

IN_SERVICE = passwords.HASHER
"""How the service hashes passwords; tests, which sign in thousands of times, take a lighter way through the same code."""
passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
passwords.NOBODY = passwords.HASHER.hash("nobody signs in with this")

SECRET = b"only-for-tests-only-for-tests-only"
TODAY = date(2026, 11, 25)
PASSWORD = "Demo-Registry-2026"
OFFICIALS = 300
PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "alone")
"""Which process of the run this is; databases of each have names of their own."""

settings.register_profile("anywhere", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("anywhere")  # a machine with much else to do is no fault of what is tested


def settings_in(home: Path, today: date = TODAY) -> Settings:
    """Settings of a test: no environment is read."""
    return Settings(
        env="test",
        home=home,
        database_url=None,
        replica_url=None,
        secret_key=SECRET,
        today=today,
        port=8000,
        officials=OFFICIALS,
        seed=1,
        workers=1,
        log_level="info",
    )


class Compiled(BytecodeCache):
    """Templates that an application of this process has compiled, for the next one. A template that has changed since is
    another one: its bucket's checksum says so."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.kept[bucket.key, bucket.checksum] = bucket.code


COMPILED = Compiled()
APPLICATIONS: dict[str, list[Flask]] = {}
"""Applications that no registry uses now, by their environment. Of a registry they hold only what `supply` gives."""


def _compiled_once() -> None:
    """Let an application take over from the one before what Werkzeug makes of a rule: its parts and the functions that it writes
    and compiles to build an address, the same for the same rule."""
    compile_, compiled = Rule.compile, {}

    def once(rule: Rule) -> None:
        assert rule.map is not None
        key = (
            rule.rule, rule.subdomain, rule.host, rule.map.host_matching, rule.merge_slashes, repr(rule.defaults)
        )  # fmt: skip
        known = compiled.get(key)
        if known is None:
            compile_(rule)
            compiled[key] = rule
            return
        rule._parts, rule._trace, rule._converters = known._parts, known._trace, known._converters
        rule.arguments |= known.arguments
        rule._build = known._build.__func__.__get__(rule)
        rule._build_unknown = known._build_unknown.__func__.__get__(rule)

    Rule.compile = once  # type: ignore[method-assign]


_compiled_once()


class Statements(sa.util.LRUCache):  # type: ignore[type-arg]
    """What SQLAlchemy made of a statement, for all engines of this process: they speak with one server."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, value: Any) -> None:
        super().__setitem__(key[1:], value)


STATEMENTS = Statements(4_000)


@dataclass
class Bed:
    """A registry of its own: engines by role, settings, and short ways to act as somebody."""

    cluster: Cluster
    database: str
    settings: Settings
    engines: dict[str, sa.Engine] = field(default_factory=dict)
    _app: Flask | None = None

    def engine(self, role: str) -> sa.Engine:
        """The engine of 'migrate', 'web', 'worker', 'stats' or 'audit'."""
        if role not in self.engines:
            user = LOGIN_ROLES[role]
            dsn = self.cluster.dsn(user, self.database, role_password(SECRET, user))
            self.engines[role] = make_engine(dsn)
            self.engines[role]._compiled_cache = STATEMENTS
        return self.engines[role]

    @contextmanager
    def session(self, role: str = "migrate", scope: Scope = EVERYTHING) -> Iterator[Session]:
        """One transaction, committed on success."""
        with make_sessions(self.engine(role))() as session:
            session.info["scope"] = scope
            with session.begin():
                yield session

    def actor(self, username: str) -> Actor:
        """A demo account as an actor."""
        with self.session() as session:
            actor = access.find_by_username(session, username, self.settings.today_or_now())
        assert actor is not None, username
        return actor

    @contextmanager
    def acting(self, username: str, role: str = "web") -> Iterator[tuple[Session, Actor]]:
        """A transaction in which an account acts, within its scope."""
        actor = self.actor(username)
        with self.session(role, actor.scope()) as session:
            yield session, actor

    def scalar(self, statement: str, **parameters: Any) -> Any:
        """One value, as the owner."""
        with self.session() as session:
            return session.execute(sa.text(statement), parameters).scalar()

    def counts(self) -> dict[str, int]:
        """Rows of every table: what a refusal must leave as it was."""
        with self.session() as session:
            names = session.execute(
                sa.text(
                    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
                    " AND relnamespace = 'public'::regnamespace"
                )
            ).scalars()
            each = [f"SELECT '{name}', (SELECT count(*) FROM \"{name}\")" for name in sorted(names)]
            return dict(session.execute(sa.text(" UNION ALL ".join(each))).all()) if each else {}

    @property
    def app(self) -> Flask:
        """The whole application, API and pages."""
        if self._app is None:
            from api.app import supply
            from web.app import create_app

            engines = {"web": self.engine("web"), "stats": self.engine("stats")}
            free = APPLICATIONS.setdefault(self.settings.env, [])
            if not free:
                made = create_app(
                    replace(self.settings, home=self.cluster.home), engines
                )  # files of pages: once a run
                made.testing = False
                made.jinja_env.bytecode_cache = COMPILED
                made.extensions["made_for"] = self.settings.env
                free.append(made)
            self._app = free.pop()
            supply(self._app, self.settings, engines)
        return self._app

    def api(self, username: str | None = None) -> "Api":
        """A client of the API, signed in as somebody."""
        client = Api(self.app.test_client())
        if username is not None:
            reply = client.post("/tokens", json={"username": username, "password": PASSWORD})
            assert reply.status_code == 201, reply.text
            client.token = reply.json["token"]
        return client

    def close(self) -> None:
        """Give back every connection, and the application to whoever needs one next."""
        if self._app is not None:
            APPLICATIONS[self._app.extensions["made_for"]].append(self._app)
            self._app = None
        for engine in self.engines.values():
            engine.dispose()


@dataclass
class Api:
    """A Flask test client under /api/v1 that sends its token."""

    client: FlaskClient
    token: str | None = None

    def _call(self, method: str, path: str, **kept: Any) -> Any:
        headers = dict(kept.pop("headers", {}))
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.open(f"/api/v1{path}", method=method, headers=headers, **kept)

    def get(self, path: str, **kept: Any) -> Any:
        return self._call("GET", path, **kept)

    def post(self, path: str, **kept: Any) -> Any:
        return self._call("POST", path, **kept)

    def put(self, path: str, **kept: Any) -> Any:
        return self._call("PUT", path, **kept)

    def delete(self, path: str, **kept: Any) -> Any:
        return self._call("DELETE", path, **kept)


TOGETHER = {
    "test_rights_matrix.py": "rights", "test_rights_side_doors.py": "rights", "test_rights_on_pages.py": "rights",
    "test_audit.py": "rights",
    "test_api_quality.py": "quality", "test_quality.py": "quality", "test_quality_pages.py": "quality",
}  # fmt: skip
"""Files that share what takes long to make; every other file is a group of its own."""


FIRST = (
    "test_rights_",
    "test_cluster.py",
    "test_migrations.py",
    "tests/faults/",
    "test_scripts_inert.py",
    "test_backup.py",
    "test_snapshot.py",
)
"""Begun first and in this order: what takes long, so that no process is left with one of them at the end, and what needs no
template, while another process makes it."""


class ByGroup(LoadScopeScheduling):
    """Tests of a file, and of files that share a fixture of the session, go to one process, in the order in which they were
    collected. (The marks that pytest-xdist has for it do nothing under pytest 9.)"""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return TOGETHER.get(Path(file).name, file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:
    """How a run by several processes parts the tests."""
    return ByGroup(config, log)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The order of FIRST, then that of the files."""
    items.sort(
        key=lambda one: next((at for at, name in enumerate(FIRST) if name in str(one.path)), len(FIRST))
    )


def pytest_collection_finish() -> None:
    """What is imported by now stays: the collector need not walk through it again and again."""
    gc.freeze()
    gc.set_threshold(2_000, 20, 50)


MEMORY, ENOUGH = Path("/dev/shm"), 4 << 30
"""Where files live in memory, and how much of it must be free: a clone takes a third of the time there."""


def _fast_place() -> str | None:
    """Memory where there is plenty of it; None is the system's temporary directory."""
    return str(MEMORY) if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH else None


@pytest.fixture(scope="session", autouse=True)
def canary() -> Iterator[None]:
    """Listens to the whole run of this process."""
    with watching():
        WATCH.keep(PASSWORD)
        WATCH.keep(SECRET.decode())
        yield
        assert WATCH.finds() == [], "told by the databases of the last module"


@pytest.fixture(autouse=True)
def nothing_leaks(canary: None) -> Iterator[None]:
    """Fails a test during which a secret, a name or a number came out where none belongs."""
    yield
    assert WATCH.finds() == []


def _new_home() -> Path:
    """A place for the throw-away server; readable for the user it drops to when the tests run as root."""
    home = Path(tempfile.mkdtemp(prefix="registry-test-", dir=_fast_place()))
    os.chmod(home, 0o711)
    return home


HOME_OF_RUN = pytest.StashKey[Path]()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each process of the run where its server lives."""
    if HOME_OF_RUN not in node.config.stash:
        node.config.stash[HOME_OF_RUN] = _new_home()
    node.workerinput["home"] = str(node.config.stash[HOME_OF_RUN])


def pytest_unconfigure(config: pytest.Config) -> None:
    """The processes are over, and their server with them."""
    if HOME_OF_RUN in config.stash:
        shutil.rmtree(config.stash[HOME_OF_RUN], ignore_errors=True)


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config) -> Iterator[Cluster]:
    """The throw-away server of the run. Passwords of its roles are stretched once and not 4,096 times: each test connects anew."""
    told = getattr(pytestconfig, "workerinput", {}).get("home")
    home = Path(told) if told else _new_home()
    server = Cluster(home, durable=False, settings={"scram_iterations": "1"})
    server.start()
    with _locked(home / "templates.lock"):
        if not _there(server, "template_empty"):
            provision_roles(server.dsn(database="postgres"), SECRET, "template_empty")
            with _as_administrator(server) as connection:
                connection.execute(sa.text(f"ALTER ROLE {SUPERUSER} PASSWORD '{server._password()}'"))
    yield server
    for engine in ADMINISTRATORS.values():
        engine.dispose()
    _leave(server)
    if not told:
        shutil.rmtree(home, ignore_errors=True)


def _leave(server: Cluster) -> None:
    """The last one out stops the server; it would end with the process that started it, so that one waits for the others."""
    started = server._server is not None
    server._release()
    while started and not server.dead() and _in_use(server.home / "cluster.use"):
        time.sleep(0.1)
    server.leave()


@contextmanager
def _as_administrator(cluster: Cluster) -> Iterator[sa.Connection]:
    """A connection in which databases are made and dropped; it is kept from test to test."""
    dsn = cluster.dsn(database="postgres")
    engine = ADMINISTRATORS.get(dsn) or ADMINISTRATORS.setdefault(dsn, make_engine(dsn, pool_size=1))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


ADMINISTRATORS: dict[str, sa.Engine] = {}


def _clone(cluster: Cluster, name: str, template: str) -> None:
    roles = ", ".join(LOGIN_ROLES.values())
    with _as_administrator(cluster) as connection:
        connection.execute(
            sa.text(f'CREATE DATABASE "{name}" OWNER registry_owner TEMPLATE "{template}" STRATEGY FILE_COPY')
        )
        connection.execute(sa.text(f'REVOKE ALL ON DATABASE "{name}" FROM PUBLIC'))
        connection.execute(sa.text(f'GRANT CONNECT, TEMPORARY ON DATABASE "{name}" TO {roles}'))


def _drop(cluster: Cluster, name: str) -> None:
    with _as_administrator(cluster) as connection:
        connection.execute(sa.text(f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture(scope="session")
def empty_template(cluster: Cluster) -> str:
    """A database with roles and extensions and nothing else."""
    return "template_empty"


def _there(cluster: Cluster, name: str) -> bool:
    with _as_administrator(cluster) as connection:
        return bool(
            connection.scalar(
                sa.text("SELECT count(*) FROM pg_database WHERE datname = :name"), {"name": name}
            )
        )


def _template(cluster: Cluster, name: str, base: str, fill: Callable[[Bed], None]) -> str:
    """A template on top of another, made once in the run: while one process fills it the others wait."""
    with _locked(cluster.home / "templates.lock"):
        if not _there(cluster, name):
            with _as_administrator(cluster) as connection:
                connection.execute(sa.text("DROP DATABASE IF EXISTS unfinished WITH (FORCE)"))
            _clone(cluster, "unfinished", base)
            bed = Bed(cluster, "unfinished", settings_in(cluster.home))
            fill(bed)
            bed.close()
            with _as_administrator(cluster) as connection:
                connection.execute(sa.text(f'ALTER DATABASE unfinished RENAME TO "{name}"'))
    return name


def _analyze(bed: Bed) -> None:
    with bed.engine("migrate").connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))


@pytest.fixture(scope="session")
def catalogued(cluster: Cluster) -> str:
    """A template with catalogues and units and nobody in it."""
    from seed.load import load_catalogues

    def fill(bed: Bed) -> None:
        migrate.upgrade(bed.engine("migrate"))
        with bed.session() as session:
            load_catalogues(session)
        _analyze(bed)

    return _template(cluster, "template_catalogued", "template_empty", fill)


HOMES = ("H26", "H17", "G09")
"""Hà Nội, Đà Nẵng, Bộ Nội vụ: where the demo accounts are at home."""


def _smaller_state(bed: Bed) -> None:
    """Without what lies under communes, and without posts, where no account is at home and nobody of the demo has ever been:
    two of three units and nine of ten of two hundred thousand posts, which every copy would carry and every tree, count, hash
    and check read again. Loading the whole of it has tests of its own (tests/seed)."""
    with psycopg.connect(bed.cluster.dsn(database=bed.database), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # no trigger looks at each row
        named = connection.execute("""
            SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
            WHERE c.contype = 'f' AND c.confrelid = 'organization'::regclass
                AND c.conrelid NOT IN ('position'::regclass, 'organization_version'::regclass)""").fetchall()
        in_use = " UNION ".join(f'SELECT "{column}" AS id FROM {table}' for table, column in named)
        connection.execute(f"""CREATE TEMP TABLE quiet AS
            SELECT id, below FROM (
                SELECT o.id, o.ord, o.last, NOT commune AND o.ord <= max(o.last) FILTER (WHERE commune) OVER by_ord AS below,
                    min(o.ord) FILTER (WHERE used) OVER (ORDER BY o.ord DESC) AS next_used
                FROM (SELECT *, id IN ({in_use}) AS used, id IN (SELECT organization_id FROM organization_version
                    WHERE kind = 'ubnd_cap_xa') AS commune FROM organization) o WINDOW by_ord AS (ORDER BY ord)) o
            WHERE coalesce(next_used > last, true)
                AND NOT EXISTS (SELECT FROM organization h WHERE h.code = ANY (ARRAY{list(HOMES)}) AND o.ord BETWEEN h.ord AND h.last)""")
        connection.execute("DELETE FROM position WHERE organization_id IN (SELECT id FROM quiet)")
        for table, column in (("organization_version", "organization_id"), ("organization", "id")):
            connection.execute(f"DELETE FROM {table} WHERE {column} IN (SELECT id FROM quiet WHERE below)")
        for table in ("position", "organization_version", "organization"):
            connection.execute(f"VACUUM FULL {table}")


@pytest.fixture(scope="session")
def smaller(cluster: Cluster, catalogued: str) -> str:
    """A template with catalogues, the units of the demo accounts and those that merged, and nobody in it."""

    def fill(bed: Bed) -> None:
        _smaller_state(bed)
        _analyze(bed)

    return _template(cluster, "template_smaller", catalogued, fill)


@pytest.fixture(scope="session")
def demo_template(cluster: Cluster, catalogued: str) -> str:
    """Migrated, with catalogues, organizations, a small demo registry and its accounts."""
    from registry.dictionary.services import count_shares
    from registry.quality.services import refresh_all
    from seed.demo import load_demo
    from seed.load import load_accounts

    names = cluster.home / "names.json"

    def fill(bed: Bed) -> None:
        with bed.session() as session:
            load_demo(session, officials=OFFICIALS, seed=1, today=TODAY)
            load_accounts(session)
        _smaller_state(bed)
        _analyze(bed)
        with bed.session() as session:
            refresh_all(session, TODAY)
            count_shares(session, TODAY)
            persons = "SELECT full_name FROM official_current EXCEPT SELECT display_name FROM app_user"
            names.write_text(json.dumps(list(session.execute(sa.text(persons)).scalars())))

    made = _template(cluster, "template_demo", catalogued, fill)
    WATCH.names = json.loads(names.read_text())
    return made


@dataclass
class Planted:
    """A registry with wrong records: the bed, and official → name of the defect planted on it."""

    bed: Bed
    on: dict[int, str]


@pytest.fixture(scope="session")
def planted(cluster: Cluster, catalogued: str) -> Iterator[Planted]:
    """A demo registry with every defect of the generator planted, some of them again; for tests that only read."""
    from registry.quality.services import refresh_all
    from seed.defects import NAMES
    from seed.demo import load_demo
    from seed.load import load_accounts

    name = f"planted_{PROCESS}"
    _clone(cluster, name, catalogued)
    bed = Bed(cluster, name, settings_in(cluster.home))
    with bed.session() as session:
        counts = load_demo(session, officials=OFFICIALS, seed=7, today=TODAY, defects=NAMES, every=60)
        load_accounts(session)
    with bed.session() as session:
        refresh_all(session, TODAY)
    yield Planted(bed, {on: name.split(".")[1] for name, on in counts.items() if name.startswith("defect.")})
    bed.close()


_made = iter(range(1, 1_000_000))


def _look_into(bed: Bed) -> None:
    with psycopg.connect(
        bed.cluster.dsn(database=bed.database)
    ) as connection:  # as superuser: no policy hides anything
        WATCH.look_into(connection)


LISTS: dict[str, dict[str, tuple[lists.Item, ...]]] = {}


def _lists(bed: Bed, template: str) -> None:
    """Code lists in memory are those of the template, read once in a process."""
    lists.forget()
    if template not in LISTS:
        if template.startswith("template_") and template != "template_empty":
            with bed.session() as session:
                for name in session.execute(sa.text("SELECT name FROM catalogue")).scalars().all():
                    lists.items(session, name)
        LISTS[template] = dict(lists._kept)
    lists._kept.update(LISTS[template])


@contextmanager
def _bed(cluster: Cluster, template: str) -> Iterator[Bed]:
    from seed.portraits import keep_drawings

    name = f"test_{PROCESS}_{next(_made)}"
    _clone(cluster, name, template)
    home = Path(tempfile.mkdtemp(prefix="registry-home-"))
    bed = Bed(cluster, name, settings_in(home))
    keep_drawings(1, home / "files")
    _lists(bed, template)
    try:
        yield bed
        _look_into(bed)
    finally:
        bed.close()
        _drop(cluster, name)
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def registry(cluster: Cluster, demo_template: str) -> Iterator[Bed]:
    """A demo registry of one's own, to write in, for who counts or closes what others need."""
    with _bed(cluster, demo_template) as bed:
        yield bed


@pytest.fixture(scope="module")
def common(cluster: Cluster, demo_template: str) -> Iterator[Bed]:
    """A demo registry for the tests of a module that write and look only at what they made themselves."""
    with _bed(cluster, demo_template) as bed:
        yield bed


@pytest.fixture(scope="module")
def demo(cluster: Cluster, demo_template: str) -> Iterator[Bed]:
    """A demo registry shared by the tests of a module that only read."""
    with _bed(cluster, demo_template) as bed:
        yield bed


@pytest.fixture(scope="session")
def cast(cluster: Cluster, demo_template: str) -> Iterator[Any]:
    """Callers of every role and things at every relation to them (tests/api/cast.py), for requests that leave nothing behind."""
    from cast import gather

    with _bed(cluster, demo_template) as bed:
        yield gather(bed)


@pytest.fixture
def empty(cluster: Cluster, empty_template: str) -> Iterator[Bed]:
    """An empty database, for migrations and loading."""
    with _bed(cluster, empty_template) as bed:
        yield bed


@contextmanager
def counted(bed: Bed, role: str = "web") -> Iterator[list[str]]:
    """The statements a role sends while the block runs, by SQLAlchemy or past it, without the scope settings."""
    sent: list[str] = []
    real, of_role = Driver.ask, (bed.database, LOGIN_ROLES[role])

    def note(statement: str) -> None:
        sent.append(" ".join(statement.split()))

    def executed(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        note(statement)

    def ask(self: Driver, statement: str, *rest: Any, **named: Any) -> Any:
        if (self.connection.info.dbname, self.connection.info.user) == of_role:
            note(statement)
        return real(self, statement, *rest, **named)

    sa.event.listen(bed.engine(role), "before_cursor_execute", executed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Driver, "ask", ask)
        yield sent
    sa.event.remove(bed.engine(role), "before_cursor_execute", executed)


@pytest.fixture
def count_statements() -> Callable[..., Any]:
    """`with count_statements(bed) as sent:` lists the statements."""
    return counted
