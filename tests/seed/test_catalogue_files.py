"""The CSV files a new registry starts with: loadable, dated soundly, true where the law is known."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest

SEED = Path(__file__).parents[2] / "seed"
CATALOGUES = SEED / "catalogues"
HEAD = [
    "key",
    "code",
    "name_vi",
    "name_en",
    "valid_from",
    "valid_to",
    "sort",
    "applies_to",
    "certainty",
    "source",
]
NAMES = sorted(path.stem for path in CATALOGUES.glob("*.csv") if path.stem != "index")
Row = dict[str, str]


def rows(name: str, folder: Path = CATALOGUES) -> list[Row]:
    with (folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def overlaps(of: list[Row], identity: tuple[str, ...]) -> Iterator[tuple[Row, Row]]:
    """Pairs of rows of one identity whose periods meet."""
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in of:
        groups.setdefault(tuple(row[name] for name in identity), []).append(row)
    for group in groups.values():
        group.sort(key=lambda row: row["valid_from"])
        for before, after in pairwise(group):
            if not before["valid_to"] or before["valid_to"] > after["valid_from"]:
                yield before, after


@pytest.mark.parametrize("name", NAMES)
def test_every_catalogue_row_is_named_dated_and_sourced(name: str) -> None:
    found = rows(name)
    assert list(found[0])[: len(HEAD)] == HEAD
    for row in found:
        assert None not in (*row, *row.values()), row
        assert all(row[name] for name in ("key", "name_vi", "source")), row
        assert all(value == value.strip() for value in row.values()), row
        assert all(unicodedata.is_normalized("NFC", value) for value in row.values()), row
        assert row["certainty"] in {"verified", "recalled", "product", "computed"}, row
        assert row["applies_to"] in {"", "can_bo", "cong_chuc", "vien_chuc", "dang_vien"}, row
        int(row["sort"])
        start, end = day(row["valid_from"]), day(row["valid_to"])
        assert start is None or end is None or start < end, row


@pytest.mark.parametrize("name", NAMES)
def test_a_key_means_one_thing_at_a_time(name: str) -> None:
    assert not list(overlaps(rows(name), ("key", "applies_to")))


def test_the_index_lists_every_catalogue_once() -> None:
    index = rows("index")
    assert sorted(row["name"] for row in index) == NAMES
    assert all(row["title_vi"] and row["title_en"] and row["source"] for row in index)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("provinces", 34),
        ("communes", 3321),
        ("ethnic_groups", 56),
        ("ranks", 400),
        ("cccd_provinces", 63),
        ("old_districts", 696),
        ("retirement_age", 179),
        ("salary_steps", 296),
    ],
)
def test_lists_of_known_size_are_complete(name: str, keys: int) -> None:
    assert len({row["key"] for row in rows(name)}) == len(rows(name)) == keys


def test_communes_belong_to_todays_provinces_by_kind() -> None:
    communes = rows("communes")
    assert {row["province"] for row in communes} == {row["key"] for row in rows("provinces")}
    assert Counter(row["kind"] for row in communes) == {"xa": 2611, "phuong": 697, "dac_khu": 13}


def test_every_former_province_leads_to_one_of_today() -> None:
    today = {row["key"]: row for row in rows("provinces")}
    history = rows("province_history")
    assert len({row["key"] for row in history}) == 63
    assert all(today[row["new_code"]]["name_vi"] == row["new_name_vi"] for row in history)
    assert sum(row["change"] == "merged_into" for row in history) == 29


@pytest.mark.parametrize(
    ("table", "group", "steps", "first", "last", "months"),
    [
        ("BANG1", "CGCC", 3, "8.80", "10.00", 60),
        ("BANG2", "A3.1", 6, "6.20", "8.00", 36),
        ("BANG2", "A3.2", 6, "5.75", "7.55", 36),
        ("BANG2", "A2.1", 8, "4.40", "6.78", 36),
        ("BANG2", "A2.2", 8, "4.00", "6.38", 36),
        ("BANG2", "A1", 9, "2.34", "4.98", 36),
        ("BANG2", "A0", 10, "2.10", "4.89", 36),
        ("BANG2", "B", 12, "1.86", "4.06", 24),
        ("BANG2", "C1", 12, "1.65", "3.63", 24),
        ("BANG2", "C2", 12, "1.50", "3.48", 24),
        ("BANG2", "C3", 12, "1.35", "3.33", 24),
        ("BANG3", "A1", 9, "2.34", "4.98", 36),
        ("BANG3", "C2", 12, "2.00", "3.98", 24),
        ("BANG3", "C3", 12, "1.50", "3.48", 24),
    ],
)
def test_salary_groups_run_evenly_from_their_first_to_their_last_step(
    table: str, group: str, steps: int, first: str, last: str, months: int
) -> None:
    found = [row for row in rows("salary_steps") if (row["table"], row["salary_group"]) == (table, group)]
    found.sort(key=lambda row: int(row["step"]))
    assert [int(row["step"]) for row in found] == list(range(1, steps + 1))
    assert (found[0]["coefficient"], found[-1]["coefficient"]) == (first, last)
    paid = [Decimal(row["coefficient"]) for row in found]
    assert len({after - before for before, after in pairwise(paid)}) == 1
    assert {int(row["regular_increase_months"]) for row in found} == {months}
    assert [row["is_top_step"] for row in found] == ["no"] * (steps - 1) + ["yes"]


def test_ranks_are_paid_by_groups_that_exist_and_lead_to_ranks_that_exist() -> None:
    groups = {(row["table"], row["salary_group"]) for row in rows("salary_steps")}
    keys = {row["key"] for row in rows("ranks")}
    for row in rows("ranks"):
        assert not row["salary_group"] or (row["salary_table"], row["salary_group"]) in groups, row
        assert not row["successor"] or row["successor"] in keys, row
        assert not row["code"] or row["code"] == row["key"], row


def test_base_salary_has_no_gap_since_2004() -> None:
    found = rows("base_salary")
    assert found[0]["valid_from"] == "2004-10-01"
    assert all(before["valid_to"] == after["valid_from"] for before, after in pairwise(found))
    newest = found[-1]
    assert (newest["valid_from"], newest["amount_vnd"], newest["valid_to"]) == ("2026-07-01", "2530000", "")


def test_retirement_ages_follow_the_roadmap_of_decree_135() -> None:
    for row in rows("retirement_age_by_year"):
        late = int(row["retirement_year"]) - 2020
        months = min(720 + 3 * late, 744) if row["key"] == "nam" else min(660 + 4 * late, 720)
        assert int(row["age_total_months"]) == months, row
    days = {row["key"]: row["retirement_date"] for row in rows("retirement_age")}
    assert days["nam.1961-01"] == "2021-04-30"
    assert days["nam.1961-10"] == "2022-04-30"


def test_grades_by_points_leave_no_score_without_a_grade() -> None:
    for category, since in (("cong_chuc", "2026-01-01"), ("vien_chuc", "2026-07-01")):
        found = [
            row
            for row in rows("evaluation_grades")
            if (row["applies_to"], row["valid_from"]) == (category, since) and row["score_from"]
        ]
        found.sort(key=lambda row: int(row["score_from"]))
        assert [row["score_below"] for row in found] == [row["score_from"] for row in found[1:]] + [""]
        assert [row["score_from"] for row in found] == ["0", "50", "70", "90"]


def test_abolished_measures_are_not_open_today() -> None:
    forms = [row for row in rows("discipline_forms") if row["applies_to"] == "cong_chuc"]
    ended = {row["key"]: row["valid_to"] for row in forms}
    assert ended["ha_bac_luong"] == ended["giang_chuc"] == "2025-07-01"


def test_organizations_lead_to_successors_that_exist_and_one_name_at_a_time() -> None:
    folder = SEED / "organizations"
    kinds = {row["key"] for row in rows("organization_kinds")}
    found = rows("central", folder) + rows("provinces", folder)
    codes = {row["code"] for row in found}
    assert not list(overlaps(found, ("code",)))
    for row in found:
        assert all(row[name] for name in ("name_vi", "legal_basis")), row
        assert row["kind"] in kinds, row
        assert unicodedata.is_normalized("NFC", row["name_vi"]), row
        assert not row["electronic_id"] or row["electronic_id"] == row["code"], row
        assert set(filter(None, [row["successor"], *row["predecessors"].split(";")])) <= codes, row
        assert row["status"] == "active" or row["valid_to"], row
    assert len({row["code"] for row in rows("provinces", folder)}) == 63
    assert sum(row["status"] == "active" for row in rows("provinces", folder)) == 34


def test_unit_templates_hang_together() -> None:
    found = rows("unit_templates", SEED / "organizations")
    kinds = {row["key"] for row in rows("organization_kinds")}
    general = {(row["applies_to"], row["code_suffix"]) for row in found if not row["only_for"]}
    special = {(row["only_for"], row["applies_to"], row["code_suffix"]) for row in found}
    for row in found:
        assert row["name_vi"], row
        assert row["kind"] in kinds, row
        assert int(row["quota_weight"]) > 0, row
        for suffix in filter(None, (row["parent_suffix"], row["successor_suffix"])):
            place = (row["applies_to"], suffix)
            assert place in general or (row["only_for"], *place) in special, row
        assert bool(row["successor_suffix"]) == bool(row["valid_to"]), row
    assert len(special) == len(found)


def test_names_can_make_many_more_people_than_the_demo_has() -> None:
    folder = SEED / "names"
    for path in folder.glob("*.csv"):
        for row in rows(path.stem, folder):
            assert all(unicodedata.is_normalized("NFC", value.strip()) for value in row.values()), row
            assert row.get("name", row.get("pattern")), row
            assert int(row["weight"]) > 0, row
    surnames = len(rows("surnames", folder))
    for sex in ("nam", "nu"):
        middle = sum(row["sex"] == sex for row in rows("middle_names", folder))
        given = sum(row["sex"] == sex for row in rows("given_names", folder))
        assert surnames * middle * given > 1_000_000


def test_every_minority_has_a_way_to_write_names() -> None:
    folder = SEED / "names"
    parts = {(row["ethnic_group"], row["sex"], row["part"]) for row in rows("ethnic_names", folder)}
    patterns = rows("ethnic_patterns", folder)
    minorities = {row["key"] for row in rows("ethnic_groups") if row["is_minority"] == "yes"}
    wanted = {(group, sex) for group in minorities for sex in ("nam", "nu")}
    assert {(row["ethnic_group"], row["sex"]) for row in patterns} == wanted
    for row in patterns:
        group, sex = row["ethnic_group"], row["sex"]
        assert "{surname}" not in row["pattern"] or (group, "", "surname") in parts, row
        assert "{middle}" not in row["pattern"] or (group, sex, "middle") in parts, row
