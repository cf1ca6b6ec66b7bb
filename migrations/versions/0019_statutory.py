"""The counting role reads rotations, plans for posts and degrees from abroad, which statutory forms count.

Revision ID: 0019_statutory
"""

from pathlib import Path

from alembic import op

revision = "0019_statutory"
down_revision = "0018_report_runs"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0019_statutory.sql")


def downgrade() -> None:
    run("0019_statutory_down.sql")
