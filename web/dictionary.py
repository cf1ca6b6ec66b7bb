"""The dictionary of fields: what a record holds, by which law, who keeps it, and how many officials have it."""

from itertools import groupby
from typing import Any

from flask import Blueprint, Response

from registry.access.permissions import Permission
from registry.dictionary import queries
from registry.errors import not_found
from registry.officials.facts import GROUPS
from web.administration import catalogue_page
from web.pages import PageCall, page

rooms = Blueprint("dictionary_pages", __name__)
READ = Permission.CATALOGUES_LIST_READ
PATH = "/truong-du-lieu"
TAGS = {"sensitive": "amber", "secret": "son"}
"""The normal is plain: only what needs care is marked."""


@page(rooms, PATH, READ)
def show_fields(call: PageCall) -> Response:
    """Every field, by the groups of the decree and by kind."""
    found = _found(call)
    counted = next((one.share.counted_on for one in found if one.share), None)
    return call.render(
        "dictionary/fields.html",
        title=call.t("Từ điển trường dữ liệu", "Dictionary of fields"),
        groups=_groups(call, found),
        options=[(key, f"{key}. {call.say(words)}") for key, words in GROUPS.items()],
        group=call.args.get("nhom", ""),
        q=call.args.get("q", ""),
        total=len(found),
        everything=len(queries.entries()),
        kinds=len({one.kind.name for one in found}),
        people=next((one.share.people for one in found if one.share), None),
        counted=counted,
        csv_href=call.link(f"{PATH}.csv"),
    )


def _found(call: PageCall) -> list[queries.Entry]:
    group = call.args.get("nhom", "").strip()
    if group and group not in GROUPS:
        raise not_found()
    return queries.find_entries(
        call.session, call.actor.field_classes(), group=group, q=call.args.get("q", "").strip()[:200]
    )


def _groups(call: PageCall, found: list[queries.Entry]) -> list[dict[str, Any]]:
    """[{number, title, count, kinds: [{name, title, source, keeper, share, rows}]}] in the order of the decree."""
    groups = []
    for number, of_group in groupby(found, key=lambda one: one.group):
        entries = list(of_group)
        kinds = []
        for name, of_kind in groupby(entries, key=lambda one: one.kind.name):
            fields = list(of_kind)
            kind = fields[0].kind
            kinds.append(
                {
                    "name": name,
                    "title": call.say(kind.label),
                    "source": kind.source,
                    "keeper": call.say(queries.KEEPERS[kind.maintained_by]),
                    "share": fields[0].kind_share,
                    "rows": [_row(call, one) for one in fields],
                }
            )
        title = call.say(GROUPS[number])
        groups.append({"number": number, "title": title, "count": len(entries), "kinds": kinds})
    return groups


def _row(call: PageCall, one: queries.Entry) -> dict[str, Any]:
    """A field in words; `differs` tells what is not as the kind says."""
    differs = []
    if one.keeper != one.kind.maintained_by:
        differs.append(call.say(queries.KEEPERS[one.keeper]))
    if one.field.source:
        differs.append(one.field.source)
    return {
        "name": one.field.name,
        "title": call.say(one.field.label),
        "other": one.field.label.vi if call.language == "en" else one.field.label.en,
        "required": one.field.required,
        "type": call.say(queries.TYPES[one.field.type]),
        "choices": ", ".join(call.say(words) for _, words in one.field.choices),
        "item": one.field.item,
        "catalogue": one.field.catalogue,
        "sensitivity": (
            TAGS.get(one.field.sensitivity),
            call.say(queries.SENSITIVITIES[one.field.sensitivity]),
        ),
        "differs": "; ".join(differs),
        "share": one.share,
        "withheld": one.field.sensitivity == "secret" and one.share is None,
    }


@page(rooms, f"{PATH}.csv", READ)
def download_fields(call: PageCall) -> Response:
    """The same fields as a file."""
    content = queries.to_csv(_found(call), call.language)
    headers = {"Content-Disposition": 'attachment; filename="truong-du-lieu.csv"'}
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


@page(rooms, f"{PATH}/danh-muc/<name>", READ)
def show_list(call: PageCall, name: str) -> Response:
    """A code list that a field takes its values from, for whoever may read lists."""
    crumbs = [(PATH, call.t("Từ điển trường dữ liệu", "Dictionary of fields"))]
    return catalogue_page(call, name, f"{PATH}/danh-muc/{name}", crumbs)
