"""What the API's rooms need: posts counted by the role that counts, a grant taken back on its first day.

The counting role learns job positions beside the positions it knows: titles of posts, nothing of the person.

Revision ID: 0005_api
"""

from alembic import op

revision = "0005_api"
down_revision = "0004_statistics"
branch_labels = None
depends_on = None

TABLES = ("official_current", "fact_appointment")


def upgrade() -> None:
    for table in TABLES:
        op.execute(f"GRANT SELECT (job_position) ON {table} TO registry_stats")
    op.execute("ALTER TABLE access_grant DROP CONSTRAINT ck_access_grant_valid")
    op.execute("ALTER TABLE access_grant ADD CONSTRAINT ck_access_grant_valid CHECK (valid_to >= valid_from)")


def downgrade() -> None:
    op.execute("ALTER TABLE access_grant DROP CONSTRAINT ck_access_grant_valid")
    op.execute(
        "ALTER TABLE access_grant ADD CONSTRAINT ck_access_grant_valid"
        " CHECK (valid_to > valid_from) NOT VALID"
    )
    for table in TABLES:
        op.execute(f"REVOKE SELECT (job_position) ON {table} FROM registry_stats")
