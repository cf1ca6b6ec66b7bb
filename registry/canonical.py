"""canonical-hash: one SHA-256 over all business tables, equal for equal content whatever the physical order."""

import hashlib

from sqlalchemy import text
from sqlalchemy.orm import Session

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


def hash_tables(session: Session) -> dict[str, str]:
    """Table → SHA-256 (hex) of its rows as sorted JSON texts, computed in the database."""
    session.execute(text("SET LOCAL TIME ZONE 'UTC'"))
    return {
        table.name: _hash_table(session, table.name, [column.name for column in table.columns])
        for table in sorted(metadata.tables.values(), key=lambda one: one.name)
        if table.name not in LEFT_OUT
    }


def _hash_table(session: Session, name: str, columns: list[str]) -> str:
    kept = ", ".join(f'"{column}"' for column in columns if column not in LEFT_OUT_COLUMNS.get(name, set()))
    digest = hashlib.sha256()
    rows = session.execute(
        text(
            f'SELECT row_to_json(t)::text COLLATE "C" AS line FROM (SELECT {kept} FROM "{name}") t ORDER BY 1'
        ),
        execution_options={"yield_per": 5000},
    )
    for row in rows:
        digest.update(row.line.encode())
        digest.update(b"\n")
    return digest.hexdigest()


def hash_all(session: Session) -> str:
    """The one hash: over the names and hashes of the tables."""
    digest = hashlib.sha256()
    for name, found in hash_tables(session).items():
        digest.update(f"{name} {found}\n".encode())
    return digest.hexdigest()
