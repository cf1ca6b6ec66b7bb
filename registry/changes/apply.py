"""Applying a change: close what it replaces, put in what it brings, by sets, one way for one row or for a hundred thousand.

For kinds that admit one fact at a time, a new fact takes its period from whatever was believed there: an open end
reaches to the next known start, and the parts of older facts outside the new period stay believed.
"""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from registry.changes.models import Change
from registry.changes.queries import DIGEST
from registry.db import send, tell
from registry.errors import Conflict, Stale
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Kind
from registry.words import Words

STALE_TARGET = Words(
    "Có mục đã được thay bởi một đề nghị khác. Trả lại để lập lại trên dữ liệu mới.",
    "A fact was replaced by another change meanwhile. Return this one to be made anew.",
)

NUMBER_TAKEN = Words(
    "Số định danh này đã có hồ sơ trong hệ thống.", "A record with this personal number exists already."
)


@dataclass(frozen=True)
class Plan:
    """What a change touches: `officials` by id (held for update), and of each kind of fact (name, number of facts it
    closes by name, whether rows come in, whether some of their persons were on the registry before). `gone`: how many
    persons who should be on the registry are not within the actor's units any more."""

    officials: list[int]
    registers: bool
    kinds: list[tuple[Kind, int, bool, bool]]
    gone: int = 0


def hold(session: Session, change_id: int) -> Plan:
    """Lock the officials in order of id, so that two approvals never wait for each other in a circle."""
    row = send(
        session,
        """WITH touched AS MATERIALIZED (SELECT official_id, bool_or(action = 'register') AS new
                FROM change_operation WHERE change_id = :change GROUP BY official_id),
            held AS MATERIALIZED (SELECT id FROM official WHERE id IN (SELECT official_id FROM touched)
                ORDER BY id FOR UPDATE)
            SELECT (SELECT count(*) FROM touched WHERE NOT new) - (SELECT count(*) FROM held JOIN touched ON official_id = id
                    WHERE NOT new) AS gone,
                (SELECT array_agg(official_id ORDER BY official_id) FROM touched) AS officials,
                (SELECT bool_or(new) FROM touched) AS registers,
                (SELECT json_agg(k) FROM (
                    SELECT kind, count(*) FILTER (WHERE fact_id IS NOT NULL AND action <> 'restore') AS targets,
                        bool_or(action <> 'withdraw') AS enters,
                        bool_or(official_id NOT IN (SELECT official_id FROM touched WHERE new)) AS meets
                    FROM change_operation WHERE change_id = :change GROUP BY kind ORDER BY kind) k) AS kinds""",
        change=change_id,
    ).first()
    assert row is not None
    kinds = [(FACTS[one["kind"]], one["targets"], one["enters"], one["meets"]) for one in row.kinds or ()]
    return Plan(row.officials or [], bool(row.registers), kinds, row.gone)


def out_of_reach(persons: int) -> Conflict:
    """Some of the persons of a change have moved to where its actor has no right, or were withdrawn."""
    return Conflict(
        Words(
            f"{persons} người trong đề nghị này nay ngoài phạm vi của bạn hoặc đã rút khỏi sổ. Lập lại đề nghị không có họ.",
            f"{persons} persons of this change are outside your units or withdrawn by now. Make it anew without them.",
        ),
        "out_of_reach",
    )


def mark(session: Session, change: Change) -> tuple[str, datetime]:
    """What was held gets its next version. Returns the digest of the change over the versions before, and the recorded
    moment, of the database's own clock."""
    row = send(
        session,
        f"""WITH altered AS (UPDATE official SET version = version + 1
                WHERE id IN (SELECT official_id FROM change_operation WHERE change_id = :id))
            SELECT {DIGEST} AS digest, clock_timestamp() AS at""",
        decision=change.decision_id,
        id=change.id,
    ).first()
    assert row is not None
    return row.digest, row.at


def apply(session: Session, change_id: int, plan: Plan, at: datetime, today: date) -> None:
    """Apply every operation of a change, all or nothing, and refresh the present rows; `at` is the moment that
    `mark` gave.

    Raises Stale when a target was closed meanwhile, Conflict when a constraint of the database is broken.
    """
    try:
        if plan.registers:
            _register(session, change_id)
        for kind, targets, enters, meets in plan.kinds:
            _apply_kind(session, kind, change_id, at, targets, enters, meets)
    except sa.exc.IntegrityError as error:
        raise conflict_of(error) from error
    send(
        session,
        "SELECT registry_refresh_current(CAST(:officials AS bigint[]), :today)",
        officials=plan.officials,
        today=today,
    )


def _register(session: Session, change_id: int) -> None:
    """Registry identities of new persons; a number whose facts were all withdrawn comes back to its identity.

    An identity that somebody else brought back first is taken: pk_official says so.
    """
    send(session, "SELECT registry_revive(:change)", change=change_id)
    send(
        session,
        """INSERT INTO official (id, personal_id, staff_code, change_id)
            SELECT o.official_id, o.fields->>'personal_id', o.fields->>'staff_code', o.change_id
            FROM change_operation o WHERE o.change_id = :change AND o.action = 'register'
                AND NOT EXISTS (SELECT FROM official p WHERE p.id = o.official_id AND p.change_id = o.change_id)
            ORDER BY o.seq""",
        change=change_id,
    )
    # Whoever was on the registry before is held, the others are of this change now: nobody is out of sight, and app.applying
    # spares the facts' policies the question, a row at a time, by the hundred thousand.
    tell(session, applying=change_id)


def _apply_kind(
    session: Session, kind: Kind, change_id: int, at: datetime, targets: int, enters: bool, meets: bool
) -> None:
    """`meets`: some of the persons were on the registry before, so that there may be facts to displace."""
    if targets and send(session, _close_targets(kind), change=change_id, at=at).rowcount != targets:
        raise Stale(STALE_TARGET, "stale_target")
    if enters:
        send(session, _enter(kind, meets), change=change_id, at=at)


# The statements of a kind, made once from its declaration


def _record_type(kind: Kind) -> str:
    """Column definitions for jsonb_to_record: the fields with their SQL types."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return ", ".join(f"{name} {kind.table.c[name].type.compile(dialect)}" for name in kind.columns())


def _brought(kind: Kind) -> str:
    """The rows a change brings for a kind, as the operations say."""
    return f"""SELECT o.seq, o.official_id, o.fact_id, o.decision_id, o.valid_from, o.valid_from_precision,
            o.valid_to, o.valid_to_precision, r.*
        FROM change_operation o, jsonb_to_record(o.fields) AS r({_record_type(kind)})
        WHERE o.change_id = :change AND o.kind = '{kind.name}' AND o.action <> 'withdraw'"""


def _with_incoming(kind: Kind, meets: bool = True) -> str:
    """WITH clause of the rows brought; open ends are cut at the next known start where one holds at a time.

    Known starts: the change's own rows, and (`meets`) facts believed before them but for those closed by name; a person
    registered by the change has none of those.
    """
    if kind.exclusive is None:
        return f"WITH incoming AS (SELECT b.*, b.valid_to AS valid_until FROM ({_brought(kind)}) b)"
    same = "".join(f" AND x.{key} = b.{key}" for key in kind.exclusive)
    only_x = f" AND x.{kind.exclusive_when}" if kind.exclusive_when else ""
    only_b = f"b.{kind.exclusive_when}" if kind.exclusive_when else "true"
    following = (
        "b.next_brought"
        if not meets
        else f"""least(b.next_brought, CASE WHEN b.official_id NOT IN (
                SELECT official_id FROM change_operation WHERE change_id = :change AND action = 'register')
            THEN (SELECT min(x.valid_from) FROM fact_{kind.name} x WHERE x.official_id = b.official_id{same}{only_x}
                AND x.valid_from > b.valid_from AND x.recorded_to IS NULL) END)"""
    )
    # A window, not a join of the rows with themselves: an import brings tens of thousands.
    keys = "".join(f", b.{key}" for key in kind.exclusive)
    filtered = f" FILTER (WHERE b.{kind.exclusive_when})" if kind.exclusive_when else ""
    return f"""WITH brought AS MATERIALIZED (
            SELECT b.*, min(b.valid_from){filtered} OVER (PARTITION BY b.official_id{keys} ORDER BY b.valid_from
                RANGE BETWEEN INTERVAL '1 day' FOLLOWING AND UNBOUNDED FOLLOWING) AS next_brought
            FROM ({_brought(kind)}) b),
        incoming AS MATERIALIZED (
            SELECT b.*, coalesce(b.valid_to, CASE WHEN {only_b} THEN {following} END) AS valid_until FROM brought b)"""


@cache
def _close_targets(kind: Kind) -> str:
    return f"""UPDATE fact_{kind.name} f SET recorded_to = :at, closed_by = :change
        FROM change_operation o WHERE o.change_id = :change AND o.kind = '{kind.name}' AND o.fact_id = f.id
            AND o.action <> 'restore' AND f.official_id = o.official_id AND f.recorded_to IS NULL"""


def _displace(kind: Kind) -> str:
    """WITH clauses that close what the incoming rows displace, and keep its parts outside the new periods.

    An edge that moved takes the precision of a day. All of it looks at the facts as they were before the statement.
    """
    same = "".join(f" AND f.{key} = i.{key}" for key in kind.exclusive or ())
    main = f" AND i.{kind.exclusive_when}" if kind.exclusive_when else ""
    both = f" AND f.{kind.exclusive_when}{main}" if kind.exclusive_when else ""
    fields = ", ".join(f"f.{name}" for name in kind.columns())
    return f""",
        closed AS (UPDATE fact_{kind.name} f SET recorded_to = :at, closed_by = :change
            FROM (SELECT DISTINCT f.id FROM incoming i JOIN fact_{kind.name} f ON f.official_id = i.official_id
                AND f.recorded_to IS NULL{same}{both}
                AND daterange(f.valid_from, f.valid_to) && daterange(i.valid_from, i.valid_until)) d
            WHERE f.id = d.id RETURNING f.*),
        kept AS (INSERT INTO fact_{kind.name} {_into(kind)}
            SELECT f.official_id, lower(part), CASE WHEN lower(part) = f.valid_from THEN f.valid_from_precision ELSE 'day' END,
                upper(part), CASE WHEN upper(part) IS NOT DISTINCT FROM f.valid_to THEN f.valid_to_precision ELSE 'day' END,
                :at, f.decision_id, :change, f.id, {fields}
            FROM closed f CROSS JOIN LATERAL unnest(datemultirange(daterange(f.valid_from, f.valid_to)) - (
                SELECT range_agg(daterange(i.valid_from, i.valid_until)) FROM incoming i
                WHERE i.official_id = f.official_id{same}{main})) AS part)"""


def _entered_value(kind: Kind, name: str) -> str:
    """What an operation says of a column, else its default: it may be older than the column."""
    default = kind.table.c[name].server_default
    said = f"i.{name}"
    return f"coalesce({said}, {default.arg})" if isinstance(default, sa.DefaultClause) else said


@cache
def _enter(kind: Kind, meets: bool) -> str:
    """Put the rows in. Where one fact holds at a time, older ones are out of the way first: the count of what was closed
    is asked for, since the exclusion constraint looks at each row as it comes."""
    displaces = kind.exclusive is not None and meets
    fields = ", ".join(_entered_value(kind, name) for name in kind.columns())
    return f"""{_with_incoming(kind, meets)}{_displace(kind) if displaces else ""}
        INSERT INTO fact_{kind.name} {_into(kind)}
        SELECT i.official_id, i.valid_from, i.valid_from_precision, i.valid_until, i.valid_to_precision,
            :at, i.decision_id, :change, i.fact_id, {fields}
        FROM incoming i {"WHERE (SELECT count(*) FROM closed) >= 0" if displaces else ""} ORDER BY i.seq"""


def _into(kind: Kind) -> str:
    return f"""(official_id, valid_from, valid_from_precision, valid_to, valid_to_precision,
            recorded_from, decision_id, change_id, supersedes, {", ".join(kind.columns())})"""


# Broken constraints in words


def conflict_of(error: sa.exc.IntegrityError) -> Conflict:
    """The sentence for a broken constraint, by its name; never the database's own text, which may quote data."""
    diag = getattr(error.orig, "diag", None)
    name = (diag.constraint_name if diag else None) or ""
    for kind in FACTS.values():
        if name == f"ex_fact_{kind.name}_one_at_a_time":
            return Conflict(
                Words(f"{kind.label.vi}: hai mục chồng thời gian.", f"{kind.label.en}: two facts overlap."),
                name,
            )
        for check, _, words in kind.checks:
            if name == f"ck_fact_{kind.name}_{check}":
                return Conflict(words, name)
    if name in ("pk_official", "uq_official_personal_id", "uq_official_current_personal_id"):
        return Conflict(NUMBER_TAKEN, "personal_id_taken")
    if name in ("uq_official_staff_code", "uq_official_current_staff_code"):
        return Conflict(
            Words("Số hiệu này đã có người mang.", "This staff code is taken."), "staff_code_taken"
        )
    return Conflict(
        Words(
            "Nội dung trái với một ràng buộc của sổ đăng ký, nên không ghi gì cả.",
            "The content breaks a rule of the registry, so nothing was written.",
        ),
        name or "constraint",
    )
