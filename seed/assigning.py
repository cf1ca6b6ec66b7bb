"""Who works where: a number of people spread over today's units, their posts filled from the top."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from registry.organizations.staffing import Post
from seed.chance import number_of, shares
from seed.places import Place, Places

BOOSTED = {"H26": 0.25, "H17": 0.10, "G09": 0.08}
"""Share of a small demo in the units of the demo accounts; the larger the demo, the nearer to their true
share."""
SMALL = 5000
BA_DINH = "H26-00004"
GROUPS = {
    "truong": "school",
    "benh_vien": "health",
    "khoa": "health",
    "tram_y_te": "health",
    "don_vi_su_nghiep": "service",
}
GROUP_SHARES = {"office": 0.5, "school": 0.28, "health": 0.12, "service": 0.10}
FIRST = ("-SNV", "-SYT")
"""Departments of which every province shows some people."""
LARGEST = 0.6
"""The largest part of a group of units that one department may take."""
FILLED = 0.72
"""How full the chosen units of a small demo are."""

Seat = tuple[Place, Post]


def assign(places: Places, officials: int, seed: int) -> Iterator[Seat]:
    """`officials` seats, unit by unit, the units of one ministry or province together."""
    units: dict[str, list[Place]] = defaultdict(list)
    for place in places.by_id.values():
        if place.end is None and place.capacity:
            units[place.top].append(place)
    tops = sorted(units)
    true = [sum(place.capacity for place in units[top]) for top in tops]
    boost = min(1.0, SMALL / officials)
    wanted = [
        (1 - boost) * size / sum(true) + boost * _boosted(top, size, tops, true)
        for top, size in zip(tops, true, strict=True)
    ]
    for top, number in zip(tops, shares(officials, wanted), strict=True):
        yield from _in_top(units[top], number, seed, boost)


def _boosted(top: str, size: int, tops: list[str], true: list[int]) -> float:
    if top in BOOSTED:
        return BOOSTED[top]
    others = sum(one for name, one in zip(tops, true, strict=True) if name not in BOOSTED)
    return (1 - sum(BOOSTED.values())) * size / others


def _in_top(units: list[Place], number: int, seed: int, boost: float) -> Iterator[Seat]:
    ba_dinh = [place for place in units if place.code.startswith(BA_DINH)]
    if ba_dinh:
        size = sum(place.capacity for place in ba_dinh)
        here = min(max(round(0.022 * number / BOOSTED["H26"]), min(44, number // 3)), size * 9 // 10)
        yield from _filled(ba_dinh, here)
        units = [place for place in units if not place.code.startswith(BA_DINH)]
        number -= here
    groups: dict[str, list[Place]] = defaultdict(list)
    for place in units:
        groups[GROUPS.get(place.kind, "office")].append(place)
    names = sorted(groups)
    sizes = [sum(place.capacity for place in groups[name]) for name in names]
    weights = [
        (1 - boost) * size / sum(sizes) + boost * GROUP_SHARES[name]
        for name, size in zip(names, sizes, strict=True)
    ]
    for name, part in zip(names, shares(number, weights), strict=True):
        yield from _filled(_chosen(groups[name], part, seed), part)


def _chosen(units: list[Place], number: int, seed: int) -> list[Place]:
    """Enough units for so many people, whole departments and communes together, in an order of the seed's
    own."""
    families: dict[str, list[Place]] = defaultdict(list)
    for place in units:
        families["-".join(place.code.split("-")[:2])].append(place)
    order = sorted(families, key=lambda name: (not name.endswith(FIRST), number_of(seed, name)))
    chosen: list[Place] = []
    room = 0.0
    for name in order:
        if room >= number:
            break
        most = room + max(number * LARGEST, 12)
        for place in families[name]:
            if room >= min(number, most):
                break
            chosen.append(place)
            room += _weight(place) * FILLED
    return chosen


def _weight(place: Place) -> float:
    """Departments, which have leaders only, are not filled before their divisions."""
    leaders_only = all(post.rung for post, _ in place.seats)
    return place.capacity * 0.45 if leaders_only and place.kind != "ubnd_cap_xa" else place.capacity


def _filled(units: list[Place], number: int) -> Iterator[Seat]:
    if not units or not number:
        return
    for place, count in zip(units, shares(number, [_weight(place) for place in units]), strict=True):
        yield from ((place, post) for post in _posts(place, count))


def _posts(place: Place, count: int) -> Iterable[Post]:
    """So many posts of a unit: its head, a deputy when there are six, then everybody in proportion."""
    seats = [(post, number) for post, number in place.seats if post.role]
    leading = [post for post, number in seats if post.rung and number == 1][:2]
    if all(post.rung for post, _ in seats):
        leading, heads = [post for post, number in seats if number == 1], 1
    else:
        heads = 2 if count >= 6 else 1 if count >= 3 else 0
    first = leading[:heads]
    staff = [(post, number) for post, number in seats if post not in first] or seats
    rest = max(count - len(first), 0)
    yield from first[:count]
    for (post, _), one in zip(staff, shares(rest, [number for _, number in staff]), strict=True):
        yield from (post for _ in range(one))
