"""Data quality: what the rules find and what they leave alone, how findings live, and the clock of working days."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed, _clone, settings_in

from registry import migrate
from registry.quality.rules import RULES
from registry.quality.services import refresh_all
from seed.defects import BREAKS, NAMES
from seed.demo import load_demo
from seed.load import load_catalogues


def found(bed: Bed) -> set[tuple[int, str]]:
    """(official, rule) of every finding."""
    with bed.session() as session:
        rows = session.execute(sa.text("SELECT official_id, rule FROM quality_finding"))
        return {(official, rule) for official, rule in rows}


@pytest.fixture(scope="module")
def planted(cluster, empty_template: str) -> Iterator[tuple[Bed, dict[int, str]]]:
    """A registry of 300 with every defect planted, some of them again: the bed, and official → defect."""
    _clone(cluster, "template_planted", empty_template)
    bed = Bed(cluster, "template_planted", settings_in(cluster.home))
    migrate.upgrade(bed.engine("migrate"))
    with bed.session() as session:
        load_catalogues(session)
        counts = load_demo(session, officials=300, seed=7, today=TODAY, defects=NAMES, every=100)
    with bed.session() as session:
        refresh_all(session, TODAY)
    planted = [(name.split(".")[1], on) for name, on in counts.items() if name.startswith("defect.")]
    assert {name for name, _ in planted} == set(NAMES)
    yield bed, {on: name for name, on in planted}
    bed.close()


def test_exactly_the_planted_defects_are_found(planted: tuple[Bed, dict[int, str]]) -> None:
    bed, on = planted
    assert len(on) > len(NAMES)
    assert found(bed) == {(official, BREAKS[name]) for official, name in on.items()}
    assert {RULES[rule].point for rule in BREAKS.values()} == {
        "correct",
        "complete",
        "clean",
        "alive",
        "consistent",
        "shared",
    }


def test_a_registry_without_defects_has_no_findings_and_full_scores(demo: Bed) -> None:
    assert found(demo) == set()
    assert demo.scalar("SELECT count(*) FROM quality_score WHERE total < 100") == 0
    assert demo.scalar("SELECT count(*) FROM quality_score") == demo.scalar(
        "SELECT count(*) FROM official_current"
    )
