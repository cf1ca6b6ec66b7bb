"""An answer arranged for reading: lines and columns with subtotals and totals, every one of them from its own exact sums."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from registry.explorer.choices import TIMES, counts_events
from registry.law.why import vn
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.groups import Groups, Key
from registry.statistics.measures import Measure, add, ratio
from registry.statistics.series import PERIOD
from registry.statistics.tables import TOTAL, Table, Value, lines
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
    """The figures of every line and column of a table, down to any depth, each from its own exact sums."""

    def __init__(self, table: Table, rows: Sequence[str], column: str | None) -> None:
        names = table.dimensions()
        self.names = [_named(table, one) for one in rows]
        self.columns = _named(table, column) if column else {}
        self._groups = table.groups
        self._at = [names.index(_id(one)) for one in rows]
        self._beside = [names.index(_id(column))] if column else []
        self._figures: dict[tuple[str, int, bool], dict[tuple[Key, ...], Value]] = {}
        self.met: set[Key] = set().union(*(self._groups.axes[at].met() for at in self._beside))
        self.keys: dict[tuple[Key, ...], dict[Key, None]] = {}
        """Of every line that occurs the keys of the lines below it; of the whole table those of the first row dimension."""
        for depth in range(len(rows) + 1):
            for line in _lines(self._groups.together(self._at[:depth])):
                self.keys[line] = {}
                if line:
                    self.keys[line[:-1]][line[-1]] = None

    def of(self, measure: Measure, keys: tuple[Key, ...], across: Key) -> Value:
        """The figure of a cell."""
        return self._found(measure, len(keys), True).get((*keys, across), _of_nobody(measure))

    def whole(self, measure: Measure, keys: tuple[Key, ...]) -> Value:
        """The figure of a line, over all columns."""
        return self._found(measure, len(keys), False).get(keys, _of_nobody(measure))

    def _found(self, measure: Measure, depth: int, across: bool) -> dict[tuple[Key, ...], Value]:
        """The figures of all lines of a depth, or of all their cells."""
        asked = (measure.id, depth, across)
        if asked not in self._figures:
            groups = self._groups.together([*self._at[:depth], *(self._beside if across else ())])
            figures = measure.figure.each(groups.parts)
            self._figures[asked] = dict(zip(_lines(groups), figures, strict=True))
        return self._figures[asked]


def _lines(groups: Groups) -> Iterable[tuple[Key, ...]]:
    """The keys of each group."""
    return lines([one.each() for one in groups.axes], groups.size)


def _of_nobody(measure: Measure) -> Value:
    return measure.figure(add((), measure.parts))


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
    shown: list[Line] = []
    for key in _in_order(sums.names[0], set(sums.keys[()]), rows[0]) if rows and sums.keys else ():
        shown.append(_line(sums, heads, (key,)))
        if len(rows) > 1:
            inner = sums.keys.get((key,), ())
            shown += [_line(sums, heads, (key, one)) for one in sums.names[1] if one in inner]
    adds_up = not (rows and rows[0] in TIMES) or counts_events(first)
    total = _line(sums, heads, ()) if adds_up else None
    return Grid(tuple(rows), column, heads, tuple(shown), total)


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
        sums.of(head.measure, keys, head.key)
        if across and head.role == "cell"
        else sums.whole(head.measure, keys)
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
    met = {*sums.keys, *old.keys}
    shown = []
    for keys in _walk(names, met, rows):
        shown.append(Line(keys, names[len(keys) - 1][keys[-1]], _both(measure, sums, old, keys)))
    total = Line((), TOTAL, _both(measure, sums, old, ()))
    return Grid(tuple(rows), None, tuple(heads), tuple(shown), total)


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
    names: Sequence[Mapping[Key, Words]], met: set[tuple[Key, ...]], rows: Sequence[str]
) -> Iterable[tuple[Key, ...]]:
    for key in names[0] if names else ():
        if (key,) not in met and key not in _fixed(rows[0]):
            continue
        yield (key,)
        if len(names) > 1:
            yield from ((key, one) for one in names[1] if (key, one) in met)


def _both(measure: Measure, now: Sums, before: Sums, keys: tuple[Key, ...]) -> tuple[Value, ...]:
    old, new = before.whole(measure, keys), now.whole(measure, keys)
    change = None if old is None or new is None else new - old
    values: tuple[Value, ...] = (old, new, change)
    if not measure.additive:
        return values
    return (*values, ratio(Decimal(change) * 100, old, 1) if change is not None and old else None)
