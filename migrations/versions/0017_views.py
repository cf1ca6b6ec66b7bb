"""Saved views of the explorer of statistics.

Revision ID: 0017_views
"""

from pathlib import Path

from alembic import op

revision = "0017_views"
down_revision = "0016_snapshot"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0017_views.sql")


def downgrade() -> None:
    run("0017_views_down.sql")
