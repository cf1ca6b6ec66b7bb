"""From what people and programs send to column values of a fact, with every flaw named; nothing is guessed or dropped."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from registry.errors import Flaw
from registry.officials.facts.kind import Field, Kind
from registry.periods import PRECISIONS, PartialDate, Precision
from registry.texts import Number, composed, find_odd
from registry.words import Words

MEANS_EMPTY = (None, "")
LARGEST_INTEGER = 2**31 - 1
LONGEST_NUMBER = 40
MOST_STRAYS = 100
"""Fields that are named as unknown; a sender who has more has seen enough."""
REQUIRED = Words("Nhập thông tin này.", "This is required.")


@dataclass
class Known:
    """What parsing asks of the database, fetched beforehand: catalogue keys, ids of units by code, and the portraits
    named, by uuid, that may be used (None: not looked up here).
    """

    keys: Callable[[str], Set[str]]
    units: Mapping[str, int] = field(default_factory=dict)
    portraits: frozenset[str] | None = None


def parse_fields(
    kind: Kind, raw: Mapping[str, Any], known: Known, path: str, *, partial: bool = False
) -> tuple[dict[str, Any], list[Flaw]]:
    """Column values (JSON-ready: ISO dates, decimal strings) of the given fields, and all flaws.

    `partial` (corrections) takes only the fields sent; otherwise the missing ones are null or their default.
    """
    values: dict[str, Any] = {}
    flaws: list[Flaw] = []
    names = {one.name for one in kind.fields}
    for stray in sorted(set(raw) - names)[:MOST_STRAYS]:
        flaws.append(
            Flaw(
                f"{path}/{stray}",
                "unknown_field",
                Words(
                    f"Không có trường “{stray}” trong {kind.label.vi.lower()}.",
                    f"{kind.label.en} has no field “{stray}”.",
                ),
            )
        )
    for one in kind.fields:
        if one.name not in raw and partial:
            continue
        sent = raw.get(one.name)
        if sent in MEANS_EMPTY:
            if one.default is not None:
                values[one.name] = one.default
            elif one.required:
                flaws.append(Flaw(f"{path}/{one.name}", "required", REQUIRED))
            else:
                values.update(dict.fromkeys(one.stored_in))
            continue
        try:
            values.update(_value(one, sent, known))
        except Wrong as wrong:
            flaws.append(Flaw(f"{path}/{one.name}", wrong.code, wrong.words))
    return values, flaws


class Wrong(Exception):
    """One value cannot be taken, and why."""

    def __init__(self, code: str, vi: str, en: str) -> None:
        super().__init__(en)
        self.code, self.words = code, Words(vi, en)


def _value(one: Field, sent: Any, known: Known) -> dict[str, Any]:
    match one.type:
        case "text":
            return {one.name: clean_text(sent, one.length)}
        case "code":
            return {one.name: _key(one, sent, known)}
        case "date":
            return {one.name: parse_day(sent).isoformat()}
        case "partial_date":
            partial = parse_partial(sent)
            return {one.name: partial.on.isoformat(), f"{one.name}_precision": partial.precision}
        case "integer" | "year":
            return {one.name: _whole(one, sent)}
        case "decimal":
            return {one.name: str(_decimal(one, sent))}
        case "boolean":
            return {one.name: _boolean(sent)}
        case "choice":
            return {one.name: _choice(one, sent)}
        case "unit":
            column = one.stored_in[0]
            return {column: _unit(sent, known)}
        case "file":
            return {one.name: _file(sent, known)}


def clean_text(sent: Any, length: int) -> str:
    """NFC, no outer spaces, single inner spaces, nothing that is not seen; line breaks stay.

    Raises Wrong with the place of a character that is refused, counted from 1 as people see them.
    """
    if not isinstance(sent, str) or isinstance(sent, Number):
        raise Wrong("type", "Phải là chữ.", "Must be text.")
    text = composed(sent).replace("\r\n", "\n")
    odd = find_odd(text)
    if odd is not None:
        place, sign = odd
        raise Wrong(
            "characters",
            f"Ký tự thứ {place} ({sign}) không dùng được: xóa đi rồi gõ lại.",
            f"Character {place} ({sign}) cannot be used: delete it and type again.",
        )
    text = "\n".join(" ".join(line.split()) for line in text.split("\n")).strip()
    if not text:
        raise Wrong("required", REQUIRED.vi, REQUIRED.en)
    if len(text) > length:
        raise Wrong("too_long", f"Dài quá {length} ký tự.", f"Longer than {length} characters.")
    return text


def parse_day(sent: Any) -> date:
    """A day: ISO 8601 (programs) or dd/mm/yyyy (people)."""
    partial = parse_partial(sent)
    if partial.precision != "day":
        raise Wrong("date_precision", "Cần đủ ngày, tháng, năm.", "Day, month and year are needed.")
    return partial.on


def parse_partial(sent: Any) -> PartialDate:
    """A date known to day, month or year: {date, precision}, ISO, dd/mm/yyyy, mm/yyyy or yyyy."""
    if isinstance(sent, Mapping):
        return _partial_object(sent)
    if isinstance(sent, PartialDate):
        return sent
    if isinstance(sent, date):
        return PartialDate(sent)
    text = sent.strip() if isinstance(sent, str) else ""
    parts = text.split("/") if "/" in text else list(reversed(text.split("-")))
    wanted = (1, 2), (1, 2), (4, 4)
    shapes = wanted[3 - len(parts) :] if 1 <= len(parts) <= 3 else ()
    if len(shapes) != len(parts) or not all(
        part.isascii() and part.isdigit() and low <= len(part) <= high
        for part, (low, high) in zip(parts, shapes, strict=True)
    ):
        raise Wrong(
            "date_format",
            "Ngày viết dd/mm/yyyy, mm/yyyy hoặc yyyy.",
            "Write dates as dd/mm/yyyy, mm/yyyy or yyyy.",
        )
    numbers = [int(part) for part in parts]
    precision: Precision = ("year", "month", "day")[len(parts) - 1]
    day, month, year = [1] * (3 - len(numbers)) + numbers
    return PartialDate(_real(year, month, day), precision)


def _partial_object(sent: Mapping[str, Any]) -> PartialDate:
    if set(sent) - {"date", "precision"} or sent.get("precision", "day") not in PRECISIONS:
        raise Wrong(
            "date_format",
            "Cần {date, precision: day | month | year}.",
            "Needs {date, precision: day | month | year}.",
        )
    on = parse_day(sent.get("date"))
    precision = sent.get("precision", "day")
    if precision == "year":
        on = on.replace(month=1, day=1)
    elif precision == "month":
        on = on.replace(day=1)
    return PartialDate(on, precision)


def _real(year: int, month: int, day: int) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise Wrong(
            "date_impossible",
            f"Không có ngày {day:02}/{month:02}/{year}.",
            f"There is no day {day:02}/{month:02}/{year}.",
        ) from None
    if not 1850 <= found.year <= 2200:
        raise Wrong("date_range", "Năm phải từ 1850 đến 2200.", "The year must lie between 1850 and 2200.")
    return found


def _key(one: Field, sent: Any, known: Known) -> str:
    if not isinstance(sent, str) or sent not in known.keys(one.catalogue or ""):
        raise Wrong(
            "unknown_code",
            f"“{str(sent)[:60]}” không có trong danh mục {one.label.vi.lower()}.",
            f"“{str(sent)[:60]}” is not in the list {one.catalogue}.",
        )
    return sent


def _whole(one: Field, sent: Any) -> int:
    digits = (
        isinstance(sent, str) and sent.isascii() and sent.strip().isdigit() and len(sent) <= LONGEST_NUMBER
    )
    if isinstance(sent, bool) or not (isinstance(sent, int) or digits):
        raise Wrong("number", "Phải là số nguyên.", "Must be a whole number.")
    number = int(sent)
    if abs(number) > LARGEST_INTEGER:
        raise Wrong(
            "number_range", f"Phải nhỏ hơn {LARGEST_INTEGER + 1}.", f"Must be below {LARGEST_INTEGER + 1}."
        )
    return int(_bounded(one, Decimal(number)))


def _decimal(one: Field, sent: Any) -> Decimal:
    text = (
        str(sent).strip().replace(",", ".")
        if isinstance(sent, str | int) and not isinstance(sent, bool)
        else ""
    )
    try:
        number = Decimal(text if len(text) <= LONGEST_NUMBER else "")
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite():
        raise Wrong("number", "Phải là số, thí dụ 2,34.", "Must be a number, such as 2.34.")
    precision, scale = one.digits
    if abs(number) >= 10 ** (precision - scale) or number != round(number, scale):
        raise Wrong(
            "number_digits",
            f"Tối đa {scale} chữ số thập phân, nhỏ hơn {10 ** (precision - scale)}.",
            f"At most {scale} decimal places and below {10 ** (precision - scale)}.",
        )
    return _bounded(one, round(number, scale))


def _bounded(one: Field, number: Decimal) -> Decimal:
    low, high = one.low, one.high
    if (low is not None and number < low) or (high is not None and number > high):
        span = f"{'' if low is None else low}–{'' if high is None else high}"
        raise Wrong("number_range", f"Phải trong khoảng {span}.", f"Must lie within {span}.")
    return number


def _boolean(sent: Any) -> bool:
    words = {True: True, False: False, "true": True, "false": False, "1": True, "0": False, "on": True}
    try:
        return words[sent]
    except (KeyError, TypeError):
        raise Wrong("boolean", "Phải là có hoặc không.", "Must be true or false.") from None


def _choice(one: Field, sent: Any) -> str:
    allowed = [key for key, _ in one.choices]
    if sent not in allowed:
        raise Wrong("choice", f"Chọn một trong: {', '.join(allowed)}.", f"One of: {', '.join(allowed)}.")
    return str(sent)


def _unit(sent: Any, known: Known) -> int:
    code = unit_code(sent)
    if code is None or code not in known.units:
        raise Wrong("unknown_unit", "Không có đơn vị với mã này.", "No unit has this code.")
    return known.units[code]


def _file(sent: Any, known: Known) -> str:
    uid = file_uid(sent)
    if uid is None or (known.portraits is not None and uid not in known.portraits):
        raise Wrong(
            "unknown_file",
            "Không có ảnh này: tải ảnh lên trước, rồi ghi mã tệp.",
            "There is no such picture: upload it first as a portrait, then give its id.",
        )
    return uid


def file_uid(sent: Any) -> str | None:
    """The uuid of a file as it is written here; None for anything else."""
    try:
        return str(UUID(sent)) if isinstance(sent, str) else None
    except ValueError:
        return None


def unit_code(sent: Any) -> str | None:
    """The code in 'CODE' or {code: 'CODE'}."""
    if isinstance(sent, Mapping):
        sent = sent.get("code")
    return sent if isinstance(sent, str) else None
