"""The emulator as a whole: an estate, its rules, and the HTTP in front of them."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from ccconf.embedded.screens import Screens
from ccconf.emulation import Answer, Faults, Pace, Request, Server, serving
from ccconf.manifest.facts import facts_of
from ccconf.manifest.guide import guide_of
from ccconf.platforms.opasuite.emulator import imports
from ccconf.platforms.opasuite.emulator import seed as seeding
from ccconf.platforms.opasuite.emulator.access import Access
from ccconf.platforms.opasuite.emulator.api import BASE, Api
from ccconf.platforms.opasuite.emulator.estate import Estate
from ccconf.platforms.opasuite.emulator.options import Options, Seed

PACKAGE = "ccconf.platforms.opasuite"
SPECIAL_FAULTS = {"revoke": "a new token was made before the request is looked at"}
"""Kinds of faults beside those that every emulator has."""


class Emulator:
    """One emulated installation. When its serving ends, its port is free and its estate still there."""

    def __init__(
        self,
        options: Options = Options(),  # noqa: B008 - an immutable value
        *,
        seed: Seed = Seed(),  # noqa: B008 - likewise
    ) -> None:
        self.options = options
        folder = None if options.database else tempfile.mkdtemp(prefix="opasuite-")
        self.estate = Estate(options.database or Path(str(folder)) / "estate.db", options.seats, options.modules)
        self.close = weakref.finalize(self, _closed, self.estate, folder)
        """Give the files back; it happens by itself when the emulator is forgotten."""
        if not seeding.planted(self.estate):
            seeding.plant(self.estate, seed)
        self.access = Access(self.estate, options.token, options.address_header)
        self.api = Api(self.estate, self.access, options)
        self.screens = Screens(self.estate, facts_of(PACKAGE), guide_of(PACKAGE), options.language, shows_ids=True)
        self.faults = Faults(options.fault_seed, {"revoke": self._revoke})

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def token(self) -> str:
        """The living token; made up, like everything here."""
        return self.access.token

    def new_token(self) -> str:
        """Make another token on the screen of the API's user: the one before is dead at once."""
        return self.access.renew()

    def _revoke(self) -> None:
        self.new_token()

    @property
    def holder(self) -> str:
        """The id of the user whose token it is."""
        return self.access.holder

    @property
    def group(self) -> str:
        """The permission group of that user."""
        return self.access.group

    def server(self, *, host: str = "127.0.0.1", port: int = 0) -> Server:
        """A server for this installation, listening already; `run` it, or use `serving`."""
        options = self.options
        pace = Pace(options.latency, options.rate_limit, options.burst, options.says_retry_after)
        return Server(self.answer, faults=self.faults, pace=pace, host=host, port=port)

    @contextlib.contextmanager
    def serving(self, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[Server]:
        """The server in a thread of its own; afterwards the port is free and the estate still there."""
        with serving(self.server(host=host, port=port)) as server:
            yield server

    def answer(self, request: Request) -> Answer:
        """The whole of what the server does with a request, faults and pace aside."""
        if request.path.startswith(f"{BASE}/"):
            return self.api.answer(request)
        if request.path == imports.PATH:
            return imports.screen(self.estate, request)
        with self.estate.lock:
            return self.screens.answer(request)


def _closed(estate: Estate, folder: str | None) -> None:
    estate.close()
    if folder is not None:
        shutil.rmtree(folder, ignore_errors=True)
