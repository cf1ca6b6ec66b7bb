"""From the cells of a sheet to a typed staging table: every distinct text of a column is understood once.

Values are understood by the very parser that the forms and the API use; only names of catalogue entries and
the
personal number are the
sheet's own. Rows leave as the text of COPY, because that is what most of the time goes into.
"""

import difflib
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import islice
from operator import itemgetter
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.bulk.kinds import PEOPLE, by_title
from registry.bulk.sheet import CONTRACT, ERRORS, Column, folded
from registry.catalogues import lists
from registry.catalogues.copying import cursor_of
from registry.catalogues.lists import Item
from registry.officials.facts import FACTS
from registry.officials.facts.parsing import Known, Wrong, clean_text, parse_fields, parse_partial
from registry.texts import composed, find_odd

NULL = r"\N"
SPECIAL = '\\"\t\n\r'
"""Signs that a literal of an array, or the text of COPY, has to escape."""
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
LONGEST_SHOWN = 200
ROWS_A_BLOCK = 1000
MANY_ROWS = 2000
"""From so many rows on, statistics of the staging tables pay for themselves."""

ROOM = "SET temp_buffers = '64MB'"
"""The checks read the staged rows two dozen times. A connection takes this room at its first staging and keeps the limit."""

INCOMING = {
    "full_name": "text",
    "birth_date": "date",
    "birth_date_precision": "varchar(5)",
    "sex": "text",
    "personal_id": "text",
    "staff_code": "text",
    "organization": "text",
    "category": "text",
    "ethnic_group": "text",
    "religion": "text",
    "native_place": "text",
    "recruited_on": "date",
    "recruited_on_precision": "varchar(5)",
    "position": "text",
    "job_position": "text",
    "rank": "text",
    "step": "int",
    "coefficient": "numeric(4,2)",
    "paid_from": "date",
    "paid_from_precision": "varchar(5)",
    "education": "text",
    "political_theory": "text",
    "joined_on": "date",
    "joined_on_precision": "varchar(5)",
    "decision_number": "text",
    "issued_on": "date",
}
"""Typed columns of staging, in the order in which the sheet's columns fill them."""

CONTRACT_WORD = "hop_dong"
"""In staging, the category word 'Hợp đồng': equal to every contract on record."""


@dataclass(frozen=True)
class Flaw:
    """What is wrong with one text in one column; `detail` fills the sentence."""

    code: str
    detail: dict[str, Any]


@dataclass
class Reader:
    """One column of staging: its place in a row (None: the file lacks it) and what was understood so far.

    `kept` holds a cell as the text of COPY (several values are separated by tabs), `flaws` what is wrong with it.
    """

    column: Column
    place: int | None
    nothing: str
    parse: Callable[[str], str]
    kept: dict[str, str] = field(default_factory=dict)
    flaws: dict[str, Flaw] = field(default_factory=dict)

    def said(self, cell: str) -> str:
        """A cell as the text of COPY; a text met for the first time is understood now."""
        found = self.kept.get(cell)
        return self._learn(cell) if found is None else found

    def said_all(self, cells: Sequence[str]) -> list[str]:
        """The same of many cells of the column."""
        kept = self.kept
        for cell in [one for one in dict.fromkeys(cells) if one not in kept]:
            self._learn(cell)
        return list(map(kept.__getitem__, cells))

    def _learn(self, cell: str) -> str:
        try:
            found = self._understand(cell)
        except Odd as odd:
            found = self.nothing
            self.flaws[cell] = Flaw(odd.code, odd.detail)
        self.kept[cell] = found
        return found

    def _understand(self, cell: str) -> str:
        if not cell:
            if self.column.mandatory:
                raise Odd("required")
            return self.nothing
        if cell.startswith("#") and cell.rstrip("!?").isupper():
            raise Odd("cell_error")
        if cell.startswith("="):
            raise Odd("formula")
        return self.parse(cell)


class Odd(Exception):
    """A text that cannot be taken."""

    def __init__(self, code: str, **detail: Any) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


# Understanding texts, by type of column


def readers(session: Session, columns: Sequence[Column], header: Sequence[str], today: date) -> list[Reader]:
    """A reader for every declared column, in the order of staging."""
    places = {column.name: place for place, title in enumerate(header) if (column := by_title(title))}
    return [
        Reader(one, places.get(one.name), "\t".join([NULL] * _width(one)), _parser(session, one, today))
        for one in columns
    ]


def _width(column: Column) -> int:
    """How many staging columns one column of the sheet fills; a partial date brings its precision."""
    return 2 if f"{column.name}_precision" in INCOMING else 1


def _parser(session: Session, column: Column, today: date) -> Callable[[str], str]:
    if column.name == "personal_id":
        return _personal_id
    if column.name == "full_name":
        return _full_name
    if column.name == "organization":
        return lambda cell: _text(cell, 60)
    if column.name == "staff_code":
        return lambda cell: _text(cell, 30).upper()
    if column.name == "decision_number":
        return lambda cell: _text(cell, 80)
    if column.type == "date":
        return _partial_date if _width(column) == 2 else _day
    if column.catalogue is not None:
        return _listing(session, column, today).key
    return partial(_field, column)


def _text(cell: str, length: int) -> str:
    odd = find_odd(cell)
    if odd is not None:
        raise Odd("characters", place=odd[0], sign=odd[1])
    cell = composed(cell)
    if len(cell) <= length and cell.isprintable():  # most cells: nothing to fold but spaces
        return " ".join(cell.split()).translate(ESCAPES)
    try:
        return clean_text(cell, length).translate(ESCAPES)
    except Wrong as wrong:
        raise Odd(wrong.code, length=length) from None


def _full_name(cell: str) -> str:
    name = _text(cell, FACTS["identity"]["full_name"].length)
    if not all(letter.isalpha() or letter in " '’.-" for letter in name):
        raise Odd("name_characters")
    return name


def _personal_id(cell: str) -> str:
    if len(cell) == 12 and cell.isascii() and cell.isdigit():
        return cell
    raise Odd("personal_id", digits=sum(letter.isdigit() for letter in cell))


def _partial_date(cell: str) -> str:
    try:
        found = parse_partial(cell)
    except Wrong as wrong:
        raise Odd(wrong.code) from None
    return f"{found.on.isoformat()}\t{found.precision}"


def _day(cell: str) -> str:
    on, _, precision = _partial_date(cell).partition("\t")
    if precision != "day":
        raise Odd("date_precision")
    return on


NOTHING_KNOWN = Known(lambda _: frozenset())


def _field(column: Column, cell: str) -> str:
    """A number or a text by the rules of its own field."""
    declared = column.declared
    assert declared is not None
    odd = find_odd(cell)
    if odd is not None:
        raise Odd("characters", place=odd[0], sign=odd[1])
    values, flaws = parse_fields(FACTS[column.kind], {declared.name: cell}, NOTHING_KNOWN, "", partial=True)
    if flaws:
        _, scale = declared.digits
        raise Odd(
            flaws[0].code,
            length=declared.length,
            scale=scale,
            limit=10 ** (declared.digits[0] - scale),
            low=declared.low,
            high=declared.high,
        )
    return str(values[declared.name]).translate(ESCAPES)


@dataclass
class Listing:
    """A code list for one column: key and printed word by folded word.

    Looking for what was meant is slow, so limited.
    """

    column: Column
    words: dict[str, tuple[str, str]]
    looks: int = 300

    def key(self, cell: str) -> str:
        """The key of a name, key or code; what was probably meant goes into the refusal."""
        found = self.words.get(folded(cell))
        if found is not None:
            return found[0].translate(ESCAPES)
        code = "unknown_code" if self.column.type == "code" else "unknown_name"
        near = self._near(folded(cell))
        raise Odd(code) if near is None else Odd(f"{code}_near", near=near)

    def _near(self, cell: str) -> str | None:
        """A code that lost its leading zero, or a name with a slip of the pen."""
        if self.looks == 0:
            return None
        self.looks -= 1
        if self.column.type == "code":
            dotted = cell.replace(",", ".")
            return next((self.words[word][0] for word in (dotted, f"0{dotted}") if word in self.words), None)
        bare = {_bare(word): word for word in self.words}
        close = difflib.get_close_matches(_bare(cell), bare, n=1, cutoff=0.7)
        return self.words[bare[close[0]]][1] if close else None


def _bare(words: str) -> str:
    """Letters without their marks: what is left when somebody types without them."""
    letters = unicodedata.normalize("NFD", words.replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _listing(session: Session, column: Column, today: date) -> Listing:
    """Names and keys, or codes only. Of two entries with one name the one in force wins, then the first."""
    words: dict[str, tuple[str, str]] = {}
    items = sorted(
        lists.items(session, column.catalogue or ""), key=lambda one: (not one.holds(today), one.sort)
    )
    for one in items:
        for word in _words(one, column):
            words.setdefault(folded(word), (one.key, word))
    if column.name == "category":
        words[folded(CONTRACT)] = (CONTRACT_WORD, CONTRACT)
    return Listing(column, words)


def _words(item: Item, column: Column) -> Iterator[str]:
    yield item.key
    if column.type == "code":
        yield from (word for word in (item.code, item.extra.get("printed_code")) if word)
    else:
        yield item.name.vi


# The header


@dataclass(frozen=True)
class Header:
    """What row 1 says: titles as declared (unknown ones as written), notes about the rest, or a refusal."""

    columns: list[str]
    notes: list[dict[str, Any]]
    problem: tuple[str, dict[str, Any]] | None


def read_header(columns: Sequence[Column], cells: Sequence[str], kind: str = PEOPLE) -> Header:
    """Match titles, in any order. A missing mandatory title or a doubled one refuses the file.

    A coded field is there when its names or its keys are.
    """
    known = [by_title(cell, kind) for cell in cells]
    titles = [one.title if one else cell for one, cell in zip(known, cells, strict=True)]
    present = [one.name for one in known if one]
    fields = {one.field for one in known if one and kind != PEOPLE}
    missing = [
        one.title
        for one in columns
        if one.mandatory and one.name not in present and one.field not in fields - {""}
    ]
    doubled = [one.title for one in columns if present.count(one.name) > 1]
    problem = ("doubled_columns", {"titles": ", ".join(doubled)}) if doubled else None
    if missing:
        problem = ("missing_columns", {"titles": ", ".join(missing)})
    notes = [
        {"code": "unknown_column", "detail": {"title": cell[:LONGEST_SHOWN], "letters": letters(place)}}
        for place, (one, cell) in enumerate(zip(known, cells, strict=True))
        if one is None and cell and folded(cell) != folded(ERRORS)
    ]
    return Header(titles, notes, problem)


def letters(place: int) -> str:
    """A column's letters by its place from 0: A, B, …, AA."""
    found, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        found = chr(65 + rest) + found
    return found


# The rows


@dataclass
class Staged:
    """What staging learnt beside the rows: their number, and columns that hold something but no title."""

    rows: int
    untitled: set[int]


def stage(
    session: Session,
    columns: Sequence[Column],
    header: Sequence[str],
    rows: Iterable[tuple[int, list[str]]],
    today: date,
    *,
    strict_width: bool,
) -> Staged:
    """Fill the temporary tables import_incoming (typed rows) and import_found (flaws of single cells).

    `strict_width` (CSV) makes a row with more cells than the header an error: some cell was split in two.
    """
    _make_tables(session)
    found = _Rows(readers(session, columns, header, today), list(header), strict_width)
    names = ", ".join(["row", "cells", *INCOMING])
    with cursor_of(session) as cursor:
        with cursor.copy(f"COPY import_incoming ({names}) FROM STDIN") as copy:
            for block in found.blocks(rows):
                copy.write(block)
        if found.flaws:
            with cursor.copy(
                "COPY import_found (row, title, value, code, severity, detail) FROM STDIN"
            ) as copy:
                copy.write("".join(found.flaws).encode("utf-8", "replace"))
    if found.count >= MANY_ROWS:
        session.execute(
            text("ANALYZE import_incoming (row, personal_id, staff_code, organization, rank, step, category)")
        )
    return Staged(found.count, found.untitled)


def _make_tables(session: Session) -> None:
    typed = ", ".join(f"{name} {kind}" for name, kind in INCOMING.items())
    for statement in (
        ROOM,
        "DROP TABLE IF EXISTS pg_temp.import_incoming, pg_temp.import_found",
        f"CREATE TEMP TABLE import_incoming (row int, cells text[], {typed}) ON COMMIT DROP",
        "CREATE TEMP TABLE import_found (row int, title text, value text, code text, severity text,"
        " detail jsonb) ON COMMIT DROP",
    ):
        session.execute(text(statement))


class _Rows:
    """The rows as text of COPY, block by block."""

    def __init__(self, columns: list[Reader], header: list[str], strict_width: bool) -> None:
        self.columns, self.header, self.strict_width = columns, header, strict_width
        self.count = 0
        self.flaws: list[str] = []
        self.found: list[tuple[int, str]] = []
        self.untitled: set[int] = set()
        self.untitled_places = [place for place, title in enumerate(header) if not title]

    def blocks(self, rows: Iterable[tuple[int, list[str]]]) -> Iterator[bytes]:
        """Some rows at a time, as COPY takes them."""
        coming = iter(rows)
        while block := list(islice(coming, ROWS_A_BLOCK)):
            self.count += len(block)
            yield "\n".join([*self._lines(block), ""]).encode("utf-8", "replace")

    def _lines(self, block: list[tuple[int, list[str]]]) -> Iterable[str]:
        """Column by column: what a column has understood is looked up for all rows at once."""
        numbers = [number for number, _ in block]
        cells = [self._fitted(number, row) for number, row in block]
        columns = list(zip(*cells, strict=True))
        said = [
            self._column(one, numbers, columns[one.place])
            if one.place is not None
            else [one.nothing] * len(block)
            for one in self.columns
        ]
        self._tell_flaws()
        return map("\t".join, zip(map(str, numbers), _arrays(cells), *said, strict=True))

    def _column(self, one: Reader, numbers: list[int], cells: Sequence[str]) -> list[str]:
        said = one.said_all(cells)
        if one.flaws:
            for number, cell in zip(numbers, cells, strict=True):
                if cell in one.flaws:
                    self._flaw(number, one.column.title, cell, one.flaws[cell])
        return said

    def _tell_flaws(self) -> None:
        """What was found column by column, in the order of the rows."""
        self.found.sort(key=itemgetter(0))
        self.flaws += [line for _, line in self.found]
        self.found.clear()

    def _fitted(self, number: int, cells: list[str]) -> list[str]:
        """As many cells as the header has titles; what stands beyond is told."""
        wide = len(self.header)
        if len(cells) > wide:
            beyond = [place for place in range(wide, len(cells)) if cells[place]]
            if beyond and self.strict_width:
                self._flaw(number, self.header[-1], cells[beyond[0]], Flaw("extra_cells", {}))
            elif beyond:
                self.untitled.update(beyond)
            cells = cells[:wide]
        elif len(cells) < wide:
            cells = cells + [""] * (wide - len(cells))
        for place in self.untitled_places:
            if cells[place]:
                self.untitled.add(place)
        return cells

    def _flaw(self, number: int, title: str, cell: str, flaw: Flaw) -> None:
        value = cell[:LONGEST_SHOWN].translate(ESCAPES) if cell else NULL
        detail = json.dumps(flaw.detail, ensure_ascii=False).translate(ESCAPES)
        line = f"{number}\t{title.translate(ESCAPES)}\t{value}\t{flaw.code}\terror\t{detail}\n"
        self.found.append((number, line))


def _arrays(rows: Sequence[Sequence[str]]) -> list[str]:
    """text[] literals inside COPY text; most blocks need no escaping, which one look tells."""
    letters_of_all = "".join(map("".join, rows))
    if any(sign in letters_of_all for sign in SPECIAL):
        return list(map(_array, rows))
    return ['{"' + '","'.join(cells) + '"}' for cells in rows]


def _array(cells: Sequence[str]) -> str:
    """A text[] literal inside COPY text."""
    quoted = '","'.join(cell.replace("\\", "\\\\").replace('"', '\\"') for cell in cells)
    return f'{{"{quoted}"}}'.translate(ESCAPES)
