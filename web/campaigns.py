"""Review campaigns: started and followed by officers, answered by officials."""

from typing import Any

from flask import Blueprint, Response

from api.documents import attachment
from registry.access.permissions import Permission
from registry.audit import log
from registry.campaigns import queries, services
from registry.campaigns.models import Campaign
from registry.errors import Conflict, Flaw, Invalid, not_found
from registry.officials.facts import FACTS
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.words import Words
from web import record_sections
from web.own import own_key
from web.own_tasks import left
from web.pages import NO_MISTAKES, Mistakes, PageCall, labelled, mistakes_of, page

rooms = Blueprint("campaign_pages", __name__)
READ, RUN, ANSWER = (
    Permission.CAMPAIGNS_CAMPAIGN_READ,
    Permission.CAMPAIGNS_CAMPAIGN_RUN,
    Permission.CAMPAIGNS_OWN_ANSWER,
)
PAGE = 50
STATES: dict[str, tuple[str, Words]] = {
    "open": ("amber", Words("Chưa trả lời", "Open")),
    "confirmed": ("green", Words("Đúng, đủ", "Right and complete")),
    "corrected": ("blue", Words("Đã báo sai", "Correction sent")),
}
IDENTITY = "thong-tin-chung"


def sections_of(call: PageCall, kinds: list[str]) -> list[dict[str, Any]]:
    """The parts of a record that hold these kinds, none: all, as {anchor, title, kinds}."""
    parts = [
        {
            "anchor": IDENTITY,
            "title": call.t("Thông tin chung", "Identity"),
            "kinds": ("identity",),
        }
    ]
    parts += [
        {"anchor": one.anchor, "title": call.say(one.title), "kinds": one.kinds}
        for one in record_sections.all_sections()
    ]
    return [one for one in parts if not kinds or set(kinds) & set(one["kinds"])]


# Officers


@page(rooms, "/ra-soat", READ)
def list_campaigns(call: PageCall) -> Response:
    """The campaigns that concern the reader's units."""
    items, following, total = queries.list_campaigns(
        call.session,
        queries.ListQuery(cursor=call.args.get("cursor"), limit=PAGE),
        call.today,
        call.actor.official_id,
    )
    return call.render(
        "campaigns/list.html",
        title=call.t("Rà soát hồ sơ", "Record reviews"),
        items=[one | {"state": _state(call, one)} for one in items],
        may_run=call.actor.may(RUN),
        total=min(total, 1000),
        exact=total <= 1000,
        next=call.link(cursor=following) if following else None,
        first=call.link(cursor=None) if call.args.get("cursor") else None,
    )


def _state(call: PageCall, one: dict[str, Any]) -> tuple[str, str]:
    if one["closed_at"]:
        return "grey", call.t("Đã đóng", "Closed")
    days = (one["due_on"] - call.today).days
    if one["progress"]["open"] == 0:
        return "green", call.t("Đã xong", "Done")
    return ("son" if days < 0 else "blue"), left(call, days)


LABELS = {
    "name": Words("Tên đợt", "Name"),
    "organization": Words("Đơn vị", "Unit"),
    "due_on": Words("Hạn trả lời", "Due on"),
    "message": Words("Lời nhắn", "Message"),
}


@page(rooms, "/ra-soat/moi", RUN)
def new_campaign(call: PageCall) -> Response:
    """The form of a new campaign."""
    unit = call.actor.organization
    return _form(call, {"organization": unit.code if unit else "", "name": ""}, [], NO_MISTAKES)


def _form(call: PageCall, values: dict[str, str], chosen: list[str], mistakes: Mistakes) -> Response:
    return call.render(
        "campaigns/new.html",
        status=422 if mistakes.summary else 200,
        title=call.t("Mở đợt rà soát", "Start a review"),
        values=values,
        parts=[(one["anchor"], one["title"]) for one in sections_of(call, [])],
        chosen=chosen,
        mistakes=labelled(mistakes, {name: call.say(words) for name, words in LABELS.items()}),
        errors=mistakes.fields,
    )


@page(rooms, "/ra-soat/moi", RUN, methods=("POST",))
def start_campaign(call: PageCall) -> Response:
    """Start it: everybody in post in the unit gets a task."""
    values = {name: call.form.get(name, "").strip() for name in ("name", "organization", "due_on", "message")}
    chosen = call.form.getlist("parts")
    kinds = [
        kind
        for one in sections_of(call, [])
        if one["anchor"] in chosen
        for kind in one["kinds"]
        if kind in FACTS
    ]
    body = {**values, "organization": _unit_code(call, values["organization"]), "kinds": kinds}
    try:
        with call.savepoint():
            campaign = services.start(call.session, call.actor, body, call.today)
    except (Invalid, Conflict) as error:
        return _form(call, values, chosen, mistakes_of(error, call.language, {*values, "parts"}))
    return call.redirect(f"/ra-soat/{campaign.uid}?xong=mo")


def _unit_code(call: PageCall, typed: str) -> str:
    """The code of a unit given by code, by a name that one unit alone bears, or as 'Tên (MÃ)'."""
    inner = typed.rpartition("(")[2].rstrip(")") if typed.endswith(")") else typed
    found = organizations.search(
        call.session, inner, AsOf(call.today), ranges=call.actor.ranges(RUN) or None, limit=2
    )
    exact = next((one.code for one in found if one.code == inner.upper()), None)
    return exact or (found[0].code if len(found) == 1 else typed)


@page(rooms, "/ra-soat/<named>", READ)
def show_campaign(call: PageCall, named: str) -> Response:
    """How far each unit is, and whose files are open."""
    return _show(call, queries.get_campaign(call.session, named), NO_MISTAKES)


def _show(call: PageCall, campaign: Campaign, mistakes: Mistakes) -> Response:
    unit = call.args.get("organization") or None
    state = call.args.get("state", "open")
    state = state if state in STATES else "open"
    shown = queries.show(call.session, campaign, call.today, call.actor.official_id)
    tasks, following, count = queries.list_tasks(
        call.session,
        campaign,
        states=(state,),
        unit=unit,
        cursor=call.args.get("cursor"),
        limit=PAGE,
    )
    log.record(
        call.session,
        call.actor,
        log.Action.CAMPAIGN_READ,
        "campaign",
        str(campaign.uid),
        detail={"rows": len(tasks)},
    )
    total = queries.progress(call.session, campaign, call.today, unit)
    tabs = [
        {
            "href": call.link(state=key, cursor=None),
            "text": call.say(words),
            "current": key == state,
            "count": getattr(total, key),
        }
        for key, (_, words) in STATES.items()
    ]
    return call.render(
        "campaigns/show.html",
        status=422 if mistakes.summary else 200,
        title=campaign.name,
        one=shown,
        state=_state(call, shown),
        left=left(call, (campaign.due_on - call.today).days),
        path=f"/ra-soat/{campaign.uid}",
        unit=unit,
        unit_path=organizations.find_path(call.session, unit, AsOf(call.today)) if unit else (),
        total=total,
        units=queries.progress_by_unit(call.session, campaign, call.today, unit),
        unit_href=lambda code: call.link(organization=code, cursor=None),
        parts=sections_of(call, campaign.kinds) if campaign.kinds else [],
        tabs=tabs,
        shown_state=state,
        tasks=tasks,
        count=min(count, 1000),
        exact=count <= 1000,
        next=call.link(cursor=following) if following else None,
        first=call.link(cursor=None) if call.args.get("cursor") else None,
        may_confirm=call.actor.may(RUN) and campaign.closed_at is None and state == "open",
        may_close=call.actor.covers(RUN, campaign.org_ord) and campaign.closed_at is None,
        mistakes=mistakes,
        errors=mistakes.fields,
        chosen=call.form.getlist("id"),
        reason=call.form.get("reason", ""),
        done=call.args.get("xong"),
    )


@page(rooms, "/ra-soat/<named>/tien-do.csv", READ)
def progress_csv(call: PageCall, named: str) -> Response:
    """The progress of every unit as a file."""
    campaign = queries.get_campaign(call.session, named)
    rows = queries.progress_of_all_units(call.session, campaign, call.today)
    return attachment(queries.to_csv(rows, call.language), "tien-do-ra-soat.csv", "text/csv")


@page(rooms, "/ra-soat/<named>/xac-nhan", RUN, methods=("POST",))
def confirm(call: PageCall, named: str) -> Response:
    """Confirm the files chosen on behalf of their officials."""
    campaign = queries.get_campaign(call.session, named)
    try:
        with call.savepoint():
            done = services.confirm_on_behalf(
                call.session, call.actor, campaign, call.form.getlist("id"), call.form.get("reason", "")
            )
    except (Invalid, Conflict) as error:
        return _show(
            call,
            campaign,
            mistakes_of(
                error, call.language, {"reason"}, lambda path: "reason" if path == "reason" else "list"
            ),
        )
    unit = call.args.get("organization")
    return call.redirect(f"/ra-soat/{campaign.uid}?xong={done}" + (f"&organization={unit}" if unit else ""))


@page(rooms, "/ra-soat/<named>/dong", RUN)
def ask_close(call: PageCall, named: str) -> Response:
    """What closing means."""
    campaign = queries.get_campaign(call.session, named)
    if campaign.closed_at is not None or not call.actor.covers(RUN, campaign.org_ord):
        raise not_found()
    return call.render(
        "campaigns/close.html",
        title=call.t("Đóng đợt rà soát", "Close the review"),
        campaign=campaign,
        total=queries.progress(call.session, campaign, call.today),
    )


@page(rooms, "/ra-soat/<named>/dong", RUN, methods=("POST",))
def close(call: PageCall, named: str) -> Response:
    """No more answers."""
    campaign = queries.get_campaign(call.session, named, lock=True)
    services.close(call.session, call.actor, campaign)
    return call.redirect(f"/ra-soat/{campaign.uid}")


# Officials


@page(rooms, "/cua-toi/ra-soat/<named>", ANSWER)
def show_own(call: PageCall, named: str) -> Response:
    """What is asked of the official, and the two answers."""
    own_key(call)
    campaign = queries.get_campaign(call.session, named)
    shown = queries.show(call.session, campaign, call.today, call.actor.official_id)
    if shown["mine"] is None:
        raise not_found()
    return call.render(
        "campaigns/own.html",
        title=campaign.name,
        one=shown,
        tag=(STATES[shown["mine"]["state"]][0], call.say(STATES[shown["mine"]["state"]][1])),
        left=left(call, (campaign.due_on - call.today).days),
        late=campaign.due_on < call.today,
        parts=sections_of(call, campaign.kinds),
        asked=f"?ra-soat={campaign.uid}",
        done=call.args.get("xong"),
    )


@page(rooms, "/cua-toi/ra-soat/<named>", ANSWER, methods=("POST",))
def answer(call: PageCall, named: str) -> Response:
    """'My file is right and complete.' The box must be ticked: it is a statement."""
    campaign = queries.get_campaign(call.session, named)
    if call.form.get("read") != "1":
        words = Words(
            "Đánh dấu là bạn đã xem các mục trước khi xác nhận.", "Tick that you looked at the parts first."
        )
        raise Invalid(words, "not_read", [Flaw("read", "not_read", words)])
    services.answer(call.session, call.actor, campaign, "confirmed")
    return call.redirect(f"/cua-toi/ra-soat/{campaign.uid}?xong=1")
