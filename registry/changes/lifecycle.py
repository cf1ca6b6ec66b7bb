"""What a change does to the lifecycle of its people: each status it records against the one before and after it, each
appointment against the status of its day. One statement for a change, and none when it has neither.
"""

from collections.abc import Collection
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.changes.models import Change
from registry.db import send
from registry.law.lifecycle import FIRST, Asked, Machine, get_machine
from registry.words import Words

KINDS = frozenset({"status", "appointment"})
Found = tuple[str, str, str, Words]
"""(path, code, severity, sentence)."""

# Statuses of people as they will be: those the change records, and believed facts it does not replace. Asked for by person
# and never as a whole: each of ten thousand people would else look through the statuses of all.
_STATUSES = """
    SELECT p.fields->>'status' AS status, p.fields->>'category' AS category, p.valid_from, p.valid_to,
        p.fields->>'recruitment_mode' AS recruitment_mode, p.seq, p.official_id
    FROM change_operation p WHERE p.change_id = :change AND p.kind = 'status' AND p.action IN ('record', 'correct')
    UNION ALL
    SELECT f.status, f.category, f.valid_from, f.valid_to, f.recruitment_mode, NULL, f.official_id
    FROM fact_status f
    WHERE f.closed_by IS NULL AND f.id NOT IN (SELECT t.fact_id FROM change_operation t
            WHERE t.change_id = :change AND t.kind = 'status' AND t.fact_id IS NOT NULL)
"""
_OPERATIONS = f"""
    WITH statuses AS NOT MATERIALIZED ({_STATUSES})
    SELECT o.seq, o.kind, o.valid_from, o.valid_to, o.fields->>'status' AS status, o.fields->>'category' AS category,
        o.fields->>'recruitment_mode' AS recruitment_mode, o.fields->>'event' AS event, d.basis,
        coalesce(c.full_name, g.fields->>'full_name', '') AS full_name, r.retire_on,
        b.status AS before, b.category AS was, b.valid_from AS began, b.covers, o.action, n.status AS after, n.category AS after_category,
        coalesce(o.valid_to, n.valid_from) AS after_on, n.valid_to AS after_until,
        n.recruitment_mode AS after_mode,
        EXISTS (SELECT 1 FROM change_operation a WHERE a.change_id = o.change_id AND a.official_id = o.official_id
                AND a.kind = 'appointment' AND a.action IN ('record', 'correct') AND a.valid_from >= b.valid_from)
            OR EXISTS (SELECT 1 FROM fact_appointment a WHERE a.official_id = o.official_id AND a.is_main
                AND a.closed_by IS NULL AND a.valid_from >= b.valid_from) AS received
    FROM change_operation o JOIN decision d ON d.id = o.decision_id
    LEFT JOIN official_current c ON c.official_id = o.official_id
    LEFT JOIN change_operation g ON g.change_id = o.change_id AND g.official_id = o.official_id AND g.action = 'register'
    LEFT JOIN law_retirement r ON r.sex = coalesce(c.sex, g.fields->>'sex')
        AND r.birth_month = date_trunc('month', coalesce(c.birth_date, (g.fields->>'birth_date')::date))::date
    LEFT JOIN LATERAL (
        SELECT s.status, s.category, s.valid_from,
            s.valid_from <= o.valid_from AND (s.valid_to IS NULL OR s.valid_to > o.valid_from) AS covers
        FROM statuses s WHERE s.official_id = o.official_id AND s.seq IS DISTINCT FROM o.seq
            AND s.valid_from < o.valid_from + (o.kind = 'appointment')::int
        ORDER BY (s.valid_to IS NULL OR s.valid_to >= o.valid_from) DESC, s.valid_from DESC, s.seq NULLS LAST LIMIT 1) b
        ON true
    LEFT JOIN LATERAL (
        SELECT s.* FROM statuses s
        WHERE o.kind = 'status' AND s.official_id = o.official_id AND s.seq IS DISTINCT FROM o.seq
            AND CASE WHEN o.valid_to IS NULL THEN s.valid_from > o.valid_from
                ELSE s.valid_from <= o.valid_to AND (s.valid_to IS NULL OR s.valid_to > o.valid_to) END
        ORDER BY CASE WHEN o.valid_to IS NULL THEN s.valid_from END, (s.seq IS NULL) LIMIT 1) n ON n.seq IS NULL
    WHERE o.change_id = :change AND o.kind IN ('status', 'appointment') AND o.action IN ('record', 'correct')
        AND o.valid_from IS NOT NULL
    ORDER BY o.seq
"""


def findings(session: Session, change: Change, kinds: Collection[str]) -> list[Found]:
    """The rules of the lifecycle that the content of a change breaks; none for one that is decided."""
    if change.status == "approved" or not KINDS & set(kinds):
        return []
    machine = get_machine(session)
    advancing = {
        one.key
        for one in lists.items(session, "appointment_kinds")
        if one.extra.get("not_under_review") == "yes"
    }
    found: list[Found] = []
    for row in send(session, _OPERATIONS, change=change.id):
        if row.kind == "appointment":
            if row.event in advancing and row.covers and row.before in machine.under_review:
                found.append(_under_review(machine, row))
        else:
            found += _status(machine, row)
    return found


def _status(machine: Machine, row: Any) -> list[Found]:
    """What a recorded status breaks; a correction puts right what was written, so its category is no change of category."""
    asked = Asked(
        row.before or FIRST,
        row.status,
        row.category or "",
        row.valid_from,
        row.valid_to,
        row.began,
        row.basis,
        row.recruitment_mode,
        row.retire_on,
        row.received,
        (row.was or "") if row.action == "record" else "",
    )
    path = f"operations/{row.seq}/status"
    found = [
        (path, one.rule.key, one.severity, _named(row.full_name, one.words)) for one in machine.broken(asked)
    ]
    if row.after is None or found:
        return found
    following = Asked(
        row.status,
        row.after,
        row.after_category or "",
        row.after_on,
        row.after_until,
        row.valid_from,
        recruitment_mode=row.after_mode,
        retires_on=row.retire_on,
        received=True,
    )
    return [
        (path, one.rule.key, one.severity, _named(row.full_name, _afterwards(one.words, row.after_on)))
        for one in machine.broken(following)
    ]


def _named(name: str, words: Words) -> Words:
    return Words(f"{name}: {words.vi}", f"{name}: {words.en}")


def _afterwards(words: Words, on: date) -> Words:
    day = on.strftime("%d/%m/%Y")
    return Words(
        f"tình trạng kế tiếp từ {day} không còn hợp lệ. {words.vi}",
        f"the status that follows on {day} would no longer be allowed. {words.en}",
    )


def _under_review(machine: Machine, row: Any) -> Found:
    rule, status = machine.rule("not_under_review"), machine.name(row.before)
    words = Words(
        f"{rule.name.vi}: người này “{status.vi}”.", f"{rule.name.en}: the person is “{status.en}”."
    )
    return f"operations/{row.seq}/event", rule.key, "error", _named(row.full_name, words)
