"""Property tests look at new examples on every run of a developer, and at the same ones on every run of CI.

A pull request is then judged by what it changes, not by chance; what chance finds is found at the desk.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

from tests.phrases import share_phrases

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.fixture(scope="session", autouse=True)
def use_phrases() -> None:
    """A test types dozens of commands in one process."""
    share_phrases()
