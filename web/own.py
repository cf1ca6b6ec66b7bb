"""What somebody sees of oneself: the own record, its course, who looked, own requests, the roles held."""

from typing import Any

from flask import Blueprint, Response, render_template_string
from sqlalchemy import text

from registry.access.actor import ROLE_LABELS
from registry.access.permissions import NATIONAL, OWN_ONLY, Permission
from registry.access.queries import LOCAL
from registry.campaigns import queries as campaigns
from registry.changes import queries as changes
from registry.errors import not_found
from registry.officials import queries
from registry.officials.facts import FACTS
from registry.organizations import queries as organizations
from registry.periods import AsOf
from registry.words import Words
from web import officials, record, record_career, record_figures, record_sections
from web.account import from_new_places
from web.own_tasks import left, own_proposals
from web.pages import PageCall, page

rooms = Blueprint("own_pages", __name__)
P = Permission
LOOKS_SHOWN = 3
LOOK_DAYS = 30
FACTS_SHOWN = ("birth_date", "sex", "native_place", "current_address", "phone", "email")


def own_key(call: PageCall) -> queries.Key:
    """The reader's own record; NotFound for an account without one."""
    if call.actor.official_id is None or "official" not in call.actor.roles:
        raise not_found()
    uid = call.session.execute(
        text("SELECT uid::text FROM official_current WHERE official_id = :id"), {"id": call.actor.official_id}
    ).scalar_one_or_none()
    if uid is None:
        raise not_found()
    return queries.get_key(call.session, uid)


@page(rooms, "/cua-toi", P.OFFICIALS_RECORD_READ)
def show_own(call: PageCall) -> Response:
    """The own record at a glance."""
    key = own_key(call)
    seen = record.see_key(call, key, AsOf(call.today), page="cua-toi")
    looks = queries.readers(call.session, key.id, limit=LOOKS_SHOWN + 20)["items"]
    others = [one for one in looks if one["role"] != "official"][:LOOKS_SHOWN]
    requests, _next, total = changes.list_changes(
        call.session, changes.ListQuery(maker_id=call.actor.user_id, limit=3)
    )
    sent = own_proposals(call)
    return call.render(
        "own/record.html",
        title=seen.personal["full_name"],
        warning=from_new_places(call),
        seen=seen,
        subtitle=_subtitle(call, seen),
        missing=record_sections.missing(call, seen),
        figures=record_figures.figures(call, seen),
        whys=record_figures.whys(call, seen),
        general=_general(call, seen),
        looks=[_look(call, one) for one in others],
        requests=_newest_first([*sent, *(_request(call, one) for one in requests)])[:LOOKS_SHOWN],
        total=total + len(sent),
        reviews=[
            one | {"left": left(call, one["days"]), "late": one["days"] < 0}
            for one in campaigns.own_tasks(call.session, key.id, call.today)
        ],
        path=f"/ho-so/{key.uid}",
        forms=officials.forms_of(call, f"/ho-so/{key.uid}"),
        as_of=call.today,
    )


def _subtitle(call: PageCall, seen: record.Seen) -> str:
    post = seen.post
    if post is None:
        return ""
    return ", ".join(
        filter(None, (record.post_title(call.session, post, call.language), post["organization"]["name"]))
    )


def _general(call: PageCall, seen: record.Seen) -> list[dict[str, Any]]:
    """The few facts of the first page; the whole stands on the page of the course."""
    rows = [one for one in record_sections.general(call, seen) if not one.get("locked")]
    identity = FACTS["identity"]
    wanted = {call.say(identity[name].label) for name in FACTS_SHOWN}
    wanted |= {rows[1]["label"], rows[2]["label"]} | {
        one["label"] for one in record_sections.extracts(call, seen)
    }
    return [one for one in rows if one["label"] in wanted and one["value"]]


def _look(call: PageCall, one: dict[str, Any]) -> dict[str, str]:
    at = one["at"].astimezone(LOCAL)
    role = call.say(ROLE_LABELS[one["role"]]) if one["role"] in ROLE_LABELS else ""
    return {
        "time": at.strftime("%H:%M") if at.date() == call.today else at.strftime("%d/%m"),
        "text": ", ".join(filter(None, (one["reader"], role))),
        "note": one["reason"] or call.say(officials.READING[one["action"]]),
    }


def _newest_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What went to the officer and what went to the approver, in the order in which it was sent."""
    return sorted(rows, key=lambda row: row["at"], reverse=True)


def _request(call: PageCall, one: dict[str, Any]) -> dict[str, Any]:
    states = {
        "draft": Words("Nháp", "Draft"),
        "submitted": Words("Đang kiểm tra", "Being checked"),
        "approved": Words("Đã duyệt", "Approved"),
        "returned": Words("Bị trả lại để sửa", "Returned"),
        "rejected": Words("Từ chối", "Rejected"),
        "withdrawn": Words("Đã rút", "Withdrawn"),
    }
    return {
        "at": one["created_at"],
        "time": f"{one['created_at'].astimezone(LOCAL):%d/%m}",
        "text": one["decision_title"] or one["number"],
        "note": call.say(states[one["status"]]) + (f": {one['reason']}" if one["reason"] else ""),
        "link": (f"/de-nghi/{one['id']}", call.t("Mở", "Open")),
    }


@page(rooms, "/cua-toi/qua-trinh", P.OFFICIALS_RECORD_READ)
def show_course(call: PageCall) -> Response:
    """Everything recorded of oneself, and what each change altered."""
    key = own_key(call)
    seen = record.see_key(call, key, call.clocks(), page="qua-trinh")
    path = "/cua-toi/qua-trinh"
    return call.render(
        "own/course.html",
        title=call.t("Quá trình", "Career"),
        seen=seen,
        bar=record.version_bar(call, seen, path),
        sections=record_sections.sections(call, seen),
        career=record_career.career(call, seen),
        career_title=record_career.career_title(call, seen),
        timeline=record_career.timeline(call, seen),
        salary=record_career.salary_rows(call, seen),
        general=record_sections.general(call, seen),
        full=call.args.get("full", ""),
        first_rows=record_sections.ROWS_AT_FIRST,
        path=path,
        record_path=f"/ho-so/{key.uid}",
        as_of=seen.on,
        full_link=lambda name: call.link(path, full=name) + f"#{name}",
    )


@page(rooms, "/cua-toi/ai-da-xem", P.OFFICIALS_READERS_READ)
def show_own_readers(call: PageCall) -> Response:
    """Who looked at the own record."""
    key = own_key(call)
    return call.render(
        "own/readers.html",
        title=call.t("Ai đã xem hồ sơ của tôi", "Who looked at my record"),
        **officials.readers(call, key),
    )


@page(rooms, "/cua-toi/de-nghi", P.CHANGES_CHANGE_READ)
def show_own_requests(call: PageCall) -> Response:
    """Own requests, and the changes that others recorded."""
    key, cursor = own_key(call), call.args.get("requests")
    requests, following, _total = changes.list_changes(
        call.session, changes.ListQuery(maker_id=call.actor.user_id, cursor=cursor)
    )
    sent = [] if cursor else own_proposals(call)
    return call.render(
        "own/requests.html",
        title=call.t("Đề nghị và thay đổi", "Requests and changes"),
        path=f"/ho-so/{key.uid}",
        requests=_newest_first([*sent, *(_request(call, one) for one in requests)]),
        done=call.args.get("xong"),
        more_requests=call.link(requests=following) if following else None,
        **officials.history(call, key),
    )


# Units


@page(rooms, "/don-vi", P.ACCESS_OWN_READ)
def show_units(call: PageCall) -> Response:
    """The roles held and over which units; each leads to what can be done there."""
    rows = []
    for grant in call.actor.grants:
        whole = grant.role in NATIONAL
        people = call.actor.covers(P.OFFICIALS_RECORD_READ, grant.ord) and grant.role not in OWN_ONLY
        rows.append(
            {
                "role": call.say(ROLE_LABELS[grant.role]),
                "unit": grant.name or call.t("Không gắn với đơn vị", "No unit"),
                "code": grant.code,
                "reach": call.t("cả nước", "the whole nation")
                if whole
                else call.t("chỉ hồ sơ của mình", "the own record")
                if grant.role in OWN_ONLY
                else call.t("đơn vị này và mọi đơn vị trực thuộc", "this unit and all below it"),
                "people": ("/ho-so" if whole else f"/ho-so?organization={grant.code}") if people else None,
                "tree": f"/to-chuc/{grant.code}" if grant.code else None,
            }
        )
    return call.render("own/units.html", title=call.t("Vai trò và đơn vị", "Roles and units"), grants=rows)


@page(rooms, "/don-vi/tim", P.ORGANIZATIONS_UNIT_READ)
def suggest_units(call: PageCall) -> str:
    """Suggestions for an input of units: bare <option>s, for whatever the one parameter holds."""
    typed = next(iter(call.args.values()), "").strip()[:200]
    ranges = call.actor.ranges(P.OFFICIALS_RECORD_READ) or None
    found = (
        organizations.search(call.session, typed, AsOf(call.today), ranges=ranges, limit=12)
        if len(typed) > 1
        else []
    )
    return render_template_string(
        '{% for one in found %}<option value="{{ one.name }} ({{ one.code }})"></option>{% endfor %}',
        found=found,
    )
