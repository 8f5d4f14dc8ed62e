"""What the platform has and the model has not: ids of 24 digits, and the fields that ccconf does not manage.

One row for each object, beside the world's own file. A department that is inactive has left the world and lives on
here.
"""

from __future__ import annotations

import secrets
import sqlite3
from pathlib import Path
from threading import RLock
from typing import Any

import msgspec

Row = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS objects (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    world_id TEXT,            -- none where the world does not have it
    doc TEXT NOT NULL,
    UNIQUE (kind, world_id)
);
CREATE TABLE IF NOT EXISTS singles (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_ID = "65a1b2c3d4e5f60"
"""How every id begins; nine digits that count follow."""


def new_token() -> str:
    """A secret that opens nothing."""
    return f"fake-{secrets.token_hex(20)}"


class Native:
    """One file, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.lock = RLock()
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA synchronous = OFF")  # what a power cut costs is made anew
        self.db.executescript(_TABLES)

    def close(self) -> None:
        """Give the file back."""
        self.db.close()

    def id_of(self, kind: str, world_id: str) -> str:
        """The id of an object of the world, given out when it is first asked for."""
        found = self.db.execute(
            "SELECT number FROM objects WHERE kind = ? AND world_id = ?", (kind, world_id)
        ).fetchone()
        return _id(found[0]) if found else self.add(kind, {}, world_id)

    def ids(self, kind: str) -> dict[str, str]:
        """The ids that were given out, by the world's."""
        query = "SELECT world_id, number FROM objects WHERE kind = ? AND world_id IS NOT NULL"
        return {world_id: _id(number) for world_id, number in self.db.execute(query, (kind,))}

    def world_id(self, kind: str, native_id: str) -> str | None:
        """The world's id of an object; None where it is not of the world."""
        query = "SELECT world_id FROM objects WHERE kind = ? AND number = ?"
        found = self.db.execute(query, (kind, _number(native_id))).fetchone()
        return found[0] if found else None

    def add(self, kind: str, doc: Row, world_id: str | None = None) -> str:
        """A new row; its id."""
        query = "INSERT INTO objects (kind, world_id, doc) VALUES (?, ?, ?)"
        number = self.db.execute(query, (kind, world_id, _text(doc))).lastrowid
        assert number is not None
        return _id(number)

    def move(self, native_id: str, world_id: str | None) -> None:
        """The object left the world, or came back into it under another id of the world."""
        self.db.execute("UPDATE objects SET world_id = ? WHERE number = ?", (world_id, _number(native_id)))

    def doc(self, native_id: str) -> Row:
        """What stands in the row."""
        found = self.db.execute("SELECT doc FROM objects WHERE number = ?", (_number(native_id),)).fetchone()
        return dict(msgspec.json.decode(found[0])) if found else {}

    def keep(self, native_id: str, doc: Row) -> None:
        """From now on this stands there."""
        self.db.execute("UPDATE objects SET doc = ? WHERE number = ?", (_text(doc), _number(native_id)))

    def docs(self, kind: str, *, in_world: bool) -> dict[str, Row]:
        """The rows of a kind that are of the world, or are not."""
        query = f"SELECT number, doc FROM objects WHERE kind = ? AND world_id IS {'NOT ' if in_world else ''}NULL"  # noqa: S608
        return {
            _id(number): msgspec.json.decode(doc)
            for number, doc in self.db.execute(f"{query} ORDER BY number", (kind,))
        }

    def single(self, name: str) -> str:
        """A value that there is one of."""
        found = self.db.execute("SELECT value FROM singles WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def set_single(self, name: str, value: str) -> None:
        """It has another value."""
        self.db.execute("INSERT OR REPLACE INTO singles VALUES (?, ?)", (name, value))


def _id(number: int) -> str:
    return f"{_ID}{number:09x}"


def _number(native_id: str) -> int:
    """The row of an id; of what is none, no row."""
    head, tail = native_id[: len(_ID)], native_id[len(_ID) :]
    try:
        return int(tail, 16) if head == _ID and len(tail) == 9 else -1
    except ValueError:
        return -1


def _text(doc: Row) -> str:
    return msgspec.json.encode(doc).decode()
