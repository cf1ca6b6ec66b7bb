"""The trail for auditors: who did or read what, when, as what; and who looked at one record."""

import json
import re
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response
from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from registry.access.actor import ROLE_LABELS
from registry.access.permissions import Permission
from registry.audit import log, proofs, queries
from registry.audit.encoding import leaf_hash
from registry.audit.tree import includes
from registry.bulk.models import Import
from registry.errors import NotFound
from registry.explorer import choices
from registry.explorer import queries as explorer
from registry.explorer.questions import Question
from registry.officials.facts.parsing import Wrong, parse_day
from registry.officials.queries import get_key
from registry.quality.rules import RULES
from registry.words import Words
from web.exports import LABELS
from web.pages import PageCall, link_to, page
from web.words import day

rooms = Blueprint("audit_pages", __name__)
READ = Permission.AUDIT_TRAIL_READ
PAGE = 50
READERS_OVER = timedelta(days=30)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
IMPORT_NUMBER = re.compile(r"NH-\d{4}-(\d{1,12})")

A = log.Action
ACTIONS: dict[str, tuple[str, Words]] = {
    A.OFFICIAL_READ: ("teal", Words("Xem hồ sơ", "Read a record")),
    A.OFFICIAL_LIST: ("teal", Words("Xem danh sách", "Read a list")),
    A.OFFICIAL_PRINT: ("amber", Words("In mẫu", "Printed a form")),
    A.OFFICIAL_HISTORY: ("teal", Words("Xem lịch sử", "Read the history")),
    A.OFFICIAL_APPLY: ("green", Words("Ghi vào hồ sơ", "Record changed")),
    A.CHANGE_DRAFT: ("grey", Words("Lập nháp", "Drafted")),
    A.CHANGE_EDIT: ("grey", Words("Sửa nháp", "Edited a draft")),
    A.CHANGE_READ: ("teal", Words("Xem đề nghị", "Read a request")),
    A.CHANGE_SUBMIT: ("blue", Words("Trình", "Submitted")),
    A.CHANGE_APPROVE: ("green", Words("Phê duyệt", "Approved")),
    A.CHANGE_RETURN: ("son", Words("Trả lại", "Returned")),
    A.CHANGE_REJECT: ("son", Words("Từ chối", "Rejected")),
    A.CHANGE_WITHDRAW: ("grey", Words("Rút đề nghị", "Withdrew")),
    A.PROPOSAL_MAKE: ("blue", Words("Gửi đề nghị sửa hồ sơ", "Proposed a correction")),
    A.PROPOSAL_READ: ("teal", Words("Xem đề nghị sửa hồ sơ", "Read a proposal")),
    A.PROPOSAL_DRAFT: ("grey", Words("Lập nháp từ đề nghị", "Drafted from a proposal")),
    A.PROPOSAL_DECLINE: ("son", Words("Không nhận đề nghị", "Declined a proposal")),
    A.PROPOSAL_WITHDRAW: ("grey", Words("Rút đề nghị sửa hồ sơ", "Withdrew a proposal")),
    A.CAMPAIGN_START: ("blue", Words("Mở đợt rà soát", "Started a review")),
    A.CAMPAIGN_READ: ("teal", Words("Xem đợt rà soát", "Read a review")),
    A.CAMPAIGN_ANSWER: ("green", Words("Trả lời rà soát", "Answered a review")),
    A.CAMPAIGN_CLOSE: ("grey", Words("Đóng đợt rà soát", "Closed a review")),
    A.EXPORT_ASK: ("blue", Words("Yêu cầu xuất dữ liệu", "Asked for an export")),
    A.EXPORT_MAKE: ("amber", Words("Xuất dữ liệu ra tệp", "Exported to a file")),
    A.EXPORT_FETCH: ("amber", Words("Tải tệp đã xuất", "Fetched an export")),
    A.EXPORT_CANCEL: ("grey", Words("Hủy xuất dữ liệu", "Cancelled an export")),
    A.REPORT_ASK: ("blue", Words("Yêu cầu báo cáo", "Asked for a report")),
    A.REPORT_MAKE: ("amber", Words("Lập báo cáo", "Made a report")),
    A.REPORT_FETCH: ("amber", Words("Tải báo cáo", "Fetched a report")),
    A.REPORT_CANCEL: ("grey", Words("Hủy lập báo cáo", "Cancelled a report")),
    A.IMPORT_UPLOAD: ("blue", Words("Tải tệp nhập", "Uploaded an import")),
    A.IMPORT_CHECK: ("blue", Words("Kiểm tra tệp", "Checked a file")),
    A.IMPORT_READ: ("teal", Words("Xem tệp nhập", "Read an import")),
    A.IMPORT_SUBMIT: ("blue", Words("Trình tệp nhập", "Submitted an import")),
    A.IMPORT_UNDO: ("amber", Words("Hoàn tác", "Undo")),
    A.FILE_UPLOAD: ("blue", Words("Tải tệp lên", "Uploaded a file")),
    A.FILE_READ: ("teal", Words("Mở tệp", "Opened a file")),
    A.SESSION_START: ("grey", Words("Đăng nhập", "Signed in")),
    A.SESSION_REFUSED: ("son", Words("Đăng nhập sai", "Sign-in refused")),
    A.SESSION_END: ("grey", Words("Thoát", "Signed out")),
    A.TOKEN_CREATE: ("amber", Words("Tạo mã truy cập", "Made a token")),
    A.TOKEN_END: ("grey", Words("Thu hồi mã", "Revoked a token")),
    A.PASSWORD_CHANGE: ("amber", Words("Đổi mật khẩu", "Changed the password")),
    A.FACTOR_ADD: ("green", Words("Bật xác thực hai lớp", "Turned the second factor on")),
    A.FACTOR_CODES: ("amber", Words("Lấy mã dự phòng mới", "Made new recovery codes")),
    A.FACTOR_DROP: ("son", Words("Tắt xác thực hai lớp", "Turned the second factor off")),
    A.KEY_ADD: ("green", Words("Thêm khóa bảo mật", "Added a security key")),
    A.KEY_DROP: ("son", Words("Xóa khóa bảo mật", "Removed a security key")),
    A.TIE_ADD: ("green", Words("Gắn tài khoản định danh", "Tied another authority's account")),
    A.TIE_DROP: ("son", Words("Gỡ tài khoản định danh", "Untied another authority's account")),
    A.RECOVERY_ASK: ("amber", Words("Đề nghị khôi phục truy cập", "Asked to recover an account")),
    A.RECOVERY_CONFIRM: ("amber", Words("Xác nhận khôi phục truy cập", "Confirmed a recovery")),
    A.RECOVERY_CANCEL: ("grey", Words("Hủy khôi phục truy cập", "Cancelled a recovery")),
    A.RECOVERY_USE: ("son", Words("Khôi phục truy cập", "Recovered an account")),
    A.USER_CREATE: ("amber", Words("Tạo tài khoản", "Created an account")),
    A.USER_CHANGE: ("amber", Words("Khóa, mở tài khoản", "Closed or reopened")),
    A.GRANT_CREATE: ("amber", Words("Cấp quyền", "Gave a right")),
    A.GRANT_CONFIRM: ("amber", Words("Xác nhận quyền", "Confirmed a right")),
    A.GRANT_END: ("son", Words("Thu hồi quyền", "Revoked a right")),
    A.STATISTICS_READ: ("teal", Words("Xem thống kê", "Read statistics")),
    A.VIEW_SAVE: ("blue", Words("Lưu bảng thống kê", "Saved a table")),
    A.VIEW_DELETE: ("grey", Words("Xóa bảng đã lưu", "Deleted a saved table")),
    A.QUALITY_READ: ("teal", Words("Xem bảng chất lượng", "Read the quality board")),
    A.QUALITY_LIST: ("teal", Words("Xem lỗi dữ liệu", "Listed data findings")),
    A.WORKLIST_READ: ("teal", Words("Xem việc đến hạn", "Read a work list")),
    A.WORKLIST_EXPORT: ("amber", Words("Tải danh sách việc", "Exported a work list")),
    A.FACTOR_AGAIN: ("grey", Words("Xác thực lại trước một việc", "Gave the second factor again")),
    A.TRAIL_READ: ("teal", Words("Xem nhật ký", "Read the trail")),
    A.TRAIL_EXPORT: ("amber", Words("Xuất nhật ký", "Exported the trail")),
    A.TRAIL_SEAL: ("grey", Words("Chốt nội dung", "Sealed the content")),
    A.TRAIL_BASELINE: ("grey", Words("Mở sổ niêm phong", "Began the log")),
    A.SEED_LOAD: ("grey", Words("Nạp dữ liệu", "Loaded data")),
}
PURPOSES = {
    "amend": Words("để sửa thông tin chung", "to amend the identity"),
    "record": Words("để ghi thay đổi", "to record a change"),
    "correct": Words("để đính chính", "to correct"),
    "end": Words("để kết thúc một mục", "to end a fact"),
    "withdraw": Words("để rút một mục", "to withdraw a fact"),
    "proposal": Words("để trả lời báo sai", "to answer a report"),
}
PLACES = {
    "directory": Words("Thư mục của bên giữ", "Directory of a keeper"),
    "time_stamp": Words("Dịch vụ cấp dấu thời gian", "Time-stamp authority"),
}
PROBLEMS = {
    "behind_its_files": Words(
        "Không niêm phong nữa: cơ sở dữ liệu lùi lại sau niêm phong đã phát ra. Chạy `registry audit verify`.",
        "Nothing is signed: the database lies behind a head that was given out. Run `registry audit verify`.",
    ),
    "checkpoint_of_another_key": Words(
        "Không niêm phong nữa: niêm phong trên đĩa do khóa khác ký. Kiểm tra REGISTRY_AUDIT_KEY.",
        "Nothing is signed: the head on disk was signed by another key. Check REGISTRY_AUDIT_KEY.",
    ),
}
OBJECTS = {
    "list": Words("Danh sách", "List"),
    "official": Words("Hồ sơ", "Record"),
    "statistics": Words("Bảng số liệu", "Table"),
    "view": Words("Bảng đã lưu", "Saved table"),
    "trail": Words("Nhật ký", "Trail"),
    "file": Words("Tệp", "File"),
    "import": Words("Tệp nhập", "Import"),
    "export": Words("Tệp xuất", "Export"),
    "report": Words("Báo cáo", "Report"),
    "proposal": Words("Báo sai", "Proposal"),
    "campaign": Words("Đợt rà soát", "Review"),
    "worklist": Words("Việc đến hạn", "Work list"),
    "quality": Words("Bảng chất lượng", "Quality board"),
    "seed": Words("Dữ liệu ban đầu", "First data"),
}
FILTERS: dict[str, Words] = LABELS | {
    "actor": Words("Người thực hiện", "Who"),
    "object": Words("Đối tượng", "Object"),
    "action": Words("Hành động", "Action"),
    "from": Words("Từ ngày", "From"),
    "to": Words("Đến ngày", "Until"),
    "rule": Words("Lỗi", "Finding"),
    "as_of": Words("Tại ngày", "As of"),
}
"""What a list was filtered by; the rest of its parameters says how it was shown."""

ASKED = ("measure", "measures", "also", "by", "row", "row2", "column", "where")
"""The parts of a statistician's question in the order in which they are told; the rest follows."""


@page(rooms, "/nhat-ky", READ)
def show_trail(call: PageCall) -> Response:
    """The trail, filtered, newest first; reading it goes on it."""
    asked = call.args
    errors: dict[str, str] = {}
    since, until = _day(call, "from", errors), _day(call, "to", errors)
    named = asked.get("object", "").strip()
    official = _official(call, named)
    chosen = asked.get("action", "")
    found = queries.list_events(
        call.session,
        queries.TrailQuery(
            asked.get("actor", ""),
            asked.get("organization", "").strip(),
            "" if official else _object(call, named),
            official.id if official else None,
            (chosen,) if chosen in ACTIONS else (),
            since,
            until,
            asked.get("cursor"),
            PAGE,
            asked.get("count") == "exact",
        ),
    )
    log.record(
        call.session,
        call.actor,
        log.Action.TRAIL_READ,
        "trail",
        "entries",
        detail={"filter": {name: value for name, value in asked.items() if value}},
    )
    readers = queries.count_readers(call.session, official.id, call.today - READERS_OVER) if official else []
    if official:
        log.record(call.session, call.actor, log.Action.TRAIL_READ, "official", str(official.uid))
    return call.render(
        "audit/trail.html",
        title=call.t("Nhật ký", "Audit trail"),
        entries=[_entry(call, one) for one in found.items],
        found=found,
        errors=errors,
        summary=list(errors.items()),
        asked=asked,
        actions=[(key, call.say(words)) for key, (_, words) in ACTIONS.items()],
        readers=[_reader(call, one) for one in readers],
        times=sum(one["times"] for one in readers),
        official=official,
        person=_name_of(call, official.id) if official else None,
        filtered=any(asked.get(name) for name in ("actor", "organization", "object", "action", "from", "to")),
        next=call.link(cursor=found.next_cursor) if found.next_cursor else None,
        first=call.link(cursor=None) if asked.get("cursor") else None,
        exact=call.link(count="exact"),
        export=_export(call, official),
    )


def _export(call: PageCall, official: Any) -> str:
    """The form of the book of the trail, with the filter of this view; its days do not include the last one."""
    asked, until = call.args, _day(call, "to", {})
    return link_to(
        "/bao-cao/mau/so_nhat_ky",
        MultiDict(),
        actor=asked.get("actor"),
        person=asked.get("object") if official else None,
        object=None if official else asked.get("object"),
        action=asked.get("action"),
        **{"from": asked.get("from"), "to": day(until + timedelta(days=1)) if until else None},
    )


@page(rooms, "/nhat-ky/<int:entry>/chung-minh", READ)
def show_proof(call: PageCall, entry: int) -> Response:
    """That an entry is in the log under the newest signed head, and how anybody checks it."""
    found = _prove(call, entry)
    return call.render(
        "audit/proof.html",
        title=call.t("Chứng minh", "Proof"),
        found=found,
        holds=includes(found.leaf, found.place, found.size, found.path, found.root)
        and leaf_hash(found.entry) == found.leaf,
        lines=_lines_of(found.entry),
    )


@page(rooms, "/nhat-ky/<int:entry>/chung-minh.json", READ)
def fetch_proof(call: PageCall, entry: int) -> Response:
    """The same as a file, to be checked elsewhere."""
    content = json.dumps(proofs.as_json(_prove(call, entry)), indent=1)
    headers = {"Content-Disposition": f'attachment; filename="chung-minh-{entry}.json"'}
    return Response(content, 200, headers, mimetype="application/json")


def _prove(call: PageCall, entry: int) -> proofs.Proof:
    """The proof; asking for it goes on the trail."""
    found = proofs.prove(call.session, entry)
    log.record(call.session, call.actor, log.Action.TRAIL_READ, "trail", "proof", detail={"event": entry})
    return found


def _lines_of(entry: bytes) -> list[str]:
    """The bytes of an entry line by line, as they are hashed."""
    return entry.decode().splitlines()


@page(rooms, "/nhat-ky/niem-phong", READ)
def show_heads(call: PageCall) -> Response:
    """Signed heads, newest first, and how the places outside are."""
    found = proofs.list_heads(call.session, limit=PAGE, cursor=call.args.get("cursor"))
    state = proofs.state(call.session)
    return call.render(
        "audit/heads.html",
        title=call.t("Niêm phong", "Signed heads"),
        heads=found["items"],
        count=proofs.count_heads(call.session),
        state=state,
        anchors=[_anchor(call, one) for one in state["anchors"]],
        problem=call.say(PROBLEMS[state["problem"]]) if state["problem"] else None,
        places={name: call.say(words) for name, words in PLACES.items()},
        next=call.link(cursor=found["next_cursor"]) if found["next_cursor"] else None,
        first=call.link(cursor=None) if call.args.get("cursor") else None,
    )


def _anchor(call: PageCall, one: dict[str, Any]) -> dict[str, Any]:
    """A place outside as its row tells it."""
    return one | {
        "label": call.say(PLACES[one["place"]]),
        "tag": ("son", call.t(f"Lỗi {one['failures']} lần liền", f"Failed {one['failures']} times in a row"))
        if one["failures"]
        else ("green", call.t("Đã gửi", "Left there")),
    }


def _day(call: PageCall, name: str, errors: dict[str, str]) -> date | None:
    typed = call.args.get(name, "").strip()
    try:
        return parse_day(typed) if typed else None
    except Wrong as wrong:
        errors[name] = call.say(wrong.words)
        return None


def _official(call: PageCall, named: str) -> Any:
    """The person whose record is named by registry id or personal number."""
    if not named:
        return None
    try:
        return get_key(call.session, named)
    except NotFound:
        return None


def _name_of(call: PageCall, official: int) -> str:
    name = call.session.execute(
        text("SELECT full_name FROM official_current WHERE official_id = :id"), {"id": official}
    ).scalar()
    return str(name or "")


def _object(call: PageCall, named: str) -> str:
    """What the trail calls an object: an import goes by its id, everything else by what was typed."""
    number = IMPORT_NUMBER.fullmatch(named.upper())
    import_ = call.session.get(Import, int(number.group(1))) if number else None
    return str(import_.uid) if import_ is not None else named


def _entry(call: PageCall, one: dict[str, Any]) -> dict[str, Any]:
    """An entry as the table shows it: tag of the action, the object with a link, and a reason in words."""
    kind, words = ACTIONS.get(one["action"], ("grey", Words(one["action"], one["action"])))
    role = ROLE_LABELS.get(one["role"])
    when = one["at"].astimezone(queries.LOCAL)
    return {
        "id": one["id"],
        "place": one["place"],
        "day": when.date(),
        "time": when.strftime("%H:%M:%S"),
        "actor": one["actor"] or one["username"] or call.t("Chưa rõ là ai", "Nobody known"),
        "username": one["username"],
        "role": call.say(role) if role else one["role"].replace("none", ""),
        "tag": (kind, call.say(words)),
        "object": _object_words(call, one),
        "reason": _reason(call, one),
    }


def _object_words(call: PageCall, one: dict[str, Any]) -> tuple[str | None, str]:
    """(link, words) of what an entry is about."""
    if one["official"]:
        return f"/ho-so/{one['official']['id']}", one["official"]["name"]
    match one["object_type"]:
        case "change":
            return f"/de-nghi/{one['object_id']}", one["change"] or call.t("Đề nghị", "Request")
        case "import":
            return f"/nhap-du-lieu/{one['object_id']}", call.t("Tệp nhập", "Import")
        case "list":
            people = one["detail"].get("officials")
            return None, call.t(
                f"{len(people)} người", f"{len(people)} people"
            ) if people is not None else call.t("Danh sách", "List")
        case "user":
            return None, one["object_id"]
        case other:
            return None, call.say(OBJECTS.get(other, Words(other, other)))


def _reason(call: PageCall, one: dict[str, Any]) -> str:
    """The reason given, else what the entry's detail says in a few words."""
    if one["reason"]:
        return str(one["reason"])
    detail = one["detail"]
    parts: list[str] = []
    if isinstance(detail.get("filter"), dict):
        parts += [
            f"{call.say(FILTERS[name])}: {_value(call, name, str(value))}"
            for name, value in detail["filter"].items()
            if name in FILTERS and value not in (None, "")
        ]
    if isinstance(detail.get("asked"), dict):
        parts += [_asked(call, detail["asked"][name]) for name in sorted(detail["asked"], key=_turn)]
    if (
        isinstance(detail.get("as_of"), str)
        and detail["as_of"] != one["at"].astimezone(queries.LOCAL).date().isoformat()
    ):
        parts.append(call.t("tại ", "as of ") + day(detail["as_of"]))
    if detail.get("for") in PURPOSES:
        parts.append(call.say(PURPOSES[detail["for"]]))
    parts += [
        detail[name]
        for name in ("change", "number", "form", "role", "organization", "name")
        if isinstance(detail.get(name), str)
    ]
    if isinstance(detail.get("rows"), int):
        parts.append(call.t(f"{detail['rows']} dòng", f"{detail['rows']} rows"))
    return ", ".join(parts)[:160]


def _turn(name: str) -> int:
    """What is counted comes before by what, of whom and when."""
    return ASKED.index(name) if name in ASKED else len(ASKED)


def _asked(call: PageCall, value: Any) -> str:
    """A part of a statistician's question: the names of its measures and dimensions, days as people write them."""
    return ", ".join(
        _named(call, str(one)) for one in (value if isinstance(value, list) else str(value).split(","))
    )


def _named(call: PageCall, word: str) -> str:
    if DAY.fullmatch(word):
        return day(word)
    if word == "today":
        return call.say(explorer.OF_TODAY_TREE).lower()
    if ":" in word:
        (filtered,) = explorer.conditions(call.session, Question(where=(word,)), call.today)
        said = call.say(filtered.words)
        return said[:1].lower() + said[1:]
    return call.say(choices.label(word)).lower()


def _value(call: PageCall, name: str, value: str) -> str:
    """A value of a filter as people write it."""
    if value in ("True", "False"):
        return call.t("có", "yes") if value == "True" else call.t("không", "no")
    if name == "action" and value in ACTIONS:
        return call.say(ACTIONS[value][1])
    if name == "rule" and value in RULES:
        return call.say(RULES[value].label)
    return day(value) if DAY.fullmatch(value) else value


def _reader(call: PageCall, one: dict[str, Any]) -> dict[str, Any]:
    role = ROLE_LABELS.get(one["role"])
    label = (
        call.t("Chính chủ", "The person")
        if one["own"]
        else f"{one['reader']}, {call.say(role).lower() if role else one['role']}"
    )
    return {"label": label, "value": one["times"]}
