"""The generated projects of one run: each is made once, and its platform is filled once."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.generate import Layout, objects_for, write_project
from benchmarks.processes import CCCONF, Cost, Place, run

REFERENCE_ONLY = "raise ImportError('left out of this measurement')\n"
"""Stands in for the optional fast reader, so that the default installation is measured too."""


@dataclass(slots=True)
class BenchProject:
    """One generated project."""

    folder: Path
    users: int
    place: Place
    filled: Cost | None = None
    edits: int = 0

    @property
    def objects(self) -> int:
        """Objects of all kinds."""
        return objects_for(self.users)

    @property
    def manifests(self) -> Path:
        """Where the manifests are."""
        return self.folder / "manifests"

    def forget(self) -> None:
        """No cache from an earlier run; the ledger stays."""
        for path in (self.folder / ".ccconf").glob("cache.db*"):
            path.unlink()

    def edit_one_file(self) -> None:
        """Another title for the first person of the file in the middle; never twice the same."""
        files = sorted(self.manifests.glob("people-*.yaml"))
        path = files[len(files) // 2]
        lines = path.read_text(encoding="utf-8").splitlines()
        at = next(number for number, line in enumerate(lines) if line.startswith("    position:"))
        self.edits += 1
        lines[at] = f"    position: Operator {self.edits}"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def fill(self) -> Cost:
        """Apply everything to the embedded platform, once."""
        if self.filled is None:
            self.filled = run([*CCCONF, "apply", "--yes"], self.place)
        return self.filled


@dataclass(slots=True)
class Projects:
    """All projects of one run of the benchmarks."""

    work: Path
    made: dict[tuple[int, Layout], BenchProject] = field(default_factory=dict)

    def get(self, users: int, layout: Layout = "files") -> BenchProject:
        """The project with so many users in files of 200 (or in one file)."""
        if (users, layout) not in self.made:
            folder = self.work / f"{layout}-{users}"
            shutil.rmtree(folder, ignore_errors=True)
            write_project(folder, users, layout)
            self.made[users, layout] = BenchProject(folder, users, Place(folder))
        return self.made[users, layout]

    def reference_only(self, project: BenchProject) -> Place:
        """The project's place where the optional fast reader is as if it were not installed."""
        stand_in = self.work / "reference-only"
        stand_in.mkdir(exist_ok=True)
        (stand_in / "yaml_rs.py").write_text(REFERENCE_ONLY, encoding="utf-8")
        paths = [str(stand_in), *filter(None, [os.environ.get("PYTHONPATH")])]
        return Place(project.folder, {"PYTHONPATH": os.pathsep.join(paths)})
