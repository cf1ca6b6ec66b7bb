"""Timing two things in turns, so that a machine that slows down slows both."""

import os
import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path


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
    return against(name, unit, goal, ours, {floor_name: floor}, rounds)[0]


def against(
    name: str,
    unit: str,
    goal: float,
    ours: Callable[[], float],
    floors: Mapping[str, Callable[[], float]],
    rounds: int = 7,
) -> list[Result]:
    """The same against several floors by name, in the same rounds: A B C A B C …, a Result for each floor."""
    ours()
    for floor in floors.values():
        floor()
    found = [(ours(), [floor() for floor in floors.values()]) for _ in range(rounds)]
    results = []
    for place, floor_name in enumerate(floors):
        pairs = [(one, others[place]) for one, others in found]
        ratios = [one / other for one, other in pairs]
        results.append(
            Result(
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
        )
    return results


def per_second(work: Callable[[], int], least: float = 0.5) -> float:
    """Work done a second: `work` returns how much it did, and is repeated for at least `least` seconds."""
    done, started = 0, time.perf_counter()
    while True:
        done += work()
        spent = time.perf_counter() - started
        if spent >= least:
            return done / spent


def processor_seconds(pid: int) -> float:
    """Processor time that a process and all below it have used, those that ended included."""
    used = 0.0
    with suppress(OSError):  # it has just ended: its parent counts it
        process = Path(f"/proc/{pid}")
        fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
        used = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        for task in (process / "task").iterdir():
            used += sum(processor_seconds(int(one)) for one in (task / "children").read_text().split())
    return used
