"""What can be exported: a question with its filter, read once, then answered row by row in one statement."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.access.permissions import Permission, Sensitivity
from registry.bulk.columns import Column, of_facts, of_officials
from registry.catalogues import lists
from registry.errors import Flaw, Invalid
from registry.officials.facts import FACTS
from registry.officials.facts.parsing import MEANS_EMPTY, Wrong, clean_text, parse_day
from registry.officials.queries import ListQuery, _believed, _conditions, visible_fields
from registry.periods import AsOf
from registry.words import Words

OFFICIALS = "officials"
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
        """The kind of facts asked for; None for the list of people."""
        return self.what.removeprefix(FACTS_OF) if self.what.startswith(FACTS_OF) else None


def may_ask(actor: Actor) -> list[str]:
    """Everything that this actor may ask for: the list, and each kind of which some field is open to them."""
    classes = actor.field_classes()
    return [
        OFFICIALS,
        *(f"{FACTS_OF}{kind.name}" for kind in FACTS.values() if visible_fields(kind, classes)),
    ]


def said(what: str) -> Words:
    """What an export is called."""
    if what == OFFICIALS:
        return Words("Danh sách hồ sơ", "List of records")
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
    readers = READERS if what != OFFICIALS else {name: READERS[name] for name in READERS if name != "history"}
    for name, sent in asked.items():
        if name not in readers:
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


def _unit_flaws(session: Session, actor: Actor, code: str | None) -> list[Flaw]:
    """A unit that is not there, or of whose people the actor sees none."""
    if code is None:
        return []
    row = session.execute(
        text("SELECT ord, last FROM organization WHERE code = :code"), {"code": code}
    ).one_or_none()
    ranges = actor.ranges(Permission.BULK_EXPORT_MAKE)
    if row is not None and any(low <= row.last and row.ord < high for low, high in ranges):
        return []
    words = Words(
        "Không có đơn vị với mã này trong phạm vi của bạn.", "No unit within your scope has this code."
    )
    return [Flaw("filter/organization", "unknown_unit", words)]


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


def _moment(_session: Session, sent: Any) -> datetime:
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
    "known_at": _moment,
}
"""Every filter by name. `history`, of facts only: all that is believed, not what holds on the day alone."""


# Answering


@dataclass(frozen=True)
class Answer:
    """The columns and the statement behind them; rows come in an order that only the question determines."""

    columns: list[Column]
    statement: str
    counting: str
    parameters: dict[str, Any]


def answer(session: Session, question: Question, classes: frozenset[Sensitivity]) -> Answer:
    """How to answer a question for a reader with these classes; the session's scope decides whom it shows.

    It always reads the facts as believed at `known_at`, never the present rows: asked again with the same moment, the
    answer is the same.
    """
    source, where, parameters = _conditions(session, _list_query(question))
    kind = FACTS[question.kind] if question.kind else None
    columns = of_officials(classes) if kind is None else of_facts(kind, classes)
    order = "c.sort_key, c.official_id"
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
    wanted = ", ".join(f"{one.sql} AS {one.key}" for one in columns if one.sql)
    return Answer(
        columns,
        f"SELECT {wanted} FROM {joined} WHERE {told} ORDER BY {order}",
        f"SELECT count(*) FROM {tables} WHERE {told}",
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
        asked.get("organization"),
        asked.get("subtree", True),
        {name: tuple(asked[name]) for name in CODED if asked.get(name)},
        days["next_step_before"],
        days["retirement_before"],
        term_ends_before=days["term_ends_before"],
        unevaluated_year=asked.get("unevaluated_year"),
    )


def count_rows(session: Session, found: Answer) -> int:
    """How many rows the answer has."""
    counted: int = session.execute(text(found.counting), found.parameters).scalar_one()
    return counted


def rows(session: Session, found: Answer, as_of: date) -> Iterator[list[list[Any]]]:
    """The rows in blocks, in the order of `columns`, names beside their keys; read through a cursor of the server."""
    places = {one.key: place for place, one in enumerate(one for one in found.columns if one.sql)}
    named = [
        (places[one.of or one.key], _names(session, one, as_of) if one.of else None) for one in found.columns
    ]
    streamed = session.execute(
        text(found.statement), found.parameters, execution_options={"yield_per": BLOCK}
    )
    for block in streamed.partitions():
        yield [
            [row[place] if names is None else names.get(row[place], row[place]) for place, names in named]
            for row in block
        ]


def _names(session: Session, one: Column, as_of: date) -> dict[str, str]:
    """Names by key: of the words of a choice, or of a list, as the list read on the day."""
    if one.choices:
        return dict(one.choices)
    names: dict[str, str] = {}
    for item in lists.items(session, one.catalogue):
        if item.key not in names or item.holds(as_of):
            names[item.key] = item.name.vi
    return names
