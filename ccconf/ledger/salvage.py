"""A damaged SQLite file, and what of it can still be read, carried row by row into a new one.

SQLite reads a table from both ends until it meets a damaged page; what lies between two such pages is asked for row by
row, by the numbers or keys that are known from elsewhere. Nothing is guessed: a row is whole, or it is lost.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from sqlalchemy import LargeBinary, Table, Text

from ccconf.errors import broken
from ccconf.findings import Location
from ccconf.ledger.copying import TABLES, add
from ccconf.ledger.database import APPLICATION_ID, BUSY_SECONDS, FORM
from ccconf.ledger.store import Ledger
from ccconf.ledger.tables import OWNED, RUNS

_AT_ONCE = 256
"""So many rows are asked for at first; near a damaged page one by one."""

_FURTHER = 10_000
"""So many numbers are tried behind the last readable row, where nobody knows how many there were."""

_TIDY = frozenset(["ok", "*** in database main ***"])

Key = tuple[Any, ...]


class Nothing(Exception):
    """Not one row can be read; the words follow the ledger's name."""


class Saved(NamedTuple):
    """What of one table was read."""

    rows: dict[Key, dict[str, Any]]
    lost: int | None
    """About how many rows are lost: a damaged page may hide some; None where nobody can tell how many."""


def flaws(path: Path) -> list[str]:
    """What is wrong with the file itself, in SQLite's words; nothing where it is sound.

    Raises `Nothing` where it is no ledger, or nothing in it can be read; `Broken` (CC008) where it is in use.
    """
    with _opened(path) as file:
        try:
            said = [row[0] for row in file.execute("PRAGMA integrity_check(20)")]
        except sqlite3.DatabaseError as error:
            said = [str(error)]
        lines = [line for text in said for line in text.splitlines()]
        return [*(line for line in lines if line not in _TIDY), *_missing(file)]


def _missing(file: sqlite3.Connection) -> Iterator[str]:
    """Tables and indexes that are not there; older files have fewer, and get them when they are next opened."""
    if _number(file, "user_version") == FORM:
        there = {row[0] for row in file.execute("SELECT name FROM sqlite_master")}
        yield from (f"the table {table.name} is missing" for table in TABLES if table.name not in there)


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """The file, for reading only, with a table of contents that can be read."""
    address = f"file:{quote(str(path))}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True, timeout=BUSY_SECONDS)) as file:
        _recognised(file, path)
        yield file


def _recognised(file: sqlite3.Connection, path: Path) -> None:
    """Raises `Nothing`, or `Broken` (CC008)."""
    try:
        file.execute("PRAGMA writable_schema = ON")  # else SQLite refuses a file that was cut off as a whole
        tables = file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        application = _number(file, "application_id")
    except sqlite3.OperationalError as error:
        hint = "see whether a run is at work, and who may read the file"
        raise broken("CC008", f"{path.name} cannot be looked at: {error}", hint, Location(str(path))) from error
    except sqlite3.DatabaseError as error:
        raise Nothing(f"cannot be read at all: {error}") from error
    if application != APPLICATION_ID and (tables or application):
        raise Nothing("is not a ledger of ccconf")
    if not tables:
        raise Nothing("is empty")


def _number(file: sqlite3.Connection, name: str) -> int:
    number: int = file.execute(f"PRAGMA {name}").fetchone()[0]
    return number


def copied(path: Path, to: Path) -> None:
    """A copy of the file beside it, with what SQLite has not yet carried into it. Nothing else may be at work on it."""
    for end in ("", "-wal"):
        source, copy = path.with_name(path.name + end), to.with_name(to.name + end)
        if source.exists():
            shutil.copy2(source, copy)
            with copy.open("rb") as file:
                os.fsync(file.fileno())


def backed_up(path: Path, to: Path) -> None:
    """A copy of a sound file as it is at one moment, also while others write."""
    with _opened(path) as file, contextlib.closing(sqlite3.connect(to)) as copy:
        file.backup(copy)


def rebuilt(path: Path, keep: Path) -> dict[str, Saved]:
    """Put a sound file with every readable row in the place of a damaged one, which is kept as `keep`.

    Until the last moment the old file stands in its place. Raises `Broken`: CC012 where another program has it open,
    CC008; `Nothing` where there is nothing to save.
    """
    new = path.with_name(f".{path.name}.new")
    with contextlib.closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as file:
        _alone(file, path)
        _recognised(file, path)
        file.text_factory = bytes
        saved = _all_saved(file)
        copied(path, keep)
        try:
            _written(new, saved)
            _in_place(file, new, path)
        finally:
            _removed(new)
    return saved


def _all_saved(file: sqlite3.Connection) -> dict[str, Saved]:
    runs = _saved(file, RUNS, ())
    numbers = sorted(number for (number,) in runs.rows)
    saved = {table.name: runs if table is RUNS else _saved(file, table, numbers) for table in TABLES}
    if not any(table.rows for table in saved.values()):
        raise Nothing("is damaged, and not one row of it can be read")
    return saved


def _alone(file: sqlite3.Connection, path: Path) -> None:
    """Nobody else has the file open, as far as damage lets SQLite tell."""
    try:
        file.execute("PRAGMA locking_mode = EXCLUSIVE")
        file.execute("PRAGMA writable_schema = ON")
        file.execute("BEGIN EXCLUSIVE")
        file.execute("COMMIT")
    except sqlite3.DatabaseError as error:
        if "locked" in str(error):
            hint = "wait until no run is at work, then say it again"
            raise broken("CC012", f"another program has {path.name} open", hint, Location(str(path))) from error


def _written(new: Path, saved: dict[str, Saved]) -> None:
    """The new ledger, in one transaction.

    No run is offered to be resumed: where a row of its journal is lost unseen, a step would be taken twice.
    """
    _removed(new)
    with Ledger(new) as ledger, ledger.writing() as connection:
        for table in TABLES:
            add(connection, table, list(saved[table.name].rows.values()))
        open_still = RUNS.c.state.in_(["running", "interrupted"])
        connection.execute(RUNS.update().where(open_still).values(state="superseded"))


def _in_place(file: sqlite3.Connection, new: Path, path: Path) -> None:
    """What SQLite keeps beside the old file would spoil the new one, so it goes first."""
    new.chmod(path.stat().st_mode & 0o777)
    with contextlib.suppress(sqlite3.DatabaseError):
        file.execute("PRAGMA journal_mode = DELETE")
    for end in ("-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)
    new.replace(path)
    with contextlib.suppress(OSError):  # not every system knows how to flush a folder
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def _removed(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _saved(file: sqlite3.Connection, table: Table, runs: Iterable[int]) -> Saved:
    """Every whole row of a table; `runs` are the numbers of those that were read."""
    try:
        columns = [row[1].decode() for row in file.execute(f'PRAGMA table_info("{table.name}")')]
    except sqlite3.DatabaseError as error:
        raise Nothing(f"cannot be read at all: {error}") from error
    if not columns:
        return Saved({}, None if _number(file, "user_version") == FORM else 0)  # older forms have fewer tables
    reader = _Reader(file, table, [name for name in columns if name in table.c])
    return Saved(reader.found, reader.lost(runs))


class _Reader:
    """One table of a damaged file, read in the order in which it is stored."""

    def __init__(self, file: sqlite3.Connection, table: Table, columns: Sequence[str]) -> None:
        self.file = file
        self.table = table
        self.columns = columns
        self.key = [column.name for column in table.primary_key]
        self.order = ["rowid"] if self._has_rowid() else self.key
        self.found: dict[Key, dict[str, Any]] = {}
        self.broken = 0
        """Rows that are there and not whole."""

    def _has_rowid(self) -> bool:
        try:
            self.file.execute(f'SELECT rowid FROM "{self.table.name}" LIMIT 0')  # noqa: S608 - our own names
        except sqlite3.OperationalError:
            return False
        return True

    def lost(self, runs: Iterable[int]) -> int | None:
        """Read everything; about how many rows are lost, None where nobody can tell."""
        forward = self._scan(">", "ASC")
        if self.table is OWNED:
            self._scan("<", "DESC")
            return self._by_index()
        if forward.whole:
            return max(self.broken, self._count() - len(self.found))
        backward = self._scan("<", "DESC")
        if self.order == ["rowid"]:
            return self._by_number(forward.last, backward.last)
        self._by_run(runs)
        return None

    def _count(self) -> int:
        """How many rows there are, or were: of an index, where the table has one, which may be whole."""
        try:
            number: int = self.file.execute(f'SELECT count(*) FROM "{self.table.name}"').fetchone()[0]  # noqa: S608 - our own names
        except sqlite3.DatabaseError:
            return 0
        return number

    def _scan(self, than: str, order: str, within: str = "1 = 1", values: Key = ()) -> _Scanned:
        """Rows in one direction, in parts, until there are no more or a damaged page ends it."""
        names, marks = ", ".join(self.order), ", ".join("?" * len(self.order))
        sorting = ", ".join(f"{name} {order}" for name in self.order)
        last: Key | None = None
        limit = _AT_ONCE
        while True:
            further = f"AND ({names}) {than} ({marks})" if last is not None else ""
            try:
                rows = self._take(f"{within} {further} ORDER BY {sorting} LIMIT {limit}", (*values, *(last or ())))
                last = _further(last, rows, len(self.order), ascending=order == "ASC")
            except (sqlite3.DatabaseError, ValueError):
                if limit == 1:
                    return _Scanned(last, whole=False)
                limit //= 4
                continue
            if len(rows) < limit:
                return _Scanned(last, whole=True)

    def _take(self, where: str, values: Key) -> list[Key]:
        names = ", ".join([*self.order, *(f'"{name}"' for name in self.columns)])
        asked = f'SELECT {names} FROM "{self.table.name}" NOT INDEXED WHERE {where}'  # noqa: S608 - our own names
        rows = self.file.execute(asked, values).fetchall()
        for row in rows:
            self._keep(row[len(self.order) :])
        return rows

    def _keep(self, row: Sequence[Any]) -> None:
        try:
            whole = {name: _whole(self.table, name, value) for name, value in zip(self.columns, row, strict=True)}
        except (ValueError, TypeError):
            self.broken += 1
            return
        self.found[tuple(whole[name] for name in self.key)] = whole

    def _by_number(self, first: Key | None, last: Key | None) -> int | None:
        """The rows between two damaged places, by their numbers; a number that gives no row is a lost one."""
        start = first[0] + 1 if first else 1
        numbers = range(start, last[0] if last else start + _FURTHER)
        if len(numbers) > _FURTHER * 100:
            return None
        missing = sum(not self._reads("rowid = ?", (number,)) for number in numbers)
        return missing + self.broken if last else None

    def _by_index(self) -> int | None:
        """The objects between, by the keys that the index knows."""
        asked = "SELECT target, kind, key FROM owned INDEXED BY owned_by_native_id"
        known: set[Key] = set()
        whole = True
        try:
            for row in self.file.execute(asked):
                known.add(_position(row, 3))
        except (sqlite3.DatabaseError, ValueError):
            whole = False
        for key in sorted(known - self.found.keys()):
            self._reads("target = ? AND kind = ? AND key = ?", key)
        return len(known - self.found.keys()) if whole else None

    def _by_run(self, runs: Iterable[int]) -> None:
        """The steps of every run that is known, again from both ends."""
        for run in runs:
            if not self._scan(">", "ASC", "run = ?", (run,)).whole:
                self._scan("<", "DESC", "run = ?", (run,))

    def _reads(self, where: str, values: Key) -> bool:
        """Whether there is such a row, and it could be read."""
        try:
            return bool(self._take(where, values))
        except sqlite3.DatabaseError:
            return False


class _Scanned(NamedTuple):
    """How far a table could be read from one side."""

    last: Key | None
    whole: bool


def _further(last: Key | None, rows: Sequence[Key], length: int, *, ascending: bool) -> Key | None:
    """Where the next part begins. Raises `ValueError` where damage leads back: that would never end."""
    if not rows:
        return last
    now = _position(rows[-1], length)
    if last is not None and (now <= last if ascending else now >= last):
        raise ValueError(now)
    return now


def _position(row: Sequence[Any], length: int) -> Key:
    """Raises `ValueError`."""
    if any(not isinstance(value, bytes | int) for value in row[:length]):
        raise ValueError(row)
    return tuple(value.decode() if isinstance(value, bytes) else value for value in row[:length])


def _whole(table: Table, name: str, value: Any) -> Any:
    """The value, of the type that the column has. Raises `ValueError`, `TypeError`."""
    column = table.c[name]
    if value is None and column.nullable:
        return None
    if isinstance(column.type, LargeBinary):
        return value if isinstance(value, bytes) else _refuse(value)
    if isinstance(column.type, Text):
        return value.decode() if isinstance(value, bytes) else _refuse(value)
    return value if isinstance(value, int | float) else _refuse(value)


def _refuse(value: Any) -> Any:
    raise TypeError(value)
