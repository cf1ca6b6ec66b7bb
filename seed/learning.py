"""What people learned: schools and degrees, political theory, courses, languages, computers, the Party,
earlier work."""

from datetime import date, timedelta
from itertools import pairwise

from registry.periods import add_months
from seed.chance import Weighted, day_between, first_of_month
from seed.life import DAY, Life
from seed.roles import RUNGS

OFFICE_SECTORS = Weighted(
    [
        ("hanh_chinh", 40),
        ("luat", 24),
        ("tai_chinh", 18),
        ("xa_hoi", 7),
        ("cntt", 6),
        ("ngoai_giao", 3),
        ("van_hoa", 2),
    ]
)
SCIENCES = Weighted(
    [("khcn", 30), ("tai_chinh", 18), ("cntt", 15), ("ngoai_giao", 12), ("giao_duc", 15), ("cong_thuong", 10)]
)
YEARS = {"trung_cap": 2, "cao_dang": 3, "dai_hoc": 4, "thac_si": 2, "tien_si": 4}
FRAMEWORK_SINCE = date(2014, 3, 16)
OLD_LETTERS_END = date(2020, 1, 15)
IT_STANDARD_SINCE = date(2014, 4, 28)
OLD_IT_END = date(2016, 8, 10)
MINORITY_LANGUAGES = {
    "02": "tieng_tay",
    "03": "tieng_thai",
    "04": "tieng_muong",
    "05": "tieng_khmer",
    "07": "tieng_nung",
    "08": "tieng_mong",
    "09": "tieng_dao",
    "10": "tieng_gia_rai",
    "11": "tieng_e_de",
    "12": "tieng_ba_na",
    "14": "tieng_cham",
    "15": "tieng_co_ho",
    "16": "tieng_xo_dang",
    "20": "tieng_mnong",
}
PARTY_POSTS = {
    "so_truong": "Bí thư Đảng ủy",
    "so_pho": "Ủy viên Ban Thường vụ Đảng ủy",
    "vu_truong": "Bí thư chi bộ",
    "xa_dau": "Phó Bí thư Đảng ủy",
    "xa_pho": "Ủy viên Ban Thường vụ Đảng ủy",
    "truong_dau": "Bí thư chi bộ",
    "phong_truong": "Bí thư chi bộ",
    "dv_dau": "Bí thư Đảng ủy",
    "xa_phong": "Chi ủy viên",
    "dv_truong": "Phó Bí thư chi bộ",
    "tinh_pho": "Ủy viên Ban Chấp hành Đảng bộ",
}
FIRMS = (
    "Công ty Cổ phần Xây dựng và Thương mại",
    "Công ty TNHH Dịch vụ và Đầu tư",
    "Công ty Cổ phần Tư vấn",
    "Ngân hàng Thương mại Cổ phần",
    "Công ty TNHH Một thành viên",
    "Văn phòng Luật sư",
    "Trung tâm Ngoại ngữ",
)
FIRM_NAMES = (
    "Bình Minh",
    "Đại Phát",
    "Hoàng Long",
    "An Phú",
    "Thành Đạt",
    "Việt Tiến",
    "Hải Đăng",
    "Sông Hồng",
    "Phương Nam",
    "Trường Sơn",
    "Minh Khai",
    "Tân Hưng",
)


def learn(life: Life) -> None:
    """Write schooling and membership, oldest first."""
    _general(life)
    graduated = _degrees(life)
    joined = _party(life)
    _theory(life, joined)
    _courses(life)
    _languages(life)
    _computers(life)
    _earlier_work(life, graduated)


def _own(life: Life) -> tuple[int, date]:
    """The person's own statement, the paper of what no authority decided."""
    return life.statement, life.stated_on


def _general(life: Life) -> None:
    person, chance = life.person, life.chance
    old_system = person.born.year <= 1966 and person.origin.region in ("north", "highland_north")
    age, level = (17, "gdpt_10_10") if old_system else (18, "gdpt_12_12")
    if not life.role.degree and chance.random() < 0.35:
        level, age = ("gdpt_9_12", 15)
    award = date(person.born.year + age, 6, 1)
    precision = "year" if award.year < 1995 and chance.random() < 0.5 else "month"
    school = life.world.school(chance, "pho_thong", "general", person.native)
    statement, stated = _own(life)
    life.add(
        "qualification",
        award.replace(month=1) if precision == "year" else award,
        None,
        statement,
        stated,
        (level, None, school, "chinh_quy", None, None, None, None, None),
        precision,
    )


def _degrees(life: Life) -> date:
    """The degrees in order; returns the day of the one held on recruitment."""
    level = life.role.degree
    if not level:
        return add_months(life.person.born, 12 * 18)
    chance, sector = life.chance, _sector(life)
    first = "dai_hoc" if level == "thac_si" else level
    years = 6 if life.role.majors[:1] == ("Y khoa",) else YEARS[first]
    masters = 2 if life.master and level in ("dai_hoc", "thac_si") else 0
    soonest = add_months(date(life.person.born.year + 18, 9, 1), 12 * years - 3)
    latest = add_months(life.recruited, -2 - 12 * masters)
    done = (
        max(min(soonest, latest), latest - timedelta(days=chance.randrange(20, 500)))
        if soonest < latest
        else latest
    )
    done = done.replace(day=1 + chance.randrange(28))
    major = (
        life.role.majors[chance.randrange(len(life.role.majors))]
        if life.role.majors
        else life.world.majors[sector](chance)
    )
    _degree(life, first, major, sector, done, years, "chinh_quy")
    if masters:
        _degree(
            life,
            "thac_si",
            major,
            sector,
            add_months(life.recruited, -1 - chance.randrange(3)),
            2,
            "chinh_quy",
        )
    _later_degrees(life, first, major, sector)
    return done


def _sector(life: Life) -> str:
    if life.post.role in ("chuyen_vien", "chuyen_vien_sn"):
        return OFFICE_SECTORS(life.chance)
    return SCIENCES(life.chance) if life.role.sector == "khcn" else life.role.sector


def _later_degrees(life: Life, first: str, major: str, sector: str) -> None:
    """Further degrees beside the work: a first university degree, a master's, a doctorate."""
    chance, rung = life.chance, RUNGS.get(life.post.rung)
    last = life.horizon - 40 * DAY
    begin = add_months(life.recruited, 30)
    if first in ("trung_cap", "cao_dang") and begin < last and chance.random() < 0.35:
        mode = "lien_thong" if begin.year > 2012 else "vua_lam_vua_hoc"
        _degree(
            life,
            "dai_hoc",
            major,
            sector,
            day_between(chance, begin, min(add_months(begin, 96), last)),
            2,
            mode,
        )
        return
    wants = 0.55 if rung and rung.level else 0.2
    if first == "dai_hoc" and not life.master and add_months(begin, 24) < last and chance.random() < wants:
        done = day_between(chance, add_months(begin, 24), min(add_months(begin, 150), last))
        _degree(
            life,
            "thac_si",
            major,
            sector,
            done,
            2,
            "chinh_quy" if chance.random() < 0.5 else "vua_lam_vua_hoc",
        )
        begin = done
    doctors = 0.3 if life.role.degree == "thac_si" else 0.02 if rung and rung.level == 2 else 0
    begin = add_months(max(begin, add_months(life.person.born, 12 * 33)), 48)
    if doctors and begin < last and chance.random() < doctors:
        done = day_between(chance, begin, min(add_months(begin, 90), last))
        _degree(life, "tien_si", major, sector, done, 4, "chinh_quy")


def _degree(life: Life, level: str, major: str, sector: str, done: date, years: int, mode: str) -> None:
    chance = life.chance
    precision = "month" if done.year < 2000 and chance.random() < 0.6 else "day"
    if precision == "month":
        done = first_of_month(done)
    started = date(max(done.year - years, life.person.born.year + 17), 9, 1)
    finished = max(first_of_month(done), started)
    statement, stated = _own(life)
    if (
        done > stated
    ):  # learned while on the registry: the certified copy came with a statement of its own day
        statement, stated = (
            life.world.papers.own_statement(life.agency_on(done), done, life.staff_code, life.person.name),
            done,
        )
    life.add(
        "qualification",
        done,
        None,
        statement,
        stated,
        (
            level,
            major,
            life.world.school(chance, sector, level, life.person.origin),
            mode,
            started,
            "month",
            finished,
            "month",
            f"{chance.choice('ABCQ')}{chance.randrange(10**5, 10**7)}",
        ),
        precision,
    )


def _party(life: Life) -> date | None:
    """Membership; returns the day of admission."""
    person, chance = life.person, life.chance
    rung = RUNGS.get(life.post.rung)
    leads = next((stay.start for stay in life.stays if stay.rung and stay.rung != "to_truong"), None)
    share = life.role.party if not rung or not rung.theory else 1.0
    young = life.today.year - person.born.year < 30
    if chance.random() > share * (0.5 if young else 1):
        return None
    first = add_months(person.born, 12 * 19)
    usual = max(add_months(life.recruited, 18), first) if chance.random() < 0.88 else first
    last = min(
        leads - 400 * DAY if leads else date.max, life.horizon - 30 * DAY, add_months(person.born, 12 * 45)
    )
    if last <= first:
        return None
    joined = day_between(chance, min(usual, last), last if leads else min(add_months(usual, 120), last))
    precision = "month" if joined.year < 2000 and chance.random() < 0.3 else "day"
    if precision == "month":
        joined = joined.replace(day=1)
    official = add_months(joined, 12)
    full = official <= life.today
    if joined < life.recruited:
        decision, issued = _own(life)
    else:
        decision, issued = life.paper("ket_nap", joined)
    post = PARTY_POSTS.get(life.post.rung) if full and not life.last_day else None
    life.add(
        "party",
        joined,
        None,
        decision,
        issued,
        (
            joined,
            precision,
            official if full else None,
            precision if full else None,
            f"Chi bộ {life.agency_on(max(joined, life.recruited)).name(joined)}",
            f"{chance.randrange(10**7, 10**8)}" if full else None,
            post,
        ),
        precision,
    )
    return joined


def _theory(life: Life, joined: date | None) -> None:
    chance, rung = life.chance, RUNGS.get(life.post.rung)
    last = life.horizon - 60 * DAY
    if rung and rung.theory and joined:
        leads = next((stay.start for stay in life.stays if stay.rung == life.post.rung), last)
        until = min(max(leads, add_months(joined, 30)), last)
        if rung.theory == "cao_cap" and chance.random() < 0.6:
            _certificate(
                life, "political_theory", "trung_cap", add_months(joined, 14), add_months(until, -24)
            )
        _certificate(life, "political_theory", rung.theory, add_months(joined, 20), until)
    elif joined and last > add_months(joined, 40):
        draw = chance.random()
        if draw < 0.42:
            _certificate(
                life,
                "political_theory",
                "trung_cap" if draw < 0.26 else "so_cap",
                add_months(joined, 24),
                last,
            )


def _certificate(life: Life, kind: str, level: str, first: date, last: date) -> None:
    """A certificate gained between two days; none when there is no room."""
    if first >= last:
        return
    day = day_between(life.chance, max(first, last - timedelta(days=2500)), last)
    sector = "chinh_tri" if kind == "political_theory" else "quan_ly_nha_nuoc"
    school = (
        life.world.school(life.chance, sector, level, life.person.origin)
        if level not in ("cdnn", "qpan", "ld_xa")
        else "Học viện Hành chính và Quản trị công"
    )
    statement, stated = _own(life)
    if day > stated:
        statement, stated = (
            life.world.papers.own_statement(life.agency_on(day), day, life.staff_code, life.person.name),
            day,
        )
    life.add(kind, day, None, statement, stated, (level, school))


def _courses(life: Life) -> None:
    chance, rung = life.chance, RUNGS.get(life.post.rung)
    last = life.horizon - 30 * DAY
    begin = max(life.confirmed or life.recruited, date(2000, 1, 1))
    if life.contract:
        return
    if life.category in ("cong_chuc", "can_bo"):
        if chance.random() < 0.8:
            level = "can_su" if life.post.role == "can_su" else "chuyen_vien"
            until = min(add_months(begin, 48), last, date(2025, 6, 20) if level == "can_su" else date.max)
            _certificate(life, "state_management", level, begin, until)
        if len(life.ranks) > 1 or (rung and rung.level):
            risen = life.ranks[1][0] if len(life.ranks) > 1 else last
            _certificate(
                life, "state_management", "chuyen_vien_chinh", add_months(begin, 60), min(risen, last)
            )
        if rung and rung.level == 2:
            begun = max(
                add_months(life.ranks[-1][0], 12) if len(life.ranks) > 1 else last, add_months(begin, 160)
            )
            _certificate(life, "state_management", "chuyen_vien_cao_cap", begun, last)
    elif chance.random() < 0.6:
        _certificate(life, "state_management", "cdnn", max(begin, date(2017, 1, 1)), last)
    if rung and rung.course and chance.random() < 0.8:
        leads = next((stay.start for stay in life.stays if stay.rung == life.post.rung), last)
        first = date(2025, 7, 1) if rung.course == "ld_xa" else date(2012, 1, 1)
        _certificate(life, "state_management", rung.course, max(add_months(leads, -18), first), last)
    if chance.random() < 0.3:
        _certificate(life, "state_management", "qpan", max(begin, date(2014, 1, 1)), last)


def _languages(life: Life) -> None:
    chance, person = life.chance, life.person
    degree = life.role.degree
    if degree in ("dai_hoc", "thac_si", "cao_dang") and chance.random() < 0.75:
        day = day_between(
            chance, max(add_months(person.born, 252), date(1994, 1, 1)), max(life.recruited, date(1995, 1, 1))
        )
        day = min(day, life.today - 10 * DAY)
        if day < FRAMEWORK_SINCE or (day < OLD_LETTERS_END and chance.random() < 0.4):
            level = chance.choice(("cc_a", "cc_b", "cc_b", "cc_c"))
        else:
            level = chance.choice(("vn_2", "vn_3", "vn_3", "vn_4"))
        language = Weighted(
            [
                ("tieng_anh", 93),
                ("tieng_nga", 2 if day.year < 2000 else 0.2),
                ("tieng_trung", 3),
                ("tieng_phap", 2),
            ]
        )(chance)
        _skill(life, "language", day, (language, level, "Chứng chỉ ngoại ngữ"))
    spoken = MINORITY_LANGUAGES.get(person.ethnic)
    if (
        spoken in life.world.languages
        and person.origin.region.startswith("highland")
        and chance.random() < 0.5
    ):
        day = day_between(
            chance, max(life.recruited, date(2005, 1, 1)), max(life.horizon - 20 * DAY, date(2005, 1, 2))
        )
        _skill(life, "language", day, (spoken, "tdtts", "Chứng chỉ tiếng dân tộc thiểu số"))


def _computers(life: Life) -> None:
    chance = life.chance
    if not life.role.degree or chance.random() > 0.8:
        return
    first = max(add_months(life.person.born, 240), date(2000, 1, 2))
    day = min(day_between(chance, first, max(life.recruited, first + 300 * DAY)), life.today - 10 * DAY)
    if day < IT_STANDARD_SINCE or (day < OLD_IT_END and chance.random() < 0.4):
        level = chance.choice(("cc_a", "cc_b", "cc_b"))
    else:
        level = "cb" if chance.random() < 0.82 else "nc"
    _skill(life, "it_skill", day, (level, life.world.school(chance, "cntt", "dai_hoc", life.person.origin)))


def _skill(life: Life, kind: str, day: date, fields: tuple[object, ...]) -> None:
    statement, stated = _own(life)
    if day > stated:
        statement, stated = (
            life.world.papers.own_statement(life.agency_on(day), day, life.staff_code, life.person.name),
            day,
        )
    life.add(kind, day, None, statement, stated, fields)


def _earlier_work(life: Life, graduated: date) -> None:
    """Jobs between school and recruitment."""
    chance = life.chance
    start = first_of_month(add_months(graduated, 1 + chance.randrange(6)))
    end = first_of_month(add_months(life.recruited, -1))
    if end <= add_months(start, 5) or chance.random() < 0.35:
        return
    middle = first_of_month(add_months(start, max(4, (end - start).days // 60)))
    cuts = [start, middle, end] if (end - start).days > 1200 and chance.random() < 0.5 else [start, end]
    statement, stated = _own(life)
    for begin, until in pairwise(cuts):
        unit = f"{chance.choice(FIRMS)} {chance.choice(FIRM_NAMES)}"
        post = (
            "Nhân viên"
            if not life.role.degree
            else chance.choice(("Nhân viên", "Chuyên viên", "Kỹ thuật viên"))
        )
        life.add(
            "work_history", begin, until, statement, stated, (unit, post, life.person.origin.name), "month"
        )
        life.facts[-1].end_precision = "month"
