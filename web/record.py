"""A record as one reader sees it on one day, and its values in words.

Whatever is closed to the reader never enters these structures; a template could not show it by mistake.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.officials import open_record
from registry.access.permissions import Permission, Sensitivity
from registry.access.policy import Target, decide
from registry.audit import log
from registry.catalogues import lists
from registry.law.steps import all_steps_of_rank
from registry.law.why import vn, vn_number
from registry.officials import browsing, queries
from registry.officials.derived import Derived, derive
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field
from registry.officials.naming import post_words
from registry.periods import AsOf
from registry.quality.queries import OF_RECORD, RecordQuality, of_record
from registry.words import Words
from web.pages import PageCall
from web.words import day as shown_day

POSITION_ALLOWANCE = "chuc_vu"

STATUS_GROUPS: dict[str, tuple[Words, tuple[str, ...]]] = {
    "lam_viec": (Words("Đang làm việc", "Working"), ("dang_lam_viec", "tap_su", "keo_dai_cong_tac")),
    "vang": (
        Words("Vắng có phép", "On leave"),
        (
            "di_hoc",
            "nghi_thai_san",
            "nghi_om_dai",
            "nghi_khong_luong",
            "phu_quan_phu_the",
            "nghi_truoc_tuoi_cho_huu",
        ),
    ),
    "chuyen": (
        Words("Biệt phái, luân chuyển, chờ nhận", "Seconded, rotated, in transfer"),
        ("biet_phai_di", "luan_chuyen", "dieu_dong_cho", "da_trung_tuyen"),
    ),
    "xem_xet": (
        Words("Đình chỉ, đang xem xét", "Suspended, under review"),
        ("tam_dinh_chi", "dang_xu_ly_ky_luat", "bi_khoi_to"),
    ),
}
"""Groups of employment statuses as filters; 'thoi' (left) holds every other one."""
NOTHING = Words("", "")
UNNAMED = Words("Chưa ghi chức vụ", "No post recorded")
LEFT = Words("Đã thôi, nghỉ hưu", "Left, retired")
TAGS = {"vang": "violet", "chuyen": "blue", "xem_xet": "amber", "thoi": "grey"}


def status_group(status: str | None) -> str:
    """The group of a status."""
    return next((name for name, (_, keys) in STATUS_GROUPS.items() if status in keys), "thoi")


@dataclass(frozen=True)
class Seen:
    """A record as one reader sees it on one day: parsed JSON, computed results, milestones."""

    key: queries.Key
    as_of: AsOf
    today: date
    own: bool
    may_draft: bool
    classes: frozenset[Sensitivity]
    record: dict[str, Any]
    basis: dict[str, Any]
    derived: Derived
    milestones: browsing.Milestones
    quality: RecordQuality

    @property
    def personal(self) -> dict[str, Any]:
        """The identity."""
        return self.record["personal"]  # type: ignore[no-any-return]

    @property
    def facts(self) -> dict[str, list[dict[str, Any]]]:
        """Facts by kind, newest first."""
        return self.record["facts"]  # type: ignore[no-any-return]

    @property
    def on(self) -> date:
        """The day of the view."""
        return self.as_of.on

    @property
    def is_today(self) -> bool:
        """Whether this is the record as it is now."""
        return self.on == self.today and self.as_of.known_at is None

    @property
    def recruited_on(self) -> date | None:
        """The first day of service."""
        sent = self.basis.get("recruited_on")
        return date.fromisoformat(sent) if sent else None

    @property
    def not_yet(self) -> bool:
        """Whether the person had not been recruited on the day of the view."""
        return self.recruited_on is None or self.recruited_on > self.on

    def holding(self, kind: str) -> list[dict[str, Any]]:
        """The facts of a kind that hold on the day."""
        return [one for one in self.facts.get(kind, []) if one["in_force"]]

    @property
    def post(self) -> dict[str, Any] | None:
        """The main appointment that holds, else the last one there was."""
        main = [one for one in self.facts.get("appointment", []) if one.get("is_main")]
        return next((one for one in main if one["in_force"]), main[0] if main else None)

    @property
    def status(self) -> dict[str, Any] | None:
        """The status that holds."""
        return next(iter(self.holding("status")), None)

    @property
    def salary(self) -> dict[str, Any] | None:
        """The rank and step that hold."""
        return next(iter(self.holding("salary")), None)


def see(call: PageCall, named: str, *, page: str = "") -> Seen:
    """Read a record for a page, under the reader's rights, and write the read into the trail."""
    key = open_record(call, named)  # type: ignore[arg-type]
    return see_key(call, key, call.clocks(), page=page)


def see_key(call: PageCall, key: queries.Key, as_of: AsOf, *, page: str = "") -> Seen:
    """The same for a record whose key the caller has opened."""
    own = key.id == call.actor.official_id
    classes = call.actor.field_classes(own=own)
    reading = log.entry(
        call.actor,
        log.Action.OFFICIAL_READ,
        "official",
        str(key.uid),
        official_id=key.id,
        detail={"as_of": as_of.on.isoformat()} | ({"page": page} if page else {}),
    )
    read = queries.get_record(call.session, key.id, as_of, classes, reading, OF_RECORD)
    may_draft = decide(call.actor, Permission.CHANGES_CHANGE_DRAFT, Target(org_ord=key.org_ord)).allowed
    return Seen(
        key,
        as_of,
        call.today,
        own,
        may_draft,
        classes,
        read.parsed(),
        read.basis,
        derive(call.session, read.basis, as_of.on, classes),
        browsing.milestones(call.session, key.id, as_of),
        of_record(read.beside, str(key.uid), classes),
    )


# Values in words


def say(session: Session, field: Field, value: Any, language: str) -> str:
    """A value of the record's JSON as people read it; '' for nothing."""
    if value is None or value == "":
        return ""
    match field.type:
        case "code":
            name = lists.label(session, field.catalogue or "", value, language)
            return f"{name} ({value})" if field.catalogue == "ranks" else name
        case "partial_date" | "date":
            return shown_day(value)
        case "decimal":
            number = Decimal(str(value))
            return vn_number(number if field.name.endswith("coefficient") else bare(number))
        case "integer":
            return vn_number(int(value))
        case "boolean":
            return Words("Có" if value else "Không", "Yes" if value else "No").said_in(language)
        case "choice":
            return next((words.said_in(language) for key, words in field.choices if key == value), str(value))
        case "unit":
            return str(value.get("name") or value.get("code") or "")
        case "file":
            return Words("Có ảnh", "A picture is kept").said_in(language)
        case _:
            return str(value)


def bare(number: Decimal) -> Decimal:
    """Without zeros at the end: 25, not 25.00."""
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def first_day(value: Any) -> date | None:
    """The first day of a day or partial date of the record's JSON."""
    if not value:
        return None
    return date.fromisoformat(value["date"] if isinstance(value, dict) else value)


def precision(value: Any) -> str:
    """day, month or year."""
    return str(value["precision"]) if isinstance(value, dict) else "day"


def span(fact: dict[str, Any], language: str) -> str:
    """From–to of a fact: '01/03/2025 - nay', '07/2018 - 02/2025', '1991 - nay'."""
    start, end = fact["valid_from"], fact["valid_to"]
    if end is None:
        return f"{shown_day(start)} - {Words('nay', 'now').said_in(language)}"
    last = (first_day(end) or date.max) - timedelta(days=1)
    begun = first_day(start)
    if begun is not None and (begun.day, last.day) == (1, 1) and begun == last:
        return shown_day(start)
    days = {precision(start), precision(end)} == {"day"}
    if days and begun is not None and (last - begun).days < SHORT:
        return f"{begun:%d/%m/%Y} - {last:%d/%m/%Y}"
    if "year" in (precision(start), precision(end)):
        return f"{shown_day(start)} - {last.year}"
    return f"{begun:%m/%Y} - {last:%m/%Y}"


SHORT = 45
"""Days up to which a time is told by its days, not by its months."""


def post_title(session: Session, fact: dict[str, Any], language: str, otherwise: Words = UNNAMED) -> str:
    """The position of an appointment, else its job position; of the two the one that says as much in fewer words."""
    position = lists.label(session, "position_titles", fact.get("position"), language)
    return post_words(fact.get("position"), position, fact.get("job_position")) or otherwise.said_in(language)


def top_step(session: Session, rank: str | None) -> int | None:
    """The number of the last step of a rank."""
    if rank is None:
        return None
    return max((one.step for one in all_steps_of_rank(session, rank)), default=None)


def step_of(session: Session, rank: str | None, step: int | None) -> str:
    """'2/6': the step and how many the rank has."""
    top = top_step(session, rank)
    return "" if step is None else f"{step}/{top}" if top else str(step)


def initials(name: str) -> str:
    """The first letters of the last two words: MH for Nguyễn Thị Minh Hạnh."""
    return "".join(word[0] for word in name.split()[-2:]).upper()


def paper_link(seen: Seen, fact: dict[str, Any]) -> tuple[str, str]:
    """(href, number) of the decision a fact rests on."""
    return f"/ho-so/{seen.key.uid}/quyet-dinh/{fact['decision']['id']}", fact["decision"]["number"]


# The head of the page


def identity_lines(call: PageCall, seen: Seen) -> list[list[tuple[str, str]]]:
    """Two lines under the name; only what there is and what may be seen."""
    person, session, language = seen.personal, call.session, call.language
    identity = FACTS["identity"]
    first = [
        (call.t("Số định danh", "Personal number"), person["personal_id"]),
        (call.t("Số hiệu", "Staff code"), person.get("staff_code") or ""),
    ]
    first += [
        (identity[name].label.said_in(language), say(session, identity[name], person.get(name), language))
        for name in ("birth_date", "sex")
    ]
    second = []
    post, salary = seen.post, seen.salary
    if post is not None:
        second = [
            (call.t("Chức vụ", "Post"), post_title(session, post, language)),
            (call.t("Đơn vị", "Unit"), post["organization"]["name"] or ""),
        ]
    if salary is not None:
        second.append(
            (call.t("Ngạch", "Rank"), say(session, FACTS["salary"]["rank"], salary["rank"], language))
        )
    return [[(label, value) for label, value in line if value] for line in (first, second)]


def status_tag(call: PageCall, seen: Seen) -> tuple[str, str] | None:
    """(kind of tag, words) of the status on the day."""
    status = seen.status
    if status is None:
        return None
    name = lists.label(call.session, "status_codes", status["status"], call.language)
    return TAGS.get(status_group(status["status"]), "green"), name


def version_bar(call: PageCall, seen: Seen, path: str) -> dict[str, Any]:
    """Arguments of `c.version_bar`: the day shown, and links to the milestones around it."""
    known = call.args.get("known_at", "").strip()

    def at(day: date | None) -> tuple[str, str] | None:
        if day is None:
            return None
        return call.link(path, as_of=None if day == call.today and not known else day.isoformat()), vn(day)

    after = seen.milestones.after
    if after is None:
        computed = (seen.derived.next_step, seen.derived.retirement)
        after = min((one.on for one in computed if one and one.on and one.on > seen.on), default=None)
    return {
        "as_of": vn(seen.on),
        "known_at": known,
        "is_today": seen.on == call.today,
        "previous": at(seen.milestones.before),
        "next": at(after),
        "today_href": path,
        "action": path,
    }
