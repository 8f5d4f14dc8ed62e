"""An office that serves a real platform: its API where it has one, and a clerk who does the rest on the screens."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest

from ccconf.ledger.handed import Asked, Desk
from ccconf.ledger.store import Ledger
from ccconf.model.change import Change, Create, FieldChange, Update
from ccconf.model.kinds import as_data
from ccconf.platform.record import Snapshot
from ccconf.snapshot.store import write
from tests.byhand.centre import Centre, Ran
from tests.examples_support import EXAMPLES


class Clerk(Protocol):
    """Somebody who uses the screens."""

    def perform(self, change: Any) -> None:
        """Do it."""
        ...

    def look(self) -> Snapshot:
        """What the screens show."""
        ...


class Office(Centre):
    """A centre with the estate of an example, and a clerk."""

    def __init__(
        self,
        folder: Path,
        monkeypatch: pytest.MonkeyPatch,
        clerk: Clerk,
        imports: Callable[[Path], None] | None = None,
        **target: Any,
    ) -> None:
        super().__init__(folder, monkeypatch, **target)
        self.platform = target["platform"]
        self.clerk = clerk
        self.imports = imports
        """Carries a file to the vendor's import screen."""
        self.imported: set[Path] = set()

    def take_over(self, example: str, *layers: str) -> None:
        """The manifests of an example under examples/vendors."""
        shutil.copytree(EXAMPLES / "vendors" / example / "manifests", self.folder / "manifests", dirs_exist_ok=True)

    def see(self) -> None:
        """The clerk looks at every screen, and it is noted now."""
        self.later_by_minutes(10)
        seen = self.clerk.look()
        dated = {kind: known._replace(taken=self.moment) for kind, known in seen.kinds.items()}
        write(self.folder / "snapshots" / "calls.json", Snapshot(dated), "calls", self.platform)

    def asked(self) -> list[Asked]:
        """What the last runbook asks for and nobody has confirmed."""
        with Ledger(self.folder / ".ccconf" / "ledger.db") as ledger:
            return [row for row in Desk(ledger, "calls").asked() if row.at is None]

    def round(self) -> Ran:
        """Look, apply, do what is asked, confirm."""
        self.see()
        ran = self.run("apply --yes")
        if ran.code == 6:
            self._do(self.asked())
            confirmed = self.run("confirm --all")
            assert confirmed.code == 0, confirmed.text
        return ran

    def _do(self, asked: list[Asked]) -> None:
        """In the order of the runbook; a file is imported once, where its entry stands."""
        brought = self.number_of_import()
        if brought and self.imports is not None and all(row.number > brought for row in asked):
            self._import()
        for row in sorted(asked, key=lambda one: one.number):
            if row.number == brought:
                self._import()
            else:
                self.clerk.perform(self._what_is_left(row.change))

    def _import(self) -> None:
        """Carry the files to the import screen, once."""
        for path in sorted(self.newest().glob("*.csv")):
            if path not in self.imported and self.imports is not None:
                self.imports(path)
                self.imported.add(path)

    def _what_is_left(self, change: Change) -> Change:
        """Of somebody whom a file brought, what it did not carry."""
        if not isinstance(change, Create) or change.kind != "user" or not self.imported:
            return change
        there = self.clerk.look().kinds["user"].objects.get(change.key)
        if there is None:
            return change
        has = as_data(there.resource)
        rows = tuple(
            FieldChange(field=name, before=has.get(name), after=value)
            for name, value in change.fields.items()
            if has.get(name) != value
        )
        return Update(kind="user", key=change.key, native_id=there.native_id, revision="", changes=rows)

    def number_of_import(self) -> int:
        """The entry that imports a file; 0 where there is none."""
        found = re.search(r"(?m)^### (\d+)\. Import the file", self.runbook())
        return int(found[1]) if found else 0

    def newest(self) -> Path:
        """The folder of the newest runbook."""
        return max(self.folder.glob("runbooks/*/"), key=lambda path: path.stat().st_mtime_ns)

    def settle(self, at_most: int = 6) -> int:
        """Rounds until nothing is left to do; how many it took."""
        for count in range(1, at_most + 1):
            ran = self.round()
            assert ran.code in (0, 6), ran.text
            if ran.code == 0:
                self.see()
                silent = self.run("plan")
                assert silent.code == 0, silent.text
                return count
        raise AssertionError(f"after {at_most} rounds something is left: {ran.text}")

    def later_by_minutes(self, minutes: int) -> None:
        """Time passes."""
        self.later(timedelta(minutes=minutes))

    def edit(self, old: str, new: str) -> None:
        """Change ccconf.yaml by hand."""
        path = self.folder / "ccconf.yaml"
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    def target(self, **changes: Any) -> None:
        """Change the target in ccconf.yaml."""
        path = self.folder / "ccconf.yaml"
        form = json.loads(path.read_text(encoding="utf-8"))
        form["targets"]["calls"].update(changes)
        path.write_text(json.dumps(form, indent=1), encoding="utf-8")
