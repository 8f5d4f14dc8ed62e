"""One freshly seeded system for each story."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.emulation.desk import Desk, desk


@pytest.fixture
def office() -> Iterator[Desk]:
    with desk() as one:
        yield one
