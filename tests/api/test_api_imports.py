"""A file through the API: uploaded, checked by a job, mended, submitted, applied, undone; and plain files."""

import csv
import io
from typing import Any

import openpyxl
import pytest
from conftest import Bed
from make import UNIT
from walk import TITLES, Program, decide, program, row, sheet, upload, work


@pytest.fixture
def maker(registry: Bed) -> Program:
    return program(registry, "hr.hanoi")


@pytest.fixture
def checker(registry: Bed) -> Program:
    return program(registry, "approver.hanoi")


def checked(bed: Bed, maker: Program, *rows: tuple[str, ...], **parts: Any) -> dict[str, Any]:
    """An import after its check."""
    reply = upload(maker, sheet(*rows), **parts)
    assert reply.status_code == 202, reply.text
    assert reply.headers["Location"] == f"/api/v1/imports/{reply.json['id']}"
    work(bed)
    return maker.get(f"/imports/{reply.json['id']}").json  # type: ignore[no-any-return]


GOOD = (row("Vũ Thị Nhập", "001190999001"), row("Lê Văn Tệp", "001190999002"))
WRONG = (row("Sai Số", "12"), row("Ngoài Vùng", "001190999004", unit="H17-SNV"))


def test_a_file_becomes_one_change_and_can_be_undone(registry: Bed, maker: Program, checker: Program) -> None:
    reply = upload(maker, sheet(*GOOD))
    assert (reply.json["status"], reply.json["counts"]) == ("queued", None)
    assert maker.get(f"/jobs/{reply.json['job_id']}").json["status"] == "queued"
    assert work(registry) == 1
    assert maker.get(f"/jobs/{reply.json['job_id']}").json["status"] == "done"
    path = f"/imports/{reply.json['id']}"
    found = maker.get(path).json
    assert (found["status"], found["counts"]) == (
        "checked",
        {"rows": 2, "new": 2, "changed": 0, "unchanged": 0, "rejected": 0, "warnings": 0},
    )
    assert maker.get("/officials/001190999001").status_code == 404, "a check writes no record"
    sent = maker.post(f"{path}/submit", json={})
    assert (sent.status_code, sent.json["status"]) == (201, "submitted")
    change = maker.get(f"/changes/{sent.json['change_id']}")
    assert maker.get(path).json["change_id"] == change.json["id"]
    assert decide(checker, change).status_code == 200
    assert maker.get(path).json["status"] == "applied"
    record = maker.get("/officials/001190999001").json
    assert record["personal"]["full_name"] == "Vũ Thị Nhập"
    assert record["facts"]["appointment"][0]["organization"]["code"] == UNIT
    again = checked(registry, maker, *GOOD)
    assert (again["counts"]["unchanged"], [note["code"] for note in again["notes"]]) == (2, ["same_file"])
    back = maker.post(f"{path}/undo", json={})
    assert back.status_code == 201
    assert maker.post(f"{path}/undo", json={}).status_code == 409
    assert decide(checker, maker.get(f"/changes/{back.json['change_id']}")).status_code == 200
    assert maker.get(path).json["status"] == "undone"
    assert maker.get("/officials/001190999001").status_code == 404


def test_wrong_rows_hold_the_file_back_unless_a_part_is_asked_for(registry: Bed, maker: Program) -> None:
    found = checked(registry, maker, *GOOD, *WRONG)
    path = f"/imports/{found['id']}"
    assert found["counts"] == {
        "rows": 4,
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "rejected": 2,
        "warnings": 0,
    }
    errors = maker.get(f"{path}/errors").json
    assert [
        (one["row"], one["column"], one["value"], one["code"], one["severity"]) for one in errors["items"]
    ] == [
        (4, "Số định danh cá nhân", "12", "personal_id", "error"),
        (5, "Mã cơ quan", "H17-SNV", errors["items"][1]["code"], "error"),
    ]
    before = registry.counts()
    refused = maker.post(f"{path}/submit", json={})
    assert (refused.status_code, refused.json["type"]) == (409, "/api/v1/problems/rows_rejected")
    assert maker.post(f"{path}/submit", json={"partial": "yes"}).status_code == 422
    assert registry.counts() == before
    assert maker.post(f"{path}/submit", json={"partial": True}).status_code == 201
    book = openpyxl.load_workbook(io.BytesIO(maker.get(f"{path}/errors.xlsx").data))
    left = [[cell.value for cell in line] for line in book.worksheets[0].iter_rows(min_row=2)]
    assert [line[0] for line in left] == ["Sai Số", "Ngoài Vùng"], (
        "what was taken is not there to be sent twice"
    )


def test_the_workbook_comes_back_with_wrong_cells_marked_and_can_be_sent_again(
    registry: Bed, maker: Program
) -> None:
    found = checked(registry, maker, GOOD[0], WRONG[0])
    reply = maker.get(f"/imports/{found['id']}/errors.xlsx")
    assert 'attachment; filename="loi-nhap.xlsx"' in reply.headers["Content-Disposition"], (
        "named after what was sent"
    )
    page = openpyxl.load_workbook(io.BytesIO(reply.data)).worksheets[0]
    assert [cell.value for cell in page[1]] == [*TITLES, "Lỗi"]
    at = TITLES.index("Số định danh cá nhân") + 1
    plain, marked = page.cell(2, at), page.cell(3, at)
    assert (plain.value, marked.value) == ("001190999001", "12")
    assert plain.fill.fgColor.rgb != marked.fill.fgColor.rgb
    assert "12 chữ số" in marked.comment.text
    assert page.cell(3, len(TITLES) + 1).value.startswith("Số định danh cá nhân: ")
    again = upload(maker, reply.data, name="sua.xlsx")
    work(registry)
    assert maker.get(f"/imports/{again.json['id']}").json["counts"] == found["counts"]


def test_a_dry_run_submits_nothing(registry: Bed, maker: Program) -> None:
    found = checked(registry, maker, *GOOD, dry_run="true")
    assert found["dry_run"] is True
    assert maker.post(f"/imports/{found['id']}/submit", json={}).json["type"] == "/api/v1/problems/dry_run"
    assert upload(maker, sheet(), dry_run="perhaps").status_code == 422


def test_files_that_cannot_be_read_are_refused_with_the_reason(registry: Bed, maker: Program) -> None:
    for content, name, status, code in (
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "cu.xls", 415, "old_excel"),
        (b"PK", "macro.xlsm", 415, "macros"),
        (b"x", "a.txt", 415, "media_type"),
        (b"PK\x03\x04broken", "hong.xlsx", 422, "broken"),
        (b"", "rong.csv", 422, "empty_file"),
        (b"\xff\xfe1", "ma.csv", 422, "encoding"),
    ):
        reply = upload(maker, content, name)
        assert (reply.status_code, reply.json["type"]) == (status, f"/api/v1/problems/{code}"), name
    assert registry.scalar("SELECT count(*) FROM import_file") == 0
    refused = upload(maker, "Họ và tên;Ngày sinh\nA;B".encode())
    work(registry)
    found = maker.get(f"/imports/{refused.json['id']}").json
    assert (found["status"], found["counts"], found["problem"]["code"]) == (
        "refused",
        None,
        "missing_columns",
    )
    assert maker.get(f"/imports/{found['id']}/errors.xlsx").status_code == 409


def test_uploads_are_for_ones_own_units_and_a_form_is_read_strictly(
    registry: Bed, maker: Program, checker: Program
) -> None:
    assert upload(maker, sheet(*GOOD), organization="H17-SNV").json["errors"][0]["path"] == "organization"
    assert upload(checker, sheet(*GOOD)).status_code == 403
    assert upload(maker, sheet(*GOOD), khong_co="1").status_code == 400
    assert upload(maker, sheet(*GOOD), kind="nobody").status_code == 422
    assert (
        maker.post("/imports", data={"organization": "H26"}, content_type="multipart/form-data").status_code
        == 422
    )
    assert registry.scalar("SELECT count(*) FROM import_file") == 0


def test_an_upload_tried_again_is_the_same_upload(registry: Bed, maker: Program) -> None:
    first, again = (
        maker.post(
            "/imports",
            data={"file": (io.BytesIO(sheet(*GOOD)), "a.csv"), "organization": "H26-SNV"},
            headers={"Idempotency-Key": "một"},
        )
        for _ in range(2)
    )
    assert again.json["id"] == first.json["id"]
    other = maker.post(
        "/imports",
        data={"file": (io.BytesIO(sheet(GOOD[0])), "a.csv"), "organization": "H26-SNV"},
        headers={"Idempotency-Key": "một"},
    )
    assert other.status_code == 409
    assert registry.scalar("SELECT count(*) FROM import_file") == 1


def test_the_template_has_the_titles_of_the_import(registry: Bed, maker: Program) -> None:
    titles = next(csv.reader(io.StringIO(maker.get("/imports/template.csv").data.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(maker.get("/imports/template.xlsx?kind=officials").data))
    assert [cell.value for cell in book.worksheets[0][1]] == titles
    assert set(TITLES) < set(titles)
    assert len(titles) == 22


def test_looking_at_rows_is_on_the_trail(registry: Bed, maker: Program) -> None:
    found = checked(registry, maker, *GOOD)
    program(registry, "auditor1").get(f"/imports/{found['id']}/rows?outcome=new")
    assert (
        registry.scalar(
            """SELECT count(*) FROM audit_event e JOIN app_user u ON u.id = e.actor_id
        WHERE action = 'import.read' AND object_id = :import AND username = 'auditor1'""",
            **{"import": found["id"]},
        )
        == 1
    )


# Plain files


def test_a_file_is_kept_once_by_content_and_given_out_as_an_attachment(registry: Bed, maker: Program) -> None:
    content = b"%PDF-1.7 quy\xe1\xba\xbft"
    folder = registry.settings.home / "files"
    before = {place for place in folder.rglob("*") if place.is_file()}
    one, two = (
        maker.post("/files", data={"file": (io.BytesIO(content), "Quyết định số 1.pdf")}).json
        for _ in range(2)
    )
    assert (one["sha256"], one["size"]) == (two["sha256"], len(content))
    assert len({place for place in folder.rglob("*") if place.is_file()} - before) == 1
    reply = program(registry, "approver.hanoi").get(f"/files/{one['id']}")
    assert (reply.data, reply.mimetype, reply.headers["X-Content-Type-Options"]) == (
        content,
        "application/pdf",
        "nosniff",
    )
    assert reply.headers["Content-Disposition"].startswith("attachment; ")
    assert (
        "filename*=UTF-8''Quy%E1%BA%BFt%20%C4%91%E1%BB%8Bnh%20s%E1%BB%91%201.pdf"
        in reply.headers["Content-Disposition"]
    )
    assert (
        registry.scalar(
            "SELECT count(*) FROM audit_event WHERE action = 'file.read' AND object_id = :id", id=one["id"]
        )
        == 1
    )
    for content, name, status in ((b"MZ", "a.exe", 415), (b"", "a.pdf", 422), (b"<svg/>", "a.svg", 415)):
        assert maker.post("/files", data={"file": (io.BytesIO(content), name)}).status_code == status, name


def test_a_decision_names_the_file_it_was_scanned_to(registry: Bed, maker: Program) -> None:
    file = maker.post("/files", data={"file": (io.BytesIO(b"%PDF-1.7"), "qd.pdf")}).json["id"]
    from make import newcomer, paper

    sent = maker.post(
        "/changes", json={"decision": paper("5/QĐ") | {"file_id": file}, "operations": [newcomer()]}
    )
    assert sent.status_code == 201
    assert (
        registry.scalar(
            "SELECT f.uid::text FROM file f JOIN decision d ON d.file_id = f.id WHERE d.number = '5/QĐ'"
        )
        == file
    )
    stranger = program(registry, "hr.danang").post(
        "/changes", json={"decision": paper("6/QĐ") | {"file_id": file}, "operations": [newcomer()]}
    )
    assert "decision/file_id" in {error["path"] for error in stranger.json["errors"]}
