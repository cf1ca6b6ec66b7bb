"""The units of a report: which one is asked for, its name and superior, its rows, and at which tier a unit works."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Subquery, case, func, literal, null, select
from sqlalchemy.orm import Session

from registry.catalogues.lists import items
from registry.errors import Invalid
from registry.organizations.models import Organization
from registry.periods import AsOf
from registry.statistics.placing import HEADINGS, counted_under, versions
from registry.words import Words

TIERS = {"central": "trung_uong", "province": "tinh", "district": "huyen", "commune": "xa"}
"""Level of a kind of unit (organization_kinds) → tier, from the top down; units inside a body have their body's."""
PARTY, FRONT = "co_quan_dang", "to_chuc_chinh_tri_xa_hoi"


@dataclass(frozen=True)
class Reporting:
    """The unit a report is of. `by` is the column of placing.places that says in which row a person stands."""

    id: int
    code: str
    name: Words
    superior: str
    by: str
    rows: tuple[tuple[str, Words], ...]


def reporting(session: Session, code: str, as_of: AsOf) -> Reporting:
    """The unit of that code with its rows: the units directly under it on the day, in the order of the tree.

    Of the whole state, or of a heading that only gathers bodies, the rows are the bodies. Raises Invalid for a
    code that no unit has.
    """
    version, unit = versions(as_of), Organization.__table__
    own = session.execute(
        select(unit.c.id, version.c.name, version.c.name_en, version.c.kind, version.c.parent_id)
        .outerjoin(version, version.c.organization_id == unit.c.id)
        .where(unit.c.code == code)
    ).one_or_none()
    if own is None:
        raise Invalid(
            Words(
                f"Không có đơn vị mã “{code}”. Xem mã ở trang Tổ chức.",
                f"There is no organization with the code '{code}'. Codes stand on the page of organizations.",
            ),
            "unknown_organization",
        )
    by = "body" if own.kind in HEADINGS else "unit"
    superior = session.execute(
        select(version.c.name, version.c.kind).where(version.c.organization_id == own.parent_id)
    ).one_or_none()
    return Reporting(
        own.id,
        code,
        Words(own.name or code, own.name_en or own.name or code),
        superior.name if superior and superior.kind not in HEADINGS else "",
        by,
        _rows(session, as_of, own.id, code, by),
    )


def _rows(session: Session, as_of: AsOf, unit_id: int, code: str, by: str) -> tuple[tuple[str, Words], ...]:
    """(code, name) of the unit itself and of those that are its rows."""
    version, unit, tree = versions(as_of), Organization.__table__, counted_under(as_of)
    if by == "body":
        below = select(tree.c.id).where(tree.c.id == unit_id).cte("below", recursive=True)
        step = select(tree.c.id).join(below, tree.c.up == below.c.id).where(tree.c.kind.in_(HEADINGS))
        headings = below.union(step)
        where = tree.c.up.in_(select(headings.c.id)) & tree.c.is_body
    else:
        where = (tree.c.up == unit_id) & tree.c.stands
    found = session.execute(
        select(unit.c.code, version.c.name, version.c.name_en)
        .join(tree, tree.c.id == unit.c.id)
        .join(version, version.c.organization_id == unit.c.id)
        .where(where | (unit.c.code == code))
        .order_by(unit.c.code != code, unit.c.ord, unit.c.id)
    )
    return tuple((row.code, Words(row.name, row.name_en or row.name)) for row in found)


def tiers(session: Session, as_of: AsOf, name: str = "tiers") -> Subquery:
    """Of every unit: organization_id, the tier it works at, and its block if it is of the Party side.

    The tier is that of the deepest unit above it that has one. A block: `dang` for a Party body and what is inside,
    `su_nghiep` for a public service unit under one, `mttq` for the Front and mass organizations.
    """
    tree, kinds = counted_under(as_of, f"{name}_links"), items(session, "organization_kinds")
    depth = _depth(tree.c.kind, [(one.key, one.extra["level"]) for one in kinds])
    service = tree.c.kind.in_([one.key for one in kinds if one.extra.get("public_service") == "yes"])
    walk = (
        select(tree.c.id, depth.label("depth"), _block(tree.c.kind, service, null()).label("block"))
        .where(tree.c.up.is_(None))
        .cte(f"{name}_walk", recursive=True)
    )
    walk = walk.union_all(
        select(
            tree.c.id, func.greatest(walk.c.depth, depth), _block(tree.c.kind, service, walk.c.block)
        ).where(tree.c.up == walk.c.id)
    )
    names = case(dict(enumerate(TIERS.values())), value=walk.c.depth)
    return select(walk.c.id.label("organization_id"), names.label("tier"), walk.c.block).subquery(name)


def _depth(kind: Any, levels: list[tuple[str, str]]) -> Any:
    """0 at the centre to 3 in communes; -1 for kinds of unit that are inside a body."""
    known = {key: list(TIERS).index(level) for key, level in levels if level in TIERS}
    return case(known, value=kind, else_=literal(-1))


def _block(kind: Any, service: Any, above: Any) -> Any:
    return case(
        (kind == PARTY, "dang"),
        (kind == FRONT, "mttq"),
        ((above == "dang") & service, "su_nghiep"),
        else_=above,
    )
