"""Every computed result says why: the steps that led to it, each with the row of law or the fact it rests on."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from registry.words import Words


@dataclass(frozen=True)
class Ref:
    """A row of a law table: which list and key, valid from when until (exclusive) when, how sure, by which law."""

    catalogue: str
    key: str
    valid_from: date | None
    valid_to: date | None
    certainty: str
    source: str

    def to_json(self) -> dict[str, Any]:
        """{catalogue, key, valid_from, valid_to, certainty, source}; made once, not to be changed."""
        return self._told

    @cached_property
    def _told(self) -> dict[str, Any]:
        return {
            "catalogue": self.catalogue,
            "key": self.key,
            "valid_from": self.valid_from.isoformat() if self.valid_from else None,
            "valid_to": self.valid_to.isoformat() if self.valid_to else None,
            "certainty": self.certainty,
            "source": self.source,
        }


@dataclass(frozen=True)
class Step:
    """One step of a computation, in words, where it comes from, and the row of law it used."""

    words: Words
    source: str
    rule: Ref | None = None

    def to_json(self, language: str) -> dict[str, Any]:
        """{text, source[, rule]} in one language."""
        said: dict[str, Any] = {"text": self.words.said_in(language), "source": self.source}
        return said | ({"rule": self.rule.to_json()} if self.rule else {})


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
    return f"{day.day:02}/{day.month:02}/{day.year}"


def vn_number(number: Decimal | int) -> str:
    """1.234.567 or 6,56: Vietnamese separators."""
    whole, _, fraction = f"{number:,}".partition(".")
    return whole.replace(",", ".") + ("," + fraction if fraction else "")
