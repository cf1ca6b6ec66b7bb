"""The ruled table of a form: heads merged in levels, leaf heads turned upright, a row of numbers, rows of figures.

Widths and type size follow from what has to fit on one landscape page; the head is drawn once and hung on each page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from registry.law.why import vn_number
from registry.reports.fonts import BOLD, ITALIC, REGULAR
from registry.reports.layout import Art, Pen, Style, tidy, wrap
from registry.reports.statutory.form import Cell, Column, Row

PAD = 1.3
INDENT = 8.0
WIDE, WIDE_PAD = 26.0, 4.0
"""Figures of a wide column stand a little away from its edge."""
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0, 5.5, 5.0)
LIST_SIZE = 8.0
LEAST_NAME, MOST_NAME = 96.0, 190.0
LEAST_FIGURE, MOST_FIGURE = 15.0, 58.0
TALLEST_LEAF = 190
GREY = 0.55
"""The shade of a nought: there, but not in the way of figures."""
FIGURES = frozenset({"count", "sum", "quota", "percent", "number", "decimal", "money"})


def shown(cell: Cell) -> str:
    """A cell as text: Vietnamese separators; nothing for what is not held."""
    if cell is None:
        return ""
    return tidy(cell) if isinstance(cell, str) else vn_number(cell)


@dataclass(frozen=True)
class Type:
    """The faces of a table at one size."""

    size: float

    @cached_property
    def body(self) -> Style:
        return Style(REGULAR, self.size, self.size * 1.22)

    @cached_property
    def strong(self) -> Style:
        return Style(BOLD, self.size, self.size * 1.22)

    @cached_property
    def head(self) -> Style:
        return Style(BOLD, self.size, self.size * 1.18)

    @cached_property
    def number(self) -> Style:
        return Style(ITALIC, max(self.size - 1, 4.5), self.size * 1.2)

    @cached_property
    def narrow(self) -> Style:
        return Style(ITALIC, max(self.size - 3.2, 3.8), self.size * 1.2)


@dataclass(frozen=True)
class Grid:
    """Columns at their widths. `marks` are footnote numbers by column; `numbered`: a row of numbers ends the head."""

    columns: tuple[Column, ...]
    widths: tuple[float, ...]
    type: Type
    rotate: bool
    numbered: bool
    marks: tuple[int | None, ...]

    @cached_property
    def edges(self) -> tuple[float, ...]:
        edges = [0.0]
        for width in self.widths:
            edges.append(edges[-1] + width)
        return tuple(edges)

    @property
    def width(self) -> float:
        return self.edges[-1]

    # The head

    @cached_property
    def head(self) -> Art:
        """All levels of heads and the row of numbers."""
        pen = Pen()
        tops = [0.0]
        for height in (*self._levels, self._leaf):
            tops.append(tops[-1] - height)
        for level, _ in enumerate(self._levels):
            for title, first, last in self._groups(level):
                self._words(pen, title, first, last, tops[level], tops[level + 1], upright=False)
        for at, column in enumerate(self.columns):
            top, upright = tops[len(column.groups)], self._is_upright(column)
            self._words(pen, self._title(at), at, at, top, tops[-1], upright=upright)
        bottom = self._numbers(pen, tops[-1]) if self.numbered else tops[-1]
        return pen.as_art("table-head", self.width, -bottom)

    def _numbers(self, pen: Pen, top: float) -> float:
        """The row of numbers under the heads; its lower edge."""
        style = self.type.number
        bottom = top - style.leading - PAD
        for at, column in enumerate(self.columns):
            pen.frame(self.edges[at], bottom, self.widths[at], top - bottom)
            text = self._marked(at, column.number if column.number != "STT" else "")
            fitting = style if style.width(text) < self.widths[at] - 1 else self.type.narrow
            pen.centred(
                self.edges[at] + self.widths[at] / 2, bottom + PAD + style.leading - style.rise, fitting, text
            )
        return bottom

    def _marked(self, at: int, text: str) -> str:
        return f"{text} ({self.marks[at]})" if self.marks[at] else text

    def _title(self, at: int) -> str:
        """The leaf head of a column, with its footnote where no row of numbers carries it."""
        head = self.columns[at].head.vi
        return head if self.numbered else self._marked(at, head)

    def _is_upright(self, column: Column) -> bool:
        return self.rotate and column.kind != "name"

    def _groups(self, level: int) -> Iterator[tuple[str, int, int]]:
        """(title, first column, last column) of the heads of a level."""
        keyed = enumerate(self.columns)
        for path, run in groupby(keyed, key=lambda one: one[1].groups[: level + 1]):
            if len(path) > level:
                places = [at for at, _ in run]
                yield path[level], places[0], places[-1]

    def _room(self, first: int, last: int) -> float:
        return self.edges[last + 1] - self.edges[first] - 2 * PAD

    @cached_property
    def _levels(self) -> tuple[float, ...]:
        """The heights of the levels of merged heads."""
        depth = max(len(one.groups) for one in self.columns)
        return tuple(
            max(
                (
                    len(wrap(title, self.type.head, self._room(first, last)))
                    for title, first, last in self._groups(level)
                ),
                default=1,
            )
            * self.type.head.leading
            + 2 * PAD
            for level in range(depth)
        )

    @cached_property
    def _leaf(self) -> float:
        """The height of the lowest heads: the least in which every one of them fits."""
        return next(
            (
                float(height)
                for height in range(16, TALLEST_LEAF, 2)
                if all(self._fits(at, one, height) for at, one in enumerate(self.columns))
            ),
            float(TALLEST_LEAF),
        )

    def _fits(self, at: int, column: Column, height: float) -> bool:
        tall = height + sum(self._levels[len(column.groups) :]) - 2 * PAD
        along, across = (tall, self.widths[at]) if self._is_upright(column) else (self._room(at, at), tall)
        lines = wrap(self._title(at), self.type.head, along)
        longest = max(self.type.head.width(word) for word in self._title(at).split())
        return len(lines) * self.type.head.leading <= across and longest <= along

    def _words(
        self, pen: Pen, title: str, first: int, last: int, top: float, bottom: float, *, upright: bool
    ) -> None:
        style = self.type.head
        left, width = self.edges[first], self.edges[last + 1] - self.edges[first]
        pen.frame(left, bottom, width, top - bottom)
        lines = wrap(title, style, (top - bottom if upright else width) - 2 * PAD)
        if upright:
            x = left + (width - len(lines) * style.leading) / 2
            for line in lines:
                pen.turned(x + style.rise, bottom + (top - bottom - style.width(line)) / 2, style, line)
                x += style.leading
        else:
            y = top - (top - bottom - len(lines) * style.leading) / 2
            for line in lines:
                pen.centred(left + width / 2, y - style.rise, style, line)
                y -= style.leading

    # Rows

    def broken(self, row: Row) -> list[list[str]]:
        """The cells as lines. A row of a group is one cell over all columns."""
        style = self._style(row)
        if row.kind == "group":
            return [wrap(next(shown(cell) for cell in row.cells if cell), style, self.width - 2 * PAD)]
        return [
            wrap(shown(cell), style, self.widths[at] - 2 * PAD - self._indent(row, column))
            for at, (column, cell) in enumerate(zip(self.columns, row.cells, strict=True))
        ]

    def height(self, lines: Sequence[Sequence[str]]) -> float:
        return max(map(len, lines)) * self.type.body.leading + 2 * PAD

    def draw(self, pen: Pen, x: float, y: float, row: Row, lines: Sequence[Sequence[str]]) -> None:
        """The words of a row that hangs from (x, y), without its rules."""
        style = self._style(row)
        if row.kind == "group":
            for at, line in enumerate(lines[0]):
                pen.text(x + 2 * PAD, y - PAD - style.rise - at * style.leading, style, line)
            return
        tall = max(map(len, lines))
        for at, (column, cell) in enumerate(zip(self.columns, row.cells, strict=True)):
            figure = column.kind in FIGURES and not isinstance(cell, str)
            base = y - PAD - style.rise - (tall - len(lines[at])) * style.leading / 2
            for line in lines[at]:
                self._cell(pen, x, at, base, row, line, figure=figure)
                base -= style.leading

    def _cell(self, pen: Pen, x: float, at: int, base: float, row: Row, line: str, *, figure: bool) -> None:
        column, style = self.columns[at], self._style(row)
        if not line:
            return
        if figure:
            if line == "0":
                pen.code.append(f"{GREY} g")
            pen.right(
                x + self.edges[at + 1] - (WIDE_PAD if self.widths[at] > WIDE else PAD), base, style, line
            )
            if line == "0":
                pen.code.append("0 g")
        elif column.kind == "order":
            pen.centred(x + self.edges[at] + self.widths[at] / 2, base, style, line)
        else:
            pen.text(x + self.edges[at] + PAD + self._indent(row, column), base, style, line)

    def _indent(self, row: Row, column: Column) -> float:
        return INDENT * row.level if column.kind == "name" else 0.0

    def _style(self, row: Row) -> Style:
        return self.type.body if row.kind == "row" else self.type.strong


def is_counted(columns: Sequence[Column]) -> bool:
    """Whether rows are units or criteria with figures, all there before the first is drawn; else they are people."""
    return any(one.kind == "name" for one in columns)


def fit(
    columns: tuple[Column, ...],
    room: float,
    rows: Sequence[Row],
    marks: tuple[int | None, ...],
    *,
    rotate: bool,
    numbered: bool,
) -> Grid:
    """The table in the largest type in which it fits into `room` points; a list of people has widths of its own."""
    if not is_counted(columns):
        given = [one.width or LEAST_FIGURE for one in columns]
        widths = tuple(width * room / sum(given) for width in given)
        return Grid(columns, widths, Type(LIST_SIZE), rotate, numbered, marks)
    for size in SIZES:
        kind = Type(size)
        least = tuple(_least(column, at, kind, rows, rotate=rotate) for at, column in enumerate(columns))
        if sum(least) <= room or size == SIZES[-1]:
            return Grid(columns, _spread(columns, least, room), kind, rotate, numbered, marks)
    raise AssertionError("the last size always returns")


def _least(column: Column, at: int, kind: Type, rows: Sequence[Row], *, rotate: bool) -> float:
    """The width below which a figure, or a word of a head that is not upright, would not fit."""
    if column.kind == "name":
        return LEAST_NAME
    widest = max((kind.strong.width(shown(row.cells[at])) for row in rows), default=0.0)
    word = kind.head.leading if rotate else max(map(kind.head.width, column.head.vi.split()))
    return max(max(widest, word) + 2 * PAD, LEAST_FIGURE)


def _spread(columns: tuple[Column, ...], least: tuple[float, ...], room: float) -> tuple[float, ...]:
    """What is left over goes to the names first, then evenly to the figures, up to a readable width."""
    widths = list(least)
    named = next(at for at, one in enumerate(columns) if one.kind == "name")
    most = max(columns[named].width or MOST_NAME, LEAST_NAME)
    widths[named] += max(min(room - sum(widths), most - widths[named]), 0.0)
    figures = [at for at, one in enumerate(columns) if one.kind not in ("name", "order")]
    share = max(min((room - sum(widths)) / len(figures), MOST_FIGURE - LEAST_FIGURE), 0.0)
    for at in figures:
        widths[at] += share
    widths[named] += max(room - sum(widths), 0.0)
    return tuple(widths)
