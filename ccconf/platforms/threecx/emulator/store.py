"""The estate in SQLite: objects as JSON documents, the edges between them as rows.

A document holds every property as it goes over the wire, so that a list is one query whatever it asks for; what is
often looked up has an index on the expression that reads it.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from ccconf.errors import Broken, broken
from ccconf.findings import Location

APPLICATION_ID = 0x63633358
FORM = 1
SETS = ("users", "groups", "queues", "holidays", "blocklist", "audit")

_SCHEMA = """
CREATE TABLE memberships (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    group_id INTEGER NOT NULL,
    kind TEXT NOT NULL,       -- Extension or Queue, as the vendor's PeerType
    member_id INTEGER NOT NULL,
    role TEXT,                -- none for a queue
    overrides TEXT NOT NULL DEFAULT '{}',  -- the rights that differ from the department's template
    UNIQUE (group_id, kind, member_id)
);
CREATE INDEX memberships_by_member ON memberships (kind, member_id);
CREATE INDEX memberships_by_role ON memberships (role);
CREATE TABLE templates (group_id INTEGER, role TEXT, rights TEXT NOT NULL, PRIMARY KEY (group_id, role)) WITHOUT ROWID;
CREATE TABLE staff (
    queue_id INTEGER NOT NULL,
    link TEXT NOT NULL,       -- Agents or Managers
    place INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    skill_group TEXT,
    PRIMARY KEY (queue_id, link, user_id)
);
CREATE INDEX staff_by_user ON staff (user_id);
CREATE TABLE singles (name TEXT PRIMARY KEY, doc TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX users_by_number ON users (json_extract(doc, '$.Number'));
CREATE INDEX users_by_email ON users (odata_lower(json_extract(doc, '$.EmailAddress')));
CREATE INDEX users_by_id ON users (json_extract(doc, '$.Id'));
CREATE INDEX queues_by_number ON queues (json_extract(doc, '$.Number'));
CREATE INDEX groups_by_number ON groups (json_extract(doc, '$.Number'));
CREATE INDEX holidays_by_group ON holidays (json_extract(doc, '$.Group'));
"""


class Store:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.sql = _opened(path)
        try:
            self._prepare(path)
        except sqlite3.DatabaseError as error:
            self.close()
            raise _unusable(error, path) from error
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back."""
        self.sql.close()

    def _prepare(self, path: Path | None) -> None:
        for name, function, arguments in (
            ("odata_contains", _contains, 2),
            ("odata_startswith", _startswith, 2),
            ("odata_endswith", _endswith, 2),
            ("odata_lower", _lower, 1),
            ("odata_upper", _upper, 1),
        ):
            self.sql.create_function(name, arguments, function, deterministic=True)
        (application,) = self.one("PRAGMA application_id")
        (form,) = self.one("PRAGMA user_version")
        (tables,) = self.one("SELECT count(*) FROM sqlite_master")
        if tables == 0:
            self._begin()
        elif (application, form) != (APPLICATION_ID, FORM):
            hint = "name another file, or one that does not exist yet"
            raise broken("CC008", "the file is not a database of this emulator", hint, _place(path))
        self.sql.execute("PRAGMA journal_mode = WAL")
        self.sql.execute("PRAGMA synchronous = OFF")

    def _begin(self) -> None:
        with self.change():
            for name in SETS:
                self.sql.execute(f"CREATE TABLE {name} (id INTEGER PRIMARY KEY AUTOINCREMENT, doc TEXT NOT NULL)")
            for statement in _SCHEMA.split(";\n"):
                self.sql.execute(statement)
            self.sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self.sql.execute(f"PRAGMA user_version = {FORM}")

    @contextlib.contextmanager
    def change(self) -> Iterator[None]:
        """All of it or nothing; others wait."""
        with self.lock:
            self.sql.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self.sql.execute("ROLLBACK")
                raise
            self.sql.execute("COMMIT")

    def one(self, statement: str, *parameters: Any) -> tuple[Any, ...]:
        """The first row; there must be one."""
        row: tuple[Any, ...] = self.sql.execute(statement, parameters).fetchone()
        return row

    def all(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Every row."""
        return self.sql.execute(statement, parameters).fetchall()

    def document(self, name: str, id_: int) -> dict[str, Any] | None:
        """An object of a set by its id."""
        if not -(2**63) <= id_ < 2**63:
            return None
        row = self.sql.execute(f"SELECT doc FROM {name} WHERE id = ?", (id_,)).fetchone()  # noqa: S608 - a set's name
        return None if row is None else msgspec.json.decode(row[0], type=dict[str, Any])

    def add(self, name: str, document: dict[str, Any]) -> int:
        """Keep a new object; its `Id` is given here."""
        (id_,) = self.one(f"INSERT INTO {name} (doc) VALUES ('{{}}') RETURNING id")  # noqa: S608 - a set's name
        document["Id"] = id_
        self.put(name, document)
        return int(id_)

    def add_all(self, name: str, documents: Iterable[dict[str, Any]]) -> None:
        """Keep many objects that have their `Id` already."""
        rows = ((row["Id"], encoded(row)) for row in documents)
        self.sql.executemany(f"INSERT INTO {name} (id, doc) VALUES (?, ?)", rows)  # noqa: S608 - a set's name

    def put(self, name: str, document: dict[str, Any]) -> None:
        """Replace an object by its newer self."""
        self.sql.execute(f"UPDATE {name} SET doc = ? WHERE id = ?", (encoded(document), document["Id"]))  # noqa: S608

    def drop(self, name: str, id_: int) -> None:
        """The object is gone; its id is never given again."""
        self.sql.execute(f"DELETE FROM {name} WHERE id = ?", (id_,))  # noqa: S608 - a set's name

    def single(self, name: str) -> dict[str, Any]:
        """An object of which there is exactly one."""
        return msgspec.json.decode(self.one("SELECT doc FROM singles WHERE name = ?", name)[0], type=dict[str, Any])

    def put_single(self, name: str, document: dict[str, Any]) -> None:
        """Replace it."""
        self.sql.execute("INSERT OR REPLACE INTO singles (name, doc) VALUES (?, ?)", (name, encoded(document)))


def encoded(document: Any) -> str:
    """A document as it is kept."""
    return msgspec.json.encode(document).decode()


def _opened(path: Path | None) -> sqlite3.Connection:
    try:
        return sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
    except sqlite3.OperationalError as error:
        raise _unusable(error, path) from error


def _unusable(error: sqlite3.Error, path: Path | None) -> Broken:
    return broken("CC008", f"the emulator's database cannot be used: {error}", "name another file", _place(path))


def _place(path: Path | None) -> Location | None:
    return None if path is None else Location(str(path))


def _contains(whole: str | None, part: str | None) -> bool | None:
    return None if whole is None or part is None else part in whole


def _startswith(whole: str | None, part: str | None) -> bool | None:
    return None if whole is None or part is None else whole.startswith(part)


def _endswith(whole: str | None, part: str | None) -> bool | None:
    return None if whole is None or part is None else whole.endswith(part)


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def _upper(text: str | None) -> str | None:
    return None if text is None else text.upper()
