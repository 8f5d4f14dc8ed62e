"""The centres of `offices`, set up once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.cli.offices import OFFICES


@pytest.fixture(name="made", scope="session")
def use_made(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The folders of both, to be copied."""
    found = {name: tmp_path_factory.mktemp(name) for name in OFFICES}
    for name, make in OFFICES.items():
        make(found[name])
    return found
