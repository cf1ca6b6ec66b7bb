"""From the cells of a sheet of facts to staging: the person, the period, the paper, and what the fact says as JSON."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.bulk.columns import NO, YES
from registry.bulk.fact_sheet import FIELD, KEY, LISTED, continues
from registry.bulk.kinds import by_title
from registry.bulk.sheet import Column, folded
from registry.bulk.staging import (
    ESCAPES,
    MANY_ROWS,
    NULL,
    ROOM,
    Flaw,
    Odd,
    Reader,
    Staged,
    _arrays,
    _day,
    _field,
    _partial_date,
    _personal_id,
    _Rows,
    _text,
)
from registry.catalogues import lists
from registry.catalogues.copying import cursor_of
from registry.cells import plain
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field
from registry.officials.facts.parsing import Known, Wrong, parse_fields

INCOMING = (
    "personal_id",
    "full_name",
    "valid_from",
    "valid_from_precision",
    "valid_to",
    "valid_to_precision",
    "decision_number",
    "issued_on",
    "fact_id",
    "fields",
)
TYPES = ["text", "text", "date", "varchar(5)", "date", "varchar(5)", "text", "date", "bigint", "jsonb"]
OWN = ("personal_id", "full_name", "valid_from", "valid_to", "decision_number", "issued_on", "fact_id")
"""Columns of a row beside the fields, in the order of staging; a partial date fills two."""
Units = Callable[[str], tuple[int, bool] | None]
"""The id of a unit by its code, and whether posts in it may be filled by the importer."""


@dataclass(frozen=True)
class Words:
    """What the cells of a coded field may say: keys by folded name (several where a name is not enough), and codes.

    `meant` are the names as they are read: of several keys with one name those in force, if any.
    """

    names: dict[str, set[str]]
    meant: dict[str, set[str]]
    codes: dict[str, str]


def stage_facts(
    session: Session,
    kind: str,
    columns: Sequence[Column],
    header: Sequence[str],
    rows: Iterable[tuple[int, list[str]]],
    today: date,
    units: Units,
    *,
    is_csv: bool,
    strict_width: bool,
) -> Staged:
    """Fill import_incoming (rows with their fields as JSON) and import_found (flaws of single cells)."""
    _make_tables(session)
    found = _FactRows(
        kind, _readers(session, kind, columns, header, today, units), header, is_csv, strict_width
    )
    with cursor_of(session) as cursor:
        names = ", ".join(["row", "cells", *INCOMING])
        with cursor.copy(f"COPY import_incoming ({names}) FROM STDIN") as copy:
            for block in found.blocks(rows):
                copy.write(block)
        if found.flaws:
            told = "COPY import_found (row, title, value, code, severity, detail) FROM STDIN"
            with cursor.copy(told) as copy:
                copy.write("".join(found.flaws).encode("utf-8", "replace"))
    if found.count >= MANY_ROWS:
        session.execute(text("ANALYZE import_incoming (row, personal_id)"))
    return Staged(found.count, found.untitled)


def _make_tables(session: Session) -> None:
    typed = ", ".join(f"{name} {kind}" for name, kind in zip(INCOMING, TYPES, strict=True))
    for statement in (
        ROOM,
        "DROP TABLE IF EXISTS pg_temp.import_incoming, pg_temp.import_found",
        f"CREATE TEMP TABLE import_incoming (row int, cells text[], {typed}) ON COMMIT DROP",
        "CREATE TEMP TABLE import_found (row int, title text, value text, code text, severity text,"
        " detail jsonb) ON COMMIT DROP",
    ):
        session.execute(text(statement))


class _FactRows(_Rows):
    """The rows as text of COPY: own columns first, then the fields given, as one JSON object."""

    def __init__(
        self, kind: str, columns: list[Reader], header: Sequence[str], is_csv: bool, strict_width: bool
    ) -> None:
        super().__init__(columns, list(header), strict_width)
        self.is_csv = is_csv
        by_name = {one.column.name: one for one in columns}
        self.own = [by_name[name] for name in OWN]
        fields = FACTS[kind].fields
        self.continues = continues(FACTS[kind])
        self.plain = [by_name[f"{FIELD}{one.name}"] for one in fields if one.type not in LISTED]
        self.listed = [
            (one, by_name[f"{FIELD}{one.name}"], by_name[f"{FIELD}{one.name}{KEY}"])
            for one in fields
            if one.type in LISTED
        ]

    def _lines(self, block: list[tuple[int, list[str]]]) -> Iterable[str]:
        lines = [self._line(number, cells) for number, cells in block]
        self._tell_flaws()
        return lines

    def _line(self, number: int, cells: list[str]) -> str:
        cells = self._fitted(number, cells)
        if self.is_csv:
            cells = [plain(cell) for cell in cells]
        parts = [str(number), *_arrays([cells]), *(self._read(number, one, cells) for one in self.own)]
        told = [said for one in self.plain if (said := self._read(number, one, cells)) != NULL]
        for one, name, key in self.listed:
            said = self._listed(number, one, name, key, cells)
            if said != NULL:
                told.append(said)
        parts.append("{" + ", ".join(told) + "}")
        return "\t".join(parts)

    def _read(self, number: int, one: Reader, cells: list[str]) -> str:
        if one.place is None:
            return one.nothing
        cell = cells[one.place]
        said = one.said(cell)
        if cell in one.flaws:
            self._flaw(number, one.column.title, cell, one.flaws[cell])
        return said

    def _listed(self, number: int, one: Field, name: Reader, key: Reader, cells: list[str]) -> str:
        """The key where it is given, else what the name means; a name beside a key must be one of its names."""
        name_cell = cells[name.place] if name.place is not None else ""
        if key.place is None or not cells[key.place]:
            if not name_cell and one.required and one.default is None and not self.continues:
                shown = name if name.place is not None else key
                if shown.place is not None:
                    self._flaw(number, shown.column.title, "", Flaw("required", {}))
                return NULL
            return self._read(number, name, cells)
        said = self._read(number, key, cells)
        if name_cell and said != NULL and not name.agrees(name_cell, cells[key.place]):  # type: ignore[attr-defined]
            self._flaw(
                number, name.column.title, name_cell, Flaw("name_not_of_code", {"code": cells[key.place]})
            )
        return said


# Understanding texts


@dataclass
class _NameReader(Reader):
    """The column of names beside the column of keys."""

    words: Words | None = None

    def agrees(self, name: str, code: str) -> bool:
        """Whether a name may stand beside a code; names of units are not looked at, they change."""
        if self.words is None:
            return True
        return self.words.codes.get(folded(code)) in self.words.names.get(folded(name), set())


def _readers(
    session: Session, kind: str, columns: Sequence[Column], header: Sequence[str], today: date, units: Units
) -> list[Reader]:
    """A reader for every column, template's and others, wherever it stands in the file."""
    places = {one.name: place for place, title in enumerate(header) if (one := by_title(title, kind))}
    found: list[Reader] = []
    for one in columns:
        place = places.get(one.name)
        declared = one.declared
        if declared is None:
            nothing = "\t".join([NULL] * (2 if one.name in ("valid_from", "valid_to") else 1))
            found.append(Reader(one, place, nothing, _OWN[one.name]))
        elif declared.type not in LISTED:
            found.append(Reader(one, place, NULL, _json_of(one, declared)))
        else:
            words = None if declared.type == "unit" else _words(session, declared, today)
            optional = Column(one.title, one.name, one.type, one.kind, one.field)
            parse = _unit(declared, units) if words is None else _key(declared, words, one)
            if words is None and not one.name.endswith(KEY):
                parse = _unread
            found.append(_NameReader(optional, place, NULL, parse, words=words))
    return found


def _unread(_cell: str) -> str:
    return NULL


def _fact_id(cell: str) -> str:
    if not (cell.isascii() and cell.isdigit() and len(cell) <= 18):
        raise Odd("number")
    return cell


_OWN: dict[str, Callable[[str], str]] = {
    "personal_id": _personal_id,
    "full_name": lambda cell: _text(cell, 120),
    "valid_from": _partial_date,
    "valid_to": _partial_date,
    "decision_number": lambda cell: _text(cell, 80),
    "issued_on": _day,
    "fact_id": _fact_id,
}


def _pairs(values: dict[str, Any]) -> str:
    """Members of a JSON object, as the text of COPY."""
    return json.dumps(values, ensure_ascii=False)[1:-1].translate(ESCAPES)


def _json_of(column: Column, declared: Field) -> Callable[[str], str]:
    """A number, a date, a text, a yes or no by the rules of its own field."""
    kind = FACTS[column.kind]

    def parse(cell: str) -> str:
        if declared.type == "boolean":
            cell = {folded(YES): "true", folded(NO): "false"}.get(folded(cell), cell)
        if declared.type in ("date", "partial_date"):
            (_day if declared.type == "date" else _partial_date)(cell)
        elif declared.type in ("integer", "year", "decimal"):
            _field(column, cell)
        values, flaws = parse_fields(kind, {declared.name: cell}, _NOTHING, "", partial=True)
        if flaws:
            raise Odd(flaws[0].code, length=declared.length)
        return _pairs(values)

    return parse


_NOTHING = Known(lambda _: frozenset())


def _words(session: Session, declared: Field, today: date) -> Words:
    """Keys by name: of several with one name those in force today, if any; and by key, code or printed code."""
    names: dict[str, set[str]] = {}
    codes: dict[str, str] = {}
    if declared.type == "choice":
        for key, said in declared.choices:
            names.setdefault(folded(said.vi), set()).add(key)
            codes[folded(key)] = key
        return Words(names, names, codes)
    items = lists.items(session, declared.catalogue or "")
    for one in items:
        names.setdefault(folded(one.name.vi), set()).add(one.key)
        codes[folded(one.key)] = one.key
    for one in items:
        for word in (one.code, one.extra.get("printed_code")):
            if word:
                codes.setdefault(folded(word), one.key)
    holding: dict[str, set[str]] = {}
    for one in items:
        if one.holds(today):
            holding.setdefault(folded(one.name.vi), set()).add(one.key)
    return Words(names, names | holding, codes)


def _key(declared: Field, words: Words, column: Column) -> Callable[[str], str]:
    def by_code(cell: str) -> str:
        key = words.codes.get(folded(cell))
        if key is None:
            raise Odd("unknown_code")
        return _pairs({declared.name: key})

    def by_name(cell: str) -> str:
        keys = words.meant.get(folded(cell)) or {words.codes.get(folded(cell)) or ""}
        if len(keys) > 1:
            raise Odd("ambiguous_name", codes=", ".join(sorted(keys)[:5]))
        (key,) = keys
        if not key:
            raise Odd("unknown_name")
        return _pairs({declared.name: key})

    return by_code if column.name.endswith(KEY) else by_name


def _unit(declared: Field, units: Units) -> Callable[[str], str]:
    column = declared.stored_in[0]

    def parse(cell: str) -> str:
        try:
            found = units(_text(cell, 60))
        except Wrong:
            found = None
        if found is None:
            raise Odd("unknown_unit")
        if column == "organization_id" and not found[1]:
            raise Odd("unit_out_of_scope")
        return _pairs({column: found[0]})

    return parse
