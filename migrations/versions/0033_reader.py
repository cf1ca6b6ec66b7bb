"""A role that reads the record of one person, whom it has opened, and sees facts of nobody else.

A policy of the web role asks of each fact whether its person is the opened one or else within the scope, and the second
question is set up for each of the fifty places a record is read from, though the first has the answer. This role is asked the
first alone.

Revision ID: 0033_reader
"""

from alembic import op

revision = "0033_reader"
down_revision = "0032_trail_search"
branch_labels = None
depends_on = None

READER = "registry_reader"
OPENED = "nullif(current_setting('app.opened', true), '')::bigint"
KINDS = """identity status appointment salary allowance qualification political_theory state_management language it_skill party
    reward discipline evaluation family work_history abroad_link address asset_declaration contract economy foreign_trip health
    identity_paper leave military paper_file personal_history planning policy_status portrait remark secondment training union"""
OF_ONE = (*(f"fact_{kind}" for kind in KINDS.split()), "quality_due", "quality_finding", "quality_score")
PUBLIC = "catalogue, catalogue_item, decision, law_retirement, law_step, law_workday, organization, organization_version"
OPENING = "registry_open(bigint)"


def upgrade() -> None:
    there = op.get_bind().exec_driver_sql(f"SELECT FROM pg_roles WHERE rolname = '{READER}'").rowcount
    if not there:
        raise RuntimeError(
            f"the role {READER} is missing; first make it: registry db provision --admin-dsn URL"
        )
    for table in OF_ONE:
        op.execute(f"GRANT SELECT ON {table} TO {READER}")
        op.execute(f"CREATE POLICY opened ON {table} FOR SELECT TO {READER} USING (official_id = {OPENED})")
    op.execute(f"GRANT USAGE ON SCHEMA public TO {READER}")
    op.execute(f"GRANT SELECT ON {PUBLIC}, official, official_current TO {READER}")
    op.execute(f"GRANT EXECUTE ON FUNCTION {OPENING} TO {READER}")
    op.execute(f"ALTER POLICY in_scope ON official_current TO registry_web, registry_worker, {READER}")
    op.execute(
        f"CREATE POLICY in_scope ON official FOR SELECT TO {READER}"
        " USING (EXISTS (SELECT 1 FROM official_current c WHERE c.official_id = official.id))"
    )
    op.execute(f"GRANT INSERT ON audit_event TO {READER}")
    op.execute(
        f"ALTER POLICY entered ON audit_event TO registry_web, registry_worker, registry_stats, {READER}"
    )


def downgrade() -> None:
    op.execute("ALTER POLICY entered ON audit_event TO registry_web, registry_worker, registry_stats")
    op.execute("DROP POLICY in_scope ON official")
    op.execute("ALTER POLICY in_scope ON official_current TO registry_web, registry_worker")
    for table in OF_ONE:
        op.execute(f"DROP POLICY opened ON {table}")
    op.execute(
        f"REVOKE ALL ON {', '.join(OF_ONE)}, {PUBLIC}, official, official_current, audit_event FROM {READER}"
    )
    op.execute(f"REVOKE EXECUTE ON FUNCTION {OPENING} FROM {READER}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {READER}")
