"""Posts with their quotas and how many people fill them: figures of units, not of persons.

Quotas have one clock, the day; who fills a post has both. Who fills which post: registry.organizations.queries.find_positions.
"""

from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Subquery,
    Table,
    and_,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy import cast as cast_to
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
    told = ("organization_id", "position", "category", "quota")
    together = union_all(
        select(*_day(post), post.c.id, *(post.c[name] for name in told), literal_column("0").label("filled")),
        select(
            *_day(filled),
            filled.c.id,
            *(cast_to(null(), post.c[name].type) for name in told),
            filled.c.people,
        ),
    ).subquery("together")
    keys = [*_day(together), together.c.id]
    # Summed, not joined: the planner takes those who fill a post for few and would look through them for each of all posts.
    return (
        select(
            *_day(together),
            func.max(together.c.organization_id).label("organization_id"),
            func.max(together.c.position).label("position"),
            func.max(together.c.category).label("category"),
            func.sum(together.c.quota).label("quota"),
            func.sum(together.c.filled).label("filled"),
        )
        .group_by(*keys)
        .subquery("posts")
    )


def _day(source: FromClause) -> list[ColumnElement[Any]]:
    return [source.c.day] if "day" in source.c else []


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
    # Apart from the posts: the planner takes those who fill one for few, and would look for the status of each by itself.
    found = people_on(session, at, ("official_id", "position", "job_position"))
    people = select(found).cte("occupants").prefix_with("MATERIALIZED")
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
