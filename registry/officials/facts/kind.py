"""How a kind of fact is declared, once: columns, labels, catalogues, sensitivity, exclusivity, legal source.

The table, the API schema, the form, the import, the diff and the printed form all read the declaration.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import Column, Table, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from registry.access.permissions import Sensitivity
from registry.db import metadata
from registry.words import Words

Keeper = Literal["official", "hr"]
"""Who keeps data up to date by Decree 27/2026/NĐ-CP: the person, of what only the person knows; else the agency."""

GROUPS: dict[str, Words] = {
    "1": Words("Thông tin cơ bản", "Basic information"),
    "2": Words("Quan hệ gia đình", "Family relations"),
    "3": Words("Lịch sử bản thân", "Personal history"),
    "4": Words("Tuyển dụng, quy hoạch, điều động, nghỉ việc", "Recruitment, planning, movements, leaving"),
    "5": Words("Trình độ, đào tạo, bồi dưỡng", "Education and training"),
    "6": Words("Vị trí, lương, đánh giá, khen thưởng, kỷ luật", "Post, pay, evaluation, reward, discipline"),
    "7": Words("Tổ chức chính trị, chính trị - xã hội", "Party and mass organizations"),
    "8": Words("Lực lượng vũ trang", "Armed forces"),
    "9": Words("Tài sản, thu nhập", "Assets and income"),
    "10": Words("Sức khỏe", "Health"),
}
"""The ten groups of data of Decree 27/2026/NĐ-CP, article 5, in our words."""

Type = Literal[
    "text", "code", "date", "partial_date", "integer", "decimal", "boolean", "choice", "unit", "year", "file"
]


@dataclass(frozen=True)
class Field:
    """One statement inside a fact.

    `catalogue` names the code list of a `code`; `choices` the fixed words of a `choice`; `digits` is
    (precision, scale) of a `decimal`; `low`/`high` bound numbers and years; `item` is the number on form 2C.
    The value of a `file` is the uuid of one that was uploaded as a portrait.
    A code must be in its list on the day the fact begins; `today_code`: in today's list, whatever that day.
    `group` and `maintained_by` are told where they differ from the kind's.
    """

    name: str
    label: Words
    type: Type = "text"
    required: bool = False
    sensitivity: Sensitivity = "ordinary"
    catalogue: str | None = None
    choices: tuple[tuple[str, Words], ...] = ()
    digits: tuple[int, int] = (6, 2)
    low: int | None = None
    high: int | None = None
    length: int = 500
    default: str | int | bool | None = None
    item: str = ""
    source: str = ""
    today_code: bool = False
    group: str = ""
    maintained_by: Keeper | None = None

    @cached_property
    def stored_in(self) -> tuple[str, ...]:
        """Names of the columns that hold the field, its value first; a partial date has its precision beside it."""
        if self.type == "unit" and self.name == "organization":
            return ("organization_id",)
        return (self.name, f"{self.name}_precision") if self.type == "partial_date" else (self.name,)

    def columns(self) -> Iterator[Column]:  # type: ignore[type-arg]
        """The table's columns `stored_in`, made anew."""
        name = self.stored_in[0]
        default = None if self.default is None else text(f"'{self.default}'")
        nullable = not self.required
        if self.type == "unit":
            yield Column(name, sa.BigInteger, sa.ForeignKey("organization.id"), nullable=nullable)
        elif self.type == "file":
            yield Column(name, sa.Uuid, sa.ForeignKey("file.uid"), nullable=nullable, index=True)
        elif self.type == "partial_date":
            yield Column(name, sa.Date, nullable=nullable)
            yield Column(self.stored_in[1], sa.String(5), nullable=nullable)
        else:
            yield Column(name, self._sql_type(), nullable=nullable, server_default=default)

    def _sql_type(self) -> sa.types.TypeEngine:  # type: ignore[type-arg]
        match self.type:
            case "date":
                return sa.Date()
            case "integer" | "year":
                return sa.Integer()
            case "decimal":
                return sa.Numeric(*self.digits)
            case "boolean":
                return sa.Boolean()
            case _:
                return sa.Text()

    def checks(self) -> Iterator[sa.CheckConstraint]:
        """Constraints that must hold whoever writes."""
        if self.type == "text":
            yield sa.CheckConstraint(
                f"{self.name} IS NFC NORMALIZED AND {self.name} = btrim({self.name}) AND {self.name} <> ''"
                f" AND length({self.name}) <= {self.length}",
                name=f"{self.name}_text",
            )
        if self.type == "partial_date":
            yield sa.CheckConstraint(
                f"({self.name} IS NULL) = ({self.name}_precision IS NULL)"
                f" AND {self.name}_precision IN ('day','month','year')",
                name=f"{self.name}_precision",
            )
        if self.type == "choice":
            words = ",".join(f"'{key}'" for key, _ in self.choices)
            yield sa.CheckConstraint(f"{self.name} IN ({words})", name=f"{self.name}_choice")
        if self.low is not None or self.high is not None:
            low = "" if self.low is None else f"{self.name} >= {self.low}"
            high = "" if self.high is None else f"{self.name} <= {self.high}"
            yield sa.CheckConstraint(
                " AND ".join(part for part in (low, high) if part), name=f"{self.name}_range"
            )


@dataclass(frozen=True)
class Kind:
    """A kind of fact.

    `exclusive` lists the fields which, with the official, admit one fact at a time (empty tuple: one per
    official; None: any number). `exclusive_when` narrows that to some rows (SQL over the table's columns).
    `checks` are further table constraints: (name, SQL, sentence when broken). `group` is a key of GROUPS.
    """

    name: str
    label: Words
    fields: tuple[Field, ...]
    source: str
    exclusive: tuple[str, ...] | None = None
    exclusive_when: str = ""
    checks: tuple[tuple[str, str, Words], ...] = ()
    sensitivity: Sensitivity = "personal"
    group: str = ""
    maintained_by: Keeper = "hr"
    table: Table = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "table", _table(self))

    def __getitem__(self, name: str) -> Field:
        return next(one for one in self.fields if one.name == name)

    def columns(self) -> list[str]:
        """Names of the columns that hold the fields, in order."""
        return [name for one in self.fields for name in one.stored_in]

    def coded(self) -> list[Field]:
        """The fields whose values come from a catalogue."""
        return [one for one in self.fields if one.type == "code"]

    def units(self) -> list[Field]:
        """The fields that name a unit of the tree."""
        return [one for one in self.fields if one.type == "unit"]

    def unit_columns(self) -> list[str]:
        """The columns that hold the ids of those units."""
        return [name for one in self.units() for name in one.stored_in]


fact_id = sa.Sequence("fact_id_seq", metadata=metadata)
"""One sequence for all kinds: a fact's id is unique in the whole registry."""


def _table(kind: Kind) -> Table:
    """The table of a kind: who, when on both clocks, on which paper, by which change, then the fields."""
    constraints: list[sa.schema.SchemaItem] = [
        sa.CheckConstraint("valid_to > valid_from", name="valid"),
        sa.CheckConstraint("recorded_to > recorded_from", name="recorded"),
        sa.CheckConstraint("(recorded_to IS NULL) = (closed_by IS NULL)", name="closed"),
        sa.CheckConstraint("valid_from_precision IN ('day','month','year')", name="valid_from_precision"),
        sa.CheckConstraint("valid_to_precision IN ('day','month','year')", name="valid_to_precision"),
    ]
    for one in kind.fields:
        constraints += one.checks()
    constraints += [sa.CheckConstraint(sql, name=name) for name, sql, _ in kind.checks]
    name = f"fact_{kind.name}"
    if kind.exclusive is not None:
        # Two clocks, one truth: rows enter with recorded_to null and leave it once, by trigger, so a
        # constraint over the believed rows keeps every earlier belief free of overlap as well.
        keys: list[tuple[Any, str]] = [(sa.column(key), "=") for key in ("official_id", *kind.exclusive)]
        believed = "recorded_to IS NULL" + (f" AND {kind.exclusive_when}" if kind.exclusive_when else "")
        constraints.append(
            ExcludeConstraint(
                *keys,
                (text("daterange(valid_from, valid_to)"), "&&"),
                name=f"ex_{name}_one_at_a_time",
                using="gist",
                where=text(believed),
            )
        )
    return Table(
        name,
        metadata,
        Column("id", sa.BigInteger, fact_id, primary_key=True, server_default=fact_id.next_value()),
        Column("official_id", sa.BigInteger, sa.ForeignKey("official.id"), nullable=False),
        Column("valid_from", sa.Date, nullable=False),
        Column("valid_from_precision", sa.String(5), nullable=False, server_default="day"),
        Column("valid_to", sa.Date),
        Column("valid_to_precision", sa.String(5), nullable=False, server_default="day"),
        Column("recorded_from", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        Column("recorded_to", sa.DateTime(timezone=True)),
        Column("decision_id", sa.BigInteger, sa.ForeignKey("decision.id"), nullable=False),
        Column("change_id", sa.BigInteger, sa.ForeignKey("change.id"), nullable=False),
        Column("closed_by", sa.BigInteger, sa.ForeignKey("change.id")),
        Column("supersedes", sa.BigInteger),
        *[column for one in kind.fields for column in one.columns()],
        *constraints,
        sa.Index(f"ix_{name}_official", "official_id", "valid_from"),
        sa.Index(f"ix_{name}_change", "change_id"),
        sa.Index(f"ix_{name}_closed", "closed_by", postgresql_where=text("closed_by IS NOT NULL")),
    )
