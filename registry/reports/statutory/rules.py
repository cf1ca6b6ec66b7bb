"""Who is counted, by the words of a rule such as `sex:nu&age:51-55&pensionable:no`.

A rule joins conditions by `&`, alternatives by `/`. A condition is a family and its keys, `|` between them, `!`
before them for all others. Every dimension of the statistics is a family, so that a column of a form and a table
of the explorer agree by construction; the families below know what only forms ask.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, true
from sqlalchemy.orm import Session

from registry.catalogues.lists import Item, items
from registry.periods import add_months
from registry.statistics.dimensions import DIMENSIONS, NONE, PLACED

Condition = ColumnElement[bool]


@dataclass
class Rules:
    """Rules over the columns of one statement: persons' and their places', by name."""

    session: Session
    on: date
    column: Callable[[str], ColumnElement[Any]]
    _lists: dict[str, Mapping[str, Item]] = field(default_factory=dict)

    def condition(self, rule: str) -> Condition:
        """The rule as a condition of SQL."""
        return or_(
            false(),
            *(and_(true(), *(self._one(part) for part in whole.split("&"))) for whole in rule.split("/")),
        )

    def _one(self, part: str) -> Condition:
        if part == "all":
            return true()
        if part.startswith("!"):
            return not_(_certain(self._one(part[1:])))
        family, _, keys = part.partition(":")
        if keys.startswith("!"):
            return not_(_certain(self._one(f"{family}:{keys[1:]}")))
        own = FAMILIES.get(family)
        if own is not None:
            return own(self, keys)
        return self._dimension(family, keys.split("|"))

    def _dimension(self, name: str, keys: list[str]) -> Condition:
        dimension = DIMENSIONS[name]
        value = dimension.key(self.column(dimension.column), self.on, self._listed(name))
        given = [one for one in keys if one != NONE]
        found: list[Condition] = [value.in_(given)] if given else []
        return or_(*found, *([value.is_(None)] if NONE in keys else []))

    def _listed(self, name: str) -> Mapping[str, Item]:
        """Keys of a dimension with their row on the day, else their last."""
        if name not in self._lists:
            dimension, rows = DIMENSIONS[name], dict[str, Item]()
            for one in items(self.session, dimension.catalogue) if dimension.catalogue else ():
                if dimension.lists(one) and (one.key not in rows or one.holds(self.on)):
                    rows[one.key] = one
            self._lists[name] = rows
        return self._lists[name]


def _certain(condition: Condition) -> Condition:
    """False in place of unknown: who has no value is not one of the keys."""
    return condition.is_(True)


def columns(rule: str) -> frozenset[str]:
    """The columns of a person that a rule reads."""
    return frozenset(
        name for whole in rule.split("/") for part in whole.split("&") for name in _read(part.lstrip("!"))
    )


def _read(part: str) -> frozenset[str]:
    family = part.partition(":")[0]
    if family in READ:
        return READ[family]
    if family in DIMENSIONS:
        return frozenset() if family in PLACED else frozenset({DIMENSIONS[family].column})
    assert family == "all", f"no rule knows {part!r}"
    return frozenset()


def _age(rules: Rules, keys: str) -> Condition:
    """`age:31-40`: completed years; one end may be open. `age:none`: no birth date."""
    birth = rules.column("birth_date")
    if keys == NONE:
        return birth.is_(None)
    low, _, high = keys.partition("-")
    older = birth <= add_months(rules.on, -12 * int(low)) if low else true()
    younger = birth > add_months(rules.on, -12 * (int(high) + 1)) if high else true()
    return and_(birth.is_not(None), older, younger)


def _keys_of(name: str) -> Callable[[Rules, str], Condition]:
    """`post:a|b`: the column holds one of the keys; `none`: it holds nothing."""

    def among(rules: Rules, keys: str) -> Condition:
        column, chosen = rules.column(name), keys.split("|")
        given = [one for one in chosen if one != NONE]
        return or_(*([column.in_(given)] if given else []), *([column.is_(None)] if NONE in chosen else []))

    return among


def _general(rules: Rules, keys: str) -> Condition:
    """`general:thpt`: general education up to the last form; `thcs`: recorded below it."""
    rows = [one for one in items(rules.session, "education_levels") if one.extra.get("kind") == "general"]
    done = [one.key for one in rows if finished(one.key)]
    kept = done if keys == "thpt" else [one.key for one in rows if one.key not in done]
    return rules.column("general").in_(kept)


def finished(level: str) -> bool:
    """Whether a level of general education is the last form: 12/12 or 10/10."""
    done, _, of = level.removeprefix("gdpt_").removesuffix("_bt").partition("_")
    return done == of


def _event(rules: Rules, keys: str) -> Condition:
    """`event:training:ngoai_ngu`: what happened in the period; state management by the kind of its courses."""
    kind, _, named = keys.partition(":")
    chosen = set(named.split("|"))
    if kind == "state_management":
        rows = items(rules.session, "state_management")
        chosen = {one.key for one in rows if one.extra.get("kind") in chosen}
    return rules.column("event").in_(sorted(f"{kind}:{one}" for one in chosen))


FAMILIES: dict[str, Callable[[Rules, str], Condition]] = {
    "age": _age,
    "post": _keys_of("position"),
    "rank": _keys_of("rank"),
    "tier": _keys_of("tier"),
    "block": _keys_of("block"),
    "academic": _keys_of("academic"),
    "event": _event,
    "abroad": _keys_of("abroad"),
    "move": _keys_of("move"),
    "general": _general,
}
READ: dict[str, frozenset[str]] = {
    "age": frozenset({"birth_date"}),
    "post": frozenset({"position"}),
    "rank": frozenset({"rank"}),
    "tier": frozenset(),
    "block": frozenset(),
    "academic": frozenset({"academic"}),
    "event": frozenset({"event"}),
    "abroad": frozenset({"abroad"}),
    "move": frozenset({"move"}),
    "general": frozenset({"general"}),
}
"""What a family reads of a person; tier and block are read of the unit."""
