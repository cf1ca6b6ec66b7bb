"""Imports: typed rows between check and approval, what differs in a row, what a check counted with.

Revision ID: 0003_import
"""

from pathlib import Path

from alembic import op

revision = "0003_import"
down_revision = "0001_registry"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0003_import.sql")


def downgrade() -> None:
    run("0003_down.sql")
