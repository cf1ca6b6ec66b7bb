"""Searching a long trail: the auditor's questions through the API over ten million events (TRAIL_EVENTS), by months.

The events are invented, entered by sets, with their places in the log, into a copy of the registry that is dropped afterwards:
some 6 GB at ten million. Some persons are looked at by everybody, and one account looks all day. Told beside the table: each kind
of question with its middle, its worst and its first answer, and the processor time of one, PostgreSQL's and the service's.
"""

import http.client
import itertools
import os
import statistics
import sys
import tempfile
import time
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import psycopg
from sqlalchemy import text

from bench.bed import TODAY, Bed, clone, drop
from bench.measures import serving
from bench.timing import Result, processor_seconds
from registry.access import services as access
from registry.access.models import User

EVENTS = int(os.environ.get("TRAIL_EVENTS", "10000000"))
ACCOUNTS, MONTHS, ASKED = 3000, 24, 30
GOAL = 1.0
FAMOUS = 25
"""Persons of whom the trail holds some thousands of events each: every 32nd event is of one of them."""
AUDITOR = "auditor1"

_ACCOUNTS = """
    INSERT INTO app_user (username, password_hash, display_name, is_active)
    SELECT 'bench.' || n, '!', (ARRAY['Nguyễn Văn', 'Trần Thị', 'Lê Văn', 'Phạm Thị'])[1 + n %% 4] || ' '
        || (ARRAY['An', 'Bình', 'Cúc', 'Dũng', 'Hà', 'Lan', 'Minh', 'Nga', 'Oanh', 'Phúc', 'Quân', 'Sơn'])[1 + n %% 12], true
    FROM generate_series(1, %(accounts)s) n"""
_GRANTS = """
    INSERT INTO access_grant (user_id, role, organization_id, valid_from)
    SELECT u.id, 'hr_officer', o.id, DATE '2024-01-01'
    FROM bench_user u JOIN bench_unit o ON o.n = u.n %% (SELECT count(*) FROM bench_unit)"""
# Seven of ten are looks at a record, as a day of a registry has it; who looks at whom is spread by a hash.
_EVENTS = """
    WITH r AS MATERIALIZED (
        SELECT n, CASE WHEN n %% 200 = 3 THEN 0 ELSE h %% (SELECT count(*) FROM bench_user) END AS u,
            CASE WHEN n %% 32 = 0 THEN n / 32 %% %(famous)s ELSE g %% (SELECT count(*) FROM bench_official) END AS o, (h / 7919) %% 10 AS k
        FROM (SELECT n, abs(hashint8(n * 31 + %(salt)s)::bigint) AS h, abs(hashint8(n * 17 + %(salt)s)::bigint) AS g
            FROM generate_series(1, %(many)s) n) d)
    INSERT INTO audit_event (at, actor_id, actor_name, actor_role, action, object_type, object_id, official_id, request_id, detail)
    SELECT %(first)s::timestamptz + (r.n::float8 / %(many)s) * (%(beyond)s::timestamptz - %(first)s::timestamptz), u.id, u.display_name,
        'hr_officer', k.action, k.thing, CASE k.thing WHEN 'official' THEN o.uid::text WHEN 'user' THEN u.username ELSE md5(r.n::text) END,
        CASE k.thing WHEN 'official' THEN o.id END, md5('r' || r.n), CASE k.thing WHEN 'official' THEN '{"as_of": "2026-01-01"}' ELSE '{}' END::jsonb
    FROM r JOIN bench_user u ON u.n = r.u JOIN bench_official o ON o.n = r.o JOIN bench_action k ON k.n = r.k
    ORDER BY r.n"""
_LEAVES = """
    INSERT INTO audit_leaf (place, event_id, event_at, hash)
    SELECT (SELECT coalesce(max(place) + 1, 0) FROM audit_leaf) + row_number() OVER (ORDER BY e.id) - 1, e.id, e.at,
        sha256(int8send(e.id))
    FROM audit_event e WHERE e.id > (SELECT coalesce(max(event_id), 0) FROM audit_leaf)"""
_ACTIONS = (
    *(("official.read", "official"),) * 6, ("official.print", "official"), ("official.list", "list"),
    ("session.start", "user"), ("change.submit", "change"),
)  # fmt: skip


def searches(bed: Bed) -> Result:
    """The slowest answer to any of the auditor's questions, against the second that is promised."""
    copy = clone(bed.cluster, bed, "bench_trail")
    try:
        fill(copy)
        times = asked(copy)
    finally:
        drop(bed.cluster, "bench_trail")
    worsts = [max(one) for one in times.values()]
    middles = [statistics.median(one) for one in times.values()]
    return Result(
        f"trail search among {EVENTS:,} events",
        "searches/s at the slowest",
        1 / max(worsts),
        1,
        1 / max(worsts),
        1 / max(worsts),
        1 / min(middles),
        GOAL,
        "a second, as promised; most: the fastest kind of question",
    )


def fill(bed: Bed) -> None:
    """Accounts with rights all over the tree, and their events of two years, a month after the other."""
    with psycopg.connect(bed.cluster.dsn(database=bed.name), autocommit=True) as connection:

        def run(statement: str, **values: Any) -> None:
            connection.execute(statement, values)

        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        run(_ACCOUNTS, accounts=ACCOUNTS)
        connection.execute("CREATE TEMP TABLE bench_action (n bigint, action text, thing text)")
        for n, (action, thing) in enumerate(_ACTIONS):
            run(
                "INSERT INTO bench_action VALUES (%(n)s, %(action)s, %(thing)s)",
                n=n,
                action=action,
                thing=thing,
            )
        connection.execute(
            "CREATE TEMP TABLE bench_user AS SELECT id, username, display_name, row_number() OVER () - 1 AS n"
            " FROM app_user WHERE username LIKE 'bench.%'"
        )
        connection.execute(
            "CREATE TEMP TABLE bench_official AS SELECT id, uid, row_number() OVER () - 1 AS n FROM official"
        )
        connection.execute(
            "CREATE TEMP TABLE bench_unit AS SELECT id, row_number() OVER (ORDER BY ord) - 1 AS n FROM organization"
        )
        connection.execute("ANALYZE bench_user, bench_official, bench_action, bench_unit")
        run(_GRANTS)
        months = _months()
        run("SELECT registry_trail_months(%(first)s, %(last)s)", first=months[0], last=months[-1])
        # Indexes over keys that lie anywhere are built in a fifth of the time once all is there.
        indexes = connection.execute(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'audit_event' AND indexname LIKE 'ix_%'"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        for salt, (first, beyond) in enumerate(itertools.pairwise(months)):
            run(
                _EVENTS,
                first=first,
                beyond=beyond,
                many=EVENTS // MONTHS,
                salt=salt * 1_000_003,
                famous=FAMOUS,
            )
            run(_LEAVES)
        connection.execute("SET maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            connection.execute(definition.replace(" ON ONLY ", " ON "))
        connection.execute("VACUUM ANALYZE audit_event")
        connection.execute("VACUUM ANALYZE audit_leaf, app_user, access_grant")
        row = connection.execute(
            """SELECT (SELECT count(*) FROM audit_event), (SELECT pg_size_pretty(sum(pg_total_relation_size(inhrelid)))
                FROM pg_inherits WHERE inhparent = 'audit_event'::regclass)"""
        ).fetchone()
        assert row is not None
        print(f"# {row[0]:,} events, {row[1]}", file=sys.stderr)


def _months() -> list[date]:
    """The first days of the months of the trail, and the day after the last."""
    last = TODAY.replace(day=1)
    found = [last]
    for _ in range(MONTHS):
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found[::-1]


def asked(bed: Bed) -> dict[str, list[float]]:
    """Seconds of each answer by kind of question, one after the other; the first of a kind leads."""
    with bed.session() as session:
        user = session.query(User).filter_by(username=AUDITOR).one()
        token, _ = access.create_token(
            session, user, bed.actor(AUDITOR), name="bench", lasts=timedelta(hours=2)
        )
    postmaster = int((bed.cluster.data / "postmaster.pid").read_text().split()[0])
    times: dict[str, list[float]] = {}
    with (
        tempfile.TemporaryDirectory() as home,
        serving("ours", bed.dsn("web"), bed.dsn("stats"), home) as port,
    ):
        connection = http.client.HTTPConnection("127.0.0.1", port)

        def ask(path: str) -> float:
            begun = time.perf_counter()
            connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
            reply = connection.getresponse()
            reply.read()
            if reply.status != 200:
                raise RuntimeError(f"status {reply.status}")
            return time.perf_counter() - begun

        ask("/api/v1/me")  # a server that has just started is not what is measured
        for kind, questions in questions_of(bed).items():
            before = processor_seconds(postmaster), processor_seconds(os.getpid())
            spent = [ask(f"/api/v1/audit/entries?{urlencode(one)}") for one in questions]
            after = processor_seconds(postmaster), processor_seconds(os.getpid())
            of_database, of_service = (
                (end - start) / len(spent) * 1000 for start, end in zip(before, after, strict=True)
            )
            print(
                f"# {kind}: middle {statistics.median(spent[1:]) * 1000:.0f} ms, worst {max(spent[1:]) * 1000:.0f} ms, "
                f"first {spent[0] * 1000:.0f} ms; processor {of_database:.0f} + {of_service:.0f} ms",
                file=sys.stderr,
            )
            times[kind] = spent
    return times


def questions_of(bed: Bed) -> dict[str, list[dict[str, str]]]:
    """What auditors ask, ASKED of a kind, about things that lie far apart."""

    def some(what: str, source: str) -> list[Any]:
        with bed.session() as session:
            return list(
                session.execute(
                    text(f"SELECT {what} FROM {source} ORDER BY md5({what}::text) LIMIT {ASKED}")
                ).scalars()
            )

    def most(what: str, source: str) -> list[str]:
        """Those of whom a month has the most events."""
        with bed.session() as session:
            return list(
                session.execute(
                    text(f"""SELECT {what} FROM (SELECT official_id, actor_id FROM audit_event
                        WHERE at >= :since AND at < :until) e JOIN {source} GROUP BY 1 ORDER BY count(*) DESC LIMIT {FAMOUS}"""),
                    {
                        "since": TODAY.replace(day=1) - timedelta(days=180),
                        "until": TODAY - timedelta(days=150),
                    },
                ).scalars()
            )

    famous = most("o.uid::text", "official o ON o.id = e.official_id")
    busy = most("u.username", "app_user u ON u.id = e.actor_id")[0]
    days = [TODAY - timedelta(days=1 + 23 * n) for n in range(ASKED)]
    people = some("uid::text", "official")
    accounts = some("username", "app_user WHERE username LIKE 'bench.%'")
    units = some("code", "organization")
    names = some(
        "display_name", "(SELECT DISTINCT display_name FROM app_user WHERE username LIKE 'bench.%') n"
    )
    actions = [action for action, _ in dict.fromkeys(_ACTIONS)]

    def every(n: int) -> str:
        return actions[n % len(actions)]

    week = [{"from": day.isoformat(), "to": (day + timedelta(days=7)).isoformat()} for day in days]
    return {
        "person": [{"object": one} for one in people],
        "actor": [{"actor": one} for one in accounts],
        "name that many bear": [{"actor": one} for one in names],
        "part of every name": [{"actor": one} for one in ("Văn", "Thị", "Nguyễn", "Lê")],
        "unit": [{"organization": one} for one in units],
        "the nation, a province": [{"organization": one} for one in ("VN", "H26")],
        "action": [{"action": every(n)} for n in range(ASKED)],
        "action that never was": [{"action": "proposal.decline"}] * 3,
        "day": [{"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()} for day in days],
        "unit, action and week": [
            {"organization": one, "action": every(n), **week[n]} for n, one in enumerate(units)
        ],
        "actor and week": [{"actor": one, **week[n]} for n, one in enumerate(accounts)],
        "person and action": [{"object": one, "action": every(n)} for n, one in enumerate(people)],
        "person and a rare action": [{"object": one, "action": "change.submit"} for one in people[:5]],
        "person and actor": [{"object": one, "actor": accounts[n]} for n, one in enumerate(people)],
        "person and a name that many bear": [
            {"object": one, "actor": name} for one, name in zip(people, names, strict=False)
        ],
        "person and unit": [{"object": one, "organization": units[n]} for n, one in enumerate(people)],
        "person and a province": [{"object": one, "organization": "H26"} for one in people[:5]],
        "person and week": [{"object": one, **week[n]} for n, one in enumerate(people)],
        "actor and action": [{"actor": one, "action": every(n)} for n, one in enumerate(accounts)],
        "actor and a rare action": [{"actor": one, "action": "change.submit"} for one in accounts],
        "unit and action": [{"organization": one, "action": every(n)} for n, one in enumerate(units)],
        "unit and actor": [
            {"organization": one, "actor": names[n % len(names)]} for n, one in enumerate(units)
        ],
        "unit and week": [{"organization": one, **week[n]} for n, one in enumerate(units)],
        "province and a rare action": [{"organization": "H26", "action": "change.submit"}] * 3,
        "action and week": [{"action": every(n), **one} for n, one in enumerate(week)],
        "much-read person": [{"object": one} for one in famous],
        "much-read person and action": [{"object": one, "action": every(n)} for n, one in enumerate(famous)],
        "much-read person and an action that never was": [
            {"object": one, "action": "proposal.decline"} for one in famous
        ],
        "much-read person and actor": [{"object": one, "actor": accounts[n]} for n, one in enumerate(famous)],
        "much-read person and a name that many bear": [
            {"object": one, "actor": names[n % len(names)]} for n, one in enumerate(famous)
        ],
        "much-read person and unit": [
            {"object": one, "organization": units[n]} for n, one in enumerate(famous)
        ],
        "much-read person and a province": [{"object": one, "organization": "H26"} for one in famous],
        "much-read person and the nation": [{"object": one, "organization": "VN"} for one in famous],
        "much-read person and week": [{"object": one, **week[n]} for n, one in enumerate(famous)],
        "much-read person and busy actor": [{"object": one, "actor": busy} for one in famous],
        "busy actor": [{"actor": busy}] * 5,
        "busy actor and action": [{"actor": busy, "action": every(n)} for n in range(ASKED)],
        "busy actor and week": [{"actor": busy, **one} for one in week],
        "nation and an action that never was": [{"organization": "VN", "action": "proposal.decline"}] * 5,
        "part of every name and a rare action": [{"actor": "Văn", "action": "change.submit"}] * 5,
        "everything": [{}] * 5,
    }


MEASURES = {"trail_search": searches}
