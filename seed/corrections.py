"""Mistakes that were put right later: what the registry believed first, so that both clocks have something to
say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from registry.periods import add_months
from seed.life import Fact, Life
from seed.people import IDENTITY

NATIVE_PLACE = IDENTITY.index("native_place")
PHONE = IDENTITY.index("phone")


@dataclass(frozen=True)
class Correction:
    """`mistaken` was recorded first, `fact` replaced it."""

    life: Life
    mistaken: Fact
    fact: Fact


def correct(life: Life) -> Iterator[Correction]:
    """The facts of this person that were first recorded wrongly."""
    draw = life.chance.random()
    if draw < 0.025:
        fact = next(one for one in life.facts if one.kind == "identity")
        other = life.world.people.birth_place(life.chance, life.person.origin)
        if other != fact.fields[NATIVE_PLACE]:
            yield Correction(life, _with(fact, NATIVE_PLACE, other), fact)
    elif draw < 0.04:
        degrees = [one for one in life.facts if one.kind == "qualification" and one.fields[1]]
        if degrees:
            school = life.world.school(life.chance, "hanh_chinh", "dai_hoc", life.person.native)
            yield Correction(life, _with(degrees[0], 2, school), degrees[0])
    elif draw < 0.05:
        yield from _late_step(life)


def _late_step(life: Life) -> Iterator[Correction]:
    """A step entered with the day of the decision's month instead of the day it is paid from."""
    paid = [one for one in life.facts if one.kind == "salary"]
    for one in paid[1:]:
        end = one.end
        wrong = add_months(one.start, 1)
        if (
            one.start > date(2015, 1, 1)
            and (end is None or end > add_months(wrong, 1))
            and wrong < life.today
        ):
            yield Correction(life, replace(one, start=wrong), one)
            return


def _with(fact: Fact, place: int, value: object) -> Fact:
    fields = (*fact.fields[:place], value, *fact.fields[place + 1 :])
    return replace(fact, fields=fields)
