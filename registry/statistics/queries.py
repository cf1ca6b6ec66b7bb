"""crosstab(): the one way to a table of statistics, answered by PostgreSQL; another engine would stand here.

Runs as the role that counts (registry_stats): it may read what is grouped by and summed, and no name.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Subquery, func, select, true
from sqlalchemy.orm import Session

from registry.catalogues.lists import Item, items
from registry.changes.models import Change
from registry.officials.models import OfficialCurrent
from registry.organizations.models import Organization
from registry.periods import AsOf
from registry.statistics import tables
from registry.statistics.asking import CrossTab, Flaws
from registry.statistics.days import eve
from registry.statistics.dimensions import DIMENSIONS, NONE, NOT_RECORDED, PLACES
from registry.statistics.events import Period
from registry.statistics.grouping import Lists, grouped
from registry.statistics.measures import MEASURES, Parts, add
from registry.statistics.placing import versions
from registry.statistics.populations import Window
from registry.statistics.tables import Key, Snapshot, Table
from registry.words import Words

MOST_ROWS = 20_000
SHOWN_KEYS = 40


def crosstab(session: Session, query: CrossTab) -> Table:
    """The table asked for: one statement over the persons, besides looking up units, lists and names.

    The snapshot is named in that same statement, so it is the state that was counted. Raises Invalid for a
    unit or a key that does not exist, and for a table of more than MOST_ROWS rows.
    """
    late, units = _look_up(session, query)
    lists = _lists(session, query)
    _check(query, units, lists)
    under = units[query.organization_code] if query.organization_code else None
    found = session.execute(_statement(session, query, late, under, lists)).all()
    if len(found) > MOST_ROWS:
        _refuse_size()
    names = _names(session, query, found, lists)
    rows = _rows(query, [one for one in found if one.there], names)
    taken_at: datetime = found[0].taken_at
    return Table(
        columns=_columns(query),
        rows=rows,
        total=_figures(query, (), (), add((row.parts for row in rows), parts_of(query))),
        as_of=query.as_of.on,
        known_at=query.as_of.known_at or taken_at,
        tree=query.tree,
        snapshot=Snapshot(f"S{found[0].change_id or 0}-{query.as_of.on:%Y%m%d}", taken_at),
        organization=_organization(query, names),
        names={dimension: names[dimension] for dimension in query.by},
    )


def _look_up(session: Session, query: CrossTab) -> tuple[bool, dict[str, int]]:
    """Whether a future-dated fact is due that the present state does not show yet; ids of the units named."""
    codes = {key for dimension, key in query.where if dimension in PLACES and key != NONE}
    codes |= {query.organization_code} if query.organization_code else set()
    turned = select(OfficialCurrent.turns_on).where(OfficialCurrent.turns_on <= query.today)
    due = select(turned.exists().label("late")).subquery("due")
    rows = session.execute(
        select(due.c.late, Organization.code, Organization.id)
        .select_from(due)
        .outerjoin(Organization, Organization.code.in_(sorted(codes)))
    ).all()
    return rows[0].late, {row.code: row.id for row in rows if row.code is not None}


def _lists(session: Session, query: CrossTab) -> Lists:
    """The code lists of the dimensions used: keys in order, each with its row on the day, else its last."""
    chosen: dict[str, dict[str, Item]] = {}
    for dimension in query.used():
        rows = chosen.setdefault(dimension, {})
        catalogue = DIMENSIONS[dimension].catalogue
        for one in filter(DIMENSIONS[dimension].lists, items(session, catalogue) if catalogue else ()):
            known = rows.get(one.key)
            if known is None or one.holds(query.as_of.on) or not known.holds(query.as_of.on):
                rows[one.key] = one
    return chosen


def _check(query: CrossTab, units: Mapping[str, int], lists: Lists) -> None:
    """Raise Invalid for units and keys that do not exist: a slip of the pen must not read as nobody."""
    flaws = Flaws()
    code = query.organization_code
    if code and code not in units:
        flaws.add(
            "organization",
            "unknown",
            f"Không có đơn vị mã “{code}”.",
            f"There is no organization with the code '{code}'.",
        )
    for dimension, key in query.where:
        if key != NONE and not DIMENSIONS[dimension].groups:
            _check_key(flaws, dimension, key, units if dimension in PLACES else lists[dimension])
    flaws.refuse()


def _check_key(flaws: Flaws, dimension: str, key: str, known: Collection[str]) -> None:
    path, listed_at = f"where.{dimension}", f"/catalogues/{DIMENSIONS[dimension].catalogue}"
    if key in known:
        return
    if dimension not in PLACES and len(known) <= SHOWN_KEYS:
        flaws.unknown(path, key, (*known, NONE))
        return
    where = "/organizations" if dimension in PLACES else listed_at
    flaws.add(path, "unknown", f"Không có “{key}”, xem {where}.", f"There is no '{key}', see {where}.")


def _refuse_size() -> None:
    flaws = Flaws()
    flaws.add(
        "by",
        "too_many_rows",
        f"Bảng có hơn {MOST_ROWS} dòng. Bớt một chiều hoặc lọc hẹp lại.",
        f"The table has more than {MOST_ROWS} rows. Leave out a dimension or filter more narrowly.",
    )
    flaws.refuse()


# The statement


def parts_of(query: CrossTab) -> tuple[str, ...]:
    """The sums to fetch."""
    return tuple(dict.fromkeys(part for one in query.measures for part in MEASURES[one].parts))


def _statement(session: Session, query: CrossTab, late: bool, under: int | None, lists: Lists) -> Select[Any]:
    """One row a group: keys in the order of `by`, parts, snapshot; without groups only the snapshot."""
    window = Window(
        query.as_of,
        AsOf(eve(query.starts_on), query.as_of.known_at),
        Period(query.starts_on, query.as_of.on, query.as_of.known_at),
        query.of_the_present and not late,
    )
    return with_snapshot(query.as_of.known_at, grouped(session, query, window, under, lists), MOST_ROWS + 1)


def with_snapshot(known_at: datetime | None, groups: Subquery, most: int) -> Select[Any]:
    """Groups with the state counted: its newest approved change and the moment; one row where there is no group."""
    change = select(Change.id).where(Change.status == "approved")
    if known_at is not None:
        change = change.where(Change.decided_at <= known_at)
    newest = change.order_by(Change.decided_at.desc(), Change.id.desc()).limit(1).scalar_subquery()
    snapshot = select(func.statement_timestamp().label("taken_at"), newest.label("change_id")).subquery(
        "snapshot"
    )
    return select(groups, snapshot).select_from(snapshot.outerjoin(groups, true())).limit(most)


def _tree(query: CrossTab) -> AsOf:
    return AsOf(query.today) if query.tree == "today" else query.as_of


# The answer


Names = dict[str, dict[Key, Words]]


def _names(session: Session, query: CrossTab, found: Sequence[Row[Any]], lists: Lists) -> Names:
    """Keys and their names in order, by dimension; units by the names they bear in the tree used.

    A key that its list does not know is its own name; no key at all comes last.
    """
    keys = {one: {row[at] for row in found} - {None} for at, one in enumerate(query.by)}
    codes = {query.organization_code} if query.organization_code else set()
    codes = codes.union(*(keys[one] for one in PLACES & set(query.by)))
    units = _unit_names(session, _tree(query), codes) if codes else {}
    names: Names = {"organization": dict(units.items())}
    for dimension in query.by:
        listed = units if dimension in PLACES else DIMENSIONS[dimension].names(lists[dimension])
        rest = {key: Words(key, key) for key in sorted(keys[dimension]) if key not in listed}
        names[dimension] = dict((*listed.items(), *rest.items(), (None, NOT_RECORDED)))
    return names


def _unit_names(session: Session, tree: AsOf, codes: Collection[str]) -> dict[str, Words]:
    version = versions(tree)
    rows = session.execute(
        select(Organization.code, version.c.name, version.c.name_en)
        .outerjoin(version, version.c.organization_id == Organization.id)
        .where(Organization.code.in_(sorted(codes)))
        .order_by(Organization.ord, Organization.id)
    )
    return {row.code: Words(row.name or row.code, row.name_en or row.name or row.code) for row in rows}


def _rows(query: CrossTab, found: Sequence[Row[Any]], names: Names) -> tuple[tables.Row, ...]:
    """The groups, in the order of their lists."""
    order = [{key: at for at, key in enumerate(names[dimension])} for dimension in query.by]
    rows = []
    for one in found:
        keys = tuple(one[: len(query.by)])
        called = tuple(names[dimension][key] for dimension, key in zip(query.by, keys, strict=True))
        rows.append(_figures(query, keys, called, {part: one._mapping[part] for part in parts_of(query)}))
    return tuple(
        sorted(rows, key=lambda row: [place[key] for place, key in zip(order, row.keys, strict=True)])
    )


def _organization(query: CrossTab, names: Names) -> tuple[str, Words] | None:
    code = query.organization_code
    return (code, names["organization"][code]) if code else None


def _columns(query: CrossTab) -> tuple[tables.Column, ...]:
    grouped = (tables.Column(DIMENSIONS[one], is_measure=False) for one in query.by)
    measured = (tables.Column(MEASURES[one], is_measure=True) for one in query.measures)
    return (*grouped, *measured)


def _figures(
    query: CrossTab, keys: tuple[str | None, ...], names: tuple[Words, ...], parts: Parts
) -> tables.Row:
    return tables.Row(keys, names, tuple(MEASURES[one].figure(parts) for one in query.measures), parts)
