"""What is measured, each against its floor. A measure takes a Bed and gives a Result."""

import http.client
import io
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import text

from bench import figures
from bench.bed import TODAY, Bed, clone, drop, let_go
from bench.timing import Result, against, in_turns, per_second
from registry.access import services as access
from registry.access.actor import Actor
from registry.access.models import User
from registry.changes import services as changes
from registry.changes.queries import get_change
from registry.officials import queries
from registry.periods import AsOf

USERNAME, APPROVER, PROVINCE = "hr.hanoi", "approver.hanoi", "H26"


# Record JSON over HTTP


def record(bed: Bed) -> Result:
    """Requests a second for records over `CONNECTIONS`, two workers each."""
    with bed.session() as session:
        rows = session.execute(
            text("""SELECT c.uid::text AS uid, c.official_id FROM official_current c
            JOIN organization o ON o.code = :code AND c.org_ord BETWEEN o.ord AND o.last ORDER BY md5(c.uid::text) LIMIT 400"""),
            {"code": PROVINCE},
        ).all()
        user = session.query(User).filter_by(username=USERNAME).one()
        token, _ = access.create_token(
            session, user, bed.actor(USERNAME), name="bench", lasts=timedelta(hours=2)
        )
    headers = {"Authorization": f"Bearer {token}"}
    with (
        tempfile.TemporaryDirectory() as home,
        serving("ours", bed.dsn("web"), bed.dsn("stats"), home) as one,
        serving("floor", bed.dsn("migrate")) as other,
    ):
        ours = [f"/api/v1/officials/{row.uid}" for row in rows]
        floor = [f"/{row.official_id}" for row in rows]
        return in_turns(
            "record JSON",
            "requests/s",
            0.5,
            "bare WSGI app, prepared statement",
            lambda: load(one, ours, headers),
            lambda: load(other, floor, {}),
        )


@contextmanager
def serving(kind: str, *arguments: str) -> Iterator[int]:
    """A server in a process of its own, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.servers", kind, str(port), *arguments], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(900):
            try:
                socket.create_connection(("127.0.0.1", port), 0.2).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(60)


CONNECTIONS = 8
"""Kept alive, as many as the threads of both workers: with fewer one worker often takes them all, and the other stands by."""


def load(port: int, paths: list[str], headers: dict[str, str], seconds: float = 3.0) -> float:
    """Requests a second over `CONNECTIONS` for some seconds; any reply but 200 stops the bench."""

    def one(number: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        done, chosen = 0, random.Random(number)
        while time.perf_counter() < until:
            connection.request("GET", chosen.choice(paths), headers=headers)
            reply = connection.getresponse()
            reply.read()
            if reply.status != 200:
                raise RuntimeError(f"status {reply.status}")
            done += 1
        return done

    started = time.perf_counter()
    until = started + seconds
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        done = sum(pool.map(one, range(CONNECTIONS)))
    return done / (time.perf_counter() - started)


# Search by name in a subtree


def search(bed: Bed) -> Result:
    """First pages of name searches in a province, with the capped count; the floor is the plain statement and its count."""
    actor = bed.actor(USERNAME)
    with bed.session() as session:
        names = list(
            session.execute(
                text("""SELECT DISTINCT full_name FROM official_current c
            JOIN organization o ON o.code = :code AND c.org_ord BETWEEN o.ord AND o.last ORDER BY full_name LIMIT 4000"""),
                {"code": PROVINCE},
            ).scalars()
        )
        unit = session.execute(
            text("SELECT ord, last FROM organization WHERE code = :code"), {"code": PROVINCE}
        ).one()
    chosen = [" ".join(name.split()[-2:]) for name in random.Random(1).sample(names, 200)]
    bare = psycopg.RawCursor(bed.bare())
    where = "WHERE org_ord BETWEEN $1 AND $2 AND fold LIKE '%' || registry_fold($3) || '%' AND fold LIKE '%' || registry_fold($4) || '%'"
    page = f"""SELECT official_id, uid, personal_id, staff_code, full_name, birth_date, sex, position, rank, step, coefficient, status,
        organization_id FROM official_current {where} ORDER BY sort_key, official_id LIMIT 51"""
    count = f"SELECT count(*) FROM (SELECT 1 FROM official_current {where} LIMIT 1001) n"

    def ours() -> int:
        for q in chosen:
            with bed.session("web", actor.scope()) as session:
                queries.list_officials(
                    session,
                    queries.ListQuery(AsOf(TODAY), TODAY, q=q, organization=PROVINCE),
                    actor.field_classes(),
                )
        return len(chosen)

    def floor() -> int:
        for q in chosen:
            words = [unit.ord, unit.last, *q.split()[:2]]
            bare.execute(page, words).fetchall()
            bare.execute(count, words).fetchone()
        return len(chosen)

    return in_turns(
        "name search in a province",
        "searches/s",
        0.4,
        "the plain statement and its count, no policy",
        lambda: per_second(ours),
        lambda: per_second(floor),
    )


# Change and approval


def change(bed: Bed) -> Result:
    """One salary step: draft, submit and approve in two transactions; the floor writes the same rows in one bare statement."""
    copy = clone(bed.cluster, bed, f"{bed.name}_change")
    maker, checker = copy.actor(USERNAME), copy.actor(APPROVER)
    with copy.session() as session:
        people = session.execute(
            text("""SELECT c.official_id, c.uid::text AS uid, c.rank, c.step + 1 AS step, l.coefficient
            FROM official_current c JOIN organization o ON o.code = :code AND c.org_ord BETWEEN o.ord AND o.last
            JOIN law_step l ON l.rank = c.rank AND l.step = c.step + 1 WHERE c.in_headcount AND c.turns_on IS NULL
            AND c.step_from < :today ORDER BY md5(c.uid::text)"""),
            {"code": PROVINCE, "today": TODAY},
        ).all()
    half = len(people) // 2
    mine, theirs = iter(people[:half]), iter(people[half:])
    rounds = max(5, min(40, half // 9))

    def ours() -> int:
        for _ in range(rounds):
            one = next(mine)
            body = {
                "decision": {"number": "1/QĐ", "issued_on": TODAY.isoformat()},
                "operations": [
                    {
                        "action": "record",
                        "official": one.uid,
                        "kind": "salary",
                        "valid_from": TODAY.isoformat(),
                        "rank": one.rank,
                        "step": one.step,
                        "coefficient": str(one.coefficient),
                    }
                ],
            }
            with copy.session("web", maker.scope()) as session:
                made = changes.draft(session, maker, body, TODAY)
                changes.submit(session, maker, made, TODAY)
                digest, named = made.digest, str(made.uid)
            with copy.session("web", checker.scope()) as session:
                again = get_change(session, named, lock=True)
                changes.approve(session, checker, again, TODAY, digest=digest)
        return rounds

    bare = psycopg.RawCursor(copy.bare())
    bare.execute(BARE_FUNCTION)

    def floor() -> int:
        for _ in range(rounds):
            one = next(theirs)
            bare.execute(
                BARE_CHANGE,
                [one.official_id, TODAY, one.rank, one.step, one.coefficient, maker.user_id, checker.user_id],
            )
        return rounds

    try:
        return in_turns(
            "change + approve",
            "changes/s",
            0.35,
            "the same rows written by one bare statement",
            lambda: per_second(ours, 0),
            lambda: per_second(floor, 0),
            rounds=7,
        )
    finally:
        drop(bed.cluster, copy.name)


# The facts and the present row are closed and refreshed as an approval does; the trail gets its three events. The old fact
# is closed in a statement of its own because an exclusion constraint looks at once.
BARE_CHANGE = """
SELECT bench_change($1, $2, $3, $4, $5, $6, $7)
"""
BARE_FUNCTION = """
CREATE OR REPLACE FUNCTION bench_change(who bigint, on_day date, to_rank text, to_step int, to_coefficient numeric, maker bigint,
    checker bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE d bigint; c bigint; old fact_salary;
BEGIN
    INSERT INTO decision (number, issued_on, effective_on) VALUES ('1/QĐ', on_day, on_day) RETURNING id INTO d;
    INSERT INTO change (decision_id, organization_id, org_ord, maker_id)
        SELECT d, organization_id, org_ord, maker FROM official_current WHERE official_id = who RETURNING id INTO c;
    INSERT INTO change_operation (change_id, seq, action, official_id, kind, decision_id, valid_from, fields) VALUES (c, 0, 'record',
        who, 'salary', d, on_day, jsonb_build_object('rank', to_rank, 'step', to_step, 'coefficient', to_coefficient));
    UPDATE change SET status = 'submitted', submitted_at = now() WHERE id = c;
    UPDATE fact_salary SET recorded_to = clock_timestamp(), closed_by = c WHERE official_id = who AND recorded_to IS NULL
        AND valid_to IS NULL RETURNING * INTO old;
    INSERT INTO fact_salary (official_id, valid_from, valid_to, decision_id, change_id, rank, step, coefficient, supersedes) VALUES
        (who, old.valid_from, on_day, old.decision_id, c, old.rank, old.step, old.coefficient, old.id),
        (who, on_day, NULL, d, c, to_rank, to_step, to_coefficient, NULL);
    UPDATE official SET version = version + 1 WHERE id = who;
    UPDATE change SET status = 'approved', checker_id = checker, decided_at = now() WHERE id = c;
    PERFORM registry_refresh_current(ARRAY[who], on_day);
    INSERT INTO audit_event (actor_id, actor_name, actor_role, action, object_type, object_id, official_id)
        SELECT maker, 'x', 'x', a, 'change', c::text, who FROM unnest(ARRAY['change.draft','change.submit','change.approve',
        'official.apply']) a;
END $$
"""


# Form 2C


def form_2c(bed: Bed) -> Result:
    """Pages a second drawn from gathered data; the floor draws as much text on a bare canvas over one form XObject."""
    from pypdf import PdfReader

    from registry.reports.forms.cv_2c import draw
    from registry.reports.forms.cv_2c_gather import gather
    from seed.portraits import keep_drawings

    actor = bed.actor(USERNAME)
    with bed.session("web", actor.scope()) as session:
        ids = list(
            session.execute(
                text("""SELECT official_id FROM official_current WHERE in_headcount
            ORDER BY recruited_on, official_id LIMIT 40""")
            ).scalars()
        )
        with tempfile.TemporaryDirectory(prefix="bench-files-") as folder:
            keep_drawings(1, Path(folder))
            classes = actor.field_classes()
            forms = [gather(session, one, AsOf(TODAY), classes, Path(folder)) for one in ids]
    printed = [PdfReader(io.BytesIO(draw(one))) for one in forms]
    pages = [
        [line for line in page.extract_text().split("\n") if line.strip()]
        for reader in printed
        for page in reader.pages
    ]
    counts = [len(reader.pages) for reader in printed]

    def ours() -> int:
        return sum(count for one, count in zip(forms, counts, strict=True) if draw(one))

    def floor() -> int:
        start = 0
        for count in counts:
            bare_canvas(pages[start : start + count])
            start += count
        return sum(counts)

    return in_turns(
        "form 2C",
        "pages/s",
        0.5,
        "bare canvas, one form XObject a document, the same lines",
        lambda: per_second(ours),
        lambda: per_second(floor),
    )


def bare_canvas(pages: list[list[str]]) -> bytes:
    """The lines of some pages on a canvas with a frame as form XObject, in the same font."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    if "BenchSerif" not in pdfmetrics.getRegisteredFontNames():
        fonts = Path(__file__).parents[1] / "registry" / "reports" / "fonts"
        pdfmetrics.registerFont(TTFont("BenchSerif", str(fonts / "LiberationSerif-Regular.ttf")))
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=1, invariant=1, initialFontName="BenchSerif")
    canvas.beginForm("frame")
    for number in range(40):
        canvas.line(60, 40 + number * 19, 560, 40 + number * 19)
    canvas.endForm()
    for lines in pages:
        canvas.doForm("frame")
        canvas.setFont("BenchSerif", 11)
        for number, line in enumerate(lines):
            canvas.drawString(60, 800 - number * 12, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


# Import


FACTS_ALONE = "papers, persons, facts and present rows"
EVERY_ROW = "every row that the import writes"


def bulk(bed: Bed, rows: int = 20_000) -> list[Result]:
    """A workbook of new people from upload to approval, against two floors that are always told together.

    Both copy the cells into a staging table. The narrow one then copies what is there for good to say of the people: papers,
    persons, facts and present rows. The whole one copies every row that the import writes, kept rows of the sheet, operations,
    steps and events as well. Tables, constraints, indexes and triggers are the same; nothing is read, checked or asked.
    """
    from bench.workbook import make_workbook

    content = make_workbook(bed, PROVINCE, rows)
    cells = staging_cells(content)
    with tempfile.TemporaryDirectory() as home:
        copy = clone(bed.cluster, bed, f"{bed.name}_import")
        with copy.session() as session:
            begun = session.execute(text("SELECT pg_current_xact_id()::text::bigint")).scalar_one()
        import_workbook(copy, Path(home), content, copy.actor(USERNAME), copy.actor(APPROVER))
        written = take_rows(copy, begun)
        let_go()
        drop(bed.cluster, copy.name)

        def ours() -> float:
            copy = clone(bed.cluster, bed, f"{bed.name}_import")
            maker, checker = copy.actor(USERNAME), copy.actor(APPROVER)
            started = time.perf_counter()
            import_workbook(copy, Path(home), content, maker, checker)
            spent = time.perf_counter() - started
            drop(bed.cluster, copy.name)
            return rows / spent

        def floor(tables: Collection[str]) -> float:
            copy = clone(bed.cluster, bed, f"{bed.name}_floor")
            with psycopg.connect(copy.dsn("migrate")) as connection:
                started = time.perf_counter()
                copy_rows(connection, cells, {name: written[name] for name in written if name in tables})
                spent = time.perf_counter() - started
            drop(bed.cluster, copy.name)
            return rows / spent

        narrow = {name for name in written if name in _ABOUT_PEOPLE or name.startswith("fact_")}
        return against(
            "import of 20,000 rows",
            "rows/s",
            0.7,
            ours,
            {
                f"narrow: COPY of the cells, then of {FACTS_ALONE}": lambda: floor(narrow),
                f"whole: COPY of the cells, then of {EVERY_ROW}": lambda: floor(written),
            },
            rounds=3,
        )


_ABOUT_PEOPLE = frozenset({"decision", "change", "official", "official_current"})
_BY_TRIGGER = frozenset({"quality_due", "statistics_touched", "change_applied"})
"""What triggers write: persons of whom something is due, for the floors as well, and one row that tells of the change."""
_AS_DRAFT = {"status": "'draft'", "checker_id": "NULL", "decided_at": "NULL"}
"""A change takes no operations once it is handed in: the floors enter it as the draft that it was."""


def import_workbook(bed: Bed, home: Path, content: bytes, maker: Actor, checker: Actor) -> None:
    """A workbook from upload to approval, each step in a transaction of its own as the service has them."""
    from registry.bulk import importing
    from registry.bulk.models import Import
    from registry.changes.models import Change

    with bed.session("web", maker.scope()) as session:
        named = importing.upload(
            session, maker, home, name="bench.xlsx", content=content, kind="officials", organization=PROVINCE
        ).id
    with bed.session("worker", maker.scope()) as session:
        importing.check(session, maker, home, session.get_one(Import, named), TODAY)
    with bed.session("web", maker.scope()) as session:
        change = importing.submit(session, maker, session.get_one(Import, named), TODAY)
        digest, change_id = change.digest, change.id
    with bed.session("web", checker.scope()) as session:
        changes.approve(session, checker, session.get_one(Change, change_id), TODAY, digest=digest)


def take_rows(bed: Bed, begun: int) -> dict[str, tuple[str, bytes]]:
    """By table, parents first: every row that a transaction since `begun` wrote, as a COPY statement with its data."""
    from registry.models import metadata

    out: dict[str, tuple[str, bytes]] = {}
    with psycopg.connect(bed.dsn("migrate")) as connection:
        # Operations come last: their change and paper are proved by a trigger, of which the order of the tables knows nothing.
        for table in sorted(metadata.sorted_tables, key=lambda one: one.name == "change_operation"):
            if table.name in _BY_TRIGGER:
                continue
            names = [column.name for column in table.columns if column.computed is None]
            as_draft = _AS_DRAFT if table.name == "change" else {}
            shown = ", ".join(as_draft.get(name, f'"{name}"') for name in names)
            columns = ", ".join(f'"{name}"' for name in names)
            select = f'SELECT {shown} FROM "{table.name}" WHERE xmin::text::bigint >= {begun}'
            with connection.cursor().copy(f"COPY ({select}) TO STDOUT") as source:
                data = b"".join(bytes(part) for part in source)
            if data:
                out[table.name] = f'COPY "{table.name}" ({columns}) FROM STDIN', data
    return out


def copy_rows(
    connection: psycopg.Connection[Any], cells: bytes, written: dict[str, tuple[str, bytes]]
) -> None:
    """The cells into a staging table, then rows into their tables, in one transaction."""
    connection.execute("CREATE UNLOGGED TABLE bench_staging (row int, cells text[])")
    with connection.cursor().copy("COPY bench_staging FROM STDIN") as into:
        into.write(cells)
    for statement, data in written.values():
        with connection.cursor().copy(statement) as into:
            into.write(data)
    connection.commit()


def staging_cells(content: bytes) -> bytes:
    """The workbook's cells as COPY text of (row, cells)."""
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    lines = []
    for number, row in enumerate(rows[1:], 2):
        shown = ",".join('"' + str(cell).replace("\\", "").replace('"', "") + '"' for cell in row)
        lines.append(f"{number}\t{{{shown}}}\n")
    return "".join(lines).encode()


MEASURES: dict[str, Any] = {
    "record": record,
    "search": search,
    "change": change,
    "form_2c": form_2c,
    "import": bulk,
    "crosstab": figures.crosstabs,
    "crosstab_postgresql": figures.against_postgresql,
    "series": figures.over_time,
}
