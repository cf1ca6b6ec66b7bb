"""The dictionary: all fields and who has them, what a reader may know of secret ones, the document in the docs."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed

from registry.dictionary import services
from registry.dictionary.documenting import ITEMS, markdown, of_item
from registry.dictionary.queries import COLUMNS, entries
from registry.officials.facts import FACTS, GROUPS

ROOT = Path(__file__).parents[2]
EVERYTHING = [(kind.name, one.name) for kind in FACTS.values() for one in kind.fields]


def fields(bed: Bed, username: str, query: str = "") -> list[dict[str, Any]]:
    """What the dictionary answers."""
    reply = bed.api(username).get(f"/fields{query}")
    assert reply.status_code == 200, reply.text
    return list(reply.json["items"])


@pytest.mark.parametrize("username", ["hr.hanoi", "auditor1", "statistician1", "admin1", "official1"])
def test_whoever_reads_code_lists_reads_every_field_once_but_secret_shares_are_for_auditors(
    demo: Bed, username: str
) -> None:
    found = fields(demo, username)
    assert sorted((one["kind"], one["field"]) for one in found) == sorted(EVERYTHING)
    for one in found:
        secret = one["sensitivity"] == "secret"
        assert (one["share"] is None) == (secret and username != "auditor1"), one["field"]
    history = next(one for one in found if one["kind"] == "personal_history")
    assert (history["kind_share"] is None) == (username != "auditor1")


def test_a_share_is_what_counting_person_by_person_gives(demo: Bed) -> None:
    found = {(one["kind"], one["field"]): one["share"] for one in fields(demo, "auditor1")}
    people = demo.scalar("SELECT count(*) FROM official_current WHERE in_headcount")
    assert people > 100
    for kind, field, column in (
        ("salary", "rank", "rank"),
        ("appointment", "organization", "organization_id"),
        ("family", "abroad", "abroad"),
        ("party", "official_on", "official_on"),
        ("reward", "year", "year"),
    ):
        counted = demo.scalar(
            f"""SELECT count(*) FROM official_current c WHERE c.in_headcount AND EXISTS (SELECT 1 FROM fact_{kind} f
                WHERE f.official_id = c.official_id AND f.recorded_to IS NULL AND f.valid_from <= :today
                AND f.{column} IS NOT NULL)""",
            today=TODAY,
        )
        assert found[kind, field]["officials"] == counted, (kind, field)
        assert found[kind, field]["people"] == people
        assert found[kind, field]["percent"] == f"{100 * counted / people:.1f}"
    assert found["identity", "full_name"]["percent"] == "100.0"


def test_the_worker_counts_once_a_day_and_not_for_a_request(registry: Bed) -> None:
    stale = sa.text("UPDATE field_share SET officials = 0 WHERE kind = 'salary' AND field = 'rank'")
    with registry.session() as session:
        session.execute(stale)

    def rank() -> dict[str, Any]:
        [found] = [
            one["share"] for one in fields(registry, "hr.hanoi", "?kind=salary") if one["field"] == "rank"
        ]
        return dict(found)

    services.turn(registry.engine("worker"), registry.settings)
    assert rank()["officials"] == 0, "the day has not turned"
    with registry.session() as session:
        session.execute(sa.text("UPDATE field_share SET counted_on = counted_on - 1"))
        session.execute(sa.text("INSERT INTO field_share VALUES ('gone', 'field', 1, 1, '2026-01-01')"))
    services.turn(registry.engine("worker"), registry.settings)
    assert rank()["officials"] > 100
    assert rank()["counted_on"] == TODAY.isoformat()
    assert registry.scalar("SELECT count(*) FROM field_share WHERE kind = 'gone'") == 0


def test_fields_are_found_by_group_kind_and_words_without_marks(demo: Bed) -> None:
    assert {one["group"]["number"] for one in fields(demo, "hr.hanoi", "?group=8")} == {8}
    assert {one["kind"] for one in fields(demo, "hr.hanoi", "?kind=salary")} == {"salary"}
    found = {(one["kind"], one["field"]) for one in fields(demo, "hr.hanoi", "?q=quan+ham+cao+nhat")}
    assert found == {("military", "highest_rank")}
    by_list = {(one["kind"], one["field"]) for one in fields(demo, "hr.hanoi", "?q=military_forces")}
    assert by_list == {("military", "force")}
    assert fields(demo, "hr.hanoi", "?q=khongcotruongnao") == []
    assert demo.api("hr.hanoi").get("/fields?group=11").status_code == 400
    assert demo.api().get("/fields").status_code == 401


def test_the_file_has_a_line_a_field(demo: Bed) -> None:
    reply = demo.api("hr.hanoi").get("/fields", headers={"Accept": "text/csv"})
    assert reply.content_type == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(reply.data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert sorted((row["kind"], row["field"]) for row in rows) == sorted(EVERYTHING)
    history = next(row for row in rows if row["field"] == "political_history")
    assert (history["officials"], history["percent"]) == ("", "")


def test_the_document_is_what_the_declarations_say() -> None:
    kept = (ROOT / "docs" / "fields.md").read_text(encoding="utf-8")
    assert kept == markdown(), "the declarations changed: run registry fields document > docs/fields.md"
    for kind, field in EVERYTHING:
        assert re.search(rf"\| `{kind}` [^|]*\|[^|]*`{field}`", kept), f"{kind}.{field} is in no group"


def test_every_number_of_form_2c_is_an_item_of_the_document_and_every_field_has_a_group() -> None:
    numbers = {number for one in entries() for number in one.field.item.split(", ") if number}
    assert numbers <= set(ITEMS)
    assert {number for number in ITEMS if not of_item(number)} == {"31"}, "answered by the whole of `salary`"
    assert {one.group for one in entries()} == set(GROUPS)
