"""canonical-hash: one SHA-256 over all business tables, equal for equal content whatever the physical order."""

import hashlib
from collections.abc import Collection

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.db import stream
from registry.models import metadata

LEFT_OUT = frozenset(
    {
        # Traces of use and derived rows, not business content.
        "web_session",
        "api_token",
        "idempotent_reply",
        "audit_event",
        "audit_leaf",
        "audit_node",
        "audit_head",
        "audit_anchor",
        "audit_anchor_state",
        "audit_seal",
        "audit_progress",
        "job",
        "official_current",
        "law_step",
        "law_retirement",
        "law_workday",
        "field_share",
        "quality_due",
        "quality_finding",
        "quality_score",
        "quality_entry",
        "import_new",
        "import_planned",
        "statistics_epoch",
        "statistics_touched",
        "report_run",
        "second_factor",
        "recovery_code",
        "security_key",
        "identity_tie",
        "spent_once",
        "sign_in_pending",
        "sign_in_tries",
        "sign_in_source",
        "account_recovery",
        "change_applied",
    }
)
LEFT_OUT_COLUMNS = {"app_user": {"password_hash", "locked_until", "used_at"}, "change": {"salt"}}
"""Salts and salted hashes differ between equal loads; failed tries to sign in, and when one last did, are use, not content."""


def hash_tables(session: Session, only: Collection[str] | None = None) -> dict[str, str]:
    """Table → SHA-256 (hex) of its rows as sorted JSON texts, which come sorted from the database. Of `only` these tables, if told."""
    session.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    session.execute(
        text("SET LOCAL work_mem = '64MB'")
    )  # the rows of a national registry are sorted on disk either way
    return {
        table.name: _hash_table(session, table.name, [column.name for column in table.columns])
        for table in sorted(metadata.tables.values(), key=lambda one: one.name)
        if table.name not in LEFT_OUT and (only is None or table.name in only)
    }


def _hash_table(session: Session, name: str, columns: list[str]) -> str:
    kept = ", ".join(f'"{column}"' for column in columns if column not in LEFT_OUT_COLUMNS.get(name, set()))
    digest = hashlib.sha256()
    lines = f'SELECT row_to_json(t)::text COLLATE "C" FROM (SELECT {kept} FROM "{name}") t ORDER BY 1'
    for rows in stream(session, lines, {}):
        digest.update("\n".join([line for (line,) in rows]).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def hash_all(session: Session) -> str:
    """The one hash: over the names and hashes of the tables."""
    digest = hashlib.sha256()
    for name, found in hash_tables(session).items():
        digest.update(f"{name} {found}\n".encode())
    return digest.hexdigest()
