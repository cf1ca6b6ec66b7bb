"""Loading what comes in files: catalogues with the law tables, organizations, and the demo accounts."""

from datetime import UTC, date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from argon2.low_level import Type, hash_secret
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access import passwords
from registry.catalogues import services as catalogues
from registry.catalogues.services import read_csv
from registry.errors import Conflict
from registry.law import tables
from registry.organizations import loading as organizations
from registry.words import Words

HERE = Path(__file__).resolve().parent
DEMO_PASSWORD = "Demo-Registry-2026"  # noqa: S105  published with the demo, refused in production
GRANTED_FROM = date(2026, 1, 1)
CREATED = datetime(2025, 12, 31, 17, tzinfo=UTC)
"""The demo's own first day, 1 January 2026 in Vietnam, the same in every installation."""


def load_catalogues(session: Session) -> dict[str, int]:
    """Code lists, law tables, the tree of units with posts and quotas. Loading again changes nothing."""
    counts = catalogues.load(session, HERE / "catalogues")
    counts |= tables.fill(session)
    counts |= organizations.load(session, HERE / "organizations")
    return counts


def accounts() -> list[dict[str, Any]]:
    """The demo accounts as `registry seed accounts --json` prints them."""
    return [
        {
            "username": row["username"],
            "password": DEMO_PASSWORD,
            "roles": [row["role"]],
            "organization": row["organization"],
        }
        for row in read_csv(HERE / "accounts.csv")
    ]


def load_accounts(session: Session) -> dict[str, int]:
    """The demo accounts with their grants; the two officials' accounts are tied to demo officials of their
    unit.

    Loading again gives an account back its demo password, name, grant and tie, and adds nothing.
    """
    rows = read_csv(HERE / "accounts.csv")
    for row in rows:
        user = _bring_user(session, row)
        _bring_grant(session, user, row)
    return {"accounts": len(rows)}


def _bring_user(session: Session, row: dict[str, str]) -> int:
    tied, name = (None, row["display_name"])
    if row["role"] == "official":
        tied, name = _official_of(session, row["organization"])
    return int(
        session.execute(
            text("""
            INSERT INTO app_user (username, password_hash, display_name, official_id, is_demo, created_at)
            VALUES (:username, :hash, :name, :tied, true, :created)
            ON CONFLICT (username) DO UPDATE SET password_hash = excluded.password_hash,
                display_name = excluded.display_name, official_id = excluded.official_id, is_demo = true,
                is_active = true, locked_until = NULL
            RETURNING id
        """),
            {
                "username": row["username"],
                "hash": password_hash(row["username"]),
                "name": name,
                "tied": tied,
                "created": CREATED,
            },
        ).scalar_one()
    )


def _official_of(session: Session, organization: str) -> tuple[int, str]:
    """A demo official of the unit with a history worth looking at: of those who work, in the rank that most have, the one
    with the most years. A small demo may have nobody of that rank there, or nobody who works today."""
    found = session.execute(
        text("""
        SELECT c.official_id, c.full_name FROM official_current c
        JOIN organization o ON o.code = :code AND c.org_ord BETWEEN o.ord AND o.last
        JOIN official f ON f.id = c.official_id JOIN change h ON h.id = f.change_id AND h.origin = 'seed'
        ORDER BY c.status IS NOT DISTINCT FROM 'dang_lam_viec' DESC, c.in_headcount DESC, c.rank IS NOT DISTINCT FROM '01.003' DESC,
            c.recruited_on, c.official_id LIMIT 1
    """),
        {"code": organization},
    ).one_or_none()
    if found is None:
        raise Conflict(
            Words(
                f"Chưa có hồ sơ minh họa ở đơn vị {organization}.",
                f"There is no demo official in {organization} yet.",
            ),
            "no_demo_official",
        )
    return found.official_id, found.full_name


def _bring_grant(session: Session, user: int, row: dict[str, str]) -> None:
    session.execute(
        text("""
        INSERT INTO access_grant (user_id, role, organization_id, valid_from, granted_at)
        SELECT :user, :role, o.id, :from, :created FROM organization o WHERE o.code = :code AND NOT EXISTS (
            SELECT 1 FROM access_grant g WHERE g.user_id = :user AND g.role = :role
                AND g.organization_id = o.id AND g.valid_to IS NULL)
    """),
        {
            "user": user,
            "role": row["role"],
            "from": GRANTED_FROM,
            "created": CREATED,
            "code": row["organization"],
        },
    )


def password_hash(username: str) -> str:
    """The demo password under a salt of the account's own, derived from its name so that seeding is
    repeatable."""
    salt = blake2b(username.encode(), digest_size=16, person=b"demo-account").digest()
    hasher = passwords.HASHER
    return hash_secret(
        DEMO_PASSWORD.encode(),
        salt,
        hasher.time_cost,
        hasher.memory_cost,
        hasher.parallelism,
        hasher.hash_len,
        Type.ID,
    ).decode()
