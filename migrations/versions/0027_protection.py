"""Every table is under a seal; what of a right that is gone cannot be handed in.

Revision ID: 0027_protection
"""

from pathlib import Path

from alembic import op

revision = "0027_protection"
down_revision = "0026_opening"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0027_protection.sql")


def downgrade() -> None:
    run("0027_protection_down.sql")
