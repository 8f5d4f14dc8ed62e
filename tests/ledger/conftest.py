"""Every story of the ledger is told over both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccconf.ledger.place import Place
from ccconf.ledger.store import Ledger
from tests.postgres import server


@pytest.fixture(name="place", params=["sqlite", "postgresql"])
def use_place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where there is no ledger yet."""
    return tmp_path / "deep" / "ledger.db" if request.param == "sqlite" else server().new_database()


@pytest.fixture(name="elsewhere")
def use_elsewhere(place: Place, tmp_path: Path) -> Place:
    """Another such place in the same kind of database."""
    return tmp_path / "elsewhere" / "ledger.db" if isinstance(place, Path) else server().new_database()


@pytest.fixture(name="ledger")
def use_ledger(place: Place) -> Iterator[Ledger]:
    """A ledger that is open, and was not made yet."""
    with Ledger(place) as ledger:
        yield ledger
