"""Every login role of the database against everything that is there: what it may do, and what it can get at without a scope.

What a role may do stands in database_roles.txt, written by hand and held against the catalogue: a new table, view, sequence or
function that is not in it fails. Row security in its usual use is in test_rls.py.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from difflib import unified_diff
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from conftest import Bed
from make import newcomer, submitted
from test_rls import busy, role

from registry.roles import LOGIN_ROLES, READER

__all__ = ["busy"]
SERVING = ("web", "worker", "stats", "audit")
"""The roles with which the service works; the fifth, migrate, owns everything and serves nobody."""
WHO = {user: name for name, user in LOGIN_ROLES.items() if name in SERVING} | {READER: "reader"}
"""Those that may do something, by the name the database knows them by: nobody signs in as the reader, web becomes it."""
EVERYWHERE = "SET LOCAL app.lo = '0'; SET LOCAL app.hi = '2000000000'"
DECLARED = Path(__file__).with_name("database_roles.txt")

_RELATIONS = """
    SELECT CASE c.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized' WHEN 'f' THEN 'foreign'
            ELSE 'table' END || ' ' || c.relname || CASE WHEN c.relrowsecurity THEN ' guarded' ELSE '' END AS thing,
        r.rolname AS role, (SELECT string_agg(a.privilege_type, ' ' ORDER BY a.privilege_type)
            FROM aclexplode(c.relacl) a WHERE a.grantee IN (0, r.oid)) AS whole,
        (SELECT string_agg(p.privilege_type || '(' || p.columns || ')', ' ' ORDER BY p.privilege_type) FROM (
            SELECT x.privilege_type, string_agg(a.attname, ' ' ORDER BY a.attname) AS columns
            FROM pg_attribute a CROSS JOIN LATERAL aclexplode(a.attacl) x
            WHERE a.attrelid = c.oid AND x.grantee IN (0, r.oid) GROUP BY 1) p) AS parts
    FROM pg_class c CROSS JOIN pg_roles r
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND r.rolname = ANY (:roles)"""
_FUNCTIONS = """
    SELECT 'function ' || p.oid::regprocedure || CASE WHEN p.prosecdef THEN ' as owner' ELSE '' END AS thing,
        r.rolname AS role, CASE WHEN has_function_privilege(r.oid, p.oid, 'EXECUTE') THEN 'EXECUTE' END AS whole, NULL AS parts
    FROM pg_proc p CROSS JOIN pg_roles r
    WHERE p.pronamespace = 'public'::regnamespace AND r.rolname = ANY (:roles)
        AND (p.prosecdef OR p.prorettype <> 'trigger'::regtype)
        AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"""
_POLICIES = """
    SELECT 'policy ' || tablename || '.' || policyname AS thing, r.rolname AS role,
        cmd || CASE WHEN qual = 'true' OR qual IS NULL AND with_check = 'true' THEN ' all rows' ELSE '' END AS whole,
        NULL AS parts
    FROM pg_policies p CROSS JOIN pg_roles r WHERE p.schemaname = 'public' AND r.rolname = ANY (:roles)
        AND (r.rolname = ANY (p.roles) OR 'public' = ANY (p.roles))"""


def privileges(bed: Bed) -> list[str]:
    """One line a thing: `table x guarded | web: SELECT UPDATE(a b) | audit: SELECT`; roles that may nothing are left out.

    Months of the trail share a line, and so do kinds of facts out of which nothing is counted; it says how many they are.
    """
    found: dict[str, dict[str, str]] = {}
    with bed.session() as session:
        for statement in (_RELATIONS, _FUNCTIONS, _POLICIES):
            for row in session.execute(sa.text(statement), {"roles": list(WHO)}):
                held = found.setdefault(row.thing, {})
                may = " ".join(filter(None, (row.whole, row.parts)))
                if may:
                    held[WHO[row.role]] = may
    lines = Counter(
        _family(" | ".join([thing, *(f"{name}: {held[name]}" for name in WHO.values() if name in held)]))
        for thing, held in found.items()
    )
    return sorted(f"{line} | x {times}" if "fact_*" in line else line for line, times in lines.items())


def _family(line: str) -> str:
    """Months of the trail by one name, and kinds of facts that are not counted."""
    line = re.sub(r"audit_event_y\d{4}m\d\d", "audit_event_y*", line)
    return line if "stats:" in line else re.sub(r"^(table|policy) fact_[a-z_]+", r"\1 fact_*", line)


def test_each_role_may_do_what_is_declared_and_nothing_else(demo: Bed) -> None:
    declared = [line for line in DECLARED.read_text(encoding="utf-8").splitlines() if line and line[0] != "#"]
    found = privileges(demo)
    assert found == declared, "\n".join(unified_diff(declared, found, "declared", "found", lineterm="", n=0))


# Reading without a scope


def guarded(bed: Bed) -> list[str]:
    """Every table with row security, the parts of the trail too."""
    with bed.session() as session:
        return list(
            session.execute(
                sa.text(
                    "SELECT relname FROM pg_class WHERE relrowsecurity AND relnamespace = 'public'::regnamespace"
                )
            ).scalars()
        )


@contextmanager
def driver(bed: Bed, name: str, **told: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The driver's connection of a role within a transaction that is rolled back."""
    with role(bed, name, **told) as connection:
        yield connection.connection.driver_connection  # type: ignore[misc]


def sqlstate(connection: psycopg.Connection[tuple[object, ...]], statement: str) -> str:
    """How a statement is refused; '' when it is not. What it did is undone."""
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(statement)
    except psycopg.Error as error:
        return str(error.sqlstate)
    return ""


WAYS = (
    "SELECT count(*) FROM {}",
    "SELECT count(*) FROM {} x WHERE x::text::int = 0",  # a cast that fails shows what it was given
    "SELECT count(*) FROM {} x WHERE pg_temp.leak(x::text)",  # a function that tells everything it is given
    "SELECT count(*) FROM (SELECT * FROM {} ORDER BY 1 LIMIT 5 OFFSET 0) x WHERE pg_temp.leak(x::text)",
)
LEAK = """CREATE FUNCTION pg_temp.leak(told text) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS
    $$ BEGIN RAISE NOTICE '%', told; RETURN true; END $$"""


@pytest.mark.parametrize("name", SERVING[:3])
def test_without_a_scope_no_way_of_asking_gets_at_a_row(busy: Bed, name: str) -> None:
    """Counting, casts that fail, functions that tell, plans with their counts, COPY: of tables that do hold rows."""
    told: list[str] = []
    with driver(busy, name) as connection:
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        connection.execute(LEAK)
        for table in guarded(busy):
            may = connection.execute(
                "SELECT has_table_privilege(%s, 'SELECT')", [f"public.{table}"]
            ).fetchone() == (True,)
            for way in WAYS:
                if not may or name == "stats":
                    assert sqlstate(connection, way.format(table)) in {"42501", "22P02", ""}, (table, way)
                else:
                    assert connection.execute(way.format(table)).fetchone() == (0,), (table, way)
            assert sqlstate(connection, f"COPY {table} FROM STDIN") in {"42501", "0A000"}, table
            if may and name != "stats":
                with connection.cursor().copy(f"COPY {table} TO STDOUT") as rows:
                    assert list(rows) == [], table
                plan = connection.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM {table}").fetchone()
                assert plan is not None
                assert plan[0][0]["Plan"]["Actual Rows"] == 0, table  # type: ignore[index]
    known = busy.scalar("SELECT array_agg(full_name) || array_agg(personal_id) FROM official_current")
    assert not [one for one in told if any(value in one for value in known)]
    if name != "stats":
        assert told == [], "a row reached a function of the one who asked"


def test_what_is_told_of_rows_by_a_functions_or_errors_is_within_the_scope(busy: Bed) -> None:
    within = "c.org_ord BETWEEN o.ord AND o.last"
    mine = set(
        busy.scalar(
            f"SELECT array_agg(full_name) FROM official_current c JOIN organization o ON o.code = 'H26-00004' AND {within}"
        )
    )
    theirs = set(busy.scalar("SELECT array_agg(full_name) FROM official_current")) - mine
    low, last = busy.scalar("SELECT ARRAY[ord, last] FROM organization WHERE code = 'H26-00004'")
    told: list[str] = []
    with driver(busy, "web", lo=str(low), hi=str(last + 1)) as connection:
        connection.add_notice_handler(lambda notice: told.append(notice.message_primary or ""))
        connection.execute(LEAK)
        connection.execute("SELECT count(*) FROM official_current WHERE pg_temp.leak(full_name)")
        assert set(told) == mine
        for asked in (
            "SELECT count(*) FROM fact_identity WHERE pg_temp.leak(full_name)",
            "SELECT count(*) FROM fact_identity f JOIN official o ON o.id = f.official_id AND pg_temp.leak(f.full_name)",
            "SELECT count(*) FROM organization u LEFT JOIN official_current c ON pg_temp.leak(c.full_name) AND u.code = 'VN'",
        ):
            connection.execute(asked)
        with pytest.raises(psycopg.DataError) as shown, connection.transaction():
            connection.execute("SELECT count(*) FROM official_current WHERE full_name::int = 0")
        told.append(str(shown.value).split('"')[1])
    assert not set(told) & theirs


def test_statistics_of_the_planner_tell_no_role_of_guarded_tables(busy: Bed) -> None:
    counted = "SELECT count(*) FROM {} WHERE schemaname = 'public' AND tablename = ANY (%s)"
    tables = guarded(busy)
    with psycopg.connect(busy.cluster.dsn(database=busy.database)) as superuser:
        there = superuser.execute(counted.format("pg_stats"), [tables]).fetchone()
    assert there is not None
    assert there[0] > 100, "analyzed: there is something to hide"  # type: ignore[operator]
    for name in SERVING:
        with driver(busy, name) as connection:
            for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
                assert connection.execute(counted.format(view), [tables]).fetchone() == (0,), (name, view)
            for table in ("pg_statistic", "pg_statistic_ext_data", "pg_authid", "pg_largeobject"):
                assert sqlstate(connection, f"SELECT * FROM {table}") == "42501", (name, table)
            others = "SELECT count(*) FROM pg_stat_activity WHERE usename <> current_user AND query NOT IN ('', '<insufficient privilege>')"
            assert connection.execute(others).fetchone() == (0,), name


# Functions that run as the owner


def _only_what_was_sent(bed: Bed, name: str) -> None:
    some = list(bed.scalar("SELECT (array_agg(personal_id))[1:5] FROM official_current"))
    with driver(bed, name) as connection:
        told = connection.execute("SELECT registry_taken(%s)", [[*some, "000000000000"]]).fetchall()
        assert {row[0] for row in told} == set(some), "that a number is taken, and nothing else"


def _nobody(statement: str, everybody: str) -> Callable[[Bed, str], None]:
    """Asked about everybody there is, it answers with nothing."""

    def probe(bed: Bed, name: str) -> None:
        sent = bed.scalar(everybody)
        assert sent
        with driver(bed, name) as connection:
            assert connection.execute(statement, [sent]).fetchall() == []

    return probe


def _closed(statement: str, state: str = "42501") -> Callable[[Bed, str], None]:
    def probe(bed: Bed, name: str) -> None:
        with driver(bed, name) as connection:
            assert sqlstate(connection, statement) == state

    return probe


def _no_row_of_others(bed: Bed, name: str) -> None:
    """Present rows of people out of scope stay as they are; one of the own scope may be made anew."""
    mine, theirs = (
        bed.scalar(
            """SELECT min(c.official_id) FROM official_current c JOIN organization o ON o.code = :code
                AND c.org_ord BETWEEN o.ord AND o.last""",
            code=code,
        )
        for code in ("H26", "H17")
    )
    low, last = bed.scalar("SELECT ARRAY[ord, last] FROM organization WHERE code = 'H26'")
    again = "SELECT registry_refresh_current(ARRAY[{}]::bigint[], '1990-01-01')"
    with driver(bed, name) as connection:
        assert sqlstate(connection, again.format(mine)) == "42501", "without a scope"
    with driver(bed, name, lo=str(low), hi=str(last + 1)) as connection:
        assert sqlstate(connection, again.format(f"{mine}, {theirs}")) == "42501"
        assert sqlstate(connection, again.format(mine)) == ""
    with driver(bed, name, lo=str(low), hi=str(last + 1), many=f"{{[{low},{low + 1})}}") as connection:
        assert sqlstate(connection, again.format(mine)) == "42501", "between the ranges"


def _no_identity_comes_back_for_others(bed: Bed, name: str) -> None:
    submitted(bed, [newcomer()], number="9/QĐ")
    change, official, maker = bed.scalar("""SELECT ARRAY[h.id, p.official_id, h.maker_id] FROM change h
        JOIN change_operation p ON p.change_id = h.id AND p.action = 'register' WHERE h.status = 'submitted'
            AND NOT EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = p.official_id) LIMIT 1""")
    with bed.session() as session:
        session.execute(
            sa.text("""INSERT INTO official (id, personal_id, change_id) SELECT :id, '001190777001', min(id) FROM change
                WHERE status = 'approved' ON CONFLICT (id) DO NOTHING"""),
            {"id": official},
        )
    for told, version in (({}, 0), ({"user": str(maker)}, 1)):
        with role(bed, name, **told) as connection:
            before = bed.scalar("SELECT version FROM official WHERE id = :id", id=official)
            connection.execute(sa.text("SELECT registry_revive(:change)"), {"change": change})
            connection.execute(sa.text(EVERYWHERE))
            after = connection.execute(
                sa.text("SELECT version FROM official WHERE id = :id"), {"id": official}
            ).scalar()
            assert (after if after is not None else before) == before + version, told


def _a_number(statement: str) -> Callable[[Bed, str], None]:
    def probe(bed: Bed, name: str) -> None:
        with driver(bed, name) as connection:
            row = connection.execute(statement).fetchone()
            assert row is not None
            assert isinstance(row[0], int)

    return probe


def _months(bed: Bed, name: str) -> None:
    made = "SELECT registry_trail_months('2026-11-01', '2026-11-01')"
    (_a_number if name == "worker" else _closed)(made)(bed, name)


OWNERS: dict[str, tuple[str, Callable[[Bed, str], None]]] = {
    "registry_taken": ("that a number is taken, so that nobody is registered twice", _only_what_was_sent),
    "registry_dormant": (
        "of numbers whose person has no present row, the id to bring back",
        _nobody("SELECT * FROM registry_dormant(%s)", "SELECT array_agg(personal_id) FROM official_current"),
    ),
    "registry_find_names": (
        "ids within the scope",
        _nobody("SELECT registry_find_names(%s, 1000)", "SELECT ARRAY['a']"),
    ),
    "registry_open": (
        "that a person is within the scope",
        _nobody("SELECT 1 WHERE registry_open(%s)", "SELECT min(official_id) FROM official_current"),
    ),
    "registry_fate_of_proposals": (
        "what became of own proposals and of those within the scope",
        _nobody("SELECT * FROM registry_fate_of_proposals(%s)", "SELECT array_agg(id) FROM proposal"),
    ),
    "registry_present_rows": (
        "nothing to anybody",
        _closed("SELECT registry_present_rows('{1}', '1990-01-01')"),
    ),
    "registry_refresh_current": ("nothing; present rows within the scope are made anew", _no_row_of_others),
    "registry_revive": (
        "nothing; for a change within the scope that is not decided",
        _no_identity_comes_back_for_others,
    ),
    "registry_roll_forward": (
        "how many officials' day has come",
        _a_number("SELECT registry_roll_forward('2026-11-25')"),
    ),
    "registry_same_person": (
        "whether two accounts are one person's",
        _a_number("SELECT registry_same_person(1, 2)::int"),
    ),
    "registry_stake": (
        "that an account had a hand in a change, or that it is about its person",
        _nobody(
            "SELECT s FROM registry_stake(-1, %s) AS s WHERE s IS NOT NULL", "SELECT min(id) FROM app_user"
        ),
    ),
    "registry_rights_held": (
        "the rights of an account, which every process reads with each request",
        _nobody(
            "SELECT h::text FROM registry_rights_held(%s, '1990-01-01') AS h WHERE h::text <> '[]'",
            "SELECT min(id) FROM app_user",
        ),
    ),
    "registry_tie_account": ("a trigger", _closed("SELECT registry_tie_account()", "0A000")),
    "registry_answered_by_another": ("a trigger", _closed("SELECT registry_answered_by_another()", "0A000")),
    "registry_applies": ("a trigger", _closed("SELECT registry_applies()", "0A000")),
    "registry_applied_is_approved": ("a trigger", _closed("SELECT registry_applied_is_approved()", "0A000")),
    "registry_quality_due": ("a trigger", _closed("SELECT registry_quality_due()", "0A000")),
    "registry_statistics_touched": ("a trigger", _closed("SELECT registry_statistics_touched()", "0A000")),
    "registry_trail_months": ("how many months were made", _months),
}
"""What each tells, and what shows that it tells no more to a session without a scope."""


def test_functions_that_run_as_the_owner_tell_nothing_without_a_scope(busy: Bed) -> None:
    found = busy.scalar("""SELECT array_agg(proname::text) FROM pg_proc p
        WHERE prosecdef AND pronamespace = 'public'::regnamespace""")
    assert set(found) == set(OWNERS), "each has a row that says what it tells"
    for says, probe in OWNERS.values():
        assert says
        for name in ("web", "worker"):
            probe(busy, name)


def test_nothing_that_a_session_makes_stands_in_for_what_those_functions_read(busy: Bed) -> None:
    low, last = busy.scalar("SELECT ARRAY[ord, last] FROM organization WHERE code = 'H26-00004'")
    with driver(busy, "web", lo=str(low), hi=str(last + 1)) as connection:
        found = connection.execute("SELECT registry_find_names(ARRAY['a'], 5000)").fetchall()
        assert found
        connection.execute("CREATE TEMP TABLE official_current AS SELECT * FROM public.official_current")
        connection.execute(
            "UPDATE pg_temp.official_current SET personal_id = '009999999999', official_id = -official_id"
        )
        connection.execute("SET LOCAL search_path = pg_temp, public")
        assert connection.execute("SELECT min(official_id) FROM official_current").fetchone() < (0,)
        assert sorted(
            connection.execute("SELECT registry_find_names(ARRAY['a'], 5000)").fetchall()
        ) == sorted(found)
        assert connection.execute("SELECT registry_taken(ARRAY['009999999999'])").fetchall() == []


def test_views_show_what_their_reader_may_see(demo: Bed) -> None:
    views = demo.scalar("""SELECT array_agg(relname::text) FROM pg_class WHERE relnamespace = 'public'::regnamespace
        AND (relkind = 'm' OR relkind = 'v' AND NOT coalesce('security_invoker=true' = ANY (reloptions), false))""")
    assert views is None, "a view runs as its owner unless it says security_invoker"


# What an expression can do

SMUGGLED = (
    "set_config('app.lo', '0', true)",
    "query_to_xml('SET app.lo = 0', true, true, '')",
    "query_to_xml('SELECT set_config(''app.lo'', ''0'', true)', true, true, '')",
    "(SELECT count(*) FROM ts_stat('SELECT to_tsvector(set_config(''app.lo'', ''0'', true))'))",
    "(SELECT count(*) FROM registry_find_names(ARRAY['x'' OR set_config(''app.lo'', ''0'', true) = '''], 9))",
)
"""Ways for an expression inside a query to change a setting."""


def test_no_expression_put_into_a_query_widens_what_it_sees(busy: Bed) -> None:
    """Statements can (the service itself says SET LOCAL): but what carries values is one statement, whatever stands in it."""
    for name in SERVING:
        for smuggled in SMUGGLED:
            with role(busy, name) as connection:
                asked = f"SELECT count(*) FROM organization WHERE code = :code OR ({smuggled}) IS NOT NULL"
                with suppress(sa.exc.DBAPIError), connection.begin_nested():
                    connection.execute(sa.text(asked), {"code": "VN"})
                scope = connection.execute(sa.text("SELECT current_setting('app.lo', true)")).scalar_one()
                assert scope in (None, ""), (name, smuggled)
        with (
            role(busy, name) as connection,
            pytest.raises(sa.exc.ProgrammingError, match="multiple commands"),
        ):
            connection.execute(sa.text("SELECT :one; SET LOCAL app.lo = '0'"), {"one": 1})


# What no role of the service can do

POWERS = """
    SET ROLE registry_owner; SET ROLE postgres; SET SESSION AUTHORIZATION registry_owner;
    SELECT pg_read_file('PG_VERSION'); SELECT pg_read_binary_file('PG_VERSION'); SELECT pg_ls_dir('.');
    SELECT pg_stat_file('PG_VERSION'); SELECT pg_ls_waldir(); SELECT * FROM pg_hba_file_rules;
    COPY organization TO '/tmp/x'; COPY organization TO PROGRAM 'cat'; COPY organization FROM PROGRAM 'true';
    SELECT lo_import('/etc/passwd'); SELECT lo_export(1, '/tmp/x'); CREATE EXTENSION dblink; CREATE EXTENSION file_fdw;
    SELECT dblink('dbname=postgres', 'SELECT 1'); CREATE TABLE public.x (i int); CREATE SCHEMA x; CREATE ROLE x;
    CREATE VIEW public.x AS SELECT 1; CREATE FUNCTION public.x() RETURNS int LANGUAGE sql AS 'SELECT 1';
    LOAD 'auto_explain'; ALTER ROLE CURRENT_USER BYPASSRLS; ALTER ROLE CURRENT_USER SUPERUSER;
    ALTER ROLE CURRENT_USER SET app.lo = '0'; ALTER ROLE ALL SET app.lo = '0'; ALTER ROLE registry_owner PASSWORD 'x';
    ALTER TABLE official_current DISABLE ROW LEVEL SECURITY;
    ALTER TABLE official_current OWNER TO CURRENT_USER; DROP POLICY audited ON official_current;
    CREATE POLICY x ON official_current USING (true); CREATE RULE x AS ON INSERT TO change DO NOTHING;
    CREATE TRIGGER x BEFORE INSERT ON change EXECUTE FUNCTION registry_refuse(); DROP TRIGGER append_only ON audit_event;
    ALTER FUNCTION registry_taken(text[]) SECURITY INVOKER; CREATE EVENT TRIGGER x ON ddl_command_start EXECUTE FUNCTION registry_refuse();
    CREATE PUBLICATION x FOR TABLE official_current; SELECT pg_create_logical_replication_slot('x', 'pgoutput');
    SELECT pg_reload_conf(); SELECT pg_switch_wal(); SELECT setval('official_id_seq', 1); SELECT last_value FROM official_id_seq;
    LOCK TABLE official_current IN ACCESS EXCLUSIVE MODE; TRUNCATE official_current; REINDEX TABLE official_current;
    ALTER TABLE change ALTER checker_id DROP NOT NULL; SELECT * FROM pg_shadow; SELECT * FROM pg_subscription"""
NO_SUCH_THING = {"42883", "22023"}


def test_no_role_of_the_service_has_a_power_beyond_its_rows(busy: Bed) -> None:
    for name in SERVING:
        with driver(busy, name) as connection:
            connection.execute(EVERYWHERE)
            for statement in " ".join(POWERS.split()).split(";"):
                state = sqlstate(connection, statement)
                assert state == "42501" or state in NO_SUCH_THING, (name, statement, state)
            assert sqlstate(connection, "SET LOCAL row_security = off") == ""
            connection.execute("SET LOCAL row_security = off")
            for table in ("official_current", "fact_identity", "audit_event"):
                assert sqlstate(connection, f"SELECT official_id FROM {table}") == "42501", (name, table)
