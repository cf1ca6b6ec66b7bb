"""Which posts a unit has and how many people fill them: by profile, from the files of the organizations' folder."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from registry.catalogues.services import read_csv

BIG_CITIES = frozenset({"H26", "H29"})
"""Hà Nội and Thành phố Hồ Chí Minh: their own rows in the tables of position allowances, and larger offices."""
BIG_CITY_FACTOR = 1.5


@dataclass(frozen=True)
class Post:
    """A post of a profile. `number` is whole, a share of the staff ('15%'), or '+', the rest.

    `rung` names the place among leading posts ('' for staff), `role` the profession of whoever fills it ('' for
    posts that no demo person fills), `allowance` a coefficient where the catalogue of positions gives none.
    """

    title: str
    position: str | None
    position_city: str | None
    category: str
    number: str
    rung: str
    role: str
    allowance: str

    def position_in(self, top: str) -> str | None:
        """The key of the position for a unit under `top`."""
        return self.position_city if self.position_city and top in BIG_CITIES else self.position


@dataclass(frozen=True)
class Profile:
    """A way of staffing: the units it is for and its posts; staff = weight of the unit × `factor`."""

    name: str
    scope: str
    kinds: frozenset[str]
    suffix: re.Pattern[str]
    factor: float
    posts: tuple[Post, ...]

    def fits(self, scope: str, kind: str, suffix: str) -> bool:
        """Whether a unit of this scope (central, province, commune), kind and code suffix is staffed this way."""
        return scope == self.scope and kind in self.kinds and self.suffix.fullmatch(suffix) is not None


@lru_cache(maxsize=4)
def profiles(directory: Path) -> tuple[Profile, ...]:
    """The profiles of profiles.csv with their posts of staffing.csv; the first that fits a unit counts."""
    posts: dict[str, list[Post]] = {}
    for row in read_csv(directory / "staffing.csv"):
        post = Post(
            row["title"],
            row["position"] or None,
            row["position_city"] or None,
            row["category"],
            row["number"],
            row["rung"],
            row["role"],
            row["allowance"],
        )
        posts.setdefault(row["profile"], []).append(post)
    return tuple(
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


def profile_for(known: Sequence[Profile], scope: str, kind: str, suffix: str) -> Profile | None:
    """The profile of a unit; None for units that have no posts of their own."""
    return next((one for one in known if one.fits(scope, kind, suffix)), None)


def quotas(profile: Profile, weight: float, top: str) -> Iterator[tuple[Post, int]]:
    """Each post with its number of people in a unit of this weight under `top` (code of ministry or province)."""
    staff = round(weight * profile.factor * (BIG_CITY_FACTOR if top in BIG_CITIES else 1))
    fixed = sum(int(post.number) for post in profile.posts if post.number.isdigit())
    room = max(staff - fixed, 0)
    shared = {
        post: round(room * int(post.number[:-1]) / 100) for post in profile.posts if post.number[-1] == "%"
    }
    rest = room - sum(shared.values())
    for post in profile.posts:
        number = int(post.number) if post.number.isdigit() else shared.get(post, max(rest, 1))
        if number:
            yield post, number
