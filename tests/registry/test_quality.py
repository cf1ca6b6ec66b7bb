"""Data quality: what the rules find and what they leave alone, how findings live and die, and the clock of working days."""

from datetime import date, timedelta

import make
import sqlalchemy as sa
from conftest import TODAY, Bed, Planted
from make import decided, newcomer

from registry.bulk.jobs import Handler, run_one
from registry.catalogues.lists import items
from registry.law.deadline import deadline
from registry.quality import queries
from registry.quality.rules import POINTS, RULES
from registry.quality.services import JOB, refresh, refresh_all, refresh_past, turn, work
from seed.defects import BREAKS, NAMES

HANDLERS = {JOB: Handler(work)}


def found(bed: Bed) -> set[tuple[int, str]]:
    """(official, rule) of every finding."""
    with bed.session() as session:
        rows = session.execute(sa.text("SELECT official_id, rule FROM quality_finding"))
        return {(official, rule) for official, rule in rows}


def of(bed: Bed, official: int) -> set[str]:
    """Rules that a record breaks."""
    return {rule for one, rule in found(bed) if one == official}


def test_exactly_the_planted_defects_are_found(planted: Planted) -> None:
    assert set(planted.on.values()) == set(NAMES)
    assert len(planted.on) > len(NAMES)
    assert found(planted.bed) == {(official, BREAKS[name]) for official, name in planted.on.items()}


def test_every_point_has_a_planted_defect() -> None:
    assert {RULES[rule].point for rule in BREAKS.values()} == set(POINTS)


def test_a_registry_without_defects_has_no_findings_and_full_scores(demo: Bed) -> None:
    assert found(demo) == set()
    assert demo.scalar("SELECT count(*) FROM quality_score WHERE total < 100") == 0
    assert demo.scalar("SELECT count(*) FROM quality_score") == demo.scalar(
        "SELECT count(*) FROM official_current"
    )


def test_a_point_is_the_share_of_weight_that_is_not_broken_and_the_total_the_mean(planted: Planted) -> None:
    official = next(one for one, name in planted.on.items() if name == "coefficient")
    seen = frozenset({"ordinary", "personal", "sensitive"})
    with planted.bed.session() as session:
        stored = session.scalar(sa.text(queries.OF_RECORD), {"official": official})
        quality = queries.of_record(stored, "x", seen)
        member = session.scalar(
            sa.text("SELECT party FROM official_current WHERE official_id = :id"), {"id": official}
        )
    weights = {one.code: one.weight for one in RULES.values() if one.point == "correct"}
    whole = sum(weights.values()) - (0 if member else weights["party_probation"])
    expected = round(100 * (1 - weights["coefficient_off_table"] / whole), 1)
    assert float(quality.points["correct"]) == expected
    assert {name: float(one) for name, one in quality.points.items() if name != "correct"} == {
        name: 100.0 for name in POINTS if name != "correct"
    }
    assert float(quality.total or 0) == round((500 + expected) / 6, 1)
    assert [one.rule.code for one in quality.findings] == ["coefficient_off_table"]
    told = quality.findings[0]
    is_said, should_be = f"Hệ số ghi {told.detail['is']}", f"là {told.detail['should']}."
    assert told.sentence.vi.startswith(is_said.replace(".", ",")), "a comma parts decimals in Vietnamese"
    assert told.sentence.vi.endswith(should_be[:-1].replace(".", ",") + ".")
    assert any("Hệ số khác bảng lương (trọng số 5)" in words.vi for words, _ in quality.why())


def test_an_approval_puts_its_records_down_as_due_and_one_job_counts_them(registry: Bed) -> None:
    official, uid = make.official(registry, newcomer())
    assert registry.scalar("SELECT count(*) FROM quality_score WHERE official_id = :id", id=official) == 0
    assert registry.scalar("SELECT count(*) FROM quality_due WHERE official_id = :id", id=official) == 1
    assert run_one(registry.engine("worker"), registry.settings, HANDLERS)
    assert not run_one(registry.engine("worker"), registry.settings, HANDLERS), "one job for all that waits"
    assert registry.scalar("SELECT count(*) FROM quality_due") == 0
    missing = {rule for rule in of(registry, official) if rule.startswith("missing.")}
    assert missing >= {"missing.identity.native_place", "missing.qualification", "missing.family"}
    decided(
        registry,
        [{"action": "amend", "official": uid, "personal": {"native_place": "Hà Nội", "phone": "0912345678"}}],
    )
    run_one(registry.engine("worker"), registry.settings, HANDLERS)
    left = of(registry, official)
    assert "missing.identity.native_place" not in left
    assert "missing.qualification" in left


def test_what_is_no_longer_so_goes_and_what_stays_keeps_its_first_day(registry: Bed) -> None:
    official, uid = make.official(registry, newcomer())
    with registry.session("worker") as session:
        refresh(session, [official], date(2026, 11, 20))
    decided(
        registry,
        [{"action": "amend", "official": uid, "personal": {"native_place": "Hà Nội"}}],
    )
    with registry.session("worker") as session:
        refresh(session, [official], TODAY)
    days = registry.scalar(
        "SELECT array_agg(DISTINCT found_on) FROM quality_finding WHERE official_id = :id", id=official
    )
    assert days == [date(2026, 11, 20)]
    assert (
        registry.scalar("SELECT checked_on FROM quality_score WHERE official_id = :id", id=official) == TODAY
    )


def test_the_second_record_of_a_person_is_found_when_either_of_the_two_changes(registry: Bed) -> None:
    first, uid = make.official(registry, newcomer(full_name="Lò Văn Thử", personal_id="001190777001"))
    second, _ = make.official(registry, newcomer(full_name="Lò Văn Khác", personal_id="001190777002"))
    with registry.session("worker") as session:
        refresh(session, [first, second], TODAY)
    assert "duplicate_person" not in of(registry, first) | of(registry, second)
    decided(registry, [{"action": "amend", "official": uid, "personal": {"full_name": "Lò Văn Khác"}}])
    with registry.session("worker") as session:
        refresh(session, [first], TODAY)
    assert "duplicate_person" in of(registry, second)
    decided(registry, [{"action": "amend", "official": uid, "personal": {"full_name": "Lò Văn Thử"}}])
    with registry.session("worker") as session:
        refresh(session, [first], TODAY)
    assert "duplicate_person" not in of(registry, second)


def test_rules_that_look_at_the_day_are_counted_anew_with_the_turn_of_the_day(registry: Bed) -> None:
    """On 1 February 2027 the grades of 2026 are asked for, and nobody has them."""
    from dataclasses import replace

    later = replace(registry.settings, today=date(2027, 2, 1))
    with registry.session("worker") as session:
        assert refresh_past(session, TODAY) == 0
    turn(registry.engine("worker"), later)
    rules = [rule for _, rule in found(registry)]
    assert rules.count("evaluation_missing") > 200
    assert registry.scalar("SELECT count(*) FROM quality_score WHERE checked_on < '2027-02-01'") == 0
    with registry.session("worker") as session:
        refresh_all(session, date(2027, 1, 31))
    assert "evaluation_missing" not in [rule for _, rule in found(registry)]


def test_days_of_work_are_numbered_as_the_rule_on_terms_counts_them(demo: Bed) -> None:
    """A term of n days ends on the last day whose number is n more: across Tết, swaps and new year."""
    with demo.session() as session:
        numbers = dict(session.execute(sa.text("SELECT day, number FROM law_workday")).all())
        marked = items(session, "holidays")
    for start in (date(2026, 2, 12), date(2026, 8, 20), date(2026, 12, 30), date(2025, 12, 31), TODAY):
        for days in range(1, 12):
            on = deadline(start, days, marked).on
            assert on is not None
            assert numbers[on] - numbers[start] == days
            assert numbers[on - timedelta(days=1)] - numbers[start] == days - 1


def test_the_clock_counts_decisions_from_signature_to_approval(registry: Bed) -> None:
    """Signed on the Friday before Tết; approved after it: three working days are in time, four are late."""
    _, uid = make.official(registry, newcomer())
    decided(
        registry,
        [
            {
                "action": "record",
                "official": uid,
                "kind": "reward",
                "valid_from": "2026-02-13",
                "form": "gk",
            }
        ],
    )
    with registry.session() as session:
        change = session.scalar(sa.text("SELECT max(id) FROM change"))
        session.execute(
            sa.text("""UPDATE decision SET issued_on = '2026-02-13' WHERE id =
                (SELECT decision_id FROM change WHERE id = :change)"""),
            {"change": change},
        )
    asked = queries.Period(date(2026, 2, 1), date(2026, 3, 1))
    seen = []
    for day in ("2026-02-25", "2026-02-26"):
        with registry.session() as session:
            session.execute(
                sa.text(
                    "UPDATE change SET decided_at = CAST(:day AS date) + time '03:00' WHERE id = :change"
                ),
                {"day": day, "change": change},
            )
            session.execute(sa.text("DELETE FROM quality_entry"))
        with registry.session("worker") as session:
            refresh_all(session, TODAY)
        with registry.session() as session:
            session.execute(
                sa.text("DELETE FROM quality_entry WHERE change_id <> :change"), {"change": change}
            )
        with registry.session("stats") as session:
            line = queries.board(session, "H26", asked, TODAY, list(RULES), "vi").total
        seen.append((line.decisions, line.on_time, line.late, line.median_days))
    assert seen == [(1, 1, 0, 3), (1, 0, 1, 4)]
