"""An emulated iQChannels of one's own, and a project in a folder that looks after it.

Commands are typed as a person would type them and go over real HTTP to the emulator. Time is told, not waited for.
"""

from __future__ import annotations

import contextlib
import io
import json
import shlex
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec
import pytest

from ccconf.cli.main import run
from ccconf.conformance.worlds import read_picture
from ccconf.emulation import Answer, Request, Server, serving
from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.model.licence import Licence
from ccconf.platform.contract import Connection
from ccconf.platform.pace import Pace
from ccconf.platforms.iqchannels import client
from ccconf.platforms.iqchannels.connection import IqChannels, connect
from ccconf.platforms.iqchannels.emulator import Emulator, Fault, Options, Seed
from ccconf.snapshot.store import write
from tests.screens.person import Person

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
    """A request that reached the platform, and what came back."""

    request: Request
    answer: Answer

    @property
    def body(self) -> Any:
        """What was asked, as data."""
        return msgspec.json.decode(self.request.body)


class Clock:
    """Seconds that pass only while somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait, without waiting."""
        with self._lock:
            self.now += seconds


class Bank:
    """An emulated iQChannels with a project beside it. A context: the server runs and the clock is ours within."""

    def __init__(self, folder: Path, options: Options = Options(), seed: Seed = Seed()) -> None:  # noqa: B008 - values
        self.folder = folder
        self.options = options
        self.emulator = Emulator(options, seed=seed)
        self.clock = Clock()
        self.exchanges: list[Exchange] = []
        """Everything that reached the platform and came back from it."""
        self.alter: Alter = lambda request, answer: answer
        self.server = Server(self._answer, faults=self.emulator.faults, clock=self.clock)
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(self.emulator)
        patch = self._open.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("IQ_SESSION", self.emulator.session)
        patch.setattr(client, "Pace", lambda rate, **more: Pace(rate, self.clock, self.clock.sleep, **more))
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
            "platform": "iqchannels",
            "url": self.server.url,
            "licence": {"edition": self.options.edition, "modules": list(self.options.modules)},
            "options": {"paths": "assumed"},
            "manifests": ["manifests"],
            **fields,
        }
        lines = [f"    {name}: {json.dumps(value, ensure_ascii=False)}" for name, value in given.items()]
        if "credentials" not in fields:
            lines.append("    credentials: {session: !env IQ_SESSION}")
        (self.folder / "ccconf.yaml").write_text("\n".join(["version: 1", "targets:", "  bank:", *lines, ""]))

    def declare(self, text: str) -> None:
        """This is what the manifests say from now on."""
        (self.folder / "manifests" / "all.yaml").write_text(text, encoding="utf-8")

    def ccconf(self, command: str) -> Ran:
        """Type a command. It may go wrong, but never with a traceback, and never telling the session."""
        out, err = io.StringIO(), io.StringIO()
        session = self.emulator.session
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["-C", str(self.folder), *shlex.split(command)])
        ran = Ran(code, out.getvalue(), err.getvalue())
        assert "Traceback" not in ran.text
        assert not session or session not in ran.text
        return ran

    def settle(self, manifest: str) -> str:
        """Apply, which must work wholly, and ask again, which must be answered with silence."""
        self.declare(manifest)
        ran = self.ccconf("apply --yes")
        assert ran.code == 0, ran.text
        self.settled()
        return ran.text

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
        self.alter = lambda request, answer: answer

    def rows(self, name: str, **body: Any) -> list[dict[str, Any]]:
        """What the platform really has, looked at by hand."""
        return list(self.emulator.call(name, {"Limit": 10_000, **body}))

    def user(self, email: str) -> dict[str, Any]:
        """The one live user of that address."""
        (found,) = [row for row in self.rows("user.list") if row.get("Email") == email]
        return found

    def emails(self) -> list[str]:
        """Whom the platform has, each as often as it has them."""
        return sorted(row.get("Email", row["Name"]) for row in self.rows("user.list"))

    def asked(self, path: str) -> int:
        """How many requests came to a path, those that failed on purpose among them."""
        return sum(record.path == path for record in self.server.requests)

    def look(self, *kinds: str) -> None:
        """Somebody looks at the screens, and what they saw is the project's snapshot from now on."""
        package = "ccconf.platforms.iqchannels"
        somebody = Person(self.server.url, facts_of(package), guide_of(package), "ru")
        path = self.folder / "snapshots" / "bank.json"
        path.parent.mkdir(exist_ok=True)
        write(path, somebody.look(kinds), "bank", "iqchannels")

    def connect(self, paths: Any = "assumed", **more: Any) -> IqChannels:
        """A connection of one's own, without a project."""
        given = {
            "url": self.server.url,
            "base": self.folder,
            "actor": "test",
            "licence": Licence(),
            "like": None,
            "credentials": {"session": self.emulator.session},
            "read_file": read_picture,
            "options": {"paths": paths, "timeout": 5.0},
            **more,
        }
        connection = connect(Connection(**given))
        self._open.callback(connection.close)
        return connection
