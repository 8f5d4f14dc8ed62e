"""A process that runs commands in children of its own, and lets them die: `python -m tests.crash.stage`.

Everything is imported and rehearsed once, here; each command is a fork, with no other thread alive. A child counts the
moments at which the world outside could see a difference, before and after each write to the platform and each commit
of the ledger, and kills itself with SIGKILL at the one that it was told. (Dying around a read leaves nothing else
behind than dying after the write before it.)
"""

from __future__ import annotations

import contextlib
import faulthandler
import gc
import importlib
import io
import json
import os
import pkgutil
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ccconf
from tests.phrases import share_phrases

OUTSIDE = (
    "alembic.command",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
)
"""What our modules import only when it is needed, and what others choose by its name."""

PROJECT = "version: 1\ntargets:\n  here: {platform: local, url: live.db, manifests: [people.yaml]}\n"
PEOPLE = "groups:\n  service: {name: Service}\nusers:\n  ann: {name: Ann, groups: [service]}\n"


class Moments:
    """The moments of one run, counted over all its threads."""

    def __init__(self, die_at: int | None, out: str) -> None:
        self.die_at = die_at
        self.count = 0
        self.out = out
        self.lock = threading.Lock()

    def pass_by(self, what: str) -> None:
        """One more; perhaps the last."""
        with self.lock:
            self.count += 1
            if self.count == self.die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            with open(self.out, "a", encoding="utf-8") as file:  # noqa: PTH123 - a child writes as little as it can
                file.write(f"{what}\n")


def _around(owner: Any, name: str, moments: Moments, what: Callable[..., str]) -> None:
    real = getattr(owner, name)

    def wrapped(self: Any, *args: Any, **more: Any) -> Any:
        said = what(self, *args)
        if not said:
            return real(self, *args, **more)
        moments.pass_by(f"before {said}")
        came = real(self, *args, **more)
        moments.pass_by(f"after {said}")
        return came

    setattr(owner, name, wrapped)


def _watch(moments: Moments) -> None:
    from sqlalchemy.engine.default import DefaultDialect

    from ccconf.embedded.write import Write
    from ccconf.platform.http import Http

    _around(DefaultDialect, "do_commit", moments, lambda self, connection: "commit")
    _around(Http, "_attempt", moments, lambda self, ask: f"{ask.method} {ask.path}" if ask.writes else "")
    _around(Write, "perform", moments, lambda self, change: f"write {change.ref}")


def _child(order: dict[str, Any]) -> int:
    from ccconf.cli.main import run

    with open(order["out"], "w", encoding="utf-8") as file:  # noqa: PTH123 - of its own, not of the stage's
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
        faulthandler.enable(2)
        sys.stdout = sys.stderr = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        os.environ.update(order.get("environment", {}))
        _watch(Moments(order.get("die_at"), order["moments"]))
        code = run(["-C", order["folder"], *order["args"]])
        sys.stdout.flush()
    return code


def _import_everything() -> None:
    """A second that no child has to spend; most commands import what they need when they are called."""
    rooms = (room.name for room in pkgutil.iter_modules(ccconf.__path__) if room.ispkg and room.name != "conformance")
    for room in rooms:
        package = importlib.import_module(f"ccconf.{room}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if ".versions." not in module.name:  # migrations, which alembic itself runs
                importlib.import_module(module.name)
    for name in OUTSIDE:
        importlib.import_module(name)


def _rehearse() -> None:
    """What every command makes once for itself, and finds ready if somebody was here before."""
    from ccconf.cli.main import run

    share_phrases()
    said = io.StringIO()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        (Path(folder) / "ccconf.yaml").write_text(PROJECT)
        (Path(folder) / "people.yaml").write_text(PEOPLE)
        codes = [run(["-C", folder, "plan", "--out", f"{folder}/plan.json"])]
        codes += [run(["-C", folder, *words]) for words in (["apply", f"{folder}/plan.json", "--yes"], ["plan"])]
    assert codes == [2, 0, 0], said.getvalue()
    assert threading.active_count() == 1, threading.enumerate()


def main() -> None:
    """One order a line; one answer a line: the exit code, negative for a signal."""
    _import_everything()
    _rehearse()
    gc.collect()
    gc.freeze()  # no child tidies up here, and so need not have the pages of its own
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 70
            try:
                code = _child(json.loads(line))
            except BaseException:
                traceback.print_exc()  # into the output of the command
                raise
            finally:
                sys.stderr.flush()
                os._exit(code)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201 - the answer


if __name__ == "__main__":
    main()
