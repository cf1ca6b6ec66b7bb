"""The statistics once more, by looking at one person after the other in plain Python: what tables must equal.

Shares nothing with registry.statistics: facts and units come as they stand in their tables, code lists from their files. What
the law says of one person (retirement, salary step, pay) comes from the functions that explain a record.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.catalogues import lists
from registry.law import retirement, rules, salary
from registry.law.steps import steps_of_rank
from registry.periods import PartialDate

CATALOGUES = Path(__file__).parents[3] / "seed" / "catalogues"
KINDS = (
    "identity",
    "status",
    "appointment",
    "salary",
    "allowance",
    "party",
    "qualification",
    "political_theory",
    "state_management",
    "it_skill",
    "language",
    "evaluation",
    "discipline",
    "reward",
    "training",
    "leave",
)
Row = dict[str, Any]
DAY = timedelta(days=1)


@cache
def listed(name: str) -> list[Row]:
    """A code list, as in its file."""
    with (CATALOGUES / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def _column(name: str, column: str) -> dict[str, str]:
    return {row["key"]: row[column] for row in reversed(listed(name)) if row[column]}


def told(name: str, key: str | None, column: str) -> str | None:
    """What a code list says of a key."""
    return _column(name, column).get(key or "")


def years(since: date, on: date) -> int:
    """Whole years from one day to another."""
    return on.year - since.year - ((on.month, on.day) < (since.month, since.day))


def a_year_on(day: date) -> date:
    """The same day of the next year."""
    return date(day.year + 1, 2, 28) if (day.month, day.day) == (2, 29) else day.replace(year=day.year + 1)


JOBS = {row["name_vi"]: row["position_group"] for row in listed("job_positions")}


@dataclass
class Asked:
    """A question in the words of the test."""

    measures: tuple[str, ...]
    by: tuple[str, ...]
    where: tuple[tuple[str, str], ...]
    organization: str | None
    on: date
    known: datetime | None
    tree: str
    since: date
    today: date


@dataclass
class Ledger:
    """Everything recorded, in memory."""

    session: Session
    today: date
    facts: dict[str, dict[int, list[Row]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for kind in KINDS:
            self.facts[kind] = {}
            for row in self._rows(f"SELECT * FROM fact_{kind} ORDER BY id"):
                self.facts[kind].setdefault(row["official_id"], []).append(row)
        self.people = sorted(self.facts["status"])
        self.units = {row["id"]: row for row in self._rows("SELECT * FROM organization")}
        self.versions = self._by("SELECT * FROM organization_version ORDER BY id", "organization_id")
        self.heirs = self._by('SELECT * FROM organization_successor ORDER BY "on"', "predecessor_id")
        self.scores = {row["official_id"]: row["total"] for row in self._rows("SELECT * FROM quality_score")}
        self.roadmap = lists.items(self.session, "retirement_age_by_year")
        self.states: dict[tuple[int, date, datetime | None], Row | None] = {}
        self.codes = {row["code"]: one for one, row in self.units.items()}
        self.places: dict[tuple[int, date, datetime | None, str | None], Row] = {}
        self.kinds: dict[tuple[int, date, datetime | None], str] = {}
        self.paths: dict[tuple[int, date, datetime | None], list[tuple[int, bool]]] = {}

    def _rows(self, statement: str) -> list[Row]:
        return [dict(row._mapping) for row in self.session.execute(text(statement))]

    def _by(self, statement: str, name: str) -> dict[int, list[Row]]:
        found: dict[int, list[Row]] = {}
        for row in self._rows(statement):
            found.setdefault(row[name], []).append(row)
        return found

    @cached_property
    def posts(self) -> list[Row]:
        """All posts; there are two hundred thousand."""
        return self._rows("SELECT * FROM position ORDER BY id")

    @cached_property
    def moments(self) -> list[datetime]:
        """When something was recorded or ceased to be believed."""
        rows = (row for kind in self.facts.values() for of in kind.values() for row in of)
        return sorted({row[name] for row in rows for name in ("recorded_from", "recorded_to") if row[name]})

    # One person on one day

    def state(self, person: int, on: date, known: datetime | None) -> Row | None:
        """Everything about somebody in post on a day; None for whoever is not."""
        key = (person, on, known)
        if key not in self.states:
            self.states[key] = self._state(person, on, known)
        return self.states[key]

    def _believed(self, kind: str, person: int, known: datetime | None) -> list[Row]:
        return [row for row in self.facts[kind].get(person, ()) if believed(row, known)]

    def _held(self, kind: str, person: int, on: date, known: datetime | None) -> list[Row]:
        return [row for row in self._believed(kind, person, known) if holds(row, on)]

    def _begun(self, kind: str, person: int, on: date, known: datetime | None) -> list[Row]:
        return [row for row in self._believed(kind, person, known) if row["valid_from"] <= on]

    def _state(self, person: int, on: date, known: datetime | None) -> Row | None:
        status = self._held("status", person, on, known)
        posts = [row for row in self._held("appointment", person, on, known) if row["is_main"]]
        if (
            not status
            or not posts
            or told("status_codes", status[0]["status"], "counts_in_headcount") != "yes"
        ):
            return None
        (now,), (post,) = status, posts
        who = max(self._begun("identity", person, on, known), key=lambda row: row["valid_from"])
        paid = next(iter(self._held("salary", person, on, known)), None)
        born = PartialDate(who["birth_date"], who["birth_date_precision"])
        by_age = retirement.retirement(self.roadmap, who["sex"], born).on
        assert by_age is not None
        until = now["valid_to"] - DAY if now["status"] == "keo_dai_cong_tac" and now["valid_to"] else by_age
        spoken = {(row["language"], row["level"]) for row in self._begun("language", person, on, known)}
        counted = [
            row["valid_from"]
            for row in self._believed("status", person, known)
            if row["status"] not in ("da_trung_tuyen", "huy_tuyen_dung")
        ]
        rank = paid["rank"] if paid else None
        recruited = min(counted)
        return {
            "official_id": person,
            "unit_id": post["organization_id"],
            "job_position": post["job_position"],
            "coefficient": paid["coefficient"] if paid else None,
            "pay": lambda: self._pay(person, paid, on, known),
            "retires": max(until, by_age),
            "by_age": by_age,
            "next_step": lambda: self._next_step(person, paid, on, known),
            "age": years(who["birth_date"], on),
            "category": now["category"],
            "status": now["status"],
            "sex": who["sex"],
            "rank": rank,
            "rank_level": told("ranks", rank, "level"),
            "service_field": _field(told("ranks", rank, "sector")),
            "position": post["position"],
            "position_level": told("position_titles", post["position"], "org_level"),
            "leader": "yes" if post["position"] else "no",
            "job_position_group": JOBS.get(post["job_position"]),
            "age_band": _band(years(who["birth_date"], on)),
            "pensionable": "yes" if by_age < on else "no",
            "years_of_service": _service(years(recruited, on)),
            "recruitment_year": str(recruited.year),
            "party": "yes" if self._held("party", person, on, known) else "no",
            "ethnic_group": who["ethnic_group"],
            "ethnicity": _kinh(who["ethnic_group"]),
            "religion": who["religion"],
            "religious": "yes" if who["religion"] not in (None, "00", "99") else "no",
            "education": self._highest(
                "qualification", "education_levels", person, on, known, ("professional",)
            ),
            "political_theory": self._highest("political_theory", "political_theory", person, on, known),
            "state_management": self._highest(
                "state_management", "state_management", person, on, known, ("", "ngach")
            ),
            "leadership_course": self._highest(
                "state_management", "state_management", person, on, known, ("lanh_dao",)
            ),
            "it": (it := self._highest("it_skill", "it_levels", person, on, known)),
            "it_group": it and ("degree" if it in ("tc", "cd", "dh", "tdh") else "certificate"),
            "english": _best(level for language, level in spoken if language == "tieng_anh"),
            "other_language": _best(
                level
                for language, level in spoken
                if language != "tieng_anh" and told("languages", language, "minority") == "no"
            ),
            "ethnic_language": "yes"
            if any(told("languages", language, "minority") == "yes" for language, _ in spoken)
            else "no",
        }

    def _highest(
        self,
        kind: str,
        catalogue: str,
        person: int,
        on: date,
        known: datetime | None,
        groups: tuple[str, ...] = (),
    ) -> str | None:
        order = {row["key"]: (int(row["sort"]), row["key"]) for row in listed(catalogue)}
        allowed = {row["key"] for row in listed(catalogue) if not groups or row["kind"] in groups}
        had = {row["level"] for row in self._begun(kind, person, on, known)} & allowed
        return max(had, key=lambda level: order[level], default=None)

    def _held_step(self, paid: Row) -> salary.Held:
        return salary.Held(
            paid["rank"],
            paid["step"],
            paid["coefficient"],
            paid["valid_from"],
            paid["pay_percent"],
            paid["overrun_percent"],
            paid["reserve_coefficient"],
        )

    def _pay(self, person: int, paid: Row | None, on: date, known: datetime | None) -> int:
        if paid is None:
            return 0
        extra = [row for row in self._held("allowance", person, on, known) if row["allowance"] == "chuc_vu"]
        allowance = Decimal((extra[0]["coefficient"] if extra else None) or 0)
        return salary.pay(lists.items(self.session, "base_salary"), self._held_step(paid), allowance, on)[0]

    def _next_step(self, person: int, paid: Row | None, on: date, known: datetime | None) -> date | None:
        if paid is None:
            return None
        past = salary.Past(
            self._begun("discipline", person, on, known),
            self._begun("evaluation", person, on, known),
            self._believed("status", person, known),
            self._believed("leave", person, known),
        )
        rows = steps_of_rank(self.session, paid["rank"], on)
        counting = rules.get_counting(self.session)
        return salary.next_step(rows, self._held_step(paid), on, past, counting)[0].on

    # Where a unit stands

    def path(self, unit: int, on: date, known: datetime | None) -> list[tuple[int, bool]]:
        """From a unit up to its top, each with whether it stands."""
        key = (unit, on, known)
        if key not in self.paths:
            up, stands = self._above(unit, on, known)
            self.paths[key] = [(unit, stands), *(self.path(up, on, known) if up is not None else ())]
        return self.paths[key]

    def _kind(self, unit: int, on: date, known: datetime | None) -> str:
        key = (unit, on, known)
        if key not in self.kinds:
            self.kinds[key] = self._version(unit, on, known)["kind"]
        return self.kinds[key]

    def _version(self, unit: int, on: date, known: datetime | None) -> Row:
        mine = [row for row in self.versions[unit] if believed(row, known)]
        begun = [row for row in mine if row["valid_from"] <= on]
        if begun:
            return max(begun, key=lambda row: row["valid_from"])
        return min(mine, key=lambda row: row["valid_from"])

    def _above(self, unit: int, on: date, known: datetime | None) -> tuple[int | None, bool]:
        row = self._version(unit, on, known)
        if row["valid_to"] is None or row["valid_to"] > on:
            return row["parent_id"], True
        heirs = [link["successor_id"] for link in self.heirs.get(unit, ()) if link["on"] <= on]
        first = min(heirs, key=lambda one: (self.units[one]["ord"], one), default=None)
        return (first if first is not None else row["parent_id"]), False

    def placed(self, unit: int, asked: Asked) -> Row:
        """What a table says of a unit's place."""
        on, known = (asked.on, asked.known) if asked.tree == "as_was" else (asked.today, None)
        key = (unit, on, known, asked.organization)
        if key not in self.places:
            self.places[key] = self._placed(*key)
        return self.places[key]

    def _placed(self, unit: int, on: date, known: datetime | None, organization: str | None) -> Row:
        steps = self.path(unit, on, known)
        kinds = {one: self._kind(one, on, known) for one, _ in steps}
        bodies = [one for one, stands in steps if stands and kinds[one] not in ("nha_nuoc", "nhom")]
        chosen = self.codes.get(organization)
        names = [one for one, _ in steps]
        under = None
        if chosen in names:
            at = names.index(chosen)
            under = names[at - 1] if at and steps[at - 1][1] else chosen
        return {
            "ministry_or_province": self.units[bodies[-1]]["code"] if bodies else None,
            "unit": self.units[under]["code"] if under is not None else None,
            "organization_kind": kinds[unit],
            "organization_level": told("organization_kinds", kinds[unit], "level"),
        }

    # What is counted

    def rows_of(self, population: str, asked: Asked) -> list[Row]:
        """The rows of a population, each with what dimensions tell of it."""
        rows = list(getattr(self, f"_{population}")(asked))
        placed = [row | self.placed(row["unit_id"], asked) for row in rows]
        if asked.organization:
            placed = [row for row in placed if row["unit"] is not None]
        for dimension in {name for name, _ in asked.where}:
            keys = {None if key == "none" else key for name, key in asked.where if name == dimension}
            placed = [row for row in placed if row[dimension] in keys]
        return placed

    def _people(self, asked: Asked) -> Iterable[Row]:
        return self._in_post(asked.on, asked.known)

    def _before(self, asked: Asked) -> Iterable[Row]:
        return self._in_post(asked.since - DAY, asked.known)

    def _in_post(self, on: date, known: datetime | None) -> list[Row]:
        return [row for one in self.people if (row := self.state(one, on, known)) is not None]

    def _turns(self, asked: Asked) -> Iterable[tuple[int, date]]:
        for person in self.people:
            days = {
                row[name]
                for kind in ("status", "appointment")
                for row in self.facts[kind].get(person, ())
                for name in ("valid_from", "valid_to")
            }
            for day in sorted(day for day in days if day is not None and asked.since <= day <= asked.on):
                yield person, day

    def _entries(self, asked: Asked) -> Iterable[Row]:
        for person, day in self._turns(asked):
            now = self.state(person, day, asked.known)
            if now is not None and self.state(person, day - DAY, asked.known) is None:
                yield now

    def _exits(self, asked: Asked) -> Iterable[Row]:
        for person, day in self._turns(asked):
            before = self.state(person, day - DAY, asked.known)
            if before is not None and self.state(person, day, asked.known) is None:
                yield before

    def _evaluations(self, asked: Asked) -> Iterable[Row]:
        for person in self.people:
            for row in self._believed("evaluation", person, asked.known):
                if asked.since.year <= row["year"] <= asked.on.year:
                    now = self.state(person, min(date(row["year"], 12, 31), asked.on), asked.known)
                    if now is not None:
                        yield now | {"evaluation_grade": row["grade"]}

    def _disciplines(self, asked: Asked) -> Iterable[Row]:
        for now, row in self._with_events("discipline", asked, -DAY):
            if row["authority"] == "administrative":
                yield now | {"discipline_form": row["form"]}

    def _rewards(self, asked: Asked) -> Iterable[Row]:
        for now, row in self._with_events("reward", asked):
            yield now | {"reward_form": row["form"]}

    def _trainings(self, asked: Asked) -> Iterable[Row]:
        for now, row in self._with_events("training", asked):
            yield now | {"training_kind": row["training"]}

    def _with_events(
        self, kind: str, asked: Asked, shift: timedelta = timedelta(0)
    ) -> Iterable[tuple[Row, Row]]:
        for person in self.people:
            for row in self._believed(kind, person, asked.known):
                if asked.since <= row["valid_from"] <= asked.on:
                    now = self.state(person, row["valid_from"] + shift, asked.known)
                    if now is not None:
                        yield now, row

    def _posts(self, asked: Asked) -> Iterable[Row]:
        merged: dict[tuple[Any, ...], Row] = {}
        for post in self.posts:
            if holds(post, asked.on):
                key = (post["organization_id"], post["title"], post["position"], post["category"])
                row = merged.setdefault(
                    key, {"id": post["id"], "quota": 0, "filled": 0, "title": post["title"]}
                )
                row["quota"] += post["quota"]
                row |= {"unit_id": post["organization_id"], "category": post["category"]}
                row |= {"position": post["position"], "leader": "yes" if post["position"] else "no"}
                row["position_level"] = told("position_titles", post["position"], "org_level")
        by_unit: dict[int, list[Row]] = {}
        for row in merged.values():
            by_unit.setdefault(row["unit_id"], []).append(row)
        for person in self._in_post(asked.on, asked.known):
            fitting = [
                row
                for row in by_unit.get(person["unit_id"], ())
                if (row["position"] is not None and row["position"] == person["position"])
                or (
                    row["position"] is None
                    and person["position"] is None
                    and row["title"] == person["job_position"]
                )
            ]
            if fitting:
                min(fitting, key=lambda row: (row["title"] != person["job_position"], row["id"]))[
                    "filled"
                ] += 1
        return merged.values()

    # Figures

    def table(self, asked: Asked) -> dict[tuple[Any, ...], tuple[Any, ...]]:
        """Keys → the figures of the measures, of the groups in which anything is counted."""
        populations = sorted({of for one in asked.measures for of in NEEDS.get(one, ("people",))})
        groups: dict[tuple[Any, ...], dict[str, list[Row]]] = {}
        for population in populations:
            for row in self.rows_of(population, asked):
                key = tuple(row[one] for one in asked.by)
                groups.setdefault(key, {one: [] for one in populations})[population].append(row)
        if not asked.by and not groups:
            groups[()] = {one: [] for one in populations}
        return {
            key: tuple(self.figure(one, rows, asked) for one in asked.measures)
            for key, rows in groups.items()
        }

    def figure(self, measure: str, of: dict[str, list[Row]], asked: Asked) -> Any:
        """One figure of a group."""
        people = of.get("people", [])
        paid = [row["coefficient"] for row in people if row["coefficient"] is not None]
        scores = [self.scores[row["official_id"]] for row in people if row["official_id"] in self.scores]
        soon = a_year_on(asked.on)
        posts = of.get("posts", [])
        match measure:
            case "headcount":
                return len(people)
            case "mean_coefficient":
                return rounded(sum(paid), len(paid), 2)
            case "total_coefficient":
                return rounded(sum(paid), 1, 2)
            case "mean_age":
                return rounded(sum(row["age"] for row in people), len(people), 1)
            case "women_share":
                return rounded(100 * sum(row["sex"] == "nu" for row in people), len(people), 1)
            case "party_share":
                return rounded(100 * sum(row["party"] == "yes" for row in people), len(people), 1)
            case "payroll":
                return rounded(sum(paid) * base_salary(asked.on), 1, 0)
            case "payroll_full":
                return rounded(sum(row["pay"]() for row in people), 1, 0)
            case "retirements_due":
                return sum(asked.on < row["retires"] <= soon for row in people)
            case "step_increases_due":
                due = [day for row in people if (day := row["next_step"]()) is not None]
                return sum(asked.on < day <= soon for day in due)
            case "turnover":
                mean = Decimal(len(of["before"]) + len(people)) / 2
                return rounded(100 * len(of["exits"]), mean, 1)
            case "quality_score":
                return rounded(sum(scores), len(scores), 1)
            case "posts":
                return sum(row["quota"] for row in posts)
            case "posts_filled":
                return sum(row["filled"] for row in posts)
            case "posts_vacant":
                return sum(max(row["quota"] - row["filled"], 0) for row in posts)
            case _:
                return len(of[measure])


NEEDS = {
    "turnover": ("exits", "before", "people"),
    "posts": ("posts",),
    "posts_filled": ("posts",),
    "posts_vacant": ("posts",),
    **{one: (one,) for one in ("entries", "exits", "evaluations", "disciplines", "rewards", "trainings")},
}
"""What a measure counts, where it is not the people in post."""


def believed(row: Row, known: datetime | None) -> bool:
    """Whether the registry believed a row: now, or at a moment."""
    if known is None:
        return row["recorded_to"] is None
    return row["recorded_from"] <= known and (row["recorded_to"] is None or row["recorded_to"] > known)


def holds(row: Row, on: date) -> bool:
    """Whether a row is true on a day."""
    return row["valid_from"] <= on and (row["valid_to"] is None or row["valid_to"] > on)


def rounded(total: Any, count: Any, digits: int) -> Decimal | None:
    """Rounded once, halves up."""
    if not count:
        return None
    return (Decimal(total) / Decimal(count)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def base_salary(on: date) -> int:
    """VND a month; 0 before the first decree."""
    day = on.isoformat()
    for row in listed("base_salary"):
        if row["valid_from"] <= day and (not row["valid_to"] or day < row["valid_to"]):
            return int(row["amount_vnd"])
    return 0


def _band(age: int) -> str:
    tops = ((30, "<=30"), (40, "31-40"), (50, "41-50"), (55, "51-55"), (60, "56-60"))
    return next((name for top, name in tops if age <= top), ">60")


def _service(served: int) -> str:
    if served >= 30:
        return ">=30"
    return "<5" if served < 5 else f"{served // 5 * 5}-{served // 5 * 5 + 4}"


def _field(sector: str | None) -> str | None:
    return sector if sector in (None, "giao_duc", "y_te", "khoa_hoc", "van_hoa_the_thao") else "khac"


def _kinh(group: str | None) -> str | None:
    return (
        None
        if group is None
        else "kinh"
        if told("ethnic_groups", group, "is_minority") == "no"
        else "minority"
    )


def _best(levels: Iterable[str | None]) -> str | None:
    found = {"degree" if level in ("dh", "tdh", "hoc_nuoc_ngoai") else "certificate" for level in levels}
    return "degree" if "degree" in found else "certificate" if found else None
