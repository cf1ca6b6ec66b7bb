"""How facts stand in a sheet, out and in: the title of each column, and what its cells hold.

Both ways read the declarations of the kinds, so that a file that was exported can be imported again.
"""

from dataclasses import dataclass
from typing import Any, Literal

from registry.access.permissions import Sensitivity
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind
from registry.officials.queries import visible_fields

Type = Literal["text", "date", "decimal", "integer", "boolean", "moment"]
"""`date` is an ISO text that may lack day and month: 1975-06-01, 1975-06, 1975. A moment is an ISO text as well."""

PERSON, NAME, STAFF_CODE = "Số định danh cá nhân", "Họ và tên", "Số hiệu"
UNIT_CODE, UNIT_NAME = "Mã cơ quan", "Tên cơ quan"
FROM, TO = "Từ ngày", "Đến ngày"
PAPER, SIGNED, ISSUER = "Số quyết định", "Ngày quyết định", "Cơ quan ban hành"
RECORDED, FACT = "Ghi nhận lúc", "Mã mục trong sổ"
YES, NO = "Có", "Không"


@dataclass(frozen=True)
class Column:
    """A column of an export. `sql` gives its value; without it, it is the name of the key in column `of`.

    `catalogue` or `choices` hold the names; `scale` are the decimal places of a number.
    """

    key: str
    title: str
    type: Type = "text"
    sql: str = ""
    of: str = ""
    catalogue: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    scale: int = 0


@dataclass(frozen=True)
class Answer:
    """The columns and the statement behind them; rows come in an order that only the question determines."""

    columns: list[Column]
    statement: str
    parameters: dict[str, Any]


OF_A_ROW = frozenset(
    {PERSON, NAME, STAFF_CODE, UNIT_CODE, UNIT_NAME, FROM, TO, PAPER, SIGNED, ISSUER, RECORDED, FACT}
)
_KINDS = {id(one): kind for kind in FACTS.values() for one in kind.fields}


def field_title(one: Field) -> str:
    """The title over a field: its label, with its kind where a row has another column of that name."""
    return (
        f"{one.label.vi} ({_KINDS[id(one)].label.vi.lower()})" if one.label.vi in OF_A_ROW else one.label.vi
    )


def code_title(one: Field) -> str:
    """The title over the keys of a coded field: 'Mã ngạch', 'Trình độ (mã)'."""
    return field_title(one) if one.label.vi.startswith("Mã ") else f"{field_title(one)} (mã)"


def name_title(one: Field) -> str:
    """The title over the names of a coded field: 'Mã ngạch (tên)', 'Trình độ'."""
    return f"{field_title(one)} (tên)" if one.label.vi.startswith("Mã ") else field_title(one)


def iso(column: str, precision: str = "") -> str:
    """SQL of a date as ISO text, as precise as it is known."""
    if not precision:
        return f"to_char({column}, 'YYYY-MM-DD')"
    return (
        f"CASE {precision} WHEN 'year' THEN to_char({column}, 'YYYY') WHEN 'month' THEN"
        f" to_char({column}, 'YYYY-MM') ELSE to_char({column}, 'YYYY-MM-DD') END"
    )


def unit_name(unit: str, on: str = ":on") -> str:
    """SQL of a unit's name on a day, as recorded at :known."""
    return f"""(SELECT v.name FROM organization_version v WHERE v.organization_id = {unit}
        AND v.recorded_from <= :known AND (v.recorded_to IS NULL OR v.recorded_to > :known)
        AND v.valid_from <= {on} AND (v.valid_to IS NULL OR v.valid_to > {on})
        ORDER BY v.valid_from DESC LIMIT 1)"""


def coded(one: Field, sql: str, key: str = "") -> list[Column]:
    """Name and key of a field with a list of words, side by side."""
    key = key or one.name
    choices = tuple((word, said.vi) for word, said in one.choices)
    return [
        Column(f"{key}_name", name_title(one), of=key, catalogue=one.catalogue or "", choices=choices),
        Column(key, code_title(one), sql=sql),
    ]


def of_field(one: Field) -> list[Column]:
    """The columns of one field of a fact `f`."""
    column = f"f.{one.stored_in[0]}"
    title = field_title(one)
    match one.type:
        case "code" | "choice":
            return coded(one, column)
        case "unit":
            last = "least(:on, coalesce(f.valid_to - 1, :on))"
            return [
                Column(f"{one.name}_name", name_title(one), sql=unit_name(column, last)),
                Column(
                    one.name,
                    code_title(one),
                    sql=f"(SELECT o.code FROM organization o WHERE o.id = {column})",
                ),
            ]
        case "partial_date":
            return [Column(one.name, title, "date", iso(column, f"f.{one.name}_precision"))]
        case "date":
            return [Column(one.name, title, "date", iso(column))]
        case "decimal":
            return [Column(one.name, title, "decimal", f"{column}::text", scale=one.digits[1])]
        case "integer" | "year":
            return [Column(one.name, title, "integer", column)]
        case "boolean":
            return [Column(one.name, title, "boolean", column)]
        case "file":
            return [Column(one.name, title, sql=f"{column}::text")]
        case _:
            return [Column(one.name, title, sql=column)]


def of_facts(kind: Kind, classes: frozenset[Sensitivity]) -> list[Column]:
    """A row a fact: whose it is, since when, what it says as far as a reader with these classes sees it, its paper."""
    inner = [column for one in visible_fields(kind, classes) for column in of_field(one)]
    taken = {one.key for one in inner}
    outer = [
        Column("personal_id", PERSON, sql="c.personal_id"),
        Column("person_name", NAME, sql="c.full_name"),
        Column("staff_code", STAFF_CODE, sql="c.staff_code"),
        Column("person_unit", UNIT_CODE, sql="u.code"),
        Column("person_unit_name", UNIT_NAME, sql=unit_name("c.organization_id")),
        Column("valid_from", FROM, "date", iso("f.valid_from", "f.valid_from_precision")),
        Column("valid_to", TO, "date", iso("f.valid_to", "f.valid_to_precision")),
    ]
    return [
        *(one for one in outer if one.key not in taken),
        *inner,
        Column("decision_number", PAPER, sql="d.number"),
        Column("decision_issued_on", SIGNED, "date", iso("d.issued_on")),
        Column("decision_issuer", ISSUER, sql="nullif(d.issuer, '')"),
        Column("recorded_at", RECORDED, "moment", MOMENT.format("f.recorded_from")),
        Column("fact_id", FACT, "integer", "f.id"),
    ]


MOMENT = """to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24\\:MI\\:SS.US"Z"')"""


def of_officials(classes: frozenset[Sensitivity]) -> list[Column]:
    """A row a person: what the list shows, as far as a reader with these classes sees it."""
    found = [
        Column("personal_id", PERSON, sql="c.personal_id"),
        Column("staff_code", STAFF_CODE, sql="c.staff_code"),
    ]
    for kind, name in _LISTED:
        one = FACTS[kind][name]
        if one.sensitivity not in classes:
            continue
        if name == "organization":
            found += [
                Column("organization_name", UNIT_NAME, sql=unit_name("c.organization_id")),
                Column("organization", UNIT_CODE, sql="u.code"),
            ]
        elif one.type == "code":
            found += coded(one, f"c.{name}")
        elif one.type == "partial_date":
            found.append(Column(name, one.label.vi, "date", iso(f"c.{name}", f"c.{name}_precision")))
        elif one.type == "date":
            found.append(Column(name, one.label.vi, "date", iso(f"c.{name}")))
        elif one.type == "decimal":
            found.append(Column(name, one.label.vi, "decimal", f"c.{name}::text", scale=one.digits[1]))
        else:
            found.append(
                Column(name, one.label.vi, "integer" if one.type == "integer" else "text", f"c.{name}")
            )
    found.append(Column("next_step_on", "Ngày nâng bậc tiếp theo", "date", iso("c.next_step_on")))
    if "personal" in classes:  # tells the month of birth
        found.append(Column("retirement_on", "Ngày nghỉ hưu", "date", iso("c.retirement_on")))
    return found


_LISTED = (
    ("identity", "full_name"),
    ("identity", "birth_date"),
    ("identity", "sex"),
    ("appointment", "organization"),
    ("status", "category"),
    ("appointment", "position"),
    ("appointment", "job_position"),
    ("appointment", "term_ends_on"),
    ("salary", "rank"),
    ("salary", "step"),
    ("salary", "coefficient"),
    ("status", "status"),
)
"""Fields of the list, in order."""
