"""What Git calls an object, and what the platform calls it.

People give their objects short names that stay (`reception`, `anna.nowak`) and use them for several platforms; a
platform knows an object by what it has itself: a telephone number, a department's name. A row of the facts says which
field that is. `Named` stands between: whoever plans sees the names of Git on both sides, and the platform only its own.

A live object has the name of the declared object whose field agrees; else the name under which the ledger remembers its
native id, so that a department that gets another name stays the same department; else the platform's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from threading import RLock
from typing import Any

import msgspec
from msgspec import UNSET

from ccconf.errors import broken
from ccconf.findings import Finding, Location
from ccconf.model.change import KEY, PARKED_END, Change, Create, Delete, FieldChange, Restore, Update
from ccconf.model.declared import Declared, Wanted
from ccconf.model.fields import Resource
from ccconf.model.group import Group
from ccconf.model.kinds import KINDS, relinked, relinked_data
from ccconf.model.owned import Owned
from ccconf.model.refs import Ref
from ccconf.model.shapes import Membership
from ccconf.model.user import User
from ccconf.platform.contract import Audited, Observed, Page, Performed, Platform, Trace, Unheld
from ccconf.platform.facts import Facts, Operation, Support
from ccconf.platform.kept import Kept

Said = Mapping[str, Mapping[str, str]]
"""By kind: the names of Git, and what the platform calls those objects."""

_FORBIDDEN = re.compile(r"[/*?\[\]\n\r\t]")


def said_in(wanted: Wanted, facts: Facts) -> Said:
    """What the declared objects are called on the platform. Raises `Broken` (CC502) where two are called alike."""
    return {kind: dict(_named(wanted, kind, field)) for kind, field in facts.recognised_by.items()}


def _named(wanted: Wanted, kind: str, field: str) -> Iterator[tuple[str, str]]:
    holders: dict[str, str] = {}
    for key in sorted(wanted.keys(kind)):
        declared = wanted.get(Ref(kind, key))
        own = own_name(key, getattr(declared.resource, field) if declared else None)
        if own in holders:
            message = f"{kind}/{holders[own]} and {kind}/{key} are both called {own} on the platform"
            raise broken("CC502", message, f"give one of them another {field}", wanted.where(Ref(kind, key)))
        holders[own] = key
        yield key, own


class Held:
    """What is wanted, as the platform would hold it."""

    def __init__(self, wanted: Wanted, as_held: Callable[[Ref, Resource], Resource]) -> None:
        self.wanted = wanted
        self.as_held = as_held

    @property
    def closed(self) -> frozenset[str]:
        """Groups whose member lists are declared."""
        return self.wanted.closed

    @property
    def former(self) -> Mapping[Ref, str]:
        """The keys that objects had before."""
        return self.wanted.former

    def keys(self, kind: str) -> Iterable[str]:
        """The declared keys of a kind."""
        return self.wanted.keys(kind)

    def get(self, ref: Ref) -> Declared | None:
        """What is wanted of an object, without what the platform cannot hold."""
        found = self.wanted.get(ref)
        return found._replace(resource=self.as_held(ref, found.resource)) if found else None

    def where(self, ref: Ref, field: str | None = None) -> Location | None:
        """The place that says so."""
        return self.wanted.where(ref, field)


def own_name(key: str, value: object) -> str:
    """What the platform calls an object: the value of the field that names it, or the key where it is not said."""
    return value if isinstance(value, str) else key


class Names:
    """The two names of each object, learnt kind by kind."""

    def __init__(self, facts: Facts, said: Said, owned: Callable[[str], Mapping[str, Owned]]) -> None:
        self.facts = facts
        self.said = said
        self.owned = owned
        self.own: dict[str, dict[str, str]] = {}
        """By kind: name in Git -> name on the platform."""
        self.keys: dict[str, dict[str, str]] = {}
        """By kind: name on the platform -> name in Git."""
        self.differing: dict[str, bool] = {}
        """By kind whether there is an object with two names."""
        self.meant: dict[tuple[str, str], str] = {}
        """What Git calls the objects that a plan changes, by kind and native id: a new name makes no other object."""

    @classmethod
    def of_plan(cls, facts: Facts, said: Said, changes: Iterable[Change] = ()) -> Names:
        """The names that a plan of these changes carries: all that its steps need, so nothing has to be learnt."""
        names = cls(facts, said, lambda kind: {})
        names.meant = {
            (change.kind, change.native_id): change.key
            for change in changes
            if isinstance(change, Update)
            and change.kind in facts.recognised_by
            and all(row.field != KEY for row in change.changes)
        }
        for kind in facts.recognised_by:
            names.own[kind] = dict(said.get(kind, {}))
            names.keys[kind] = {own: key for key, own in names.own[kind].items()}
            names.differing[kind] = kind != "user" and bool(names.own[kind])
        return names

    def needed_by(self, changes: Iterable[Change]) -> Said:
        """Where Git and the platform differ: the names of all that people refer to, and of whom the steps change."""
        changed: dict[str, set[str]] = {}
        for change in changes:
            changed.setdefault(change.kind, set()).add(change.key)
            changed[change.kind].update(row.before for row in _changes(change) if row.field == KEY)
        needed: dict[str, dict[str, str]] = {}
        for kind, pairs in sorted(self.own.items()):
            for key, own in sorted(pairs.items()):
                if key != own and (kind != "user" or key in changed.get(kind, ())):
                    needed.setdefault(kind, {})[key] = own
        return needed

    def kind_of(self, kind: str) -> str:
        """The kind by whose names the objects are called: a part has the name of its whole."""
        return self.facts.within.get(kind, kind)

    def learn(self, kind: str, live: Sequence[Observed]) -> None:
        """All live objects of a kind, under the platform's own names. Nobody sees the half of it."""
        fresh = Names(self.facts, self.said, self.owned)
        fresh._fill(kind, live)
        self.own[kind] = fresh.own[kind]
        if fresh.differ():
            self.differing[kind] = True
        self.keys[kind] = fresh.keys[kind]  # the last: who finds the kind here asks no more

    def _fill(self, kind: str, live: Sequence[Observed]) -> None:
        self.own[kind], self.keys[kind] = {}, {}
        called = {own: key for key, own in self.said.get(kind, {}).items()}
        remembered = {owned.native_id: key for key, owned in self.owned(kind).items()}
        sure = {item.native_id: called[item.ref.key] for item in live if item.ref.key in called}
        sure.update(self._exchanged(kind, live, sure, remembered))
        for item in live:
            if item.native_id in sure:
                self.call(kind, sure[item.native_id], item.ref.key)
        for item in live:
            if item.native_id not in sure:
                self.call(kind, self._free(kind, item, remembered.get(item.native_id)), item.ref.key)
        for key, own in self.said.get(kind, {}).items():
            self.own[kind].setdefault(key, own)
            self.keys[kind].setdefault(own, key)  # nobody live has the name; somebody departed may

    def _exchanged(
        self, kind: str, live: Sequence[Observed], sure: Mapping[str, str], remembered: Mapping[str, str]
    ) -> Iterator[tuple[str, str]]:
        """Objects that took one another's names in Git: the ledger knows both, so each keeps its own object."""
        ids = {key: native_id for native_id, key in remembered.items()}
        there = {item.native_id for item in live}
        for native_id, key in sure.items():
            known = remembered.get(native_id)
            if known is not None and known != key and known in self.said.get(kind, {}) and ids.get(key) in there:
                yield native_id, known

    def _free(self, kind: str, item: Observed, remembered: str | None) -> str:
        """A name for an object that no manifest describes as it is."""
        taken = self.own[kind]
        if remembered is not None and remembered not in taken:
            return remembered
        plain_name = _FORBIDDEN.sub("-", item.ref.key).strip() or item.native_id
        declared = self.said.get(kind, {})
        while plain_name in taken or plain_name in declared:
            plain_name += " (live)"
        return plain_name

    def call(self, kind: str, key: str, own: str) -> None:
        """From now on the object has these two names."""
        self.own.setdefault(kind, {})[key] = own
        self.keys.setdefault(kind, {})[own] = key
        if kind != "user" and key != own:  # nobody refers to people
            self.differing[kind] = True

    def made(self, change: Change) -> None:
        """A change of the plan was made by an earlier run: the object is called as that left it."""
        field = self.facts.recognised_by.get(change.kind)
        if field is None or isinstance(change, Delete):
            return
        rows = {row.field: row for row in _changes(change)}
        key = str(rows[KEY].after) if KEY in rows else change.key
        before = str(rows[KEY].before) if KEY in rows else change.key
        value = change.fields.get(field) if isinstance(change, Create) else rows[field].after if field in rows else None
        self.call(change.kind, key, own_name(self.own_of(change.kind, before), value))

    def differ(self) -> bool:
        """Whether anything to which others refer is called differently here and there."""
        return any(list(self.differing.values()))  # a copy: another thread may learn a kind meanwhile

    def own_of(self, kind: str, key: str) -> str:
        """What the platform calls the object that Git calls `key`."""
        return self.own.get(self.kind_of(kind), {}).get(key, key)

    def key_of(self, kind: str, own: str) -> str:
        """What Git calls the object that the platform calls `own`."""
        return self.keys.get(self.kind_of(kind), {}).get(own, own)


SaidEdges = Callable[[str], Mapping[str, Membership]]
"""What is said of somebody's memberships, by the key of the user."""


def nothing_said(_: str) -> Mapping[str, Membership]:
    """Nothing is said of anybody."""
    return {}


def edges_in(wanted: Wanted) -> SaidEdges:
    """What the manifests say of memberships, from either side."""

    def said(key: str) -> Mapping[str, Membership]:
        declared = wanted.get(Ref("user", key))
        if declared is None or not isinstance(declared.resource, User):
            return {}
        return {**declared.member_of, **(declared.resource.groups or {})}

    return said


def edges_before(changes: Iterable[Change]) -> SaidEdges:
    """What a plan saw of the memberships that it changes."""
    seen = {
        change.key: msgspec.convert(row.before, dict[str, Membership])
        for change in changes
        if change.kind == "user"
        for row in _changes(change)
        if row.field == "groups" and row.before
    }
    return lambda key: seen.get(key, {})


def edges_of(people: Mapping[str, Mapping[str, Any]]) -> SaidEdges:
    """What is said of memberships in the fields of people, by key, as plain data."""
    said = {
        key: msgspec.convert(fields["groups"], dict[str, Membership])
        for key, fields in people.items()
        if fields.get("groups")
    }
    return lambda key: said.get(key, {})


class Named:
    """A platform under the names of Git."""

    def __init__(self, inner: Platform, names: Names, said: SaidEdges = nothing_said) -> None:
        self.inner = inner
        self.names = names
        self.said = said
        self.templates = Kept(self._read_templates)
        self._learning = RLock()
        """Held while names are learnt, so that of several threads one asks the platform."""

    def support(self, kind: str, operation: Operation) -> Support:
        """As the platform says."""
        return self.inner.support(kind, operation)

    def begin(self) -> None:
        """Every kind will be observed now."""
        self.inner.begin()

    def observe(self, kind: str) -> Iterator[Page]:
        """Every live object, under the names of Git."""
        self._know(kind, besides=kind)
        if kind not in self.names.facts.recognised_by:
            yield from (page._replace(items=tuple(map(self._seen, page.items))) for page in self.inner.observe(kind))
            return
        pages = list(self.inner.observe(kind))
        self.names.learn(kind, [item for page in pages for item in page.items])
        if kind == "group":
            seen = [page._replace(items=tuple(map(self._seen, page.items))) for page in pages]
            self.templates.put(_groups(item for page in seen for item in page.items))
            yield from seen
            return
        yield from (page._replace(items=tuple(map(self._seen, page.items))) for page in pages)

    def departed(self, kind: str) -> Iterator[Page]:
        """The soft-deleted objects, under the names of Git."""
        self._know(kind)
        for page in self.inner.departed(kind):
            yield page._replace(items=tuple(map(self._seen, page.items)))

    def current(self, kind: str, native_id: str) -> Observed | None:
        """One object as it is now."""
        self._know(kind)
        found = self.inner.current(kind, native_id)
        return self._seen(found) if found else None

    def lookup(self, ref: Ref) -> Observed | None:
        """The live object that Git calls so."""
        self._know(ref.kind)
        found = self.inner.lookup(Ref(ref.kind, self.names.own_of(*ref)))
        return self._seen(found) if found else None

    def calls(self, change: Change) -> tuple[str, ...]:
        """The calls that `perform` will make."""
        return self.inner.calls(self.inward(change))

    def perform(self, change: Change) -> Performed:
        """Make the change under the platform's own names."""
        performed = self.inner.perform(self.inward(change))
        if performed.observed is None:
            return performed
        if change.kind in self.names.facts.recognised_by:
            key = next((row.after for row in _changes(change) if row.field == KEY), change.key)
            self.names.call(change.kind, key, performed.observed.ref.key)
        seen = self._seen(performed.observed)
        if isinstance(seen.resource, Group):
            self.templates.change(lambda known: {**known, **_groups([seen])})
        return performed._replace(observed=seen)

    def objections(self, changes: Sequence[Change]) -> Iterator[Finding]:
        """What only the platform knows against these changes."""
        outward = {(change.kind, self.inward(change).key): change.ref for change in changes}
        for finding in self.inner.objections([self.inward(change) for change in changes]):
            kind, _, own = finding.subject.partition("/")
            ref = outward.get((kind, own)) or (Ref(kind, self.names.key_of(kind, own)) if own else None)
            yield msgspec.structs.replace(finding, subject=str(ref)) if ref else finding

    def confirm(self) -> Iterator[Unheld]:
        """What the platform accepted and did not keep."""
        for unheld in self.inner.confirm():
            kind, own = unheld.ref
            yield unheld._replace(ref=Ref(kind, self.names.key_of(kind, own)))

    def traces(self, refs: Collection[Ref]) -> Iterator[Trace]:
        """The platform's audit trail about these objects, where it has one."""
        if isinstance(self.inner, Audited):
            asked = {Ref(ref.kind, self.names.own_of(*ref)): ref for ref in refs}
            for trace in self.inner.traces(asked):
                yield trace._replace(ref=asked[trace.ref])

    def file(self, digest: str) -> bytes | None:
        """As the platform has it."""
        return self.inner.file(digest)

    def close(self) -> None:
        """Give everything back."""
        self.inner.close()

    def _know(self, kind: str, *, besides: str = "") -> None:
        """Learn the names of a kind, and of all that it refers to, where nobody has observed them yet."""
        asked = [self.names.kind_of(kind), *(to for spec in KINDS[kind].stored for to in spec.shape.links_to())]
        for needed in dict.fromkeys(asked):
            if self._unknown(needed) and needed != besides:
                with self._learning:
                    for _ in self.observe(needed) if self._unknown(needed) else ():
                        pass

    def _unknown(self, kind: str) -> bool:
        return kind in self.names.facts.recognised_by and kind not in self.names.keys

    def _read_templates(self) -> Mapping[str, Group]:
        return _groups(self._seen(item) for page in self.inner.observe("group") for item in page.items)

    def _seen(self, item: Observed) -> Observed:
        kind, own = item.ref
        meant = self.names.meant.get((kind, item.native_id))
        if meant is not None and meant != self.names.key_of(kind, own):
            self.names.call(kind, meant, own)
        ref = Ref(kind, self.names.key_of(kind, own))
        resource = item.resource
        if self.names.differ():
            resource = relinked(kind, resource, self.names.key_of)
        if isinstance(resource, User):
            resource = self._with_said_rights(ref, resource)
        return item._replace(ref=ref, resource=resource)

    def _with_said_rights(self, ref: Ref, user: User) -> User:
        """A right that Git states and the role gives anyway is no difference on the platform, yet it is as Git says."""
        said = self.said(ref.key)
        if not user.groups or not any(edge.permissions for edge in said.values()):
            return user
        templates = self.templates()
        edges = {group: _as_said(edge, said.get(group), templates.get(group)) for group, edge in user.groups.items()}
        return user if edges == user.groups else msgspec.structs.replace(user, groups=edges)

    def inward(self, change: Change) -> Change:
        """The change under the platform's own names."""
        self._know(change.kind)
        own = self.names.own_of(change.kind, change.key)
        match change:
            case Create(kind=kind, fields=fields):
                own = own_name(own, fields.get(self.names.facts.recognised_by.get(kind, "")))
                return msgspec.structs.replace(change, key=own, fields=self._own_values(kind, fields))
            case Delete(kind=kind, fields=fields):
                return msgspec.structs.replace(change, key=own, fields=self._own_values(kind, fields))
            case Update(kind=kind, changes=changes) | Restore(kind=kind, changes=changes):
                inward = tuple(self._own_change(kind, row) for row in changes)
                return msgspec.structs.replace(change, key=own, changes=inward)

    def _own_change(self, kind: str, row: FieldChange) -> FieldChange:
        if row.field == KEY:
            before, after = (self._own_key(kind, key) for key in (row.before, row.after))
            return FieldChange(field=KEY, before=before, after=after)
        before, after = (self._own_values(kind, {row.field: value})[row.field] for value in (row.before, row.after))
        return FieldChange(field=row.field, before=before, after=after)

    def _own_key(self, kind: str, key: str) -> str:
        return key if key.endswith(PARKED_END) else self.names.own_of(kind, key)

    def _own_values(self, kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Plain values with every reference under the platform's own name."""
        return relinked_data(kind, values, self.names.own_of)


def _changes(change: Change) -> tuple[FieldChange, ...]:
    return change.changes if isinstance(change, Update | Restore) else ()


def _as_said(edge: Membership, said: Membership | None, template: Group | None) -> Membership:
    if said is None or not said.permissions or template is None or not isinstance(edge.role, str):
        return edge
    if said.role not in (UNSET, edge.role):  # under another role the same words mean another thing
        return edge
    given = (template.rights or {}).get(edge.role, {})
    differing = edge.permissions or {}
    same = {
        name: level
        for name, level in said.permissions.items()
        if name not in differing and given.get(name, False) == level
    }
    return msgspec.structs.replace(edge, permissions=dict(sorted({**differing, **same}.items()))) if same else edge


def _groups(items: Iterable[Observed]) -> dict[str, Group]:
    return {item.ref.key: item.resource for item in items if isinstance(item.resource, Group)}
