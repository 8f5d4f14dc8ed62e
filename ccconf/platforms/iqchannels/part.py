"""What the kinds have in common on the wire: how objects are read, found and written, by the platform's own names."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from ccconf.errors import Rejected
from ccconf.findings import Finding
from ccconf.model.change import KEY, Change, Create, Delete
from ccconf.model.fields import Resource
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Page
from ccconf.platform.kept import Kept
from ccconf.platforms.iqchannels.client import Client, Rels, Row, Rows, Told
from ccconf.platforms.iqchannels.people import FORMLESS, own_name
from ccconf.platforms.iqchannels.words import uncertain

READ_ONLY = frozenset(
    {"Online", "Deleted", "DeletedAt", "RestoredAt", "CreatedAt", "UpdatedAt", "LoggedInAt", "LastSeenAt", "AvatarId"}
)
"""What a change does not send back: documented fields that the platform sets itself."""


def seen(ref: Ref, resource: Resource, native_id: int) -> Observed:
    """A live object; no revisions are documented, so the content stands for one."""
    digest = hashlib.blake2b(msgspec.json.encode([ref.key, resource]), digest_size=8).hexdigest()
    return Observed(ref, resource, str(native_id), digest)


def after(change: Change) -> dict[str, Any]:
    """The fields that the change writes, with the values they shall have; a rename is the field `key`."""
    if isinstance(change, Create):
        return dict(change.fields)
    return {} if isinstance(change, Delete) else {row.field: row.after for row in change.changes}


def kept(row: Row) -> Row:
    """All that a change sends back of the object as it is: what is missing would be taken for a type default.

    No revision is documented: what somebody else changes between this reading and the writing is lost.
    """
    return {name: value for name, value in row.items() if name not in READ_ONLY}


def told_apart(names: Mapping[int, str], more: Mapping[int, str] | None = None) -> dict[int, str]:
    """What objects are called by id; of those that are called alike each gets what else is known of it, or its id."""
    counts = Counter(names.values())
    named = {
        id_: f"{name} ({more[id_]})" if more and counts[name] > 1 and id_ in more else name
        for id_, name in names.items()
    }
    counts = Counter(named.values())
    return {id_: f"{name} ({id_})" if counts[name] > 1 else name for id_, name in named.items()}


def call_words(path: str, keys: list[str]) -> str:
    """One call, without any value."""
    return f"POST {path} {{{', '.join(sorted(keys))}}}"


def refused(change: Change, what: str, hint: str = "make a new plan") -> Rejected:
    """The change cannot be made, and nothing was done."""
    return Rejected(Finding(code="CC702", message=what, subject=str(change.ref), hint=hint))


def gone(change: Change) -> Rejected:
    """The object of the change is not there (any more)."""
    return refused(change, f"iQChannels has no {change.ref} any more")


def id_in(told: Told | None) -> int | None:
    """The id of the object that an answer brought."""
    found = told.result.get("Id") if told is not None and isinstance(told.result, dict) else None
    return found if type(found) is int else None


class Part(ABC):
    """The objects of one kind."""

    kind: ClassVar[str]

    def __init__(self, client: Client) -> None:
        self.client = client

    @abstractmethod
    def observe(self) -> Page:
        """Every live object."""

    @abstractmethod
    def current(self, native_id: str) -> Observed | None:
        """One object as it is now."""

    @abstractmethod
    def lookup(self, key: str) -> Observed | None:
        """The object under the platform's own name."""

    @abstractmethod
    def calls(self, change: Change) -> tuple[str, ...]:
        """The writes that `perform` will make."""

    @abstractmethod
    def perform(self, change: Change) -> str | None:
        """Make the change; the native id of the object, None where it is gone."""


class Listed(Part):
    """Objects that are few, and known by their names."""

    plain: ClassVar[Mapping[str, str]] = {}
    """Fields of text, by their names in Git."""

    def __init__(self, client: Client) -> None:
        super().__init__(client)
        self._names: Kept[dict[int, str]] = Kept(self._read_names)

    @abstractmethod
    def from_native(self, row: Row, name: str, rels: Rels) -> Resource:
        """The object as Git describes it."""

    def to_native(self, fields: Mapping[str, Any]) -> Row:
        """The body that brings it to these fields; None clears one."""
        return {there: fields[here] or "" for here, there in self.plain.items() if here in fields}

    def keys(self, fields: Mapping[str, Any]) -> list[str]:
        """The names of what `to_native` makes of the fields, without asking anybody."""
        return [there for here, there in self.plain.items() if here in fields]

    def called(self, found: Rows) -> dict[int, str]:
        """What the objects are called, by id."""
        return told_apart({row["Id"]: own_name(row) for row in found.rows})

    def names(self) -> dict[int, str]:
        """The same, as it was read last."""
        return self._names()

    def forget(self) -> None:
        """What was written, or missed, is read anew when it is asked for again."""
        self._names.drop()

    def _read_names(self) -> dict[int, str]:
        return self.called(self._rows())

    def _rows(self) -> Rows:
        found = self.client.rows(f"{self.kind}.list")
        return found._replace(rows=[row for row in found.rows if not row.get("Deleted")])

    def _live(self) -> dict[int, Observed]:
        found = self._rows()
        names = self.called(found)
        try:
            return {row["Id"]: self._seen(row, names[row["Id"]], found.rels) for row in found.rows}
        except FORMLESS as error:
            raise self.client.nonsense(f"{self.kind}.list") from error

    def _seen(self, row: Row, name: str, rels: Rels) -> Observed:
        return seen(Ref(self.kind, name), self.from_native(row, name, rels), row["Id"])

    def observe(self) -> Page:
        live = self._live()
        items = tuple(live.values())
        self._names.put({id_: item.ref.key for id_, item in live.items()})
        return Page(items, len(items))

    def current(self, native_id: str) -> Observed | None:
        return self._live().get(int(native_id)) if native_id.isdecimal() else None

    def lookup(self, key: str) -> Observed | None:
        return next((item for item in self._live().values() if item.ref.key == key), None)

    def calls(self, change: Change) -> tuple[str, ...]:
        keys = [] if isinstance(change, Create) else ["Id"]
        keys += [] if isinstance(change, Delete) else self.keys(_named(change))
        return (call_words(self.client.paths[self._verb(change)], keys),)

    def perform(self, change: Change) -> str | None:
        try:
            return self._performed(change)
        finally:
            self.forget()

    def _verb(self, change: Change) -> str:
        return f"{self.kind}.{type(change).__name__.lower()}"

    def _performed(self, change: Change) -> str | None:
        verb, row = self._verb(change), self._row(change)
        if isinstance(change, Create):
            return self._created(change)
        if row is None:
            raise gone(change)
        if isinstance(change, Delete):
            self.client.once(verb, {"Id": row["Id"]}, lambda: self._away(change))
            return None
        self.client.write(verb, {**kept(row), **self.to_native(_named(change))}, repeatable=True)
        return change.native_id

    def _created(self, change: Create) -> str:
        """Made, and made once: where the answer is lost, the name tells whether it was done."""
        fields = _named(change)
        body = self.to_native(fields)
        made = self.client.once(self._verb(change), body, lambda: self._told(fields["name"]), was_open=False)
        id_ = id_in(made) or id_in(self._told(fields["name"]))
        if id_ is None:
            raise uncertain(f"iQChannels does not say what it made of {change.ref}, nor show it")
        return str(id_)

    def _told(self, name: str) -> Told | None:
        """The object of that name as a creation would tell it."""
        found = self.lookup(name)
        return Told({"Id": int(found.native_id)}, {}) if found else None

    def _away(self, change: Delete) -> Told | None:
        return Told(None, {}) if self.current(change.native_id) is None else None

    def _row(self, change: Change) -> Row | None:
        """The object of the change as the platform has it; None where it is not there, or new."""
        if isinstance(change, Create):
            return None
        rows = self.client.rows(f"{self.kind}.list").rows
        return next((row for row in rows if str(row["Id"]) == change.native_id and not row.get("Deleted")), None)


def _named(change: Change) -> dict[str, Any]:
    """The fields that the change writes, with the name that its key is."""
    fields = after(change)
    key = fields.pop(KEY, change.key if isinstance(change, Create) else None)
    return fields if key is None else {"name": key, **fields}
