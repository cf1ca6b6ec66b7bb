"""${message}

Rules: the revision id is the file name. Expand now, contract a release later. No imports from registry.
Every new table gets its grants and policies in the same migration; every upgrade has its downgrade.

Revision ID: ${up_revision}
"""

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
