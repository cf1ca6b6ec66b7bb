"""Reading officials: one record in one statement, lists by key, history, readers. Every read takes both clocks."""

import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.audit import log
from registry.cursors import read_cursor, read_moment, unusable, write_cursor
from registry.db import ask, pass_on, send
from registry.errors import Flaw, Forbidden, Invalid, not_found
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind
from registry.periods import AsOf
from registry.texts import composed
from registry.words import Words

COUNT_STOPS_AT = 1000
FEW_NAMES = 2000


@dataclass(frozen=True)
class Key:
    """How an official was named in a request, resolved within the reader's scope."""

    id: int
    uid: UUID
    org_ord: int
    version: int


_NAMES = {"uid": "uuid", "personal_id": "text"}
_KEYS = {
    column: f"""SELECT c.official_id, c.uid, c.org_ord, o.version, registry_open(c.official_id)
        FROM official_current c JOIN official o ON o.id = c.official_id WHERE c.{column} = $1::{cast}"""
    for column, cast in _NAMES.items()
}


def get_key(session: Session, named: str) -> Key:
    """Resolve a registry id (uuid) or a 12-digit personal number; NotFound when absent or out of scope.

    Whom the reader sees is opened with that, which spares the facts' policies the question.
    """
    row = ask(session, _KEYS[_column_of(named)], [named]).first()
    if row is None:
        raise not_found()
    return Key(*row[:4])


def _column_of(named: str) -> str:
    """By what somebody is named; NotFound when by nothing that anybody has."""
    if named.isascii() and named.isdigit() and len(named) == 12:
        return "personal_id"
    try:
        UUID(named)
    except ValueError:
        raise not_found() from None
    return "uid"


# The record


def _partial(name: str, precision: str) -> str:
    return (
        f"CASE WHEN {precision} = 'day' OR {name} IS NULL THEN to_json({name})"
        f" ELSE json_build_object('date', {name}, 'precision', {precision}) END"
    )


def _json_value(one: Field, known: bool) -> str:
    column = f"f.{one.stored_in[0]}"
    match one.type:
        case "partial_date":
            return _partial(column, f"f.{one.name}_precision")
        case "decimal":
            return f"{column}::text"
        case "unit":
            return (
                f"(SELECT json_build_object('code', u.code, 'name', (SELECT v.name FROM organization_version v"
                f" WHERE v.organization_id = u.id AND {_version_believed(known)}"
                f" AND v.valid_from <= least(:on, coalesce(f.valid_to - 1, :on))"
                f" AND (v.valid_to IS NULL OR v.valid_to > least(:on, coalesce(f.valid_to - 1, :on)))"
                f" ORDER BY v.valid_from DESC LIMIT 1)) FROM organization u WHERE u.id = {column})"
            )
        case _:
            return column


def _version_believed(known: bool) -> str:
    return _believed("v", True) if known else "v.recorded_to IS NULL"


def _believed(alias: str, known: bool) -> str:
    if not known:
        # Tied to recorded_to by a constraint; asked by it, the planner leaves the exclusion constraints' GiST indexes
        # alone, whose probe costs several times that of the plain one.
        return f"{alias}.closed_by IS NULL"
    return (
        f"{alias}.recorded_from <= :known AND ({alias}.recorded_to IS NULL OR {alias}.recorded_to > :known)"
    )


def visible_fields(kind: Kind, classes: frozenset[Sensitivity]) -> list[Field]:
    """The fields of a kind that a reader with these classes sees."""
    return [one for one in kind.fields if one.sensitivity in classes]


def hidden_fields(kind: Kind, classes: frozenset[Sensitivity]) -> list[Field]:
    """The fields of a kind closed to such a reader."""
    return [one for one in kind.fields if one.sensitivity not in classes]


def _in_force(kind: Kind) -> str:
    """Whether a begun fact holds on :on. A measure without an end lapses by itself after the months of the rule
    discipline_lapse of its day, if its form lapses at all (catalogue discipline_forms).
    """
    if kind.name != "discipline":
        return "(f.valid_to IS NULL OR f.valid_to > :on)"
    return """coalesce(f.valid_to > :on, f.valid_from + make_interval(months =>
        registry_law_number('discipline_lapse', f.valid_from)) > :on OR EXISTS (SELECT 1 FROM catalogue_item k
        WHERE k.catalogue = 'discipline_forms' AND k.key = f.form AND k.extra->>'lapses' = 'no'))"""


def _fact_json(kind: Kind, classes: frozenset[Sensitivity], known: bool) -> str:
    pairs = [
        "'id', f.id",
        f"'valid_from', {_partial('f.valid_from', 'f.valid_from_precision')}",
        f"'valid_to', {_partial('f.valid_to', 'f.valid_to_precision')}",
        "'recorded_at', f.recorded_from",
        f"'in_force', {_in_force(kind)}",
    ]
    pairs += [f"'{one.name}', {_json_value(one, known)}" for one in visible_fields(kind, classes)]
    return f"json_build_object({', '.join(pairs)})"


_DECISION = """json_build_object('id', d.uid, 'number', d.number, 'issued_on', d.issued_on,
    'effective_on', d.effective_on, 'issuer', d.issuer, 'signer', d.signer, 'basis', d.basis)"""


def _facts_text(kinds: list[Kind], classes: frozenset[Sensitivity], known: bool) -> str:
    """SQL of the facts by kind, newest first, as the text of one JSON object; [] for kinds without any.

    One list of all kinds that meets the decisions once and is sorted once: a subselect a kind, each with its own
    join and sort, took half as long again to set up, whether the person had such facts or not. Texts of objects are
    joined by hand (the last brace gives way to the decision), for json knows no concatenation.
    """
    branches = " UNION ALL ".join(
        f"SELECT {place} AS place, f.valid_from, f.id, f.decision_id, {_fact_json(kind, classes, known)}::text AS body"
        f" FROM fact_{kind.name} f WHERE f.official_id = :official AND f.valid_from <= :on"
        f" AND {_believed('f', known)}"
        for place, kind in enumerate(kinds)
    )
    names = ", ".join(f"({place}, '\"{kind.name}\" : ')" for place, kind in enumerate(kinds))
    return f"""(SELECT '{{' || string_agg(k.name || coalesce(g.facts, '[]'), ', ' ORDER BY k.place) || '}}'
        FROM (VALUES {names}) AS k(place, name)
        LEFT JOIN (SELECT u.place, '[' || string_agg(left(u.body, -1) || ', "decision" : ' || {_DECISION}::text || '}}',
                ', ' ORDER BY u.valid_from DESC, u.id DESC) || ']' AS facts
            FROM ({branches}) u JOIN decision d ON d.id = u.decision_id GROUP BY u.place) g ON g.place = k.place)"""


@cache
def _record_statement(
    classes: frozenset[Sensitivity],
    known: bool,
    logged: bool = False,
    many: bool = False,
    beside: str = "",
    by: str = "",
) -> str:
    """One statement that builds the whole record as JSON text; columns are those the reader may see.

    `logged`: it enters the event of the reading as well, whose values follow its own. `many`: the first value is an
    array of ids, and the rows have the id behind. `beside`: a question of one text about :official, answered behind.
    `by`: whoever bears the name :named in this column, who is opened and read with an event, all by name; the key stands
    behind the basis.
    """
    kinds = [kind for kind in FACTS.values() if kind.name != "identity" and visible_fields(kind, classes)]
    identity = ", ".join(
        f"'{one.name}', {_json_value(one, known)}" for one in visible_fields(FACTS["identity"], classes)
    )
    basis = f"""json_build_object(
        'birth_date', i.birth_date, 'birth_precision', i.birth_date_precision, 'sex', i.sex,
        'salary', (SELECT json_build_object('rank', f.rank, 'step', f.step, 'coefficient', f.coefficient::text,
            'since', f.valid_from, 'pay_percent', f.pay_percent, 'overrun_percent', f.overrun_percent,
            'reserve', f.reserve_coefficient::text) FROM fact_salary f WHERE f.official_id = o.id
            AND f.valid_from <= :on AND (f.valid_to IS NULL OR f.valid_to > :on) AND {_believed("f", known)} LIMIT 1),
        'position_allowance', (SELECT f.coefficient::text FROM fact_allowance f WHERE f.official_id = o.id
            AND f.allowance = 'chuc_vu' AND f.valid_from <= :on AND (f.valid_to IS NULL OR f.valid_to > :on)
            AND {_believed("f", known)} LIMIT 1),
        'discipline', (SELECT coalesce(json_agg(json_build_object('valid_from', f.valid_from,
            'authority', f.authority, 'step_delay_months', f.step_delay_months)), '[]'::json) FROM fact_discipline f
            WHERE f.official_id = o.id AND f.valid_from <= :on AND {_believed("f", known)}),
        'failed', (SELECT coalesce(json_agg(json_build_object('year', f.year, 'grade', f.grade)), '[]'::json)
            FROM fact_evaluation f WHERE f.official_id = o.id AND f.grade = 'khong_hoan_thanh' AND f.valid_from <= :on
            AND {_believed("f", known)}),
        'recruited_on', (SELECT min(f.valid_from) FROM fact_status f WHERE f.official_id = o.id
            AND f.status NOT IN ('da_trung_tuyen', 'huy_tuyen_dung') AND {_believed("f", known)}),
        'ended_on', (SELECT f.valid_from FROM fact_status f JOIN catalogue_item k ON k.catalogue = 'status_codes'
            AND k.key = f.status AND k.extra->>'status_group' = 'ended' WHERE f.official_id = o.id
            AND f.valid_from <= :on AND (f.valid_to IS NULL OR f.valid_to > :on) AND {_believed("f", known)} LIMIT 1),
        'statuses', (SELECT coalesce(json_agg(json_build_object('status', f.status, 'category', f.category,
            'valid_from', f.valid_from, 'valid_to', f.valid_to) ORDER BY f.valid_from), '[]'::json) FROM fact_status f
            WHERE f.official_id = o.id AND f.valid_from <= :on AND {_believed("f", known)}),
        'leaves', (SELECT coalesce(json_agg(json_build_object('leave', f.leave, 'valid_from', f.valid_from,
            'valid_to', f.valid_to) ORDER BY f.valid_from), '[]'::json) FROM fact_leave f
            WHERE f.official_id = o.id AND f.valid_from <= :on AND {_believed("f", known)}),
        'posts', (SELECT coalesce(json_agg(json_build_object('position', f.position, 'event', f.event, 'is_main', f.is_main,
            'valid_from', f.valid_from, 'term_ends_on', f.term_ends_on) ORDER BY f.is_main DESC, f.valid_from DESC),
            '[]'::json) FROM fact_appointment f WHERE f.official_id = o.id AND f.position IS NOT NULL
            AND f.valid_from <= :on AND (f.valid_to IS NULL OR f.valid_to > :on) AND {_believed("f", known)}))"""
    named = f"""
        SELECT left(json_build_object('id', o.uid, 'version', o.version, 'personal', json_build_object(
                'personal_id', o.personal_id, 'staff_code', o.staff_code, {identity}, 'fact_id', f.id))::text, -1)
                || ', "facts" : ' || {_facts_text(kinds, classes, known)} || '}}' AS record,
            {basis}::text AS basis{f", ({beside}) AS beside" if beside else ""}
        FROM official o
        JOIN LATERAL (SELECT * FROM fact_identity f WHERE f.official_id = o.id AND {_believed("f", known)}
            ORDER BY (f.valid_from <= :on) DESC, f.valid_from DESC LIMIT 1) f ON true
        CROSS JOIN LATERAL (SELECT f.birth_date, f.birth_date_precision, f.sex) i
        WHERE o.id = :official
    """
    if many:
        named = named.replace(" = :official", " = o.id").replace(
            "WHERE o.id = o.id", "WHERE o.id = ANY (:official::bigint[])"
        )
        named = named.replace("::text AS basis", "::text AS basis, o.id")
    if by:
        named = named.replace(" = :official", " = o.id").replace("WHERE o.id = o.id", "")
        named = named.replace("FROM official o\n", "FROM named k JOIN official o ON o.id = k.official_id\n")
        named = named.replace("::text AS basis", "::text AS basis, o.id, k.uid, k.org_ord, o.version")
        return f"""WITH named AS MATERIALIZED (SELECT c.official_id, c.uid, c.org_ord FROM official_current c
                WHERE c.{by} = CAST(:named AS {_NAMES[by]}) AND registry_open(c.official_id)),
            logged AS ({log.beside("official", "named.uid::text", "named", "named.official_id")}) {named}""".replace(
            ":on", "CAST(:on AS date)"
        ).replace(":known", "CAST(:known AS timestamptz)")
    if logged:
        named = f"WITH logged AS ({log.entering(4 if known else 3)}) {named}"
    return named.replace(":official", "$1").replace(":on", "$2::date").replace(":known", "$3::timestamptz")


@dataclass(frozen=True)
class Record:
    """A record as JSON ready to be sent, the few values that computed results start from, and what was asked beside."""

    json_text: bytes
    basis: dict[str, Any]
    beside: bytes = b""

    def parsed(self) -> dict[str, Any]:
        """The record as Python values, for pages and forms."""
        return json.loads(self.json_text)  # type: ignore[no-any-return]


def get_record(
    session: Session,
    official_id: int,
    as_of: AsOf,
    classes: frozenset[Sensitivity],
    reading: list[Any] | None = None,
    beside: str = "",
) -> Record:
    """The record of one official, all facts that began by `as_of.on`, newest first, in one statement.

    `reading` is the event (`log.entry`) that goes into the trail with it; whoever gives none logs by himself. `beside` is
    SQL of another room that answers one text about :official.
    Raises NotFound when the registry believed nothing of this person at `as_of.known_at`, Unavailable when the trail
    cannot be written.
    """
    parameters = [official_id, as_of.on] + ([as_of.known_at] if as_of.known_at is not None else [])
    statement = _record_statement(classes, as_of.known_at is not None, reading is not None, beside=beside)
    with log.written():
        row = ask(session, statement, parameters + (reading or []), as_sent=True).first()
    if row is None:
        raise not_found()
    return Record(row[0], json.loads(row[1]), *row[2:])


def read_record(
    session: Session,
    named: str,
    as_of: AsOf,
    classes: frozenset[Sensitivity],
    reading: dict[str, Any],
    beside: str = "",
) -> tuple[Key, Record]:
    """As `get_key` and `get_record` with the event of the reading (`log.values_beside`), in one statement.

    Whether the reader may read this person is asked after it, before anything leaves: a refusal takes the event back.
    """
    statement = _record_statement(classes, as_of.known_at is not None, beside=beside, by=_column_of(named))
    with log.written():
        row = pass_on(session, statement, named=named, on=as_of.on, known=as_of.known_at, **reading).first()
    if row is None:
        raise not_found()
    record, basis, official, uid, org_ord, version, *more = row
    key = Key(int(official), UUID(uid.decode()), int(org_ord), int(version))
    return key, Record(record, json.loads(basis), *more)


def get_records(
    session: Session, officials: list[int], as_of: AsOf, classes: frozenset[Sensitivity]
) -> list[Record]:
    """The records of some officials in this order, in one statement; whoever reads them writes the trail.

    Those of whom nothing was believed at `as_of.known_at`, and those out of the reader's scope, are left out.
    """
    statement = _record_statement(classes, as_of.known_at is not None, many=True)
    parameters: list[Any] = [officials, as_of.on]
    if as_of.known_at is not None:
        parameters.append(as_of.known_at)
    rows = ask(session, statement, parameters, as_sent=True)
    found = {int(official): Record(record, json.loads(basis)) for record, basis, official in rows}
    return [found[one] for one in officials if one in found]


# Lists


@dataclass(frozen=True)
class ListQuery:
    """What a list asks for; every part is optional. `codes` filters coded columns by exact key.

    `sort` with a minus in front goes down; `back` reads the page before the cursor. `unevaluated_year`: people who
    were graded for no such year nor a later one.
    """

    as_of: AsOf
    today: date
    q: str = ""
    organization: str | None = None
    subtree: bool = True
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    next_step_before: date | None = None
    retirement_before: date | None = None
    sort: str = "name"
    cursor: str | None = None
    limit: int = 50
    exact: bool = False
    back: bool = False
    term_ends_before: date | None = None
    unevaluated_year: int | None = None


@dataclass(frozen=True)
class Page:
    """One page of a list; `count` stops at 1000 unless it was asked for exactly.

    `previous_cursor` is for asking again with `back`.
    """

    items: list[dict[str, Any]]
    next_cursor: str | None
    count: int
    exact: bool
    previous_cursor: str | None = None


PERSONAL = ("birth_date", "sex", "retirement_on")
"""What the list tells of the person; the day of retirement tells the birth date."""
CODED_FILTERS = ("category", "rank", "position", "status", "sex")
SORTS = {
    "name": ("c.sort_key", "text"),
    "next_step": ("coalesce(c.next_step_on, DATE '9999-12-31')", "date"),
    "retirement": ("coalesce(c.retirement_on, DATE '9999-12-31')", "date"),
    "birth_date": ("c.birth_date", "date"),
}

_ITEM = """c.official_id, c.uid AS id, c.personal_id, c.staff_code, c.full_name, c.birth_date, c.birth_date_precision,
    c.sex, c.position, c.job_position, c.rank, c.step, c.coefficient, c.status, c.category, c.next_step_on,
    c.retirement_on, c.term_ends_on, u.code AS organization_code, (SELECT v.name FROM organization_version v
        WHERE v.organization_id = c.organization_id AND v.recorded_to IS NULL
        AND v.valid_from <= :on AND (v.valid_to IS NULL OR v.valid_to > :on)
        ORDER BY v.valid_from DESC LIMIT 1) AS organization_name"""


def _then(known: bool) -> str:
    """The rows a list would have shown on another date, made from the facts; computed days as of that date.

    The key to sort by is a function of the name: who bears the name of today has it ready, which spares most of the work.
    """
    holds = "x.valid_from <= :on AND (x.valid_to IS NULL OR x.valid_to > :on)"
    believed = _believed("x", known)
    return f"""(
        SELECT o.id AS official_id, o.uid, o.personal_id, o.staff_code, i.full_name,
            registry_fold(i.full_name) COLLATE "C" AS fold, CASE WHEN n.full_name = i.full_name THEN n.sort_key
                ELSE registry_sort_key(i.full_name) COLLATE "C" END AS sort_key,
            i.birth_date, i.birth_date_precision, i.sex, a.organization_id, u.ord AS org_ord, a.position,
            a.job_position, a.term_ends_on, s.category, s.status, p.rank, p.step, p.coefficient,
            {_next_step_then(believed, known)} AS next_step_on,
            (SELECT CASE WHEN s.status = 'keo_dai_cong_tac' AND s.valid_to - 1 > r.retire_on THEN s.valid_to - 1
                ELSE r.retire_on END FROM law_retirement r WHERE r.sex = i.sex
                AND r.birth_month = date_trunc('month', i.birth_date)::date) AS retirement_on,
            (SELECT max(x.year) FROM fact_evaluation x WHERE x.official_id = o.id AND x.valid_from <= :on
                AND {believed}) AS last_evaluation_year,
            coalesce(a.valid_from <= :on AND (a.valid_to IS NULL OR a.valid_to > :on), false) AND EXISTS (
                SELECT 1 FROM catalogue_item k WHERE k.catalogue = 'status_codes' AND k.key = s.status
                    AND k.extra->>'counts_in_headcount' = 'yes') AS in_headcount
        FROM official o LEFT JOIN official_current n ON n.official_id = o.id
        JOIN LATERAL (SELECT * FROM fact_status x WHERE x.official_id = o.id AND {holds} AND {believed} LIMIT 1) s
            ON true
        JOIN LATERAL (SELECT * FROM fact_identity x WHERE x.official_id = o.id AND {holds} AND {believed} LIMIT 1) i
            ON true
        LEFT JOIN LATERAL (SELECT * FROM fact_appointment x WHERE x.official_id = o.id AND x.is_main AND {believed}
            ORDER BY (x.valid_from <= :on) DESC, abs(x.valid_from - :on) LIMIT 1) a ON true
        LEFT JOIN organization u ON u.id = a.organization_id
        LEFT JOIN LATERAL (SELECT * FROM fact_salary x WHERE x.official_id = o.id AND {holds} AND {believed} LIMIT 1) p
            ON true)"""


def _next_step_then(believed: str, known: bool) -> str:
    """The day of the next increase as it stood on :on; the rules are those of `registry.law.salary.next_step`.

    Few people have time that does not count: the function that counts it is asked for them alone.
    """
    measure = f"""FROM fact_discipline x WHERE x.official_id = o.id AND {believed} AND x.authority = 'administrative'
        AND x.step_delay_months > 0 AND x.valid_from >= p.valid_from AND x.valid_from <= :on"""
    return f"""(SELECT (p.valid_from + make_interval(months => l.months
            + (SELECT coalesce(sum(x.step_delay_months), 0)::int {measure})
            + (SELECT coalesce(sum(registry_law_number('delay_failed_year', make_date(x.year, 12, 31))), 0)::int
                FROM fact_evaluation x WHERE x.official_id = o.id AND {believed}
                AND x.grade = 'khong_hoan_thanh' AND make_date(x.year, 12, 31) >= p.valid_from AND x.valid_from <= :on
                AND x.year NOT IN (SELECT extract(year FROM x.valid_from) {measure}))
            + CASE WHEN EXISTS (SELECT 1 FROM fact_status x JOIN catalogue_item k ON k.catalogue = 'uncounted_time'
                    AND k.key = x.status WHERE x.official_id = o.id AND x.valid_from <= :on
                    AND (x.valid_to IS NULL OR x.valid_to > p.valid_from))
                OR EXISTS (SELECT 1 FROM fact_leave x JOIN catalogue_item k ON k.catalogue = 'leave_kinds'
                    AND k.key = x.leave AND k.extra->>'counts_for_step' = 'no' WHERE x.official_id = o.id
                    AND x.valid_from <= :on AND (x.valid_to IS NULL OR x.valid_to > p.valid_from))
                THEN (SELECT h.months FROM registry_stopped_months(o.id, p.valid_from, :on,
                    {":known" if known else "NULL"}) h) ELSE 0 END))::date
        FROM law_step l WHERE l.rank = p.rank AND l.step = p.step
            AND l.valid_from <= :on AND (l.valid_to IS NULL OR l.valid_to > :on))"""


def list_officials(session: Session, query: ListQuery, classes: frozenset[Sensitivity]) -> Page:
    """Officials the reader may see, by key and not by page number, with fields of these classes; at most four statements.

    Raises Invalid for a sort or cursor that is none, Forbidden for one that would tell what the reader may not see.
    """
    check_reader(query, classes)
    source, where, parameters = _conditions(session, query)
    key, descending = query.sort.removeprefix("-"), query.sort.startswith("-")
    order, order_type = SORTS[key] if key in SORTS else _bad("sort", list(SORTS))
    count = _count(session, source, where, parameters, query.exact)
    after = list(where)
    down = descending != query.back
    if query.cursor:
        of, reached, last = read_cursor(query.cursor, str, str, int)
        if of != query.sort:
            raise unusable()
        after.append(
            f"({order}, c.official_id) {'<' if down else '>'} (CAST(:after AS {order_type}), :after_id)"
        )
        parameters |= {"after": reached, "after_id": last}
    way = "DESC" if down else "ASC"
    found = send(
        session,
        f"""SELECT {_ITEM}, {order} AS sort_value FROM {source} c
            LEFT JOIN organization u ON u.id = c.organization_id
            WHERE {" AND ".join(after) or "true"} ORDER BY {order} {way}, c.official_id {way} LIMIT :limit""",
        **parameters,
        limit=query.limit + 1,
    )
    value, exact = count
    page = _page(found.rows, query, value, exact)
    if "personal" not in classes:
        for one in page.items:
            for name in PERSONAL:
                del one[name]
    return page


def check_reader(query: ListQuery, classes: frozenset[Sensitivity]) -> None:
    """Raise Forbidden for filters or an order by something personal, for a reader who is not shown it."""
    asked = (
        query.retirement_before is not None
        or "sex" in query.codes
        or query.unevaluated_year is not None
        or query.sort.removeprefix("-") in ("birth_date", "retirement")
    )
    if asked and "personal" not in classes:
        raise Forbidden(CLOSED, "forbidden")


CLOSED = Words(
    "Danh sách này cho biết thông tin cá nhân bạn không được xem.",
    "This list would tell personal data that you may not see.",
)


def _page(rows: list[Any], query: ListQuery, count: int, exact: bool) -> Page:
    """The page of up to `limit` rows, with cursors to both sides where there is more."""
    more = len(rows) > query.limit
    shown = rows[: query.limit]
    if query.back:
        shown.reverse()
    before, after = (more, bool(shown)) if query.back else (bool(query.cursor and shown), more)
    return Page(
        [_item(row._asdict()) for row in shown],
        _cursor_at(query, shown[-1]) if after else None,
        count,
        exact,
        _cursor_at(query, shown[0]) if before else None,
    )


def _conditions(session: Session, query: ListQuery) -> tuple[str, list[str], dict[str, Any]]:
    today = query.as_of.on == query.today and query.as_of.known_at is None
    source = "official_current" if today else _then(query.as_of.known_at is not None)
    where: list[str] = []
    parameters: dict[str, Any] = {"on": query.as_of.on}
    if query.as_of.known_at is not None:
        parameters["known"] = query.as_of.known_at
    if query.organization:
        unit = send(
            session, "SELECT id, ord, last FROM organization WHERE code = :code", code=query.organization
        ).first()
        if unit is None:
            raise Invalid(
                Words("Không có đơn vị với mã này.", "No unit has this code."),
                "unknown_unit",
                [Flaw("organization", "unknown_unit", Words("Không có đơn vị với mã này.", "Unknown unit."))],
            )
        if query.subtree:
            where.append("c.org_ord >= :unit_low AND c.org_ord <= :unit_high")
            parameters |= {"unit_low": unit.ord, "unit_high": unit.last}
        else:
            where.append("c.organization_id = :unit")
            parameters["unit"] = unit.id
    for name, keys in query.codes.items():
        if name not in CODED_FILTERS:
            _bad(name, list(CODED_FILTERS))
        where.append(f"c.{name} = ANY (:{name})")
        parameters[name] = list(keys)
    if query.next_step_before:
        where.append("c.next_step_on <= :next_step_before AND c.in_headcount")
        parameters["next_step_before"] = query.next_step_before
    if query.retirement_before:
        where.append("c.retirement_on <= :retirement_before AND c.in_headcount")
        parameters["retirement_before"] = query.retirement_before
    if query.term_ends_before:
        where.append("c.term_ends_on <= :term_ends_before AND c.in_headcount")
        parameters["term_ends_before"] = query.term_ends_before
    if query.unevaluated_year:
        where.append("c.in_headcount AND coalesce(c.last_evaluation_year, 0) < :unevaluated_year")
        parameters["unevaluated_year"] = query.unevaluated_year
    if query.q.strip():
        _search(session, query.q, today, where, parameters)
    return source, where, parameters


def _search(session: Session, q: str, today: bool, where: list[str], parameters: dict[str, Any]) -> None:
    """By number or staff code when it looks like one, else by every word of the name in any order."""
    plain = composed(q.strip())
    if plain.isascii() and plain.isdigit() and len(plain) >= 6:
        where.append("c.personal_id >= :number AND c.personal_id < :number_end")
        parameters |= {"number": plain, "number_end": plain + ":"}
        return
    if any(letter.isdigit() for letter in plain):
        where.append("c.staff_code = upper(:staff_code)")
        parameters["staff_code"] = plain
        return
    (folded,) = send(session, "SELECT registry_fold(:q)", q=plain).rows[0]
    words = folded.split()[:8]
    if not words:
        where.append("false")
        return
    if today:
        # LIKE is not leakproof, so under row-level security it could not use its index: the function repeats
        # the scope and searches as the owner. Many hits: walking the list in order is the faster way.
        named = "SELECT registry_find_names(:words, :most)"
        found = [one for (one,) in send(session, named, words=words, most=FEW_NAMES + 1)]
        if len(found) <= FEW_NAMES:
            where.append("c.official_id = ANY (:found)")
            parameters["found"] = found
            return
    for number, word in enumerate(words):
        where.append(f"c.fold LIKE :word{number}")
        parameters[f"word{number}"] = f"%{word}%"


def _count(
    session: Session, source: str, where: list[str], parameters: dict[str, Any], exact: bool
) -> tuple[int, bool]:
    stop = "" if exact else f"LIMIT {COUNT_STOPS_AT + 1}"
    within = f"SELECT 1 FROM {source} c WHERE {' AND '.join(where) or 'true'} {stop}"
    (counted,) = send(session, f"SELECT count(*) FROM ({within}) n", **parameters).rows[0]
    return (counted, True) if exact or counted <= COUNT_STOPS_AT else (COUNT_STOPS_AT, False)


def _cursor_at(query: ListQuery, row: Any) -> str:
    value = row.sort_value
    reached = value.isoformat() if isinstance(value, date) else value
    return write_cursor(query.sort, reached, row.official_id)


def _item(row: dict[str, Any]) -> dict[str, Any]:
    """The contract's shape of a listed official; `official_id` is kept for the trail and taken off before sending."""
    precision = row.pop("birth_date_precision")
    born = row["birth_date"]
    row["birth_date"] = (
        born.isoformat() if precision == "day" else {"date": born.isoformat(), "precision": precision}
    )
    row["organization"] = {"code": row.pop("organization_code"), "name": row.pop("organization_name")}
    row["id"] = str(row["id"])
    row["coefficient"] = None if row["coefficient"] is None else str(row["coefficient"])
    row.pop("sort_value")
    for name in ("next_step_on", "retirement_on", "term_ends_on"):
        row[name] = row[name].isoformat() if row[name] else None
    return row


def _bad(name: str, allowed: list[str]) -> Any:
    words = Words(f"{name}: chọn một trong {', '.join(allowed)}.", f"{name}: one of {', '.join(allowed)}.")
    raise Invalid(words, f"bad_{name}", [Flaw(name, f"bad_{name}", words)])


# History and readers


def history(
    session: Session,
    official_id: int,
    classes: frozenset[Sensitivity],
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> dict[str, Any]:
    """Who changed what, when, on which decision, newest first: {items, next_cursor}.

    An item is one change as it touched this official: the rows it recorded and those it closed, by kind.
    """
    before, touched = _history_before(cursor), _touched(classes)
    rows = session.execute(
        text(f"""SELECT t.id AS change_id, c.number, c.uid::text AS change, c.origin, c.decided_at, m.display_name AS maker,
                    k.display_name AS checker, d.number AS decision_number, d.issued_on, d.title,
                    json_agg(json_build_object('kind', t.kind, 'fact_id', t.fact, 'what', t.what) ORDER BY t.fact) AS facts
                FROM ({touched}) t LEFT JOIN change c ON c.id = t.id LEFT JOIN app_user m ON m.id = c.maker_id
                LEFT JOIN app_user k ON k.id = c.checker_id LEFT JOIN decision d ON d.id = c.decision_id
                WHERE (CAST(:before AS bigint) IS NULL OR t.id < :before)
                GROUP BY t.id, c.id, m.id, k.id, d.id ORDER BY t.id DESC LIMIT :limit"""),
        {"official": official_id, "before": before, "limit": limit + 1},
    ).all()
    items = []
    for row in rows[:limit]:
        one = dict(row._mapping)
        one.pop("change_id")
        one["decision"] = {
            "number": one.pop("decision_number"),
            "issued_on": one.pop("issued_on"),
            "title": one.pop("title"),
        }
        items.append(one)
    following = write_cursor(rows[limit - 1].change_id) if len(rows) > limit else None
    return {"items": items, "next_cursor": following}


def _touched(classes: frozenset[Sensitivity]) -> str:
    """Rows (kind, id of the change, fact, what) that changes recorded or closed, of the kinds a reader sees."""
    return " UNION ALL ".join(
        f"SELECT '{kind.name}' AS kind, change_id AS id, id AS fact, 'recorded' AS what FROM fact_{kind.name}"
        f" WHERE official_id = :official"
        f" UNION ALL SELECT '{kind.name}', closed_by, id, 'closed' FROM fact_{kind.name}"
        f" WHERE official_id = :official AND closed_by IS NOT NULL"
        for kind in FACTS.values()
        if visible_fields(kind, classes)
    )


def count_history(session: Session, official_id: int, classes: frozenset[Sensitivity]) -> int:
    """How many changes touched the record."""
    counted: int = session.execute(
        text(f"SELECT count(DISTINCT t.id) FROM ({_touched(classes)}) t"), {"official": official_id}
    ).scalar_one()
    return counted


def _history_before(cursor: str | None) -> int | None:
    return read_cursor(cursor, int)[0] if cursor else None


READS = ("official.read", "official.print", "official.history", "access.explain")


def readers(
    session: Session, official_id: int, *, limit: int = 50, cursor: str | None = None
) -> dict[str, Any]:
    """Who looked at the record, newest first: {items: [{at, reader, role, action, reason}], next_cursor}."""
    before_at, before = read_moment(cursor) if cursor else (None, None)
    rows = session.execute(
        text("""SELECT id, at, actor_name AS reader, actor_role AS role, action, reason FROM audit_event
                WHERE official_id = :official AND action = ANY (:reads)
                    AND (CAST(:before AS bigint) IS NULL OR (at, id) < (CAST(:before_at AS timestamptz), CAST(:before AS bigint)))
                ORDER BY at DESC, id DESC LIMIT :limit"""),
        {
            "official": official_id,
            "reads": list(READS),
            "before": before,
            "before_at": before_at,
            "limit": limit + 1,
        },
    ).all()
    items = [{name: value for name, value in row._mapping.items() if name != "id"} for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    following = write_cursor(last.at.isoformat(), last.id) if last else None
    return {"items": items, "next_cursor": following}


def count_reads(session: Session, official_id: int, *, exact: bool = False) -> int:
    """How often the record was looked at; stops just past 1000 unless `exact`."""
    stop = "" if exact else f"LIMIT {COUNT_STOPS_AT + 1}"
    counted: int = session.execute(
        text(f"""SELECT count(*) FROM (SELECT 1 FROM audit_event
                 WHERE official_id = :official AND action = ANY (:reads) {stop}) n"""),
        {"official": official_id, "reads": list(READS)},
    ).scalar_one()
    return counted
