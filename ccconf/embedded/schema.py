"""Opening a file must tell our own database from anybody else's, and say in plain words what is wrong with it.

The file carries ccconf's mark (`PRAGMA application_id`); without it nothing in the file is read or written.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from ccconf.errors import Broken, broken

APPLICATION_ID = 0x63636C63
VERSION = 1

TABLES = (
    # AUTOINCREMENT: an id is never given out twice, so a plan never means another object by it.
    """CREATE TABLE objects (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        revision INTEGER NOT NULL DEFAULT 1,
        resource TEXT NOT NULL,
        deleted_at TEXT
    )""",
    "CREATE UNIQUE INDEX live ON objects (kind, key) WHERE deleted_at IS NULL",
    "CREATE INDEX departed ON objects (kind, key) WHERE deleted_at IS NOT NULL",
    # Who refers to whom by id, so that a rename or deletion need not read every object.
    "CREATE TABLE links (to_id INTEGER, from_id INTEGER, PRIMARY KEY (to_id, from_id)) WITHOUT ROWID",
    # Values that only one live object may have, in the form in which they are compared.
    """CREATE TABLE taken (
        kind TEXT, field TEXT, value TEXT, id INTEGER NOT NULL, PRIMARY KEY (kind, field, value)
    ) WITHOUT ROWID""",
    "CREATE TABLE tallies (selector TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE files (digest TEXT PRIMARY KEY, content BLOB NOT NULL)",
    """CREATE TABLE trail (
        line INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT NOT NULL,
        action TEXT NOT NULL,
        kind TEXT NOT NULL,
        key TEXT NOT NULL,
        native_id INTEGER NOT NULL,
        changed TEXT NOT NULL
    )""",
)

PRAGMAS = (
    # With WAL (the mode of the file), a power cut may lose the last transactions but never damages the file.
    "PRAGMA synchronous = NORMAL",
    # The log may grow to 40 MB before it is folded in, which makes long runs of writes a third quicker.
    "PRAGMA wal_autocheckpoint = 10000",
    "PRAGMA cache_size = -65536",
)


def open_database(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """An open database of ours, made new where there is none; call it within `spoken`.

    `busy_seconds` is how long to wait for another program. Raises `Broken` (CC008) for a file that is not ours.
    """
    if not path.parent.is_dir():
        raise broken("CC008", f"the folder of {path} does not exist", f"create {path.parent}, or correct `url:`")
    # The threads of one connection are kept apart by the lock of `World`, so SQLite need not forbid them.
    db = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    try:
        fresh = _is_fresh(db, path)
        if db.execute("PRAGMA journal_mode").fetchone()[0] != "wal":  # to set it again could meet another's last close
            db.execute("PRAGMA journal_mode = WAL")
        for pragma in PRAGMAS:
            db.execute(pragma)
        if fresh:
            _make_tables(db, path)
    except BaseException:
        db.close()
        raise
    return db


def blank_database() -> sqlite3.Connection:
    """A platform that nobody has written to yet, in memory."""
    db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    for statement in TABLES:
        db.execute(statement)
    return db


def _is_fresh(db: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is still empty; `Broken` where it is anything but ours."""
    mark = db.execute("PRAGMA application_id").fetchone()[0]
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if mark == APPLICATION_ID and version > VERSION:
        raise broken("CC008", f"{path} was made by a newer ccconf", "update ccconf")
    if mark == APPLICATION_ID:
        return False
    if mark == 0 and db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        return True
    raise _not_ours(path)


def _make_tables(db: sqlite3.Connection, path: Path) -> None:
    with writing(db):
        if _is_fresh(db, path):  # asked again: another program may have been quicker
            for statement in TABLES:
                db.execute(statement)
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute(f"PRAGMA user_version = {VERSION}")


@contextmanager
def writing(db: sqlite3.Connection) -> Iterator[None]:
    """One transaction: it happens whole, or not at all where the block raises."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite itself takes some back, for instance when the disk is full
            db.execute("ROLLBACK")
        raise


@contextmanager
def spoken(path: Path) -> Iterator[None]:
    """Turns whatever SQLite says about the file into `Broken` with plain words."""
    try:
        yield
    except sqlite3.Error as error:
        raise _in_words(path, error) from error
    except msgspec.MsgspecError as error:
        raise _not_ours(path) from error


def _in_words(path: Path, error: sqlite3.Error) -> Broken:
    match getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF:  # the low byte is the plain code
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return broken("CC008", f"{path} is in use by another program", "close it, or try again in a moment")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _not_ours(path)
        case sqlite3.SQLITE_FULL:
            return broken("CC007", f"cannot write {path}: the disk is full", "free some space; nothing was changed")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return broken("CC007", f"cannot write {path}: it is read-only", "nothing was changed")
        case _:
            return broken("CC008", f"{path} cannot be used: {error}", "nothing was changed")


def _not_ours(path: Path) -> Broken:
    hint = "check `url:`, or restore the file from a backup"
    return broken("CC008", f"{path} is not a ccconf database or is damaged", hint)
