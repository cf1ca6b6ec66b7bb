"""Drafts of work lists: a decision without a number until it is signed.

Revision ID: 0012_worklists
"""

from pathlib import Path

from alembic import op

revision = "0012_worklists"
down_revision = "0011_dictionary"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0012_worklists.sql")


def downgrade() -> None:
    run("0012_worklists_down.sql")
