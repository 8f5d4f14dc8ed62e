"""A process of its own that works on a ledger, so that tests can stop it, kill it, or let its disk run full.

`python -m tests.ledger.actor PLACE STORY` does what the story says, a line of output for each thing that happened; it
waits for a line of input where the story needs the other side.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from ccconf.errors import Broken
from ccconf.ledger.book import Runs
from ccconf.ledger.journal import Journal
from ccconf.ledger.lock import Lease, Pulse, take
from ccconf.ledger.place import Place, place_of
from ccconf.ledger.runs import Noted, Run
from ccconf.ledger.store import Ledger
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from tests.spots import OFFICE

SHORT = Pulse(lease=3.0, beat=0.1, look=0.05)
LONG = Pulse(lease=600.0, beat=600.0, look=0.05)


def noted(key: str) -> Noted:
    """Somebody was made."""
    return Noted(Ref("user", key), Owned(f"id-{key}"), {"name": key})


@contextlib.contextmanager
def run_on(ledger: Ledger, pulse: Pulse = LONG) -> Iterator[tuple[Run, Lease]]:
    """A run that was begun, with the lock of its target."""
    with take(ledger, OFFICE, "Ann", 0.0, lambda _: None, pulse=pulse) as lease:
        yield Runs(ledger, "office").begin(b"plan", "p1", actor="Ann", commit="c0ffee"), lease


@contextlib.contextmanager
def acting(place: Place, story: str) -> Iterator[subprocess.Popen[str]]:
    """The process, which is gone afterwards."""
    command = [sys.executable, "-m", "tests.ledger.actor", str(place), story]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        try:
            yield process
        finally:
            process.kill()


def told(process: subprocess.Popen[str]) -> str:
    """The next thing that happened."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def go_on(process: subprocess.Popen[str]) -> None:
    """Let it go on."""
    assert process.stdin is not None
    process.stdin.write("\n")


def _say(word: object) -> None:
    print(word, flush=True)  # noqa: T201 # the other side listens


def _code(act: Callable[[], object]) -> str:
    try:
        act()
    except Broken as error:
        return error.findings[0].code
    return "done"


def _writes_on(ledger: Ledger) -> None:
    """Takes step after step until it is killed."""
    with run_on(ledger) as (run, lease), Journal(ledger, run, lease, linger_seconds=0.001) as journal:
        for number in range(100_000):
            journal.intend(f"s{number}")
            _say(f"s{number}")
            journal.ended(f"s{number}", "done", {"n": number}, [noted(f"p{number}")])


def _holds(ledger: Ledger) -> None:
    """Holds the lock with a short lease, and freezes; then says what becomes of its next intent."""
    ledger.ready()
    with run_on(ledger, SHORT) as (run, lease), Journal(ledger, run, lease) as journal:
        guard, beat = threading.Lock(), lease.beat

        def beat_guarded() -> None:
            with guard:
                beat()

        lease.beat = beat_guarded  # type: ignore[method-assign] # lest it freeze within a transaction
        _say(_code(lambda: journal.intend("first")))
        with guard:
            os.kill(os.getpid(), signal.SIGSTOP)
        _say(_code(lambda: journal.intend("second")))
        _say(_code(lease.check))


def _races(ledger: Ledger) -> None:
    """Waits for the start, then wants the lock."""
    ledger.ready()
    _say("ready")
    sys.stdin.readline()
    try:
        with take(ledger, OFFICE, "Ann", 0.0, lambda _: None, pulse=LONG) as lease:
            _say(lease.fence)
            sys.stdin.readline()
    except Broken as error:
        _say(error.findings[0].code)


def _migrates(ledger: Ledger) -> None:
    """Waits for the start, then writes at once."""
    _say("ready")
    sys.stdin.readline()
    _say(_code(lambda: ledger.record("office", Ref("user", f"p{os.getpid()}"), Owned(str(os.getpid())))))


def _fills(ledger: Ledger) -> None:
    """Its disk runs full after the first step; then there is room again, or not."""
    with run_on(ledger) as (run, lease):
        journal = Journal(ledger, run, lease)
        journal.intend("first")
        journal.ended("first", "done", {}, [noted("ann")])
        journal.intend("second")
        assert isinstance(ledger.place, Path)
        largest = max(path.stat().st_size for path in ledger.place.parent.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY))
        _say(_code(lambda: journal.intend("x" * 100_000)))
        journal.ended("second", "done", {"long": "x" * 100_000}, [noted("bo")])
        _say(_code(lambda: journal.intend("fourth")))
        if sys.stdin.readline().strip() == "room":
            resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        journal.close()
        _say(sorted(journal.unnoted()))


_STORIES = {story.__name__.strip("_"): story for story in (_writes_on, _holds, _races, _migrates, _fills)}

if __name__ == "__main__":
    with Ledger(place_of(sys.argv[1], Path())) as opened:
        _STORIES[sys.argv[2]](opened)
