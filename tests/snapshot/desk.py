"""Somebody who looks at a platform's screens, and a project that is told what was seen.

Commands are typed as a person would type them; nothing here needs a network, and it is always the same Monday.
"""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from openpyxl import Workbook

from ccconf.cli.main import run
from ccconf.platform.record import Known, Snapshot
from ccconf.snapshot.store import read

NOW = "2026-11-23T09:30:00+00:00"


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err

    @property
    def data(self) -> Any:
        return json.loads(self.out)

    @property
    def codes(self) -> list[str]:
        """The findings, each as often as it is told."""
        words = [word for line in self.err.splitlines() for word in line.split()[:2]]
        return [word for word in words if len(word) == 5 and word.startswith("CC")]


class Screens:
    """A project with one target, and files that people made of its screens."""

    def __init__(self, folder: Path, platform: str, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.platform = folder, platform
        patch.setenv("CCCONF_NOW", NOW)
        patch.chdir(folder)
        target = {"platform": platform, "manifests": ["manifests"]}
        self.file("ccconf.yaml", json.dumps({"version": 1, "targets": {"office": target}}, indent=1))

    def file(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def workbook(self, name: str, *rows: list[Any]) -> Workbook:
        """A workbook with these rows, saved."""
        book = Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        book.save(self.folder / name)
        return book

    def run(self, *args: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["snapshot", *args])
        assert "Traceback" not in err.getvalue()
        return Ran(code, out.getvalue(), err.getvalue())

    def take(self, name: str, *options: str) -> Ran:
        """Import a file, which must work, and must bring nothing new the second time."""
        ran = self.run("import", name, *options)
        assert ran.code == 0, ran.text
        kept = self.stored()
        again = self.run("import", name, "--format", "json", *options)
        assert all(row["new"] == row["gone"] == row["changed"] == [] for row in again.data["kinds"]), again.text
        assert self.stored() == kept, "the same file twice gives the same bytes"
        return ran

    def refused(self, name: str, *options: str, code: int = 1) -> Ran:
        """Import a file, which must be refused and leave the snapshot as it was."""
        before = self.stored()
        ran = self.run("import", name, *options)
        assert ran.code == code, ran.text
        assert self.stored() == before
        return ran

    def stored(self) -> bytes | None:
        path = self.folder / "snapshots" / "office.json"
        return path.read_bytes() if path.exists() else None

    def snapshot(self) -> Snapshot:
        return read(self.folder / "snapshots" / "office.json", "office", self.platform)

    def known(self, kind: str = "user") -> Known:
        return self.snapshot().kinds[kind]

    def seen(self, name: str, kind: str = "user") -> Any:
        """One object, as it was seen."""
        return self.known(kind).objects[name].resource
