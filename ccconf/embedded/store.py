"""The rows of the file and nothing more: every SQL statement about objects stands here, none decides anything."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator
from itertools import repeat
from typing import Any, NamedTuple

import msgspec

from ccconf.model.fields import Link, Resource
from ccconf.model.kinds import KINDS
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page, Trace

PAGE = 1000
_ROW = "SELECT id, kind, key, revision, resource, deleted_at IS NOT NULL FROM objects"


class Row(NamedTuple):
    """One object as it stands in the file."""

    id: int
    ref: Ref
    revision: int
    resource: Resource
    departed: bool = False

    @property
    def observed(self) -> Observed:
        """The object as the contract shows it."""
        return Observed(self.ref, self.resource, str(self.id), str(self.revision))


class Store:
    """The objects of one open database; whoever calls begins and ends the transaction."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db

    def live(self, ref: Ref) -> Row | None:
        """The live object under a key."""
        return self._row(f"{_ROW} WHERE kind = ? AND key = ? AND deleted_at IS NULL", ref)

    def row(self, kind: str, native_id: str, *, departed: bool = False) -> Row | None:
        """The live (or departed) object of a kind with that id; an id that is no number is nobody's."""
        known = self._row(f"{_ROW} WHERE id = ? AND kind = ?", (native_id, kind))
        return known if known and known.departed == departed else None

    def referrers(self, to_id: int) -> Iterator[Row]:
        """Every object, departed ones too, that refers to the one with this id."""
        ids = self.db.execute("SELECT from_id FROM links WHERE to_id = ?", (to_id,)).fetchall()
        return filter(None, (self._row(f"{_ROW} WHERE id = ?", from_id) for from_id in ids))

    def in_use_by(self, to_id: int) -> tuple[list[Ref], int]:
        """The first three live objects that refer to it, and how many there are."""
        users = "FROM links JOIN objects ON id = from_id WHERE to_id = ? AND deleted_at IS NULL"
        named = self.db.execute(f"SELECT kind, key {users} ORDER BY kind, key LIMIT 3", (to_id,))
        count = self.db.execute(f"SELECT count(*) {users}", (to_id,)).fetchone()[0]
        return [Ref(*row) for row in named], count

    def _row(self, query: str, values: tuple[Any, ...]) -> Row | None:
        found = self.db.execute(query, values).fetchone()
        if found is None:
            return None
        row_id, kind, key, revision, resource, departed = found
        return Row(row_id, Ref(kind, key), revision, KINDS[kind].json_decoder.decode(resource), bool(departed))

    def insert(self, ref: Ref, resource: Resource) -> Row:
        """A new object under a new id."""
        query = "INSERT INTO objects (kind, key, resource) VALUES (?, ?, ?)"
        row_id = self.db.execute(query, (*ref, _text(resource))).lastrowid
        assert row_id is not None
        return Row(row_id, ref, 1, resource)

    def save(self, row: Row) -> None:
        """The object as it now is, live."""
        query = "UPDATE objects SET key = ?, revision = ?, resource = ?, deleted_at = NULL WHERE id = ?"
        self.db.execute(query, (row.ref.key, row.revision, _text(row.resource), row.id))

    def rewrite(self, row: Row) -> None:
        """The object with other references, otherwise as it was: not a change of its own."""
        self.db.execute("UPDATE objects SET resource = ? WHERE id = ?", (_text(row.resource), row.id))

    def mark_departed(self, row: Row, at: str) -> None:
        """The object is no longer live, but can come back."""
        self.db.execute("UPDATE objects SET deleted_at = ?, revision = revision + 1 WHERE id = ?", (at, row.id))

    def remove(self, row: Row) -> None:
        """The object is gone for good, and nothing refers to it any more."""
        self.db.execute("DELETE FROM objects WHERE id = ?", (row.id,))
        self.db.execute("DELETE FROM links WHERE to_id = ?", (row.id,))

    def link(self, from_id: int, to_ids: Iterable[int]) -> None:
        """Remember that one object refers to others."""
        pairs = zip(to_ids, repeat(from_id))
        self.db.executemany("INSERT INTO links (to_id, from_id) VALUES (?, ?)", pairs)

    def unlink(self, from_id: int, to_ids: Iterable[int]) -> None:
        """Forget it."""
        self.db.executemany("DELETE FROM links WHERE to_id = ? AND from_id = ?", zip(to_ids, repeat(from_id)))

    def ids_of(self, links: Iterable[Link]) -> dict[Link, int]:
        """The ids of the live objects that references name; who is not there is left out."""
        query = "SELECT id FROM objects WHERE kind = ? AND key = ? AND deleted_at IS NULL"
        found = ((link, self.db.execute(query, link).fetchone()) for link in links)
        return {link: row[0] for link, row in found if row}

    def holder(self, kind: str, field: str, value: str) -> Ref | None:
        """The live object that has a unique value."""
        query = (
            "SELECT kind, key FROM objects WHERE id = (SELECT id FROM taken WHERE kind = ? AND field = ? AND value = ?)"
        )
        found = self.db.execute(query, (kind, field, value)).fetchone()
        return Ref(*found) if found else None

    def take(self, row: Row, field: str, value: str) -> bool:
        """The value is the object's alone from now on; False where another has it."""
        query = "INSERT OR IGNORE INTO taken VALUES (?, ?, ?, ?)"
        return self.db.execute(query, (row.ref.kind, field, value, row.id)).rowcount == 1

    def free(self, row: Row, field: str, value: str) -> None:
        """The value may be another's."""
        self.db.execute("DELETE FROM taken WHERE kind = ? AND field = ? AND value = ?", (row.ref.kind, field, value))

    def has_file(self, digest: str) -> bool:
        """Whether the content is already stored."""
        return self.db.execute("SELECT 1 FROM files WHERE digest = ?", (digest,)).fetchone() is not None

    def keep_file(self, digest: str, content: bytes) -> None:
        """Store a content under its digest."""
        self.db.execute("INSERT INTO files VALUES (?, ?)", (digest, content))

    def file(self, digest: str) -> bytes | None:
        """A stored content."""
        found = self.db.execute("SELECT content FROM files WHERE digest = ?", (digest,)).fetchone()
        return bytes(found[0]) if found else None

    def counts(self) -> dict[str, int]:
        """The stored counts by selector."""
        return dict(self.db.execute("SELECT selector, count FROM tallies").fetchall())

    def recount(self, counts: dict[str, int]) -> None:
        """Other counts in place of all that are stored."""
        self.db.execute("DELETE FROM tallies")
        self.db.executemany("INSERT INTO tallies VALUES (?, ?)", counts.items())

    def add_to_counts(self, deltas: dict[str, int]) -> None:
        """The stored counts, moved by these differences."""
        moved = [(delta, name) for name, delta in deltas.items() if delta]
        self.db.executemany("UPDATE tallies SET count = count + ? WHERE selector = ?", moved)

    def resources(self, kind: str) -> Iterator[Resource]:
        """Every live object of a kind, without its key."""
        rows = self.db.execute("SELECT resource FROM objects WHERE kind = ? AND deleted_at IS NULL", (kind,))
        return map(KINDS[kind].json_decoder.decode, (text for (text,) in rows))

    def log(self, at: str, actor: str, action: str, row: Row, changed: dict[str, Any]) -> None:
        """One line of the audit trail; `changed` holds before and after of each field."""
        text = msgspec.json.encode(changed).decode()
        query = "INSERT INTO trail (at, actor, action, kind, key, native_id, changed) VALUES (?, ?, ?, ?, ?, ?, ?)"
        self.db.execute(query, (at, actor, action, *row.ref, row.id, text))

    def pages(self, kind: str, *, departed: bool) -> Iterator[Page]:
        """The objects of a kind by key; call it within a transaction, so that total and rows belong together."""
        which = f"FROM objects WHERE kind = ? AND deleted_at IS {'NOT ' if departed else ''}NULL"
        total = self.db.execute(f"SELECT count(*) {which}", (kind,)).fetchone()[0]
        columns = "key, resource, CAST(id AS TEXT), CAST(revision AS TEXT)"
        rows = self.db.execute(f"SELECT {columns} {which} ORDER BY key, id", (kind,))
        page = rows.fetchmany(PAGE)
        yield _page(kind, page, total)
        while page := rows.fetchmany(PAGE):
            yield _page(kind, page, total)

    def trail(self, kind: str | None, key: str | None) -> Iterator[Trace]:
        """The audit trail, oldest first, of the objects that have or once had the kind and key."""
        query = """SELECT at, actor, action, kind, key, changed FROM trail WHERE native_id IN (
            SELECT native_id FROM trail WHERE coalesce(kind = :kind, 1) AND coalesce(key = :key, 1)) ORDER BY line"""
        for at, actor, action, of_kind, of_key, changed in self.db.execute(query, {"kind": kind, "key": key}):
            yield Trace(at, actor, action, Ref(of_kind, of_key), tuple(msgspec.json.decode(changed)))

    def traces(self, refs: Collection[Ref]) -> Iterator[Trace]:
        """The lines of the audit trail about these objects, oldest first."""
        query = """SELECT at, actor, action, kind, key, changed FROM trail
            WHERE kind || '/' || key IN (SELECT value FROM json_each(?)) ORDER BY line"""
        asked = msgspec.json.encode([str(ref) for ref in refs]).decode()
        for at, actor, action, kind, key, changed in self.db.execute(query, (asked,)):
            yield Trace(at, actor, action, Ref(kind, key), tuple(msgspec.json.decode(changed)))


def _page(kind: str, rows: list[tuple[str, str, str, str]], total: int) -> Page:
    """No loop in Python here: of everything, a large world spends most of its time in this function."""
    if not rows:
        return Page((), total)
    keys, resources, native_ids, revisions = zip(*rows, strict=True)
    refs = map(tuple.__new__, repeat(Ref), zip(repeat(kind), keys, strict=False))
    decoded = map(KINDS[kind].json_decoder.decode, resources)
    rows_of = zip(refs, decoded, native_ids, revisions, repeat(""), strict=False)
    return Page(tuple(map(tuple.__new__, repeat(Observed), rows_of)), total)


def _text(resource: Resource) -> str:
    """JSON that an auditor reads with the `sqlite3` shell."""
    return msgspec.json.encode(resource).decode()
