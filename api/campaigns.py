"""Review campaigns: a unit asks that its files be checked by a day, officials answer, progress of every unit."""

from typing import Any

import marshmallow as ma
from flask import Blueprint, Response

from api.documents import attachment
from api.http import Call, Paged, counted, endpoint, only
from api.shapes import (
    CAMPAIGN,
    CAMPAIGN_ANSWER,
    CAMPAIGN_BEHALF,
    CAMPAIGN_DONE,
    CAMPAIGN_INPUT,
    CAMPAIGN_LIST,
    CAMPAIGN_PROGRESS,
    CAMPAIGN_TASKS,
    DECISION_INPUT,
)
from registry.access.permissions import Permission, Whose
from registry.audit import log
from registry.campaigns import queries, services
from registry.campaigns.models import STATES, Campaign

rooms = Blueprint("campaigns", __name__)
READ, RUN, ANSWER = (
    Permission.CAMPAIGNS_CAMPAIGN_READ,
    Permission.CAMPAIGNS_CAMPAIGN_RUN,
    Permission.CAMPAIGNS_OWN_ANSWER,
)


class ListParameters(Paged):
    """Filters of the list."""

    running = ma.fields.Boolean()


class UnitParameters(ma.Schema):
    """Which unit's parts to count; default that of the campaign."""

    organization = ma.fields.String(validate=ma.validate.Length(max=60))


class TaskParameters(Paged):
    """Filters of the files of a campaign."""

    state = ma.fields.String(validate=ma.validate.OneOf(STATES))
    organization = ma.fields.String(validate=ma.validate.Length(max=60))


@endpoint(
    rooms,
    "/campaigns",
    READ,
    Whose.LIST,
    ("Các đợt rà soát hồ sơ", "List review campaigns"),
    query=ListParameters,
    reply=CAMPAIGN_LIST,
)
def list_campaigns(call: Call) -> Any:
    return _list(call, None)


@endpoint(
    rooms,
    "/me/campaigns",
    ANSWER,
    Whose.OWN,
    ("Các đợt rà soát của mình", "Reviews that ask for the own file"),
    query=ListParameters,
    reply=CAMPAIGN_LIST,
)
def list_own_campaigns(call: Call) -> Any:
    return _list(call, call.actor.official_id)


def _list(call: Call, own: int | None) -> Any:
    asked = call.query
    items, following, total = queries.list_campaigns(
        call.session,
        queries.ListQuery(
            own, asked.get("running"), asked.get("cursor"), asked["limit"], asked.get("count") == "exact"
        ),
        call.today,
        call.actor.official_id,
    )
    return {"items": items, "next_cursor": following, "count": counted(total, asked)}


@endpoint(
    rooms,
    "/campaigns",
    RUN,
    Whose.UNIT,
    ("Mở đợt rà soát", "Start a review campaign"),
    method="POST",
    body=CAMPAIGN_INPUT,
    reply=CAMPAIGN,
    status=201,
)
def start_campaign(call: Call) -> Any:
    campaign = services.start(call.session, call.actor, call.body, call.today)
    return _shown(call, campaign), {"Location": f"/api/v1/campaigns/{campaign.uid}"}


@endpoint(
    rooms, "/campaigns/<named>", READ, Whose.CAMPAIGN, ("Một đợt rà soát", "One campaign"), reply=CAMPAIGN
)
def get_campaign(call: Call, named: str) -> Any:
    return _shown(call, queries.get_campaign(call.session, named))


@endpoint(
    rooms,
    "/campaigns/<named>/progress",
    READ,
    Whose.CAMPAIGN,
    ("Tiến độ theo đơn vị", "Progress of the units"),
    query=UnitParameters,
    reply=CAMPAIGN_PROGRESS,
)
def get_progress(call: Call, named: str) -> Any:
    campaign = queries.get_campaign(call.session, named)
    unit = call.query.get("organization")
    return {
        "campaign": str(campaign.uid),
        "total": queries.progress(call.session, campaign, call.today, unit).counts(),
        "units": [
            {"code": one.code, "name": one.name, "has_more": one.has_more} | one.counts()
            for one in queries.progress_by_unit(call.session, campaign, call.today, unit)
        ],
    }


@endpoint(
    rooms,
    "/campaigns/<named>/progress.csv",
    READ,
    Whose.CAMPAIGN,
    ("Tiến độ, tệp CSV", "Progress as CSV"),
    media="text/csv",
)
def get_progress_csv(call: Call, named: str) -> Response:
    campaign = queries.get_campaign(call.session, named)
    rows = queries.progress_of_all_units(call.session, campaign, call.today)
    return attachment(queries.to_csv(rows, call.language), "tien-do-ra-soat.csv", "text/csv")


@endpoint(
    rooms,
    "/campaigns/<named>/tasks",
    READ,
    Whose.CAMPAIGN,
    ("Hồ sơ trong đợt", "Files of a campaign"),
    query=TaskParameters,
    reply=CAMPAIGN_TASKS,
)
def list_tasks(call: Call, named: str) -> Any:
    campaign = queries.get_campaign(call.session, named)
    asked = call.query
    items, following, total = queries.list_tasks(
        call.session,
        campaign,
        states=(asked["state"],) if asked.get("state") else (),
        unit=asked.get("organization"),
        cursor=asked.get("cursor"),
        limit=asked["limit"],
        exact=asked.get("count") == "exact",
    )
    log.record(
        call.session,
        call.actor,
        log.Action.CAMPAIGN_READ,
        "campaign",
        str(campaign.uid),
        detail={"rows": len(items)},
    )
    return {"items": items, "next_cursor": following, "count": counted(total, asked)}


@endpoint(
    rooms,
    "/campaigns/<named>/answer",
    ANSWER,
    Whose.CAMPAIGN,
    ("Trả lời về hồ sơ của mình", "Answer for the own file"),
    method="POST",
    body=CAMPAIGN_ANSWER,
    reply=CAMPAIGN,
)
def answer(call: Call, named: str) -> Any:
    body = only(call.body, ("outcome", "change", "proposal"))
    campaign = queries.get_campaign(call.session, named)
    services.answer(
        call.session,
        call.actor,
        campaign,
        body.get("outcome"),
        change=_name(body.get("change")),
        proposal=_name(body.get("proposal")),
    )
    return _shown(call, campaign)


def _name(sent: Any) -> str | None:
    return sent if isinstance(sent, str) else None


@endpoint(
    rooms,
    "/campaigns/<named>/confirm",
    RUN,
    Whose.CAMPAIGN,
    ("Xác nhận thay, có lý do", "Confirm on behalf, with a reason"),
    method="POST",
    body=CAMPAIGN_BEHALF,
    reply=CAMPAIGN_DONE,
)
def confirm(call: Call, named: str) -> Any:
    body = only(call.body, ("officials", "reason"))
    campaign = queries.get_campaign(call.session, named)
    done = services.confirm_on_behalf(
        call.session, call.actor, campaign, body.get("officials"), body.get("reason")
    )
    return {"done": done}


@endpoint(
    rooms,
    "/campaigns/<named>/close",
    RUN,
    Whose.CAMPAIGN,
    ("Đóng đợt rà soát", "Close a campaign"),
    method="POST",
    body=DECISION_INPUT,
    reply=CAMPAIGN,
)
def close(call: Call, named: str) -> Any:
    only(call.body, ())
    campaign = queries.get_campaign(call.session, named, lock=True)
    return _shown(call, services.close(call.session, call.actor, campaign))


def _shown(call: Call, campaign: Campaign) -> dict[str, Any]:
    return queries.show(call.session, campaign, call.today, call.actor.official_id)
