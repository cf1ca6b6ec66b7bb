"""crosstab(): the one way to a table of statistics.

What is recorded now is counted in the columnar snapshot of the process (snapshot/), where the session carries one; what was
recorded earlier, and whatever the snapshot does not hold, by PostgreSQL. Both say the same, cell by cell. Runs as the
role that counts (registry_stats): it may read what is grouped by and summed, and no name.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, partial
from typing import Any

from sqlalchemy import Select, Subquery, func, select, true
from sqlalchemy.orm import Session

from registry.catalogues.lists import Item, items, made_of
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
from registry.statistics.groups import Groups, Key
from registry.statistics.measures import Parts, measure_of
from registry.statistics.placing import versions
from registry.statistics.populations import Window
from registry.statistics.snapshot.counting import CARRIED, Columns, Counted, Ready
from registry.statistics.snapshot.units import Units
from registry.statistics.tables import Snapshot, Table
from registry.words import Words

MOST_ROWS = 20_000
SHOWN_KEYS = 40


def crosstab(session: Session, query: CrossTab) -> Table:
    """The table asked for: one statement over the persons, besides looking up units, lists and names; from the snapshot one
    small statement, that of what changed since.

    The snapshot is named in that same statement, so it is the state that was counted. Raises Invalid for a
    unit or a key that does not exist, and for a table of more than MOST_ROWS rows.
    """
    lists, parts = lists_of(session, query), parts_of(query)
    ready = ready_for(session, query, parts)
    late, units = (False, ready.units_of(codes_of(query))) if ready else look_up(session, query)
    check(query, units, lists)
    under = units[query.organization_code] if query.organization_code else None
    counted = (
        ready.count(session, query, lists, parts, under)
        if ready
        else _counted(session, query, late, under, lists)
    )
    groups = counted.groups
    if groups.size > MOST_ROWS:
        refuse_size()
    names = names_of(session, query, [one.met() for one in groups.axes], lists, counted.units)
    return Table(
        columns=columns_of(query),
        groups=groups.sorted([names[one].places for one in query.by]),
        total=figures_of(query, (), (), {part: groups.parts[part].total() for part in parts}),
        as_of=query.as_of.on,
        known_at=query.as_of.known_at or counted.taken_at,
        tree=query.tree,
        snapshot=Snapshot(f"S{counted.change_id}-{query.as_of.on:%Y%m%d}", counted.taken_at),
        organization=organization_of(query, names),
        names={dimension: names[dimension].names for dimension in query.by},
    )


def ready_for(session: Session, query: CrossTab, parts: Sequence[str]) -> Ready | None:
    """The snapshot that the session carries, at the state of this moment, where it holds all that is asked."""
    columns: Columns | None = session.info.get(CARRIED)
    ready = columns.ready(session, query, parts) if columns else None
    # A unit it does not know is looked up, and refused, by PostgreSQL.
    return ready if ready is not None and ready.knows(codes_of(query)) else None


def codes_of(query: CrossTab) -> set[str]:
    """The codes of units that the question names."""
    codes = {key for dimension, key in query.where if dimension in PLACES and key != NONE}
    return codes | ({query.organization_code} if query.organization_code else set())


def _counted(session: Session, query: CrossTab, late: bool, under: int | None, lists: Lists) -> Counted:
    """The groups by PostgreSQL, and the state they were counted in, in one statement."""
    found = session.execute(_statement(session, query, late, under, lists)).all()
    return Counted(groups_of(query, found), found[0].change_id or 0, found[0].taken_at)


def groups_of(query: CrossTab, found: Sequence[Any], periods: Sequence[Key] | None = None) -> Groups:
    """The rows of a statement as groups, with the period of each before its keys, where there are periods."""
    rows = [one for one in found if one.there]
    keys = [[one[at] for one in rows] for at in range(len(query.by))]
    parts = {part: [one._mapping[part] for one in rows] for part in parts_of(query)}
    return Groups.of(keys if periods is None else [periods, *keys], parts, len(rows))


def look_up(session: Session, query: CrossTab) -> tuple[bool, dict[str, int]]:
    """Whether a future-dated fact is due that the present state does not show yet; ids of the units named."""
    turned = select(OfficialCurrent.turns_on).where(OfficialCurrent.turns_on <= query.today)
    due = select(turned.exists().label("late")).subquery("due")
    rows = session.execute(
        select(due.c.late, Organization.code, Organization.id)
        .select_from(due)
        .outerjoin(Organization, Organization.code.in_(sorted(codes_of(query))))
    ).all()
    return rows[0].late, {row.code: row.id for row in rows if row.code is not None}


def lists_of(session: Session, query: CrossTab) -> Lists:
    """The code lists of the dimensions used: keys in order, each with its row on the day, else its last."""
    return {dimension: _list_of(session, dimension, query.as_of.on) for dimension in query.used()}


def _list_of(session: Session, dimension: str, on: date) -> Mapping[str, Item]:
    one = DIMENSIONS[dimension]
    rows = items(session, one.catalogue) if one.catalogue else ()
    return made_of(rows, ("list", dimension, on), lambda: _choose(filter(one.lists, rows), on))


def _choose(rows: Iterable[Item], on: date) -> dict[str, Item]:
    chosen: dict[str, Item] = {}
    for one in rows:
        known = chosen.get(one.key)
        if known is None or one.holds(on) or not known.holds(on):
            chosen[one.key] = one
    return chosen


def check(query: CrossTab, units: Mapping[str, int], lists: Lists) -> None:
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
        one = DIMENSIONS[dimension]
        if key != NONE and not one.groups and (one.catalogue or dimension in PLACES):
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


def refuse_size() -> None:
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
    return tuple(dict.fromkeys(part for one in query.measures for part in measure_of(one).parts))


def _statement(session: Session, query: CrossTab, late: bool, under: int | None, lists: Lists) -> Select[Any]:
    """One row a group: keys in the order of `by`, parts, snapshot; without groups only the snapshot."""
    window = Window(
        query.as_of,
        AsOf(eve(query.starts_on), query.as_of.known_at),
        Period(query.starts_on, query.as_of.on, query.as_of.known_at),
        query.as_of,
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


def tree_of(query: CrossTab) -> AsOf:
    """The day whose units count, and as known when."""
    return AsOf(query.today) if query.tree == "today" else query.as_of


# The answer


@dataclass(frozen=True)
class Called:
    """The keys of a dimension and their names, in order; `places`: the place of each key."""

    names: Mapping[Key, Words]

    @cached_property
    def places(self) -> Mapping[Key, int]:
        return {key: at for at, key in enumerate(self.names)}


Names = dict[str, Called]


def names_of(
    session: Session,
    query: CrossTab,
    met: Sequence[set[Key]],
    lists: Lists,
    known: Units | None = None,
) -> Names:
    """Keys and their names in order, by dimension; units by the names they bear in the tree used.

    A key that its list does not know is its own name; no key at all comes last. `met` are the keys that occur, by
    dimension; `known` knows the names of units, else PostgreSQL is asked.
    """
    keys = {one: {*filter(None, some)} for one, some in zip(query.by, met, strict=True)}
    codes = {query.organization_code} if query.organization_code else set()
    codes = codes.union(*(keys[one] for one in PLACES & set(query.by)))
    units = known.called(tree_of(query).on, codes) if known else _unit_names(session, tree_of(query), codes)
    names = {"organization": Called(dict(units.items()))} if query.organization_code else {}
    for dimension in query.by:
        told = (dimension, query.as_of.on)
        if dimension in PLACES:
            names[dimension] = _called_in(units, told, lambda: units, keys[dimension])
        else:
            listed, naming = lists[dimension], DIMENSIONS[dimension].names
            names[dimension] = _called_in(listed, told, partial(naming, listed), keys[dimension])
    return names


def _called_in(
    source: object, told: tuple[str, date], named: Callable[[], Mapping[str, Words]], met: Set[str]
) -> Called:
    """The names that a source gives: the same for every question that meets no other key."""
    known = made_of(source, ("called", *told), lambda: _called(named()))
    return known if met <= known.names.keys() else _called(named(), met)


def _called(listed: Mapping[str, Words], met: Iterable[str] = ()) -> Called:
    """What is listed, keys that are not under their own names, and last what is not recorded."""
    rest = {key: Words(key, key) for key in sorted(met) if key not in listed}
    return Called(dict((*listed.items(), *rest.items(), (None, NOT_RECORDED))))


def _unit_names(session: Session, tree: AsOf, codes: Collection[str]) -> Mapping[str, Words]:
    if not codes:
        return {}
    version = versions(tree)
    rows = session.execute(
        select(Organization.code, version.c.name, version.c.name_en)
        .outerjoin(version, version.c.organization_id == Organization.id)
        .where(Organization.code.in_(sorted(codes)))
        .order_by(Organization.ord, Organization.id)
    )
    return {row.code: Words(row.name or row.code, row.name_en or row.name or row.code) for row in rows}


def organization_of(query: CrossTab, names: Names) -> tuple[str, Words] | None:
    code = query.organization_code
    return (code, names["organization"].names[code]) if code else None


def columns_of(query: CrossTab) -> tuple[tables.Column, ...]:
    grouped = (tables.Column(DIMENSIONS[one], is_measure=False) for one in query.by)
    measured = (tables.Column(measure_of(one), is_measure=True) for one in query.measures)
    return (*grouped, *measured)


def figures_of(
    query: CrossTab, keys: tuple[str | None, ...], names: tuple[Words, ...], parts: Parts
) -> tables.Row:
    return tables.Row(keys, names, tuple(measure_of(one).figure(parts) for one in query.measures), parts)
