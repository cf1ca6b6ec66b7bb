"""The columnar snapshot says what PostgreSQL says, cell by cell, whatever happens to the records."""

import random
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import TODAY, Bed

from registry.db import make_sessions
from registry.statistics import asking
from registry.statistics.dimensions import DIMENSIONS
from registry.statistics.measures import MEASURES
from registry.statistics.queries import crosstab
from registry.statistics.snapshot import store
from registry.statistics.snapshot.counting import CARRIED, Columns
from registry.statistics.snapshot.live import Live


def test_try(registry: Bed, tmp_path: Path) -> None:
    base = store.build(registry.engine("stats"), tmp_path)
    print(len(base.officials), {k: len(v.who) for k, v in base.rows.items()})
    columns = Columns(Live(tmp_path))
    rng = random.Random(1)
    plain = make_sessions(registry.engine("stats"))
    fast = make_sessions(registry.engine("stats"), **{CARRIED: columns})
    for turn in range(60):
        by = rng.sample(sorted(set(DIMENSIONS) - {"unit"}), rng.choice([0, 1, 1, 2, 3]))
        on = TODAY - timedelta(days=rng.randrange(0, 9000))
        query = asking.parse(today=TODAY, by=",".join(by), measures=",".join(MEASURES), as_of=on.isoformat(), tree=rng.choice(["as_was", "today"]))
        with plain() as one, fast() as other:
            a, b = crosstab(one, query), crosstab(other, query)
        assert a.rows == b.rows, (by, on)
        assert a.total == b.total
        assert a.snapshot.id == b.snapshot.id
