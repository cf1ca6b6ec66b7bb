"""From a figure to the persons it counts, for those who may read their records: asked as the reader, within the reader's scope.

Row-level security decides who is seen: whoever is outside the scope today is neither listed nor counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, FromClause, Select, cast, func, select, true, tuple_
from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.cursors import read_cursor, write_cursor
from registry.officials.models import OfficialCurrent
from registry.organizations.models import Organization
from registry.periods import AsOf, PartialDate
from registry.statistics import asking, queries, series
from registry.statistics.asking import CrossTab, Flaws
from registry.statistics.days import eve
from registry.statistics.events import Period
from registry.statistics.grouping import Lists, joined, kept, keys_of, looked_on, needed, place_of
from registry.statistics.measures import FORECASTS, PARTS, measure_of
from registry.statistics.placing import versions
from registry.statistics.populations import POPULATIONS, Window

SHOWN = ("position", "job_position", "rank", "step", "coefficient", "status", "category")


@dataclass(frozen=True)
class Drill:
    """`query` has one measure; `cell` narrows it once more, dimension by dimension. `ahead`: first and last day of the
    period of a forecast, whose `query.as_of` is the day from which one looks ahead.
    """

    query: CrossTab
    cell: CrossTab
    limit: int
    cursor: str | None = None
    ahead: tuple[date, date] | None = None

    @property
    def period(self) -> Period:
        """The days whose events are counted."""
        first, last = self.ahead or (self.query.starts_on, self.query.as_of.on)
        return Period(first, last, self.query.as_of.known_at)


@dataclass(frozen=True)
class Counted:
    """A page of those counted: `count` is the figure within the reader's scope."""

    items: list[dict[str, Any]]
    next_cursor: str | None
    count: int


def parse(
    *,
    today: date,
    measure: str | None = None,
    cell: Sequence[str] | None = None,
    limit: int = 50,
    cursor: str | None = None,
    until: str | None = None,
    **words: Any,
) -> Drill:
    """A figure from the parts of a query string: the question of its table, one measure, and the cell; of a forecast its
    period from `since` to `until`, left out all ten years.

    Raises Invalid with a flaw a wrong part.
    """
    if measure in FORECASTS:
        start = words.pop("since", None)
        whole = series.parse_forecast(measure, today=today, start=start, end=until, **words)
        part = series.parse_forecast(
            measure, today=today, start=start, end=until, **(words | {"where": cell})
        )
        ahead = (whole.spans[0].since, whole.spans[-1].until)
        return Drill(whole.query, part.query, limit, cursor, ahead)
    if until:
        flaws = Flaws()
        flaws.add("until", "forecasts_only", "Chỉ dùng cho dự báo.", "Of forecasts only.")
        flaws.refuse()
    query = asking.parse(today=today, measures=measure, **words)
    if len(query.measures) > 1:
        flaws = Flaws()
        flaws.add("measure", "too_many", "Chọn một chỉ tiêu.", "Choose one measure.")
        flaws.refuse()
    narrowed = asking.parse(today=today, measures=measure, **(words | {"where": cell}))
    return Drill(query, narrowed, limit, cursor)


def check_reader(asked: Drill, classes: frozenset[Sensitivity]) -> None:
    """Raise Forbidden for a question that would tell of persons what the reader may not see of them, Invalid for a measure
    that counts no persons.
    """
    measure = measure_of(asked.query.measures[0])
    if not measure.of_persons():
        flaws = Flaws()
        flaws.add(
            "measure",
            "no_persons",
            f"“{measure.label.vi}” không đếm người.",
            f"'{measure.label.en}' counts no persons.",
        )
        flaws.refuse()
    asking.check_reader(asked.query, classes)
    asking.check_reader(asked.cell, classes)


def counted(session: Session, asked: Drill, classes: frozenset[Sensitivity]) -> Counted:
    """Exactly the persons (or events) that the figure of the cell counts, within the reader's scope, by name; of the
    person only what the reader may see.

    Raises Invalid for a unit or key that does not exist, or a cursor that is none.
    """
    query = asked.query
    late, units = queries.look_up(session, asked.cell)
    _, more = queries.look_up(session, query)
    units |= more
    lists = {**queries.lists_of(session, query), **queries.lists_of(session, asked.cell)}
    queries.check(query, units, lists)
    queries.check(asked.cell, units, lists)
    under = units[query.organization_code] if query.organization_code else None
    rows = _rows(session, asked, late, under, lists)
    number = session.execute(select(func.count()).select_from(rows)).scalar_one()
    found = session.execute(_page(query, rows, asked)).all()
    shown = found[: asked.limit]
    following = None
    if len(found) > asked.limit:
        last = shown[-1]
        following = write_cursor(last.sort_key, last.official_id, last.turned_on.isoformat())
    return Counted([_item(dict(one._mapping), "personal" in classes) for one in shown], following, number)


def _rows(session: Session, asked: Drill, late: bool, under: int | None, lists: Lists) -> FromClause:
    """The rows that the measure counts and that lie in the cell."""
    query, cell = asked.query, asked.cell
    parts = measure_of(query.measures[0]).parts
    part = next((one for one in parts if PARTS[one].counts), parts[0])
    population = POPULATIONS[PARTS[part].of]
    window = Window(
        query.as_of,
        AsOf(eve(query.starts_on), query.as_of.known_at),
        asked.period,
        query.as_of,
        query.of_the_present and not late,
    )
    columns = needed(query, [part]) | needed(cell, []) | {"official_id", *SHOWN}
    people = population.build(session, window, frozenset(columns))
    place = place_of(query, [*query.used(), *cell.used()], window, under)
    on = looked_on(people, population, window)
    conditions: list[ColumnElement[bool]] = []
    for one in (query, cell):
        conditions += kept(one, keys_of(one, people, place, on, lists))
    counts = PARTS[part].counts
    turned_on: Any = people.c.turned_on if "turned_on" in people.c else query.as_of.on
    statement = select(
        people.c.official_id,
        people.c.organization_id,
        *(people.c[name] for name in SHOWN),
        cast(turned_on, Date).label("turned_on"),
    ).select_from(joined(people, population, place, None))
    return statement.where(
        *conditions,
        counts(people, on) if counts else true(),
        place.c.unit.is_not(None) if place is not None and under is not None else true(),
    ).subquery("counted")


def _page(query: CrossTab, rows: FromClause, asked: Drill) -> Select[Any]:
    """A page by name, with what a list of officials shows of each."""
    person, unit = OfficialCurrent.__table__, Organization.__table__
    version = versions(queries.tree_of(query))
    order = (person.c.sort_key, rows.c.official_id, rows.c.turned_on)
    names: Iterable[str] = ("personal_id", "staff_code", "full_name", "birth_date", "birth_date_precision")
    statement = (
        select(
            rows,
            person.c.uid.label("id"),
            *(person.c[name] for name in names),
            person.c.sex,
            person.c.sort_key,
            unit.c.code.label("organization_code"),
            version.c.name.label("organization_name"),
        )
        .join(person, person.c.official_id == rows.c.official_id)
        .outerjoin(unit, unit.c.id == rows.c.organization_id)
        .outerjoin(version, version.c.organization_id == rows.c.organization_id)
        .order_by(*order)
        .limit(asked.limit + 1)
    )
    if asked.cursor:
        name, official, day = read_cursor(asked.cursor, str, int, str)
        statement = statement.where(tuple_(*order) > tuple_(name, official, _day(day)))
    return statement


def _item(row: dict[str, Any], personal: bool) -> dict[str, Any]:
    """As in the list of officials, with `on`, the day of the event or the day asked for; `official_id` is for the trail."""
    precision, born, sex = row.pop("birth_date_precision"), row.pop("birth_date"), row.pop("sex")
    row["organization"] = {"code": row.pop("organization_code"), "name": row.pop("organization_name")}
    row["on"] = row.pop("turned_on").isoformat()
    row["id"] = str(row["id"])
    row["coefficient"] = None if row["coefficient"] is None else str(row["coefficient"])
    row.pop("sort_key")
    row.pop("organization_id")
    if personal:
        row |= {"birth_date": PartialDate(born, precision).to_json(), "sex": sex}
    return row


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.max
