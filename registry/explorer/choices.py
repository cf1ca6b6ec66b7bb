"""What a question is put together from, in the order and under the heads in which people look for it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from registry.statistics.definitions import Definition
from registry.statistics.dimensions import DIMENSIONS, Dimension
from registry.statistics.measures import FORECASTS, MEASURES, PARTS, Measure
from registry.statistics.series import PERIOD, Pace
from registry.words import Words

STOCKS = frozenset({"people", "before", "posts"})
"""Populations that stand on a day; all others are events, which fall into a period."""

TIMES: dict[str, tuple[Words, Pace]] = {
    "year": (Words("Theo năm", "By year"), "year"),
    "quarter": (Words("Theo quý", "By quarter"), "quarter"),
    "month": (Words("Theo tháng", "By month"), "month"),
}
"""Time as rows or columns makes a series."""

OTHERS = Words("Khác", "Other")

Group = tuple[Words, tuple[str, ...]]

DIMENSION_GROUPS: tuple[Group, ...] = (
    (
        Words("Tổ chức", "Organization"),
        ("ministry_or_province", "unit", "organization_level", "organization_kind"),
    ),
    (
        Words("Công việc, chức vụ", "Work and post"),
        ("category", "status", "leader", "position_level", "position", "job_position_group", "service_field"),
    ),
    (
        Words("Ngạch, thâm niên", "Rank and service"),
        ("rank_level", "rank", "years_of_service", "recruitment_year"),
    ),
    (
        Words("Con người", "Person"),
        ("sex", "age_band", "pensionable", "ethnicity", "ethnic_group", "religious", "religion"),
    ),
    (Words("Đảng, chính trị", "Party and politics"), ("party", "political_theory")),
    (
        Words("Trình độ", "Learning"),
        (
            "education",
            "state_management",
            "leadership_course",
            "it",
            "it_group",
            "english",
            "other_language",
            "ethnic_language",
        ),
    ),
    (
        Words("Kết quả trong kỳ", "Results of the period"),
        ("evaluation_grade", "discipline_form", "reward_form", "training_kind"),
    ),
)

MEASURE_GROUPS: tuple[Group, ...] = (
    (Words("Con người", "People"), ("headcount", "women_share", "party_share", "mean_age")),
    (
        Words("Lương", "Pay"),
        ("mean_coefficient", "total_coefficient", "payroll", "payroll_full"),
    ),
    (Words("Biên chế", "Posts"), ("posts", "posts_filled", "posts_vacant")),
    (Words("12 tháng tới", "Next 12 months"), ("retirements_due", "step_increases_due")),
    (
        Words("Trong kỳ", "In a period"),
        ("entries", "exits", "turnover", "evaluations", "disciplines", "rewards", "trainings"),
    ),
    (Words("Dự báo nhiều năm", "Years ahead"), tuple(FORECASTS)),
    (Words("Dữ liệu", "Data"), ("quality_score",)),
)


@dataclass(frozen=True)
class Choice:
    """A head and what stands under it."""

    label: Words
    definitions: tuple[Definition, ...]


def dimension_choices(measure: Measure | None = None) -> tuple[Choice, ...]:
    """Dimensions by group; with a measure, only those it divides by."""
    return _grouped(
        DIMENSION_GROUPS,
        {one.id: one for one in DIMENSIONS.values() if measure is None or measure.divides_by(one)},
    )


def measure_choices() -> tuple[Choice, ...]:
    """Measures and forecasts by group."""
    return _grouped(MEASURE_GROUPS, MEASURES | FORECASTS)


def _grouped(groups: Sequence[Group], known: Mapping[str, Definition]) -> tuple[Choice, ...]:
    """The groups with what is known; what no group names stands last, among the others."""
    named = {name for _, names in groups for name in names}
    rest = tuple(name for name in known if name not in named)
    found = (
        (label, tuple(known[one] for one in names if one in known)) for label, names in _with(groups, rest)
    )
    return tuple(Choice(label, ones) for label, ones in found if ones)


def _with(groups: Iterable[Group], rest: tuple[str, ...]) -> Iterable[Group]:
    yield from groups
    yield OTHERS, rest


def counts_events(measure: Measure) -> bool:
    """Whether the measure counts what happens in a period, so that periods add up."""
    return measure.additive and not any(PARTS[part].of in STOCKS for part in measure.parts)


def of_a_period(measure: Measure) -> bool:
    """Whether the beginning of the period matters to a table of the measure."""
    return any(PARTS[part].of not in {"people", "posts"} for part in measure.parts)


def definition_of(name: str) -> Definition | None:
    """What rows, columns or a measure mean; None for no such thing."""
    found: Dimension | Measure | None = DIMENSIONS.get(name) or MEASURES.get(name) or FORECASTS.get(name)
    return PERIOD if name in TIMES else found


def label(name: str) -> Words:
    """What rows or columns are called."""
    if name in TIMES:
        vi, en = TIMES[name][0]
        return Words(vi.removeprefix("Theo ").capitalize(), en.removeprefix("By ").capitalize())
    found = definition_of(name)
    return found.label if found else Words(name, name)
