"""What a text may hold: nothing that a reader does not see, so that two texts that look alike are alike.

Names of files: one part, no way into a folder.
"""

import re
import unicodedata
from pathlib import PurePosixPath

UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2028\u2029\u2800\u3164\ufe00-\ufe0f\uffa0\ufffc\ufffd\U000e0100-\U000e01ef]"
    "|[\u0400-\u052f](?=[A-Za-z\u00c0-\u024f\u1e00-\u1eff])|(?<=[A-Za-z\u00c0-\u024f\u1e00-\u1eff])[\u0400-\u052f]"
    "|[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4}"
)
"""Letters, marks and separators without a shape of their own, the sign of what could not be decoded, a Cyrillic letter
in a word of Latin ones, and more marks on one letter than any language puts there. Refused besides: what Unicode calls
control, format, surrogate, private or unassigned, so zero-width and direction-turning signs as well."""


class Number(str):
    """A number with a fraction as JSON writes it: kept digit by digit, as decimals are, and no text all the same."""

    __slots__ = ()


_ETH = re.compile("(?<!\\w)[ÐƉðɖ]")


def composed(text: str) -> str:
    """NFC, and the Vietnamese letter where one that only looks like Đ begins a word, as old fonts and keyboards leave it."""
    text = unicodedata.normalize("NFC", text)
    return text if text.isascii() else _ETH.sub(lambda one: "Đ" if one[0] in "ÐƉ" else "đ", text)


def find_odd(text: str) -> tuple[int, str] | None:
    """Place (from 1) and name ("U+202E RIGHT-TO-LEFT OVERRIDE") of the first character that is not taken, or None."""
    if text.isascii() and text.isprintable():
        return None
    unseen = UNSEEN.search(text)
    at = len(text) if unseen is None else unseen.start()
    if not text.isprintable():
        at = next((place for place, one in enumerate(text[:at]) if _hidden(one)), at)
    if at == len(text):
        return None
    return at + 1, f"U+{ord(text[at]):04X} {unicodedata.name(text[at], '')}".strip()


def _hidden(letter: str) -> bool:
    return letter not in "\n\t" and unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn")


LONGEST_FILE_NAME = 200
_SLASHES = re.compile("[\u2044\u2215\u29f5\u29f8\u29f9\uff0f\uff3c:]")


def file_name(sent: str) -> str:
    """The name of a file as it is kept and shown: its last part, composed, with its ending; 'tep' for none.

    What is not seen and what looks like a way into a folder becomes _. The bytes lie under their digest, never under this.
    """
    name = PurePosixPath(unicodedata.normalize("NFC", sent[-1000:]).replace("\\", "/")).name
    name = _SLASHES.sub("_", name).replace("\n", "_").replace("\t", "_")
    while (odd := find_odd(name)) is not None:
        name = f"{name[: odd[0] - 1]}_{name[odd[0] :]}"
    stem, dot, ending = name.lstrip(".").rpartition(".")
    kept = f"{stem[: LONGEST_FILE_NAME - len(ending) - 1]}{dot}{ending}" if len(ending) < 10 else name
    return kept[:LONGEST_FILE_NAME].strip() or "tep"
