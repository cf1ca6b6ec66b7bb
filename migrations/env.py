"""Runs migrations with the owner's connection: one at a time (advisory lock), never waiting long for a lock."""

from alembic import context
from sqlalchemy import text

from registry.models import metadata

connection = context.config.attributes["connection"]
connection.execute(text("SET lock_timeout = '5s'"))
connection.execute(text("SET statement_timeout = '10min'"))
connection.execute(text("SELECT pg_advisory_xact_lock(7200118)"))
context.configure(
    connection=connection,
    target_metadata=metadata,
    transactional_ddl=True,
    # The months of the trail come and go with time; the models know the table they are parts of.
    include_name=lambda name, kind, _parents: not (kind == "table" and str(name).startswith("audit_event_")),
)
with context.begin_transaction():
    context.run_migrations()
