"""One person's service: recruitment, posts, pay, leaves and the end of it, each on a paper and lawful on its
day."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from registry.organizations.staffing import Post
from registry.periods import add_months
from seed.chance import Weighted, day_between
from seed.pay import Career, Setback
from seed.people import Person
from seed.places import TWO_TIERS_SINCE, Place
from seed.roles import DISTRICT_POSTS, ROLES, RUNGS, Role
from seed.world import CIVIL_PROBATION_ENDED, FIRST_LEAVERS, PUBLIC_PROBATION_ENDED, World

DAY = timedelta(days=1)
DECIDED_AHEAD = timedelta(days=85)
"""A retirement is decided three months before the day."""
TERM_MONTHS = 60
ALLOWANCES_SINCE = date(2004, 10, 1)
CONTRACTS_SINCE = date(2023, 3, 1)
SERVICE_ALLOWANCE_SINCE = date(2012, 5, 1)
AGES = {
    "": (22, 38, 27),
    "trung_cap": (21, 27, 22),
    "cao_dang": (22, 27, 23),
    "dai_hoc": (23, 30, 24),
    "thac_si": (25, 32, 27),
}
LEAVING = Weighted(
    [("nghi_huu", 60), ("thoi_viec", 17), ("nghi_sap_xep", 13), ("cham_dut_hd", 6), ("tu_tran", 4)]
)
AWAY = Weighted([("", 970), ("di_hoc", 11), ("nghi_om_dai", 5), ("nghi_khong_luong", 4), ("biet_phai_di", 8)])
DIVISIONS = (
    "Nội vụ",
    "Tư pháp",
    "Tài chính - Kế hoạch",
    "Văn hóa - Thông tin",
    "Lao động - Thương binh và Xã hội",
    "Tài nguyên và Môi trường",
    "Kinh tế",
    "Quản lý đô thị",
    "Giáo dục và Đào tạo",
)
OLD_COMMUNE_POSTS = (
    "Văn phòng - thống kê",
    "Tư pháp - hộ tịch",
    "Tài chính - kế toán",
    "Văn hóa - xã hội",
    "Địa chính - xây dựng - đô thị và môi trường",
)
DUTIES = (
    "Tham mưu công tác tổ chức bộ máy, biên chế",
    "Tham mưu công tác cán bộ, công chức, viên chức",
    "Tổng hợp, xây dựng chương trình, kế hoạch và báo cáo",
    "Tiếp nhận và giải quyết thủ tục hành chính",
    "Theo dõi công tác cải cách hành chính và chuyển đổi số",
    "Tham mưu quản lý ngân sách, tài sản",
    "Tham mưu giải quyết đơn thư, tiếp công dân",
    "Tham mưu công tác thi đua, khen thưởng",
    "Xây dựng và kiểm tra văn bản quy phạm pháp luật",
    "Theo dõi, kiểm tra cơ sở thuộc lĩnh vực phụ trách",
)


@dataclass(slots=True)
class Fact:
    """A fact to be written; `issued` is the day of its paper, which decides when it came onto the
    registry."""

    kind: str
    start: date
    end: date | None
    decision: int
    issued: date
    fields: tuple[object, ...]
    start_precision: str = "day"
    end_precision: str = "day"


@dataclass(slots=True)
class Stay:
    """A time in a post; `rung` is '' for staff."""

    start: date
    place: Place
    title: str
    position: str | None
    rung: str
    event: str
    post: Post | None = None


@dataclass
class Life:
    """A person in the making. `last_day` is the last day of work, None for whoever serves today."""

    world: World
    chance: Random
    place: Place
    post: Post
    staff_code: str
    role: Role = field(init=False)
    person: Person = field(init=False)
    category: str = field(init=False)
    leaving: str = ""
    last_day: date | None = None
    recruited: date = field(init=False)
    confirmed: date | None = None
    facts: list[Fact] = field(default_factory=list)
    stays: list[Stay] = field(default_factory=list)
    setbacks: list[Setback] = field(default_factory=list)
    children: list[int] = field(default_factory=list)
    ranks: list[tuple[date, str]] = field(default_factory=list)
    master: bool = False
    old_commune: bool = False
    merged: str | None = None
    chains: dict[int, list[tuple[date, Place]]] = field(default_factory=dict)
    statement: int = 0
    stated_on: date = field(init=False)

    def __post_init__(self) -> None:
        self.role = ROLES[self.post.role]
        self.category = self.post.category

    # Planning

    @property
    def today(self) -> date:
        return self.world.today

    @property
    def over(self) -> date | None:
        """The first day after service."""
        return self.last_day + DAY if self.last_day else None

    @property
    def horizon(self) -> date:
        """The last day that counts for what has happened: of service, or today."""
        return min(self.last_day or self.today, self.today)

    @property
    def contract(self) -> bool:
        return self.category.startswith("hd_")

    def plan(self) -> None:
        """Settle sex, birth, recruitment and the end of service."""
        chance, rung = self.chance, RUNGS.get(self.post.rung)
        women = self.role.women * (0.72 if rung and 0.2 < self.role.women < 0.9 else 1)
        sex = "nu" if chance.random() < women else "nam"
        if chance.random() < 0.058:
            self.leaving = self._reason()
        low, high, usual = AGES[self.role.degree]
        young = int(chance.triangular(low, high, usual))
        if self.role.degree == "dai_hoc" and self.role.majors[:1] == ("Y khoa",):
            young = max(young, 25)
        if self.leaving == "nghi_huu":
            born = self._born_to_retire(sex)
            self.last_day = self.world.retires(sex, born)
            self.recruited = self._on_usual_day(add_months(born, 12 * young + chance.randrange(12)))
            self.recruited = max(self.recruited, self.role.since)
        else:
            until = self._until()
            self.recruited, born = self._service(sex, young, until)
            if self.leaving:
                self.last_day = until
        commune = self.place.commune
        self.person = self.world.people.person(chance, sex, born, self.place.home, commune)
        if self.person.born != born and (
            self.leaving == "nghi_huu" or self.world.retires(sex, self.person.born) <= self.horizon + 40 * DAY
        ):
            self.person.born, self.person.born_precision = born, "day"
        self.recruited = max(self.recruited, add_months(self.person.born, 18 * 12 + 1))
        retires = self.world.retires(sex, self.person.born)
        if not self.leaving and retires <= self.today + DECIDED_AHEAD:
            self.leaving, self.last_day = (
                "nghi_huu",
                retires,
            )  # the decision is signed, the day is still to come
        self.master = self.role.degree == "thac_si" or (
            self.role.degree == "dai_hoc" and young >= 25 and chance.random() < 0.12
        )
        self._confirm()
        self.old_commune = self._from_old_commune()
        self._plan_children()
        self._plan_setbacks()

    def _reason(self) -> str:
        reason = LEAVING(self.chance)
        if self.contract:
            return "cham_dut_hd"
        if reason == "cham_dut_hd" and self.category != "vien_chuc":
            return "thoi_viec"
        return reason

    def _until(self) -> date:
        """Today, or the last day of whoever left otherwise than by age."""
        if not self.leaving:
            return self.today
        first, last = FIRST_LEAVERS, self.world.yesterday - 20 * DAY
        if self.leaving == "nghi_sap_xep":
            first = max(first, date(2025, 2, 28))
        day = day_between(self.chance, first, last)
        return (
            add_months(day.replace(day=1), 1) - DAY
            if self.leaving == "nghi_sap_xep" and day < last - 31 * DAY
            else day
        )

    def _service(self, sex: str, young: int, horizon: date) -> tuple[date, date]:
        """Recruitment and birth of somebody who still works on `horizon`."""
        chance, rung = self.chance, RUNGS.get(self.post.rung)
        while True:
            if self.contract:
                recruited = day_between(chance, CONTRACTS_SINCE, horizon - 40 * DAY)
                young = int(chance.triangular(22, 52, 34)) if not self.role.degree else young
            elif rung:
                age = chance.triangular(rung.youngest + 1, min(rung.usual + 9, 61), rung.usual)
                recruited = horizon - timedelta(days=(age - min(young, rung.youngest - 7)) * 365.25)
                young = min(young, rung.youngest - 7)
            else:
                years = chance.uniform(22, 39) if chance.random() < 0.22 else chance.triangular(0.25, 34, 11)
                recruited = horizon - timedelta(days=years * 365.25)
            recruited = min(self._on_usual_day(recruited), horizon - 32 * DAY)
            born = add_months(recruited, -12 * young) - timedelta(days=chance.randrange(1, 360))
            retires = self.world.retires(sex, born)
            if (
                recruited >= self.role.since
                and retires > horizon + 5 * DAY
                and (not self.leaving or retires > horizon + 200 * DAY)
            ):
                return recruited, born

    def _born_to_retire(self, sex: str) -> date:
        """A birthday whose retirement day lies between the first leavers and yesterday."""
        while True:
            day = day_between(self.chance, FIRST_LEAVERS, self.world.yesterday)
            month_end = add_months(day.replace(day=1), 1) - DAY
            months = self.world.born_for.get((sex, month_end), [])
            if months and month_end <= self.world.yesterday:
                month = months[self.chance.randrange(len(months))]
                return month + DAY * self.chance.randrange(28)

    def _on_usual_day(self, day: date) -> date:
        draw = self.chance.random()
        return day.replace(day=1) if draw < 0.6 else day.replace(day=15) if draw < 0.8 else day

    def _confirm(self) -> None:
        """The end of probation, for those recruited while there was one."""
        if self.contract:
            return
        civil = self.category in ("cong_chuc", "can_bo")
        ended = CIVIL_PROBATION_ENDED if civil else PUBLIC_PROBATION_ENDED
        if self.recruited < ended:
            months = (12 if self.role.probation > 6 else 6) if civil else self.role.probation
            self.confirmed = min(add_months(self.recruited, months), ended)

    def _plan_children(self) -> None:
        born, chance = self.person.born, self.chance
        if self.today.year - born.year < 26 or chance.random() < 0.1:
            return
        first = born.year + chance.randrange(24, 32)
        gap = chance.randrange(3, 6)
        wanted = chance.choice((1, 1, 2, 2, 2, 2, 3))
        self.children = [
            first + gap * number for number in range(wanted) if first + gap * number <= self.today.year
        ]

    def _plan_setbacks(self) -> None:
        """Rarely a measure, or a failed year; they put off the next step."""
        draw, chance = self.chance.random(), self.chance
        first = max(add_months(self.recruited, 24), date(2015, 1, 5))
        last = self.horizon - 120 * DAY
        if draw > 0.024 or first >= last or self.contract:
            return
        day = day_between(chance, first, last)
        if draw < 0.014:
            self.setbacks = [Setback(day.year, day, 3 if chance.random() < 0.68 else 6)]
        elif day.year <= self.world.last_rated():
            agency = self.place.agency or self.place
            decided = self.world.rated_on(agency, day.year)
            if decided < last:
                self.setbacks = [Setback(day.year, decided, 0)]

    # Writing

    def add(
        self,
        kind: str,
        start: date,
        end: date | None,
        decision: int,
        issued: date,
        fields: tuple[object, ...],
        precision: str = "day",
    ) -> None:
        """Keep a fact, unless it would end before it starts."""
        if end is None or end > start:
            self.facts.append(Fact(kind, start, end, decision, issued, fields, precision))

    def paper(
        self, kind: str, effective: date, agency: Place | None = None, about: str = ""
    ) -> tuple[int, date]:
        """The decision on this person's matter: (id, day of issue)."""
        signs = agency or self.agency_on(effective)
        issued = self.world.issued(signs, kind, effective)
        return self.world.papers.decision(signs, kind, issued, effective, about), issued

    def agency_on(self, on: date) -> Place:
        """Who employs the person on a day."""
        found = self.stays[0].place
        for stay in self.stays:
            if stay.start <= on:
                found = stay.place
        return found.agency or found

    def serve(self) -> None:
        """Write everything about the service."""
        self._statuses()
        self._promise()
        self._appointments()
        self._salaries()
        self._allowances()

    # Posts

    def settle(self) -> list[Stay]:
        """All posts, oldest first, in units that existed then."""
        if self.last_day is None or self.last_day > TWO_TIERS_SINCE:
            self.merged = self.world.places.merged_into(self.chance, self.place)
        posts = self._leading()
        begin = posts[0].start if posts else self.over or date.max
        staff = self._as_staff(begin)
        found: list[Stay] = []
        for number, stay in enumerate(staff + posts):
            following = (staff + posts)[number + 1].start if number + 1 < len(staff + posts) else None
            found += self._in_time(stay, following)
        return found

    def _leading(self) -> list[Stay]:
        """The leading posts, oldest first; [] for staff."""
        rung = RUNGS.get(self.post.rung)
        if rung is None:
            return []
        earliest = max(add_months(self.person.born, rung.youngest * 12), add_months(self.recruited, 48))
        latest = self.horizon - 45 * DAY
        years = self.chance.triangular(0.2, 9, 2.5)
        start = self._on_usual_day(max(earliest, latest - timedelta(days=years * 365.25)))
        start = max(start, add_months(self.recruited, 12))
        if self.place.kind not in ("truong", "tram_y_te"):  # these were there before their commune was
            start = max(start, self.place.start)
        if self.post.rung.startswith("xa_") and self.chance.random() < 0.75:
            start = self.place.start
        found = [self._lead(start, self.place, self.post)]
        until = min(start, TWO_TIERS_SINCE) if self.post.rung.startswith("xa_") else start
        if until < start:
            found.insert(0, Stay(until, self.place, self._staff_title(), None, "", "sap_xep_to_chuc"))
        for earlier in rung.before:
            begin = until - timedelta(days=self.chance.uniform(3, 6.5) * 365.25)
            begin = self._on_usual_day(begin)
            young = add_months(self.person.born, RUNGS[earlier].youngest * 12)
            if begin < max(young, add_months(self.recruited, 40)):
                break
            stay = self._earlier(earlier, begin)
            if stay is not None:
                found.insert(0, stay)
                until = begin
        return found

    def _lead(self, start: date, place: Place, post: Post) -> Stay:
        event = "bo_nhiem"
        if post.category == "can_bo":
            event = "chi_dinh" if start == TWO_TIERS_SINCE else "bau_cu"
        return Stay(start, place, post.title, post.position_in(place.top), post.rung, event, post)

    def _earlier(self, rung: str, start: date) -> Stay | None:
        """An earlier leading post: of the district, of the unit or of one of its divisions."""
        if rung in DISTRICT_POSTS:
            title, key = DISTRICT_POSTS[rung]
            return Stay(start, self.place, title, key, rung, "bo_nhiem")
        seats = [one for one in (self.place, *self.place.children) if one.post(rung) and one.start <= start]
        if not seats:
            return None
        place = seats[self.chance.randrange(len(seats))]
        post = place.post(rung)
        return self._lead(start, place, post) if post else None

    def _staff_title(self) -> str:
        if not self.post.rung:
            return self.post.title
        plain = [
            post.title
            for post, _ in self._staff_place().seats
            if not post.rung and post.role == self.post.role
        ]
        return plain[0] if plain else "Chuyên viên"

    def _staff_place(self) -> Place:
        """Where the person works or worked as staff: the unit, or a division of it when it has only
        leaders."""
        if any(not post.rung for post, _ in self.place.seats):
            return self.place
        near = [
            one
            for one in self.place.children
            if any(not post.rung for post, _ in one.seats) and one.kind in ("phong", "so", "van_phong")
        ]
        if near and near[0].kind == "so":
            near = [one for so in near for one in so.children if one.kind == "phong"] or near
        return near[self.chance.randrange(len(near))] if near else self.place

    def _as_staff(self, until: date) -> list[Stay]:
        """From recruitment to the first leading post, with at most one transfer."""
        place, title = self._staff_place(), self._staff_title()
        event = "tuyen_dung" if self.chance.random() < 0.93 else "tiep_nhan"
        last = min(until, self.today)
        moved = add_months(self.recruited, 36)
        if (
            self.chance.random() < 0.32
            and last > add_months(moved, 12)
            and place.parent
            and not self.contract
        ):
            near = [one for one in self._alike(place) if one.start <= self.recruited]
            if near:
                when = self._on_usual_day(day_between(self.chance, moved, last - 60 * DAY))
                other = near[self.chance.randrange(len(near))]
                return [
                    Stay(self.recruited, other, title, None, "", event),
                    Stay(when, place, title, None, "", "dieu_dong"),
                ]
        return [Stay(self.recruited, place, title, None, "", event)]

    def _alike(self, place: Place) -> list[Place]:
        """Units beside one in which the person's profession has a place too."""
        beside = place.parent.children if place.parent else []
        return [
            one
            for one in beside
            if one is not place
            and one.kind == place.kind
            and one.end is None
            and any(post.role == self.post.role and not post.rung for post, _ in one.seats)
        ]

    def _in_time(self, stay: Stay, until: date | None) -> list[Stay]:
        """A stay cut at the days on which its unit came out of another one."""
        parts: list[Stay] = []
        before = date.max if until is None else until
        chain = self.chains.get(stay.place.id)
        if chain is None:
            chain = self.chains[stay.place.id] = self.world.places.lineage(
                self.chance, stay.place, self.merged
            )
        for since, place in chain:
            start = max(since, stay.start)
            if start >= before:
                continue
            event = stay.event if start == stay.start else "sap_xep_to_chuc"
            parts.insert(0, self._placed(stay, start, place, event))
            before = start
            if start == stay.start:
                break
        return parts

    def _placed(self, stay: Stay, start: date, place: Place, event: str) -> Stay:
        """The stay in the unit of that time; in a district the division or school is named with the post."""
        title, position, rung = stay.title, stay.position, stay.rung
        if place.kind == "ubnd_cap_huyen":
            if stay.place.kind in ("truong", "tram_y_te"):
                title = f"{title}, {stay.place.name(self.today)}"
            elif stay.rung in DISTRICT_POSTS:
                title = f"{title} {DIVISIONS[(stay.place.id + stay.start.year) % len(DIVISIONS)]}"
            elif self.old_commune:
                title = f"Công chức {OLD_COMMUNE_POSTS[stay.place.id % len(OLD_COMMUNE_POSTS)]} cấp xã"
            elif stay.place.kind != "don_vi_su_nghiep":
                title = f"{title} Phòng {DIVISIONS[stay.place.id % len(DIVISIONS)]}"
        elif rung in DISTRICT_POSTS:
            title, position, rung = self._staff_title(), None, ""
        return Stay(start, place, title, position, rung, event, stay.post)

    def _appointments(self) -> None:
        for number, stay in enumerate(self.stays):
            following = self.stays[number + 1].start if number + 1 < len(self.stays) else self.over
            self._terms(stay, following)
        self._concurrent()

    def _terms(self, stay: Stay, until: date | None) -> None:
        """A leading post is given for five years at a time, at most to retirement."""
        start, event = stay.start, stay.event
        retires = self.world.retires(self.person.sex, self.person.born)
        while True:
            ends = None
            following = until
            if stay.rung and stay.rung != "to_truong":
                ends = min(add_months(start, TERM_MONTHS), retires)
                again = add_months(start, TERM_MONTHS)
                if again <= self.today and again < (until or date.max) and again < retires:
                    following = again
            signs = self._signs(stay)
            decision, issued = self.paper(self._paper_kind(event), start, signs)
            duties = (
                DUTIES[(start.toordinal() + stay.place.id) % len(DUTIES)]
                if not stay.rung and stay.title.startswith("Chuyên viên")
                else None
            )
            self.add(
                "appointment",
                start,
                following,
                decision,
                issued,
                (
                    stay.place.id,
                    self.world.position_on(stay.position, start),
                    stay.title,
                    True,
                    event,
                    duties,
                    ends,
                ),
            )
            if following == until:
                return
            start, event = following or date.max, "bo_nhiem_lai"

    def _signs(self, stay: Stay) -> Place:
        agency = stay.place.agency or stay.place
        rung = RUNGS.get(stay.rung)
        if rung and rung.signer == "top":
            return self.world.places.by_code[agency.top]
        return agency

    def _paper_kind(self, event: str) -> str:
        if event == "tuyen_dung":
            return "hop_dong" if self.contract else "tuyen_dung"
        return {"tiep_nhan": "tuyen_dung", "chi_dinh": "bau_cu"}.get(event, event)

    def _concurrent(self) -> None:
        """Some hold a second post in the same unit."""
        rung = self.post.rung
        if self.contract or self.chance.random() > (0.05 if rung else 0.008):
            return
        last = self.stays[-1]
        start = day_between(self.chance, max(last.start, date(2018, 1, 1)), self.horizon - 30 * DAY)
        if start <= last.start:
            return
        title = self.chance.choice(
            (
                "Chủ tịch Công đoàn cơ sở",
                "Phó Chủ tịch Công đoàn cơ sở",
                "Trưởng ban Thanh tra nhân dân",
                "Ủy viên Hội đồng thi đua, khen thưởng",
            )
        )
        decision, issued = self.paper("kiem_nhiem", start)
        self.add(
            "appointment",
            start,
            self.over,
            decision,
            issued,
            (last.place.id, None, title, False, "kiem_nhiem", None, None),
        )

    def _promise(self) -> None:
        """A transfer that is decided but still to come."""
        last = self.stays[-1]
        if (
            self.last_day
            or self.contract
            or last.rung
            or self.chance.random() > 0.012
            or last.place.parent is None
        ):
            return
        near = self._alike(last.place)
        start = add_months(self.today.replace(day=1), 1)
        if near and last.start < self.world.yesterday:
            other = near[self.chance.randrange(len(near))]
            self.stays.append(Stay(start, other, last.title, None, "", "dieu_dong"))

    # Status

    def _statuses(self) -> None:
        spans = self._spans()
        mode = self._mode()
        first = True
        for number, (start, status, kind) in enumerate(spans):
            end = spans[number + 1][0] if number + 1 < len(spans) else None
            for begin, until, category in self._categories(start, end):
                decision, issued = self.paper(kind if begin == start else "chuyen_loai", begin)
                name = self.agency_on(begin).full_name(begin) if first else None
                self.add(
                    "status",
                    begin,
                    until,
                    decision,
                    issued,
                    (status, category, name, mode if first else None, None),
                )
                first = False

    def _spans(self) -> list[tuple[date, str, str]]:
        """(from, status, kind of paper), oldest first, without overlap; the last one lasts."""
        spans: list[tuple[date, str, str]] = []
        working = self.recruited
        if self.confirmed and self.confirmed > self.recruited:
            spans.append((self.recruited, "tap_su", "tuyen_dung"))
            working = self.confirmed
        if working <= self.horizon:
            spans.append(
                (
                    working,
                    "dang_lam_viec",
                    "hop_dong" if self.contract else "het_tap_su" if spans else "tuyen_dung",
                )
            )
            spans += self._leaves(working)
        if self.last_day:
            spans = [one for one in spans if one[0] <= self.last_day]
            status = "cham_dut_hd" if self.leaving == "cham_dut_hd" else self.leaving
            spans.append((self.last_day + DAY, status, self.leaving))
        return spans

    def _leaves(self, working: date) -> list[tuple[date, str, str]]:
        """Maternity leaves and one longer absence, each followed by work again unless it lasts."""
        found: list[tuple[date, str, str]] = []
        last = self.horizon
        free = max(working + 30 * DAY, date(2014, 1, 1))
        if self.person.sex == "nu":
            for year in self.children:
                start = day_between(self.chance, date(year, 1, 5), date(year, 12, 20))
                back = add_months(start, 6)
                if start < free or start > last - 25 * DAY or (self.last_day and back >= last):
                    continue
                found.append((start, "nghi_thai_san", "thai_san"))
                if back <= last:
                    found.append((back, "dang_lam_viec", "lam_viec"))
                free = back + 30 * DAY
        away = AWAY(self.chance) if not self.last_day and not self.contract else ""
        start = self.today - DAY * self.chance.randrange(20, 400)
        if away and start > free and (not self.post.rung or away == "di_hoc") and not self.last_day:
            found.append((start, away, {"di_hoc": "di_hoc", "biet_phai_di": "biet_phai"}.get(away, "nghi")))
        return found

    def _mode(self) -> str:
        if self.contract:
            return "hop_dong"
        if self.recruited.year < 1990:
            return "phan_cong"
        draw = self.chance.random()
        if self.category == "vien_chuc":
            return "xet_tuyen" if draw < 0.8 else "thi_tuyen"
        return "thi_tuyen" if draw < 0.86 else "tiep_nhan" if draw < 0.96 else "xet_tuyen"

    def _from_old_commune(self) -> bool:
        """Whether the person worked for a commune while these had officials of a kind of their own."""
        return (
            self.place.scope == "commune"
            and self.category == "cong_chuc"
            and not self.post.rung
            and self.recruited >= date(2010, 1, 1)
            and self.chance.random() < 0.4
        )

    def _categories(self, start: date, end: date | None) -> list[tuple[date, date | None, str]]:
        """A span cut where the category changed: to can_bo with the post, out of the commune kinds in
        2025."""
        later, earlier, turn = self.category, self.category, date.min
        if self.category == "can_bo":
            turn = next(
                (stay.start for stay in self.stays if stay.post and stay.post.category == "can_bo"), date.min
            )
            earlier = "cong_chuc"
        elif self.old_commune:
            turn, earlier = TWO_TIERS_SINCE, "cong_chuc_cap_xa"
        if end is not None and end <= turn:
            return [(start, end, earlier)]
        if start >= turn:
            return [(start, end, later)]
        return [(start, turn, earlier), (turn, end, later)]

    # Pay

    def _salaries(self) -> None:
        rung = RUNGS.get(self.post.rung)
        highest = rung.level if rung else (1 if self.chance.random() < 0.16 else 0)
        career = Career(self.world.steps, self.role.ladder, self.chance, highest, self.setbacks)
        until = self.horizon
        if not self.last_day and self.chance.random() < 0.3:
            until += 31 * DAY  # the next step is decided already
        first_step = 2 if self.master and self.role.degree in ("dai_hoc", "thac_si") else 1
        paid = list(career.progress(self.recruited, self.confirmed, first_step, until))
        for number, one in enumerate(paid):
            end = paid[number + 1].start if number + 1 < len(paid) else self.over
            kind = "hop_dong" if self.contract and one.event == "tuyen_dung" else one.event
            decision, issued = self.paper(kind, one.start)
            self.add(
                "salary",
                one.start,
                end,
                decision,
                issued,
                (
                    one.rank,
                    one.step,
                    f"{one.coefficient / 100:.2f}",
                    one.percent,
                    one.overrun,
                    "0",
                    one.rank_from,
                    "day",
                    one.event,
                ),
            )
            if not self.ranks or self.ranks[-1][1] != one.rank:
                self.ranks.append((one.start, one.rank))

    def _allowances(self) -> None:
        for number, stay in enumerate(self.stays):
            following = self.stays[number + 1].start if number + 1 < len(self.stays) else self.over
            self._for_post(stay, following)
        if self.contract:
            return
        start = max(self.confirmed or self.recruited, SERVICE_ALLOWANCE_SINCE)
        if self.category in ("cong_chuc", "can_bo"):
            self._percent("cong_vu", 25, start)
        elif self.post.role in ("gv_mam_non", "gv_tieu_hoc"):
            self._percent("uu_dai_nghe", 35, start)
        elif self.post.role in ("gv_thcs", "gv_thpt"):
            self._percent("uu_dai_nghe", 30, start)
        elif self.post.role in ("bac_si", "dieu_duong", "ky_thuat_y", "ho_sinh", "y_si"):
            self._percent("uu_dai_nghe", 40, start)
        if self.place.scope == "commune" and self.world.people.in_highlands(self.place.province):
            start = max(self.recruited, self.place.start)
            decision, issued = self.paper("phu_cap", start)
            self.add("allowance", start, self.over, decision, issued, ("khu_vuc", "0.50", None, None))

    def _percent(self, kind: str, percent: int, start: date) -> None:
        decision, issued = self.paper("phu_cap", start)
        self.add("allowance", start, self.over, decision, issued, (kind, None, percent, None))

    def _for_post(self, stay: Stay, until: date | None) -> None:
        """The position allowance: the table's coefficient while the table has one, else the unit's own."""
        start, coefficient = stay.start, stay.post.allowance if stay.post and stay.rung else ""
        end = until
        table = self.world.allowances.get(self.world.position_on(stay.position, stay.start) or "")
        if table is not None and stay.rung:
            since, table_end, coefficient = table
            start = max(start, since)
            # A post keeps its coefficient when its row goes over into the rows of 2026.
            if table_end is not None and stay.rung in DISTRICT_POSTS:
                end = min(end or date.max, table_end)
        if coefficient and start <= self.today and (end is None or end > start):
            decision, issued = self.paper(
                "phu_cap" if start > stay.start else self._paper_kind(stay.event), start, self._signs(stay)
            )
            self.add(
                "allowance",
                max(start, ALLOWANCES_SINCE),
                end,
                decision,
                issued,
                ("chuc_vu", coefficient, None, None),
            )
