"""The law as its tables, for everybody who is signed in: each row with its validity, source and certainty; and the
lifecycle, what may follow what under which rule.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response

from registry.access.permissions import Permission
from registry.catalogues import lists
from registry.catalogues import queries as catalogues
from registry.catalogues.lists import Item
from registry.errors import not_found
from registry.law.lifecycle import AGE_RETIREMENT, FIRST, OTHERS, Machine, get_machine
from registry.law.rules import UNITS
from registry.law.why import vn
from registry.words import Words
from web.administration import CERTAINTIES
from web.pages import PageCall, page

rooms = Blueprint("law_pages", __name__)
ASK = Permission.LAW_QUESTION_ASK

GROUPS: tuple[tuple[Words, tuple[str, ...]], ...] = (
    (
        Words("Lương, nâng bậc, phụ cấp", "Pay, steps, allowances"),
        ("law_rules", "base_salary", "salary_steps", "uncounted_time", "position_titles", "allowance_kinds"),
    ),
    (
        Words("Ngạch, bậc nghề nghiệp", "Ranks, career steps"),
        ("ranks", "career_steps", "salary_events"),
    ),
    (
        Words("Nghỉ hưu", "Retirement"),
        ("retirement_age_by_year", "retirement_age", "retirement_grounds"),
    ),
    (
        Words("Đánh giá, kỷ luật", "Grades, discipline"),
        ("evaluation_grades", "discipline_forms", "discipline_time_rules"),
    ),
    (
        Words("Vòng đời, bố trí, ngày nghỉ", "Lifecycle, posts, days off"),
        (
            "status_transitions",
            "category_transitions",
            "transition_guards",
            "status_codes",
            "appointment_kinds",
            "holidays",
        ),
    ),
)
"""The lists that are tables of law, by what they are about."""

COLUMNS: dict[str, Words] = {
    "value": Words("Giá trị", "Value"),
    "amount_vnd": Words("Mức (đ)", "Amount (VND)"),
    "table": Words("Bảng", "Table"),
    "salary_table": Words("Bảng lương", "Salary table"),
    "salary_group": Words("Nhóm", "Group"),
    "step": Words("Bậc", "Step"),
    "coefficient": Words("Hệ số", "Coefficient"),
    "regular_increase_months": Words("Tháng giữ bậc", "Months a step"),
    "allowance_coefficient": Words("Hệ số phụ cấp", "Allowance"),
    "position_salary_coefficient": Words("Lương chức vụ 1", "Post salary 1"),
    "position_salary_coefficient_2": Words("Lương chức vụ 2", "Post salary 2"),
    "age_years": Words("Tuổi", "Years"),
    "age_months": Words("Tháng", "Months"),
    "retirement_date": Words("Nghỉ hưu ngày", "Retires on"),
    "pension_start": Words("Hưởng lương hưu từ", "Pension from"),
    "kind": Words("Loại", "Kind"),
    "most_months": Words("Tối đa (tháng)", "At most (months)"),
    "score_from": Words("Từ điểm", "From points"),
    "score_below": Words("Dưới điểm", "Below points"),
    "quota_percent": Words("Tỷ lệ tối đa (%)", "At most (%)"),
    "quota_percent_excellent_unit": Words("Đơn vị xuất sắc (%)", "Excellent unit (%)"),
    "two_step_quota_percent": Words("Khi chỉ dùng hai bậc (%)", "With two steps (%)"),
    "from_old_groups": Words("Từ nhóm cũ", "From groups"),
    "step_delay_months": Words("Kéo dài nâng bậc (tháng)", "Step delay (months)"),
    "promotion_block_months": Words("Không bổ nhiệm (tháng)", "No promotion (months)"),
    "limitation_months": Words("Thời hiệu (tháng)", "Limitation (months)"),
    "handling_days": Words("Xử lý (ngày)", "Handled (days)"),
    "handling_most_days": Words("Phức tạp (ngày)", "If complex (days)"),
    "severity": Words("Mức", "Degree"),
    "day": Words("Ngày", "Day"),
    "low": Words("Thường từ", "Usually from"),
    "high": Words("Thường đến", "Usually to"),
}
"""The lists' own columns that a reader wants to see, in their order within a list."""
VALUES: dict[tuple[str, str], Words] = {
    ("kind", "lower"): Words("thấp hơn", "earlier"),
    ("kind", "higher"): Words("cao hơn", "later"),
    ("kind", "off"): Words("nghỉ", "off"),
    ("kind", "worked"): Words("làm bù", "worked"),
    ("kind", "unsure"): Words("chưa rõ, vẫn tính là ngày làm việc", "unsure, counted as worked"),
    ("severity", "error"): Words("từ chối", "refused"),
    ("severity", "warning"): Words("cảnh báo", "warning"),
}
FAMILIES = {
    "can_bo": Words("Cán bộ", "Elected officials"),
    "cong_chuc": Words("Công chức", "Civil servants"),
    "vien_chuc": Words("Viên chức", "Public employees"),
    "hop_dong": Words("Hợp đồng", "Contracts"),
    "khac": Words("Khác", "Others"),
    "dang_vien": Words("Đảng viên", "Party members"),
}
ROWS_AT_ONCE = 100


@page(rooms, "/luat", ASK)
def list_tables(call: PageCall) -> Response:
    """The tables of law by what they are about."""
    known = {one.name: one for one in catalogues.find_catalogues(call.session)}
    return call.render(
        "law/tables.html",
        title=call.t("Bảng luật", "Tables of law"),
        groups=[
            {
                "title": call.say(words),
                "tables": [
                    {
                        "href": "/luat/vong-doi" if name == "status_transitions" else f"/luat/{name}",
                        "title": call.say(known[name].title),
                        "source": known[name].source,
                        "rows": known[name].rows,
                    }
                    for name in names
                    if name in known
                ],
            }
            for words, names in GROUPS
        ],
    )


@page(rooms, "/luat/<name>", ASK)
def show_table(call: PageCall, name: str) -> Response:
    """The rows of a table that hold on a day, or all it ever had, with their own values."""
    if not any(name in names for _, names in GROUPS):
        raise not_found()
    catalogue = catalogues.get_catalogue(call.session, name)
    on, everything = call.day("as_of") or call.today, call.args.get("tat-ca") == "1"
    q = call.args.get("q", "").strip().casefold()
    rows = [
        one
        for one in lists.items(call.session, name)
        if (everything or one.holds(on)) and (not q or q in one.name.vi.casefold() or q in one.key.casefold())
    ]
    typed = call.args.get("tu", "")
    start = int(typed) if typed.isascii() and typed.isdigit() else 0
    shown = rows[start : start + ROWS_AT_ONCE]
    columns = [key for key in COLUMNS if any(one.extra.get(key) for one in rows)]
    return call.render(
        "law/table.html",
        title=catalogue.title_en if call.language == "en" else catalogue.title_vi,
        catalogue=catalogue,
        columns=[{"label": call.say(COLUMNS[key]), "num": True, "key": key} for key in columns],
        rows=[_row(call, one, columns) for one in shown],
        total=len(rows),
        start=start,
        on=on,
        everything=everything,
        q=call.args.get("q", ""),
        next=call.link(tu=start + ROWS_AT_ONCE) if start + ROWS_AT_ONCE < len(rows) else None,
        prev=call.link(tu=max(0, start - ROWS_AT_ONCE) or None) if start else None,
    )


def _row(call: PageCall, one: Item, columns: Sequence[str]) -> dict[str, Any]:
    kind, words = CERTAINTIES[one.certainty]
    return {
        "name": call.say(one.name),
        "of": call.say(FAMILIES[one.applies_to]) if one.applies_to in FAMILIES else "",
        "values": [_value(call, one, key) for key in columns],
        "period": _period(call, one),
        "source": one.source,
        "certainty": (kind, call.say(words)),
    }


def _value(call: PageCall, one: Item, key: str) -> str:
    found = one.extra.get(key) or ""
    if (key, found) in VALUES:
        return call.say(VALUES[key, found])
    if key in ("day", "retirement_date", "pension_start") and found:
        return vn(date.fromisoformat(found))
    if key == "value":
        if one.extra.get("unit") == "date":
            return vn(date.fromisoformat(found))
        return f"{found} {call.say(UNITS[one.extra['unit']])}"
    if key == "amount_vnd":
        return f"{int(found):,}".replace(",", ".") if found else ""
    return found.replace(".", ",") if found.replace(".", "", 1).isdigit() else found


def _period(call: PageCall, one: Item) -> str:
    """'từ 01/07/2025', 'đến 30/06/2025', both, or '' for always."""
    parts = []
    if one.valid_from:
        parts.append(call.t(f"từ {vn(one.valid_from)}", f"from {vn(one.valid_from)}"))
    if one.valid_to:
        last = vn(one.valid_to - timedelta(days=1))
        parts.append(call.t(f"đến {last}", f"to {last}"))
    return ", ".join(parts)


# The lifecycle


@page(rooms, "/luat/vong-doi", ASK)
def show_lifecycle(call: PageCall) -> Response:
    """What may follow each status on a day, for everybody or a family; of one status with guards, validity and source."""
    machine = get_machine(call.session)
    on, family, before = call.day("as_of") or call.today, call.args.get("nhom", ""), call.args.get("tu", "")
    known = [one.key for one in machine.statuses]
    rows = [
        one
        for one in machine.transitions
        if one.holds(on)
        and (
            family not in FAMILIES or not one.extra["families"] or family in one.extra["families"].split("|")
        )
    ]
    ways: dict[str, list[Item]] = {key: [] for key in (FIRST, *known)}
    for one in rows:
        ways[one.extra["from_status"]].append(one)
    return call.render(
        "law/lifecycle.html",
        title=call.t("Vòng đời của cán bộ, công chức, viên chức", "The lifecycle of an official"),
        on=on,
        family=family,
        families=[(key, call.say(words)) for key, words in FAMILIES.items() if key != "dang_vien"],
        before=before if before in known else "",
        statuses=[(key, call.say(machine.name(key))) for key in known],
        name=call.say(machine.name(before)) if before in known else "",
        ways=[_ways(call, machine, key, found) for key, found in ways.items() if key and found],
        detail=[_way(call, machine, one) for one in ways.get(before, [])] if before in known else [],
        guards=[
            {
                "name": call.say(one.name),
                "severity": call.say(VALUES["severity", one.extra["severity"]]),
                "source": one.source,
                "certainty": (CERTAINTIES[one.certainty][0], call.say(CERTAINTIES[one.certainty][1])),
            }
            for one in machine.guards
        ],
        link=lambda key: call.link(tu=key),
    )


def _ways(call: PageCall, machine: Machine, before: str, rows: Sequence[Item]) -> dict[str, Any]:
    """A status with those that may follow it, each once; without those that a review always refuses."""
    after: dict[str, str] = {}
    for one in rows:
        to = one.extra["to_status"]
        guarded = "not_under_review" in one.extra["guards"].split("|") and before in machine.under_review
        if not guarded or to == AGE_RETIREMENT:
            after[to] = call.say(machine.name(to)) + _only(call, one)
    groups = {one.key: one.extra["status_group"] for one in machine.statuses}
    return {
        "key": before,
        "name": call.say(machine.name(before)),
        "stays": [words for key, words in after.items() if groups[key] != "ended"],
        "ends": [words for key, words in after.items() if groups[key] == "ended"],
    }


def _only(call: PageCall, one: Item) -> str:
    """' (chỉ viên chức, hợp đồng)' for a change that not everybody may make."""
    families = [FAMILIES[key] for key in one.extra["families"].split("|") if key and key != OTHERS]
    if not families:
        return ""
    named = ", ".join(call.say(words).lower() for words in families)
    return call.t(f" (chỉ {named})", f" ({named} only)")


def _way(call: PageCall, machine: Machine, one: Item) -> dict[str, Any]:
    guards = [machine.rule(key) for key in one.extra["guards"].split("|") if key != "decision"]
    kind, words = CERTAINTIES[one.certainty]
    families = [FAMILIES[key] for key in one.extra["families"].split("|") if key]
    return {
        "to": call.say(machine.name(one.extra["to_status"])),
        "families": ", ".join(call.say(words) for words in families),
        "guards": [call.say(guard.name) for guard in guards],
        "period": _period(call, one),
        "source": one.source,
        "certainty": (kind, call.say(words)),
    }
