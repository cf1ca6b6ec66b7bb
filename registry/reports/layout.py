"""The printed page: pen, line breaking, tables that run over pages, and the file they end in.

All measures are points from the lower left corner. A page is written as PDF operators by a Pen and handed to
a Document; nothing goes through paragraph objects, because a form is printed for hundreds of thousands of
people. Page, margins and type follow Nghị định 30/2020/NĐ-CP, phụ lục I.
"""

import unicodedata
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any, BinaryIO, NamedTuple

import segno
from reportlab.pdfbase import pdfdoc
from reportlab.pdfgen.canvas import Canvas

from registry.reports.fonts import REGULAR, Face, stream

MM = 72 / 25.4
A4 = (210 * MM, 297 * MM)
LANDSCAPE = (A4[1], A4[0])
LEFT, RIGHT, TOP, BOTTOM = 30 * MM, 15 * MM, 20 * MM, 25 * MM  # margins, phụ lục I, mục I, khoản 3
HAIRLINE = 0.5
DOT_STEP = 2.4


class Style:
    """A face at a size; `leading` is the height of one line of it."""

    def __init__(self, face: Face, size: float, leading: float) -> None:
        self.face = face
        self.size = size
        self.leading = leading
        # Capitals stand in the middle of the line, which leaves room for two marks above: Ẫ, Ổ.
        self.rise = (leading + 0.66 * size) / 2
        self.operator = f"/{face.name}+0 {size} Tf"

    def width(self, text: str) -> float:
        return self.face.word_width(text) * self.size / 1000


@dataclass(frozen=True)
class Art:
    """A drawing that a document holds once (a form XObject) and its pages place any number of times.

    Its origin is the upper left corner, so it hangs from where it is placed.
    """

    name: str
    width: float
    height: float
    faces: tuple[Face, ...]
    compressed: bytes


@dataclass(frozen=True)
class Picture:
    """A picture in three colours, as JPEG, that a document holds once. `width` and `height` are those of its place."""

    name: str
    width: float
    height: float
    pixels: tuple[int, int]
    jpeg: bytes


class Pen:
    """Writes the operators of one page or one Art."""

    def __init__(self, document: "Document | None" = None) -> None:
        self.code: list[str] = [f"{HAIRLINE} w"]
        self.faces: dict[Face, None] = {}
        self.arts: dict[str, Art | Picture] = {}
        self._document = document
        self._style: Style | None = None

    def text(self, x: float, y: float, style: Style, text: str) -> None:
        """Text on the base line `y`."""
        if style is not self._style:
            self.code.append(style.operator)
            self.faces[style.face] = None
            self._style = style
        try:
            self.code.append(f"BT {x:.2f} {y:.2f} Td {style.face.encode(text)} Tj ET")
        except UnicodeEncodeError:
            self.code.append(f"BT {x:.2f} {y:.2f} Td {self._rare(style, text)} ET")

    def _rare(self, style: Style, text: str) -> str:
        """Text with letters outside the common alphabet, which live in code tables of this document."""
        assert self._document is not None, f"an Art holds common letters only, not {text!r}"
        style.face.font.enter(self._document.pdf)
        runs = style.face.font.splitString(text, self._document.pdf)
        shown = [f"/{style.face.name}+{table} {style.size} Tf <{codes.hex()}> Tj" for table, codes in runs]
        return " ".join([*shown, style.operator])

    def centred(self, x: float, y: float, style: Style, text: str) -> None:
        self.text(x - style.width(text) / 2, y, style, text)

    def turned(self, x: float, y: float, style: Style, text: str) -> None:
        """Text that runs upwards, its base line on the vertical `x`, beginning at height `y`."""
        self.code.append("q 0 1 -1 0 " + f"{x:.2f} {y:.2f} cm")
        self._style = None  # what is set inside the turn is forgotten at its end
        self.text(0, 0, style, text)
        self.code.append("Q")
        self._style = None

    def right(self, x: float, y: float, style: Style, text: str) -> None:
        """Text that ends at `x`, as figures do."""
        self.text(x - style.width(text), y, style, text)

    def line(self, x0: float, y0: float, x1: float, y1: float) -> None:
        self.code.append(f"{x0:.2f} {y0:.2f} m {x1:.2f} {y1:.2f} l S")

    def frame(self, x: float, y: float, width: float, height: float) -> None:
        """A box whose lower left corner is (x, y)."""
        self.code.append(f"{x:.2f} {y:.2f} {width:.2f} {height:.2f} re S")

    def fill(self, x: float, y: float, width: float, height: float, colour: str) -> None:
        """A filled box whose lower left corner is (x, y); `colour` as #rrggbb."""
        self.code.append(f"q {_colour(colour)} rg {x:.2f} {y:.2f} {width:.2f} {height:.2f} re f Q")

    def path(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        """A line through points, its corners and ends round."""
        (x, y), *more = points
        steps = " ".join([f"{x:.2f} {y:.2f} m", *(f"{x:.2f} {y:.2f} l" for x, y in more)])
        self.code.append(f"q {_colour(colour)} RG {width} w 1 J 1 j {steps} S Q")

    def dots(self, x0: float, x1: float, y: float) -> None:
        """A dotted line to write on: drawn, so no search finds its dots, in step with other lines."""
        start = -(-x0 // DOT_STEP) * DOT_STEP
        if start < x1:
            self.code.append(f"q 0.8 w 1 J [0 {DOT_STEP}] 0 d {start:.2f} {y:.2f} m {x1:.2f} {y:.2f} l S Q")

    def place(self, art: Art, x: float, y: float) -> None:
        """Hang an Art from its upper left corner."""
        self.arts[art.name] = art
        self.code.append(f"q 1 0 0 1 {x:.2f} {y:.2f} cm /{pdfdoc.xObjectName(art.name)} Do Q")

    def picture(self, picture: Picture, x: float, y: float) -> None:
        """Hang a picture from its upper left corner."""
        self.arts[picture.name] = picture
        scaled = f"{picture.width:.2f} 0 0 {picture.height:.2f} {x:.2f} {y - picture.height:.2f} cm"
        self.code.append(f"q {scaled} /{pdfdoc.xObjectName(picture.name)} Do Q")

    def qr(self, x: float, y: float, size: float, text: str) -> None:
        """A QR code with its quiet zone, hung from (x, y), all its modules in one filled path."""
        # A fixed mask reads as well as the best of eight and costs a seventh of trying them all.
        modules = segno.make(text, error="m", micro=False, mask=3).matrix
        unit = size / (len(modules) + 8)
        path = []
        for down, row in enumerate(modules, 5):
            across = 4
            for dark, run in groupby(row):
                length = len(list(run))
                if dark:
                    path.append(f"{across} {-down} {length} 1 re")
                across += length
        self.code.append(f"q {unit:.4f} 0 0 {unit:.4f} {x:.2f} {y:.2f} cm {' '.join(path)} f Q")

    def as_art(self, name: str, width: float, height: float) -> Art:
        code = "\n".join(self.code).encode("ascii")
        return Art(name, width, height, tuple(self.faces), zlib.compress(code))


def _colour(name: str) -> str:
    return " ".join(f"{int(name[at : at + 2], 16) / 255:.3f}" for at in (1, 3, 5))


class Document:
    """One PDF file in the making. The same pages give the same bytes.

    Pages are compressed as they come (a tenth of the drawing time, a quarter of the size), so a long run
    holds about 2 kB a page; reportlab writes the file at the end, in `save`.
    """

    def __init__(
        self,
        out: BinaryIO,
        *,
        title: str,
        subject: str,
        author: str,
        size: tuple[float, float] = A4,
        language: str = "vi",
    ) -> None:
        self.size = size
        # Without a first font of ours the Canvas writes Helvetica, which is not embedded, into every page.
        self.canvas = Canvas(
            out,
            pagesize=size,
            pageCompression=1,
            invariant=1,
            lang=language,
            initialFontName=REGULAR.font.fontName,
        )
        self.canvas.setTitle(tidy(title))
        self.canvas.setSubject(tidy(subject))
        self.canvas.setAuthor(tidy(author))
        self.canvas.setCreator("")
        self.canvas.setViewerPreference("DisplayDocTitle", "true")
        self.pdf: Any = self.canvas._doc
        self._promised: set[str] = set()

    def add(self, pen: Pen) -> None:
        """Close a page and put it at the end of the document."""
        for face in pen.faces:
            face.font.enter(self.pdf)
        for art in pen.arts.values():
            if art.name not in self._promised:
                self._hold(art)
        code = "\n".join(pen.code).encode("ascii")
        self.pdf.updateSignature(code)  # the file's ID then tells two contents apart
        self.canvas.showPage()
        page = self.pdf.Pages[-1]
        page.stream, page.Contents = None, stream(zlib.compress(code))
        page.XObjects = self.pdf.xobjDict(pen.arts)

    def promise(self, name: str, width: float, height: float) -> Art:
        """An Art that pages may place before it is drawn, such as the number of all pages; see `keep`."""
        self._promised.add(name)
        return Art(name, width, height, (), b"")

    def keep(self, art: Art) -> None:
        """Draw what was promised under that name, before the document is saved."""
        self._promised.remove(art.name)
        self._hold(art)

    def _hold(self, art: Art | Picture) -> None:
        if self.pdf.hasForm(art.name):
            return
        if isinstance(art, Picture):
            self._hold_picture(art)
            return
        for face in art.faces:
            face.font.enter(self.pdf)
        self.pdf.addForm(
            art.name,
            stream(
                art.compressed,
                Type="/XObject",
                Subtype="/Form",
                BBox=pdfdoc.PDFArray([-1, round(-art.height - 1, 2), round(art.width + 1, 2), 1]),
                Resources=pdfdoc.PDFDictionary({"Font": pdfdoc.PDFObjectReference("BasicFonts")}),
            ),
        )

    def _hold_picture(self, picture: Picture) -> None:
        """JPEG goes into the file as it is."""
        width, height = picture.pixels
        told = {
            "Type": "/XObject",
            "Subtype": "/Image",
            "Width": width,
            "Height": height,
            "ColorSpace": "/DeviceRGB",
            "BitsPerComponent": 8,
            "Filter": "/DCTDecode",
        }
        self.pdf.addForm(picture.name, pdfdoc.PDFStream(pdfdoc.PDFDictionary(told), picture.jpeg))

    def mark(self, key: str, title: str) -> None:
        """Put the next page into the outline, by which a reader finds one person in a long file."""
        self.canvas.bookmarkPage(key)
        self.canvas.addOutlineEntry(tidy(title), key)

    def save(self) -> None:
        self.canvas.save()


class Flow:
    """Text running down the pages of one form. `y` is the upper edge of what is still free.

    `margins` are left, right, top and bottom.
    """

    def __init__(
        self, document: Document, margins: tuple[float, float, float, float] = (LEFT, RIGHT, TOP, BOTTOM)
    ) -> None:
        self.document = document
        width, height = document.size
        left, right, top, bottom = margins
        self.left, self.right = left, width - right
        self.top, self.bottom = height - top, bottom
        self.pages: list[Pen] = []
        self.turn()

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def room(self) -> float:
        return self.y - self.bottom

    def turn(self) -> None:
        """Go on at the top of a new page."""
        self.pen = Pen(self.document)
        self.pages.append(self.pen)
        self.y = self.top

    def need(self, height: float) -> None:
        """Turn the page unless `height` still fits on this one."""
        if height > self.room and self.y < self.top:
            self.turn()

    def lines(self, lines: Sequence[str], style: Style, indent: float = 0) -> None:
        for line in lines:
            self.need(style.leading)
            self.pen.text(self.left + indent, self.y - style.rise, style, line)
            self.y -= style.leading

    def place(self, art: Art) -> None:
        self.need(art.height)
        self.pen.place(art, self.left, self.y)
        self.y -= art.height

    def close(self, finish: Callable[[Pen, int, int], None]) -> int:
        """Hand the pages over after finish(pen, number, count) has drawn what stands in their margins."""
        count = len(self.pages)
        for number, pen in enumerate(self.pages, 1):
            finish(pen, number, count)
            self.document.add(pen)
        return count


class Column(NamedTuple):
    title: str
    width: float
    centred: bool = False


PAD = 3.5  # between the rules of a cell and its text
UNBROKEN = 12  # a row of at most so many lines stays on one page


@dataclass(frozen=True)
class Table:
    """A ruled table. Its head comes again on each page; rows stay whole unless they are very long."""

    name: str
    columns: tuple[Column, ...]
    heading: Style
    body: Style

    @cached_property
    def edges(self) -> tuple[float, ...]:
        """Left edges of the columns and the right edge of the last, from the left edge of the table."""
        edges = [0.0]
        for column in self.columns:
            edges.append(edges[-1] + column.width)
        return tuple(edges)

    @cached_property
    def head(self) -> Art:
        titles = [wrap(column.title, self.heading, column.width - 2 * PAD) for column in self.columns]
        tall = max(map(len, titles))
        height = tall * self.heading.leading + 2 * PAD
        pen = Pen()
        for column, edge, lines in zip(self.columns, self.edges, titles, strict=False):
            y = -PAD - (tall - len(lines)) * self.heading.leading / 2
            for line in lines:
                pen.centred(edge + column.width / 2, y - self.heading.rise, self.heading, line)
                y -= self.heading.leading
            pen.frame(edge, -height, column.width, height)
        return pen.as_art(self.name, self.edges[-1], height)

    def draw(
        self,
        flow: Flow,
        title: Sequence[str],
        title_style: Style,
        rows: Sequence[Sequence[str]],
        blank_rows: int = 3,
    ) -> None:
        """The title, the head and the rows; without rows, `blank_rows` dotted ones to write on."""
        cells = [self._broken(row) for row in rows] or [[[""]] * len(self.columns)] * blank_rows
        first = min(max(map(len, cells[0])), UNBROKEN) * self.body.leading + 2 * PAD
        flow.need(len(title) * title_style.leading + PAD + self.head.height + first)
        flow.lines(title, title_style)
        flow.y -= PAD
        flow.place(self.head)
        start = flow.y
        for row in cells:
            for part in self._parts(flow, row):
                height = max(map(len, part)) * self.body.leading + 2 * PAD
                if height > flow.room:
                    self._rule(flow, start)
                    flow.turn()
                    flow.place(self.head)
                    start = flow.y
                self._row(flow, part, dotted=not rows)
                flow.y -= height
                flow.pen.line(flow.left, flow.y, flow.left + self.edges[-1], flow.y)
        self._rule(flow, start)

    def _broken(self, row: Sequence[str]) -> list[list[str]]:
        return [
            wrap(tidy(text), self.body, column.width - 2 * PAD)
            for column, text in zip(self.columns, row, strict=True)
        ]

    def _parts(self, flow: Flow, row: list[list[str]]) -> Iterator[list[list[str]]]:
        """The row, or pieces of it that each fit where they come, asked for one after the other."""
        while True:
            tall = max(map(len, row))
            fits = int((flow.room - 2 * PAD) / self.body.leading)
            if tall <= max(fits, UNBROKEN):
                yield row
                return
            if fits < 3:  # too little to begin a long row here
                fits = int((flow.top - flow.bottom - self.head.height - 2 * PAD) / self.body.leading)
            yield [lines[:fits] for lines in row]
            row = [lines[fits:] for lines in row]
            if not any(row):
                return

    def _row(self, flow: Flow, row: list[list[str]], *, dotted: bool) -> None:
        for column, edge, lines in zip(self.columns, self.edges, row, strict=False):
            y = flow.y - PAD - self.body.rise
            x = flow.left + edge
            for line in lines:
                if dotted:
                    flow.pen.dots(x + PAD, x + column.width - PAD, y)
                elif column.centred:
                    flow.pen.centred(x + column.width / 2, y, self.body, line)
                elif line:
                    flow.pen.text(x + PAD, y, self.body, line)
                y -= self.body.leading

    def _rule(self, flow: Flow, start: float) -> None:
        for edge in self.edges:
            flow.pen.line(flow.left + edge, start, flow.left + edge, flow.y)


def tidy(text: str) -> str:
    """NFC, because marks that are letters of their own drift off their vowel in print, and single spaces."""
    text = unicodedata.normalize("NFC", text)
    if "\n" in text:
        return "\n".join(" ".join(line.split()) for line in text.splitlines())
    return " ".join(text.split())


def wrap(text: str, style: Style, width: float, first: float | None = None) -> list[str]:
    """Lines of at most `width` points, the first of at most `first`; line feeds of the text are kept.

    A first line too narrow for its first word comes back empty. A word wider than a line is cut.
    """
    whole = width * 1000 / style.size
    room = whole if first is None else first * 1000 / style.size
    measure = style.face.word_width
    space = measure(" ")
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if style.face.width(paragraph) <= room:
            lines.append(paragraph)
            room = whole
            continue
        words: list[str] = []
        used = -space
        for word in paragraph.split(" "):
            length = measure(word)
            if used + space + length > room:
                if words or room < whole:
                    lines.append(" ".join(words))
                    words, used, room = [], -space, whole
                while length > room:
                    cut = _cut(word, style.face, room)
                    lines.append(word[:cut])
                    word = word[cut:]
                    length = measure(word)
            words.append(word)
            used += space + length
        lines.append(" ".join(words))
        room = whole
    return lines


def _cut(word: str, face: Face, room: float) -> int:
    """Where to cut a word wider than the line: after a mark if one comes late enough, else anywhere."""
    cut = len(word)
    while cut > 1 and face.width(word[:cut]) > room:
        cut -= 1
    mark = 1 + max(word.rfind(mark, 0, cut) for mark in "/-.,;@")
    return mark if mark > cut // 3 else cut
