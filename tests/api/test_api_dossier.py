"""The whole dossier over the API: every kind goes in by two people and comes out as it went in."""

from datetime import date
from typing import Any

import make
import pytest
from conftest import Bed
from make import UNIT, filled, newcomer, paper

from registry.officials.facts import FACTS
from registry.officials.facts.kind import Field

SINCE = date(2026, 8, 1)
"""After the last change of lists and tiers, so that every code in force today is in force then."""


def approve(bed: Bed, change: str) -> Any:
    """The checker's approval of a change handed in; the reply."""
    checker = bed.api("approver.hanoi")
    shown = checker.get(f"/changes/{change}")
    return checker.post(f"/changes/{change}/approve", json={}, headers={"If-Match": shown.headers["ETag"]})


def told(one: Field, value: Any) -> Any:
    """What a record says of a value that was sent."""
    if value is None:
        return None
    match one.type:
        case "unit":
            return {"code": value}
        case "integer" | "year":
            return int(value)
        case "decimal":
            return f"{float(value):.{one.digits[1]}f}"
    return value


def said(one: Field, value: Any) -> Any:
    """The same of a value read: a unit by its code alone."""
    return {"code": value["code"]} if one.type == "unit" and value else value


@pytest.fixture
def person(registry: Bed) -> tuple[Bed, str]:
    """Somebody with nothing but what a new person needs, recruited on the first day."""
    _, uid = make.official(registry, newcomer(since=SINCE))
    return registry, uid


def test_every_kind_goes_in_by_two_people_and_comes_out_as_sent(person: tuple[Bed, str]) -> None:
    bed, uid = person
    sent = {kind: filled(bed, kind, SINCE) for kind in FACTS if kind != "identity"}
    personal = filled(bed, "identity", date(1990, 5, 20))
    del personal["kind"], personal["valid_from"]
    operations = [{"action": "record", "official": uid, **fact} for fact in sent.values()]
    operations.append({"action": "amend", "official": uid, "personal": personal})
    body = {"decision": paper("99/QĐ"), "operations": operations}
    reply = bed.api("hr.hanoi").post("/changes?submit=true", json=body)
    assert reply.status_code == 201, reply.text
    diff = bed.api("approver.hanoi").get(f"/changes/{reply.json['id']}").json["diff"]
    shown = {fact["kind"]: {line["name"] for line in fact["fields"]} for fact in diff[0]["facts"]}
    assert approve(bed, reply.json["id"]).status_code == 200
    record = bed.api("auditor1").get(f"/officials/{uid}").json
    for kind, fact in sent.items():
        found = [one for one in record["facts"][kind] if one["decision"]["number"] == "99/QĐ"]
        assert len(found) == 1, kind
        assert found[0]["valid_from"] == SINCE.isoformat()
        for one in FACTS[kind].fields:
            assert said(one, found[0][one.name]) == told(one, fact[one.name]), (kind, one.name)
            assert (
                fact[one.name] in (None, False)
                or one.name in shown[kind]
                or kind in ("status", "appointment", "salary")
            )
    for one in FACTS["identity"].fields:
        assert record["personal"][one.name] == told(one, personal[one.name]), one.name
    history = bed.api("auditor1").get(f"/officials/{uid}/history").json["items"]
    assert {fact["kind"] for fact in history[0]["facts"]} == set(FACTS)


CODED = [(kind.name, one.name) for kind in FACTS.values() for one in kind.coded() if kind.name != "identity"]
WRONG: list[tuple[str, dict[str, Any], str, str]] = [
    ("health", {"height_cm": 95}, "height_cm", "number_range"),
    ("health", {"weight_kg": "201"}, "weight_kg", "number_range"),
    ("contract", {"valid_to": "2026-08-01"}, "valid_to", "order"),
    ("military", {"valid_to": "2020-01-01"}, "valid_to", "order"),
    ("address", {"province": "04", "commune": "00004"}, "commune", "commune_elsewhere"),
    ("secondment", {"to_unit": "KHONG-CO"}, "to_unit", "unknown_unit"),
    ("leave", {"back_on": "31/02/2027"}, "back_on", "date_impossible"),
    ("asset_declaration", {"year": 1990}, "year", "number_range"),
    ("status", {"status": "tap_su"}, "status", "code_ended"),
    ("personal_history", {"statement": "x" * 4001}, "statement", "too_long"),
]


def test_bad_codes_dates_and_numbers_are_refused_by_field_and_nothing_is_written(
    person: tuple[Bed, str],
) -> None:
    bed, uid = person
    maker, before = bed.api("hr.hanoi"), bed.counts()
    unknown = [(kind, {field: "khong_co"}, field, "unknown_code") for kind, field in CODED]
    operations, expected = [], set()
    for number, (kind, values, field, code) in enumerate([*unknown, *WRONG]):
        operations.append({"action": "record", "official": uid, **filled(bed, kind, SINCE), **values})
        expected.add((f"operations/{number}/{field}", code))
    reply = maker.post("/changes", json={"decision": paper("98/QĐ"), "operations": operations})
    assert reply.status_code == 422
    found = {(one["path"], one["code"]) for one in reply.json["errors"]}
    assert expected - found == set()
    assert {
        name: count for name, count in bed.counts().items() if name not in ("api_token", "audit_event")
    } == {name: count for name, count in before.items() if name not in ("api_token", "audit_event")}


BROKEN: list[tuple[str, dict[str, Any], str, str]] = [
    ("policy_status", {"policy": "con_liet_si"}, "disability_class", "class_of_wounded"),
    ("secondment", {"to_unit": None, "to_name": None}, "to_name", "has_destination"),
    ("abroad_link", {"relation": None}, "relation", "relation_of_relative"),
    ("identity_paper", {"number": "12345"}, "number", "number_form"),
    ("leave", {"back_on": "2026-07-01"}, "back_on", "back_after_start"),
    ("qualification", {"major_code": "73401"}, "major_code", "major_code_digits"),
    ("party", {"official_on": "2020-01-01"}, "official_on", "official_after_joined"),
]


def test_what_disagrees_within_a_fact_is_told_the_maker_by_field_and_nothing_is_written(
    person: tuple[Bed, str],
) -> None:
    bed, uid = person
    maker, changes = bed.api("hr.hanoi"), "SELECT count(*) FROM change"
    operations = [
        {"action": "record", "official": uid, **filled(bed, kind, SINCE), **values}
        for kind, values, _, _ in BROKEN
    ]
    before = bed.scalar(changes)
    reply = maker.post("/changes", json={"decision": paper("97/QĐ"), "operations": operations})
    assert reply.status_code == 422
    assert [(one["path"], one["code"]) for one in reply.json["errors"]] == [
        (f"operations/{number}/{field}", check)
        for number, (_, _, field, check) in sorted(
            enumerate(BROKEN), key=lambda pair: list(FACTS).index(pair[1][0])
        )
    ]
    for kind, _, _, check in BROKEN:
        words = next(words for name, _, words in FACTS[kind].checks if name == check)
        assert words.vi in [one["message"] for one in reply.json["errors"]]
    assert bed.scalar(changes) == before


def test_what_holds_one_at_a_time_follows_the_one_before(person: tuple[Bed, str]) -> None:
    bed, uid = person
    first = {
        kind: filled(bed, kind, SINCE) for kind in ("address", "contract", "leave", "secondment", "planning")
    }
    moved = {kind: fact | {"valid_from": "2026-10-01"} for kind, fact in first.items()}
    moved["planning"]["reviewed_on"] = "2026-11-02"
    other = filled(bed, "address", SINCE, turn=1)
    make.decided(bed, [{"action": "record", "official": uid, **fact} for fact in (*first.values(), other)])
    make.decided(
        bed, [{"action": "record", "official": uid, **fact} for fact in moved.values()], number="2/QĐ"
    )
    facts = bed.api("hr.hanoi").get(f"/officials/{uid}?as_of=2026-11-01").json["facts"]
    for kind in first:
        mine = [one for one in facts[kind] if kind != "address" or one["use"] == first["address"]["use"]]
        assert [(one["valid_from"], one["valid_to"]) for one in mine] == [
            ("2026-10-01", None),
            (SINCE.isoformat(), "2026-10-01"),
        ], kind
    assert [one["valid_to"] for one in facts["address"] if one["use"] == other["use"]] == [None]


def test_people_may_be_sent_to_units_of_others_and_nobody_reads_the_secret_kind(
    person: tuple[Bed, str],
) -> None:
    bed, uid = person
    sent = filled(bed, "secondment", SINCE) | {"to_unit": "H17-SNV", "to_name": None}
    history = filled(bed, "personal_history", SINCE)
    make.decided(bed, [{"action": "record", "official": uid, **fact} for fact in (sent, history)])
    record = bed.api("hr.hanoi").get(f"/officials/{uid}").json
    assert record["facts"]["secondment"][0]["to_unit"]["code"] == "H17-SNV"
    assert "personal_history" not in record["facts"]
    assert history["statement"] not in bed.api("hr.hanoi").get(f"/officials/{uid}").text
    assert UNIT in {one["organization"]["code"] for one in record["facts"]["appointment"]}


def test_a_change_tells_nobody_more_of_a_record_than_the_record_does(person: tuple[Bed, str]) -> None:
    bed, uid = person
    secrets = ["Từng ở nước ngoài", "Có anh ở nước ngoài", "Đã khai với tổ chức"]
    history = filled(bed, "personal_history", SINCE) | {"statement": secrets[2]}
    relative = filled(bed, "family", SINCE) | {"abroad": secrets[1]}
    facts = [{"action": "record", "official": uid, **fact} for fact in (history, relative)]
    amend = {"action": "amend", "official": uid, "personal": {"political_history": secrets[0]}}
    make.decided(bed, [*facts, amend])
    record = bed.api("auditor1").get(f"/officials/{uid}").json["facts"]
    maker, before = bed.api("hr.hanoi"), bed.scalar("SELECT count(*) FROM change")
    hidden = {"official": uid, "kind": "personal_history", "fact_id": record["personal_history"][0]["id"]}
    for operation in ({"action": "withdraw", **hidden, "reason": "Thừa"}, {"action": "correct", **hidden}):
        reply = maker.post("/changes", json={"decision": paper("5/QĐ"), "operations": [operation]})
        assert (reply.status_code, reply.json["errors"][0]["code"]) == (422, "not_found")
    assert bed.scalar("SELECT count(*) FROM change") == before
    relative = {"official": uid, "kind": "family", "fact_id": record["family"][0]["id"]}
    operations = [
        {"action": "correct", **relative, "occupation": "Bác sĩ"},
        {"action": "amend", "official": uid, "personal": {"phone": "0987654321"}},
    ]
    body = {"decision": paper("6/QĐ"), "operations": operations}
    change = maker.post("/changes?submit=true", json=body)
    shown = maker.get(f"/changes/{change.json['id']}").text
    assert "0987654321" in shown
    assert "Bác sĩ" in shown
    assert [secret for secret in secrets if secret in shown] == []
    assert approve(bed, change.json["id"]).status_code == 200
    after = bed.api("auditor1").get(f"/officials/{uid}").json
    assert after["personal"]["political_history"] == secrets[0]
    assert after["facts"]["family"][0]["abroad"] == secrets[1]
