"""Checking staged facts by sets: whose they are, codes and bounds at their dates, what the table itself demands, and
which facts on record each row is about. What differs becomes the plan of a change, one operation a row.

A row is about the fact it names; else, of a kind that admits one at a time, about the one with the same start; else
about one that says the same already. Empty cells say nothing: they neither differ nor delete.

What is closed to whoever imports is compared only with what the same account said itself: an import that told whether
somebody else's words are the same would let them be guessed.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.bulk.checking import Bounds, _note, _run
from registry.bulk.columns import FACT, FROM, NAME, PERSON, SIGNED, TO, field_title
from registry.bulk.fact_sheet import continues
from registry.bulk.kinds import by_title
from registry.bulk.staging import MANY_ROWS
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Kind
from registry.officials.queries import hidden_fields, visible_fields

_INCOMING = "import_incoming i"
_KNOWN = "import_incoming i JOIN import_known k ON k.row = i.row"


@dataclass(frozen=True)
class Closed:
    """The columns of a kind that whoever imports may not read, `whole`: all of them; and SQL of the operation `o`, of a change of
    the own making, that brought a fact `f`. What it carried on from an earlier fact is not in `o.said`."""

    columns: frozenset[str]
    whole: bool
    brought: str

    @staticmethod
    def to(actor: Actor, kind: Kind) -> "Closed":
        """What of a kind is closed to an account."""
        classes = actor.field_classes()
        return Closed(
            frozenset(column for one in hidden_fields(kind, classes) for column in one.stored_in),
            not visible_fields(kind, classes),
            f"""SELECT 1 FROM change made JOIN change_operation o ON o.change_id = made.id
                WHERE made.id = f.change_id AND made.maker_id = {actor.user_id:d} AND o.official_id = f.official_id
                    AND o.kind = '{kind.name}' AND o.fact_id IS NOT DISTINCT FROM f.supersedes AND o.said IS NOT NULL""",
        )

    @property
    def own(self) -> str:
        """SQL of whether the fact came in by a change of the own making."""
        return f"EXISTS ({self.brought})"

    def about(self, key: str) -> str:
        """SQL of whether the column named by `key` is closed and holds what the account did not say itself."""
        if not self.columns:
            return "false"
        names = ", ".join(f"'{name}'" for name in sorted(self.columns))
        return f"({key} IN ({names}) AND NOT EXISTS ({self.brought} AND {key} = ANY (o.said)))"


def check_facts(
    session: Session, actor: Actor, name: str, header: Sequence[str], rows: int, bounds: Bounds
) -> None:
    """All wrong in import_incoming goes to import_found, what is new or differs to import_plan."""
    kind, parameters = FACTS[name], bounds.parameters()
    cells, closed = FactCells(kind, header), Closed.to(actor, FACTS[name])
    for statement in (_DROP, *_TABLES):
        _run(session, statement)
    _run(session, _PERSONS, parameters)
    if rows >= MANY_ROWS:
        _run(session, "ANALYZE import_known")
    blank = {"blank": json.dumps(_blank(kind))}
    if continues(kind):
        _run(session, _undated(kind), parameters)
    _run(session, _match(kind, closed), blank)
    _note(session, [*_findings(cells), *_code_findings(cells), *_file_findings(cells)], parameters)
    if continues(kind):
        _run(session, _plan_continued(kind, closed))
    else:
        _run(session, _plan(kind), blank)
    further = [*_overlaps(cells), *_broken(cells)]
    if kind.name == "salary":
        further += _steps(cells)
    if kind.name == "identity":
        further.append(_number_differs(cells))
    if further:
        _note(session, further, parameters)
    _run(
        session,
        "DELETE FROM import_plan p USING import_found f WHERE f.row = p.row AND f.severity = 'error'",
    )


class FactCells:
    """Findings about the columns of a kind, told at the column that the file has."""

    def __init__(self, kind: Kind, header: Sequence[str]) -> None:
        self.kind = kind
        self.places = {title: place for place, title in enumerate(header, start=1)}
        self.titles: dict[str, str] = {}
        for title in header:
            one = by_title(title, kind.name)
            if one is not None and one.field:
                self.titles.setdefault(one.field, one.title)

    def at(self, field: str) -> str:
        """The title of a field's column; the start of the fact where the file has none."""
        return self.titles.get(field, FROM)

    def finding(
        self,
        title: str,
        code: str,
        where: str,
        *,
        source: str = _INCOMING,
        detail: str = "'{}'::jsonb",
        severity: str = "error",
    ) -> str:
        """One SELECT of findings about a column."""
        place = self.places.get(title)
        value = f"nullif(left(i.cells[{place}], 200), '')" if place else "NULL"
        return (
            f"SELECT i.row, '{title}', {value}, '{code}', '{severity}', {detail} FROM {source} WHERE {where}"
        )


# Persons and the facts on record


_DROP = """DROP TABLE IF EXISTS pg_temp.import_known, pg_temp.import_match, pg_temp.import_plan"""
_TABLES = (
    """CREATE TEMP TABLE import_known (row int, official_id bigint, version int, full_name text)
        ON COMMIT DROP""",
    """CREATE TEMP TABLE import_match (row int, fact_id bigint, fact jsonb, valid_to date,
        valid_to_precision varchar(5), differs text[]) ON COMMIT DROP""",
    """CREATE TEMP TABLE import_plan (row int, place int, action text, kind text, official_id bigint,
        fact_id bigint, valid_from date, valid_from_precision varchar(5), valid_to date,
        valid_to_precision varchar(5), fields jsonb, differs text[]) ON COMMIT DROP""",
)
_PERSONS = """INSERT INTO import_known
    SELECT i.row, c.official_id, o.version, c.full_name
    FROM import_incoming i JOIN official_current c ON c.personal_id = i.personal_id
        AND c.org_ord <@ CAST(:ranges AS int4multirange) AND c.org_ord BETWEEN :low AND :high
    JOIN official o ON o.id = c.official_id"""


def _agrees(name: str) -> str:
    """Whether a date of the row is the recorded one, as precisely as it is known."""
    precision = f"i.{name}_precision"
    return f"({precision} = f.{name}_precision AND i.{name} = date_trunc({precision}, f.{name}::timestamp)::date)"


def _undated(kind: Kind) -> str:
    """Of a kind that always holds, a row without a start is about what holds today, else about what is nearest."""
    return f"""UPDATE import_incoming i SET fact_id = coalesce(i.fact_id, f.id), valid_from = f.valid_from,
            valid_from_precision = f.valid_from_precision
        FROM import_known k JOIN import_incoming told ON told.row = k.row
        CROSS JOIN LATERAL (SELECT x.* FROM fact_{kind.name} x
            WHERE x.official_id = k.official_id AND x.closed_by IS NULL
                AND (told.fact_id IS NULL OR x.id = told.fact_id)
            ORDER BY (x.valid_from <= :today) DESC, abs(x.valid_from - :today) LIMIT 1) f
        WHERE k.row = i.row AND i.valid_from IS NULL"""


def _match(kind: Kind, closed: Closed) -> str:
    """The believed fact that each row is about, and the titles of what differs from it."""
    titles = {column: field_title(one) for one in kind.fields for column in one.stored_in}
    named = ", ".join(f"('{name}', '{title}')" for name, title in titles.items())
    same = _agrees("valid_from")
    alike = "cardinality(d.differs) = 0"
    if kind.exclusive is not None:
        keys = (
            " AND ".join(
                f"to_jsonb(f)->'{key}' = coalesce(t.typed->'{key}', to_jsonb(f)->'{key}')"
                for key in kind.exclusive
            )
            or "true"
        )
        when = ""
        if kind.exclusive_when:
            when = f""" AND ({kind.exclusive_when}) AND EXISTS (SELECT 1 FROM jsonb_populate_record(
                NULL::fact_{kind.name}, CAST(:blank AS jsonb) || i.fields) WHERE {kind.exclusive_when})"""
        alike = f"({alike} OR {keys}{when})"
    return f"""INSERT INTO import_match
        SELECT i.row, m.id, m.fact, m.valid_to, m.valid_to_precision, m.differs
        FROM {_KNOWN}
        CROSS JOIN LATERAL (SELECT to_jsonb(jsonb_populate_record(NULL::fact_{kind.name}, i.fields)) AS typed) t
        CROSS JOIN LATERAL (SELECT f.id, to_jsonb(f) AS fact, f.valid_to, f.valid_to_precision, d.differs
            FROM fact_{kind.name} f CROSS JOIN LATERAL (SELECT
                ARRAY(SELECT DISTINCT n.title FROM jsonb_object_keys(i.fields) AS g(key)
                    JOIN (VALUES {named}) AS n(name, title) ON n.name = g.key
                    WHERE t.typed->g.key IS DISTINCT FROM to_jsonb(f)->g.key OR {closed.about("g.key")} ORDER BY 1)
                || CASE WHEN {same} THEN '{{}}'::text[] ELSE ARRAY['{FROM}'] END
                || CASE WHEN i.valid_to IS NULL OR coalesce({_agrees("valid_to")}, false) THEN '{{}}'::text[]
                    ELSE ARRAY['{TO}'] END AS differs) d
            WHERE f.official_id = k.official_id AND f.closed_by IS NULL
                AND (f.id = i.fact_id OR i.fact_id IS NULL AND {same} AND {alike}){f" AND {closed.own}" if closed.whole else ""}
            ORDER BY cardinality(d.differs), f.id LIMIT 1) m"""


# What is wrong


def _findings(cells: FactCells) -> Iterator[str]:
    yield cells.finding(
        PERSON,
        "person_unknown",
        "i.personal_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM import_known k WHERE k.row = i.row)",
    )
    yield cells.finding(
        NAME,
        "other_name",
        "registry_fold(i.full_name) <> registry_fold(k.full_name)",
        source=_KNOWN,
        detail="jsonb_build_object('recorded', k.full_name)",
    )
    yield cells.finding(TO, "period_order", "i.valid_to <= i.valid_from")
    yield cells.finding(SIGNED, "decision_future", "i.issued_on > :today")
    yield cells.finding(
        FACT,
        "fact_unknown",
        "i.fact_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM import_match m WHERE m.row = i.row)",
        source=_KNOWN,
    )
    first = "jsonb_build_object('first', d.first)"
    for title, key in (
        (FACT, "m.fact_id"),
        (PERSON, "(k.official_id, i.valid_from, i.fields)"),
    ):
        matched = " LEFT JOIN import_match m ON m.row = i.row"
        only = "m.fact_id IS NOT NULL" if title == FACT else "m.fact_id IS NULL"
        yield cells.finding(
            title if title in cells.places else PERSON,
            "twice_in_file",
            "d.row > d.first",
            detail=first,
            source=f"""import_incoming i JOIN (SELECT i.row, min(i.row) OVER (PARTITION BY {key}) AS first
                FROM {_KNOWN}{matched} WHERE {only}) d ON d.row = i.row""",
        )


def _code_findings(cells: FactCells) -> Iterator[str]:
    """Codes that had ended before the fact begins (or by today, where the list is today's), and places that disagree."""
    for one in cells.kind.coded():
        today = one.today_code or continues(cells.kind)
        on = "CAST(:today AS date)" if today else "i.valid_from"
        yield cells.finding(
            cells.at(one.name),
            "code_ended_before",
            f"e.ended_on <= {on}",
            detail="jsonb_build_object('on', e.ended_on)",
            source=f"""import_incoming i JOIN (SELECT key, max(valid_to) AS ended_on FROM catalogue_item
                WHERE catalogue = '{one.catalogue}' GROUP BY key
                HAVING bool_and(valid_to IS NOT NULL)) e ON e.key = i.fields->>'{one.name}'""",
        )
        if one.catalogue == "communes":
            province = one.name.replace("commune", "province")
            yield cells.finding(
                cells.at(one.name),
                "commune_elsewhere",
                f"i.fields->>'{province}' <> c.extra->>'province'",
                source=f"""import_incoming i JOIN catalogue_item c ON c.catalogue = 'communes'
                    AND c.key = i.fields->>'{one.name}'""",
            )


def _file_findings(cells: FactCells) -> Iterator[str]:
    """Files that nobody uploaded as a portrait, or that are out of sight."""
    for one in cells.kind.fields:
        if one.type == "file":
            yield cells.finding(
                cells.at(one.name),
                "unknown_file",
                f"""i.fields ? '{one.name}' AND NOT EXISTS (SELECT 1 FROM file d
                    WHERE d.uid = (i.fields->>'{one.name}')::uuid AND d.purpose = 'portrait')""",
            )


def _overlaps(cells: FactCells) -> Iterator[str]:
    """Of a kind that admits one fact at a time, two rows of the file that want the same days."""
    kind = cells.kind
    if kind.exclusive is None:
        return
    keys = ", ".join(["p.official_id", *(f"p.fields->>'{key}'" for key in kind.exclusive)])
    yield cells.finding(
        FROM,
        "overlap_in_file",
        "d.last_end > d.valid_from OR d.last_start = d.valid_from",
        detail="jsonb_build_object('first', d.first)",
        source=f"""import_incoming i JOIN (SELECT p.row, p.valid_from,
                lag(coalesce(p.valid_to, 'infinity'::date)) OVER w AS last_end, lag(p.row) OVER w AS first,
                lag(p.valid_from) OVER w AS last_start
            FROM import_plan p{_only_exclusive(kind)} WINDOW w AS (PARTITION BY {keys} ORDER BY p.valid_from, p.row))
            d ON d.row = i.row""",
    )


def _only_exclusive(kind: Kind) -> str:
    """Those planned rows to which the rule of one at a time applies."""
    if not kind.exclusive_when:
        return ""
    return (
        f" WHERE EXISTS (SELECT 1 FROM jsonb_populate_record(NULL::fact_{kind.name}, p.fields)"
        f" WHERE {kind.exclusive_when})"
    )


def _broken(cells: FactCells) -> Iterator[str]:
    """What must agree within a fact, by the checks of its table; told at the last field that a check speaks of."""
    kind = cells.kind
    for _, sql, words in kind.checks:
        field = [one.name for one in kind.fields if re.search(rf"\b{one.name}\b", sql)][-1]
        vi, en = (_quoted(said.rstrip(".")) for said in words)
        yield cells.finding(
            cells.at(field),
            "check_broken",
            "x.holds IS FALSE",
            detail=f"jsonb_build_object('vi', {vi}, 'en', {en})",
            source=f"""import_incoming i JOIN (SELECT planned_row, ({sql}) AS holds FROM (
                SELECT p.row AS planned_row, r.* FROM import_plan p CROSS JOIN LATERAL
                    jsonb_populate_record(NULL::fact_{kind.name}, p.fields || jsonb_build_object(
                        'official_id', p.official_id, 'valid_from', p.valid_from, 'valid_to', p.valid_to)) r) f)
                x ON x.planned_row = i.row""",
        )


def _quoted(words: str) -> str:
    """Words of a declaration as a literal in a statement."""
    return "'" + words.replace("'", "''").replace(":", "\\:") + "'"


def _number_differs(cells: FactCells) -> str:
    """Sex or birth year another than the personal number tells: possible after a correction, so a warning."""
    planned = """import_incoming i JOIN import_plan p ON p.row = i.row
        CROSS JOIN LATERAL jsonb_populate_record(NULL::fact_identity, p.fields) s"""
    told = [one for one in ("birth_date", "sex") if cells.titles.get(one) in cells.places]
    year = "extract(year FROM s.birth_date)::int"
    return cells.finding(
        cells.at(told[0]) if told else PERSON,
        "personal_id_mismatch",
        f"""i.fields ?| ARRAY['birth_date', 'sex'] AND (substr(i.personal_id, 5, 2)::int <> {year} % 100
            OR substr(i.personal_id, 4, 1)::int <> ({year} / 100 - 19) * 2 + (s.sex = 'nu')::int)""",
        source=planned,
        severity="warning",
    )


def _steps(cells: FactCells) -> list[str]:
    """The step exists in the rank and has this coefficient, where the tables of law hold the rank."""
    planned = """import_incoming i JOIN import_plan p ON p.row = i.row
        CROSS JOIN LATERAL jsonb_populate_record(NULL::fact_salary, p.fields) s"""
    return [
        cells.finding(
            cells.at("step"),
            "no_such_step",
            "NOT EXISTS (SELECT 1 FROM law_step l WHERE l.rank = s.rank AND l.step = s.step)",
            source=f"""{planned} JOIN (SELECT rank, max(step) AS steps FROM law_step GROUP BY rank) m
                ON m.rank = s.rank""",
            detail="jsonb_build_object('rank', s.rank, 'steps', m.steps)",
        ),
        cells.finding(
            cells.at("coefficient"),
            "coefficient_mismatch",
            "l.coefficient <> s.coefficient",
            source=f"{planned} JOIN law_step l ON l.rank = s.rank AND l.step = s.step",
            detail="jsonb_build_object('rank', s.rank, 'step', s.step, 'coefficient', l.coefficient::text)",
        ),
    ]


# What becomes of it


def _blank(kind: Kind) -> dict[str, object]:
    """Every column of a new fact of which nothing is said."""
    blank: dict[str, object] = {}
    for one in kind.fields:
        blank |= dict.fromkeys(one.stored_in)
        if one.default is not None:
            blank[one.name] = one.default
    return blank


def _plan(kind: Kind) -> str:
    """A new fact, or the correction of the one the row is about; a new one without end ends where the next row begins."""
    columns = ", ".join(f"'{name}'" for name in kind.columns())
    following = "NULL::date"
    if kind.exclusive is not None:
        keys = ", ".join(["k.official_id", *(f"i.fields->>'{key}'" for key in kind.exclusive)])
        following = f"lead(i.valid_from) OVER (PARTITION BY {keys} ORDER BY i.valid_from, i.row)"
    return f"""INSERT INTO import_plan
        SELECT row, 1, CASE WHEN fact_id IS NULL THEN 'record' ELSE 'correct' END, '{kind.name}', official_id, fact_id,
            valid_from, valid_from_precision,
            coalesce(valid_to, CASE WHEN fact_id IS NULL THEN following ELSE recorded_to_day END),
            CASE WHEN valid_to IS NOT NULL THEN valid_to_precision WHEN fact_id IS NULL THEN 'day'
                ELSE coalesce(recorded_precision, 'day') END,
            CASE WHEN fact_id IS NULL THEN CAST(:blank AS jsonb) ELSE (SELECT jsonb_object_agg(e.key, e.value)
                FROM jsonb_each(fact) e WHERE e.key IN ({columns})) END || fields, coalesce(differs, '{{}}')
        FROM (SELECT i.row, k.official_id, m.fact_id, m.fact, m.differs, i.valid_from, i.valid_from_precision,
                i.valid_to, i.valid_to_precision, m.valid_to AS recorded_to_day,
                m.valid_to_precision AS recorded_precision, i.fields, {following} AS following
            FROM {_KNOWN} LEFT JOIN import_match m ON m.row = i.row) x
        WHERE valid_from IS NOT NULL AND (fact_id IS NULL OR cardinality(differs) > 0)
            AND NOT EXISTS (SELECT 1 FROM import_found f WHERE f.row = x.row AND f.severity = 'error')"""


def _plan_continued(kind: Kind, closed: Closed) -> str:
    """The identity amended, or changed from a day on; whatever a row does not say stays as it was.

    The birth of a person begins the identity: corrected, it takes the start along, unless the row names another one.
    """
    columns = ", ".join(f"'{name}'" for name in kind.columns())
    secret = " OR ".join(f"i.fields ? '{name}'" for name in sorted(closed.columns)) or "false"
    born, was = "(w.fields->>'birth_date')::date", "(w.fact->>'birth_date')::date"
    follows = f"""m.fact_id IS NOT NULL AND {born} <> {was} AND w.since = i.valid_from AND (w.since = {was} OR w.since < {born})"""
    return f"""INSERT INTO import_plan
        SELECT i.row, 1, CASE WHEN m.fact_id IS NULL THEN 'record' ELSE 'amend' END, '{kind.name}', k.official_id,
            m.fact_id, CASE WHEN {follows} THEN {born} ELSE i.valid_from END,
            CASE WHEN {follows} THEN 'day' ELSE i.valid_from_precision END,
            CASE WHEN m.fact_id IS NULL THEN coalesce(i.valid_to, lead(i.valid_from)
                OVER (PARTITION BY k.official_id ORDER BY i.valid_from, i.row)) ELSE coalesce(i.valid_to, m.valid_to) END,
            CASE WHEN i.valid_to IS NOT NULL THEN i.valid_to_precision ELSE coalesce(m.valid_to_precision, 'day') END,
            w.fields, coalesce(m.differs, '{{}}')
        FROM {_KNOWN} LEFT JOIN import_match m ON m.row = i.row
        CROSS JOIN LATERAL (SELECT coalesce(m.fact, (SELECT to_jsonb(f) FROM fact_{kind.name} f
            WHERE f.official_id = k.official_id AND f.closed_by IS NULL
            ORDER BY (f.valid_from <= i.valid_from) DESC, abs(f.valid_from - i.valid_from) LIMIT 1)) AS fact) x
        CROSS JOIN LATERAL (SELECT x.fact, (x.fact->>'valid_from')::date AS since, (SELECT jsonb_object_agg(e.key, e.value)
            FROM jsonb_each(x.fact) e WHERE e.key IN ({columns})) AS whole) v
        CROSS JOIN LATERAL (SELECT v.fact, v.since, v.whole, v.whole || i.fields AS fields) w
        WHERE (m.fact_id IS NULL AND (w.fields <> w.whole OR {secret}) OR cardinality(m.differs) > 0)
            AND NOT EXISTS (SELECT 1 FROM import_found f WHERE f.row = i.row AND f.severity = 'error')"""


KEEP_FACTS = (
    """INSERT INTO import_row (import_id, row, cells, outcome, differs)
        SELECT :import, i.row, i.cells, CASE WHEN EXISTS (SELECT 1 FROM import_found f
                WHERE f.row = i.row AND f.severity = 'error') THEN 'rejected'
            WHEN p.row IS NULL THEN 'unchanged' WHEN p.action = 'record' THEN 'new' ELSE 'changed' END,
            CASE WHEN p.action = 'correct' THEN p.differs END
        FROM import_incoming i LEFT JOIN import_plan p ON p.row = i.row""",
    """INSERT INTO import_finding (import_id, row, "column", value, code, severity, detail)
        SELECT :import, row, title, value, code, severity, detail FROM import_found ORDER BY row, severity""",
    """INSERT INTO import_planned (import_id, row, place, version, action, official_id, kind, fact_id, valid_from,
            valid_from_precision, valid_to, valid_to_precision, fields, said, decision_number, issued_on)
        SELECT :import, p.row, p.place, k.version, p.action, p.official_id, p.kind, p.fact_id, p.valid_from,
            p.valid_from_precision, p.valid_to, p.valid_to_precision, p.fields,
            ARRAY(SELECT jsonb_object_keys(CASE WHEN p.action = 'record' AND p.kind <> 'identity' THEN p.fields ELSE i.fields END)),
            i.decision_number, i.issued_on
        FROM import_plan p JOIN import_known k ON k.row = p.row JOIN import_incoming i ON i.row = p.row""",
)
"""Rows with their outcome, findings, and what a submission needs, from the temporary tables."""
