"""A filled form as PDF: A4 landscape, heads on every page, checks and footnotes, signatures, then what it all means.

The same filled form gives the same bytes: nothing here looks at a clock.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from io import BytesIO

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
SIGNATURES = 80.0
COUNT = "page-count"


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
    _below(flow, filled)
    _signatures(flow, filled)
    _definitions(flow, filled)
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
        words.append(f"Theo dữ liệu ghi nhận đến {known.isoformat(sep=' ', timespec='seconds')}")
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


def _draw(flow: Flow, grid: Grid, rows: Iterable[Row]) -> None:
    """The head, then rows; the head again on each page. A heading of a group stays with the first row under it."""
    flow.place(grid.head)
    start = flow.y
    for row in rows:
        lines = grid.broken(row)
        height = grid.height(lines)
        if height + (height if row.kind == "group" else 0) > flow.room:
            _verticals(flow, grid, start)
            flow.turn()
            flow.place(grid.head)
            start = flow.y
        if row.kind == "group":
            _verticals(flow, grid, start)
        grid.draw(flow.pen, flow.left, flow.y, row, lines)
        flow.y -= height
        flow.pen.line(flow.left, flow.y, flow.left + grid.width, flow.y)
        if row.kind == "group":
            for x in (flow.left, flow.left + grid.width):
                flow.pen.line(x, flow.y + height, x, flow.y)
            start = flow.y
    _verticals(flow, grid, start)


def _verticals(flow: Flow, grid: Grid, start: float) -> None:
    if start > flow.y:
        for edge in grid.edges:
            flow.pen.line(flow.left + edge, start, flow.left + edge, flow.y)


# Below it


def _below(flow: Flow, filled: Filled) -> None:
    """Footnotes, figures outside the form, and the checks."""
    flow.y -= GAP
    for number, words in filled.sheet.notes:
        _paragraph(flow, SMALL_SLANTED, f"({number}) {words.vi}")
    if filled.memos:
        figures = "; ".join(f"{one.words.vi}: {vn_number(one.value)}" for one in filled.memos)
        _paragraph(flow, SMALL, f"Ngoài các cột của biểu: {figures}.")
    if filled.findings:
        flow.y -= GAP / 2
        _checks(flow, filled.findings)
    _paragraph(flow, SMALL_SLANTED, "Định nghĩa từng cột, nguồn và mức chắc chắn: ở trang cuối của tệp này.")


def _paragraph(flow: Flow, style: Style, text: str) -> None:
    flow.lines(wrap(tidy(text), style, flow.width), style)


def _checks(flow: Flow, findings: Sequence[Finding]) -> None:
    """In two columns, those that fail first and in bold."""
    ordered = sorted(findings, key=lambda one: one.agrees)
    failed = sum(not one.agrees for one in findings)
    verdict = "tất cả khớp" if not failed else f"{failed} chỗ LỆCH"
    flow.need(SMALL.leading * (2 + len(ordered) / 2))
    _paragraph(flow, SMALL_STRONG, f"Kiểm tra số liệu ({len(findings)} phép): {verdict}.")
    half = (flow.width - 2 * GAP) / 2
    for first in range(0, len(ordered), 2):
        pair = [
            (SMALL if one.agrees else SMALL_STRONG, wrap(tidy(told(one)), SMALL_STRONG, half))
            for one in ordered[first : first + 2]
        ]
        tall = max(len(lines) for _, lines in pair)
        flow.need(tall * SMALL.leading)
        for at, (style, lines) in enumerate(pair):
            for down, line in enumerate(lines):
                x = flow.left + at * (half + 2 * GAP)
                flow.pen.text(x, flow.y - down * style.leading - style.rise, style, line)
        flow.y -= tall * SMALL.leading


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
    flow.y -= GAP
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
    flow.y -= SIGNATURES - SIGNED_HINT.leading - GAP


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


def _definitions(flow: _Pages, filled: Filled) -> None:
    flow.turn()
    heading = filled.sheet.heading
    _paragraph(flow, HEADING, f"Định nghĩa — {heading.code}")
    _paragraph(flow, PLAIN, f"{heading.title.vi} ({heading.title.en}).")
    _paragraph(
        flow,
        PLAIN,
        f"Nguồn: {heading.source} ({CERTAINTY[heading.certainty].vi}). Phiên bản: {heading.version}.",
    )
    for words in (heading.population_words, heading.state):
        _paragraph(flow, PLAIN, words.vi)
        _paragraph(flow, SMALL_SLANTED, words.en)
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
