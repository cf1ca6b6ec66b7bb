"""Exports: what the file holds, for whom, on which clocks, in three forms; never half a file, never somebody else's."""

import csv
import hashlib
import io
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import make
import openpyxl
import pytest
from conftest import TODAY, Bed
from make import newcomer

from registry.bulk import exporting, jobs
from registry.bulk.columns import of_facts
from registry.bulk.writers import plain, quoted
from registry.access.permissions import FIELD_CLASSES
from registry.errors import Conflict, Invalid, NotFound
from registry.officials.facts import FACTS
from registry.officials.queries import ListQuery, list_officials
from registry.periods import AsOf


def ask(bed: Bed, username: str, what: str, form: str, **asked: Any) -> str:
    """An export asked for and committed; its uid."""
    with bed.acting(username) as (session, actor):
        return str(exporting.ask(session, actor, what=what, asked=asked, form=form, today=TODAY).uid)


def work(bed: Bed) -> None:
    """Everything that waits, as the worker does it."""
    while jobs.run_one(bed.engine("worker"), bed.settings):
        pass


def shown(bed: Bed, username: str, uid: str) -> dict[str, Any]:
    """The export as its owner sees it."""
    with bed.acting(username) as (session, _):
        return exporting.show(session, exporting.get_export(session, uid))


def fetched(bed: Bed, username: str, uid: str) -> bytes:
    """The file, as handed over."""
    with bed.acting(username) as (session, actor):
        export = exporting.get_export(session, uid)
        return exporting.fetch(session, actor, bed.settings.home / "files", export).read_bytes()


def made(bed: Bed, username: str, what: str, form: str = "json", **asked: Any) -> bytes:
    """The file that answers a question."""
    uid = ask(bed, username, what, form, **asked)
    work(bed)
    return fetched(bed, username, uid)


def lines(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV by title."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_list_holds_exactly_whom_the_page_shows_with_names_beside_codes(demo: Bed) -> None:
    with demo.acting("hr.hanoi") as (session, _):
        page = list_officials(
            session, ListQuery(AsOf(TODAY), TODAY, organization="H26-SNV", limit=200, exact=True)
        )
    answer = json.loads(made(demo, "hr.hanoi", "officials", organization="H26-SNV"))
    assert [row["personal_id"] for row in answer["rows"]] == [one["personal_id"] for one in page.items]
    assert page.count > 3
    for row, one in zip(answer["rows"], page.items, strict=True):
        for name in (
            "full_name",
            "staff_code",
            "sex",
            "status",
            "rank",
            "position",
            "coefficient",
            "next_step_on",
            "retirement_on",
        ):
            assert row[name] == one[name], name
        assert (row["organization"], row["organization_name"]) == (
            one["organization"]["code"],
            one["organization"]["name"],
        )
        assert row["birth_date"] == one["birth_date"]
        assert row["sex_name"] in ("Nam", "Nữ")
    assert answer["as_of"] == TODAY.isoformat()
    assert answer["filter"] == {"organization": "H26-SNV"}


def test_a_filter_narrows_the_file_as_it_narrows_the_page(demo: Bed) -> None:
    for asked, query in (
        ({"category": "vien_chuc", "sex": ["nu"]}, {"codes": {"category": ("vien_chuc",), "sex": ("nu",)}}),
        ({"q": "nguyen thi"}, {"q": "nguyen thi"}),
        ({"unevaluated_year": 2026}, {"unevaluated_year": 2026}),
        ({"next_step_before": "2027-06-30"}, {"next_step_before": date(2027, 6, 30)}),
        ({"organization": "H26-SNV", "subtree": False}, {"organization": "H26-SNV", "subtree": False}),
    ):
        with demo.acting("hr.hanoi") as (session, _):
            count = list_officials(session, ListQuery(AsOf(TODAY), TODAY, exact=True, **query)).count
            everybody = list_officials(session, ListQuery(AsOf(TODAY), TODAY, exact=True)).count
        assert len(lines(made(demo, "hr.hanoi", "officials", "csv", **asked))) == count < everybody, asked


def test_nobody_gets_people_of_other_units_or_fields_of_other_classes(demo: Bed) -> None:
    ours = {row["Số định danh cá nhân"] for row in lines(made(demo, "hr.badinh", "officials", "csv"))}
    theirs = set(
        demo.scalar("""SELECT array_agg(personal_id) FROM official_current c
        JOIN organization u ON u.code = 'H26-00004' WHERE c.org_ord BETWEEN u.ord AND u.last""")
    )
    assert ours == theirs
    family = json.loads(made(demo, "hr.badinh", "facts:family", history=True))["rows"]
    assert {row["personal_id"] for row in family} <= theirs
    assert len(family) > 10
    secret = [one.name for one in FACTS["identity"].fields if one.sensitivity == "secret"]
    for username, sees in (("hr.hanoi", False), ("auditor1", True)):
        answer = json.loads(made(demo, username, "facts:identity", organization="H26-SNV"))
        assert all((name in answer["rows"][0]) == sees for name in secret), username
    before = demo.counts()
    for what, asked, path in (
        ("facts:personal_history", {}, "what"),
        ("facts:khong_co", {}, "what"),
        ("officials", {"organization": "H17-SNV"}, "filter/organization"),
        ("officials", {"history": True}, "filter/history"),
        ("officials", {"rank": "khong_co"}, "filter/rank"),
        ("officials", {"as_of": "31/02/2026"}, "filter/as_of"),
        ("officials", {"known_at": "2030-01-01T00:00:00Z"}, "filter/known_at"),
    ):
        with pytest.raises(Invalid) as refused:
            ask(demo, "hr.hanoi", what, "csv", **asked)
        assert [flaw.path for flaw in refused.value.flaws] == [path]
    assert demo.counts() == before
