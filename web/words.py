"""What templates write with: two languages, Vietnamese dates, numbers and money."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask, has_request_context

from registry.access.queries import LOCAL
from registry.periods import PartialDate
from web.pages import page_language

WEEKDAYS = (
    ("Thứ Hai", "Monday"),
    ("Thứ Ba", "Tuesday"),
    ("Thứ Tư", "Wednesday"),
    ("Thứ Năm", "Thursday"),
    ("Thứ Sáu", "Friday"),
    ("Thứ Bảy", "Saturday"),
    ("Chủ nhật", "Sunday"),
)


def prepare(app: Flask) -> None:
    """Give the templates their words: t(vi, en) and the filters d, dt, n, dec, vnd, weekday."""
    app.jinja_env.globals["t"] = t
    app.jinja_env.filters.update(d=day, dt=moment, n=grouped, dec=decimal, vnd=money, weekday=weekday)


def t(vi: str, en: str) -> str:
    """The sentence in the reader's language."""
    return en if has_request_context() and page_language() == "en" else vi


def day(value: Any) -> str:
    """dd/mm/yyyy, mm/yyyy or yyyy of a date, a partial date or their wire form; '' for nothing."""
    if not value:
        return ""
    if isinstance(value, dict):
        value = PartialDate(date.fromisoformat(value["date"]), value["precision"])
    if isinstance(value, PartialDate):
        shapes = {"day": "%d/%m/%Y", "month": "%m/%Y", "year": "%Y"}
        return value.on.strftime(shapes[value.precision])
    if isinstance(value, str):
        value = date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        value = value.astimezone(LOCAL)
    return str(value.strftime("%d/%m/%Y"))


def moment(value: datetime | str | None) -> str:
    """dd/mm/yyyy hh:mm in Vietnam."""
    if not value:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M")


def grouped(value: int | float | Decimal | str | None) -> str:
    """1.234.567, or 1.234,5: Vietnamese separators."""
    if value is None:
        return ""
    if isinstance(value, str):
        value = Decimal(value)
    return f"{value:,}".translate(str.maketrans(",.", ".,"))


def decimal(value: Any, digits: int = 2) -> str:
    """6,56."""
    if value is None or value == "":
        return ""
    return f"{Decimal(str(value)):.{digits}f}".replace(".", ",")


def money(value: int | str | None) -> str:
    """18.620.800 đ."""
    return "" if value is None else f"{grouped(int(value))} đ"


def weekday(value: date) -> str:
    """Thứ Hai … Chủ nhật."""
    return t(*WEEKDAYS[value.weekday()])
