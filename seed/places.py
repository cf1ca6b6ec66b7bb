"""Where people work: today's units with their posts, and the units before them that people came from."""

import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.organizations import staffing
from registry.organizations.staffing import Post
from seed.chance import number_of

FILES = Path(__file__).resolve().parent / "organizations"
TWO_TIERS_SINCE = date(2025, 7, 1)
ELSEWHERE = {
    "G03-DHH": "46",
    "G03-DHDN": "48",
    "G03-DHCT": "92",
    "G03-DHTN": "19",
    "G03-DHSPHCM": "79",
    "G18-BVCR": "79",
    "G18-BVTUH": "46",
}
"""Units of ministries that lie outside the capital, by province."""
CAME_WITH = {f"G09-{unit}": "G07" for unit in ("VL", "TLBHXH", "QLLDNN", "NCC", "VKHTC")}
"""Units that came as they were from a ministry that ended."""
AGENCIES = frozenset({"so", "ubnd_cap_xa", "ubnd_cap_huyen", "ubnd_cap_tinh", "benh_vien"})
COMMUNE = re.compile(r"\d{5}")
DISTRICT = re.compile(r"Q\d{3}")


@dataclass
class Place:
    """A unit: `agency` signs its papers, `top` is its ministry or province, `seats` its posts with quotas,
    `capacity` how many people of the demo it can take."""

    id: int
    code: str
    ord: int
    kind: str
    top: str
    province: str | None
    start: date
    end: date | None
    names: list[tuple[date, str]]
    scope: str
    suffix: str
    parent: "Place | None" = None
    agency: "Place | None" = None
    children: list["Place"] = field(default_factory=list)
    before: list["Place"] = field(default_factory=list)
    seats: list[tuple[Post, int]] = field(default_factory=list)
    capacity: int = 0

    def holds(self, on: date) -> bool:
        """Whether the unit exists on a day."""
        return self.start <= on and (self.end is None or on < self.end)

    def name(self, on: date) -> str:
        """Its name on a day (the first one before that)."""
        found = self.names[0][1]
        for since, name in self.names:
            if since <= on:
                found = name
        return found

    @property
    def home(self) -> str | None:
        """The province where its people live; None in the capital, where they come from everywhere."""
        return self.province or ELSEWHERE.get(self.code)

    def full_name(self, on: date) -> str:
        """Its name with the province, as an authority signs."""
        name, here = self.name(on), self
        while here.parent is not None and here.kind != "ubnd_cap_tinh":
            here = here.parent
        province = here.name(on).removeprefix("Ủy ban nhân dân ")
        if here is self or here.kind != "ubnd_cap_tinh" or province in name:
            return name
        return f"{name} {province}" if self.kind == "so" else f"{name}, {province}"

    @property
    def commune(self) -> str | None:
        """The number of the commune it belongs to."""
        part = self.code.split("-")[1] if "-" in self.code else ""
        return part if COMMUNE.fullmatch(part) else None

    def post(self, rung: str) -> Post | None:
        """Its leading post of a rung."""
        return next((post for post, _ in self.seats if post.rung == rung), None)


class Places:
    """All units, read once."""

    def __init__(self, session: Session) -> None:
        self.by_id = self._read(session)
        self.by_code = {one.code: one for one in self.by_id.values()}
        self._tie(session)
        self._read_seats(session)
        self.districts: dict[str, list[Place]] = defaultdict(list)
        for one in self.by_id.values():
            if one.kind == "ubnd_cap_huyen" and one.province:
                self.districts[one.province].append(one)

    def _read(self, session: Session) -> dict[int, Place]:
        rows = session.execute(
            text("""
            SELECT o.id, o.code, o.ord, v.kind, v.province, v.name, v.valid_from, v.valid_to, v.parent_id
            FROM organization o
            JOIN organization_version v ON v.organization_id = o.id AND v.recorded_to IS NULL
            ORDER BY o.ord, v.valid_from
        """)
        ).all()
        found: dict[int, Place] = {}
        self.parents: dict[int, int | None] = {}
        for row in rows:
            place = found.get(row.id)
            if place is None:
                top, _, rest = row.code.partition("-")
                scope, suffix = self._scope(row.kind, rest)
                place = found[row.id] = Place(
                    row.id,
                    row.code,
                    row.ord,
                    row.kind,
                    top,
                    row.province,
                    row.valid_from,
                    row.valid_to,
                    [],
                    scope,
                    suffix,
                )
            place.names.append((row.valid_from, row.name))
            place.end, place.province = row.valid_to, row.province
            self.parents[row.id] = row.parent_id
        return found

    @staticmethod
    def _scope(kind: str, rest: str) -> tuple[str, str]:
        first, _, suffix = rest.partition("-")
        if COMMUNE.fullmatch(first):
            return "commune", suffix
        if DISTRICT.fullmatch(first):
            return "district", rest
        return ("province" if kind == "ubnd_cap_tinh" else ""), rest

    def _tie(self, session: Session) -> None:
        for place in self.by_id.values():
            parent = self.parents[place.id]
            place.parent = self.by_id[parent] if parent else None
            if place.parent is not None:
                place.parent.children.append(place)
        for place in self.by_id.values():
            if not place.scope:
                top = self.by_code[place.top]
                place.scope = "province" if top.kind == "ubnd_cap_tinh" else "central"
            place.agency = self._agency(place)
        pairs = session.execute(
            text("""SELECT predecessor_id, successor_id FROM organization_successor
                                        ORDER BY predecessor_id, successor_id""")
        )
        for old, new in pairs:
            self.by_id[new].before.append(self.by_id[old])

    def _agency(self, place: Place) -> Place:
        """Whoever signs for the unit: its department, commune, hospital or ministry."""
        here = place
        while here.parent is not None and here.parent.kind not in ("nhom", "nha_nuoc"):
            if here.kind in AGENCIES:
                return here
            here = here.parent
        return here

    def _read_seats(self, session: Session) -> None:
        known = staffing.Staffing(FILES)
        rows = session.execute(
            text("""
            SELECT organization_id, array_agg(title ORDER BY id) AS titles,
                array_agg(quota ORDER BY id) AS quotas
            FROM position GROUP BY organization_id
        """)
        ).all()
        for row in rows:
            place = self.by_id[row.organization_id]
            profile = known.profile(place.scope, place.kind, place.suffix)
            posts = {post.title: post for post in profile.posts} if profile else {}
            seats = zip(row.titles, row.quotas, strict=True)
            place.seats = [(posts[title], quota) for title, quota in seats if title in posts]
            place.capacity = sum(number for post, number in place.seats if post.role)

    # Where people came from

    def merged_into(self, chance: Random, place: Place) -> str | None:
        """The ministry or province, merged since, with which somebody of the unit came; None for most."""
        if place.code in CAME_WITH:
            return CAME_WITH[place.code]
        top = self.by_code[place.top]
        ended = [one.code for one in top.before if one.end is not None]
        if not ended or chance.random() < (0.5 if top.kind == "ubnd_cap_tinh" else 0.85):
            return None
        return ended[chance.randrange(len(ended))]

    def lineage(self, chance: Random, place: Place, merged: str | None) -> list[tuple[date, Place]]:
        """The unit and those before it as (first day there, unit), newest first.

        `merged` is the ministry or province with which the person came.
        """
        chain = [(place.start, place)]
        here = place
        while True:
            older = self._older(chance, here, merged)
            if older is None:
                return chain
            until, earlier = older
            chain[-1] = (max(chain[-1][0], until), chain[-1][1])
            chain.append((earlier.start, earlier))
            here = earlier

    def _older(self, chance: Random, place: Place, merged: str | None) -> tuple[date, Place] | None:
        """The unit before `place` and the day of the change."""
        if place.start.year < 2000:
            return self._of_merged(place, merged)
        if place.scope == "commune":
            district = self._district(place)
            return (place.start, district) if district else None
        here: Place | None = place
        while here is not None and here.kind not in ("nhom", "nha_nuoc"):
            ended = [one for one in here.before if one.end == place.start]
            if ended:
                return place.start, ended[chance.randrange(len(ended))]
            if here.start < place.start:
                return place.start, here
            here = here.parent
        return None

    def _of_merged(self, place: Place, merged: str | None) -> tuple[date, Place] | None:
        """The same unit of the merged province, or the merged ministry itself, whose departments are not in
        the files."""
        if merged is None or place.top == merged:
            return None
        there = next((one for one in place.before if one.top == merged and one.end is not None), None)
        if there is None and place.scope == "central":
            there = self.by_code[merged]
        return (there.end, there) if there is not None and there.end is not None else None

    def _district(self, place: Place) -> Place | None:
        """The district that the commune of a unit is taken to have belonged to: the one of its name, else one
        of its province and kind, always the same (which commune came from where is not in the files)."""
        near = [one for one in self.districts.get(place.province or "", []) if one.top == place.top]
        commune = self.by_code[f"{place.top}-{place.commune}"].names[0][1].removeprefix("Ủy ban nhân dân ")
        kind, _, name = commune.partition(" ")
        namesake = next((one for one in near if one.names[0][1].endswith(f" {name}")), None)
        if namesake is not None:
            return namesake
        alike = [one for one in near if (" huyện " in one.names[0][1]) == (kind != "phường")] or near
        return alike[number_of("district", place.commune) % len(alike)] if alike else None
