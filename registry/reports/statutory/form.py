"""What a statutory form is: a table of declared columns, filled for a unit and a day.

Columns, rows, checks and the head stand in the catalogues report_forms, report_columns, report_lines and
report_checks; this module gives them shape. A filled form is plain data: drawing it needs no database.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from registry.periods import AsOf
from registry.words import Words

Kind = Literal[
    "order", "name", "count", "sum", "quota", "percent", "text", "number", "decimal", "money", "blank", "memo"
]
"""What a column holds: the running number; the row's name; persons counted; a sum of columns; the quota; figures
and words about one person; nothing, because the registry does not hold it; a figure shown below the table."""

LineKind = Literal["head", "count", "mean", "blank"]

Cell = int | Decimal | str | None

CERTAINTY: dict[str, Words] = {
    "verified": Words("đã đối chiếu", "verified"),
    "recalled": Words("nhớ lại", "recalled"),
    "product": Words("của hệ thống", "the product's own"),
    "computed": Words("tính ra", "computed"),
}


@dataclass(frozen=True)
class Definition:
    """What a column or a row means. `certainty` is of its heading, `rule_certainty` of how it is counted; `note`
    says why it is blank.
    """

    id: str
    number: str
    head: Words
    rule: str
    definition: Words
    source: str
    certainty: str
    rule_certainty: str
    note: Words | None = None


@dataclass(frozen=True)
class Column(Definition):
    """`groups` are the headings above its own, the topmost first; `width` in points, where the form fixes it."""

    kind: Kind = "count"
    groups: tuple[str, ...] = ()
    width: float | None = None


@dataclass(frozen=True)
class Line(Definition):
    """A row of criteria. `kind`: a heading without figures, persons counted, their mean age, or not held."""

    kind: LineKind = "count"
    level: int = 0


@dataclass(frozen=True)
class Check:
    """Sums that must agree: columns (or rows) by number, joined by + and −, on both sides of =, >= or <=."""

    id: str
    words: Words
    left: str
    relation: str
    right: str


@dataclass(frozen=True)
class Heading:
    """What stands around the table, as the form's row of report_forms says it."""

    code: str
    title: Words
    version: str
    source: str
    certainty: str
    layout: str
    scope: str
    issued: str
    deadline: str
    receiver: str
    unit: str
    population: str
    population_words: Words
    rotate: bool
    numbered: bool
    title_year: bool
    state: Words
    made_by: tuple[str, str]
    head_of: tuple[str, str]


@dataclass(frozen=True)
class Sheet:
    """The form as it is for a day: heading, columns of the table, figures below it, rows, checks."""

    heading: Heading
    columns: tuple[Column, ...]
    memos: tuple[Column, ...]
    lines: tuple[Line, ...]
    checks: tuple[Check, ...]

    def name(self, line: Line) -> str:
        """What stands in the column of names: with its number where no column has it, and its footnote."""
        has_order = any(column.kind == "order" for column in self.columns)
        name = f"{line.number}. {line.head.vi}" if line.number and not has_order else line.head.vi
        mark = self.mark(line)
        return f"{name} ({mark})" if mark else name

    def named(self, column: Column) -> str:
        """What a check calls a column: its number, or its heads where the form numbers none."""
        return (
            f"cột {column.number}" if self.heading.numbered else " › ".join((*column.groups, column.head.vi))
        )

    @property
    def definitions(self) -> Iterator[Definition]:
        """Everything the form counts or shows, in reading order."""
        yield from self.columns
        yield from self.lines
        yield from self.memos

    @property
    def notes(self) -> tuple[tuple[int, Words], ...]:
        """Footnotes, numbered: why cells are blank. One sentence stands once."""
        return tuple(enumerate(self._notes(), start=1))

    def _notes(self) -> Sequence[Words]:
        found = [one.note for one in self.definitions if one.note]
        return list(dict.fromkeys(found))

    def mark(self, definition: Definition) -> int | None:
        """The number of the footnote of a column or a row."""
        return self._notes().index(definition.note) + 1 if definition.note else None


RowKind = Literal["row", "group", "head", "total"]


@dataclass(frozen=True)
class Row:
    """A row of the table, a cell a column. `level` indents its name."""

    cells: tuple[Cell, ...]
    kind: RowKind = "row"
    level: int = 0


@dataclass(frozen=True)
class Finding:
    """A check carried out on the total; `wrong` names the rows (or columns) where it fails too."""

    check: Check
    left: Decimal
    right: Decimal
    agrees: bool
    wrong: tuple[str, ...]

    @property
    def difference(self) -> Decimal:
        return self.left - self.right


@dataclass(frozen=True)
class Memo:
    """A figure below the table that the form has no column for."""

    words: Words
    value: int


@dataclass(frozen=True)
class Filled:
    """A form with its figures: `row_count` rows, then the total where the form has one.

    `rows` of a list of people come from the database as they are drawn, once; its `findings` are there after the
    last of them.
    """

    id: str
    sheet: Sheet
    organization: tuple[str, Words]
    superior: str
    as_of: AsOf
    rows: Iterable[Row]
    row_count: int
    findings: Sequence[Finding] = ()
    memos: tuple[Memo, ...] = ()

    @property
    def title(self) -> str:
        """The title in capitals, with the year where the form names it."""
        title = self.sheet.heading.title.vi.upper()
        return f"{title} NĂM {self.as_of.on.year}" if self.sheet.heading.title_year else title


def terms(expression: str) -> Iterator[tuple[int, str]]:
    """(sign, number of the column or row) of an expression such as '7+8-X1'."""
    for part in expression.replace("-", "+-").split("+"):
        if part:
            yield (-1, part[1:]) if part.startswith("-") else (1, part)
