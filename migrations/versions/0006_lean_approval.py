"""The present rows of persons are made by sets, under a plan that is kept for a few and made for many.

Planning the statement took twice as long as running it for one person; for 20,000 it ran one person at a time.
Operations of a change prove their change and paper once a statement.

Revision ID: 0006_lean_approval
"""

from pathlib import Path

from alembic import op

revision = "0006_lean_approval"
down_revision = "0005_api"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0006_present_rows.sql")
    run("0006_operations.sql")


def downgrade() -> None:
    run("0006_down.sql")
