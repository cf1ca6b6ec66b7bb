"""The navigation and who is signed in, as the frame shows them. What a role may not open is not there."""

from dataclasses import dataclass
from typing import Any

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from registry.access.actor import ROLE_LABELS, Actor
from registry.access.permissions import OWN_ONLY, Permission
from registry.words import Words

P = Permission
OPEN_STOPS_AT = 999


@dataclass(frozen=True)
class Item:
    """One entry. `people`: needs the permission over units, not only over the own record or requests."""

    key: str
    href: str
    label: Words
    permission: Permission
    people: bool = False
    icon: str | None = None


ITEMS = (
    Item("work", "/cong-viec", Words("Công việc", "Work"), P.ACCESS_OWN_READ),
    Item("officials", "/ho-so", Words("Hồ sơ", "Records"), P.OFFICIALS_RECORD_READ, people=True),
    Item("changes", "/de-nghi", Words("Đề nghị", "Requests"), P.CHANGES_CHANGE_READ, people=True),
    Item("worklists", "/viec-den-han", Words("Đến hạn", "Due"), P.WORKLISTS_LIST_READ, people=True),
    Item("campaigns", "/ra-soat", Words("Rà soát", "Reviews"), P.CAMPAIGNS_CAMPAIGN_READ, people=True),
    Item("imports", "/nhap-du-lieu", Words("Nhập dữ liệu", "Import"), P.BULK_IMPORT_READ, people=True),
    Item("organizations", "/to-chuc", Words("Tổ chức", "Organizations"), P.ORGANIZATIONS_UNIT_READ),
    Item("quality", "/chat-luong", Words("Chất lượng", "Quality"), P.QUALITY_BOARD_READ),
    Item("statistics", "/thong-ke", Words("Thống kê", "Statistics"), P.STATISTICS_TABLE_READ),
    Item("reports", "/bao-cao", Words("Báo cáo", "Reports"), P.REPORTS_RUN_MAKE),
    Item("audit", "/nhat-ky", Words("Nhật ký", "Audit"), P.AUDIT_TRAIL_READ),
    Item("administration", "/quan-tri", Words("Quản trị", "Administration"), P.ACCESS_USER_MANAGE),
)

OWN = (
    Item("own", "/cua-toi", Words("Hồ sơ", "Record"), P.OFFICIALS_RECORD_READ, icon="person"),
    Item("career", "/cua-toi/qua-trinh", Words("Quá trình", "Career"), P.OFFICIALS_RECORD_READ, icon="lines"),
    Item("requests", "/cua-toi/de-nghi", Words("Đề nghị", "Requests"), P.CHANGES_CHANGE_READ, icon="file"),
    Item(
        "readers",
        "/cua-toi/ai-da-xem",
        Words("Ai đã xem", "Who looked"),
        P.OFFICIALS_READERS_READ,
        icon="eye",
    ),
)
"""The four entries of somebody who has nothing but the own record."""

MINE = Item("own", "/cua-toi", Words("Hồ sơ của tôi", "My record"), P.OFFICIALS_RECORD_READ)


def only_own(actor: Actor) -> bool:
    """Whether the actor has the own record and nothing else to do here."""
    return bool(actor.roles) and set(actor.roles) <= OWN_ONLY


def items_of(actor: Actor) -> list[Item]:
    """The entries a reader may open, in order."""
    if only_own(actor):
        return list(OWN)
    found = [
        one for one in ITEMS if actor.may(one.permission) and (not one.people or actor.ranges(one.permission))
    ]
    return [*found, MINE] if "official" in actor.roles else found


def navigation(
    app: Flask, actor: Actor, path: str, language: str, open_items: int = 0
) -> list[dict[str, Any]]:
    """The frame's `nav`: [{key, href, label, count, current[, icon]}].

    Entries whose page does not exist are left out.
    """
    rules = app.extensions.setdefault("page_rules", {rule.rule for rule in app.url_map.iter_rules()})
    shown = [one for one in items_of(actor) if one.href in rules]
    here = max((one for one in shown if _under(path, one.href)), key=lambda one: len(one.href), default=None)
    found = []
    for one in shown:
        entry: dict[str, Any] = {
            "key": one.key,
            "href": one.href,
            "label": one.label.said_in(language),
            "count": open_items if one.key == "work" else None,
            "current": one is here,
        }
        found.append(entry | ({"icon": one.icon} if one.icon else {}))
    return found


def _under(path: str, href: str) -> bool:
    return path == href or path.startswith(href + "/")


def me(actor: Actor, language: str) -> dict[str, Any]:
    """The frame's `me`: {display_name, role, role_label, organization_name}."""
    unit = actor.organization
    return {
        "display_name": actor.display_name,
        "role": actor.role,
        "role_label": ROLE_LABELS[actor.role].said_in(language) if actor.grants else "",
        "organization_name": unit.name if unit else "",
        "organization_code": unit.code if unit else "",
    }


_OPEN = text("""
    SELECT count(*) FROM (
        SELECT 1 FROM change WHERE maker_id = :me AND status IN ('draft', 'returned')
        UNION ALL
        SELECT 1 FROM change WHERE :decides AND status = 'submitted' AND maker_id <> :me AND origin <> 'seed'
        LIMIT :most) n
""")


def count_open(session: Session, actor: Actor) -> int:
    """Changes that wait for this reader: own drafts and returned ones, and those of others to decide on."""
    if not actor.ranges(P.CHANGES_CHANGE_DRAFT) and not actor.may(P.CHANGES_CHANGE_DECIDE):
        return 0
    return int(
        session.execute(
            _OPEN,
            {"me": actor.user_id, "decides": actor.may(P.CHANGES_CHANGE_DECIDE), "most": OPEN_STOPS_AT},
        ).scalar_one()
    )
