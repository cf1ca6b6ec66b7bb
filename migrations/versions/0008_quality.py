"""Data quality: findings, scores and entries of every record, the queue that keeps them living, working days.

Revision ID: 0008_quality
"""

from pathlib import Path

from alembic import op

revision = "0008_quality"
down_revision = "0007_self_service"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0008_quality.sql")


def downgrade() -> None:
    run("0008_down.sql")
