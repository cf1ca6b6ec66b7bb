"""What waits for an official and what became of what was sent, in words; shared by the pages of both sides."""

from typing import Any

from registry.access.queries import LOCAL
from registry.officials.facts import FACTS
from registry.proposals import queries
from registry.words import Words
from web.pages import PageCall

STATES: dict[str, tuple[str, Words]] = {
    "received": ("amber", Words("Đã nhận, chờ trả lời", "Received")),
    "drafted": ("blue", Words("Đã lập đề nghị", "Change drafted")),
    "declined": ("son", Words("Không nhận", "Declined")),
    "withdrawn": ("grey", Words("Đã rút", "Withdrawn")),
}
ENDS: dict[str, tuple[str, Words]] = {
    "draft": ("blue", Words("Cán bộ hồ sơ đang lập đề nghị", "Being drafted by an officer")),
    "submitted": ("amber", Words("Chờ phê duyệt", "Awaiting approval")),
    "returned": ("amber", Words("Cán bộ hồ sơ đang sửa lại", "Being mended by an officer")),
    "approved": ("green", Words("Đã ghi vào hồ sơ", "In the record")),
    "rejected": ("son", Words("Không được phê duyệt", "Not approved")),
    "withdrawn": ("amber", Words("Chờ trả lời lại", "Waiting for an answer again")),
}


def state_of(call: PageCall, one: dict[str, Any]) -> tuple[str, str]:
    """The tag of a proposal: its own state, or that of the change an officer made of it."""
    kind, words = ENDS[one["change"]["status"]] if one["change"] else STATES[one["status"]]
    return kind, call.say(words)


def left(call: PageCall, days: int) -> str:
    """How long there is."""
    if days < 0:
        return call.t(f"Quá {-days} ngày", f"{-days} days over")
    return call.t(f"Còn {days} ngày", f"{days} days left") if days else call.t("Hôm nay", "Today")


def own_proposals(call: PageCall, most: int = 20) -> list[dict[str, Any]]:
    """The official's proposals as rows of a list."""
    items, _, _ = queries.list_proposals(
        call.session, queries.ListQuery(official_id=call.actor.official_id, limit=most)
    )
    return [
        {
            "at": one["made_at"],
            "time": f"{one['made_at'].astimezone(LOCAL):%d/%m}",
            "text": call.t("Báo sai: ", "Reported: ") + call.say(FACTS[one["kind"]].label).lower(),
            "note": state_of(call, one)[1] + (f": {one['answer']}" if one["answer"] else ""),
            "link": (f"/cua-toi/bao-sai/thu/{one['id']}", call.t("Mở", "Open")),
        }
        for one in items
    ]
