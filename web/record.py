"""A record made ready for its pages: values in words, sections, timeline, career chart, and why each computed day is what it is.

Whatever is closed to the reader never enters these structures; a template could not show it by mistake.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.officials import open_record
from registry.access.permissions import Permission, Sensitivity
from registry.access.policy import Target, decide
from registry.access.queries import LOCAL
from registry.audit import log
from registry.catalogues import lists
from registry.law import salary as law
from registry.law.why import Step, vn, vn_number
from registry.officials import browsing, queries
from registry.officials.derived import Derived, derive
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind
from registry.periods import AsOf, add_months
from registry.words import Words
from web.pages import PageCall
from web.words import day as shown_day

POSITION_ALLOWANCE = "chuc_vu"
NOTICE_MONTHS = 6
"""Months before retirement at which it must be announced: Decree 135/2020/NĐ-CP and the law on officials."""
ROWS_AT_FIRST = 8
BEFORE_RECRUITED = ("da_trung_tuyen", "huy_tuyen_dung")

STATUS_GROUPS: dict[str, tuple[Words, tuple[str, ...]]] = {
    "lam_viec": (Words("Đang làm việc", "Working"), ("dang_lam_viec", "tap_su", "keo_dai_cong_tac")),
    "vang": (Words("Vắng có phép", "On leave"), (
        "di_hoc", "nghi_thai_san", "nghi_om_dai", "nghi_khong_luong", "phu_quan_phu_the", "nghi_truoc_tuoi_cho_huu")),
    "chuyen": (Words("Biệt phái, luân chuyển, chờ nhận", "Seconded, rotated, in transfer"), (
        "biet_phai_di", "luan_chuyen", "dieu_dong_cho", "da_trung_tuyen")),
    "xem_xet": (Words("Đình chỉ, đang xem xét", "Suspended, under review"), (
        "tam_dinh_chi", "dang_xu_ly_ky_luat", "bi_khoi_to")),
}
"""Groups of employment statuses as filters; 'thoi' (left) holds every other one."""
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
    read = queries.get_record(call.session, key.id, as_of, classes)
    log.record(call.session, call.actor, log.Action.OFFICIAL_READ, "official", str(key.uid), official_id=key.id,
               detail={"as_of": as_of.on.isoformat()} | ({"page": page} if page else {}))
    may_draft = decide(call.actor, Permission.CHANGES_CHANGE_DRAFT, Target(org_ord=key.org_ord)).allowed
    return Seen(key, as_of, call.today, own, may_draft, classes, read.parsed(), read.basis,
                derive(call.session, read.basis, as_of.on, classes), browsing.milestones(call.session, key.id, as_of))


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
            return vn_number(number if field.name.endswith("coefficient") else _bare(number))
        case "integer":
            return vn_number(int(value))
        case "boolean":
            return Words("Có" if value else "Không", "Yes" if value else "No").said_in(language)
        case "choice":
            return next((words.said_in(language) for key, words in field.choices if key == value), str(value))
        case "unit":
            return str(value.get("name") or value.get("code") or "")
        case _:
            return str(value)


def _bare(number: Decimal) -> Decimal:
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
    if "year" in (precision(start), precision(end)):
        return f"{shown_day(start)} - {last.year}"
    return f"{begun:%m/%Y} - {last:%m/%Y}"


def post_title(session: Session, fact: dict[str, Any], language: str) -> str:
    """The position of an appointment, else its job position."""
    position = lists.label(session, "position_titles", fact.get("position"), language)
    position = re.sub(r"\s*\([^()]*\)$", "", position)  # the list tells apart by level what the unit's name tells already
    return position or fact.get("job_position") or Words("Chưa ghi chức vụ", "No post recorded").said_in(language)


def steps_of(session: Session, rank: str) -> list[law.StepRow]:
    """The steps of a rank."""
    return law.steps_of(lists.items(session, "ranks"), lists.items(session, "salary_steps"), rank)


_tops: dict[tuple[int, str], int] = {}


def top_step(session: Session, rank: str | None) -> int | None:
    """The number of the last step of a rank."""
    if rank is None:
        return None
    key = (id(lists.items(session, "salary_steps")), rank)
    if key not in _tops:
        _tops[key] = max((one.step for one in steps_of(session, rank)), default=0)
    return _tops[key] or None


def step_of(session: Session, rank: str | None, step: int | None) -> str:
    """'2/6': the step and how many the rank has."""
    top = top_step(session, rank)
    return "" if step is None else f"{step}/{top}" if top else str(step)


def initials(name: str) -> str:
    """The first letters of the last two words: MH for Nguyễn Thị Minh Hạnh."""
    return "".join(word[0] for word in name.split()[-2:]).upper()


# The head of the page


def identity_lines(call: PageCall, seen: Seen) -> list[list[tuple[str, str]]]:
    """Two lines under the name; only what there is and what may be seen."""
    person, session, language = seen.personal, call.session, call.language
    identity = FACTS["identity"]
    first = [(call.t("Số định danh", "Personal number"), person["personal_id"]),
             (call.t("Số hiệu", "Staff code"), person.get("staff_code") or "")]
    first += [(identity[name].label.said_in(language), say(session, identity[name], person.get(name), language))
              for name in ("birth_date", "sex")]
    second = []
    post, salary = seen.post, seen.salary
    if post is not None:
        second = [(call.t("Chức vụ", "Post"), post_title(session, post, language)),
                  (call.t("Đơn vị", "Unit"), post["organization"]["name"] or "")]
    if salary is not None:
        second.append((call.t("Ngạch", "Rank"), say(session, FACTS["salary"]["rank"], salary["rank"], language)))
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
        "as_of": vn(seen.on), "known_at": known, "is_today": seen.on == call.today, "previous": at(seen.milestones.before),
        "next": at(after), "today_href": path, "action": path}


# What follows by law


def figures(call: PageCall, seen: Seen) -> list[dict[str, str]]:
    """Pay, next step and retirement, each with a note."""
    return [_pay_figure(call, seen), _step_figure(call, seen), _retirement_figure(call, seen)]


def _pay_figure(call: PageCall, seen: Seen) -> dict[str, str]:
    derived = seen.derived
    label = call.t("Lương hiện hưởng", "Present pay") if seen.is_today else call.t("Lương tại ngày xem", "Pay on that day")
    if not derived.pay_vnd:
        ended = seen.basis.get("ended_on")
        note = call.t("chưa có ngạch, bậc", "no rank and step") if not ended else call.t(
            f"thôi hưởng từ {shown_day(ended)}", f"none since {shown_day(ended)}")
        return {"label": label, "value": "–", "note": note}
    parts = " + ".join(vn_number(one.coefficient.quantize(Decimal("0.01"))) for one in derived.pay_parts)
    base = law.base_salary(lists.items(call.session, "base_salary"), seen.on)
    assert base is not None
    amount = vn_number(int(base.extra["amount_vnd"]))
    note = f"({parts}) × {amount} đ" if len(derived.pay_parts) > 1 else f"{parts} × {amount} đ"
    beside = [one for one in seen.holding("allowance") if one["allowance"] != POSITION_ALLOWANCE]
    if beside:
        names = ", ".join(_allowance(call, one) for one in beside[:2]) + (", …" if len(beside) > 2 else "")
        note += call.t(f", chưa gồm {names}", f", without {names}")
    return {"label": label, "value": f"{vn_number(derived.pay_vnd)} đ", "note": note}


def _allowance(call: PageCall, fact: dict[str, Any]) -> str:
    name = lists.label(call.session, "allowance_kinds", fact["allowance"], call.language)
    name = name[:1].lower() + name[1:]
    if fact.get("percent") is not None:
        return f"{name} {vn_number(Decimal(fact['percent']).normalize())} %"
    if fact.get("amount_vnd") is not None:
        return f"{name} {vn_number(fact['amount_vnd'])} đ"
    return f"{name} {vn_number(Decimal(fact['coefficient']))}"


def _step_figure(call: PageCall, seen: Seen) -> dict[str, str]:
    derived = seen.derived
    label = call.t("Nâng bậc lương lần sau", "Next step increase")
    if derived.next_step is None:
        return {"label": label, "value": "–", "note": ""}
    if derived.next_step.on is None:
        return _overrun_figure(call, seen, label)
    note = ""
    to, held = derived.next_step_to, seen.salary
    if to is not None and held is not None:
        note = call.t(f"bậc {step_of(call.session, held['rank'], to.step)}, hệ số {vn_number(to.coefficient)}",
                      f"step {step_of(call.session, held['rank'], to.step)}, coefficient {to.coefficient}")
        base = law.base_salary(lists.items(call.session, "base_salary"), seen.on)
        if base is not None:
            more = int((to.coefficient - Decimal(held["coefficient"])) * int(base.extra["amount_vnd"]))
            note += call.t(f" · thêm {vn_number(more)} đ mỗi tháng", f" · {vn_number(more)} đ more a month")
    if derived.next_step.on < seen.on:
        note = call.t("đã đến hạn · ", "overdue · ") + note
    return {"label": label, "value": vn(derived.next_step.on), "note": note}


def _overrun_figure(call: PageCall, seen: Seen, label: str) -> dict[str, str]:
    derived = seen.derived
    top = call.t("đã ở bậc cuối của ngạch", "on the top step of the rank")
    if derived.overrun is None or derived.overrun.on is None:
        return {"label": label, "value": call.t("Không còn", "None"), "note": top}
    percent = derived.overrun_percent
    nxt = 5 if percent == 0 else percent + 1
    return {"label": call.t("Vượt khung lần sau", "Next overrun"), "value": vn(derived.overrun.on),
            "note": f"{top} · " + call.t(f"{percent} % lên {nxt} %", f"{percent} % to {nxt} %")}


def _retirement_figure(call: PageCall, seen: Seen) -> dict[str, str]:
    label = call.t("Nghỉ hưu", "Retirement")
    retirement = seen.derived.retirement
    if retirement is None or retirement.on is None:
        return {"label": label, "value": "–", "note": ""}
    note = _age_then(call, seen, retirement.on)
    if seen.basis.get("ended_on"):
        note += call.t(" · theo tuổi; đã thôi làm việc", " · by age; has left")
    else:
        notice = vn(add_months(retirement.on, -NOTICE_MONTHS))
        note += call.t(f" · thông báo trước {notice}", f" · announce before {notice}")
    return {"label": label, "value": vn(retirement.on), "note": note}


def _age_then(call: PageCall, seen: Seen, on: date) -> str:
    born = date.fromisoformat(seen.basis["birth_date"])
    years, months = divmod((on.year - born.year) * 12 + on.month - born.month, 12)
    said = call.t(f"{years} tuổi", f"aged {years}")
    return said + (call.t(f" {months} tháng", f" and {months} months") if months else "")


def whys(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """Questions with their numbered steps, for `c.why` and the printed page: {key, question, steps}."""
    derived = seen.derived
    asked: list[tuple[str, str, Sequence[Step]]] = []
    if derived.retirement is not None and derived.retirement.on is not None:
        on = vn(derived.retirement.on)
        asked.append(("retirement", call.t(f"Vì sao nghỉ hưu ngày {on}?", f"Why does retirement fall on {on}?"), derived.retirement.why))
    if derived.next_step is not None:
        on = vn(derived.next_step.on) if derived.next_step.on else ""
        asked.append(("next_step", call.t(f"Vì sao nâng bậc lương ngày {on}?", f"Why is the increase due on {on}?") if on else
                      call.t("Vì sao không còn nâng bậc lương?", "Why is there no further increase?"), derived.next_step.why))
    if derived.overrun is not None and derived.overrun.on is not None:
        asked.append(("overrun", call.t(f"Vì sao vượt khung {derived.overrun_percent} %?", f"Why an overrun of {derived.overrun_percent} %?"),
                      derived.overrun.why))
    if derived.pay_vnd:
        amount = vn_number(derived.pay_vnd)
        asked.append(("pay", call.t(f"Vì sao lương là {amount} đ?", f"Why is the pay {amount} đ?"), derived.pay_why))
    return [{"key": key, "question": question, "steps": _steps(call, why)} for key, question, why in asked]


def _steps(call: PageCall, why: Sequence[Step]) -> list[dict[str, Any]]:
    last = len(why) - 1
    return [{"text": call.say(one.words), "source": one.source, "result": number == last} for number, one in enumerate(why)]


# Career


def timeline(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """Posts newest first, with what is computed ahead of them."""
    return _ahead(call, seen) + [_post(call, seen, one) for one in seen.facts.get("appointment", [])]


def _ahead(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    derived, found = seen.derived, []
    if seen.basis.get("ended_on") is None:
        if derived.retirement is not None and derived.retirement.on and derived.retirement.on >= seen.on:
            on = derived.retirement.on
            pension = (on + timedelta(days=1)).strftime("%d/%m/%Y")
            found.append({"on": on, "title": call.t("Nghỉ hưu theo tuổi", "Retirement by age"),
                          "note": call.t(f"{_age_then(call, seen, on)}, hưởng lương hưu từ {pension}",
                                         f"{_age_then(call, seen, on)}, pension from {pension}")})
        if derived.next_step is not None and derived.next_step.on and derived.next_step.on >= seen.on:
            to, held = derived.next_step_to, seen.salary
            note = "" if to is None or held is None else call.t(
                f"bậc {step_of(call.session, held['rank'], to.step)}, hệ số {vn_number(to.coefficient)}",
                f"step {step_of(call.session, held['rank'], to.step)}, coefficient {to.coefficient}")
            found.append({"on": derived.next_step.on, "title": call.t("Nâng bậc lương thường xuyên", "Regular step increase"), "note": note})
    found.sort(key=lambda one: one["on"], reverse=True)
    return [{"date": call.t(f"Dự kiến {one['on']:%m/%Y}", f"Expected {one['on']:%m/%Y}"), "title": one["title"], "note": one["note"],
             "kind": "computed"} for one in found]


def _post(call: PageCall, seen: Seen, fact: dict[str, Any]) -> dict[str, Any]:
    unit = fact["organization"]["name"] or ""
    title = post_title(call.session, fact, call.language)
    notes = []
    if not fact.get("is_main"):
        notes.append(call.t("Kiêm nhiệm", "Concurrent post"))
    if fact.get("event"):
        notes.append(lists.label(call.session, "appointment_kinds", fact["event"], call.language))
    if fact.get("position") and fact.get("job_position") and fact["job_position"] != title:
        notes.append(fact["job_position"])
    if fact.get("term_ends_on") and fact["in_force"]:
        notes.append(call.t(f"thời hạn giữ chức vụ đến {shown_day(fact['term_ends_on'])}", f"term until {shown_day(fact['term_ends_on'])}"))
    return {"date": span(fact, call.language), "title": f"{title}, {unit}" if unit else title, "note": " · ".join(notes),
            "kind": "now" if fact["in_force"] else "past", "paper": paper_link(seen, fact)}


def paper_link(seen: Seen, fact: dict[str, Any]) -> tuple[str, str]:
    """(href, number) of the decision a fact rests on."""
    return f"/ho-so/{seen.key.uid}/quyet-dinh/{fact['decision']['id']}", fact["decision"]["number"]


CHART_AHEAD = 5
"""Years that the chart looks ahead at most, when retirement is further off."""


def career(call: PageCall, seen: Seen) -> dict[str, Any] | None:
    """Arguments of `c.career_chart`; none before there is a career to draw."""
    start = seen.recruited_on
    if start is None or seen.not_yet or (seen.on - start).days < 90:
        return None
    ended = date.fromisoformat(seen.basis["ended_on"]) if seen.basis.get("ended_on") else None
    until = min(seen.on, ended) if ended else seen.on
    retirement = seen.derived.retirement.on if seen.derived.retirement and ended is None else None
    far = add_months(seen.on, max(12, min(12 * CHART_AHEAD, (until - start).days * 12 // 365 // 4)))
    end = min(far, add_months(retirement, 6)) if retirement and retirement > seen.on else add_months(seen.on, 6)
    posts = [one for one in reversed(seen.facts.get("appointment", [])) if one.get("is_main")]
    steps = _coefficients(call, seen, start)
    if not posts and not steps:
        return None
    ahead = seen.derived.next_step
    to = seen.derived.next_step_to
    following = [{"on": ahead.on, "value": float(to.coefficient)}] if ahead and ahead.on and to and seen.on < ahead.on < end else []
    bands = [_units(posts, start, until), _posts(call, posts, start, until), _ranks(call, seen, start, until)]
    _shorten(bands, (end - start).days)
    return {
        "start": start, "end": end, "bands": [band for band in bands if band], "steps": steps, "title": career_title(call, seen),
        "desc": _in_words(call, bands, steps), "on": seen.on, "retire": retirement if retirement and retirement <= end else None,
        "marks": sorted(day for one in seen.facts.get("reward", []) if (day := first_day(one["valid_from"])) and day >= start),
        "marks_label": call.t("Khen thưởng", "Rewards"), "next_steps": following}


def career_title(call: PageCall, seen: Seen) -> str:
    """'35 năm công tác'."""
    years = seen.derived.seniority_years or 0
    return call.t(f"{years} năm công tác", f"{years} years of service") if years else call.t("Quá trình công tác", "Career")


def _pieces(rows: Iterable[tuple[Any, Any, str]], start: date, until: date) -> list[dict[str, Any]]:
    """Stretches of a band; neighbours with the same words become one."""
    pieces: list[dict[str, Any]] = []
    for begins, ends, words in rows:
        first = max(first_day(begins) or start, start)
        last = min(first_day(ends) or until, until)
        if last <= first or not words:
            continue
        if pieces and pieces[-1]["text"] == words and pieces[-1]["end"] >= first:
            pieces[-1]["end"] = last
        else:
            pieces.append({"start": first, "end": last, "text": words})
    return pieces


def _shorten(bands: list[list[dict[str, Any]]], days: int) -> None:
    """Words that fit a piece that is too narrow for all of them; about 150 letters fit the whole width."""
    for piece in (piece for band in bands for piece in band):
        room = int((piece["end"] - piece["start"]).days / days * 158) - 1
        if len(piece["text"]) > room >= 8 and not 0 < len(piece.get("short", "")) <= room:
            piece["short"] = piece["text"][: room - 1].rstrip(" ,-") + "…"


def _units(posts: list[dict[str, Any]], start: date, until: date) -> list[dict[str, Any]]:
    pieces = _pieces([(one["valid_from"], one["valid_to"], one["organization"]["name"] or "") for one in posts], start, until)
    for number, piece in enumerate(pieces):
        piece["tone"] = "f3" if (len(pieces) - number) % 2 else "f4"
    return pieces


def _posts(call: PageCall, posts: list[dict[str, Any]], start: date, until: date) -> list[dict[str, Any]]:
    pieces = _pieces([(one["valid_from"], one["valid_to"], post_title(call.session, one, call.language)) for one in posts], start, until)
    leading = {post_title(call.session, one, call.language) for one in posts if one.get("position")}
    tones = iter(("f3", "f2", "f1", "u0"))
    given: dict[str, str] = {}
    for piece in pieces:
        if piece["text"] in leading:
            given.setdefault(piece["text"], next(tones, "u0"))
        piece["tone"] = given.get(piece["text"], "p0")
    return pieces


RANK_TONES = {"1": "u0", "2": "f3"}


def _ranks(call: PageCall, seen: Seen, start: date, until: date) -> list[dict[str, Any]]:
    ranks = {one.key: one for one in lists.items(call.session, "ranks")}
    rows = list(reversed(seen.facts.get("salary", [])))
    pieces = _pieces([(one["valid_from"], one["valid_to"], one["rank"]) for one in rows], start, until)
    for piece in pieces:
        code = piece["text"]
        item = ranks.get(code)
        piece |= {"short": code, "tone": RANK_TONES.get(item.extra.get("level", ""), "p0") if item else "p0",
                  "text": f"{code} {item.name.said_in(call.language)}" if item else code}
    return pieces


def _coefficients(call: PageCall, seen: Seen, start: date) -> list[dict[str, Any]]:
    """The steps of the line; words at the first and last one and where the rank changes."""
    rows = list(reversed(seen.facts.get("salary", [])))
    steps: list[dict[str, Any]] = []
    labelled = start - timedelta(days=9999)
    for number, row in enumerate(rows):
        on = max(first_day(row["valid_from"]) or start, start)
        last = number == len(rows) - 1
        wanted = number == 0 or last or row["rank"] != rows[number - 1]["rank"]
        roomy = (on - labelled).days > max(700, (seen.on - start).days // 12)
        if wanted and last and steps and not roomy:
            steps[-1].pop("label", None)  # the last one matters more than its neighbour
        step = {"on": on, "value": float(row["coefficient"])}
        if wanted and (roomy or last):
            step["label"] = vn_number(Decimal(row["coefficient"]))
            labelled = on
        steps.append(step)
    return steps


def _in_words(call: PageCall, bands: list[list[dict[str, Any]]], steps: list[dict[str, Any]]) -> str:
    """The chart for those who do not see it."""
    units, posts, ranks = (len(band) for band in bands)
    said = call.t(f"{units} đơn vị, {posts} chức vụ hoặc vị trí, {ranks} ngạch", f"{units} units, {posts} posts, {ranks} ranks")
    if steps:
        low, high = vn_number(Decimal(str(steps[0]["value"]))), vn_number(Decimal(str(steps[-1]["value"])))
        said += call.t(f"; hệ số lương từ {low} đến {high}", f"; coefficient from {low} to {high}")
    return said + "."


# Pay


def salary_rows(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """Rank and step over time with the pay of the first day of each: {on, rank, step, coefficient, allowance, pay, paper}."""
    base = lists.items(call.session, "base_salary")
    positions = [one for one in seen.facts.get("allowance", []) if one["allowance"] == POSITION_ALLOWANCE and one.get("coefficient")]
    found = []
    for fact in seen.facts.get("salary", []):
        on = first_day(fact["valid_from"]) or seen.on
        allowance = next((Decimal(one["coefficient"]) for one in positions if _holds(one, on)), Decimal(0))
        held = law.Held(fact["rank"], fact["step"], Decimal(fact["coefficient"]), on, fact["pay_percent"], fact["overrun_percent"],
                        Decimal(fact["reserve_coefficient"]))
        pay, _parts, _why = law.pay(base, held, allowance, on)
        found.append({
            "id": fact["id"], "on": shown_day(fact["valid_from"]), "rank": fact["rank"],
            "rank_name": lists.label(call.session, "ranks", fact["rank"], call.language),
            "step": step_of(call.session, fact["rank"], fact["step"]), "coefficient": vn_number(Decimal(fact["coefficient"])),
            "extra": _extra(call, fact), "allowance": vn_number(allowance) if allowance else "", "pay": vn_number(pay) if pay else "",
            "paper": paper_link(seen, fact), "now": fact["in_force"],
            "event": lists.label(call.session, "salary_events", fact.get("event"), call.language)})
    return found


def _extra(call: PageCall, fact: dict[str, Any]) -> str:
    said = []
    if fact["overrun_percent"]:
        said.append(call.t(f"vượt khung {fact['overrun_percent']} %", f"overrun {fact['overrun_percent']} %"))
    if fact["pay_percent"] != 100:
        said.append(call.t(f"hưởng {fact['pay_percent']} %", f"paid {fact['pay_percent']} %"))
    if Decimal(fact["reserve_coefficient"]):
        said.append(call.t(f"bảo lưu {vn_number(Decimal(fact['reserve_coefficient']))}", f"reserve {fact['reserve_coefficient']}"))
    return ", ".join(said)


def _holds(fact: dict[str, Any], on: date) -> bool:
    begins, ends = first_day(fact["valid_from"]), first_day(fact["valid_to"])
    return (begins or on) <= on and (ends is None or on < ends)


# Sections


@dataclass(frozen=True)
class Section:
    """A part of the record: its anchor, its kinds, and what to say when there is nothing."""

    anchor: str
    title: Words
    kinds: tuple[str, ...]
    empty: Words


def _section(anchor: str, title: tuple[str, str], kinds: tuple[str, ...], empty: tuple[str, str]) -> Section:
    return Section(anchor, Words(*title), kinds, Words(*empty))


SECTIONS = (
    _section("cong-tac", ("Công tác, chức vụ", "Posts"), ("appointment",), ("Chưa ghi nhận chức vụ nào.", "No post is recorded.")),
    _section("luong", ("Ngạch, bậc, lương", "Rank, step, pay"), ("salary",), ("Chưa xếp ngạch, bậc.", "No rank and step are recorded.")),
    _section("phu-cap", ("Phụ cấp", "Allowances"), ("allowance",), ("Chưa ghi nhận phụ cấp nào.", "No allowance is recorded.")),
    _section("tinh-trang", ("Tình trạng công tác", "Employment status"), ("status",), ("Chưa ghi nhận tình trạng nào.", "No status is recorded.")),
    _section("dao-tao", ("Đào tạo, bồi dưỡng", "Education and training"),
             ("qualification", "political_theory", "state_management", "language", "it_skill"),
             ("Chưa ghi nhận văn bằng, chứng chỉ nào.", "No qualification is recorded.")),
    _section("dang", ("Đảng, đoàn thể", "Party and organizations"), ("party",), ("Chưa ghi nhận là đảng viên.", "No membership is recorded.")),
    _section("danh-gia", ("Đánh giá, xếp loại", "Evaluation"), ("evaluation",), ("Chưa có kết quả đánh giá nào.", "No evaluation is recorded.")),
    _section("khen-thuong", ("Khen thưởng", "Rewards"), ("reward",), ("Chưa có quyết định khen thưởng nào.", "No reward is recorded.")),
    _section("ky-luat", ("Kỷ luật", "Discipline"), ("discipline",), ("Chưa có quyết định kỷ luật nào.", "No disciplinary measure is recorded.")),
    _section("gia-dinh", ("Quan hệ gia đình", "Family"), ("family",), ("Chưa khai quan hệ gia đình.", "No family member is recorded.")),
    _section("qua-trinh", ("Công tác trước khi tuyển dụng", "Earlier work"), ("work_history",),
             ("Chưa khai quá trình công tác trước đó.", "No earlier work is recorded.")),
)

AWARDED = {"qualification", "political_theory", "state_management", "language", "it_skill", "reward", "evaluation", "family"}
"""Kinds that begin on a day and do not end: their date stands alone."""
UNDATED = {"family", "party"}
"""Kinds whose own columns say when; a day stands beside them only where something has ended."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "status": ("status", "category", "recruitment_mode"),
    "allowance": ("allowance", "coefficient", "percent", "amount_vnd"),
    "discipline": ("form", "authority", "step_delay_months"),
    "family": ("full_name", "relation", "birth_year", "occupation"),
    "party": ("joined_on", "official_on", "cell", "party_post"),
}
"""The columns of a kind's table where the first four are not the ones to show; all else stands in a second line."""
MOST_COLUMNS = 4


def all_sections() -> tuple[Section, ...]:
    """The sections, and one for each kind that none of them names: a new kind shows itself without an edit here."""
    named = {kind for one in SECTIONS for kind in one.kinds} | {"identity"}
    rest = tuple(Section(kind.name.replace("_", "-"), kind.label, (kind.name,), Words("Chưa ghi nhận mục nào.", "Nothing is recorded."))
                 for kind in FACTS.values() if kind.name not in named)
    return SECTIONS + rest


def sections(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """Every section as the page draws it: {anchor, title, count, locked, empty, kind, tables}."""
    found = []
    for one in all_sections():
        open_kinds = [kind for kind in one.kinds if kind in seen.facts]
        found.append({
            "anchor": one.anchor, "title": call.say(one.title), "kind": one.kinds[0], "empty": call.say(one.empty),
            "count": sum(len(seen.facts[kind]) for kind in open_kinds) if open_kinds else None,
            "locked": not open_kinds, "closed": [call.say(field.label) for kind in open_kinds
                                                 for field in queries.hidden_fields(FACTS[kind], seen.classes)],
            "tables": [fact_table(call, seen, FACTS[kind], MOST_COLUMNS if len(open_kinds) == 1 else 1)
                       for kind in open_kinds if seen.facts[kind]]})
    return found


def fact_table(call: PageCall, seen: Seen, kind: Kind, most: int) -> dict[str, Any]:
    """The facts of a kind as a table: {kind, label, dated, columns, rows}, columns without any value left out.

    What finds no place in the first `most` columns stands in the rows' details.
    """
    facts = seen.facts[kind.name]
    shown = [one for one in queries.visible_fields(kind, seen.classes) if any(fact.get(one.name) not in (None, "", False) for fact in facts)]
    wanted = COLUMNS.get(kind.name)
    columns = [one for one in shown if wanted is None or one.name in wanted][:most]
    if wanted:
        columns.sort(key=lambda one: wanted.index(one.name))
    rest = [one for one in shown if one not in columns]
    return {
        "kind": kind.name, "label": call.say(kind.label),
        "dated": kind.name not in UNDATED or any(fact["valid_to"] for fact in facts),
        "columns": [{"label": call.say(one.label), "num": one.type in ("decimal", "integer")} for one in columns],
        "rows": [_row(call, seen, kind, fact, columns, rest) for fact in facts]}


def _row(call: PageCall, seen: Seen, kind: Kind, fact: dict[str, Any], columns: list[Field], rest: list[Field]) -> dict[str, Any]:
    details = [f"{call.say(one.label)}: {said}" for one in rest if (said := say(call.session, one, fact.get(one.name), call.language))
               and fact.get(one.name) is not False]
    when = shown_day(fact["valid_from"]) if kind.name in AWARDED else span(fact, call.language)
    return {"id": fact["id"], "when": when, "now": fact["in_force"] and kind.name not in AWARDED,
            "cells": [say(call.session, one, fact.get(one.name), call.language) for one in columns],
            "details": details, "paper": paper_link(seen, fact), "basis": fact["decision"]["basis"]}


def general(call: PageCall, seen: Seen, change: Any = None) -> list[dict[str, Any]]:
    """Rows of 'Thông tin chung' for `c.summary_list`; `change(name of the field)` gives the links of a row."""
    rows = []
    for one in FACTS["identity"].fields:
        label = call.say(one.label)
        if one.sensitivity not in seen.classes:
            rows.append({"label": label, "locked": True})
            continue
        value = say(call.session, one, seen.personal.get(one.name), call.language)
        rows.append({"label": label, "value": value or None, "actions": change(one.name) if change else []})
    rows[1:1] = [{"label": call.t("Số định danh cá nhân", "Personal number"), "value": seen.personal["personal_id"]},
                 {"label": call.t("Số hiệu", "Staff code"), "value": seen.personal.get("staff_code") or None}]
    return rows + extracts(call, seen)


def extracts(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """What people look for first among the facts: recruitment day, highest qualification, political theory."""
    rows: list[dict[str, Any]] = []
    first = next((one for one in reversed(seen.facts.get("status", [])) if one["status"] not in BEFORE_RECRUITED), None)
    if first is not None:
        note = {"month": call.t("chỉ biết tháng", "only the month is known"), "year": call.t("chỉ biết năm", "only the year is known")}
        rows.append({"label": call.t("Ngày tuyển dụng", "Recruited on"), "value": shown_day(first["valid_from"]),
                     "note": note.get(precision(first["valid_from"]))})
    for kind, label in (("qualification", call.t("Trình độ chuyên môn", "Qualification")),
                        ("political_theory", call.t("Lý luận chính trị", "Political theory"))):
        best = _highest(call, seen.facts.get(kind, []), kind)
        if best is not None:
            rows.append({"label": label, "value": best})
    return rows


def _highest(call: PageCall, facts: list[dict[str, Any]], kind: str) -> str | None:
    field = FACTS[kind]["level"]
    order = {item.key: item.sort for item in lists.items(call.session, field.catalogue or "")
             if kind != "qualification" or item.extra.get("kind") == "professional"}
    known = [one for one in facts if one.get("level") in order]
    if not known:
        return None
    best = max(known, key=lambda one: order[one["level"]])
    said = [" ".join(filter(None, (say(call.session, field, best["level"], call.language), best.get("major"))))]
    said += [best.get("school") or "", shown_day(best["valid_from"])[-4:]]
    return ", ".join(filter(None, said))


MUST_HAVE = ("birth_place", "native_place", "ethnic_group", "permanent_address", "current_address", "phone", "social_insurance_no")
"""What Decree 27/2026/NĐ-CP asks of everybody under general information, beside name, birth and sex."""


def missing(call: PageCall, seen: Seen) -> list[str]:
    """Labels of general information that is asked of everybody and not there; only what the reader may see."""
    identity = FACTS["identity"]
    return [call.say(identity[name].label) for name in MUST_HAVE
            if identity[name].sensitivity in seen.classes and not seen.personal.get(name)]
