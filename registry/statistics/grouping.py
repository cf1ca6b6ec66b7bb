"""The groups of a question as one statement: the rows of each population it needs, placed, filtered, grouped, put together."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Select,
    Subquery,
    Text,
    and_,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from registry.catalogues.lists import Item
from registry.periods import AsOf
from registry.statistics.asking import CrossTab
from registry.statistics.days import Day, Days, Looked
from registry.statistics.dimensions import DIMENSIONS, NONE, PLACED
from registry.statistics.measures import PARTS, measure_of
from registry.statistics.placing import places
from registry.statistics.populations import POPULATIONS, Population, Window

Lists = Mapping[str, Mapping[str, Item]]


def grouped(
    session: Session,
    query: CrossTab,
    window: Window,
    under: int | None,
    lists: Lists,
    spans: FromClause | None = None,
) -> Subquery:
    """One row a group: key_0… in the order of `by`, each part, `there`; with spans (since, until, tree_day) a group for
    each, with `until` after the keys.
    """
    parts = list(dict.fromkeys(part for one in query.measures for part in measure_of(one).parts))
    place = place_of(query, query.used(), window, under)
    each = [
        _of_population(session, query, window, population, parts, place, under, lists, spans)
        for population in (POPULATIONS[of] for of in dict.fromkeys(PARTS[part].of for part in parts))
    ]
    names = [*(f"key_{at}" for at in range(len(query.by))), *(["until"] if spans is not None else [])]
    if len(each) == 1:
        return each[0].subquery("groups")
    together = union_all(*each).subquery("together")
    return (
        select(
            *(together.c[name] for name in names),
            *(_whole(part, func.sum(together.c[part])).label(part) for part in parts),
            literal_column("true").label("there"),
        )
        .group_by(*(together.c[name] for name in names))
        .subquery("groups")
    )


def _whole(part: str, total: ColumnElement[Any]) -> ColumnElement[Any]:
    return cast(total, BigInteger) if PARTS[part].whole else total


def place_of(
    query: CrossTab, dimensions: Collection[str], window: Window, under: int | None
) -> Subquery | None:
    """Where units stand, if it matters to these dimensions or a chosen unit: on the day or days asked for, or today."""
    if under is None and PLACED.isdisjoint(dimensions):
        return None
    tree: Looked = AsOf(query.today) if query.tree == "today" else window.tree
    return places(tree, under)


def _of_population(
    session: Session,
    query: CrossTab,
    window: Window,
    population: Population,
    parts: list[str],
    place: Subquery | None,
    under: int | None,
    lists: Lists,
    spans: FromClause | None,
) -> Select[Any]:
    """The groups of one population; parts of others are 0."""
    own = [part for part in parts if PARTS[part].of == population.id]
    rows = population.build(session, window, needed(query, own))
    on = looked_on(rows, population, window)
    keys = keys_of(query, rows, place, on, lists)
    # Grouped by the output names of the keys: repeated with new parameters they would be other expressions.
    names = [f"key_{at}" for at in range(len(query.by))]
    columns = [keys[one].label(name) for one, name in zip(query.by, names, strict=True)]
    if spans is not None:
        names, columns = [*names, "until"], [*columns, spans.c.until.label("until")]
    statement = select(
        *columns,
        *((PARTS[part].sum(rows, on) if part in own else literal_column("0")).label(part) for part in parts),
        literal_column("true").label("there"),
    ).select_from(joined(rows, population, place, spans))
    if under is not None and place is not None:
        statement = statement.where(place.c.unit.is_not(None))
    for condition in kept(query, keys):
        statement = statement.where(condition)
    return statement.group_by(*(text(name) for name in names))


def needed(query: CrossTab, parts: list[str]) -> frozenset[str]:
    """The columns of the rows that the dimensions used and these parts read."""
    read = {DIMENSIONS[one].column for one in query.used() if one not in PLACED}
    return frozenset(read).union(*(PARTS[part].columns for part in parts))


def looked_on(rows: FromClause, population: Population, window: Window) -> Day:
    """The day on which rows are looked at: their own, or the one asked for."""
    if "day" in rows.c:
        return rows.c.day
    at = window.before if population.id == "before" else window.on
    assert isinstance(at, AsOf)
    return at.on


def keys_of(
    query: CrossTab, rows: FromClause, place: Subquery | None, on: Day, lists: Lists
) -> dict[str, ColumnElement[Any]]:
    """The key of every dimension used."""
    keys: dict[str, ColumnElement[Any]] = {}
    for one in query.used():
        source = place if one in PLACED else rows
        assert source is not None
        dimension = DIMENSIONS[one]
        keys[one] = cast(dimension.key(source.c[dimension.column], on, lists[one]), Text)
    return keys


def joined(
    rows: FromClause, population: Population, place: Subquery | None, spans: FromClause | None
) -> FromClause:
    """Rows with the span each belongs to, and with their place in the tree of the last day of it."""
    source = rows if spans is None else rows.join(spans, population.falls(rows, spans))
    if place is None:
        return source
    same_day = place.c.day == spans.c.tree_day if spans is not None and "day" in place.c else true()
    return source.outerjoin(place, and_(place.c.organization_id == rows.c.organization_id, same_day))


def kept(query: CrossTab, keys: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[bool]]:
    """The conditions of the filters."""
    return [_among(keys[dimension], values) for dimension, values in query.filters().items()]


def _among(key: ColumnElement[Any], values: list[str]) -> ColumnElement[bool]:
    given = [one for one in values if one != NONE]
    return or_(*([key.in_(given)] if given else []), *([key.is_(None)] if NONE in values else []))


def days_of(spans: FromClause, name: str) -> Days:
    """The different days of a column of spans, to be looked at."""
    return Days(select(spans.c[name].label("day")).distinct().subquery(f"days_of_{name}"))
