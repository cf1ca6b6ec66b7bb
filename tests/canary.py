"""A watch over the whole run: no secret and nobody's name or number stands where it has no business.

Each process of the run watches for itself. After each test what came out during it is looked through: lines of the log
as they would be printed, bodies of refusals and errors, /metrics; and, before a test's database is thrown away, its
jobs, kept replies and events. A find fails the test during which it came out.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg
from flask.testing import FlaskClient

from registry.__main__ import JsonLines
from registry.access import factors, passwords, services

LIKE_A_SECRET = re.compile(r"[A-Za-z0-9_-]{9,}")
LIKE_A_NUMBER = re.compile(r"(?<![\w.-])\d{12}(?![\w.-])")
LOGS = ("registry", "gunicorn", "werkzeug", "sqlalchemy", "alembic")
NOBODYS_BUSINESS = {401, 403, 404, 405, 429, 500, 503}
"""Answers to people who may not see what they asked for, or at which we fail: they show no person at all."""
IN_THE_DATABASE = {
    "job": "payload::text || coalesce(error, '')",
    "idempotent_reply": "body || headers::text",
    "audit_event": "coalesce(detail::text, '') || coalesce(reason, '') || object_id",
}
"""What is looked at in which table."""


@dataclass
class Canary:
    """What must not come out, and what came out since the last look: (where, text, whether people may stand in it)."""

    secrets: set[str] = field(default_factory=set)
    names: list[str] = field(default_factory=list)
    came: list[tuple[str, str, bool]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def keep(self, secret: str) -> None:
        """Something that only its owner may see, from now on; what is shorter than nine letters is not looked for."""
        if len(secret) >= 9:
            self.secrets.add(secret)

    def note(self, where: str, text: str, *, people: bool) -> None:
        """Something that came out."""
        self.came.append((where, text, people))

    def finds(self) -> list[str]:
        """What came out and should not have; the look is then over."""
        found = []
        for where, text, people in self.came:
            candidates = set(LIKE_A_SECRET.findall(text))
            leaked = sorted(candidates & self.secrets) + [one for one in self.phrases() if one in text]
            if not people:
                leaked += LIKE_A_NUMBER.findall(text) + [name for name in self.names if name in text]
            if leaked:
                found.append(f"{where}: {leaked[:3]} in {text[:300]!r}")
        self.came.clear()
        return found

    def phrases(self) -> list[str]:
        """Secrets that hold more than letters, digits, - and _."""
        return [one for one in self.seen if one in self.secrets]

    def look_into(self, connection: psycopg.Connection[Any]) -> None:
        """What a database keeps outside the records."""
        for table, what in IN_THE_DATABASE.items():
            if connection.execute("SELECT to_regclass(%s)", [f"public.{table}"]).fetchone() == (None,):
                continue  # a database that is still empty
            for (text,) in connection.execute(f"SELECT {what} FROM {table}"):
                self.note(table, text or "", people=table != "job")


WATCH = Canary()


class _Lines(logging.Handler):
    """Log lines as the service prints them, and what a record says besides."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines = JsonLines()

    def emit(self, record: logging.LogRecord) -> None:
        WATCH.note("log", self.lines.format(record), people=False)


def _remembering(function: Callable[..., Any], what: Callable[..., list[str]]) -> Callable[..., Any]:
    def call(*of: Any, **named: Any) -> Any:
        made = function(*of, **named)
        for secret in what(made, *of, **named):
            WATCH.keep(secret)
            if not LIKE_A_SECRET.fullmatch(secret):
                WATCH.seen.add(secret)
        return made

    return call


@contextmanager
def watching() -> Iterator[Canary]:
    """Listen, for as long as the block runs."""
    real_open, real_stored, real_hashed = FlaskClient.open, passwords.stored, services.hashed
    real_code, real_address = factors.new_code, factors.address

    def open_(client: FlaskClient, *of: Any, **named: Any) -> Any:
        reply = real_open(client, *of, **named)
        path = reply.request.path if reply.request else ""
        if reply.status_code >= 400 or path == "/metrics":
            people = reply.status_code not in NOBODYS_BUSINESS and path != "/metrics"
            WATCH.note(f"{reply.status_code} {path}", reply.get_data(as_text=True), people=people)
        return reply

    handler = _Lines()
    for name in LOGS:
        logging.getLogger(name).addHandler(handler)
    logging.getLogger("registry").setLevel(logging.INFO)
    FlaskClient.open = open_  # type: ignore[method-assign]
    passwords.stored = _remembering(real_stored, lambda _made, password: [password])
    services.hashed = _remembering(real_hashed, lambda _made, secret: [secret])
    factors.new_code = _remembering(real_code, lambda made, *_: [made])
    factors.address = _remembering(real_address, lambda made, *_: re.findall("secret=([A-Z2-7]+)", made))
    try:
        yield WATCH
    finally:
        for name in LOGS:
            logging.getLogger(name).removeHandler(handler)
        FlaskClient.open = real_open  # type: ignore[method-assign]
        passwords.stored, services.hashed = real_stored, real_hashed
        factors.new_code, factors.address = real_code, real_address
