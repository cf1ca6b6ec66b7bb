"""Runs of reports: what the file holds, the same bytes again, effects once though a worker is killed in the midst."""

import csv
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import make
import openpyxl
import pytest
from conftest import SECRET, TODAY, Bed, counted
from make import newcomer
from pypdf import PdfReader
from sqlalchemy import text

from registry.bulk import jobs, runs
from registry.cells import plain
from registry.cluster import role_password
from registry.errors import Conflict, Invalid
from registry.reports import FAMILIES, REPORTS, many, running
from registry.reports.running import REPORT
from registry.roles import LOGIN_ROLES

UNIT = "H26-SNV"
OWNER = LOGIN_ROLES["migrate"]


def ask(bed: Bed, username: str, form: str, format: str, reason: str = "", **parameters: Any) -> str:
    """A report asked for and committed; its uid."""
    with bed.acting(username) as (session, actor):
        run = running.ask(
            session,
            actor,
            form=form,
            parameters=parameters,
            format=format,
            reason=reason,
            today=TODAY,
        )
        return str(run.uid)


def work(bed: Bed) -> None:
    """Everything that waits, as the worker does it."""
    while jobs.run_one(bed.engine("worker"), bed.settings, running.handlers(bed.engine("stats"))):
        pass


def shown(bed: Bed, username: str, uid: str) -> dict[str, Any]:
    """The run as its owner sees it."""
    with bed.acting(username) as (session, _):
        return runs.show(session, REPORT, runs.get(session, REPORT, uid))


def fetched(bed: Bed, username: str, uid: str) -> bytes:
    """The file, as handed over."""
    with bed.acting(username) as (session, actor):
        run = runs.get(session, REPORT, uid)
        return runs.fetch(session, actor, bed.settings.home / "files", REPORT, run).read_bytes()


def made(bed: Bed, username: str, form: str, format: str, **parameters: Any) -> bytes:
    """The file of a report."""
    uid = ask(bed, username, form, format, **parameters)
    work(bed)
    return fetched(bed, username, uid)


def lines(content: bytes) -> list[dict[str, str]]:
    """The rows of a CSV by title."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def in_post(bed: Bed, unit: str) -> list[str]:
    """Personal numbers of who is in post in a unit and under it, by unit and name."""
    return list(
        bed.scalar(
            """SELECT array_agg(c.personal_id ORDER BY o.code, c.sort_key, c.official_id) FROM official_current c
            JOIN organization o ON o.id = c.organization_id JOIN organization u ON u.code = :unit
            WHERE c.org_ord BETWEEN u.ord AND u.last AND c.in_headcount""",
            unit=unit,
        )
    )


def files(bed: Bed) -> list[Path]:
    """Files, and anything half done, in the store."""
    return [one for one in (bed.settings.home / "files" / "exports").rglob("*") if one.is_file()]


# The catalogue


def test_every_report_says_what_it_is_and_who_may_have_it(demo: Bed) -> None:
    for name, one in REPORTS.items():
        assert one.name == name
        assert one.family in FAMILIES
        assert all((*one.title, *one.about, one.version, one.code, one.formats))
        kinds = [each.kind for each in one.parameters]
        assert "instant" in kinds, f"{name}: every report can be asked for as recorded at a moment"
        assert len({each.name for each in one.parameters}) == len(kinds)
    assert {one.name for one in running.may_run(demo.actor("auditor1"))} == set(REPORTS)
    assert "so_nhat_ky" not in {one.name for one in running.may_run(demo.actor("hr.hanoi"))}
    assert running.may_run(demo.actor("official1")) == []


def test_a_wrong_question_is_told_by_the_parameter_and_queues_nothing(demo: Bed) -> None:
    before = demo.counts()
    with pytest.raises(Invalid):
        ask(demo, "hr.badinh", "danh_sach", "csv", organization="H26")  # a part would pass for the whole
    for form, format, parameters, paths in (
        ("khong_co", "pdf", {}, ["form"]),
        ("so_nhat_ky", "csv", {}, ["form"]),
        ("2c", "xlsx", {}, ["format", "parameters/personal_id"]),
        ("2c", "pdf", {"personal_id": "000000000000"}, ["parameters/personal_id"]),
        ("2c_bulk", "pdf", {"organization": "H17-SNV"}, ["parameters/organization"]),
        ("danh_sach", "csv", {"as_of": "31/02/2026", "la": 1}, ["parameters/la", "parameters/as_of"]),
        ("danh_sach", "csv", {"known_at": "2030-01-01T00:00:00Z"}, ["parameters/known_at"]),
    ):
        with pytest.raises(Invalid) as refused:
            ask(demo, "hr.hanoi", form, format, **parameters)
        assert [flaw.path for flaw in refused.value.flaws] == paths
    assert demo.counts() == before


# What the files hold


def test_the_list_has_who_is_in_post_by_unit_and_name_in_both_formats(registry: Bed) -> None:
    operation = newcomer(full_name="=Đỗ & <Thị> Ô", other_names="x")
    make.official(registry, operation)
    told = lines(made(registry, "hr.hanoi", "danh_sach", "csv", organization="H26"))
    assert [row["Số định danh cá nhân"] for row in told] == in_post(registry, "H26")
    assert [row["STT"] for row in told] == [str(place) for place in range(1, len(told) + 1)]
    strange = next(row for row in told if row["Số định danh cá nhân"] == operation["personal"]["personal_id"])
    assert strange["Họ và tên"] == "'=Đỗ & <Thị> Ô"
    book = openpyxl.load_workbook(
        io.BytesIO(made(registry, "hr.hanoi", "danh_sach", "xlsx", organization="H26"))
    )
    titles, *rows = book.worksheets[0].iter_rows()
    assert [cell.value for cell in titles] == list(told[0])
    assert len(rows) == len(told)
    for row, line in zip(rows, told, strict=True):
        for title, cell in zip(titles, row, strict=True):
            value = "" if cell.value is None else cell.value
            if cell.is_date:
                value = f"{value:%Y-%m-%d}"
            assert str(value) == plain(line[title.value]) or float(value) == float(line[title.value]), (
                title.value
            )
    name = next(cell for row in rows for cell in row if cell.value == "=Đỗ & <Thị> Ô")
    assert name.data_type == "s", "a text, whatever it begins with"


def test_the_forms_of_a_unit_are_those_of_its_people_and_each_is_on_their_trail(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 7)
    people = in_post(registry, UNIT)
    uid = ask(registry, "hr.hanoi", "2c_bulk", "pdf", "Thanh tra", organization=UNIT)
    with counted(registry, "worker") as sent:
        work(registry)
    reader = PdfReader(io.BytesIO(fetched(registry, "hr.hanoi", uid)))
    assert [str(one.title)[-13:-1] for one in reader.outline] == people  # type: ignore[union-attr]
    one = registry.scalar("SELECT uid::text FROM official WHERE personal_id = :number", number=people[-1])
    alone = PdfReader(io.BytesIO(made(registry, "hr.hanoi", "2c", "pdf", personal_id=one)))
    whole = [page.extract_text() for page in reader.pages][-len(alone.pages) :]
    when = "Theo dữ liệu ghi nhận"
    assert [_without(page, when) for page in whole] == [
        _without(page.extract_text(), when) for page in alone.pages
    ]
    told = shown(registry, "hr.hanoi", uid)
    assert (told["rows"], told["progress"]) == (len(people), {"done": len(people), "total": len(people)})
    prints = registry.scalar(
        """SELECT array_agg(o.personal_id ORDER BY e.id) FROM audit_event e JOIN official o ON o.id = e.official_id
        WHERE e.action = 'official.print' AND e.detail->>'run' = :uid AND e.reason = 'Thanh tra'""",
        uid=uid,
    )
    assert prints == people
    blocks = -(-len(people) // 7)
    asked = [one for one in sent if "fact_" in one or "organization_version" in one]
    assert len(asked) <= 3 + 2 * blocks, "of a block its records, and the names of their units"


def _without(page: str, mark: str) -> list[str]:
    """The lines of a page but those of the foot, which tell the moment."""
    return [
        line
        for line in page.splitlines()
        if mark not in line and "Ghi nhận" not in line and ":" not in line[-6:]
    ]


def test_auditors_have_the_trail_as_a_file_and_that_is_on_the_trail_itself(registry: Bed) -> None:
    listed = ask(registry, "hr.hanoi", "danh_sach", "csv", organization=UNIT)
    work(registry)
    everything = lines(made(registry, "auditor1", "so_nhat_ky", "csv"))
    ids = [int(row["Số thứ tự trong nhật ký"]) for row in everything]
    assert ids == sorted(ids)
    made_ = [row for row in everything if row["Việc"] == "report.make"]
    assert [json.loads(row["Chi tiết"])["what"] for row in made_] == ["danh_sach"]
    assert made_[0]["Đối tượng"] == listed
    assert made_[0]["Tài khoản"] == "hr.hanoi"
    uid = ask(registry, "auditor1", "so_nhat_ky", "json", actor="hr.hanoi", action="report.make, report.ask")
    work(registry)
    content = fetched(registry, "auditor1", uid)
    assert [row["action"] for row in json.loads(content)["rows"]] == ["report.ask", "report.make"]
    events = registry.scalar(
        "SELECT json_agg(detail ORDER BY id) FROM audit_event WHERE object_id = :uid AND action = 'report.make'",
        uid=uid,
    )
    assert len(events) == 1
    assert events[0]["rows"] == 2
    assert events[0]["sha256"] == hashlib.sha256(content).hexdigest()
    assert events[0]["filter"] == {"actor": "hr.hanoi", "action": ["report.ask", "report.make"]}


# Again


def test_a_run_made_again_after_changes_has_the_same_bytes_in_every_format(registry: Bed) -> None:
    _, person = make.official(registry, newcomer(full_name="Đỗ Thị Ô"))
    asked = [("2c", "pdf", {"personal_id": person})] + [
        (form, format, {"organization": UNIT})
        for form, format in (("2c_bulk", "pdf"), ("danh_sach", "xlsx"), ("danh_sach", "csv"))
    ]
    first = [ask(registry, "hr.hanoi", form, format, **told) for form, format, told in asked]
    work(registry)
    amend = {"action": "amend", "official": person, "personal": {"full_name": "Đỗ Thị Sửa"}}
    make.decided(registry, [amend], number="2/QĐ")
    client = registry.api("hr.hanoi")
    again = []
    for uid in first:
        reply = client.post(f"/reports/{uid}/repeat")
        assert (reply.status_code, reply.json["same"]) == (202, None)
        again.append(reply.json["id"])
    work(registry)
    for one, other in zip(first, again, strict=True):
        before, after = client.get(f"/reports/{one}").json, client.get(f"/reports/{other}").json
        assert (after["status"], after["same"], after["repeats"]) == ("done", True, one)
        assert before["sha256"] == after["sha256"]
        assert (before["known_at"], before["parameters"]) == (after["known_at"], after["parameters"])
    new = made(registry, "hr.hanoi", "danh_sach", "csv", organization=UNIT)
    assert "Đỗ Thị Sửa".encode() in new
    assert "Đỗ Thị Sửa".encode() not in fetched(registry, "hr.hanoi", again[-1])
    by_auditor = registry.api("auditor1").post(f"/reports/{first[0]}/repeat").json["id"]
    work(registry)
    assert shown(registry, "auditor1", by_auditor)["same"], "with no more rights than the first run had"


def test_a_form_that_became_another_is_not_passed_off_as_the_same(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    uid = ask(registry, "hr.hanoi", "danh_sach", "csv", organization=UNIT)
    assert registry.api("hr.hanoi").post(f"/reports/{uid}/repeat").status_code == 409, (
        "nothing to compare with"
    )
    work(registry)
    monkeypatch.setitem(REPORTS, "danh_sach", replace(REPORTS["danh_sach"], version="2"))
    before = registry.counts()
    with registry.acting("hr.hanoi") as (session, actor), pytest.raises(Conflict) as refused:
        running.repeat(session, actor, runs.get(session, REPORT, uid))
    assert refused.value.code == "form_changed"
    assert registry.counts() == before


def test_a_right_that_became_less_before_the_worker_came_makes_no_file(registry: Bed) -> None:
    uid = ask(registry, "hr.hanoi", "danh_sach", "csv", organization="H26")
    with registry.session() as session:
        narrow = """UPDATE access_grant SET organization_id = (SELECT id FROM organization WHERE code = 'H26-SNV')
            WHERE user_id = (SELECT id FROM app_user WHERE username = 'hr.hanoi')"""
        session.execute(text(narrow))
    work(registry)
    told = shown(registry, "auditor1", uid)
    assert (told["status"], told["problem"]["code"], told["sha256"]) == ("failed", "no_right", None)
    assert files(registry) == []


# At work


def test_what_is_cancelled_at_work_leaves_nothing_but_the_question(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many, "AT_ONCE", 5)
    uid = ask(registry, "hr.hanoi", "2c_bulk", "pdf", organization="H26")
    client, gather = registry.api("hr.hanoi"), many.gather_many
    seen = []

    def cancelling(*told: Any) -> Any:
        yield from gather(*told)
        seen.append(client.get(f"/reports/{uid}").json["progress"]["done"])
        if len(seen) == 3:
            assert client.post(f"/reports/{uid}/cancel").status_code == 204

    monkeypatch.setattr(many, "gather_many", cancelling)
    work(registry)
    assert seen == [0, 5, 10], "how far it is shows while it is made"
    told = client.get(f"/reports/{uid}").json
    assert (told["status"], told["sha256"]) == ("cancelled", None)
    assert client.post(f"/reports/{uid}/cancel").status_code == 409
    assert files(registry) == []
    assert registry.scalar("SELECT count(*) FROM audit_event WHERE action = 'official.print'") == 0


def test_another_worker_finishes_what_a_killed_one_began_and_it_has_effect_once(registry: Bed) -> None:
    uid = ask(registry, "hr.hanoi", "2c_bulk", "pdf", organization="H26")
    people = len(in_post(registry, "H26"))
    environment = {
        **os.environ,
        "DATABASE_URL": registry.cluster.dsn(OWNER, registry.database, role_password(SECRET, OWNER)),
        "SECRET_KEY": SECRET.decode(),
        "REGISTRY_HOME": str(registry.settings.home),
        "REGISTRY_ENV": "test",
        "REGISTRY_TODAY": TODAY.isoformat(),
    }
    lost = subprocess.Popen([sys.executable, "-m", "registry", "worker"], env=environment)
    job = "SELECT {} FROM job WHERE uid = CAST(:uid AS uuid)"
    until, done = time.monotonic() + 120, 0
    try:
        while not 0 < done < people:
            assert time.monotonic() < until, f"{done} of {people} done, and never seen between"
            time.sleep(0.005)
            done = registry.scalar(job.format("done"), uid=uid)
    finally:
        lost.send_signal(signal.SIGKILL)
        lost.wait()
    assert shown(registry, "hr.hanoi", uid)["status"] == "running"
    assert not jobs.run_one(
        registry.engine("worker"), registry.settings, running.handlers(registry.engine("stats"))
    ), "still leased"
    left = registry.scalar(job.format("leased_until - clock_timestamp()"), uid=uid)
    assert 0 < left.total_seconds() <= 60
    registry.scalar(
        "UPDATE job SET leased_until = clock_timestamp() WHERE uid = CAST(:uid AS uuid) RETURNING 1", uid=uid
    )
    work(registry)
    told = shown(registry, "hr.hanoi", uid)
    assert (told["status"], told["rows"]) == ("done", people)
    assert registry.scalar(job.format("attempts"), uid=uid) == 2
    whole = [one for one in files(registry) if runs.HALF not in str(one)]
    assert [one.name for one in whole] == [told["sha256"]]
    counts = registry.scalar("""SELECT json_object_agg(action, n) FROM (SELECT action, count(*) AS n FROM audit_event
        WHERE action IN ('report.make', 'official.print') GROUP BY 1) a""")
    assert counts == {"report.make": 1, "official.print": people}
    for half in (registry.settings.home / "files" / "exports").glob(f"{runs.HALF}*"):
        for one in (*half.iterdir(), half):
            os.utime(one, (0, 0))
    jobs.forget_files(registry.engine("worker"), registry.settings)
    assert files(registry) == whole


def test_statutory_forms_are_made_by_whoever_may_count_or_read_and_again_to_the_byte(registry: Bed) -> None:
    first = {}
    for name in ("bm01", "bm03", "9b", "13"):
        one = REPORTS[name]
        who = "hr.hanoi" if one.about_person else "statistician1"
        day = "2025-06-30" if one.valid_to else TODAY.isoformat()
        for format in one.formats:
            first[ask(registry, who, name, format, organization="H26", as_of=day)] = who
        work(registry)
    for uid, who in first.items():
        told = shown(registry, who, uid)
        assert told["status"] == "done", (told["form"], told["problem"])
        with registry.acting(who) as (session, actor):
            running.repeat(session, actor, runs.get(session, REPORT, uid))
        work(registry)
    again = registry.scalar("""SELECT array_agg(r.sha256 = f.sha256) FROM report_run r
        JOIN report_run f ON f.id = r.repeats""")
    assert again == [True] * len(first)
    assert "bm03" not in {one.name for one in running.may_run(registry.actor("statistician1"))}
    with pytest.raises(Invalid) as refused:
        ask(registry, "statistician1", "9b", "pdf", organization="H26")
    assert [flaw.path for flaw in refused.value.flaws] == ["parameters/as_of"]
