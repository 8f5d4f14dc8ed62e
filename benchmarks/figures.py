"""Every figure that is promised, each measured against a floor of the same minute.

Floor and command take turns, so that a machine that slows down slows both; the ratio of each turn is kept.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import applying, drifting, octodns_plan, threecx
from benchmarks.generate import Layout
from benchmarks.processes import BARE_PYTHON, CCCONF, Cost, Peak, Place, peak, run
from benchmarks.projects import BenchProject, Projects
from benchmarks.table import Row, milliseconds, seconds, spread

VALIDATE = (*CCCONF, "validate")
PLAN = (*CCCONF, "plan")

ROOT = Path(__file__).resolve().parent.parent
OCTODNS_RECORDS = 10_000
STARTS = 4
"""Start-up is short and noisy, so it is measured so many times as often as everything else."""


@dataclass(slots=True)
class Bench:
    """What is measured, and how often."""

    projects: Projects
    users: int
    runs: int

    def floor(self, project: BenchProject) -> Cost:
        """F: to read and scan the project's manifests."""
        return run([sys.executable, "-m", "benchmarks.floor", str(project.manifests)], Place(ROOT))


@dataclass(frozen=True, slots=True)
class Turns:
    """What the floor and the command cost, turn by turn."""

    floors: tuple[Cost, ...]
    commands: tuple[Cost, ...]

    def row(self, figure: str, target: float) -> Row:
        """A line whose target is a ratio of wall times. That of processor times does not suffer from other jobs."""
        pairs = list(zip(self.commands, self.floors, strict=True))
        walls = [command.wall / floor.wall for command, floor in pairs]
        cpu = median(command.cpu / floor.cpu for command, floor in pairs)
        told = f"{seconds([cost.wall for cost in self.commands])}; F {seconds([cost.wall for cost in self.floors])}"
        return Row(figure, told, median(walls), spread(walls), " F", target, remark=f"CPU {cpu:.2f} F")


def turns(
    bench: Bench,
    project: BenchProject,
    command: Sequence[str],
    before: Callable[[], None] = lambda: None,
    place: Place | None = None,
) -> Turns:
    """Floor, preparation, command; as often as asked for."""
    floors, costs = [], []
    for _ in range(bench.runs):
        floors.append(bench.floor(project))
        before()
        costs.append(run(command, place or project.place))
    return Turns(tuple(floors), tuple(costs))


def cold(bench: Bench) -> Iterator[Row]:
    """Validation without a cache, with the reference reader alone and with the optional first pass."""
    layouts: tuple[tuple[Layout, str], ...] = (("files", "files of 200"), ("one", "one file"))
    for layout, words in layouts:
        project = bench.projects.get(bench.users, layout)
        plain = bench.projects.reference_only(project)
        figure = f"cold validate, {bench.users:,} users, {words}"
        yield turns(bench, project, VALIDATE, project.forget, plain).row(f"{figure}, reference reader", 1.6)
        if layout == "files":
            yield turns(bench, project, VALIDATE, project.forget).row(f"{figure}, with yaml-rs (stretch)", 0.6)


def warm(bench: Bench) -> Iterator[Row]:
    """Validation where nothing changed, and where one file did."""
    for layout, words in (("files", "files of 200"), ("one", "one file")):
        project = bench.projects.get(bench.users, "one" if layout == "one" else "files")
        run(VALIDATE, project.place)
        yield turns(bench, project, VALIDATE).row(f"second validate, nothing changed, {words}", 0.3)
    project = bench.projects.get(bench.users)
    files = len(list(project.manifests.glob("people-*.yaml")))
    found = turns(bench, project, VALIDATE, project.edit_one_file)
    yield found.row(f"validate, one changed file of {files}", 0.35)


def plan(bench: Bench) -> Iterator[Row]:
    """A plan in which nothing is to do, after everything was applied once."""
    project = bench.projects.get(bench.users)
    filled = project.fill()
    each = filled.wall / project.objects * 1e6
    figure = f"apply, {project.objects:,} creations on `local`"
    yield Row(figure, f"{filled.wall:.1f} s", each, unit=" µs/object", remark=f"{filled.cpu:.1f} s CPU; one run")
    run(VALIDATE, project.place)
    if project.edits:
        run([*CCCONF, "apply", "--yes"], project.place)
    yield turns(bench, project, PLAN).row(f"no-op plan, {bench.users:,} users on `local`, warm", 0.6)


def diff(bench: Bench) -> Iterator[Row]:
    """Diff and plan of loaded sides against a bare comparison of dicts, in one process."""
    command = [sys.executable, "-m", "benchmarks.compare", str(bench.users), str(bench.runs)]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    found: dict[str, list[float]] = json.loads(told.stdout)
    ratios = [plan / bare for plan, bare in zip(found["plan"], found["bare"], strict=True)]
    measured = f"{milliseconds(found['plan'])}; dicts {milliseconds(found['bare'])}"
    figure = f"diff and plan, {bench.users:,} loaded users, 1 % changed"
    yield Row(figure, measured, median(ratios), spread(ratios), " ×", 8)


def scale(bench: Bench) -> Iterator[Row]:
    """What ten times the users cost."""
    small, large = bench.projects.get(bench.users // 10), bench.projects.get(bench.users)
    small.fill(), large.fill()
    figures: tuple[tuple[str, Sequence[str], bool], ...] = (
        ("cold validate", VALIDATE, True),
        ("second validate", VALIDATE, False),
        ("no-op plan, warm", PLAN, False),
    )
    for figure, command, from_scratch in figures:
        found: dict[int, list[float]] = {small.users: [], large.users: []}
        for project in (small, large):
            run(VALIDATE, project.place)
        for _ in range(bench.runs):
            for project in (small, large):
                if from_scratch:
                    project.forget()
                found[project.users].append(run(command, project.place).wall)
        ratios = [much / little for little, much in zip(found[small.users], found[large.users], strict=True)]
        measured = f"{seconds(found[large.users])}; {small.users:,}: {seconds(found[small.users])}"
        yield Row(f"{figure}: {large.users:,} users against {small.users:,}", measured, median(ratios), spread(ratios),
                  " ×", 11)  # fmt: skip


def memory(bench: Bench) -> Iterator[Row]:
    """The greatest memory of a process tree."""
    project, one = bench.projects.get(bench.users), bench.projects.get(bench.users, "one")
    project.fill()
    users = f"{bench.users:,} users"
    yield _memory(f"memory, cold validate, {users}", peaks(bench, VALIDATE, project.place, project.forget), 300)
    plain = peaks(bench, VALIDATE, bench.projects.reference_only(project), project.forget)
    yield _memory(f"memory, cold validate, {users}, reference reader", plain, 300)
    yield _memory(f"memory, cold validate, {users}, one file", peaks(bench, VALIDATE, one.place, one.forget), 300)
    yield _memory(f"memory, second validate, {users}", peaks(bench, VALIDATE, project.place), 300)
    yield _memory(f"memory, no-op plan, {users}", peaks(bench, PLAN, project.place), 600)


def peaks(bench: Bench, command: Sequence[str], place: Place, before: Callable[[], None] = lambda: None) -> list[Peak]:
    """The greatest memory, a few times."""
    found = []
    for _ in range(min(bench.runs, 3)):
        before()
        found.append(peak(command, place))
    return found


def _memory(figure: str, found: Sequence[Peak], target: float) -> Row:
    trees = [each.tree for each in found]
    main = median(each.main for each in found)
    measured = f"{median(trees):.0f} MB, main process {main:.0f} MB"
    return Row(figure, measured, median(trees), spread(trees), " MB", target)


def warm_up(bench: Bench) -> None:
    """Run every command once on a tiny project, so that each module is compiled before the first measurement."""
    project = bench.projects.get(10)
    for command in ((*CCCONF, "--help"), VALIDATE, (*CCCONF, "apply", "--yes"), PLAN, BARE_PYTHON):
        run(command, project.place)
    bench.floor(project)
    run((sys.executable, "-m", "benchmarks.compare", "100", "1"), Place(ROOT))
    if octodns_plan.installed():
        zone = bench.projects.work / "small-zone"
        octodns_plan.write_zone(zone, 10)
        run(octodns_plan.COMMAND, Place(zone))


def start(bench: Bench) -> Iterator[Row]:
    """What the commands add to bare Python on a tiny project."""
    folder = bench.projects.work / "quickstart"
    if not folder.exists():
        run([*CCCONF, "init", str(folder)], Place(bench.projects.work))
    figures = (("`ccconf --help`", (*CCCONF, "--help"), 120.0), ("`validate` of the quickstart", VALIDATE, 350.0))
    for figure, command, target in figures:
        added, whole = [], []
        for _ in range(bench.runs * STARTS):
            bare = run(BARE_PYTHON, Place(folder)).wall
            whole.append(run(command, Place(folder)).wall)
            added.append((whole[-1] - bare) * 1000)
        yield Row(f"{figure} over bare Python", milliseconds(whole), median(added), spread(added), " ms", target)


def octodns(bench: Bench) -> Iterator[Row]:
    """Our plan against octoDNS's, per object."""
    records = min(OCTODNS_RECORDS, bench.users)
    figure = f"octoDNS, plan of {records:,} records, YAML to YAML"
    if not octodns_plan.installed():
        yield Row(figure, "not installed", remark="install the extra `bench`")
        return
    zone = bench.projects.work / "zone"
    octodns_plan.write_zone(zone, records)
    project = bench.projects.get(records)
    project.fill()
    theirs, ours_cold, ours_warm = [], [], []
    for _ in range(bench.runs):
        theirs.append(run(octodns_plan.COMMAND, Place(zone)).wall / records)
        project.forget()
        ours_cold.append(run(PLAN, project.place).wall / project.objects)
        ours_warm.append(run(PLAN, project.place).wall / project.objects)
    yield Row(figure, _each(theirs))
    words = f"no-op plan, {records:,} users"
    yield _faster(f"{words}, cold", theirs, ours_cold, 8)
    yield _faster(f"{words}, warm", theirs, ours_warm, 40)
    large = bench.projects.get(bench.users)
    if large.filled and large is not project:
        run(VALIDATE, large.place)
        ours = [run(PLAN, large.place).wall / large.objects for _ in range(bench.runs)]
        yield _faster(f"no-op plan, {bench.users:,} users, warm", theirs, ours, None)


def _faster(figure: str, theirs: Sequence[float], ours: Sequence[float], target: float | None) -> Row:
    ratios = [their / our for their, our in zip(theirs, ours, strict=True)]
    name = f"{figure}: faster than octoDNS per object"
    return Row(name, _each(ours), median(ratios), spread(ratios), " ×", target, at_least=True)


def _each(values: Sequence[float]) -> str:
    """Seconds per object, told in microseconds."""
    return f"{median(values) * 1e6:.0f} µs/object ({min(values) * 1e6:.0f}–{max(values) * 1e6:.0f})"


def threecx_over_http(bench: Bench) -> Iterator[Row]:
    """3CX over its emulator: calls, wall time, and the rate that an apply keeps."""
    yield from threecx.figures(bench.projects.work, bench.users, bench.runs)


def applies(bench: Bench) -> Iterator[Row]:
    """What an apply keeps of a limit, what its journal costs, and how soon it resumes."""
    yield from applying.figures(bench.projects.work, min(bench.runs, 3))


def drifts(bench: Bench) -> Iterator[Row]:
    """What a drift report costs, how large its page is, and how soon it can be used."""
    yield from drifting.figures(bench.projects.work, bench.users, bench.runs)


FIGURES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "start": start,
    "cold": cold,
    "warm": warm,
    "plan": plan,
    "diff": diff,
    "scale": scale,
    "memory": memory,
    "octodns": octodns,
    "threecx": threecx_over_http,
    "apply": applies,
    "drift": drifts,
}
