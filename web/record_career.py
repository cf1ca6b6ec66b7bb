"""A career over time: the timeline, the chart of four bands, and pay step by step."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from registry.catalogues import lists
from registry.law import salary as law
from registry.law.why import vn_number
from registry.officials.facts import FACTS
from registry.periods import add_months
from web.pages import PageCall
from web.record import POSITION_ALLOWANCE, Seen, first_day, paper_link, post_title, say, span, step_of
from web.record_figures import age_then
from web.words import day as shown_day


def timeline(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """Posts newest first, with what is computed ahead of them."""
    posts = seen.facts.get("appointment", [])
    return _ahead(call, seen) + [
        _post(call, seen, one, older) for one, older in zip(posts, [*posts[1:], {}], strict=False)
    ]


def _ahead(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    derived = seen.derived
    if seen.basis.get("ended_on") is None:
        if derived.retirement is not None and derived.retirement.on and derived.retirement.on >= seen.on:
            on = derived.retirement.on
            pension = (on + timedelta(days=1)).strftime("%d/%m/%Y")
            found.append(
                {
                    "on": on,
                    "title": call.t("Nghỉ hưu theo tuổi", "Retirement by age"),
                    "note": call.t(
                        f"{age_then(call, seen, on)}, hưởng lương hưu từ {pension}",
                        f"{age_then(call, seen, on)}, pension from {pension}",
                    ),
                }
            )
        if derived.next_step is not None and derived.next_step.on and derived.next_step.on >= seen.on:
            to, held = derived.next_step_to, seen.salary
            note = (
                ""
                if to is None or held is None
                else call.t(
                    f"bậc {step_of(call.session, held['rank'], to.step)}, hệ số {vn_number(to.coefficient)}",
                    f"step {step_of(call.session, held['rank'], to.step)}"
                    f", coefficient {vn_number(to.coefficient)}",
                )
            )
            found.append(
                {
                    "on": derived.next_step.on,
                    "title": call.t("Nâng bậc lương thường xuyên", "Regular step increase"),
                    "note": note,
                }
            )
    found.sort(key=lambda one: one["on"], reverse=True)
    return [
        {
            "date": call.t(f"Dự kiến {one['on']:%m/%Y}", f"Expected {one['on']:%m/%Y}"),
            "title": one["title"],
            "note": one["note"],
            "kind": "computed",
        }
        for one in found
    ]


def _post(call: PageCall, seen: Seen, fact: dict[str, Any], older: dict[str, Any]) -> dict[str, Any]:
    """One post; what goes on from the older one is not said again."""
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
        notes.append(
            call.t(
                f"thời hạn giữ chức vụ đến {shown_day(fact['term_ends_on'])}",
                f"term until {shown_day(fact['term_ends_on'])}",
            )
        )
    notes += _further(call, "appointment", fact, ("duties", "term_of_office"), {})
    notes += _further(call, "appointment", fact, ("first_appointed_on", "joined_unit_on"), older)
    return {
        "date": span(fact, call.language),
        "title": f"{title}, {unit}" if unit else title,
        "note": " · ".join(dict.fromkeys(notes)),
        "kind": "now" if fact["in_force"] else "past",
        "paper": paper_link(seen, fact),
    }


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
    if ended:
        end = until  # nothing goes on after the last day of service, neither the line nor the bands
    elif retirement and retirement > seen.on:
        end = min(far, add_months(retirement, 6))
    else:
        end = add_months(seen.on, 6)
    posts = [one for one in reversed(seen.facts.get("appointment", [])) if one.get("is_main")]
    steps = _coefficients(call, seen, start)
    if not posts and not steps:
        return None
    ahead = seen.derived.next_step
    to = seen.derived.next_step_to
    following = (
        [{"on": ahead.on, "value": float(to.coefficient)}]
        if ahead and ahead.on and to and seen.on < ahead.on < end
        else []
    )
    bands = [_units(posts, start, until), _posts(call, posts, start, until), _ranks(call, seen, start, until)]
    _shorten(bands, (end - start).days)
    return {
        "start": start,
        "end": end,
        "bands": [band for band in bands if band],
        "steps": steps,
        "title": career_title(call, seen),
        "desc": _in_words(call, bands, steps),
        "on": None if ended else seen.on,
        "retire": retirement if retirement and retirement <= end else None,
        "marks": sorted(
            day
            for one in seen.facts.get("reward", [])
            if (day := first_day(one["valid_from"])) and day >= start
        ),
        "marks_label": call.t("Khen thưởng", "Rewards"),
        "next_steps": following,
    }


def career_title(call: PageCall, seen: Seen) -> str:
    """'35 năm công tác'."""
    years = seen.derived.seniority_years or 0
    return (
        call.t(f"{years} năm công tác", f"{years} years of service")
        if years
        else call.t("Quá trình công tác", "Career")
    )


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
    pieces = _pieces(
        [(one["valid_from"], one["valid_to"], one["organization"]["name"] or "") for one in posts],
        start,
        until,
    )
    for number, piece in enumerate(pieces):
        piece["tone"] = "f3" if (len(pieces) - number) % 2 else "f4"
    return pieces


def _posts(call: PageCall, posts: list[dict[str, Any]], start: date, until: date) -> list[dict[str, Any]]:
    pieces = _pieces(
        [(one["valid_from"], one["valid_to"], post_title(call.session, one, call.language)) for one in posts],
        start,
        until,
    )
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
        piece |= {
            "short": code,
            "tone": RANK_TONES.get(item.extra.get("level", ""), "p0") if item else "p0",
            "text": f"{code} {item.name.said_in(call.language)}" if item else code,
        }
    return pieces


def _coefficients(call: PageCall, seen: Seen, start: date) -> list[dict[str, Any]]:
    """The steps of the line; words at the first and last one and where the rank changes."""
    rows: list[dict[str, Any]] = []
    for row in reversed(seen.facts.get("salary", [])):
        if not rows or (row["rank"], row["coefficient"]) != (rows[-1]["rank"], rows[-1]["coefficient"]):
            rows.append(row)
    steps: list[dict[str, Any]] = []
    labelled: date | None = None
    narrow = max(700, (seen.on - start).days // 12)
    for number, row in enumerate(rows):
        on = max(first_day(row["valid_from"]) or start, start)
        last = number == len(rows) - 1
        roomy = labelled is None or (on - labelled).days > narrow
        if last and not roomy:
            steps[-1].pop("label", None)  # the last one matters more than its neighbour
        step = {"on": on, "value": float(row["coefficient"])}
        if last or (roomy and (number == 0 or row["rank"] != rows[number - 1]["rank"])):
            step["label"] = vn_number(Decimal(row["coefficient"]))
            labelled = on
        steps.append(step)
    return steps


def _in_words(call: PageCall, bands: list[list[dict[str, Any]]], steps: list[dict[str, Any]]) -> str:
    """The chart for those who do not see it."""
    units, posts, ranks = (len(band) for band in bands)
    said = call.t(
        f"{units} đơn vị, {posts} chức vụ hoặc vị trí, {ranks} ngạch",
        f"{units} units, {posts} posts, {ranks} ranks",
    )
    if steps:
        low, high = vn_number(Decimal(str(steps[0]["value"]))), vn_number(Decimal(str(steps[-1]["value"])))
        said += call.t(f"; hệ số lương từ {low} đến {high}", f"; coefficient from {low} to {high}")
    return said + "."


# Pay


def salary_rows(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """Rank and step over time, newest first, each with the pay of its first day."""
    base = lists.items(call.session, "base_salary")
    positions = [
        one
        for one in seen.facts.get("allowance", [])
        if one["allowance"] == POSITION_ALLOWANCE and one.get("coefficient")
    ]
    found = []
    steps = seen.facts.get("salary", [])
    for fact, older in zip(steps, [*steps[1:], {}], strict=False):
        on = first_day(fact["valid_from"]) or seen.on
        allowance = next((Decimal(one["coefficient"]) for one in positions if _holds(one, on)), Decimal(0))
        held = law.Held(
            fact["rank"],
            fact["step"],
            Decimal(fact["coefficient"]),
            on,
            fact["pay_percent"],
            fact["overrun_percent"],
            Decimal(fact["reserve_coefficient"]),
        )
        pay, _parts, _why = law.pay(base, held, allowance, on)
        found.append(
            {
                "id": fact["id"],
                "on": shown_day(fact["valid_from"]),
                "rank": fact["rank"],
                "rank_name": lists.label(call.session, "ranks", fact["rank"], call.language),
                "step": step_of(call.session, fact["rank"], fact["step"]),
                "coefficient": vn_number(Decimal(fact["coefficient"])),
                "extra": _extra(call, fact, older),
                "allowance": vn_number(allowance) if allowance else "",
                "pay": vn_number(pay) if pay else "",
                "paper": paper_link(seen, fact),
                "now": fact["in_force"],
                "event": lists.label(call.session, "salary_events", fact.get("event"), call.language),
            }
        )
    return found


def _further(
    call: PageCall, kind: str, fact: dict[str, Any], names: Sequence[str], older: dict[str, Any]
) -> list[str]:
    """'Label: value' of what has no place of its own and is other than what the older fact says."""
    names = [name for name in names if fact.get(name) != older.get(name)]
    said = [
        (FACTS[kind][name], say(call.session, FACTS[kind][name], fact.get(name), call.language))
        for name in names
    ]
    return [f"{call.say(one.label).lower()} {value}" for one, value in said if value]


def _extra(call: PageCall, fact: dict[str, Any], older: dict[str, Any]) -> str:
    event = lists.label(call.session, "salary_events", fact.get("event"), call.language)
    said = [event] if event else []
    if fact["overrun_percent"]:
        said.append(call.t(f"vượt khung {fact['overrun_percent']} %", f"overrun {fact['overrun_percent']} %"))
    if fact["pay_percent"] != 100:
        said.append(call.t(f"hưởng {fact['pay_percent']} %", f"paid {fact['pay_percent']} %"))
    if Decimal(fact["reserve_coefficient"]):
        said.append(
            call.t(
                f"bảo lưu {vn_number(Decimal(fact['reserve_coefficient']))}",
                f"reserve {fact['reserve_coefficient']}",
            )
        )
    said += _further(
        call, "salary", fact, ("rank_from", "career_step", "career_step_from", "job_pay_vnd"), older
    )
    return ", ".join(said)


def _holds(fact: dict[str, Any], on: date) -> bool:
    begins, ends = first_day(fact["valid_from"]), first_day(fact["valid_to"])
    return (begins or on) <= on and (ends is None or on < ends)
