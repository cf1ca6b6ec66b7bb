"""A right takes two administrators, and so does a program's token; administrators and programs hold no other role.

Rights given before stay as they are. An account that is administrator or program and something else besides stops the upgrade:
take one of the roles away first.

Revision ID: 0023_two_officers
"""

from pathlib import Path

from alembic import op

revision = "0023_two_officers"
down_revision = "0022_keys"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0023_two_officers.sql")


def downgrade() -> None:
    run("0023_two_officers_down.sql")
