"""Two centres that are alike, made once and copied for each story."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.compare.desk import LOCAL, WORLD, Two


@pytest.fixture(scope="session")
def alike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("alike")
    Two(folder).make("prod", **WORLD).make("test", **WORLD)
    return folder


@pytest.fixture(name="desk")
def use_desk(alike: Path, tmp_path: Path) -> Two:
    shutil.copytree(alike, tmp_path / "desk")
    return Two(tmp_path / "desk", prod=LOCAL, test=LOCAL)
