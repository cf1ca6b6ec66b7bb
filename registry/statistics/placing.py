"""Where a unit belongs on a day: its ministry or province, and its place under a chosen organization.

Every unit has one unit it counts under: its parent while it stands; once ended its successor, else its last
parent. These links make a forest, walked from the tops down, once for all units. What lies in a ring is under
no top and stays without a place.
"""

from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Subquery,
    Table,
    and_,
    case,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.functions import coalesce

from registry.organizations.models import Organization, OrganizationSuccessor, OrganizationVersion
from registry.periods import recorded_at
from registry.statistics.days import Looked, clock, crossed

HEADINGS = ("nha_nuoc", "nhom")
"""Kinds of units that only gather bodies; the topmost one below them is the ministry or province."""


def versions(at: Looked) -> Subquery:
    """The version that speaks for each unit on the day; `stands` is false where the unit has ended. Of many days,
    one a unit and day.

    The last that has begun, which is the one in force if any is; else the first to come: a fact may name a
    unit before the unit's first recorded version, and then this one is the best there is.
    """
    version = cast(Table, OrganizationVersion.__table__)
    on, (days, source) = clock(at).on, crossed(at)
    begun = version.c.valid_from <= on
    keys = [*days, version.c.organization_id]
    return (
        select(
            *keys,
            version.c.parent_id,
            version.c.kind,
            version.c.name,
            version.c.name_en,
            or_(version.c.valid_to.is_(None), version.c.valid_to > on).label("stands"),
        )
        .select_from(version if source is None else version.join(source, true()))
        .where(recorded_at(version, clock(at)))
        .ext(distinct_on(*keys))
        .order_by(*keys, begun.desc(), func.abs(version.c.valid_from - on))
        .subquery("version")
    )


def _heirs(at: Looked) -> Subquery:
    """One successor of each unit by that day: of several the first in the order of the tree."""
    link, unit = OrganizationSuccessor.__table__, Organization.__table__
    days, source = crossed(at)
    keys = [*days, link.c.predecessor_id]
    joined = link.join(unit, unit.c.id == link.c.successor_id)
    return (
        select(*keys, link.c.successor_id)
        .select_from(joined if source is None else joined.join(source, true()))
        .where(link.c.on <= clock(at).on)
        .ext(distinct_on(*keys))
        .order_by(*keys, unit.c.ord, unit.c.id)
        .subquery("heir")
    )


def _of_one_day(left: FromClause, right: FromClause) -> ColumnElement[bool]:
    return left.c.day == right.c.day if "day" in left.c else true()


def _day(source: FromClause) -> list[ColumnElement[Any]]:
    return [source.c.day] if "day" in source.c else []


def counted_under(at: Looked, name: str = "links") -> CTE:
    """Of every unit: `id`, `kind`, whether it stands, whether it is a body, and `up`, the unit it counts under."""
    version, heir = versions(at), _heirs(at)
    return (
        select(
            *_day(version),
            version.c.organization_id.label("id"),
            (version.c.stands & version.c.kind.not_in(HEADINGS)).label("is_body"),
            version.c.stands,
            version.c.kind,
            case(
                (version.c.stands, version.c.parent_id),
                else_=coalesce(heir.c.successor_id, version.c.parent_id),
            ).label("up"),
        )
        .outerjoin(heir, and_(heir.c.predecessor_id == version.c.organization_id, _of_one_day(heir, version)))
        .cte(name)
    )


def places(at: Looked, under: int | None) -> Subquery:
    """Of every unit: organization_id, its `kind`, the codes of its `body` (ministry or province) and its `unit`.

    `unit` is the child of `under` that the unit belongs to, or `under` itself; null outside. Of many days, one row
    a unit and day.
    """
    links = counted_under(at)
    chosen = _is(links.c.id, under)
    tops = select(
        *_day(links),
        links.c.id,
        links.c.kind,
        case((links.c.is_body, links.c.id)).label("body"),
        case((chosen, links.c.id)).label("unit"),
    ).where(links.c.up.is_(None))
    walk = tops.cte("walk", recursive=True)
    walk = walk.union_all(
        select(
            *_day(links),
            links.c.id,
            links.c.kind,
            coalesce(walk.c.body, case((links.c.is_body, links.c.id))),
            case(
                (chosen, links.c.id),
                (_is(walk.c.id, under) & links.c.stands, links.c.id),
                else_=walk.c.unit,
            ),
        ).where(links.c.up == walk.c.id, _of_one_day(links, walk))
    )
    body, unit = Organization.__table__.alias("body"), Organization.__table__.alias("unit")
    return (
        select(
            *_day(walk),
            walk.c.id.label("organization_id"),
            walk.c.kind,
            body.c.code.label("body"),
            unit.c.code.label("unit"),
        )
        .outerjoin(body, body.c.id == walk.c.body)
        .outerjoin(unit, unit.c.id == walk.c.unit)
        .subquery("place")
    )


def _is(column: ColumnElement[int], value: int | None) -> ColumnElement[bool]:
    return column == value if value is not None else false()
