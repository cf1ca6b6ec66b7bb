"""The present row of a person is made by a plan that is kept: planning it anew took twice as long as running it.

Revision ID: 0006_lean_approval
"""

from alembic import op

revision = "0006_lean_approval"
down_revision = "0005_api"
branch_labels = None
depends_on = None

REFRESH = "ALTER FUNCTION registry_refresh_current(bigint[], date)"


def upgrade() -> None:
    op.execute(f"{REFRESH} SET plan_cache_mode = 'force_generic_plan'")


def downgrade() -> None:
    op.execute(f"{REFRESH} RESET plan_cache_mode")
