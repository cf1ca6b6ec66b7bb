"""Migrations: up, down step by step, up to the same again, as the models say, and nothing left below."""

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from conftest import Bed

from registry import migrate
from registry.canonical import LEFT_OUT
from registry.models import metadata

VERSIONS = Path(__file__).parents[1] / "migrations" / "versions"
SHAPE = """
    SELECT 'table', c.relname::text, c.relkind::text,
        concat(c.relacl::text, c.relrowsecurity, c.reloptions::text)
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'S', 'i', 'I')
    UNION ALL SELECT 'column', c.relname::text, a.attname::text,
        concat(format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attacl::text, a.attcollation,
            pg_get_expr(d.adbin, d.adrelid))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p')
        LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND NOT a.attisdropped
    UNION ALL SELECT 'constraint', conrelid::regclass::text, conname::text,
        replace(pg_get_constraintdef(oid), ' NOT VALID', '')
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 't'
    UNION ALL SELECT 'index', tablename::text, indexname::text, indexdef
        FROM pg_indexes WHERE schemaname = 'public'
    UNION ALL SELECT 'policy', tablename::text, policyname::text,
        concat_ws('|', permissive, roles::text, cmd, qual, with_check)
        FROM pg_policies WHERE schemaname = 'public'
    UNION ALL SELECT 'trigger', tgrelid::regclass::text, tgname::text, pg_get_triggerdef(oid)
        FROM pg_trigger WHERE NOT tgisinternal
    UNION ALL SELECT 'function', p.proname::text, pg_get_function_identity_arguments(p.oid),
        concat(p.proacl::text, pg_get_functiondef(p.oid))
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND NOT EXISTS (
            SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
    ORDER BY 1, 2, 3, 4
"""
"""Everything migrations make, with who may touch it."""


MONTH = re.compile(r"audit_event_(rest|y\d{4}m\d\d)$")
"""Parts of the trail, made as time goes by; the models know the whole."""
OF_MODELS = ("column", "constraint", "index")
"""What the models declare; the rest stands in SQL only."""


def shape(bed: Bed, *, rights: bool = True) -> list[tuple[str, ...]]:
    """The schema as rows that can be compared, with grants unless told otherwise."""
    statement = SHAPE if rights else SHAPE.replace("a.attacl::text, ", "")
    with bed.session() as session:
        return [tuple(row) for row in session.execute(sa.text(statement))]


def revision_of(bed: Bed) -> str | None:
    """Where the database stands."""
    with bed.engine("migrate").connect() as connection:
        return migrate.current(connection)


def test_up_down_and_up_again_give_the_same_and_nothing_is_left_below(empty: Bed) -> None:
    engine = empty.engine("migrate")
    bare = shape(empty)
    assert not [one for one in bare if one[0] in ("table", "function", "policy")]
    migrate.upgrade(engine)
    assert revision_of(empty) == migrate.head()
    first = shape(empty)
    migrate.check(engine)
    migrate.downgrade(engine, "base")
    left = [one for one in shape(empty) if "alembic_version" not in one[1] + one[2]]
    assert left == bare
    migrate.upgrade(engine)
    assert shape(empty) == first


def test_every_single_step_can_be_taken_back_and_again(empty: Bed) -> None:
    engine = empty.engine("migrate")
    steps = sorted(path.stem for path in VERSIONS.glob("[0-9]*.py"))
    shapes = {}
    for revision in steps:
        migrate.upgrade(engine, revision)
        assert revision_of(empty) == revision
        shapes[revision] = shape(empty)
    for revision in reversed(steps):
        migrate.upgrade(engine, revision)
        migrate.downgrade(engine, "-1")
        below = revision_of(empty)
        assert below == (steps[steps.index(revision) - 1] if steps.index(revision) else None)
        if below:
            assert shape(empty) == shapes[below], revision


def test_the_models_alone_would_make_the_same_tables(empty: Bed, demo: Bed) -> None:
    """Columns, defaults, constraints and indexes; the comparison of alembic looks at some of them only."""
    with empty.engine("migrate").begin() as connection:
        connection.exec_driver_sql((VERSIONS.parent / "sql" / "0001_names.sql").read_text(encoding="utf-8"))
        metadata.create_all(connection)
    made, migrated = (
        {one for one in shape(bed, rights=False) if one[0] in OF_MODELS and not MONTH.match(one[1])}
        for bed in (empty, demo)
    )
    assert made - migrated == set()
    assert {one for one in migrated - made if "alembic_version" not in (one[1], one[2])} == set()


def business_counts(bed: Bed) -> dict[str, int]:
    """Rows of the tables that hold business content; derived rows are made anew by the service."""
    return {name: rows for name, rows in bed.counts().items() if name not in LEFT_OUT | FORMER_NAMES}


FORMER_NAMES = {"export_file"}
"""What tables that are left out were called before."""
FILLED = {"account_tie"}
"""Tables that a migration fills out of what was there."""


def test_a_demo_registry_survives_one_step_down_and_up(registry: Bed) -> None:
    """Nothing is lost of what the step below knows: no row of its tables, no column of them."""
    engine = registry.engine("migrate")
    counts = business_counts(registry)
    columns = (
        "SELECT string_agg(format('f.%I', attname), ',' ORDER BY attname) FROM pg_attribute"
        " WHERE attrelid = 'fact_salary'::regclass AND attnum > 0 AND NOT attisdropped"
    )
    migrate.downgrade(engine, "-1")
    told = (
        f"SELECT md5(string_agg(ROW({registry.scalar(columns)})::text, '|' ORDER BY id)) FROM fact_salary f"
    )
    below, facts = business_counts(registry), registry.scalar(told)
    migrate.upgrade(engine)
    after = business_counts(registry)
    assert facts
    assert registry.scalar(told) == facts
    assert below == {name: count for name, count in counts.items() if name in below}
    assert after == {name: counts[name] if name in below or name in FILLED else 0 for name in counts}


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("[0-9]*.py")), ids=lambda path: path.stem)
def test_a_migration_is_named_after_its_file_and_stands_on_its_own(path: Path) -> None:
    """It must run in years, when the code around it has changed."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    told = {}
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            told[node.targets[0].id] = node.value
        elif isinstance(node, ast.Import):
            imported |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add(node.module or "")
    assert ast.literal_eval(told["revision"]) == path.stem
    assert (ast.literal_eval(told["down_revision"]) is None) == path.stem.startswith("0001")
    assert not {name.split(".")[0] for name in imported} & {"registry", "api", "web", "seed"}
    assert {"upgrade", "downgrade"} <= {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
