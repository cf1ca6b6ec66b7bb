"""The picture of an answer on paper: bars, pieces, ages and lines, as the page draws them, in the colours of the page.

Everything hangs from the place where the flow of the document stands; a picture is never parted by the end of a page.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from registry.explorer.pictures import Bars, Curves, Picture, Pyramid, Stacks
from registry.reports.fonts import BOLD, REGULAR
from registry.reports.layout import Flow, Pen, Style, tidy, wrap
from registry.words import Words

NAME, FIGURE = Style(REGULAR, 9, 11), Style(BOLD, 9, 11)
NAMES, FIGURES, GAP = 190.0, 74.0, 6.0
"""Widths of the names at the left, of the figures at the right, and between them and the bars."""
LINE, BAR = 13.5, 9.0
PLAIN = "#1f6a75"
EARLIER = "#a9ccce"
ORDERED = ("#07363f", "#1f6a75", "#5a9ca3", "#a9ccce", "#d9d4c7")
UNORDERED = ("#0b4a56", "#b97512", "#c9c5ba", "#a92a18", "#767f83")
INKS = ("#0b4a56", "#b97512", "#767f83", "#a92a18")
MEN, WOMEN = "#2c5f8a", "#c8741f"
GRID = "#d9d4c7"
HEIGHT = 120.0
"""Of the field in which lines over time run."""
MOST_LABELS = 8
LEFT_OUT = Words(
    "Chỉ vẽ các dòng lớn nhất; còn {} dòng trong bảng.",
    "Only the largest lines are drawn; {} more are in the table.",
)
CUT = Words("Trục bắt đầu từ {}.", "The axis begins at {}.")


def draw(flow: Flow, picture: Picture, unit: str, language: str) -> None:
    """Put a picture where the flow stands; `unit` of its figures in the reader's language."""
    drawing = _Drawing(flow, unit, language)
    if isinstance(picture, Bars):
        drawing.bars(picture)
    elif isinstance(picture, Stacks):
        drawing.stacks(picture)
    elif isinstance(picture, Pyramid):
        drawing.pyramid(picture)
    else:
        drawing.curves(picture)
    flow.y -= 8


@dataclass
class _Drawing:
    flow: Flow
    unit: str
    language: str

    @property
    def pen(self) -> Pen:
        return self.flow.pen

    @property
    def start(self) -> float:
        """Where bars begin."""
        return self.flow.left + NAMES + GAP

    @property
    def room(self) -> float:
        """How long a bar can be."""
        return self.flow.width - NAMES - FIGURES - 2 * GAP

    def say(self, words: Words) -> str:
        return tidy(words.said_in(self.language))

    # Bars

    def bars(self, picture: Bars) -> None:
        """A bar a line, in a comparison the earlier day's above it."""
        most = max(max(one.value, one.earlier or 0) for one in picture.bars) or 1
        self._need(len(picture.bars), legend=picture.days is not None, note=picture.left_out > 0)
        if picture.days:
            self._legend([self.say(one) for one in picture.days], (EARLIER, PLAIN))
        for one in picture.bars:
            y = self._line(self.say(one.name), one.text)
            if one.earlier is None:
                self.pen.fill(self.start, y, self.room * one.value / most, BAR, PLAIN)
            else:
                self.pen.fill(self.start, y + BAR / 2, self.room * one.earlier / most, BAR / 2, EARLIER)
                self.pen.fill(self.start, y, self.room * one.value / most, BAR / 2, PLAIN)
        self._left_out(picture.left_out)

    def stacks(self, picture: Stacks) -> None:
        """A bar of pieces a line."""
        inks = ORDERED if picture.ordered else UNORDERED
        self._need(len(picture.stacks), legend=True, note=picture.left_out > 0)
        self._legend([self.say(one) for one in picture.labels], inks)
        for one in picture.stacks:
            y, x = self._line(self.say(one.name), one.text), self.start
            whole = sum(one.pieces) or 1
            for piece, ink in zip(one.pieces, inks, strict=False):
                width = self.room * one.length / 100 * piece / whole
                self.pen.fill(x, y, width, BAR, ink)
                x += width
        self._left_out(picture.left_out)

    def _need(self, lines: int, *, legend: bool, note: bool) -> None:
        self.flow.need((lines + legend + note) * LINE + 4)

    def _line(self, name: str, figure: str) -> float:
        """The words of a line; returns the lower edge of its bar."""
        self.flow.y -= LINE
        y = self.flow.y + (LINE - BAR) / 2
        (first, *more) = wrap(name, NAME, NAMES) or [""]
        while more and NAME.width(f"{first} …") > NAMES:
            first = first.rpartition(" ")[0]
        self.pen.text(self.flow.left, y + 1.5, NAME, f"{first} …" if more else first)
        self.pen.right(self.flow.right, y + 1.5, FIGURE, tidy(figure))
        return y

    def _legend(self, labels: Sequence[str], inks: Sequence[str]) -> None:
        x = self.start
        self.flow.y -= LINE
        for label, ink in zip(labels, inks, strict=False):
            self.pen.fill(x, self.flow.y + 3, 8, 8, ink)
            self.pen.text(x + 12, self.flow.y + 4, NAME, label)
            x += 12 + NAME.width(label) + 16

    def _left_out(self, lines: int) -> None:
        if lines:
            self._note(self.say(LEFT_OUT).format(lines))

    def _note(self, words: str) -> None:
        self.flow.y -= LINE
        self.pen.text(self.start, self.flow.y + 4, NAME, words)

    # Ages

    def pyramid(self, picture: Pyramid) -> None:
        """Men to the left, women to the right, ages between them."""
        self._need(len(picture.rows), legend=True, note=False)
        most = max([1, *(max(men, women) for _, men, women in picture.rows)])
        middle, gap = (self.flow.left + self.flow.right) / 2, 40.0
        room = self.flow.width / 2 - gap - FIGURES
        self.flow.y -= LINE
        men, women = picture.sums
        y = self.flow.y + 4
        self.pen.right(middle - gap, y, FIGURE, " ".join([self.say(Words("Nam", "Men")), men]))
        self.pen.text(middle + gap, y, FIGURE, " ".join([self.say(Words("Nữ", "Women")), women]))
        for name, left, right in picture.rows:
            self.flow.y -= LINE
            y = self.flow.y + (LINE - BAR) / 2
            self.pen.centred(middle, y + 1.5, NAME, self.say(name))
            for side, value, ink in ((-1, left, MEN), (1, right, WOMEN)):
                width = room * value / most
                self.pen.fill(middle + gap if side > 0 else middle - gap - width, y, width, BAR, ink)
                figure = f"{value:,}".replace(",", ".")
                if side > 0:
                    self.pen.text(middle + gap + width + 4, y + 1.5, NAME, figure)
                else:
                    self.pen.right(middle - gap - width - 4, y + 1.5, NAME, figure)

    # Lines over time

    def curves(self, picture: Curves) -> None:
        """Lines over a grid of four, each named at its end."""
        named = len(picture.curves) > 1
        self.flow.need(HEIGHT + (3 + named + picture.cut) * LINE)
        unit = " ".join(one for one in (self.say(picture.scale), self.unit) if one)
        self.flow.y -= LINE
        self.pen.text(self.flow.left, self.flow.y + 4, NAME, tidy(unit))
        if named:
            self._legend([self.say(one.name) for one in picture.curves], INKS)
        self.flow.y -= 6
        left, right, top = self.flow.left + 50, self.flow.right - 60, self.flow.y
        low, high = picture.ticks[0][0], picture.ticks[-1][0]

        def height(value: float) -> float:
            return top - HEIGHT + HEIGHT * (value - low) / ((high - low) or 1)

        def across(at: int) -> float:
            return left + (right - left) * at / max(len(picture.periods) - 1, 1)

        for value, words in picture.ticks:
            self.pen.path([(left, height(value)), (right, height(value))], GRID, 0.5)
            self.pen.right(left - GAP, height(value) - 3, NAME, words)
        every = -(-len(picture.periods) // MOST_LABELS)
        for at, period in enumerate(picture.periods):
            if at % every == 0:
                self.pen.centred(across(at), top - HEIGHT - 12, NAME, self.say(period))
        for one, ink in zip(picture.curves, INKS, strict=False):
            self._curve(
                [None if v is None else (across(at), height(v)) for at, v in enumerate(one.values)], ink
            )
        for y, words in self._ends(picture, height):
            self.pen.text(right + GAP, y - 3, FIGURE, words)
        self.flow.y = top - HEIGHT - LINE - 4
        if picture.cut:
            self._note(self.say(CUT).format(f"{picture.ticks[0][1]} {self.say(picture.scale)}".strip()))

    def _curve(self, points: Sequence[tuple[float, float] | None], ink: str) -> None:
        """A line with a gap where there is no value."""
        run: list[tuple[float, float]] = []
        for one in (*points, None):
            if one is not None:
                run.append(one)
            elif run:
                self.pen.path(run if len(run) > 1 else [run[0], run[0]], ink, 1.4)
                run = []

    def _ends(self, picture: Curves, height: Callable[[float], float]) -> list[tuple[float, str]]:
        """What stands at the ends of the lines, moved apart where they would lie on each other."""
        ends = sorted(
            (
                (height(next(v for v in reversed(one.values) if v is not None)), one.last)
                for one in picture.curves
                if any(v is not None for v in one.values)
            ),
            reverse=True,
        )
        moved: list[tuple[float, str]] = []
        for y, words in ends:
            moved.append((min(y, moved[-1][0] - NAME.leading) if moved else y, words))
        return moved
