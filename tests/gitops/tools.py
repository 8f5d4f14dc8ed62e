"""The programs that judge and run what is written for GitHub, GitLab and pre-commit.

They are large, so they are not among the test dependencies: CCCONF_TOOLS names a folder that has them (`make gitops`).
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent


def tool(name: str) -> str:
    """The program; the test is skipped where no folder of tools is named, and fails where one is missing in it."""
    folder = os.environ.get("CCCONF_TOOLS")
    if not folder:
        pytest.skip("CCCONF_TOOLS names no folder of tools: make gitops")
    places = os.pathsep.join([f"{folder}/bin", f"{folder}/node_modules/.bin", os.environ["PATH"]])
    found = shutil.which(name, path=places)
    assert found, f"{name} is not in {folder}"
    return found


def ran(*words: str | Path, at: Path = ROOT, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a program, in an environment that is no CI's."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "CI_", "CCCONF_"))}
    return subprocess.run(
        [str(word) for word in words],
        cwd=at,
        env=plain | {"NO_PROXY": "127.0.0.1", "NO_COLOR": "1", **env},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


def git(folder: Path, *words: str) -> str:
    """Git, as somebody who has a name."""
    done = ran("git", "-c", "user.name=Ann", "-c", "user.email=ann@example.org", *words, at=folder)
    assert done.returncode == 0, done
    return done.stdout.strip()
