"""Posts with their quotas and how many people fill them: figures of units, not of persons.

Quotas have one clock, the day; who fills a post has both. Who fills which post: registry.organizations.queries.find_positions.
"""

from typing import Any, cast

from sqlalchemy import ColumnElement, FromClause, Subquery, Table, and_, func, or_, select, true
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from registry.organizations.models import Position
from registry.statistics.days import Days, Looked, clock, crossed
from registry.statistics.people import people_on

COLUMNS = frozenset({"organization_id", "position", "category"})


def posts_on(session: Session, at: Looked) -> Subquery:
    """One row a post of a unit: organization_id, position, category, quota, filled; of many days one a day, with `day`.

    A leading post is filled by whoever holds its position there, any other by whoever has its title as job position.
    """
    post, filled = _posts(at), _filled(session, at)
    days = [post.c.day] if isinstance(at, Days) else []
    return (
        select(
            *days,
            post.c.organization_id,
            post.c.position,
            post.c.category,
            post.c.quota,
            func.coalesce(filled.c.people, 0).label("filled"),
        )
        .outerjoin(filled, and_(filled.c.id == post.c.id, _same_day(filled, post)))
        .subquery("posts")
    )


def _same_day(left: FromClause, right: FromClause) -> ColumnElement[bool]:
    return left.c.day == right.c.day if "day" in left.c else true()


def _posts(at: Looked) -> Subquery:
    table = cast(Table, Position.__table__)
    days, source = crossed(at)
    on = clock(at).on
    keys: list[ColumnElement[Any]] = [
        *days,
        table.c.organization_id,
        table.c.title,
        table.c.position,
        table.c.category,
    ]
    return (
        select(*keys, func.sum(table.c.quota).label("quota"), func.min(table.c.id).label("id"))
        .select_from(table if source is None else table.join(source, true()))
        .where(table.c.valid_from <= on, or_(table.c.valid_to.is_(None), table.c.valid_to > on))
        .group_by(*keys)
        .subquery("quotas")
    )


def _filled(session: Session, at: Looked) -> Subquery:
    """How many people fill each post, by the post's id; nobody fills two."""
    people = people_on(session, at, ("official_id", "position", "job_position"))
    post = _posts(at)
    named = post.c.title == people.c.job_position
    fits = or_(
        post.c.position == people.c.position,
        and_(post.c.position.is_(None), people.c.position.is_(None), named),
    )
    keys = [*([people.c.day] if isinstance(at, Days) else []), people.c.official_id]
    chosen = (
        select(*keys, post.c.id)
        .join(post, and_(post.c.organization_id == people.c.organization_id, fits, _same_day(post, people)))
        .ext(distinct_on(*keys))
        .order_by(*keys, named.desc().nulls_last(), post.c.id)
        .subquery("chosen")
    )
    days = [chosen.c.day] if isinstance(at, Days) else []
    return (
        select(*days, chosen.c.id, func.count().label("people"))
        .group_by(*days, chosen.c.id)
        .subquery("filled")
    )
