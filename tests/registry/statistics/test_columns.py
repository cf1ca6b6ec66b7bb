"""The arrays of the snapshot: columns of a day out of their history, and counts of cells, against plain loops."""

import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from registry.statistics.snapshot import cells
from registry.statistics.snapshot.cells import Cells, looked_up
from registry.statistics.snapshot.history import History, history_of, kept_of
from registry.statistics.snapshot.loading import OPEN, Rows

OFFICIALS, LAST_DAY = 40, 60
Line = tuple[int, int, int, int]
"""Official, first day, day after the last, code."""


def lives(chance: random.Random) -> list[Line]:
    """Rows of officials, at most one a day of each: some follow at once, some after a gap, some hold on no day at all."""
    lines: list[Line] = []
    for who in range(OFFICIALS):
        day = chance.choice((0, 0, 3, 20))
        for _ in range(chance.randrange(5)):
            until = day + chance.choice((0, 1, 5, 15))
            lines.append((who, day, until, chance.randrange(1, 200)))
            day = until + chance.choice((0, 0, 1, 4))
        if chance.random() < 0.5:
            lines.append((who, day, OPEN, chance.randrange(1, 200)))
    return lines


def history(lines: list[Line]) -> History:
    who, start, until, codes = (np.array([line[at] for line in lines], np.int64) for at in range(4))
    rows = Rows(
        who.astype(np.int32),
        start.astype(np.uint16),
        until.astype(np.uint16),
        {"code": codes.astype(np.uint8)},
    )
    changes = history_of(rows, OFFICIALS)
    return replace(changes, kept={"code": kept_of(changes, "code", OFFICIALS)})


@pytest.mark.parametrize("seed", range(20))
def test_a_column_of_any_day_is_what_the_rows_that_hold_say(seed: int) -> None:
    lines = lives(random.Random(seed))
    told = history(lines)
    assert len(told.places) > 2, "there are days kept, and changes between them"
    for day in (*range(LAST_DAY + 40), OPEN - 2):
        expected = [0] * OFFICIALS
        for who, start, until, code in lines:
            if start <= day < until:
                expected[who] = code
        assert told.column("code", day, OFFICIALS).tolist() == expected, day


def test_a_column_that_was_taken_may_be_changed_without_changing_the_history() -> None:
    told = history([(who, 5, OPEN, 7) for who in range(OFFICIALS)])
    for _ in range(2):
        column = told.column("code", LAST_DAY, OFFICIALS)
        assert column.any()
        column[:] = 0


def test_a_source_without_rows_says_nothing_of_anybody() -> None:
    assert history([]).column("code", 5, OFFICIALS).tolist() == [0] * OFFICIALS


@pytest.mark.parametrize("sizes", [(), (3,), (2, 130), (40, 30, 60), (300, 300, 3), (1, 1, 5), (256, 2)])
@pytest.mark.parametrize("filtered", [False, True])
def test_cells_count_and_add_what_a_loop_counts_and_adds(
    monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...], filtered: bool
) -> None:
    monkeypatch.setattr(cells, "AT_ONCE", 100)
    persons, chance = 70_003, np.random.default_rng(len(sizes))
    kinds = ("u2", "i8", "u1")[: len(sizes)]
    codes = [chance.integers(0, size, persons).astype(kind) for size, kind in zip(sizes, kinds, strict=True)]
    worth = chance.integers(0, 5, persons).astype(np.uint8)
    kept = chance.random(persons) < 0.3 if filtered else None
    asked = Cells(persons, codes, sizes, kept)
    amounts = np.array([0, 1, 20, 300, 1 << 45])
    places = zip(*(one.tolist() for one in codes), strict=True) if codes else [()] * persons
    counts: Counter[tuple[int, ...]] = Counter()
    sums: Counter[tuple[int, ...]] = Counter()
    for at, place in enumerate(places):
        if kept is None or kept[at]:
            counts[place] += 1
            sums[place] += int(amounts[worth[at]])
    every = list(product(*map(range, sizes)))
    assert asked.counts().tolist() == [counts[one] for one in every]
    assert asked.totals(worth, amounts).tolist() == [sums[one] for one in every]
    fewer, numbers = asked.occurring()
    found = fewer.counts()
    assert {
        every[int(number)]: int(count) for number, count in zip(numbers, found, strict=True) if count
    } == counts


def test_a_table_is_looked_up_wherever_a_code_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "AT_ONCE", 7)
    codes = np.arange(100, dtype=np.uint16) % 30
    assert looked_up(np.arange(30) * 2, codes).tolist() == [at % 30 * 2 for at in range(100)]
    assert looked_up(np.arange(30), codes[:0]).tolist() == []


AGAIN_AND_AGAIN = """
import resource
import numpy as np
from registry.statistics.snapshot.memory import keep_freed
print(keep_freed())
for _ in range(5):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    pieces = [np.ones(1 << 17) for _ in range(10)]
    del pieces
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
"""Ten pieces of a megabyte, each of 256 pages."""


def test_memory_that_was_freed_is_not_taken_from_the_system_anew() -> None:
    told = subprocess.run([sys.executable, "-c", AGAIN_AND_AGAIN], capture_output=True, check=True, text=True)
    kept, faults = told.stdout.split()
    if kept == "False":
        pytest.skip("the C library is not glibc")
    assert int(faults) < 100
