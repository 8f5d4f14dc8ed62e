"""A call centre on IPTEL in a folder: no API, so somebody looks at the screens and somebody does the work."""

from __future__ import annotations

import contextlib
import io
import json
import shlex
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ccconf.cli.main import run
from ccconf.model.kinds import BY_PLURAL, from_data
from ccconf.platform.record import Entry, Known, Snapshot
from ccconf.snapshot.store import read, write

MORNING = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        """All that a person sees."""
        return self.out + self.err

    @property
    def data(self) -> Any:
        """What was printed as JSON."""
        return json.loads(self.out)


class Centre:
    """A project whose only target is `calls`. Time passes when it is told to."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, **target: Any) -> None:
        self.folder = folder
        self.monkeypatch = monkeypatch
        self.moment = MORNING
        self.later(timedelta())
        monkeypatch.setenv("CCCONF_ACTOR", "Carla")
        form = {"platform": "iptel", "manifests": ["manifests"], **target}
        self.write("ccconf.yaml", json.dumps({"version": 1, "targets": {"calls": form}}, indent=1))

    def write(self, name: str, text: str) -> Path:
        """A file of the project."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def declare(self, text: str) -> None:
        """What Git wants."""
        self.write("manifests/all.yaml", text)

    def later(self, by: timedelta) -> None:
        """Time passes."""
        self.moment += by
        self.monkeypatch.setenv("CCCONF_NOW", self.moment.isoformat())

    def target_says(self, **changes: Any) -> None:
        """Change the target in ccconf.yaml."""
        path = self.folder / "ccconf.yaml"
        form = json.loads(path.read_text(encoding="utf-8"))
        form["targets"]["calls"].update(changes)
        path.write_text(json.dumps(form, indent=1), encoding="utf-8")

    def look(self, world: Mapping[str, Mapping[str, Any]], **ids: str) -> None:
        """Somebody looks at the screens now; `world` is by plural and by the names of the screens."""
        self.later(timedelta(minutes=10))
        path = self.folder / "snapshots" / "calls.json"
        kinds = dict(read(path).kinds)
        for plural, objects in world.items():
            kind = BY_PLURAL[plural].name
            field = "name"
            entries = {
                key: Entry(from_data(kind, {field: key, **fields}), ids.get(key, "")) for key, fields in objects.items()
            }
            kinds[kind] = Known(self.moment, f"{plural}.csv", entries)
        write(path, Snapshot(kinds), "calls", "iptel")

    def run(self, line: str) -> Ran:
        """A command, as somebody would type it."""
        self.later(timedelta(minutes=1))
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["-C", str(self.folder), *shlex.split(line)])
        return Ran(code, out.getvalue(), err.getvalue())

    def runbook(self, name: str = "runbook.md") -> str:
        """The newest runbook."""
        return max(self.folder.glob(f"runbooks/*/{name}"), key=lambda path: path.stat().st_mtime_ns).read_text("utf-8")
