"""Counting records anew by sets: the few that a change altered, those of yesterday, or all of them.

An approval only puts its records down as due (a trigger, see migrations/sql/0008_quality.sql); the worker counts them a
moment later. Rules that depend on the day do not go stale: with the turn of the day the worker counts every record whose
`checked_on` is past, in slices.
"""

from collections.abc import Sequence
from datetime import date
from functools import cache

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.orm import Session

from registry.bulk.queue import Taken
from registry.config import Settings
from registry.db import transaction
from registry.officials.facts import FACTS
from registry.quality.rules import POINTS, RULES

JOB = "quality.refresh"
"""The kind of the job that the trigger queues."""
SLICE = 5000
"""Records counted in one statement."""

_WHO = """
    who AS MATERIALIZED (
        SELECT c.*, EXISTS (SELECT 1 FROM fact_status f JOIN catalogue_item k ON k.catalogue = 'status_codes'
                AND k.key = f.status AND k.extra->>'counts_in_headcount' = 'yes'
            WHERE f.official_id = c.official_id AND f.closed_by IS NULL AND f.valid_from <= :today
                AND (f.valid_to IS NULL OR f.valid_to > :today)) AS serving,
            EXISTS (SELECT 1 FROM fact_status f JOIN catalogue_item k ON k.catalogue = 'status_codes'
                AND k.key = f.status AND k.extra->>'status_group' = 'ended'
            WHERE f.official_id = c.official_id AND f.closed_by IS NULL AND f.valid_from <= :today
                AND (f.valid_to IS NULL OR f.valid_to > :today)) AS over
        FROM official_current c WHERE c.official_id = ANY (:officials))"""


def _found() -> str:
    """Everything that the rules find, as one union."""
    return " UNION ALL ".join(
        f"SELECT official_id, '{rule.code}' AS rule, fact_id, detail FROM ({rule.found}) AS r{number}"
        for number, rule in enumerate(RULES.values())
    )


def _points() -> str:
    """The score of every point, from the weights that apply to a record and those it breaks."""
    parts = []
    for point in POINTS:
        rules = [one for one in RULES.values() if one.point == point]
        applying: dict[str, int] = {}
        for one in rules:
            applying[one.applies] = applying.get(one.applies, 0) + one.weight
        whole = " + ".join(
            f"CASE WHEN {condition} THEN {weight} ELSE 0 END" for condition, weight in applying.items()
        )
        parts.append(
            f"round(100 * (1 - least(coalesce(b.{point}::numeric / nullif({whole}, 0), 0), 1)), 1) AS {point}"
        )
    return ", ".join(parts)


@cache
def _refresh() -> TextClause:
    """One statement: find, take away what is no longer so, keep what is, score. Parameters: officials, today."""
    weights = ", ".join(f"('{one.code}', '{one.point}', {one.weight})" for one in RULES.values())
    broken = ", ".join(f"sum(weight) FILTER (WHERE point = '{point}') AS {point}" for point in POINTS)
    columns = ", ".join(POINTS)
    mean = f"round(({' + '.join(f'p.{point}' for point in POINTS)}) / {len(POINTS)}, 1)"
    excluded = ", ".join(f"excluded.{one}" for one in (*POINTS, "total", "checked_on"))
    return text(f"""
        WITH {_WHO},
        found AS MATERIALIZED ({_found()}),
        gone AS (
            DELETE FROM quality_finding q WHERE q.official_id = ANY (:officials) AND NOT EXISTS (SELECT 1 FROM found f
                WHERE f.official_id = q.official_id AND f.rule = q.rule AND f.fact_id = q.fact_id)),
        kept AS (
            INSERT INTO quality_finding (official_id, rule, fact_id, detail, found_on)
            SELECT official_id, rule, fact_id, detail, CAST(:today AS date) FROM found
            ON CONFLICT (official_id, rule, fact_id) DO UPDATE SET detail = excluded.detail
                WHERE quality_finding.detail <> excluded.detail),
        broken AS (
            SELECT official_id, {broken} FROM (SELECT DISTINCT f.official_id, f.rule, r.point, r.weight
                FROM found f JOIN (VALUES {weights}) AS r (rule, point, weight) ON r.rule = f.rule) f
            GROUP BY official_id),
        points AS (SELECT w.official_id, {_points()} FROM who w LEFT JOIN broken b ON b.official_id = w.official_id),
        left_over AS (
            DELETE FROM quality_score s WHERE s.official_id = ANY (:officials)
                AND NOT EXISTS (SELECT 1 FROM who w WHERE w.official_id = s.official_id))
        INSERT INTO quality_score (official_id, {columns}, total, checked_on)
        SELECT p.official_id, {", ".join(f"p.{point}" for point in POINTS)}, {mean}, CAST(:today AS date) FROM points p
        ON CONFLICT (official_id) DO UPDATE SET ({columns}, total, checked_on) = ({excluded})
    """)


@cache
def _entries() -> TextClause:
    """When each decision came on the records: papers that are decisions, of changes that are no take-over."""
    facts = " UNION ".join(
        f"SELECT official_id, change_id, decision_id FROM fact_{kind} WHERE official_id = ANY (:officials)"
        for kind in FACTS
    )
    return text(f"""
        WITH facts AS ({facts}),
        entries AS MATERIALIZED (
            SELECT f.official_id, f.change_id, f.decision_id, d.issued_on,
                (h.decided_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date AS decided_on
            FROM facts f JOIN decision d ON d.id = f.decision_id AND d.basis = 'decision'
            JOIN change h ON h.id = f.change_id AND h.status = 'approved' AND h.origin <> 'undo'
            JOIN decision p ON p.id = h.decision_id AND p.basis <> 'take_over'
            -- A part of an older fact that stays believed keeps its paper, which came in before.
            WHERE NOT EXISTS (SELECT 1 FROM facts o WHERE o.official_id = f.official_id
                AND o.decision_id = f.decision_id AND o.change_id < f.change_id)),
        gone AS (
            DELETE FROM quality_entry q WHERE q.official_id = ANY (:officials) AND NOT EXISTS (SELECT 1 FROM entries e
                WHERE (e.official_id, e.change_id, e.decision_id) = (q.official_id, q.change_id, q.decision_id)))
        INSERT INTO quality_entry (official_id, change_id, decision_id, issued_on, decided_on)
        SELECT official_id, change_id, decision_id, issued_on, decided_on FROM entries ON CONFLICT DO NOTHING
    """)


_PARTNERS = text("""
    SELECT unnest(CAST(:officials AS bigint[])) AS official_id
    UNION SELECT q.official_id FROM quality_finding q WHERE q.rule = ANY (:pairs)
        AND (q.detail->>'other')::bigint = ANY (:officials)
    UNION SELECT t.official_id FROM official_current w
        JOIN official_current t ON t.fold = w.fold AND t.birth_date = w.birth_date AND t.sex = w.sex
        WHERE w.official_id = ANY (:officials) AND t.official_id <> w.official_id
""")


def refresh(session: Session, officials: Sequence[int], today: date) -> int:
    """Count these records anew, and those they are compared with; returns how many.

    The session reaches the whole registry (the worker's scope, or the owner): rules compare records of all units.
    One refresh at a time, so that two of them never wait for each other in a circle.
    """
    if not officials:
        return 0
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('quality.refresh'))"))
    pairs = [one.code for one in RULES.values() if one.pairs]
    counted = sorted(
        session.execute(_PARTNERS, {"officials": list(officials), "pairs": pairs}).scalars().all()
    )
    for start in range(0, len(counted), SLICE):
        parameters = {"officials": counted[start : start + SLICE], "today": today}
        session.execute(_refresh(), parameters)
        session.execute(_entries(), parameters)
    return len(counted)


def refresh_all(session: Session, today: date) -> int:
    """Count every record anew, slice by slice, in the caller's transaction; returns how many."""
    officials = session.execute(text("SELECT id FROM official ORDER BY id")).scalars().all()
    session.execute(text("DELETE FROM quality_due"))
    return sum(
        refresh(session, officials[start : start + SLICE], today) for start in range(0, len(officials), SLICE)
    )


def refresh_due(session: Session, today: date) -> int:
    """Take the records that changes altered off the queue and count them; returns how many were taken."""
    due = session.execute(
        text("""DELETE FROM quality_due WHERE id IN (
                    SELECT id FROM quality_due ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED)
                RETURNING official_id"""),
        {"most": SLICE},
    ).scalars()
    return refresh(session, sorted(set(due)), today)


def refresh_past(session: Session, today: date) -> int:
    """Count a slice of the records that were last counted with an earlier day; returns how many there were."""
    past = session.execute(
        text(
            "SELECT official_id FROM quality_score WHERE checked_on < :today ORDER BY checked_on LIMIT :most"
        ),
        {"today": today, "most": SLICE},
    ).scalars()
    return refresh(session, list(past), today)


# The worker


def work(engine: Engine, settings: Settings, _job: Taken) -> None:
    """The queued job: everything that is due, a transaction a slice."""
    _until_done(engine, settings)


def turn(engine: Engine, settings: Settings) -> None:
    """What each minute asks for: records left due, and with a new day all of them."""
    _until_done(engine, settings)
    today = settings.today_or_now()
    while True:
        with transaction(engine) as session:
            if refresh_past(session, today) < SLICE:
                return


def _until_done(engine: Engine, settings: Settings) -> None:
    while True:
        with transaction(engine) as session:
            if refresh_due(session, settings.today_or_now()) < SLICE:
                return
