"""What disciplinary measures say about a change: told to whoever hands it in and decides, with the person and the day."""

from typing import Any

import make
from conftest import TODAY, Bed
from make import UNIT, decided, paper

from registry.changes import queries, services

HEAD = "bo_vice_minister"


def told(bed: Bed, *operations: dict[str, Any]) -> dict[str, str]:
    """Code → sentence of what a draft is warned of on account of measures."""
    with bed.acting("hr.hanoi") as (session, actor):
        change = services.draft(
            session, actor, {"decision": paper("9/QĐ"), "operations": list(operations)}, TODAY
        )
        found = queries.findings(session, change, TODAY)
        session.rollback()
    return {one.code: one.message.vi for one in found if one.code in ("promotion_blocked", "post_not_ended")}


def record(uid: str, kind: str, since: str, **fields: Any) -> dict[str, Any]:
    """An operation that records a fact."""
    return {"action": "record", "official": uid, "kind": kind, "valid_from": since, **fields}


def post(uid: str, since: str, event: str | None, **fields: Any) -> dict[str, Any]:
    """An operation that records a post."""
    return record(
        uid, "appointment", since, organization=UNIT, job_position="Chuyên viên", event=event, **fields
    )


def test_advancement_within_the_time_that_a_measure_bars_it_is_told_with_the_day(demo: Bed) -> None:
    _, uid = make.official(demo)
    measure = record(uid, "discipline", "2026-03-01", form="canh_cao", promotion_block_months=12)
    rise = post(uid, "2026-10-01", "bo_nhiem", position=HEAD)
    assert told(demo, rise) == {}
    assert set(told(demo, measure, rise)) == {"promotion_blocked"}  # both in one change
    decided(demo, [measure])
    sentence = told(demo, rise)["promotion_blocked"]
    assert "Cảnh cáo" in sentence
    assert "từ 01/03/2026" in sentence
    assert "01/03/2027" in sentence
    assert set(told(demo, record(uid, "planning", "2026-12-01", post="Trưởng phòng", term="2031_2036"))) == {
        "promotion_blocked"
    }
    assert told(demo, post(uid, "2027-03-01", "bo_nhiem")) == {}  # the first day after it
    assert told(demo, post(uid, "2026-02-28", "bo_nhiem")) == {}  # the day before it
    assert told(demo, post(uid, "2026-10-01", "dieu_dong")) == {}  # no advancement


def test_a_removal_from_office_names_the_post_that_it_leaves(demo: Bed) -> None:
    _, uid = make.official(demo)
    decided(demo, [post(uid, "2024-01-01", "bo_nhiem", position=HEAD)])
    removal = record(uid, "discipline", "2026-11-01", form="cach_chuc")
    assert "Thứ trưởng" in told(demo, removal)["post_not_ended"]
    assert told(demo, removal, post(uid, "2026-11-01", None)) == {}
