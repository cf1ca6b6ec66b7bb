"""What an import asks a row at a time is asked once, and the key of a name's order is made without being planned anew.

The key's function looked for the words with an expression, twice, in a statement of its own, which the many persons of an import
had planned for each: a third of the time of their present rows. Operations enter one's own open changes, which are looked up
once a statement; their papers are looked up by number.

Revision ID: 0034_import_sets
"""

from pathlib import Path

from alembic import op

revision = "0034_import_sets"
down_revision = "0033_reader"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0034_import_sets.sql")


def downgrade() -> None:
    run("0034_import_sets_down.sql")
