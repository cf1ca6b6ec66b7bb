"""Two people behind whatever accounts, the course of a change, facts by approved changes only, rights held until the commit.

Revision ID: 0024_two_people
"""

from pathlib import Path

from alembic import op

revision = "0024_two_people"
down_revision = "0023_two_officers"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0024_two_people.sql")


def downgrade() -> None:
    run("0024_two_people_down.sql")
