"""What the stories of runs in trouble share: processes that lie ready, and an office with a telephone system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.crash.beside import Beside
from tests.crash.estate import Office


@pytest.fixture(name="beside", scope="module")
def use_beside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Beside]:
    with Beside(tmp_path_factory.mktemp("beside")) as beside:
        yield beside


@pytest.fixture(name="office")
def use_office(tmp_path: Path) -> Iterator[Office]:
    with Office(tmp_path) as office:
        office.begin()
        yield office
