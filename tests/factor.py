"""What tests of signing in share: a phone with an authenticator app and a clock of its own, a program at some address."""

from dataclasses import dataclass
from typing import Any

import pytest
from conftest import PASSWORD, SECRET, Bed
from sqlalchemy import text

from registry.access import factors, passwords

START = 1_800_000_000.0
"""A moment at the start of a time step."""


@dataclass
class Phone:
    """An authenticator app; `now` is everybody's clock."""

    secret: bytes
    codes: list[str]

    def code(self, later: int = 0) -> str:
        """The code of the present time step, or of some steps later."""
        return factors.code_at(self.secret, int(factors.now() // factors.STEP) + later)


def stand_still(monkeypatch: pytest.MonkeyPatch, at: float = START) -> None:
    """Let codes be told by this moment."""
    monkeypatch.setattr(factors, "now", lambda: at)


def told_lightly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords told without the work of hashing, where many tries are what is looked at."""
    monkeypatch.setattr(
        passwords, "matches", lambda kept, sent: kept != passwords.NOBODY and sent == PASSWORD
    )


def enrolled(bed: Bed, username: str) -> Phone:
    """Give an account a second factor whose codes are all still good."""
    with bed.acting(username) as (session, actor):
        factors.begin(session, actor, SECRET)
        secret = factors.waiting_secret(session, actor.user_id, SECRET)
        assert secret is not None
        code = factors.code_at(secret, int(factors.now() // factors.STEP))
        codes = factors.confirm(session, actor, code, SECRET)
        session.execute(text("UPDATE second_factor SET last_step = 0"))
    return Phone(secret, codes)


def knock(bed: Bed, username: str, password: str = PASSWORD, *, at: str = "203.0.113.7", **more: Any) -> Any:
    """The reply to asking for a token from an address; `otp` and `headers` as given."""
    headers = more.pop("headers", {})
    return bed.app.test_client().post(
        "/api/v1/tokens",
        json={"username": username, "password": password, **more},
        headers=headers,
        environ_overrides={"REMOTE_ADDR": at},
    )


def kind(reply: Any) -> tuple[int, str]:
    """Status and problem of a refusal, or (201, '')."""
    told = reply.get_json(silent=True) or {}
    return reply.status_code, told.get("type", "").rpartition("/")[2]


def live(bed: Bed) -> tuple[int, int]:
    """How many browser sessions and tokens there are that nobody ended."""
    return tuple(  # type: ignore[return-value]
        bed.scalar(f"SELECT count(*) FROM {table} WHERE ended_at IS NULL")
        for table in ("web_session", "api_token")
    )
