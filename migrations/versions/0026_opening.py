"""A person is opened for the facts' policies in the statement that sees them, by a function that asks for the scope itself.

Revision ID: 0026_opening
"""

from pathlib import Path

from alembic import op

revision = "0026_opening"
down_revision = "0025_guards"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0026_opening.sql")


def downgrade() -> None:
    op.execute("DROP FUNCTION registry_open(bigint)")
