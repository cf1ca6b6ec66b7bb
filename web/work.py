"""The first page of everybody: what waits, what falls due by law, or what the role is for."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from api.worklists import count_lists, unit_of
from registry.access.permissions import Permission
from registry.access.queries import LOCAL
from registry.campaigns import queries as reviews
from registry.catalogues import lists
from registry.law.deadline import deadline
from registry.law.why import vn, vn_number
from registry.proposals import queries as proposals
from registry.quality.rules import WORKING_DAYS
from registry.words import Words
from registry.worklists.queries import COUNT_STOPS_AT, usual_until
from web import menu
from web.account import from_new_places
from web.changes import kinds_in_words
from web.pages import PageCall, page

rooms = Blueprint("work_pages", __name__)
P = Permission
SHOWN = 8
REVIEWS_SHOWN = 4
ALL = 200


def due_on(session: Session, start: date) -> date:
    """The last day of the term that runs from `start`, by the rule and the dated list of public holidays."""
    due = deadline(start, WORKING_DAYS, lists.items(session, "holidays")).on
    assert due is not None
    return due


@dataclass(frozen=True)
class Task:
    """One line of the task table."""

    title: str
    who: str
    href: str
    decision: str
    due: date
    status: str
    tag: tuple[str, str] | None = None


_TASKS = text("""
    SELECT c.uid::text AS id, c.number, c.status, d.number AS decision, d.title, d.issued_on,
        (SELECT v.name FROM organization_version v
            WHERE v.organization_id = c.organization_id AND v.recorded_to IS NULL
                AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)) AS unit,
        p.people, p.kinds, (SELECT coalesce(w.full_name, r.fields->>'full_name') FROM change_operation r
            LEFT JOIN official_current w ON w.official_id = r.official_id
            WHERE r.change_id = c.id ORDER BY r.seq LIMIT 1) AS person
    FROM change c JOIN decision d ON d.id = c.decision_id
    CROSS JOIN LATERAL (SELECT count(DISTINCT o.official_id) AS people, array_agg(DISTINCT o.kind) AS kinds
        FROM change_operation o WHERE o.change_id = c.id) p
    WHERE c.origin <> 'seed' AND ((c.maker_id = :me AND c.status IN ('draft', 'returned'))
        OR (:decides AND c.status = 'submitted' AND c.maker_id <> :me))
    ORDER BY d.issued_on, c.id LIMIT :most
""")
_IMPORTS = text("""
    SELECT i.uid::text AS id, i.rows, i.rejected, i.status, i.created_at, f.name,
        (SELECT v.name FROM organization_version v
            WHERE v.organization_id = i.organization_id AND v.recorded_to IS NULL
                AND v.valid_from <= :today AND (v.valid_to IS NULL OR v.valid_to > :today)) AS unit
    FROM import_file i JOIN file f ON f.id = i.file_id
    WHERE i.created_by = :me AND i.status = 'checked' AND NOT i.dry_run ORDER BY i.created_at LIMIT 20
""")
_COUNTERS = text("""
    SELECT count(*) FILTER (WHERE c.maker_id = :me AND c.status = 'returned') AS returned,
        min(c.decided_at) FILTER (WHERE c.maker_id = :me AND c.status = 'returned') AS oldest_returned,
        count(*) FILTER (WHERE c.maker_id = :me AND c.status = 'draft') AS drafts,
        min(c.created_at) FILTER (WHERE c.maker_id = :me AND c.status = 'draft') AS oldest_draft,
        count(*) FILTER (WHERE c.status = 'submitted') AS waiting,
        min(c.submitted_at) FILTER (WHERE c.status = 'submitted') AS oldest_waiting,
        count(*) FILTER (WHERE c.status = 'approved' AND d.effective_on > :today) AS upcoming,
        min(d.effective_on) FILTER (WHERE c.status = 'approved' AND d.effective_on > :today) AS next_effective
    FROM change c JOIN decision d ON d.id = c.decision_id
    WHERE c.origin <> 'seed' AND c.status IN ('draft', 'returned', 'submitted', 'approved')
""")


@page(rooms, "/cong-viec", P.ACCESS_OWN_READ)
def show_work(call: PageCall) -> Response:
    """Tasks and deadlines of officers and approvers; for other roles what they are here for."""
    if menu.only_own(call.actor):
        return call.redirect("/cua-toi")
    context: dict[str, Any] = {"title": call.t("Công việc", "Work"), "places": places(call)}
    context["warning"] = from_new_places(call)
    if call.actor.ranges(P.CHANGES_CHANGE_DRAFT) or call.actor.may(P.CHANGES_CHANGE_DECIDE):
        context |= _changes(call)
    elif call.actor.may(P.AUDIT_TRAIL_READ):
        context["watch"] = _trail(call)
    if call.actor.may(P.ACCESS_USER_MANAGE):
        context["accounts"] = _accounts(call)
    return call.render("work/work.html", **context)


def _changes(call: PageCall) -> dict[str, Any]:
    found = tasks(call)
    late = [one for one in found if one.due < call.today]
    only_late = call.args.get("late") == "1"
    listed = late if only_late else found
    shown = listed if call.args.get("all") == "1" or only_late else listed[:SHOWN]
    return {
        "counters": _counters(call, len(found), len(late)),
        "tasks": [_line(call, one) for one in shown],
        "total": len(listed),
        "only_late": only_late,
        "late": len(late),
        "due": _due(call),
        "reviews": _reviews(call),
        "drafts": bool(call.actor.ranges(P.CHANGES_CHANGE_DRAFT)),
        "imports": call.actor.may(P.BULK_IMPORT_WRITE),
    }


def tasks(call: PageCall) -> list[Task]:
    """Everything that waits for this person, the earliest deadline first."""
    rows = call.session.execute(
        _TASKS,
        {
            "me": call.actor.user_id,
            "decides": call.actor.may(P.CHANGES_CHANGE_DECIDE),
            "today": call.today,
            "most": ALL,
        },
    )
    found = [
        Task(
            row.title or _kinds(call, row.kinds),
            _who(call, row.people, row.person, row.unit),
            f"/de-nghi/{row.id}",
            row.decision,
            # Nothing runs yet for a draft whose decision nobody has signed.
            due_on(call.session, row.issued_on if row.decision else call.today),
            row.status,
        )
        for row in rows
    ]
    if call.actor.may(P.BULK_IMPORT_WRITE):
        found += [
            _import(call, row)
            for row in call.session.execute(_IMPORTS, {"me": call.actor.user_id, "today": call.today})
        ]
    return sorted(found, key=lambda one: one.due)


def _import(call: PageCall, row: Any) -> Task:
    who = call.t(f"{vn_number(row.rows or 0)} dòng · {row.unit}", f"{row.rows or 0:,} rows · {row.unit}")
    due = due_on(call.session, row.created_at.astimezone(LOCAL).date())
    tag = (
        ("son", call.t(f"{vn_number(row.rejected)} lỗi", f"{row.rejected:,} errors"))
        if row.rejected
        else ("grey", call.t("Chưa trình", "Not submitted"))
    )
    return Task(
        call.t(f"Nhập hồ sơ từ tệp {row.name}", f"Import of {row.name}"),
        who,
        f"/nhap-du-lieu/{row.id}",
        "",
        due,
        "import",
        tag,
    )


def _kinds(call: PageCall, kinds: list[str] | None) -> str:
    return kinds_in_words(call, kinds or []) or call.t("Đề nghị chưa có nội dung", "Empty request")


def _who(call: PageCall, people: int, person: str | None, unit: str | None) -> str:
    who = person if people == 1 and person else call.t(f"{vn_number(people)} người", f"{people:,} people")
    return " · ".join(filter(None, (who, unit)))


def _line(call: PageCall, task: Task) -> dict[str, Any]:
    days = (task.due - call.today).days
    left = (
        call.t(f"Quá {-days} ngày", f"{-days} days over")
        if days < 0
        else call.t("Hôm nay", "Today")
        if days == 0
        else call.t(f"Còn {days} ngày", f"{days} days left")
    )
    return {
        "title": task.title,
        "who": task.who,
        "href": task.href,
        "decision": task.decision or call.t("Chưa có quyết định", "No decision yet"),
        "due": task.due,
        "left": left,
        "late": days < 0,
        "status": task.status,
        "tag": task.tag,
    }


def _counters(call: PageCall, mine: int, late: int) -> list[dict[str, Any]]:
    row = call.session.execute(_COUNTERS, {"me": call.actor.user_id, "today": call.today}).one()
    cells: list[dict[str, Any]] = [
        {
            "label": call.t("Việc của tôi", "My tasks"),
            "value": mine,
            "href": "/cong-viec",
            "current": True,
            "alarm": late > 0,
            "note": call.t(f"{late} việc quá hạn", f"{late} overdue")
            if late
            else call.t("không việc nào quá hạn", "none overdue"),
        }
    ]
    if call.actor.ranges(P.CHANGES_CHANGE_DRAFT):
        cells += [
            {
                "label": call.t("Bị trả lại", "Returned"),
                "value": row.returned,
                "href": "/de-nghi?tinh-trang=tra-lai&cua-toi=1",
                "note": _oldest(call, row.oldest_returned),
            },
            {
                "label": call.t("Bản nháp", "Drafts"),
                "value": row.drafts,
                "href": "/de-nghi?tinh-trang=nhap&cua-toi=1",
                "note": _oldest(call, row.oldest_draft),
            },
        ]
    oldest = _oldest(call, row.oldest_waiting)
    return [
        *cells,
        {
            "label": call.t("Chờ phê duyệt", "Awaiting approval"),
            "value": row.waiting,
            "href": "/de-nghi?tinh-trang=cho-duyet",
            "note": call.t("của đơn vị", "of the unit") + (f", {oldest}" if row.oldest_waiting else ""),
        },
        {
            "label": call.t("Sắp có hiệu lực", "Coming into force"),
            "value": row.upcoming,
            "href": "/de-nghi?tinh-trang=sap-hieu-luc",
            "note": call.t(f"gần nhất {vn(row.next_effective)}", f"next on {vn(row.next_effective)}")
            if row.next_effective
            else call.t("không có", "none"),
        },
    ]


def _oldest(call: PageCall, at: datetime | None) -> str:
    if at is None:
        return call.t("không có", "none")
    days = max(0, (call.today - at.astimezone(LOCAL).date()).days)
    return (
        call.t(f"cũ nhất {days} ngày", f"oldest {days} days") if days else call.t("từ hôm nay", "since today")
    )


def _due(call: PageCall) -> list[dict[str, Any]]:
    """The work lists that have somebody in the reader's own unit, each a link to the people."""
    if not call.actor.ranges(P.WORKLISTS_LIST_READ):
        return []
    found = count_lists(call, unit_of(call, None, P.WORKLISTS_LIST_READ))
    return [
        {
            "count": _many(count.due),
            "href": f"/viec-den-han/{one.id}",
            "text": call.say(one.title),
            "note": _until(call, usual_until(one, call.today) - timedelta(days=1), count.overdue),
        }
        for one, count in found
        if count.due
    ]


def _until(call: PageCall, last: date, overdue: int) -> str:
    late = call.t(f" · quá hạn {_many(overdue)}", f" · {_many(overdue)} overdue") if overdue else ""
    return call.t(f"đến hết {vn(last)}", f"until {vn(last)}") + late


def _reviews(call: PageCall) -> list[dict[str, Any]]:
    """What officials reported and nobody answered yet, and how far the running reviews are."""
    rows: list[dict[str, Any]] = []
    if call.actor.official_id is not None and call.actor.may(P.CAMPAIGNS_OWN_ANSWER):
        rows += [
            {
                "count": "!" if one["days"] < 0 else one["days"],
                "href": f"/cua-toi/ra-soat/{one['id']}",
                "text": call.t("Rà soát hồ sơ của tôi", "Check my own file"),
                "note": f"{one['name']} · " + call.t(f"hạn {vn(one['due_on'])}", f"due {vn(one['due_on'])}"),
            }
            for one in reviews.own_tasks(call.session, call.actor.official_id, call.today)
        ]
    if call.actor.ranges(P.CHANGES_CHANGE_DRAFT) and (waiting := proposals.count_waiting(call.session)):
        rows.append(
            {
                "count": waiting,
                "href": "/bao-sai",
                "text": call.t("Báo sai chờ trả lời", "Reported errors to answer"),
                "note": call.t("của người có hồ sơ trong đơn vị", "from officials of the units"),
            }
        )
    if call.actor.ranges(P.CAMPAIGNS_CAMPAIGN_READ):
        items, _, _ = reviews.list_campaigns(
            call.session, reviews.ListQuery(running=True, limit=REVIEWS_SHOWN), call.today, None
        )
        rows += [
            {
                "count": f"{one['progress']['percent']} %",
                "href": f"/ra-soat/{one['id']}",
                "text": one["name"],
                "note": call.t(
                    f"hạn {vn(one['due_on'])} · {vn_number(one['progress']['open'])} hồ sơ chưa trả lời",
                    f"due {vn(one['due_on'])} · {one['progress']['open']:,} files open",
                ),
            }
            for one in items
        ]
    return rows


def _many(people: int) -> int | str:
    return people if people <= COUNT_STOPS_AT else f"{vn_number(COUNT_STOPS_AT)}+"


# Other roles


PLACES: dict[str, Words] = {
    "officials": Words(
        "Tìm và xem hồ sơ theo ngày, kể cả ngày đã qua", "Find and read records as of any day"
    ),
    "changes": Words(
        "Các đề nghị, ai lập, ai duyệt, theo quyết định nào",
        "Requests, who made and approved them, on which decision",
    ),
    "worklists": Words(
        "Ai đến hạn nâng bậc, nghỉ hưu, bổ nhiệm lại…, vì sao",
        "Who is due for a step, retirement, re-appointment…, and why",
    ),
    "campaigns": Words(
        "Các đợt rà soát hồ sơ và tiến độ từng đơn vị", "Record reviews and how far each unit is"
    ),
    "imports": Words(
        "Các lần nhập từ tệp và kết quả kiểm tra", "Imports from files and how they were checked"
    ),
    "organizations": Words(
        "Cây đơn vị theo ngày, kế thừa, biên chế", "The tree of units by date, succession, quotas"
    ),
    "quality": Words(
        "Hồ sơ sai, thiếu ở đâu, theo đơn vị và quy tắc",
        "Where records are wrong or incomplete, by unit and rule",
    ),
    "statistics": Words(
        "Lập bảng theo chỉ tiêu, đơn vị, ngày; tải XLSX, CSV", "Tables by measure, unit and day; XLSX, CSV"
    ),
    "reports": Words(
        "Biểu mẫu theo thông tư, dự báo nghỉ hưu", "Forms set by circulars, retirement forecasts"
    ),
    "audit": Words(
        "Mọi lần xem và thay đổi, không sửa, không xóa", "Every look and change, never altered or deleted"
    ),
    "administration": Words(
        "Tài khoản, quyền theo đơn vị và thời hạn, danh mục", "Accounts, rights by unit and date, code lists"
    ),
}


def places(call: PageCall) -> list[dict[str, str]]:
    """What this role can open, each with what it is for."""
    shown = menu.navigation(current_app, call.actor, "", call.language)
    return [
        {"href": one["href"], "label": one["label"], "note": call.say(PLACES[one["key"]])}
        for one in shown
        if one["key"] in PLACES
    ]


_ACCOUNTS = text("""
    SELECT (SELECT count(*) FROM app_user WHERE is_active) AS active,
        (SELECT count(*) FROM app_user WHERE NOT is_active) AS closed,
        (SELECT count(*) FROM app_user WHERE locked_until > now()) AS locked,
        (SELECT count(*) FROM access_grant WHERE valid_to > :today AND valid_to <= :soon) AS ending,
        (SELECT count(*) FROM app_user u WHERE u.is_active AND NOT EXISTS (SELECT 1 FROM access_grant g
            WHERE g.user_id = u.id AND g.valid_from <= :today
                AND (g.valid_to IS NULL OR g.valid_to > :today))) AS idle
""")


def _accounts(call: PageCall) -> list[dict[str, Any]]:
    row = call.session.execute(
        _ACCOUNTS, {"today": call.today, "soon": call.today + timedelta(days=30)}
    ).one()
    return [
        {
            "count": row.active,
            "href": "/quan-tri",
            "text": call.t("Tài khoản đang dùng", "Accounts in use"),
            "note": call.t(f"{row.closed} tài khoản đã khóa hẳn", f"{row.closed} closed"),
        },
        {
            "count": row.locked,
            "href": "/quan-tri",
            "text": call.t("Đang tạm khóa vì nhập sai", "Locked after wrong passwords"),
            "note": call.t("tự mở sau 15 phút", "open again after 15 minutes"),
        },
        {
            "count": row.ending,
            "href": "/quan-tri",
            "text": call.t("Quyền sắp hết hạn", "Rights about to end"),
            "note": call.t("trong 30 ngày", "within 30 days"),
        },
        {
            "count": row.idle,
            "href": "/quan-tri",
            "text": call.t("Tài khoản không còn quyền nào", "Accounts without any right"),
            "note": "",
        },
    ]


TRAIL_AT_MOST = 20_000
_TRAIL = text("""
    SELECT action, count(*) AS n FROM (SELECT action FROM audit_event WHERE at >= :since ORDER BY at DESC LIMIT :most) e
    GROUP BY action
""")


def _trail(call: PageCall) -> list[dict[str, Any]]:
    since = datetime.combine(call.today, datetime.min.time(), LOCAL)
    counted = {
        row.action: row.n for row in call.session.execute(_TRAIL, {"since": since, "most": TRAIL_AT_MOST})
    }
    partly = sum(counted.values()) >= TRAIL_AT_MOST
    note = call.t("hôm nay, ít nhất", "today, at least") if partly else call.t("hôm nay", "today")
    watched = (
        ("official.read", call.t("Lần xem hồ sơ", "Looks at records")),
        ("official.print", call.t("Lần in hồ sơ", "Prints of records")),
        ("change.approve", call.t("Đề nghị được phê duyệt", "Requests approved")),
        ("session.refused", call.t("Lần đăng nhập bị từ chối", "Sign-ins refused")),
    )
    return [
        {"count": counted.get(action, 0), "href": f"/nhat-ky?action={action}", "text": words, "note": note}
        for action, words in watched
    ]
