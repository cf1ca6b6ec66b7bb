"""Reading operations: of any JSON, what is wrong is named, and what is not used is never passed over."""

from decimal import Decimal
from typing import Any

import make
import pytest
from conftest import TODAY, Bed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make import UNIT, newcomer, submitted

from registry.changes.operations import ACTIONS, read_operations
from registry.errors import Invalid
from registry.officials.facts import FACTS
from registry.officials.facts.parsing import Known, parse_fields

NASTY = [
    "",
    "²",
    "1e999999",
    "9" * 5000,
    "\x00",
    "\ud800",
    "-0",
    "2026-11-25",
    "31/02/2026",
    "0,5",
    "A\u0300",
]
PLAUSIBLE = ["01.003", "dang_lam_viec", "cong_chuc", UNIT, "12/2026", "NaN", "nu", True, 3, 10**25, -1, None]
SCALARS = st.sampled_from(NASTY) | st.sampled_from(PLAUSIBLE) | st.text(max_size=6)
VALUES = SCALARS | st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["code", "date", "precision"]), inner)
    ),
    max_leaves=4,
)
CLOCKS = {"valid_from": VALUES, "valid_to": VALUES}


def fields(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    """Every field of a kind, each with something in it, or without."""
    return st.fixed_dictionaries({}, optional={one.name: VALUES for one in FACTS[kind].fields} | CLOCKS)


@st.composite
def operations(draw: st.DrawFn, official: str, fact: int) -> dict[str, Any]:
    """Something that looks like an operation from afar."""
    kind = draw(st.sampled_from(sorted(FACTS)))
    inner = fields(kind).map(lambda found: {"kind": kind} | found)
    some = {
        "action": st.sampled_from(ACTIONS) | VALUES,
        "official": st.just(official) | VALUES,
        "kind": st.just(kind) | VALUES,
        "fact_id": st.just(fact) | VALUES,
        "reason": VALUES,
        "personal": fields("identity") | VALUES,
        "facts": st.lists(inner, max_size=2) | VALUES,
    }
    return draw(st.fixed_dictionaries({}, optional=some)) | draw(fields(kind))


def test_no_value_of_any_field_breaks_the_reading_and_what_is_taken_can_be_stored() -> None:
    known = Known(lambda name: frozenset({"01.003", "nu"}), {UNIT: 1})
    more = [
        [],
        {},
        [1],
        {"date": "2026-05-05", "precision": "year"},
        {"date": []},
        {"code": UNIT},
        2**31,
        0,
        False,
    ]
    for kind in FACTS.values():
        for one in kind.fields:
            for value in [*NASTY, *PLAUSIBLE, *more]:
                values, flaws = parse_fields(kind, {one.name: value}, known, "", partial=True)
                assert bool(values) != bool(flaws), (kind.name, one.name, value)
                taken = values.get(one.name)
                if one.type in ("integer", "year") and taken is not None:
                    assert -(2**31) <= int(taken) < 2**31
                if one.type == "decimal" and taken is not None:
                    assert abs(Decimal(taken)) < 10 ** (one.digits[0] - one.digits[1])
                    assert -Decimal(taken).as_tuple().exponent <= one.digits[1]


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_json_gives_flaws_with_places_and_never_breaks(demo: Bed, data: st.DataObject) -> None:
    uid, fact = demo.scalar(
        """SELECT ARRAY[c.uid::text, f.id::text]
            FROM official_current c JOIN fact_salary f USING (official_id)
            JOIN organization o ON c.org_ord BETWEEN o.ord AND o.last
            WHERE o.code = 'H26' AND f.recorded_to IS NULL ORDER BY 1 LIMIT 1"""
    )
    raw = data.draw(st.lists(operations(uid, int(fact)), min_size=1, max_size=3))
    with demo.acting("hr.hanoi") as (session, actor):
        read, flaws = read_operations(session, actor, raw, TODAY)
        session.rollback()
    assert all(flaw.path.startswith("operations") and flaw.code and flaw.message.vi for flaw in flaws)
    assert read or flaws


def test_what_an_operation_does_not_use_is_refused_by_name_and_nothing_is_written(registry: Bed) -> None:
    official, uid = make.official(registry, newcomer())
    fact = registry.scalar("SELECT id FROM fact_salary WHERE official_id = :id", id=official)
    on = {"official": uid, "kind": "salary", "fact_id": fact}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"action": "record", **on, "valid_from": "2026-01-01"}, "fact_id"),
        ({"action": "correct", **on, "official_id": 1}, "official_id"),
        ({"action": "correct", **on, "recorded_from": "2020-01-01"}, "recorded_from"),
        ({"action": "correct", **on, "personal": {}}, "personal"),
        ({"action": "end", **on, "valid_to": "2026-01-01", "step": 3}, "step"),
        ({"action": "withdraw", **on, "reason": "Ghi nhầm", "valid_to": "2026-01-01"}, "valid_to"),
        (
            {"action": "amend", "official": uid, "personal": {"full_name": "Phạm Thử"}, "kind": "salary"},
            "kind",
        ),
        (
            {"action": "amend", "official": uid, "personal": {"personal_id": "001190000001"}},
            "personal/personal_id",
        ),
        (newcomer() | {"official": uid}, "official"),
    ]
    wrong.append((newcomer(), "facts/0/official"))
    wrong[-1][0]["facts"][0]["official"] = uid
    before = registry.counts()
    for operation, named in wrong:
        with pytest.raises(Invalid) as error:
            submitted(registry, [operation])
        assert f"operations/0/{named}" in [flaw.path for flaw in error.value.flaws], (
            operation,
            error.value.flaws,
        )
    with pytest.raises(Invalid) as error:
        submitted(
            registry, [{"action": "correct", **on, "step": 1}, {"action": "withdraw", **on, "reason": "Thừa"}]
        )
    assert [(flaw.path, flaw.code) for flaw in error.value.flaws] == [("operations/1/fact_id", "twice")]
    assert registry.counts() == before


def test_every_field_called_reason_is_the_facts_own(registry: Bed) -> None:
    official, uid = make.official(registry, newcomer())
    said = "Hoàn thành xuất sắc nhiệm vụ"
    on = {"official": uid, "valid_from": "2026-01-05", "reason": said}
    reward = {"action": "record", "kind": "reward", "form": "cstd_cs", **on}
    make.decided(registry, [reward, {"action": "record", "kind": "discipline", "form": "khien_trach", **on}])
    fact = registry.scalar("SELECT id FROM fact_reward WHERE official_id = :id", id=official)
    other = {"official": uid, "kind": "reward", "fact_id": fact, "reason": "Thành tích năm 2025"}
    make.decided(registry, [{"action": "correct", **other}])
    told = """SELECT array_agg(reason) FROM (SELECT id, reason FROM fact_reward WHERE official_id = :id
        UNION ALL SELECT id, reason FROM fact_discipline WHERE official_id = :id) f"""
    assert sorted(registry.scalar(told, id=official)) == sorted([said, said, "Thành tích năm 2025"])
