"""A kind of fact: the documents of the paper file and where they lie.

Revision ID: 0029_paper_file
"""

from pathlib import Path

from alembic import op

revision = "0029_paper_file"
down_revision = "0028_dossier"
branch_labels = None
depends_on = None

SQL = Path(__file__).parent.parent / "sql"


def run(name: str) -> None:
    """Execute a file of statements as it stands (no parameter marks are read in it)."""
    with op.get_bind().connection.cursor() as cursor:  # type: ignore[union-attr]
        cursor.execute((SQL / name).read_text(encoding="utf-8"))


def upgrade() -> None:
    run("0029_paper_file.sql")


def downgrade() -> None:
    run("0029_paper_file_down.sql")
