"""Data quality: agencies ranked by six points and the clock of three working days; what is wrong in a unit and with whom,
each with the page that mends it.
"""

from typing import Any

from flask import Blueprint, Response

from api.http import services
from api.quality import BOARD, FINDINGS, counted_rules, read_board, read_findings, unit_within
from registry.access.permissions import Permission
from registry.access.policy import Target, decide
from registry.cells import to_csv
from registry.errors import Invalid
from registry.law.why import vn, vn_number
from registry.organizations.listing import find_ordinal
from registry.quality import queries
from registry.quality.queries import Board, Line
from registry.quality.rules import CLOCK, CLOCK_SOURCE, FILE, MEANINGS, POINTS, RULES, SCORING, WORKING_DAYS
from web.pages import NO_MISTAKES, Mistakes, PageCall, mistakes_of, page
from web.record import Seen

rooms = Blueprint("quality_pages", __name__)
PEOPLE_A_PAGE = 50
LATE_SHOWN = 10
SORTS = ("name", "records", *POINTS, "total", "findings", "on_time", "median", "late")


@page(rooms, "/chat-luong", BOARD)
def show_board(call: PageCall) -> Response:
    """The agencies of the reader's own reach."""
    return _show(call, unit_within(call, None, BOARD))


@page(rooms, "/chat-luong/<code>", BOARD)
def show_unit(call: PageCall, code: str) -> Response:
    """One unit: the units below it, what is wrong, with whom, and what came late."""
    return _show(call, unit_within(call, code, BOARD))


@page(rooms, "/chat-luong/<code>/loi.csv", FINDINGS)
def download_findings(call: PageCall, code: str) -> Response:
    """The findings of a unit as a file: a line a finding, with its person and the address that mends it."""
    unit = unit_within(call, code, FINDINGS)
    found = read_findings(
        call, rule=call.args.get("rule") or None, organization=unit, limit=queries.MOST_IN_FILE
    )
    rows = [
        (
            person.id,
            person.full_name,
            person.unit_code or "",
            person.unit_name or "",
            one.rule.code,
            call.say(POINTS[one.rule.point]),
            call.say(one.rule.field_label),
            call.say(one.sentence),
            call.say(one.rule.todo),
            one.rule.source,
            one.found_on.isoformat(),
            one.mended_at,
        )
        for person, one in found.items
    ]
    response = Response(to_csv(_CSV_HEAD, rows), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="loi-du-lieu-{unit}.csv"'
    return response


_CSV_HEAD = (
    "official",
    "full_name",
    "unit",
    "unit_name",
    "rule",
    "point",
    "field",
    "message",
    "todo",
    "source",
    "found_on",
    "mend",
)


def _show(call: PageCall, unit: str) -> Response:
    mistakes, asked = _period(call)
    found = read_board(call, unit, asked)
    sort = call.args.get("sort", "")
    lines, places = _sorted(found.lines, sort), _places(found)
    people: dict[str, Any] = {}
    if _sees_people(call, unit):
        people = _people(call, unit, asked)
    return call.render(
        "quality/board.html",
        status=422 if mistakes.summary else 200,
        title=call.t("Chất lượng dữ liệu", "Data quality")
        + ("" if unit == "VN" else f": {found.total.name}"),
        unit=unit,
        whole=found.total,
        lines=lines,
        place=lambda line: places[id(line)],
        sort=sort if sort.lstrip("-") in SORTS else "",
        sort_url=_sort_url(call),
        asked=asked,
        mistakes=mistakes,
        errors=mistakes.fields,
        points=[(name, call.say(words), call.say(MEANINGS[name])) for name, words in POINTS.items()],
        by_rule=_by_rule(call, unit, bool(people)),
        definitions=_definitions(call),
        working_days=WORKING_DAYS,
        may_open=lambda line: line.code is not None and not line.own and line.code != unit,
        **people,
    )


def _period(call: PageCall) -> tuple[Mistakes, queries.Period]:
    """The days asked for; a wrong one is told and the usual twelve months are shown."""
    try:
        return NO_MISTAKES, queries.period(call.day("from"), call.day("to"), call.today)
    except Invalid as error:
        usual = queries.period(None, None, call.today)
        rename = lambda path: path.rpartition("/")[2]  # noqa: E731
        return mistakes_of(error, call.language, ("from", "to"), rename), usual


def _sorted(lines: list[Line], sort: str) -> list[Line]:
    """The lines by a column; a minus in front goes down. Lines without a value come last."""
    name = sort.lstrip("-")
    if name not in SORTS:
        return lines

    def value(one: Line) -> Any:
        if name in POINTS:
            return one.points.get(name)
        return {
            "name": one.name,
            "records": one.records,
            "total": one.total,
            "findings": one.findings,
            "on_time": one.on_time_percent,
            "median": one.median_days,
            "late": one.late,
        }[name]

    known = sorted((one for one in lines if value(one) is not None), key=value, reverse=sort.startswith("-"))
    return known + [one for one in lines if value(one) is None]


def _places(board: Board) -> dict[int, int]:
    """The place of each agency by its score, equal scores sharing one: id of the line → place; 0 for what is none."""
    places: dict[int, int] = {id(one): 0 for one in board.lines}
    before: Line | None = None
    for number, one in enumerate((one for one in board.lines if one.is_agency), 1):
        same = before is not None and before.total == one.total
        places[id(one)] = places[id(before)] if same else number
        before = one
    return places


def _sort_url(call: PageCall) -> str:
    link = call.link(sort=None, cursor=None)
    return link + ("&" if "?" in link else "?")


def _sees_people(call: PageCall, unit: str) -> bool:
    ordinal = find_ordinal(call.session, unit)
    return ordinal is not None and decide(call.actor, FINDINGS, Target(org_ord=ordinal)).allowed


def _by_rule(call: PageCall, unit: str, linked: bool) -> list[dict[str, Any]]:
    with services().stats() as counting:
        found = queries.by_rule(counting, unit, counted_rules(call.actor))
    return [
        {
            "label": call.say(rule.label),
            "point": call.say(POINTS[rule.point]),
            "todo": call.say(rule.todo),
            "weight": rule.weight,
            "records": records,
            "findings": findings,
            "href": call.link(f"/chat-luong/{unit}", rule=rule.code, cursor=None) + "#nguoi"
            if linked
            else None,
        }
        for rule, findings, records in found
    ]


def _people(call: PageCall, unit: str, asked: queries.Period) -> dict[str, Any]:
    rule = call.args.get("rule") or None
    if rule is not None and rule not in RULES:
        rule = None
    page_ = read_findings(
        call, rule=rule, organization=unit, cursor=call.args.get("cursor"), limit=PEOPLE_A_PAGE
    )
    rows = [
        {
            "href": f"/ho-so/{person.id}",
            "name": person.full_name,
            "unit": person.unit_name,
            "label": call.say(one.rule.label),
            "sentence": call.say(one.sentence),
            "todo": call.say(one.rule.todo),
            "field": call.say(one.rule.field_label),
            "source": one.rule.source,
            "found_on": one.found_on,
            "mend": mend(call, one),
        }
        for person, one in page_.items
    ]
    return {
        "people": page_,
        "rows": rows,
        "rule": call.say(RULES[rule].label) if rule else None,
        "all_href": call.link(f"/chat-luong/{unit}", rule=None, cursor=None) + "#nguoi",
        "following": call.link(cursor=page_.next_cursor) + "#nguoi" if page_.next_cursor else None,
        "first_page": call.link(cursor=None) + "#nguoi" if call.args.get("cursor") else None,
        "csv_href": call.link(
            f"/chat-luong/{unit}/loi.csv", cursor=None, sort=None, **{"from": None, "to": None}
        ),
        "late": queries.list_late(call.session, unit, asked, LATE_SHOWN),
    }


def mend(call: PageCall, found: queries.Found) -> tuple[str, str] | None:
    """(address, words) of the page that mends a finding; None for a reader who records nothing."""
    if found.rule.mend == "look":
        return found.mended_at, call.t("So hai hồ sơ", "Compare")
    if not call.actor.may(Permission.CHANGES_CHANGE_DRAFT):
        return None
    words = {
        "correct": call.t("Đính chính", "Correct"),
        "amend": call.t("Sửa", "Amend"),
        "end": call.t("Kết thúc", "End"),
        "withdraw": call.t("Rút mục", "Withdraw"),
    }
    return found.mended_at, words.get(found.rule.mend, call.t("Ghi quyết định", "Record"))


def _definitions(call: PageCall) -> list[dict[str, str]]:
    rows = [{"label": call.say(POINTS[name]), "value": call.say(MEANINGS[name])} for name in POINTS]
    return [
        *rows,
        {"label": call.t("Cách tính điểm", "The score"), "value": call.say(SCORING), "note": FILE},
        {
            "label": call.t("Đúng hạn", "On time"),
            "value": call.say(CLOCK),
            "note": CLOCK_SOURCE,
        },
    ]


# One record


def of_record(call: PageCall, seen: Seen) -> dict[str, Any]:
    """The quality of a record for its page: {score, note, bars, rows, why}."""
    found = seen.quality
    parts = []
    if found.checked_on:
        parts.append(call.t(f"kiểm tra ngày {vn(found.checked_on)}", f"checked on {vn(found.checked_on)}"))
    if found.pending:
        parts.append(call.t("vừa có thay đổi, đang kiểm tra lại", "changed just now, being checked again"))
    shown = [(call.t("Điểm chung", "Score"), found.total)]
    shown += [(call.say(POINTS[point]), score) for point, score in found.points.items()]
    return {
        "score": found.total,
        "note": "; ".join(parts),
        "bars": [
            {"label": label, "value": float(score), "text": vn_number(score)}
            for label, score in shown
            if score is not None
        ],
        "rows": [
            {
                "label": call.say(one.rule.label),
                "sentence": call.say(one.sentence),
                "todo": call.say(one.rule.todo),
                "source": one.rule.source,
                "field": call.say(one.rule.field_label),
                "found_on": one.found_on,
                "mend": mend(call, one)
                if seen.may_draft or (one.rule.mend == "look" and not seen.own)
                else None,
            }
            for one in found.findings
        ],
        "why": [{"text": call.say(words), "source": source} for words, source in found.why()],
    }
