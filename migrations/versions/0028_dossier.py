"""The portrait: a kind of fact whose value is a file, and what a file was uploaded for.

Revision ID: 0028_dossier
"""

from pathlib import Path

from alembic import op

revision = "0028_dossier"
down_revision = "0027_protection"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0028_dossier.sql")


def downgrade() -> None:
    run("0028_dossier_down.sql")
