"""Ledgers as earlier versions of ccconf wrote them, by the very statements of that time."""

from __future__ import annotations

import sqlite3
from pathlib import Path

APPLICATION_ID = 0x63636C67

_STATEMENTS = {
    1: (
        "CREATE TABLE owned (target TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, native_id TEXT NOT NULL,"
        " formerly TEXT NOT NULL DEFAULT '', has_left INTEGER NOT NULL DEFAULT 0,"
        " applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),"
        " PRIMARY KEY (target, kind, key)) WITHOUT ROWID",
        "CREATE INDEX owned_by_native_id ON owned (target, kind, native_id)",
    ),
    2: (
        "CREATE TABLE handed (line INTEGER PRIMARY KEY, target TEXT NOT NULL, step TEXT NOT NULL,"
        " number INTEGER NOT NULL, plan_id TEXT NOT NULL, change TEXT NOT NULL,"
        " confirmed_by TEXT NOT NULL DEFAULT '', confirmed_at TEXT NOT NULL DEFAULT '',"
        " noted_by TEXT NOT NULL DEFAULT '', outcome TEXT NOT NULL DEFAULT '')",
        "CREATE TABLE acts (line INTEGER PRIMARY KEY, at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),"
        " target TEXT NOT NULL, actor TEXT NOT NULL, act TEXT NOT NULL, person TEXT NOT NULL, outcome TEXT NOT NULL)",
    ),
}


def old_ledger(path: Path, form: int, *rows: str) -> None:
    """A ledger of that form, with what these statements put into it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = sqlite3.connect(path)
    file.execute("PRAGMA journal_mode = WAL")
    for version in range(1, form + 1):
        for statement in _STATEMENTS[version]:
            file.execute(statement)
    for row in rows:
        file.execute(row)
    file.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    file.execute(f"PRAGMA user_version = {form}")
    file.commit()
    file.close()
