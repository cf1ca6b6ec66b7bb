"""What the forms about one person say: a record as of a day, put into words. Closed fields stay blank."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import JSON, bindparam, text
from sqlalchemy.orm import Session

from registry.access.permissions import Sensitivity
from registry.catalogues import lists
from registry.documents.services import read_portraits
from registry.law.why import vn_number
from registry.officials.facts import FACTS
from registry.officials.naming import post_words
from registry.officials.queries import Record, get_record, get_records
from registry.periods import AsOf
from registry.reports.forms.cv_2c import Career, Relative, SalaryStep, Training

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")
Facts = dict[str, list[dict[str, Any]]]
HONORARY = "danh_hieu_vinh_du_nha_nuoc"
NOT_WORKING_YET = ("da_trung_tuyen", "huy_tuyen_dung")
"""Statuses before the first day of work: the day of recruitment is the first of another one."""


@dataclass(frozen=True)
class Reading:
    """One record as of a day, as a reader's classes open it, with what every form asks of it.

    `named` gives each appointment's unit with the units above it, the nearest first, by the names of those days;
    `managing` the ministry or province above the unit of the post that is held.
    """

    session: Session
    say: "Sayer"
    on: date
    known_at: datetime
    person: dict[str, Any]
    facts: Facts
    named: dict[int, list[str]]
    managing: str
    post: dict[str, Any] | None
    pay: dict[str, Any] | None
    member: dict[str, Any] | None
    photo: bytes | None

    def holding(self, kind: str) -> list[dict[str, Any]]:
        """The facts of a kind that hold on the day, newest first."""
        return [one for one in self.facts.get(kind, []) if one["in_force"]]


def read(
    session: Session, official_id: int, as_of: AsOf, classes: frozenset[Sensitivity], files: Path
) -> Reading:
    """The record that forms are made of, in three or four statements; `files` is where portraits lie. Raises NotFound
    like `get_record`.
    """
    record = get_record(session, official_id, as_of, classes)
    return _readings(session, [record], as_of, files)[0]


def read_many(
    session: Session, officials: list[int], as_of: AsOf, classes: frozenset[Sensitivity], files: Path
) -> list[Reading]:
    """The records of some people, in three statements for all of them; see `get_records` for who is left out."""
    return _readings(session, get_records(session, officials, as_of, classes), as_of, files)


def _readings(session: Session, records: list[Record], as_of: AsOf, files: Path) -> list[Reading]:
    known = as_of.known_at or session.execute(text("SELECT now()")).scalar_one()
    say = Sayer(session, as_of.on)
    told = [record.parsed() for record in records]
    appointments = [one for record in told for one in record["facts"]["appointment"]]
    paths = _unit_paths(session, appointments, as_of)
    named = {uid for record in told if (uid := _photo_of(record))}
    photos = read_portraits(session, files, named)
    return [_reading(session, say, record, AsOf(as_of.on, known), paths, photos) for record in told]


def _photo_of(record: dict[str, Any]) -> str:
    """The uuid of the portrait that holds on the day; '' where there is none or the reader may not see it."""
    return next((one["photo"] for one in record["facts"].get("portrait", []) if one["in_force"]), "")


def _reading(
    session: Session,
    say: "Sayer",
    record: dict[str, Any],
    as_of: AsOf,
    paths: dict[int, "UnitPath"],
    photos: dict[str, bytes],
) -> Reading:
    facts = record["facts"]
    post = first(one for one in facts["appointment"] if one["in_force"] and one["is_main"])
    assert as_of.known_at is not None
    return Reading(
        session,
        say,
        as_of.on,
        as_of.known_at,
        record["personal"],
        facts,
        {one["id"]: paths[one["id"]].units for one in facts["appointment"]},
        paths[post["id"]].top if post else "",
        post,
        first(one for one in facts["salary"] if one["in_force"]),
        first(one for one in facts.get("party", []) if one["in_force"]),
        photos.get(_photo_of(record)),
    )


def told(of: Reading) -> dict[str, Any]:
    """What form 2C says, by the names of `Form2C`; the other forms say the same and more.

    The record tells some things twice. An address that holds on the day goes before the address written under the
    general information, and so does the card of identity before the day of issue written there. Places of origin
    stand as their papers print them; where nothing is printed, as the code of today names them.
    """
    say, person, facts, post, member = of.say, of.person, of.facts, of.post, of.member
    joined = earliest([one for one in facts["status"] if one["status"] not in NOT_WORKING_YET])
    return {
        "personal_id": person["personal_id"],
        "as_of": day(of.on.isoformat()),
        "known_at": _moment(of.known_at),
        "photo": of.photo,
        "managing_unit": of.managing,
        "employing_unit": ", ".join(of.named[post["id"]]) if post else "",
        "full_name": person["full_name"],
        "other_names": person.get("other_names") or "",
        "birth_date": day(person.get("birth_date")),
        "gender": say("sexes", person.get("sex")),
        "birth_place": person.get("birth_place") or _coded_place(say, person, "birth"),
        "home_town": person.get("native_place") or _coded_place(say, person, "native"),
        "ethnicity": say("ethnic_groups", person.get("ethnic_group")),
        "religion": say("religions", person.get("religion")),
        "permanent_residence": _address(of, "thuong_tru") or person.get("permanent_address") or "",
        "current_residence": _address(of, "hien_nay") or person.get("current_address") or "",
        "previous_occupation": person.get("prior_occupation") or "",
        "recruited_on": day(joined["valid_from"]) if joined else "",
        "recruiting_unit": (joined.get("recruited_by") or "") if joined else "",
        "position": "; ".join(posts(of)),
        "main_duty": (post.get("duties") or post.get("job_position") or "") if post else "",
        **_pay(of),
        **_education(say, facts),
        "party_joined_on": day(member.get("joined_on")) if member else "",
        "party_official_on": day(member.get("official_on")) if member else "",
        "mass_organization": _unions(say, facts.get("union", [])),
        **_service(say, facts.get("military", [])),
        "highest_title": _highest(say, facts["reward"], HONORARY),
        "strengths": person.get("forte") or "",
        "reward": _reward(say, facts["reward"]),
        "discipline": _discipline(say, facts.get("discipline", [])),
        **_health(say, facts.get("health", [])),
        **_policies(say, facts.get("policy_status", [])),
        "identity_number": person["personal_id"],
        "identity_issued_on": _card_issued_on(of),
        "social_insurance_number": person.get("social_insurance_no") or "",
        "training": tuple(row for _, _, row in studies(of)),
        "career": tuple(_career(of)),
        "own_family": tuple(_relatives(say, facts, "own")),
        "spouse_family": tuple(_relatives(say, facts, "spouse")),
        "salary": tuple(
            SalaryStep(month(one["valid_from"]), f"{one['rank']}/{one['step']}", coefficient(one))
            for one in reversed(facts["salary"])
        ),
        "history": _history(say, person, facts),
        "foreign_organizations": _organizations_abroad(say, facts),
        "relatives_abroad": _relatives_abroad(say, facts),
        "remarks": _remarks(facts.get("remark", [])),
    }


class Sayer:
    """Names of catalogue keys in Vietnamese as they stood on a day, and rows of their lists."""

    def __init__(self, session: Session, on: date) -> None:
        self.session = session
        self.on = on
        self._rows: dict[str, dict[str, lists.Item]] = {}

    def __call__(self, catalogue: str, key: str | None) -> str:
        """The name; the key itself where the list does not know it, '' for none."""
        if not key:
            return ""
        found = self.row(catalogue, key)
        return found.name.vi if found else key

    def row(self, catalogue: str, key: str | None) -> lists.Item | None:
        """The row of a key that holds on the day, else the first one the list ever had."""
        if catalogue not in self._rows:
            rows = self._rows[catalogue] = {}
            for one in lists.items(self.session, catalogue):
                if one.key not in rows or (one.holds(self.on) and not rows[one.key].holds(self.on)):
                    rows[one.key] = one
        return self._rows[catalogue].get(key or "")

    def extra(self, catalogue: str, key: str | None, name: str) -> str:
        """A further column of a list's row; '' where it has none."""
        found = self.row(catalogue, key)
        return found.extra.get(name, "") if found else ""


def first(rows: Iterable[Any]) -> Any:
    """The first of some rows, or None."""
    return next(iter(rows), None)


def earliest(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The fact that began first; facts come newest first."""
    return rows[-1] if rows else None


def parts(value: Any) -> tuple[str, str]:
    """ISO day and precision of a date as the record gives it."""
    return (value["date"], value["precision"]) if isinstance(value, dict) else (value, "day")


def day(value: Any) -> str:
    """dd/mm/yyyy, or as much as is known."""
    if not value:
        return ""
    iso, precision = parts(value)
    found = date.fromisoformat(iso)
    return {"day": f"{found:%d/%m/%Y}", "month": f"{found:%m/%Y}", "year": str(found.year)}[precision]


def month(value: Any) -> str:
    """mm/yyyy, or the year when no more is known."""
    if not value:
        return ""
    iso, precision = parts(value)
    found = date.fromisoformat(iso)
    return str(found.year) if precision == "year" else f"{found:%m/%Y}"


def _moment(known: datetime) -> str:
    return f"{known.astimezone(LOCAL):%d/%m/%Y %H:%M}"


class UnitPath(NamedTuple):
    """The unit of an appointment with the units above it up to, not including, the ministry or province's own.

    ['Phòng Nghiệp vụ Y', 'Sở Y tế'], and the ministry or province: as they were called on the last day of the
    appointment, or on the day of the view.
    """

    units: list[str]
    top: str


def _unit_paths(session: Session, appointments: list[dict[str, Any]], as_of: AsOf) -> dict[int, UnitPath]:
    """The paths of some appointments by their ids, as the tree was believed."""
    asked = [
        {
            "id": one["id"],
            "code": one["organization"]["code"],
            "day": min(as_of.on.isoformat(), _last_day(one, as_of.on)),
        }
        for one in appointments
    ]
    believed = (
        """v.recorded_to IS NULL"""
        if as_of.known_at is None
        else """v.recorded_from <= :known
        AND (v.recorded_to IS NULL OR v.recorded_to > :known)"""
    )
    rows = session.execute(
        text(f"""
        WITH RECURSIVE asked AS (
            SELECT * FROM jsonb_to_recordset(CAST(:asked AS jsonb)) AS a(id bigint, code text, day date)
        ), up AS (
            SELECT a.id, a.day, v.parent_id, v.name, v.kind, 0 AS height FROM asked a
            JOIN organization u ON u.code = a.code
            JOIN organization_version v ON v.organization_id = u.id AND {believed}
                AND v.valid_from <= a.day AND (v.valid_to IS NULL OR v.valid_to > a.day)
            UNION ALL
            SELECT up.id, up.day, v.parent_id, v.name, v.kind, up.height + 1 FROM up
            JOIN organization_version v ON v.organization_id = up.parent_id AND {believed}
                AND v.valid_from <= up.day AND (v.valid_to IS NULL OR v.valid_to > up.day)
        ), own AS (
            SELECT *, max(height) FILTER (WHERE kind NOT IN ('nha_nuoc', 'nhom')) OVER (PARTITION BY id) AS top FROM up
        )
        SELECT id, array_agg(name ORDER BY height) FILTER (WHERE height = 0 OR height < top) AS path,
            max(name) FILTER (WHERE height = top) AS top FROM own GROUP BY id
    """).bindparams(bindparam("asked", type_=JSON)),
        {"asked": asked} | ({"known": as_of.known_at} if as_of.known_at is not None else {}),
    )
    found = {row.id: UnitPath(row.path, row.top or "") for row in rows}
    return {
        one["id"]: found.get(one["id"]) or UnitPath([one["organization"]["name"] or ""], "")
        for one in appointments
    }


def _last_day(one: dict[str, Any], on: date) -> str:
    if one["valid_to"] is None:
        return on.isoformat()
    return (date.fromisoformat(parts(one["valid_to"])[0]) - timedelta(days=1)).isoformat()


def post_name(say: Sayer, appointment: dict[str, Any]) -> str:
    """The position of an appointment, else its job position."""
    key = appointment["position"]
    return post_words(key, say("position_titles", key), appointment.get("job_position"))


def posts(of: Reading, *, party: bool = True) -> list[str]:
    """Every post that is held: of the State (the main one first), of the Party, of the mass organizations."""
    held = sorted(of.holding("appointment"), key=lambda one: not one["is_main"])
    named = [post_name(of.say, one) for one in held]
    named += [one.get("party_post") or "" for one in of.holding("party")] if party else []
    named += [
        f"{one['post']}, {of.say('mass_organizations', one['body'])}"
        for one in of.holding("union")
        if one.get("post")
    ]
    return [name for name in dict.fromkeys(named) if name]


def joined_unit_on(of: Reading) -> str:
    """The day of joining the present agency: as the appointment says, else its own first day."""
    return day(of.post.get("joined_unit_on") or of.post["valid_from"]) if of.post else ""


def family_class(of: Reading) -> str:
    """The class of the family of origin."""
    return of.say("family_classes", of.person.get("family_class"))


def highest_titles(of: Reading) -> str:
    """Academic titles and the highest degree of science, with the year and the field: 'Tiến sĩ, 2015, Luật'."""
    best: dict[str, tuple[int, str]] = {}
    for one in of.facts["qualification"]:
        row = of.say.row("education_levels", one["level"])
        kind = row.extra.get("kind", "") if row else ""
        if row and kind in ("academic_title", "degree_title"):
            words = ", ".join(filter(None, (row.name.vi, parts(one["valid_from"])[0][:4], one["major"])))
            best[kind] = max(best.get(kind, (-1, "")), (row.sort, words))
    return "; ".join(best[kind][1] for kind in ("academic_title", "degree_title") if kind in best)


def economy(of: Reading) -> dict[str, Any]:
    """What the last statement of the household says: income, housing, land. '' where nothing is stated."""
    one = first(of.facts.get("economy", [])) or {}

    def said(name: str, words: str, unit: str) -> str:
        return f"{words} {_bare(one[name])} {unit}".strip() if one.get(name) else ""

    incomes = (said("salary_income_vnd", "lương", "đ"), said("household_income_vnd", "của hộ", "đ"))
    year = f" (năm {one['year']})" if any(incomes) else ""
    land = (said("granted_land_m2", "được cấp", "m²"), said("bought_land_m2", "tự mua", "m²"))
    return {
        "income": "; ".join(filter(None, incomes)) + year,
        "housing": ", ".join(
            filter(None, (of.say("housing_kinds", one.get("house")), said("house_m2", "", "m²")))
        ),
        "land": "; ".join(filter(None, land)),
        "farm_land": said("farm_land_m2", "", "m²"),
    }


def _bare(number: str) -> str:
    """A number without zeros at the end, in Vietnamese digits."""
    found = Decimal(str(number))
    return vn_number(int(found) if found == found.to_integral_value() else found.normalize())


def _pay(of: Reading) -> dict[str, str]:
    allowances, pay = of.holding("allowance"), of.pay
    post = first(one for one in allowances if one["allowance"] == "chuc_vu")
    others = "; ".join(
        f"{of.say('allowance_kinds', one['allowance'])} {amount(one)}"
        for one in allowances
        if one is not post
    )
    found = {"position_allowance": amount(post) if post else "", "other_allowances": others}
    if pay is None:
        return found
    return found | {
        "rank": of.say("ranks", pay["rank"]),
        "rank_code": pay["rank"],
        "salary_step": str(pay["step"]),
        "coefficient": coefficient(pay),
        "paid_from": day(pay["valid_from"]),
    }


def coefficient(salary: dict[str, Any]) -> str:
    """'4,98', and what is paid beyond the last step: '4,98 + 9% VK'."""
    beyond = salary.get("overrun_percent")
    return vn_number(Decimal(salary["coefficient"])) + (f" + {beyond}% VK" if beyond else "")


def amount(allowance: dict[str, Any]) -> str:
    if allowance["coefficient"] is not None:
        return vn_number(Decimal(allowance["coefficient"]))
    if allowance["percent"] is not None:
        return f"{vn_number(Decimal(allowance['percent']).normalize())} %"
    return f"{vn_number(allowance['amount_vnd'])} đ"


def _education(say: Sayer, facts: Facts) -> dict[str, str]:
    studies = facts["qualification"]
    general = first(
        one for one in studies if say.extra("education_levels", one["level"], "kind") == "general"
    )
    professional = [one for one in studies if say.extra("education_levels", one["level"], "level_rank")]
    top = max(
        professional,
        key=lambda one: int(say.extra("education_levels", one["level"], "level_rank")),
        default=None,
    )
    highest = ""
    if top:
        highest = ", ".join(filter(None, (say("education_levels", top["level"]), top["major"])))
    tongues = "; ".join(
        f"{say('languages', one['language'])} {say('language_levels', one['level'])}".strip()
        for one in reversed(facts["language"])
    )
    return {
        "general_education": (
            say.extra("education_levels", general["level"], "short_vi")
            or say("education_levels", general["level"])
        )
        if general
        else "",
        "highest_qualification": highest,
        "political_theory": _top(say, "political_theory", facts["political_theory"]),
        "state_management": _top(say, "state_management", facts["state_management"]),
        "foreign_languages": tongues,
        "it_skill": _top(say, "it_levels", facts["it_skill"]),
    }


def _top(say: Sayer, catalogue: str, rows: list[dict[str, Any]]) -> str:
    """The highest level of a list among some facts, by the list's own order."""
    order = {one.key: one.sort for one in lists.items(say.session, catalogue)}
    top = max(rows, key=lambda one: order.get(one["level"], 0), default=None)
    return say(catalogue, top["level"]) if top else ""


def _highest(say: Sayer, rewards: list[dict[str, Any]], kind: str) -> str:
    named = [one for one in rewards if say.extra("reward_forms", one["form"], "kind") == kind]
    return "; ".join(_with_year(say("reward_forms", one["form"]), one) for one in named[:1])


def _reward(say: Sayer, rewards: list[dict[str, Any]]) -> str:
    """The highest reward, state level before ministry or province before the unit's own; the newest among equals.

    Honorary titles of the State stand under item 19 and not here.
    """
    height = {"nha_nuoc": 3, "chinh_phu": 3, "bo_tinh": 2, "co_so": 1}
    others = [one for one in rewards if say.extra("reward_forms", one["form"], "kind") != HONORARY]
    top = max(
        others, key=lambda one: height.get(say.extra("reward_forms", one["form"], "level"), 0), default=None
    )
    return _with_year(say("reward_forms", top["form"]), top) if top else ""


def _discipline(say: Sayer, measures: list[dict[str, Any]]) -> str:
    """The gravest measure of each authority (the newest among equals): its form, who took it, in which year."""
    authorities = {key: words.vi.lower() for key, words in FACTS["discipline"]["authority"].choices}
    gravest: dict[str, dict[str, Any]] = {}
    for one in measures:
        kept = gravest.get(one["authority"])
        if kept is None or _severity(say, one) > _severity(say, kept):
            gravest[one["authority"]] = one
    return "; ".join(
        f"{say('discipline_forms', one['form'])} ({authorities[one['authority']]}), {parts(one['valid_from'])[0][:4]}"
        for one in sorted(gravest.values(), key=lambda one: -_severity(say, one))
    )


def _severity(say: Sayer, measure: dict[str, Any]) -> int:
    return int(say.extra("discipline_forms", measure["form"], "severity") or 0)


def _with_year(name: str, one: dict[str, Any]) -> str:
    year = one.get("year") or parts(one["valid_from"])[0][:4]
    return f"{name}, {year}"


PROFESSIONAL, POLITICS, STATE, FURTHER, LANGUAGES, COMPUTERS = range(1, 7)
"""Groups of studies, as the electronic curriculum vitae parts them."""


def studies(of: Reading) -> list[tuple[str, int, Training]]:
    """Everything that was studied, oldest first: (first day, group, row)."""
    rows = [*_diplomas(of), *_courses(of), *_certificates(of)]
    return sorted(rows, key=lambda row: row[0])


def _diplomas(of: Reading) -> Iterator[tuple[str, int, Training]]:
    for one in of.facts["qualification"]:
        if of.say.extra("education_levels", one["level"], "kind") == "general":
            continue
        period = (month(one["study_from"]), month(one["study_to"] or one["valid_from"]))
        award = of.say("education_levels", one["level"])
        mode = of.say("study_modes", one["study_mode"])
        row = Training(one["school"] or "", one["major"] or "", " - ".join(filter(None, period)), mode, award)
        yield parts(one["valid_from"])[0], PROFESSIONAL, row


def _courses(of: Reading) -> Iterator[tuple[str, int, Training]]:
    for one in of.facts["training"]:
        group = STATE if one["training"] == "quoc_phong_an_ninh" else FURTHER
        mode = of.say("study_modes", one["study_mode"])
        row = Training(one["school"] or "", one["course"], _closed_span(one), mode, one["certificate"] or "")
        yield parts(one["valid_from"])[0], group, row


def _certificates(of: Reading) -> Iterator[tuple[str, int, Training]]:
    for kind, group, field in (
        ("political_theory", POLITICS, "Lý luận chính trị"),
        ("state_management", STATE, "Quản lý nhà nước"),
        ("it_skill", COMPUTERS, "Tin học"),
    ):
        for one in of.facts[kind]:
            award = of.say(FACTS[kind]["level"].catalogue or "", one["level"])
            row = Training(one["school"] or "", field, month(one["valid_from"]), "", award)
            yield parts(one["valid_from"])[0], group, row
    for one in of.facts["language"]:
        award = one["certificate"] or of.say("language_levels", one["level"])
        row = Training("", of.say("languages", one["language"]), month(one["valid_from"]), "", award)
        yield parts(one["valid_from"])[0], LANGUAGES, row


AWAY = ("biet_phai", "luan_chuyen")
"""Movements that are work elsewhere; the others are told by the appointment they lead to."""


def _career(of: Reading) -> list[Career]:
    """Work before and on the registry, service in the forces and secondments, in the order of time."""
    rows: list[tuple[str, Career]] = []

    def row(one: dict[str, Any], *words: str | None) -> None:
        rows.append((parts(one["valid_from"])[0], Career(span(one), ", ".join(filter(None, words)))))

    for one in of.facts["work_history"]:
        row(one, one["post"], one["unit"], one["place"])
    for one in of.facts["appointment"]:
        also = "" if one["is_main"] else " (kiêm nhiệm)"
        row(one, post_name(of.say, one), ", ".join(of.named[one["id"]]) + also)
    for one in of.facts.get("military", []):
        row(one, one["post"], one["unit"], of.say("military_forces", one["force"]))
    for one in of.facts["secondment"]:
        if one["movement"] in AWAY:
            place = one["to_name"] or (one["to_unit"] or {}).get("name")
            row(one, of.say("movement_kinds", one["movement"]), one["post"], place)
    return [career for _, career in sorted(rows, key=lambda pair: pair[0])]


def span(one: dict[str, Any]) -> str:
    """From month to month; the last one is that of the last day, since a period ends before its end."""
    if one["valid_to"] is None or one["in_force"]:
        return f"{month(one['valid_from'])} - nay"
    end, precision = parts(one["valid_to"])
    last = (date.fromisoformat(end) - timedelta(days=1)).isoformat()
    ends = (month(one["valid_from"]), month({"date": last, "precision": precision}))
    return " - ".join(dict.fromkeys(ends))


def _relatives(say: Sayer, facts: Facts, side: str) -> Iterable[Relative]:
    order = {one.key: number for number, one in enumerate(lists.items(say.session, "relations"))}
    found = [
        one
        for one in facts.get("family", [])
        if one["in_force"] and say.extra("relations", one["relation"], "side") == side
    ]
    found.sort(key=lambda one: (order.get(one["relation"], 99), one["birth_year"] or 9999))
    return [
        Relative(
            say("relations", one["relation"]),
            one["full_name"],
            str(one["birth_year"] or ""),
            ". ".join(
                filter(
                    None,
                    (
                        f"Quê quán: {one['native_place']}" if one["native_place"] else "",
                        one["occupation"],
                        one["workplace"],
                        one["address"],
                        "Đảng viên" if one.get("is_party_member") else "",
                        "Đã mất" if one["is_deceased"] else "",
                    ),
                )
            ),
        )
        for one in found
    ]


def _coded_place(say: Sayer, person: dict[str, Any], what: str) -> str:
    """The commune and province of a code, by the full names of today's list; the codes are today's whatever the day."""
    named = (
        say.extra(catalogue, person.get(f"{what}_{part}"), "full_name_vi")
        for catalogue, part in (("communes", "commune"), ("provinces", "province"))
    )
    return ", ".join(filter(None, named))


def _address(of: Reading, use: str) -> str:
    """The address of a use that holds, as printed on papers."""
    found = first(one for one in of.holding("address") if one["use"] == use)
    return found["printed"] if found else ""


CARDS = ("can_cuoc", "cccd")


def _card_issued_on(of: Reading) -> str:
    """The day on which the card of identity that holds was issued; none of a card that was yet to come."""
    card = first(one for one in of.holding("identity_paper") if one["paper"] in CARDS)
    issued = card["valid_from"] if card else of.person.get("id_card_issued_on")
    return day(issued) if issued and parts(issued)[0] <= of.on.isoformat() else ""


def _unions(say: Sayer, memberships: list[dict[str, Any]]) -> str:
    """Which organizations, since when, as what; the earliest first."""
    return "; ".join(
        ", ".join(filter(None, (say("mass_organizations", one["body"]), day(one["valid_from"]), one["post"])))
        for one in reversed(memberships)
    )


def _service(say: Sayer, services: list[dict[str, Any]]) -> dict[str, str]:
    """The last service in the forces; the day of discharge once it has come."""
    one = first(services)
    if one is None:
        return {}
    return {
        "enlisted_on": day(one["valid_from"]),
        "discharged_on": "" if one["in_force"] else day(one["valid_to"]),
        "military_rank": say("military_ranks", one["highest_rank"]),
    }


def _health(say: Sayer, examinations: list[dict[str, Any]]) -> dict[str, str]:
    """What the newest examination found; the blood group from whichever told it."""
    one = first(examinations)
    if one is None:
        return {}
    blood = first(other["blood_group"] for other in examinations if other["blood_group"])
    return {
        "health": say("health_classes", one["health_class"]),
        "height_cm": str(one["height_cm"] or ""),
        "weight_kg": (one["weight_kg"] or "").replace(".", ","),
        "blood_group": say("blood_groups", blood),
    }


def _policies(say: Sayer, statuses: list[dict[str, Any]]) -> dict[str, str]:
    """The class of a war invalid, and every other entitlement that holds."""
    held = [one for one in statuses if one["in_force"]]
    wounded = first(one.get("disability_class") for one in held if one.get("disability_class"))
    others = [say("policy_statuses", one["policy"]) for one in held if not one.get("disability_class")]
    return {"wounded_soldier": say("disability_classes", wounded), "policy_family": "; ".join(others)}


FOREIGN_TOPIC = "to_chuc_nuoc_ngoai"


def _history(say: Sayer, person: dict[str, Any], facts: Facts) -> str:
    """Arrests, work under the former regime and the like, in the order of time."""
    told = [
        _statement(say, one)
        for one in reversed(facts.get("personal_history", []))
        if one["topic"] != FOREIGN_TOPIC
    ]
    return "\n".join(filter(None, (person.get("political_history"), *told)))


def _statement(say: Sayer, one: dict[str, Any]) -> str:
    said = f"{say('personal_history_topics', one['topic'])}, {_closed_span(one)}: {one['statement']}"
    more = (one["place"], f"đã khai báo: {one['declared_to']}" if one["declared_to"] else "")
    return ". ".join(filter(None, (said, *more)))


def _closed_span(one: dict[str, Any]) -> str:
    """From month to month of what has ended; the first month alone of what is only known to have begun."""
    return span(one) if one["valid_to"] is not None else month(one["valid_from"])


def _organizations_abroad(say: Sayer, facts: Facts) -> str:
    links = [_link(say, one) for one in facts.get("abroad_link", []) if one["link"] == "to_chuc"]
    told = [
        _statement(say, one) for one in facts.get("personal_history", []) if one["topic"] == FOREIGN_TOPIC
    ]
    return "\n".join([*links, *told])


def _relatives_abroad(say: Sayer, facts: Facts) -> str:
    links = [_link(say, one) for one in facts.get("abroad_link", []) if one["link"] == "than_nhan"]
    family = [
        f"{say('relations', one['relation'])} {one['full_name']}: {one['abroad']}"
        for one in facts.get("family", [])
        if one.get("abroad")
    ]
    return "\n".join([*links, *family])


def _link(say: Sayer, one: dict[str, Any]) -> str:
    who = f"{say('relations', one['relation'])} {one['name']}".strip()
    where = (say("countries", one["country"]), one["occupation"], one["address"])
    return f"{who}: {', '.join(filter(None, where))}"


def _remarks(remarks: list[dict[str, Any]]) -> str:
    """What was written under the curriculum vitae last, else the last remark of any occasion."""
    found = first(one for one in remarks if one.get("occasion") == "so_yeu_ly_lich") or first(remarks)
    return found["statement"] if found else ""
