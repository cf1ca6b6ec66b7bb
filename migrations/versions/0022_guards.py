"""Functions that run as the owner ask for the scope of whoever calls them.

Revision ID: 0022_guards
"""

from pathlib import Path

from alembic import op

revision = "0022_guards"
down_revision = "0021_trail"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0022_guards.sql")


def downgrade() -> None:
    run("0022_guards_down.sql")
