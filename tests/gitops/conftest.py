"""A GitHub for each story."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.gitops.hub import Hub, served


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with served() as hub:
        yield hub
