"""The form of a statistics question: choices under their heads, filters in two steps, chips that drop one thing each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from registry.explorer import queries
from registry.explorer.choices import Choice, dimension_choices, label
from registry.explorer.questions import Question, read
from registry.law.why import vn
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.statistics.dimensions import DIMENSIONS, NONE, NOT_RECORDED
from registry.statistics.measures import MEASURES, Measure
from web.pages import PageCall

AT_ONCE = ("category", "sex", "leader", "rank_level", "age_band", "ethnicity", "party", "education")
"""Dimensions whose values stand in the list of filters themselves; of others the values are ticked in a second step."""


@dataclass(frozen=True)
class FormOf:
    """A question, and the dimensions whose values are about to be ticked."""

    question: Question
    choosing: tuple[str, ...] = ()

    @classmethod
    def sent(cls, call: PageCall, own: str | None) -> "FormOf":
        """What stands in the address. A filter that is a dimension without a value asks for its values."""
        sent = {name: call.args.getlist(name) for name in call.args}
        where = sent.get("where", [])
        choosing = tuple(one for one in dict.fromkeys(where) if one in DIMENSIONS)
        if "where" in sent:
            sent["where"] = [one for one in where if one not in choosing]
        return cls(read(sent, own), choosing)

    def shown_day(self, name: str) -> str:
        """A day as people write it; what is none as it was typed."""
        typed: str = getattr(self.question, name)
        try:
            return vn(date.fromisoformat(typed)) if typed else ""
        except ValueError:
            return typed

    def kept(self) -> list[str]:
        """Filters that the form carries along, hidden: those not shown as ticks."""
        return [one for one in self.question.where if one.partition(":")[0] not in self.choosing]

    def values(self, call: PageCall) -> list[dict[str, Any]]:
        """The values of the dimensions being chosen, as ticks."""
        found = []
        for name in self.choosing:
            names = queries.keys_of(call.session, name, call.today) | {NONE: NOT_RECORDED}
            options = [
                {
                    "value": f"{name}:{key}",
                    "text": call.say(words),
                    "on": f"{name}:{key}" in self.question.where,
                }
                for key, words in names.items()
            ]
            found.append({"label": call.say(DIMENSIONS[name].label), "options": options})
        return found


def grouped(
    call: PageCall, choices: Sequence[Choice], only: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """Choices for a select with groups."""
    found = [
        {
            "label": call.say(choice.label),
            "options": [
                (one.id, call.say(one.label)) for one in choice.definitions if only is None or one.id in only
            ],
        }
        for choice in choices
    ]
    return [one for one in found if one["options"]]


def filter_choices(call: PageCall, measure: Measure | None) -> list[dict[str, Any]]:
    """Values of the common dimensions at once; then every other, whose values come in a second step."""
    fitting = {one.id for choice in dimension_choices(measure) for one in choice.definitions}
    found = []
    for name in (one for one in AT_ONCE if one in fitting):
        said = call.say(DIMENSIONS[name].label)
        names = queries.keys_of(call.session, name, call.today)
        options = [(f"{name}:{key}", f"{said}: {call.say(words)}") for key, words in names.items()]
        found.append({"label": said, "options": options})
    rest = [
        (one.id, f"{call.say(one.label)}…")
        for choice in dimension_choices(measure)
        for one in choice.definitions
        if one.id not in AT_ONCE and one.id != "unit"
    ]
    found.append({"label": call.t("Chọn giá trị ở bước sau", "Values in a second step"), "options": rest})
    return found


def href(question: Question, path: str = "/thong-ke") -> str:
    """The address of a question."""
    return f"{path}?{urlencode(question.pairs())}"


def unit_named(call: PageCall, typed: str) -> str | None:
    """The unit to count in, by code or by a name that one unit alone bears; what is none as it was typed."""
    if not typed:
        return None
    found = organizations.search(call.session, typed, AsOf(call.today), limit=2)
    exact = [one for one in found if typed.upper() == one.code]
    return exact[0].code if exact else found[0].code if len(found) == 1 else typed


def chips(call: PageCall, question: Question) -> list[dict[str, str]]:
    """One chip a filter and a further choice, each a link that drops it."""
    found = [
        {
            "text": call.say(one.words),
            "href": href(question.but(where=tuple(word for word in question.where if word != one.word))),
        }
        for one in queries.conditions(call.session, question, call.today)
    ]
    further: list[tuple[str, dict[str, Any]]] = [
        *(
            (_also(call, name), {"also": tuple(one for one in question.also if one != name)})
            for name in question.also
        ),
        *((words, {name: ""}) for name, words in _set(call, question).items() if getattr(question, name)),
    ]
    return found + [{"text": text, "href": href(question.but(**changes))} for text, changes in further]


def _also(call: PageCall, name: str) -> str:
    return call.t("Kèm: ", "Also: ") + (call.say(MEASURES[name].label) if name in MEASURES else name)


def _set(call: PageCall, question: Question) -> dict[str, str]:
    """What the folded part of the form holds, in words, by the part's name."""
    day = FormOf(question).shown_day
    return {
        "row2": call.t("Dòng cấp 2: ", "Rows within rows: ") + call.say(label(question.row2)),
        "organization": call.t("Trong đơn vị: ", "Within: ") + question.organization,
        "since": call.t("Từ ngày ", "From ") + day("since"),
        "compare": call.t("So với ngày ", "Compared with ") + day("compare"),
        "tree": call.say(queries.OF_TODAY_TREE) if question.tree == "today" else question.tree,
        "known_at": call.t("Theo dữ liệu ghi nhận đến ", "As recorded up to ") + question.known_at,
    }
