"""The sections of a record with their tables, the general information, and what is missing from it."""

from dataclasses import dataclass
from typing import Any

from registry.catalogues import lists
from registry.officials import queries
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind
from registry.words import Words
from web.pages import PageCall
from web.record import Seen, paper_link, precision, say, span
from web.words import day as shown_day

ROWS_AT_FIRST = 8
BEFORE_RECRUITED = ("da_trung_tuyen", "huy_tuyen_dung")


HEADINGS = (Words("Nội dung", "What"), Words("Chi tiết", "Details"))


@dataclass(frozen=True)
class Section:
    """A part of the record: its anchor, its kinds, and what to say when there is nothing.

    `headings` stand over the two middle columns where several kinds share one table.
    """

    anchor: str
    title: Words
    kinds: tuple[str, ...]
    empty: Words
    headings: tuple[Words, Words] = HEADINGS


def _section(anchor: str, title: tuple[str, str], kinds: tuple[str, ...], empty: tuple[str, str]) -> Section:
    return Section(anchor, Words(*title), kinds, Words(*empty))


SECTIONS = (
    _section(
        "cong-tac",
        ("Công tác, chức vụ", "Posts"),
        ("appointment",),
        ("Chưa ghi nhận chức vụ nào.", "No post is recorded."),
    ),
    _section(
        "luong",
        ("Ngạch, bậc, lương", "Rank, step, pay"),
        ("salary",),
        ("Chưa xếp ngạch, bậc.", "No rank and step are recorded."),
    ),
    _section(
        "phu-cap",
        ("Phụ cấp", "Allowances"),
        ("allowance",),
        ("Chưa ghi nhận phụ cấp nào.", "No allowance is recorded."),
    ),
    _section(
        "tinh-trang",
        ("Tình trạng, hợp đồng", "Status and contract"),
        ("status", "contract"),
        ("Chưa ghi nhận tình trạng nào.", "No status is recorded."),
    ),
    _section(
        "bien-dong",
        ("Điều động, biệt phái, nghỉ", "Movements and leave"),
        ("secondment", "leave"),
        (
            "Chưa có quyết định điều động, luân chuyển, biệt phái hay nghỉ dài ngày nào.",
            "No movement or longer leave is recorded.",
        ),
    ),
    _section(
        "quy-hoach",
        ("Quy hoạch", "Planning"),
        ("planning",),
        ("Chưa có trong quy hoạch chức danh nào.", "Not planned for any post."),
    ),
    Section(
        "dao-tao",
        Words("Đào tạo, bồi dưỡng", "Education and training"),
        ("qualification", "training", "political_theory", "state_management", "language", "it_skill"),
        Words("Chưa ghi nhận văn bằng, chứng chỉ nào.", "No qualification is recorded."),
        (Words("Trình độ", "Level"), Words("Nội dung, nơi cấp", "Subject, place")),
    ),
    _section(
        "dang",
        ("Đảng, đoàn thể", "Party and organizations"),
        ("party", "union"),
        ("Chưa ghi nhận là đảng viên, đoàn viên.", "No membership is recorded."),
    ),
    _section(
        "quan-ngu",
        ("Lực lượng vũ trang", "Armed forces"),
        ("military",),
        ("Chưa phục vụ trong lực lượng vũ trang.", "No service in the armed forces is recorded."),
    ),
    _section(
        "danh-gia",
        ("Đánh giá, xếp loại", "Evaluation"),
        ("evaluation",),
        ("Chưa có kết quả đánh giá nào.", "No evaluation is recorded."),
    ),
    _section(
        "nhan-xet",
        ("Nhận xét của cơ quan", "Remarks of the unit"),
        ("remark",),
        ("Chưa có nhận xét nào của cơ quan.", "No remark of the unit is recorded."),
    ),
    _section(
        "khen-thuong",
        ("Khen thưởng", "Rewards"),
        ("reward",),
        ("Chưa có quyết định khen thưởng nào.", "No reward is recorded."),
    ),
    _section(
        "ky-luat",
        ("Kỷ luật", "Discipline"),
        ("discipline",),
        ("Chưa có quyết định kỷ luật nào.", "No disciplinary measure is recorded."),
    ),
    _section(
        "gia-dinh",
        ("Quan hệ gia đình", "Family"),
        ("family",),
        ("Chưa khai quan hệ gia đình.", "No family member is recorded."),
    ),
    _section(
        "nuoc-ngoai",
        ("Quan hệ, đi nước ngoài", "Links and trips abroad"),
        ("abroad_link", "foreign_trip"),
        (
            "Chưa khai thân nhân, tổ chức ở nước ngoài hay chuyến đi nào.",
            "No link or trip abroad is recorded.",
        ),
    ),
    _section(
        "anh",
        ("Ảnh chân dung", "Portrait"),
        ("portrait",),
        ("Chưa có ảnh chân dung.", "No portrait is kept."),
    ),
    _section(
        "giay-to",
        ("Nơi ở, giấy tờ, chính sách", "Addresses, papers, entitlements"),
        ("address", "identity_paper", "policy_status"),
        ("Chưa ghi nơi ở và giấy tờ tùy thân.", "No address or paper of identity is recorded."),
    ),
    _section(
        "ho-so-giay",
        ("Hồ sơ giấy", "Paper file"),
        ("paper_file",),
        ("Chưa ghi hồ sơ giấy nào.", "No document of a paper file is recorded."),
    ),
    _section(
        "suc-khoe",
        ("Sức khỏe", "Health"),
        ("health",),
        ("Chưa có kết quả khám sức khỏe.", "No examination is recorded."),
    ),
    _section(
        "tai-san",
        ("Hoàn cảnh kinh tế, kê khai tài sản", "Economic situation, asset declarations"),
        ("economy", "asset_declaration"),
        ("Chưa khai hoàn cảnh kinh tế, chưa nộp bản kê khai nào.", "Nothing was stated or declared."),
    ),
    _section(
        "qua-trinh",
        ("Công tác trước khi tuyển dụng", "Earlier work"),
        ("work_history",),
        ("Chưa khai quá trình công tác trước đó.", "No earlier work is recorded."),
    ),
    _section(
        "lich-su",
        ("Lịch sử bản thân", "Personal history"),
        ("personal_history",),
        ("Chưa khai nội dung nào.", "Nothing was stated."),
    ),
)

AWARDED = {
    "qualification",
    "political_theory",
    "state_management",
    "language",
    "it_skill",
    "reward",
    "evaluation",
    "family",
    "health",
    "asset_declaration",
    "economy",
    "remark",
}
"""Kinds that begin on a day and do not end: their date stands alone."""
UNDATED = {"family", "party"}
"""Kinds whose own columns say when; a day stands beside them only where something has ended."""
COLUMNS: dict[str, tuple[str, ...]] = {
    "status": ("status", "category", "recruitment_mode"),
    "allowance": ("allowance", "coefficient", "percent", "amount_vnd"),
    "discipline": ("form", "authority", "step_delay_months"),
    "family": ("full_name", "relation", "birth_year", "occupation"),
    "party": ("cell", "joined_on", "official_on", "party_post"),
    "training": ("course", "school", "certificate", "grade"),
    "secondment": ("movement", "to_unit", "to_name", "planned_end_on", "confirmed_on"),
    "contract": ("contract", "contract_no", "ends_on", "job"),
    "planning": ("post", "term", "level", "review"),
    "abroad_link": ("name", "relation", "country", "occupation"),
    "identity_paper": ("paper", "number", "expires_on", "issuer"),
    "address": ("use", "printed"),
    "remark": ("statement", "occasion", "author"),
    "evaluation": ("year", "grade", "score", "rated_by"),
}
"""The columns of a kind's table where the first four are not the ones to show; the rest stands below them."""
MOST_COLUMNS = 4


def all_sections() -> tuple[Section, ...]:
    """The sections, and one for each kind that none of them names: a new kind shows without an edit here."""
    named = {kind for one in SECTIONS for kind in one.kinds} | {"identity"}
    rest = tuple(
        Section(
            kind.name.replace("_", "-"),
            kind.label,
            (kind.name,),
            Words("Chưa ghi nhận mục nào.", "Nothing is recorded."),
        )
        for kind in FACTS.values()
        if kind.name not in named
    )
    return SECTIONS + rest


def sections(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """Every section as the page draws it: {anchor, title, count, locked, empty, kind, tables}."""
    found = []
    for one in all_sections():
        open_kinds = [kind for kind in one.kinds if kind in seen.facts]
        found.append(
            {
                "anchor": one.anchor,
                "title": call.say(one.title),
                "kind": one.kinds[0],
                "empty": call.say(one.empty),
                "headings": [call.say(words) for words in one.headings],
                "count": sum(len(seen.facts[kind]) for kind in open_kinds) if open_kinds else None,
                "locked": not open_kinds,
                "closed": [
                    call.say(field.label)
                    for kind in open_kinds
                    for field in queries.hidden_fields(FACTS[kind], seen.classes)
                ],
                "tables": [
                    fact_table(call, seen, FACTS[kind], MOST_COLUMNS if len(open_kinds) == 1 else 1)
                    for kind in open_kinds
                    if seen.facts[kind]
                ],
            }
        )
    return found


def fact_table(call: PageCall, seen: Seen, kind: Kind, most: int) -> dict[str, Any]:
    """The facts of a kind as a table {kind, label, dated, columns, rows}; columns without any value left out.

    What finds no place in the first `most` columns stands in the rows' details.
    """
    facts = seen.facts[kind.name]
    shown = [
        one
        for one in queries.visible_fields(kind, seen.classes)
        if any(fact.get(one.name) not in (None, "", False) for fact in facts)
    ]
    wanted = COLUMNS.get(kind.name)
    columns = [one for one in shown if wanted is None or one.name in wanted][:most]
    if wanted:
        columns.sort(key=lambda one: wanted.index(one.name))
    rest = [one for one in shown if one not in columns]
    return {
        "kind": kind.name,
        "label": call.say(kind.label),
        "dated": kind.name not in UNDATED or any(fact["valid_to"] for fact in facts),
        "columns": [
            {"label": call.say(one.label), "num": one.type in ("decimal", "integer")} for one in columns
        ],
        "rows": [_row(call, seen, kind, fact, columns, rest) for fact in facts],
    }


def _row(
    call: PageCall, seen: Seen, kind: Kind, fact: dict[str, Any], columns: list[Field], rest: list[Field]
) -> dict[str, Any]:
    details = [
        call.say(one.label) if one.type == "boolean" else f"{call.say(one.label)}: {said}"
        for one in rest
        if (said := say(call.session, one, fact.get(one.name), call.language))
        and fact.get(one.name) is not False
    ]
    when = shown_day(fact["valid_from"]) if kind.name in AWARDED else span(fact, call.language)
    return {
        "id": fact["id"],
        "when": when,
        "now": fact["in_force"] and kind.name not in AWARDED,
        "open": f"/ho-so/{seen.key.uid}/anh/{fact['id']}" if kind.name == "portrait" else None,
        "cells": [say(call.session, one, fact.get(one.name), call.language) for one in columns],
        "details": details,
        "paper": paper_link(seen, fact),
        "basis": fact["decision"]["basis"],
    }


def general(call: PageCall, seen: Seen, change: Any = None) -> list[dict[str, Any]]:
    """The general information for `c.summary_list`; `change(name of the field)` gives the links of a row."""
    rows = []
    for one in FACTS["identity"].fields:
        label = call.say(one.label)
        if one.sensitivity not in seen.classes:
            rows.append({"label": label, "locked": True})
            continue
        value = say(call.session, one, seen.personal.get(one.name), call.language)
        rows.append({"label": label, "value": value or None, "actions": change(one.name) if change else []})
    rows[1:1] = [
        {"label": call.t("Số định danh cá nhân", "Personal number"), "value": seen.personal["personal_id"]},
        {"label": call.t("Số hiệu", "Staff code"), "value": seen.personal.get("staff_code") or None},
    ]
    return rows + extracts(call, seen)


def extracts(call: PageCall, seen: Seen) -> list[dict[str, Any]]:
    """What people look for first: recruitment day, highest qualification, political theory."""
    rows: list[dict[str, Any]] = []
    first = next(
        (one for one in reversed(seen.facts.get("status", [])) if one["status"] not in BEFORE_RECRUITED), None
    )
    if first is not None:
        note = {
            "month": call.t("chỉ biết tháng", "only the month is known"),
            "year": call.t("chỉ biết năm", "only the year is known"),
        }
        rows.append(
            {
                "label": call.t("Ngày tuyển dụng", "Recruited on"),
                "value": shown_day(first["valid_from"]),
                "note": note.get(precision(first["valid_from"])),
            }
        )
    for kind, label in (
        ("qualification", call.t("Trình độ chuyên môn", "Qualification")),
        ("political_theory", call.t("Lý luận chính trị", "Political theory")),
    ):
        best = _highest(call, seen.facts.get(kind, []), kind)
        if best is not None:
            rows.append({"label": label, "value": best})
    return rows


def _highest(call: PageCall, facts: list[dict[str, Any]], kind: str) -> str | None:
    field = FACTS[kind]["level"]
    order = {
        item.key: item.sort
        for item in lists.items(call.session, field.catalogue or "")
        if kind != "qualification" or item.extra.get("kind") == "professional"
    }
    known = [one for one in facts if one.get("level") in order]
    if not known:
        return None
    best = max(known, key=lambda one: order[one["level"]])
    said = [
        " ".join(filter(None, (say(call.session, field, best["level"], call.language), best.get("major"))))
    ]
    said += [best.get("school") or "", shown_day(best["valid_from"])[-4:]]
    return ", ".join(filter(None, said))


MUST_HAVE = (
    "birth_place",
    "native_place",
    "ethnic_group",
    "permanent_address",
    "current_address",
    "phone",
    "social_insurance_no",
)
"""What Decree 27/2026/NĐ-CP asks of everybody under general information, beside name, birth and sex."""


def missing(call: PageCall, seen: Seen) -> list[str]:
    """General information that is asked of everybody and not there, of what the reader may see."""
    identity = FACTS["identity"]
    return [
        call.say(identity[name].label)
        for name in MUST_HAVE
        if identity[name].sensitivity in seen.classes and not seen.personal.get(name)
    ]
