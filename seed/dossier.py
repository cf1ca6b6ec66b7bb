"""The rest of a dossier: addresses and papers of identity, contracts, movements, leaves, planning, courses,
unions, service in the forces, health, trips, declarations, and the further fields of what others wrote.

Drawn from a generator of its own, so that who the people are and how they served does not depend on it.
"""

from collections.abc import Callable
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from registry.periods import add_months
from seed.chance import Weighted, day_between, generator, number_of, working_day
from seed.life import DAY, Fact, Life
from seed.places import TWO_TIERS_SINCE, Place
from seed.portraits import drawings
from seed.roles import RUNGS

FIELDS: dict[str, tuple[str, ...]] = {
    "identity": (
        "birth_province",
        "native_province",
        "native_commune",
        "id_card_issuer",
        "old_id_no",
        "health_insurance_no",
        "tax_code",
        "marital_status",
        "family_class",
        "forte",
    ),
    "status": ("recruited_position", "notified_on"),
    "appointment": (
        "first_appointed_on",
        "first_appointed_on_precision",
        "term_of_office",
        "joined_unit_on",
        "joined_unit_on_precision",
    ),
    "salary": ("career_step", "career_step_from", "career_step_from_precision"),
    "qualification": ("country", "grade", "is_verified"),
    "discipline": ("legal_basis", "party_decision_no", "party_decided_on"),
    "evaluation": ("rated_by",),
}
"""Fields that are added to facts written elsewhere, in the order in which they are given here."""
KINDS: dict[str, tuple[str, ...]] = {
    "address": ("use", "printed", "province", "commune", "street"),
    "identity_paper": ("paper", "number", "issuer", "expires_on"),
    "portrait": ("photo",),
    "policy_status": ("policy", "disability_class", "certificate_no"),
    "training": ("course", "training", "school", "study_mode", "country", "certificate", "is_verified"),
    "union": ("body", "post", "place"),
    "military": ("force", "highest_rank", "post", "unit", "discharge"),
    "planning": ("term", "post", "level", "reviewed_on", "review"),
    "secondment": (
        "movement",
        "from_name",
        "to_unit",
        "to_name",
        "post",
        "planned_end_on",
        "paid_by",
        "confirmed_on",
        "confirmation_no",
    ),
    "contract": ("contract", "contract_no", "signed_on", "ends_on", "job"),
    "health": ("health_class", "height_cm", "weight_kg", "blood_group", "clinic"),
    "foreign_trip": ("country", "purpose", "content", "funding", "delegation"),
    "asset_declaration": ("year", "declaration", "receiver", "file_ref"),
    "leave": ("leave", "back_on", "reason"),
    "abroad_link": ("link", "name", "relation", "country", "nationality", "occupation"),
    "personal_history": ("topic", "statement", "place", "declared_to"),
    "economy": ("year", "salary_income_vnd", "household_income_vnd", "house", "house_m2", "bought_land_m2"),
    "remark": ("occasion", "statement", "author"),
    "paper_file": ("document", "pages", "place"),
}
"""The fields of the kinds written here, in the order in which they are given."""

CARD_LAW_SINCE = date(2024, 7, 1)
PERSONAL_TAX_CODE_SINCE = date(2025, 7, 1)
CAREER_STEPS_SINCE = date(2026, 7, 1)
CONTRACTS_FOR_LIFE_END = date(2020, 7, 1)
DECLARED_SINCE = 2021
CAREER_STEP_OF = {"B": "1", "A0": "2", "A1": "3", "A2.1": "4", "A2.2": "4", "A3.1": "5", "A3.2": "5"}
"""Old salary groups and the career step that takes their place (Decree 232/2026/NĐ-CP)."""
CLASSES = Weighted(
    [
        ("nong_dan", 38),
        ("cong_nhan", 16),
        ("cong_chuc_vien_chuc", 20),
        ("ban_nong", 9),
        ("trung_nong", 4),
        ("tieu_thuong", 7),
        ("quan_nhan", 4),
        ("tri_thuc", 2),
    ]
)
FORTES = (
    "Tham mưu tổng hợp",
    "Nghiên cứu, xây dựng văn bản",
    "Quản lý, điều hành",
    "Giảng dạy",
    "Chuyên môn, nghiệp vụ",
    "Công tác dân vận",
    "Ứng dụng công nghệ thông tin",
    "Tài chính, kế toán",
)
COURSES: tuple[tuple[str, str, str], ...] = (
    ("Kỹ năng soạn thảo văn bản và tham mưu", "ky_nang", "Trường Chính trị tỉnh"),
    ("Kỹ năng giao tiếp và văn hóa công vụ", "ky_nang", "Trường Chính trị tỉnh"),
    ("Bồi dưỡng theo yêu cầu vị trí việc làm", "vi_tri_viec_lam", "Học viện Hành chính và Quản trị công"),
    ("Chuyển đổi số và dịch vụ công trực tuyến", "chuyen_doi_so", "Học viện Hành chính và Quản trị công"),
    ("An toàn thông tin cho cán bộ, công chức", "chuyen_doi_so", "Học viện Công nghệ Bưu chính Viễn thông"),
    ("Nghiệp vụ chuyên ngành", "chuyen_mon", "Trường Đào tạo, bồi dưỡng cán bộ của ngành"),
    ("Cập nhật kiến thức theo Nghị quyết của Đảng", "ly_luan", "Trường Chính trị tỉnh"),
    (
        "Bồi dưỡng kiến thức quốc phòng và an ninh đối tượng 4",
        "quoc_phong_an_ninh",
        "Trung tâm Giáo dục quốc phòng và an ninh",
    ),
    ("Hội nhập quốc tế và đàm phán", "hoi_nhap", "Học viện Ngoại giao"),
)
HOSPITALS = ("Bệnh viện Đa khoa tỉnh", "Bệnh viện Bạch Mai", "Bệnh viện 108", "Trung tâm Y tế khu vực")
BLOOD = Weighted([("O", 30), ("B", 22), ("A", 16), ("AB", 4), ("O+", 13), ("B+", 8), ("A+", 6), ("AB+", 1)])
NEXT_POST = {
    "": "Phó Trưởng phòng",
    "phong_pho": "Trưởng phòng",
    "phong_truong": "Phó Giám đốc Sở",
    "so_pho": "Giám đốc Sở",
    "vu_pho": "Vụ trưởng",
    "xa_phong_pho": "Trưởng phòng của xã, phường",
    "xa_phong": "Phó Chủ tịch Ủy ban nhân dân xã, phường",
    "xa_pho": "Chủ tịch Ủy ban nhân dân xã, phường",
    "truong_pho": "Hiệu trưởng",
    "to_truong": "Phó Hiệu trưởng",
    "dv_pho": "Trưởng đơn vị",
    "dv_truong": "Phó Thủ trưởng đơn vị",
}
PLANNED_LEVEL = {"phong_truong": "bo_tinh", "so_pho": "trung_uong", "vu_pho": "trung_uong"}
LEAVES = {
    "nghi_thai_san": ("thai_san", 6),
    "nghi_om_dai": ("om_dau", 6),
    "nghi_khong_luong": ("khong_luong", 12),
    "di_hoc": ("di_hoc", 24),
}
TRIPS = Weighted(
    [("KR", 16), ("JP", 15), ("CN", 15), ("SG", 14), ("LA", 12), ("TH", 9), ("DE", 7), ("FR", 6), ("AU", 6)]
)
PURPOSES = Weighted([("cong_tac", 45), ("hoc_tap", 25), ("hoi_nghi", 20), ("du_lich", 10)])
ABROAD = Weighted(
    [("US", 34), ("JP", 16), ("KR", 12), ("AU", 10), ("DE", 9), ("CA", 7), ("FR", 6), ("CZ", 6)]
)
KIN = {"con": "Du học", "anh_ruot": "Kinh doanh", "chi_ruot": "Nội trợ", "em_ruot": "Lao động phổ thông"}
REMARKS = (
    "Có lập trường tư tưởng vững vàng, chấp hành tốt chủ trương, chính sách; hoàn thành nhiệm vụ được giao.",
    "Năng lực chuyên môn tốt, chủ động trong công việc, phối hợp tốt với đồng nghiệp.",
    "Có tinh thần trách nhiệm, lối sống giản dị, được tập thể tín nhiệm.",
)


def complete(life: Life, careers: dict[str, str]) -> None:
    """Write the rest. `careers`: rank → career step that takes its place."""
    chance = generator(life.world.seed, "dossier", life.staff_code)
    soldier = _military(life, chance)
    for write in (_addresses, _identity_papers, _contracts, _movements, _leaves, _planning, _courses):
        write(life, chance)
    _unions(life, chance, soldier)
    _policies(life, chance, soldier)
    for write in (_health, _trips, _declarations, _abroad, _history, _economy, _remarks):
        write(life, chance)
    _portrait(life)
    _paper_file(life)
    _further_fields(life, chance, careers)


def career_steps(groups: dict[str, str]) -> dict[str, str]:
    """Rank → career step, from rank → salary group."""
    return {rank: CAREER_STEP_OF[group] for rank, group in groups.items() if group in CAREER_STEP_OF}


# What others wrote, with more fields


def _further_fields(life: Life, chance: Random, careers: dict[str, str]) -> None:
    for fact in life.facts:
        add = ADDED.get(fact.kind)
        if add is not None:
            fact.fields = (*fact.fields, *add(life, chance, fact))
        elif fact.kind == "salary":
            fact.fields = (*fact.fields, *_career(life, fact, careers))


def _identity(life: Life, chance: Random, fact: Fact) -> tuple[object, ...]:
    person, people = life.person, life.world.people
    card, insurance = fact.fields[13], fact.fields[14]
    assert isinstance(card, date)
    communes = people.communes[person.native.now]
    old = f"{chance.randrange(10**8, 10**9)}" if person.born.year < 1998 else None
    tax = (
        person.personal_id if life.stated_on >= PERSONAL_TAX_CODE_SINCE else f"8{chance.randrange(10**9):09d}"
    )
    relations = {one.fields[0] for one in life.facts if one.kind == "family"}
    married = (
        "co_vo_chong" if relations & {"vo", "chong"} else "ly_hon" if "con" in relations else "chua_ket_hon"
    )
    return (
        person.origin.now,
        person.native.now,
        communes[chance.randrange(len(communes))][0] if chance.random() < 0.6 else None,
        _card_issuer(card),
        old,
        insurance,
        tax,
        married,
        CLASSES(chance),
        FORTES[chance.randrange(len(FORTES))] if chance.random() < 0.7 else None,
    )


def _card_issuer(on: date) -> str:
    police = "Cục Cảnh sát quản lý hành chính về trật tự xã hội"
    return "Bộ Công an" if on >= CARD_LAW_SINCE else police


def _status(life: Life, _chance: Random, fact: Fact) -> tuple[object, ...]:
    first = fact.fields[2] is not None
    notified = add_months(fact.start, -6) if fact.fields[0] == "nghi_huu" else None
    return (life.stays[0].title if first else None, notified)


def _appointment(life: Life, _chance: Random, fact: Fact) -> tuple[object, ...]:
    unit, _position, title, main, event, *_ = fact.fields
    again = [
        one.start
        for one in life.facts
        if one.kind == "appointment"
        and one.fields[0] == unit
        and one.fields[2] == title
        and one.fields[4] != event
    ]
    first = min(again) if event == "bo_nhiem_lai" and again else None
    term = "2025 - 2030" if main and event in ("bau_cu", "chi_dinh") and fact.start.year >= 2025 else None
    joined = None
    if main:
        agency = life.agency_on(fact.start)
        joined = min(one.start for one in life.stays if (one.place.agency or one.place).id == agency.id)
        joined = min(joined, fact.start)
    return (first, "day" if first else None, term, joined, "day" if joined else None)


def _career(life: Life, fact: Fact, careers: dict[str, str]) -> tuple[object, ...]:
    """Both regimes side by side: of public employees whose pay was fixed anew since there are career steps."""
    step = careers.get(str(fact.fields[0])) if life.category == "vien_chuc" else None
    if step is None or fact.start < CAREER_STEPS_SINCE:
        return (None, None, None)
    return (step, fact.start, "day")


def _qualification(_life: Life, chance: Random, fact: Fact) -> tuple[object, ...]:
    if fact.fields[1] is None:
        return (None, None, False)
    grade = Weighted([("trung_binh", 12), ("trung_binh_kha", 14), ("kha", 52), ("gioi", 19), ("xuat_sac", 3)])
    return ("VN", grade(chance), chance.random() < 0.8)


def _discipline(life: Life, _chance: Random, fact: Fact) -> tuple[object, ...]:
    basis = "Luật Cán bộ, công chức" if life.category in ("cong_chuc", "can_bo") else "Luật Viên chức"
    if fact.fields[1] != "administrative":
        return ("Điều lệ Đảng", None, None)
    linked = next((one for one in life.facts if one.kind == "discipline" and one.fields[1] == "party"), None)
    number = linked and next((row[2] for row in life.world.papers.fresh if row[0] == linked.decision), None)
    return (basis, number, linked.issued if linked and number else None)


ADDED: dict[str, Callable[[Life, Random, Fact], tuple[object, ...]]] = {
    "identity": _identity,
    "status": _status,
    "appointment": _appointment,
    "qualification": _qualification,
    "discipline": _discipline,
    "evaluation": lambda life, _chance, fact: (
        f"Thủ trưởng {life.agency_on(fact.start).name(fact.start)}"[:200],
    ),
}


# What is written here


def _own(
    life: Life, kind: str, start: date, end: date | None, *fields: object, precision: str = "day"
) -> None:
    """A fact of the person's own statement; what came later stands on a paper of the agency of its day."""
    if start <= life.stated_on:
        life.add(kind, start, end, life.statement, life.stated_on, fields, precision)
        return
    day = min(start, life.world.yesterday)
    agency = life.agency_on(day)
    decision = life.world.papers.decision(agency, "bo_sung", day, day)
    life.add(kind, start, end, decision, day, fields, precision)


def _by_agency(
    life: Life, paper: str, kind: str, start: date, end: date | None, *fields: object, about: str = ""
) -> None:
    decision, issued = life.paper(paper, start, about=about)
    life.add(kind, start, end, decision, issued, fields)


def _addresses(life: Life, chance: Random) -> None:
    """The permanent address: three tiers on paper before July 2025, two of today since; few live elsewhere."""
    person, people = life.person, life.world.people
    street, commune, province = person.home_parts
    before = people.from_now[province](chance)
    printed = f"{street}, {people.birth_place(chance, before)}"
    moved = max(life.recruited, TWO_TIERS_SINCE)
    if life.recruited < TWO_TIERS_SINCE:
        stays = life.last_day is not None and life.last_day < TWO_TIERS_SINCE
        end = None if stays else TWO_TIERS_SINCE
        _own(life, "address", life.recruited, end, "thuong_tru", printed, province, commune, street)
        if stays:
            return
    _own(life, "address", moved, None, "thuong_tru", person.home, province, commune, street)
    if chance.random() < 0.12:
        near = people.communes[province]
        other, kind, full = near[chance.randrange(len(near))]
        what, name = people.homes["phuong" if kind == "phuong" else "xa", before.region](chance)
        where = f"Số {chance.randrange(1, 320)} đường {name}" if what == "street" else name
        text = f"{where}, {full}, {people.provinces[province]}"
        _own(life, "address", moved, None, "hien_nay", text, province, other, where)


def _portrait(life: Life) -> None:
    """A drawing of nobody, for one in three; drawn from a generator of its own."""
    chance = generator(life.world.seed, "portrait", life.staff_code)
    if chance.random() < 0.34:
        drawing = chance.choice(drawings(life.world.seed))
        _own(life, "portrait", life.stated_on - chance.randrange(10, 150) * DAY, None, drawing.uid)


def _paper_file(life: Life) -> None:
    """What some agencies keep on paper beside the electronic file."""
    chance = generator(life.world.seed, "paper_file", life.staff_code)
    if chance.random() < 0.22:
        place = f"Tủ hồ sơ số {chance.randrange(1, 40)}, lưu trữ cơ quan"
        _own(
            life,
            "paper_file",
            life.stated_on,
            None,
            "Sơ yếu lý lịch 2C-BNV/2008",
            chance.randrange(4, 9),
            place,
        )


def _identity_papers(life: Life, chance: Random) -> None:
    """The card, and a passport of some."""
    identity = next(one for one in life.facts if one.kind == "identity")
    card = identity.fields[13]
    assert isinstance(card, date)
    paper = "can_cuoc" if card >= CARD_LAW_SINCE else "cccd"
    expires = _card_expires(life.person.born, card)
    _own(life, "identity_paper", card, None, paper, life.person.personal_id, _card_issuer(card), expires)
    leads = bool(RUNGS.get(life.post.rung))
    if chance.random() < (0.2 if leads else 0.04):
        kind = "ho_chieu_cong_vu" if leads else "ho_chieu"
        since = day_between(chance, max(life.recruited, date(2019, 1, 2)), life.horizon - 20 * DAY)
        if since > life.recruited:
            until = add_months(since, 12 * (5 if leads else 10))
            number = f"{'S' if leads else 'C'}{chance.randrange(10**6, 10**7)}"
            issuer = "Cục Lãnh sự" if leads else "Cục Quản lý xuất nhập cảnh"
            _own(life, "identity_paper", since, None, kind, number, issuer, until)


def _card_expires(born: date, card: date) -> date | None:
    """A card is renewed at 25, 40 and 60; the last one does not expire."""
    ages = [add_months(born, 12 * age) for age in (25, 40, 60)]
    return next((day for day in ages if day > add_months(card, 24)), None)


def _contracts(life: Life, chance: Random) -> None:
    """Of public employees and contract workers: a fixed term first, then, for some, an open-ended one."""
    public = life.category == "vien_chuc"
    if not public and not life.contract:
        return
    kinds = (
        ("lam_viec_xac_dinh", "lam_viec_khong_xac_dinh")
        if public
        else ("lao_dong_xac_dinh", "lao_dong_khong_xac_dinh")
    )
    job, until = life.stays[-1].title, life.over
    number = 100 + number_of(life.staff_code) % 800
    open_since = life.recruited
    if life.recruited >= date(2004, 1, 1) or not public:
        months = chance.choice((12, 24, 36)) if public else 36
        open_since = add_months(life.recruited, months)
        end = min(open_since, until) if until else open_since
        _by_agency(
            life,
            "hop_dong",
            "contract",
            life.recruited,
            end,
            kinds[0],
            f"{number}/HĐ",
            life.recruited,
            open_since - DAY,
            job,
        )
    if open_since <= life.today and (until is None or open_since < until):
        start = max(open_since, date(2003, 7, 1))
        _by_agency(life, "hop_dong", "contract", start, until, kinds[1], f"{number + 1}/HĐ", start, None, job)


def _movements(life: Life, chance: Random) -> None:
    """Transfers between units, each until the next, confirmed where they were received; secondments, up to three years."""
    moves = [one for one in pairwise(life.stays) if one[1].event == "dieu_dong"]
    ends = [*(stay.start for _, stay in moves[1:]), None][: len(moves)]
    for (before, stay), end in zip(moves, ends, strict=True):
        decision, issued = life.paper("dieu_dong", stay.start)
        life.add(
            "secondment",
            stay.start,
            end,
            decision,
            issued,
            (
                "dieu_dong",
                before.place.name(stay.start - DAY),
                stay.place.id,
                None,
                stay.title[:300],
                None,
                "receiving",
                issued,
                f"{1 + number_of(life.staff_code, issued) % 900}/CV",
            ),
        )
    for fact in [one for one in life.facts if one.kind == "status" and one.fields[0] == "biet_phai_di"]:
        until = add_months(fact.start, chance.choice((12, 24, 36)))
        name = life.agency_on(fact.start).name(fact.start)
        life.add(
            "secondment",
            fact.start,
            fact.end,
            fact.decision,
            fact.issued,
            ("biet_phai", name, None, "Ban Quản lý dự án của tỉnh", None, until, "sending", None, None),
        )


def _leaves(life: Life, chance: Random) -> None:
    """The leaves that the statuses tell, and short ones of fathers."""
    taken: list[tuple[date, date]] = []
    for fact in [one for one in life.facts if one.kind == "status" and one.fields[0] in LEAVES]:
        kind, months = LEAVES[str(fact.fields[0])]
        back = fact.end or add_months(fact.start, months)
        life.add("leave", fact.start, fact.end, fact.decision, fact.issued, (kind, back, None))
        taken.append((fact.start, fact.end or date.max))
    if life.person.sex != "nam":
        return
    for year in life.children:
        start = working_day(day_between(chance, date(year, 1, 5), date(year, 12, 18)))
        end = start + 7 * DAY
        free = all(end <= begin or start >= until for begin, until in taken)
        if (
            start > max(life.recruited, date(2016, 1, 1))
            and end < life.horizon
            and free
            and chance.random() < 0.5
        ):
            _by_agency(life, "nghi", "leave", start, end, "vo_sinh_con", end, None)


def _planning(life: Life, chance: Random) -> None:
    rung = life.post.rung
    post = NEXT_POST.get(rung)
    leads = bool(rung)
    if post is None or life.last_day or life.contract or chance.random() > (0.45 if leads else 0.07):
        return
    approved = date(2024, 3, 1) + DAY * (number_of(life.place.top, "planning") % 90)
    approved = working_day(max(approved, add_months(life.recruited, 36)))
    age = (approved - life.person.born).days / 365.25
    if approved > life.world.yesterday or age > 52:
        return
    reviewed = working_day(date(2026, 3, 2) + DAY * (number_of(life.place.top, "review") % 60))
    reviewed_on = reviewed if approved < reviewed <= life.world.yesterday else None
    _by_agency(
        life,
        "quy_hoach",
        "planning",
        approved,
        None,
        "2025_2030",
        post,
        PLANNED_LEVEL.get(rung, "so_vu" if leads else "don_vi"),
        reviewed_on,
        "tiep_tuc" if reviewed_on else None,
    )


def _courses(life: Life, chance: Random) -> None:
    """Courses of some days to some weeks, beside the work."""
    first, last = max(life.recruited + 60 * DAY, date(2012, 1, 4)), life.horizon - 40 * DAY
    if life.contract or first >= last:
        return
    for _ in range(chance.choice((0, 1, 1, 2))):
        course, kind, school = COURSES[chance.randrange(len(COURSES))]
        start = working_day(day_between(chance, first, last))
        end = start + DAY * chance.choice((3, 5, 10, 20))
        country = "VN"
        _by_agency(
            life,
            "boi_duong",
            "training",
            start,
            end,
            course,
            kind,
            school,
            "boi_duong",
            country,
            "Chứng chỉ bồi dưỡng" if (end - start).days > 4 else "Giấy chứng nhận",
            False,
        )


def _military(life: Life, chance: Random) -> tuple[date, date] | None:
    """Service of two years after school, of some men; returns when."""
    person = life.person
    if person.sex != "nam" or chance.random() > 0.16:
        return None
    enlisted = date(
        person.born.year + 18 + chance.randrange(2), 2 + chance.randrange(2), 1 + chance.randrange(27)
    )
    discharged = add_months(enlisted, 24)
    studied = [
        one.fields[4] for one in life.facts if one.kind == "qualification" and isinstance(one.fields[4], date)
    ]
    worked = [one.start for one in life.facts if one.kind == "work_history"]
    busy = [day for day in (*studied, *worked, life.recruited) if isinstance(day, date)]
    if enlisted < add_months(person.born, 12 * 18) or min(busy) <= discharged:
        return None
    police = chance.random() < 0.2
    unit = "Công an tỉnh" if police else f"Trung đoàn {chance.randrange(2, 99)}"
    rank = chance.choice(("ha_si", "trung_si", "thuong_si"))
    _own(
        life,
        "military",
        enlisted,
        discharged,
        "cong_an" if police else "quan_doi",
        rank,
        "Tiểu đội trưởng" if rank != "ha_si" else "Chiến sĩ",
        unit,
        "Hoàn thành nghĩa vụ",
    )
    return enlisted, discharged


def _unions(life: Life, chance: Random, soldier: tuple[date, date] | None) -> None:
    """The trade union while at work, the Youth Union up to 30, and what goes with sex and service."""
    agency = life.agency_on(life.recruited).name(life.recruited)
    _own(life, "union", life.recruited, life.over, "cong_doan", None, f"Công đoàn {agency}"[:300])
    young, old = add_months(life.person.born, 12 * 16), add_months(life.person.born, 12 * 30)
    joined = date(young.year, 3, 26)
    if chance.random() < 0.85:
        end = old if old <= life.horizon else life.over
        _own(life, "union", joined, end, "doan_thanh_nien", None, None, precision="month")
    if life.person.sex == "nu" and chance.random() < 0.3:
        _own(life, "union", max(life.recruited, old), None, "hoi_phu_nu", None, None)
    if soldier and chance.random() < 0.5:
        _own(
            life,
            "union",
            max(add_months(soldier[1], 12), life.recruited),
            None,
            "hoi_cuu_chien_binh",
            None,
            None,
        )


def _policies(life: Life, chance: Random, soldier: tuple[date, date] | None) -> None:
    born = life.person.born
    if born.year < 1978 and chance.random() < 0.06:
        policy = chance.choice(("con_liet_si", "con_thuong_binh", "con_thuong_binh", "con_benh_binh"))
        _own(life, "policy_status", max(born, date(1976, 1, 1)), None, policy, None, None, precision="year")
    elif soldier and soldier[1].year < 1992 and chance.random() < 0.15:
        _own(
            life,
            "policy_status",
            soldier[1],
            None,
            "thuong_binh",
            "4_4",
            f"TB{chance.randrange(10**5, 10**6)}",
        )


def _health(life: Life, chance: Random) -> None:
    """The yearly examination, the last one of two persons in three."""
    if life.last_day or chance.random() > 0.66:
        return
    day = date(2026, 5, 4) + DAY * (number_of(life.place.top, "health") % 60)
    day = working_day(day)
    if day > life.world.yesterday or day <= life.recruited:
        return
    man = life.person.sex == "nam"
    height = round(chance.gauss(167 if man else 156, 5))
    weight = round(max(40.0, chance.gauss(22.3, 2.0) * (height / 100) ** 2), 1)
    grade = Weighted([("loai_1", 22), ("loai_2", 56), ("loai_3", 20), ("loai_4", 2)])(chance)
    clinic = HOSPITALS[chance.randrange(len(HOSPITALS))]
    blood = BLOOD(chance) if chance.random() < 0.8 else None
    _by_agency(life, "suc_khoe", "health", day, None, grade, height, f"{weight:.1f}", blood, clinic)


def _trips(life: Life, chance: Random) -> None:
    leads = bool(RUNGS.get(life.post.rung))
    first, last = max(life.recruited + 200 * DAY, date(2015, 1, 5)), life.horizon - 30 * DAY
    if life.contract or first >= last or chance.random() > (0.22 if leads else 0.03):
        return
    start = day_between(chance, first, last)
    purpose = PURPOSES(chance)
    days = 60 if purpose == "hoc_tap" else chance.randrange(4, 10)
    own = purpose == "du_lich"
    content = {
        "cong_tac": "Trao đổi kinh nghiệm quản lý",
        "hoc_tap": "Khóa bồi dưỡng ngắn hạn",
        "hoi_nghi": "Dự hội nghị quốc tế",
        "du_lich": "Du lịch",
    }[purpose]
    _by_agency(
        life,
        "di_nuoc_ngoai",
        "foreign_trip",
        start,
        start + DAY * days,
        TRIPS(chance),
        purpose,
        content,
        "ca_nhan" if own else "ngan_sach" if chance.random() < 0.7 else "nuoc_ngoai",
        None if own else "Đoàn công tác của cơ quan",
    )


def _declarations(life: Life, chance: Random) -> None:
    """Of leaders: the first one, then every year for those whom the ministry or province appoints."""
    rung = RUNGS.get(life.post.rung)
    if rung is None or life.post.rung == "to_truong":
        return
    leads = next((stay.start for stay in life.stays if stay.rung), life.today)
    top: Place = life.world.places.by_code[life.place.top]
    receiver = f"Thanh tra {top.name(life.today).removeprefix('Ủy ban nhân dân ')}"[:300]
    first = max(leads.year, DECLARED_SINCE)
    years = range(first, life.today.year) if rung.signer == "top" else range(first, first + 1)
    for year in years:
        agency = life.agency_on(date(year, 12, 31))
        day = working_day(date(year, 12, 8 + number_of(agency.code, "declared", year) % 14))
        if day > life.world.yesterday or day < life.recruited or (life.last_day and day > life.last_day):
            continue
        kind = "lan_dau" if year == first else "hang_nam"
        decision = life.world.papers.decision(agency, "ke_khai", day, day, f"năm {year}")
        reference = f"KK-{life.staff_code}/{year}"
        life.add("asset_declaration", day, None, decision, day, (year, kind, receiver, reference))


def _abroad(life: Life, chance: Random) -> None:
    """Few have somebody of the family abroad."""
    kin = [one for one in life.facts if one.kind == "family" and one.fields[0] in KIN and not one.fields[6]]
    if not kin or chance.random() > 0.05:
        return
    one = kin[chance.randrange(len(kin))]
    year = int(str(one.fields[2])) + 20
    since = date(min(max(year, 1990), life.stated_on.year), 1, 1)
    if year > life.stated_on.year:
        return
    country, relation = ABROAD(chance), str(one.fields[0])
    nationality = country if chance.random() < 0.3 else "VN"
    _own(
        life,
        "abroad_link",
        since,
        None,
        "than_nhan",
        one.fields[1],
        relation,
        country,
        nationality,
        KIN[relation],
        precision="year",
    )


def _history(life: Life, chance: Random) -> None:
    if chance.random() > 0.02:
        return
    statement = (
        "Từng tham gia khóa học do một tổ chức phi chính phủ nước ngoài tài trợ; không có quan hệ khác."
    )
    since = date(max(life.recruited.year - 1, 1995), 1, 1)
    _own(
        life,
        "personal_history",
        since,
        None,
        "to_chuc_nuoc_ngoai",
        statement,
        None,
        life.agency_on(life.recruited).name(life.recruited)[:300],
        precision="year",
    )


def _economy(life: Life, chance: Random) -> None:
    """As stated with the curriculum vitae."""
    if chance.random() > 0.4:
        return
    salary = 1_000_000 * chance.randrange(60, 240)
    house = Weighted([("tu_mua_xay", 62), ("o_nho", 20), ("thua_ke", 12), ("duoc_cap_thue", 6)])(chance)
    _own(
        life,
        "economy",
        life.stated_on,
        None,
        life.stated_on.year,
        salary,
        salary + 1_000_000 * chance.randrange(20, 260),
        house,
        f"{chance.randrange(36, 180)}",
        f"{chance.randrange(40, 400)}" if house == "tu_mua_xay" else None,
    )


def _remarks(life: Life, chance: Random) -> None:
    """What the unit wrote under the curriculum vitae, and before an appointment."""
    if chance.random() < 0.25:
        text = REMARKS[chance.randrange(len(REMARKS))]
        _own(life, "remark", life.stated_on, None, "so_yeu_ly_lich", text, "Thủ trưởng cơ quan")
    leads = next((stay.start for stay in life.stays if stay.rung), None)
    if leads is not None and leads - timedelta(days=20) > life.recruited and chance.random() < 0.6:
        day = min(working_day(leads - timedelta(days=20)), life.world.yesterday)
        text = REMARKS[chance.randrange(len(REMARKS))]
        _by_agency(life, "nhan_xet", "remark", day, None, "bo_nhiem", text, "Tập thể lãnh đạo cơ quan")
