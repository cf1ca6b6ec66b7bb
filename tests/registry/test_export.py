"""Exports: what the file holds, for whom, on which clocks, in three forms; never half a file, never somebody else's."""

import csv
import hashlib
import io
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import make
import openpyxl
import pytest
from conftest import TODAY, Bed
from make import confirmed, newcomer
from sqlalchemy import text

from registry.access.permissions import FIELD_CLASSES
from registry.bulk import exporting, jobs, runs
from registry.bulk.columns import Column, of_facts
from registry.bulk.exporting import EXPORT
from registry.bulk.writers import safe_sql
from registry.cells import plain
from registry.db import copy_out, stream
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
        return exporting.show(session, runs.get(session, EXPORT, uid))


def fetched(bed: Bed, username: str, uid: str) -> bytes:
    """The file, as handed over."""
    with bed.acting(username) as (session, actor):
        run = runs.get(session, EXPORT, uid)
        return runs.fetch(session, actor, bed.settings.home / "files", EXPORT, run).read_bytes()


def made(bed: Bed, username: str, what: str, form: str = "json", **asked: Any) -> bytes:
    """The file that answers a question."""
    uid = ask(bed, username, what, form, **asked)
    work(bed)
    return fetched(bed, username, uid)


def lines(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV by title."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_the_list_holds_exactly_whom_the_page_shows_with_names_beside_codes(demo: Bed) -> None:
    with demo.acting("hr.hanoi") as (session, actor):
        query = ListQuery(AsOf(TODAY), TODAY, organization="H26-SNV", limit=200, exact=True)
        page = list_officials(session, query, actor.field_classes())
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
        with demo.acting("hr.hanoi") as (session, actor):
            count, everybody = (
                list_officials(
                    session, ListQuery(AsOf(TODAY), TODAY, exact=True, **one), actor.field_classes()
                ).count
                for one in (query, {})
            )
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


# The three forms


def strange(bed: Bed) -> str:
    """Somebody whose dossier has every odd thing a cell can hold; the personal number."""
    operation = newcomer(
        full_name="Đỗ Thị Ô",
        other_names="=1+1",
        native_place="'quê",
        birth_date={"date": "1990-05-01", "precision": "month"},
    )
    _, uid = make.official(bed, operation)
    reward = {"action": "record", "official": uid, "kind": "reward", "form": "cstd_cs"}
    diploma = {
        "action": "record",
        "official": uid,
        "kind": "qualification",
        "valid_from": "2012-06-30",
        "level": "dai_hoc",
        "major": '-2+3" "\n@x',
        "study_from": "2008",
    }
    make.decided(bed, [{**reward, "valid_from": "2021-03-02"}, diploma])
    return str(operation["personal"]["personal_id"])


def test_cells_are_safe_in_spreadsheets_and_true_to_what_is_recorded(registry: Bed) -> None:
    number = strange(registry)
    told = lines(made(registry, "hr.hanoi", "facts:identity", "csv", q=number))[0]
    assert (told["Tên gọi khác"], told["Quê quán"]) == ("'=1+1", "''quê")
    assert [plain(told[one]) for one in ("Tên gọi khác", "Quê quán", "Họ và tên")] == [
        "=1+1",
        "'quê",
        "Đỗ Thị Ô",
    ]
    assert (told["Ngày sinh"], told["Giới tính"], told["Giới tính (mã)"]) == ("1990-05", "Nữ", "nu")
    for cell in ("=a", "+1", "-1", "@a", "\ta", "\ra", "'a", "''", "'", "a'", "a=1", ""):
        quoted = registry.scalar(
            f"SELECT {safe_sql(Column('x', 'X'))} FROM (SELECT CAST(:x AS text) AS x) a", x=cell
        )
        assert plain(quoted) == cell
        assert not quoted.startswith(("=", "+", "-", "@", "\t", "\r"))
    book = openpyxl.load_workbook(
        io.BytesIO(made(registry, "hr.hanoi", "facts:qualification", "xlsx", q=number))
    )
    assert book.sheetnames == ["Danh sách", "Xuất xứ"]
    titles, cells = book.worksheets[0].iter_rows()
    row = {title.value: cell for title, cell in zip(titles, cells, strict=True)}
    assert (row["Số định danh cá nhân"].value, row["Số định danh cá nhân"].data_type) == (number, "s")
    assert (row["Từ ngày"].value, row["Từ ngày"].is_date) == (datetime.fromisoformat("2012-06-30"), True)
    assert (row["Học từ"].value, row["Đã xác minh văn bằng"].value) == ("2008", "Không")
    assert (row["Chuyên ngành"].value, row["Chuyên ngành"].data_type) == ('-2+3" "\n@x', "s")
    salary = openpyxl.load_workbook(io.BytesIO(made(registry, "hr.hanoi", "facts:salary", "xlsx", q=number)))
    row = dict(
        zip(*([cell.value for cell in line] for line in salary.worksheets[0].iter_rows()), strict=True)
    )
    assert (row["Mã ngạch"], row["Mã ngạch (tên)"], row["Hệ số"]) == ("01.003", "Chuyên viên", 2.34)
    answer = json.loads(made(registry, "hr.hanoi", "facts:salary", q=number))["rows"][0]
    assert (answer["coefficient"], answer["rank"], answer["valid_to"]) == ("2.34", "01.003", None)
    assert json.loads(made(registry, "hr.hanoi", "officials", q=number))["rows"][0]["birth_date"] == {
        "date": "1990-05-01",
        "precision": "month",
    }


def test_the_same_question_with_the_same_moment_gives_the_same_bytes_whatever_came_after(
    registry: Bed,
) -> None:
    number = strange(registry)
    with registry.session() as session:
        moment = make.clock(session).isoformat()
    asked = {"organization": "H26-SNV", "known_at": moment}
    first = {
        (what, form): made(registry, "hr.hanoi", what, form, **asked)
        for what in ("officials", "facts:reward")
        for form in ("csv", "xlsx", "json")
    }
    amend = {"action": "amend", "official": number, "personal": {"full_name": "Đỗ Thị Sửa"}}
    withdrawn = registry.scalar(
        """SELECT f.id FROM fact_reward f JOIN official o ON o.id = f.official_id
        WHERE o.personal_id = :number""",
        number=number,
    )
    gone = {
        "action": "withdraw",
        "official": number,
        "kind": "reward",
        "fact_id": withdrawn,
        "reason": "Nhầm",
    }
    make.decided(registry, [amend, gone], number="2/QĐ")
    for (what, form), content in first.items():
        assert made(registry, "hr.hanoi", what, form, **asked) == content, (what, form)
        again = made(registry, "hr.hanoi", what, form, organization="H26-SNV")
        assert hashlib.sha256(again).digest() != hashlib.sha256(content).digest(), (what, form)
    assert b"Th\xe1\xbb\x8b \xc3\x94" in first["officials", "csv"]


def test_rows_come_some_at_a_time_and_nothing_of_them_is_kept(demo: Bed) -> None:
    with demo.session("worker") as session:
        told = "SELECT i, 'một' AS text, '5%' AS part FROM generate_series(1, :most) i ORDER BY i"
        blocks = list(stream(session, told, {"most": 4500}, 2000))
        again = list(copy_out(session, told, {"most": 2}))
    assert [len(block) for block in blocks] == [2000, 2000, 500]
    assert blocks[2][-1] == (4500, "một", "5%")
    assert again == ["1,một,5%\n".encode(), "2,một,5%\n".encode()]


def test_history_brings_what_has_ended_and_what_is_to_come(demo: Bed) -> None:
    asked = {"organization": "H26-SNV"}
    now = json.loads(made(demo, "hr.hanoi", "facts:salary", **asked))["rows"]
    whole = json.loads(made(demo, "hr.hanoi", "facts:salary", history=True, **asked))["rows"]
    people = {row["personal_id"] for row in now}
    assert len(now) == len(people)
    assert len(whole) > 2 * len(now)
    assert len({row["fact_id"] for row in whole}) == len(whole)
    before = json.loads(made(demo, "hr.hanoi", "facts:salary", as_of="2020-01-01", **asked))["rows"]
    assert all(
        row["valid_from"] <= "2020-01-01" and (row["valid_to"] or "9") > "2020-01-01" for row in before
    )
    assert before


@pytest.mark.parametrize("kind", FACTS)
def test_every_kind_has_a_column_for_every_field_under_a_title_of_its_own(demo: Bed, kind: str) -> None:
    columns = of_facts(FACTS[kind], FIELD_CLASSES["auditor"])
    assert {one.name for one in FACTS[kind].fields} <= {one.key for one in columns}
    for told in ([one.title.casefold() for one in columns], [one.key for one in columns]):
        assert len(set(told)) == len(told), sorted(one for one in told if told.count(one) > 1)


def test_every_kind_is_answered_with_every_fact_there_is(demo: Bed) -> None:
    for name, kind in FACTS.items():
        found = json.loads(made(demo, "auditor1", f"facts:{name}", history=True))
        ids = demo.scalar(f"SELECT array_agg(id ORDER BY id) FROM fact_{name} WHERE recorded_to IS NULL")
        assert sorted(row["fact_id"] for row in found["rows"]) == ids, name
        for one in kind.fields:
            column = next(iter(one.columns())).name
            told = demo.scalar(f"SELECT count({column}) FROM fact_{name} WHERE recorded_to IS NULL")
            assert sum(row[one.name] is not None for row in found["rows"]) == told, (name, one.name)


# Its life


def test_the_trail_tells_what_was_asked_made_and_fetched(registry: Bed) -> None:
    uid = ask(registry, "hr.hanoi", "facts:family", "csv", organization="H26-SNV", as_of="2026-06-30")
    work(registry)
    content = fetched(registry, "hr.hanoi", uid)
    told = shown(registry, "hr.hanoi", uid)
    assert (told["status"], told["rows"], told["size"]) == ("done", len(lines(content)), len(content))
    assert told["sha256"] == hashlib.sha256(content).hexdigest()
    assert told["progress"] == {"done": told["rows"], "total": told["rows"]}
    with registry.session() as session:
        trail = text("SELECT action, actor_name, detail FROM audit_event WHERE object_id = :uid ORDER BY id")
        events = session.execute(trail, {"uid": uid}).all()
    assert [one.action for one in events] == ["export.ask", "export.make", "export.fetch"]
    made_ = events[1].detail
    assert (made_["what"], made_["filter"], made_["as_of"]) == (
        "facts:family",
        {"organization": "H26-SNV"},
        "2026-06-30",
    )
    assert (made_["sha256"], made_["rows"], made_["known_at"]) == (
        told["sha256"],
        told["rows"],
        told["known_at"].isoformat(),
    )


def test_a_file_is_for_whoever_asked_and_for_auditors_while_their_rights_last(registry: Bed) -> None:
    uid = ask(registry, "hr.hanoi", "officials", "csv")
    work(registry)
    assert fetched(registry, "auditor1", uid) == fetched(registry, "hr.hanoi", uid)
    for username in ("approver.hanoi", "hr.badinh", "statistician1", "admin1"):
        with pytest.raises(NotFound):
            fetched(registry, username, uid)
    narrow = """UPDATE access_grant SET organization_id = (SELECT id FROM organization WHERE code = 'H26-SNV')
        WHERE user_id = (SELECT id FROM app_user WHERE username = 'hr.hanoi')"""
    with registry.session() as session:
        session.execute(text(narrow))
    with pytest.raises(Conflict) as refused:
        fetched(registry, "hr.hanoi", uid)
    assert refused.value.code == "less_reach"


def test_a_right_that_ended_before_the_job_began_makes_no_file(registry: Bed) -> None:
    uid = ask(registry, "hr.hanoi", "officials", "csv")
    with registry.session() as session:
        session.execute(
            text("""UPDATE access_grant SET valid_to = '2026-11-01'
            WHERE user_id = (SELECT id FROM app_user WHERE username = 'hr.hanoi')""")
        )
    work(registry)
    told = shown(registry, "auditor1", uid)
    assert (told["status"], told["problem"]["code"], told["sha256"]) == ("failed", "no_right", None)
    assert not kept(registry)


def kept(bed: Bed) -> list[Path]:
    """Files, and anything half done, in the store."""
    return [one for one in (bed.settings.home / "files" / "exports").rglob("*") if one.is_file()]


def test_what_is_cancelled_waiting_or_at_work_leaves_nothing(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = ask(registry, "hr.hanoi", "officials", "xlsx")
    client = registry.api("hr.hanoi")
    assert registry.api("approver.hanoi").delete(f"/jobs/{waiting}").status_code == 404
    assert client.delete(f"/jobs/{waiting}").status_code == 204
    assert client.delete(f"/jobs/{waiting}").status_code == 409
    working = ask(registry, "hr.hanoi", "officials", "xlsx")
    write = exporting.rows

    def cancelling(*told: Any) -> Any:
        for block in write(*told):
            assert client.delete(f"/jobs/{working}").status_code == 204
            yield block

    monkeypatch.setattr(exporting, "rows", cancelling)
    work(registry)
    for uid in (waiting, working):
        assert shown(registry, "hr.hanoi", uid)["status"] == "cancelled"
        assert client.get(f"/jobs/{uid}").json["status"] == "cancelled"
        assert client.get(f"/exports/{uid}/file").status_code == 409
    assert not kept(registry)


def test_a_file_goes_after_a_week_and_stays_while_another_export_needs_it(registry: Bed) -> None:
    with registry.session() as session:
        moment = make.clock(session).isoformat()
    first, second = (ask(registry, "hr.hanoi", "officials", "csv", known_at=moment) for _ in range(2))
    work(registry)
    assert len(kept(registry)) == 1

    def age(uid: str) -> None:
        with registry.session() as session:
            old = "UPDATE report_run SET expires_at = now() - interval '1 second' WHERE uid = CAST(:uid AS uuid)"
            session.execute(text(old), {"uid": uid})
        jobs.forget_files(registry.engine("worker"), registry.settings)

    age(first)
    assert shown(registry, "hr.hanoi", first)["status"] == "expired"
    assert fetched(registry, "hr.hanoi", second)
    age(second)
    assert not kept(registry)
    with pytest.raises(Conflict):
        fetched(registry, "hr.hanoi", second)


def test_a_narrow_token_exports_no_more_than_it_may_read(registry: Bed) -> None:
    admin = registry.api("admin1")
    admin.post("/users", json={"username": "luong", "password": "mat-khau-rat-dai", "display_name": "Lương"})
    admin.post("/users/luong/grants", json={"role": "client", "organization": "H26-SNV"})
    confirmed(registry, "luong")

    def columns(*scopes: str) -> set[str]:
        token = admin.post("/users/luong/tokens", json={"name": "x", "scopes": list(scopes)}).json["token"]
        confirmed(registry, "luong")
        client = registry.api()
        client.token = token
        sent = client.post("/exports", json={"what": "officials", "format": "json"})
        assert sent.status_code == 202, sent.text
        work(registry)
        return set(json.loads(client.get(f"/exports/{sent.json['id']}/file").data)["rows"][0])

    plain_ = columns("bulk:export:make", "officials:record:read")
    assert not {"birth_date", "sex", "retirement_on"} & plain_
    assert columns("bulk:export:make", "fields:personal") - plain_ >= {"birth_date", "retirement_on"}
    other = registry.api()
    other.token = admin.post(
        "/users/luong/tokens", json={"name": "y", "scopes": ["officials:record:read"]}
    ).json["token"]
    confirmed(registry, "luong")
    assert other.post("/exports", json={"what": "officials", "format": "json"}).status_code == 403
