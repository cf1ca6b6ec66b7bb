"""Planted defects: one wrong record of a kind each, on a known official, for showing and testing the
checks."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from registry.errors import Flaw, Invalid
from registry.words import Words
from seed.life import Fact, Life
from seed.people import IDENTITY


def _coefficient(life: Life) -> bool:
    """The last step is paid with a coefficient that the table does not have."""
    paid = [one for one in life.facts if one.kind == "salary"]
    if life.last_day or len(paid) < 3:
        return False
    _set(life, paid[-1], 2, f"{float(str(paid[-1].fields[2])) + 0.07:.2f}")
    return True


def _missing_evaluation(life: Life) -> bool:
    """The grade of the last year is not there."""
    grades = [one for one in life.facts if one.kind == "evaluation"]
    if life.last_day or len(grades) < 3:
        return False
    life.facts.remove(grades[-1])
    return True


def _gap_status(life: Life) -> bool:
    """Two months of service without a status."""
    spans = [one for one in life.facts if one.kind == "status"]
    if life.last_day or len(spans) < 2 or life.today - spans[1].start < timedelta(days=120):
        return False
    place = life.facts.index(spans[1])
    end = spans[1].end
    if end is not None and (end - spans[1].start).days < 90:
        return False
    life.facts[place] = replace(spans[1], start=spans[1].start + timedelta(days=60))
    return True


def _id_mismatch(life: Life) -> bool:
    """The personal number says the other sex."""
    if life.last_day:
        return False
    number = life.person.personal_id
    wrong = f"{number[:3]}{int(number[3]) ^ 1}{number[4:]}"
    if wrong in life.world.people.taken:
        return False
    life.world.people.taken.add(wrong)
    life.person.personal_id = wrong
    return True


def _missing_native_place(life: Life) -> bool:
    """Nobody wrote where the family comes from."""
    return not life.last_day and _set_identity(life, "native_place", None)


def _phone_form(life: Life) -> bool:
    """A telephone number that is none."""
    return not life.last_day and _set_identity(life, "phone", "12345")


def _set_identity(life: Life, name: str, value: object) -> bool:
    fact = next(one for one in life.facts if one.kind == "identity")
    _set(life, fact, IDENTITY.index(name), value)
    return True


def _pay_on_statement(life: Life) -> bool:
    """The pay of today rests on what the person declared, not on a decision."""
    held = next((one for one in life.facts if one.kind == "salary" and _holds(life, one)), None)
    if life.last_day or held is None:
        return False
    life.facts[life.facts.index(held)] = replace(held, decision=life.statement)
    return True


def _left_in_post(life: Life) -> bool:
    """Somebody left, and the post was never ended."""
    if not life.last_day or life.last_day >= life.today:
        return False
    last = [one for one in life.facts if one.kind == "appointment" and one.fields[3] and one.end == life.over]
    if not last:
        return False
    life.facts[life.facts.index(last[-1])] = replace(last[-1], end=None)
    return True


def _term_over(life: Life) -> bool:
    """The term of a leading post ended last month and nothing followed."""
    over = life.today - timedelta(days=30)
    for one in life.facts:
        if one.kind == "appointment" and one.fields[6] and _holds(life, one) and one.start < over:
            _set(life, one, 6, over)
            return not life.last_day
    return False


def _holds(life: Life, fact: Fact) -> bool:
    return fact.start <= life.today and (fact.end is None or fact.end > life.today)


def _set(life: Life, fact: Fact, place: int, value: object) -> None:
    index = life.facts.index(fact)
    life.facts[index] = replace(fact, fields=(*fact.fields[:place], value, *fact.fields[place + 1 :]))


AFTER: dict[str, Callable[[Life], bool]] = {
    "coefficient": _coefficient,
    "missing_evaluation": _missing_evaluation,
    "gap_status": _gap_status,
    "id_mismatch": _id_mismatch,
    "missing_native_place": _missing_native_place,
    "phone_form": _phone_form,
    "pay_on_statement": _pay_on_statement,
    "left_in_post": _left_in_post,
    "term_over": _term_over,
}
NAMES = (*AFTER, "retired_active", "duplicate_person")
BREAKS: dict[str, str] = {
    "coefficient": "coefficient_off_table",
    "missing_evaluation": "evaluation_missing",
    "gap_status": "gap.status",
    "id_mismatch": "personal_number_mismatch",
    "missing_native_place": "missing.identity.native_place",
    "phone_form": "phone_form",
    "pay_on_statement": "no_decision.salary",
    "left_in_post": "left.appointment",
    "term_over": "term_over",
    "retired_active": "past_retirement",
    "duplicate_person": "duplicate_person",
}
"""The rule of data quality (registry.quality.rules) that each defect breaks, on its official and on nobody else."""


class Planting:
    """Plants each wanted defect on the first official it can be planted on, never two on one person.

    Once each, or (`every`) again on the first one it suits so many officials later.
    """

    def __init__(self, defects: tuple[str, ...], every: int = 0) -> None:
        unknown = [name for name in defects if name not in NAMES]
        if unknown:
            words = Words(
                f"Không có lỗi mẫu {unknown[0]}; có: {', '.join(NAMES)}.",
                f"There is no defect {unknown[0]}; there are: {', '.join(NAMES)}.",
            )
            raise Invalid(words, "unknown_defect", [Flaw("defects", "unknown_defect", words)])
        self.wanted = [name for name in NAMES if name in defects]
        self.every, self.official = every, 0
        self.on: dict[str, list[int]] = {name: [] for name in self.wanted}
        self.taken: str | None = None
        self.twin: Life | None = None

    def before(self, official: int) -> None:
        """A new person begins: nothing is planted on it yet."""
        self.official, self.taken = official, None

    def planned(self, life: Life) -> None:
        """Defects of the plan: somebody past retirement goes on working; somebody is there a second time."""
        retired = life.leaving == "nghi_huu" and life.last_day == life.horizon and not life.post.rung
        if retired and "retired_active" in self._open():
            life.leaving, life.last_day, self.taken = "", None, "retired_active"
        elif "duplicate_person" in self._open() and not life.last_day:
            twin = self.twin
            if twin is None or twin.role is not life.role or twin.person.sex != life.person.sex:
                self.twin = life
            else:
                number = life.person.personal_id
                life.person = replace(twin.person, personal_id=self._number_like(life, twin))
                life.world.people.taken.discard(number)
                life.recruited, life.confirmed = twin.recruited, twin.confirmed
                life.setbacks, life.children, self.taken = [], list(twin.children), "duplicate_person"

    def _number_like(self, life: Life, twin: Life) -> str:
        stem = twin.person.personal_id[:6]
        number = next(
            one
            for one in (f"{stem}{place:06d}" for place in range(1, 10**6))
            if one not in life.world.people.taken
        )
        life.world.people.taken.add(number)
        return number

    def after(self, life: Life) -> None:
        """Defects of the finished record."""
        if self.taken:
            self.on[self.taken].append(self.official)
            if self.taken == "duplicate_person":
                self.twin = None
            return
        if life is self.twin:
            return
        for name in self._open():
            plant = AFTER.get(name)
            if plant is not None and plant(life):
                self.on[name].append(self.official)
                return

    def _open(self) -> list[str]:
        return [name for name, on in self.on.items() if not on or self._again(on[-1])]

    def _again(self, last: int) -> bool:
        return self.every > 0 and self.official - last >= self.every

    def planted(self) -> dict[str, int]:
        """`defect.NAME` → official id, the second time `defect.NAME.2` and so on; what suited nobody is missing."""
        return {
            f"defect.{name}" + (f".{time}" if time > 1 else ""): official
            for name, on in self.on.items()
            for time, official in enumerate(on, 1)
        }
