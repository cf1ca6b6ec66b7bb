"""Reading units: the tree level by level, one unit with its past and its heirs, its posts, search. Both
clocks throughout.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.errors import Flaw, Invalid, not_found
from registry.periods import AsOf
from registry.words import Words

MOST_WORDS = 8
LIKE_SPECIAL = str.maketrans({"%": r"\%", "_": r"\_", "\\": r"\\"})


@dataclass(frozen=True)
class Node:
    """A unit as a level of the tree shows it; [ord, last] is its subtree in today's tree."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str
    parent: str | None
    has_children: bool
    ord: int
    last: int


@dataclass(frozen=True)
class Version:
    """What a unit was from a day to a day, as recorded from a moment to a moment."""

    name: str
    name_en: str
    kind: str
    parent: str | None
    parent_name: str | None
    province: str | None
    electronic_id: str | None
    valid_from: date
    valid_to: date | None
    recorded_from: datetime
    legal_basis: str

    def holds(self, on: date) -> bool:
        """Whether this is what the unit was on a day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


@dataclass(frozen=True)
class Heir:
    """A unit that took over from another, or that another took over from."""

    code: str
    name: str
    on: date
    legal_basis: str


@dataclass(frozen=True)
class Unit:
    """A unit: its versions, newest first, which of them holds on the day, what it came from and what it
    became.

    `version` is None before the unit began and after it ended.
    """

    id: int
    code: str
    ord: int
    last: int
    versions: tuple[Version, ...]
    version: Version | None
    predecessors: tuple[Heir, ...]
    successors: tuple[Heir, ...]
    path: tuple[tuple[str, str], ...] = field(default=())

    @property
    def shown(self) -> Version:
        """The version to name the unit by: that of the day, else the newest."""
        return self.version or self.versions[0]

    @property
    def ended_on(self) -> date | None:
        """The day from which the unit was no more."""
        return self.versions[0].valid_to


@dataclass(frozen=True)
class Staffed:
    """A post with its quota and how many people of the reader's scope fill it."""

    title: str
    position: str | None
    category: str
    quota: int
    filled: int
    leading: bool

    @property
    def vacant(self) -> int:
        """Places without a person; a post filled beyond its quota has none."""
        return max(self.quota - self.filled, 0)


@dataclass(frozen=True)
class Strength:
    """Quota and people of a unit with everything below it: those within the quota, by category, and contracts
    beside.
    """

    quota: int
    present: int
    by_category: tuple[tuple[str, int], ...]
    beside: int
    leading_vacant: int

    @property
    def vacant(self) -> int:
        """Places without a person."""
        return max(self.quota - self.present, 0)


def _clocks(as_of: AsOf) -> dict[str, Any]:
    return {"on": as_of.on, "known": as_of.known_at}


def _believed(alias: str) -> str:
    """Rows believed at :known (null: now)."""
    return (
        f"({alias}.recorded_to IS NULL AND CAST(:known AS timestamptz) IS NULL"
        f" OR {alias}.recorded_from <= :known"
        f" AND ({alias}.recorded_to IS NULL OR {alias}.recorded_to > :known))"
    )


def _holds(alias: str) -> str:
    return f"{alias}.valid_from <= :on AND ({alias}.valid_to IS NULL OR {alias}.valid_to > :on)"


_NODE = f"""u.id, u.code, v.name, v.name_en, v.kind, u.ord, u.last,
    (SELECT p.code FROM organization p WHERE p.id = v.parent_id) AS parent,
    EXISTS (SELECT 1 FROM organization_version c WHERE c.parent_id = u.id AND {_holds("c")} AND
        {_believed("c")}) AS has_children"""


def find_children(
    session: Session, parent: str | None, as_of: AsOf, *, after: int | None = None, limit: int = 60
) -> tuple[list[Node], int]:
    """The units directly under a unit (None: the top) on a day, in the order of the tree, and how many are
    left over.

    `after` is the `ord` of the last one shown. Raises NotFound for a code that never existed.
    """
    above = None if parent is None else _id_of(session, parent)
    where = "v.parent_id IS NULL" if above is None else "v.parent_id = :parent"
    rows = session.execute(
        text(f"""SELECT {_NODE}, count(*) OVER () AS all_left FROM organization_version v
                 JOIN organization u ON u.id = v.organization_id
                 WHERE {where} AND {_holds("v")} AND {_believed("v")} AND u.ord > :after
                 ORDER BY u.ord, u.id LIMIT :limit"""),
        _clocks(as_of) | {"parent": above, "after": -1 if after is None else after, "limit": limit},
    ).all()
    return [_node(row) for row in rows], (rows[0].all_left - len(rows) if rows else 0)


def _node(row: Any) -> Node:
    return Node(
        row.id,
        row.code,
        row.name,
        row.name_en or row.name,
        row.kind,
        row.parent,
        row.has_children,
        row.ord,
        row.last,
    )


def _id_of(session: Session, code: str) -> int:
    found = session.execute(
        text("SELECT id FROM organization WHERE code = :code"), {"code": code}
    ).scalar_one_or_none()
    if found is None:
        raise not_found()
    return int(found)


def search(
    session: Session,
    q: str,
    as_of: AsOf,
    *,
    ranges: tuple[tuple[int, int], ...] | None = None,
    limit: int = 50,
) -> list[Node]:
    """Units that held on a day, by code or by every word of the name with or without diacritics; best first.

    `ranges` (half-open intervals of `ord`) narrows to an actor's units. A code given whole comes first, then
    names equal to what was typed, then the highest in the tree.
    """
    plain = q.strip()
    if not plain or len(plain) > 200:
        return []
    folded = session.execute(text("SELECT registry_fold(:q)"), {"q": plain}).scalar_one()
    words = folded.split()[:MOST_WORDS]
    named = " AND ".join(f"v.fold LIKE :word{number}" for number in range(len(words))) or "false"
    within = "true" if ranges is None else "u.ord <@ CAST(:within AS int4multirange)"
    rows = session.execute(
        text(f"""SELECT {_NODE} FROM organization_version v JOIN organization u ON u.id = v.organization_id
                 WHERE {_holds("v")} AND {_believed("v")} AND {within} AND (u.code = :code OR v.electronic_id
                     = :code OR ({named}))
                 ORDER BY (u.code = :code) DESC, (v.fold = :folded) DESC, u.last - u.ord DESC, u.ord
                 LIMIT :limit"""),
        _clocks(as_of)
        | {f"word{number}": f"%{word.translate(LIKE_SPECIAL)}%" for number, word in enumerate(words)}
        | {
            "code": plain.upper(),
            "folded": folded,
            "limit": limit,
            "within": "{" + ",".join(f"[{low},{high})" for low, high in ranges or ()) + "}",
        },
    ).all()
    return [_node(row) for row in rows]


def get_unit(session: Session, code: str, as_of: AsOf) -> Unit:
    """A unit with its past, its heirs and the units above it on the day. Raises NotFound for an
    unknown code.
    """
    row = session.execute(
        text("SELECT id, code, ord, last FROM organization WHERE code = :code"), {"code": code}
    ).one_or_none()
    if row is None:
        raise not_found()
    versions = find_versions(session, code, as_of)
    if not versions:
        raise not_found()
    return Unit(
        row.id,
        row.code,
        row.ord,
        row.last,
        versions,
        next((one for one in versions if one.holds(as_of.on)), None),
        _heirs(session, row.id, "successor_id", "predecessor_id"),
        _heirs(session, row.id, "predecessor_id", "successor_id"),
        find_path(session, code, as_of),
    )


def find_versions(session: Session, code: str, as_of: AsOf) -> tuple[Version, ...]:
    """Everything a unit was, newest first, as recorded at `as_of.known_at`; `on` only names the parents."""
    rows = session.execute(
        text(f"""SELECT v.name, v.name_en, v.kind, p.code AS parent, v.province, v.electronic_id,
                    v.valid_from, v.valid_to,
                    v.recorded_from, v.legal_basis, (SELECT x.name FROM organization_version x WHERE
                        x.organization_id = v.parent_id
                        AND {_believed("x")} AND x.valid_from < coalesce(v.valid_to, 'infinity')
                        ORDER BY x.valid_from DESC LIMIT 1) AS parent_name
                 FROM organization u JOIN organization_version v ON v.organization_id = u.id
                 LEFT JOIN organization p ON p.id = v.parent_id
                 WHERE u.code = :code AND {_believed("v")} ORDER BY v.valid_from DESC"""),
        {"code": code, "known": as_of.known_at},
    )
    return tuple(
        Version(
            row.name,
            row.name_en or row.name,
            row.kind,
            row.parent,
            row.parent_name,
            row.province,
            row.electronic_id,
            row.valid_from,
            row.valid_to,
            row.recorded_from,
            row.legal_basis,
        )
        for row in rows
    )


def _heirs(session: Session, unit: int, this: str, other: str) -> tuple[Heir, ...]:
    rows = session.execute(
        text(f"""SELECT u.code, s."on", s.legal_basis, (SELECT v.name FROM organization_version v
                    WHERE v.organization_id = u.id AND v.recorded_to IS NULL ORDER BY v.valid_from DESC LIMIT
                        1) AS name
                 FROM organization_successor s JOIN organization u ON u.id = s.{other}
                 WHERE s.{this} = :unit ORDER BY s."on", u.ord"""),
        {"unit": unit},
    )
    return tuple(Heir(row.code, row.name or row.code, row.on, row.legal_basis) for row in rows)


def find_path(session: Session, code: str, as_of: AsOf) -> tuple[tuple[str, str], ...]:
    """The units above a unit on a day, from the top down: (code, name). Empty where it did not stand that
    day.
    """
    rows = session.execute(
        text(f"""WITH RECURSIVE above AS (
                    SELECT v.parent_id, 0 AS depth FROM organization_version v JOIN organization u ON u.id =
                        v.organization_id
                    WHERE u.code = :code AND {_holds("v")} AND {_believed("v")}
                    UNION ALL
                    SELECT v.parent_id, a.depth + 1 FROM above a JOIN organization_version v ON
                        v.organization_id = a.parent_id
                        AND {_holds("v")} AND {_believed("v")} WHERE a.depth < 20)
                 SELECT u.code, v.name FROM above a JOIN organization u ON u.id = a.parent_id
                 JOIN organization_version v ON v.organization_id = u.id AND {_holds("v")} AND
                     {_believed("v")}
                 ORDER BY a.depth DESC"""),
        _clocks(as_of) | {"code": code},
    )
    return tuple((row.code, row.name) for row in rows)


def count_people(session: Session, nodes: list[Node]) -> dict[str, int]:
    """How many people of the reader's scope are in post today in each unit and below, by code; one
    statement.
    """
    rows = session.execute(
        text("""SELECT s.code, n.people FROM unnest(CAST(:codes AS text[]), CAST(:low AS int[]), CAST(:high
                    AS int[])) AS s(code, low, high)
                CROSS JOIN LATERAL (SELECT count(*) AS people FROM official_current c
                    WHERE c.org_ord >= s.low AND c.org_ord <= s.high AND c.in_headcount) n"""),
        {
            "codes": [one.code for one in nodes],
            "low": [one.ord for one in nodes],
            "high": [one.last for one in nodes],
        },
    )
    return {row.code: row.people for row in rows}


_PEOPLE_THEN = f"""(SELECT a.official_id, a.position, a.job_position, s.category FROM fact_appointment a
    JOIN official_current c ON c.official_id = a.official_id
    JOIN fact_status s ON s.official_id = a.official_id AND {_holds("s")} AND {_believed("s")}
    JOIN catalogue_item k ON k.catalogue = 'status_codes' AND k.key = s.status AND
        k.extra->>'counts_in_headcount' = 'yes'
    WHERE a.organization_id = :unit AND a.is_main AND {_holds("a")} AND {_believed("a")})"""
_PEOPLE_NOW = """(SELECT official_id, position, job_position, category FROM official_current
    WHERE organization_id = :unit AND in_headcount)"""


def find_positions(session: Session, unit: Unit, as_of: AsOf, today: date) -> tuple[list[Staffed], int]:
    """The posts of a unit on a day with quota and people, leading posts first; and how many people fit no
    post.

    A leading post is filled by whoever holds its position, any other by whoever has its title as job
        position.
    """
    now = as_of == AsOf(today)
    people = _PEOPLE_NOW if now else _PEOPLE_THEN
    rows = session.execute(
        text(f"""WITH people AS MATERIALIZED {people},
                posts AS (SELECT p.title, p.position, p.category, sum(p.quota)::int AS quota, min(p.id) AS id
                    FROM position p
                    WHERE p.organization_id = :unit AND {_holds("p")} GROUP BY p.title, p.position,
                        p.category),
                filled AS (SELECT o.id, count(*) AS people FROM people c
                    CROSS JOIN LATERAL (SELECT p.id FROM posts p WHERE p.position = c.position
                        OR (p.position IS NULL AND c.position IS NULL AND p.title = c.job_position)
                        ORDER BY (p.title = c.job_position) DESC, p.id LIMIT 1) o GROUP BY o.id)
                SELECT p.title, p.position, p.category, p.quota, coalesce(f.people, 0)::int AS filled,
                    (SELECT count(*) FROM people)::int AS everybody
                FROM posts p LEFT JOIN filled f ON f.id = p.id
                ORDER BY p.position IS NULL, p.id"""),
        _clocks(as_of) | {"unit": unit.id},
    ).all()
    posts = [
        Staffed(row.title, row.position, row.category, row.quota, row.filled, row.position is not None)
        for row in rows
    ]
    everybody = (
        rows[0].everybody
        if rows
        else session.execute(
            text(f"SELECT count(*) FROM {people} p"), _clocks(as_of) | {"unit": unit.id}
        ).scalar_one()
    )
    return posts, everybody - sum(one.filled for one in posts)


def strength(session: Session, unit: Unit, on: date) -> Strength:
    """Quota on a day and people today, of the unit and everything below; only what the reader's scope shows
    of people.
    """
    span = {"low": unit.ord, "high": unit.last, "on": on}
    counting = """(SELECT key FROM catalogue_item WHERE catalogue = 'employment_categories'
        AND extra->>'counts_in_headcount' = 'yes')"""
    quota = session.execute(
        text(f"""SELECT coalesce(sum(p.quota), 0)::int FROM position p JOIN organization u ON u.id =
                    p.organization_id
                 WHERE u.ord BETWEEN :low AND :high AND {_holds("p")} AND p.category IN {counting}"""),
        span,
    ).scalar_one()
    rows = session.execute(
        text(f"""SELECT c.category, count(*)::int AS people, c.category IN {counting} AS counts FROM
                    official_current c
                 WHERE c.org_ord BETWEEN :low AND :high AND c.in_headcount
                 GROUP BY c.category ORDER BY 2 DESC"""),
        span,
    ).all()
    leading = session.execute(
        text(f"""SELECT coalesce(sum(greatest(p.quota - coalesce(n.people, 0), 0)), 0)::int FROM position p
                 JOIN organization u ON u.id = p.organization_id
                 LEFT JOIN (SELECT c.organization_id, c.position, count(*) AS people FROM official_current c
                     WHERE c.org_ord BETWEEN :low AND :high AND c.in_headcount AND c.position IS NOT NULL
                         GROUP BY 1, 2) n
                     ON n.organization_id = p.organization_id AND n.position = p.position
                 WHERE u.ord BETWEEN :low AND :high AND {_holds("p")} AND p.position IS NOT NULL"""),
        span,
    ).scalar_one()
    within = [row for row in rows if row.counts]
    return Strength(
        quota,
        sum(row.people for row in within),
        tuple((row.category, row.people) for row in within),
        sum(row.people for row in rows if not row.counts),
        leading,
    )


def parse_cursor(sent: str | None) -> int | None:
    """The place after which a level of the tree goes on. Raises Invalid for what is none."""
    if not sent:
        return None
    if not (sent.isascii() and sent.isdigit() and len(sent) < 10):
        words = Words("Con trỏ trang không dùng được.", "The cursor is not usable.")
        raise Invalid(words, "bad_cursor", [Flaw("cursor", "bad_cursor", words)])
    return int(sent)
