"""Signing in: second factors, counted tries, named sessions, recovery by two officers.

Revision ID: 0020_signin
"""

from pathlib import Path

from alembic import op

revision = "0020_signin"
down_revision = "0019_statutory"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0020_signin.sql")


def downgrade() -> None:
    run("0020_signin_down.sql")
