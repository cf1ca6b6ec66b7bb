"""How people did: yearly grades with their quota, rewards that follow from them, disciplinary measures."""

from datetime import date

from registry.periods import add_months
from seed.chance import day_between, working_day
from seed.life import DAY, Life
from seed.roles import RUNGS
from seed.world import RATED_SINCE

REASONS = (
    "Vi phạm quy định về văn hóa công vụ",
    "Chậm trễ trong giải quyết thủ tục hành chính",
    "Vi phạm quy định về quản lý tài chính, tài sản",
    "Thiếu trách nhiệm trong thực hiện nhiệm vụ được giao",
    "Vi phạm quy định về phòng, chống tác hại của rượu, bia khi tham gia giao thông",
)
PRAISE = "Hoàn thành xuất sắc nhiệm vụ công tác năm {year}"
LIMITED_UNTIL = date(2020, 8, 20)


def judge(life: Life) -> None:
    """Write measures, grades and rewards."""
    _measures(life)
    grades = _grades(life)
    _rewards(life, grades)
    _honours(life)


def _measures(life: Life) -> None:
    for one in life.setbacks:
        if not one.months:
            continue
        form = "khien_trach" if one.months == 3 else "canh_cao"
        reason = REASONS[life.chance.randrange(len(REASONS))]
        decision, issued = life.paper("ky_luat", one.known_on)
        life.add(
            "discipline",
            one.known_on,
            add_months(one.known_on, 12),
            decision,
            issued,
            (form, "administrative", reason, one.months, 12),
        )
        member = next(
            (fact for fact in life.facts if fact.kind == "party" and fact.start < one.known_on), None
        )
        if member is not None:
            day = one.known_on - DAY * life.chance.randrange(8, 28)
            decision, issued = life.paper("ky_luat_dang", day)
            life.add("discipline", day, add_months(day, 12), decision, issued, (form, "party", reason, 0, 12))


def _grades(life: Life) -> list[tuple[int, str, date]]:
    """(year, short form of the grade, day of the decision)."""
    begin = life.recruited
    first = max(begin.year + (begin.month > 6), RATED_SINCE)
    found: list[tuple[int, str, date]] = []
    bright = 0.35 if RUNGS.get(life.post.rung) else 0.2
    for year in range(first, life.world.last_rated() + 1):
        agency = life.agency_on(date(year, 12, 31))
        day = life.world.rated_on(agency, year)
        if day > life.world.yesterday or (life.last_day and day > life.last_day):
            break
        short = _grade(life, year, agency.id, bright)
        if short == "HTXSNV" and not life.world.may_excel(agency, year):
            short = "HTTNV"
        life.world.count_grade(agency, year, short)
        key = life.world.grades[short] if short != "HTNV" or day >= LIMITED_UNTIL else life.world.limited
        decision = life.world.papers.decision(agency, "danh_gia", day, day, f"năm {year}")
        life.add("evaluation", day, None, decision, day, (year, key, _score(life, short, day)))
        found.append((year, short, day))
    return found


def _grade(life: Life, year: int, _agency: int, bright: float) -> str:
    if any(one.year == year for one in life.setbacks):
        return "KHTNV"
    draw = life.chance.random()
    return "HTXSNV" if draw < bright else "HTTNV" if draw < 0.9 else "HTNV"


def _score(life: Life, short: str, day: date) -> str | None:
    """Points of 100, which the rules know since 2026."""
    since = date(2026, 1, 1) if life.category in ("cong_chuc", "can_bo") else date(2026, 7, 1)
    if day < since:
        return None
    low, high = {"HTXSNV": (90, 98), "HTTNV": (70, 90), "HTNV": (50, 70), "KHTNV": (30, 50)}[short]
    return f"{low + life.chance.randrange((high - low) * 10) / 10:.2f}"


def _rewards(life: Life, grades: list[tuple[int, str, date]]) -> None:
    top = life.world.places.by_code[life.place.top]
    for year, short, decided in grades:
        draw = life.chance.random()
        day = working_day(decided + 12 * DAY)
        if (
            short not in ("HTXSNV", "HTTNV")
            or day > life.world.yesterday
            or (life.last_day and day > life.last_day)
        ):
            continue
        form, agency = "", life.agency_on(day)
        if short == "HTXSNV":
            form = (
                "cstd_cs" if draw < 0.45 else "bk_bo_tinh" if draw < 0.52 else "gk" if draw < 0.7 else "ldtt"
            )
        elif draw < 0.22:
            form = "ldtt" if draw < 0.17 else "gk"
        if form:
            signs = top if form == "bk_bo_tinh" else agency
            decision = life.world.papers.decision(signs, "khen_thuong", day, day, f"năm {year}")
            life.add("reward", day, None, decision, day, (form, year, PRAISE.format(year=year)))


def _honours(life: Life) -> None:
    """Honours for long service, and Party badges."""
    chance, last = life.chance, min(life.horizon, life.world.yesterday)
    top = life.world.places.by_code[life.place.top]
    fifteen = add_months(life.recruited, 12 * 15)
    if fifteen < last and chance.random() < 0.3:
        _honour(
            life, "knc", day_between(chance, fifteen, last), "Đã có nhiều đóng góp cho sự nghiệp của ngành"
        )
    if RUNGS.get(life.post.rung) and fifteen < last and chance.random() < 0.05:
        form = "bk_ttg" if chance.random() < 0.8 else "hc_lao_dong_3"
        _honour(life, form, day_between(chance, fifteen, last), "Có thành tích xuất sắc trong công tác")
    if life.post.role.startswith("gv_") and fifteen < last and chance.random() < 0.01:
        _honour(
            life,
            "ngut",
            day_between(chance, fifteen, last),
            "Có công lao trong sự nghiệp giáo dục và đào tạo",
        )
    member = next((fact for fact in life.facts if fact.kind == "party"), None)
    if member is not None:
        badge = add_months(member.start, 12 * 30)
        for on in (
            date(badge.year, 2, 3),
            date(badge.year, 5, 19),
            date(badge.year, 9, 2),
            date(badge.year, 11, 7),
        ):
            if badge <= on <= last:
                decision = life.world.papers.decision(top, "khen_thuong", on - 5 * DAY, on, "Huy hiệu Đảng")
                life.add("reward", on, None, decision, on - 5 * DAY, ("hh_30", on.year, "30 năm tuổi Đảng"))
                break


def _honour(life: Life, form: str, day: date, reason: str) -> None:
    day = min(working_day(day), life.world.yesterday)
    top = life.world.places.by_code[life.place.top]
    decision = life.world.papers.decision(top, "khen_thuong", day, day, "")
    life.add("reward", day, None, decision, day, (form, day.year, reason))
