"""Two contact centres in one project, each with manifests and a platform of its own."""

from __future__ import annotations

import contextlib
import json
import subprocess
from pathlib import Path
from typing import Any

from ccconf.model.change import Delete
from ccconf.model.refs import parse_ref
from ccconf.platforms.local.embedded import touch
from tests.cli.desk import Desk, Ran

LOCAL = {"platform": "local"}
ANN = {"name": "Ann", "position": "Agent", "groups": {"team": {"role": "lead"}}, "roles": ["operator"]}
WORLD: dict[str, Any] = {
    "users": {"ann": ANN, "bo": {"name": "Bo"}},
    "groups": {"team": {}, "night": {}},
    "roles": {"operator": {"permissions": {"calls.take": True}}},
    "schedules": {"day": {"timezone": "Europe/Warsaw", "weekly": {"mon-fri": ["09:00-17:00"]}}},
}


class Two(Desk):
    """The targets are `prod` and `test`, unless others are named."""

    def __init__(self, folder: Path, **targets: dict[str, Any]) -> None:
        super().__init__(folder)
        self.forms = targets or {"prod": LOCAL, "test": LOCAL}
        self.targets(**self.forms)

    def targets(self, **targets: dict[str, Any]) -> None:
        """These and no others; each reads the folder of its name unless it says otherwise."""
        forms = {name: {"manifests": [name], **_url(name, form), **form} for name, form in targets.items()}
        self.write("ccconf.yaml", json.dumps({"version": 1, "targets": forms}, indent=1))

    def say(self, target: str, **kinds: Any) -> Two:
        """What the manifests of a target say."""
        self.write(f"{target}/all.yaml", json.dumps(kinds, ensure_ascii=False))
        return self

    def make(self, target: str, **kinds: Any) -> Two:
        """The same, applied."""
        self.say(target, **kinds)
        self.settle(target)
        return self

    def settle(self, target: str) -> None:
        """Apply what the manifests of a target say, and ask again, which must be answered with silence."""
        ran = self.run("apply", "-t", target, "--yes")
        assert ran.code == 0, ran
        again = self.run("plan", "-t", target, "--format", "json")
        assert (again.code, again.data["steps"]) == (0, []), again.out

    def compare(self, *words: str) -> dict[str, Any]:
        """The comparison as data; its exit code must fit it."""
        ran = self.run("compare", *words, "--format", "json")
        assert ran.out, ran.err
        data: dict[str, Any] = ran.data
        assert ran.code == (2 if data["differences"] else 0)
        return data

    def rows(self, *words: str) -> list[tuple[Any, ...]]:
        """Object, field or side, both values."""
        return [
            (row["object"], row.get("field") or row["there"], *((row.get("a"), row.get("b")) if "field" in row else ()))
            for row in self.compare(*words)["differences"]
        ]

    def console_in(self, target: str, name: str, /, **fields: Any) -> None:
        """Somebody changes an object at a platform's own screens."""
        touch(self.connection(url=f"{target}.db"), parse_ref(name), fields)

    def console_deletes_in(self, target: str, name: str) -> None:
        """Somebody deletes it there."""
        with contextlib.closing(self.platform(url=f"{target}.db")) as platform:
            live = platform.lookup(parse_ref(name))
            assert live is not None
            kind, key = live.ref
            gone = Delete(kind=kind, key=key, native_id=live.native_id, revision=live.revision, fields={})
            platform.perform(gone)

    def git(self, *words: str) -> str:
        """Type a command of Git, as somebody who has a name."""
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false"]
        ran = subprocess.run(["git", *who, *words], cwd=self.folder, capture_output=True, text=True, check=True)
        return ran.stdout.strip()

    def commit(self, tag: str) -> None:
        """Everything but databases, under a tag."""
        if not (self.folder / ".git").exists():
            self.git("init", "-q")
            self.write(".gitignore", "*.db*\n.ccconf/\n")
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", tag)
        self.git("tag", tag)


def _url(name: str, form: dict[str, Any]) -> dict[str, str]:
    return {"url": f"{name}.db"} if form.get("platform") == "local" else {}


def told(ran: Ran) -> str:
    """All that a command said."""
    return ran.out + ran.err
