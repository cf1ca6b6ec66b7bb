"""Everything that all demo people share: the day, the law's tables, units, names, papers and running
counts."""

from collections import defaultdict
from datetime import date, timedelta
from random import Random

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues.lists import items, keys
from registry.catalogues.services import read_csv
from seed.chance import Weighted, number_of, working_day
from seed.papers import Papers
from seed.pay import read_steps
from seed.people import NAMES, Origin, People
from seed.places import Place, Places
from seed.roles import EARLIER_KEYS

CIVIL_PROBATION_ENDED = date(2025, 7, 1)
PUBLIC_PROBATION_ENDED = date(2026, 7, 1)
FIRST_LEAVERS = date(2023, 10, 15)
"""Whoever left before the records were taken over is not on the registry."""
RATED_SINCE = 2015


class World:
    """What the generation reads, and the few counts that tie people of one unit together."""

    def __init__(self, session: Session, seed: int, today: date, first_decision: int) -> None:
        self.seed, self.today = seed, today
        self.yesterday = today - timedelta(days=1)
        self.people = People(session)
        self.places = Places(session)
        self.papers = Papers(seed, self.people, first_decision)
        self.steps = read_steps(session)
        self.retire: dict[tuple[str, date], date] = {}
        self.born_for: dict[tuple[str, date], list[date]] = defaultdict(list)
        for sex, month, day in session.execute(
            text("SELECT sex, birth_month, retire_on FROM law_retirement")
        ):
            self.retire[sex, month] = day
            self.born_for[sex, day].append(month)
        self._read_allowances(session)
        # Grades are named by their short form, which is the same in all rules; keys are the product's own.
        self.grades: dict[str, str] = {}
        for one in items(session, "evaluation_grades"):
            self.grades[one.extra.get("short_vi") or one.key] = one.key
        self.limited = next(
            (
                one.key
                for one in items(session, "evaluation_grades")
                if one.valid_to == date(2020, 8, 20) and one.sort == 2
            ),
            self.grades["HTNV"],
        )
        self.languages = keys(session, "languages")
        self.majors = self._majors()
        self.schools = self._schools()
        self.rated: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])

    def _read_allowances(self, session: Session) -> None:
        """Keys of positions: when they are in force, and the coefficient of those that have one."""
        self.positions: dict[str, tuple[date | None, date | None]] = {}
        self.allowances: dict[str, tuple[date, date | None, str]] = {}
        for one in items(session, "position_titles"):
            self.positions[one.key] = (one.valid_from, one.valid_to)
            coefficient = one.extra.get("allowance_coefficient")
            if coefficient:
                self.allowances[one.key] = (one.valid_from or date(2004, 10, 1), one.valid_to, coefficient)

    def position_on(self, key: str | None, on: date) -> str | None:
        """The key of a position on a day: its own, or that of the tables before 2026; None while there was
        none.

        Posts of communes and of public service units keep their key from the day of the post: their tables
        came later than the posts.
        """
        if key is None or self._in_force(key, on) or key.startswith(("xa_", "don_vi_su_nghiep_")):
            return key
        earlier = EARLIER_KEYS.get(key)
        return earlier if earlier and self._in_force(earlier, on) else None

    def _in_force(self, key: str, on: date) -> bool:
        since, until = self.positions[key]
        return (since is None or since <= on) and (until is None or on < until)

    def _majors(self) -> dict[str, Weighted[str]]:
        rows = read_csv(NAMES / "majors.csv")
        return {
            sector: Weighted([(row["name"], float(row["weight"])) for row in rows if row["sector"] == sector])
            for sector in {row["sector"] for row in rows}
        }

    def _schools(self) -> dict[tuple[str, str, str], Weighted[str]]:
        """(sector, level, region) → schools, near ones far likelier; region is north, central or south."""
        rows = read_csv(NAMES / "schools.csv")
        found: dict[tuple[str, str, str], Weighted[str]] = {}
        for sector in {row["sector"] for row in rows}:
            levels = {level for row in rows if row["sector"] == sector for level in row["levels"].split(";")}
            for level in levels:
                for region in ("north", "central", "south"):
                    found[sector, level, region] = Weighted(
                        [
                            (row["name"], float(row["weight"]) * (12 if row["region"] in ("", region) else 1))
                            for row in rows
                            if row["sector"] == sector and level in row["levels"].split(";")
                        ]
                    )
        return found

    # Asked by all

    def retires(self, sex: str, born: date) -> date:
        """The last day of work by age."""
        return self.retire[sex, born.replace(day=1)]

    def school(self, chance: Random, sector: str, level: str, origin: Origin) -> str:
        """A school that teaches the sector at this level, likelier one near the origin."""
        region = {"highland_north": "north", "highland_south": "central"}.get(origin.region, origin.region)
        sector = "cntt" if sector == "khcn" else sector
        drawn = self.schools.get((sector, level, region)) or self.schools.get(("hanh_chinh", level, region))
        if drawn is None:
            drawn = self.schools["giao_duc", "cao_dang", region]
        return drawn(chance).format(province=origin.name, province_full=origin.full_name)

    def issued(self, agency: Place, kind: str, effective: date) -> date:
        """When an authority signs what takes effect on a day: a working day up to three weeks before, the
        same for everybody concerned, never later than yesterday nor before the authority was there."""
        ahead = (
            4 + number_of(agency.code, kind, effective.toordinal()) % 16 + (86 if kind == "nghi_huu" else 0)
        )
        signed = min(working_day(effective - timedelta(days=ahead)), self.yesterday)
        return max(signed, agency.start) if agency.start <= effective else signed

    def rated_on(self, agency: Place, year: int) -> date:
        """When an authority recognised the grades of a year."""
        draw = number_of(self.seed, "rated", agency.code, year)
        if year < 2023 and draw % 3 == 0:
            return working_day(date(year + 1, 1, 5 + draw % 12))
        return working_day(date(year, 12, 5 + draw % 20))

    def last_rated(self) -> int:
        """The last year whose grades are all recognised."""
        year = self.today.year - 1
        return year if self.today > date(year, 12, 31) else year - 1

    def may_excel(self, agency: Place, year: int) -> bool:
        """Whether one more may be rated excellent: at most a fifth of those rated good in the unit."""
        good, excellent = self.rated[agency.id, year]
        return (excellent + 1) * 5 <= good

    def count_grade(self, agency: Place, year: int, short: str) -> None:
        """Keep the numbers of the unit."""
        if short in ("HTTNV", "HTXSNV"):
            self.rated[agency.id, year][short == "HTXSNV"] += 1
