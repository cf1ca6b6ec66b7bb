"""An answer arranged for reading: lines and columns with subtotals and totals, every one of them from its own exact sums."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from registry.explorer.choices import TIMES, counts_events
from registry.law.why import vn
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.measures import Measure, Number, Parts, add, ratio
from registry.statistics.series import PERIOD
from registry.statistics.tables import TOTAL, Key, Table, Value
from registry.words import Words

Role = Literal["cell", "total", "beside", "change", "percent"]
OVERALL = Words("Chung", "Overall")
CHANGE, CHANGE_SHARE = Words("Tăng, giảm", "Change"), Words("Tăng, giảm (%)", "Change (%)")
MISSING = "-"


@dataclass(frozen=True)
class Head:
    """A column of figures. `key` is that of the column's dimension; `role` what it is to the line."""

    key: Key
    label: Words
    measure: Measure
    role: Role = "cell"

    @property
    def digits(self) -> int:
        """Digits after the comma."""
        return 1 if self.role == "percent" else self.measure.digits

    @property
    def signed(self) -> bool:
        """Whether a plus is written before what grew."""
        return self.role in ("change", "percent")


@dataclass(frozen=True)
class Line:
    """A line. `keys`: those of the rows down to it; `depth` 0 for the first row dimension, 1 for the second."""

    keys: tuple[Key, ...]
    name: Words
    values: tuple[Value, ...]

    @property
    def depth(self) -> int:
        """How far in it stands."""
        return max(len(self.keys) - 1, 0)


@dataclass(frozen=True)
class Grid:
    """`lines` in order, those of the second row dimension under theirs; `total` None where figures of lines do not add up to
    anything, as of several days.
    """

    rows: tuple[str, ...]
    column: str | None
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    total: Line | None

    @property
    def measure(self) -> Measure:
        """The first measure."""
        return self.heads[0].measure

    @property
    def outer(self) -> tuple[Line, ...]:
        """The lines of the first row dimension."""
        return tuple(one for one in self.lines if one.depth == 0)

    def places(self, role: Role) -> list[int]:
        """Where the columns of a role stand."""
        return [at for at, head in enumerate(self.heads) if head.role == role]


def shown(value: Value, head: Head) -> str:
    """1.234,5 as written in a cell."""
    if value is None:
        return MISSING
    text = f"{value:{'+' if head.signed and value else ''},.{head.digits}f}".replace("-", "\N{MINUS SIGN}")
    return text.translate(str.maketrans(",.", ".,"))


class Sums:
    """The parts of every line and column of a table, down to any depth."""

    def __init__(self, table: Table, rows: Sequence[str], column: str | None) -> None:
        names = table.dimensions()
        self.names = [_named(table, one) for one in rows]
        self.columns = _named(table, column) if column else {}
        self.parts = tuple(dict.fromkeys(part for one in table.measures() for part in one.parts))
        self._held: dict[tuple[tuple[Key, ...], Key | None, bool], dict[str, Number]] = {}
        self.keys: dict[tuple[Key, ...], None] = {}
        self.met: set[Key] = set()
        at = [names.index(_id(one)) for one in rows]
        beside = names.index(_id(column)) if column else None
        for row in table.rows:
            keys = tuple(row.keys[place] for place in at)
            across = row.keys[beside] if beside is not None else None
            if column:
                self.met.add(across)
            for depth in range(len(keys) + 1):
                self.keys[keys[:depth]] = None
                self._add(keys[:depth], across, False, row.parts)
                self._add(keys[:depth], None, True, row.parts)

    def _add(self, keys: tuple[Key, ...], across: Key, whole: bool, parts: Parts) -> None:
        held = self._held.setdefault((keys, across, whole), add((), self.parts))
        for name in self.parts:
            held[name] += parts[name]

    def of(self, keys: tuple[Key, ...], across: Key) -> Parts:
        """The parts of a cell."""
        return self._held.get((keys, across, False)) or add((), self.parts)

    def whole(self, keys: tuple[Key, ...]) -> Parts:
        """The parts of a line, over all columns."""
        return self._held.get((keys, None, True)) or add((), self.parts)


def _id(name: str) -> str:
    return PERIOD.id if name in TIMES else name


def _named(table: Table, name: str) -> Mapping[Key, Words]:
    return table.names[_id(name)]


def _fixed(name: str) -> set[Key]:
    """Keys that stand in the table even where nobody has them: fixed groups."""
    return {key for key, _ in DIMENSIONS[name].groups} if name in DIMENSIONS else set()


def _in_order(names: Mapping[Key, Words], met: set[Key], name: str) -> list[Key]:
    """The keys to show; of time all, so that no period is skipped."""
    return [key for key in names if name in TIMES or key in met or key in _fixed(name)]


def of_table(table: Table, rows: Sequence[str], column: str | None) -> Grid:
    """A table, or a series with its periods as rows or columns, arranged."""
    sums = Sums(table, rows, column)
    first, *others = table.measures()
    heads = _heads(sums, column, first, others)
    outer = {keys[0] for keys in sums.keys if keys}
    lines: list[Line] = []
    for key in _in_order(sums.names[0], outer, rows[0]) if rows and sums.keys else ():
        lines.append(_line(sums, heads, (key,)))
        inner = {keys[1] for keys in sums.keys if len(keys) == 2 and keys[0] == key}
        if len(rows) > 1:
            lines += [_line(sums, heads, (key, one)) for one in sums.names[1] if one in inner]
    adds_up = not (rows and rows[0] in TIMES) or counts_events(first)
    total = _line(sums, heads, ()) if adds_up else None
    return Grid(tuple(rows), column, heads, tuple(lines), total)


def _heads(sums: Sums, column: str | None, first: Measure, others: Iterable[Measure]) -> tuple[Head, ...]:
    beside = [Head(None, one.label, one, "beside") for one in others]
    if not column:
        return (Head(None, first.label, first), *beside)
    cells = [Head(key, sums.columns[key], first) for key in _in_order(sums.columns, sums.met, column)]
    whole = [Head(None, TOTAL if first.additive else OVERALL, first, "total")]
    adds_up = column not in TIMES or counts_events(first)
    return (*cells, *(whole if adds_up else []), *beside)


def _line(sums: Sums, heads: Sequence[Head], keys: tuple[Key, ...]) -> Line:
    across = bool(sums.columns)
    values = tuple(
        head.measure.figure(sums.of(keys, head.key) if across and head.role == "cell" else sums.whole(keys))
        for head in heads
    )
    name = sums.names[len(keys) - 1][keys[-1]] if keys else TOTAL
    return Line(keys, name, values)


def compared(now: Table, before: Table, rows: Sequence[str]) -> Grid:
    """Two days side by side: the earlier, the later, the change, and in percent of the earlier where figures add up."""
    measure = now.measures()[0]
    sums, old = Sums(now, rows, None), Sums(before, rows, None)
    heads = [Head("before", _on(before.as_of), measure), Head("now", _on(now.as_of), measure)]
    heads.append(Head(None, CHANGE, measure, "change"))
    if measure.additive:
        heads.append(Head(None, CHANGE_SHARE, measure, "percent"))
    names = [_merged(mine, theirs) for mine, theirs in zip(sums.names, old.names, strict=True)]
    met = {**sums.keys, **old.keys}
    lines = []
    for keys in _walk(names, met, rows):
        lines.append(Line(keys, names[len(keys) - 1][keys[-1]], _both(measure, sums, old, keys)))
    total = Line((), TOTAL, _both(measure, sums, old, ()))
    return Grid(tuple(rows), None, tuple(heads), tuple(lines), total)


def _on(day: date) -> Words:
    return Words(vn(day), vn(day))


def _merged(mine: Mapping[Key, Words], theirs: Mapping[Key, Words]) -> dict[Key, Words]:
    """Both orders in one; what is not recorded stays last."""
    together: dict[Key, Words] = {
        key: words for key, words in (*mine.items(), *theirs.items()) if key is not None
    }
    together = {key: mine.get(key, words) for key, words in together.items()}
    last = mine.get(None) or theirs.get(None)
    if last:
        together[None] = last
    return together


def _walk(
    names: Sequence[Mapping[Key, Words]], met: Mapping[tuple[Key, ...], None], rows: Sequence[str]
) -> Iterable[tuple[Key, ...]]:
    for key in names[0] if names else ():
        if (key,) not in met and key not in _fixed(rows[0]):
            continue
        yield (key,)
        if len(names) > 1:
            yield from ((key, one) for one in names[1] if (key, one) in met)


def _both(measure: Measure, now: Sums, before: Sums, keys: tuple[Key, ...]) -> tuple[Value, ...]:
    old, new = measure.figure(before.whole(keys)), measure.figure(now.whole(keys))
    change = None if old is None or new is None else new - old
    values: tuple[Value, ...] = (old, new, change)
    if not measure.additive:
        return values
    return (*values, ratio(Decimal(change) * 100, old, 1) if change is not None and old else None)
