"""The command line: registry <noun> <verb>. A command parses, opens one transaction, calls a service."""

import argparse
import json
import logging
import shutil
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path
from time import sleep
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry import cluster, migrate
from registry.access import leaked
from registry.access import queries as access_queries
from registry.access import services as access
from registry.access.actor import Actor
from registry.audit import log
from registry.backup import BackupError
from registry.config import ConfigError, Settings, load_settings
from registry.db import EVERYTHING, Scope, make_engine, set_scope, transaction
from registry.errors import RegistryError
from registry.roles import LOGIN_ROLES, READER


class JsonLines(logging.Formatter):
    """One JSON object a line, with the extra fields a caller named; never the text of a request."""

    KEPT = ("request_id", "route", "method", "status", "ms", "account", "refused", "job", "error")

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in self.KEPT if hasattr(record, name)}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["where"] = _where(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _where(trace: Any) -> list[str]:
    """File and line of each frame: enough to find a fault, without the values that a traceback may quote."""
    frames = []
    while trace is not None:
        frames.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return frames[-12:]


def log_to_stdout(level: str) -> None:
    """JSON lines on standard output."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


@contextmanager
def database(settings: Settings) -> Iterator[None]:
    """The database to work with: the given server, or the embedded one, started if need be."""
    if settings.database_url is not None:
        yield
        return
    with cluster.ensure(settings.home) as running:
        cluster.provision_roles(running.dsn(database="postgres"), settings.secret_key)
        yield


@contextmanager
def session_of(settings: Settings, role: str, scope: Scope = EVERYTHING) -> Iterator[Session]:
    """One transaction under a database role."""
    engine = make_engine(cluster.role_dsn(settings, role))
    try:
        with transaction(engine, scope) as session:
            yield session
    finally:
        engine.dispose()


def actor_named(session: Session, username: str, today: date) -> Actor:
    """The account a command runs for; stops the command when there is none."""
    actor = access_queries.find_by_username(session, username, today)
    if actor is None:
        raise SystemExit(f"no such account: {username}")
    return actor


# db


def db_upgrade(settings: Settings, _: argparse.Namespace) -> None:
    """Migrate to the newest schema; a new version may want a role that the server does not have yet."""
    engine = make_engine(cluster.role_dsn(settings, "migrate"))
    try:
        with engine.connect() as connection:
            there = set(connection.exec_driver_sql("SELECT rolname FROM pg_roles").scalars())
        missing = sorted({*LOGIN_ROLES.values(), READER} - there)
        if missing:
            raise cluster.ClusterError(
                f"the server has no role {', '.join(missing)}: registry db provision --admin-dsn URL makes it. Nothing was changed."
            )
        migrate.upgrade(engine)
    finally:
        engine.dispose()


def db_downgrade(settings: Settings, arguments: argparse.Namespace) -> None:
    """Migrate down to a revision."""
    engine = make_engine(cluster.role_dsn(settings, "migrate"))
    migrate.downgrade(engine, arguments.revision)
    engine.dispose()


def db_current(settings: Settings, _: argparse.Namespace) -> None:
    """Print the revision of the database and of the code."""
    with session_of(settings, "migrate") as session:
        print(f"{migrate.current(session.connection())} (code: {migrate.head()})")


def db_hash(settings: Settings, arguments: argparse.Namespace) -> None:
    """Print the canonical hash of the business tables."""
    from registry.canonical import hash_all, hash_tables

    with session_of(settings, "migrate") as session:
        if arguments.table:
            for name, digest in hash_tables(session).items():
                print(f"{digest}  {name}")
        else:
            print(hash_all(session))


def db_dsn(settings: Settings, arguments: argparse.Namespace) -> None:
    """Print the connection string of a role."""
    print(cluster.role_dsn(settings, arguments.role))


def db_provision(settings: Settings, arguments: argparse.Namespace) -> None:
    """Create the roles on a server of one's own; needs a superuser's connection string."""
    cluster.provision_roles(arguments.admin_dsn, settings.secret_key)


def back_up(settings: Settings, arguments: argparse.Namespace) -> None:
    """Write the whole registry into a directory: database, files and what proves them."""
    from registry.backup import backup
    from registry.documents.services import storage

    made = backup(cluster.role_dsn(settings, "migrate"), storage(settings), arguments.directory)
    print(json.dumps(made))


def bring_back(settings: Settings, arguments: argparse.Namespace) -> None:
    """Bring a backup into an empty registry."""
    from registry.backup import restore
    from registry.documents.services import storage

    made = restore(cluster.role_dsn(settings, "migrate"), storage(settings), arguments.directory)
    print(json.dumps(made))


# seed


def seed_catalogues(settings: Settings, _: argparse.Namespace) -> None:
    """Load catalogues, law tables and organizations."""
    from seed.load import load_catalogues

    with session_of(settings, "migrate") as session:
        print(json.dumps(load_catalogues(session), ensure_ascii=False))
        if _altered(session):  # so that the log knows why they are not as they were
            log.record(session, operator(), log.Action.SEED_LOAD, "seed", "catalogues")
    _analyze(settings)


def _altered(session: Session) -> bool:
    """Whether this transaction altered a code list or the tree of units."""
    from registry.trail.kinds import REGISTER

    rows = session.execute(
        sa.text(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables WHERE relname = ANY (:t)"
        ),
        {"t": [part.table for part in REGISTER.parts]},
    )
    return bool(rows.scalar_one())


def seed_demo(settings: Settings, arguments: argparse.Namespace) -> None:
    """Load the demo registry and its accounts, in one transaction."""
    _not_in_production(settings)
    from registry.documents.services import storage
    from seed.demo import load_demo
    from seed.load import load_accounts
    from seed.portraits import keep_drawings
    from seed.working import load_work

    with session_of(settings, "migrate") as session:
        counts = load_demo(
            session,
            officials=arguments.officials,
            seed=arguments.seed,
            today=settings.today_or_now(),
            defects=_defects(arguments.defect),
            every=arguments.every,
        )
        load_accounts(session)
        counts |= load_work(session, arguments.seed, settings.today_or_now())
        keep_drawings(arguments.seed, storage(settings))
        log.record(session, operator(), log.Action.SEED_LOAD, "seed", "demo", detail={"seed": arguments.seed})
    _analyze(settings)
    _first_scores(settings)
    print(json.dumps(counts, ensure_ascii=False, default=str))


def _defects(named: list[str]) -> tuple[str, ...]:
    """The defects to plant: those named, or 'all' of them; none when nothing is said."""
    from seed.defects import NAMES

    return NAMES if "all" in named else tuple(named)


def _first_scores(settings: Settings) -> None:
    """Quality of the records just loaded and who has which field; later the worker keeps both."""
    from registry.dictionary.services import count_shares
    from registry.quality.services import refresh_all

    with session_of(settings, "migrate") as session:
        if not session.scalar(sa.text("SELECT EXISTS (SELECT FROM quality_score)")):
            refresh_all(session, settings.today_or_now())
            count_shares(session, settings.today_or_now())


def seed_accounts(settings: Settings, arguments: argparse.Namespace) -> None:
    """Print the demo accounts."""
    _not_in_production(settings)
    from seed.load import accounts

    if arguments.json:
        print(json.dumps(accounts(), ensure_ascii=False, indent=1))
    else:
        for one in accounts():
            print(
                f"{one['username']:<18} {one['password']}  {', '.join(one['roles'])}  {one['organization'] or ''}"
            )


def _not_in_production(settings: Settings) -> None:
    if settings.production:
        raise SystemExit("demo data and accounts are refused when REGISTRY_ENV=production")


def _analyze(settings: Settings) -> None:
    engine = make_engine(cluster.role_dsn(settings, "migrate"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("ANALYZE"))
    engine.dispose()


# serving


def serve(settings: Settings, _: argparse.Namespace) -> None:
    """Serve UI and API with gunicorn; in production never with an account of the demonstration."""
    from web.serving import run

    if settings.production:
        _no_demo_accounts(settings)
    run(settings)


def _no_demo_accounts(settings: Settings) -> None:
    """Stop when somebody could sign in with the password that everybody can read."""
    from seed.load import accounts

    known = {one["username"]: one["password"] for one in accounts()}
    with session_of(settings, "web") as session:
        open_ = access_queries.find_opened_by(session, known)
    if open_:
        raise SystemExit(
            "REGISTRY_ENV=production: these accounts have the password of the demonstration; close them or begin with "
            f"an empty database: {', '.join(open_)}"
        )


HAND_BACK_SECONDS = 10
"""How long a worker that was asked to stop goes on with the job in hand before it gives it back."""


def worker(settings: Settings, _: argparse.Namespace) -> None:
    """Work through the queue of jobs until stopped."""
    from registry.bulk.jobs import HANDLERS, TICKS, Enough, Handler, run_worker
    from registry.dictionary import services as dictionary
    from registry.quality import services as quality
    from registry.reports import running
    from registry.statistics import services as statistics
    from registry.trail import running as trail

    stop = threading.Event()

    def asked(*_: object) -> None:
        stop.set()
        signal.alarm(HAND_BACK_SECONDS)

    def enough(*_: object) -> None:
        raise Enough

    signal.signal(signal.SIGALRM, enough)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, asked)
    engine = make_engine(cluster.role_dsn(settings, "worker"))
    counting = make_engine(cluster.role_dsn(settings, "stats"))

    def columns(working: sa.Engine, settings: Settings) -> None:
        statistics.turn(working, counting, settings.home)

    handlers = HANDLERS | running.handlers(counting) | {quality.JOB: Handler(quality.work)}
    ticks = (*TICKS, quality.turn, dictionary.turn, columns)
    audit = make_engine(cluster.role_dsn(settings, "audit"), pool_size=1)
    keeping = trail.start(engine, audit, settings, stop)
    run_worker(engine, settings, stop, handlers=handlers, ticks=ticks)
    signal.alarm(0)
    for thread in keeping:
        thread.join()
    audit.dispose()
    counting.dispose()
    engine.dispose()


def quality_refresh(settings: Settings, _: argparse.Namespace) -> None:
    """Count the data quality of every record anew, in one transaction."""
    from time import perf_counter

    from registry.quality.services import refresh_all

    started = perf_counter()
    with session_of(settings, "worker") as session:
        records = refresh_all(session, settings.today_or_now())
    print(json.dumps({"records": records, "seconds": round(perf_counter() - started, 1)}))


def statistics_refresh(settings: Settings, _: argparse.Namespace) -> None:
    """Build the columnar snapshot of this machine anew; until it is there PostgreSQL answers."""
    from registry.statistics.services import refresh

    counting = make_engine(cluster.role_dsn(settings, "stats"))
    print(json.dumps(refresh(counting, settings.home)))
    counting.dispose()


# work of people without the UI


def import_officials(settings: Settings, arguments: argparse.Namespace) -> None:
    """Import a file as a user; --dry-run only checks."""
    from registry.bulk import importing, queries
    from registry.documents.services import storage

    today, root, path = settings.today_or_now(), storage(settings), Path(arguments.file)
    with session_of(settings, "worker", Scope()) as session:
        actor = actor_named(session, arguments.as_user, today)
        set_scope(session, actor.scope())
        found = importing.upload(
            session,
            actor,
            root,
            name=path.name,
            content=path.read_bytes(),
            kind=arguments.kind,
            organization=arguments.organization,
            dry_run=arguments.dry_run,
        )
        importing.check(session, actor, root, found, today)
        if not arguments.dry_run and found.status == "checked" and not found.rejected:
            importing.submit(session, actor, found, today)
        outcome: dict[str, Any] = queries.show(session, found)
        outcome["errors"] = queries.list_findings(session, found, limit=50)[0]
    print(json.dumps(outcome, ensure_ascii=False, indent=1, default=str))
    if outcome.get("status") == "refused" or (outcome.get("counts") or {}).get("rejected"):
        raise SystemExit(1)


def export(settings: Settings, arguments: argparse.Namespace) -> None:
    """Export a list, a kind of facts or the trail to a file as a user."""
    from registry.bulk import exporting

    asked = dict(one.split("=", 1) for one in arguments.filter)

    def ask(session: Session, actor: Actor, today: date) -> Any:
        return exporting.ask(
            session, actor, what=arguments.what, asked=asked, form=arguments.format, today=today
        )

    _make_file(settings, arguments, exporting.EXPORT, ask)


def _make_file(
    settings: Settings, arguments: argparse.Namespace, way: Any, ask: Callable[[Session, Actor, date], Any]
) -> None:
    """Ask for a run as a user, work until it is made (or a worker of the running service has), and fetch it."""
    from registry.bulk import jobs, runs
    from registry.documents.services import storage

    today = settings.today_or_now()
    with session_of(settings, "worker", Scope()) as session:
        actor = actor_named(session, arguments.as_user, today)
        set_scope(session, actor.scope())
        uid = str(ask(session, actor, today).uid)
    engine = make_engine(cluster.role_dsn(settings, "worker"))
    counting = make_engine(cluster.role_dsn(settings, "stats"))
    handlers = {way.job: jobs.handler_of(way, counting)}
    while jobs.run_one(engine, settings, handlers) or _unfinished(settings, uid):
        pass
    counting.dispose()
    engine.dispose()
    with session_of(settings, "worker", Scope()) as session:
        set_scope(session, actor.scope())
        run = runs.get(session, way, uid)
        if run.problem is not None:
            raise SystemExit(runs.PROBLEMS[run.problem].en)
        shutil.copyfile(runs.fetch(session, actor, storage(settings), way, run), arguments.out)
        print(f"{arguments.out}: {run.size} bytes, {run.rows} rows, sha256 {run.sha256}")


def _unfinished(settings: Settings, job: str) -> bool:
    """Whether a worker of the running service took the job and is still at it; looks after a moment."""
    sleep(0.2)
    with session_of(settings, "worker") as session:
        status = session.scalar(
            sa.text("SELECT status FROM job WHERE uid = CAST(:uid AS uuid)"), {"uid": job}
        )
    return status in ("queued", "running")


def user_add(settings: Settings, arguments: argparse.Namespace) -> None:
    """Create an account, with a role over a unit."""
    password = arguments.password or sys.stdin.readline().rstrip("\n")
    today = settings.today_or_now()
    administrator = operator()
    with session_of(settings, "migrate") as session:
        access.create_user(
            session,
            administrator,
            username=arguments.username,
            password=password,
            display_name=arguments.name,
        )
        if arguments.role:
            access.grant_role(
                session,
                administrator,
                username=arguments.username,
                role=arguments.role,
                organization=arguments.organization,
                valid_from=today,
                valid_to=None,
            )
    print(f"created {arguments.username}")


def token_add(settings: Settings, arguments: argparse.Namespace) -> None:
    """Create a token for a program; printed once."""
    from datetime import timedelta

    from registry.access.models import User

    with session_of(settings, "migrate") as session:
        user = session.scalar(sa.select(User).where(User.username == arguments.username))
        if user is None:
            raise SystemExit(f"no such account: {arguments.username}")
        token, expires = access.create_token(
            session,
            user,
            operator(),
            name=arguments.name,
            scopes=arguments.scope,
            lasts=timedelta(days=arguments.days),
        )
    print(json.dumps({"token": token, "expires_at": expires.isoformat()}))


def operator() -> Actor:
    """Whoever works at the server's own command line; the trail shows the channel."""
    from registry.access.actor import GrantView

    return Actor(
        0,
        "operator",
        "Người vận hành máy chủ",
        None,
        (GrantView("administrator", None, "", "", 0, 0),),
        channel="command",
    )


def report(settings: Settings, arguments: argparse.Namespace) -> None:
    """Make a report of the catalogue as a user; PDF, XLSX, CSV or JSON by the file's ending."""
    from registry.reports import running

    parameters = dict(one.split("=", 1) for one in arguments.param)

    def ask(session: Session, actor: Actor, today: date) -> Any:
        return running.ask(
            session,
            actor,
            form=arguments.form,
            parameters=parameters,
            format=Path(arguments.out).suffix.removeprefix(".").lower(),
            reason=arguments.reason,
            today=today,
        )

    _make_file(settings, arguments, running.REPORT, ask)


# the log over the trail


def audit_head(settings: Settings, _: argparse.Namespace) -> None:
    """Print the newest signed head, as it is given away."""
    from registry.audit.proofs import newest_head

    with session_of(settings, "audit") as session:
        head = newest_head(session)
    if head is None:
        raise SystemExit("no head is signed yet: the worker signs the first one seconds after its start")
    print(head["note"], end="")


def audit_prove(settings: Settings, arguments: argparse.Namespace) -> None:
    """Print that an event is in the log: its bytes, its place, and the hashes up to the newest head."""
    from registry.audit.proofs import as_json, prove

    with session_of(settings, "migrate") as session:
        log.record(
            session,
            operator(),
            log.Action.TRAIL_READ,
            "trail",
            "proof",
            detail={"event": arguments.event},
        )
    with session_of(settings, "audit") as session:
        print(json.dumps(as_json(prove(session, arguments.event)), ensure_ascii=False, indent=1))


def audit_consistency(settings: Settings, arguments: argparse.Namespace) -> None:
    """Print that the log of N events is the beginning of that of M."""
    from registry.audit.proofs import prove_consistency

    with session_of(settings, "audit") as session:
        path = prove_consistency(session, arguments.first, arguments.second)
    told = {"first": arguments.first, "second": arguments.second, "proof": [one.hex() for one in path]}
    print(json.dumps(told, indent=1))


def audit_verify(settings: Settings, arguments: argparse.Namespace) -> None:
    """Check the trail from content, and every row that it must tell of; exit 1 when anything is found."""
    from registry.audit.notes import Verifier
    from registry.documents.services import storage
    from registry.trail import keys, verifying

    copies = tuple(arguments.heads)
    if settings.audit_anchor_dir is not None:
        copies += (settings.audit_anchor_dir,)
    kept = None if arguments.without_files else storage(settings)
    outside = verifying.Outside(keys.folder(settings), copies, settings.audit_tsa_ca, kept, _told_files)
    verifier = Verifier.read(arguments.key) if arguments.key else keys.verifier(settings)
    engine = make_engine(cluster.role_dsn(settings, "audit"))
    report = verifying.verify(engine, verifier, outside)
    engine.dispose()
    print(json.dumps(report.as_json(), ensure_ascii=False, indent=1) if arguments.json else _told(report))
    if not report.ok:
        raise SystemExit(1)


def _told_files(done: int, of: int) -> None:
    """How far the reading of kept files is, now and then."""
    if done % 1000 == 0 or done == of:
        print(f"{done} of {of} kept files read", file=sys.stderr)


def _told(report: Any) -> str:
    """A report of the check for people."""
    lines = [
        f"{report.events} events under {report.heads} heads, {report.waiting} waiting; {report.outside_heads} heads kept outside;"
        f" {report.changes} changes, {report.accounts} accounts,"
        f" {'no' if report.kept_files is None else report.kept_files} kept files read"
    ]
    for one in report.findings:
        lines.append(f"{one.code}: {one.message}: {json.dumps(one.where, ensure_ascii=False)}")
    for code, count in report.counts.items():
        lines.append(f"{count} × {code}")
    return "\n".join([*lines, "OK" if report.ok else "NOT OK"])


def audit_export(settings: Settings, arguments: argparse.Namespace) -> None:
    """Write the whole trail into a file that a stranger can check; this goes on the trail."""
    from registry.trail import exporting, keys

    with session_of(settings, "migrate") as session:
        log.record(session, operator(), log.Action.TRAIL_EXPORT, "trail", "export")
    engine = make_engine(cluster.role_dsn(settings, "audit"))
    made = exporting.export(engine, keys.verifier(settings), Path(arguments.file))
    engine.dispose()
    print(json.dumps(made))


def audit_key(_: Settings, arguments: argparse.Namespace) -> None:
    """Print a new key to sign heads with, for REGISTRY_AUDIT_KEY_FILE, and its public key."""
    from registry.audit.notes import Signer, make_key

    key = make_key(arguments.name)
    print(key)
    print(Signer.read(key).verifier, file=sys.stderr)


def fields_document(_: Settings, __: argparse.Namespace) -> None:
    """Print docs/fields.md, made from the declarations of the kinds."""
    from registry.dictionary.documenting import markdown

    print(markdown(), end="")


def statistics_document(_: Settings, __: argparse.Namespace) -> None:
    """Print docs/statistics.md, made from the declarations of measures and dimensions."""
    from registry.statistics.documenting import markdown

    print(markdown(), end="")


def fields_count(settings: Settings, _: argparse.Namespace) -> None:
    """Count anew how many officials have each field; the worker does so once a day."""
    from registry.dictionary.services import count_shares

    with session_of(settings, "worker") as session:
        print(json.dumps({"fields": count_shares(session, settings.today_or_now())}))


def parser() -> argparse.ArgumentParser:
    """All commands."""
    top = argparse.ArgumentParser(prog="registry", description="The registry of officials from the shell.")
    nouns = top.add_subparsers(dest="noun", required=True)

    def verb(
        group: Any,
        name: str,
        run: Callable[[Settings, argparse.Namespace], None],
        *,
        needs_database: bool = True,
    ) -> Any:
        command = group.add_parser(name, help=(run.__doc__ or "").split("\n")[0])
        command.set_defaults(run=run, needs_database=needs_database)
        return command

    db = nouns.add_parser("db", help="the database").add_subparsers(dest="verb", required=True)
    verb(db, "upgrade", db_upgrade)
    verb(db, "downgrade", db_downgrade).add_argument("revision")
    verb(db, "current", db_current)
    verb(db, "hash", db_hash).add_argument("--table", action="store_true")
    verb(db, "dsn", db_dsn, needs_database=False).add_argument(
        "--role", required=True, choices=sorted(LOGIN_ROLES)
    )
    verb(db, "provision", db_provision, needs_database=False).add_argument("--admin-dsn", required=True)
    seeds = nouns.add_parser("seed", help="catalogues and demo data").add_subparsers(
        dest="verb", required=True
    )
    verb(seeds, "catalogues", seed_catalogues)
    demo = verb(seeds, "demo", seed_demo)
    demo.add_argument("--officials", type=int, default=2000)
    demo.add_argument("--seed", type=int, default=1)
    demo.add_argument(
        "--defect",
        action="append",
        default=[],
        help="a wrong record to plant, by name, or 'all' to show the checks of data quality; left out: none",
    )
    demo.add_argument("--every", type=int, default=150, help="plant each again so many officials later")
    verb(seeds, "accounts", seed_accounts, needs_database=False).add_argument("--json", action="store_true")
    qualities = nouns.add_parser("quality", help="data quality").add_subparsers(dest="verb", required=True)
    verb(qualities, "refresh", quality_refresh)

    for name, run in (("backup", back_up), ("restore", bring_back)):
        verb(nouns, name, run).add_argument("directory", type=Path)
    fields = nouns.add_parser("fields", help="the dictionary of fields").add_subparsers(
        dest="verb", required=True
    )
    verb(fields, "document", fields_document, needs_database=False)
    verb(fields, "count", fields_count)
    statistics = nouns.add_parser(
        "statistics", help="measures, dimensions, the columnar snapshot"
    ).add_subparsers(dest="verb", required=True)
    verb(statistics, "document", statistics_document, needs_database=False)
    verb(statistics, "refresh", statistics_refresh)
    audits = nouns.add_parser("audit", help="the log over the trail").add_subparsers(
        dest="verb", required=True
    )
    verb(audits, "head", audit_head)
    verb(audits, "prove", audit_prove).add_argument("event", type=int, help="the number of an event")
    consistency = verb(audits, "consistency", audit_consistency)
    consistency.add_argument("first", type=int)
    consistency.add_argument("second", type=int)
    checked = verb(audits, "verify", audit_verify)
    checked.add_argument("--json", action="store_true")
    checked.add_argument(
        "--heads",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="heads that somebody else kept: a file, or a folder of them",
    )
    checked.add_argument("--without-files", action="store_true", help="leave the bytes of kept files unread")
    checked.add_argument("--key", help="the public key to trust, name+id+key; else that of this registry")
    verb(audits, "export", audit_export).add_argument("file")
    verb(audits, "key", audit_key, needs_database=False).add_argument(
        "name", help="of the log, without spaces"
    )
    verb(nouns, "serve", serve)
    verb(nouns, "worker", worker)
    imports = nouns.add_parser("import", help="imports").add_subparsers(dest="verb", required=True)
    officials = verb(imports, "officials", import_officials)
    officials.add_argument("file")
    officials.add_argument("--organization", required=True)
    officials.add_argument("--as", dest="as_user", required=True)
    officials.add_argument("--dry-run", action="store_true")
    officials.add_argument("--kind", default="officials", help="officials, or a kind of facts")
    exported = verb(nouns, "export", export)
    exported.add_argument("what", help="officials, facts:KIND, or trail")
    exported.add_argument("--as", dest="as_user", required=True, help="the account whose rights hold")
    exported.add_argument("--format", default="csv")
    exported.add_argument("--filter", action="append", default=[], metavar="k=v")
    exported.add_argument("--out", required=True)
    printed = verb(nouns, "report", report)
    printed.add_argument("form", help="its name in the catalogue: docs/forms.md")
    printed.add_argument("--param", action="append", default=[], metavar="k=v")
    printed.add_argument("--out", required=True)
    printed.add_argument("--reason", help="why, for the trail")
    printed.add_argument("--as", dest="as_user", required=True, help="the account whose rights hold")
    users = nouns.add_parser("user", help="accounts").add_subparsers(dest="verb", required=True)
    added = verb(users, "add", user_add)
    added.add_argument("username")
    added.add_argument("--name", required=True)
    added.add_argument("--password", help="read from standard input when left out")
    added.add_argument("--role")
    added.add_argument("--organization")
    tokens = nouns.add_parser("token", help="tokens of programs").add_subparsers(dest="verb", required=True)
    made = verb(tokens, "add", token_add)
    made.add_argument("username")
    made.add_argument("--name", required=True)
    made.add_argument("--scope", action="append", default=[])
    made.add_argument("--days", type=int, default=90)
    return top


def main(argv: list[str] | None = None) -> None:
    """Entry point; purposeful errors become one line and exit 1."""
    arguments = parser().parse_args(argv)
    try:
        settings = load_settings()
        leaked.use(settings.leaked_passwords)
        log_to_stdout(settings.log_level) if arguments.noun in ("serve", "worker") else None
        with database(settings) if arguments.needs_database else nullcontext():
            arguments.run(settings, arguments)
    except (ConfigError, cluster.ClusterError, BackupError, RegistryError, OSError) as error:
        print(error, file=sys.stderr)
        if isinstance(error, RegistryError):
            for flaw in error.flaws:
                print(f"  {flaw.path}: {flaw.message.en}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
