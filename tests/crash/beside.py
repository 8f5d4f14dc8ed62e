"""Commands in processes of their own, several at a time: what one run does to another, and signals to one of them.

`python -m tests.crash.beside` imports everything once, with no other thread alive, and forks for each command. The
test tells it what to start, and may stop, wake or interrupt a process meanwhile by its id.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

PATIENCE = 60.0
"""Seconds after which a story has surely gone wrong."""


class Ended(NamedTuple):
    """The exit code, negative for a signal, and all that was printed."""

    code: int
    text: str

    @property
    def report(self) -> dict[str, Any]:
        """What `--format json` printed, whatever was said before it."""
        report: dict[str, Any] = json.loads(self.text[self.text.index("{\n") :])
        return report


class Started:
    """A command that is running."""

    def __init__(self, beside: Beside, process: int, out: Path) -> None:
        self.beside = beside
        self.process = process
        self.out = out
        self.code: int | None = None

    @property
    def text(self) -> str:
        """What it has printed until now."""
        return self.out.read_text(encoding="utf-8")

    def signal(self, number: int) -> None:
        """Stop it, wake it, interrupt it, kill it."""
        os.kill(self.process, number)

    def frozen(self) -> None:
        """It is stopped in the middle of whatever it does; returns when it is."""
        self.signal(signal.SIGSTOP)
        stat = Path(f"/proc/{self.process}/stat")
        until(lambda: stat.read_text().rpartition(")")[2].split()[0] == "T")

    def over(self) -> bool:
        """Whether it has ended."""
        if self.code is None:
            self.code = self.beside.told({"look": self.process})
        return self.code is not None

    def ended(self) -> Ended:
        """Wait for its end."""
        until(self.over, lambda: self.text)
        assert self.code is not None and "Traceback" not in self.text, self.text
        return Ended(self.code, self.text)


class Beside:
    """Starts commands. A context."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.numbers = itertools.count()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.beside"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def start(
        self,
        folder: Path,
        command: str,
        environment: Mapping[str, str],
        *,
        lease: Sequence[float] = (),
        full_at: int | None = None,
        terminal: str = "",
    ) -> Started:
        """Type a command in that folder.

        `lease` is how long the lease lasts, a heart waits to beat, and a waiter to look; `full_at` the commit of the
        ledger with which the disk is full; `terminal` the device at which somebody sits.
        """
        out = self.folder / f"out {next(self.numbers)}.txt"
        out.touch()
        words = ["-C", str(folder), *command.split()]
        order: dict[str, Any] = {"args": words, "environment": dict(environment), "out": str(out)}
        order |= {"lease": list(lease), "full_at": full_at, "terminal": terminal}
        return Started(self, self.told(order), out)

    def told(self, order: Mapping[str, Any]) -> Any:
        """One line there, one line back."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


def until(happened: Callable[[], bool], story: Callable[[], str] = lambda: "") -> None:
    """Wait until something has happened; the story so far, where it never does."""
    latest = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < latest, f"it never happened\n{story()}"
        time.sleep(0.01)


def _child(order: dict[str, Any]) -> int:
    from ccconf.cli.main import run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.setsid()  # so that a terminal becomes its own
    keyboard = os.open(order["terminal"] or os.devnull, os.O_RDWR)
    screen = keyboard if order["terminal"] else os.open(order["out"], os.O_WRONLY | os.O_APPEND)
    for stream, to in enumerate((keyboard, screen, screen)):
        os.dup2(to, stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", closefd=False, buffering=1)  # noqa: SIM115
    os.environ.update(order["environment"])
    _shorten(order["lease"])
    _fill(order["full_at"], Path(order["args"][1]) / ".ccconf" / "ledger.db-wal")
    code = run(order["args"])
    sys.stdout.flush()
    return code


def _shorten(lease: Sequence[float]) -> None:
    from ccconf.ledger import lock

    if lease:
        usual: Any = lock.take.__kwdefaults__
        usual["pulse"] = lock.Pulse(*lease)


def _fill(full_at: int | None, log: Path) -> None:
    """From that commit on the ledger's file may not grow: the kernel says what it says of a full disk."""
    from sqlalchemy.engine.default import DefaultDialect

    commits = itertools.count(1)
    real: Any = DefaultDialect.do_commit

    def commit(self: Any, connection: Any) -> None:
        if next(commits) == full_at:
            size = max(log.stat().st_size if log.exists() else 0, 8192)  # what is printed goes to a file, too
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
        real(self, connection)

    DefaultDialect.do_commit = commit  # type: ignore[method-assign]


def _begun(order: dict[str, Any]) -> int:
    process = os.fork()
    if process:
        return process
    code = 70
    try:
        code = _child(order)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _looked(process: int) -> int | None:
    ended, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if ended else None


def _warm() -> None:
    """What every command imports, so that none of them has to."""
    import ccconf.cli.apply
    import ccconf.ledger.database
    import ccconf.ledger.journal
    import ccconf.platforms.local.embedded
    import ccconf.platforms.threecx.connection  # noqa: F401

    with contextlib.suppress(ImportError):
        import psycopg  # noqa: F401


def main() -> None:
    """One order a line; one answer a line."""
    _warm()
    for line in sys.stdin:
        order = json.loads(line)
        answer = _looked(order["look"]) if "look" in order else _begun(order)
        print(json.dumps(answer), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
