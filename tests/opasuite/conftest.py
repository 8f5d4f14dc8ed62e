"""An installation for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ccconf.platforms.opasuite.emulator import Seed
from tests.opasuite.suite import SECRET, Suite


@pytest.fixture
def suite(tmp_path: Path) -> Iterator[Suite]:
    """A small installation: three departments, four people, whose departments have secrets to look for."""
    with Suite(tmp_path, seed=Seed(users=4, departments=3)) as one:
        for row in one.departments():
            one.says_of(row["nome"], token=f"{SECRET}{row['_id']}", ordem=7, cod_pabx="4455", pesquisaSatisfacao="nps")
        yield one
