"""What an operation says itself, apart from what it carries on; a digest that nobody can try guesses against.

Revision ID: 0030_guesses
"""

from pathlib import Path

from alembic import op

revision = "0030_guesses"
down_revision = "0029_paper_file"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0030_guesses.sql")


def downgrade() -> None:
    run("0030_guesses_down.sql")
