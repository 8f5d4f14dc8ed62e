"""A contact centre in one SQLite file, which keeps to a vendor's rules: the contract, fulfilled without a network.

The embedded platform is this and nothing more; the emulators of vendors put their own wire form or screens before it.

Writes go through one connection, one at a time. Every complete read has a connection of its own, hence sees one
moment of the file however long it takes and whoever writes meanwhile.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock

from ccconf.embedded.rules import Rulebook
from ccconf.embedded.schema import blank_database, open_database, spoken, writing
from ccconf.embedded.store import Store
from ccconf.embedded.write import Write
from ccconf.findings import Finding
from ccconf.model.change import Change, Create, Delete
from ccconf.model.licence import Licence
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page, Performed, Trace, Unheld, free_to_write
from ccconf.platform.facts import Facts

BUSY_SECONDS = 2.0
"""How long to wait for another program, unless told otherwise."""


def utc_now() -> datetime:
    """The clock of the audit trail."""
    return datetime.now(UTC)


def _no_file(digest: str) -> bytes:
    raise KeyError(digest)


class World:
    """One open file. It is opened at the first call that needs it, and made at the first that writes."""

    def __init__(
        self,
        path: Path,
        facts: Facts,
        licence: Licence = Licence(),  # noqa: B008 - an immutable value
        *,
        actor: str = "",
        read_file: Callable[[str], bytes] = _no_file,
        busy_seconds: float = BUSY_SECONDS,
        clock: Callable[[], datetime] = utc_now,
        may_write: Callable[[], None] = free_to_write,
    ) -> None:
        self.path = path
        self.actor = actor
        self.read_file = read_file
        self.clock = clock
        self.may_write = may_write
        self.book = Rulebook(facts, licence)
        self._busy_seconds = busy_seconds
        self._lock = RLock()
        """Held by whoever uses the one connection that writes; a transaction is one thread's from begin to end."""
        self._opened: sqlite3.Connection | None = None

    def begin(self) -> None:
        """Nothing: a file is quick to read."""

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object of a kind by key, in pages of 1,000; at least one page."""
        return self._pages(kind, departed=False)

    def departed(self, kind: str) -> Iterator[Page]:
        """The soft-deleted objects of a kind by key."""
        return self._pages(kind, departed=True)

    def _pages(self, kind: str, *, departed: bool) -> Iterator[Page]:
        with self._reading() as store:
            yield from store.pages(kind, departed=departed)

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One object as it is now, or None when it is not live."""
        with self._using() as store:
            row = store.row(kind, native_id)
        return row.observed if row else None

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object under that key, or None."""
        with self._using() as store:
            row = store.live(ref)
        return row.observed if row else None

    def calls(self, change: Change) -> tuple[str, ...]:
        """One transaction for each change, named with the fields it writes."""
        action = type(change).__name__.lower()
        match change:
            case Create():
                return (_with_fields(f"{action} {change.ref}", sorted(change.fields)),)
            case Delete():
                return (f"{action} {change.ref} (id {change.native_id})",)
            case _:
                fields = sorted(row.field for row in change.changes)
                return (_with_fields(f"{action} {change.ref} (id {change.native_id})", fields),)

    def perform(self, change: Change) -> Performed:
        """Make the change in one transaction. Raises `Rejected` (CC702), or `Broken` where the file cannot be used.

        What `may_write` raises passes through.
        """
        at = self.clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._using(to_write=True) as store:
            self.may_write()  # here, since the lock may have been waited for
            observed = self._written(store, change, at)
        return Performed(observed, self.calls(change))

    def _written(self, store: Store, change: Change, at: str) -> Observed | None:
        with writing(store.db):
            write = Write(store, self.book, self.actor, at, self.read_file)
            return write.perform(change)

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """Nothing: a plan knows all that this platform knows."""
        return iter(())

    def confirm(self) -> Iterator[Unheld]:
        """Nothing: a transaction that was committed is kept."""
        return iter(())

    def file(self, digest: str) -> bytes | None:
        """The content of a stored file by its canonical value."""
        with self._using() as store:
            return store.file(digest)

    def trail(self, kind: str | None = None, key: str | None = None) -> Iterator[Trace]:
        """The audit trail, oldest first: of everything, or of the objects that have or once had the kind and key."""
        with self._reading() as store:
            yield from store.trail(kind, key)

    def traces(self, refs: Collection[Ref]) -> Iterator[Trace]:
        """The lines of the audit trail about these objects, under the keys that they had then; oldest first."""
        with self._reading() as store:
            yield from store.traces(refs)

    def close(self) -> None:
        """Give the file back; a later call opens it again."""
        with self._lock, spoken(self.path):
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @contextmanager
    def _using(self, *, to_write: bool = False) -> Iterator[Store]:
        with self._lock, spoken(self.path):
            if self._opened is None and not to_write and self._nothing_there():
                with closing(blank_database()) as blank:
                    yield Store(blank)
                return
            if self._opened is None:
                self._opened = open_database(self.path, self._busy_seconds)
            yield Store(self._opened)

    def _nothing_there(self) -> bool:
        """Whether the file is still to be made, which only a write does: a plan leaves no trace."""
        return self.path.parent.is_dir() and not self.path.exists()

    @contextmanager
    def _reading(self) -> Iterator[Store]:
        """A connection of its own, within one read transaction."""
        with spoken(self.path):
            nothing = self._opened is None and self._nothing_there()
            db = blank_database() if nothing else open_database(self.path, self._busy_seconds)
            try:
                db.execute("BEGIN")
                yield Store(db)
            finally:
                db.close()


def _with_fields(action: str, fields: list[str]) -> str:
    return f"{action}: {', '.join(fields)}" if fields else action
