"""The vendors whose screens people look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.snapshot.desk import Screens


@pytest.fixture
def iptel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Screens:
    return Screens(tmp_path, "iptel", monkeypatch)


@pytest.fixture
def opa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Screens:
    return Screens(tmp_path, "opasuite", monkeypatch)


@pytest.fixture
def iq(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Screens:
    return Screens(tmp_path, "iqchannels", monkeypatch)
