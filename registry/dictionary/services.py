"""Counting once a day who has what: one statement over all kinds, by sets, never for a request."""

from datetime import date
from functools import cache

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.orm import Session

from registry.config import Settings
from registry.db import transaction
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Kind


@cache
def _statement() -> TextClause:
    branches = " UNION ALL ".join(_branch(kind) for kind in FACTS.values())
    return text(f"""
        WITH who AS MATERIALIZED (SELECT official_id FROM official_current WHERE in_headcount),
        counted AS ({branches}),
        gone AS (DELETE FROM field_share s WHERE NOT EXISTS (SELECT 1 FROM counted c CROSS JOIN LATERAL
            jsonb_object_keys(c.told) AS k(field) WHERE c.kind = s.kind AND k.field = s.field))
        INSERT INTO field_share (kind, field, officials, people, counted_on)
        SELECT c.kind, t.key, t.value::int, (SELECT count(*) FROM who), CAST(:today AS date)
        FROM counted c CROSS JOIN LATERAL jsonb_each_text(c.told) AS t
        ON CONFLICT (kind, field) DO UPDATE
            SET (officials, people, counted_on) = (excluded.officials, excluded.people, excluded.counted_on)
    """)


def _branch(kind: Kind) -> str:
    """One row (kind, told): people in the headcount with a fact of the kind (''), and with each of its fields."""
    fields = [(one.name, one.stored_in[0]) for one in kind.fields]
    told = ", ".join(
        f"bool_or(f.{column} IS NOT NULL) AS c{place}" for place, (_, column) in enumerate(fields)
    )
    pairs = ", ".join(
        f"'{name}', count(*) FILTER (WHERE h.c{place})" for place, (name, _) in enumerate(fields)
    )
    return f"""SELECT '{kind.name}' AS kind, jsonb_build_object('', count(*), {pairs}) AS told FROM (
        SELECT {told} FROM fact_{kind.name} f JOIN who ON who.official_id = f.official_id
        WHERE f.recorded_to IS NULL AND f.valid_from <= CAST(:today AS date) GROUP BY f.official_id) h"""


def count_shares(session: Session, today: date) -> int:
    """Count every field of every kind anew over the people in the headcount; returns how many fields there are.

    Somebody has a field when a fact that is believed and has begun tells it, whether it still holds or not. The
    session reaches the whole registry (the worker's scope, or the owner).
    """
    session.execute(_statement(), {"today": today})
    return sum(len(kind.fields) for kind in FACTS.values())


def turn(engine: Engine, settings: Settings) -> None:
    """What each minute asks for: nothing, unless the day has turned since the last count."""
    today = settings.today_or_now()
    with transaction(engine) as session:
        known = text("SELECT EXISTS (SELECT 1 FROM field_share WHERE counted_on >= :today)")
        if not session.scalar(known, {"today": today}):
            count_shares(session, today)
