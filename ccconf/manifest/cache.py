"""Remembers what files of a given content say, so that an unchanged file is never read as YAML again.

The cache is an aid, never a source of truth: its key is the content with the versions of everything that interprets
it, and whatever is wrong with the cache itself (damaged, locked, disk full) only means that it is not used.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from ccconf import __version__
from ccconf.manifest.rows import FileRows
from ccconf.model.schema import manifest_schema

FORM = 1
"""Raised whenever reading changes in a way that neither the schema nor the version shows."""

_PATIENCE = 0.2
"""Seconds to wait for another run that has the cache; reading a file anew takes no longer."""

_SPARE = 4
"""The cache may hold so many times the files of the last run before old content is dropped."""


@cache
def _interpreter() -> bytes:
    """The version of everything that turns content into rows."""
    schema = json.dumps(manifest_schema(), sort_keys=True)
    return hashlib.blake2b(f"{__version__}/{FORM}/{schema}".encode(), digest_size=8).digest()


def digest(raw: bytes) -> bytes:
    """The cache key of a file's content."""
    return hashlib.blake2b(raw, digest_size=20, key=_interpreter()).digest()


class Cache:
    """Rows by content digest, in one SQLite file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def recall(self, digests: Iterable[bytes]) -> dict[bytes, FileRows]:
        """The rows of those digests that are known."""
        wanted = set(digests)
        if not self.path.exists():
            return {}
        try:
            readable = f"{self.path.resolve().as_uri()}?mode=ro"
            with contextlib.closing(sqlite3.connect(readable, uri=True, timeout=_PATIENCE)) as database:
                decoder = msgspec.msgpack.Decoder(FileRows)
                return {
                    key: decoder.decode(rows)
                    for key, rows in database.execute("SELECT digest, rows FROM file")
                    if key in wanted
                }
        except (sqlite3.Error, msgspec.DecodeError):
            return {}

    def remember(self, fresh: Mapping[bytes, bytes], current: Iterable[bytes]) -> None:
        """Add encoded rows; drop content that is no longer current once there is much of it."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as database, database:
                database.execute("PRAGMA journal_mode = WAL")
                database.execute("CREATE TABLE IF NOT EXISTS file (digest BLOB PRIMARY KEY, rows BLOB) WITHOUT ROWID")
                database.executemany("INSERT OR REPLACE INTO file VALUES (?, ?)", fresh.items())
                self._prune(database, set(current))
        except sqlite3.DatabaseError:
            self._discard_if_damaged()
        except OSError:
            return

    @staticmethod
    def _prune(database: sqlite3.Connection, current: set[bytes]) -> None:
        known = [key for (key,) in database.execute("SELECT digest FROM file")]
        if len(known) > _SPARE * len(current) + 100:
            database.executemany("DELETE FROM file WHERE digest = ?", [(key,) for key in known if key not in current])

    def _discard_if_damaged(self) -> None:
        """A damaged cache is deleted, so that the next run has a whole one; a locked one is left alone."""
        try:
            with contextlib.closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as database:
                database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.OperationalError:
            return
        except sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                self.path.unlink()
