"""The table of an answer on paper: A4 landscape, its picture, its head on every page, the shares that the picture shows, and what
the figures mean. The same answer gives the same bytes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BytesIO

from registry.access.queries import LOCAL
from registry.explorer.choices import label
from registry.explorer.drawing import draw
from registry.explorer.grids import MISSING, Line, shown
from registry.explorer.pictures import Stacks, picture
from registry.explorer.queries import Answer, circumstances, part_of, title
from registry.reports.fonts import BOLD, ITALIC, REGULAR
from registry.reports.layout import LANDSCAPE, MM, PAD, Document, Flow, Pen, Style, tidy, wrap
from registry.words import Words

MARGINS = (15 * MM, 15 * MM, 15 * MM, 18 * MM)
TITLE, NOTE, SUBTITLE = Style(BOLD, 14, 19), Style(REGULAR, 10.5, 14), Style(BOLD, 12, 20)
HEAD, CELL, STRONG = Style(BOLD, 10, 12.5), Style(REGULAR, 10.5, 13), Style(BOLD, 10.5, 13)
SMALL = Style(ITALIC, 9, 11)
NAMES, FIGURES = 214.0, 58.0
"""Widths in points of the column of names and, at least, of a column of figures."""
INDENT = 10.0
GAP = 2.5
"""Between the rule of a line and its text."""
SHARES = Words("Cơ cấu (%)", "Shares (%)")
MEANINGS = Words("Định nghĩa và căn cứ", "Definitions and sources")
WHY = Words("Căn cứ của dự báo", "What the forecast rests on")
AUTHOR = "Cơ sở dữ liệu quốc gia về cán bộ, công chức, viên chức"


@dataclass(frozen=True)
class Row:
    """A line as it is written."""

    name: str
    depth: int
    strong: bool
    cells: tuple[str, ...]


def notes(found: Answer, conditions: Sequence[Words]) -> list[Words]:
    """Under the title: which days and units, the filters, and the state that was counted."""
    said = [_joined(circumstances(found))]
    if conditions:
        together = _joined(conditions)
        said.append(Words(f"Lọc: {together.vi}", f"Filters: {together.en}"))
    return [*said, source(found)]


def source(found: Answer) -> Words:
    """Which state of the registry was counted, and as it was known when."""
    snapshot = found.table.snapshot.id
    known = found.table.known_at.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S")
    return Words(
        f"Nguồn: ảnh số liệu {snapshot}, theo dữ liệu ghi nhận đến {known}",
        f"Source: snapshot {snapshot}, as recorded up to {known}",
    )


def _joined(words: Sequence[Words]) -> Words:
    return Words(" · ".join(one.vi for one in words), " · ".join(one.en for one in words))


def rows_label(found: Answer) -> Words:
    """What stands over the names of the lines."""
    labels = [label(one) for one in found.grid.rows]
    return Words(" / ".join(one.vi for one in labels), " / ".join(one.en for one in labels))


def heads_of(found: Answer) -> list[Words]:
    """The heads of the columns; those of periods that are not whole say so."""
    said = []
    for head in found.grid.heads:
        part = part_of(found, head.key)
        words = head.label
        said.append(Words(f"{words.vi} ({part.vi})", f"{words.en} ({part.en})") if part else words)
    return said


def line_name(found: Answer, line: Line) -> Words:
    """The name of a line; of a period that is not whole, how much of it is asked for."""
    part = part_of(found, line.keys[0]) if len(line.keys) == 1 else None
    return Words(f"{line.name.vi} ({part.vi})", f"{line.name.en} ({part.en})") if part else line.name


def meanings(found: Answer, language: str) -> list[tuple[str, str, str]]:
    """(name with its unit, definition, source) of all that the table shows, then the law behind a forecast."""
    said = []
    for one in found.table.definitions:
        unit = one.unit.said_in(language)
        named = one.label.said_in(language)
        source = one.told_source.said_in(language)
        said.append((f"{named} ({unit})" if unit else named, one.definition.said_in(language), source))
    return said + [(WHY.said_in(language), one.words.said_in(language), one.source) for one in found.why]


def to_pdf(found: Answer, conditions: Sequence[Words], language: str) -> bytes:
    """The whole table, in blocks of as many columns as the page is wide."""
    named = title(found.question).said_in(language)
    out = BytesIO()
    document = Document(
        out,
        title=named,
        subject=found.table.snapshot.id,
        author=AUTHOR,
        size=LANDSCAPE,
        language=language,
    )
    flow = Flow(document, MARGINS)
    flow.lines(wrap(tidy(named), TITLE, flow.width), TITLE)
    for words in notes(found, conditions):
        flow.lines(wrap(tidy(words.said_in(language)), NOTE, flow.width), NOTE)
    flow.y -= 6
    drawn = picture(found)
    if drawn is not None:
        draw(flow, drawn, found.grid.measure.unit.said_in(language), language)
    first = rows_label(found).said_in(language)
    heads = [one.said_in(language) for one in heads_of(found)]
    _blocks(flow, first, heads, list(_rows(found, language)))
    _shares(flow, found, language)
    _explained(flow, found, language)
    foot = source(found).said_in(language)
    flow.close(lambda pen, number, count: _foot(pen, flow, foot, number, count))
    document.save()
    return out.getvalue()


def _rows(found: Answer, language: str) -> Iterable[Row]:
    grid = found.grid
    for line in ([grid.total] if grid.total else []) + list(grid.lines):
        cells = tuple(shown(value, head) for value, head in zip(line.values, grid.heads, strict=True))
        strong = not line.keys or (len(grid.rows) > 1 and line.depth == 0)
        yield Row(line_name(found, line).said_in(language), line.depth, strong, cells)


def _shares(flow: Flow, found: Answer, language: str) -> None:
    drawn = picture(found)
    if not isinstance(drawn, Stacks) or not drawn.shares:
        return
    rows = []
    for stack in drawn.stacks:
        whole = sum(stack.pieces)
        cells = (
            f"{100 * piece / whole:.1f}".replace(".", ",") if whole else MISSING for piece in stack.pieces
        )
        rows.append(Row(stack.name.said_in(language), 0, False, tuple(cells)))
    flow.need(SUBTITLE.leading + 4 * CELL.leading)
    flow.lines([SHARES.said_in(language)], SUBTITLE)
    first = rows_label(found).said_in(language)
    _blocks(flow, first, [one.said_in(language) for one in drawn.labels], rows)


def _explained(flow: Flow, found: Answer, language: str) -> None:
    flow.y -= 4
    flow.need(SUBTITLE.leading + 3 * CELL.leading)
    flow.lines([MEANINGS.said_in(language)], SUBTITLE)
    for named, definition, law in meanings(found, language):
        flow.need(2 * CELL.leading)
        flow.lines([tidy(named)], STRONG)
        flow.lines(wrap(tidy(definition), NOTE, flow.width), NOTE)
        flow.lines(wrap(tidy(law), SMALL, flow.width), SMALL)
        flow.y -= 3


def _foot(pen: Pen, flow: Flow, words: str, number: int, count: int) -> None:
    y = flow.bottom - 16
    pen.text(flow.left, y, SMALL, words)
    pen.right(flow.right, y, SMALL, f"{number} / {count}")


# A table of figures


def _blocks(flow: Flow, first: str, heads: Sequence[str], rows: Sequence[Row]) -> None:
    room = max(int((flow.width - NAMES) / FIGURES), 1)
    for start in range(0, len(heads), room):
        part = slice(start, start + room)
        block = _Block(flow, first, heads[part])
        block.begin()
        for row in rows:
            block.row(Row(row.name, row.depth, row.strong, row.cells[part]))
        block.end()
        flow.y -= 10


class _Block:
    """Columns that fit side by side, running down the pages."""

    def __init__(self, flow: Flow, first: str, heads: Sequence[str]) -> None:
        self.flow = flow
        self.first = wrap(tidy(first), HEAD, NAMES - 2 * PAD)
        self.width = min((flow.width - NAMES) / len(heads), 110.0)
        self.heads = [wrap(tidy(head), HEAD, self.width - 2 * PAD) for head in heads]

    def begin(self) -> None:
        """The head, at the place where the block begins on a page."""
        flow = self.flow
        height = max(map(len, [self.first, *self.heads])) * HEAD.leading + 2 * PAD
        flow.need(height + 2 * CELL.leading + 4 * PAD)
        for at, lines in enumerate([self.first, *self.heads]):
            y = flow.y - height + PAD + (len(lines) - 1) * HEAD.leading + 3
            for line in lines:
                if at:
                    flow.pen.right(self._edge(at), y, HEAD, line)
                else:
                    flow.pen.text(flow.left + PAD, y, HEAD, line)
                y -= HEAD.leading
        self._rule(flow.y)
        flow.y -= height
        self._rule(flow.y)

    def _edge(self, at: int) -> float:
        return self.flow.left + NAMES + at * self.width - PAD

    def _rule(self, y: float) -> None:
        self.flow.pen.line(self.flow.left, y, self.flow.left + NAMES + len(self.heads) * self.width, y)

    def row(self, row: Row) -> None:
        """A line; the page turns before it where it does not fit."""
        style, inset = STRONG if row.strong else CELL, PAD + row.depth * INDENT
        lines = wrap(tidy(row.name), style, NAMES - inset - PAD)
        height = len(lines) * style.leading + 2 * GAP
        if height > self.flow.room:
            self.flow.turn()
            self.begin()
        flow = self.flow
        y = top = flow.y - GAP - style.rise
        for line in lines:
            flow.pen.text(flow.left + inset, y, style, line)
            y -= style.leading
        for at, cell in enumerate(row.cells, start=1):
            flow.pen.right(self._edge(at), top, style, cell)
        flow.y -= height
        flow.pen.code.append("q 0.75 G")
        self._rule(flow.y)
        flow.pen.code.append("Q")

    def end(self) -> None:
        """The rule below."""
        self._rule(self.flow.y)
