"""The list of records: filters with counts, search by name, number or unit, pages by key, on any day."""

from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response

from api.officials import read_list
from registry.access.permissions import Permission
from registry.catalogues import lists
from registry.law.why import vn
from registry.officials import browsing, queries
from registry.organizations import queries as organizations
from registry.periods import AsOf
from web import record
from web.pages import PageCall, page
from web.words import day as shown_day

rooms = Blueprint("people_pages", __name__)
READ = Permission.OFFICIALS_RECORD_READ
PAGE = 50
RANKS_AT_FIRST = 6
RANKS_UNCOUNTED = ("01.001", "01.002", "01.003", "01.004", "01.005")
CATEGORIES_UNCOUNTED = ("can_bo", "cong_chuc", "vien_chuc", "hd_111")
DAYS = ("next_step_before", "retirement_before", "term_ends_before")
KEPT = (
    "organization",
    "direct",
    "category",
    "rank",
    "group",
    "q",
    "as_of",
    "sort",
    "unevaluated_year",
    *DAYS,
)
"""Parameters of the list that the trail remembers."""


class Asked:
    """What the address of the list asks for, and how to link to a variation of it."""

    def __init__(self, call: PageCall) -> None:
        self.call = call
        args = call.args
        self.q = args.get("q", "").strip()[:200]
        self.as_of = AsOf(call.day("as_of") or call.today)
        self.direct = args.get("direct") == "1"
        self.categories, self.ranks = args.getlist("category"), args.getlist("rank")
        self.groups = [one for one in args.getlist("group") if one in record.STATUS_GROUPS or one == "thoi"]
        self.sort = args.get("sort") or "name"
        self.days = {name: day for name in DAYS if (day := call.day(name))}
        year = args.get("unevaluated_year", "")
        self.year = int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None
        self.first = (
            max(1, int(args["from"])) if args.get("from", "").isdecimal() and len(args["from"]) < 8 else 1
        )
        self.typed = args.get("organization", "").strip()[:300]
        self.unit: organizations.Node | None = None
        self.choices: list[organizations.Node] = []
        self._find_unit()

    def _find_unit(self) -> None:
        """The unit of the filter by code, by 'Tên (MÃ)' or by name; several of one name become choices."""
        if not self.typed:
            return
        sent = self.typed.rpartition("(")[2].rstrip(")") if self.typed.endswith(")") else self.typed
        # Today's tree whatever the day of the view: ranges are today's ordinals.
        found = organizations.search(
            self.call.session, sent, AsOf(self.call.today), ranges=self.call.actor.ranges(READ), limit=8
        )
        exact = [one for one in found if one.code == sent.upper()] or found[:1] * (len(found) == 1)
        self.unit = exact[0] if exact else None
        self.choices = [] if exact else found

    @property
    def nothing_named(self) -> bool:
        """Whether a unit was typed that is not there, or not the reader's."""
        return bool(self.typed) and self.unit is None

    def query(self) -> queries.ListQuery:
        """The question to the registry."""
        codes: dict[str, tuple[str, ...]] = {}
        if self.categories:
            codes["category"] = tuple(self.categories)
        if self.ranks:
            codes["rank"] = tuple(self.ranks)
        if self.groups:
            codes["status"] = tuple(statuses(self.call, self.groups))
        args = self.call.args
        return queries.ListQuery(
            self.as_of,
            self.call.today,
            self.q,
            self.unit.code if self.unit else None,
            not self.direct,
            codes,
            self.days.get("next_step_before"),
            self.days.get("retirement_before"),
            self.sort,
            args.get("before") or args.get("after"),
            PAGE,
            args.get("count") == "exact",
            bool(args.get("before")),
            self.days.get("term_ends_before"),
            self.year,
        )

    def link(self, **changed: Any) -> str:
        """The list with something changed, from its first page unless a cursor is given."""
        asked: dict[str, Any] = {
            "organization": self.unit.code if self.unit else self.typed,
            "direct": "1" if self.direct else None,
            "category": self.categories,
            "rank": self.ranks,
            "group": self.groups,
            "q": self.q,
            "as_of": None if self.as_of.on == self.call.today else self.as_of.on.isoformat(),
            "sort": None if self.sort == "name" else self.sort,
            "unevaluated_year": self.year,
            **{name: day.isoformat() for name, day in self.days.items()},
        } | changed
        pairs = [
            (name, str(one))
            for name, value in asked.items()
            for one in (value if isinstance(value, list) else [value])
            if one not in (None, "")
        ]
        return "/ho-so" + (f"?{urlencode(pairs)}" if pairs else "")

    def export(self) -> str:
        """The page that exports this list."""
        codes = self.query().codes
        return self.link(
            direct=None,
            subtree="false" if self.direct else None,
            group=None,
            sort=None,
            status=list(codes.get("status", ())),
        ).replace("/ho-so", "/xuat-du-lieu", 1)

    def kept(self) -> list[tuple[str, str]]:
        """Every filter but the words searched for, for the search form."""
        return parse_qsl(self.link(q=None).partition("?")[2])

    def hidden(self) -> dict[str, str]:
        """What the filter form carries on although it has no field for it."""
        kept = {
            "q": self.q,
            "sort": "" if self.sort == "name" else self.sort,
            "unevaluated_year": str(self.year or ""),
        }
        kept |= {name: day.isoformat() for name, day in self.days.items()}
        return {name: value for name, value in kept.items() if value}


def statuses(call: PageCall, groups: list[str]) -> list[str]:
    """The statuses of some groups; 'thoi' is every one that no other group holds."""
    grouped = {key for _, keys in record.STATUS_GROUPS.values() for key in keys}
    found = [key for name in groups if name in record.STATUS_GROUPS for key in record.STATUS_GROUPS[name][1]]
    if "thoi" in groups:
        found += sorted(lists.keys(call.session, "status_codes") - grouped)
    return found


@page(rooms, "/ho-so", READ)
def list_officials(call: PageCall) -> Response:
    """The list of the reader's units. Whoever has only the own record goes there."""
    if not call.actor.ranges(READ):
        return call.redirect("/cua-toi")
    asked = Asked(call)
    found = queries.Page([], None, 0, True)
    counts: dict[str, dict[str, int]] = {}
    if not asked.nothing_named:
        query = asked.query()
        found = read_list(call.session, call.actor, query, {name: call.args.get(name) for name in KEPT})
        counts = browsing.facets(call.session, query)
    first = 1 if not found.previous_cursor else asked.first
    return call.render(
        "officials/list.html",
        title=call.t("Hồ sơ", "Records"),
        asked=asked,
        page=found,
        first=first,
        rows=[_row(call, asked, one) for one in found.items],
        chips=_chips(call, asked),
        filters=_filters(call, asked, counts),
        previous=asked.link(before=found.previous_cursor, **{"from": max(1, first - PAGE)})
        if found.previous_cursor
        else None,
        following=asked.link(after=found.next_cursor, **{"from": first + len(found.items)})
        if found.next_cursor
        else None,
        exact_href=asked.link(count="exact"),
        sort_url=_sort_url(asked),
        may_draft=bool(call.actor.ranges(Permission.CHANGES_CHANGE_DRAFT)),
        export=asked.export() if call.actor.may(Permission.BULK_EXPORT_MAKE) and found.items else None,
        scope_name=call.actor.organization.name if call.actor.organization else "",
        units=_units_named(call, asked, found),
        as_of=asked.as_of.on,
    )


def _sort_url(asked: Asked) -> str:
    bare = asked.link(sort=None)
    return bare + ("&" if "?" in bare else "?")


def _row(call: PageCall, asked: Asked, one: dict[str, Any]) -> dict[str, Any]:
    group = record.status_group(one["status"])
    past = None if asked.as_of.on == call.today else asked.as_of.on.isoformat()
    return {
        "id": one["id"],
        "href": f"/ho-so/{one['id']}" + (f"?as_of={past}" if past else ""),
        "name": one["full_name"],
        "born": shown_day(one.get("birth_date")),
        "post": record.post_title(call.session, one, call.language, record.NOTHING),
        "unit": one["organization"]["name"] or "",
        "rank": one["rank"] or "",
        "rank_name": lists.label(call.session, "ranks", one["rank"], call.language),
        "step": record.step_of(call.session, one["rank"], one["step"]),
        "coefficient": one["coefficient"].replace(".", ",") if one["coefficient"] else "",
        "status": lists.label(call.session, "status_codes", one["status"], call.language),
        "tag": None if one["status"] == "dang_lam_viec" else record.TAGS.get(group, "grey"),
        "due": _due_words(call, asked, one),
    }


def _due_words(call: PageCall, asked: Asked, one: dict[str, Any]) -> str:
    """The day that the list was asked for, where it was: step, retirement or end of term."""
    wanted = {
        "next_step_before": ("next_step_on", call.t("nâng bậc", "step due")),
        "retirement_before": ("retirement_on", call.t("nghỉ hưu", "retires")),
        "term_ends_before": ("term_ends_on", call.t("hết thời hạn", "term ends")),
    }
    return " · ".join(
        f"{words} {shown_day(one[name])}"
        for key, (name, words) in wanted.items()
        if key in asked.days and one[name]
    )


def _chips(call: PageCall, asked: Asked) -> list[dict[str, str]]:
    chips = []
    if asked.unit is not None:
        name = (
            asked.unit.name
            if asked.direct
            else call.t(f"{asked.unit.name} và trực thuộc", f"{asked.unit.name} and below")
        )
        chips.append({"text": name, "href": asked.link(organization=None, direct=None)})
    chips += _choices(
        call, asked, "category", asked.categories, "employment_categories", call.t("đối tượng", "categories")
    )
    chips += _choices(call, asked, "rank", asked.ranks, "ranks", call.t("ngạch", "ranks"))
    if len(asked.groups) > 1:
        chips.append(
            {
                "text": call.t(f"{len(asked.groups)} tình trạng", f"{len(asked.groups)} statuses"),
                "href": asked.link(group=None),
            }
        )
    elif asked.groups:
        chips.append({"text": _group_name(call, asked.groups[0]), "href": asked.link(group=None)})
    if asked.q:
        chips.append({"text": f"“{asked.q}”", "href": asked.link(q=None)})
    words = {
        "next_step_before": call.t("Nâng bậc trước", "Step due by"),
        "retirement_before": call.t("Nghỉ hưu trước", "Retiring by"),
        "term_ends_before": call.t("Hết thời hạn chức vụ trước", "Term ends by"),
    }
    chips += [
        {"text": f"{words[name]} {vn(on)}", "href": asked.link(**{name: None})}
        for name, on in asked.days.items()
    ]
    if asked.year:
        chips.append(
            {
                "text": call.t(f"Chưa đánh giá {asked.year}", f"Not graded for {asked.year}"),
                "href": asked.link(unevaluated_year=None),
            }
        )
    if asked.as_of.on != call.today:
        chips.append(
            {
                "text": call.t(f"Tại ngày {vn(asked.as_of.on)}", f"As of {vn(asked.as_of.on)}"),
                "href": asked.link(as_of=None),
            }
        )
    return chips


def _choices(
    call: PageCall, asked: Asked, name: str, chosen: list[str], catalogue: str, noun: str
) -> list[dict[str, str]]:
    if not chosen:
        return []
    text = (
        lists.label(call.session, catalogue, chosen[0], call.language)
        if len(chosen) == 1
        else f"{len(chosen)} {noun}"
    )
    return [{"text": text, "href": asked.link(**{name: None})}]


def _group_name(call: PageCall, group: str) -> str:
    return call.say(record.STATUS_GROUPS[group][0] if group in record.STATUS_GROUPS else record.LEFT)


def _filters(call: PageCall, asked: Asked, counts: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Options of the three groups, with counts where these are cheap."""
    by_status = counts.get("status", {})
    groups = []
    for name in [*record.STATUS_GROUPS, "thoi"]:
        people = sum(by_status.get(key, 0) for key in statuses(call, [name])) if counts else None
        groups.append(
            {
                "value": name,
                "label": _group_name(call, name),
                "count": people,
                "checked": name in asked.groups,
            }
        )
    return {
        "category": _options(
            call, "employment_categories", counts.get("category"), CATEGORIES_UNCOUNTED, asked.categories
        ),
        "rank": _options(
            call,
            "ranks",
            counts.get("rank"),
            RANKS_UNCOUNTED,
            asked.ranks,
            None if call.args.get("all_ranks") else RANKS_AT_FIRST,
        ),
        "more_ranks": not call.args.get("all_ranks") and (not counts or len(counts["rank"]) > RANKS_AT_FIRST),
        "group": groups,
    }


def _options(
    call: PageCall,
    catalogue: str,
    counts: dict[str, int] | None,
    uncounted: tuple[str, ...],
    chosen: list[str],
    most: int | None = None,
) -> list[dict[str, Any]]:
    """Choices in the catalogue's order; with `most`, the most frequent ones and whatever is chosen."""
    keys = set(uncounted) if counts is None else set(counts)
    if most is not None and counts is not None and len(keys) > most:
        keys = set(sorted(keys, key=lambda key: -counts[key])[:most])
    keys |= set(chosen)
    order = {item.key: number for number, item in enumerate(lists.items(call.session, catalogue))}
    return [
        {
            "value": key,
            "label": lists.label(call.session, catalogue, key, call.language),
            "count": None if counts is None else counts.get(key, 0),
            "checked": key in chosen,
        }
        for key in sorted(keys, key=lambda key: (order.get(key, len(order)), key))
    ]


def _units_named(call: PageCall, asked: Asked, found: queries.Page) -> list[dict[str, str]]:
    """Units that the search may have meant, when it found nobody; or the choices for an ambiguous unit."""
    nodes = asked.choices
    if asked.q and not found.items and not asked.typed:
        nodes = organizations.search(
            call.session, asked.q, AsOf(call.today), ranges=call.actor.ranges(READ), limit=6
        )
    return [
        {"name": one.name, "code": one.code, "href": asked.link(organization=one.code, q=None)}
        for one in nodes
    ]
