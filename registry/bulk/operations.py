"""From accepted rows to the operations of one change, by sets: the same that a form would have sent."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.bulk.sheet import CONTRACT_KEY
from registry.bulk.staging import CONTRACT_WORD


def enter_papers(session: Session, import_id: int) -> list[int]:
    """Enter each paper that the rows name, once, in the order of the rows; returns their ids."""
    return list(
        session.execute(
            text("""
        INSERT INTO decision (number, issued_on, effective_on)
        SELECT number, issued_on, issued_on FROM (
            SELECT number, issued_on, min(row) AS row FROM (
                SELECT decision_number AS number, issued_on, row FROM import_new WHERE import_id = :import
                UNION ALL SELECT decision_number, issued_on, row FROM import_planned WHERE import_id =
                    :import) named
            GROUP BY number, issued_on) papers
        ORDER BY row RETURNING id"""),
            {"import": import_id},
        ).scalars()
    )


_INTO = """INSERT INTO change_operation (change_id, seq, action, official_id, kind, fact_id, decision_id,
valid_from,
    valid_from_precision, valid_to, valid_to_precision, fields, said) """

# A sequence number is the sheet's row and the fact's place within it, so the change reads like the sheet.
_NEW = f"""{_INTO}
    WITH dormant AS MATERIALIZED (SELECT * FROM registry_dormant(
        (SELECT array_agg(personal_id) FROM import_new WHERE import_id = :import))),
    person AS MATERIALIZED (
        SELECT n.*, d.id AS decision_id,
            coalesce(r.official_id, nextval((SELECT pg_get_serial_sequence('official', 'id'))::regclass)) AS official_id
        FROM import_new n JOIN decision d ON d.id = ANY (:papers) AND d.number = n.decision_number
            AND d.issued_on = n.issued_on
        LEFT JOIN dormant r ON r.number = n.personal_id
        WHERE n.import_id = :import)
    SELECT :change, p.row * 10 + o.place, o.action, p.official_id, o.kind, NULL, p.decision_id, o.valid_from,
        o.precision, NULL, 'day', o.fields, NULL
    FROM person p CROSS JOIN LATERAL (VALUES
        (1, 'register', 'identity', p.birth_date, 'day', jsonb_build_object('full_name', p.full_name,
            'birth_date', p.birth_date, 'birth_date_precision', p.birth_date_precision, 'sex', p.sex,
            'native_place', p.native_place, 'ethnic_group', p.ethnic_group, 'religion', p.religion,
            'personal_id', p.personal_id, 'staff_code', p.staff_code)),
        (2, 'record', 'status', p.recruited_on, p.recruited_on_precision, jsonb_build_object('status',
        'dang_lam_viec',
            'category', CASE p.category WHEN '{CONTRACT_WORD}' THEN '{CONTRACT_KEY}' ELSE p.category END)),
        (4, 'record', 'appointment', p.recruited_on, p.recruited_on_precision, jsonb_build_object(
            'organization_id', p.organization_id, 'position', p.position, 'job_position', p.job_position,
            'is_main', true)),
        (5, 'record', 'salary', p.paid_from, p.paid_from_precision, jsonb_build_object('rank', p.rank,
        'step', p.step,
            'coefficient', p.coefficient::text, 'pay_percent', 100, 'overrun_percent', 0,
            'reserve_coefficient', '0')),
        (6, 'record', 'qualification', CASE WHEN p.education IS NOT NULL THEN p.recruited_on END,
            p.recruited_on_precision, jsonb_build_object('level', p.education)),
        (7, 'record', 'political_theory', CASE WHEN p.political_theory IS NOT NULL THEN p.recruited_on END,
            p.recruited_on_precision, jsonb_build_object('level', p.political_theory)),
        (8, 'record', 'party', p.joined_on, p.joined_on_precision, jsonb_build_object('joined_on',
        p.joined_on,
            'joined_on_precision', p.joined_on_precision))
    ) AS o(place, action, kind, valid_from, precision, fields)
    WHERE o.valid_from IS NOT NULL"""

_PLANNED = f"""{_INTO}
    SELECT :change, p.row * 10 + p.place, p.action, p.official_id, p.kind, p.fact_id, d.id, p.valid_from,
        p.valid_from_precision, p.valid_to, p.valid_to_precision, p.fields, p.said
    FROM import_planned p JOIN decision d ON d.id = ANY (:papers) AND d.number = p.decision_number
        AND d.issued_on = p.issued_on
    WHERE p.import_id = :import"""


def put_operations(session: Session, import_id: int, change_id: int, papers: list[int]) -> None:
    """Put the operations of new and of changed persons into a draft; `papers` are the decisions just entered.

    A number that came to nothing before (an undone import) gets its old identity back.
    """
    parameters: dict[str, Any] = {"import": import_id, "change": change_id, "papers": papers}
    session.execute(text(_NEW), parameters)
    session.execute(text(_PLANNED), parameters)
