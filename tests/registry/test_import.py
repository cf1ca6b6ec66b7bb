"""Imports: one story from file to record and back, every defect told, every unusable file refused."""

import io
import os
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter
from conftest import TODAY, Bed

from registry.bulk import importing, jobs, marking, queries, reading, sheet
from registry.bulk.models import Import
from registry.changes import queries as change_queries
from registry.changes import services as changes
from registry.documents.services import storage
from registry.errors import Conflict
from registry.officials.facts import FACTS

TITLES = [one.title for one in sheet.OFFICIALS]
NAMES = {one.name: one.title for one in sheet.OFFICIALS}
BASE: dict[str, Any] = {
    "Họ và tên": "Nguyễn Thị Minh Hà", "Ngày sinh": date(1987, 9, 5), "Giới tính": "Nữ",
    "Số định danh cá nhân": "001187994417", "Số hiệu": "", "Mã cơ quan": "H26", "Phân loại": "Công chức",
    "Dân tộc": "Kinh", "Tôn giáo": "Không theo tôn giáo nào", "Quê quán": "Xã Yên Xá, tỉnh Ninh Bình",
    "Ngày tuyển dụng": date(2011, 11, 1), "Chức vụ": "", "Vị trí việc làm": "Chuyên viên tổ chức",
    "Mã ngạch": "01.003", "Bậc": 4, "Hệ số": 3.33, "Ngày hưởng": date(2024, 11, 1), "Trình độ": "Đại học",
    "Lý luận chính trị": "Trung cấp", "Ngày vào Đảng": date(2014, 5, 19), "Số quyết định": "215/QĐ-SNV",
    "Ngày quyết định": date(2026, 10, 15),
}  # fmt: skip


def row(number: int, **other: Any) -> dict[str, Any]:
    """A right row of a woman born in 1987, her number made of `number`; `other` by the names of columns."""
    changed = {NAMES[name]: value for name, value in other.items()}
    return {**BASE, NAMES["personal_id"]: f"001187{number:06}"} | changed


def workbook(rows: Sequence[dict[str, Any]], titles: Sequence[str] = TITLES, extra: Any = None) -> bytes:
    """An XLSX with the rows; `extra` may add to it: called with the book and the sheet."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.set_properties({"created": datetime(2026, 11, 25)})  # noqa: DTZ001  the format has no zone; equal bytes
        page = book.add_worksheet("Danh sách")
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        page.write_row(0, 0, titles)
        for number, one in enumerate(rows, start=1):
            for at, title in enumerate(titles):
                value = one.get(title, "")
                if isinstance(value, date):
                    page.write_datetime(number, at, value, day)
                elif value != "":
                    page.write(number, at, value)
        if extra is not None:
            extra(book, page)
    return out.getvalue()


def checked(
    bed: Bed, content: bytes, name: str = "tep.xlsx", username: str = "hr.hanoi", unit: str = "H26"
) -> int:
    """Upload and check as in service; returns the import's id."""
    with bed.acting(username) as (session, actor):
        import_ = importing.upload(
            session,
            actor,
            storage(bed.settings),
            name=name,
            content=content,
            kind="officials",
            organization=unit,
        )
        key = import_.id
    assert jobs.run_one(bed.engine("worker"), bed.settings)
    return key


def shown(bed: Bed, key: int) -> dict[str, Any]:
    """What programs see of an import."""
    with bed.session() as session:
        return queries.show(session, session.get_one(Import, key))


def found(bed: Bed, key: int) -> set[tuple[int, str, str | None, str]]:
    """(row, column, value, code) of all findings."""
    with bed.session() as session:
        items, _, _ = queries.list_findings(session, session.get_one(Import, key), limit=500)
        assert all(one["message"] and "{" not in one["message"] for one in items)
        return {(one["row"], one["column"], one["value"], one["code"]) for one in items}


def submitted(bed: Bed, key: int, *, partial: bool = False) -> str:
    """Submit as the maker; returns the change's uid."""
    with bed.acting("hr.hanoi") as (session, actor):
        return str(importing.submit(session, actor, session.get_one(Import, key), TODAY, partial=partial).uid)


def approved(bed: Bed, uid: str) -> None:
    """Approve as the checker what was shown."""
    with bed.acting("approver.hanoi") as (session, actor):
        change = change_queries.get_change(session, uid, lock=True)
        changes.approve(session, actor, change, TODAY, digest=change.digest)


def believed(bed: Bed) -> dict[str, list[str]]:
    """All that is believed of everybody, without ids and recorded times."""
    left_out = "'{id,recorded_from,decision_id,change_id,supersedes}'"
    with bed.session() as session:
        return {
            kind: sorted(
                session.execute(
                    sa.text(
                        f"SELECT (to_jsonb(f) - {left_out}::text[])::text FROM fact_{kind} f"
                        " WHERE recorded_to IS NULL"
                    )
                ).scalars()
            )
            for kind in FACTS
        }


def test_a_file_becomes_records_through_two_people_and_can_be_taken_back(registry: Bed) -> None:
    before, people = believed(registry), registry.scalar("SELECT count(*) FROM official_current")
    rows = [row(n) for n in range(1, 41)]
    key = checked(registry, workbook(rows))
    assert shown(registry, key)["counts"] == {
        "rows": 40, "new": 40, "changed": 0, "unchanged": 0, "rejected": 0, "warnings": 0,
    }  # fmt: skip
    assert believed(registry) == before  # nothing is written before the approval
    uid = submitted(registry, key)
    assert shown(registry, key)["status"] == "submitted"
    assert believed(registry) == before
    approved(registry, uid)
    assert shown(registry, key)["status"] == "applied"
    assert registry.scalar("SELECT count(*) FROM official_current") == people + 40
    with registry.session() as session:
        one = session.execute(
            sa.text("SELECT * FROM official_current WHERE personal_id = '001187000007'")
        ).one()
    assert (one.full_name, one.birth_date, one.sex, one.category, one.status) == (
        "Nguyễn Thị Minh Hà", date(1987, 9, 5), "nu", "cong_chuc", "dang_lam_viec",
    )  # fmt: skip
    assert (one.rank, one.step, str(one.coefficient), one.step_from) == (
        "01.003",
        4,
        "3.33",
        date(2024, 11, 1),
    )
    assert (one.recruited_on, one.education, one.party) == (date(2011, 11, 1), "dai_hoc", True)

    again = checked(registry, workbook(rows))
    assert shown(registry, again)["counts"]["unchanged"] == 40
    assert [note["code"] for note in shown(registry, again)["notes"]] == ["same_file"]
    with registry.acting("hr.hanoi") as (session, actor), pytest.raises(Conflict, match="nothing_to_submit"):
        importing.submit(session, actor, session.get_one(Import, again), TODAY)

    with registry.acting("hr.hanoi") as (session, actor):
        back = str(importing.undo(session, actor, session.get_one(Import, key), TODAY).uid)
    approved(registry, back)
    assert shown(registry, key)["status"] == "undone"
    assert believed(registry) == before
    assert registry.scalar("SELECT count(*) FROM official_current") == people

    ids = registry.scalar("SELECT count(*) FROM official")
    approved(registry, submitted(registry, checked(registry, workbook(rows))))
    assert registry.scalar("SELECT count(*) FROM official") == ids  # the same identities come back
    assert registry.scalar("SELECT count(*) FROM official_current") == people + 40


def test_only_what_differs_from_the_record_becomes_a_change(registry: Bed) -> None:
    approved(registry, submitted(registry, checked(registry, workbook([row(n) for n in range(1, 7)]))))
    later = {"decision_number": "900/QĐ-SNV", "issued_on": date(2026, 11, 20)}
    unit = registry.scalar("""SELECT u.code FROM organization p JOIN organization u ON u.ord BETWEEN p.ord +
    1 AND p.last
        JOIN organization_version v ON v.organization_id = u.id AND v.recorded_to IS NULL AND v.valid_to IS
        NULL
        WHERE p.code = 'H26' ORDER BY u.ord LIMIT 1""")
    key = checked(
        registry,
        workbook(
            [
                row(1, **later),  # another paper, the same facts
                row(2, step=5, coefficient=3.66, paid_from=date(2026, 11, 1), **later),
                row(3, coefficient=3.66, step=5),  # the same day, another step: a correction
                row(4, organization=unit, **later),
                row(5, full_name="nguyễn thị minh hà", birth_date="1987", ethnic_group="Tày", **later),
                row(6, education="Thạc sĩ", joined_on="2015", native_place="", **later),
            ]
        ),
    )
    assert shown(registry, key)["counts"] == {
        "rows": 6, "new": 0, "changed": 5, "unchanged": 1, "rejected": 0, "warnings": 0,
    }  # fmt: skip
    with registry.session() as session:
        rows, _ = queries.list_rows(session, session.get_one(Import, key), "changed")
    assert {one["row"]: one["differs"] for one in rows} == {
        3: ["Bậc", "Hệ số", "Ngày hưởng"], 4: ["Bậc", "Hệ số"], 5: ["Mã cơ quan"], 6: ["Dân tộc"],
        7: ["Trình độ", "Ngày vào Đảng"],
    }  # fmt: skip
    approved(registry, submitted(registry, key))
    with registry.session() as session:

        def facts(number: int, kind: str, columns: str) -> list[tuple[Any, ...]]:
            return [
                tuple(one)
                for one in session.execute(
                    sa.text(f"""SELECT {columns} FROM fact_{kind} f JOIN official o ON o.id = f.official_id
                        WHERE o.personal_id = :id AND recorded_to IS NULL ORDER BY f.valid_from, f.id"""),
                    {"id": f"001187{number:06}"},
                )
            ]

        assert facts(2, "salary", "step, f.valid_from, f.valid_to") == [
            (4, date(2024, 11, 1), date(2026, 11, 1)), (5, date(2026, 11, 1), None),
        ]  # fmt: skip
        assert facts(3, "salary", "step, f.valid_from, f.valid_to") == [(5, date(2024, 11, 1), None)]
        moved = facts(4, "appointment", "f.valid_from, f.valid_to")
        assert moved == [(date(2011, 11, 1), date(2026, 11, 20)), (date(2026, 11, 20), None)]
        assert facts(5, "identity", "full_name, birth_date, ethnic_group") == [
            ("Nguyễn Thị Minh Hà", date(1987, 9, 5), "02")
        ]
        assert facts(6, "qualification", "level, f.valid_from") == [
            ("dai_hoc", date(2011, 11, 1)), ("thac_si", date(2026, 11, 20)),
        ]  # fmt: skip
        assert facts(6, "party", "joined_on, joined_on_precision") == [(date(2015, 1, 1), "year")]
    known = row(2, step=5, coefficient=3.66, paid_from=date(2026, 11, 1))
    key = checked(registry, workbook([known, row(3, step=5, coefficient=3.66, category="Cán bộ", **later)]))
    counts = shown(registry, key)["counts"]
    assert (counts["unchanged"], counts["rejected"]) == (1, 1)
    with registry.session() as session:
        found = queries.list_findings(session, session.get_one(Import, key), limit=5)[0]
    told = [(one["row"], one["column"], one["code"]) for one in found]
    assert told == [(3, "Phân loại", "category_mode")], "elected to what, the sheet cannot say"


DEFECTS: list[tuple[dict[str, Any], str, str | None, str]] = [
    ({"full_name": ""}, "full_name", None, "required"),
    ({"full_name": "Nguyễn Văn 3"}, "full_name", "Nguyễn Văn 3", "name_characters"),
    ({"personal_id": "11870044170"}, "personal_id", "11870044170", "personal_id"),
    ({"personal_id": 1187004417}, "personal_id", "1187004417", "personal_id"),
    ({"birth_date": "31/02/1987"}, "birth_date", "31/02/1987", "date_impossible"),
    ({"birth_date": "12/13/1985"}, "birth_date", "12/13/1985", "date_impossible"),
    ({"birth_date": "5 tháng 9 năm 1987"}, "birth_date", "5 tháng 9 năm 1987", "date_format"),
    ({"birth_date": "05/09/87"}, "birth_date", "05/09/87", "date_format"),
    ({"birth_date": date(1988, 9, 5)}, "personal_id", None, "personal_id_mismatch"),
    ({"birth_date": "1995", "recruited_on": "2011"}, "recruited_on", "2011", "too_young"),
    ({"ethnic_group": "Tay"}, "ethnic_group", "Tay", "unknown_name_near"),
    ({"organization": "H26.KHONG-CO"}, "organization", "H26.KHONG-CO", "unknown_unit"),
    ({"organization": "H17"}, "organization", "H17", "unit_out_of_scope"),
    ({"category": "Quân nhân"}, "category", "Quân nhân", "unknown_name"),
    ({"rank": 1.003}, "rank", "1.003", "unknown_code_near"),
    ({"rank": "Chuyên viên"}, "rank", "Chuyên viên", "unknown_code"),
    ({"step": 12}, "step", "12", "no_such_step"),
    ({"step": "4/9"}, "step", "4/9", "number"),
    ({"coefficient": "3,66"}, "coefficient", "3,66", "coefficient_of_other_step"),
    ({"coefficient": "3,35"}, "coefficient", "3,35", "coefficient_mismatch"),
    ({"paid_from": ""}, "paid_from", None, "salary_incomplete"),
    ({"issued_on": date(2026, 12, 1)}, "issued_on", "01/12/2026", "decision_future"),
    ({"issued_on": "10/2026"}, "issued_on", "10/2026", "date_precision"),
    ({"joined_on": date(2027, 1, 1)}, "joined_on", "01/01/2027", "future_date"),
    ({"joined_on": date(2004, 1, 1)}, "joined_on", "01/01/2004", "party_before_18"),
    ({"ethnic_group": "#N/A"}, "ethnic_group", "#N/A", "cell_error"),
]


def test_every_defect_is_told_with_its_row_column_and_value(registry: Bed) -> None:
    rows = [row(100 + n, **other) for n, (other, *_) in enumerate(DEFECTS)]
    wanted = {
        (n, NAMES[column], value if code != "personal_id_mismatch" else f"001187{100 + n - 2:06}", code)
        for n, (_, column, value, code) in enumerate(DEFECTS, start=2)
    }
    outside = registry.scalar("""SELECT c.personal_id FROM official_current c JOIN organization o ON o.code
    = 'H17'
        AND c.org_ord BETWEEN o.ord AND o.last LIMIT 1""")
    twice = len(rows) + 2
    rows += [
        row(900, staff_code="ZZ.1"),
        row(900),
        row(901, staff_code="zz.1"),
        row(902, personal_id=outside),
    ]
    wanted |= {
        (twice + 1, NAMES["personal_id"], "001187000900", "duplicate_personal_id"),
        (twice + 2, NAMES["staff_code"], "zz.1", "duplicate_staff_code"),
        (twice + 3, NAMES["personal_id"], outside, "personal_id_taken"),
    }

    def formula(_book: Any, page: Any) -> None:
        page.write_formula(len(rows) + 1, TITLES.index("Bậc"), "=2+2", None, 4)  # shows 4: an ordinary value
        page.write_formula(len(rows) + 1, TITLES.index("Quê quán"), "=1/0", None, "#DIV/0!")

    full = [*rows, row(903)]
    key = checked(registry, workbook(full, extra=lambda book, page: formula(book, page)))
    got = found(registry, key)
    missing = {one for one in wanted if one not in got}
    assert not missing
    codes = {code for _, _, _, code in got} - {code for *_, code in wanted}
    assert codes <= {"personal_id_mismatch", "cell_error", "paid_before_recruited"}
    counts = shown(registry, key)["counts"]
    assert (
        counts["rows"]
        == len(full)
        == sum(counts[name] for name in ("new", "changed", "unchanged", "rejected"))
    )
    assert counts["warnings"] == 2  # a number that does not agree, a Party date: told, not rejected

    before = registry.counts()
    with registry.acting("hr.hanoi") as (session, actor), pytest.raises(Conflict, match="rows_rejected"):
        importing.submit(session, actor, session.get_one(Import, key), TODAY)
    assert registry.counts() == before
    people = registry.scalar("SELECT count(*) FROM official_current")
    approved(registry, submitted(registry, key, partial=True))
    assert registry.scalar("SELECT count(*) FROM official_current") == people + counts["new"]
    with registry.session() as session:
        assert zipfile.is_zipfile(io.BytesIO(marking.marked(session, session.get_one(Import, key))))


BAD_ROWS = int(os.environ.get("BAD_ROWS", "400"))


def test_of_many_wrong_rows_every_fault_is_told_and_only_the_good_one_goes_in(registry: Bed) -> None:
    """Each row one fault, every twentieth a second one (BAD_ROWS=10000 by hand: docs/security.md)."""
    faults = [one for one in DEFECTS if one[3] not in ("personal_id_mismatch", "party_before_18")]
    rows, wanted = [], set()
    for n in range(BAD_ROWS):
        other, column, _, code = faults[n % len(faults)]
        told = {column: code}
        if n % 20 == 0 and "joined_on" not in other:
            other, told = other | {"joined_on": date(2027, 1, 1)}, told | {"joined_on": "future_date"}
        rows.append(row(1000 + n, **other))
        wanted |= {(n + 2, NAMES[one], told[one]) for one in told}
    assert len(wanted) >= BAD_ROWS * 1.04
    lines = [";".join(TITLES)]
    lines += [";".join(f'"{written(one[title])}"' for title in TITLES) for one in (*rows, row(900_000))]
    key = checked(registry, "\n".join(lines).encode(), name="tep.csv")
    with registry.session() as session:
        told = session.execute(
            sa.text("""SELECT row, "column", code, severity FROM import_finding WHERE import_id = :key"""),
            {"key": key},
        ).all()
    found = {(one.row, one.column, one.code) for one in told}
    assert wanted - found == set()
    beside = {one[:3] for one in told if one.severity == "error"} - wanted
    assert {code for *_, code in beside} <= {"duplicate_personal_id", "cell_error"}
    counts = shown(registry, key)["counts"]
    assert (counts["rows"], counts["rejected"], counts["new"]) == (BAD_ROWS + 1, BAD_ROWS, 1)
    people = registry.scalar("SELECT count(*) FROM official_current")
    approved(registry, submitted(registry, key, partial=True))
    assert registry.scalar("SELECT count(*) FROM official_current") == people + 1


def written(value: Any) -> str:
    """A value as somebody types it into a CSV."""
    if isinstance(value, date):
        return value.strftime("%d/%m/%Y")
    return str(value).replace(".", ",") if isinstance(value, float) else str(value)


def test_rows_keep_their_places_over_the_lines_and_blocks_they_are_read_in(registry: Bed) -> None:
    """Five hundred rows or a million letters leave the reading process in a line, a thousand rows are understood at once."""
    count, wrong = 1250, {1, 499, 500, 501, 999, 1000, 1001, 1250}
    tall = range(600, 640)  # with a million letters among them
    rows = [
        row(
            number,
            birth_date="32/13/1987" if number in wrong else "05/09/1987",
            rank="9.9" if number in wrong else "01.003",
        )
        | ({"Quê quán": "a" * 30_000} if number in tall else {})
        for number in range(1, count + 1)
    ]
    key = checked(registry, workbook(rows))
    told = found(registry, key)
    assert {one[::3] for one in told} == {
        *((number + 1, code) for number in wrong for code in ("date_impossible", "unknown_code")),
        *((number + 1, "too_long") for number in tall),
    }
    assert {one[2] for one in told if one[3] == "date_impossible"} == {"32/13/1987"}
    counts = shown(registry, key)["counts"]
    assert (counts["rows"], counts["rejected"]) == (count, len(wrong) + len(tall))
    numbers = registry.scalar(
        """SELECT bool_and(cells[4] = '001187' || lpad((row - 1)::text, 6, '0')) FROM import_row
        WHERE import_id = :key""",
        key=key,
    )
    assert numbers, "each row has its own cells"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_csv_reads_like_the_workbook(registry: Bed, mark: str) -> None:
    one = row(1) | {"Họ và tên": "Nguyê\u0303n Thi\u0323 Ha\u0300\u00a0 "}  # decomposed, with a stray space
    lines = [mark.join(TITLES[::-1]), ""]
    for cells in (one, row(2, birth_date="1987")):
        said = {title: written(value) for title, value in cells.items()}
        lines.append(mark.join(f'"{said[title]}"' for title in TITLES[::-1]))
    key = checked(registry, ("\ufeff" + "\r\n".join(lines)).encode(), name="tep.csv")
    assert found(registry, key) == set()
    with registry.session() as session:
        rows, _ = queries.list_rows(session, session.get_one(Import, key), "new")
    assert [(item["row"], item["cells"]["Họ và tên"]) for item in rows] == [
        (3, "Nguyễn Thị Hà"), (4, "Nguyễn Thị Minh Hà"),
    ]  # fmt: skip


def _merged(book: Any, page: Any) -> None:
    page.merge_range(1, 3, 2, 3, "001187000001")


def _hidden_first(book: Any, page: Any) -> None:
    other = book.add_worksheet("Ghi chú")
    other.write(0, 0, "không đọc")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (workbook([]), "no_rows"),
        (workbook([row(1)], titles=TITLES[1:]), "missing_columns"),
        (workbook([row(1)], titles=[*TITLES, "Bậc"]), "doubled_columns"),
        (workbook([row(1), row(2)], extra=_merged), "merged"),
    ],
)
def test_a_file_wrong_as_a_whole_is_refused_with_a_problem_and_no_counts(
    registry: Bed, content: bytes, code: str
) -> None:
    seen = shown(registry, checked(registry, content))
    assert (seen["status"], seen["problem"]["code"], seen["counts"]) == ("refused", code, None)
    assert registry.scalar("SELECT count(*) FROM import_row") == 0


def test_unknown_columns_and_other_sheets_are_named_and_left_out(registry: Bed) -> None:
    seen = shown(
        registry,
        checked(registry, workbook([row(1)], titles=[*TITLES, "Ghi chú riêng"], extra=_hidden_first)),
    )
    assert [one["code"] for one in seen["notes"]] == ["unknown_column", "other_sheet"]
    assert seen["counts"]["new"] == 1


def _package(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return out.getvalue()


def unusable() -> Iterator[tuple[str, bytes, str]]:
    """(name, content, code) of files that are refused before anything is opened."""
    plain = {"[Content_Types].xml": b"<Types/>", "xl/workbook.xml": b"<workbook/>"}
    good = workbook([row(1)])
    yield "cu.xls", b"x", "old_excel"
    yield "cu.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_excel"
    yield (
        "khoa.xlsx",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "encrypted",
    )
    yield "macro.xlsm", good, "macros"
    yield "macro.xlsx", _package({**plain, "xl/vbaProject.bin": b"x"}), "macros"
    yield "van-ban.xlsx", b"not a workbook", "not_a_workbook"
    yield "zip.xlsx", _package({"a.txt": b"x"}), "not_a_workbook"
    yield "cut.xlsx", good[: len(good) // 2], "broken"
    yield (
        "dtd.xlsx",
        _package({**plain, "xl/worksheets/sheet1.xml": b'<!DOCTYPE x [<!ENTITY a "b">]><x/>'}),
        "broken",
    )
    yield "bom.xlsx", _package({**plain, "xl/worksheets/sheet1.xml": b"0" * 60_000_000}), "bomb"
    yield "latin.csv", "Họ và tên".encode("utf-16"), "encoding"
    yield "rong.csv", b"", "empty_file"
    yield "anh.png", b"\x89PNG", "media_type"


@pytest.mark.parametrize(
    ("name", "content", "code"), list(unusable()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_unusable_file_is_refused_and_nothing_is_written(
    demo: Bed, name: str, content: bytes, code: str
) -> None:
    before = demo.counts()
    with demo.acting("hr.hanoi") as (session, actor), pytest.raises(reading.FileRefused) as refused:
        importing.upload(
            session, actor, Path(demo.settings.home) / "files", name=name, content=content, kind="officials",
            organization="H26",
        )  # fmt: skip
    assert refused.value.code == code
    assert refused.value.message.vi
    assert demo.counts() == before


def test_a_check_whose_worker_was_lost_is_done_again_with_one_effect(registry: Bed) -> None:
    key = checked(registry, workbook([row(1), row(2)]))
    with registry.session() as session:
        session.execute(
            sa.text("UPDATE import_file SET status = 'checking', rows = NULL, new = NULL WHERE id = :k"),
            {"k": key},
        )
        session.execute(
            sa.text("UPDATE job SET status = 'running', leased_until = now() - interval '1 minute'")
        )
    assert jobs.run_one(registry.engine("worker"), registry.settings)
    assert shown(registry, key)["counts"]["new"] == 2
    assert registry.scalar("SELECT count(*) FROM import_row WHERE import_id = :k", k=key) == 2
    assert not jobs.run_one(registry.engine("worker"), registry.settings)
