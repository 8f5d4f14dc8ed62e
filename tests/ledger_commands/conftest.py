"""Every story is told over both databases, but for those about a damaged file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger_commands.office import Office
from tests.postgres import server


@pytest.fixture(name="office", params=["sqlite", "postgresql"])
def use_office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    place = tmp_path / "project" / "ledger.db" if request.param == "sqlite" else server().new_database()
    return Office(tmp_path / "project", place)


@pytest.fixture(name="filed")
def use_filed(tmp_path: Path) -> Office:
    """With its ledger in a file."""
    return Office(tmp_path / "project", tmp_path / "project" / "ledger.db")
