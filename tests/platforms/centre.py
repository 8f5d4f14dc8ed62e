"""A contact centre in a file, and short ways to change it: what the stories of the embedded platform are told with."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ccconf.errors import Broken, Rejected
from ccconf.model.change import Create, Delete, FieldChange, Restore, Update
from ccconf.model.licence import Licence
from ccconf.model.refs import parse_ref
from ccconf.platform.contract import Connection, Facts, Observed
from ccconf.platforms.local.embedded import LocalPlatform

NOON = datetime(2026, 3, 1, 13, 0, tzinfo=timezone(timedelta(hours=1)))
PICTURE = "sha256:ab12"


class Centre:
    """One file, and the connection that the stories use."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "live.db"
        self.live = self.connect()

    def connection(self, **more: Any) -> Connection:
        usual: dict[str, Any] = {
            "url": "live.db",
            "base": self.folder,
            "actor": "ci",
            "licence": Licence(),
            "like": None,
            "credentials": {},
            "read_file": {PICTURE: b"a picture"}.__getitem__,
            "options": {"busy_seconds": 0},
        }
        return Connection(**{**usual, **more})

    def connect(self, **more: Any) -> LocalPlatform:
        return LocalPlatform(self.connection(**more), clock=lambda: NOON)

    def under(self, licence: Licence, like: Facts | None) -> Centre:
        self.live.close()
        self.live = self.connect(licence=licence, like=like)
        return self

    def create(self, name: str, /, **fields: Any) -> Observed:
        kind, key = parse_ref(name)
        made = self.live.perform(Create(kind=kind, key=key, fields=fields)).observed
        assert made is not None
        return made

    def get(self, name: str) -> Observed:
        found = self.live.lookup(parse_ref(name))
        assert found is not None, f"{name} is not there"
        return found

    def update(self, name: str, /, **fields: Any) -> Observed:
        seen = self.get(name)
        changes = tuple(FieldChange(field=field, after=value) for field, value in fields.items())
        kind, key = seen.ref
        change = Update(kind=kind, key=key, native_id=seen.native_id, revision=seen.revision, changes=changes)
        after = self.live.perform(change).observed
        assert after is not None
        return after

    def delete(self, name: str) -> Observed:
        seen = self.get(name)
        kind, key = seen.ref
        self.live.perform(Delete(kind=kind, key=key, native_id=seen.native_id, revision=seen.revision, fields={}))
        return seen

    def restore(self, gone: Observed, /, **fields: Any) -> Observed:
        changes = tuple(FieldChange(field=field, after=value) for field, value in fields.items())
        kind, key = gone.ref
        change = Restore(kind=kind, key=key, native_id=gone.native_id, revision=gone.revision, changes=changes)
        back = self.live.perform(change).observed
        assert back is not None
        return back

    def keys(self, kind: str) -> list[str]:
        return [item.ref.key for page in self.live.observe(kind) for item in page.items]

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        db = sqlite3.connect(self.path)
        try:
            return db.execute(query).fetchall()
        finally:
            db.close()


def words(error: Broken | Rejected) -> tuple[str, str]:
    (found,) = error.findings
    return found.code, found.message


def opened(tmp_path: Path) -> Iterator[Centre]:
    """A fixture, once it is wrapped as one."""
    centre = Centre(tmp_path)
    yield centre
    centre.live.close()
