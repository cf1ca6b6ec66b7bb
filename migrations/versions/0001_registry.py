"""The registry: tables, the rules that live in them, and who may touch what.

Revision ID: 0001_registry
"""

from pathlib import Path

from alembic import op

revision = "0001_registry"
down_revision = None
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    # Stored names need the folding functions first, so the rules come in two parts around the tables.
    run("0001_names.sql")
    run("0001_tables.sql")
    run("0001_rules.sql")
    run("0001_security.sql")


def downgrade() -> None:
    run("0001_down.sql")
