"""The trail by months, and evident against tampering: places in a log, a tree over it, signed heads, anchors, seals.

Events move into a table parted by months; each keeps its number. Taken back, the log and its heads are gone (their files
and anchors outside stay), the events are not.

Revision ID: 0021_trail
"""

from pathlib import Path

from alembic import op

revision = "0021_trail"
down_revision = "0020_signin"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0021_trail.sql")


def downgrade() -> None:
    run("0021_trail_down.sql")
