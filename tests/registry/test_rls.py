"""The second wall: what each database role can see and touch, whatever the service above would say."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import make
import pytest
import sqlalchemy as sa
from conftest import SECRET, TODAY, Bed
from hypothesis import given, settings
from hypothesis import strategies as st
from make import newcomer, submitted
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from registry.access.permissions import FIELD_CLASSES
from registry.changes import apply, services
from registry.cluster import role_password
from registry.db import EVERYTHING, Scope, ask, make_engine, make_sessions, set_scope
from registry.errors import NotFound
from registry.officials.facts import FACTS
from registry.officials.queries import get_key, get_record
from registry.periods import AsOf
from registry.roles import LOGIN_ROLES, READER

SERVICE = ("web", "worker")
SIGN_IN = (
    "second_factor",
    "recovery_code",
    "security_key",
    "identity_tie",
    "spent_once",
    "sign_in_pending",
    "sign_in_tries",
    "sign_in_source",
    "account_recovery",
)
FACT_TABLES = [f"fact_{kind}" for kind in FACTS]
OPEN: dict[str, str] = {
    "alembic_version": "the revision of the schema",
    "catalogue": "public lists",
    "catalogue_item": "public lists",
    "law_step": "public law",
    "law_retirement": "public law",
    "law_workday": "public law: working days by number",
    "organization": "the State's units are public",
    "organization_version": "the State's units are public",
    "organization_successor": "the State's units are public",
    "position": "posts of units, without who holds them",
    "app_user": "accounts; signing in happens before any scope is known",
    "access_grant": "who holds which role; read while signing in",
    "web_session": "digests of random keys; looked up before any scope is known",
    "api_token": "digests of random keys; looked up before any scope is known",
    "second_factor": "sealed secrets of accounts; looked up before any scope is known, by the web role alone",
    "recovery_code": "keyed digests; looked up before any scope is known, by the web role alone",
    "security_key": "public keys of accounts; looked up before any scope is known, by the web role alone",
    "identity_tie": "accounts and names another authority knows; before any scope is known, by the web role alone",
    "spent_once": "digests of challenges; before any scope is known, by the web role alone",
    "sign_in_pending": "digests of random keys; looked up before any scope is known, by the web role alone",
    "sign_in_tries": "moments of tries by digest; before any scope is known, by the web role alone",
    "sign_in_source": "digests of addresses of accounts; before any scope is known, by the web role alone",
    "account_recovery": "accounts and administrators; used by somebody not signed in, by the web role alone",
    "decision": "papers: number, day, issuer; which person one concerns stands in the facts",
    "field_share": "numbers of the whole nation, no person",
    "statistics_epoch": "one row: of which database the columns of the statistics were read",
    "audit_node": "hashes of the log's tree",
    "audit_head": "signed heads of the log, made to be given away",
    "audit_anchor": "where heads were left",
    "audit_anchor_state": "how the last try went",
    "audit_progress": "how far the log is",
    "job": "names an import by its uid and an account by its name, no person",
}
"""Tables without row security, and why they need none. Every other table is about people."""


@contextmanager
def role(bed: Bed, name: str, **told: str) -> Iterator[sa.Connection]:
    """A raw transaction of a database role with settings put by hand; rolled back."""
    with bed.engine(name).connect() as connection, connection.begin() as transaction:
        for setting, value in told.items():
            connection.execute(sa.text(f"SET LOCAL app.\"{setting}\" = '{value}'"))
        yield connection
        transaction.rollback()


def count(connection: sa.Connection, table: str) -> int:
    """Rows the role can see."""
    return int(connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one())


def refused(bed: Bed, name: str, statement: str, scope: dict[str, str] | None = None, **values: Any) -> str:
    """The SQLSTATE with which the database refuses a statement; '' when it does not."""
    with role(bed, name, **(scope or {})) as connection:
        try:
            connection.execute(sa.text(statement), values)
        except DBAPIError as error:
            return str(getattr(error.orig, "sqlstate", ""))
    return ""


DENIED = "42501"


def unit_span(bed: Bed, code: str) -> tuple[int, int]:
    """Ordinals of a unit and all under it, half open."""
    first, last = bed.scalar("SELECT ARRAY[ord, last] FROM organization WHERE code = :code", code=code)
    return first, last + 1


def within(bed: Bed, code: str) -> dict[str, str]:
    """The settings of somebody with rights in a unit."""
    low, high = unit_span(bed, code)
    return {"lo": str(low), "hi": str(high)}


@pytest.fixture(scope="module")
def busy(demo: Bed) -> Bed:
    """The module's own registry with something in every table that is about people."""
    _, uid = make.official(demo, newcomer())
    make.official(demo, newcomer(unit="H17-SNV"), maker="hr.danang", checker="approver.danang")
    submitted(
        demo,
        [
            {
                "action": "record",
                "official": uid,
                "kind": "reward",
                "valid_from": "2026-02-03",
                "form": "cstd_cs",
            }
        ],
    )
    demo.api("hr.hanoi").post("/changes/ĐN-0/withdraw", json={})
    with demo.session() as session:
        for statement in _FILLING:
            session.execute(sa.text(statement))
    return demo


_FILLING = [
    """INSERT INTO file (sha256, size, name, media_type, uploaded_by, organization_id)
        SELECT repeat('a', 64), 1, 'a.pdf', 'application/pdf', 1, id
        FROM organization WHERE code IN ('H26', 'H17')""",
    """INSERT INTO import_file (kind, organization_id, org_ord, file_id, created_by)
        SELECT 'officials', o.id, o.ord, f.id, 1
        FROM file f JOIN organization o ON o.id = f.organization_id""",
    "INSERT INTO import_row (import_id, row, cells) SELECT id, 1, '{a}' FROM import_file",
    "INSERT INTO import_finding (import_id, row, \"column\", code) SELECT id, 1, 'a', 'x' FROM import_file",
    """INSERT INTO import_new (import_id, row, full_name, birth_date, birth_date_precision, sex, personal_id,
        organization_id, category, recruited_on, recruited_on_precision, decision_number, issued_on)
        SELECT id, 1, 'A', '1990-01-01', 'day', 'nu', '001190000001', organization_id, 'cong_chuc',
            '2020-01-01', 'day', '1', '2020-01-01' FROM import_file""",
    """INSERT INTO import_planned (import_id, row, place, version, action, official_id, kind, valid_from,
        valid_from_precision, valid_to_precision, fields, decision_number, issued_on)
        SELECT id, 1, 1, 1, 'record', 1, 'reward', '2020-01-01', 'day', 'day', '{}', '1', '2020-01-01'
        FROM import_file""",
    """INSERT INTO report_run (kind, form, format, as_of, known_at, created_by)
        SELECT 'export', 'officials', 'csv', '2026-11-25', now(), id FROM app_user WHERE username LIKE 'hr.%'""",
    """INSERT INTO statistics_view (owner_id, name, question)
        SELECT id, 'Nữ lãnh đạo', 'row=sex' FROM app_user WHERE username LIKE 'hr.%'""",
    """INSERT INTO quality_finding (official_id, rule, fact_id, found_on)
        SELECT official_id, 'phone_form', 0, '2026-11-25' FROM official_current""",
    """INSERT INTO idempotent_reply (user_id, key, request_digest, status, body)
        SELECT id, 'k', '', 200, '{}' FROM app_user""",
    """INSERT INTO campaign (name, organization_id, org_ord, due_on, started_by)
        SELECT 'Rà soát', id, ord, '2026-12-31', 1 FROM organization WHERE code IN ('H26-SNV', 'H17-SNV')""",
    """INSERT INTO campaign_task (campaign_id, official_id, organization_id, org_ord)
        SELECT k.id, c.official_id, c.organization_id, c.org_ord FROM campaign k
        JOIN organization o ON o.id = k.organization_id
        JOIN official_current c ON c.org_ord BETWEEN o.ord AND o.last""",
    """INSERT INTO proposal (official_id, organization_id, org_ord, made_by, kind, operation, reason)
        SELECT official_id, organization_id, org_ord, 1, 'identity', '{}', 'Sai' FROM campaign_task""",
    """INSERT INTO audit_leaf (place, event_id, event_at, hash)
        SELECT row_number() OVER (ORDER BY id) - 1, id, at, sha256('') FROM audit_event""",
    "INSERT INTO audit_seal (object_type, object_id, event_id) SELECT 'change', id, 1 FROM change",
]
"""What no page was opened for in these tests."""


def protected(bed: Bed) -> list[str]:
    """Every table but the open ones."""
    return [name for name in bed.counts() if name not in OPEN]


# What is visible


def test_every_table_about_people_has_row_security_and_none_else_names_one(busy: Bed) -> None:
    with busy.session() as session:
        tables = {
            row.relname: row
            for row in session.execute(
                sa.text("""
            SELECT c.relname, c.relrowsecurity, pg_get_userbyid(c.relowner) AS owner,
                ARRAY(SELECT attname::text FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND attnum > 0) AS columns
            FROM pg_class c
            WHERE c.relkind IN ('r', 'p', 'v', 'm') AND c.relnamespace = 'public'::regnamespace""")
            )
        }
    assert set(OPEN) <= set(tables)
    for name, table in tables.items():
        assert table.relrowsecurity == (name not in OPEN), f"{name}: row security, or a reason in OPEN"
        assert table.owner == "registry_owner"
        if name in OPEN and name != "app_user":
            assert not {"official_id", "personal_id", "full_name", "birth_date", "cells"} & set(
                table.columns
            ), name


@pytest.mark.parametrize("name", SERVICE)
def test_without_a_scope_nothing_about_people_is_there(busy: Bed, name: str) -> None:
    everything = busy.counts()
    for table in protected(busy):
        assert everything[table] > 0, f"{table}: nothing to hide, fill it"
        with role(busy, name) as connection:
            try:
                assert count(connection, table) == 0, table
            except ProgrammingError:
                assert (table, name) in {
                    ("idempotent_reply", "worker"),
                    ("statistics_view", "worker"),
                    ("statistics_touched", "web"),
                }
    for settings_ in ({"lo": "", "hi": ""}, {"lo": "5", "hi": "5"}, {"trail": ""}, {"user": "", "self": ""}):
        with role(busy, name, **settings_) as connection:
            assert count(connection, "official_current") == count(connection, "audit_event") == 0


def test_a_ward_sees_its_own_people_and_nothing_of_others(busy: Bed) -> None:
    low, high = unit_span(busy, "H26-00004")
    theirs = set(
        busy.scalar(
            "SELECT array_agg(official_id) FROM official_current WHERE org_ord >= :low AND org_ord < :high",
            low=low,
            high=high,
        )
    )
    assert 10 < len(theirs) < 60
    with role(busy, "web", **within(busy, "H26-00004")) as connection:
        for table in ["official_current", *FACT_TABLES]:
            seen = set(connection.execute(sa.text(f"SELECT official_id FROM {table}")).scalars())
            assert seen <= theirs, table
        assert set(connection.execute(sa.text("SELECT id FROM official")).scalars()) == theirs
        assert set(connection.execute(sa.text("SELECT official_id FROM fact_identity")).scalars()) == theirs
        for table in (
            "change",
            "change_operation",
            "import_file",
            "import_row",
            "import_new",
            "audit_event",
        ):
            assert count(connection, table) == 0, table
        files = set(connection.execute(sa.text("SELECT uid FROM file")).scalars())
        portraits = set(connection.execute(sa.text("SELECT photo FROM fact_portrait")).scalars())
        assert files == portraits, (
            "of what others uploaded, the portraits on the own people's records and nothing else"
        )
        assert files


SPANS = st.lists(st.tuples(st.integers(0, 420_000), st.integers(0, 60_000)), max_size=4)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(spans=SPANS)
def test_any_set_of_ranges_shows_exactly_what_lies_in_it(busy: Bed, spans: list[tuple[int, int]]) -> None:
    scope = Scope(ranges=tuple(sorted((low, low + wide) for low, wide in spans)))
    with busy.session() as session:
        people = session.execute(sa.text("SELECT official_id, org_ord FROM official_current")).all()
    wanted = {
        official for official, place in people if any(low <= place < high for low, high in scope.ranges)
    }
    with busy.session("web", scope) as session:
        assert set(session.execute(sa.text("SELECT official_id FROM official_current")).scalars()) == wanted
        found = session.execute(sa.text("SELECT registry_find_names(ARRAY['a'], 1000)")).scalars()
        assert set(found) <= wanted


def test_a_scope_ends_before_its_end(busy: Bed) -> None:
    places = set(
        busy.scalar("SELECT array_agg(DISTINCT org_ord) FROM official_current WHERE org_ord % 7 = 0")
    )
    shown = sa.text("SELECT DISTINCT org_ord FROM official_current")
    for place in places:
        for ranges in (((place, place + 1),), ((place, place + 1), (400_000, 400_001))):
            with busy.session("web", Scope(ranges=ranges)) as session:
                assert session.execute(shown).scalars().all() == [place]
        with busy.session("web", Scope(ranges=((0, place),))) as session:
            assert place not in session.execute(shown).scalars().all()


def test_a_person_sees_the_own_record_from_anywhere(busy: Bed) -> None:
    official = busy.scalar("SELECT max(official_id) FROM official_current")
    with role(busy, "web", self=str(official)) as connection:
        assert connection.execute(sa.text("SELECT official_id FROM official_current")).scalars().all() == [
            official
        ]
        assert set(connection.execute(sa.text("SELECT official_id FROM fact_status")).scalars()) == {official}


def test_one_sees_the_changes_one_made_and_the_replies_one_got(busy: Bed) -> None:
    maker = busy.scalar("SELECT id FROM app_user WHERE username = 'hr.danang'")
    with role(busy, "web", user=str(maker)) as connection:
        assert set(connection.execute(sa.text("SELECT maker_id FROM change")).scalars()) == {maker}
        assert count(connection, "change_operation") > 0
        assert connection.execute(sa.text("SELECT user_id FROM idempotent_reply")).scalars().all() == [maker]


# What can be touched

EVERYWHERE = {"lo": "0", "hi": "2000000000", "trail": "on"}


def _of(bed: Bed, code: str) -> int:
    low, high = unit_span(bed, code)
    return int(
        bed.scalar(
            "SELECT min(official_id) FROM official_current WHERE org_ord >= :low AND org_ord < :high",
            low=low,
            high=high,
        )
    )


def test_no_fact_enters_for_somebody_out_of_scope(busy: Bed) -> None:
    change = busy.scalar("SELECT min(id) FROM change WHERE status = 'submitted'")
    entering = """INSERT INTO fact_reward (official_id, valid_from, decision_id, change_id, form)
        SELECT :official, '2026-01-01', decision_id, :change, 'cstd_cs' FROM change WHERE id = :change"""
    ours, theirs = _of(busy, "H26"), _of(busy, "H17")
    scope = within(busy, "H26") | {
        "user": str(busy.scalar("SELECT maker_id FROM change WHERE id = :id", id=change))
    }
    for name in SERVICE:
        assert refused(busy, name, entering, scope, official=ours, change=change) == ""
        assert refused(busy, name, entering, scope, official=theirs, change=change) == DENIED
        closing = """UPDATE fact_status SET recorded_to = clock_timestamp(), closed_by = :change
            WHERE official_id = :official"""
        with role(busy, name, **scope) as connection:
            closed = connection.execute(sa.text(closing), {"change": change, "official": theirs}).rowcount
            assert closed == 0


def test_no_fact_is_removed_not_even_by_the_owner(busy: Bed) -> None:
    """What the service may do with facts, closing them and nothing else, stands in database_roles.txt."""
    for kind in FACTS:
        for statement in (f"DELETE FROM fact_{kind}", f"TRUNCATE fact_{kind}"):
            assert refused(busy, "migrate", statement, EVERYWHERE) == DENIED, statement


def test_even_the_owner_only_closes_facts_and_only_once(busy: Bed) -> None:
    change = busy.scalar("SELECT min(id) FROM change")
    close = "UPDATE fact_{} SET recorded_to = clock_timestamp(), closed_by = :change"
    for kind in FACTS:
        believed = f" WHERE id = (SELECT min(id) FROM fact_{kind} WHERE recorded_to IS NULL)"
        assert refused(busy, "migrate", close.format(kind) + believed, change=change) == ""
        altered = close.format(kind) + ", valid_from = valid_from - 1" + believed
        assert refused(busy, "migrate", altered, change=change) == DENIED
        assert (
            refused(
                busy,
                "migrate",
                f"UPDATE fact_{kind} SET valid_to = NULL, valid_from = '1900-01-01'" + believed,
            )
            == DENIED
        )
    closed = " WHERE id = (SELECT min(id) FROM fact_identity WHERE recorded_to IS NOT NULL)"
    assert refused(busy, "migrate", close.format("identity") + closed, change=change) == DENIED
    opened = "UPDATE fact_identity SET recorded_to = NULL, closed_by = NULL"
    assert refused(busy, "migrate", opened + closed) == DENIED
    entered = """INSERT INTO fact_reward (official_id, valid_from, decision_id, change_id, form, recorded_to,
            closed_by)
        SELECT official_id, valid_from, decision_id, change_id, form, now(), change_id
        FROM fact_reward LIMIT 1"""
    assert refused(busy, "migrate", entered).startswith("23")


REWRITING = [
    "UPDATE audit_event SET reason = ''",
    "DELETE FROM audit_event",
    "DELETE FROM audit_event WHERE false",
    "TRUNCATE audit_event",
]


def test_the_trail_is_written_once_by_everybody_and_changed_by_nobody(busy: Bed) -> None:
    assert busy.counts()["audit_event"] > 0
    for name in LOGIN_ROLES:
        for statement in REWRITING:
            assert refused(busy, name, statement, EVERYWHERE) == DENIED, (name, statement)


FORBIDDEN = [
    "UPDATE decision SET number = 'x'",
    "UPDATE change SET maker_id = 1",
    "UPDATE change SET number = 'x'",
    "UPDATE change SET org_ord = 0",
    "DELETE FROM change",
    "DELETE FROM change_event",
    "DELETE FROM decision",
    "DELETE FROM official",
    "UPDATE official SET personal_id = '000000000000'",
    "UPDATE official_current SET org_ord = 0",
    "INSERT INTO official_current (official_id) VALUES (1)",
    "DELETE FROM official_current",
    "UPDATE organization SET ord = 0",
    "UPDATE catalogue_item SET key = ''",
    "CREATE TABLE x (id int)",
]


def test_papers_and_makers_of_changes_are_not_rewritten_by_the_service(busy: Bed) -> None:
    for name in SERVICE:
        for statement in FORBIDDEN:
            assert refused(busy, name, statement, EVERYWHERE) == DENIED, (name, statement)


# The other roles


NAMES_AND_NUMBERS = {
    *("full_name", "fold", "sort_key", "other_names", "display_name", "username"),
    *("personal_id", "staff_code", "uid", "social_insurance_no", "card_no", "phone", "email"),
    *("native_place", "birth_place", "permanent_address", "current_address"),
    *("reason", "duties", "political_history", "password_hash"),
}


def test_the_counting_role_reads_no_name_and_no_number(busy: Bed) -> None:
    with busy.session() as session:
        readable = session.execute(
            sa.text("""
            SELECT c.relname, a.attname FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace AND NOT a.attisdropped
                AND has_column_privilege('registry_stats', c.oid, a.attnum, 'SELECT')""")
        ).all()
    about_people = {(table, column) for table, column in readable if table not in OPEN}
    assert about_people, "the counting role counts people"
    assert not {one for one in about_people if one[1] in NAMES_AND_NUMBERS}
    quality = {"quality_finding", "quality_score", "quality_entry"}
    log = {"statistics_touched"}
    assert {table for table, _ in about_people} <= {
        "official_current",
        "change",
        *FACT_TABLES,
        *quality,
        *log,
    }
    assert "detail" not in {column for table, column in about_people if table == "quality_finding"}
    assert not {table for table, _ in readable} & {"app_user", "web_session", "api_token", "decision", "job"}
    for table in (
        "official",
        "audit_event",
        "fact_family",
        "change_operation",
        "import_row",
        "app_user",
        "decision",
    ):
        assert refused(busy, "stats", f"SELECT * FROM {table}", EVERYWHERE) == DENIED, table
    assert refused(busy, "stats", "SELECT * FROM official_current", EVERYWHERE) == DENIED


def test_the_auditing_role_writes_nothing_and_reads_no_password(busy: Bed) -> None:
    with busy.session() as session:
        writable = (
            session.execute(
                sa.text("""
            SELECT c.relname FROM pg_class c
            WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
            AND (has_any_column_privilege('registry_audit', c.oid, 'INSERT, UPDATE')
                OR has_table_privilege('registry_audit', c.oid, 'DELETE, TRUNCATE, TRIGGER, REFERENCES'))""")
            )
            .scalars()
            .all()
        )
    assert writable == []
    for name in ("audit", "worker", "stats"):
        assert refused(busy, name, "SELECT password_hash FROM app_user", EVERYWHERE) == DENIED
        assert refused(busy, name, "SELECT token_hash FROM api_token", EVERYWHERE) == DENIED
        assert refused(busy, name, "SELECT key_hash FROM web_session", EVERYWHERE) == DENIED
        for table in SIGN_IN:
            assert refused(busy, name, f"SELECT 1 FROM {table}", EVERYWHERE) == DENIED, (name, table)
    everything = busy.counts()
    with role(busy, "audit") as connection:
        for table in (
            "official_current",
            "official",
            "change",
            "change_operation",
            "audit_event",
            *FACT_TABLES,
        ):
            assert count(connection, table) == everything[table], table


@pytest.mark.parametrize("name", SERVICE)
def test_with_the_whole_state_in_scope_the_service_sees_and_enters_every_kind(busy: Bed, name: str) -> None:
    everything = busy.counts()
    with role(busy, name, **EVERYWHERE) as connection:
        for table in (
            "official_current",
            "official",
            "change",
            "change_operation",
            "audit_event",
            *FACT_TABLES,
        ):
            assert count(connection, table) == everything[table], table
        for table in FACT_TABLES:
            may = connection.execute(
                sa.text("SELECT has_table_privilege(:table, 'INSERT')"), {"table": table}
            )
            assert may.scalar_one(), table


def test_no_login_role_owns_or_bypasses_anything(busy: Bed) -> None:
    names = [READER, *(name for name in LOGIN_ROLES.values() if name != "registry_owner")]
    with busy.session() as session:
        powerful = session.execute(
            sa.text("""
            SELECT rolname FROM pg_roles WHERE rolname = ANY (:names)
            AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)"""),
            {"names": names},
        )
        assert powerful.scalars().all() == []
        owner = session.execute(
            sa.text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = 'registry_owner'")
        )
        assert owner.scalar_one() is False
        members = session.execute(
            sa.text("""
            SELECT m.roleid::regrole::text, m.member::regrole::text, m.inherit_option FROM pg_auth_members m
            WHERE m.member::regrole::text = ANY (:names)"""),
            {"names": names},
        )
        assert members.all() == [(READER, "registry_web", False)], "what it may become, it is not otherwise"
        owned = session.execute(
            sa.text("""
            SELECT relname FROM pg_class WHERE pg_get_userbyid(relowner) = ANY (:names)
            UNION ALL SELECT proname FROM pg_proc WHERE pg_get_userbyid(proowner) = ANY (:names)"""),
            {"names": names},
        )
        assert owned.scalars().all() == []


def test_functions_that_run_as_the_owner_are_closed_to_the_others(busy: Bed) -> None:
    with busy.session() as session:
        functions = session.execute(
            sa.text("""
            SELECT p.proname, p.proconfig, p.proacl::text[] AS acl FROM pg_proc p
            WHERE p.prosecdef AND p.pronamespace = 'public'::regnamespace""")
        ).all()
    assert len(functions) >= 6
    for name, config, acl in functions:
        assert any(one.startswith("search_path=public, pg_temp") for one in config or []), name
        granted = {one.split("=")[0] for one in acl}
        serving = {"registry_owner", "registry_web", "registry_worker"} | (
            {READER} if name == "registry_open" else set()
        )
        assert {"registry_owner"} <= granted <= serving, name


# The scope belongs to one transaction


def test_settings_do_not_outlive_their_transaction_on_a_pooled_connection(busy: Bed) -> None:
    user = LOGIN_ROLES["web"]
    engine = make_engine(busy.cluster.dsn(user, busy.database, role_password(SECRET, user)), pool_size=1)
    try:
        with engine.connect() as connection:
            backend = connection.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        for breaks in (False, True):
            with Session(engine) as session:
                set_scope(session, EVERYTHING)
                assert session.execute(sa.text("SELECT count(*) FROM official_current")).scalar_one() > 0
                if breaks:
                    with pytest.raises(DBAPIError):
                        session.execute(sa.text("SELECT 1/0"))
                    session.rollback()
                else:
                    session.commit()
            with Session(engine) as session:
                assert session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one() == backend
                assert session.execute(sa.text("SELECT count(*) FROM official_current")).scalar_one() == 0
                assert session.execute(sa.text("SELECT count(*) FROM audit_event")).scalar_one() == 0
    finally:
        engine.dispose()


def test_a_person_opened_in_one_scope_is_closed_with_it(busy: Bed) -> None:
    """The short cut that spares a record's facts the question never opens anybody by itself."""
    theirs = _of(busy, "H17")
    uid = busy.scalar("SELECT uid::text FROM official WHERE id = :id", id=theirs)
    with busy.session("web", Scope(ranges=(unit_span(busy, "H26"),))) as session, pytest.raises(NotFound):
        get_key(session, uid)
    with busy.session("web", Scope(ranges=(unit_span(busy, "H26"),))) as session, pytest.raises(NotFound):
        get_record(session, theirs, AsOf(TODAY), FIELD_CLASSES["auditor"])
    with make_sessions(busy.engine("web"))() as session:
        set_scope(session, Scope(ranges=(unit_span(busy, "H17"),)))
        get_key(session, uid)
        assert _seen(session) > 0
        set_scope(session, Scope())
        assert _seen(session) == 0
    with make_sessions(busy.engine("web"))() as session:
        set_scope(session, Scope(ranges=(unit_span(busy, "H17"),)))
        get_key(session, uid)
        session.commit()
        session.info["scope"] = Scope()
        assert _seen(session) == 0


def test_the_reader_of_a_record_sees_facts_of_the_person_it_opened_and_of_nobody_else(busy: Bed) -> None:
    ours = _of(busy, "H26")
    scope = Scope(ranges=(unit_span(busy, "H26"),), one=True)
    facts = {f"fact_{name}" for name in FACTS} | {"quality_due", "quality_finding", "quality_score"}
    with make_sessions(busy.engine("web"))() as session:
        set_scope(session, scope)
        assert session.execute(sa.text("SELECT current_user::text")).scalar_one() == READER
        for table in facts:
            assert session.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, table
        assert session.execute(sa.text("SELECT registry_open(:id)"), {"id": ours}).scalar_one()
        seen = 0
        for table in facts:
            asked = sa.text(f"SELECT count(*), count(*) FILTER (WHERE official_id = :id) FROM {table}")
            shown, of_ours = session.execute(asked, {"id": ours}).one()
            there = busy.scalar(f"SELECT count(*) FROM {table} WHERE official_id = :id", id=ours)
            assert shown == of_ours == there, table
            seen += shown
        assert seen > 10
        set_scope(session, Scope(ranges=(unit_span(busy, "H26"),)))
        assert session.execute(sa.text("SELECT current_user::text")).scalar_one() == "registry_web"
        assert _seen(session) > 1
    with make_sessions(busy.engine("web"))() as session:
        set_scope(session, scope)
        ask(session, "SELECT 1")
        session.commit()
        session.info["scope"] = None
        assert ask(session, "SELECT current_user::text").first() == ("registry_web",), "with the transaction"


@pytest.mark.parametrize("name", ["web", "worker"])
def test_nobody_out_of_scope_is_opened_by_calling_for_it(busy: Bed, name: str) -> None:
    ours, theirs = _of(busy, "H26"), _of(busy, "H17")
    low, high = unit_span(busy, "H26")
    scopes: list[dict[str, str]] = [{"lo": str(low), "hi": str(high)}, {"self": str(ours)}]
    scopes.append({"lo": "0", "hi": "2000000000", "many": f"{{[{low},{high}),[{high},{high})}}"})
    opens = sa.text("SELECT registry_open(:official)")
    facts = sa.text("SELECT count(*) FROM fact_identity WHERE official_id = :official")
    for told in [*scopes, {}]:
        with role(busy, name, **told) as connection:
            assert connection.execute(opens, {"official": theirs}).scalar_one() is False, told
            assert connection.execute(facts, {"official": theirs}).scalar_one() == 0, told
            assert connection.execute(opens, {"official": ours}).scalar_one() is bool(told), told


def test_what_a_change_brings_enters_for_its_own_people_and_ends_with_its_transaction(registry: Bed) -> None:
    """The short cut of a bulk approval is set by the statement that saw each person, for that change only."""
    make.decided(registry, [newcomer(), newcomer()])
    with registry.acting("approver.hanoi") as (session, _):
        assert _applying(session) == ""
    theirs = _of(registry, "H17")
    with registry.acting("hr.hanoi") as (session, actor):
        body = {"decision": make.paper("5/QĐ"), "operations": [newcomer(), newcomer()]}
        change = services.submit(session, actor, services.draft(session, actor, body, TODAY), TODAY)
        plan = apply.hold(session, change.id)
        _, at = apply.mark(session, change)
        apply.apply(session, change.id, plan, at, TODAY)
        assert _applying(session) == str(change.id)
        with pytest.raises(DBAPIError, match="row-level security"), session.begin_nested():
            session.execute(
                sa.text("""INSERT INTO fact_reward (official_id, valid_from, decision_id, change_id, form)
                        VALUES (:theirs, '2026-01-01', :paper, :other, 'cstd_cs')"""),
                {"theirs": theirs, "paper": change.decision_id, "other": change.id - 1},
            )
        set_scope(session, actor.scope())
        assert _applying(session) == ""
        session.rollback()


def _applying(session: Session) -> str:
    found: str = session.execute(
        sa.text("SELECT coalesce(current_setting('app.applying', true), '')")
    ).scalar_one()
    return found


def _seen(session: Session) -> int:
    return int(session.execute(sa.text("SELECT count(*) FROM fact_status")).scalar_one())
