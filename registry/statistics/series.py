"""Series over time and forecasts: one measure, a figure for each period and group, from one pass.

A figure of a stock is that of the last day of its period; a figure of events counts those of the period. The first period
begins with the day asked for, the last one ends with it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal, cast, get_args

from sqlalchemy import Date, FromClause, column, select, union, values
from sqlalchemy import Table as SqlTable
from sqlalchemy.orm import Session

from registry.catalogues.lists import items
from registry.law.rules import ref
from registry.law.salary import CIRCULAR
from registry.law.why import Step
from registry.organizations.models import OrganizationSuccessor, OrganizationVersion
from registry.periods import AsOf, add_months, recorded_at
from registry.statistics import queries, tables
from registry.statistics.asking import CrossTab, Flaws, parse, read_date, read_one, words_of
from registry.statistics.days import Days, eve
from registry.statistics.definitions import OWN, Definition
from registry.statistics.events import Period
from registry.statistics.grouping import Lists, days_of, grouped
from registry.statistics.groups import Groups, Key
from registry.statistics.measures import FORECASTS, MEASURES, add, measure_of
from registry.statistics.people import OF_ONE_DAY, OF_TODAY
from registry.statistics.populations import Window
from registry.statistics.snapshot.counting import Counted, Ready
from registry.statistics.snapshot.loading import is_numbered
from registry.statistics.snapshot.spans import over_time
from registry.statistics.tables import Snapshot, Table
from registry.words import Words

Pace = Literal["year", "quarter", "month"]
PACES: tuple[Pace, ...] = get_args(Pace)
MONTHS: dict[Pace, int] = {"year": 12, "quarter": 3, "month": 1}
MOST_PERIODS = 121
"""Ten years of months, and the first."""
MOST_DIMENSIONS = 2
USUAL = {"year": 10, "quarter": 12, "month": 13}
"""How many periods are shown where no beginning is asked for."""
YEARS_AHEAD = 10
MOST_AHEAD = 20

PERIOD = Definition(
    id="period",
    label=Words("Kỳ", "Period"),
    definition=Words(
        "Khoảng thời gian, gọi bằng ngày cuối của nó: số có mặt là số của ngày cuối, số lượt là số trong kỳ.",
        "A stretch of time, named by its last day: a stock is that of the last day, events are those of the period.",
    ),
    source=OWN.vi,
)


@dataclass(frozen=True)
class Span:
    """A period, both days included, and what it is called."""

    since: date
    until: date
    name: Words


@dataclass(frozen=True)
class Series:
    """What is asked: `query` holds measure, groups, filters and the clocks; of a forecast `query.as_of` is the day from
    which one looks ahead.
    """

    query: CrossTab
    spans: tuple[Span, ...]
    step: Pace
    ahead: bool = False


@dataclass(frozen=True)
class SeriesTable:
    """`table` has the period as its first dimension; `totals` are figures of all, one a period; `why` of a forecast the
    method and the rows of law.
    """

    table: Table
    spans: tuple[Span, ...]
    step: Pace
    totals: tuple[tables.Row, ...]
    why: tuple[Step, ...] = ()

    def as_json(self, language: str) -> dict[str, Any]:
        """The wire form: that of a table with periods, and totals a period in place of the total."""
        said = self.table.as_json(language)
        del said["total"]
        periods = [
            {
                "key": one.until.isoformat(),
                "name": one.name.said_in(language),
                "since": one.since.isoformat(),
                "until": one.until.isoformat(),
            }
            for one in self.spans
        ]
        totals = [
            {"period": one.keys[0], "period_name": one.names[0].said_in(language)}
            | self.table.values_json(one)
            for one in self.totals
        ]
        why = {"why": [one.to_json(language) for one in self.why]} if self.why else {}
        return said | {"step": self.step, "periods": periods, "totals": totals} | why

    def total_lines(self) -> list[tuple[Words, tables.Row]]:
        """The totals, each with the words for its line."""
        return [(Words(f"Tổng số {one.names[0].vi}", f"Total {one.names[0].en}"), one) for one in self.totals]


# Reading the question


def parse_series(
    *,
    today: date,
    measure: str | None = None,
    start: str | None = None,
    end: str | None = None,
    step: str | None = None,
    **words: Any,
) -> Series:
    """A series from the parts of a query string; left out means headcount, to today, by year.

    Raises Invalid with a flaw a wrong part, one for a measure that is known of one day only.
    """
    flaws = Flaws()
    pace = read_one("step", step, PACES, "year", flaws)
    last = read_date("to", end, flaws) or today
    first = read_date("from", start, flaws) or _usual_start(last, pace)
    _check_measure(measure, flaws)
    spans = _spans(first, last, pace, flaws)
    _check_groups(words.get("by"), flaws)
    flaws.refuse()
    query = parse(today=today, measures=measure, as_of=last.isoformat(), since=first.isoformat(), **words)
    return Series(query, spans, pace)


def parse_forecast(
    forecast: str, *, today: date, start: str | None = None, end: str | None = None, **words: Any
) -> Series:
    """A forecast by year; left out means from tomorrow on, ten years."""
    flaws = Flaws()
    on = read_date("as_of", words.get("as_of"), flaws) or today
    first = read_date("from", start, flaws) or on + timedelta(days=1)
    last = read_date("to", end, flaws) or add_months(on, 12 * YEARS_AHEAD)
    if first <= on:
        flaws.add(
            "from",
            "not_ahead",
            f"Dự báo bắt đầu sau ngày xét {on:%d/%m/%Y}.",
            f"A forecast begins after the day from which one looks ahead, {on.isoformat()}.",
        )
    if last > add_months(on, 12 * MOST_AHEAD):
        flaws.add(
            "to",
            "too_far",
            f"Dự báo tối đa {MOST_AHEAD} năm sau ngày xét.",
            f"A forecast reaches at most {MOST_AHEAD} years ahead.",
        )
    spans = _spans(first, last, "year", flaws)
    _check_groups(words.get("by"), flaws)
    flaws.refuse()
    query = replace(parse(today=today, **words), measures=(forecast,))
    return Series(query, spans, "year", ahead=True)


def _check_measure(measure: str | None, flaws: Flaws) -> None:
    name = measure or "headcount"
    if name not in MEASURES:
        flaws.unknown("measure", name, MEASURES)
    elif MEASURES[name].columns() & (OF_ONE_DAY | OF_TODAY):
        label = MEASURES[name].label
        flaws.add(
            "measure",
            "no_series",
            f"“{label.vi}” chỉ hỏi được cho từng ngày, không theo chuỗi thời gian.",
            f"'{label.en}' can be asked of one day at a time, not as a series.",
        )


def _check_groups(by: str | None, flaws: Flaws) -> None:
    if len(words_of(by)) > MOST_DIMENSIONS:
        flaws.add(
            "by",
            "too_many",
            f"Chuỗi thời gian chia theo tối đa {MOST_DIMENSIONS} chiều.",
            f"A series divides by at most {MOST_DIMENSIONS} dimensions.",
        )


def _usual_start(last: date, pace: Pace) -> date:
    return add_months(_begins(last, pace), -MONTHS[pace] * (USUAL[pace] - 1))


def _begins(day: date, pace: Pace) -> date:
    """The first day of the year, quarter or month of a day."""
    return day.replace(day=1, month=day.month - (day.month - 1) % MONTHS[pace])


def _spans(first: date, last: date, pace: Pace, flaws: Flaws) -> tuple[Span, ...]:
    if first > last:
        flaws.add("from", "after_to", "“from” phải trước “to”.", "'from' must come before 'to'.")
        return ()
    found: list[Span] = []
    start = _begins(first, pace)
    while start <= last and len(found) <= MOST_PERIODS:
        following = add_months(start, MONTHS[pace])
        found.append(Span(max(start, first), min(eve(following), last), _called(start, pace)))
        start = following
    if len(found) > MOST_PERIODS:
        flaws.add(
            "step",
            "too_many_periods",
            f"Quá {MOST_PERIODS} kỳ. Chọn bước dài hơn hoặc khoảng ngắn hơn.",
            f"More than {MOST_PERIODS} periods. Take a longer step or a shorter time.",
        )
    return tuple(found)


def _called(start: date, pace: Pace) -> Words:
    if pace == "year":
        return Words(str(start.year), str(start.year))
    if pace == "quarter":
        number = (start.month + 2) // 3
        return Words(f"Quý {number}/{start.year}", f"Q{number} {start.year}")
    return Words(f"{start:%m/%Y}", f"{start:%Y-%m}")


# Answering


def series(session: Session, asked: Series) -> SeriesTable:
    """The figures asked for: in the snapshot where it holds what is counted, else by PostgreSQL. Raises Invalid as
    `queries.crosstab` does.
    """
    query = asked.query
    lists, parts = queries.lists_of(session, query), queries.parts_of(query)
    ready = _ready(session, asked, parts)
    late, units = (
        (False, ready.units_of(queries.codes_of(query))) if ready else queries.look_up(session, query)
    )
    queries.check(query, units, lists)
    under = units[query.organization_code] if query.organization_code else None
    if ready:
        turns = ready.units.turns(asked.spans[0].until, asked.spans[-1].until)
        days = [(one.since, *both) for one, both in zip(asked.spans, _with_trees(asked, turns), strict=True)]
        found = over_time(ready, session, query, lists, parts, under, days)
        counted = ready.counted(found)
    else:
        counted = _counted(session, asked, late, under, lists)
    if counted.groups.size > queries.MOST_ROWS:
        queries.refuse_size()
    return _answer(session, asked, counted, lists)


def _ready(session: Session, asked: Series, parts: Sequence[str]) -> Ready | None:
    """The snapshot, where it knows all days of the series."""
    if asked.ahead or not is_numbered(asked.spans[0].until):
        return None
    return queries.ready_for(session, asked.query, parts)


def _counted(session: Session, asked: Series, late: bool, under: int | None, lists: Lists) -> Counted:
    """By PostgreSQL, in one statement."""
    query = asked.query
    table = _table(session, asked)
    groups = grouped(session, query, _window(asked, table, late), under, lists, table)
    found = session.execute(queries.with_snapshot(query.as_of.known_at, groups, queries.MOST_ROWS + 1)).all()
    periods = [one.until.isoformat() for one in found if one.there]
    return Counted(queries.groups_of(query, found, periods), found[0].change_id or 0, found[0].taken_at)


def _table(session: Session, asked: Series) -> FromClause:
    """The periods as a table: since, until, and a day with the same tree of units as the last one."""
    turns = [] if asked.query.tree == "today" or asked.ahead else _tree_turns(session, asked)
    days = [(one.since, *both) for one, both in zip(asked.spans, _with_trees(asked, turns), strict=True)]
    given = values(column("since", Date), column("until", Date), column("tree_day", Date), name="given")
    rows = given.data(days)
    return select(rows.c.since, rows.c.until, rows.c.tree_day).cte("spans")


def _with_trees(asked: Series, turns: Sequence[date]) -> list[tuple[date, date]]:
    """The last day of each period, with a day on which the tree of units is the same: for many days one."""
    first = asked.spans[0].until
    if asked.query.tree == "today":
        return [(one.until, first) for one in asked.spans]
    return [(one.until, max([first, *(day for day in turns if day <= one.until)])) for one in asked.spans]


def _tree_turns(session: Session, asked: Series) -> list[date]:
    """The days on which a unit begins, ends, moves or hands over: between them the tree is the same. There are few."""
    version, link = cast(SqlTable, OrganizationVersion.__table__), OrganizationSuccessor.__table__
    believed = recorded_at(version, asked.query.as_of)
    days = union(
        select(version.c.valid_from.label("day")).where(believed),
        select(version.c.valid_to).where(believed),
        select(link.c.on),
    ).subquery("turns")
    within = days.c.day.between(asked.spans[0].until, asked.spans[-1].until)
    return list(session.scalars(select(days.c.day).where(within).order_by(days.c.day)))


def _window(asked: Series, spans: FromClause, late: bool) -> Window:
    query = asked.query
    known = query.as_of.known_at
    period = Period(asked.spans[0].since, asked.spans[-1].until, known)
    if asked.ahead:
        before = AsOf(eve(query.as_of.on), known)
        return Window(query.as_of, before, period, query.as_of, query.of_the_present and not late)
    eves = Days(select((spans.c.since - 1).label("day")).subquery("eves"), known)
    on, tree = (replace(days_of(spans, name), known_at=known) for name in ("until", "tree_day"))
    return Window(on, eves, period, tree)


def _answer(session: Session, asked: Series, counted: Counted, lists: Lists) -> SeriesTable:
    query, groups = asked.query, counted.groups
    names = queries.names_of(session, query, [one.met() for one in groups.axes[1:]], lists, counted.units)
    periods: dict[Key, Words] = {one.until.isoformat(): one.name for one in asked.spans}
    named = {PERIOD.id: queries.Called(periods), **{one: names[one] for one in query.by}}
    table = Table(
        columns=(tables.Column(PERIOD, is_measure=False), *queries.columns_of(query)),
        groups=groups.sorted([one.places for one in named.values()]),
        total=queries.figures_of(query, (), (), add((), queries.parts_of(query))),
        as_of=query.as_of.on,
        known_at=query.as_of.known_at or counted.taken_at,
        tree=query.tree,
        snapshot=Snapshot(f"S{counted.change_id}-{query.as_of.on:%Y%m%d}", counted.taken_at),
        organization=queries.organization_of(query, names),
        names={dimension: one.names for dimension, one in named.items()},
    )
    why = WHYS[query.measures[0]](session, asked) if asked.ahead else ()
    return SeriesTable(table, asked.spans, asked.step, tuple(_totals(query, groups, periods)), why)


def _totals(query: CrossTab, groups: Groups, periods: Mapping[Key, Words]) -> Iterable[tables.Row]:
    """The figures of all groups of each period."""
    parts = queries.parts_of(query)
    whole = groups.together([0])
    sums = zip(*(whole.parts[one].each() for one in parts), strict=True)
    of = dict(zip(whole.axes[0].each(), sums, strict=True))
    for period, name in periods.items():
        added = dict(zip(parts, of[period], strict=True)) if period in of else add((), parts)
        yield queries.figures_of(query, (period,), (name,), added)


# Why


def _why_retirements(session: Session, asked: Series) -> tuple[Step, ...]:
    """The method, and the rows of the roadmap of pension ages that hold in the years looked at."""
    first, last = asked.spans[0].since, asked.spans[-1].until
    rows = [
        one
        for one in items(session, "retirement_age_by_year")
        if (one.valid_from is None or one.valid_from <= last)
        and (one.valid_to is None or one.valid_to > first)
    ]
    method = Words(
        "Ngày làm việc cuối cùng của từng người: ngày cuối tháng đủ tuổi nghỉ hưu theo giới tính và tháng sinh, hoặc ngày "
        "hết kéo dài công tác; đếm theo năm.",
        "The last day of work of each person: the last day of the month in which the pension age is reached by sex and "
        "month of birth, or the end of an extension; counted by year.",
    )
    used = [Step(one.name, one.source, ref("retirement_age_by_year", one)) for one in rows]
    return (Step(method, measure_of("retirements").source), *used)


def _why_steps(session: Session, asked: Series) -> tuple[Step, ...]:
    """The method, and the time on a step in each salary table in force."""
    on = asked.query.as_of.on
    method = Words(
        "Từ bậc đang giữ, cộng thời gian giữ bậc của bảng lương, thời gian không tính và thời gian kéo dài đã ghi; rồi "
        "từng bậc tiếp theo đến bậc cuối hoặc đến khi nghỉ hưu.",
        "From the step held, plus the time on the step by the salary table, time not counted and delays on record; then "
        "each further step up to the top one or to retirement.",
    )
    seen: dict[tuple[str, str], Step] = {}
    for one in items(session, "salary_steps"):
        months = one.extra.get("regular_increase_months", "")
        if one.holds(on) and months and one.extra.get("is_top_step") != "yes":
            words = Words(f"{one.source}: {months} tháng một bậc.", f"{one.source}: {months} months a step.")
            seen.setdefault((one.source, months), Step(words, one.source, ref("salary_steps", one)))
    return (Step(method, CIRCULAR), *seen.values())


WHYS = {"retirements": _why_retirements, "salary_steps": _why_steps}
assert WHYS.keys() == FORECASTS.keys()
