"""What disciplinary measures have to do with a change: advancement while one bars it, and a removal from office that leaves
the person in the post. One statement for a change that could concern them, none for others.

Law on cadres and public employees; Law on public employees; Decrees 172/2025 and 234/2026/NĐ-CP.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.changes.lifecycle import Found
from registry.changes.models import Change
from registry.db import send
from registry.law.why import vn
from registry.words import Words

KINDS = frozenset({"appointment", "planning", "discipline"})
REMOVED = "cach_chuc"

# Measures that bar advancement on the day of an operation of the change: believed ones, and those the change brings itself.
_BARRED = """
    WITH measures AS MATERIALIZED (
        SELECT f.official_id, f.form, f.valid_from, f.promotion_block_months AS months FROM fact_discipline f
        WHERE f.recorded_to IS NULL AND f.official_id IN (SELECT official_id FROM change_operation WHERE change_id = :change)
            AND f.id NOT IN (SELECT t.fact_id FROM change_operation t
                WHERE t.change_id = :change AND t.kind = 'discipline' AND t.fact_id IS NOT NULL)
        UNION ALL
        SELECT p.official_id, p.fields->>'form', p.valid_from, (p.fields->>'promotion_block_months')::int
        FROM change_operation p WHERE p.change_id = :change AND p.kind = 'discipline' AND p.action IN ('record', 'correct'))
    SELECT o.seq, o.kind, 'promotion_blocked' AS code, c.full_name, m.form, m.valid_from,
        (m.valid_from + make_interval(months => m.months))::date AS until, NULL AS post
    FROM change_operation o JOIN measures m ON m.official_id = o.official_id
        AND o.valid_from >= m.valid_from AND o.valid_from < m.valid_from + make_interval(months => m.months)
    LEFT JOIN official_current c ON c.official_id = o.official_id
    WHERE o.change_id = :change AND o.action = 'record'
        AND (o.kind = 'planning' OR o.kind = 'appointment' AND o.fields->>'event' = ANY (:advancing))
    UNION ALL
    SELECT o.seq, o.kind, 'post_not_ended', c.full_name, o.fields->>'form', o.valid_from, NULL, a.position
    FROM change_operation o JOIN fact_appointment a ON a.official_id = o.official_id AND a.recorded_to IS NULL
        AND a.position IS NOT NULL AND a.valid_from <= o.valid_from AND (a.valid_to IS NULL OR a.valid_to > o.valid_from)
    LEFT JOIN official_current c ON c.official_id = o.official_id
    WHERE o.change_id = :change AND o.kind = 'discipline' AND o.action = 'record' AND o.fields->>'form' = :removed
        AND NOT EXISTS (SELECT 1 FROM change_operation e WHERE e.change_id = :change AND e.official_id = o.official_id
            AND e.kind = 'appointment' AND (e.fact_id = a.id OR e.action = 'record' AND e.valid_from <= o.valid_from
                AND a.is_main))
    ORDER BY 1, 3, 6
"""


def findings(session: Session, change: Change, kinds: Collection[str]) -> list[Found]:
    """Advancement that a measure bars, and removals that end no post: to look at, with the day; none once decided."""
    if change.status == "approved" or not KINDS & set(kinds):
        return []
    advancing = [
        one.key
        for one in lists.items(session, "appointment_kinds")
        if one.extra.get("leading") == one.extra.get("not_under_review") == "yes"
    ]
    rows = send(session, _BARRED, change=change.id, advancing=advancing, removed=REMOVED)
    return [_barred(session, row) if row.code == "promotion_blocked" else _left(session, row) for row in rows]


def _barred(session: Session, row: Any) -> Found:
    form = lists.label(session, "discipline_forms", row.form)
    words = Words(
        f"{row.full_name}: đang trong thời hạn không quy hoạch, bổ nhiệm do “{form}” từ {vn(row.valid_from)}, đến hết"
        f" {vn(row.until)}. Kiểm tra trước khi quyết định.",
        f"{row.full_name}: “{form}” of {row.valid_from} bars planning and promotion until {row.until}. Check before deciding.",
    )
    return f"operations/{row.seq}/valid_from", "promotion_blocked", "warning", words


def _left(session: Session, row: Any) -> Found:
    post = lists.label(session, "position_titles", row.post)
    words = Words(
        f"{row.full_name}: cách chức nhưng vẫn giữ chức vụ “{post}”. Thêm việc thôi giữ chức vụ vào cùng quyết định.",
        f"{row.full_name}: removed from office, but still holds “{post}”. End the post with the same decision.",
    )
    return f"operations/{row.seq}/form", "post_not_ended", "warning", words
