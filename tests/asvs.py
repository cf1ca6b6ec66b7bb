"""Where the requirements of OWASP ASVS 5.0.0, levels 1 and 2, are held: tests/asvs.csv, and from it the end of docs/security.md.

`python tests/asvs.py` writes it. A row says one of: test (a test of this suite fails without it), built (so by construction, or
written down; where), operator (a duty of whoever runs it), na (nothing here that it speaks of), partly, no (and why).
"""

import csv
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = Path(__file__).with_name("asvs.csv")
DOCUMENT = ROOT / "docs" / "security.md"
MARK = "## Requirements of OWASP ASVS 5.0.0, levels 1 and 2\n"
VERDICTS = {
    "test": "held by a test",
    "built": "so by construction or by what is written down",
    "operator": "the operator's duty",
    "na": "does not apply",
    "partly": "held in part",
    "no": "not held",
}


@dataclass(frozen=True)
class Requirement:
    """A requirement by its number, and what is said of it here."""

    id: str
    level: str
    verdict: str
    tests: tuple[str, ...]
    words: str


def requirements() -> Iterator[Requirement]:
    """All 253, in the order of the standard."""
    with open(ROWS, encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            yield Requirement(
                row["id"], row["level"], row["verdict"], tuple(row["tests"].split()), row["words"]
            )


@cache
def suite() -> dict[str, str]:
    """File of every test function of the suite, by its name."""
    found = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in re.findall(r"^def (test_\w+)", file.read_text("utf-8"), re.M):
            found[name] = str(file.relative_to(ROOT))
    return found


def section() -> str:
    """The generated end of the document."""
    rows = list(requirements())
    counts = Counter((one.verdict, one.level) for one in rows)
    lines = [
        MARK,
        "The numbers are those of the standard (version 5.0.0); what each one asks for is to be read there. Made by `python tests/asvs.py`\n"
        "from `tests/asvs.csv`; a test holds both together and looks for every test that is named.\n",
        "| | level 1 | level 2 |",
        "|---|---|---|",
    ]
    lines += [
        f"| {said} | {counts[verdict, '1']} | {counts[verdict, '2']} |" for verdict, said in VERDICTS.items()
    ]
    lines += [
        f"| all | {sum(one.level == '1' for one in rows)} | {sum(one.level == '2' for one in rows)} |",
        "",
        "| requirement | level | | here | test |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {one.id} | {one.level} | {one.verdict} | {one.words} |"
        f" {'<br>'.join(f'`{suite()[name]}::{name}`' for name in one.tests)} |"
        for one in rows
    ]
    return "\n".join(lines) + "\n"


def whole() -> str:
    """The document with its end made anew."""
    return DOCUMENT.read_text("utf-8").partition(MARK)[0] + section()


if __name__ == "__main__":
    DOCUMENT.write_text(whole(), "utf-8")
