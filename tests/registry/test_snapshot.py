"""The columnar snapshot says what PostgreSQL says, cell by cell, whatever happens to the records meanwhile."""

import os
import random
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import TODAY, Bed, counted
from make import clock, decided, newcomer, official, submitted

from registry.changes import queries
from registry.changes import services as changes
from registry.cluster import Cluster
from registry.db import make_sessions
from registry.statistics import asking, services
from registry.statistics.asking import CrossTab
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.measures import MEASURES, PARTS
from registry.statistics.queries import crosstab
from registry.statistics.series import Series, SeriesTable, parse_series, series
from registry.statistics.snapshot import store
from registry.statistics.snapshot.counting import CARRIED, PLACE_COLUMNS, Columns
from registry.statistics.snapshot.counting import HELD as POPULATIONS
from registry.statistics.snapshot.live import Live
from registry.statistics.snapshot.sources import DERIVED, SOURCE_OF
from registry.statistics.tables import Table

QUESTIONS = int(os.environ.get("QUESTIONS", "20"))
"""How many random questions are compared; QUESTIONS=1000 for the long run."""
HELD = sorted(one.id for one in DIMENSIONS.values() if one.column in {*SOURCE_OF, *PLACE_COLUMNS})
COUNTED = sorted(
    one.id
    for one in MEASURES.values()
    if all(PARTS[part].of in POPULATIONS for part in one.parts)
    and {column for part in one.parts for column in PARTS[part].columns} <= {*SOURCE_OF, *DERIVED}
)
"""Measures that the snapshot holds everything for."""


def told_by(measures: Iterable[str]) -> list[str]:
    """The dimensions held that all of these measures divide by."""
    return [one for one in HELD if all(MEASURES[name].divides_by(DIMENSIONS[one]) for name in measures)]


def counted_by_postgresql(sent: list[str]) -> bool:
    """Whether one of the statements groups persons."""
    return any("AS groups" in one for one in sent)


@dataclass
class Pair:
    """One registry asked in two ways."""

    bed: Bed
    home: Path
    columns: Columns

    def ask(self, query: CrossTab, *, columnar: bool = True) -> tuple[Table, list[str]]:
        """The answer, and the statements it took."""
        carried = {CARRIED: self.columns} if columnar else {}
        with (
            counted(self.bed, "stats") as sent,
            make_sessions(self.bed.engine("stats"), **carried)() as session,
        ):
            return crosstab(session, query), sent

    def over_time(self, asked: Series, *, columnar: bool = True) -> tuple[SeriesTable, list[str]]:
        """The series, and the statements it took."""
        carried = {CARRIED: self.columns} if columnar else {}
        with (
            counted(self.bed, "stats") as sent,
            make_sessions(self.bed.engine("stats"), **carried)() as session,
        ):
            return series(session, asked), sent

    def agree_over_time(self, asked: Series) -> SeriesTable:
        """Both series, which must be one; the snapshot reads no fact for its own."""
        fast, sent = self.over_time(asked)
        plain, _ = self.over_time(asked, columnar=False)
        assert not counted_by_postgresql(sent), sent
        assert (fast.table.rows, fast.totals) == (plain.table.rows, plain.totals), asked
        return fast

    def agree(self, query: CrossTab) -> Table:
        """Both answers, which must be one; the snapshot reads no fact for its own."""
        fast, sent = self.ask(query)
        plain, _ = self.ask(query, columnar=False)
        assert not counted_by_postgresql(sent), sent
        assert (fast.rows, fast.total) == (plain.rows, plain.total), query
        assert fast.snapshot.id == plain.snapshot.id
        return fast


@pytest.fixture
def pair(registry: Bed, tmp_path: Path) -> Pair:
    store.build(registry.engine("stats"), tmp_path)
    return Pair(registry, tmp_path, Columns(Live(tmp_path)))


def question(**asked: str) -> CrossTab:
    return asking.parse(today=TODAY, **asked)


FILTERS = (
    "sex:nu",
    "sex:nam,sex:none",
    "rank:01.003,rank:none",
    "age_band:51-55",
    "party:yes",
    "ethnicity:minority",
    "category:cong_chuc",
    "leader:yes",
    "pensionable:no",
)


def anything(chance: random.Random) -> CrossTab:
    """A question at random: up to three dimensions, filters, an organization, any day since 1995, either tree."""
    measures = chance.sample(COUNTED, 2)
    by = chance.sample(told_by(measures), chance.choice([0, 1, 2, 2, 3]))
    where = chance.sample(FILTERS, chance.choice([0, 0, 1, 2]))
    inside = chance.choice(["H26", "H26-SNV", "G09", "H17", None, None]) if "unit" not in by else "H26"
    on = TODAY - timedelta(days=chance.choice([0, -400, chance.randrange(0, 11_000)]))
    since = chance.choice([on.replace(month=1, day=1), on, on - timedelta(days=chance.randrange(4000))])
    return asking.parse(
        today=TODAY, by=",".join(by), measures=",".join(measures), where=where,
        organization=inside, as_of=on.isoformat(), since=since.isoformat(), tree=chance.choice(["as_was", "today"]),
    )  # fmt: skip


def test_random_questions_have_one_answer(pair: Pair) -> None:
    chance = random.Random(QUESTIONS)
    seen = sum(len(pair.agree(anything(chance)).rows) for _ in range(QUESTIONS))
    assert seen > QUESTIONS


def anytime(chance: random.Random) -> Series:
    """A series at random, some months or many years long."""
    measure = chance.choice(COUNTED)
    by = chance.sample(told_by([measure]), chance.choice([0, 1, 1, 2]))
    step, most = chance.choice([("month", 400), ("quarter", 1500), ("year", 9000)])
    inside = chance.choice(["H26", "H26-SNV", None, None]) if "unit" not in by else "H26"
    last = TODAY - timedelta(days=chance.choice([0, chance.randrange(0, 4000)]))
    return parse_series(
        today=TODAY, by=",".join(by), measure=measure, step=step,
        where=chance.sample(FILTERS, chance.choice([0, 0, 1])), organization=inside,
        start=(last - timedelta(days=chance.randrange(most))).isoformat(), end=last.isoformat(),
        tree=chance.choice(["as_was", "today"]),
    )  # fmt: skip


def test_random_series_have_one_answer(pair: Pair) -> None:
    chance = random.Random(QUESTIONS)
    for _ in range(QUESTIONS // 8):
        pair.agree_over_time(anytime(chance))
    official(pair.bed, newcomer(since=date(2019, 3, 1)))
    _corrected(pair.bed)
    _merged(pair.bed)
    ten_years = {"step": "month", "start": "2016-12-01", "end": "2026-11-25"}
    found = pair.agree_over_time(parse_series(today=TODAY, by="sex,ministry_or_province", **ten_years))
    assert len(found.spans) == 120
    seen = [pair.agree_over_time(anytime(chance)) for _ in range(QUESTIONS // 8)]
    assert sum(len(one.table.rows) for one in seen) > QUESTIONS


def _fact(bed: Bed, person: int, kind: str) -> int:
    return int(
        bed.scalar(f"SELECT id FROM fact_{kind} WHERE official_id = :id AND recorded_to IS NULL", id=person)
    )


def _arrived(bed: Bed) -> None:
    decided(bed, [newcomer(since=date(2021, 3, 1))])


def _corrected(bed: Bed) -> None:
    person, uid = official(bed)
    on = {"action": "correct", "official": uid}
    decided(
        bed,
        [on | {"kind": "salary", "fact_id": _fact(bed, person, "salary"), "step": 2, "coefficient": "2.67"}],
    )
    decided(bed, [on | {"kind": "identity", "fact_id": _fact(bed, person, "identity"), "religion": "01"}])


def _backdated(bed: Bed) -> None:
    """Moved years ago, as we learn today; and a rise that comes next year."""
    _, uid = official(bed, newcomer(since=date(2015, 6, 1)))
    on = {"action": "record", "official": uid}
    decided(
        bed,
        [
            on
            | {
                "kind": "appointment",
                "valid_from": "2018-02-01",
                "organization": "H26-SNV",
                "job_position": "Kế toán",
            }
        ],
    )
    decided(
        bed,
        [
            on
            | {
                "kind": "salary",
                "valid_from": "2027-01-01",
                "rank": "01.003",
                "step": 2,
                "coefficient": "2.67",
            }
        ],
    )


def _ended(bed: Bed) -> None:
    person, uid = official(bed)
    on = {"action": "end", "official": uid}
    decided(
        bed,
        [
            on
            | {"kind": "appointment", "fact_id": _fact(bed, person, "appointment"), "valid_to": "2024-05-01"}
        ],
    )


def _learned(bed: Bed) -> None:
    person, uid = official(bed)
    on = {"action": "record", "official": uid, "valid_from": "2022-01-01"}
    learned = [
        {"kind": "language", "language": "tieng_anh", "level": "vn_4"},
        {"kind": "political_theory", "level": "trung_cap"},
    ]
    decided(bed, [on | one for one in learned])
    gone = {"action": "withdraw", "official": uid, "kind": "political_theory", "reason": "Ghi nhầm"}
    decided(bed, [gone | {"fact_id": _fact(bed, person, "political_theory")}])


def _merged(bed: Bed) -> None:
    """A department under another province since 2020, another one merged into it, a third renamed."""
    with bed.session() as session:
        session.execute(
            sa.text("""WITH closed AS (UPDATE organization_version v SET recorded_to = clock_timestamp()
                FROM organization o WHERE o.id = v.organization_id AND o.code IN ('H26-SNV', 'H26-STC')
                    AND v.recorded_to IS NULL RETURNING v.*, o.code)
            INSERT INTO organization_version (organization_id, name, parent_id, kind, valid_from, valid_to, recorded_from)
            SELECT organization_id, name, parent_id, kind, valid_from, date '2020-01-01', recorded_to FROM closed
            UNION ALL
            SELECT c.organization_id, 'Sở mới', p.id, c.kind, date '2020-01-01', NULL, c.recorded_to
            FROM closed c JOIN organization p ON p.code = 'H17' WHERE c.code = 'H26-SNV'""")
        )
        session.execute(
            sa.text("""INSERT INTO organization_successor (predecessor_id, successor_id, "on")
                SELECT a.id, b.id, date '2020-01-01' FROM organization a, organization b
                WHERE a.code = 'H26-STC' AND b.code = 'H26-SNV'""")
        )


def _judged(bed: Bed) -> None:
    """Graded and rewarded, this year and years ago."""
    _, uid = official(bed, newcomer(since=date(2019, 3, 1)))
    on = {"action": "record", "official": uid}
    said: list[dict[str, Any]] = [
        {"kind": "evaluation", "valid_from": f"{year}-12-20", "year": year, "grade": grade}
        for year, grade in ((2023, "hoan_thanh_tot"), (2024, "hoan_thanh"), (2025, "hoan_thanh_tot"))
    ]
    said += [
        {"kind": "reward", "valid_from": day, "form": form}
        for day, form in (("2022-02-03", "cstd_cs"), ("2024-12-31", "gk"))
    ]
    decided(bed, [on | one for one in said])


def _dismissed(bed: Bed) -> None:
    """Dismissed: the measure takes effect on the day from which the person is no longer in post."""
    _, uid = official(bed, newcomer(since=date(2018, 3, 1)))
    on = {"action": "record", "official": uid, "valid_from": "2025-04-10"}
    measure = {"kind": "discipline", "form": "buoc_thoi_viec", "authority": "administrative"}
    decided(bed, [on | measure, on | {"kind": "status", "status": "buoc_thoi_viec", "category": "cong_chuc"}])


EVENTS: list[Callable[[Bed], None]] = [
    _arrived,
    _corrected,
    _backdated,
    _ended,
    _learned,
    _merged,
    _judged,
    _dismissed,
]


def test_grades_measures_rewards_and_courses_are_counted_as_postgresql_counts_them(pair: Pair) -> None:
    for measure, dimension in (
        ("evaluations", "evaluation_grade"),
        ("disciplines", "discipline_form"),
        ("rewards", "reward_form"),
        ("trainings", "training_kind"),
    ):
        seen = 0
        for since, on in (
            ("2000-01-01", "2026-11-25"),
            ("2024-05-01", "2025-06-30"),
            ("2025-12-31", "2025-12-31"),
        ):
            asked = {"measures": measure, "since": since, "as_of": on}
            pair.agree(question(by=f"{dimension},age_band,ministry_or_province", **asked))
            pair.agree(question(by=f"{dimension},unit", organization="H26", tree="today", **asked))
        for step, start in (("year", "2015-06-15"), ("quarter", "2024-02-01"), ("month", "2025-09-10")):
            for end in ("2026-06-30", "2026-11-25"):
                days = {"step": step, "start": start, "end": end}
                over_time = pair.agree_over_time(
                    parse_series(today=TODAY, measure=measure, by=f"{dimension},sex", **days)
                )
                seen += len(over_time.table.rows)
        assert seen > 10, measure
    turnover = {"measure": "turnover", "by": "ministry_or_province", "step": "year", "start": "2019-03-01"}
    assert pair.agree_over_time(parse_series(today=TODAY, **turnover)).table.rows


def test_who_is_dismissed_counts_where_they_were_the_day_before(pair: Pair) -> None:
    asked = {"measures": "disciplines", "by": "discipline_form", "since": "2025-04-10", "as_of": "2025-04-10"}
    before = pair.agree(question(**asked)).total.values[0] or 0
    _dismissed(pair.bed)
    store.build(pair.bed.engine("stats"), pair.home)
    assert pair.agree(question(**asked)).total.values[0] == before + 1
    over_time = {
        "measure": "disciplines",
        "by": "sex",
        "step": "month",
        "start": "2025-04-01",
        "end": "2025-04-30",
    }
    assert (
        sum(
            row.values[0] or 0
            for row in pair.agree_over_time(parse_series(today=TODAY, **over_time)).table.rows
        )
        > 0
    )


@pytest.mark.parametrize("seed", range(1))
def test_whatever_is_approved_counts_in_the_next_answer(pair: Pair, seed: int) -> None:
    chance = random.Random(seed)
    before = pair.agree(question()).total.values[0]
    for event in chance.sample(EVENTS, len(EVENTS)):
        event(pair.bed)
        pair.agree(anything(chance))
        for day in ("2026-11-25", "2019-12-31"):
            pair.agree(question(by="unit,rank", organization="H26", as_of=day, measures=",".join(COUNTED)))
    assert pair.agree(question()).total.values[0] == before + 5
    assert store.current(pair.home) == "1", "no file was made anew for it"


def test_what_commits_late_is_not_missed(pair: Pair) -> None:
    before = pair.agree(question()).total.values[0]
    uid = submitted(pair.bed, [newcomer()])
    with pair.bed.acting("approver.hanoi") as (session, actor):
        change = queries.get_change(session, str(uid), lock=True)
        changes.approve(session, actor, change, TODAY, digest=change.digest)
        official(pair.bed)
        assert pair.agree(question()).total.values[0] == before + 1, "the other one is not committed yet"
    assert pair.agree(question()).total.values[0] == before + 2


def test_without_files_that_fit_the_database_postgresql_answers(pair: Pair, cluster: Cluster) -> None:
    asked = question(by="sex,category")

    def answered_by_the_facts() -> bool:
        table, sent = pair.ask(asked)
        assert table.rows == pair.ask(asked, columnar=False)[0].rows
        return counted_by_postgresql(sent)

    assert not answered_by_the_facts()
    with pair.bed.session() as session:
        session.execute(
            sa.text("UPDATE catalogue_item SET name_en = name_en || '.' WHERE catalogue = 'sexes'")
        )
    assert answered_by_the_facts(), "the lists changed"
    store.build(pair.bed.engine("stats"), pair.home)
    assert not answered_by_the_facts()
    with pair.bed.session() as session:
        session.execute(sa.text("UPDATE statistics_epoch SET forgotten_to = clock_timestamp()"))
    assert answered_by_the_facts(), "the log does not reach back so far"
    shutil.rmtree(store.folder(pair.home))
    pair.columns = Columns(Live(pair.home))
    assert answered_by_the_facts(), "there are no files"
    store.build(pair.bed.engine("stats"), pair.home)
    (store.folder(pair.home) / "1" / "salary.rank.npy").write_bytes(b"spoilt")
    assert answered_by_the_facts(), "a file is spoilt"


def test_what_was_known_earlier_and_days_beyond_its_calendar_are_asked_of_postgresql(pair: Pair) -> None:
    with pair.bed.session() as session:
        moment = clock(session)
    official(pair.bed)
    for asked in (
        {"known_at": moment.isoformat()},
        {"as_of": "1890-01-01"},
        {"as_of": "2080-01-01"},
    ):
        fast, sent = pair.ask(question(by="category", **asked))
        assert counted_by_postgresql(sent)
        assert fast.rows == pair.ask(question(by="category", **asked), columnar=False)[0].rows


def test_a_question_asked_before_takes_one_small_statement(pair: Pair) -> None:
    asked = question(
        by="ministry_or_province,sex,age_band", as_of="2024-06-30", measures="headcount,mean_coefficient"
    )
    pair.agree(asked)
    _, sent = pair.ask(asked)
    assert len(sent) == 1, sent
    assert "statistics_touched" in sent[-1]


def test_the_worker_builds_it_where_it_is_missing_and_after_many_changes(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def turn() -> None:
        services.turn(pair.bed.engine("worker"), pair.bed.engine("stats"), pair.home)

    turn()
    assert store.current(pair.home) == "1", "it is good as it is"
    pair.agree(question(by="job_position_group,rank,sex"))
    monkeypatch.setattr(services, "MOST_TOUCHED", 0)
    official(pair.bed)
    turn()
    assert store.current(pair.home) == "2"
    assert [one.name for one in store.folder(pair.home).iterdir() if one.name.isdigit()] == ["2"]
    pair.agree(question(by="job_position_group,rank,sex"))
    with pair.bed.session() as session:
        session.execute(sa.text("UPDATE statistics_touched SET at = at - interval '2 days'"))
    turn()
    assert pair.bed.scalar("SELECT count(*) FROM statistics_touched") == 0
    pair.agree(question(by="rank,sex"))
