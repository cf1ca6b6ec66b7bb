"""Functions that run as the owner ask for the scope of whoever calls them.

Revision ID: 0025_guards
"""

from pathlib import Path

from alembic import op

revision = "0025_guards"
down_revision = "0024_two_people"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0025_guards.sql")


def downgrade() -> None:
    run("0025_guards_down.sql")
