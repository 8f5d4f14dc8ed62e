"""A platform that holds a world, and what one does with it in the tests of the conformance kit.

Every question is asked through the contract, and every disagreement ends in a sentence for the plug-in's author.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any, TypeVar

from hypothesis import strategies as st
from msgspec import UNSET

from ccconf.conformance.worlds import World
from ccconf.errors import Rejected
from ccconf.model.change import KEY, Change, Delete, FieldChange, Restore, Update
from ccconf.model.fields import Resource
from ccconf.model.kinds import KINDS, as_data, from_data
from ccconf.model.refs import Ref
from ccconf.platform.contract import Observed, Operation, Page, Performed, Platform, Route

T = TypeVar("T")
State = dict[Ref, Observed]


class Scene:
    """A platform that holds a world, and what one does with it in a test."""

    def __init__(self, platform: Platform, world: World, data: st.DataObject) -> None:
        self.platform = platform
        self.world = world
        self.data = data
        self.stood = frozenset(item.ref for kind in KINDS for item in read(platform.observe(kind), kind))
        """What was there before anything was created."""

    def draw(self, strategy: st.SearchStrategy[T], label: str) -> T:
        """A choice of Hypothesis, shown when the test fails."""
        return self.data.draw(strategy, label=label)

    def can(self, kind: str, operation: Operation) -> bool:
        """Whether the platform claims to do that by API."""
        return self.platform.support(kind, operation).route is Route.API

    def refs(self, operation: Operation) -> list[Ref]:
        """The objects of the world to which the operation can be done."""
        return [Ref(kind, key) for kind, keys in self.world.items() if self.can(kind, operation) for key in keys]

    def any_one(self, operation: Operation, besides: Container[str] = ()) -> Iterator[Ref]:
        """One of them, where there are any that are not of these kinds."""
        if refs := [ref for ref in self.refs(operation) if ref.kind not in besides]:
            yield self.draw(st.sampled_from(refs), "object")

    def live(self, ref: Ref) -> Observed:
        """The object, which must be there."""
        found = self.platform.lookup(ref)
        assert found is not None, f"lookup({ref}) finds nothing, although the object is live"
        return found

    def state(self) -> State:
        """Every live object."""
        return {item.ref: item for kind in self.world for item in read(self.platform.observe(kind), kind)}

    def made(self) -> State:
        """Every live object of the world."""
        return {ref: item for ref, item in self.state().items() if ref not in self.stood}

    def departed(self, kind: str) -> State:
        """Every soft-deleted object of a kind."""
        return {item.ref: item for item in read(self.platform.departed(kind), kind)}

    def perform(self, change: Change) -> Performed:
        """Make a change, and hold the platform to the calls that it announced (law 5)."""
        announced = self.platform.calls(change)
        assert announced, f"calls() announces no call for {change}"
        performed = self.platform.perform(change)
        assert performed.calls == announced, f"announced {announced}, but made {performed.calls} for {change}"
        return performed

    def refuse(self, change: Change, why: str) -> None:
        """The change must be rejected in words, and must leave no trace (a rejected change changes nothing)."""
        before = self.state()
        try:
            self.platform.perform(change)
        except Rejected as no:
            assert all(found.message for found in no.findings), f"the refusal of {change} has no words"
        else:
            raise AssertionError(f"{why}, yet the platform accepted {change}")
        after = self.state()
        assert after == before, f"the platform rejected {change}, but changed {differing(before, after)}"

    def update(self, live: Observed, fields: Mapping[str, Any]) -> Update:
        """The update that gives a live object these fields; `key` renames."""
        seen = {**as_data(live.resource), KEY: live.ref.key}
        changes = tuple(FieldChange(field=name, before=seen.get(name), after=fields[name]) for name in sorted(fields))
        kind, key = live.ref
        return Update(
            kind=kind,
            key=fields.get(KEY, key),
            native_id=live.native_id,
            revision=live.revision,
            changes=changes,
        )

    def delete(self, live: Observed) -> Delete:
        """The deletion of a live object."""
        kind, key = live.ref
        fields = as_data(live.resource)
        return Delete(kind=kind, key=key, native_id=live.native_id, revision=live.revision, fields=fields)

    def restore(self, left: Observed, fields: Mapping[str, Any]) -> Restore:
        """The return of a departed object with these fields."""
        back = self.update(left, fields)
        kind, key = left.ref
        return Restore(kind=kind, key=key, native_id=back.native_id, revision=back.revision, changes=back.changes)

    def referrers(self, ref: Ref) -> list[Ref]:
        """The live objects that refer to one."""
        return [item.ref for item in self.state().values() if ref in _targets(item)]


def read(pages: Iterator[Page], kind: str) -> list[Observed]:
    """Every item of the pages, whose totals must agree with them."""
    items: list[Observed] = []
    totals = set()
    for page in pages:
        items.extend(page.items)
        totals.add(page.total)
    assert totals == {len(items)}, f"reading {kind}: {len(items)} objects delivered, but the pages' totals say {totals}"
    ids = {item.native_id for item in items}
    assert len(ids) == len(items), f"reading {kind}: an id was delivered twice"
    assert {item.ref.kind for item in items} <= {kind}, f"reading {kind}: another kind was delivered"
    return items


def same(ref: Ref, wanted: Mapping[str, Any], found: Resource) -> None:
    """Each wanted field must be there; None, absent and empty are the same on a live object."""
    expected = from_data(ref.kind, dict(wanted))
    for name in wanted:
        want, have = getattr(expected, name), getattr(found, name)
        if want is not UNSET and want is not None:  # of some fields only a part is said
            want = KINDS[ref.kind].by_name[name].shape.wanted(want, None if have is UNSET else have)
        want, have = filled(want), filled(have)
        assert want == have, f"{ref}: {name} should be {want!r}, but is {have!r}"


def whole(ref: Ref, wanted: Mapping[str, Any], found: Resource) -> None:
    """The same, and every field that is not among the wanted ones must be empty."""
    same(ref, {**dict.fromkeys(spec.name for spec in KINDS[ref.kind].stored), **wanted}, found)


def differing(before: Mapping[Ref, object], after: Mapping[Ref, object]) -> str:
    """The objects that are not alike on both sides."""
    return ", ".join(str(ref) for ref in sorted({*before, *after}) if before.get(ref) != after.get(ref))


def filled(value: Any) -> Any:
    """None for whatever is empty, also within memberships, where an empty part says nothing."""
    if isinstance(value, dict):
        return {key: _edge(part) for key, part in value.items()} or None
    return None if value is UNSET or value == () else value


def _edge(part: Any) -> Any:
    return part.over(type(part)()) if hasattr(part, "over") else part


def _targets(item: Observed) -> set[Ref]:
    return {Ref(link.kind, link.key) for _, link in KINDS[item.ref.kind].links(item.resource)}
