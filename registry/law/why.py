"""Every computed result says why: the steps that led to it, each with the row of law or the fact it rests on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from registry.words import Words


@dataclass(frozen=True)
class Step:
    """One step of a computation, in words, and where it comes from."""

    words: Words
    source: str

    def to_json(self, language: str) -> dict[str, str]:
        """{text, source} in one language."""
        return {"text": self.words.said_in(language), "source": self.source}


@dataclass(frozen=True)
class Dated:
    """A computed day (None: there is none) and why."""

    on: date | None
    why: tuple[Step, ...]

    def to_json(self, language: str) -> dict[str, Any]:
        """{on, why}."""
        return {
            "on": self.on.isoformat() if self.on else None,
            "why": [one.to_json(language) for one in self.why],
        }


@dataclass(frozen=True)
class Part:
    """A part of the monthly pay: coefficient and money in VND."""

    name: Words
    coefficient: Decimal
    amount_vnd: int


def vn(day: date) -> str:
    """dd/mm/yyyy."""
    return day.strftime("%d/%m/%Y")


def vn_number(number: Decimal | int) -> str:
    """1.234.567 or 6,56: Vietnamese separators."""
    whole, _, fraction = f"{number:,}".partition(".")
    return whole.replace(",", ".") + ("," + fraction if fraction else "")
