"""Exports and reports become runs of one table: a question, who asked it and why, and the file that answers it.

Revision ID: 0018_report_runs
"""

from pathlib import Path

from alembic import op

revision = "0018_report_runs"
down_revision = "0017_views"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0018_report_runs.sql")


def downgrade() -> None:
    run("0018_report_runs_down.sql")
