"""Records: the list with its filters, one record on two clocks, its history, readers, papers and prints."""

from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Blueprint, Response
from sqlalchemy import text

from api.officials import open_record, read_list
from registry.access.actor import ROLE_LABELS
from registry.access.permissions import Permission
from registry.audit import log
from registry.catalogues import lists
from registry.changes import queries as changes
from registry.law.why import vn
from registry.officials import browsing, queries
from registry.officials.facts import FACTS
from registry.organizations import queries as organizations
from registry.periods import AsOf, PartialDate
from registry.words import Words
from web import record
from web.pages import PageCall, page
from web.words import day as shown_day

rooms = Blueprint("official_pages", __name__)
READ = Permission.OFFICIALS_RECORD_READ
PAGE = 50
RANKS_AT_FIRST = 6
RANKS_UNCOUNTED = ("01.001", "01.002", "01.003", "01.004", "01.005")
CATEGORIES_UNCOUNTED = ("can_bo", "cong_chuc", "vien_chuc", "hd_111")
DAYS = ("next_step_before", "retirement_before", "term_ends_before")
KEPT = ("organization", "direct", "category", "rank", "group", "q", "as_of", "sort", "unevaluated_year", *DAYS)
"""Parameters of the list that links of the page carry on."""

_NAME = text("SELECT full_name FROM official_current WHERE official_id = :official")


# The list


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
        self.first = max(1, int(args["from"])) if args.get("from", "").isdecimal() and len(args["from"]) < 8 else 1
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
        found = organizations.search(self.call.session, sent, AsOf(self.call.today), ranges=self.call.actor.ranges(READ), limit=8)
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
            self.as_of, self.call.today, self.q, self.unit.code if self.unit else None, not self.direct, codes,
            self.days.get("next_step_before"), self.days.get("retirement_before"), self.sort,
            args.get("before") or args.get("after"), PAGE, args.get("count") == "exact", bool(args.get("before")),
            self.days.get("term_ends_before"), self.year)

    def link(self, **changed: Any) -> str:
        """The list with something changed, from its first page unless a cursor is given."""
        asked: dict[str, Any] = {
            "organization": self.unit.code if self.unit else self.typed, "direct": "1" if self.direct else None,
            "category": self.categories, "rank": self.ranks, "group": self.groups, "q": self.q,
            "as_of": None if self.as_of.on == self.call.today else self.as_of.on.isoformat(),
            "sort": None if self.sort == "name" else self.sort, "unevaluated_year": self.year,
            **{name: day.isoformat() for name, day in self.days.items()}} | changed
        pairs = [(name, str(one)) for name, value in asked.items()
                 for one in (value if isinstance(value, list) else [value]) if one not in (None, "")]
        return "/ho-so" + (f"?{urlencode(pairs)}" if pairs else "")

    def kept(self) -> list[tuple[str, str]]:
        """Every filter but the words searched for, for the search form."""
        return parse_qsl(self.link(q=None).partition("?")[2])

    def hidden(self) -> dict[str, str]:
        """What the filter form carries on although it has no field for it."""
        kept = {"q": self.q, "sort": "" if self.sort == "name" else self.sort, "unevaluated_year": str(self.year or "")}
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
        "officials/list.html", title=call.t("Hồ sơ", "Records"), asked=asked, page=found, first=first,
        rows=[_row(call, asked, one) for one in found.items], chips=_chips(call, asked), filters=_filters(call, asked, counts),
        previous=asked.link(before=found.previous_cursor, **{"from": max(1, first - PAGE)}) if found.previous_cursor else None,
        following=asked.link(after=found.next_cursor, **{"from": first + len(found.items)}) if found.next_cursor else None,
        exact_href=asked.link(count="exact"), sort_url=_sort_url(asked), may_draft=call.actor.may(Permission.CHANGES_CHANGE_DRAFT),
        scope_name=call.actor.organization.name if call.actor.organization else "", units=_units_named(call, asked, found),
        as_of=asked.as_of.on)


def _sort_url(asked: Asked) -> str:
    bare = asked.link(sort=None)
    return bare + ("&" if "?" in bare else "?")


def _row(call: PageCall, asked: Asked, one: dict[str, Any]) -> dict[str, Any]:
    position = lists.label(call.session, "position_titles", one["position"], call.language) or one["job_position"] or ""
    group = record.status_group(one["status"])
    past = None if asked.as_of.on == call.today else asked.as_of.on.isoformat()
    return {
        "id": one["id"], "href": f"/ho-so/{one['id']}" + (f"?as_of={past}" if past else ""), "name": one["full_name"],
        "born": shown_day(one["birth_date"]), "post": position, "unit": one["organization"]["name"] or "", "rank": one["rank"] or "",
        "rank_name": lists.label(call.session, "ranks", one["rank"], call.language),
        "step": record.step_of(call.session, one["rank"], one["step"]),
        "coefficient": one["coefficient"].replace(".", ",") if one["coefficient"] else "",
        "status": lists.label(call.session, "status_codes", one["status"], call.language),
        "tag": None if one["status"] == "dang_lam_viec" else record.TAGS.get(group, "grey"), "due": _due_words(call, asked, one)}


def _due_words(call: PageCall, asked: Asked, one: dict[str, Any]) -> str:
    """The day that the list was asked for, where it was: step, retirement or end of term."""
    wanted = {"next_step_before": ("next_step_on", call.t("nâng bậc", "step due")),
              "retirement_before": ("retirement_on", call.t("nghỉ hưu", "retires")),
              "term_ends_before": ("term_ends_on", call.t("hết thời hạn", "term ends"))}
    return " · ".join(f"{words} {shown_day(one[name])}" for key, (name, words) in wanted.items() if key in asked.days and one[name])


def _chips(call: PageCall, asked: Asked) -> list[dict[str, str]]:
    chips = []
    if asked.unit is not None:
        name = asked.unit.name if asked.direct else call.t(f"{asked.unit.name} và trực thuộc", f"{asked.unit.name} and below")
        chips.append({"text": name, "href": asked.link(organization=None, direct=None)})
    chips += _choices(call, asked, "category", asked.categories, "employment_categories", call.t("đối tượng", "categories"))
    chips += _choices(call, asked, "rank", asked.ranks, "ranks", call.t("ngạch", "ranks"))
    if len(asked.groups) > 1:
        chips.append({"text": call.t(f"{len(asked.groups)} tình trạng", f"{len(asked.groups)} statuses"), "href": asked.link(group=None)})
    elif asked.groups:
        chips.append({"text": _group_name(call, asked.groups[0]), "href": asked.link(group=None)})
    if asked.q:
        chips.append({"text": f"“{asked.q}”", "href": asked.link(q=None)})
    words = {"next_step_before": call.t("Nâng bậc trước", "Step due by"), "retirement_before": call.t("Nghỉ hưu trước", "Retiring by"),
             "term_ends_before": call.t("Hết thời hạn chức vụ trước", "Term ends by")}
    chips += [{"text": f"{words[name]} {vn(on)}", "href": asked.link(**{name: None})} for name, on in asked.days.items()]
    if asked.year:
        chips.append({"text": call.t(f"Chưa đánh giá {asked.year}", f"Not graded for {asked.year}"), "href": asked.link(unevaluated_year=None)})
    if asked.as_of.on != call.today:
        chips.append({"text": call.t(f"Tại ngày {vn(asked.as_of.on)}", f"As of {vn(asked.as_of.on)}"), "href": asked.link(as_of=None)})
    return chips


def _choices(call: PageCall, asked: Asked, name: str, chosen: list[str], catalogue: str, noun: str) -> list[dict[str, str]]:
    if not chosen:
        return []
    text = lists.label(call.session, catalogue, chosen[0], call.language) if len(chosen) == 1 else f"{len(chosen)} {noun}"
    return [{"text": text, "href": asked.link(**{name: None})}]


def _group_name(call: PageCall, group: str) -> str:
    return call.say(record.STATUS_GROUPS[group][0] if group in record.STATUS_GROUPS else record.LEFT)


def _filters(call: PageCall, asked: Asked, counts: dict[str, dict[str, int]]) -> dict[str, list[dict[str, Any]]]:
    """Options of the three groups, with counts where these are cheap."""
    by_status = counts.get("status", {})
    groups = []
    for name in [*record.STATUS_GROUPS, "thoi"]:
        people = sum(by_status.get(key, 0) for key in statuses(call, [name])) if counts else None
        groups.append({"value": name, "label": _group_name(call, name), "count": people, "checked": name in asked.groups})
    return {
        "category": _options(call, "employment_categories", counts.get("category"), CATEGORIES_UNCOUNTED, asked.categories),
        "rank": _options(call, "ranks", counts.get("rank"), RANKS_UNCOUNTED, asked.ranks,
                         None if call.args.get("all_ranks") else RANKS_AT_FIRST),
        "group": groups}


def _options(call: PageCall, catalogue: str, counts: dict[str, int] | None, uncounted: tuple[str, ...], chosen: list[str],
             most: int | None = None) -> list[dict[str, Any]]:
    """Choices in the catalogue's order; with `most`, the most frequent ones and whatever is chosen."""
    keys = set(uncounted) if counts is None else set(counts)
    if most is not None and counts is not None and len(keys) > most:
        keys = set(sorted(keys, key=lambda key: -counts[key])[:most])
    keys |= set(chosen)
    order = {item.key: number for number, item in enumerate(lists.items(call.session, catalogue))}
    return [{"value": key, "label": lists.label(call.session, catalogue, key, call.language),
             "count": None if counts is None else counts.get(key, 0), "checked": key in chosen}
            for key in sorted(keys, key=lambda key: (order.get(key, len(order)), key))]


def _units_named(call: PageCall, asked: Asked, found: queries.Page) -> list[dict[str, str]]:
    """Units that the search may have meant, when it found nobody; or the choices for an ambiguous unit."""
    nodes = asked.choices
    if asked.q and not found.items and not asked.typed:
        nodes = organizations.search(call.session, asked.q, AsOf(call.today), ranges=call.actor.ranges(READ), limit=6)
    return [{"name": one.name, "code": one.code, "href": asked.link(organization=one.code, q=None)} for one in nodes]


# One record


def change_link(seen: record.Seen, *, what: str | None = None, action: str | None = None, fact: int | None = None) -> str:
    """The form that records a change for this person: a new fact (`what`), or an `action` upon one."""
    asked = {"official": str(seen.key.uid), "what": what, "action": action, "fact": fact}
    return "/de-nghi/moi?" + urlencode({name: value for name, value in asked.items() if value is not None})


@page(rooms, "/ho-so/<named>", READ)
def show_official(call: PageCall, named: str) -> Response:
    """One record on one day, as recorded at one moment."""
    seen = record.see(call, named)
    path = f"/ho-so/{seen.key.uid}"
    actions = None
    if seen.may_draft and seen.is_today:
        amend = change_link(seen, what="amend")
        actions = lambda name: [(f"{amend}#p0-{name}", call.t("Sửa", "Amend"))]  # noqa: E731
    full = call.args.get("full", "")
    return call.render(
        "officials/record.html", title=seen.personal["full_name"], seen=seen, lines=record.identity_lines(call, seen),
        tag=record.status_tag(call, seen), initials=record.initials(seen.personal["full_name"]), path=path,
        bar=record.version_bar(call, seen, path), sections=record.sections(call, seen), career=record.career(call, seen),
        career_title=record.career_title(call, seen), figures=record.figures(call, seen), whys=record.whys(call, seen),
        timeline=record.timeline(call, seen), salary=record.salary_rows(call, seen), general=record.general(call, seen, actions),
        full=full, first_rows=record.ROWS_AT_FIRST, as_of=seen.on, change=lambda **asked: change_link(seen, **asked),
        may_readers=seen.own or call.actor.covers(Permission.OFFICIALS_READERS_READ, seen.key.org_ord), clocks=_clocks_query(call),
        span=_service_span(call, seen), missing=record.missing(call, seen), full_link=lambda name: call.link(path, full=name) + f"#{name}")


def _service_span(call: PageCall, seen: record.Seen) -> str:
    """'10/1991 đến nay'."""
    if seen.recruited_on is None:
        return ""
    ended = seen.basis.get("ended_on")
    begun = f"{seen.recruited_on:%m/%Y}"
    until = f"{date.fromisoformat(ended):%m/%Y}" if ended else call.t("nay", "now") if seen.is_today else vn(seen.on)
    return call.t(f"{begun} đến {until}", f"{begun} to {until}")


def _clocks_query(call: PageCall) -> str:
    """The clocks of this view, for links to its prints; as a query with its '?', or nothing."""
    kept = {name: call.args[name] for name in ("as_of", "known_at") if call.args.get(name)}
    return f"?{urlencode(kept)}" if kept else ""


@page(rooms, "/ho-so/<named>/giai-thich", READ)
def explain(call: PageCall, named: str) -> Response:
    """Every computed result with its steps, to be printed."""
    seen = record.see(call, named, page="giai-thich")
    return call.render(
        "officials/why.html", title=call.t("Giải thích cách tính", "How it was computed"), seen=seen, whys=record.whys(call, seen),
        lines=record.identity_lines(call, seen), back=f"/ho-so/{seen.key.uid}{_clocks_query(call)}", as_of=seen.on)


@page(rooms, "/ho-so/<named>/2c.pdf", Permission.REPORTS_FORM_PRINT)
def print_2c(call: PageCall, named: str) -> Response:
    """The curriculum vitae on form 2C-BNV/2008."""
    from registry.reports import printing  # the drawing library is large and few requests print

    key = open_record(call, named, Permission.REPORTS_FORM_PRINT)  # type: ignore[arg-type]
    as_of = call.clocks()
    content = printing.print_personal(call.session, "2c", key.id, as_of, call.actor.field_classes(own=key.id == call.actor.official_id))
    log.record(call.session, call.actor, log.Action.OFFICIAL_PRINT, "official", str(key.uid), official_id=key.id,
               detail={"form": "2c", "as_of": as_of.on.isoformat()})
    return Response(content, mimetype="application/pdf", headers={"Content-Disposition": f'inline; filename="2c-{key.uid}.pdf"'})


# History, papers, readers


@page(rooms, "/ho-so/<named>/lich-su", READ)
def show_history(call: PageCall, named: str) -> Response:
    """Who changed what, when, on which decision: old beside new for each change."""
    key = open_record(call, named)  # type: ignore[arg-type]
    context = history(call, key)
    return call.render("officials/history.html", title=call.t("Lịch sử hồ sơ", "History of the record"), path=f"/ho-so/{key.uid}", **context)


def history(call: PageCall, key: queries.Key) -> dict[str, Any]:
    """The name, a page of changes as groups for `c.diff_table`, and the cursor; the read is written into the trail."""
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    found = queries.history(call.session, key.id, classes, limit=20, cursor=call.args.get("cursor"))
    facts = browsing.altered(call.session, key.id, [one["fact_id"] for item in found["items"] for one in item["facts"]], classes)
    replaced = [one["fact"]["supersedes"] for one in facts.values() if one["fact"].get("supersedes")]
    facts |= browsing.altered(call.session, key.id, [one for one in replaced if one not in facts], classes)
    units = browsing.unit_names(call.session, {
        one["fact"]["organization_id"] for one in facts.values() if one["fact"].get("organization_id")})
    log.record(call.session, call.actor, log.Action.OFFICIAL_HISTORY, "official", str(key.uid), official_id=key.id)
    name = call.session.execute(_NAME, {"official": key.id}).scalar_one()
    return {"name": name, "changes": [_change(call, item, facts, units) for item in found["items"]],
            "following": call.link(cursor=found["next_cursor"]) if found["next_cursor"] else None}


ORIGINS = {
    "form": Words("Ghi theo quyết định", "Recorded on a decision"), "import": Words("Nhập từ tệp", "Imported from a file"),
    "undo": Words("Hoàn tác một lần nhập", "Undoing an import"), "self": Words("Người có hồ sơ đề nghị", "Asked by the person"),
    "seed": Words("Chuyển từ hệ thống trước", "Taken over from an earlier system"),
}
MANY_FACTS = 12


def _change(call: PageCall, item: dict[str, Any], facts: dict[int, dict[str, Any]], units: dict[int, str]) -> dict[str, Any]:
    """A change for the page: head, and either its differences or, for a first recording of very much, how much of what."""
    recorded = [facts[one["fact_id"]] for one in item["facts"] if one["what"] == "recorded" and one["fact_id"] in facts]
    closed = {one["fact_id"]: facts[one["fact_id"]] for one in item["facts"] if one["what"] == "closed" and one["fact_id"] in facts}
    groups, summary = [], []
    if len(recorded) > MANY_FACTS and not closed:
        for kind in FACTS.values():
            many = sum(1 for one in recorded if one["kind"] == kind.name)
            if many:
                summary.append((call.say(kind.label), many))
    else:
        for one in recorded:
            old = closed.pop(one["fact"].get("supersedes"), None) or facts.get(one["fact"].get("supersedes"))
            groups.append(_difference(call, one, old["fact"] if old else None, one["fact"], units))
        groups += [_difference(call, one, one["fact"], None, units) for one in closed.values()]
    decision = item["decision"]
    return {
        "number": item["number"], "id": item["change"], "at": item["decided_at"],
        "origin": call.say(ORIGINS[item["origin"]]) if item["origin"] in ORIGINS else "", "maker": item["maker"], "checker": item["checker"],
        "decision": decision["number"], "issued_on": decision["issued_on"], "decision_title": decision["title"],
        "groups": [one for one in groups if one["rows"]], "summary": summary, "many": len(recorded)}


def _difference(call: PageCall, one: dict[str, Any], old: dict[str, Any] | None, new: dict[str, Any] | None,
                units: dict[int, str]) -> dict[str, Any]:
    kind = FACTS[one["kind"]]
    rows = []
    for field in kind.fields:
        if next(iter(field.columns())).name not in one["fact"]:
            continue  # closed to this reader
        before = changes.say(call.session, field, old, units, call.language) if old else ""
        after = changes.say(call.session, field, new, units, call.language) if new else ""
        if before != after:
            rows.append({"field": call.say(field.label), "old": before or None, "new": after or None})
    for name, label in (("valid_from", call.t("Từ ngày", "From")), ("valid_to", call.t("Đến ngày", "Until"))):
        before, after = _stored_day(old, name), _stored_day(new, name)
        if before != after:
            rows.append({"field": label, "old": before or None, "new": after or None})
    note = " · ".join(filter(None, (
        call.t("bỏ", "taken back") if new is None else "", one["decision"]["number"], shown_day(one["decision"]["issued_on"]))))
    return {"name": call.say(kind.label), "note": note, "rows": rows}


def _stored_day(fact: dict[str, Any] | None, name: str) -> str:
    if not fact or not fact.get(name):
        return ""
    return shown_day(PartialDate(date.fromisoformat(fact[name]), fact[f"{name}_precision"]))


BASES = {
    "decision": Words("Quyết định", "Decision"), "self_declared": Words("Tự khai", "Declared by the person"),
    "take_over": Words("Chuyển từ hệ thống trước", "Taken over from an earlier system"),
}


@page(rooms, "/ho-so/<named>/quyet-dinh/<decision>", READ)
def show_paper(call: PageCall, named: str, decision: str) -> Response:
    """A decision as far as this person is concerned: what it says and which facts rest on it."""
    key = open_record(call, named)  # type: ignore[arg-type]
    classes = call.actor.field_classes(own=key.id == call.actor.official_id)
    paper = browsing.get_paper(call.session, key.id, decision, classes)
    facts = browsing.altered(call.session, key.id, list(paper.facts), classes)
    units = browsing.unit_names(call.session, {
        one["fact"]["organization_id"] for one in facts.values() if one["fact"].get("organization_id")})
    log.record(call.session, call.actor, log.Action.OFFICIAL_READ, "official", str(key.uid), official_id=key.id,
               detail={"decision": paper.number})
    name = call.session.execute(_NAME, {"official": key.id}).scalar_one()
    shown = sorted(facts.values(), key=lambda one: (list(FACTS).index(one["kind"]), one["fact"]["valid_from"]))
    return call.render(
        "officials/paper.html", title=f"{call.say(BASES[paper.basis])} {paper.number}", paper=paper, name=name,
        path=f"/ho-so/{key.uid}", facts=[_difference(call, one, None, one["fact"], units) for one in shown],
        basis=call.say(BASES[paper.basis]), may_file=call.actor.may(Permission.DOCUMENTS_FILE_READ))


@page(rooms, "/ho-so/<named>/ai-da-xem", Permission.OFFICIALS_READERS_READ)
def show_readers(call: PageCall, named: str) -> Response:
    """Who looked at the record, and why."""
    key = open_record(call, named, Permission.OFFICIALS_READERS_READ)  # type: ignore[arg-type]
    return call.render("officials/readers.html", title=call.t("Ai đã xem hồ sơ", "Who looked at the record"), path=f"/ho-so/{key.uid}",
                       **readers(call, key))


READING = {
    "official.read": Words("Xem hồ sơ", "Looked at the record"), "official.print": Words("In hồ sơ", "Printed the record"),
    "official.history": Words("Xem lịch sử", "Looked at the history"),
}


def readers(call: PageCall, key: queries.Key, limit: int = 50) -> dict[str, Any]:
    """The name, a page of looks with role and reason in words, and the cursor; this look is itself written into the trail."""
    found = queries.readers(call.session, key.id, limit=limit, cursor=call.args.get("cursor"))
    log.record(call.session, call.actor, log.Action.TRAIL_READ, "official", str(key.uid))
    looks = [{"at": one["at"], "reader": one["reader"], "role": call.say(ROLE_LABELS[one["role"]]) if one["role"] in ROLE_LABELS else "",
              "action": call.say(READING[one["action"]]), "reason": one["reason"] or ""} for one in found["items"]]
    name = call.session.execute(_NAME, {"official": key.id}).scalar_one()
    return {"name": name, "looks": looks, "following": call.link(cursor=found["next_cursor"]) if found["next_cursor"] else None}
