"""A project in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.desk import Desk


@pytest.fixture(name="desk")
def use_desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)
