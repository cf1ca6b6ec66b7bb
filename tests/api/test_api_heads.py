"""Heads and proofs as programs ask for them."""

from conftest import Bed
from make import sequencer
from walk import program


def test_heads_and_proofs_are_for_auditors_and_hold(registry: Bed) -> None:
    auditor = program(registry, "auditor1")
    entry = registry.scalar("SELECT max(id) FROM audit_event")
    early = auditor.get(f"/audit/entries/{entry}/proof")
    assert (early.status_code, early.json["type"]) == (409, "/api/v1/problems/not_in_log_yet")
    assert auditor.get("/audit/heads").json == {
        "items": [],
        "next_cursor": None,
        "count": {"value": 0, "exact": True},
    }
    keeper = sequencer(registry)
    keeper.turn()
    proof = auditor.get(f"/audit/entries/{entry}/proof").json
    heads = auditor.get("/audit/heads").json
    assert [one["root"] for one in heads["items"]] == [proof["head"]["root"]]
    assert (proof["event"], heads["count"]["value"]) == (entry, 1)
    keeper.turn()
    page = auditor.get("/audit/heads?limit=1").json
    older = auditor.get(f"/audit/heads?limit=1&cursor={page['next_cursor']}").json
    assert [one["size"] for one in older["items"]] == [proof["head"]["size"]]
    assert auditor.get("/audit/entries?action=trail.baseline").json["items"][0]["place"] is not None
    assert auditor.get("/audit/entries/99999999/proof").status_code == 404
    assert program(registry, "hr.hanoi").get("/audit/heads").status_code == 403
