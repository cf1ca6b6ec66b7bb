"""Checking staged rows by sets: agreement within a row, between rows, with the law tables and with what is
recorded.

Every statement looks at all rows at once and tells everything it finds. What differs from the record
becomes a plan
of operations for the change to come, so that submitting does not compare a second time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.bulk.kinds import by_title
from registry.bulk.sheet import OFFICIALS
from registry.bulk.staging import CONTRACT_WORD, MANY_ROWS
from registry.officials.facts import FACTS

TITLES = {one.name: one.title for one in OFFICIALS}


@dataclass(frozen=True)
class Bounds:
    """What the rows may reach: half-open ordinal ranges of the actor, the import's unit, the day."""

    ranges: tuple[tuple[int, int], ...]
    low: int
    high: int
    today: date

    def parameters(self) -> dict[str, Any]:
        """Values for the statements below."""
        many = "{" + ",".join(f"[{low},{high})" for low, high in self.ranges) + "}"
        return {"ranges": many, "low": self.low, "high": self.high, "today": self.today}


def check_rows(session: Session, header: Sequence[str], rows: int, bounds: Bounds) -> None:
    """All wrong in import_incoming goes to import_found, what differs from records to import_plan."""
    cells = Cells(header)
    parameters = bounds.parameters()
    _prepare(session, parameters, rows)
    _note(session, [*_findings(cells), *_registry_findings(cells)], parameters)
    if rows >= MANY_ROWS:
        session.execute(text("ANALYZE import_found"))
    if session.execute(text("SELECT EXISTS (SELECT 1 FROM import_known)")).scalar_one():
        _note(session, _contradictions(cells), parameters)
        _run(
            session,
            "DELETE FROM import_known k USING import_found f WHERE f.row = k.row AND f.severity = 'error'",
        )
        for statement in _plans():
            _run(session, statement, parameters)


def _note(session: Session, findings: Sequence[str], parameters: dict[str, Any]) -> None:
    """Put findings into import_found, all in one statement."""
    _run(
        session,
        "INSERT INTO import_found (row, title, value, code, severity, detail) "
        + " UNION ALL ".join(findings),
        parameters,
    )


def _run(session: Session, statement: str, parameters: dict[str, Any] | None = None) -> None:
    """Execute with those parameters that the statement names."""
    used = {name: value for name, value in (parameters or {}).items() if f":{name}" in statement}
    session.execute(text(statement), used)


class Cells:
    """Where the text of a column stands in a row, as SQL; NULL for a column that the file lacks."""

    def __init__(self, header: Sequence[str]) -> None:
        self.places = {
            column.name: place for place, title in enumerate(header, start=1) if (column := by_title(title))
        }

    def __getitem__(self, name: str) -> str:
        return f"left(i.cells[{self.places[name]}], 200)" if name in self.places else "NULL"

    def finding(
        self,
        name: str,
        code: str,
        *,
        where: str,
        detail: str = "'{}'::jsonb",
        severity: str = "error",
        source: str = "import_incoming i",
    ) -> str:
        """One SELECT of findings about a column."""
        return (
            f"SELECT i.row, '{TITLES[name]}', nullif({self[name]}, ''), '{code}', '{severity}', {detail} "
            f"FROM {source} WHERE {where}"
        )

    def warning(
        self,
        name: str,
        code: str,
        *,
        where: str,
        detail: str = "'{}'::jsonb",
        source: str = "import_incoming i",
    ) -> str:
        """The same, but the row stays accepted."""
        return self.finding(name, code, where=where, detail=detail, severity="warning", source=source)


def _prepare(session: Session, parameters: dict[str, Any], rows: int) -> None:
    """Units named, numbers taken, persons known within the actor's reach; each found once for all rows."""
    for statement in (
        "DROP TABLE IF EXISTS pg_temp.import_unit, pg_temp.import_taken, pg_temp.import_known,"
        " pg_temp.import_plan",
        "CREATE TEMP TABLE import_unit (code text, id bigint, in_scope bool, in_import bool, holds bool,"
        " successor text) ON COMMIT DROP",
        "CREATE TEMP TABLE import_taken (number text) ON COMMIT DROP",
        """CREATE TEMP TABLE import_known (row int, official_id bigint, version int, staff_code text,
        full_name text,
            status text) ON COMMIT DROP""",
        """CREATE TEMP TABLE import_plan (row int, place int, action text, kind text, official_id bigint,
        fact_id bigint,
            valid_from date, valid_from_precision varchar(5), valid_to date, valid_to_precision varchar(5),
            fields jsonb, differs text[]) ON COMMIT DROP""",
    ):
        _run(session, statement)
    for statement in (_UNITS, _TAKEN, _KNOWN):
        _run(session, statement, parameters)
    if rows >= MANY_ROWS:
        for table in ("import_unit", "import_taken", "import_known"):
            _run(session, f"ANALYZE {table}")


_UNITS = """
    INSERT INTO import_unit
    SELECT d.code, o.id, o.ord <@ CAST(:ranges AS int4multirange), o.ord BETWEEN :low AND :high,
        EXISTS (SELECT 1 FROM organization_version v WHERE v.organization_id = o.id AND v.recorded_to IS NULL
            AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)),
        (SELECT s.code || ' ' || v.name FROM organization_successor h JOIN organization s ON s.id =
        h.successor_id
            JOIN organization_version v ON v.organization_id = s.id AND v.recorded_to IS NULL
                AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)
            WHERE h.predecessor_id = o.id ORDER BY h."on" DESC LIMIT 1)
    FROM (SELECT DISTINCT organization AS code FROM import_incoming WHERE organization IS NOT NULL) d
    LEFT JOIN organization o ON o.code IN (d.code, upper(d.code))"""

_TAKEN = """
    INSERT INTO import_taken SELECT DISTINCT registry_taken(
        (SELECT array_agg(n) FROM (SELECT personal_id AS n FROM import_incoming WHERE personal_id IS NOT NULL
         UNION ALL SELECT staff_code FROM import_incoming WHERE staff_code IS NOT NULL) numbers))"""

_KNOWN = """
    INSERT INTO import_known
    SELECT i.row, c.official_id, o.version, c.staff_code, c.full_name, c.status
    FROM import_taken t JOIN import_incoming i ON i.personal_id = t.number
    JOIN official_current c ON c.personal_id = i.personal_id AND c.org_ord <@ CAST(:ranges AS int4multirange)
    JOIN official o ON o.id = c.official_id"""


# Within a row and between rows


def _last_of(name: str) -> str:
    """The last day that a partial date may mean."""
    return (
        f"(i.{name} + CASE i.{name}_precision WHEN 'day' THEN interval '0'"
        f" WHEN 'month' THEN interval '1 month - 1 day'"
        f" ELSE interval '1 year - 1 day' END)::date"
    )


def _birthday(rule: str) -> str:
    """The day of the age that a rule (law_rules) gives today, at the earliest; who was born on 29 February comes of age
    on 1 March.
    """
    years = f"make_interval(years => (SELECT registry_law_number('{rule}', :today)))"
    leap = "(extract(month FROM i.birth_date) = 2 AND extract(day FROM i.birth_date) = 29)::int"
    return f"((i.birth_date + {years})::date + {leap})"


def _findings(cells: Cells) -> Iterator[str]:
    yield from _twice(cells, "personal_id", "duplicate_personal_id")
    yield from _twice(cells, "staff_code", "duplicate_staff_code")
    yield from _unit_findings(cells)
    for name in ("birth_date", "joined_on"):
        yield cells.finding(name, "future_date", where=f"i.{name} > :today")
    yield cells.finding("issued_on", "decision_future", where="i.issued_on > :today")
    yield cells.finding(
        "recruited_on",
        "too_young",
        where=f"{_last_of('recruited_on')} < {_birthday('recruitment_least_age')}",
    )
    yield cells.warning(
        "joined_on",
        "party_before_18",
        where=f"{_last_of('joined_on')} < {_birthday('party_least_age')} AND i.joined_on <= :today",
    )
    yield cells.warning(
        "paid_from", "paid_before_recruited", where=f"{_last_of('paid_from')} < i.recruited_on"
    )
    yield cells.warning(
        "personal_id",
        "personal_id_mismatch",
        where="""
        (substr(i.personal_id, 4, 1)::int <> (extract(year FROM i.birth_date)::int / 100 - 19) * 2 + (i.sex
        = 'nu')::int
        OR substr(i.personal_id, 5, 2)::int <> extract(year FROM i.birth_date)::int % 100)""",
    )
    yield from _salary_findings(cells)
    for column in OFFICIALS:
        if column.catalogue is not None and column.name in cells.places:
            yield _ended_code(cells, column.name, column.catalogue)


def _twice(cells: Cells, name: str, code: str) -> Iterator[str]:
    """Every row after the first with the same number."""
    yield cells.finding(
        name,
        code,
        where=f"d.row = i.row AND d.row > d.first AND i.{name} IS NOT NULL",
        detail="jsonb_build_object('first', d.first)",
        source=f"import_incoming i, (SELECT row, min(row) OVER (PARTITION BY {name}) AS first"
        f" FROM import_incoming"
        f" WHERE {name} IS NOT NULL) d",
    )


def _unit_findings(cells: Cells) -> Iterator[str]:
    source = "import_incoming i JOIN import_unit u ON u.code = i.organization"
    on = "jsonb_build_object('on', CAST(:today AS date))"
    succeeded = "jsonb_build_object('on', CAST(:today AS date), 'successor', u.successor)"
    yield cells.finding("organization", "unknown_unit", source=source, where="u.id IS NULL")
    yield cells.finding(
        "organization",
        "unit_ended",
        source=source,
        detail=on,
        where="u.id IS NOT NULL AND NOT u.holds AND u.successor IS NULL",
    )
    yield cells.finding(
        "organization",
        "unit_succeeded",
        source=source,
        detail=succeeded,
        where="u.id IS NOT NULL AND NOT u.holds AND u.successor IS NOT NULL",
    )
    yield cells.finding(
        "organization", "unit_out_of_scope", source=source, where="u.holds AND NOT u.in_scope"
    )
    yield cells.finding(
        "organization",
        "unit_outside_import",
        source=source,
        where="u.holds AND u.in_scope AND NOT u.in_import",
    )


SALARY = ("rank", "step", "coefficient", "paid_from")


def _in_time(alias: str) -> str:
    """That a step of law_step holds on the day it is paid from (not given: today)."""
    return (
        f"{alias}.valid_from <= coalesce(i.paid_from, :today)"
        f" AND ({alias}.valid_to IS NULL OR {alias}.valid_to > coalesce(i.paid_from, :today))"
    )


def _salary_findings(cells: Cells) -> Iterator[str]:
    """All four or none; the step exists in the rank and has this coefficient (law_step)."""
    given = " OR ".join(f"nullif({cells[name]}, '') IS NOT NULL" for name in SALARY)
    for name in SALARY:
        yield cells.finding(
            name, "salary_incomplete", where=f"({given}) AND nullif({cells[name]}, '') IS NULL"
        )
    yield cells.finding(
        "step",
        "no_such_step",
        source="""import_incoming i JOIN (SELECT rank, max(step) AS steps FROM law_step GROUP BY rank) m
            ON m.rank = i.rank""",
        where="i.step IS NOT NULL AND NOT EXISTS"
        f" (SELECT 1 FROM law_step l WHERE l.rank = i.rank AND l.step = i.step AND {_in_time('l')})",
        detail="jsonb_build_object('rank', i.rank, 'steps', m.steps)",
    )
    held = f"""import_incoming i JOIN law_step l ON l.rank = i.rank AND l.step = i.step AND l.coefficient <>
    i.coefficient AND {_in_time("l")}
        LEFT JOIN law_step x ON x.rank = i.rank AND x.coefficient = i.coefficient AND {_in_time("x")}"""
    said = "'rank', i.rank, 'step', i.step, 'coefficient', l.coefficient::text"
    yield cells.finding(
        "coefficient",
        "coefficient_mismatch",
        source=held,
        where="x.rank IS NULL",
        detail=f"jsonb_build_object({said})",
    )
    yield cells.finding(
        "coefficient",
        "coefficient_of_other_step",
        source=held,
        where="x.rank IS NOT NULL",
        detail=f"jsonb_build_object({said}, 'other', x.step)",
    )


def _ended_code(cells: Cells, name: str, catalogue: str) -> str:
    return cells.warning(
        name,
        "code_ended",
        where="true",
        detail="jsonb_build_object('on', e.ended_on)",
        source=f"""import_incoming i JOIN (SELECT key, max(valid_to) AS ended_on FROM catalogue_item
            WHERE catalogue = '{catalogue}' GROUP BY key
            HAVING bool_and(valid_to IS NOT NULL AND valid_to <= :today)) e ON e.key = i.{name}""",
    )


# Against the registry


def _registry_findings(cells: Cells) -> Iterator[str]:
    known = "import_incoming i JOIN import_known k ON k.row = i.row"
    taken = "import_incoming i LEFT JOIN import_known k ON k.row = i.row"
    yield cells.finding(
        "personal_id",
        "personal_id_taken",
        source=taken,
        where="""k.row IS NULL
        AND i.personal_id IN (SELECT number FROM import_taken)""",
    )
    yield cells.finding(
        "staff_code",
        "staff_code_taken",
        source=taken,
        where="""k.staff_code IS NULL
        AND i.staff_code IN (SELECT number FROM import_taken)""",
    )
    yield cells.finding(
        "staff_code",
        "staff_code_differs",
        source=known,
        where="k.staff_code <> i.staff_code",
        detail="jsonb_build_object('recorded', k.staff_code)",
    )
    yield cells.warning(
        "staff_code",
        "staff_code_not_kept",
        source=known,
        where="""k.staff_code IS NULL
        AND i.staff_code IS NOT NULL AND i.staff_code NOT IN (SELECT number FROM import_taken)""",
    )
    recorded = "jsonb_build_object('recorded', k.full_name)"
    yield cells.finding(
        "full_name",
        "name_lost_marks",
        source=known,
        detail=recorded,
        where="""i.full_name ~ '^[ -~]+$'
        AND k.full_name !~ '^[ -~]+$' AND registry_fold(i.full_name) = registry_fold(k.full_name)""",
    )
    yield cells.warning(
        "full_name",
        "name_differs",
        source=known,
        detail=recorded,
        where="registry_fold(i.full_name) <> registry_fold(k.full_name)",
    )
    yield cells.warning(
        "personal_id",
        "left_service",
        detail="jsonb_build_object('status', e.name_vi)",
        where="true",
        source=f"""{known} JOIN (SELECT DISTINCT key, name_vi FROM catalogue_item WHERE catalogue =
        'status_codes'
            AND extra->>'status_group' = 'ended') e ON e.key = k.status""",
    )
    yield cells.warning(
        "birth_date",
        "past_retirement",
        detail="jsonb_build_object('on', r.retire_on)",
        where="k.row IS NULL AND r.retire_on < :today",
        source=f"""{taken} JOIN law_retirement r ON r.sex = i.sex
            AND r.birth_month = date_trunc('month', i.birth_date)::date""",
    )


def _agrees(mine: str, recorded: str) -> str:
    """Whether a date of the file says no more than the recorded one; a less precise one means its period."""
    return (
        f"(CASE i.{mine}_precision WHEN 'day' THEN {recorded} = i.{mine} AND {recorded}_precision = 'day'"
        f" WHEN 'month' THEN date_trunc('month', {recorded})::date = i.{mine}"
        f" AND {recorded}_precision <> 'year'"
        f" ELSE date_trunc('year', {recorded})::date = i.{mine} END)"
    )


def _latest(kind: str, more: str = "") -> str:
    """The fact of a kind that holds today, else the nearest one: what the present row shows."""
    return f"""(SELECT f.* FROM fact_{kind} f WHERE f.official_id = k.official_id AND f.recorded_to IS NULL
    {more}
        ORDER BY (f.valid_from <= :today) DESC, abs(f.valid_from - :today) LIMIT 1)"""


_ROW = "import_known k JOIN import_incoming i ON i.row = k.row"
_RECRUITED = """LEFT JOIN LATERAL (SELECT f.* FROM fact_status f WHERE f.official_id = k.official_id
    AND f.recorded_to IS NULL AND f.status NOT IN ('da_trung_tuyen', 'huy_tuyen_dung')
    ORDER BY f.valid_from LIMIT 1) r ON true"""


_CATEGORY = f"CASE i.category WHEN '{CONTRACT_WORD}' THEN 'hd_111' ELSE i.category END"
_OTHER_CATEGORY = f"""(CASE i.category WHEN '{CONTRACT_WORD}' THEN left(s.category, 3) <> 'hd_'
    ELSE i.category <> s.category END)"""


def _contradictions(cells: Cells) -> list[str]:
    """Corrections that the record itself rules out."""
    party = f"{_ROW} JOIN LATERAL {_latest('party')} p ON true"
    end = "CASE WHEN p.official_on < i.joined_on THEN p.official_on ELSE p.valid_to END"
    return [
        cells.finding(
            "recruited_on",
            "recruited_after_next",
            source=f"{_ROW} {_RECRUITED}",
            detail="jsonb_build_object('on', r.valid_to)",
            where=f"NOT {_agrees('recruited_on', 'r.valid_from')} AND r.valid_to <= i.recruited_on",
        ),
        cells.finding(
            "joined_on",
            "party_contradicts",
            source=party,
            detail=f"jsonb_build_object('on', {end})",
            where=f"""NOT {_agrees("joined_on", "p.joined_on")}
                          AND (p.official_on < i.joined_on OR p.valid_to <= i.joined_on)""",
        ),
        cells.finding(
            "category",
            "category_mode",
            source=f"{_ROW} JOIN LATERAL {_latest('status')} s ON true",
            detail="jsonb_build_object('name', (SELECT name_vi FROM catalogue_item WHERE catalogue ="
            " 'employment_categories' AND key = s.category LIMIT 1))",
            where=f"""{_OTHER_CATEGORY} AND NOT {_corrects("s")} AND EXISTS (SELECT 1 FROM catalogue_item k
                WHERE k.catalogue = 'category_transitions' AND k.extra->>'modes' <> ''
                    AND s.category = ANY (string_to_array(k.extra->>'from_categories', '|'))
                    AND {_CATEGORY} = ANY (string_to_array(k.extra->>'to_categories', '|')))""",
        ),
    ]


# What differs becomes an operation


@dataclass(frozen=True)
class Difference:
    """A column that may differ: when it does, and which fields then change, as SQL."""

    name: str
    where: str
    values: dict[str, str]


def _whole(kind: str, alias: str) -> str:
    """All fields of a recorded fact, as operations carry them."""
    pairs = ", ".join(f"'{name}', {alias}.{name}" for name in FACTS[kind].columns())
    return f"jsonb_build_object({pairs})"


def _changes(differences: Sequence[Difference]) -> str:
    """The changed fields alone."""
    parts = []
    for one in differences:
        if one.values:
            pairs = ", ".join(f"'{name}', {value}" for name, value in one.values.items())
            parts.append(f"CASE WHEN {one.where} THEN jsonb_build_object({pairs}) ELSE '{{}}'::jsonb END")
    return "(" + " || ".join(parts) + ")"


def _differs(differences: Sequence[Difference]) -> str:
    """The titles of the columns that differ."""
    parts = ", ".join(f"CASE WHEN {one.where} THEN '{TITLES[one.name]}' END" for one in differences)
    return f"array_remove(ARRAY[{parts}], NULL)"


def _plain(name: str, recorded: str, column: str = "") -> Difference:
    """A value given and other than the recorded one."""
    return Difference(
        name,
        f"(i.{name} IS NOT NULL AND i.{name} IS DISTINCT FROM {recorded}.{column or name})",
        {column or name: f"i.{name}"},
    )


def _wording(name: str, recorded: str) -> Difference:
    """The same for free text, where only letter case may differ without meaning anything else."""
    return Difference(
        name,
        f"(i.{name} IS NOT NULL AND lower(i.{name}) IS DISTINCT FROM lower({recorded}.{name}))",
        {name: f"i.{name}"},
    )


def _plans() -> Iterator[str]:
    yield _plan_identity()
    yield from _plan_status()
    yield _plan_appointment()
    yield _plan_salary()
    yield _plan_level("qualification", "education", 6, "education_levels")
    yield _plan_level("political_theory", "political_theory", 7, "political_theory")
    yield _plan_party()


_PLAN = """INSERT INTO import_plan (row, place, action, kind, official_id, fact_id, valid_from,
valid_from_precision,
    valid_to, valid_to_precision, fields, differs) SELECT i.row, """
_SAME_PAPER = """EXISTS (SELECT 1 FROM decision d WHERE d.id = {0}.decision_id AND d.number =
i.decision_number
    AND d.issued_on = i.issued_on)"""


def _corrects(fact: str) -> str:
    """Whether a difference corrects a recorded fact: the same paper said it, or a paper from before it began.

    Any other paper brings something new, from its own day on.
    """
    return f"({_SAME_PAPER.format(fact)} OR i.issued_on <= {fact}.valid_from)"


def _plan_identity() -> str:
    moved = f"(NOT {_agrees('birth_date', 'f.birth_date')})"
    start = f"{moved} AND (f.valid_from = f.birth_date OR f.valid_from < i.birth_date)"
    differences = [
        _wording("full_name", "f"),
        Difference(
            "birth_date",
            moved,
            {"birth_date": "i.birth_date", "birth_date_precision": "i.birth_date_precision"},
        ),
        _plain("sex", "f"),
        _plain("ethnic_group", "f"),
        _plain("religion", "f"),
        _wording("native_place", "f"),
    ]
    return f"""{_PLAN} 1, 'amend', 'identity', k.official_id, f.id,
            CASE WHEN {start} THEN i.birth_date ELSE f.valid_from END,
            CASE WHEN {start} THEN 'day' ELSE f.valid_from_precision END, f.valid_to, f.valid_to_precision,
            {_whole("identity", "f")} || {_changes(differences)}, {_differs(differences)}
        FROM {_ROW} JOIN LATERAL {_latest("identity")} f ON true
        WHERE cardinality({_differs(differences)}) > 0"""


def _plan_status() -> Iterator[str]:
    """A recruitment day corrects the first status; a category corrects the present one or follows it."""
    category, other = _CATEGORY, _OTHER_CATEGORY
    moved = f"(NOT {_agrees('recruited_on', 'r.valid_from')})"
    source = f"FROM {_ROW} JOIN LATERAL {_latest('status')} s ON true {_RECRUITED}"
    both = [
        Difference("recruited_on", moved, {}),
        Difference("category", f"(r.id = s.id AND {other})", {"category": category}),
    ]
    yield f"""{_PLAN} 2, 'correct', 'status', k.official_id, r.id, i.recruited_on, i.recruited_on_precision,
            r.valid_to, r.valid_to_precision, {_whole("status", "r")} || {_changes(both)}, {_differs(both)}
        {source} WHERE {moved}"""
    corrects = _corrects("s")
    yield f"""{_PLAN} 3, CASE WHEN {corrects} THEN 'correct' ELSE 'record' END, 'status', k.official_id,
            CASE WHEN {corrects} THEN s.id END,
            CASE WHEN {corrects} THEN s.valid_from ELSE i.issued_on END,
            CASE WHEN {corrects} THEN s.valid_from_precision ELSE 'day' END,
            CASE WHEN {corrects} THEN s.valid_to END, s.valid_to_precision,
            CASE WHEN {corrects} THEN {_whole("status", "s")} ELSE {_whole("status", "s")} ||
            '{{"reason": null}}' END
                || jsonb_build_object('category', {category}), ARRAY['{TITLES["category"]}']
        {source} WHERE {other} AND NOT coalesce({moved} AND r.id = s.id, false)"""


def _plan_appointment() -> str:
    """Another unit or post: a correction, or a new main post from the day of the paper.

    In another unit the new post is what the row says and nothing else; in the same one the rest goes on.
    """
    unit = "(u.id IS DISTINCT FROM a.organization_id)"
    differences = [
        Difference("organization", unit, {"organization_id": "u.id"}),
        _plain("position", "a"),
        _wording("job_position", "a"),
    ]
    corrects = f"coalesce({_corrects('a')}, false)"
    said = "'organization_id', u.id, 'position', i.position, 'job_position', i.job_position, 'is_main', true"
    return f"""{_PLAN} 4, CASE WHEN {corrects} THEN 'correct' ELSE 'record' END, 'appointment', k.official_id,
            CASE WHEN {corrects} THEN a.id END,
            CASE WHEN {corrects} THEN a.valid_from ELSE i.issued_on END,
            CASE WHEN {corrects} THEN a.valid_from_precision ELSE 'day' END,
            CASE WHEN {corrects} THEN a.valid_to END, coalesce(CASE WHEN {corrects} THEN
            a.valid_to_precision END, 'day'),
            CASE WHEN NOT {corrects} AND {unit} THEN jsonb_build_object({said})
                ELSE {_whole("appointment", "a")} || CASE WHEN {corrects} THEN '{{}}'::jsonb ELSE
                '{{"event": null}}' END
                    || {_changes(differences)} END, {_differs(differences)}
        FROM {_ROW} JOIN import_unit u ON u.code = i.organization
        LEFT JOIN LATERAL {_latest("appointment", "AND f.is_main")} a ON true
        WHERE cardinality({_differs(differences)}) > 0"""


def _plan_salary() -> str:
    """The step paid from the day given: recorded so, recorded otherwise (corrected), or new from that day.

    A fact with the same step and another day is that step: its day is corrected, unless it had ended by then.
    """
    day = _agrees("paid_from", "f.valid_from")
    same = "(f.rank = i.rank AND f.step = i.step AND f.coefficient = i.coefficient)"
    differences = [
        Difference("rank", "(i.rank IS DISTINCT FROM f.rank)", {"rank": "i.rank"}),
        Difference("step", "(i.step IS DISTINCT FROM f.step)", {"step": "i.step"}),
        Difference(
            "coefficient",
            "(i.coefficient IS DISTINCT FROM f.coefficient)",
            {"coefficient": "i.coefficient::text"},
        ),
        Difference("paid_from", f"(coalesce(NOT {day}, true))", {}),
    ]
    step_changes = [Difference(one.name, one.where.replace("f.", "w."), {}) for one in differences[:3]]
    new_step = f"array_append({_differs(step_changes)}, '{TITLES['paid_from']}')"
    fresh = """jsonb_build_object('rank', i.rank, 'step', i.step, 'coefficient', i.coefficient::text,
    'pay_percent', 100,
        'overrun_percent', 0, 'reserve_coefficient', '0')"""
    return f"""{_PLAN} 5, CASE WHEN f.id IS NULL THEN 'record' ELSE 'correct' END, 'salary', k.official_id,
    f.id,
            CASE WHEN {day} THEN f.valid_from ELSE i.paid_from END,
            CASE WHEN {day} THEN f.valid_from_precision ELSE i.paid_from_precision END,
            f.valid_to, coalesce(f.valid_to_precision, 'day'),
            CASE WHEN f.id IS NULL THEN {fresh} ELSE {_whole("salary", "f")} || {_changes(differences[:3])}
            END,
            CASE WHEN f.id IS NULL THEN {new_step} ELSE {_differs(differences)} END
        FROM {_ROW} LEFT JOIN LATERAL {_latest("salary")} w ON true
        LEFT JOIN LATERAL (SELECT f.* FROM fact_salary f WHERE f.official_id = k.official_id
            AND f.recorded_to IS NULL AND ({day} OR {same} AND (f.valid_to IS NULL OR f.valid_to >
            i.paid_from))
            ORDER BY {day} DESC, f.valid_from DESC LIMIT 1) f ON true
        WHERE i.paid_from IS NOT NULL AND cardinality({_differs(differences)}) > 0"""


def _plan_level(kind: str, name: str, place: int, catalogue: str) -> str:
    """A level not recorded yet, from the day of the paper. Entries of one name are one level."""
    return f"""{_PLAN} {place}, 'record', '{kind}', k.official_id, NULL, i.issued_on, 'day', NULL, 'day',
            jsonb_build_object('level', i.{name}), ARRAY['{TITLES[name]}']
        FROM {_ROW} WHERE i.{name} IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM fact_{kind} f WHERE f.official_id = k.official_id AND f.recorded_to IS NULL
                AND (f.level = i.{name} OR f.level IN (SELECT b.key FROM catalogue_item a JOIN
                    catalogue_item b
                    ON b.catalogue = a.catalogue AND lower(b.name_vi) = lower(a.name_vi)
                    WHERE a.catalogue = '{catalogue}' AND a.key = i.{name})))"""


def _plan_party() -> str:
    joined = "jsonb_build_object('joined_on', i.joined_on, 'joined_on_precision', i.joined_on_precision)"
    return f"""{_PLAN} 8, CASE WHEN p.id IS NULL THEN 'record' ELSE 'correct' END, 'party', k.official_id,
    p.id,
            i.joined_on, i.joined_on_precision, p.valid_to, coalesce(p.valid_to_precision, 'day'),
            CASE WHEN p.id IS NULL THEN {joined} ELSE {_whole("party", "p")} || {joined} END,
            ARRAY['{TITLES["joined_on"]}']
        FROM {_ROW} LEFT JOIN LATERAL {_latest("party")} p ON true
        WHERE i.joined_on IS NOT NULL AND NOT coalesce({_agrees("joined_on", "p.joined_on")}, false)"""
