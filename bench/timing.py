"""Timing two things in turns, so that a machine that slows down slows both."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """A measurement: ours and the floor in `unit` (more is better), and their ratio round by round."""

    name: str
    unit: str
    ours: float
    floor: float
    ratio: float
    low: float
    high: float
    goal: float
    floor_name: str


def in_turns(
    name: str,
    unit: str,
    goal: float,
    floor_name: str,
    ours: Callable[[], float],
    floor: Callable[[], float],
    rounds: int = 7,
) -> Result:
    """Each function does its work once and returns work per second; A B A B …, one warm-up each."""
    ours()
    floor()
    pairs = [(ours(), floor()) for _ in range(rounds)]
    ratios = [one / other for one, other in pairs]
    return Result(
        name,
        unit,
        statistics.median(one for one, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(ratios),
        min(ratios),
        max(ratios),
        goal,
        floor_name,
    )


def per_second(work: Callable[[], int], least: float = 0.5) -> float:
    """Work done a second: `work` returns how much it did, and is repeated for at least `least` seconds."""
    done, started = 0, time.perf_counter()
    while True:
        done += work()
        spent = time.perf_counter() - started
        if spent >= least:
            return done / spent
