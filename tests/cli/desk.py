"""A project in a folder, a command line to work on it with, and the console of its platform: what the stories are
told with. Everything goes through `ccconf.cli.main.run`, as if somebody had typed it.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ccconf.cli import planning
from ccconf.cli import run as running
from ccconf.cli.main import run
from ccconf.cli.session import connected as real
from ccconf.conformance.laws import Crash, Dying
from ccconf.ledger.store import Ledger
from ccconf.manifest.project import Target
from ccconf.model.change import Create, Delete
from ccconf.model.kinds import as_data
from ccconf.model.licence import Licence
from ccconf.model.owned import Owned
from ccconf.model.refs import parse_ref
from ccconf.platform.contract import Connection, Observed, Platform
from ccconf.platforms.local.embedded import LocalPlatform, touch
from ccconf.reconcile.plan import Plan, decode

People = dict[str, dict[str, Any]]


class Ran(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        return json.loads(self.out)


class Desk:
    """Where somebody keeps a contact centre in Git."""

    def __init__(self, folder: Path, **target: Any) -> None:
        self.folder = folder
        self.project(**target)

    def project(self, **target: Any) -> None:
        """Write ccconf.yaml; JSON is YAML too."""
        form = {"platform": "local", "url": "live.db", "manifests": ["manifests"], **target}
        self.write("ccconf.yaml", json.dumps({"version": 1, "targets": {"office": form}}, indent=1))

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def declare(self, **kinds: Any) -> Desk:
        """These and no others are the manifests."""
        self.write("manifests/all.yaml", json.dumps(kinds, ensure_ascii=False))
        return self

    def run(self, *args: str) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(["-C", str(self.folder), *args])
        assert "Traceback" not in err.getvalue()
        return Ran(code, out.getvalue(), err.getvalue())

    def apply(self, *args: str) -> Ran:
        """Apply, which must work, and ask again, which must be answered with silence."""
        ran = self.run("apply", "--yes", *args)
        assert ran.code == 0, ran
        self.silent()
        return ran

    def silent(self) -> None:
        again = self.run("plan", "--format", "json")
        assert (again.code, again.data["steps"]) == (0, []), again.out
        assert again.data["adopts"] == [], again.out

    def plan(self, *args: str) -> Plan:
        """The plan, whatever its exit code."""
        path = self.folder / "plan.json"
        path.unlink(missing_ok=True)
        ran = self.run("plan", "--out", str(path), *args)
        assert path.exists(), ran
        return decode(path.read_bytes(), "plan.json")

    def codes(self, *args: str) -> tuple[int, list[str]]:
        """The exit code of a plan and the errors in it."""
        ran = self.run("plan", "--format", "json", *args)
        return ran.code, sorted({found["code"] for found in ran.data["findings"] if found["severity"] == "error"})

    def platform(self, **more: Any) -> LocalPlatform:
        return LocalPlatform(self.connection(**more))

    def connection(self, **more: Any) -> Connection:
        usual = Connection("live.db", self.folder, "console", Licence(), None, {}, lambda digest: b"")
        return usual._replace(**more)

    def live(self, kind: str = "user") -> dict[str, Observed]:
        platform = self.platform()
        try:
            return {live.ref.key: live for page in platform.observe(kind) for live in page.items}
        finally:
            platform.close()

    def ids(self, kind: str = "user") -> dict[str, str]:
        return {key: live.native_id for key, live in self.live(kind).items()}

    def fields(self, name: str) -> dict[str, Any]:
        kind, key = parse_ref(name)
        return as_data(self.live(kind)[key].resource)

    def console(self, name: str, /, **fields: Any) -> None:
        """Somebody changes an object at the platform's own screens."""
        touch(self.connection(), parse_ref(name), fields)

    def console_creates(self, name: str, /, **fields: Any) -> str:
        kind, key = parse_ref(name)
        with contextlib.closing(self.platform()) as platform:
            made = platform.perform(Create(kind=kind, key=key, fields=fields)).observed
        assert made is not None
        return made.native_id

    def console_deletes(self, name: str) -> None:
        kind, key = parse_ref(name)
        with contextlib.closing(self.platform()) as platform:
            live = platform.lookup(parse_ref(name))
            assert live is not None
            gone = Delete(kind=kind, key=key, native_id=live.native_id, revision=live.revision, fields={})
            platform.perform(gone)

    def ledger(self, kind: str = "user") -> dict[str, Owned]:
        with Ledger(self.folder / ".ccconf" / "ledger.db") as ledger:
            return ledger.owned("office", kind)

    def forget_everything(self) -> None:
        """A fresh clone: the ledger is not in Git."""
        for path in (self.folder / ".ccconf").glob("ledger.db*"):
            path.unlink()

    def files(self) -> dict[str, bytes]:
        """All that is in the folder, but for databases."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and ".db" not in path.name
        }


@contextlib.contextmanager
def through(wrap: Any, *, planning_too: bool = False) -> Iterator[None]:
    """Whatever is applied meanwhile goes through a platform that `wrap` makes of the real one."""

    @contextlib.contextmanager
    def connected(target: Target, **more: Any) -> Iterator[Platform]:
        with real(target, **more) as platform:
            yield wrap(platform)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "connected", connected)
        if planning_too:
            patch.setattr(planning, "connected", connected)
        yield


def crash(desk: Desk, at: int, *, after: bool) -> None:
    """The process dies at a call."""
    with through(lambda platform: Dying(platform, at, after=after)), pytest.raises(Crash):
        desk.run("apply", "--yes")


def people(number: int) -> People:
    """So many people with everything of their own."""
    return {
        f"p{index}": {"name": f"Person {index}", "email": f"p{index}@example.org", "extension": str(100 + index)}
        for index in range(number)
    }


def environment(**more: str) -> Mapping[str, str]:
    """For a process of its own."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **more}
