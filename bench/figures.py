"""Cross-tables and series: the columnar snapshot against bare NumPy over the same columns, and against PostgreSQL over the facts."""

import itertools
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Engine

from bench.bed import TODAY, Bed, engine_of
from bench.timing import Result, in_turns, per_second
from registry.db import make_sessions
from registry.statistics import asking
from registry.statistics.asking import CrossTab
from registry.statistics.queries import crosstab
from registry.statistics.series import parse_series, series
from registry.statistics.snapshot import store
from registry.statistics.snapshot.counting import CARRIED, Columns
from registry.statistics.snapshot.live import Live

DAY = "2024-06-30"
TABLES = (
    "sex,age_band",
    "ministry_or_province,rank_level",
    "rank,education,sex",
    "ministry_or_province,sex,age_band",
)


def questions(day: str = DAY) -> list[CrossTab]:
    """Tables of two and three dimensions at a past day, with a mean."""
    return [
        asking.parse(today=TODAY, by=by, as_of=day, measures="headcount,mean_coefficient") for by in TABLES
    ]


def crosstabs(bed: Bed) -> Result:
    """Tables a second at a past day; the floor counts the same codes with bincount and does nothing else."""
    with tempfile.TemporaryDirectory() as home:
        columns, engine = _built(bed, Path(home))
        sessions = make_sessions(engine, **{CARRIED: columns})
        asked = questions()
        prepared = [_codes(columns, sessions, one) for one in asked]

        def ours() -> int:
            for one in asked:
                with sessions() as session:
                    assert crosstab(session, one).values  # figures are made when they are asked for
            return len(asked)

        def floor() -> int:
            for codes, sizes, weights in prepared:
                groups = codes[0].astype(np.int64)
                for more, size in zip(codes[1:], sizes[1:], strict=True):
                    groups = groups * size + more
                np.bincount(groups)
                np.bincount(groups, weights)
            return len(prepared)

        return in_turns(
            "cross-table at a past day",
            "tables/s",
            0.67,
            "bare NumPy bincount of the same columns, counts and one sum",
            lambda: per_second(ours),
            lambda: per_second(floor),
        )


def _codes(columns: Columns, sessions: Any, query: CrossTab) -> tuple[list[Any], list[int], Any]:
    """The codes of the columns that a table reads, as they lie in memory, and the coefficients."""
    with sessions() as session:
        crosstab(session, query)
    day = next(iter(columns.days._of[1]._made.values()))
    names = {"ministry_or_province": "organization_id", "age_band": "birth_date", "rank_level": "rank"}
    codes = [day.column(names.get(one, one)) for one in query.by]
    # The floor is spared the looking up: codes as small as the keys are.
    keyed = [one % size for one, size in zip(codes, (40, 12, 8), strict=False)]
    return keyed, [40, 12, 8][: len(keyed)], day.column("coefficient").astype(np.float64)


def against_postgresql(bed: Bed) -> Result:
    """The same tables, each on a day not asked for before, by the snapshot and by PostgreSQL over the facts."""
    with tempfile.TemporaryDirectory() as home:
        columns, engine = _built(bed, Path(home))
        fast = make_sessions(engine, **{CARRIED: columns})
        plain = make_sessions(engine)
        days = (
            date(2010 + year, month, 15).isoformat()
            for year, month in itertools.product(range(16), range(1, 13))
        )

        def tables(sessions: Any, new_day: bool) -> float:
            asked = questions(next(days) if new_day else DAY)
            started = time.perf_counter()
            for one in asked:
                with sessions() as session:
                    assert crosstab(session, one).values
            return len(asked) / (time.perf_counter() - started)

        return in_turns(
            "cross-tables at a day not asked before",
            "tables/s",
            10,
            "PostgreSQL over the facts, parallel",
            lambda: tables(fast, True),
            lambda: tables(plain, True),
            rounds=3,
        )


def over_time(bed: Bed) -> Result:
    """Headcount by sex at the end of each of ten years: one pass of the snapshot, and PostgreSQL over the facts."""
    with tempfile.TemporaryDirectory() as home:
        columns, engine = _built(bed, Path(home))
        fast, plain = make_sessions(engine, **{CARRIED: columns}), make_sessions(engine)
        asked = parse_series(today=TODAY, by="sex", step="year", start="2017-01-01", end="2026-11-25")

        def one(sessions: Any) -> float:
            started = time.perf_counter()
            with sessions() as session:
                series(session, asked)
            return 1 / (time.perf_counter() - started)

        return in_turns(
            "series of ten years",
            "series/s",
            10,
            "PostgreSQL over the facts, parallel",
            lambda: one(fast),
            lambda: one(plain),
            rounds=3,
        )


def _built(bed: Bed, home: Path) -> tuple[Columns, Engine]:
    engine = engine_of(bed.dsn("stats"))
    store.build(engine, home)
    return Columns(Live(home)), engine
