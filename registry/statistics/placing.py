"""Where a unit belongs on a day: its ministry or province, and its place under a chosen organization.

Every unit has one unit it counts under: its parent while it stands; once ended its successor, else its last
parent. These links make a forest, walked from the tops down, once for all units. What lies in a ring is under
no top and stays without a place.
"""

from datetime import date
from typing import cast

from sqlalchemy import CTE, ColumnElement, Subquery, Table, case, false, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.sql.functions import coalesce

from registry.organizations.models import Organization, OrganizationSuccessor, OrganizationVersion
from registry.periods import AsOf, recorded_at

HEADINGS = ("nha_nuoc", "nhom")
"""Kinds of units that only gather bodies; the topmost one below them is the ministry or province."""


def versions(as_of: AsOf) -> Subquery:
    """The version that speaks for each unit on the day; `stands` is false where the unit has ended.

    The last that has begun, which is the one in force if any is; else the first to come: a fact may name a
    unit before the unit's first recorded version, and then this one is the best there is.
    """
    version = cast(Table, OrganizationVersion.__table__)
    begun = version.c.valid_from <= as_of.on
    return (
        select(
            version.c.organization_id,
            version.c.parent_id,
            version.c.kind,
            version.c.name,
            version.c.name_en,
            or_(version.c.valid_to.is_(None), version.c.valid_to > as_of.on).label("stands"),
        )
        .where(recorded_at(version, as_of))
        .ext(distinct_on(version.c.organization_id))
        .order_by(version.c.organization_id, begun.desc(), func.abs(version.c.valid_from - as_of.on))
        .subquery("version")
    )


def _heirs(day: date) -> Subquery:
    """One successor of each unit by that day: of several the first in the order of the tree."""
    link, unit = OrganizationSuccessor.__table__, Organization.__table__
    return (
        select(link.c.predecessor_id, link.c.successor_id)
        .join(unit, unit.c.id == link.c.successor_id)
        .where(link.c.on <= day)
        .ext(distinct_on(link.c.predecessor_id))
        .order_by(link.c.predecessor_id, unit.c.ord, unit.c.id)
        .subquery("heir")
    )


def counted_under(as_of: AsOf, name: str = "links") -> CTE:
    """Of every unit: `id`, `kind`, whether it stands, whether it is a body, and `up`, the unit it counts under."""
    version, heir = versions(as_of), _heirs(as_of.on)
    return (
        select(
            version.c.organization_id.label("id"),
            (version.c.stands & version.c.kind.not_in(HEADINGS)).label("is_body"),
            version.c.stands,
            version.c.kind,
            case(
                (version.c.stands, version.c.parent_id),
                else_=coalesce(heir.c.successor_id, version.c.parent_id),
            ).label("up"),
        )
        .outerjoin(heir, heir.c.predecessor_id == version.c.organization_id)
        .cte(name)
    )


def places(as_of: AsOf, under: int | None) -> Subquery:
    """Of every unit: organization_id, its `kind`, the codes of its `body` (ministry or province) and its `unit`.

    `unit` is the child of `under` that the unit belongs to, or `under` itself; null outside.
    """
    links = counted_under(as_of)
    chosen = _is(links.c.id, under)
    tops = select(
        links.c.id,
        links.c.kind,
        case((links.c.is_body, links.c.id)).label("body"),
        case((chosen, links.c.id)).label("unit"),
    ).where(links.c.up.is_(None))
    walk = tops.cte("walk", recursive=True)
    walk = walk.union_all(
        select(
            links.c.id,
            links.c.kind,
            coalesce(walk.c.body, case((links.c.is_body, links.c.id))),
            case(
                (chosen, links.c.id),
                (_is(walk.c.id, under) & links.c.stands, links.c.id),
                else_=walk.c.unit,
            ),
        ).where(links.c.up == walk.c.id)
    )
    body, unit = Organization.__table__.alias("body"), Organization.__table__.alias("unit")
    return (
        select(
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
