"""The laws of planning and applying, held by the embedded platform."""

from __future__ import annotations

import tempfile
from itertools import count
from pathlib import Path

from ccconf.conformance.laws import Laws
from ccconf.conformance.worlds import read_picture
from ccconf.model.licence import Licence
from ccconf.platform.contract import Connection, Platform
from ccconf.platforms.local.embedded import LocalPlatform


class TestLocalLaws(Laws):
    """Every law, over a new SQLite file each time."""

    examples = 10  # four vendors try the same laws on worlds of their own

    def setup_method(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.numbers = count()

    def teardown_method(self) -> None:
        self.folder.cleanup()

    def connect(self) -> Platform:
        url = f"live-{next(self.numbers)}.db"
        return LocalPlatform(Connection(url, Path(self.folder.name), "laws", Licence(), None, {}, read_picture))
