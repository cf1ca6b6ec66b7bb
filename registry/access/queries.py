"""Who is behind a session key or a token, and the list of users for their administrator."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access import passwords, recent
from registry.access.actor import Actor, GrantView
from registry.access.permissions import NEED_FACTOR
from registry.db import ask

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")

_GRANTS = """
    coalesce((SELECT json_agg(json_build_array(g.role, g.organization_id, o.code, v.name, o.ord, o.last) ORDER BY g.id)
        FROM access_grant g
        LEFT JOIN organization o ON o.id = g.organization_id
        LEFT JOIN organization_version v ON v.organization_id = o.id AND v.recorded_to IS NULL
            AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
        WHERE g.user_id = u.id AND g.valid_from <= :today AND (g.valid_to IS NULL OR g.valid_to > :today)
            AND (g.granted_by IS NULL OR g.confirmed_at IS NOT NULL)), '[]'::json)
"""

_GRANTS_HOT = _GRANTS.replace(":today", "$2")

_FACTOR = """CASE WHEN EXISTS (SELECT 1 FROM security_key k WHERE k.user_id = u.id) THEN 'key'
    WHEN EXISTS (SELECT 1 FROM second_factor f WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL) THEN 'app' END AS factor"""

_PROVEN = f"{{}}.proved_at > now() - interval '{recent.LASTS.total_seconds():.0f} seconds' AS proven"

_BY_SESSION = f"""
    SELECT u.id, u.username, u.display_name, u.official_id, NULL AS scopes, {_GRANTS_HOT} AS grants, {_FACTOR}, {_PROVEN.format("s")},
        s.csrf,
        s.seen_at < now() - interval '1 minute' AS stale
    FROM web_session s JOIN app_user u ON u.id = s.user_id
    WHERE s.key_hash = $1 AND s.ended_at IS NULL AND s.expires_at > now() AND s.seen_at > now() - $3::interval
        AND u.is_active AND (NOT u.is_demo OR $4)
"""

_BY_TOKEN = f"""
    SELECT u.id, u.username, u.display_name, u.official_id, t.scopes, {_GRANTS_HOT} AS grants, {_FACTOR},
        {_PROVEN.format("t")}
    FROM api_token t JOIN app_user u ON u.id = t.user_id
    WHERE t.token_hash = $1 AND t.ended_at IS NULL AND t.expires_at > now() AND u.is_active AND (NOT u.is_demo OR $3)
        AND (t.asked_by IS NULL OR t.confirmed_at IS NOT NULL)
"""

_BY_NAME = f"""
    SELECT u.id, u.username, u.display_name, u.official_id, NULL AS scopes, {_GRANTS} AS grants, %s, true AS proven
    FROM app_user u WHERE u.username = :username AND u.is_active
"""
_BY_NAME_ALONE, _BY_NAME_AND_FACTOR = text(_BY_NAME % "NULL AS factor"), text(_BY_NAME % _FACTOR)
"""The worker acts in people's names and may not read their second factors; it is not asked for them."""


@dataclass(frozen=True)
class SignedIn:
    """An actor behind a browser session, with the session's CSRF token."""

    actor: Actor
    csrf: str


@dataclass(frozen=True)
class Terms:
    """On which terms anybody is let in here: the published demonstration accounts or not, and whether the roles of
    NEED_FACTOR do nothing without a second factor, or without a security key."""

    demo: bool = True
    factor_required: bool = False
    key_required: bool = False


USUAL = Terms()


def find_by_session(
    session: Session, key: str, today: date, idle: timedelta, request_id: str | None, terms: Terms = USUAL
) -> SignedIn | None:
    """The actor of a live browser session; touches `seen_at` at most once a minute."""
    digest = hashlib.sha256(key.encode()).digest()
    row = ask(session, _BY_SESSION, [digest, today, idle, terms.demo], alone=True).first()
    if row is None:
        return None
    *who, csrf, stale = row
    if stale:
        session.execute(
            text("UPDATE web_session SET seen_at = now() WHERE key_hash = :hash"), {"hash": digest}
        )
    return SignedIn(_actor(who, request_id, "web", terms, today), csrf)


def find_by_token(
    session: Session, token: str, today: date, request_id: str | None, terms: Terms = USUAL
) -> Actor | None:
    """The actor of a live bearer token."""
    digest = hashlib.sha256(token.encode()).digest()
    row = ask(session, _BY_TOKEN, [digest, today, terms.demo], alone=True).first()
    return _actor(row, request_id, "api", terms, today) if row else None


def find_by_username(
    session: Session,
    username: str,
    today: date,
    request_id: str | None = None,
    terms: Terms = USUAL,
) -> Actor | None:
    """The actor of an account, for commands and jobs run in somebody's name."""
    statement = _BY_NAME_AND_FACTOR if terms.factor_required else _BY_NAME_ALONE
    row = session.execute(statement, {"username": username, "today": today}).one_or_none()
    return _actor(row, request_id, "command", terms, today) if row else None


def _actor(row: Sequence[Any], request_id: str | None, channel: str, terms: Terms, today: date) -> Actor:
    """From (user id, username, display name, own official, token scopes, grants as JSON arrays, second factor: 'key', 'app', none,
    whether it was given lately)."""
    user, username, name, official, scopes, held, factor, proven = row
    grants = tuple(
        GrantView(
            role,
            unit,
            code or "",
            unit_name or "",
            -1 if ord_ is None else ord_,
            -2 if last is None else last,
        )
        for role, unit, code, unit_name, ord_, last in held
    )
    lacking = factor != "key" if terms.key_required else terms.factor_required and not factor
    enrolling = lacking and any(one.role in NEED_FACTOR for one in grants)
    return Actor(
        user,
        username,
        name,
        official,
        () if enrolling else grants,
        frozenset(scopes or ()),
        request_id,
        channel,
        enrolling,
        today,
        proof_due=bool(factor) and not proven,
    )


def list_sessions(
    session: Session, user_id: int, idle: timedelta, current: bytes = b""
) -> list[dict[str, Any]]:
    """Live browser sessions and personal tokens of an account, the latest first, at most 200.

    {id, kind: 'browser' | 'token', agent, started_at, seen_at (none for a token), expires_at, current}; `current` is the
    digest of the key or token that asks.
    """
    rows = session.execute(
        text("""
            SELECT s.uid::text AS id, 'browser' AS kind, s.agent, s.created_at AS started_at, s.seen_at, s.expires_at,
                s.new_place, s.key_hash = :current AS current
            FROM web_session s WHERE s.user_id = :user AND s.ended_at IS NULL AND s.expires_at > now()
                AND s.seen_at > now() - CAST(:idle AS interval)
            UNION ALL
            SELECT t.uid::text, 'token', t.agent, t.created_at, NULL, t.expires_at, false, t.token_hash = :current
            FROM api_token t WHERE t.user_id = :user AND t.ended_at IS NULL AND t.expires_at > now() AND t.scopes = '{}'
            ORDER BY started_at DESC, id DESC LIMIT 200"""),
        {"user": user_id, "idle": idle, "current": current},
    )
    return [dict(row._mapping) for row in rows]


def earlier_sign_ins(
    session: Session, user_id: int, current: bytes, *, new_places: bool = False
) -> list[dict[str, Any]]:
    """Browser sign-ins of an account but for this one, the latest first, ended ones too: {started_at, agent, new_place}.

    The one before this; with `new_places` those of the last seven days from a place that was new, three at most.
    """
    which = (
        "AND new_place AND created_at > now() - interval '7 days'"
        if new_places
        else "AND created_at < (SELECT created_at FROM web_session WHERE key_hash = :current)"
    )
    rows = session.execute(
        text(f"""SELECT created_at AS started_at, agent, new_place FROM web_session
            WHERE user_id = :user AND key_hash <> :current {which} ORDER BY created_at DESC LIMIT :most"""),
        {"user": user_id, "current": current, "most": 3 if new_places else 1},
    )
    return [dict(row._mapping) for row in rows]


_WAITS = """(g.granted_by IS NOT NULL AND g.confirmed_at IS NULL
    AND (g.valid_to IS NULL OR g.valid_to > greatest(g.valid_from, :today)))"""
"""Whether a grant waits for a second administrator; one that ended before waits no more."""
_NAMED = "registry_fold(u.username || ' ' || u.display_name) LIKE '%' || registry_fold(:q) || '%'"


def list_users(
    session: Session,
    today: date,
    *,
    username: str | None = None,
    q: str = "",
    after: str = "",
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Accounts by name with their grants, past ones too; no personal data beyond the account's own name.

    `username` keeps one account, `q` those whose user name or name contains it, `after` and `limit` page by user name.
    """
    rows = session.execute(
        text(f"""
            SELECT u.id, u.username, u.display_name, u.is_active, u.is_demo, u.locked_until, {_FACTOR},
                coalesce(json_agg(json_build_object('id', g.id, 'role', g.role, 'organization', o.code, 'name', v.name,
                    'ord', o.ord, 'last', o.last, 'valid_from', g.valid_from, 'valid_to', g.valid_to,
                    'giver', g.granted_by, 'granted_by', b.display_name,
                    'waits', {_WAITS}, 'in_force', NOT {_WAITS}
                        AND g.valid_from <= :today AND (g.valid_to IS NULL OR g.valid_to > :today))
                    ORDER BY g.id) FILTER (WHERE g.id IS NOT NULL), '[]'::json) AS grants
            FROM app_user u LEFT JOIN access_grant g ON g.user_id = u.id LEFT JOIN app_user b ON b.id = g.granted_by
            LEFT JOIN organization o ON o.id = g.organization_id
            LEFT JOIN organization_version v ON v.organization_id = o.id AND v.recorded_to IS NULL
                AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
            WHERE (CAST(:username AS text) IS NULL OR u.username = :username) AND u.username > :after
                AND {_NAMED}
            GROUP BY u.id ORDER BY u.username LIMIT :limit
        """),
        {"today": today, "username": username, "after": after, "limit": limit, "q": q},
    )
    return [dict(row._mapping) for row in rows]


def count_users(session: Session, q: str = "") -> int:
    """How many accounts there are whose user name or name contains `q`."""
    counted: int = session.execute(
        text(f"SELECT count(*) FROM app_user u WHERE {_NAMED}"), {"q": q}
    ).scalar_one()
    return counted


def list_tokens(session: Session, username: str) -> list[dict[str, Any]]:
    """The tokens of an account that were made for a program, newest first; never the secret."""
    rows = session.execute(
        text("""SELECT t.id, t.name, t.scopes, t.created_at, t.expires_at, t.ended_at,
                    t.ended_at IS NULL AND t.expires_at > now() AND u.is_active
                        AND (t.asked_by IS NULL OR t.confirmed_at IS NOT NULL) AS live,
                    t.asked_by IS NOT NULL AND t.confirmed_at IS NULL AND t.ended_at IS NULL AS waits,
                    a.display_name AS asked_by
                FROM api_token t JOIN app_user u ON u.id = t.user_id LEFT JOIN app_user a ON a.id = t.asked_by
                WHERE u.username = :username AND t.scopes <> '{}' ORDER BY t.id DESC LIMIT 200"""),
        {"username": username},
    )
    return [dict(row._mapping) for row in rows]


def find_opened_by(session: Session, passwords_of: Mapping[str, str]) -> list[str]:
    """Which open accounts these passwords, by user name, would open."""
    statement = text(
        "SELECT username, password_hash FROM app_user WHERE is_active AND username = ANY (:names)"
    )
    return sorted(
        name
        for name, password_hash in session.execute(statement, {"names": list(passwords_of)})
        if passwords.matches(password_hash, passwords_of[name])
    )


def list_waiting(session: Session, today: date, actor_id: int) -> list[dict[str, Any]]:
    """Accounts with a right or a program's token that waits for this administrator's confirmation: {username, display_name, giver}."""
    rows = session.execute(
        text(f"""
            SELECT u.username, u.display_name, min(b.display_name) AS giver FROM (
                SELECT g.user_id, g.granted_by AS by FROM access_grant g WHERE {_WAITS}
                UNION ALL SELECT t.user_id, t.asked_by FROM api_token t
                    WHERE t.asked_by IS NOT NULL AND t.confirmed_at IS NULL AND t.ended_at IS NULL AND t.expires_at > now()) w
            JOIN app_user u ON u.id = w.user_id JOIN app_user b ON b.id = w.by
            WHERE w.by <> :actor AND w.user_id <> :actor GROUP BY u.username, u.display_name ORDER BY 1 LIMIT 50"""),
        {"today": today, "actor": actor_id},
    )
    return [dict(row._mapping) for row in rows]
