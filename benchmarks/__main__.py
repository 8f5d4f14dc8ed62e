"""`python -m benchmarks`: generate, measure, print one Markdown table."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import FIGURES, Bench, warm_up
from benchmarks.projects import Projects
from benchmarks.table import Row, markdown

CORES = 2
"""The targets are stated for so many."""


def main() -> None:
    """Measure what was asked for; progress goes to the error stream, the table to the output."""
    chosen = _arguments()
    users, runs = (10_000, 2) if chosen.quick else (chosen.users, chosen.runs)
    _keep_to_cores()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="ccconf-bench-") as scratch:
        os.environ["PYTHONPYCACHEPREFIX"] = str(Path(scratch) / "compiled")  # outside the checkout
        bench = Bench(Projects(Path(scratch)), users, runs)
        warm_up(bench)
        rows = list(_measured(bench, chosen.only or list(FIGURES)))
    print(f"Python {platform.python_version()}, {_cores()} cores, {runs} runs, "
          f"load before {load:.1f} and after {os.getloadavg()[0]:.1f}\n")  # fmt: skip
    print(markdown(rows))
    if any(row.verdict.startswith("**") for row in rows):
        sys.exit(1)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--users", type=int, default=100_000, help="how many people (default 100,000)")
    parser.add_argument("--runs", type=int, default=5, help="how often everything is measured (default 5)")
    parser.add_argument("--quick", action="store_true", help="10,000 people, twice: to see that everything runs")
    parser.add_argument("--only", action="append", choices=list(FIGURES), help="only these figures; may be repeated")
    return parser.parse_args()


def _keep_to_cores() -> None:
    """On a larger machine everything that is started here shares two cores."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _measured(bench: Bench, names: list[str]) -> Iterator[Row]:
    for name in names:
        begun = time.perf_counter()
        yield from FIGURES[name](bench)
        print(f"{name}: {time.perf_counter() - begun:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
