"""Series, forecasts and drill-down through the API: what they answer, to whom, and what they refuse."""

import csv
import io
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from conftest import Bed
from walk import Program, program

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def counter(demo: Bed) -> Program:
    return program(demo, "statistician1")


def test_every_point_of_a_series_is_the_table_of_its_last_day(counter: Program) -> None:
    for measure, more in (
        ("headcount", "&by=sex"),
        ("turnover", "&organization=H26"),
        ("entries", "&by=ministry_or_province&where=sex:nu"),
        ("payroll_full", "&tree=today&by=organization_level"),
    ):
        found = counter.get(f"/statistics/series?measure={measure}&from=2024-02-10&to=2026-03-31{more}").json
        assert [one["key"] for one in found["periods"]] == ["2024-12-31", "2025-12-31", "2026-03-31"]
        assert found["periods"][0]["since"] == "2024-02-10"
        for period, total in zip(found["periods"], found["totals"], strict=True):
            asked = f"measures={measure}&as_of={period['until']}&since={period['since']}{more}"
            table = counter.get(f"/statistics?{asked}").json
            rows = [
                {name: row[name] for name in row if not name.startswith("period")}
                for row in found["rows"]
                if row["period"] == period["key"]
            ]
            assert rows == table["rows"], asked
            assert total[measure] == table["total"][measure]


def test_stock_before_and_what_came_and_went_make_the_stock_after(demo: Bed, counter: Program) -> None:
    for since, before, until in (
        ("2025-01-01", "2024-12-31", "2025-12-31"),
        ("2020-07-15", "2020-07-14", "2026-11-25"),
    ):
        first = counter.get(f"/statistics?as_of={before}").json["total"]["headcount"]
        moved = counter.get(f"/statistics?measures=headcount,entries,exits&since={since}&as_of={until}").json[
            "total"
        ]
        assert first + moved["entries"] - moved["exits"] == moved["headcount"]
        assert moved["entries"] > 0


def test_forecasts_follow_the_law_tables_and_say_why(demo: Bed, counter: Program) -> None:
    found = counter.get("/statistics/forecast/retirements?by=sex").json
    assert len(found["periods"]) == 11, "the rest of this year and ten years"
    with demo.session() as session:
        due = dict(
            session.execute(
                sa.text("""SELECT extract(year FROM retirement_on)::int, count(*) FROM official_current
                WHERE in_headcount AND retirement_on BETWEEN '2026-11-26' AND '2036-11-25' GROUP BY 1""")
            ).all()
        )
        steps = session.execute(
            sa.text("""SELECT count(*) FROM official_current WHERE in_headcount
                AND next_step_on BETWEEN '2026-11-26' AND '2026-12-31'""")
        ).scalar_one()
    assert {
        int(one["period"][:4]): one["retirements"] for one in found["totals"] if one["retirements"]
    } == due
    assert {one["rule"]["key"] for one in found["why"][1:]} == {"nam", "nu"}
    assert found["why"][1]["rule"]["catalogue"] == "retirement_age_by_year"
    ahead = counter.get("/statistics/forecast/salary-steps?from=2026-11-26&to=2028-12-31").json
    assert ahead["totals"][0]["salary_steps"] == steps
    assert ahead["why"][0]["source"]
    assert {one["id"] for one in ahead["columns"]} == {"period", "salary_steps"}


def test_subtotals_come_from_the_sums_of_their_own_rows(counter: Program) -> None:
    found = counter.get(
        "/statistics?measures=headcount,mean_coefficient&by=sex,party,category&subtotals=true"
    ).json
    assert [one["by"] for one in found["subtotals"]] == [
        ["sex", "party"],
        ["sex", "category"],
        ["party", "category"],
        ["sex"],
        ["party"],
        ["category"],
    ]
    for one in found["subtotals"]:
        alone = counter.get(f"/statistics?measures=headcount,mean_coefficient&by={','.join(one['by'])}").json
        assert one["rows"] == alone["rows"]
    assert "subtotals" not in counter.get("/statistics?by=sex,party").json


def test_series_come_as_csv_and_as_a_workbook_with_a_total_a_period(counter: Program) -> None:
    path = "/statistics/series?measure=headcount&by=sex&step=quarter&from=2026-01-01"
    found = counter.get(path).json
    lines = list(csv.DictReader(io.StringIO(counter.get(path, headers={"Accept": "text/csv"}).data.decode())))
    assert [{name: str(row[name]) for name in row} for row in found["rows"]] == lines
    book = openpyxl.load_workbook(io.BytesIO(counter.get(path, headers={"Accept": XLSX}).data))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert [row[2] for row in rows[-4:]] == [one["headcount"] for one in found["totals"]]
    assert rows[-1][0] == "Tổng số Quý 4/2026"


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("/statistics?measures=posts&by=sex", {"does_not_divide"}),
        ("/statistics?by=evaluation_grade", {"does_not_divide"}),
        ("/statistics?measures=quality_score&as_of=2026-01-01", {"present_only"}),
        ("/statistics?measures=entries&since=2026-02-01&as_of=2026-01-01", {"after_as_of"}),
        ("/statistics/series?measure=step_increases_due", {"no_series"}),
        ("/statistics/series?step=day&from=2026-01-01&to=2025-01-01", {"unknown", "after_to"}),
        ("/statistics/series?step=month&from=2010-01-01", {"too_many_periods"}),
        ("/statistics/series?by=sex,party,category", {"too_many"}),
        ("/statistics/forecast/retirements?from=2026-11-25", {"not_ahead"}),
        ("/statistics/forecast/salary-steps?to=2060-01-01", {"too_far"}),
    ],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(
    counter: Program, path: str, codes: set[str]
) -> None:
    refused = counter.get(path)
    assert refused.status_code == 422
    assert {one["code"] for one in refused.json["errors"]} == codes
    assert counter.get("/statistics/series?measures=headcount").status_code == 400
    assert counter.get("/statistics/forecast/retirements?measure=headcount").status_code == 400


def everybody(client: Program, **asked: Any) -> list[dict[str, Any]]:
    """All pages of the persons of a figure."""
    found, cursor = [], None
    while cursor is not None or not found:
        more = {"cursor": cursor} if cursor else {}
        page = client.get("/statistics/people", query_string={"limit": 40, **asked, **more}).json
        found += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["count"] == {"value": len(found), "exact": True}
            return found
    return found


def test_from_a_cell_one_comes_to_exactly_the_persons_it_counts(demo: Bed) -> None:
    auditor = program(demo, "auditor1")
    for asked, by in (
        ({"measure": "headcount"}, "sex,age_band"),
        ({"measure": "headcount", "as_of": "2023-06-30", "organization": "H26"}, "unit"),
        ({"measure": "entries", "since": "2019-01-01"}, "category"),
        ({"measure": "retirements_due", "where": "sex:nu"}, "rank_level"),
        ({"measure": "rewards", "since": "2022-01-01"}, "reward_form"),
    ):
        words = {("measures" if name == "measure" else name): value for name, value in asked.items()}
        table = auditor.get("/statistics", query_string=words | {"by": by}).json
        assert table["rows"], asked
        for row in table["rows"][:2]:
            cell = ",".join(f"{one}:{row[one] or 'none'}" for one in by.split(","))
            people = everybody(auditor, **asked, cell=cell)
            assert len(people) == row[asked["measure"]], cell
            assert len({(one["id"], one["on"]) for one in people}) <= len(people)
            if "sex" in row:
                assert {one["sex"] for one in people} == {row["sex"]}


def test_from_a_forecast_one_comes_to_exactly_the_persons_it_counts(demo: Bed) -> None:
    auditor = program(demo, "auditor1")
    for measure, path in (("retirements", "retirements"), ("salary_steps", "salary-steps")):
        found = auditor.get(f"/statistics/forecast/{path}?by=sex&organization=H26").json
        spans = {one["key"]: one for one in found["periods"]}
        assert found["rows"]
        for row in found["rows"][2:4]:
            span = spans[row["period"]]
            asked = {
                "measure": measure,
                "since": span["since"],
                "until": span["until"],
                "organization": "H26",
            }
            people = everybody(auditor, **asked, cell=f"sex:{row['sex']}")
            assert len(people) == row[measure]
            assert all(span["since"] <= one["on"] <= span["until"] for one in people)
            assert {one["sex"] for one in people} == {row["sex"]}
    for wrong, code in (
        ("until=2027-01-01", "forecasts_only"),
        ("measure=retirements&since=2020-01-01", "not_ahead"),
    ):
        assert auditor.get(f"/statistics/people?{wrong}").json["errors"][0]["code"] == code
    assert program(demo, "statistician1").get("/statistics/people?measure=retirements").status_code == 403


def test_persons_are_listed_and_counted_within_the_readers_scope_only_and_the_read_is_on_the_trail(
    registry: Bed,
) -> None:
    hanoi, auditor = program(registry, "hr.hanoi"), program(registry, "auditor1")
    own = {one["id"] for one in everybody(hanoi)}
    everyone = {one["id"]: one["organization"]["code"] for one in everybody(auditor)}
    assert own == {one for one, code in everyone.items() if code == "H26" or code.startswith("H26-")}
    assert len(own) < len(everyone)
    assert hanoi.get("/statistics/people?organization=H17").status_code == 404
    seen = everybody(hanoi, cell="sex:nu")[:40]
    detail = registry.scalar(
        "SELECT detail FROM audit_event WHERE action = 'official.list' AND object_id = 'statistics' "
        "AND actor_name <> 'auditor1' AND detail->'filter' ? 'cell' ORDER BY id LIMIT 1"
    )
    assert detail["filter"]["cell"] == ["sex:nu"]
    with registry.session() as session:
        named = session.execute(
            sa.text("SELECT uid::text FROM official WHERE id = ANY (:ids)"), {"ids": detail["officials"]}
        ).scalars()
        assert set(named) == {one["id"] for one in seen}


def test_whoever_may_not_read_records_or_may_not_count_gets_no_person(demo: Bed, counter: Program) -> None:
    before = demo.scalar("SELECT count(*) FROM audit_event WHERE action = 'official.list'")
    assert counter.get("/statistics/people").status_code == 403
    for name in ("official1", "admin1"):
        assert program(demo, name).get("/statistics/people").status_code == 403, name
    hanoi = program(demo, "hr.hanoi")
    assert hanoi.get("/statistics/people?measure=posts").json["errors"][0]["code"] == "no_persons"
    assert hanoi.get("/statistics/people?cell=sex:x").status_code == 422
    assert hanoi.get("/statistics/people?cursor=abc").status_code == 400
    assert demo.scalar("SELECT count(*) FROM audit_event WHERE action = 'official.list'") == before
