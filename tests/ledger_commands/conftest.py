"""Every story is told over both databases, but for those about a damaged file."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ledger_commands.office import Office
from tests.postgres import server


@pytest.fixture(name="with_a_file", scope="session")
def use_with_a_file(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Somebody who has worked, and is copied for each story that begins so."""
    folder = tmp_path_factory.mktemp("filed") / "project"
    return Office(folder, folder / "ledger.db").works()


@pytest.fixture(name="with_a_server", scope="session")
def use_with_a_server(tmp_path_factory: pytest.TempPathFactory) -> Office:
    return Office(tmp_path_factory.mktemp("served") / "project", server().new_database()).works()


@pytest.fixture(name="office", params=["sqlite", "postgresql"])
def use_office(request: pytest.FixtureRequest, tmp_path: Path) -> Office:
    if request.param == "sqlite":
        filed: Office = request.getfixturevalue("filed")
        return filed
    return Office(tmp_path / "project", server().new_database(), request.getfixturevalue("with_a_server"))


@pytest.fixture(name="filed")
def use_filed(tmp_path: Path, with_a_file: Office) -> Office:
    """With its ledger in a file."""
    return Office(tmp_path / "project", tmp_path / "project" / "ledger.db", with_a_file)
