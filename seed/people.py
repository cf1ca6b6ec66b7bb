"""Who the demo people are: names, birth, origin, papers, addresses, families. Nobody of them exists."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from sqlalchemy.orm import Session

from registry.catalogues.lists import items
from registry.catalogues.services import read_csv
from registry.periods import add_months
from seed.chance import Weighted, day_between

KINH = "01"
NAMES = Path(__file__).resolve().parent / "names"
ORIGINS = Path(__file__).resolve().parent / "origins.csv"
"""Old provinces with region, population in thousands and the part of each minority in percent, all rough."""
RELIGIONS = Weighted([("99", 86), ("01", 7), ("02", 5), ("03", 0.8), ("05", 0.8), ("08", 0.9), ("04", 0.1)])
PHONES = (
    "086",
    "096",
    "097",
    "098",
    "032",
    "033",
    "034",
    "035",
    "036",
    "037",
    "038",
    "039",
    "088",
    "091",
    "094",
    "081",
    "082",
    "083",
    "084",
    "085",
    "089",
    "090",
    "093",
    "070",
    "076",
    "077",
    "078",
    "079",
)
CARDS_SINCE = date(2016, 1, 1)


@dataclass(frozen=True)
class Origin:
    """A province of birth registration, by its number before the merger of 2025."""

    number: str
    name: str
    full_name: str
    region: str
    now: str
    districts: tuple[str, ...]
    ethnic: Weighted[str]


@dataclass
class Person:
    """What is known of a person from birth on. `home_parts`: street, commune and province of `home`."""

    sex: str
    born: date
    born_precision: str
    ethnic: str
    name: str
    origin: Origin
    native: Origin
    home: str
    personal_id: str = ""
    surname: str = ""
    home_parts: tuple[str, str, str] = ("", "", "")


class People:
    """Draws people. Personal numbers are given out once only."""

    def __init__(self, session: Session) -> None:
        self.origins = self._read_origins(session)
        self.by_number = {one.number: one for one in self.origins}
        population = {row["province"]: float(row["population"]) for row in read_csv(ORIGINS)}
        self.anywhere = Weighted([(one, population[one.number]) for one in self.origins])
        self.from_now: dict[str, Weighted[Origin]] = {}
        for now in {one.now for one in self.origins}:
            near = [(one, population[one.number]) for one in self.origins if one.now == now]
            self.from_now[now] = Weighted(near)
        self.surnames = Weighted(
            [(row["name"], float(row["weight"])) for row in read_csv(NAMES / "surnames.csv")]
        )
        self.middles = self._by_sex("middle_names.csv")
        self.givens = self._by_sex("given_names.csv")
        self.ethnic_parts: dict[tuple[str, str, str], Weighted[str]] = {}
        self.patterns: dict[tuple[str, str], Weighted[str]] = {}
        self._read_ethnic_names()
        self.homes = self._read_homes()
        self.communes = self._read_communes(session)
        self.occupations = [
            (row["name"], int(row["min_age"]), int(row["max_age"]), float(row["weight"]))
            for row in read_csv(NAMES / "occupations.csv")
        ]
        self.work_at: dict[int, Weighted[str]] = {}
        self.taken: set[str] = set()
        self.known: set[tuple[str, date, str]] = set()

    # Reading

    def _read_origins(self, session: Session) -> list[Origin]:
        names = {one.key: one for one in items(session, "province_history")}
        districts: dict[str, list[str]] = defaultdict(list)
        for one in items(session, "old_districts"):
            districts[one.extra["old_province"]].append(one.extra["full_name_vi"])
        found = []
        for row in read_csv(ORIGINS):
            number = row["province"]
            mix = [tuple(pair.split(":")) for pair in row["ethnic_groups"].split(";") if pair]
            minority = [(group, float(percent)) for group, percent in mix]
            kinh = max(100 - sum(percent for _, percent in minority), 1)
            # Minorities serve less often than their share of the people.
            ethnic = Weighted([(KINH, kinh), *((group, 0.6 * percent) for group, percent in minority)])
            name = names[number].name.vi
            city = names[number].extra["type_before"] == "thanh_pho"
            found.append(
                Origin(
                    number,
                    name,
                    f"{'thành phố' if city else 'tỉnh'} {name}",
                    row["region"],
                    names[number].extra["new_code"],
                    tuple(districts[number]),
                    ethnic,
                )
            )
        return found

    def _by_sex(self, file: str) -> dict[str, Weighted[str]]:
        rows = read_csv(NAMES / file)
        return {
            sex: Weighted([(row["name"], float(row["weight"])) for row in rows if row["sex"] == sex])
            for sex in ("nam", "nu")
        }

    def _read_ethnic_names(self) -> None:
        parts: dict[tuple[str, str, str], list[tuple[str, float]]] = defaultdict(list)
        for row in read_csv(NAMES / "ethnic_names.csv"):
            for sex in ("nam", "nu") if not row["sex"] else (row["sex"],):
                parts[row["ethnic_group"], sex, row["part"]].append((row["name"], float(row["weight"])))
        self.ethnic_parts = {key: Weighted(pairs) for key, pairs in parts.items()}
        patterns: dict[tuple[str, str], list[tuple[str, float]]] = defaultdict(list)
        for row in read_csv(NAMES / "ethnic_patterns.csv"):
            patterns[row["ethnic_group"], row["sex"]].append((row["pattern"], float(row["weight"])))
        self.patterns = {key: Weighted(pairs) for key, pairs in patterns.items()}

    def _read_homes(self) -> dict[tuple[str, str], Weighted[tuple[str, str]]]:
        """(kind of commune, region) → (kind of place, name)."""
        found: dict[tuple[str, str], Weighted[tuple[str, str]]] = {}
        rows = read_csv(NAMES / "streets_hamlets.csv")
        for kind in ("phuong", "xa"):
            for region in ("north", "central", "south", "highland_north", "highland_south"):
                found[kind, region] = Weighted(
                    [
                        ((row["kind"], row["name"]), float(row["weight"]))
                        for row in rows
                        if row["commune_kind"] == kind and row["region"] in ("", region)
                    ]
                )
        return found

    def _read_communes(self, session: Session) -> dict[str, list[tuple[str, str, str]]]:
        """Number of a province today → its communes: (code, kind, full name)."""
        found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for one in items(session, "communes"):
            found[one.extra["province"]].append((one.key, one.extra["kind"], one.extra["full_name_vi"]))
        self.provinces = {one.key: one.extra["full_name_vi"] for one in items(session, "provinces")}
        return found

    # Drawing

    def name(self, chance: Random, sex: str, ethnic: str, surname: str = "") -> tuple[str, str]:
        """A full name and the surname in it ('' where the people has none)."""
        pattern = "{surname} {middle} {given}"
        if ethnic != KINH and (ethnic, sex) in self.patterns:
            pattern = self.patterns[ethnic, sex](chance)
        kept = surname or self._part(chance, ethnic, sex, "surname")
        full = pattern.format(
            surname=kept,
            middle=self._part(chance, ethnic, sex, "middle"),
            given=self._part(chance, ethnic, sex, "given"),
        )
        return " ".join(full.split()), kept if "{surname}" in pattern else ""

    def _part(self, chance: Random, ethnic: str, sex: str, part: str) -> str:
        drawn = self.ethnic_parts.get((ethnic, sex, part)) if ethnic != KINH else None
        if drawn is not None:
            return drawn(chance)
        if part == "surname":
            return self.surnames(chance)
        return (self.middles if part == "middle" else self.givens)[sex](chance)

    def person(
        self, chance: Random, sex: str, born: date, province: str | None, commune: str | None
    ) -> Person:
        """A person who serves in a province today (None: in the capital, from anywhere), living near the
        work."""
        near = self.from_now[province] if province and chance.random() < 0.82 else self.anywhere
        origin = near(chance)
        native = origin if chance.random() < 0.8 else self.anywhere(chance)
        ethnic = origin.ethnic(chance)
        name, surname = self.name(chance, sex, ethnic)
        precision = "year" if born.year < 1972 and chance.random() < 0.03 else "day"
        if precision == "year":
            born = born.replace(month=1, day=1)
        while (
            _plain(name),
            born,
            sex,
        ) in self.known:  # a namesake of the same day would read as the same person
            name, surname = self.name(chance, sex, ethnic)
        self.known.add((_plain(name), born, sex))
        person = Person(sex, born, precision, ethnic, name, origin, native, "", surname=surname)
        person.home, person.home_parts = self.address(chance, province or "01", origin.region, commune)
        person.personal_id = self._number(chance, person)
        return person

    def _number(self, chance: Random, person: Person) -> str:
        """PPP G YY NNNNNN: province of birth registration, century and sex, year, six free digits."""
        century = 2 * (person.born.year // 100 - 19) + (person.sex == "nu")
        stem = f"0{person.origin.number}{century}{person.born.year % 100:02d}"
        while True:
            number = f"{stem}{chance.randrange(1, 1_000_000):06d}"
            if number not in self.taken:
                self.taken.add(number)
                return number

    def address(
        self, chance: Random, province: str, region: str, commune: str | None
    ) -> tuple[str, tuple[str, str, str]]:
        """An address in today's two tiers, in the commune of the work or a near one; and its parts."""
        there = self.communes[province]
        chosen = next((one for one in there if one[0] == commune), None) if commune else None
        if chosen is None or chance.random() < 0.4:
            chosen = there[chance.randrange(len(there))]
        number, kind, full = chosen
        what, name = self.homes["phuong" if kind == "phuong" else "xa", region](chance)
        if what == "street":
            name = f"Số {chance.randrange(1, 320)} đường {name}"
        return f"{name}, {full}, {self.provinces[province]}", (name, number, province)

    def in_highlands(self, province: str | None) -> bool:
        """Whether a province of today lies in the highlands, where the regional allowance is paid."""
        return province in self.by_number and self.by_number[province].region.startswith("highland")

    def birth_place(self, chance: Random, origin: Origin) -> str:
        """A place as old papers print it, in three tiers without the lowest."""
        district = origin.districts[chance.randrange(len(origin.districts))]
        return f"{district}, {origin.full_name}"

    def occupation(self, chance: Random, age: int) -> str:
        """What somebody of this age does."""
        drawn = self.work_at.get(age)
        if drawn is None:
            pairs = [(name, weight) for name, low, high, weight in self.occupations if low <= age <= high]
            drawn = self.work_at[age] = Weighted(pairs or [("Nghỉ hưu", 1.0)])
        return drawn(chance)

    def identity(self, chance: Random, person: Person, today: date) -> tuple[object, ...]:
        """The fields of an identity fact in the order of IDENTITY."""
        eighteen = add_months(person.born, 12 * 18)
        card = day_between(chance, max(CARDS_SINCE, eighteen), min(today, date(2026, 6, 30)))
        if card > today:
            card = today
        phone = PHONES[chance.randrange(len(PHONES))] + f"{chance.randrange(10_000_000):07d}"
        prior = None if chance.random() < 0.6 else self.occupation(chance, 22)
        if prior in ("Công chức", "Viên chức", "Bác sĩ", "Giáo viên"):
            prior = None
        return (
            person.name,
            None,
            person.born,
            person.born_precision,
            person.sex,
            self.birth_place(chance, person.origin),
            self.birth_place(chance, person.native),
            person.ethnic,
            RELIGIONS(chance),
            person.home,
            person.home if chance.random() < 0.85 else _lodging(person.home),
            phone,
            None,
            card,
            f"{chance.randrange(10**9, 10**10)}",
            prior,
            None,
        )

    def family(
        self, chance: Random, person: Person, today: date, children: list[int]
    ) -> Iterator[tuple[object, ...]]:
        """Parents, spouse, children (by year of birth), brothers and sisters: fields in the order of
        FAMILY."""
        yield from self._parents(chance, person, today)
        age = today.year - person.born.year
        if children or (age >= 25 and chance.random() < min(0.4 + (age - 25) * 0.03, 0.8)):
            yield self._spouse(chance, person, today)
        for year in children:
            surname = person.surname if person.sex == "nam" else ""
            sex = "nam" if chance.random() < 0.52 else "nu"
            yield self._relative(chance, "con", sex, year, person, today, surname)
        for _ in range(chance.randrange(3)):
            year = person.born.year + chance.choice((-7, -5, -3, -2, 2, 3, 4, 6))
            sex = "nam" if chance.random() < 0.5 else "nu"
            relation = "em_ruot" if year > person.born.year else "anh_ruot" if sex == "nam" else "chi_ruot"
            yield self._relative(chance, relation, sex, year, person, today, person.surname)

    def _parents(self, chance: Random, person: Person, today: date) -> Iterator[tuple[object, ...]]:
        father = person.born.year - chance.randrange(23, 38)
        yield self._relative(chance, "cha_de", "nam", father, person, today, person.surname)
        yield self._relative(chance, "me_de", "nu", father + chance.randrange(-1, 6), person, today, "")

    def _spouse(self, chance: Random, person: Person, today: date) -> tuple[object, ...]:
        male = person.sex == "nam"
        relation, sex = ("vo", "nu") if male else ("chong", "nam")
        year = person.born.year + (chance.randrange(0, 6) if male else -chance.randrange(0, 6))
        return self._relative(chance, relation, sex, min(year, today.year - 21), person, today, "")

    def _relative(
        self, chance: Random, relation: str, sex: str, year: int, person: Person, today: date, surname: str
    ) -> tuple[object, ...]:
        name, _ = self.name(chance, sex, person.ethnic, surname)
        age = today.year - year
        dead = age > 70 and chance.random() < min((age - 68) * 0.035, 0.95)
        work = None if dead else self.occupation(chance, min(age, 98))
        home = None if dead or chance.random() < 0.5 else person.home
        native = f"{person.native.districts[0]}, {person.native.full_name}" if chance.random() < 0.5 else None
        return (relation, name, year, native, work, home, dead, None)


def _plain(name: str) -> str:
    """A name as searches see it: small letters without marks."""
    letters = unicodedata.normalize("NFD", name.lower().replace("đ", "d"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _lodging(home: str) -> str:
    """Where somebody stays who does not live at the registered address: quarters of the office in the same commune."""
    return f"Nhà công vụ, {home.partition(', ')[2]}"


IDENTITY = (
    "full_name",
    "other_names",
    "birth_date",
    "birth_date_precision",
    "sex",
    "birth_place",
    "native_place",
    "ethnic_group",
    "religion",
    "permanent_address",
    "current_address",
    "phone",
    "email",
    "id_card_issued_on",
    "social_insurance_no",
    "prior_occupation",
    "political_history",
)
FAMILY = (
    "relation",
    "full_name",
    "birth_year",
    "native_place",
    "occupation",
    "address",
    "is_deceased",
    "abroad",
)
