"""Which files are not one target's alone: what the other targets of the project read, too.

Files are compared, not the words that lead to them: `base`, `./base`, a pattern and a link are one and the same folder.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from ccconf.manifest.project import Target
from ccconf.manifest.sources import reached, would_read


class Neighbours:
    """The other targets of a project."""

    def __init__(self, target: Target) -> None:
        self.others = [
            target.project.target(name) for name in sorted(target.project.form.targets) if name != target.name
        ]
        self._known: dict[Path, str] = {}
        """What was asked before: to find where a file really lies takes several looks at the disk."""

    @cached_property
    def _readers(self) -> dict[Path, str]:
        """The first of them that reads a file, by where the file really lies."""
        found: dict[Path, str] = {}
        for other in self.others:
            for path in reached(other):
                found.setdefault(path.resolve(), other.name)
        return found

    def reader(self, path: Path) -> str:
        """The other target that reads a file that is there; empty where there is none."""
        if path not in self._known:
            self._known[path] = self._readers.get(path.resolve(), "") if self.others else ""
        return self._known[path]

    def would_read(self, path: Path) -> str:
        """The first of them that would read a file that is not there yet; empty where none would."""
        return next((other.name for other in self.others if would_read(other, path)), "")
