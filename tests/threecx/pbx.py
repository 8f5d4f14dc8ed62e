"""A telephone system of one's own, and a project in a folder that looks after it.

Commands are typed as a person would type them and go over real HTTP to the emulator. Time is told, not waited for: who
has to wait moves the clock, which the server's own limit on requests reads, too.
"""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pytest

from ccconf.cli.main import run
from ccconf.emulation import Answer, Request, Server, serving
from ccconf.emulation.pace import Pace as Manners
from ccconf.platform.pace import Pace
from ccconf.platforms.threecx import connection
from ccconf.platforms.threecx.emulator import Emulator, Fault, Options, Seed

Alter = Callable[[Request, Answer], Answer]
"""What becomes of the answers on their way."""


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that a person sees."""
        return self.out + self.err

    @property
    def data(self) -> Any:
        """What was printed as JSON."""
        return json.loads(self.out)


class Exchange(NamedTuple):
    """A request that reached the system, and what the system answered."""

    request: Request
    answer: Answer


class Clock:
    """Seconds that pass only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait, without waiting."""
        with self._lock:
            self.waits.append(seconds)
            self.now += seconds


class Pbx:
    """An emulated 3CX with a project beside it. A context: the server runs and the clock is ours within."""

    def __init__(
        self,
        folder: Path,
        options: Options = Options(),  # noqa: B008 - an immutable value
        seed: Seed = Seed(),  # noqa: B008 - likewise
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.folder = folder
        self.options = options
        self.emulator = Emulator(options, seed=seed)
        self.clock = Clock()
        self.exchanges: list[Exchange] = []
        """Everything that reached the system and came back from it."""
        self.alter: Alter = lambda request, answer: answer
        manners = Manners(options.latency, options.rate_limit, options.burst, options.says_retry_after)
        self.server = Server(self._answer, faults=self.emulator.faults, pace=manners, clock=self.clock)
        if tls is not None:
            sockets = self.server._sockets
            sockets.socket = tls.wrap_socket(sockets.socket, server_side=True)
        self.url = self.server.url if tls is None else self.server.url.replace("http:", "https:")
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.emulator)
        patch = self._open.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("PBX_ID", self.emulator.client_id)
        patch.setenv("PBX_SECRET", self.emulator.client_secret)
        patch.setattr(connection, "Pace", lambda rate, **more: Pace(rate, self.clock, self.clock.sleep, **more))
        self.patch = patch
        self._open.enter_context(serving(self.server))
        self.target()
        (self.folder / "manifests").mkdir(exist_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _answer(self, request: Request) -> Answer:
        answer = self.alter(request, self.emulator.answer(request))
        self.exchanges.append(Exchange(request, answer))
        return answer

    def target(self, **fields: Any) -> None:
        """Write ccconf.yaml; what is not said is as it should be."""
        given = {
            "platform": "threecx",
            "url": self.url,
            "licence": {"edition": self.options.edition},
            "manifests": ["manifests"],
            **fields,
        }
        lines = [f"    {name}: {json.dumps(value)}" for name, value in given.items()]
        if "credentials" not in fields:
            lines.append("    credentials: {client_id: !env PBX_ID, client_secret: !env PBX_SECRET}")
        (self.folder / "ccconf.yaml").write_text("\n".join(["version: 1", "targets:", "  pbx:", *lines, ""]))

    def declare(self, text: str, name: str = "all") -> None:
        """This is what one manifest says from now on."""
        (self.folder / "manifests" / f"{name}.yaml").write_text(text, encoding="utf-8")

    def ccconf(self, command: str) -> Ran:
        """Type a command. It may go wrong, but never with a traceback."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["-C", str(self.folder), *shlex.split(command)])
        ran = Ran(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in ran.text
        return ran

    def apply(self) -> Ran:
        """Apply, which must work wholly, and ask again, which must be answered with silence."""
        ran = self.ccconf("apply --yes")
        assert ran.code == 0, ran.text
        self.settled()
        return ran

    def settled(self) -> None:
        """Nothing is left to do."""
        ran = self.ccconf("plan")
        assert ran.code == 0, ran.text
        assert "Nothing to do." in ran.out, ran.text

    def goes_wrong(self, **fault: Any) -> None:
        """From now on a fault happens."""
        self.emulator.faults.add(Fault(**fault))

    def goes_well(self) -> None:
        """Nothing goes wrong any more."""
        self.emulator.faults.clear()

    def before(self, deed: Callable[[], object], **which: Any) -> None:
        """Something happens elsewhere just before a request is looked at, once unless told otherwise."""
        kind = f"deed {len(self.emulator.faults.special)}"
        self.emulator.faults.special[kind] = lambda: (deed(), None)[1]
        self.goes_wrong(kind=kind, **{"times": 1, **which})

    def rows(self, collection: str, query: str = "") -> list[dict[str, Any]]:
        """What the system really has, looked at by hand."""
        return list(self.emulator.get(f"/{collection}{query}")["value"])

    def user(self, number: str) -> dict[str, Any]:
        """The one user of that number."""
        (found,) = [row for row in self.rows("Users") if row["Number"] == number]
        return found

    def numbers(self) -> list[str]:
        """Whom the system has, each as often as it has them."""
        return sorted(row["Number"] for row in self.rows("Users"))

    def departments(self) -> list[str]:
        """What the system's departments are called, each as often as it has them."""
        return sorted(row["Name"] for row in self.rows("Groups"))

    def asked(self, method: str, path: str = "") -> int:
        """How many requests came since the log was cleared, those that failed on purpose among them."""
        return sum(record.method == method and path in record.path for record in self.server.requests)


def free_port() -> int:
    """A port at which nobody answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
