"""Which posts a unit has and how many people fill them: by profile, from the files of the organizations'
folder."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from registry.catalogues.services import read_csv

BIG_CITIES = frozenset({"H26", "H29"})
"""Hà Nội and Thành phố Hồ Chí Minh: their own rows in the tables of position allowances, and larger
offices."""
BIG_CITY_FACTOR = 1.5


@dataclass(frozen=True, eq=False)
class Post:
    """A post of a profile. `number` is whole, a share of the staff ('15%'), or '+', the rest.

    `rung` names the place among leading posts ('' for staff), `role` the profession of whoever fills it (''
    for posts that no demo person fills), `allowance` a coefficient where the catalogue of positions gives
    none.
    """

    title: str
    position: str
    position_city: str
    category: str
    number: str
    rung: str
    role: str
    allowance: str

    def position_in(self, top: str) -> str | None:
        """The key of the position for a unit under `top`."""
        return (self.position_city if top in BIG_CITIES else "") or self.position or None


@dataclass(frozen=True, eq=False)
class Profile:
    """A way of staffing: the units it is for and its posts; staff = weight of the unit × `factor`."""

    name: str
    scope: str
    kinds: frozenset[str]
    suffix: re.Pattern[str]
    factor: float
    posts: tuple[Post, ...]

    def fits(self, scope: str, kind: str, suffix: str) -> bool:
        """Whether a unit of this scope (central, province, commune), kind and code suffix is staffed this
        way."""
        return scope == self.scope and kind in self.kinds and self.suffix.fullmatch(suffix) is not None


class Staffing:
    """The profiles of profiles.csv with their posts of staffing.csv; the first that fits a unit counts."""

    def __init__(self, directory: Path) -> None:
        posts: dict[str, list[Post]] = {}
        names = ("title", "position", "position_city", "category", "number", "rung", "role", "allowance")
        for row in read_csv(directory / "staffing.csv"):
            posts.setdefault(row["profile"], []).append(Post(*(row[name] for name in names)))
        self.profiles = tuple(
            Profile(
                row["profile"],
                row["scope"],
                frozenset(row["kind"].split("|")),
                re.compile(row["suffix"]),
                float(row["factor"]),
                tuple(posts[row["profile"]]),
            )
            for row in read_csv(directory / "profiles.csv")
        )
        self._found: dict[tuple[str, str, str], Profile | None] = {}

    def profile(self, scope: str, kind: str, suffix: str) -> Profile | None:
        """The profile of a unit; None for units that have no posts of their own."""
        key = (scope, kind, suffix)
        if key not in self._found:
            self._found[key] = next((one for one in self.profiles if one.fits(*key)), None)
        return self._found[key]


@cache
def quotas(profile: Profile, weight: float, big_city: bool) -> tuple[tuple[Post, int], ...]:
    """Each post of a profile with its number of people in a unit of this weight."""
    staff = round(weight * profile.factor * (BIG_CITY_FACTOR if big_city else 1))
    fixed = sum(int(post.number) for post in profile.posts if post.number.isdigit())
    room = max(staff - fixed, 0)
    parts = [
        round(room * int(post.number[:-1]) / 100) if post.number[-1] == "%" else 0 for post in profile.posts
    ]
    rest = max(room - sum(parts), 1)
    numbers = [
        int(post.number) if post.number.isdigit() else rest if post.number == "+" else part
        for post, part in zip(profile.posts, parts, strict=True)
    ]
    return tuple((post, number) for post, number in zip(profile.posts, numbers, strict=True) if number)
