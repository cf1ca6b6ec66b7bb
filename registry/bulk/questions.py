"""What can be exported: a question with its filter, read once, then answered row by row in one statement."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission, Sensitivity
from registry.bulk import trail
from registry.bulk.columns import Answer, Column, of_facts, of_officials
from registry.bulk.writers import safe_sql
from registry.catalogues import lists
from registry.db import copy_out, stream
from registry.errors import Flaw, Invalid
from registry.officials.facts import FACTS
from registry.officials.facts.parsing import MEANS_EMPTY, Wrong, clean_text, parse_day
from registry.officials.queries import ListQuery, _believed, _conditions, visible_fields
from registry.periods import AsOf
from registry.words import Words

OFFICIALS = "officials"
TRAIL = "trail"
FACTS_OF = "facts:"
BLOCK = 2000

CODED = {
    "category": FACTS["status"]["category"],
    "rank": FACTS["salary"]["rank"],
    "position": FACTS["appointment"]["position"],
    "status": FACTS["status"]["status"],
    "sex": FACTS["identity"]["sex"],
}
"""Filters by a code, and the field that each is about."""


@dataclass(frozen=True)
class Question:
    """What is asked, of whom, on which clocks; `filter` is what was read from the request, JSON-ready."""

    what: str
    filter: Mapping[str, Any]
    as_of: date
    known_at: datetime

    @property
    def kind(self) -> str | None:
        """The kind of facts asked for; None for the list of people and the trail."""
        return self.what.removeprefix(FACTS_OF) if self.what.startswith(FACTS_OF) else None


def may_ask(actor: Actor) -> list[str]:
    """Everything that this actor may ask for: the list, each kind of which some field is open to them, the trail."""
    classes = actor.field_classes()
    return [
        OFFICIALS,
        *([TRAIL] if actor.may(Permission.AUDIT_TRAIL_READ) else []),
        *(f"{FACTS_OF}{kind.name}" for kind in FACTS.values() if visible_fields(kind, classes)),
    ]


def said(what: str) -> Words:
    """What an export is called."""
    if what == OFFICIALS:
        return Words("Danh sách hồ sơ", "List of records")
    if what == TRAIL:
        return Words("Nhật ký", "The trail")
    return FACTS[what.removeprefix(FACTS_OF)].label


# Reading the request


def read_question(
    session: Session, actor: Actor, what: Any, asked: Any, now: datetime, today: date
) -> Question:
    """The question as it will be answered. Raises Invalid with every flaw of `what` and of the filter."""
    if what not in may_ask(actor):
        words = Words(
            "Chọn officials, hoặc facts: và một loại mục mà bạn được xem.",
            "Ask for officials, or for facts: and a kind that you may see.",
        )
        raise Invalid(words, "choice", [Flaw("what", "choice", words)])
    asked = {} if asked is None else asked
    if not isinstance(asked, Mapping):
        words = Words("Bộ lọc là một đối tượng.", "The filter is an object.")
        raise Invalid(words, "type", [Flaw("filter", "type", words)])
    flaws: list[Flaw] = []
    values: dict[str, Any] = {}
    readers, closed = _readers(what), _closed(actor.field_classes())
    for name, sent in asked.items():
        if name not in readers or name in closed:
            words = Words(f"Không lọc được theo “{name}”.", f"There is no filter “{name}”.")
            flaws.append(Flaw(f"filter/{name}", "unknown_field", words))
        elif sent not in MEANS_EMPTY:
            try:
                values[name] = readers[name](session, sent)
            except Wrong as wrong:
                flaws.append(Flaw(f"filter/{name}", wrong.code, wrong.words))
    flaws += _unit_flaws(session, actor, values.get("organization"))
    as_of, known_at = values.pop("as_of", None), values.pop("known_at", None)
    if known_at is not None and known_at > now:
        words = Words("Thời điểm ghi nhận chưa tới.", "This moment has not come yet.")
        flaws.append(Flaw("filter/known_at", "future", words))
    if flaws:
        raise Invalid(Words("Yêu cầu xuất chưa đúng.", "The export cannot be made so."), "invalid", flaws)
    return Question(what, values, as_of or today, known_at or now)


def _readers(what: str) -> Mapping[str, Callable[[Session, Any], Any]]:
    """The filters of what is asked for, by name."""
    if what == TRAIL:
        return trail.READERS | {"known_at": read_moment}
    return READERS if what != OFFICIALS else {name: READERS[name] for name in READERS if name != "history"}


def _closed(classes: frozenset[Sensitivity]) -> frozenset[str]:
    """Filters that would tell such a reader what is not shown to them."""
    if "personal" in classes:
        return frozenset()
    coded = {name for name, one in CODED.items() if one.sensitivity not in classes}
    return frozenset(coded | {"retirement_before", "unevaluated_year"})


def _unit_flaws(session: Session, actor: Actor, code: str | None) -> list[Flaw]:
    """A unit that is not there, or of whose people the actor sees none."""
    if code is None:
        return []
    try:
        find_unit(session, actor, Permission.BULK_EXPORT_MAKE, code)
    except Wrong as wrong:
        return [Flaw("filter/organization", wrong.code, wrong.words)]
    return []


def find_unit(session: Session, actor: Actor, permission: Permission, code: str) -> str:
    """The code of a unit in which, or in part of which, the actor holds a permission. Raises Wrong."""
    row = unit_ords(session, code)
    if row is not None and any(low < row[1] and row[0] < high for low, high in actor.ranges(permission)):
        return code
    raise Wrong(
        "unknown_unit",
        "Không có đơn vị với mã này trong phạm vi của bạn.",
        "No unit within your scope has this code.",
    )


def unit_ords(session: Session, code: str) -> tuple[int, int] | None:
    """The half-open interval of ordinals of a unit and all under it; None for no such unit."""
    row = session.execute(
        text("SELECT ord, last + 1 FROM organization WHERE code = :code"), {"code": code}
    ).one_or_none()
    return (row[0], row[1]) if row is not None else None


def _words(length: int) -> Callable[[Session, Any], str]:
    return lambda _session, sent: clean_text(sent, length)


def _keys(name: str) -> Callable[[Session, Any], list[str]]:
    """Keys of a code list, parted by commas or as an array."""

    def read(session: Session, sent: Any) -> list[str]:
        keys = sent.split(",") if isinstance(sent, str) else sent
        known = lists.keys(session, CODED[name].catalogue or "")
        if not isinstance(keys, Sequence) or not all(isinstance(one, str) and one in known for one in keys):
            label = CODED[name].label
            raise Wrong(
                "unknown_code",
                f"Có mã không thuộc danh mục {label.vi.lower()}.",
                f"Not all of these are in the list of {label.en.lower()}.",
            )
        return sorted(set(keys))

    return read


def _day(_session: Session, sent: Any) -> str:
    return parse_day(sent).isoformat()


def _as_of(_session: Session, sent: Any) -> date:
    return parse_day(sent)


def _flag(_session: Session, sent: Any) -> bool:
    known = {True: True, False: False, "true": True, "1": True, "on": True, "false": False, "0": False}
    if not isinstance(sent, str | bool) or sent not in known:
        raise Wrong("boolean", "Phải là true hoặc false.", "Must be true or false.")
    return known[sent]


def _year(_session: Session, sent: Any) -> int:
    if isinstance(sent, bool) or not str(sent).isascii() or not str(sent).isdigit() or len(str(sent)) != 4:
        raise Wrong("number", "Năm gồm 4 chữ số.", "A year has 4 digits.")
    return int(sent)


def read_moment(_session: Session, sent: Any) -> datetime:
    """A moment with its time zone. Raises Wrong."""
    try:
        found = datetime.fromisoformat(sent)
    except (TypeError, ValueError):
        found = None
    if found is None or found.tzinfo is None:
        raise Wrong(
            "moment",
            "Ghi thời điểm có múi giờ, thí dụ 2026-11-25T08:00:00+07:00.",
            "Give the moment with its time zone, such as 2026-11-25T08:00:00+07:00.",
        )
    return found


READERS: dict[str, Callable[[Session, Any], Any]] = {
    "q": _words(200),
    "organization": _words(60),
    "subtree": _flag,
    **{name: _keys(name) for name in CODED},
    "next_step_before": _day,
    "retirement_before": _day,
    "term_ends_before": _day,
    "unevaluated_year": _year,
    "history": _flag,
    "as_of": _as_of,
    "known_at": read_moment,
}
"""Every filter by name. `history`, of facts only: all that is believed, not what holds on the day alone."""


# Answering


def answer(
    session: Session, question: Question, classes: frozenset[Sensitivity], *, roster: bool = False
) -> Answer:
    """How to answer a question for a reader with these classes; the session's scope decides whom it shows.

    It always reads the facts and the units as believed at `known_at`, never the present rows: asked again with the
    same moment, the answer is the same. People come by name; a `roster` has those in post, numbered, by the code of
    their unit and then by name.
    """
    if question.what == TRAIL:
        return trail.answer(session, question.filter, question.known_at)
    source, where, parameters = _conditions(session, _list_query(question))
    where += _in_unit(session, question, parameters)
    kind = FACTS[question.kind] if question.kind else None
    columns = of_officials(classes) if kind is None else of_facts(kind, classes)
    order = "c.sort_key, c.official_id"
    if roster:
        where, order = [*where, "c.in_headcount"], f"u.code, {order}"
        columns = [Column("place", "STT", "integer", f"row_number() OVER (ORDER BY {order})"), *columns]
    tables = f"{source} c"
    if kind is not None:
        tables += f" JOIN fact_{kind.name} f ON f.official_id = c.official_id AND {_believed('f', True)}"
        order += ", f.valid_from, f.id"
        if not question.filter.get("history"):
            where = [*where, "f.valid_from <= :on AND (f.valid_to IS NULL OR f.valid_to > :on)"]
    told = " AND ".join(where) or "true"
    joined = f"{tables} LEFT JOIN organization u ON u.id = c.organization_id"
    if kind is not None:
        joined += " JOIN decision d ON d.id = f.decision_id"
    wanted = ", ".join(
        f"{_sql(session, one, columns, question.as_of, parameters)} AS {one.key}" for one in columns
    )
    return Answer(
        columns,
        f"SELECT {wanted} FROM {joined} WHERE {told} ORDER BY {order}",
        parameters,
    )


def _list_query(question: Question) -> ListQuery:
    asked = question.filter
    days = {
        name: date.fromisoformat(asked[name]) if asked.get(name) else None
        for name in ("next_step_before", "retirement_before", "term_ends_before")
    }
    return ListQuery(
        AsOf(question.as_of, question.known_at),
        question.as_of,
        asked.get("q", ""),
        codes={name: tuple(asked[name]) for name in CODED if asked.get(name)},
        next_step_before=days["next_step_before"],
        retirement_before=days["retirement_before"],
        term_ends_before=days["term_ends_before"],
        unevaluated_year=asked.get("unevaluated_year"),
    )


def _in_unit(session: Session, question: Question, parameters: dict[str, Any]) -> list[str]:
    """Conditions for the people of the unit asked for, as the tree stood; the second spares looking at all others."""
    code = question.filter.get("organization")
    if code is None:
        return []
    parameters["units"] = units_under(
        session, code, AsOf(question.as_of, question.known_at), subtree=question.filter.get("subtree", True)
    )
    return [
        "c.organization_id = ANY (:units)",
        """c.official_id IN (SELECT x.official_id FROM fact_appointment x WHERE x.is_main
            AND x.organization_id = ANY (:units))""",
    ]


def units_under(session: Session, code: str, as_of: AsOf, *, subtree: bool = True) -> list[int]:
    """The ids of a unit and (`subtree`) all that stood under it on the day, as believed at `known_at`."""
    below = """UNION SELECT v.organization_id FROM under JOIN organization_version v ON v.parent_id = under.id
        AND v.valid_from <= :on AND (v.valid_to IS NULL OR v.valid_to > :on)
        AND v.recorded_from <= :known AND (v.recorded_to IS NULL OR v.recorded_to > :known)"""
    found = session.execute(
        text(f"""WITH RECURSIVE under AS (SELECT id FROM organization WHERE code = :code {below if subtree else ""})
            SELECT id FROM under ORDER BY id"""),
        {"code": code} | ({"on": as_of.on, "known": as_of.known_at} if subtree else {}),
    )
    return list(found.scalars())


def _sql(
    session: Session, one: Column, columns: list[Column], as_of: date, parameters: dict[str, Any]
) -> str:
    """SQL of a column; a name is looked up by the key beside it, which stands where the list does not know it."""
    if not one.of:
        return one.sql
    key = next(other.sql for other in columns if other.key == one.of)
    parameters[f"names_{one.of}"] = json.dumps(_names(session, one, as_of), ensure_ascii=False)
    return f"coalesce(CAST(:names_{one.of} AS jsonb) ->> ({key}), {key})"


def _names(session: Session, one: Column, as_of: date) -> dict[str, str]:
    """Names by key: of the words of a choice, or of a list, as the list read on the day."""
    if one.choices:
        return dict(one.choices)
    names: dict[str, str] = {}
    for item in lists.items(session, one.catalogue):
        if item.key not in names or item.holds(as_of):
            names[item.key] = item.name.vi
    return names


def estimate(session: Session, question: Question) -> int:
    """About how many rows the answer has, from what costs nothing to count; 0 where nobody can tell beforehand.

    Counting exactly costs as much as answering. People: those who are now in the unit.
    """
    if question.what != OFFICIALS:
        return 0
    counted: int = session.execute(
        text("""SELECT count(*) FROM official_current c WHERE CAST(:code AS text) IS NULL OR EXISTS (
            SELECT 1 FROM organization u WHERE u.code = :code AND c.org_ord BETWEEN u.ord AND u.last)"""),
        {"code": question.filter.get("organization")},
    ).scalar_one()
    return counted


def rows(session: Session, found: Answer) -> Iterator[list[tuple[Any, ...]]]:
    """The rows in blocks, in the order of `columns`, read through a cursor of the server."""
    return stream(session, found.statement, found.parameters, BLOCK)


def lines(session: Session, found: Answer) -> Iterator[bytes]:
    """The rows as lines of CSV, each cell made harmless by PostgreSQL itself."""
    wanted = ", ".join(safe_sql(one) for one in found.columns)
    return copy_out(session, f"SELECT {wanted} FROM ({found.statement}) told", found.parameters)
