"""Property tests look at new examples on every run of a developer, and at the same ones on every run of CI.

A pull request is then judged by what it changes, not by chance; what chance finds is found at the desk.

Nothing outlives the tests, so they work in memory where there is room: a disk makes each commit wait for it.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.phrases import share_phrases

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

MEMORY = Path("/dev/shm")
"""Where Linux keeps files in memory; in a container there may be little of it."""
ROOM = 4 << 30
"""Bytes: twice what a run takes with its databases, and what pytest keeps of those before it."""


def _is_roomy(folder: Path) -> bool:
    if not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= ROOM and not found.f_flag & os.ST_NOEXEC


if "TMPDIR" not in os.environ and _is_roomy(MEMORY):
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)  # of what is started from here, too


@pytest.fixture(scope="session", autouse=True)
def use_phrases() -> None:
    """A test types dozens of commands in one process."""
    share_phrases()
