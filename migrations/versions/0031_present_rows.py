"""References of present rows are looked at when the transaction ends.

The function that makes many present rows has its statement planned for the persons at hand, and what it plans so
would plan each check of a reference within it anew as well: a quarter of its time for the 20,000 of an import.

Revision ID: 0031_present_rows
"""

from alembic import op

revision = "0031_present_rows"
down_revision = "0030_guesses"
branch_labels = None
depends_on = None

REFERENCES = ("fk_official_current_official_id", "fk_official_current_organization_id")


def upgrade() -> None:
    for name in REFERENCES:
        op.execute(f"ALTER TABLE official_current ALTER CONSTRAINT {name} DEFERRABLE INITIALLY DEFERRED")


def downgrade() -> None:
    for name in REFERENCES:
        op.execute(f"ALTER TABLE official_current ALTER CONSTRAINT {name} NOT DEFERRABLE")
