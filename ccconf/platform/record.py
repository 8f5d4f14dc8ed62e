"""What is known of a platform by other ways than its API: what a person exported, typed off the screens, or did there.

A snapshot is what somebody saw, kind by kind, each with its date. What people confirm that they have done since is laid
over it until a newer snapshot shows it or does not. Everything here is in the platform's own names.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec

from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, as_data, from_data, initially, relinked, unlinked, with_changes
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed


class Entry(NamedTuple):
    """An object as somebody saw it. The platform's own id is rarely on a screen; without it the name stands for it."""

    resource: Resource
    native_id: str = ""


class Known(NamedTuple):
    """What a snapshot shows of one kind. `taken` is when the platform looked so, in UTC."""

    taken: datetime
    source: str
    """The file that it came from, without its folder."""
    objects: Mapping[str, Entry]
    """By the platform's own name."""
    departed: Mapping[str, Entry] = {}
    """Deleted objects that could be restored."""


class Snapshot(NamedTuple):
    """What was seen of a platform, by kind; a kind that is not named was never looked at."""

    kinds: Mapping[str, Known] = {}


class Confirmed(NamedTuple):
    """A step that a person says to have done. `at` is UTC; `change` is in the platform's own names."""

    step: str
    plan_id: str
    change: Change
    by: str
    at: datetime
    line: int = 0
    """Under which the ledger has it."""


class Record:
    """A snapshot with what was confirmed since."""

    def __init__(
        self, snapshot: Snapshot, confirmed: Sequence[Confirmed] = (), naming: Mapping[str, str] | None = None
    ):
        self.snapshot = snapshot
        self.naming = naming or {}
        """By kind the field that names an object on the platform."""
        self.live = {kind: dict(known.objects) for kind, known in snapshot.kinds.items()}
        self.gone = {kind: dict(known.departed) for kind, known in snapshot.kinds.items()}
        self.laid_over: list[Confirmed] = []
        """What no snapshot has shown yet."""
        self.superseded: list[Confirmed] = []
        """What a later snapshot has had the chance to show."""
        for done in confirmed:
            known = snapshot.kinds.get(done.change.kind)
            if known is not None and known.taken > done.at:
                self.superseded.append(done)
            else:
                self.laid_over.append(done)
                self._lay_over(done.change)

    def knows(self, kind: str) -> bool:
        """Whether anybody has ever looked at the objects of a kind."""
        return kind in self.snapshot.kinds

    def observed(self, kind: str) -> list[Observed]:
        """The live objects of a kind by name."""
        return [_observed(Ref(kind, key), entry) for key, entry in sorted(self.live.get(kind, {}).items())]

    def departed(self, kind: str) -> list[Observed]:
        """The deleted objects of a kind by name."""
        return [_observed(Ref(kind, key), entry) for key, entry in sorted(self.gone.get(kind, {}).items())]

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object of that name."""
        entry = self.live.get(ref.kind, {}).get(ref.key)
        return _observed(ref, entry) if entry else None

    def current(self, kind: str, native_id: str) -> Observed | None:
        """The live object with that id."""
        key = self._key_of(self.live.get(kind, {}), native_id)
        return self.lookup(Ref(kind, key)) if key is not None else None

    def _key_of(self, entries: Mapping[str, Entry], native_id: str) -> str | None:
        if native_id in entries and not entries[native_id].native_id:
            return native_id
        return next((key for key, entry in entries.items() if entry.native_id == native_id), None)

    def _lay_over(self, change: Change) -> None:
        """The world after one change, as far as the snapshot lets it be told."""
        live, gone = self.live.setdefault(change.kind, {}), self.gone.setdefault(change.kind, {})
        match change:
            case Create(kind=kind, key=key, fields=fields):
                live[key] = Entry(initially(kind, from_data(kind, fields)), live[key].native_id if key in live else "")
            case Delete(kind=kind, native_id=native_id):
                left = self._key_of(live, native_id)
                if left is not None:
                    gone[left] = live.pop(left)
                    self._forget(kind, left)
            case Restore(kind=kind, native_id=native_id, changes=changes):
                back = self._key_of(gone, native_id)
                if back is not None:
                    live[back] = gone.pop(back)
                    self._change(kind, back, changes)
            case Update(kind=kind, native_id=native_id, changes=changes):
                seen = (self._key_of(live, native_id) if native_id else None) or change.key
                if seen not in live:  # known from the API alone; what it does not show is kept here
                    live[seen] = Entry(KINDS[kind].make({}), native_id)
                self._change(kind, seen, changes)

    def _change(self, kind: str, key: str, changes: Sequence[FieldChange]) -> None:
        live = self.live[kind]
        entry = live.pop(key)
        naming = {KEY, self.naming.get(kind, KEY)}
        called = next((str(row.after) for row in changes if row.field in naming and row.after), key)
        live[called] = entry._replace(resource=with_changes(kind, entry.resource, changes))
        if called != key:
            self._relink(kind, key, called)

    def _relink(self, kind: str, old: str, new: str) -> None:
        for other, entries in self.live.items():
            for key, entry in entries.items():
                linked = relinked(other, entry.resource, lambda to, name: new if (to, name) == (kind, old) else name)
                entries[key] = entry._replace(resource=linked)

    def _forget(self, kind: str, key: str) -> None:
        """Nobody refers to what is gone."""
        for other, entries in self.live.items():
            for name, entry in entries.items():
                entries[name] = entry._replace(resource=unlinked(other, entry.resource, (kind, key)))


def _observed(ref: Ref, entry: Entry) -> Observed:
    return Observed(ref, entry.resource, entry.native_id or ref.key, revision_of(ref, entry.resource))


def revision_of(ref: Ref, resource: Resource) -> str:
    """A revision where the platform has none: another content is another revision."""
    content = msgspec.json.encode([ref.key, as_data(resource)], order="deterministic")
    return hashlib.sha256(content).hexdigest()[:16]


def dates(snapshot: Snapshot) -> Iterator[tuple[str, datetime]]:
    """When each kind was looked at."""
    return ((kind, known.taken) for kind, known in sorted(snapshot.kinds.items()))
