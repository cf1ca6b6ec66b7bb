"""Work lists from the law: what is due in a unit, who and why, as a file, and the decision drafted for them."""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response

from api.worklists import DRAFT, READ, asked_of, count_lists, hand_over, read_page, unit_of
from registry.catalogues import lists
from registry.errors import Conflict, Invalid, NotFound, not_found
from registry.law.why import vn_number
from registry.organizations import queries as organizations
from registry.periods import AsOf, add_months
from registry.words import Words
from registry.worklists import queries, services
from registry.worklists.files import post_of
from registry.worklists.lists import WorkList
from registry.worklists.queries import Asked, Page, Row, Unit
from registry.worklists.reasons import explain, words_of
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page

rooms = Blueprint("worklist_pages", __name__)
PAGE = 50
CHOICES_SHOWN = 8
NO_UNIT = Words("Không có đơn vị này trong phạm vi của bạn.", "There is no such unit among yours.")
SEVERAL = Words("Nhiều đơn vị có tên như vậy. Chọn một.", "Several units have such a name. Choose one.")


@page(rooms, "/viec-den-han", READ)
def show_lists(call: PageCall) -> Response:
    """Every list with how many are due in its usual period, and how many are late."""
    unit, mistakes, choices = _unit(call)
    found = count_lists(call, unit) if unit else []
    rows = [
        {
            "href": call.link(f"/viec-den-han/{one.id}"),
            "title": call.say(one.title),
            "meaning": call.say(one.meaning),
            "source": one.source,
            "due": _many(count.due),
            "overdue": _many(count.overdue) if count.overdue else None,
            "until": queries.usual_until(one, call.today) - timedelta(days=1),
        }
        for one, count in found
    ]
    return call.render(
        "worklists/lists.html",
        status=422 if mistakes.summary else 200,
        title=call.t("Việc đến hạn", "Work due"),
        rows=rows,
        unit=unit,
        typed=call.args.get("organization", ""),
        mistakes=mistakes,
        errors=mistakes.fields,
        choices=_choices(call, choices),
    )


def _many(people: int) -> str:
    stop = queries.COUNT_STOPS_AT
    return vn_number(people) if people <= stop else f"{vn_number(stop)}+"


@page(rooms, "/viec-den-han/<worklist>", READ)
def show_list(call: PageCall, worklist: str) -> Response:
    """The people of a list in a unit and a period, each with the reason."""
    one = queries.get_list(worklist, call.actor.field_classes())
    unit, mistakes, choices = _unit(call)
    asked, wrong = _asked(call, one, unit) if unit else (None, NO_MISTAKES)
    return _show(call, one, asked, mistakes if mistakes.summary else wrong, choices)


@page(rooms, "/viec-den-han/<worklist>/danh-sach.<ending>", READ)
def download_list(call: PageCall, worklist: str, ending: str) -> Response:
    """The whole list as CSV or XLSX."""
    one = queries.get_list(worklist, call.actor.field_classes())
    if ending not in ("csv", "xlsx"):
        raise not_found()
    asked = asked_of(call, one, call.args.get("organization") or None, call.day("from"), call.day("to"))
    return hand_over(call, one, asked, "csv" if ending == "csv" else "xlsx")


@page(rooms, "/viec-den-han/<worklist>/du-thao", DRAFT, methods=("POST",))
def draft_decision(call: PageCall, worklist: str) -> Response:
    """One draft for the people chosen or for the whole list; then the form for the decision's number."""
    one = queries.get_list(worklist, call.actor.field_classes())
    whole, _, way = call.form.get("step", "").partition(":")
    people = services.ALL if whole == "all" else call.form.getlist("official")
    asked = asked_of(
        call,
        one,
        call.form.get("organization") or None,
        _sent_day(call, "from"),
        _sent_day(call, "to"),
        DRAFT,
    )
    if not people:
        words = call.t("Chọn ít nhất một người.", "Choose at least one person.")
        return _show(call, one, asked, Mistakes(words, {}, [(None, words)]), [], status=422)
    try:
        with call.savepoint():
            change = services.draft(
                call.session, call.actor, one, asked, call.today, people=people, way=way or None
            )
    except (Invalid, Conflict) as error:
        told = mistakes_of(error, call.language, ())
        return _show(call, one, asked, told, [], status=409 if isinstance(error, Conflict) else 422)
    return call.redirect(f"/de-nghi/{change.number}/sua")


def _sent_day(call: PageCall, name: str) -> date | None:
    """A day that the list's own form sends back as it was shown, in ISO."""
    try:
        return date.fromisoformat(call.form.get(name, "")) if call.form.get(name) else None
    except ValueError:
        raise not_found() from None


def _unit(call: PageCall) -> tuple[Unit | None, Mistakes, list[organizations.Node]]:
    """The unit of the address by code, by 'Tên (MÃ)' or by a name that one unit bears; several become choices."""
    typed = call.args.get("organization", "").strip()[:300]
    if not typed:
        return unit_of(call, None, READ), NO_MISTAKES, []
    sent = typed.rpartition("(")[2].rstrip(")") if typed.endswith(")") else typed
    try:
        return unit_of(call, sent.upper(), READ), NO_MISTAKES, []
    except NotFound:
        pass
    found = organizations.search(
        call.session, sent, AsOf(call.today), ranges=call.actor.ranges(READ), limit=CHOICES_SHOWN
    )
    if len(found) == 1:
        return unit_of(call, found[0].code, READ), NO_MISTAKES, []
    words = call.say(SEVERAL if found else NO_UNIT)
    return None, Mistakes(words, {"organization": words}, [("organization", words)]), found


def _choices(call: PageCall, nodes: list[organizations.Node]) -> list[dict[str, str]]:
    return [
        {"href": call.link(organization=one.code, cursor=None), "name": one.name, "code": one.code}
        for one in nodes
    ]


def _asked(call: PageCall, one: WorkList, unit: Unit) -> tuple[Asked, Mistakes]:
    """Unit and period of the address; a wrong day is told and the list's usual period shown."""
    try:
        since, until = call.day("from"), call.day("to")
        return Asked(unit, *queries.period(one, since, until, call.today)), NO_MISTAKES
    except Invalid as error:
        usual = Asked(unit, *queries.period(one, None, None, call.today))
        return usual, mistakes_of(error, call.language, ("from", "to"), lambda path: path.rpartition("/")[2])


def _show(
    call: PageCall,
    one: WorkList,
    asked: Asked | None,
    mistakes: Mistakes,
    choices: list[organizations.Node],
    *,
    status: int | None = None,
) -> Response:
    found = Page([], None, 0, True)
    if asked is not None:
        found = read_page(call, one, asked, cursor=call.args.get("cursor"), limit=PAGE)
    here = f"/viec-den-han/{one.id}"
    kept = {"cursor": None} | _sent(asked)
    may_draft = asked is not None and call.actor.covers(DRAFT, asked.unit.ord)
    return call.render(
        "worklists/list.html",
        status=status or (422 if mistakes.summary else 200),
        title=call.say(one.title),
        one=one,
        meaning=call.say(one.meaning),
        due_label=call.say(one.due),
        columns=[call.say(column.label) for column in one.columns],
        rows=[_row(call, one, row) for row in found.rows],
        found=found,
        asked=asked,
        typed=f"{asked.unit.name} ({asked.unit.code})" if asked else call.args.get("organization", ""),
        last=asked.until - timedelta(days=1) if asked else None,
        periods=_periods(call, here, asked) if asked else [],
        drafts=[(name, call.say(words)) for name, words in one.drafts] if may_draft else [],
        by_hand=one.by_hand if may_draft else "",
        free=sum(1 for row in found.rows if row.change is None),
        following=call.link(here, **kept | {"cursor": found.next_cursor}) if found.next_cursor else None,
        first_page=call.link(here, **kept) if call.args.get("cursor") else None,
        files=[(kind.upper(), call.link(f"{here}/danh-sach.{kind}", **kept)) for kind in ("xlsx", "csv")]
        if asked and found.rows
        else [],
        mistakes=mistakes,
        errors=mistakes.fields,
        choices=_choices(call, choices),
        all_lists=call.link("/viec-den-han", cursor=None, **{"from": None, "to": None}),
    )


def _sent(asked: Asked | None) -> dict[str, Any]:
    if asked is None:
        return {}
    return {"organization": asked.unit.code, "from": asked.since, "to": asked.until}


def _periods(call: PageCall, here: str, asked: Asked) -> list[dict[str, Any]]:
    """Links to the periods people ask for; each but the last two holds what is overdue as well."""
    today = call.today
    ends = (
        (call.t("Tháng này", "This month"), None, queries.end_of_month(today)),
        (call.t("Quý này", "This quarter"), None, queries.end_of_quarter(today)),
        (call.t("Năm nay", "This year"), None, queries.end_of_year(today)),
        (call.t("Chỉ quá hạn", "Overdue only"), None, today),
        (
            call.t("12 tháng tới, trừ quá hạn", "Next 12 months, not overdue"),
            today,
            add_months(today, 12),
        ),
    )
    return [
        {
            "text": text,
            "href": call.link(
                here, cursor=None, organization=asked.unit.code, **{"from": since, "to": until}
            ),
            "current": (since, until) == (asked.since, asked.until),
        }
        for text, since, until in ends
    ]


def _row(call: PageCall, one: WorkList, row: Row) -> dict[str, Any]:
    reason = explain(call.session, one, row, call.today)
    days = queries.days_left(row, call.today)
    left = (
        call.t(f"Quá {vn_number(-days)} ngày", f"{-days:,} days over")
        if days < 0
        else call.t("Hôm nay", "Today")
        if days == 0
        else call.t(f"Còn {vn_number(days)} ngày", f"{days:,} days left")
    )
    return {
        "id": row.id,
        "href": f"/ho-so/{row.id}",
        "name": row.full_name,
        "code": row.staff_code or row.personal_id,
        "post": post_of(call.session, row, call.language),
        "unit": row.unit_name or "",
        "rank": row.rank or "",
        "rank_name": lists.label(call.session, "ranks", row.rank, call.language),
        "values": [words_of(reason.values.get(column.name, ""), call.language) for column in one.columns],
        "due": row.due_on,
        "left": left,
        "late": days < 0,
        "change": row.change,
        "why": [{"text": call.say(step.words), "source": step.source} for step in reason.due.why],
    }
