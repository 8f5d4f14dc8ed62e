"""3CX over its emulator, which answers each request 20 ms late: calls, wall time, and the rate that an apply keeps.

The emulator serves in this process; the commands and the bare paging loop are processes of their own. What was asked,
when, and how it was answered is read from the emulator's own log.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import paging
from benchmarks.processes import CCCONF, Cost, Place, run
from benchmarks.table import Row, seconds, spread

if TYPE_CHECKING:
    from ccconf.emulation import Record, Server

ROOT = Path(__file__).resolve().parent.parent
USERS, DEPARTMENTS = 10_000, 300
CHANGED = 1_000
LATENCY = 0.02
LIMITS = (40.0, 100.0)
"""Requests a second that the emulator allows, one figure each."""
FIRST_REFUSALS = 2
"""So many answers of 429 may be needed to find the limit; what comes after the last of them is the steady state."""
ROOM = 15
"""Calls beside the pages of users and departments: the token, the other lists, what a plan asks of the licence."""

_LANGUAGES = ("DE", "PL")
_PROJECT = """\
version: 1
targets:
  office:
    platform: threecx
    url: {url}
    credentials: {{client_id: !env PBX_ID, client_secret: !env PBX_SECRET}}
    manifests: [manifests]
    guards: {{updates: {{users: "100%"}}}}
"""


@dataclass(frozen=True, slots=True)
class Estate:
    """An emulated system that is being served, and a project for it."""

    server: Server
    place: Place
    secrets: tuple[str, str]

    def ccconf(self, *words: str, exit_code: int = 0) -> tuple[Cost, list[Record]]:
        """One command, and what it asked."""
        self.server.requests.clear()
        cost = run((*CCCONF, *words), self.place, exit_code=exit_code)
        return cost, list(self.server.requests)

    def loop(self) -> Cost:
        """The bare paging loop."""
        return run((sys.executable, "-m", "benchmarks.paging", self.server.url, *self.secrets), Place(ROOT))


@contextmanager
def serving(folder: Path, users: int, limit: float | None = None) -> Iterator[Estate]:
    """A fresh system with an empty project for it."""
    from ccconf.platforms.threecx.emulator import Emulator, Options, Seed

    (folder / "manifests").mkdir(parents=True)
    options = Options(latency=LATENCY, rate_limit=limit)
    with (
        Emulator(options, seed=Seed(users=users, departments=DEPARTMENTS)) as emulator,
        emulator.serving() as server,
    ):
        (folder / "ccconf.yaml").write_text(_PROJECT.format(url=server.url), encoding="utf-8")
        secrets = (emulator.client_id, emulator.client_secret)
        place = Place(folder, dict(zip(("PBX_ID", "PBX_SECRET"), secrets, strict=True)))
        yield Estate(server, place, secrets)


def figures(work: Path, users: int, runs: int) -> Iterator[Row]:
    """Calls and wall time of reading everything; then what an apply keeps of each limit."""
    users = min(users, USERS)
    with serving(work / "3cx", users) as estate:
        yield from _reading(estate, users, runs)
    for limit in LIMITS:
        with serving(work / f"3cx-{limit:g}", users, limit) as estate:
            yield from _applying(estate, min(CHANGED, users // 2), limit, min(runs, 3))


def _reading(estate: Estate, users: int, runs: int) -> Iterator[Row]:
    of = f"{users:,} users in {DEPARTMENTS} departments of 3CX"
    most = math.ceil(users / paging.PAGE) + math.ceil(DEPARTMENTS / paging.PAGE) + ROOM
    cost, asked = estate.ccconf("import")
    yield Row(f"import, {of}", f"{cost.wall:.2f} s", len(asked), unit=" calls", target=most, remark="one run")
    estate.ccconf("apply", "--yes")  # notes everything as ours
    loops, plans, calls = [], [], []
    for _ in range(runs):
        loops.append(estate.loop())
        cost, asked = estate.ccconf("plan")
        plans.append(cost)
        calls.append(float(len(asked)))
    yield Row(f"no-op plan, {of}: calls", "", median(calls), spread(calls), " calls", most)
    walls = [plan.wall / loop.wall for plan, loop in zip(plans, loops, strict=True)]
    told = f"{seconds([plan.wall for plan in plans])}; loop {seconds([loop.wall for loop in loops])}"
    cpu = f"CPU {median(plan.cpu for plan in plans):.2f} s, of the loop {median(loop.cpu for loop in loops):.2f} s"
    yield Row(f"no-op plan, {of}: over the bare paging loop", told, median(walls), spread(walls), " ×", 1.5, remark=cpu)


def _applying(estate: Estate, changed: int, limit: float, runs: int) -> Iterator[Row]:
    estate.ccconf("import")
    estate.ccconf("apply", "--yes")
    kept, late, walls = [], [], []
    for turn in range(runs):
        _change(estate.place.folder / "manifests" / "users.yaml", changed, turn)
        cost, asked = estate.ccconf("apply", "--yes")
        steady = steady_state(asked)
        walls.append(cost.wall)
        late.append(float(sum(record.status == 429 for record in steady)))
        kept.append(rate(steady) / limit)
    figure = f"apply of {changed:,} changed users of 3CX, {limit:g} requests a second allowed"
    yield Row(f"{figure}: rate kept", seconds(walls), median(kept), spread(kept), "", 0.9, at_least=True)
    yield Row(f"{figure}: 429 after the first {FIRST_REFUSALS}", "", max(late), spread(late), "", 0)


def _change(path: Path, changed: int, turn: int) -> None:
    """Another language for so many people; never twice the same one after the other."""
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"(?m)^(    language: ).*$", rf"\g<1>{_LANGUAGES[turn % 2]}", text, count=changed), "utf-8")


def steady_state(asked: Sequence[Record]) -> list[Record]:
    """From the first write to the last, without what came up to the second refusal."""
    writes = [place for place, record in enumerate(asked) if record.method == "PATCH"]
    refused = [place for place, record in enumerate(asked) if record.status == 429]
    known = refused[FIRST_REFUSALS - 1] + 1 if len(refused) >= FIRST_REFUSALS else 0
    return list(asked[max(writes[0], known) : writes[-1] + 1])


def rate(asked: Sequence[Record]) -> float:
    """Requests a second that were let through."""
    passed = [record for record in asked if record.status != 429]
    return (len(passed) - 1) / (passed[-1].stopped - passed[0].stopped) if len(passed) > 1 else 0.0
