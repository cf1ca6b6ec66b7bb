"""Sheets of facts: one row a fact, for every kind, from the declaration of the kind.

A coded field is read from its name, or from its key in the column beside it as exports write it; a key given wins.
What exports add for the reader (unit of the person, issuer, moment of recording) is known and left unread.
"""

from registry.bulk.columns import (
    FACT,
    FROM,
    ISSUER,
    NAME,
    NO,
    PAPER,
    PERSON,
    RECORDED,
    SIGNED,
    STAFF_CODE,
    TO,
    UNIT_CODE,
    UNIT_NAME,
    YES,
    code_title,
    field_title,
    name_title,
)
from registry.bulk.sheet import Column, Type
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind

FIELD = "f_"
"""In front of the names of columns that are fields, so that none is mistaken for one of the fact itself."""
KEY = "_key"
UNREAD = (STAFF_CODE, UNIT_CODE, UNIT_NAME, ISSUER, RECORDED)
LISTED = ("code", "choice", "unit")
"""Types with a column for the key and one for the name."""
AMBIGUOUS = frozenset({"communes"})
"""Lists of which many names stand for several entries: the template asks for keys."""


def continues(kind: Kind) -> bool:
    """Whether a row says only what changes, of something that every person has from birth on: the identity.

    Without a start it amends what holds today; with one, all else goes on from that day as it was.
    """
    return kind.name == "identity"


def _start(kind: Kind) -> Column:
    if continues(kind):
        hint = "Để trống: sửa thông tin đang ghi. Có ngày: đổi từ ngày ấy, mục để trống giữ nguyên."
        return Column(FROM, "valid_from", "date", hint=hint, example="")
    hint = f"Ngày bắt đầu của {kind.label.vi.lower()}."
    return Column(FROM, "valid_from", "date", mandatory=True, hint=hint, example="01/11/2024")


def _before(kind: Kind) -> tuple[Column, ...]:
    return (
        Column(
            PERSON, "personal_id", "text", mandatory=True, hint="Đúng 12 chữ số. Người đã có hồ sơ trong đơn vị.",
            example="001187004417",
        ),
        Column(
            NAME, "full_name", "text", hint="Để đối chiếu: phải đúng tên trong hồ sơ.", example="Nguyễn Thị Minh Hà"
        ),
        _start(kind),
        Column(TO, "valid_to", "date", hint="Ngày thôi; để trống nếu còn hiệu lực hoặc không có.", example=""),
    )  # fmt: skip


AFTER = (
    Column(
        PAPER, "decision_number", "text", mandatory=True, hint="Quyết định làm căn cứ.", example="215/QĐ-SNV"
    ),
    Column(
        SIGNED,
        "issued_on",
        "date",
        mandatory=True,
        hint="Ngày ký, đủ ngày, tháng, năm.",
        example="15/10/2026",
    ),
    Column(
        FACT,
        "fact_id",
        "number",
        hint="Có trong tệp xuất từ hệ thống: dòng sửa chính mục đó. Mục mới thì để trống.",
    ),
)


def _type(one: Field) -> Type:
    match one.type:
        case "date" | "partial_date":
            return "date"
        case "integer" | "year" | "decimal":
            return "number"
        case "code" | "choice":
            return "name"
        case "unit":
            return "code"
    return "text"


HINTS: dict[str, str] = {
    "partial_date": "Ngày, tháng hoặc năm.",
    "date": "dd/mm/yyyy.",
    "boolean": f"{YES} hoặc {NO}.",
    "unit": "Mã của đơn vị, xem ở trang Tổ chức.",
    "year": "Năm, bốn chữ số.",
    "code": "Tên theo danh mục.",
    "file": "Mã của tệp ảnh đã tải lên làm ảnh chân dung.",
}


def _field(kind: Kind, one: Field) -> Column:
    """The column that the template shows: the name, or the key where names do not tell enough."""
    by_key = one.type == "unit" or one.catalogue in AMBIGUOUS or one.label.vi.startswith("Mã ")
    listed = one.type in LISTED
    hint = HINTS.get(one.type, "")
    if one.type == "choice":
        hint = "Một trong: " + ", ".join(said.vi for _, said in one.choices) + "."
    return Column(
        (code_title(one) if by_key else name_title(one)) if listed else field_title(one),
        f"{FIELD}{one.name}" + (KEY if by_key and listed else ""),
        "code" if by_key and listed else _type(one),
        kind.name,
        one.name,
        one.required and one.default is None and not continues(kind),
        "Mã theo danh mục." if by_key and one.type == "code" else hint,
    )


def columns_of(kind: Kind) -> tuple[Column, ...]:
    """The columns of the template."""
    return (*_before(kind), *(_field(kind, one) for one in kind.fields), *AFTER)


def others_of(kind: Kind) -> tuple[Column, ...]:
    """Columns that are read as well: the other one of name and key."""
    shown = {one.name for one in columns_of(kind)}
    found = []
    for one in kind.fields:
        if one.type in LISTED:
            found.append(Column(name_title(one), f"{FIELD}{one.name}", "name", kind.name, one.name))
            found.append(Column(code_title(one), f"{FIELD}{one.name}{KEY}", "code", kind.name, one.name))
    return tuple(one for one in found if one.name not in shown)


FACT_SHEETS = {name: columns_of(kind) for name, kind in FACTS.items()}
"""The kinds of facts, with the columns of their templates."""
