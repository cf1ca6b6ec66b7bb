"""Statistics: the counting role learns which change is the newest, and if the present state is up to the day.

Still no names, and of changes nothing but that they were approved and when.

Revision ID: 0004_statistics
"""

from alembic import op

revision = "0004_statistics"
down_revision = "0003_import"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT SELECT (id, status, decided_at) ON change TO registry_stats")
    op.execute("CREATE POLICY counted ON change FOR SELECT TO registry_stats USING (status = 'approved')")
    op.execute("GRANT SELECT (turns_on) ON official_current TO registry_stats")


def downgrade() -> None:
    op.execute("REVOKE SELECT (turns_on) ON official_current FROM registry_stats")
    op.execute("DROP POLICY counted ON change")
    op.execute("REVOKE SELECT (id, status, decided_at) ON change FROM registry_stats")
