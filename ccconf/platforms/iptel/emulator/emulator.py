"""The emulator as a whole: a world that keeps to the vendor's rules, and the screens in front of it."""

from __future__ import annotations

import contextlib
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from ccconf.embedded.screens import Screens
from ccconf.embedded.world import World
from ccconf.emulation import Faults, Pace, Server, serving
from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.platforms.iptel.emulator.options import Options
from ccconf.platforms.iptel.emulator.seed import plant

PACKAGE = "ccconf.platforms.iptel"


class Emulator:
    """One emulated system. When its serving ends, its port is free and its objects still there."""

    def __init__(self, options: Options = Options()) -> None:  # noqa: B008 - an immutable value
        self.options = options
        self._folder = tempfile.TemporaryDirectory(prefix="iptel-emulator-")
        path = options.database or Path(self._folder.name) / "iptel.db"
        self.world = World(path, facts_of(PACKAGE), actor="a person at the screens")
        self.close = weakref.finalize(self, _close, self.world, self._folder)
        """Give the file back; it happens by itself when the emulator is forgotten."""
        plant(self.world, options)
        self.screens = Screens(
            self.world, facts_of(PACKAGE), guide_of(PACKAGE), kinds=("group", "user"), released=("group",)
        )
        self.faults = Faults(options.fault_seed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def server(self, *, host: str = "127.0.0.1", port: int = 0) -> Server:
        """A server for this system, listening already; `run` it, or use `serving`."""
        pace = Pace(self.options.latency, self.options.rate_limit)
        return Server(self.screens.answer, faults=self.faults, pace=pace, host=host, port=port)

    @contextlib.contextmanager
    def serving(self, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
        """The server in a thread of its own; afterwards the port is free and the objects still there."""
        with serving(self.server(host=host, port=port)) as server:
            yield server


def _close(world: World, folder: tempfile.TemporaryDirectory[str]) -> None:
    world.close()
    folder.cleanup()
