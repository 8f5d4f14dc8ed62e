"""What an apply keeps of a limit, what its journal costs, what two runs ask together, and how soon it resumes.

All over HTTP, against an emulated 3CX that answers each request 20 ms late. It serves in a process of its own, so that
server and client do not share one interpreter's lock; what was asked, and when, is read from its log.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.processes import CCCONF, Place, run
from benchmarks.table import Row, seconds, spread

ROOT = Path(__file__).resolve().parent.parent
LATENCY = 0.02
LIMITS = (40.0, 100.0)
CHANGED = 400
JOURNALLED = 400
RESUMED = 5_000
UNJOURNALLED = (
    sys.executable,
    "-c",
    "from ccconf.ledger.journal import Journal\n"
    "Journal.intend = lambda self, step: None\n"
    "Journal.ended = lambda self, step, status, outcome, noted=(): None\n"
    "from ccconf.cli.main import main; main()",
)
"""The same command without its journal."""

_PROJECT = """\
version: 1
targets:
  office:
    platform: threecx
    url: {url}
    credentials: {{client_id: !env PBX_ID, client_secret: !env PBX_SECRET}}
    manifests: [manifests]
    options: {options}
    guards: {{updates: {{users: "100%"}}}}
"""
_LANGUAGES = ("DE", "PL")


class Asked(NamedTuple):
    """One request of the emulator's log; times by the system's monotonic clock."""

    method: str
    status: int | None
    started: float
    stopped: float


@dataclass(slots=True)
class Estate:
    """A served system and a project for it."""

    process: subprocess.Popen[str]
    place: Place
    url: str
    turn: int = 0

    def order(self, word: str) -> str:
        """Ask the serving process for something; its answer."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def asked(self) -> list[Asked]:
        """What was asked since the last time."""
        return [Asked(*row) for row in json.loads(self.order("log"))]

    def target(self, **options: object) -> None:
        """Write ccconf.yaml."""
        text = _PROJECT.format(url=self.url, options=json.dumps(options))
        (self.place.folder / "ccconf.yaml").write_text(text, encoding="utf-8")

    def change(self, people: int) -> None:
        """Another language for so many people; never twice the same one after the other."""
        self.turn += 1
        path = self.place.folder / "manifests" / "users.yaml"
        text, language = path.read_text(encoding="utf-8"), _LANGUAGES[self.turn % 2]
        path.write_text(re.sub(r"(?m)^(    language: ).*$", rf"\g<1>{language}", text, count=people), "utf-8")


@contextmanager
def serving(folder: Path, users: int, limit: float | None = None) -> Iterator[Estate]:
    """A fresh system whose people are all in Git."""
    (folder / "manifests").mkdir(parents=True)
    command = [sys.executable, "-m", "benchmarks.applying", str(users), str(limit or 0)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    url, *secrets = json.loads(process.stdout.readline())
    estate = Estate(process, Place(folder, dict(zip(("PBX_ID", "PBX_SECRET"), secrets, strict=True))), url)
    try:
        estate.target()
        run([*CCCONF, "import"], estate.place)
        run([*CCCONF, "apply", "--yes"], estate.place)
        yield estate
    finally:
        process.terminate()
        process.communicate()


def figures(work: Path, runs: int) -> Iterator[Row]:
    """Every figure of an apply."""
    for limit in LIMITS:
        with serving(work / f"apply-{limit:g}", CHANGED, limit) as estate:
            yield from _rate(estate, limit, runs)
            if limit == LIMITS[0]:
                yield from _together(estate, limit)
    with serving(work / "apply-journal", JOURNALLED) as estate:
        yield from _journal(estate, runs)
    with serving(work / "apply-resume", RESUMED) as estate:
        yield from _resume(estate)


def _rate(estate: Estate, limit: float, runs: int) -> Iterator[Row]:
    estate.target(rate=limit)
    kept, refused = [], []
    for _ in range(runs):
        estate.change(CHANGED)
        estate.asked()
        run([*CCCONF, "apply", "--yes"], estate.place)
        steady = between_writes(estate.asked())
        kept.append(rate(steady) / limit)
        refused.append(float(sum(row.status == 429 for row in steady)))
    figure = f"apply of {CHANGED:,} changed users of 3CX, {limit:g} requests a second allowed and known"
    yield Row(f"{figure}: rate kept", "", median(kept), spread(kept), "", 0.95, at_least=True)
    yield Row(f"{figure}: answers of 429", "", max(refused), spread(refused), "", 0)


def _together(estate: Estate, limit: float) -> Iterator[Row]:
    """An apply, and beside it plans that read everything, one after the other."""
    estate.target(rate=limit)
    estate.change(CHANGED)
    estate.asked()
    apply = estate.place.start([*CCCONF, "apply", "--yes"], subprocess.DEVNULL)
    while apply.poll() is None:
        plan = estate.place.start([*CCCONF, "plan"], subprocess.DEVNULL)
        plan.wait()
    asked = estate.asked()
    steady = between_writes(asked)
    figure = f"an apply and plans beside it, {limit:g} requests a second allowed and known"
    yield Row(f"{figure}: both together, of the limit", "", rate(steady) / limit, target=1.0)
    yield Row(f"{figure}: answers of 429", "", float(sum(row.status == 429 for row in asked)), target=0)


def _journal(estate: Estate, runs: int) -> Iterator[Row]:
    found: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(runs):
        for name, command in (("without", UNJOURNALLED), ("with", CCCONF)):
            estate.change(JOURNALLED)
            estate.asked()
            run([*command, "apply", "--yes"], estate.place)
            writes = [row for row in estate.asked() if row.method == "PATCH"]
            found[name].append(writes[-1].stopped - writes[0].started)
    ratios = [journalled / bare for journalled, bare in zip(found["with"], found["without"], strict=True)]
    told = f"{seconds(found['with'])}; without {seconds(found['without'])}"
    figure = f"apply of {JOURNALLED} changed users of 3CX, 8 at once, no limit: with journal over without"
    yield Row(figure, told, median(ratios), spread(ratios), " ×", 1.1)


def _resume(estate: Estate) -> Iterator[Row]:
    """Killed in the middle; then from the start of the process to its first write."""
    estate.change(RESUMED)
    estate.asked()
    apply = estate.place.start([*CCCONF, "apply", "--yes"], subprocess.DEVNULL)
    done = 0
    while done < RESUMED // 2:
        time.sleep(0.5)
        done += sum(row.method == "PATCH" for row in estate.asked())
    apply.kill()
    apply.wait()
    estate.asked()
    begun = time.monotonic()
    resume = estate.place.start([*CCCONF, "apply", "--resume", "--yes"], subprocess.DEVNULL)
    first = None
    while first is None and resume.poll() is None:
        time.sleep(0.05)
        writes = (row.started for row in estate.asked() if row.method == "PATCH")
        first = next((started for started in writes if started > begun), None)  # the dead one's last calls come late
    assert first is not None, "nothing was left to resume"
    resume.wait()
    figure = f"resume of {RESUMED:,} steps, killed in the middle: start of the process to its first write"
    yield Row(figure, f"{first - begun:.2f} s", first - begun, unit=" s", target=2.0, remark="one run")


def between_writes(asked: Sequence[Asked]) -> list[Asked]:
    """From the first write to the last."""
    writes = [place for place, row in enumerate(asked) if row.method == "PATCH"]
    return list(asked[writes[0] : writes[-1] + 1])


def rate(asked: Sequence[Asked]) -> float:
    """Requests a second that were let through."""
    passed = sorted(row.stopped for row in asked if row.status != 429)
    return (len(passed) - 1) / (passed[-1] - passed[0]) if len(passed) > 1 else 0.0


def _serve(users: int, limit: float) -> None:
    """The emulator, until it is told to stop."""
    from ccconf.platforms.threecx.emulator import Emulator, Options, Seed

    options = Options(latency=LATENCY, rate_limit=limit or None)
    with Emulator(options, seed=Seed(users=users, departments=20)) as emulator, emulator.serving() as server:
        print(json.dumps([server.url, emulator.client_id, emulator.client_secret]), flush=True)
        for _ in sys.stdin:
            rows = [[row.method, row.status, row.started, row.stopped] for row in server.requests]
            server.requests.clear()
            print(json.dumps(rows), flush=True)


if __name__ == "__main__":
    _serve(int(sys.argv[1]), float(sys.argv[2]))
