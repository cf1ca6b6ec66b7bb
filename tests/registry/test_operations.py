"""Reading operations: of any JSON, what is wrong is named, and what is not used is never passed over."""

from typing import Any

import make
import pytest
from conftest import Bed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from make import UNIT, newcomer, submitted

from registry.changes.operations import ACTIONS, read_operations
from registry.errors import Invalid
from registry.officials.facts import FACTS

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**25), 10**25)
    | st.sampled_from(
        ["", "²", "1e999999", "9" * 5000, "\x00", "\ud800", "-0", "2026-11-25", "31/02/2026", "0,5"]
    )
    | st.sampled_from(["01.003", "dang_lam_viec", "cong_chuc", UNIT, "A\u0300", "12/2026", "NaN", "nu"])
    | st.text(max_size=8)
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["code", "date", "precision"]), inner)
    ),
    max_leaves=4,
)
NAMES = sorted(
    {one.name for kind in FACTS.values() for one in kind.fields} | {"valid_from", "valid_to", "fact_id"}
)
FIELDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
KIND = st.sampled_from(sorted(FACTS)) | VALUES


@st.composite
def operations(draw: st.DrawFn, official: str, fact: int) -> dict[str, Any]:
    """Something that looks like an operation from afar."""
    one: dict[str, Any] = {"action": draw(st.sampled_from(ACTIONS) | VALUES), **draw(FIELDS)}
    some = {
        "official": st.just(official) | VALUES,
        "kind": KIND,
        "fact_id": st.just(fact) | VALUES,
        "reason": VALUES,
        "personal": FIELDS | VALUES,
        "facts": VALUES
        | st.lists(FIELDS.flatmap(lambda f: KIND.map(lambda kind: {"kind": kind} | f)), max_size=2),
    }
    for name, value in some.items():
        if draw(st.booleans()):
            one[name] = draw(value)
    return one


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_json_gives_flaws_with_places_and_never_breaks(demo: Bed, data: st.DataObject) -> None:
    uid, fact = demo.scalar(
        """SELECT ARRAY[c.uid::text, f.id::text]
            FROM official_current c JOIN fact_salary f USING (official_id) JOIN organization o ON c.org_ord BETWEEN o.ord AND o.last
            WHERE o.code = 'H26' AND f.recorded_to IS NULL ORDER BY 1 LIMIT 1"""
    )
    raw = data.draw(st.lists(operations(uid, int(fact)), min_size=1, max_size=3))
    with demo.acting("hr.hanoi") as (session, actor):
        read, flaws = read_operations(session, actor, raw)
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
