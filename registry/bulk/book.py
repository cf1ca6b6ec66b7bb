"""A workbook written as it comes: one sheet after another, a row forgotten as soon as it is packed.

The least of SpreadsheetML that spreadsheets open without a question: inline texts, numbers, days, a style a column, a
frozen head that is printed on every page. Nothing of it knows a clock, so the same rows give the same bytes.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO, Any, Literal

Kind = Literal["text", "date", "decimal", "integer", "boolean", "moment"]
PACKED = 256
"""Rows that are packed at once."""
EPOCH = date(1899, 12, 30).toordinal()
FIRST_DAY = date(1901, 1, 1)
"""Days before it are written as text: spreadsheets count days from 1900, and miscount its first months."""
MOST_TEXT = 32_767
"""Letters that a cell holds; what a spreadsheet would refuse is cut."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_SPOKEN = {True: "Có", False: "Không"}
NS = "http://schemas.openxmlformats.org/"
MAIN = f'xmlns="{NS}spreadsheetml/2006/main"'
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
WHEN = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Head:
    """A column: its title, what its cells hold, the width in letters and (numbers) the decimal places."""

    title: str
    kind: Kind = "text"
    width: int = 16
    scale: int = 0


class Book:
    """A workbook in the making. Use `open_book`."""

    def __init__(self, out: zipfile.ZipFile, title: str, created: str) -> None:
        self._out, self._title, self._created = out, title, created
        self._names: list[str] = []
        self._heads: list[int] = []
        self._formats: list[str] = []

    @contextmanager
    def sheet(self, name: str, heads: Sequence[Head], *, frozen: int = 0) -> Iterator["Sheet"]:
        """A sheet with a head row, taken row by row; `frozen` columns stay in view. One at a time."""
        self._names.append(name)
        self._heads.append(len(heads))
        with self._part(f"xl/worksheets/sheet{len(self._names)}.xml") as part:
            sheet = Sheet(part, heads, [self._style(one) for one in heads], frozen)
            yield sheet
            sheet.close()

    def _style(self, one: Head) -> int:
        """The number of the style of a column's cells; 0 is plain, 1 the head."""
        shown = {
            "date": "dd/mm/yyyy",
            "integer": "0",
            "decimal": "0" + ("." + "0" * one.scale if one.scale else ""),
        }.get(one.kind, "@")
        if shown not in self._formats:
            self._formats.append(shown)
        return 2 + self._formats.index(shown)

    @contextmanager
    def _part(self, name: str) -> Iterator[IO[bytes]]:
        about = zipfile.ZipInfo(name, WHEN)
        about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
        with self._out.open(about, "w", force_zip64=True) as part:
            yield part

    def close(self) -> None:
        """Write the parts that tell of the sheets."""
        for name, content in self._rest():
            with self._part(name) as part:
                part.write((XML + content).encode())

    def _rest(self) -> Iterable[tuple[str, str]]:
        numbers = range(1, len(self._names) + 1)
        kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        sheets = "".join(
            f'<Override PartName="/xl/worksheets/sheet{one}.xml" ContentType="{kinds}.worksheet+xml"/>'
            for one in numbers
        )
        yield (
            "[Content_Types].xml",
            f'<Types xmlns="{NS}package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/>{sheets}'
            f'<Override PartName="/xl/styles.xml" ContentType="{kinds}.styles+xml"/>'
            '<Override PartName="/docProps/core.xml" '
            'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>',
        )
        types = f"{NS}officeDocument/2006/relationships"
        yield (
            "_rels/.rels",
            f'<Relationships xmlns="{NS}package/2006/relationships">'
            f'<Relationship Id="rId1" Type="{types}/officeDocument" Target="xl/workbook.xml"/>'
            f'<Relationship Id="rId2" Type="{NS}package/2006/relationships/metadata/core-properties" '
            'Target="docProps/core.xml"/></Relationships>',
        )
        yield (
            "docProps/core.xml",
            f'<cp:coreProperties xmlns:cp="{NS}package/2006/metadata/core-properties" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
            'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            f"<dc:title>{escaped(self._title)}</dc:title><dc:language>vi-VN</dc:language>"
            f'<dcterms:created xsi:type="dcterms:W3CDTF">{self._created}</dcterms:created></cp:coreProperties>',
        )
        listed = "".join(
            f'<sheet name="{escaped(name)}" sheetId="{one}" r:id="rId{one}"/>'
            for one, name in zip(numbers, self._names, strict=True)
        )
        printed = "".join(
            f'<definedName name="_xlnm.Print_Titles" localSheetId="{one - 1}">'
            f"'{escaped(name)}'!$1:$1</definedName>"
            for one, name in zip(numbers, self._names, strict=True)
        )
        yield (
            "xl/workbook.xml",
            f'<workbook {MAIN} xmlns:r="{types}"><bookViews><workbookView/></bookViews><sheets>{listed}</sheets>'
            f"<definedNames>{printed}</definedNames></workbook>",
        )
        links = "".join(
            f'<Relationship Id="rId{one}" Type="{types}/worksheet" Target="worksheets/sheet{one}.xml"/>'
            for one in numbers
        )
        yield (
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{NS}package/2006/relationships">{links}'
            f'<Relationship Id="rId{len(self._names) + 1}" Type="{types}/styles" Target="styles.xml"/>'
            "</Relationships>",
        )
        yield "xl/styles.xml", self._styles()

    def _styles(self) -> str:
        """Style 1 is the head: white on teal over a gold line; then one style for each format in use."""
        formats = "".join(
            f'<numFmt numFmtId="{164 + place}" formatCode="{escaped(one)}"/>'
            for place, one in enumerate(self._formats)
        )
        cells = "".join(
            f'<xf numFmtId="{164 + place}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"'
            ' applyAlignment="1"><alignment vertical="center"/></xf>'
            for place in range(len(self._formats))
        )
        font = '<sz val="10"/><color rgb="FF{}"/><name val="Arial"/><family val="2"/>'
        return (
            f'<styleSheet {MAIN}><numFmts count="{len(self._formats)}">{formats}</numFmts>'
            f'<fonts count="2"><font>{font.format("15242A")}</font>'
            f"<font><b/>{font.format('FFFFFF')}</font></fonts>"
            '<fills count="3"><fill><patternFill patternType="none"/></fill>'
            '<fill><patternFill patternType="gray125"/></fill>'
            '<fill><patternFill patternType="solid"><fgColor rgb="FF0B4A56"/></patternFill></fill></fills>'
            '<borders count="2"><border/><border><left/><right/><top/>'
            '<bottom style="medium"><color rgb="FFE9B44C"/></bottom></border></borders>'
            '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
            f'<cellXfs count="{2 + len(self._formats)}">'
            '<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
            '<xf numFmtId="49" fontId="1" fillId="2" borderId="1" xfId="0" applyFont="1" applyFill="1"'
            ' applyBorder="1" applyAlignment="1"><alignment vertical="center" wrapText="1"/></xf>'
            f'{cells}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
            "</styleSheet>"
        )


class Sheet:
    """Takes rows; `rows` counts those below the head."""

    def __init__(self, out: IO[bytes], heads: Sequence[Head], styles: Sequence[int], frozen: int) -> None:
        self._out, self._kinds = out, [one.kind for one in heads]
        letters = [letter(place) for place in range(len(heads))]
        self._texts = [
            f'<c r="{name}%d" s="{style}" t="inlineStr"><is><t%s>%s</t></is></c>'
            for name, style in zip(letters, styles, strict=True)
        ]
        self._values = [
            f'<c r="{name}%d" s="{style}"><v>%s</v></c>' for name, style in zip(letters, styles, strict=True)
        ]
        self._days: dict[str, str | None] = {}
        self.rows = 0
        self._begin(heads, letters, frozen)

    def _begin(self, heads: Sequence[Head], letters: Sequence[str], frozen: int) -> None:
        columns = "".join(
            f'<col min="{place}" max="{place}" width="{one.width}" customWidth="1"/>'
            for place, one in enumerate(heads, 1)
        )
        titles = "".join(
            f'<c r="{name}1" s="1" t="inlineStr"><is><t>{escaped(one.title)}</t></is></c>'
            for name, one in zip(letters, heads, strict=True)
        )
        across = f'xSplit="{frozen}" ' if frozen else ""
        pane = "bottomRight" if frozen else "bottomLeft"
        self._out.write(
            (
                f'{XML}<worksheet {MAIN}><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr><sheetViews>'
                f'<sheetView workbookViewId="0"><pane {across}ySplit="1" topLeftCell="{letter(frozen)}2"'
                f' activePane="{pane}" state="frozen"/></sheetView></sheetViews><cols>{columns}</cols>'
                f'<sheetData><row r="1" ht="34" customHeight="1">{titles}</row>'
            ).encode()
        )

    def write(self, rows: Sequence[Sequence[Any]]) -> None:
        """Put rows below those there are; None is an empty cell."""
        for start in range(0, len(rows), PACKED):
            packed = []
            for row in rows[start : start + PACKED]:
                self.rows += 1
                packed.append(self._row(self.rows + 1, row))
            self._out.write("".join(packed).encode())

    def _row(self, number: int, row: Sequence[Any]) -> str:
        cells = [f'<row r="{number}">']
        for place, cell in enumerate(row):
            if cell is None:
                continue
            kind = self._kinds[place]
            if kind == "text" or kind == "moment":
                cells.append(self._texts[place] % (number, *_text(cell)))
            elif kind == "date":
                counted = self._day(cell)
                if counted is not None:
                    cells.append(self._values[place] % (number, counted))
                else:
                    cells.append(self._texts[place] % (number, "", "/".join(reversed(cell.split("-")))))
            elif kind == "boolean":
                cells.append(self._texts[place] % (number, "", _SPOKEN[cell]))
            else:
                cells.append(self._values[place] % (number, cell))
        cells.append("</row>")
        return "".join(cells)

    def _day(self, iso: str) -> str | None:
        """The number of a day; None for one known to the month or year, or too early: those are texts, 06/1975."""
        if iso not in self._days:
            on = date.fromisoformat(iso) if len(iso) == 10 else None
            known = on is not None and on >= FIRST_DAY
            if len(self._days) > 50_000:
                self._days.clear()
            self._days[iso] = str(on.toordinal() - EPOCH) if on and known else None
        return self._days[iso]

    def close(self) -> None:
        """End the sheet: A4, across, as wide as the page."""
        self._out.write(
            b'</sheetData><pageMargins left="0.5" right="0.5" top="0.6" bottom="0.6" header="0.3" footer="0.3"/>'
            b'<pageSetup paperSize="9" orientation="landscape" fitToHeight="0"/></worksheet>'
        )


@contextmanager
def open_book(path: Path, *, title: str, created: str) -> Iterator[Book]:
    """A new workbook, whole when the block ends; `created` is a moment in UTC as 2026-11-25T01:02:03Z."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        book = Book(out, title, created)
        yield book
        book.close()


def letter(place: int) -> str:
    """The name of a column: 0 is A, 26 is AA."""
    name = ""
    place += 1
    while place:
        place, left = divmod(place - 1, 26)
        name = chr(65 + left) + name
    return name


def escaped(text: str) -> str:
    """A text inside XML."""
    if "&" in text or "<" in text or ">" in text or '"' in text:
        text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return text


def _text(cell: str) -> tuple[str, str]:
    """(attribute, text) of a cell: edges of blank are kept, letters that XML cannot hold are spelled."""
    if not cell.isprintable() or "_x" in cell:
        cell = _CONTROLS.sub(_spelled, cell).replace("\r", "_x000D_")
    kept = cell.strip() != cell or "\n" in cell
    return ' xml:space="preserve"' if kept else "", escaped(cell[:MOST_TEXT])


def _spelled(found: re.Match[str]) -> str:
    """_x0001_ for a control letter; what already reads so has its mark spelled."""
    return f"_x{ord(found[0]):04X}_" if len(found[0]) == 1 else f"_x005F{found[0]}"
