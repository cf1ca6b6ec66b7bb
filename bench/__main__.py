"""Prints the table: python -m bench [--officials 25000 --officials 250000] [--only record]."""

import argparse
import os
import platform
from pathlib import Path

from bench.bed import bed_of, cluster_at
from bench.files import MEASURES as FILES
from bench.measures import MEASURES as FIRST
from bench.protection import MEASURES as PROTECTION
from bench.telling import MEASURES as TELLING
from bench.trail import MEASURES as TRAIL

USUAL = FIRST | FILES | PROTECTION
MEASURES = USUAL | TRAIL | TELLING
"""All that can be asked for with --only; the trail of ten million events takes long, and what a 404 tells is no throughput."""
OF_STATISTICS = frozenset({"crosstab", "crosstab_postgresql", "series"})
"""Measures that a bed gives which holds only what statistics read."""


def main() -> None:
    """Load what is not loaded yet, measure, print."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--officials", type=int, action="append")
    parser.add_argument("--only", action="append", choices=sorted(MEASURES))
    parser.add_argument("--home", type=Path, default=Path(os.environ.get("BENCH_HOME", "var/bench")))
    chosen = parser.parse_args()
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    print("| officials | measure | ours | floor | unit | ratio (least–most) | goal | floor is |")
    print("|---|---|---|---|---|---|---|---|")
    with cluster_at(chosen.home) as cluster:
        for officials in chosen.officials or [25_000, 250_000]:
            bed = bed_of(cluster, officials)
            for name in chosen.only or USUAL:
                if not bed.whole and name not in OF_STATISTICS:
                    print(
                        f"| {officials:,} | {name} | not measured: only what statistics read is loaded | | | | | |"
                    )
                    continue
                found = MEASURES[name](bed)
                for one in found if isinstance(found, list) else [found]:
                    print(
                        f"| {officials:,} | {one.name} | {one.ours:,.0f} | {one.floor:,.0f} | {one.unit} | {one.ratio:.2f} "
                        f"({one.low:.2f}–{one.high:.2f}) | {one.goal} | {one.floor_name} |",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
