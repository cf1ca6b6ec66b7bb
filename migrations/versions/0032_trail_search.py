"""A search of the trail by two things fetches the rows of its page and no more.

Revision ID: 0032_trail_search
"""

from pathlib import Path

from alembic import op

revision = "0032_trail_search"
down_revision = "0031_present_rows"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0032_trail_search.sql")


def downgrade() -> None:
    run("0032_trail_search_down.sql")
