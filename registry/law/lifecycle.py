"""The lifecycle of an official as dated rows: which change of employment status is allowed, for whom, under which guards.

Catalogues status_transitions (from, to, families of categories, guards), category_transitions (from, to, the modes of
which one is needed) and transition_guards (the rules by name).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.catalogues.lists import Item
from registry.law.rules import Rules, get_rules, ref
from registry.law.why import Step, vn
from registry.periods import add_months
from registry.words import Words

FIRST = ""
"""What stands before the first status on the registry."""
AGE_RETIREMENT = "nghi_huu"
ROTATED = "luan_chuyen"
OTHERS = "khac"


@dataclass(frozen=True)
class Asked:
    """A change of status on a day. `until`: the first day on which the new one ends, where that is known; `began`: since
    when the old one held; `retires_on`: the last day of work by age; `received`: whether the unit that takes the person
    over has given a post; `was`: the category before, where it is asked whether that may change.
    """

    before: str
    after: str
    category: str
    on: date
    until: date | None = None
    began: date | None = None
    basis: str = "decision"
    recruitment_mode: str | None = None
    retires_on: date | None = None
    received: bool = False
    was: str = ""


@dataclass(frozen=True)
class Broken:
    """A rule that a change breaks: its row, the sentence (the rule's name, then what is wrong)."""

    rule: Item
    words: Words

    @property
    def severity(self) -> str:
        """'error' refuses the change, 'warning' goes along to who decides."""
        return self.rule.extra.get("severity", "error")


@dataclass(frozen=True)
class Machine:
    """The lists the lifecycle is made of."""

    transitions: Sequence[Item]
    guards: Sequence[Item]
    statuses: Sequence[Item]
    categories: Sequence[Item]
    rules: Rules
    moves: Sequence[Item] = ()
    modes: Sequence[Item] = ()

    @cached_property
    def pairs(self) -> dict[tuple[str, str], list[Item]]:
        """The rows of each pair of statuses."""
        found: dict[tuple[str, str], list[Item]] = {}
        for one in self.transitions:
            found.setdefault((one.extra["from_status"], one.extra["to_status"]), []).append(one)
        return found

    @cached_property
    def under_review(self) -> frozenset[str]:
        """Statuses of disciplinary review, suspension and prosecution."""
        return frozenset(one.key for one in self.statuses if one.extra.get("under_review") == "yes")

    def family(self, category: str) -> str:
        """The family of an employment category (can_bo, cong_chuc, vien_chuc, hop_dong, khac)."""
        return next(
            (one.extra.get("family") or OTHERS for one in self.categories if one.key == category), OTHERS
        )

    def name(self, status: str) -> Words:
        """What a status is called."""
        return next(
            (one.name for one in self.statuses if one.key == status), Words("Lần ghi đầu", "First record")
        )

    def rule(self, key: str) -> Item:
        """The row of a rule."""
        return next(one for one in self.guards if one.key == key)

    def broken(self, asked: Asked) -> list[Broken]:
        """The rules that a change breaks; empty when it may be made. The same status goes on under a new decision."""
        return [*self._status_broken(asked), *self._category_broken(asked)]

    def _category_broken(self, asked: Asked) -> list[Broken]:
        """Another category while employed; who comes back after having left is recruited anew, which is asked there."""
        if not asked.was or asked.was == asked.category or asked.before in self.ended:
            return []
        rows = self.moves_between(asked.was, asked.category)
        if not rows:
            return [self._break("category_unlisted", self._pair(asked))]
        holding = [one for one in rows if one.holds(asked.on)]
        if not holding:
            return [self._break("category_in_force", _not_in_force(rows, *self._names(asked)))]
        modes = [key for one in holding for key in one.extra["modes"].split("|")]
        if "" in modes or asked.recruitment_mode in modes:
            return []
        named = [one.name for key in modes for one in self.modes if one.key == key]
        vi, en = (", ".join(getattr(one, language).lower() for one in named) for language in ("vi", "en"))
        pair = self._pair(asked)
        return [
            self._break(
                "category_mode", Words(f"{pair.vi}; ghi một trong: {vi}", f"{pair.en}; give one of: {en}")
            )
        ]

    def moves_between(self, was: str, category: str) -> list[Item]:
        """The rows of a change of category."""
        return [
            one
            for one in self.moves
            if was in one.extra["from_categories"].split("|")
            and category in one.extra["to_categories"].split("|")
        ]

    def _names(self, asked: Asked) -> tuple[Words, Words]:
        named = {one.key: one.name for one in self.categories}
        was, now = (named.get(key, Words(key, key)) for key in (asked.was, asked.category))
        return was, now

    def _pair(self, asked: Asked) -> Words:
        was, now = self._names(asked)
        return Words(f"từ “{was.vi}” sang “{now.vi}”", f"from “{was.en}” to “{now.en}”")

    @cached_property
    def ended(self) -> frozenset[str]:
        """Statuses of those who have left."""
        return frozenset(one.key for one in self.statuses if one.extra.get("status_group") == "ended")

    def _status_broken(self, asked: Asked) -> list[Broken]:
        if asked.before == asked.after:
            return self._guarded(["decision"], asked)
        rows = self.pairs.get((asked.before, asked.after), [])
        before, after = self.name(asked.before), self.name(asked.after)
        if not rows:
            return [
                self._break(
                    "no_transition",
                    Words(
                        f"từ “{before.vi}” không chuyển sang “{after.vi}”",
                        f"“{before.en}” does not lead to “{after.en}”",
                    ),
                )
            ]
        mine = [one for one in rows if self._is_for(one, asked.category)]
        if not mine:
            category = next((one.name for one in self.categories if one.key == asked.category), after)
            return [
                self._break(
                    "only_family",
                    Words(
                        f"“{after.vi}” không dành cho {category.vi.lower()}",
                        f"“{after.en}” is not for the category {category.en}",
                    ),
                )
            ]
        row = next((one for one in mine if one.holds(asked.on)), None)
        if row is None:
            return [self._break("only_in_force", _not_in_force(mine, before, after))]
        return self._guarded(row.extra["guards"].split("|"), asked)

    def _is_for(self, row: Item, category: str) -> bool:
        families = row.extra["families"]
        return not families or self.family(category) in families.split("|")

    def _guarded(self, keys: Sequence[str], asked: Asked) -> list[Broken]:
        found = []
        for key in keys:
            words = GUARDS[key](self, asked) if key in GUARDS else None
            if words is not None:
                found.append(self._break(key, words))
        return found

    def _break(self, key: str, detail: Words) -> Broken:
        rule = self.rule(key)
        return Broken(rule, Words(f"{rule.name.vi}: {detail.vi}.", f"{rule.name.en}: {detail.en}."))

    def steps(self, asked: Asked) -> tuple[Step, ...]:
        """Why a change may or may not be made: the rows of the pair, then each rule it breaks."""
        rows = self.pairs.get((asked.before, asked.after), [])
        told = [
            Step(one.name, one.source, ref("status_transitions", one))
            for one in rows
            if self._is_for(one, asked.category) and one.holds(asked.on)
        ]
        told += [
            Step(one.name, one.source, ref("category_transitions", one))
            for one in self.moves_between(asked.was, asked.category)
            if one.holds(asked.on)
        ]
        broken = self.broken(asked)
        told += [Step(one.words, one.rule.source, ref("transition_guards", one.rule)) for one in broken]
        if not broken:
            words = Words("Được chuyển.", "The change may be made.")
            told.append(Step(words, "Danh mục status_transitions"))
        return tuple(told)


def _not_in_force(rows: Sequence[Item], before: Words, after: Words) -> Words:
    ended = max((one.valid_to for one in rows if one.valid_to), default=None)
    since = min((one.valid_from for one in rows if one.valid_from), default=None)
    pair_vi, pair_en = f"“{before.vi}” sang “{after.vi}”", f"“{before.en}” to “{after.en}”"
    if ended is not None:
        return Words(f"{pair_vi} không còn từ {vn(ended)}", f"{pair_en} ended on {vn(ended)}")
    day = vn(since) if since else "–"
    return Words(f"{pair_vi} chỉ có từ {day}", f"{pair_en} begins on {day}")


# The guards: a sentence when a change breaks one


def _decision(_machine: Machine, asked: Asked) -> Words | None:
    if asked.basis != "self_declared":
        return None
    return Words("lời tự khai không thay được quyết định", "a declaration does not stand for a decision")


def _not_under_review(machine: Machine, asked: Asked) -> Words | None:
    if asked.before not in machine.under_review:
        return None
    reached = asked.retires_on is not None and asked.on >= asked.retires_on
    if asked.after == AGE_RETIREMENT and reached:
        return None
    name = machine.name(asked.before)
    return Words(f"người này “{name.vi}”", f"the person is “{name.en}”")


def _secondment(machine: Machine, asked: Asked) -> Words | None:
    months = machine.rules.number("secondment_most", asked.on)
    if not months or asked.until is None or asked.until <= add_months(asked.on, months):
        return None
    return Words(
        f"tối đa {months} tháng, đến {vn(add_months(asked.on, months))}",
        f"at most {months} months, to {vn(add_months(asked.on, months))}",
    )


def _rotation(machine: Machine, asked: Asked) -> Words | None:
    begins, ends = (asked.on, asked.until) if asked.after == ROTATED else (asked.began, asked.on)
    if begins is None or ends is None:
        return None
    months = machine.rules.number("rotation_least", begins)
    if ends >= add_months(begins, months):
        return None
    return Words(
        f"tối thiểu {months} tháng, đến {vn(add_months(begins, months))}",
        f"at least {months} months, to {vn(add_months(begins, months))}",
    )


def _extension(machine: Machine, asked: Asked) -> Words | None:
    months = machine.rules.number("extension_most", asked.on)
    if asked.retires_on is None or asked.until is None or not months:
        return None
    last = add_months(asked.retires_on, months)
    if asked.until <= last:
        return None
    return Words(f"tối đa {months} tháng, đến {vn(last)}", f"at most {months} months, to {vn(last)}")


def _receiving(_machine: Machine, asked: Asked) -> Words | None:
    if asked.received:
        return None
    return Words(
        "chưa có bố trí công tác tại nơi nhận từ ngày điều động",
        "no post of the receiving unit is recorded since the transfer",
    )


def _recruitment(_machine: Machine, asked: Asked) -> Words | None:
    if asked.recruitment_mode:
        return None
    return Words("ghi hình thức tuyển dụng của lần này", "give the mode of this recruitment")


def _dismissed(machine: Machine, asked: Asked) -> Words | None:
    if asked.began is None:
        return None
    months = machine.rules.number("rejoin_after_dismissal", asked.on)
    day = add_months(asked.began, months)
    return None if asked.on >= day else Words(f"từ {vn(day)}", f"from {vn(day)}")


def _age(_machine: Machine, asked: Asked) -> Words | None:
    if asked.retires_on is None or asked.on >= asked.retires_on:
        return None
    return Words(f"theo tuổi là {vn(asked.retires_on)}", f"by age it is {vn(asked.retires_on)}")


GUARDS: dict[str, Callable[[Machine, Asked], Words | None]] = {
    "decision": _decision,
    "not_under_review": _not_under_review,
    "secondment_most": _secondment,
    "rotation_least": _rotation,
    "extension_most": _extension,
    "receiving_unit": _receiving,
    "new_recruitment": _recruitment,
    "rejoin_after_dismissal": _dismissed,
    "retirement_age": _age,
}
"""By key of transition_guards; the rules no_transition, only_family, only_in_force and those of categories are the tables
themselves."""

_LISTS = (
    "status_transitions",
    "transition_guards",
    "status_codes",
    "employment_categories",
    "category_transitions",
    "recruitment_modes",
)
_kept: list[tuple[list[tuple[Item, ...]], Machine]] = []


def get_machine(session: Session) -> Machine:
    """The lifecycle from the lists in memory, kept while these are the same."""
    found = [lists.items(session, name) for name in (*_LISTS, "law_rules")]
    if not _kept or any(one is not other for one, other in zip(_kept[0][0], found, strict=True)):
        transitions, guards, statuses, categories, moves, modes, _ = found
        machine = Machine(transitions, guards, statuses, categories, get_rules(session), moves, modes)
        _kept[:] = [(found, machine)]
    return _kept[0][1]
