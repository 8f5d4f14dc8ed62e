"""Diff and plan in one process, with both sides in memory, against a bare comparison of the same data as dicts.

Run as a process: `python -m benchmarks.compare USERS RUNS` prints one JSON object with seconds.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from ccconf.findings import Finding, Location
from ccconf.model.change import Change
from ccconf.model.declared import Declared
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Operation, Page, Performed, Route, Support, Unheld
from ccconf.reconcile.planner import Request, make_plan
from ccconf.reconcile.policy import Policy

PAGE = 1000
CHANGED_EVERY = 100
"""One object in so many differs."""


@dataclass
class Loaded:
    """The wanted side, already typed: fulfils `ccconf.model.declared.Wanted`."""

    people: dict[str, Declared]
    closed: frozenset[str] = frozenset()
    former: Mapping[Ref, str] = field(default_factory=dict)

    def keys(self, kind: str) -> Iterable[str]:
        """Only people are declared."""
        return self.people if kind == "user" else ()

    def get(self, ref: Ref) -> Declared | None:
        """One person."""
        return self.people.get(ref.key) if ref.kind == "user" else None

    def where(self, ref: Ref, field: str | None = None) -> Location | None:
        """Nothing here stands in a file."""
        return None


@dataclass
class InMemory:
    """The live side, already typed: fulfils `ccconf.platform.contract.Platform` as far as a plan needs it."""

    people: list[Observed]

    def support(self, kind: str, operation: Operation) -> Support:
        """Everything is possible."""
        return Support(kind=kind, operation=operation, route=Route.API, reason="in memory")

    def begin(self) -> None:
        """Everything is at hand."""

    def observe(self, kind: str) -> Iterator[Page]:
        """The people, page by page."""
        live = self.people if kind == "user" else []
        return (Page(tuple(live[at : at + PAGE]), len(live)) for at in range(0, max(len(live), 1), PAGE))

    def departed(self, kind: str) -> Iterator[Page]:
        """Nobody was ever deleted."""
        return iter(())

    def current(self, kind: str, native_id: str) -> Observed | None:
        """Not asked by a plan."""
        raise NotImplementedError

    def lookup(self, ref: Ref) -> Observed | None:
        """Not asked by a plan."""
        raise NotImplementedError

    def calls(self, change: Change) -> tuple[str, ...]:
        """One call for each change."""
        return (f"update {change.ref}",)

    def perform(self, change: Change) -> Performed:
        """Not asked by a plan."""
        raise NotImplementedError

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        return iter(())

    def confirm(self) -> Iterator[Unheld]:
        return iter(())

    def file(self, digest: str) -> bytes | None:
        """There are no files."""
        return None

    def close(self) -> None:
        """Nothing is open."""


def person(number: int, title: str) -> dict[str, Any]:
    """One person as plain data."""
    return {
        "name": f"Agent {number}",
        "email": f"agent.{number:06}@example.org",
        "extension": str(100_000 + number),
        "position": title,
        "type": "human",
        "status": "active",
        "groups": {f"group-{(number + step) % 500:04}": {} for step in range(1 + number % 3)},
        "roles": [f"role-{number % 20:02}"],
        "skills": {f"skill-{(number + step) % 40:02}": 1 + step for step in range(3)},
        "schedule": f"schedule-{number % 10:02}",
    }


def sides(users: int) -> Iterator[tuple[str, bytes, bytes]]:
    """Key, wanted and live of each person as JSON, so that the two sides share no value."""
    for number in range(users):
        title = "Team leader" if number % CHANGED_EVERY == 0 else "Operator"
        wanted, live = person(number, title), person(number, "Operator")
        yield f"agent.{number:06}", msgspec.json.encode(wanted), msgspec.json.encode(live)


def bare(wanted: dict[str, Any], live: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    """The floor: what differs between two mappings of plain mappings, field by field where anything does."""
    return [
        (key, name, have.get(name), value)
        for key, want in wanted.items()
        if (have := live[key]) != want
        for name, value in want.items()
        if have.get(name) != value
    ]


def timed(work: Callable[[], int], expected: int) -> float:
    """Seconds that the work takes. Raises `RuntimeError` where it does not find what there is to find."""
    begun = time.perf_counter()
    found = work()
    taken = time.perf_counter() - begun
    if found != expected:
        raise RuntimeError(f"found {found} changes, expected {expected}")
    return taken


def measure(users: int, runs: int) -> dict[str, list[float]]:
    """Seconds of the bare comparison and of the plan, taking turns. The collector is off, as in the command."""
    gc.disable()
    decode: Callable[[bytes], Resource] = KINDS["user"].json_decoder.decode
    wanted_plain, live_plain = {}, {}
    declared, observed = {}, []
    for number, (key, wanted, live) in enumerate(sides(users)):
        wanted_plain[key], live_plain[key] = msgspec.json.decode(wanted), msgspec.json.decode(live)
        declared[key] = Declared(decode(wanted))
        observed.append(Observed(Ref("user", key), decode(live), str(number), "1"))
    owned = {live.ref.key: Owned(live.native_id) for live in observed}
    loaded, platform, request = Loaded(declared), InMemory(observed), Request("office", "memory")
    expected = -(-users // CHANGED_EVERY)
    found: dict[str, list[float]] = {"bare": [], "plan": []}
    for _ in range(runs):
        found["bare"].append(timed(lambda: len(bare(wanted_plain, live_plain)), expected))
        plan = lambda: len(make_plan(request, loaded, platform, lambda kind: _of(kind, owned), Policy()).steps)  # noqa: E731 - timed as it stands
        found["plan"].append(timed(plan, expected))
    return found


def _of(kind: str, owned: dict[str, Owned]) -> dict[str, Owned]:
    return owned if kind == "user" else {}


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]))))
