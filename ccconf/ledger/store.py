"""The ledger: one SQLite file beside the project.

It answers one question safely: did ccconf once apply this very object? Only then may the object leave the platform
when it leaves the manifests. And it holds what people were asked to do, and what they said that they did. There is
never a secret in it.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Self

from ccconf.errors import Broken, broken
from ccconf.findings import Location
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref

APPLICATION_ID = 0x63636C67
"""`cclg`: marks the file as a ledger, so that another database is never taken for one."""

FORM = 2

_OWNED = """
CREATE TABLE owned (
    target TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    native_id TEXT NOT NULL,
    formerly TEXT NOT NULL DEFAULT '',  -- the rename that brought the object to this key, once done
    has_left INTEGER NOT NULL DEFAULT 0,  -- deactivated because it left the manifests
    applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    PRIMARY KEY (target, kind, key)
) WITHOUT ROWID
"""

_HANDED = """
CREATE TABLE handed (
    line INTEGER PRIMARY KEY,
    target TEXT NOT NULL,
    step TEXT NOT NULL,
    number INTEGER NOT NULL,  -- of the entry in the runbook
    plan_id TEXT NOT NULL,
    change TEXT NOT NULL,  -- in the platform's own names
    confirmed_by TEXT NOT NULL DEFAULT '',
    confirmed_at TEXT NOT NULL DEFAULT '',
    noted_by TEXT NOT NULL DEFAULT '',  -- who typed the confirmation
    outcome TEXT NOT NULL DEFAULT ''  -- what the platform showed of it later
)
"""

_ACTS = """
CREATE TABLE acts (
    line INTEGER PRIMARY KEY,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    target TEXT NOT NULL,
    actor TEXT NOT NULL,
    act TEXT NOT NULL,
    person TEXT NOT NULL,
    outcome TEXT NOT NULL
)
"""

_FORMS = {
    1: (_OWNED, "CREATE INDEX owned_by_native_id ON owned (target, kind, native_id)"),
    2: (_HANDED, _ACTS),
}
"""What each version of the file added."""


class Ledger:
    """An open ledger. The file is created with the first write, so that a plan leaves no trace."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._database is not None:
            self._database.close()
            self._database = None

    def ready(self) -> None:
        """Whether it can be written, asked before anything is done that it must note. Raises `Broken` (CC008)."""
        with self.plain_words(), self.open() as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("UPDATE owned SET key = key WHERE FALSE")

    def owned(self, target: str, kind: str) -> dict[str, Owned]:
        """The objects of a kind that ccconf applied on a target, by key."""
        if not self.path.exists():
            return {}
        with self.plain_words():
            rows = self.open().execute(
                "SELECT key, native_id, formerly, has_left FROM owned WHERE target = ? AND kind = ?", (target, kind)
            )
            found = rows.fetchall()
        if not found:
            return {}
        keys, natives, formers, left = zip(*found, strict=True)
        return dict(
            zip(
                keys,
                map(tuple.__new__, repeat(Owned), zip(natives, formers, map(bool, left), strict=True)),
                strict=True,
            )
        )

    def record(self, target: str, ref: Ref, owned: Owned) -> None:
        """This object was applied. A rename that was noted for it earlier stays noted."""
        known = self._known(target, ref)
        if known is not None and known.native_id == owned.native_id and not owned.formerly:
            owned = owned._replace(formerly=known.formerly)
        self.record_all(target, [(ref, owned)])

    def _known(self, target: str, ref: Ref) -> Owned | None:
        with self.plain_words():
            row = (
                self.open()
                .execute(
                    "SELECT native_id, formerly, has_left FROM owned WHERE target = ? AND kind = ? AND key = ?",
                    (target, ref.kind, ref.key),
                )
                .fetchone()
            )
        return None if row is None else Owned(row[0], row[1], bool(row[2]))

    def record_all(self, target: str, objects: Iterable[tuple[Ref, Owned]]) -> None:
        """Exactly this is known of these objects from now on; all or none."""
        rows = [(target, ref.kind, ref.key, owned.native_id, owned.formerly, owned.has_left) for ref, owned in objects]
        with self.plain_words(), self.open() as database:
            # a native id belongs to one key only: a rename moves the row
            database.executemany(
                "DELETE FROM owned WHERE target = ? AND kind = ? AND native_id = ? AND key <> ?",
                [(row[0], row[1], row[3], row[2]) for row in rows],
            )
            database.executemany(
                "INSERT OR REPLACE INTO owned (target, kind, key, native_id, formerly, has_left)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                rows,
            )

    def forget(self, target: str, ref: Ref) -> None:
        """The object is gone."""
        with self.plain_words(), self.open() as database:
            database.execute("DELETE FROM owned WHERE target = ? AND kind = ? AND key = ?", (target, ref.kind, ref.key))

    def open(self) -> sqlite3.Connection:
        """The open file, made where there is none. Call it within `plain_words`."""
        if self._database is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self.path, timeout=5.0)
            try:
                self._prepare(database)
            except BaseException:
                database.close()
                raise
            self._database = database
        return self._database

    def _prepare(self, database: sqlite3.Connection) -> None:
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (form,) = database.execute("PRAGMA user_version").fetchone()
        (tables,) = database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if tables == 0 and application == 0:
            self._begin(database)
        elif application != APPLICATION_ID:
            raise self._unusable("is not a ledger of ccconf")
        elif form > FORM:
            raise self._unusable("was written by a newer version of ccconf")
        elif form < FORM:
            self._begin(database)
        database.execute("PRAGMA synchronous = NORMAL")

    def _begin(self, database: sqlite3.Connection) -> None:
        """A new ledger, or an older one brought up to date: whole or not at all, lest it be refused ever after."""
        database.execute("PRAGMA journal_mode = WAL")
        with database:
            database.execute("BEGIN IMMEDIATE")
            (form,) = database.execute("PRAGMA user_version").fetchone()  # another run may have been quicker
            for version in range(form + 1, FORM + 1):
                for statement in _FORMS[version]:
                    database.execute(statement)
            database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            database.execute(f"PRAGMA user_version = {FORM}")

    def _unusable(self, reason: str) -> Broken:
        hint = "restore the file, or name another ledger: in ccconf.yaml"
        return broken("CC008", f"{self.path.name} {reason}", hint, Location(str(self.path)))

    @contextlib.contextmanager
    def plain_words(self) -> Iterator[None]:
        """No database error reaches a person as it is."""
        try:
            yield
        except sqlite3.OperationalError as error:
            reason = "is in use by another program" if "lock" in str(error) else f"cannot be used: {error}"
            raise self._unusable(reason) from error
        except sqlite3.DatabaseError as error:
            raise self._unusable("is damaged or not a database") from error
        except OSError as error:
            raise self._unusable(f"cannot be opened: {(error.strerror or str(error)).lower()}") from error
