"""Which commit the manifests are of, for the audit."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SECONDS = 10.0
"""More than Git ever needs; a hanging file system must not hold up a run."""


def commit_of(folder: Path) -> str:
    """The commit that is checked out, with `+` where files differ from it; empty where nobody can tell."""
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return ""
    return f"{commit}+" if _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".") else commit


def _git(folder: Path, *words: str) -> str:
    git = shutil.which("git")
    if git is None:
        return ""
    try:
        ran = subprocess.run(  # noqa: S603 - fixed words
            [git, "-C", str(folder), *words], capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""
