"""Sheets of facts: what was exported comes back unchanged, what differs becomes one change, what is wrong is told."""

import csv
import io
from datetime import date
from typing import Any

import make
import openpyxl
import pytest
from conftest import TODAY, Bed
from make import newcomer
from sqlalchemy import text
from test_export import made

from registry.access.permissions import FIELD_CLASSES
from registry.bulk import importing, jobs, queries
from registry.bulk.fact_sheet import FACT_SHEETS
from registry.bulk.kinds import KINDS, by_title
from registry.bulk.sheet import template
from registry.officials.facts import FACTS
from registry.officials.queries import visible_fields

ROOT = "H26-SNV"


def checked(
    bed: Bed, kind: str, content: bytes, name: str = "tep.xlsx", unit: str = ROOT, by: str = "hr.hanoi"
) -> dict[str, Any]:
    """The import of a file after its check, with `errors` {(row, code)}."""
    with bed.acting(by) as (session, actor):
        uid = importing.upload(
            session,
            actor,
            bed.settings.home / "files",
            name=name,
            content=content,
            kind=kind,
            organization=unit,
        ).uid
    while jobs.run_one(bed.engine("worker"), bed.settings):
        pass
    with bed.acting(by) as (session, _):
        found = queries.get_import(session, str(uid))
        told = queries.show(session, found)
        errors = queries.list_findings(session, found, limit=500)[0]
    return told | {"errors": [(one["row"], one["column"], one["code"]) for one in errors]}


def sheet(*rows: dict[str, str], kind: str) -> bytes:
    """A CSV with the columns that the rows name."""
    out = io.StringIO()
    titles = list(dict.fromkeys(title for row in rows for title in row))
    assert all(by_title(title, kind) for title in titles)
    lines = csv.DictWriter(out, titles)
    lines.writeheader()
    lines.writerows(rows)
    return out.getvalue().encode()


OPEN = [name for name, kind in FACTS.items() if visible_fields(kind, FIELD_CLASSES["hr_officer"])]
"""Kinds that an officer exports; of the others nothing leaves for those who import."""


@pytest.mark.parametrize("kind", OPEN)
def test_what_was_exported_comes_back_with_every_row_unchanged(demo: Bed, kind: str) -> None:
    content = made(demo, "hr.hanoi", f"facts:{kind}", "xlsx", organization="H26", history=True)
    rows = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].max_row - 1
    told = checked(demo, kind, content, unit="H26")
    assert told["status"] == ("checked" if rows else "refused"), told["problem"]
    if rows:
        assert told["counts"] == {
            "rows": rows, "new": 0, "changed": 0, "unchanged": rows, "rejected": 0, "warnings": 0,
        }, told["errors"][:5]  # fmt: skip
        assert told["notes"] == []


def test_texts_that_a_spreadsheet_would_run_come_back_as_they_were(registry: Bed) -> None:
    operation = newcomer()
    _, uid = make.official(registry, operation)
    texts = ["-5; =x", "@a", "+1", "＝1", "'quê", "a; -b", "O'Brien <3 &amp;", '",=1', "x;'y"]
    diploma = {"action": "record", "official": uid, "kind": "qualification", "level": "dai_hoc"}
    given = [diploma | {"valid_from": f"20{n + 10}-06-30", "major": one} for n, one in enumerate(texts)]
    make.decided(registry, given, number="2/QĐ")
    for ending in ("csv", "xlsx"):
        number = operation["personal"]["personal_id"]
        content = made(registry, "hr.hanoi", "facts:qualification", ending, q=number)
        told = checked(registry, "qualification", content, name=f"tep.{ending}")
        assert (told["counts"]["rows"], told["counts"]["unchanged"]) == (len(texts),) * 2, told["errors"][:5]


# Its life

PAPERS = {"Số quyết định": "7/QĐ-SNV", "Ngày quyết định": "20/11/2026"}


def step(number: str, since: str, at: int, **more: str) -> dict[str, str]:
    """A row of a salary step of rank 01.003."""
    told = {
        "Số định danh cá nhân": number,
        "Họ và tên": "Phạm Thị Thử",
        "Từ ngày": since,
        "Mã ngạch": "01.003",
    }
    return told | {"Bậc": str(at), "Hệ số": make.coefficient(at).replace(".", ",")} | PAPERS | more


def steps(bed: Bed, number: str) -> list[tuple[int, str, str | None]]:
    """(step, from, to) as believed."""
    with bed.session() as session:
        return [
            tuple(row)
            for row in session.execute(
                text("""SELECT f.step, f.valid_from::text, f.valid_to::text FROM fact_salary f JOIN official o
                    ON o.id = f.official_id WHERE o.personal_id = :number AND f.closed_by IS NULL
                    ORDER BY f.valid_from"""),
                {"number": number},
            )
        ]


def carried_out(bed: Bed, told: dict[str, Any]) -> None:
    """The import submitted as one change and approved by somebody else."""
    with bed.acting("hr.hanoi") as (session, actor):
        uid = importing.submit(session, actor, queries.get_import(session, told["id"]), TODAY).uid
    make.approved(bed, uid)


def test_salary_steps_of_a_file_follow_each_other_and_can_be_mended_and_taken_back(registry: Bed) -> None:
    operation = newcomer()
    make.official(registry, operation)
    number = operation["personal"]["personal_id"]
    first = [(1, "2020-01-01", None)]
    told = checked(
        registry,
        "salary",
        sheet(step(number, "01/01/2026", 3), step(number, "01/01/2023", 2), kind="salary"),
        "luong.csv",
    )
    assert (told["counts"]["new"], told["errors"]) == (2, [])
    assert steps(registry, number) == first, "a check writes nothing"
    carried_out(registry, told)
    whole = [(1, "2020-01-01", "2023-01-01"), (2, "2023-01-01", "2026-01-01"), (3, "2026-01-01", None)]
    assert steps(registry, number) == whole
    book = openpyxl.load_workbook(
        io.BytesIO(made(registry, "hr.hanoi", "facts:salary", "xlsx", q=number, history=True))
    )
    page = book.worksheets[0]
    titles = [cell.value for cell in page[1]]
    page.cell(3, titles.index("Từ ngày") + 1).value = "01/02/2023"
    page.cell(2, titles.index("Đến ngày") + 1).value = "01/02/2023"
    out = io.BytesIO()
    book.save(out)
    mended = checked(registry, "salary", out.getvalue())
    assert (mended["counts"]["changed"], mended["counts"]["unchanged"], mended["errors"]) == (2, 1, [])
    carried_out(registry, mended)
    later = [(1, "2020-01-01", "2023-02-01"), (2, "2023-02-01", "2026-01-01"), (3, "2026-01-01", None)]
    assert steps(registry, number) == later
    with registry.acting("hr.hanoi") as (session, actor):
        back = importing.undo(session, actor, queries.get_import(session, mended["id"]), TODAY).uid
    make.approved(registry, back)
    assert steps(registry, number) == whole


def test_everything_wrong_is_told_at_its_cell_and_nothing_is_written(registry: Bed) -> None:
    operation = newcomer()
    make.official(registry, operation)
    make.official(
        registry,
        newcomer("H17-SNV", personal_id="001190555555"),
        maker="hr.danang",
        checker="approver.danang",
    )
    number = operation["personal"]["personal_id"]
    rows = [
        step(number, "01/01/2023", 2),
        step("001190555555", "01/01/2023", 2),
        step(number, "01/06/2023", 2, **{"Họ và tên": "Lê Văn Khác"}),
        step(number, "31/02/2023", 2, **{"Mã ngạch": "99.999"}),
        step(number, "01/01/2025", 3, **{"Hệ số": "3,33"}),
        step(number, "01/01/2024", 2, **{"Đến ngày": "01/01/2024", "Ngày quyết định": "01/12/2026"}),
        step(number, "01/02/2026", 4, **{"Đến ngày": "01/08/2026"}),
        step(number, "01/05/2026", 5),
        step(number, "01/01/2023", 2),
    ]
    before = registry.counts()
    told = checked(registry, "salary", sheet(*rows, kind="salary"), "luong.csv")
    assert sorted(told["errors"]) == sorted(
        [
            (3, "Số định danh cá nhân", "person_unknown"),
            (4, "Họ và tên", "other_name"),
            (5, "Từ ngày", "date_impossible"),
            (5, "Mã ngạch", "unknown_code"),
            (6, "Hệ số", "coefficient_mismatch"),
            (7, "Đến ngày", "period_order"),
            (7, "Ngày quyết định", "decision_future"),
            (9, "Từ ngày", "overlap_in_file"),
            (10, "Số định danh cá nhân", "twice_in_file"),
        ]
    )
    counts = told["counts"]
    assert counts["rows"] == counts["new"] + counts["changed"] + counts["unchanged"] + counts["rejected"]
    after = registry.counts()
    assert not [
        name for name in before if name.startswith(("fact_", "change")) and before[name] != after[name]
    ]
    family = {"Số định danh cá nhân": number, "Từ ngày": "1960", **PAPERS}
    diploma = {"Số định danh cá nhân": number, "Từ ngày": "06/2012", "Trình độ": "Đại học", **PAPERS}
    told = checked(
        registry,
        "qualification",
        sheet(
            diploma | {"Học từ": "2012", "Học đến": "2008", "Đã xác minh văn bằng": "chắc"},
            diploma
            | {"Trình độ": "", "Trình độ (mã)": "", "Học từ": "", "Học đến": "", "Đã xác minh văn bằng": ""},
            diploma | {"Trình độ (mã)": "thac_si"},
            kind="qualification",
        ),
        "bang.csv",
    )
    assert set(told["errors"]) >= {
        (2, "Đã xác minh văn bằng", "boolean"),
        (3, "Trình độ", "required"),
        (4, "Trình độ", "name_not_of_code"),
    }
    assert (
        checked(registry, "family", sheet(family, kind="family"), "gd.csv")["problem"]["code"]
        == "missing_columns"
    )
    told = checked(
        registry,
        "qualification",
        sheet(diploma | {"Học từ": "2012", "Học đến": "2008"}, kind="qualification"),
        "b.csv",
    )
    assert told["errors"] == [(2, "Học đến", "check_broken")]


@pytest.mark.parametrize("kind", FACT_SHEETS)
def test_the_template_of_a_kind_has_every_field_once_and_its_lists(demo: Bed, kind: str) -> None:
    with demo.session() as session:
        book = openpyxl.load_workbook(io.BytesIO(template(session, TODAY, KINDS[kind], kind)))
    titles = [cell.value for cell in book.worksheets[0][1]]
    assert titles == [one.title for one in KINDS[kind]]
    assert len({title.casefold() for title in titles}) == len(titles)
    fields = {one.field for one in KINDS[kind] if one.field}
    assert fields == {one.name for one in FACTS[kind].fields}


# The identity, and what is closed to whoever imports


def identities(bed: Bed, number: str) -> list[tuple[str, str, str, str | None, str | None]]:
    """(from, until, name, phone, secret statement) as believed."""
    with bed.session() as session:
        return [
            tuple(row)
            for row in session.execute(
                text("""SELECT f.valid_from::text, coalesce(f.valid_to::text, ''), f.full_name, f.phone,
                    f.political_history FROM fact_identity f JOIN official o ON o.id = f.official_id
                    WHERE o.personal_id = :number AND f.closed_by IS NULL ORDER BY f.valid_from"""),
                {"number": number},
            )
        ]


def test_a_sheet_amends_the_identity_or_changes_it_from_a_day_on_and_keeps_what_it_does_not_say(
    registry: Bed,
) -> None:
    operation = newcomer()
    make.official(registry, operation)
    number = operation["personal"]["personal_id"]
    [first] = identities(registry, number)
    row = {"Số định danh cá nhân": number, **PAPERS}
    amended = checked(
        registry, "identity", sheet(row | {"Điện thoại": "0912 345 678"}, kind="identity"), "a.csv"
    )
    assert (amended["counts"]["changed"], amended["errors"]) == (1, [])
    carried_out(registry, amended)
    assert identities(registry, number) == [(*first[:3], "0912 345 678", None)]
    renamed = row | {"Từ ngày": "01/09/2024", "Họ và tên (thông tin chung)": "Phạm Thị Thử Nghiệm"}
    told = checked(registry, "identity", sheet(renamed, kind="identity"), "b.csv")
    assert (told["counts"]["new"], told["errors"]) == (1, [])
    carried_out(registry, told)
    assert identities(registry, number) == [
        (first[0], "2024-09-01", first[2], "0912 345 678", None),
        ("2024-09-01", "", "Phạm Thị Thử Nghiệm", "0912 345 678", None),
    ]
    assert registry.scalar("SELECT full_name FROM official_current WHERE personal_id = :n", n=number) == (
        "Phạm Thị Thử Nghiệm"
    ), "the official's own columns follow"
    again = checked(registry, "identity", sheet(renamed, kind="identity"), "c.csv")
    assert again["counts"]["unchanged"] == 1
    with registry.acting("hr.hanoi") as (session, actor):
        back = importing.undo(session, actor, queries.get_import(session, told["id"]), TODAY).uid
    make.approved(registry, back)
    assert identities(registry, number) == [(*first[:3], "0912 345 678", None)]


def test_a_corrected_birth_takes_the_start_of_the_identity_along_and_warns_of_the_number(
    registry: Bed,
) -> None:
    operation = newcomer()
    make.official(registry, operation)
    number, born = (
        operation["personal"]["personal_id"],
        date.fromisoformat(operation["personal"]["birth_date"]),
    )
    other = born.replace(year=born.year + 1)
    row = {"Số định danh cá nhân": number, "Ngày sinh": other.strftime("%d/%m/%Y"), **PAPERS}
    told = checked(registry, "identity", sheet(row, kind="identity"), "a.csv")
    assert told["errors"] == [(2, "Ngày sinh", "personal_id_mismatch")]
    assert (told["counts"]["changed"], told["counts"]["warnings"]) == (1, 1)
    carried_out(registry, told)
    assert identities(registry, number)[0][0] == other.isoformat()
    wrong = [
        row | {"Từ ngày": born.strftime("%d/%m/%Y"), "Ngày sinh": "01/02/2001"},
        row | {"Số CMND cũ": "12"},
        row | {"Số định danh cá nhân": "001190555550", "Ngày sinh": ""},
    ]
    before = identities(registry, number)
    told = checked(registry, "identity", sheet(*wrong, kind="identity"), "b.csv")
    assert {one for one in told["errors"] if one[2] != "personal_id_mismatch"} == {
        (2, "Ngày sinh", "check_broken"),
        (3, "Số CMND cũ", "check_broken"),
        (4, "Số định danh cá nhân", "person_unknown"),
    }
    assert identities(registry, number) == before


BOTH = "H26-00004"
"""A ward over which two officers have a hand: hr.hanoi and hr.badinh."""


def test_what_an_officer_may_not_read_can_be_entered_by_a_sheet_but_not_guessed_with_one(
    registry: Bed,
) -> None:
    operation = newcomer(BOTH)
    make.official(registry, operation)
    number = operation["personal"]["personal_id"]
    row = {"Số định danh cá nhân": number, **PAPERS}
    topic = next(iter(codes(registry, "personal_history_topics")))
    statement = sheet(
        row | {"Từ ngày": "1990", "Nội dung khai (mã)": topic, "Khai cụ thể": "Không có gì"},
        kind="personal_history",
    )
    secret = sheet(row | {"Đặc điểm lịch sử bản thân": "Đã khai đủ"}, kind="identity")
    for kind, content, outcome in (("personal_history", statement, "new"), ("identity", secret, "changed")):
        told = checked(registry, kind, content, "a.csv", BOTH)
        assert (told["counts"][outcome], told["errors"]) == (1, []), kind
        carried_out(registry, told)
        mine = checked(registry, kind, content, "b.csv", BOTH)
        assert mine["counts"]["unchanged"] == 1, "what one handed in oneself is known"
        guess = checked(registry, kind, content, "c.csv", BOTH, by="hr.badinh")
        assert (guess["counts"][outcome], guess["errors"]) == (1, []), "a right guess looks like any other"
    assert identities(registry, number)[0][4] == "Đã khai đủ"
    fact = registry.scalar("SELECT max(id) FROM fact_personal_history")
    named = sheet(
        row
        | {
            "Từ ngày": "1990",
            "Nội dung khai (mã)": topic,
            "Khai cụ thể": "Khác",
            "Mã mục trong sổ": str(fact),
        },
        kind="personal_history",
    )
    told = checked(registry, "personal_history", named, "d.csv", BOTH, by="hr.badinh")
    assert told["errors"] == [(2, "Mã mục trong sổ", "fact_unknown")]


def test_who_may_read_all_of_an_identity_is_told_what_is_recorded_already(registry: Bed) -> None:
    """An officer who is an auditor as well: nothing is closed to them, so that nothing has to be hidden from a guess."""
    operation = newcomer(BOTH)
    make.official(registry, operation)
    number = operation["personal"]["personal_id"]
    secret = {"Số định danh cá nhân": number, "Đặc điểm lịch sử bản thân": "Đã khai đủ", **PAPERS}
    carried_out(registry, checked(registry, "identity", sheet(secret, kind="identity"), "a.csv", BOTH))
    registry.scalar("""INSERT INTO access_grant (user_id, role, organization_id, valid_from)
        SELECT u.id, 'auditor', o.id, '2026-01-01' FROM app_user u, organization o
        WHERE u.username = 'hr.badinh' AND o.code = 'H26' RETURNING 1""")
    later = sheet(secret | {"Từ ngày": "01/09/2024"}, kind="identity")
    other = sheet(secret | {"Từ ngày": "01/09/2024", "Đặc điểm lịch sử bản thân": "Khác"}, kind="identity")
    for content, by, outcome in (
        (later, "hr.badinh", "unchanged"),
        (other, "hr.badinh", "new"),
        (later, "hr.hanoi", "new"),
    ):
        told = checked(registry, "identity", content, "b.csv", BOTH, by=by)
        assert (told["status"], told["counts"][outcome], told["errors"]) == ("checked", 1, []), (by, outcome)


def codes(bed: Bed, catalogue: str) -> list[str]:
    """Keys of a list."""
    with bed.session() as session:
        found = session.execute(
            text("SELECT key FROM catalogue_item WHERE catalogue = :name ORDER BY sort"), {"name": catalogue}
        )
        return list(found.scalars())
