"""Beside a record: its milestones, counts for filters, what changes altered."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.errors import not_found
from registry.officials.facts import FACTS
from registry.officials.queries import ListQuery, _believed, _conditions, visible_fields
from registry.periods import AsOf

TURNING_KINDS = ("status", "appointment", "salary", "allowance")
"""Kinds whose beginnings and ends are the milestones of a career."""
FACETS = ("category", "rank", "status")
COUNTED_AT_MOST = 20_000


@dataclass(frozen=True)
class Milestones:
    """The nearest days before and after a day on which a career turned or will turn, as recorded then."""

    before: date | None
    after: date | None


def milestones(session: Session, official_id: int, as_of: AsOf) -> Milestones:
    """The milestones around `as_of.on`."""
    believed = _believed("f", as_of.known_at is not None)
    days = " UNION ALL ".join(
        f"SELECT unnest(ARRAY[f.valid_from, f.valid_to]) AS day FROM fact_{kind} f"
        f" WHERE f.official_id = :official AND {believed}"
        for kind in TURNING_KINDS
    )
    row = session.execute(
        text(f"""SELECT max(day) FILTER (WHERE day < :on) AS before,
                    min(day) FILTER (WHERE day > :on) AS after FROM ({days}) d"""),
        {"official": official_id, "on": as_of.on} | ({"known": as_of.known_at} if as_of.known_at else {}),
    ).one()
    return Milestones(row.before, row.after)


def facets(session: Session, query: ListQuery) -> dict[str, dict[str, int]]:
    """How many people each choice of a filter shows, other facets' choices applied: {facet: {key: people}}.

    Counted today and for lists of up to COUNTED_AT_MOST people; empty where that would cost too much.
    """
    if query.as_of != AsOf(query.today):
        return {}
    bare = {name: keys for name, keys in query.codes.items() if name not in FACETS}
    source, where, parameters = _conditions(session, _with_codes(query, bare))
    chosen = {name: list(query.codes.get(name, ())) for name in FACETS}
    parts = []
    for facet in FACETS:
        others = [f"{name} = ANY (:only_{name})" for name in FACETS if name != facet and chosen[name]]
        parts.append(
            f"SELECT '{facet}' AS facet, {facet} AS key, count(*) AS people FROM people"
            f" WHERE {' AND '.join([f'{facet} IS NOT NULL', *others])} GROUP BY {facet}"
        )
    rows = session.execute(
        text(f"""WITH people AS MATERIALIZED (SELECT c.category, c.rank, c.status FROM {source} c
                     WHERE {" AND ".join(where) or "true"} LIMIT {COUNTED_AT_MOST + 1})
                 {" UNION ALL ".join(parts)} UNION ALL SELECT '', '', count(*) FROM people"""),
        parameters | {f"only_{name}": keys for name, keys in chosen.items() if keys},
    ).all()
    if any(row.facet == "" and row.people > COUNTED_AT_MOST for row in rows):
        return {}
    found: dict[str, dict[str, int]] = {name: {} for name in FACETS}
    for row in rows:
        if row.facet:
            found[row.facet][row.key] = row.people
    return found


def _with_codes(query: ListQuery, codes: dict[str, tuple[str, ...]]) -> ListQuery:
    return ListQuery(
        query.as_of,
        query.today,
        query.q,
        query.organization,
        query.subtree,
        codes,
        query.next_step_before,
        query.retirement_before,
        term_ends_before=query.term_ends_before,
        unevaluated_year=query.unevaluated_year,
    )


def altered(
    session: Session, official_id: int, fact_ids: list[int], classes: frozenset[Sensitivity]
) -> dict[int, dict[str, Any]]:
    """Facts of one official by id, with their stored columns, believed or not, as a history shows them.

    Each is {kind, fact: {columns}, decision: {id, number, issued_on, title}}; columns the reader may see.
    """
    found: dict[int, dict[str, Any]] = {}
    if not fact_ids:
        return found
    own = (
        "id",
        "valid_from",
        "valid_from_precision",
        "valid_to",
        "valid_to_precision",
        "recorded_from",
        "supersedes",
    )
    parts = []
    for kind in FACTS.values():
        seen = visible_fields(kind, classes)
        if seen:
            columns = [*own, *(column for one in seen for column in one.stored_in)]
            pairs = ", ".join(f"'{name}', f.{name}" for name in columns)
            parts.append(
                f"SELECT '{kind.name}' AS kind, f.id, f.decision_id, jsonb_build_object({pairs}) AS fact"
                f" FROM fact_{kind.name} f WHERE f.official_id = :official AND f.id = ANY (:ids)"
            )
    rows = session.execute(
        text(f"""SELECT t.kind, t.id, t.fact, d.uid::text AS decision, d.number, d.issued_on, d.title
                 FROM ({" UNION ALL ".join(parts)}) t JOIN decision d ON d.id = t.decision_id"""),
        {"official": official_id, "ids": fact_ids},
    )
    for row in rows:
        found[row.id] = {
            "kind": row.kind,
            "fact": row.fact,
            "decision": {
                "id": row.decision,
                "number": row.number,
                "issued_on": row.issued_on,
                "title": row.title,
            },
        }
    return found


def unit_names(session: Session, ids: set[int]) -> dict[int, str]:
    """The newest name of each unit, by id."""
    if not ids:
        return {}
    rows = session.execute(
        text("""SELECT DISTINCT ON (organization_id) organization_id, name FROM organization_version
                WHERE organization_id = ANY (:ids) AND recorded_to IS NULL
                ORDER BY organization_id, valid_from DESC"""),
        {"ids": sorted(ids)},
    )
    return {row.organization_id: row.name for row in rows}


@dataclass(frozen=True)
class Paper:
    """A decision as far as one official is concerned, with the believed facts that rest on it."""

    uid: str
    number: str
    issued_on: date
    effective_on: date | None
    issuer: str
    signer: str
    title: str
    basis: str
    file: str | None
    facts: tuple[int, ...]


def get_paper(session: Session, official_id: int, decision: str, classes: frozenset[Sensitivity]) -> Paper:
    """A decision on which facts of this official rest; NotFound when none that the reader may see does."""
    try:
        wanted = str(UUID(decision))
    except ValueError:
        raise not_found() from None
    resting = " UNION ALL ".join(
        f"SELECT f.id FROM fact_{kind.name} f WHERE f.official_id = :official"
        f" AND f.decision_id = d.id AND f.recorded_to IS NULL"
        for kind in FACTS.values()
        if visible_fields(kind, classes)
    )
    row = session.execute(
        text(f"""SELECT d.uid::text AS uid, d.number, d.issued_on, d.effective_on, d.issuer, d.signer,
                    d.title, d.basis, x.uid::text AS file, ARRAY({resting}) AS facts
                 FROM decision d LEFT JOIN file x ON x.id = d.file_id WHERE d.uid = :decision"""),
        {"official": official_id, "decision": wanted},
    ).one_or_none()
    if row is None or not row.facts:
        raise not_found()
    return Paper(
        row.uid,
        row.number,
        row.issued_on,
        row.effective_on,
        row.issuer,
        row.signer,
        row.title,
        row.basis,
        row.file,
        tuple(row.facts),
    )
