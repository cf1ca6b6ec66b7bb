"""Parts that the forms about one person share: numbered items beside their values, the photo, pay, the foot.

An empty value prints as a dotted line to write on, an empty table as dotted rows. A form names its items as rows of
Slots; what stands in a Slot is asked of the form's own plain data.
"""

import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from operator import attrgetter as of
from typing import Any, NamedTuple

from registry.documents.portraits import jpeg_size
from registry.reports.fonts import BOLD, ITALIC, REGULAR
from registry.reports.layout import (
    A4,
    LEFT,
    MM,
    PAD,
    RIGHT,
    Art,
    Column,
    Flow,
    Pen,
    Picture,
    Style,
    tidy,
    wrap,
)

TITLE = Style(BOLD, 15, 20)
NAME = Style(BOLD, 13, 17)
LABEL = Style(BOLD, 12, 17)
VALUE = Style(REGULAR, 12, 17)
HEAD = Style(REGULAR, 11, 15)
HEAD_BOLD = Style(BOLD, 11, 15)
HINT = Style(ITALIC, 9, 10.5)
NOTE = Style(ITALIC, 10, 17)
PROMPT = Style(REGULAR, 12, 15.5)
CELL = Style(REGULAR, 11, 13.5)
CELL_HEAD = Style(BOLD, 10.5, 13)
PAY = Style(REGULAR, 9, 11)
FOOT = Style(REGULAR, 9, 11)
PAGE_NUMBER = Style(REGULAR, 13, 16)

WIDTH = A4[0] - LEFT - RIGHT
PHOTO_WIDTH, PHOTO_HEIGHT = 40 * MM, 60 * MM
GAP = 8.0  # between the photo and the items, between two slots of one line
AFTER_ITEM = 2.5
HINT_INDENT = 16.0
INDENT = 14.0  # of free text below its question
BLANK_LINES = 3
QR_SIZE = 15 * MM


class Slot(NamedTuple):
    """A label and the place for its value.

    `share` is its part of the line. An empty value shows as dots between the words of `blank`. In small
    italics `note` follows the label and `hint` stands below.
    """

    label: str
    value: Callable[[Any], str]
    share: float = 1
    blank: tuple[str, ...] = ("",)
    unit: str = ""
    note: str = ""
    hint: str = ""
    style: Style = VALUE


PLACE = ("Xã", "Huyện", "Tỉnh")
DAY = ("", "/", "/")


def birth(part: int) -> Callable[[Any], str]:
    """Day (0), month (1) or year (2) of a birth date that may lack the first parts."""
    return lambda data: ("//" + data.birth_date).split("/")[-3:][part]


def columns(*columns: tuple[str, float, bool]) -> tuple[Column, ...]:
    """Columns whose widths are parts of the width of the page."""
    total = sum(width for _, width, _ in columns)
    return tuple(Column(title, WIDTH * width / total, centred) for title, width, centred in columns)


PAY_ROWS = (("Tháng/năm", of("month")), ("Mã ngạch/bậc", of("rank_step")), ("Hệ số lương", of("coefficient")))
PAY_HEAD = 78.0
PAY_STEPS = 9


def code_art(name: str, code: str, lines: Sequence[str] = ()) -> Art:
    """The name of a form, for the upper right corner, with its decree in small lines below."""
    pen, width = Pen(), max([128.0, HEAD_BOLD.width(code), *map(HINT.width, lines)])
    pen.centred(width / 2, -HEAD_BOLD.rise, HEAD_BOLD, code)
    y = -HEAD_BOLD.leading
    for line in lines:
        pen.centred(width / 2, y - HINT.rise, HINT, line)
        y -= HINT.leading
    return pen.as_art(name, width, -y)


def title_art(name: str, title: str) -> Art:
    """The title over the whole width."""
    pen = Pen()
    pen.centred(WIDTH / 2, -TITLE.rise, TITLE, title)
    return pen.as_art(name, WIDTH, TITLE.leading)


def prompts(name: str, texts: Sequence[str]) -> tuple[Art, ...]:
    """Questions of a form that take lines of their own."""
    return tuple(_prompt(f"{name}-{number}", words) for number, words in enumerate(texts))


def _prompt(name: str, words: str) -> Art:
    pen = Pen()
    y = 0.0
    for line in wrap(words, PROMPT, WIDTH):
        pen.text(0, y - PROMPT.rise, PROMPT, line)
        y -= PROMPT.leading
    return pen.as_art(name, WIDTH, -y)


def signature_art(name: str, left: Sequence[tuple[str, str]], right: Sequence[tuple[str, str]]) -> Art:
    """Place and date, and two signatures with room to sign; lines are (bold | plain | italic, words)."""
    pen = Pen()
    date = Style(ITALIC, 12, 17)
    spaces = (("", 96), (", Ngày ", 26), (" tháng ", 26), (" năm ", 36))  # words and the dots after each
    x, y = WIDTH - sum(date.width(word) + dots for word, dots in spaces), -date.rise - 4
    for word, dots in spaces:
        if word:
            pen.text(x, y, date, word)
        x += date.width(word)
        pen.dots(x, x + dots, y)
        x += dots
    y -= 26
    styles = {"bold": LABEL, "plain": HEAD, "italic": Style(ITALIC, 11, 15)}
    for middle, lines in ((WIDTH * 0.24, left), (WIDTH * 0.73, right)):
        for down, (style, words) in enumerate(lines):
            pen.centred(middle, y - 15 * down, styles[style], words)
    return pen.as_art(name, WIDTH, -y + 15 * (max(len(left), len(right)) - 1) + 85)


def heading(flow: Flow, units: Sequence[tuple[str, str]], code: Art, title: Art) -> None:
    """Who manages and employs the person at the left, the name of the form at the right, the title below."""
    flow.pen.place(code, flow.right - code.width, flow.y)
    beside, edge = flow.right - code.width - 2 * GAP, flow.y - code.height
    for label, value in units:
        start = flow.left + HEAD.width(label) + 3
        lines = wrap(tidy(value), HEAD_BOLD, beside - flow.left, beside - start)
        flow.pen.text(flow.left, flow.y - HEAD.rise, HEAD, label)
        if lines == [""]:
            flow.pen.dots(start, beside, flow.y - HEAD.rise)
        for nth, line in enumerate(lines):
            if line:
                flow.pen.text(flow.left if nth else start, flow.y - HEAD.rise, HEAD_BOLD, line)
            flow.y -= HEAD.leading
    flow.y = min(flow.y, edge) - 10
    flow.place(title)
    flow.y -= 10


@cache
def photo() -> Art:
    pen = Pen()
    pen.frame(0, -PHOTO_HEIGHT, PHOTO_WIDTH, PHOTO_HEIGHT)
    pen.centred(PHOTO_WIDTH / 2, -PHOTO_HEIGHT / 2 + 3, HEAD, "Ảnh màu")
    pen.centred(PHOTO_WIDTH / 2, -PHOTO_HEIGHT / 2 - 12, HEAD, "(4 x 6 cm)")
    return pen.as_art("photo", PHOTO_WIDTH, PHOTO_HEIGHT)


def _photo_of(flow: Flow, data: Any) -> None:
    """The portrait in its frame, or the frame of the form to paste one into."""
    if data.photo is None:
        flow.pen.place(photo(), flow.left, flow.y)
        return
    name = f"photo-{hashlib.sha256(data.photo).hexdigest()[:24]}"
    picture = Picture(name, PHOTO_WIDTH, PHOTO_HEIGHT, jpeg_size(data.photo), data.photo)
    flow.pen.picture(picture, flow.left, flow.y)
    flow.pen.frame(flow.left, flow.y - PHOTO_HEIGHT, PHOTO_WIDTH, PHOTO_HEIGHT)


def beside_photo(flow: Flow, data: Any, rows: Sequence[Sequence[Slot]]) -> None:
    """Items 1-5, spread over the height of the photo."""
    page, photo_bottom = flow.pen, flow.y - PHOTO_HEIGHT
    _photo_of(flow, data)
    left = flow.left + PHOTO_WIDTH + 2 * GAP
    lines = [Line(data, row, left, flow.right) for row in rows]
    spare = max(0.0, PHOTO_HEIGHT - sum(line.height for line in lines)) / len(lines)
    for line, row in zip(lines, rows, strict=True):
        if flow.pen is page and line.height < flow.room:
            line.draw(page, flow.y - spare / 2)
            flow.y -= line.height + spare
        else:
            item(flow, data, row)
    if flow.pen is page:
        flow.y = min(flow.y, photo_bottom) - 6


def item(flow: Flow, data: Any, row: Sequence[Slot]) -> None:
    line = Line(data, row, flow.left, flow.right)
    if line.height > flow.top - flow.bottom:  # no page holds it: run over pages, one slot after the other
        for slot in row:
            flow.lines([slot.label], LABEL)
            written(flow, free_text(flow, slot.value(data)), blank=1)
        return
    flow.need(line.height)
    line.draw(flow.pen, flow.y)
    flow.y -= line.height + AFTER_ITEM


class Line:
    """One line of slots, broken to its widths: it grows as tall as its tallest slot."""

    def __init__(self, data: Any, row: Sequence[Slot], left: float, right: float) -> None:
        self.height = 0.0
        self._slots: list[tuple[Slot, float, float, float, list[str]]] = []
        room = right - left - GAP * (len(row) - 1)
        for slot in row:
            width = room * slot.share
            start = LABEL.width(slot.label) + (NOTE.width(slot.note) + 3 if slot.note else 0) + 4
            lines = _value(slot, data, width, width - start)
            self._slots.append((slot, left, left + start, left + width, lines))
            height = len(lines) * slot.style.leading + len(_hint(slot.hint, width)) * HINT.leading
            self.height = max(self.height, height)
            left += width + GAP

    def draw(self, pen: Pen, top: float) -> None:
        """Draw hanging from `top`; all labels stand on one base line."""
        first = max(slot.style.rise for slot, *_ in self._slots)
        for slot, left, start, end, lines in self._slots:
            y = top - first
            pen.text(left, y, LABEL, slot.label)
            if slot.note:
                pen.text(left + LABEL.width(slot.label) + 3, y, NOTE, slot.note)
            if lines == [""]:
                _blank(pen, slot, start, end, y)
            x = start
            for line in lines:
                if line:
                    pen.text(x, y, slot.style, line)
                x = left
                y -= slot.style.leading
            y += first
            for line in _hint(slot.hint, end - left):
                pen.text(left + HINT_INDENT, y - HINT.rise, HINT, line)
                y -= HINT.leading


def _value(slot: Slot, data: Any, width: float, first: float) -> list[str]:
    """The value broken into lines; [''] when there is none."""
    text = tidy(slot.value(data))
    if text and slot.unit:
        text = f"{text} {slot.unit}"
    lines = wrap(text, slot.style, width, first)
    if slot.style is NAME and len(lines) > 1:  # a name stays whole on a line of its own
        return ["", *wrap(text, slot.style, width)]
    return lines


@cache
def _hint(text: str, width: float) -> list[str]:
    return wrap(text, HINT, width - HINT_INDENT) if text else []


def _blank(pen: Pen, slot: Slot, start: float, end: float, y: float) -> None:
    """Dots to write on, with the words of the form between them."""
    if slot.unit:
        end -= VALUE.width(slot.unit) + 2
        pen.text(end + 2, y, VALUE, slot.unit)
    step = (end - start) / len(slot.blank)
    for word in slot.blank:
        if word:
            pen.text(start, y, VALUE, word)
        pen.dots(start + VALUE.width(word) + 2, start + step - 2, y)
        start += step


def question(flow: Flow, title: str, prompt: Art | None, text: str) -> None:
    """A heading and a question (either may be missing) with free text, or dotted lines to write on."""
    lines = free_text(flow, text)
    head = (LABEL.leading if title else 0) + (prompt.height if prompt else 0)
    flow.need(head + (min(len(lines), 3) or BLANK_LINES) * VALUE.leading)
    if title:
        flow.lines(wrap(title, LABEL, flow.width), LABEL)
    if prompt:
        flow.place(prompt)
    written(flow, lines, BLANK_LINES)
    flow.y -= 4


def closing(flow: Flow, title: str, remarks: str, signatures: Art) -> None:
    """The last item and the signatures, together: nobody signs a page without a word above."""
    lines, heads = free_text(flow, remarks), wrap(title, LABEL, flow.width)
    together = len(heads) * LABEL.leading + (len(lines) or 6) * VALUE.leading + 4 + signatures.height
    flow.need(min(together, flow.top - flow.bottom))
    flow.lines(heads, LABEL)
    written(flow, lines, blank=6)
    flow.y -= 4
    flow.place(signatures)


def free_text(flow: Flow, text: str) -> list[str]:
    text = tidy(text)
    return wrap(text, VALUE, flow.width - INDENT) if text else []


def written(flow: Flow, lines: Sequence[str], blank: int) -> None:
    """Lines of text, or dotted lines to write on."""
    flow.lines(lines, VALUE, indent=INDENT)
    for _ in range(0 if lines else blank):
        flow.pen.dots(flow.left, flow.right, flow.y - VALUE.rise)
        flow.y -= VALUE.leading


def pay_table(flow: Flow, heading: str, steps: Sequence[Any]) -> None:
    """How pay went on: a block of three rows for every nine steps of pay."""
    blocks = [steps[at : at + PAY_STEPS] for at in range(0, len(steps), PAY_STEPS)] or [()]
    column = (flow.width - PAY_HEAD) / PAY_STEPS
    for nth, block in enumerate(blocks):
        rows = [[_pay_lines(tidy(value(step)), column - 2.5) for step in block] for _, value in PAY_ROWS]
        heights = [max([17.0, *(len(lines) * PAY.leading + 2 * PAD for lines in row)]) for row in rows]
        title = 0 if nth else LABEL.leading + PAD
        flow.need(title + sum(heights))
        if not nth:
            flow.lines([heading], LABEL)
            flow.y -= PAD
        _pay_block(flow, rows, heights, column)
        flow.y -= 5
    flow.y -= 4


def _pay_lines(text: str, width: float) -> list[str]:
    """A long rank code leaves its step to the next line."""
    return [text] if PAY.width(text) <= width else wrap(text.replace("/", " /"), PAY, width)


def _pay_block(flow: Flow, rows: list[list[list[str]]], heights: list[float], column: float) -> None:
    top = flow.y
    for (label, _), row, height in zip(PAY_ROWS, rows, heights, strict=True):
        flow.pen.frame(flow.left, flow.y - height, flow.width, height)
        flow.pen.text(flow.left + PAD, flow.y - height / 2 - 3.5, CELL_HEAD, label)
        x = flow.left + PAY_HEAD + column / 2
        for lines in row:
            y = flow.y - (height - len(lines) * PAY.leading) / 2
            for line in lines:
                flow.pen.centred(x, y - PAY.rise, PAY, line)
                y -= PAY.leading
            x += column
        flow.y -= height
    for nth in range(PAY_STEPS):
        x = flow.left + PAY_HEAD + nth * column
        flow.pen.line(x, top, x, flow.y)


def foot(form: str, number: int, data: Any, pages: int) -> Art:
    """What stands at the foot of each page of one person."""
    pen = Pen()
    pen.qr(-4 * QR_SIZE / 29, 0, QR_SIZE, data.personal_id)
    x, y = QR_SIZE, -QR_SIZE / 2
    pen.text(x, y + 2, FOOT, tidy(f"Mã hồ sơ: {data.personal_id}. Bản in gồm {pages} trang."))
    pen.text(x, y - 9, FOOT, tidy(f"Dữ liệu tại ngày {data.as_of}, ghi nhận đến {data.known_at}."))
    return pen.as_art(f"{form}-foot-{number}", WIDTH, QR_SIZE)


def margins(pen: Pen, page: int, foot: Art) -> None:
    """Page number as Nghị định 30/2020 has it (not on the first page), and the foot."""
    if page > 1:
        pen.centred(A4[0] / 2, A4[1] - 38, PAGE_NUMBER, str(page))
    pen.place(foot, LEFT, 62)


def close(flow: Flow, form: str, number: int, data: Any) -> None:
    """Hand the pages over, each with its number and its foot."""
    art = foot(form, number, data, len(flow.pages))
    flow.close(lambda pen, page, _: margins(pen, page, art))
