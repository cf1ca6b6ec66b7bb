"""Answering a question of the explorer, saying what was asked, and reading saved views."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from registry.access.actor import Actor
from registry.catalogues import lists
from registry.catalogues.lists import Item
from registry.explorer import grids
from registry.explorer.choices import TIMES, label, of_a_period
from registry.explorer.grids import Grid
from registry.explorer.models import StatisticsView
from registry.explorer.questions import Question, check, names_units
from registry.law.why import Step, vn
from registry.named import get_by_uid
from registry.organizations.models import Organization, OrganizationVersion
from registry.statistics import asking, series
from registry.statistics.dimensions import DIMENSIONS, NONE, NOT_RECORDED, PLACES
from registry.statistics.groups import Key
from registry.statistics.measures import MEASURES
from registry.statistics.queries import crosstab
from registry.statistics.series import Series, Span
from registry.statistics.tables import Table
from registry.words import Words

OF_DAY_TREE = Words("Cây đơn vị của ngày đó", "Units of that day")
OF_TODAY_TREE = Words("Quy về cây đơn vị hôm nay", "Recast to the units of today")


@dataclass(frozen=True)
class Answer:
    """`table` is the list of figures behind the grid (of a comparison: of the later day); `spans` the periods of a series;
    `why` of a forecast the rows of law; `since` the first day of the period, where there is one.
    """

    question: Question
    table: Table
    grid: Grid
    spans: tuple[Span, ...] = ()
    why: tuple[Step, ...] = ()
    since: date | None = None

    @property
    def empty(self) -> bool:
        """Whether nobody and nothing fulfils the conditions."""
        return not self.table.groups.size and not any(any(line.values) for line in self.grid.lines)


def answer(session: Session, one: Question, today: date, within: str | None) -> Answer:
    """The answer as of the present registry, counted in the unit `within` (None: everywhere); asked as the role that counts.

    Raises Invalid with a flaw at each field to change.
    """
    check(one, today, within=within)
    if one.time:
        return _over_time(session, one, today, within)
    words = _words(one, within) | {"measures": ",".join(one.measures), "by": _by(one)}
    query = asking.parse(today=today, **words)
    table = crosstab(session, query)
    if not one.compare:
        since = query.starts_on if any(of_a_period(measure) for measure in table.measures()) else None
        return Answer(one, table, grids.of_table(table, one.rows, one.column or None), since=since)
    earlier = words | {"as_of": one.compare, "since": _since_then(one, query)}
    before = crosstab(session, asking.parse(today=today, **earlier))
    return Answer(one, table, grids.compared(table, before, one.rows))


def _by(one: Question) -> str:
    return ",".join(one.groups)


def _words(one: Question, within: str | None) -> dict[str, Any]:
    return {
        "where": list(one.where),
        "organization": within,
        "as_of": one.as_of,
        "since": one.since,
        "known_at": one.known_at,
        "tree": one.tree,
    }


def _since_then(one: Question, query: asking.CrossTab) -> str | None:
    """The first day of a period as long before the earlier day; none given, 1 January of its year."""
    if query.since is None:
        return None
    length: timedelta = query.as_of.on - query.since
    return (date.fromisoformat(one.compare) - length).isoformat()


def _over_time(session: Session, one: Question, today: date, within: str | None) -> Answer:
    found = series.series(session, _series(one, today, within))
    grid = grids.of_table(found.table, one.rows, one.column or None)
    return Answer(one, found.table, grid, found.spans, found.why)


def _series(one: Question, today: date, within: str | None) -> Series:
    words = _words(one, within) | {"by": _by(one)}
    since = words.pop("since")
    if one.forecast:
        return series.parse_forecast(one.measure, today=today, **words)
    end = words.pop("as_of")
    pace = TIMES[one.time or "year"][1]
    return series.parse_series(today=today, measure=one.measure, start=since, end=end, step=pace, **words)


def part_of(found: Answer, period: Key) -> Words | None:
    """Of the first and last period of a series that part which is asked for, where it is not the whole."""
    span = next((one for one in found.spans if one.until.isoformat() == period), None)
    if span is None:
        return None
    whole = series.MONTHS[TIMES[found.question.time or "year"][1]]
    if span.since.day > 1 or (span.since.month - 1) % whole:
        return Words(f"từ {span.since:%d/%m}", f"from {span.since:%d/%m}")
    if (span.until + timedelta(days=1)).day > 1 or span.until.month % whole:
        return Words(f"đến {span.until:%d/%m}", f"to {span.until:%d/%m}")
    return None


def spans_of(one: Question, today: date) -> tuple[Span, ...]:
    """The periods of a series."""
    return _series(one, today, one.organization or None).spans


# What was asked, in words


def title(one: Question) -> Words:
    """'Số người có mặt theo bộ, tỉnh và giới tính'."""
    figure = one.figure
    if figure is None:
        return Words("Thống kê", "Statistics")
    named = [label(name) for name in (*one.rows, one.column) if name]
    also = [_small(each.vi) for each in _beside(one)], [_small(each.en) for each in _beside(one)]
    figures = Words(", ".join([figure.label.vi, *also[0]]), ", ".join([figure.label.en, *also[1]]))
    if not named:
        return figures
    vi, en = ([_small(getattr(words, side)) for words in named] for side in ("vi", "en"))
    return Words(f"{figures.vi} theo {_listed(vi, ' và ')}", f"{figures.en} by {_listed(en, ' and ')}")


def _beside(one: Question) -> list[Words]:
    return [MEASURES[name].label for name in one.also if name in MEASURES]


def _listed(words: list[str], last: str) -> str:
    return last.join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]


def _small(text: str) -> str:
    """A label within a sentence: small, but for what is written large everywhere."""
    return text if text[:2].isupper() else text[:1].lower() + text[1:]


@dataclass(frozen=True)
class Condition:
    """A filter in words, and the one word of the address that it is."""

    word: str
    words: Words


def conditions(session: Session, one: Question, today: date) -> list[Condition]:
    """Every filter with the names of dimension and key."""
    units = _units(session, {key for name, _, key in map(_split, one.where) if name in PLACES})
    found = []
    for word in one.where:
        name, _, key = _split(word)
        if name not in DIMENSIONS or not key:
            found.append(Condition(word, Words(word, word)))
            continue
        said, named = DIMENSIONS[name].label, _key(session, name, key, units, today)
        found.append(Condition(word, Words(f"{said.vi}: {named.vi}", f"{said.en}: {named.en}")))
    return found


def _split(word: str) -> tuple[str, str, str]:
    return word.partition(":")


def _units(session: Session, codes: set[str]) -> dict[str, Words]:
    if not codes:
        return {}
    version = OrganizationVersion
    rows = session.execute(
        sa.select(Organization.code, version.name, version.name_en)
        .join(version, version.organization_id == Organization.id)
        .where(Organization.code.in_(sorted(codes)), version.recorded_to.is_(None))
        .order_by(version.valid_from)
    )
    return {row.code: Words(row.name, row.name_en or row.name) for row in rows}


def _key(session: Session, name: str, key: str, units: Mapping[str, Words], today: date) -> Words:
    if key == NONE:
        return NOT_RECORDED
    if name in PLACES:
        return units.get(key, Words(key, key))
    return DIMENSIONS[name].names(listed(session, name, today)).get(key, Words(key, key))


def listed(session: Session, name: str, today: date) -> dict[str, Item]:
    """The rows of a dimension's list on the day, by key; empty where no list codes it."""
    catalogue = DIMENSIONS[name].catalogue
    return {one.key: one for one in lists.items_on(session, catalogue, today)} if catalogue else {}


def keys_of(session: Session, name: str, today: date) -> dict[str, Words]:
    """The keys that one may filter by, with their names; of ministries and provinces those that stand today."""
    if name == "ministry_or_province":
        return _bodies(session, today)
    return DIMENSIONS[name].names(listed(session, name, today))


HEADINGS = ("nha_nuoc", "nhom")


def _bodies(session: Session, today: date) -> dict[str, Words]:
    """Ministries and provinces: the topmost units below the headings."""
    version, above = OrganizationVersion, sa.orm.aliased(OrganizationVersion)

    def stands(one: Any) -> sa.ColumnElement[bool]:
        return sa.and_(
            one.recorded_to.is_(None),
            one.valid_from <= today,
            sa.or_(one.valid_to.is_(None), one.valid_to > today),
        )

    rows = session.execute(
        sa.select(Organization.code, version.name, version.name_en)
        .join(version, version.organization_id == Organization.id)
        .join(above, above.organization_id == version.parent_id)
        .where(stands(version), stands(above), above.kind.in_(HEADINGS), version.kind.not_in(HEADINGS))
        .order_by(Organization.ord)
    )
    return {row.code: Words(row.name, row.name_en or row.name) for row in rows}


def circumstances(found: Answer) -> list[Words]:
    """What the figures stand for: days, tree, unit; one sentence each."""
    one, table = found.question, found.table
    said = [_days(found)]
    if names_units(one) or one.organization:
        said.append(OF_TODAY_TREE if table.tree == "today" else OF_DAY_TREE)
    if table.organization is not None:
        name = table.organization[1]
        said.append(Words(f"Trong: {name.vi}", f"Within: {name.en}"))
    return said


def _days(found: Answer) -> Words:
    on = vn(found.table.as_of)
    if found.question.forecast:
        return Words(f"Nhìn từ ngày {on}", f"Looking ahead from {on}")
    if found.spans:
        first = vn(found.spans[0].since)
        return Words(f"Từ {first} đến {on}", f"{first} to {on}")
    if found.question.compare:
        before = vn(date.fromisoformat(found.question.compare))
        return Words(f"Ngày {before} và ngày {on}", f"{before} and {on}")
    if found.since is not None:
        return Words(f"Kỳ {vn(found.since)} - {on}", f"Period {vn(found.since)} - {on}")
    return Words(f"Tại ngày {on}", f"As of {on}")


# Saved views


def list_views(session: Session, actor: Actor) -> list[StatisticsView]:
    """The reader's own views, by name."""
    mine = StatisticsView.owner_id == actor.user_id
    return list(session.scalars(sa.select(StatisticsView).where(mine).order_by(StatisticsView.name)))


def count_views(session: Session, actor: Actor) -> int:
    """How many views the reader has."""
    mine = StatisticsView.owner_id == actor.user_id
    return session.scalar(sa.select(sa.func.count()).select_from(StatisticsView).where(mine)) or 0


def get_view(session: Session, uid: str) -> StatisticsView:
    """One view by its id; NotFound for that of somebody else too."""
    return get_by_uid(session, StatisticsView, uid)
