"""A platform on a shelf and manifests on a sheet of paper: plain dictionaries, for tests that need many worlds.

The shelf judges each change as a careful vendor would, and says in words what is wrong with a plan.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ccconf.conformance.worlds import World
from ccconf.findings import Finding, Location
from ccconf.model.change import KEY, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.declared import Declared
from ccconf.model.kinds import KINDS, REFERENCE_ORDER, as_data, from_data
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Operation, Page, Performed, Route, Support, Unheld

Fields = dict[str, Any]


class Sheet:
    """What is wanted."""

    closed: frozenset[str] = frozenset()

    def __init__(self, world: World, former: Mapping[Ref, str] | None = None) -> None:
        self.world = world
        self.former = dict(former or {})

    def keys(self, kind: str) -> Iterable[str]:
        return self.world.get(kind, {}).keys()

    def get(self, ref: Ref) -> Declared | None:
        data = self.world.get(ref.kind, {}).get(ref.key)
        return None if data is None else Declared(from_data(ref.kind, data), self.former.get(ref, ""))

    def where(self, ref: Ref, field: str | None = None) -> Location | None:
        return None


class Shelf:
    """What is live, by id. Listings come in any order."""

    def __init__(self, world: World, gone: World | None = None, order: int = 0) -> None:
        self.live: dict[str, tuple[Ref, Fields]] = {}
        self.gone: dict[str, tuple[Ref, Fields]] = {}
        self.order = order
        for shelf, objects in ((self.live, world), (self.gone, gone or {})):
            for kind in REFERENCE_ORDER:
                for key, fields in objects.get(kind, {}).items():
                    shelf[f"{kind}-{key}-{'gone' if shelf is self.gone else 'live'}"] = Ref(kind, key), dict(fields)

    def support(self, kind: str, operation: Operation) -> Support:
        possible = operation is not Operation.RESTORE or kind == "user"
        return Support(kind=kind, operation=operation, route=Route.API if possible else Route.NO, reason="")

    def begin(self) -> None:
        """Everything is at hand."""

    def observe(self, kind: str) -> Iterator[Page]:
        return self._pages(self.live, kind)

    def departed(self, kind: str) -> Iterator[Page]:
        return self._pages(self.gone, kind)

    def _pages(self, objects: dict[str, tuple[Ref, Fields]], kind: str) -> Iterator[Page]:
        found = [
            Observed(ref, from_data(kind, fields), native_id, "1")
            for native_id, (ref, fields) in objects.items()
            if ref.kind == kind
        ]
        random.Random(self.order).shuffle(found)
        for start in range(0, max(1, len(found)), 2):
            yield Page(tuple(found[start : start + 2]), len(found))

    def current(self, kind: str, native_id: str) -> Observed | None:
        found = self.live.get(native_id)
        return found and Observed(found[0], from_data(kind, found[1]), native_id, "1")

    def lookup(self, ref: Ref) -> Observed | None:
        found = [native_id for native_id, (known, _) in self.live.items() if known == ref]
        return self.current(ref.kind, found[0]) if found else None

    def calls(self, change: Change) -> tuple[str, ...]:
        return (f"{type(change).__name__} {change.ref}",)

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        return iter(())

    def confirm(self) -> Iterator[Unheld]:
        return iter(())

    def file(self, digest: str) -> bytes | None:
        return None

    def close(self) -> None:
        pass

    def perform(self, change: Change) -> Performed:
        match change:
            case Create(fields=fields):
                native_id = f"{change.kind}-{change.key}-new"
                self._place(native_id, change.ref, {"status": "active", **fields} if change.kind == "user" else fields)
            case Update(native_id=native_id, changes=changes):
                assert native_id in self.live, f"{change.ref} is not there to be changed"
                ref, fields = self.live.pop(native_id)
                self._place(native_id, _renamed(ref, changes), _changed(fields, changes))
                if (now := self.live[native_id][0]) != ref:
                    self._carry_along(ref, now)
            case Restore(native_id=native_id, changes=changes):
                assert native_id in self.gone, f"{change.ref} is not there to be restored"
                ref, fields = self.gone.pop(native_id)
                self._place(native_id, ref, _changed(fields, changes))
            case Delete(native_id=native_id):
                ref, _ = self.live.pop(native_id)
                used = [other for other, fields in self.live.values() if ref in _links(other, fields)]
                assert not used, f"{ref} is deleted while {used} use it"
                return Performed(None, self.calls(change))
        return Performed(self.current(change.kind, native_id), self.calls(change))

    def _place(self, native_id: str, ref: Ref, fields: Fields) -> None:
        there = {known for known, _ in self.live.values()}
        assert ref not in there, f"the name {ref} is taken"
        missing = _links(ref, fields) - there
        assert not missing, f"{ref} names {missing}, which is not there at that moment"
        for name in KINDS[ref.kind].unique:
            for other, others in self.live.values():
                if other.kind == ref.kind and fields.get(name):
                    assert fields[name].casefold() != (others.get(name) or "").casefold(), f"{ref}: {name} is {other}'s"
        self.live[native_id] = ref, {name: value for name, value in fields.items() if value not in (None, [], {})}

    def _carry_along(self, old: Ref, new: Ref) -> None:
        for native_id, (ref, fields) in self.live.items():
            resource = from_data(ref.kind, fields)
            values = {name: getattr(resource, name) for name in fields}
            for spec in KINDS[ref.kind].linking:
                if spec.name in values:
                    values[spec.name] = spec.shape.renamed(
                        values[spec.name], lambda kind, key: new.key if Ref(kind, key) == old else key
                    )
            self.live[native_id] = ref, as_data(KINDS[ref.kind].make(values))

    def seats(self) -> int:
        return sum(ref.kind == "user" and fields.get("status") == "active" for ref, fields in self.live.values())


def _links(ref: Ref, fields: Fields) -> set[Ref]:
    known = {name: value for name, value in fields.items() if value not in (None, [], {})}
    return {Ref(*link) for _, link in KINDS[ref.kind].links(from_data(ref.kind, known))}


def _renamed(ref: Ref, changes: Iterable[FieldChange]) -> Ref:
    return Ref(ref.kind, next((change.after for change in changes if change.field == KEY), ref.key))


def _changed(fields: Fields, changes: Iterable[FieldChange]) -> Fields:
    return {**fields, **{change.field: change.after for change in changes if change.field != KEY}}
