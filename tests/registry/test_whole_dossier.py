"""Every field of every kind: stored, in the template, exported, shown, named, and printed where a form asks for it."""

import re
from datetime import date
from html import unescape
from typing import Any

import make
import pytest
from browsing import Browser
from conftest import TODAY, Bed
from make import filled, newcomer
from sqlalchemy import text

from registry.access.permissions import FIELD_CLASSES
from registry.bulk import questions
from registry.bulk.fact_sheet import FACT_SHEETS
from registry.catalogues import lists
from registry.dictionary.documenting import markdown
from registry.law.why import vn_number
from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field, Kind
from registry.officials.queries import get_key
from registry.periods import AsOf
from registry.reports.printing import PERSONAL_FORMS

SINCE = date(2026, 8, 1)
EVERY = [(kind, one) for kind in FACTS.values() for one in kind.fields]

NOT_PRINTED: dict[tuple[str, str], str] = {
    ("identity", "permanent_address"): "the address that holds by `address` goes before the one written here",
    ("abroad_link", "link"): "says under which question of item 29 the link stands",
}
"""Fields with an item on form 2C that no form prints as they are, each with the reason."""


@pytest.fixture(scope="module")
def whole(demo: Bed) -> tuple[Bed, str, dict[str, dict[str, Any]]]:
    """Somebody with every field of every kind: the bed, the uid, and what was sent by kind."""
    sent = {kind: filled(demo, kind, SINCE) for kind in FACTS if kind != "identity"}
    for kind in ("appointment", "salary"):  # drawn by hand on the page: each day is told apart
        for place, one in enumerate(
            one for one in FACTS[kind].fields if one.type in ("date", "partial_date")
        ):
            sent[kind][one.name] = f"2026-09-{11 + place}"
    sent["status"]["status"] = "dang_lam_viec"  # forms tell the recruitment of who has begun to work
    sent["identity"] = filled(demo, "identity", date(1990, 5, 20))
    personal = {name: value for name, value in sent["identity"].items() if name not in ("kind", "valid_from")}
    _, uid = make.official(demo, newcomer(since=SINCE))
    operations = [
        {"action": "record", "official": uid, **fact} for kind, fact in sent.items() if kind != "identity"
    ]
    operations.append({"action": "amend", "official": uid, "personal": personal})
    make.decided(demo, operations, number="99/QĐ")
    return demo, uid, sent


def words_of(bed: Bed, one: Field, value: Any) -> list[str]:
    """Ways in which a value may stand on a page or a form."""
    with bed.session() as session:
        match one.type:
            case "code":
                return [lists.label(session, one.catalogue or "", value, "vi"), str(value)]
            case "choice":
                return [next(said.vi for key, said in one.choices if key == value)]
            case "unit":
                name = """SELECT v.name FROM organization_version v JOIN organization o ON o.id = v.organization_id
                    WHERE o.code = :code ORDER BY v.valid_from DESC LIMIT 1"""
                return [str(session.execute(text(name), {"code": value}).scalar())]
            case "date" | "partial_date":
                day = date.fromisoformat(value)
                return [f"{day:%d/%m/%Y}", f"{day:%m/%Y}"]
            case "boolean":
                return [one.label.vi, "Có"]
            case "integer" | "year":
                return [vn_number(int(value)), str(value)]
            case "decimal":
                return [str(value).replace(".", ",")]
            case "file":
                return ["Có ảnh", "Mở ảnh"]
    return [str(value)]


def squeezed(said: str) -> str:
    """Without spaces and case: lines of a form break anywhere."""
    return re.sub(r"\s+", "", said).casefold()


def told(sent: dict[str, dict[str, Any]], kind: Kind, one: Field) -> Any:
    """What was sent of a field; None where it says nothing."""
    value = sent[kind.name].get(one.name)
    return None if value in (None, False, "") else value


def test_every_field_is_stored_and_exported_for_whoever_may_see_it(
    whole: tuple[Bed, str, dict[str, dict[str, Any]]],
) -> None:
    bed, uid, sent = whole
    missing: list[str] = []
    number = bed.scalar("SELECT personal_id FROM official_current WHERE uid = :uid", uid=uid)
    with bed.acting("auditor1") as (session, _):
        official = get_key(session, uid).id
        for kind in FACTS.values():
            asked = {"q": number, "history": True}
            question = questions.Question(f"facts:{kind.name}", asked, TODAY, make.clock(session))
            found = questions.answer(session, question, FIELD_CLASSES["auditor"])
            titles = [one.key for one in found.columns]
            rows = [
                dict(zip(titles, row, strict=True))
                for block in questions.rows(session, found)
                for row in block
            ]
            stored = (
                session.execute(
                    text(
                        f"SELECT * FROM fact_{kind.name} WHERE official_id = :official AND recorded_to IS NULL"
                    ),
                    {"official": official},
                )
                .mappings()
                .all()
            )
            for one in kind.fields:
                if told(sent, kind, one) is None:
                    continue
                column = next(iter(one.columns())).name
                if not any(row[column] not in (None, False) for row in stored):
                    missing.append(f"{kind.name}.{one.name} is not stored")
                if not any(row[one.name] not in (None, False, "") for row in rows):
                    missing.append(f"{kind.name}.{one.name} is not exported")
    assert missing == []


def test_every_field_is_in_the_template_and_in_the_dictionary() -> None:
    named = markdown()
    for kind, one in EVERY:
        assert one.name in {column.field for column in FACT_SHEETS[kind.name]}, (kind.name, one.name)
        assert re.search(rf"\| `{kind.name}` [^|]*\|[^|]*`{one.name}`", named), (kind.name, one.name)


def test_every_field_is_shown_on_the_record_page(whole: tuple[Bed, str, dict[str, dict[str, Any]]]) -> None:
    bed, uid, sent = whole
    reply = Browser(bed, "auditor1").client.get(f"/ho-so/{uid}")
    assert reply.status_code == 200
    page = squeezed(unescape(reply.text))
    missing = [
        f"{kind.name}.{one.name}"
        for kind, one in EVERY
        if (value := told(sent, kind, one)) is not None
        and not any(squeezed(said) in page for said in words_of(bed, one, value))
    ]
    assert missing == []


def test_every_field_with_an_item_on_a_form_is_printed(
    whole: tuple[Bed, str, dict[str, dict[str, Any]]],
) -> None:
    bed, uid, sent = whole
    with bed.session() as session:
        official = get_key(session, uid).id
        said = squeezed(
            " ".join(
                repr(
                    form.gather(
                        session, official, AsOf(TODAY), FIELD_CLASSES["auditor"], bed.settings.home / "files"
                    )
                )
                for form in PERSONAL_FORMS.values()
            ).replace("\\n", " ")
        )
    missing = [
        (kind.name, one.name)
        for kind, one in EVERY
        if one.item
        and (value := told(sent, kind, one)) is not None
        and not any(squeezed(word) in said for word in words_of(bed, one, value))
    ]
    assert set(missing) == set(NOT_PRINTED)
