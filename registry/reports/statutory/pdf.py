"""A filled form as PDF: A4 landscape, heads on every page, checks and footnotes, signatures, then what it all means.

The same filled form gives the same bytes: nothing here looks at a clock.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO
from zoneinfo import ZoneInfo

from registry.law.why import vn, vn_number
from registry.reports.fonts import BOLD, ITALIC, REGULAR
from registry.reports.layout import LANDSCAPE, MM, Document, Flow, Pen, Style, Table, tidy, wrap
from registry.reports.layout import Column as TextColumn
from registry.reports.statutory.form import CERTAINTY, Definition, Filled, Finding, Row
from registry.reports.statutory.grid import Grid, fit, is_counted

MARGINS = (15 * MM, 10 * MM, 11 * MM, 14 * MM)
"""Left, right, top, bottom: narrower than a letter's, because forty columns have to stand side by side."""
CODE, TITLE = Style(BOLD, 11, 14), Style(BOLD, 13, 16.5)
PLAIN, SLANTED, STRONG = Style(REGULAR, 10, 12.5), Style(ITALIC, 10, 12.5), Style(BOLD, 10, 12.5)
SMALL, SMALL_STRONG, SMALL_SLANTED = (
    Style(REGULAR, 8.5, 10.8),
    Style(BOLD, 8.5, 10.8),
    Style(ITALIC, 8.5, 10.8),
)
FOOT = Style(ITALIC, 8, 10)
SIGNED, SIGNED_HINT = Style(BOLD, 11.5, 14.5), Style(ITALIC, 10.5, 13)
HEADING = Style(BOLD, 13, 17)
SIDE, GAP = 0.27, 8.0
"""The share of the width that each side of the band over the table has, and the space below it."""
SIGNATURES = 82.0
COUNT = "page-count"
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def to_pdf(filled: Filled) -> bytes:
    """The bytes of the form. Draws rows as they come, so a list of people does not stand in memory as pages."""
    out = BytesIO()
    heading = filled.sheet.heading
    document = Document(
        out,
        title=f"{heading.code} {heading.title.vi}, {filled.organization[1].vi}, {vn(filled.as_of.on)}",
        subject=heading.code,
        author=filled.organization[1].vi,
        size=LANDSCAPE,
    )
    flow = _Pages(document, foot(filled))
    _band(flow, filled)
    _table(flow, filled)
    left = _below(flow, filled)
    _definitions(flow, filled, left)
    flow.finish()
    document.save()
    return out.getvalue()


class _Pages(Flow):
    """A flow that hands each page over as soon as the next begins; the number of pages is filled in at the end."""

    def __init__(self, document: Document, foot: str) -> None:
        self._foot, self._number = foot, 0
        self._count = document.promise(COUNT, 30, FOOT.leading)
        super().__init__(document, MARGINS)

    def turn(self) -> None:
        self._hand_over()
        super().turn()
        self.pages.clear()
        self._number += 1

    def _hand_over(self) -> None:
        if self._number == 0:
            return
        end = self.right - 16
        y = self.bottom - 13
        self.pen.line(self.left, y + 9, self.right, y + 9)
        self.pen.text(self.left, y, FOOT, self._foot)
        self.pen.right(end, y, FOOT, f"Trang {self._number}")
        self.pen.place(self._count, end, y + FOOT.rise)
        self.document.add(self.pen)

    def finish(self) -> None:
        """Hand over the last page, and say on all of them how many there are."""
        self._hand_over()
        pen = Pen()
        pen.text(0, -FOOT.rise, FOOT, f"/{self._number}")
        self.document.keep(pen.as_art(COUNT, 30, FOOT.leading))


def foot(filled: Filled) -> str:
    """Which form of which unit and day, and by which knowledge if that was fixed."""
    known = filled.as_of.known_at
    words = [filled.sheet.heading.code, filled.organization[1].vi, f"Tính đến ngày {vn(filled.as_of.on)}"]
    if known is not None:
        words.append(f"Ghi nhận đến {known.astimezone(LOCAL):%d/%m/%Y %H:%M:%S} (giờ Việt Nam)")
    return tidy(" · ".join(words))


def day_in_words(day: date) -> str:
    """'ngày 05 tháng 01 năm 2026': days below 10 and months 1 and 2 with a nought (Decree 30/2020, phụ lục I)."""
    month = f"{day.month:02}" if day.month < 3 else str(day.month)
    return f"ngày {day.day:02} tháng {month} năm {day.year}"


# The band over the table

Lines = list[tuple[Style, str]]


def band(filled: Filled) -> tuple[Lines, Lines, Lines]:
    """What stands left, in the middle and right over the table, in the form's own arrangement."""
    return BANDS[filled.sheet.heading.layout](filled)


def _of_ministry(filled: Filled) -> tuple[Lines, Lines, Lines]:
    """Circular 11/2012/TT-BNV."""
    heading = filled.sheet.heading
    left = [(CODE, heading.code), (SLANTED, heading.issued), (PLAIN, heading.deadline)]
    middle = [(TITLE, filled.title), (SLANTED, heading.scope), (PLAIN, _until(filled))]
    right = [
        (PLAIN, f"Đơn vị báo cáo: {filled.organization[1].vi}"),
        (PLAIN, f"Đơn vị nhận báo cáo: {heading.receiver}"),
        (PLAIN, heading.unit),
    ]
    return left, middle, right


def _of_public_service(filled: Filled) -> tuple[Lines, Lines, Lines]:
    """Circular 07/2019/TT-BNV."""
    heading = filled.sheet.heading
    left = [
        (PLAIN, f"Đơn vị chủ quản: {filled.superior or '……………………'}"),
        (STRONG, f"Đơn vị: {filled.organization[1].vi}"),
    ]
    middle = [
        (TITLE, filled.title),
        (PLAIN, f"Ngày báo cáo: {_until(filled)[0].lower()}{_until(filled)[1:]}"),
    ]
    return left, middle, [(CODE, heading.code), (SLANTED, heading.issued), (PLAIN, heading.unit)]


def _of_party(filled: Filled) -> tuple[Lines, Lines, Lines]:
    """The forms of the Party's organization commission."""
    heading = filled.sheet.heading
    left = [
        (PLAIN, "TỈNH ỦY/HUYỆN ỦY ……………………"),
        (STRONG, "BAN TỔ CHỨC"),
        (PLAIN, f"Đơn vị: {filled.organization[1].vi}"),
    ]
    return (
        left,
        [(TITLE, filled.title), (PLAIN, _until(filled))],
        [(CODE, heading.code), (PLAIN, heading.unit)],
    )


BANDS: dict[str, Callable[[Filled], tuple[Lines, Lines, Lines]]] = {
    "bnv": _of_ministry,
    "vc": _of_public_service,
    "party": _of_party,
}


def _until(filled: Filled) -> str:
    return f"Tính đến {day_in_words(filled.as_of.on)}"


def _band(flow: Flow, filled: Filled) -> None:
    side = flow.width * SIDE
    middle = flow.width - 2 * side
    centres = (side / 2, flow.width / 2, flow.width - side / 2)
    lowest = flow.y
    for lines, centre, width in zip(band(filled), centres, (side, middle, side), strict=True):
        y = flow.y
        for style, words in lines:
            for line in wrap(tidy(words), style, width - 10) if words else ():
                flow.pen.centred(flow.left + centre, y - style.rise, style, line)
                y -= style.leading
        lowest = min(lowest, y)
    flow.y = lowest - GAP


# The table


def _table(flow: Flow, filled: Filled) -> None:
    columns, heading = filled.sheet.columns, filled.sheet.heading
    marks = tuple(filled.sheet.mark(one) for one in columns)
    known = list(filled.rows) if is_counted(columns) else []
    grid = fit(columns, flow.width, known, marks, rotate=heading.rotate, numbered=heading.numbered)
    _draw(flow, grid, known or filled.rows)


LAST_ROWS = 3
"""So many rows stay on the page of the signatures: these never stand alone."""


def _draw(flow: Flow, grid: Grid, rows: Iterable[Row]) -> None:
    """The head, then rows; the head again on each page. A heading of a group stays with the first row under it."""
    flow.place(grid.head)
    part = _Part(flow, grid)
    held: deque[Row] = deque()
    for row in rows:
        held.append(row)
        if len(held) > LAST_ROWS:
            part.row(held.popleft(), 0)
    heights = [grid.height(grid.broken(row)) for row in held]
    for at, row in enumerate(held):
        part.row(row, SIGNATURES + GAP + sum(heights[1:]) if at == 0 else 0)
    part.close()


class _Part:
    """The rows between two heads. Vertical rules are drawn over all of them at once."""

    def __init__(self, flow: Flow, grid: Grid) -> None:
        self.flow, self.grid, self.start = flow, grid, flow.y

    def row(self, row: Row, after: float) -> None:
        """A row, on this page if `after` points more fit under it."""
        flow, grid = self.flow, self.grid
        lines = grid.broken(row)
        height = grid.height(lines)
        if height * (2 if row.kind == "group" else 1) + after > flow.room:
            self.close()
            flow.turn()
            flow.place(grid.head)
            self.start = flow.y
        if row.kind == "group":
            self.close()
        grid.draw(flow.pen, flow.left, flow.y, row, lines)
        flow.y -= height
        flow.pen.line(flow.left, flow.y, flow.left + grid.width, flow.y)
        if row.kind == "group":
            for x in (flow.left, flow.left + grid.width):
                flow.pen.line(x, flow.y + height, x, flow.y)
            self.start = flow.y

    def close(self) -> None:
        """The vertical rules down to here."""
        if self.start > self.flow.y:
            for edge in self.grid.edges:
                x = self.flow.left + edge
                self.flow.pen.line(x, self.start, x, self.flow.y)
        self.start = self.flow.y


# Below it


Block = tuple[float, Callable[[Flow], None]]
"""Something of a height that is drawn as one."""


def _below(flow: Flow, filled: Filled) -> list[Block]:
    """Footnotes, figures outside the form, the verdict, checks, signatures; returns what is left for the next page.

    The signatures stay with the table: what would part them from it comes after them.
    """
    notes = [
        _paragraph(flow, SMALL_SLANTED, f"({number}) {words.vi}") for number, words in filled.sheet.notes
    ]
    notes += [*_outside(flow, filled), *_verdict(flow, filled.findings)]
    about = list(_checks(flow, filled.findings))
    flow.y -= GAP
    for before, after in (([*notes, *about], []), (notes, about), ([], [*notes, *about])):
        if _height(before) + SIGNATURES + GAP <= flow.room or not before:
            _set(flow, before)
            flow.y -= GAP if before else 0
            _signatures(flow, filled)
            if _height(after) > flow.room:
                return after
            _set(flow, after)
            return []
    return []


def _height(blocks: Iterable[Block]) -> float:
    return sum(height for height, _ in blocks)


def _set(flow: Flow, blocks: Iterable[Block]) -> None:
    for height, draw in blocks:
        flow.need(height)
        draw(flow)


def _paragraph(flow: Flow, style: Style, text: str) -> Block:
    lines = wrap(tidy(text), style, flow.width)
    return len(lines) * style.leading, lambda flow: flow.lines(lines, style)


def _outside(flow: Flow, filled: Filled) -> Iterator[Block]:
    """The figures that the form has no column for."""
    if filled.memos:
        figures = "; ".join(f"{one.words.vi}: {vn_number(one.value)}" for one in filled.memos)
        yield _paragraph(flow, SMALL, f"Ngoài các cột của biểu: {figures}.")


def _verdict(flow: Flow, findings: Sequence[Finding]) -> Iterator[Block]:
    """Whether the sums agree, in one line."""
    if findings:
        failed = sum(not one.agrees for one in findings)
        verdict = "tất cả khớp" if not failed else f"{failed} chỗ LỆCH"
        yield _paragraph(flow, SMALL_STRONG, f"Kiểm tra số liệu ({len(findings)} phép): {verdict}.")


def _checks(flow: Flow, findings: Sequence[Finding]) -> Iterator[Block]:
    """In two columns, those that fail first and in bold."""
    ordered = sorted(findings, key=lambda one: one.agrees)
    half = (flow.width - 2 * GAP) / 2
    for first in range(0, len(ordered), 2):
        pair = [
            (SMALL if one.agrees else SMALL_STRONG, wrap(tidy(told(one)), SMALL_STRONG, half))
            for one in ordered[first : first + 2]
        ]
        yield max(len(lines) for _, lines in pair) * SMALL.leading, partial(_pair, pair, half + 2 * GAP)


def _pair(pair: Sequence[tuple[Style, list[str]]], apart: float, flow: Flow) -> None:
    for at, (style, lines) in enumerate(pair):
        for down, line in enumerate(lines):
            flow.pen.text(flow.left + at * apart, flow.y - down * style.leading - style.rise, style, line)
    flow.y -= max(len(lines) for _, lines in pair) * SMALL.leading


SIGNS = {"=": "=", ">=": "≥", "<=": "≤"}


def told(finding: Finding) -> str:
    """A check in words, with both sides and, where it fails, by how much and where."""
    left, right = (vn_number(one) for one in (finding.left, finding.right))
    if finding.agrees:
        return f"Khớp: {finding.check.words.vi} ({left} {SIGNS[finding.check.relation]} {right})."
    apart = f"{left} so với {right}, lệch {signed(finding.difference)}"
    where = f"; lệch ở: {', '.join(finding.wrong)}" if finding.wrong else ""
    return f"LỆCH: {finding.check.words.vi}: {apart}{where}."


def signed(number: Decimal) -> str:
    """With its sign."""
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{vn_number(abs(number))}"


def _signatures(flow: Flow, filled: Filled) -> None:
    """Place and day are left to write: the form is signed later than it is printed."""
    flow.need(SIGNATURES)
    heading = filled.sheet.heading
    left, right = flow.left + flow.width * 0.2, flow.left + flow.width * 0.8
    date_line = "……………………, ngày …… tháng …… năm ………"
    flow.pen.centred(right, flow.y - SIGNED_HINT.rise, SIGNED_HINT, date_line)
    flow.y -= SIGNED_HINT.leading
    for x, (who, hint) in ((left, heading.made_by), (right, heading.head_of)):
        flow.pen.centred(x, flow.y - SIGNED.rise, SIGNED, who)
        y = flow.y - SIGNED.leading
        for line in wrap(hint, SIGNED_HINT, flow.width * 0.36):
            flow.pen.centred(x, y - SIGNED_HINT.rise, SIGNED_HINT, line)
            y -= SIGNED_HINT.leading
    flow.y -= SIGNATURES - SIGNED_HINT.leading


# What it all means

MEANINGS = Table(
    "meanings-head",
    (
        TextColumn("Cột", 38, centred=True),
        TextColumn("Đầu cột, dòng", 150),
        TextColumn("Định nghĩa / Definition", 336),
        TextColumn("Nguồn", 140),
        TextColumn("Mức chắc chắn: đầu cột; cách tính", 107),
    ),
    SMALL_STRONG,
    SMALL,
)


def _definitions(flow: _Pages, filled: Filled, left: list[Block]) -> None:
    """On a page of their own, after what had no room under the table."""
    flow.turn()
    _set(flow, left)
    flow.y -= GAP if left else 0
    heading = filled.sheet.heading
    source = f"Nguồn: {heading.source} ({CERTAINTY[heading.certainty].vi}). Phiên bản: {heading.version}."
    about = [
        _paragraph(flow, HEADING, f"Định nghĩa — {heading.code}"),
        _paragraph(flow, PLAIN, f"{heading.title.vi} ({heading.title.en})."),
        _paragraph(flow, PLAIN, source),
    ]
    for words in (heading.population_words, heading.state):
        about += [_paragraph(flow, PLAIN, words.vi), _paragraph(flow, SMALL_SLANTED, words.en)]
    _set(flow, about)
    flow.y -= GAP
    rows = [_meaning(one, numbered=heading.numbered) for one in filled.sheet.definitions if one.definition.vi]
    MEANINGS.draw(flow, [], SMALL_STRONG, rows)


def _meaning(one: Definition, *, numbered: bool) -> tuple[str, ...]:
    groups = getattr(one, "groups", ())
    return (
        one.number if numbered else "",
        " › ".join((*groups, one.head.vi)),
        f"{one.definition.vi}\n{one.definition.en}" if one.definition.vi else "",
        one.source,
        certainty(one),
    )


def certainty(one: Definition) -> str:
    """How sure the heading is, and how sure the way of counting."""
    return f"{CERTAINTY[one.certainty].vi}; {CERTAINTY[one.rule_certainty].vi}"
