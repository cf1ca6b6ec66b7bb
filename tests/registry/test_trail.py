"""The log over the trail: what a database administrator did to it is found, and where; nothing else is."""

import io
import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import sleep
from typing import Any

import make
import pytest
import sqlalchemy as sa
from conftest import Bed, _bed, _clone, _drop
from make import as_superuser, newcomer, sequencer
from stamping import Authority, answering
from walk import Places, decide, program, row, sheet, upload, work

from registry.audit.encoding import leaf_sql
from registry.canonical import LEFT_OUT
from registry.cluster import Cluster
from registry.db import make_engine
from registry.models import metadata
from registry.officials.facts import FACTS
from registry.trail import kept as files_kept
from registry.trail import keys, kinds, running, sealing, sequencing
from registry.trail.anchoring import AnchorError, Directory, Leaving, TimeStamp, anchor
from registry.trail.sequencing import BEHIND
from registry.trail.verifying import Outside, Report, verify

REWARD = {"kind": "reward", "valid_from": "2026-02-03", "form": "cstd_cs"}


def checked(bed: Bed, *copies: Path, folder: Path | None = None) -> Report:
    """What the check finds, with our own files unless told otherwise."""
    where = Outside(folder or keys.folder(bed.settings), copies, kept=bed.settings.home / "files")
    return verify(bed.engine("audit"), keys.verifier(bed.settings), where)


@dataclass
class Kept:
    """A registry whose trail is under heads, of which a copy was kept outside: template, home, somebody of it."""

    bed: Bed
    copy: Path
    official: int
    change: str
    middle: int


@pytest.fixture(scope="module")
def kept(cluster: Cluster, demo_template: str) -> Iterator[Kept]:
    """Two people registered and read, three turns of the sequencer."""
    with _bed(cluster, demo_template) as bed:
        few_posts(bed)
        keeper = sequencer(bed)
        places = Places.made_in(bed)
        hand_out(bed)
        answer(bed, places.campaign)
        keeper.turn()
        official, uid = make.official(bed, newcomer())
        make.decided(bed, [{"action": "record", "official": uid, **REWARD}])
        keeper.turn()
        middle = bed.scalar("SELECT max(event_id) FROM audit_leaf")
        hr = bed.api("hr.hanoi")
        for _ in range(4):
            assert hr.get(f"/officials/{uid}").status_code == 200
        admin = bed.api("admin1")
        assert admin.post("/users/hr.badinh/active", json={"active": False}).status_code in (200, 204, 404)
        keeper.turn()
        copy = bed.settings.home / "copy.txt"
        copy.write_text("\n".join(bed.scalar("SELECT array_agg(note ORDER BY size) FROM audit_head")))
        number = bed.scalar("SELECT number FROM change ORDER BY id DESC LIMIT 1")
        yield Kept(bed, copy, official, number, middle)


def few_posts(bed: Bed) -> None:
    """A tenth of the posts of the demo will do: each check reads them all."""
    as_superuser(bed, "DELETE FROM position WHERE id % 10 > 0")


def hand_out(bed: Bed) -> None:
    """A program's account with a right and a token, each by two administrators."""
    admin, day = bed.api("admin1"), "2026-11-01"
    made = admin.post(
        "/users",
        json={"username": "may.khach", "display_name": "Máy khách", "password": "Mười hai vạn chín nghìn"},
    )
    assert made.status_code == 201, made.text
    right = {"role": "client", "organization": "H26", "valid_from": day}
    assert admin.post("/users/may.khach/grants", json=right).status_code == 201
    make.confirmed(bed, "may.khach")
    token = {"name": "đồng bộ", "scopes": ["officials:record:read"], "days": 30}
    made = admin.post("/users/may.khach/tokens", json=token)
    assert made.status_code == 201, made.text
    make.confirmed(bed, "may.khach")


def answer(bed: Bed, campaign: str) -> None:
    """One file of a campaign confirmed by the officer."""
    who = bed.scalar(
        "SELECT o.uid::text FROM campaign_task t JOIN official o ON o.id = t.official_id ORDER BY t.official_id LIMIT 1"
    )
    told = {"officials": [who], "reason": "Đã đối chiếu hồ sơ giấy"}
    reply = bed.api("hr.hanoi").post(f"/campaigns/{campaign}/confirm", json=told)
    assert reply.status_code == 200, reply.text


_copies = iter(range(1000))


@pytest.fixture
def own(kept: Kept, cluster: Cluster, tmp_path: Path) -> Iterator[Bed]:
    """A registry of one's own with the same content, key and files."""
    name = f"trail_{next(_copies)}"
    kept.bed.close()
    _clone(cluster, name, kept.bed.database)
    home = shutil.copytree(kept.bed.settings.home, tmp_path / "home")
    settings = replace(kept.bed.settings, home=home)
    bed = replace(kept.bed, database=name, engines={}, _app=None, settings=settings)
    try:
        yield bed
    finally:
        bed.close()
        _drop(cluster, name)


def test_a_registry_that_nobody_tampered_with_is_found_in_order(kept: Kept) -> None:
    report = checked(kept.bed, kept.copy)
    assert report.as_json()["findings"] == []
    assert report.ok
    assert report.events == kept.bed.scalar("SELECT count(*) FROM audit_event") > 800
    assert report.heads == kept.bed.scalar("SELECT count(*) FROM audit_head") >= 3
    assert report.objects == {
        "draft": 1, "file": 2 + len(make.DRAWINGS), "import": 1, "proposal": 1, "campaign": 1, "review": 1, "register": 2
    }  # fmt: skip
    assert report.changes == kept.bed.scalar("SELECT count(*) FROM change WHERE status = 'approved'")
    assert report.kept_files == kept.bed.scalar("SELECT count(DISTINCT sha256) FROM file")


# The nine tamperings, each by a superuser whom no trigger and no policy stops

Tampering = Callable[[Bed, Kept], dict[str, Any]]
"""Does it; what must be found: a code, and where."""


def change_one_byte(bed: Bed, kept: Kept) -> dict[str, Any]:
    as_superuser(bed, "UPDATE audit_event SET actor_name = 'Trần Thu Hạ' WHERE id = :id", id=kept.middle - 5)
    return {"code": "event_altered", "event": kept.middle - 5}


def change_and_hash_anew(bed: Bed, kept: Kept) -> dict[str, Any]:
    as_superuser(
        bed,
        "UPDATE audit_event SET actor_name = 'Người khác' WHERE id = :id",
        f"UPDATE audit_leaf l SET hash = {leaf_sql()} FROM audit_event e WHERE e.id = :id AND l.event_id = e.id",
        id=kept.middle,
    )
    place = bed.scalar("SELECT place FROM audit_leaf WHERE event_id = :id", id=kept.middle)
    return {"code": "head_mismatch", "place": place}


def delete_an_event(bed: Bed, kept: Kept) -> dict[str, Any]:
    as_superuser(bed, "DELETE FROM audit_event WHERE id = :id", id=kept.middle - 6)
    return {"code": "event_missing", "event": kept.middle - 6}


def delete_an_event_and_its_leaf(bed: Bed, kept: Kept) -> dict[str, Any]:
    place = bed.scalar("SELECT place FROM audit_leaf WHERE event_id = :id", id=kept.middle)
    as_superuser(
        bed,
        "DELETE FROM audit_event WHERE id = :id",
        "DELETE FROM audit_leaf WHERE event_id = :id",
        id=kept.middle,
    )
    return {"code": "leaf_missing", "place": place}


def delete_the_tail(bed: Bed, kept: Kept) -> dict[str, Any]:
    size = bed.scalar("SELECT min(size) FROM audit_head WHERE size > (SELECT min(size) FROM audit_head)")
    as_superuser(
        bed,
        "DELETE FROM audit_event e USING audit_leaf l WHERE l.event_id = e.id AND l.place >= :size",
        "DELETE FROM audit_leaf WHERE place >= :size",
        "DELETE FROM audit_head WHERE size > :size",
        size=size,
    )
    return {"code": "log_truncated", "first_missing_place": size}


def swap_two_events(bed: Bed, kept: Kept) -> dict[str, Any]:
    swapped = (
        "UPDATE audit_event e SET (actor_name, action, object_id, at) = (SELECT actor_name, action, object_id, at"
        " FROM audit_event o WHERE o.id = :id * 2 - 1 - e.id) WHERE e.id IN (:id, :id - 1)"
    )
    as_superuser(bed, swapped, id=kept.middle)
    return {"code": "event_altered", "event": kept.middle - 1}


def swap_two_places(bed: Bed, kept: Kept) -> dict[str, Any]:
    place = bed.scalar("SELECT place FROM audit_leaf WHERE event_id = :id", id=kept.middle)
    as_superuser(
        bed,
        "UPDATE audit_leaf SET place = place + 1000000 WHERE place IN (:one, :two)",
        "UPDATE audit_leaf SET place = :one + :two + 1000000 - place WHERE place >= 1000000",
        one=place - 1,
        two=place,
    )
    return {"code": "head_mismatch", "place": place - 1}


def insert_an_event(bed: Bed, kept: Kept) -> dict[str, Any]:
    """In the place of one that was rolled back, as if it had always been there."""
    as_superuser(
        bed,
        """INSERT INTO audit_event OVERRIDING SYSTEM VALUE
            SELECT -1, at, actor_id, actor_name, actor_role, action, object_type, 'bịa', official_id, reason, request_id, detail
            FROM audit_event WHERE id = :id""",
        id=kept.middle,
    )
    return {"code": "event_without_place", "event": -1}


def insert_an_event_of_yesterday(bed: Bed, kept: Kept) -> dict[str, Any]:
    """As the service enters one, so that the sequencer takes it."""
    as_superuser(
        bed,
        """INSERT INTO audit_event (at, actor_name, actor_role, action, object_type, object_id)
            VALUES (clock_timestamp() - interval '1 day', 'Trần Thu Hà', 'hr_officer', 'official.read', 'official', 'bịa')""",
    )
    sequencer(bed, bed.settings.home / "elsewhere").turn()
    return {"code": "event_backdated", "event": bed.scalar("SELECT max(id) FROM audit_event")}


def replay_an_edited_history(bed: Bed, kept: Kept) -> dict[str, Any]:
    """Everything of the log made anew over edited events, even signed by the key of the log."""
    first = bed.scalar(
        "SELECT max(size) FROM audit_head WHERE size <= (SELECT place FROM audit_leaf WHERE event_id = :id)",
        id=kept.middle,
    )
    as_superuser(
        bed,
        "UPDATE audit_event SET actor_name = 'Người khác' WHERE id = :id",
        "TRUNCATE audit_leaf, audit_node, audit_anchor, audit_head",
        "UPDATE audit_progress SET settled = 0",
        id=kept.middle,
    )
    sequencer(bed, bed.settings.home / "replayed").turn()
    return {"code": "head_mismatch", "good_up_to": first, "folder": "replayed"}


def set_the_database_back(bed: Bed, kept: Kept) -> dict[str, Any]:
    """As a dump of last week would, log and heads and all."""
    size = bed.scalar("SELECT min(size) FROM audit_head")
    as_superuser(
        bed,
        "DELETE FROM audit_event e USING audit_leaf l WHERE l.event_id = e.id AND l.place >= :size",
        "DELETE FROM audit_leaf WHERE place >= :size",
        "DELETE FROM audit_head WHERE size > :size",
        "DELETE FROM audit_seal WHERE event_id > (SELECT max(event_id) FROM audit_leaf)",
        "DELETE FROM fact_reward WHERE change_id IN (SELECT id FROM change WHERE number = :change)",
        size=size,
        change=kept.change,
    )
    return {"code": "log_truncated", "holds": size, "folder": "none"}


def edit_a_fact(bed: Bed, kept: Kept) -> dict[str, Any]:
    fact = bed.scalar("SELECT id FROM fact_salary WHERE official_id = :id", id=kept.official)
    as_superuser(bed, "UPDATE fact_salary SET step = 9, coefficient = 4.98 WHERE id = :id", id=fact)
    return {"code": "rows_differ", "part": "salary", "rows": [fact, fact], "suspects": [fact]}


def enter_a_fact(bed: Bed, kept: Kept) -> dict[str, Any]:
    copied = """INSERT INTO fact_reward SELECT (jsonb_populate_record(f, jsonb_build_object('id', 999999, 'form', 'khac'))).*
        FROM fact_reward f WHERE official_id = :id"""
    as_superuser(bed, copied, id=kept.official)
    return {"code": "rows_differ", "part": "reward", "sealed": 1, "found": 2, "change": kept.change}


def delete_a_fact(bed: Bed, kept: Kept) -> dict[str, Any]:
    as_superuser(bed, "DELETE FROM fact_status WHERE official_id = :id", id=kept.official)
    return {"code": "rows_differ", "part": "status", "sealed": 1, "found": 0}


def close_a_fact(bed: Bed, kept: Kept) -> dict[str, Any]:
    closed = """UPDATE fact_appointment SET recorded_to = clock_timestamp(), closed_by = c.id FROM change c
        WHERE official_id = :id AND c.number = :change"""
    as_superuser(bed, closed, id=kept.official, change=kept.change)
    return {
        "code": "rows_differ",
        "part": "appointment closed",
        "change": kept.change,
        "sealed": 0,
        "found": 1,
    }


def enter_a_fact_on_a_draft(bed: Bed, kept: Kept) -> dict[str, Any]:
    uid = make.submitted(bed, [newcomer()])
    moved = """UPDATE fact_qualification SET change_id = (SELECT id FROM change WHERE uid = :uid)
        WHERE id = (SELECT min(id) FROM fact_qualification)"""
    as_superuser(bed, moved, uid=uid)
    return {"code": "fact_without_event", "table": "fact_qualification"}


def edit_a_decision(bed: Bed, kept: Kept) -> dict[str, Any]:
    edited = "UPDATE decision SET signer = 'Ai đó' WHERE id = (SELECT decision_id FROM change WHERE number = :change)"
    as_superuser(bed, edited, change=kept.change)
    return {"code": "rows_differ", "part": "decision", "change": kept.change}


def approve_without_an_event(bed: Bed, kept: Kept) -> dict[str, Any]:
    uid = make.submitted(bed, [newcomer()])
    as_superuser(
        bed,
        "UPDATE change SET status = 'approved', checker_id = maker_id + 1, decided_at = now() WHERE uid = :uid",
        uid=uid,
    )
    number = bed.scalar("SELECT number FROM change WHERE uid = :uid", uid=uid)
    return {"code": "change_without_event", "change": number}


def give_oneself_a_right(bed: Bed, kept: Kept) -> dict[str, Any]:
    as_superuser(
        bed,
        "UPDATE access_grant SET role = 'hr_approver' FROM app_user u WHERE u.id = user_id AND username = 'hr.danang'",
    )
    return {"code": "rows_differ", "account": "hr.danang", "part": "grant"}


ALTERED: dict[str, tuple[str, str]] = {
    "catalogue": ("list", "SET title_vi = 'Khác' WHERE name = 'ranks'"),
    "catalogue_item": ("item", "SET name_vi = 'Khác' WHERE id = (SELECT max(id) FROM catalogue_item)"),
    "organization": ("unit", "SET code = 'X' WHERE id = (SELECT max(id) FROM organization)"),
    "organization_version": ("version", "SET name = 'Khác' WHERE id = 7"),
    "organization_successor": ("successor", "SET legal_basis = 'khác'"),
    "position": ("position", "SET quota = quota + 1 WHERE id = (SELECT min(id) FROM position)"),
    "file": ("file", "SET sha256 = repeat('0', 64)"),
    "import_file": ("import", "SET created_by = created_by + 1"),
    "import_row": ("row", "SET cells = '{}' WHERE row = 2"),
    "import_finding": ("finding", "SET severity = 'warning'"),
    "proposal": ("proposal", "SET reason = 'khác'"),
    "campaign": ("campaign", "SET due_on = '2030-01-01'"),
    "campaign_task": ("task", "SET words = 'khác' WHERE state <> 'open'"),
    "account_tie": ("tie", "SET official_id = official_id + 1"),
    "api_token": (
        "token",
        "SET scopes = '{officials:record:read,fields:sensitive}' WHERE asked_by IS NOT NULL",
    ),
    "access_grant": ("grant", "SET confirmed_by = granted_by + 5 WHERE confirmed_by IS NOT NULL"),
    "change": ("change", "SET note = 'khác' WHERE status <> 'approved'"),
    "change_operation": (
        "operation",
        "SET reason = 'khác' WHERE change_id IN (SELECT id FROM change WHERE status <> 'approved')",
    ),
    "change_event": (
        "step",
        "SET words = 'khác' WHERE change_id = (SELECT max(id) FROM change WHERE status = 'approved')",
    ),
}
"""A row of each table that is altered, and the part of a seal that it is found by."""


@pytest.mark.parametrize("tables", [tuple(ALTERED)[::2], tuple(ALTERED)[1::2]], ids=["one half", "the other"])
def test_a_row_altered_in_any_table_is_found_by_its_seal(
    own: Bed, kept: Kept, tables: tuple[str, ...]
) -> None:
    for table in tables:
        before = own.scalar(f"SELECT md5(array_agg(t::text ORDER BY t::text)::text) FROM {table} t")
        as_superuser(own, f"UPDATE {table} {ALTERED[table][1]}")
        assert before != own.scalar(
            f"SELECT md5(array_agg(t::text ORDER BY t::text)::text) FROM {table} t"
        ), table
    found = [one for one in checked(own, kept.copy).findings if one.code == "rows_differ"]
    for table in tables:
        located = [one.where for one in found if one.where["part"] == ALTERED[table][0]]
        assert located, (table, found)
        assert all(one["seal_event"] and one["rows"][0] is not None for one in located)


def test_rows_that_no_event_tells_of_are_found_and_rows_that_are_gone(own: Bed, kept: Kept) -> None:
    entered = "INSERT INTO {0} SELECT (jsonb_populate_record(t, jsonb_build_object('id', 999999, 'uid', uuidv7()))).* FROM {0} t LIMIT 1"
    for table in ("file", "proposal", "campaign", "import_file"):
        as_superuser(own, entered.format(table))
    as_superuser(
        own,
        """INSERT INTO change SELECT (jsonb_populate_record(t, jsonb_build_object('id', 999999, 'uid', uuidv7(), 'number', 'X'))).*
            FROM change t WHERE status <> 'approved' LIMIT 1""",
        "DELETE FROM proposal WHERE id <> 999999",
        "DELETE FROM campaign_task WHERE state <> 'open'",
    )
    counts = checked(own, kept.copy).counts
    told = ("file", "proposal", "campaign", "import", "draft")
    assert {f"{one}_without_event": counts[f"{one}_without_event"] for one in told} == {
        f"{one}_without_event": 1 for one in told
    }
    assert (counts["proposal_gone"], counts["review_gone"]) == (1, 1)


def test_every_table_of_the_registry_is_sealed_or_says_why_not() -> None:
    facts = {f"fact_{name}" for name in FACTS}
    business = set(metadata.tables) - LEFT_OUT - facts
    assert business - kinds.tables() - set(kinds.NOT_SEALED) == set()
    assert set(kinds.NOT_SEALED) <= business


def test_seals_of_an_earlier_form_hold_and_what_they_left_out_is_sealed_once(
    registry: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A log that began when seals covered less: the next turn brings it up to date."""
    few_posts(registry)
    make.submitted(registry, [newcomer()])
    with monkeypatch.context() as earlier:
        earlier.setattr(sequencing, "FORM", 1)
        earlier.setattr(sequencing, "KINDS", (kinds.USER,))
        sequencer(registry).turn()
    assert registry.scalar("SELECT form FROM audit_progress") == 1
    report = checked(registry)
    assert (report.as_json()["findings"], report.objects) == ([], {})
    keeper = sequencer(registry)
    keeper.turn()
    assert registry.scalar("SELECT form FROM audit_progress") == kinds.FORM
    report = checked(registry)
    assert (report.as_json()["findings"], report.objects["draft"]) == ([], 1)
    as_superuser(registry, "UPDATE position SET quota = quota + 1 WHERE id = (SELECT min(id) FROM position)")
    assert checked(registry).counts == {"rows_differ": 1}
    as_superuser(registry, "UPDATE audit_progress SET form = 1")
    keeper.turn()
    assert checked(registry).counts["second_baseline"] == 1, "sealed anew over what was altered"


def seal_anew_what_was_edited(bed: Bed, kept: Kept) -> dict[str, Any]:
    """An edit whose author also writes the seal that fits it."""
    edit_a_fact(bed, kept)
    change, uid, number = bed.scalar(
        "SELECT ARRAY[c.id::text, c.uid::text, c.number] FROM fact_salary f JOIN change c ON c.id = f.change_id"
        " WHERE f.official_id = :id",
        id=kept.official,
    )
    with bed.session("audit") as reader:
        said = sealing.said(sealing.changes(reader, [int(change)])[int(change)])
    as_superuser(
        bed,
        """INSERT INTO audit_event (actor_name, actor_role, action, object_type, object_id, detail)
            VALUES ('Hệ thống', 'none', 'trail.seal', 'change', :uid, CAST(:detail AS jsonb))""",
        uid=uid,
        detail=json.dumps({"form": 1, "rows": said}),
    )
    sequencer(bed, bed.settings.home / "forged").turn()
    return {"code": "sealed_twice", "change": number}


BY_ONE = [
    change_and_hash_anew,
    delete_an_event_and_its_leaf,
    delete_the_tail,
    swap_two_places,
    insert_an_event_of_yesterday,
    replay_an_edited_history,
    set_the_database_back,
    seal_anew_what_was_edited,
]
TOGETHER = {
    "rows": [
        edit_a_fact,
        enter_a_fact,
        delete_a_fact,
        close_a_fact,
        enter_a_fact_on_a_draft,
        edit_a_decision,
        approve_without_an_event,
        give_oneself_a_right,
    ],
    "events": [change_one_byte, delete_an_event, swap_two_events, insert_an_event],
}
"""Those that do not hide each other are done to one registry."""


def test_changed_and_missing_bytes_of_kept_files_are_found_and_named(own: Bed) -> None:
    root, read = own.settings.home / "files", []
    (first, one), (second, other) = sorted(
        own.scalar("SELECT json_object_agg(sha256, uid) FROM file").items()
    )[:2]
    content = bytearray((root / first[:2] / first).read_bytes())
    content[-1] ^= 1
    (root / first[:2] / first).write_bytes(content)
    (root / second[:2] / second).unlink()
    report = Report()
    with own.session("audit") as session:
        files_kept.check_files(root, files_kept.digests(session), lambda *told: read.append(told), report)
    assert [(one.code, one.where["files"]) for one in report.findings] == [
        ("file_altered", [one]),
        ("file_missing", [other]),
    ]
    assert read[-1] == (len(read), len(read)) == (report.kept_files, report.kept_files)
    assert checked(own).counts == {"file_altered": 1, "file_missing": 1}


def test_the_state_of_an_import_and_its_changes_follow_from_the_trail(own: Bed) -> None:
    maker, checker = program(own, "hr.hanoi"), program(own, "approver.hanoi")

    def odd() -> list[list[str | None]]:
        report = Report()
        with own.session("audit") as session:
            files_kept.check_imports(session, report)
        return [[one.where["import"], one.where["state"]] for one in report.findings]

    path = f"/imports/{upload(maker, sheet(row('Vũ Thị Nhập', '001190999001'))).json['id']}"
    named = path.removeprefix("/imports/")
    for step in ("queued", "checked", "submitted", "returned", "again", "applied", "undoing", "undone"):
        if step == "checked":
            work(own)
        elif step in ("submitted", "again"):
            sent = maker.post(f"{path}/submit", json={})
        elif step == "returned":
            decide(checker, maker.get(f"/changes/{sent.json['change_id']}"), "return", reason="Xem lại")
        elif step == "undoing":
            sent = maker.post(f"{path}/undo", json={})
        elif step in ("applied", "undone"):
            assert decide(checker, maker.get(f"/changes/{sent.json['change_id']}")).status_code == 200
        assert odd() == [], step
        for altered in (
            "status = 'applied'",
            "status = 'checked'",
            "change_id = NULL",
            "undo_change_id = NULL",
            "change_id = (SELECT min(id) FROM change)",
        ):
            column = altered.split()[0]
            before = own.scalar(f"SELECT {column} FROM import_file WHERE uid = '{named}'")
            as_superuser(own, f"UPDATE import_file SET {altered} WHERE uid = '{named}'")
            after = own.scalar(f"SELECT {column} FROM import_file WHERE uid = '{named}'")
            assert [one for one, _ in odd()] == ([named] if before != after else []), (step, altered)
            as_superuser(own, f"UPDATE import_file SET {column} = :was WHERE uid = '{named}'", was=before)


@pytest.mark.parametrize("tamper", BY_ONE, ids=lambda one: one.__name__)
def test_a_tampering_is_found_and_located(own: Bed, kept: Kept, tamper: Tampering) -> None:
    wanted = tamper(own, kept)
    folder = wanted.pop("folder", None)  # whose files were replaced too: the copy kept outside tells
    report = checked(own, kept.copy, folder=own.settings.home / folder if folder else None)
    found = [{"code": one.code, **one.where} for one in report.findings]
    assert any(wanted.items() <= one.items() for one in found), (wanted, found)


@pytest.mark.parametrize("name", TOGETHER)
def test_each_of_several_tamperings_is_found_and_located(own: Bed, kept: Kept, name: str) -> None:
    wanted = [tamper(own, kept) for tamper in TOGETHER[name]]
    found = [{"code": one.code, **one.where} for one in checked(own, kept.copy).findings]
    for one in wanted:
        assert any(one.items() <= other.items() for other in found), (one, found)


# The sequencer


def test_an_event_that_commits_late_gets_its_place_and_nothing_is_passed_over(own: Bed) -> None:
    keeper = sequencer(own)
    entered = sa.text(
        "INSERT INTO audit_event (actor_name, actor_role, action, object_type, object_id) VALUES ('a', 'b', 'c', 'd', :id)"
        " RETURNING id"
    )
    with (
        own.engine("migrate").connect() as late,
        own.engine("migrate").connect() as early,
        late.begin() as slow,
    ):
        behind = late.execute(entered, {"id": "late"}).scalar_one()
        for turn in range(3):
            with early.begin():
                early.execute(entered, {"id": f"early {turn}"})
            assert keeper.turn() == 1
        assert own.scalar("SELECT settled FROM audit_progress") < behind
        slow.commit()
    assert keeper.turn() == 1
    assert own.scalar("SELECT place FROM audit_leaf WHERE event_id = :id", id=behind) == own.scalar(
        "SELECT max(place) FROM audit_leaf"
    )
    for _ in range(2):
        assert keeper.turn() == 0
    assert own.scalar("SELECT settled FROM audit_progress") > behind
    assert checked(own).ok


def test_what_is_written_while_seals_are_made_gets_its_own_in_the_next_turn(
    own: Bed, monkeypatch: pytest.MonkeyPatch
) -> None:
    keeper = sequencer(own)
    officer = own.api("hr.hanoi")

    def upload(name: str) -> None:
        form = {"file": (io.BytesIO(f"%PDF-1.4 {name}".encode()), f"{name}.pdf")}
        assert officer.post("/files", data=form, content_type="multipart/form-data").status_code == 201

    inner = keeper._seal

    def meanwhile(*asked: Any) -> list[int]:
        made = inner(*asked)
        upload("second")
        return made

    upload("first")
    with monkeypatch.context() as patched:
        patched.setattr(keeper, "_seal", meanwhile)
        keeper.turn()
    keeper.turn()
    unsealed = """SELECT count(*) FROM file f WHERE NOT EXISTS
        (SELECT FROM audit_seal s WHERE s.object_type = 'file' AND s.object_id = f.id)"""
    assert own.scalar(unsealed) == 0
    assert checked(own).ok


def test_sixteen_writers_leave_no_gap_and_no_double(own: Bed) -> None:
    keeper = sequencer(own)
    before = own.scalar("SELECT count(*) FROM audit_event")
    engine = make_engine(own.cluster.dsn(database=own.database), pool_size=16)

    def write(writer: int) -> None:
        chance = Random(writer)
        for _ in range(6):
            with engine.begin() as connection:
                for _ in range(3):
                    connection.execute(
                        sa.text("""INSERT INTO audit_event (actor_name, actor_role, action, object_type, object_id)
                            VALUES ('a', 'b', 'c', 'd', 'e')""")
                    )
                    sleep(chance.random() / 100)

    with ThreadPoolExecutor(16) as writers:
        running = [writers.submit(write, number) for number in range(16)]
        while not all(one.done() for one in running):
            keeper.turn()
        for one in running:
            one.result()
    engine.dispose()
    keeper.turn()
    assert own.scalar("SELECT count(*) FROM audit_event") == before + 16 * 6 * 3
    assert own.scalar("SELECT count(*) FROM audit_leaf") == own.scalar("SELECT count(*) FROM audit_event")
    assert checked(own).ok


def test_nothing_is_signed_when_the_database_was_set_back_behind_its_files(own: Bed) -> None:
    keeper = sequencer(own)
    assert make.official(own, newcomer())
    assert keeper.turn() > 0
    size = own.scalar("SELECT max(size) FROM audit_head")
    as_superuser(
        own,
        "DELETE FROM audit_head WHERE size = :size",
        "DELETE FROM audit_leaf WHERE place >= :size - 1",
        size=size,
    )
    heads = own.scalar("SELECT count(*) FROM audit_head")
    make.official(own, newcomer())
    assert keeper.turn() == 0
    assert own.scalar("SELECT problem FROM audit_progress") == BEHIND
    assert own.scalar("SELECT count(*) FROM audit_head") == heads


# Places outside


def test_heads_are_left_outside_once_and_a_place_that_fails_holds_nothing_up(
    own: Bed, tmp_path: Path
) -> None:
    authority = Authority()
    drop, roots = tmp_path / "drop", tmp_path / "roots.pem"
    roots.write_bytes(authority.roots)
    keeper, worker = sequencer(own), own.engine("worker")
    with answering(authority) as url:
        stamp = TimeStamp(url, keys.folder(own.settings) / "receipts")
        authority.grants = False
        assert anchor(worker, stamp) == anchor(worker, Directory(drop)) == 0  # the directory is not there yet
        authority.grants, authority.about = True, b"something else"
        soon = datetime.now(UTC) + timedelta(minutes=1)
        assert anchor(worker, stamp) == 0, "not tried again at once"
        assert anchor(worker, stamp, soon) == 0, "a stamp over something else is none"
        told = own.scalar("SELECT json_object_agg(outside, failures) FROM audit_anchor_state")
        assert told == {"time_stamp": 2, "directory": 1}
        authority.about = None
        drop.mkdir()
        own.api("auditor1")
        keeper.turn()
        later = datetime.now(UTC) + timedelta(minutes=5)
        assert anchor(worker, stamp, later) == 1, "the newest head only"
        heads = own.scalar("SELECT count(*) FROM audit_head")
        assert anchor(worker, Directory(drop), later) == heads, "every head"
        own.api("auditor1")
        keeper.turn()
        assert anchor(worker, stamp) == 0, "once an hour"
        assert anchor(worker, Directory(drop)) == 1
    assert len(list(drop.iterdir())) == heads + 1
    assert own.scalar("SELECT max(failures) FROM audit_anchor_state") == 0
    outside = Outside(keys.folder(own.settings), (drop,), roots)
    report = verify(own.engine("audit"), keys.verifier(own.settings), outside)
    assert (report.as_json()["findings"], report.outside_heads) == ([], heads + 1)
    roots.write_bytes(Authority().roots)
    found = verify(own.engine("audit"), keys.verifier(own.settings), outside)
    assert found.counts == {"receipt_wrong": 1}


def test_a_head_that_lies_outside_is_never_overwritten(tmp_path: Path) -> None:
    place = Directory(tmp_path)
    place.leave(Leaving(5, bytes(32), "one\n"))
    place.leave(Leaving(5, bytes(32), "one\n"))
    with pytest.raises(AnchorError):
        place.leave(Leaving(5, bytes(32), "two\n"))
    assert [one.read_text() for one in tmp_path.iterdir()] == ["one\n"]


# Months


def test_months_are_made_ahead_and_no_part_of_the_trail_can_be_altered(own: Bed) -> None:
    def make_months(since: str, until: str) -> Any:
        with own.session("worker") as session:
            return session.scalar(
                sa.text("SELECT registry_trail_months(CAST(:since AS date), CAST(:until AS date))"),
                {"since": since, "until": until},
            )

    def enter(at: str) -> Any:
        return own.scalar(
            """INSERT INTO audit_event (at, actor_name, actor_role, action, object_type, object_id)
                VALUES (CAST(:at AS timestamptz), 'a', 'b', 'c', 'd', 'e') RETURNING tableoid::regclass::text""",
            at=at,
        )

    assert running.make_months(own.engine("worker"), own.settings) == 0, "the migration made them"
    assert (make_months("2031-01-20", "2031-03-15"), make_months("2031-01-20", "2031-03-15")) == (3, 0)
    assert enter("2031-02-28T23:59:59Z") == "audit_event_y2031m02"
    assert enter("2040-01-01T00:00:00Z") == "audit_event_rest"
    assert make_months("2040-01-01", "2040-01-01") == 0, "the rest holds that month already"
    parts = own.scalar(
        "SELECT array_agg(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'audit_event'::regclass"
    )
    for part in ("audit_event", *parts):
        for statement in ("UPDATE {} SET reason = ''", "DELETE FROM {}", "TRUNCATE {}"):
            with pytest.raises(sa.exc.DBAPIError, match="never changed or removed"):
                own.scalar(statement.format(part))
    for role in ("web", "worker", "stats", "audit"):
        with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), own.session(role) as session:
            session.execute(sa.text(f"SELECT * FROM {parts[0]}"))
