"""Units: the tree on a day, opened level by level, and one unit with its past, its heirs, quota and posts."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response

from registry.access.permissions import Permission
from registry.catalogues import lists
from registry.organizations import queries
from registry.organizations.queries import Heir, Node, Unit
from registry.periods import AsOf
from web.pages import PageCall, link_to, page

rooms = Blueprint("organization_pages", __name__)
READ = Permission.ORGANIZATIONS_UNIT_READ
LEVEL = 25
"""Units of a level shown at once."""
ROOT = "VN"


@dataclass(frozen=True)
class Opened:
    """How a reader sees the tree: on which day, from which unit down, which units are open, which one is
    shown.
    """

    as_of: AsOf
    root: str
    path: tuple[str, ...]
    opened: frozenset[str]
    current: str


@page(rooms, "/to-chuc", READ)
def show_tree(call: PageCall) -> Response:
    """The tree from the reader's own unit, or the units found."""
    return _page(call, call.args.get("don-vi") or _own_root(call))


@page(rooms, "/to-chuc/<code>", READ)
def show_unit(call: PageCall, code: str) -> Response:
    """One unit beside the tree that leads to it."""
    return _page(call, code)


@page(rooms, "/to-chuc/<code>/cay", READ)
def open_branch(call: PageCall, code: str) -> Response:
    """A unit's branch of the tree, or more of it (?sau=), to be put in place; whole pages where scripts are
    off.
    """
    as_of = call.clocks()
    if not call.swaps:
        return _page(call, code)
    opened = Opened(as_of, code, (), frozenset(), "")
    after = queries.parse_cursor(call.args.get("sau"))
    if after is not None:
        return call.render("organizations/branch.html", nodes=_level(call, opened, code, after=after))
    unit = queries.get_unit(call.session, code, as_of)
    counts = _counts(call, as_of, [_as_node(unit)])
    shown = _drawn(call, opened, _as_node(unit), counts)
    return call.render("organizations/branch.html", nodes=[shown | {"children": _level(call, opened, code)}])


def _own_root(call: PageCall) -> str:
    unit = call.actor.organization
    if (
        unit is None
        or unit.organization_id is None
        or not call.actor.ranges(Permission.OFFICIALS_RECORD_READ)
    ):
        return ROOT
    return unit.code or ROOT


def _page(call: PageCall, code: str) -> Response:
    as_of = call.clocks()
    unit = queries.get_unit(call.session, code, as_of)
    root = call.args.get("goc") or _own_root(call)
    if root not in (unit.code, *(one for one, _ in unit.path)):
        root = ROOT
    above = [one for one, _ in unit.path]
    path = tuple(above[above.index(root) :] if root in above else ())
    opened = Opened(as_of, root, path, frozenset(call.args.getlist("mo")), unit.code)
    found = _search(call, as_of)
    today = as_of == AsOf(call.today)
    posts, others = queries.find_positions(call.session, unit, as_of, call.today)
    counts_people = any(
        low <= unit.ord and unit.last < high
        for low, high in call.actor.ranges(Permission.OFFICIALS_RECORD_READ)
    )
    return call.render(
        "organizations/unit.html",
        title=call.t("Tổ chức", "Organizations"),
        unit=unit,
        as_of=as_of.on,
        is_today=today,
        known_at=call.args.get("known_at", ""),
        q=call.args.get("q", ""),
        found=found,
        root=root,
        own_root=_own_root(call),
        tree=[] if found is not None else _tree(call, opened),
        strength=queries.strength(call.session, unit, as_of.on),
        posts=posts,
        others=others,
        counts_people=counts_people,
        may_open_people=call.actor.may(Permission.OFFICIALS_RECORD_READ),
        kind=lists.label(call.session, "organization_kinds", unit.shown.kind, call.language),
        history=_history(call, unit),
        category=lambda key: lists.label(call.session, "employment_categories", key, call.language),
        province=_province(call, unit),
        here=lambda code: _address(call, code),
        name=_name(call, unit),
        last_day=lambda day: day - timedelta(days=1),
    )


def _name(call: PageCall, unit: Unit) -> str:
    return unit.shown.name_en if call.language == "en" else unit.shown.name


def _province(call: PageCall, unit: Unit) -> str:
    return (
        lists.label(call.session, "provinces", unit.shown.province, call.language)
        if unit.shown.province
        else ""
    )


def _address(call: PageCall, code: str) -> str:
    """A unit's page with the same day and root."""
    kept = {name: call.args[name] for name in ("as_of", "known_at", "goc") if call.args.get(name)}
    return link_to(f"/to-chuc/{code}", call.args.__class__(), **kept)


def _search(call: PageCall, as_of: AsOf) -> list[dict[str, Any]] | None:
    typed = call.args.get("q", "").strip()
    if not typed:
        return None
    found = []
    for one in queries.search(call.session, typed, as_of):
        above = [name for _, name in queries.find_path(call.session, one.code, as_of)][2:]
        found.append(
            {
                "href": _address(call, one.code) + "#don-vi",
                "code": one.name,
                "current": False,
                "text": " · ".join([one.code, *reversed(above)]),
            }
        )
    return found


def _tree(call: PageCall, opened: Opened) -> list[dict[str, Any]]:
    root = queries.get_unit(call.session, opened.root, opened.as_of)
    node = _as_node(root)
    drawn = _drawn(call, opened, node, _counts(call, opened.as_of, [node]))
    return [drawn | {"children": _level(call, opened, root.code)}]


def _as_node(unit: Unit) -> Node:
    shown = unit.shown
    return Node(
        unit.id, unit.code, shown.name, shown.name_en, shown.kind, shown.parent, True, unit.ord, unit.last
    )


def _level(call: PageCall, opened: Opened, parent: str, *, after: int | None = None) -> list[dict[str, Any]]:
    """The units under one, those on the way to the shown unit opened, with a link to what is left of the
    level.
    """
    nodes, left = queries.find_children(call.session, parent, opened.as_of, after=after, limit=LEVEL)
    last = nodes[-1].ord if nodes else 0
    on_the_way = next(
        (one for one in (*opened.path, opened.current) if one and _under(call, opened, one, parent)), None
    )
    if left and on_the_way and on_the_way not in {one.code for one in nodes}:
        unit = queries.get_unit(call.session, on_the_way, opened.as_of)
        found, _ = queries.find_children(call.session, parent, opened.as_of, after=unit.ord - 1, limit=1)
        nodes += found
    counts = _counts(call, opened.as_of, nodes)
    drawn = [_drawn(call, opened, one, counts) for one in nodes]
    if left:
        drawn.append(
            {
                "more": (
                    _branch(call, parent, sau=last),
                    call.t(f"Xem tiếp {left} đơn vị", f"{left} more units"),
                )
            }
        )
    return drawn


def _under(call: PageCall, opened: Opened, code: str, parent: str) -> bool:
    """Whether a unit on the way stands directly under `parent`."""
    way = (*opened.path, opened.current)
    return parent in way and way.index(code) == way.index(parent) + 1 if code in way else False


def _drawn(call: PageCall, opened: Opened, node: Node, counts: dict[str, int]) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "href": _address(call, node.code) + "#don-vi",
        "name": node.name_en if call.language == "en" else node.name,
        "count": counts.get(node.code),
        "current": node.code == opened.current,
    }
    if not node.has_children:
        return drawn
    if node.code != opened.root and (
        node.code in opened.path or node.code in opened.opened or node.code == opened.current
    ):
        return drawn | {"children": _level(call, opened, node.code)}
    return drawn | {"open_href": _branch(call, node.code)}


def _branch(call: PageCall, code: str, **more: Any) -> str:
    kept = {name: call.args[name] for name in ("as_of", "known_at", "goc") if call.args.get(name)}
    return link_to(f"/to-chuc/{code}/cay", call.args.__class__(), **kept, **more)


def _counts(call: PageCall, as_of: AsOf, nodes: list[Node]) -> dict[str, int]:
    """People in post today, of units wholly within the reader's own."""
    if as_of != AsOf(call.today):
        return {}
    ranges = call.actor.ranges(Permission.OFFICIALS_RECORD_READ)
    mine = [one for one in nodes if any(low <= one.ord and one.last < high for low, high in ranges)]
    return queries.count_people(call.session, mine) if mine else {}


def _history(call: PageCall, unit: Unit) -> list[dict[str, Any]]:
    """The versions of a unit and what it became, newest first, for the timeline."""
    items: list[tuple[date, dict[str, Any]]] = []
    for version in unit.versions:
        until = (
            f"{version.valid_to - timedelta(days=1):%d/%m/%Y}" if version.valid_to else call.t("nay", "now")
        )
        under = (
            call.t(f"thuộc {version.parent_name}", f"under {version.parent_name}")
            if version.parent_name
            else None
        )
        note = " · ".join(part for part in (under, version.legal_basis) if part)
        items.append(
            (
                version.valid_from,
                {
                    "date": f"{version.valid_from:%d/%m/%Y} - {until}",
                    "title": version.name,
                    "note": note or None,
                    "kind": "now" if version is unit.version else "past",
                },
            )
        )
    items += [
        (one.on, _heir(call, one, call.t("Nhiệm vụ chuyển sang", "Succeeded by"))) for one in unit.successors
    ]
    items += [
        (one.on, _heir(call, one, call.t("Nhận nhiệm vụ của", "Took over from"))) for one in unit.predecessors
    ]
    return [item for _, item in sorted(items, key=lambda pair: pair[0], reverse=True)]


def _heir(call: PageCall, one: Heir, words: str) -> dict[str, Any]:
    return {
        "date": f"{one.on:%d/%m/%Y}",
        "title": f"{words} {one.name}",
        "note": one.legal_basis or None,
        "paper": (_address(call, one.code), one.code),
    }
