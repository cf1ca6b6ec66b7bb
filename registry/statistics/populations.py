"""POPULATIONS: what the parts of a measure are sums over, one row a person, an event or a post.

Each gives `organization_id` and the columns asked for; those that are looked at on days of their own, and all when many
days are asked for, give `day` as well. `turned_on` is the day of an event.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause
from sqlalchemy.orm import Session

from registry.periods import AsOf
from registry.statistics import events, posts
from registry.statistics.days import Looked
from registry.statistics.people import COLUMNS, OF_ONE_DAY, OF_TODAY, people_on, people_today
from registry.words import Words

Falls = Callable[[FromClause, FromClause], ColumnElement[bool]]


@dataclass(frozen=True)
class Window:
    """What is looked at: the day or days asked for, the day before each period, the period as a whole, and whether the
    present rows answer for the day.
    """

    on: Looked
    before: Looked
    period: events.Period
    present: bool = False


@dataclass(frozen=True)
class Population:
    """`columns`: all that its rows can tell. `falls`: which of the spans (since, until) a row belongs to."""

    id: str
    label: Words
    columns: frozenset[str]
    build: Callable[[Session, Window, frozenset[str]], FromClause]
    falls: Falls


def _people(session: Session, window: Window, columns: frozenset[str]) -> FromClause:
    if window.present and isinstance(window.on, AsOf):
        return people_today(session, window.on.on, columns)
    return people_on(session, window.on, columns)


def _before(session: Session, window: Window, columns: frozenset[str]) -> FromClause:
    return people_on(session, window.before, columns)


def _posts(session: Session, window: Window, columns: frozenset[str]) -> FromClause:
    return posts.posts_on(session, window.on)


def _in_period(
    build: Callable[[Session, events.Period, frozenset[str]], FromClause],
) -> Callable[[Session, Window, frozenset[str]], FromClause]:
    return lambda session, window, columns: build(session, window.period, columns)


def _on_its_day(rows: FromClause, spans: FromClause) -> ColumnElement[bool]:
    return rows.c.day == spans.c.until


def _the_day_before(rows: FromClause, spans: FromClause) -> ColumnElement[bool]:
    return rows.c.day == spans.c.since - 1


def _within(rows: FromClause, spans: FromClause) -> ColumnElement[bool]:
    return rows.c.turned_on.between(spans.c.since, spans.c.until)


PAST_COLUMNS = COLUMNS - OF_TODAY - OF_ONE_DAY

POPULATIONS: dict[str, Population] = {
    one.id: one
    for one in (
        Population("people", Words("người có mặt", "persons in post"), COLUMNS, _people, _on_its_day),
        Population(
            "before",
            Words("người có mặt trước kỳ", "persons in post before the period"),
            PAST_COLUMNS,
            _before,
            _the_day_before,
        ),
        Population(
            "entries",
            Words("lượt vào", "entries"),
            PAST_COLUMNS,
            _in_period(events.entries),
            _within,
        ),
        Population("exits", Words("lượt ra", "exits"), PAST_COLUMNS, _in_period(events.exits), _within),
        Population(
            "evaluations",
            Words("kết quả xếp loại", "grades"),
            PAST_COLUMNS | {"grade"},
            _in_period(events.evaluations),
            _within,
        ),
        Population(
            "disciplines",
            Words("lượt kỷ luật", "disciplinary measures"),
            PAST_COLUMNS | {"discipline_form"},
            _in_period(events.disciplines),
            _within,
        ),
        Population(
            "rewards",
            Words("lượt khen thưởng", "rewards"),
            PAST_COLUMNS | {"reward_form"},
            _in_period(events.rewards),
            _within,
        ),
        Population(
            "trainings",
            Words("lượt bồi dưỡng", "courses"),
            PAST_COLUMNS | {"training"},
            _in_period(events.trainings),
            _within,
        ),
        Population("posts", Words("vị trí của đơn vị", "posts of units"), posts.COLUMNS, _posts, _on_its_day),
    )
}
