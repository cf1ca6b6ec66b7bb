"""Liberation Serif for the printed page: widths, codes, and embedding that is paid for once per process.

The face has the widths of Times New Roman, the type that Nghị định 30/2020/NĐ-CP, phụ lục I, asks for, and
may be embedded (OFL 1.1, LICENSE.txt beside this file). The four files are the unmodified release 2.1.5.
"""

import codecs
import threading
import zlib
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from reportlab.pdfbase import pdfdoc, pdfmetrics
from reportlab.pdfbase.ttfonts import FF_NONSYMBOLIC, FF_SYMBOLIC, SUBSETN, TTFont

_VOWELS = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
# With ASCII these fill the first 256 codes, so a page of Vietnamese needs one code table and every document
# gets the same cut of the face. Any other letter of the face still prints, from a table of its own.
ALPHABET = _VOWELS + _VOWELS.upper() + "–—…“”‘’•₫×÷°§½²«»"


class _Cut(NamedTuple):
    """One code table of a face in the form it has inside a PDF; the byte strings are compressed streams."""

    font_name: str
    widths: bytes
    to_unicode: bytes
    program: bytes
    program_length: int


class _EmbeddedFont(TTFont):  # type: ignore[misc]  # reportlab carries no types
    """A TrueType font that cuts its embedded copy once per process instead of once per document.

    Cutting, compressing and writing the widths otherwise take longer than the text of a whole form.
    """

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path), asciiReadable=True, shapable=False)
        self._cutting = threading.Lock()  # the parser seeks in one shared buffer
        self._cut = lru_cache(maxsize=32)(self._cut_anew)

    def enter(self, pdf: Any) -> None:
        """Make the font known to a document under its own name, with the alphabet on fixed codes."""
        if pdf in self.state:
            return
        self._assignState(pdf).internalName = self.fontName
        self.splitString(ALPHABET, pdf)
        pdf.fontMapping[self.fontName] = "/" + self.fontName
        pdf.delayedFonts.append(self)

    def addObjects(self, pdf: Any) -> None:
        """Called by reportlab when the document is saved."""
        state = self.state.pop(pdf)
        for number, letters in enumerate(state.subsets):
            cut = self._cut(number, tuple(letters))
            font = pdfdoc.PDFTrueTypeFont()
            font.Name = f"{state.internalName}+{number}"
            font.BaseFont = cut.font_name
            font.FirstChar, font.LastChar, font.Widths = 0, len(letters) - 1, cut.widths
            font.ToUnicode = pdf.Reference(stream(cut.to_unicode), f"unicode:{cut.font_name}")
            font.FontDescriptor = pdf.Reference(self._descriptor(pdf, cut), f"descriptor:{cut.font_name}")
            pdf.Reference(font, font.Name)
            pdf.idToObject["BasicFonts"].dict[font.Name] = font

    def _descriptor(self, pdf: Any, cut: _Cut) -> Any:
        face = self.face
        program = stream(cut.program, Length1=cut.program_length)
        return pdfdoc.PDFDictionary(
            {
                "Type": "/FontDescriptor",
                "FontName": "/" + cut.font_name,
                "FontFile2": pdf.Reference(program, f"program:{cut.font_name}"),
                "Flags": face.flags & ~FF_NONSYMBOLIC
                | FF_SYMBOLIC,  # codes are our own, not a standard encoding
                "FontBBox": pdfdoc.PDFArray(face.bbox),
                "Ascent": face.ascent,
                "Descent": face.descent,
                "CapHeight": face.capHeight,
                "ItalicAngle": face.italicAngle,
                "StemV": face.stemV,
                "MissingWidth": face.defaultWidth,
            }
        )

    def _cut_anew(self, number: int, letters: tuple[int, ...]) -> _Cut:
        with self._cutting:
            program = self.face.makeSubset(list(letters))
        name = f"{SUBSETN(number).decode()}+{self.face.name.decode()}"
        widths = " ".join(f"{self.face.getCharWidth(letter):g}" for letter in letters)
        return _Cut(
            name,
            f"[{widths}]".encode(),
            zlib.compress(_to_unicode(name, letters)),
            zlib.compress(program, 9),
            len(program),
        )


def _to_unicode(name: str, letters: tuple[int, ...]) -> bytes:
    """The map from codes back to Unicode that makes text selectable (ISO 32000-1, 9.10.3)."""
    pairs = [
        f"<{code:02X}> <{chr(letter).encode('utf-16-be').hex()}>"
        for code, letter in enumerate(letters)
        if letter
    ]
    blocks = (pairs[at : at + 100] for at in range(0, len(pairs), 100))  # a block holds at most 100
    maps = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        f"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        f"/CIDSystemInfo << /Registry ({name}) /Ordering ({name}) /Supplement 0 >> def\n"
        f"/CMapName /{name} def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<00> <FF>\nendcodespacerange\n{maps}\n"
        f"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend"
    ).encode()


def stream(compressed: bytes, **entries: Any) -> Any:
    """A PDF stream object whose bytes are zlib-compressed already."""
    return pdfdoc.PDFStream(pdfdoc.PDFDictionary({"Filter": "/FlateDecode", **entries}), compressed)


class _Widths(dict[str, float]):
    """Advance widths by letter, in thousandths of the type size, looked up in the font on first use."""

    def __init__(self, font: _EmbeddedFont) -> None:
        self._width = font.face.getCharWidth

    def __missing__(self, letter: str) -> float:
        width: float = self._width(ord(letter))
        self[letter] = width
        return width


class Face:
    """One face of the family; its file is parsed on first use and kept for the life of the process."""

    def __init__(self, name: str) -> None:
        self.name = name

    @cached_property
    def font(self) -> _EmbeddedFont:
        font = _EmbeddedFont(self.name, Path(__file__).with_name(f"{self.name}.ttf"))
        pdfmetrics.registerFont(font)  # for a Canvas that asks for it by name
        return font

    @cached_property
    def _widths(self) -> _Widths:
        return _Widths(self.font)

    @cached_property
    def _codes(self) -> Any:
        nowhere = pdfdoc.DummyDoc()
        [(_, codes)] = self.font.splitString(ALPHABET, nowhere)
        table = ["\ufffe"] * 256  # the mark of an unused code
        for code in range(32, 127):
            table[code] = chr(code)
        for letter, code in zip(ALPHABET, codes, strict=True):
            table[code] = letter
        return codecs.charmap_build("".join(table))

    def width(self, text: str) -> float:
        """Advance width in thousandths of the type size."""
        return sum(map(self._widths.__getitem__, text))

    @cached_property
    def word_width(self) -> Callable[[str], float]:
        """`width` with a memory, for words and labels that come again and again."""
        return lru_cache(maxsize=1 << 16)(self.width)

    def encode(self, text: str) -> str:
        """The text as a PDF string over the fixed codes; UnicodeEncodeError if a letter has none."""
        return f"<{codecs.charmap_encode(text, 'strict', self._codes)[0].hex()}>"


REGULAR = Face("LiberationSerif-Regular")
BOLD = Face("LiberationSerif-Bold")
ITALIC = Face("LiberationSerif-Italic")
BOLD_ITALIC = Face("LiberationSerif-BoldItalic")
