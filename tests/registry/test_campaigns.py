"""Review campaigns: who gets a task, who may answer, and figures that add up however one cuts them."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from conftest import TODAY, Api, Bed, counted
from make import newcomer, official
from sqlalchemy import text

from registry.campaigns import queries, services
from registry.errors import Conflict

DUE = TODAY + timedelta(days=10)


def started(api: Api, unit: str = "H26", **more: Any) -> str:
    """A campaign; its id."""
    reply = api.post(
        "/campaigns",
        json={"name": "Rà soát cuối năm", "organization": unit, "due_on": DUE.isoformat(), **more},
    )
    assert reply.status_code == 201, reply.text
    return str(reply.json["id"])


def in_post(bed: Bed, unit: str) -> int:
    """How many people are in post in a unit and below, counted by themselves."""
    found: int = bed.scalar(
        """SELECT count(*) FROM official_current c JOIN organization o ON o.code = :unit
            WHERE c.in_headcount AND c.org_ord BETWEEN o.ord AND o.last""",
        unit=unit,
    )
    return found


def people_of(api: Api, campaign: str, **asked: str) -> list[str]:
    """Registry ids of the files of a campaign, by filters."""
    query = "&".join(f"{name}={value}" for name, value in {"limit": "200", **asked}.items())
    return [one["official"]["id"] for one in api.get(f"/campaigns/{campaign}/tasks?{query}").json["items"]]


def test_everybody_in_post_gets_one_task_and_the_figures_add_up_however_they_are_cut(registry: Bed) -> None:
    officer, inner = registry.api("hr.hanoi"), registry.api("hr.badinh")
    campaign = started(officer)
    whole = in_post(registry, "H26")
    assert whole > 20
    badinh = in_post(registry, "H26-00004")
    assert 0 < badinh < whole
    people = people_of(officer, campaign)
    assert len(set(people)) == whole
    confirmed = officer.post(
        f"/campaigns/{campaign}/confirm", json={"officials": people[:7], "reason": "Đã ký xác nhận trên giấy"}
    )
    assert confirmed.json == {"done": 7}
    found = officer.get(f"/campaigns/{campaign}/progress").json
    assert found["total"] == {
        "total": whole, "confirmed": 7, "corrected": 0, "done": 7, "open": whole - 7, "overdue": 0, "percent": 700 // whole,
    }  # fmt: skip
    for name in ("total", "done", "open"):
        assert sum(one[name] for one in found["units"]) == found["total"][name], name
    part = officer.get(f"/campaigns/{campaign}/progress?organization=H26-00004").json
    assert part["total"]["total"] == badinh
    assert sum(one["total"] for one in part["units"]) == badinh
    assert inner.get(f"/campaigns/{campaign}/progress").json["total"]["total"] == badinh, "only their own"
    assert inner.get(f"/campaigns/{campaign}").json["progress"]["total"] == badinh
    sent = officer.get(f"/campaigns/{campaign}/progress.csv")
    rows = list(csv.DictReader(io.StringIO(sent.get_data(as_text=True).removeprefix("\ufeff"))))
    assert sum(int(one["Số hồ sơ"]) for one in rows) == whole
    assert sum(int(one["Đã xác nhận đúng"]) for one in rows) == 7
    with registry.acting("hr.hanoi") as (session, _):
        late = queries.progress(session, queries.get_campaign(session, campaign), DUE + timedelta(days=1))
    assert late.overdue == whole - 7
    told = "SELECT count(*) FROM audit_event WHERE action = 'campaign.answer' AND reason = 'Đã ký xác nhận trên giấy'"
    assert registry.scalar(told) == 7


def test_progress_takes_the_same_few_statements_for_a_ward_and_a_province(registry: Bed) -> None:
    with registry.acting("hr.hanoi") as (session, actor):
        sizes = []
        for unit in ("H26-SNV", "H26"):
            body = {"name": "Rà soát", "organization": unit, "due_on": DUE.isoformat()}
            with counted(registry) as sent:
                campaign = services.start(session, actor, body, TODAY)
                queries.progress_by_unit(session, campaign, TODAY)
                queries.list_tasks(session, campaign, limit=200)
            sizes.append(len(sent))
    assert sizes[0] == sizes[1] <= 10, sent


def test_an_official_confirms_or_corrects_and_the_answer_is_the_last_one(registry: Bed) -> None:
    own, uid = official(registry)
    registry.scalar(
        "UPDATE app_user SET official_id = :own WHERE username = 'official1' RETURNING 1", own=own
    )
    officer, me = registry.api("hr.hanoi"), registry.api("official1")
    campaign = started(officer, kinds=["identity"])
    mine = me.get("/me/campaigns?running=true").json["items"]
    assert [(one["id"], one["mine"]["state"], one["progress"]["total"]) for one in mine] == [
        (campaign, "open", 1)
    ]
    assert me.get("/campaigns").status_code == 403
    assert (
        registry.api("official2")
        .post(f"/campaigns/{campaign}/answer", json={"outcome": "confirmed"})
        .status_code
        == 404
    )
    assert me.post(f"/campaigns/{campaign}/answer", json={"outcome": "corrected"}).status_code == 422
    assert (
        me.post(f"/campaigns/{campaign}/answer", json={"outcome": "confirmed"}).json["mine"]["state"]
        == "confirmed"
    )
    phone = {"action": "amend", "official": uid, "personal": {"phone": "0901"}}
    change = me.post("/changes?submit=true", json={"decision": {}, "operations": [phone]}).json["id"]
    reply = me.post(f"/campaigns/{campaign}/answer", json={"outcome": "corrected", "change": change})
    assert reply.json["mine"]["state"] == "corrected"
    foreign = officer.post(
        "/changes", json={"decision": {"number": "1", "issued_on": "2026-11-01"}, "operations": [newcomer()]}
    ).json["id"]
    assert (
        me.post(f"/campaigns/{campaign}/answer", json={"outcome": "corrected", "change": foreign}).status_code
        == 404
    )
    assert (
        me.post(f"/campaigns/{campaign}/confirm", json={"officials": [uid], "reason": "x"}).status_code == 403
    )


def test_nobody_answers_for_others_beyond_the_own_units_without_a_reason_or_after_the_close(
    registry: Bed,
) -> None:
    officer, inner, foreign = (registry.api(one) for one in ("hr.hanoi", "hr.badinh", "hr.danang"))
    assert (
        officer.post(
            "/campaigns", json={"name": "X", "organization": "H17", "due_on": DUE.isoformat()}
        ).status_code
        == 422
    )
    assert (
        inner.post(
            "/campaigns", json={"name": "X", "organization": "H26", "due_on": DUE.isoformat()}
        ).status_code
        == 422
    )
    past = {
        "name": "X",
        "organization": "H26",
        "due_on": (TODAY - timedelta(days=1)).isoformat(),
        "kinds": ["nothing"],
    }
    wrong = officer.post("/campaigns", json=past)
    assert {one["path"] for one in wrong.json["errors"]} == {"due_on", "kinds"}
    for name in ("approver.hanoi", "auditor1", "official1", "statistician1"):
        assert registry.api(name).post("/campaigns", json=past).status_code == 403
    campaign = started(officer)
    people = people_of(officer, campaign)
    theirs = people_of(inner, campaign)
    outside = next(one for one in people if one not in theirs)
    before = registry.scalar("SELECT md5(string_agg(t::text, '|' ORDER BY official_id)) FROM campaign_task t")
    for api, who, reason, status in (
        (foreign, theirs[:1], "Đúng", 404),
        (inner, [theirs[0], outside], "Đúng", 409),
        (inner, theirs[:1], "  ", 422),
        (inner, [], "Đúng", 422),
        (inner, ["không phải mã"], "Đúng", 422),
        (registry.api("approver.hanoi"), theirs[:1], "Đúng", 403),
    ):
        reply = api.post(f"/campaigns/{campaign}/confirm", json={"officials": who, "reason": reason})
        assert reply.status_code == status, (status, reply.text)
    assert inner.post(f"/campaigns/{campaign}/close", json={}).status_code == 404
    after = "SELECT md5(string_agg(t::text, '|' ORDER BY official_id)) FROM campaign_task t"
    assert registry.scalar(after) == before
    assert officer.post(f"/campaigns/{campaign}/close", json={}).json["closed_at"]
    late = inner.post(f"/campaigns/{campaign}/confirm", json={"officials": theirs[:1], "reason": "Đúng"})
    assert (late.status_code, registry.scalar(after)) == (409, before)
    assert foreign.get(f"/campaigns/{campaign}").status_code == 404


def test_the_database_shows_an_official_the_own_task_only(registry: Bed) -> None:
    started(registry.api("hr.hanoi"))
    with registry.acting("official1") as (session, actor):
        seen = session.execute(text("SELECT official_id FROM campaign_task")).scalars().all()
        assert list(seen) == [actor.official_id]
        touched = session.execute(
            text("UPDATE campaign_task SET words = 'x' WHERE official_id <> :own"), {"own": actor.official_id}
        )
        assert touched.rowcount == 0  # type: ignore[attr-defined]
        assert session.execute(text("UPDATE campaign SET closed_at = now(), closed_by = 1")).rowcount == 0  # type: ignore[attr-defined]
    with registry.acting("hr.danang") as (session, _):
        assert session.execute(text("SELECT count(*) FROM campaign")).scalar_one() == 0
    empty = registry.scalar(
        """SELECT o.code FROM organization o JOIN organization h ON h.code = 'H26' AND o.ord BETWEEN h.ord AND h.last
            WHERE NOT EXISTS (SELECT 1 FROM official_current c
                WHERE c.org_ord BETWEEN o.ord AND o.last AND c.in_headcount) LIMIT 1"""
    )
    body = {"name": "X", "organization": empty, "due_on": DUE.isoformat()}
    with registry.acting("hr.hanoi") as (session, actor), pytest.raises(Conflict, match="nobody"):
        services.start(session, actor, body, TODAY)
    assert registry.scalar("SELECT count(*) FROM campaign") == 1
